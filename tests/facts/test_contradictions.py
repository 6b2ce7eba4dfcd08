"""The contradiction suite, through the service on a real database: facts as triples, and what users
say, through the embedded extractor."""

from __future__ import annotations

import pytest

from reverie_server.language.extraction.embedded import extract
from reverie_server.tiers.facts.model import Fact, NewFact, Outcome
from tests.facts.conftest import Known, day
from tests.facts.contradictions import FREE_TEXT, STRUCTURED, Claim, FreeText, Structured, Told
from tests.language.saying import said


def new_fact(told: Told) -> NewFact:
    return NewFact(
        statement=f"{told.subject} {told.predicate} {told.object}",
        subject=told.subject,
        predicate=told.predicate,
        object=told.object,
        negated=told.negated,
        confidence=told.confidence,
        valid_from=day(told.day),
    )


def holds(claim: Claim, fact: Fact) -> bool:
    return (
        fact.predicate == claim.predicate
        and claim.words in (fact.object or fact.statement).lower()
        and fact.subject == claim.subject
    )


def any_holds(claim: Claim, facts: list[Fact]) -> bool:
    return any(holds(claim, fact) for fact in facts)


@pytest.mark.parametrize("case", STRUCTURED, ids=lambda case: case.name)
async def test_what_is_true_after_a_contradiction(known: Known, case: Structured) -> None:
    stored: list[str] = []
    for told in case.told:
        (answer,) = (await known.tell(new_fact(told))).told
        if answer.outcome in {Outcome.STORED, Outcome.KEPT_OUT}:
            stored.append(answer.fact_id)

    current = await known.list()
    everything = await known.list(include_past=True)
    for claim in case.now:
        assert any_holds(claim, current), claim
    for claim in case.never:
        assert not any_holds(claim, everything), claim
    if case.current is not None:
        assert len(current) == case.current, current
    for over in case.over:
        assert any_holds(over.claim, await known.list(as_of=day(over.as_of_day))), over
        assert any_holds(over.claim, everything), over
        if over.claim not in case.now:
            assert not any_holds(over.claim, current), over

    # Nothing that was ever stored is gone, and each has its history without gaps.
    assert set(stored) <= {fact.fact_id for fact in everything}
    for fact in everything:
        versions = [state.version for state in await known.history(fact.fact_id)]
        assert versions == list(range(fact.version, 0, -1))
        if fact.superseded_by:
            assert fact.superseded_by in {each.fact_id for each in everything}


@pytest.mark.parametrize("case", STRUCTURED, ids=lambda case: case.name)
async def test_telling_it_all_again_changes_no_answer(known: Known, case: Structured) -> None:
    for told in case.told:
        await known.tell(new_fact(told))
    days = range(-1, 40)
    before = [[fact.fact_id for fact in await known.list(as_of=day(at))] for at in days]
    everything = {fact.fact_id for fact in await known.list(include_past=True)}
    for told in case.told:
        await known.tell(new_fact(told))
    assert [[fact.fact_id for fact in await known.list(as_of=day(at))] for at in days] == before
    assert {fact.fact_id for fact in await known.list(include_past=True)} == everything


BELIEVED = 0.5
"""What is extracted with less confidence is quarantined."""


def extracted(case: FreeText) -> list[list[NewFact]]:
    """What the embedded extractor makes of each thing said."""
    return [
        [
            NewFact(
                statement=each.statement,
                category=each.category,
                subject=each.subject,
                predicate=each.predicate,
                object=each.object,
                negated=each.negated,
                confidence=each.confidence,
                importance=each.importance,
                valid_from=day(step.day) if each.valid_from is None else each.valid_from,
                trust_limit=1.0 if each.confidence >= BELIEVED else 0.2,
            )
            for each in extract([said(step.text, day(step.day), f"e{number}")]).facts
        ]
        for number, step in enumerate(case.said)
    ]


@pytest.mark.parametrize("case", FREE_TEXT, ids=lambda case: case.name)
async def test_what_is_true_after_things_were_said(known: Known, case: FreeText) -> None:
    for facts in extracted(case):
        await known.tell(*facts)
    current = await known.list()
    everything = await known.list(include_past=True)
    for claim in (*case.now, *case.once):
        assert any_holds(claim, current), claim
    for claim in case.once:
        assert sum(holds(claim, each) for each in current) == 1, claim
    for claim in case.never:
        assert not any_holds(claim, everything), claim
    for over in case.over:
        assert any_holds(over.claim, await known.list(as_of=day(over.as_of_day))), over
        assert any_holds(over.claim, everything), over
        if over.claim not in case.now:
            assert not any_holds(over.claim, current), over
