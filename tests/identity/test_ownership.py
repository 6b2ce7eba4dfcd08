"""What goes with a user and with a pair, held against the real schema.

Every table that has a user is filled for several owners. The texts in a row name its owner
("user/persona"), so that it shows whose rows went.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from reverie_server.errors import NotFound
from reverie_server.identity.users.model import Profile
from reverie_server.index.memory_index import Kind
from reverie_server.scope import SHARED_OWNER, Visibility
from reverie_server.storage import ownership
from reverie_server.storage.database import Transaction
from reverie_server.storage.idempotency import Request, once
from reverie_server.storage.outbox import WHOLE_OWNER, WHOLE_SESSION, Operation
from reverie_server.storage.sqlite import SqliteDatabase
from reverie_server.storage.statements import Statement, parse
from tests.identity.conftest import RequestOf, Rooms

Rows = dict[str, list[dict[str, Any]]]

MEMORY_TABLES = {"memory_vectors", "memory_usage"}
"""Tables with rows of each kind of memory."""


def statement(sql: str) -> Statement:
    return parse(f"-- name: ad_hoc\n{sql}", source="test")["ad_hoc"]


async def columns_by_table(db: SqliteDatabase) -> dict[str, dict[str, str]]:
    """Name and type of the columns of each table that has a user."""
    rows = await db.fetch(
        statement(
            "SELECT t.name AS table_name, c.name AS column_name, c.type AS column_type"
            " FROM sqlite_master t, pragma_table_info(t.name) c WHERE t.type = 'table'"
        )
    )
    tables: dict[str, dict[str, str]] = {}
    for row in rows:
        tables.setdefault(row["table_name"], {})[row["column_name"]] = row["column_type"]
    return {name: columns for name, columns in tables.items() if "user_id" in columns}


async def contents(db: SqliteDatabase) -> Rows:
    """All rows of the tables that have a user, but for what keeps the deleted from coming back out
    of a backup: hashes in the workspace's shared part."""
    found = {
        table: [dict(row) for row in await db.fetch(statement(f"SELECT * FROM {table}"))]  # noqa: S608 - the schema's name
        for table in await columns_by_table(db)
    }
    found["tombstones"] = [row for row in found["tombstones"] if row["user_id"] != SHARED_OWNER]
    return found


def mark_of(user_id: str, persona_id: str) -> str:
    return f"{user_id}/{persona_id}"


async def insert(db: SqliteDatabase, table: str, row: dict[str, Any]) -> None:
    places = ", ".join(f"${number}" for number in range(1, len(row) + 1))
    sql = f"INSERT INTO {table} ({', '.join(row)}) VALUES ({places})"  # noqa: S608 - the schema's names
    await db.transaction(lambda tx: tx.execute(statement(sql), *row.values()))


async def fill(
    db: SqliteDatabase, workspace_id: str, user_id: str, persona_id: str, **values: Any
) -> None:
    """A row of this pair in every table that has a user, and one of each kind of memory."""
    mark = mark_of(user_id, persona_id)
    for table, columns in (await columns_by_table(db)).items():
        if table in {"users", "request_records", "outbox"}:
            continue
        row: dict[str, Any] = {
            name: {"TEXT": mark, "BLOB": mark.encode()}.get(kind, 1)
            for name, kind in columns.items()
        }
        row |= {"workspace_id": workspace_id, "user_id": user_id}
        row |= {"persona_id": persona_id} if "persona_id" in columns else {}
        row |= {"copied_from_entry_id": ""} if "copied_from_entry_id" in columns else {}
        row |= {name: value for name, value in values.items() if name in columns}
        for kind in Kind if table in MEMORY_TABLES else (None,):
            await insert(db, table, row if kind is None else row | {"kind": kind})


async def fill_workspaces(rooms: Rooms) -> None:
    """Two workspaces with two users each, who know two personas each."""
    for workspace_id in ("w", "other"):
        for user_id in ("u", "u2"):
            await rooms.users.create(workspace_id, user_id, Profile(), None)
            for persona_id in ("p", "p2"):
                await fill(rooms.db, workspace_id, user_id, persona_id)


def of_user(rows: Rows, workspace_id: str, user_id: str) -> Rows:
    owner = (workspace_id, user_id)
    return {
        table: [row for row in found if (row["workspace_id"], row["user_id"]) == owner]
        for table, found in rows.items()
    }


def with_mark(rows: Rows, mark: str) -> Rows:
    """The rows that name a pair, by a text or by their keys, of the tables that have any."""
    texts = {mark, mark.encode()}
    marked = {
        table: [
            row
            for row in found
            if not texts.isdisjoint(row.values())
            or mark == mark_of(row["user_id"], row.get("persona_id", ""))
        ]
        for table, found in rows.items()
    }
    return {table: found for table, found in marked.items() if found}


