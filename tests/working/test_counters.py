"""Whatever happens in a session, its counters and its order are those of a simple model."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from reverie_server.clock import MICROSECONDS
from reverie_server.embedding.static import StaticEmbedder, StaticTokenTable
from reverie_server.errors import FailedPrecondition, NotFound
from reverie_server.paging import PageRequest
from reverie_server.tiers.provenance import Role
from reverie_server.tiers.working.model import NewEntry
from tests.fresh_database import ManualClock, open_copy
from tests.working.rooms import Rooms, assemble

TIMELINES = st.sampled_from(["main", "plan", "aside"])
ENTRIES = st.lists(
    st.builds(
        NewEntry,
        content=st.text(
            st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
            min_size=1,
            max_size=5,
        ),
        role=st.sampled_from(Role),
        timeline=TIMELINES,
        event_time=st.integers(0, 50).map(lambda seconds: seconds * MICROSECONDS),
    ),
    min_size=1,
    max_size=6,
)


class SessionMachine(RuleBasedStateMachine):
    """One session against lists and dictionaries."""

    schema: Path
    tokens: StaticTokenTable

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.entries: list[tuple[str, NewEntry]] = []
        self.timelines: dict[str, bool] = {}
        self.question: int | None = None
        self.answers: list[float] = []

    @initialize()
    def start(self) -> None:
        async def begin() -> None:
            database = await open_copy(self.schema, Path(self.folder.name) / "data")
            embedder = StaticEmbedder(self.tokens)
            self.rooms: Rooms = assemble(database, ManualClock(), self.tokens, embedder)
            self.key = await self.rooms.start()

        self.runner.run(begin())

    def teardown(self) -> None:
        self.runner.run(self.rooms.db.close())
        self.runner.close()
        self.folder.cleanup()

    @rule(entries=ENTRIES)
    def append(self, entries: list[NewEntry]) -> None:
        if any(self.timelines.get(entry.timeline) for entry in entries):
            with pytest.raises(FailedPrecondition):
                self.runner.run(self.rooms.append(self.key, *entries))
            return
        ids = self.runner.run(self.rooms.append(self.key, *entries))
        self.entries += zip(ids, entries, strict=True)
        for entry in entries:
            self.timelines.setdefault(entry.timeline, False)
            self._answer(entry)

    def _answer(self, entry: NewEntry) -> None:
        assert entry.event_time is not None
        if entry.role is Role.USER:
            self.question = entry.event_time
        elif entry.role is Role.ASSISTANT and self.question is not None:
            self.answers.append(max(0, entry.event_time - self.question) / MICROSECONDS)
            self.question = None

    @precondition(lambda self: self.entries)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        place = data.draw(st.integers(0, len(self.entries) - 1))
        entry_id, _ = self.entries.pop(place)
        self.runner.run(self.rooms.working.entries.delete(self.key, entry_id, None))

    @rule(timeline=TIMELINES)
    def open(self, timeline: str) -> None:
        self.runner.run(self.rooms.working.timelines.open(self.key, timeline))
        self.timelines[timeline] = False

    @rule(timeline=TIMELINES)
    def close(self, timeline: str) -> None:
        closing = self.rooms.working.timelines.close(self.key, timeline)
        if timeline in self.timelines:
            self.runner.run(closing)
            self.timelines[timeline] = True
        else:
            with pytest.raises(NotFound):
                self.runner.run(closing)

    @invariant()
    def is_as_the_model(self) -> None:
        self.runner.run(self._compare())

    async def _compare(self) -> None:
        session = await self.rooms.working.sessions.get(self.key)
        entries = await self.rooms.entries(self.key)
        page = await self.rooms.working.timelines.list(self.key, PageRequest(10))
        assert [entry.entry_id for entry in entries] == [entry_id for entry_id, _ in self.entries]
        assert [entry.content for entry in entries] == [entry.content for _, entry in self.entries]
        positions = [entry.position for entry in entries]
        assert positions == sorted(set(positions))
        assert all(position < session.next_position for position in positions)
        assert session.entry_count == len(self.entries)
        assert session.turn_count == sum(entry.is_turn for entry in entries)
        assert session.timeline_count == len(self.timelines)
        assert {each.timeline: each.closed for each in page.items} == self.timelines
        for each in page.items:
            there = [entry for entry in entries if entry.timeline == each.timeline]
            assert each.entry_count == len(there)
        assert session.question_time == self.question
        assert session.response_count == len(self.answers)
        assert session.response_seconds == pytest.approx(sum(self.answers))


@pytest.mark.parametrize(
    ("examples", "steps"),
    [(8, 12), pytest.param(60, 40, marks=pytest.mark.soak)],
)
def test_counters_and_order_are_those_of_the_model(
    schema_file: Path, tokens: StaticTokenTable, examples: int, steps: int
) -> None:
    class Machine(SessionMachine):
        schema = schema_file

    Machine.tokens = tokens
    run_state_machine_as_test(
        Machine, settings=settings(max_examples=examples, stateful_step_count=steps)
    )
