"""The graph in pages: each entity and relation once, in order, and made beside the event loop."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from reverie_server.paging import PageRequest
from reverie_server.storage.postgres_walk import MANY_ROWS
from reverie_server.tiers.facts import graph_service
from reverie_server.tiers.facts.graph import Graph
from reverie_server.tiers.facts.graph_service import FactGraphs
from tests.facts.conftest import Known, fact

ANN = ("acme", "ann", "brad")


@pytest.fixture
def graphs(known: Known) -> FactGraphs:
    return FactGraphs(known.db, known.clock, known.workspaces)


async def fill(known: Known) -> None:
    for number in range(23):
        likes = [fact("likes", f"thing {chr(97 + number * 7 % 23)}", number)]
        if number % 5 == 0:
            likes.append(fact("likes", f"thing {number}", number, subject="Nora"))
        await known.tell(*likes)


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
async def test_pages_make_up_the_whole(known: Known, graphs: FactGraphs, size: int) -> None:
    await fill(known)

    async def entities() -> list[str]:
        found: list[str] = []
        page = PageRequest(size)
        while True:
            got = await graphs.entities(*ANN, page)
            assert len(got.items) <= size
            found += [each.key for each in got.items]
            if got.next is None:
                return found
            page = PageRequest(size, got.next)

    async def relations(entity_id: str) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        page = PageRequest(size)
        while True:
            got = await graphs.related(*ANN, entity_id, page)
            assert len(got.items) <= size
            found += [(each.fact_id, each.other.key) for each in got.items]
            if got.next is None:
                return found
            page = PageRequest(size, got.next)

    facts = await known.list()
    things = {each.object_key for each in facts}
    assert await entities() == sorted(things | {"nora"})
    of_user = [(each.fact_id, each.object_key) for each in facts if each.subject_key == "user"]
    assert await relations("") == of_user
    nora = next(
        each
        for each in (await graphs.entities(*ANN, PageRequest(1000))).items
        if each.key == "nora"
    )
    assert await relations(nora.entity_id) == [
        (each.fact_id, each.object_key) for each in facts if each.subject_key == "nora"
    ]


async def test_the_event_loop_makes_no_large_graph(
    known: Known, graphs: FactGraphs, monkeypatch: pytest.MonkeyPatch
) -> None:
    await known.tell(*(fact("likes", f"thing {number}", number) for number in range(MANY_ROWS)))
    makers: list[threading.Thread] = []

    class Watched(Graph):
        def __init__(self, *arguments: Any) -> None:
            makers.append(threading.current_thread())
            super().__init__(*arguments)

        def relations(self, *arguments: Any) -> Any:
            makers.append(threading.current_thread())
            return super().relations(*arguments)

    monkeypatch.setattr(graph_service, "Graph", Watched)
    (entity, *_) = (await graphs.entities(*ANN, PageRequest(1))).items
    await graphs.entity(*ANN, entity.entity_id)
    await graphs.related(*ANN, entity.entity_id, PageRequest(1))

    assert len(makers) == 4
    assert threading.current_thread() not in makers
