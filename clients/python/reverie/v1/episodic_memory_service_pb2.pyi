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

class SummarySource(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SUMMARY_SOURCE_UNSPECIFIED: _ClassVar[SummarySource]
    SUMMARY_SOURCE_CALLER: _ClassVar[SummarySource]
    SUMMARY_SOURCE_SUMMARIZER: _ClassVar[SummarySource]

class EpisodeSearchField(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EPISODE_SEARCH_FIELD_UNSPECIFIED: _ClassVar[EpisodeSearchField]
    EPISODE_SEARCH_FIELD_SUMMARY: _ClassVar[EpisodeSearchField]
    EPISODE_SEARCH_FIELD_ENTRIES: _ClassVar[EpisodeSearchField]
SUMMARY_SOURCE_UNSPECIFIED: SummarySource
SUMMARY_SOURCE_CALLER: SummarySource
SUMMARY_SOURCE_SUMMARIZER: SummarySource
EPISODE_SEARCH_FIELD_UNSPECIFIED: EpisodeSearchField
EPISODE_SEARCH_FIELD_SUMMARY: EpisodeSearchField
EPISODE_SEARCH_FIELD_ENTRIES: EpisodeSearchField

class Episode(_message.Message):
    __slots__ = ("episode_id", "session_id", "user_id", "persona_id", "agent", "summary", "summary_source", "summary_entry_ids", "key_topics", "decisions", "action_items", "emotional_tone", "outcome", "participants", "cost", "metrics", "facts", "storylines", "entry_count", "timeline_count", "duration_seconds", "start_time", "end_time", "create_time", "update_time", "visibility", "metadata", "etag")
    class MetricsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    class MetadataEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    EPISODE_ID_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    PERSONA_ID_FIELD_NUMBER: _ClassVar[int]
    AGENT_FIELD_NUMBER: _ClassVar[int]
    SUMMARY_FIELD_NUMBER: _ClassVar[int]
    SUMMARY_SOURCE_FIELD_NUMBER: _ClassVar[int]
    SUMMARY_ENTRY_IDS_FIELD_NUMBER: _ClassVar[int]
    KEY_TOPICS_FIELD_NUMBER: _ClassVar[int]
    DECISIONS_FIELD_NUMBER: _ClassVar[int]
    ACTION_ITEMS_FIELD_NUMBER: _ClassVar[int]
    EMOTIONAL_TONE_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    PARTICIPANTS_FIELD_NUMBER: _ClassVar[int]
    COST_FIELD_NUMBER: _ClassVar[int]
    METRICS_FIELD_NUMBER: _ClassVar[int]
    FACTS_FIELD_NUMBER: _ClassVar[int]
    STORYLINES_FIELD_NUMBER: _ClassVar[int]
    ENTRY_COUNT_FIELD_NUMBER: _ClassVar[int]
    TIMELINE_COUNT_FIELD_NUMBER: _ClassVar[int]
    DURATION_SECONDS_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    VISIBILITY_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    episode_id: str
    session_id: str
    user_id: str
    persona_id: str
    agent: str
    summary: str
    summary_source: SummarySource
    summary_entry_ids: _containers.RepeatedScalarFieldContainer[str]
    key_topics: _containers.RepeatedScalarFieldContainer[str]
    decisions: _containers.RepeatedScalarFieldContainer[str]
    action_items: _containers.RepeatedScalarFieldContainer[str]
    emotional_tone: str
    outcome: str
    participants: _containers.RepeatedScalarFieldContainer[str]
    cost: _working_memory_service_pb2.Cost
    metrics: _containers.ScalarMap[str, float]
    facts: _containers.RepeatedCompositeFieldContainer[_working_memory_service_pb2.SuppliedFact]
    storylines: _containers.RepeatedCompositeFieldContainer[_working_memory_service_pb2.SuppliedStoryline]
    entry_count: int
    timeline_count: int
    duration_seconds: float
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    visibility: _common_pb2.Visibility
    metadata: _containers.ScalarMap[str, str]
    etag: str
    def __init__(self, episode_id: _Optional[str] = ..., session_id: _Optional[str] = ..., user_id: _Optional[str] = ..., persona_id: _Optional[str] = ..., agent: _Optional[str] = ..., summary: _Optional[str] = ..., summary_source: _Optional[_Union[SummarySource, str]] = ..., summary_entry_ids: _Optional[_Iterable[str]] = ..., key_topics: _Optional[_Iterable[str]] = ..., decisions: _Optional[_Iterable[str]] = ..., action_items: _Optional[_Iterable[str]] = ..., emotional_tone: _Optional[str] = ..., outcome: _Optional[str] = ..., participants: _Optional[_Iterable[str]] = ..., cost: _Optional[_Union[_working_memory_service_pb2.Cost, _Mapping]] = ..., metrics: _Optional[_Mapping[str, float]] = ..., facts: _Optional[_Iterable[_Union[_working_memory_service_pb2.SuppliedFact, _Mapping]]] = ..., storylines: _Optional[_Iterable[_Union[_working_memory_service_pb2.SuppliedStoryline, _Mapping]]] = ..., entry_count: _Optional[int] = ..., timeline_count: _Optional[int] = ..., duration_seconds: _Optional[float] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., visibility: _Optional[_Union[_common_pb2.Visibility, str]] = ..., metadata: _Optional[_Mapping[str, str]] = ..., etag: _Optional[str] = ...) -> None: ...

class EpisodeHit(_message.Message):
    __slots__ = ("episode", "score", "score_parts", "entries")
    class ScorePartsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    EPISODE_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    SCORE_PARTS_FIELD_NUMBER: _ClassVar[int]
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    episode: Episode
    score: float
    score_parts: _containers.ScalarMap[str, float]
    entries: _containers.RepeatedCompositeFieldContainer[_working_memory_service_pb2.EntryHit]
    def __init__(self, episode: _Optional[_Union[Episode, _Mapping]] = ..., score: _Optional[float] = ..., score_parts: _Optional[_Mapping[str, float]] = ..., entries: _Optional[_Iterable[_Union[_working_memory_service_pb2.EntryHit, _Mapping]]] = ...) -> None: ...

class SearchEpisodesRequest(_message.Message):
    __slots__ = ("user_id", "persona_id", "query", "search_in", "start_after", "start_before", "min_score", "min_revision", "explain", "vector", "page_size", "page_token")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    PERSONA_ID_FIELD_NUMBER: _ClassVar[int]
    QUERY_FIELD_NUMBER: _ClassVar[int]
    SEARCH_IN_FIELD_NUMBER: _ClassVar[int]
    START_AFTER_FIELD_NUMBER: _ClassVar[int]
    START_BEFORE_FIELD_NUMBER: _ClassVar[int]
    MIN_SCORE_FIELD_NUMBER: _ClassVar[int]
    MIN_REVISION_FIELD_NUMBER: _ClassVar[int]
    EXPLAIN_FIELD_NUMBER: _ClassVar[int]
    VECTOR_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    persona_id: str
    query: str
    search_in: EpisodeSearchField
    start_after: _timestamp_pb2.Timestamp
    start_before: _timestamp_pb2.Timestamp
    min_score: float
    min_revision: int
    explain: bool
    vector: _containers.RepeatedScalarFieldContainer[float]
    page_size: int
    page_token: str
    def __init__(self, user_id: _Optional[str] = ..., persona_id: _Optional[str] = ..., query: _Optional[str] = ..., search_in: _Optional[_Union[EpisodeSearchField, str]] = ..., start_after: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., start_before: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., min_score: _Optional[float] = ..., min_revision: _Optional[int] = ..., explain: _Optional[bool] = ..., vector: _Optional[_Iterable[float]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class SearchEpisodesResponse(_message.Message):
    __slots__ = ("hits", "next_page_token", "degraded", "revision")
    HITS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    DEGRADED_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    hits: _containers.RepeatedCompositeFieldContainer[EpisodeHit]
    next_page_token: str
    degraded: bool
    revision: int
    def __init__(self, hits: _Optional[_Iterable[_Union[EpisodeHit, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., degraded: _Optional[bool] = ..., revision: _Optional[int] = ...) -> None: ...

class GetEpisodeRequest(_message.Message):
    __slots__ = ("user_id", "persona_id", "session_id", "episode_id")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    PERSONA_ID_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    EPISODE_ID_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    persona_id: str
    session_id: str
    episode_id: str
    def __init__(self, user_id: _Optional[str] = ..., persona_id: _Optional[str] = ..., session_id: _Optional[str] = ..., episode_id: _Optional[str] = ...) -> None: ...

class GetEpisodeResponse(_message.Message):
    __slots__ = ("episode",)
    EPISODE_FIELD_NUMBER: _ClassVar[int]
    episode: Episode
    def __init__(self, episode: _Optional[_Union[Episode, _Mapping]] = ...) -> None: ...

class ListEpisodesRequest(_message.Message):
    __slots__ = ("user_id", "persona_id", "start_after", "start_before", "own_only", "page_size", "page_token")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    PERSONA_ID_FIELD_NUMBER: _ClassVar[int]
    START_AFTER_FIELD_NUMBER: _ClassVar[int]
    START_BEFORE_FIELD_NUMBER: _ClassVar[int]
    OWN_ONLY_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    persona_id: str
    start_after: _timestamp_pb2.Timestamp
    start_before: _timestamp_pb2.Timestamp
    own_only: bool
    page_size: int
    page_token: str
    def __init__(self, user_id: _Optional[str] = ..., persona_id: _Optional[str] = ..., start_after: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., start_before: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., own_only: _Optional[bool] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListEpisodesResponse(_message.Message):
    __slots__ = ("episodes", "next_page_token")
    EPISODES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    episodes: _containers.RepeatedCompositeFieldContainer[Episode]
    next_page_token: str
    def __init__(self, episodes: _Optional[_Iterable[_Union[Episode, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class PutEpisodeRequest(_message.Message):
    __slots__ = ("user_id", "persona_id", "session_id", "start_time", "end_time", "entries", "summary", "key_topics", "decisions", "action_items", "emotional_tone", "outcome", "participants", "cost", "metrics", "metadata", "visibility", "request_id", "remember_again")
    class MetricsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    class MetadataEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    PERSONA_ID_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    SUMMARY_FIELD_NUMBER: _ClassVar[int]
    KEY_TOPICS_FIELD_NUMBER: _ClassVar[int]
    DECISIONS_FIELD_NUMBER: _ClassVar[int]
    ACTION_ITEMS_FIELD_NUMBER: _ClassVar[int]
    EMOTIONAL_TONE_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    PARTICIPANTS_FIELD_NUMBER: _ClassVar[int]
    COST_FIELD_NUMBER: _ClassVar[int]
    METRICS_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    VISIBILITY_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REMEMBER_AGAIN_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    persona_id: str
    session_id: str
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    entries: _containers.RepeatedCompositeFieldContainer[_working_memory_service_pb2.Entry]
    summary: str
    key_topics: _containers.RepeatedScalarFieldContainer[str]
    decisions: _containers.RepeatedScalarFieldContainer[str]
    action_items: _containers.RepeatedScalarFieldContainer[str]
    emotional_tone: str
    outcome: str
    participants: _containers.RepeatedScalarFieldContainer[str]
    cost: _working_memory_service_pb2.Cost
    metrics: _containers.ScalarMap[str, float]
    metadata: _containers.ScalarMap[str, str]
    visibility: _common_pb2.Visibility
    request_id: str
    remember_again: bool
    def __init__(self, user_id: _Optional[str] = ..., persona_id: _Optional[str] = ..., session_id: _Optional[str] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., entries: _Optional[_Iterable[_Union[_working_memory_service_pb2.Entry, _Mapping]]] = ..., summary: _Optional[str] = ..., key_topics: _Optional[_Iterable[str]] = ..., decisions: _Optional[_Iterable[str]] = ..., action_items: _Optional[_Iterable[str]] = ..., emotional_tone: _Optional[str] = ..., outcome: _Optional[str] = ..., participants: _Optional[_Iterable[str]] = ..., cost: _Optional[_Union[_working_memory_service_pb2.Cost, _Mapping]] = ..., metrics: _Optional[_Mapping[str, float]] = ..., metadata: _Optional[_Mapping[str, str]] = ..., visibility: _Optional[_Union[_common_pb2.Visibility, str]] = ..., request_id: _Optional[str] = ..., remember_again: _Optional[bool] = ...) -> None: ...

class PutEpisodeResponse(_message.Message):
    __slots__ = ("episode", "job_id", "revision")
    EPISODE_FIELD_NUMBER: _ClassVar[int]
    JOB_ID_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    episode: Episode
    job_id: str
    revision: int
    def __init__(self, episode: _Optional[_Union[Episode, _Mapping]] = ..., job_id: _Optional[str] = ..., revision: _Optional[int] = ...) -> None: ...

class UpdateEpisodeRequest(_message.Message):
    __slots__ = ("user_id", "persona_id", "episode", "update_mask", "request_id")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    PERSONA_ID_FIELD_NUMBER: _ClassVar[int]
    EPISODE_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    persona_id: str
    episode: Episode
    update_mask: _field_mask_pb2.FieldMask
    request_id: str
    def __init__(self, user_id: _Optional[str] = ..., persona_id: _Optional[str] = ..., episode: _Optional[_Union[Episode, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class UpdateEpisodeResponse(_message.Message):
    __slots__ = ("episode", "revision")
    EPISODE_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    episode: Episode
    revision: int
    def __init__(self, episode: _Optional[_Union[Episode, _Mapping]] = ..., revision: _Optional[int] = ...) -> None: ...

class DeleteEpisodeRequest(_message.Message):
    __slots__ = ("user_id", "persona_id", "episode_id", "etag", "request_id")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    PERSONA_ID_FIELD_NUMBER: _ClassVar[int]
    EPISODE_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    persona_id: str
    episode_id: str
    etag: str
    request_id: str
    def __init__(self, user_id: _Optional[str] = ..., persona_id: _Optional[str] = ..., episode_id: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class DeleteEpisodeResponse(_message.Message):
    __slots__ = ("revision",)
    REVISION_FIELD_NUMBER: _ClassVar[int]
    revision: int
    def __init__(self, revision: _Optional[int] = ...) -> None: ...

class RehydrateSessionRequest(_message.Message):
    __slots__ = ("user_id", "persona_id", "session_id", "new_session_id", "summary_only", "bookmark_id", "request_id")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    PERSONA_ID_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    NEW_SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    SUMMARY_ONLY_FIELD_NUMBER: _ClassVar[int]
    BOOKMARK_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    persona_id: str
    session_id: str
    new_session_id: str
    summary_only: bool
    bookmark_id: str
    request_id: str
    def __init__(self, user_id: _Optional[str] = ..., persona_id: _Optional[str] = ..., session_id: _Optional[str] = ..., new_session_id: _Optional[str] = ..., summary_only: _Optional[bool] = ..., bookmark_id: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class RehydrateSessionResponse(_message.Message):
    __slots__ = ("session", "restored_entry_count", "revision")
    SESSION_FIELD_NUMBER: _ClassVar[int]
    RESTORED_ENTRY_COUNT_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    session: _working_memory_service_pb2.Session
    restored_entry_count: int
    revision: int
    def __init__(self, session: _Optional[_Union[_working_memory_service_pb2.Session, _Mapping]] = ..., restored_entry_count: _Optional[int] = ..., revision: _Optional[int] = ...) -> None: ...
