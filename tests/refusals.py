"""Calls that must fail: what the caller is told."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any

import grpc
import grpc.aio
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error as it travels."""

    code: grpc.StatusCode
    reason: str
    fields: tuple[str, ...]
    """Paths, as BadRequest names them."""


async def refusal(call: Awaitable[Any]) -> Refusal:
    """Makes a call that must fail."""
    with pytest.raises(grpc.aio.AioRpcError) as failure:
        await call
    call_of: Any = failure.value  # it has what from_call reads, without being a Call
    status = rpc_status.from_call(call_of)
    reason, fields = "", []
    for detail in status.details if status else ():
        info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
        if detail.Unpack(info):
            reason = info.reason
        elif detail.Unpack(bad):
            fields = [violation.field for violation in bad.field_violations]
    return Refusal(failure.value.code(), reason, tuple(fields))
