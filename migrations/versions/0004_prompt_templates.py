"""The fixed texts of composed prompts, of a workspace or of one of its personas, in versions.

``user_id`` is always empty: they belong to the workspace's shared part, and go with their persona
as everything else in it does.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "prompt_templates",
        sa.Column("workspace_id", sa.Text, nullable=False),
        sa.Column("user_id", sa.Text, nullable=False, server_default=""),
        sa.Column("persona_id", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("template", sa.Text, nullable=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("update_time", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "user_id", "persona_id", "key", "version"),
    )
    # An older server neither knows nor touches the table; but it would delete a persona without
    # its texts.
    op.execute("UPDATE schema_gate SET level = 4, oldest_writer = 4")
