"""The form that lines of a document share, as a pattern: what stands in all of them, and groups for what varies.

A small model can say which of the lines that it has seen are those of a question, and cannot write a pattern that
matches all of them. So the pattern is worked out from the document.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice, pairwise, permutations, product
from typing import NamedTuple

from ...document import Document
from ...document.search.dates import MONTH, written_days
from ...document.search.search_words import CAPITALISED, folded
from ...document.search.sentences import saying_the_same
from ...document.text import Text
from .asked import WORD, Asked, asked_of, content_of, restricts, stem_of
from .day_sections import day_section_form
from .format_lines import names_above
from .headed_rows import with_heading
from .lines_of_kinds import kinds_form
from .prose_forms import below_heads, prose_pattern
from .remembered import remembering
from .row_families import REMARK, family_form, row_families, words_of
from .row_orders import form_in_orders
from .row_patterns import (
    ANY,
    GAP,
    HAS_DIGIT,
    LONGEST_LINE,
    LONGEST_PATTERN,
    MOST_GROUPS,
    NUMBER,
    LineForm,
    as_day,
    closed,
    common_places,
    constants_of,
    escaped,
    group_of,
    is_of_numbers,
    matches_of,
    of_days,
)
from .section_forms import section_form
from .states import is_state, with_states
from .table_forms import table_form
from .table_rows import Table
from .tables import CELL_ENDS, WIDE, has_commas_between_numbers, labels_of, tables_of
from .wider_forms import has_any, wider_form, words_in_all

# One token each: a day, a time, an address, a path, a code of letters and digits, a number, a name of several words, a
# word, a sign.
_BEFORE_NUMBERS = (
    rf"(?i:\d{{1,2}}(?:st|nd|rd|th)?\.?[ /-](?:{MONTH})[ /-](?:\d{{4}}|\d\d(?!\d))"
    rf"|(?:{MONTH}) \d{{1,2}},? \d{{4}})(?::\d\d){{0,3}}"
    r"|\d+(?:[-:/T]\d+)+(?:\.\d+)?Z?"
    r"|[\w.+-]+@[\w-]+\.[\w.-]+|(?<![\w.])(?:/[\w.-]*[^\W_])+"
    r"|[^\W\d_][^\W_]*(?:-[^\W_]+)*-(?=[^\W_]*\d)[^\W_]+|[^\W\d_]+\d[^\W_]*"
)
_BEHIND_NUMBERS = (
    rf"{CAPITALISED}(?: {CAPITALISED}(?!-\w*\d))+|{CAPITALISED}(?!-)|[^\W\d_]+(?:-[^\W\d_]+)*|[.·_-]{{3,}}|\S|\t"
)
_TOKEN = re.compile(f"{_BEFORE_NUMBERS}|{NUMBER}|{_BEHIND_NUMBERS}")
# Where commas alone set cells apart.
_CELL_TOKEN = re.compile(rf"{_BEFORE_NUMBERS}|(?:(?<![^\s,])-)?\d[\d.]*(?<!\.)|{_BEHIND_NUMBERS}")
_LEADER = re.compile(r"([.·_-])\1{2,}")
_WITH_LEADER = re.compile(r"\w ?([.·_-])\1+$")
_CURRENT = frozenset({"this", "now", "current", "currently"})
_CARD_NUMBER = re.compile(r"\d{4,20}")
_MOST_BYTES, _MOST_LINES = 2 << 20, 20_000
_LONGEST_QUESTION = 2_000
_MOST_TOKENS, _MOST_ALIKE, _MOST_RESEMBLING, _MOST_TRIED = 80, 40, 200, 6
_MOST_TOKENS_OF_TEXT = 100_000
_FEWEST_OF_ONLY_TABLE, _MOST_ORDERS, _ROWS_BESIDE_A_LINE = 4, 3, 4
_MOST_TEXTS, _LOOKED_AT, _LONGEST_KEY = 10, 6, 40
_FEWEST_SHARED, _FEWEST_NUMBERS, _FEWEST_WORDS, _WORDS_OF_PROSE = 2, 3, 2, 3


@dataclass(frozen=True)
class Join:
    """Two forms whose rows belong together: group `key` of the one, in which each value comes once, has all values of
    group `other_key` of the other; or the latter has all of its values and more (`is_part`). Groups are counted from
    0."""

    form: LineForm
    key: int
    other: LineForm
    other_key: int
    is_part: bool = False

    def groups_of(self, other_groups: Sequence[str]) -> tuple[str, ...]:
        """The groups of the row that belongs to a row of the other form; empty where there is none."""
        value = other_groups[self.other_key].lower()
        return next((row for row in self.form.rows if row[self.key].lower() == value), ())

    @property
    def is_folded(self) -> bool:
        """Whether some values are written with capitals in one of the forms alone."""
        own = {row[self.key] for row in self.form.rows}
        theirs = {row[self.other_key] for row in self.other.rows}
        return len(own & theirs) < len({*map(str.lower, own)} & {*map(str.lower, theirs)})


class _Line(NamedTuple):
    number: int
    text: str
    tokens: tuple[str, ...]
    kinds: tuple[str, ...]
    stems: frozenset[str]
    spans: tuple[tuple[int, int], ...]


class _Column(NamedTuple):
    """The values of one group in the rows of a form, in small letters; `is_key`: each comes once. Numbers as those of
    cards and accounts are (`is_of_numbers` is false) are codes."""

    values: frozenset[str]
    is_key: bool
    is_of_numbers: bool

    @classmethod
    def of(cls, column: Sequence[str]) -> _Column:
        values = frozenset(map(str.lower, column))
        is_of_codes = all(map(_CARD_NUMBER.fullmatch, column))
        return cls(values, len(values) == len(column), is_of_numbers(column) and not is_of_codes)


@remembering()
def line_forms(
    question: str, document: Document, found: Iterable[tuple[str, int]], *, prose: bool = False
) -> list[LineForm]:
    """For each text of the document, the form of those of its lines that have most of the question's words, of the
    `found` ones (source, number from 1) and of those that a search for the question finds; at least two lines have it.
    There are several where lines say different things of the same, or are of different states, of which the question
    may mean one. Lines that differ from these only in a remark at their end, in a cell that the question does not name,
    or in the order of their words have the form too. Of `prose`, what follows a line's label is one group.

    Nothing where no such form is known. Of a long text the first lines with a word of the question are compared, of
    100,000 words and signs in all; the pattern is searched for in all of it. Documents of more than 2 MB, texts after
    the first ten, lines of more than 400 characters or 80 words and signs, and questions of more than 2,000 characters
    are not read.
    """
    if len(question) > _LONGEST_QUESTION or sum(len(text.view) for text in document.texts) > _MOST_BYTES:
        return []
    # Lazily: the tools of search take a while to load, and large models are not told of forms.
    from ...document import Searcher

    asked = asked_of(question)
    if not asked.stems:
        return []
    if len(document.texts) > 1:
        # What is said beside the question tells the documents apart, and which of their rows hold.
        asked = asked._replace(asking=asked.stems - asked.negated)
    numbers: dict[str, list[int]] = {}
    for source, number in found:
        numbers.setdefault(source, []).append(number)
    forms: list[LineForm] = []
    for text in document.texts[:_MOST_TEXTS]:
        searcher = Searcher((text,), _unheard, _unheard)
        seen = [*numbers.get(text.name, ()), *(row.line_num for row in searcher.search(question, _LOOKED_AT, None))]
        made = list(_forms_of_text(asked, text, seen, prose))
        if not prose:
            numbers_of_rows = (at for form in made for at in matches_of(form.pattern, text))
            below = day_section_form(asked, text, made) if len(document.texts) == 1 else None
            below = below or section_form(asked, text, numbers_of_rows)
            made = made if below is None else [below]
            if len(document.texts) == 1:
                made = [with_heading(_with_names(form, text), asked, text) for form in made]
        forms += made
    if len(document.texts) > 1 and forms and join_of(forms) is None:
        return list(_with_joined(forms, asked, document.texts[:_MOST_TEXTS]))
    return forms


def _with_names(form: LineForm, text: Text) -> LineForm:
    """The form with names for its groups, where a line above it says what each row is."""
    if form.labels or form.more or form.line_num < 2:
        return form
    return replace(form, labels=names_above(constants_of(form.pattern), form.line_num, text))


def _with_joined(forms: Sequence[LineForm], asked: Asked, texts: Sequence[Text]) -> Iterator[LineForm]:
    """The forms; and in place of those of a text whose rows do not belong to the others', the form of its lines that
    have the words and codes of theirs."""
    replaced: dict[str, LineForm] = {}
    for text in texts:
        others = [form for form in forms if form.source != text.name]
        values = {
            value for form in others for column in zip(*form.rows, strict=True) for value in _shared_words(column)
        }
        with_them = _forms_with(values, asked, text) if values else ()
        joined = next((form for form in with_them if join_of([form, *others]) is not None), None)
        if joined is not None:
            replaced[text.name] = joined
            break
    yield from (form for form in forms if form.source not in replaced)
    yield from replaced.values()


def _shared_words(column: Sequence[str]) -> set[str]:
    """The words and codes of a column by which rows may belong together; no numbers, no days."""
    values = set(column)
    is_of_codes = all(map(_CARD_NUMBER.fullmatch, values)) or not is_of_numbers(column)
    is_key = len(values) >= _FEWEST_SHARED and is_of_codes and not all(map(as_day, values))
    return {value for value in values if len(value) <= _LONGEST_KEY} if is_key else set()


def _forms_with(values: Container[str], asked: Asked, text: Text) -> Iterator[LineForm]:
    """The forms of the first lines of a text that have one of some words and codes as a token."""
    lines: list[_Line] = []
    left = _MOST_TOKENS_OF_TEXT
    for number, row in enumerate(text.iter_lines(), 1):
        if left < 0 or len(lines) == _MOST_RESEMBLING:
            break
        if 0 < len(row) <= LONGEST_LINE:
            made = _line(number, row, _TOKEN)
            left -= len(made.tokens)
            if len(made.tokens) <= _MOST_TOKENS and any(token in values for token in made.tokens):
                lines.append(made)
    for line in lines[:_MOST_TRIED]:
        if (form := _form_of_line(line, asked, lines, text)[0]) is not None:
            yield form


def _line(number: int, text: str, token: re.Pattern[str]) -> _Line:
    # Leaders are as long as there is room: "Rent ..... 900".
    found = list(token.finditer(text))
    tokens = tuple(each[0][:3] if _LEADER.fullmatch(each[0]) else each[0] for each in found)
    stems = frozenset[str]().union(*map(_stems_of_token, tokens)) - {""}
    spans = tuple(each.span() for each in found)
    return _Line(number, text, tokens, tuple(map(_token_kind, tokens)), stems, spans)


@lru_cache(maxsize=1 << 13)
def _stems_of_token(token: str) -> frozenset[str]:
    return frozenset(map(stem_of, WORD.findall(token)))


@lru_cache(maxsize=1 << 13)
def _token_kind(token: str) -> str:
    if any(char.isdecimal() for char in token):
        return "9" if re.fullmatch(NUMBER, token) else "code"
    if len(token) > 1 and (token[0] == "/" or "@" in token):
        return "code"
    return "word" if token[0].isalpha() else token


def _forms_of_text(asked: Asked, text: Text, numbers: Sequence[int], prose: bool) -> Iterator[LineForm]:
    """The form of the lines that have most of the question's words; and, where these say one thing of what other lines
    say another of, the form of those."""
    token = _CELL_TOKEN if has_commas_between_numbers(text) else _TOKEN
    lines = list(_lines_of(asked, text, prose, frozenset(numbers), token))
    by_number = {line.number: line for line in lines}
    seen = [by_number[number] for number in dict.fromkeys(numbers) if number in by_number]
    if not prose:
        alike = Counter(line.kinds for line in lines)
        rows = (line for line in lines if alike[line.kinds] > 1 and not _is_outdated(line, asked))
        seen += islice(sorted(rows, key=lambda line: -_cells_named(line, asked)), 1)
    # `sort` is stable: of lines with as many of the question's words, the one that was found first.
    seen.sort(key=lambda line: (_is_outdated(line, asked), -_cells_named(line, asked), -len(asked.stems & line.stems)))
    tables = [] if prose else tables_of(text)
    if not prose and (form := kinds_form(asked, text)) is not None and not _is_of_more(row_families(text), form):
        yield form
        return
    tried_families: list[Table] = []
    if prose and (pattern := below_heads(list(islice(text.iter_lines(), _MOST_LINES)))) is not None:
        first = next(iter(matches_of(pattern, text)), 0)
        form = _found(pattern, _line(first, text.line(first) or "", token), asked, text, prose=True) if first else None
        if form is not None:
            yield form
            return
    # Of prose the heads of messages may have more of the question's words than these.
    for line in seen if prose else seen[:_MOST_TRIED]:
        table = next((table for table in tables if any(table.labels) and table.has(line.number)), None)
        if table is not None:
            table = _told_apart(table, text)
            if (form := table_form(table, asked, text, line.number)) is not None:
                yield with_states(form, asked, text)
                return
        if prose:
            pattern = prose_pattern(line.text, [other.text for other in lines])
            if pattern is not None and (form := _found(pattern, line, asked, text, prose=True)) is not None:
                yield form
                return
            continue
        # Only here: they take longer than all else, and most tables have a form without them.
        families = row_families(text)
        family = next((family for family in families if family.has(line.number)), None)
        if family is not None and not any(family is tried for tried in tried_families):
            tried_families.append(family)
            if (form := form_in_orders(family, families, asked, text)) is not None:
                yield with_states(form, asked, text)
                return
        made = list(_forms_like(line, seen, asked, lines, (tables, families), text))
        if family is not None and any(map(_has_leaders, made)):
            whole = family_form(family, asked, text, line.number)
            made = made if whole is None else [with_states(whole, asked, text)]
        if made:
            only = [table for table in _only_table(tables) if _is_beside(made, table, asked, text)]
            of_table = (table_form(table, asked, text, table.rows[0].number) for table in only)
            yield from [with_states(form, asked, text) for form in of_table if form is not None] or made
            return
        if family is not None and (form := family_form(family, asked, text, line.number)) is not None:
            yield with_states(form, asked, text)
            return
    tried = [table for line in seen[:_MOST_TRIED] for table in tables if table.has(line.number)]
    for table in [*tried, *_only_table(tables)]:
        if (form := table_form(table, asked, text, table.rows[0].number)) is not None:
            yield with_states(form, asked, text)
            return
    for family in [] if prose else _only_table([*row_families(text), *tables]):
        if (form := family_form(family, asked, text, family.rows[0].number)) is not None:
            yield with_states(form, asked, text)
            return


def _has_leaders(form: LineForm) -> bool:
    """Whether what leads from one cell to the next is a part of most cells of a column: "633 .."."""
    counts = (sum(_WITH_LEADER.search(cell) is not None for cell in column) for column in zip(*form.rows, strict=True))
    return 2 * max(counts, default=0) > form.count


def _told_apart(table: Table, text: Text) -> Table:
    """The family of a table's rows, where it tells apart what these say before their first key: "put a => b size=3"."""
    if table.header or table.labels[0]:
        return table
    numbers = {row.number for row in table.rows}
    for family in row_families(text):
        has_keys = all(any(f"{key}=" in part for part in family.between) for key in table.labels[1:])
        is_more = len(family.labels) > len(table.labels) and REMARK not in family.labels
        if has_keys and is_more and numbers <= {row.number for row in family.rows}:
            return family
    return table


