"""The same client for programs without an event loop: ``from reverie.blocking import Reverie``.

Its calls block, and threads may share it. Errors, messages and enums are those of ``reverie``.
The modules here are generated from the async ones by proto/generate.py.
"""

from __future__ import annotations

from reverie.blocking.client import Reverie
from reverie.blocking.session import Session

__all__ = ["Reverie", "Session"]
