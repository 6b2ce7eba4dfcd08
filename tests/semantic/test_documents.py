"""Documents: versions, who reads them, what a change leaves behind."""

from __future__ import annotations

import msgspec
import pytest

from reverie_server.errors import Aborted, AlreadyExists, FailedPrecondition, NotFound
from reverie_server.index.memory_index import Kind
from reverie_server.scope import SHARED_OWNER, Visibility
from reverie_server.storage import outbox, revision
from reverie_server.storage.outbox import Change, Operation
from reverie_server.storage.statements import parse
from tests.semantic.conftest import Documents, request

PRIVATE, SHARED = Visibility.PRIVATE, Visibility.SHARED

_QUERIES = parse(
    """
    -- name: modes
    UPDATE workspaces SET sharing_mode = $2 WHERE workspace_id = $1;
    -- name: answers
    SELECT answer FROM request_records;
    -- name: rows
    SELECT (SELECT COUNT(*) FROM documents) + (SELECT COUNT(*) FROM document_versions) AS n;
    -- name: usage
    INSERT INTO memory_usage (workspace_id, user_id, kind, memory_id, use_count, last_used_time)
    VALUES ('acme', 'ann', 3, $1, 1, 1);
    -- name: usages
    SELECT COUNT(*) FROM memory_usage;
    """,
    source="tests",
)


async def changes(documents: Documents) -> list[Change]:
    """What the index has been told, in order."""
    pending = await documents.db.read(lambda snapshot: outbox.pending(snapshot, 100))
    return [each.change for each in pending]


async def revisions(documents: Documents, user: str = "ann") -> revision.Revisions:
    return await documents.db.read(lambda snapshot: revision.current(snapshot, "acme", user))


async def test_a_document_comes_back_as_it_was_put(documents: Documents) -> None:
    put = await documents.put("home", {"city": "Bern", "rooms": 3}, metadata={"by": "form"})
    assert put == await documents.get("home")
    assert put.content == '{"city":"Bern","rooms":3}'
    assert put.metadata == {"by": "form"}
    assert (put.stamp.version, put.stamp.persona_id) == (1, "brad")
    assert put.stamp.create_time == put.stamp.update_time == documents.clock.now()
    assert put.stamp.revision == (await revisions(documents)).revision


async def test_without_an_id_the_server_makes_one(documents: Documents) -> None:
    first, second = [await documents.put("", {}) for _ in range(2)]
    assert first.stamp.document_id != second.stamp.document_id
    assert await documents.get(first.stamp.document_id) == first


async def test_every_put_is_a_version_and_all_stay(documents: Documents) -> None:
    versions = [await documents.put("home", {"n": n}) for n in range(4)]
    assert [each.stamp.version for each in versions] == [1, 2, 3, 4]
    assert len({each.stamp.revision for each in versions}) == 4
    assert {each.stamp.create_time for each in versions} == {versions[0].stamp.update_time}
    assert await documents.get("home") == versions[-1]
    for document in versions:
        assert await documents.get("home", document.stamp.version) == document
    with pytest.raises(NotFound):
        await documents.get("home", 5)


async def test_an_etag_is_of_one_version(documents: Documents) -> None:
    first = await documents.put("home", {"n": 1}, expected=0)
    with pytest.raises(Aborted):
        await documents.put("home", {"n": 2}, expected=0)
    second = await documents.put("home", {"n": 2}, expected=first.stamp.revision)
    with pytest.raises(Aborted):
        await documents.put("home", {"n": 3}, expected=first.stamp.revision)
    with pytest.raises(Aborted):
        await delete(documents, "home", expected=first.stamp.revision)
    assert await documents.get("home") == second
    await delete(documents, "home", expected=second.stamp.revision)


async def test_an_etag_of_a_former_life_is_stale(documents: Documents) -> None:
    former = await documents.put("home", {"n": 1})
    await delete(documents, "home")
    with pytest.raises(Aborted):
        await documents.put("home", {"n": 2}, expected=former.stamp.revision)
    again = await documents.put("home", {"n": 2})
    assert again.stamp.version == 1
    with pytest.raises(Aborted):
        await documents.put("home", {"n": 3}, expected=former.stamp.revision)


