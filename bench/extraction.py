"""How much and how rightly the embedded extractor takes from conversations.

    DATA=path/to/conversations.json SEED=7 .venv/bin/python -m bench.extraction

DATA is a file of LoCoMo's form; each speaker in turn is taken as the user. Prints facts per 100
turns; the recall of the annotators' observations, matched by the cosine of the static embedder
(an observation counts as found where a fact of its speaker and session is at least so near); and,
with SEED, a sample of SAMPLE facts with the turns that they cite, for reading. VERDICTS names a
file with a line for each fact that was read: its id, "right" or "wrong", and the kind of error,
between tabs; or a folder of such files, one for each sample. With it, precision is printed. The
last line is JSON.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench import locomo
from reverie_server.embedding.static import StaticEmbedder, StaticTokenTable
from reverie_server.language.extraction.embedded import EmbeddedFactExtractor
from reverie_server.language.fact_extractor import ExtractedFact, Utterance

SAMPLE = 100
COSINES = (0.5, 0.6, 0.7)
COUNTS = 0.6
"""The cosine that an observation counts as found from."""


@dataclass(frozen=True, slots=True)
class Told:
    """A fact with where it comes from."""

    fact_id: str
    """Conversation, the first turn that it cites, and its place among the facts that do so."""
    speaker: str
    session: str
    """Conversation, session and speaker."""
    fact: ExtractedFact


async def extracted(conversations: Sequence[locomo.Conversation]) -> tuple[list[Told], int]:
    """All facts, and how many turns they come from."""
    extractor = EmbeddedFactExtractor()
    told: list[Told] = []
    turns = 0
    for conversation in conversations:
        for session in conversation.sessions:
            turns += len(session.turns)
            for speaker in (conversation.speaker_a, conversation.speaker_b):
                utterances = [
                    Utterance(
                        turn.dia_id,
                        "user" if turn.speaker == speaker else "assistant",
                        turn.speaker,
                        turn.content,
                        int(turn.event_time.timestamp()) * 1_000_000,
                        turn.speaker == speaker,
                    )
                    for turn in session.turns
                ]
                facts = (await extractor.extract(utterances)).facts
                key = f"{conversation.sample_id}/{session.number}/{speaker}"
                places: Counter[str] = Counter()
                for fact in facts:
                    turn_id = fact.entry_ids[0]
                    fact_id = f"{conversation.sample_id}/{turn_id}/{places[turn_id]}"
                    places[turn_id] += 1
                    told.append(Told(fact_id, speaker, key, fact))
    return told, turns


def observations(path: Path) -> list[tuple[str, str]]:
    """The annotators' statements, each with its conversation, session and speaker."""
    found: list[tuple[str, str]] = []
    for conversation in json.loads(path.read_text("utf-8")):
        for name, by_speaker in conversation["observation"].items():
            number = name.removeprefix("session_").removesuffix("_observation")
            for speaker, statements in by_speaker.items():
                key = f"{conversation['sample_id']}/{number}/{speaker}"
                found += [(key, str(statement[0])) for statement in statements]
    return found


def nearest(
    wanted: Sequence[tuple[str, str]],
    wanted_rows: NDArray[np.float32],
    told: Sequence[Told],
    told_rows: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Of each observation the highest cosine with a fact of the same speaker and session."""
    by_session: dict[str, list[int]] = {}
    for place, each in enumerate(told):
        by_session.setdefault(each.session, []).append(place)
    best = np.zeros(len(wanted), dtype=np.float32)
    for place, (key, _) in enumerate(wanted):
        rows = by_session.get(key, [])
        if rows:
            best[place] = float((told_rows[rows] @ wanted_rows[place]).max())
    return best


def sample(told: Sequence[Told], seed: int) -> list[Told]:
    """Those whose ids have the least hashes under a seed: another extractor's sample holds the
    same facts as far as both find them."""

    def drawn(each: Told) -> bytes:
        return hashlib.blake2b(f"{seed}/{each.fact_id}".encode()).digest()

    return sorted(told, key=drawn)[:SAMPLE]


def precision(path: Path) -> dict[str, Any]:
    """Of verdicts "id verdict kind", a line each; verdicts are "right" and "wrong"."""
    lines = [line.split("\t") for line in path.read_text("utf-8").splitlines() if line.strip()]
    verdicts = Counter(line[1] for line in lines)
    kinds = Counter(line[2] for line in lines if line[1] == "wrong" and len(line) > 2)
    return {"judged": len(lines), "right": verdicts["right"], "kinds": dict(kinds)}


def precisions(path: Path) -> dict[str, dict[str, Any]]:
    """Of a file of verdicts, or of each in a folder, by the file's name."""
    files = sorted(path.glob("*.tsv")) if path.is_dir() else [path]
    return {each.name: precision(each) for each in files}


async def main() -> None:
    path = Path(os.environ["DATA"])
    conversations = locomo.read(path)
    told, turns = await extracted(conversations)
    wanted = observations(path)
    embedder = StaticEmbedder(StaticTokenTable.load())
    told_rows = await embedder.embed([f"{each.speaker} {each.fact.statement}" for each in told])
    wanted_rows = await embedder.embed([statement for _, statement in wanted])
    best = nearest(wanted, wanted_rows, told, told_rows)
    results: dict[str, Any] = {
        "turns": turns,
        "facts": len(told),
        "facts_per_100_turns": round(100 * len(told) / turns, 1),
        "observations": len(wanted),
        "recall": {f"{cosine}": round(float((best >= cosine).mean()), 3) for cosine in COSINES},
        "categories": dict(Counter(each.fact.category for each in told).most_common()),
    }
    print(f"{len(told)} facts of {turns} turns, {results['facts_per_100_turns']} per 100 turns")
    for cosine, recall in results["recall"].items():
        counts = " (counts)" if float(cosine) == COUNTS else ""
        print(f"  observations found at a cosine of {cosine}: {recall}{counts}")
    if "SEED" in os.environ:
        contents = {
            f"{conversation.sample_id}/{turn.dia_id}": turn.content
            for conversation in conversations
            for session in conversation.sessions
            for turn in session.turns
        }
        for each in sample(told, int(os.environ["SEED"])):
            fact = each.fact
            print(f"\n{each.fact_id}\n  {each.speaker}: {fact.statement}")
            print(f"  {fact.subject} | {fact.predicate} | {fact.object} | {fact.confidence}")
            print(f"  said: {contents[each.fact_id.rpartition('/')[0]]}")
    if "VERDICTS" in os.environ:
        results["verdicts"] = precisions(Path(os.environ["VERDICTS"]))
        for name, judged in results["verdicts"].items():
            print(f"verdicts of {name}: {judged}")
    print(json.dumps(results))


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
