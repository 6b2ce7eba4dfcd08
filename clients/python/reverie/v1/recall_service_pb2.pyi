import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from reverie.v1 import common_pb2 as _common_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RecallRequest(_message.Message):
    __slots__ = ("user_id", "persona_id", "session_id", "query", "tiers", "limit", "event_after", "event_before", "filter", "min_trust", "include_quarantined", "min_score", "persona_lens", "as_of", "known_at", "min_revision", "explain", "vector")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    PERSONA_ID_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    QUERY_FIELD_NUMBER: _ClassVar[int]
    TIERS_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    EVENT_AFTER_FIELD_NUMBER: _ClassVar[int]
    EVENT_BEFORE_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    MIN_TRUST_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_QUARANTINED_FIELD_NUMBER: _ClassVar[int]
    MIN_SCORE_FIELD_NUMBER: _ClassVar[int]
    PERSONA_LENS_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    KNOWN_AT_FIELD_NUMBER: _ClassVar[int]
    MIN_REVISION_FIELD_NUMBER: _ClassVar[int]
    EXPLAIN_FIELD_NUMBER: _ClassVar[int]
    VECTOR_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    persona_id: str
    session_id: str
    query: str
    tiers: _containers.RepeatedScalarFieldContainer[_common_pb2.Tier]
    limit: int
    event_after: _timestamp_pb2.Timestamp
    event_before: _timestamp_pb2.Timestamp
    filter: _common_pb2.Filter
    min_trust: float
    include_quarantined: bool
    min_score: float
    persona_lens: bool
    as_of: _timestamp_pb2.Timestamp
    known_at: _timestamp_pb2.Timestamp
    min_revision: int
    explain: bool
    vector: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, user_id: _Optional[str] = ..., persona_id: _Optional[str] = ..., session_id: _Optional[str] = ..., query: _Optional[str] = ..., tiers: _Optional[_Iterable[_Union[_common_pb2.Tier, str]]] = ..., limit: _Optional[int] = ..., event_after: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., event_before: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., filter: _Optional[_Union[_common_pb2.Filter, _Mapping]] = ..., min_trust: _Optional[float] = ..., include_quarantined: _Optional[bool] = ..., min_score: _Optional[float] = ..., persona_lens: _Optional[bool] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., known_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., min_revision: _Optional[int] = ..., explain: _Optional[bool] = ..., vector: _Optional[_Iterable[float]] = ...) -> None: ...

class RecallResponse(_message.Message):
    __slots__ = ("hits", "degraded", "revision")
    HITS_FIELD_NUMBER: _ClassVar[int]
    DEGRADED_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    hits: _containers.RepeatedCompositeFieldContainer[MemoryHit]
    degraded: bool
    revision: int
    def __init__(self, hits: _Optional[_Iterable[_Union[MemoryHit, _Mapping]]] = ..., degraded: _Optional[bool] = ..., revision: _Optional[int] = ...) -> None: ...

class MemoryHit(_message.Message):
    __slots__ = ("memory_id", "tier", "text", "score", "score_parts", "user_id", "persona_id", "session_id", "entry_ids", "agent", "speaker", "timeline", "key", "event_time", "create_time", "valid_from", "valid_to", "visibility", "trust", "source", "metadata")
    class ScorePartsEntry(_message.Message):
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
    MEMORY_ID_FIELD_NUMBER: _ClassVar[int]
    TIER_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    SCORE_PARTS_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    PERSONA_ID_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    ENTRY_IDS_FIELD_NUMBER: _ClassVar[int]
    AGENT_FIELD_NUMBER: _ClassVar[int]
    SPEAKER_FIELD_NUMBER: _ClassVar[int]
    TIMELINE_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    EVENT_TIME_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    VALID_FROM_FIELD_NUMBER: _ClassVar[int]
    VALID_TO_FIELD_NUMBER: _ClassVar[int]
    VISIBILITY_FIELD_NUMBER: _ClassVar[int]
    TRUST_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    memory_id: str
    tier: _common_pb2.Tier
    text: str
    score: float
    score_parts: _containers.ScalarMap[str, float]
    user_id: str
    persona_id: str
    session_id: str
    entry_ids: _containers.RepeatedScalarFieldContainer[str]
    agent: str
    speaker: str
    timeline: str
    key: str
    event_time: _timestamp_pb2.Timestamp
    create_time: _timestamp_pb2.Timestamp
    valid_from: _timestamp_pb2.Timestamp
    valid_to: _timestamp_pb2.Timestamp
    visibility: _common_pb2.Visibility
    trust: float
    source: _common_pb2.MemorySource
    metadata: _containers.ScalarMap[str, str]
    def __init__(self, memory_id: _Optional[str] = ..., tier: _Optional[_Union[_common_pb2.Tier, str]] = ..., text: _Optional[str] = ..., score: _Optional[float] = ..., score_parts: _Optional[_Mapping[str, float]] = ..., user_id: _Optional[str] = ..., persona_id: _Optional[str] = ..., session_id: _Optional[str] = ..., entry_ids: _Optional[_Iterable[str]] = ..., agent: _Optional[str] = ..., speaker: _Optional[str] = ..., timeline: _Optional[str] = ..., key: _Optional[str] = ..., event_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., valid_from: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., valid_to: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., visibility: _Optional[_Union[_common_pb2.Visibility, str]] = ..., trust: _Optional[float] = ..., source: _Optional[_Union[_common_pb2.MemorySource, str]] = ..., metadata: _Optional[_Mapping[str, str]] = ...) -> None: ...

