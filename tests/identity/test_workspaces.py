"""What sharing modes mean for readers and for new memories."""

from __future__ import annotations

import pytest

from reverie_server.scope import Reader, SharingMode, Visibility
from reverie_server.storage.statements import parse
from tests.identity.conftest import Rooms

_SET_MODE = parse(
    "-- name: set_mode\nUPDATE workspaces SET sharing_mode = $2 WHERE workspace_id = $1",
    source="test",
)["set_mode"]


async def set_mode(rooms: Rooms, mode: SharingMode) -> None:
    await rooms.ensure("w", "", "")
    await rooms.db.transaction(lambda tx: tx.execute(_SET_MODE, "w", mode))


@pytest.mark.parametrize(
    ("mode", "of_facts", "of_conversations", "reads_shared"),
    [
        (SharingMode.USER_CENTRIC, Visibility.SHARED, Visibility.SHARED, True),
        (SharingMode.HYBRID, Visibility.SHARED, Visibility.PRIVATE, True),
        (SharingMode.PERSONA_SCOPED, Visibility.PRIVATE, Visibility.PRIVATE, False),
    ],
)
async def test_the_mode_decides(
    rooms: Rooms,
    mode: SharingMode,
    of_facts: Visibility,
    of_conversations: Visibility,
    reads_shared: bool,
) -> None:
    await set_mode(rooms, mode)
    workspaces = rooms.workspaces

    assert await workspaces.default_visibility("w", for_conversation=False) is of_facts
    assert await workspaces.default_visibility("w", for_conversation=True) is of_conversations
    assert await workspaces.reader("w", "u", "p") == Reader("w", "u", "p", reads_shared)


async def test_a_workspace_that_is_not_there_yet_is_user_centric(rooms: Rooms) -> None:
    assert await rooms.workspaces.reader("new", "u", "p") == Reader("new", "u", "p", True)


async def test_a_change_of_mode_holds_at_once(rooms: Rooms) -> None:
    assert (await rooms.workspaces.reader("w", "u", "p")).reads_shared

    await set_mode(rooms, SharingMode.PERSONA_SCOPED)
    assert not (await rooms.workspaces.reader("w", "u", "p")).reads_shared


async def test_a_workspace_keeps_what_it_is_when_ensured_again(rooms: Rooms) -> None:
    await set_mode(rooms, SharingMode.HYBRID)

    await rooms.ensure("w", "", "")

    assert (
        await rooms.workspaces.default_visibility("w", for_conversation=True) is Visibility.PRIVATE
    )
