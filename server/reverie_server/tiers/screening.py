"""Texts that come in, without the sentences that were forgotten."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial

from reverie_server.language.sentences import split_sentences
from reverie_server.storage import tombstones
from reverie_server.storage.database import Snapshot
from reverie_server.storage.tombstones import Claim, Learner
from reverie_server.tiers.marks import text_mark
from reverie_server.tiers.quotes import REDACTED, redact


async def screened(
    snapshot: Snapshot, learner: Learner, texts: Sequence[str], times: Sequence[int | None]
) -> list[str]:
    """The texts, in their order, without what was forgotten: of one that was forgotten whole
    nothing is left but the mark of that.

    Args:
        times: when each was said, microseconds UTC; None: nobody can tell.
    """
    if not await tombstones.any_of(snapshot, learner.workspace_id, learner.user_id):
        return list(texts)
    claims = {
        (place, piece): Claim((text_mark(piece),), time)
        for place, (text, time) in enumerate(zip(texts, times, strict=True))
        for piece in {text, *split_sentences(text)}
    }
    gone: dict[int, set[str]] = {}
    for place, piece in await tombstones.barred(snapshot, learner, claims):
        gone.setdefault(place, set()).add(piece)
    return [_without(text, gone.get(place, set())) for place, text in enumerate(texts)]


async def kept_items(
    snapshot: Snapshot, learner: Learner, items: Sequence[str], time: int | None
) -> tuple[str, ...]:
    """The items of a list without those that were forgotten, and these without what was."""
    kept = await screened(snapshot, learner, items, [time] * len(items))
    return tuple(each for each in kept if each != REDACTED)


def _without(text: str, gone: Collection[str]) -> str:
    if text in gone:
        return REDACTED
    found = redact(text, partial(_is_in, gone)) if gone else None
    return found.text if found else text


def _is_in(pieces: Collection[str], piece: str) -> bool:
    return piece in pieces
