"""The rows of a table that a question is about, as a pattern: its words in their cells, and groups for the others."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Collection, Container, Iterable, Mapping, Sequence, Set

from ...document.search.dates import DATE, written_days
from ...document.search.irregular_words import is_past, is_verb
from ...document.search.search_words import folded
from ...document.text import Text
from .asked import WORD, Asked, restricts, stem_of, stems_of
from .cell_parts import is_of_codes, is_of_wholes, with_parts
from .headed_sentences import OUTCOME
from .legends import FEWEST_MEANINGS, legend_of
from .remembered import remembered
from .row_patterns import (
    ANY,
    HAS_DIGIT,
    NUMBER,
    LineForm,
    as_day,
    constants_of,
    escaped,
    group_of,
    matches_of,
    of_days,
)
from .states import REMARKS, head_of, is_state
from .table_rows import Row, Table

_AROUND_NUMBER = re.compile(rf"(|\D*[ $€£]|[x×])({NUMBER})(|[ %]\D*|[^\W\d_]{{1,3}})")
_YEAR = re.compile(r"(?:19|20)\d\d")
_DAYS_IN_WORDS = tuple(
    (re.compile(kind), f"({kind})") for kind in (r"\d+ \w+ \d+", r"\d+\.? \w+\.? \d+", r"\w+\.? \d+,? \d+")
)
_NOT_SO = re.compile(
    r"\b(?:not(?: yet| been| even)*|never|no|without|"
    r"(?:nothing|nobody|none)(?: (?:is|was|are|were|has been|have been))?)\s+[\w-]+",
    re.IGNORECASE,
)
# What stands before the name of a place, or a person, in a question, for columns of where from and where to.
_FROM, _TO = (
    "from|left|leaving|leaves|leave|out of|departed|by",
    "to|into|towards|for|reached|reaching|arrived (?:at|in)",
)
_LABELS_OF_WAYS = {
    **dict.fromkeys(("from", "origin", "source", "sender", "departure"), _FROM),
    **dict.fromkeys(("to", "destination", "target", "receiver", "recipient", "arrival"), _TO),
}
TOTALS = frozenset(["total", "totals", "sum", "subtotal", "all", "grand total", "sum total", "in all", "overall"])
# What a column says where a row has nothing of what its label says.
_NOTHING = frozenset(["none", "no", "nil", "never", "n/a", "-", "--", "–", "—"])
# What lines say that only some records have, and that say nothing but that they are there.
_FLAGS = frozenset(["yes", "true", "y", "x", "1", "on"])
# Days on one side of that which a question names.
_OPEN_ENDED = re.compile(r"\b(?:since|after|before|until|till|onwards?)\b", re.IGNORECASE)
_LINES_OF_TITLE = 4
_FEW_VALUES, _FEWEST_ROWS, _ROWS_OF_A_VALUE, _ROWS_OF_A_CODE, _LONGEST_PATTERN = 5, 2, 2, 4, 300
# More than of lines: the columns have names, and records have many.
_MOST_GROUPS, _MOST_PARTS, _WORDS_OF_A_REMARK, _MOST_PARTLY = 8, 2, 3, 6


@remembered
def table_form(table: Table, asked: Asked, text: Text, shown: int) -> LineForm | None:
    """The form of those rows of a table that a question is about: those with its words in their cells. The line with
    the number `shown` is that of the form, if it is one of them."""
    legend = legend_of(text)
    table = with_parts(table, legend, of_days=bool(written_days(asked.text)))
    conditions, several, chosen = _conditions(table, asked, legend, _title_of(table, text))
    if len(chosen) < _FEWEST_ROWS:
        return None
    groups = _groups(table, chosen, conditions, asked, legend)
    groups |= {at: f"({'|'.join(map(escaped, values))})" for at, values in several.items() if at in groups}
    parts = [conditions.get(at, groups.get(at, f"{other}*?")) for at, other in enumerate(table.others)]
    required = {*conditions, *several}
    pattern = table.pattern(parts, required)
    matches = matches_of(pattern, text)
    if table.header in matches:
        pattern = table.pattern(_with_digits(table, chosen, parts, groups), required)
        matches = matches_of(pattern, text)
    if len(pattern) > _LONGEST_PATTERN or len(matches) < _FEWEST_ROWS or table.header in matches:
        return None
    pattern, matches = of_days(pattern, matches, asked.days, text)
    # The row of a total looks like the others, and is none.
    totals: dict[int, dict[str, None]] = {}
    for row, cell in _totals_of(table):
        if row.number in matches:
            groups_of_row = matches.pop(row.number)
            if cell not in groups_of_row:
                return None
            totals.setdefault(groups_of_row.index(cell), {})[cell] = None
    numbers = [shown, *(row.number for row in chosen)]
    number = next((number for number in numbers if number in matches), None)
    if number is None:
        return None
    labels = tuple(table.labels[at] for at in sorted(groups) for _ in constants_of(groups[at])[1:])
    rows = tuple(matches.values())
    # What stands at the end of some rows may say what became of them.
    last = len(table.labels) - 1
    is_remark = last in table.optional and last not in required and len(constants_of(groups.get(last, ""))) == 2
    return LineForm(
        pattern,
        text.name,
        number,
        matches[number],
        text.line(number) or "",
        rows,
        labels,
        left_out=tuple((at, tuple(cells)) for at, cells in totals.items()),
        remark=len(labels) - 1 if is_remark else None,
    )


@remembered
def _conditions(
    table: Table, asked: Asked, legend: Mapping[str, str], title: frozenset[str] = frozenset()
) -> tuple[dict[int, str], dict[int, list[str]], list[Row]]:
    """What the cells of some columns match in the rows that a question is about, the values of columns of which it
    names several, and those rows. `title` are the stems of what stands above the table."""
    columns = [Counter(row.cells[at] for row in table.rows) for at in range(len(table.labels))]
    totals = {row.number for row, _ in _totals_of(table)}
    rows = [row for row in table.rows if row.number not in totals]
    conditions: dict[int, str] = {}
    several: dict[int, list[str]] = {}
    kept: dict[int, Collection[str]] = {}
    used = set[str]().union(*map(stems_of, table.labels))
    called = _called(columns, asked)
    for at, (label, values) in enumerate(zip(table.labels, columns, strict=True)):
        # "South 1" is told of as two columns.
        before = kept.get(at - 1, ()) if table.between[at] == " " else ()
        # "7 days" too: the unit is a column of one value.
        is_with_unit = at + 1 < len(columns) and table.between[at + 1] == " " and len(columns[at + 1]) == 1
        beside = stems_of(" ".join([label, *before, *(columns[at + 1] if is_with_unit else ())]))
        all_named = _named(values, beside, asked, is_called=at == called) or _meant(values, asked, legend)
        all_named = all_named or _lacking(values, label, asked)
        # Of several that are named ("apples and pears", "Coop than Migros") the group has these.
        if len(all_named) > 1:
            several[at] = all_named
            if len(all_named) <= _FEW_VALUES and not any(map(is_state, map(str.lower, all_named))):
                kept[at] = all_named
            continue
        # "to buy" is said in "21 in hand, so 2 to buy" as well: which of them count, and how much, is in the group.
        # "Sent home, by bus" is sent home too.
        partly = [value for value in values if all_named and _says_partly(value, all_named[0])]
        if partly and len(partly) < _MOST_PARTLY:
            several[at] = kept[at] = [*all_named, *partly]
            continue
        named = all_named or _current(values, asked)
        elsewhere = [other for other in range(len(columns)) if other != at and named and named[0] in columns[other]]
        if elsewhere and not _LABELS_OF_WAYS.keys().isdisjoint(table.labels[other] for other in (at, *elsewhere)):
            # "left Gdansk", where there are goods from Gdansk and to it.
            named = named if asked.goes(named[0], _LABELS_OF_WAYS.get(label, "")) else []
        if any(_shared(table.labels[other], asked) > _shared(label, asked) for other in elsewhere):
            # "a confirmed latex allergy", where other allergies may be confirmed.
            named = []
        is_one = len(values) == 1 and not any(map(HAS_DIGIT.search, values))
        if named or is_one:
            conditions[at], kept[at] = escaped(next(iter(named or values))), named or [*values]
            used |= stems_of(named[0]) if named else set()
    for at, values in enumerate(columns):
        stems, named = ([], []) if at in {*kept, *several} else _partly_named(table, at, values, asked, used, title)
        part = _with_words(stems, named, table.others[at]) if 0 < len(named) < len(values) else ""
        # Days are those of the month or year that is asked for: see `of_days`.
        is_of_days = all(map(as_day, values))
        if part and not is_of_days and len(_with_cells(rows, kept | {at: named})) >= _FEWEST_ROWS:
            conditions[at], kept[at] = part, named
            used.update(stems)
    several = {at: values for at, values in several.items() if at in kept}
    for at in table.optional.keys() - kept.keys():
        wanted = _of_optional(table.labels[at], [row.cells[at] for row in rows], asked)
        if wanted is not None:
            conditions[at], kept[at] = escaped(wanted), [wanted]
    return conditions, several, _with_cells(rows, kept)


def _title_of(table: Table, text: Text) -> frozenset[str]:
    """The stems of the first lines of a text, where they stand above a table."""
    first = min(table.header or table.rows[0].number, table.rows[0].number)
    return frozenset[str]().union(*map(stems_of, itertools.islice(text.iter_lines(), min(first - 1, _LINES_OF_TITLE))))


def _partly_named(
    table: Table, at: int, values: Counter[str], asked: Asked, used: Set[str], title: Set[str]
) -> tuple[list[str], list[str]]:
    """The stems of words of the question by which cells of a column choose rows, and the values that have them; nothing
    where there are none, or such words say nothing of rows there. `used` are the stems that choose rows already,
    `title` those of what stands above the table: names with a word of it have it by chance ("Votes by polling station":
    "Station Hall").
    """
    label = table.labels[at]
    # Of days of no year and of addresses, the month and the street come back: "from 1 to 14 October".
    is_whole = is_of_wholes(values) and not _OPEN_ENDED.search(asked.text)
    # Of a column that is asked for itself ("per office of origin") all values are meant.
    is_free = is_whole or not stems_of(label) & asked.stems
    # Where a cell is hardly ever like another, a word in it is one by chance; in a list that is what it says.
    given = len(table.rows) - (values[""] if at in table.optional else 0)
    is_of_kinds = is_whole or not label or len(values) <= given / _ROWS_OF_A_VALUE
    # What remarks that only some rows have tell of is no kind of rows; a sentence on what came of a row is meant whole.
    remarks = [value for value in values if value] if at in table.optional and label else []
    is_told = sum(value.count(" ") + 1 for value in remarks) > _WORDS_OF_A_REMARK * len(remarks)
    if not is_free or not is_of_kinds or is_told or label == OUTCOME:
        return [], []
    # A remark that only mentions what a question is about is none of it.
    if label.casefold() in REMARKS and not stems_of(label) & asked.stems:
        return [], []
    chosen = stems_of(label) if is_whole else used
    is_of_names = not is_whole and len(values) > given / _ROWS_OF_A_VALUE
    stems, named = _part_named(values, asked, chosen | title if is_of_names else chosen)
    # What stands where most rows have a figure says why they have none, and is no kind of them.
    with_figures = sum(count for value, count in values.items() if HAS_DIGIT.search(value))
    if 2 * with_figures > values.total() and not any(map(HAS_DIGIT.search, named)):
        return [], []
    return stems, named


def _says_partly(value: str, named: str) -> bool:
    """Whether a value says with a figure, and with words before it, what one that the question names says alone; or
    says that and how, or when."""
    if value != named and head_of(value) == named:
        return True
    return not HAS_DIGIT.search(named) and value.endswith(f" {named}") and HAS_DIGIT.search(value) is not None


def _of_optional(label: str, cells: Sequence[str], asked: Asked) -> str | None:
    """What a cell is that only some rows have, in those that a question is about, "" where it is missing; None where
    it may be both."""
    added = [cell for cell in cells if cell]
    stems = stems_of(label)
    # "cancelled: yes" in those that are.
    is_flag = bool(stems) and {cell.casefold() for cell in added} <= _FLAGS
    if is_flag and stems <= asked.excluded | asked.negated:
        return ""
    if is_flag and stems <= asked.asking and len({*added}) == 1:
        return added[0]
    # "..., struck out by the judges": what a few rows add may be why they do not count.
    is_remark = not label and 2 * len(added) < len(cells) and not any(map(HAS_DIGIT.search, added))
    return "" if is_remark and restricts(asked.text) else None


def _with_cells(rows: Iterable[Row], kept: Mapping[int, Collection[str]]) -> list[Row]:
    """The rows that have one of some values in each of some columns."""
    return [row for row in rows if all(row.cells[at] in values for at, values in kept.items())]


def _current(values: Counter[str], asked: Asked) -> list[str]:
    """The only value of a column beside those that say that a row is no longer true, or that the question leaves out;
    nothing where there is none."""

    def is_out(value: str) -> bool:
        stems = stems_of(value)
        return value.lower() in asked.outdated or (bool(stems) and stems <= asked.excluded | asked.negated)

    others = list(itertools.islice((value for value in values if not is_out(value)), 2))
    return others if len(others) == 1 < len(values) else []


@remembered
def _totals_of(table: Table) -> list[tuple[Row, str]]:
    """The rows that are totals of others, each with the cell that says so."""
    distinct = {cell for row in table.rows for cell in row.cells}
    said = {cell for cell in distinct if cell.strip("*_: ").casefold() in TOTALS}
    if not said:
        return []
    return [(row, cell) for row in table.rows if (cell := next(filter(said.__contains__, row.cells), None)) is not None]


def _called(columns: Sequence[Counter[str]], asked: Asked) -> int | None:
    """The column with the figure that a question calls a thing by: that with codes beside figures, or with the fewest
    values; None where there is none."""

    def has_figure(values: Counter[str]) -> bool:
        # Where there are as many figures as rows, one is that of another thing by chance.
        is_of_few = _ROWS_OF_A_CODE * len(values) <= values.total()
        return is_of_few and any(re.fullmatch(NUMBER, value) and asked.calls(value) for value in values)

    def rank(at: int) -> tuple[bool, int]:
        return all(re.fullmatch(NUMBER, value) for value in columns[at]), len(columns[at])

    return min((at for at, values in enumerate(columns) if has_figure(values)), key=rank, default=None)


def _shared(label: str, asked: Asked) -> int:
    """How many words of a label a question has."""
    return len(stems_of(label) & asked.stems)


def _lacking(values: Iterable[str], label: str, asked: Asked) -> list[str]:
    """The values that say that a row has nothing of what a label says, where the question is about those rows."""
    return [value for value in values if value.strip().casefold() in _NOTHING and asked.lacks(label)]


def _named(values: Counter[str], beside: Set[str], asked: Asked, *, is_called: bool) -> list[str]:
    """The values of a column that a question names with all of their words, figures where they stand by words with the
    stems `beside`; `is_called`: also where it calls a thing by them."""
    is_of_states = any(is_state(value.lower()) for value in values)
    named: list[str] = []
    for value, count in values.items():
        stems = stems_of(value)
        # "not blocked any more" is not what a question calls blocked.
        if stems != stems_of(_NOT_SO.sub("", value)) and not asked.says(value):
            continue
        is_figure = re.fullmatch(NUMBER, value) is not None
        # A figure may be one by chance.
        is_chance = is_figure and (
            count < _FEWEST_ROWS
            or not (_stands_by(beside, stems, asked) or _YEAR.fullmatch(value) or (is_called and asked.calls(value)))
        )
        # What a sentence says beside the question may be what is not meant: the states are asked for.
        is_asked = stems <= asked.asking or (stems <= asked.stems and not is_of_states)
        if stems and is_asked and not is_chance and not stems <= asked.excluded | asked.negated:
            named += [value] if not value.isupper() or asked.says(value) else []
    # "the grants that were paid": none that are only granted.
    written = [value for value in named if asked.says(value)]
    return written if is_of_states and written else named


def _meant(values: Collection[str], asked: Asked, legend: Mapping[str, str]) -> list[str]:
    """The codes of a column of which the question has the meaning, with all of its words; nothing where a meaning says
    what became of a row, which the question may say in other words."""
    # A legend of some of the values may be one of something else.
    if len(values) < FEWEST_MEANINGS or any(value not in legend for value in values):
        return []
    meanings = {value: legend[value] for value in values}
    stems = {value: stems_of(meaning) for value, meaning in meanings.items()}
    in_words = [value for value, own in stems.items() if " " in meanings[value] and own <= asked.asking]
    in_words = [value for value in in_words if asked.says(meanings[value])]
    if len(in_words) == 1:
        return in_words
    if any(map(is_state, map(str.lower, meanings.values()))):
        return []
    return [value for value, own in stems.items() if own and own <= asked.stems and not own <= asked.negated]


def _stands_by(label: Set[str], figure: Set[str], asked: Asked) -> bool:
    """Whether a question has a figure beside a word of a column's label: "cellar 1"."""
    pairs = itertools.pairwise(asked.sequence)
    return any((one in label and other in figure) or (one in figure and other in label) for one, other in pairs)


