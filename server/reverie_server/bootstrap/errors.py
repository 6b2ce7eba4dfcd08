"""Why a server does not start."""

from __future__ import annotations


class CannotStart(Exception):
    """In one sentence, for its operator."""
