"""The life of facts: told, confirmed, superseded, retracted, restored, and who sees them."""

from __future__ import annotations

from typing import Any

import pytest

from reverie_server.errors import Aborted, FailedPrecondition, InvalidArgument, NotFound
from reverie_server.scope import Visibility
from reverie_server.storage import ownership
from reverie_server.storage.database import Row
from reverie_server.storage.idempotency import Request
from reverie_server.tiers.facts import store
from reverie_server.tiers.facts.model import ChangeKind, Fact, NewFact, Outcome, Scope
from tests.facts.conftest import Known, day, fact

PAIR = ("acme", "ann", "brad")


async def told(known: Known, new: NewFact, **whom: str) -> str:
    """Tells one fact; gives its id."""
    (answer,) = (await known.tell(new, **whom)).told
    return answer.fact_id


async def current(known: Known, **where: Any) -> list[str]:
    return sorted(each.object for each in await known.list(**where))


async def test_a_new_value_supersedes_with_a_link_and_a_history(known: Known) -> None:
    first = await told(known, fact("lives_in", "Bern", confidence=0.9))
    (answer,) = (await known.tell(fact("lives_in", "Thun", 5, confidence=0.3))).told
    assert (answer.outcome, answer.changed_ids) == (Outcome.STORED, (first,))
    old, supersedes = await known.service.get(*PAIR, first)
    assert (old.superseded_by, old.valid_to, old.change) == (
        answer.fact_id,
        day(5),
        ChangeKind.SUPERSEDED,
    )
    assert supersedes == []
    _, supersedes = await known.service.get(*PAIR, answer.fact_id)
    assert supersedes == [first]
    assert [state.change for state in await known.history(first)] == [
        ChangeKind.SUPERSEDED,
        ChangeKind.ADDED,
    ]


async def test_the_same_again_confirms(known: Known) -> None:
    first = await told(known, fact("works_at", "Globex", confidence=0.5))
    (again,) = (await known.tell(fact("Works at", " the  globex", 9, confidence=0.7))).told
    assert (again.outcome, again.fact_id) == (Outcome.CONFIRMED, first)
    (there,) = await known.list()
    assert (there.confidence, there.confirm_count) == (0.7, 1)
    assert there.last_confirmed_time == day(9)
    assert (await known.tell(fact("works_at", "Globex", 3, confidence=0.2))).told[0] == again
    (there,) = await known.list()
    assert (there.confidence, there.last_confirmed_time) == (0.7, day(9))


async def test_statements_without_a_relation_are_compared_by_their_words(known: Known) -> None:
    first = await told(known, NewFact("Ann keeps bees."))
    assert await told(known, NewFact("ann  keeps BEES")) == first
    assert await told(known, NewFact("Ann keeps two bees.")) != first
    assert len(await known.list()) == 2


async def test_the_surer_of_two_relations_stays(known: Known) -> None:
    first = await told(known, fact("likes", "sushi", confidence=0.9))
    weaker = fact("hates", "sushi", 5, confidence=0.5)
    (answer,) = (await known.tell(weaker)).told
    assert (answer.outcome, answer.changed_ids) == (Outcome.KEPT_OUT, (first,))
    assert (await known.tell(weaker)).told == (answer,)
    assert [each.fact_id for each in await known.list()] == [first]
    kept = await known.get(answer.fact_id)
    assert (kept.superseded_by, kept.never_counted, kept.confirm_count) == (first, True, 1)
    restored = await known.service.restore(*PAIR, answer.fact_id, None, None)
    assert restored.fact.change is ChangeKind.RESTORED
    assert [each.predicate for each in await known.list()] == ["hates"]
    assert [each.predicate for each in await known.list(as_of=day(2))] == ["likes"]


