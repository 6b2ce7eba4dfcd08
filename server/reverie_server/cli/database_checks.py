"""What can be seen of a PostgreSQL database without a server."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from reverie_server.cli.findings import Finding
from reverie_server.cli.local_checks import CLOCK_TOLERANCE_SECONDS
from reverie_server.errors import Unavailable
from reverie_server.settings import Settings
from reverie_server.storage.schema import EMPTY, SERVER_LEVEL, SchemaMismatch

if TYPE_CHECKING:
    from reverie_server.storage.postgres_inspection import Inspection

_AFTER_THE_DATABASE: Final = ("schema", "role", "row-level security", "database clock", "lease")
_GRANT: Final = "as the owner of its tables: reverie migrate --grant-to ROLE"


@dataclass(frozen=True, slots=True)
class DatabaseChecks:
    findings: list[Finding]
    embedder: str = ""
    """``name/dimension`` of the stored vectors; empty: unknown, or there are none."""
    shared_index: bytes | None = None
    """What the database remembers of it."""


async def check_postgres(settings: Settings, *, serving: bool) -> DatabaseChecks | None:
    """Whether the database lets us in, has this version's schema, and keeps workspaces apart; None
    where the settings name none.

    Args:
        serving: a server of these settings answers.
    """
    from reverie_server.bootstrap.databases import postgres_options  # noqa: PLC0415 - slow
    from reverie_server.storage.postgres_inspection import inspect  # noqa: PLC0415 - slow

    options = postgres_options(settings)
    if options is None:
        return None
    place = settings.data_place
    try:
        seen = await inspect(options)
    except SchemaMismatch as error:
        fix = "make another database, and name it in REVERIE_DATABASE_URL"
        return DatabaseChecks([Finding.problem("database", f"{place}: {error}", fix)])
    except Unavailable as error:
        because = f": {error.__cause__}" if error.__cause__ else ""
        return DatabaseChecks(
            [
                Finding.problem(
                    "database",
                    f"{place} cannot be reached{because}",
                    "start PostgreSQL (pg_isready says whether it runs), or correct host, role and"
                    " password in REVERIE_DATABASE_URL",
                ),
                *(Finding.skipped(check, "needs the database") for check in _AFTER_THE_DATABASE),
            ]
        )
    return DatabaseChecks(
        [
            Finding.ok("database", f"{place} answers: {seen.engine}"),
            _schema(seen),
            *(_fence(seen) if seen.gate != EMPTY else ()),
            _clock(seen),
            _lease(seen, settings.server_address, serving=serving),
        ],
        seen.embedder,
        seen.shared_index,
    )


def _schema(seen: Inspection) -> Finding:
    name = "schema"
    if seen.lacking:
        return Finding.problem(name, f"the role has not been let in: {seen.lacking}", _GRANT)
    if seen.gate == EMPTY:
        return Finding.problem(
            name, "the database has no tables of Reverie's yet, so no server starts", _GRANT
        )
    try:
        seen.gate.check(oldest_level=0)
    except SchemaMismatch as error:
        return Finding.problem(name, str(error), "install the release that migrated it, or newer")
    if seen.gate.level < SERVER_LEVEL:
        return Finding.problem(
            name,
            f"it has level {seen.gate.level}, and what needs level {SERVER_LEVEL} is off",
            "reverie migrate",
        )
    return Finding.ok(name, f"level {SERVER_LEVEL}, as this version needs")


def _fence(seen: Inspection) -> Iterator[Finding]:
    if seen.role_problem:
        yield Finding.problem(
            "role",
            seen.role_problem,
            f"CREATE ROLE reverie_server LOGIN PASSWORD '...'; then, {_GRANT}",
        )
    else:
        yield Finding.ok("role", "owns nothing and bypasses nothing, or is allowed by name")
    if seen.unfenced:
        yield Finding.problem(
            "row-level security",
            f"missing on {', '.join(seen.unfenced)}: a query without its condition would show other"
            " workspaces",
            "as the owner of its tables: reverie migrate",
        )
    else:
        yield Finding.ok("row-level security", "every table with a workspace has its policy")


def _clock(seen: Inspection) -> Finding:
    name = "database clock"
    apart = abs(seen.clock - time.time())
    if apart <= CLOCK_TOLERANCE_SECONDS:
        return Finding.ok(name, "agrees with this machine's")
    return Finding.problem(
        name,
        f"{apart:.0f} s from this machine's: leases, jobs and expiry compare the two",
        "set the clocks of both machines: timedatectl set-ntp true",
    )


def _lease(seen: Inspection, address: str, *, serving: bool) -> Finding:
    name = "lease"
    if not seen.leased_seconds:
        return Finding.ok(name, "no server has the database")
    if serving:
        return Finding.ok(name, "a server has the database")
    return Finding.problem(
        name,
        f"a server has the database for another {seen.leased_seconds:.0f} s, but none answers at"
        f" {address}: it serves elsewhere, or has just ended",
        f"name where it serves with --address, or wait {seen.leased_seconds:.0f} s",
    )
