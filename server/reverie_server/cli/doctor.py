"""``reverie doctor``: what is wrong with this installation, and what to do about it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Final

import typer
from rich.console import Console
from rich.markup import escape

from reverie_server.cli.connection import FAILED
from reverie_server.cli.database_checks import DatabaseChecks, check_postgres
from reverie_server.cli.extractor_check import check_extractor
from reverie_server.cli.findings import Finding, Verdict
from reverie_server.cli.folder_checks import (
    check_backup_folder,
    check_common_backups,
    check_data_folder,
    check_file_system,
    check_lock,
)
from reverie_server.cli.index_checks import check_qdrant
from reverie_server.cli.loading import InvalidSettings, try_settings
from reverie_server.cli.local_checks import check_clock, check_embedder, check_schema
from reverie_server.cli.options import (
    AddressOption,
    ApiKeyOption,
    DataFolderOption,
    JsonOption,
    SettingsFileOption,
)
from reverie_server.cli.server_checks import check_port, check_server
from reverie_server.cli.servers import Servers
from reverie_server.cli.settings_checks import check_variables
from reverie_server.settings import Settings
from reverie_server.storage.sqlite import DATABASE_FILE
from reverie_server.storage.sqlite_inspection import stored_index

_MARKS: Final = {
    Verdict.OK: "[green]ok     [/]",
    Verdict.PROBLEM: "[red]problem[/]",
    Verdict.SKIPPED: "[yellow]skipped[/]",
}


def doctor(
    data_folder: DataFolderOption = None,
    address: AddressOption = None,
    api_key: ApiKeyOption = None,
    as_json: JsonOption = False,
    settings_file: SettingsFileOption = None,
) -> None:
    """Look for problems, and say how to mend each.

    First in the settings and what they name on this machine, with a server or without; then at the
    server that answers at the address. The exit code is 1 when there are any.
    """
    try:
        settings = try_settings(
            settings_file, data_folder=data_folder, address=address, api_key=api_key
        )
    except InvalidSettings as error:
        fix = "correct the flag, the variable REVERIE_<NAME> or the settings file"
        findings = [Finding.problem("settings", problem, fix) for problem in error.problems]
        findings += [each for each in check_variables() if each.is_problem]
    else:
        findings = asyncio.run(examine(settings))
    if as_json:
        typer.echo(json.dumps(_record(findings)))
    else:
        _print(findings)
    raise typer.Exit(FAILED if any(each.is_problem for each in findings) else 0)


async def examine(settings: Settings) -> list[Finding]:
    """Everything that can be seen from here, and what the server says that is asked."""
    servers = await Servers.find(settings)
    serving = servers.answer(servers.asked) or servers.answer(servers.own)
    database = await check_postgres(settings, serving=serving)
    folder = settings.data_folder
    if database is None:
        database = DatabaseChecks(
            [check_schema(folder), check_file_system(folder)],
            *await stored_index(folder.absolute() / DATABASE_FILE),
        )
    here = [
        Finding.ok("settings", "valid"),
        *check_variables(),
        *check_data_folder(folder),
        *check_backup_folder(settings.backup_folder, folder),
        *check_common_backups(settings),
        check_lock(folder, servers),
        *database.findings,
        await check_embedder(settings, database.embedder),
        await check_qdrant(settings, database.embedder, database.shared_index),
        check_clock(folder),
        await check_extractor(settings),
        check_port(settings, servers),
    ]
    there = await check_server(settings, servers)
    place = f"these settings, with data in {settings.data_place}"
    return [
        *(replace(each, about=place) for each in here),
        *(replace(each, about=f"the server at {servers.asked}") for each in there),
    ]


def _print(findings: list[Finding]) -> None:
    # What is to be copied has to stay in one piece: the terminal breaks lines, not the console.
    console = Console(highlight=False, soft_wrap=True)
    about = ""
    for each in findings:
        if each.about != about:
            about = each.about
            console.print(f"[bold]About {escape(about)}[/]")
        console.print(f"{_MARKS[each.verdict]} [bold]{each.check}[/]: {escape(each.detail)}")
        if each.fix:
            console.print(f"        -> {escape(each.fix)}")


def _record(findings: list[Finding]) -> dict[str, object]:
    return {
        "ok": not any(each.is_problem for each in findings),
        "checks": [
            {
                "about": each.about,
                "check": each.check,
                "verdict": each.verdict.value,
                "detail": each.detail,
                "fix": each.fix,
            }
            for each in findings
        ],
    }
