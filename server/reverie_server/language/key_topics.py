"""What a session was about, in a few words each: YAKE over what was said in earnest.

YAKE (Campos and others, 2020) ranks words by where and among what they occur, and needs no
corpus. Made for articles, it takes "Wow" and names for topics of a conversation; so it gets the
statements in lower case, with the words of any small talk and the speakers' names as stop words.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import Any

from reverie_server.language.spoken import SpokenSentence, speakers
from reverie_server.language.words import (
    CHAT_WORDS,
    FUNCTION_WORDS,
    is_content,
    is_question,
    words,
)

MOST_TOPICS = 6
ENOUGH_TOPICS = 2
"""Beyond so many, what was said only once is no topic."""
READ_CHARACTERS = 20_000
"""YAKE takes 20 ms for a thousand characters."""
LONGEST_WORD = 40


def key_topics(sentences: Sequence[SpokenSentence], most: int = MOST_TOPICS) -> tuple[str, ...]:
    """The topics, the best first, spelt as they were said, none within another."""
    names = {word for name in speakers(sentences) for word in words(name)}
    stop = names | {name[:3] for name in names if len(name) > 3}
    text = _statements(sentences, stop)
    if not text:
        return ()
    ranked = sorted(
        (score / _standing(topic, text), topic) for topic, score in _keywords(text, stop)
    )
    topics: list[str] = []
    seen: set[str] = set()
    for _, topic in ranked:
        parts = topic.split()
        roots = {part.rstrip("s") for part in parts}
        if roots & seen or not all(is_content(part) and part not in stop for part in parts):
            continue
        if len(topics) >= ENOUGH_TOPICS and _count(topic, text) < 2:
            continue
        seen |= roots
        topics.append(_as_spelt(topic, sentences))
        if len(topics) == most:
            break
    return tuple(topics)


def _statements(sentences: Sequence[SpokenSentence], stop: set[str]) -> str:
    """An even selection of the sentences that say something, a line each."""
    lines: list[str] = []
    for sentence in sentences:
        found = [word for word in words(sentence.text) if len(word) <= LONGEST_WORD]
        told = any(is_content(word) and word not in stop for word in found)
        if told and not is_question(sentence.text):
            lines.append(" ".join(found) + ".")
    step = max(1, -(-sum(map(len, lines)) // READ_CHARACTERS))
    return "\n".join(lines[::step])


def _standing(topic: str, text: str) -> float:
    """How much more than its words' ranks a topic deserves: what is said once is hardly one, and
    two words that come together again and again say more than either."""
    count = _count(topic, text)
    return (count if count > 1 else 0.5) * (3 if " " in topic and count > 1 else 1)


def _count(topic: str, text: str) -> int:
    return len(re.findall(rf"\b{re.escape(topic)}\b", text))


def _as_spelt(topic: str, sentences: Sequence[SpokenSentence]) -> str:
    """As it is written most ("Harry Potter"); lower case where a third of the time, as capitals
    may only stand for the start of a sentence."""
    pattern = re.compile(rf"\b{'[ -]'.join(map(re.escape, topic.split()))}\b", re.IGNORECASE)
    spelt: Counter[str] = Counter()
    for sentence in sentences:
        spelt.update(pattern.findall(sentence.text))
    if spelt[topic] * 3 >= spelt.total():
        return topic
    return min(spelt, key=lambda form: (-spelt[form], form))


def _keywords(text: str, stop: set[str]) -> list[tuple[str, float]]:
    """Candidates with their scores, lower is better."""
    extractor = _yake().KeywordExtractor(
        lan="en", n=2, top=40, stopwords=set(FUNCTION_WORDS | CHAT_WORDS | stop | _default_stop())
    )
    return [(str(topic).lower(), float(score)) for topic, score in extractor.extract_keywords(text)]


@cache
def _default_stop() -> frozenset[str]:
    return frozenset(_yake().KeywordExtractor(lan="en").stopword_set)


@cache
def _yake() -> Any:
    """Imported when first needed: it takes half a second, which a server's start should not."""
    import yake  # noqa: PLC0415

    return yake
