"""Users: who the bots talk to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Final

from reverie_server.clock import Clock
from reverie_server.errors import AlreadyExists, InvalidArgument, NotFound
from reverie_server.identity.ports import WorkspaceRecords
from reverie_server.identity.users import places, store
from reverie_server.identity.users.model import Profile, User, UserChange
from reverie_server.paging import Page, PageRequest, collect, weight
from reverie_server.storage import ownership, revision
from reverie_server.storage.database import Database, Snapshot, Transaction
from reverie_server.storage.idempotency import Request, once
from reverie_server.versions import require_current

PROFILE_FIELDS: Final = frozenset(
    {"display_name", "address_as", "locale", "time_zone", "preferences"}
)
"""What an update can name."""


class UserService:
    """The users of every workspace. What belongs to another workspace is NotFound."""

    def __init__(self, db: Database, clock: Clock, workspaces: WorkspaceRecords) -> None:
        self._db = db
        self._clock = clock
        self._workspaces = workspaces

    async def create(
        self, workspace_id: str, user_id: str, profile: Profile, request: Request | None
    ) -> UserChange:
        """
        Raises:
            InvalidArgument: ``user.locale`` or ``user.time_zone`` is none.
            AlreadyExists: the id is taken.
        """
        _check(profile, PROFILE_FIELDS)

        async def work(tx: Transaction) -> UserChange:
            async def add() -> UserChange:
                user = await self._add(tx, workspace_id, user_id, profile, self._clock.now())
                if user is None:
                    raise AlreadyExists(
                        f"there is a user {user_id!r} already", metadata={"resource": "user"}
                    )
                return UserChange(user, user.revision)

            return await once(tx, request, UserChange, add)

        return await self._db.transaction(work)

    async def ensure(self, tx: Transaction, workspace_id: str, user_id: str, now: int) -> None:
        """Creates the user (and the workspace) when missing."""
        await self._add(tx, workspace_id, user_id, Profile(), now)

    async def get(self, workspace_id: str, user_id: str) -> User:
        """
        Raises:
            NotFound: there is no such user in this workspace.
        """
        return await self._db.read(lambda snapshot: _existing(snapshot, workspace_id, user_id))

    async def list(self, workspace_id: str, page: PageRequest) -> Page[User]:
        """By id."""

        async def work(snapshot: Snapshot) -> Page[User]:
            return await collect(
                lambda cursor, limit: store.list_after(
                    snapshot, workspace_id, str(cursor[0]) if cursor else "", limit
                ),
                page,
                position=lambda user: (user.user_id,),
                weight=weight,
            )

        return await self._db.read(work)

    async def update(
        self,
        workspace_id: str,
        user_id: str,
        profile: Profile,
        fields: Collection[str],
        expected_version: int | None,
        request: Request | None,
    ) -> UserChange:
        """Takes the named fields from ``profile`` and leaves the others as they are.

        Raises:
            InvalidArgument: a named field is not as it must be.
            NotFound: there is no such user in this workspace.
            Aborted: the user is not at ``expected_version`` any more.
        """
        _check(profile, fields)

        async def work(tx: Transaction) -> UserChange:
            async def change() -> UserChange:
                taken = await revision.bump(tx, workspace_id, user_id)
                user = await _existing(tx, workspace_id, user_id)
                require_current("user", user.version, expected_version)
                changes = {name: getattr(profile, name) for name in fields}
                user = replace(
                    user,
                    profile=replace(user.profile, **changes),
                    version=taken,
                    update_time=self._clock.now(),
                )
                await store.update(tx, workspace_id, user)
                return UserChange(user, taken)

            return await once(tx, request, UserChange, change)

        return await self._db.transaction(work)

    async def delete(
        self,
        workspace_id: str,
        user_id: str,
        expected_version: int | None,
        request: Request | None,
    ) -> int:
        """Deletes the user with everything that is stored of them; gives their last revision.

        Raises:
            NotFound: there is no such user in this workspace.
            Aborted: the user is not at ``expected_version`` any more.
        """

        async def work(tx: Transaction) -> int:
            async def remove() -> int:
                user = await _existing(tx, workspace_id, user_id)
                require_current("user", user.version, expected_version)
                return await ownership.delete_user(tx, workspace_id, user_id, self._clock.now())

            return await once(tx, request, int, remove)

        return await self._db.transaction(work)

    async def _add(
        self, tx: Transaction, workspace_id: str, user_id: str, profile: Profile, now: int
    ) -> User | None:
        """None when the id is taken."""
        await self._workspaces.ensure(tx, workspace_id, now)
        first = await revision.initial(tx, workspace_id) + 1
        user = User(
            user_id, profile, version=first, revision=first, create_time=now, update_time=now
        )
        return user if await store.add(tx, workspace_id, user) else None


async def _existing(snapshot: Snapshot, workspace_id: str, user_id: str) -> User:
    user = await store.get(snapshot, workspace_id, user_id)
    if user is None:
        raise NotFound.of("user", user_id)
    return user


def _check(profile: Profile, fields: Collection[str]) -> None:
    """Only what is being set: a zone that a later IANA database dropped stays where it is."""
    if "locale" in fields and profile.locale and not places.is_language_tag(profile.locale):
        raise InvalidArgument.of("user.locale", 'is not a BCP 47 tag such as "en-GB"')
    if "time_zone" in fields and profile.time_zone and not places.is_time_zone(profile.time_zone):
        raise InvalidArgument.of(
            "user.time_zone", 'is not the name of an IANA time zone such as "Europe/Berlin"'
        )
