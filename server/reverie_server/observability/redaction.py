"""Keeps secrets out of the log, wherever in an event they turn up."""

from __future__ import annotations

import re
from collections.abc import Iterable, MutableMapping
from typing import Any, Final

HIDDEN: Final = "**********"
SHORTEST: Final = 6
"""Characters. What is shorter would be found in words that are no secret."""
_NAMES: Final = re.compile(r"authorization|password|secret|token$|api_?key", re.IGNORECASE)


class Redaction:
    """A processor of structlog; after exceptions were made text, and before all is written."""

    def __init__(self, secrets: Iterable[str]) -> None:
        known = sorted({each for each in secrets if len(each) >= SHORTEST}, key=len, reverse=True)
        self._secrets = re.compile("|".join(map(re.escape, known))) if known else None

    def __call__(
        self, _logger: Any, _method: str, event: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        for name, value in event.items():
            event[name] = HIDDEN if _NAMES.search(name) else self._hidden(value)
        return event

    def _hidden(self, value: Any) -> Any:
        if self._secrets is None or value is None or isinstance(value, (bool, int, float)):
            return value
        text = value if isinstance(value, str) else str(value)
        return self._secrets.sub(HIDDEN, text)
