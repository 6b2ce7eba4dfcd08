"""Read-your-writes: the latest revision of each user that this client has seen."""

from __future__ import annotations

from collections import OrderedDict


class Revisions:
    """Remembers revisions by user, the most recently written users first to stay."""

    def __init__(self, capacity: int = 10_000) -> None:
        self._capacity = capacity
        self._seen: OrderedDict[str, int] = OrderedDict()

    def saw(self, user_id: str, revision: int) -> None:
        """A mutation of this user answered with this revision. Never goes back."""
        if revision > self._seen.get(user_id, 0):
            self._seen[user_id] = revision
            self._seen.move_to_end(user_id)
            if len(self._seen) > self._capacity:
                self._seen.popitem(last=False)

    def of(self, user_id: str) -> int:
        """What a search must at least know; 0: whatever there is."""
        return self._seen.get(user_id, 0)

    def forget(self, user_id: str) -> None:
        """The user was deleted."""
        self._seen.pop(user_id, None)
