"""An answer that was read from a line about another thing than the question's: it stands beside another name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

from ...document import Document, Text
from ...document.search.search_words import CAPITALISED, STOPWORDS, folded, is_content, stem
from ...trace import RowCondition, Trace
from ...trace.json_values import encodable
from .deadline import Deadline
from .question_terms import MOST_CHARS, says_which
from .verdicts import flows_of, with_running

_MOST_BYTES = 2 << 20
_LONGEST_VALUE, _LONGEST_LINE, _SHOWN, _MOST_LINES, _MOST_NAMES = 200, 500, 300, 200, 10
_CAPITAL = rf"(?=\w\w){CAPITALISED}"
# Names of one or several words, and codes of letters and digits with a capital.
_NAME = re.compile(rf"\b{_CAPITAL}(?: {_CAPITAL})*\b|\b(?=[A-Z\d]*\d)(?=\d*[A-Z])[A-Z\d]{{2,}}\b")
_SENTENCE_START = re.compile(r"(?:^|[.?!:]\s+)\W{0,3}(?=\w)")
_POSSESSIVE = re.compile(r"['’]s?$")
_EXCEPTION = re.compile(r"\b(?:without|except\w*|exclud\w*|besides|other than|apart from|ohne|ausser|sauf|excepto)\b")
_WORD = re.compile(r"[^\W\d_]+")
_BEFORE, _AFTER = re.compile(r"([^\W\d_]+) ?$"), re.compile(r"^(?:['’]s?)? ?([^\W\d_]+)")
_PAIR = re.compile(r"\b(?=([^\W\d_]+) ([^\W\d_]+)\b)(?-i:[a-z])")
_THING = re.compile(r"\b(?i:the|an?|this|my|our|each|every) ([a-z]{3,})(?: ([a-z]{3,}))?")
# A line without a sentence: "Rules of the loom", "# Loans".
_HEADING = re.compile(r"#+ .*|[^.?!;]*:|[^\W\d_](?:[^.?!;:=|\d]){0,60}")
# What a question says of its answer, not of the document.
_OF_ANSWER = frozenset(["none", "null", "unknown", "final", "answer", "give", "say", "reply", "return", "list", "dict"])
_FEWEST_WORDS, _MOST_PAIRS, _LINES_ABOVE = 2, 30, 3


class Name(NamedTuple):
    """A name, and the stems of the words that stand beside it."""

    text: str
    beside: frozenset[str]

    @property
    def words(self) -> frozenset[str]:
        return frozenset(map(folded, self.text.split(" ")))


class _Line(NamedTuple):
    text: Text
    number: int
    line: str


def other_name(
    question: str, document: Document, trace: Trace, value: Any, *, running: str | None = None
) -> RowCondition | None:
    """Where the answer stands in lines of another name than the question's, and in none of its own: what there is to
    say of that. `running` is code that is not in the trace yet.

    The question has a name or a code ("the Mill Lane surgery", "class 7B") that is in no line with the answer, and in
    none beside it; and such a line has at least two other words of the question, and another name in the same place:
    beside the same word ("Rose Court surgery", "class 7C"). A word before another one is a name of it where a line that
    says much the same calls something so ("concert harp"; the answer stands beside "folk harp"); and so is a thing
    ("for a bicycle"; the answer stands beside "for a pram") of which another line says what the answer's line says.
    Answers that were computed, and are no text or number, are not looked at, nor questions with an exception
    ("without") and documents of more than 2 MB. Raises TooSlowError.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    if len(question) > MOST_CHARS or _EXCEPTION.search(folded(question)):
        return None
    # As JSON of a browser writes it: 5682 for 5682.0.
    shown = f"{value:.0f}" if isinstance(value, float) and value.is_integer() else str(value).strip()
    if not 0 < len(shown) <= _LONGEST_VALUE or sum(len(text.view) for text in document.texts) > _MOST_BYTES:
        return None
    deadline = Deadline()
    names, called = names_asked(question), _called_so(_pairs_in(question), document, deadline)
    pairs = list(called)
    # Of "the concert harp" the first word is what the pair is called.
    things = [thing for thing in _things_in(question) if all(pair.text != thing for pair in called)]
    sought = [name for name in (*names, *pairs) if name.beside] or things
    if not sought or any(folded(name.text) in folded(shown) for name in names):
        return None
    finals = flows_of(trace if running is None else with_running(trace, running)).finals
    if finals and finals[-1].flow.computed:
        return None
    lines = list(_lines_with(shown, document, deadline))
    if not lines or len(lines) > _MOST_LINES:
        return None
    # One of several names is enough, and each word before another one says which is meant.
    names = [] if any(_is_about(names, line) for line in lines) else names
    pairs = [pair for pair in pairs if not any(_is_about_pair(pair, called[pair], line) for line in lines)]
    asked = {stem(folded(word)) for word in _WORD.findall(question) if is_content(word)}
    asked -= {stem(word) for name in (*names_asked(question), *pairs) for word in name.words}
    for line in lines:
        deadline.check()
        words = {stem(folded(word)) for word in _WORD.findall(line.line)}
        others = _names_in(line.line, set())
        name = _displaced(others, names, shown) or _displaced(_pairs_in(line.line), pairs, shown)
        is_near = len(asked & words) >= _FEWEST_WORDS
        if not name and asked & words:
            name, is_near = _displaced_thing(things, line, asked, document, deadline), True
        if is_near and name:
            return RowCondition(
                kind="other-name",
                word=encodable(name[:_SHOWN]),
                pattern="",
                count=len(lines),
                source=encodable(line.text.name),
                line=line.number,
                text=encodable(line.line.strip()[:_SHOWN]),
            )
    return None


