"""Whether what reads facts out of conversations can do so."""

from __future__ import annotations

from typing import Final

from reverie_server.cli.findings import Finding
from reverie_server.clock import MICROSECONDS
from reverie_server.errors import ReverieError
from reverie_server.language.fact_extractor import Utterance
from reverie_server.settings import Settings

PROBE: Final = Utterance(
    "1", "user", "Ann", "I live in Springfield.", 1_700_000_000 * MICROSECONDS, by_user=True
)
"""Nobody's words: it makes the endpoint answer in the form that real ones need."""
_NAME: Final = "extractor"


async def check_extractor(settings: Settings) -> Finding:
    """Asks the endpoint that the settings name, once, without a user's word."""
    if settings.extractor == "embedded":
        return Finding.ok(_NAME, "embedded: nothing that is said leaves the server")
    if not settings.extractor_workspaces:
        return Finding.problem(
            _NAME,
            "openai, but no workspace's text may be sent to it: all keep the embedded one",
            "list the workspaces in REVERIE_EXTRACTOR_WORKSPACES",
        )
    # Imported here: the other checks need no engine's libraries.
    from reverie_server.bootstrap import CannotStart  # noqa: PLC0415
    from reverie_server.bootstrap.floors import openai_extractor  # noqa: PLC0415

    try:
        extractor = openai_extractor(settings.model_copy(update={"extractor_retries": 0}))
    except CannotStart as error:
        return Finding.problem(_NAME, str(error), "install it, or set REVERIE_EXTRACTOR=embedded")
    if extractor is None:
        return Finding.skipped(_NAME, "no endpoint is chosen")
    try:
        await extractor.extract([PROBE])
    except ReverieError as error:
        return Finding.problem(
            _NAME,
            f"{settings.extractor_url}: {error.message}",
            "check REVERIE_EXTRACTOR_URL, _MODEL and _KEY, and that the model answers in JSON of a"
            " schema; until then jobs that read facts fail",
        )
    finally:
        await extractor.close()
    workspaces = ", ".join(settings.extractor_workspaces)
    return Finding.ok(_NAME, f"{extractor.name} at {settings.extractor_url}, for {workspaces}")
