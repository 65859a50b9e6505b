"""What a small model is told of the forms of lines: code that finds the rows, in the words of a tool's note."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Container, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from datetime import date
from itertools import product
from types import MappingProxyType
from typing import NamedTuple

from ...document.search.dates import DATE, is_day, to_date
from ...document.search.numbers import to_number
from ...document.search.suggestions import as_code
from ...models import OWN
from ...trace.json_values import encodable
from .asked import stems_of
from .group_names import is_of_lists, may_be_number, names_of
from .line_forms import Join, join_of
from .question_shapes import CURRENCY, asks_for_cost
from .row_patterns import LineForm, day_first, escaped, with_part
from .states import NOTHING, is_of_state

# In a pattern, where a group begins.
_GROUP_OR_ESCAPE = re.compile(r"\\.|\((?!\?)")
_MOST_OTHERS = 2
_SHOWN_VALUE, _SHOWN_LINE, _SHOWN_NUMBERS = 40, 120, 3
_SECTIONS_FOLLOW = "and of these rows those below the headings that the question names are kept by this:"
_WORD_END, _TWO_DAYS = r"\b", 2
_FIGURE = re.compile(r"[£$€]?[ ]?[+-]?\d")
# What says how many there are, and what does not: sums of money, measures, properties.
_COUNT = re.compile(r"\d{1,3}(?:,?\d{3})*")
_NO_COUNT = re.compile(
    rf"(?:^|_)(?:total|sum|cost|price|paid|pay|{CURRENCY}|value|percent|discount|rating|score|age|postcode|zip|year|kg|"
    r"grams?|minutes?|hours?|days?|weight|stock|level|grade|points?)(?:_|$)"
)
# What one piece costs, as prices are called and written; what is the price of more or less than one.
_PRICE = re.compile(rf"(?:^|_)(?:prices?|costs?|tariff|fee|rate|{CURRENCY})(?:_|$)")
_NO_PRICE = re.compile(
    r"(?:^|_)(?:per_(?!piece|unit|item|each|pc)|hourly|daily|stock|weight|discount|percent|rating)|_kg(?:_|$)"
)
_MONEY = re.compile(r"[£$€]?[ ]?\d[\d,.]*[.,]\d\d|[£$€]?[ ]?\d+")
_NAMES_OF_DAYS, _LONG_FIGURE = re.compile(r"(?:day|week|month|year)(?:_.*)?"), re.compile(r"\d{3,}")
# The kinds are the model's own.
_JUDGING = f"""\
kinds = ["{OWN}", "other"]
prompts = [f"Which kind is this: {{{{', '.join(kinds)}}}}?\\n\\n{{{{m['{{text}}']}}}}" for m in rows]
labels = llm_query_batched(prompts, type=kinds)"""


class Days(NamedTuple):
    """Some of the days of a group as they are written, and the code that keeps the rows between two days."""

    samples: tuple[str, ...]
    code: str


class Told(NamedTuple):
    """A note on lines such as `line` of the text `source`, and the code that finds them.

    `states` are the names of groups that say what has become of each row, each with all that it says, and `legend` is
    what the text says that these mean. `beginnings` is the code for rows of each combination of the states; "" is any
    of them. `of_days`: that code keeps only rows of the days that the question names. `keys` are what the rows can be
    asked for, and `numbers` the names of groups of numbers, where they are several, each with some of these. `days` are
    the names of groups of days, where the question names two days, and not which of these groups it means. `factors`
    are, of joined rows of which the question asks what they cost, the name of the column that says how many there are,
    and the names of those that may say what one costs, these with some of their numbers. `is_whole`: the code answers,
    and nothing follows it.
    """

    note: str
    source: str
    line: str
    states: tuple[tuple[str, tuple[str, ...]], ...] = ()
    legend: tuple[str, ...] = ()
    beginnings: Mapping[tuple[str, ...], str] = MappingProxyType({})
    of_days: bool = False
    keys: tuple[str, ...] = ()
    numbers: Mapping[str, Sequence[str]] = MappingProxyType({})
    days: Mapping[str, Days] = MappingProxyType({})
    factors: tuple[str, Mapping[str, Sequence[str]]] | None = None
    is_whole: bool = False


def told(
    forms: Sequence[LineForm],
    found: Container[tuple[str, int]],
    *,
    sources: bool,
    days: Sequence[date] = (),
    question: str = "",
) -> list[Told]:
    """Forms as a small model is told of them, each in the words of a tool's note, two that are joined in one. `found`
    are the lines that it has seen (source, number); `sources`: with the documents' names; `days`: those that the
    `question` names, between which rows are meant where they are two."""
    said = stems_of(question)
    joins = list(_joins_of(forms))
    # Where rows are left out, the others may be meant.
    joined = [form for join in joins for form in (join.form, *(() if join.is_part else (join.other,)))]
    rest = [form for form in forms if form not in joined]
    of_one = Counter(form.source for form in rest)
    return [
        *(_told_form(form, found if of_one[form.source] == 1 else (), days, said, sources=sources) for form in rest),
        *(_told_join(join, found, of_cost=asks_for_cost(question)) for join in joins),
    ]


def judged(told: Told) -> Told:
    """The same, with code that has a sub-model say of which kind each text is."""
    # Texts that are all numbers or days are called so.
    judging = _JUDGING.format(text=told.keys[-1] if told.keys else "text")
    return told._replace(beginnings={states: f"{code}\n{judging}" for states, code in told.beginnings.items()})


def _told_form(
    form: LineForm, found: Container[tuple[str, int]], days: Sequence[date], said: Set[str], *, sources: bool
) -> Told:
    where = form.source if sources else None
    names = names_of(form)
    others = [(other, _names_as(other, form, names)) for other in form.more]
    # Of two forms the model has to choose one: it must see what they say.
    lines = _listed([_line_of(each, found) for each in (form, *form.more)])
    # What not all rows have is none of each row.
    values = [
        value
        for value, name in zip(_values(form, names), names, strict=True)
        if all(name in other_names for _, other_names in others)
    ]
    heading = "" if form.heading is None else _with_name(form.heading.pattern, names[-1:])
    search = f"rows = {_searches(form.pattern, names, others, where, heading)}"
    no_other = _without_others(form, [f"m[{name!r}]" for name in names])
    left_out = "".join(f", and those among them that do not count are left out by {each}" for each in no_other)
    in_sections = _of_sections(form, where)
    left_out += "".join(f"\n{line}" for line in (_SECTIONS_FOLLOW, *in_sections) if in_sections)
    note = f"[lines such as {lines} are found by {search}: {', '.join(values)}{left_out}]"
    by_day = _by_day(form, names, days)
    kept = [by_day[name].code for name in _day_meant(form, by_day, said)]

    def code(chosen: Sequence[str]) -> str:
        said, pattern = _chosen(form, chosen, names)
        rest = list(_others_chosen(form, chosen, names, others))
        rows = f"rows = {_searches(pattern, names, rest, where, heading)}"
        return "\n".join([*said, rows, *no_other, *in_sections, *kept, *_items_of_lists(form, names)])

    at_numbers = _number_groups(form)
    numbers = {names[at]: [row[at] for row in form.rows[:_SHOWN_NUMBERS]] for at in at_numbers}
    return _with_code(note, form, names, code)._replace(
        of_days=bool(kept),
        keys=tuple(dict.fromkeys([*names, *(name for _, other_names in others for name in other_names)])),
        numbers=numbers if len(numbers) > 1 else {},
        days=by_day if not kept and len(by_day) == _with_days(form) else {},
    )


def _with_code(note: str, form: LineForm, names: Sequence[str], code: Callable[[Sequence[str]], str]) -> Told:
    """A note with the code for rows of each combination of states; "" is any of them."""
    chosen = product(*(("", *states) for _, states in form.states))
    beginnings = {each: encodable(code(each)) for each in chosen}
    states = tuple((names[at], values) for at, values in form.states)
    return Told(encodable(note), form.source, " ".join(form.line.split()), states, form.legend, beginnings)


def _without_others(form: LineForm, groups: Sequence[str]) -> list[str]:
    """Code that leaves out the rows that do not count, such as totals of the others; nothing where there is none.
    `groups` is the code for what each group says."""
    return [f"rows = [m for m in rows if {groups[at]} not in {list(cells)!r}]" for at, cells in form.left_out]


def _of_sections(form: LineForm, source: str | None) -> list[str]:
    """Code that keeps the rows below the headings that are meant; nothing where all rows are."""
    if form.sections is None:
        return []
    return [
        f"heads = [h.line_num for h in {_search(form.sections.heading, source)}]",
        f"meant = [h.line_num for h in {_search(form.sections.meant, source)}]",
        "rows = [m for m in rows if max([h for h in heads if h < m.line_num], default=0) in meant]",
    ]


def _items_of_lists(form: LineForm, names: Sequence[str]) -> list[str]:
    """Code for all that the lists in one group name, such as "Ada, Jo, Kai"; nothing where no group has lists."""
    columns = zip(names, zip(*form.rows, strict=True), strict=True)
    lists = [name for at, (name, column) in enumerate(columns) if at != form.remark and is_of_lists(column)]
    return [f"all_{name} = [each for m in rows for each in m[{name!r}].split(', ')]" for name in lists[:1]]


def _by_day(form: LineForm, names: Sequence[str], days: Sequence[date]) -> dict[str, Days]:
    """The groups of days by their names, each with code that keeps the rows between two days; none for one day, and
    none where all rows are between the two."""
    if len(days) != _TWO_DAYS:
        return {}
    first, last = min(days), max(days)
    found: dict[str, Days] = {}
    for at, (name, column) in enumerate(zip(names, zip(*form.rows, strict=True), strict=True)):
        # Headings may leave out the year, which is that of all.
        is_heading = form.heading is not None and at == len(names) - 1
        year = f" {form.heading.year}" if form.heading is not None and form.heading.year and is_heading else ""
        # Some rows have no day, and say so: "waiting".
        given, others = _given([f"{value}{year}" for value in column])
        first_is_day = _day_first(given)
        order = "" if first_is_day is None else f", day_first={first_is_day}"
        if given and all(map(is_day, given)) and (order or all(map(_is_certain, given))):
            if not others and all(f"{first}" <= to_date(value, first_is_day) <= f"{last}" for value in given):
                continue
            added = f" + {year!r}" if year else ""
            has_one = f"m[{name!r}] not in {others!r} and " if others else ""
            code = f'rows = [m for m in rows if {has_one}"{first}" <= to_date(m[{name!r}]{added}{order}) <= "{last}"]'
            found[name] = Days(tuple(given[:_SHOWN_NUMBERS]), code)
    return found


def _day_meant(form: LineForm, names: Collection[str], words: Set[str]) -> list[str]:
    """The name of the only group of days, or of the one that shares most words with the question, whose stems are
    `words`; nothing where several do."""
    shared = {name: len(stems_of(name) & words) for name in names}
    most = max(shared.values(), default=0)
    meant = [name for name, count in shared.items() if 0 < count == most]
    return [*names] if _with_days(form) == 1 else meant if len(meant) == 1 else []


def _with_days(form: LineForm) -> int:
    """How many groups have days, also among other words ("returned 3 May", "still out")."""
    of_heading = form.heading is not None and bool(form.heading.year)
    return of_heading + sum(any(map(_has_day, column)) for column in zip(*form.rows, strict=True))


def _has_day(text: str) -> bool:
    return DATE.search(text) is not None or is_day(text)


def _searches(
    pattern: str,
    names: Sequence[str],
    others: Sequence[tuple[LineForm, Sequence[str]]],
    source: str | None,
    heading: str = "",
) -> str:
    rest = [_search(other.pattern, source, other_names) for other, other_names in others]
    return " + ".join([_search(pattern, source, names, heading), *rest])


def _names_as(other: LineForm, form: LineForm, names: Sequence[str]) -> list[str]:
    """Names for the groups of a form whose numbers are what those of another form are."""
    own, numbers = names_of(other), _number_groups(other)
    theirs = [names[at] for at in _number_groups(form)]
    # What stands beside them may tell which number is which, in another order too.
    if len(numbers) == len(theirs) and {own[at] for at in numbers} != {*theirs}:
        for at, name in zip(numbers, theirs, strict=True):
            own[at] = name
    return own


def _number_groups(form: LineForm) -> list[int]:
    return [at for at, column in enumerate(zip(*form.rows, strict=True)) if all(map(may_be_number, column))]


def _listed(items: Sequence[str]) -> str:
    *before, last = items
    return f"{' '.join(before)} and {last}" if before else last


def _chosen(form: LineForm, chosen: Sequence[str], names: Sequence[str]) -> tuple[list[str], str]:
    """What is said of the chosen states of a form, and its pattern for rows that have them."""
    lines, pattern = [], form.pattern
    for (at, states), state in zip(form.states, chosen, strict=False):
        if not state:
            continue
        said, meant = _or(_written_as(states)), "".join(_written_as([state]))
        lines.append(f"# {names[at]} may be {said}; the question is about {meant!r}")
        # Of "pass" and "passed" the one is no beginning of the other.
        is_begun = any(other != state and other.startswith(state) for other in states)
        # In all of its spellings.
        written = dict.fromkeys(row[at] for row in form.rows if is_of_state(row[at], state))
        spelt = "|".join(sorted(map(escaped, written), key=len, reverse=True))
        pattern = with_part(pattern, at, f"({spelt}{_WORD_END if is_begun and len(written) == 1 else ''})")
    return lines, pattern


def _others_chosen(
    form: LineForm, chosen: Sequence[str], names: Sequence[str], others: Sequence[tuple[LineForm, Sequence[str]]]
) -> Iterator[tuple[LineForm, Sequence[str]]]:
    """The forms in another order of words, for rows of the chosen states; those that have no such rows left out."""
    states = {names[at]: state for (at, _), state in zip(form.states, chosen, strict=False) if state}
    for other, other_names in others:
        # Where an order has no such column, nothing has become of its rows.
        has = all(name in other_names or state == NOTHING for name, state in states.items())
        own = [(other_names.index(name), state) for name, state in states.items() if name in other_names]
        pattern = other.pattern
        for at, state in own:
            written = dict.fromkeys(row[at] for row in other.rows if is_of_state(row[at], state))
            has = has and bool(written)
            pattern = with_part(pattern, at, f"({'|'.join(sorted(map(escaped, written), key=len, reverse=True))})")
        if has:
            yield replace(other, pattern=pattern), other_names


def _written_as(states: Sequence[str]) -> list[str]:
    """States as they stand in rows: "nothing" is an empty text."""
    return ["" if state == NOTHING else state for state in states]


def _or(values: Sequence[str]) -> str:
    *before, last = map(repr, values)
    return f"{', '.join(before)} or {last}" if before else last


def _joins_of(forms: Sequence[LineForm]) -> Iterator[Join]:
    """How the rows of two documents belong together; of forms of one of them, such as those of several states, each."""
    first = join_of(forms)
    if first is None:
        return
    for form in forms:
        pair = [first.form, form] if form.source == first.other.source else [form, first.other]
        is_other = form.source in (first.form.source, first.other.source) and form != first.form
        if is_other and (join := join_of(pair)) is not None:
            yield join


def _values(form: LineForm, names: Sequence[str]) -> Iterator[str]:
    """What each group is in the form's own line; of days whose month may stand first or not, how they are read."""
    states = dict(form.states)
    for at, (name, own, column) in enumerate(zip(names, form.groups, zip(*form.rows, strict=True), strict=True)):
        given, others = _given(column)
        shown = own if own in given else next(iter(given), "")
        missing = " or ".join(repr(other) if other else "empty" for other in others)
        first_is_day = _day_first(given)
        if at in states:
            yield f"m[{name!r}] is {_or(_written_as(states[at]))}"
        elif first_is_day is None:
            yield f"m[{name!r}] is {shown[:_SHOWN_VALUE]!r}{f' or {missing}' if missing else ''}"
        else:
            unless = f", unless m[{name!r}] is {missing}" if missing else ""
            yield f"to_date(m[{name!r}], day_first={first_is_day}) is {to_date(shown, first_is_day)!r}{unless}"


