"""What the user had forgotten does not come back with a file.

The marks are those by which ordinary writes ask (``tiers/marks.py``, ``tiers/facts/marks.py``).
What was forgotten whole is left out with all that belongs to it; sentences that were, are redacted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

import msgspec

from reverie_server.governance.portability.arriving import Arriving
from reverie_server.governance.portability.lines import Header, Record
from reverie_server.governance.portability.store import Owner
from reverie_server.governance.portability.texts import TEXTS
from reverie_server.identity.relationships.storylines.model import topic_key
from reverie_server.language.sentences import split_sentences
from reverie_server.scope import Visibility
from reverie_server.storage import tombstones
from reverie_server.storage.database import Database, Snapshot
from reverie_server.storage.tombstones import Claim, Learner, Mark
from reverie_server.tiers.facts.marks import marks_of_words
from reverie_server.tiers.marks import (
    document_mark,
    memory_mark,
    procedure_mark,
    session_mark,
    storyline_mark,
    text_mark,
)
from reverie_server.tiers.provenance import content_hash
from reverie_server.tiers.screening import screened
from reverie_server.tiers.working.model import SuppliedStoryline
from reverie_server.tiers.working.screening import kept_storylines

Digest = Callable[[Mark], str]
Key = tuple[str, ...]
"""Names what a record belongs to: a fact with all its versions, a conversation with its entries."""

_WHOLE: Final = {
    **dict.fromkeys(("session", "timeline", "entry", "bookmark", "episode"), ("session_id",)),
    **dict.fromkeys(("document", "document_version"), ("document_id",)),
    **dict.fromkeys(("fact", "fact_version"), ("fact_id",)),
    **dict.fromkeys(("procedure", "procedure_version"), ("persona_id", "key")),
    **dict.fromkeys(("storyline", "storyline_mention"), ("storyline_id",)),
}
_STORYLINES: Final = msgspec.json.Decoder(list[SuppliedStoryline])


@dataclass(frozen=True, slots=True)
class Sieve:
    """Which records of a file hold something that was forgotten, whoever had it forgotten and when.

    To make it takes long and needs no database: it is made before anybody is held up.
    """

    keeps: bool
    """The tombstones of the file mean something here."""
    digests: frozenset[str]
    """The tombstones that it knows."""
    caught: frozenset[int]
    """Lines of the file."""

    @classmethod
    async def of(
        cls,
        database: Database,
        owner: Owner,
        arrived: Arriving,
        header: Header,
    ) -> Sieve:
        async def known(snapshot: Snapshot) -> tuple[bool, set[str], Digest | None]:
            return (
                await tombstones.has_key(snapshot, *owner, header.tombstone_key),
                {*await tombstones.digests(snapshot, *owner)},
                await tombstones.hasher(snapshot, *owner),
            )

        keeps, digests, digest = await database.read(known)

        def sift() -> Sieve:
            if keeps:
                digests.update(_digests_in(arrived))
            caught: set[int] = set()
            if digests and digest is not None:
                caught.update(
                    at
                    for at, record in arrived.numbered()
                    if any(digest(mark) in digests for mark in _all_marks(record))
                )
            return cls(keeps, frozenset(digests), frozenset(caught))

        return await asyncio.to_thread(sift)


class Screen:
    """Knows what of a file the user had forgotten."""

    def __init__(self, owner: Owner, sieve: Sieve) -> None:
        self._owner = owner
        self._sieve = sieve
        self._gone: set[Key] = set()
        self._sessions: dict[str, tuple[str, bool]] = {}
        """By id, the persona of each and whether it is shared: bookmarks do not say."""

    @classmethod
    async def of(
        cls, snapshot: Snapshot, owner: Owner, arrived: Arriving, sieve: Sieve
    ) -> Screen | None:
        """Looks at the records that the sieve has caught. None: something was forgotten that it
        does not know."""
        if not await tombstones.digests(snapshot, *owner) <= sieve.digests:
            return None
        screen = cls(owner, sieve)
        if sieve.caught:
            async for at, record in arrived.records(snapshot):
                screen._meet(record)
                if at in sieve.caught:
                    await screen._judge(snapshot, record)
        return screen

    def lets_in(self, record: Record) -> bool:
        """Whether nothing that it belongs to was forgotten as a whole."""
        return not (self._gone and _belongs_to(record) in self._gone)

    async def screened(self, snapshot: Snapshot, at: int, record: Record) -> Record:
        """The record without the sentences that were forgotten; the same one if there are none.

        Args:
            at: its line.
        """
        if at not in self._sieve.caught:
            return record
        learner, time = self._learner(record), _time(record)
        result = record
        fields = TEXTS.get(record.kind.name, {})
        before = {name: of.taken(str(record.value(name))) for name, of in fields.items()}
        all_texts = [text for texts in before.values() for text in texts]
        left = iter(await screened(snapshot, learner, all_texts, [time] * len(all_texts)))
        for name, texts in before.items():
            after = [*islice(left, len(texts))]
            if after != texts:
                value = fields[name].replaced(str(record.value(name)), after)
                result = result.with_value(name, value)
        if record.kind.name == "episode":
            told = tuple(_STORYLINES.decode(str(record.value("storylines"))))
            kept = await kept_storylines(snapshot, learner, told, time)
            if kept != told:
                result = result.with_value("storylines", msgspec.json.encode(kept).decode())
        return result if result is record else _rehashed(result)

    def _meet(self, record: Record) -> None:
        if record.kind.name == "session":
            learner = self._learner(record)
            self._sessions[str(record.value("session_id"))] = learner.persona_id, learner.shared

    async def _judge(self, snapshot: Snapshot, record: Record) -> None:
        marks = [*_marks(record)]
        if not marks:
            return
        # A document or procedure that was forgotten stays so, however new it is said to be.
        timeless = record.kind.name.startswith(("document", "procedure"))
        claim = Claim(marks, None if timeless else _time(record))
        if await tombstones.barred(snapshot, self._learner(record), {"": claim}):
            self._gone.add(_belongs_to(record))

    def _learner(self, record: Record) -> Learner:
        fields = record.kind.fields
        if record.kind.name == "bookmark":
            known = self._sessions.get(str(record.value("session_id")), ("", False))
            return Learner(*self._owner, *known)
        shared = "visibility" in fields and record.value("visibility") == Visibility.SHARED
        persona = str(record.value("persona_id")) if "persona_id" in fields else ""
        return Learner(*self._owner, persona, shared)


def _belongs_to(record: Record) -> Key:
    names = _WHOLE.get(record.kind.name, ())
    group = record.kind.name.partition("_")[0] if names != ("session_id",) else "session"
    return (group, *(str(record.value(name)) for name in names)) if names else ()


def _time(record: Record) -> int | None:
    """When it was said or happened, as ordinary writes have it."""
    for name in ("event_time", "start_time", "first_mentioned_time", "create_time"):
        if name in record.kind.fields:
            value = record.value(name)
            return value if isinstance(value, int) else None
    return None


def _marks(record: Record) -> Iterator[Mark]:
    """By which it may have been forgotten as a whole."""

    def text(name: str) -> str:
        return str(record.value(name))

    match record.kind.name:
        case "session":
            yield session_mark(text("session_id"))
        case "episode":
            yield session_mark(text("session_id"))
            yield memory_mark(text("episode_id"))
        case "document" | "document_version":
            yield document_mark(text("content"))
            yield memory_mark(text("document_id"))
        case "fact" | "fact_version":
            yield from marks_of_words(
                text("subject_key"),
                text("predicate_key"),
                text("object_key"),
                [text("statement")],
            )
            yield memory_mark(text("fact_id"))
        case "procedure_version":
            yield procedure_mark(text("key"), text("template"))
        case "storyline":
            yield storyline_mark(topic_key(text("topic")))
            yield text_mark(text("topic"))


def _all_marks(record: Record) -> Iterator[Mark]:
    """Also those of the sentences in it."""
    yield from _marks(record)
    for name, of in TEXTS.get(record.kind.name, {}).items():
        for text in of.taken(str(record.value(name))):
            yield from map(text_mark, {text, *split_sentences(text)})
    if record.kind.name == "episode":
        for told in _STORYLINES.decode(str(record.value("storylines"))):
            yield storyline_mark(topic_key(told.topic))
            for text in (told.topic, told.summary, told.follow_up):
                yield from map(text_mark, {text, *split_sentences(text)})


def _digests_in(arrived: Arriving) -> Iterator[str]:
    for _, record in arrived.numbered():
        if record.kind.name == "tombstone":
            yield str(record.value("digest"))


def _rehashed(record: Record) -> Record:
    """With another hash where the index depends on what has changed: its vector is not of it any
    more."""
    if "content_hash" not in record.kind.fields:
        return record
    changed = content_hash(*(str(value) for value in record.values))
    return record.with_value("content_hash", changed)
