"""Semantic memory: JSON documents."""
