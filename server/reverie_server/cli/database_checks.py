"""What can be seen of a PostgreSQL database without a server."""

from __future__ import annotations

from reverie_server.cli.findings import Finding
from reverie_server.errors import Unavailable
from reverie_server.settings import Settings
from reverie_server.storage.schema import SERVER_LEVEL, SchemaMismatch


async def check_postgres(settings: Settings) -> Finding | None:
    """Whether the database lets us in and has this version's schema; None without one."""
    from reverie_server.bootstrap.databases import postgres_options  # noqa: PLC0415 - slow
    from reverie_server.storage.postgres_fence import UnsafeRole  # noqa: PLC0415 - slow
    from reverie_server.storage.postgres_schema import prepare_postgres  # noqa: PLC0415 - slow

    options = postgres_options(settings)
    if options is None:
        return None
    name, place = "schema", settings.data_place
    try:
        level = await prepare_postgres(options)
    except UnsafeRole as error:
        fix = "make a role for servers, and let it in with `reverie migrate --grant-to`"
        return Finding.problem("role", str(error), fix)
    except SchemaMismatch as error:
        fix = "run `reverie migrate`, or start the release that fits"
        return Finding.problem(name, f"{place}: {error}", fix)
    except Unavailable as error:
        because = f": {error.__cause__}" if error.__cause__ else ""
        return Finding.problem(
            name,
            f"{place}: {error}{because}",
            "start PostgreSQL, correct REVERIE_DATABASE_URL, or, where a permission is missing, let"
            " the role in with `reverie migrate --grant-to`",
        )
    if level < SERVER_LEVEL:
        return Finding.problem(
            name,
            f"{place} has level {level}: this version serves on it, and what needs level"
            f" {SERVER_LEVEL} is off",
            "run `reverie migrate`",
        )
    return Finding.ok(name, f"{place} has level {SERVER_LEVEL}, as this version needs")
