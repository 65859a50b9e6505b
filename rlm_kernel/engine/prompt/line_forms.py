"""The form that lines of a document share, as a pattern: what stands in all of them, and groups for what varies.

A small model can say which of the lines that it has seen are those of a question, and cannot write a pattern that
matches all of them. So the pattern is worked out from the document.
"""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby, islice, permutations, product
from typing import NamedTuple

from ...document import Document
from ...document.search.attempts import attempts
from ...document.search.dates import DATE, MONTH, to_date
from ...document.search.irregular_words import is_past
from ...document.search.regex import Finder, LineCursor
from ...document.search.search_words import CAPITALISED, STOPWORDS, folded, forms_of, stem
from ...document.search.sentences import saying_the_same
from ...document.text import Text

_NUMBER = r"(?:(?<![^\s:=(\[|;,$€£+])-)?\d[\d.,]*(?<![.,])"
# One token each: a day, a time, an address, a path, a code of letters and digits, a number, a name of several words, a
# word, a sign.
_BEFORE_NUMBERS = (
    rf"(?i:\d{{1,2}}(?:st|nd|rd|th)?\.?[ /-](?:{MONTH})[ /-]\d{{4}}|(?:{MONTH}) \d{{1,2}},? \d{{4}})(?::\d\d){{0,3}}"
    r"|\d+(?:[-:/T]\d+)+(?:\.\d+)?Z?"
    r"|[\w.+-]+@[\w-]+\.[\w.-]+|(?<![\w.])(?:/[\w.-]*[^\W_])+"
    r"|[^\W\d_][^\W_]*(?:-[^\W_]+)*-(?=[^\W_]*\d)[^\W_]+|[^\W\d_]+\d[^\W_]*"
)
_BEHIND_NUMBERS = rf"{CAPITALISED}(?: {CAPITALISED})+|{CAPITALISED}|[^\W\d_]+|[.·_-]{{3,}}|\S|\t"
_TOKEN = re.compile(f"{_BEFORE_NUMBERS}|{_NUMBER}|{_BEHIND_NUMBERS}")
# Where commas alone set cells apart.
_CELL_TOKEN = re.compile(rf"{_BEFORE_NUMBERS}|(?:(?<![^\s,])-)?\d[\d.]*(?<!\.)|{_BEHIND_NUMBERS}")
_WORD = re.compile(rf"[^\W\d_]+\d[^\W_]*|{_NUMBER}|[^\W\d_]+")
_LEADER = re.compile(r"([.·_-])\1{2,}")
_SPECIAL = re.compile(r"[\\^$.|?*+()\[\]{}]")
_LABEL_WORD, _LABEL_PART = re.compile(r"[^\W\d_]+"), re.compile(r"[^\W\d_]+|\d+|[^\w]|_")
_SEVERAL_WORDS = re.compile(r"\\w\+(?: \\w\+)+")
_SEPARATOR = re.compile(r"(?::(?=[ \t])|\||;|\t| [-–—>])[ \t]*")
_OUTDATED = frozenset({"last", "former", "formerly", "previous", "old", "until", "before", "earlier"})
_CURRENT = frozenset({"this", "now", "current", "currently"})
# Words of a question that say what to do with rows, and not which.
_GENERIC_WORDS = (
    "average mean median total sum number count different distinct unique most least highest lowest largest "
    "smallest list dict answer name names decimals decimal round two three four five ten first place together "
    "according document lines line please single only altogether overall"
)
_GENERIC = frozenset(_GENERIC_WORDS.split())
_HAS_DIGIT = re.compile(r"\d")
_CELL_ENDS = re.compile(r"[|;\t]|, ?|[ ]{2,}")
# What a header calls a column: three words at most, and no sentence.
_MAY_BE_LABEL = re.compile(r"[^\s\d:=!?]+(?: [^\s\d:=!?]+){0,2}(?<!\w\w\w\w\.)")
_MAY_BE_HEADER = re.compile(r"\D*[^\W\d_]\D*")
_BLANK_CELL = re.compile(r"\S+(?: \S+)*")
_SEPARATORS = "|\t;,"
_YES_NO = frozenset(["yes", "no", "true", "false"])
# What a header calls a column of states.
_STATES = frozenset(["state", "status", "result", "outcome"])
_MOST_STATES = 4
_MOST_ABOVE, _MOST_BELOW = 50, 500
# A part of a pattern: an escaped character, a group without groups within it, or a character.
_PATTERN_PART = re.compile(r"\\.|\((?:[^()\\]|\\.)*\)|.", re.DOTALL)
_WIDE = re.compile(r"[ \t]{2,}|\t")
# A number behind one of these bounds others, and is none of theirs.
_BOUND = re.compile(
    rf"\b(?:least|most|than|over|under|above|below|exceed\w*|up to|from|between|to|until|through|and|or|before|after|"
    rf"since|minimum|maximum)\s+(?:the\s+)?({_NUMBER})",
    re.IGNORECASE,
)
# What stands for several blanks between columns in a pattern.
_GAP = "[ \\t]{2,}"
_SENTENCE_END = re.compile(r"(?<=[.?!;])\s+")
_SAYS_WHICH_NOT = re.compile(
    r"^[^?]*(?:\b(?:not|never|nothing|ignor\w+|exclud\w+|disregard\w*|without|leave\b.*\bout|left out)\b|n't\b)[^?]*$",
    re.IGNORECASE,
)
# Sentences on what to answer say nothing of rows.
_OF_ANSWER = re.compile(r"^\W*if\b|\b(?:answer|reply|None)\b", re.IGNORECASE)
_MONTH_OR_YEAR = re.compile(rf"\b(?:in|of|during|for) (?:the year )?(?:({MONTH}) )?((?:19|20)\d\d)\b", re.IGNORECASE)
_FROM_TO = re.compile(r"\b(?:from|between|since|until|till|through|before|after)\b", re.IGNORECASE)
_ISO, _POINTS = re.compile(r"\d{4}-\d\d-\d\d"), re.compile(r"\d{1,2}\.\d\d\.\d{4}")
_DAY_MONTH_YEAR = re.compile(r"\d{1,2}([. ]{1,2})([^\W\d_]+\.?)( )\d{4}")
_LETTERS, _DIGITS = r"\w+\.?", r"\d\d"
_EXCLUDING = re.compile(r"\b(?:not|without|except|excluding|instead|rather)\b|n't\b", re.IGNORECASE)
_ANY = "(.+?)"
_MOST_BYTES = 2 << 20
_LONGEST_QUESTION, _LONGEST_LINE, _LONGEST_PATTERN = 2_000, 400, 200
_MOST_TOKENS, _MOST_ALIKE, _MOST_RESEMBLING, _MOST_TRIED = 80, 40, 200, 6
_MOST_TOKENS_OF_TEXT = 100_000
_MOST_TEXTS, _LOOKED_AT, _MOST_MATCHES = 10, 6, 5_000
_MOST_GROUPS, _LONGEST_KEY = 6, 40
_FEWEST_SHARED, _FEWEST_NUMBERS, _FEWEST_WORDS, _WORDS_OF_PROSE = 2, 3, 2, 3


