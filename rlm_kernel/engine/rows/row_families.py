"""Lines that are alike as the rows of a table are, without a mark that sets all of their cells apart.

"3 May, Mill Road 4: 12 bags (late)": the same signs, numbers and words stand in the same places of each line, and some
lines have a remark at their end. Such lines are told of as a `Table`, whose columns are called nothing, but for that of
the remarks.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from ...document.search.dates import DATE
from ...document.text import Text
from .asked import Asked, content_of, stem_of
from .format_lines import names_above
from .remembered import remembered
from .row_patterns import GAP, HAS_DIGIT, LETTERS, LONGEST_LINE, LineForm, common_places, escaped, matches_of
from .short_days import SHORT_DAY
from .states import head_of, with_states
from .table_forms import table_form
from .table_rows import Row, Table

REMARK = "remark"
_DAY = f"{DATE.pattern}|{SHORT_DAY.pattern}"
# What parts of a line are: a day, a time, a code of letters and digits, a number, words, a leader, several blanks, a
# sign.
_PART = re.compile(
    rf"(?P<time>(?:\d{{4}}-\d\d-\d\d[T ])?\d+(?::\d\d)+(?:[.,]\d+)?Z?)|(?P<day>{_DAY})"
    r"|(?P<code>(?=[\w/-]*\d)(?=[\w/-]*[^\W\d_])\w+(?:[-/]\w+)*)"
    r"|(?P<number>(?<![\w)])-?\d[\d.,]*(?<![.,]))"
    # A code ends the words before it: "of K-602".
    r"|(?P<words>[^\W\d_]+(?!\w)(?:(?:['’-]|[ ](?:& )?|\.(?=\w))[^\W\d_]+(?![\w/-]*\d)(?!\w))*)"
    r"|(?P<leader>[.·_-]{3,}|[.·_]{2,})|(?P<gap>^[ ]+|[ ]{2,}|[ ]?\t[ \t]*)|(?P<sign>\S)",
    re.IGNORECASE,
)
_FIGURE = re.compile(r"\d[\d.,]*")
_TIMES = re.compile(r"[x×]\d+")
# A sign, an end of the line or a wide gap, in a pattern.
_SIGN_AT_END, _SIGN_AT_START = re.compile(r"(?:^|[^\w ] ?)$"), re.compile(r" ?[^\w ]")
_CLASSES = re.compile(r"\[[^\n]*?(?<!\\)\][*+]|\\.")
_FIGURES = frozenset(["day", "time", "number"])
_CELLS = _FIGURES | {"code", "words"}
_FEWEST_LINES, _FEWEST_MERGED, _FEWEST_PARTS = 4, 2, 3
_MOST_PARTS, _MOST_PARTS_OF_TEXT, _MOST_FAMILIES = 60, 120_000, 60
# Of lines that begin alike, the share of those that end where others go on.
_MOST_END, _SOME_END = 0.5, 0.1
_WORDS_OF_PROSE, _MOST_COMPARED = 4.5, 200
# How much longer than twice the longest cell one of a line with other signs may be.
_MOST_LONGER = 20
_FORMS_OF_A_WORD, _SHORT_LEADER = 2, 2
_LEADING = re.compile(r"(\\\.|[·_-]|\[[.·_-]+\])\{[23],\}")
# The share of lines that a word is usual in, and how many of these a line lacks that is none of them.
_NEARLY_ALL, _MISSING_WORDS = 0.75, 2
# What may stand before a remark, and behind it.
_BEFORE_REMARK, _BEHIND_REMARK = r"[ \t,;:\(\[–—-]*", r"[\)\]]*"
_REMARK_BEGINS = re.compile(_BEFORE_REMARK)
_REMARK = re.compile(f"^{_BEFORE_REMARK}|{_BEHIND_REMARK}$")
# What may be added to a row: a short remark in brackets, or one figure among words.
_BRACKETED = re.compile(r"\((?:[^()\s]+ ){0,9}[^()\s]+\)|\[(?:[^\[\]\s]+ ){0,9}[^\[\]\s]+\]")
_ADDED_FIGURE = re.compile(rf"{_DAY}|\d+(?::\d\d)+|\d[\d.,]*(?<![.,])", re.IGNORECASE)
_WORDS_OF_A_LABEL, _MOST_MARKS, _LENGTHS_OF_LISTS = 3, 4, 3


class _Part(NamedTuple):
    """A part of a line: what it is, where it begins and ends, and whether a blank stands before it."""

    kind: str
    start: int
    end: int
    is_apart: bool


class _Line(NamedTuple):
    number: int
    text: str
    parts: tuple[_Part, ...]
    # What is the same in lines that are alike: the kinds of the parts.
    form: tuple[str, ...]


class _Family(NamedTuple):
    """Lines that begin with the same kinds of parts, `form`, behind which some may have a remark; and where in each
    line each of these parts begins and ends."""

    form: tuple[str, ...]
    lines: list[_Line]
    spans: list[tuple[tuple[int, int], ...]]


class _Columns(NamedTuple):
    """The cells of some lines, column by column, and patterns of what stands before, between and behind them."""

    between: list[str]
    cells: list[list[str]]

    def stand(self, pattern: str) -> None:
        """What stands in all lines follows."""
        self.between[-1] += pattern

    def vary(self, values: Sequence[str]) -> None:
        """A column follows."""
        self.cells.append(list(values))
        self.between.append("")


@remembered
def row_families(text: Text) -> list[Table]:
    """The tables of lines that are alike but for a remark at the end of some, those with most rows first.

    At least four lines make a table, and each has a number, a day or a time. Of a long text the first lines are read,
    of 120,000 words and signs in all.
    """
    lines: list[_Line] = []
    left = _MOST_PARTS_OF_TEXT
    for number, row in enumerate(text.iter_lines(), 1):
        if left < 0:
            break
        if 0 < len(row) <= LONGEST_LINE and HAS_DIGIT.search(row):
            line = _line(number, row)
            left -= len(line.parts)
            lines += [line] if line.form else []
    tables = (table for table in map(_table, _families(lines)) if table is not None)
    found = sorted(tables, key=lambda table: -len(table.rows))
    found = [_with_names(table, text) for table in found]
    taken = {row.number for table in found for row in table.rows}
    return [_with_single(table, text, taken) for table in found]


def _with_names(table: Table, text: Text) -> Table:
    """The table with names for its columns, where a line above it says what each row is."""
    if any(label not in ("", REMARK) for label in table.labels):
        return table
    # What some rows alone have at their end is told of in words of its own.
    count = len(table.labels) - (REMARK in table.labels or bool(table.optional))
    names = names_above(table.between[: count + 1], table.rows[0].number, text)
    return table._replace(labels=(*names, *table.labels[count:])) if names else table


def _with_single(table: Table, text: Text, taken: set[int]) -> Table:
    """The table with lines that have other signs within a cell, and that are no rows of another: "(rye, coarse)"; or
    room for one sign where others have several that lead to the next cell."""
    shorter = table._replace(between=tuple(_LEADING.sub(r"\1+", part) for part in table.between))
    if shorter != table and (more := _with_lines(shorter, text, taken)) != shorter:
        return more
    return _with_lines(table, text, taken)


def _with_lines(table: Table, text: Text, taken: set[int]) -> Table:
    """The table with lines that its pattern finds, and that are no rows of another."""
    last = table.rows[-1].number
    if all(number in taken or not line for number, line in zip(range(1, last + 1), text.iter_lines(), strict=False)):
        return table
    columns = list(zip(*(row.cells for row in table.rows), strict=True))
    figures = [all(map(_FIGURE.fullmatch, filter(None, column))) for column in columns]
    parts = ["([\\d.,]+)" if is_figure else "(.*?)" for is_figure in figures]
    has_remark = table.labels[-1] == REMARK
    longest = [_MOST_LONGER + 2 * max(map(len, column)) for column in columns]
    rows = [
        Row(number, cells)
        for number, cells in matches_of(table.pattern(parts), text).items()
        if number not in taken and number <= last and all(cells[: len(cells) - (len(table.optional) or has_remark)])
        if all(len(cell) <= most for cell, most in zip(cells, longest, strict=True))
    ]
    if not rows or len(rows) >= len(table.rows):
        return table
    taken.update(row.number for row in rows)
    return table._replace(rows=tuple(sorted((*table.rows, *rows), key=lambda row: row.number)))


def family_form(family: Table, asked: Asked, text: Text, shown: int) -> LineForm | None:
    """The form of those rows of a family that a question is about, as `table_form` has it; None where its pattern finds
    other lines too, or reads other remarks."""
    form = remarked_form(family, asked, text, shown)
    if form is not None and form.remark in {at for at, _ in with_states(form, asked, text).states}:
        return form
    return _checked(table_form(family, asked, text, shown), family, asked, text)


def remarked_form(family: Table, asked: Asked, text: Text, shown: int) -> LineForm | None:
    """The form of those rows of a family that a question is about, whatever their remarks say; None where they have
    none.

    Remarks that are states are told as such: a question that names one may leave out the rows that have it.
    """
    if family.labels[-1] != REMARK:
        return None
    remarks = {row.cells[-1] for row in family.rows}
    heads = {stem_of(word) for remark in remarks for word in content_of(head_of(remark))}
    distinct = {cell for row in family.rows for cell in row.cells[:-1]}
    cells = {stem_of(word) for cell in distinct for word in content_of(cell)}
    unsaid = heads - cells
    without = asked._replace(stems=asked.stems - unsaid, asking=asked.asking - unsaid, excluded=asked.excluded - unsaid)
    return _checked(table_form(family, without, text, shown), family, asked, text)


def _checked(form: LineForm | None, family: Table, asked: Asked, text: Text) -> LineForm | None:
    """A form of rows of a family; None where it finds other lines too, or reads other remarks."""
    if form is None:
        return None
    form = _ending_in_digits(form, text)
    rows = {row.number: row.cells for row in family.rows}
    # Of the lines that were read.
    last = max(rows)
    matches = {number: groups for number, groups in matches_of(form.pattern, text).items() if number <= last}
    if not matches.keys() <= rows.keys():
        return None
    is_told = form.labels[-1:] == (REMARK,)
    if family.labels[-1] == REMARK and not is_told:
        # A remark that only mentions what the question is about says nothing of the rows without one.
        heads = [head_of(rows[number][-1]) for number in matches if rows[number][-1]]
        if any(asked.asking.isdisjoint(map(stem_of, content_of(head))) for head in heads):
            return None
    if is_told and any(groups[-1] != rows[number][-1] for number, groups in matches.items()):
        return None
    return replace(form, remark=len(form.groups) - 1 if is_told else None)


def _ending_in_digits(form: LineForm, text: Text) -> LineForm:
    """The form whose last number ends before a comma that belongs to the remark: "40, late"."""
    pattern = form.pattern.replace(rf"([\d.,]+){_BEFORE_REMARK}", rf"([\d.,]*\d){_BEFORE_REMARK}")
    if pattern == form.pattern or form.left_out:
        return form
    matches = matches_of(pattern, text)
    if len(matches) != len(form.rows) or form.line_num not in matches:
        return form
    return replace(form, pattern=pattern, groups=matches[form.line_num], rows=tuple(matches.values()))


def cells_apart(family: Table, row: Row) -> list[str]:
    """The cells of a row that signs or wide gaps set apart, and that are no parts of its sentences."""
    sides = zip(family.between, family.between[1:], row.cells, strict=False)
    return [cell for before, after, cell in sides if _SIGN_AT_END.search(before) and _SIGN_AT_START.match(after)]


def words_of(pattern: str) -> list[str]:
    """The words of a part of a pattern."""
    return LETTERS.findall(_CLASSES.sub(" ", pattern))


def _line(number: int, text: str) -> _Line:
    parts: list[_Part] = []
    for found in _PART.finditer(text):
        start, end = found.span()
        is_apart = text[start - 1 : start] == " " and not (parts and parts[-1].kind == "gap")
        parts.append(_Part(str(found.lastgroup), start, end, is_apart))
        if len(parts) > _MOST_PARTS:
            break
    if not any(part.kind in _FIGURES for part in parts):
        return _Line(number, text, tuple(parts), ())
    form = tuple(
        f"{' ' * part.is_apart}{text[part.start : part.end] if part.kind == 'sign' else part.kind}" for part in parts
    )
    return _Line(number, text, tuple(parts), form)


def _families(lines: Sequence[_Line]) -> Iterator[_Family]:
    """Families of lines: the parts that they begin with up to where most lines end, or go on in several ways."""
    found = sorted(_grown(lines, 0), key=lambda family: -len(family.lines))[:_MOST_FAMILIES]
    while found:
        family, *found = found
        rest: list[_Family] = []
        for other in found:
            merged = _merged(family, other)
            if merged is None:
                rest.append(other)
            else:
                family = merged
        found = rest
        if len(family.lines) >= _FEWEST_LINES:
            yield family


def _grown(lines: Sequence[_Line], depth: int) -> Iterator[_Family]:
    """The families of lines that have the first `depth` parts in common."""
    while len(lines) >= _FEWEST_MERGED:
        form = lines[0].form[:depth]
        ways: dict[str, list[_Line]] = {}
        for line in lines:
            ways.setdefault(line.form[depth] if len(line.form) > depth else "", []).append(line)
        ended = ways.pop("", [])
        most = max(ways.values(), key=len, default=[])
        is_figured = not _FIGURES.isdisjoint(map(str.strip, form))
        is_whole = depth >= _FEWEST_PARTS and is_figured
        if is_figured and _is_list(lines, depth):
            yield _Family(form, list(lines), [_spans_with_list(line, depth) for line in lines])
            return
        goes_on = [line for way in ways.values() for line in way]
        is_end = _ends_here(lines, ended, depth) or _is_added(goes_on, ended, depth)
        if is_whole and (is_end or _is_prose(most, depth)):
            spans = [tuple((part.start, part.end) for part in line.parts[:depth]) for line in lines]
            yield _Family(form, list(lines), spans)
            return
        for way in ways.values():
            if way is not most:
                yield from _grown(way, depth + 1)
        lines, depth = most, depth + 1


def _items(line: _Line, depth: int) -> int:
    """How many more words with a comma before them follow the words that end at a depth: "Ada, Jo, Kai"."""
    more = line.form[depth:]
    count = 0
    while more[2 * count : 2 * count + 2] in ((",", " words"), (" &", " words")):
        count += 1
    return count


def _is_list(lines: Sequence[_Line], depth: int) -> bool:
    """Whether lines go on with lists of words, behind which nothing else follows in most: of several lengths, or these
    would be columns."""
    if depth < _FEWEST_PARTS or lines[0].form[depth - 1].strip() != "words":
        return False
    counts = [_items(line, depth) for line in lines]
    ended = sum(len(line.form) == depth + 2 * count for line, count in zip(lines, counts, strict=True))
    most = Counter(counts).most_common(1)[0][1]
    return len(set(counts)) >= _LENGTHS_OF_LISTS and ended > _MOST_END * len(lines) and most < len(lines) * _NEARLY_ALL


def _spans_with_list(line: _Line, depth: int) -> tuple[tuple[int, int], ...]:
    """Where the first `depth` parts begin and end, the last one with all items of its list."""
    spans = [(part.start, part.end) for part in line.parts[: depth + 2 * _items(line, depth)]]
    return (*spans[: depth - 1], (spans[depth - 1][0], spans[-1][1]))


def _ends_here(lines: Sequence[_Line], ended: Sequence[_Line], depth: int) -> bool:
    """Whether rows are whole where some lines end and others go on: with figures no more, where few lines end."""
    if len(ended) == len(lines) or len(ended) >= _MOST_END * len(lines):
        return True
    if len(ended) < max(2, _SOME_END * len(lines)):
        return False
    figures = sum(any(part.kind in _FIGURES for part in line.parts[depth:]) for line in lines)
    return figures < _SOME_END * len(lines)


def _is_added(goes_on: Sequence[_Line], ended: Sequence[_Line], depth: int) -> bool:
    """Whether what lines say behind the end of some others is added to them: the same in all but for one figure, or
    something in brackets."""
    if len(ended) < _FEWEST_MERGED or len(goes_on) < _FEWEST_MERGED:
        return False
    rests = [line.text[line.parts[depth - 1].end :].strip() for line in goes_on]
    is_often = len(ended) >= _SOME_END * (len(goes_on) + len(ended))
    return _added_figures(rests) is not None or (is_often and all(map(_BRACKETED.fullmatch, rests)))


def _added_figures(rests: Sequence[str]) -> tuple[str, list[str], str] | None:
    """What stands before the one figure of some texts, the figures, and what stands behind them; None where the texts
    differ in more, or say nothing of what the figure is."""
    found = [list(_ADDED_FIGURE.finditer(rest)) for rest in rests]
    if not rests or any(len(each) != 1 for each in found):
        return None
    parts = [(rest[: each.start()], each[0], rest[each.end() :]) for rest, (each,) in zip(rests, found, strict=True)]
    around = {(before, after) for before, _, after in parts}
    if len(around) > 1:
        return None
    ((before, after),) = around
    return (before, [figure for _, figure, _ in parts], after) if _label_of(before, after) else None


def _label_of(before: str, after: str) -> str:
    """What a figure is called by the words before it, or behind it: "(3 broken)"."""
    words = ([word for word in content_of(part) if word.isalpha()] for part in (before, after))
    return " ".join(next(filter(None, words), [])[:_WORDS_OF_A_LABEL])


def _is_prose(lines: Sequence[_Line], depth: int) -> bool:
    """Whether lines go on with words that are sentences, each with others."""
    if lines[0].form[depth].strip() != "words":
        return False
    if lines[0].form[depth - 1 : depth] == (".",) and _are_sentences(lines, depth):
        return True
    said = [_text_of(line, depth).split(" ") for line in lines[:_MOST_COMPARED]]
    return sum(map(len, said)) >= _WORDS_OF_PROSE * len(said) and not _words_in_all(said)


def _are_sentences(lines: Sequence[_Line], depth: int) -> bool:
    """Whether what follows the end of a sentence are more of them, without a figure and hardly ever the same."""
    rests = [line.text[line.parts[depth].start :] for line in lines]
    are_plain = all(rest[:1].isupper() and rest.rstrip()[-1] in ".!?" and not HAS_DIGIT.search(rest) for rest in rests)
    words = sum(rest.count(" ") + 1 for rest in rests)
    return are_plain and words >= _WORDS_OF_PROSE * len(rests) and len(set(rests)) > _MOST_END * len(rests)


def _text_of(line: _Line, at: int) -> str:
    part = line.parts[at]
    return line.text[part.start : part.end]


def _words_in_all(said: Sequence[Sequence[str]]) -> list[int]:
    """The places of those words of the first of some texts that stand in all of them, in the same order."""
    # Of words that change places ("Ulm to Bern", "Bern to Ulm") those that all have.
    shared = set(said[0]).intersection(*said[1:])
    places = [at for at, word in enumerate(said[0]) if word in shared]
    for words in said[1:]:
        places = common_places(said[0], places, words)
    return places


def _merged(family: _Family, other: _Family) -> _Family | None:
    """The lines of two families that differ only in one place, before a sign or a leader, as one cell there: "Hall 2
    ... 40" and "Attic ... 30"."""
    before, behind = _same(family.form, other.form), _same(family.form[::-1], other.form[::-1])
    while before and family.form[before - 1].strip() in _CELLS:
        before -= 1
    while behind and (family.form[-behind].strip() in _CELLS or family.form[-behind] in ",."):
        behind -= 1
    shorter = min(len(family.form), len(other.form))
    if not behind or before + behind < max(len(family.form), len(other.form)) / 2 or before + behind >= shorter:
        return None
    mark = family.form[-behind]
    between = [each.form[before : len(each.form) - behind] for each in (family, other)]
    has_figure = any(kind.strip() in _FIGURES for kind in family.form[-behind:])
    if not has_figure or not all("words" in "".join(kinds) or "any" in "".join(kinds) for kinds in between):
        return None
    if any(mark in kinds for kinds in between):
        return None
    first = family.form[before]
    form = (*family.form[:before], " any" if first.startswith(" ") else "any", *family.form[-behind:])
    if first.startswith(" ") != other.form[before].startswith(" "):
        return None
    spans = [
        (*each[:before], (each[before][0], each[-behind - 1][1]), *each[-behind:])
        for each in (*family.spans, *other.spans)
    ]
    pairs = sorted(zip([*family.lines, *other.lines], spans, strict=True), key=lambda pair: pair[0].number)
    return _Family(form, [line for line, _ in pairs], [each for _, each in pairs])


