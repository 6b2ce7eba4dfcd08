"""What exports and imports may take on a server's disk, and whom a large one holds up."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reverie import (
    DeadlineExceededError,
    FailedPreconditionError,
    InvalidArgumentError,
    ResourceExhaustedError,
    Reverie,
)
from reverie.v1.privacy_service_pb2 import ImportUserRequest
from reverie.v1.user_service_pb2 import DeleteUserRequest
from reverie_server.bootstrap import Application
from reverie_server.errors import ResourceExhausted
from reverie_server.governance.portability import importing, servicer, shelf
from reverie_server.governance.portability.budget import Budget
from reverie_server.governance.portability.fields import FIRST_TIME, LARGEST, FieldType, Misfit
from reverie_server.governance.portability.kind import Kind
from reverie_server.governance.portability.kinds import BY_NAME, KINDS
from reverie_server.governance.portability.lines import Record, Tally, end_line, parse
from reverie_server.governance.portability.shelf import Shelf
from reverie_server.governance.portability.spool import Spool
from reverie_server.storage.statements import Statement
from tests.backends import settings_of
from tests.channels import connect
from tests.looking_again import until
from tests.portability.places import PAIR, USER, Place, exported, imported, records
from tests.rpc.contract import answer

ROOM = 64 * 1024


@pytest.fixture
async def small(tmp_path: Path) -> AsyncIterator[Place]:
    """A workspace of a server that has little room."""
    settings = await settings_of(
        tmp_path / "data", spool_bytes=ROOM, spool_folder=tmp_path / "a" / "spool"
    )
    application = await Application.start(settings)
    async with (
        connect(application.address, "default") as channel,
        Reverie(application.address, workspace="default") as reverie,
    ):
        yield Place(reverie, channel)
    await application.stop()


def with_entries(data: bytes, size: int, content: str = "It rains. " * 50) -> bytes:
    """The file with more entries of its first session, of about so many bytes."""
    header, *lines, _ = data.splitlines(keepends=True)
    tally, parts, more = Tally(), [header], size
    for line in lines:
        record = json.loads(line)
        parts.append(line)
        tally.add(BY_NAME[record["record"]], line)
        if record["record"] == "entry":
            for number in range(1_000_000, 10_000_000):
                if more <= 0:
                    break
                record |= {"entry_id": str(number), "position": number, "content": content}
                parts.append(json.dumps(record).encode() + b"\n")
                tally.add(BY_NAME["entry"], parts[-1])
                more -= len(parts[-1])
    return b"".join([*parts, end_line(tally.trailer())])


async def user_with_an_entry(at: Place) -> bytes:
    talk = {**PAIR, "session_id": "talk"}
    await answer(at.channel, "StartSession", **talk)
    await answer(at.channel, "AppendEntries", **talk, entries=[{"role": 1, "content": "Hello."}])
    return await exported(at)


@pytest.mark.parametrize("piece_bytes", [1024, shelf.PIECE_BYTES], ids=["written", "unwritten"])
async def test_one_that_is_under_way_keeps_its_room_and_one_that_was_left_makes_some(
    small: Place, monkeypatch: pytest.MonkeyPatch, piece_bytes: int
) -> None:
    monkeypatch.setattr(shelf, "PIECE_BYTES", piece_bytes)
    large = with_entries(await user_with_an_entry(small), ROOM * 2 // 3)
    most = len(large) - 1_000
    enough = asyncio.Event()

    async def slowly() -> AsyncIterator[ImportUserRequest]:
        yield ImportUserRequest(user_id=USER, request_id="1", data=large[:most])
        await enough.wait()

    async def next_offset(user_id: str, request_id: str, *data: bytes, offset: int = 0) -> int:
        about = {"user_id": user_id, "request_id": request_id}
        return (await imported(small, *data or (b"",), offset=offset, **about)).next_offset

    under_way = asyncio.ensure_future(small.reverie.privacy.ImportUser(slowly()))
    await until("the import's last byte", lambda: next_offset(USER, "1"), lambda come: come >= most)
    come = await next_offset("other", "2", large[:10_000])
    with pytest.raises(ResourceExhaustedError, match="REVERIE_SPOOL_BYTES"):
        await next_offset("other", "2", large[come:most], offset=come)
    assert await next_offset("other", "2") == come == 10_000

    enough.set()
    await under_way
    assert await next_offset("other", "2", large[come:most], offset=come) == most
    assert await next_offset(USER, "1") == 0


async def test_what_never_finds_room_is_refused(small: Place) -> None:
    data = await user_with_an_entry(small)
    with pytest.raises(InvalidArgumentError, match=str(ROOM)):
        await imported(small, with_entries(data, ROOM), replace=True)

    talk = {**PAIR, "session_id": "talk"}
    said = [{"role": 1, "content": "It rains. " * 1_000} for _ in range(ROOM // 10_000 + 1)]
    await answer(small.channel, "AppendEntries", **talk, entries=said)
    for _ in range(2):
        with pytest.raises(ResourceExhaustedError, match="this one alone") as refused:
            await exported(small)
        assert refused.value.retry_delay is None
    # What was refused has left nothing behind.
    assert (await imported(small, data, replace=True)).done


async def test_an_export_takes_the_room_of_imports_that_were_left(small: Place) -> None:
    data = await user_with_an_entry(small)
    large = with_entries(data, ROOM * 2 // 3)
    await imported(small, large, replace=True)
    for request_id in ("1", "2"):
        about = {"user_id": f"left {request_id}", "request_id": request_id}
        await imported(small, large[: ROOM // 3], **about)

    assert len(await exported(small)) > ROOM // 2
    assert (await imported(small, b"", user_id="left 1", request_id="1")).next_offset == 0


async def test_an_import_that_sends_nothing_is_left(
    small: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = await user_with_an_entry(small)
    about = {"user_id": "other", "request_id": "1"}

    async def forever() -> AsyncIterator[ImportUserRequest]:
        yield ImportUserRequest(user_id="other", request_id="1", data=data[:100])
        await asyncio.Event().wait()

    with monkeypatch.context() as patched:
        patched.setattr(servicer, "PATIENCE_SECONDS", 0.01)
        with pytest.raises(DeadlineExceededError):
            await small.reverie.privacy.ImportUser(forever())
    assert (await imported(small, b"", **about)).next_offset == 100


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 60)), max_size=40))
def test_a_budget_is_what_its_spools_hold(steps: list[tuple[int, int]]) -> None:
    budget = Budget(100)
    spools = [Spool(None, budget) for _ in range(3)]
    held = [0, 0, 0]
    for which, size in steps:
        if which == 3:
            spools[size % 3].restart()
            held[size % 3] = 0
            continue
        try:
            spools[which].write(b"x" * size)
        except ResourceExhausted:
            assert sum(held) + size > 100
        else:
            held[which] += size
        assert budget.left == 100 - sum(held)
    for spool in spools:
        spool.__exit__(None, None, None)
        with pytest.raises(ValueError, match="closed"):
            spool.write(b"x")
    assert budget.left == 100


LENGTHS = (0, 1, 31, 32, 255, 256, 65_535, 65_536)
"""Of texts: from some on msgpack has a longer head for them."""
JSON_VALUES = (
    *("null", "true", "0", "1", "-1", str(LARGEST), str(FIRST_TIME), "[]", "{}", '"AAAAAA=="'),
    *(json.dumps("x" * length) for length in LENGTHS),
    *(json.dumps(["x" * length]) for length in LENGTHS),
    *(json.dumps({"x": "x" * length}) for length in LENGTHS),
)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_record_takes_no_more_room_than_its_line(kind: Kind) -> None:
    """What was reserved for its line is enough, whatever it holds."""

    def takes_more(of: FieldType, text: str) -> int:
        try:
            return len(msgspec.msgpack.encode(of.from_json(text.encode()))) - len(text)
        except Misfit:
            return -sys.maxsize

    worst = {
        name: max(
            (*JSON_VALUES, *map(json.dumps, of.values)), key=lambda text: takes_more(of, text)
        )
        for name, of in kind.fields.items()
    }
    about = "".join(f',"{name}":{text}' for name, text in worst.items())
    line = f'{{"record":"{kind.name}"{about}}}\n'.encode()
    record = parse(line, 2)
    assert isinstance(record, Record)

    budget = Budget(len(line))
    with Spool(None, budget) as spool:
        put = Shelf(spool)
        spool.reserve(len(line))
        put.put(record, len(line))
        put.finish()
        assert spool.size <= len(line)
        assert budget.left == budget.most - spool.size
        assert list(put.all()) == [(0, record)]


async def test_others_write_while_a_file_is_looked_through(
    source: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = await exported(source)
    begun, written = asyncio.Event(), threading.Event()
    loop, all_records = asyncio.get_running_loop(), Shelf.all

    def waiting(found: Shelf) -> Iterator[tuple[int, Record]]:
        loop.call_soon_threadsafe(begun.set)
        assert written.wait(30)
        return all_records(found)

    monkeypatch.setattr(Shelf, "all", waiting)
    importing_it = asyncio.ensure_future(imported(source, data, replace=True))
    await begun.wait()
    await answer(source.channel, "CreateUser", user_id="somebody else")
    written.set()
    assert (await importing_it).done


async def test_a_database_is_asked_something_before_every_piece_that_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It ends a transaction that waits long, and of many pieces in a row there may be nothing that
    is asked or stored."""
    monkeypatch.setattr(shelf, "PIECE_RECORDS", 10)
    steps: list[str] = []

    class Watched:
        async def fetchval(self, statement: Statement) -> None:
            steps.append("statement")

        async def long_stretch(self) -> None:
            steps.append("stretch")

    class WatchedSpool(Spool):
        def read(self, start: int, size: int) -> bytes:
            steps.append("piece")
            return super().read(start, size)

    snapshot: Any = Watched()
    kind = BY_NAME["tombstone"]
    with WatchedSpool() as spool:
        put = Shelf(spool)
        for at in range(40):
            put.put(Record(kind, (at,) * len(kind.fields)), 1)
        put.finish()
        for read in (put.records(snapshot), put.tombstones(snapshot)):
            assert len([each async for each in read]) == 40
            assert steps == ["statement", "stretch", "piece"] * 4
            steps.clear()


