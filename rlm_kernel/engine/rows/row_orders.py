"""Rows that say the same in several orders of words: "7 sacks of lot 4 for Ann" and "for Ann: lot 4 (rye), 7 sacks"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace
from itertools import islice, pairwise
from typing import NamedTuple

from ...document.search.search_words import STOPWORDS, folded
from ...document.text import Text
from .asked import Asked, content_of, stem_of
from .row_families import REMARK, family_form, remarked_form, words_of
from .row_patterns import HAS_DIGIT, LETTERS, LineForm, as_day, constants_of, escaped, matches_of, with_part
from .states import is_state
from .table_rows import Table
from .wider_forms import words_in_all

_FIGURE, _DIGITS, _TIME = re.compile(r"-?\d[\d.,]*"), re.compile(r"\d+"), re.compile(r"\d+(?::\d\d)+")
_FEWEST_SHARED, _MOST_TRIED, _MOST_ORDERS, _SHARED_VALUES = 2, 8, 6, 0.5


class _Order(NamedTuple):
    """The form of rows in one order of words: its columns, the values of each in all rows that are alike, also those
    that the question is not about, and the words that stand right before and behind each."""

    form: LineForm
    columns: list[tuple[str, ...]]
    values: list[frozenset[str]]
    beside: list[set[str]]


def form_in_orders(family: Table, families: Sequence[Table], asked: Asked, text: Text) -> LineForm | None:
    """The form of a family's rows, with those of other families that have the same columns in another order as `more`;
    None where there are none.

    Columns of numbers are the same where the same word stands beside them, and columns of words where they have the
    same values. The form's `rows` are those of all orders.
    """
    first = _order(family, asked, text)
    if first is None:
        return None
    of_numbers = _number_columns(family)
    may_be = (each for each in families if each is not family and _number_columns(each) == of_numbers)
    made = (
        _order(each, asked, text) or _order_of_few(each, first, asked, text) for each in islice(may_be, _MOST_TRIED)
    )
    orders = [first, *(order for order in made if order is not None)]
    # What not all rows have is none of each row: the form with the fewest columns has what all have.
    alike = [
        (order, list(_alike(order, orders, asked))) for order in sorted(orders, key=lambda each: len(each.columns))
    ]
    least, others = max(alike, key=lambda each: len(each[1]))
    if not others or not any(order is first for order in (least, *(other for other, _ in others))):
        return None
    labels = _labels(least, others)
    form = least.form
    more = tuple(_labelled(_with_remark(other.form, same, form), same, labels) for other, same in others)
    # A row that has no remark in an order that has none at all.
    rows = [
        tuple(row[same[at]] if at in same else "" for at in range(len(form.groups)))
        for other, same in others
        for row in other.form.rows
    ]
    return replace(form, labels=labels, rows=(*form.rows, *rows), more=more)


def _order(family: Table, asked: Asked, text: Text) -> _Order | None:
    """The form of a family's rows, with what its columns are known by."""
    form = family_form(family, asked, text, family.rows[0].number)
    return None if form is None else _order_of(form, family)


def _order_of(form: LineForm, family: Table) -> _Order:
    columns = list(zip(*form.rows, strict=True))
    return _Order(form, columns, [_values_in_all(family, column) for column in columns], _words_beside(form))


def _order_of_few(family: Table, order: _Order, asked: Asked, text: Text) -> _Order | None:
    """The form of the few rows of a family that have the words of the question that all rows of another form have; None
    where there are none, or the family has them in no cell of their own."""
    words = words_in_all(order.form) & asked.stems
    words -= {stem_of(word) for part in family.between for word in words_of(part)}
    any_words = asked._replace(stems=asked.stems - words, saying=asked.saying - words, asking=asked.asking - words)
    form = remarked_form(family, any_words, text, family.rows[0].number) or family_form(
        family, any_words, text, family.rows[0].number
    )
    if form is None or not words:
        return None
    for at, column in enumerate(zip(*form.rows, strict=True)):
        values = {value for value in column if frozenset(map(stem_of, content_of(value))) == words}
        if len(values) == 1 and at != form.remark:
            return _order_of(_of_value(form, at, values.pop(), text), family)
    return None


def _of_value(form: LineForm, at: int, value: str, text: Text) -> LineForm:
    """The form of those rows that have a value in a group, which is none any more."""
    pattern = with_part(form.pattern, at, escaped(value))
    matches = matches_of(pattern, text)
    number = min(matches)
    labels = form.labels[:at] + form.labels[at + 1 :]
    remark = form.remark if form.remark is None or form.remark < at else form.remark - 1
    line = text.line(number) or ""
    rows = tuple(matches.values())
    return replace(
        form, pattern=pattern, line_num=number, line=line, groups=rows[0], rows=rows, labels=labels, remark=remark
    )


def _alike(order: _Order, orders: Sequence[_Order], asked: Asked) -> Iterator[tuple[_Order, dict[int, int]]]:
    """The other forms that have the columns of a form, with where they have them."""
    for other in islice((each for each in orders if each is not order), _MOST_ORDERS):
        same = _same_columns(order, other, asked)
        if same is not None:
            yield other, same


