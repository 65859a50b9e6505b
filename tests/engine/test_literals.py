"""Which answers the model has typed in: only such as no output has shown are doubted."""

from __future__ import annotations

from typing import Any

import pytest

from rlm_kernel.engine.answers.literals import has_figure, is_typed, printed_name, was_shown, wrote


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("FINAL(3500)", 3500),
        ("FINAL(-3500, evidence=[2])", -3500),
        ("FINAL(value=3500)", 3500),
        ("x = 1\nif x:\n    FINAL('7 apples')", "7 apples"),
        ("FINAL(2.5)", 2.5),
    ],
)
def test_a_constant_is_typed(code: str, value: Any) -> None:
    assert is_typed(code, value)


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("FINAL(total)", 3500),
        ("FINAL(total if total else 77)", 3500),
        ("FINAL(3 + 4)", 7),
        ("FINAL(len('four'))", 4),
        ("if total: FINAL(total)\nelse: FINAL(77)", 3500),
        ("FINAL(f'{total} apples')", "7 apples"),
        ("print(3500)\nFINAL(total)", 3500),
        ("FINAL(True)", True),
        ("FINAL(1)", True),
        ("FINAL([3500])", [3500]),
        ("FINAL(None)", None),
        ("other.FINAL(3500)", 3500),
        ("FINAL(3500", 3500),
        ("FINAL()", 3500),
        ("(" * 10_000, 3500),
        ("\0", 3500),
    ],
)
def test_what_the_code_returns_is_not_typed(code: str, value: Any) -> None:
    assert not is_typed(code, value)


@pytest.mark.parametrize(
    ("output", "typed"),
    [
        ("3500", 3500),
        ("the total is 3,500.", 3500),
        ("$3,500 in all", 3500),
        ("1 234 567", 1_234_567),
        ("1'234'567", 1_234_567),
        ("total=3500;", 3500),
        ("-3500", -3500),
        ("14.5", 14.5),
        ("3500", 3500.0),
        ("0.10", 0.1),
        ("Signed by Dana Ruiz", "Dana Ruiz"),
        ("the date is 2024-05-31", "2024-05-31"),
        ("31 of May", "31 May"),
        ("DANA", "Dana"),
        ("anything", "yes"),
    ],
)
def test_what_an_output_holds_was_shown(output: str, typed: Any) -> None:
    assert was_shown(["unrelated", output], typed)
    assert not was_shown([], typed) or typed == "yes"


@pytest.mark.parametrize(
    ("output", "typed"),
    [
        ("35000", 3500),
        ("13500", 3500),
        ("3501", 3500),
        ("1.3500", 3500),
        ("14.25", 14.5),
        ("apples", "7 apples"),
        ("Signed by Dana Ruiz", "Bob"),
        ("", 0),
    ],
)
def test_what_no_output_holds_was_not_shown(output: str, typed: Any) -> None:
    assert not was_shown([output], typed)


def test_figures_that_are_no_floats() -> None:
    assert was_shown(["9" * 400], int("9" * 400))
    assert not was_shown(["9" * 399], int("9" * 400))


@pytest.mark.parametrize("code", ["print(3500)", "total = 3500\nprint(total)", "print('the total is 3,500')"])
def test_what_the_code_itself_states_proves_nothing(code: str) -> None:
    assert wrote(code, 3500)


@pytest.mark.parametrize(
    "code",
    ["print(grep('3500'))", "print(context[3500:])", "if x > 3500: print(x)", "print(total)", "total = = 3500", ""],
)
def test_what_is_searched_for_is_no_statement(code: str) -> None:
    assert not wrote(code, 3500)


@pytest.mark.parametrize(
    ("text", "long"), [("in 2024", True), ("1,234 apples", True), ("7 apples", False), ("", False)]
)
def test_long_figures(text: str, long: bool) -> None:
    assert has_figure(text) is long


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("print(a)\nprint(len(b), total)", "total"),
        ("print(a)\nprint('done')", None),
        ("print(a, b)", "b"),
        ("total", None),
        ("print(", None),
        ("", None),
    ],
)
def test_the_last_variable_that_was_printed(code: str, name: str | None) -> None:
    assert printed_name(code) == name