def _same(one: Sequence[str], other: Sequence[str]) -> int:
    """How many parts two forms have in common at their beginning."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _table(family: _Family) -> Table | None:
    family = _without_remarks(_without_others(family))
    columns = _Columns([""], [])
    for at, kind in enumerate(family.form):
        values = [line.text[slice(*spans[at])] for line, spans in zip(family.lines, family.spans, strict=True)]
        if kind.startswith(" "):
            columns.stand(" ")
        _add(columns, kind.strip(), values)
    rests = [line.text[spans[-1][1] :].rstrip() for line, spans in zip(family.lines, family.spans, strict=True)]
    remarks = [_REMARK.sub("", rest) for rest in rests]
    labels = [""] * len(columns.cells)
    optional: dict[int, tuple[str, str]] = {}
    figures = _added_figures([rest.strip() for rest in rests if rest])
    if figures is not None:
        before, values, after = figures
        optional[len(labels)] = (f"[ \\t]*{escaped(before)}", escaped(after))
        given = iter(values)
        columns.vary([next(given) if rest else "" for rest in rests])
        labels.append(_label_of(before, after))
    elif _are_told(remarks) or (any(remarks) and all(_BRACKETED.fullmatch(rest.strip()) for rest in rests if rest)):
        columns.stand(_marks_of_remarks(columns, rests))
        columns.vary(remarks)
        columns.stand(_BEHIND_REMARK)
        labels.append(REMARK)
    elif any(rests):
        columns.stand(".*")
    if not columns.cells or not _are_rows(family, columns):
        return None
    columns.stand("$")
    rows = (Row(line.number, cells) for line, cells in zip(family.lines, zip(*columns.cells, strict=True), strict=True))
    return Table(tuple(labels), tuple(columns.between), (".",) * len(labels), 0, tuple(rows), optional)


def _marks_of_remarks(columns: _Columns, rests: Sequence[str]) -> str:
    """A pattern of what stands before remarks; behind words, which end nowhere else, it is one of the marks that are
    there, or the end of the line: "Oak Freight - late"."""
    words = columns.cells[-1] if columns.cells and not columns.between[-1] else []
    found = [_REMARK_BEGINS.match(rest) for rest in rests if rest]
    marks = sorted({mark[0] for mark in found if mark is not None}, key=len, reverse=True)
    # What stands behind a comma may be one more of several names.
    is_known = len(marks) <= _MOST_MARKS and all(mark.strip(" ,\t") for mark in marks)
    if not any(" " in word for word in words) or not is_known or any(mark in word for mark in marks for word in words):
        return _BEFORE_REMARK
    return f"(?:{'|'.join(map(escaped, marks))}|$)"


def _without_others(family: _Family) -> _Family:
    """The family without lines that lack several words of nearly all others, such as that of the sum."""
    places = [at for at, kind in enumerate(family.form) if kind.strip() == "words"]
    said = [
        {word for at in places for word in line.text[slice(*spans[at])].split(" ")}
        for line, spans in zip(family.lines, family.spans, strict=True)
    ]
    counts = Counter(word for words in said for word in words)
    usual = {word for word, count in counts.items() if count >= _NEARLY_ALL * len(said)}
    kept = [at for at, words in enumerate(said) if len(usual - words) < _MISSING_WORDS]
    if len(kept) < _FEWEST_LINES:
        return family
    return family._replace(lines=[family.lines[at] for at in kept], spans=[family.spans[at] for at in kept])


def _without_remarks(family: _Family) -> _Family:
    """The family, whose last words end where those of some lines do and others go on: "12 kg" and "12 kg late"."""
    if family.form[-1].strip() != "words":
        return family
    said = [line.text[slice(*spans[-1])] for line, spans in zip(family.lines, family.spans, strict=True)]
    shortest = min(said, key=len)
    goes_on = [words for words in said if words != shortest]
    if not goes_on or not all(words.startswith(f"{shortest} ") for words in goes_on):
        return family
    spans = [(*each[:-1], (each[-1][0], each[-1][0] + len(shortest))) for each in family.spans]
    return family._replace(spans=spans)


def _are_rows(family: _Family, columns: _Columns) -> bool:
    """Whether lines have more in common than sentences have: a word, a day or a time where they begin, or a sign."""
    is_of_days = family.form[0].strip() in ("day", "time")
    signs = {kind.strip() for kind in family.form} - _CELLS - {"any", ",", "."}
    return is_of_days or bool(signs) or bool(words_of(" ".join(columns.between)))


def _add(columns: _Columns, kind: str, values: Sequence[str]) -> None:
    """Add what lines have in one place: a column, or what stands in all of them."""
    if kind == "gap":
        columns.stand(GAP if min(map(len, values)) > 1 else r"[ \t]+")
    elif kind == "leader":
        signs = "".join(sorted({value[0] for value in values}))
        least = "{3,}" if min(map(len, values)) > _SHORT_LEADER else "{2,}"
        columns.stand((f"[{signs}]" if len(signs) > 1 else escaped(signs)) + least)
    elif len(set(values)) == 1:
        columns.stand(escaped(values[0]))
    elif kind == "words":
        _add_words(columns, values)
    elif kind == "code" and all(map(_TIMES.fullmatch, values)):
        # "x12": twelve of them.
        columns.stand("[x×]")
        columns.vary([value[1:] for value in values])
    else:
        columns.vary(values)


def _add_word(columns: _Columns, values: Sequence[str]) -> None:
    """Add a column of words; of one in several forms, "egg" and "eggs", what stands in all lines."""
    one = _forms_of_word(values)
    if one:
        columns.stand(one)
    else:
        columns.vary(values)


def _forms_of_word(values: Iterable[str]) -> str:
    """A pattern for one word in several forms, such as "egg" and "eggs"; "" where they are other words."""
    distinct = sorted(set(values), key=len, reverse=True)
    is_one = len(distinct) == _FORMS_OF_A_WORD and distinct[0] in (f"{distinct[1]}s", f"{distinct[1]}es")
    return f"(?:{'|'.join(distinct)})" if is_one and distinct[0].isalpha() else ""


def _add_words(columns: _Columns, values: Sequence[str]) -> None:
    """Add words: those that stand in all lines, and columns between them where all lines have others there."""
    said = [value.split(" ") for value in values]
    distinct = [*dict.fromkeys(map(tuple, said))]
    kept = [distinct[0][at] for at in _words_in_all(distinct[:_MOST_COMPARED])]
    pieces = [_pieces(words, kept) for words in said]
    if not kept or None in pieces:
        _add_word(columns, values)
        return
    split = list(zip(*(each for each in pieces if each is not None), strict=True))
    if any(not all(piece) for piece in split if any(piece)):
        columns.vary(values)
        return
    for at, piece in enumerate(split):
        if any(piece):
            columns.stand(" " * bool(at))
            _add_word(columns, piece)
        if at < len(kept):
            columns.stand(f"{' ' * bool(at or any(piece))}{escaped(kept[at])}")


def _pieces(words: Sequence[str], kept: Sequence[str]) -> list[str] | None:
    """What stands before, between and behind some words of a text; None where they do not follow each other there."""
    pieces: list[list[str]] = [[]]
    for word in words:
        if len(pieces) <= len(kept) and word == kept[len(pieces) - 1]:
            pieces.append([])
        else:
            pieces[-1].append(word)
    return [" ".join(piece) for piece in pieces] if len(pieces) == len(kept) + 1 else None


def _are_told(remarks: Sequence[str]) -> bool:
    """Whether remarks are short, and no sentences that tell of the day."""
    said = [remark for remark in remarks if remark]
    if not said:
        return False
    return sum(head_of(remark).count(" ") + 1 for remark in said) < _WORDS_OF_PROSE * len(said)