def _same_columns(order: _Order, other: _Order, asked: Asked) -> dict[int, int] | None:
    """For each column of a form that of another that is the same; None where one has none, or they say other things."""
    remark, other_remark = order.form.remark, other.form.remark
    # Remarks of one alone would be lost, and they may say that a row does not count.
    if remark is None and other_remark is not None:
        return None
    words, others = words_in_all(order.form), words_in_all(other.form)
    if words & asked.stems != others & asked.stems or any(map(is_state, words ^ others)):
        return None
    left = {at: _same_as(order, at, other) for at in range(len(order.columns))}
    # Where there are no remarks at all, nothing is lost.
    left = {at: found for at, found in left.items() if found or at != remark}
    same: dict[int, int] = {}
    while left:
        # What may be one column alone is that one, and no other is.
        at = min(left, key=lambda at: len(left[at]))
        if len(left[at]) != 1:
            return None
        same[at] = left.pop(at).pop()
        left = {at: found - {*same.values()} for at, found in left.items()}
    numbers = [sum(map(_is_of_numbers, each.columns)) for each in (order, other)]
    is_same = numbers[0] == numbers[1] and len(same) - (remark in same) >= _FEWEST_SHARED
    return same if is_same else None


def _same_as(order: _Order, at: int, other: _Order) -> set[int]:
    """The columns of another form that may be a column of a form."""
    if at == order.form.remark:
        return {to for to in range(len(other.columns)) if to == other.form.remark}
    column = order.columns[at]
    is_of_numbers, is_of_figures = _is_of_numbers(column), _is_of_figures(column)
    alike = {
        to
        for to, each in enumerate(other.columns)
        if to != other.form.remark and _is_of_numbers(each) == is_of_numbers and _is_of_figures(each) == is_of_figures
    }
    sharing = {to for to in alike if not is_of_figures and _share_values(order.values[at], other.values[to])}
    if not is_of_numbers:
        return sharing
    named = {to for to in alike if not order.beside[at].isdisjoint(other.beside[to])}
    # Days, times and codes are known by their signs where nothing else tells.
    return named | sharing or {to for to in alike if not is_of_figures and _signs(column) == _signs(other.columns[to])}


def _number_columns(table: Table) -> int:
    return sum(map(_is_of_numbers, zip(*(row.cells for row in table.rows), strict=True)))


def _label(form: LineForm, at: int) -> str:
    return form.labels[at] if form.labels else ""


def _is_of_numbers(column: Sequence[str]) -> bool:
    return all(map(HAS_DIGIT.search, column))


def _is_of_figures(column: Sequence[str]) -> bool:
    """Whether a column says nothing but how many: no days, times or codes."""
    return all(map(_FIGURE.fullmatch, column))


def _signs(column: Sequence[str]) -> set[str]:
    """What values look like: "a-9" of K-216."""
    return {LETTERS.sub("a", _DIGITS.sub("9", value)) for value in column}


def _share_values(own: Set[str], theirs: Set[str]) -> bool:
    return len(own & theirs) >= _SHARED_VALUES * min(len(own), len(theirs))


def _values_in_all(family: Table, column: Sequence[str]) -> frozenset[str]:
    """The values of a column in all rows of a family, of which a form may have few."""
    own = frozenset(column)
    columns = (frozenset(values) for values in zip(*(row.cells for row in family.rows), strict=True))
    return own.union(*(values for values in columns if own <= values))


def _words_beside(form: LineForm) -> list[set[str]]:
    """The words that stand right before and right behind each column."""
    between = [words_of(part) for part in constants_of(form.pattern)]
    return [{*before[-1:], *behind[:1]} for before, behind in pairwise(between)]


def _labels(order: _Order, others: Sequence[tuple[_Order, Mapping[int, int]]]) -> tuple[str, ...]:
    """Labels for the columns of a form: the word that stands beside each in all orders, or what all of them are."""
    labels: list[str] = []
    for at, words in enumerate(order.beside):
        label = _label(order.form, at)
        if not label:
            shared = words.intersection(*(other.beside[same[at]] for other, same in others if at in same))
            # Of "14 of K-216" neither is called "of".
            shared -= {word for word in shared if folded(word) in STOPWORDS}
            label = shared.pop() if len(shared) == 1 else _kind(order.columns[at])
        called = sum(each.split("_")[0] == label for each in labels)
        labels.append(f"{label}_{called + 1}" if called else label)
    return tuple(labels)


def _kind(column: Sequence[str]) -> str:
    """What a column is called that has the same name in all orders, where no word is beside it."""
    if not _is_of_numbers(column):
        return "name" if all(value[:1].isupper() for value in column) else "kind"
    if _is_of_figures(column):
        return "number"
    if all(map(_TIME.fullmatch, column)):
        return "time"
    return "day" if all(map(as_day, column)) else "code"


def _with_remark(other: LineForm, same: Mapping[int, int], form: LineForm) -> LineForm:
    """A form with an empty group at its end, where another has its remarks: each row can be asked for one."""
    if form.remark is None or form.remark in same:
        return other
    pattern = f"{other.pattern.removesuffix('$')}(){'$' * other.pattern.endswith('$')}"
    rows, labels = tuple((*row, "") for row in other.rows), (*other.labels, REMARK)
    return replace(other, pattern=pattern, groups=(*other.groups, ""), rows=rows, labels=labels)


def _labelled(other: LineForm, same: Mapping[int, int], labels: Sequence[str]) -> LineForm:
    """A form whose columns are called what the same ones of the first form are."""
    called = {to: labels[at] for at, to in same.items()}
    return replace(other, labels=tuple(called.get(at, _label(other, at)) for at in range(len(other.groups))))
