"""Typed filters: conditions on a memory's declared keys and on its metadata."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Scalar = str | float | bool
Found = Scalar | tuple[Scalar, ...] | None
"""What a key has: one value, or several (any of them may satisfy a condition), or none."""
Lookup = Callable[[str], Found]
"""The value of a key; None when there is none."""


@dataclass(frozen=True, slots=True)
class Equals:
    key: str
    value: Scalar


@dataclass(frozen=True, slots=True)
class InSet:
    key: str
    values: tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """Half open: ``at_least <= value < below``; an absent bound is none."""

    key: str
    at_least: Scalar | None
    below: Scalar | None


@dataclass(frozen=True, slots=True)
class Exists:
    key: str


@dataclass(frozen=True, slots=True)
class AllOf:
    filters: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    filters: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class NoneOf:
    filters: tuple[Filter, ...]


Filter = Equals | InSet | Range | Exists | AllOf | AnyOf | NoneOf


def matches(condition: Filter, lookup: Lookup) -> bool:
    """Whether a memory fits. Values of different types are never equal and never in order."""
    match condition:
        case Equals(key, value):
            return any(_same(found, value) for found in _each(lookup(key)))
        case InSet(key, values):
            return any(_same(found, value) for found in _each(lookup(key)) for value in values)
        case Range(key, at_least, below):
            return any(
                (at_least is None or _reaches(found, at_least))
                and (below is None or _below(found, below))
                for found in _each(lookup(key))
            )
        case Exists(key):
            return lookup(key) is not None
        case AllOf(filters):
            return all(matches(each, lookup) for each in filters)
        case AnyOf(filters):
            return any(matches(each, lookup) for each in filters)
        case NoneOf(filters):
            return not any(matches(each, lookup) for each in filters)


def _each(found: Found) -> tuple[Scalar, ...]:
    if found is None:
        return ()
    return found if isinstance(found, tuple) else (found,)


def _same(found: Scalar, value: Scalar) -> bool:
    return _comparable(found, value) and found == value


def _reaches(found: Scalar, bound: Scalar) -> bool:
    return _comparable(found, bound) and not _below(found, bound)


def _below(found: Scalar, bound: Scalar) -> bool:
    if isinstance(found, str) and isinstance(bound, str):
        return found < bound
    return (
        not isinstance(found, str)
        and not isinstance(bound, str)
        and _comparable(found, bound)
        and found < bound
    )


def _comparable(found: Scalar, value: Scalar) -> bool:
    """A truth value is no number here, whatever Python thinks."""
    if isinstance(found, bool) or isinstance(value, bool):
        return isinstance(found, bool) and isinstance(value, bool)
    return isinstance(found, str) == isinstance(value, str)
