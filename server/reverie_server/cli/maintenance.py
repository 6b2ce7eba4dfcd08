"""``reverie reindex``, ``reconcile`` and ``compact``: start a job and watch it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated

import typer

from reverie import Reverie
from reverie.v1 import operations_service_pb2 as pb
from reverie_server.cli.connection import FAILED, run_with_server
from reverie_server.cli.counted import counted
from reverie_server.cli.loading import load_settings
from reverie_server.cli.options import AddressOption, ApiKeyOption, JsonOption, SettingsFileOption
from reverie_server.cli.progress import progress_bar
from reverie_server.cli.stats import size
from reverie_server.settings import Settings

Start = Callable[[Reverie], Awaitable[pb.Job]]
"""Starts the job."""
Told = Callable[[Mapping[str, int]], tuple[str, int]]
"""A sentence about the job's result, and the exit code."""


def reindex(
    recompute_embeddings: Annotated[
        bool, typer.Option("--recompute-embeddings", help="Also compute every vector anew.")
    ] = False,
    address: AddressOption = None,
    api_key: ApiKeyOption = None,
    as_json: JsonOption = False,
    settings_file: SettingsFileOption = None,
) -> None:
    """Build the index anew from the database.

    Answers are complete meanwhile, only slower.
    """

    async def start(reverie: Reverie) -> pb.Job:
        request = pb.ReindexRequest(recompute_embeddings=recompute_embeddings)
        return (await reverie.operations.Reindex(request)).job

    def told(result: Mapping[str, int]) -> tuple[str, int]:
        memories = counted(result.get("memories", 0), "memory", "memories")
        return f"The index is built anew from {memories}.", 0

    settings = load_settings(settings_file, address=address, api_key=api_key)
    run_job(settings, start, told, as_json=as_json)


def reconcile(
    repair: Annotated[bool, typer.Option("--repair", help="Also repair what differs.")] = False,
    address: AddressOption = None,
    api_key: ApiKeyOption = None,
    as_json: JsonOption = False,
    settings_file: SettingsFileOption = None,
) -> None:
    """Compare the index with the database.

    The exit code is 1 when they differ and stay so.
    """

    async def start(reverie: Reverie) -> pb.Job:
        return (await reverie.operations.Reconcile(pb.ReconcileRequest(repair=repair))).job

    settings = load_settings(settings_file, address=address, api_key=api_key)
    run_job(settings, start, told_reconciled, as_json=as_json)


def compact(
    address: AddressOption = None,
    api_key: ApiKeyOption = None,
    as_json: JsonOption = False,
    settings_file: SettingsFileOption = None,
) -> None:
    """Rewrite database and index without what was deleted.

    Writes wait meanwhile.
    """

    async def start(reverie: Reverie) -> pb.Job:
        return (await reverie.operations.Compact(pb.CompactRequest())).job

    def told(result: Mapping[str, int]) -> tuple[str, int]:
        before, after = result.get("bytes_before", 0), result.get("bytes_after", 0)
        told = f"The database has {size(after)}; it had {size(before)}."
        if left := result.get("tables_left", 0):
            told += (
                f" Left to autovacuum, because the server's role may not vacuum:"
                f" {counted(left, 'table')}."
            )
        return told, 0

    settings = load_settings(settings_file, address=address, api_key=api_key)
    run_job(settings, start, told, as_json=as_json)


def told_reconciled(result: Mapping[str, int]) -> tuple[str, int]:
    """What a comparison found, in a sentence, and the exit code."""
    compared = f"{counted(result.get('compared', 0), 'memory', 'memories')} compared"
    counts = {name: result.get(name, 0) for name in ("missing", "stale", "extra")}
    if not any(counts.values()):
        return f"{compared}: the index agrees with the database.", 0
    differing = ", ".join(f"{value:,} {name}" for name, value in counts.items() if value)
    if repaired := result.get("repaired", 0):
        return f"{compared}: {differing}; {repaired:,} repaired.", 0
    return f"{compared}: {differing}. Run `reverie reconcile --repair`.", FAILED


def run_job(settings: Settings, start: Start, told: Told, *, as_json: bool) -> None:
    """Starts a job on the server, follows it, and leaves the program with what came of it."""

    async def work(reverie: Reverie) -> int:
        job = await start(reverie)
        job = await _watch(reverie, job, quiet=as_json)
        if job.state != pb.JOB_STATE_SUCCEEDED:
            sentence, code = f"The {job.kind} failed: {job.error_message}", FAILED
        else:
            sentence, code = told(job.result)
        if as_json:
            typer.echo(json.dumps(_record(job)))
        else:
            typer.echo(sentence, err=code != 0)
        return code

    run_with_server(settings, work)


async def _watch(reverie: Reverie, job: pb.Job, *, quiet: bool) -> pb.Job:
    """Follows the job to its end, with a bar on the terminal; gives it as it ended."""
    with progress_bar(quiet=quiet) as progress:
        bar = progress.add_task(job.kind, total=1.0)
        async for now in reverie.follow_job(job.job_id):
            job = now
            step = f"{job.kind}: {job.step}" if job.step else job.kind
            progress.update(bar, description=step, completed=job.progress)
    return job


def _record(job: pb.Job) -> dict[str, object]:
    return {
        "job_id": job.job_id,
        "kind": job.kind,
        "state": pb.JobState.Name(job.state).removeprefix("JOB_STATE_").lower(),
        "error_reason": job.error_reason,
        "error_message": job.error_message,
        "result": dict(job.result),
    }
