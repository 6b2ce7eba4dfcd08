"""The command line: ``reverie``. One file a command or a family of commands."""

from __future__ import annotations

from typing import Annotated

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
    help="Reverie, a memory server for bots.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in (
    *(serve, migrate, demo, stats, doctor, health, reindex, reconcile, compact),
    *(backup, backups, restore, move, export),
):
    app.command()(command)
app.command("import")(import_)


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_tell_version)
    ] = False,
) -> None:
    """Reverie, a memory server for bots."""


def main() -> None:
    """The entry point of the console script."""
    app()