async def test_a_user_that_is_too_large_to_be_replaced_at_once_stays_as_it_is(
    source: Place, monkeypatch: pytest.MonkeyPatch, backend: str
) -> None:
    small = await exported(source)
    about = {"request_id": "replaced", "replace": True}
    await imported(source, with_entries(small, len(small)), replace=True)
    before = await exported(source)
    monkeypatch.setattr(importing, "LARGEST_BYTES_ON_SQLITE", len(before) // 2)
    if backend == "sqlite":
        with pytest.raises(FailedPreconditionError, match=r"delete it first, .* coming back"):
            await imported(source, small, **about)
        assert await exported(source) == before
        # Nor is it asked of who is not there, and what has come need not come again.
        await source.reverie.users.DeleteUser(DeleteUserRequest(user_id=USER))
    assert (await imported(source, b"" if backend == "sqlite" else small, **about)).done
    # One as large as a file may be can be replaced.
    monkeypatch.setattr(importing, "LARGEST_BYTES_ON_SQLITE", len(small))
    assert (await imported(source, small, replace=True)).done


@pytest.mark.parametrize(
    "size",
    [
        pytest.param(importing.LARGEST_BYTES_ON_SQLITE // 100, id="a hundredth"),
        pytest.param(importing.LARGEST_BYTES_ON_SQLITE, id="all", marks=pytest.mark.soak),
    ],
)
async def test_a_write_beside_the_largest_import_is_acknowledged(
    source: Place, place: Any, size: int
) -> None:
    """Within what the client gives it by default."""
    data = with_entries(await exported(source), size * 9 // 10)
    assert size // 2 < len(data) <= size
    pieces = [data[at : at + 2**20] for at in range(0, len(data), 2**20)]
    done = asyncio.Event()

    async def write() -> int:
        count = 0
        while not done.is_set():
            async with source.reverie.session(f"other {count}", "brad") as call:
                await call.say("Hello.")
            count += 1
        return count

    writing = asyncio.ensure_future(write())
    # The second time there is as much to delete.
    await imported(source, *pieces, replace=True)
    stored = await imported(source, *pieces, replace=True)
    done.set()

    assert stored.imported["entry"] == records(data)[-1]["counts"]["entry"]
    assert await writing
