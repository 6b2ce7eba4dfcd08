"""Procedures: versions, scopes, who reads them, outcomes."""

from __future__ import annotations

import asyncio
from itertools import combinations

import pytest

from reverie_server.errors import (
    Aborted,
    FailedPrecondition,
    InvalidArgument,
    NotFound,
)
from reverie_server.index.memories import memories
from reverie_server.index.memory_index import Kind, Owner
from reverie_server.paging import PageRequest
from reverie_server.scope import Reader
from reverie_server.storage import outbox, revision
from reverie_server.storage.outbox import Change, Operation
from reverie_server.storage.statements import parse
from reverie_server.tiers.procedural.model import Counts, Outcome, Place, Procedure, Scope
from tests.procedural.conftest import (
    PAIR,
    PERSONA,
    SCOPES,
    WORKSPACE,
    Procedures,
    request,
)

_QUERIES = parse(
    """
    -- name: modes
    UPDATE workspaces SET sharing_mode = $2 WHERE workspace_id = $1;
    -- name: answers
    SELECT answer FROM request_records;
    -- name: rows
    SELECT (SELECT COUNT(*) FROM procedures) + (SELECT COUNT(*) FROM procedure_versions) AS n;
    """,
    source="tests",
)


async def revisions(procedures: Procedures, user: str) -> revision.Revisions:
    return await procedures.db.read(lambda snapshot: revision.current(snapshot, "acme", user))


async def test_a_procedure_comes_back_as_it_was_put(procedures: Procedures) -> None:
    put = await procedures.put(
        PERSONA, "greet", "Hi {name}!", description="says hello", metadata={"by": "ops"}
    )
    assert put == await procedures.service.get(PERSONA, "greet", 0)
    assert (put.stamp.version, put.counts, put.place) == (1, Counts(), PERSONA)
    assert put.draft.description == "says hello"
    assert put.draft.metadata == {"by": "ops"}
    assert put.stamp.create_time == put.stamp.update_time == procedures.clock.now()
    assert put.stamp.revision == (await revisions(procedures, "")).revision


@pytest.mark.parametrize("place", SCOPES)
async def test_every_put_is_a_version_and_all_stay(procedures: Procedures, place: Place) -> None:
    versions = [await procedures.put(place, "greet", f"Hi {n}") for n in range(4)]
    assert [each.stamp.version for each in versions] == [1, 2, 3, 4]
    assert len({each.stamp.memory_id for each in versions}) == 1
    assert len({each.stamp.revision for each in versions}) == 4
    assert {each.stamp.create_time for each in versions} == {versions[0].stamp.update_time}
    for procedure in versions:
        assert await procedures.service.get(place, "greet", procedure.stamp.version) == procedure
    assert await procedures.service.get(place, "greet", 0) == versions[-1]
    with pytest.raises(NotFound):
        await procedures.service.get(place, "greet", 5)
    listed: list[Procedure] = []
    page = PageRequest(3)
    while True:
        got = await procedures.service.versions(place, "greet", page)
        listed += got.items
        if got.next is None:
            break
        page = PageRequest(3, got.next)
    assert listed == versions[::-1]


async def test_an_etag_is_of_one_version(procedures: Procedures) -> None:
    first = await procedures.put(PAIR, "greet", "1", expected=0)
    with pytest.raises(Aborted):
        await procedures.put(PAIR, "greet", "2", expected=0)
    second = await procedures.put(PAIR, "greet", "2", expected=first.stamp.revision)
    await procedures.count(PAIR, "greet", Outcome.SUCCESS)
    for stale in (first.stamp.revision, 0):
        with pytest.raises(Aborted):
            await procedures.service.delete(PAIR, "greet", stale, None)
    await procedures.service.delete(PAIR, "greet", second.stamp.revision, None)
    with pytest.raises(Aborted):
        await procedures.put(PAIR, "greet", "3", expected=second.stamp.revision)
    again = await procedures.put(PAIR, "greet", "3", expected=0)
    assert again.stamp.version == 1
    with pytest.raises(Aborted):
        await procedures.put(PAIR, "greet", "4", expected=first.stamp.revision)


