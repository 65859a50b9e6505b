"""to_number: the first number in a line, as people write numbers."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlm_kernel.document import GrepMatch, to_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("42", 42),
        ("Total: 42 items of 50", 42),
        ("007", 7),
        (".5", 0.5),
        ("$.99", 0.99),
        ("1.", 1),
        # currency
        ("$1,234.50", 1234.5),
        ("USD 1,000", 1000),
        ("100 EUR", 100),
        ("£3", 3),
        ("¥ 100", 100),
        # thousands
        ("12,345,678", 12345678),
        ("1,234", 1234),
        ("1 234 567", 1234567),
        ("1\u202f234,5", 1234.5),
        ("1'234.5", 1234.5),
        ("1.234.567", 1234567),
        # decimals
        ("€1.234,56", 1234.56),
        ("1,23", 1.23),
        ("1.234", 1.234),
        ("1e3", 1000),
        ("2.5e-3", 0.0025),
        # percent
        ("12%", 12),
        ("12.5 % of it", 12.5),
        # negatives
        ("-7", -7),
        ("−7", -7),
        ("$-7", -7),
        ("-$7", -7),
        ("(5)", -5),
        ("($1,234.5)", -1234.5),
        ("(5%)", -5),
        ("+5", 5),
        ("(loss of 5)", 5),
        ("pages 5-7", 5),
        # scales
        ("3 million", 3_000_000),
        ("1.2bn", 1_200_000_000),
        ("5k", 5000),
        ("5 thousand", 5000),
        ("10M units", 10_000_000),
        # labels with digits are no numbers
        ("sales_2024: 5", 5),
        ("Q3: 12", 12),
    ],
)
def test_numbers(text: str, number: float) -> None:
    made = to_number(text)
    assert made == pytest.approx(number)
    if isinstance(number, int):
        assert made == number


@pytest.mark.parametrize(("text", "kind"), [("5", int), ("5.0", float), ("3 million", int), ("12,345", int)])
def test_whole_numbers_are_ints(text: str, kind: type) -> None:
    assert type(to_number(text)) is kind


def test_numbers_and_matches_pass() -> None:
    given_match: Any = GrepMatch("x", "SALES: $5", 1, 0, (), "t")
    given_numbers: list[Any] = [5, 2.5]
    assert [to_number(value) for value in given_numbers] == [5, 2.5]
    assert to_number(given_match) == 5


@pytest.mark.parametrize("text", ["", "none here", "x12", "v1.2.3", "1_000"])
def test_a_line_without_a_number(text: str) -> None:
    with pytest.raises(ValueError, match="there is no number in ") as caught:
        to_number(text)
    assert repr(text) in str(caught.value)


def test_a_long_line_without_a_number_is_shortened_in_the_error() -> None:
    with pytest.raises(ValueError, match=r"\.\.\.'") as caught:
        to_number("x" * 10_000)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("value", [True, None, b"5", ["5"]])
def test_what_is_no_text(value: Any) -> None:
    with pytest.raises(ValueError, match=f"give a text, not {type(value).__name__}"):
        to_number(value)


@given(st.integers(-(10**15), 10**15))
def test_any_whole_number_comes_back_however_it_is_grouped(number: int) -> None:
    assert to_number(str(number)) == number
    assert to_number(f"total: {number:,} units") == number
    assert to_number(f"total: {number:,}".replace(",", "\u00a0")) == number
    assert to_number(f"(${abs(number):,})") == -abs(number)


@given(st.decimals(-(10**9), 10**9, places=2))
def test_any_amount_comes_back(number: Any) -> None:
    assert to_number(f"${number:,}") == pytest.approx(float(number))
    swapped = f"{number:,}".translate(str.maketrans(",.", ".,"))
    assert to_number(f"{swapped} €") == pytest.approx(float(number))


@given(st.text())
def test_any_text_gives_a_number_or_a_value_error(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert type(to_number(text)) in (int, float)
