"""Partners, family, friends, pets: who there is, what they are called, what became of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from reverie_server.language.extraction.clauses import Clause
from reverie_server.language.extraction.drafts import LIKELY, Draft, relation_of
from reverie_server.language.extraction.relations import (
    ANIMALS,
    EVERYBODY_HAS,
    MENTIONED,
    MINE,
    PARTNERS,
    RELATIONS,
    relation,
)
from reverie_server.language.extraction.things import is_name
from reverie_server.language.fact_extractor import USER
from reverie_server.language.words import word_list

_NAME = r"[A-Z][^\W\d_]+(?:[ -][A-Z][^\W\d_]+)?"
_NAMED = re.compile(rf"(?:is |are )?(?:called|named) (?P<name>{_NAME})")
_NAMES = re.compile(rf"(?:called|named|^,) (?P<names>{_NAME}(?:, {_NAME})*(?:,? and {_NAME})?)")
_WITH = re.compile(rf"(?:up )?(?:with|from) (?:my (?P<relation>[\w-]+),? ?)?(?P<name>{_NAME})?")


def ties(clause: Clause) -> Iterator[Draft]:
    """From "I'm dating", "my sister is called", "we broke up", "I have a dog"."""
    if clause.verb == "be":
        yield from _called(clause)
    if clause.verb in {"date", "see"} and (clause.holds or clause.tense == "perfect"):
        yield from _dating(clause)
    elif clause.verb in {"break", "split", "separate"} and clause.happened:
        yield from _broke_up(clause)
    elif clause.verb in {"get", "be"} and clause.happened:
        yield from _wed_or_parted(clause)
    elif clause.verb in {"marry", "divorce"} and clause.happened:
        yield from _married(clause)
    elif clause.verb in {"die", "pass"} and clause.happened and clause.subject != USER:
        if clause.verb == "die" or clause.rest.startswith("away"):
            yield Draft("died", clause.subject, "died", "family", 0.8, dated=True)
            if clause.subject in ANIMALS:
                yield _gone(clause.subject)
    elif clause.verb in {"lose", "leave"} and clause.happened:
        yield from _lost(clause)
    elif clause.verb in {"have", "own", "adopt", "get"}:
        yield from _owned(clause)


def _gone(who: str) -> Draft:
    return Draft(
        "has", _a(who), f"no longer has {_a(who)}", "family", 0.6, negated=True, subject=USER
    )


def _lost(clause: Clause) -> Iterator[Draft]:
    """ "I lost my dog", "I left my husband"."""
    mine = MINE.match(clause.rest)
    if mine is None or clause.rest[mine.end() :].strip(" .,!"):
        return
    who = relation(mine["relation"])
    if clause.verb == "lose" and who in ANIMALS:
        yield _gone(who)
    elif clause.verb == "leave" and who in PARTNERS:
        told = f"left their {who}"
        yield Draft("partner", mine["name"] or who, told, "family", 0.8, negated=True, dated=True)


_LEFT_ME = re.compile(
    rf"(?:(?i:my|our) (?P<relation>\w+)(?: (?P<known>{_NAME}))?|(?P<name>{_NAME})) "
    r"(?:just |recently )?(?P<how>broke up with|dumped|left|divorced) me\b"
)
_NAME_OF = re.compile(rf"\b(?i:my|our) (?P<relation>\w+)'s name is (?P<name>{_NAME})")


def told_of_others(sentence: str) -> Iterator[Draft]:
    """ "Jessica broke up with me", "my dog's name is Rex"."""
    match = _LEFT_ME.search(sentence)
    if match and (match["name"] or relation(match["relation"]) in PARTNERS):
        who = match["name"] or match["known"] or relation(match["relation"])
        yield from _over(who, f"broke up with {who if who[:1].isupper() else f'their {who}'}")
    match = _NAME_OF.search(sentence)
    if match and match["relation"].lower() in RELATIONS:
        yield from named(relation(match["relation"]), match["name"])


def _called(clause: Clause) -> Iterator[Draft]:
    match = _NAMED.match(clause.rest)
    if match is None or clause.ends or clause.tense != "present":
        if (
            clause.subject in PARTNERS and is_name(clause.rest) and clause.tense == "present"
            and re.fullmatch(_NAME + r"[.!]*", clause.rest) and not clause.ends
        ):  # fmt: skip
            yield from named(clause.subject, clause.rest.strip(".!"))
        return
    if clause.subject != USER:
        yield from named(clause.subject, match["name"])


def named(who: str, name: str) -> Iterator[Draft]:
    """What a relation's name says: of partners, who they are."""
    if who in PARTNERS:
        yield Draft("partner", name, f"has a {who} called {name}", "family", 0.8, subject=USER)
    else:
        yield Draft("name", name, f"is called {name}", "family", 0.6, subject=who)


