"""ExportUser and ImportUser: a user as a file, out of one workspace and into another."""

from __future__ import annotations

import hashlib
import json
import tempfile
import threading
from pathlib import Path
from typing import Any

import pytest

from reverie import (
    AlreadyExistsError,
    FailedPreconditionError,
    InvalidArgumentError,
    NotFoundError,
    ResourceExhaustedError,
)
from reverie.v1 import common_pb2 as common
from reverie.v1.user_service_pb2 import GetUserRequest
from reverie_server.governance.portability import arrivals, shelf
from reverie_server.governance.portability.exporting import Export
from reverie_server.governance.portability.exporting import Place as Part
from reverie_server.governance.portability.spool import Spool
from reverie_server.storage import revision
from tests.portability.generated import PERSONAS, user_id_of
from tests.portability.places import PAIR, USER, Place, exported, imported, records
from tests.rpc.contract import answer
from tests.rpc.world import indexed

FULL = Path("/dev/full")
LEFT_OUT = {"tombstone", "embedding"}
"""Records that mean nothing in another workspace, or come only when asked for."""


async def is_there(at: Place, user_id: str = USER) -> bool:
    try:
        await at.reverie.users.GetUser(GetUserRequest(user_id=user_id))
    except NotFoundError:
        return False
    return True


async def test_a_user_is_the_same_in_another_workspace(source: Place, place: Any) -> None:
    target = await place()
    data = await exported(source)
    stored = await imported(target, data)

    assert stored.done
    told = records(data)[-1]["counts"]
    assert dict(stored.imported) | dict(stored.left_out) == told
    assert stored.left_out.keys() == {"tombstone"}
    again = await exported(target)
    kept = [line for line in data.splitlines() if json.loads(line)["record"] not in LEFT_OUT]
    assert again.splitlines()[1:-1] == kept[1:-1]


async def test_the_index_follows_and_remembered_revisions_hold(source: Place, place: Any) -> None:
    target = await place()
    data = await exported(source)
    stored = await imported(target, data)
    remembered = records(data)[0]["revision"]

    found = await answer(
        target.channel, "Recall", **PAIR, query="Lives in Thun", min_revision=remembered
    )

    assert found.hits
    assert revision.epoch_of(stored.revision) > revision.epoch_of(remembered)
    personas = (await answer(target.channel, "ListPersonas")).personas
    assert {each.persona_id for each in personas} >= {PERSONAS[0]}


async def test_what_is_there_is_not_overwritten_unless_asked_for(source: Place) -> None:
    data = await exported(source)
    with pytest.raises(AlreadyExistsError):
        await imported(source, data)
    assert await exported(source) == data

    replaced = await imported(source, data, replace=True)
    again = await exported(source)
    assert replaced.done
    assert replaced.revision == records(again)[0]["revision"] > records(data)[0]["revision"]
    assert again.splitlines()[1:] == data.splitlines()[1:]


