"""What a user has forgotten goes out of what was said and noted in sessions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import msgspec

from reverie_server.index.memory_index import Kind
from reverie_server.scope import Reader
from reverie_server.storage.database import Row, Snapshot, Transaction
from reverie_server.storage.outbox import Change, Operation
from reverie_server.storage.statements import load
from reverie_server.tiers.quotes import (
    REDACTED,
    Quotes,
    Redaction,
    may_hold,
    pattern,
    redact,
    redact_source,
    redacted_map,
)
from reverie_server.tiers.working import entry_store, removal, store, timeline_store
from reverie_server.tiers.working.entry_store import entry_hash, ids_argument
from reverie_server.tiers.working.model import Entry, SessionContext, SessionKey

_QUERIES: Final = load(__package__, "erasure.sql")
_GOING_ON: Final = _QUERIES["going_on"]
_COPIES: Final = _QUERIES["readable_copies"]
_OF_SESSIONS: Final = _QUERIES["readable_of_sessions"]
_HOLDING: Final = _QUERIES["holding"]
_SET_CONTENT: Final = _QUERIES["set_content"]
_TEXTS_OF_SESSIONS: Final = _QUERIES["texts_of_sessions"]
_TEXTS_HOLDING: Final = _QUERIES["texts_holding"]
_SET_TEXTS: Final = _QUERIES["set_texts"]
_BOOKMARKS_OF_SESSIONS: Final = _QUERIES["bookmarks_of_sessions"]
_BOOKMARKS_HOLDING: Final = _QUERIES["bookmarks_holding"]
_SET_BOOKMARK: Final = _QUERIES["set_bookmark"]
_DELETE_VECTORS: Final = load(__package__, "entries.sql")["delete_vectors"]
_METADATA: Final = msgspec.json.Decoder(dict[str, str])

Judge = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class RedactedEntries:
    """Entries that told of what is forgotten."""

    entry_ids: tuple[str, ...] = ()
    session_ids: frozenset[str] = frozenset()
    sentences: tuple[str, ...] = ()
    """What told of it, verbatim; for tombstones, and then for nobody."""
    changes: tuple[Change, ...] = ()


class SessionErasure:
    """Other rooms know this as their port. Only what the reader may read is looked at. Who calls
    takes the revision, marks the removal and records the changes."""

    async def kin(
        self, snapshot: Snapshot, reader: Reader, session_ids: Collection[str]
    ) -> frozenset[str]:
        """These sessions, those that they went on from, and those that went on from them, which
        repeat each other's entries and summaries."""
        known: set[str] = set()
        found = set(session_ids)
        while found - known:
            known |= found
            for row in await snapshot.fetch(_GOING_ON, *reader.sql, ids_argument(sorted(found))):
                found |= {row["session_id"], row["rehydrated_from_session_id"]}
        return frozenset(known)

    async def family(
        self, snapshot: Snapshot, reader: Reader, entry_ids: Sequence[str]
    ) -> list[Entry]:
        """Entries, what they are copies of, and the copies that rehydrated sessions have."""
        found = await entry_store.readable_by_ids(snapshot, reader, entry_ids)
        originals = {each.copied_from_entry_id or each.entry_id for each in found} | {*entry_ids}
        found += await entry_store.readable_by_ids(snapshot, reader, sorted(originals))
        found += await self.copies(snapshot, reader, sorted(originals))
        return list({each.entry_id: each for each in found}.values())

    async def copies(
        self, snapshot: Snapshot, reader: Reader, entry_ids: Sequence[str]
    ) -> list[Entry]:
        """The copies of these entries that rehydrated sessions have."""
        rows = await snapshot.fetch(_COPIES, *reader.sql, ids_argument(entry_ids))
        return [entry_store.entry_of(row) for row in rows]

    async def in_session(self, snapshot: Snapshot, reader: Reader, session_id: str) -> list[Entry]:
        """The entries of a session, in order."""
        rows = await snapshot.fetch(_OF_SESSIONS, *reader.sql, ids_argument([session_id]))
        return [entry_store.entry_of(row) for row in rows]

    async def remove(
        self, tx: Transaction, reader: Reader, entries: Sequence[Entry], revision: int
    ) -> list[Change]:
        """Deletes entries for good. Copies that the reader may not read stand for themselves."""
        changes: list[Change] = []
        # Copies first: one of them would else become an original before it goes.
        for entry in sorted(entries, key=lambda each: not each.copied_from_entry_id):
            key = SessionKey(
                reader.workspace_id, reader.user_id, entry.persona_id, entry.session_id
            )
            if await entry_store.delete(tx, key.sql, entry.entry_id) is None:
                continue
            await store.count_deleted(tx, key, is_turn=entry.is_turn)
            await timeline_store.count_deleted(tx, key.sql, entry.timeline)
            changes.append(Change(Kind.ENTRY, entry.entry_id, key.session_id, Operation.DELETE))
            changes += await removal.forget_entries(tx, key.sql, [entry.entry_id], revision)
        return changes

    async def redact(
        self,
        tx: Transaction,
        reader: Reader,
        quotes: Quotes,
        *,
        cited: Collection[str],
        session_ids: Collection[str],
        far: Quotes,
        keep_text: bool,
        revision: int,
    ) -> RedactedEntries:
        """Takes what quotes a memory out of entries.

        Args:
            cited: the entries that it comes from, which hold it in some words.
            session_ids: the sessions that it comes from, where it may be echoed.
            far: what goes out of all other sessions where they repeat it.
            keep_text: changes nothing; only tells what would go.
        """
        near = await tx.fetch(_OF_SESSIONS, *reader.sql, ids_argument(sorted(session_ids)))
        entries = {row["entry_id"]: entry_store.entry_of(row) for row in near}
        for needle in far.needles:
            for row in await tx.fetch(_HOLDING, *reader.sql, pattern(needle)):
                if may_hold(needle, f"{row['content']} {row['metadata']}"):
                    entries.setdefault(row["entry_id"], entry_store.entry_of(row))
        redacted: list[tuple[Entry, Entry]] = []
        sentences: list[str] = []
        for entry in entries.values():
            is_near = entry.session_id in session_ids
            is_meant = quotes.echoes if is_near else far.repeats
            if entry.entry_id in cited:
                found = redact_source(entry.content, quotes)
            else:
                found = redact(entry.content, is_meant)
            metadata, _ = redacted_map(entry.metadata, is_meant)
            after = replace(
                entry, content=found.text if found else entry.content, metadata=metadata
            )
            if after != entry:
                redacted.append((entry, after))
                sentences += found.removed if found else ()
        if not keep_text:
            await _store(tx, reader, [after for _, after in redacted], revision)
        return RedactedEntries(
            tuple(before.entry_id for before, _ in redacted),
            frozenset(before.session_id for before, _ in redacted),
            tuple(dict.fromkeys(sentences)),
            ()
            if keep_text
            else tuple(
                Change(Kind.ENTRY, each.entry_id, each.session_id, Operation.UPSERT)
                for _, each in redacted
                if not each.copied_from_entry_id
            ),
        )

    async def clean(
        self,
        tx: Transaction,
        reader: Reader,
        quotes: Quotes,
        *,
        session_ids: Collection[str],
        blank: Collection[str],
        far: Quotes,
        revision: int,
    ) -> None:
        """Takes what quotes a memory out of what else the persona's own sessions hold: contexts,
        those of bookmarks, metadata, and the summaries that sessions went on with.

        Args:
            session_ids: where it may be echoed.
            blank: sessions whose summary is gone or made anew, also in those that went on with it;
                ``refill_summary`` gives these the new one.
            far: what goes out of all other sessions where they repeat it.
        """
        pair = (reader.workspace_id, reader.user_id, reader.persona_id)
        wanted = ids_argument(sorted(session_ids))
        rows = {row["session_id"]: row for row in await tx.fetch(_TEXTS_OF_SESSIONS, *pair, wanted)}
        marks = list(await tx.fetch(_BOOKMARKS_OF_SESSIONS, *pair, ids_argument(sorted(rows))))
        for needle in far.needles:
            for row in await tx.fetch(_TEXTS_HOLDING, *pair, pattern(needle)):
                rows.setdefault(row["session_id"], row)
            marks += await tx.fetch(_BOOKMARKS_HOLDING, *pair, pattern(needle))

        def judge(session_id: str, origin: str = "") -> Judge:
            is_near = session_id in session_ids or origin in session_ids
            return quotes.echoes if is_near else far.repeats

        texts = [
            (*pair[:2], row["session_id"], *_cleaned(row, judge, blank), revision)
            for row in rows.values()
        ]
        await tx.executemany(
            _SET_TEXTS, [text for text in texts if text[3:6] != _texts(rows[str(text[2])])]
        )
        await tx.executemany(
            _SET_BOOKMARK,
            [
                (
                    *pair[:2],
                    row["session_id"],
                    row["bookmark_id"],
                    _context(
                        row["context"],
                        judge(
                            row["session_id"],
                            rows[row["session_id"]]["rehydrated_from_session_id"]
                            if row["session_id"] in rows
                            else "",
                        ),
                    ),
                )
                for row in marks
            ],
        )


