"""The Tracer port: a span for each call."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Protocol


class CallSpan(Protocol):
    def ended(self, code: str, workspace_id: str) -> None:
        """How the call was answered, and whose it was; empty when nobody knows."""
        ...


class Tracer(Protocol):
    def call(self, method: str, metadata: Mapping[str, str]) -> AbstractContextManager[CallSpan]:
        """A span around a call, part of the trace that the metadata name.

        Args:
            method: of the contract, ``/reverie.v1.UserService/GetUser``.
        """
        ...