def _is_of_more(families: Iterable[Table], form: LineForm) -> bool:
    """Whether a family has as many rows as a form, and more columns: lines that are alike to their end."""
    return any(len(each.rows) >= form.count and len(each.labels) > len(form.groups) for each in families)


def _forms_like(
    line: _Line,
    seen: Sequence[_Line],
    asked: Asked,
    lines: Sequence[_Line],
    tables_and_families: tuple[Sequence[Table], Sequence[Table]],
    text: Text,
) -> Iterator[LineForm]:
    """The form of the lines that are like a line, and that of those that say another thing where there are some."""
    form, apart = _form_of_line(line, asked, lines, text)
    if form is None:
        return
    others = frozenset(other.number for other in apart)
    wider = wider_form(form, others, tables_and_families, asked, text)
    if wider is not None and (not apart or has_any(wider, others, text)):
        yield wider
    elif not apart:
        is_of_table = any(any(table.labels) and table.has(line.number) for table in tables_and_families[0])
        more = () if is_of_table else tuple(_in_another_order(form, asked, lines, text))
        yield with_states(replace(form, more=more), asked, text)
        yield from () if more else _more_frequent(form, line, asked, lines, text)
    else:
        yield wider or form
        own = matches_of((wider or form).pattern, text)
        first = next((other for other in seen if other in apart), apart[0])
        if (second := _form_of_line(first, asked, lines, text)[0]) is not None:
            yield wider_form(second, own.keys(), tables_and_families, asked, text) or second


