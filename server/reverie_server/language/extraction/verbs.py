"""The verbs that facts are made from, with their forms. What is not here is not understood."""

from __future__ import annotations

import re

from reverie_server.language.words import word_list

_IRREGULAR = """
be am/is/are/was/were been being | have has had having | do does did done doing
go goes went gone going | get gets got gotten getting | buy buys bought bought buying
take takes took taken taking | see sees saw seen seeing | meet meets met met meeting
win wins won won winning | lose loses lost lost losing | run runs ran run running
read reads - read reading | write writes wrote written writing | build builds built built building
begin begins began begun beginning | find finds found found finding | give gives gave given giving
teach teaches taught taught teaching | spend spends spent spent spending
fly flies flew flown flying | drive drives drove driven driving | ride rides rode ridden riding
swim swims swam swum swimming | sell sells sold sold selling | sing sings sang sung singing
draw draws drew drawn drawing | choose chooses chose chosen choosing
catch catches caught caught catching | break breaks broke broken breaking
fall falls fell fallen falling | leave leaves left left leaving | make makes made made making
eat eats ate eaten eating | drink drinks drank drunk drinking | sleep sleeps slept slept sleeping
hold holds held held holding | speak speaks spoke spoken speaking
grow grows grew grown growing | become becomes became become becoming
think thinks thought thought thinking | keep keeps kept kept keeping
quit quits quit quit quitting | set sets set set setting | wear wears wore worn wearing
hurt hurts hurt hurt hurting | tear tears tore torn tearing | come comes came come coming
die dies died died dying | tie ties tied tied tying | wake wakes woke woken waking
feel feels felt felt feeling | hang hangs hung hung hanging | stand stands stood stood standing
bring brings brought brought bringing | put puts put put putting
fight fights fought fought fighting
"""
_REGULAR = word_list(
    """live work study like love enjoy hate dislike prefer adore avoid despise detest own want need
    plan hope play collect volunteer practice date marry divorce engage move relocate attend
    visit join finish complete launch open paint adopt plant cook bake hike camp travel graduate
    pass fail donate organize organise sign apply resign retire watch learn try create design
    publish receive earn participate perform celebrate propose interview present record release
    raise rescue fix repair redecorate enroll register audition compete explore climb fish surf
    ski tour dance mentor start stop turn train save dream believe support miss host score
    injure reconnect discover separate train run coach call name rent suffer smoke stream garden
    knit craft sew jog speak decide consider expect belong major specialize pray meditate skip
    follow look search babysit foster walk switch renovate restore order sprain twist purchase
    trust oppose doubt pass wish identify use tutor care share drop transfer landed accept nail
    invest rescue upgrade submit convert secure hire promote fire lay diagnose discuss develop
    help shoot film edit hit reach acquire skype chat research blog focus aim revise perfect
    talk show check"""
)
_DOUBLED = word_list("blog chat stop plan hug jog knit drop skip ship hit babysit")


def _regular_forms(verb: str) -> tuple[str, str, str, str]:
    """Third person, past, participle, -ing form."""
    if verb.endswith("e"):
        return verb + "s", verb + "d", verb + "d", verb[:-1] + "ing"
    if verb.endswith("y") and verb[-2] not in "aeiou":
        return verb[:-1] + "ies", verb[:-1] + "ied", verb[:-1] + "ied", verb + "ing"
    third = verb + ("es" if verb.endswith(("s", "sh", "ch", "x", "z")) else "s")
    stem = verb + verb[-1] if verb in _DOUBLED else verb
    return third, stem + "ed", stem + "ed", stem + "ing"


def _tables() -> tuple[dict[str, str], dict[str, str], dict[str, str], dict[str, str]]:
    present: dict[str, str] = {}
    past: dict[str, str] = {}
    participle: dict[str, str] = {}
    ing: dict[str, str] = {}
    rows = [entry.split() for line in _IRREGULAR.strip().splitlines() for entry in line.split("|")]
    rows = [row for row in rows if row]
    irregular = {row[0] for row in rows}
    rows += [[verb, *_regular_forms(verb)] for verb in sorted(_REGULAR - irregular)]
    for row in rows:
        base, forms = row[0], row[1:]
        third = forms[0] if forms else ""
        if base == "be":
            ing["being"] = "be"
            continue
        past_form, done, doing = forms[1:4] if len(forms) == 4 else (forms[1], forms[1], forms[2])
        present[base] = present[third] = base
        if past_form != "-":
            past[past_form] = base
        participle[done] = base
        ing[doing] = base
    present["can not stand"] = "hate"
    return present, past, participle, ing


PRESENT, PAST, PARTICIPLE, ING = _tables()
"""From each form, in small letters, to its verb."""


def third_person(verb: str) -> str:
    """ "lives" of "live"."""
    if verb == "have":
        return "has"
    for form, base in PRESENT.items():
        if base == verb and form != verb:
            return form
    return _regular_forms(verb)[0]


REGULAR_PAST = re.compile(r"[a-z]{3,}[^e]ed")
"""A verb that is not known, in a form that tells its tense; it stands for itself."""
