"""No answer is larger than any gRPC client takes by default, however large the memories are."""

from __future__ import annotations

import grpc.aio
from google.protobuf.struct_pb2 import Struct

from reverie.v1 import working_memory_service_pb2 as working
from reverie_server.rpc import limits
from tests.rpc.contract import answer

PAIR = {"user_id": "alice", "persona_id": "brad"}
LARGEST_ANSWER = 4 * limits.MIB
DOCUMENTS = 12
ENTRIES = 140


def large_document(number: int) -> Struct:
    struct = Struct()
    struct.update({"name": f"climbing wall {number}", "text": "x" * (limits.DOCUMENT_BYTES - 100)})
    return struct


async def put_large_documents(channel: grpc.aio.Channel) -> None:
    for number in range(DOCUMENTS):
        await answer(
            channel,
            "PutDocument",
            **PAIR,
            document_id=f"d{number}",
            content=large_document(number),
        )


async def test_recall(channel: grpc.aio.Channel) -> None:
    await put_large_documents(channel)
    for name, fields in {
        "Recall": {**PAIR, "limit": 200},
        "SearchDocuments": {**PAIR, "page_size": 200},
        "CompareAcrossPersonas": {
            "user_id": "alice",
            "persona_ids": ["brad", "carol"],
            "limit": 50,
        },
    }.items():
        found = await answer(channel, name, query="climbing wall", **fields)
        assert found.ByteSize() <= LARGEST_ANSWER, name


async def test_lists(channel: grpc.aio.Channel) -> None:
    await put_large_documents(channel)
    for name in ("ListDocuments", "ListMemories"):
        token, count = "", 0
        while True:
            page = await answer(channel, name, **PAIR, page_size=1_000, page_token=token)
            assert page.ByteSize() <= LARGEST_ANSWER, name
            count += len(page.documents if name == "ListDocuments" else page.memories)
            token = page.next_page_token
            if not token:
                break
        assert count == DOCUMENTS, name


async def test_searches_of_a_session(channel: grpc.aio.Channel) -> None:
    session = {**PAIR, "session_id": "talk"}
    await answer(channel, "StartSession", **session)
    text = "climbing wall " + "x" * (limits.STRING_BYTES["content"] - 20)
    entries = [working.Entry(role=working.ROLE_USER, content=text)] * 28
    for _ in range(ENTRIES // len(entries)):
        await answer(channel, "AppendEntries", **session, entries=entries)
    for name, fields in {
        "SearchEntries": {**session, "limit": 200},
        "Recall": {**PAIR, "limit": 200},
    }.items():
        found = await answer(channel, name, query="climbing wall", **fields)
        assert 0 < found.ByteSize() <= LARGEST_ANSWER, name
    await answer(channel, "EndSession", **session, summary="climbing")
    found = await answer(channel, "SearchEpisodes", **PAIR, query="climbing wall", page_size=200)
    assert 0 < found.ByteSize() <= LARGEST_ANSWER


async def test_the_last_calls_and_storylines(channel: grpc.aio.Channel) -> None:
    text = "x" * (limits.STRING_BYTES["summary"] - 20)
    for number in range(60):
        session = {**PAIR, "session_id": f"talk {number}"}
        await answer(channel, "StartSession", **session)
        storylines = [
            working.SuppliedStoryline(topic=f"topic {number} {place}", summary=text)
            for place in range(2)
        ]
        await answer(channel, "EndSession", **session, summary=text, storylines=storylines)
    recent = await answer(channel, "GetRecentCalls", **PAIR, limit=60)
    assert recent.calls
    assert recent.ongoing_storylines
    assert recent.ByteSize() <= LARGEST_ANSWER
    token, count = "", 0
    while True:
        page = await answer(channel, "ListStorylines", **PAIR, page_size=1_000, page_token=token)
        assert page.ByteSize() <= LARGEST_ANSWER
        count += len(page.storylines)
        token = page.next_page_token
        if not token:
            break
    assert count == 120
