"""The version of this release: of the client and of the server, which are released together."""

from __future__ import annotations

__version__ = "0.1.0"