def names_asked(question: str) -> list[Name]:
    """The names and codes of a question, ten at most."""
    starts = {found.end() for found in _SENTENCE_START.finditer(question)}
    return list(islice(_names_in(question, starts), _MOST_NAMES))


def _names_in(text: str, starts: set[int]) -> Iterator[Name]:
    """The names of a text; the first word of a sentence, of which `starts` are the places, has a capital anyway."""
    for found in _NAME.finditer(text):
        name, begin = found[0], found.start()
        if begin in starts and name[0].isalpha():
            dropped = name.partition(" ")[0]
            begin, name = begin + len(dropped) + 1, name[len(dropped) + 1 :]
        bare = _POSSESSIVE.sub("", name)
        if bare and all(map(_may_be_name, bare.split(" "))):
            before = _BEFORE.search(text[max(0, begin - 50) : begin])
            after = _AFTER.search(text[begin + len(name) : begin + len(name) + 50])
            beside = (match[1] for match in (before, after) if match is not None)
            yield Name(bare, frozenset(stem(folded(word)) for word in beside if is_content(word) and says_which(word)))


def _pairs_in(text: str) -> Iterator[Name]:
    """The words in small letters of a text that stand right before another one, which is beside them."""
    for found in islice(_PAIR.finditer(text), _MOST_PAIRS):
        first, second = found.groups()
        if all(is_content(word) and _may_be_name(word) for word in (first, second)):
            yield Name(first, frozenset([stem(folded(second))]))


def _called_so(pairs: Iterable[Name], document: Document, deadline: Deadline) -> dict[Name, list[str]]:
    """Those of the pairs of words that stand in a line of the document, with the first lines that have them."""
    sought = {(folded(pair.text), word): pair for pair in pairs for word in pair.beside}
    if not sought:
        return {}
    firsts = sorted({re.escape(first) for first, _ in sought})
    pattern = re.compile(rf"\b({'|'.join(firsts)}) ([^\W\d_]+)")
    found: dict[Name, list[str]] = {}
    for text in document.texts:
        for number, line in enumerate(text.iter_lines(), 1):
            if number % 1_000 == 0:
                deadline.check()
            for match in pattern.finditer(folded(line)) if len(line) <= _LONGEST_LINE else ():
                pair = sought.get((match[1], stem(match[2])))
                if pair is not None and len(found.setdefault(pair, [])) < _MOST_LINES:
                    found[pair].append(line)
    return found


def _things_in(text: str) -> list[str]:
    """The words in small letters behind an article of a text: what it is about."""
    words = [word for found in islice(_THING.finditer(text), _MOST_PAIRS) for word in found.groups() if word]
    return [word for word in dict.fromkeys(words) if is_content(word) and _may_be_name(word)]


