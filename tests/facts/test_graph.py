"""Which facts of a graph contradict each other."""

from __future__ import annotations

import itertools
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from reverie_server.tiers.facts.graph import Triple, contradictions
from reverie_server.tiers.facts.predicates import are_opposed, single_valued_group
from reverie_server.tiers.facts.taking_in import slot_of

compared: list[str] = []


class Watched(Triple):
    """Notes when its object is looked at."""

    __slots__ = ()

    def __getattribute__(self, name: str) -> Any:
        if name == "object_key":
            compared.append(name)
        return super().__getattribute__(name)


def made(number: int, predicate: str, thing: str) -> Triple:
    slot = slot_of(predicate, thing)
    fact_id = f"{number:05}"
    return Watched(fact_id, "Ann", "user", predicate, predicate, thing, thing, slot, 0.8)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["likes", "hates", "avoids", "wants", "lives_in", "partner", "dating"]),
            st.sampled_from("ab"),
        ),
        max_size=20,
    )
)
def test_every_pair_that_cannot_be_true_is_found(told: list[tuple[str, str]]) -> None:
    triples = [made(number, *each) for number, each in enumerate(told)]
    pairs = [
        (later, earlier)
        for later, earlier in itertools.product(reversed(triples), triples)
        if later.fact_id > earlier.fact_id
        and (later.subject_key, later.slot) == (earlier.subject_key, earlier.slot)
        and (
            (later.predicate, later.object) != (earlier.predicate, earlier.object)
            if single_valued_group(later.predicate)
            else are_opposed(later.predicate, earlier.predicate)
        )
    ]
    assert list(contradictions(triples)) == pairs


def test_only_what_can_contradict_is_compared() -> None:
    triples = [made(number, f"relation_{number}", "tea") for number in range(1000)]
    triples += [made(1000, "likes", "tea"), made(1001, "hates", "tea")]
    compared.clear()
    ((later, earlier),) = contradictions(triples)
    assert len(compared) == 2
    assert (later.predicate, earlier.predicate) == ("hates", "likes")
