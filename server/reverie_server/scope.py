"""Who is asking, and what they may read.

This is the one place that turns (principal, user, persona) into a read filter. It exists in three
forms that must mean the same: the SQL fragment that query files spell ``{readable:alias}``, the
filter that the memory index applies (built from ``Reader``'s fields), and ``Reader.may_read``.
A conformance test compares them row by row.

Procedures have no visibility: what belongs to no persona is everybody's. ``{owned:alias}`` is
their filter. The index has them as SHARED (of no persona) and PRIVATE (of one), so a ``Reader``
with ``reads_shared`` finds the same there.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from enum import IntEnum
from typing import Final


class Visibility(IntEnum):
    """Which personas may read a memory of a user. Stored as a number."""

    SHARED = 1
    PRIVATE = 2


class SharingMode(IntEnum):
    """What a workspace shares between its personas. Stored as a number."""

    USER_CENTRIC = 1
    HYBRID = 2
    PERSONA_SCOPED = 3


SHARED_OWNER = ""
"""The user id under which the workspace's shared part is stored (no user may be called this)."""

EVERY_WORKSPACE: Final = ""
"""In place of a workspace, for the server's own work."""

current_workspace: ContextVar[str | None] = ContextVar("current_workspace", default=None)
"""The workspace of the call that is being answered, or ``EVERY_WORKSPACE``. None: nobody has said,
and then nothing is to be seen. What follows is the fence around what a call reads; storage may
build a second one from this."""


def work_for_every_workspace() -> None:
    """Says that what follows in this task, and in those that it starts, is the server's own."""
    current_workspace.set(EVERY_WORKSPACE)


@dataclass(frozen=True, slots=True)
class Principal:
    """The authenticated caller. The workspace comes from here and nowhere else."""

    workspace_id: str
    caller: str
    """Stable name of the credential; request ids are bound to it."""
    permissions: frozenset[str]


@dataclass(frozen=True, slots=True)
class Reader:
    """A persona reading a user's memory.

    ``user_id`` is ``SHARED_OWNER`` for the workspace's shared part. Every query that returns
    memory takes ``reader.sql`` as its first four arguments and filters by ``{readable:alias}``.
    """

    workspace_id: str
    user_id: str
    persona_id: str
    reads_shared: bool = True
    """False in PERSONA_SCOPED mode, where SHARED counts as PRIVATE."""

    @property
    def sql(self) -> tuple[str, str, str, int]:
        """The arguments $1..$4 of a query that uses ``{readable:alias}``."""
        return (self.workspace_id, self.user_id, self.persona_id, int(self.reads_shared))

    def may_read(self, persona_id: str, visibility: int) -> bool:
        """Whether a memory of this user, learnt by ``persona_id``, may be shown."""
        shared = self.reads_shared and visibility == Visibility.SHARED
        return shared or persona_id == self.persona_id

    def shared_part(self) -> Reader:
        """The same persona reading what belongs to the workspace rather than to a user."""
        return Reader(self.workspace_id, SHARED_OWNER, self.persona_id, self.reads_shared)


def readable(alias: str) -> str:
    """The SQL condition that ``{readable:alias}`` stands for; arguments as in ``Reader.sql``."""
    return (
        f"({alias}.workspace_id = $1 AND {alias}.user_id = $2"
        f" AND ({alias}.persona_id = $3 OR ($4 = 1 AND {alias}.visibility = 1)))"
    )


def owned(alias: str) -> str:
    """The SQL condition that ``{owned:alias}`` stands for: of this owner, the persona's own and
    nobody's in particular, in either sharing mode ($4). Arguments as in ``Reader.sql``.
    """
    return (
        f"({alias}.workspace_id = $1 AND {alias}.user_id = $2"
        f" AND {alias}.persona_id IN ($3, '') AND $4 IN (0, 1))"
    )
