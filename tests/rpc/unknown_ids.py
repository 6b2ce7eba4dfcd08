"""Requests that name what is not there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from tests.rpc.spoiled import places

NOT_THERE: Final = "nobody-has-this-id"
_NAMES_SOMETHING = frozenset({"key", "timeline"})
_NAMES_THE_REQUEST = frozenset({"request_id"})
_REFERENCES = frozenset(
    {
        "episode.episode_id",
        "fact.fact_id",
        "memories[0].memory_id",
        "storyline.storyline_id",
    }
)
"""Fields of nested messages that name something; the others are the server's to set, or notes."""

CREATES: Final = frozenset(
    {
        "StartSession.user_id",
        "StartSession.persona_id",
        "StartSession.session_id",
        "OpenTimeline.timeline",
        "BookmarkSession.bookmark_id",
        "PutEpisode.user_id",
        "PutEpisode.persona_id",
        "PutEpisode.session_id",
        "RehydrateSession.new_session_id",
        "PutDocument.user_id",
        "PutDocument.persona_id",
        "PutDocument.document_id",
        "PutProcedure.user_id",
        "PutProcedure.persona_id",
        "PutProcedure.key",
        "PutTemplate.persona_id",
        "CreateUser.user_id",
        "ImportUser.user_id",
        "CreatePersona.persona_id",
        "GetOrCreateRelationship.user_id",
        "GetOrCreateRelationship.persona_id",
    }
)
"""What is made when it is missing."""

READS_WHAT_IS_SHARED: Final = frozenset(
    {
        "ListSessions.persona_id",
        "SearchEpisodes.persona_id",
        "GetEpisode.persona_id",
        "ListEpisodes.persona_id",
        "GetDocument.persona_id",
        "ListDocuments.persona_id",
        "SearchDocuments.persona_id",
        "DeleteDocument.persona_id",
        "GetFact.persona_id",
        "ListFacts.persona_id",
        "SearchFacts.persona_id",
        "GetFactHistory.persona_id",
        "GetUserProfile.persona_id",
        "DetectConflicts.persona_id",
        "ListEntities.persona_id",
        "GetEntity.persona_id",
        "ListRelatedEntities.persona_id",
        "RetractFact.persona_id",
        "RestoreFact.persona_id",
        "ConfirmFact.persona_id",
        "UpdateFact.persona_id",
        "ListProcedures.persona_id",
        "SearchProcedures.persona_id",
        "CompareAcrossPersonas.persona_ids",
        "ListJobs.persona_id",
    }
)
"""A persona that has not met the user yet reads what others share of them, and has nothing else."""

CONDITIONS: Final = frozenset(
    {
        "ListEntries.timeline",
        "ListEntries.key",
        "SearchEntries.timeline",
        "SummarizeSession.timeline",
        "ListJobs.session_id",
    }
)
"""Nothing may meet them."""


def unknown_ids(valid: Any) -> Iterator[tuple[str, Message]]:
    """The request once for each id in it, with that id unknown."""
    for place in places(valid.DESCRIPTOR):
        is_id = place.name.endswith(("_id", "_ids")) or place.name in _NAMES_SOMETHING
        is_text = place.descriptor.type == FieldDescriptor.TYPE_STRING
        is_reference = "." not in place.path or place.path in _REFERENCES
        if not (is_id and is_text and is_reference) or place.name in _NAMES_THE_REQUEST:
            continue
        request = type(valid)()
        request.CopyFrom(valid)
        holder = place.reach(request)
        if place.descriptor.is_repeated:
            holder.ClearField(place.name)
            getattr(holder, place.name).append(NOT_THERE)
        else:
            setattr(holder, place.name, NOT_THERE)
        yield place.path, request
