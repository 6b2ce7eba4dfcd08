"""Users in SQL."""

from __future__ import annotations

from typing import Final

import msgspec

from reverie_server.identity.users.model import Profile, User
from reverie_server.storage.database import Row, Snapshot, Transaction
from reverie_server.storage.statements import load

_QUERIES: Final = load(__package__, "queries.sql")
_ADD: Final = _QUERIES["add"]
_GET: Final = _QUERIES["get"]
_LIST_AFTER: Final = _QUERIES["list_after"]
_UPDATE: Final = _QUERIES["update"]

_PREFERENCES: Final = msgspec.json.Decoder(dict[str, str])


async def add(tx: Transaction, workspace_id: str, user: User) -> bool:
    """False when the id is taken; nothing has changed then."""
    added = await tx.execute(
        _ADD,
        workspace_id,
        user.user_id,
        *_profile_columns(user.profile),
        user.version,
        user.create_time,
    )
    return added == 1


async def get(snapshot: Snapshot, workspace_id: str, user_id: str) -> User | None:
    row = await snapshot.fetchrow(_GET, workspace_id, user_id)
    return None if row is None else _user(row)


async def list_after(snapshot: Snapshot, workspace_id: str, user_id: str, limit: int) -> list[User]:
    """By id."""
    rows = await snapshot.fetch(_LIST_AFTER, workspace_id, user_id, limit)
    return [_user(row) for row in rows]


async def update(tx: Transaction, workspace_id: str, user: User) -> None:
    """Stores the profile and its version. The revision stands by itself: ``revision.bump``."""
    await tx.execute(
        _UPDATE,
        workspace_id,
        user.user_id,
        *_profile_columns(user.profile),
        user.version,
        user.update_time,
    )


def _profile_columns(profile: Profile) -> tuple[str, str, str, str, str]:
    return (
        profile.display_name,
        profile.address_as,
        profile.locale,
        profile.time_zone,
        msgspec.json.encode(profile.preferences).decode(),
    )


def _user(row: Row) -> User:
    return User(
        user_id=row["user_id"],
        profile=Profile(
            display_name=row["display_name"],
            address_as=row["address_as"],
            locale=row["locale"],
            time_zone=row["time_zone"],
            preferences=_PREFERENCES.decode(row["preferences"]),
        ),
        version=row["version"],
        revision=row["revision"],
        create_time=row["create_time"],
        update_time=row["update_time"],
    )
