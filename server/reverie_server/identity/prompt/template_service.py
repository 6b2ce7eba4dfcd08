"""The fixed texts of prompts: built in, a workspace's, a persona's. The nearest is in force."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from reverie_server.clock import Clock
from reverie_server.errors import InvalidArgument, NotFound
from reverie_server.identity.prompt import store, templates
from reverie_server.identity.prompt.ports import Identities, Presence
from reverie_server.identity.prompt.store import StoredText
from reverie_server.paging import Page, PageRequest, collect, weight
from reverie_server.scope import SHARED_OWNER
from reverie_server.storage import revision
from reverie_server.storage.database import Database, Snapshot, Transaction
from reverie_server.storage.idempotency import Request, once
from reverie_server.versions import require_current

_ABSENT: Final = 0
"""The version of a text that nobody has stored; its etag is "0"."""


@dataclass(frozen=True, slots=True)
class _Stamp:
    """What a request record keeps of a change: not the text, which a retry brings along."""

    version: int
    revision: int
    update_time: int


class TemplateService:
    """What ``templates.DEFAULTS`` has, and what has been put in its place."""

    def __init__(
        self, db: Database, clock: Clock, presence: Presence, identities: Identities
    ) -> None:
        self._db = db
        self._clock = clock
        self._presence = presence
        self._identities = identities

    async def put(
        self,
        workspace_id: str,
        persona_id: str,
        key: str,
        template: str,
        expected_version: int | None,
        request: Request | None,
    ) -> StoredText:
        """Stores a text as the key's next version, of the persona or (without one) the workspace.

        Raises:
            NotFound: there is no such key.
            InvalidArgument: ``template`` is malformed.
            Aborted: the text in this scope is not at ``expected_version`` (STALE_ETAG).
        """
        if key not in templates.DEFAULTS:
            raise NotFound.of("template", key)
        try:
            templates.check(key, template)
        except templates.BadTemplate as error:
            raise InvalidArgument.of("template", str(error)) from None

        async def work(tx: Transaction) -> _Stamp:
            return await once(tx, request, _Stamp, lambda: add(tx))

        async def add(tx: Transaction) -> _Stamp:
            now = self._clock.now()
            await self._presence.ensure(tx, workspace_id, SHARED_OWNER, persona_id, now)
            taken = await revision.bump(tx, workspace_id, SHARED_OWNER)
            held = await store.head(tx, workspace_id, persona_id, key)
            require_current("template", held.revision if held else _ABSENT, expected_version)
            stamp = _Stamp(held.version + 1 if held else 1, taken, now)
            await store.add(tx, workspace_id, _stored(stamp))
            return stamp

        def _stored(stamp: _Stamp) -> StoredText:
            return StoredText(
                persona_id, key, stamp.version, template, stamp.revision, stamp.update_time
            )

        return _stored(await self._db.transaction(work))

    async def get(self, workspace_id: str, persona_id: str, key: str, version: int) -> StoredText:
        """The text in force, or an earlier version of it.

        Raises:
            NotFound: the key, the persona, or the version.
        """
        if key not in templates.DEFAULTS:
            raise NotFound.of("template", key)

        async def work(snapshot: Snapshot) -> StoredText | None:
            found = (await self._in_force(snapshot, workspace_id, persona_id))[key]
            if version in (0, found.version):
                return found
            return await store.get(snapshot, workspace_id, found.persona_id, key, version)

        found = await self._db.read(work)
        if found is None:
            raise NotFound.of("template", key)
        return found

    async def list(
        self, workspace_id: str, persona_id: str, prefix: str, page: PageRequest
    ) -> Page[StoredText]:
        """Every text in force, by key.

        Raises:
            NotFound: the persona.
        """

        async def work(snapshot: Snapshot) -> Page[StoredText]:
            every = await self._in_force(snapshot, workspace_id, persona_id)
            found = [every[key] for key in sorted(every) if key.startswith(prefix)]

            async def behind(cursor: tuple[str | int, ...] | None, limit: int) -> list[StoredText]:
                start = str(cursor[0]) if cursor else ""
                return [each for each in found if each.key > start][:limit]

            return await collect(behind, page, position=lambda each: (each.key,), weight=weight)

        return await self._db.read(work)

    async def _in_force(
        self, snapshot: Snapshot, workspace_id: str, persona_id: str
    ) -> dict[str, StoredText]:
        if persona_id and not await self._identities.identity(snapshot, workspace_id, persona_id):
            raise NotFound.of("persona", persona_id)
        built_in = {key: built(key) for key in templates.DEFAULTS}
        return {**built_in, **await store.current(snapshot, workspace_id, persona_id)}


def built(key: str) -> StoredText:
    """The text that is built in."""
    return replace(_BUILT_IN, key=key, template=templates.DEFAULTS[key].text)


_BUILT_IN: Final = StoredText("", "", version=0, template="", revision=_ABSENT, update_time=0)
