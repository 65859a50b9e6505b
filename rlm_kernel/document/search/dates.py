"""Dates as people write them, in a text; and the tool `to_date`."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

from .rows import short

MONTHS = ["January", "February", "March", "April", "May", "June", "July"]
MONTHS += ["August", "September", "October", "November", "December"]
# In other languages: German, French, Spanish.
OTHER_MONTHS = [
    ["Januar", "Jänner", "janvier", "enero"],
    ["Februar", "février", "fevrier", "febrero"],
    ["März", "Maerz", "mars", "marzo"],
    ["avril", "abril"],
    ["Mai", "mayo"],
    ["Juni", "juin", "junio"],
    ["Juli", "juillet", "julio"],
    ["août", "aout", "agosto"],
    ["septembre", "septiembre"],
    ["Oktober", "octobre", "octubre"],
    ["novembre", "noviembre"],
    ["Dezember", "décembre", "decembre", "diciembre"],
]
_MONTH_OF = {name.casefold(): number for number, name in enumerate(MONTHS, 1)}
_MONTH_OF |= {name[:3].casefold(): number for number, name in enumerate(MONTHS, 1)} | {"sept": 9}
_MONTH_OF |= {name.casefold(): number for number, names in enumerate(OTHER_MONTHS, 1) for name in names}
_LONG_MONTHS = sorted([*MONTHS, *(name for names in OTHER_MONTHS for name in names)], key=len, reverse=True)
MONTH = "|".join([*_LONG_MONTHS, *(rf"{name[:3]}\.?" for name in MONTHS)]) + r"|Sept\.?"

# Of two digits: years up to this one are of this century.
_THIS_CENTURY = 68
DATE = re.compile(
    r"(?<![\w-])(?<!\d\.)(?:(?P<y1>\d{4})(?P<mark>[-/.])(?P<m1>\d{1,2})(?P=mark)(?P<d1>\d{1,2})(?:[T ]00:00(?::00)?)?"
    rf"|(?P<d2>\d{{1,2}})(?:st|nd|rd|th|er)?\.?(?:\sof\s|\sde\s|\s|-)(?P<m2>{MONTH}),?(?:\sde\s|\s|-)(?P<y2>\d{{4}})"
    rf"|(?P<m3>{MONTH})\s(?P<d3>\d{{1,2}})(?:st|nd|rd|th)?,?\s(?P<y3>\d{{4}})"
    r"|(?P<plain>\d{1,2}[/.]\d{1,2}[/.](?:\d{4}|\d{2})))(?!\w|[-/.]\d)",
    re.IGNORECASE,
)
WEEKDAY_NAME = "(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?"
WEEKDAY = re.compile(rf"^{WEEKDAY_NAME}[.,]* (?=\d)", re.IGNORECASE)
"""The day of the week that a text with a day begins with."""
_BEGUN = re.compile(
    rf"(?<![\w.-])(?P<written>(?P<d>\d{{1,2}})(?:st|nd|rd|th|\.)?(?:\s(?:of\s)?(?P<m>{MONTH}))?"
    rf"|(?P<m2>{MONTH})\s(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?),?\s?"
    r"(?:to|until|till|through|and|up to(?: and including)?|-|–)\s?(?:and including\s)?(?:the\s)?$",
    re.IGNORECASE,
)
# A number alone is a day behind these.
_BEFORE_RANGE = re.compile(r"\b(?:from|between|the)\s+(?:the\s+)?$", re.IGNORECASE)
# What else stands in documents: a day before a time, with hyphens, of a server's log, with a year of two digits.
_OTHER = re.compile(
    r"(?<![\w.-])(?:(?P<y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)(?=[T ]\d)"
    rf"|(?P<d2>\d{{1,2}})[/-](?P<m2>{MONTH})[/-](?P<y2>\d{{4}}|\d\d)(?![\w-])"
    r"|(?P<plain>\d{1,2}-\d{1,2}-\d{4})(?![\w-]))",
    re.IGNORECASE,
)
# As calendars write days, and times of days.
_COMPACT = re.compile(r"\s*((?:19|20)\d\d)(\d\d)(\d\d)(?:T\d{4}(?:\d\d)?Z?)?\s*")


def to_date(text: Any, day_first: bool | None = None) -> str:
    """See the tool `to_date`."""
    line = getattr(text, "line", text)
    if not isinstance(line, str):
        raise ValueError(f"to_date: give a text, not {type(text).__name__}")
    if day_first is not None and type(day_first) is not bool:
        raise ValueError("to_date: day_first is True, False or None")
    if (compact := _COMPACT.fullmatch(line)) and (day := _day(*(int(part) for part in compact.groups()))):
        return day.isoformat()
    for found in _written(line):
        known = list(dict.fromkeys(_days_of(found)))
        if len(known) == 2 and day_first is None:
            raise ValueError(
                f"to_date: {found[0]!r} may be {known[0]} or {known[1]}: say to_date(text, day_first=True) or False"
            )
        if known:
            return known[-1 if day_first is False else 0].isoformat()
    raise ValueError(
        f"to_date: no date with day, month and year can be read in {short(line)!r}: look at such lines before you "
        "leave them out"
    )


def is_day(text: str) -> bool:
    """Whether a text begins with a day, or with a weekday and a day, or is a day as calendars write it."""
    return _has_day(text, re.Pattern.match)


def is_day_alone(text: str) -> bool:
    """Whether a text is a day, with its weekday or without, and nothing else."""
    return _has_day(text, re.Pattern.fullmatch)


def _has_day(text: str, match: Callable[[re.Pattern[str], str], re.Match[str] | None]) -> bool:
    text = WEEKDAY.sub("", text)
    found = (match(DATE, text), match(_OTHER, text), _COMPACT.fullmatch(text))
    return any(day is not None for day in found)


def written_days(text: str) -> dict[str, date]:
    """The days that a text names, as it writes them; those that may be two are left out. The first day of "from 11 July
    to 19 August 2024" and of "from 1 to 14 October 2024" is one too."""
    named: dict[str, date] = {}
    for found in _written(text):
        meant = set(_days_of(found))
        if len(meant) == 1:
            last = meant.pop()
            named |= _first_of_range(text[: found.start()], last)
            named[found[0]] = last
    return named


