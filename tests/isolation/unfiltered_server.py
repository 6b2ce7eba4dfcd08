"""A server whose read filter lacks a part on purpose: what the isolation tests must notice.

``python unfiltered_server.py PART FOLDER`` prints its address and serves until it is terminated.
PART is ``users`` or ``personas``, which ``{readable:alias}`` then tells apart no more, or
``owners``, which ``{owned:alias}`` then does not.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

from reverie_server import scope

EVERY_ARGUMENT = "$1 = $1 AND $2 = $2 AND $3 = $3 AND $4 = $4"


def _workspace_only(alias: str) -> str:
    return f"({alias}.workspace_id = $1 AND {EVERY_ARGUMENT})"


def _user_only(alias: str) -> str:
    return f"({alias}.workspace_id = $1 AND {alias}.user_id = $2 AND {EVERY_ARGUMENT})"


def remove(part: str) -> None:
    """Before anything else is imported, because statements are compiled at import."""
    if part == "owners":
        scope.owned = _user_only
    else:
        scope.readable = _workspace_only if part == "users" else _user_only


async def serve(folder: Path) -> None:
    from reverie_server.bootstrap import Application
    from reverie_server.settings import Settings

    terminated = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, terminated.set)
    application = await Application.start(Settings(data_folder=folder, port=0))
    sys.stdout.write(f"address {application.address}\n")  # the log's lines stand there, too
    sys.stdout.flush()
    await terminated.wait()
    await application.stop()


if __name__ == "__main__":
    remove(sys.argv[1])
    asyncio.run(serve(Path(sys.argv[2])))
