"""All tombstones of a deployment outside of its database: what a restore must not bring back.

A backup has the tombstones of its moment. What was forgotten later stands in the database that is
replaced and in a file beside the backups, which a server keeps up to date. A restore takes all that
it can find. The file holds hashes and the key that they were made with, as every backup does.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from reverie_server.storage import deployment
from reverie_server.storage.backup_folder import sync
from reverie_server.storage.database import Snapshot, Transaction
from reverie_server.storage.statements import load

_FORMAT: Final = 1
_QUERIES: Final = load(__package__, "tombstone_ledger.sql")
_ALL: Final = _QUERIES["all"]
_STATE: Final = _QUERIES["state"]
_PUT_LATEST: Final = _QUERIES["put_latest"]

Tombstone = tuple[str, str, str, str, int]
"""Workspace, user, digest, persona, and when it was forgotten (microseconds, UTC)."""


def ledger_file(deployment_id: str) -> str:
    """The name of a deployment's file. Several may keep their backups in one folder.

    Args:
        deployment_id: see ``deployment.id_of``; "*": a pattern of the files of all.
    """
    return f"tombstones-{deployment_id}.jsonl"


class ForeignLedger(Exception):
    """Its hashes were made with another key. The message is one sentence for the operator."""


@dataclass(frozen=True, slots=True)
class LedgerState:
    """Changes whenever the ledger does."""

    tombstones: int
    latest_time: int
    """0 without any."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """Tombstones and the key that their hashes were made with."""

    key: bytes
    """Empty when nothing was ever forgotten."""
    tombstones: tuple[Tombstone, ...] = ()

    def joined(self, other: Ledger) -> Ledger:
        """Both.

        Raises:
            ForeignLedger: they are of different deployments.
        """
        if not (self.key and other.key):
            return self if self.key else other
        if self.key != other.key:
            raise ForeignLedger(
                "The tombstones are of another deployment than the backup: name its own with"
                " --tombstones, or none with --without-tombstones."
            )
        return Ledger(self.key, (*self.tombstones, *other.tombstones))


NOTHING_FORGOTTEN: Final = Ledger(b"")


class _Head(msgspec.Struct, frozen=True):
    """The first line of a file."""

    format: int
    key: str
    tombstones: int | None = None
    """This and the next as in ``LedgerState``; releases before did not write them."""
    latest_time: int | None = None


async def read_ledger(snapshot: Snapshot) -> Ledger:
    """All of a database."""
    key = await deployment.known_tombstone_key(snapshot)
    if key is None:
        return NOTHING_FORGOTTEN
    rows = await snapshot.fetch(_ALL)
    return Ledger(
        key,
        tuple(
            (
                row["workspace_id"],
                row["user_id"],
                row["digest"],
                row["persona_id"],
                row["forget_time"],
            )
            for row in rows
        ),
    )


def sound(ledger: Ledger) -> Ledger:
    """The same, if all of it is what it must be.

    Raises:
        ValueError: it is of a database that is damaged.
    """
    return Ledger(ledger.key, msgspec.convert(ledger.tombstones, tuple[Tombstone, ...]))


async def state_of(snapshot: Snapshot) -> LedgerState:
    """What tells whether anything was forgotten since."""
    (row,) = await snapshot.fetch(_STATE)
    return LedgerState(row["tombstones"], row["latest_time"] or 0)


async def enter(tx: Transaction, ledger: Ledger) -> None:
    """Adds a ledger to a database's own.

    Raises:
        ForeignLedger: it is of another deployment.
    """
    own = await deployment.known_tombstone_key(tx)
    if not ledger.key:
        return
    Ledger(own or b"").joined(ledger)
    await deployment.make_tombstone_key(tx, ledger.key)
    await tx.executemany(_PUT_LATEST, ledger.tombstones)


def write_ledger(file: Path, ledger: Ledger, state: LedgerState) -> None:
    """Replaces a file, all of it or nothing.

    Args:
        state: the ledger's, or an earlier one, which has it written again later.

    Raises:
        OSError: it cannot be written.
    """
    # A name of its own, as servers in containers have one process id; for nobody else to read.
    descriptor, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    aside = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            head = _Head(_FORMAT, ledger.key.hex(), state.tombstones, state.latest_time)
            stream.write(msgspec.json.encode(head) + b"\n")
            stream.writelines(msgspec.json.encode(each) + b"\n" for each in ledger.tombstones)
        sync(aside)
        aside.replace(file)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise


def load_ledger(file: Path) -> Ledger:
    """
    Raises:
        ValueError: this is no such file; in one sentence.
        OSError: it cannot be read.
    """
    key, decode = bytes.fromhex(_head_of(file).key), msgspec.json.Decoder(Tombstone).decode
    try:
        with file.open("rb") as stream:
            next(stream)
            return Ledger(key, tuple(map(decode, stream)))
    except msgspec.DecodeError as error:
        raise ValueError(f"{file} is no file of tombstones: {error}") from error


def state_in(file: Path) -> LedgerState | None:
    """What is in a file, without reading all of it; None when there is none that says so."""
    try:
        head = _head_of(file)
    except (OSError, ValueError):
        return None
    if head.tombstones is None or head.latest_time is None:
        return None
    return LedgerState(head.tombstones, head.latest_time)


def _head_of(file: Path) -> _Head:
    """
    Raises:
        ValueError: this is no such file; in one sentence.
        OSError: it cannot be read.
    """
    try:
        with file.open("rb") as stream:
            head = msgspec.json.decode(next(stream, b""), type=_Head)
        if head.format == _FORMAT:
            bytes.fromhex(head.key)
            return head
    except (msgspec.DecodeError, ValueError) as error:
        raise ValueError(f"{file} is no file of tombstones: {error}") from error
    raise ValueError(f"{file} is no file of tombstones that this release knows")
