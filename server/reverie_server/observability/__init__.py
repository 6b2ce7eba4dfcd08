"""What people watch a server by: metrics, traces, and what every line of the log carries.

Floors and rooms know only ``meter.py`` and ``cache_counts.py``. Prometheus and OpenTelemetry are
adapters that the composition root chooses.
"""
