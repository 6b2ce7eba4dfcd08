"""Starting sessions, finding them, and what they are about."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final

from reverie_server.clock import Clock, new_id
from reverie_server.errors import AlreadyExists, ResourceExhausted
from reverie_server.paging import Page, PageRequest, collect, weight
from reverie_server.scope import Visibility
from reverie_server.storage import revision
from reverie_server.storage.database import Database, Snapshot, Transaction, UniqueViolation
from reverie_server.storage.idempotency import Request, once
from reverie_server.tiers.working import access, store
from reverie_server.tiers.working.model import (
    CONTEXT_VALUES,
    Session,
    SessionChange,
    SessionContext,
    SessionKey,
    SessionState,
)
from reverie_server.tiers.working.ports import PairPresence, SharingRules
from reverie_server.versions import require_current

CONTEXT_FIELDS: Final = frozenset({"topic", "mood", "urgency", "needs_decision", "values"})
"""What an update of the context can name; of ``values`` also single keys."""
_VALUE_PREFIX: Final = "values."


@dataclass(frozen=True, slots=True)
class SessionTerms:
    """What the caller says about a new session."""

    session_id: str = ""
    """Empty: the server makes one."""
    metadata: dict[str, str] | None = None
    visibility: Visibility | None = None
    """None: by the workspace's sharing mode."""
    start_time: int | None = None
    """None: now."""


@dataclass(frozen=True, slots=True)
class SessionCondition:
    """Which sessions are listed."""

    states: frozenset[SessionState] = frozenset()
    """Empty: all."""
    start_after: int | None = None
    """Inclusive."""
    start_before: int | None = None
    """Exclusive."""


class Sessions:
    """The sessions of every pair. What belongs to another user, persona or workspace is
    NotFound.
    """

    def __init__(
        self, db: Database, clock: Clock, presence: PairPresence, sharing: SharingRules
    ) -> None:
        self._db = db
        self._clock = clock
        self._presence = presence
        self._sharing = sharing

    async def start(
        self,
        workspace_id: str,
        user_id: str,
        persona_id: str,
        terms: SessionTerms,
        request: Request | None,
    ) -> SessionChange:
        """Starts a session, and creates user, persona and relationship when they are missing.

        Raises:
            AlreadyExists: the workspace has a session of that id, whoever's.
        """
        visibility = terms.visibility or await self._sharing.default_visibility(
            workspace_id, for_conversation=True
        )

        async def work(tx: Transaction) -> SessionChange:
            async def start() -> SessionChange:
                now = self._clock.now()
                await self._presence.ensure(tx, workspace_id, user_id, persona_id, now)
                taken = await revision.bump(tx, workspace_id, user_id)
                session = new_session(
                    SessionKey(workspace_id, user_id, persona_id, terms.session_id or new_id()),
                    visibility=visibility,
                    metadata=terms.metadata or {},
                    start_time=now if terms.start_time is None else terms.start_time,
                    revision=taken,
                    now=now,
                )
                await add(tx, session)
                return SessionChange(session, taken)

            return await once(tx, request, SessionChange, start)

        return await self._db.transaction(work)

    async def get(self, key: SessionKey) -> Session:
        """
        Raises:
            NotFound: see the class.
        """
        now = self._clock.now()
        return await self._db.read(lambda snapshot: access.existing(snapshot, key, now))

    async def list(
        self,
        workspace_id: str,
        user_id: str,
        persona_id: str,
        condition: SessionCondition,
        page: PageRequest,
    ) -> Page[Session]:
        """Latest start first.

        Raises:
            NotFound: there is no such user in this workspace.
        """
        now = self._clock.now()
        started = (
            store.ANY_TIME[0] if condition.start_after is None else condition.start_after,
            store.ANY_TIME[1] if condition.start_before is None else condition.start_before,
        )

        async def work(snapshot: Snapshot) -> Page[Session]:
            await revision.current(snapshot, workspace_id, user_id)
            return await collect(
                lambda cursor, limit: store.list_before(
                    snapshot,
                    (workspace_id, user_id, persona_id),
                    (int(cursor[0]), str(cursor[1])) if cursor else None,
                    started,
                    condition.states or frozenset(SessionState),
                    now,
                    limit,
                ),
                page,
                position=lambda session: (session.start_time, session.session_id),
                weight=weight,
            )

        found = await self._db.read(work)
        return Page(tuple(session.at(now) for session in found.items), found.next)

    async def update_context(
        self,
        key: SessionKey,
        context: SessionContext,
        fields: Collection[str],
        expected_version: int | None,
        request: Request | None,
    ) -> SessionChange:
        """Takes the named fields (``CONTEXT_FIELDS``, or ``values.<key>``) from ``context``; what
        is named and not there is cleared.

        Raises:
            NotFound: see the class.
            FailedPrecondition: SESSION_ENDED or SESSION_EXPIRED.
            Aborted: the session is not at ``expected_version`` any more.
            ResourceExhausted: LIMIT_REACHED, too many values.
        """

        async def work(tx: Transaction) -> SessionChange:
            async def change() -> SessionChange:
                now = self._clock.now()
                taken = await access.take_revision(tx, key)
                session = await access.active(tx, key, now)
                require_current("session", session.version, expected_version)
                merged = merge_context(session.context, context, fields)
                await store.set_context(tx, key, merged, taken, now)
                changed = replace(session, context=merged, last_active_time=now, version=taken)
                return SessionChange(changed, taken)

            return await once(tx, request, SessionChange, change)

        return await self._db.transaction(work)


def new_session(
    key: SessionKey,
    *,
    visibility: Visibility,
    metadata: dict[str, str],
    start_time: int,
    revision: int,
    now: int,
) -> Session:
    """An active session without anything in it yet."""
    return Session(
        workspace_id=key.workspace_id,
        user_id=key.user_id,
        persona_id=key.persona_id,
        session_id=key.session_id,
        state=SessionState.ACTIVE,
        archived=False,
        visibility=visibility,
        context=SessionContext(),
        metadata=metadata,
        start_time=start_time,
        end_time=None,
        expire_time=None,
        last_active_time=now,
        next_position=0,
        entry_count=0,
        turn_count=0,
        timeline_count=0,
        question_time=None,
        response_count=0,
        response_seconds=0.0,
        memory_extracted=False,
        episode_id="",
        rehydrated_from_session_id="",
        rehydrated_summary="",
        version=revision,
        create_time=now,
    )


async def add(tx: Transaction, session: Session) -> None:
    """
    Raises:
        AlreadyExists: the workspace has a session of that id, whoever's.
    """
    try:
        await store.add(tx, session)
    except UniqueViolation:
        raise AlreadyExists(
            f"there is a session {session.session_id!r} already", metadata={"resource": "session"}
        ) from None


def merge_context(
    old: SessionContext, given: SessionContext, fields: Collection[str]
) -> SessionContext:
    """``old`` with the named fields as ``given`` has them.

    Raises:
        ResourceExhausted: LIMIT_REACHED, too many values.
    """
    whole = {name: getattr(given, name) for name in CONTEXT_FIELDS.intersection(fields)}
    values = dict(whole.pop("values", old.values))
    for name in fields:
        if name.startswith(_VALUE_PREFIX):
            key = name.removeprefix(_VALUE_PREFIX)
            values.pop(key, None)
            if key in given.values:
                values[key] = given.values[key]
    if len(values) > CONTEXT_VALUES:
        raise ResourceExhausted(
            f"a session's context has at most {CONTEXT_VALUES} values", reason="LIMIT_REACHED"
        )
    return replace(old, **whole, values=values)