def _part_named(values: Collection[str], asked: Asked, used: Set[str]) -> tuple[list[str], list[str]]:
    """The stems of words that a question shares with some of a column's values, and those values; nothing where there
    are no such words, or several that do not stand together."""
    free = asked.saying & asked.asking - used
    if not free:
        return [], []
    # "guessed, not weighed" is not what a question calls weighed.
    stems = {value: stems_of(_NOT_SO.sub("", value)) for value in values}
    # What is kept in a hall is not what is to be kept dry: "keep dry".
    done = {stem_of(word) for word in WORD.findall(asked.text) if is_past(folded(word))}
    stems = {value: own - _to_be_done(value, done & own) for value, own in stems.items()}
    shared = set[str]().union(*stems.values()) & free
    runs = _runs([at for at, stem in enumerate(asked.sequence) if stem in shared])
    longest = max(map(len, runs), default=0)
    if [len(run) for run in runs].count(longest) != 1:
        return [], []
    run = [asked.sequence[at] for at in next(run for run in runs if len(run) == longest)]
    # Of "registered letter" both words; of "fire extinguisher", of which no value has both, that which says what it is.
    for wanted in (run, run[-1:]):
        named = [value for value in values if stems[value].issuperset(wanted)]
        if named:
            return wanted, named
    return [], []


