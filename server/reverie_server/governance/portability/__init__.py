"""Exports of a user, imports, and the move of a whole deployment."""
