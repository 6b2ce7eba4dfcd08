"""The free-text half of the contradiction suite, as far as the extractor alone decides it.

Each thing said must give what the case's claims need: a positive fact for what is current at some
time, nothing that is believed for what must never be, and for what is over something said later
that can end it.
"""

from __future__ import annotations

import pytest

from reverie_server.language.extraction.embedded import extract
from reverie_server.language.fact_extractor import ExtractedFact
from tests.facts.contradictions import FREE_TEXT, Claim, FreeText
from tests.language.saying import DAY, NOON, said

BELIEVED = 0.5
"""From this confidence on a fact is more than low evidence."""
SINGLE = {"lives_in", "works_at", "job_title", "partner", "name", "age", "studies_at"}
LIKING = {"likes", "loves", "enjoys", "prefers"}
DISLIKING = {"dislikes", "hates", "avoids"}


def told(case: FreeText) -> list[list[ExtractedFact]]:
    """The facts of each of its sessions."""
    return [
        list(extract([said(step.text, NOON + step.day * DAY, f"e{n}")]).facts)
        for n, step in enumerate(case.said)
    ]


def meets(fact: ExtractedFact, claim: Claim) -> bool:
    return (
        not fact.negated
        and fact.confidence >= BELIEVED
        and fact.subject == claim.subject
        and fact.predicate == claim.predicate
        and claim.words in (fact.object or fact.statement).lower()
    )


def ends(fact: ExtractedFact, claim: Claim) -> bool:
    """Whether a later fact ends what a claim says."""
    if fact.subject != claim.subject:
        return False
    about = claim.words in fact.object.lower() or fact.object.lower() in claim.words
    same = {claim.predicate} if claim.predicate not in LIKING else LIKING
    if fact.negated:
        return fact.predicate in same and about
    if claim.predicate in LIKING and fact.predicate in DISLIKING:
        return about
    single = claim.predicate in SINGLE or claim.predicate.startswith("favorite_")
    return single and fact.predicate == claim.predicate and claim.words not in fact.object.lower()


@pytest.mark.parametrize("case", FREE_TEXT, ids=lambda case: case.name)
def test_what_is_said_gives_what_its_claims_need(case: FreeText) -> None:
    steps = told(case)
    everything = [fact for step in steps for fact in step]
    for claim in (*case.now, *case.once):
        assert any(meets(fact, claim) for fact in everything), claim
    for claim in case.now:
        last = max(n for n, step in enumerate(steps) if any(meets(f, claim) for f in step))
        later = [fact for step in steps[last + 1 :] for fact in step]
        assert not any(ends(fact, claim) for fact in later), claim
    for claim in case.never:
        assert not any(meets(fact, claim) for fact in everything), claim
    for over in case.over:
        first = min(n for n, step in enumerate(steps) if any(meets(f, over.claim) for f in step))
        later = [fact for step in steps[first + 1 :] for fact in step]
        assert any(ends(fact, over.claim) for fact in later), over


def test_what_is_said_in_other_words_is_the_same_object() -> None:
    for case in FREE_TEXT:
        for claim in case.once:
            objects = {f.object.lower() for step in told(case) for f in step if meets(f, claim)}
            assert len(objects) == 1, case.name
