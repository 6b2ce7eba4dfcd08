"""Request ids: the same request sent twice has one effect and one answer.

The record is written by the transaction of the effect, so there is never one without the other.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import msgspec

from reverie_server.clock import MICROSECONDS
from reverie_server.errors import FailedPrecondition, NotFound
from reverie_server.storage.database import Row, Snapshot, Transaction
from reverie_server.storage.statements import load

T = TypeVar("T")

KEPT: Final = 24 * 3600 * MICROSECONDS
"""For how long at least a request id is remembered."""
SWEEP_LIMIT: Final = 1_000
"""Records one sweep deletes, so that it does not hold up writers."""

_STATEMENTS = load(__package__, "idempotency.sql")
_CLAIM = _STATEMENTS["claim"]
_ANSWER = _STATEMENTS["answer"]
_GET = _STATEMENTS["get"]
_SWEEP = _STATEMENTS["sweep"]
_FORGET_USER = _STATEMENTS["forget_user"]
_FORGET_PERSONA = _STATEMENTS["forget_persona"]
_FORGET_ANSWERS = _STATEMENTS["forget_answers"]
_ANSWERS_OF_PAIR = _STATEMENTS["answers_of_pair"]
_FORGET_ANSWER = _STATEMENTS["forget_answer"]
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

_DECODERS: dict[type[Any], msgspec.json.Decoder[Any]] = {}


@dataclass(frozen=True, slots=True)
class Request:
    """What identifies a request that may be sent again."""

    workspace_id: str
    caller: str
    """``Principal.caller``: another credential's ids are other ids."""
    method: str
    request_id: str
    user_id: str
    """Whose memory it changes (``SHARED_OWNER``: nobody's): its answer is forgotten with it."""
    fingerprint: str
    """A hash of the request's body."""
    create_time: int
    """Microseconds, UTC."""
    persona_id: str = ""
    """Whose part of that memory; empty: no persona's."""


async def once(
    tx: Transaction,
    request: Request | None,
    result_type: type[T],
    work: Callable[[], Awaitable[T]],
) -> T:
    """Runs ``work`` unless this request was answered before, and then gives that answer.

    ``work`` does its writing on ``tx``. Its result is stored as JSON, so ``result_type`` must be
    one that msgspec can encode and decode. Without a request it simply runs.

    Raises:
        FailedPrecondition: the request id was used with another body (REQUEST_ID_REUSED).
        NotFound: the answer was about something that has been deleted since.
    """
    if request is None:
        return await work()
    await tx.take_turn(request.workspace_id, request.user_id, recorded=True)
    key = (request.workspace_id, request.caller, request.method, request.request_id)
    is_new = await tx.execute(
        _CLAIM,
        *key,
        request.user_id,
        request.persona_id,
        request.fingerprint,
        request.create_time,
    )
    if is_new:
        result = await work()
        await tx.execute(_ANSWER, *key, msgspec.json.encode(result))
        return result
    (row,) = await tx.fetch(_GET, *key)
    return _stored_answer(row, request, result_type)


async def answered(snapshot: Snapshot, request: Request | None, result_type: type[T]) -> T | None:
    """The answer of a request that was answered before, for work that is too long to be done for
    nothing; None when it was not. What then changes anything still runs under ``once``.

    Raises:
        FailedPrecondition, NotFound: as ``once``.
    """
    if request is None:
        return None
    key = (request.workspace_id, request.caller, request.method, request.request_id)
    row = await snapshot.fetchrow(_GET, *key)
    return None if row is None else _stored_answer(row, request, result_type)


def _stored_answer(row: Row, request: Request, result_type: type[T]) -> T:
    if row["fingerprint"] != request.fingerprint:
        raise FailedPrecondition(
            "this request_id was used with another request", reason="REQUEST_ID_REUSED"
        )
    if row["answer"] is None:
        raise NotFound("what this request made has been deleted since")
    answer: T = _decoder(result_type).decode(row["answer"])
    return answer


async def forget_answers(tx: Transaction, workspace_id: str, user_id: str, memory_id: str) -> None:
    """Forgets the answers that name this id, with all that they repeat of it. Their requests stay
    known, so that a late retry does not bring back what was deleted.
    """
    await tx.execute(_FORGET_ANSWERS, workspace_id, user_id, msgspec.json.encode(memory_id))


async def forget_quoting(
    tx: Transaction,
    workspace_id: str,
    user_id: str,
    persona_id: str,
    is_meant: Callable[[str], bool],
    is_meant_key: Callable[[str], bool],
) -> None:
    """Forgets the answers to a persona's requests about a user in which any text is meant. Their
    requests stay known, as in ``forget_answers``.

    Args:
        is_meant_key: the same of the names of fields, most of which are ours and in every answer.
    """
    for row in await tx.fetch(_ANSWERS_OF_PAIR, workspace_id, user_id, persona_id):
        answer = msgspec.json.decode(row["answer"])
        if any(map(is_meant, _texts_in(answer))) or any(map(is_meant_key, _keys_in(answer))):
            await tx.execute(
                _FORGET_ANSWER, workspace_id, row["caller"], row["method"], row["request_id"]
            )


async def forget_user(tx: Transaction, workspace_id: str, user_id: str) -> None:
    """Forgets all answers about a user. Their requests stay known, as in ``forget_answers``. The
    request that is being answered in this transaction still gets its answer.
    """
    await tx.execute(_FORGET_USER, workspace_id, user_id)


async def forget_persona(tx: Transaction, workspace_id: str, user_id: str, persona_id: str) -> None:
    """As ``forget_user``, of only a persona's part of the user."""
    await tx.execute(_FORGET_PERSONA, workspace_id, user_id, persona_id)


async def sweep(tx: Transaction, now: int) -> int:
    """Deletes records that are older than they need to be, the oldest ``SWEEP_LIMIT`` at most;
    gives their number, so that the caller knows whether to come back at once.
    """
    return await tx.execute(_SWEEP, now - KEPT, SWEEP_LIMIT)


def _decoder(result_type: type[Any]) -> msgspec.json.Decoder[Any]:
    decoder = _DECODERS.get(result_type)
    if decoder is None:
        decoder = _DECODERS[result_type] = msgspec.json.Decoder(result_type)
    return decoder


def _texts_in(value: Any) -> Iterator[str]:
    """Every text in a JSON value that is no id of ours, without the keys of its objects."""
    if isinstance(value, str):
        if not _UUID.fullmatch(value):
            yield value
    else:
        for item in _items_of(value):
            yield from _texts_in(item)


def _keys_in(value: Any) -> Iterator[str]:
    """The keys of every object in a JSON value."""
    if isinstance(value, Mapping):
        yield from value
    for item in _items_of(value):
        yield from _keys_in(item)


def _items_of(value: Any) -> Iterable[Any]:
    if isinstance(value, Mapping):
        return value.values()
    return value if isinstance(value, list) else ()
