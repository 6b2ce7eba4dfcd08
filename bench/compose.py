"""How long composing takes by itself: `.venv/bin/python -m bench.compose`.

47 facts, 10 calls, 3 storylines and an inside joke within 2,000 tokens, without a server or a
database; every topic is a new one. Prints the median and the 99th percentile in milliseconds.
"""

from __future__ import annotations

import sys
import time
from itertools import islice
from statistics import median

from threadpoolctl import threadpool_limits

from bench.scores import percentile
from bench.texts import questions
from reverie_server.embedding.static import StaticTokenTable
from reverie_server.identity.prompt.avoidance import Avoidance
from reverie_server.identity.prompt.composition import compose
from reverie_server.identity.prompt.meanings import Meanings
from reverie_server.identity.prompt.model import Wish
from reverie_server.identity.prompt.tokens import TokenCounter
from tests.prompt.materials import full

BUDGET = 2_000
WARM, MEASURED = 50, 500


def main() -> int:
    """Always 0."""
    table = StaticTokenTable.load()
    counter, meanings = TokenCounter(table, name="llama-2"), Meanings(table)
    material = full()
    avoidance = Avoidance(("politics", "dad's death", "weight"), meanings)
    topics = questions("topics", [memory.text for memory in material.memories])
    took: list[float] = []
    wishes = [Wish(BUDGET, topic=topic) for topic in islice(topics, WARM + MEASURED)]
    # As in the server.
    with threadpool_limits(limits=1, user_api="blas"):
        for wish in wishes:
            started = time.perf_counter()
            compose(material, wish, counter, avoidance.forbids, meanings.relevance)
            took.append((time.perf_counter() - started) * 1_000)
    prompt = compose(material, wishes[-1], counter, avoidance.forbids, meanings.relevance)
    print(
        f"p50 {median(took[WARM:]):.2f} ms, p99 {percentile(took[WARM:], 99):.2f} ms; "
        f"{prompt.token_count} tokens, {len(prompt.included)} memories in, "
        f"{len(prompt.dropped)} left out"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
