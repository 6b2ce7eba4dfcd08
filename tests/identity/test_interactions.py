"""Interactions over a real database: nothing is lost, and everything can be seen again."""

from __future__ import annotations

import asyncio
import itertools
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import astuple
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reverie_server.clock import MICROSECONDS
from reverie_server.errors import FailedPrecondition, InvalidArgument, NotFound
from reverie_server.identity.relationships.dynamics.model import (
    BASELINE,
    Interaction,
    Quality,
    Scores,
    drifted,
    moved,
)
from reverie_server.identity.relationships.dynamics.service import (
    DynamicsService,
    InteractionRecorded,
)
from reverie_server.identity.relationships.dynamics.trajectory import DAY_SECONDS
from reverie_server.identity.relationships.dynamics.trust import Decline, stage_of
from reverie_server.identity.relationships.model import Terms
from reverie_server.identity.relationships.service import RelationshipService
from reverie_server.storage.database import Row, Snapshot, Transaction, Value
from reverie_server.storage.idempotency import Request
from reverie_server.storage.sqlite import SqliteDatabase
from reverie_server.storage.statements import Statement, parse
from tests.identity.conftest import RequestOf, Rooms
from tests.identity.test_dynamics import interactions
from tests.identity.test_users import in_fresh_workspaces

T = TypeVar("T")
AT_ONCE = 50
AVERAGE = Interaction(Quality.AVERAGE, None)
POOR = Interaction(Quality.POOR, None)
FAILED = Interaction(Quality.FAILED, None)
EXCELLENT = Interaction(Quality.EXCELLENT, None)
DAY = DAY_SECONDS * MICROSECONDS
EVENTS = parse(
    """
    -- name: events
    SELECT * FROM relationship_events ORDER BY user_id, revision;
    """,
    source="tests",
)["events"]


@pytest.fixture
async def dynamics(rooms: Rooms) -> DynamicsService:
    await rooms.relationships.get_or_create("w", "u", "p", Terms())
    return DynamicsService(rooms.db, rooms.clock)


async def record(
    dynamics: DynamicsService,
    interaction: Interaction = AVERAGE,
    *,
    user: str = "u",
    at: int | None = None,
    request: Request | None = None,
) -> InteractionRecorded:
    return await dynamics.record("w", user, "p", interaction, at, request)


async def scores(rooms: Rooms, user: str = "u") -> tuple[Scores, int]:
    state = (await rooms.relationships.get("w", user, "p")).score_state
    return state.scores, state.interaction_count


async def test_nothing_is_lost_of_many_at_once(rooms: Rooms, dynamics: DynamicsService) -> None:
    recorded = await asyncio.gather(*(record(dynamics) for _ in range(AT_ONCE)))

    after, count = await scores(rooms)
    assert count == AT_ONCE
    assert sorted(each.interaction_count for each in recorded) == list(range(1, AT_ONCE + 1))
    expected = (0.5 + 50 * 0.009, 0.4 + 50 * 0.008, 0.3 + 50 * 0.01)
    assert astuple(after) == pytest.approx(expected)
    events = await rooms.db.fetch(EVENTS)
    assert len(events) == AT_ONCE
    for before, event in itertools.pairwise(events):
        assert event["trust_before"] == before["trust"]


