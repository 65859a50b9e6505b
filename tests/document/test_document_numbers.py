"""Numbers as people write them: in many places, with units, scales, signs and brackets; what is ambiguous says so."""

from __future__ import annotations

import contextlib
from decimal import ROUND_UP, Context, Decimal, Inexact, localcontext
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlm_kernel.document import GrepMatch, to_number
from rlm_kernel.document.search.numbers import numbers, spans


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


@pytest.mark.parametrize(
    ("text", "number"),
    [
        # units are no scales, and take no digit with them
        ("Took 153ms", 153),
        ("512 MB of 1 GB", 512),
        ("4096B", 4096),
        ("20m long", 20),
        ("5 miles", 5),
        ("37.5°C", 37.5),
        ("45 km/h", 45),
        ("5m2", 5),
        ("1,500EUR", 1500),
        ("$99.99each", 99.99),
        ("GBP12.50", 12.5),
        ("-40°F", -40),
        # scales by their words
        ("4 bn", 4e9),
        ("US$ 3.1 mn", 3.1e6),
        ("$20m deal", 20e6),
        ("£(3.5)m", -3.5e6),
        ("€m 12.5", 12.5e6),
        ("12.5 €m", 12.5e6),
        ("100 k€", 100_000),
        ("1.5 Mio. €", 1.5e6),
        ("1,5 Mrd. EUR", 1.5e9),
        ("1.234 Mio. €", 1_234_000_000),
        ("1,234 million", 1_234_000_000),
        ("500 TEUR", 500),
        ("2 millones", 2e6),
        ("5 mil millones", 5e9),
        ("3 milliards", 3e9),
        ("12 mln zł", 12e6),
        ("3,2 млрд руб.", 3.2e9),
        ("12 lakh", 1_200_000),
        ("2 lakh crore", 2e12),
        ("₹5 Cr", 50_000_000),
        ("3億5000万円", 350_000_000),
        ("$4B", 4e9),
        ("1.5B parameters", 1.5e9),
        ("3 hundred thousand", 300_000),
        # groups
        ("₹12,34,567.89", 1234567.89),
        ("Rs. 1,00,000", 100_000),
        ("CHF 1’234.50", 1234.5),
        ("1\u2009234", 1234),
        ("12 345.67", 12345.67),
        ("1_000_000", 1_000_000),
        ("0,125", 0.125),
        ("1,2345", 1.2345),
        ("10.000 EUR", 10_000),
        ("1.000.000,00 €", 1_000_000),
        # signs
        ("1,234-", -1234),
        ("1.234,50- EUR", -1234.5),
        ("–5", -5),
        ("$ (1.2) million", -1.2e6),
        ("(1.2) million", -1.2e6),
        ("(12.5)%", -12.5),
        ("loss: - 5", -5),
        ("- 5 apples", 5),
        ("10–15", 10),
        ("Net income (512) 400", -512),
        # labels, dates and times before the number
        ("Total (2023): 1,234", 1234),
        ("2023: 7", 7),
        ("FY2023: 7", 7),
        ("COVID-19: 12 cases", 12),
        ("2024-03-01 10:30 5 items", 5),
        ("On March 5, 2024 we sold 300", 300),
        ("1. Revenue 500", 500),
        ("No.5", 5),
        ("(2023)", -2023),
        ("1.", 1),
        # fractions, ordinals, powers, other digits
        ("1½", 1.5),
        ("3 1/2", 3.5),
        ("1/2", 0.5),
        ("24/7", 24),
        ("8/10", 8),
        ("45th", 45),
        ("1990s", 1990),
        ("6.02 x 10²³", 6.02e23),
        ("10^6", 1e6),
        ("1,234¹", 1234),
        ("１，２３４．５", 1234.5),
        ("٣٫٥", 3.5),
        ("१२३", 123),
        ("共有5000人", 5000),
        # lists and cells
        ("north,10", 10),
        ("1,2,3", 1),
    ],
)
def test_forms(text: str, number: float) -> None:
    assert to_number(text) == pytest.approx(number)


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("1.234", [1.234, 1234]),
        ("1.234 €", [1234, 1.234]),
        ("20m", [20, 20_000_000]),
        ("7B model", [7, 7_000_000_000]),
        ("1.234 und 5,6", [1234]),
        ("1,234", [1234]),
        ("1.23", [1.23]),
    ],
)
def test_an_ambiguous_number_has_its_readings(text: str, readings: list[float]) -> None:
    assert list(numbers(text)[0].readings) == readings


