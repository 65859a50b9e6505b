"""Records of several lines as tables: keys with values below each other, elements of XML, entries of calendars and
cards, objects of JSON. Lines that some of the records do not have are columns that are optional."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise, takewhile
from typing import NamedTuple

from .asked import content_of
from .record_lines import Piece, record_line
from .row_patterns import GAP, HAS_DIGIT, escaped
from .table_rows import Row, Table

_FEWEST_RECORDS, _FEWEST_COLUMNS, _MOST_PIECES, _MOST_OPTIONAL, _MOST_CLUSTERS = 4, 2, 80, 8, 30
_WIDE, _BLANK_OR_RULE = re.compile(r"[ \t]{2,}|\t"), "[\\s|:+=-]*"
# Of what heads have in common, the part of a word or number at its end ("2024-0" of days), and what ends a whole one.
_PART_AT_END = re.compile(r"(?:[\w/-]*\d[\w.,:/-]*|[^\W_]+[-/]?)$")
_WHOLE_AT_END = re.compile(r"(?:[\s)\]}>|]|[:.;,](?!\w)).*")
_LAST_WORD = re.compile(r"([^\W\d_]+)[^\w]*$")
# What stands between the parts of a head, and the code that one may begin with.
_LETTER_OR_BLANK = re.compile(r"[^\W\d_]|\s")
_HEAD_MARKS = (" | ", " - ", " – ", " — ", " · ", "; ", " / ")
_CODE_AT_START = re.compile(r"(?=\S*\d)(?:([\[(#])[^\s\])]+([\])]?:?)|()[^\W\d_]+[-/]?\d[\w/-]*(:?)) (?=\S)")
_WORDS_AT_END = re.compile(r"(?: [^\W\d_][\w'’.-]*)+")
_REMARKS = (";", "//", "~", "*", "(")
_BRACKETS = ("{", "[")
_FILLERS = frozenset(["comment", "more"])
_MOST_HEAD_CELLS, _MOST_WITHIN, _MOST_OF, _LONGEST_NAME, _LONGEST_LABEL, _MOST_HEAD_LINES = 4, 10, 0.8, 60, 30, 3
# Signs may stand around a title, as in "== Mill House ==" or "[Mill House]".
_TITLE = re.compile(r"(?:[=#*~+-]{1,6} ?|\[)?[\w\"'(].{0,58}[^.,;({\s]")


class Record(NamedTuple):
    """The pieces of a record, and the lines above it where they may be its head, with the number of the first. `begins`
    is the key of what begins it, "" where it has no such sign."""

    pieces: tuple[Piece, ...]
    begins: str = ""
    head: tuple[int, str] | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(piece.key for piece in self.pieces)


def record_tables(lines: Sequence[tuple[int, str]]) -> Iterator[Table]:
    """The tables of the records in numbered lines, without those that are empty or rules."""
    signed = list(_records(lines))
    within = {piece.number for record in signed for piece in record.pieces}
    plain = _blocks([(number, line) for number, line in lines if number not in within])
    yield from _tables_of_records([*signed, *plain])


def kinds_of_records(lines: Sequence[tuple[int, str]]) -> list[list[Record]]:
    """The records of keys with values in numbered lines, those of one kind together, whatever the order of the keys."""
    return [records for records in _clusters(_blocks(lines)) if len(records) >= _FEWEST_RECORDS]


def tables_of_lines(lines: Iterable[Sequence[Piece]]) -> Iterator[Table]:
    """The tables of records of one line each, of which some have pieces that others do not have."""
    yield from _tables_of_records([Record(tuple(pieces)) for pieces in lines if len(pieces) <= _MOST_PIECES])


def _tables_of_records(found: Iterable[Record]) -> Iterator[Table]:
    for records in _clusters(found):
        if len(records) < _FEWEST_RECORDS:
            continue
        table = _table(records)
        if table is None:
            # A few others may have their lines in another order.
            keys, count = Counter(record.keys for record in records).most_common(1)[0]
            is_most = count >= max(_FEWEST_RECORDS, _MOST_OF * len(records))
            table = _table([record for record in records if record.keys == keys]) if is_most else None
        if table is not None:
            yield table


def _records(lines: Iterable[tuple[int, str]]) -> Iterator[Record]:
    """Records that have signs for their beginning and their end, those within others too."""
    open_: list[list[Piece]] = []
    last = 0
    for number, line in lines:
        if number != last + 1:
            open_.clear()
        last = number
        parsed = record_line(number, line, open_[-1][0].key if open_ and open_[-1] else "")
        if parsed is None or (parsed.change < 0 and not open_) or len(open_) > _MOST_WITHIN:
            open_.clear()
            continue
        if parsed.change > 0:
            open_.append([])
        within = ""
        for pieces in reversed(open_):
            # A record of very many lines is the whole text, or a part of it; its first piece says what it is.
            if len(pieces) <= _MOST_PIECES:
                added = map(_as_name, parsed.pieces) if parsed.change > 0 and pieces else parsed.pieces
                pieces += (piece._replace(key=within + piece.key) for piece in added)
            # Of a record in a record: "alarm/text" is no "text".
            within = f"{pieces[0].key}/{within}" if pieces else within
        ended = open_.pop() if parsed.change < 0 else [*parsed.pieces] if parsed.is_whole else []
        if len(ended) <= _MOST_PIECES and sum(piece.value is not None for piece in ended) >= _FEWEST_COLUMNS:
            first = ended[0]
            # A bracket alone says nothing of what it begins.
            is_bracket = first.key.endswith(_BRACKETS) and first.value is None
            yield Record(tuple(ended[1:] if is_bracket else ended), f"{first.before}{first.key}")


def _as_name(piece: Piece) -> Piece:
    """What a record in a record is called, which is the same in all: `"address": {`."""
    if piece.value is None or piece.label:
        return piece
    name = escaped(piece.value)
    return piece._replace(key=f"{piece.key}{name}", before=f"{piece.before}{name}{piece.after}", value=None, after="")


def _blocks(lines: Sequence[tuple[int, str]]) -> Iterator[Record]:
    """Records without such signs: keys with values that follow each other, from one that begins as the first does to
    the next. A block's first line is its head where no other has its key."""
    runs: list[list[Piece]] = [[]]
    for number, line in lines:
        parsed = record_line(number, line, "")
        is_comment = parsed is not None and any(piece.may_repeat for piece in parsed.pieces)
        if runs[-1] and number != runs[-1][-1].number + 1:
            runs.append([])
        if parsed is not None and (parsed.is_key or (is_comment and runs[-1])):
            runs[-1] += parsed.pieces
        elif runs[-1]:
            runs.append([])
    counts = Counter(piece.key for run in runs for piece in run)
    kept = [run[1:] if len(run) > 1 and counts[run[0].key] == 1 else run for run in runs if run]
    of_keys = {piece.number for run in kept for piece in run}
    texts = {number: line for number, line in lines if number not in of_keys}
    for pieces in kept:
        starts = [at for at, piece in enumerate(pieces) if piece.key == pieces[0].key]
        # The same line again and again is none of many records.
        starts = starts if len(starts) > 1 and starts[1] > 1 else starts[:1]
        for at, end in zip(starts, [*starts[1:], len(pieces)], strict=True):
            first = pieces[at].number
            above = next((n for n in (first - 1, first - 2) if n in texts), 0) if at == 0 else 0
            before = range(above, above - _MOST_HEAD_LINES, -1)
            # A remark above the head is no part of it.
            of_head = takewhile(lambda n: n in texts and not texts[n].lstrip().startswith(_REMARKS), before)
            lines_above = list(of_head)[::-1] or ([above] if above else [])
            head = (lines_above[0], "\n".join(map(texts.__getitem__, lines_above))) if above else None
            yield Record(tuple(pieces[at:end]), head=head)


