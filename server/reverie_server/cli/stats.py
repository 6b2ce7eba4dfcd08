"""``reverie stats``: what there is, and how the server is."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import typer
from google.protobuf.json_format import MessageToDict
from rich.console import Console
from rich.table import Table

from reverie import Reverie
from reverie.v1.operations_service_pb2 import GetStatsRequest, GetStatsResponse
from reverie_server.cli.connection import run_with_server
from reverie_server.cli.loading import load_settings
from reverie_server.cli.options import AddressOption, ApiKeyOption, JsonOption, SettingsFileOption


def stats(
    address: AddressOption = None,
    api_key: ApiKeyOption = None,
    as_json: JsonOption = False,
    settings_file: SettingsFileOption = None,
) -> None:
    """Show counts of this workspace, and how storage and index are."""
    settings = load_settings(settings_file, address=address, api_key=api_key)

    async def show(reverie: Reverie) -> int:
        found = await reverie.operations.GetStats(GetStatsRequest())
        if as_json:
            typer.echo(json.dumps(stats_record(found)))
        else:
            Console().print(_table(found))
        return 0

    run_with_server(settings, show)


def stats_record(found: GetStatsResponse) -> dict[str, object]:
    """The answer under the contract's names; numbers are numbers, and zero is there."""
    record = MessageToDict(
        found, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )
    return record | {
        "counts": dict(found.counts),
        "jobs": dict(found.jobs),
        "index_backlog": found.index_backlog,
        "index_points": found.index_points,
        "storage_bytes": found.storage_bytes,
    }


def size(bytes_: int) -> str:
    """A size for people."""
    value = float(bytes_)
    for unit in ("B", "KiB", "MiB"):
        if value < 1024:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1024
    return f"{value:.1f} GiB"


def _table(found: GetStatsResponse) -> Table:
    table = Table(show_header=False, title=f"Reverie {found.version}", title_justify="left")
    table.add_column(style="bold", overflow="fold")
    table.add_column(justify="right", overflow="fold")
    for name, value in sorted(found.counts.items()):
        table.add_row(name.replace("_", " "), f"{value:,}")
    table.add_section()
    for state, value in sorted(found.jobs.items()):
        table.add_row(f"jobs {state}", f"{value:,}")
    table.add_section()
    table.add_row("index", found.index_state)
    table.add_row("index points", f"{found.index_points:,}")
    table.add_row("changes waiting for it", f"{found.index_backlog:,}")
    table.add_section()
    table.add_row("storage", f"{found.storage_engine}, {size(found.storage_bytes)}")
    table.add_row("embedder", found.embedder)
    started = found.start_time.ToDatetime(UTC)
    up = datetime.now(UTC) - started
    table.add_row("up since", f"{started:%Y-%m-%d %H:%M:%S} UTC ({str(up).split('.')[0]})")
    return table
