"""Episodes: what remains of ended sessions. Times are microseconds since the epoch, UTC."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Final

import msgspec

from reverie_server.clock import MICROSECONDS
from reverie_server.language.summarizer import Summary
from reverie_server.scope import Visibility
from reverie_server.tiers.provenance import TRUST, Source, content_hash
from reverie_server.tiers.working.model import (
    Cost,
    Entry,
    NewEntry,
    Session,
    SuppliedEpisode,
    SuppliedFact,
    SuppliedStoryline,
)

SEARCHED_EPISODES: Final = 200
"""How deep a search can be paged."""
SHOWN_ENTRIES: Final = 5
"""Entries that a hit shows at most."""
PARTICIPANTS: Final = 100
"""Listed at most."""


class SummarySource(IntEnum):
    """Where a summary comes from. Stored as a number; as ``reverie.v1.SummarySource``."""

    NONE = 0
    CALLER = 1
    SUMMARIZER = 2


class SearchIn(IntEnum):
    """What a search looks at; as ``reverie.v1.EpisodeSearchField``."""

    BOTH = 0
    SUMMARY = 1
    ENTRIES = 2


@dataclass(frozen=True, slots=True)
class Episode:
    """What remains of an ended session."""

    workspace_id: str
    user_id: str
    persona_id: str
    """The persona that lived it."""
    episode_id: str
    session_id: str
    visibility: Visibility
    """Also that of the session and its entries."""
    agent: str
    summary: str
    """Empty until its job has run."""
    summary_source: SummarySource
    summary_entry_ids: tuple[str, ...]
    """The entries that a summariser took it from."""
    key_topics: tuple[str, ...]
    decisions: tuple[str, ...]
    action_items: tuple[str, ...]
    emotional_tone: str
    outcome: str
    participants: tuple[str, ...]
    cost: Cost | None
    metrics: dict[str, float]
    facts: tuple[SuppliedFact, ...]
    storylines: tuple[SuppliedStoryline, ...]
    supplied_fields: tuple[str, ...]
    """Those of ``DERIVED_FIELDS`` that a caller has given, which no job touches."""
    metadata: dict[str, str]
    entry_count: int
    timeline_count: int
    trust: float
    """0..1."""
    version: int
    """The user's revision at which it last changed."""
    start_time: int
    end_time: int
    create_time: int
    update_time: int

    @property
    def duration_seconds(self) -> float:
        return (self.end_time - self.start_time) / MICROSECONDS

    @property
    def content_hash(self) -> str:
        """Of what the index depends on; empty when there is nothing to search by."""
        texts = (self.summary, *self.key_topics, *self.decisions, *self.action_items)
        if not any(text.strip() for text in texts):
            return ""
        lists = (self.key_topics, self.decisions, self.action_items)
        return content_hash(
            self.summary,
            msgspec.json.encode(lists).decode(),
            self.persona_id,
            int(self.visibility),
            self.session_id,
            self.start_time,
            self.trust,
        )


DERIVED_FIELDS: Final = ("summary", "key_topics", "decisions", "action_items", "emotional_tone")
"""What a summariser works out when no caller has given it."""


@dataclass(frozen=True, slots=True)
class NewEpisode:
    """An episode that happened elsewhere, as the caller gives it."""

    session_id: str
    """Empty: the server makes one."""
    start_time: int
    end_time: int
    entries: tuple[NewEntry, ...]
    supplied: SuppliedEpisode
    metadata: dict[str, str]
    visibility: Visibility | None
    """None: by the workspace's sharing mode."""
    remember_again: bool = False
    """Also what the user had forgotten."""


@dataclass(frozen=True, slots=True)
class EpisodeEdit:
    """New values; which of them count is said beside it."""

    summary: str
    visibility: Visibility | None
    """None: by the workspace's sharing mode."""
    key_topics: tuple[str, ...]
    decisions: tuple[str, ...]
    action_items: tuple[str, ...]
    emotional_tone: str
    outcome: str


EDITABLE_FIELDS: Final = frozenset((*DERIVED_FIELDS, "visibility", "outcome"))
"""What an update can name."""


@dataclass(frozen=True, slots=True)
class EpisodeQuery:
    """What to search episodes for."""

    text: str
    search_in: SearchIn
    start_after: int | None
    """Inclusive."""
    start_before: int | None
    """Exclusive."""
    min_score: float
    """0..1."""
    min_revision: int
    explain: bool
    vector: tuple[float, ...]
    """Only with the `client` embedder; else empty."""


@dataclass(frozen=True, slots=True)
class EntryHit:
    """An entry that fits a query."""

    entry: Entry
    score: float
    score_parts: dict[str, float]


