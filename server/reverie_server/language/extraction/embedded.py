"""The embedded FactExtractor: from sentences over clauses and topics to facts."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from reverie_server.language.extraction.being import being
from reverie_server.language.extraction.clauses import Clause, clauses
from reverie_server.language.extraction.contractions import plain
from reverie_server.language.extraction.dates import when
from reverie_server.language.extraction.drafts import UNSURE, Draft
from reverie_server.language.extraction.events import events, going_on, managed, visited
from reverie_server.language.extraction.hedges import (
    claimed_part,
    is_no_claim,
    is_unsure,
    takes_back,
)
from reverie_server.language.extraction.homes import homes
from reverie_server.language.extraction.names import birthday, has_allergy, self_description, turned
from reverie_server.language.extraction.plans import goals, plans
from reverie_server.language.extraction.possessions import possessions
from reverie_server.language.extraction.routines import comforts, routines
from reverie_server.language.extraction.storylines import storylines
from reverie_server.language.extraction.tastes import CATEGORY as TASTE
from reverie_server.language.extraction.tastes import VERBS as TASTING
from reverie_server.language.extraction.tastes import habit, tastes
from reverie_server.language.extraction.ties import mentioned, ties, told_of_others
from reverie_server.language.extraction.wording import statement
from reverie_server.language.extraction.work import given_up, school, work
from reverie_server.language.fact_extractor import USER, ExtractedFact, Extraction, Utterance
from reverie_server.language.sentences import split_sentences

# An utterance is read in bounded time: so many characters of it, so many of its sentences that
# speak in the first person, and so many facts of a session.
READ_CHARACTERS = 65_536
MOST_SENTENCES = 2_000
MOST_FACTS = 2_000

_TOPICS: tuple[Callable[[Clause], Iterator[Draft]], ...] = (
    being, homes, work, school, has_allergy, ties, possessions, turned, tastes, habit, visited,
    plans, given_up,
)  # fmt: skip
_FIRST_PERSON = re.compile(
    r"\b(?:i|we|my|our|me|im|ive)\b|^\W*(?:just|got|went|been|love|hate|enjoy|took|going)\b",
    re.IGNORECASE,
)
_NOBODY = Clause(USER, "", "", False, "", "", "present", "")


class EmbeddedFactExtractor:
    """Extracts by rules. Safe to use from several tasks at once."""

    name = "embedded"
    is_outside = False

    async def extract(self, utterances: Sequence[Utterance]) -> Extraction:
        """Works in another thread."""
        return await asyncio.to_thread(extract, utterances)


def extract(utterances: Sequence[Utterance]) -> Extraction:
    """The same utterances always give the same facts."""
    found: dict[tuple[str, str, str, bool], ExtractedFact] = {}
    for utterance in utterances:
        if not utterance.by_user or utterance.role != "user":
            continue
        for fact in _facts(utterance):
            key = (fact.subject, fact.predicate, fact.object.lower(), fact.negated)
            # What is said again comes where it was said last: it may be the end of a to and fro.
            earlier = found.pop(key, None)
            if earlier is not None:
                found[key] = _confirmed(earlier, fact)
            elif len(found) < MOST_FACTS:
                found[key] = fact
    facts = tuple(found.values())
    return Extraction(facts, storylines(facts))


def _confirmed(earlier: ExtractedFact, later: ExtractedFact) -> ExtractedFact:
    """The surer of two that say the same, of equals the first, with the entries of both."""
    surer = later if later.confidence > earlier.confidence else earlier
    entry_ids = tuple(dict.fromkeys((*earlier.entry_ids, *later.entry_ids)))
    return replace(surer, entry_ids=entry_ids)


def _facts(utterance: Utterance) -> Iterator[ExtractedFact]:
    sentences = split_sentences(utterance.content[:READ_CHARACTERS])
    read = 0
    for place, raw in enumerate(sentences):
        if read >= MOST_SENTENCES:
            return
        if _FIRST_PERSON.search(raw) is None:
            continue
        read += 1
        sentence = plain(raw.lower() if raw.isupper() else raw)
        following = plain(sentences[place + 1]) if place + 1 < len(sentences) else ""
        if is_no_claim(raw, sentence) or takes_back(following):
            continue
        unsure = is_unsure(sentence)
        for clause, draft in _drafts(claimed_part(sentence), utterance.event_time):
            yield _fact(utterance, clause, draft, unsure=unsure or clause.unsure)


def _drafts(sentence: str, event_time: int) -> Iterator[tuple[Clause, Draft]]:
    """Everything that a sentence says; of one clause an event only where it says nothing else."""
    told: list[tuple[Clause, Draft]] = []
    liked = ""
    for said in clauses(sentence, event_time):
        it = _IT.match(said.rest) if liked and said.verb in TASTING else None
        clause = replace(said, rest=f"{liked}{said.rest[it.end() :]}") if it else said
        drafts = [draft for topic in _TOPICS for draft in topic(clause)]
        liked = next((d.object for d in drafts if d.category == TASTE), liked)
        told += [(clause, draft) for draft in drafts or _doings(clause)]
    over = {(d.predicate, d.object.lower()) for _, d in told if d.negated}
    undated = when(sentence, event_time)[1]
    for draft in (
        *birthday(sentence),
        *self_description(undated),
        *told_of_others(sentence),
        *goals(sentence),
        *comforts(sentence),
    ):
        if (draft.predicate, draft.object.lower()) not in over:
            told.append((_NOBODY, draft))
    known = {clause.subject for clause, _ in told}
    people = " ".join(d.text for _, d in told if d.predicate in {"has", "partner", "name"})
    for draft in mentioned(sentence):
        noun = draft.object.split(" ")[-1]
        if draft.predicate != "has" or (noun not in known and noun not in people):
            told.append((_NOBODY, draft))
    return iter(told)


def _doings(clause: Clause) -> Iterator[Draft]:
    """What a clause tells when it says nothing of the other topics."""
    yield from events(clause)
    yield from going_on(clause)
    yield from managed(clause)
    yield from routines(clause)


_IT = re.compile(r"^(?:it|them)\b(?=\s*(?:$|[.!,]|now\b|too\b))", re.IGNORECASE)


def _fact(utterance: Utterance, clause: Clause, draft: Draft, *, unsure: bool) -> ExtractedFact:
    subject = clause.subject if draft.subject is None else draft.subject
    ahead = clause.when is not None and clause.when.ahead
    return ExtractedFact(
        statement=statement(clause, draft.text, draft.subject, dated=draft.dated),
        category=draft.category,
        subject=subject,
        predicate=draft.predicate,
        object=draft.object,
        negated=draft.negated,
        confidence=UNSURE if unsure else draft.confidence,
        importance=draft.importance,
        valid_from=clause.when.start if clause.when is not None and not ahead else None,
        entry_ids=(utterance.entry_id,),
    )
