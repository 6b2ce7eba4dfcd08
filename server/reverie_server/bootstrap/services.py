"""Ties the rooms together. What one needs of another is a port; here it gets what fits it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from reverie_server.bootstrap.floors import Floors
from reverie_server.bootstrap.prompt_facts import PromptFacts
from reverie_server.bootstrap.prompt_sources import (
    PromptConversations,
    PromptIdentities,
    PromptRecall,
    PromptStorylines,
)
from reverie_server.clock import MICROSECONDS
from reverie_server.governance.forgetting.service import ForgettingService
from reverie_server.governance.forgetting.service import Rooms as ForgettingRooms
from reverie_server.governance.operations.backups import Backups
from reverie_server.governance.operations.maintenance import Maintenance
from reverie_server.governance.operations.service import OperationsService
from reverie_server.governance.workspaces.service import Workspaces
from reverie_server.identity.personas.service import PersonaService
from reverie_server.identity.presence import Presence
from reverie_server.identity.prompt.meanings import Meanings
from reverie_server.identity.prompt.service import PromptService
from reverie_server.identity.prompt.template_service import TemplateService
from reverie_server.identity.prompt.tokens import TokenCounter
from reverie_server.identity.relationships.calls import CallRecords
from reverie_server.identity.relationships.dynamics.service import DynamicsService
from reverie_server.identity.relationships.dynamics.trajectory import DAY_SECONDS
from reverie_server.identity.relationships.recent_calls import RecentCallsView
from reverie_server.identity.relationships.service import RelationshipService
from reverie_server.identity.relationships.storylines.erasure import StorylineErasure
from reverie_server.identity.relationships.storylines.service import StorylineService
from reverie_server.identity.users.service import UserService
from reverie_server.index.memory_index import IndexState, Kind
from reverie_server.index.reconcile import Reconciler
from reverie_server.jobs.service import JobService
from reverie_server.settings import Settings
from reverie_server.storage.backup_folder import BackupFolder
from reverie_server.tiers.episodic.archive import Archive
from reverie_server.tiers.episodic.erasure import EpisodeErasure
from reverie_server.tiers.episodic.recent import RecentEpisodes
from reverie_server.tiers.episodic.rehydration import Rehydration
from reverie_server.tiers.episodic.service import EpisodeService
from reverie_server.tiers.facts.erasure import FactErasure
from reverie_server.tiers.facts.extraction import FactExtraction
from reverie_server.tiers.facts.finding import FactFinder
from reverie_server.tiers.facts.forgetting import FactEvidence
from reverie_server.tiers.facts.graph_service import FactGraphs
from reverie_server.tiers.facts.profile import UserProfiles
from reverie_server.tiers.facts.reading_service import FactReading
from reverie_server.tiers.facts.service import FactService
from reverie_server.tiers.facts.taking_in import Facts
from reverie_server.tiers.procedural.erasure import ProcedureErasure
from reverie_server.tiers.procedural.service import ProcedureService
from reverie_server.tiers.recall.capabilities import Capabilities
from reverie_server.tiers.recall.entry_search import EntrySearcher
from reverie_server.tiers.recall.episode_search import EpisodeSearcher
from reverie_server.tiers.recall.finder import Finder
from reverie_server.tiers.recall.kind_search import KindSearcher
from reverie_server.tiers.recall.listing import MemoryList
from reverie_server.tiers.recall.service import RecallService
from reverie_server.tiers.recall.views import Views
from reverie_server.tiers.semantic.erasure import DocumentErasure
from reverie_server.tiers.semantic.service import DocumentService
from reverie_server.tiers.semantic.vectors import EmbedderVectors as DocumentVectors
from reverie_server.tiers.working.bookmarks import Bookmarks
from reverie_server.tiers.working.ending import SessionEnding
from reverie_server.tiers.working.entries import Entries
from reverie_server.tiers.working.erasure import SessionErasure
from reverie_server.tiers.working.lifecycle import SessionLifecycle
from reverie_server.tiers.working.records import SessionRecords
from reverie_server.tiers.working.service import WorkingMemory
from reverie_server.tiers.working.sessions import Sessions
from reverie_server.tiers.working.summaries import Summaries
from reverie_server.tiers.working.timelines import Timelines
from reverie_server.tiers.working.vectors import EmbedderVectors as EntryVectors

TOKENIZER: Final = "llama-2"
"""The packaged one, which the token table comes with."""


@dataclass(frozen=True, slots=True)
class Services:
    """The rules of all rooms, by what they are about."""

    workspaces: Workspaces
    users: UserService
    personas: PersonaService
    relationships: RelationshipService
    dynamics: DynamicsService
    storylines: StorylineService
    recent_calls: RecentCallsView
    working: WorkingMemory
    lifecycle: SessionLifecycle
    episodes: EpisodeService
    rehydration: Rehydration
    documents: DocumentService
    facts: FactService
    fact_reading: FactReading
    fact_finder: FactFinder
    user_profiles: UserProfiles
    fact_graphs: FactGraphs
    procedures: ProcedureService
    recall: RecallService
    capabilities: Capabilities
    memories: MemoryList
    forgetting: ForgettingService
    prompts: PromptService
    prompt_templates: TemplateService
    jobs: JobService
    archive: Archive
    extraction: FactExtraction
    maintenance: Maintenance
    operations: OperationsService
    backups: Backups
    views: Views
    counter: TokenCounter


def build_services(floors: Floors, settings: Settings, version: str) -> Services:
    """Everything above the floors that knows no gRPC."""
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
    user_profiles = UserProfiles(database, clock, workspaces)
    fact_graphs = FactGraphs(database, clock, workspaces)
    memories = MemoryList(database, workspaces, clock)

    maintenance = Maintenance(database, floors.index, floors.indexer, embedder, reconciler)
    operations = OperationsService(database, floors.index, embedder, jobs, clock, version=version)
    backups = Backups(database, jobs, clock, BackupFolder(settings.backup_folder), version=version)

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
    return Services(
        workspaces=workspaces,
        users=users,
        personas=personas,
        relationships=relationships,
        dynamics=dynamics,
        storylines=storylines,
        recent_calls=recent_calls,
        working=working,
        lifecycle=lifecycle,
        episodes=episodes,
        rehydration=rehydration,
        documents=documents,
        facts=facts,
        fact_reading=fact_reading,
        fact_finder=fact_finder,
        user_profiles=user_profiles,
        fact_graphs=fact_graphs,
        procedures=procedures,
        recall=recall,
        capabilities=capabilities,
        memories=memories,
        forgetting=forgetting,
        prompts=prompts,
        prompt_templates=prompt_templates,
        jobs=jobs,
        archive=archive,
        extraction=extraction,
        maintenance=maintenance,
        operations=operations,
        backups=backups,
        views=views,
        counter=counter,
    )
