"""The extractors that the settings can choose."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from reverie_server.settings import Settings


@pytest.mark.parametrize(
    ("chosen", "complaint"),
    [
        (
            {"extractor": "openai"},
            "the openai extractor needs REVERIE_EXTRACTOR_URL and REVERIE_EXTRACTOR_MODEL",
        ),
        (
            {"extractor": "openai", "extractor_url": "http://127.0.0.1:9/v1"},
            "the openai extractor needs REVERIE_EXTRACTOR_MODEL",
        ),
        ({"extractor": "oracle"}, "'embedded' or 'openai'"),
        ({"extractor_timeout_seconds": 0}, "greater than 0"),
    ],
)
def test_what_an_extractor_needs_is_demanded(
    tmp_path: Path, chosen: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(ValidationError, match=complaint):
        Settings(data_folder=tmp_path / "data", **chosen)


def test_by_default_nothing_leaves() -> None:
    settings = Settings()
    assert (settings.extractor, settings.extractor_workspaces) == ("embedded", ())


def test_the_endpoints_key_is_never_shown() -> None:
    settings = Settings(extractor_key=SecretStr("the endpoint's key"))
    assert "the endpoint's key" not in repr(settings) + settings.model_dump_json()
