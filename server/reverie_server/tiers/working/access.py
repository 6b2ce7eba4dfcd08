"""Which session a call means, and whether it can be written to or read."""

from __future__ import annotations

from reverie_server.errors import FailedPrecondition, NotFound
from reverie_server.storage import revision
from reverie_server.storage.database import Snapshot, Transaction
from reverie_server.tiers.working import store
from reverie_server.tiers.working.model import Session, SessionKey, SessionState


async def existing(snapshot: Snapshot, key: SessionKey, now: int) -> Session:
    """The session in any state, as it stands at ``now``.

    Raises:
        NotFound: there is none, or it is another user's or persona's.
    """
    session = await store.get(snapshot, key)
    if session is None:
        raise no_session(key)
    return session.at(now)


async def readable(snapshot: Snapshot, key: SessionKey, now: int) -> Session:
    """The session whose working memory is still there.

    Raises:
        NotFound: as for ``existing``.
        FailedPrecondition: SESSION_EXPIRED.
    """
    session = await existing(snapshot, key, now)
    if session.state is SessionState.EXPIRED:
        raise _expired(key)
    return session


async def active(snapshot: Snapshot, key: SessionKey, now: int) -> Session:
    """The session that can be written to.

    Raises:
        NotFound: as for ``existing``.
        FailedPrecondition: SESSION_ENDED or SESSION_EXPIRED.
    """
    session = await readable(snapshot, key, now)
    if session.state is SessionState.ENDED:
        raise FailedPrecondition(f"session {key.session_id!r} has ended", reason="SESSION_ENDED")
    return session


async def take_revision(tx: Transaction, key: SessionKey) -> int:
    """The user's next revision. Units that change the same user queue up here, so every unit
    takes it before it reads what it will change.

    Raises:
        NotFound: there is no such user, and so no such session.
    """
    try:
        return await revision.bump(tx, key.workspace_id, key.user_id)
    except NotFound:
        raise no_session(key) from None


def no_session(key: SessionKey) -> NotFound:
    return NotFound.of("session", key.session_id)


def _expired(key: SessionKey) -> FailedPrecondition:
    return FailedPrecondition(
        f"the working memory of session {key.session_id!r} has expired", reason="SESSION_EXPIRED"
    )
