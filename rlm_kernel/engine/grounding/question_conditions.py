"""The conditions by which an answer's code has chosen its rows, held against those that the question names.

Rows are the lines that a `grep` has found and that the answer was computed from. Two things are told of them:

- `unasked`: the pattern has a word that the question does not have, and there are lines that differ from those found in
  that word alone ("coast" where the question asks about all branches);
- `unheeded`: the question has a word, or a year, by which the rows differ, and the code does not have it ("2024").

Neither says that the answer is wrong: a question may mean what it does not name.
"""

from __future__ import annotations

import ast
import calendar
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from ...document import Document, Searcher
from ...document.search.rows import GrepMatch
from ...document.search.search_words import STOPWORDS, folded, stem
from ...trace import Iteration, RowCondition, Trace
from .code_names import called, parsed
from .verdicts import flows_of

_MOST_BYTES = 2 << 20
_MOST_QUESTION, _LONGEST_PATTERN, _LONGEST_LINE, _SHOWN = 2_000, 500, 500, 300
_MOST_PATTERNS, _MOST_WORDS, _MOST_LINES, _MOST_CONDITIONS = 3, 6, 20_000, 10
_SECONDS = 1.0
_SHORTEST, _SAME_START = 4, 4
_ANY_WORD = r"[^\W\d_]+"
_QUESTION_WORD = re.compile(r"[^\W\d_]+|\d+")
_YEAR = re.compile(r"(?:19|20)\d\d")
_TOKEN = re.compile(r"\d[\d.,]*(?<![.,])|[^\W\d_]+|\s+|.")
# Of a pattern: escapes, classes, what begins a group, then words, which alone stand for themselves.
_PATTERN_PART = re.compile(
    r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?(?:P<\w+>|[a-zA-Z-]+[:)]|[:=!>]|<[=!])|[^\W\d_]+|\d+|.", re.S
)
_OPEN_PART = re.compile(r"(?:\\[dwSD]|\.|\[[^\]]*\])(?:[+*]\??|\{\d+(?:,\d*)?\})")
_NOT_FOLLOWED = re.compile(r"\\[1-9]|\(\?P=|\(\?[<=!>(]|\||\(\?[a-zA-Z]*x")
_CALENDAR = frozenset(
    folded(name)
    for names in (calendar.month_name, calendar.month_abbr, calendar.day_name, calendar.day_abbr)
    for name in names
    if name
)


def row_conditions(question: str, document: Document, trace: Trace, code: str = "") -> list[RowCondition] | None:
    """What the question does not name, or names in vain, of the conditions that an answer's rows were chosen by.

    `trace` is that of the run; `code` is that of a cell that is running and stands in no iteration yet. None where it
    was not looked for: questions of more than 2,000 characters, documents of more than 2 MB, and where a second was not
    enough.
    """
    return _looked_up(question, document, trace, code)[0]


def better_rows(
    question: str, document: Document, trace: Trace, code: str
) -> tuple[list[RowCondition], str, dict[str, str]]:
    """The conditions, the code that has searched for the rows, and patterns in place of its own which find what the
    question names; these two are empty where no such pattern is known."""
    conditions, choices = _looked_up(question, document, trace, code)
    mended = [choice for choice in choices if choice.better]
    searched = mended[0].code if mended else ""
    better = {choice.pattern: choice.better for choice in mended if choice.code == searched}
    return conditions or [], searched, better


@dataclass
class _Choice:
    """A pattern that rows were chosen by, the code that it stands in; `better` is the one to try instead."""

    pattern: str
    source: str | None
    code: str
    better: str = field(default="")


def _looked_up(
    question: str, document: Document, trace: Trace, code: str
) -> tuple[list[RowCondition] | None, list[_Choice]]:
    if len(question) > _MOST_QUESTION or sum(len(text.view) for text in document.texts) > _MOST_BYTES:
        return None, []
    if code:
        running = Iteration(index=len(trace.iterations) + 1, code=code)
        trace = trace.model_copy(update={"iterations": [*trace.iterations, running]})
    choices, written = _choices_of(trace)
    if not choices:
        return [], []
    look = _Look(question, document, written)
    found: list[RowCondition] = []
    try:
        for choice in choices:
            found += look.at(choice)
    except TimeoutError:
        return None, []
    return found[:_MOST_CONDITIONS], choices


