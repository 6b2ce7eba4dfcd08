"""Topics to avoid: is a memory about one of them?

A topic such as "dad's death (sensitive)" asks for two things, the father and a death, and only a
memory with both is about it. Persons are known by their words (a closed list), subjects by their
words and euphemisms (``avoided_subjects``) and by meaning (the cosine of static word vectors),
anything else by its stem and by meaning. "weight/body image" are two topics, and so are an "ex" and
the name behind it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from reverie_server.identity.prompt.avoided_subjects import KIN, NOISE, SUBJECTS, Subject
from reverie_server.identity.prompt.meanings import Meanings, Words
from reverie_server.identity.prompt.quoting import without_hidden
from reverie_server.identity.prompt.text_key import Key, key_of

NEAR: Final = 0.62
"""A word of a memory this near (cosine) to a topic's own word means it."""
NEAR_SUBJECT: Final = 0.66
"""As near to one of a subject's words."""
MOST_TOPICS: Final = 100
LONGEST_TOPIC: Final = 200
"""Characters of a topic that are looked at."""
MOST_OF_A_TOPIC: Final = 20
"""Parts of a topic ("weight/body image" has two) that are heeded."""
MOST_ALTERNATIVES: Final = 400
"""Of all topics together: each memory is compared with every one."""
_KNOWN: Final = 4_096

_NOTE: Final = re.compile(r"\([^)]*\)|\[[^\]]*\]")
_ALTERNATIVES: Final = re.compile(r"[/,;|]|\bor\b")
_WORD: Final = re.compile(r"\w+(?:[-']\w+)*")
_KIN: Final = {person: re.compile(rf"\b(?:{words})\b(?!-in-law)") for person, words in KIN.items()}
_GROUPS: Final = frozenset({"parent", "sibling", "grandparent"})
"""Words for several persons: they are said of each of them, but ask for none."""


def _asked_kin() -> dict[str, str]:
    """The person that a topic's word asks for."""
    asked = {person: person for person in KIN} | {"parent": "parents", "folks": "parents"}
    asked |= dict.fromkeys(("kid", "kids", "children"), "child")
    for person, pattern in KIN.items():
        for word in re.sub(r"\(\?:(\w+)\)\?|\?", "", pattern).split("|"):
            if word.removesuffix("s") not in _GROUPS:
                asked.setdefault(word, person)
    return asked


_KIN_ASKED: Final = _asked_kin()


@dataclass(frozen=True, slots=True)
class _Person:
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class _Matter:
    subject: Subject
    words: Words
    """The topic's own words for it."""


@dataclass(frozen=True, slots=True)
class _Word:
    word: str
    words: Words


@dataclass(frozen=True, slots=True)
class _Name:
    """A proper name: only itself."""

    pattern: re.Pattern[str]


_Need = _Person | _Matter | _Word | _Name
_Topic = tuple[_Need, ...]
"""All of it is needed."""


class Avoidance:
    """One user's topics."""

    def __init__(self, topics: Sequence[str], meanings: Meanings, *, tables: bool = True) -> None:
        """
        Args:
            tables: whether the subjects' tables are used; without, words and meaning alone.
        """
        self._meanings = meanings
        self._tables = tables
        parts = dict.fromkeys(part for topic in topics[:MOST_TOPICS] for part in _parts(topic))
        needed = (each for part in parts for each in self._needs(part) if each)
        self._topics = list(islice(needed, MOST_ALTERNATIVES))
        self._known: dict[Key, bool] = {}

    def forbids(self, about: str, text: str) -> bool:
        """Whether a memory, said about someone (or nobody), belongs to one of the topics. What
        was looked at is known by a hash, so that no memory's text stays here."""
        if not self._topics:
            return False
        memory = f"{about} : {text}" if about else text
        key = key_of(memory)
        verdict = self._known.get(key)
        if verdict is None:
            if len(self._known) >= _KNOWN:
                self._known.clear()
            verdict = self._known[key] = self._look(memory)
        return verdict

    def _look(self, memory: str) -> bool:
        plain = _plain(without_hidden(memory))
        words = self._meanings.words_of(plain)
        return any(all(self._has(need, plain, words) for need in topic) for topic in self._topics)

    def _has(self, need: _Need, text: str, words: Words) -> bool:
        if isinstance(need, _Person | _Name):
            return need.pattern.search(text) is not None
        if isinstance(need, _Matter):
            subject = need.subject
            if subject.idioms is not None:
                cleaned = subject.idioms.sub(" ", text)
                if cleaned != text:
                    text, words = cleaned, self._meanings.words_of(cleaned)
            if subject.said.search(text):
                return True
            # A subject of several words ("body image") is not in each of them.
            alone = len(need.words.vectors) == 1
            return alone and self._meanings.nearest(need.words, words) >= NEAR_SUBJECT
        return self._meanings.nearest(need.words, words) >= NEAR

    def _needs(self, topic: str) -> list[_Topic]:
        """The alternatives that a topic stands for."""
        plain = _plain(topic)
        needs: list[_Need] = []
        if self._tables:
            for subject in SUBJECTS.values():
                if match := subject.asked.search(plain):
                    needs.append(_Matter(subject, self._meanings.words_of(match.group())))
                    plain = plain[: match.start()] + " " + plain[match.end() :]
                    break
        names: list[_Need] = []
        owned = False
        for match in _WORD.finditer(topic.replace("\u2019", "'")):
            shown = match.group()
            word = shown.lower().removesuffix("'s")
            if not re.search(rf"\b{re.escape(word)}\b", plain) or word in NOISE:
                continue
            owned = owned or shown.lower().endswith("'s")
            if person := _KIN_ASKED.get(word):
                needs.append(_Person(_KIN[person]))
            elif shown[:1].isupper() and not self._meanings.is_common(word):
                names.append(_Name(re.compile(rf"\b{re.escape(word)}\b")))
            else:
                needs.append(_Word(word, self._meanings.words_of(word)))
        if names and needs and not owned:
            # An apposition: the ex, and the name that goes with it.
            return [tuple(names), tuple(needs)]
        return [(*needs, *names)]


def _parts(topic: str) -> list[str]:
    """What a topic names one by one."""
    named = _ALTERNATIVES.split(_NOTE.sub(" ", _head(topic)))
    return [part.strip() for part in named if part.strip()][:MOST_OF_A_TOPIC]


def _head(topic: str) -> str:
    """As much of a topic as counts, on one line; where it had lines, there are semicolons."""
    shown = without_hidden(topic).replace("\n", ";")
    return " ".join(shown.split())[:LONGEST_TOPIC]


def _plain(text: str) -> str:
    return text.replace("\u2019", "'").lower()
