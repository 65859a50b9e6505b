"""Lines of several kinds that begin alike but for their first word, which says what was done: "Sold on 3 May 2024: ..."
and "Mended on 4 May 2024: ...". The question may mean one of the kinds in a word of its own."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import islice

from ...document.search.dates import DATE, written_days
from ...document.search.irregular_words import is_past
from ...document.text import Text
from .asked import Asked, content_of, stem_of
from .row_patterns import LONGEST_LINE, LineForm, escaped, matches_of
from .states import with_states
from .table_forms import table_form
from .table_rows import Row, Table

# A word with what stands between it and a day, and the sign behind the day.
_BEGIN = re.compile(rf"([^\W\d_]+)((?: [^\W\d_]+){{0,2}} )({DATE.pattern})(: |, | - | – | — |; |\. )(?=\S)")
_MOST_LINES, _FEWEST_KINDS, _MOST_KINDS, _FEWEST_ROWS, _NEARLY_ALL = 20_000, 2, 5, 8, 0.75


def kinds_form(asked: Asked, text: Text) -> LineForm | None:
    """The form of such lines with their kinds as states; None where there are none, where its pattern finds other lines
    too, or where the question has words of the lines by which they can be chosen."""
    table = _table(asked, text)
    form = table_form(table, asked, text, table.rows[0].number) if table is not None else None
    if table is None or form is None:
        return None
    # "Told the boy: ..." is no line with a day.
    numbers = {row.number for row in table.rows}
    if not all(number in numbers for number in matches_of(form.pattern, text) if number <= _MOST_LINES):
        return None
    form = with_states(form, asked, text)
    return form if form.states else None


def _table(asked: Asked, text: Text) -> Table | None:
    """The table of such lines: the word, the day, and what is said behind it. Of a long text the first lines are
    read."""
    found: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for number, line in enumerate(islice(text.iter_lines(), _MOST_LINES), 1):
        begin = _BEGIN.match(line) if 0 < len(line) <= LONGEST_LINE else None
        if begin is not None:
            sign = begin[begin.lastindex or 0]
            cells = (begin[1], begin[3], line[begin.end() :])
            found[begin[2], sign].append(Row(number, cells))
    if not found:
        return None
    (between, sign), rows = max(found.items(), key=lambda item: len(item[1]))
    kinds = Counter(row.cells[0] for row in rows)
    is_of_kinds = _FEWEST_KINDS <= len(kinds) <= _MOST_KINDS and all(is_past(kind.lower()) for kind in kinds)
    if not is_of_kinds or len(rows) < _FEWEST_ROWS or min(kinds.values()) < 2 or _says_more(kinds, rows, asked):
        return None
    words = (escaped(between), escaped(sign), "$")
    return Table(("kind", "day", "text"), ("", *words), ("\\w", "[^:;|\\n]", "."), 0, tuple(rows))


def _says_more(kinds: Mapping[str, int], rows: Sequence[Row], asked: Asked) -> bool:
    """Whether a question has the word of a kind, or one that stands in most lines of a kind: these say more than where
    they begin."""
    days = {stem_of(word) for day in written_days(asked.text) for word in content_of(day)}
    stems = {stem for stem in asked.stems - days if not stem[-1].isdecimal()}
    if any(stem_of(kind) in stems for kind in kinds):
        return True
    counts = Counter((row.cells[0], stem) for row in rows for stem in {*map(stem_of, content_of(row.cells[2]))} & stems)
    return any(count >= _NEARLY_ALL * kinds[kind] for (kind, _), count in counts.items())
