"""Runs the migrations, on the connection and in the transaction of whoever asks for them.

``storage/schema.py`` does. There is no ``alembic.ini`` and no offline mode: a migration commits as
a whole or leaves the old schema as it was.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import context
from sqlalchemy.ext.compiler import compiles


@compiles(sa.Text, "postgresql")
def text_in_order_of_its_bytes(*_: Any, **__: Any) -> str:
    """Text is compared and sorted by its bytes, as SQLite does it, whatever the database's locale
    is: pages go on where they ended, and prefixes are intervals.
    """
    return 'TEXT COLLATE "C"'


# SQLite's DDL is transactional too, once its driver no longer commits behind one's back.
context.configure(connection=context.config.attributes["connection"], transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
