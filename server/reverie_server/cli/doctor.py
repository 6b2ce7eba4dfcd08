"""``reverie doctor``: what is wrong with this installation, and what to do about it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.markup import escape

from reverie_server.cli.connection import FAILED
from reverie_server.cli.database_checks import check_postgres
from reverie_server.cli.extractor_check import check_extractor
from reverie_server.cli.findings import Finding, Verdict
from reverie_server.cli.loading import InvalidSettings, try_settings
from reverie_server.cli.local_checks import check_clock, check_folder, check_schema
from reverie_server.cli.options import AddressOption, ApiKeyOption, JsonOption, SettingsFileOption
from reverie_server.cli.server_checks import check_server
from reverie_server.settings import Settings

_MARKS: Final = {
    Verdict.OK: "[green]ok     [/]",
    Verdict.PROBLEM: "[red]problem[/]",
    Verdict.SKIPPED: "[yellow]skipped[/]",
}


def doctor(
    data_folder: Annotated[
        Path | None, typer.Option(help="Where the database and the index are.")
    ] = None,
    address: AddressOption = None,
    api_key: ApiKeyOption = None,
    as_json: JsonOption = False,
    settings_file: SettingsFileOption = None,
) -> None:
    """Look for problems and say how to fix them. The exit code is 1 when there are any."""
    try:
        settings = try_settings(
            settings_file, data_folder=data_folder, address=address, api_key=api_key
        )
    except InvalidSettings as error:
        fix = "correct the flag, the variable REVERIE_<NAME> or the settings file"
        findings = [Finding.problem("settings", problem, fix) for problem in error.problems]
    else:
        findings = asyncio.run(_examine(settings))
    if as_json:
        typer.echo(json.dumps(_record(findings)))
    else:
        _print(findings)
    raise typer.Exit(FAILED if any(each.is_problem for each in findings) else 0)


async def _examine(settings: Settings) -> list[Finding]:
    return [
        Finding.ok("settings", "valid"),
        *check_folder(settings.data_folder),
        await check_postgres(settings) or check_schema(settings.data_folder),
        check_clock(settings.data_folder),
        await check_extractor(settings),
        *await check_server(settings),
    ]


def _print(findings: list[Finding]) -> None:
    console = Console(highlight=False)
    for each in findings:
        console.print(f"{_MARKS[each.verdict]} [bold]{each.check}[/]: {escape(each.detail)}")
        if each.fix:
            console.print(f"        -> {escape(each.fix)}")


def _record(findings: list[Finding]) -> dict[str, object]:
    return {
        "ok": not any(each.is_problem for each in findings),
        "checks": [
            {
                "check": each.check,
                "verdict": each.verdict.value,
                "detail": each.detail,
                "fix": each.fix,
            }
            for each in findings
        ],
    }
