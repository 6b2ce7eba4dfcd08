"""``reverie migrate``: brings the database to the schema that this version needs."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Annotated

import typer

from reverie_server.cli.connection import FAILED
from reverie_server.cli.loading import WRONG_SETTINGS, load_settings
from reverie_server.cli.options import DataFolderOption, JsonOption, SettingsFileOption
from reverie_server.errors import Unavailable
from reverie_server.settings import Settings
from reverie_server.storage.folder_lock import DataFolderInUse, FolderLock
from reverie_server.storage.schema import (
    SERVER_LEVEL,
    MigrationFailed,
    SchemaGate,
    SchemaMismatch,
    migrate_sqlite,
    missing_migrations,
    read_sqlite_gate,
)
from reverie_server.storage.sqlite import DATABASE_FILE


@dataclass(frozen=True, slots=True)
class Migrated:
    """What was done, or would be."""

    place: str
    before: int
    """The schema's level."""
    missing: list[str]
    done: bool
    granted_to: str | None = None
    """The role that was let in."""


def migrate(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say which migrations are missing.")
    ] = False,
    data_folder: DataFolderOption = None,
    grant_to: Annotated[
        str | None,
        typer.Option(help="Let this role of PostgreSQL in: the one that servers connect as."),
    ] = None,
    as_json: JsonOption = False,
    settings_file: SettingsFileOption = None,
) -> None:
    """Bring the database to the schema of this version.

    All of it or nothing. A server on SQLite does so by itself when it starts; one on PostgreSQL
    refuses to start until it is done.
    """
    settings = load_settings(settings_file, data_folder=data_folder)
    if grant_to is not None and settings.database_url is None:
        typer.echo("reverie: --grant-to is for PostgreSQL (REVERIE_DATABASE_URL)", err=True)
        raise typer.Exit(WRONG_SETTINGS)
    try:
        migrated = asyncio.run(_migrate(settings, dry_run=dry_run, grant_to=grant_to))
    except (SchemaMismatch, MigrationFailed, Unavailable, DataFolderInUse) as error:
        of_the_way = isinstance(error, Unavailable) and error.__cause__
        because = f" ({error.__cause__})" if of_the_way else ""
        typer.echo(f"reverie: {error}{because}", err=True)
        raise typer.Exit(FAILED) from None
    if as_json:
        typer.echo(
            json.dumps(
                {
                    "level_before": migrated.before,
                    "level_needed": SERVER_LEVEL,
                    "migrations": migrated.missing,
                    "done": migrated.done,
                }
            )
        )
    else:
        _tell(migrated)


def _tell(migrated: Migrated) -> None:
    if migrated.granted_to is not None:
        typer.echo(f"The role {migrated.granted_to} is let in.")
    if not migrated.missing:
        typer.echo(f"{migrated.place} has schema {migrated.before}: nothing is missing.")
        return
    verb = "These migrations were run" if migrated.done else "These migrations are missing"
    typer.echo(f"{migrated.place} has schema {SERVER_LEVEL if migrated.done else migrated.before}.")
    typer.echo(f"{verb}:")
    for line in migrated.missing:
        typer.echo(f"  {line}")


async def _migrate(settings: Settings, *, dry_run: bool, grant_to: str | None) -> Migrated:
    """
    Raises:
        SchemaMismatch: the database is not one of ours, or of a newer release.
        DataFolderInUse: a server is running on the folder.
        Unavailable: the database cannot be reached.
    """
    # Imported here: they take a while, and `--help` does not need them.
    from reverie_server.bootstrap.databases import postgres_options  # noqa: PLC0415
    from reverie_server.storage.postgres_schema import migrate_postgres, read_gate  # noqa: PLC0415

    options = postgres_options(settings)
    if options is not None:
        migrated = await _bring_up(
            settings.data_place,
            lambda: read_gate(options),
            lambda: migrate_postgres(options, grant_to=grant_to),
            dry_run=dry_run,
            again=True,
        )
        return replace(migrated, granted_to=None if dry_run else grant_to)
    path = settings.data_folder / DATABASE_FILE
    with contextlib.ExitStack() as stack:
        if not dry_run:
            settings.data_folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            stack.callback(FolderLock.acquire(settings.data_folder).release)
        return await _bring_up(
            settings.data_place,
            lambda: asyncio.to_thread(read_sqlite_gate, path),
            lambda: asyncio.to_thread(migrate_sqlite, path),
            dry_run=dry_run,
        )


async def _bring_up(
    place: str,
    gate: Callable[[], Awaitable[SchemaGate]],
    run: Callable[[], Awaitable[None]],
    *,
    dry_run: bool,
    again: bool = False,
) -> Migrated:
    """
    Args:
        again: ``run`` does good also when no migration is missing.
    """
    before = (await gate()).level
    missing = missing_migrations(before)
    if (missing or again) and not dry_run:
        await run()
    if not missing or not dry_run:
        (await gate()).check()
    return Migrated(place, before, missing, done=bool(missing) and not dry_run)
