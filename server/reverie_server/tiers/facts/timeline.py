"""The rules of what is true when: pure functions of a fact and of those it competes with.

Facts of one subject and slot share a timeline. What is told is put into it at its ``valid_from``:
the same statement confirms the one that holds there; what excludes it ends there, with a link; and
what was said to be true later stays, so that a fact told late takes only its own place in time.
Nothing is ever taken out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from reverie_server.tiers.facts.model import ChangeKind, Fact, Outcome
from reverie_server.tiers.facts.predicates import are_opposed, are_similar, single_valued_group
from reverie_server.tiers.facts.wording import named


@dataclass(frozen=True, slots=True)
class Settlement:
    """What is to be stored."""

    outcome: Outcome
    fact: Fact | None
    """The fact that was told as it is now known: stored, confirmed or kept out."""
    added: tuple[Fact, ...] = ()
    """Facts that were not there: the new one, and what goes on after it."""
    changed: tuple[Fact, ...] = ()
    """Facts that were there, as they are now."""
    kept_out_by: tuple[str, ...] = ()


def settle(new: Fact, held: Sequence[Fact], make_id: Callable[[], str]) -> Settlement:
    """Puts a fact into the timeline of those that it may compete with (none of them retracted).

    Args:
        make_id: ids for what goes on after the new fact.
    """
    start = new.valid_from
    same = [each for each in held if is_same(each, new)]
    there = next((each for each in same if each.is_true_at(start)), None)
    if there is not None:
        confirmed = confirm(there, new)
        return Settlement(Outcome.CONFIRMED, confirmed, changed=(confirmed,))

    rivals = [each for each in held if not each.never_counted and excludes(each, new)]
    peers = _peers(rivals, new)
    standing = [each for each in peers if each.is_true_at(start)]
    surer = [each for each in standing if _withstands(each, new)]
    if surer:
        return _kept_out(new, same, surer)

    # What fewer can see must not show in what more can see: it gives way, or stands beside it.
    hidden = [
        each
        for each in rivals
        if each.visibility != new.visibility
        and each.is_true_at(start)
        and not _withstands(each, new)
    ]
    successor = _first_after(start, peers)
    until, resume_at = new.stated_to, new.stated_to
    # What has been said again since was true again then.
    for time in (each.last_confirmed_time for each in standing if _was_said_since(each, start)):
        if until is None or time < until:
            until, resume_at = time, time
    if successor is not None and (until is None or successor.valid_from < until):
        until, resume_at = successor.valid_from, None
    else:
        successor = None

    again = _first_after(start, same)
    if again is not None and (until is None or again.valid_from <= until):
        # Known to be true later: it was so from here on.
        placed = replace(confirm(again, new), valid_from=start)
        closed = tuple(_superseded(each, start, placed) for each in (*standing, *hidden))
        return Settlement(Outcome.CONFIRMED, placed, changed=(placed, *closed))

    resumed = _resumed(standing, resume_at, new, make_id)
    follower = successor.fact_id if successor else resumed[0].fact_id if resumed else ""
    placed = replace(new, valid_to=until, superseded_by=follower)
    closed = tuple(_superseded(each, start, placed) for each in (*standing, *hidden))
    for each in hidden:
        since = each.last_confirmed_time if _was_said_since(each, start) else resume_at
        resumed += _resumed([each], since, new, make_id)
    return Settlement(Outcome.STORED, placed, (placed, *resumed), closed)


def end(negation: Fact, held: Sequence[Fact], make_id: Callable[[], str]) -> Settlement:
    """What a negation ends at its ``valid_from``: the same relation to the same thing, or one that
    is like it. Without an object, whatever the predicate's value is."""
    time = negation.valid_from
    closed: list[Fact] = []
    resumed: list[Fact] = []
    for each in held:
        if not (each.is_true_at(time) and denies(negation, each)):
            continue
        since = each.last_confirmed_time if _was_said_since(each, time) else None
        ended = _closed(each, time, "", ChangeKind.ENDED, negation)
        closed.append(replace(ended, stated_to=time))
        resumed += _resumed([each], since, negation, make_id)
    outcome = Outcome.ENDED if closed else Outcome.NOTHING
    return Settlement(outcome, None, tuple(resumed), tuple(closed))


def restore(fact: Fact, held: Sequence[Fact]) -> Settlement:
    """Undoes what made a fact not count: its retraction, else its supersession. What superseded it
    ends where the fact begins, or never counts if it began later; what came after stays."""
    successor = "" if fact.retracted_time is not None else fact.superseded_by
    others = [
        each
        for each in held
        if each.fact_id != fact.fact_id
        and not each.never_counted
        and (is_same(each, fact) or excludes(each, fact))
    ]
    yielding = [
        each
        for each in others
        if each.is_true_at(fact.valid_from)
        or (each.fact_id == successor and each.valid_from > fact.valid_from)
    ]
    yielding_ids = {each.fact_id for each in yielding}
    following = _first_after(
        fact.valid_from,
        [each for each in _peers(others, fact) if each.fact_id not in yielding_ids],
    )
    until, by = fact.stated_to, ""
    if following is not None and (until is None or following.valid_from < until):
        until, by = following.valid_from, following.fact_id
    restored = replace(
        fact,
        valid_to=until,
        superseded_by=by,
        retracted_time=None,
        change=ChangeKind.RESTORED,
        change_fact_id="",
        change_entry_ids=(),
    )
    closed = [_superseded(each, fact.valid_from, restored) for each in yielding]
    return Settlement(Outcome.STORED, restored, (), (restored, *closed))