def _to_be_done(value: str, stems: Set[str]) -> set[str]:
    """Those of some stems of past forms that a value has as something to do."""
    words = {folded(word): stem_of(word) for word in WORD.findall(value)} if stems else {}
    return {own for word, own in words.items() if own in stems and is_verb(word) and not is_past(word)}


def _runs(places: Sequence[int]) -> list[list[int]]:
    """Numbers that follow each other."""
    runs: list[list[int]] = []
    for place in places:
        if runs and place == runs[-1][-1] + 1:
            runs[-1].append(place)
        else:
            runs.append([place])
    return runs


def _with_words(stems: Sequence[str], values: Sequence[str], other: str) -> str:
    """What cells match that have words with such stems; "" where they are written in several ways."""
    written = {" ".join(word for word in WORD.findall(value) if stem_of(word) in stems) for value in values}
    phrase = written.pop()
    if written or any(phrase not in value for value in values):
        return ""
    before = "" if all(value.startswith(phrase) for value in values) else f"{other}*?"
    after = "" if all(value.endswith(phrase) for value in values) else f"{other}*?"
    return f"{before}{escaped(phrase)}{after}"


def _groups(
    table: Table, rows: Sequence[Row], conditions: Container[int], asked: Asked, legend: Container[str]
) -> dict[int, str]:
    """A group for each column that no condition is about: of many those that the question names, that say what has
    become of the rows, that have figures or few values, and the first."""
    columns = list(zip(*(row.cells for row in rows), strict=True))
    for at in table.optional:
        # What a cell is where there is one.
        columns[at] = tuple(filter(None, columns[at]))

    def rank(at: int) -> tuple[bool, bool, bool, int]:
        values = set(columns[at])
        is_of_kinds = 1 < len(values) <= _FEW_VALUES
        is_of_states = is_of_kinds and any(value in legend or is_state(head_of(value).lower()) for value in values)
        is_named = bool(stems_of(table.labels[at]) & asked.stems)
        return not is_named, not is_of_states, not (is_of_kinds or all(map(HAS_DIGIT.search, columns[at]))), at

    def is_remark(at: int) -> bool:
        words = sum(len(cell.split()) for cell in columns[at])
        is_long = at in table.optional and bool(table.labels[at]) and words >= _WORDS_OF_A_REMARK * len(columns[at])
        return is_long and not _says_what_became([row.cells[at] for row in table.rows if row.cells[at]])

    # Remarks that only some rows have are of no interest, unless the question names them.
    # Nor is what no row that is meant has.
    may_be = (at for at, column in enumerate(columns) if any(column) and not (is_remark(at) and rank(at)[0]))
    free = sorted((at for at in may_be if at not in conditions), key=rank)[:_MOST_GROUPS]
    asked_for = [bool(stems_of(label) & asked.stems) for label in table.labels]
    return {
        at: _cell(columns[at], table.others[at], is_asked=asked_for[at], is_labelled=bool(table.labels[at]))
        for at in free
    }


