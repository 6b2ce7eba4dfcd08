"""What the Python clients remember for read-your-writes; those of threads share it."""

from __future__ import annotations

from threading import Event, Lock, Thread

import pytest

from reverie.revisions import Revisions


def test_they_never_go_back_and_the_oldest_are_forgotten() -> None:
    revisions = Revisions(capacity=2)
    revisions.saw("alice", 5)
    revisions.saw("alice", 3)
    revisions.saw("bob", 1)
    revisions.saw("alice", 6)
    revisions.saw("carol", 9)

    assert [revisions.of(user) for user in ("alice", "bob", "carol")] == [6, 0, 9]
    revisions.forget("alice", 5)
    assert revisions.of("alice") == 6, "what was written after a lost revision stays"
    revisions.forget("alice", 6)
    revisions.forget("carol")
    assert [revisions.of(user) for user in ("alice", "carol")] == [0, 0]


def test_two_threads_at_once_remember_the_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """One is stopped between looking at what is remembered and writing; the other one writes a
    later revision as soon as it may."""
    other_waits_or_is_done = Event()

    class WatchedLock:
        """Tells when somebody has to wait."""

        def __init__(self) -> None:
            self._lock = Lock()

        def __enter__(self) -> None:
            if not self._lock.acquire(blocking=False):
                other_waits_or_is_done.set()
                self._lock.acquire()

        def __exit__(self, *_: object) -> None:
            self._lock.release()

    class Slow(int):
        """Is compared only once the other thread waits or is done."""

        def __lt__(self, remembered: int) -> bool:
            other.start()
            other_waits_or_is_done.wait()
            return int(self) < remembered

    monkeypatch.setattr("reverie.revisions.Lock", WatchedLock)
    revisions = Revisions()

    def later() -> None:
        revisions.saw("alice", 7)
        other_waits_or_is_done.set()

    other = Thread(target=later)
    revisions.saw("alice", Slow(5))
    other.join()

    assert revisions.of("alice") == 7
