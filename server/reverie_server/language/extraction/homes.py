"""Where somebody lives, lived and comes from."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reverie_server.language.extraction.clauses import Clause
from reverie_server.language.extraction.drafts import LIKELY, Draft, relation_of
from reverie_server.language.extraction.things import thing
from reverie_server.language.words import word_list

_NO_HOME = word_list(
    """fear gym moment present past now fantasy bubble dream dreams peace shadow shadows hope car
    office bed city country place area house apartment town neighborhood building"""
)
_PLACE_END = re.compile(
    r"\s+(?:with|to|for|into|about|together|full|this|after|before|during|permanently|as)\b.*",
    re.IGNORECASE,
)


def place(text: str) -> str:
    """The place at the start of a text; empty where none is named."""
    found = thing(_PLACE_END.sub("", text, count=1), most_words=8)
    words = found.split()
    if (
        not words
        or words[0].lower() in _NO_HOME
        or (words[-1].lower() in _NO_HOME and not any(w[0].isupper() for w in words[:-1]))
    ):
        return ""
    return found


def _proper(text: str) -> str:
    """The place, if it has a name."""
    found = place(text)
    return found if any(word[0].isupper() or word[0].isdigit() for word in found.split()) else ""


def homes(clause: Clause) -> Iterator[Draft]:
    """From "I live in", "I moved to", "I grew up in"."""
    rest = clause.rest
    if clause.verb == "live" and (clause.holds or clause.tense == "perfect"):
        yield from _living(clause)
    elif clause.verb == "be" and clause.holds and rest.lower().startswith("based in "):
        found = _proper(rest[9:])
        if found:
            yield relation_of(clause, "lives_in", found, f"lives in {found}", "place", 0.8)
    elif clause.verb in {"move", "relocate"} and clause.happened:
        yield from moved(clause)
    elif clause.verb == "grow" and clause.happened and rest.lower().startswith("up "):
        found = _proper(re.sub(r"^up (?:mostly )?(?:in|on|near|around) ", "", rest))
        if found:
            yield Draft("grew_up_in", found, f"grew up in {found}", "place", 0.6)
    elif clause.verb == "be" and clause.happened and re.match(r"(?:born|raised)\b", rest):
        match = re.match(r"(?:born|raised)(?: and (?:raised|bred))? (?:in|near) ", rest)
        found = _proper(rest[match.end() :]) if match else ""
        if found:
            yield Draft("born_in", found, f"was born in {found}", "place", 0.6, dated=True)


def _living(clause: Clause) -> Iterator[Draft]:
    match = re.match(
        r"(?:over |back |out |up |down |here )?(?P<how>in|near|on|at|with) ", clause.rest
    )
    if match is None or re.search(r"\b(?:practically|basically)\b", clause.rest):
        return
    if match["how"] == "with":
        found = thing(clause.rest[match.end() :], most_words=6)
        if found and found.startswith("their "):
            yield relation_of(clause, "lives_with", found, f"lives with {found}", "family", 0.5)
        return
    found = place(clause.rest[match.end() :])
    if found and found.split()[0].lower() not in {"their", "his"}:
        how = match["how"]
        yield relation_of(clause, "lives_in", found, f"lives {how} {found}", "place", 0.8)


def moved(clause: Clause) -> Iterator[Draft]:
    """From the end of one place, and the beginning of another."""
    match = re.match(
        r"(?:(?:here|back|away|out|over|all the way|recently|just) )*(?:(?:here )?from "
        r"(?P<old>.{2,60}?))?"
        r"(?:\s*\b(?:back |out |over |down |up )?(?P<to>to|into|in) (?P<new>.{2,80}))?$",
        clause.rest,
        re.IGNORECASE,
    )
    if match is None or (match["to"] in {"in", "into"} and not match["old"]):
        return
    if match["old"]:
        found = _proper(match["old"])
        if found and match["new"]:
            yield Draft(
                "lives_in", found, f"no longer lives in {found}", "place", 0.6, negated=True
            )
        elif found:
            yield Draft("from", found, f"moved from {found}", "place", 0.6, LIKELY, dated=True)
    if match["new"]:
        new = re.split(r" from ", match["new"])
        found = _proper(new[0])
        if found:
            yield Draft("lives_in", found, f"lives in {found}", "place", 0.8)
        old = _proper(new[1]) if len(new) > 1 else ""
        if old and found:
            yield Draft("lives_in", old, f"no longer lives in {old}", "place", 0.6, negated=True)
