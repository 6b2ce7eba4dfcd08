"""Update masks: which fields a caller wants to change."""

from __future__ import annotations

from collections.abc import Collection

from google.protobuf.field_mask_pb2 import FieldMask

from reverie_server.errors import InvalidArgument


def masked_paths(
    mask: FieldMask, allowed: Collection[str], *, keyed: Collection[str] = ()
) -> frozenset[str]:
    """The paths of a mandatory mask.

    Args:
        allowed: the fields that can be changed.
        keyed: maps among them whose single keys can be named, too (``values.<key>``).

    Raises:
        InvalidArgument: the mask is empty or names something else.
    """
    if not mask.paths:
        raise InvalidArgument.of("update_mask", "names no field to change", reason="FIELD_REQUIRED")
    for index, path in enumerate(mask.paths):
        head, dot, key = path.partition(".")
        if path not in allowed and not (dot and key and head in keyed):
            names = ", ".join(sorted(allowed))
            raise InvalidArgument.of(
                f"update_mask.paths[{index}]", f"is not one of the fields that can change: {names}"
            )
    return frozenset(mask.paths)
