"""Rows that belong to the heading above them, where a question names what headings alone say: "## North hall"."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from ...document.search.dates import DATE, WEEKDAY_NAME
from ...document.text import Text
from .asked import Asked, stem_of, stems_of
from .row_families import family_form, row_families
from .row_patterns import HAS_DIGIT, LONGEST_LINE, LineForm, Sections, escaped, matches_of
from .short_days import SHORT_DAY
from .states import with_states
from .table_forms import table_form
from .table_rows import Table
from .tables import tables_of

_MARKDOWN, _COLON = re.compile(r"(#{1,6}) "), r"^[^:\n]*[^:\s]:$"
_CAPITALS = r"^[^a-z\n]*[A-Z]{2}[^a-z\n]*$"
_WORD, _END_OF_WORD = re.compile(r"[^\W_]+"), r"\b"
_ENDS_OF_SENTENCES = (".", "!", "?", ";", ",")
# The first word or sign of a line, which may be that of all headings: "Week 3", "== North ==", "[north]".
_FIRST = re.compile(r"[^\W\d_]+(?= )|[^\w\s]+ ?")
_DAY = re.compile(rf"(?=\w)(?:{WEEKDAY_NAME}\b[.,]? ?)?(?:{DATE.pattern}|{SHORT_DAY.pattern})?:?", re.IGNORECASE)
# Days of a question between which, or up to which, all are meant.
_OF_SEVERAL_DAYS = re.compile(r"\b(?:from|between|since|until|till|through|before|after|by)\b", re.IGNORECASE)
_LEAVES_OUT = re.compile(
    r"\b(?:except|excluding|without|apart from|other than|outside|but not|ignor\w+|disregard\w*|"
    r"(?:left|leave|leaving)\b.*\bout)\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[^.?!;]+")
_FEWEST_HEADINGS, _ROWS_OF_A_HEADING, _WITH_ROWS, _NAMED = 2, 1.5, 0.8, 0.5
_LONGEST_HEADING, _WORDS_OF_A_HEADING, _MOST_LINES, _MOST_TABLES, _LONGEST_PATTERN = 100, 14, 20_000, 6, 200


class _Headings(NamedTuple):
    """The headings of one form: a pattern that finds them, their lines by number, and what a pattern for some of them
    begins and ends with."""

    pattern: str
    lines: dict[int, str]
    begin: str = "^"
    end: str = ""


def section_form(asked: Asked, text: Text, others: Iterable[int] = ()) -> LineForm | None:
    """The form of the rows below the headings that a question names with words that no row has; None where there are
    no such headings, or it is not sure which are meant. `others` are the numbers of lines that may be meant as well:
    where one that is no heading has the words, nothing is sure.

    Headings are lines of one form: with the same number of signs "#", or with the same first word or sign, days, or
    lines with a colon at their end. Of a long text the first 20,000 lines are read.
    """
    lines = lines_of(text)
    headings = [each for each in _headings(lines) if _may_be_named(each, asked)]
    if not headings:
        return None
    tables, families = (
        sorted(made, key=lambda table: -len(table.rows)) for made in (tables_of(text), row_families(text))
    )
    may_be = [lines[number] for number in others if number in lines]
    # What stands above the lines of a record is a part of it.
    of_records = {
        number
        for table in tables
        for row in table.rows
        if row.lines > 1
        for number in range(row.number, row.number + row.lines)
    }
    headings = [each for each in headings if of_records.isdisjoint(each.lines)]
    for table in (*tables[:_MOST_TABLES], *families[:_MOST_TABLES]):
        if all(row.lines == 1 for row in table.rows) and (made := _of_table(table, headings, asked, text, may_be)):
            return made
    return None


def lines_of(text: Text) -> dict[int, str]:
    """The lines of a text that may be headings or rows, by their numbers."""
    return {
        number: line
        for number, line in zip(range(1, _MOST_LINES + 1), text.iter_lines(), strict=False)
        if 0 < len(line) <= LONGEST_LINE
    }


def headings_of(lines: Mapping[int, str]) -> Iterator[dict[int, str]]:
    """Lines that may be headings, those of each form together; of those with signs "#" those with as many."""
    for each in _headings(lines):
        signs = {at: len(line) - len(line.lstrip("#")) for at, line in each.lines.items()}
        yield {at: line for at, line in each.lines.items() if signs[at] == max(signs.values())}


def with_rows(headings: Sequence[int], rows: Sequence[int]) -> list[int]:
    """Those of some headings below which rows stand before the next one; both by their numbers, in order."""
    ends = [*headings[1:], rows[-1] + 1]
    return [at for at, end in zip(headings, ends, strict=True) if bisect_left(rows, end) > bisect_left(rows, at)]


def has_others(headings: Collection[int], rows: Collection[int], lines: Mapping[int, str]) -> bool:
    """Whether lines between the first heading and the last row may be headings too, or may begin something else: short
    ones at the left without a figure that are no sentences."""
    first, last = min(headings), max(rows)
    return any(
        first < at < last and at not in headings and at not in rows and not HAS_DIGIT.search(line) and _is_short(line)
        for at, line in lines.items()
    )


def _of_table(
    table: Table, headings: Sequence[_Headings], asked: Asked, text: Text, others: Collection[str]
) -> LineForm | None:
    numbers = [row.number for row in table.rows]
    said = stems_of(" ".join(table.labels)).union(*(stems_of(" ".join(row.cells)) for row in table.rows))
    found: dict[frozenset[int], tuple[_Headings, frozenset[str], frozenset[int]]] = {}
    for each in headings:
        own = _above(each, table, numbers)
        if not own:
            continue
        named = _named({number: each.lines[number] for number in own}, asked, said)
        if named is None:
            # The question has words of several headings.
            return None
        words, meant = named
        if words:
            found[_below(each.lines, meant, numbers)] = (each, words, meant)
    # Two kinds of headings, such as those of parts and chapters, would have to be told together.
    if len(found) != 1:
        return None
    ((kept, (heading, words, meant)),) = found.items()
    pattern = _pattern_of(heading, words, meant, text)
    if pattern is None:
        return None
    # "week 3": another 3 is none.
    telling = (
        words
        if any(map(str.isalpha, words))
        else frozenset.intersection(*(stems_of(heading.lines[at]) for at in meant))
    )
    if any(telling <= stems_of(other) and other not in heading.lines.values() for other in others):
        return None
    rest = asked._replace(stems=asked.stems - words, saying=asked.saying - words, asking=asked.asking - words)
    shown = min(kept)
    made = table_form if any(table.labels) and table.header else family_form
    form = made(table, rest, text, shown)
    sections = Sections(heading.pattern, pattern)
    return None if form is None else _kept(form, sections, heading.lines, meant, rest, text)


def _kept(
    form: LineForm, sections: Sections, headings: Iterable[int], meant: Collection[int], asked: Asked, text: Text
) -> LineForm | None:
    """The form with those of its rows alone that are below the headings that are meant, all by their numbers."""
    matches = matches_of(form.pattern, text)
    own = _below(headings, meant, sorted(matches))
    left_out = {(at, cell) for at, cells in form.left_out for cell in cells}
    rows = {number: matches[number] for number in sorted(own) if left_out.isdisjoint(enumerate(matches[number]))}
    if not rows:
        return None
    number = min(rows)
    form = replace(
        form,
        line_num=number,
        line=text.line(number) or "",
        groups=rows[number],
        rows=tuple(rows.values()),
        sections=sections,
        states=(),
    )
    return with_states(form, asked, text)


def _headings(lines: Mapping[int, str]) -> Iterator[_Headings]:
    """Lines that may be headings, those of each form together."""
    short = {number: line for number, line in lines.items() if _is_short(line)}
    yield from _with_markdown(lines)
    firsts = {number: found[0] for number, line in lines.items() if (found := _FIRST.match(line)) is not None}
    in_all = Counter(firsts.values())
    for begin, count in Counter(first for number, first in firsts.items() if number in short).items():
        # All lines that begin so, or the pattern would find more.
        if _FEWEST_HEADINGS <= count == in_all[begin] and not begin.startswith("#"):
            own = {number: short[number] for number, first in firsts.items() if first == begin}
            pattern = f"^{escaped(begin)}{_END_OF_WORD if begin.isalpha() and begin.isascii() else ''}"
            yield _Headings(pattern, own, pattern)
    days = {number: line for number, line in short.items() if _DAY.fullmatch(line.rstrip()) and _WORD.search(line)}
    begins = sorted({_WORD.findall(line)[0] for line in days.values()})
    if len(days) >= _FEWEST_HEADINGS and all(map(str.isalpha, begins)):
        yield _Headings(f"^(?:{'|'.join(begins)})\\b", days)
    for pattern, begin, end in ((_COLON, "^", ".*:$"), (_CAPITALS, "^", "[^a-z\\n]*$")):
        own = {number: line for number, line in lines.items() if re.search(pattern, line)}
        if len(own) >= _FEWEST_HEADINGS and own.keys() <= short.keys():
            yield _Headings(pattern, own, begin, end)


def _with_markdown(lines: Mapping[int, str]) -> Iterator[_Headings]:
    """The headings of each level, with those of higher levels, which end what is below them."""
    marked = {number: found[1] for number, line in lines.items() if (found := _MARKDOWN.match(line)) is not None}
    for level in sorted({*map(len, marked.values())}):
        pattern = f"^#{{1,{level}}} " if level > 1 else "^# "
        own = {number: lines[number] for number, signs in marked.items() if len(signs) <= level}
        yield _Headings(pattern, own, pattern)


def _may_be_named(headings: _Headings, asked: Asked) -> bool:
    """Whether the question has a word or number of some of the headings."""
    stems = list(map(stems_of, headings.lines.values()))
    return not asked.stems.isdisjoint(frozenset[str]().union(*stems) - frozenset.intersection(*stems))


def _is_short(line: str) -> bool:
    """Whether a line begins at the left, is short, and no sentence."""
    is_open = not line[0].isspace() and not line.rstrip().endswith(_ENDS_OF_SENTENCES)
    return is_open and len(line) <= _LONGEST_HEADING and len(line.split()) <= _WORDS_OF_A_HEADING


def _above(headings: _Headings, table: Table, numbers: Sequence[int]) -> list[int]:
    """The headings below which the rows of a table stand, by their numbers; nothing where there are not several, or
    many have no rows."""
    lines = sorted(headings.lines)
    is_apart = headings.lines.keys().isdisjoint(numbers) and table.header not in headings.lines
    if not is_apart or lines[0] > numbers[0]:
        return []
    # A title stands above other headings, and no row.
    own = with_rows(lines, numbers)
    is_enough = len(own) >= _FEWEST_HEADINGS and len(own) >= _WITH_ROWS * len(lines) - 1
    return own if is_enough and len(numbers) >= _ROWS_OF_A_HEADING * len(own) else []


def _below(headings: Iterable[int], meant: Collection[int], numbers: Sequence[int]) -> frozenset[int]:
    """Those of some lines, in their order, that stand below one of the headings that are meant."""
    own = sorted(headings)
    return frozenset(number for number in numbers if (at := bisect_left(own, number)) and own[at - 1] in meant)


def _named(
    headings: Mapping[int, str], asked: Asked, said: Collection[str]
) -> tuple[frozenset[str], frozenset[int]] | None:
    """The stems of a question that only some of the headings have, and no row, and the headings that have all of
    them; None where there are such words, and no such heading, or headings say much more."""
    stems = {number: stems_of(line) for number, line in headings.items()}
    in_all = frozenset[str].intersection(*stems.values())
    of_question = asked.saying.difference(said) | _numbers_of(asked, stems.values(), said)
    of_some = frozenset[str]().union(*stems.values()) - in_all
    words = (of_question - asked.excluded - asked.negated) & of_some
    if not words:
        return words, frozenset()
    meant = frozenset(number for number, own in stems.items() if words <= own)
    if not meant or (any(map(_DAY.fullmatch, headings.values())) and _OF_SEVERAL_DAYS.search(asked.text)):
        return None
    # What a sentence leaves out may be what it names.
    if any(_LEAVES_OUT.search(sentence) and words & stems_of(sentence) for sentence in _SENTENCE.findall(asked.text)):
        return None
    # Of a heading that says much more a word may be one by chance.
    for number in meant:
        telling = {stem for stem in stems[number] - in_all if stem.isalpha()} | words
        if len(words) < _NAMED * len(telling):
            return None
    return words, meant


def _numbers_of(asked: Asked, headings: Collection[frozenset[str]], said: Collection[str]) -> frozenset[str]:
    """The numbers of a question that stand in it beside a word that a heading with the number has too, and no row:
    "week 3"."""
    pairs = [*pairwise(asked.sequence)]
    pairs += [(after, before) for before, after in pairs]
    return frozenset(
        number
        for number, word in pairs
        if number[:1].isdecimal() and word.isalpha() and word not in said
        if any({number, word} <= own for own in headings)
    )


def _pattern_of(headings: _Headings, words: Collection[str], meant: frozenset[int], text: Text) -> str | None:
    """What finds the headings that are meant, and no other line; None where no pattern is known."""
    written = {
        tuple(dict.fromkeys(word for word in _WORD.findall(headings.lines[number]) if stem_of(word) in words))
        for number in meant
    }
    (own, *others) = written
    if others or not own:
        return None
    # A word ends where ASCII letters do for the search.
    whole = [f"\\b{escaped(word)}\\b" if word.isascii() else escaped(word) for word in own]
    between = "" if headings.begin == "^" and not headings.end else ".*"
    pattern = f"{headings.begin}{between}{'.*'.join(whole)}{headings.end}"
    if between == "" and not matches_of(pattern, text):
        pattern = f"^.*{'.*'.join(whole)}"
    is_exact = matches_of(pattern, text).keys() == meant
    is_all = matches_of(headings.pattern, text).keys() == headings.lines.keys()
    return pattern if is_exact and is_all and len(pattern) <= _LONGEST_PATTERN else None
