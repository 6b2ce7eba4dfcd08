"""Lists and searches of documents: order, pages, prefixes, filters."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reverie_server.errors import InvalidArgument
from reverie_server.paging import MAX_PAGE_BYTES, MAX_SCANNED_BYTES, PageRequest
from reverie_server.scope import SHARED_OWNER, Visibility
from reverie_server.storage.database import Snapshot
from reverie_server.tiers.filters import Equals, Filter, NoneOf
from reverie_server.tiers.prefixes import after_prefix
from reverie_server.tiers.ranking import DEEPEST
from tests.semantic.conftest import Documents

T = TypeVar("T")
IDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=8)


async def test_documents_come_by_id(documents: Documents) -> None:
    for document_id in ("b", "c", "a", "é", "Z"):
        await documents.put(document_id, {})
    assert await documents.ids() == ["Z", "a", "b", "c", "é"]


@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(
    ids=st.lists(IDS, unique=True, max_size=40), size=st.integers(1, 50), prefix=IDS | st.just("")
)
async def test_pages_are_the_list(
    documents: Documents, ids: list[str], size: int, prefix: str
) -> None:
    user = "-".join(map(repr, (ids, size, prefix)))  # each example has a user of its own
    for document_id in ids:
        await documents.put(document_id, {}, user=user)
    if ids:
        expected = sorted(each for each in ids if each.startswith(prefix))
        assert await documents.ids(prefix, user=user, size=size) == expected


@given(st.text(max_size=5), st.text(max_size=5))
def test_what_starts_with_a_prefix_lies_in_its_interval(prefix: str, text: str) -> None:
    end = after_prefix(prefix)
    inside = prefix <= text and (not end or text < end)
    assert inside == text.startswith(prefix)


@pytest.mark.parametrize(
    ("prefix", "end"),
    [("", ""), ("a", "b"), ("\U0010ffff", ""), ("a\U0010ffff", "b"), ("\ud7ff", "\ue000")],
)
def test_the_end_of_a_prefix(prefix: str, end: str) -> None:
    assert after_prefix(prefix) == end


async def test_a_page_ends_at_two_mebibytes(documents: Documents) -> None:
    for number in range(5):
        await documents.put(f"d{number}", {"text": "x" * 900_000})
    page = await documents.service.list("acme", "ann", "brad", "", None, PageRequest(1000))
    assert [each.stamp.document_id for each in page.items] == ["d0", "d1"]
    assert sum(len(each.content) for each in page.items) < MAX_PAGE_BYTES
    assert await documents.ids() == [f"d{number}" for number in range(5)]


async def test_a_filter_is_answered_completely(documents: Documents) -> None:
    for number in range(300):
        await documents.put(f"d{number:03}", {"kind": "rare" if number % 100 == 99 else "common"})
    rare = Equals("document.kind", "rare")
    assert await documents.ids("", rare) == ["d099", "d199", "d299"]
    assert await documents.ids("", rare, size=1) == ["d099", "d199", "d299"]
    assert len(await documents.ids("d1", NoneOf((rare,)))) == 99


async def test_a_filtered_page_ends_after_so_many_bytes(documents: Documents) -> None:
    large = MAX_SCANNED_BYTES // 20
    for number in range(40):
        await documents.put(f"d{number:02}", {"kind": "common", "text": "x" * large})
    await documents.put("e", {"kind": "rare"})
    rare = Equals("document.kind", "rare")
    page = await documents.service.list("acme", "ann", "brad", "", rare, PageRequest(10))
    assert page.items == ()
    assert page.next is not None
    assert await documents.ids("", rare) == ["e"]


@pytest.mark.parametrize("condition", [None, NoneOf((Equals("document.kind", "rare"),))])
async def test_pages_of_large_documents_are_the_list(
    documents: Documents, condition: Filter | None
) -> None:
    # On the wire a number is several times as long as in the text: the middle one is a page.
    for number, length in enumerate([10, 200_000, 300_000, 200_000, 10, 100_000]):
        await documents.put(f"d{number}", {"numbers": [1] * length})
    assert await documents.ids("", condition) == [f"d{number}" for number in range(6)]


async def test_a_cancelled_list_reads_no_further(
    documents: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(100):
        await documents.put(f"d{number:02}", {"kind": "common"})
    rare = Equals("document.kind", "rare")
    read, units = documents.db.read, 0

    async def read_twice(work: Callable[[Snapshot], Awaitable[T]], *, brief: bool = False) -> T:
        nonlocal units
        units += 1
        found = await read(work, brief=brief)
        if units == 2:
            listing.cancel()
        return found

    monkeypatch.setattr(documents.db, "read", read_twice)
    listing = asyncio.create_task(documents.ids("", rare))
    with pytest.raises(asyncio.CancelledError):
        await listing
    assert units == 2


async def test_a_search_finds_the_best_first(documents: Documents) -> None:
    await documents.put("both", {"animals": "cat dog"})
    await documents.put("one", {"animals": "cat cow"})
    await documents.put("none", {"animals": "pig cow"})
    found = await documents.search("cat dog", explain=True)
    assert [(hit.document.stamp.document_id, hit.score) for hit in found.hits] == [
        ("both", 1.0),
        ("one", 0.5),
    ]
    assert found.hits[0].document == await documents.get("both")
    assert found.hits[0].score_parts == {"words": 1.0}
    assert (found.next, found.degraded) == (None, False)


async def test_min_score_holds_with_and_without_a_filter(documents: Documents) -> None:
    await documents.put("both", {"animals": "cat dog"})
    await documents.put("one", {"animals": "cat cow"})
    everything = NoneOf((Equals("document.animals", "nothing"),))
    for condition in (None, everything):
        found = await documents.search("cat dog", condition=condition, min_score=0.6)
        assert [hit.document.stamp.document_id for hit in found.hits] == ["both"]


async def test_a_rare_match_is_found_behind_many_better_hits(documents: Documents) -> None:
    for number in range(250):
        await documents.put(f"d{number}", {"text": "cat dog", "kind": "common"})
    await documents.put("it", {"text": "cat", "kind": "rare"})
    found = await documents.search("cat dog", condition=Equals("document.kind", "rare"))
    assert [hit.document.stamp.document_id for hit in found.hits] == ["it"]


async def test_search_pages_are_the_ranking(documents: Documents) -> None:
    for number in range(7):
        await documents.put(f"d{number}", {"text": "cat"})
    found, page = [], PageRequest(3)
    while True:
        got = await documents.search("cat", page)
        found.append([hit.document.stamp.document_id for hit in got.hits])
        if got.next is None:
            break
        page = PageRequest(3, got.next)
    assert found == [["d0", "d1", "d2"], ["d3", "d4", "d5"], ["d6"]]


async def test_search_pages_end_at_their_depth(documents: Documents) -> None:
    for number in range(DEEPEST + 5):
        await documents.put(f"d{number}", {"text": "cat"})
    whole = await documents.search("cat", PageRequest(DEEPEST))
    assert (len(whole.hits), whole.next) == (DEEPEST, None)
    last = await documents.search("cat", PageRequest(100, (150,)))
    assert (len(last.hits), last.next) == (50, None)
    assert [query.limit for query in documents.ranking.asked] == [DEEPEST, DEEPEST]


async def test_a_search_page_ends_at_two_mebibytes(documents: Documents) -> None:
    for number in range(5):
        await documents.put(f"d{number}", {"text": "cat " + "x" * 900_000})
    first = await documents.search("cat", PageRequest(10))
    assert (len(first.hits), first.next) == (2, (2,))
    rest = await documents.search("cat", PageRequest(10, first.next))
    assert [hit.document.stamp.document_id for hit in rest.hits] == ["d2", "d3"]


async def test_the_workspace_s_documents_are_searched_when_asked_for(documents: Documents) -> None:
    await documents.put("mine", {"text": "cat"})
    await documents.put("menu", {"text": "cat dog"}, user=SHARED_OWNER)
    await documents.put("hidden", {"text": "cat"}, user=SHARED_OWNER, visibility=Visibility.PRIVATE)
    own = await documents.search("cat dog", persona="eve")
    assert [hit.document.stamp.document_id for hit in own.hits] == ["mine"]
    both = await documents.search("cat dog", persona="eve", include_workspace=True)
    assert [(hit.document.user_id, hit.document.stamp.document_id) for hit in both.hits] == [
        ("", "menu"),
        ("ann", "mine"),
    ]


async def test_what_is_gone_since_the_ranking_is_left_out(documents: Documents) -> None:
    for document_id in ("a", "b", "c"):
        await documents.put(document_id, {"text": "cat"})
    ranked = documents.ranking.search

    async def search_and_lose(query: object) -> object:
        ranking = await ranked(query)  # type: ignore[arg-type]
        await documents.service.delete("acme", "ann", "brad", "b", None, None)
        return ranking

    documents.ranking.search = search_and_lose  # type: ignore[method-assign,assignment]
    found = await documents.search("cat", PageRequest(2))
    assert [hit.document.stamp.document_id for hit in found.hits] == ["a", "c"]
    assert found.next is None


async def test_a_search_needs_a_query_or_a_vector(documents: Documents) -> None:
    with pytest.raises(InvalidArgument) as failure:
        await documents.search("")
    assert failure.value.reason == "FIELD_REQUIRED"
    assert failure.value.fields[0].field == "query"
