"""Running ``reverie`` and looking at what it said."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE
from collections.abc import Mapping
from dataclasses import dataclass

from tests.server_process import environment


@dataclass(frozen=True, slots=True)
class Result:
    exit_code: int
    output: str
    errors: str


async def reverie_command(
    *arguments: str, settings: Mapping[str, str] | None = None, columns: int = 200
) -> Result:
    """Runs ``reverie`` with these arguments and settings to its end.

    Args:
        columns: of the terminal.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "reverie_server", *arguments),
        env=environment(settings) | {"COLUMNS": str(columns), "TERM": "dumb", "NO_COLOR": "1"},
        stdout=PIPE,
        stderr=PIPE,
    )
    output, errors = await process.communicate()
    assert process.returncode is not None
    return Result(process.returncode, output.decode(), errors.decode())
