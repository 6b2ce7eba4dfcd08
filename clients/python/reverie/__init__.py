"""Reverie, a memory server for bots: the Python client. The contract is in ``reverie.v1``."""

from __future__ import annotations

from reverie.version import __version__

__all__ = ["__version__"]