def _first_of_range(before: str, last: date) -> dict[str, date]:
    """The day that a range begins with, which leaves out what its last day has in common with it; empty where there is
    none."""
    begun = _BEGUN.search(before)
    if begun is None:
        return {}
    name = (begun["m"] or begun["m2"] or "").rstrip(".").casefold()
    if not name and not _BEFORE_RANGE.search(before[: begun.start()]):
        return {}
    month = _MONTH_OF.get(name, 0) if name else last.month
    first = _day(last.year, month, int(begun["d"] or begun["d2"]))
    if first is not None and first > last:
        first = _day(last.year - 1, month, first.day) if name else None
    return {begun["written"]: first} if first is not None else {}


def _written(text: str) -> list[re.Match[str]]:
    """What is written as a day, in order."""
    return sorted((*DATE.finditer(text), *_OTHER.finditer(text)), key=lambda match: match.start())


def _days_of(match: re.Match[str]) -> list[date]:
    return _other_days(match) if match.re is _OTHER else days(match)


def _other_days(match: re.Match[str]) -> list[date]:
    if match["plain"]:
        return _days_of_numbers(match["plain"])
    if match["y"]:
        day = _day(int(match["y"]), int(match["m"]), int(match["d"]))
    else:
        month = _MONTH_OF.get(match["m2"].rstrip(".").casefold(), 0)
        day = _day(_whole_year(int(match["y2"])), month, int(match["d2"]))
    return [day] if day else []


def days(match: re.Match[str]) -> list[date]:
    """The days that may be meant: `4/3/2024` has two, which is told by no mark but the point."""
    if not match["plain"]:
        return [day for day in [_day(*_ymd(match))] if day]
    return _days_of_numbers(match["plain"])


def _days_of_numbers(plain: str) -> list[date]:
    """The days that three numbers with marks between them may mean, the year last; where the month may stand first,
    that day is the last."""
    first, second, year = (int(part) for part in re.split(r"[/.-]", plain))
    orders = [(second, first)] if "." in plain else [(second, first), (first, second)]
    return [day for order in orders if (day := _day(_whole_year(year), *order))]


def _whole_year(year: int) -> int:
    return year + (1900 if year > _THIS_CENTURY else 2000) if year < 100 else year


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _ymd(match: re.Match[str]) -> tuple[int, int, int]:
    year, day = match["y1"] or match["y2"] or match["y3"], match["d1"] or match["d2"] or match["d3"]
    if match["m1"]:
        return int(year), int(match["m1"]), int(day)
    name = (match["m2"] or match["m3"]).rstrip(".").casefold()
    # A dotless i of capitals is none of these letters.
    return int(year), _MONTH_OF.get(name, 0), int(day)
