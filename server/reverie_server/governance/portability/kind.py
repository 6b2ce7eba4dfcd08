"""A kind of record: the rows of one table, and how their fields are typed by their names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final

from reverie_server.governance.portability.fields import (
    COUNT,
    ID,
    MAYBE_ID,
    NUMBER,
    RATIO,
    TEXT,
    TEXT_BY_NAME,
    TEXTS,
    TIME,
    FieldType,
    choice,
    json_of,
)
from reverie_server.scope import Visibility
from reverie_server.tiers.provenance import Source
from reverie_server.tiers.working.model import SessionContext

OWNER: Final = ("workspace_id", "user_id")


class Travels(Enum):
    """When a kind of record is written out."""

    ALWAYS = auto()
    WHEN_ASKED = auto()
    """It could be worked out anew."""
    IN_MOVES = auto()
    """It means nothing outside of its deployment, and a move takes the deployment along."""


@dataclass(frozen=True, slots=True)
class Kind:
    """The rows of one table."""

    name: str
    """The ``record`` of its lines."""
    table: str
    key: tuple[str, ...]
    """The fields that name a row of one owner, and order the lines; none: there is one row."""
    fields: Mapping[str, FieldType]
    """By name, which is also the column's; in the order of a line."""
    owner: tuple[str, ...] = OWNER
    """The columns that are no fields, because they say whose it is."""
    revisions: tuple[str, ...] = ()
    """The columns that are no fields, because the header has the revision."""
    travels: Travels = Travels.ALWAYS
    page_rows: int = 100
    """So many are read at once: a page has at most a few megabytes."""

    def place(self, field: str) -> int:
        """Where a field's value stands in a record."""
        return tuple(self.fields).index(field)


_COMMON: Final[Mapping[str, FieldType]] = {
    **dict.fromkeys(
        (
            *("persona_id", "session_id", "storyline_id", "entry_id", "bookmark_id", "episode_id"),
            *("document_id", "fact_id", "memory_id", "job_id", "request_id", "timeline"),
        ),
        ID,
    ),
    "visibility": choice(Visibility),
    "context": json_of(SessionContext, "a session's context: topic, mood and so on"),
    "metadata": TEXT_BY_NAME,
    "trust": RATIO,
    "source": choice(Source),
    "embedder": TEXT,
}
_BY_ENDING: Final[Mapping[str, FieldType]] = {
    "_time": TIME,
    "_count": COUNT,
    "position": COUNT,
    "revision": COUNT,
    "version": COUNT,
    "_seconds": NUMBER,
    "_id": MAYBE_ID,
    "_ids": TEXTS,
}


def _type_of(name: str) -> FieldType:
    if name in _COMMON:
        return _COMMON[name]
    for ending, of in _BY_ENDING.items():
        if name.endswith(ending):
            return of
    return TEXT


def kind_of(name: str, table: str, key: str, rest: str, **special: Any) -> Kind:
    """A kind whose fields are typed by their names.

    Args:
        key, rest: names of the fields, with spaces between.
        special: how one is typed that is not typed as its name says, or a field of ``Kind``.
    """
    about = {each: special.pop(each) for each in Kind.__slots__ if each in special}
    keys = tuple(key.split())
    names = (*keys, *rest.split())
    if unknown := special.keys() - set(names):
        raise ValueError(f"{name}: {unknown}")
    fields = {each: special.get(each) or _type_of(each) for each in names}
    return Kind(name, table, keys, fields, **about)
