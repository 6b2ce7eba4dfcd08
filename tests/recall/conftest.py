"""Recall over a server that a worker's tests share, each in a workspace of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import grpc.aio
import pytest
import pytest_asyncio

from tests.channels import connect
from tests.fresh_database import ManualClock
from tests.recall.house import House, open_house
from tests.recall.talk import Talk


@pytest.fixture
def talk(channel: grpc.aio.Channel) -> Talk:
    return Talk(channel)


@pytest.fixture(scope="session")
def clock() -> ManualClock:
    """The houses' clock. It only ever moves on."""
    return ManualClock()


@pytest_asyncio.fixture(scope="session")
async def open_to_all(
    tmp_path_factory: pytest.TempPathFactory, clock: ManualClock
) -> AsyncIterator[House]:
    """One house for all tests: opening one takes seconds."""
    async with open_house(tmp_path_factory.mktemp("house") / "data", clock) as house:
        yield house


@pytest_asyncio.fixture
async def house(open_to_all: House, workspace: str) -> AsyncIterator[House]:
    """The house, in this test's workspace."""
    async with connect(open_to_all.address, workspace) as channel:
        yield replace(open_to_all, workspace=workspace, talk=Talk(channel))