def _clusters(records: Iterable[Record]) -> list[list[Record]]:
    """Records that begin with the same sign, or without one have half of their keys in common."""
    clusters: list[tuple[str, set[str], list[Record]]] = []
    by_sign: dict[str, list[Record]] = {}
    for record in records:
        if record.begins and not record.begins.endswith(_BRACKETS):
            by_sign.setdefault(record.begins, []).append(record)
            continue
        keys = set(record.keys)
        for begins, shared, alike in clusters:
            if begins == record.begins and 2 * len(keys & shared) >= len(keys | shared):
                shared |= keys
                alike.append(record)
                break
        else:
            if len(clusters) < _MOST_CLUSTERS:
                clusters.append((record.begins, keys, [record]))
    return [*by_sign.values(), *(alike for _, _, alike in clusters)]


def _table(records: Sequence[Record]) -> Table | None:
    """The table of records; None where their lines come in another order, or many are in a few alone."""
    plain = _without_lists(records)
    order = _order_of([[piece.key for piece in pieces] for pieces in plain])
    rows = [{piece.key: piece for piece in reversed(pieces)} for pieces in plain]
    heads = _heads(records)
    # A head of several cells, and what is set in below it.
    columns_above = len(heads[0].cells) if heads and _are_indented(records) else 0
    if not order or not _is_one_kind(order, rows, columns_above, has_heads=bool(heads)):
        return None
    pairs = (pair for pieces in plain for pair in pairwise(pieces))
    repeated = {one.key for one, other in pairs if one.key == other.key}
    table = _Columns([""], [], [], {})
    cells = table.add_heads(heads) if heads else [()] * len(rows)
    kept = table.add_pieces(order, rows, repeated)
    if len(table.labels) < _FEWEST_COLUMNS:
        return None
    made = []
    firsts = [head.number for head in heads] or [record.pieces[0].number for record in records]
    for first, row, begin in zip(firsts, rows, cells, strict=True):
        last = max((piece.number for piece in row.values()), default=first)
        values = (row[key].value or "" if key in row else "" for key in kept)
        made.append(Row(first, (*begin, *values), last - first + 1))
    between = (*table.between[:-1], table.between[-1] + "$")
    return Table(tuple(table.labels), between, tuple(table.others), 0, tuple(made), table.optional)


