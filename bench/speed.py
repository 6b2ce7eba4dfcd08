"""How fast Reverie is, against a bare gRPC echo measured in the same run: `make bench-speed`.

ROWS=append,facts,memories,prompt,stall,recall,restart chooses rows. Every server and every load
generator is a process of its own; servers (with the index's process) are pinned to one core and
generators to another, where the system can. Ratios are medians over pairs of rounds, echo and
server in turn.

Prints a table and, as the last line, one JSON object. Figures of a machine that does other work
at the same time are noise.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Collection
from pathlib import Path
from typing import Any

from bench import rows
from bench.child import Cores
from bench.workplace import empty_folder, machine

ROWS = ("append", "facts", "memories", "prompt", "stall", "recall", "restart")


async def measure(folder: Path, chosen: Collection[str]) -> AsyncIterator[tuple[str, rows.Row]]:
    """The chosen rows as they are measured, with their names."""
    cores = Cores.choose()
    print(f"{machine()}; cores: server {cores.server}, generator {cores.generator}\n", flush=True)
    if "append" in chosen:
        yield "append", await rows.append(folder / "append", cores)
    if "facts" in chosen:
        yield "facts", await rows.facts(folder / "facts", cores)
    if "memories" in chosen:
        yield "memories", await rows.memories(folder / "memories", cores)
    if "prompt" in chosen:
        yield "prompt", await rows.prompt(folder / "prompt", cores)
    if "stall" in chosen:
        yield "stall", await rows.stall(folder / "stall", cores)
    if not {"recall", "restart"}.isdisjoint(chosen):
        filled = folder / "filled"
        took = await rows.fill_hundred_thousand(filled, cores)
        print(
            f"filled with {rows.HUNDRED_THOUSAND.entries:,} memories: durable after "
            f"{took['append_seconds']:.0f} s, indexed after {took['ready_seconds']:.0f} s",
            flush=True,
        )
        if "recall" in chosen:
            yield "recall", await rows.recall(filled, cores)
        if "restart" in chosen:
            yield "restart", await rows.restart(filled)


async def report(chosen: Collection[str]) -> dict[str, Any]:
    """Prints the table; gives the figures."""
    figures: dict[str, Any] = {}
    with empty_folder() as folder:
        async for name, row in measure(folder, chosen):
            ratio = "" if row.ratio is None else f"{row.ratio:.2f} x echo; "
            verdict = "met" if row.met else "NOT met"
            held = f"aim {row.aim}: {verdict}" if row.aim else "no aim was set"
            print(f"{row.work}\n    {row.measured}\n    {ratio}{held}", flush=True)
            figures[name] = row.figures
    return figures


def main() -> int:
    """The exit code: 0 whatever was measured, 2 when a row is not known."""
    chosen = os.environ.get("ROWS", ",".join(ROWS)).split(",")
    if unknown := set(chosen).difference(ROWS):
        known = ",".join(ROWS)
        print(f"no such row: {', '.join(sorted(unknown))}; rows: {known}", file=sys.stderr)
        return 2
    print(json.dumps(asyncio.run(report(chosen))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
