"""Storylines that a user has forgotten, and those that told of what is forgotten."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Final

from reverie_server.identity.relationships.storylines import store
from reverie_server.identity.relationships.storylines.model import topic_key
from reverie_server.identity.relationships.storylines.store import Pair
from reverie_server.scope import Reader
from reverie_server.storage import idempotency
from reverie_server.storage.database import Snapshot, Transaction
from reverie_server.storage.statements import load
from reverie_server.storage.tombstones import Mark
from reverie_server.tiers.forgotten import ForgottenItem, RedactedStorylines
from reverie_server.tiers.marks import storyline_mark, text_marks
from reverie_server.tiers.quotes import REDACTED, Quotes, quotes_of, redact

_QUERIES: Final = load(__package__, "erasure.sql")
_ALL: Final = _QUERIES["all"]
_SESSIONS_OF: Final = _QUERIES["sessions_of"]
_DELETES: Final = (_QUERIES["delete"], _QUERIES["delete_mentions"])


class StorylineErasure:
    """Other rooms know this as their port. Storylines are the pair's alone. Who calls takes the
    revision."""

    async def remove(
        self, tx: Transaction, reader: Reader, storyline_id: str, _revision: int, _now: int
    ) -> ForgottenItem | None:
        """Deletes a storyline; None: the pair has no such one."""
        pair = _pair(reader)
        storyline = await store.get(tx, pair, storyline_id)
        if storyline is None:
            return None
        sessions = (await _sessions(tx, pair)).get(storyline_id, frozenset())
        await _delete(tx, pair, storyline_id)
        texts = [storyline.summary, storyline.follow_up]
        return ForgottenItem(
            False,
            (storyline_mark(topic_key(storyline.topic)), *text_marks(texts)),
            session_ids=sessions,
            quotes=quotes_of([storyline.topic, *texts]),
        )

    async def clean(
        self,
        tx: Transaction,
        reader: Reader,
        quotes: Quotes,
        *,
        session_ids: Collection[str],
        far: Quotes,
        revision: int,
        now: int,
    ) -> RedactedStorylines:
        """Takes what quotes a memory out of the pair's storylines; one whose topic does goes.

        Args:
            session_ids: what these sessions told of may echo it.
            far: what goes out of all others where they repeat it.
        """
        pair = _pair(reader)
        told_in = await _sessions(tx, pair)
        removed: list[str] = []
        redacted: list[str] = []
        marks: list[Mark] = []
        for row in await tx.fetch(_ALL, *pair):
            storyline = store.storyline_of(row)
            is_near = not told_in.get(storyline.storyline_id, frozenset()).isdisjoint(session_ids)
            is_meant = quotes.echoes if is_near else far.repeats
            if is_meant(storyline.topic):
                await _delete(tx, pair, storyline.storyline_id)
                removed.append(storyline.storyline_id)
                marks.append(storyline_mark(topic_key(storyline.topic)))
                marks += text_marks([storyline.topic, storyline.summary, storyline.follow_up])
                continue
            summary = redact(storyline.summary, is_meant)
            follow_up = redact(storyline.follow_up, is_meant)
            if not summary and not follow_up:
                continue
            await store.put(
                tx,
                pair,
                replace(
                    storyline,
                    summary=_left(summary.text) if summary else storyline.summary,
                    follow_up=_left(follow_up.text) if follow_up else storyline.follow_up,
                    version=revision,
                    update_time=now,
                ),
            )
            await idempotency.forget_answers(tx, *pair[:2], storyline.storyline_id)
            redacted.append(storyline.storyline_id)
            marks += text_marks(
                [piece for each in (summary, follow_up) if each for piece in each.removed]
            )
        return RedactedStorylines(tuple(removed), tuple(redacted), tuple(marks))


async def _sessions(snapshot: Snapshot, pair: Pair) -> dict[str, frozenset[str]]:
    """Which sessions told of each."""
    found: dict[str, frozenset[str]] = {}
    for row in await snapshot.fetch(_SESSIONS_OF, *pair):
        told = found.get(row["storyline_id"], frozenset())
        found[row["storyline_id"]] = told | {row["session_id"]}
    return found


async def _delete(tx: Transaction, pair: Pair, storyline_id: str) -> None:
    for statement in _DELETES:
        await tx.execute(statement, *pair, storyline_id)
    await idempotency.forget_answers(tx, *pair[:2], storyline_id)


def _left(text: str) -> str:
    return "" if text == REDACTED else text


def _pair(reader: Reader) -> Pair:
    return (reader.workspace_id, reader.user_id, reader.persona_id)
