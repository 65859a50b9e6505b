"""What a reply within bounds may be, by the grammar that bounds it."""

from __future__ import annotations

import re

import pytest

from rlm_kernel.models import Bounds
from rlm_kernel.models.local.bound import grammar_of

SEARCH = "rows = grep(r'(?P<kg>[\\d.]+) kg', limit=10**6)"
_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|(\[(?:[^\]\\]|\\.)*\])|([a-z]+)|([|()*+?]|\{[\d,]+\})|\s+')
_DEEPEST = 3


def accepted(bounds: Bounds, text: str) -> bool:
    """Whether a grammar of llama.cpp's form derives a text. Rules within themselves are followed three times."""
    rules = dict(line.split(" ::= ", 1) for line in grammar_of(bounds).strip().split("\n") if " ::= " in line)

    def pattern(rule: str, depth: dict[str, int]) -> str:
        if depth.get(rule, 0) == _DEEPEST:
            return "(?!)"
        deeper = depth | {rule: depth.get(rule, 0) + 1}
        made = []
        for literal, chars, name, sign in (found.groups() for found in _TOKEN.finditer(rules[rule])):
            if literal is not None:
                # Both know the same escapes.
                made.append("".join(re.escape(char) for char in literal.encode().decode("unicode_escape")))
            elif chars:
                made.append(f"[{chars[1:-1].replace('[', chr(92) + '[')}]")
            elif name:
                made.append(f"(?:{pattern(name, deeper)})")
            elif sign:
                made.append("(?:" if sign == "(" else sign)
        # A literal with a sign behind it is repeated as a whole.
        return "".join(f"(?:{part})" if len(part) > 1 and part.startswith("\\") else part for part in made)

    return re.fullmatch(pattern("root", {}), text) is not None


def code(*lines: str) -> str:
    return "\n".join(["```python", "# conditions: apples", SEARCH, *lines, "```"])


ADD_UP = "total = sum(to_number(m['kg']) for m in rows)"


@pytest.mark.parametrize(
    "lines",
    [
        (ADD_UP, "print(len(rows), total)"),
        ("names = sorted({m['name'] for m in rows})  # each once", "print(names)"),
        ("totals = {}", "for m in rows: totals[m['name']] = totals.get(m['name'], 0) + to_number(m['kg'])"),
        ("best = max(rows, key=lambda m: to_number(m['kg']))", "print([best['name'], rows[:3], [[1], 2]])"),
    ],
)
def test_code_computes_what_it_likes(lines: tuple[str, ...]) -> None:
    for may_filter in (False, True):
        assert accepted(Bounds((SEARCH,), kind="code", may_filter=may_filter, keys=("kg", "name")), code(*lines))


@pytest.mark.parametrize(
    ("line", "filtering"),
    [
        ("total = sum(to_number(m['weight']) for m in rows)", False),
        ("# the weight is m['kg']", False),
        ("    # the name is m['name']", False),
        ("rows = [m for m in rows if m['kg'] > '5']", True),
        ("n = sum(m['name'] == 'Bo' for m in rows)", True),
        ("rows = [m for m in rows if m['name'] not in ['Bo', 'Cy']]", True),
        ("rows = [m for m in rows if m['weight'] != '5']", False),
    ],
)
def test_code_asks_rows_for_what_their_pattern_names_and_leaves_none_out(line: str, *, filtering: bool) -> None:
    bounds = Bounds((SEARCH,), kind="code", keys=("kg", "name"))
    assert not accepted(bounds, code(line, ADD_UP))
    may = Bounds((SEARCH,), kind="code", may_filter=True, keys=("kg", "name"))
    assert accepted(may, code(line, ADD_UP)) == filtering


def test_without_keys_rows_are_asked_for_anything() -> None:
    assert accepted(Bounds((SEARCH,), kind="code"), code("print(rows[0]['weight'])"))


def test_code_begins_with_the_search_and_texts_are_one_of_those_given() -> None:
    bounds = Bounds((SEARCH,), kind="code", keys=("kg",))
    assert not accepted(bounds, code(ADD_UP).replace(SEARCH, "rows = grep('kg')"))
    assert accepted(Bounds(("yes", "no")), "no")
    assert not accepted(Bounds(("yes", "no")), "not")


def test_a_call_says_something() -> None:
    bounds = Bounds(("FINAL(",), kind="call")
    assert accepted(bounds, "```python\nFINAL([m['name'] for m in rows[:2]], evidence=rows[:2])\n```")
    assert accepted(bounds, "```python\nFINAL(result)\n```")
    assert not accepted(bounds, "```python\nFINAL(None)\n```")
    assert not accepted(bounds, "```python\nFINAL(rows, evidence=rows)\n```")
    assert not accepted(bounds, "```python\nprint(1)\n```")
    assert not accepted(bounds, "```python\nFINAL(1)\nprint(2)\n```")
