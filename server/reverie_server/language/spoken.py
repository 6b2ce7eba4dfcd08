"""The sentences of a session, with who said them where: what all parts of a summary work on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reverie_server.language.sentences import split_sentences
from reverie_server.language.summarizer import Turn

# A session is summarised in bounded time: so many characters of it are read, shared out evenly
# among its entries, and of their sentences at most so many, evenly spread, are compared.
READ_CHARACTERS = 2_000_000
READ_AT_LEAST = 400
MOST_SENTENCES = 10_000


@dataclass(frozen=True, slots=True)
class SpokenSentence:
    turn: int
    """Position of its entry in the session, from 0."""
    entry_id: str
    speaker: str
    """Empty for a note."""
    text: str


def spoken_sentences(turns: Sequence[Turn]) -> list[SpokenSentence]:
    """All sentences in order; of a very long session an even selection of them."""
    share = max(READ_AT_LEAST, READ_CHARACTERS // max(1, len(turns)))
    sentences = [
        SpokenSentence(position, turn.entry_id, " ".join(turn.speaker.split()), text)
        for position, turn in enumerate(turns)
        for text in split_sentences(turn.content[:share])
    ]
    if len(sentences) <= MOST_SENTENCES:
        return sentences
    step = len(sentences) / MOST_SENTENCES
    return [sentences[int(place * step)] for place in range(MOST_SENTENCES)]


def speakers(sentences: Sequence[SpokenSentence]) -> list[str]:
    """Who spoke, in the order of their first words."""
    return list(dict.fromkeys(s.speaker for s in sentences if s.speaker))