class Unprotected:
    """A database without transactions: every statement commits for itself, and a unit goes on
    from what it has read when all others have read, too."""

    def __init__(self, database: SqliteDatabase, units: int) -> None:
        self._database = database
        self._all_have_read = asyncio.Barrier(units)

    async def transaction(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        return await work(self)  # type: ignore[arg-type]

    async def take_turn(self, workspace_id: str, user_id: str, *, recorded: bool = False) -> None:
        """Nobody waits here."""

    async def fetch(self, statement: Statement, *args: Value) -> list[Row]:
        return await self._database.fetch(statement, *args)

    async def fetchrow(self, statement: Statement, *args: Value) -> Row | None:
        async def work(snapshot: Snapshot) -> Row | None:
            return await snapshot.fetchrow(statement, *args)

        row = await self._database.read(work)
        await self._all_have_read.wait()
        return row

    async def fetchval(self, statement: Statement, *args: Value) -> Any:
        return await self._database.transaction(lambda tx: tx.fetchval(statement, *args))

    async def execute(self, statement: Statement, *args: Value) -> int:
        return await self._database.transaction(lambda tx: tx.execute(statement, *args))


async def test_without_transactions_interactions_are_lost(
    rooms: Rooms, dynamics: DynamicsService
) -> None:
    database: Any = Unprotected(rooms.db, AT_ONCE)
    unprotected = DynamicsService(database, rooms.clock)

    await asyncio.gather(*(record(unprotected) for _ in range(AT_ONCE)))

    after, count = await scores(rooms)
    assert count == 1, "all have read the same"
    assert after == moved(BASELINE, AVERAGE)
    assert len(await rooms.db.fetch(EVENTS)) == AT_ONCE


@in_fresh_workspaces
@given(st.lists(interactions, max_size=12))
async def test_scores_are_what_the_interactions_make_of_them(
    rooms: Rooms, made: list[Interaction]
) -> None:
    user = uuid.uuid4().hex
    await rooms.relationships.get_or_create("w", user, "p", Terms())
    dynamics = DynamicsService(rooms.db, rooms.clock)
    expected = BASELINE
    for interaction in made:
        recorded = await record(dynamics, interaction, user=user)
        assert recorded.before == expected
        expected = moved(expected, interaction)
        assert recorded.after == expected
    assert await scores(rooms, user) == (expected, len(made))
    events = [row for row in await rooms.db.fetch(EVENTS) if row["user_id"] == user]
    assert [(row["quality"], row["emotion_variance"]) for row in events] == [
        (interaction.quality, interaction.emotion_variance) for interaction in made
    ]


async def test_an_interaction_is_a_change_of_the_relationship(
    rooms: Rooms, dynamics: DynamicsService
) -> None:
    before = await rooms.relationships.get("w", "u", "p")
    recorded = await record(dynamics)
    after = await rooms.relationships.get("w", "u", "p")
    assert after.version == recorded.revision > before.version
    assert after.update_time > before.update_time


async def test_a_repeated_request_moves_once(
    rooms: Rooms, dynamics: DynamicsService, request_of: RequestOf
) -> None:
    request = request_of("Record", "r", user_id="u")
    answers = await asyncio.gather(*(record(dynamics, request=request) for _ in range(10)))
    assert len(set(answers)) == 1
    assert (await scores(rooms))[1] == 1
    other = request_of("Record", "r", user_id="u", body="other")
    with pytest.raises(FailedPrecondition):
        await record(dynamics, request=other)


async def test_it_is_the_pairs_alone(rooms: Rooms, dynamics: DynamicsService) -> None:
    await rooms.relationships.get_or_create("w", "u2", "p", Terms())
    await rooms.relationships.get_or_create("w", "u", "p2", Terms())
    await rooms.relationships.get_or_create("other", "u", "p", Terms())
    await record(dynamics, FAILED)
    for pair in (("w", "u2", "p"), ("w", "u", "p2"), ("other", "u", "p")):
        relationship = await rooms.relationships.get(*pair)
        assert relationship.score_state.scores == BASELINE
        status = await dynamics.trust_status(*pair, 0)
        assert (status.interaction_count, status.slope) == (0, 0.0)
        series = await dynamics.trajectory(*pair, None, None, 0)
        assert {bucket.last for bucket in series} == {BASELINE}
        assert not any(bucket.interaction_count for bucket in series)
    for pair in (("w", "nobody", "p"), ("w", "u", "nobody"), ("nowhere", "u", "p")):
        with pytest.raises(NotFound):
            await dynamics.record(*pair, AVERAGE, None, None)
        with pytest.raises(NotFound):
            await dynamics.trust_status(*pair, 0)
        with pytest.raises(NotFound):
            await dynamics.trajectory(*pair, None, None, 0)


async def test_idle_scores_return_where_they_began(rooms: Rooms) -> None:
    half_life = 30 * DAY
    relationships = RelationshipService(
        rooms.db, rooms.clock, rooms.users, rooms.personas, drift_half_life=half_life
    )
    dynamics = DynamicsService(rooms.db, rooms.clock, drift_half_life=half_life)
    await relationships.get_or_create("w", "u", "p", Terms())
    start = rooms.clock.now()
    first = await record(dynamics, EXCELLENT, at=start)

    rooms.clock.time = start + half_life - MICROSECONDS
    relationship = await relationships.get("w", "u", "p")
    assert relationship.score_state.scores == drifted(first.after, half_life, half_life)
    assert relationship.score_state.scores.trust == pytest.approx(0.5225)
    assert (await rooms.relationships.get("w", "u", "p")).score_state.scores == first.after

    second = await record(dynamics, EXCELLENT, at=start + half_life)
    assert second.before == drifted(first.after, half_life, half_life)
    assert second.after == moved(second.before, EXCELLENT)


async def test_decline_and_recovery(rooms: Rooms, dynamics: DynamicsService) -> None:
    assert (await dynamics.trust_status("w", "u", "p", 0)).recovery is None
    for _ in range(3):
        await record(dynamics, POOR)
    status = await dynamics.trust_status("w", "u", "p", 0)
    assert status.slope == pytest.approx(-0.063)
    assert (status.decline, status.interaction_count) == (Decline.MINOR, 3)
    assert status.recovery is not None
    assert (status.recovery.initial_trust, status.recovery.target_trust) == pytest.approx(
        (0.437, 0.537)
    )
    for _ in range(2):
        await record(dynamics, POOR)
    status = await dynamics.trust_status("w", "u", "p", 0)
    assert status.decline is Decline.MODERATE
    assert status.recovery is not None
    assert status.recovery.initial_trust == pytest.approx(0.395)
    assert status.recovery.target_trust == pytest.approx(0.545)

    seen = []
    for _ in range(4):
        await record(dynamics, EXCELLENT)
        status = await dynamics.trust_status("w", "u", "p", 0)
        assert status.recovery is not None
        seen.append(stage_of(status.recovery.progress(status.trust)).name)
    assert seen == ["RECOVERING", "RECOVERING", "RECOVERING", "RECOVERED"]
    assert status.recovery is not None
    assert status.recovery.complete_time is not None
    await record(dynamics, AVERAGE)
    assert (await dynamics.trust_status("w", "u", "p", 0)).recovery == status.recovery


async def test_only_the_window_counts(rooms: Rooms, dynamics: DynamicsService) -> None:
    now = rooms.clock.now()
    for day in range(20, 10, -1):
        await record(dynamics, POOR, at=now - day * DAY)
    week = await dynamics.trust_status("w", "u", "p", 0)
    assert (week.interaction_count, week.slope) == (0, 0.0)
    # 0.5 - 10 * 0.021 is below 0.3.
    assert week.decline is Decline.SEVERE
    month = await dynamics.trust_status("w", "u", "p", 30)
    assert month.interaction_count == 10
    assert month.slope == pytest.approx(-0.21)


async def test_a_trajectory(rooms: Rooms, dynamics: DynamicsService) -> None:
    start = rooms.clock.now()
    first = await record(dynamics, EXCELLENT, at=start + 10)
    second = await record(dynamics, GOOD, at=start + DAY - 1)
    third = await record(dynamics, POOR, at=start + 2 * DAY)

    series = await dynamics.trajectory("w", "u", "p", start, start + 3 * DAY + 1, 0)

    assert [bucket.start_time - start for bucket in series] == [0, DAY, 2 * DAY, 3 * DAY]
    assert [bucket.interaction_count for bucket in series] == [2, 0, 1, 0]
    assert [bucket.last for bucket in series] == [
        second.after,
        second.after,
        third.after,
        third.after,
    ]
    means = [bucket.mean for bucket in series]
    assert means[0] is not None
    assert means[0].trust == pytest.approx((first.after.trust + second.after.trust) / 2)
    assert means[1:] == [None, third.after, None]
    (before,) = await dynamics.trajectory("w", "u", "p", start - 5, start, 0)
    assert (before.last, before.interaction_count) == (BASELINE, 0)
    (after,) = await dynamics.trajectory("w", "u", "p", start + 2 * DAY + 1, start + 3 * DAY, 0)
    assert after.last == third.after


GOOD = Interaction(Quality.GOOD, None)


async def test_a_trajectory_has_bounds(dynamics: DynamicsService) -> None:
    for start, end, bucket, field in (
        (5, 5, 1, "start_time"),
        (6, 5, 1, "start_time"),
        (0, 1_001 * MICROSECONDS, 1, "bucket_seconds"),
    ):
        with pytest.raises(InvalidArgument) as refused:
            await dynamics.trajectory("w", "u", "p", start, end, bucket)
        assert [each.field for each in refused.value.fields] == [field]
    series = await dynamics.trajectory("w", "u", "p", 0, 1_000 * MICROSECONDS, 1)
    assert len(series) == 1_000
    assert len(await dynamics.trajectory("w", "u", "p", None, None, 0)) == 30


@given(
    st.lists(st.tuples(interactions, st.integers(0, 100)), min_size=1, max_size=12),
    st.integers(1, 40),
)
@in_fresh_workspaces
async def test_the_buckets_hold_every_interaction_once(
    rooms: Rooms, made: list[tuple[Interaction, int]], seconds: int
) -> None:
    user = uuid.uuid4().hex
    await rooms.relationships.get_or_create("w", user, "p", Terms())
    dynamics = DynamicsService(rooms.db, rooms.clock)
    recorded = []
    for interaction, second in made:
        after = (await record(dynamics, interaction, user=user, at=second * MICROSECONDS)).after
        recorded.append((second, after))
    series = await dynamics.trajectory("w", user, "p", 0, 101 * MICROSECONDS, seconds)
    # Sorting keeps the order of what happened at the same time.
    recorded.sort(key=lambda each: each[0])
    assert sum(bucket.interaction_count for bucket in series) == len(made)
    for place, bucket in enumerate(series):
        inside = [after for second, after in recorded if second // seconds == place]
        assert bucket.interaction_count == len(inside)
        if inside:
            assert bucket.last == inside[-1]
            assert bucket.mean is not None
            assert bucket.mean.trust == pytest.approx(
                sum(after.trust for after in inside) / len(inside)
            )
