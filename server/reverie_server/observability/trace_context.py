"""Which trace a call belongs to, as W3C Trace Context has callers tell it."""

from __future__ import annotations

import re
from contextvars import ContextVar
from typing import Final

TRACE_PARENT: Final = "traceparent"
"""The metadata key: ``00-<trace id>-<span id>-<flags>``."""
_PATTERN: Final = re.compile(
    r"[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}"
)

current_trace: ContextVar[str] = ContextVar("current_trace", default="")
"""The id of the trace that the running call has a span in, if this server traces."""


def trace_id_of(trace_parent: str | None) -> str:
    """32 hexadecimal digits; empty for what is no trace parent."""
    match = _PATTERN.fullmatch(trace_parent or "")
    return match[1] if match else ""