def _says_what_became(remarks: Sequence[str]) -> bool:
    """Whether remarks are of a few kinds that say in a word or two, or to begin with, what became of a row: "cancelled,
    the hall was flooded"."""
    heads = list(map(head_of, remarks))
    is_of_kinds = len({*heads}) <= min(_FEW_VALUES, len(heads) / _ROWS_OF_A_VALUE)
    is_short = sum(head.count(" ") + 1 for head in heads) < _WORDS_OF_A_REMARK * len(heads)
    return is_of_kinds and (is_short or any(is_state(head.split(" ")[0].lower()) for head in heads))


def _cell(column: Sequence[str], other: str, *, is_asked: bool, is_labelled: bool = False) -> str:
    """A group for the cells of a column, no wider than they need it."""
    number = r"[\d.]+" if other == r"[^,\n]" else r"[\d.,]+"
    for day, kind in _DAYS_IN_WORDS:
        if all(map(day.fullmatch, column)) and all(map(DATE.fullmatch, column)):
            return kind
    for kind in (number, f"-?{number}"):
        if all(re.fullmatch(kind, cell) for cell in column):
            return f"({kind})"
    # "ill" and "none" among points are no points; nor is an empty cell, where another column may be asked for.
    number = f"-?{number}" if any(re.fullmatch(f"-{number}", cell) for cell in column) else number
    words = [cell for cell in column if cell and not re.fullmatch(number, cell)]
    is_empty = not all(column) and any(column)
    numbers = sum(1 for cell in column if re.fullmatch(number, cell))
    if numbers and (words or is_empty) and len(words) < numbers and not any(map(HAS_DIGIT.search, words)):
        return f"({number.removesuffix('+')}*)" if is_empty and not words and not is_asked else f"({number})"
    if all(re.fullmatch(r"\w+", cell) for cell in column):
        return r"(\w+)"
    if is_of_codes(column):
        return r"(\S+ \d+)"
    if is_of_wholes(column):
        return ANY if other == "." else f"({other}+?)"
    # The same words before and after each: "GBP 340".
    parts = [_AROUND_NUMBER.fullmatch(cell) for cell in column]
    around = {part.group(1, 3) for part in parts if part is not None}
    if None not in parts and len(around) == 1:
        before, after = around.pop()
        return f"{escaped(before)}({number}){escaped(after)}"
    if other == "." and all(re.fullmatch(r"\S+", cell) for cell in column):
        return r"(\S+)"
    if other == ".":
        group = group_of(column)
        # A code of two words is one: "XD13 RRU".
        if is_labelled and group.count("(") > 1 and r"[\d.,]" not in group:
            return ANY
        # Of a text with numbers in it the parts are called nothing.
        return group if group.count("(") <= _MOST_PARTS else ANY
    return f"({other}{'+' if all(column) else '*'}?)"


def _with_digits(table: Table, rows: Sequence[Row], parts: Sequence[str], groups: Mapping[int, str]) -> list[str]:
    """The parts with one that has a digit in it, as all rows have there, which tells them from the header."""
    made = list(parts)
    for at in sorted(groups):
        if all(HAS_DIGIT.search(row.cells[at]) for row in rows):
            made[at] = f"({table.others[at]}*?\\d{table.others[at]}*?)"
            break
    return made
