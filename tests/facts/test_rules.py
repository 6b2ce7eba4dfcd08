"""What must always hold of a timeline, whatever is told in whatever order."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from reverie_server.scope import Visibility
from reverie_server.tiers.facts import predicates
from reverie_server.tiers.facts.model import ChangeKind, Fact, Outcome, Scope, Sensitivity
from reverie_server.tiers.facts.predicates import single_valued_group
from reverie_server.tiers.facts.taking_in import slot_of
from reverie_server.tiers.facts.timeline import Settlement, end, restore, settle
from reverie_server.tiers.provenance import Source
from tests.docs.markdown import read, rows

INSTANTS = range(25)


class Timeline:
    """One subject's slot, with what happens to it."""

    def __init__(self) -> None:
        self.facts: dict[str, Fact] = {}
        self._numbers = itertools.count()

    def new_id(self) -> str:
        return f"f{next(self._numbers)}"

    def take(self, done: Settlement) -> None:
        for each in done.changed:
            assert each.fact_id in self.facts, "only what is there can change"
        for each in done.added:
            assert each.fact_id not in self.facts, "what is there is not stored again"
        self.facts |= {each.fact_id: each for each in (*done.changed, *done.added)}

    def tell(
        self,
        predicate: str,
        thing: str,
        start: int,
        *,
        confidence: float = 0.8,
        negated: bool = False,
        is_private: bool = False,
    ) -> Outcome:
        visibility = Visibility.PRIVATE if is_private else Visibility.SHARED
        new = replace(
            made(self.new_id(), predicate, thing, start, confidence), visibility=visibility
        )
        held = [each for each in self.facts.values() if each.visibility >= visibility]
        done = (end if negated else settle)(new, held, self.new_id)
        self.take(done)
        return done.outcome

    def undo(self, fact: Fact) -> None:
        """Restores a fact."""
        self.take(restore(fact, list(self.facts.values())))

    def true_at(self, instant: int) -> list[Fact]:
        return [fact for fact in self.facts.values() if fact.is_true_at(instant)]

    def value_at(self, instant: int) -> str | None:
        there = self.true_at(instant)
        assert len(there) <= 1, f"two values at {instant}: {there}"
        return there[0].object if there else None

    @property
    def values(self) -> list[str | None]:
        return [self.value_at(instant) for instant in INSTANTS]


def made(fact_id: str, predicate: str, thing: str, start: int, confidence: float = 0.8) -> Fact:
    return Fact(
        fact_id=fact_id,
        persona_id="brad",
        visibility=Visibility.SHARED,
        scope=Scope.USER,
        statement=f"user {predicate} {thing}",
        category="",
        subject="user",
        predicate=predicate,
        object=thing,
        subject_key="user",
        predicate_key=predicate,
        object_key=thing,
        slot=slot_of(predicate, thing),
        confidence=confidence,
        staleness=1.0,
        importance=0.5,
        sensitivity=Sensitivity.NORMAL,
        pinned=False,
        valid_from=start,
        valid_to=None,
        stated_to=None,
        retracted_time=None,
        superseded_by="",
        confirm_count=0,
        last_confirmed_time=start,
        session_id="",
        entry_ids=(),
        source=Source.APPLICATION,
        trust=0.8,
        metadata={},
        change=ChangeKind.ADDED,
        change_fact_id="",
        change_entry_ids=(),
        version=1,
        revision=1,
        create_time=0,
        update_time=0,
    )


