"""Every session that ends counts once as a call, whoever ends it and however often they try."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reverie_server.clock import MICROSECONDS
from reverie_server.errors import FailedPrecondition
from reverie_server.storage.idempotency import Request
from reverie_server.tiers.working.model import SessionKey, SuppliedEpisode
from reverie_server.tiers.working.sessions import SessionTerms
from tests.working.rooms import IDLE, Rooms


@dataclass(frozen=True, slots=True)
class Call:
    """A session, and those who try to end it at once."""

    seconds: int
    flush: bool
    request_ids: tuple[str, ...]
    """Of the attempts; empty: without one."""
    is_idle: bool
    """Whether the sweep tries it, too."""


calls = st.lists(
    st.builds(
        Call,
        st.integers(0, 5_000),
        st.booleans(),
        st.lists(st.sampled_from(["", "", "a", "b"]), max_size=4).map(tuple),
        st.booleans(),
    ),
    min_size=1,
    max_size=6,
)


async def attempt(rooms: Rooms, key: SessionKey, call: Call, request_id: str) -> bool:
    """Whether this caller was told that the session has ended by it."""
    request = None
    if request_id:
        name = f"{key.session_id} {request_id}"
        request = Request("w", "caller", "EndSession", name, key.user_id, "same", 1)
    try:
        await rooms.working.ending.end(
            key,
            SuppliedEpisode(),
            flush=call.flush,
            end_time=call.seconds * MICROSECONDS,
            request=request,
        )
    except FailedPrecondition:
        return False
    return True


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(made=calls)
async def test_concurrent_ends_count_each_session_once(rooms: Rooms, made: list[Call]) -> None:
    user = uuid.uuid4().hex
    keys = [
        await rooms.start(
            f"{user}{number}", user=user, terms=SessionTerms(f"{user}{number}", start_time=0)
        )
        for number in range(len(made))
    ]
    rooms.clock.time += 2 * IDLE

    outcomes = await asyncio.gather(
        *(
            attempt(rooms, key, call, request_id)
            for key, call in zip(keys, made, strict=True)
            for request_id in call.request_ids
        ),
        *(
            rooms.working.ending.end_idle(key, rooms.clock.now())
            for key, call in zip(keys, made, strict=True)
            if call.is_idle
        ),
    )

    ended = [call for call in made if call.request_ids or call.is_idle]
    relationship = await rooms.relationships.get("w", user, "p")
    sessions = [await rooms.working.sessions.get(key) for key in keys]
    times = [each.end_time for each in sessions if each.end_time is not None]
    assert relationship.total_calls == len(ended) == len(times)
    assert sum(outcomes) >= len(ended)
    # Sessions start at 0, so the time of their end is how long they were.
    assert relationship.total_seconds == pytest.approx(sum(times) / MICROSECONDS)
    assert relationship.last_call_time == max(times, default=None)