def _is_one_kind(
    order: Sequence[str], rows: Sequence[Mapping[str, Piece]], columns_above: int, *, has_heads: bool
) -> bool:
    """Whether records have more in common than some of them have alone; their heads have `columns_above` cells."""
    counts = Counter(key for row in rows for key in row)
    given = {key for row in rows for key in row if row[key].value}
    in_all = sum(counts[key] == len(rows) for key in given)
    # What begins and ends a record is said in all of them.
    constant = sum(counts[key] == len(rows) for key in order) - in_all + has_heads
    # Words that only blanks set apart from others may be those of any lines.
    is_wide = any(key.endswith(GAP) for key in order)
    is_of_some = len(given) - in_all > min(_MOST_OPTIONAL, in_all + constant)
    is_enough = in_all >= _FEWEST_COLUMNS or (in_all > 0 and columns_above >= _FEWEST_COLUMNS)
    return is_enough and not is_of_some and (has_heads or not is_wide)


class _Columns(NamedTuple):
    """The parts of a table while it is made."""

    between: list[str]
    labels: list[str]
    others: list[str]
    optional: dict[int, tuple[str, str]]

    def add(self, outside: str, before: str, after: str, other: str, label: str, *, is_optional: bool) -> None:
        """Adds a column, with what stands before and behind its cells; `outside` stands there without a cell too."""
        if is_optional:
            self.optional[len(self.labels)] = (before, after)
            before = after = ""
        self.between[-1] += outside + before
        self.between.append(after)
        self.labels.append(label)
        self.others.append(other)

    def add_pieces(
        self, order: Iterable[str], rows: Sequence[Mapping[str, Piece]], repeated: Container[str]
    ) -> list[str]:
        """Adds the pieces of records, by their keys in their order; the keys of those that are columns."""
        labels = Counter(label for _, label in {(key, row[key].label) for row in rows for key in row})
        kept: list[str] = []
        waiting: list[str] = []
        for key in order:
            pieces = [row[key] for row in rows if key in row]
            is_optional = len(pieces) < len(rows)
            is_filler = key in repeated or pieces[0].may_repeat
            before, after, other = _around(pieces, is_start=not (waiting or self.labels or any(self.between)))
            if is_filler or not any(piece.value for piece in pieces):
                text = f"(?:{before}{other}*{after})*" if is_filler else before + after
                waiting.append(f"(?:{text})?" if is_optional and not is_filler else text)
                continue
            label = pieces[0].label
            # Of two that are called the same, what they stand in tells them apart.
            outer = _LAST_WORD.search(key.rpartition("/")[0]) if label and labels[label] > 1 else None
            label = f"{outer[1]} {label}" if outer is not None else label
            if len(label) > _LONGEST_LABEL:
                # What tells it from others often stands at its end: "volume of water on 1 April 2024".
                label = " ".join(content_of(label))
            self.add("".join(waiting), before, after, other, label, is_optional=is_optional)
            waiting = []
            kept.append(key)
        # What begins another line, and has nothing that varies, is left out at the end.
        self.between[-1] += "".join(takewhile(lambda text: "\\n" not in text, waiting))
        return kept

    def add_heads(self, heads: Sequence[_Head]) -> list[tuple[str, ...]]:
        """Adds the columns of lines above the records; the cells of each."""
        columns = list(zip(*(head.cells for head in heads), strict=True))
        kept: list[Sequence[str]] = []
        for at, column in enumerate(columns):
            gap = heads[0].gaps[at]
            if len(set(column)) == 1:
                self.between[-1] += gap + escaped(column[0])
                continue
            begin, values, end = _factored(column)
            # What stands between two cells may be what the second is called.
            word = _LAST_WORD.search(begin) or (_LAST_WORD.search(gap) if gap.endswith(" ") else None)
            is_code = all(map(HAS_DIGIT.search, values)) and not any(map(_LETTER_OR_BLANK.search, values))
            label = word[1] if word else "number" if is_code else "title" if "name" in self.labels else "name"
            self.add("", gap + escaped(begin), escaped(end), ".", label, is_optional=False)
            kept.append(values)
        self.between[-1] += "" if heads[0].distance == 1 else f"\\n{_BLANK_OR_RULE}"
        return list(zip(*kept, strict=True)) if kept else [()] * len(heads)