def minus(rows: Rows, others: Rows) -> Rows:
    return {
        table: [row for row in found if row not in others.get(table, ())]
        for table, found in rows.items()
    }


async def test_every_table_that_has_a_user_is_listed(db: SqliteDatabase) -> None:
    listed = {*ownership.USER_TABLES, "request_records"}

    assert set(await columns_by_table(db)) == listed


async def test_deleting_a_user_leaves_a_row_of_them_nowhere(rooms: Rooms) -> None:
    await fill_workspaces(rooms)
    before = await contents(rooms.db)
    mine = of_user(before, "w", "u")
    assert {table for table, rows in mine.items() if not rows} == {"outbox", "request_records"}

    last = await rooms.users.delete("w", "u", None, None)

    after = await contents(rooms.db)
    (told,) = after.pop("outbox")
    assert after == {table: rows for table, rows in minus(before, mine).items() if table in after}
    assert (told["workspace_id"], told["user_id"], told["revision"]) == ("w", "u", last)
    assert (told["kind"], told["operation"]) == (WHOLE_OWNER, Operation.DELETE)


async def test_what_waited_for_the_index_goes_with_the_user(rooms: Rooms) -> None:
    await fill_workspaces(rooms)
    await rooms.db.transaction(lambda tx: ownership.delete_pair(tx, "w", "u", "p", 1))
    assert (await contents(rooms.db))["outbox"]

    last = await rooms.users.delete("w", "u", None, None)

    assert [row["revision"] for row in (await contents(rooms.db))["outbox"]] == [last]


async def test_late_retries_do_not_bring_a_user_back(rooms: Rooms, request_of: RequestOf) -> None:
    created = {
        user_id: request_of("CreateUser", f"create {user_id}", user_id=user_id)
        for user_id in ("u", "u2")
    }
    for user_id, request in created.items():
        await rooms.users.create("w", user_id, Profile(), request)
    deletion = request_of("DeleteUser", "delete u", user_id="u")
    last = await rooms.users.delete("w", "u", None, deletion)

    with pytest.raises(NotFound):
        await rooms.users.create("w", "u", Profile(), created["u"])
    with pytest.raises(NotFound):
        await rooms.users.get("w", "u")
    assert await rooms.users.delete("w", "u", None, deletion) == last
    kept = await rooms.users.create("w", "u2", Profile(), created["u2"])
    assert kept.user == await rooms.users.get("w", "u2")


async def test_answers_about_a_pair_are_forgotten_with_it(
    rooms: Rooms, request_of: RequestOf
) -> None:
    for user_id in ("u", "u2"):
        await rooms.users.create("w", user_id, Profile(), None)
    requests = [
        replace(
            request_of("/Put", f"{user_id} {persona_id}", user_id=user_id), persona_id=persona_id
        )
        for user_id in ("u", "u2")
        for persona_id in ("p", "p2")
    ]

    async def answer() -> int:
        return 1

    for request in requests:
        await rooms.db.transaction(partial(_once, request=request, answer=answer))
    await rooms.db.transaction(lambda tx: ownership.delete_pair(tx, "w", "u", "p", 7))

    rows = (await contents(rooms.db))["request_records"]
    assert {row["request_id"] for row in rows if row["answer"] is None} == {"u p"}
    assert len(rows) == 4


async def _once(tx: Transaction, request: Request, answer: Callable[[], Awaitable[int]]) -> int:
    return await once(tx, request, int, answer)


async def test_deleting_a_pair_leaves_what_others_know(rooms: Rooms) -> None:
    await fill_workspaces(rooms)
    before = await contents(rooms.db)
    user = await rooms.users.get("w", "u")
    mark = mark_of("u", "p")
    pair = with_mark(of_user(before, "w", "u"), mark)
    assert set(pair) == set(before) - {"users", "outbox", "request_records"}

    taken = await rooms.db.transaction(lambda tx: ownership.delete_pair(tx, "w", "u", "p", 7))

    after = await contents(rooms.db)
    told = after.pop("outbox")
    for table in ("users", "outbox"):
        before.pop(table)
    changed = after.pop("users")
    assert after == minus(before, pair)
    assert taken == user.revision + 1
    (row,) = [row for row in changed if (row["workspace_id"], row["user_id"]) == ("w", "u")]
    assert row["revision"] == row["removal_revision"] == taken
    assert {
        (row["kind"], row["memory_id"], row["session_id"], row["operation"]) for row in told
    } == {
        (WHOLE_SESSION, "", mark, Operation.DELETE),
        (Kind.EPISODE, mark, mark, Operation.DELETE),
        (Kind.DOCUMENT, mark, "", Operation.DELETE),
        (Kind.FACT, mark, "", Operation.DELETE),
        (Kind.PROCEDURE, mark, "", Operation.DELETE),
    }
    assert {(row["workspace_id"], row["user_id"], row["revision"]) for row in told} == {
        ("w", "u", taken)
    }