def _choices_of(trace: Trace) -> tuple[list[_Choice], str]:
    """The patterns that the answer's rows were found by, and all names and constants of the code they went through."""
    finals = flows_of(trace).finals
    if not finals:
        return [], ""
    flow = finals[-1].flow
    if any(source.kind in ("sub-model", "tool") for source in flow.origins):
        return [], ""
    codes = {turn.index: turn.code for turn in trace.iterations if turn.code}
    through = {step[0] for step in flow.steps} | {source.iteration for source in flow.origins}
    written = " ".join(_written(codes[index]) for index in sorted(through) if index in codes)
    choices: dict[tuple[str, str | None], _Choice] = {}
    for source in sorted(flow.origins):
        if source.name != "grep" or source.iteration not in codes:
            continue
        for pattern, name in _greps(codes[source.iteration], source.first, source.last):
            choices.setdefault((pattern, name), _Choice(pattern, name, codes[source.iteration]))
    return list(islice(choices.values(), _MOST_PATTERNS)), written


def _written(code: str) -> str:
    """The names and constants of code, without its comments."""
    tree = parsed(code)
    nodes = ast.walk(tree) if tree is not None else ()
    return " ".join(_words_of_nodes(nodes))


def _words_of_nodes(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Constant):
            yield str(node.value)
        elif isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr


def _greps(code: str, first: int, last: int) -> Iterator[tuple[str, str | None]]:
    """The pattern and the document of each `grep` in these lines, where both are written out and nothing else is."""
    tree = parsed(code)
    for node in ast.walk(tree) if tree is not None else ():
        if not (isinstance(node, ast.Call) and called(node) == "grep" and first <= node.lineno <= last):
            continue
        named = {keyword.arg: keyword.value for keyword in node.keywords}
        pattern = node.args[0] if node.args else named.pop("pattern", None)
        source = named.pop("source", None)
        named.pop("limit", None)
        named.pop("context", None)
        if named or len(node.args) > 2 or not isinstance(pattern, ast.Constant) or not isinstance(pattern.value, str):
            continue
        if source is not None and not (isinstance(source, ast.Constant) and isinstance(source.value, str | None)):
            continue
        name = source.value if isinstance(source, ast.Constant) else None
        yield pattern.value, name if isinstance(name, str) else None