async def test_a_supersession_is_undone_and_done_again(known: Known) -> None:
    first = await told(known, fact("lives_in", "Bern"))
    second = await told(known, fact("lives_in", "Thun", 5))
    await known.service.restore(*PAIR, first, None, None)
    assert await current(known) == ["Bern"]
    assert await current(known, as_of=day(6)) == ["Bern"]
    await known.service.restore(*PAIR, second, None, None)
    assert await current(known) == ["Thun"]
    assert await current(known, as_of=day(4)) == ["Bern"]
    with pytest.raises(FailedPrecondition, match="neither"):
        await known.service.restore(*PAIR, second, None, None)


async def test_what_is_retracted_counts_at_no_time(known: Known) -> None:
    fact_id = await told(known, fact("likes", "tea"))
    before = known.clock.now()
    known.clock.advance(60)
    gone = await known.service.retract(*PAIR, fact_id, None, None)
    again = await known.service.retract(*PAIR, fact_id, None, None)
    assert again.fact == gone.fact
    assert await current(known) == await current(known, as_of=day(3)) == []
    assert await current(known, include_past=True) == ["tea"]
    assert await current(known, known_at=before) == ["tea"]
    with pytest.raises(FailedPrecondition, match="not true now"):
        await known.service.confirm(*PAIR, fact_id, None, None, None)
    await known.service.restore(*PAIR, fact_id, None, None)
    assert await current(known) == ["tea"]


async def test_known_at_answers_what_was_known_then(known: Known) -> None:
    times = []
    for number, city in enumerate(("Bern", "Thun", "Biel")):
        await known.tell(fact("lives_in", city, number))
        times.append(known.clock.now())
    first = (await known.list(include_past=True))[-1].fact_id
    for time, city in zip(times, ("Bern", "Thun", "Biel"), strict=True):
        assert await current(known, known_at=time) == [city]
        assert await current(known, known_at=time, as_of=day(0.5)) == ["Bern"]
    assert await current(known, known_at=times[0] - 1) == []
    assert (await known.get(first, known_at=times[0])).valid_to is None
    assert (await known.get(first, known_at=times[1])).valid_to == day(1)
    with pytest.raises(NotFound):
        await known.get(first, known_at=times[0] - 1)


async def test_a_negation_names_its_evidence_and_needs_no_object_for_one_value(
    known: Known,
) -> None:
    fact_id = await told(known, fact("partner", "Jo"))
    over = NewFact("Ann is single.", predicate="partner", negated=True, valid_from=day(7))
    (answer,) = (await known.tell(over)).told
    assert (answer.outcome, answer.fact_id, answer.changed_ids) == (Outcome.ENDED, "", (fact_id,))
    assert await current(known) == []
    assert await current(known, as_of=day(6)) == ["Jo"]
    (answer,) = (await known.tell(over)).told
    assert answer.outcome is Outcome.NOTHING
    with pytest.raises(InvalidArgument, match="object"):
        await known.tell(NewFact("Ann likes nothing.", predicate="likes", negated=True))


async def test_a_batch_is_stored_whole_or_not_at_all(known: Known) -> None:
    bad = NewFact("Ann", object="Bern")
    with pytest.raises(InvalidArgument, match=r"facts\[1\].predicate"):
        await known.tell(fact("likes", "tea"), bad)
    with pytest.raises(NotFound, match="user"):
        await known.list()
    many = [fact("likes", f"thing {number}") for number in range(1000)]
    answer = await known.tell(*many)
    assert {each.outcome for each in answer.told} == {Outcome.STORED}
    assert len(await known.list(size=77)) == 1000


