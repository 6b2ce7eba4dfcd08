"""``reverie restore``: a backup becomes the database of these settings."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer

from reverie_server.cli.connection import FAILED
from reverie_server.cli.counted import counted
from reverie_server.cli.loading import WRONG_SETTINGS, load_settings
from reverie_server.cli.options import DataFolderOption, JsonOption, SettingsFileOption
from reverie_server.cli.progress import progress_bar


def restore(
    source: Annotated[
        str,
        typer.Argument(
            metavar="NAME|PATH", help="The name of one in the backup folder, or a path."
        ),
    ],
    data_folder: DataFolderOption = None,
    replace: Annotated[
        bool,
        typer.Option(
            "--replace", help="Replace the database that is there; else the place must be empty."
        ),
    ] = False,
    tombstones: Annotated[
        Path | None,
        typer.Option(
            help="A file tombstones-ID.jsonl: what was forgotten since, beside what is known here;"
            " with it also a damaged database is replaced.",
            exists=True,
            dir_okay=False,
        ),
    ] = None,
    without_tombstones: Annotated[
        bool,
        typer.Option("--without-tombstones", help="Also bring back what was forgotten since."),
    ] = False,
    as_json: JsonOption = False,
    settings_file: SettingsFileOption = None,
) -> None:
    """Restore a backup while no server runs there: all or nothing.

    What was forgotten since is forgotten again before the next start serves anybody.
    """
    settings = load_settings(settings_file, data_folder=data_folder)
    if tombstones is not None and without_tombstones:
        typer.echo("reverie: --tombstones or --without-tombstones, not both", err=True)
        raise typer.Exit(WRONG_SETTINGS)
    # Imported here: they take a while, and `--help` does not need them.
    from reverie_server.bootstrap.restoring import RestoreRefused  # noqa: PLC0415
    from reverie_server.bootstrap.restoring import restore as restored  # noqa: PLC0415

    warnings: list[str] = []
    try:
        with progress_bar(quiet=as_json) as progress:
            bar = progress.add_task("restore", total=1.0)
            manifest = asyncio.run(
                restored(
                    settings,
                    source,
                    replace=replace,
                    tombstones=tombstones,
                    without_tombstones=without_tombstones,
                    tell=lambda share: progress.update(bar, completed=share),
                    warn=warnings.append,
                )
            )
    except RestoreRefused as error:
        typer.echo(f"reverie: {error}", err=True)
        raise typer.Exit(FAILED) from None
    for warning in warnings:
        typer.echo(f"reverie: {warning}", err=True)
    rows = manifest.database.rows
    if as_json:
        typer.echo(
            json.dumps(
                {
                    "name": manifest.name,
                    "backup_time": manifest.backup_time,
                    "rows": rows,
                    "schema_level": manifest.database.schema_level,
                    "place": settings.data_place,
                }
            )
        )
    else:
        typer.echo(
            f"{manifest.name} is restored into {settings.data_place}: {counted(rows, 'row')}."
            " `reverie serve` makes the index anew."
        )
