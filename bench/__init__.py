"""Benchmarks: how fast Reverie answers and how well it recalls. `make bench` runs them."""
