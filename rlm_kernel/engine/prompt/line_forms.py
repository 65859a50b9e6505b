"""The form that lines of a document share, as a pattern: what stands in all of them, and groups for what varies.

A small model can say which of the lines that it has seen are those of a question, and cannot write a pattern that
matches all of them. So the pattern is worked out from the document.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from ...document import Document
from ...document.search.dates import DATE, MONTH
from ...document.search.search_words import STOPWORDS, folded, stem
from ...document.search.suggestions import as_code
from ...document.text import Text

# A date or a time is one token.
_TOKEN = re.compile(
    rf"(?:\d{{1,2}}(?:st|nd|rd|th)?\.?[ /-](?:{MONTH})[ /-]\d{{4}}|(?:{MONTH}) \d{{1,2}},? \d{{4}})(?::\d\d){{0,3}}"
    r"|\d+(?:[-:/T]\d+)+(?:\.\d+)?Z?|\d[\d.,]*(?<![.,])|[^\W\d_]+|\S",
    re.IGNORECASE,
)
_QUESTION_WORD = re.compile(r"\d[\d.,]*(?<![.,])|[^\W\d_]+")
_ANY = "(.+?)"
_NUMBER = re.compile(r"-?\d[\d.,]*(?<![.,])")
_SPECIAL = re.compile(r"[\\^$.|?*+()\[\]{}]")
_OUTDATED = frozenset({"last", "former", "formerly", "previous", "old", "until", "earlier"})
_MOST_BYTES = 4 << 20
_LONGEST_QUESTION, _LONGEST_LINE, _LONGEST_PATTERN = 2_000, 400, 200
_MOST_TOKENS, _MOST_ALIKE, _MOST_TRIED = 80, 40, 4
_MOST_TEXTS, _LOOKED_AT = 10, 6
_MOST_GROUPS = 6
_SHOWN_VALUE, _SHOWN_LINE = 40, 120
_SEPARATOR = re.compile(r"(?::|\||;|\t| [-–—>])\s*")


@dataclass(frozen=True)
class LineForm:
    """Lines of one form: a pattern that matches `count` lines of the text `source`, and what its groups are in one of
    these, `line`, which has the number `line_num` (from 1)."""

    pattern: str
    source: str
    line_num: int
    count: int
    groups: tuple[str, ...]
    line: str


@dataclass(frozen=True)
class _Line:
    number: int
    text: str
    tokens: tuple[str, ...]
    stems: frozenset[str]
    is_outdated: bool


def line_forms(
    question: str, document: Document, found: Iterable[tuple[str, int]], *, prose: bool = False
) -> list[LineForm]:
    """For each text of the document, the form of those of its lines that have most of the question's words, of the
    `found` ones (source, number from 1) and of those that a search for the question finds; at least two lines have it.
    Of `prose`, what follows a line's label is one group.

    Nothing where no such form is known. Documents of more than 4 MB, texts after the first ten, lines of more than
    80 words and signs, and questions of more than 2,000 characters are not read.
    """
    if len(question) > _LONGEST_QUESTION or sum(len(text.view) for text in document.texts) > _MOST_BYTES:
        return []
    # Lazily: the tools of search take a while to load, and large models are not told of forms.
    from ...document import Searcher

    asked = frozenset(_question_stems(question))
    numbers: dict[str, list[int]] = {}
    for source, number in found:
        numbers.setdefault(source, []).append(number)
    forms = []
    for text in document.texts[:_MOST_TEXTS]:
        searcher = Searcher((text,), _unheard, _unheard)
        seen = [*numbers.get(text.name, ()), *(row.line_num for row in searcher.search(question, _LOOKED_AT, None))]
        if (form := _form_of_text(asked, text, seen, prose)) is not None:
            forms.append(form)
    return forms


def _form_of_text(asked: frozenset[str], text: Text, numbers: Sequence[int], prose: bool) -> LineForm | None:
    whole = (_line(number, line) for number, line in enumerate(text.iter_lines(), 1) if 0 < len(line) <= _LONGEST_LINE)
    lines = [line for line in whole if len(line.tokens) <= _MOST_TOKENS]
    by_number = {line.number: line for line in lines}
    seen = [by_number[number] for number in dict.fromkeys(numbers) if number in by_number]
    # `sorted` is stable: of lines with as many of the question's words, the one that was found first.
    for line in sorted(seen, key=lambda line: (line.is_outdated, -len(asked & line.stems)))[:_MOST_TRIED]:
        pattern = _prose_pattern(line) if prose else _pattern(line, asked, lines)
        if pattern is None:
            continue
        compiled = re.compile(pattern)
        matched = compiled.search(line.text)
        count = sum(compiled.search(each.text) is not None for each in lines)
        if matched is not None and count > 1:
            return LineForm(pattern, text.name, line.number, count, matched.groups(), line.text)
    return None


def _line(number: int, text: str) -> _Line:
    tokens = tuple(_TOKEN.findall(text))
    stems = frozenset(_stem(token) for token in tokens if token[0].isalnum())
    return _Line(number, text, tokens, stems, not _OUTDATED.isdisjoint(map(str.lower, tokens)))


def _stem(word: str) -> str:
    if word[0].isdecimal():
        return word.replace(",", "")
    shorter = stem(folded(word))
    while shorter != word:
        word, shorter = shorter, stem(shorter)
    return word


def _question_stems(question: str) -> Iterator[str]:
    for word in _QUESTION_WORD.findall(question):
        if word[0].isdecimal() or folded(word) not in STOPWORDS:
            yield _stem(word)


def _prose_pattern(line: _Line) -> str | None:
    """The line's label up to its first separator, and the rest as one group."""
    parted = _SEPARATOR.search(line.text)
    if parted is None or parted.end() == len(line.text):
        return None
    label = re.sub(r"\d+", lambda _: r"\d+", _SPECIAL.sub(r"\\\g<0>", line.text[: parted.end()]))
    return f"^{label}(.+)" if len(label) <= _LONGEST_PATTERN else None


