"""What a backup says of itself: ``manifest.json`` in its folder, written last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import msgspec

MANIFEST_FILE: Final = "manifest.json"
COPY_FILE: Final = "reverie.db"
"""What all tables are in where the copy is one database."""
FORMAT: Final = 1
"""Of the folder: a server that does not know it restores nothing out of it."""

Engine = Literal["sqlite", "postgresql"]


class DamagedBackup(Exception):
    """It is not the backup that was written. The message is one sentence for the operator."""


@dataclass(frozen=True, slots=True)
class FileSeal:
    """What a file was when the backup was written."""

    bytes: int
    sha256: str
    """Hexadecimal."""


@dataclass(frozen=True, slots=True)
class CopiedTable:
    """A table as it was copied."""

    rows: int
    columns: tuple[str, ...]
    """In the order in which a file of their own has them; empty where the copy is one database."""
    file: str = ""
    """Empty where the copy is one database."""


@dataclass(frozen=True, slots=True)
class DatabaseCopy:
    """What a database has written into a folder: one moment of it."""

    engine: Engine
    engine_version: str
    """For people."""
    schema_level: int
    embedder: str
    """``name/dimension`` of the stored vectors; empty: there are none yet."""
    tables: Mapping[str, CopiedTable]
    deployment_id: str = ""
    """Whose tombstones lie beside it: ``deployment.id_of``."""

    @property
    def rows(self) -> int:
        """Of all tables."""
        return sum(table.rows for table in self.tables.values())

    @property
    def files(self) -> frozenset[str]:
        """Without one of them it is not whole."""
        return frozenset(table.file or COPY_FILE for table in self.tables.values())


@dataclass(frozen=True, slots=True)
class Manifest:
    """A whole backup. The vector index is not in it: it is made anew from the database."""

    format: int
    name: str
    backup_time: int
    """Microseconds, UTC. Everything that was committed before is in it."""
    server_version: str
    job_id: str
    """Of the job that wrote it."""
    database: DatabaseCopy
    files: Mapping[str, FileSeal]
    """Every file but the manifest, by name."""

    @property
    def size_bytes(self) -> int:
        """Of all files."""
        return sum(seal.bytes for seal in self.files.values())

    def encode(self) -> bytes:
        """As JSON for people and programs."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2) + b"\n"


def decode_manifest(text: bytes) -> Manifest:
    """
    Raises:
        DamagedBackup: this is no manifest that this server knows.
    """
    try:
        known = msgspec.json.decode(text, type=dict[str, msgspec.Raw]).get("format")
        if known is not None and msgspec.json.decode(known) != FORMAT:
            raise DamagedBackup(
                f"its format is {bytes(known).decode()}, and this release knows only {FORMAT}"
            )
        return msgspec.json.decode(text, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DamagedBackup("its manifest.json is none") from error
