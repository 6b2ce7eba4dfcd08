"""Load generator: one client asks for one prompt after another, the echo and the server in turn.

    python -m bench.prompt_load ECHO_ADDRESS SERVER_ADDRESS PAIRS CALLS

Of the user 47 facts, 10 past calls and 3 storylines are known; every second request has a topic
that is new, the others have none. Prints one JSON object: the median latency of each round, and the
server's over all rounds, in milliseconds.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from itertools import count, islice
from statistics import median
from typing import Any

import grpc.aio
from google.protobuf.timestamp_pb2 import Timestamp

from bench import echo_server
from bench.loops import run
from bench.recall_load import timed_round
from bench.scores import percentile
from bench.settled import settled
from bench.texts import memories, questions
from reverie import Reverie
from reverie.v1.episodic_memory_service_pb2 import PutEpisodeRequest
from reverie.v1.fact_service_pb2 import AddFactsRequest, NewFact
from reverie.v1.persona_service_pb2 import CreatePersonaRequest, Persona
from reverie.v1.prompt_service_pb2 import ComposePromptRequest
from reverie.v1.prompt_service_pb2_grpc import PromptServiceStub
from reverie.v1.relationship_service_pb2 import GetOrCreateRelationshipRequest
from reverie.v1.user_service_pb2 import CreateUserRequest, User
from reverie.v1.working_memory_service_pb2 import (
    EndSessionRequest,
    StartSessionRequest,
    SuppliedStoryline,
)

USER, PERSONA = "alice", "brad"
KNOWN, CALLS = 47, 10
BUDGET = 2_000
STORYLINES = tuple(
    SuppliedStoryline(topic=f"conflict {number}", summary="It goes on.", follow_up="How is it?")
    for number in range(3)
)
AVOIDED = "dad's death (sensitive); weight/body image; politics"


async def fill(reverie: Reverie) -> None:
    """A persona, a user with preferences, and what it knows of them."""
    await reverie.personas.CreatePersona(
        CreatePersonaRequest(
            persona_id=PERSONA,
            persona=Persona(
                display_name="Brad",
                core_prompt="You are Brad. You are decisive, and you say what you think. " * 3,
                personality_traits={"humor_type": "dry", "voice_tone": "gruff"},
                behavioral_rules=["Give practical advice.", "Use casual language."],
            ),
        )
    )
    await reverie.users.CreateUser(
        CreateUserRequest(
            user_id=USER,
            user=User(display_name="Alice", preferences={"topics_to_avoid": AVOIDED}),
        )
    )
    await reverie.relationships.GetOrCreateRelationship(
        GetOrCreateRelationshipRequest(
            user_id=USER, persona_id=PERSONA, custom_prompt="You call her 'dude'."
        )
    )
    texts = list(memories(USER, KNOWN + 3 * CALLS))
    await reverie.facts.AddFacts(
        AddFactsRequest(
            user_id=USER,
            persona_id=PERSONA,
            facts=[
                NewFact(statement=text, importance=number % 10 / 10)
                for number, text in enumerate(texts[:KNOWN])
            ],
        )
    )
    for day in range(CALLS - 1):
        start = 1_735_689_600 + day * 86_400
        await reverie.episodic.PutEpisode(
            PutEpisodeRequest(
                user_id=USER,
                persona_id=PERSONA,
                session_id=f"call-{day}",
                start_time=Timestamp(seconds=start),
                end_time=Timestamp(seconds=start + 600),
                summary=" ".join(texts[KNOWN + 3 * day : KNOWN + 3 * day + 3]),
            )
        )
    last = "last-call"
    await reverie.working.StartSession(
        StartSessionRequest(user_id=USER, persona_id=PERSONA, session_id=last)
    )
    await reverie.working.EndSession(
        EndSessionRequest(
            user_id=USER,
            persona_id=PERSONA,
            session_id=last,
            summary=" ".join(texts[-3:]),
            storylines=STORYLINES,
        )
    )


async def measure(echo: str, server: str, pairs: int, calls: int) -> dict[str, Any]:
    async with Reverie(server) as reverie:
        await fill(reverie)
        await settled(reverie)
    requests = _requests()
    async with (
        grpc.aio.insecure_channel(echo) as echo_channel,
        grpc.aio.insecure_channel(server) as server_channel,
    ):
        bare = echo_server.stub(echo_channel, "ComposePrompt")
        compose = PromptServiceStub(server_channel).ComposePrompt
        (first,) = await timed_round(compose, islice(requests, 1))
        await timed_round(bare, islice(requests, calls))
        await timed_round(compose, islice(requests, calls))
        echo_medians, server_medians, latencies = [], [], []
        for _ in range(pairs):
            echo_medians.append(median(await timed_round(bare, islice(requests, calls))))
            took = await timed_round(compose, islice(requests, calls))
            server_medians.append(median(took))
            latencies += took
        answer = await compose(next(requests))
        return {
            "echo_p50_ms": echo_medians,
            "server_p50_ms": server_medians,
            "server_p99_ms": percentile(latencies, 99),
            "first_ms": first,
            "tokens": answer.token_count,
            "included": len(answer.included),
            "dropped": len(answer.dropped),
        }


def _requests() -> Iterator[ComposePromptRequest]:
    topics = questions("topics", list(memories(USER, KNOWN)))
    for number in count():
        yield ComposePromptRequest(
            user_id=USER,
            persona_id=PERSONA,
            topic=next(topics) if number % 2 else "",
            token_budget=BUDGET,
        )


if __name__ == "__main__":
    echo_address, server_address, number, length = sys.argv[1:]
    print(json.dumps(run(measure(echo_address, server_address, int(number), int(length)))))
