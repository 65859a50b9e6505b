"""The conditions by which an answer's code has chosen its rows, held against those that the question names.

Rows are the lines that a `grep` finds which the answer was made of. Six things are told of them:

- `unasked`: the pattern has a word, or a year, that the question does not have, and other lines match it but for that
  ("coast branch" where the question asks about all branches);
- `unheeded`: the question has a word, or a year, by which the rows differ, and the code does not have it ("2024");
- `single`: the question asks to add up, and there is one row;
- `counted`: the question asks how many of a unit (bytes, hours), and the rows were counted;
- `mixed`: some of the rows say one thing, some another of the same ("spent 5 EUR on", "had planned 5 EUR for");
- `unread`: the question has a word that stands in no line of the rows' document, and in lines of another one that name
  the same things as the rows do.

None of them says that the answer is wrong. Only answers of one `grep` are looked at, and what RE2 can search.
"""

from __future__ import annotations

import ast
import math
import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple

from ...document import Document, Text
from ...document.search.attempts import attempts
from ...document.search.dates import written_days
from ...document.search.irregular_words import is_verb
from ...document.search.regex import Finder, LineCursor
from ...document.search.search_words import folded, forms_of, is_content, stem
from ...document.search.sentences import saying_the_same
from ...document.search.suggestions import TOKEN, better_pattern, kind_of_token, resembling, words_of
from ...trace import ConditionKind, RowCondition, Trace
from ...trace.json_values import encodable
from .answer_conditions import conditions_of_answer
from .code_names import called, parsed
from .deadline import Deadline, TooSlowError
from .flow import Flow
from .question_terms import YEAR, QuestionTerms, says_which
from .verdicts import flows_of, with_running

