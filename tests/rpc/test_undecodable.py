"""Bytes that are no message, and messages that are too large."""

from __future__ import annotations

import random
from collections.abc import Iterator

import grpc
import grpc.aio
import pytest
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import DecodeError, Message

from reverie_server.rpc.limits import MAX_MESSAGE_BYTES
from tests.rpc.contract import RPCS, Refused, Rpc, ask
from tests.rpc.spoiled import places
from tests.rpc.world import World, valid_request

EVERY_RPC = pytest.mark.parametrize("rpc", RPCS, ids=str)
BROKEN = frozenset({grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN})
ONE_OF_EACH = {(rpc.service, rpc.streams_in, rpc.streams_out): rpc for rpc in RPCS}
"""Of each service and form of call: the size is looked at before anybody knows what is asked."""
_LENGTH_DELIMITED, _START_GROUP = 2, 3
_DEPTH = 5_000
NOT_UTF8 = "invalid-"


def undecodable(valid: Message) -> Iterator[bytes]:
    """Bytes that every decoder refuses."""
    yield b"\x0a"  # a length is missing
    yield b"\x0a\xff\xff\xff\xff\x7f"  # and here what it announces
    yield b"\xff" * 11  # no varint is that long
    yield bytes([8 << 3 | 7])  # there is no such wire type
    yield bytes([1 << 3 | _START_GROUP]) * _DEPTH
    yield from truncated(valid.SerializeToString())
    yield from not_utf8(valid)
    yield from too_deep(valid)


def truncated(data: bytes) -> Iterator[bytes]:
    """Cut where a field is not over."""
    if data:
        yield data[:-1]


def not_utf8(valid: Message) -> Iterator[bytes]:
    """Every string of a request, one at a time, with bytes that are no text."""
    for place in places(valid.DESCRIPTOR):
        field = place.descriptor
        if field.type != FieldDescriptor.TYPE_STRING:
            continue
        request = type(valid)()
        request.CopyFrom(valid)
        holder = place.reach(request)
        if field.is_repeated:
            getattr(holder, field.name).append(NOT_UTF8)
        else:
            setattr(holder, field.name, NOT_UTF8)
        text = NOT_UTF8.encode()
        for bad in (b"\xff", b"\xc3", b"\xed\xa0\x80"):
            yield request.SerializeToString().replace(text, bad + text[len(bad) :])


def too_deep(valid: Message) -> Iterator[bytes]:
    """A message in a message in a message, deeper than any decoder goes."""
    for field in valid.DESCRIPTOR.fields:
        if field.message_type is None:
            continue
        inner = b""
        for _ in range(_DEPTH):
            inner = _nested(1, inner)
        yield _nested(field.number, inner)


def _nested(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | _LENGTH_DELIMITED) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    data = bytearray()
    while value > 0x7F:
        data.append(value & 0x7F | 0x80)
        value >>= 7
    data.append(value)
    return bytes(data)


def is_decodable(rpc: Rpc, data: bytes) -> bool:
    try:
        rpc.request.FromString(data)
    except DecodeError:
        return False
    return True


@EVERY_RPC
async def test_undecodable_bytes_are_told_so(rpc: Rpc, untouched: World) -> None:
    count = 0
    for data in undecodable(valid_request(rpc.name, untouched)):
        if is_decodable(rpc, data):
            continue  # unknown fields may hold anything
        count += 1
        outcome = await ask(untouched.channel, rpc, data)
        assert isinstance(outcome, Refused)
        assert outcome.code is grpc.StatusCode.INVALID_ARGUMENT, data[:80]
        assert (outcome.reason, outcome.domain) == ("UNDECODABLE_REQUEST", "reverie")
        assert outcome.fields == ()
    assert count >= 5


@EVERY_RPC
async def test_any_bytes_break_nothing(rpc: Rpc, world: World) -> None:
    dice = random.Random(rpc.name)
    valid = valid_request(rpc.name, world).SerializeToString()
    for _ in range(40):
        data = bytearray(valid or dice.randbytes(20))
        for _ in range(dice.randint(1, 4)):
            data[dice.randrange(len(data))] = dice.randrange(256)
        for bytes_ in (bytes(data), dice.randbytes(dice.randint(1, 60))):
            outcome = await ask(world.channel, rpc, bytes_)
            assert not isinstance(outcome, Refused) or outcome.code not in BROKEN, bytes_


@pytest.mark.parametrize("rpc", ONE_OF_EACH.values(), ids=str)
async def test_more_than_four_mebibytes_are_refused(rpc: Rpc, channel: grpc.aio.Channel) -> None:
    outcome = await ask(channel, rpc, bytes(MAX_MESSAGE_BYTES + 1))
    assert isinstance(outcome, Refused)
    assert outcome.code is grpc.StatusCode.RESOURCE_EXHAUSTED
