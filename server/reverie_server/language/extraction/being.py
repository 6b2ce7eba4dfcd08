"""What somebody is: age, diet, origin, standing, occupation, kind of person."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reverie_server.language.extraction.clauses import Clause
from reverie_server.language.extraction.drafts import LIKELY, Draft, relation_of
from reverie_server.language.extraction.occupations import is_occupation
from reverie_server.language.extraction.things import bare, is_name, thing, things
from reverie_server.language.words import word_list

_AGE = re.compile(
    r"(?:about |almost |nearly )?(?P<age>\d{1,3})(?: (?:years? old|yrs? old|y/o)\b|[.!]*$|(?= "
    r"and\b))",
    re.IGNORECASE,
)
_AGE_OF = re.compile(r"(?P<age>\d{1,3})[- ]years?[- ]old\b", re.IGNORECASE)
_ALLERGIC = re.compile(
    r"(?:\w+ly )?(?:allergic|intolerant) to (?:most |all |some )?", re.IGNORECASE
)
_DIETS = "vegan|vegetarian|pescatarian|pescetarian|flexitarian|carnivore|teetotaler|celiac|coeliac"
_DIET = re.compile(rf"(?P<article>an? )?(?P<diet>{_DIETS})\b", re.IGNORECASE)
_STATES = word_list("""single married divorced engaged widowed separated""")
_TRAITS = word_list(
    """trans transgender gay lesbian bisexual queer straight nonbinary non-binary deaf blind
    diabetic dyslexic autistic left-handed right-handed pregnant adopted retired unemployed
    self-employed bilingual lactose-intolerant colorblind christian catholic muslim jewish
    buddhist hindu atheist agnostic vegan vegetarian pescatarian introverted extroverted sober
    american british canadian australian irish indian chinese japanese korean german french
    italian spanish mexican brazilian swedish dutch polish russian ukrainian turkish nigerian
    colorblind homeschooled shy"""
)
_KINDS = word_list(
    """person parent mom mother dad father grandmother grandfather student introvert extrovert
    beginner gamer runner perfectionist vegan vegetarian pescatarian christian catholic muslim
    atheist veteran graduate freshman sophomore junior senior homebody foodie bookworm
    minimalist feminist member volunteer lover owner enthusiast collector addict fanatic buff
    nerd geek owl bird believer twin immigrant only-child child freelancer entrepreneur man
    woman girl guy citizen hiker climber cyclist swimmer baker gardener reader swiftie newbie
    novice native dancer"""
)
_FROM = re.compile(r"(?:originally )?from (?=[A-Z])")
_AFRAID = re.compile(r"(?:\w+ )?(?:afraid|scared|terrified|frightened) of ", re.IGNORECASE)
_NOT_LASTING = word_list(
    """mess wreck bit fool idiot genius lucky hero star failure disaster pro expert legend good
    great bad terrible horrible better big huge total real true complete little happy proud busy
    new changed different stranger firm"""
)


def being(clause: Clause) -> Iterator[Draft]:
    """From "I am ..."; of tenses only what holds now."""
    lasting = clause.tense == "perfect" and not clause.negated and _lasts(clause)
    if clause.verb != "be" or not (clause.tense == "present" or clause.ended or lasting):
        return
    if clause.ended and clause.tense == "perfect":
        return
    for topic in (
        (_diet, _state) if lasting else (_age, _allergy, _diet, _state, _origin, _fear, _kind)
    ):
        found = list(topic(clause))
        if found:
            yield from found
            return


def _lasts(clause: Clause) -> bool:
    """ "I've been vegan for five years"."""
    return clause.when is not None and clause.when.told.startswith("since")


def age(years: str, verb: str = "is") -> Draft | None:
    """In years; None where nobody is so old. ``verb`` is that of the statement."""
    return (
        Draft("age", years, f"{verb} {years} years old", "personal", 0.7)
        if 0 < int(years) < 120
        else None
    )


def _age(clause: Clause) -> Iterator[Draft]:
    match = _AGE.match(clause.rest)
    if match and not clause.ends and not clause.shared:
        draft = age(match["age"])
        if draft:
            yield draft


def _allergy(clause: Clause) -> Iterator[Draft]:
    match = _ALLERGIC.match(clause.rest)
    if match:
        for found in things(clause.rest[match.end() :]):
            if found.lower() not in _NOT_ALLERGENS:
                yield allergy(clause, found)


_NOT_ALLERGENS = word_list(
    "mornings mondays bullshit drama stupidity people work exercise sports commitment money"
)
_COUNTED = word_list("peanut nut egg cat dog bee wasp strawberry almond walnut cashew tomato horse")


def allergy(clause: Clause, found: str) -> Draft:
    """To the kind rather than to one of it: "a peanut allergy" is one to peanuts."""
    if found.rsplit(maxsplit=1)[-1].lower() in _COUNTED:
        found = (
            f"{found[:-1]}ies" if found.endswith("y") else f"{found}{'e' * found.endswith('o')}s"
        )
    return relation_of(clause, "allergic_to", found, f"is allergic to {found}", "health", 0.9)


def _diet(clause: Clause) -> Iterator[Draft]:
    match = _DIET.match(clause.rest)
    if match:
        diet = match["diet"].lower()
        yield _is(clause, diet, f"{match['article'] or ''}{diet}".strip(), "diet", 0.7)


def _is(clause: Clause, thing: str, told: str, category: str, importance: float) -> Draft:
    return relation_of(clause, "is", thing, f"is {told}", category, importance)


def _state(clause: Clause) -> Iterator[Draft]:
    word = re.match(r"(?:happily |recently |newly )?([\w-]+)", clause.rest)
    if word is None or word[1].lower() not in _STATES:
        return
    state, after = word[1].lower(), clause.rest[word.end() :].strip()
    if after.lower().startswith("to ") and is_name(after[3:]) and state in {"married", "engaged"}:
        partner = thing(after[3:])
        if partner:
            yield relation_of(clause, "partner", partner, f"is {state} to {partner}", "family", 0.8)
    elif after and not re.match(r"[.,!]|with|and\b|now\b", after):
        return
    if after == "" or not clause.ends:
        yield relation_of(clause, "relationship_status", state, f"is {state}", "family", 0.7)


def _origin(clause: Clause) -> Iterator[Draft]:
    match = _FROM.match(clause.rest)
    if match and not clause.ends:
        place = thing(clause.rest[match.end() :], most_words=4)
        if place:
            yield Draft("from", place, f"is from {place}", "place", 0.7)


def _fear(clause: Clause) -> Iterator[Draft]:
    match = _AFRAID.match(clause.rest)
    if match:
        for found in things(clause.rest[match.end() :]):
            if len(found.split()) <= 4:
                yield _is(clause, f"afraid of {found}", f"afraid of {found}", "personal", 0.5)


def _kind(clause: Clause) -> Iterator[Draft]:
    """A trait, or "a" with an occupation or kind of person as its head."""
    head = clause.rest.split(" ")[0].lower().strip(".,!")
    if (head in _TRAITS and len(clause.rest.split()) <= 2) or head == "pregnant":
        yield _is(clause, head, clause.rest.split(" ")[0].strip(".,!"), "personal", 0.6)
        return
    match = re.match(
        r"(?:also |now |just )*(?:an? |the (?=C[A-Z]O\b|VP\b)|(?=C[A-Z]O\b))",
        clause.rest,
        re.IGNORECASE,
    )
    if match is None:
        return
    phrase = thing(clause.rest[match.end() :], most_words=10)
    noun = re.split(r" (?:at|in|for|of|with|from|on|who|by|to) ", phrase)[0].split()
    if not noun or noun[0].lower() in _NOT_LASTING or len(noun) > 4:
        return
    age_of = _AGE_OF.match(phrase)
    if age_of and not clause.ends:
        draft = age(age_of["age"])
        if draft:
            yield draft
    article = f"{match.group().split()[-1].lower()} " if match.group() else ""
    noun = [word for word in noun if not _AGE_OF.match(word)]
    if noun and is_occupation(noun):
        yield occupation(clause, " ".join(noun), f"is {article}{phrase}")
        yield from _employer(clause, phrase)
    elif noun and noun[-1].lower() in _KINDS and len(noun) + len(phrase) > 1:
        if (
            noun[-1].lower() in {"person", "man", "woman", "girl", "guy", "member"}
            and len(phrase.split()) < 2
        ):
            return
        draft = _is(clause, bare(phrase), f"{article}{phrase}", "personal", 0.5)
        yield Draft(draft.predicate, draft.object, draft.text, draft.category, 0.5, LIKELY,
                    draft.negated)  # fmt: skip


def _employer(clause: Clause, phrase: str) -> Iterator[Draft]:
    if phrase.split(" ", maxsplit=1)[0].lower() == "student" or " student " in phrase:
        at = re.search(r" at (?=[A-Z])(.{2,40})$", phrase)
        if at and not clause.ends:
            yield Draft("studies_at", at[1], f"studies at {at[1]}", "education", 0.8)
        return
    match = re.search(r" (?:at|for) (?=[A-Z])(.{2,40})$", phrase)
    if match and not clause.ends:
        yield Draft("works_at", match[1], f"works at {match[1]}", "work", 0.7)


def occupation(clause: Clause, title: str, told: str) -> Draft:
    """A job title, or that somebody studies; ``told`` is the affirmative text."""
    if title.lower().split()[-1] == "student":
        return relation_of(clause, "is", title, told, "education", 0.6)
    return relation_of(clause, "job_title", title, told, "work", 0.7)
