import datetime

from google.protobuf import field_mask_pb2 as _field_mask_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from reverie.v1 import common_pb2 as _common_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

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
    __slots__ = ("user_id", "persona_id", "relationship_type", "custom_prompt", "memory_config", "total_calls", "total_seconds", "last_call_time", "start_time", "create_time", "update_time", "etag")
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
    def __init__(self, user_id: _Optional[str] = ..., persona_id: _Optional[str] = ..., relationship_type: _Optional[str] = ..., custom_prompt: _Optional[str] = ..., memory_config: _Optional[_Union[MemoryConfig, _Mapping]] = ..., total_calls: _Optional[int] = ..., total_seconds: _Optional[float] = ..., last_call_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., update_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., etag: _Optional[str] = ...) -> None: ...

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

class ListMemoriesRequest(_message.Message):
    __slots__ = ("user_id", "persona_id", "tiers", "own_only", "page_size", "page_token")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    PERSONA_ID_FIELD_NUMBER: _ClassVar[int]
    TIERS_FIELD_NUMBER: _ClassVar[int]
    OWN_ONLY_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    persona_id: str
    tiers: _containers.RepeatedScalarFieldContainer[_common_pb2.Tier]
    own_only: bool
    page_size: int
    page_token: str
    def __init__(self, user_id: _Optional[str] = ..., persona_id: _Optional[str] = ..., tiers: _Optional[_Iterable[_Union[_common_pb2.Tier, str]]] = ..., own_only: _Optional[bool] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListMemoriesResponse(_message.Message):
    __slots__ = ("memories", "next_page_token")
    MEMORIES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    memories: _containers.RepeatedCompositeFieldContainer[_common_pb2.Memory]
    next_page_token: str
    def __init__(self, memories: _Optional[_Iterable[_Union[_common_pb2.Memory, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
