"""How fast the persona answers: what a run of entries adds to its session's counters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from reverie_server.clock import MICROSECONDS
from reverie_server.tiers.provenance import Role


@dataclass(frozen=True, slots=True)
class Exchange:
    """What a run of entries does to a session's response times, whatever came before it."""

    turns: int
    first_answer_time: int | None
    """The persona's first entry, where no entry of the user stands before it in the run: it
    answers a question from before."""
    response_count: int
    """Answers to questions within the run."""
    response_seconds: float
    asks: bool
    """Whether the run says anything about the open question after it."""
    question_time: int | None
    """The user's last entry that the run leaves unanswered."""


def exchange(entries: Iterable[tuple[Role, int]]) -> Exchange:
    """Pairs each run of the user's entries with the persona's next one.

    The time of a response is that from the user's last entry to it; where the caller's clocks
    make it negative, zero.

    Args:
        entries: role and event time of each, in order.
    """
    count = answered = 0
    seconds = 0.0
    question: int | None = None
    first_answer: int | None = None
    asks = False
    for role, event_time in entries:
        if role is Role.USER:
            question = event_time
        elif role is Role.ASSISTANT:
            if question is not None:
                answered += 1
                seconds += max(0, event_time - question) / MICROSECONDS
                question = None
            elif not asks:
                first_answer = event_time
        else:
            continue
        asks = True
        count += 1
    return Exchange(count, first_answer, answered, seconds, asks, question)
