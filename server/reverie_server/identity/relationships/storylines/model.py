"""Storylines: what goes on in a user's life, from call to call. Times: microseconds, UTC."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any, Final

from reverie_server.tiers.working.model import StorylineStatus, SuppliedStoryline

OPEN: Final = frozenset({StorylineStatus.NEW, StorylineStatus.ONGOING})
"""What is not over."""
STORYLINE_FIELDS: Final = frozenset({"status", "summary", "follow_up", "follow_up_time"})
"""What an update can name."""


@dataclass(frozen=True, slots=True)
class Storyline:
    """What goes on. Private to the pair."""

    storyline_id: str
    topic: str
    """As it was first called."""
    status: StorylineStatus
    summary: str
    follow_up: str
    """What to ask about next."""
    follow_up_time: int | None
    summary_session_id: str
    """The session that told the summary; empty: none did."""
    follow_up_session_id: str
    """The one that told the follow-up; empty: none did."""
    first_session_id: str
    """The one that mentioned it first; empty: it was deleted."""
    session_id: str
    """The one that mentioned it last; empty: it was deleted."""
    first_mentioned_time: int
    last_mentioned_time: int
    resolve_time: int | None
    """None while it is open."""
    version: int
    """The user's revision at which it last changed."""
    create_time: int
    update_time: int


@dataclass(frozen=True, slots=True)
class StorylineEdit:
    """New values; which of them count is said beside it."""

    status: StorylineStatus | None
    summary: str
    follow_up: str
    follow_up_time: int | None


@dataclass(frozen=True, slots=True)
class StorylineChange:
    """A storyline as a change has left it, and the user's revision with it."""

    storyline: Storyline
    revision: int


@dataclass(frozen=True, slots=True)
class Mention:
    """Where a storyline was mentioned, and the change that stores it."""

    session_id: str
    time: int
    version: int
    now: int


def topic_key(topic: str) -> str:
    """What makes topics the same: neither letter case nor spaces; empty: it says nothing."""
    return " ".join(unicodedata.normalize("NFKC", topic).casefold().split())


def first_told(storyline_id: str, told: SuppliedStoryline, mention: Mention) -> Storyline:
    """A storyline that was not there."""
    return Storyline(
        storyline_id=storyline_id,
        topic=told.topic.strip(),
        status=told.status,
        summary=told.summary,
        follow_up=told.follow_up,
        follow_up_time=told.follow_up_time,
        summary_session_id=mention.session_id,
        follow_up_session_id=mention.session_id,
        first_session_id=mention.session_id,
        session_id=mention.session_id,
        first_mentioned_time=mention.time,
        last_mentioned_time=mention.time,
        resolve_time=_resolved(told.status, None, mention.time),
        version=mention.version,
        create_time=mention.now,
        update_time=mention.now,
    )


def told_again(storyline: Storyline, told: SuppliedStoryline, mention: Mention) -> Storyline:
    """A storyline that was there, after another mention. What the mention leaves out stays; one
    from before the last only fills what nobody has said.
    """
    is_late = mention.time < storyline.last_mentioned_time
    storyline = replace(storyline, version=mention.version, update_time=mention.now)
    if mention.time < storyline.first_mentioned_time:
        storyline = replace(
            storyline, first_mentioned_time=mention.time, first_session_id=mention.session_id
        )
    if told.summary and not (is_late and storyline.summary):
        storyline = replace(storyline, summary=told.summary, summary_session_id=mention.session_id)
    has_follow_up = bool(storyline.follow_up) or storyline.follow_up_time is not None
    tells_follow_up = bool(told.follow_up) or told.follow_up_time is not None
    if tells_follow_up and not (is_late and has_follow_up):
        storyline = replace(
            storyline,
            follow_up=told.follow_up,
            follow_up_time=told.follow_up_time,
            follow_up_session_id=mention.session_id,
        )
    if is_late:
        return storyline
    is_new = told.status is StorylineStatus.NEW
    status = StorylineStatus.ONGOING if is_new else told.status
    return replace(
        storyline,
        status=status,
        session_id=mention.session_id,
        last_mentioned_time=mention.time,
        resolve_time=_resolved(status, storyline.resolve_time, mention.time),
    )


def edited(
    storyline: Storyline, edit: StorylineEdit, fields: Collection[str], version: int, now: int
) -> Storyline:
    """The storyline with the named fields (of ``STORYLINE_FIELDS``) taken from the edit."""
    changes: dict[str, Any] = {name: getattr(edit, name) for name in fields}
    if "summary" in fields:
        changes["summary_session_id"] = ""
    if "follow_up" in fields:
        changes["follow_up_session_id"] = ""
    status = changes.get("status", storyline.status)
    return replace(
        storyline,
        **changes,
        resolve_time=_resolved(status, storyline.resolve_time, now),
        version=version,
        update_time=now,
    )


def _resolved(status: StorylineStatus, since: int | None, now: int) -> int | None:
    """When a storyline of this status was resolved."""
    if status is not StorylineStatus.RESOLVED:
        return None
    return now if since is None else since
