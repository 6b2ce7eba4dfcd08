"""What somebody likes and dislikes, prefers and avoids."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reverie_server.language.extraction.clauses import Clause
from reverie_server.language.extraction.drafts import LIKELY, Draft, relation_of
from reverie_server.language.extraction.things import bare, thing, things
from reverie_server.language.extraction.things import third_person as third_person_of
from reverie_server.language.extraction.verbs import third_person
from reverie_server.language.fact_extractor import USER
from reverie_server.language.words import word_list

CATEGORY = "preference"

_LIKING = {
    "like": "likes", "love": "loves", "enjoy": "enjoys", "prefer": "prefers", "adore": "loves",
}  # fmt: skip
_DISLIKING = {
    "hate": "hates", "dislike": "dislikes", "avoid": "avoids", "despise": "hates",
    "detest": "hates",
}  # fmt: skip
_OPPOSITE = {"likes": "dislikes", "loves": "dislikes", "enjoys": "dislikes", "prefers": "dislikes"}
_BASE = {
    "likes": "like", "loves": "love", "enjoys": "enjoy", "prefers": "prefer", "hates": "hate",
    "dislikes": "dislike", "avoids": "avoid",
}  # fmt: skip
_VAGUE = word_list(
    """idea sound way look feeling part thought fact stuff thing things vibe energy attitude moment
    rest words word question point chat talking hearing seeing attention support being most
    people day name color colors story enthusiasm spirit"""
)
_LASTING = word_list(
    """beach ocean sea outdoors mountains mountain snow rain sun city country gym piano guitar
    violin arts theater theatre woods forest countryside lake winter summer cold heat internet
    movies cello drums stars sky water color colour"""
)
"""With a "the", most other things are of the moment: "I like the plot"."""
_OF_THE_TALK = re.compile(
    r"\bthe (?:[\w-]+ )?(?:feelings?|plots?|characters?|story|stories|vibes?|mood|details|moment"
    r"|atmosphere|process|energy|scenery|topics?|challenges?)(?: and [\w-]+)?$", re.IGNORECASE,
)  # fmt: skip
""" "Getting lost in the story": of which one the talk told."""
_NOT_NOW = re.compile(
    r"\b(?:this|that|these|those|it|him|his|her|their own|them|here|there)\b", re.IGNORECASE
)
_FAN = re.compile(
    r"(?:an? )?(?:(?:really|so|very|big|huge|super|pretty|mostly|more|super|massive|always|also"
    r"|totally"
    r"|quite|really) )*(?P<fan>fan of|into|fond of|obsessed with|passionate about|crazy about"
    r"|keen on|hooked on|addicted to|a lover of|partial to|enthusiastic about|in love with"
    r"|interested in) ",
    re.IGNORECASE,
)
_LASTING_PERFECT = re.compile(r"\balways\b", re.IGNORECASE)


VERBS = frozenset(_LIKING) | frozenset(_DISLIKING)
"""Of liking and disliking."""


def tastes(clause: Clause) -> Iterator[Draft]:
    """From "I love X", "I don't like X", "I'm a fan of X", "I've never liked X"."""
    if clause.verb == "be":
        yield from _fan(clause)
        return
    predicate = _LIKING.get(clause.verb) or _DISLIKING.get(clause.verb)
    if predicate is None or not (clause.holds or clause.tense == "perfect"):
        return
    if clause.tense == "perfect" and not clause.negated and clause.form in {"", "been"}:
        return
    for found in _objects(clause.rest):
        yield from taste(clause, predicate, found)


def taste(clause: Clause, predicate: str, found: str) -> Iterator[Draft]:
    """A liking or disliking of one thing; of one that is over also its end."""
    base = _BASE[predicate]
    importance = 0.5 if clause.subject == USER else 0.35
    if not clause.ends:
        yield Draft(predicate, found, f"{predicate} {found}", CATEGORY, importance)
        return
    if predicate not in _OPPOSITE and clause.negated and not clause.ended:
        return  # "I don't hate it" is not much
    if clause.ended:
        yield Draft(
            predicate, found, f"no longer {predicate} {found}", CATEGORY, importance, negated=True,
        )  # fmt: skip
    if clause.negated and predicate in _OPPOSITE:
        yield Draft(
            _OPPOSITE[predicate], found, f"does not {base} {found}", CATEGORY, importance,
        )  # fmt: skip


_ONLY_SOME = re.compile(r"(?:[\w-]+ ){1,2}(?:that|who|which|whose)\b", re.IGNORECASE)
""" "Stories that end well" are not stories."""


def _objects(rest: str) -> Iterator[str]:
    rest = re.sub(
        r"^(?:most|both|all kinds of|all types of|all sorts of|nothing more than) ", "", rest
    )
    if rest.lower().startswith("to "):
        found = thing(rest[3:])
        if found and not _NOT_NOW.search(found) and not _OF_THE_TALK.search(found):
            yield f"to {found}"
        return
    if _ONLY_SOME.match(rest):
        return
    for found in things(rest):
        if _OF_THE_TALK.search(found):
            continue
        if _is_vague(found):
            return  # what is enumerated after it is of its kind
        if not _NOT_NOW.search(found):
            yield found


def _is_vague(found: str) -> bool:
    words = bare(found).lower().split()
    if found.lower().startswith("the ") and not (
        words[0] in _LASTING or words[-1] in _LASTING or bare(found)[:1].isupper()
    ):
        return True
    return words[0] in _VAGUE or (len(words) == 1 and words[0] in {"doing", "being", "having"})


_STRONG = word_list("obsessed passionate crazy addicted")


def _fan(clause: Clause) -> Iterator[Draft]:
    match = _FAN.match(clause.rest)
    if match is None or clause.tense != "present":
        return
    strong = match["fan"].lower().split()[0] in _STRONG
    predicate = "loves" if strong else "likes"
    if match["fan"].lower().startswith("in love"):
        return
    for found in _objects(clause.rest[match.end() :]):
        if match["fan"].lower() == "interested in":
            if not clause.ends:
                yield Draft("interested_in", found, f"is interested in {found}", CATEGORY, 0.5,
                            LIKELY)  # fmt: skip
        else:
            yield from taste(clause, predicate, found)


def habit(clause: Clause) -> Iterator[Draft]:
    """What somebody plays, collects, speaks, eats or practises."""
    if clause.verb not in _HABITS or clause.tense != "present" or clause.when:
        return
    verb, most_words = _HABITS[clause.verb]
    lead = _LEADS.get(clause.verb, "")
    if clause.verb in _ARTICLES:
        lead = next((a for a in _ARTICLES[clause.verb] if clause.rest.startswith(a)), "")
        if clause.verb == "drive" and not lead:
            return
    if (
        not clause.rest.startswith(lead)
        or clause.rest[len(lead) :].split(" ")[0].lower() in _NO_HABIT
    ):
        return
    for found in things(clause.rest[len(lead) :]):
        words = found.split()
        if len(words) > most_words or _NOT_NOW.search(found):
            continue
        if clause.verb == "speak" and not found[0].isupper():
            continue
        says = third_person(clause.verb)
        yield relation_of(clause, verb, found, f"{says} {third_person_of(lead)}{found}", CATEGORY)


_HABITS = {
    "play": ("plays", 5), "collect": ("collects", 5), "speak": ("speaks", 3), "eat": ("eats", 4),
    "drink": ("drinks", 4), "practice": ("practices", 5), "smoke": ("smokes", 3),
    "coach": ("coaches", 5), "grow": ("grows", 5), "support": ("supports", 5),
    "drive": ("drives", 4), "trust": ("trusts", 3), "believe": ("believes", 5),
    "oppose": ("opposes", 5), "volunteer": ("volunteers", 6), "ride": ("rides", 4),
    "teach": ("teaches", 5), "meditate": ("meditates", 3),
}  # fmt: skip
_ARTICLES = {"drive": ("a ", "an ", "my "), "play": ("the ",)}
_LEADS = {"believe": "in ", "volunteer": "at "}
_NO_HABIT = word_list(
    "to in on at for with up out about a the by from around along like off down role roles "
    "games hard others them together people it"
)
