"""Relationships whole: scores and their history, recovery of trust, storylines."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

PAIR = ("workspace_id", "user_id", "persona_id")


def text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default="")


def key(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def time(name: str) -> sa.Column[int]:
    """Microseconds since the epoch, UTC."""
    return sa.Column(name, sa.BigInteger, nullable=False)


def maybe_time(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=True)


def count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False, server_default="0")


def small(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.SmallInteger, nullable=False, server_default="0")


def number(name: str) -> sa.Column[float]:
    return sa.Column(name, sa.Double, nullable=False)


def maybe_number(name: str) -> sa.Column[float]:
    return sa.Column(name, sa.Double, nullable=True)


def pair_table(name: str, *columns: sa.schema.SchemaItem, primary_key: tuple[str, ...]) -> None:
    op.create_table(
        name, *(key(each) for each in PAIR), *columns, sa.PrimaryKeyConstraint(*PAIR, *primary_key)
    )


def upgrade() -> None:
    relationships()
    dynamics()
    storylines()
    # An older server would leave rows of a deleted user behind; reading does no harm.
    op.execute("UPDATE schema_gate SET level = 2, oldest_writer = 2")


def relationships() -> None:
    # Personas whose relationship was deleted, but not what they have shared of the user.
    pair_table("past_relationships", time("end_time"), primary_key=())
    op.create_index(
        "past_relationships_by_persona", "past_relationships", ["workspace_id", "persona_id"]
    )


def dynamics() -> None:
    pair_table(
        "relationship_scores",
        number("trust"),
        number("affection"),
        number("attunement"),
        count("interaction_count"),
        time("update_time"),
        primary_key=(),
    )
    pair_table(
        "relationship_events",
        count("revision"),
        small("quality"),
        maybe_number("emotion_variance"),
        number("trust_before"),
        number("affection_before"),
        number("attunement_before"),
        number("trust"),
        number("affection"),
        number("attunement"),
        time("event_time"),
        time("create_time"),
        primary_key=("revision",),
    )
    op.create_index("relationship_events_by_time", "relationship_events", [*PAIR, "event_time"])
    pair_table(
        "trust_recoveries",
        small("severity"),
        number("initial_trust"),
        number("target_trust"),
        time("start_time"),
        maybe_time("complete_time"),
        primary_key=(),
    )


def storylines() -> None:
    pair_table(
        "storylines",
        key("storyline_id"),
        key("topic"),
        key("topic_key"),
        small("status"),
        text("summary"),
        text("follow_up"),
        maybe_time("follow_up_time"),
        text("summary_session_id"),
        text("follow_up_session_id"),
        text("first_session_id"),
        text("session_id"),
        time("first_mentioned_time"),
        time("last_mentioned_time"),
        maybe_time("resolve_time"),
        count("version"),
        time("create_time"),
        time("update_time"),
        primary_key=("storyline_id",),
    )
    op.create_index("storylines_by_topic", "storylines", [*PAIR, "topic_key"], unique=True)
    op.create_index("storylines_by_mention", "storylines", [*PAIR, "last_mentioned_time"])


def downgrade() -> None:
    raise NotImplementedError("restore a backup from before this migration instead")
