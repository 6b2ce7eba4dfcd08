"""What a reader may search, out of SQL: all of it, or what has changed since."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import msgspec

from reverie_server.errors import NotFound
from reverie_server.identity.relationships.memory_config import REMEMBERS_ALL, MemoryConfig
from reverie_server.index.memory_index import Kind
from reverie_server.index.memory_text import (
    document_text,
    episode_text,
    fact_text,
    procedure_text,
)
from reverie_server.scope import SHARED_OWNER, Reader
from reverie_server.storage.database import Row, Snapshot
from reverie_server.storage.revision import epoch_of
from reverie_server.storage.statements import Statement, load
from reverie_server.tiers.provenance import TRUST, Role, Source
from reverie_server.tiers.recall.memory_text import Key, MemoryText
from reverie_server.tiers.recall.weights import USUAL_IMPORTANCE

_STATEMENTS: Final = load(__package__, "queries.sql")
_USER_STATE: Final = _STATEMENTS["user_state"]
_WORKSPACE_STATE: Final = _STATEMENTS["workspace_state"]
_SESSIONS: Final = _STATEMENTS["sessions_since"]
_USAGE: Final = _STATEMENTS["usage_since"]
_PERSONAS: Final = _STATEMENTS["personas"]

_IDS: Final = msgspec.json.Decoder(tuple[str, ...])
_CONFIG: Final = msgspec.json.Decoder(MemoryConfig)

ACTIVE: Final = 1
"""The number of a session's state while entries can be appended."""


@dataclass(frozen=True, slots=True)
class State:
    """Where an owner's memory stands."""

    revision: int
    removal_revision: int
    """What was loaded before it may show what is gone."""
    first_pending: int | None
    """The first revision that the index has not applied; None: it has all."""
    user_names: tuple[str, ...]
    """What the user is called; another name means that speakers are called otherwise."""
    persona_names: Mapping[str, str]
    """What those personas are called, by id, whom the user has a relationship with; the same."""
    config: MemoryConfig = REMEMBERS_ALL
    """What the reader's own relationship lets it recall."""

    def makes_stale(self, known: State) -> bool:
        """Whether what was loaded at ``known`` is to be loaded again: somebody is called otherwise,
        or the revisions in between do not tell what has changed (after a restore)."""
        return (
            epoch_of(known.revision) != epoch_of(self.revision)
            or known.revision > self.revision
            or known.user_names != self.user_names
            or any(
                self.persona_names.get(persona_id, name) != name
                for persona_id, name in known.persona_names.items()
            )
        )


EVER: Final = 2**62
"""Beyond every time."""


@dataclass(frozen=True, slots=True)
class Note:
    """What decides whether a memory counts for a query, beside its text."""

    revision: int
    persona_id: str
    session_id: str
    """Of the session it comes from, also for an episode; empty for none."""
    timeline: str
    event_time: int
    stored_time: int
    """When it was stored as it is now."""
    trust: float
    is_copy: bool
    """An entry that a rehydrated session copied: the original is found instead."""
    valid_from: int = -EVER
    valid_to: int = EVER
    """When it is true, half-open: only facts are true for a while. Empty for one that was
    retracted."""
    of_pair: bool = False
    """A fact of the relationship, or an inside joke."""
    importance: float = USUAL_IMPORTANCE
    entry_ids: tuple[str, ...] = ()
    """The entries that a fact rests on."""
    fresh_time: int = -EVER
    """When it was last confirmed, if that is after it happened; ``EVER`` for one that does not
    age."""


@dataclass(frozen=True, slots=True)
class SessionStanding:
    """Whether a session is active, and whether its entries are to be found at all."""

    active: bool
    searchable: bool


@dataclass(frozen=True, slots=True)
class Loaded:
    """The difference between what is known and what is."""

    state: State
    complete: bool
    """All there is, instead of what has changed."""
    memories: tuple[tuple[MemoryText, Note], ...]
    sessions: Mapping[str, SessionStanding]
    used: Mapping[Key, int]
    """When memories were last used in an answer, microseconds UTC."""
    left: frozenset[Key] | None = None
    """After a removal: all there is, by key, and ``used`` is of all; None: nothing was removed."""


async def load_view(snapshot: Snapshot, reader: Reader, known: State | None) -> Loaded:
    """What has changed since ``known``, or everything.

    Raises:
        NotFound: there is no such user. A workspace's shared part without a row is empty.
    """
    state = await _state(snapshot, reader)
    complete = known is None or state.makes_stale(known)
    if known is not None and not complete and known.revision == state.revision:
        return Loaded(state, False, (), {}, {})
    since = 0 if known is None or complete else known.revision
    removed = (
        known is not None and not complete and known.removal_revision != state.removal_revision
    )
    memories: list[tuple[MemoryText, Note]] = []
    for kind, source in _SOURCES.items():
        rows = await snapshot.fetch(source.since, *reader.sql, since)
        note = source.note
        speaking = _Speaking(reader.user_id, state.user_names, state.persona_names)
        memories.extend((source.text(kind, row, speaking), note(row)) for row in rows)
    sessions = await snapshot.fetch(_SESSIONS, *reader.sql, since)
    used_since = 0 if removed else since
    used = await snapshot.fetch(_USAGE, reader.workspace_id, reader.user_id, used_since)
    return Loaded(
        state,
        complete,
        tuple(memories),
        {
            row["session_id"]: SessionStanding(
                row["state"] == ACTIVE, row["state"] == ACTIVE or bool(row["archived"])
            )
            for row in sessions
        },
        {(Kind(row["kind"]), row["memory_id"]): row["last_used_time"] for row in used},
        await _keys(snapshot, reader) if removed else None,
    )


