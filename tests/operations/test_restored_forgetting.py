"""What a restore forgets that the server that was backed up had not."""

from __future__ import annotations

from pathlib import Path

import pytest

from reverie import Reverie
from reverie.v1 import common_pb2 as common
from reverie.v1 import relationship_service_pb2 as relationships
from reverie_server.bootstrap.restoring import restore
from tests.operations.places import Place, backed_up

pytestmark = pytest.mark.once


async def test_a_restore_forgets_more_than_the_server_did(tmp_path: Path) -> None:
    """As docs/operations.md says: of what was forgotten only hashes are left."""
    place = Place(tmp_path / "here", tmp_path / "backups")
    said = {
        "a": "The blue kettle sings at dawn. It is loud.",
        "b": "The blue kettle sings at dawn!",
        "c": "So I told her that the blue kettle sings at dawn. She laughed.",
        "d": "The kettle is blue.",
    }

    async def known(reverie: Reverie) -> dict[str, list[str]]:
        return {
            each: [entry.content async for entry in call.entries()]
            for each in said
            for call in (await reverie.resume("ann", "brad", each),)
        }

    meant = ""
    async with place.serving() as reverie:
        for session_id, words in said.items():
            call = await reverie.session("ann", "brad", session_id=session_id).start()
            entry_id = await call.say(words)
            meant = entry_id if session_id == "a" else meant
        await backed_up(reverie, "old")
        await reverie.relationships.ForgetMemory(
            relationships.ForgetMemoryRequest(
                user_id="ann", persona_id="brad", tier=common.TIER_WORKING, memory_id=meant
            )
        )
        assert await known(reverie) == {
            each: [words] if each != "a" else [] for each, words in said.items()
        }
    await restore(place.settings(), "old", replace=True)
    async with place.serving() as reverie:
        assert await known(reverie) == {
            "a": [],
            "b": [],
            "c": ["[redacted] She laughed."],
            "d": ["The kettle is blue."],
        }
