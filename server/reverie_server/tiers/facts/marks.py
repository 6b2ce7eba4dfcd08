"""What names a fact in a tombstone (``storage/tombstones.py``)."""

from __future__ import annotations

from collections.abc import Iterable

from reverie_server.index.bm25 import analyze
from reverie_server.storage.tombstones import Mark
from reverie_server.tiers.facts.model import Fact
from reverie_server.tiers.facts.predicates import standing_for
from reverie_server.tiers.facts.wording import object_key


def marks_of(fact: Fact, statements: Iterable[str] = ()) -> list[Mark]:
    """Of what a fact says of whom: as a relation to a thing, whatever its words, and in words,
    whatever their order and endings.

    Args:
        statements: other wordings of it, beside its own.
    """
    marks: list[Mark] = [
        ("said", fact.subject_key, _words(each)) for each in {fact.statement, *statements}
    ]
    if fact.predicate_key and fact.object_key:
        relation = standing_for(fact.predicate_key)
        marks.append(("fact", fact.subject_key, relation, fact.object_key))
    return marks


def _words(statement: str) -> str:
    return " ".join(sorted(set(analyze(statement)))) or object_key(statement)
