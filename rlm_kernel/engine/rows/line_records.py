"""Records of one line each, which begin with a name: "ELMHAM = station opened: 1859; goods yard opened: 1875"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from .row_patterns import LETTERS, escaped

_NAMED = re.compile(
    r"^(?P<name>[\[(*#•-]{0,3} ?(?=[^\W_])[^=:;|\n]{1,60}?)(?P<sign>\]|\))? ?"
    r"(?P<mark>(?<= )=(?= )|--(?= )|[–—](?= )|:(?= )|\|(?= )|(?<= )-(?= )|=>|->)[ ]+(?P<rest>\S.*)$"
)
_SEPARATORS = ("; ", " | ", ", ")
_WITH_SIGN = re.compile(r"(?P<label>[^\W\d_][^:=\d]{0,40}?)(?P<sign>: ?| ?= ?)(?P<value>\S.*)")
# "last cleaned 2005", "builder Lind & Sons"
_WITH_BLANK = re.compile(
    r"(?P<label>[^\W\d_A-Z][^\W\d_]*(?: [^\W\d_A-Z][^\W\d_]*){0,3})(?P<sign> )(?P<value>[^\W_a-z].*)"
)
# Sentences may follow the last part; an initial ends none.
_SENTENCE = re.compile(r"(?<=[^\WA-Z_]|\))\.(?: +(?=[^\W\d_a-z]).*)?$", re.DOTALL)
_FEWEST_PARTS, _FEWEST_RECORDS = 2, 4


class LineRecord(NamedTuple):
    """The name at the beginning of the line `number`, for each label the pattern that finds what it says there, with
    what that is, and the line's `rest`: what is no such part of it."""

    number: int
    name: str
    said: dict[str, tuple[str, str]]
    rest: str


def line_records(lines: Iterable[tuple[int, str]]) -> Iterator[list[LineRecord]]:
    """The records in numbered lines, those with the same marks together."""
    kinds: dict[tuple[str, str], list[LineRecord]] = {}
    for number, line in lines:
        if (found := _record(number, line)) is not None:
            marks, record = found
            kinds.setdefault(marks, []).append(record)
    yield from (records for records in kinds.values() if len(records) >= _FEWEST_RECORDS)


def _record(number: int, line: str) -> tuple[tuple[str, str], LineRecord] | None:
    begun = _NAMED.match(line)
    if begun is None or LETTERS.search(begun["name"]) is None:
        return None
    separator = next((each for each in _SEPARATORS if each in begun["rest"]), "")
    tail = _SENTENCE.search(begun["rest"])
    body = begun["rest"][: tail.start()] if tail is not None else begun["rest"]
    rest = [begun["rest"][tail.start() :]] if tail is not None else []
    said: dict[str, tuple[str, str]] = {}
    parts = body.split(separator) if separator else []
    head = escaped(line[: begun.start("rest")])
    for part in parts:
        found = _WITH_SIGN.fullmatch(part) or _WITH_BLANK.fullmatch(part)
        if found is None or found["label"] in said:
            rest.append(part)
            continue
        before = escaped(part[: found.start("value")])
        end = f"(?:{escaped(separator.rstrip())}|\\.?$|\\. )" if separator != " | " else r"(?: \||$)"
        said[found["label"]] = (f"^{head}(?:.*?{escaped(separator)})?{before}(.+?){end}", found["value"].strip())
    if len(said) < _FEWEST_PARTS or 2 * len(said) < len(parts):
        return None
    name = begun["name"].strip("[(*#•- ")
    return (begun["mark"], separator), LineRecord(number, name, said, " ".join(rest))
