"""Things and conditions that somebody has for longer: a car, a degree, asthma."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reverie_server.language.extraction.clauses import Clause
from reverie_server.language.extraction.drafts import Draft, relation_of
from reverie_server.language.extraction.things import thing
from reverie_server.language.words import word_list

_BELONGINGS = word_list(
    """car house apartment flat condo boat bike bicycle motorcycle truck van jeep camper piano
    guitar violin drums keyboard farm cabin ranch garden store shop business studio company
    restaurant cafe bakery startup blog channel podcast website degree masters bachelor's phd
    diploma license certificate tattoo tattoos collection telescope camera drone laptop console
    greenhouse pool treehouse scooter ukulele flute saxophone synth loft cottage trailer rv
    aquarium tank"""
)
_CONDITIONS = word_list(
    """diabetes asthma adhd add autism dyslexia epilepsy migraines arthritis cancer insomnia
    anxiety depression ocd ptsd celiac ibs eczema hypertension scoliosis lupus endometriosis
    tinnitus psoriasis pcos fibromyalgia anemia"""
)


def possessions(clause: Clause) -> Iterator[Draft]:
    """From "I own", "I have", "I suffer from", "I was diagnosed with"."""
    yield from _diagnosed(clause)
    if clause.verb not in {"have", "own", "suffer", "rent"} or clause.tense != "present":
        return
    rest = re.sub(r"^from ", "", clause.rest)
    phrase = thing(rest, most_words=8)
    if not phrase or phrase.lower().startswith("the "):
        return
    noun = re.split(r" (?:in|from|for|with|at|of|on|called|named|to|about) ", phrase)[0].split()
    head = noun[-1].lower() if noun else ""
    if head not in _BELONGINGS and head not in _CONDITIONS:
        head = head.removesuffix("s")
    if head in _CONDITIONS and len(noun) <= 4:
        yield relation_of(clause, "has", phrase, f"has {phrase}", "health", 0.7)
    elif head in _BELONGINGS and len(noun) <= 5 and clause.verb != "suffer":
        verb = {"have": "has", "own": "owns", "rent": "rents"}[clause.verb]
        draft = relation_of(clause, verb, phrase, f"{verb} {phrase}", "possession", 0.5)
        yield draft


def _diagnosed(clause: Clause) -> Iterator[Draft]:
    """ "I was diagnosed with ADHD"."""
    if clause.verb in {"be", "get", "diagnosed", "diagnose"} and clause.happened:
        match = re.match(r"(?:just |recently )?diagnosed with (?P<what>.{2,60})", clause.rest)
        found = thing(match["what"], most_words=5) if match else ""
        if found:
            text = f"was diagnosed with {found}"
            yield Draft("has", found, text, "health", 0.8, dated=True)
