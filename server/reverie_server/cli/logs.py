"""Where the log goes, and what every line of it carries."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, MutableMapping
from typing import Any, Literal

import structlog

from reverie_server.observability.redaction import Redaction
from reverie_server.rpc.call import served_call

Format = Literal["auto", "json", "console"]


def log_to_stderr(level: str, form: Format = "auto", secrets: Iterable[str] = ()) -> None:
    """Sends the log of the server, and warnings of its libraries, to stderr.

    Args:
        form: `json` is one object a line, `console` is for people; `auto` is for people on a
            terminal.
        secrets: what no line may show.
    """
    for_people = form == "console" or (form == "auto" and sys.stderr.isatty())
    renderer: Any = (
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        if for_people
        else structlog.processors.JSONRenderer()
    )
    common: list[Any] = [
        structlog.contextvars.merge_contextvars,
        add_call,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        Redaction(secrets),
    ]
    structlog.configure(
        processors=[*common, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *common],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    # Libraries say at INFO and below what they send and get, which may be what somebody said.
    handler.setLevel(logging.WARNING)
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


def add_call(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Says on whose behalf: the call that is being served, also on the database's threads."""
    call = served_call()
    if call is not None:
        event.setdefault("request_id", call.call_id)
        event.setdefault("method", call.method)
        event.setdefault("workspace_id", call.workspace_id)
        if call.trace_id:
            event.setdefault("trace_id", call.trace_id)
    return event
