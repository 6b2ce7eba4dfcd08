"""Tombstones: what a user had forgotten, so that nothing brings it back.

A tombstone holds no words, only a keyed hash (HMAC-SHA256) of a *mark*: a few texts that name what
was forgotten, such as a fact's subject, predicate and object. The key is made at the first forget
and kept in the database beside them, so that both go through a backup and a restore together. It
keeps tombstones of one deployment from being looked up with those of another, or in a table made
in advance; whoever has the whole database can still test a guess.

Everything that stores memories asks ``barred`` first: jobs that extract, calls that bring in what
happened elsewhere, and whatever imports or restores.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import msgspec

from reverie_server.storage import deployment
from reverie_server.storage.database import Snapshot, Transaction
from reverie_server.storage.statements import load

_QUERIES: Final = load(__package__, "tombstones.sql")
_ANY: Final = _QUERIES["any"]
_DIGESTS: Final = _QUERIES["digests"]
_OF_DIGESTS: Final = _QUERIES["of_digests"]
_PUT: Final = _QUERIES["put"]
_LIFT: Final = _QUERIES["lift"]
_KEY_BYTES: Final = 32
_CHUNK: Final = 500
_KEY_NAME: Final = ("key",)
"""A mark that nothing else has: every sort is followed by a text."""
EVERYBODY: Final = ""
"""In place of a persona: whoever may read what is shared of the user."""

K = TypeVar("K", bound=Hashable)
Mark = tuple[str, ...]
"""What names something: its sort, then the texts that make it the same, as ``tiers/marks.py``
has them."""


@dataclass(frozen=True, slots=True)
class Learner:
    """Who stores a memory of a user, and whether others will read it."""

    workspace_id: str
    user_id: str
    persona_id: str
    shared: bool

    @property
    def personas(self) -> list[str]:
        """Those whose tombstones count: what one persona had forgotten as its own does not keep
        another from knowing it."""
        return [self.persona_id, EVERYBODY] if self.shared else [self.persona_id]


@dataclass(frozen=True, slots=True)
class Claim:
    """A memory that is to be stored."""

    marks: Sequence[Mark]
    time: int | None
    """When it was said or happened, microseconds UTC: what is newer than a tombstone is new
    knowledge. None: nobody can tell, so it may be old."""


async def barred(
    tx: Snapshot, learner: Learner, claims: Mapping[K, Claim], *, since: int = 0
) -> frozenset[K]:
    """Which of these memories were forgotten, and are no newer than that: they must not be stored.
    One query when nothing of the user was ever forgotten.

    Args:
        since: what was forgotten before does not count (microseconds, UTC).
    """
    if not claims or not await any_of(tx, learner.workspace_id, learner.user_id):
        return frozenset()
    digest = await _hasher(tx, learner.workspace_id, learner.user_id)
    digests = {mark: digest(mark) for claim in claims.values() for mark in claim.marks}
    times = await _times(tx, learner, list(digests.values()))
    return frozenset(
        key
        for key, claim in claims.items()
        for mark in claim.marks
        if (forgotten := times.get(digests[mark])) is not None
        and forgotten >= since
        and (claim.time is None or claim.time <= forgotten)
    )


async def any_of(snapshot: Snapshot, workspace_id: str, user_id: str) -> bool:
    """Whether anything of this user was ever forgotten."""
    return await snapshot.fetchval(_ANY, workspace_id, user_id) is not None


async def key_name(snapshot: Snapshot, workspace_id: str, user_id: str) -> str:
    """Names what a user's tombstones are hashed with, without telling it: where the name is the
    same, they mean the same. Empty when nothing of the user was ever forgotten.
    """
    if not await any_of(snapshot, workspace_id, user_id):
        return ""
    digest = await _hasher(snapshot, workspace_id, user_id)
    return digest(_KEY_NAME)


async def digests(snapshot: Snapshot, workspace_id: str, user_id: str) -> frozenset[str]:
    """Of all tombstones of a user, whomever they count for."""
    rows = await snapshot.fetch(_DIGESTS, workspace_id, user_id)
    return frozenset(row["digest"] for row in rows)


async def hasher(
    snapshot: Snapshot, workspace_id: str, user_id: str
) -> Callable[[Mark], str] | None:
    """What makes digests of marks, without the database; None: there were never any tombstones."""
    if not await deployment.has_tombstone_key(snapshot):
        return None
    return await _hasher(snapshot, workspace_id, user_id)


async def has_key(snapshot: Snapshot, workspace_id: str, user_id: str, name: str) -> bool:
    """Whether tombstones of that ``key_name`` mean the same here."""
    if not name or not await deployment.has_tombstone_key(snapshot):
        return False
    return (await _hasher(snapshot, workspace_id, user_id))(_KEY_NAME) == name


async def make_key(tx: Transaction) -> None:
    """Unless there is one: so that what is forgotten later can be told from other deployments'."""
    await deployment.make_tombstone_key(tx, secrets.token_bytes(_KEY_BYTES))


async def put(
    tx: Transaction,
    workspace_id: str,
    user_id: str,
    personas: Iterable[str],
    marks: Iterable[Mark],
    now: int,
) -> None:
    """Keeps what these marks name from coming back to these personas."""
    await make_key(tx)
    digest = await _hasher(tx, workspace_id, user_id)
    wanted = sorted(set(personas))
    digests = sorted({digest(mark) for mark in marks})
    await tx.executemany(
        _PUT,
        [(workspace_id, user_id, each, persona, now) for each in digests for persona in wanted],
    )


async def lift(tx: Transaction, learner: Learner, marks: Iterable[Mark]) -> None:
    """Lets what these marks name come back: the caller says that it is to be remembered again."""
    if not await any_of(tx, learner.workspace_id, learner.user_id):
        return
    digest = await _hasher(tx, learner.workspace_id, learner.user_id)
    await tx.execute(
        _LIFT,
        learner.workspace_id,
        learner.user_id,
        _json(sorted({digest(mark) for mark in marks})),
        _json(learner.personas),
    )


class _Hasher:
    def __init__(self, key: bytes, workspace_id: str, user_id: str) -> None:
        self._keyed = hmac.new(key, digestmod=hashlib.sha256)
        self._keyed.update(_framed((workspace_id, user_id)))

    def __call__(self, mark: Mark) -> str:
        keyed = self._keyed.copy()
        keyed.update(_framed(mark))
        return keyed.hexdigest()


def _framed(texts: Sequence[str]) -> bytes:
    """So that no two lists of texts are the same bytes."""
    return msgspec.json.encode(texts)


async def _hasher(snapshot: Snapshot, workspace_id: str, user_id: str) -> _Hasher:
    key = await deployment.tombstone_key(snapshot)
    return _Hasher(key, workspace_id, user_id)


async def _times(snapshot: Snapshot, learner: Learner, digests: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    personas = _json(learner.personas)
    for start in range(0, len(digests), _CHUNK):
        rows = await snapshot.fetch(
            _OF_DIGESTS,
            learner.workspace_id,
            learner.user_id,
            _json(digests[start : start + _CHUNK]),
            personas,
        )
        found |= {row["digest"]: row["forget_time"] for row in rows}
    return found


def _json(texts: Sequence[str]) -> str:
    return msgspec.json.encode(texts).decode()