def _displaced_thing(
    things: Sequence[str], line: _Line, asked: set[str], document: Document, deadline: Deadline
) -> str:
    """The thing of a question that other lines name, where a line has another one in its place; "" where there is
    none, and where the line, what stands above it or its document names the thing."""
    own = [stem(folded(word)) for word in _things_in(line.line)]
    if not any(word not in asked for word in own):
        return ""
    above = [line.text.line(number) or "" for number in range(max(1, line.number - _LINES_ABOVE), line.number)]
    headings = [each for each in above if each and _HEADING.fullmatch(each[:_LONGEST_LINE])]
    near = _content_of(" ".join([line.text.name, line.line, *headings]))
    if not _has_sibling(line, {word for word in own if word not in asked}, document, deadline):
        return ""
    for thing in things:
        word = stem(folded(thing))
        if word not in near and any(word in _content_of(each) for each in _lines_about(thing, document, deadline)):
            return thing
    return ""


def _has_sibling(line: _Line, things: set[str], document: Document, deadline: Deadline) -> bool:
    """Whether another line says of another thing what a line says: "a ride for a pram", "a ride for a dog"."""
    rest = _content_of(line.line) - things
    for text in document.texts:
        for number, other in enumerate(text.iter_lines(), 1):
            if number % 1_000 == 0:
                deadline.check()
            if len(other) <= _LONGEST_LINE and len(rest) >= _FEWEST_WORDS:
                words = _content_of(other)
                if rest <= words and not things & words:
                    return True
    return False


def _lines_about(thing: str, document: Document, deadline: Deadline) -> Iterator[str]:
    """The lines that have a word with the first letters of a thing's name behind an article or "for"."""
    pattern = re.compile(rf"\b(?:the|a|an|for|of|this|that|each|every|by)\s+(?:[a-z]+ )?{re.escape(folded(thing)[:4])}")
    for text in document.texts:
        for number, line in enumerate(text.iter_lines(), 1):
            if number % 1_000 == 0:
                deadline.check()
            if len(line) <= _LONGEST_LINE and pattern.search(folded(line)):
                yield line


def _may_be_name(word: str) -> bool:
    return folded(word) not in STOPWORDS | _OF_ANSWER and says_which(word) and not (word.isalpha() and word.isupper())


def _lines_with(shown: str, document: Document, deadline: Deadline) -> Iterator[_Line]:
    """The lines in which a value stands by itself."""
    writings = {shown, f"{int(shown):,}"} if re.fullmatch(r"-?\d{1,30}", shown) else {shown}
    # "4.90", of which code has made 4.9.
    writings |= {f"{shown}0"} if re.fullmatch(r"-?\d{1,30}\.\d", shown) else set()
    pattern = re.compile(rf"(?<![\w.,-])(?:{'|'.join(map(re.escape, sorted(writings)))})(?![\w-]|[.,]\d)")
    for text in document.texts:
        for number, line in enumerate(text.iter_lines(), 1):
            if number % 1_000 == 0:
                deadline.check()
            if len(line) <= _LONGEST_LINE and pattern.search(line):
                yield _Line(text, number, line)


def _is_about(names: list[Name], line: _Line) -> bool:
    """Whether a line, one beside it or its document has all words of one of the names."""
    near = [line.text.line(number) or "" for number in range(max(1, line.number - 1), line.number + 2)]
    whole = folded("\n".join([line.text.name, *(each[:_LONGEST_LINE] for each in near)]))
    return any(all(word in whole for word in name.words) for name in names)


def _is_about_pair(pair: Name, called: Sequence[str], line: _Line) -> bool:
    """Whether a line, what stands above it or its document has the first word of a pair; or none of the lines that
    have both says much the same, so that the word may be another one for the same thing."""
    own = _content_of(line.line) - pair.words - pair.beside
    if all(len(own & _content_of(other)) < _FEWEST_WORDS for other in called):
        return True
    above = [line.text.line(number) or "" for number in range(max(1, line.number - _LINES_ABOVE), line.number)]
    near = [each for each in above if len(own & _content_of(each[:_LONGEST_LINE])) < _FEWEST_WORDS]
    return any(folded(pair.text) in folded(each[:_LONGEST_LINE]) for each in (line.text.name, line.line, *near))


def _content_of(line: str) -> set[str]:
    return {stem(word) for word in _WORD.findall(folded(line)) if len(word) > 1 and word not in STOPWORDS}


def _displaced(others: Iterable[Name], names: list[Name], shown: str) -> str:
    """The name of the question in whose place a line has another one of `others`; "" where there is none."""
    others = [other for other in others if other.text not in shown and shown not in other.text]
    for name in names:
        if any(name.beside & other.beside and not name.words & other.words for other in others):
            return name.text
    return ""
