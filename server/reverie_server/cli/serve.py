"""``reverie serve``: runs the server until it is told to stop."""

from __future__ import annotations

import asyncio
import signal
import sys
from typing import Annotated

import structlog
import typer

from reverie_server.cli.loading import load_settings
from reverie_server.cli.logs import log_to_stderr
from reverie_server.cli.options import DataFolderOption, SettingsFileOption
from reverie_server.cli.settings_checks import misspelt
from reverie_server.settings import Settings

log = structlog.get_logger(__name__)


def serve(
    data_folder: DataFolderOption = None,
    host: Annotated[
        str | None, typer.Option(help="The address to listen on; by default 127.0.0.1.")
    ] = None,
    port: Annotated[
        int | None, typer.Option(help="By default 50051; 0 lets the system choose.")
    ] = None,
    insecure: Annotated[
        bool | None,
        typer.Option("--insecure", help="Serve beyond loopback without TLS or keys."),
    ] = None,
    reindex: Annotated[
        bool | None,
        typer.Option(
            "--reindex", help="Compute every vector anew at this start, after a change of embedder."
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            help="Server processes on the port, by default 1; more need PostgreSQL and a Qdrant."
        ),
    ] = None,
    settings_file: SettingsFileOption = None,
    print_config: Annotated[
        bool, typer.Option("--print-config", help="Print the settings, secrets hidden, and leave.")
    ] = False,
) -> None:
    """Run the server until it is told to stop (Ctrl-C, SIGTERM).

    Prepares what is missing, so that a first start needs nothing else.
    """
    settings = load_settings(
        settings_file,
        data_folder=data_folder,
        host=host,
        port=port,
        insecure=insecure,
        reindex=reindex,
        workers=workers,
    )
    if print_config:
        typer.echo(settings.model_dump_json(indent=2))
        return
    log_to_stderr(settings.log_level, settings.log_format, settings.secrets())
    for variable, near in misspelt():
        log.warning("there is no such setting: it does nothing", variable=variable, nearest=near)
    raise typer.Exit(_run_workers(settings) if settings.workers > 1 else _run(settings))


def _run_workers(settings: Settings) -> int:
    """The exit code: 0 after a stop that was asked for, 1 when workers cannot start or go on."""
    from reverie_server.bootstrap import CannotStart  # noqa: PLC0415 - as below
    from reverie_server.cli.workers import Workers  # noqa: PLC0415

    def say_serving(address: str) -> None:
        typer.echo(
            f"Reverie is serving on {address} with {settings.workers} workers,"
            f" data in {settings.data_place}"
        )
        sys.stdout.flush()

    async def until_told_to_stop() -> None:
        workers = Workers(settings, say_serving)
        loop = asyncio.get_running_loop()
        for each in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(each, workers.stop)
        await workers.run()
        typer.echo("Reverie has stopped")

    try:
        asyncio.run(until_told_to_stop())
    except CannotStart as error:
        typer.echo(f"reverie: {error}", err=True)
        return 1
    return 0


def _run(settings: Settings) -> int:
    """The exit code: 0 after a stop that was asked for, 1 when the server cannot start."""
    # Imported here: the engine's libraries take a while, and `--help` needs none of them.
    from reverie_server.bootstrap import Application, CannotStart  # noqa: PLC0415

    async def until_told_to_stop() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for each in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(each, stop.set)
        application = await Application.start(settings)
        place = settings.data_place
        typer.echo(f"Reverie is serving on {application.address}, data in {place}")
        if application.metrics_address is not None:
            typer.echo(f"Metrics are at http://{application.metrics_address}/metrics")
        sys.stdout.flush()
        await stop.wait()
        typer.echo("Reverie is stopping: calls inside may finish")
        sys.stdout.flush()
        await application.stop()
        typer.echo("Reverie has stopped")

    try:
        if sys.platform == "win32":
            asyncio.run(until_told_to_stop())
        else:
            import uvloop  # noqa: PLC0415 - there is none for Windows

            uvloop.run(until_told_to_stop())
    except CannotStart as error:
        typer.echo(f"reverie: {error}", err=True)
        return 1
    return 0
