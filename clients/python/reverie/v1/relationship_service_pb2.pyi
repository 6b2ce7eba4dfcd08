import datetime

from google.protobuf import field_mask_pb2 as _field_mask_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from reverie.v1 import common_pb2 as _common_pb2
from reverie.v1 import working_memory_service_pb2 as _working_memory_service_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class InteractionQuality(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    INTERACTION_QUALITY_UNSPECIFIED: _ClassVar[InteractionQuality]
    INTERACTION_QUALITY_EXCELLENT: _ClassVar[InteractionQuality]
    INTERACTION_QUALITY_GOOD: _ClassVar[InteractionQuality]
    INTERACTION_QUALITY_AVERAGE: _ClassVar[InteractionQuality]
    INTERACTION_QUALITY_POOR: _ClassVar[InteractionQuality]
    INTERACTION_QUALITY_FAILED: _ClassVar[InteractionQuality]

class TrustDecline(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TRUST_DECLINE_UNSPECIFIED: _ClassVar[TrustDecline]
    TRUST_DECLINE_NONE: _ClassVar[TrustDecline]
    TRUST_DECLINE_MINOR: _ClassVar[TrustDecline]
    TRUST_DECLINE_MODERATE: _ClassVar[TrustDecline]
    TRUST_DECLINE_SEVERE: _ClassVar[TrustDecline]

class RecoveryStage(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RECOVERY_STAGE_UNSPECIFIED: _ClassVar[RecoveryStage]
    RECOVERY_STAGE_ACTIVE: _ClassVar[RecoveryStage]
    RECOVERY_STAGE_RECOVERING: _ClassVar[RecoveryStage]
    RECOVERY_STAGE_RECOVERED: _ClassVar[RecoveryStage]
INTERACTION_QUALITY_UNSPECIFIED: InteractionQuality
INTERACTION_QUALITY_EXCELLENT: InteractionQuality
INTERACTION_QUALITY_GOOD: InteractionQuality
INTERACTION_QUALITY_AVERAGE: InteractionQuality
INTERACTION_QUALITY_POOR: InteractionQuality
INTERACTION_QUALITY_FAILED: InteractionQuality
TRUST_DECLINE_UNSPECIFIED: TrustDecline
TRUST_DECLINE_NONE: TrustDecline
TRUST_DECLINE_MINOR: TrustDecline
TRUST_DECLINE_MODERATE: TrustDecline
TRUST_DECLINE_SEVERE: TrustDecline
RECOVERY_STAGE_UNSPECIFIED: RecoveryStage
RECOVERY_STAGE_ACTIVE: RecoveryStage
RECOVERY_STAGE_RECOVERING: RecoveryStage
RECOVERY_STAGE_RECOVERED: RecoveryStage

class MemoryConfig(_message.Message):
    __slots__ = ("remember_relationship_details", "remember_past_conversations", "remember_personal_facts", "auto_recall_depth")
    REMEMBER_RELATIONSHIP_DETAILS_FIELD_NUMBER: _ClassVar[int]
    REMEMBER_PAST_CONVERSATIONS_FIELD_NUMBER: _ClassVar[int]
    REMEMBER_PERSONAL_FACTS_FIELD_NUMBER: _ClassVar[int]
    AUTO_RECALL_DEPTH_FIELD_NUMBER: _ClassVar[int]
    remember_relationship_details: bool
    remember_past_conversations: bool
    remember_personal_facts: bool
    auto_recall_depth: int
    def __init__(self, remember_relationship_details: _Optional[bool] = ..., remember_past_conversations: _Optional[bool] = ..., remember_personal_facts: _Optional[bool] = ..., auto_recall_depth: _Optional[int] = ...) -> None: ...

class Relationship(_message.Message):
    __slots__ = ("user_id", "persona_id", "relationship_type", "custom_prompt", "memory_config", "total_calls", "total_seconds", "last_call_time", "start_time", "create_time", "update_time", "etag", "scores", "interaction_count")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    PERSONA_ID_FIELD_NUMBER: _ClassVar[int]
    RELATIONSHIP_TYPE_FIELD_NUMBER: _ClassVar[int]
    CUSTOM_PROMPT_FIELD_NUMBER: _ClassVar[int]
    MEMORY_CONFIG_FIELD_NUMBER: _ClassVar[int]
    TOTAL_CALLS_FIELD_NUMBER: _ClassVar[int]
    TOTAL_SECONDS_FIELD_NUMBER: _ClassVar[int]
    LAST_CALL_TIME_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    SCORES_FIELD_NUMBER: _ClassVar[int]
    INTERACTION_COUNT_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    persona_id: str
    relationship_type: str
    custom_prompt: str
    memory_config: MemoryConfig
    total_calls: int
    total_seconds: float
    last_call_time: _timestamp_pb2.Timestamp
    start_time: _timestamp_pb2.Timestamp
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    etag: str
    scores: Scores
    interaction_count: int
    def __init__(self, user_id: _Optional[str] = ..., persona_id: _Optional[str] = ..., relationship_type: _Optional[str] = ..., custom_prompt: _Optional[str] = ..., memory_config: _Optional[_Union[MemoryConfig, _Mapping]] = ..., total_calls: _Optional[int] = ..., total_seconds: _Optional[float] = ..., last_call_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ..., scores: _Optional[_Union[Scores, _Mapping]] = ..., interaction_count: _Optional[int] = ...) -> None: ...

class Scores(_message.Message):
    __slots__ = ("trust", "affection", "attunement")
    TRUST_FIELD_NUMBER: _ClassVar[int]
    AFFECTION_FIELD_NUMBER: _ClassVar[int]
    ATTUNEMENT_FIELD_NUMBER: _ClassVar[int]
    trust: float
    affection: float
    attunement: float
    def __init__(self, trust: _Optional[float] = ..., affection: _Optional[float] = ..., attunement: _Optional[float] = ...) -> None: ...

class InteractionMetrics(_message.Message):
    __slots__ = ("engagement", "satisfaction", "natural_flow", "emotional_resonance", "topic_relevance")
    ENGAGEMENT_FIELD_NUMBER: _ClassVar[int]
    SATISFACTION_FIELD_NUMBER: _ClassVar[int]
    NATURAL_FLOW_FIELD_NUMBER: _ClassVar[int]
    EMOTIONAL_RESONANCE_FIELD_NUMBER: _ClassVar[int]
    TOPIC_RELEVANCE_FIELD_NUMBER: _ClassVar[int]
    engagement: float
    satisfaction: float
    natural_flow: float
    emotional_resonance: float
    topic_relevance: float
    def __init__(self, engagement: _Optional[float] = ..., satisfaction: _Optional[float] = ..., natural_flow: _Optional[float] = ..., emotional_resonance: _Optional[float] = ..., topic_relevance: _Optional[float] = ...) -> None: ...

class TrustRecovery(_message.Message):
    __slots__ = ("decline", "stage", "initial_trust", "target_trust", "progress", "actions", "start_time", "complete_time")
    DECLINE_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    INITIAL_TRUST_FIELD_NUMBER: _ClassVar[int]
    TARGET_TRUST_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    ACTIONS_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_TIME_FIELD_NUMBER: _ClassVar[int]
    decline: TrustDecline
    stage: RecoveryStage
    initial_trust: float
    target_trust: float
    progress: float
    actions: _containers.RepeatedScalarFieldContainer[str]
    start_time: _timestamp_pb2.Timestamp
    complete_time: _timestamp_pb2.Timestamp
    def __init__(self, decline: _Optional[_Union[TrustDecline, str]] = ..., stage: _Optional[_Union[RecoveryStage, str]] = ..., initial_trust: _Optional[float] = ..., target_trust: _Optional[float] = ..., progress: _Optional[float] = ..., actions: _Optional[_Iterable[str]] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., complete_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GetOrCreateRelationshipRequest(_message.Message):
    __slots__ = ("user_id", "persona_id", "relationship_type", "custom_prompt", "memory_config")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    PERSONA_ID_FIELD_NUMBER: _ClassVar[int]
    RELATIONSHIP_TYPE_FIELD_NUMBER: _ClassVar[int]
    CUSTOM_PROMPT_FIELD_NUMBER: _ClassVar[int]
    MEMORY_CONFIG_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    persona_id: str
    relationship_type: str
    custom_prompt: str
    memory_config: MemoryConfig
    def __init__(self, user_id: _Optional[str] = ..., persona_id: _Optional[str] = ..., relationship_type: _Optional[str] = ..., custom_prompt: _Optional[str] = ..., memory_config: _Optional[_Union[MemoryConfig, _Mapping]] = ...) -> None: ...

class GetOrCreateRelationshipResponse(_message.Message):
    __slots__ = ("relationship", "created", "revision")
    RELATIONSHIP_FIELD_NUMBER: _ClassVar[int]
    CREATED_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    relationship: Relationship
    created: bool
    revision: int
    def __init__(self, relationship: _Optional[_Union[Relationship, _Mapping]] = ..., created: _Optional[bool] = ..., revision: _Optional[int] = ...) -> None: ...

class GetRelationshipRequest(_message.Message):
    __slots__ = ("user_id", "persona_id")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    PERSONA_ID_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    persona_id: str
    def __init__(self, user_id: _Optional[str] = ..., persona_id: _Optional[str] = ...) -> None: ...

class GetRelationshipResponse(_message.Message):
    __slots__ = ("relationship",)
    RELATIONSHIP_FIELD_NUMBER: _ClassVar[int]
    relationship: Relationship
    def __init__(self, relationship: _Optional[_Union[Relationship, _Mapping]] = ...) -> None: ...

class ListRelationshipsRequest(_message.Message):
    __slots__ = ("user_id", "page_size", "page_token")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    page_size: int
    page_token: str
    def __init__(self, user_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class RelationshipOverview(_message.Message):
    __slots__ = ("user_id", "persona_id", "total_calls", "total_seconds", "last_call_time", "start_time", "create_time")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    PERSONA_ID_FIELD_NUMBER: _ClassVar[int]
    TOTAL_CALLS_FIELD_NUMBER: _ClassVar[int]
    TOTAL_SECONDS_FIELD_NUMBER: _ClassVar[int]
    LAST_CALL_TIME_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    persona_id: str
    total_calls: int
    total_seconds: float
    last_call_time: _timestamp_pb2.Timestamp
    start_time: _timestamp_pb2.Timestamp
    create_time: _timestamp_pb2.Timestamp
    def __init__(self, user_id: _Optional[str] = ..., persona_id: _Optional[str] = ..., total_calls: _Optional[int] = ..., total_seconds: _Optional[float] = ..., last_call_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListRelationshipsResponse(_message.Message):
    __slots__ = ("relationships", "next_page_token")
    RELATIONSHIPS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    relationships: _containers.RepeatedCompositeFieldContainer[RelationshipOverview]
    next_page_token: str
    def __init__(self, relationships: _Optional[_Iterable[_Union[RelationshipOverview, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class UpdateRelationshipRequest(_message.Message):
    __slots__ = ("user_id", "persona_id", "relationship", "update_mask", "request_id")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    PERSONA_ID_FIELD_NUMBER: _ClassVar[int]
    RELATIONSHIP_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    persona_id: str
    relationship: Relationship
    update_mask: _field_mask_pb2.FieldMask
    request_id: str
    def __init__(self, user_id: _Optional[str] = ..., persona_id: _Optional[str] = ..., relationship: _Optional[_Union[Relationship, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class UpdateRelationshipResponse(_message.Message):
    __slots__ = ("relationship", "revision")
    RELATIONSHIP_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    relationship: Relationship
    revision: int
    def __init__(self, relationship: _Optional[_Union[Relationship, _Mapping]] = ..., revision: _Optional[int] = ...) -> None: ...

class DeleteRelationshipRequest(_message.Message):
    __slots__ = ("user_id", "persona_id", "etag", "request_id")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    PERSONA_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    persona_id: str
    etag: str
    request_id: str
    def __init__(self, user_id: _Optional[str] = ..., persona_id: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class DeleteRelationshipResponse(_message.Message):
    __slots__ = ("revision",)
    REVISION_FIELD_NUMBER: _ClassVar[int]
    revision: int
    def __init__(self, revision: _Optional[int] = ...) -> None: ...

class RecordInteractionRequest(_message.Message):
    __slots__ = ("user_id", "persona_id", "quality", "metrics", "emotion_variance", "event_time", "request_id")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    PERSONA_ID_FIELD_NUMBER: _ClassVar[int]
    QUALITY_FIELD_NUMBER: _ClassVar[int]
    METRICS_FIELD_NUMBER: _ClassVar[int]
    EMOTION_VARIANCE_FIELD_NUMBER: _ClassVar[int]
    EVENT_TIME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    persona_id: str
    quality: InteractionQuality
    metrics: InteractionMetrics
    emotion_variance: float
    event_time: _timestamp_pb2.Timestamp
    request_id: str
    def __init__(self, user_id: _Optional[str] = ..., persona_id: _Optional[str] = ..., quality: _Optional[_Union[InteractionQuality, str]] = ..., metrics: _Optional[_Union[InteractionMetrics, _Mapping]] = ..., emotion_variance: _Optional[float] = ..., event_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class RecordInteractionResponse(_message.Message):
    __slots__ = ("previous_scores", "scores", "quality", "interaction_count", "revision")
    PREVIOUS_SCORES_FIELD_NUMBER: _ClassVar[int]
    SCORES_FIELD_NUMBER: _ClassVar[int]
    QUALITY_FIELD_NUMBER: _ClassVar[int]
    INTERACTION_COUNT_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    previous_scores: Scores
    scores: Scores
    quality: InteractionQuality
    interaction_count: int
    revision: int
    def __init__(self, previous_scores: _Optional[_Union[Scores, _Mapping]] = ..., scores: _Optional[_Union[Scores, _Mapping]] = ..., quality: _Optional[_Union[InteractionQuality, str]] = ..., interaction_count: _Optional[int] = ..., revision: _Optional[int] = ...) -> None: ...

class GetTrustStatusRequest(_message.Message):
    __slots__ = ("user_id", "persona_id", "window_days")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    PERSONA_ID_FIELD_NUMBER: _ClassVar[int]
    WINDOW_DAYS_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    persona_id: str
    window_days: int
    def __init__(self, user_id: _Optional[str] = ..., persona_id: _Optional[str] = ..., window_days: _Optional[int] = ...) -> None: ...

class GetTrustStatusResponse(_message.Message):
    __slots__ = ("trust", "decline", "slope", "interaction_count", "recovery")
    TRUST_FIELD_NUMBER: _ClassVar[int]
    DECLINE_FIELD_NUMBER: _ClassVar[int]
    SLOPE_FIELD_NUMBER: _ClassVar[int]
    INTERACTION_COUNT_FIELD_NUMBER: _ClassVar[int]
    RECOVERY_FIELD_NUMBER: _ClassVar[int]
    trust: float
    decline: TrustDecline
    slope: float
    interaction_count: int
    recovery: TrustRecovery
    def __init__(self, trust: _Optional[float] = ..., decline: _Optional[_Union[TrustDecline, str]] = ..., slope: _Optional[float] = ..., interaction_count: _Optional[int] = ..., recovery: _Optional[_Union[TrustRecovery, _Mapping]] = ...) -> None: ...

class GetTrajectoryRequest(_message.Message):
    __slots__ = ("user_id", "persona_id", "start_time", "end_time", "bucket_seconds")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    PERSONA_ID_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    BUCKET_SECONDS_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    persona_id: str
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    bucket_seconds: int
    def __init__(self, user_id: _Optional[str] = ..., persona_id: _Optional[str] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., bucket_seconds: _Optional[int] = ...) -> None: ...

class TrajectoryBucket(_message.Message):
    __slots__ = ("start_time", "interaction_count", "mean", "last")
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    INTERACTION_COUNT_FIELD_NUMBER: _ClassVar[int]
    MEAN_FIELD_NUMBER: _ClassVar[int]
    LAST_FIELD_NUMBER: _ClassVar[int]
    start_time: _timestamp_pb2.Timestamp
    interaction_count: int
    mean: Scores
    last: Scores
    def __init__(self, start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., interaction_count: _Optional[int] = ..., mean: _Optional[_Union[Scores, _Mapping]] = ..., last: _Optional[_Union[Scores, _Mapping]] = ...) -> None: ...

class GetTrajectoryResponse(_message.Message):
    __slots__ = ("buckets", "bucket_seconds")
    BUCKETS_FIELD_NUMBER: _ClassVar[int]
    BUCKET_SECONDS_FIELD_NUMBER: _ClassVar[int]
    buckets: _containers.RepeatedCompositeFieldContainer[TrajectoryBucket]
    bucket_seconds: int
    def __init__(self, buckets: _Optional[_Iterable[_Union[TrajectoryBucket, _Mapping]]] = ..., bucket_seconds: _Optional[int] = ...) -> None: ...

class Storyline(_message.Message):
    __slots__ = ("storyline_id", "topic", "status", "summary", "follow_up", "follow_up_time", "session_id", "first_mentioned_time", "last_mentioned_time", "resolve_time", "create_time", "update_time", "etag")
    STORYLINE_ID_FIELD_NUMBER: _ClassVar[int]
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    SUMMARY_FIELD_NUMBER: _ClassVar[int]
    FOLLOW_UP_FIELD_NUMBER: _ClassVar[int]
    FOLLOW_UP_TIME_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    FIRST_MENTIONED_TIME_FIELD_NUMBER: _ClassVar[int]
    LAST_MENTIONED_TIME_FIELD_NUMBER: _ClassVar[int]
    RESOLVE_TIME_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    storyline_id: str
    topic: str
    status: _working_memory_service_pb2.StorylineStatus
    summary: str
    follow_up: str
    follow_up_time: _timestamp_pb2.Timestamp
    session_id: str
    first_mentioned_time: _timestamp_pb2.Timestamp
    last_mentioned_time: _timestamp_pb2.Timestamp
    resolve_time: _timestamp_pb2.Timestamp
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    etag: str
    def __init__(self, storyline_id: _Optional[str] = ..., topic: _Optional[str] = ..., status: _Optional[_Union[_working_memory_service_pb2.StorylineStatus, str]] = ..., summary: _Optional[str] = ..., follow_up: _Optional[str] = ..., follow_up_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., session_id: _Optional[str] = ..., first_mentioned_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., last_mentioned_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., resolve_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ...) -> None: ...

class GetRecentCallsRequest(_message.Message):
    __slots__ = ("user_id", "persona_id", "limit")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    PERSONA_ID_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    persona_id: str
    limit: int
    def __init__(self, user_id: _Optional[str] = ..., persona_id: _Optional[str] = ..., limit: _Optional[int] = ...) -> None: ...

class RecentCall(_message.Message):
    __slots__ = ("session_id", "episode_id", "start_time", "end_time", "summary", "key_topics", "outcome")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    EPISODE_ID_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    SUMMARY_FIELD_NUMBER: _ClassVar[int]
    KEY_TOPICS_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    episode_id: str
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    summary: str
    key_topics: _containers.RepeatedScalarFieldContainer[str]
    outcome: str
    def __init__(self, session_id: _Optional[str] = ..., episode_id: _Optional[str] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., summary: _Optional[str] = ..., key_topics: _Optional[_Iterable[str]] = ..., outcome: _Optional[str] = ...) -> None: ...

class GetRecentCallsResponse(_message.Message):
    __slots__ = ("calls", "ongoing_storylines")
    CALLS_FIELD_NUMBER: _ClassVar[int]
    ONGOING_STORYLINES_FIELD_NUMBER: _ClassVar[int]
    calls: _containers.RepeatedCompositeFieldContainer[RecentCall]
    ongoing_storylines: _containers.RepeatedCompositeFieldContainer[Storyline]
    def __init__(self, calls: _Optional[_Iterable[_Union[RecentCall, _Mapping]]] = ..., ongoing_storylines: _Optional[_Iterable[_Union[Storyline, _Mapping]]] = ...) -> None: ...

class ListStorylinesRequest(_message.Message):
    __slots__ = ("user_id", "persona_id", "statuses", "page_size", "page_token")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    PERSONA_ID_FIELD_NUMBER: _ClassVar[int]
    STATUSES_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    persona_id: str
    statuses: _containers.RepeatedScalarFieldContainer[_working_memory_service_pb2.StorylineStatus]
    page_size: int
    page_token: str
    def __init__(self, user_id: _Optional[str] = ..., persona_id: _Optional[str] = ..., statuses: _Optional[_Iterable[_Union[_working_memory_service_pb2.StorylineStatus, str]]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListStorylinesResponse(_message.Message):
    __slots__ = ("storylines", "next_page_token")
    STORYLINES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    storylines: _containers.RepeatedCompositeFieldContainer[Storyline]
    next_page_token: str
    def __init__(self, storylines: _Optional[_Iterable[_Union[Storyline, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class UpdateStorylineRequest(_message.Message):
    __slots__ = ("user_id", "persona_id", "storyline", "update_mask", "request_id")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    PERSONA_ID_FIELD_NUMBER: _ClassVar[int]
    STORYLINE_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    persona_id: str
    storyline: Storyline
    update_mask: _field_mask_pb2.FieldMask
    request_id: str
    def __init__(self, user_id: _Optional[str] = ..., persona_id: _Optional[str] = ..., storyline: _Optional[_Union[Storyline, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class UpdateStorylineResponse(_message.Message):
    __slots__ = ("storyline", "revision")
    STORYLINE_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    storyline: Storyline
    revision: int
    def __init__(self, storyline: _Optional[_Union[Storyline, _Mapping]] = ..., revision: _Optional[int] = ...) -> None: ...

class ListMemoriesRequest(_message.Message):
    __slots__ = ("user_id", "persona_id", "tiers", "own_only", "page_size", "page_token", "current_only")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    PERSONA_ID_FIELD_NUMBER: _ClassVar[int]
    TIERS_FIELD_NUMBER: _ClassVar[int]
    OWN_ONLY_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    CURRENT_ONLY_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    persona_id: str
    tiers: _containers.RepeatedScalarFieldContainer[_common_pb2.Tier]
    own_only: bool
    page_size: int
    page_token: str
    current_only: bool
    def __init__(self, user_id: _Optional[str] = ..., persona_id: _Optional[str] = ..., tiers: _Optional[_Iterable[_Union[_common_pb2.Tier, str]]] = ..., own_only: _Optional[bool] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., current_only: _Optional[bool] = ...) -> None: ...

class ListMemoriesResponse(_message.Message):
    __slots__ = ("memories", "next_page_token")
    MEMORIES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    memories: _containers.RepeatedCompositeFieldContainer[_common_pb2.Memory]
    next_page_token: str
    def __init__(self, memories: _Optional[_Iterable[_Union[_common_pb2.Memory, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ForgetMemoryRequest(_message.Message):
    __slots__ = ("user_id", "persona_id", "tier", "memory_id", "keep_source_text", "request_id")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    PERSONA_ID_FIELD_NUMBER: _ClassVar[int]
    TIER_FIELD_NUMBER: _ClassVar[int]
    MEMORY_ID_FIELD_NUMBER: _ClassVar[int]
    KEEP_SOURCE_TEXT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    persona_id: str
    tier: _common_pb2.Tier
    memory_id: str
    keep_source_text: bool
    request_id: str
    def __init__(self, user_id: _Optional[str] = ..., persona_id: _Optional[str] = ..., tier: _Optional[_Union[_common_pb2.Tier, str]] = ..., memory_id: _Optional[str] = ..., keep_source_text: _Optional[bool] = ..., request_id: _Optional[str] = ...) -> None: ...

class ForgottenMemories(_message.Message):
    __slots__ = ("tier", "removed_count", "removed_ids", "redacted_count", "redacted_ids")
    TIER_FIELD_NUMBER: _ClassVar[int]
    REMOVED_COUNT_FIELD_NUMBER: _ClassVar[int]
    REMOVED_IDS_FIELD_NUMBER: _ClassVar[int]
    REDACTED_COUNT_FIELD_NUMBER: _ClassVar[int]
    REDACTED_IDS_FIELD_NUMBER: _ClassVar[int]
    tier: _common_pb2.Tier
    removed_count: int
    removed_ids: _containers.RepeatedScalarFieldContainer[str]
    redacted_count: int
    redacted_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, tier: _Optional[_Union[_common_pb2.Tier, str]] = ..., removed_count: _Optional[int] = ..., removed_ids: _Optional[_Iterable[str]] = ..., redacted_count: _Optional[int] = ..., redacted_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class RedoneSummary(_message.Message):
    __slots__ = ("episode_id", "session_id", "persona_id", "job_id")
    EPISODE_ID_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    PERSONA_ID_FIELD_NUMBER: _ClassVar[int]
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    episode_id: str
    session_id: str
    persona_id: str
    job_id: str
    def __init__(self, episode_id: _Optional[str] = ..., session_id: _Optional[str] = ..., persona_id: _Optional[str] = ..., job_id: _Optional[str] = ...) -> None: ...

class ForgetMemoryResponse(_message.Message):
    __slots__ = ("memories", "redacted_sentence_count", "redone_summaries", "revision")
    MEMORIES_FIELD_NUMBER: _ClassVar[int]
    REDACTED_SENTENCE_COUNT_FIELD_NUMBER: _ClassVar[int]
    REDONE_SUMMARIES_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    memories: _containers.RepeatedCompositeFieldContainer[ForgottenMemories]
    redacted_sentence_count: int
    redone_summaries: _containers.RepeatedCompositeFieldContainer[RedoneSummary]
    revision: int
    def __init__(self, memories: _Optional[_Iterable[_Union[ForgottenMemories, _Mapping]]] = ..., redacted_sentence_count: _Optional[int] = ..., redone_summaries: _Optional[_Iterable[_Union[RedoneSummary, _Mapping]]] = ..., revision: _Optional[int] = ...) -> None: ...
