"""``reverie`` has the contract's enums."""

from __future__ import annotations

import pkgutil
from importlib import import_module

import reverie
import reverie.v1


def test_every_enum_is_there() -> None:
    modules = [
        import_module(f"reverie.v1.{each.name}")
        for each in pkgutil.iter_modules(reverie.v1.__path__)
        if each.name.endswith("_pb2")
    ]
    enums = {
        name: getattr(module, name)
        for module in modules
        for name in module.DESCRIPTOR.enum_types_by_name
    }

    assert "Role" in enums
    for name, enum in enums.items():
        assert getattr(reverie, name) is enum, f"import {name} in reverie/__init__.py"
        assert name in reverie.__all__
