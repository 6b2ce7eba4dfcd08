"""Runs the migrations, on the connection and in the transaction of whoever asks for them.

``storage/schema.py`` does. There is no ``alembic.ini`` and no offline mode: a migration commits as
a whole or leaves the old schema as it was.
"""

from __future__ import annotations

from alembic import context

# SQLite's DDL is transactional too, once its driver no longer commits behind one's back.
context.configure(connection=context.config.attributes["connection"], transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
