"""The messages of storylines, and what they stand for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from reverie.v1 import relationship_service_pb2 as pb
from reverie.v1 import working_memory_service_pb2 as working_pb
from reverie_server.identity.relationships.storylines.model import Storyline, StorylineEdit
from reverie_server.rpc.etags import etag
from reverie_server.rpc.timestamps import microseconds, timestamp
from reverie_server.tiers.working.model import StorylineStatus


def statuses(numbers: Sequence[working_pb.StorylineStatus]) -> tuple[StorylineStatus, ...]:
    """Those that are said."""
    return tuple(StorylineStatus(number) for number in numbers if number)


def edit(message: pb.Storyline) -> StorylineEdit:
    return StorylineEdit(
        status=StorylineStatus(message.status) if message.status else None,
        summary=message.summary,
        follow_up=message.follow_up,
        follow_up_time=microseconds(message, "follow_up_time"),
    )


def storyline_message(storyline: Storyline) -> pb.Storyline:
    return pb.Storyline(
        storyline_id=storyline.storyline_id,
        topic=storyline.topic,
        status=cast(working_pb.StorylineStatus, storyline.status.value),
        summary=storyline.summary,
        follow_up=storyline.follow_up,
        follow_up_time=timestamp(storyline.follow_up_time),
        session_id=storyline.session_id,
        first_mentioned_time=timestamp(storyline.first_mentioned_time),
        last_mentioned_time=timestamp(storyline.last_mentioned_time),
        resolve_time=timestamp(storyline.resolve_time),
        create_time=timestamp(storyline.create_time),
        update_time=timestamp(storyline.update_time),
        etag=etag(storyline.version),
    )