def _without_lists(records: Sequence[Record]) -> list[list[Piece]]:
    """The pieces of records up to the first that comes several times in one, with others between: those are of lists
    in records. What comes several times with other words before it ("TEL;TYPE=home:") is of several kinds."""
    pairs = [pair for record in records for pair in pairwise(record.pieces)]
    of_kinds = {one.key for one, other in pairs if one.key == other.key and one.before != other.before}

    def as_kind(piece: Piece) -> Piece:
        if piece.key not in of_kinds - _FILLERS:
            return piece
        label = piece.before.replace("\\", "").rstrip(':="')
        return piece._replace(key=f"{piece.key}{piece.before}", label=label)

    records = [record._replace(pieces=tuple(map(as_kind, record.pieces))) for record in records]
    again: set[str] = set()
    for record in records:
        last: dict[str, int] = {}
        for at, key in enumerate(record.keys):
            if last.get(key, at) < at - 1:
                again.add(key)
            last[key] = at
    again -= _FILLERS
    plain: list[list[Piece]] = []
    for record in records:
        at = next((at for at, piece in enumerate(record.pieces) if piece.key in again), len(record.pieces))
        while 0 < at < len(record.pieces) and not record.pieces[at].is_first:
            at -= 1
        plain.append(list(record.pieces[:at]))
    return plain