@dataclass(frozen=True)
class LineForm:
    """Lines of one form: a pattern with which `grep` finds lines of the text `source`, what its groups are in each of
    these (`rows`), and in one of them, `line`, which has the number `line_num` (from 1). `labels` are what a table's
    header calls the groups."""

    pattern: str
    source: str
    line_num: int
    groups: tuple[str, ...]
    line: str
    rows: tuple[tuple[str, ...], ...]
    labels: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        return len(self.rows)


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
        value = other_groups[self.other_key]
        return next((row for row in self.form.rows if row[self.key] == value), ())


class _Line(NamedTuple):
    number: int
    text: str
    tokens: tuple[str, ...]
    kinds: tuple[str, ...]
    stems: frozenset[str]
    spans: tuple[tuple[int, int], ...]


class _Column(NamedTuple):
    """The values of one group in the rows of a form; `is_key`: each comes once."""

    values: frozenset[str]
    is_key: bool
    is_of_numbers: bool

    @classmethod
    def of(cls, column: Sequence[str]) -> _Column:
        values = frozenset(column)
        return cls(values, len(values) == len(column), _is_of_numbers(column))


class _Asked(NamedTuple):
    """A question's words by their stems, those of its numbers that only bound others left out; `parts` are what a line
    with one of them has in it, and `saying` the stems of those that may say which rows are meant. `excludes`: whether
    it says which are not, `excluded` the stems of sentences that say so. `days`: the year, or year and month, of the
    days that are meant, as "2024" and "2024-05"; "" where none is named."""

    stems: frozenset[str]
    saying: frozenset[str]
    parts: frozenset[str]
    outdated: frozenset[str]
    excludes: bool
    excluded: frozenset[str]
    days: str


