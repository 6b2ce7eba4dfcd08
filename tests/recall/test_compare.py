"""CompareAcrossPersonas, for callers who may."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import pytest_asyncio

from reverie.v1 import common_pb2 as common
from reverie.v1 import recall_service_pb2 as pb
from reverie.v1 import relationship_service_pb2 as relationship
from reverie_server.bootstrap import Application
from tests.backends import settings_of
from tests.channels import connect
from tests.recall.talk import USER, Talk
from tests.refusals import refusal


@pytest_asyncio.fixture
async def allowed(tmp_path: Path) -> AsyncIterator[Talk]:
    """Speaks to a server that lets personas be compared."""
    settings = await settings_of(tmp_path / "data", compare_personas=True)
    application = await Application.start(settings)
    async with connect(application.address, "w") as channel:
        yield Talk(channel)
    await application.stop()


async def test_each_recalls_what_its_own_relationship_allows(allowed: Talk) -> None:
    await allowed.conversation("The old cake is chocolate.")
    await allowed.end()
    await allowed.start("e", persona="elena")
    request = relationship.UpdateRelationshipRequest(user_id=USER, persona_id="elena")
    request.relationship.memory_config.remember_past_conversations = False
    request.update_mask.paths.append("memory_config")
    await allowed.relationships.UpdateRelationship(request)
    answer = await allowed.memories.CompareAcrossPersonas(
        pb.CompareAcrossPersonasRequest(
            user_id=USER, persona_ids=["elena", "brad"], query="Which cake?"
        )
    )
    hers, his = ({hit.text for hit in each.hits} for each in answer.personas)
    assert not hers
    assert "The old cake is chocolate." in his


async def test_each_answers_with_what_it_may_read(allowed: Talk) -> None:
    private = common.VISIBILITY_PRIVATE
    await allowed.conversation("The secret cake is chocolate.", visibility=private)
    await allowed.conversation("The public cake is plain.", session_id="e", persona="elena")
    request = pb.CompareAcrossPersonasRequest(
        user_id=USER, persona_ids=["elena", "brad", "nobody"], query="Which cake?", explain=True
    )
    answer = await allowed.memories.CompareAcrossPersonas(request)
    assert {each.persona_id: {hit.text for hit in each.hits} for each in answer.personas} == {
        "elena": {"The public cake is plain."},
        "brad": {"The public cake is plain.", "The secret cake is chocolate."},
        "nobody": {"The public cake is plain."},
    }
    assert [each.persona_id for each in answer.personas] == ["elena", "brad", "nobody"]
    assert all(hit.score_parts for each in answer.personas for hit in each.hits)
    assert answer.revision == (await allowed.recall("cake")).revision
    request.limit = 1
    answer = await allowed.memories.CompareAcrossPersonas(request)
    assert [len(each.hits) for each in answer.personas] == [1, 1, 1]

    request.user_id = "nobody"
    missing = await refusal(allowed.memories.CompareAcrossPersonas(request))
    assert missing.code is grpc.StatusCode.NOT_FOUND
    for query in ("", " "):
        bad = pb.CompareAcrossPersonasRequest(user_id=USER, persona_ids=["brad"], query=query)
        refused = await refusal(allowed.memories.CompareAcrossPersonas(bad))
        assert (refused.code, refused.fields) == (grpc.StatusCode.INVALID_ARGUMENT, ("query",))
    nobody = pb.CompareAcrossPersonasRequest(user_id=USER, query="Which cake?")
    refused = await refusal(allowed.memories.CompareAcrossPersonas(nobody))
    assert (refused.code, refused.fields) == (grpc.StatusCode.INVALID_ARGUMENT, ("persona_ids",))
