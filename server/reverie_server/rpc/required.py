"""Which fields a request cannot do without. A test compares this with the contract's comments."""

from __future__ import annotations

from collections.abc import Mapping

_PAIR = ("user_id", "persona_id")
_SESSION = (*_PAIR, "session_id")

REQUIRED: Mapping[str, tuple[str, ...]] = {
    # WorkingMemoryService
    "StartSessionRequest": _PAIR,
    "GetSessionRequest": _SESSION,
    "ListSessionsRequest": _PAIR,
    "AppendEntriesRequest": (*_SESSION, "entries"),
    "ListEntriesRequest": _SESSION,
    "SearchEntriesRequest": _SESSION,
    "DeleteEntryRequest": (*_SESSION, "entry_id"),
    "UpdateContextRequest": (*_SESSION, "update_mask"),
    "OpenTimelineRequest": (*_SESSION, "timeline"),
    "CloseTimelineRequest": (*_SESSION, "timeline"),
    "ListTimelinesRequest": _SESSION,
    "BookmarkSessionRequest": (*_SESSION, "bookmark_id"),
    "SummarizeSessionRequest": _SESSION,
    "EndSessionRequest": _SESSION,
    "Entry": ("content",),
    "SuppliedFact": ("statement",),
    "SuppliedStoryline": ("topic",),
    "Cost": ("currency_code",),
    # EpisodicMemoryService
    "SearchEpisodesRequest": _PAIR,
    "GetEpisodeRequest": _PAIR,
    "ListEpisodesRequest": _PAIR,
    "PutEpisodeRequest": (*_PAIR, "start_time", "end_time"),
    "UpdateEpisodeRequest": (*_PAIR, "episode", "update_mask"),
    "DeleteEpisodeRequest": (*_PAIR, "episode_id"),
    "RehydrateSessionRequest": _SESSION,
    # SemanticMemoryService
    "PutDocumentRequest": ("persona_id", "content"),
    "GetDocumentRequest": ("persona_id", "document_id"),
    "ListDocumentsRequest": ("persona_id",),
    "SearchDocumentsRequest": ("persona_id",),
    "DeleteDocumentRequest": ("persona_id", "document_id"),
    # FactService
    "AddFactsRequest": (*_PAIR, "facts"),
    "ExtractFactsRequest": _PAIR,
    "SpokenLines": ("lines",),
    "SpokenLine": ("content",),
    "GetFactRequest": (*_PAIR, "fact_id"),
    "ListFactsRequest": _PAIR,
    "SearchFactsRequest": _PAIR,
    "GetFactHistoryRequest": (*_PAIR, "fact_id"),
    "GetUserProfileRequest": _PAIR,
    "DetectConflictsRequest": _PAIR,
    "ListEntitiesRequest": _PAIR,
    "GetEntityRequest": (*_PAIR, "entity_id"),
    "ListRelatedEntitiesRequest": _PAIR,
    "RetractFactRequest": (*_PAIR, "fact_id"),
    "RestoreFactRequest": (*_PAIR, "fact_id"),
    "ConfirmFactRequest": (*_PAIR, "fact_id"),
    "UpdateFactRequest": (*_PAIR, "fact", "update_mask"),
    "NewFact": ("statement",),
    # ProceduralMemoryService
    "PutProcedureRequest": ("key", "template"),
    "GetProcedureRequest": ("key",),
    "SearchProceduresRequest": ("query",),
    "DeleteProcedureRequest": ("key",),
    "ListProcedureVersionsRequest": ("key",),
    "RenderProcedureRequest": ("key",),
    "RecordProcedureOutcomeRequest": ("key", "outcome"),
    # RecallService
    "RecallRequest": _PAIR,
    "MarkUsedRequest": (*_PAIR, "memories"),
    "MemoryReference": ("tier", "memory_id"),
    "CompareAcrossPersonasRequest": ("user_id", "persona_ids", "query"),
    # UserService, PersonaService, RelationshipService
    "CreateUserRequest": ("user_id",),
    "GetUserRequest": ("user_id",),
    "UpdateUserRequest": ("user_id", "user", "update_mask"),
    "DeleteUserRequest": ("user_id",),
    "CreatePersonaRequest": ("persona_id",),
    "GetPersonaRequest": ("persona_id",),
    "UpdatePersonaRequest": ("persona_id", "persona", "update_mask"),
    "DeletePersonaRequest": ("persona_id",),
    "GetOrCreateRelationshipRequest": _PAIR,
    "GetRelationshipRequest": _PAIR,
    "ListRelationshipsRequest": ("user_id",),
    "UpdateRelationshipRequest": (*_PAIR, "relationship", "update_mask"),
    "DeleteRelationshipRequest": _PAIR,
    "RecordInteractionRequest": _PAIR,
    "GetTrustStatusRequest": _PAIR,
    "GetTrajectoryRequest": _PAIR,
    "GetRecentCallsRequest": _PAIR,
    "ListStorylinesRequest": _PAIR,
    "UpdateStorylineRequest": (*_PAIR, "storyline", "update_mask"),
    "ListMemoriesRequest": _PAIR,
    "ForgetMemoryRequest": (*_PAIR, "tier", "memory_id"),
    # PromptService
    "ComposePromptRequest": ("persona_id",),
    "ComposeMessagesRequest": _SESSION,
    "PreviewPromptRequest": ("persona_id",),
    "PutTemplateRequest": ("key",),
    "GetTemplateRequest": ("key",),
    # PrivacyService
    "ExportUserRequest": ("user_id",),
    "ImportUserRequest": ("user_id",),
    # OperationsService
    "GetJobRequest": ("job_id",),
    "RetryJobRequest": ("job_id",),
}
"""By message name."""
