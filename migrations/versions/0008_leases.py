"""What servers on one database share out among themselves: leases, and jobs that are leased."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "leases",
        sa.Column("name", sa.Text, nullable=False),
        # Empty: nobody's.
        sa.Column("holder", sa.Text, nullable=False, server_default=""),
        # Grows with each change of the holder.
        sa.Column("fence", sa.BigInteger, nullable=False, server_default="0"),
        # Microseconds since the epoch, UTC, by the database's clock.
        sa.Column("until_time", sa.BigInteger, nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("name"),
    )
    # Counts how often it was claimed; a worker whose number is not the last one has lost the job.
    op.add_column("jobs", sa.Column("claim", sa.BigInteger, nullable=False, server_default="0"))
    # By the database's clock; 0 while it is run by a server that knows no leases.
    op.add_column(
        "jobs", sa.Column("lease_until", sa.BigInteger, nullable=False, server_default="0")
    )
    running = sa.text("state = 2 AND session_id <> ''")
    op.create_index(
        "jobs_running_by_session",
        "jobs",
        ["workspace_id", "user_id", "session_id"],
        unique=True,
        sqlite_where=running,
        postgresql_where=running,
    )
    op.execute("UPDATE schema_gate SET level = 8")


def downgrade() -> None:
    raise NotImplementedError("restore a backup from before this migration instead")
