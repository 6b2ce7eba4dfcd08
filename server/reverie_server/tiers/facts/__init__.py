"""Facts: statements about a user that live in time."""
