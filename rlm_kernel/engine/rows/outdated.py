"""Lines that say what was once, or what may come, among those in which a fact is looked up."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ...document import Document
from .form_notes import Told

_NOT_NOW = re.compile(
    r"\b(?:until|till|before|formerly|former|previous(?:ly)?|no longer|used to|up to (?=\d|the end|last)|back then|"
    r"at (?:that|the) time|in those days|declined|rejected|refused|turned down|propos(?:ed|al)|planned|scheduled|draft|"
    r"not (?:been )?(?:approved|accepted|adopted)|replaced|expired|withdrawn|superseded|obsolete|old)\b",
    re.IGNORECASE,
)
# What holds to this day may say until when: "valid until 2030".
_STILL = re.compile(
    r"\b(?:valid|open|runs?|lasts?|due|available|closed|guaranteed) (?:until|till|before)\b", re.IGNORECASE
)
# What began once and goes on: "since May", "from 1 May on"; such a line may name what it has replaced.
_NOW = re.compile(
    r"\b(?:since (?=\d|the\b|last\b|this\b|then\b|(?-i:[A-Z]))|as of|now|currently|at present|"
    r"from .{1,30} on(?:wards)?)\b",
    re.IGNORECASE,
)
# "No longer at 15:40 but at 16:40" says how it is now.
_CORRECTED = re.compile(r"\b(?:no longer|not)\b.*\bbut\b|\binstead of\b|\band not\b", re.IGNORECASE)
# A question of now, in so many words: else what was planned, or is old, may be what is asked for.
_OF_NOW = re.compile(
    r"\b(?:now|nowadays|today|tonight|tomorrow|currently|current|these days|at present|presently|at the moment|"
    r"any more|still|is over)\b",
    re.IGNORECASE,
)
_LONGEST_LINE = 500


def told_outdated(question: str, document: Document, found: Sequence[tuple[str, int]]) -> list[Told]:
    """A note on those of the lines (source, number) that say what is not so now; none where all of them do, or where
    the question does not say that it is about now."""
    if not asks_for_now(question):
        return []
    lines = [
        (source, number, text.line(number) or "") for source, number in found if (text := document.text_named(source))
    ]
    not_now = [(source, number, line) for source, number, line in lines if is_not_now(line)]
    if not not_now or len(not_now) == len(lines):
        return []
    *first, last = [str(number) for _, number, _ in not_now]
    named = f"lines {', '.join(first)} and {last} say" if first else f"line {last} says"
    note = f"[what {named} was so before, or was only planned: it is not so now]"
    source, _, line = not_now[0]
    return [Told(note, source, line)]


def asks_for_now(question: str) -> bool:
    """Whether a question says that it is about now."""
    return _OF_NOW.search(question) is not None


def is_not_now(line: str) -> bool:
    """Whether a line says what was once, or was only planned."""
    is_once = len(line) <= _LONGEST_LINE and _NOT_NOW.search(line) is not None
    return is_once and all(each.search(line) is None for each in (_STILL, _NOW, _CORRECTED))
