"""Forgetting one memory everywhere."""
