"""Memories as data: one line each, between fixed delimiters, nothing hidden in them.

A memory can hold anything that a user ever said. Its text becomes a single line behind "- ", so it
can begin no line of the prompt; characters that nobody sees are taken out; and whatever looks like
a delimiter's bracket or a heading's rule, in any script or width, becomes something else.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

OPEN: Final = "<memories>"
CLOSE: Final = "</memories>"
HEADING: Final = re.compile(r"^=== .* ===$")
"""A line that begins a section."""

_OPENING: Final = frozenset(
    "<\u02c2\u00ab\u2039\u276e\u2770\u276c\u2329\u27e8\u27ea\u3008\u300a\ufe3d\ufe3f\ufe64\uff1c\u29fc"
    "\u1438\u226a\u22d8\u2a7d\u2a79\u2a7b\u2af7\u2991\u227a\u22d6\u226e\U0001f898"
)
_CLOSING: Final = frozenset(
    ">\u02c3\u00bb\u203a\u276f\u2771\u276d\u232a\u27e9\u27eb\u3009\u300b\ufe3e\ufe40\ufe65\uff1e\u29fd"
    "\u1433\u226b\u22d9\u2a7e\u2a7a\u2a7c\u2af8\u2992\u227b\u22d7\u226f"
)
_ANGLES: Final = "".join(sorted(_OPENING | _CLOSING))
_EQUALS: Final = (
    "=\u2550\u2261\u2263\u2260\u2a74\u2a75\u2a76\u30a0\ua4ff\u1400\u2e40\ufe66\uff1d\u268c\u2630"
    "\u207c\u208c\u2017"
)
_HARMLESS: Final = re.compile("<3|->")
_ANGLE: Final = re.compile(f"<3(?!\\w)|->|[{re.escape(_ANGLES)}]")
_RULE: Final = re.compile(f"[{re.escape(_EQUALS)}](?:\\s*[{re.escape(_EQUALS)}])*")
_BEGINS: Final = r"[\s\W_]{0,8}?"
_RULED: Final = re.compile(f"{_BEGINS}[{re.escape(_EQUALS)}]{{2}}")
_BRACKETED: Final = re.compile(f"{_BEGINS}[{re.escape(_ANGLES)}]")
_RULE_SIGNS: Final = re.compile(f"[{re.escape(_EQUALS)}]{{2}}")
_BRACKET_SIGNS: Final = re.compile(f"[{re.escape(_ANGLES)}]")
_END: Final = re.compile(f"[\\W{re.escape(_ANGLES + _EQUALS)}]*")
"""Matched from a line's last character backwards: no place is looked at twice."""

_BLANK: Final = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180e\u180f\u2800\u3164\uffa0\ufffc"
)
"""Letters and marks by category that show nothing."""
_HIDDEN_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


@lru_cache(maxsize=4_096)
def _shown(character: str) -> str:
    """A character as it may stand in a text: itself, a space, or nothing."""
    if character in "\n\t \r\v\f\x1c\x1d\x1e\x1f\x85\u2028\u2029":
        return " " if character in {"\t", " "} else "\n"
    is_selector = "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"
    if is_selector or character in _BLANK:
        return ""
    return "" if unicodedata.category(character) in _HIDDEN_CATEGORIES else character


def _is_plain(text: str) -> bool:
    """ASCII without controls and without < = >: nothing to do."""
    return (
        text.isascii()
        and text.isprintable()
        and "<" not in text
        and "=" not in text
        and ">" not in text
    )


def without_hidden(text: str) -> str:
    """The text without control, bidirectional, zero-width, tag, private and unassigned characters
    and variation selectors. Line ends of every kind become "\\n"."""
    if _is_plain(text):
        return text
    return "".join(map(_shown, text.replace("\r\n", "\n")))


def quoted(text: str) -> str:
    """The text as one line of data."""
    if not _is_plain(text):
        text = _ANGLE.sub(_bracket, _RULE.sub("=", without_hidden(text)))
    return " ".join(text.split())


def instruction(text: str) -> str:
    """A caller's or user's instruction: its lines stay, but none of them is a delimiter, a
    heading or something that looks so."""
    if _is_plain(text):
        return text.strip()
    lines = without_hidden(text).split("\n")
    return "\n".join(_defused(line.rstrip()) for line in lines).strip()


def _bracket(match: re.Match[str]) -> str:
    found = match.group()
    if _HARMLESS.fullmatch(found):
        return found
    return "(" if found in _OPENING else ")"


def _defused(line: str) -> str:
    """Only a line that could pass for one of ours changes: it begins or ends with a rule or with
    a bracket, of any kind."""
    end = _END.match(line[::-1])
    behind = end.group() if end else ""
    if _RULED.match(line) or _RULE_SIGNS.search(behind):
        line = _RULE.sub("=", line)
    if _BRACKETED.match(line) or _BRACKET_SIGNS.search(behind):
        line = _ANGLE.sub(_bracket, line)
    return line
