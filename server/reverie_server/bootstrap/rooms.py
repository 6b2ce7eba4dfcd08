"""All rooms as the server runs them: what is served of them, and what they do by themselves."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass

from reverie_server.bootstrap.floors import Floors
from reverie_server.bootstrap.readings import Caches
from reverie_server.bootstrap.servicers import build_servicers
from reverie_server.bootstrap.services import Services, build_services
from reverie_server.governance.forgetting import ledger_keeper
from reverie_server.governance.forgetting.again import ForgettingAgain
from reverie_server.governance.forgetting.ledger_keeper import LedgerKeeper
from reverie_server.governance.operations import housekeeping
from reverie_server.governance.operations.housekeeping import Housekeeping
from reverie_server.jobs.retry import RetryPolicy
from reverie_server.jobs.runner import JobRunner
from reverie_server.jobs.schedule import Chore, Schedule
from reverie_server.jobs.steps import Steps
from reverie_server.rpc.page_tokens import PageTokens
from reverie_server.rpc.server import Servicer
from reverie_server.settings import Settings
from reverie_server.tiers.episodic.archive import ARCHIVE_SESSION
from reverie_server.tiers.facts import ageing
from reverie_server.tiers.facts.ageing import Ageing

Work = Callable[[], Coroutine[None, None, None]]


@dataclass(frozen=True, slots=True)
class Rooms:
    servicers: Mapping[str, Servicer]
    """By full service name."""
    tasks: Mapping[str, Work]
    """What has to run in the background while the server is on duty, by name."""
    caches: Caches
    before_serving: Work
    """What has to be done first, each time."""


def build_rooms(floors: Floors, settings: Settings, page_tokens: PageTokens, version: str) -> Rooms:
    """Everything above the floors."""
    services = build_services(floors, settings, version)
    database, clock = floors.database, floors.clock
    servicers = build_servicers(services, floors, settings, page_tokens)
    return Rooms(
        servicers={servicer.name: servicer for servicer in servicers},
        before_serving=ForgettingAgain(
            database, clock, services.workspaces, services.forgetting
        ).run,
        tasks=_tasks(services, floors, settings),
        caches=Caches(
            {"recall_views": services.views.counts, "prompt_lines": services.counter.counts},
            recall_bytes=lambda: services.views.size_bytes,
        ),
    )


def _tasks(services: Services, floors: Floors, settings: Settings) -> Mapping[str, Work]:
    schedule = Schedule(
        floors.database,
        floors.server_id,
        _chores(services, floors, settings),
        lease_seconds=settings.lease_seconds,
        alone=not floors.standing.shared,
    )
    runner = _runner(services, floors, settings)
    tasks = {"indexer": floors.indexer.run, "jobs": runner.run, "schedule": schedule.run}
    if floors.partitions is None:
        return tasks
    # First, so that the indexer has ended when they are given up.
    return {"partitions": floors.partitions.run, **tasks}


def _chores(services: Services, floors: Floors, settings: Settings) -> Mapping[str, Chore]:
    database, clock = floors.database, floors.clock
    keeper = LedgerKeeper(database, settings.backup_folder)
    return {
        "housekeeping": Chore(
            housekeeping.INTERVAL_SECONDS, Housekeeping(database, clock, services.jobs).sweep
        ),
        "ageing of facts": Chore(ageing.INTERVAL_SECONDS, Ageing(database, clock).sweep),
        "session lifecycle": Chore(
            settings.sweep_seconds, services.lifecycle.sweep_all, services.lifecycle.is_called_for
        ),
        "tombstones": Chore(ledger_keeper.INTERVAL_SECONDS, keeper.keep, keeper.is_called_for),
    }


def _runner(services: Services, floors: Floors, settings: Settings) -> JobRunner:
    archiving = {
        "summarize": services.archive.archive_session,
        "extract facts": services.extraction.extract_session,
    }
    runner = JobRunner(
        floors.database,
        floors.clock,
        {
            ARCHIVE_SESSION: Steps(archiving),
            **services.maintenance.handlers(),
            **services.backups.handlers(),
        },
        retry=RetryPolicy(attempts=settings.job_attempts, first_seconds=settings.job_retry_seconds),
        alone=not floors.standing.shared,
        lease_seconds=settings.lease_seconds,
    )
    services.jobs.on_wake(runner.wake)
    floors.hints(runner.wake)
    return runner
