"""Working memory: what is happening now, in a session of a user with a persona."""
