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
    return marks_of_words(
        fact.subject_key, fact.predicate_key, fact.object_key, {fact.statement, *statements}
    )


def marks_of_words(
    subject_key: str, predicate_key: str, object_key: str, statements: Iterable[str]
) -> list[Mark]:
    """The same of the parts of a fact, each as it is compared."""
    marks: list[Mark] = [("said", subject_key, _words(each)) for each in statements]
    if predicate_key and object_key:
        marks.append(("fact", subject_key, standing_for(predicate_key), object_key))
    return marks


def _words(statement: str) -> str:
    return " ".join(sorted(set(analyze(statement)))) or object_key(statement)
