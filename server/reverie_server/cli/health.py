"""``reverie health``: what containers and scripts ask whether a server is well."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from reverie_server.cli.connection import FAILED, NoServer, check_serving
from reverie_server.cli.loading import load_settings
from reverie_server.cli.options import AddressOption, SettingsFileOption


def health(
    service: Annotated[
        str,
        typer.Option(
            help="What is asked for: readiness, liveness, or a service of the contract, such as"
            " reverie.v1.UserService."
        ),
    ] = "readiness",
    address: AddressOption = None,
    settings_file: SettingsFileOption = None,
) -> None:
    """Ask whether the server serves: for scripts and containers.

    Says SERVING, or why not, with exit code 1.
    """
    settings = load_settings(settings_file, address=address)
    try:
        asyncio.run(check_serving(settings.server_address, service))
    except NoServer as error:
        typer.echo(f"reverie: {error}", err=True)
        raise typer.Exit(FAILED) from None
    typer.echo("SERVING")
