"""``reverie backup`` and ``reverie backups``: what the running server writes and has written."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from datetime import UTC
from typing import Annotated

import typer

from reverie import Reverie
from reverie.v1 import operations_service_pb2 as pb
from reverie_server.cli.connection import run_with_server
from reverie_server.cli.counted import counted
from reverie_server.cli.loading import load_settings
from reverie_server.cli.maintenance import run_job
from reverie_server.cli.options import AddressOption, ApiKeyOption, JsonOption, SettingsFileOption
from reverie_server.cli.stats import size


def backup(
    name: Annotated[str, typer.Argument(help="What to call it; without one, after the time.")] = "",
    address: AddressOption = None,
    api_key: ApiKeyOption = None,
    as_json: JsonOption = False,
    settings_file: SettingsFileOption = None,
) -> None:
    """Have the server back its whole database up, while it serves.

    The backup is a folder in its REVERIE_BACKUP_FOLDER; `reverie restore` takes it.
    """
    request = pb.BackupRequest(name=name, request_id=str(uuid.uuid4()))

    async def start(reverie: Reverie) -> pb.Job:
        return (await reverie.operations.Backup(request)).job

    def told(result: Mapping[str, int]) -> tuple[str, int]:
        rows, bytes_ = result.get("rows", 0), result.get("bytes", 0)
        return f"The backup is whole: {counted(rows, 'row')}, {size(bytes_)}.", 0

    settings = load_settings(settings_file, address=address, api_key=api_key)
    run_job(settings, start, told, as_json=as_json)


def backups(
    address: AddressOption = None,
    api_key: ApiKeyOption = None,
    as_json: JsonOption = False,
    settings_file: SettingsFileOption = None,
) -> None:
    """List the backups in the server's folder."""
    settings = load_settings(settings_file, address=address, api_key=api_key)

    async def show(reverie: Reverie) -> int:
        found: list[pb.BackupInfo] = []
        token = ""
        while True:
            request = pb.ListBackupsRequest(page_token=token)
            page = await reverie.operations.ListBackups(request)
            found += page.backups
            token = page.next_page_token
            if not token:
                break
        if as_json:
            typer.echo(json.dumps([_record(each) for each in found]))
        else:
            for line in _lines(found) or ("There are none yet: `reverie backup`.",):
                typer.echo(line)
        return 0

    run_with_server(settings, show)


def _time(each: pb.BackupInfo) -> str:
    return f"{each.backup_time.ToDatetime(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _record(each: pb.BackupInfo) -> dict[str, object]:
    return {
        "name": each.name,
        "backup_time": _time(each),
        "size_bytes": each.size_bytes,
        "rows": each.rows,
        "storage_engine": each.storage_engine,
        "schema_level": each.schema_level,
        "server_version": each.server_version,
    }


def _lines(found: list[pb.BackupInfo]) -> list[str]:
    """One of each, what matters most first: a narrow terminal breaks it and cuts nothing."""
    width = max((len(each.name) for each in found), default=0)
    return [
        f"{each.name:<{width}}  {_time(each)}  {size(each.size_bytes):>10}"
        f"  {counted(each.rows, 'row')}, {each.storage_engine}, schema {each.schema_level},"
        f" server {each.server_version}"
        for each in found
    ]
