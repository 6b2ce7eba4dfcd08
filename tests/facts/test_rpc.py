"""FactService over the wire."""

from __future__ import annotations

from typing import Any

import grpc
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.timestamp_pb2 import Timestamp

from reverie.v1 import common_pb2
from reverie.v1 import fact_service_pb2 as pb
from reverie.v1 import fact_service_pb2_grpc as rpc
from tests.refusals import Refusal, refusal

ANN: dict[str, Any] = {"user_id": "ann", "persona_id": "brad"}


def lives_in(city: str, since: int, **fields: Any) -> pb.NewFact:
    return pb.NewFact(
        statement=f"Ann lives in {city}.",
        predicate="lives_in",
        object=city,
        valid_from=Timestamp(seconds=since),
        **fields,
    )


async def test_a_fact_s_life(stub: rpc.FactServiceStub) -> None:
    told = await stub.AddFacts(
        pb.AddFactsRequest(
            **ANN,
            facts=[
                lives_in("Bern", 100, category="home", metadata={"by": "form"}),
                lives_in("Thun", 200, confidence=0.9, importance=0.0),
            ],
        )
    )
    assert [each.outcome for each in told.told] == [pb.FACT_OUTCOME_STORED] * 2
    bern, thun = (each.fact_id for each in told.told)
    assert list(told.told[1].changed_fact_ids) == [bern]

    got = (await stub.GetFact(pb.GetFactRequest(**ANN, fact_id=bern))).fact
    assert (got.user_id, got.persona_id, got.subject) == ("ann", "brad", "user")
    assert (got.category, dict(got.metadata)) == ("home", {"by": "form"})
    assert (got.valid_from.seconds, got.valid_to.seconds) == (100, 200)
    assert (got.superseded_by, got.change) == (thun, pb.FACT_CHANGE_KIND_SUPERSEDED)
    assert (got.visibility, got.scope) == (common_pb2.VISIBILITY_SHARED, pb.FACT_SCOPE_USER)
    assert got.source == common_pb2.MEMORY_SOURCE_APPLICATION
    assert (got.confidence, got.importance, got.trust) == (0.8, 0.5, 0.8)
    now = (await stub.GetFact(pb.GetFactRequest(**ANN, fact_id=thun))).fact
    assert (list(now.supersedes), now.confidence, now.importance) == ([bern], 0.9, 0.0)
    assert not now.HasField("valid_to")

    listed = await stub.ListFacts(pb.ListFactsRequest(**ANN))
    assert [each.fact_id for each in listed.facts] == [thun]
    then = await stub.ListFacts(pb.ListFactsRequest(**ANN, as_of=Timestamp(seconds=150)))
    assert [each.fact_id for each in then.facts] == [bern]
    page = await stub.ListFacts(pb.ListFactsRequest(**ANN, include_past=True, page_size=1))
    assert page.next_page_token

    restored = await stub.RestoreFact(
        pb.RestoreFactRequest(**ANN, fact_id=bern, etag=got.etag, request_id="r")
    )
    assert restored.fact.change == pb.FACT_CHANGE_KIND_RESTORED
    assert restored.revision > told.revision
    confirmed = await stub.ConfirmFact(pb.ConfirmFactRequest(**ANN, fact_id=bern, confidence=0.99))
    assert (confirmed.fact.stated_confidence, confirmed.fact.confirm_count) == (0.99, 1)
    updated = await stub.UpdateFact(
        pb.UpdateFactRequest(
            **ANN,
            fact=pb.Fact(fact_id=bern, pinned=True, etag=confirmed.fact.etag),
            update_mask=FieldMask(paths=["pinned"]),
        )
    )
    assert updated.fact.pinned
    retracted = await stub.RetractFact(pb.RetractFactRequest(**ANN, fact_id=bern))
    assert retracted.fact.HasField("retracted_time")
    history = await stub.GetFactHistory(pb.GetFactHistoryRequest(**ANN, fact_id=bern))
    assert [state.version for state in history.states] == [6, 5, 4, 3, 2, 1]
    assert history.states[0].etag == retracted.fact.etag


async def test_what_is_wrong_with_a_fact_is_named(stub: rpc.FactServiceStub) -> None:
    backwards = lives_in("Bern", 100, valid_to=Timestamp(seconds=100))
    refused = await refusal(stub.AddFacts(pb.AddFactsRequest(**ANN, facts=[backwards])))
    assert refused == Refusal(
        grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD", ("facts[0].valid_to",)
    )
    unfounded = lives_in("Bern", 100, entry_ids=["nothing"])
    refused = await refusal(stub.AddFacts(pb.AddFactsRequest(**ANN, facts=[unfounded])))
    assert refused.code is grpc.StatusCode.NOT_FOUND
    refused = await refusal(
        stub.AddFacts(pb.AddFactsRequest(**ANN, session_id="none", facts=[lives_in("Bern", 1)]))
    )
    assert refused.code is grpc.StatusCode.NOT_FOUND


async def test_a_batch_has_two_mebibytes_at_most(stub: rpc.FactServiceStub) -> None:
    large = [pb.NewFact(statement=f"{number} " + "x" * 60_000) for number in range(40)]
    refused = await refusal(stub.AddFacts(pb.AddFactsRequest(**ANN, facts=large)))
    assert refused == Refusal(grpc.StatusCode.INVALID_ARGUMENT, "FIELD_TOO_LARGE", ("facts",))
