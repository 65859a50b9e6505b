"""Patterns of rows: what stands in all of them, and a group for what varies."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from ...document.search.attempts import attempts
from ...document.search.dates import DATE, WEEKDAY, to_date
from ...document.search.regex import Finder, LineCursor
from ...document.text import Text
from .remembered import remembered

NUMBER = r"(?:(?<![^\s:=(\[|;,$€£+])-)?\d[\d.,]*(?<![.,])"
_SPECIAL = re.compile(r"[\\^$.|?*+()\[\]{}]")
HAS_DIGIT = re.compile(r"\d")
LETTERS = re.compile(r"[^\W\d_]+")
# A part of a pattern: an escaped character, a group without groups within it, or a character, such as those around what
# need not be there: "(?:" and ")?".
_PATTERN_PART = re.compile(r"\\.|\((?!\?)(?:[^()\\]|\\.)*\)|.", re.DOTALL)
# What stands for several blanks between columns in a pattern.
GAP = "[ \\t]{2,}"
# Days of which nothing but the numbers tells which is the month.
_TWO_NUMBERS, _MONTHS = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-]"), 12
_NUMBERS_OF_DAY = re.compile(r"\d{1,2}([/-])\d{1,2}\1\d{4}")
_DAY_AND_TIME = re.compile(r"(\S+|\d{1,2} \w+ \d{4}),?[ T]\d{1,2}:\d\d(?::\d\d)?")
_ISO, _POINTS = re.compile(r"\d{4}-\d\d-\d\d"), re.compile(r"\d{1,2}\.\d\d\.\d{4}")
_DAY_MONTH_YEAR = re.compile(r"\d{1,2}([. ]{1,2})([^\W\d_]+\.?)( )\d{4}")
_ANY_MONTH, _TWO_DIGITS = r"\w+\.?", r"\d\d"
ANY, _ANY_OR_NONE = "(.+?)", "(.*?)"
LONGEST_LINE, LONGEST_PATTERN, MOST_GROUPS, _MOST_MATCHES = 400, 200, 8, 50_000


class Sections(NamedTuple):
    """Patterns of the headings of a text, and of those of them below which rows are meant."""

    heading: str
    meant: str


class Heading(NamedTuple):
    """A pattern of headings with one group, and what that is called. `year` is that of days which name none."""

    pattern: str
    name: str
    year: str = ""


@dataclass(frozen=True)
class LineForm:
    """Lines of one form: a pattern with which `grep` finds lines of the text `source`, what its groups are in each of
    these (`rows`), and in one of them, `line`, which has the number `line_num` (from 1).

    `labels` are what a table's header calls the groups. `states` are groups (from 0) that say what has become of each
    row, with all they say, of which the question may mean one; `legend` is what the text says that these mean. `remark`
    is the group (from 0) of what stands behind some rows, empty in the others. `more` are forms of rows that say the
    same in another order of words; where these have the same groups, `rows` has theirs too. `left_out` are groups
    (from 0), each with what it says in rows that the pattern finds too and that do not count, since they are totals of
    the others, or void: none of `rows`.
    `sections` are the headings below which the rows stand, where the pattern finds more. `heading` is what stands above
    the rows, where its group is the last of theirs: `pattern` has one group less.
    """

    pattern: str
    source: str
    line_num: int
    groups: tuple[str, ...]
    line: str
    rows: tuple[tuple[str, ...], ...]
    labels: tuple[str, ...] = ()
    states: tuple[tuple[int, tuple[str, ...]], ...] = ()
    legend: tuple[str, ...] = ()
    more: tuple[LineForm, ...] = ()
    left_out: tuple[tuple[int, tuple[str, ...]], ...] = ()
    remark: int | None = None
    sections: Sections | None = None
    heading: Heading | None = None

    @property
    def count(self) -> int:
        return len(self.rows)


def constants_of(pattern: str) -> list[str]:
    """What stands before, between and behind the groups of a pattern."""
    constants = [""]
    for part in _PATTERN_PART.findall(pattern):
        if _is_group(part):
            constants.append("")
        else:
            constants[-1] += part
    return constants


def _is_group(part: str) -> bool:
    return len(part) > 1 and part.startswith("(")


def with_part(pattern: str, at: int, part: str) -> str:
    """The pattern with another part in place of the group `at`, from 0."""
    groups = [each for each in _PATTERN_PART.findall(pattern) if _is_group(each)]
    pairs = zip(constants_of(pattern), [*groups[:at], part, *groups[at + 1 :], ""], strict=True)
    return "".join(constant + group for constant, group in pairs)


def closed(pattern: str, text: Text) -> tuple[str, dict[int, tuple[str, ...]]]:
    """The pattern, not to end within a word where lines go on there ("floor 1", "floor 10"), and what it matches."""
    matches = matches_of(pattern, text)
    if not pattern[-1].isalnum() or not matches:
        return pattern, matches
    closed = matches_of(pattern + r"\b", text)
    return (pattern + r"\b", closed) if 0 < len(closed) < len(matches) else (pattern, matches)


def of_days(
    pattern: str, matches: dict[int, tuple[str, ...]], days: str, text: Text
) -> tuple[str, dict[int, tuple[str, ...]]]:
    """The pattern for rows of the year or month that is asked for alone, where a group has days of others too; and
    what it matches."""
    for at, column in enumerate(zip(*matches.values(), strict=True)) if days else ():
        order = day_first(column)
        read = [as_day(value, order) for value in column]
        if not all(read) or all(day.startswith(days) for day in read) or not any(day.startswith(days) for day in read):
            continue
        own = next(value for value, day in zip(column, read, strict=True) if day.startswith(days))
        if (written := _written(own, days, order)) is None:
            continue
        narrower = with_part(pattern, at, written)
        found = matches_of(narrower, text)
        # The others are days as well: no row is lost but theirs.
        if len(found) == sum(day.startswith(days) for day in read):
            return narrower, found
    return pattern, matches


def as_day(value: str, order: bool | None = None) -> str:
    """A day that a text begins with, as 2024-05-12; "" where there is none, or it may be two. `order`: whether the day
    stands before the month, where that is known."""
    value = WEEKDAY.sub("", value)
    try:
        # A time may stand behind it.
        day = _DAY_AND_TIME.fullmatch(value)
        return to_date(day[1] if day is not None else value, order) if value[:1].isdecimal() else ""
    except ValueError:
        return ""


def day_first(column: Sequence[str]) -> bool | None:
    """Whether the day stands before the month in days such as 18/04/2022; None where not all of them together tell."""
    pairs = [tuple(map(int, match.groups())) for value in column if (match := _TWO_NUMBERS.match(value))]
    is_day = [any(pair[at] > _MONTHS for pair in pairs) for at in (0, 1)]
    return is_day[0] if is_day[0] is not is_day[1] else None


def _written(day: str, days: str, order: bool | None) -> str | None:
    """A group for days of a year, or of a year and month, that are written as a day is; None of other writings."""
    if weekday := WEEKDAY.match(day):
        written = _written(day[weekday.end() :], days, order)
        return None if written is None else rf"(\w+[.,]* {written[1:]}"
    year, _, month = days.partition("-")
    if _ISO.match(day):
        return f"({days}\\S+ \\S+)" if " " in day else f"({days}\\S+)"
    if named := _DAY_MONTH_YEAR.fullmatch(day):
        return f"(\\d+{named[1]}{named[2] if month else _ANY_MONTH}{named[3]}{year})"
    if order is not None and (found := _NUMBERS_OF_DAY.fullmatch(day)):
        number = f"0?{int(month)}" if month else r"\d+"
        return "(" + found[1].join([r"\d+", number, year] if order else [number, r"\d+", year]) + ")"
    if _POINTS.fullmatch(day):
        return f"(\\d+\\.{month or _TWO_DIGITS}\\.{year})"
    return None


def matches_of(pattern: str, text: Text) -> dict[int, tuple[str, ...]]:
    """The groups of the first match in each line that `grep` finds a pattern in, by the line's number; none where RE2
    cannot search for it, or where there are very many."""
    return dict(_matches(pattern, text))


@remembered
def _matches(pattern: str, text: Text) -> dict[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            finder = Finder(pattern, attempts(pattern, 0)[0][2] | re.MULTILINE, fold=True)
            if finder.plan(text).engine != "re2":
                return {}
    except (re.error, OverflowError, ValueError):
        return {}
    cursor = LineCursor(text)
    for hit in finder.hits(text):
        cursor.move(hit.start)
        found.setdefault(cursor.number, tuple(group or "" for group in hit.groups))
        if len(found) > _MOST_MATCHES:
            return {}
    return found


@lru_cache(maxsize=1 << 12)
def escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", text).replace("\t", r"\t")


def common_places(tokens: Sequence[str], places: Sequence[int], others: Sequence[str]) -> list[int]:
    """Those of the `places` in `tokens` that make the longest sequence that `others` have too, in their order."""
    longest = [[0] * (len(others) + 1) for _ in range(len(places) + 1)]
    for i in range(len(places) - 1, -1, -1):
        for j in range(len(others) - 1, -1, -1):
            if tokens[places[i]] == others[j]:
                longest[i][j] = longest[i + 1][j + 1] + 1
            else:
                longest[i][j] = max(longest[i + 1][j], longest[i][j + 1])
    kept, i, j = [], 0, 0
    while i < len(places) and j < len(others):
        if tokens[places[i]] == others[j]:
            kept.append(places[i])
            i, j = i + 1, j + 1
        elif longest[i + 1][j] >= longest[i][j + 1]:
            i += 1
        else:
            j += 1
    return kept


def group_of(values: Sequence[str]) -> str:
    """A group for such values, no wider than they need it; one for each number that stands beside other words."""
    if all(map(DATE.fullmatch, values)):
        return _one_kind(values, r"\S+")
    rows = [_words_of(value) for value in values]
    if len({len(row) for row in rows}) == 1:
        columns = list(zip(*rows, strict=True))
        if any(map(_is_of_codes, columns)):
            return " ".join(_kinds_of_columns(columns))
    for end in (0, -1):
        words = [row[end] for row in rows]
        if all(len(row) > 1 for row in rows) and _is_of_codes(words):
            code = _number_kind(words) if is_of_numbers(words) else _word_kind(words)
            return f"{ANY} {code}" if end else f"{code} {ANY}"
    return _word_kind(values)


def _words_of(value: str) -> list[str]:
    """What stands between blanks; a day is one, also "3 May 2024"."""
    whole = DATE.sub(lambda day: day[0].replace(" ", "\0"), value)
    return [word.replace("\0", " ") for word in whole.split(" ")]


def _kinds_of_columns(columns: Sequence[Sequence[str]]) -> Iterator[str]:
    """Groups for the words between blanks of some values, one below the other; words that stand together have one."""
    for is_code, together in groupby(columns, key=_is_of_codes):
        if is_code:
            yield from (_number_kind(words) if is_of_numbers(words) else _word_kind(words) for words in together)
        else:
            yield _word_kind([" ".join(words) for words in zip(*together, strict=True)])


def is_of_numbers(values: Sequence[str]) -> bool:
    return all(re.fullmatch(NUMBER, value) for value in values)


def _is_of_codes(values: Sequence[str]) -> bool:
    """Whether all of some words are numbers or have one in them."""
    return all(map(HAS_DIGIT.search, values))


def _number_kind(values: Sequence[str]) -> str:
    return r"(-?[\d.,]+)" if any(value.startswith("-") for value in values) else r"([\d.,]+)"


def _word_kind(values: Sequence[str]) -> str:
    return _one_kind(values, r"\w+", r"\S+")


def _one_kind(values: Sequence[str], *patterns: str) -> str:
    # "x12": twelve of them.
    if all(re.fullmatch(r"[x×]\d[\d.,]*", value) for value in values) and len({value[0] for value in values}) == 1:
        return f"{values[0][0]}([\\d.,]+)"
    fitting = (pattern for pattern in patterns if all(re.fullmatch(pattern, value) for value in values))
    some_are_empty = any(values) and not all(values)
    return next((f"({pattern})" for pattern in fitting), _ANY_OR_NONE if some_are_empty else ANY)
