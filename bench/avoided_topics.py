"""How well topics to avoid are told: `.venv/bin/python -m bench.avoided_topics`.

Prints, for each part of the labelled pairs in `tests/prompt/avoided_pairs.py`, how many of the
memories that a topic means are left out (recall) and how many of the others are (false drops), with
the tables of subjects and without.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from reverie_server.embedding.static import StaticTokenTable
from reverie_server.identity.prompt.avoidance import Avoidance
from reverie_server.identity.prompt.meanings import Meanings
from tests.prompt.avoided_pairs import FRESH, HELD_OUT, TUNING, Pair


def main() -> int:
    """Always 0."""
    meanings = Meanings(StaticTokenTable.load())
    for name, pairs in (("tuning", TUNING), ("held out", HELD_OUT), ("fresh", FRESH)):
        for tables in (True, False):
            print(
                f"{name}, {'with' if tables else 'without'} tables: "
                f"{_rates(pairs, meanings, tables=tables)}"
            )
    return 0


def _rates(pairs: Sequence[Pair], meanings: Meanings, *, tables: bool) -> str:
    counts = {True: [0, 0], False: [0, 0]}
    for pair in pairs:
        avoidance = Avoidance([pair.topic], meanings, tables=tables)
        counts[pair.avoided][0] += avoidance.forbids(pair.about, pair.text)
        counts[pair.avoided][1] += 1
    (found, meant), (dropped, kept) = counts[True], counts[False]
    return (
        f"recall {found / meant:.3f} ({found}/{meant}), "
        f"false drops {dropped / kept:.3f} ({dropped}/{kept})"
    )


if __name__ == "__main__":
    sys.exit(main())
