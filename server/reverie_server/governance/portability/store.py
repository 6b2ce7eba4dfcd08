"""The rows of every kind of record, read in pages of their keys and written as they are.

The statements are made from the list of kinds, so that a kind needs nothing but its row there.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Final

from reverie_server.governance.portability.kind import Kind
from reverie_server.governance.portability.kinds import KINDS
from reverie_server.scope import SharingMode
from reverie_server.storage.database import Row, Snapshot, Transaction, Value
from reverie_server.storage.statements import Statement, load, parse

Owner = tuple[str, str]
"""Workspace and user; ``scope.SHARED_OWNER`` for the workspace's shared part."""

_QUERIES: Final = load(__package__, "queries.sql")
_SHARING_MODE: Final = _QUERIES["sharing_mode"]
_WORKSPACES_AFTER: Final = _QUERIES["workspaces_after"]
_USERS_AFTER: Final = _QUERIES["users_after"]
_REVISION_FLOOR: Final = _QUERIES["revision_floor"]
_FORGET_INDEX_ROWS: Final = _QUERIES["forget_index_rows"]
_SIGN_OF_LIFE: Final = _QUERIES["sign_of_life"]
_HAS_USER: Final = _QUERIES["has_user"]
_SESSION_HOLDER: Final = _QUERIES["session_holder"]
_KEEP_TOMBSTONE: Final = _QUERIES["keep_tombstone"]
_COUNT_OWNERS: Final = _QUERIES["count_owners"]


def _places(count: int, start: int = 1) -> str:
    return ", ".join(f"${number}" for number in range(start, start + count))


def _select(kind: Kind, *, after: bool) -> str:
    owned = " AND ".join(f"{name} = ${at}" for at, name in enumerate(kind.owner, 1))
    if not kind.key:
        return f"SELECT {', '.join(kind.fields)} FROM {kind.table} WHERE {owned}"  # noqa: S608 - our names
    key, at = ", ".join(kind.key), len(kind.owner) + 1
    beyond = f" AND ({key}) > ({_places(len(kind.key), at)})" if after else ""
    limit = at + len(kind.key) if after else at
    return (
        f"SELECT {', '.join(kind.fields)} FROM {kind.table} WHERE {owned}{beyond}"  # noqa: S608 - our names
        f" ORDER BY {key} LIMIT ${limit}"
    )


def _insert(kind: Kind) -> str:
    columns = (*kind.owner, *kind.revisions, *kind.fields)
    return f"INSERT INTO {kind.table} ({', '.join(columns)}) VALUES ({_places(len(columns))})"  # noqa: S608 - our names


def _delete(kind: Kind) -> str:
    owned = " AND ".join(f"{name} = ${at}" for at, name in enumerate(kind.owner, 1))
    return f"DELETE FROM {kind.table} WHERE {owned}"  # noqa: S608 - our names


def _size(kind: Kind) -> str:
    owned = " AND ".join(f"{name} = ${at}" for at, name in enumerate(kind.owner, 1))
    # Beside the values: the names, each with its quotes, colon and comma, and the kind's own.
    around = len(f'{{"record":"{kind.name}"}}') + sum(len(name) + 4 for name in kind.fields)
    values = " + ".join(f"COALESCE(octet_length(CAST({name} AS TEXT)), 0)" for name in kind.fields)
    return f"SELECT COALESCE(SUM({around} + {values}), 0) FROM {kind.table} WHERE {owned}"  # noqa: S608 - our names


def _each(text: Mapping[str, str]) -> Mapping[str, Statement]:
    return parse(
        "".join(f"-- name: {name}\n{sql};\n" for name, sql in text.items()), source="KINDS"
    )


_FIRST: Final = _each({kind.name: _select(kind, after=False) for kind in KINDS})
_AFTER: Final = _each({kind.name: _select(kind, after=True) for kind in KINDS})
_INSERT: Final = _each({kind.name: _insert(kind) for kind in KINDS})
_DELETE: Final = _each({kind.name: _delete(kind) for kind in KINDS})
_SIZE: Final = _each({kind.name: _size(kind) for kind in KINDS})


