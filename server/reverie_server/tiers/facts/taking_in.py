"""Facts come in: each is put into its timeline, within one unit of work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from reverie_server.clock import new_id
from reverie_server.errors import InvalidArgument, NotFound
from reverie_server.index.memory_index import Kind
from reverie_server.scope import Reader, Visibility
from reverie_server.storage import outbox, revision, tombstones
from reverie_server.storage.database import Transaction
from reverie_server.storage.outbox import Change, Operation
from reverie_server.storage.tombstones import Claim, Learner
from reverie_server.tiers.facts import store
from reverie_server.tiers.facts.marks import marks_of
from reverie_server.tiers.facts.model import (
    AllTold,
    ChangeKind,
    Fact,
    NewFact,
    Outcome,
    Scope,
    Told,
)
from reverie_server.tiers.facts.ports import Evidence
from reverie_server.tiers.facts.predicates import comparable, single_valued_group
from reverie_server.tiers.facts.timeline import Settlement, end, settle
from reverie_server.tiers.facts.wording import USER, object_key, predicate_name, subject_key
from reverie_server.tiers.provenance import TRUST, Source, derived_trust, is_quarantined
from reverie_server.tiers.working.model import Entry

_NOTHING: Final = Told(Outcome.NOTHING, "")
_FORGOTTEN: Final = Told(Outcome.FORGOTTEN, "")


class _Ready(NamedTuple):
    """A fact that only has to find its place."""

    told: NewFact
    new: Fact
    least: Visibility
    """The narrowest visibility of what it rests on."""
    said: int | None
    """When it was said, microseconds UTC; None: nobody can tell."""


class Facts:
    """Takes facts in for whoever has them: an RPC, or the job that extracts them."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence

    async def take_in(
        self,
        tx: Transaction,
        reader: Reader,
        facts: Sequence[NewFact],
        now: int,
        *,
        origin: Visibility = Visibility.SHARED,
        said_time: int | None = None,
        strict: bool = False,
        once_an_entry: bool = False,
        remember_again: bool = False,
    ) -> AllTold:
        """Stores what is new in these facts, in their order, each by the rules of ``timeline``.

        The reader is the persona that learns them. Its user must be there. Takes a revision, and
        tells the index. A fact stands only against facts that this persona may read, and changes
        none that more can see than itself. What is quarantined stands only against its like.

        Args:
            now: when they are told, microseconds UTC.
            origin: the visibility of the session that they come from.
            said_time: since when what rests on no entry may have been said; None: ever since.
                What the user had forgotten after that is left out.
            strict: an entry that is not there, and a predicate without an object or the other way
                round, is an error. Otherwise what rests on an entry that is gone is left out, since
                it was forgotten meanwhile, and half a relation is none.
            once_an_entry: what a fact's entries have told before counts no second time, whatever
                has become of it.
            remember_again: what was forgotten is no more.

        Raises:
            NotFound: there is no such user; or, when strict, no such entry.
            InvalidArgument: a fact ends before it begins, or is SHARED over what is PRIVATE; or,
                when strict, has half a relation.
        """
        taken = await revision.bump(tx, reader.workspace_id, reader.user_id)
        entries = await self._entries(tx, reader, facts)
        told: list[Told] = [_NOTHING] * len(facts)
        ready: dict[int, _Ready] = {}
        for index, given in enumerate(facts):
            fact = given if strict else whole(given)
            missing = [each for each in given.entry_ids if each not in entries]
            if missing and strict:
                raise NotFound.of(f"entry (facts[{index}].entry_ids)", missing[0])
            if missing or fact is None:
                continue
            evidence = [entries[each] for each in fact.entry_ids]
            least = max((origin, *(each.visibility for each in evidence)))
            new = _fact(reader, fact, evidence, least, taken, now)
            check(index, fact, new, least)
            said = max((min(each.event_time, each.create_time) for each in evidence), default=None)
            ready[index] = _Ready(fact, new, least, said if evidence else said_time)
        if remember_again:
            await _lift(tx, reader, [each.new for each in ready.values()])
        forgotten = await _forgotten(tx, reader, ready)
        for index, (fact, new, least, _) in ready.items():
            if index in forgotten:
                told[index] = _FORGOTTEN
                continue
            if once_an_entry and fact.entry_ids:
                before = await store.told_by(tx, reader, new, negated=fact.negated)
                fresh = tuple(each for each in fact.entry_ids if each not in before)
                if not fresh:
                    told[index] = Told(Outcome.TOLD_BEFORE, before[fact.entry_ids[0]])
                    continue
                if fresh != fact.entry_ids:
                    rest = replace(fact, entry_ids=fresh)
                    evidence = [entries[each] for each in fresh]
                    again = _fact(reader, rest, evidence, least, taken, now)
                    told[index] = await self._tell(tx, reader, rest, again)
                    continue
            told[index] = await self._tell(tx, reader, fact, new)
        return AllTold(tuple(told), taken)

    async def _tell(self, tx: Transaction, reader: Reader, told: NewFact, new: Fact) -> Told:
        rivals = await store.timeline(tx, reader, new)
        if told.negated:
            rivals += await store.named_things(tx, reader, new)
        held = [each for each in rivals if competes(new, each, reader)]
        done = (end if told.negated else settle)(new, held, new_id)
        await keep(tx, reader, done, new.revision, new.update_time)
        fact_id = done.fact.fact_id if done.fact else ""
        others = tuple(each.fact_id for each in done.changed if each.fact_id != fact_id)
        return Told(done.outcome, fact_id, done.kept_out_by or others)

    async def _entries(
        self, tx: Transaction, reader: Reader, facts: Sequence[NewFact]
    ) -> Mapping[str, Entry]:
        wanted = list(dict.fromkeys(each for fact in facts for each in fact.entry_ids))
        if not wanted:
            return {}
        found = await self._evidence.entries(tx, reader, wanted)
        return {entry.entry_id: entry for entry in found}