def replaced_end(fact: Fact, stated_to: int | None, held: Sequence[Fact]) -> Fact:
    """The fact with another end; it still gives way to what follows it, or to what kept it out."""
    if fact.never_counted:
        return replace(fact, stated_to=stated_to)
    competing = [
        each
        for each in _peers(held, fact)
        if each.fact_id != fact.fact_id and (is_same(each, fact) or excludes(each, fact))
    ]
    following = _first_after(fact.valid_from, competing)
    if following is not None and (stated_to is None or following.valid_from < stated_to):
        return replace(
            fact,
            stated_to=stated_to,
            valid_to=following.valid_from,
            superseded_by=following.fact_id,
        )
    return replace(fact, stated_to=stated_to, valid_to=stated_to, superseded_by="")


def confirm(fact: Fact, again: Fact) -> Fact:
    """The fact after the same was said again; an end that is told now holds."""
    ends = again.stated_to
    is_end = ends is not None and (fact.valid_to is None or ends < fact.valid_to)
    return replace(
        fact,
        confidence=max(fact.confidence, again.confidence),
        importance=max(fact.importance, again.importance),
        staleness=1.0,
        confirm_count=fact.confirm_count + 1,
        last_confirmed_time=max(fact.last_confirmed_time, again.valid_from),
        valid_to=ends if is_end else fact.valid_to,
        stated_to=ends if is_end else fact.stated_to,
        superseded_by="" if is_end else fact.superseded_by,
        change=ChangeKind.CONFIRMED,
        change_fact_id="",
        change_entry_ids=again.entry_ids,
    )


def is_same(first: Fact, second: Fact) -> bool:
    """Whether two facts of a timeline say the same to the same readers."""
    return (
        first.predicate_key == second.predicate_key
        and first.object_key == second.object_key
        and first.visibility == second.visibility
    )


def excludes(held: Fact, new: Fact) -> bool:
    """Whether two facts of a timeline cannot both count, other than by being the same."""
    if is_same(held, new):
        return False
    if single_valued_group(new.predicate_key):
        return True
    if held.predicate_key == new.predicate_key:
        # The same, told more widely now.
        return True
    return are_opposed(held.predicate_key, new.predicate_key) or are_similar(
        held.predicate_key, new.predicate_key
    )


def denies(negation: Fact, held: Fact) -> bool:
    """Whether a negation speaks of this fact of its timeline."""
    if single_valued_group(negation.predicate_key):
        return not negation.object_key or negation.object_key == held.object_key
    is_meant = negation.object_key == held.object_key or held.object_key.startswith(
        named(negation.object_key)
    )
    return is_meant and are_similar(negation.predicate_key, held.predicate_key)


def _kept_out(new: Fact, same: Sequence[Fact], surer: Sequence[Fact]) -> Settlement:
    by = tuple(each.fact_id for each in surer)
    earlier = next((each for each in same if each.never_counted and each.superseded_by in by), None)
    if earlier is not None:
        confirmed = confirm(replace(earlier, stated_to=None), replace(new, stated_to=None))
        confirmed = replace(confirmed, stated_to=earlier.stated_to)
        return Settlement(Outcome.KEPT_OUT, confirmed, changed=(confirmed,), kept_out_by=by)
    kept = replace(new, valid_to=new.valid_from, superseded_by=by[0])
    return Settlement(Outcome.KEPT_OUT, kept, added=(kept,), kept_out_by=by)


def _peers(facts: Iterable[Fact], fact: Fact) -> list[Fact]:
    """Those that the same readers can see."""
    return [each for each in facts if each.visibility == fact.visibility]


def _withstands(held: Fact, new: Fact) -> bool:
    """Whether a fact that excludes a new one is surer, where that counts: not of single values,
    and not of the same statement."""
    return (
        held.certainty > new.certainty
        and held.predicate_key != new.predicate_key
        and not single_valued_group(new.predicate_key)
    )


def _first_after(time: int, facts: Iterable[Fact]) -> Fact | None:
    """The one that begins next and ever counted."""
    later = [each for each in facts if each.valid_from > time and not each.never_counted]
    return min(later, key=lambda each: each.valid_from, default=None)


def _was_said_since(fact: Fact, time: int) -> bool:
    """Whether it was confirmed for a later time at which it still holds."""
    said = fact.last_confirmed_time
    return said > time and (fact.valid_to is None or said < fact.valid_to)


def _superseded(fact: Fact, time: int, by: Fact) -> Fact:
    return _closed(fact, time, by.fact_id, ChangeKind.SUPERSEDED, by)


def _closed(fact: Fact, time: int, by: str, change: ChangeKind, reason: Fact) -> Fact:
    ends = max(fact.valid_from, time)
    said = fact.last_confirmed_time
    return replace(
        fact,
        valid_to=ends,
        # What was said of later is no longer said of this.
        last_confirmed_time=said if said < ends else fact.valid_from,
        superseded_by=by,
        change=change,
        change_fact_id=by,
        change_entry_ids=reason.entry_ids,
    )


def _resumed(
    facts: Sequence[Fact], start: int | None, reason: Fact, make_id: Callable[[], str]
) -> list[Fact]:
    """What goes on of these facts from ``start`` on (None: nothing does)."""
    return [
        replace(
            fact,
            fact_id=make_id(),
            valid_from=start,
            confirm_count=0,
            last_confirmed_time=max(fact.last_confirmed_time, start),
            change=ChangeKind.ADDED,
            change_fact_id=fact.fact_id,
            change_entry_ids=reason.entry_ids,
            version=1,
        )
        for fact in facts
        if start is not None and (fact.valid_to is None or fact.valid_to > start)
    ]