def line_forms(
    question: str, document: Document, found: Iterable[tuple[str, int]], *, prose: bool = False
) -> list[LineForm]:
    """For each text of the document, the form of those of its lines that have most of the question's words, of the
    `found` ones (source, number from 1) and of those that a search for the question finds; at least two lines have it.
    There are several where lines say different things of the same, or are of different states, of which the question
    may mean one. Of `prose`, what follows a line's label is one group.

    Nothing where no such form is known. Of a long text the first lines with a word of the question are compared, of
    100,000 words and signs in all; the pattern is searched for in all of it. Documents of more than 2 MB, texts after
    the first ten, lines of more than 400 characters or 80 words and signs, and questions of more than 2,000 characters
    are not read.
    """
    if len(question) > _LONGEST_QUESTION or sum(len(text.view) for text in document.texts) > _MOST_BYTES:
        return []
    # Lazily: the tools of search take a while to load, and large models are not told of forms.
    from ...document import Searcher

    asked = _asked(question)
    if not asked.stems:
        return []
    numbers: dict[str, list[int]] = {}
    for source, number in found:
        numbers.setdefault(source, []).append(number)
    forms: list[LineForm] = []
    for text in document.texts[:_MOST_TEXTS]:
        searcher = Searcher((text,), _unheard, _unheard)
        seen = [*numbers.get(text.name, ()), *(row.line_num for row in searcher.search(question, _LOOKED_AT, None))]
        forms += _forms_of_text(asked, text, seen, prose)
    if len(document.texts) > 1 and forms and join_of(forms) is None:
        return list(_with_joined(forms, asked, document.texts[:_MOST_TEXTS]))
    return forms


def _with_joined(forms: Sequence[LineForm], asked: _Asked, texts: Sequence[Text]) -> Iterator[LineForm]:
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
    is_key = len(values) >= _FEWEST_SHARED and not _is_of_numbers(column) and not all(map(_as_day, values))
    return {value for value in values if len(value) <= _LONGEST_KEY} if is_key else set()


def _forms_with(values: Container[str], asked: _Asked, text: Text) -> Iterator[LineForm]:
    """The forms of the first lines of a text that have one of some words and codes as a token."""
    lines: list[_Line] = []
    left = _MOST_TOKENS_OF_TEXT
    for number, row in enumerate(text.iter_lines(), 1):
        if left < 0 or len(lines) == _MOST_RESEMBLING:
            break
        if 0 < len(row) <= _LONGEST_LINE:
            made = _line(number, row, _TOKEN)
            left -= len(made.tokens)
            if len(made.tokens) <= _MOST_TOKENS and any(token in values for token in made.tokens):
                lines.append(made)
    for line in lines[:_MOST_TRIED]:
        if (form := _form_of_line(line, asked, lines, text)[0]) is not None:
            yield form


def _asked(question: str) -> _Asked:
    bounds = {number.replace(",", "") for number in _BOUND.findall(question)}
    sentences = _SENTENCE_END.split(question)
    excluding = [each for each in sentences if _SAYS_WHICH_NOT.search(each) and not _OF_ANSWER.search(each)]
    words = _content(" ".join(each for each in sentences if each not in excluding))
    excluded = frozenset(map(_stem, _content(" ".join(excluding)))) - frozenset(map(_stem, words))
    stems = frozenset(map(_stem, words)) - {""} - bounds
    outdated = _OUTDATED if _OUTDATED.isdisjoint(map(folded, words)) else frozenset[str]()
    saying = frozenset(_stem(word) for word in words if word.isalpha() and folded(word) not in _GENERIC)
    excludes = _EXCLUDING.search(question) is not None
    return _Asked(
        stems, saying, stems.union(*map(forms_of, stems)), outdated, excludes, excluded, _days_asked(question)
    )


def _content(text: str) -> list[str]:
    return [word for word in _WORD.findall(text) if word[-1].isdecimal() or folded(word) not in STOPWORDS]


def _days_asked(question: str) -> str:
    """The year, or the year and month, that a question names once and without a day."""
    named = {(month.lower(), year) for month, year in _MONTH_OR_YEAR.findall(question)}
    if len(named) != 1 or DATE.search(question) or _FROM_TO.search(question):
        return ""
    ((month, year),) = named
    return to_date(f"1 {month} {year}")[:7] if month else year


def _stem(word: str) -> str:
    if word.lstrip("-")[:1].isdecimal():
        return word.replace(",", "")
    shorter = stem(folded(word))
    while shorter != word:
        word, shorter = shorter, stem(shorter)
    # Too short for the rule of all words: "fees".
    return word[:-1] if len(word) == 4 and word.endswith("s") and not word.endswith("ss") else word


