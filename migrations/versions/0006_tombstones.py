"""What users had forgotten, as keyed hashes, so that it does not come back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tombstones",
        *(
            sa.Column(name, sa.Text, nullable=False)
            for name in ("workspace_id", "user_id", "digest", "persona_id")
        ),
        # Microseconds since the epoch, UTC.
        sa.Column("forget_time", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "user_id", "digest", "persona_id"),
    )
    # An older server would bring back what was forgotten, and leave rows of a deleted user behind.
    op.execute("UPDATE schema_gate SET level = 6, oldest_writer = 6")


def downgrade() -> None:
    raise NotImplementedError("restore a backup from before this migration instead")
