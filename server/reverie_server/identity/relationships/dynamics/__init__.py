"""How trust, affection and attunement move."""
