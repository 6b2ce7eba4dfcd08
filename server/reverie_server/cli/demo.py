"""``reverie demo``: a bot that remembers, in three calls, and why it remembers what it does."""

from __future__ import annotations

import asyncio
import tempfile
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding

from reverie import Reverie
from reverie.v1.common_pb2 import Tier
from reverie.v1.episodic_memory_service_pb2 import GetEpisodeRequest
from reverie.v1.operations_service_pb2 import JOB_STATE_SUCCEEDED
from reverie.v1.persona_service_pb2 import DeletePersonaRequest
from reverie.v1.recall_service_pb2 import MemoryHit
from reverie.v1.user_service_pb2 import DeleteUserRequest
from reverie_server.cli.connection import FAILED, run_with_server
from reverie_server.cli.demo_script import ALICE, CALLS, Call
from reverie_server.cli.loading import load_settings
from reverie_server.cli.logs import log_to_stderr
from reverie_server.cli.options import AddressOption, ApiKeyOption
from reverie_server.cli.score_parts import reasons
from reverie_server.settings import Settings

ENOUGH: Final = 0.5
"""Below this score Brad rather says nothing: a score is absolute."""
SHOWN: Final = 2
SECONDS_A_TURN: Final = 8


def demo(address: AddressOption = None, api_key: ApiKeyOption = None) -> None:
    """Watch Brad remember Alice over three calls, and see why.

    Runs on a server of its own, in a folder that is deleted afterwards, unless --address names one;
    there it deletes the user and the persona that it made.
    """
    if address is not None:
        run_with_server(load_settings(address=address, api_key=api_key), _demo_and_clean)
    _run_embedded()


def _run_embedded() -> NoReturn:
    # Imported here: the engine's libraries take a while, and `--help` needs none of them.
    from reverie_server.bootstrap import Application, CannotStart  # noqa: PLC0415

    @asynccontextmanager
    async def embedded(folder: Path) -> AsyncIterator[str]:
        application = await Application.start(Settings(data_folder=folder, port=0))
        try:
            yield application.address
        finally:
            await application.stop()

    log_to_stderr("WARNING")

    async def run() -> int:
        with tempfile.TemporaryDirectory(prefix="reverie-demo-") as folder:
            async with embedded(Path(folder)) as address, Reverie(address) as reverie:
                return await _demo(reverie, "alice", "brad")

    try:
        code = asyncio.run(run())
    except CannotStart as error:
        typer.echo(f"reverie: {error}", err=True)
        code = FAILED
    raise typer.Exit(code)


async def _demo_and_clean(reverie: Reverie) -> int:
    suffix = uuid.uuid4().hex[:8]
    user_id, persona_id = f"demo-alice-{suffix}", f"demo-brad-{suffix}"
    try:
        return await _demo(reverie, user_id, persona_id)
    finally:
        await reverie.users.DeleteUser(DeleteUserRequest(user_id=user_id))
        await reverie.personas.DeletePersona(
            DeletePersonaRequest(persona_id=persona_id, force=True)
        )


async def _demo(reverie: Reverie, user_id: str, persona_id: str) -> int:
    console = Console(highlight=False)
    for call in CALLS:
        console.rule(f"[bold]{call.title}[/], {_ago(call.ago)}")
        for question in call.brad_wonders:
            await _wonder(console, reverie, user_id, persona_id, question)
        summary = await _talk(console, reverie, user_id, persona_id, call)
        _indented(console, 2, f"[dim]What remains of it:[/] {escape(summary)}\n")
    return 0


async def _wonder(
    console: Console, reverie: Reverie, user_id: str, persona_id: str, question: str
) -> None:
    """Brad looks something up before he speaks."""
    console.print(f"  [cyan]Brad wonders:[/] {escape(question)}")
    hits: Sequence[MemoryHit] = ()
    if _is_known(reverie, user_id):
        found = await reverie.recall(
            user_id, persona_id, question, limit=SHOWN, min_score=ENOUGH, explain=True
        )
        hits = found.hits
    if not hits:
        console.print("    [dim]nothing comes to mind[/]\n")
        return
    for hit in hits:
        tier = Tier.Name(hit.tier).removeprefix("TIER_").lower()
        said = f"{hit.speaker}: {hit.text}" if hit.speaker else hit.text
        date = hit.event_time.ToDatetime(UTC)
        _indented(console, 4, f"[green]{hit.score:.2f}[/] {escape(said)}")
        why = f"{tier} memory of {date:%d %B}; {reasons(hit.score_parts)}"
        _indented(console, 9, f"[dim]{why}[/]")
    console.print()


async def _talk(
    console: Console, reverie: Reverie, user_id: str, persona_id: str, call: Call
) -> str:
    """The call itself; gives what the server made of it."""
    start = datetime.now(UTC) - call.ago
    session = await reverie.session(user_id, persona_id, start_time=start).start()
    time = start
    for speaker, words in call.turns:
        time += timedelta(seconds=SECONDS_A_TURN)
        style = "bold" if speaker == ALICE else "cyan"
        _indented(console, 2, f"[{style}]{speaker}:[/] {escape(words)}")
        speak = session.say if speaker == ALICE else session.reply
        await speak(words, speaker=speaker, event_time=time)
    ended = await session.end(end_time=time)
    async for job in reverie.follow_job(ended.job_id, user_id=user_id, persona_id=persona_id):
        if job.state == JOB_STATE_SUCCEEDED:
            request = GetEpisodeRequest(
                user_id=user_id, persona_id=persona_id, episode_id=ended.episode_id
            )
            return (await reverie.episodic.GetEpisode(request)).episode.summary
    return "(its summary failed)"


def _indented(console: Console, columns: int, text: str) -> None:
    """Prints text whose further lines are indented like its first."""
    console.print(Padding(text, (0, 0, 0, columns)))


def _is_known(reverie: Reverie, user_id: str) -> bool:
    """Before the first call there is nobody to know anything of."""
    return reverie.revisions.of(user_id) > 0


def _ago(time: timedelta) -> str:
    return f"{time.days} days ago" if time.days else "an hour ago"