def _only_table(tables: Sequence[Table]) -> list[Table]:
    """The table that a text is about, where no line has words of the question: that with most of the rows; none where
    two have hardly fewer."""
    most = sorted(tables, key=lambda table: -len(table.rows))
    is_only = len(most) == 1 or (len(most) > 1 and len(most[0].rows) >= 2 * len(most[1].rows))
    return most[:1] if is_only and len(most[0].rows) >= _FEWEST_OF_ONLY_TABLE else []


def _is_named(table: Table, asked: Asked) -> bool:
    """Whether words of the question stand in the labels of a table, between the cells of all of its rows, or in cells
    of most of them."""
    said = [*table.labels, *map(" ".join, map(words_of, table.between))]
    if any(stem_of(word) in asked.saying for text in said for word in content_of(text.replace("_", " "))):
        return True
    rows = ({stem_of(word) for cell in row.cells for word in WORD.findall(cell)} for row in table.rows)
    counts = Counter(stem for stems in rows for stem in stems & asked.saying)
    return 2 * max(counts.values(), default=0) > len(table.rows)


def _is_beside(forms: Iterable[LineForm], table: Table, asked: Asked, text: Text) -> bool:
    """Whether forms are of few lines beside a table: titles above its parts, or sentences without figures. Of a table
    that the question names by its labels these may be more, but no more than its rows."""
    is_named = _is_named(table, asked)
    if not table.header and not is_named:
        return False
    header = text.line(table.header) if table.header else None
    rows = {at for row in table.rows for at in range(row.number, row.number + row.lines)}
    for form in forms:
        numbers = matches_of(form.pattern, text)
        is_of_titles = all(
            (text.line(at) or "").startswith("#")
            or (header is not None and header in (text.line(at + 1), text.line(at + 2)))
            for at in numbers
        )
        columns = list(zip(*form.rows, strict=True))
        has_figures = any(all(map(HAS_DIGIT.search, column)) for column in columns)
        is_prose = is_named and not any(HAS_DIGIT.search(value) for column in columns for value in column)
        most = len(table.rows) if is_prose and rows.isdisjoint(numbers) else len(table.rows) // _ROWS_BESIDE_A_LINE
        if (has_figures and not is_of_titles) or form.count > most:
            return False
    return True


