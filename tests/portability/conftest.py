"""Fixtures of the tests of exports and imports."""

from tests.portability.places import place, source

__all__ = ["place", "source"]
