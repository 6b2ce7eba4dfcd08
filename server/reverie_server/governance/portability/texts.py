"""Where in a record sentences may stand that were forgotten.

These are the fields that forgetting cleans, too (``tiers/episodic/erasure.py``,
``tiers/working/erasure.py``). Supplied storylines are not here: their topics count as well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from reverie_server.tiers.quotes import REDACTED
from reverie_server.tiers.working.model import SessionContext, SuppliedFact

_LIST: Final = msgspec.json.Decoder(list[str])
_MAP: Final = msgspec.json.Decoder(dict[str, str])
_CONTEXT: Final = msgspec.json.Decoder(SessionContext)
_FACTS: Final = msgspec.json.Decoder(list[SuppliedFact])


@dataclass(frozen=True, slots=True)
class Texts:
    """How texts stand in a row's value."""

    taken: Callable[[str], list[str]]
    """All of them."""
    replaced: Callable[[str, Sequence[str]], str]
    """The value with as many others in their places, of which nothing may be left."""


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _kept_items(_: str, texts: Sequence[str]) -> str:
    return _json([text for text in texts if text != REDACTED])


def _of_map(texts: Mapping[str, str]) -> list[str]:
    return [*texts, *texts.values()]


def _kept_map(texts: Mapping[str, str], others: Sequence[str]) -> dict[str, str]:
    keys, values = others[: len(texts)], others[len(texts) :]
    return {key: value for key, now, value in zip(texts, keys, values, strict=True) if key == now}


def _of_context(value: str) -> list[str]:
    context = _CONTEXT.decode(value)
    return [context.topic, context.mood, context.urgency, *_of_map(context.values)]


def _kept_context(value: str, texts: Sequence[str]) -> str:
    context = _CONTEXT.decode(value)
    topic, mood, urgency, *others = texts
    values = _kept_map(context.values, others)
    return _json(SessionContext(topic, mood, urgency, context.needs_decision, values))


def _kept_facts(value: str, texts: Sequence[str]) -> str:
    facts = _FACTS.decode(value)
    return _json([each for each, text in zip(facts, texts, strict=True) if each.statement == text])


_PLAIN: Final = Texts(lambda value: [value], lambda _, texts: texts[0])
_OPTIONAL: Final = Texts(
    lambda value: [value], lambda _, texts: "" if texts[0] == REDACTED else texts[0]
)
_ITEMS: Final = Texts(_LIST.decode, _kept_items)
_BY_NAME: Final = Texts(
    lambda value: _of_map(_MAP.decode(value)),
    lambda value, texts: _json(_kept_map(_MAP.decode(value), texts)),
)
_OF_CONTEXT: Final = Texts(_of_context, _kept_context)
_OF_FACTS: Final = Texts(
    lambda value: [each.statement for each in _FACTS.decode(value)], _kept_facts
)

TEXTS: Final[Mapping[str, Mapping[str, Texts]]] = {
    "session": {"context": _OF_CONTEXT, "metadata": _BY_NAME, "rehydrated_summary": _PLAIN},
    "entry": {"content": _PLAIN, "metadata": _BY_NAME},
    "bookmark": {"context": _OF_CONTEXT},
    "episode": {
        "summary": _PLAIN,
        **dict.fromkeys(("key_topics", "decisions", "action_items"), _ITEMS),
        **dict.fromkeys(("outcome", "emotional_tone"), _OPTIONAL),
        "facts": _OF_FACTS,
        "metadata": _BY_NAME,
    },
    "storyline": {"summary": _PLAIN, "follow_up": _PLAIN},
}
"""By kind of record and field."""
