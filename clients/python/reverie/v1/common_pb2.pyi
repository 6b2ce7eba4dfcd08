import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Visibility(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VISIBILITY_UNSPECIFIED: _ClassVar[Visibility]
    VISIBILITY_SHARED: _ClassVar[Visibility]
    VISIBILITY_PRIVATE: _ClassVar[Visibility]

class Tier(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TIER_UNSPECIFIED: _ClassVar[Tier]
    TIER_WORKING: _ClassVar[Tier]
    TIER_EPISODIC: _ClassVar[Tier]
    TIER_SEMANTIC: _ClassVar[Tier]
    TIER_PROCEDURAL: _ClassVar[Tier]
    TIER_FACT: _ClassVar[Tier]
    TIER_STORYLINE: _ClassVar[Tier]

class MemorySource(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MEMORY_SOURCE_UNSPECIFIED: _ClassVar[MemorySource]
    MEMORY_SOURCE_USER: _ClassVar[MemorySource]
    MEMORY_SOURCE_PERSONA: _ClassVar[MemorySource]
    MEMORY_SOURCE_TOOL: _ClassVar[MemorySource]
    MEMORY_SOURCE_APPLICATION: _ClassVar[MemorySource]
    MEMORY_SOURCE_DERIVED: _ClassVar[MemorySource]
VISIBILITY_UNSPECIFIED: Visibility
VISIBILITY_SHARED: Visibility
VISIBILITY_PRIVATE: Visibility
TIER_UNSPECIFIED: Tier
TIER_WORKING: Tier
TIER_EPISODIC: Tier
TIER_SEMANTIC: Tier
TIER_PROCEDURAL: Tier
TIER_FACT: Tier
TIER_STORYLINE: Tier
MEMORY_SOURCE_UNSPECIFIED: MemorySource
MEMORY_SOURCE_USER: MemorySource
MEMORY_SOURCE_PERSONA: MemorySource
MEMORY_SOURCE_TOOL: MemorySource
MEMORY_SOURCE_APPLICATION: MemorySource
MEMORY_SOURCE_DERIVED: MemorySource

class Filter(_message.Message):
    __slots__ = ("equals", "in_set", "range", "exists", "all_of", "any_of", "none_of")
    class Equals(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: FilterValue
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[FilterValue, _Mapping]] = ...) -> None: ...
    class InSet(_message.Message):
        __slots__ = ("key", "values")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUES_FIELD_NUMBER: _ClassVar[int]
        key: str
        values: _containers.RepeatedCompositeFieldContainer[FilterValue]
        def __init__(self, key: _Optional[str] = ..., values: _Optional[_Iterable[_Union[FilterValue, _Mapping]]] = ...) -> None: ...
    class Range(_message.Message):
        __slots__ = ("key", "at_least", "below")
        KEY_FIELD_NUMBER: _ClassVar[int]
        AT_LEAST_FIELD_NUMBER: _ClassVar[int]
        BELOW_FIELD_NUMBER: _ClassVar[int]
        key: str
        at_least: FilterValue
        below: FilterValue
        def __init__(self, key: _Optional[str] = ..., at_least: _Optional[_Union[FilterValue, _Mapping]] = ..., below: _Optional[_Union[FilterValue, _Mapping]] = ...) -> None: ...
    class Exists(_message.Message):
        __slots__ = ("key",)
        KEY_FIELD_NUMBER: _ClassVar[int]
        key: str
        def __init__(self, key: _Optional[str] = ...) -> None: ...
    class AllOf(_message.Message):
        __slots__ = ("filters",)
        FILTERS_FIELD_NUMBER: _ClassVar[int]
        filters: _containers.RepeatedCompositeFieldContainer[Filter]
        def __init__(self, filters: _Optional[_Iterable[_Union[Filter, _Mapping]]] = ...) -> None: ...
    class AnyOf(_message.Message):
        __slots__ = ("filters",)
        FILTERS_FIELD_NUMBER: _ClassVar[int]
        filters: _containers.RepeatedCompositeFieldContainer[Filter]
        def __init__(self, filters: _Optional[_Iterable[_Union[Filter, _Mapping]]] = ...) -> None: ...
    class NoneOf(_message.Message):
        __slots__ = ("filters",)
        FILTERS_FIELD_NUMBER: _ClassVar[int]
        filters: _containers.RepeatedCompositeFieldContainer[Filter]
        def __init__(self, filters: _Optional[_Iterable[_Union[Filter, _Mapping]]] = ...) -> None: ...
    EQUALS_FIELD_NUMBER: _ClassVar[int]
    IN_SET_FIELD_NUMBER: _ClassVar[int]
    RANGE_FIELD_NUMBER: _ClassVar[int]
    EXISTS_FIELD_NUMBER: _ClassVar[int]
    ALL_OF_FIELD_NUMBER: _ClassVar[int]
    ANY_OF_FIELD_NUMBER: _ClassVar[int]
    NONE_OF_FIELD_NUMBER: _ClassVar[int]
    equals: Filter.Equals
    in_set: Filter.InSet
    range: Filter.Range
    exists: Filter.Exists
    all_of: Filter.AllOf
    any_of: Filter.AnyOf
    none_of: Filter.NoneOf
    def __init__(self, equals: _Optional[_Union[Filter.Equals, _Mapping]] = ..., in_set: _Optional[_Union[Filter.InSet, _Mapping]] = ..., range: _Optional[_Union[Filter.Range, _Mapping]] = ..., exists: _Optional[_Union[Filter.Exists, _Mapping]] = ..., all_of: _Optional[_Union[Filter.AllOf, _Mapping]] = ..., any_of: _Optional[_Union[Filter.AnyOf, _Mapping]] = ..., none_of: _Optional[_Union[Filter.NoneOf, _Mapping]] = ...) -> None: ...

class FilterValue(_message.Message):
    __slots__ = ("string_value", "number_value", "bool_value")
    STRING_VALUE_FIELD_NUMBER: _ClassVar[int]
    NUMBER_VALUE_FIELD_NUMBER: _ClassVar[int]
    BOOL_VALUE_FIELD_NUMBER: _ClassVar[int]
    string_value: str
    number_value: float
    bool_value: bool
    def __init__(self, string_value: _Optional[str] = ..., number_value: _Optional[float] = ..., bool_value: _Optional[bool] = ...) -> None: ...

class Memory(_message.Message):
    __slots__ = ("memory_id", "tier", "text", "user_id", "persona_id", "session_id", "entry_ids", "agent", "speaker", "timeline", "key", "event_time", "create_time", "visibility", "trust", "source", "metadata", "valid_from", "valid_to", "retracted_time")
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
    VISIBILITY_FIELD_NUMBER: _ClassVar[int]
    TRUST_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    VALID_FROM_FIELD_NUMBER: _ClassVar[int]
    VALID_TO_FIELD_NUMBER: _ClassVar[int]
    RETRACTED_TIME_FIELD_NUMBER: _ClassVar[int]
    memory_id: str
    tier: Tier
    text: str
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
    visibility: Visibility
    trust: float
    source: MemorySource
    metadata: _containers.ScalarMap[str, str]
    valid_from: _timestamp_pb2.Timestamp
    valid_to: _timestamp_pb2.Timestamp
    retracted_time: _timestamp_pb2.Timestamp
    def __init__(self, memory_id: _Optional[str] = ..., tier: _Optional[_Union[Tier, str]] = ..., text: _Optional[str] = ..., user_id: _Optional[str] = ..., persona_id: _Optional[str] = ..., session_id: _Optional[str] = ..., entry_ids: _Optional[_Iterable[str]] = ..., agent: _Optional[str] = ..., speaker: _Optional[str] = ..., timeline: _Optional[str] = ..., key: _Optional[str] = ..., event_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., visibility: _Optional[_Union[Visibility, str]] = ..., trust: _Optional[float] = ..., source: _Optional[_Union[MemorySource, str]] = ..., metadata: _Optional[_Mapping[str, str]] = ..., valid_from: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., valid_to: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., retracted_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
