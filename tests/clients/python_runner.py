"""Plays the behaviour scenarios through the Python client, or with ``blocking`` the blocking one.

What it reads and prints stands in ``clients/behaviour/README.md``.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import sys
import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.message import Message

from reverie import Reverie, ReverieError
from reverie.blocking import Reverie as BlockingReverie
from reverie.blocking import services as blocking_services
from reverie.v1 import services
from tests.clients.matching import captured, mismatch, substituted

_TOLD: Final = ("retry_delay", "incident_id", "metadata")
"""Parts of an error that are compared as they are, if the scenario names them."""


class Scenario:
    """One scenario, being played."""

    services: ModuleType = services
    """Where the classes of the client's services are."""

    def __init__(self, reverie: Any) -> None:
        self._reverie = reverie
        self._variables: dict[str, Any] = {}
        self._session: Any = None

    async def told(self, method: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        """What a method of the client answers."""
        return await method(*arguments, **named)

    async def all(self, items: Any) -> list[Any]:
        """What one of its iterators gives."""
        return [item async for item in items]

    def stream(self, requests: Sequence[Message]) -> Any:
        """What one of its uploads takes."""

        async def streamed() -> AsyncIterator[Message]:
            for request in requests:
                yield request

        return streamed()

    async def play(self, step: Mapping[str, Any]) -> str:
        """One step, as often as it says; what is wrong with it, or nothing."""
        for _ in range(step.get("rounds", 1)):
            if wrong := await self._play_once(step):
                return wrong
        return ""

    async def _play_once(self, step: Mapping[str, Any]) -> str:
        step = {**step} if "load" in step else substituted(step, self._variables)
        try:
            answer = await self._answer(step)
        except ReverieError as failure:
            return wrong_error(step.get("error"), failure)
        if "error" in step:
            return f"succeeded with {answer!r}"
        if wrong := mismatch(step.get("expect", {}), answer) if "expect" in step else "":
            return wrong
        for variable, path in step.get("capture", {}).items():
            self._variables[variable] = captured(answer, path)
        return ""

    async def _answer(self, step: Mapping[str, Any]) -> Any:
        timeout = step.get("timeout")
        if "call" in step:
            rpc = self._rpc(step["call"])
            return as_json(await self.told(rpc, request_of(rpc, step["request"]), timeout=timeout))
        if "collect" in step:
            rpc = self._rpc(step["collect"])
            items = rpc.items(request_of(rpc, step["request"]), timeout=timeout)
            return [as_json(item) for item in await self.all(items)]
        if "download" in step:
            rpc = self._rpc(step["download"])
            answers = rpc(request_of(rpc, step["request"]), timeout=timeout)
            return [as_json(answer) for answer in await self.all(answers)]
        if "upload" in step:
            rpc = self._rpc(step["upload"])
            requests = [request_of(rpc, each) for each in step["requests"]]
            streamed = self.stream(requests * step.get("times", 1))
            return as_json(await self.told(rpc, streamed, timeout=timeout))
        if "session" in step:
            return await self._with_session(step)
        if "load" in step:
            return await self._load(step)
        return await asyncio.to_thread(restart)

    def _rpc(self, name: str) -> Any:
        service, method = name.split("/")
        kind = getattr(self.services, service)
        (found,) = (each for each in vars(self._reverie).values() if type(each) is kind)
        return getattr(found, method)

    async def _with_session(self, step: Mapping[str, Any]) -> Any:
        if step["session"] == "start":
            self._session = self._reverie.session(step["user_id"], step["persona_id"])
            return as_json((await self.told(self._session.start)).info)
        session = self._session
        assert session is not None
        match step["session"]:
            case "say" | "reply" | "note" as how:
                return await self.told(getattr(session, how), step["content"])
            case "entries":
                return [as_json(entry) for entry in await self.all(session.entries())]
            case "recall":
                return as_json(await self.told(session.recall, step["query"]))
            case "end":
                return as_json(await self.told(session.end))
        raise ValueError(step)

    async def _load(self, step: Mapping[str, Any]) -> None:
        rpc = self._rpc(step["load"])
        numbers = iter(range(step["times"]))
        answered, restarting = 0, asyncio.Event()

        async def caller() -> None:
            nonlocal answered
            for number in numbers:
                variables = {**self._variables, "number": number}
                request = request_of(rpc, substituted(step["request"], variables))
                await self.told(rpc, request, timeout=step.get("timeout"))
                answered += 1
                if answered == step["restart_after"]:
                    restarting.set()

        async with asyncio.TaskGroup() as tasks:
            for _ in range(step["in_flight"]):
                tasks.create_task(caller())
            await restarting.wait()
            await asyncio.to_thread(restart)


class BlockingScenario(Scenario):
    """Plays through the blocking client, a thread a call."""

    services = blocking_services

    async def told(self, method: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        return await asyncio.to_thread(method, *arguments, **named)

    async def all(self, items: Any) -> list[Any]:
        return await asyncio.to_thread(list, items)

    def stream(self, requests: Sequence[Message]) -> Any:
        return iter(requests)


def request_of(rpc: Any, fields: Mapping[str, Any]) -> Message:
    """The request that an RPC takes, of protobuf JSON."""
    request: Message = rpc.request_type()
    return ParseDict(dict(fields), request)


def as_json(message: Message) -> Any:
    """A message as protobuf JSON, with the protos' names."""
    return MessageToDict(message, preserving_proto_field_name=True)


def wrong_error(expected: Mapping[str, Any] | None, failure: ReverieError) -> str:
    """How the error differs from the one that is expected; empty: it does not."""
    if expected is None:
        return f"failed: {failure}"
    actual: dict[str, Any] = {
        "code": failure.code.name,
        "reason": failure.reason,
        "fields": [each.field for each in failure.fields],
    } | {name: getattr(failure, name) for name in _TOLD}
    return mismatch(expected, actual, "error")


def restart() -> None:
    """Have the server killed and started; returns when it serves."""
    address = os.environ["BEHAVIOUR_CONTROL"].removeprefix("http://")
    connection = http.client.HTTPConnection(address)
    connection.request("POST", "/restart")
    assert connection.getresponse().status == 200
    connection.close()


async def run(scenario: Mapping[str, Any], *, blocking: bool) -> dict[str, Any]:
    """Play a scenario; gives the line to print."""
    kind = "PEER" if scenario.get("server") == "peer" else "SERVER"
    address = os.environ[f"BEHAVIOUR_{kind}"]
    workspace = f"python-{uuid.uuid4()}"
    if blocking:
        with BlockingReverie(address, workspace=workspace) as client:
            return await played(BlockingScenario(client), scenario)
    async with Reverie(address, workspace=workspace) as reverie:
        return await played(Scenario(reverie), scenario)


async def played(playing: Scenario, scenario: Mapping[str, Any]) -> dict[str, Any]:
    """The line to print."""
    for number, step in enumerate(scenario["steps"]):
        if why := await playing.play(step):
            return {"scenario": scenario["name"], "passed": False, "step": number, "why": why}
    return {"scenario": scenario["name"], "passed": True}


def main() -> int:
    """Play all scenarios, one after the other."""
    blocking = sys.argv[1:] == ["blocking"]
    all_passed = True
    for file in sorted(Path(os.environ["BEHAVIOUR_SCENARIOS"]).glob("*.json")):
        result = asyncio.run(run(json.loads(file.read_text(encoding="utf-8")), blocking=blocking))
        all_passed &= result["passed"]
        print(json.dumps(result), flush=True)
    return 0 if all_passed else 1


if __name__ == "__main__":
    sys.exit(main())
