"""Read-your-writes: the latest revision of each owner that this client has written."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock


class Revisions:
    """Remembers revisions by user; under an empty id that of the workspace's shared part.

    When there are too many, the users that were written longest ago are forgotten: their next
    search sees what the server has at hand, as everybody else's. Threads may share it.
    """

    def __init__(self, capacity: int = 10_000) -> None:
        self._capacity = capacity
        self._seen: OrderedDict[str, int] = OrderedDict()
        self._lock = Lock()

    def saw(self, user_id: str, revision: int) -> None:
        """A mutation of this user answered with this revision. Never goes back: answers of calls
        that run side by side arrive in any order."""
        with self._lock:
            self._seen[user_id] = max(revision, self._seen.get(user_id, 0))
            self._seen.move_to_end(user_id)
            if len(self._seen) > self._capacity:
                self._seen.popitem(last=False)

    def of(self, user_id: str) -> int:
        """What a search must at least know; 0: whatever there is."""
        return self._seen.get(user_id, 0)

    def forget(self, user_id: str, revision: int | None = None) -> None:
        """The user was deleted or, with a revision, the server does not know it: then only this
        one is forgotten, and not what was written meanwhile."""
        with self._lock:
            if revision is None or self._seen.get(user_id) == revision:
                self._seen.pop(user_id, None)
