"""A process that migrates a database again and again, and is killed each time at a later statement.

``python -m tests.storage.killed_migrations URL STEP`` kills itself (a child of itself, so that all
is imported once) with -9 just before statement STEP, 2 x STEP and so on, until a migration ends
before that. Prints a line for each: the statement, and the level of the schema behind it.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from itertools import count

from sqlalchemy import event
from sqlalchemy.engine import Engine

from reverie_server.storage.postgres_options import PostgresOptions
from reverie_server.storage.postgres_schema import migrate_postgres, read_gate

url, step = sys.argv[1], int(sys.argv[2])
options = PostgresOptions(url)


def migrate(killed_at: int) -> None:
    """In the child: it does not come back when there are so many statements."""
    statements = count(1)

    @event.listens_for(Engine, "before_cursor_execute")
    def count_statements(*_: object) -> None:
        if next(statements) == killed_at:
            os.kill(os.getpid(), signal.SIGKILL)

    asyncio.run(migrate_postgres(options))


for number in count(step, step):
    child = os.fork()
    if not child:
        migrate(number)
        os._exit(0)
    killed = os.WIFSIGNALED(os.waitpid(child, 0)[1])
    print(number, asyncio.run(read_gate(options)).level, flush=True)
    if not killed:
        break