@pytest.mark.parametrize(
    "there", [those for size in (1, 2, 3) for those in combinations(SCOPES, size)]
)
async def test_the_nearest_scope_wins(procedures: Procedures, there: tuple[Place, ...]) -> None:
    await procedures.ensure(PAIR)
    for place in there:
        await procedures.put(place, "greet", place.scope.name)
    for place in SCOPES:
        seen = [each for each in there if each.scope <= place.scope]
        if not seen:
            with pytest.raises(NotFound):
                await procedures.service.get(place, "greet", 0)
            assert await procedures.listed(place) == []
            continue
        nearest = max(seen, key=lambda each: each.scope)
        assert (await procedures.service.get(place, "greet", 0)).place == nearest
        assert await procedures.text(place, "greet") == nearest.scope.name
        assert [each.place for each in await procedures.listed(place)] == [nearest]
        assert [each.place for each in await procedures.listed(place, all_scopes=True)] == sorted(
            seen, key=lambda each: -each.scope
        )
        hits = (await procedures.search(place, "greet")).hits
        assert [hit.procedure.place for hit in hits] == [nearest]
        counted, _ = await procedures.count(place, "greet", Outcome.SUCCESS)
        assert counted.place == nearest


async def test_other_pairs_read_nothing_of_a_relationship(procedures: Procedures) -> None:
    await procedures.put(PAIR, "greet", "dear Ann")
    strangers = [
        Place("acme", "bob", "brad"),
        Place("acme", "ann", "eve"),
        Place("acme", "", "brad"),
        Place("acme", "", ""),
        Place("rivals", "ann", "brad"),
    ]
    for place in strangers:
        await procedures.ensure(place)
        with pytest.raises(NotFound):
            await procedures.service.get(place, "greet", 0)
        with pytest.raises(NotFound):
            await procedures.service.versions(place, "greet", PageRequest(10))
        with pytest.raises(NotFound):
            await procedures.service.delete(place, "greet", None, None)
        with pytest.raises(NotFound):
            await procedures.count(place, "greet", Outcome.SUCCESS)
        assert await procedures.listed(place, all_scopes=True) == []
        assert (await procedures.search(place, "greet")).hits == ()
    assert await procedures.text(PAIR, "greet") == "dear Ann"


async def test_other_personas_read_nothing_of_a_persona(procedures: Procedures) -> None:
    await procedures.put(PERSONA, "greet", "I am Brad")
    with pytest.raises(NotFound):
        await procedures.service.get(Place("acme", "", "eve"), "greet", 0)
    assert await procedures.listed(Place("acme", "", "eve"), all_scopes=True) == []


async def test_no_sharing_mode_hides_the_workspace_s_procedures(procedures: Procedures) -> None:
    await procedures.put(WORKSPACE, "greet", "hello")
    await procedures.ensure(PAIR)
    await procedures.db.transaction(lambda tx: tx.execute(_QUERIES["modes"], "acme", 3))
    procedures.clock.advance(60)
    assert await procedures.text(PAIR, "greet") == "hello"
    assert len((await procedures.search(PAIR, "greet")).hits) == 1


async def test_what_sql_and_the_index_let_a_reader_see_is_the_same(procedures: Procedures) -> None:
    for place in (*SCOPES, Place("acme", "ann", "eve"), Place("acme", "", "eve")):
        await procedures.put(place, "greet", "hello")
    for place in SCOPES:
        for user in {place.user_id, ""}:
            reader = Reader("acme", user, place.persona_id)
            rows = await procedures.listed(place, all_scopes=True)
            ids = [
                each.stamp.memory_id
                for other in (*SCOPES, Place("acme", "ann", "eve"), Place("acme", "", "eve"))
                for each in await procedures.listed(other, all_scopes=True)
            ]
            indexed = await procedures.db.read(
                lambda snapshot, user=user, ids=ids: memories(  # type: ignore[misc]
                    snapshot, Owner("acme", user), Kind.PROCEDURE, ids, "none"
                )
            )
            assert {
                each.memory_id
                for each in indexed
                if reader.may_read(each.persona_id, each.visibility)
            } == {each.stamp.memory_id for each in rows if each.place.user_id == user}


