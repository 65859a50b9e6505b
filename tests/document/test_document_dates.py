"""Dates of a document, as days that compare."""

from __future__ import annotations

import pytest

from rlm_kernel import Document
from rlm_kernel.document.search.dates import to_date
from rlm_kernel.subkernel import SubKernel


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-03-05", "2024-03-05"),
        ("2024-03-05T10:11:12Z ERROR", "2024-03-05"),
        ("at 2024-03-05 23:59 it closed", "2024-03-05"),
        ("2024/3/5", "2024-03-05"),
        ("[05.03.2024] received", "2024-03-05"),
        ("5.3.24", "2024-03-05"),
        ("on 5 March 2024, at noon", "2024-03-05"),
        ("5th of March 2024", "2024-03-05"),
        ("March 5, 2024", "2024-03-05"),
        ("Mar 5, 2024", "2024-03-05"),
        ("5-Mar-2024", "2024-03-05"),
        ('10.0.0.1 - - [05/Mar/2024:10:00:00 +0000] "GET / HTTP/1.1"', "2024-03-05"),
        ("5. März 2024", "2024-03-05"),
        ("le 5 août 2024", "2024-08-05"),
        ("13/3/2024", "2024-03-13"),
        ("3/13/2024", "2024-03-13"),
        ("4/4/2024", "2024-04-04"),
        ("from 2024-03-05 to 2024-04-01", "2024-03-05"),
    ],
)
def test_the_first_date_of_a_line_is_a_day(text: str, day: str) -> None:
    assert to_date(text) == day


@pytest.mark.parametrize(("day_first", "day"), [(True, "2024-04-03"), (False, "2024-03-04")])
def test_what_may_be_two_days_is_settled(day_first: bool, day: str) -> None:
    assert to_date("3/4/2024", day_first) == day


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("3/4/2024", "may be 2024-04-03 or 2024-03-04: say to_date(text, day_first=True) or False"),
        ("no day here, only 2024", "there is no date with day, month and year in"),
        ("2024-02-31", "there is no date"),
        ("10.0.11.223", "there is no date"),
        (7, "give a text, not int"),
    ],
)
def test_what_is_no_day_is_refused(text: object, words: str) -> None:
    with pytest.raises(ValueError, match=r"^to_date: ") as raised:
        to_date(text)
    assert words in str(raised.value)


async def test_code_compares_the_days_of_rows() -> None:
    text = "Mar 5, 2024 opened\n12 April 2024 opened\n2024-12-01 opened\n"
    async with SubKernel(Document.of(text)) as sub:
        done = await sub.execute("print([to_date(m) for m in grep('opened') if to_date(m) < '2024-05'])")
    assert (done.output, done.error) == ("['2024-03-05', '2024-04-12']\n", None)
