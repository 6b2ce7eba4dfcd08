"""Every way of reading, as any reader, with anybody's ids: as hypothesis strategies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from hypothesis import strategies as st

from reverie.v1 import common_pb2 as common
from tests.isolation.canaries import PERSONAS, USERS, Aviary, Place
from tests.rpc.contract import READS, Rpc

_Filter = common.Filter
FILTERS: Final = (
    _Filter(),
    _Filter(exists=_Filter.Exists(key="metadata.note")),
    _Filter(none_of=_Filter.NoneOf(filters=[_Filter(exists=_Filter.Exists(key="metadata.x"))])),
)
VALUES: Final[Mapping[str, tuple[Any, ...]]] = {
    "page_size": (1, 3, 50),
    "limit": (1, 3, 50),
    "last_n": (1, 3),
    "recent_entries": (1, 20),
    "version": (1, 2),
    "tiers": (1, 2, 3, 4, 5),
    "states": (1, 2, 3),
    "statuses": (1, 2, 3),
    "search_in": (1, 2),
    "document_id_prefix": ("canary",),
    "key_prefix": ("canary", "co"),
}
TIMES: Final = {
    "event_after": 0,
    "event_before": 4_000_000_000,
    "start_after": 0,
    "start_before": 4_000_000_000,
    "as_of": 4_000_000_000,
    "known_at": 4_000_000_000,
}
"""Seconds, so that what is there lies within."""
ALWAYS: Final = frozenset({"user_id", "persona_id", "query", "update_mask"})
"""Fields that are never left out."""


@dataclass(frozen=True, slots=True)
class Question:
    """One read."""

    reader: Place
    rpc: Rpc
    request: Message

    def __repr__(self) -> str:
        return f"{self.rpc.name} as {self.reader}: {self.request!s}"


@st.composite
def questions(draw: st.DrawFn, aviary: Aviary, workspaces: tuple[str, ...]) -> Question:
    """A reader, one read, and a request that may name whatever stands anywhere."""
    reader = Place(
        draw(st.sampled_from(workspaces)),
        draw(st.sampled_from(USERS)),
        draw(st.sampled_from(PERSONAS)),
    )
    rpc = draw(st.sampled_from(READS))
    request: Any = rpc.request()
    for field in rpc.request.DESCRIPTOR.fields:
        if field.name in ALWAYS or draw(st.booleans()):
            _fill(draw, request, field, reader, aviary)
    if rpc.has("persona_ids"):
        request.ClearField("persona_ids")
        request.persona_ids.append(reader.persona)
    return Question(_as_asked(reader, request), rpc, request)


def _as_asked(reader: Place, request: Any) -> Place:
    """The reader that a request stands for: without a user it reads the shared part alone, and
    without a persona nobody's own."""
    names = request.DESCRIPTOR.fields_by_name
    persona = request.persona_id if "persona_id" in names else ""
    if "persona_ids" in names:
        persona = reader.persona
    user = request.user_id if "user_id" in names else ""
    return Place(reader.workspace, user, persona)


def _fill(draw: st.DrawFn, request: Any, field: Any, reader: Place, aviary: Aviary) -> None:
    name = field.name
    if name == "user_id":
        # The shared part, now and then, where there is one.
        request.user_id = draw(st.sampled_from((reader.user, reader.user, "")))
    elif name == "persona_id":
        request.persona_id = reader.persona
    elif name in {"query", "topic"}:
        word = draw(st.sampled_from(aviary.canaries)).word
        setattr(request, name, draw(st.sampled_from(("climbing", f"{word} climbing", word))))
    elif name == "filter":
        request.filter.CopyFrom(draw(st.sampled_from(FILTERS)))
    elif name in aviary.ids:
        _set(request, field, draw(st.sampled_from(sorted(aviary.ids[name]))))
    elif name in VALUES:
        _set(request, field, draw(st.sampled_from(VALUES[name])))
    elif field.type == FieldDescriptor.TYPE_BOOL:
        setattr(request, name, True)
    elif name in TIMES:
        getattr(request, name).seconds = TIMES[name]


def _set(request: Any, field: Any, value: Any) -> None:
    if field.is_repeated:
        getattr(request, field.name).append(value)
    else:
        setattr(request, field.name, value)
