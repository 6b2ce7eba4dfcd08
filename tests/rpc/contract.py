"""The contract as its descriptors tell it: every RPC, and how to call one by its name."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass
from typing import Any

import grpc
import grpc.aio
from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.descriptor_pb2 import MethodOptions
from google.protobuf.message import Message
from google.rpc import error_details_pb2
from grpc_status import rpc_status

import reverie.v1

DEADLINE = 60.0
"""Seconds that a call may take here, on a machine that is busy with other tests."""


@dataclass(frozen=True, slots=True)
class Rpc:
    """One RPC of the contract."""

    service: str
    """Full name, ``reverie.v1.UserService``."""
    name: str
    """Unique in the package."""
    request: type[Message]
    response: type[Message]
    reads: bool
    """Whether it declares to have no side effects."""
    streams_in: bool = False
    streams_out: bool = False

    @property
    def path(self) -> str:
        """What gRPC calls the method."""
        return f"/{self.service}/{self.name}"

    def has(self, field: str) -> bool:
        """Whether its request has a field of this name."""
        return field in self.request.DESCRIPTOR.fields_by_name

    def __str__(self) -> str:
        return self.name


def _rpc(method: MethodDescriptor) -> Rpc:
    return Rpc(
        service=method.containing_service.full_name,
        name=method.name,
        request=message_factory.GetMessageClass(method.input_type),
        response=message_factory.GetMessageClass(method.output_type),
        reads=method.GetOptions().idempotency_level == MethodOptions.NO_SIDE_EFFECTS,
        streams_in=method.client_streaming,
        streams_out=method.server_streaming,
    )


def _every_rpc() -> tuple[Rpc, ...]:
    """Every RPC of every service in the package, however many files it has."""
    modules = (
        importlib.import_module(f"reverie.v1.{module.name}")
        for module in pkgutil.iter_modules(reverie.v1.__path__)
        if module.name.endswith("_pb2")
    )
    return tuple(
        _rpc(method)
        for module in modules
        for service in module.DESCRIPTOR.services_by_name.values()
        for method in service.methods
    )


RPCS = _every_rpc()
READS = tuple(rpc for rpc in RPCS if rpc.reads and not rpc.streams_out)
"""An export is no persona's: it shows all of a user."""
REPEATABLE = tuple(rpc for rpc in RPCS if rpc.has("request_id"))
PAGED = tuple(rpc for rpc in RPCS if rpc.has("page_token"))
BY_NAME = {rpc.name: rpc for rpc in RPCS}


@dataclass(frozen=True, slots=True)
class Refused:
    """An error as it travels."""

    code: grpc.StatusCode
    message: str
    reason: str
    domain: str
    fields: tuple[str, ...]
    """Paths, as BadRequest names them."""
    retries: bool
    """Whether RetryInfo says when to try again."""
    incident: str
    """The id that RequestInfo carries; empty without."""
    everything: str
    """All that the caller gets to see."""


Outcome = Message | Refused


async def ask(
    channel: grpc.aio.Channel,
    rpc: Rpc,
    request: Message | bytes,
    metadata: tuple[tuple[str, str], ...] = (),
) -> Outcome:
    """Calls it, with a message or with bytes as they are. A stream to it has that one message, of
    one from it the answer is the last."""
    kinds: dict[tuple[bool, bool], Any] = {
        (False, False): channel.unary_unary,
        (False, True): channel.unary_stream,
        (True, False): channel.stream_unary,
    }
    call = kinds[rpc.streams_in, rpc.streams_out](
        rpc.path,
        request_serializer=None if isinstance(request, bytes) else rpc.request.SerializeToString,
        response_deserializer=rpc.response.FromString,
    )
    sent = iter([request]) if rpc.streams_in else request
    answer: Message = rpc.response()
    try:
        if rpc.streams_out:
            async for each in call(sent, timeout=DEADLINE, metadata=metadata):
                answer = each
        else:
            answer = await call(sent, timeout=DEADLINE, metadata=metadata)
    except grpc.aio.AioRpcError as error:
        return refused(error)
    return answer


def refused(error: grpc.aio.AioRpcError) -> Refused:
    """What a caller can learn from an error."""
    call_of: Any = error  # it has what from_call reads, without being a Call
    status = rpc_status.from_call(call_of)
    info = error_details_pb2.ErrorInfo()
    bad = error_details_pb2.BadRequest()
    retry = error_details_pb2.RetryInfo()
    request = error_details_pb2.RequestInfo()
    retries = False
    for detail in status.details if status else ():
        retries = detail.Unpack(retry) or retries
        for kind in (info, bad, request):
            detail.Unpack(kind)
    return Refused(
        code=error.code(),
        message=error.details() or "",
        reason=info.reason,
        domain=info.domain,
        fields=tuple(violation.field for violation in bad.field_violations),
        retries=retries,
        incident=request.request_id,
        everything=f"{error.details()} {error.trailing_metadata()} {status}",
    )


async def answer(channel: grpc.aio.Channel, name: str, **fields: Any) -> Any:
    """Calls an RPC that must succeed."""
    rpc = BY_NAME[name]
    outcome = await ask(channel, rpc, rpc.request(**fields))
    assert not isinstance(outcome, Refused), f"{name}: {outcome}"
    return outcome