async def rows(snapshot: Snapshot, kind: Kind, owner: Owner) -> AsyncIterator[Row]:
    """All rows of an owner in the order of their keys; in memory is one page."""
    whose = owner[: len(kind.owner)]
    if not kind.key:
        for row in await snapshot.fetch(_FIRST[kind.name], *whose):
            yield row
        return
    page = await snapshot.fetch(_FIRST[kind.name], *whose, kind.page_rows)
    while page:
        for row in page:
            yield row
        if len(page) < kind.page_rows:
            return
        last = [page[-1][name] for name in kind.key]
        page = await snapshot.fetch(_AFTER[kind.name], *whose, *last, kind.page_rows)


async def insert(
    tx: Transaction,
    kind: Kind,
    owner: Owner,
    revisions: Mapping[str, int],
    values: Iterable[tuple[Value, ...]],
) -> None:
    """Adds rows.

    Args:
        revisions: the owner's, by column, for its own row.
        values: of the fields, in their order.

    Raises:
        UniqueViolation: one is there already.
    """
    front: tuple[Value, ...] = (
        *owner[: len(kind.owner)],
        *(revisions[name] for name in kind.revisions),
    )
    await tx.executemany(_INSERT[kind.name], ((*front, *each) for each in values))


async def delete(tx: Transaction, kinds: Iterable[Kind], owner: Owner) -> None:
    """Deletes all of an owner's rows of these kinds, and what the index has yet to hear of it."""
    for kind in kinds:
        await tx.execute(_DELETE[kind.name], *owner[: len(kind.owner)])
    await tx.execute(_FORGET_INDEX_ROWS, *owner)


async def size(snapshot: Snapshot, kinds: Iterable[Kind], owner: Owner) -> int:
    """About how many bytes an owner's rows of these kinds have as lines; 0 without any. Reads all
    of them."""
    return sum(
        [await snapshot.fetchval(_SIZE[each.name], *owner[: len(each.owner)]) for each in kinds]
    )


async def sharing_mode(snapshot: Snapshot, workspace_id: str) -> SharingMode:
    """Of a workspace that is there, or else what it would have."""
    mode = await snapshot.fetchval(_SHARING_MODE, workspace_id)
    return SharingMode.USER_CENTRIC if mode is None else SharingMode(mode)


async def revision_floor(snapshot: Snapshot, workspace_id: str) -> int:
    """Above what new users of a workspace begin."""
    return int(await snapshot.fetchval(_REVISION_FLOOR, workspace_id))


async def workspaces_after(
    snapshot: Snapshot, workspace_id: str, limit: int
) -> list[tuple[str, int]]:
    """The next workspaces and the revisions of their shared parts."""
    found = await snapshot.fetch(_WORKSPACES_AFTER, workspace_id, limit)
    return [(row["workspace_id"], row["revision"]) for row in found]


async def users_after(
    snapshot: Snapshot, workspace_id: str, user_id: str, limit: int
) -> list[tuple[str, int]]:
    """The next users of a workspace and their revisions."""
    found = await snapshot.fetch(_USERS_AFTER, workspace_id, user_id, limit)
    return [(row["user_id"], row["revision"]) for row in found]


async def give_sign_of_life(snapshot: Snapshot) -> None:
    """For a unit that works long without a statement: a database ends a transaction in which
    nothing is done for long (``PostgresOptions.idle_seconds``)."""
    await snapshot.fetchval(_SIGN_OF_LIFE)


async def has_user(snapshot: Snapshot, owner: Owner) -> bool:
    """Whether there is such a user."""
    return await snapshot.fetchval(_HAS_USER, *owner) is not None


async def session_holder(snapshot: Snapshot, workspace_id: str, session_id: str) -> str | None:
    """The user of a workspace who has a session; None: nobody."""
    found = await snapshot.fetchval(_SESSION_HOLDER, workspace_id, session_id)
    return None if found is None else str(found)


async def keep_tombstone(tx: Transaction, owner: Owner, values: tuple[Value, ...]) -> None:
    """Adds a tombstone; of two the later counts.

    Args:
        values: of the kind's fields, in their order.
    """
    await tx.execute(_KEEP_TOMBSTONE, *owner, *values)


async def count_owners(snapshot: Snapshot) -> int:
    """Users and workspaces, over the whole database."""
    return int(await snapshot.fetchval(_COUNT_OWNERS))