def _has_commas_between_numbers(text: Text) -> bool:
    """Whether a text is a table whose cells are set apart by commas alone, so that 3,9 are two of them."""
    above = (line for line in islice(text.iter_lines(), _MOST_ABOVE) if line.count(",") > 1 and ", " not in line)
    counts = {line.count(",") for line in above if not _HAS_DIGIT.search(line)}
    rows = islice(text.iter_lines(), _MOST_BELOW) if counts else ()
    return any(line.count(",") in counts and _HAS_DIGIT.search(line) for line in rows)


def _line(number: int, text: str, token: re.Pattern[str]) -> _Line:
    # Leaders are as long as there is room: "Rent ..... 900".
    found = list(token.finditer(text))
    tokens = tuple(each[0][:3] if _LEADER.fullmatch(each[0]) else each[0] for each in found)
    stems = frozenset(_stem(word) for each in tokens for word in _WORD.findall(each)) - {""}
    spans = tuple(each.span() for each in found)
    return _Line(number, text, tokens, tuple(map(_token_kind, tokens)), stems, spans)


def _token_kind(token: str) -> str:
    if any(char.isdecimal() for char in token):
        return "9" if re.fullmatch(_NUMBER, token) else "code"
    if len(token) > 1 and (token[0] == "/" or "@" in token):
        return "code"
    return "word" if token[0].isalpha() else token


def _forms_of_text(asked: _Asked, text: Text, numbers: Sequence[int], prose: bool) -> Iterator[LineForm]:
    """The form of the lines that have most of the question's words; and, where these say one thing of what other lines
    say another of, the form of those."""
    token = _CELL_TOKEN if _has_commas_between_numbers(text) else _TOKEN
    lines = list(_lines_of(asked, text, prose, frozenset(numbers), token))
    by_number = {line.number: line for line in lines}
    seen = [by_number[number] for number in dict.fromkeys(numbers) if number in by_number]
    if not prose:
        alike = Counter(line.kinds for line in lines)
        rows = (line for line in lines if alike[line.kinds] > 1 and not _is_outdated(line, asked))
        seen += islice(sorted(rows, key=lambda line: -_cells_named(line, asked)), 1)
    # `sort` is stable: of lines with as many of the question's words, the one that was found first.
    seen.sort(key=lambda line: (_is_outdated(line, asked), -_cells_named(line, asked), -len(asked.stems & line.stems)))
    for line in seen[:_MOST_TRIED]:
        if prose:
            pattern = _prose_pattern(line, lines)
            if pattern is not None and (form := _found(pattern, line, asked, text, prose=True)) is not None:
                yield form
                return
            continue
        form, apart = _form_of_line(line, asked, lines, text)
        if form is not None:
            if not apart:
                yield from _of_states(form, asked, text)
                yield from _more_frequent(form, line, asked, lines, text)
                return
            yield form
            first = next((other for other in seen if other in apart), apart[0])
            if (form := _form_of_line(first, asked, lines, text)[0]) is not None:
                yield form
            return
    for line in () if prose else seen[:_MOST_TRIED]:
        if (table := _table_form(line, text)) is not None:
            yield from _of_states(table, asked, text)
            return


def _cells_named(line: _Line, asked: _Asked) -> int:
    """How many cells of a table's line are nothing but words of the question: others may only mention them."""
    cells = _CELL_ENDS.split(line.text.strip(" |"))
    stems = ({_stem(word) for word in _WORD.findall(cell)} for cell in cells)
    return sum(bool(words) and words <= asked.stems for words in stems) if len(cells) > 1 else 0


def _of_states(form: LineForm, asked: _Asked, text: Text) -> Iterator[LineForm]:
    """A form; or, where a group of it says in few words what was done or has become of each row ("began" and "ended",
    yes and no) and the question may say which in words of its own, a form for each of these."""
    column = _state_column(form, asked)
    if column is None:
        yield form
        return
    states = dict.fromkeys(state for state, _ in Counter(row[column] for row in form.rows).most_common())
    # In any letters, as `grep` reads a pattern without capitals.
    own = {state.casefold(): state for state in (*reversed(states), form.groups[column])}
    for state in sorted(own.values(), key=lambda state: state != own[form.groups[column].casefold()]):
        pattern, matches = _closed(_with_part(form.pattern, column, _escaped(state)), text)
        if not matches:
            continue
        number = form.line_num if form.line_num in matches else min(matches)
        labels = (*form.labels[:column], *form.labels[column + 1 :])
        rows = tuple(matches.values())
        yield LineForm(pattern, text.name, number, matches[number], text.line(number) or "", rows, labels)


def constants_of(pattern: str) -> list[str]:
    """What stands before, between and behind the groups of a pattern."""
    constants = [""]
    for part in _PATTERN_PART.findall(pattern):
        if part.startswith("("):
            constants.append("")
        else:
            constants[-1] += part
    return constants