def _cells_named(line: _Line, asked: Asked) -> int:
    """How many cells of a table's line are nothing but words of the question: others may only mention them."""
    cells = CELL_ENDS.split(line.text.strip(" |"))
    stems = ({stem_of(word) for word in WORD.findall(cell)} for cell in cells)
    return sum(bool(words) and words <= asked.stems for words in stems) if len(cells) > 1 else 0


def _in_another_order(form: LineForm, asked: Asked, lines: Sequence[_Line], text: Text) -> Iterator[LineForm]:
    """The forms of lines that say with the same words what the lines of a form say, in another order."""
    words = words_in_all(form)
    numbers = set(matches_of(form.pattern, text))
    for _ in range(_MOST_ORDERS):
        others = [
            line
            for line in lines
            if line.number not in numbers and words <= line.stems and not _is_outdated(line, asked)
        ]
        made = (_form_of_line(line, asked, others, text)[0] for line in others[:_MOST_TRIED])
        other = next((each for each in made if each is not None and words_in_all(each) <= words), None)
        if other is None or len(words) < _FEWEST_WORDS:
            return
        found = set(matches_of(other.pattern, text))
        if not found.isdisjoint(numbers):
            return
        numbers |= found
        yield other


def _more_frequent(form: LineForm, line: _Line, asked: Asked, lines: Sequence[_Line], text: Text) -> Iterator[LineForm]:
    """The form of lines that have hardly fewer of the question's words, of which there are more: those that have most
    may only mention them."""
    least = max(2, len(asked.stems & line.stems) - 1)
    others = [
        other
        for other in lines
        if other.kinds != line.kinds and not _is_outdated(other, asked) and len(asked.stems & other.stems) >= least
    ]
    for kinds, count in Counter(other.kinds for other in others).most_common(1):
        if count > form.count:
            first = next(other for other in others if other.kinds == kinds)
            second = _form_of_line(first, asked, lines, text)[0]
            if second is not None and line.number not in matches_of(second.pattern, text):
                yield second


