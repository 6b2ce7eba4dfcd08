"""Page tokens: a cursor that only its own query takes back."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import Protocol, cast

import msgspec
from google.protobuf.message import Message

from reverie_server.errors import InvalidArgument
from reverie_server.paging import Cursor, PageRequest
from reverie_server.rpc.call import current_call

_TAG_BYTES = 16
_NOT_THE_QUERY = frozenset({"page_size", "page_token", "min_revision"})


class PagedRequest(Protocol):
    """A request message with page_size and page_token."""

    page_size: int
    page_token: str


class PageTokens:
    """Signs cursors with a key of this deployment, over caller's workspace, method and query.

    Another query's token, a forged one and a truncated one are all INVALID_ARGUMENT. The page size
    may change from page to page, and so may min_revision, which clients that read their own writes
    fill in anew.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def read(self, request: PagedRequest, *, default: int = 50, largest: int = 1000) -> PageRequest:
        """Which page a request asks for.

        Raises:
            InvalidArgument: reason PAGE_TOKEN_INVALID.
        """
        size = min(request.page_size or default, largest)
        if not request.page_token:
            return PageRequest(size)
        try:
            raw = _decoded(request.page_token)
            tag, body = raw[:_TAG_BYTES], raw[_TAG_BYTES:]
            if not hmac.compare_digest(tag, self._tag(request, body)):
                raise ValueError("wrong tag")
            cursor: Cursor = tuple(msgspec.json.decode(body, type=list[str | int]))
        except (ValueError, binascii.Error, msgspec.DecodeError):
            raise InvalidArgument.of(
                "page_token",
                "is not from a page of this query; start again without one",
                reason="PAGE_TOKEN_INVALID",
            ) from None
        return PageRequest(size, cursor)

    def write(self, request: PagedRequest, cursor: Cursor | None) -> str:
        """The token of the next page; empty on the last one."""
        if cursor is None:
            return ""
        body = msgspec.json.encode(cursor)
        return base64.urlsafe_b64encode(self._tag(request, body) + body).decode("ascii")

    def _tag(self, request: PagedRequest, body: bytes) -> bytes:
        query = cast(Message, type(request)())
        query.CopyFrom(cast(Message, request))
        for field in _NOT_THE_QUERY.intersection(query.DESCRIPTOR.fields_by_name):
            query.ClearField(field)
        call = current_call()
        mac = hmac.new(self._key, digestmod=hashlib.sha256)
        for part in (
            call.workspace_id.encode(),
            call.method.encode(),
            query.SerializeToString(deterministic=True),
            body,
        ):
            mac.update(len(part).to_bytes(4, "big") + part)
        return mac.digest()[:_TAG_BYTES]


def _decoded(token: str) -> bytes:
    """
    Raises:
        ValueError: it is not what ``write`` spells; the decoder alone would overlook characters
            between and behind.
    """
    raw = base64.urlsafe_b64decode(token.encode("ascii"))
    if base64.urlsafe_b64encode(raw) != token.encode("ascii"):
        raise ValueError("not canonical")
    return raw