def _with_part(pattern: str, at: int, part: str) -> str:
    """The pattern with another part in place of the group `at`, from 0."""
    groups = [each for each in _PATTERN_PART.findall(pattern) if each.startswith("(")]
    pairs = zip(constants_of(pattern), [*groups[:at], part, *groups[at + 1 :], ""], strict=True)
    return "".join(constant + group for constant, group in pairs)


def _closed(pattern: str, text: Text) -> tuple[str, dict[int, tuple[str, ...]]]:
    """The pattern, not to end within a word where lines go on there ("floor 1", "floor 10"), and what it matches."""
    matches = _matches(pattern, text)
    if not pattern[-1].isalnum() or not matches:
        return pattern, matches
    closed = _matches(pattern + r"\b", text)
    return (pattern + r"\b", closed) if 0 < len(closed) < len(matches) else (pattern, matches)


def _state_column(form: LineForm, asked: _Asked) -> int | None:
    """Which group says a state of rows that a question may ask for in other words; None where there is none."""
    said = {_stem(word) for group in form.groups for word in _WORD.findall(group)}
    said |= {_stem(word) for word in _WORD.findall(form.line)}
    for at, column in enumerate(zip(*form.rows, strict=True)):
        states = Counter(column)
        if not 2 <= len(states) <= _MOST_STATES or min(states.values()) < 2 or not all(map(str.isalpha, states)):
            continue
        is_labelled = bool(form.labels) and form.labels[at].casefold() in _STATES
        named = sum(_stem(state) in asked.stems for state in states)
        is_asked = asked.excludes if named > 1 else not named and not asked.saying <= said
        if is_asked and (is_labelled or any(_is_state(state.lower()) for state in states)):
            return at
    return None


def _is_state(word: str) -> bool:
    return is_past(word) or word in _YES_NO


def _table_form(header: _Line, text: Text) -> LineForm | None:
    """The form of a table's rows below its header, where the question's words stand in that alone."""
    separator = max(_SEPARATORS, key=header.text.count)
    columns = _cells(header.text, separator)
    if not 2 <= len(columns) <= _MOST_GROUPS or not all(map(_MAY_BE_LABEL.fullmatch, columns)):
        return None
    below = islice(enumerate(text.iter_lines(), 1), header.number, header.number + _MOST_BELOW)
    table = ((number, line) for number, line in below if _HAS_DIGIT.search(line) and len(line) <= _LONGEST_LINE)
    rows = [(number, line) for number, line in table if len(_cells(line, separator)) == len(columns)]
    cells = [_cells(line, separator) for _, line in rows]
    if len(rows) < 2:
        return None
    groups = [_cell_kind(column, f"[^{_escaped(separator)}\\n]") for column in zip(*cells, strict=True)]
    blank = "" if all(line == separator.join(row) for (_, line), row in zip(rows, cells, strict=True)) else " *"
    edge = f"{_escaped(separator)}{blank}" if separator == "|" else ""
    between = f"{blank}{_escaped(separator)}{blank}"
    pattern = f"^{edge}{between.join(groups)}{blank}{_escaped(separator) if edge else '$'}"
    if len(pattern) > _LONGEST_PATTERN or not any("\\d" in group for group in groups):
        return None
    number, line = rows[0]
    matches = _matches(pattern, text)
    if number not in matches or header.number in matches:
        return None
    return LineForm(pattern, text.name, number, matches[number], line, tuple(matches.values()), tuple(columns))


def _cell_kind(column: Sequence[str], any_char: str) -> str:
    """A group for the cells of a column. One with a digit in each row tells rows from the header."""
    for kind in (r"\d+", r"[\d.]+"):
        if all(re.fullmatch(kind, cell) for cell in column):
            return f"({kind})"
    return f"({any_char}*\\d{any_char}*?)" if all(map(_HAS_DIGIT.search, column)) else f"({any_char}+?)"


