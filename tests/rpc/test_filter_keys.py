"""The contract names the keys that filters may have."""

from __future__ import annotations

from pathlib import Path

from reverie_server.rpc.filters import MEMORY_KEYS

CONTRACT = Path(__file__).parents[2] / "proto" / "reverie" / "v1" / "common.proto"


def test_the_contract_names_every_key() -> None:
    before, _, _ = CONTRACT.read_text("utf-8").partition("message Filter {")
    comment = before[before.rindex("\n}\n") :]
    assert {key for key in MEMORY_KEYS if f"`{key}`" not in comment} == set()
