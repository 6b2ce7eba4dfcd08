"""The comments of the protos, which the generated code does not have."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from google.protobuf.descriptor_pb2 import DescriptorProto, FileDescriptorProto, FileDescriptorSet

ROOT = Path(__file__).resolve().parents[2]
_MESSAGE, _ENUM, _SERVICE = 4, 5, 6
_FIELD, _NESTED, _METHOD, _VALUE = 2, 3, 2, 2
"""Numbers of the fields in descriptor.proto, by which comments are found."""
_Comments = Mapping[tuple[int, ...], str]


@cache
def _files() -> tuple[tuple[FileDescriptorProto, _Comments], ...]:
    """The contract's files, each with its comments by where they stand."""
    buf = Path(sys.executable).with_name("buf")
    image = subprocess.run(
        [buf, "build", "--output", "-#format=binpb"], cwd=ROOT, check=True, capture_output=True
    ).stdout
    return tuple(
        (
            file,
            {
                tuple(location.path): location.leading_comments.strip()
                for location in file.source_code_info.location
            },
        )
        for file in FileDescriptorSet.FromString(image).file
        if file.package == "reverie.v1"
    )


@cache
def rpc_comments() -> Mapping[str, str]:
    """By path: /reverie.v1.UserService/GetUser."""
    return {
        f"/{file.package}.{service.name}/{method.name}": comments[
            _SERVICE, service_index, _METHOD, method_index
        ]
        for file, comments in _files()
        for service_index, service in enumerate(file.service)
        for method_index, method in enumerate(service.method)
    }


@cache
def field_comments() -> Mapping[str, str]:
    """By full name: reverie.v1.User.user_id."""
    return {
        name: comment
        for file, comments in _files()
        for index, message in enumerate(file.message_type)
        for name, comment in _fields(file.package, message, (_MESSAGE, index), comments)
    }


def _fields(
    prefix: str, message: DescriptorProto, path: tuple[int, ...], comments: _Comments
) -> Iterator[tuple[str, str]]:
    name = f"{prefix}.{message.name}"
    for index, field in enumerate(message.field):
        yield f"{name}.{field.name}", " ".join(comments.get((*path, _FIELD, index), "").split())
    for index, nested in enumerate(message.nested_type):
        yield from _fields(name, nested, (*path, _NESTED, index), comments)


@cache
def enum_value_comments(enum: str) -> Mapping[str, str]:
    """The comments of one enum's values, by name."""
    return {
        value.name: comments[_ENUM, enum_index, _VALUE, index]
        for file, comments in _files()
        for enum_index, found in enumerate(file.enum_type)
        if found.name == enum
        for index, value in enumerate(found.value)
    }
