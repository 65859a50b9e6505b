"""The conditions by which an answer's code has chosen its rows, held against those that the question names.

Rows are the lines that a `grep` finds which the answer was made of. Three things are told of them:

- `unasked`: the pattern has a word, or a year, that the question does not have, and other lines match it but for that
  ("coast" where the question asks about all branches);
- `unheeded`: the question has a word, or a year, by which the rows differ, and the code does not have it ("2024");
- `single`: the question asks to add up, and there is one row.

None of them says that the answer is wrong. Only what RE2 can search is looked at, which takes a bounded time.
"""

from __future__ import annotations

import ast
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Literal, NamedTuple

from ...document import Document, Text
from ...document.search.attempts import attempts
from ...document.search.regex import Finder, LineCursor
from ...document.search.search_words import folded, is_content, stem
from ...document.search.suggestions import TOKEN, better_pattern, kind_of_token, resembling
from ...trace import RowCondition, Trace
from ...trace.json_values import encodable
from .code_names import called, parsed
from .flow import Source
from .question_terms import YEAR, QuestionTerms, is_of_calendar
from .verdicts import flows_of, with_running

_MOST_BYTES = 2 << 20
_LONGEST_PATTERN, _LONGEST_LINE, _SHOWN = 500, 500, 300
_MOST_PATTERNS, _MOST_PLACES, _MOST_ROWS, _MOST_CONDITIONS = 5, 6, 5_000, 10
_SECONDS = 1.0
_MANY = 2
_PLACE = "rlm_place"
# Of a pattern: escapes, classes, what begins a group, then words, which alone stand for themselves.
_PATTERN_PART = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?(?:P<\w+>|[a-zA-Z-]+[:)]|:)|[^\W\d_]+|\d+|.", re.DOTALL)
_OPEN_PART = re.compile(r"(?:\\[dwSD]|\.|\[[^\]]*\])(?:[+*]\??|\{\d+(?:,\d*)?\})")
# Back references, look-around, comments, alternatives and verbose patterns are not followed.
_NOT_FOLLOWED = re.compile(r"\\[1-9]|\(\?P=|\(\?[<=!>(#]|\||\(\?[a-zA-Z]*x")
_BETWEEN_WORDS = re.compile(r"(?:[\s,;:-]|\\s[+*]?|\\[,;:-])+")
# Code that has these sorts rows by itself.
_SORTING = frozenset(["counter", "defaultdict", "groupby", "setdefault", "most_common", "itemgetter"])
_LOOKS = frozenset(["search", "fuzzy_search", "text_stats"])
_Kind = Literal["unasked", "unheeded", "single"]


class _NotReadError(Exception):
    """The rows cannot be looked at, or not in the time that there is."""


class _Row(NamedTuple):
    source: str
    number: int
    line: str
    place: str


@dataclass
class _Choice:
    """A pattern by which rows were chosen, of all documents or one (`source`), and the code that it stands in; `better`
    is a pattern that finds what the question names, "" where none is known."""

    pattern: str
    source: str | None
    code: str
    better: str = ""


def row_conditions(question: str, document: Document, trace: Trace) -> list[RowCondition] | None:
    """What the question does not name, or names in vain, of the conditions that an answer's rows were chosen by.

    `trace` is that of the run. None where it was not looked for: questions with an exception ("without ...") or of more
    than 2,000 characters, documents of more than 2 MB, patterns that RE2 cannot search or that find more than 5,000
    lines, and where a second was not enough.
    """
    return _looked_up(question, document, trace)[0]


def better_rows(
    question: str, document: Document, trace: Trace, code: str
) -> tuple[list[RowCondition], str, dict[str, str]]:
    """The conditions of an answer that `code`, not in the trace yet, is handing over; the code that has searched for
    its rows; and patterns in place of its own which find what the question names. These two are empty where no such
    pattern is known."""
    conditions, choices = _looked_up(question, document, with_running(trace, code))
    mended = [choice for choice in choices if choice.better and "```" not in choice.better]
    searched = mended[0].code if mended else ""
    better = {choice.pattern: choice.better for choice in mended if choice.code == searched}
    return conditions or [], searched, better