def _given(column: Sequence[str]) -> tuple[list[str], list[str]]:
    """The values of a column, and what it says where it has none: nothing, or, of days, what is no day ("--")."""
    others = sorted({value for value in column if not is_day(value)})
    if len(others) <= _MOST_OTHERS and len(set(column)) > len(others) + _MOST_OTHERS:
        return [value for value in column if value not in others], others
    return list(filter(None, column)), [""] if "" in column else []


def _day_first(column: Sequence[str]) -> bool | None:
    """Whether the day stands before the month in days that only all together tell; None for all others."""
    if not all(map(DATE.match, column)) or all(map(_is_certain, column)):
        return None
    return day_first(column)


def _is_certain(text: str) -> bool:
    try:
        to_date(text)
    except ValueError:
        return False
    return True


def _told_join(join: Join, found: Container[tuple[str, int]], *, of_cost: bool) -> Told:
    """The code that reads the rows of both into one table, whose columns have names; `of_cost`: the question asks what
    the rows cost."""
    names = names_of(join.other, join.other_key)
    # In another order of words the same groups have other places, and the same names.
    is_named = bool(join.other.more)
    groups = [f"m[{name!r}]" if is_named else f"m.groups[{at}]" for at, name in enumerate(names)]
    orders = [(other, _names_as(other, join.other, names)) for other in join.other.more]
    fold = ".lower()" if join.is_folded else ""
    key = f"lookup[{groups[join.other_key]}{fold}]"
    own_rows = (join.other.groups, *join.other.rows)
    row = next(row for row in own_rows if join.groups_of(row))
    own = _columns(join.other, row, groups, names)
    looked_up = [f"{key}[{at}]" for at in range(len(join.form.groups))]
    beside = _columns(join.form, join.groups_of(row), looked_up, names_of(join.form, join.key, names))
    del beside[join.key]
    columns = ", ".join(f"{column.name!r}: {column.code}" for column in [*own, *beside])
    first = {column.name: column.shown for column in [*own, *beside]}
    has_one = f" if {groups[join.other_key]}{fold} in lookup" if join.is_part else ""
    lines = " and ".join(f"{_line_of(form, found)} of {form.source!r}" for form in (join.form, join.other))

    def code(chosen: Sequence[str]) -> str:
        told, pattern = _chosen(join.other, chosen, names)
        lookup = _search(join.form.pattern, join.form.source)
        rest = list(_others_chosen(join.other, chosen, names, orders))
        return "\n".join(
            [
                *told,
                f"lookup = {{m.groups[{join.key}]{fold}: m.groups for m in {lookup}}}",
                f"rows = {_searches(pattern, names if is_named else (), rest, join.other.source)}",
                *_without_others(join.other, groups),
                *_of_sections(join.other, join.other.source),
                f"table = [{{{columns}}} for m in rows{has_one}]",
            ]
        )

    whole = code(())
    note = f"[lines such as {lines} belong together, and are read by this; the row of those is {first}:]\n{whole}"
    factors = _factors(join, own, beside) if of_cost else None
    keys = tuple(column.name for column in [*own, *beside])
    return _with_code(note, join.other, names, code)._replace(keys=keys, factors=factors)


