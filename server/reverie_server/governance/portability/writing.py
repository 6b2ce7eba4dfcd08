"""Writing out one owner, as of one revision."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final

from reverie_server.governance.portability import store
from reverie_server.governance.portability.kind import Kind, Travels
from reverie_server.governance.portability.kinds import KINDS, OF_USERS, OF_WORKSPACE
from reverie_server.governance.portability.lines import (
    FORMAT,
    Header,
    Tally,
    Trailer,
    end_line,
    record_line,
)
from reverie_server.governance.portability.store import Owner
from reverie_server.scope import SHARED_OWNER
from reverie_server.storage import deployment, revision, tombstones
from reverie_server.storage.database import Snapshot

ALWAYS: Final = frozenset({Travels.ALWAYS})
WITH_EMBEDDINGS: Final = frozenset({Travels.ALWAYS, Travels.WHEN_ASKED})
EVERYTHING: Final = frozenset(Travels)


def kinds_of(owner: Owner, travels: Collection[Travels] = EVERYTHING) -> list[Kind]:
    """The kinds of records that such an owner can have."""
    others = OF_USERS if owner[1] == SHARED_OWNER else OF_WORKSPACE
    return [kind for kind in KINDS if kind.travels in travels and kind.name not in others]


async def write_out(
    snapshot: Snapshot,
    owner: Owner,
    travels: Collection[Travels],
    sink: Callable[[bytes], None],
) -> tuple[Header, Trailer]:
    """Gives header and trailer, after all lines have gone to the sink.

    Raises:
        NotFound: there is no such owner.
    """
    state = await revision.current(snapshot, *owner)
    embeds = Travels.WHEN_ASKED in travels
    header = Header(
        format=FORMAT,
        user_id=owner[1],
        revision=state.revision,
        revision_floor=await _floor(snapshot, owner),
        sharing_mode=(await store.sharing_mode(snapshot, owner[0])).name.lower(),
        embedder=await deployment.known_embedder(snapshot) if embeds else "",
        tombstone_key=await tombstones.key_name(snapshot, *owner),
    )
    sink(end_line(header))
    tally = Tally()
    for kind in kinds_of(owner, travels):
        async for row in store.rows(snapshot, kind, owner):
            line = record_line(kind, row)
            tally.add(kind, line)
            sink(line)
    trailer = tally.trailer()
    sink(end_line(trailer))
    return header, trailer


async def _floor(snapshot: Snapshot, owner: Owner) -> int:
    workspace_id, user_id = owner
    return await store.revision_floor(snapshot, workspace_id) if user_id == SHARED_OWNER else 0
