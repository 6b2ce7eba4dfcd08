"""What somebody does again and again, and what does them good."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reverie_server.language.extraction.clauses import Clause
from reverie_server.language.extraction.drafts import LIKELY, Draft
from reverie_server.language.extraction.events import told
from reverie_server.language.extraction.things import thing
from reverie_server.language.extraction.verbs import third_person
from reverie_server.language.words import word_list

CATEGORY = "routine"

_HOBBIES = word_list(
    """write paint draw sing knit garden bake hike cook dance mentor use design craft sew volunteer
    jog swim surf ski camp climb fish blog stream record collect meditate train coach teach
    attend host organize"""
)
"""Verbs that tell a habit in the present tense."""
_OFTEN = re.compile(
    r"\b(?:every|each) (?:day|night|morning|evening|week|weekend|month|year|summer|winter"
    r"|spring|fall"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b|\b(?:once|twice|three times|a few times) "
    r"(?:a|per) "
    r"(?:day|week|month|year)\b|\bon (?:weekends|(?:mon|tues|wednes|thurs|fri|satur|sun)days)\b"
    r"|\bmost (?:days|mornings|evenings|nights|weekends)\b",
    re.IGNORECASE,
)
_REGULAR = word_list(
    "read go play run walk work visit make eat watch see meet call take help practice do drive "
    "have ride"
)
_PRACTICES = word_list(
    """yoga pilates ballet karate judo taekwondo crossfit gymnastics boxing kickboxing meditation
    improv ceramics pottery photography woodworking calligraphy origami volunteering tai jiu
    aerial kundalini contemporary"""
)
_HELPS = re.compile(
    r"^(?P<what>[A-Z][a-z]+ing(?: [\w'-]+){0,6}?) (?:really |also |always |just "
    r")*(?P<how>helps?|calms"
    r"|relaxes|inspires|keeps|makes|gives|brings|lets) me\b(?P<rest>[^;:,.!?–—]{0,80})"
)
_ONE_WORD = re.compile(
    r"^(?P<what>[A-Z][a-z]+ing(?: [\w'-]+){0,3}?) is (?:definitely |really |also )*my "
    r"(?:thing|passion|hobby|favorite hobby|therapy|escape|stress reliever|biggest passion)\b"
)


_ANAPHOR = re.compile(
    r"\b(?:it|this|that|these|those|they|them|you|imagining|his|her|him)\b", re.IGNORECASE
)


def routines(clause: Clause) -> Iterator[Draft]:
    """From the present of hobbies, and of other verbs with how often."""
    if clause.tense != "present" or clause.ends:
        return
    often = _OFTEN.search(clause.rest)
    if clause.verb == "do":
        phrase = thing(clause.rest, most_words=6)
        if not phrase or not _PRACTICES.intersection(phrase.lower().split()):
            return
    elif clause.verb not in _HOBBIES and not (clause.verb in _REGULAR and often):
        return
    found = told(clause.rest) if not clause.rest.startswith("and ") else ""
    if found and (len(found.split()) > 1 or often):
        verb = third_person(clause.verb)
        yield Draft("does", f"{clause.verb} {found}", f"{verb} {found}", CATEGORY, 0.45, LIKELY)


def comforts(sentence: str) -> Iterator[Draft]:
    """ "Running helps me clear my mind", "Painting is my passion"."""
    match = _ONE_WORD.match(sentence)
    what = thing(match["what"], most_words=5) if match else ""
    if what:
        yield Draft("loves", _small(what), f"loves {_small(what)}", "preference", 0.5, LIKELY)
        return
    match = _HELPS.match(sentence)
    if match is None:
        return
    what, effect = thing(match["what"], most_words=8), thing(match["rest"], most_words=10, led=True)
    if what and effect and not _ANAPHOR.search(f"{what} {effect}"):
        text = f"finds that {_small(what)} {match['how']} them {effect}"
        yield Draft("finds", f"{_small(what)} {match['how']} {effect}", text, CATEGORY, 0.4, LIKELY)


def _small(text: str) -> str:
    return text[:1].lower() + text[1:]