async def delete(
    documents: Documents, document_id: str, *, persona: str = "brad", expected: int | None = None
) -> int:
    return await documents.service.delete("acme", "ann", persona, document_id, expected, None)


async def test_what_is_private_to_a_persona_is_not_there_for_others(documents: Documents) -> None:
    await documents.put("diary", {"n": 1}, visibility=PRIVATE)
    with pytest.raises(NotFound):
        await documents.get("diary", persona="eve")
    assert await documents.ids(persona="eve") == []
    with pytest.raises(NotFound):
        await delete(documents, "diary", persona="eve")
    assert (await documents.search("1", persona="eve")).hits == ()
    assert await documents.ids() == ["diary"]


@pytest.mark.parametrize("expected", [None, 0, 1, 2, 3])
async def test_a_hidden_document_s_id_is_taken_and_nothing_else_is_learnt(
    documents: Documents, expected: int | None
) -> None:
    await documents.put("diary", {"n": 1}, visibility=PRIVATE)
    with pytest.raises(AlreadyExists):
        await documents.put("diary", {"n": 2}, persona="eve", expected=expected)
    assert (await documents.get("diary")).content == '{"n":1}'


async def test_who_may_read_a_document_may_replace_it(documents: Documents) -> None:
    await documents.put("plan", {"n": 1}, visibility=SHARED)
    second = await documents.put("plan", {"n": 2}, persona="eve")
    assert second.stamp.persona_id == "eve"
    assert await documents.get("plan") == second
    assert (await documents.get("plan", 1)).stamp.persona_id == "brad"


async def test_an_earlier_version_stays_with_whom_it_was_private_to(documents: Documents) -> None:
    first = await documents.put("plan", {"secret": True}, visibility=PRIVATE)
    await documents.put("plan", {"secret": False}, visibility=SHARED)
    assert (await documents.get("plan", persona="eve")).stamp.version == 2
    with pytest.raises(NotFound):
        await documents.get("plan", 1, persona="eve")
    assert await documents.get("plan", 1) == first


async def test_an_earlier_version_is_hidden_with_its_document(documents: Documents) -> None:
    await documents.put("plan", {"n": 1}, visibility=SHARED)
    await documents.put("plan", {"n": 2}, visibility=PRIVATE)
    with pytest.raises(NotFound):
        await documents.get("plan", 1, persona="eve")


async def test_visibility_stays_unless_it_is_named(documents: Documents) -> None:
    await documents.put("plan", {}, visibility=PRIVATE)
    assert (await documents.put("plan", {"n": 2})).stamp.visibility is PRIVATE
    assert (await documents.put("other", {})).stamp.visibility is SHARED


async def test_the_sharing_mode_sets_the_default(documents: Documents) -> None:
    await documents.put("before", {})
    await documents.db.transaction(lambda tx: tx.execute(_QUERIES["modes"], "acme", 3))
    documents.clock.advance(60)
    assert (await documents.put("after", {})).stamp.visibility is PRIVATE
    assert await documents.ids() == ["after", "before"]
    assert await documents.ids(persona="eve") == []


async def test_other_users_and_workspaces_see_nothing(documents: Documents) -> None:
    await documents.put("home", {"n": 1})
    await documents.put("home", {"n": 2}, user="bob")
    await documents.put("home", {"n": 3}, workspace="other")
    assert (await documents.get("home")).content == '{"n":1}'
    assert (await documents.get("home", user="bob")).content == '{"n":2}'
    assert (await documents.get("home", workspace="other")).content == '{"n":3}'
    with pytest.raises(NotFound):
        await documents.get("home", workspace="third")
    with pytest.raises(NotFound):
        await documents.get("home", user=SHARED_OWNER)


