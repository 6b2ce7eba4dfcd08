"""``reverie move``: takes all data from one database to another, while nobody serves either."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from reverie_server.cli.connection import FAILED
from reverie_server.cli.counted import counted
from reverie_server.cli.loading import WRONG_SETTINGS, load_settings
from reverie_server.cli.options import JsonOption
from reverie_server.clock import SystemClock
from reverie_server.errors import ReverieError
from reverie_server.settings import Settings
from reverie_server.storage.sqlite import DATABASE_FILE

if TYPE_CHECKING:
    from reverie_server.governance.portability.moving import Moved, Step

_PLACE: Final = (
    "A data folder, a PostgreSQL database (postgresql://...), or a TOML file with settings, which"
    " can keep the password of one."
)


def move(
    source: Annotated[str, typer.Option("--from", help=_PLACE)],
    target: Annotated[str, typer.Option("--to", help="The same; it has to be empty.")],
    as_json: JsonOption = False,
) -> None:
    """Copy all data to another database, and compare both sides.

    That is, of all workspaces. Stop the servers of both first. When it breaks off, run it again: it
    goes on. The source stays as it is.
    """
    places = _settings_of(source), _settings_of(target)
    if places[0].data_place == places[1].data_place:
        typer.echo("reverie: --from and --to are the same place", err=True)
        raise typer.Exit(WRONG_SETTINGS)
    if places[0].database_url is None and not (places[0].data_folder / DATABASE_FILE).exists():
        typer.echo(f"reverie: there is no database in {places[0].data_place}", err=True)
        raise typer.Exit(FAILED)
    # Imported here: they take a while, and `--help` does not need them.
    from reverie_server.bootstrap.errors import CannotStart  # noqa: PLC0415
    from reverie_server.governance.portability.moving import CannotMove  # noqa: PLC0415

    try:
        moved = asyncio.run(_move(*places, quiet=as_json))
    except (CannotStart, CannotMove, ReverieError) as error:
        typer.echo(f"reverie: {error}", err=True)
        raise typer.Exit(FAILED) from None
    if as_json:
        typer.echo(json.dumps(asdict(moved)))
        return
    records = sum(moved.counts.values())
    typer.echo(
        f"{places[1].data_place} has {counted(moved.workspaces, 'workspace')} with"
        f" {counted(moved.users, 'user')} and {counted(records, 'record')}, equal on both sides"
        f" ({moved.copied:,} taken over by this run)."
    )
    typer.echo(f"SHA-256 {moved.sha256}")
    typer.echo("The source is as it was: serve one of the two only. The index is built at a start.")


def _settings_of(place: str) -> Settings:
    if place.startswith(("postgresql://", "postgres://")):
        return load_settings(database_url=place)
    if place.endswith(".toml"):
        return load_settings(Path(place))
    # Whatever the environment says of a database: this is a folder.
    return load_settings(data_folder=Path(place)).model_copy(update={"database_url": None})


async def _move(source: Settings, target: Settings, *, quiet: bool) -> Moved:
    """
    Raises:
        CannotStart: one of the databases cannot be used, or is being served.
        CannotMove, ReverieError: as ``Move.run``.
    """
    from reverie_server.bootstrap.databases import open_unserved  # noqa: PLC0415 - see above
    from reverie_server.governance.portability.moving import Move  # noqa: PLC0415 - see above

    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True, quiet=quiet),
        transient=True,
    )
    async with AsyncExitStack() as stack:
        databases = [
            await stack.enter_async_context(open_unserved(place)) for place in (source, target)
        ]
        stack.enter_context(progress)
        bar = progress.add_task("users and workspaces", total=None)

        def tell(step: Step) -> None:
            progress.update(bar, completed=step.done, total=max(step.done, step.total))

        folder = next((each for each in map(_spool_folder, (target, source)) if each), None)
        return await Move(databases[0], databases[1], SystemClock(), folder).run(tell)


def _spool_folder(settings: Settings) -> Path | None:
    """Where an owner's records can lie on their way; None: PostgreSQL has no folder."""
    if settings.database_url is None:
        return settings.spool_folder or settings.data_folder
    return settings.spool_folder
