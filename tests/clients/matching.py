"""Expectations and variables of the behaviour scenarios; see ``clients/behaviour/README.md``."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Any, Final

ABSENT: Final = object()
"""Stands for what is not in an answer."""


def mismatch(expected: Any, actual: Any, where: str = "answer") -> str:
    """What does not match, in words; empty: all does."""
    if isinstance(expected, Mapping):
        if len(expected) == 1 and (name := next(iter(expected))).startswith("$"):
            return _special(name, expected[name], actual, where)
        if not isinstance(actual, Mapping):
            return f"{where} is {actual!r}, not an object"
        differences = (
            mismatch(value, actual.get(key, ABSENT), f"{where}.{key}")
            for key, value in expected.items()
        )
        return next(filter(None, differences), "")
    if isinstance(expected, list):
        if not isinstance(actual, list) or len(actual) != len(expected):
            return f"{where} is {_shown(actual)}, not a list of {len(expected)}"
        differences = (
            mismatch(each, actual[at], f"{where}.{at}") for at, each in enumerate(expected)
        )
        return next(filter(None, differences), "")
    return "" if expected == actual else f"{where} is {_shown(actual)}, not {expected!r}"


def _special(name: str, argument: Any, actual: Any, where: str) -> str:
    match name:
        case "$any":
            matches = actual is not ABSENT and bool(actual)
        case "$absent":
            matches = actual is ABSENT
        case "$count":
            matches = isinstance(actual, list) and len(actual) == argument
        case "$min":
            matches = isinstance(actual, int | float) and actual >= argument
        case "$max":
            matches = isinstance(actual, int | float) and actual <= argument
        case "$contains" if isinstance(actual, str):
            matches = argument in actual
        case "$contains":
            matches = isinstance(actual, list) and any(
                not mismatch(argument, each) for each in actual
            )
        case _:
            raise ValueError(f"no expectation is called {name}")
    return "" if matches else f"{where} is {_shown(actual)}, not {name} {argument!r}"


def substituted(value: Any, variables: Mapping[str, Any]) -> Any:
    """``value`` with what stands for variables in its texts, and for zeros."""
    if isinstance(value, Mapping) and set(value) == {"$zeros"}:
        return base64.b64encode(bytes(value["$zeros"])).decode()
    if isinstance(value, Mapping):
        return {key: substituted(each, variables) for key, each in value.items()}
    if isinstance(value, list):
        return [substituted(each, variables) for each in value]
    if isinstance(value, str):
        return re.sub(r"\$\{(\w+)\}", lambda found: str(variables[found[1]]), value)
    return value


def captured(answer: Any, path: str) -> Any:
    """The value at a path such as ``told.0.fact_id``; the answer itself if it is empty.

    Raises:
        LookupError: there is none.
    """
    for step in filter(None, path.split(".")):
        answer = answer[int(step)] if isinstance(answer, list) else answer[step]
    return answer


def _shown(actual: Any) -> str:
    return "absent" if actual is ABSENT else repr(actual)[:500]
