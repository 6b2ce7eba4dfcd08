"""What belongs to whom, over all tables: deleting a user, or a persona's part of a user.

The tables are listed here, once. A test holds the lists against the schema, so that a table with
a user in it cannot be forgotten.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

import msgspec

from reverie_server.index.memory_index import Kind
from reverie_server.scope import SHARED_OWNER, Visibility
from reverie_server.storage import idempotency, outbox, revision, tombstones
from reverie_server.storage.database import Row, Snapshot, Transaction
from reverie_server.storage.outbox import Change, Operation
from reverie_server.storage.statements import load, parse
from reverie_server.storage.tombstones import EVERYBODY, Claim, Learner, Mark

USER_TABLES: Final = (
    "outbox",
    "memory_vectors",
    "users",
    "relationships",
    "past_relationships",
    "relationship_scores",
    "relationship_events",
    "trust_recoveries",
    "storylines",
    "storyline_mentions",
    "sessions",
    "timelines",
    "entries",
    "bookmarks",
    "episodes",
    "documents",
    "document_versions",
    "facts",
    "fact_versions",
    "procedures",
    "procedure_versions",
    "prompt_templates",
    "memory_usage",
    "tombstones",
    "jobs",
)
"""Tables whose rows of a user go with the user. ``request_records`` stay without their answers
until they are old enough, so that a late retry does not bring the user back."""

_SESSION_TABLES: Final = ("timelines", "entries", "bookmarks", "jobs")
"""Tables whose rows go with their session."""

_PRIVATE_TABLES: Final = (
    "relationships",
    "relationship_scores",
    "relationship_events",
    "trust_recoveries",
    "storylines",
    "storyline_mentions",
    "procedures",
    "procedure_versions",
    "prompt_templates",
)
"""Tables whose rows nobody but the persona that they name ever reads: they go with the
relationship."""

_VISIBLE_TABLES: Final = ("sessions", "episodes")
"""Tables whose rows go with the relationship where no other persona may read them."""

_PERSONA_TABLES: Final = ("past_relationships", "tombstones", "jobs")
"""Tables whose rows of a user go with the persona that they name."""

_QUERIES: Final = load(__package__, "ownership.sql")
_USERS_OF_PERSONA: Final = _QUERIES["users_of_persona"]
_EPISODES_WITH_STORYLINES: Final = _QUERIES["episodes_with_storylines"]
_BLANK_STORYLINES: Final = _QUERIES["blank_storylines"]
_CLOSE_SESSIONS: Final = _QUERIES["close_sessions"]
_ADD_PAST_RELATIONSHIP: Final = _QUERIES["add_past_relationship"]
_SESSIONS: Final = _QUERIES["sessions"]
_ENTRIES: Final = _QUERIES["entries"]
_EPISODES: Final = _QUERIES["episodes"]
_DOCUMENTS: Final = _QUERIES["documents"]
_FACTS: Final = _QUERIES["facts"]
_PROCEDURES: Final = _QUERIES["procedures"]
_DELETE_VECTORS: Final = _QUERIES["delete_vectors"]
_DELETE_USAGE: Final = _QUERIES["delete_usage"]
_DELETE_FACT_VERSIONS: Final = _QUERIES["delete_fact_versions"]
_DELETE_FACTS: Final = _QUERIES["delete_facts"]
_DELETE_DOCUMENT_VERSIONS: Final = _QUERIES["delete_document_versions"]
_DELETE_DOCUMENTS: Final = _QUERIES["delete_documents"]

_OWNED: Final = "WHERE workspace_id = $1 AND user_id = $2"
_DELETE_OF_USER: Final = parse(
    "".join(f"-- name: {table}\nDELETE FROM {table} {_OWNED};\n" for table in USER_TABLES),
    source="USER_TABLES",
)
_DELETE_OF_SESSIONS: Final = parse(
    "".join(
        f"-- name: {table}\nDELETE FROM {table} {_OWNED} AND session_id {{in:$3}};\n"
        for table in _SESSION_TABLES
    ),
    source="_SESSION_TABLES",
)
_DELETE_OF_PAIR: Final = parse(
    "".join(
        f"-- name: {table}\nDELETE FROM {table} {_OWNED} AND persona_id = $3;\n"
        for table in (*_PRIVATE_TABLES, *_PERSONA_TABLES)
    ),
    source="_PRIVATE_TABLES and _PERSONA_TABLES",
)
_DELETE_VISIBLE: Final = parse(
    "".join(
        f"-- name: {table}\nDELETE FROM {table} {_OWNED} AND persona_id = $3"
        " AND visibility >= $4;\n"
        for table in _VISIBLE_TABLES
    ),
    source="_VISIBLE_TABLES",
)


class Deletion(StrEnum):
    """What was deleted, in the mark of its tombstone, which a restored backup asks: the user, or
    what a persona knew of it. They stand in the workspace's shared part, since what they tell of is
    gone with all that is its own."""

    USER = "deleted user"
    PAIR = "deleted pair"
    RELATIONSHIP = "deleted relationship"


async def delete_user(
    tx: Transaction,
    workspace_id: str,
    user_id: str,
    now: int,
) -> int:
    """Deletes every row of a user and tells the index; gives the user's last revision. A user
    that is created again under this id goes on above it.

    Raises:
        NotFound: there is no such user.
    """
    last = await revision.retire(tx, workspace_id, user_id)
    for statement in _DELETE_OF_USER.values():
        await tx.execute(statement, workspace_id, user_id)
    await idempotency.forget_user(tx, workspace_id, user_id)
    await _keep_from_coming_back(tx, workspace_id, now, Deletion.USER, user_id)
    everything = Change(outbox.WHOLE_OWNER, "", "", Operation.DELETE)
    await outbox.record(tx, workspace_id, user_id, last, [everything], now)
    return last


async def lift_deletions(
    tx: Transaction, workspace_id: str, user_id: str, persona_ids: Sequence[str]
) -> None:
    """A user that was deleted is there again as it was, with its relationships to these personas:
    restored, they stay."""
    shared = Learner(workspace_id, SHARED_OWNER, EVERYBODY, shared=True)
    parts = [
        (each, user_id, persona_id)
        for persona_id in persona_ids
        for each in (Deletion.PAIR, Deletion.RELATIONSHIP)
    ]
    marks: list[Mark] = [(Deletion.USER, user_id), *parts]
    claims = {mark: Claim((mark,), None) for mark in marks}
    deleted = await tombstones.barred(tx, shared, claims)
    if deleted:
        # As in ``_keep_from_coming_back``.
        await revision.bump(tx, workspace_id, SHARED_OWNER)
        await tombstones.lift(tx, shared, deleted)


async def delete_traces(
    tx: Transaction, workspace_id: str, user_id: str, kind: Kind, memory_ids: Sequence[str]
) -> None:
    """Deletes what is kept beside memories that go: their vectors and how often they were used."""
    ids = msgspec.json.encode(memory_ids).decode()
    await tx.execute(_DELETE_VECTORS, workspace_id, user_id, kind, ids)
    await tx.execute(_DELETE_USAGE, workspace_id, user_id, kind, ids)


async def users_of(snapshot: Snapshot, workspace_id: str, persona_id: str) -> list[str]:
    """The users that a persona has, or had, a relationship with."""
    rows = await snapshot.fetch(_USERS_OF_PERSONA, workspace_id, persona_id)
    return [row["user_id"] for row in rows]


async def delete_pair(
    tx: Transaction, workspace_id: str, user_id: str, persona_id: str, now: int
) -> int:
    """Deletes a relationship and all that the persona has learnt of the user, shared or not, and
    tells the index; gives the user's revision with this change.

    Raises:
        NotFound: there is no such user.
    """
    part = (workspace_id, user_id, persona_id)
    taken = await _delete_part(tx, *part, Visibility.SHARED, Visibility.SHARED, now)
    await _delete_rest(tx, part)
    await _keep_from_coming_back(tx, workspace_id, now, Deletion.PAIR, user_id, persona_id)
    return taken


async def delete_relationship(
    tx: Transaction, workspace_id: str, user_id: str, persona_id: str, now: int
) -> int:
    """Deletes a relationship and what nobody but its persona may read of the user, and tells the
    index; gives the user's revision with this change. What others may read stays, and goes when
    the persona or the user does.

    Raises:
        NotFound: there is no such user.
    """
    part = (workspace_id, user_id, persona_id)
    taken = await _delete_part(tx, *part, Visibility.PRIVATE, Visibility.PRIVATE, now)
    told = await tx.fetch(_EPISODES_WITH_STORYLINES, *part)
    await tx.execute(_BLANK_STORYLINES, *part, taken, now)
    # Their revision has moved, and the index keeps it.
    changes = _changes(Kind.EPISODE, told, Operation.UPSERT)
    await outbox.record(tx, workspace_id, user_id, taken, changes, now)
    await tx.execute(_CLOSE_SESSIONS, *part, taken)
    await tx.execute(_ADD_PAST_RELATIONSHIP, *part, now)
    await _keep_from_coming_back(tx, workspace_id, now, Deletion.RELATIONSHIP, user_id, persona_id)
    return taken


async def delete_own_part(tx: Transaction, workspace_id: str, persona_id: str, now: int) -> int:
    """Deletes what only this persona has in the workspace's shared part, its procedures and its
    private documents, and tells the index; gives the revision of the shared part.

    Raises:
        NotFound: there is no such workspace.
    """
    part = (workspace_id, SHARED_OWNER, persona_id)
    taken = await _delete_part(tx, *part, Visibility.SHARED, Visibility.PRIVATE, now)
    await _delete_rest(tx, part)
    return taken


async def _delete_part(
    tx: Transaction,
    workspace_id: str,
    user_id: str,
    persona_id: str,
    widest_talk: Visibility,
    widest: Visibility,
    now: int,
) -> int:
    """
    Args:
        widest_talk: sessions, with their entries and episodes, that more can see than this stay.
        widest: so do documents and facts.
    """
    taken = await revision.bump(tx, workspace_id, user_id)
    await revision.mark_removal(tx, workspace_id, user_id, taken)
    part = (workspace_id, user_id, persona_id)
    sessions = await tx.fetch(_SESSIONS, *part, widest_talk)
    removed = {
        Kind.ENTRY: await tx.fetch(_ENTRIES, *part, widest_talk),
        Kind.EPISODE: await tx.fetch(_EPISODES, *part, widest_talk),
        Kind.DOCUMENT: await tx.fetch(_DOCUMENTS, *part, widest),
        Kind.FACT: await tx.fetch(_FACTS, *part, widest),
        Kind.PROCEDURE: await tx.fetch(_PROCEDURES, *part),
    }
    document_ids = _ids(removed[Kind.DOCUMENT])
    fact_ids = _ids(removed[Kind.FACT])

    for kind, rows in removed.items():
        await delete_traces(tx, workspace_id, user_id, kind, [row["memory_id"] for row in rows])
    await tx.execute(_DELETE_DOCUMENT_VERSIONS, *part, widest, document_ids)
    await tx.execute(_DELETE_DOCUMENTS, workspace_id, user_id, document_ids)
    await tx.execute(_DELETE_FACT_VERSIONS, *part, widest, fact_ids)
    await tx.execute(_DELETE_FACTS, workspace_id, user_id, fact_ids)
    for statement in _DELETE_OF_SESSIONS.values():
        await tx.execute(statement, workspace_id, user_id, _ids(sessions, "session_id"))
    for table in _PRIVATE_TABLES:
        await tx.execute(_DELETE_OF_PAIR[table], *part)
    for statement in _DELETE_VISIBLE.values():
        await tx.execute(statement, *part, widest_talk)
    await idempotency.forget_persona(tx, *part)

    changes = [
        *_changes(outbox.WHOLE_SESSION, sessions, Operation.DELETE),
        *_changes(Kind.EPISODE, removed[Kind.EPISODE], Operation.DELETE),
        *_changes(Kind.DOCUMENT, removed[Kind.DOCUMENT], Operation.DELETE),
        *_changes(Kind.FACT, removed[Kind.FACT], Operation.DELETE),
        *_changes(Kind.PROCEDURE, removed[Kind.PROCEDURE], Operation.DELETE),
    ]
    await outbox.record(tx, workspace_id, user_id, taken, changes, now)
    return taken


async def _keep_from_coming_back(tx: Transaction, workspace_id: str, now: int, *mark: str) -> None:
    # A change of the shared part, so that whoever copies it sees that it has changed.
    await revision.bump(tx, workspace_id, SHARED_OWNER)
    await tombstones.put(tx, workspace_id, SHARED_OWNER, [EVERYBODY], [mark], now)


async def _delete_rest(tx: Transaction, part: tuple[str, str, str]) -> None:
    """What still names a persona that keeps nothing of this owner."""
    for table in _PERSONA_TABLES:
        await tx.execute(_DELETE_OF_PAIR[table], *part)


def _ids(rows: Sequence[Row], column: str = "memory_id") -> str:
    """As the argument of ``{in:...}``."""
    return msgspec.json.encode([row[column] for row in rows]).decode()


def _changes(kind: int, rows: Sequence[Row], operation: Operation) -> list[Change]:
    return [Change(kind, row["memory_id"], row["session_id"], operation) for row in rows]
