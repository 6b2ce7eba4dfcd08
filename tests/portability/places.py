"""Workspaces that users go out of and into."""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import grpc.aio
import pytest

from reverie import Reverie
from reverie.v1.privacy_service_pb2 import (
    ExportUserRequest,
    ImportUserRequest,
    ImportUserResponse,
)
from reverie_server.bootstrap import Application
from tests.channels import connect
from tests.portability.generated import PERSONAS, generate_in, user_id_of

USER = user_id_of(0)
PAIR = {"user_id": USER, "persona_id": PERSONAS[0]}


@dataclass(frozen=True, slots=True)
class Place:
    """A workspace, by the client and by a bare channel."""

    reverie: Reverie
    channel: grpc.aio.Channel


@pytest.fixture
async def place(server: Application, workspace: str) -> AsyncIterator[Callable[[], Any]]:
    """Makes places in workspaces that no other test uses."""
    open_: list[Any] = []

    async def make() -> Place:
        name = f"{workspace}-{uuid.uuid4()}"
        channel = connect(server.address, name)
        reverie = Reverie(server.address, workspace=name)
        open_.extend((channel, reverie))
        return Place(reverie, await channel.__aenter__())

    yield make
    for each in open_:
        await each.__aexit__(None, None, None)


@pytest.fixture
async def source(place: Callable[[], Any]) -> Place:
    """One with a user of whom there is everything."""
    made: Place = await place()
    await generate_in(made.channel, users=[0, 3], seed=4)
    return made


async def exported(at: Place, user_id: str = USER, **fields: Any) -> bytes:
    request = ExportUserRequest(user_id=user_id, **fields)
    return b"".join([piece.data async for piece in at.reverie.privacy.ExportUser(request)])


async def imported(at: Place, *pieces: bytes, **fields: Any) -> ImportUserResponse:
    async def requests() -> AsyncIterator[ImportUserRequest]:
        offset = fields.pop("offset", 0)
        for piece in pieces:
            yield ImportUserRequest(**({"user_id": USER} | fields), offset=offset, data=piece)
            offset += len(piece)

    return await at.reverie.privacy.ImportUser(requests())


def records(data: bytes) -> list[Any]:
    return [json.loads(line) for line in data.splitlines()]
