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

class FactScope(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FACT_SCOPE_UNSPECIFIED: _ClassVar[FactScope]
    FACT_SCOPE_USER: _ClassVar[FactScope]
    FACT_SCOPE_RELATIONSHIP: _ClassVar[FactScope]

class FactSensitivity(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FACT_SENSITIVITY_UNSPECIFIED: _ClassVar[FactSensitivity]
    FACT_SENSITIVITY_NORMAL: _ClassVar[FactSensitivity]
    FACT_SENSITIVITY_SENSITIVE: _ClassVar[FactSensitivity]

class FactChangeKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FACT_CHANGE_KIND_UNSPECIFIED: _ClassVar[FactChangeKind]
    FACT_CHANGE_KIND_ADDED: _ClassVar[FactChangeKind]
    FACT_CHANGE_KIND_CONFIRMED: _ClassVar[FactChangeKind]
    FACT_CHANGE_KIND_SUPERSEDED: _ClassVar[FactChangeKind]
    FACT_CHANGE_KIND_ENDED: _ClassVar[FactChangeKind]
    FACT_CHANGE_KIND_RETRACTED: _ClassVar[FactChangeKind]
    FACT_CHANGE_KIND_RESTORED: _ClassVar[FactChangeKind]
    FACT_CHANGE_KIND_UPDATED: _ClassVar[FactChangeKind]

class FactOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FACT_OUTCOME_UNSPECIFIED: _ClassVar[FactOutcome]
    FACT_OUTCOME_STORED: _ClassVar[FactOutcome]
    FACT_OUTCOME_CONFIRMED: _ClassVar[FactOutcome]
    FACT_OUTCOME_KEPT_OUT: _ClassVar[FactOutcome]
    FACT_OUTCOME_ENDED: _ClassVar[FactOutcome]
    FACT_OUTCOME_NOTHING: _ClassVar[FactOutcome]
    FACT_OUTCOME_TOLD_BEFORE: _ClassVar[FactOutcome]
    FACT_OUTCOME_UNIMPORTANT: _ClassVar[FactOutcome]
    FACT_OUTCOME_SWITCHED_OFF: _ClassVar[FactOutcome]
    FACT_OUTCOME_FORGOTTEN: _ClassVar[FactOutcome]

class UnreadReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    UNREAD_REASON_UNSPECIFIED: _ClassVar[UnreadReason]
    UNREAD_REASON_SWITCHED_OFF: _ClassVar[UnreadReason]
    UNREAD_REASON_NO_RELATIONSHIP: _ClassVar[UnreadReason]
    UNREAD_REASON_READ_BEFORE: _ClassVar[UnreadReason]

class FactConflictKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FACT_CONFLICT_KIND_UNSPECIFIED: _ClassVar[FactConflictKind]
    FACT_CONFLICT_KIND_BOTH_TRUE: _ClassVar[FactConflictKind]
    FACT_CONFLICT_KIND_KEPT_OUT: _ClassVar[FactConflictKind]

class EntityKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ENTITY_KIND_UNSPECIFIED: _ClassVar[EntityKind]
    ENTITY_KIND_USER: _ClassVar[EntityKind]
    ENTITY_KIND_PERSON: _ClassVar[EntityKind]
    ENTITY_KIND_PLACE: _ClassVar[EntityKind]
    ENTITY_KIND_THING: _ClassVar[EntityKind]
FACT_SCOPE_UNSPECIFIED: FactScope
FACT_SCOPE_USER: FactScope
FACT_SCOPE_RELATIONSHIP: FactScope
FACT_SENSITIVITY_UNSPECIFIED: FactSensitivity
FACT_SENSITIVITY_NORMAL: FactSensitivity
FACT_SENSITIVITY_SENSITIVE: FactSensitivity
FACT_CHANGE_KIND_UNSPECIFIED: FactChangeKind
FACT_CHANGE_KIND_ADDED: FactChangeKind
FACT_CHANGE_KIND_CONFIRMED: FactChangeKind
FACT_CHANGE_KIND_SUPERSEDED: FactChangeKind
FACT_CHANGE_KIND_ENDED: FactChangeKind
FACT_CHANGE_KIND_RETRACTED: FactChangeKind
FACT_CHANGE_KIND_RESTORED: FactChangeKind
FACT_CHANGE_KIND_UPDATED: FactChangeKind
FACT_OUTCOME_UNSPECIFIED: FactOutcome
FACT_OUTCOME_STORED: FactOutcome
FACT_OUTCOME_CONFIRMED: FactOutcome
FACT_OUTCOME_KEPT_OUT: FactOutcome
FACT_OUTCOME_ENDED: FactOutcome
FACT_OUTCOME_NOTHING: FactOutcome
FACT_OUTCOME_TOLD_BEFORE: FactOutcome
FACT_OUTCOME_UNIMPORTANT: FactOutcome
FACT_OUTCOME_SWITCHED_OFF: FactOutcome
FACT_OUTCOME_FORGOTTEN: FactOutcome
UNREAD_REASON_UNSPECIFIED: UnreadReason
UNREAD_REASON_SWITCHED_OFF: UnreadReason
UNREAD_REASON_NO_RELATIONSHIP: UnreadReason
UNREAD_REASON_READ_BEFORE: UnreadReason
FACT_CONFLICT_KIND_UNSPECIFIED: FactConflictKind
FACT_CONFLICT_KIND_BOTH_TRUE: FactConflictKind
FACT_CONFLICT_KIND_KEPT_OUT: FactConflictKind
ENTITY_KIND_UNSPECIFIED: EntityKind
ENTITY_KIND_USER: EntityKind
ENTITY_KIND_PERSON: EntityKind
ENTITY_KIND_PLACE: EntityKind
ENTITY_KIND_THING: EntityKind

class Fact(_message.Message):
    __slots__ = ("fact_id", "user_id", "persona_id", "statement", "category", "subject", "predicate", "object", "confidence", "stated_confidence", "importance", "sensitivity", "scope", "visibility", "pinned", "valid_from", "valid_to", "retracted_time", "superseded_by", "supersedes", "confirm_count", "last_confirmed_time", "session_id", "entry_ids", "source", "trust", "metadata", "change", "change_fact_id", "change_entry_ids", "version", "create_time", "update_time", "etag")
    class MetadataEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    FACT_ID_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    PERSONA_ID_FIELD_NUMBER: _ClassVar[int]
    STATEMENT_FIELD_NUMBER: _ClassVar[int]
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    PREDICATE_FIELD_NUMBER: _ClassVar[int]
    OBJECT_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    STATED_CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    IMPORTANCE_FIELD_NUMBER: _ClassVar[int]
    SENSITIVITY_FIELD_NUMBER: _ClassVar[int]
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    VISIBILITY_FIELD_NUMBER: _ClassVar[int]
    PINNED_FIELD_NUMBER: _ClassVar[int]
    VALID_FROM_FIELD_NUMBER: _ClassVar[int]
    VALID_TO_FIELD_NUMBER: _ClassVar[int]
    RETRACTED_TIME_FIELD_NUMBER: _ClassVar[int]
    SUPERSEDED_BY_FIELD_NUMBER: _ClassVar[int]
    SUPERSEDES_FIELD_NUMBER: _ClassVar[int]
    CONFIRM_COUNT_FIELD_NUMBER: _ClassVar[int]
    LAST_CONFIRMED_TIME_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    ENTRY_IDS_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    TRUST_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    CHANGE_FIELD_NUMBER: _ClassVar[int]
    CHANGE_FACT_ID_FIELD_NUMBER: _ClassVar[int]
    CHANGE_ENTRY_IDS_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    fact_id: str
    user_id: str
    persona_id: str
    statement: str
    category: str
    subject: str
    predicate: str
    object: str
    confidence: float
    stated_confidence: float
    importance: float
    sensitivity: FactSensitivity
    scope: FactScope
    visibility: _common_pb2.Visibility
    pinned: bool
    valid_from: _timestamp_pb2.Timestamp
    valid_to: _timestamp_pb2.Timestamp
    retracted_time: _timestamp_pb2.Timestamp
    superseded_by: str
    supersedes: _containers.RepeatedScalarFieldContainer[str]
    confirm_count: int
    last_confirmed_time: _timestamp_pb2.Timestamp
    session_id: str
    entry_ids: _containers.RepeatedScalarFieldContainer[str]
    source: _common_pb2.MemorySource
    trust: float
    metadata: _containers.ScalarMap[str, str]
    change: FactChangeKind
    change_fact_id: str
    change_entry_ids: _containers.RepeatedScalarFieldContainer[str]
    version: int
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    etag: str
    def __init__(self, fact_id: _Optional[str] = ..., user_id: _Optional[str] = ..., persona_id: _Optional[str] = ..., statement: _Optional[str] = ..., category: _Optional[str] = ..., subject: _Optional[str] = ..., predicate: _Optional[str] = ..., object: _Optional[str] = ..., confidence: _Optional[float] = ..., stated_confidence: _Optional[float] = ..., importance: _Optional[float] = ..., sensitivity: _Optional[_Union[FactSensitivity, str]] = ..., scope: _Optional[_Union[FactScope, str]] = ..., visibility: _Optional[_Union[_common_pb2.Visibility, str]] = ..., pinned: _Optional[bool] = ..., valid_from: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., valid_to: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., retracted_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., superseded_by: _Optional[str] = ..., supersedes: _Optional[_Iterable[str]] = ..., confirm_count: _Optional[int] = ..., last_confirmed_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., session_id: _Optional[str] = ..., entry_ids: _Optional[_Iterable[str]] = ..., source: _Optional[_Union[_common_pb2.MemorySource, str]] = ..., trust: _Optional[float] = ..., metadata: _Optional[_Mapping[str, str]] = ..., change: _Optional[_Union[FactChangeKind, str]] = ..., change_fact_id: _Optional[str] = ..., change_entry_ids: _Optional[_Iterable[str]] = ..., version: _Optional[int] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ...) -> None: ...

class NewFact(_message.Message):
    __slots__ = ("statement", "category", "subject", "predicate", "object", "negated", "confidence", "importance", "sensitivity", "scope", "visibility", "valid_from", "valid_to", "entry_ids", "pinned", "metadata")
    class MetadataEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    STATEMENT_FIELD_NUMBER: _ClassVar[int]
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    PREDICATE_FIELD_NUMBER: _ClassVar[int]
    OBJECT_FIELD_NUMBER: _ClassVar[int]
    NEGATED_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    IMPORTANCE_FIELD_NUMBER: _ClassVar[int]
    SENSITIVITY_FIELD_NUMBER: _ClassVar[int]
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    VISIBILITY_FIELD_NUMBER: _ClassVar[int]
    VALID_FROM_FIELD_NUMBER: _ClassVar[int]
    VALID_TO_FIELD_NUMBER: _ClassVar[int]
    ENTRY_IDS_FIELD_NUMBER: _ClassVar[int]
    PINNED_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    statement: str
    category: str
    subject: str
    predicate: str
    object: str
    negated: bool
    confidence: float
    importance: float
    sensitivity: FactSensitivity
    scope: FactScope
    visibility: _common_pb2.Visibility
    valid_from: _timestamp_pb2.Timestamp
    valid_to: _timestamp_pb2.Timestamp
    entry_ids: _containers.RepeatedScalarFieldContainer[str]
    pinned: bool
    metadata: _containers.ScalarMap[str, str]
    def __init__(self, statement: _Optional[str] = ..., category: _Optional[str] = ..., subject: _Optional[str] = ..., predicate: _Optional[str] = ..., object: _Optional[str] = ..., negated: _Optional[bool] = ..., confidence: _Optional[float] = ..., importance: _Optional[float] = ..., sensitivity: _Optional[_Union[FactSensitivity, str]] = ..., scope: _Optional[_Union[FactScope, str]] = ..., visibility: _Optional[_Union[_common_pb2.Visibility, str]] = ..., valid_from: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., valid_to: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., entry_ids: _Optional[_Iterable[str]] = ..., pinned: _Optional[bool] = ..., metadata: _Optional[_Mapping[str, str]] = ...) -> None: ...

class ToldFact(_message.Message):
    __slots__ = ("outcome", "fact_id", "changed_fact_ids")
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    FACT_ID_FIELD_NUMBER: _ClassVar[int]
    CHANGED_FACT_IDS_FIELD_NUMBER: _ClassVar[int]
    outcome: FactOutcome
    fact_id: str
    changed_fact_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, outcome: _Optional[_Union[FactOutcome, str]] = ..., fact_id: _Optional[str] = ..., changed_fact_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class AddFactsRequest(_message.Message):
    __slots__ = ("user_id", "persona_id", "session_id", "facts", "request_id", "remember_again")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    PERSONA_ID_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    FACTS_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REMEMBER_AGAIN_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    persona_id: str
    session_id: str
    facts: _containers.RepeatedCompositeFieldContainer[NewFact]
    request_id: str
    remember_again: bool
    def __init__(self, user_id: _Optional[str] = ..., persona_id: _Optional[str] = ..., session_id: _Optional[str] = ..., facts: _Optional[_Iterable[_Union[NewFact, _Mapping]]] = ..., request_id: _Optional[str] = ..., remember_again: _Optional[bool] = ...) -> None: ...

class AddFactsResponse(_message.Message):
    __slots__ = ("told", "revision")
    TOLD_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    told: _containers.RepeatedCompositeFieldContainer[ToldFact]
    revision: int
    def __init__(self, told: _Optional[_Iterable[_Union[ToldFact, _Mapping]]] = ..., revision: _Optional[int] = ...) -> None: ...

class SpokenLine(_message.Message):
    __slots__ = ("role", "speaker", "content", "event_time")
    ROLE_FIELD_NUMBER: _ClassVar[int]
    SPEAKER_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    EVENT_TIME_FIELD_NUMBER: _ClassVar[int]
    role: _working_memory_service_pb2.Role
    speaker: str
    content: str
    event_time: _timestamp_pb2.Timestamp
    def __init__(self, role: _Optional[_Union[_working_memory_service_pb2.Role, str]] = ..., speaker: _Optional[str] = ..., content: _Optional[str] = ..., event_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class SpokenLines(_message.Message):
    __slots__ = ("lines",)
    LINES_FIELD_NUMBER: _ClassVar[int]
    lines: _containers.RepeatedCompositeFieldContainer[SpokenLine]
    def __init__(self, lines: _Optional[_Iterable[_Union[SpokenLine, _Mapping]]] = ...) -> None: ...

class ReadFact(_message.Message):
    __slots__ = ("outcome", "fact", "changed_fact_ids", "quarantined", "entry_ids", "line_numbers", "statement")
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    FACT_FIELD_NUMBER: _ClassVar[int]
    CHANGED_FACT_IDS_FIELD_NUMBER: _ClassVar[int]
    QUARANTINED_FIELD_NUMBER: _ClassVar[int]
    ENTRY_IDS_FIELD_NUMBER: _ClassVar[int]
    LINE_NUMBERS_FIELD_NUMBER: _ClassVar[int]
    STATEMENT_FIELD_NUMBER: _ClassVar[int]
    outcome: FactOutcome
    fact: Fact
    changed_fact_ids: _containers.RepeatedScalarFieldContainer[str]
    quarantined: bool
    entry_ids: _containers.RepeatedScalarFieldContainer[str]
    line_numbers: _containers.RepeatedScalarFieldContainer[int]
    statement: str
    def __init__(self, outcome: _Optional[_Union[FactOutcome, str]] = ..., fact: _Optional[_Union[Fact, _Mapping]] = ..., changed_fact_ids: _Optional[_Iterable[str]] = ..., quarantined: _Optional[bool] = ..., entry_ids: _Optional[_Iterable[str]] = ..., line_numbers: _Optional[_Iterable[int]] = ..., statement: _Optional[str] = ...) -> None: ...

class ExtractFactsRequest(_message.Message):
    __slots__ = ("user_id", "persona_id", "session_id", "spoken", "dry_run", "request_id")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    PERSONA_ID_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    SPOKEN_FIELD_NUMBER: _ClassVar[int]
    DRY_RUN_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    persona_id: str
    session_id: str
    spoken: SpokenLines
    dry_run: bool
    request_id: str
    def __init__(self, user_id: _Optional[str] = ..., persona_id: _Optional[str] = ..., session_id: _Optional[str] = ..., spoken: _Optional[_Union[SpokenLines, _Mapping]] = ..., dry_run: _Optional[bool] = ..., request_id: _Optional[str] = ...) -> None: ...

class ExtractFactsResponse(_message.Message):
    __slots__ = ("facts", "dry_run", "unread_reason", "extractor", "truncated", "revision")
    FACTS_FIELD_NUMBER: _ClassVar[int]
    DRY_RUN_FIELD_NUMBER: _ClassVar[int]
    UNREAD_REASON_FIELD_NUMBER: _ClassVar[int]
    EXTRACTOR_FIELD_NUMBER: _ClassVar[int]
    TRUNCATED_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    facts: _containers.RepeatedCompositeFieldContainer[ReadFact]
    dry_run: bool
    unread_reason: UnreadReason
    extractor: str
    truncated: bool
    revision: int
    def __init__(self, facts: _Optional[_Iterable[_Union[ReadFact, _Mapping]]] = ..., dry_run: _Optional[bool] = ..., unread_reason: _Optional[_Union[UnreadReason, str]] = ..., extractor: _Optional[str] = ..., truncated: _Optional[bool] = ..., revision: _Optional[int] = ...) -> None: ...

class GetFactRequest(_message.Message):
    __slots__ = ("user_id", "persona_id", "fact_id", "known_at")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    PERSONA_ID_FIELD_NUMBER: _ClassVar[int]
    FACT_ID_FIELD_NUMBER: _ClassVar[int]
    KNOWN_AT_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    persona_id: str
    fact_id: str
    known_at: _timestamp_pb2.Timestamp
    def __init__(self, user_id: _Optional[str] = ..., persona_id: _Optional[str] = ..., fact_id: _Optional[str] = ..., known_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GetFactResponse(_message.Message):
    __slots__ = ("fact",)
    FACT_FIELD_NUMBER: _ClassVar[int]
    fact: Fact
    def __init__(self, fact: _Optional[_Union[Fact, _Mapping]] = ...) -> None: ...

class ListFactsRequest(_message.Message):
    __slots__ = ("user_id", "persona_id", "category", "predicate", "subject", "scope", "include_past", "include_quarantined", "as_of", "known_at", "page_size", "page_token")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    PERSONA_ID_FIELD_NUMBER: _ClassVar[int]
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    PREDICATE_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_PAST_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_QUARANTINED_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    KNOWN_AT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    persona_id: str
    category: str
    predicate: str
    subject: str
    scope: FactScope
    include_past: bool
    include_quarantined: bool
    as_of: _timestamp_pb2.Timestamp
    known_at: _timestamp_pb2.Timestamp
    page_size: int
    page_token: str
    def __init__(self, user_id: _Optional[str] = ..., persona_id: _Optional[str] = ..., category: _Optional[str] = ..., predicate: _Optional[str] = ..., subject: _Optional[str] = ..., scope: _Optional[_Union[FactScope, str]] = ..., include_past: _Optional[bool] = ..., include_quarantined: _Optional[bool] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., known_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListFactsResponse(_message.Message):
    __slots__ = ("facts", "next_page_token")
    FACTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    facts: _containers.RepeatedCompositeFieldContainer[Fact]
    next_page_token: str
    def __init__(self, facts: _Optional[_Iterable[_Union[Fact, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class SearchFactsRequest(_message.Message):
    __slots__ = ("user_id", "persona_id", "query", "category", "predicate", "subject", "scope", "include_past", "include_quarantined", "as_of", "known_at", "min_score", "min_revision", "explain", "vector", "page_size", "page_token")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    PERSONA_ID_FIELD_NUMBER: _ClassVar[int]
    QUERY_FIELD_NUMBER: _ClassVar[int]
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    PREDICATE_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_PAST_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_QUARANTINED_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    KNOWN_AT_FIELD_NUMBER: _ClassVar[int]
    MIN_SCORE_FIELD_NUMBER: _ClassVar[int]
    MIN_REVISION_FIELD_NUMBER: _ClassVar[int]
    EXPLAIN_FIELD_NUMBER: _ClassVar[int]
    VECTOR_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    persona_id: str
    query: str
    category: str
    predicate: str
    subject: str
    scope: FactScope
    include_past: bool
    include_quarantined: bool
    as_of: _timestamp_pb2.Timestamp
    known_at: _timestamp_pb2.Timestamp
    min_score: float
    min_revision: int
    explain: bool
    vector: _containers.RepeatedScalarFieldContainer[float]
    page_size: int
    page_token: str
    def __init__(self, user_id: _Optional[str] = ..., persona_id: _Optional[str] = ..., query: _Optional[str] = ..., category: _Optional[str] = ..., predicate: _Optional[str] = ..., subject: _Optional[str] = ..., scope: _Optional[_Union[FactScope, str]] = ..., include_past: _Optional[bool] = ..., include_quarantined: _Optional[bool] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., known_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., min_score: _Optional[float] = ..., min_revision: _Optional[int] = ..., explain: _Optional[bool] = ..., vector: _Optional[_Iterable[float]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class FactHit(_message.Message):
    __slots__ = ("fact", "score", "score_parts")
    class ScorePartsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    FACT_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    SCORE_PARTS_FIELD_NUMBER: _ClassVar[int]
    fact: Fact
    score: float
    score_parts: _containers.ScalarMap[str, float]
    def __init__(self, fact: _Optional[_Union[Fact, _Mapping]] = ..., score: _Optional[float] = ..., score_parts: _Optional[_Mapping[str, float]] = ...) -> None: ...

class SearchFactsResponse(_message.Message):
    __slots__ = ("hits", "next_page_token", "degraded", "revision")
    HITS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    DEGRADED_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    hits: _containers.RepeatedCompositeFieldContainer[FactHit]
    next_page_token: str
    degraded: bool
    revision: int
    def __init__(self, hits: _Optional[_Iterable[_Union[FactHit, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., degraded: _Optional[bool] = ..., revision: _Optional[int] = ...) -> None: ...

class GetFactHistoryRequest(_message.Message):
    __slots__ = ("user_id", "persona_id", "fact_id", "page_size", "page_token")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    PERSONA_ID_FIELD_NUMBER: _ClassVar[int]
    FACT_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    persona_id: str
    fact_id: str
    page_size: int
    page_token: str
    def __init__(self, user_id: _Optional[str] = ..., persona_id: _Optional[str] = ..., fact_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class GetFactHistoryResponse(_message.Message):
    __slots__ = ("states", "next_page_token")
    STATES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    states: _containers.RepeatedCompositeFieldContainer[Fact]
    next_page_token: str
    def __init__(self, states: _Optional[_Iterable[_Union[Fact, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class ImportantMemory(_message.Message):
    __slots__ = ("fact", "event", "date", "significance")
    FACT_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    DATE_FIELD_NUMBER: _ClassVar[int]
    SIGNIFICANCE_FIELD_NUMBER: _ClassVar[int]
    fact: Fact
    event: str
    date: _timestamp_pb2.Timestamp
    significance: str
    def __init__(self, fact: _Optional[_Union[Fact, _Mapping]] = ..., event: _Optional[str] = ..., date: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., significance: _Optional[str] = ...) -> None: ...

class UserPreferences(_message.Message):
    __slots__ = ("greeting_style", "advice_style", "topics_to_avoid", "favorite_topics", "facts")
    GREETING_STYLE_FIELD_NUMBER: _ClassVar[int]
    ADVICE_STYLE_FIELD_NUMBER: _ClassVar[int]
    TOPICS_TO_AVOID_FIELD_NUMBER: _ClassVar[int]
    FAVORITE_TOPICS_FIELD_NUMBER: _ClassVar[int]
    FACTS_FIELD_NUMBER: _ClassVar[int]
    greeting_style: str
    advice_style: str
    topics_to_avoid: _containers.RepeatedScalarFieldContainer[str]
    favorite_topics: _containers.RepeatedScalarFieldContainer[str]
    facts: _containers.RepeatedCompositeFieldContainer[Fact]
    def __init__(self, greeting_style: _Optional[str] = ..., advice_style: _Optional[str] = ..., topics_to_avoid: _Optional[_Iterable[str]] = ..., favorite_topics: _Optional[_Iterable[str]] = ..., facts: _Optional[_Iterable[_Union[Fact, _Mapping]]] = ...) -> None: ...

class GetUserProfileRequest(_message.Message):
    __slots__ = ("user_id", "persona_id", "as_of", "known_at", "include_quarantined")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    PERSONA_ID_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    KNOWN_AT_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_QUARANTINED_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    persona_id: str
    as_of: _timestamp_pb2.Timestamp
    known_at: _timestamp_pb2.Timestamp
    include_quarantined: bool
    def __init__(self, user_id: _Optional[str] = ..., persona_id: _Optional[str] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., known_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., include_quarantined: _Optional[bool] = ...) -> None: ...

class GetUserProfileResponse(_message.Message):
    __slots__ = ("relationship_facts", "user_facts", "inside_jokes", "important_memories", "preferences", "truncated", "revision")
    RELATIONSHIP_FACTS_FIELD_NUMBER: _ClassVar[int]
    USER_FACTS_FIELD_NUMBER: _ClassVar[int]
    INSIDE_JOKES_FIELD_NUMBER: _ClassVar[int]
    IMPORTANT_MEMORIES_FIELD_NUMBER: _ClassVar[int]
    PREFERENCES_FIELD_NUMBER: _ClassVar[int]
    TRUNCATED_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    relationship_facts: _containers.RepeatedCompositeFieldContainer[Fact]
    user_facts: _containers.RepeatedCompositeFieldContainer[Fact]
    inside_jokes: _containers.RepeatedCompositeFieldContainer[Fact]
    important_memories: _containers.RepeatedCompositeFieldContainer[ImportantMemory]
    preferences: UserPreferences
    truncated: bool
    revision: int
    def __init__(self, relationship_facts: _Optional[_Iterable[_Union[Fact, _Mapping]]] = ..., user_facts: _Optional[_Iterable[_Union[Fact, _Mapping]]] = ..., inside_jokes: _Optional[_Iterable[_Union[Fact, _Mapping]]] = ..., important_memories: _Optional[_Iterable[_Union[ImportantMemory, _Mapping]]] = ..., preferences: _Optional[_Union[UserPreferences, _Mapping]] = ..., truncated: _Optional[bool] = ..., revision: _Optional[int] = ...) -> None: ...

class FactConflict(_message.Message):
    __slots__ = ("kind", "fact", "against")
    KIND_FIELD_NUMBER: _ClassVar[int]
    FACT_FIELD_NUMBER: _ClassVar[int]
    AGAINST_FIELD_NUMBER: _ClassVar[int]
    kind: FactConflictKind
    fact: Fact
    against: Fact
    def __init__(self, kind: _Optional[_Union[FactConflictKind, str]] = ..., fact: _Optional[_Union[Fact, _Mapping]] = ..., against: _Optional[_Union[Fact, _Mapping]] = ...) -> None: ...

class DetectConflictsRequest(_message.Message):
    __slots__ = ("user_id", "persona_id", "limit")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    PERSONA_ID_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    persona_id: str
    limit: int
    def __init__(self, user_id: _Optional[str] = ..., persona_id: _Optional[str] = ..., limit: _Optional[int] = ...) -> None: ...

class DetectConflictsResponse(_message.Message):
    __slots__ = ("conflicts",)
    CONFLICTS_FIELD_NUMBER: _ClassVar[int]
    conflicts: _containers.RepeatedCompositeFieldContainer[FactConflict]
    def __init__(self, conflicts: _Optional[_Iterable[_Union[FactConflict, _Mapping]]] = ...) -> None: ...

class Entity(_message.Message):
    __slots__ = ("entity_id", "name", "kind", "fact_count")
    ENTITY_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    FACT_COUNT_FIELD_NUMBER: _ClassVar[int]
    entity_id: str
    name: str
    kind: EntityKind
    fact_count: int
    def __init__(self, entity_id: _Optional[str] = ..., name: _Optional[str] = ..., kind: _Optional[_Union[EntityKind, str]] = ..., fact_count: _Optional[int] = ...) -> None: ...

class ListEntitiesRequest(_message.Message):
    __slots__ = ("user_id", "persona_id", "page_size", "page_token")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    PERSONA_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    persona_id: str
    page_size: int
    page_token: str
    def __init__(self, user_id: _Optional[str] = ..., persona_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListEntitiesResponse(_message.Message):
    __slots__ = ("entities", "next_page_token")
    ENTITIES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    entities: _containers.RepeatedCompositeFieldContainer[Entity]
    next_page_token: str
    def __init__(self, entities: _Optional[_Iterable[_Union[Entity, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetEntityRequest(_message.Message):
    __slots__ = ("user_id", "persona_id", "entity_id")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    PERSONA_ID_FIELD_NUMBER: _ClassVar[int]
    ENTITY_ID_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    persona_id: str
    entity_id: str
    def __init__(self, user_id: _Optional[str] = ..., persona_id: _Optional[str] = ..., entity_id: _Optional[str] = ...) -> None: ...

class GetEntityResponse(_message.Message):
    __slots__ = ("entity",)
    ENTITY_FIELD_NUMBER: _ClassVar[int]
    entity: Entity
    def __init__(self, entity: _Optional[_Union[Entity, _Mapping]] = ...) -> None: ...

class ListRelatedEntitiesRequest(_message.Message):
    __slots__ = ("user_id", "persona_id", "entity_id", "page_size", "page_token")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    PERSONA_ID_FIELD_NUMBER: _ClassVar[int]
    ENTITY_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    persona_id: str
    entity_id: str
    page_size: int
    page_token: str
    def __init__(self, user_id: _Optional[str] = ..., persona_id: _Optional[str] = ..., entity_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class RelatedEntity(_message.Message):
    __slots__ = ("entity", "predicate", "outgoing", "fact_id", "confidence")
    ENTITY_FIELD_NUMBER: _ClassVar[int]
    PREDICATE_FIELD_NUMBER: _ClassVar[int]
    OUTGOING_FIELD_NUMBER: _ClassVar[int]
    FACT_ID_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    entity: Entity
    predicate: str
    outgoing: bool
    fact_id: str
    confidence: float
    def __init__(self, entity: _Optional[_Union[Entity, _Mapping]] = ..., predicate: _Optional[str] = ..., outgoing: _Optional[bool] = ..., fact_id: _Optional[str] = ..., confidence: _Optional[float] = ...) -> None: ...

class ListRelatedEntitiesResponse(_message.Message):
    __slots__ = ("related", "next_page_token")
    RELATED_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    related: _containers.RepeatedCompositeFieldContainer[RelatedEntity]
    next_page_token: str
    def __init__(self, related: _Optional[_Iterable[_Union[RelatedEntity, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class RetractFactRequest(_message.Message):
    __slots__ = ("user_id", "persona_id", "fact_id", "etag", "request_id")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    PERSONA_ID_FIELD_NUMBER: _ClassVar[int]
    FACT_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    persona_id: str
    fact_id: str
    etag: str
    request_id: str
    def __init__(self, user_id: _Optional[str] = ..., persona_id: _Optional[str] = ..., fact_id: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class RetractFactResponse(_message.Message):
    __slots__ = ("fact", "revision")
    FACT_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    fact: Fact
    revision: int
    def __init__(self, fact: _Optional[_Union[Fact, _Mapping]] = ..., revision: _Optional[int] = ...) -> None: ...

class RestoreFactRequest(_message.Message):
    __slots__ = ("user_id", "persona_id", "fact_id", "etag", "request_id")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    PERSONA_ID_FIELD_NUMBER: _ClassVar[int]
    FACT_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    persona_id: str
    fact_id: str
    etag: str
    request_id: str
    def __init__(self, user_id: _Optional[str] = ..., persona_id: _Optional[str] = ..., fact_id: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class RestoreFactResponse(_message.Message):
    __slots__ = ("fact", "revision")
    FACT_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    fact: Fact
    revision: int
    def __init__(self, fact: _Optional[_Union[Fact, _Mapping]] = ..., revision: _Optional[int] = ...) -> None: ...

class ConfirmFactRequest(_message.Message):
    __slots__ = ("user_id", "persona_id", "fact_id", "confidence", "etag", "request_id")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    PERSONA_ID_FIELD_NUMBER: _ClassVar[int]
    FACT_ID_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    persona_id: str
    fact_id: str
    confidence: float
    etag: str
    request_id: str
    def __init__(self, user_id: _Optional[str] = ..., persona_id: _Optional[str] = ..., fact_id: _Optional[str] = ..., confidence: _Optional[float] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class ConfirmFactResponse(_message.Message):
    __slots__ = ("fact", "revision")
    FACT_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    fact: Fact
    revision: int
    def __init__(self, fact: _Optional[_Union[Fact, _Mapping]] = ..., revision: _Optional[int] = ...) -> None: ...

class UpdateFactRequest(_message.Message):
    __slots__ = ("user_id", "persona_id", "fact", "update_mask", "request_id")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    PERSONA_ID_FIELD_NUMBER: _ClassVar[int]
    FACT_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    persona_id: str
    fact: Fact
    update_mask: _field_mask_pb2.FieldMask
    request_id: str
    def __init__(self, user_id: _Optional[str] = ..., persona_id: _Optional[str] = ..., fact: _Optional[_Union[Fact, _Mapping]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class UpdateFactResponse(_message.Message):
    __slots__ = ("fact", "revision")
    FACT_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    fact: Fact
    revision: int
    def __init__(self, fact: _Optional[_Union[Fact, _Mapping]] = ..., revision: _Optional[int] = ...) -> None: ...
