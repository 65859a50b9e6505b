"""What to run in place of code whose searches found nothing, worked out from the document."""

from __future__ import annotations

import ast
import re
import warnings

import pytest

from rlm_kernel import Document
from rlm_kernel.engine.answers.search_advice import (
    instead_of,
    with_groups_in_range,
    with_named_constants,
    with_whole_pattern,
)
from rlm_kernel.trace import Searched

PRICES = "List price of a rug: 9 EUR\nList price of a vase: 83 EUR\n"
BETTER = r"r'^List price of a (\w+): ([\d.,]+) EUR'"
OLD = "^List price of the"


def advised(code: str, *patterns: str) -> str:
    missed = [Searched(tool="grep", pattern=pattern) for pattern in patterns or (OLD,)]
    return instead_of(code, Document.of(PRICES), missed)


@pytest.mark.parametrize(
    "code",
    [
        f"rows = grep('{OLD}')\nprint(rows[0])",
        f"rows = grep(pattern='{OLD}', limit=3)",
        f"x = 'ä'; rows = grep('{OLD}')  # é",
        f'print({{"{OLD}": 1}}); rows = grep("{OLD}")',
    ],
)
def test_the_pattern_of_the_search_alone_is_another(code: str) -> None:
    told = advised(code)
    expected = code.replace(f"grep('{OLD}'", f"grep({BETTER}").replace(f'grep("{OLD}"', f"grep({BETTER}")
    assert told == expected.replace(f"pattern='{OLD}'", f"pattern={BETTER}")


@pytest.mark.parametrize(
    "code",
    [
        f"pattern = '{OLD}'\nrows = grep(pattern)",
        f"rows = grep(f'{OLD}')",
        f"rows = grep('{OLD[:9]}' f'{OLD[9:]}')",
        f"rows = grep('{OLD[:9]}'\n  '{OLD[9:]}')",
        f"x = 1\rrows = grep('{OLD}')",
        f"rows = grep('{OLD}'",
        f"rows = grep('{OLD}')\n" + "x = 1\n" * 1_000,
        "for name, in grep('^List price of the (.+):'): pass",
    ],
)
def test_where_the_code_cannot_have_it_the_search_stands_alone(code: str) -> None:
    pattern = "^List price of the (.+):" if "(.+)" in code else OLD
    assert advised(code, pattern) == f"grep({BETTER})"


def test_what_is_told_of_code_in_an_f_string_is_code() -> None:
    told = advised(f"print(f'{{grep(\"{OLD}\")}}')")
    ast.parse(told)
    assert "List price of a" in told