async def test_only_what_matters_to_a_fact_is_read(
    known: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    fact_of = store.fact_of

    def counted(row: Row) -> Fact:
        read.append(row["predicate"])
        return fact_of(row)

    monkeypatch.setattr(store, "fact_of", counted)
    unlike = [fact(f"relation_{number}", "tea") for number in range(100)]
    await known.tell(*unlike, fact("likes", "tea"), fact("hates", "tea", 1))
    await known.tell(fact("relation_7", "tea", 2, negated=True), fact("knows", "tea", negated=True))
    assert read == ["likes", "relation_7"]


async def test_a_request_sent_twice_counts_once(known: Known) -> None:
    request = Request("acme", "tests", "/AddFacts", "r", "ann", "same", 0)
    answers = [
        await known.service.add(*PAIR, "", [fact("likes", "tea")], request) for _ in range(2)
    ]
    assert answers[0] == answers[1]
    (there,) = await known.list()
    assert there.confirm_count == 0


async def test_users_share_nothing_and_personas_what_is_shared(known: Known) -> None:
    shared = await told(known, fact("likes", "tea"))
    private = await told(known, fact("likes", "gin", visibility=Visibility.PRIVATE))
    ours = await told(known, fact("calls_you", "bro", scope=Scope.RELATIONSHIP))
    await known.tell(fact("likes", "rum"), user="bob")
    assert await current(known) == ["bro", "gin", "tea"]
    assert await current(known, persona="eve") == ["tea"]
    assert await current(known, user="bob") == ["rum"]
    for fact_id, user, persona in (
        (private, "ann", "eve"),
        (ours, "ann", "eve"),
        (shared, "bob", "brad"),
    ):
        with pytest.raises(NotFound):
            await known.get(fact_id, user=user, persona=persona)
    with pytest.raises(InvalidArgument, match="private to the pair"):
        await known.tell(
            fact("calls_you", "x", scope=Scope.RELATIONSHIP, visibility=Visibility.SHARED)
        )


async def test_what_is_private_goes_with_the_relationship(known: Known) -> None:
    widened = await told(known, fact("likes", "tea", visibility=Visibility.PRIVATE))
    await known.service.update(*PAIR, widened, {"visibility": Visibility.SHARED}, None, None)
    await known.tell(
        fact("likes", "gin", visibility=Visibility.PRIVATE),
        fact("calls_you", "bro", scope=Scope.RELATIONSHIP),
    )
    await known.db.transaction(
        lambda tx: ownership.delete_relationship(tx, *PAIR, known.clock.now())
    )
    assert await current(known, include_past=True) == ["tea"]
    assert [state.version for state in await known.history(widened)] == [2]


async def test_what_is_private_changes_nothing_that_others_see(known: Known) -> None:
    await known.tell(fact("lives_in", "Bern"))
    await known.tell(fact("lives_in", "Thun", 5, visibility=Visibility.PRIVATE))
    await known.tell(fact("lives_in", "Thun", 6, visibility=Visibility.PRIVATE), persona="eve")
    await known.tell(fact("lives_in", "Bern", 7, negated=True, visibility=Visibility.PRIVATE))
    assert await current(known, persona="dan") == ["Bern"]
    assert await current(known) == await current(known, persona="eve") == ["Bern", "Thun"]
    # What everybody may know takes the place of what one persona knew.
    await known.tell(fact("lives_in", "Biel", 8))
    assert await current(known) == await current(known, persona="dan") == ["Biel"]
    assert await current(known, persona="eve") == ["Biel", "Thun"]


async def test_what_is_private_does_not_show_in_what_is_shared(known: Known) -> None:
    private = Visibility.PRIVATE
    await known.tell(
        fact("hates", "tea", visibility=private, confidence=0.9),
        fact("likes", "gin", visibility=private, confidence=0.9),
        fact("lives_in", "Thun", 9, visibility=private),
    )
    answers = await known.tell(
        fact("likes", "tea", 5, confidence=0.5),
        fact("likes", "gin", 5, confidence=0.5),
        fact("lives_in", "Bern", 5),
    )
    assert {each.outcome for each in answers.told} == {Outcome.STORED}
    theirs = await known.list(persona="eve", include_past=True)
    assert sorted(each.object for each in theirs) == ["Bern", "gin", "tea"]
    assert {(each.valid_to, each.superseded_by) for each in theirs} == {(None, "")}
    # The one who knows more sees both where they differ.
    mine = sorted((each.predicate, each.object) for each in await known.list())
    assert mine == [
        ("hates", "tea"),
        ("likes", "gin"),
        ("likes", "tea"),
        ("lives_in", "Bern"),
        ("lives_in", "Thun"),
    ]


async def test_what_is_hardly_believed_ends_nothing(known: Known) -> None:
    await known.tell(fact("lives_in", "Bern"))
    await known.tell(fact("lives_in", "the gym", 5, trust_limit=0.2))
    assert await current(known) == ["Bern"]
    assert await current(known, include_quarantined=True) == ["Bern", "the gym"]


async def test_a_correction_keeps_what_was(known: Known) -> None:
    fact_id = await told(known, fact("likes", "tea"))
    before = await known.get(fact_id)
    done = await known.service.update(
        *PAIR,
        fact_id,
        {"statement": "Ann likes tea a lot.", "confidence": 0.95},
        before.version,
        None,
    )
    assert (done.fact.statement, done.fact.confidence) == ("Ann likes tea a lot.", 0.95)
    with pytest.raises(Aborted):
        await known.service.update(*PAIR, fact_id, {"category": "x"}, before.version, None)
    assert [state.statement for state in await known.history(fact_id)] == [
        "Ann likes tea a lot.",
        before.statement,
    ]
    ended = await known.service.update(*PAIR, fact_id, {"valid_to": day(4)}, None, None)
    assert ended.fact.valid_to == day(4)
    assert await current(known) == []
    await known.service.update(*PAIR, fact_id, {"valid_to": None}, None, None)
    assert await current(known) == ["tea"]
    with pytest.raises(InvalidArgument, match="valid_to"):
        await known.service.update(*PAIR, fact_id, {"valid_to": day(-1)}, None, None)


async def test_a_corrected_statement_is_known_by_its_new_words(known: Known) -> None:
    fact_id = await told(known, NewFact("Ann keeps bees."))
    await known.service.update(*PAIR, fact_id, {"statement": "Ann keeps wasps."}, None, None)
    assert await told(known, NewFact("ann keeps wasps")) == fact_id
    assert await told(known, NewFact("Ann keeps bees.")) != fact_id
    with pytest.raises(InvalidArgument, match=r"fact\.statement"):
        await known.service.update(*PAIR, fact_id, {"statement": " "}, None, None)


async def test_who_may_see_it_is_the_learner_s_to_say(known: Known) -> None:
    fact_id = await told(known, fact("lives_in", "Bern"))
    with pytest.raises(FailedPrecondition, match="another persona"):
        await known.service.update(
            "acme", "ann", "eve", fact_id, {"visibility": Visibility.PRIVATE}, None, None
        )
    await known.service.update(*PAIR, fact_id, {"visibility": Visibility.PRIVATE}, None, None)
    assert await current(known, persona="eve") == []
    await known.tell(fact("lives_in", "Thun", 5), persona="eve")
    await known.service.update(*PAIR, fact_id, {"visibility": Visibility.SHARED}, None, None)
    assert await current(known, persona="eve") == ["Thun"]
    assert await current(known, persona="eve", as_of=day(2)) == ["Bern"]


async def test_lists_are_filtered(known: Known) -> None:
    await known.tell(
        fact("lives_in", "Bern", category="home"),
        fact("lives_in", "Ohio", subject="my mother", category="family"),
        fact("likes", "tea", scope=Scope.RELATIONSHIP),
    )
    assert await current(known, category="home") == ["Bern"]
    assert await current(known, predicate="Lives in") == ["Bern", "Ohio"]
    assert await current(known, subject="Mother") == ["Ohio"]
    assert await current(known, subject="user") == ["Bern", "tea"]
    assert await current(known, scope=Scope.RELATIONSHIP) == ["tea"]
    assert await current(known, as_of=day(-1)) == []
