"""Jobs, employers, schools, and what somebody studies."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reverie_server.language.extraction.being import occupation
from reverie_server.language.extraction.clauses import Clause
from reverie_server.language.extraction.drafts import Draft, relation_of
from reverie_server.language.extraction.occupations import is_occupation
from reverie_server.language.extraction.things import bare, thing
from reverie_server.language.extraction.verbs import ING
from reverie_server.language.words import word_list

_AS = re.compile(r"\bas (?:an? |the )?(?P<title>[^,;.!?]{2,50})", re.IGNORECASE)
_AT = re.compile(r"\b(?:at|for) (?P<employer>[^;!?]{2,60})", re.IGNORECASE)
_LEFT = re.compile(r"\b(?:job|work|position|role)\b(?: (?:as an? (?P<title>[\w ]{3,30}?))?(?= "
                   r"at| with"
                   r"| for|$))?(?: ?(?:at|with|for) (?P<employer>.{2,50}))?",
                   re.IGNORECASE)  # fmt: skip
_GOT_JOB = re.compile(
    r"(?:hired|(?:an? |the |my )?(?:\w+ ){0,2}job|(?:an? |the )?(?:offer|position|role|internship))"
    r"(?: as an? (?P<title>[\w ]{3,30}?))?(?: (?:at|with|by|from) (?P<employer>[A-Z].{1,40}))?"
    r"(?: as an? (?P<late>[\w ]{3,30}))?$",
    re.IGNORECASE,
)
_PROMOTED = re.compile(
    r"promoted to (?:an? )?(?P<title>[\w ]{3,40}?)(?: (?:at|by) (?P<employer>[A-Z].{1,40}?))?[.!]*$"
)
_FIRED = re.compile(
    r"(?:fired|laid off|let go|made redundant|sacked)\b(?: (?:from|by|at) (?P<employer>.{2,50}))?",
    re.IGNORECASE,
)
_SCHOOL = re.compile(
    r"\b(?:university|college|school|academy|institute|uni|law school|grad school|[A-Z]{2,5}"
    r"|Stanford|Harvard|Yale|Princeton|Oxford|Cambridge)\b"
)
_NO_EMPLOYER = word_list(
    """home night nights least times all weekends moment it them him her money living hours years
    ages days weeks months myself themselves school free work same end present a week-ends being
    now once first job fun"""
)
_SUBJECT_END = re.compile(r"\s+(?:at|in|for|with|this|to|by|and|so)\b.*")


def work(clause: Clause) -> Iterator[Draft]:
    """Occupation, employer and line of work, from their beginnings and ends, too."""
    if clause.verb == "work" and (clause.holds or clause.tense == "perfect"):
        yield from _working(clause)
    elif clause.verb in {"start", "begin"} and clause.happened:
        match = re.match(r"(?:working|work|a (?:new )?job|my (?:new )?job)\b", clause.rest)
        if match:
            yield from _working(clause, clause.rest[match.end() :].strip())
    elif clause.verb == "join" and clause.happened:
        match = re.match(
            r"(?P<name>[A-Z][\w&.-]+)(?: as (?:an? )?(?P<title>[\w ]{3,30}))?$", clause.rest
        )
        if match:
            yield from _employed(clause, match["name"], match["title"] or "")
    elif clause.verb in {"quit", "leave", "lose", "resign"} and clause.happened:
        yield from _left(clause)
    elif clause.verb in {"get", "be", "land", "accept", "take"} and clause.happened:
        yield from _hired_or_fired(clause)
    elif clause.verb == "run" and clause.tense == "present":
        yield from _business(clause)
    elif clause.verb == "become" and clause.happened:
        yield from _became(clause)


def _working(clause: Clause, rest: str | None = None) -> Iterator[Draft]:
    rest = clause.rest if rest is None else rest
    title = _AS.search(rest)
    if title:
        told = thing(title["title"], most_words=8)
        noun = re.split(r" (?:at|in|for|of|with) ", told)[0]
        if noun and is_occupation(noun.split()):
            yield occupation(clause, noun, f"works as {_article(noun)}{noun}")
    at = _AT.search(re.sub(r"\bas an? [\w ]{2,30}?(?= at\b| for\b|$)", "", rest))
    if at and (at.start() == 0 or title):
        yield from _employed(clause, re.split(r" as | on | in the ", at["employer"])[0], "")
    match = re.match(r"in (?P<field>[\w ]{2,30})", rest)
    field = thing(match["field"], most_words=3) if match else ""
    if field and clause.tense == "present" and field.split()[0].lower() not in {"the", "a", "an"}:
        yield relation_of(clause, "works_in", field, f"works in {field}", "work", 0.6)


def _employed(clause: Clause, employer: str, title: str) -> Iterator[Draft]:
    named, _, after = employer.partition(" as ")
    title = title or re.sub(r"^(?:an?|the) ", "", after)
    found = thing(named, most_words=6)
    if found and bare(found).split()[0].lower() not in _NO_EMPLOYER and not found[0].isdigit():
        yield relation_of(clause, "works_at", found, f"works at {found}", "work", 0.8)
    if title and is_occupation(title.split()):
        yield occupation(clause, title, f"works as {_article(title)}{title}")


def _article(noun: str) -> str:
    return "an " if noun[:1].lower() in "aeiou" else "a "


def given_up(clause: Clause) -> Iterator[Draft]:
    """ "I stopped smoking", "I gave up coffee": what somebody does no more."""
    if clause.verb not in {"stop", "give"} or not clause.happened:
        return
    match = re.match(r"(?:(?P<up>up )|(?=\w+ing\b))(?P<what>.+)", clause.rest)
    if match is None or (clause.verb == "give") != bool(match["up"]):
        return
    found = thing(match["what"], most_words=4)
    verb, _, after = found.partition(" ")
    if ING.get(verb) in {"eat", "drink"} and after:
        predicate = f"{ING[verb]}s"
        text = f"no longer {predicate} {after}"
        yield Draft(predicate, after, text, "preference", 0.6, negated=True)
    elif found and (verb.endswith("ing") or len(found.split()) <= 2):
        told = f"{'gave up' if match['up'] else 'stopped'} {found}"
        yield Draft("does", found, told, "personal", 0.6, negated=True, dated=True)


def _left(clause: Clause) -> Iterator[Draft]:
    """The employer ends; without one, only that a job did."""
    rest = clause.rest
    if clause.verb == "lose" and not re.search(r"\b(?:job|position)\b", rest):
        return
    match = _LEFT.search(rest)
    employer = match["employer"] if match else ""
    if not match and clause.verb in {"quit", "leave", "resign"}:
        named = re.match(r"(?:from )?(?P<name>[A-Z][\w&.-]+(?: [A-Z][\w&.-]+){0,2})$", rest)
        employer = named["name"] if named else ""
        if clause.verb == "quit" and not employer:
            habit = thing(rest, most_words=3)
            if habit and habit.split()[0].endswith("ing"):
                yield Draft(
                    "does", habit, f"quit {habit}", "personal", 0.6, negated=True, dated=True
                )
            return
    found = thing(employer, most_words=5) if employer else ""
    if found:
        yield Draft("works_at", found, f"no longer works at {found}", "work", 0.8, negated=True)
    elif match:
        title = (match["title"] or "").strip()
        if title and is_occupation(title.split()):
            told = f"no longer works as {_article(title)}{title}"
            yield Draft("job_title", title, told, "work", 0.7, negated=True)
        verb = {"quit": "quit", "lose": "lost", "leave": "left", "resign": "resigned from"}
        yield Draft("lost_job" if clause.verb == "lose" else "left_job", "job",
                    f"{verb[clause.verb]} their job", "work", 0.7, dated=True)  # fmt: skip


def _hired_or_fired(clause: Clause) -> Iterator[Draft]:
    fired = _FIRED.match(clause.rest) if clause.verb in {"get", "be"} else None
    if fired:
        found = thing(fired["employer"] or "", most_words=5)
        if found and found.lower() not in {"their job", "work"}:
            yield Draft("works_at", found, f"no longer works at {found}", "work", 0.8, negated=True)
        else:
            yield Draft("lost_job", "job", "lost their job", "work", 0.7, dated=True)
        return
    promoted = _PROMOTED.match(clause.rest) if clause.verb in {"get", "be"} else None
    if promoted and is_occupation(promoted["title"].split()):
        title = promoted["title"]
        yield occupation(clause, title, f"works as {_article(title)}{title}")
        if promoted["employer"]:
            yield from _employed(clause, promoted["employer"], "")
        return
    got = _GOT_JOB.match(clause.rest) if clause.verb != "be" or clause.rest[:5] == "hired" else None
    if got and (got["employer"] or got["title"] or got["late"]):
        yield from _employed(clause, got["employer"] or "", got["title"] or got["late"] or "")


def _business(clause: Clause) -> Iterator[Draft]:
    match = re.match(r"(?:my own|an?|my|our) (?P<what>[\w' -]{3,40})", clause.rest)
    found = thing(match["what"], most_words=6) if match else ""
    kinds = r"\b(?:business|store|shop|studio|company|cafe|restaurant|bakery|gym|farm|blog|agency"
    if found and re.search(kinds + r"|startup|channel|club|podcast|bar|salon)\b", found):
        yield relation_of(clause, "runs", found, f"runs {_article(found)}{found}", "work", 0.7)


_BECOMES = word_list(
    "vegan vegetarian father mother dad mom parent grandmother grandfather citizen"
)


def _became(clause: Clause) -> Iterator[Draft]:
    match = re.match(r"an? ", clause.rest)
    found = thing(clause.rest[match.end() :], most_words=6) if match else ""
    noun = re.split(r" (?:at|in|for|of|with) ", found)[0].split()
    if noun and is_occupation(noun):
        yield occupation(clause, " ".join(noun), f"is {match.group() if match else ''}{found}")
    elif noun and noun[-1].lower() in _BECOMES:
        yield Draft("is", found, f"is {match.group() if match else ''}{found}", "personal", 0.7)


def school(clause: Clause) -> Iterator[Draft]:
    """Where and what somebody studies or studied."""
    rest = clause.rest
    if clause.verb in {"study", "major"} and (clause.holds or clause.tense == "perfect"):
        at = re.search(r"\bat (?P<school>[^;!?]{2,50})", rest)
        if at:
            found = thing(at["school"], most_words=7)
            if found and (_SCHOOL.search(found) or found[0].isupper()):
                yield relation_of(
                    clause, "studies_at", found, f"studies at {found}", "education", 0.8
                )
        what = thing(_SUBJECT_END.sub("", re.sub(r"^in ", "", rest)), most_words=4)
        if (
            what
            and (at is None or at.start() > 0)
            and what.split()[0].lower() not in {"for", "to", "hard"}
        ):
            yield relation_of(clause, "studies", what, f"studies {what}", "education", 0.7)
    elif clause.verb in {"go", "attend"} and clause.tense == "present" and not clause.when:
        found = thing(re.sub(r"^to ", "", rest), most_words=6)
        if found and found[0].isupper() and _SCHOOL.search(found):
            yield relation_of(clause, "studies_at", found, f"studies at {found}", "education", 0.8)
    elif clause.verb == "drop" and clause.happened and rest.startswith("out of "):
        found = thing(rest[7:], most_words=6)
        if found:
            yield Draft("studies_at", found, f"dropped out of {found}", "education", 0.7,
                        negated=True, dated=True)  # fmt: skip
    elif clause.verb == "graduate" and clause.happened:
        match = re.match(r"(?:from )(?P<school>.{2,50})$", rest)
        found = thing(match["school"], most_words=7) if match else ""
        if found:
            yield Draft(
                "graduated_from", found, f"graduated from {found}", "education", 0.7, dated=True
            )