def _dating(clause: Clause) -> Iterator[Draft]:
    if clause.verb == "see" and not (clause.tense == "progressive" and is_name(clause.rest)):
        return
    if clause.verb == "see" and clause.when is not None:
        return  # an appointment
    match = re.match(_NAME, clause.rest)
    if match:
        yield relation_of(
            clause, "partner", match.group(), f"is dating {match.group()}", "family", 0.8
        )
    elif re.match(r"(?:someone|somebody|a (?:new )?(?:guy|girl|man|woman))\b", clause.rest):
        yield relation_of(
            clause, "relationship_status", "dating", "is dating somebody", "family", 0.7
        )


def _broke_up(clause: Clause) -> Iterator[Draft]:
    if clause.verb == "break" and not clause.rest.lower().startswith("up"):
        return
    match = _WITH.match(clause.rest)
    who, known = _partner(clause, match)
    if who or known in PARTNERS or clause.shared or clause.rest.strip(" .!").lower() == "up":
        yield from _over(who or known, f"broke up with {who or f'their {known}'}"
                         if who or known else "broke up")  # fmt: skip


def _partner(clause: Clause, match: re.Match[str] | None) -> tuple[str, str]:
    """Name and relation of the other one."""
    name = (match["name"] if match else None) or ""
    word = relation(match["relation"]) if match and match["relation"] else ""
    if not name and not word and clause.beside:
        mine = MINE.match(clause.beside)
        if mine:
            return mine["name"] or "", relation(mine["relation"])
        return clause.beside, ""
    return name, word


def _over(who: str, told: str) -> Iterator[Draft]:
    if who:
        yield Draft("partner", who, told, "family", 0.8, negated=True, dated=True)
    yield Draft("relationship_status", "single", "is single", "family", 0.7, LIKELY)


def _wed_or_parted(clause: Clause) -> Iterator[Draft]:
    match = re.match(
        r"(?P<what>divorced|engaged|married)\b(?: to | from )?(?P<rest>.*)", clause.rest
    )
    if match is None or clause.verb == "be":
        return
    who, known = _partner(clause, None)
    if is_name(match["rest"]):
        named_ = re.match(_NAME, match["rest"])
        who = named_.group() if named_ else who
    state = match["what"]
    if state == "divorced":
        if who or known in PARTNERS:
            yield Draft("partner", who or known, f"got divorced from {who or f'their {known}'}",
                        "family", 0.8, negated=True, dated=True)  # fmt: skip
    elif who:
        yield Draft("partner", who, f"got {state} to {who}", "family", 0.8, dated=True)
    yield Draft("relationship_status", state, f"got {state}", "family", 0.8, dated=True)


def _married(clause: Clause) -> Iterator[Draft]:
    match = re.match(_NAME, clause.rest)
    over = clause.verb == "divorce"
    if match:
        told = f"{'divorced' if over else 'married'} {match.group()}"
        yield Draft("partner", match.group(), told, "family", 0.8, negated=over, dated=True)


def _owned(clause: Clause) -> Iterator[Draft]:
    """Family and animals that somebody has, got, or has no more."""
    lasting = clause.when is not None and clause.when.told.startswith("since")
    if clause.verb in {"have", "own"}:
        told = clause.tense == "present" or (clause.tense == "perfect" and lasting)
    else:
        told = clause.happened
    if told:
        for part in re.split(r",? and (?=(?:an?|one|two|three|four|five|\d) )", clause.rest):
            yield from _one_owned(replace(clause, rest=part))


