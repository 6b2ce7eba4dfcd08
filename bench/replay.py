"""Replays conversations through the API, as a bot would have had them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from bench.locomo import Conversation, Session, Turn
from reverie import Reverie
from reverie.v1.working_memory_service_pb2 import ROLE_ASSISTANT, ROLE_USER, Entry


@dataclass(frozen=True, slots=True)
class Replay:
    """What was put in."""

    dia_ids: Mapping[str, str]
    """Entry id -> the turn's own id."""
    seconds: float
    """From the first session's start to the last answer; jobs and index may still be at work."""

    @property
    def entries_per_second(self) -> float:
        return len(self.dia_ids) / self.seconds


async def replay(reverie: Reverie, conversations: Sequence[Conversation]) -> Replay:
    """All conversations at once, each in its order, one call a turn; every session is ended."""
    started = time.perf_counter()
    parts = await asyncio.gather(*(_conversation(reverie, each) for each in conversations))
    seconds = time.perf_counter() - started
    return Replay(
        {entry_id: dia_id for part in parts for entry_id, dia_id in part.items()}, seconds
    )


async def _conversation(reverie: Reverie, conversation: Conversation) -> dict[str, str]:
    dia_ids: dict[str, str] = {}
    for session in conversation.sessions:
        dia_ids |= await _session(reverie, conversation, session)
    return dia_ids


async def _session(
    reverie: Reverie, conversation: Conversation, session: Session
) -> dict[str, str]:
    dia_ids: dict[str, str] = {}
    handle = await reverie.session(
        conversation.user_id,
        conversation.persona_id,
        session_id=f"{conversation.sample_id}/session_{session.number}",
        start_time=session.start_time,
    ).start()
    for turn in session.turns:
        (entry_id,) = await handle.append([_entry(conversation, turn)])
        dia_ids[entry_id] = turn.dia_id
    await handle.end(end_time=session.turns[-1].event_time + timedelta(seconds=1))
    return dia_ids


def _entry(conversation: Conversation, turn: Turn) -> Entry:
    return Entry(
        role=ROLE_USER if turn.speaker == conversation.speaker_a else ROLE_ASSISTANT,
        speaker=turn.speaker,
        content=turn.content,
        event_time=turn.event_time,
        metadata={"dia_id": turn.dia_id},
    )
