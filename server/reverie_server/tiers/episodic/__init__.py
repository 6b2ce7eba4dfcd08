"""Episodic memory: what remains of ended sessions."""