def _one_owned(clause: Clause) -> Iterator[Draft]:
    match = re.match(
        r"(?:(?P<count>an?|two|three|four|five|six|some|\d|any|no|another|my own|my|a couple of"
        r"|the|this|these)"
        r" )?(?P<adjective>(?:(?!(?:to|of|for|with|from)\b)[\w-]+ ){0,3}?)"
        r"(?P<relation>[\w-]+)\b(?! (?:and|or)\b)"
        r"(?P<rest>,? (?:(?:called|named|who|from|and|in|of|with|at)\b.*|(?-i:[A-Z]\w+(?:,? "
        r"and [A-Z]\w+)?)))?"
        r"[.!,]*$",
        clause.rest,
        re.IGNORECASE,
    ) or re.match(
        r"(?P<count>an?|two|three|four|\d|another|my|any)(?P<adjective>(?: "
        r"(?!and\b)[\w-]+){0,2}) (?P<relation>[\w-]+)"
        r"(?P<rest>,? (?:called|named)\b.*)", clause.rest, re.IGNORECASE,
    )  # fmt: skip
    if match is None or match["relation"].lower() not in RELATIONS - {"team", "family", "friends"}:
        return
    if clause.verb in {"adopt", "get"} and match["relation"].lower() not in ANIMALS:
        return
    none = (match["count"] or "").lower() == "no"
    phrase = f"{match['count'] or ''} {match['adjective']}{match['relation']}"
    phrase = re.sub(
        r"^\s*(?:any|no|the|this|these)\s+",
        "a " if not match["relation"].endswith("s") else "",
        phrase,
    )
    phrase = " ".join(re.sub(r"^(?:my|our)\b(?: own)?", "a", phrase.strip()).split())
    names = _NAMES.search(match["rest"] or "")
    if names:
        phrase = f"{phrase} named {names['names']}"
    draft = relation_of(clause, "has", phrase, f"has {phrase}", "family", 0.6)
    if none and not clause.ends:
        draft = Draft("has", phrase, f"does not have {phrase}", "family", 0.6, negated=True)
    yield draft
    if match["relation"].lower() in PARTNERS and names and not clause.ends:
        yield Draft("partner", names["names"], f"has a {match['relation'].lower()} called "
                    f"{names['names']}", "family", 0.8)  # fmt: skip


def mentioned(sentence: str) -> Iterator[Draft]:
    """That there are people and animals who are spoken of as the user's own."""
    for match in MENTIONED.finditer(sentence):
        word = match["relation"].lower()
        who, name = relation(word), match["name"] or ""
        if name and name.split()[0] not in _NO_NAMES:
            yield from named(who, name)
        elif _is_everybodys(match.group(), who) or (
            who in _BEFORE_A_WEDDING and _WEDDING.search(sentence)
        ):
            continue
        elif word not in EVERYBODY_HAS and "ex" not in match["adjective"].lower().split():
            adjective = re.sub(r"\b(?:dear|lovely|beloved|amazing|sweet|cute|wonderful|great"
                               r"|own|best"
                               r"|late|other|new|old|beautiful|furry|closest|former"
                               r"|previous)\b ?", "",
                               match["adjective"], flags=re.IGNORECASE)  # fmt: skip
            noun = f"{adjective}{who if word != 'guinea' else 'guinea pig'}".strip()
            phrase = noun if who.endswith("s") or who == "children" else _a(noun)
            yield Draft("has", phrase, f"has {phrase}", "family", 0.4, LIKELY, subject=USER)


_BEFORE_A_WEDDING = word_list("girlfriend boyfriend fiancé fiancée fiance fiancee")
_WEDDING = re.compile(r"\b(?:wedding|(?:got|just|are|been) married|tied the knot)\b", re.IGNORECASE)
""" "My girlfriend and I got married": a girlfriend no more."""


def _is_everybodys(said: str, who: str) -> bool:
    """ "Schools for our kids" are for everybody's."""
    return said.lower().startswith("our") and who in {"children", "sons", "daughters", "child"}


def _a(noun: str) -> str:
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"


_NO_NAMES = {
    "I",
    "And",
    "But",
    "So",
    "The",
    "My",
    "We",
    "It",
    "Is",
    "Was",
    "Mom",
    "Dad",
    "Christmas",
}