def test_the_decimal_mark_settles_what_is_ambiguous() -> None:
    assert to_number("1.234", decimal=".") == 1.234
    assert to_number("1.234", decimal=",") == 1234
    assert to_number("1,234", decimal=",") == 1.234
    assert len(numbers("1.234", decimal=",")[0].readings) == 1
    with pytest.raises(ValueError, match="decimal is the mark before decimal places"):
        to_number("1.234", decimal="comma")


def test_all_numbers_of_a_line_with_units_and_positions() -> None:
    line = "Revenue rose 12.5 % to US$ 3.1 mn (2023: 2,8 Mio. €), 5 kg, 3-4 m², a 2nd time; tel. 555-123-4567"
    rows = numbers(line)
    assert [(row.value, row.unit, row.percent) for row in rows] == [
        (12.5, "%", True),
        (3_100_000, "US$", False),
        (2023, "", False),
        (2_800_000, "€", False),
        (5, "kg", False),
        (3, "", False),
        (4, "m²", False),
        (2, "", False),
    ]
    assert all(line[row.start : row.end] == row.text == row["text"] for row in rows)
    assert rows[1].text == "US$ 3.1 mn"
    assert rows[1].scale == 10**6


def test_the_grammar_gives_exact_readings_and_kinds() -> None:
    by_text = {span.kind: span for span in spans("1) Total (2023): 1.10 of the 3rd")}
    assert list(by_text) == ["mark", "year", "number", "ordinal"]
    assert by_text["number"].readings == (Decimal("1.10"),)
    assert by_text["number"].places == 2


def test_only_a_date_is_no_number() -> None:
    with pytest.raises(ValueError, match="only a date or a time"):
        to_number("2024-03-01 10:30")


@pytest.mark.parametrize(("text", "kind"), [("5", int), ("5.0", float), ("3 million", int), ("12,345", int)])
def test_whole_numbers_are_ints(text: str, kind: type) -> None:
    assert type(to_number(text)) is kind


def test_numbers_and_matches_pass() -> None:
    given_match: Any = GrepMatch("x", "SALES: $5", 1, 0, (), "t")
    given_numbers: list[Any] = [5, 2.5]
    assert [to_number(value) for value in given_numbers] == [5, 2.5]
    assert to_number(given_match) == 5


@pytest.mark.parametrize(
    "text", ["", "none here", "x12", "v1.2.3", "10.1.2.3", "COVID-19", "Form 10-K", "12ab34", "H2O"]
)
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


UNITS = ["kg", "mg", "ms", "GB", "MiB", "km", "mm", "°C", "kWh", "px", "ppm", "hPa", "mol"]
LOCALES = {
    "us": lambda n: f"{n:,}",
    "german": lambda n: f"{n:,}".translate(str.maketrans(",.", ".,")),
    "french": lambda n: f"{n:,}".translate(str.maketrans(",.", "\u202f,")),
    "swiss": lambda n: f"{n:,}".translate(str.maketrans(",.", "’.")),
    "plain": str,
    "fullwidth": lambda n: f"{n:,}".translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789,."}),
    "indian": lambda n: _indian(n),
}


def _indian(number: Decimal) -> str:
    whole, point, rest = f"{number:f}".partition(".")
    head, tail = whole[:-3], whole[-3:]
    parts = []
    while head:
        parts.insert(0, head[-2:])
        head = head[:-2]
    return ",".join([*parts, tail]) + point + rest


AROUND = [
    "{}",
    "${}",
    "total: {}",
    "{} €",
    "EUR {}",
    "| {} |",
    "x = {};",
    "({} in all)",
    "{} kg",
    "~{}",
    "“{}”",
    "{}ms",
]


@given(
    st.decimals(0, 10**11, places=2),
    st.sampled_from(sorted(LOCALES)),
    st.sampled_from(AROUND),
    st.sampled_from(["", "-", "−"]),
)
def test_an_amount_is_read_in_every_locale_wherever_it_stands(
    number: Decimal, locale: str, around: str, sign: str
) -> None:
    line = around.format(sign + LOCALES[locale](number))
    assert to_number(line) == pytest.approx(float(-number if sign else number)), line
    (row,) = numbers(line)
    assert line[row.start : row.end].strip("-−$ €EURkgms").startswith(LOCALES[locale](number)[:1])


@given(
    st.integers(1, 999),
    st.sampled_from(
        [(" thousand", 3), (" million", 6), ("bn", 9), (" Mrd.", 9), (" Mio.", 6), (" crore", 7), ("k", 3), (" tn", 12)]
    ),
    st.sampled_from(["{}", "{} in 2023", "about {}, more or less", "({})", "${}", "{} EUR"]),
)
def test_a_scale_multiplies(number: int, scale: tuple[str, int], around: str) -> None:
    assert abs(to_number(around.format(f"{number}{scale[0]}"))) == number * 10 ** scale[1]


