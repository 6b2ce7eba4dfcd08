"""The people and animals that somebody calls theirs."""

from __future__ import annotations

import re

from reverie_server.language.words import word_list

PARTNERS = word_list(
    "husband wife boyfriend girlfriend partner fiancé fiancée fiance fiancee spouse"
)
FAMILY = word_list(
    """brother sister son daughter kid kids child children twins baby mother father mom dad parents
    grandmother grandfather grandma grandpa grandparents aunt uncle cousin cousins nephew niece
    siblings brothers sisters sons daughters stepson stepdaughter stepdad stepmom mother-in-law
    father-in-law brother-in-law sister-in-law in-laws grandson granddaughter family mama papa
    grandkids nieces nephews toddler granny"""
)
ANIMALS = word_list(
    """dog cat puppy kitten kitty kitties dogs cats puppies kittens hamster rabbit bunny parrot
    horse turtle turtles fish snake lizard gecko guinea hedgehog ferret chickens goats pup pups
    pet pets bird birds tortoise iguana pony rat rats"""
)
OTHERS = word_list(
    """friend friends roommate roommates boss coworker colleague colleagues neighbor neighbour
    teacher coach mentor therapist landlord manager team students teammates bestie"""
)
EVERYBODY_HAS = word_list(
    """mother father mom dad parents grandmother grandfather grandma grandpa grandparents family
    mama papa friend friends boss coworker colleague colleagues neighbor neighbour teacher team
    pet pets aunt uncle cousin cousins manager landlord coach granny baby students teammates
    mentor"""
)
"""That somebody has one says nothing of them."""

RELATIONS = PARTNERS | FAMILY | ANIMALS | OTHERS

_ADJECTIVE = (
    r"(?:(?:older|younger|big|little|baby|twin|elder|eldest|youngest|oldest|best|closest|old|new"
    r"|late|dear|lovely|beloved|two|three|four|five|\d|middle|step|half|adopted|rescue|pet|amazing"
    r"|sweet|cute|wonderful|great|childhood|college|other|furry|beautiful|own|former|previous"
    r"|guinea"
    r"|high school|school|work) )*"
)
_WORD = "|".join(sorted(map(re.escape, RELATIONS), key=len, reverse=True))
_NAME = r"[A-Z][^\W\d_]+(?:[ -][A-Z][^\W\d_]+)?"
_MINE = rf"\b(?i:my|our) (?P<adjective>(?i:{_ADJECTIVE}))(?P<relation>(?i:{_WORD}))\b(?!-)(?! of\b)"
MINE = re.compile(rf"{_MINE}(?!'s? )(?:,? (?P<name>{_NAME})\b(?!'s),?)?")
"""A relation as a subject, with the name given beside it: "my older brother Tom"."""
MENTIONED = re.compile(
    rf"{_MINE}(?:,? (?P<name>{_NAME})\b(?!'s \w+ (?:team|club|game))|'s\b|(?= *(?:$|[^\w\s'-])"
    r"| (?:and|or|is|are|was|were|has|have|had|to|in|at|for|with|on|from|who|when|about|just|also|a"
    r"|will|would|always|never|as|by|so|then|too|up|out|over|because|while|i|we|now|really|last"
    r"|loves?|likes?|got|gets?|went|said|came|died|passed|made|gave|took|lives?|works?|that)\b))"
)
"""The same anywhere: not "my dog sitter"."""

_SINGULAR = {
    "fiance": "fiancé", "fiancee": "fiancée", "mom": "mother", "dad": "father", "mama": "mother",
    "papa": "father", "kids": "children", "kid": "child", "grandma": "grandmother",
    "grandpa": "grandfather", "puppy": "dog", "kitten": "cat", "pup": "dog", "puppies": "dogs",
    "kittens": "cats", "pups": "dogs", "bestie": "friend", "granny": "grandmother",
    "bunny": "rabbit", "spouse": "partner", "guinea": "guinea pig", "toddler": "child",
}  # fmt: skip


def relation(word: str) -> str:
    """One word for those that mean the same: "mother" of "Mom"."""
    word = word.lower()
    return _SINGULAR.get(word, word)


def is_plural(word: str) -> bool:
    """Whether a relation word is one of several people or animals."""
    return (word.endswith("s") and word != "boss") or word == "children"
