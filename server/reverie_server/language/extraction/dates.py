"""Times that people say counted from when they said them: "yesterday", "last week", "in 2021".

A time that was found is taken out of its clause, and stands in its place in a statement as one that
stays true: "on 7 May 2023", "in 2021". Days are those of UTC; weeks begin on Monday.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_COUNTS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "twenty": 20, "fifteen": 15,
}  # fmt: skip
_N = rf"(?P<count>\d{{1,3}}|{'|'.join(_COUNTS)})"
_MONTH = rf"(?P<month>{'|'.join(_MONTHS)}|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)"
_DAY = rf"(?P<day>{'|'.join(_DAYS)}|mon|tues?|wed|thurs?|thu|fri|sat|sun)"
_BY = r"(?:(?:as of|since|on|in|back in|around|by|starting|from|until|for|during|over) )?"


@dataclass(frozen=True, slots=True)
class When:
    """A time that was named."""

    start: int | None
    """Microseconds since the epoch; None where it is not certain enough."""
    told: str
    """As it reads at the end of a statement: "on 7 May 2023", "since 2018"."""
    ahead: bool
    """After the day on which it was said."""


_Found = tuple[date | None, str]
_Rule = tuple[re.Pattern[str], Callable[[re.Match[str], date], _Found]]


def when(text: str, event_time: int) -> tuple[When | None, str]:
    """The first time named in a text, and the text without it.

    Args:
        event_time: microseconds since the epoch of when it was said; 0 when that is not known,
            and then nothing can be counted from it.
    """
    said = _day_of(event_time)
    for pattern, meaning in _RULES:
        match = pattern.search(text)
        if match is None:
            continue
        before, after = text[: match.start()].rstrip(" ,"), text[match.end() :].lstrip()
        # At the start of a clause its comma goes with it, elsewhere a comma still ends a phrase.
        rest = (
            f"{before}{after}" if before and after[:1] == "," else f"{before} {after.lstrip(' ,')}"
        )
        rest = rest.strip()
        if said is None:
            return None, rest
        try:
            start, told = meaning(match, said)
        except (OverflowError, ValueError):
            return None, rest
        if (
            pattern in _BARE_MONTHS
            and start
            and start < said.replace(day=1)
            and _AHEAD.search(text)
        ):
            start = start.replace(year=start.year + 1)
            told = f"in {start:%B} {start.year}"
        return When(_microseconds(start), told, start is not None and start > said), rest
    return None, text


def _day_of(event_time: int) -> date | None:
    if event_time <= 0:
        return None
    try:
        return (_EPOCH + timedelta(microseconds=event_time)).date()
    except OverflowError:
        return None


def _microseconds(day: date | None) -> int | None:
    if day is None:
        return None
    return int((datetime.combine(day, time(), UTC) - _EPOCH) / timedelta(microseconds=1))


def _on(day: date) -> _Found:
    return day, f"on {day.day} {day:%B} {day.year}"


def _in_month(day: date) -> _Found:
    return day.replace(day=1), f"in {day:%B} {day.year}"


def _in_year(year: int) -> _Found:
    return date(year, 1, 1), f"in {year}"


def _week_of(day: date) -> _Found:
    monday = day - timedelta(days=day.weekday())
    return monday, f"in the week of {monday.day} {monday:%B} {monday.year}"


def _weekend(day: date) -> _Found:
    saturday = day + timedelta(days=5 - day.weekday())
    return saturday, f"on the weekend of {saturday.day} {saturday:%B} {saturday.year}"


def _some_ago(match: re.Match[str], said: date) -> _Found:
    return None, f"{match['some'].lower()} before {said:%B} {said.year}"


def _months_from(day: date, months: int) -> date:
    count = day.year * 12 + day.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)


def _near_day(match: re.Match[str], said: date) -> _Found:
    word = match["near"].lower()
    far = 1 if word.startswith("tomorrow") else -1 if word[0] in "yl" else 0
    return _on(said + timedelta(days=far))


def _ago(match: re.Match[str], said: date) -> _Found:
    return _counted(match, said, -1)


def _ahead(match: re.Match[str], said: date) -> _Found:
    return _counted(match, said, 1)


def _counted(match: re.Match[str], said: date, sign: int) -> _Found:
    written = match["count"].lower()
    count = sign * (int(written) if written.isdigit() else _COUNTS[written])
    unit = match["unit"].lower()
    if unit == "day":
        return _on(said + timedelta(days=count))
    if unit == "week":
        return _week_of(said + timedelta(weeks=count))
    if unit == "weekend":
        return _weekend(said + timedelta(weeks=count))
    if unit == "month":
        return _in_month(_months_from(said, count))
    return _in_year(said.year + count)


def _lasting(match: re.Match[str], said: date) -> _Found:
    start, told = _ago(match, said)
    return start, re.sub(r"^(?:in the week of|on|in)", "since", told)


def _relative(match: re.Match[str], said: date) -> _Found:
    step = {"last": -1, "past": -1, "next": 1, "coming": 1}.get(match["step"].lower(), 0)
    unit = match["unit"].lower()
    if unit == "week":
        return _week_of(said + timedelta(weeks=step))
    if unit == "month":
        return _in_month(_months_from(said, step))
    if unit == "year":
        return _in_year(said.year + step)
    if unit == "weekend":
        saturday = said + timedelta(days=5 - said.weekday())
        if step or said.weekday() < 5:
            saturday += timedelta(weeks=step if step <= 0 or said.weekday() >= 5 else 0)
        return _weekend(saturday)
    season = "fall" if unit == "autumn" else unit
    return _season(season, said, step)


def _later(match: re.Match[str], said: date) -> _Found:
    """Ahead, on no certain day."""
    return said + timedelta(days=1), f"later {_relative(match, said)[1]}"


def _season(season: str, said: date, step: int) -> _Found:
    begins = {"spring": 3, "summer": 6, "fall": 9, "winter": 12}[season]
    year = said.year
    if step < 0 and said.month < begins + 3:
        year -= 1
    if step > 0 and said.month >= begins:
        year += 1
    return date(year, begins, 1), f"in the {season} of {year}"


def _weekday(match: re.Match[str], said: date) -> _Found:
    wanted = next(n for n, day in enumerate(_DAYS) if day.startswith(match["day"].lower()[:3]))
    if (match["step"] or "").lower() in {"next", "this", "coming"}:
        return _on(said + timedelta(days=(wanted - said.weekday() - 1) % 7 + 1))
    return _on(said - timedelta(days=(said.weekday() - wanted - 1) % 7 + 1))


def _month_of(written: str) -> int:
    return next(n for n, name in enumerate(_MONTHS, 1) if name.startswith(written.lower()[:3]))


def _calendar_day(match: re.Match[str], said: date) -> _Found:
    month = _month_of(match["month"])
    year = int(match["year"]) if match["year"] else said.year
    return _on(date(year, month, int(match["number"])))


def _month(match: re.Match[str], said: date) -> _Found:
    month = _month_of(match["month"])
    if match["year"]:
        return _in_month(date(int(match["year"]), month, 1))
    step = (match["step"] or "").lower()
    year = said.year - (step == "last" and month >= said.month)
    year += step == "next" and month <= said.month
    return _in_month(date(year, month, 1))


def _year(match: re.Match[str], _: date) -> _Found:
    start, told = _in_year(int(match["year"]))
    return start, told.replace("in", "since") if match["by"].lower().startswith("since") else told


def _rule(pattern: str, meaning: Callable[[re.Match[str], date], _Found]) -> _Rule:
    return re.compile(pattern, re.IGNORECASE), meaning


_YEAR = r"(?P<year>(?:19|20)\d\d)"
_UNIT = r"(?P<unit>day|weekend|week|month|year)"
_RULES: tuple[_Rule, ...] = (
    _rule(rf"\b{_BY}(?P<near>the day before yesterday)\b",
          lambda _, said: _on(said - timedelta(days=2))),
    _rule(rf"\b{_BY}(?P<near>yesterday|last night|tomorrow|today|tonight|this morning"
          r"|this afternoon|this evening|earlier today|right now today)(?: (?:morning|evening|night"
          r"|afternoon))?\b(?!'s)", _near_day),
    _rule(rf"\b(?:about |around |almost |nearly |just )?{_N} {_UNIT}s? ago\b", _ago),
    _rule(r"\b(?P<some>(?:a few|a couple of|a couple|several|some|many) "
          r"(?:days|weeks|weekends|months|years)) (?:ago|back)\b", _some_ago),
    _rule(rf"\b{_N} {_UNIT}s? (?:later|from now)\b", _ahead),
    _rule(rf"\bin (?:about )?{_N} {_UNIT}s?(?: time|'s? time)?(?! of)\b", _ahead),
    _rule(rf"\b(?:now )?for (?:about |around |almost |nearly |over |more than |the (?:last|past) )?"
          rf"{_N} (?P<unit>month|year)s?(?: now)?\b", _lasting),
    _rule(r"\blater (?P<step>this) (?P<unit>week|month|year|weekend|summer|winter|spring|fall"
          r"|autumn)\b", _later),
    _rule(rf"\b{_BY}(?:the )?(?P<step>last|past|this past|next|this coming|coming|this) "
          r"(?P<unit>week|month|year|weekend|summer|winter|spring|fall|autumn)\b(?! of)",
          _relative),
    _rule(rf"\b{_BY}(?:the )?(?P<step>last|this|next|coming|this past) {_DAY}(?: night| evening"
          r"| morning)?\b", _weekday),
    _rule(rf"\bon (?P<step>){_DAY}\b(?!s)", _weekday),
    _rule(rf"\b{_BY}{_MONTH} (?:the )?(?P<number>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,? {_YEAR})?",
          _calendar_day),
    _rule(rf"\b{_BY}(?:the )?(?P<number>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? {_MONTH}\b(?:,? "
          rf"{_YEAR})?",
          _calendar_day),
    _rule(rf"\b(?:as of|since|in|back in|around|by|during) (?:(?P<step>last|next|this) )?"
          rf"(?:early |late |mid-? ?)?{_MONTH}\b(?:,? (?:of )?{_YEAR})?", _month),
    _rule(rf"\b(?P<step>last|next|this) {_MONTH}\b(?:,? {_YEAR})?", _month),
    _rule(rf"\b(?P<by>as of|since|in|back in|around|by|during) (?:early |late |mid-? ?)?{_YEAR}\b",
          _year),
    _rule(r"\b(?:just )?(?:the other (?:day|night|week|weekend)|just now|a while (?:ago|back)"
          r"|not (?:too )?long ago|recently|lately)\b", lambda _, __: (None, "")),
)  # fmt: skip
_BARE_MONTHS = {pattern for pattern, meaning in _RULES if meaning is _month}
_AHEAD = re.compile(
    r"\b(?:going to|will|plan(?:ning)? (?:to|on)|hop(?:e|ing) to|want(?:ing)? to|(?<!been "
    r")(?:am|are)"
    r" \w+ing|would (?:like|love) to)\b", re.IGNORECASE,
)  # fmt: skip
"""Then "in June" is the next one."""
