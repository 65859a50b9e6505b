"""Rows with what stands above them as one more column, where a question asks for something of each heading: the
wards of "Ward North", the shops of "## Mill Lane"."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Sequence
from dataclasses import replace

from ...document.text import Text
from .asked import Asked, stem_of, stems_of
from .group_names import may_be_number, names_of
from .question_shapes import shape_of
from .record_tables import common_start
from .row_patterns import LONGEST_PATTERN, Heading, LineForm, escaped, matches_of
from .section_forms import has_others, headings_of, lines_of, with_rows
from .table_forms import TOTALS

_SHAPES = frozenset(["groups", "maximum", "top", "distinct"])
_EACH = re.compile(
    r"\b(?:per|each|every|by|different|distinct|which|what|individual|for (?:all|the)) (?:of the )?([^\W\d_]{3,})",
    re.IGNORECASE,
)
_SIGNS, _PART = re.compile(r"[\W_]*"), re.compile(r"\w+$")
_WORD, _FEWEST, _MOST, _LONGEST = re.compile(r"[^\W\d_]+"), 2, 60, 60


def with_heading(form: LineForm, asked: Asked, text: Text) -> LineForm:
    """The form with the heading above each row as its last group, where the question asks for something of each of the
    headings, and no column of the rows is called what they are; the same form where it does not."""
    shape = shape_of(asked.text)
    is_headed = form.sections is not None or form.heading is not None
    if is_headed or form.more or "\\n" in form.pattern or shape not in _SHAPES:
        return form
    said = frozenset[str]().union(*map(stems_of, names_of(form)))
    wanted = [found[1] for found in _EACH.finditer(asked.text)]
    wanted = [word for word in wanted if stem_of(word.lower()) in asked.stems - said]
    # A total is below no heading of its own.
    if not wanted or any(cell.strip("*_: ").casefold() in TOTALS for row in form.rows for cell in row):
        return form
    numbers = list(_rows_of(form, text))
    all_lines = lines_of(text)
    made = [
        each
        for lines in headings_of(all_lines)
        if (each := _heading(lines, numbers, wanted, text)) and not has_others(lines, numbers, all_lines)
    ]
    called = {heading for heading, is_called in made if is_called}
    # Where headings are not called what is asked for, a column of the rows may be it.
    others = {heading for heading, _ in made} if shape == "groups" and not _has_kinds(form) else set[Heading]()
    best = called or others
    return under(form, best.pop(), text) if len(best) == 1 else form


def under(form: LineForm, heading: Heading, text: Text) -> LineForm:
    """The form with what the heading above each row says as its last group."""
    above = matches_of(heading.pattern, text)
    lines = sorted(above)
    rows = {
        number: (*row, above[lines[bisect_left(lines, number) - 1]][0]) for number, row in _rows_of(form, text).items()
    }
    return replace(
        form,
        heading=heading,
        groups=rows.get(form.line_num, next(iter(rows.values()))),
        rows=tuple(rows.values()),
        labels=(*form.labels, heading.name) if form.labels else (),
    )


def _rows_of(form: LineForm, text: Text) -> dict[int, tuple[str, ...]]:
    """The rows of a form by the numbers of their lines, in order."""
    kept = {*form.rows}
    return {number: row for number, row in sorted(matches_of(form.pattern, text).items()) if row in kept}


def _has_kinds(form: LineForm) -> bool:
    """Whether a column of words has the same in several rows, and may be what a question asks for."""
    of_states = {at for at, _ in form.states}
    columns = (column for at, column in enumerate(zip(*form.rows, strict=True)) if at not in of_states)
    return any(1 < len({*column}) < len(column) and not all(map(may_be_number, column)) for column in columns)


def _heading(
    lines: dict[int, str], numbers: Sequence[int], wanted: Sequence[str], text: Text
) -> tuple[Heading, bool] | None:
    """The pattern of the headings of one form below which all of some rows stand, and what a question calls them;
    whether they are called so themselves."""
    own = _above(lines, numbers)
    if own is None:
        return None
    texts = [lines[at] for at in own]
    before = _common(texts, wanted)
    behind = _common([text[len(before) :][::-1] for text in texts], [word[::-1] for word in wanted])[::-1]
    values = [text[len(before) : len(text) - len(behind)] for text in texts]
    if any(not value.strip() or len(value) > _LONGEST for value in values):
        return None
    words = {stem_of(word.lower()) for word in _WORD.findall(f"{before} {behind}")}
    called = next((word for word in wanted if stem_of(word.lower()) in words), "")
    pattern = f"^{escaped(before)}(.+?){escaped(behind)}$"
    if not (before or behind) or len(pattern) > LONGEST_PATTERN:
        return None
    # What else it finds would end their rows.
    found = matches_of(pattern, text)
    if {at: found.get(at) for at in own} != {at: (value,) for at, value in zip(own, values, strict=True)}:
        return None
    return (Heading(pattern, called or wanted[-1]), bool(called)) if found.keys() <= lines.keys() else None


def _common(texts: Sequence[str], wanted: Collection[str]) -> str:
    """What texts begin with: signs, and words where one of them is wanted."""
    shared = common_start(texts)
    # No part of a word or number.
    if any(text[len(shared) :][:1].isalnum() for text in texts):
        shared = _PART.sub("", shared)
    words = {stem_of(word.lower()) for word in _WORD.findall(shared)}
    signs = _SIGNS.match(shared)
    return shared if words & {stem_of(word.lower()) for word in wanted} else signs[0] if signs is not None else ""


def _above(lines: Collection[int], numbers: Sequence[int]) -> list[int] | None:
    """The headings below which rows stand; None where rows stand above the first or are headings, or where many
    headings have no rows."""
    headings = sorted(lines)
    if not numbers or numbers[0] < headings[0] or not _FEWEST <= len(headings) <= _MOST or set(numbers) & set(headings):
        return None
    own = with_rows(headings, numbers)
    # A title may stand above the first; what has no rows may be no heading of this kind.
    return own if len(own) >= max(_FEWEST, len(headings) - 1) and own[-1] == headings[-1] else None