def _factors(
    join: Join, own: Sequence[_TableColumn], beside: Sequence[_TableColumn]
) -> tuple[str, Mapping[str, Sequence[str]]] | None:
    """The column of joined rows that says how many there are, and those of the rows beside that say what one costs;
    None where there is more than one that may say how many ("5 boats, 3 days"), a sum that is one of money already, a
    price of anything but one piece, or any other number beside the prices."""
    counts = list(_of_numbers(own, list(zip(*join.other.rows, strict=True)), join.other_key))
    others = [cells for at, cells in enumerate(zip(*join.form.rows, strict=True)) if at != join.key]
    prices = list(_of_numbers(beside, others, None))
    if len(counts) != 1 or not prices or not all(_is_price(name, values) for name, values in prices):
        return None
    ((count, values),) = counts
    is_count = all(map(_COUNT.fullmatch, values)) and not _NO_COUNT.search(count)
    return (count, {name: cells[:_SHOWN_NUMBERS] for name, cells in prices}) if is_count else None


def _of_numbers(
    columns: Sequence[_TableColumn], cells: Sequence[Sequence[str]], key: int | None
) -> Iterator[tuple[str, Sequence[str]]]:
    """The columns of numbers but the `key`, and those by which rows, days and things are called."""
    for at, (column, values) in enumerate(zip(columns, cells, strict=True)):
        is_name = all(map(_LONG_FIGURE.fullmatch, values)) and len(set(values)) == len(values)
        is_number = isinstance(column.shown, int | float) and all(map(_FIGURE.match, values))
        if at != key and is_number and not is_name and not _NAMES_OF_DAYS.fullmatch(column.name):
            yield column.name, values


