"""What a correction makes of a fact, and which corrections there are."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any, Final

from reverie_server.errors import FailedPrecondition, InvalidArgument
from reverie_server.tiers.facts.model import ChangeKind, Fact, Outcome, Scope
from reverie_server.tiers.facts.taking_in import slot_of
from reverie_server.tiers.facts.timeline import Settlement, replaced_end, restore
from reverie_server.tiers.facts.wording import object_key

FACT_FIELDS: Final = frozenset(
    {
        "statement",
        "category",
        "confidence",
        "importance",
        "sensitivity",
        "visibility",
        "pinned",
        "valid_to",
        "metadata",
    }
)
"""What an update can name."""


def corrected(
    fact: Fact, values: Mapping[str, Any], held: Collection[Fact], persona_id: str
) -> Settlement:
    """What is to be stored.

    Args:
        values: by the names of ``FACT_FIELDS``, as ``Fact`` has them.
        held: the facts that it may change.
        persona_id: who corrects it.

    Raises:
        InvalidArgument: a value does not go with the fact.
        FailedPrecondition: its visibility is another persona's to change.
    """
    others = tuple(held)
    wanted = values.get("visibility")
    if wanted is not None and wanted is not fact.visibility:
        if fact.scope is Scope.RELATIONSHIP:
            raise InvalidArgument.of(
                "fact.visibility", "facts about the relationship are private to the pair"
            )
        if fact.persona_id != persona_id:
            raise wrong_state("was learnt by another persona, whose visibility it is to change")
    plain = {name: value for name, value in values.items() if name != "valid_to"}
    if "confidence" in plain:
        plain["staleness"] = 1.0
    if "statement" in plain:
        if not plain["statement"].strip():
            raise InvalidArgument.of("fact.statement", "is required", reason="FIELD_REQUIRED")
        if not fact.predicate_key:
            # It is compared by its words.
            words = object_key(plain["statement"])
            plain |= {"object_key": words, "slot": slot_of("", words)}
    new = changed(fact, ChangeKind.UPDATED, **plain)
    if "valid_to" in values:
        ends = values["valid_to"]
        if ends is not None and ends <= fact.valid_from:
            raise InvalidArgument.of("fact.valid_to", "must be later than its valid_from")
        new = replaced_end(new, ends, others)
    counts = new.retracted_time is None and not new.never_counted
    if wanted is not None and wanted < fact.visibility and counts:
        # More can see it now: it takes its place among what they see, and does not say why it
        # ended if they may not know.
        placed = restore(replace(new, superseded_by="", stated_to=new.valid_to), others)
        renamed = tuple(
            replace(each, change=ChangeKind.UPDATED) if each.fact_id == fact.fact_id else each
            for each in placed.changed
        )
        return replace(placed, changed=renamed)
    return Settlement(Outcome.STORED, new, changed=(new,))


def changed(fact: Fact, kind: ChangeKind, **values: Any) -> Fact:
    """Another state of the fact, for no other fact's sake."""
    return replace(fact, **values, change=kind, change_fact_id="", change_entry_ids=())


def wrong_state(what: str) -> FailedPrecondition:
    """The error of a change that the fact is not in the state for."""
    return FailedPrecondition(f"the fact {what}", metadata={"resource": "fact"})
