"""What each part of recall's scoring is worth, without a server.

    DATA=path/to/conversations.json python -m bench.ablation

DATA is a file of LoCoMo's form (see `bench.locomo`). Prints recall@k of the product's own scoring
over all turns of a conversation: overall, by category and by conversation; with each signal left
out; with the weights fitted anew on the other conversations (leave one out); limited to the
index's candidates; with episodes among the hits; how well the best score tells a question's own
conversation from another's, with names and without; and the time that scoring takes. The last line
is JSON.

Set OPENBLAS_NUM_THREADS=1: for products this small more threads only wait for each other.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import permutations, product
from pathlib import Path
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from bench.conditional_logit import fit
from bench.locomo import CATEGORIES, Conversation, Question, read
from bench.scores import area_under_curve, distinct, percentile, recall_at
from reverie_server.embedding.static import StaticTokenTable
from reverie_server.index import bm25
from reverie_server.index.memory_index import Kind
from reverie_server.language.extractive import ExtractiveSummarizer
from reverie_server.language.summarizer import Turn
from reverie_server.tiers.recall.corpus import Corpus
from reverie_server.tiers.recall.memory_text import Key, MemoryText
from reverie_server.tiers.recall.query import analyze_query
from reverie_server.tiers.recall.rerank import SIGNALS, rank, rank_slots, signals
from reverie_server.tiers.recall.vocabulary import idf
from reverie_server.tiers.recall.weights import WEIGHTS

CUTS = (5, 10, 25, 50)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LATER = timedelta(days=365)
"""The questions are asked so long after the last turn."""
CANDIDATES = (50, 100, 200)
"""From each of two queries."""
REACHES = (0, 2)
"""How many neighbours on each side come with a candidate."""
RUNS = 3

Row = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with the signals of every turn of its conversation."""

    conversation: int
    question: Question
    signals: NDArray[np.float32]
    answers: NDArray[np.int64]
    """The turns that are its evidence."""


class Bench:
    """The conversations of a file as recall sees them."""

    def __init__(self, conversations: Sequence[Conversation]) -> None:
        self.conversations = conversations
        self.table = StaticTokenTable.load()
        self.memories = [list(entries(each)) for each in conversations]
        self.corpora = [Corpus.build(each, self.table) for each in self.memories]
        self.asked = list(self._asked())
        self.weights = np.array(list(WEIGHTS.values()))

    def _asked(self) -> Iterator[Asked]:
        for number, (conversation, corpus) in enumerate(
            zip(self.conversations, self.corpora, strict=True)
        ):
            slots = corpus.slots()
            place = {corpus.key(slot)[1]: at for at, slot in enumerate(slots.tolist())}
            for question in conversation.questions:
                query = analyze_query(question.text, corpus, now=now(conversation))
                yield Asked(
                    number,
                    question,
                    signals(corpus, query, slots).copy(),
                    np.array(sorted(place[each] for each in question.evidence)),
                )

    def recall(self, weights: NDArray[np.float64], asked: Sequence[Asked]) -> list[Row]:
        """Recall at CUTS of each question."""
        rows = []
        for each in asked:
            best = np.argsort(-(each.signals @ weights), kind="stable")[: CUTS[-1]]
            right = np.isin(best, each.answers)
            rows.append(tuple(float(right[:cut].sum()) / len(each.answers) for cut in CUTS))
        return rows


def entries(conversation: Conversation) -> Iterator[MemoryText]:
    for session in conversation.sessions:
        for position, turn in enumerate(session.turns):
            yield MemoryText(
                kind=Kind.ENTRY,
                memory_id=turn.dia_id,
                text=turn.content,
                event_time=(turn.event_time - EPOCH) // timedelta(microseconds=1),
                session_id=str(session.number),
                position=position,
                speaker=turn.speaker,
                by_user=turn.speaker == conversation.speaker_a,
                by_persona=turn.speaker == conversation.speaker_b,
            )


def now(conversation: Conversation) -> int:
    last = max(session.start_time for session in conversation.sessions)
    return (last + LATER - EPOCH) // timedelta(microseconds=1)


def mean(rows: Sequence[Row]) -> Row:
    return tuple(fmean(column) for column in zip(*rows, strict=True))


def show(label: str, row: Row) -> Row:
    print(f"  {label:34}" + "".join(f"{value:8.3f}" for value in row), flush=True)
    return row


