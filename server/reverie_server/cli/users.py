"""``reverie export`` and ``import``: users as files, through the running server."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn

from reverie import AlreadyExistsError, InvalidArgumentError, Reverie, ReverieError
from reverie.files import PART
from reverie_server.cli.connection import FAILED, run_with_server
from reverie_server.cli.connection import told as told_of
from reverie_server.cli.counted import counted
from reverie_server.cli.loading import WRONG_SETTINGS, load_settings
from reverie_server.cli.options import AddressOption, ApiKeyOption, JsonOption, SettingsFileOption


def export(
    users: Annotated[list[str], typer.Argument(metavar="USER", help="Their ids.")],
    output: Annotated[
        Path,
        typer.Option("--output", "-o", help="A file, or a folder; of several users, a folder."),
    ],
    force: Annotated[
        bool, typer.Option("--force", help="Write over files that are there already.")
    ] = False,
    embeddings: Annotated[
        bool, typer.Option("--embeddings", help="Also the vectors, for a server that embeds alike.")
    ] = False,
    address: AddressOption = None,
    api_key: ApiKeyOption = None,
    as_json: JsonOption = False,
    settings_file: SettingsFileOption = None,
) -> None:
    """Write all that is kept of users into files (JSON Lines).

    An export that broke off goes on when it is asked for again: of several users, with those whose
    files are not there yet. With --force it begins with the first again.
    """
    settings = load_settings(settings_file, address=address, api_key=api_key)
    files = _files_of(users, output)
    wanted = files if force else _missing(files)

    async def work(reverie: Reverie) -> int:
        with _progress(quiet=as_json) as progress:
            for user_id, path in wanted.items():
                bar = progress.add_task(user_id, total=None)
                revision = await reverie.export_user(
                    user_id,
                    path,
                    include_embeddings=embeddings,
                    tell=lambda done, total, bar=bar: progress.update(  # type: ignore[misc]
                        bar, completed=done, total=total
                    ),
                )
                if as_json:
                    told = {"user_id": user_id, "file": str(path), "revision": revision}
                    typer.echo(json.dumps(told | {"bytes": path.stat().st_size}))
        if not as_json:
            are = "is" if len(wanted) == 1 else "are"
            typer.echo(
                f"{counted(len(wanted), 'user')} {are} in {output}. Keep it as safe as the"
                " data itself."
            )
        return 0

    run_with_server(settings, work)


def import_(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE", help="As `reverie export` writes them.", exists=True, dir_okay=False
        ),
    ],
    user_id: Annotated[
        str | None, typer.Option("--as", help="The id that the user gets, in place of the file's.")
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Put it in the place of a user of that id.")
    ] = False,
    request_id: Annotated[
        str | None, typer.Option(help="Go on with an import that broke off: the id that it told.")
    ] = None,
    address: AddressOption = None,
    api_key: ApiKeyOption = None,
    as_json: JsonOption = False,
    settings_file: SettingsFileOption = None,
) -> None:
    """Bring users in from files: each is there whole, or not at all."""
    if len(files) > 1 and (user_id is not None or request_id is not None):
        typer.echo("reverie: --as and --request-id are for one file", err=True)
        raise typer.Exit(WRONG_SETTINGS)
    settings = load_settings(settings_file, address=address, api_key=api_key)

    async def work(reverie: Reverie) -> int:
        with _progress(quiet=as_json) as progress:
            for path in files:
                bar = progress.add_task(path.name, total=None)
                mine = request_id or str(uuid.uuid4())
                try:
                    stored = await reverie.import_user(
                        path,
                        user_id=user_id,
                        replace=replace,
                        request_id=mine,
                        tell=lambda done, total, bar=bar: progress.update(  # type: ignore[misc]
                            bar, completed=done, total=total
                        ),
                    )
                except ValueError as error:
                    typer.echo(f"reverie: {path} is no export: {error}", err=True)
                    return FAILED
                except (AlreadyExistsError, InvalidArgumentError) as error:
                    # The same again would be refused, too.
                    typer.echo(f"reverie: {path}: {told_of(error)}", err=True)
                    return FAILED
                except (ReverieError, asyncio.CancelledError):
                    typer.echo(
                        f"reverie: {path} is not there yet; to go on with it, import this file"
                        f" again in the same way and with --request-id {mine}",
                        err=True,
                    )
                    raise
                told = {
                    "file": str(path),
                    "revision": stored.revision,
                    "imported": dict(stored.imported),
                    "left_out": dict(stored.left_out),
                    "redacted": stored.redacted,
                }
                typer.echo(json.dumps(told) if as_json else _sentence(path, told))
        return 0

    run_with_server(settings, work)


def _files_of(users: Sequence[str], output: Path) -> dict[str, Path]:
    """Which user goes where.

    Raises:
        BadParameter: there is no place for it.
    """
    if len(users) == 1 and not output.is_dir():
        if not output.parent.is_dir():
            raise typer.BadParameter(f"there is no folder {output.parent}", param_hint="--output")
        return {users[0]: output}
    output.mkdir(parents=True, exist_ok=True)
    # An id may hold anything; so quoted, no two are the same and none leaves the folder.
    return {user_id: output / f"user-{quote(user_id, safe='')}.jsonl" for user_id in users}


def _missing(files: Mapping[str, Path]) -> Mapping[str, Path]:
    """Of users' files those that are not there yet; the others, which are whole, are told.

    Raises:
        Exit: something has to be written over.
    """
    there = [path for path in files.values() if path.exists()]
    # An export over a file had begun, and was allowed to write over it then.
    begun = [path for path in there if path.with_name(path.name + PART).exists()]
    in_the_way = there if len(there) == len(files) else begun
    if in_the_way:
        names = ", ".join(map(str, in_the_way))
        typer.echo(f"reverie: already there: {names}; --force writes over it", err=True)
        raise typer.Exit(WRONG_SETTINGS)
    if there:
        names = ", ".join(map(str, there))
        typer.echo(f"reverie: already there, and left as it is: {names}", err=True)
    return {user_id: path for user_id, path in files.items() if path not in there}


def _sentence(path: Path, told: dict[str, object]) -> str:
    counts = {name: sum(dict(told[name]).values()) for name in ("imported", "left_out")}  # type: ignore[call-overload]
    return (
        f"{path}: {counted(counts['imported'], 'record')} stored, {counts['left_out']:,} left out,"
        f" {told['redacted']:,} redacted."
    )


def _progress(*, quiet: bool) -> Progress:
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True, quiet=quiet),
        transient=True,
    )
