"""What the client takes for an address."""

from __future__ import annotations

import re

import pytest

from reverie import Reverie, ReverieError, blocking
from reverie.address import host_and_port
from reverie.v1.user_service_pb2 import GetUserRequest

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("127.0.0.1:50051", ("127.0.0.1", 50051)),
        ("reverie.example.com:443", ("reverie.example.com", 443)),
        ("localhost:1", ("localhost", 1)),
        ("[::1]:65535", ("::1", 65535)),
        ("dns:///reverie.reverie.svc:50051", None),
        ("ipv4:10.0.0.1:1,10.0.0.2:1", None),
        ("unix:/run/reverie.sock", None),
    ],
)
async def test_addresses(address: str, place: tuple[str, int] | None) -> None:
    assert host_and_port(address) == place
    async with Reverie(address):
        pass


@pytest.mark.parametrize(
    "address",
    [
        *("", "localhost", "127.0.0.1", ":50051", "localhost:", "localhost:0", "localhost:65536"),
        *("localhost:http", "http://localhost:50051", "https://localhost:50051", "localhost:1/x"),
        *("::1:50051", "[::1]", "user@localhost:1", "a host:1", "127.0.0.1:50051\n"),
    ],
)
async def test_what_is_none_is_told_what_one_is(address: str) -> None:
    told = f"{re.escape(repr(address))} is no address .* host:port, such as 127.0.0.1:50051$"
    with pytest.raises(ValueError, match=told):
        Reverie(address)
    with pytest.raises(ValueError, match=told):
        blocking.Reverie(address)


async def test_where_nobody_answers_the_address_may_be_wrong() -> None:
    asked = "nowhere.invalid:50051.*: is that its host:port, and is a server running there?"
    request = GetUserRequest(user_id="alice")

    async with Reverie("nowhere.invalid:50051", timeout=0.5) as reverie:
        with pytest.raises(ReverieError, match=asked):
            await reverie.users.GetUser(request)
    with (
        blocking.Reverie("nowhere.invalid:50051", timeout=0.5) as client,
        pytest.raises(ReverieError, match=asked),
    ):
        client.users.GetUser(request)
