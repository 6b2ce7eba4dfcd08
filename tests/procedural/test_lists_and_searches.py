"""Lists and searches of procedures: order, pages, prefixes, what is in force."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reverie_server.paging import PageRequest
from reverie_server.tiers.procedural.model import Place, ProcedureHit, Scope
from tests.procedural.conftest import PAIR, SCOPES, WORKSPACE, Procedures

KEYS = st.text("abcé.", min_size=1, max_size=3)


@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(
    kept=st.sets(st.tuples(KEYS, st.sampled_from(Scope)), max_size=40),
    size=st.integers(1, 50),
    prefix=KEYS | st.just(""),
)
async def test_pages_are_the_list(
    procedures: Procedures, kept: set[tuple[str, Scope]], size: int, prefix: str
) -> None:
    workspace = repr((sorted(kept), size, prefix))  # each example has a workspace of its own
    places = {
        Scope.WORKSPACE: Place(workspace, "", ""),
        Scope.PERSONA: Place(workspace, "", "brad"),
        Scope.RELATIONSHIP: Place(workspace, "ann", "brad"),
    }
    pair = places[Scope.RELATIONSHIP]
    await procedures.ensure(pair)
    for key, scope in kept:
        await procedures.put(places[scope], key, "text")
    everything = sorted(
        ((key, scope) for key, scope in kept if key.startswith(prefix)),
        key=lambda each: (each[0], -each[1]),
    )
    listed = await procedures.listed(pair, prefix, all_scopes=True, size=size)
    assert [(each.key, each.place.scope) for each in listed] == everything
    nearest: dict[str, Scope] = {}
    for key, scope in everything:
        nearest.setdefault(key, scope)
    listed = await procedures.listed(pair, prefix, size=size)
    assert [(each.key, each.place.scope) for each in listed] == list(nearest.items())


@pytest.mark.parametrize("all_scopes", [False, True])
async def test_a_page_ends_at_two_mebibytes(procedures: Procedures, all_scopes: bool) -> None:
    for number in range(70):
        await procedures.put(WORKSPACE, f"p{number:02}", "x" * 60_000)
    page = await procedures.service.list(
        WORKSPACE, "", all_scopes=all_scopes, page=PageRequest(1000)
    )
    assert len(page.items) == 34
    assert len(await procedures.listed(WORKSPACE, all_scopes=all_scopes)) == 70


async def test_a_search_finds_the_best_in_force(procedures: Procedures) -> None:
    await procedures.put(PAIR, "apology", "sorry dear")
    for place in SCOPES[:2]:
        await procedures.put(place, "apology", "sorry dear customer")
    await procedures.put(WORKSPACE, "refund", "sorry customer")
    found = await procedures.search(PAIR, "sorry customer")
    assert [(hit.procedure.key, hit.procedure.place.scope, hit.score) for hit in found.hits] == [
        ("refund", Scope.WORKSPACE, 1.0),
        ("apology", Scope.RELATIONSHIP, 0.5),
    ]
    found = await procedures.search(PAIR, "sorry customer", min_score=0.6)
    assert [hit.procedure.key for hit in found.hits] == ["refund"]


async def test_overridden_procedures_do_not_crowd_out_others(procedures: Procedures) -> None:
    for number in range(60):
        for place in SCOPES:
            await procedures.put(place, f"k{number:02}", "sorry" if place == PAIR else "sorry sir")
    await procedures.put(WORKSPACE, "last", "sorry sir")
    found = await procedures.search(PAIR, "sorry sir", PageRequest(1))
    assert [hit.procedure.key for hit in found.hits] == ["last"]


async def test_search_pages_are_the_ranking(procedures: Procedures) -> None:
    for number in range(7):
        await procedures.put(SCOPES[number % 3], f"k{number}", "sorry")
    whole = await procedures.search(PAIR, "sorry", PageRequest(200))
    assert (len(whole.hits), whole.next) == (7, None)
    found: list[ProcedureHit] = []
    page = PageRequest(3)
    while True:
        got = await procedures.search(PAIR, "sorry", page)
        found += got.hits
        if got.next is None:
            break
        page = PageRequest(3, got.next)
    assert found == list(whole.hits)
