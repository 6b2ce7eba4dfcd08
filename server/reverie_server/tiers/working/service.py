"""Working memory as one thing: what its servicer asks."""

from __future__ import annotations

from dataclasses import dataclass

from reverie_server.tiers.working.bookmarks import Bookmarks
from reverie_server.tiers.working.ending import SessionEnding
from reverie_server.tiers.working.entries import Entries
from reverie_server.tiers.working.sessions import Sessions
from reverie_server.tiers.working.summaries import Summaries
from reverie_server.tiers.working.timelines import Timelines


@dataclass(frozen=True, slots=True)
class WorkingMemory:
    """The services of the room, one for each noun."""

    sessions: Sessions
    entries: Entries
    timelines: Timelines
    bookmarks: Bookmarks
    summaries: Summaries
    ending: SessionEnding
