"""PrivacyService: messages to calls of the service and back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

import grpc.aio

from reverie.v1 import privacy_service_pb2 as pb
from reverie.v1 import privacy_service_pb2_grpc
from reverie_server.errors import DeadlineExceeded, InvalidArgument, PermissionDenied
from reverie_server.governance.portability.exporting import Place
from reverie_server.governance.portability.service import Piece, PortabilityService, Progress
from reverie_server.rpc.call import ServedCall, current_call

Context = grpc.aio.ServicerContext[Any, Any]
EXPORT_PERMISSION: Final = "memory.export"
PATIENCE_SECONDS: Final = 60.0
"""For how long a reader may take nothing, and a writer send nothing."""


class PrivacyServicer(privacy_service_pb2_grpc.PrivacyServiceServicer):
    """See ``privacy_service.proto``."""

    def __init__(self, portability: PortabilityService) -> None:
        self._portability = portability

    async def ExportUser(self, request: pb.ExportUserRequest, context: Context) -> None:
        owner = (_allowed(current_call()).workspace_id, request.user_id)
        place = Place(request.offset, request.prefix_sha256) if request.offset else None
        async with self._portability.export(
            owner, embeddings=request.include_embeddings, place=place
        ) as export:
            async for piece in export.pieces(request.offset):
                message = pb.ExportUserResponse(
                    data=piece, total_bytes=export.total_bytes, revision=export.revision
                )
                try:
                    await asyncio.wait_for(context.write(message), PATIENCE_SECONDS)
                except TimeoutError:
                    raise DeadlineExceeded("nobody has taken anything for a minute") from None

    async def ImportUser(
        self, requests: AsyncIterator[pb.ImportUserRequest], _: Context
    ) -> pb.ImportUserResponse:
        call = _allowed(current_call())
        first = await anext(requests, None)
        if first is None:
            raise InvalidArgument("the stream has no message: begin with one that names the user")
        about = pb.ImportUserRequest(
            user_id=first.user_id, replace=first.replace, request_id=first.request_id
        )
        progress = await self._portability.take_in(
            (call.workspace_id, first.user_id),
            _pieces(first, requests),
            call.request_key(about),
            replace=first.replace,
        )
        return _response(progress)


def _allowed(call: ServedCall) -> ServedCall:
    """
    Raises:
        PermissionDenied: an export shows what all personas keep private of a user.
    """
    if EXPORT_PERMISSION not in call.principal.permissions:
        raise PermissionDenied(f"this needs the permission {EXPORT_PERMISSION}")
    return call


async def _pieces(
    first: pb.ImportUserRequest, rest: AsyncIterator[pb.ImportUserRequest]
) -> AsyncIterator[Piece]:
    yield Piece(first.offset, first.data)
    while True:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                request = await anext(rest, None)
        except TimeoutError:
            raise DeadlineExceeded("nothing has come for a minute; what has, stays") from None
        if request is None:
            return
        if request.user_id != first.user_id:
            raise InvalidArgument.of("user_id", "is another one than in the first message")
        yield Piece(request.offset, request.data)


def _response(progress: Progress) -> pb.ImportUserResponse:
    imported = progress.imported
    if imported is None:
        return pb.ImportUserResponse(next_offset=progress.next_offset)
    return pb.ImportUserResponse(
        done=True,
        next_offset=progress.next_offset,
        imported=imported.imported,
        left_out=imported.left_out,
        redacted=imported.redacted,
        revision=imported.revision,
    )
