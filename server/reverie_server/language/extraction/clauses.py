"""Taking a sentence apart into who does what: subject, verb, tense, negation, and what follows.

"I don't live in Chicago anymore, I live in Seattle now."
    user  live  present  negated, over   "in Chicago"
    user  live  present                  "in Seattle now"
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from reverie_server.language.extraction.dates import When, when
from reverie_server.language.extraction.parts import SHARED, opened, parts
from reverie_server.language.extraction.relations import MINE, relation
from reverie_server.language.extraction.verbs import ING, PARTICIPLE, PAST, PRESENT, REGULAR_PAST
from reverie_server.language.fact_extractor import USER
from reverie_server.language.words import word_list

Tense = Literal["present", "progressive", "past", "perfect", "plan", "will", "would"]


@dataclass(frozen=True, slots=True)
class Clause:
    """One subject with one verb."""

    subject: str
    """`USER` or a relation word."""
    name: str
    """Of the subject, if it was given with the relation."""
    beside: str
    """Who shares the subject: "Tom" of "Tom and I"."""
    shared: bool
    """Said of a "we" or "our"."""
    verb: str
    """Its base form, one of `verbs`; "be" with what follows it in `rest`; the form itself where
    the verb is not known."""
    form: str
    """As it was said."""
    tense: Tense
    rest: str
    """What follows the verb, without the time that was named."""
    negated: bool = False
    ended: bool = False
    """Was so and is no more: "no longer", "used to", "any more"."""
    unsure: bool = False
    when: When | None = None

    @property
    def holds(self) -> bool:
        """Said of now."""
        return self.tense in {"present", "progressive"}

    @property
    def happened(self) -> bool:
        """Said of what was done."""
        return self.tense in {"past", "perfect"} and not self.negated

    @property
    def ends(self) -> bool:
        """Said of what is not, or no longer."""
        return self.ended or self.negated


_ADVERBS = word_list(
    """just really also finally actually recently always still even totally absolutely definitely
    now currently already both all honestly truly personally officially simply so only usually
    often sometimes generally mostly pretty quite super very sadly luckily then soon since newly
    lately especially particularly particular regularly occasionally normally typically myself
    again too completely fully secretly deeply genuinely kinda happily proudly"""
)
_DOUBTFUL = word_list("probably maybe perhaps possibly almost nearly hardly barely rarely seldom")
_MODALS = word_list("could should might may must shall can")
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_NO_MORE = re.compile(r"\s*\b(?:any ?more|any longer|no longer)\b", re.IGNORECASE)
_AFTER_ALL = re.compile(r"\bafter all\b|\bturns out\b", re.IGNORECASE)
_DROPPED_I = re.compile(
    r"(?:just |recently |finally |also )*(?P<verb>[a-z]+) (?=(?:to|a|an|the|my|some|from|in|at|up"
    r"|back|into|with|for)\b)",
    re.IGNORECASE,
)


def clauses(sentence: str, event_time: int) -> Iterator[Clause]:
    """The clauses of a sentence whose subject and verb are known, in order."""
    shared: When | None = None
    ends = _AFTER_ALL.search(sentence) is not None
    for place, part in enumerate(parts(sentence)):
        named, text = when(part, event_time)
        if place == 0:
            shared = named
        clause = _clause(text, first=place == 0)
        if clause is not None:
            if ends and clause.negated:
                clause = replace(clause, ended=True)
            # "Last week I quit and moved": the time is that of all that happened, not of a plan.
            carried = shared if place == 0 or clause.tense in {"past", "perfect"} else None
            yield replace(clause, when=named or carried)


def _clause(text: str, *, first: bool) -> Clause | None:
    text = opened(text)
    ended = _NO_MORE.search(text) is not None
    text = _NO_MORE.sub("", text) if ended else text
    subject = _subject(text)
    if subject is None and first:
        subject = _dropped(text)
    if subject is None:
        return None
    return _with_verb(replace(subject, ended=ended), subject.rest)


def _dropped(text: str) -> Clause | None:
    """A clause that leaves out its "I": "Went to the zoo", "Been reading a lot", "Love hiking"."""
    match = _DROPPED_I.match(text)
    if match and match["verb"].lower() in PAST:
        return Clause(USER, "", "", False, "", "", "present", text)
    if re.match(r"(?:just |still |also )*been \w+ing\b", text, re.IGNORECASE):
        return Clause(USER, "", "", False, "", "", "present", f"have {text}")
    if re.match(r"(?:just |still |also )*going to [a-z]", text, re.IGNORECASE):
        return Clause(USER, "", "", False, "", "", "present", f"am {text}")
    if re.match(
        r"(?:really |absolutely |just )?(?:love|hate|enjoy) (?!to\b|and\b|is\b|has\b|can\b|will\b)",
        text,
        re.IGNORECASE,
    ):
        return Clause(USER, "", "", False, "", "", "present", text)
    return None


def _subject(text: str) -> Clause | None:
    """A clause with its subject, and all after it as its rest."""
    empty = Clause(USER, "", "", False, "", "", "present", "")
    shared = SHARED.match(text)
    if shared:
        beside = shared["beside"] or shared["after"] or ""
        return replace(empty, beside=beside, shared=True, rest=text[shared.end() :])
    match = re.match(r"(i|we)(?:,[^,]{1,40},)?\s+(?:both |all )?", text, re.IGNORECASE)
    if match:
        plural = match[1].lower() == "we"
        return replace(empty, shared=plural, rest=text[match.end() :])
    mine = MINE.match(text)
    if mine is None or re.match(
        r"\s*,\s*(?:my |our )?\w+(?: and\b|,)|\s+and\b", text[mine.end("relation") :]
    ):
        return None
    return replace(
        empty,
        subject=relation(mine["relation"]),
        name=mine["name"] or "",
        rest=text[mine.end() :].lstrip(", "),
    )


class _Chain:
    """Reads what stands before a main verb."""

    def __init__(self, clause: Clause) -> None:
        self.negated = False
        self.ended = clause.ended
        self.unsure = False
        self.helper = ""
        """The last of: be (present), was, have, did, will, would, used."""

    def take(self, word: str, following: list[str]) -> int:
        """How many words this one takes; 0 at the main verb."""
        if word in _ADVERBS or word in {"not", "never"}:
            self.negated |= word in {"not", "never"}
            return 1
        if word in _DOUBTFUL:
            self.unsure = True
            return 1
        if word == "kind" and following[:1] == ["of"]:
            self.unsure = True
            return 2
        if word in _MODALS:
            self.helper = "modal"
            return 1
        return self._auxiliary(word, following)

    def _auxiliary(self, word: str, following: list[str]) -> int:
        rest = [w for w in following[:4] if w not in _ADVERBS and w not in {"not", "never"}]
        coming = rest[0] if rest else ""
        if word in {"am", "is", "are"}:
            self.helper = "be"
        elif word in {"was", "were"}:
            self.helper = "was"
        elif word == "been" and self.helper == "have":
            self.helper = "been"
        elif word in {"have", "has", "had"} and (
            coming in PARTICIPLE or coming == "been" or REGULAR_PAST.fullmatch(coming)
        ):
            # "I had seen", "I may have seen": not said of what is or was.
            unreal = word == "had" or self.helper in {"modal", "would"}
            self.helper = "modal" if unreal else "have"
        elif word in {"do", "does", "did"} and coming in PRESENT:
            self.helper = "did" if word == "did" else self.helper
        elif word == "will":
            self.helper = "will"
        elif word == "would":
            self.helper = "would"
        elif word in {"used", "going"} and following[:1] == ["to"] and _may_follow(following[1:]):
            if word == "used":
                self.ended = True
            planned = "modal" if self.helper == "was" else "going"
            self.helper = "used" if word == "used" else planned
            return 2
        else:
            return 0
        return 1


def _may_follow(words: list[str]) -> bool:
    """A verb, rather than a place: "going to visit", not "going to the zoo"."""
    return bool(words) and (words[0] in PRESENT or words[0] in {"be", *_ADVERBS})


def _with_verb(clause: Clause, text: str) -> Clause | None:
    tokens = list(_WORD.finditer(text[:160]))
    words = [token.group().lower() for token in tokens]
    chain, at = _Chain(clause), 0
    while at < len(words):
        taken = chain.take(words[at], words[at + 1 : at + 6])
        if not taken or (at and "," in text[tokens[at - 1].end() : tokens[at].start()]):
            break
        at += taken
    main = words[at] if at < len(words) else ""
    start = tokens[at].start() if at < len(tokens) else len(text)
    verb, tense, is_rest = _main_verb(chain.helper, main)
    if chain.helper == "modal":
        if not chain.negated:
            return None
        chain.negated = False  # "can't stand" is a verb of its own
    if not verb or tense is None:
        return None
    after = start if is_rest else start + len(main)
    if verb == "have" and text[after:].startswith(" got "):
        after += 4
    return replace(
        clause,
        verb=verb,
        form=main if not is_rest else "",
        tense=tense,
        rest=text[after:].strip(),
        negated=chain.negated,
        ended=chain.ended,
        unsure=chain.unsure,
    )


_ING_ADJECTIVES = word_list("boring interesting amazing exciting outgoing easygoing easy-going")


def _main_verb(helper: str, main: str) -> tuple[str, Tense | None, bool]:
    """Verb, tense, and whether the rest begins at the word itself."""
    if helper in {"be", "was", "been"}:
        if main in ING or (main.endswith("ing") and main not in _ING_ADJECTIVES):
            return ING.get(main, main), "progressive" if helper != "was" else None, False
        tenses: dict[str, Tense] = {"be": "present", "was": "past", "been": "perfect"}
        return "be", tenses[helper], True
    if helper == "have":
        return PARTICIPLE.get(main, main), "perfect", False
    if helper == "modal":
        # Those of "can't": whether one can is a talent, not that one cannot.
        verb = {"stand": "hate", "wait": "wait", "eat": "avoid"}.get(main, "")
        return verb, "present" if verb else None, False
    if helper in _BEFORE_BASE:
        base = PRESENT.get(main, "be" if main == "be" and helper in {"will", "going"} else "")
        return base, _BEFORE_BASE[helper], False
    if helper == "used" and main == "be":
        return "be", "present", False
    return _finite(main)


_BEFORE_BASE: dict[str, Tense] = {
    "would": "would", "will": "will", "going": "plan", "did": "past",
}  # fmt: skip


def _finite(main: str) -> tuple[str, Tense | None, bool]:
    if main in PRESENT and (main not in PAST or main in {"read", "hurt", "set", "quit"}):
        return PRESENT[main], "past" if main in {"quit", "set"} else "present", False
    if main in PAST:
        return PAST[main], "past", False
    return (main, "past", False) if REGULAR_PAST.fullmatch(main) else ("", None, False)
