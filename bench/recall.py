"""How well recall finds the turns that answer people's questions: `make bench-recall DATA=file`.

Starts a server on an empty folder, replays a file of LoCoMo's form (see `bench.locomo`) through the
API, ends all sessions, waits for jobs and index, and asks every question that has evidence with a
Recall over all tiers, limit 200, one after another. Recall@k of a question is the share of its
evidence among the first k distinct entries that the hits rest on (`entry_ids`, in order); R@k is
the mean over questions.

BACKEND=postgres has the server stand on PostgreSQL and Qdrant's double instead of its folder
(`bench.backends`).

TOGETHER=1 gives all conversations to one user: with more than 2,000 memories, the index is asked
which of them to score.

CROSS=1 also asks each conversation's questions of the other conversations' users, who cannot know,
and prints how well the best hit's score tells that: the area under the ROC curve, averaged over
ordered pairs of conversations.

The last line is JSON.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Sequence
from itertools import compress, permutations
from pathlib import Path
from statistics import fmean

from bench.backends import BACKENDS, EMBEDDED, backend
from bench.child import reverie as product
from bench.child import serving
from bench.locomo import CATEGORIES, Conversation, read, together
from bench.questions import Answer, ask, best_scores
from bench.replay import replay
from bench.scores import area_under_curve, percentile, recall_at
from bench.settled import settled
from bench.workplace import empty_folder, machine
from reverie import Reverie

CUTS = (5, 10, 25, 50)
LEAST_SCORES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
ADVERSARIAL = 5


async def measure(
    conversations: Sequence[Conversation], *, cross: bool, on: str
) -> dict[str, float]:
    """The figures of one file, also printed as they come."""
    print(machine())
    with empty_folder() as folder:
        async with (
            backend(on) as settings,
            serving(product(folder), settings=settings) as server,
            Reverie(server.address, timeout=60.0) as reverie,
        ):
            return await _measure(reverie, conversations, cross=cross)


async def _measure(
    reverie: Reverie, conversations: Sequence[Conversation], *, cross: bool
) -> dict[str, float]:
    replayed = await replay(reverie, conversations)
    started = time.perf_counter()
    await settled(reverie)
    print(
        f"{len(conversations)} conversations, {len(replayed.dia_ids)} entries: put in at "
        f"{replayed.entries_per_second:.0f} entries/s; episodes and index were ready "
        f"{time.perf_counter() - started:.1f} s after"
    )
    answers = [answer async for answer in ask(reverie, conversations, replayed.dia_ids)]
    _print_table(answers)
    if degraded := sum(answer.degraded for answer in answers):
        print(f"{degraded} answers were degraded")
    milliseconds = [answer.seconds * 1_000 for answer in answers]
    figures = {
        **{f"recall_at_{k}": _mean_recall(k, answers) for k in CUTS},
        "ingest_per_s": replayed.entries_per_second,
        "recall_p50_ms": percentile(milliseconds, 50),
        "recall_p99_ms": percentile(milliseconds, 99),
    }
    print(
        f"recall, one client, limit 200: p50 {figures['recall_p50_ms']:.2f} ms, "
        f"p99 {figures['recall_p99_ms']:.2f} ms"
    )
    if cross:
        figures |= await _cross(reverie, conversations, answers)
    return figures


def _mean_recall(k: int, answers: Sequence[Answer]) -> float:
    return fmean(recall_at(k, answer.found, answer.question.evidence) for answer in answers)


def _print_table(answers: Sequence[Answer]) -> None:
    print(f"\n{'':16}{'questions':>10}" + "".join(f"{f'R@{k}':>9}" for k in CUTS))
    categories = {answer.question.category for answer in answers}
    for category in sorted(categories):
        of_category = [each for each in answers if each.question.category == category]
        _print_row(CATEGORIES.get(category, f"category {category}"), of_category)
    _print_row("all", answers)
    print()


def _print_row(label: str, answers: Sequence[Answer]) -> None:
    figures = "".join(f"{_mean_recall(k, answers):9.4f}" for k in CUTS)
    print(f"{label:16}{len(answers):10}{figures}")


async def _cross(
    reverie: Reverie, conversations: Sequence[Conversation], answers: Sequence[Answer]
) -> dict[str, float]:
    """How well best scores tell a user's own questions from those about somebody else, and what
    each ``min_score`` keeps and leaves out.
    """
    own = {each.sample_id: await best_scores(reverie, each, each) for each in conversations}
    every, answerable, foreign = [], [], list[float]()
    for about, of in permutations(conversations, 2):
        ours, theirs = own[about.sample_id], await best_scores(reverie, about, of)
        foreign += theirs
        every.append(area_under_curve(ours, theirs))
        known = [question.category != ADVERSARIAL for question in about.questions]
        answerable.append(
            area_under_curve(list(compress(ours, known)), list(compress(theirs, known)))
        )
    figures = {"cross_auc": fmean(every), "cross_auc_answerable": fmean(answerable)}
    print(
        f"AUC of the best score, own questions against another user's: {figures['cross_auc']:.4f}"
        f" ({figures['cross_auc_answerable']:.4f} without adversarial questions; worst pair "
        f"{min(every):.4f})"
    )
    print("\nmin_score  evidence kept  another user's question answered")
    for least in LEAST_SCORES:
        kept = fmean(answer.evidence_score >= least for answer in answers)
        wrong = fmean(score >= least for score in foreign)
        print(f"{least:9.1f}{kept:15.3f}{wrong:40.3f}")
    print()
    return figures


def main() -> int:
    """The exit code."""
    path = Path(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("DATA", ""))
    on = os.environ.get("BACKEND") or EMBEDDED
    if not path.is_file() or on not in BACKENDS:
        print(
            "usage: make bench-recall DATA=conversations.json [CROSS=1] [TOGETHER=1]"
            f" [BACKEND={'|'.join(BACKENDS)}]",
            file=sys.stderr,
        )
        return 2
    conversations = read(path)
    if os.environ.get("TOGETHER"):
        conversations = together(conversations)
    figures = asyncio.run(measure(conversations, cross=bool(os.environ.get("CROSS")), on=on))
    print(json.dumps({name: round(value, 4) for name, value in figures.items()}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