async def test_a_user_needs_a_persona(procedures: Procedures) -> None:
    with pytest.raises(InvalidArgument) as failure:
        await procedures.service.get(Place("acme", "ann", ""), "greet", 0)
    assert failure.value.reason == "FIELD_REQUIRED"
    assert failure.value.fields[0].field == "persona_id"


async def test_reading_for_an_unknown_user_fails(procedures: Procedures) -> None:
    await procedures.put(WORKSPACE, "greet", "hello")
    stranger = Place("acme", "nobody", "brad")
    for call in (
        procedures.service.get(stranger, "greet", 0),
        procedures.service.render(stranger, "greet", 0, {}),
        procedures.service.list(stranger, "", all_scopes=False, page=PageRequest(1)),
        procedures.service.record_outcome(stranger, "greet", 0, Outcome.SUCCESS, None),
        procedures.search(stranger, "greet"),
    ):
        with pytest.raises(NotFound):
            await call


async def test_a_put_creates_who_is_missing(procedures: Procedures) -> None:
    await procedures.put(PAIR, "greet", "hello")
    assert (await procedures.users.get("acme", "ann")).user_id == "ann"


async def test_a_malformed_template_is_refused(procedures: Procedures) -> None:
    with pytest.raises(InvalidArgument) as failure:
        await procedures.put(PAIR, "greet", "Hi {name")
    assert failure.value.fields[0].field == "template"
    with pytest.raises(NotFound):
        await procedures.users.get("acme", "ann")


async def test_every_missing_placeholder_is_named(procedures: Procedures) -> None:
    await procedures.put(PERSONA, "greet", "{greeting} {name}, {name} from {city}")
    with pytest.raises(InvalidArgument) as failure:
        await procedures.text(PERSONA, "greet", {"greeting": "Hi"})
    assert failure.value.reason == "PLACEHOLDER_MISSING"
    assert [each.field for each in failure.value.fields] == ["values[name]", "values[city]"]
    values = {"greeting": "Hi", "name": "{city}", "city": ""}
    assert await procedures.text(PERSONA, "greet", values) == "Hi {city}, {city} from "


async def test_an_earlier_version_can_be_rendered(procedures: Procedures) -> None:
    first = await procedures.put(PERSONA, "greet", "one")
    await procedures.put(PERSONA, "greet", "two")
    assert await procedures.service.render(PERSONA, "greet", 1, {}) == ("one", first)


async def test_a_text_that_would_be_too_long_is_not_made(procedures: Procedures) -> None:
    await procedures.put(PERSONA, "bomb", "{a}" * 10_000)
    with pytest.raises(InvalidArgument) as failure:
        await procedures.text(PERSONA, "bomb", {"a": "x" * 60_000})
    assert failure.value.reason == "FIELD_TOO_LARGE"
    assert failure.value.fields[0].field == "values"
    assert len(await procedures.text(PERSONA, "bomb", {"a": "x" * 200})) == 2_000_000


async def test_outcomes_are_counted_for_their_version(procedures: Procedures) -> None:
    await procedures.put(PAIR, "greet", "one")
    await procedures.put(PAIR, "greet", "two")
    await procedures.count(PAIR, "greet", Outcome.SUCCESS)
    await procedures.count(PAIR, "greet", Outcome.NEUTRAL)
    counted, taken = await procedures.count(PAIR, "greet", Outcome.FAILURE, version=1)
    assert (counted.stamp.version, counted.counts) == (1, Counts(failure=1))
    assert taken == (await revisions(procedures, "ann")).revision
    current = await procedures.service.get(PAIR, "greet", 0)
    assert current.counts == Counts(success=1, neutral=1)
    with pytest.raises(NotFound):
        await procedures.count(PAIR, "greet", Outcome.SUCCESS, version=3)
    assert (await procedures.put(PAIR, "greet", "three")).counts == Counts()


async def test_concurrent_outcomes_all_count(procedures: Procedures) -> None:
    await procedures.put(PERSONA, "greet", "hello")
    counted = await asyncio.gather(
        *(procedures.count(PERSONA, "greet", Outcome.SUCCESS) for _ in range(50))
    )
    assert sorted(each.counts.success for each, _ in counted) == list(range(1, 51))
    assert len({taken for _, taken in counted}) == 50
    assert (await procedures.service.get(PERSONA, "greet", 0)).counts == Counts(success=50)


