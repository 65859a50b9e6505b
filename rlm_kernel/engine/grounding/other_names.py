"""An answer that was read from a line about another thing than the question's: it stands beside another name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from ...document import Document, Text
from ...document.search.search_words import STOPWORDS, folded, is_content, stem
from ...trace import RowCondition, Trace
from ...trace.json_values import encodable
from .question_terms import MOST_CHARS, says_which
from .verdicts import flows_of, with_running

_MOST_BYTES = 2 << 20
_LONGEST_VALUE, _LONGEST_LINE, _SHOWN, _MOST_LINES = 200, 500, 300, 200
_CAPITAL = r"[A-Z\u00c0-\u00de][^\W\d_]+(?:['’-][^\W\d_]+)*"
# Names of one or several words, and codes of letters and digits.
_NAME = re.compile(rf"\b{_CAPITAL}(?: {_CAPITAL})*\b|\b(?=[^\W_]*\d)(?=[^\W_]*[^\W\d_])[^\W_]+\b")
_SENTENCE_START = re.compile(r"(?:^|[.?!:]\s)\W*$")
_WORD = re.compile(r"[^\W\d_]+")
# What a question says of its answer, not of the document.
_OF_ANSWER = frozenset(["none", "null", "unknown", "final", "answer", "give", "say", "reply", "return", "list", "dict"])
_FEWEST_WORDS = 2


class _Line(NamedTuple):
    text: Text
    number: int
    line: str


def other_name(
    question: str, document: Document, trace: Trace, value: Any, *, running: str | None = None
) -> RowCondition | None:
    """Where the answer stands in lines of another name than the question's, and in none of its own: what there is to
    say of that. `running` is code that is not in the trace yet.

    The question has a name or a code ("Mill Lane", "7B") that is in no line with the answer, and in none beside it, and
    such a line has at least two other words of the question and a name that the question has not. Answers that were
    computed, and are no text or number, are not looked at, nor documents of more than 2 MB.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float) or len(question) > MOST_CHARS:
        return None
    shown = str(value).strip()
    if not 0 < len(shown) <= _LONGEST_VALUE or sum(len(text.view) for text in document.texts) > _MOST_BYTES:
        return None
    finals = flows_of(trace if running is None else with_running(trace, running)).finals
    names = set(names_asked(question))
    if not names or (finals and finals[-1].flow.computed) or any(folded(name) in folded(shown) for name in names):
        return None
    lines = list(_lines_with(value, shown, document))
    if not lines or len(lines) > _MOST_LINES or any(_is_about(names, line) for line in lines):
        return None
    asked = {stem(folded(word)) for word in _WORD.findall(question) if is_content(word)}
    asked -= {stem(folded(word)) for name in names for word in _WORD.findall(name)}
    for line in lines:
        words = {stem(folded(word)) for word in _WORD.findall(line.line)}
        if len(asked & words) >= _FEWEST_WORDS and _has_other_name(line.line, names, shown):
            return RowCondition(
                kind="other-name",
                word=encodable(sorted(names)[0][:_SHOWN]),
                pattern="",
                count=len(lines),
                source=encodable(line.text.name),
                line=line.number,
                text=encodable(line.line.strip()[:_SHOWN]),
            )
    return None


def names_asked(question: str) -> Iterator[str]:
    """The names and codes of a question."""
    for found in _NAME.finditer(question):
        name = found[0]
        if _SENTENCE_START.search(question[: found.start()]):
            # The first word of a sentence has a capital in any case.
            name = name.partition(" ")[2] if name[0].isalpha() else name
        words = [word for word in name.split(" ") if word]
        if words and all(map(_may_be_name, words)):
            yield " ".join(words)


def _may_be_name(word: str) -> bool:
    return folded(word) not in STOPWORDS | _OF_ANSWER and says_which(word) and not (word.isalpha() and word.isupper())


def _lines_with(value: Any, shown: str, document: Document) -> Iterator[_Line]:
    """The lines in which a value stands by itself."""
    writings = {shown} if isinstance(value, str) else {shown, f"{value:,}"}
    pattern = re.compile(rf"(?<![\w.,-])(?:{'|'.join(map(re.escape, sorted(writings)))})(?![\w-]|[.,]\d)")
    for text in document.texts:
        for number, line in enumerate(text.iter_lines(), 1):
            if len(line) <= _LONGEST_LINE and pattern.search(line):
                yield _Line(text, number, line)


def _is_about(names: set[str], line: _Line) -> bool:
    """Whether a line, one beside it or its document has one of the names."""
    near = [line.text.line(number) or "" for number in range(max(1, line.number - 1), line.number + 2)]
    whole = folded("\n".join([line.text.name, *near]))
    return any(folded(name) in whole for name in names)


def _has_other_name(line: str, names: set[str], shown: str) -> bool:
    asked = {folded(word) for name in names for word in name.split(" ")}
    found = [name for name in _NAME.findall(line) if name not in shown and shown not in name]
    return any(all(_may_be_name(word) and folded(word) not in asked for word in name.split(" ")) for name in found)