def _looked_up(question: str, document: Document, trace: Trace) -> tuple[list[RowCondition] | None, list[_Choice]]:
    if sum(len(text.view) for text in document.texts) > _MOST_BYTES:
        return None, []
    terms = QuestionTerms(question)
    if not terms.may_be_read:
        return None, []
    try:
        found = _Look(terms, document, trace)
        return found.conditions()[:_MOST_CONDITIONS], found.choices
    except (_NotReadError, RecursionError):
        return None, []


class _Look:
    """One look at the rows of an answer. Raises _NotReadError."""

    def __init__(self, terms: QuestionTerms, document: Document, trace: Trace) -> None:
        self._terms = terms
        self._document = document
        self._deadline = time.monotonic() + _SECONDS
        self._trace = trace
        self._codes = {turn.index: turn.code for turn in trace.iterations if turn.code}
        finals = flows_of(trace).finals
        self._flow = finals[-1].flow if finals else None
        self.choices = self._chosen()
        self._written = self._text_of_code()

    def conditions(self) -> list[RowCondition]:
        """What there is to say, in the order of the code."""
        if not self.choices:
            return []
        rows = [self._rows(choice, choice.pattern) for choice in self.choices]
        taken = {(row.source, row.number) for each in rows for row in each}
        if len(taken) == 1:
            return list(self._single(next(row for each in rows for row in each)))
        found: list[RowCondition] = []
        for choice, own in zip(self.choices, rows, strict=True):
            if len(own) >= _MANY and not _NOT_FOLLOWED.search(choice.pattern):
                found += self._of(choice, own, taken)
        return found

    # What the code has done.

    def _chosen(self) -> list[_Choice]:
        """The patterns that the answer's rows were found by; none where a part of it comes from elsewhere."""
        if self._flow is None or any(source.kind != "document" for source in self._flow.origins):
            return []
        choices: dict[tuple[str, str | None], _Choice] = {}
        first = min((source.iteration for source in self._flow.origins if source.name == "grep"), default=0)
        for source in sorted(self._flow.origins):
            if source.name in _LOOKS and source.iteration < first:
                continue  # a first look, whose loop variable a later cell has set anew
            choice = self._choice_of(source) if source.name == "grep" else None
            if choice is None:
                return []
            choices.setdefault((choice.pattern, choice.source), choice)
        return list(choices.values()) if len(choices) <= _MOST_PATTERNS else []

    def _choice_of(self, source: Source) -> _Choice | None:
        """The only `grep` of some lines of code, where its pattern and document are written out and nothing else is."""
        code = self._codes.get(source.iteration, "")
        tree = parsed(code)
        calls = [
            node
            for node in (ast.walk(tree) if tree is not None else ())
            if isinstance(node, ast.Call) and called(node) == "grep" and source.first <= node.lineno <= source.last
        ]
        if len(calls) != 1:
            return None
        named = {keyword.arg: keyword.value for keyword in calls[0].keywords if keyword.arg not in ("limit", "context")}
        pattern = calls[0].args[0] if calls[0].args else named.pop("pattern", None)
        name = named.pop("source", None)
        if named or len(calls[0].args) > _MANY or not isinstance(pattern, ast.Constant):
            return None
        if type(pattern.value) is not str or not 0 < len(pattern.value) <= _LONGEST_PATTERN:
            return None
        if name is not None and not (isinstance(name, ast.Constant) and isinstance(name.value, str)):
            return None
        if not self._has_run(source.iteration, pattern.value):
            return None
        where = name.value if isinstance(name, ast.Constant) and isinstance(name.value, str) else None
        return _Choice(pattern.value, where, code)

    def _has_run(self, iteration: int, pattern: str) -> bool:
        """Whether a search had a hit, as far as the trace tells; of the cell that runs it does not."""
        searches = next((turn.searches for turn in self._trace.iterations if turn.index == iteration), [])
        return not searches or any(search.pattern == pattern and search.hits for search in searches)

    def _text_of_code(self) -> str:
        """All names and constants of the code that the answer has gone through, without its comments."""
        if self._flow is None:
            return ""
        through = {step[0] for step in self._flow.steps} | {source.iteration for source in self._flow.origins}
        trees = [parsed(self._codes[index]) for index in sorted(through) if index in self._codes]
        nodes = (node for tree in trees if tree is not None for node in ast.walk(tree))
        return folded(" ".join(_words_of(nodes)))

    # What the document has.

    def _rows(self, choice: _Choice, pattern: str) -> list[_Row]:
        """The first occurrence in each line that a pattern finds as it stands, with what its group `rlm_place` holds;
        none where it is no pattern."""
        texts = [text for text in self._document.texts if choice.source in (None, text.name)]
        try:
            flags = attempts(choice.pattern, 0)[0][2]
            finder = Finder(pattern, flags | re.MULTILINE, fold=True)
            return [row for text in texts for row in self._rows_of(finder, text)]
        except (re.error, OverflowError, RecursionError, ValueError):
            return []

    def _rows_of(self, finder: Finder, text: Text) -> Iterator[_Row]:
        if finder.plan(text).engine != "re2":
            raise _NotReadError
        cursor, place, number = LineCursor(text), finder.names.get(_PLACE), 0
        found = 0
        for hit in finder.hits(text):
            cursor.move(hit.start)
            if cursor.number == number:
                continue
            number, found = cursor.number, found + 1
            if found > _MOST_ROWS or time.monotonic() > self._deadline:
                raise _NotReadError
            yield _Row(text.name, number, cursor.line, (hit.groups[place - 1] or "") if place else "")

    # What there is to say.

    def _single(self, row: _Row) -> Iterator[RowCondition]:
        (choice, *more) = self.choices
        if self._terms.adding and not more and self._flow is not None and not self._flow.computed:
            wanted = [stem(word) for word in self._terms.words if is_content(word)]
            lines = [each for text in self._document.texts for each in enumerate(text.iter_lines(), 1)]
            alike = [line for _, line in resembling(wanted, lines, 4) if line != row.line]
            choice.better = better_pattern(alike) or ""
            yield _condition("single", self._terms.adding, choice.pattern, 1, row)

    def _of(self, choice: _Choice, rows: Sequence[_Row], taken: set[tuple[str, int]]) -> Iterator[RowCondition]:
        """What there is to say of one pattern; its better one is set."""
        pattern = choice.pattern
        for start, end in reversed(self._strange_words(pattern)):
            word = choice.pattern[start:end]
            any_word = r"\d+" if word.isdecimal() else r"[^\W\d_]+"
            alike = self._rows(choice, f"{choice.pattern[:start]}(?P<{_PLACE}>{any_word}){choice.pattern[end:]}")
            others = [row for row in alike if (row.source, row.number) not in taken]
            if not others:
                continue
            instead = {row.place for row in others if folded(row.place) != folded(word)}
            if self._terms.names_one_of(instead):
                others = [row for row in others if self._terms.names_one_of([row.place])]
            elif word.isdecimal() or len(instead) < _MANY or not self._is_one_of_all(choice.pattern, start, end):
                continue
            yield _condition("unasked", word, choice.pattern, len(others), others[0])
            asked = self._terms.year if word.isdecimal() else r"\w+"
            pattern = f"{pattern[:start]}{asked}{pattern[end:]}"
        wider = rows if pattern == choice.pattern else self._rows(choice, pattern)
        for word, written, kept, others in self._unheeded(wider):
            own = {(row.source, row.number) for row in rows}
            if told := [row for row in others if (row.source, row.number) in own]:
                yield _condition("unheeded", word, choice.pattern, len(told), told[0])
            pattern = self._with_word(choice, pattern, written, kept) or pattern
        choice.better = pattern if pattern != choice.pattern else ""

    def _strange_words(self, pattern: str) -> list[tuple[int, int]]:
        """Where in a pattern the words, and the years, are that the question does not have.

        There are none where the question has no other word of the pattern, and calls things by words of its own.
        """
        found: list[tuple[int, int]] = []
        has_own = False
        for part in _PATTERN_PART.finditer(pattern):
            word = part[0]
            if not word[0].isalnum() or pattern[part.end() : part.end() + 1] in ("?", "*", "+", "{"):
                continue
            if word[0].isdecimal():
                year = self._terms.year
                if year and YEAR.fullmatch(word) and year not in self._written:
                    found.append(part.span())
            elif self._terms.has(word):
                has_own = has_own or is_content(folded(word))
            elif is_content(folded(word)) and not is_of_calendar(folded(word)):
                found.append(part.span())
        return found[:_MOST_PLACES] if has_own else []

    def _is_one_of_all(self, pattern: str, start: int, end: int) -> bool:
        """Whether a word of the pattern stands beside one of whose things the question asks about all."""
        parts = [(part.span(), part[0]) for part in _PATTERN_PART.finditer(pattern) if part[0][0].isalpha()]
        for (first, last), word in parts:
            gap = pattern[end:first] if first >= end else pattern[last:start] if last <= start else ""
            if gap and _BETWEEN_WORDS.fullmatch(gap) and self._terms.wants_all_of(word):
                return True
        return False

    def _unheeded(self, rows: Sequence[_Row]) -> Iterator[tuple[str, str, list[_Row], list[_Row]]]:
        """Each word of the question that the code does not have and by which the rows differ, as the question writes it
        and as the document does: the rows that have it in some place, and those of the same form that do not."""
        wanted = self._terms.conditions(self._written)
        if (
            not wanted
            or self._flow is None
            or not self._flow.computed
            or any(each in self._written for each in _SORTING)
        ):
            return
        forms: dict[tuple[str, ...], list[tuple[_Row, list[str]]]] = {}
        for row in rows:
            if len(row.line) <= _LONGEST_LINE:
                tokens = TOKEN.findall(row.line.strip())
                forms.setdefault(tuple(map(kind_of_token, tokens)), []).append((row, tokens))
        told: set[str] = set()
        for alike in forms.values():
            if time.monotonic() > self._deadline:
                raise _NotReadError
            for place, written in enumerate(zip(*(tokens for _, tokens in alike), strict=True)):
                words = [_root(token) for token in written]
                different = set(words)
                # Where the question names several of them it asks about all.
                if len(different) < _MANY or len(named := different & self._terms.words.keys()) != 1:
                    continue
                (word,) = named
                if word not in wanted or word in told or not _is_condition(word, words, written, place):
                    continue
                told.add(word)
                kept = [row for (row, _), each in zip(alike, words, strict=True) if each == word]
                others = [row for (row, _), each in zip(alike, words, strict=True) if each != word]
                yield self._terms.words[word], written[words.index(word)], kept, others

    def _with_word(self, choice: _Choice, pattern: str, word: str, kept: Sequence[_Row]) -> str:
        """The pattern with a word in the place of something open, so that it finds the rows that have it and no other;
        "" where no place gives that."""
        lines = {(row.source, row.number) for row in kept}
        for part in islice(_OPEN_PART.finditer(pattern), _MOST_PLACES):
            tried = f"{pattern[: part.start()]}{word}{pattern[part.end() :]}"
            if {(row.source, row.number) for row in self._rows(choice, tried)} == lines:
                return tried
        return ""


def _is_condition(word: str, words: Sequence[str], written: Sequence[str], place: int) -> bool:
    """Whether what stands in one place of rows says of which kind they are: `words` are its stems there.

    It must come back, as kinds do and names or amounts do not; years stand among years alone; and a capital within a
    line is a name's.
    """
    if len(set(words)) == len(words) or words.count(word) < _MANY:
        return False
    if word.isdecimal():
        return all(YEAR.fullmatch(each) for each in words)
    return place == 0 or written[words.index(word)].islower() or all(each.isupper() for each in written)


@lru_cache(10_000)
def _root(token: str) -> str:
    return stem(folded(token))


def _words_of(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Constant):
            # An integer of very many digits cannot be written in decimals.
            if not isinstance(node.value, int) or node.value.bit_length() < 64:
                yield str(node.value)
        elif isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr


def _condition(kind: _Kind, word: str, pattern: str, count: int, row: _Row) -> RowCondition:
    return RowCondition(
        kind=kind,
        word=encodable(word[:_SHOWN]),
        pattern=encodable(pattern),
        count=count,
        source=encodable(row.source),
        line=row.number,
        text=encodable(row.line.strip()[:_SHOWN]),
    )
