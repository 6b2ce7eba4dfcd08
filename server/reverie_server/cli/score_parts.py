"""The parts of a score, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_WORDS: Final = {
    "own_words": "its words fit",
    "words_around": "the words around it fit",
    "meaning": "its meaning fits",
    "answers": "it follows a question like this",
    "follows_question": "it answers somebody",
    "asks": "it asks itself",
    "speaker": "said by whom the question is about",
    "about_self": "who speaks of themselves",
    "tells_time": "it tells a time",
    "date": "its date fits",
    "summary": "it is a summary",
    "absent": "no time in it",
}
"""Parts of the fit: weight x signal, see ``tiers/recall/weights.py``."""
_FACTORS: Final = {"recency": "age", "persona_lens": "another persona's"}
_LEAST: Final = 0.05
_MOST: Final = 4


def reasons(parts: Mapping[str, float]) -> str:
    """The weightiest parts, largest first, then what the relevance was multiplied by."""
    fit = {name: value for name, value in parts.items() if name in _WORDS and abs(value) >= _LEAST}
    largest = sorted(fit, key=lambda name: -abs(fit[name]))[:_MOST]
    told = [f"{_WORDS[name]} {fit[name]:+.1f}" for name in largest]
    told += [f"{word} x{parts[name]:.2f}" for name, word in _FACTORS.items() if name in parts]
    return ", ".join(told)
