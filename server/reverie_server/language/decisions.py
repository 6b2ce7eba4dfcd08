"""What was decided, and what somebody is going to do: cues of English in single sentences.

Both keep the speaker's own words ("Alice: We decided to move to Lisbon."), since a paraphrase of
a promise is a different promise. A question is neither; what is refused ("I won't") is a decision.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from reverie_server.language.spoken import SpokenSentence
from reverie_server.language.words import is_content, is_question, words

MOST = 10
"""Of each kind; the sentences with most to say, in their order."""

_DECISION = re.compile(
    r"""
    \b(?:i|we)(?:['’]ve|\ have|['’]d|\ had)?\ (?:(?!not\b|never\b|nearly\b|almost\b)\w+\ )?(?:
        decided|agreed|settled\ on|chose|chosen|opted|resolved|concluded|picked(?!\ up)
        |committed\ to|made\ (?:up\ (?:my|our)\ minds?|(?:a|the|my|our)\ (?:decision|choice))
    )\b
    | \b(?:my|our|the)\ (?:final\ )?decision\ (?:is|was)\b
    | \bit['’]?s\ (?:decided|settled|a\ deal|agreed)\b
    | \b(?:we|i)(?:['’]ll|\ will)\ go\ (?:with|for)\b | \blet['’]s\ go\ (?:with|for)\b
    | \b(?:i|we)(?:['’]m|['’]re|\ am|\ are)\ (?:
        not\ going\ to|quitting|leaving|moving\ to|done\ with
    )\b
    | \b(?:i|we)\ (?:won['’]t|will\ not|will\ never)\b(?!\ (?:lie|forget|deny|know|be\ able|let))
    """,
    re.IGNORECASE | re.VERBOSE,
)
# Promises of sympathy and cheer are not things to do.
_CHEER = r"""(?:definitely\ |surely\ |all\ )*(?:never|not|say|admit|be\ (?:honest|there\ for)|always
    |miss|think|know|understand|see\ (?:what|if)|keep|have\ (?:a\ |to\ admit|fun)|love|enjoy|cherish
    |stay\ (?:strong|positive)|rock|hope|spread|celebrate|continue|support|inspire)\b"""
_TASK = "send|call|book|check|bring|buy|write|schedule|email|ask|remind|prepare|review|tell"
_ACTION = re.compile(
    rf"""
    \b(?:i|we)(?:
        ['’]ll|\ will|\ must|\ should|\ gotta|\ have\ to|['’]ve\ got\ to
        |(?:['’]m|['’]re|\ am|\ are)\ (?:going\ to|gonna|planning)
        |\ (?:really\ |still\ |also\ )?(?:need|plan|promise|intend)\ to
    )\b(?!\ (?:{_CHEER}|make\ (?:a|it)\b))
    | \b(?:remind\ me(?!\ of)|don['’]?t\ (?:let\ me\ )?forget|remember\ to)\b
    | \bmake\ sure\ (?:to|you|that)\b(?!\ (?:you\ )?{_CHEER})
    | \bplease\ (?:{_TASK})\b | \b(?:can|could|would|will)\ you\ (?:please\ )?(?:{_TASK})\b
    | (?:\blet['’]s|^lets)\ (?!(?:{_CHEER}|(?:go\ (?:with|for)|just\ say|face|be|see|make|stay|show
        |do\ (?:it|this)|join\ forces)\b))\w+
    | \b(?:todo|to-do|action\ item|deadline|due\ (?:by|on|date)|follow\ up)\b
    | \b(?:by|before|until)\ (?:tomorrow|tonight|noon|(?:mon|tues|wednes|thurs|fri|satur|sun)day
        |next\ (?:week|month)|the\ end\ of)\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
_REQUEST = re.compile(r"\b(?:can|could|would|will) you\b|\bremind me\b", re.IGNORECASE)
_HYPOTHETICAL = re.compile(
    r"^(?:if|maybe|perhaps|i wish)\b|\b(?:would have|could have|should have)\b", re.IGNORECASE
)


def decisions(sentences: Sequence[SpokenSentence]) -> tuple[str, ...]:
    """What was decided, in order, each with who said it."""
    return _most_telling([s for s in sentences if _is_decision(s.text)])


def action_items(sentences: Sequence[SpokenSentence]) -> tuple[str, ...]:
    """What somebody is going to do or was asked to, in order, each with who said it."""
    return _most_telling([s for s in sentences if _is_action(s.text)])


def _is_decision(text: str) -> bool:
    return (
        _DECISION.search(text) is not None
        and not is_question(text)
        and not _HYPOTHETICAL.search(text)
        and any(map(is_content, words(text)))
    )


def _is_action(text: str) -> bool:
    return (
        _ACTION.search(text) is not None
        and (not is_question(text) or _REQUEST.search(text) is not None)
        and not _HYPOTHETICAL.search(text)
        and not _is_decision(text)
        and any(map(is_content, words(text)))
    )


def _most_telling(found: list[SpokenSentence]) -> tuple[str, ...]:
    """At most MOST, those with most content, in their order, none twice."""
    lines = {f"{s.speaker}: {s.text}" if s.speaker else s.text: s.text for s in found}
    telling = sorted(lines, key=lambda line: -sum(map(is_content, words(lines[line]))))
    kept = set(telling[:MOST])
    return tuple(line for line in lines if line in kept)
