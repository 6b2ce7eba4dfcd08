"""The contract ``reverie.v1``: messages and stubs, generated from ``proto/`` by ``make gen``."""
