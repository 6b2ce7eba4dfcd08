"""Closed word lists of English that the other parts share. Other languages fall through them:
their sentences are then told verbatim and ranked by meaning and length alone."""

from __future__ import annotations

import re

WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
"""A word, with its apostrophes ("don't", "Anna's")."""


def word_list(text: str) -> frozenset[str]:
    """The words of a list written out as text."""
    return frozenset(text.split())


FUNCTION_WORDS = word_list(
    """a about after all also am an and any are as at be because been before being but by can could
    did do does doing down during each few for from further get got had has have having he her
    here hers him his how i if in into is it its just me mine more most my no nor not of off on
    once one only or other our ours out over own same she should so some still such than that
    the their theirs them then there these they this those through to too under until up us very
    was we were what when where which while who whom why will with would yet you your yours"""
)
"""Words that carry grammar rather than meaning."""

CHAT_WORDS = word_list(
    """absolutely actually agree ago always amazing anything anyway appreciate awesome aw aww bet
    bit bye check cheers congrats congratulations cool cute day days definitely dude end enjoy
    everyone everything exactly excited exciting fantastic feel feeling feels felt fun getting
    give glad gonna good gosh gotta great guess haha happy hear heard hello help helped helping
    helps hey hi hope idea important incredible inspiring interesting keep keeping kind kinda
    know last later let like little lol long look looking looks lot lots love loved lovely luck
    made make makes making man many maybe mean moment much need never new nice nope nothing oh
    ok okay part people perfect photo pic picture place please pretty proud put really recently
    right said say see seems share shared sharing show something soon sorry sound sounds special
    start started stay stuff super sure sweet take takes taking talk talking tell thank thanks
    thing things think thinking thought time times today together told tomorrow totally tried
    try trying ugh want wanted way week weekend well went whoa wonderful word words work wow yay
    yeah year years yep yes yesterday yup image wants going come came coming worth keeps true
    sort awhile forward rest able ever even back around whole best better big able everyday
    quite hard easy real world life everybody someone tough lucky intense motivated motivating
    inspired inspires passionate fresh growing improving brings bring bringing bunch taught
    learned learning wonder seeing working figure figured trying young meet met meeting taken
    change changed difference impact"""
)
"""Words that any conversation is full of, whatever it is about."""

QUESTION_MARKS = ("?", "？", "؟")


def words(text: str) -> list[str]:
    """The words of a text, lower case, typographic apostrophes made plain."""
    return [word.lower().replace("’", "'") for word in WORD.findall(text)]


def is_content(word: str) -> bool:
    """Whether a lower-case word says what is talked about."""
    stem = word.partition("'")[0]
    return len(stem) > 2 and stem not in FUNCTION_WORDS and stem not in CHAT_WORDS


def is_question(sentence: str) -> bool:
    return sentence.rstrip("\"'”’»)]} !.…").endswith(QUESTION_MARKS)
