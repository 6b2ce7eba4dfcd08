"""How well the default summariser does, against people's summaries of the same sessions.

    DATA=path/to/conversations.json python bench/summaries.py

DATA is a file of LoCoMo's form: a list of conversations, each with `conversation` (the sessions,
their `session_N_date_time`) and `session_summary`. Prints ROUGE-L F1 of the product's summaries,
of the same with their opening line, and of the baselines: the first sentences of the session and
random ones (the mean over seeds), as many as the summary has, or as many words as it has; each
once as said and once with the speaker's name before every sentence. The last line is JSON.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bench.rouge import rouge_l
from reverie_server.embedding.static import StaticTokenTable
from reverie_server.language.extractive import ExtractiveSummarizer
from reverie_server.language.sentences import split_sentences
from reverie_server.language.summarizer import Turn

SEEDS = range(10)


@dataclass(frozen=True, slots=True)
class Session:
    conversation: str
    turns: list[Turn]
    reference: str

    def sentences(self, *, named: bool) -> list[str]:
        """What a baseline chooses from."""
        return [
            f"{turn.speaker}: {sentence}" if named else sentence
            for turn in self.turns
            for sentence in split_sentences(turn.content)
        ]


def sessions(path: Path) -> Iterator[Session]:
    """The sessions that somebody summarised."""
    for conversation in json.loads(path.read_text()):
        spoken = conversation["conversation"]
        for key, reference in conversation["session_summary"].items():
            name = key.removesuffix("_summary")
            when = datetime.strptime(
                f"{spoken[f'{name}_date_time']} +0000", "%I:%M %p on %d %B, %Y %z"
            )
            event_time = int(when.timestamp() * 1_000_000)
            turns = [
                Turn(turn["dia_id"], turn["speaker"], content(turn), event_time)
                for turn in spoken[name]
            ]
            yield Session(conversation["sample_id"], turns, reference)


def content(turn: dict[str, str]) -> str:
    """The text, and the caption of the picture if there is one."""
    caption = turn.get("blip_caption")
    return f"{turn['text']} [{caption}]" if caption else turn["text"]


def as_long(chosen: Sequence[str], sentences: int | None, words: int | None) -> str:
    """The first so many sentences, or words, of what was chosen."""
    if sentences is not None:
        return " ".join(chosen[:sentences])
    return " ".join(" ".join(chosen).split()[:words])


def first(source: list[str], sentences: int | None, words: int | None) -> list[str]:
    return [as_long(source, sentences, words)]


def at_random(source: list[str], sentences: int | None, words: int | None) -> list[str]:
    """One text a seed: sentences drawn without repetition, in their order."""
    texts = []
    for seed in SEEDS:
        order = random.Random(seed).sample(range(len(source)), len(source))
        if sentences is None:
            assert words is not None
            length = count = 0
            while count < len(order) and length < words:
                length += len(source[order[count]].split())
                count += 1
            texts.append(as_long([source[i] for i in sorted(order[:count])], None, words))
        else:
            texts.append(" ".join(source[i] for i in sorted(order[:sentences])))
    return texts


def baseline(
    choose: Callable[[list[str], int | None, int | None], list[str]],
    session: Session,
    lengths: tuple[int | None, int | None],
    *,
    named: bool,
    stem: bool,
) -> float:
    texts = choose(session.sentences(named=named), *lengths)
    return statistics.mean(rouge_l(text, session.reference, stem=stem).f1 for text in texts)


async def main() -> None:
    found = list(sessions(Path(os.environ["DATA"])))
    table = StaticTokenTable.load()
    results: dict[str, object] = {"sessions": len(found)}
    for opening in (False, True):
        summarizer = ExtractiveSummarizer(table, opening=opening)
        await summarizer.summarize(found[0].turns)
        start = time.perf_counter()
        summaries = [(await summarizer.summarize(session.turns)) for session in found]
        seconds = (time.perf_counter() - start) / len(found)
        counts = [len(s.entry_ids) for s in summaries]
        texts = [s.summary for s in summaries]
        words = statistics.mean(len(text.split()) for text in texts)
        label = "with the opening line" if opening else "without the opening line"
        print(
            f"\n{label}: {words:.0f} words, {statistics.mean(counts):.1f} entries, "
            f"{seconds * 1000:.0f} ms a session"
        )
        for stem in (False, True):
            report = compare(found, texts, stem=stem)
            results[f"{'opening' if opening else 'bare'}{'_stemmed' if stem else ''}"] = report
    print(json.dumps(results))


def compare(found: list[Session], texts: list[str], *, stem: bool) -> dict[str, object]:
    """Print and return the table of one setting."""
    scores = [rouge_l(t, s.reference, stem=stem).f1 for t, s in zip(texts, found, strict=True)]
    ours = statistics.mean(scores)
    by_conversation = {
        name: round(
            statistics.mean(
                x for x, s in zip(scores, found, strict=True) if s.conversation == name
            ),
            4,
        )
        for name in dict.fromkeys(s.conversation for s in found)
    }
    print(f"  ROUGE-L F1{' (stemmed)' if stem else ''}: {ours:.4f}  {by_conversation}")
    report: dict[str, object] = {"rouge_l": round(ours, 4), "by_conversation": by_conversation}
    for unit in ("sentences", "words"):
        for named in (False, True):
            values = {}
            for choose in (first, at_random):
                values[choose.__name__] = statistics.mean(
                    baseline(
                        choose,
                        s,
                        (len(split_sentences(t)), None)
                        if unit == "sentences"
                        else (None, len(t.split())),
                        named=named,
                        stem=stem,
                    )
                    for s, t in zip(found, texts, strict=True)
                )
            best = max(values.values())
            kind = f"same {unit}, {'with names' if named else 'as said'}"
            print(
                f"    {kind:28} first {values['first']:.4f}  random {values['at_random']:.4f}"
                f"  ours is {100 * (ours / best - 1):+.1f} % of the better"
            )
            report[kind] = {k: round(v, 4) for k, v in values.items()} | {
                "lead_percent": round(100 * (ours / best - 1), 1)
            }
    return report


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
