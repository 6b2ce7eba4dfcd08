"""${message}."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}
    # One level up, and in storage/schema.py too. A server older than "oldest_reader" or
    # "oldest_writer" cannot live with this schema: raise them only when that is so.
    op.execute("UPDATE schema_gate SET level = level + 1")


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