class Diary:
    """The same, kept as simply as can be: what was said of which instant. Of a stretch in which
    the same was said again and again, only its beginning and the latest time count."""

    def __init__(self) -> None:
        self.stretches: list[tuple[int, int, str]] = []
        """(first said, last said, what), by the first."""

    def tell(self, thing: str, at: int) -> None:
        before = [each for each in self.stretches if each[0] <= at]
        after = [each for each in self.stretches if each[0] > at]
        if before and before[-1][2] == thing:
            first, last, _ = before[-1]
            before[-1] = (first, max(last, at), thing)
        elif before and at < before[-1][1] < (after[0][0] if after else max(INSTANTS) + 1):
            # Said again since: that begins anew behind it.
            first, last, other = before[-1]
            before[-1] = (first, first, other)
            after = [(at, at, thing), (last, last, other), *after]
        elif after and after[0][2] == thing:
            after[0] = (at, after[0][1], thing)
        else:
            after = [(at, at, thing), *after]
        # What was said of a later time is no longer said of what ends before it.
        before = [
            (first, first if last >= at and what != thing else last, what)
            for first, last, what in before
        ]
        # What begins at one instant is what was said of it last.
        begins = {first: (first, last, what) for first, last, what in (*before, *after)}
        self.stretches = [begins[first] for first in sorted(begins)]

    @property
    def values(self) -> list[str | None]:
        return [
            next((what for first, _, what in reversed(self.stretches) if first <= instant), None)
            for instant in INSTANTS
        ]


TELLINGS = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, max(INSTANTS))), max_size=10)


@given(TELLINGS)
def test_of_a_single_valued_predicate_one_value_is_true_at_a_time(
    tellings: list[tuple[str, int]],
) -> None:
    timeline, diary = Timeline(), Diary()
    for thing, at in tellings:
        timeline.tell("lives_in", thing, at)
        diary.tell(thing, at)
        # What was told holds at its own time, whatever was known.
        assert timeline.value_at(at) == thing
    assert timeline.values == diary.values


@given(TELLINGS)
def test_telling_it_again_stores_nothing(tellings: list[tuple[str, int]]) -> None:
    timeline = Timeline()
    told: list[tuple[str, int]] = []
    for thing, at in tellings:
        if at not in {when for _, when in told}:
            timeline.tell("lives_in", thing, at)
            told.append((thing, at))
            before = timeline.values, set(timeline.facts)
            assert timeline.tell("lives_in", thing, at) is Outcome.CONFIRMED
            assert (timeline.values, set(timeline.facts)) == before


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["likes", "loves", "hates", "avoids", "wants", "rejects"]),
        st.integers(0, max(INSTANTS)),
        st.sampled_from([0.4, 0.6, 0.8]),
        st.booleans(),
        st.integers(0, 9),
    ),
    max_size=12,
)
"""A relation, when, how sure, whether it is negated, and whether something is undone after it."""


@given(STEPS)
def test_what_excludes_each_other_is_never_true_together(
    steps: list[tuple[str, int, float, bool, int]],
) -> None:
    timeline = Timeline()
    for predicate, at, confidence, negated, undone in steps:
        known = set(timeline.facts)
        timeline.tell(predicate, "tea", at, confidence=confidence, negated=negated)
        assert known <= set(timeline.facts), "nothing is ever deleted"
        superseded = [each for each in timeline.facts.values() if each.superseded_by]
        if undone < len(superseded):
            fact = superseded[undone]
            timeline.undo(fact)
            assert timeline.facts[fact.fact_id].is_true_at(fact.valid_from)
    for instant in INSTANTS:
        predicates = {fact.predicate for fact in timeline.true_at(instant)}
        assert len(timeline.true_at(instant)) == len(predicates)
        assert not predicates & {"likes", "loves"} or not predicates & {"hates", "avoids"}
        assert len(predicates & {"likes", "loves"}) <= 1
        assert len(predicates & {"hates", "avoids"}) <= 1
        assert not {"wants", "rejects"} <= predicates
        assert not {"wants", "avoids"} <= predicates


