"""The times a query speaks of: "in May 2023", "on 3 June", "last week", "two years ago". English.

A handful of patterns read in microseconds; a date parser for every language takes milliseconds,
which a recall does not have. What is not understood is no error: the query has no times then.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
MOST_YEARS: Final = 10
"""A month without a year means that month of each of so many latest years of the corpus."""

_MONTH_NUMBER: Final = {
    name.casefold(): number
    for names in (calendar.month_name, calendar.month_abbr)
    for number, name in enumerate(names)
    if number
} | {"sept": 9}
_MONTH: Final = "|".join(sorted(_MONTH_NUMBER, key=len, reverse=True))
_DAY: Final = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR: Final = r"(?P<year>(?:19|20)\d\d)"
_DATES: Final = (
    re.compile(r"\b(?P<year>(?:19|20)\d\d)-(?P<month>\d{1,2})(?:-(?P<day>\d{1,2}))?\b"),
    re.compile(rf"\b{_DAY}\s+(?:of\s+)?(?P<month>{_MONTH})\b\.?,?(?:\s+{_YEAR})?\b", re.IGNORECASE),
    re.compile(rf"\b(?P<month>{_MONTH})\b\.?\s+{_DAY}\b,?(?:\s+{_YEAR})?\b", re.IGNORECASE),
    re.compile(rf"\b(?P<month>{_MONTH})\b\.?,?(?:\s+(?:of\s+)?{_YEAR})?\b", re.IGNORECASE),
    re.compile(rf"\b{_YEAR}\b"),
)
_AGO: Final = re.compile(
    r"\b(?P<count>\d{1,3}|an?|one|two|three|four|five|six|seven|eight|nine|ten|couple of|few)"
    r"\s+(?P<unit>day|week|month|year)s?\s+ago\b",
    re.IGNORECASE,
)
_COUNT: Final = {
    word: count
    for count, words in enumerate(
        ("a an one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"), 1
    )
    for word in words.split()
} | {"couple of": 2, "few": 3}
_UNIT_DAYS: Final = {"day": 1, "week": 7, "month": 30, "year": 365}
_RELATIVE: Final = re.compile(
    r"\b(?:(?P<day>yesterday|today|tonight|last night)"
    r"|(?P<which>last|this|past)\s+(?P<unit>week|weekend|month|year))\b",
    re.IGNORECASE,
)
_MODAL_MAY: Final = re.compile(
    r"\b(?:in|of|on|since|until|till|by|last|this|during|early|late)\s$", re.IGNORECASE
)
_HINT: Final = re.compile(
    rf"\d|\b(?:{_MONTH})\b|\b(?:ago|yesterday|today|tonight|last|this|past)\b", re.IGNORECASE
)
"""Without any of these a text speaks of no time."""


_ONE_LETTER: Final = str.maketrans({"ı": "i", "İ": "I", "ſ": "s"})
"""Letters that match as others where case is ignored, and that lower() does not make the same."""
_DAY_MICROSECONDS: Final = 86_400_000_000
_EARLIEST: Final = (datetime.min.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND
_LATEST: Final = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time, microseconds UTC; ``end`` is outside. May go beyond the calendar."""

    start: int
    end: int


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def _moment(microseconds: int) -> datetime:
    """The nearest one that the calendar of the years 1 to 9999 has."""
    return _EPOCH + timedelta(microseconds=min(max(microseconds, _EARLIEST), _LATEST))


def _span(start: datetime, days: int, *, back: float = 0) -> Span:
    """So many days from so many before a moment, in numbers, which the calendar does not bound."""
    first = _microseconds(start) - round(back * _DAY_MICROSECONDS)
    return Span(first, first + days * _DAY_MICROSECONDS)


def _calendar_span(year: int, month: int | None, day: int | None) -> Span | None:
    if month is None:
        return _span(datetime(year, 1, 1, tzinfo=UTC), 366 if calendar.isleap(year) else 365)
    if not 1 <= month <= 12:
        return None
    last = calendar.monthrange(year, month)[1]
    if day is None:
        return _span(datetime(year, month, 1, tzinfo=UTC), last)
    if not 1 <= day <= last:
        return None
    return _span(datetime(year, month, day, tzinfo=UTC), 1)


def _is_modal(match: re.Match[str]) -> bool:
    """ "may" without a day or year is the month only after a preposition, or with its capital
    inside a sentence."""
    groups = match.groupdict()
    word = groups.get("month")
    if word is None or word.lower() != "may" or groups.get("day") or groups.get("year"):
        return False
    before = match.string[: match.start()]
    return not (_MODAL_MAY.search(before) or (word == "May" and before.strip()))


def _calendar_spans(text: str, years: range) -> list[Span]:
    spans: list[Span | None] = []
    taken = [False] * len(text)
    for pattern in _DATES:
        for match in pattern.finditer(text):
            if any(taken[match.start() : match.end()]) or _is_modal(match):
                continue
            taken[match.start() : match.end()] = [True] * (match.end() - match.start())
            found = match.groupdict()
            named = found.get("month")
            month = None
            if named is not None:
                month = int(named) if named.isdigit() else _MONTH_NUMBER[named.lower()]
            day = int(found["day"]) if found.get("day") else None
            said = [int(found["year"])] if found.get("year") else years[-MOST_YEARS:]
            spans += [_calendar_span(year, month, day) for year in said]
    return [span for span in spans if span is not None]


def _relative_spans(text: str, now: datetime) -> list[Span]:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    spans = []
    for match in _AGO.finditer(text):
        word = match["count"].lower()
        unit = _UNIT_DAYS[match["unit"].lower()]
        days = unit * (_COUNT[word] if word in _COUNT else int(word))
        spans.append(_span(midnight, unit, back=days + unit / 2 - 0.5))
    for match in _RELATIVE.finditer(text):
        day = (match["day"] or "").lower()
        if day:
            spans.append(_span(midnight, 1, back=0 if day in ("today", "tonight") else 1))
            continue
        unit_name = match["unit"].lower()
        if unit_name == "weekend":
            spans.append(_span(midnight, 2, back=(midnight.weekday() + 2) % 7))
            continue
        unit = _UNIT_DAYS[unit_name]
        back = 2 * unit if match["which"].lower() == "last" else unit
        spans.append(_span(midnight, back, back=back - 1))
    return spans


def spans_of(text: str, now: int, earliest: int, latest: int) -> tuple[Span, ...]:
    """The times the text speaks of, () if of none.

    Args:
        text: any text; only its first 1,024 characters are read.
        now: what "yesterday" is the day before of, microseconds UTC.
        earliest: the corpus' first event time, microseconds UTC.
        latest: its last one; a month without its year is one of the years between, though not of
            those after the next one, unless all are.
    """
    head = text[:1_024].translate(_ONE_LETTER)
    if _HINT.search(head) is None:
        return ()
    today = _moment(now)
    first, last = _moment(earliest).year, _moment(latest).year
    # One memory of the year 9999 would otherwise leave all others without their years.
    if first <= today.year + 1:
        last = min(last, today.year + 1)
    spans = _calendar_spans(head, range(first, last + 1))
    return tuple(spans + _relative_spans(head, today))
