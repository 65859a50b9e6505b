"""Lines of keys with their values as tables: `state=done; kg=12`, `{"state": "done"}`."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from .record_lines import Piece
from .record_tables import tables_of_lines
from .row_patterns import escaped
from .table_rows import Row, Table

# A key, and what stands between it and its value, which may be a list in brackets.
_KEY = re.compile(r"(?<![\w.])\"?([A-Za-z_][\w.-]{0,30})\"?(=|:[ ]?)(?!//)([\"\[]?)")
# What ends a value, by what begins it.
_CLOSING = {'"': '"', "[": "]"}
_QUOTED = re.compile(r'"[^"\n]*"')
_HAS_WORD = re.compile(r"\w")
_FEWEST_KEYS, _MOST_KEYS, _FEWEST_LINES = 2, 40, 4


class _KeyLine(NamedTuple):
    """A line of keys with values: what stands before the first key, what stands before, between and behind the values,
    and the sign that ends each value."""

    head: str
    keys: tuple[str, ...]
    frame: tuple[str, ...]
    ends: str
    values: tuple[str, ...]


def key_tables(lines: Iterable[tuple[int, str]]) -> Iterator[Table]:
    """Lines of the same keys, each with a value: `state=done; kg=12`, `{"state": "done"}`; and those of which some have
    keys that others do not have."""
    found: dict[tuple[tuple[str, ...], tuple[str, ...]], list[tuple[int, _KeyLine]]] = {}
    for number, line in lines:
        if (parsed := _keys_of(line)) is not None:
            found.setdefault((parsed.keys, parsed.frame), []).append((number, parsed))
    for (keys, frame), rows in found.items():
        if len(rows) < _FEWEST_LINES:
            continue
        others = [f"[^{escaped(end)}\\n]" for end in rows[0][1].ends]
        between = [*map(escaped, frame[:-1]), f"{escaped(frame[-1])}$"]
        heads = [line.head for _, line in rows]
        if len(set(heads)) == 1:
            between[0] = escaped(heads[0]) + between[0]
            yield Table(keys, tuple(between), tuple(others), 0, tuple(Row(at, line.values) for at, line in rows))
        elif all(heads):
            # What stands before the first key is a cell too.
            end = _end_of(heads)
            cells = (Row(at, (line.head.removesuffix(end), *line.values)) for at, line in rows)
            between = ["", escaped(end) + between[0], *between[1:]]
            yield Table(("", *keys), tuple(between), (".", *others), 0, tuple(cells))
    if len(found) > 1:
        yield from _with_more_keys(sorted(row for rows in found.values() for row in rows))


def _with_more_keys(lines: Iterable[tuple[int, _KeyLine]]) -> Iterator[Table]:
    """Lines that begin with the same key, and of which some have keys that others do not have."""
    by_first: dict[tuple[str, str], list[tuple[int, _KeyLine]]] = {}
    for number, line in lines:
        # Elements of XML are read as such.
        if not line.head.lstrip().startswith("<"):
            signs = "" if _HAS_WORD.search(line.head) else line.head
            by_first.setdefault((signs, line.frame[0].rstrip('"')), []).append((number, line))
    for rows in by_first.values():
        heads = {line.head for _, line in rows}
        end = heads.pop() if len(heads) == 1 else _end_of(heads)
        yield from tables_of_lines([_pieces_of(number, line, end) for number, line in rows])


def _end_of(heads: Collection[str]) -> str:
    """What all texts before the first key of lines end with."""
    return next(end for end in (": ", " - ", "; ", ", ", " ", "") if all(head.endswith(end) for head in heads))


def _pieces_of(number: int, line: _KeyLine, end: str) -> list[Piece]:
    """A line as the pieces of a record: what stands before its first key but for the `end`, and its keys."""
    head = line.head.removesuffix(end)
    pieces = [Piece(number, "head", "" if head else escaped(end), head or None, after=escaped(end) if head else "")]
    behind = ""
    for key, frame, stop, value in zip(line.keys, line.frame, line.ends, line.values, strict=False):
        quote = stop if stop in _CLOSING.values() else ""
        opening = frame[-1] if quote else ""
        sign = frame.removeprefix(behind).removesuffix(opening)
        before = escaped(sign)
        # Within quotes in some lines, and without them in others: "null".
        loose = f'{before}"?'
        pieces.append(
            Piece(
                number,
                sign,
                before + escaped(opening),
                value,
                key,
                escaped(quote),
                f"[^{escaped(stop)}\\n]",
                loose,
                is_first=False,
            )
        )
        behind = quote
    closing = line.frame[-1].removeprefix(behind)
    if not closing:
        return pieces
    # Behind the last of several objects there is no comma.
    written = escaped(closing.removesuffix(","))
    return [*pieces, Piece(number, "end", escaped(closing), loose=f"{written},?", is_first=False)]


def _keys_of(line: str) -> _KeyLine | None:
    """The keys and values of a line; None where there are fewer than two."""
    keys: list[str] = []
    frame: list[str] = []
    ends: list[str] = []
    values: list[str] = []
    head = ""
    bare = _QUOTED.sub("", line)
    stop = ";" if ";" in bare else "," if "," in bare else " "
    at = 0
    while (key := _KEY.search(line, at)) is not None and len(keys) < _MOST_KEYS:
        end = _CLOSING.get(key[3], stop)
        last = line.find(end, key.end())
        value = line[key.end() : last if last >= 0 else len(line)]
        value = value if key[3] else value.rstrip(" }])")
        if value[:1] == " " or (not value and not key[3]):
            return None
        if not keys:
            head, at = line[: key.start()], key.start()
        frame.append(line[at : key.end()])
        keys.append(key[1])
        ends.append(end)
        values.append(value)
        at = key.end() + len(value)
    if len(keys) < _FEWEST_KEYS:
        return None
    return _KeyLine(head, tuple(keys), (*frame, line[at:]), "".join(ends), tuple(values))
