"""The reindex job while the index comes and goes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from reverie_server.errors import Unavailable
from reverie_server.governance.operations.maintenance import Maintenance
from reverie_server.index.memory_index import IndexState
from reverie_server.index.reconcile import Reconciler
from tests.index.memories import soon
from tests.qdrant_double import Fault, QdrantDouble
from tests.recall.house import House, open_house
from tests.recall.talk import said


@pytest.fixture
async def double() -> AsyncIterator[QdrantDouble]:
    double = QdrantDouble()
    await double.start()
    yield double
    await double.stop()


class Mending:
    """A job, at whose first step Qdrant is there again."""

    job: Any = SimpleNamespace(arguments={})

    def __init__(self, double: QdrantDouble) -> None:
        self._double = double

    async def step(self, name: str, progress: float) -> None:
        await self._double.suffer(Fault.NONE)

    def outside(self) -> AbstractContextManager[None]:
        return nullcontext()


def maintenance(house: House) -> Maintenance:
    floors = house.floors
    reconciler = Reconciler(floors.database, floors.index, floors.indexer, floors.clock)
    storage: Any = floors.database
    return Maintenance(storage, floors.index, floors.indexer, floors.embedder, reconciler)


async def test_an_outage_while_it_is_filled_is_waited_out(
    double: QdrantDouble, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_house(
        tmp_path / "data", qdrant_url=double.url, qdrant_write_seconds=0.5
    ) as house:
        await house.talk.start()
        await house.talk.append(said(f"Nina repaired bicycle {n}.") for n in range(10))
        await soon(house.indexed())
        index = house.floors.index
        begin, filling = index.begin_rebuild, []

        async def begin_and_be_away() -> str:
            filling.append(await begin())
            await double.suffer(Fault.REFUSE)
            health = index.health()
            while health.state is not IndexState.AWAY:
                health = await soon(index.health_change(health))
            return filling[-1]

        monkeypatch.setattr(index, "begin_rebuild", begin_and_be_away)
        assert await soon(maintenance(house).reindex(Mending(double))) == {"memories": 10}
        assert [index.health().generation] == filling


async def test_it_ends_when_the_index_is_another_one(
    double: QdrantDouble, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_house(tmp_path / "data", qdrant_url=double.url) as house:
        index = house.floors.index
        begin = index.begin_rebuild

        async def begin_twice() -> str:
            first = await begin()
            await begin()
            return first

        monkeypatch.setattr(index, "begin_rebuild", begin_twice)
        with pytest.raises(Unavailable, match="lost again"):
            await soon(maintenance(house).reindex(Mending(double)))
