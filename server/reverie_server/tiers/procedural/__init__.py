"""Procedural memory: versioned templates of behaviour."""