def _form_of_line(line: _Line, asked: Asked, lines: Sequence[_Line], text: Text) -> tuple[LineForm | None, list[_Line]]:
    """The form of the lines that are like a line, and those that are like it but say another thing."""
    alike, apart = _split(line, sorted(_alike(line, _conditions(line, asked, lines), asked, lines)))
    current = [other for other in lines if not apart and not _is_outdated(other, asked)]
    pattern = _pattern(line, alike, current, text)
    return None if pattern is None else _found(pattern, line, asked, text), apart


def _is_prose(rows: Sequence[tuple[str, ...]]) -> bool:
    """Whether rows are sentences that have some words in common: no group has a number, and one has many words."""
    columns = list(zip(*rows, strict=True))
    if any(all(map(HAS_DIGIT.search, column)) for column in columns):
        return False
    return any(sum(value.count(" ") for value in column) >= _WORDS_OF_PROSE * len(column) for column in columns)


def _found(pattern: str, line: _Line, asked: Asked, text: Text, *, prose: bool = False) -> LineForm | None:
    pattern, matches = closed(pattern, text)
    if len(matches) < 2 or line.number not in matches or (not prose and _is_prose(list(matches.values()))):
        return None
    pattern, matches = of_days(pattern, matches, asked.days, text)
    if restricts(asked.text) and not pattern.endswith(("$", ANY, "(.+)")):
        # "..., struck out by the judges": where most lines end, what others add may be why they do not count.
        ended = matches_of(f"{pattern}$", text)
        if len(matches) // 2 < len(ended) < len(matches):
            pattern, matches = f"{pattern}$", ended
    if line.number not in matches:
        number = min(matches)
        line = _line(number, text.line(number) or "", _TOKEN)
    rows, labels = tuple(matches.values()), labels_of(pattern, line.number, line.text, text)
    return LineForm(pattern, text.name, line.number, matches[line.number], line.text, rows, labels)


