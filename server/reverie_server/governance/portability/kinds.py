"""Every kind of record that an export has: which table it is of, and what its fields hold.

This is the one list. A test holds it against the schema, so that no table and no column can be
left out by mistake, and another one holds ``docs/export.md`` to it. Lines of an export come in the
order of this list, and those of one kind in the order of their keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from reverie_server.governance.portability.fields import (
    COUNT,
    COUNT_BY_NAME,
    DOCUMENT,
    FLAG,
    MAYBE_BYTES,
    MAYBE_ID,
    MAYBE_NUMBER,
    MAYBE_TIME,
    NUMBER,
    NUMBER_BY_NAME,
    RATIO,
    TEXT_BY_NAME,
    TEXTS,
    TIME,
    VECTOR,
    FieldType,
    choice,
    json_of,
)
from reverie_server.governance.portability.kind import Kind, Travels, kind_of
from reverie_server.identity.relationships.dynamics.model import Quality
from reverie_server.identity.relationships.dynamics.trust import Decline
from reverie_server.identity.relationships.memory_config import MemoryConfig
from reverie_server.index import memory_index
from reverie_server.jobs.model import JobState
from reverie_server.scope import SharingMode
from reverie_server.tiers.episodic.model import SummarySource
from reverie_server.tiers.facts.model import ChangeKind, Scope, Sensitivity
from reverie_server.tiers.provenance import Role
from reverie_server.tiers.working.model import (
    Cost,
    SessionState,
    StorylineStatus,
    SuppliedFact,
    SuppliedStoryline,
)

_MEMORY_KIND: Final = choice(memory_index.Kind)
_FACT: Final = (
    "persona_id visibility scope statement category subject predicate object subject_key"
    " predicate_key object_key slot confidence staleness importance sensitivity pinned valid_from"
    " valid_to stated_to retracted_time superseded_by confirm_count last_confirmed_time session_id"
    " entry_ids source trust metadata content_hash change change_fact_id change_entry_ids revision"
    " create_time update_time"
)
_FACT_TYPES: Final[Mapping[str, FieldType]] = {
    "scope": choice(Scope),
    "confidence": RATIO,
    "staleness": NUMBER,
    "importance": RATIO,
    "sensitivity": choice(Sensitivity),
    "pinned": FLAG,
    "valid_from": TIME,
    "valid_to": MAYBE_TIME,
    "stated_to": MAYBE_TIME,
    "retracted_time": MAYBE_TIME,
    "superseded_by": MAYBE_ID,
    "session_id": MAYBE_ID,
    "change": choice(ChangeKind),
}

KINDS: Final = (
    kind_of(
        "workspace",
        "workspaces",
        "",
        "sharing_mode create_time",
        sharing_mode=choice(SharingMode),
        owner=("workspace_id",),
        revisions=("revision", "removal_revision", "user_revision_floor"),
    ),
    kind_of(
        "persona",
        "personas",
        "persona_id",
        "display_name description voice created_by is_public core_prompt personality_traits"
        " behavioral_rules metadata version create_time update_time",
        is_public=FLAG,
        personality_traits=TEXT_BY_NAME,
        behavioral_rules=TEXTS,
        owner=("workspace_id",),
    ),
    kind_of(
        "user",
        "users",
        "",
        "display_name address_as locale time_zone preferences version create_time update_time",
        preferences=TEXT_BY_NAME,
        revisions=("revision", "removal_revision"),
    ),
    kind_of(
        "relationship",
        "relationships",
        "persona_id",
        "relationship_type custom_prompt memory_config total_calls total_seconds last_call_time"
        " version start_time create_time update_time",
        memory_config=json_of(MemoryConfig, "the switches of what is remembered"),
        total_calls=COUNT,
        last_call_time=MAYBE_TIME,
    ),
    kind_of("past_relationship", "past_relationships", "persona_id", "end_time"),
    kind_of(
        "relationship_score",
        "relationship_scores",
        "persona_id",
        "trust affection attunement interaction_count update_time",
        affection=RATIO,
        attunement=RATIO,
    ),
    kind_of(
        "relationship_event",
        "relationship_events",
        "persona_id revision",
        "quality emotion_variance trust_before affection_before attunement_before trust affection"
        " attunement event_time create_time",
        quality=choice(Quality),
        emotion_variance=MAYBE_NUMBER,
        trust_before=RATIO,
        affection_before=RATIO,
        attunement_before=RATIO,
        affection=RATIO,
        attunement=RATIO,
    ),
    kind_of(
        "trust_recovery",
        "trust_recoveries",
        "persona_id",
        "severity initial_trust target_trust start_time complete_time",
        severity=choice(Decline),
        initial_trust=RATIO,
        target_trust=RATIO,
        complete_time=MAYBE_TIME,
    ),
    kind_of(
        "storyline",
        "storylines",
        "persona_id storyline_id",
        "topic topic_key status summary follow_up follow_up_time summary_session_id"
        " follow_up_session_id first_session_id session_id first_mentioned_time"
        " last_mentioned_time resolve_time version create_time update_time",
        status=choice(StorylineStatus),
        session_id=MAYBE_ID,
        follow_up_time=MAYBE_TIME,
        resolve_time=MAYBE_TIME,
    ),
    kind_of("storyline_mention", "storyline_mentions", "persona_id session_id storyline_id", ""),
    kind_of(
        "session",
        "sessions",
        "session_id",
        "persona_id state archived visibility context metadata start_time end_time expire_time"
        " last_active_time next_position entry_count turn_count timeline_count question_time"
        " response_count response_seconds memory_extracted episode_id rehydrated_from_session_id"
        " rehydrated_summary version revision create_time",
        state=choice(SessionState),
        archived=FLAG,
        end_time=MAYBE_TIME,
        expire_time=MAYBE_TIME,
        question_time=MAYBE_TIME,
        memory_extracted=FLAG,
        episode_id=MAYBE_ID,
    ),
    kind_of(
        "timeline",
        "timelines",
        "session_id timeline",
        "closed entry_count create_time close_time",
        closed=FLAG,
        close_time=MAYBE_TIME,
    ),
    kind_of(
        "entry",
        "entries",
        "session_id position",
        "entry_id persona_id visibility timeline role speaker content key agent metadata source"
        " trust copied_from_entry_id content_hash revision event_time create_time",
        role=choice(Role),
    ),
    kind_of(
        "bookmark",
        "bookmarks",
        "session_id bookmark_id",
        "next_position entry_count context create_time",
    ),
    kind_of(
        "episode",
        "episodes",
        "episode_id",
        "session_id persona_id visibility agent summary summary_source summary_entry_ids"
        " key_topics decisions action_items emotional_tone outcome participants cost metrics facts"
        " storylines supplied_fields metadata entry_count timeline_count trust content_hash"
        " version revision start_time end_time create_time update_time",
        summary_source=choice(SummarySource),
        key_topics=TEXTS,
        decisions=TEXTS,
        action_items=TEXTS,
        participants=TEXTS,
        cost=json_of(Cost | None, "an amount and its currency, or null"),
        metrics=NUMBER_BY_NAME,
        facts=json_of(list[SuppliedFact], "the facts that the caller supplied"),
        storylines=json_of(list[SuppliedStoryline], "the storylines that the caller supplied"),
        supplied_fields=TEXTS,
        page_rows=10,
    ),
    kind_of(
        "document",
        "documents",
        "document_id",
        "persona_id visibility content metadata trust content_hash version revision create_time"
        " update_time",
        content=DOCUMENT,
        page_rows=5,
    ),
    kind_of(
        "document_version",
        "document_versions",
        "document_id version",
        "persona_id visibility content metadata revision update_time",
        content=DOCUMENT,
        page_rows=5,
    ),
    kind_of("fact", "facts", "fact_id", f"version {_FACT}", **_FACT_TYPES),
    kind_of(
        "fact_version",
        "fact_versions",
        "fact_id version",
        f"{_FACT} replaced_time",
        **_FACT_TYPES,
    ),
    kind_of(
        "procedure",
        "procedures",
        "persona_id key",
        "memory_id version content_hash revision create_time",
        persona_id=MAYBE_ID,
    ),
    kind_of(
        "procedure_version",
        "procedure_versions",
        "persona_id key version",
        "template description metadata success_count failure_count neutral_count revision"
        " update_time",
        persona_id=MAYBE_ID,
    ),
    kind_of(
        "prompt_template",
        "prompt_templates",
        "persona_id key version",
        "template revision update_time",
        persona_id=MAYBE_ID,
    ),
    kind_of(
        "memory_usage",
        "memory_usage",
        "kind memory_id",
        "use_count revision last_used_time",
        kind=_MEMORY_KIND,
    ),
    kind_of("tombstone", "tombstones", "digest persona_id", "forget_time", persona_id=MAYBE_ID),
    kind_of(
        "job",
        "jobs",
        "job_id",
        "persona_id session_id kind arguments state step progress attempt error_reason"
        " error_message result due_time create_time start_time end_time",
        persona_id=MAYBE_ID,
        session_id=MAYBE_ID,
        arguments=TEXT_BY_NAME,
        state=choice(JobState),
        progress=RATIO,
        attempt=COUNT,
        result=COUNT_BY_NAME,
        start_time=MAYBE_TIME,
        end_time=MAYBE_TIME,
    ),
    kind_of(
        "embedding",
        "memory_vectors",
        "kind memory_id",
        "embedder content_hash vector",
        kind=_MEMORY_KIND,
        vector=VECTOR,
        travels=Travels.WHEN_ASKED,
    ),
    kind_of(
        "request_record",
        "request_records",
        "caller method request_id",
        "persona_id fingerprint answer create_time",
        persona_id=MAYBE_ID,
        answer=MAYBE_BYTES,
        travels=Travels.IN_MOVES,
        page_rows=20,
    ),
)
BY_NAME: Final[Mapping[str, Kind]] = {kind.name: kind for kind in KINDS}

NOT_EXPORTED: Final[Mapping[str, str]] = {
    "alembic_version": "which migrations a database has had is its own affair",
    "deployment": "what is of the deployment itself; a move takes the values that have to go along",
    "leases": "what servers that live now do; others begin anew",
    "outbox": "what the index has yet to hear; an import writes rows of its own",
    "schema_gate": "see alembic_version",
}
"""Tables that no record is of, and why."""

NOT_TOLD: Final[Mapping[str, frozenset[str]]] = {
    # Which server works on it: where the job goes, none does.
    "jobs": frozenset({"claim", "lease_until"}),
}
"""Columns that no record tells, by table; elsewhere they take their defaults."""

OF_WORKSPACE: Final = frozenset({"workspace", "persona"})
"""Kinds that only a workspace's shared part has."""
OF_USERS: Final = frozenset(
    {
        *("user", "relationship", "past_relationship", "relationship_score", "relationship_event"),
        *("trust_recovery", "storyline", "storyline_mention", "session", "timeline", "entry"),
        *("bookmark", "episode", "fact", "fact_version"),
    }
)
"""Kinds that only a user has; the others, both."""
