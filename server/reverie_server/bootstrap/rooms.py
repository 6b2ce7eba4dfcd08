"""Ties the rooms together. What one needs of another is a port; here it gets what fits it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Final

from reverie.v1 import episodic_memory_service_pb2_grpc as episodic_grpc
from reverie.v1 import fact_service_pb2_grpc as fact_grpc
from reverie.v1 import operations_service_pb2_grpc as operations_grpc
from reverie.v1 import persona_service_pb2_grpc as persona_grpc
from reverie.v1 import procedural_memory_service_pb2_grpc as procedural_grpc
from reverie.v1 import prompt_service_pb2_grpc as prompt_grpc
from reverie.v1 import recall_service_pb2_grpc as recall_grpc
from reverie.v1 import relationship_service_pb2_grpc as relationship_grpc
from reverie.v1 import semantic_memory_service_pb2_grpc as semantic_grpc
from reverie.v1 import user_service_pb2_grpc as user_grpc
from reverie.v1 import working_memory_service_pb2_grpc as working_grpc
from reverie_server.bootstrap.floors import Floors
from reverie_server.bootstrap.privacy import privacy_servicer
from reverie_server.bootstrap.prompt_facts import PromptFacts
from reverie_server.bootstrap.prompt_sources import (
    PromptConversations,
    PromptIdentities,
    PromptRecall,
    PromptStorylines,
)
from reverie_server.bootstrap.readings import Caches
from reverie_server.clock import MICROSECONDS
from reverie_server.governance.forgetting.again import ForgettingAgain
from reverie_server.governance.forgetting.ledger_keeper import LedgerKeeper
from reverie_server.governance.forgetting.service import ForgettingService
from reverie_server.governance.forgetting.service import Rooms as ForgettingRooms
from reverie_server.governance.operations.backups import Backups
from reverie_server.governance.operations.housekeeping import (
    INTERVAL_SECONDS as HOUSEKEEPING_SECONDS,
)
from reverie_server.governance.operations.housekeeping import Housekeeping
from reverie_server.governance.operations.maintenance import Maintenance
from reverie_server.governance.operations.service import OperationsService
from reverie_server.governance.operations.servicer import OperationsServicer
from reverie_server.governance.workspaces.service import Workspaces
from reverie_server.identity.personas.service import PersonaService
from reverie_server.identity.personas.servicer import PersonaServicer
from reverie_server.identity.presence import Presence
from reverie_server.identity.prompt.meanings import Meanings
from reverie_server.identity.prompt.service import PromptService
from reverie_server.identity.prompt.servicer import PromptServicer
from reverie_server.identity.prompt.template_service import TemplateService
from reverie_server.identity.prompt.tokens import TokenCounter
from reverie_server.identity.relationships.calls import CallRecords
from reverie_server.identity.relationships.dynamics.service import DynamicsService
from reverie_server.identity.relationships.dynamics.trajectory import DAY_SECONDS
from reverie_server.identity.relationships.recent_calls import RecentCallsView
from reverie_server.identity.relationships.service import RelationshipService
from reverie_server.identity.relationships.servicer import RelationshipServicer
from reverie_server.identity.relationships.storylines.erasure import StorylineErasure
from reverie_server.identity.relationships.storylines.service import StorylineService
from reverie_server.identity.users.service import UserService
from reverie_server.identity.users.servicer import UserServicer
from reverie_server.index.memory_index import IndexState, Kind
from reverie_server.index.reconcile import Reconciler
from reverie_server.jobs.retry import RetryPolicy
from reverie_server.jobs.runner import JobRunner
from reverie_server.jobs.schedule import Chore, Schedule
from reverie_server.jobs.service import JobService
from reverie_server.jobs.steps import Steps
from reverie_server.rpc.page_tokens import PageTokens
from reverie_server.rpc.server import Servicer
from reverie_server.settings import Settings
from reverie_server.storage.backup_folder import BackupFolder
from reverie_server.tiers.episodic.archive import ARCHIVE_SESSION, Archive
from reverie_server.tiers.episodic.erasure import EpisodeErasure
from reverie_server.tiers.episodic.recent import RecentEpisodes
from reverie_server.tiers.episodic.rehydration import Rehydration
from reverie_server.tiers.episodic.service import EpisodeService
from reverie_server.tiers.episodic.servicer import EpisodicMemoryServicer
from reverie_server.tiers.facts.ageing import INTERVAL_SECONDS as AGEING_SECONDS
from reverie_server.tiers.facts.ageing import Ageing
from reverie_server.tiers.facts.erasure import FactErasure
from reverie_server.tiers.facts.extraction import FactExtraction
from reverie_server.tiers.facts.finding import FactFinder
from reverie_server.tiers.facts.forgetting import FactEvidence
from reverie_server.tiers.facts.graph_service import FactGraphs
from reverie_server.tiers.facts.profile import UserProfiles
from reverie_server.tiers.facts.reading_service import FactReading
from reverie_server.tiers.facts.service import FactService
from reverie_server.tiers.facts.servicer import FactServicer
from reverie_server.tiers.facts.taking_in import Facts
from reverie_server.tiers.procedural.erasure import ProcedureErasure
from reverie_server.tiers.procedural.service import ProcedureService
from reverie_server.tiers.procedural.servicer import ProceduralMemoryServicer
from reverie_server.tiers.recall.capabilities import Capabilities
from reverie_server.tiers.recall.entry_search import EntrySearcher
from reverie_server.tiers.recall.episode_search import EpisodeSearcher
from reverie_server.tiers.recall.finder import Finder
from reverie_server.tiers.recall.kind_search import KindSearcher
from reverie_server.tiers.recall.listing import MemoryList
from reverie_server.tiers.recall.service import RecallService
from reverie_server.tiers.recall.servicer import RecallServicer
from reverie_server.tiers.recall.views import Views
from reverie_server.tiers.semantic.erasure import DocumentErasure
from reverie_server.tiers.semantic.service import DocumentService
from reverie_server.tiers.semantic.servicer import SemanticMemoryServicer
from reverie_server.tiers.semantic.vectors import EmbedderVectors as DocumentVectors
from reverie_server.tiers.working.bookmarks import Bookmarks
from reverie_server.tiers.working.ending import SessionEnding
from reverie_server.tiers.working.entries import Entries
from reverie_server.tiers.working.erasure import SessionErasure
from reverie_server.tiers.working.lifecycle import SessionLifecycle
from reverie_server.tiers.working.records import SessionRecords
from reverie_server.tiers.working.service import WorkingMemory
from reverie_server.tiers.working.servicer import WorkingMemoryServicer
from reverie_server.tiers.working.sessions import Sessions
from reverie_server.tiers.working.summaries import Summaries
from reverie_server.tiers.working.timelines import Timelines
from reverie_server.tiers.working.vectors import EmbedderVectors as EntryVectors

TOKENIZER: Final = "llama-2"
"""The packaged one, which the token table comes with."""


@dataclass(frozen=True, slots=True)
class Rooms:
    servicers: Mapping[str, Servicer]
    """By full service name."""
    tasks: Mapping[str, Callable[[], Coroutine[None, None, None]]]
    """What has to run in the background while the server is on duty, by name."""
    caches: Caches
    before_serving: Callable[[], Coroutine[None, None, None]]
    """What has to be done first, each time."""


def build_rooms(floors: Floors, settings: Settings, page_tokens: PageTokens, version: str) -> Rooms:
    """Everything above the floors."""
    database, clock, embedder = floors.database, floors.clock, floors.embedder
    expiry = int(settings.session_expiry_seconds * MICROSECONDS)

    workspaces = Workspaces(database)
    users = UserService(database, clock, workspaces)
    personas = PersonaService(database, clock, workspaces)
    drift_days = settings.relationship_drift_half_life_days
    drift_half_life = int(drift_days * DAY_SECONDS * MICROSECONDS)
    relationships = RelationshipService(
        database, clock, users, personas, drift_half_life=drift_half_life
    )
    dynamics = DynamicsService(database, clock, drift_half_life=drift_half_life)
    storylines = StorylineService(database, clock)
    recent_calls = RecentCallsView(database, RecentEpisodes(), storylines)
    presence = Presence(workspaces, personas, relationships)
    jobs = JobService(database, clock)

    entry_vectors = EntryVectors(embedder)
    evidence = FactEvidence()
    sessions = SessionRecords(entry_vectors, evidence, expiry=expiry)
    views = Views(database, floors.tokens, capacity_bytes=settings.recall_cache_bytes)
    finder = Finder(views, floors.index, embedder, clock)
    recall = RecallService(
        database,
        finder,
        workspaces,
        sessions,
        clock,
        vector_dimension=entry_vectors.supplied_dimension,
    )

    archive = Archive(database, clock, jobs, sessions, floors.summarizer)
    calls = CallRecords()
    ending = SessionEnding(database, clock, archive, calls, jobs, expiry=expiry)
    working = WorkingMemory(
        sessions=Sessions(database, clock, presence, workspaces),
        entries=Entries(
            database,
            clock,
            entry_vectors,
            workspaces,
            EntrySearcher(database, finder, sessions),
            archive,
            jobs,
            evidence,
        ),
        timelines=Timelines(database, clock),
        bookmarks=Bookmarks(database, clock),
        summaries=Summaries(database, clock, floors.summarizer),
        ending=ending,
    )
    lifecycle = SessionLifecycle(
        database, clock, ending, idle=int(settings.session_idle_seconds * MICROSECONDS)
    )
    episodes = EpisodeService(
        database,
        clock,
        archive,
        sessions,
        presence,
        workspaces,
        EpisodeSearcher(database, finder, vector_dimension=entry_vectors.supplied_dimension),
        jobs,
        calls,
    )
    rehydration = Rehydration(database, clock, sessions, floors.summarizer)
    documents = DocumentService(
        database,
        clock,
        presence,
        workspaces,
        DocumentVectors(embedder, supplied_by_caller=False),
        KindSearcher(finder, Kind.DOCUMENT, vector_dimension=entry_vectors.supplied_dimension),
    )
    taking_in = Facts(sessions)
    facts = FactService(database, clock, presence, workspaces, sessions, taking_in)
    extraction = FactExtraction(
        database,
        clock,
        workspaces,
        sessions,
        archive,
        calls,
        floors.extractors,
        taking_in,
    )
    fact_reading = FactReading(
        database,
        clock,
        presence,
        workspaces,
        sessions,
        archive,
        calls,
        floors.extractors,
        taking_in,
    )
    fact_finder = FactFinder(
        database,
        clock,
        workspaces,
        KindSearcher(finder, Kind.FACT, vector_dimension=entry_vectors.supplied_dimension),
    )
    procedures = ProcedureService(
        database,
        clock,
        presence,
        KindSearcher(finder, Kind.PROCEDURE, vector_dimension=entry_vectors.supplied_dimension),
    )

    forgetting = ForgettingService(
        database,
        clock,
        workspaces,
        calls,
        ForgettingRooms(
            facts=FactErasure(),
            sessions=SessionErasure(),
            episodes=EpisodeErasure(sessions, jobs, calls),
            documents=DocumentErasure(),
            procedures=ProcedureErasure(),
            storylines=StorylineErasure(),
        ),
        jobs,
    )

    identities = PromptIdentities()
    counter = TokenCounter(floors.tokens, name=TOKENIZER)
    prompts = PromptService(
        database,
        clock,
        workspaces,
        identities,
        PromptConversations(),
        PromptFacts(),
        PromptStorylines(),
        PromptRecall(recall),
        counter,
        lambda: Meanings(floors.tokens),
    )
    prompt_templates = TemplateService(database, clock, presence, identities)

    reconciler = Reconciler(database, floors.index, floors.indexer, clock)
    maintenance = Maintenance(database, floors.index, floors.indexer, embedder, reconciler)
    operations = OperationsService(database, floors.index, embedder, jobs, clock, version=version)
    backups = Backups(database, jobs, clock, BackupFolder(settings.backup_folder), version=version)
    runner = JobRunner(
        database,
        clock,
        {
            ARCHIVE_SESSION: Steps(
                {"summarize": archive.archive_session, "extract facts": extraction.extract_session}
            ),
            **maintenance.handlers(),
            **backups.handlers(),
        },
        retry=RetryPolicy(attempts=settings.job_attempts, first_seconds=settings.job_retry_seconds),
        alone=not floors.standing.shared,
        lease_seconds=settings.lease_seconds,
    )
    jobs.on_wake(runner.wake)
    floors.hints(runner.wake)

    capabilities = Capabilities(
        version=version,
        embedder=embedder.name,
        embedding_dimension=embedder.dimension,
        index="Qdrant Edge",
        index_ready=lambda: floors.index.health().state is IndexState.READY,
        summarizer=floors.summarizer.name,
        tokenizer=TOKENIZER,
        languages=("en",),
    )
    servicers = (
        Servicer(
            "reverie.v1.WorkingMemoryService",
            working_grpc.add_WorkingMemoryServiceServicer_to_server,
            WorkingMemoryServicer(working, page_tokens),
        ),
        Servicer(
            "reverie.v1.EpisodicMemoryService",
            episodic_grpc.add_EpisodicMemoryServiceServicer_to_server,
            EpisodicMemoryServicer(episodes, rehydration, page_tokens),
        ),
        Servicer(
            "reverie.v1.SemanticMemoryService",
            semantic_grpc.add_SemanticMemoryServiceServicer_to_server,
            SemanticMemoryServicer(documents, page_tokens),
        ),
        Servicer(
            "reverie.v1.FactService",
            fact_grpc.add_FactServiceServicer_to_server,
            FactServicer(
                facts,
                fact_reading,
                fact_finder,
                UserProfiles(database, clock, workspaces),
                FactGraphs(database, clock, workspaces),
                page_tokens,
            ),
        ),
        Servicer(
            "reverie.v1.ProceduralMemoryService",
            procedural_grpc.add_ProceduralMemoryServiceServicer_to_server,
            ProceduralMemoryServicer(procedures, page_tokens),
        ),
        Servicer(
            "reverie.v1.RecallService",
            recall_grpc.add_RecallServiceServicer_to_server,
            RecallServicer(recall, capabilities),
        ),
        Servicer(
            "reverie.v1.UserService",
            user_grpc.add_UserServiceServicer_to_server,
            UserServicer(users, page_tokens),
        ),
        Servicer(
            "reverie.v1.PersonaService",
            persona_grpc.add_PersonaServiceServicer_to_server,
            PersonaServicer(personas, page_tokens),
        ),
        Servicer(
            "reverie.v1.RelationshipService",
            relationship_grpc.add_RelationshipServiceServicer_to_server,
            RelationshipServicer(
                relationships,
                dynamics,
                storylines,
                recent_calls,
                MemoryList(database, workspaces, clock),
                forgetting,
                page_tokens,
            ),
        ),
        Servicer(
            "reverie.v1.PromptService",
            prompt_grpc.add_PromptServiceServicer_to_server,
            PromptServicer(prompts, prompt_templates, page_tokens),
        ),
        Servicer(
            "reverie.v1.OperationsService",
            operations_grpc.add_OperationsServiceServicer_to_server,
            OperationsServicer(jobs, operations, backups, page_tokens),
        ),
        privacy_servicer(floors, settings, workspaces, personas, {ARCHIVE_SESSION}),
    )
    chores = {
        "housekeeping": Chore(HOUSEKEEPING_SECONDS, Housekeeping(database, clock, jobs).sweep),
        "ageing of facts": Chore(AGEING_SECONDS, Ageing(database, clock).sweep),
        "session lifecycle": Chore(settings.sweep_seconds, lifecycle.sweep_all),
    }
    return Rooms(
        servicers={servicer.name: servicer for servicer in servicers},
        before_serving=ForgettingAgain(database, clock, workspaces, forgetting).run,
        tasks={
            **_tasks(floors, runner, chores, settings.lease_seconds),
            "tombstones": LedgerKeeper(database, settings.backup_folder).run_forever,
        },
        caches=Caches(
            {"recall_views": views.counts, "prompt_lines": counter.counts},
            recall_bytes=lambda: views.size_bytes,
        ),
    )


def _tasks(
    floors: Floors, runner: JobRunner, chores: Mapping[str, Chore], lease_seconds: float
) -> Mapping[str, Callable[[], Coroutine[None, None, None]]]:
    schedule = Schedule(floors.database, floors.server_id, chores, lease_seconds=lease_seconds)
    tasks = {"indexer": floors.indexer.run, "jobs": runner.run, "schedule": schedule.run}
    if floors.partitions is None:
        return tasks
    # First, so that the indexer has ended when they are given up.
    return {"partitions": floors.partitions.run, **tasks}