@pytest.mark.parametrize("pattern", ["(?a)(?u)List price", "[[L]ist price of the", "(" * 2_000, "List price of the\\"])
def test_patterns_that_are_none_raise_and_warn_of_nothing(pattern: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        told = advised(f"grep({pattern!r})\nprint('\\d')", pattern)
    assert told == "" or told.startswith(f"grep({BETTER})")
    assert advised("grep('(?a)(?u)List price of')", "(?a)(?u)List price of") == f"grep({BETTER})"


def test_a_line_cannot_end_the_block_that_its_pattern_stands_in() -> None:
    lines = "the price ``` of a rug: 9\nthe price ``` of a vase: 8\n"
    missed = [Searched(tool="grep", pattern="the price of the")]
    assert "```" not in instead_of("grep('the price of the')", Document.of(lines), missed)


@pytest.mark.parametrize(
    ("code", "better", "count"),
    [
        (
            "rows = grep(r'^(\\d+) (\\w+) ([\\d.,]+) kg')\nprint(sum(to_number(m.groups[3]) for m in rows))",
            "rows = grep(r'^(\\d+) (\\w+) ([\\d.,]+) kg')\nprint(sum(to_number(m.groups[2]) for m in rows))",
            3,
        ),
        (
            "rows = grep(r'^([\\d.,]+) of (\\w+)')\nb = [(m.groups[1], m.groups[2], 'é', m.groups[2]) for m in rows]",
            "rows = grep(r'^([\\d.,]+) of (\\w+)')\nb = [(m.groups[1], m.groups[0], 'é', m.groups[0]) for m in rows]",
            2,
        ),
        ("rows = grep(r'^(a) (b)')\nprint(rows[0].groups[2])", "rows = grep(r'^(a) (b)')\nprint(rows[0].groups[1])", 2),
        # Nothing is missing, or there is no telling which.
        ("rows = grep(r'^(a) (b)')\nprint(rows[0].groups[1])", "", 0),
        ("rows = grep(r'^(a) (b)')\nprint(rows[0].groups[2], rows[0].groups[3])", "", 0),
        ("rows = grep(r'^(a)')\nprint(rows[0].groups[0], rows[0].groups[1])", "", 0),
        ("rows = grep(r'^a') + grep(r'^(b)')\nprint(rows[0].groups[1])", "", 0),
        ("rows = grep(r'^(a')\nprint(rows[0].groups[1])", "", 0),
        ("rows = grep(", "", 0),
    ],
)
def test_a_group_that_a_pattern_has_not_is_one_that_it_has(code: str, better: str, count: int) -> None:
    assert with_groups_in_range(code) == (better, count)


FLIGHTS = r"rows = grep(r'^(?P<day>\S+) outcome=landed minutes=(?P<minutes>[\d.,]+)', limit=10**6)"


@pytest.mark.parametrize(
    ("reads", "label"),
    [
        ("len([m for m in rows if m['outcome'] == 'landed'])", "outcome=landed"),
        ("{m['outcome'] for m in rows}", "outcome=landed"),
    ],
)
def test_a_constant_whose_label_is_asked_for_becomes_a_group(reads: str, label: str) -> None:
    better = with_named_constants(f"{FLIGHTS}\n{reads}")
    assert better == f"{FLIGHTS}\n{reads}".replace(label, "outcome=(?P<outcome>landed)")
    found = re.search(r"grep\(r'(.*)', limit", better)
    assert found is not None
    match = re.search(found[1], "2024-05-03 outcome=landed minutes=7")
    assert match is not None
    assert match["outcome"] == "landed"


def test_a_constant_of_json_becomes_a_group() -> None:
    code = """rows = grep(r'"state": "lost", "n": (?P<n>[0-9]+)')\nprint({m['state'] for m in rows})"""
    assert '"state": "(?P<state>lost)", ' in with_named_constants(code)


@pytest.mark.parametrize(
    "code",
    [
        f"{FLIGHTS}\nprint([m['minutes'] for m in rows])",
        f"{FLIGHTS}\nprint([m['pilot'] for m in rows])",
        f"{FLIGHTS}\nprint([m['line'] for m in rows])",
        f"{FLIGHTS}\nprint([{{'outcome': 1}}['outcome'] for m in rows])",
        f"{FLIGHTS}\nmore = grep('x')\nprint([m['outcome'] for m in rows])",
        "rows = grep(r'outcome=\\w+ (?P<n>.+)')\nprint([m['outcome'] for m in rows])",
        "rows = grep('outcome=x'",
    ],
)
def test_no_other_constant_becomes_a_group(code: str) -> None:
    assert with_named_constants(code) == ""


def test_the_beginning_of_a_pattern_that_was_told_becomes_the_whole() -> None:
    whole = r"^price of a (?P<text>\w+): (?P<eur>[\d.,]+) EUR, this year"
    code = f"rows = grep(r'{whole[:-11]}', limit=10)"
    assert with_whole_pattern(code, [whole]) == f"rows = grep(r'{whole}', limit=10)"
    for other in (
        f"rows = grep(r'{whole}')",
        "rows = grep('^price')",
        "rows = grep('price of a rug')",
        "grep('a') + grep('b')",
    ):
        assert with_whole_pattern(other, [whole]) == ""
