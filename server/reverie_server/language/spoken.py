"""The sentences of a session, with who said them where: what all parts of a summary work on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from reverie_server.language.sentences import split_sentences
from reverie_server.language.summarizer import Turn

# A session is summarised in bounded time: at most so many of its entries, evenly spread, are read,
# so many characters of each, so many of all of them, shared out evenly, though a few of every
# entry; and of their sentences at most so many, evenly spread, are compared.
MOST_TURNS = 10_000
TURN_CHARACTERS = 65_536
READ_CHARACTERS = 2_000_000
READ_AT_LEAST = 400
MOST_SENTENCES = 10_000

_Thing = TypeVar("_Thing")


@dataclass(frozen=True, slots=True)
class SpokenSentence:
    turn: int
    """Position of its entry in the session, from 0."""
    entry_id: str
    speaker: str
    """Empty for a note."""
    text: str


def spoken_sentences(turns: Sequence[Turn]) -> Sequence[SpokenSentence]:
    """All sentences in order; of a very long session an even selection of them."""
    read = _evenly(range(len(turns)), MOST_TURNS)
    share = min(TURN_CHARACTERS, max(READ_AT_LEAST, READ_CHARACTERS // max(1, len(read))))
    sentences = [
        SpokenSentence(position, turns[position].entry_id, speaker, text)
        for position in read
        for speaker in [" ".join(turns[position].speaker.split())]
        for text in split_sentences(turns[position].content[:share])
    ]
    return _evenly(sentences, MOST_SENTENCES)


def _evenly(things: Sequence[_Thing], most: int) -> Sequence[_Thing]:
    """All of them, or so many at even distances."""
    if len(things) <= most:
        return things
    return [things[place * len(things) // most] for place in range(most)]


def speakers(sentences: Sequence[SpokenSentence]) -> list[str]:
    """Who spoke, in the order of their first words."""
    return list(dict.fromkeys(s.speaker for s in sentences if s.speaker))
