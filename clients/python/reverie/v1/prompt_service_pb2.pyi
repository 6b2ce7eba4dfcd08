import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from reverie.v1 import common_pb2 as _common_pb2
from reverie.v1 import persona_service_pb2 as _persona_service_pb2
from reverie.v1 import relationship_service_pb2 as _relationship_service_pb2
from reverie.v1 import working_memory_service_pb2 as _working_memory_service_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PromptLayout(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PROMPT_LAYOUT_UNSPECIFIED: _ClassVar[PromptLayout]
    PROMPT_LAYOUT_STANDARD: _ClassVar[PromptLayout]
    PROMPT_LAYOUT_CACHE_STABLE: _ClassVar[PromptLayout]

class PromptSectionKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PROMPT_SECTION_KIND_UNSPECIFIED: _ClassVar[PromptSectionKind]
    PROMPT_SECTION_KIND_INSTRUCTIONS: _ClassVar[PromptSectionKind]
    PROMPT_SECTION_KIND_DATA: _ClassVar[PromptSectionKind]

class DropReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DROP_REASON_UNSPECIFIED: _ClassVar[DropReason]
    DROP_REASON_AVOIDED_TOPIC: _ClassVar[DropReason]
    DROP_REASON_OVER_BUDGET: _ClassVar[DropReason]
    DROP_REASON_SECTION_CAP: _ClassVar[DropReason]
    DROP_REASON_MEMORY_CONFIG: _ClassVar[DropReason]
    DROP_REASON_DUPLICATE: _ClassVar[DropReason]
PROMPT_LAYOUT_UNSPECIFIED: PromptLayout
PROMPT_LAYOUT_STANDARD: PromptLayout
PROMPT_LAYOUT_CACHE_STABLE: PromptLayout
PROMPT_SECTION_KIND_UNSPECIFIED: PromptSectionKind
PROMPT_SECTION_KIND_INSTRUCTIONS: PromptSectionKind
PROMPT_SECTION_KIND_DATA: PromptSectionKind
DROP_REASON_UNSPECIFIED: DropReason
DROP_REASON_AVOIDED_TOPIC: DropReason
DROP_REASON_OVER_BUDGET: DropReason
DROP_REASON_SECTION_CAP: DropReason
DROP_REASON_MEMORY_CONFIG: DropReason
DROP_REASON_DUPLICATE: DropReason

class PromptSection(_message.Message):
    __slots__ = ("name", "kind", "text", "token_count")
    NAME_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    TOKEN_COUNT_FIELD_NUMBER: _ClassVar[int]
    name: str
    kind: PromptSectionKind
    text: str
    token_count: int
    def __init__(self, name: _Optional[str] = ..., kind: _Optional[_Union[PromptSectionKind, str]] = ..., text: _Optional[str] = ..., token_count: _Optional[int] = ...) -> None: ...

class IncludedMemory(_message.Message):
    __slots__ = ("memory_id", "tier", "section", "score", "score_parts")
    class ScorePartsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    MEMORY_ID_FIELD_NUMBER: _ClassVar[int]
    TIER_FIELD_NUMBER: _ClassVar[int]
    SECTION_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    SCORE_PARTS_FIELD_NUMBER: _ClassVar[int]
    memory_id: str
    tier: _common_pb2.Tier
    section: str
    score: float
    score_parts: _containers.ScalarMap[str, float]
    def __init__(self, memory_id: _Optional[str] = ..., tier: _Optional[_Union[_common_pb2.Tier, str]] = ..., section: _Optional[str] = ..., score: _Optional[float] = ..., score_parts: _Optional[_Mapping[str, float]] = ...) -> None: ...

class DroppedMemory(_message.Message):
    __slots__ = ("memory_id", "tier", "reason", "section")
    MEMORY_ID_FIELD_NUMBER: _ClassVar[int]
    TIER_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    SECTION_FIELD_NUMBER: _ClassVar[int]
    memory_id: str
    tier: _common_pb2.Tier
    reason: DropReason
    section: str
    def __init__(self, memory_id: _Optional[str] = ..., tier: _Optional[_Union[_common_pb2.Tier, str]] = ..., reason: _Optional[_Union[DropReason, str]] = ..., section: _Optional[str] = ...) -> None: ...

class ChatMessage(_message.Message):
    __slots__ = ("role", "content", "entry_id", "token_count")
    ROLE_FIELD_NUMBER: _ClassVar[int]
    CONTENT_FIELD_NUMBER: _ClassVar[int]
    ENTRY_ID_FIELD_NUMBER: _ClassVar[int]
    TOKEN_COUNT_FIELD_NUMBER: _ClassVar[int]
    role: _working_memory_service_pb2.Role
    content: str
    entry_id: str
    token_count: int
    def __init__(self, role: _Optional[_Union[_working_memory_service_pb2.Role, str]] = ..., content: _Optional[str] = ..., entry_id: _Optional[str] = ..., token_count: _Optional[int] = ...) -> None: ...

class ComposePromptRequest(_message.Message):
    __slots__ = ("user_id", "persona_id", "session_id", "topic", "scenario", "token_budget", "section_caps", "layout", "task", "recent_entries", "as_of", "min_revision", "explain")
    class SectionCapsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    PERSONA_ID_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    SCENARIO_FIELD_NUMBER: _ClassVar[int]
    TOKEN_BUDGET_FIELD_NUMBER: _ClassVar[int]
    SECTION_CAPS_FIELD_NUMBER: _ClassVar[int]
    LAYOUT_FIELD_NUMBER: _ClassVar[int]
    TASK_FIELD_NUMBER: _ClassVar[int]
    RECENT_ENTRIES_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    MIN_REVISION_FIELD_NUMBER: _ClassVar[int]
    EXPLAIN_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    persona_id: str
    session_id: str
    topic: str
    scenario: str
    token_budget: int
    section_caps: _containers.ScalarMap[str, int]
    layout: PromptLayout
    task: str
    recent_entries: int
    as_of: _timestamp_pb2.Timestamp
    min_revision: int
    explain: bool
    def __init__(self, user_id: _Optional[str] = ..., persona_id: _Optional[str] = ..., session_id: _Optional[str] = ..., topic: _Optional[str] = ..., scenario: _Optional[str] = ..., token_budget: _Optional[int] = ..., section_caps: _Optional[_Mapping[str, int]] = ..., layout: _Optional[_Union[PromptLayout, str]] = ..., task: _Optional[str] = ..., recent_entries: _Optional[int] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., min_revision: _Optional[int] = ..., explain: _Optional[bool] = ...) -> None: ...

class ComposePromptResponse(_message.Message):
    __slots__ = ("prompt", "token_count", "tokenizer", "sections", "included", "dropped", "degraded", "revision")
    PROMPT_FIELD_NUMBER: _ClassVar[int]
    TOKEN_COUNT_FIELD_NUMBER: _ClassVar[int]
    TOKENIZER_FIELD_NUMBER: _ClassVar[int]
    SECTIONS_FIELD_NUMBER: _ClassVar[int]
    INCLUDED_FIELD_NUMBER: _ClassVar[int]
    DROPPED_FIELD_NUMBER: _ClassVar[int]
    DEGRADED_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    prompt: str
    token_count: int
    tokenizer: str
    sections: _containers.RepeatedCompositeFieldContainer[PromptSection]
    included: _containers.RepeatedCompositeFieldContainer[IncludedMemory]
    dropped: _containers.RepeatedCompositeFieldContainer[DroppedMemory]
    degraded: bool
    revision: int
    def __init__(self, prompt: _Optional[str] = ..., token_count: _Optional[int] = ..., tokenizer: _Optional[str] = ..., sections: _Optional[_Iterable[_Union[PromptSection, _Mapping]]] = ..., included: _Optional[_Iterable[_Union[IncludedMemory, _Mapping]]] = ..., dropped: _Optional[_Iterable[_Union[DroppedMemory, _Mapping]]] = ..., degraded: _Optional[bool] = ..., revision: _Optional[int] = ...) -> None: ...

class ComposeMessagesRequest(_message.Message):
    __slots__ = ("user_id", "persona_id", "session_id", "topic", "scenario", "token_budget", "section_caps", "layout", "task", "recent_entries", "as_of", "min_revision", "explain")
    class SectionCapsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    PERSONA_ID_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    SCENARIO_FIELD_NUMBER: _ClassVar[int]
    TOKEN_BUDGET_FIELD_NUMBER: _ClassVar[int]
    SECTION_CAPS_FIELD_NUMBER: _ClassVar[int]
    LAYOUT_FIELD_NUMBER: _ClassVar[int]
    TASK_FIELD_NUMBER: _ClassVar[int]
    RECENT_ENTRIES_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    MIN_REVISION_FIELD_NUMBER: _ClassVar[int]
    EXPLAIN_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    persona_id: str
    session_id: str
    topic: str
    scenario: str
    token_budget: int
    section_caps: _containers.ScalarMap[str, int]
    layout: PromptLayout
    task: str
    recent_entries: int
    as_of: _timestamp_pb2.Timestamp
    min_revision: int
    explain: bool
    def __init__(self, user_id: _Optional[str] = ..., persona_id: _Optional[str] = ..., session_id: _Optional[str] = ..., topic: _Optional[str] = ..., scenario: _Optional[str] = ..., token_budget: _Optional[int] = ..., section_caps: _Optional[_Mapping[str, int]] = ..., layout: _Optional[_Union[PromptLayout, str]] = ..., task: _Optional[str] = ..., recent_entries: _Optional[int] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., min_revision: _Optional[int] = ..., explain: _Optional[bool] = ...) -> None: ...

class ComposeMessagesResponse(_message.Message):
    __slots__ = ("messages", "token_count", "tokenizer", "sections", "included", "dropped", "degraded", "revision")
    MESSAGES_FIELD_NUMBER: _ClassVar[int]
    TOKEN_COUNT_FIELD_NUMBER: _ClassVar[int]
    TOKENIZER_FIELD_NUMBER: _ClassVar[int]
    SECTIONS_FIELD_NUMBER: _ClassVar[int]
    INCLUDED_FIELD_NUMBER: _ClassVar[int]
    DROPPED_FIELD_NUMBER: _ClassVar[int]
    DEGRADED_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    messages: _containers.RepeatedCompositeFieldContainer[ChatMessage]
    token_count: int
    tokenizer: str
    sections: _containers.RepeatedCompositeFieldContainer[PromptSection]
    included: _containers.RepeatedCompositeFieldContainer[IncludedMemory]
    dropped: _containers.RepeatedCompositeFieldContainer[DroppedMemory]
    degraded: bool
    revision: int
    def __init__(self, messages: _Optional[_Iterable[_Union[ChatMessage, _Mapping]]] = ..., token_count: _Optional[int] = ..., tokenizer: _Optional[str] = ..., sections: _Optional[_Iterable[_Union[PromptSection, _Mapping]]] = ..., included: _Optional[_Iterable[_Union[IncludedMemory, _Mapping]]] = ..., dropped: _Optional[_Iterable[_Union[DroppedMemory, _Mapping]]] = ..., degraded: _Optional[bool] = ..., revision: _Optional[int] = ...) -> None: ...

class PreviewPromptRequest(_message.Message):
    __slots__ = ("user_id", "persona_id", "session_id", "topic", "scenario", "token_budget", "section_caps", "layout", "task", "recent_entries", "as_of", "min_revision", "explain", "persona", "relationship")
    class SectionCapsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    PERSONA_ID_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    TOPIC_FIELD_NUMBER: _ClassVar[int]
    SCENARIO_FIELD_NUMBER: _ClassVar[int]
    TOKEN_BUDGET_FIELD_NUMBER: _ClassVar[int]
    SECTION_CAPS_FIELD_NUMBER: _ClassVar[int]
    LAYOUT_FIELD_NUMBER: _ClassVar[int]
    TASK_FIELD_NUMBER: _ClassVar[int]
    RECENT_ENTRIES_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    MIN_REVISION_FIELD_NUMBER: _ClassVar[int]
    EXPLAIN_FIELD_NUMBER: _ClassVar[int]
    PERSONA_FIELD_NUMBER: _ClassVar[int]
    RELATIONSHIP_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    persona_id: str
    session_id: str
    topic: str
    scenario: str
    token_budget: int
    section_caps: _containers.ScalarMap[str, int]
    layout: PromptLayout
    task: str
    recent_entries: int
    as_of: _timestamp_pb2.Timestamp
    min_revision: int
    explain: bool
    persona: _persona_service_pb2.Persona
    relationship: _relationship_service_pb2.Relationship
    def __init__(self, user_id: _Optional[str] = ..., persona_id: _Optional[str] = ..., session_id: _Optional[str] = ..., topic: _Optional[str] = ..., scenario: _Optional[str] = ..., token_budget: _Optional[int] = ..., section_caps: _Optional[_Mapping[str, int]] = ..., layout: _Optional[_Union[PromptLayout, str]] = ..., task: _Optional[str] = ..., recent_entries: _Optional[int] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., min_revision: _Optional[int] = ..., explain: _Optional[bool] = ..., persona: _Optional[_Union[_persona_service_pb2.Persona, _Mapping]] = ..., relationship: _Optional[_Union[_relationship_service_pb2.Relationship, _Mapping]] = ...) -> None: ...

class PreviewPromptResponse(_message.Message):
    __slots__ = ("prompt", "token_count", "tokenizer", "sections", "included", "dropped", "degraded", "revision")
    PROMPT_FIELD_NUMBER: _ClassVar[int]
    TOKEN_COUNT_FIELD_NUMBER: _ClassVar[int]
    TOKENIZER_FIELD_NUMBER: _ClassVar[int]
    SECTIONS_FIELD_NUMBER: _ClassVar[int]
    INCLUDED_FIELD_NUMBER: _ClassVar[int]
    DROPPED_FIELD_NUMBER: _ClassVar[int]
    DEGRADED_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    prompt: str
    token_count: int
    tokenizer: str
    sections: _containers.RepeatedCompositeFieldContainer[PromptSection]
    included: _containers.RepeatedCompositeFieldContainer[IncludedMemory]
    dropped: _containers.RepeatedCompositeFieldContainer[DroppedMemory]
    degraded: bool
    revision: int
    def __init__(self, prompt: _Optional[str] = ..., token_count: _Optional[int] = ..., tokenizer: _Optional[str] = ..., sections: _Optional[_Iterable[_Union[PromptSection, _Mapping]]] = ..., included: _Optional[_Iterable[_Union[IncludedMemory, _Mapping]]] = ..., dropped: _Optional[_Iterable[_Union[DroppedMemory, _Mapping]]] = ..., degraded: _Optional[bool] = ..., revision: _Optional[int] = ...) -> None: ...

class PromptTemplate(_message.Message):
    __slots__ = ("key", "persona_id", "template", "allowed_placeholders", "version", "update_time", "etag")
    KEY_FIELD_NUMBER: _ClassVar[int]
    PERSONA_ID_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    ALLOWED_PLACEHOLDERS_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    UPDATE_TIME_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    key: str
    persona_id: str
    template: str
    allowed_placeholders: _containers.RepeatedScalarFieldContainer[str]
    version: int
    update_time: _timestamp_pb2.Timestamp
    etag: str
    def __init__(self, key: _Optional[str] = ..., persona_id: _Optional[str] = ..., template: _Optional[str] = ..., allowed_placeholders: _Optional[_Iterable[str]] = ..., version: _Optional[int] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ...) -> None: ...

class PutTemplateRequest(_message.Message):
    __slots__ = ("persona_id", "key", "template", "etag", "request_id")
    PERSONA_ID_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    persona_id: str
    key: str
    template: str
    etag: str
    request_id: str
    def __init__(self, persona_id: _Optional[str] = ..., key: _Optional[str] = ..., template: _Optional[str] = ..., etag: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class PutTemplateResponse(_message.Message):
    __slots__ = ("template", "revision")
    TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    template: PromptTemplate
    revision: int
    def __init__(self, template: _Optional[_Union[PromptTemplate, _Mapping]] = ..., revision: _Optional[int] = ...) -> None: ...

class GetTemplateRequest(_message.Message):
    __slots__ = ("persona_id", "key", "version")
    PERSONA_ID_FIELD_NUMBER: _ClassVar[int]
    KEY_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    persona_id: str
    key: str
    version: int
    def __init__(self, persona_id: _Optional[str] = ..., key: _Optional[str] = ..., version: _Optional[int] = ...) -> None: ...

class GetTemplateResponse(_message.Message):
    __slots__ = ("template",)
    TEMPLATE_FIELD_NUMBER: _ClassVar[int]
    template: PromptTemplate
    def __init__(self, template: _Optional[_Union[PromptTemplate, _Mapping]] = ...) -> None: ...

class ListTemplatesRequest(_message.Message):
    __slots__ = ("persona_id", "key_prefix", "page_size", "page_token")
    PERSONA_ID_FIELD_NUMBER: _ClassVar[int]
    KEY_PREFIX_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    persona_id: str
    key_prefix: str
    page_size: int
    page_token: str
    def __init__(self, persona_id: _Optional[str] = ..., key_prefix: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListTemplatesResponse(_message.Message):
    __slots__ = ("templates", "next_page_token")
    TEMPLATES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    templates: _containers.RepeatedCompositeFieldContainer[PromptTemplate]
    next_page_token: str
    def __init__(self, templates: _Optional[_Iterable[_Union[PromptTemplate, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