@given(TELLINGS, st.integers(0, 9))
def test_an_undone_supersession_leaves_one_value(
    tellings: list[tuple[str, int]], which: int
) -> None:
    timeline = Timeline()
    for thing, at in tellings:
        timeline.tell("works_at", thing, at)
    superseded = [each for each in timeline.facts.values() if each.superseded_by]
    if superseded:
        fact = superseded[which % len(superseded)]
        timeline.undo(fact)
        assert timeline.value_at(fact.valid_from) == fact.object
        assert timeline.values  # which looks at every instant


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.integers(0, max(INSTANTS)), st.booleans()),
        max_size=12,
    )
)
def test_what_is_private_never_shows(tellings: list[tuple[str, int, bool]]) -> None:
    timeline, diary = Timeline(), Diary()
    for thing, at, is_private in tellings:
        timeline.tell("lives_in", thing, at, is_private=is_private)
        if not is_private:
            diary.tell(thing, at)
    facts = list(timeline.facts.values())
    shared, private = Timeline(), Timeline()
    shared.facts = {f.fact_id: f for f in facts if f.visibility is Visibility.SHARED}
    private.facts = {f.fact_id: f for f in facts if f.visibility is Visibility.PRIVATE}
    assert shared.values == diary.values
    assert private.values  # which looks at every instant
    assert {f.superseded_by for f in shared.facts.values()} <= {"", *shared.facts}


def test_a_retracted_fact_comes_back_into_its_place() -> None:
    timeline = Timeline()
    timeline.tell("lives_in", "a", 0)
    (first,) = timeline.facts.values()
    gone = replace(first, retracted_time=99)
    timeline.facts = {}
    timeline.tell("lives_in", "b", 10)
    held = list(timeline.facts.values())
    timeline.facts[gone.fact_id] = gone
    timeline.take(restore(gone, held))
    assert [timeline.value_at(0), timeline.value_at(9), timeline.value_at(10)] == ["a", "a", "b"]


def test_what_ended_long_ago_leaves_what_holds() -> None:
    timeline = Timeline()
    timeline.tell("lives_in", "home", 0)
    abroad = replace(made("abroad", "lives_in", "abroad", 5), valid_to=9, stated_to=9)
    timeline.take(settle(abroad, list(timeline.facts.values()), timeline.new_id))
    assert [timeline.value_at(at) for at in (4, 5, 8, 9, 20)] == [
        "home",
        "abroad",
        "abroad",
        "home",
        "home",
    ]


def test_favorites_have_one_value_each() -> None:
    assert single_valued_group("favorite_color") != single_valued_group("favorite_food")
    assert not single_valued_group("favorite_topic")


def test_the_documents_show_the_predicates() -> None:
    def named(names: Iterable[str]) -> str:
        return ", ".join(f"`{name}`" for name in sorted(names))

    groups: dict[str, list[str]] = {}
    for name, group in predicates.SINGLE_VALUED.items():
        groups.setdefault(group, []).append(name)
    expected = [
        *((named(groups[group]),) for group in sorted(groups)),
        *((named(group),) for group in predicates.SIMILAR),
        *((f"`{name}`", named(others)) for name, others in predicates.OPPOSING.items()),
        *((f"`{name}`", f"`{other}`") for name, other in predicates.SYNONYMS.items()),
        *((f"`{name}`", str(days)) for name, days in predicates.STALE_AFTER_DAYS.items()),
    ]
    assert [row for row in rows(read("docs/facts.md")) if row[0].startswith("`")] == expected


def test_what_competes_is_what_the_rules_compare() -> None:
    names = {predicates.comparable(name) for name in predicates.SINGLE_VALUED}
    names |= set(predicates.OPPOSING).union(*predicates.OPPOSING.values(), *predicates.SIMILAR)
    names |= {"favorite_food", "knows", ""}
    for one, other in itertools.product(names, repeat=2):
        group = single_valued_group(one)
        excludes = predicates.are_opposed(one, other) or (
            bool(group) and group == single_valued_group(other)
        )
        assert (other in predicates.excluding(one)) == excludes, (one, other)
        competes = excludes or predicates.are_similar(one, other)
        assert (other in predicates.competing(one)) == competes, (one, other)
