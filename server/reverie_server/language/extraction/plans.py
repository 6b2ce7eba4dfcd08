"""What somebody means to do, wants, looks for, is at: never told as done."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reverie_server.language.extraction.clauses import Clause
from reverie_server.language.extraction.drafts import LIKELY, Draft, relation_of
from reverie_server.language.extraction.things import thing
from reverie_server.language.extraction.verbs import ING, PRESENT
from reverie_server.language.words import is_content, word_list

CATEGORY = "plan"
_ANAPHOR = re.compile(
    r"\b(?:it|this|that|these|those|them|him|her|there|here|one|ones|they|he|she|something|anything"
    r"|things|stuff)\b", re.IGNORECASE,
)  # fmt: skip
_WEAK = word_list(
    """be have do keep make give take get see know think say tell thank talk hear let feel look
    show share stay continue try help miss need believe remember admit go come start put find
    hang check want hope wish catch support love like enjoy cherish bring spend"""
)
"""Verbs that need more said after them to be worth keeping."""
_CHEER = re.compile(
    r"\b(?:dreams? come|admit|say|tell|thank|hear|know|forget|miss out|keep|have to|blast"
    r"|never|give up|best|in touch|posted|up with|talk|chat|catch up|be (?:there|okay"
    r"|fine|great|able|honest|happy|more|better|the|a better|part)|see (?:how|what|where)|make sure"
    r"|rock|proud|cheer|stay (?:positive|strong|true|focused)|miss|be sure|share|difference"
    r"|believe|remind|ask|agree|check)\b",
    re.IGNORECASE,
)
_PROGRESS = {
    "plan": ("plans", r"(?:on )?"),
    "train": ("training_for", "for "),
    "learn": ("learning", ""),
    "work": ("working_on", "on "),
    "look": ("looking_for", "for "),
    "save": ("saving_for", "up for |for "),
    "study": ("studying_for", "for "),
    "write": ("writing", ""),
    "build": ("building", ""),
    "read": ("reading", ""),
    "take": ("taking", ""),
    "expect": ("expecting", ""),
    "volunteer": ("volunteers", ""),
    "organize": ("organizing", ""),
    "search": ("looking_for", "for "),
    "try": ("trying", "out "),
    "focus": ("focusing_on", "on "),
    "develop": ("developing", ""),
    "create": ("creating", ""),
    "teach": ("teaches", ""),
    "renovate": ("renovating", ""),
    "watch": ("watching", ""),
    "practice": ("practices", ""),
    "raise": ("raising", ""),
    "apply": ("applying", ""),
    "prepare": ("preparing", "for "),
    "start": ("starting", ""),
    "design": ("designing", ""),
    "record": ("recording", ""),
    "host": ("hosting", ""),
}
"""Of what is going on: predicate, and the words that must follow the verb."""
_AT_LEAST_A = re.compile(
    r"(?:an? |the |my |some |for |two |three |[A-Z0-9]|to |\w+ing |\w+s\b|\w+ )"
)


def plans(clause: Clause) -> Iterator[Draft]:
    """From "I'm going to", "I want to", "I'm looking for", "I decided to"."""
    if clause.verb == "want" and clause.negated and clause.tense == "present":
        found = thing(clause.rest, most_words=3)
        if found and not clause.rest.startswith("to ") and not _ANAPHOR.search(found):
            yield relation_of(clause, "wants", found, f"wants {found}", CATEGORY)
    if clause.negated or clause.ended:
        return
    if clause.tense == "plan" or (clause.tense == "will" and clause.when is not None):
        yield from _going_to(clause)
    elif clause.tense == "would":
        if clause.verb in {"love", "like"} and clause.rest.startswith("to "):
            yield from _wanted(clause.rest[3:], LIKELY)
    elif clause.tense == "progressive":
        yield from _going_on(clause)
    elif clause.tense == "present":
        yield from _intended(clause)
    elif clause.verb == "decide" and clause.happened and clause.rest.startswith("to "):
        found = _action(clause.rest[3:])
        if found:
            yield _plan("plans", f"to {found}", f"decided to {found}")


_GOAL = re.compile(
    r"\b(?i:my|our) (?:\w+ ){0,2}(?P<what>goal|dream|plan|ambition|hope) (?:is|has always been"
    r"|has been) to "
    r"(?P<action>[^.;!?]{3,90})", re.IGNORECASE,
)  # fmt: skip


def goals(sentence: str) -> Iterator[Draft]:
    """ "My goal is to ..."."""
    match = _GOAL.search(sentence)
    found = _action(match["action"]) if match else ""
    if match and found:
        predicate = "plans" if match["what"].lower() == "plan" else "wants"
        yield _plan(predicate, f"to {found}", f"{predicate} to {found}")


def _plan(predicate: str, found: str, text: str, confidence: float = 0.8) -> Draft:
    return Draft(predicate, found, text, CATEGORY, 0.5, confidence, dated=True)


def _action(text: str) -> str:
    """A verb with enough after it, told of the user; empty where it says little."""
    words = text.split()
    while words and words[0].lower() in {
        "also",
        "really",
        "just",
        "definitely",
        "even",
        "finally",
        "try",
    }:
        words.pop(0)
    if words and words[0].lower() == "to":
        words.pop(0)
    if not words or (words[0].lower() not in PRESENT and words[0].lower() not in {"be", "become"}):
        return ""
    found = thing(" ".join(words), most_words=14)
    if not found or _ANAPHOR.search(found) or _CHEER.search(found):
        return ""
    content = [w for w in found.split() if is_content(w.lower().strip(".,"))]
    least = 2 if words[0].lower() not in _WEAK or words[0].lower() in {"go", "get"} else 3
    told = len(content) + (words[0].lower() in _WEAK)
    return found if len(found.split()) >= 2 and told >= min(least, 2) else ""


def _going_to(clause: Clause) -> Iterator[Draft]:
    """A "will" is a plan with a time or a place, an "am going to" always."""
    if clause.verb == "be":
        return
    found = _action(f"{clause.form} {clause.rest}")
    if found and clause.form not in {"love", "like", "need", "believe", "hope", "wish", "enjoy"}:
        yield _plan("plans", f"to {found}", f"plans to {found}", LIKELY)


def _wanted(rest: str, confidence: float = 0.8) -> Iterator[Draft]:
    found = _action(rest)
    if found:
        yield _plan("wants", f"to {found}", f"wants to {found}", confidence)


def _intended(clause: Clause) -> Iterator[Draft]:
    rest = clause.rest
    if clause.verb in {"plan", "hope", "want"}:
        match = re.match(r"(?:to|on) ", rest)
        if match and match.group() == "to ":
            if clause.verb == "plan":
                found = _action(rest[3:])
                if found:
                    yield _plan("plans", f"to {found}", f"plans to {found}")
            else:
                yield from _wanted(rest[3:])
        elif match and clause.verb == "plan":
            yield from _gerund(rest[3:], "plans")
        elif clause.verb == "want":
            found = thing(rest, most_words=6)
            if (
                found
                and re.match(r"(?:an? |my own |another |some )", rest)
                and not _ANAPHOR.search(found)
            ):
                yield relation_of(clause, "wants", found, f"wants {found}", CATEGORY)
    elif clause.verb == "wait" and rest.startswith("to "):
        yield from _wanted(rest[3:], LIKELY)
    elif clause.verb == "dream" and rest.startswith("of "):
        yield from _gerund(rest[3:], "dreams_of")
    elif clause.verb == "be" and rest.startswith("about to "):
        found = _action(rest[9:])
        if found:
            yield _plan("plans", f"to {found}", f"plans to {found}")


def _gerund(text: str, predicate: str) -> Iterator[Draft]:
    """ "planning on moving": the verb in -ing form, with enough after it."""
    found = thing(text, most_words=12)
    if (
        found
        and found.split()[0].lower() in ING
        and len(found.split()) > 1
        and not _ANAPHOR.search(found)
    ):
        verb, _, after = found.partition(" ")
        if predicate == "plans":
            action = f"to {ING[verb.lower()]} {after}"
            yield _plan("plans", action, f"plans {action}", LIKELY)
        else:
            told = {"considers": "considers", "dreams_of": "dreams of"}[predicate]
            yield _plan(predicate, found, f"{told} {found}", LIKELY)


def _going_on(clause: Clause) -> Iterator[Draft]:
    rest = clause.rest
    if clause.verb == "plan" and rest.startswith("to "):
        yield from _intended(clause)
    elif clause.verb in {"plan", "think", "consider"}:
        match = re.match(r"(?:on|of|about)? ?", rest)
        predicate = "plans" if clause.verb == "plan" else "considers"
        gerund = rest[match.end() :] if match else rest
        if gerund.split(" ")[0].lower() in ING:
            yield from _gerund(gerund, predicate)
        elif clause.verb == "plan":
            yield from _ongoing(clause)
    elif clause.verb in {"hope", "try", "want", "aim"} and rest.startswith("to "):
        yield from _wanted(rest[3:])
    elif clause.verb == "dream" and rest.startswith("of "):
        yield from _gerund(rest[3:], "dreams_of")
    elif _is_arranged(clause):
        found = thing(rest, most_words=10, led=True)
        if found and not _ANAPHOR.search(found):
            yield _plan("plans", f"to {clause.verb} {found}", f"plans to {clause.verb} {found}")
    elif clause.verb in _PROGRESS:
        yield from _ongoing(clause)


def _is_arranged(clause: Clause) -> bool:
    """ "I'm moving to Oslo", "I'm flying to Rome next week": the present of what is to come."""
    if clause.verb == "move":
        return clause.when is not None or clause.rest.startswith(("to ", "into "))
    if clause.verb == "get":
        return _ARRANGED.match(clause.rest) is not None
    ahead = clause.when is not None and clause.when.ahead
    return ahead and clause.verb in {"go", "fly", "travel", "visit", "leave", "head"}


_ARRANGED = re.compile(r"(?:married|divorced|engaged|a (?:dog|cat|puppy|kitten))\b")


def _ongoing(clause: Clause) -> Iterator[Draft]:
    predicate, lead = _PROGRESS[clause.verb]
    match = re.match(lead, clause.rest)
    if match is None:
        return
    after = clause.rest[match.end() :]
    found = thing(after, most_words=10)
    if not found or _ANAPHOR.search(found) or not _AT_LEAST_A.match(after):
        return
    if re.match(r"(?:a (?:break|ton|lot)|some time|the time|care|time|steps?|things|notes|note"
                r"|hard|out|towards?|forward|it|sense"
                r"|sure|progress|strides|memories|part|away|off|up|over|well|better|more|good|great"
                r"|everything|every|up to)\b", found):  # fmt: skip
        return
    if _ANAPHOR.search(found):
        return
    told = f"is {clause.form} {match.group()}{found}"
    yield Draft(predicate, found, told, "activity", 0.5, LIKELY,
                dated=clause.when is not None)  # fmt: skip
