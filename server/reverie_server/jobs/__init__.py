"""Durable work in the background: queued with the change that needs it, tried until it is done."""