async def test_what_is_private_goes_with_a_relationship(rooms: Rooms) -> None:
    await rooms.users.create("w", "u", Profile(), None)
    await fill(rooms.db, "w", "u", "p", visibility=Visibility.PRIVATE)
    mark = mark_of("u", "p")

    await rooms.db.transaction(lambda tx: ownership.delete_relationship(tx, "w", "u", "p", 7))

    after = await contents(rooms.db)
    told = after.pop("outbox")
    # What was forgotten stays so when the two begin anew.
    assert set(with_mark(after, mark)) == {"past_relationships", "tombstones"}
    assert {(row["kind"], row["operation"]) for row in told} == {
        (kind, Operation.DELETE)
        for kind in (WHOLE_SESSION, Kind.EPISODE, Kind.DOCUMENT, Kind.FACT, Kind.PROCEDURE)
    }


async def test_what_is_shared_stays_without_its_relationship(rooms: Rooms) -> None:
    await rooms.users.create("w", "u", Profile(), None)
    await fill(rooms.db, "w", "u", "p", visibility=Visibility.SHARED)
    mark = mark_of("u", "p")
    before = with_mark(await contents(rooms.db), mark)

    taken = await rooms.db.transaction(
        lambda tx: ownership.delete_relationship(tx, "w", "u", "p", 7)
    )

    after = await contents(rooms.db)
    told = after.pop("outbox")
    left = with_mark(after, mark)
    assert set(before) - set(left) == {
        "relationships",
        "relationship_scores",
        "relationship_events",
        "trust_recoveries",
        "storylines",
        "storyline_mentions",
        "procedures",
        "procedure_versions",
        "prompt_templates",
    }
    for table in MEMORY_TABLES:
        kinds = {row["kind"] for row in before[table]} - {row["kind"] for row in left[table]}
        assert kinds == {Kind.PROCEDURE}
    (episode,) = left["episodes"]
    assert (episode["storylines"], episode["revision"]) == ("[]", taken)
    for table in ("sessions", "entries", "timelines", "bookmarks", "documents", "facts", "jobs"):
        assert left[table] == before[table]
    assert {(row["kind"], row["operation"]) for row in told} == {
        (Kind.PROCEDURE, Operation.DELETE),
        (Kind.EPISODE, Operation.UPSERT),
    }
    assert await rooms.db.read(lambda snapshot: ownership.users_of(snapshot, "w", "p")) == ["u"]


async def test_versions_go_with_their_document_and_with_who_wrote_them(rooms: Rooms) -> None:
    await rooms.users.create("w", "u", Profile(), None)
    await fill(rooms.db, "w", "u", "p", document_id="mine")
    await fill(rooms.db, "w", "u", "p2", document_id="theirs")
    (version, _) = (await contents(rooms.db))["document_versions"]
    for document_id, persona_id in (("mine", "p2"), ("theirs", "p")):
        row = version | {"document_id": document_id, "persona_id": persona_id, "version": 2}
        await insert(rooms.db, "document_versions", row)

    await rooms.db.transaction(lambda tx: ownership.delete_pair(tx, "w", "u", "p", 7))

    rows = await contents(rooms.db)
    assert [row["document_id"] for row in rows["documents"]] == ["theirs"]
    assert [(row["document_id"], row["persona_id"]) for row in rows["document_versions"]] == [
        ("theirs", "p2")
    ]


async def test_the_shared_part_keeps_what_a_deleted_persona_shared(rooms: Rooms) -> None:
    await rooms.ensure("w", SHARED_OWNER, "p")
    await rooms.ensure("w", SHARED_OWNER, "p2")
    await fill(rooms.db, "w", SHARED_OWNER, "p", visibility=Visibility.PRIVATE)
    await fill(rooms.db, "w", SHARED_OWNER, "p2", visibility=Visibility.SHARED)

    for persona_id in ("p", "p2"):
        await rooms.db.transaction(
            partial(ownership.delete_own_part, workspace_id="w", persona_id=persona_id, now=7)
        )

    rows = await contents(rooms.db)
    shared = mark_of(SHARED_OWNER, "p2")
    assert rows["procedures"] == rows["procedure_versions"] == []
    assert [row["document_id"] for row in rows["documents"]] == [shared]
    assert [row["document_id"] for row in rows["document_versions"]] == [shared]
    assert [row["fact_id"] for row in rows["facts"]] == [shared]
    assert [row["fact_id"] for row in rows["fact_versions"]] == [shared]
    assert [row["kind"] for row in rows["memory_vectors"]] == [Kind.DOCUMENT, Kind.FACT]
