"""The record of the thing that a question names, and what it says of what is asked: "the rent of Mill House".

A small model that is shown the best lines of a search mistakes the line of another record for that of the one that is
meant, or the number of lines for what they say. What is told here answers, so that nothing is told where the question
may ask for more than one value of one record, or another line may say something else.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from ...document import Document
from ...document.search.dates import DATE, MONTH, WEEKDAY_NAME
from ...document.search.number_words import UNITS
from ...document.search.search_words import folded
from ...document.search.suggestions import as_code
from ...document.text import Text
from ...trace.json_values import encodable
from .asked import WORD, Asked, asked_of, stem_of, stems_of
from .form_notes import Told
from .line_records import LineRecord, line_records
from .question_shapes import shape_of
from .record_tables import Record, kinds_of_records
from .row_patterns import LONGEST_LINE, LONGEST_PATTERN, escaped, matches_of
from .states import has_void
from .table_rows import Row, Table
from .tables import tables_of

_MOST_BYTES, _LONGEST_QUESTION, _MOST_TEXTS, _MOST_LINES = 2 << 20, 2_000, 10, 20_000
_LINES_OF_TITLE, _LONGEST_TITLE, _LINES_OF_A_RECORD = 3, 100, 60
_FEWEST_ROWS, _LONGEST_NAME, _SHOWN, _SIGNS, _SAME_START = 3, 60, 60, " =#*~+-[]:", 4
# What a question calls records and their parts.
_PARTS = "number amount value entry card form record row line document table file list sheet name"
_NO_NAMES = stems_of(f"{_PARTS} what which who how give given total totals sum subtotal average mean all")
# Words of questions that ask for what a record says, and for nothing else. Any other word may ask for more: "higher
# than", "without", "last raised".
_WORDS_OF_ASKING = (
    f"{_PARTS} what which who whom whose where when how many much long is are was were do does did has have had the a "
    "an of for from in on at to under by as its their his her it this that one i we me us my our please tell give "
    "gives given find show look up say says said state states stated lists listed written read called now currently "
    "current present presently exactly got come comes came year date according need needs want know due next may be "
    "must and"
)
_ASKING = frozenset(_WORDS_OF_ASKING.split())
# Letters, and at least two digits behind them: "KL-052", "B12".
_CODE, _DIGITS, _FEWEST_CODES = re.compile(r"\b[^\W\d_]+[-/]?\d{2,}(?:[-/]?\w+)*\b"), re.compile(r"\d+"), 3
_DIGITS_OF_A_YEAR, _BETWEEN = 4, re.compile(r"[\W_]")
_RANGE_OF_CODES = re.compile(r"[^\W\d_][-/]?\d+ ?(?:to|until|through|[-–—]|\.{2,}) ?[^\W\d_]*[-/]?\d")
# A figure or a name in what stands behind a record.
_MAY_SAY = re.compile(r"\d|(?<=[a-z,] )[^\W\d_a-z]")
_SEVERAL_FACTS = re.compile(r"\band (?:when|who|what|where|how|which|why)\b", re.IGNORECASE)
_OF_A_DAY = re.compile(r"\bwhen\b|\b(?:which|what) (?:date|day|year)\b|\bdate\b", re.IGNORECASE)
_DAY_OR_TIME = re.compile(
    rf"\b(?:1[5-9]|20)\d\d\b|\b\d{{1,2}}(?::\d\d|[.]\d\d ?[ap]\.?m)\b|\b{WEEKDAY_NAME}\b|\b(?:{MONTH})\b", re.IGNORECASE
)
_HAS = re.compile(
    r"\bhow many [\w -]{2,40}? (?:does|do|did|has|have|had)\b.*\b(?:have|got|hold|get|had)\b\W*(?:,.*)?$", re.IGNORECASE
)
_NOTHING = frozenset(["", "-", "--", "–", "—", "n/a", "na", "none", "null", "nil", "unknown", "?", "tbd", "..."])
_OF_A_FACT = frozenset(["look up", "absent", "unknown"])
_OF_MANY = frozenset(["count", "judge", "words", "distinct", "dates", "groups", "average"])
NOT_STATED = "not stated"


class _Found(NamedTuple):
    """The only record of its kind that a question names: the stems by which it does, the name as it is written, its
    lines and those of all records of its kind, and for each of the labels that these have the pattern that finds what
    this one says there, with what that is; None where it says nothing. `unclear` are the labels of which it says what
    cannot be told, and `parts` what stands between the marks of its line, where it is one line."""

    stems: frozenset[str]
    name: str
    lines: range
    all_lines: frozenset[int]
    said: dict[str, tuple[str, str] | None]
    unclear: frozenset[str] = frozenset()
    parts: tuple[str, ...] | None = None


def told_record(question: str, document: Document) -> list[Told]:
    """A note on the record that a question names, with the code that answers from it; nothing where it names none or
    several, where no label, or more than one, is what it asks for, or where the question has a word that neither the
    record's name nor its labels nor asking for something explains ("higher than", "without"). Nothing either where a
    line beside the record has the name and a word of the label, and may say something else.

    Where no line has the code that a question names, and lines have others like it, the answer is that it is not
    stated. Where other records have the label and this one does not, it is not stated either, unless any other line has
    most words of it. Documents of more than 2 MB, and of more than ten texts, are not read.
    """
    texts = document.texts
    if len(question) > _LONGEST_QUESTION or len(texts) > _MOST_TEXTS or _bytes_of(texts) > _MOST_BYTES:
        return []
    asked = asked_of(question)
    shape = shape_of(question)
    is_count = shape == "count" and _HAS.search(question) is not None
    if asked.negated or asked.excluded or (shape in _OF_MANY and not is_count):
        return []
    if shape in _OF_A_FACT and (missing := _missing(question, texts)) is not None:
        return [missing]
    found = [(text, each) for text in texts for each in _found(asked, text)]
    most = max((len(each.stems) for _, each in found), default=0)
    best = [(text, each) for text, each in found if len(each.stems) == most]
    if len(best) != 1:
        return []
    ((text, record),) = best
    label = _label([*record.said, *record.unclear], asked.stems - record.stems - _NO_NAMES)
    if label is None or label in record.unclear or not _is_explained(question, record, label, text):
        return []
    if not _is_answered(question, label, record.said[label]):
        return []
    # "goods yard opened" says nothing of when the station was.
    if record.parts is not None and not stems_of(label) <= asked.stems:
        return []
    # The rooms of a house are a number; its tenants may be names that are to be counted.
    if is_count and not _is_of_numbers(record, label, text):
        return []
    return [] if _may_say_more(texts, text, record, label) else [_told(record, label, text, sources=len(texts) > 1)]


def _missing(question: str, texts: Sequence[Text]) -> Told | None:
    """A note that no line has the only code that a question names, where lines have others that are written like it:
    "KL-052" where there are KL-012 and KL-014; None where some line has it, or few have such codes."""
    codes = {code.casefold() for code in _CODE.findall(question)}
    if len(codes) != 1:
        return None
    (code,) = codes
    plain = _BETWEEN.sub("", code)
    written = next(found for found in _CODE.findall(question) if found.casefold() == code)
    if any(plain in _BETWEEN.sub("", text.name.casefold()) for text in texts):
        return None
    words = [word for word in WORD.findall(question.replace(written, " ")) if folded(word) not in _ASKING]
    unsaid = {stem_of(word) for word in words}
    digits = _DIGITS.findall(code)[-1]
    number, is_year = re.compile(rf"(?<!\d){digits}(?!\d)"), len(digits) >= _DIGITS_OF_A_YEAR
    form = re.compile(rf"\b{_DIGITS.sub(lambda digits: rf'[0-9]{{{len(digits[0])}}}', re.escape(code))}\b")
    others: dict[str, tuple[Text, str]] = {}
    for text in texts:
        for line in text.iter_lines():
            low = line.casefold()
            # "KL 52" is no other code, and "KL-050 to 55" or "KL-050, 051, 052" may be of it too.
            is_listed = (is_year or form.search(low)) and number.search(low)
            if plain in _BETWEEN.sub("", low) or is_listed or _RANGE_OF_CODES.search(low):
                return None
            unsaid -= stems_of(line) if unsaid else frozenset[str]()
            for other in form.findall(low) if len(others) < _FEWEST_CODES else ():
                others.setdefault(other, (text, line))
    # A word that no line has may ask for more: "after KL-052".
    if len(others) < _FEWEST_CODES or unsaid:
        return None
    text, line = next(iter(others.values()))
    note = f"[no line has {written!r}; lines such as {line.strip()[:_SHOWN]!r} have others]"
    lines = f"rows = grep({as_code(escaped(written))}, limit=10**6)\nFINAL({NOT_STATED!r}, evidence=rows)"
    return Told(encodable(note), text.name, encodable(line), beginnings={(): encodable(lines)}, is_whole=True)


def _bytes_of(texts: Iterable[Text]) -> int:
    return sum(len(text.view) for text in texts)


def _is_explained(question: str, record: _Found, label: str, text: Text) -> bool:
    """Whether all words of a question are of a record's name, of its labels, of the unit of what it says, of the text's
    title, or ask."""
    told = record.said[label]
    title = next((line for line in islice(text.iter_lines(), _LINES_OF_TITLE) if line.strip()), "")
    of_title = stems_of(title) if len(title) <= _LONGEST_TITLE else frozenset[str]()
    known = record.stems.union(*map(stems_of, record.said), stems_of(told[1]) if told is not None else (), of_title)
    words = WORD.findall(question)
    return all(folded(word) in _ASKING or stem_of(word) in known or folded(word) in UNITS for word in words)


def _is_answered(question: str, label: str, told: tuple[str, str] | None) -> bool:
    """Whether what a record says of a label is of the kind that a question asks for, and all that it asks for."""
    if _SEVERAL_FACTS.search(question) or ("next" in WORD.findall(question.lower()) and "next" not in label.lower()):
        return False
    is_of_a_day = told is None or not _OF_A_DAY.search(question)
    return is_of_a_day or (told is not None and bool(DATE.search(told[1]) or _DAY_OR_TIME.search(told[1])))


def _is_of_numbers(record: _Found, label: str, text: Text) -> bool:
    """Whether a record, or if it says nothing of it others of its kind, say of a label how many there are."""
    if (told := record.said[label]) is not None:
        return told[1][:1].isdecimal()
    number = re.compile(rf"{re.escape(label)}[\W_]{{0,30}}\d")
    return any(number.search(text.line(at) or "") for at in record.all_lines if at)


def _may_say_more(texts: Sequence[Text], own: Text, record: _Found, label: str) -> bool:
    """Whether other lines than a record's may say what is asked for: those that have its name with a word of the label;
    of what the record lacks all that have most words of it, its own too, but for those of other records of its
    kind."""
    # "Serial number": other lines have numbers.
    name, wanted = record.name.casefold(), stems_of(label) - _NO_NAMES or stems_of(label)
    begins = [word[:_SAME_START] for word in wanted]
    is_lacking = record.said[label] is None
    for text in texts:
        for number, line in enumerate(text.iter_lines(), 1):
            low = folded(line)
            is_apart = text is not own or (number not in record.all_lines and number not in record.lines)
            if is_lacking and is_apart and name in line.casefold():
                return True
            if not any(word in low for word in begins) or wanted.isdisjoint(stems_of(line)):
                continue
            is_own = text is own and number in record.lines
            if is_own and is_lacking and record.parts is not None:
                # Other parts of its line are of other labels.
                if any(wanted <= stems_of(part) for part in record.parts):
                    return True
                continue
            is_of_others = text is own and number in record.all_lines and not is_own
            if is_lacking and text is own and _is_of_another(line, number, label, record, text):
                is_of_others = True
            # "Elm Wharf = ..." begins with the name of another.
            is_of_its_kind = is_of_others and record.parts is not None
            said = line.casefold()[len(name) if is_of_its_kind else 0 :]
            is_of_label = 2 * len(wanted & stems_of(line)) > len(wanted)
            if (is_lacking and is_of_label and not is_of_others) or (name in said and not is_own):
                return True
    return False


def _is_of_another(line: str, number: int, label: str, record: _Found, text: Text) -> bool:
    """Whether a line says something of a label and is one of another record, that stands above a record or below the
    next head: remarks within records may set their lines apart."""
    if re.match(rf"\s*{re.escape(label)}\s*[=:.]", line, re.IGNORECASE) is None:
        return False
    sign = (text.line(record.lines[0]) or " ")[:1]
    last = record.lines[-1]
    between = range(last + 1, min(number, last + _LINES_OF_A_RECORD))
    is_below = not sign.isalnum() and any((text.line(at) or "").startswith(sign) for at in between)
    return number < record.lines[0] or is_below


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
    for of_lines in line_records(lines):
        named_lines = [at for at, record in enumerate(of_lines) if _is_named(record.name, asked)]
        # Of "Elm Wharf" and "Elm" the longer name is meant.
        most = max((len(stems_of(of_lines[at].name)) for at in named_lines), default=0)
        named_lines = [at for at in named_lines if len(stems_of(of_lines[at].name)) == most]
        if len(named_lines) == 1:
            yield _of_line(of_lines, named_lines[0], text)
    for records in kinds_of_records(lines):
        names = [record.head[1].strip(_SIGNS) if record.head is not None else "" for record in records]
        named = [at for at, name in enumerate(names) if _is_named(name, asked)]
        if len(named) == 1:
            yield _of_record(records, named[0], names[named[0]])


def _is_named(cell: str, asked: Asked) -> bool:
    """Whether a question has all words of a cell that may be a name."""
    stems = stems_of(cell)
    is_name = len(cell) <= _LONGEST_NAME and any(map(str.isalpha, cell)) and not stems <= _NO_NAMES
    # "St Mary, Lerby" may be "St Mary in Lerby".
    parts = cell.strip().split(", ")
    return is_name and bool(stems) and stems <= asked.stems and all(map(asked.says, parts))


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
    # What came to nothing says nothing of what holds.
    columns = () if has_void(row.cells) else enumerate(table.labels)
    unclear: set[str] = set()
    for column, label in columns:
        value = row.cells[column]
        if column in at or not label or not (value or column in table.optional):
            continue
        unclear.add(label)
        if value and _is_unclear(value):
            continue
        parts = [escaped(row.cells[each]) if each in at else f"{other}*?" for each, other in enumerate(table.others)]
        parts[column] = f"({table.others[column]}+?)" if value else ""
        pattern = table.pattern(parts, {*at, column})
        # A pattern that finds other rows too, or reads another cell, tells nothing of this one.
        groups = (value,) if value else ()
        if len(pattern) <= 2 * LONGEST_PATTERN and matches_of(pattern, text) == {row.number: groups}:
            said[label] = (pattern, value) if value else None
            unclear.discard(label)
    name = ", ".join(row.cells[each] for each in sorted(at))
    numbers = {number for each in table.rows for number in range(each.number, each.number + each.lines)}
    lines = range(row.number, row.number + row.lines)
    return _Found(stems, name, lines, frozenset({*numbers, table.header}), said, frozenset(unclear - said.keys()))


def _is_unclear(value: str) -> bool:
    """Whether a value says that there is none, goes on in another line, or is written in a way of its own."""
    is_cut = any(value.count(begin) != value.count(end) for begin, end in ("()", "[]"))
    return value.strip().casefold() in _NOTHING or value.rstrip().endswith((",", "\\")) or '""' in value or is_cut


def _of_record(records: Sequence[Record], at: int, name: str) -> _Found:
    own = records[at]
    said: dict[str, tuple[str, str] | None] = {piece.label: None for each in records for piece in each.pieces}
    counts = Counter(piece.label for piece in own.pieces)
    for piece in own.pieces:
        if piece.value:
            said[piece.label] = (f"^{piece.before}({piece.other}+?){piece.after}$", piece.value)
        if counts[piece.label] > 1 or (piece.value is not None and _is_unclear(piece.value)):
            said.pop(piece.label, None)
    said.pop("", None)
    lines = [_lines_of(record) for record in records]
    unclear = frozenset(piece.label for piece in own.pieces) - said.keys() - {""}
    return _Found(stems_of(name), name, lines[at], frozenset[int]().union(*lines), said, unclear)


def _of_line(records: Sequence[LineRecord], at: int, text: Text) -> _Found:
    own = records[at]
    counts = Counter(label for record in records for label in record.said)
    # What one record alone says may be a part of its sentences.
    said: dict[str, tuple[str, str] | None] = {
        label: own.said.get(label) for label, count in counts.items() if count > 1
    }
    for label, told in list(said.items()):
        if told is not None and (_is_unclear(told[1]) or matches_of(told[0], text) != {own.number: (told[1],)}):
            del said[label]
    # Sentences behind the record may say in other words what it lacks.
    if _MAY_SAY.search(own.rest):
        said = {label: told for label, told in said.items() if told is not None}
    lines = frozenset(record.number for record in records)
    unclear = frozenset(own.said) - said.keys()
    parts = (*(f"{label} {told[1]}" for label, told in own.said.items()), own.rest)
    return _Found(stems_of(own.name), own.name, range(own.number, own.number + 1), lines, said, unclear, parts)


def _lines_of(record: Record) -> range:
    first = record.head[0] if record.head is not None else record.pieces[0].number
    return range(first, record.pieces[-1].number + 1)


def _told(record: _Found, label: str, text: Text, *, sources: bool) -> Told:
    where = f", source={text.name!r}" if sources else ""
    first, last = record.lines[0], record.lines[-1]
    told = record.said[label]
    lines = f"line {first} says" if last == first else f"lines {first} to {last} say"
    # Of what other records say in lines of the same form, that of these lines is meant.
    kept = f"rows = [m for m in rows if {first} <= m.line_num <= {last}]"
    line = text.line(first) or ""
    if told is not None:
        pattern, value = told
        note = f"[{lines} of {record.name[:_SHOWN]!r} that {label!r} is {value[:_SHOWN]!r}]"
        answer = "rows[0].groups[0]"
    else:
        pattern = escaped(line.strip())
        note = f"[{lines} nothing of {label!r} for {record.name[:_SHOWN]!r}; other records have it]"
        answer = repr(NOT_STATED)
    code = f"rows = grep({as_code(pattern)}, limit=10**6{where})\n{kept}\nFINAL({answer}, evidence=rows)"
    return Told(encodable(note), text.name, encodable(line), beginnings={(): encodable(code)}, is_whole=True)