def _split(line: _Line, alike: Sequence[_Line]) -> tuple[list[_Line], list[_Line]]:
    """Lines that say the same as a line, and those that say another thing."""
    same = saying_the_same(line.text, [other.text for other in alike])
    if same is None:
        return list(alike), []
    own = frozenset(same)
    return [alike[at] for at in same], [other for at, other in enumerate(alike) if at not in own]


def join_of(forms: Sequence[LineForm]) -> Join | None:
    """How the rows of two of the forms belong together; None where neither has rows of the other for all of its own.

    Of several ways, the one in which all rows have one, then the one by most values; numbers, which are often equal by
    chance, only where no other word joins.
    """
    sides = [(form, [_Column.of(column) for column in zip(*form.rows, strict=True)]) for form in forms]
    best: tuple[bool, bool, int] = (False, False, 0)
    join = None
    for (form, keys), (other, columns) in permutations(sides, 2):
        if form.source == other.source:
            continue
        for (key, unique), (other_key, there) in product(enumerate(keys), enumerate(columns)):
            least = _FEWEST_NUMBERS if there.is_of_numbers else _FEWEST_SHARED
            shared = there.values & unique.values
            is_whole = shared == there.values
            # Numbers that are some of many others are that by chance.
            is_part = not is_whole and shared == unique.values and not there.is_of_numbers
            way = (not there.is_of_numbers, is_whole, len(shared))
            if unique.is_key and len(shared) >= least and way > best and (is_whole or is_part):
                best, join = way, Join(form, key, other, other_key, is_part)
    return join


