"""The default Summarizer: the session's own central sentences. No model, no network, no key.

    On 3 June 2024 at 4:10 pm UTC, Rosalind and Melinda talked about the cooking class and painting.
    Rosalind went to a cooking class yesterday. Melinda told Rosalind: "You'd be a great baker!"

The same turns always give the same summary, and each sentence is one that was said.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from reverie_server.embedding.embedder import TokenTable
from reverie_server.language.central_sentences import central_sentences, sentence_vectors
from reverie_server.language.decisions import action_items, decisions
from reverie_server.language.emotional_tone import emotional_tone
from reverie_server.language.key_topics import key_topics
from reverie_server.language.narration import narrate
from reverie_server.language.spoken import SpokenSentence, speakers, spoken_sentences
from reverie_server.language.summarizer import Summary, Turn

MOST_SENTENCES = 24
OPENING_TOPICS = 3
OPENING_NAMES = 4

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EMPTY = Summary("", (), (), (), (), "neutral")


class ExtractiveSummarizer:
    """Summarises by choosing. Safe to use from several tasks at once."""

    name = "extractive"

    def __init__(self, table: TokenTable, *, opening: bool = True) -> None:
        """
        Args:
            table: what sentences are compared by.
            opening: begin with who talked when about what.
        """
        self._table = table
        self._opening = opening

    async def summarize(
        self,
        turns: Sequence[Turn],
        *,
        instructions: str = "",
        max_sentences: int | None = None,
    ) -> Summary:
        """Works in another thread; an empty session gives an empty summary. `instructions` are
        for summarisers with a language model."""
        return await asyncio.to_thread(self._summarize, turns, max_sentences)

    def _summarize(self, turns: Sequence[Turn], max_sentences: int | None) -> Summary:
        sentences = spoken_sentences(turns)
        if not sentences:
            return _EMPTY
        topics = key_topics(sentences)
        count = sentence_count(len(sentences)) if max_sentences is None else max_sentences
        lines: list[str] = []
        if self._opening and (max_sentences is None or max_sentences > 2):
            lines.append(opening_line(turns, sentences, topics))
            count -= max_sentences is not None
        chosen = central_sentences(
            sentences, sentence_vectors(sentences, self._table), max(0, count)
        )
        people = speakers(sentences)
        for position in chosen:
            sentence = sentences[position]
            others = [name for name in people if name != sentence.speaker]
            lines.append(narrate(sentence.text, sentence.speaker, others))
        return Summary(
            summary=" ".join(line for line in lines if line),
            entry_ids=tuple(dict.fromkeys(sentences[position].entry_id for position in chosen)),
            key_topics=topics,
            decisions=decisions(sentences),
            action_items=action_items(sentences),
            emotional_tone=emotional_tone(sentences),
        )


def sentence_count(sentences: int) -> int:
    """How many of a session's sentences its summary takes: the square root, as a conversation
    of twice the length does not have twice as much to remember. At most MOST_SENTENCES."""
    return min(sentences, MOST_SENTENCES, max(3, round(0.85 * math.sqrt(sentences))))


def opening_line(
    turns: Sequence[Turn], sentences: Sequence[SpokenSentence], topics: Sequence[str]
) -> str:
    """Who talked when about what; empty when there is nothing to say of it."""
    people = speakers(sentences)
    if len(people) > OPENING_NAMES:
        people = [*people[: OPENING_NAMES - 1], f"{len(people) - OPENING_NAMES + 1} others"]
    if not people:
        return ""
    when = _when(turns[0].event_time)
    about = f" about {_listed(topics[:OPENING_TOPICS])}" if topics else ""
    verb = "talked" if len(people) > 1 else "spoke"
    return f"{f'On {when}, ' if when else ''}{_listed(people)} {verb}{about}."


def _when(event_time: int) -> str:
    """ "3 June 2024 at 4:10 pm UTC"; empty when the time is not set or no date."""
    if event_time <= 0:
        return ""
    try:
        time = _EPOCH + timedelta(microseconds=event_time)
    except OverflowError:
        return ""
    clock = f"{time.hour % 12 or 12}:{time:%M} {'am' if time.hour < 12 else 'pm'}"
    return f"{time.day} {time:%B} {time.year} at {clock} UTC"


def _listed(names: Sequence[str]) -> str:
    """ "a, b and c"."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