async def _keys(snapshot: Snapshot, reader: Reader) -> frozenset[Key]:
    """Of all that the reader may search."""
    keys: set[Key] = set()
    for kind, source in _SOURCES.items():
        rows = await snapshot.fetch(source.ids, *reader.sql)
        keys.update((kind, row["memory_id"]) for row in rows)
    return frozenset(keys)


async def _state(snapshot: Snapshot, reader: Reader) -> State:
    if reader.user_id == SHARED_OWNER:
        row = await snapshot.fetchrow(_WORKSPACE_STATE, reader.workspace_id)
        if row is None:
            return State(0, 0, None, (), {})
    else:
        row = await snapshot.fetchrow(_USER_STATE, reader.workspace_id, reader.user_id)
        if row is None:
            raise NotFound.of("user", reader.user_id)
    names = dict.fromkeys(name for name in (row["display_name"], row["address_as"]) if name)
    personas = await snapshot.fetch(_PERSONAS, reader.workspace_id, reader.user_id)
    persona_names = {each["persona_id"]: each["display_name"] or each["persona_id"]
                     for each in personas}  # fmt: skip
    configs = [_CONFIG.decode(each["memory_config"])
               for each in personas if each["persona_id"] == reader.persona_id]  # fmt: skip
    return State(
        row["revision"],
        row["removal_revision"],
        row["first_pending"],
        tuple(names),
        persona_names,
        configs[0] if configs else REMEMBERS_ALL,
    )


@dataclass(frozen=True, slots=True)
class _Speaking:
    """What speakers are called whose entries do not say."""

    user_id: str
    user_names: tuple[str, ...]
    persona_names: Mapping[str, str]

    def name(self, row: Row) -> str:
        if row["speaker"]:
            return str(row["speaker"])
        if row["role"] == Role.USER:
            return self.user_names[0] if self.user_names else self.user_id
        if row["role"] == Role.ASSISTANT:
            return self.persona_names.get(row["persona_id"], row["persona_id"])
        return ""


def _note(row: Row) -> Note:
    return Note(
        revision=row["revision"],
        persona_id=row["persona_id"],
        session_id=row.get("session_id", ""),
        timeline=row.get("timeline", ""),
        event_time=row["event_time"],
        stored_time=row["stored_time"],
        trust=row.get("trust", TRUST[Source.APPLICATION]),
        is_copy=bool(row.get("copied_from_entry_id", "")),
    )


def _fact_note(row: Row) -> Note:
    ends = EVER if row["valid_to"] is None else row["valid_to"]
    return replace(
        _note(row),
        valid_from=row["valid_from"],
        valid_to=ends if row["retracted_time"] is None else row["valid_from"],
        fresh_time=EVER if row["pinned"] else row["last_confirmed_time"],
        of_pair=bool(row["of_pair"]),
        importance=row["importance"],
        entry_ids=_IDS.decode(row["entry_ids"]),
    )


def _entry(kind: Kind, row: Row, speaking: _Speaking) -> MemoryText:
    return MemoryText(
        kind=kind,
        memory_id=row["memory_id"],
        text=row["content"],
        event_time=row["event_time"],
        session_id=row["session_id"],
        timeline=row["timeline"],
        position=row["position"],
        speaker=speaking.name(row),
        by_user=row["role"] == Role.USER,
        by_persona=row["role"] == Role.ASSISTANT,
    )


def _text(of: Callable[[Row], str]) -> Callable[[Kind, Row, _Speaking], MemoryText]:
    """A memory that nobody said and that has no neighbours."""

    def text(kind: Kind, row: Row, _: _Speaking) -> MemoryText:
        return MemoryText(kind, row["memory_id"], of(row), row["event_time"])

    return text


@dataclass(frozen=True, slots=True)
class _Source:
    since: Statement
    ids: Statement
    text: Callable[[Kind, Row, _Speaking], MemoryText]
    note: Callable[[Row], Note] = _note


_SOURCES: Final[Mapping[Kind, _Source]] = {
    Kind.ENTRY: _Source(_STATEMENTS["entries_since"], _STATEMENTS["entry_ids"], _entry),
    Kind.EPISODE: _Source(
        _STATEMENTS["episodes_since"],
        _STATEMENTS["episode_ids"],
        _text(
            lambda row: episode_text(
                row["summary"], row["key_topics"], row["decisions"], row["action_items"]
            )
        ),
    ),
    Kind.DOCUMENT: _Source(
        _STATEMENTS["documents_since"],
        _STATEMENTS["document_ids"],
        _text(lambda row: document_text(row["content"])),
    ),
    Kind.PROCEDURE: _Source(
        _STATEMENTS["procedures_since"],
        _STATEMENTS["procedure_ids"],
        _text(lambda row: procedure_text(row["key"], row["description"], row["template"])),
    ),
    Kind.FACT: _Source(
        _STATEMENTS["facts_since"],
        _STATEMENTS["fact_ids"],
        _text(lambda row: fact_text(row["statement"])),
        _fact_note,
    ),
}
