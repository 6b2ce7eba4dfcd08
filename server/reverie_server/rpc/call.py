"""The call that is being served: who makes it, and what makes a retry of it harmless."""

from __future__ import annotations

import hashlib
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Protocol, cast

from google.protobuf.message import Message

from reverie_server.clock import new_id
from reverie_server.scope import Principal, current_workspace
from reverie_server.storage.idempotency import Request


@dataclass(frozen=True, slots=True)
class ServedCall:
    """One RPC from the moment its caller is known."""

    principal: Principal
    method: str
    """Full name, ``/reverie.v1.UserService/GetUser``."""
    start_time: int
    """Microseconds, UTC."""
    call_id: str = field(default_factory=new_id)
    """Names it in the log. The caller's own, if it has sent one."""
    trace_id: str = ""
    """Of the trace that it is part of, if anybody has said so."""

    @property
    def workspace_id(self) -> str:
        return self.principal.workspace_id

    def request_key(self, message: RepeatableRequest) -> Request | None:
        """The key that makes this mutation idempotent; None when the caller gave no request_id."""
        if not message.request_id:
            return None
        return Request(
            workspace_id=self.principal.workspace_id,
            caller=self.principal.caller,
            method=self.method,
            request_id=message.request_id,
            user_id=getattr(message, "user_id", ""),
            fingerprint=_fingerprint(message),
            create_time=self.start_time,
            persona_id=getattr(message, "persona_id", ""),
        )


class RepeatableRequest(Protocol):
    """A request message with a request_id."""

    request_id: str


_current: ContextVar[ServedCall] = ContextVar("reverie_served_call")


def current_call() -> ServedCall:
    """The call that the running handler serves. LookupError outside of one."""
    return _current.get()


def served_call() -> ServedCall | None:
    """The same; None outside of one."""
    return _current.get(None)


def begin_call(call: ServedCall) -> None:
    """Set by the authentication interceptor, in the handler's own task."""
    _current.set(call)
    current_workspace.set(call.workspace_id)


def _fingerprint(message: RepeatableRequest) -> str:
    """A hash of the request without its request_id, which names the record already."""
    body = cast(Message, type(message)())
    body.CopyFrom(cast(Message, message))
    body.ClearField("request_id")
    return hashlib.blake2b(body.SerializeToString(deterministic=True), digest_size=16).hexdigest()
