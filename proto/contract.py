"""The contract as descriptors: services and their names in the clients, and comments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    FileDescriptorSet,
    MethodDescriptorProto,
    MethodOptions,
    ServiceDescriptorProto,
)

_SERVICE_FIELD, _METHOD_FIELD = 6, 2
"""Numbers of the fields in descriptor.proto, by which comments are found."""

_ATTRIBUTES: Final = {
    "RecallService": "memories",
    "OperationsService": "operations",
    "ExpertiseService": "expertise",
    "SelfKnowledgeService": "self_knowledge",
    "EmotionalSupportService": "emotional_support",
    "ImportanceService": "importance",
    "PrivacyService": "privacy",
    "AuditService": "audit",
}
"""What a client calls a service whose name does not follow the rule of ``attribute``."""


@dataclass(frozen=True, slots=True)
class Rpc:
    """One method of a service."""

    method: MethodDescriptorProto
    request: DescriptorProto
    response: DescriptorProto
    comment: str

    @property
    def name(self) -> str:
        return self.method.name

    @property
    def is_read_only(self) -> bool:
        return bool(self.method.options.idempotency_level == MethodOptions.NO_SIDE_EFFECTS)

    @property
    def items(self) -> str:
        """The repeated field whose items come page by page; empty: it has no pages."""
        if not any(field.name == "next_page_token" for field in self.response.field):
            return ""
        (items,) = (
            field.name
            for field in self.response.field
            if field.label == FieldDescriptorProto.LABEL_REPEATED
        )
        return items


@dataclass(frozen=True, slots=True)
class Service:
    """One service, with the file that declares it."""

    file: FileDescriptorProto
    service: ServiceDescriptorProto
    comment: str
    rpcs: tuple[Rpc, ...]

    @property
    def name(self) -> str:
        return self.service.name

    @property
    def full_name(self) -> str:
        return f"{self.file.package}.{self.name}"

    @property
    def attribute(self) -> str:
        """What a client calls it, in words joined by underscores: ``users`` is UserService,
        ``working`` is WorkingMemoryService."""
        if self.name in _ATTRIBUTES:
            return _ATTRIBUTES[self.name]
        word = self.name.removesuffix("Service")
        if word.endswith("Memory"):
            return snake(word.removesuffix("Memory"))
        return f"{snake(word)}s"


def services(described: FileDescriptorSet) -> Iterator[Service]:
    """All services, by the names of their files."""
    for file in sorted(described.file, key=lambda file: file.name):
        messages = {f".{file.package}.{each.name}": each for each in file.message_type}
        for at, service in enumerate(file.service):
            path = (_SERVICE_FIELD, at)
            yield Service(
                file,
                service,
                _comment(file, path),
                tuple(
                    Rpc(
                        method,
                        messages[method.input_type],
                        messages[method.output_type],
                        _comment(file, (*path, _METHOD_FIELD, number)),
                    )
                    for number, method in enumerate(service.method)
                ),
            )


def snake(name: str) -> str:
    """``SelfKnowledge`` as ``self_knowledge``."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def pascal(name: str) -> str:
    """``self_knowledge`` as ``SelfKnowledge``."""
    return "".join(word.capitalize() for word in name.split("_"))


def camel(name: str) -> str:
    """``self_knowledge`` as ``selfKnowledge``."""
    whole = pascal(name)
    return whole[:1].lower() + whole[1:]


def paragraphs(comment: str) -> list[str]:
    """A comment's paragraphs, each in one line."""
    return [" ".join(paragraph.split()) for paragraph in comment.strip().split("\n\n")]


def _comment(file: FileDescriptorProto, path: tuple[int, ...]) -> str:
    """The leading comment of what is at ``path``; the contract's lint demands that there is one."""
    (comment,) = (
        location.leading_comments
        for location in file.source_code_info.location
        if tuple(location.path) == path
    )
    return comment
