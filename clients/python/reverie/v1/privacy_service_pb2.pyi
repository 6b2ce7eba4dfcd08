from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional

DESCRIPTOR: _descriptor.FileDescriptor

class ExportUserRequest(_message.Message):
    __slots__ = ("user_id", "include_embeddings", "offset", "prefix_sha256")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    INCLUDE_EMBEDDINGS_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    PREFIX_SHA256_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    include_embeddings: bool
    offset: int
    prefix_sha256: str
    def __init__(self, user_id: _Optional[str] = ..., include_embeddings: _Optional[bool] = ..., offset: _Optional[int] = ..., prefix_sha256: _Optional[str] = ...) -> None: ...

class ExportUserResponse(_message.Message):
    __slots__ = ("data", "total_bytes", "revision")
    DATA_FIELD_NUMBER: _ClassVar[int]
    TOTAL_BYTES_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    data: bytes
    total_bytes: int
    revision: int
    def __init__(self, data: _Optional[bytes] = ..., total_bytes: _Optional[int] = ..., revision: _Optional[int] = ...) -> None: ...

class ImportUserRequest(_message.Message):
    __slots__ = ("user_id", "replace", "offset", "data", "request_id")
    USER_ID_FIELD_NUMBER: _ClassVar[int]
    REPLACE_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    user_id: str
    replace: bool
    offset: int
    data: bytes
    request_id: str
    def __init__(self, user_id: _Optional[str] = ..., replace: _Optional[bool] = ..., offset: _Optional[int] = ..., data: _Optional[bytes] = ..., request_id: _Optional[str] = ...) -> None: ...

class ImportUserResponse(_message.Message):
    __slots__ = ("done", "next_offset", "imported", "left_out", "redacted", "revision")
    class ImportedEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    class LeftOutEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    DONE_FIELD_NUMBER: _ClassVar[int]
    NEXT_OFFSET_FIELD_NUMBER: _ClassVar[int]
    IMPORTED_FIELD_NUMBER: _ClassVar[int]
    LEFT_OUT_FIELD_NUMBER: _ClassVar[int]
    REDACTED_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    done: bool
    next_offset: int
    imported: _containers.ScalarMap[str, int]
    left_out: _containers.ScalarMap[str, int]
    redacted: int
    revision: int
    def __init__(self, done: _Optional[bool] = ..., next_offset: _Optional[int] = ..., imported: _Optional[_Mapping[str, int]] = ..., left_out: _Optional[_Mapping[str, int]] = ..., redacted: _Optional[int] = ..., revision: _Optional[int] = ...) -> None: ...