def overall(bench: Bench) -> Mapping[str, Row]:
    """The product's weights: all, by category, by conversation."""
    rows = bench.recall(bench.weights, bench.asked)
    found = {"all": show("all", mean(rows))}
    for category, name in CATEGORIES.items():
        of = [
            row
            for row, each in zip(rows, bench.asked, strict=True)
            if each.question.category == category
        ]
        if of:
            found[name] = show(f"{name} ({len(of)})", mean(of))
    for number, conversation in enumerate(bench.conversations):
        of = [
            row for row, each in zip(rows, bench.asked, strict=True) if each.conversation == number
        ]
        found[conversation.sample_id] = show(conversation.sample_id, mean(of))
    return found


def without_each(bench: Bench) -> Mapping[str, Row]:
    """The product's weights with one of them 0."""
    found = {}
    for place, name in enumerate(SIGNALS):
        weights = bench.weights.copy()
        weights[place] = 0
        found[name] = show(f"without {name}", mean(bench.recall(weights, bench.asked)))
    return found


def leave_one_out(bench: Bench) -> Row:
    """Each conversation with weights that were fitted on the others."""
    rows: list[Row] = []
    for number in range(len(bench.conversations)):
        others = [each for each in bench.asked if each.conversation != number]
        weights = fit([each.signals for each in others], [each.answers for each in others])
        own = [each for each in bench.asked if each.conversation == number]
        rows += bench.recall(weights, own)
        listed = " ".join(f"{value:.2f}" for value in weights)
        print(f"    {bench.conversations[number].sample_id}: {listed}")
    return show("leave one out", mean(rows))


def candidates(bench: Bench) -> Mapping[str, Row]:
    """Recall of what the index's two queries bring, by what they search and how much they bring;
    the last number is how many memories that are."""
    rows: dict[str, list[Row]] = {}
    for number, conversation in enumerate(bench.conversations):
        corpus, memories = bench.corpora[number], bench.memories[number]
        turns = bench.table.embed_now([memory.text for memory in memories])
        dense = {"turn": turns, "window": windows(memories, turns)}
        terms = [bm25.weights(bm25.analyze(memory.text)) for memory in memories]
        for question in conversation.questions:
            query = analyze_query(question.text, corpus, now=now(conversation))
            (vector,) = bench.table.embed_now([query.subject])
            rarity = {
                term: idf(corpus.statements, corpus.vocabulary.memories_with(term))
                for term in set(bm25.analyze(query.subject))
            }
            sparse = np.array([sum(rarity[t] * its.get(t, 0) for t in rarity) for its in terms])
            for (name, vectors), count, reach in product(dense.items(), CANDIDATES, REACHES):
                chosen = {*best_of(vectors @ vector, count), *best_of(sparse, count)}
                found = corpus.slots([memories[at].key for at in chosen])
                slots = corpus.with_neighbours(found, reach)
                hits = [hit.key[1] for hit in rank_slots(corpus, query, slots, CUTS[-1])]
                row = tuple(recall_at(cut, hits, question.evidence) for cut in CUTS)
                label = f"{name} {count} + terms {count}, reach {reach}"
                rows.setdefault(label, []).append((*row, float(len(slots))))
    return {label: show(label, mean(of)) for label, of in rows.items()}


def best_of(scores: NDArray[np.floating], count: int) -> list[int]:
    """The places of the highest scores above 0, at most so many."""
    best: list[int] = np.argsort(-scores, kind="stable")[:count].tolist()
    return [place for place in best if scores[place] > 0]


def windows(memories: Sequence[MemoryText], turns: NDArray[np.float32]) -> NDArray[np.float32]:
    """As the index's window vectors: unit mean of a turn with two neighbours on each side."""
    means = np.zeros_like(turns)
    sessions = [memory.session_id for memory in memories]
    for place, session_id in enumerate(sessions):
        near = [
            at
            for at in range(max(0, place - 2), min(len(sessions), place + 3))
            if sessions[at] == session_id
        ]
        means[place] = turns[near].mean(axis=0)
    lengths = np.linalg.norm(means, axis=1, keepdims=True)
    unit: NDArray[np.float32] = (means / np.maximum(lengths, 1e-9)).astype(np.float32)
    return unit