def _labels(pattern: str, line: _Line, text: Text) -> tuple[str, ...]:
    """What the header of a table calls the groups of a pattern, one of whose lines a line is; none where there is no
    such header, or a group is not one cell."""
    separator = max(_SEPARATORS, key=line.text.count)
    separator = separator if separator in line.text else _GAP
    cells = _cells(line.text, separator)
    if len(cells) < 2:
        return ()
    # The last cells may be empty where blanks set them apart.
    least, most = len(cells), len(cells) + 2 * (separator == _GAP)
    above = [other for other in islice(text.iter_lines(), line.number - 1) if len(other) <= _LONGEST_LINE]
    rows = [(other, row) for other in above if least <= len(row := _cells(other, separator)) <= most]
    # The nearest line without figures: a document may have several tables, and a letter's head.
    may_be = (at for at in range(len(rows) - 1, -1, -1) if _MAY_BE_HEADER.fullmatch(rows[at][0]))
    at = next(may_be, None)
    if at is None:
        return ()
    header, columns = rows[at]
    is_header = all(map(_MAY_BE_LABEL.fullmatch, columns)) and not re.search(pattern, header)
    is_header = is_header and (separator != _GAP or _is_below(header, line.text))
    below = [row for _, row in rows[at + 1 :]]
    if not is_header or any(cell == other for row in below for cell, other in zip(columns, row, strict=False)):
        return ()
    constants = constants_of(pattern)
    edge = int(separator == "|" and line.text.lstrip().startswith("|"))
    mark = separator if separator == _GAP else _escaped(separator)
    places = [number - edge for number in accumulate(constant.count(mark) for constant in constants)]
    groups = places[:-1]
    is_of_cells = places[-1] == least - 1 + edge and len({*groups}) == len(groups) and max(groups) < len(columns)
    return tuple(columns[place] for place in groups) if is_of_cells else ()


def _is_below(header: str, line: str) -> bool:
    """Whether the cells of a line stand below those of a header, where blanks set them apart."""
    pairs = zip(_BLANK_CELL.finditer(header), _BLANK_CELL.finditer(line), strict=False)
    return all(cell.start() < label.end() and label.start() < cell.end() for label, cell in pairs)


def _cells(line: str, separator: str) -> list[str]:
    if separator == _GAP:
        return _WIDE.split(line.strip())
    inner = line.strip().strip(separator) if separator == "|" else line
    return [cell.strip() for cell in inner.split(separator)]


def _more_frequent(
    form: LineForm, line: _Line, asked: _Asked, lines: Sequence[_Line], text: Text
) -> Iterator[LineForm]:
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
            if second is not None and line.number not in _matches(second.pattern, text):
                yield second


def _form_of_line(
    line: _Line, asked: _Asked, lines: Sequence[_Line], text: Text
) -> tuple[LineForm | None, list[_Line]]:
    """The form of the lines that are like a line, and those that are like it but say another thing."""
    alike, apart = _split(line, sorted(_alike(line, _conditions(line, asked, lines), asked, lines)))
    current = [other for other in lines if not apart and not _is_outdated(other, asked)]
    pattern = _pattern(line, alike, current, text)
    return None if pattern is None else _found(pattern, line, asked, text), apart


def _of_days(
    pattern: str, matches: dict[int, tuple[str, ...]], days: str, text: Text
) -> tuple[str, dict[int, tuple[str, ...]]]:
    """The pattern for rows of the year or month that is asked for alone, where a group has days of others too; and
    what it matches."""
    for at, column in enumerate(zip(*matches.values(), strict=True)) if days else ():
        read = [_as_day(value) for value in column]
        if not all(read) or all(day.startswith(days) for day in read) or not any(day.startswith(days) for day in read):
            continue
        own = next(value for value, day in zip(column, read, strict=True) if day.startswith(days))
        if (written := _written(own, days)) is None:
            continue
        narrower = _with_part(pattern, at, written)
        found = _matches(narrower, text)
        # The others are days as well: no row is lost but theirs.
        if len(found) == sum(day.startswith(days) for day in read):
            return narrower, found
    return pattern, matches


def _as_day(value: str) -> str:
    """A day that a text begins with, as 2024-05-12; "" where there is none, or it may be two."""
    try:
        return to_date(value) if value[:1].isdecimal() else ""
    except ValueError:
        return ""


def _written(day: str, days: str) -> str | None:
    """A group for days of a year, or of a year and month, that are written as a day is; None of other writings."""
    year, _, month = days.partition("-")
    if _ISO.match(day):
        return f"({days}\\S+)"
    if named := _DAY_MONTH_YEAR.fullmatch(day):
        return f"(\\d+{named[1]}{named[2] if month else _LETTERS}{named[3]}{year})"
    if _POINTS.fullmatch(day):
        return f"(\\d+\\.{month or _DIGITS}\\.{year})"
    return None


def _is_prose(rows: Sequence[tuple[str, ...]]) -> bool:
    """Whether rows are sentences that have some words in common: no group has a number, and one has many words."""
    columns = list(zip(*rows, strict=True))
    if any(all(map(_HAS_DIGIT.search, column)) for column in columns):
        return False
    return any(sum(value.count(" ") for value in column) >= _WORDS_OF_PROSE * len(column) for column in columns)


