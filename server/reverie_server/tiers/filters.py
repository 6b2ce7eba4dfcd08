"""Typed filters: conditions on a memory's declared keys and on its metadata."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Scalar = str | float | bool
Lookup = Callable[[str], Scalar | None]
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
            return _same(lookup(key), value)
        case InSet(key, values):
            found = lookup(key)
            return any(_same(found, value) for value in values)
        case Range(key, at_least, below):
            found = lookup(key)
            return _reaches(found, at_least) and (below is None or _below(found, below))
        case Exists(key):
            return lookup(key) is not None
        case AllOf(filters):
            return all(matches(each, lookup) for each in filters)
        case AnyOf(filters):
            return any(matches(each, lookup) for each in filters)
        case NoneOf(filters):
            return not any(matches(each, lookup) for each in filters)


def _same(found: Scalar | None, value: Scalar) -> bool:
    return _comparable(found, value) and found == value


def _reaches(found: Scalar | None, bound: Scalar | None) -> bool:
    if bound is None:
        return found is not None
    return _comparable(found, bound) and not _below(found, bound)


def _below(found: Scalar | None, bound: Scalar) -> bool:
    if isinstance(found, str) and isinstance(bound, str):
        return found < bound
    return (
        not isinstance(found, str | None)
        and not isinstance(bound, str)
        and _comparable(found, bound)
        and found < bound
    )


def _comparable(found: Scalar | None, value: Scalar) -> bool:
    """A truth value is no number here, whatever Python thinks."""
    if isinstance(found, bool) or isinstance(value, bool):
        return isinstance(found, bool) and isinstance(value, bool)
    if isinstance(found, str) or isinstance(value, str):
        return isinstance(found, str) and isinstance(value, str)
    return found is not None
