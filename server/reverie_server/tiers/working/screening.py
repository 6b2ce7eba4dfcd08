"""What comes into sessions and episodes, without what the user had forgotten since it was said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from reverie_server.identity.relationships.storylines.model import topic_key
from reverie_server.language.sentences import split_sentences
from reverie_server.scope import Visibility
from reverie_server.storage import tombstones
from reverie_server.storage.database import Snapshot
from reverie_server.storage.tombstones import Claim, Learner, Mark
from reverie_server.tiers.marks import storyline_mark, text_mark
from reverie_server.tiers.quotes import REDACTED, without_marks
from reverie_server.tiers.screening import kept_items, screened
from reverie_server.tiers.working.model import (
    Entry,
    NewEntry,
    SuppliedEpisode,
    SuppliedStoryline,
)


async def legible(
    snapshot: Snapshot, owner: tuple[str, str], entries: Sequence[Entry]
) -> list[Entry]:
    """Entries of one session as somebody reads them for their sense: without what was forgotten,
    also where the entries keep it, and without the marks of that. Those of which nothing is left
    are left out."""
    if not entries:
        return []
    shared = entries[0].visibility is Visibility.SHARED
    texts = await screened(
        snapshot,
        Learner(*owner, entries[0].persona_id, shared),
        [each.content for each in entries],
        [min(each.event_time, each.create_time) for each in entries],
    )
    read = [
        replace(entry, content=without_marks(text))
        for entry, text in zip(entries, texts, strict=True)
    ]
    return [after for after, entry in zip(read, entries, strict=True) if after.content]


async def screened_entries(
    snapshot: Snapshot, learner: Learner, entries: Sequence[NewEntry], event_time: int
) -> tuple[NewEntry, ...]:
    """Entries that are to be stored.

    Args:
        event_time: when those happened that do not say.
    """
    times = [event_time if each.event_time is None else each.event_time for each in entries]
    texts = await screened(snapshot, learner, [each.content for each in entries], times)
    return tuple(
        entry if entry.content == text else replace(entry, content=text)
        for entry, text in zip(entries, texts, strict=True)
    )


async def screened_supply(
    snapshot: Snapshot, learner: Learner, supplied: SuppliedEpisode, time: int
) -> SuppliedEpisode:
    """What a caller supplies with the end of a session that began then. A summary of which nothing
    is left counts as not supplied."""
    if not await tombstones.any_of(snapshot, learner.workspace_id, learner.user_id):
        return supplied
    summary, outcome = await screened(
        snapshot, learner, [supplied.summary or "", supplied.outcome or ""], [time, time]
    )
    told = [each.statement for each in supplied.facts]
    facts = await screened(snapshot, learner, told, [time] * len(told))
    return replace(
        supplied,
        summary=None if summary == REDACTED or supplied.summary is None else summary,
        outcome=None if outcome == REDACTED or supplied.outcome is None else outcome,
        key_topics=await kept_items(snapshot, learner, supplied.key_topics, time),
        decisions=await kept_items(snapshot, learner, supplied.decisions, time),
        action_items=await kept_items(snapshot, learner, supplied.action_items, time),
        facts=tuple(
            each for each, text in zip(supplied.facts, facts, strict=True) if text == each.statement
        ),
        storylines=await kept_storylines(snapshot, learner, supplied.storylines, time),
    )


def marks_of_conversation(entries: Sequence[NewEntry], supplied: SuppliedEpisode) -> list[Mark]:
    """Everything by which a part of it may have been forgotten."""
    texts = [
        *(each.content for each in entries),
        supplied.summary or "",
        supplied.outcome or "",
        *supplied.key_topics,
        *supplied.decisions,
        *supplied.action_items,
    ]
    pieces = {piece for text in texts for piece in (text, *split_sentences(text)) if piece}
    return [text_mark(each) for each in sorted(pieces)]


async def kept_storylines(
    snapshot: Snapshot, learner: Learner, storylines: Sequence[SuppliedStoryline], time: int | None
) -> tuple[SuppliedStoryline, ...]:
    """Those that were not forgotten, without the sentences that were.

    Args:
        time: when they were told, microseconds UTC; None: nobody can tell.
    """
    gone = await tombstones.barred(
        snapshot,
        replace(learner, shared=False),
        {
            place: Claim((storyline_mark(topic_key(each.topic)), text_mark(each.topic)), time)
            for place, each in enumerate(storylines)
        },
    )
    kept = [each for place, each in enumerate(storylines) if place not in gone]
    texts = [text for each in kept for text in (each.summary, each.follow_up)]
    cleaned = await screened(snapshot, learner, texts, [time] * len(texts))
    cleaned = ["" if text == REDACTED else text for text in cleaned]
    return tuple(
        replace(each, summary=cleaned[2 * place], follow_up=cleaned[2 * place + 1])
        for place, each in enumerate(kept)
    )
