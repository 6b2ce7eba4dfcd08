"""What every call gets: a deadline, a request id, the remembered revision, a typed error."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import grpc.aio

from reverie.errors import error_of
from reverie.revisions import Revisions


class CallInterceptor(grpc.aio.UnaryUnaryClientInterceptor):
    """One for a channel; sees every call of every stub on it.

    A request's empty fields are filled in a copy: the caller's message is never changed.
    """

    def __init__(
        self, *, timeout: float, metadata: tuple[tuple[str, str], ...], revisions: Revisions
    ) -> None:
        """
        Args:
            timeout: seconds a call may take when the caller names none.
            metadata: added to every call.
        """
        self._timeout = timeout
        self._metadata = metadata
        self._revisions = revisions

    async def intercept_unary_unary(
        self,
        continuation: Callable[[grpc.aio.ClientCallDetails, Any], Awaitable[Any]],
        client_call_details: grpc.aio.ClientCallDetails,
        request: Any,
    ) -> Any:
        metadata = grpc.aio.Metadata(*(client_call_details.metadata or ()), *self._metadata)
        details = client_call_details._replace(metadata=metadata)
        if details.timeout is None:
            details = details._replace(timeout=self._timeout)
        request = self._complete(request)
        try:
            call = await continuation(details, request)
            response = await call
        except grpc.aio.AioRpcError as failure:
            raise error_of(failure) from None
        self._remember(request, response)
        return response

    def _complete(self, request: Any) -> Any:
        fields = request.DESCRIPTOR.fields_by_name
        changes: dict[str, Any] = {}
        if "request_id" in fields and not request.request_id:
            changes["request_id"] = str(uuid.uuid4())
        if "min_revision" in fields and not request.min_revision:
            changes["min_revision"] = self._revisions.of(getattr(request, "user_id", ""))
        if not changes:
            return request
        completed = type(request)()
        completed.CopyFrom(request)
        for name, value in changes.items():
            setattr(completed, name, value)
        return completed

    def _remember(self, request: Any, response: Any) -> None:
        if "revision" in response.DESCRIPTOR.fields_by_name and hasattr(request, "user_id"):
            if response.DESCRIPTOR.name == "DeleteUserResponse":
                self._revisions.forget(request.user_id)
            else:
                self._revisions.saw(request.user_id, response.revision)