class MemoryReference(_message.Message):
    __slots__ = ("tier", "memory_id")
    TIER_FIELD_NUMBER: _ClassVar[int]
    MEMORY_ID_FIELD_NUMBER: _ClassVar[int]
    tier: _common_pb2.Tier
    memory_id: str
    def __init__(self, tier: _Optional[_Union[_common_pb2.Tier, str]] = ..., memory_id: _Optional[str] = ...) -> None: ...

class MarkUsedRequest(_message.Message):
    __slots__ = ("user_id", "persona_id", "session_id", "memories", "request_id")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    PERSONA_ID_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    MEMORIES_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    persona_id: str
    session_id: str
    memories: _containers.RepeatedCompositeFieldContainer[MemoryReference]
    request_id: str
    def __init__(self, user_id: _Optional[str] = ..., persona_id: _Optional[str] = ..., session_id: _Optional[str] = ..., memories: _Optional[_Iterable[_Union[MemoryReference, _Mapping]]] = ..., request_id: _Optional[str] = ...) -> None: ...

class MarkUsedResponse(_message.Message):
    __slots__ = ("revision",)
    REVISION_FIELD_NUMBER: _ClassVar[int]
    revision: int
    def __init__(self, revision: _Optional[int] = ...) -> None: ...

class CompareAcrossPersonasRequest(_message.Message):
    __slots__ = ("user_id", "persona_ids", "query", "tiers", "limit", "min_score", "explain")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    PERSONA_IDS_FIELD_NUMBER: _ClassVar[int]
    QUERY_FIELD_NUMBER: _ClassVar[int]
    TIERS_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    MIN_SCORE_FIELD_NUMBER: _ClassVar[int]
    EXPLAIN_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    persona_ids: _containers.RepeatedScalarFieldContainer[str]
    query: str
    tiers: _containers.RepeatedScalarFieldContainer[_common_pb2.Tier]
    limit: int
    min_score: float
    explain: bool
    def __init__(self, user_id: _Optional[str] = ..., persona_ids: _Optional[_Iterable[str]] = ..., query: _Optional[str] = ..., tiers: _Optional[_Iterable[_Union[_common_pb2.Tier, str]]] = ..., limit: _Optional[int] = ..., min_score: _Optional[float] = ..., explain: _Optional[bool] = ...) -> None: ...

class PersonaRecall(_message.Message):
    __slots__ = ("persona_id", "hits")
    PERSONA_ID_FIELD_NUMBER: _ClassVar[int]
    HITS_FIELD_NUMBER: _ClassVar[int]
    persona_id: str
    hits: _containers.RepeatedCompositeFieldContainer[MemoryHit]
    def __init__(self, persona_id: _Optional[str] = ..., hits: _Optional[_Iterable[_Union[MemoryHit, _Mapping]]] = ...) -> None: ...

class CompareAcrossPersonasResponse(_message.Message):
    __slots__ = ("personas", "degraded", "revision")
    PERSONAS_FIELD_NUMBER: _ClassVar[int]
    DEGRADED_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    personas: _containers.RepeatedCompositeFieldContainer[PersonaRecall]
    degraded: bool
    revision: int
    def __init__(self, personas: _Optional[_Iterable[_Union[PersonaRecall, _Mapping]]] = ..., degraded: _Optional[bool] = ..., revision: _Optional[int] = ...) -> None: ...

class GetCapabilitiesRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetCapabilitiesResponse(_message.Message):
    __slots__ = ("version", "embedder", "embedding_dimension", "index", "index_ready", "summarizer", "tokenizer", "languages", "limits")
    class LimitsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    VERSION_FIELD_NUMBER: _ClassVar[int]
    EMBEDDER_FIELD_NUMBER: _ClassVar[int]
    EMBEDDING_DIMENSION_FIELD_NUMBER: _ClassVar[int]
    INDEX_FIELD_NUMBER: _ClassVar[int]
    INDEX_READY_FIELD_NUMBER: _ClassVar[int]
    SUMMARIZER_FIELD_NUMBER: _ClassVar[int]
    TOKENIZER_FIELD_NUMBER: _ClassVar[int]
    LANGUAGES_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    version: str
    embedder: str
    embedding_dimension: int
    index: str
    index_ready: bool
    summarizer: str
    tokenizer: str
    languages: _containers.RepeatedScalarFieldContainer[str]
    limits: _containers.ScalarMap[str, int]
    def __init__(self, version: _Optional[str] = ..., embedder: _Optional[str] = ..., embedding_dimension: _Optional[int] = ..., index: _Optional[str] = ..., index_ready: _Optional[bool] = ..., summarizer: _Optional[str] = ..., tokenizer: _Optional[str] = ..., languages: _Optional[_Iterable[str]] = ..., limits: _Optional[_Mapping[str, int]] = ...) -> None: ...