async def _forgotten(
    tx: Transaction, reader: Reader, ready: Mapping[int, _Ready]
) -> frozenset[int]:
    """Which of the facts the user had forgotten since they were said. What ends a fact stores
    none."""
    claims = {
        (each.new.visibility is Visibility.SHARED, index): Claim(marks_of(each.new), each.said)
        for index, each in ready.items()
        if not each.told.negated
    }
    gone: set[int] = set()
    for shared in (False, True):
        mine = {key: claim for key, claim in claims.items() if key[0] is shared}
        barred = await tombstones.barred(tx, _learner(reader, shared=shared), mine)
        gone.update(index for _, index in barred)
    return frozenset(gone)


async def _lift(tx: Transaction, reader: Reader, facts: Sequence[Fact]) -> None:
    for fact in facts:
        learner = _learner(reader, shared=fact.visibility is Visibility.SHARED)
        await tombstones.lift(tx, learner, marks_of(fact))


def _learner(reader: Reader, *, shared: bool) -> Learner:
    return Learner(
        reader.workspace_id, reader.user_id, reader.persona_id, shared and reader.reads_shared
    )


async def keep(
    tx: Transaction, reader: Reader, done: Settlement, taken: int, now: int
) -> tuple[Fact, ...]:
    """Stores a settlement under a revision and tells the index; gives what was changed, as it is
    stored."""
    owner = (reader.workspace_id, reader.user_id)
    added = [replace(each, revision=taken, create_time=now, update_time=now) for each in done.added]
    changed = tuple(
        replace(each, version=each.version + 1, revision=taken, update_time=now)
        for each in done.changed
    )
    if added:
        await store.add(tx, *owner, added)
    if changed:
        await store.replace(tx, *owner, changed)
    changes = [Change(Kind.FACT, each.fact_id, "", Operation.UPSERT) for each in (*added, *changed)]
    await outbox.record(tx, *owner, taken, changes, now)
    return changed


def competes(fact: Fact, held: Fact, reader: Reader) -> bool:
    """Whether a fact may change this one of its subject and slot. What more can see stays: it
    would tell them of what they may not know."""
    return (
        held.scope == fact.scope
        and held.visibility >= fact.visibility
        and reader.may_read(held.persona_id, held.visibility)
        and is_quarantined(held.trust) == is_quarantined(fact.trust)
    )


