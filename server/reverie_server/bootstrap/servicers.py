"""Gives every service of the contract the rooms behind it."""

from __future__ import annotations

from collections.abc import Sequence

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
from reverie_server.bootstrap.services import Services
from reverie_server.governance.operations.servicer import OperationsServicer
from reverie_server.identity.personas.servicer import PersonaServicer
from reverie_server.identity.prompt.servicer import PromptServicer
from reverie_server.identity.relationships.servicer import RelationshipServicer
from reverie_server.identity.users.servicer import UserServicer
from reverie_server.rpc.page_tokens import PageTokens
from reverie_server.rpc.server import Servicer
from reverie_server.settings import Settings
from reverie_server.tiers.episodic.archive import ARCHIVE_SESSION
from reverie_server.tiers.episodic.servicer import EpisodicMemoryServicer
from reverie_server.tiers.facts.servicer import FactServicer
from reverie_server.tiers.procedural.servicer import ProceduralMemoryServicer
from reverie_server.tiers.recall.servicer import RecallServicer
from reverie_server.tiers.semantic.servicer import SemanticMemoryServicer
from reverie_server.tiers.working.servicer import WorkingMemoryServicer


def build_servicers(
    rooms: Services, floors: Floors, settings: Settings, page_tokens: PageTokens
) -> Sequence[Servicer]:
    """Of every service that needs somebody to be there."""
    return (
        Servicer(
            "reverie.v1.WorkingMemoryService",
            working_grpc.add_WorkingMemoryServiceServicer_to_server,
            WorkingMemoryServicer(rooms.working, page_tokens),
        ),
        Servicer(
            "reverie.v1.EpisodicMemoryService",
            episodic_grpc.add_EpisodicMemoryServiceServicer_to_server,
            EpisodicMemoryServicer(rooms.episodes, rooms.rehydration, page_tokens),
        ),
        Servicer(
            "reverie.v1.SemanticMemoryService",
            semantic_grpc.add_SemanticMemoryServiceServicer_to_server,
            SemanticMemoryServicer(rooms.documents, page_tokens),
        ),
        Servicer(
            "reverie.v1.FactService",
            fact_grpc.add_FactServiceServicer_to_server,
            FactServicer(
                rooms.facts,
                rooms.fact_reading,
                rooms.fact_finder,
                rooms.user_profiles,
                rooms.fact_graphs,
                page_tokens,
            ),
        ),
        Servicer(
            "reverie.v1.ProceduralMemoryService",
            procedural_grpc.add_ProceduralMemoryServiceServicer_to_server,
            ProceduralMemoryServicer(rooms.procedures, page_tokens),
        ),
        Servicer(
            "reverie.v1.RecallService",
            recall_grpc.add_RecallServiceServicer_to_server,
            RecallServicer(rooms.recall, rooms.capabilities),
        ),
        Servicer(
            "reverie.v1.UserService",
            user_grpc.add_UserServiceServicer_to_server,
            UserServicer(rooms.users, page_tokens),
        ),
        Servicer(
            "reverie.v1.PersonaService",
            persona_grpc.add_PersonaServiceServicer_to_server,
            PersonaServicer(rooms.personas, page_tokens),
        ),
        Servicer(
            "reverie.v1.RelationshipService",
            relationship_grpc.add_RelationshipServiceServicer_to_server,
            RelationshipServicer(
                rooms.relationships,
                rooms.dynamics,
                rooms.storylines,
                rooms.recent_calls,
                rooms.memories,
                rooms.forgetting,
                page_tokens,
            ),
        ),
        Servicer(
            "reverie.v1.PromptService",
            prompt_grpc.add_PromptServiceServicer_to_server,
            PromptServicer(rooms.prompts, rooms.prompt_templates, page_tokens),
        ),
        Servicer(
            "reverie.v1.OperationsService",
            operations_grpc.add_OperationsServiceServicer_to_server,
            OperationsServicer(rooms.jobs, rooms.operations, rooms.backups, page_tokens),
        ),
        privacy_servicer(floors, settings, rooms.workspaces, rooms.personas, {ARCHIVE_SESSION}),
    )
