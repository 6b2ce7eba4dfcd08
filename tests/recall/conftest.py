"""Recall over the shared server, in this test's own workspace."""

from __future__ import annotations

import grpc.aio
import pytest

from tests.recall.talk import Talk


@pytest.fixture
def talk(channel: grpc.aio.Channel) -> Talk:
    return Talk(channel)
