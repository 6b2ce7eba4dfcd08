import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ProcedureScope(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PROCEDURE_SCOPE_UNSPECIFIED: _ClassVar[ProcedureScope]
    PROCEDURE_SCOPE_WORKSPACE: _ClassVar[ProcedureScope]
    PROCEDURE_SCOPE_PERSONA: _ClassVar[ProcedureScope]
    PROCEDURE_SCOPE_RELATIONSHIP: _ClassVar[ProcedureScope]

class ProcedureOutcome(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PROCEDURE_OUTCOME_UNSPECIFIED: _ClassVar[ProcedureOutcome]
    PROCEDURE_OUTCOME_SUCCESS: _ClassVar[ProcedureOutcome]
    PROCEDURE_OUTCOME_FAILURE: _ClassVar[ProcedureOutcome]
    PROCEDURE_OUTCOME_NEUTRAL: _ClassVar[ProcedureOutcome]
PROCEDURE_SCOPE_UNSPECIFIED: ProcedureScope
PROCEDURE_SCOPE_WORKSPACE: ProcedureScope
PROCEDURE_SCOPE_PERSONA: ProcedureScope
PROCEDURE_SCOPE_RELATIONSHIP: ProcedureScope
PROCEDURE_OUTCOME_UNSPECIFIED: ProcedureOutcome
PROCEDURE_OUTCOME_SUCCESS: ProcedureOutcome
PROCEDURE_OUTCOME_FAILURE: ProcedureOutcome
PROCEDURE_OUTCOME_NEUTRAL: ProcedureOutcome

class Procedure(_message.Message):
    __slots__ = ("key", "scope", "user_id", "persona_id", "template", "description", "placeholders", "metadata", "version", "success_count", "failure_count", "neutral_count", "create_time", "update_time", "etag")
    class MetadataEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    KEY_FIELD_NUMBER: _ClassVar[int]
    SCOPE_FIELD_NUMBER: _ClassVar[int]
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    PERSONA_ID_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    PLACEHOLDERS_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    SUCCESS_COUNT_FIELD_NUMBER: _ClassVar[int]
    FAILURE_COUNT_FIELD_NUMBER: _ClassVar[int]
    NEUTRAL_COUNT_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    key: str
    scope: ProcedureScope
    user_id: str
    persona_id: str
    template: str
    description: str
    placeholders: _containers.RepeatedScalarFieldContainer[str]
    metadata: _containers.ScalarMap[str, str]
    version: int
    success_count: int
    failure_count: int
    neutral_count: int
    create_time: _timestamp_pb2.Timestamp
    update_time: _timestamp_pb2.Timestamp
    etag: str
    def __init__(self, key: _Optional[str] = ..., scope: _Optional[_Union[ProcedureScope, str]] = ..., user_id: _Optional[str] = ..., persona_id: _Optional[str] = ..., template: _Optional[str] = ..., description: _Optional[str] = ..., placeholders: _Optional[_Iterable[str]] = ..., metadata: _Optional[_Mapping[str, str]] = ..., version: _Optional[int] = ..., success_count: _Optional[int] = ..., failure_count: _Optional[int] = ..., neutral_count: _Optional[int] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ...) -> None: ...

class ProcedureHit(_message.Message):
    __slots__ = ("procedure", "score", "score_parts")
    class ScorePartsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    PROCEDURE_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    SCORE_PARTS_FIELD_NUMBER: _ClassVar[int]
    procedure: Procedure
    score: float
    score_parts: _containers.ScalarMap[str, float]
    def __init__(self, procedure: _Optional[_Union[Procedure, _Mapping]] = ..., score: _Optional[float] = ..., score_parts: _Optional[_Mapping[str, float]] = ...) -> None: ...

class PutProcedureRequest(_message.Message):
    __slots__ = ("user_id", "persona_id", "key", "template", "description", "metadata", "etag", "request_id", "remember_again")
    class MetadataEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    PERSONA_ID_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REMEMBER_AGAIN_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    persona_id: str
    key: str
    template: str
    description: str
    metadata: _containers.ScalarMap[str, str]
    etag: str
    request_id: str
    remember_again: bool
    def __init__(self, user_id: _Optional[str] = ..., persona_id: _Optional[str] = ..., key: _Optional[str] = ..., template: _Optional[str] = ..., description: _Optional[str] = ..., metadata: _Optional[_Mapping[str, str]] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ..., remember_again: _Optional[bool] = ...) -> None: ...

class PutProcedureResponse(_message.Message):
    __slots__ = ("procedure", "revision")
    PROCEDURE_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    procedure: Procedure
    revision: int
    def __init__(self, procedure: _Optional[_Union[Procedure, _Mapping]] = ..., revision: _Optional[int] = ...) -> None: ...

class GetProcedureRequest(_message.Message):
    __slots__ = ("user_id", "persona_id", "key", "version")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    PERSONA_ID_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    persona_id: str
    key: str
    version: int
    def __init__(self, user_id: _Optional[str] = ..., persona_id: _Optional[str] = ..., key: _Optional[str] = ..., version: _Optional[int] = ...) -> None: ...

class GetProcedureResponse(_message.Message):
    __slots__ = ("procedure",)
    PROCEDURE_FIELD_NUMBER: _ClassVar[int]
    procedure: Procedure
    def __init__(self, procedure: _Optional[_Union[Procedure, _Mapping]] = ...) -> None: ...

class ListProceduresRequest(_message.Message):
    __slots__ = ("user_id", "persona_id", "key_prefix", "all_scopes", "page_size", "page_token")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    PERSONA_ID_FIELD_NUMBER: _ClassVar[int]
    KEY_PREFIX_FIELD_NUMBER: _ClassVar[int]
    ALL_SCOPES_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    persona_id: str
    key_prefix: str
    all_scopes: bool
    page_size: int
    page_token: str
    def __init__(self, user_id: _Optional[str] = ..., persona_id: _Optional[str] = ..., key_prefix: _Optional[str] = ..., all_scopes: _Optional[bool] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListProceduresResponse(_message.Message):
    __slots__ = ("procedures", "next_page_token")
    PROCEDURES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    procedures: _containers.RepeatedCompositeFieldContainer[Procedure]
    next_page_token: str
    def __init__(self, procedures: _Optional[_Iterable[_Union[Procedure, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class SearchProceduresRequest(_message.Message):
    __slots__ = ("user_id", "persona_id", "query", "min_score", "min_revision", "explain", "page_size", "page_token", "vector")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    PERSONA_ID_FIELD_NUMBER: _ClassVar[int]
    QUERY_FIELD_NUMBER: _ClassVar[int]
    MIN_SCORE_FIELD_NUMBER: _ClassVar[int]
    MIN_REVISION_FIELD_NUMBER: _ClassVar[int]
    EXPLAIN_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    VECTOR_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    persona_id: str
    query: str
    min_score: float
    min_revision: int
    explain: bool
    page_size: int
    page_token: str
    vector: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, user_id: _Optional[str] = ..., persona_id: _Optional[str] = ..., query: _Optional[str] = ..., min_score: _Optional[float] = ..., min_revision: _Optional[int] = ..., explain: _Optional[bool] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., vector: _Optional[_Iterable[float]] = ...) -> None: ...

class SearchProceduresResponse(_message.Message):
    __slots__ = ("hits", "next_page_token", "degraded", "revision")
    HITS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    DEGRADED_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    hits: _containers.RepeatedCompositeFieldContainer[ProcedureHit]
    next_page_token: str
    degraded: bool
    revision: int
    def __init__(self, hits: _Optional[_Iterable[_Union[ProcedureHit, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., degraded: _Optional[bool] = ..., revision: _Optional[int] = ...) -> None: ...

class DeleteProcedureRequest(_message.Message):
    __slots__ = ("user_id", "persona_id", "key", "etag", "request_id")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    PERSONA_ID_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    persona_id: str
    key: str
    etag: str
    request_id: str
    def __init__(self, user_id: _Optional[str] = ..., persona_id: _Optional[str] = ..., key: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class DeleteProcedureResponse(_message.Message):
    __slots__ = ("revision",)
    REVISION_FIELD_NUMBER: _ClassVar[int]
    revision: int
    def __init__(self, revision: _Optional[int] = ...) -> None: ...

class ListProcedureVersionsRequest(_message.Message):
    __slots__ = ("user_id", "persona_id", "key", "page_size", "page_token")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    PERSONA_ID_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    persona_id: str
    key: str
    page_size: int
    page_token: str
    def __init__(self, user_id: _Optional[str] = ..., persona_id: _Optional[str] = ..., key: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListProcedureVersionsResponse(_message.Message):
    __slots__ = ("procedures", "next_page_token")
    PROCEDURES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    procedures: _containers.RepeatedCompositeFieldContainer[Procedure]
    next_page_token: str
    def __init__(self, procedures: _Optional[_Iterable[_Union[Procedure, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class RenderProcedureRequest(_message.Message):
    __slots__ = ("user_id", "persona_id", "key", "version", "values")
    class ValuesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    PERSONA_ID_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    VALUES_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    persona_id: str
    key: str
    version: int
    values: _containers.ScalarMap[str, str]
    def __init__(self, user_id: _Optional[str] = ..., persona_id: _Optional[str] = ..., key: _Optional[str] = ..., version: _Optional[int] = ..., values: _Optional[_Mapping[str, str]] = ...) -> None: ...

class RenderProcedureResponse(_message.Message):
    __slots__ = ("text", "procedure")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    PROCEDURE_FIELD_NUMBER: _ClassVar[int]
    text: str
    procedure: Procedure
    def __init__(self, text: _Optional[str] = ..., procedure: _Optional[_Union[Procedure, _Mapping]] = ...) -> None: ...

class RecordProcedureOutcomeRequest(_message.Message):
    __slots__ = ("user_id", "persona_id", "key", "version", "outcome", "request_id")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    PERSONA_ID_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    persona_id: str
    key: str
    version: int
    outcome: ProcedureOutcome
    request_id: str
    def __init__(self, user_id: _Optional[str] = ..., persona_id: _Optional[str] = ..., key: _Optional[str] = ..., version: _Optional[int] = ..., outcome: _Optional[_Union[ProcedureOutcome, str]] = ..., request_id: _Optional[str] = ...) -> None: ...

class RecordProcedureOutcomeResponse(_message.Message):
    __slots__ = ("procedure", "revision")
    PROCEDURE_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    procedure: Procedure
    revision: int
    def __init__(self, procedure: _Optional[_Union[Procedure, _Mapping]] = ..., revision: _Optional[int] = ...) -> None: ...
