"""What each client's own layer costs over the raw stubs of its language: `make bench-clients`.

LANGUAGES=Python,Go chooses languages. Each has a program that makes the same call by turns over a
raw stub, on a channel with gRPC's defaults, and over the client: one caller, against one real
server. It reads BENCH_SERVER (an address), BENCH_ROUNDS and BENCH_PAIRS (of calls, in a round) and
prints a line of JSON a call: `{"call": "GetUser", "raw_us": [...], "layer_us": [...]}`, the p50 of
each round in microseconds. The raw side brings request ids that are already made; ids, deadlines,
retries, remembered revisions and typed errors are the layer's.

Prints a table and, as the last line, one JSON object. A ratio is the median of the rounds' ratios.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from bench.child import Cores, reverie, run_program, serving
from bench.workplace import empty_folder, machine
from clients import builds

ROUNDS = 15
PAIRS = 200
AIM = 1.10


@dataclass(frozen=True, slots=True)
class Program:
    """The measurement in one language."""

    build: Callable[[], Sequence[str]]
    """Makes it ready; gives its command."""
    needs: Sequence[str] = ()
    """What has to be on the PATH."""


def _go() -> Sequence[str]:
    program = builds.go_programs(race=False) / "go.test"
    return (str(program), "-test.run=^TestLayerCost$")


def _typescript() -> Sequence[str]:
    return ("node", str(builds.typescript_programs() / "layer-cost.js"))


def _java() -> Sequence[str]:
    return ("java", "-cp", builds.java_build().classpath, "dev.reverie.LayerCost")


PROGRAMS: Mapping[str, Program] = {
    "Python": Program(lambda: (sys.executable, "-m", "bench.layer_load")),
    "blocking Python": Program(lambda: (sys.executable, "-m", "bench.layer_load", "blocking")),
    "Go": Program(_go, ("go",)),
    "TypeScript": Program(_typescript, ("node", "npm")),
    "Java": Program(_java, ("javac", "mvn")),
}


async def measure(program: Sequence[str], cores: Cores) -> Sequence[Mapping[str, Any]]:
    """What a program prints of a server with an empty folder."""
    with empty_folder() as folder:
        async with serving(reverie(folder), cores.server) as server:
            settings = {
                "BENCH_SERVER": server.address,
                "BENCH_ROUNDS": str(ROUNDS),
                "BENCH_PAIRS": str(PAIRS),
            }
            printed = await run_program(program, cores.generator, settings)
    return [json.loads(line) for line in printed.splitlines() if line.startswith("{")]


def ratios_of(figures: Mapping[str, Any]) -> Sequence[float]:
    """The layer's p50 over the raw stub's, in order of size, of each round."""
    pairs = zip(figures["layer_us"], figures["raw_us"], strict=True)
    return sorted(layer / raw for layer, raw in pairs)


async def report(languages: Collection[str]) -> Mapping[str, Any]:
    """Prints the table; gives the figures."""
    cores = Cores.choose()
    print(f"{machine()}; cores: server {cores.server}, clients {cores.generator}\n")
    print(f"{'':<16}{'call':<15}{'raw p50':>10}{'layer p50':>11}{'ratio':>8}  (rounds' quartiles)")
    figures: dict[str, Any] = {}
    for language in languages:
        program = PROGRAMS[language]
        if absent := [each for each in program.needs if shutil.which(each) is None]:
            print(f"{language:<16}left out: no {', '.join(absent)} on this machine", flush=True)
            continue
        measured = await measure(await asyncio.to_thread(program.build), cores)
        for call in measured:
            ratios = ratios_of(call)
            ratio = median(ratios)
            print(
                f"{language:<16}{call['call']:<15}{median(call['raw_us']):>7.0f} us"
                f"{median(call['layer_us']):>8.0f} us{ratio:>8.3f}  "
                f"({ratios[len(ratios) // 4]:.3f} to {ratios[-1 - len(ratios) // 4]:.3f}) "
                f"{'' if ratio <= AIM else f' NOT <= {AIM:.2f}'}",
                flush=True,
            )
        figures[language] = measured
    return figures


def main() -> int:
    """The exit code: 0 whatever was measured, 2 when a language is not known."""
    chosen = os.environ.get("LANGUAGES", ",".join(PROGRAMS)).split(",")
    if unknown := set(chosen).difference(PROGRAMS):
        known = ",".join(PROGRAMS)
        print(f"no such language: {', '.join(sorted(unknown))}; there are {known}", file=sys.stderr)
        return 2
    print(json.dumps(asyncio.run(report(chosen))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