_MOST_BYTES = 2 << 20
_LONGEST_PATTERN, _LONGEST_LINE, _LONGEST_CONSTANT, _SHOWN = 500, 500, 2_000, 300
_MOST_PLACES, _MOST_ROWS, _MOST_CONDITIONS, _MOST_TEXTS = 6, 5_000, 10, 10
_PLACE = "rlm_place"
# A part of a word that code compares with counts as the word: startswith("Act").
_SHORTEST_PART = 3
# Of a pattern: escapes, classes, what begins a group, then words, which alone stand for themselves.
_PATTERN_PART = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?(?:P<\w+>|[a-zA-Z-]+[:)]|:)|[^\W\d_]+|\d+|.", re.DOTALL)
_NAMED_VALUE = re.compile(r"\(\?P<\w+>((?:[\w ,;/-]|\\[^\w])+)\)")
_OPEN_PART = re.compile(r"\\[dwSD]|\.|\[.+", re.DOTALL)
_REPEATED = re.compile(r"[+*]\??|\{\d+(?:,\d*)?\}")
# Back references, look-around, comments, alternatives, verbose patterns and repeats that make a search slow.
_NOT_FOLLOWED = re.compile(r"\\[1-9]|\(\?P=|\(\?[<=!>(#]|\||\(\?[a-zA-Z]*x|\{\d*,?\d\d+")
_COUNTED = re.compile(r"\{\d*,?(\d)\}")
# Nested counts multiply, and RE2 takes so many times as long.
_MOST_COUNTED = 500
_ESCAPED_OR_CLASS = re.compile(r"\\[^1-9]|\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
_BETWEEN_WORDS = re.compile(r"(?:[\s,;:-]|\\s[+*]?|\\[,;:-])+")
# Code that has these sorts rows by itself.
_SORTING = frozenset(["counter", "defaultdict", "groupby", "setdefault", "most_common", "itemgetter"])
_COUNTED_WORD = re.compile(r"\b\d[\d.,]* ([^\W\d_]+)|([^\W\d_]+)[ :=]{1,2}\d")
_READING = frozenset(["to_number", "numbers", "int", "float", "sum", "Decimal"])
_LOOKS = frozenset(["search", "fuzzy_search", "text_stats"])


class _NotReadError(Exception):
    """The rows cannot be looked at."""


class _Row(NamedTuple):
    source: str
    number: int
    line: str
    place: str

    @property
    def at(self) -> tuple[str, int]:
        return self.source, self.number


class _Choice(NamedTuple):
    """A pattern by which rows were chosen, of all documents or one (`source`), and the code that it stands in."""

    pattern: str
    source: str | None
    code: str


def row_conditions(question: str, document: Document, trace: Trace, value: Any) -> list[RowCondition] | None:
    """The signs that an answer rests on other lines than the question means: conditions of its rows that the question
    does not name, or names in vain; another name beside a `value` that was read; lines that a `value` "not stated" has
    passed over; and numbers that its code reads and does not use.

    `trace` is that of the run. None where there is none of these and the rows were not looked at: answers that are not
    made of the rows of one `grep` whose pattern is written out, questions with an exception ("without ...") or of more
    than 2,000 characters, documents of more than 2 MB, patterns with alternatives or that RE2 cannot search, or that
    find more than 5,000 lines, and where a second was not enough.
    """
    try:
        found = conditions_of_answer(question, document, trace, value)
        try:
            return [*found, *_Look(question, document, trace).told()[0]]
        except (_NotReadError, RecursionError):
            return found or None
    except TooSlowError:
        return None


def better_rows(question: str, document: Document, trace: Trace, code: str) -> tuple[list[RowCondition], str, str, str]:
    """The conditions of an answer that `code`, not in the trace yet, is handing over; the code that has searched for
    its rows, its pattern, and one in its place which finds what the question names, "" where none is known."""
    try:
        look = _Look(question, document, with_running(trace, code), is_running=True)
        found, better = look.told()
    except (_NotReadError, RecursionError, TooSlowError):
        return [], "", "", ""
    # A fence would end the block that the pattern stands in.
    return found, look.choice.code, look.choice.pattern, "" if "```" in better else better


class _Look:
    """One look at the rows of an answer; `choice` is the search that has found them. Raises _NotReadError."""

    def __init__(self, question: str, document: Document, trace: Trace, *, is_running: bool = False) -> None:
        self._terms = QuestionTerms(question)
        if not self._terms.may_be_read or sum(len(text.view) for text in document.texts) > _MOST_BYTES:
            raise _NotReadError
        self._question = question
        self._document = document
        self._deadline = Deadline()
        self._trace = trace
        self._running = trace.iterations[-1].index if is_running else None
        finals = flows_of(trace).finals
        if not finals:
            raise _NotReadError
        self._flow: Flow = finals[-1].flow
        self.choice = self._chosen()
        self._written, self._constants = self._words_of_code()

    def told(self) -> tuple[list[RowCondition], str]:
        """What there is to say, and a pattern that finds what the question names, "" where none is known."""
        rows = self._rows(self.choice.pattern)
        if len(rows) < 2:
            return self._single(rows[0]) if rows else ([], "")
        if self._terms.unit and self._counts_rows():
            return [_condition("counted", self._terms.unit, self.choice.pattern, len(rows), rows[0])], ""
        if found := [*self._other_days(rows), *self._unread(rows), *self._saying_two_things(rows)]:
            return found, ""
        found, better = self._mixed(rows)
        if found:
            return found, better
        found, better = self._unasked(rows)
        own = {row.at for row in rows}
        for _ in range(_MOST_PLACES):
            told = next(self._unheeded(self._rows(better), {condition.word for condition in found}), None)
            if told is None:
                break
            word, written, kept, others = told
            if taken := [row for row in others if row.at in own]:
                found.append(_condition("unheeded", word, self.choice.pattern, len(taken), taken[0]))
            better = self._with_word(better, written, {row.at for row in kept})
            if not better:
                # A pattern that finds only some of what is asked for would be taken for the right one.
                break
        return found[:_MOST_CONDITIONS], better if found and better != self.choice.pattern else ""

    # What the code has done.

    def _chosen(self) -> _Choice:
        origins = self._flow.origins
        first = min((source.iteration for source in origins if source.name == "grep"), default=0)
        # A first look's loop variable may have its name in a later cell, which sets it anew.
        own = [each for each in origins if not (each.name in _LOOKS and each.iteration < first)]
        if len(own) != 1 or own[0].name != "grep":
            raise _NotReadError
        (source,) = own
        turn = next(turn for turn in self._trace.iterations if turn.index == source.iteration)
        calls = [
            node
            for node in _nodes(turn.code or "")
            if isinstance(node, ast.Call) and called(node) == "grep" and source.first <= node.lineno <= source.last
        ]
        if len(calls) != 1:
            raise _NotReadError
        (call,) = calls
        named = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg not in ("limit", "context")}
        pattern = _text(call.args[0] if call.args else named.pop("pattern", None))
        where = named.pop("source", None)
        is_plain = not named and len(call.args) <= 2 and (where is None or _text(where) is not None)
        has_run = turn.index == self._running or any(
            search.pattern == pattern and search.hits for search in turn.searches
        )
        if not pattern or len(pattern) > _LONGEST_PATTERN or not is_plain or not has_run:
            raise _NotReadError
        bare = _ESCAPED_OR_CLASS.sub(" ", pattern)
        counts = [int(count) for count in _COUNTED.findall(bare)]
        if _NOT_FOLLOWED.search(bare) or math.prod(counts) > _MOST_COUNTED:
            raise _NotReadError
        return _Choice(pattern, _text(where), turn.code or "")

    def _codes(self) -> list[str]:
        """The code that the answer has gone through."""
        through = {step[0] for step in self._flow.steps} | {source.iteration for source in self._flow.origins}
        return [turn.code for turn in self._trace.iterations if turn.index in through and turn.code]

    def _words_of_code(self) -> tuple[str, frozenset[str]]:
        """All names and constants of the code that the answer has gone through, without its comments: as one text, and
        each by itself."""
        words = [folded(word[:_LONGEST_CONSTANT]) for code in self._codes() for word in _words_of(_nodes(code))]
        return " ".join(words), frozenset(words)

    def _has(self, word: str) -> bool:
        """Whether the code has a word, or the year, of the question, or a part of it."""
        if any(form in self._written for form in (word, *forms_of(word))) or (
            word.isdecimal() and word[2:] in self._constants
        ):
            return True
        parts = (part for part in self._constants if part.isalpha() and len(part) >= _SHORTEST_PART)
        return any(word.startswith(part) for part in parts)

    def _counts_rows(self) -> bool:
        """Whether the answer is a number of rows: `len` made it, and nothing has read a number of theirs."""
        used = {called(node) for code in self._codes() for node in _nodes(code) if isinstance(node, ast.Call)}
        return self._flow.computed and "len" in used and used.isdisjoint(_READING)

    # What the document has.

    def _rows(self, pattern: str) -> list[_Row]:
        """The first occurrence in each line that a pattern finds as it stands, with what its group `rlm_place` holds;
        none where it is no pattern."""
        texts = [text for text in self._document.texts if self.choice.source in (None, text.name)]
        flags = attempts(self.choice.pattern, 0)[0][2]
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                finder = Finder(pattern, flags | re.MULTILINE, fold=True)
                is_by_re2 = all(finder.plan(text).engine == "re2" for text in texts)
        except (re.error, OverflowError, ValueError):
            return []
        if not is_by_re2:
            raise _NotReadError
        self._deadline.check()
        rows = [row for text in texts for row in self._rows_of(finder, text)]
        self._deadline.check()
        return rows

    def _rows_of(self, finder: Finder, text: Text) -> Iterator[_Row]:
        cursor, place, number, found = LineCursor(text), finder.names.get(_PLACE), 0, 0
        for hit in finder.hits(text):
            cursor.move(hit.start)
            if cursor.number == number:
                continue
            number, found = cursor.number, found + 1
            if found > _MOST_ROWS:
                raise _NotReadError
            self._deadline.check()
            yield _Row(text.name, number, cursor.line, (hit.groups[place - 1] or "") if place else "")

    # What there is to say.

    def _single(self, row: _Row) -> tuple[list[RowCondition], str]:
        """What there is to say of one row alone, and a pattern that finds lines to add up."""
        if not self._terms.adding or self._flow.computed or self._terms.names_total(row.line):
            return [], ""
        lines = [each for text in self._document.texts for each in enumerate(text.iter_lines(), 1)]
        alike = [line for _, line in resembling(words_of(self._question), lines, 4) if line != row.line]
        self._deadline.check()
        return [_condition("single", self._terms.adding, self.choice.pattern, 1, row)], better_pattern(alike) or ""

    def _unasked(self, rows: Sequence[_Row]) -> tuple[list[RowCondition], str]:
        """The words, and years, of the pattern that leave lines out, and the pattern without them."""
        own, pattern = {row.at for row in rows}, self.choice.pattern
        found, better = [], pattern
        for start, end in reversed(self._strange_words()):
            word = pattern[start:end]
            any_word = r"\d+" if word.isdecimal() else r"[^\W\d_]+"
            alike = self._rows(f"{pattern[:start]}(?P<{_PLACE}>{any_word}){pattern[end:]}")
            others = [row for row in alike if row.at not in own and folded(row.place) != folded(word)]
            # Words of the question, its year among them, in that place; else any, where it asks for all.
            asked = [row for row in others if row.place == self._terms.year or self._terms.names(row.place)]
            if asked:
                others, instead = asked, asked[0].place
            elif self._is_one_of_all(end) and len({row.place for row in others}) >= 2:
                instead = r"\w+"
            else:
                continue
            found.append(_condition("unasked", word, pattern, len(others), others[0]))
            better = f"{better[:start]}{instead}{better[end:]}"
        return found, better

    def _strange_words(self) -> list[tuple[int, int]]:
        """Where in the pattern the words, and the years, are that the question does not have.

        There are none where the question has no other word of the pattern, and calls things by words of its own.
        """
        found: list[tuple[int, int]] = []
        has_own, pattern = False, self.choice.pattern
        # A column that is named with its value has been chosen by it.
        named = [group.span(1) for group in _NAMED_VALUE.finditer(pattern)]
        for part in _PATTERN_PART.finditer(pattern):
            word = part[0]
            if any(start <= part.start() < end for start, end in named):
                continue
            if not word[0].isalnum() or pattern[part.end() : part.end() + 1] in ("?", "*", "+", "{"):
                continue
            if word[0].isdecimal():
                if self._terms.year and YEAR.fullmatch(word) and self._terms.year not in self._written:
                    found.append(part.span())
            elif self._terms.has(word):
                has_own = has_own or is_content(word)
            elif is_content(word) and says_which(word):
                found.append(part.span())
        return found[:_MOST_PLACES] if has_own else []

    def _is_one_of_all(self, end: int) -> bool:
        """Whether a word of the pattern, which ends there, stands before one of whose things the question asks about
        all: "coast branch". One behind it rather says in which state each is: "invoice paid"."""
        pattern = self.choice.pattern
        for part in _PATTERN_PART.finditer(pattern):
            if part.start() > end and part[0][0].isalpha():
                return bool(_BETWEEN_WORDS.fullmatch(pattern[end : part.start()])) and self._terms.wants_all_of(part[0])
        return False

    def _unheeded(self, rows: Sequence[_Row], told: set[str]) -> Iterator[tuple[str, str, list[_Row], list[_Row]]]:
        """Each word of the question that the code does not have and by which the rows differ, as the question writes it
        and as the document does: the rows that have it in some place, and those of the same form that do not."""
        wanted = {each for each in self._terms.conditions() if not self._has(each)}
        if not wanted or not self._flow.computed or any(each in self._written for each in _SORTING):
            return
        forms: dict[tuple[str, ...], list[tuple[_Row, list[str]]]] = {}
        for row in rows:
            if len(row.line) <= _LONGEST_LINE:
                tokens = TOKEN.findall(row.line.strip())
                forms.setdefault(tuple(map(kind_of_token, tokens)), []).append((row, tokens))
        for alike in forms.values():
            self._deadline.check()
            for place, written in enumerate(zip(*(tokens for _, tokens in alike), strict=True)):
                words = [_root(token) for token in written]
                different = set(words)
                # Where the question names several of them it asks about all.
                if len(different) < 2 or len(named := different & self._terms.words.keys()) != 1:
                    continue
                (word,) = named
                asked = self._terms.words[word]
                if word not in wanted or asked in told or not _is_condition(word, words, written, place):
                    continue
                # Code that has another of the values in that place sorts the rows by it.
                if self._constants & {folded(token) for token in written}:
                    continue
                beside = {_root(token) for token in alike[words.index(word)][1]}
                if not word.isdecimal() and not self._terms.stands_beside(word, beside):
                    continue
                kept = [row for (row, _), each in zip(alike, words, strict=True) if each == word]
                others = [row for (row, _), each in zip(alike, words, strict=True) if each != word]
                yield asked, written[words.index(word)], kept, others

    def _other_days(self, rows: Sequence[_Row]) -> list[RowCondition]:
        """A day of the question that the code does not have, where the code has one that the question does not.

        The day before and the day after are the same: a period may be written with its end or without.
        """
        asked = {day: written for written, day in written_days(self._question).items()}
        used = {day for constant in self._constants for day in written_days(constant).values()}
        strange = [day for day in used if not any(_is_near(day, each) for each in asked)]
        missing = [day for day in asked if not any(_is_near(day, each) for each in used)]
        if not (asked and strange and missing and self._flow.computed):
            return []
        return [_condition("unheeded", asked[min(missing)], self.choice.pattern, 0, rows[0])]

    def _unread(self, rows: Sequence[_Row]) -> list[RowCondition]:
        """What there is to say of a document that the code does not take its rows from."""
        sources = {row.source for row in rows}
        texts = self._document.texts
        if not self._flow.computed or len(sources) > 1 or not 1 < len(texts) <= _MOST_TEXTS:
            return []
        (source,) = sources
        named = {_root(word) for text in texts for word in TOKEN.findall(text.name)}
        wanted = {root for root, word in self._terms.words.items() if _is_name(word) and says_which(word)} - named
        own = next(text for text in texts if text.name == source)
        missing = wanted.difference(*(_roots(line) for line in self._lines_of(own)))
        things = self._names_of(rows)
        for text in texts if missing and things else ():
            having: dict[str, list[_Row]] = {}
            for number, line in enumerate(self._lines_of(text), 1):
                for word in _counted_words(line) & missing:
                    having.setdefault(word, []).append(_Row(text.name, number, line, ""))
            for word, alike in sorted(having.items()):
                self._deadline.check()
                there = set().union(*(_roots(row.line) for row in alike))
                if len(alike) > 1 and 2 * sum(not names.isdisjoint(there) for names in things) >= len(things):
                    return [_condition("unread", self._terms.words[word], self.choice.pattern, len(alike), alike[0])]
        return []

    def _lines_of(self, text: Text) -> Iterator[str]:
        for number, line in enumerate(text.iter_lines(), 1):
            if number % 1_000 == 0:
                self._deadline.check()
            yield line

    def _saying_two_things(self, rows: Sequence[_Row]) -> list[RowCondition]:
        """What there is to say of rows of which some say another thing, where the code has no word that tells them
        apart."""
        same = saying_the_same(rows[0].line, [row.line for row in rows])
        if same is None or not self._flow.computed:
            return []
        own = frozenset(same)
        mine, others = [rows[number] for number in same], [row for number, row in enumerate(rows) if number not in own]
        # Words that all of one side have, and none of the other.
        here = set.intersection(*(_roots(row.line) for row in mine)).difference(*(_roots(row.line) for row in others))
        there = set.intersection(*(_roots(row.line) for row in others)).difference(*(_roots(row.line) for row in mine))
        asked = self._terms.words.keys()
        # In a word of its own: "paid" where the lines have "spent".
        verbs = {root for root, word in self._terms.words.items() if is_verb(word)}
        is_said = bool(asked & here) != bool(asked & there)
        is_said_otherwise = not (asked & (here | there)) and not verbs <= _roots(mine[0].line) | _roots(others[0].line)
        if not (is_said or is_said_otherwise) or any(map(self._has, filter(_is_name, here | there))):
            return []
        named = [set().union(*self._names_of(side)) for side in (mine, others)]
        if not all(named) or 2 * len(named[0] & named[1]) < min(map(len, named)):
            return []
        word = next((token for token in TOKEN.findall(mine[0].line) if token.islower() and _root(token) in here), "")
        return [_condition("mixed", word, self.choice.pattern, len(others), others[0])] if word else []

    def _names_of(self, rows: Sequence[_Row]) -> list[frozenset[str]]:
        """The words of each row that are not the question's and that not all rows have: what it is about."""
        words = [frozenset(filter(_is_name, _roots(row.line))) for row in rows]
        shared = words[0].intersection(*words)
        names = [each - shared - self._terms.words.keys() for each in words]
        return [each for each in names if each]

    def _mixed(self, rows: Sequence[_Row]) -> tuple[list[RowCondition], str]:
        """What there is to say of a pattern without any word, most of whose rows have no word of the question, while
        some have several; and a pattern that finds the latter."""
        pattern = self.choice.pattern
        if not self._flow.computed or any(part[0][0].isalpha() for part in _PATTERN_PART.finditer(pattern)):
            return [], ""
        asked = {root for root, word in self._terms.words.items() if is_content(word)}
        named = [asked & set(map(_root, TOKEN.findall(row.line[:_LONGEST_LINE]))) for row in rows]
        others = [row for row, words in zip(rows, named, strict=True) if not words]
        kept = [(row, words) for row, words in zip(rows, named, strict=True) if len(words) > 1]
        if 2 * len(others) < len(rows) or len(kept) < 2:
            return [], ""
        word = self._terms.words[min(kept[0][1])]
        if self._has(word):
            return [], ""
        found = _condition("unheeded", word, pattern, len(others), others[0])
        return [found], better_pattern([row.line for row, _ in kept[:_MOST_PLACES]]) or ""

    def _with_word(self, pattern: str, word: str, lines: set[tuple[str, int]]) -> str:
        """The pattern with a word in the place of something open, so that it finds these lines and no other; "" where
        no place gives that."""
        for start, end in islice(_open_parts(pattern), _MOST_PLACES):
            tried = f"{pattern[:start]}{word}{pattern[end:]}"
            if {row.at for row in self._rows(tried)} == lines:
                return tried
        return ""