def _order_of(rows: Sequence[Sequence[str]]) -> list[str] | None:
    """The order of keys that all rows have, some of which they may leave out; None where there is none."""
    distinct = {tuple(dict.fromkeys(row)) for row in rows}
    order: list[str] = []
    for row in sorted(distinct, key=lambda row: (-len(row), row)):
        at = 0
        for key in row:
            place = order.index(key) if key in order else -1
            if 0 <= place < at:
                return None
            if place < 0:
                order.insert(at, key)
                place = at
            at = place + 1
    places = {key: at for at, key in enumerate(order)}
    is_ordered = all([places[key] for key in row] == sorted(places[key] for key in row) for row in distinct)
    return order if is_ordered else None


def _around(pieces: Sequence[Piece], *, is_start: bool) -> tuple[str, str, str]:
    """Patterns of what stands before and behind the values of a piece in all records, and of a character of these."""
    befores = {piece.before for piece in pieces}
    before = befores.pop() if len(befores) == 1 else pieces[0].loose or pieces[0].before
    line_break = "\\n" if pieces[0].is_first and not is_start else ""
    afters = {piece.after for piece in pieces}
    if len(afters) == 1:
        return line_break + before, afters.pop(), pieces[0].other
    # With quotes around it in some records.
    return line_break + before, '"?,?' if any("," in after for after in afters) else '"?', '[^"\\n]'


class _Head(NamedTuple):
    """The lines above a record: their cells, how many lines the last is above, patterns of what stands before each
    cell, and the number of the first."""

    cells: tuple[str, ...]
    distance: int
    gaps: tuple[str, ...]
    number: int


def _heads(records: Sequence[Record]) -> list[_Head]:
    """The lines above records that are parts of them; none where some have none, or they are not alike."""
    heads: list[_Head] = []
    # A name, and an address below it, above lines that are set in.
    counts = {record.head[1].count("\n") for record in records if record.head is not None}
    is_of_lines = len(counts) == 1 and counts != {0} and _are_indented(records)
    for record in records:
        if record.head is None or record.begins:
            return []
        number, text = record.head
        above = text.split("\n")
        cells = tuple(above if is_of_lines else _WIDE.split(above[-1]))
        gaps = ("", *("\\n" if is_of_lines else GAP for _ in cells[1:]))
        number += 0 if is_of_lines else len(above) - 1
        last = number + (len(above) - 1) * is_of_lines
        heads.append(_Head(cells, record.pieces[0].number - last, gaps, number))
    is_alike = len({(head.distance, len(head.cells)) for head in heads}) == 1
    numbers = {head.number for head in heads}
    if not is_alike or len(heads[0].cells) > _MOST_HEAD_CELLS or len(numbers) < len(heads):
        return []
    # What is above by chance is a sentence, or stands apart.
    is_title = all(_TITLE.fullmatch(head.cells[0]) for head in heads)
    is_under = _are_indented(records) and all(map(_is_name, heads))
    # A line drawn below the title, or a blank one, stands between it and lines that are indented.
    is_near = (is_title or is_under) if heads[0].distance == 1 else (is_title and is_under)
    begin_alike = bool(common_start([head.cells[0] for head in heads]))
    return list(_with_words_apart(list(_split(heads)))) if is_near or begin_alike else []


def _are_indented(records: Iterable[Record]) -> bool:
    return all(record.pieces[0].before.startswith((" ", "\\t")) for record in records)


def _is_name(head: _Head) -> bool:
    """Whether a head is short, and begins where the lines of its record do not."""
    return len(head.cells[0]) <= _LONGEST_NAME and not head.cells[0][:1].isspace()