async def test_a_file_that_breaks_off_is_not_there_and_goes_on(source: Place, place: Any) -> None:
    target = await place()
    data = await exported(source)
    for cut in (0, 1, 700, len(data) // 2, len(data) - 1):
        broken = await imported(target, data[:cut], request_id=f"{cut}", user_id=f"{cut}")
        assert (broken.done, broken.next_offset) == (False, cut)
        assert not await is_there(target, f"{cut}")
    # One of them goes on: what it repeats is passed over.
    fresh = {"request_id": "700", "user_id": "700"}
    with pytest.raises(InvalidArgumentError, match="offset"):
        await imported(target, data, offset=len(data), **fresh)
    whole = await imported(target, data[600:900], data[900:], offset=600, **fresh)
    assert whole.done
    assert await is_there(target, "700")
    assert await imported(target, b"", **fresh) == whole


async def test_an_export_goes_on_where_it_broke_off(source: Place) -> None:
    data = await exported(source)
    for offset in (1, 999, len(data) - 1):
        prefix = hashlib.sha256(data[:offset]).hexdigest()
        rest = await exported(source, offset=offset, prefix_sha256=prefix)
        assert data[:offset] + rest == data

    await answer(source.channel, "PutDocument", **PAIR, document_id="z", content={"a": 1})
    with pytest.raises(FailedPreconditionError) as changed:
        await exported(source, offset=999, prefix_sha256=hashlib.sha256(data[:999]).hexdigest())
    assert changed.value.reason == "EXPORT_CHANGED"


async def test_who_has_all_of_an_export_hears_its_revision(source: Place, tmp_path: Path) -> None:
    file = tmp_path / "user.jsonl"
    told = await source.reverie.export_user(USER, file)
    file.rename(tmp_path / "user.jsonl.part")

    assert await source.reverie.export_user(USER, file) == told
    assert records(file.read_bytes())[0]["revision"] == told


async def test_a_prefix_is_not_hashed_on_the_event_loop(
    source: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = await exported(source)
    threads: list[int] = []
    require = Export.require_prefix

    def watched(export: Export, part: Part) -> None:
        threads.append(threading.get_ident())
        require(export, part)

    monkeypatch.setattr(Export, "require_prefix", watched)
    prefix = hashlib.sha256(data[:999]).hexdigest()
    assert await exported(source, offset=999, prefix_sha256=prefix) == data[999:]
    assert threads
    assert threading.get_ident() not in threads


@pytest.mark.skipif(not FULL.exists(), reason="this system has no device that is always full")
async def test_a_full_disk_is_told_and_loses_nothing(
    source: Place, place: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = await place()
    data = await exported(source)
    monkeypatch.setattr(shelf, "PIECE_RECORDS", 10)
    for cut in (len(data) - 1, len(data)):
        about = {"request_id": f"{cut}", "user_id": USER, "replace": True}
        with monkeypatch.context() as patched:
            patched.setattr(tempfile, "TemporaryFile", lambda **_: FULL.open("r+b"))
            with pytest.raises(ResourceExhaustedError) as full:
                await imported(target, data[:cut], **about)
        assert full.value.reason == "STORAGE_FULL"
        assert (await imported(target, b"", **about)).next_offset == 0
        assert (await imported(target, data, **about)).done
        again = await exported(target)
        assert records(again)[-1]["counts"]["entry"] == records(data)[-1]["counts"]["entry"]


async def test_a_complete_file_is_not_read_on_the_event_loop(
    source: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = await exported(source)
    threads: list[int] = []

    class Watched(Spool):
        def read(self, start: int, size: int) -> bytes:
            threads.append(threading.get_ident())
            return super().read(start, size)

    monkeypatch.setattr(arrivals, "Spool", Watched)
    stored = await imported(source, data, replace=True)

    assert stored.imported["tombstone"] == records(data)[-1]["counts"]["tombstone"]
    assert threads
    assert threading.get_ident() not in threads


async def test_the_client_writes_and_reads_files(source: Place, place: Any, tmp_path: Path) -> None:
    target = await place()
    # Whoever fills the index makes the embeddings.
    await indexed(source.channel)
    whole = await exported(source, include_embeddings=True)
    part = tmp_path / "user.jsonl.part"
    part.write_bytes(b'{"record":"header","of":"another state"}\n')
    told: list[tuple[int, int]] = []

    await source.reverie.export_user(
        USER,
        tmp_path / "user.jsonl",
        include_embeddings=True,
        tell=lambda done, total: told.append((done, total)),
    )
    stored = await target.reverie.import_user(tmp_path / "user.jsonl", user_id="somebody else")

    assert (tmp_path / "user.jsonl").read_bytes() == whole
    assert told[-1] == (len(whole), len(whole))
    assert not part.exists()
    assert stored.imported["embedding"] > 0
    assert await is_there(target, "somebody else")


def damaged(data: bytes) -> dict[str, tuple[bytes, str]]:
    """Files that are not as they must be, and what the refusal names."""
    lines = data.splitlines(keepends=True)
    at = next(n for n, line in enumerate(lines) if json.loads(line)["record"] == "entry")
    entry = json.loads(lines[at])

    def with_line(number: int, line: bytes) -> bytes:
        return b"".join([*lines[:number], line, *lines[number + 1 :]])

    def with_entry(**fields: Any) -> bytes:
        return with_line(at, json.dumps(entry | fields).encode() + b"\n")

    here = f"lines[{at + 1}]"
    without = {name: value for name, value in entry.items() if name != "role"}
    return {
        "no JSON": (with_line(at, b"{nothing\n"), here),
        "another hash": (with_entry(content="x"), f"lines[{len(lines)}]"),
        "a line is missing": (with_line(at, b""), f"lines[{len(lines) - 1}]"),
        "a long id": (with_entry(entry_id="x" * 129), f"{here}.entry_id"),
        "an empty id": (with_entry(session_id=""), f"{here}.session_id"),
        "NUL": (with_entry(content="a\0b"), f"{here}.content"),
        "no such role": (with_entry(role="king"), f"{here}.role"),
        "no time": (with_entry(event_time="now"), f"{here}.event_time"),
        "too late": (with_entry(event_time=2**62), f"{here}.event_time"),
        "too much trust": (with_entry(trust=1.5), f"{here}.trust"),
        "metadata": (with_entry(metadata={"a": 1}), f"{here}.metadata"),
        "a revision to come": (with_entry(revision=2**61), f"{here}.revision"),
        "a new field": (with_entry(more=1), f"{here}.more"),
        "a field less": (with_line(at, json.dumps(without).encode() + b"\n"), f"{here}.role"),
        "a new kind": (with_line(at, b'{"record":"spell"}\n'), f"{here}.record"),
        "a workspace's": (
            with_line(at, b'{"record":"workspace","sharing_mode":"hybrid","create_time":1}\n'),
            f"{here}.record",
        ),
        "no header": (b"".join(lines[1:]), "lines[1].record"),
        "two headers": (lines[0] + data, "lines[2].record"),
        "after the end": (data + lines[-1], f"lines[{len(lines) + 1}]"),
        "another format": (lines[0].replace(b'"format":1', b'"format":2'), "lines[1].format"),
    }


async def test_what_is_wrong_with_a_file_is_named_and_nothing_is_stored(
    source: Place, place: Any
) -> None:
    target = await place()
    for what, (data, field) in damaged(await exported(source)).items():
        with pytest.raises(InvalidArgumentError) as refused:
            await imported(target, data, request_id=what)
        assert [each.field for each in refused.value.fields] == [field], what
        assert not await is_there(target), what


async def test_what_was_forgotten_meanwhile_does_not_come_back(
    source: Place,
) -> None:
    secret, fact = "The cellar key is under the blue flowerpot.", "Owns a boat called Minerva."
    talk = {**PAIR, "session_id": "secrets"}
    await answer(source.channel, "StartSession", **talk)
    said = await answer(
        source.channel,
        "AppendEntries",
        **talk,
        entries=[{"role": 1, "content": f"I moved. {secret} It rains."}],
    )
    told = await answer(source.channel, "AddFacts", **PAIR, facts=[{"statement": fact}])
    shelf = {**PAIR, "document_id": "shelf", "content": {"book": "A field guide to ferns"}}
    await answer(source.channel, "PutDocument", **shelf)
    data = await exported(source)
    assert all(text.encode() in data for text in (secret, "Minerva", "ferns"))
    for tier, memory_id in (
        (common.TIER_FACT, told.told[0].fact_id),
        (common.TIER_SEMANTIC, "shelf"),
        (common.TIER_WORKING, said.entry_ids[0]),
    ):
        await answer(source.channel, "ForgetMemory", **PAIR, tier=tier, memory_id=memory_id)
    forgotten = await exported(source)
    assert not any(text.encode() in forgotten for text in (secret, "Minerva", "ferns"))

    replaced = await imported(source, data, replace=True)

    again = await exported(source)
    assert not any(text.encode() in again for text in (secret, "Minerva", "ferns"))
    assert replaced.left_out["fact"] == 1
    assert replaced.left_out["document"] == 1
    assert replaced.redacted >= 1
    assert records(again)[0]["tombstone_key"] == records(forgotten)[0]["tombstone_key"]
    kept = {json.dumps(each) for each in records(forgotten) if each["record"] == "tombstone"}
    assert kept <= {json.dumps(each) for each in records(again)}


async def test_a_user_of_another_workspace_or_name_is_not_in_it(source: Place, place: Any) -> None:
    other = await place()
    with pytest.raises(NotFoundError):
        await exported(other)
    others = user_id_of(3)
    mine, theirs = await exported(source), await exported(source, others)
    assert others.encode() not in mine
    assert USER.encode() not in theirs
