"""The blocking client, beyond what the behaviour scenarios play: its README, streams, threads."""

from __future__ import annotations

import asyncio
import contextlib
import io
import runpy
from pathlib import Path

import pytest

import reverie
from proto.blocking_client import rewritten
from reverie.blocking import Reverie
from reverie.v1.recall_service_pb2 import RecallRequest
from reverie.v1.user_service_pb2 import GetUserRequest
from reverie_server.bootstrap import Application
from tests.docs.markdown import blocks, read


async def test_the_readmes_example(server: Application, tmp_path: Path) -> None:
    (code,) = (
        block
        for block in blocks(read("clients/python/README.md"), "python")
        if "reverie.blocking" in block
    )
    script = tmp_path / "main.py"
    script.write_text(code.replace("127.0.0.1:50051", server.address), encoding="utf-8")

    with contextlib.redirect_stdout(io.StringIO()) as printed:
        await asyncio.to_thread(runpy.run_path, str(script))

    assert "I am allergic to peanuts." in printed.getvalue()


async def test_export_import_and_a_job(server: Application, workspace: str, tmp_path: Path) -> None:
    file = tmp_path / "alice.jsonl"

    def work() -> None:
        with Reverie(server.address, workspace=workspace) as client:
            with client.session("alice", "brad") as call:
                call.say("I am allergic to peanuts.")
                ended = call.end()
            *_, last = client.follow_job(ended.job_id, user_id="alice", persona_id="brad")
            assert last.state == reverie.JobState.JOB_STATE_SUCCEEDED
            assert client.export_user("alice", file) > 0
        with Reverie(server.address, workspace=f"{workspace}-2") as client:
            assert client.import_user(file).done
            assert client.recall("alice", "brad", "allergic to peanuts").hits

    await asyncio.to_thread(work)


async def test_threads_share_one(server: Application, workspace: str) -> None:
    with Reverie(server.address, workspace=workspace) as client:

        def work(number: int) -> None:
            with client.session(f"user-{number % 2}", "brad") as call:
                call.say(f"The secret number is {number}.")
                found = client.recall(f"user-{number % 2}", "brad", f"secret number {number}")
                assert any(str(number) in hit.text for hit in found.hits)

        await asyncio.gather(*(asyncio.to_thread(work, number) for number in range(8)))


async def test_errors_are_those_of_the_async_client(server: Application, workspace: str) -> None:
    with Reverie(server.address, workspace=workspace) as client:
        with pytest.raises(reverie.NotFoundError) as failure:
            await asyncio.to_thread(client.users.GetUser, GetUserRequest(user_id="bob"))
        assert failure.value.reason == "RESOURCE_NOT_FOUND"
        with pytest.raises(TypeError):
            client.users.GetUser(RecallRequest())  # type: ignore[arg-type]


def test_without_a_server_it_says_so() -> None:
    with (
        Reverie("127.0.0.1:1", timeout=0.2) as client,
        pytest.raises(reverie.ReverieError, match=r"is a server running there|connect"),
    ):
        client.users.GetUser(GetUserRequest(user_id="alice"))


def test_docstrings_are_rewritten_too() -> None:
    assert rewritten('"""``async with``: ``await a.b()``."""') == '"""``with``: ``a.b()``."""'
