"""What a scrape of a server's metrics says."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.request import urlopen

from prometheus_client.parser import text_string_to_metric_families


@dataclass(frozen=True, slots=True)
class Scrape:
    text: str
    samples: Mapping[tuple[str, frozenset[tuple[str, str]]], float]
    names: frozenset[str]
    """Of whole metrics: a counter's without its ``_total``."""

    def value(self, name: str, **labels: str) -> float | None:
        """None: there is no such sample."""
        return self.samples.get((name, frozenset(labels.items())))

    def labels(self, name: str) -> set[str]:
        """All values of all labels of a sample."""
        return {value for each, labels in self.samples if each == name for _, value in labels}


async def scrape(address: str | None) -> Scrape:
    """As Prometheus does it."""

    def get() -> str:
        with urlopen(f"http://{address}/metrics", timeout=30) as answer:
            return str(answer.read().decode())

    return parsed(await asyncio.to_thread(get))


def parsed(text: str) -> Scrape:
    families = list(text_string_to_metric_families(text))
    return Scrape(
        text,
        {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in families
            for sample in family.samples
        },
        frozenset(family.name for family in families),
    )