async def _store(tx: Transaction, reader: Reader, entries: Iterable[Entry], revision: int) -> None:
    owner = (reader.workspace_id, reader.user_id)
    rows = [
        (
            *owner,
            entry.entry_id,
            entry.content,
            msgspec.json.encode(entry.metadata).decode(),
            entry_hash(
                entry.content,
                entry.persona_id,
                entry.visibility,
                entry.session_id,
                entry.event_time,
                entry.trust,
            ),
            revision,
        )
        for entry in entries
    ]
    await tx.executemany(_SET_CONTENT, rows)
    await tx.execute(_DELETE_VECTORS, *owner, ids_argument([str(row[2]) for row in rows]))


def _texts(row: Row) -> tuple[str, str, str]:
    return row["context"], row["metadata"], row["rehydrated_summary"]


def _cleaned(
    row: Row, judge: Callable[[str, str], Judge], blank: Collection[str]
) -> tuple[str, str, str]:
    origin = row["rehydrated_from_session_id"]
    is_meant = judge(row["session_id"], origin)
    metadata, is_changed = redacted_map(_METADATA.decode(row["metadata"]), is_meant)
    summary = row["rehydrated_summary"]
    if summary and origin in blank:
        summary = REDACTED
    return (
        _context(row["context"], is_meant),
        msgspec.json.encode(metadata).decode() if is_changed else row["metadata"],
        text_without(summary, is_meant),
    )


def _context(text: str, is_meant: Judge) -> str:
    context = store.decode_context(text)
    values, _ = redacted_map(context.values, is_meant)
    cleaned = SessionContext(
        topic=text_without(context.topic, is_meant),
        mood=text_without(context.mood, is_meant),
        urgency=text_without(context.urgency, is_meant),
        needs_decision=context.needs_decision,
        values=values,
    )
    return text if cleaned == context else store.encode_context(cleaned)


def text_without(text: str, is_meant: Judge) -> str:
    """The text without the sentences that are meant."""
    found: Redaction | None = redact(text, is_meant)
    return found.text if found else text
