"""Users as files: what ``Reverie.export_user`` and ``import_user`` do."""

from __future__ import annotations

import asyncio
import hashlib
import json
import uuid
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import BinaryIO, Final

from reverie.errors import FailedPreconditionError, UnavailableError
from reverie.v1.privacy_service_pb2 import (
    ExportUserRequest,
    ImportUserRequest,
    ImportUserResponse,
)
from reverie.v1.services import PrivacyService

Tell = Callable[[int, int], None]
"""Is told how many bytes of how many have come."""

PIECE_BYTES: Final = 256 * 1024
ATTEMPTS: Final = 5
PAUSE_SECONDS: Final = 0.5
PART: Final = ".part"


async def export_user(
    privacy: PrivacyService, user_id: str, path: Path, *, include_embeddings: bool, tell: Tell
) -> int:
    """See ``Reverie.export_user``."""
    part = path.with_name(path.name + PART)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            revision = await _download(privacy, user_id, part, include_embeddings, tell)
        except FailedPreconditionError as error:
            if error.reason != "EXPORT_CHANGED" or attempt == ATTEMPTS:
                raise
            part.unlink()
        except UnavailableError:
            if attempt == ATTEMPTS:
                raise
            await asyncio.sleep(PAUSE_SECONDS * attempt)
        else:
            part.replace(path)
            return revision
    raise RuntimeError("the last attempt raises")


async def import_user(
    privacy: PrivacyService,
    path: Path,
    *,
    user_id: str | None,
    replace: bool,
    request_id: str | None,
    tell: Tell,
) -> ImportUserResponse:
    """See ``Reverie.import_user``."""
    about = ImportUserRequest(
        user_id=_user_of(path) if user_id is None else user_id,
        replace=replace,
        request_id=request_id or str(uuid.uuid4()),
    )
    for attempt in range(1, ATTEMPTS + 1):
        try:
            known = await privacy.ImportUser(_pieces(about, None, 0, tell))
            if known.done:
                return known
            with path.open("rb") as file:
                answer = await privacy.ImportUser(_pieces(about, file, known.next_offset, tell))
        except UnavailableError:
            if attempt == ATTEMPTS:
                raise
            await asyncio.sleep(PAUSE_SECONDS * attempt)
        else:
            if answer.done:
                return answer
            raise ValueError(f"{path} has no trailer: its export has broken off")
    raise RuntimeError("the last attempt raises")


async def _download(
    privacy: PrivacyService, user_id: str, part: Path, include_embeddings: bool, tell: Tell
) -> int:
    request = ExportUserRequest(user_id=user_id, include_embeddings=include_embeddings)
    revision = 0
    # What others may not read of a user is in here.
    await asyncio.to_thread(part.touch, 0o600)
    with part.open("r+b") as file:
        digest = hashlib.sha256()
        while piece := file.read(PIECE_BYTES):
            digest.update(piece)
            request.offset += len(piece)
        if request.offset:
            request.prefix_sha256 = digest.hexdigest()
        done = request.offset
        async for answer in privacy.ExportUser(request):
            file.write(answer.data)
            revision = answer.revision
            done += len(answer.data)
            tell(done, answer.total_bytes)
    return revision


async def _pieces(
    about: ImportUserRequest, file: BinaryIO | None, offset: int, tell: Tell
) -> AsyncIterator[ImportUserRequest]:
    """The file from there on; without one a message that only asks where to go on."""
    if file is None:
        yield about
        return
    total = file.seek(0, 2)
    file.seek(offset)
    first = True
    while (data := file.read(PIECE_BYTES)) or first:
        piece = ImportUserRequest(user_id=about.user_id, offset=offset, data=data)
        if first:
            piece.MergeFrom(about)
        yield piece
        first = False
        offset += len(data)
        tell(offset, total)


def _user_of(path: Path) -> str:
    with path.open("rb") as file:
        header = json.loads(file.readline())
    return str(header["user_id"])
