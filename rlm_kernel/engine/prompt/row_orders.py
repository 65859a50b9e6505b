"""Rows that say the same in several orders of words: "7 sacks of lot 4 for Ann" and "for Ann: lot 4 (rye), 7 sacks"."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice, pairwise

from ...document.search.search_words import STOPWORDS, folded
from ...document.text import Text
from .asked import Asked
from .row_families import REMARK, family_form, words_of
from .row_patterns import HAS_DIGIT, LETTERS, LineForm, constants_of
from .states import is_state
from .tables import Table
from .wider_forms import words_in_all

_FEWEST_SHARED, _MOST_TRIED, _MOST_ORDERS, _SHARED_VALUES = 2, 8, 6, 0.5


def form_in_orders(family: Table, families: Sequence[Table], asked: Asked, text: Text) -> LineForm | None:
    """The form of a family's rows, with those of other families that have the same columns in another order as `more`;
    None where there are none.

    Columns of numbers are the same where the same word stands beside them, and columns of words where they have the
    same values. The form's `rows` are those of all orders.
    """
    first = family_form(family, asked, text, family.rows[0].number)
    if first is None:
        return None
    of_numbers = _number_columns(family)
    may_be = (each for each in families if each is not family and _number_columns(each) == of_numbers)
    made = (family_form(each, asked, text, each.rows[0].number) for each in islice(may_be, _MOST_TRIED))
    forms = [first, *(form for form in made if form is not None)]
    # What not all rows have is none of each row: the form with the fewest columns has what all have.
    alike = [(form, list(_alike(form, forms, asked))) for form in sorted(forms, key=lambda form: len(form.groups))]
    least, others = max(alike, key=lambda each: len(each[1]))
    if not others or not any(form is first for form in (least, *(other for other, _ in others))):
        return None
    labels = _labels(least, others)
    more = tuple(_labelled(_with_remark(form, same, least), same, labels) for form, same in others)
    # A row that has no remark in an order that has none at all.
    rows = [
        tuple(row[same[at]] if at in same else "" for at in range(len(least.groups)))
        for form, same in others
        for row in form.rows
    ]
    return replace(least, labels=labels, rows=(*least.rows, *rows), more=more)


def _alike(form: LineForm, forms: Sequence[LineForm], asked: Asked) -> Iterator[tuple[LineForm, dict[int, int]]]:
    """The other forms that have the columns of a form, with where they have them."""
    for other in islice((each for each in forms if each is not form), _MOST_ORDERS):
        same = _same_columns(form, other, asked)
        if same is not None:
            yield other, same


def _same_columns(form: LineForm, other: LineForm, asked: Asked) -> dict[int, int] | None:
    """For each column of a form that of another that is the same; None where one has none, or they say other things."""
    # Remarks of one alone would be lost, and they may say that a row does not count.
    if form.remark is None and other.remark is not None:
        return None
    words, others = words_in_all(form), words_in_all(other)
    if words & asked.stems != others & asked.stems or any(map(is_state, words ^ others)):
        return None
    beside, beside_others = _words_beside(form), _words_beside(other)
    columns, other_columns = (list(zip(*each.rows, strict=True)) for each in (form, other))

    def may_be(at: int, to: int) -> bool:
        if at == form.remark or to == other.remark:
            return at == form.remark and to == other.remark
        if _is_of_numbers(columns[at]):
            # "14 of K-216": a word stands beside the number and beside the code.
            is_alike = _is_of_numbers(other_columns[to]) and _has_letters(columns[at]) == _has_letters(other_columns[to])
            return is_alike and not beside[at].isdisjoint(beside_others[to])
        return _share_values(columns[at], other_columns[to])

    same: dict[int, int] = {}
    left = {at: {to for to in range(len(other_columns)) if may_be(at, to)} for at in range(len(columns))}
    # Where there are no remarks at all, nothing is lost.
    left = {at: found for at, found in left.items() if found or at != form.remark}
    while left:
        # What may be one column alone is that one, and no other is.
        at = min(left, key=lambda at: len(left[at]))
        if len(left[at]) != 1:
            return None
        same[at] = left.pop(at).pop()
        left = {at: found - {*same.values()} for at, found in left.items()}
    numbers = [sum(map(_is_of_numbers, each)) for each in (columns, other_columns)]
    is_same = numbers[0] == numbers[1] and len(same) - (form.remark in same) >= _FEWEST_SHARED
    return same if is_same else None


def _number_columns(table: Table) -> int:
    return sum(map(_is_of_numbers, zip(*(row.cells for row in table.rows), strict=True)))


def _label(form: LineForm, at: int) -> str:
    return form.labels[at] if form.labels else ""


def _is_of_numbers(column: Sequence[str]) -> bool:
    return all(map(HAS_DIGIT.search, column))


def _has_letters(column: Sequence[str]) -> bool:
    return all(map(LETTERS.search, column))


def _share_values(column: Sequence[str], other: Sequence[str]) -> bool:
    own, theirs = set(column), set(other)
    return len(own & theirs) >= _SHARED_VALUES * min(len(own), len(theirs))


def _words_beside(form: LineForm) -> list[set[str]]:
    """The words that stand right before and right behind each column."""
    between = [words_of(part) for part in constants_of(form.pattern)]
    return [{*before[-1:], *behind[:1]} for before, behind in pairwise(between)]


def _labels(form: LineForm, others: Sequence[tuple[LineForm, Mapping[int, int]]]) -> tuple[str, ...]:
    """Labels for the columns of a form: the word that stands beside each in all orders."""
    labels = []
    for at, words in enumerate(_words_beside(form)):
        shared = words.intersection(*(_words_beside(other)[same[at]] for other, same in others if at in same))
        # Of "14 of K-216" neither is called "of".
        shared -= {word for word in shared if folded(word) in STOPWORDS}
        is_word = not _label(form, at) and len(shared) == 1
        labels.append(shared.pop() if is_word else _label(form, at))
    return tuple(labels)


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
