"""The command line: ``reverie``. One file a command or a family of commands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Final

import typer

from reverie.version import __version__
from reverie_server.cli.backup import backup, backups
from reverie_server.cli.demo import demo
from reverie_server.cli.doctor import doctor
from reverie_server.cli.health import health
from reverie_server.cli.maintenance import compact, reconcile, reindex
from reverie_server.cli.migrate import migrate
from reverie_server.cli.move import move
from reverie_server.cli.restore import restore
from reverie_server.cli.serve import serve
from reverie_server.cli.stats import stats
from reverie_server.cli.users import export, import_


def _tell_version(asked: bool) -> None:
    if asked:
        typer.echo(__version__)
        raise typer.Exit


app = typer.Typer(
    name="reverie",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",  # else lines end where they do in docstrings
)
PANELS: Final[dict[str, tuple[Callable[..., None], ...]]] = {
    "A server": (serve, migrate, demo),
    "How it is": (doctor, stats, health),
    "Its data": (backup, backups, restore, move, export, import_),
    "Its index, and room": (reconcile, reindex, compact),
}
for panel, commands in PANELS.items():
    for command in commands:
        app.command(command.__name__.rstrip("_"), rich_help_panel=panel)(command)


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_tell_version)
    ] = False,
) -> None:
    """Reverie, a memory server for bots.

    Commands find the server where the settings have it serve (REVERIE_HOST, REVERIE_PORT, or a
    file), or where --address says. When something is wrong, run `reverie doctor`.
    docs/operations.md shows what to do day by day, docs/settings.md all settings.
    """


def main() -> None:
    """The entry point of the console script."""
    app()
