"""The record of the thing that a question names, and what it says of what is asked: "the rent of Mill House".

A small model that is shown the best lines of a search mistakes the line of another record for that of the one that is
meant, or the number of lines for what they say.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from ...document import Document
from ...document.search.suggestions import as_code
from ...document.text import Text
from ...trace.json_values import encodable
from .asked import Asked, asked_of, stems_of
from .form_notes import Told
from .record_tables import Record, kinds_of_records
from .row_patterns import LONGEST_LINE, LONGEST_PATTERN, escaped, matches_of
from .table_rows import Row, Table
from .tables import tables_of

_MOST_BYTES, _LONGEST_QUESTION, _MOST_TEXTS, _MOST_LINES = 2 << 20, 2_000, 10, 20_000
_FEWEST_ROWS, _LONGEST_NAME, _SHOWN, _SIGNS = 3, 60, 60, " =#*~+-[]:"
# What a question calls records and their parts.
_NO_NAMES = stems_of(
    "what which who how number amount value entry card form record row line document table list give given"
)
NOT_STATED = "not stated"


class _Found(NamedTuple):
    """The only record of its kind that a question names: the stems by which it does, the name as it is written, its
    first line and how many it has, and for each of the labels that records of its kind have the code that finds what
    this one says there, with what that is; None where it says nothing."""

    stems: frozenset[str]
    name: str
    first: int
    lines: int
    said: dict[str, tuple[str, str] | None]


def told_record(question: str, document: Document) -> list[Told]:
    """A note on the record that a question names, with the code that answers from it; nothing where it names none or
    several, or where no label, or more than one, is what it asks for. Where other records have the label and this one
    does not, the answer is that it is not stated. Documents of more than 2 MB are not read."""
    if len(question) > _LONGEST_QUESTION or sum(len(text.view) for text in document.texts) > _MOST_BYTES:
        return []
    asked = asked_of(question)
    found = [(text, each) for text in document.texts[:_MOST_TEXTS] for each in _found(asked, text)]
    most = max((len(each.stems) for _, each in found), default=0)
    best = [(text, each) for text, each in found if len(each.stems) == most]
    if len(best) != 1:
        return []
    ((text, record),) = best
    label = _label(record.said, asked.stems - record.stems - _NO_NAMES)
    if label is None or (record.said[label] is None and any(_may_say(text, record, label) for text in document.texts)):
        return []
    return [_told(record, label, text, sources=len(document.texts) > 1)]


def _may_say(text: Text, record: _Found, label: str) -> bool:
    """Whether a line of a text beside a record has its name and a word of a label, so that it may say what it lacks."""
    name, wanted = record.name.casefold(), stems_of(label)
    own = range(record.first, record.first + record.lines)
    return any(
        number not in own and name in line.casefold() and not wanted.isdisjoint(stems_of(line))
        for number, line in enumerate(text.iter_lines(), 1)
    )


def _label(labels: Iterable[str], wanted: Collection[str]) -> str | None:
    """The label that shares most words with what is wanted; None where none does, or several do."""
    shared = {label: len(stems_of(label) & frozenset(wanted)) for label in labels}
    most = max(shared.values(), default=0)
    best = [label for label, count in shared.items() if 0 < count == most]
    return best[0] if len(best) == 1 else None


def _found(asked: Asked, text: Text) -> Iterator[_Found]:
    in_tables = False
    for table in tables_of(text):
        if len(table.rows) >= _FEWEST_ROWS and any(table.labels) and (row := _row_named(table, asked)) is not None:
            in_tables = True
            yield _of_row(table, *row, text)
    if in_tables:
        return
    lines = [
        (number, line)
        for number, line in enumerate(islice(text.iter_lines(), _MOST_LINES), 1)
        if line.strip() and len(line) <= LONGEST_LINE
    ]
    for records in kinds_of_records(lines):
        names = [record.head[1].strip(_SIGNS) if record.head is not None else "" for record in records]
        named = [at for at, name in enumerate(names) if _is_named(name, asked)]
        if len(named) == 1:
            yield _of_record(records, named[0], names[named[0]])


def _is_named(cell: str, asked: Asked) -> bool:
    """Whether a question has all words of a cell that may be a name."""
    stems = stems_of(cell)
    is_name = len(cell) <= _LONGEST_NAME and any(map(str.isalpha, cell)) and not stems <= _NO_NAMES
    return is_name and bool(stems) and stems <= asked.stems and asked.says(cell.strip())


def _row_named(table: Table, asked: Asked) -> tuple[Row, frozenset[int], frozenset[str]] | None:
    """The only row that has most of the question's names, the columns of these, and their stems with those of what the
    columns are called."""
    named: list[tuple[Row, frozenset[int], frozenset[str]]] = []
    for row in table.rows:
        at = {at: stems_of(cell) for at, cell in enumerate(row.cells) if _is_named(cell, asked)}
        if at:
            labels = (stems_of(table.labels[place]) for place in at)
            named.append((row, frozenset(at), frozenset[str]().union(*at.values(), *labels) & asked.stems))
    most = max((len(stems) for _, _, stems in named), default=0)
    best = [each for each in named if len(each[2]) == most]
    return best[0] if len(best) == 1 else None


def _of_row(table: Table, row: Row, at: frozenset[int], stems: frozenset[str], text: Text) -> _Found:
    said: dict[str, tuple[str, str] | None] = {}
    for column, label in enumerate(table.labels):
        if column in at or not label or not (row.cells[column] or column in table.optional):
            continue
        parts = [escaped(row.cells[each]) if each in at else f"{other}*?" for each, other in enumerate(table.others)]
        parts[column] = f"({table.others[column]}+?)" if row.cells[column] else ""
        pattern = table.pattern(parts, {*at, column})
        found = matches_of(pattern, text)
        # A pattern that finds other rows too, or reads another cell, tells nothing of this one.
        groups = (row.cells[column],) if row.cells[column] else ()
        if len(pattern) <= 2 * LONGEST_PATTERN and found == {row.number: groups}:
            said[label] = (pattern, row.cells[column]) if groups else None
    name = ", ".join(row.cells[each] for each in sorted(at))
    return _Found(stems, name, row.number, row.lines, said)


def _of_record(records: list[Record], at: int, name: str) -> _Found:
    own = records[at]
    said: dict[str, tuple[str, str] | None] = {piece.label: None for each in records for piece in each.pieces}
    for piece in own.pieces:
        if piece.value and said.get(piece.label) is None:
            said[piece.label] = (f"^{piece.before}({piece.other}+?){piece.after}$", piece.value)
    said.pop("", None)
    first = own.head[0] if own.head is not None else own.pieces[0].number
    return _Found(stems_of(name), name, first, own.pieces[-1].number - first + 1, said)


def _told(record: _Found, label: str, text: Text, *, sources: bool) -> Told:
    where = f", source={text.name!r}" if sources else ""
    last = record.first + record.lines - 1
    told = record.said[label]
    lines = f"line {record.first} says" if last == record.first else f"lines {record.first} to {last} say"
    # Of what other records say in lines of the same form, that of these lines is meant.
    kept = f"rows = [m for m in rows if {record.first} <= m.line_num <= {last}]"
    if told is not None:
        pattern, value = told
        note = f"[{lines} of {record.name[:_SHOWN]!r} that {label!r} is {value[:_SHOWN]!r}]"
        search = f"rows = grep({as_code(pattern)}, limit=10**6{where})"
        code = f"{search}\n{kept}\nFINAL(rows[0].groups[0], evidence=rows)"
    else:
        note = f"[{lines} nothing of {label!r} for {record.name[:_SHOWN]!r}; other records have it]"
        first = escaped((text.line(record.first) or "").strip())
        code = f"rows = grep({as_code(first)}, limit=10**6{where})\n{kept}\nFINAL({NOT_STATED!r}, evidence=rows)"
    line = encodable(text.line(record.first) or "")
    return Told(encodable(note), text.name, line, beginnings={(): encodable(code)}, is_whole=True)
