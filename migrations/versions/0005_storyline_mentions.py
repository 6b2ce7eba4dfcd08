"""Which sessions have told of a storyline: it goes with the last of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

PAIR = ("workspace_id", "user_id", "persona_id")
KNOWN = ("first_session_id", "session_id", "summary_session_id", "follow_up_session_id")
"""The columns of storylines that name sessions."""


def upgrade() -> None:
    op.create_table(
        "storyline_mentions",
        *(
            sa.Column(name, sa.Text, nullable=False)
            for name in (*PAIR, "session_id", "storyline_id")
        ),
        sa.PrimaryKeyConstraint(*PAIR, "session_id", "storyline_id"),
    )
    op.create_index(
        "storyline_mentions_by_storyline", "storyline_mentions", [*PAIR, "storyline_id"]
    )
    pair = ", ".join(PAIR)
    told = " UNION ".join(
        f"SELECT {pair}, {column}, storyline_id FROM storylines WHERE {column} <> ''"  # noqa: S608 - names from above
        for column in KNOWN
    )
    op.execute(f"INSERT INTO storyline_mentions ({pair}, session_id, storyline_id) {told}")
    # An older server would note no mentions, and leave rows of a deleted user behind.
    op.execute("UPDATE schema_gate SET level = 5, oldest_writer = 5")


def downgrade() -> None:
    raise NotImplementedError("restore a backup from before this migration instead")