async def test_the_workspace_has_documents_of_its_own(documents: Documents) -> None:
    shared = await documents.put("menu", {"soup": 4}, user=SHARED_OWNER)
    assert shared.stamp.revision == (await revisions(documents, SHARED_OWNER)).revision
    assert await documents.get("menu", user=SHARED_OWNER, persona="eve") == shared
    await documents.put("draft", {}, user=SHARED_OWNER, visibility=PRIVATE)
    assert await documents.ids(user=SHARED_OWNER, persona="eve") == ["menu"]
    assert await documents.ids(user=SHARED_OWNER, workspace="new") == []


async def test_reading_an_unknown_user_fails(documents: Documents) -> None:
    await documents.put("home", {})
    with pytest.raises(NotFound):
        await documents.ids(user="nobody")
    with pytest.raises(NotFound):
        await documents.search("home", user="nobody")
    with pytest.raises(NotFound):
        await documents.get("home", user="nobody")


async def test_a_put_creates_who_is_missing(documents: Documents) -> None:
    await documents.put("home", {})
    assert (await documents.users.get("acme", "ann")).user_id == "ann"


async def test_deleting_takes_everything_along(documents: Documents) -> None:
    await documents.put("home", {"n": 1})
    await documents.put("home", {"n": 2})
    await documents.db.transaction(lambda tx: tx.execute(_QUERIES["usage"], "home"))
    taken = await delete(documents, "home")
    state = await revisions(documents)
    assert state.revision == state.removal_revision == taken
    assert await documents.db.fetchval(_QUERIES["rows"]) == 0
    assert await documents.db.fetchval(_QUERIES["usages"]) == 0
    with pytest.raises(NotFound):
        await documents.get("home", 1)
    with pytest.raises(NotFound):
        await delete(documents, "home")


async def test_the_index_hears_of_every_change(documents: Documents) -> None:
    await documents.put("a", {})
    await documents.put("a", {"n": 2})
    await delete(documents, "a")
    assert await changes(documents) == [
        Change(Kind.DOCUMENT, "a", "", Operation.UPSERT),
        Change(Kind.DOCUMENT, "a", "", Operation.UPSERT),
        Change(Kind.DOCUMENT, "a", "", Operation.DELETE),
    ]


async def test_hiding_is_a_removal_and_showing_is_not(documents: Documents) -> None:
    await documents.put("plan", {}, visibility=PRIVATE)
    before = (await revisions(documents)).removal_revision
    await documents.put("plan", {}, visibility=SHARED)
    assert (await revisions(documents)).removal_revision == before
    hidden = await documents.put("plan", {}, visibility=PRIVATE)
    assert (await revisions(documents)).removal_revision == hidden.stamp.revision


async def test_a_repeated_request_has_one_effect_and_one_answer(documents: Documents) -> None:
    first = await documents.put("", {"word": "quetzal"}, request=request("r1"))
    again = await documents.put("", {"word": "quetzal"}, request=request("r1"))
    assert again == first
    assert await documents.ids() == [first.stamp.document_id]
    with pytest.raises(FailedPrecondition) as failure:
        await documents.put("", {"word": "other"}, request=request("r1", "another"))
    assert failure.value.reason == "REQUEST_ID_REUSED"


async def test_nothing_of_a_document_outlives_it_in_the_answers(documents: Documents) -> None:
    put = await documents.put("", {"word": "quetzal"}, request=request("r1"))
    await delete(documents, put.stamp.document_id)
    (row,) = await documents.db.fetch(_QUERIES["answers"])
    assert b"quetzal" not in row["answer"]
    assert put.stamp.document_id in msgspec.json.decode(row["answer"]).values()


async def test_a_repeated_deletion_deletes_once(documents: Documents) -> None:
    await documents.put("home", {"n": 1})
    call = ("acme", "ann", "brad", "home", None, request("d1"))
    first = await documents.service.delete(*call)
    await documents.put("home", {"n": 2})
    assert await documents.service.delete(*call) == first
    assert (await documents.get("home")).content == '{"n":2}'