def _found(pattern: str, line: _Line, asked: _Asked, text: Text, *, prose: bool = False) -> LineForm | None:
    pattern, matches = _closed(pattern, text)
    if len(matches) < 2 or line.number not in matches or (not prose and _is_prose(list(matches.values()))):
        return None
    pattern, matches = _of_days(pattern, matches, asked.days, text)
    if line.number not in matches:
        number = min(matches)
        line = _line(number, text.line(number) or "", _TOKEN)
    rows, labels = tuple(matches.values()), _labels(pattern, line, text)
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


def _lines_of(asked: _Asked, text: Text, prose: bool, seen: Container[int], token: re.Pattern[str]) -> Iterator[_Line]:
    """The lines that have a word of the question, of `prose` all: the first ones of a long document, and those seen."""
    left = _MOST_TOKENS_OF_TEXT
    for number, line in enumerate(text.iter_lines(), 1):
        if not 0 < len(line) <= _LONGEST_LINE or (left < 0 and number not in seen):
            continue
        low = folded(line)
        if prose or any(part in low for part in asked.parts):
            made = _line(number, line, token)
            left -= len(made.tokens)
            if len(made.tokens) <= _MOST_TOKENS:
                yield made


def _matches(pattern: str, text: Text) -> dict[int, tuple[str, ...]]:
    """The groups of the first match in each line that `grep` finds a pattern in, by the line's number; none where RE2
    cannot search for it, or where there are very many."""
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


def _is_outdated(line: _Line, asked: _Asked) -> bool:
    if not asked.excluded.isdisjoint(line.stems):
        return True
    words = {word.lower() for word in _WORD.findall(line.text)}
    # "this season 4, last season 3" is of today.
    return not asked.outdated.isdisjoint(words) and _CURRENT.isdisjoint(words)


def _prose_pattern(line: _Line, lines: Sequence[_Line]) -> str | None:
    """The line's label up to its first separator, and the rest as one group. A label that other lines have in other
    words, such as who speaks, is any word."""
    parted = _SEPARATOR.search(line.text)
    if parted is None or parted.end() == len(line.text):
        return None
    label = line.text[: parted.end()]
    if len(label) > _LONGEST_PATTERN // 2:
        return None
    alike = [_SEPARATOR.search(other.text) for other in lines]
    labels = [other.string[: other.end()] for other in alike if other is not None and other[0] == parted[0]]
    words = Counter(word for other in labels for word in {*_LABEL_WORD.findall(other)})
    pattern = _LABEL_PART.sub(lambda part: _label_part(part[0], 2 * words[part[0]] >= len(labels)), label)
    return f"^{_SEVERAL_WORDS.sub('.+?', pattern)}(.+)"


def _label_part(part: str, is_in_most: bool) -> str:
    if part[0].isdecimal():
        return r"\d+"
    return r"\w+" if part[0].isalpha() and not is_in_most else _escaped(part)


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", text).replace("\t", r"\t")