def _is_price(name: str, values: Sequence[str]) -> bool:
    """Whether a column says what one piece costs, by its name or by how its numbers are written."""
    is_written_so = all(map(_MONEY.fullmatch, values)) and any("." in value or "," in value for value in values)
    return _NO_PRICE.search(name) is None and (is_written_so or _PRICE.search(name) is not None)


def _line_of(form: LineForm, found: Container[tuple[str, int]]) -> str:
    line = f"line {form.line_num}"
    is_seen = (form.source, form.line_num) in found
    return line if is_seen else f"{line}: {' '.join(form.line.split())[:_SHOWN_LINE]},"


def _search(pattern: str, source: str | None, names: Sequence[str] = (), heading: str = "") -> str:
    where = "" if source is None else f", source={source!r}"
    above = f", heading={as_code(heading)}" if heading else ""
    return f"grep({as_code(_with_name(pattern, names))}, limit=10**6{where}{above})"


def _with_name(pattern: str, names: Sequence[str]) -> str:
    """The pattern with names for its groups."""
    if not names:
        return pattern
    named = iter(names)
    return _GROUP_OR_ESCAPE.sub(lambda part: f"(?P<{next(named)}>" if part[0] == "(" else part[0], pattern)


class _TableColumn(NamedTuple):
    name: str
    code: str
    shown: str | int | float


def _columns(form: LineForm, row: Sequence[str], groups: Sequence[str], names: Sequence[str]) -> list[_TableColumn]:
    """For each group of a form its name, code for its value, and that of a `row`; `groups` is code for its text."""
    columns: list[_TableColumn] = []
    for at, (name, group, column) in enumerate(zip(names, groups, zip(*form.rows, strict=True), strict=True)):
        is_number = all(map(may_be_number, column))
        shown = to_number(row[at]) if is_number else row[at][:_SHOWN_VALUE]
        columns.append(_TableColumn(name, f"to_number({group})" if is_number else group, shown))
    return columns
