"""The commands that look after a running server."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from reverie import Reverie
from reverie_server.cli.counted import counted
from reverie_server.cli.maintenance import told_reconciled
from reverie_server.cli.score_parts import reasons
from reverie_server.tiers.recall.rerank import ABSENT
from reverie_server.tiers.recall.weights import WEIGHTS
from tests.cli.commands import reverie_command
from tests.language.endpoint import FACT, SECRET, answer, serving_endpoint
from tests.server_process import ServerProcess, free_port


@pytest.fixture(scope="module")
async def talked(running: ServerProcess) -> ServerProcess:
    """The server, after one session of three entries."""
    async with (
        Reverie(running.address) as reverie,
        reverie.session("alice", "brad") as call,
    ):
        for words in ("I climb on Tuesdays.", "I am allergic to peanuts.", "Sarah is my coworker."):
            await call.say(words)
    return running


async def test_stats_counts(talked: ServerProcess, backend: str) -> None:
    as_json = await reverie_command("stats", "--json", "--address", talked.address)
    as_table = await reverie_command("stats", settings={"REVERIE_ADDRESS": talked.address})

    found = json.loads(as_json.output)
    assert found["counts"]["entries"] == 3
    assert found["counts"]["users"] == 1
    engine = {"sqlite": "SQLite ", "postgres": "PostgreSQL "}[backend]
    assert found["storage_engine"].startswith(engine)
    assert found["storage_bytes"] > 0
    assert found["jobs"].keys() == {"pending", "running", "succeeded", "failed", "cancelled"}
    assert as_table.exit_code == 0
    assert "entries" in as_table.output
    assert found["storage_engine"] in as_table.output


@pytest.mark.parametrize(
    "arguments", [("reindex",), ("reindex", "--recompute-embeddings")], ids=["plain", "recompute"]
)
async def test_reindex_brings_every_memory_in(
    talked: ServerProcess, arguments: tuple[str, ...]
) -> None:
    told = await reverie_command(*arguments, "--address", talked.address)
    job = json.loads(
        (await reverie_command(*arguments, "--json", "--address", talked.address)).output
    )

    assert told.exit_code == 0
    assert "anew" in told.output
    assert job["state"] == "succeeded"
    assert job["result"]["memories"] >= 3


async def test_reconcile_finds_no_difference(talked: ServerProcess) -> None:
    told = await reverie_command("reconcile", "--address", talked.address)
    repaired = await reverie_command("reconcile", "--repair", "--json", "--address", talked.address)

    assert told.exit_code == 0, told
    assert "agrees" in told.output
    result = json.loads(repaired.output)["result"]
    assert result["compared"] >= 3
    assert (result["missing"], result["stale"], result["extra"]) == (0, 0, 0)


async def test_compact_says_what_it_gained(talked: ServerProcess) -> None:
    job = json.loads(
        (await reverie_command("compact", "--json", "--address", talked.address)).output
    )

    assert job["state"] == "succeeded"
    assert job["result"]["bytes_after"] > 0


async def test_nothing_is_cut_on_a_narrow_terminal(talked: ServerProcess) -> None:
    where = ("--address", talked.address)
    name = "before-the-large-migration-of-" + "x" * 34
    made = await reverie_command("backup", name, *where)
    (backup,) = json.loads((await reverie_command("backups", "--json", *where)).output)
    listed = await reverie_command("backups", *where, columns=80)
    found = json.loads((await reverie_command("stats", "--json", *where)).output)
    stats = await reverie_command("stats", *where, columns=30)

    assert made.exit_code == 0, made.errors
    (line,) = listed.output.splitlines()
    for field in ("name", "backup_time", "storage_engine", "schema_level", "server_version"):
        assert str(backup[field]) in line
    assert f"{backup['rows']:,} rows" in line
    assert "…" not in stats.output
    assert found["embedder"] in "".join(re.findall(r"[\w/.-]+", stats.output.partition("up")[0]))


def test_one_of_a_thing_is_no_number_of_them() -> None:
    assert [counted(number, "user") for number in (0, 1, 2_000)] == [
        "0 users",
        "1 user",
        "2,000 users",
    ]
    assert counted(1, "memory", "memories") == "1 memory"
    assert counted(2, "memory", "memories") == "2 memories"


@pytest.mark.parametrize(
    ("result", "words", "exit_code"),
    [
        ({"compared": 1}, "1 memory compared", 0),
        ({"compared": 4}, "agrees", 0),
        ({"compared": 4, "missing": 1, "extra": 2}, "1 missing, 2 extra", 1),
        ({"compared": 4, "stale": 1, "repaired": 1}, "1 repaired", 0),
    ],
)
def test_a_difference_that_stays_is_a_failure(
    result: dict[str, int], words: str, exit_code: int
) -> None:
    sentence, code = told_reconciled(result)

    assert words in sentence
    assert code == exit_code


async def test_doctor_finds_a_healthy_server_healthy(talked: ServerProcess) -> None:
    arguments = ("doctor", "--address", talked.address, "--data-folder", str(talked.folder))

    told = await reverie_command(*arguments)
    record = json.loads((await reverie_command(*arguments, "--json")).output)

    assert told.exit_code == 0, told.output
    assert record["ok"] is True
    checks = {each["check"]: each["verdict"] for each in record["checks"]}
    assert set(checks.values()) == {"ok"}
    assert {
        *("settings", "data folder", "disk", "schema", "clock", "server", "index", "backlog"),
        *("embedder", "server clock"),
    } <= checks.keys()


async def test_doctor_says_what_to_do(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "reverie.db").write_bytes(b"no database at all, only some text" * 100)
    port = str(free_port())

    sick = await reverie_command(
        "doctor", "--json", "--data-folder", str(folder), settings={"REVERIE_PORT": port}
    )

    record = json.loads(sick.output)
    problems = {each["check"]: each for each in record["checks"] if each["verdict"] == "problem"}
    assert sick.exit_code == 1
    assert record["ok"] is False
    assert problems.keys() == {"schema", "server"}
    assert all(each["fix"] for each in problems.values())
    assert "reverie serve" in problems["server"]["fix"]


@pytest.mark.parametrize(
    ("workspaces", "content", "words"),
    [
        ('["acme"]', answer(FACT), "openai-tiny at http://127.0.0.1"),
        ('["acme"]', "I would rather not.", "is not JSON of the schema"),
        ("[]", answer(FACT), "no workspace's text may be sent"),
    ],
)
async def test_doctor_asks_the_endpoint_that_reads_facts(
    workspaces: str, content: str, words: str
) -> None:
    with serving_endpoint() as endpoint:
        endpoint.content = content
        told = await reverie_command(
            *("doctor", "--json", "--address", f"127.0.0.1:{free_port()}"),
            settings={
                "REVERIE_EXTRACTOR": "openai",
                "REVERIE_EXTRACTOR_WORKSPACES": workspaces,
                "REVERIE_EXTRACTOR_URL": endpoint.url,
                "REVERIE_EXTRACTOR_MODEL": "tiny",
                "REVERIE_EXTRACTOR_KEY": SECRET,
            },
        )
    checks = {each["check"]: each for each in json.loads(told.output)["checks"]}
    found = checks["extractor"]

    assert words in found["detail"]
    assert (found["verdict"] == "ok") == (not found["fix"]) == words.startswith("openai-tiny")
    assert SECRET not in told.output + told.errors


async def test_doctor_examines_wrong_settings_too() -> None:
    sick = await reverie_command("doctor", "--json", settings={"REVERIE_PORT": "many"})

    (problem,) = json.loads(sick.output)["checks"]
    assert sick.exit_code == 1
    assert problem["check"] == "settings"
    assert "port" in problem["detail"]


async def test_the_demo_remembers_and_says_why() -> None:
    shown = await reverie_command("demo")

    assert shown.exit_code == 0, shown.errors
    assert shown.errors == ""
    first, second, third = shown.output.split("──── The ")[1:]
    assert "nothing comes to mind" in first
    assert "I love rock climbing" in second.partition("Alice:")[2]
    assert "I am allergic to peanuts" in third
    assert "Sarah" in second.partition("Brad: ")[0]
    assert "its words fit +" in third
    assert "nothing comes to mind" in third.partition("Which car")[2]


async def test_the_demo_cleans_up_behind_itself(talked: ServerProcess) -> None:
    shown = await reverie_command("demo", "--address", talked.address)
    counts = json.loads(
        (await reverie_command("stats", "--json", "--address", talked.address)).output
    )["counts"]

    assert shown.exit_code == 0, shown.errors
    assert (counts["users"], counts["personas"], counts["entries"]) == (1, 1, 3)


def test_every_part_of_a_score_has_words() -> None:
    for name in (*WEIGHTS, ABSENT, "recency", "persona_lens"):
        assert reasons({name: 1.5}), name
