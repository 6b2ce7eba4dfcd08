"""Wording a statement: in the third person, without the user's name, ending in a full stop."""

from __future__ import annotations

import re

from reverie_server.language.extraction.clauses import Clause
from reverie_server.language.extraction.relations import is_plural
from reverie_server.language.extraction.verbs import PRESENT
from reverie_server.language.fact_extractor import USER

_NAMED = re.compile(r"\b(?:since|on|in) ")


def denied(text: str, *, over: bool) -> str:
    """ "no longer lives in Boston" or "does not live in Boston" of "lives in Boston"."""
    verb, _, rest = text.partition(" ")
    if verb in {"is", "was"}:
        return f"{verb} {'no longer' if over else 'not'} {rest}"
    if over:
        return f"no longer {text}"
    return f"does not {PRESENT.get(verb, verb)} {rest}"


def in_plural(text: str) -> str:
    """ "live in Boston" of "lives in Boston"."""
    words = text.split(" ")
    at = 2 if words[:2] == ["no", "longer"] else 0
    verb = words[at] if at < len(words) else ""
    words[at : at + 1] = [
        {"is": "are", "was": "were", "does": "do"}.get(verb, PRESENT.get(verb, verb))
    ]
    return " ".join(words)


def statement(clause: Clause, text: str, subject: str | None, *, dated: bool) -> str:
    """The sentence that is stored.

    Args:
        text: as it follows "they" in the singular.
        subject: of the fact, if it is not the clause's.
        dated: whether it ends with the time that the clause named.
    """
    who = clause.subject if subject is None else subject
    if dated and clause.when is not None and clause.when.told not in text:
        text = f"{text} {clause.when.told}"
    if who == USER:
        told = text
    elif who != clause.subject:
        told = f"{who if who[:1].isupper() else f'their {who}'} {text}"
    else:
        told = f"their {who} {f'{clause.name} ' if clause.name else ''}" + (
            in_plural(text) if is_plural(who) else text
        )
    told = re.sub(r"\s+", " ", told).strip().rstrip(".!,;: ")
    return f"{told[:1].upper()}{told[1:]}."
