"""Dates as people write them, in a text; and the tool `to_date`."""

from __future__ import annotations

import re
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
    r"(?<![\w-])(?:(?P<y1>\d{4})(?P<mark>[-/.])(?P<m1>\d{1,2})(?P=mark)(?P<d1>\d{1,2})(?:[T ]00:00(?::00)?)?"
    rf"|(?P<d2>\d{{1,2}})(?:st|nd|rd|th|er)?\.?(?:\sof\s|\sde\s|\s|-)(?P<m2>{MONTH}),?(?:\sde\s|\s|-)(?P<y2>\d{{4}})"
    rf"|(?P<m3>{MONTH})\s(?P<d3>\d{{1,2}})(?:st|nd|rd|th)?,?\s(?P<y3>\d{{4}})"
    r"|(?P<plain>\d{1,2}[/.]\d{1,2}[/.](?:\d{4}|\d{2})))(?!\w|[-/.]\d)",
    re.IGNORECASE,
)
# What else code meets: the day before a time, and the day of a web server's log.
_STAMP = re.compile(
    rf"(?<!\d)(?P<y>\d{{4}})-(?P<m>\d\d)-(?P<d>\d\d)(?=[T ]\d|\b)|\b(?P<d2>\d\d)/(?P<m2>{MONTH})/(?P<y2>\d{{4}})", re.I
)


def to_date(text: Any, day_first: bool | None = None) -> str:
    """See the tool `to_date`."""
    line = getattr(text, "line", text)
    if not isinstance(line, str):
        raise ValueError(f"to_date: give a text, not {type(text).__name__}")
    written = [found for pattern in (DATE, _STAMP) if (found := pattern.search(line)) is not None]
    for found in sorted(written, key=lambda match: match.start()):
        meant = [_stamped(found)] if found.re is _STAMP else days(found)
        known = list(dict.fromkeys(day for day in meant if day is not None))
        if len(known) == 2 and day_first is None:
            raise ValueError(
                f"to_date: {found[0]!r} may be {known[0]} or {known[1]}: say to_date(text, day_first=True) or False"
            )
        if known:
            return known[-1 if day_first is False else 0].isoformat()
    raise ValueError(f"to_date: there is no date with day, month and year in {short(line)!r}: leave such lines out")


def _stamped(match: re.Match[str]) -> date | None:
    if match["y"]:
        return _day(int(match["y"]), int(match["m"]), int(match["d"]))
    return _day(int(match["y2"]), _MONTH_OF[match["m2"].rstrip(".").casefold()], int(match["d2"]))


def days(match: re.Match[str]) -> list[date]:
    """The days that may be meant: `4/3/2024` has two, which is told by no mark but the point."""
    if not match["plain"]:
        return [day for day in [_day(*_ymd(match))] if day]
    first, second, year = (int(part) for part in re.split(r"[/.]", match["plain"]))
    year += (1900 if year > _THIS_CENTURY else 2000) if year < 100 else 0
    orders = [(second, first)] if "." in match["plain"] else [(second, first), (first, second)]
    return [day for order in orders if (day := _day(year, *order))]


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
    return int(year), _MONTH_OF[name], int(day)