def with_episodes(bench: Bench) -> Row:
    """Every tier: the sessions' summaries compete, and stand for the entries they were made of."""
    summarizer = ExtractiveSummarizer(bench.table)
    rows = []
    for number, conversation in enumerate(bench.conversations):
        made_of: dict[Key, tuple[str, ...]] = {}
        episodes = []
        for session in conversation.sessions:
            start = (session.start_time - EPOCH) // timedelta(microseconds=1)
            turns = [Turn(t.dia_id, t.speaker, t.content, start) for t in session.turns]
            summary = asyncio.run(summarizer.summarize(turns))
            key = (Kind.EPISODE, str(session.number))
            made_of[key] = summary.entry_ids
            episodes.append(MemoryText(*key, summary.summary, start))
        corpus = Corpus.build([*bench.memories[number], *episodes], bench.table)
        for question in conversation.questions:
            query = analyze_query(question.text, corpus, now=now(conversation))
            hits = rank(corpus, query, None, 200)
            found = distinct(entry for hit in hits for entry in made_of.get(hit.key, (hit.key[1],)))
            rows.append(tuple(recall_at(cut, found, question.evidence) for cut in CUTS))
    return show("episodes among the hits", mean(rows))


def telling_apart(bench: Bench, *, named: bool) -> float:
    """How likely a question's best score is higher in its own conversation than in another's."""
    names = {
        name
        for conversation in bench.conversations
        for name in (conversation.speaker_a, conversation.speaker_b)
    }
    pattern = re.compile(rf"\b(?:{'|'.join(names)})\b(?:'s)?")

    def best(about: Conversation, number: int) -> list[float]:
        corpus = bench.corpora[number]
        scores = []
        for question in about.questions:
            text = question.text if named else pattern.sub("", question.text)
            query = analyze_query(text, corpus, now=now(bench.conversations[number]))
            hits = rank(corpus, query, None, 1)
            scores.append(hits[0].relevance if hits else 0.0)
        return scores

    own = [best(each, number) for number, each in enumerate(bench.conversations)]
    areas = [
        area_under_curve(own[about], best(bench.conversations[about], of))
        for about, of in permutations(range(len(bench.conversations)), 2)
    ]
    scores = [score for of in own for score in of]
    shares = " ".join(f"p{share} {percentile(scores, share):.2f}" for share in (5, 25, 50, 75, 95))
    print(f"    best score in the own conversation: {shares}")
    print(f"  area under the curve {'with' if named else 'without'} names: {fmean(areas):.3f}")
    return fmean(areas)


def speed(bench: Bench) -> Mapping[str, float]:
    """CPU milliseconds of one question, analysis and ranking, median over questions: among 300
    candidates and among everything, of a user with 1,000 memories."""
    memories = [
        MemoryText(
            Kind.ENTRY,
            f"{number}/{each.memory_id}",
            each.text,
            each.event_time,
            session_id=f"{number}/{each.session_id}",
            position=each.position,
            speaker=each.speaker,
        )
        for number, of in enumerate(bench.memories)
        for each in of
    ][:1_000]
    corpus = Corpus.build(memories, bench.table)
    texts = [question.text for each in bench.conversations[:2] for question in each.questions]
    order = np.random.default_rng(0)
    spent: dict[str, list[float]] = {"analyse": [], "300 candidates": [], "everything": []}
    for _ in range(RUNS):
        for text in texts:
            chosen = order.choice(len(memories), 300, replace=False)
            keys = [memories[at].key for at in chosen.tolist()]
            marks = [time.thread_time()]
            query = analyze_query(text, corpus, now=now(bench.conversations[0]))
            marks.append(time.thread_time())
            rank(corpus, query, keys, 10)
            marks.append(time.thread_time())
            rank(corpus, query, None, 10)
            marks.append(time.thread_time())
            for name, took in zip(spent, np.diff(marks).tolist(), strict=True):
                spent[name].append(took * 1_000)
    medians = {name: percentile(times, 50) for name, times in spent.items()}
    print("  " + ", ".join(f"{name} {value:.2f} ms" for name, value in medians.items()))
    return medians


def main() -> None:
    bench = Bench(read(Path(os.environ["DATA"])))
    print(f"recall@{CUTS}, {len(bench.asked)} questions")
    report = {
        "recall": overall(bench),
        "without": without_each(bench),
        "leave_one_out": leave_one_out(bench),
        "candidates": candidates(bench),
        "with_episodes": with_episodes(bench),
        "auc": telling_apart(bench, named=True),
        "auc_without_names": telling_apart(bench, named=False),
        "cpu_ms": speed(bench),
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main()
