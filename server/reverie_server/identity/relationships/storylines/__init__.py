"""What goes on in a user's life, from call to call."""
