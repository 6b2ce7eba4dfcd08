"""Every metric of our own: its name, its labels and what it means. docs/metrics.md shows it.

Labels have few values, all known beforehand: never an id, never a text of a caller.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class MetricKind(StrEnum):
    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Metric:
    name: str
    """As it is scraped; a histogram's without its ``_bucket``, ``_sum`` and ``_count``."""
    kind: MetricKind
    labels: tuple[str, ...]
    meaning: str
    buckets: tuple[float, ...] = ()
    """Upper bounds, of a histogram."""


_CALL_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_STALL_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)
_WAIT_SECONDS: Final = (0.0001, 0.00025, 0.001, 0.0025, 0.01, 0.025, 0.1, 0.25, 1, 2.5, 5)
_UNITS: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256)

CALLS: Final = Metric(
    "reverie_rpc_duration_seconds",
    MetricKind.HISTOGRAM,
    ("method", "code"),
    "How long calls took until they were answered.",
    _CALL_SECONDS,
)
IN_FLIGHT: Final = Metric(
    "reverie_rpc_in_flight", MetricKind.GAUGE, (), "Calls that are inside now."
)
STALLS: Final = Metric(
    "reverie_event_loop_stall_seconds",
    MetricKind.HISTOGRAM,
    (),
    "How much later than asked for the event loop came, tried 20 times a second.",
    _STALL_SECONDS,
)
DATABASE_UP: Final = Metric(
    "reverie_database_up",
    MetricKind.GAUGE,
    (),
    "1: the database answered this scrape. 0: it is away. Missing: it was too busy to answer in"
    " time. Unless 1, what is read from it is missing.",
)
DATABASE_WAITING: Final = Metric(
    "reverie_database_waiting",
    MetricKind.GAUGE,
    ("queue",),
    "Units of work that wait (SQLite: `reads`, `writes`) or are under way (PostgreSQL: `units`).",
)
CONNECTIONS: Final = Metric(
    "reverie_database_connections",
    MetricKind.GAUGE,
    ("state",),
    "Connections to PostgreSQL: `in_use`, `idle`, and `limit`, which there may be at most.",
)
CONNECTION_WAITS: Final = Metric(
    "reverie_database_connection_wait_seconds",
    MetricKind.HISTOGRAM,
    (),
    "How long units of work waited for a connection to PostgreSQL.",
    _WAIT_SECONDS,
)
COMMITS: Final = Metric(
    "reverie_database_commit_units",
    MetricKind.HISTOGRAM,
    (),
    "Units of work that one commit of SQLite made durable together.",
    _UNITS,
)
INDEX_STATE: Final = Metric(
    "reverie_index_state",
    MetricKind.GAUGE,
    ("state",),
    "1 for the state that the index is in (`ready`, `rebuilding`, `away`), 0 for the others.",
)
INDEX_POINTS: Final = Metric(
    "reverie_index_points", MetricKind.GAUGE, (), "Memories that are in the index."
)
ON_DUTY: Final = Metric(
    "reverie_on_duty",
    MetricKind.GAUGE,
    (),
    "1 while this server does background work; 0 while another one does all of it.",
)
PARTITIONS: Final = Metric(
    "reverie_index_partitions",
    MetricKind.GAUGE,
    (),
    "Of the 32 parts of all users, how many this server brings into the index.",
)
LAG_ROWS: Final = Metric(
    "reverie_index_lag_rows",
    MetricKind.GAUGE,
    (),
    "Changes that are committed and not in the index yet, of all servers of the database.",
)
LAG_SECONDS: Final = Metric(
    "reverie_index_lag_seconds",
    MetricKind.GAUGE,
    (),
    "The age of the oldest of them; 0 without any.",
)
UNFLUSHED_ROWS: Final = Metric(
    "reverie_index_unflushed_rows",
    MetricKind.GAUGE,
    (),
    "Changes that are in the index and not known to be durable there.",
)
JOBS: Final = Metric(
    "reverie_jobs",
    MetricKind.GAUGE,
    ("state",),
    "Jobs by state, of all servers of the database; ended ones until they are swept.",
)
CACHE_LOOKUPS: Final = Metric(
    "reverie_cache_lookups_total",
    MetricKind.COUNTER,
    ("cache", "result"),
    "Lookups in caches (`recall_views`, `prompt_lines`) that were a `hit` or a `miss`.",
)
RECALL_CACHE_BYTES: Final = Metric(
    "reverie_recall_cache_bytes",
    MetricKind.GAUGE,
    (),
    "What the features of recently searched users take, roughly.",
)
BUILD: Final = Metric(
    "reverie_build_info", MetricKind.GAUGE, ("version",), "1, under the version that runs."
)

METRICS: Final = (
    CALLS,
    IN_FLIGHT,
    STALLS,
    DATABASE_UP,
    DATABASE_WAITING,
    CONNECTIONS,
    CONNECTION_WAITS,
    COMMITS,
    INDEX_STATE,
    INDEX_POINTS,
    ON_DUTY,
    PARTITIONS,
    LAG_ROWS,
    LAG_SECONDS,
    UNFLUSHED_ROWS,
    JOBS,
    CACHE_LOOKUPS,
    RECALL_CACHE_BYTES,
    BUILD,
)