@dataclass(frozen=True, slots=True)
class EpisodeHit:
    """An episode that fits a query."""

    episode: Episode
    score: float
    """Absolute, 0..1."""
    score_parts: dict[str, float]
    """Only when an explanation was asked for."""
    entries: tuple[EntryHit, ...]
    """Best first, at most ``SHOWN_ENTRIES``."""


@dataclass(frozen=True, slots=True)
class EpisodeHits:
    """A page of hits, best first."""

    hits: tuple[EpisodeHit, ...]
    next_rank: int | None
    """Where the next page starts; None when this is the last one."""
    degraded: bool
    revision: int


# Results, as request records store them.


@dataclass(frozen=True, slots=True)
class EpisodePut:
    """A stored episode, the job that completes it, and the user's revision."""

    episode: Episode
    job_id: str
    revision: int


@dataclass(frozen=True, slots=True)
class EpisodeChange:
    """An episode after a change, and the user's revision with it."""

    episode: Episode
    revision: int


@dataclass(frozen=True, slots=True)
class Rehydrated:
    """A session that goes on from another one."""

    session: Session
    restored_entry_count: int
    revision: int


# Pure rules.


def opened(
    episode_id: str,
    session: Session,
    supplied: SuppliedEpisode,
    agent: str,
    participants: Sequence[str],
    revision: int,
    now: int,
) -> Episode:
    """The episode of a session that has just ended, with what the caller has supplied."""
    given = {
        "summary": supplied.summary is not None,
        "key_topics": bool(supplied.key_topics),
        "decisions": bool(supplied.decisions),
        "action_items": bool(supplied.action_items),
        "emotional_tone": supplied.emotional_tone is not None,
    }
    return Episode(
        workspace_id=session.workspace_id,
        user_id=session.user_id,
        persona_id=session.persona_id,
        episode_id=episode_id,
        session_id=session.session_id,
        visibility=session.visibility,
        agent=agent,
        summary=supplied.summary or "",
        summary_source=SummarySource.CALLER if given["summary"] else SummarySource.NONE,
        summary_entry_ids=(),
        key_topics=supplied.key_topics,
        decisions=supplied.decisions,
        action_items=supplied.action_items,
        emotional_tone=supplied.emotional_tone or "",
        outcome=supplied.outcome or "",
        participants=tuple(participants),
        cost=supplied.cost,
        metrics=supplied.metrics,
        facts=supplied.facts,
        storylines=supplied.storylines,
        supplied_fields=tuple(name for name in DERIVED_FIELDS if given[name]),
        metadata=session.metadata,
        entry_count=session.entry_count,
        timeline_count=session.timeline_count,
        trust=TRUST[Source.APPLICATION],
        version=revision,
        start_time=session.start_time,
        end_time=session.start_time if session.end_time is None else session.end_time,
        create_time=now,
        update_time=now,
    )


def completed(episode: Episode, summary: Summary, trust: float) -> Episode:
    """With what a summariser has worked out, where the caller has supplied nothing.

    ``trust``: that of what the summary rests on.
    """
    given = set(episode.supplied_fields)
    worked_out = {name: getattr(summary, name) for name in DERIVED_FIELDS if name not in given}
    if "summary" in worked_out:
        worked_out |= {
            "summary_source": SummarySource.SUMMARIZER,
            "summary_entry_ids": summary.entry_ids,
            "trust": trust,
        }
    return replace(episode, **worked_out)


def without_derived(episode: Episode) -> Episode:
    """Without anything that a summariser has worked out."""
    return replace(
        completed(episode, Summary("", (), (), (), (), ""), TRUST[Source.APPLICATION]),
        summary_source=SummarySource.CALLER
        if "summary" in episode.supplied_fields
        else SummarySource.NONE,
    )


def edited(
    episode: Episode, edit: EpisodeEdit, fields: Collection[str], visibility: Visibility
) -> Episode:
    """With the named fields from ``edit``. What a caller has set, no job changes any more.

    ``visibility``: the new one, should the fields name it.
    """
    values = {name: getattr(edit, name) for name in fields if name != "visibility"}
    if "visibility" in fields:
        values["visibility"] = visibility
    if "summary" in fields:
        values |= {
            "summary_source": SummarySource.CALLER,
            "summary_entry_ids": (),
            "trust": TRUST[Source.APPLICATION],
        }
    given = {*episode.supplied_fields, *fields}
    return replace(
        episode, **values, supplied_fields=tuple(name for name in DERIVED_FIELDS if name in given)
    )
