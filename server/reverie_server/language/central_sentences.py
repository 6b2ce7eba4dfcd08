"""Choosing the sentences that say most of what a session was about.

Each sentence has a weight, the sum of a few things that make a statement worth keeping, and
sentences are taken greedily by weight minus what those already taken say (maximal marginal
relevance, Carbonell and Goldstein 1998). Weights are about how people talk, not about any subject.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reverie_server.embedding.embedder import TokenTable
from reverie_server.language.spoken import SpokenSentence
from reverie_server.language.words import WORD, is_content, is_question, word_list, words


@dataclass(frozen=True, slots=True)
class Weights:
    """What makes a sentence central. Each part is 0..1 before its weight."""

    content: float = 1.0
    """Its content words, full at `full_content` of them: what says little weighs little."""
    full_content: int = 10
    centrality: float = 0.3
    """Cosine to the mean of the session."""
    first_person: float = 0.3
    """The speaker tells of themselves, rather than answering somebody."""
    particulars: float = 0.2
    """Names, numbers, times."""
    answered_with_feeling: float = 0.1
    """The next entry exclaims: it was news."""
    question: float = -0.4
    filler: float = -0.2
    """Begins as a greeting, thanks or applause does."""
    aside: float = -0.6
    """In brackets, or the description of a picture: not what was said."""
    early: float = 0.1
    """At the session's start, falling to nothing at its end."""
    redundancy: float = 0.5
    """Taken off per cosine to the nearest sentence already taken."""


WEIGHTS = Weights()

_FIRST_PERSON = word_list("i my me we our i'm i've i'd i'll we're we've we'll")
_TIME = re.compile(
    r"\b(?:yesterday|today|tonight|tomorrow|ago|last|next|since|recently|week|weekend|month|year"
    r"|summer|winter|spring|autumn|monday|tuesday|wednesday|thursday|friday|saturday|sunday)s?\b",
    re.IGNORECASE,
)
FILLER = re.compile(
    r"(?:hey|hi|hello|wow|thanks|thank you|bye|take care|congrat\w*|yeah|yep|sure|cool|awesome"
    r"|great|nice|that['’]s|that sounds|sounds|good|totally|absolutely|definitely|glad|ok|okay|oh"
    r"|no (?:worries|problem)|see you|talk to you|keep|you['’]re|welcome|lol|haha)\b",
    re.IGNORECASE,
)


_ASIDE = re.compile(
    r"[\[(<*{].*[\])>*}][.!?]?$|(?:a|an|the) (?:photo|photograph|photography|picture|image) of\b",
    re.IGNORECASE | re.DOTALL,
)


def sentence_vectors(sentences: Sequence[SpokenSentence], table: TokenTable) -> NDArray[np.float32]:
    """Shape (len(sentences), dimension): the mean direction of each sentence's tokens; unit
    length, or zero where there is nothing to embed."""
    rows = np.zeros((len(sentences), table.dimension), dtype=np.float32)
    for row, token_ids in zip(rows, table.encode([s.text for s in sentences]), strict=True):
        row[:] = table.vectors(token_ids).sum(axis=0)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    lengths[lengths == 0] = 1
    np.divide(rows, lengths, out=rows)
    return rows


def central_sentences(
    sentences: Sequence[SpokenSentence],
    vectors: NDArray[np.float32],
    count: int,
    weights: Weights = WEIGHTS,
) -> list[int]:
    """Positions of at most `count` sentences in their order; no two with the same words."""
    score = _scores(sentences, vectors, weights)
    nearest = np.zeros(len(sentences), dtype=np.float32)
    open_ = np.array([any(map(str.isalnum, s.text)) for s in sentences], dtype=bool)
    wording = [tuple(words(s.text)) for s in sentences]
    taken: list[int] = []
    while len(taken) < count and open_.any():
        best = int(np.argmax(np.where(open_, score - weights.redundancy * nearest, -np.inf)))
        open_[best] = False
        if any(wording[best] == wording[other] for other in taken):
            continue
        taken.append(best)
        nearest = np.maximum(nearest, vectors @ vectors[best])
    return sorted(taken)


def _scores(
    sentences: Sequence[SpokenSentence], vectors: NDArray[np.float32], weights: Weights
) -> NDArray[np.float32]:
    mean = vectors.sum(axis=0)
    centrality = vectors @ (mean / max(float(np.linalg.norm(mean)), 1e-9))
    exclaimed = {s.turn for s in sentences if FILLER.match(s.text) and "!" in s.text}
    last_turn = max((s.turn for s in sentences), default=0)
    plain = [_weight(s.text, weights) for s in sentences]
    around = [
        weights.answered_with_feeling * (s.turn + 1 in exclaimed)
        + weights.early * (1 - s.turn / max(1, last_turn))
        for s in sentences
    ]
    return np.asarray(
        np.array(plain) + np.array(around) + weights.centrality * centrality, dtype=np.float32
    )


def _weight(text: str, weights: Weights) -> float:
    """What the sentence alone is worth."""
    found = words(text)
    weight = weights.content * min(1.0, sum(map(is_content, found)) / weights.full_content)
    if _FIRST_PERSON.intersection(found):
        weight += weights.first_person
    if _TIME.search(text) or any(map(str.isdigit, text)) or _names(text):
        weight += weights.particulars
    if is_question(text):
        weight += weights.question
    if FILLER.match(text):
        weight += weights.filler
    if _ASIDE.match(text):
        weight += weights.aside
    return weight


def _names(text: str) -> bool:
    later = [match.group() for match in WORD.finditer(text)][1:]
    return any(w[0].isupper() and not w.startswith(("I'", "I’")) and w != "I" for w in later)
