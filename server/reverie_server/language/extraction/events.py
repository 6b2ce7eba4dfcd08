"""What somebody did and what happened to them: told nearly in their own words, with the day."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reverie_server.language.extraction.clauses import Clause
from reverie_server.language.extraction.drafts import LIKELY, Draft
from reverie_server.language.extraction.things import thing
from reverie_server.language.fact_extractor import USER
from reverie_server.language.words import is_content, word_list

CATEGORY = "event"

_TELLING = word_list(
    """go buy take see meet win lose run read write build find teach fly ride swim sell sing draw
    choose catch break adopt paint plant cook bake hike camp travel graduate pass fail donate
    organize organise sign apply retire watch create design publish receive earn participate
    perform celebrate propose interview present record release raise rescue fix repair
    redecorate enroll register audition compete explore climb fish surf ski tour mentor visit
    attend join finish complete launch open host score injure reconnect discover volunteer make
    start renovate restore sprain tear hurt upgrade submit invest secure shoot film promote
    diagnose eat drive begin buy transfer learn collect purchase try get have switch order spend
    bring hold give help develop practice play knit sew hit reach book lead nail enjoy work talk
    hang set put come check study train walk coach serve acquire skype chat research blog follow
    share shoot call cook prepare bake edit"""
)
_PREDICATES = {"go": "went", "see": "saw", "buy": "bought", "visit": "visited", "meet": "met"}
_FEW = {
    "have": r"(?:an? |the |my |our )?(?:\w+ ){0,2}(?:baby|surgery|operation|accident|picnic"
            r"|party|interview"
            r"|wedding|concert|exam|miscarriage|game|match|meeting|audition|barbecue|bbq|dinner"
            r"|performance"
            r"|competition|tournament|injury|show|opening|photoshoot|family reunion|reunion)\b",
    "get": r"(?:an? |my |our |some |two |new |promoted|accepted|selected|invited|diagnosed"
           r"|injured|into "
           r"|hurt|hired|the (?:job|role|part|keys))",
    "spend": r".{0,60}\b(?:with|at|in|on|hiking|volunteering|camping|painting|exploring|playing"
             r"|working)\b",
    "play": r"(?:an? |the |in |for |with |against |[A-Z])", "try": r"(?:an? |out |some |making "
    r"|\w+ing )",
    "start": r"(?:an? |my |the |our |\w+ing\b|[A-Z])", "begin": r"(?:an? |my |the |\w+ing\b)",
    "give": r"(?:an? |my |some |the )", "help": r"(?:out |my |an? |at |the |with |organi[sz]e )",
    "find": r"(?:an? |my |some |the |two )", "make": r"(?:an? |some |my |the |this |these "
                                                     r"|dinner|[A-Z])",
    "bring": r"(?:my |an? |home )", "hold": r"(?:an? |my |the )", "hit": r"(?:an? |the |my )",
    "reach": r"(?:an? |the |my )", "take": r"(?:an? |my |the |up |part |some |[A-Z])",
    "lead": r"(?:an? |the |my )", "enjoy": r"(?:an? |the |some |my |\w+ing )",
    "work": r"(?:with|on|at|in|as|for) ", "talk": r"(?:to|with) ",
    "hang": r"out ", "set": r"(?:up |an? )", "put": r"(?:on |together |up )",
    "come": r"(?:up with |back from |across |in \w+ place|home from )", "check": r"out ",
    "follow": r"(?:my |an? )", "share": r"(?:my |an? )", "call": r"(?:my )", "see": r"(?!how"
    r"|what|if|why)",
    "walk": r"(?!away)", "chat": r"(?:with|to) ", "blog": r"about ", "train": r"(?:for |with "
    r"|at |my )", "go": r"(?!through|well|back and|ahead|on$|by)",
}  # fmt: skip
"""What must follow some verbs that else say too little."""
_EMPTY = re.compile(
    r"(?:(?:an?|the|some|my|our|lots of|so|such|really|more|such an?|quite an?|to|on|through"
    r"|for|up|back|of"
    r"|in|this|that|these|those|new|great|good|big|huge|real|lot of|lots|bit of|little|it|out"
    r"|over)\s+)*"
    r"(?:it|them|him|her|(?:this|that)(?=\s*(?:$|[^\w\s]|(?:to|for|in|with|from|and|so|on)\b))"
    r"|there|here|one|ones|lots|lot|ton|tons|surge|news|trial|leads|break|breather|step|steps"
    r"|chance"
    r"|time|while|blast|fun|kick|boost|difference|progress|way|ways|sense|look|listen|point"
    r"|feeling|feelings"
    r"|joy|hope|courage|strength|comfort|peace|peace of mind|confidence|support|encouragement"
    r"|idea|ideas"
    r"|things|thing|stuff|memories|memory|impression|effort|decision|mind|part of|cut|wonder"
    r"|love|go"
    r"|sure|day|days|leap|plunge|reality|moment|message|through|happiness|lesson|something"
    r"|everything|nerves"
    r"|care|advice|balance|inspiration|motivation|relief|risk|feedback|break from|out of hand|roll"
    r"|journey|change|changes|challenge|picture|pic|photo|hard|stronger|better|worse|used to|rid of"
    r"|tired|sick|nervous|excited|lost|stuck|bored|ready|busy|back|along|by|well|smoothly|on|off)\b"
    r"(?! (?:in [A-Z]|park|club|group|trip|station|for [A-Z]))",
    re.IGNORECASE,
)
_ANAPHOR = re.compile(
    r"^some (?:to|for|of)\b|\b(?:it|them|him|her|there|here|one|ones|they|he|she|something"
    r"|someone|somebody|everyone"
    r"|everything|his|its|such|things|stuff|this|these|those)\b"
    r"(?! (?:house|family|week|month|year|time))", re.IGNORECASE,
)  # fmt: skip
_POINTING = re.compile(
    r"^((?:[a-z]{2,7} )?)(this|that|these|those) (?=(?!is\b|was\b|\w+ing\b)[a-z]{3,})",
    re.IGNORECASE,
)
_POINTING_WITHIN = re.compile(
    r"\b()(this|these) (?=(?!is\b|was\b|\w+ing\b|(?:week|month|year|day|time|way)s?\b)[a-z]{3,})",
    re.IGNORECASE,
)
_ONLY_WITH = re.compile(r"(?:out )?with the [a-z]+$")
""" "Helped with the painting": which one the talk told."""
MOST_WORDS = 16
_NO_END = word_list("to up out on off in at with for a an the some more")


def events(clause: Clause) -> Iterator[Draft]:
    """From the past tenses of verbs that tell something."""
    if not clause.happened or clause.ended or not _tells(clause):
        return
    if clause.tense == "perfect" and clause.form == "been":
        return
    rest = clause.rest
    if clause.verb in {"retire", "graduate"} and not rest.strip(" .!,"):
        yield Draft(clause.form, "work" if clause.verb == "retire" else "school", clause.form,
                    CATEGORY, 0.6, dated=True)  # fmt: skip
        return
    needed = _FEW.get(clause.verb)
    if needed is not None and not re.match(needed, rest):
        return
    if _EMPTY.match(rest):
        return
    found = told(rest)
    if not found or (clause.subject != USER and clause.verb in {"get", "make"}):
        return
    predicate = _PREDICATES.get(clause.verb, clause.form if clause.form.isalpha() else clause.verb)
    form = clause.form
    if clause.tense == "perfect":
        form = f"has {form}"
    yield Draft(predicate, found, f"{form} {found}", CATEGORY,
                0.45 if clause.subject == USER else 0.4, LIKELY, dated=True)  # fmt: skip


def _tells(clause: Clause) -> bool:
    """A verb of these, or an unknown one that is not one of the mind."""
    if clause.verb == clause.form and clause.verb not in _TELLING:
        return clause.form not in _OF_THE_MIND and not clause.rest.startswith(("that ", "by "))
    return clause.verb in _TELLING


_OF_THE_MIND = word_list(
    """explained announced wanted needed hoped wished realized realised thought felt believed
    remembered forgot guessed
    figured seemed appeared noticed wondered worried feared cared managed ended turned happened
    appreciated valued admired missed liked loved needed used supposed agreed promised asked
    answered called tired bored excited interested scared shocked surprised amazed proud
    stressed overwhelmed blessed inspired motivated determined related mentioned talked stayed
    looked kept pushed continued struggled faced handled dealt expected owed deserved meant
    assumed doubted relied depended feeling being doing having hoping wondering thinking kidding
    struggling saying telling asking sitting standing waiting staying keeping coming leaving
    loving missing dying talking looking wanting needing facing dealing pushing enjoying hanging
    holding wishing showing freaking counting nothing everything something carrying moving
    feeling glowing stressing freaked chilled vibing rocking killing rooting cheering crushing
    experienced noted heading stepping getting going putting taking bringing finding sending
    letting stuck lived named picked ended offered allowed crossing figuring chasing seeing
    meeting learning growing changing improved progressed passed added"""
)


def told(rest: str) -> str:
    """What follows the verb, as it reads of the user; empty where it needs its context."""
    pointed = _POINTING_WITHIN.sub(_an_indefinite, _POINTING.sub(_an_indefinite, rest))
    found = _before_anaphor(thing(pointed, most_words=MOST_WORDS, led=True))
    if _ONLY_WITH.match(found):
        return ""
    words = [word.strip(".,'\"") for word in found.split()]
    if not words or (len(words) == 1 and words[0].lower() in _NO_END):
        return ""
    telling = [word for word in words if is_content(word.lower()) or word[:1].isupper()]
    enough = len(words) >= 2 or words[0][:1].isupper() or words[0].endswith("ing")
    return found if telling and enough else ""


def _before_anaphor(found: str) -> str:
    """The phrase up to the preposition or verb that leads to a word which needs its context."""
    anaphor = _ANAPHOR.search(found)
    if anaphor is None:
        return found
    leads = list(_LEAD.finditer(found[: anaphor.start()]))
    before = found[: leads[-1].start()] if leads and _ANAPHOR.match(found) is None else ""
    return "" if _CUT_OFF.search(before) else before


_CUT_OFF = re.compile(r"^to \w+$|\b(?:how|what|where|why|whether)$")
_LEAD = re.compile(r"\s(?:and|to|with|for|about|of|in|on|at|from|by|as|or)\b")


_JOINING = word_list("because and but for with when while from since though until before after")


def _an_indefinite(match: re.Match[str]) -> str:
    """ "A cafe" of "this cafe"; "this because ..." stays."""
    if match.string[match.end() :].split(" ", 1)[0].strip(".,").lower() in _JOINING:
        return match.group()
    if match[2].lower() in {"these", "those"}:
        return f"{match[1]}some "
    if match.string.startswith("other ", match.end()):
        return f"{match[1]}an"
    return f"{match[1]}an " if match.string[match.end()] in "aeiou" else f"{match[1]}a "


def going_on(clause: Clause) -> Iterator[Draft]:
    """From "I'm ...-ing" and "I've been ...-ing" of the same verbs."""
    if clause.tense != "progressive" or clause.ends or not _tells(clause):
        return
    if clause.verb in _OF_THE_MOMENT:
        return
    needed = _FEW.get(clause.verb)
    if (needed is not None and not re.match(needed, clause.rest)) or _EMPTY.match(clause.rest):
        return
    found = told(clause.rest)
    known = clause.verb != clause.form
    if found and known and clause.when is not None and clause.when.ahead:
        yield Draft("plans", f"to {clause.verb} {found}", f"plans to {clause.verb} {found}", "plan",
                    0.5, LIKELY, dated=True)  # fmt: skip
    elif found:
        yield Draft(clause.form, found, f"is {clause.form} {found}", "activity", 0.4, LIKELY,
                    dated=clause.when is not None)  # fmt: skip


_OF_THE_MOMENT = word_list(
    "get have see go come find give bring hit reach make win lose start begin open"
)


def managed(clause: Clause) -> Iterator[Draft]:
    """ "I was able to mend the roof"."""
    if clause.verb != "be" or not clause.happened or not clause.rest.startswith("able to "):
        return
    verb, _, rest = clause.rest.removeprefix("able to ").partition(" ")
    found = told(rest)
    if found and verb in _TELLING and not _EMPTY.match(rest):
        told_of = f"was able to {verb} {found}"
        yield Draft("managed", f"{verb} {found}", told_of, CATEGORY, 0.4, LIKELY,
                    dated=True)  # fmt: skip


def visited(clause: Clause) -> Iterator[Draft]:
    """ "I've been to Rome"."""
    if clause.verb == "be" and clause.tense == "perfect" and not clause.negated:
        match = re.match(r"(?:also )?to (?P<place>[A-Z].{1,40})", clause.rest)
        found = thing(match["place"], most_words=5) if match else ""
        if found and clause.subject == USER:
            yield Draft("visited", found, f"has been to {found}", CATEGORY, 0.45, dated=True)