def whole(told: NewFact) -> NewFact | None:
    """The fact without half a relation; None where nothing is left of it."""
    predicate = predicate_name(told.predicate)
    if bool(predicate) == bool(told.object) or (told.negated and single_valued_group(predicate)):
        return told
    return None if told.negated else replace(told, predicate="", object="")


def check(index: int, told: NewFact, new: Fact, least: Visibility) -> None:
    """
    Args:
        least: the narrowest visibility of what the fact rests on.

    Raises:
        InvalidArgument: naming the field of ``facts[index]``.
    """
    if new.stated_to is not None and new.stated_to <= new.valid_from:
        raise InvalidArgument.of(f"facts[{index}].valid_to", "must be later than valid_from")
    if told.scope is Scope.RELATIONSHIP and told.visibility is Visibility.SHARED:
        raise InvalidArgument.of(
            f"facts[{index}].visibility", "facts about the relationship are private to the pair"
        )
    if told.visibility is Visibility.SHARED and least is Visibility.PRIVATE:
        raise InvalidArgument.of(
            f"facts[{index}].visibility", "what rests on private sessions or entries is private"
        )
    if told.object and not new.predicate_key:
        raise InvalidArgument.of(f"facts[{index}].predicate", "is required beside an object")
    if new.predicate_key and not told.object:
        open_ended = told.negated and single_valued_group(new.predicate_key)
        if not open_ended:
            raise InvalidArgument.of(f"facts[{index}].object", "is required beside a predicate")


def _fact(
    reader: Reader,
    told: NewFact,
    evidence: Sequence[Entry],
    least: Visibility,
    taken: int,
    now: int,
) -> Fact:
    """The fact as it would be stored if nothing stood against it."""
    predicate = comparable(predicate_name(told.predicate))
    thing = object_key(told.object if predicate else told.statement)
    start = told.valid_from
    if start is None:
        start = max((entry.event_time for entry in evidence), default=now)
    return Fact(
        fact_id=new_id(),
        persona_id=reader.persona_id,
        visibility=_visibility(reader, told, least),
        scope=told.scope,
        statement=told.statement,
        category=told.category,
        subject=told.subject or USER,
        predicate=predicate_name(told.predicate),
        object=told.object,
        subject_key=subject_key(told.subject),
        predicate_key=predicate,
        object_key=thing if told.object or not predicate else "",
        slot=slot_of(predicate, thing),
        confidence=told.confidence,
        staleness=1.0,
        importance=told.importance,
        sensitivity=told.sensitivity,
        pinned=told.pinned,
        valid_from=start,
        valid_to=told.valid_to,
        stated_to=told.valid_to,
        retracted_time=None,
        superseded_by="",
        confirm_count=0,
        last_confirmed_time=start,
        session_id=evidence[0].session_id if evidence else told.session_id,
        entry_ids=told.entry_ids,
        source=told.source,
        trust=_trust(told, evidence),
        metadata=dict(told.metadata),
        change=ChangeKind.ADDED,
        change_fact_id="",
        change_entry_ids=told.entry_ids,
        version=1,
        revision=taken,
        create_time=now,
        update_time=now,
    )


def slot_of(predicate_key: str, thing: str) -> str:
    """What facts of a subject compete for."""
    if not predicate_key:
        return f"said:{thing}"
    group = single_valued_group(predicate_key)
    return f"one:{group}" if group else f"thing:{thing}"


def _visibility(reader: Reader, told: NewFact, least: Visibility) -> Visibility:
    if told.scope is Scope.RELATIONSHIP:
        return Visibility.PRIVATE
    # Facts are shared by default wherever anything is, unless they rest on what is not.
    return told.visibility or (least if reader.reads_shared else Visibility.PRIVATE)


def _trust(told: NewFact, evidence: Sequence[Entry]) -> float:
    """Never above that of an entry it rests on."""
    own = TRUST.get(told.source, 1.0) if told.source is not Source.DERIVED else 1.0
    parents = derived_trust(entry.trust for entry in evidence)
    if told.source is not Source.DERIVED and not evidence:
        parents = 1.0
    return min(own, parents, told.trust_limit)
