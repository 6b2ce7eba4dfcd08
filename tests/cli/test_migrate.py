"""``reverie migrate`` on both engines, and what doctor says before and after."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reverie_server.storage.postgres_options import PostgresOptions
from reverie_server.storage.schema import SERVER_LEVEL
from tests.cli.commands import reverie_command
from tests.fresh_database import schema_file, sqlite
from tests.postgres_server import SERVING_ROLE

pytestmark = pytest.mark.once

__all__ = ["schema_file", "sqlite"]


async def test_a_postgresql_database_is_migrated_once(bare_postgres: PostgresOptions) -> None:
    settings = {"REVERIE_DATABASE_URL": bare_postgres.url}

    dry = await reverie_command("migrate", "--dry-run", settings=settings)
    first = json.loads((await reverie_command("migrate", "--json", settings=settings)).output)
    second = json.loads((await reverie_command("migrate", "--json", settings=settings)).output)

    assert dry.exit_code == 0
    assert "are missing:\n  0001 " in dry.output
    assert (first["level_before"], first["done"]) == (0, True)
    assert first["migrations"][-1].startswith(f"{SERVER_LEVEL:04d} ")
    assert (second["level_before"], second["done"]) == (SERVER_LEVEL, False)
    assert second["migrations"] == []


async def test_a_role_that_is_not_there_cannot_be_let_in(bare_postgres: PostgresOptions) -> None:
    settings = {"REVERIE_DATABASE_URL": bare_postgres.url}
    refused = await reverie_command("migrate", "--grant-to", "no such role", settings=settings)
    dry = json.loads(
        (await reverie_command("migrate", "--dry-run", "--json", settings=settings)).output
    )
    of_sqlite = await reverie_command("migrate", "--grant-to", "somebody")
    assert refused.exit_code == 1
    assert 'role "no such role" does not exist' in refused.errors
    assert dry["level_before"] == 0
    assert of_sqlite.exit_code == 2


async def test_a_role_that_may_not_is_told_who_may(
    bare_postgres: PostgresOptions, tmp_path: Path
) -> None:
    as_server = bare_postgres.url.replace("postgres@", f"{SERVING_ROLE}@")
    of = {"REVERIE_DATA_FOLDER": str(tmp_path / "data"), "REVERIE_DATABASE_URL": as_server}
    stranger = await reverie_command("migrate", settings=of)
    await reverie_command("migrate", settings=of | {"REVERIE_DATABASE_URL": bare_postgres.url})
    unknown = await reverie_command("serve", "--port", "0", settings=of)
    assert "as the owner" in stranger.errors
    assert "--grant-to" in unknown.errors


async def test_a_folder_is_migrated_without_a_server(tmp_path: Path) -> None:
    folder = str(tmp_path / "data")
    dry = await reverie_command("migrate", "--dry-run", "--data-folder", folder)
    assert [*tmp_path.iterdir()] == []  # noqa: ASYNC240 - it is empty
    done = await reverie_command("migrate", "--data-folder", folder)
    assert "are missing" in dry.output
    assert "were run" in done.output
    again = await reverie_command("migrate", "--data-folder", folder)
    assert "nothing is missing" in again.output


@pytest.mark.usefixtures("sqlite")
async def test_a_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    refused = await reverie_command("migrate", "--data-folder", str(tmp_path / "sqlite"))
    assert refused.exit_code == 1
    assert "in use by another Reverie server" in refused.errors


async def test_a_database_that_is_not_there_is_named_without_its_password(tmp_path: Path) -> None:
    url = f"postgresql://ann:hunter2@/nothing?host={tmp_path}"
    for command in ("migrate", "serve"):
        refused = await reverie_command(
            command, settings={"REVERIE_DATABASE_URL": url, "REVERIE_DATA_FOLDER": str(tmp_path)}
        )
        assert refused.exit_code == 1
        assert "cannot be used" in refused.output + refused.errors
        assert "hunter2" not in refused.output + refused.errors


async def test_doctor_names_what_is_wrong_with_the_database_and_the_role(
    bare_postgres: PostgresOptions, tmp_path: Path
) -> None:
    settings = {
        "REVERIE_DATABASE_URL": bare_postgres.url,
        "REVERIE_DATA_FOLDER": str(tmp_path / "data"),
    }

    async def told(**more: str) -> dict[str, dict[str, str]]:
        result = await reverie_command("doctor", "--json", settings=settings | more)
        return {each["check"]: each for each in json.loads(result.output)["checks"]}

    empty = (await told())["schema"]
    assert empty["verdict"] == "problem"
    assert "reverie migrate" in empty["fix"]

    let_in = await reverie_command("migrate", "--grant-to", SERVING_ROLE, settings=settings)
    assert f"The role {SERVING_ROLE} is let in." in let_in.output
    unsafe = (await told())["role"]
    assert "postgres is a superuser" in unsafe["detail"]
    assert "--grant-to" in unsafe["fix"]

    as_server = bare_postgres.url.replace("postgres@", f"{SERVING_ROLE}@")
    safe = (await told(REVERIE_DATABASE_URL=as_server))["schema"]
    assert safe["verdict"] == "ok"
