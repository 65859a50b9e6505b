"""Numbers, dates and texts are judged by what they mean: what `to_number` reads is found, in every way to write it."""

from __future__ import annotations

from decimal import Context, Decimal, Inexact, localcontext
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rlm_kernel.document import Document, to_number
from rlm_kernel.engine.grounding import ground
from rlm_kernel.trace import Grounding, Iteration, Span, Trace


def verdict_on(value: Any, line: str, *, shown: bool = False) -> Grounding:
    """The verdict on a value that the model has typed, of a document with that line as its second."""
    turns = [Iteration(index=1, code="FINAL(answer)")]
    if shown:
        span = Span(tool="read_lines", source="text", start_line=2, end_line=2, line=1)
        turns.insert(0, Iteration(index=1, code="print(read_lines(2))", output=line, spans=[span]))
    document = Document.of(f"The first line says nothing.\n{line}\nNor does the last.\n")
    (row,) = ground(value, document, Trace(iterations=turns, status="answered"))
    return row


def indian(number: int) -> str:
    head, tail = str(number)[:-3], str(number)[-3:]
    pairs = [head[max(0, at - 2) : at] for at in range(len(head), 0, -2)]
    return ",".join([*reversed(pairs), tail])


def japanese(number: int) -> str:
    oku, man = divmod(number // 10**4, 10**4)
    return (f"{oku}億" if oku else "") + (f"{man}万" if man else "")


STYLES = {
    "plain": str,
    "english": lambda n: f"{n:,}",
    "german": lambda n: f"{n:,}".replace(",", ".") + ",00 EUR",
    "french": lambda n: f"{n:,}".replace(",", "\u202f") + " habitants",
    "swiss": lambda n: f"CHF {n:,}".replace(",", "'"),
    "indian": lambda n: f"Rs. {indian(n)}",
    "lakh": lambda n: f"₹{n / 10**5:.5f} lakh",
    "crore": lambda n: f"{n / 10**7:.7f} crore",
    "japanese": lambda n: f"売上高は{japanese(n)}円",
    "full width": lambda n: str(n).translate({48 + digit: 0xFF10 + digit for digit in range(10)}),
    "arabic": lambda n: str(n).translate({48 + digit: 0x660 + digit for digit in range(10)}),
    "million": lambda n: f"{n / 10**6:.6f} million",
    "German million": lambda n: f"{n / 10**6:.6f} Mio. €".replace(".", ",", 1),
    "billion": lambda n: f"${n / 10**9:.9f}bn",
    "power": lambda n: f"{n / 10**6} × 10^6",
    "loss": lambda n: f"a loss of $({n:,})",
    "half": lambda n: f"{n}½ t",
    "ratio": lambda n: f"{n} 1/4 cups",
    "per cent": lambda n: f"{n / 1000} %",
    "unit": lambda n: f"{n:,} km/h",
}


@given(st.integers(10**5, 10**10), st.sampled_from(sorted(STYLES)))
def test_what_to_number_reads_is_found_at_its_line(number: int, style: str) -> None:
    line = STYLES[style](number)
    value = to_number(line)
    assume(value >= 1_000 or value != int(value))  # a small whole number stands anywhere by chance
    row = verdict_on(value, line)
    assert (row.verdict, row.lines) == ("document", [2]), (line, value)


@given(st.integers(10**5, 10**10), st.sampled_from(sorted(STYLES)), st.integers(1, 9))
def test_another_number_is_nowhere(number: int, style: str, more: int) -> None:
    line = STYLES[style](number)
    value = float(Decimal(repr(to_number(line))) * (10 + more)) + 0.37
    assert verdict_on(value, line).verdict == "ungrounded"


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("2015-02-25", "signed on 25.02.2015"),
        ("25.02.2015", "signed on 2015-02-25"),
        ("25.2.15", "signed on 25 February 2015"),
        ("14 March 2024", "on 14/03/2024 again"),
        ("2019-11-03", "le 3 novembre 2019"),
        ("2021-05-09", "2021年5月9日"),
        ("19:30", "begins at 7.30 pm"),
        ("7:30 pm", "begins at 19:30"),
        ("08:45", "at 2024-05-01T08:45:00Z"),
        ("Dr Elif Kaya", "kept by Elif Kaya"),
        ("Dr. Kaya", "kept by Dr. E. Kaya"),
        ("https://www.register.example/", "see www.register.example"),
        ("elif.kaya@register.example", "write to elif.kaya@register.example"),
        ("v2.10.3", "version 2.10.3 of it"),
        ("“All of it was checked … in spring”", "All of it was checked twice - nobody found an error in spring."),
        ("1/3", "one third of it"),
        ("two thirds", "2/3 of it"),
        ("SH-104203", "shipment sh-104203"),
    ],
)
def test_what_is_the_same_is_found(value: str, line: str) -> None:
    assert (verdict_on(value, line).verdict, verdict_on(value, line).lines) == ("document", [2])


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("2015-02-26", "signed on 25.02.2015"),
        ("19:31", "begins at 7.30 pm"),
        ("7:30 am", "begins at 19:30"),
        ("Dr Emil Kaya", "kept by Elif Kaya"),
        ("https://register.example/all", "see www.register.example"),
        ("elif.kaya@registry.example", "write to elif.kaya@register.example"),
        ("Please write to elif.kaya@registry.example now.", "write to elif.kaya@register.example"),
        ("2.10.4", "version 2.10.3 of it"),
        ("The tag is inv-10423, they say.", "the tag is inv-1042"),
        ("It left at 12:43 sharp.", "It left at 12:34 sharp."),
        ("“All of it was checked … in winter”", "All of it was checked twice - nobody found an error in spring."),
        ("The chairman, Paul Whitfield, resigned.", "the chairman was ill"),
    ],
)
def test_what_differs_is_found_nowhere(value: str, line: str) -> None:
    assert verdict_on(value, line, shown=True).verdict == "ungrounded"


@pytest.mark.parametrize("value", ["about 12,500", "roughly £12,500", "rund 12 thousand", "12.5 thousand"])
def test_a_figure_that_need_not_be_exact(value: str) -> None:
    assert verdict_on(value, "income 12,480.50 in all", shown=True).verdict == "typed"
    assert verdict_on(value.replace("12", "19"), "income 12,480.50 in all", shown=True).verdict == "ungrounded"


def test_a_decimal_context_of_the_program_around_changes_no_verdict() -> None:
    with localcontext(Context(prec=1, Emax=3, Emin=-3, capitals=0, traps=[Inexact])):
        assert verdict_on(12_345_678, "12.345678 million were sold").verdict == "document"
        assert verdict_on(-12.25, "a change of -12.25 %").verdict == "document"
        assert verdict_on(87_654_321, "12.345678 million were sold").verdict == "ungrounded"