def _pattern(line: _Line, asked: frozenset[str], lines: Sequence[_Line]) -> str | None:
    """What matches the line and those that are like it; None where none is."""
    conditions = _conditions(line, asked, lines)
    alike = [other for other in lines if conditions <= other.stems and _is_alike(line, other)][:_MOST_ALIKE]
    if len(alike) < 2:
        return None
    shared = list(range(len(line.tokens)))
    for other in alike:
        shared = _common(line.tokens, shared, other.tokens)
    if not any(line.tokens[at][0].isalpha() for at in shared):
        return None
    made, values = "", list[tuple[str | None, ...]]()
    for space in (" ", r"\s+"):
        loose, groups = _joined(line, shared, space)
        if not groups or groups > _MOST_GROUPS or len(loose) > _LONGEST_PATTERN:
            return None
        compiled = re.compile(loose)
        found = [matched.groups() for other in alike if (matched := compiled.search(other.text)) is not None]
        if len(found) > len(values):
            kinds = [_kind([row[at] for row in found]) for at in range(groups)]
            made, values = _joined(line, shared, space, kinds)[0], found
    return made if len(values) > 1 else None


def _conditions(line: _Line, asked: frozenset[str], lines: Sequence[_Line]) -> frozenset[str]:
    """The words of the question that the line has, and the numbers of it that other lines have in such a place too."""
    words = frozenset(each for each in asked & line.stems if not each[0].isdecimal())
    alike = [other for other in lines if words <= other.stems and _is_alike(line, other)]
    figures = {each for each in asked & line.stems if each[0].isdecimal()}
    return words | {each for each in figures if sum(each in other.stems for other in alike) > 1}


def _is_alike(line: _Line, other: _Line) -> bool:
    """Whether two lines have tokens of the same kinds, or half of their words in common."""
    if other.is_outdated and not line.is_outdated:
        return False
    if len(line.tokens) == len(other.tokens) and all(map(_same_kind, line.tokens, other.tokens)):
        return True
    words = {each for each in line.stems if not each[0].isdecimal()}
    others = {each for each in other.stems if not each[0].isdecimal()}
    return bool(words) and 2 * len(words & others) >= len(words | others)


def _same_kind(token: str, other: str) -> bool:
    if token[0].isalnum() and other[0].isalnum():
        return token[0].isdecimal() == other[0].isdecimal()
    return token == other


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


def _joined(line: _Line, shared: Sequence[int], space: str, kinds: Sequence[str] | None = None) -> tuple[str, int]:
    """A pattern of the tokens that are shared, with a group for each stretch between them; the number of groups."""
    starts = [match.start() for match in _TOKEN.finditer(line.text)]
    ends = [match.end() for match in _TOKEN.finditer(line.text)]
    parts, groups, at = ["^"], 0, 0
    kept = frozenset(shared)
    while at < len(line.tokens):
        between = line.text[ends[at - 1] if at else 0 : starts[at]]
        parts.append(space if between == " " else r"\s+" if between else "")
        if at in kept:
            parts.append(_SPECIAL.sub(r"\\\g<0>", line.tokens[at]))
            at += 1
            continue
        while at < len(line.tokens) and at not in kept:
            at += 1
        kind = _ANY if kinds is None else kinds[groups]
        if at == len(line.tokens) and _ANY in kind:
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
        if any(all(map(_NUMBER.fullmatch, column)) for column in columns):
            return " ".join(_kinds_of_columns(columns))
    for end in (0, -1):
        if all(len(row) > 1 and _NUMBER.fullmatch(row[end]) for row in rows):
            number = _number_kind([row[end] for row in rows])
            return f"{_ANY} {number}" if end else f"{number} {_ANY}"
    return _one_kind(values, r"\w+", r"\S+")


def _kinds_of_columns(columns: Sequence[Sequence[str]]) -> Iterator[str]:
    """Groups for the words between blanks of some values, one below the other; words that stand together have one."""
    for is_number, together in groupby(columns, key=lambda column: all(map(_NUMBER.fullmatch, column))):
        if is_number:
            yield from map(_number_kind, together)
        else:
            yield _one_kind([" ".join(words) for words in zip(*together, strict=True)], r"\w+", r"\S+")


def _one_kind(values: Sequence[str], *patterns: str) -> str:
    fitting = (pattern for pattern in patterns if all(re.fullmatch(pattern, value) for value in values))
    return next((f"({pattern})" for pattern in fitting), _ANY)


def _number_kind(values: Sequence[str]) -> str:
    sign = "-?" if any(value.startswith("-") for value in values) else ""
    return rf"({sign}[\d.,]+)" if any(not value.lstrip("-").isdecimal() for value in values) else rf"({sign}\d+)"


def told(form: LineForm, *, seen: bool, source: bool) -> str:
    """A form as a small model is told of it, in the words of a tool's note; `seen`: it has seen the line; `source`:
    with the document's name."""
    line = f"line {form.line_num}" if seen else f"line {form.line_num}: {form.line.strip()[:_SHOWN_LINE]},"
    where = f", source={form.source!r}" if source else ""
    groups = [f"m.groups[{at}] is {value[:_SHOWN_VALUE]!r}" for at, value in enumerate(form.groups)]
    return (
        f"[lines such as {line} are found by rows = grep({as_code(form.pattern)}, limit=10**6{where}): "
        f"{', '.join(groups)}]"
    )


def _unheard(*_told: object) -> None:
    pass
