"""Sessions in SQL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import msgspec

from reverie_server.scope import Visibility
from reverie_server.storage.database import Row, Snapshot, Transaction
from reverie_server.storage.statements import load
from reverie_server.tiers.working.model import Session, SessionContext, SessionKey, SessionState
from reverie_server.tiers.working.response_times import Exchange

_QUERIES: Final = load(__package__, "queries.sql")
_ADD: Final = _QUERIES["add"]
_GET: Final = _QUERIES["get"]
_LIST_BEFORE: Final = _QUERIES["list_before"]
_COUNT_APPENDED: Final = _QUERIES["count_appended"]
_COUNT_TIMELINES: Final = _QUERIES["count_timelines"]
_COUNT_DELETED: Final = _QUERIES["count_deleted"]
_TOUCH: Final = _QUERIES["touch"]
_SET_CONTEXT: Final = _QUERIES["set_context"]
_SET_VISIBILITY: Final = _QUERIES["set_visibility"]
_MARK_EXTRACTED: Final = _QUERIES["mark_extracted"]
_END: Final = _QUERIES["end"]
_DELETE: Final = _QUERIES["delete"]
_DUE_TO_EXPIRE: Final = _QUERIES["due_to_expire"]
_IDLE_SINCE: Final = _QUERIES["idle_since"]
_EXPIRE: Final = _QUERIES["expire"]
_EXPIRE_AND_EMPTY: Final = _QUERIES["expire_and_empty"]
_SPEAKER_NAMES: Final = _QUERIES["speaker_names"]

_CONTEXT: Final = msgspec.json.Decoder(SessionContext)
_METADATA: Final = msgspec.json.Decoder(dict[str, str])
ANY_TIME: Final = (-(2**62), 2**62)
"""An interval that every time lies in."""


@dataclass(frozen=True, slots=True)
class AppendPlace:
    """Where appended entries go."""

    first_position: int
    visibility: Visibility


@dataclass(frozen=True, slots=True)
class DueSession:
    """An ended session whose time is over."""

    key: SessionKey
    archived: bool


async def add(tx: Transaction, session: Session) -> None:
    """
    Raises:
        UniqueViolation: the workspace has a session of that id.
    """
    await tx.execute(
        _ADD,
        session.workspace_id,
        session.user_id,
        session.session_id,
        session.persona_id,
        session.state,
        int(session.archived),
        session.visibility,
        encode_context(session.context),
        msgspec.json.encode(session.metadata).decode(),
        session.start_time,
        session.end_time,
        session.expire_time,
        session.last_active_time,
        session.next_position,
        session.entry_count,
        session.turn_count,
        session.timeline_count,
        session.question_time,
        session.response_count,
        session.response_seconds,
        int(session.memory_extracted),
        session.episode_id,
        session.rehydrated_from_session_id,
        session.rehydrated_summary,
        session.version,
        session.create_time,
    )


async def get(snapshot: Snapshot, key: SessionKey) -> Session | None:
    """None also when it is another user's or persona's."""
    row = await snapshot.fetchrow(_GET, *key.sql, key.persona_id)
    return None if row is None else _session(row)


async def list_before(
    snapshot: Snapshot,
    pair: tuple[str, str, str],
    before: tuple[int, str] | None,
    started: tuple[int, int],
    states: frozenset[SessionState],
    now: int,
    limit: int,
) -> list[Session]:
    """Latest start first.

    Args:
        pair: workspace, user, persona.
        before: start time and id of the last session of the page before.
        started: half-open interval of start times.
    """
    bits = sum(1 << state for state in states)
    rows = await snapshot.fetch(
        _LIST_BEFORE, *pair, *(before or (ANY_TIME[1], "")), *started, bits, now, limit
    )
    return [_session(row) for row in rows]


async def count_appended(
    tx: Transaction, key: SessionKey, count: int, exchange: Exchange, now: int
) -> AppendPlace | None:
    """None when the session is not there or not active."""
    row = await tx.fetchrow(
        _COUNT_APPENDED,
        *key.sql,
        key.persona_id,
        count,
        exchange.turns,
        now,
        exchange.first_answer_time,
        exchange.response_count,
        exchange.response_seconds,
        int(exchange.asks),
        exchange.question_time,
    )
    if row is None:
        return None
    return AppendPlace(row["next_position"] - count, Visibility(row["visibility"]))


async def count_timelines(tx: Transaction, key: SessionKey, opened: int) -> int:
    """Gives how many there are now."""
    return int(await tx.fetchval(_COUNT_TIMELINES, *key.sql, opened))


async def count_deleted(tx: Transaction, key: SessionKey, *, is_turn: bool) -> None:
    await tx.execute(_COUNT_DELETED, *key.sql, int(is_turn))


async def touch(tx: Transaction, key: SessionKey, now: int) -> None:
    """Puts off its idle archiving."""
    await tx.execute(_TOUCH, *key.sql, now)


async def set_context(
    tx: Transaction, key: SessionKey, context: SessionContext, revision: int, now: int
) -> None:
    await tx.execute(_SET_CONTEXT, *key.sql, encode_context(context), now, revision)


async def set_visibility(
    tx: Transaction, place: tuple[str, str, str], visibility: Visibility, revision: int
) -> int:
    """``place``: workspace, user, session. Gives whether it is there, as 0 or 1."""
    return await tx.execute(_SET_VISIBILITY, *place, visibility, revision)


async def mark_extracted(tx: Transaction, place: tuple[str, str, str], revision: int) -> None:
    await tx.execute(_MARK_EXTRACTED, *place, revision)


async def end(tx: Transaction, session: Session) -> None:
    """Stores what ending a session sets."""
    await tx.execute(
        _END,
        *session.key.sql,
        int(session.archived),
        session.end_time,
        session.expire_time,
        session.episode_id,
        session.version,
    )


async def delete(tx: Transaction, place: tuple[str, str, str]) -> None:
    await tx.execute(_DELETE, *place)


async def due_to_expire(snapshot: Snapshot, now: int, limit: int) -> list[DueSession]:
    """The longest overdue first."""
    rows = await snapshot.fetch(_DUE_TO_EXPIRE, now, limit)
    return [DueSession(_key(row), bool(row["archived"])) for row in rows]


async def idle_since(snapshot: Snapshot, time: int, limit: int) -> list[SessionKey]:
    """The longest idle first."""
    return [_key(row) for row in await snapshot.fetch(_IDLE_SINCE, time, limit)]


async def expire(tx: Transaction, key: SessionKey) -> int:
    """Gives whether it was waiting for that, as 0 or 1."""
    return await tx.execute(_EXPIRE, *key.sql)


async def expire_and_empty(tx: Transaction, key: SessionKey, revision: int) -> int:
    """For one that was not archived; as ``expire``."""
    return await tx.execute(_EXPIRE_AND_EMPTY, *key.sql, revision)


async def speaker_names(snapshot: Snapshot, place: tuple[str, str, str]) -> tuple[str, str]:
    """What the session's user and persona are called; who has no display name, by id."""
    row = await snapshot.fetchrow(_SPEAKER_NAMES, *place)
    if row is None:
        return place[1], ""
    return row["user_name"] or place[1], row["persona_name"] or row["persona_id"]


def encode_context(context: SessionContext) -> str:
    return msgspec.json.encode(context).decode()


def decode_context(text: str) -> SessionContext:
    return _CONTEXT.decode(text)


def _key(row: Row) -> SessionKey:
    return SessionKey(row["workspace_id"], row["user_id"], row["persona_id"], row["session_id"])


def _session(row: Row) -> Session:
    return Session(
        **{
            **row,
            "state": SessionState(row["state"]),
            "archived": bool(row["archived"]),
            "visibility": Visibility(row["visibility"]),
            "context": decode_context(row["context"]),
            "metadata": _METADATA.decode(row["metadata"]),
            "memory_extracted": bool(row["memory_extracted"]),
        }
    )