async def test_deleting_takes_all_versions_of_one_place(procedures: Procedures) -> None:
    for place in SCOPES:
        await procedures.put(place, "greet", place.scope.name)
    await procedures.put(PAIR, "greet", "again")
    taken = await procedures.service.delete(PAIR, "greet", None, None)
    state = await revisions(procedures, "ann")
    assert state.revision == state.removal_revision == taken
    assert await procedures.text(PAIR, "greet") == Scope.PERSONA.name
    with pytest.raises(NotFound):
        await procedures.service.delete(PAIR, "greet", None, None)
    for place in (PERSONA, WORKSPACE):
        await procedures.service.delete(place, "greet", None, None)
    assert await procedures.db.fetchval(_QUERIES["rows"]) == 0


async def test_the_index_hears_of_texts_and_not_of_counts(procedures: Procedures) -> None:
    memory_id = (await procedures.put(PAIR, "greet", "one")).stamp.memory_id
    await procedures.put(PAIR, "greet", "two")
    await procedures.count(PAIR, "greet", Outcome.SUCCESS)
    await procedures.service.delete(PAIR, "greet", None, None)
    pending = await procedures.db.read(lambda snapshot: outbox.pending(snapshot, 100))
    assert [each.change for each in pending] == [
        Change(Kind.PROCEDURE, memory_id, "", Operation.UPSERT),
        Change(Kind.PROCEDURE, memory_id, "", Operation.UPSERT),
        Change(Kind.PROCEDURE, memory_id, "", Operation.DELETE),
    ]


async def test_an_outcome_answers_with_the_revision_of_whom_it_was_asked_for(
    procedures: Procedures,
) -> None:
    async def at(user: str) -> int:
        return (await revisions(procedures, user)).revision

    await procedures.ensure(PAIR)
    for number in range(5):
        await procedures.put(WORKSPACE, f"greet{number}", "hello")
    users, shared = await at("ann"), await at("")
    assert users != shared
    _, taken = await procedures.count(PAIR, "greet0", Outcome.SUCCESS)
    assert (taken, await at("ann"), await at("")) == (users, users, shared + 1)
    _, taken = await procedures.count(PERSONA, "greet0", Outcome.SUCCESS)
    assert taken == shared + 2 == await at("")
    await procedures.put(PAIR, "greet0", "hi")
    _, taken = await procedures.count(PAIR, "greet0", Outcome.SUCCESS)
    assert taken == users + 2 == await at("ann")


async def test_a_repeated_put_has_one_effect_and_one_answer(procedures: Procedures) -> None:
    first = await procedures.put(PAIR, "greet", "quetzal", request=request("r1"))
    await procedures.put(PAIR, "greet", "other")
    assert await procedures.put(PAIR, "greet", "quetzal", request=request("r1")) == first
    assert await procedures.text(PAIR, "greet") == "other"
    with pytest.raises(FailedPrecondition) as failure:
        await procedures.put(PAIR, "greet", "third", request=request("r1", "another"))
    assert failure.value.reason == "REQUEST_ID_REUSED"


async def test_a_repeated_outcome_counts_once(procedures: Procedures) -> None:
    await procedures.put(PAIR, "greet", "quetzal")
    call = (PAIR, "greet", 0, Outcome.SUCCESS, request("o1"))
    first = await procedures.service.record_outcome(*call)
    await procedures.count(PAIR, "greet", Outcome.SUCCESS)
    await procedures.put(PAIR, "greet", "other")
    assert await procedures.service.record_outcome(*call) == first
    assert (await procedures.service.get(PAIR, "greet", 1)).counts == Counts(success=2)


async def test_no_answer_keeps_the_text(procedures: Procedures) -> None:
    await procedures.put(PAIR, "greet", "quetzal", request=request("r1"))
    call = (PAIR, "greet", 0, Outcome.SUCCESS, request("o1"))
    await procedures.service.record_outcome(*call)
    await procedures.service.delete(PAIR, "greet", None, request("d1"))
    answers = await procedures.db.fetch(_QUERIES["answers"])
    assert len(answers) == 3
    assert not any(b"quetzal" in row["answer"] for row in answers)
    with pytest.raises(NotFound):
        await procedures.service.record_outcome(*call)