def _pattern(line: _Line, alike: Sequence[_Line], current: Sequence[_Line], text: Text) -> str | None:
    """What matches the line and those that are like it, and of the `current` ones those that are but for what stands
    between the same words; None where none is."""
    if len(alike) < 2:
        return None
    shared = list(range(len(line.tokens)))
    # Evenly, since what stands at the end of a document may be written in another way.
    for other in alike[:: max(1, len(alike) // _MOST_ALIKE)][:_MOST_ALIKE]:
        shared = _common(line.tokens, shared, other.tokens)
    if not any(line.tokens[at][0].isalpha() for at in shared):
        return None
    numbers = {other.number for other in alike}
    made, most = None, 1
    for space, gap in ((" ", _GAP), (" ", "[ \\t]+"), ("[ \\t]+", "[ \\t]+")):
        loose, groups = _joined(line, shared, space, gap)
        if not groups or groups > _MOST_GROUPS or len(loose) > _LONGEST_PATTERN:
            return None
        matches = _matches(loose, text)
        if sum(line.tokens[at][0].isalpha() for at in shared) >= _FEWEST_WORDS:
            # Lines of the same words with other things between them.
            numbers |= {other.number for other in current if other.number in matches}
        values = [found for number, found in matches.items() if number in numbers]
        if len(values) > most:
            kinds = [_kind([row[at] for row in values]) for at in range(groups)]
            made, most = _joined(line, shared, space, gap, kinds)[0], len(values)
    return made


def _conditions(line: _Line, asked: _Asked, lines: Sequence[_Line]) -> frozenset[int]:
    """The places of the line's tokens that have a word of the question by which its rows are chosen.

    A place in whose other lines the question has another word too is none: it asks for both. A number is one where it
    comes back.
    """
    same = [other for other in lines if other.kinds == line.kinds]
    kept = set()
    for at, token in enumerate(line.tokens):
        stems = {_stem(word) for word in _WORD.findall(token)}
        # Of a name of several words all: a question for "two decimals" is not about Two Rivers.
        if not (stems <= asked.stems if line.kinds[at] == "word" else stems & asked.stems):
            continue
        there = Counter(other.tokens[at] for other in same)
        is_whole = len(stems) > 1 and stems <= asked.stems
        of_each = {each: {_stem(word) for word in _WORD.findall(each)} for each in there}
        # Beside Rapid Post, whose words the question has all, Rapid Freight is not named by it.
        named = [each for each, has in of_each.items() if (has <= asked.stems if is_whole else has & asked.stems)]
        is_figure = line.kinds[at] == "9"
        if len({each.casefold() for each in named}) > 1 or (is_figure and there[token] < 2):
            continue
        kept.add(at)
    return frozenset(kept)


def _alike(line: _Line, kept: frozenset[int], asked: _Asked, lines: Sequence[_Line]) -> Iterator[_Line]:
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
        if kept <= set(_common(line.tokens, range(len(line.tokens)), other.tokens)):
            yield other


def _shares_half(line: _Line, other: _Line) -> bool:
    words = {each for each in line.stems if not each[-1].isdecimal()}
    others = {each for each in other.stems if not each[-1].isdecimal()}
    return bool(words) and 2 * len(words & others) >= len(words | others)


def _common(tokens: Sequence[str], places: Sequence[int], others: Sequence[str]) -> list[int]:
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
            parts.append(f"{_escaped(token[0])}{{3,}}" if _LEADER.fullmatch(token) else _escaped(token))
            at, end = at + 1, spans[at][1]
            continue
        start = at
        while at < len(spans) and at not in kept:
            # Columns that are set apart by wide gaps are groups of their own.
            if at > start and _WIDE.search(line.text[end : spans[at][0]]):
                break
            at, end = at + 1, spans[at][1]
        kind = _ANY if kinds is None else kinds[groups]
        if at == len(spans) and _ANY in kind:
            kind = f"{kind.removesuffix(_ANY)}(.+)" if kind.endswith(_ANY) else f"{kind}$"
        parts.append(kind)
        groups += 1
    return "".join(parts), groups


def _kind(values: Sequence[str]) -> str:
    """A group for such values, no wider than they need it; one for each number that stands beside other words."""
    if all(map(DATE.search, values)):
        return _one_kind(values, r"\S+")
    rows = [value.split(" ") for value in values]
    if len({len(row) for row in rows}) == 1:
        columns = list(zip(*rows, strict=True))
        if any(map(_is_of_codes, columns)):
            return " ".join(_kinds_of_columns(columns))
    for end in (0, -1):
        words = [row[end] for row in rows]
        if all(len(row) > 1 for row in rows) and _is_of_codes(words):
            code = _number_kind(words) if _is_of_numbers(words) else _word_kind(words)
            return f"{_ANY} {code}" if end else f"{code} {_ANY}"
    return _word_kind(values)


def _kinds_of_columns(columns: Sequence[Sequence[str]]) -> Iterator[str]:
    """Groups for the words between blanks of some values, one below the other; words that stand together have one."""
    for is_code, together in groupby(columns, key=_is_of_codes):
        if is_code:
            yield from (_number_kind(words) if _is_of_numbers(words) else _word_kind(words) for words in together)
        else:
            yield _word_kind([" ".join(words) for words in zip(*together, strict=True)])


def _is_of_numbers(values: Sequence[str]) -> bool:
    return all(re.fullmatch(_NUMBER, value) for value in values)


def _is_of_codes(values: Sequence[str]) -> bool:
    """Whether all of some words are numbers or have one in them."""
    return all(map(_HAS_DIGIT.search, values))


def _number_kind(values: Sequence[str]) -> str:
    return r"(-?[\d.,]+)" if any(value.startswith("-") for value in values) else r"([\d.,]+)"


def _word_kind(values: Sequence[str]) -> str:
    return _one_kind(values, r"\w+", r"\S+")


def _one_kind(values: Sequence[str], *patterns: str) -> str:
    fitting = (pattern for pattern in patterns if all(re.fullmatch(pattern, value) for value in values))
    return next((f"({pattern})" for pattern in fitting), _ANY)


def _unheard(*_told: object) -> None:
    pass
