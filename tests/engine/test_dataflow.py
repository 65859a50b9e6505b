"""What code has computed is told from what it has written down, whatever forms the code has."""

from __future__ import annotations

import pytest

from rlm_kernel.document import Document
from rlm_kernel.engine.grounding import ground, unfounded
from rlm_kernel.trace import Evidence, Iteration, Trace

ROWS = "rows = [float(line.split()[1]) for line in context.splitlines()]\n"
CLASS = (
    "class Stats:\n    def __init__(self):\n        self.total = 0\n    def feed(self, v):\n        self.total += v\n"
)
OUTER = """\
def outer():
    total = 0
    def add(v):
        nonlocal total
        total += v
    for row in rows:
        add(row)
    return total
"""
TEXT = "\n".join(f"row {number * 7.5} on 2021-03-{number:02d}" for number in range(1, 29))


def verdict_of(value: object, *codes: str, context: str = TEXT) -> str:
    turns = [Iteration(index=index, code=code) for index, code in enumerate(codes, 1)]
    (row,) = ground(value, Document.of(context), Trace(iterations=turns, status="answered"))
    return row.verdict


@pytest.mark.parametrize(
    "code",
    [
        "def ways():\n    for row in rows:\n        yield row\nFINAL(sum(ways()))",
        "def ways():\n    yield from rows\nFINAL(sum(ways()))",
        "total = 0\ndef add(v):\n    global total\n    total += v\nfor row in rows:\n    add(row)\nFINAL(total)",
        OUTER + "FINAL(outer())",
        "kept = []\ndef keep(v, by=2):\n    kept.append(v * by)\nfor row in rows: keep(row, by=3)\nFINAL(sum(kept))",
        CLASS + "s = Stats()\nfor row in rows:\n    s.feed(row)\nFINAL(s.total)",
        "FINAL(sum(rows) / 1.609344)",
        "FINAL(sum(rows) * 86400)",
        "FINAL(sum(rows) * 1.21)",
        "FINAL(sum(rows) + 273.15)",
        "from functools import reduce\nFINAL(reduce(lambda a, b: a + b, rows))",
        "def total(*values, **more):\n    return sum(values) + len(more)\nFINAL(total(rows[0], rows[1], x=rows[2]))",
        "FINAL(bool(rows))",
    ],
)
def test_what_code_has_made_of_the_document(code: str) -> None:
    assert verdict_of(987654.25, ROWS + code) == "computed"


def test_a_function_of_an_earlier_cell_is_followed() -> None:
    found = "sum(to_number(m.groups[0]) for m in grep(r'(\\d+\\.\\d) on') if m.line_num > first)"
    define = f"def total(first):\n    return {found}"
    assert verdict_of(987654.25, define, "n = total(3)\nprint(n)", "FINAL(n)") == "computed"


@pytest.mark.parametrize(
    "code",
    [
        "def same(v):\n    return v\nFINAL(same(987654.25))",
        "t = 0\ndef put():\n    global t\n    t = 987654.25\nput()\nFINAL(t)",
        "kept = []\ndef put(v):\n    kept.append(v)\nput(987654.25)\nFINAL(kept[0])",
        "def g():\n    yield 987654.25\nFINAL(next(g()))",
        "FINAL(len(rows) * 35273.366)",
        "FINAL([at for at, row in enumerate(rows, 987654)][0] + 0.25)",
        "class A:\n    def __init__(self, v):\n        self.v = v\nFINAL(A(987654.25).v)",
    ],
)
def test_what_code_has_written_down(code: str) -> None:
    assert verdict_of(987654.25, ROWS + code) == "ungrounded"


def test_days_between_dates_that_stand_there() -> None:
    look = "print(context)"
    known = "from datetime import date\nd = (date(2021, 3, 28) - date(2021, 3, 1)).days * 3\nprint(d)"
    made_up = known.replace("2021, 3, 1)", "1987, 6, 5)")
    assert verdict_of(81, look, known, "FINAL(d)") == "computed"
    assert verdict_of(37056, look, made_up, "FINAL(d)") == "ungrounded"


def doubts(value: object, code: str, *, context: str, evidence: tuple[Evidence, ...] = ()) -> bool:
    return bool(unfounded(value, code, Document.of(context), Trace(), evidence))


def test_a_small_number_is_not_doubted_where_code_has_found_it() -> None:
    text = "page one\nTotal: 7\nnotes"
    search = "for at, line in enumerate(context.splitlines(), 1):\n    if line.startswith({!r}):\n        FINAL(7)"
    named = Evidence(source="text", line=2, text="Total: 7")
    assert not doubts(7, search.format("Total: 7"), context=text)
    assert not doubts(7, "print(context)\nFINAL(7, evidence=[2])", context=text, evidence=(named,))
    assert doubts(7, search.format("Total: 77"), context=text)
    assert doubts(7, "FINAL(7)", context=text)


def test_what_is_reckoned_from_large_figures_of_its_own_is_asked_about() -> None:
    assert doubts(9_135_802, "FINAL(sum([4567901, 4567901]))", context="nothing")
    assert doubts(4_567_901, "FINAL(4567901)", context="nothing")
    assert not doubts(1_048_576, "FINAL(2 ** 20)", context="nothing")
    assert not doubts(1_500_000, "FINAL(to_number('1.5 million'))", context="nothing")
