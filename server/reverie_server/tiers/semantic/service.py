"""Documents: who may read one may replace and delete it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Final

from reverie_server.clock import Clock, new_id
from reverie_server.errors import AlreadyExists, InvalidArgument, NotFound
from reverie_server.index.memory_index import Kind
from reverie_server.paging import Cursor, Page, PageRequest, collect
from reverie_server.scope import SHARED_OWNER, Reader
from reverie_server.storage import outbox, ownership, revision
from reverie_server.storage.database import Database, Snapshot, Transaction
from reverie_server.storage.idempotency import Request, once
from reverie_server.storage.outbox import Change, Operation
from reverie_server.tiers.filters import Filter, matches
from reverie_server.tiers.provenance import TRUST, Source, content_hash
from reverie_server.tiers.ranking import RankedMemory, RankedQuery, depth, ranked_page
from reverie_server.tiers.semantic import store
from reverie_server.tiers.semantic.fields import lookup_in
from reverie_server.tiers.semantic.forgotten import require_unforgotten
from reverie_server.tiers.semantic.judging import Judged, judge, weight
from reverie_server.tiers.semantic.model import (
    Document,
    DocumentDraft,
    DocumentHit,
    DocumentHits,
    DocumentQuery,
    VersionStamp,
)
from reverie_server.tiers.semantic.ports import (
    DocumentSearch,
    DocumentVectors,
    Presence,
    SharingRules,
)
from reverie_server.tiers.semantic.vectors import check_embedding
from reverie_server.versions import require_current

_CHUNK: Final = 16
"""Documents in memory at once; each is up to 1 MiB of text."""
_ABSENT: Final = 0
"""The version of a document that is not there; its etag is "0"."""


class DocumentService:
    """The documents of users and of workspaces.

    A document that the persona may not read does not exist for it, with one exception: its id is
    taken. Everywhere ``user_id`` is ``SHARED_OWNER`` for the workspace's own documents.
    """

    def __init__(
        self,
        db: Database,
        clock: Clock,
        presence: Presence,
        sharing: SharingRules,
        vectors: DocumentVectors,
        search: DocumentSearch,
    ) -> None:
        self._db = db
        self._clock = clock
        self._presence = presence
        self._sharing = sharing
        self._vectors = vectors
        self._search = search

    async def put(
        self,
        workspace_id: str,
        user_id: str,
        persona_id: str,
        document_id: str,
        draft: DocumentDraft,
        expected_version: int | None,
        request: Request | None,
    ) -> Document:
        """Stores a draft as the document's next version; empty id: the server makes one.

        Args:
            expected_version: the revision that the version to replace was stored at; 0: there
                must be none; None: whatever there is.

        Raises:
            InvalidArgument: ``embedding`` does not go with the embedder.
            AlreadyExists: the id is that of a document which the persona may not read. Whatever
                is expected, so that nothing but this can be learnt about it.
            Aborted: the document is not at ``expected_version`` (STALE_ETAG).
            FailedPrecondition: the user had a document of this content forgotten
                (MEMORY_FORGOTTEN).
        """
        check_embedding(draft.embedding, self._vectors.supplied_dimension)
        reader = await self._sharing.reader(workspace_id, user_id, persona_id)
        fallback = await self._sharing.default_visibility(workspace_id, for_conversation=False)

        async def work(tx: Transaction) -> VersionStamp:
            # The content is not stored a second time as the answer: a retry brings it along, and
            # a deleted document must not live on in it.
            return await once(tx, request, VersionStamp, lambda: add_version(tx))

        async def add_version(tx: Transaction) -> VersionStamp:
            now = self._clock.now()
            await self._presence.ensure(tx, workspace_id, user_id, persona_id, now)
            taken = await revision.bump(tx, workspace_id, user_id)
            held = (
                await store.current_stamp(tx, workspace_id, user_id, document_id)
                if document_id
                else None
            )
            if held and not reader.may_read(held.persona_id, held.visibility):
                raise AlreadyExists(
                    f"the id {document_id!r} is taken", metadata={"resource": "document"}
                )
            require_current("document", held.revision if held else _ABSENT, expected_version)
            stamp = VersionStamp(
                document_id=document_id or new_id(),
                persona_id=persona_id,
                visibility=draft.visibility or (held.visibility if held else fallback),
                version=held.version + 1 if held else 1,
                revision=taken,
                create_time=held.create_time if held else now,
                update_time=now,
            )
            document = _document(user_id, stamp, draft)
            await require_unforgotten(tx, reader, document, lift=draft.remember_again)
            await self._store(tx, workspace_id, document, held, draft.embedding)
            return stamp

        return _document(user_id, await self._db.transaction(work), draft)

    async def get(
        self, workspace_id: str, user_id: str, persona_id: str, document_id: str, version: int
    ) -> Document:
        """A version of a document; 0: the current one. An earlier one is read by whom its own
        visibility lets, as long as the document itself is.

        Raises:
            NotFound: the persona has no such document, or it no such version.
        """
        reader = await self._sharing.reader(workspace_id, user_id, persona_id)

        async def work(snapshot: Snapshot) -> Document:
            current = await store.get(snapshot, reader, document_id)
            if current is None:
                raise NotFound.of("document", document_id)
            if version in (0, current.stamp.version):
                return current
            earlier = await store.get_replaced(snapshot, reader, document_id, version)
            if earlier is None:
                raise NotFound.of(f"version of document {document_id!r}", str(version))
            return earlier

        return await self._db.read(work)

    async def list(
        self,
        workspace_id: str,
        user_id: str,
        persona_id: str,
        prefix: str,
        condition: Filter | None,
        page: PageRequest,
    ) -> Page[Document]:
        """By id, those that start with ``prefix`` and match; of a state of its own for every few.

        Raises:
            NotFound: there is no such user.
        """
        reader = await self._sharing.reader(workspace_id, user_id, persona_id)

        async def fetch(cursor: Cursor | None, limit: int) -> Sequence[Judged]:
            async def work(snapshot: Snapshot) -> Sequence[Document]:
                if user_id != SHARED_OWNER:
                    await revision.current(snapshot, workspace_id, user_id)
                after = str(cursor[0]) if cursor else ""
                return await store.list_after(snapshot, reader, after, prefix, limit)

            # Others wait for the reading threads, so a unit reads and does nothing else.
            return await judge(await self._db.read(work), condition)

        judged = await collect(
            fetch,
            page,
            position=lambda each: (each.document.stamp.document_id,),
            weight=lambda each: each.weight,
            accepts=(lambda each: each.matches) if condition else None,
            scanned_bytes=lambda each: len(each.document.content),
            chunk=_CHUNK,
        )
        return Page(tuple(each.document for each in judged.items), judged.next)

    async def search(
        self,
        workspace_id: str,
        user_id: str,
        persona_id: str,
        query: DocumentQuery,
        page: PageRequest,
    ) -> DocumentHits:
        """Best first, ``ranking.DEEPEST`` at most. Each page searches anew, so what changes
        meanwhile may move a document from one page to another.

        Raises:
            InvalidArgument: there is neither text nor vector, or the vector does not go with the
                embedder.
            NotFound: there is no such user.
            FailedPrecondition: ``min_revision`` was never committed (REVISION_UNKNOWN).
        """
        if not query.text.strip() and not query.vector:
            raise InvalidArgument.of("query", "is required", reason="FIELD_REQUIRED")
        reader = await self._sharing.reader(workspace_id, user_id, persona_id)
        readers = [reader]
        if query.include_workspace and user_id != SHARED_OWNER:
            readers.append(reader.shared_part())

        async def keep(reader: Reader, document_ids: Sequence[str]) -> Collection[str]:
            return await self._matching(reader, document_ids, query.filter)

        ranking = await self._search.search(
            RankedQuery(
                readers=tuple(readers),
                text=query.text,
                vector=query.vector,
                limit=depth(page),
                min_score=query.min_score,
                min_revision=query.min_revision,
                explain=query.explain,
                keep=keep if query.filter else None,
            )
        )

        async def load(ranked: Sequence[RankedMemory]) -> Sequence[DocumentHit | None]:
            return await self._hits(readers, ranked, query.filter)

        hits = await ranked_page(
            ranking.memories, page, load, weight=lambda hit: weight(hit.document)
        )
        return DocumentHits(hits.items, hits.next, ranking.degraded, ranking.revision)

    async def delete(
        self,
        workspace_id: str,
        user_id: str,
        persona_id: str,
        document_id: str,
        expected_version: int | None,
        request: Request | None,
    ) -> int:
        """Deletes a document with all its versions; gives the owner's revision.

        Raises:
            NotFound: the persona has no such document.
            Aborted: the document is not at ``expected_version`` (STALE_ETAG).
        """
        reader = await self._sharing.reader(workspace_id, user_id, persona_id)

        async def work(tx: Transaction) -> int:
            return await once(tx, request, int, lambda: remove(tx))

        async def remove(tx: Transaction) -> int:
            taken = await revision.bump(tx, workspace_id, user_id)
            held = await store.current_stamp(tx, workspace_id, user_id, document_id)
            if held is None or not reader.may_read(held.persona_id, held.visibility):
                raise NotFound.of("document", document_id)
            require_current("document", held.revision, expected_version)
            await store.delete(tx, workspace_id, user_id, document_id)
            await ownership.delete_traces(tx, workspace_id, user_id, Kind.DOCUMENT, [document_id])
            await revision.mark_removal(tx, workspace_id, user_id, taken)
            gone = Change(Kind.DOCUMENT, document_id, "", Operation.DELETE)
            await outbox.record(tx, workspace_id, user_id, taken, [gone], self._clock.now())
            return taken

        return await self._db.transaction(work)

    async def _store(
        self,
        tx: Transaction,
        workspace_id: str,
        document: Document,
        held: VersionStamp | None,
        embedding: Sequence[float],
    ) -> None:
        """Stores a version, after ``held`` if there was one, and tells the index."""
        stamp, user_id = document.stamp, document.user_id
        hashed = _hash(document)
        write = store.replace if held else store.add
        await write(tx, workspace_id, document, TRUST[Source.APPLICATION], hashed)
        if embedding:
            await self._vectors.store(
                tx, workspace_id, user_id, stamp.document_id, hashed, embedding
            )
        if held and held.visibility < stamp.visibility:
            await revision.mark_removal(tx, workspace_id, user_id, stamp.revision)
        change = Change(Kind.DOCUMENT, stamp.document_id, "", Operation.UPSERT)
        await outbox.record(tx, workspace_id, user_id, stamp.revision, [change], stamp.update_time)

    async def _matching(
        self, reader: Reader, document_ids: Sequence[str], condition: Filter | None
    ) -> Collection[str]:
        """Those of the documents that the reader may read and that match."""
        found: set[str] = set()
        for start in range(0, len(document_ids), _CHUNK):
            ids = document_ids[start : start + _CHUNK]
            found.update(await self._read(reader, ids, condition))
        return found

    async def _hits(
        self, readers: Sequence[Reader], ranked: Sequence[RankedMemory], condition: Filter | None
    ) -> Sequence[DocumentHit | None]:
        ids: dict[str, list[str]] = defaultdict(list)
        for each in ranked:
            ids[each.user_id].append(each.memory_id)
        documents = {
            reader.user_id: await self._read(reader, ids[reader.user_id], condition)
            for reader in readers
            if ids[reader.user_id]
        }
        return [
            DocumentHit(document, each.score, each.score_parts)
            if (document := documents[each.user_id].get(each.memory_id))
            else None
            for each in ranked
        ]

    async def _read(
        self, reader: Reader, document_ids: Sequence[str], condition: Filter | None
    ) -> dict[str, Document]:
        async def work(snapshot: Snapshot) -> dict[str, Document]:
            documents = await store.by_ids(snapshot, reader, document_ids)
            return {
                document_id: document
                for document_id, document in documents.items()
                if condition is None or matches(condition, lookup_in(document))
            }

        return await self._db.read(work)


def _document(user_id: str, stamp: VersionStamp, draft: DocumentDraft) -> Document:
    return Document(user_id, stamp, draft.content, draft.metadata)


def _hash(document: Document) -> str:
    """Over what the index has of a document."""
    stamp = document.stamp
    return content_hash(
        document.content,
        stamp.persona_id,
        stamp.visibility,
        stamp.update_time,
        TRUST[Source.APPLICATION],
    )