def _open_parts(pattern: str) -> Iterator[tuple[int, int]]:
    """Where a pattern takes any characters of a kind."""
    for part in _PATTERN_PART.finditer(pattern):
        if _OPEN_PART.fullmatch(part[0]) and (repeated := _REPEATED.match(pattern, part.end())):
            yield part.start(), repeated.end()


def _is_condition(word: str, words: Sequence[str], written: Sequence[str], place: int) -> bool:
    """Whether what stands in one place of rows says of which kind they are: `words` are its stems there.

    It must come back, as kinds do and names or amounts do not; years stand among years alone; and a capital within a
    line is a name's.
    """
    if len(set(words)) == len(words) or words.count(word) < 2:
        return False
    if word.isdecimal():
        return all(YEAR.fullmatch(each) for each in words)
    return place == 0 or written[words.index(word)].islower() or all(each.isupper() for each in written)


def _is_near(day: date, other: date) -> bool:
    return abs((day - other).days) <= 1


@lru_cache(10_000)
def _root(token: str) -> str:
    return stem(folded(token))


def _roots(line: str) -> set[str]:
    return set(map(_root, TOKEN.findall(line[:_LONGEST_LINE])))


def _counted_words(line: str) -> set[str]:
    """The stems of a line's words that stand beside a number: "3 pieces", "weight: 30"."""
    return {_root(word) for found in _COUNTED_WORD.findall(line[:_LONGEST_LINE]) for word in found if word}


def _is_name(root: str) -> bool:
    return root.isalpha() and is_content(root)


def _nodes(code: str) -> Iterator[ast.AST]:
    tree = parsed(code)
    return ast.walk(tree) if tree is not None else iter(())


def _text(node: ast.expr | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _words_of(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        match node:
            # An integer of very many digits cannot be written in decimals.
            case ast.Constant(value=int() as number) if number.bit_length() > 64:
                pass
            case ast.Constant(value=value):
                yield str(value)
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name) | ast.FunctionDef(name=name):
                yield name
            case ast.keyword(arg=str() as name):
                yield name


def _condition(kind: ConditionKind, word: str, pattern: str, count: int, row: _Row) -> RowCondition:
    return RowCondition(
        kind=kind,
        word=encodable(word[:_SHOWN]),
        pattern=encodable(pattern),
        count=count,
        source=encodable(row.source),
        line=row.number,
        text=encodable(row.line.strip()[:_SHOWN]),
    )
