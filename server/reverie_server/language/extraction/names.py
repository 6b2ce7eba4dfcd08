"""What is said of "my ...": name, birthday, favourites, the job at a company."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reverie_server.language.extraction.being import age, allergy
from reverie_server.language.extraction.clauses import Clause
from reverie_server.language.extraction.drafts import LIKELY, Draft
from reverie_server.language.extraction.things import bare, thing
from reverie_server.language.words import word_list

_NAME = re.compile(
    r"\b(?i:my) (?P<kind>full |first |last |middle |real |nick)?name is (?:actually |now )?"
    r"(?P<name>[A-Z][^\W\d_]+(?:[ -][A-Z][^\W\d_]+){0,3})"
)
_CALLED = re.compile(
    r"\b(?i:i am called|(?:please )?call me|(?:friends|people|everyone|everybody) calls? me"
    r"|i go by) (?P<name>[A-Z][^\W\d_]+)\b"
)
_BIRTHDAY = re.compile(
    r"\bmy (?:birthday|date of birth) is (?:on )?(?:the )?(?P<day>(?:[A-Z][a-z]+ \d{1,2}"
    r"|\d{1,2}(?:st|nd|rd|th)?(?: of)? [A-Z][a-z]+|[A-Z][a-z]+ (?:the )?\d{1,2}(?:st|nd|rd|th))"
    r"(?:,? \d{4})?)",
    re.IGNORECASE,
)
_FAVORITE = re.compile(
    r"\bmy (?:all[- ]time |absolute |current |new |other )?favorite "
    r"(?P<what>[a-z][\w-]*(?: (?!is\b|are\b)[a-z][\w-]*){0,3}?)(?: (?:ever|of all time|right now"
    r"|these days|now|is probably))?,? (?:is|are|has to be|would have to be|has always been)"
    r"(?: (?:definitely|probably|still|now|actually|currently|by far|called|named))* (?P<value>.+)",
    re.IGNORECASE,
)
_IS_FAVORITE = re.compile(
    r"(?P<value>[A-Z][\w'&-]*(?: [\w'&-]+){0,5}?) (?:is|are) (?:definitely |still |also |now "
    r"|by far )*"
    r"(?:my|one of my) (?:all[- ]time |absolute |current )?favorite (?P<what>[a-z][\w-]*(?: "
    r"[a-z][\w-]*)?)"
)
_JOB_AT = re.compile(
    r"\b(?i:my) (?:new |current )?(?:job|position|role|boss|work|manager) (?:here )?(?:at|with) "
    r"(?P<employer>[A-Z][\w&.-]*(?: [A-Z][\w&.-]*){0,2})"
)
_NO_KIND = word_list("thing things part one ones memory memories moment kind way time times")
_HOBBY = re.compile(
    r"\bmy (?:main |biggest |favorite )?(?:hobb(?:y|ies)|passion|passions) (?:is|are) "
    r"(?P<value>.+)",
    re.IGNORECASE,
)


def birthday(sentence: str) -> Iterator[Draft]:
    """ "My birthday is on March 3", as it was said."""
    match = _BIRTHDAY.search(sentence)
    if match:
        yield Draft(
            "birthday", match["day"], f"has their birthday on {match['day']}", "personal", 0.8
        )


def self_description(sentence: str) -> Iterator[Draft]:
    """From a whole sentence, without the time that it names."""
    yield from _names(sentence)
    yield from _favorites(sentence)
    match = _HOBBY.search(sentence)
    if match:
        value = thing(match["value"], most_words=6)
        if value:
            yield Draft("enjoys", value, f"enjoys {value}", "preference", 0.6)
    match = _JOB_AT.search(sentence)
    if match:
        employer = match["employer"]
        yield Draft("works_at", employer, f"works at {employer}", "work", 0.7, LIKELY)


_INTRODUCED = re.compile(
    r"^(?i:hi|hello|hey)\b[\w ,!.]{0,20}?\b(?i:i am) (?P<name>[A-Z][^\W\d_]{1,20})"
    r"(?=[.,!]|$| and\b)"
)
_NO_NAME = re.compile(r"\w*(?:ish|ese)$|Catholic|Christian|American|German|Italian|Canadian|Back")


def _names(sentence: str) -> Iterator[Draft]:
    match = _INTRODUCED.search(sentence)
    if match and not _NO_NAME.match(match["name"]):
        yield Draft("name", match["name"], f"is called {match['name']}", "personal", 0.9, LIKELY)
    match = _NAME.search(sentence)
    if match and not (match["kind"] or "").startswith(("last", "middle", "nick")):
        yield Draft("name", match["name"], f"is called {match['name']}", "personal", 0.9)
    match = _CALLED.search(sentence)
    if match:
        yield Draft("called", match["name"], f"goes by {match['name']}", "personal", 0.7)


def _favorites(sentence: str) -> Iterator[Draft]:
    match = _FAVORITE.search(sentence)
    if match and not _NO_KIND.intersection(match["what"].lower().split()):
        value = thing(match["value"], most_words=8)
        if value and not value.lower().startswith(("when", "to see", "not")):
            what = match["what"].lower()
            yield Draft(f"favorite_{re.sub(r'[^a-z0-9]+', '_', what)}", bare(value),
                        f"has {value} as favorite {what}", "preference", 0.6)  # fmt: skip
        return
    match = _IS_FAVORITE.search(sentence)
    if match and match["what"].split()[-1].lower() not in _NO_KIND:
        value = thing(match["value"], most_words=6)
        if value and value.split()[0].lower() not in {"this", "that", "it", "which", "these"}:
            yield Draft(
                "likes", value, f"has {value} as a favorite {match['what']}", "preference", 0.5
            )


def turned(clause: Clause) -> Iterator[Draft]:
    """ "I turned 30 today"."""
    if clause.verb == "turn" and clause.happened:
        match = re.match(r"(?P<age>\d{1,3})\b(?! (?:minutes|hours|degrees))", clause.rest)
        draft = age(match["age"]) if match else None
        if draft:
            yield draft


_NO_ALLERGEN = word_list("no many some any seasonal food new bad an a the my this")


def has_allergy(clause: Clause) -> Iterator[Draft]:
    """ "I have a peanut allergy"."""
    if clause.verb == "have" and clause.tense == "present":
        match = re.match(r"(?:an? |the |any )?(?:severe |bad |mild |serious |slight |terrible )?"
                         r"(?P<to>[\w-]+(?: [\w-]+)?) allerg(?:y|ies)\b", clause.rest)  # fmt: skip
        if match and match["to"].lower() not in _NO_ALLERGEN:
            yield allergy(clause, match["to"])
            return
        match = re.match(r"(?:an? )?(?:\w+ )?allerg(?:y|ies) to (?P<to>.+)", clause.rest)
        to = thing(match["to"], most_words=5) if match else ""
        if to:
            yield allergy(clause, to)
