"""Who calls. The workspace comes from here and from nowhere else."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Any

import grpc.aio
from typing_extensions import override

from reverie_server.clock import Clock, new_id
from reverie_server.errors import InvalidArgument, PermissionDenied, Unauthenticated
from reverie_server.observability.trace_context import (
    TRACE_PARENT,
    current_trace,
    trace_id_of,
)
from reverie_server.rpc.call import ServedCall, begin_call
from reverie_server.rpc.interceptors.handlers import Behavior, CallInterceptor
from reverie_server.rpc.limits import ID_BYTES, has_control_character
from reverie_server.scope import Principal

DEFAULT_WORKSPACE = "default"
WORKSPACE_KEY = "reverie-workspace"
CALL_KEY = "x-request-id"
"""Under which a caller may name its call for the log."""
ANONYMOUS = "anonymous"
_CALL_ID = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")


class Authenticator:
    """Turns a call's metadata into a principal.

    Without configured keys everybody on loopback is the anonymous caller of the workspace
    "default", or of the one that the metadata key ``reverie-workspace`` names. With keys a bearer
    token is required, its workspace is the key's, and that metadata key is refused.
    """

    def __init__(
        self,
        keys: Mapping[str, str],
        *,
        permissions: frozenset[str],
        workspace_choice: bool,
    ) -> None:
        """
        Args:
            keys: secret -> workspace id.
            permissions: what an authenticated or anonymous caller may do.
            workspace_choice: whether the server is bound to loopback only, so that a caller may
                choose a workspace while there are no credentials.
        """
        self._keys = {_digest(secret): workspace for secret, workspace in keys.items()}
        self._permissions = permissions
        self._workspace_choice = workspace_choice

    def principal(self, metadata: Mapping[str, str]) -> Principal:
        """
        Raises:
            Unauthenticated: there are keys, and the call carries none of them.
            PermissionDenied: the call names a workspace although its key does.
            InvalidArgument: the named workspace is no id.
        """
        named = metadata.get(WORKSPACE_KEY)
        if not self._keys:
            return Principal(self._chosen(named), ANONYMOUS, self._permissions)
        scheme, _, secret = metadata.get("authorization", "").partition(" ")
        workspace = self._keys.get(_digest(secret)) if scheme.lower() == "bearer" else None
        if workspace is None:
            raise Unauthenticated("a bearer token of this server is required")
        if named is not None:
            raise PermissionDenied(
                f"the workspace comes from the credentials; leave out {WORKSPACE_KEY}",
                reason="WORKSPACE_FORBIDDEN",
            )
        return Principal(workspace, f"key:{_digest(secret)[:16]}", self._permissions)

    def _chosen(self, named: str | None) -> str:
        if named is None:
            return DEFAULT_WORKSPACE
        if not self._workspace_choice:
            raise PermissionDenied(
                f"{WORKSPACE_KEY} is for servers on loopback; configure keys instead",
                reason="WORKSPACE_FORBIDDEN",
            )
        if not named or len(named.encode()) > ID_BYTES or has_control_character(named):
            raise InvalidArgument.of(WORKSPACE_KEY, f"must be an id of 1 to {ID_BYTES} bytes")
        return named


def _told_call_id(value: str | None) -> str:
    """What a caller may have in our log: letters, digits and a few signs, not too many."""
    return value if value and _CALL_ID.fullmatch(value) else ""


def _digest(secret: str) -> str:
    """Keys are long random texts: a plain hash keeps them out of memory dumps and timings."""
    return hmac.new(b"reverie-key", secret.encode(), hashlib.sha256).hexdigest()


class AuthenticationInterceptor(CallInterceptor):
    def __init__(self, authenticator: Authenticator, clock: Clock) -> None:
        super().__init__()
        self._authenticator = authenticator
        self._clock = clock

    @override
    def wrap(self, method: str, behavior: Behavior) -> Behavior:
        async def authenticated(request: Any, context: grpc.aio.ServicerContext[Any, Any]) -> Any:
            metadata = {
                key: value
                for key, value in context.invocation_metadata() or ()
                if isinstance(value, str)
            }
            principal = self._authenticator.principal(metadata)
            trace_id = current_trace.get() or trace_id_of(metadata.get(TRACE_PARENT))
            call_id = _told_call_id(metadata.get(CALL_KEY)) or new_id()
            begin_call(ServedCall(principal, method, self._clock.now(), call_id, trace_id))
            return await behavior(request, context)

        return authenticated
