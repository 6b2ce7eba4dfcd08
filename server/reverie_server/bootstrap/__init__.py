"""The composition root: opens the floors, ties the rooms together, serves them."""

from __future__ import annotations

from reverie_server.bootstrap.application import Application
from reverie_server.bootstrap.errors import CannotStart

__all__ = ["Application", "CannotStart"]