def _split(heads: Sequence[_Head]) -> Iterator[_Head]:
    """Heads of one cell as several, where all begin with a code or have the same mark: "[B/04] oak bench - hall"."""
    texts = [head.cells[0] for head in heads]
    codes = [_CODE_AT_START.match(text) for text in texts]
    is_coded = all(codes) and len({code.groups() for code in codes if code is not None}) == 1
    begins = [code.end() if is_coded and code is not None else 0 for code in codes]
    rests = [text[begin:] for text, begin in zip(texts, begins, strict=True)]
    marks = (mark for mark in _HEAD_MARKS if len({text.count(mark) for text in rests}) == 1 and mark in rests[0])
    mark = next(marks, "")
    is_numbered = all(HAS_DIGIT.search(rest.split(", ")[0]) for rest in rests)
    # "Reed, Ann" is one name.
    mark = ", " if not mark and is_numbered and {rest.count(", ") for rest in rests} == {1} else mark
    if len(heads[0].cells) > 1 or rests[0].count(mark or "\n") >= _MOST_HEAD_CELLS:
        yield from heads
        return
    for head, text, begin, rest in zip(heads, texts, begins, rests, strict=True):
        cells = rest.split(mark) if mark else [rest]
        gaps = [" " if begin else "", *(escaped(mark),) * (len(cells) - 1)]
        code = [text[: begin - 1]] if begin else []
        yield head._replace(cells=(*code, *cells), gaps=("", *gaps) if begin else tuple(gaps))


def _with_words_apart(heads: Sequence[_Head]) -> Iterator[_Head]:
    """Heads whose last cell says several things, each behind a word of its own: "lorry VK61, carrier Moe"."""
    parts = [head.cells[-1].split(", ") for head in heads]
    words = [[part.split(" ")[0] for part in each] for each in parts]
    is_worded = 1 < len(words[0]) <= _MOST_HEAD_CELLS and all(each == words[0] for each in words)
    has_values = all(" " in part for each in parts for part in each)
    if not (is_worded and has_values and all(word.isalpha() and word.islower() for word in words[0])):
        yield from heads
        return
    first, *others = words[0]
    gaps = (f"{heads[0].gaps[-1]}{first} ", *(f", {word} " for word in others))
    for head, each in zip(heads, parts, strict=True):
        cells = (part.split(" ", 1)[1] for part in each)
        yield head._replace(cells=(*head.cells[:-1], *cells), gaps=(*head.gaps[:-1], *gaps))


def _factored(column: Sequence[str]) -> tuple[str, list[str], str]:
    """What all of some texts begin and end with, but for parts of words and numbers; and what stands between."""
    start = _PART_AT_END.sub("", common_start(column))
    # "The Tempest" and "The Birds" are called so; "Copy 7" and "Copy B-8" are 7 and B-8.
    if start.endswith(" ") and not all(HAS_DIGIT.search(text[len(start) :].split(" ")[0]) for text in column):
        start = ""
    rest = [text[len(start) :] for text in column]
    end = _WHOLE_AT_END.search(common_start([text[::-1] for text in rest])[::-1])
    finish = end[0] if end is not None else ""
    # What names end with is a part of them: "Ash Mill" and "Elm Mill", but not "Copy 7 (lent)".
    is_word = not any(map(HAS_DIGIT.search, column)) and _WORDS_AT_END.fullmatch(finish) is not None
    # A bracket that is closed was opened in each of them: "Oak (no. 14)".
    is_open = any(finish.count(end) > (start + finish).count(begin) for begin, end in ("()", "[]"))
    if is_word or is_open:
        finish = ""
    if any(len(text) <= len(finish) for text in rest):
        finish = ""
    return start, [text[: len(text) - len(finish)] for text in rest], finish


def common_start(texts: Sequence[str]) -> str:
    """What all texts begin with."""
    first, last = min(texts), max(texts)
    return first[: next((at for at, char in enumerate(first) if last[at : at + 1] != char), len(first))]
