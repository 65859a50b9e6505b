"""The rows of a form and more: what stands in all lines of a form may stand there by chance, or in a remark."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from ...document.text import Text
from .asked import Asked, restricts, stems_of
from .row_families import REMARK, cells_apart, family_form
from .row_patterns import LineForm, constants_of, matches_of
from .states import state_of, with_states
from .table_forms import table_form
from .table_rows import Table


def wider_form(
    form: LineForm,
    others: Collection[int],
    tables_and_families: tuple[Sequence[Table], Sequence[Table]],
    asked: Asked,
    text: Text,
) -> LineForm | None:
    """The form of all rows that are like those of a form, with its states; None where there are no more of them.

    The lines with the numbers `others` are alike too, and say another thing: they are among the rows only where a
    column says so for all of them.
    """
    tables, families = tables_and_families
    for wider in (*_as_list(form, tables, asked, text), *_as_family(form, families, asked, text)):
        made = with_states(wider, asked, text)
        if not has_any(made, others, text) or _tells(made, form, others, text):
            return made
    return None


def has_any(form: LineForm, numbers: Collection[int], text: Text) -> bool:
    """Whether lines with some numbers are among the rows of a form."""
    return not matches_of(form.pattern, text).keys().isdisjoint(numbers)


def words_in_all(form: LineForm) -> frozenset[str]:
    """The stems of what stands in all lines of a form, words like "on" left out."""
    return stems_of(" ".join(constants_of(form.pattern)))


def _as_list(form: LineForm, tables: Sequence[Table], asked: Asked, text: Text) -> Iterator[LineForm]:
    """The form of a list's rows, where they are those of a form and more with the same words of the question."""
    table = next((table for table in tables if table.has(form.line_num)), None)
    wider = None if table is None else table_form(table, asked, text, form.line_num)
    if table is None or wider is None or words_in_all(wider) & asked.stems != words_in_all(form) & asked.stems:
        return
    own, found = (matches_of(each.pattern, text).keys() for each in (form, wider))
    # A list knows what is added at the end of some rows, which may be why they do not count.
    if own < found or (table.optional and found <= own):
        yield wider


def _as_family(form: LineForm, families: Sequence[Table], asked: Asked, text: Text) -> Iterator[LineForm]:
    """The form of rows that are like those of a form but for a remark, or for a cell between signs that the question
    does not name."""
    family = next((family for family in families if family.has(form.line_num)), None)
    wider = None if family is None else family_form(family, asked, text, form.line_num)
    if family is None or wider is None:
        return
    row = next(row for row in family.rows if row.number == form.line_num)
    remark = stems_of(row.cells[-1]) if family.labels[-1] == REMARK else frozenset[str]()
    # Of "how many were broken" the rows that say so are meant, and not those that say nothing of it.
    added = stems_of(" ".join(family.labels[at] for at in family.optional))
    # "this year" is said of rows that say what it was last year too.
    if added and added <= asked.stems and not restricts(asked.text):
        return
    # What the question shares with a remark may be what it leaves out.
    by_chance = stems_of(" ".join(cells_apart(family, row))) - asked.stems
    own, found = (matches_of(each.pattern, text).keys() for each in (form, wider))
    is_told = wider.remark is not None
    # Rows apart from their remarks tell more than those whose last cell has them.
    is_better = own < found or (is_told and own == found)
    # The question leaves out the rows with the remark that the form has.
    is_without = bool(remark) and not is_told and own <= {row.number for row in family.rows}
    missing = words_in_all(form) - words_in_all(wider) - remark - by_chance
    # The words may stand in all rows without being all that a cell says: "21 in hand, so 2 to buy".
    is_said = own < found and all(missing <= stems_of(" ".join(groups)) for groups in wider.rows)
    if (is_better or is_without) and (not missing or is_said):
        yield wider


def _tells(wider: LineForm, form: LineForm, others: Collection[int], text: Text) -> bool:
    """Whether a column of states has other values in the rows of a form than in other rows."""
    rows = matches_of(wider.pattern, text)
    own = [rows[number] for number in matches_of(form.pattern, text) if number in rows]
    theirs = [rows[number] for number in others if number in rows]
    return any(
        {state_of(row[at]) for row in own}.isdisjoint(state_of(row[at]) for row in theirs) for at, _ in wider.states
    )
