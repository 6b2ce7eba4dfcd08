"""Nobody reads what is another's: workspaces, users, and what is private to a persona."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reverie_server.bootstrap import Application
from tests.backends import settings_of
from tests.isolation.leak_hunt import Hunt, Leak, hunting
from tests.isolation.questions import Question, questions
from tests.rpc.contract import READS
from tests.server_process import environment

WORKSPACES = ("north", "south")
QUESTIONS_AT_ONCE = 30
UNFILTERED = Path(__file__).with_name("unfiltered_server.py")
CONFIRMED = settings(
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
async def hunt(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hunt]:
    """On a server that lets personas be compared, too."""
    folder: Path = tmp_path_factory.mktemp("isolation")
    application = await Application.start(await settings_of(folder / "data", compare_personas=True))
    async with hunting(application.address, WORKSPACES) as hunt:
        await hunt.ask_everything(with_ids=False)
        hunt.remembers_tokens = False
        yield hunt
    await application.stop()


async def test_every_memory_is_read_by_its_own_and_by_nobody_else(hunt: Hunt) -> None:
    await hunt.ask_everything()
    assert hunt.unseen() == [], "the hunt would not notice if these leaked"
    assert hunt.answered == {rpc.name for rpc in READS}


async def _ask(hunt: Hunt, data: st.DataObject) -> None:
    asked: list[Question] = data.draw(
        st.lists(
            questions(hunt.aviary, WORKSPACES),
            min_size=QUESTIONS_AT_ONCE,
            max_size=QUESTIONS_AT_ONCE,
        )
    )
    await asyncio.gather(*(hunt.ask(question) for question in asked))


@settings(CONFIRMED, max_examples=25)
@given(data=st.data())
async def test_no_question_brings_up_what_is_anothers(hunt: Hunt, data: st.DataObject) -> None:
    await _ask(hunt, data)


@pytest.mark.soak
@settings(CONFIRMED, max_examples=2_000)
@given(data=st.data())
async def test_very_many_questions_do_not_either(hunt: Hunt, data: st.DataObject) -> None:
    await _ask(hunt, data)


@asynccontextmanager
async def unfiltered(folder: Path, without: str) -> AsyncIterator[str]:
    """A server whose read filter lacks a part; gives its address."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, UNFILTERED, without, folder, stdout=PIPE, env=environment()
    )
    assert process.stdout is not None
    try:
        while not (line := await process.stdout.readline()).startswith(b"address "):
            assert line, "it has ended"
        yield line.decode().split()[1]
    finally:
        process.terminate()
        await process.communicate()


@pytest.mark.once
@pytest.mark.parametrize("without", ["users", "personas", "owners"])
async def test_the_hunt_notices_a_filter_that_is_not_there(tmp_path: Path, without: str) -> None:
    async with (
        unfiltered(tmp_path / "data", without) as address,
        hunting(address, WORKSPACES[:1]) as hunt,
    ):
        with pytest.raises(Leak):
            await hunt.ask_everything()
