"""Facts about users: each as it is now, and every state it was in before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

OWNER = ("workspace_id", "user_id")


def key(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def text(name: str, default: str = "") -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default=default)


def count(name: str, default: int = 0) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False, server_default=str(default))


def small(name: str, default: int = 0) -> sa.Column[int]:
    return sa.Column(name, sa.SmallInteger, nullable=False, server_default=str(default))


def number(name: str, default: float = 0.0) -> sa.Column[float]:
    return sa.Column(name, sa.Double, nullable=False, server_default=str(default))


def time(name: str, *, required: bool = True) -> sa.Column[int]:
    """Microseconds since the epoch, UTC."""
    return sa.Column(name, sa.BigInteger, nullable=not required)


def state() -> tuple[sa.Column[object], ...]:
    """What a fact is at one moment of what was known."""
    return (
        key("workspace_id"),
        key("user_id"),
        key("fact_id"),
        count("version", 1),
        key("persona_id"),
        small("visibility", 1),
        small("scope", 1),
        key("statement"),
        text("category"),
        text("subject"),
        text("predicate"),
        text("object"),
        text("subject_key"),
        text("predicate_key"),
        text("object_key"),
        text("slot"),
        number("confidence"),
        number("staleness", 1.0),
        number("importance"),
        small("sensitivity", 1),
        small("pinned"),
        time("valid_from"),
        time("valid_to", required=False),
        time("stated_to", required=False),
        time("retracted_time", required=False),
        text("superseded_by"),
        count("confirm_count"),
        time("last_confirmed_time"),
        text("session_id"),
        text("entry_ids", "[]"),
        small("source"),
        number("trust"),
        text("metadata", "{}"),
        text("content_hash"),
        small("change"),
        text("change_fact_id"),
        text("change_entry_ids", "[]"),
        count("revision"),
        time("create_time"),
        time("update_time"),
    )


def upgrade() -> None:
    op.create_table("facts", *state(), sa.PrimaryKeyConstraint(*OWNER, "fact_id"))
    op.create_index("facts_by_revision", "facts", [*OWNER, "revision"])
    op.create_index("facts_by_slot", "facts", [*OWNER, "subject_key", "slot"])
    op.create_index("facts_by_successor", "facts", [*OWNER, "superseded_by"])
    op.create_index("facts_by_start", "facts", [*OWNER, "valid_from"])
    op.create_table(
        "fact_versions",
        *state(),
        time("replaced_time"),
        sa.PrimaryKeyConstraint(*OWNER, "fact_id", "version"),
    )
    # An older server would not delete facts with their user.
    op.execute("UPDATE schema_gate SET level = 3, oldest_writer = 3")
