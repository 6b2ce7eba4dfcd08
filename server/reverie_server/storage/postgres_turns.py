"""Units of work on one owner's memory take turns.

Two transactions that change the same owner at once cannot both commit: the one that comes second
is undone and runs again. Within a server that is avoided: a unit that has said whose memory it
changes waits for those before it, and takes no connection meanwhile. What other servers do still
collides, and is run again.
"""

from __future__ import annotations

import asyncio
from collections import deque

Owner = tuple[str, str]
"""workspace_id, user_id."""


class Turns:
    """First come, first served, for each owner."""

    def __init__(self) -> None:
        self._waiting: dict[Owner, deque[asyncio.Future[None]]] = {}
        """Of each owner whose turn somebody has: who waits for it."""

    @property
    def idle(self) -> bool:
        """Nobody has a turn."""
        return not self._waiting

    async def take(self, owner: Owner) -> None:
        """Returns when it is the caller's turn, who must ``give`` it back."""
        waiting = self._waiting.get(owner)
        if waiting is None:
            self._waiting[owner] = deque()
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.give(owner)  # it was handed over in the moment in which the caller left
            raise

    def give(self, owner: Owner) -> None:
        """Hands the turn to the next who still waits."""
        waiting = self._waiting[owner]
        while waiting:
            turn = waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        del self._waiting[owner]
