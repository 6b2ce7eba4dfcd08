"""Options that several commands take."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

AddressOption = Annotated[
    str | None,
    typer.Option(
        "--address",
        metavar="HOST:PORT",
        help="Where the server runs, such as 127.0.0.1:50051; by default where the settings have"
        " it serve.",
        show_default=False,
    ),
]
DataFolderOption = Annotated[
    Path | None,
    typer.Option(
        "--data-folder",
        help="The folder of the database (SQLite) and the index; by default what the settings say,"
        " else ./data.",
        show_default=False,
    ),
]
ApiKeyOption = Annotated[
    str | None,
    typer.Option(
        "--api-key",
        help="The bearer token; better in REVERIE_API_KEY, where other users cannot see it.",
        show_default=False,
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one line of JSON.")]
SettingsFileOption = Annotated[
    Path | None,
    typer.Option(
        "--settings",
        help="A TOML file with settings: those of docs/settings.md, in small letters.",
        exists=True,
        dir_okay=False,
    ),
]
