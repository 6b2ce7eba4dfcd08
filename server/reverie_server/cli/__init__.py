"""The command line: ``reverie``. One file a command or a family of commands."""

from __future__ import annotations

import typer

from reverie_server.cli.serve import serve

app = typer.Typer(
    name="reverie",
    help="Reverie, a memory server for bots.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(serve)


@app.callback()
def root() -> None:
    """Reverie, a memory server for bots."""


def main() -> None:
    """The entry point of the console script."""
    app()
