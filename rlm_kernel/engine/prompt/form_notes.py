"""What a small model is told of the forms of lines: code that finds the rows, in the words of a tool's note."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterator, Sequence
from typing import NamedTuple

from ...document.search.numbers import to_number
from ...document.search.suggestions import as_code
from ...trace.json_values import encodable
from .line_forms import Join, LineForm, join_of

# Of a pattern: its groups, and the words that stand before one and after one.
_GROUP = re.compile(r"(?<!\\)\((?:\.\+\??|\\[wS]\+|-?\[\\d\.,\]\+)\)")
_LABEL_BEFORE = re.compile(r"([^\W\d_]+)(?:: ?|=)$")
_WORD_BEFORE, _WORD_AFTER = re.compile(r"([^\W\d_]+)[ :=]*$"), re.compile(r"^ ?([^\W\d_]+)")
_MOST_KINDS = 4
_SHOWN_VALUE, _SHOWN_LINE = 40, 120


def told(forms: Sequence[LineForm], found: Container[tuple[str, int]], *, sources: bool) -> list[str]:
    """Forms as a small model is told of them, each in the words of a tool's note, two that are joined in one. `found`
    are the lines that it has seen (source, number); `sources`: with the documents' names."""
    join = join_of(forms)
    rest = forms if join is None else [form for form in forms if form not in (join.form, join.other)]
    notes = [] if join is None else [_told_join(join, found)]
    of_one = Counter(form.source for form in rest)
    for form in rest:
        groups = ", ".join(_values(form))
        where = form.source if sources else None
        # Of two forms the model has to choose one: it must see what they say.
        line = _line_of(form, found if of_one[form.source] == 1 else ())
        notes.append(f"[lines such as {line} are found by rows = {_search(form, where)}: {groups}]")
    return [encodable(note) for note in notes]


def _values(form: LineForm) -> Iterator[str]:
    for at, column in enumerate(zip(*form.rows, strict=True)):
        kinds = Counter(column)
        others = [repr(kind[:_SHOWN_VALUE]) for kind in kinds if kind != form.groups[at]]
        is_kind = 0 < len(others) < _MOST_KINDS and all(kind.islower() and kind.isalpha() for kind in kinds)
        also = f" (or {' or '.join(others)})" if is_kind and min(kinds.values()) > 1 else ""
        label = f" ({form.labels[at][:_SHOWN_VALUE]})" if form.labels else ""
        yield f"m.groups[{at}] is {form.groups[at][:_SHOWN_VALUE]!r}{label}{also}"


def _told_join(join: Join, found: Container[tuple[str, int]]) -> str:
    """The code that reads the rows of both into one table, whose columns have names."""
    key = f"lookup[m.groups[{join.other_key}]]"
    row = join.other.groups
    own = _columns(join.other, row, "m.groups", [], join.other_key)
    beside = _columns(join.form, join.groups_of(row), key, [column.name for column in own])
    del beside[join.key]
    columns = ", ".join(f"{column.name!r}: {column.code}" for column in [*own, *beside])
    first = {column.name: column.shown for column in [*own, *beside]}
    lines = " and ".join(f"{_line_of(form, found)} of {form.source!r}" for form in (join.form, join.other))
    return "\n".join(
        [
            f"[lines such as {lines} belong together, and are read by this; the row of those is {first}:]",
            f"lookup = {{m.groups[{join.key}]: m.groups for m in {_search(join.form, join.form.source)}}}",
            f"rows = {_search(join.other, join.other.source)}",
            f"table = [{{{columns}}} for m in rows]",
        ]
    )


def _line_of(form: LineForm, found: Container[tuple[str, int]]) -> str:
    line = f"line {form.line_num}"
    is_seen = (form.source, form.line_num) in found
    return line if is_seen else f"{line}: {' '.join(form.line.split())[:_SHOWN_LINE]},"


def _search(form: LineForm, source: str | None) -> str:
    where = "" if source is None else f", source={source!r}"
    return f"grep({as_code(form.pattern)}, limit=10**6{where})"


class _TableColumn(NamedTuple):
    name: str
    code: str
    shown: str | int | float


def _columns(
    form: LineForm, row: Sequence[str], groups: str, taken: Sequence[str], key: int | None = None
) -> list[_TableColumn]:
    """For each group of a form a name, of the words that stand beside it, code for its value, and that of a `row`; the
    one that rows are joined by is called "name" where nothing stands beside it."""
    constants = [part.replace("[ \\t]+", " ").replace("\\t", " ") for part in _GROUP.split(form.pattern)]
    is_split = len(constants) == len(form.groups) + 1
    columns: list[_TableColumn] = []
    for at, column in enumerate(zip(*form.rows, strict=True)):
        is_number = all(map(_may_be_read, column))
        words: list[str] = []
        if is_split and is_number:
            words = [*_WORD_BEFORE.findall(constants[at]), *_WORD_AFTER.findall(constants[at + 1])]
        elif is_split:
            words = _LABEL_BEFORE.findall(constants[at])
        name = "_".join(word.lower() for word in words) or ("name" if at == key else f"text_{at}")
        names = {*taken, *(each.name for each in columns)}
        name = name if name not in names else f"{name}_{len(names)}"
        shown = to_number(row[at]) if is_number else row[at][:_SHOWN_VALUE]
        columns.append(_TableColumn(name, f"to_number({groups}[{at}])" if is_number else f"{groups}[{at}]", shown))
    return columns


def _may_be_read(text: str) -> bool:
    """Whether `to_number` reads a number in a text, as the sandbox's tool does."""
    try:
        to_number(text)
    except ValueError:
        return False
    return True
