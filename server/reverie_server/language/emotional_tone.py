"""The emotional tone of a session: VADER (Hutto and Gilbert, 2014) over its sentences."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Literal

from reverie_server.language.central_sentences import FILLER
from reverie_server.language.spoken import SpokenSentence

Tone = Literal["positive", "negative", "mixed", "neutral"]

CLEAR = 0.35
"""A sentence's compound score, -1..1, counts as feeling from here; politeness stays below."""
NOTABLE_SHARE = 0.08
"""Of all sentences: less of either feeling is not what the session was like."""
MIXED_RATIO = 0.3
"""The weaker feeling beside the stronger one: from here the session was both. Well below one
half, since people who tell of something bad are polite all the while."""
MOST_SENTENCES = 1_000
"""An even selection of so many: VADER takes 0.1 ms a sentence."""


def emotional_tone(sentences: Sequence[SpokenSentence]) -> Tone:
    """What the session was like to its speakers; neutral without sentences."""
    step = max(1, -(-len(sentences) // MOST_SENTENCES))
    scores = [_compound(s.text) for s in sentences[::step] if not FILLER.match(s.text)]
    scores = scores or [_compound(s.text) for s in sentences[::step]]
    positive = sum(score for score in scores if score >= CLEAR)
    negative = -sum(score for score in scores if score <= -CLEAR)
    stronger, weaker = max(positive, negative), min(positive, negative)
    if stronger < NOTABLE_SHARE * len(scores) or stronger == 0:
        return "neutral"
    if weaker >= MIXED_RATIO * stronger:
        return "mixed"
    return "positive" if positive > negative else "negative"


def _compound(text: str) -> float:
    return float(_analyzer().polarity_scores(text)["compound"])


@cache
def _analyzer() -> Any:
    """Read when first needed: a lexicon of 7,500 words."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer  # noqa: PLC0415

    return SentimentIntensityAnalyzer()
