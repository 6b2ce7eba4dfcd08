"""Every number that recall's scoring turns on, in one place.

A memory's *fit* to a query is the sum of its signals (0..1 each, ``rerank.signals``) times their
weights, minus what the query asks for beyond words (``ABSENCE``). Its *relevance* is the fit
through a logistic curve: absolute, 0..1, the same scale for every query, and in the same order as
the fit. What is not about the words multiplies it afterwards: how old it is (``recency``) and, if
asked for, who learnt it (``PERSONA_LENS``).

The weights were fitted as a conditional logit (the evidence among all turns of its conversation)
on five long conversations, each time leaving one of them out: they came out nearly the same every
time, and were rounded (``date`` more carefully: its fit was twice that; ``summary`` was set by
hand). The middle and steepness of the curve tell the best hit of a question in
its own conversation from the best hit of the same question in somebody else's, as often as not
with the names in it taken out. None of it knows a subject. ``bench/ablation.py`` measures it.
"""

from __future__ import annotations

from typing import Final

from reverie_server.index.memory_index import Kind

SIMILARITY_FLOOR: Final = 0.35
"""Cosine between two words' vectors below which they have nothing in common; what is above is
stretched to 0..1."""
FOCUS_WORDS: Final = 40
"""Distinct words up to which a text is all about one thing. A longer one touches more words by
chance, so each counts less."""
FOCUS_EXPONENT: Final = 0.25
"""... by (FOCUS_WORDS / distinct words) to this power."""

REACH: Final = 4
"""Neighbours on each side that a memory's surroundings take in."""
WORDS_DAMPING: Final = (1.0, 0.9, 0.8, 0.7, 0.6)
"""What a word counts in the memory itself and 1, 2, ... REACH places away."""
MEANING_DAMPING: Final = (1.0, 0.8, 0.6)
"""The same for the mean meaning of a memory and its neighbours."""

LATE_DECAY_DAYS: Final = 25.0
"""A memory of so many days after the time a query speaks of fits it 1/e as well."""
EARLY_DECAY_DAYS: Final = 4.0
"""The same before that time: plans are spoken of less than what has happened."""

WEIGHTS: Final = {
    "own_words": 1.9,  # how much of the query the memory's own words cover
    "words_around": 6.4,  # the same with its neighbours' words, damped by distance
    "meaning": 4.0,  # cosine of the summed word vectors, neighbours damped
    "answers": 2.0,  # how much of the query the question covers that the memory follows
    "follows_question": 0.5,  # the memory before is another speaker's question
    "asks": -0.6,  # it holds a question itself: questions answer less
    "speaker": 0.3,  # said by the one the query asks about
    "about_self": 0.9,  # and that one speaks of himself
    "tells_time": 2.5,  # it has words of time, when the query asks when
    "date": 4.0,  # its time is near a time that the query names
    "summary": -2.0,  # it is an episode, and retells what its entries say better themselves
}
"""Weight of each signal. ``explain`` shows weight x signal under these names."""

ABSENCE: Final = 0.5
"""The share of the weights of ``tells_time`` and ``date`` that is taken off every memory when the
query asks for a time: having it then lifts a memory, lacking it lowers it. The same for all
memories, so it moves no order, only the absolute scale."""

MIDDLE: Final = 6.0
"""The fit that has relevance 0.5."""
STEEPNESS: Final = 0.8
"""relevance = 1 / (1 + exp(-STEEPNESS * (fit - MIDDLE)))."""

RECENCY_FLOOR: Final = 0.3
"""What decay leaves of the oldest memory's strength."""
RECENCY_SPAN: Final = 0.3
"""Strength 1..floor multiplies relevance by 1 .. 1 - span * (1 - floor), 0.79: between memories
that fit alike the fresher wins, but an old memory that fits well is never lost behind fresh ones
that do not."""
HALF_LIFE_DAYS: Final = {
    Kind.ENTRY: 30.0,
    Kind.EPISODE: 90.0,
    Kind.DOCUMENT: 365.0,
    Kind.PROCEDURE: 365.0,
    Kind.FACT: 180.0,
}
"""How soon the part above the floor halves, by what the memory is. Using a memory (MarkUsed) makes
it as fresh as when it happened, and so does saying a fact again. A pinned fact does not age."""
USUAL_IMPORTANCE: Final = 0.5
"""Of a fact that nobody has said how important it is, and of all other memories."""
IMPORTANCE_STRETCH: Final = 2.0
"""So much longer is the half-life at importance 1, and so much shorter at 0."""
PERSONA_LENS: Final = 0.7
"""With a persona lens, what another persona has learnt counts so much."""