class _Look:
    """Looks at the lines of a document on behalf of one question; `written` is what the code has."""

    def __init__(self, question: str, document: Document, written: str) -> None:
        self._question = folded(question)
        self._asked = {stem(word): word for word in _QUESTION_WORD.findall(self._question)}
        years = [word for word in self._asked if _YEAR.fullmatch(word)]
        self._year = years[0] if len(years) == 1 else ""
        self._written = folded(written)
        self._searcher = Searcher(document.texts, _unheard, _unheard, seconds=_SECONDS)
        self._deadline = time.monotonic() + _SECONDS

    def at(self, choice: _Choice) -> Iterator[RowCondition]:
        """What there is to say of one pattern, whose `better` one is set."""
        if len(choice.pattern) > _LONGEST_PATTERN or _NOT_FOLLOWED.search(choice.pattern):
            return
        rows = self._rows(choice.pattern, choice.source)
        if len(rows) < 2:
            return
        pattern, wider = choice.pattern, rows
        for start, end, group in reversed(self._strange_words(choice.pattern)):
            word = choice.pattern[start:end]
            any_word = r"\d+" if word.isdecimal() else _ANY_WORD
            general = f"{choice.pattern[:start]}({any_word}){choice.pattern[end:]}"
            alike = self._rows(general, choice.source)
            others = [row for row in alike if folded(row.groups[group] or "") != folded(word)]
            instead = {folded(row.groups[group] or "") for row in others}
            if len(instead) > 1 or any(stem(each) in self._asked for each in instead):
                yield _condition("unasked", word, choice.pattern, len(others), others[0])
                asked = self._year if word.isdecimal() else r"\w+"
                pattern = f"{pattern[:start]}{asked}{pattern[end:]}"
        if pattern != choice.pattern:
            wider = self._rows(pattern, choice.source)
        for word, written, kept, others in self._unheeded(wider):
            # What is told is of the rows that were taken.
            taken = {(row.source, row.line_num) for row in rows}
            told = [row for row in others if (row.source, row.line_num) in taken]
            if told:
                yield _condition("unheeded", word, choice.pattern, len(told), told[0])
            pattern = self._with_word(pattern, written, kept, choice.source) or pattern
        choice.better = pattern if pattern != choice.pattern else ""

    def _rows(self, pattern: str, source: str | None) -> list[GrepMatch]:
        """The rows that a pattern finds; none where it is no pattern. Raises TimeoutError."""
        if time.monotonic() > self._deadline:
            raise TimeoutError
        try:
            return list(self._searcher.grep(pattern, _MOST_LINES, source=source))
        except ValueError:
            return []

    def _strange_words(self, pattern: str) -> list[tuple[int, int, int]]:
        """(start, end, groups before it) of the words of a pattern that the question does not have.

        There are none where the question has no other word of the pattern, and calls things by words of its own.
        """
        found: list[tuple[int, int, int]] = []
        groups, is_of_question = 0, False
        for part in _PATTERN_PART.finditer(pattern):
            text = part[0]
            groups += text == "(" or text.startswith("(?P<")
            if not text[0].isalnum() or pattern[part.end() : part.end() + 1] in ("?", "*", "+", "{"):
                continue
            if text[0].isdecimal():
                if self._year and _YEAR.fullmatch(text) and text not in self._asked:
                    found.append((*part.span(), groups))
                continue
            word = folded(text)
            if self._is_asked(word):
                is_of_question = is_of_question or _is_content(word)
            elif len(word) >= _SHORTEST and word not in _CALENDAR and word not in STOPWORDS:
                found.append((*part.span(), groups))
        return found[:_MOST_WORDS] if is_of_question else []

    def _is_asked(self, word: str) -> bool:
        if word in self._question or stem(word) in self._asked:
            return True
        return any(len(each) >= _SAME_START and word.startswith(each[:_SAME_START]) for each in self._asked)

    def _unheeded(self, rows: Sequence[GrepMatch]) -> Iterator[tuple[str, str, list[GrepMatch], list[GrepMatch]]]:
        """Each word of the question that the code does not have and by which the rows differ, as the question writes it
        and as the document does: the rows that have it, and those of the same form that have another in its place."""
        wanted = {word for word in self._asked if self._is_condition(word)}
        if not wanted:
            return
        forms: dict[tuple[str, ...], list[tuple[GrepMatch, list[str]]]] = {}
        for row in rows:
            if len(row.line) <= _LONGEST_LINE:
                tokens = _TOKEN.findall(row.line.strip())
                forms.setdefault(tuple(map(_kind, tokens)), []).append((row, tokens))
        found: dict[str, tuple[str, list[GrepMatch], list[GrepMatch]]] = {}
        for alike in forms.values():
            for written in zip(*(tokens for _, tokens in alike), strict=True):
                if len(set(written)) < 2:
                    continue
                words = [stem(folded(token)) for token in written]
                different = set(words)
                named = different & self._asked.keys()
                # Where the question names several of them it asks about all.
                if len(different) < 2 or len(named) != 1 or not named <= wanted:
                    continue
                (word,) = named
                _, kept, others = found.setdefault(word, (written[words.index(word)], [], []))
                for (row, _), each in zip(alike, words, strict=True):
                    (kept if each == word else others).append(row)
        for word, (as_written, kept, others) in found.items():
            yield self._asked[word], as_written, kept, others

    def _is_condition(self, word: str) -> bool:
        if word in self._written:
            return False
        return bool(_YEAR.fullmatch(word)) or (word.isalpha() and _is_content(word))

    def _with_word(self, pattern: str, word: str, kept: Sequence[GrepMatch], source: str | None) -> str:
        """The pattern with a word in the place of something open, so that it finds only lines that have it; "" where
        no place gives all of them."""
        lines = {(row.source, row.line_num) for row in kept}
        for part in islice(_OPEN_PART.finditer(pattern), _MOST_WORDS):
            tried = f"{pattern[: part.start()]}{word}{pattern[part.end() :]}"
            if {(row.source, row.line_num) for row in self._rows(tried, source)} == lines:
                return tried
        return ""


def _condition(kind: str, word: str, pattern: str, count: int, row: GrepMatch) -> RowCondition:
    text = row.line.strip()[:_SHOWN]
    return RowCondition(
        kind="unasked" if kind == "unasked" else "unheeded",
        word=word[:_SHOWN],
        pattern=pattern,
        count=count,
        source=row.source,
        line=row.line_num,
        text=text,
    )


def _kind(token: str) -> str:
    return "number" if token[0].isdecimal() else "word" if token[0].isalpha() else token


def _is_content(word: str) -> bool:
    return len(word) >= _SHORTEST and word not in STOPWORDS


def _unheard(*_told: object) -> None:
    pass