def _lines_of(asked: Asked, text: Text, prose: bool, seen: Container[int], token: re.Pattern[str]) -> Iterator[_Line]:
    """The lines that have a word of the question, of `prose` all: the first ones of a long document, and those seen."""
    left = _MOST_TOKENS_OF_TEXT
    for number, line in enumerate(text.iter_lines(), 1):
        if not 0 < len(line) <= LONGEST_LINE or (left < 0 and number not in seen):
            continue
        low = folded(line)
        if prose or any(part in low for part in asked.parts):
            made = _line(number, line, token)
            left -= len(made.tokens)
            if len(made.tokens) <= _MOST_TOKENS:
                yield made


def _is_outdated(line: _Line, asked: Asked) -> bool:
    if not asked.excluded.isdisjoint(line.stems):
        return True
    low = line.text.lower()
    if not any(word in low for word in asked.outdated):
        return False
    words = {word.lower() for word in WORD.findall(line.text)}
    # "this season 4, last season 3" is of today.
    return not asked.outdated.isdisjoint(words) and _CURRENT.isdisjoint(words)


def _pattern(line: _Line, alike: Sequence[_Line], current: Sequence[_Line], text: Text) -> str | None:
    """What matches the line and those that are like it, and of the `current` ones those that are but for what stands
    between the same words; None where none is."""
    if len(alike) < 2:
        return None
    shared = list(range(len(line.tokens)))
    # Evenly, since what stands at the end of a document may be written in another way.
    for other in alike[:: max(1, len(alike) // _MOST_ALIKE)][:_MOST_ALIKE]:
        shared = common_places(line.tokens, shared, other.tokens)
    if not any(line.tokens[at][0].isalpha() for at in shared):
        return None
    numbers = {other.number for other in alike}
    made, most = None, 1
    for space, gap in ((" ", GAP), (" ", "[ \\t]+"), ("[ \\t]+", "[ \\t]+")):
        loose, groups = _joined(line, shared, space, gap)
        if not groups or groups > MOST_GROUPS or len(loose) > LONGEST_PATTERN:
            return None
        matches = matches_of(loose, text)
        if sum(line.tokens[at][0].isalpha() for at in shared) >= _FEWEST_WORDS:
            # Lines of the same words with other things between them.
            numbers |= {other.number for other in current if other.number in matches}
        values = [found for number, found in matches.items() if number in numbers]
        if len(values) > most:
            kinds = [group_of([row[at] for row in values]) for at in range(groups)]
            made, most = _joined(line, shared, space, gap, kinds)[0], len(values)
    return made


def _conditions(line: _Line, asked: Asked, lines: Sequence[_Line]) -> frozenset[int]:
    """The places of the line's tokens that have a word of the question by which its rows are chosen.

    A place in whose other lines the question has another word too is none: it asks for both. A number is one where it
    comes back.
    """
    same = [other for other in lines if other.kinds == line.kinds]
    kept = set(_figures_with_letters(line, asked))
    is_of_range = len(written_days(asked.text)) > 1
    for at, token in enumerate(line.tokens):
        # Of the days between two, these are some.
        if is_of_range and as_day(token):
            continue
        stems = {stem_of(word) for word in WORD.findall(token)}
        # Of a name of several words all: a question for "two decimals" is not about Two Rivers.
        if not (stems <= asked.stems if line.kinds[at] == "word" else stems & asked.stems):
            continue
        # What a sentence says beside the question may be what is not meant: the states are asked for.
        if not stems <= asked.asking and is_state(token.lower()):
            continue
        if stems <= asked.excluded | asked.negated or (token.isupper() and not asked.says(token)):
            continue
        there = Counter(other.tokens[at] for other in same)
        is_whole = len(stems) > 1 and stems <= asked.stems
        of_each = {each: {stem_of(word) for word in WORD.findall(each)} for each in there}
        # Beside Rapid Post, whose words the question has all, Rapid Freight is not named by it.
        named = [each for each, has in of_each.items() if (has <= asked.stems if is_whole else has & asked.stems)]
        is_figure = line.kinds[at] == "9"
        if len({each.casefold() for each in named}) > 1 or (is_figure and there[token] < 2):
            continue
        kept.add(at)
    return frozenset(kept)


def _figures_with_letters(line: _Line, asked: Asked) -> Iterator[int]:
    """The places of a figure and of the letter behind it, where the question has both as one: "class 10b"."""
    for at, (start, end) in enumerate(pairwise(line.spans)):
        figure, letter = line.tokens[at : at + 2]
        is_one = start[1] == end[0] and figure.isdecimal() and len(letter) == 1 and letter.isalpha()
        if is_one and stem_of(figure + letter) in asked.asking:
            yield from (at, at + 1)


def _alike(line: _Line, kept: frozenset[int], asked: Asked, lines: Sequence[_Line]) -> Iterator[_Line]:
    """The lines that have the same words in the places `kept`, and tokens of the same kinds or half of the words."""
    outdated = _is_outdated(line, asked)
    current = [other for other in lines if outdated or not _is_outdated(other, asked)]
    yield from (
        other
        for other in current
        if other.kinds == line.kinds and all(line.tokens[at] == other.tokens[at] for at in kept)
    )
    resembling = (other for other in current if other.kinds != line.kinds and _shares_half(line, other))
    for other in islice(resembling, _MOST_RESEMBLING):
        if kept <= set(common_places(line.tokens, range(len(line.tokens)), other.tokens)):
            yield other


def _shares_half(line: _Line, other: _Line) -> bool:
    words = {each for each in line.stems if not each[-1].isdecimal()}
    others = {each for each in other.stems if not each[-1].isdecimal()}
    return bool(words) and 2 * len(words & others) >= len(words | others)


def _joined(
    line: _Line, shared: Sequence[int], space: str, gap: str, kinds: Sequence[str] | None = None
) -> tuple[str, int]:
    """A pattern of the tokens that are shared, with a group for each stretch between them; the number of groups.
    `space` stands for one blank, `gap` for several."""
    spans = line.spans
    parts, groups, at, end = ["^"], 0, 0, 0
    kept = frozenset(shared)
    while at < len(spans):
        between = line.text[end : spans[at][0]]
        parts.append(space if between == " " else gap if len(between) > 1 else "[ \\t]+" if between else "")
        if at in kept:
            token = line.tokens[at]
            parts.append(f"{escaped(token[0])}{{3,}}" if _LEADER.fullmatch(token) else escaped(token))
            at, end = at + 1, spans[at][1]
            continue
        start = at
        while at < len(spans) and at not in kept:
            # Columns that are set apart by wide gaps are groups of their own.
            if at > start and WIDE.search(line.text[end : spans[at][0]]):
                break
            at, end = at + 1, spans[at][1]
        kind = ANY if kinds is None else kinds[groups]
        if at == len(spans) and ANY in kind:
            kind = f"{kind.removesuffix(ANY)}(.+)" if kind.endswith(ANY) else f"{kind}$"
        parts.append(kind)
        groups += 1
    return "".join(parts), groups


def _unheard(*_told: object) -> None:
    pass