@given(
    st.integers(1, 10**9),
    st.sampled_from(UNITS),
    st.booleans(),
)
def test_a_unit_never_changes_the_number(number: int, unit: str, spaced: bool) -> None:
    (row,) = numbers(f"size: {number}{' ' if spaced else ''}{unit}, more")
    assert (row.value, row.unit) == (number, unit)


@given(st.lists(st.text(alphabet="0123456789.,-–() $€%½/mkbn'’_ :xeE", max_size=30), max_size=3))
def test_spans_are_in_order_and_apart(parts: list[str]) -> None:
    text = " and ".join(parts)
    past = 0
    for span in spans(text):
        assert past <= span.start <= span.digits[0] < span.digits[1] <= span.end <= len(text)
        past = span.end


@given(st.text())
def test_any_text_gives_a_number_or_a_value_error(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert type(to_number(text)) in (int, float)


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        # Blanks between groups may be those between columns; a group is never cut.
        ("Sales 100 200 300", [[100_200_300, 100]]),
        ("Total 5 100 200", [[5_100_200, 5]]),
        ("10 000 12 000", [[10_000], [12_000]]),
        ("12 345 6 789", [[12_345, 12], [6_789, 6]]),
        ("1 000 2 000", [[1_000], [2_000]]),
        ("100 12 000", [[100], [12_000]]),
        ("1 000 000", [[1_000_000]]),
        ("100 200.5", [[100_200.5, 100]]),
        ("1 234,50 €", [[1234.5]]),
        ("1\u00a0234\u00a0567", [[1_234_567]]),
        ("1\u200b234", [[1234]]),
        # groups of another form
        ("1,234,56", [[1234.56, 123_456, 1]]),
        ("12,345,67", [[12_345.67, 1_234_567, 12]]),
        ("12,34,567", [[1_234_567]]),
        # currencies with the letter of their scale
        ("500 T€", [[500_000]]),
        ("1.234,5 T€", [[1_234_500]]),
        ("5 T EUR", [[5_000]]),
        ("12.5 MSEK", [[12_500_000]]),
        ("5 MEUR", [[5_000_000]]),
        ("5 kEUR", [[5_000]]),
        ("12 EURm", [[12_000_000]]),
        ("K€ 5", [[5_000]]),
        ("T€ 5", [[5_000]]),
        ("500 TEUR", [[500, 500_000]]),
        ("5 MXN", [[5]]),
        ("$1.5T", [[1_500_000_000_000]]),
        # brackets: amounts where they stand alone or behind a label, else remarks
        ("12 (3%)", [[12], [3, -3]]),
        ("45.2 (12.1)", [[45.2], [12.1, -12.1]]),
        ("(2) and (3)", [[2], [3, -3]]),
        ("Art. 5(1)", [[5], [1, -1]]),
        ("(1,234)", [[-1234]]),
        ("Loss (1,234)", [[-1234]]),
        # ranges
        ("3-5 million", [[3_000_000], [5_000_000]]),
        ("$1.2-1.5bn", [[1_200_000_000], [1_500_000_000]]),
        ("€5–7bn", [[5_000_000_000], [7_000_000_000]]),
        ("3 to 5 million", [[3_000_000, 3], [5_000_000]]),
        ("3-5 items", [[3], [5]]),
        # other forms
        ("£3·50", [[3.5]]),
        ("1€50", [[1.5]]),
        ("3 dozen", [[36]]),
        ("minus 5", [[-5]]),
        ("negative 5", [[-5]]),
        ("10 minus 5", [[10], [5]]),
        ("2^10", [[1024]]),
        ("6.02 x 10**23", [[602 * 10**21]]),
    ],
)
def test_every_number_of_a_text_has_its_readings(text: str, readings: list[list[float]]) -> None:
    assert [list(row.readings) for row in numbers(text)] == [pytest.approx(each) for each in readings]


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("$3.75 million", 3_750_000),
        ("-1234.5 km", -1234.5),
        ("3億5000万", 350_000_000),
        ("2½", 2.5),
        ("5.25 x 10^-3", 0.00525),
        ("-" + "1" * 40 + " million", -int("1" * 40) * 10**6),
    ],
)
def test_a_decimal_context_of_the_program_around_changes_no_number(line: str, value: float) -> None:
    with localcontext(Context(prec=1, Emax=3, Emin=-3, capitals=0, rounding=ROUND_UP, traps=[Inexact])):
        assert to_number(line) == value
        assert [number.value for number in numbers(line)] == [value]
