"""The folder in which backups stand."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from reverie_server.errors import AlreadyExists, Unavailable
from reverie_server.storage import backup_folder
from reverie_server.storage.backup_folder import BackupFolder, read_manifest, verify
from reverie_server.storage.backup_manifest import CopiedTable, DamagedBackup, DatabaseCopy

pytestmark = pytest.mark.once

TABLES = ("entries", "users")
COPY = DatabaseCopy(
    "postgresql",
    "PostgreSQL",
    6,
    "static/256",
    {name: CopiedTable(1, ("user_id",), f"{name}.copy") for name in TABLES},
)


def nobody(_: float) -> None:
    """Does not listen."""


def written(aside: Path, text: bytes = b"1\n") -> Path:
    for name in TABLES:
        (aside / f"{name}.copy").write_bytes(text)
    return aside


def publish(folder: BackupFolder, aside: Path, job_id: str = "job") -> Any:
    return folder.publish(aside, "one", 1, "0.1.0", job_id, COPY, nobody)


def test_a_manifest_names_everything_that_was_copied(tmp_path: Path) -> None:
    folder = BackupFolder(tmp_path)

    publish(folder, written(folder.begin("one", "job")))

    manifest = json.loads((tmp_path / "one" / "manifest.json").read_text("utf-8"))
    assert manifest["files"].keys() == {"entries.copy", "users.copy"}
    assert manifest["files"]["users.copy"]["bytes"] == 2
    assert folder.made_by("job", "one") is not None
    assert folder.made_by("another", "one") is None
    assert [each.name for each in tmp_path.iterdir()] == ["one"]


def test_an_attempt_that_was_only_asleep_publishes_nothing_of_another(tmp_path: Path) -> None:
    folder = BackupFolder(tmp_path)
    first = written(folder.begin("one", "job"), b"first")
    second = written(folder.begin("one", "job"), b"second")
    # It goes on where it was.
    with pytest.raises(Unavailable):
        publish(folder, first)
    assert not folder.has("one")
    publish(folder, second)
    verify(folder.path("one"), read_manifest(folder.path("one")), nobody)
    assert (folder.path("one") / "users.copy").read_bytes() == b"second"
    assert [each.name for each in tmp_path.iterdir()] == ["one"]


def test_of_two_attempts_that_are_both_through_the_first_one_is_the_backup(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = BackupFolder(tmp_path)
    first = written(folder.begin("one", "job"))
    # As by a server that could not see the other's folder yet, on a disk of the network.
    monkeypatch.setattr(Path, "iterdir", lambda _: iter(()))
    second = folder.begin("one", "job")
    monkeypatch.undo()
    written(second)
    assert publish(folder, first) == publish(folder, second)
    assert [each.name for each in tmp_path.iterdir()] == ["one"]
    other = written(folder.begin("one", "other job"))
    with pytest.raises(AlreadyExists):
        publish(folder, other, "other job")


def test_a_name_that_is_taken_in_the_last_moment_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = BackupFolder(tmp_path)
    publish(folder, written(folder.begin("one", "job")))
    late = written(folder.begin("one", "late"))
    monkeypatch.setattr(BackupFolder, "has", lambda *_: False)
    with pytest.raises(AlreadyExists):
        publish(folder, late, "late")


def test_what_lacks_the_file_of_a_table_is_not_published(tmp_path: Path) -> None:
    folder = BackupFolder(tmp_path)
    aside = written(folder.begin("one", "job"))
    (aside / "users.copy").unlink()
    with pytest.raises(Unavailable):
        publish(folder, aside)
    assert not folder.has("one")


def test_a_part_that_goes_while_it_is_sealed_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = BackupFolder(tmp_path)
    aside = written(folder.begin("one", "job"))
    seal = backup_folder.seal

    def late(file: Path) -> Any:
        sealed = seal(file)
        folder.begin("one", "job")
        return sealed

    monkeypatch.setattr(backup_folder, "seal", late)
    with pytest.raises(Unavailable):
        publish(folder, aside)
    assert not folder.has("one")


def test_a_manifest_that_names_not_all_files_is_damaged(tmp_path: Path) -> None:
    folder = BackupFolder(tmp_path)
    publish(folder, written(folder.begin("one", "job")))
    file = folder.path("one") / "manifest.json"
    manifest = json.loads(file.read_text("utf-8"))
    del manifest["files"]["users.copy"]
    file.write_text(json.dumps(manifest), "utf-8")
    with pytest.raises(DamagedBackup, match=r"users\.copy"):
        verify(folder.path("one"), read_manifest(folder.path("one")), nobody)


def test_what_others_may_not_read_is_not_for_them(tmp_path: Path) -> None:
    folder = BackupFolder(tmp_path / "backups")
    umask = os.umask(0)
    try:
        aside = folder.begin("one", "job")
    finally:
        os.umask(umask)
    assert aside.stat().st_mode & 0o777 == 0o700
