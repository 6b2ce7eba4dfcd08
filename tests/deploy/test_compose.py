"""Compose's file says what the server and the image say, and its secrets are made by the script."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from reverie_server.settings import SECRETS_FOLDER, SETTINGS_FILE, Settings
from tests.deploy.manifests import COMPOSE, ROOT, compose, environment, named_settings

SERVICES = compose()["services"]
OURS = ("server", "migrate")


def settings_of(service: Any) -> Any:
    named = {**service["environment"]}
    named.pop(SECRETS_FOLDER)
    return {name.removeprefix("REVERIE_").lower(): value for name, value in named.items()}


def test_every_setting_that_is_named_exists() -> None:
    """In all files of the deployment, and in its page."""
    known = {f"REVERIE_{name.upper()}" for name in Settings.model_fields}
    named = set(named_settings())

    assert len(named) > 20
    assert {
        (name, file) for name, file in named if name not in known | {SECRETS_FOLDER, SETTINGS_FILE}
    } == set()


def test_ports_are_those_of_the_settings() -> None:
    settings = Settings(**settings_of(SERVICES["server"]))
    published = [each.split(":") for each in SERVICES["server"]["ports"]]

    assert [host for host, _, _ in published] == ["127.0.0.1"] * 2
    assert {int(inside) for _, _, inside in published} == {settings.port, settings.metrics_port}
    assert settings.qdrant_url == "http://qdrant:6334"
    assert "/6334" in str(SERVICES["qdrant"]["healthcheck"]["test"])


def test_our_containers_are_hardened() -> None:
    for name in OURS:
        service = SERVICES[name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["tmpfs"] == ["/tmp"]  # noqa: S108 - of a container
    assert SERVICES["server"]["volumes"] == [f"server:{environment()['REVERIE_DATA_FOLDER']}"]
    spool = Settings(**settings_of(SERVICES["server"])).spool_folder
    assert str(spool) == environment()["REVERIE_DATA_FOLDER"], "what is in memory is small"


def test_backups_outlive_the_container() -> None:
    folder = Settings(**settings_of(SERVICES["server"])).backup_folder
    mounted = [Path(each.split(":")[1]) for each in SERVICES["server"]["volumes"]]
    assert any(each in folder.parents for each in mounted)


def test_servers_start_when_the_database_is_migrated() -> None:
    waits = SERVICES["server"]["depends_on"]
    assert waits["migrate"] == {"condition": "service_completed_successfully"}
    assert SERVICES["migrate"]["depends_on"]["postgres"] == {"condition": "service_healthy"}
    assert SERVICES["migrate"]["restart"] == "no"
    for service in SERVICES.values():
        assert set(service.get("networks", ())) <= compose()["networks"].keys()


def test_a_server_has_time_to_drain() -> None:
    seconds = int(SERVICES["server"]["stop_grace_period"].removesuffix("s"))
    assert seconds >= Settings(**settings_of(SERVICES["server"])).drain_seconds + 10


def test_nobody_else_reads_secrets_while_they_are_made(tmp_path: Path) -> None:
    shutil.copy(ROOT / "deploy/secrets.sh", tmp_path)
    tools, modes = tmp_path / "tools", tmp_path / "modes"
    tools.mkdir()
    head = tools / "head"  # which the script makes each with
    head.write_text(
        f'#!/bin/sh\nstat -c %a secrets >>"{modes}"\nexec {shutil.which("head")} "$@"\n', "utf-8"
    )
    head.chmod(0o700)
    path = f"{tools}:{os.environ['PATH']}"

    subprocess.run(["sh", str(tmp_path / "secrets.sh")], env={"PATH": path}, check=True)

    assert set(modes.read_text("utf-8").split()) == {"700"}


def test_the_script_makes_every_secret_and_servers_take_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(ROOT / "deploy/secrets.sh", tmp_path)
    run = ["sh", str(tmp_path / "secrets.sh")]
    subprocess.run(run, check=True)
    made = {path.name: path.read_text("utf-8") for path in (tmp_path / "secrets").iterdir()}
    subprocess.run(run, check=True)
    again = {path.name: path.read_text("utf-8") for path in (tmp_path / "secrets").iterdir()}
    listed = compose()["secrets"]

    assert made == again, "what is there stays"
    assert made.keys() == {Path(each["file"]).name for each in listed.values()}
    for each in listed.values():
        assert (COMPOSE.parent / each["file"]).parent.name == "secrets"
    urls = {}
    for name in OURS:
        folder = tmp_path / name
        folder.mkdir()
        for mounted in SERVICES[name]["secrets"]:
            (folder / mounted["target"]).write_text(made[mounted["source"]], "utf-8")
        monkeypatch.setenv(SECRETS_FOLDER, str(folder))
        settings = Settings(**settings_of(SERVICES[name]))
        assert settings.database_url is not None
        urls[name] = settings.database_url.get_secret_value()
    assert urls["server"].startswith("postgresql://reverie:")
    assert urls["migrate"].startswith("postgresql://postgres:")
    monkeypatch.setenv(SECRETS_FOLDER, str(tmp_path / "server"))
    server = Settings(**settings_of(SERVICES["server"]))
    assert server.qdrant_api_key is not None
    assert server.qdrant_api_key.get_secret_value() in made["qdrant.yaml"]
    assert server.api_keys["default"].get_secret_value()
    assert SERVICES["migrate"]["command"][2] in urls["server"], "the role that is let in"
    assert f"CREATE ROLE {SERVICES['migrate']['command'][2]} " in (
        ROOT / "deploy/postgres/role.sh"
    ).read_text("utf-8")
