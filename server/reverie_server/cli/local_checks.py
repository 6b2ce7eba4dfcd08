"""What can be seen without a server: the schema, the stored vectors, the clock."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from reverie_server.cli.findings import Finding
from reverie_server.clock import MICROSECONDS
from reverie_server.errors import Unavailable
from reverie_server.settings import Settings
from reverie_server.storage.revision import EPOCH_START
from reverie_server.storage.schema import SERVER_LEVEL, SchemaMismatch, prepare_sqlite
from reverie_server.storage.sqlite import DATABASE_FILE

CLOCK_TOLERANCE_SECONDS: Final = 60.0


def check_schema(folder: Path) -> Finding:
    """Whether this version can use the database that is there."""
    name = "schema"
    database = folder.absolute() / DATABASE_FILE
    if not database.exists():
        return Finding.ok(name, "there is no database yet; the first start makes it")
    try:
        prepare_sqlite(database, may_migrate=False)
    except (SchemaMismatch, Unavailable) as error:
        return Finding.problem(
            name,
            f"{database}: {error}",
            "start the release that made it, or put back a copy of the folder",
        )
    return Finding.ok(name, f"{database} has level {SERVER_LEVEL}, as this version needs")


async def check_embedder(settings: Settings, stored: str) -> Finding:
    """Whether the stored vectors are of the embedder that the settings choose.

    Args:
        stored: ``name/dimension`` of the vectors; empty: there are none.
    """
    name = "stored vectors"
    if not stored:
        return Finding.ok(name, "none yet, or they cannot be read")
    # Imported here: the other checks need no engine's libraries.
    from reverie_server.bootstrap import CannotStart  # noqa: PLC0415
    from reverie_server.bootstrap.floors import embedder_identity  # noqa: PLC0415

    try:
        chosen = await embedder_identity(settings)
    except CannotStart as error:
        return Finding.problem(name, str(error), "install it, or set REVERIE_EMBEDDER=static")
    if chosen == stored:
        return Finding.ok(name, f"of {stored}, as the settings choose")
    return Finding.problem(
        name,
        f"of {stored}, but the settings choose {chosen}: they cannot be compared, and no server"
        " starts",
        "compute every vector anew, once: reverie serve --reindex; or set REVERIE_EMBEDDER and"
        " REVERIE_EMBEDDER_DIMENSION back",
    )


def check_clock(folder: Path) -> Finding:
    """Whether the time can be: revisions, ids and expiry come from it."""
    name = "clock"
    now = time.time()
    fix = "set the clock (timedatectl set-ntp true, or your system's way)"
    if now < EPOCH_START / MICROSECONDS:
        return Finding.problem(name, f"it says {_date(now)}, before this software", fix)
    newest = max((each.stat().st_mtime for each in _files(folder)), default=now)
    if newest > now + CLOCK_TOLERANCE_SECONDS:
        return Finding.problem(
            name,
            f"it says {_date(now)}, but the data was last written at {_date(newest)}",
            fix,
        )
    return Finding.ok(name, _date(now))


def _files(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        for each in folder.iterdir():
            if each.is_file():
                yield each


def _date(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(seconds))
