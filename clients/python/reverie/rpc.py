"""RPCs as typed callables. Every call gets a deadline, a request id, the remembered revision, and
a typed error. ``reverie.v1.services`` is made of these.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from typing import Final, Generic, TypeVar

import grpc
import grpc.aio
from google.protobuf.message import Message

from reverie.connectivity import is_ready
from reverie.errors import ReverieError, error_of
from reverie.revisions import Revisions

Q = TypeVar("Q", bound=Message)
R = TypeVar("R", bound=Message)
Item = TypeVar("Item")

_IS_IT_THERE: Final = "is that its host:port, and is a server running there?"
_DELETE_USER: Final = "/reverie.v1.UserService/DeleteUser"

# Names of fields that messages of many types have.
_USER_ID: Final = "user_id"
_REQUEST_ID: Final = "request_id"
_MIN_REVISION: Final = "min_revision"
_REVISION: Final = "revision"
_PAGE_TOKEN: Final = "page_token"  # noqa: S105 - a field's name
_NEXT_PAGE_TOKEN: Final = "next_page_token"  # noqa: S105 - the same


class Caller:
    """What all calls of a client share."""

    def __init__(
        self,
        channel: grpc.aio.Channel,
        address: str,
        *,
        timeout: float,
        metadata: Sequence[tuple[str, str]] = (),
        revisions: Revisions,
    ) -> None:
        """
        Args:
            address: where ``channel`` goes, for messages.
            timeout: seconds a call may take, its retries included, when it names none itself.
            metadata: sent with every call.
            revisions: remembered here, for read-your-writes.
        """
        self.channel = channel
        self.address = address
        self.timeout = timeout
        self.metadata = tuple(metadata)
        self.revisions = revisions


class Rpc(Generic[Q, R]):
    """One method of the contract."""

    def __init__(
        self,
        caller: Caller,
        path: str,
        request_type: type[Q],
        response_type: type[R],
        *,
        read_only: bool,
    ) -> None:
        """
        Args:
            path: ``/reverie.v1.UserService/GetUser``.
            read_only: it has no side effects.
        """
        self._caller = caller
        self._path = path
        self.request_type = request_type
        self._fields = frozenset(request_type.DESCRIPTOR.fields_by_name)
        self._tells_revision = (
            not read_only and _REVISION in response_type.DESCRIPTOR.fields_by_name
        )
        self._send: grpc.aio.UnaryUnaryMultiCallable[Q, R] = caller.channel.unary_unary(
            path,
            request_serializer=request_type.SerializeToString,
            response_deserializer=response_type.FromString,
        )

    async def __call__(
        self,
        request: Q,
        *,
        timeout: float | None = None,  # noqa: ASYNC109 - gRPC's own, which the server sees
    ) -> R:
        """Calls it. ``request`` is not changed: what is filled in is filled into a copy.

        A mutation gets a request id unless it has one, so that retries of this call have one
        effect. A search gets the revision of what this client has written, unless it names one.

        Args:
            timeout: seconds, retries included; None: the client's.

        Raises:
            ReverieError: the class says which status code, ``reason`` says why.
        """
        request, filled_revision = self._completed(request)
        try:
            response = await self._once(request, timeout)
        except ReverieError as error:
            if not filled_revision or error.reason != "REVISION_UNKNOWN":
                raise
            # The server has lost what we saw: it was restored from before. What we remember is
            # of a past that is gone, and the caller never asked for it.
            self._caller.revisions.forget(_owner(request), filled_revision)
            request.ClearField(_MIN_REVISION)
            response = await self._once(request, timeout)
        if self._tells_revision:
            self._remember(request, response)
        return response

    async def _once(self, request: Q, seconds: float | None) -> R:
        caller = self._caller
        seconds = caller.timeout if seconds is None else seconds
        try:
            return await self._send(request, timeout=seconds, metadata=caller.metadata)
        except grpc.aio.AioRpcError as failure:
            message = failure.details() or "no message"
            if failure.code() is grpc.StatusCode.DEADLINE_EXCEEDED:
                message = f"no answer from {caller.address} within {seconds:g} s"
                if not is_ready(caller.channel):
                    message += f", and no connection to it: {_IS_IT_THERE}"
            elif (
                failure.code() is grpc.StatusCode.UNAVAILABLE
                and not failure.trailing_metadata()  # a server says why
                and not is_ready(caller.channel)
            ):
                message = f"no connection to {caller.address}: {_IS_IT_THERE} ({message})"
            request_id = getattr(request, _REQUEST_ID, "")
            raise error_of(failure, message, request_id=request_id) from failure

    def _completed(self, request: Q) -> tuple[Q, int]:
        """A copy with what the caller has left open, and the revision that was filled in, or 0."""
        if not isinstance(request, self.request_type):
            raise TypeError(
                f"{self._path} takes a {self.request_type.DESCRIPTOR.name}, not a"
                f" {type(request).__name__}"
            )
        completed = self.request_type()
        completed.CopyFrom(request)
        revision = 0
        if _REQUEST_ID in self._fields and not getattr(request, _REQUEST_ID):
            setattr(completed, _REQUEST_ID, str(uuid.uuid4()))
        if _MIN_REVISION in self._fields and not getattr(request, _MIN_REVISION):
            revision = self._caller.revisions.of(_owner(request))
            setattr(completed, _MIN_REVISION, revision)
        return completed, revision

    def _remember(self, request: Q, response: R) -> None:
        owner = _owner(request)
        if self._path == _DELETE_USER:
            self._caller.revisions.forget(owner)
        else:
            self._caller.revisions.saw(owner, int(getattr(response, _REVISION)))


class ListRpc(Rpc[Q, R], Generic[Q, R, Item]):
    """A method that answers page by page."""

    def __init__(
        self,
        caller: Caller,
        path: str,
        request_type: type[Q],
        response_type: type[R],
        *,
        read_only: bool,
        items: Callable[[R], Iterable[Item]],
    ) -> None:
        super().__init__(caller, path, request_type, response_type, read_only=read_only)
        self._items = items

    async def pages(
        self,
        request: Q,
        *,
        timeout: float | None = None,  # noqa: ASYNC109 - as above
    ) -> AsyncIterator[R]:
        """All pages, from the one that ``request`` names on, each fetched when it is needed.

        Args:
            request: its ``page_size`` says how many items come with one call.
            timeout: seconds for one page.
        """
        page_request = self.request_type()
        page_request.CopyFrom(request)
        while True:
            page = await self(page_request, timeout=timeout)
            yield page
            token = str(getattr(page, _NEXT_PAGE_TOKEN))
            if not token:
                return
            setattr(page_request, _PAGE_TOKEN, token)

    async def items(
        self,
        request: Q,
        *,
        timeout: float | None = None,  # noqa: ASYNC109 - as above
    ) -> AsyncIterator[Item]:
        """All items of all pages; see ``pages``."""
        async for page in self.pages(request, timeout=timeout):
            for item in self._items(page):
                yield item


def _owner(request: Message) -> str:
    """Whose revision a call is about: the user's, or with an empty id the workspace's shared
    part's, which is also that of personas, whose requests name no user."""
    return str(getattr(request, _USER_ID, ""))
