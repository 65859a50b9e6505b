"""Dates of a document, as days that compare."""

from __future__ import annotations

import pytest

from rlm_kernel import Document
from rlm_kernel.document.search.dates import to_date, written_days
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
        ("10.0.0.12 restarted on 5 March 2024", "2024-03-05"),
        ("due 31.2.2024, paid 5.3.2024", "2024-03-05"),
        ("13-03-2024", "2024-03-13"),
        ("5-Mar-24", "2024-03-05"),
        ("5/Mar/2024", "2024-03-05"),
        ("20240305", "2024-03-05"),
        ("20240305T081500Z", "2024-03-05"),
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
        ("no day here, only 2024", "no date with day, month and year can be read in 'no day here, only 2024'"),
        ("2024-02-31", "no date"),
        ("10.1.2.24", "no date"),
        ("version 3.1.2.24", "no date"),
        ("20241301", "no date"),
        ("5 APR\u0130L 2024", "no date"),
        (7, "give a text, not int"),
        (None, "give a text, not NoneType"),
        (b"2024-03-05", "give a text, not bytes"),
    ],
)
def test_what_is_no_day_is_refused(text: object, words: str) -> None:
    with pytest.raises(ValueError, match=r"^to_date: ") as raised:
        to_date(text)
    assert words in str(raised.value)


def test_the_order_of_day_and_month_is_said_in_one_way() -> None:
    with pytest.raises(ValueError, match="day_first is True, False or None"):
        to_date("3/4/2024", "month")  # type: ignore[arg-type]


async def test_code_compares_the_days_of_rows() -> None:
    text = "Mar 5, 2024 opened\n12 April 2024 opened\n2024-12-01 opened\n"
    async with SubKernel(Document.of(text)) as sub:
        done = await sub.execute("print([to_date(m) for m in grep('opened') if to_date(m) < '2024-05'])")
    assert (done.output, done.error) == ("['2024-03-05', '2024-04-12']\n", None)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("from 11 July to 19 August 2024", {"11 July": "2024-07-11", "19 August 2024": "2024-08-19"}),
        ("from 1 to 14 October 2024", {"1": "2024-10-01", "14 October 2024": "2024-10-14"}),
        ("between May 3 and June 4, 2024", {"May 3": "2024-05-03", "June 4, 2024": "2024-06-04"}),
        ("from 20 December to 3 January 2025", {"20 December": "2024-12-20", "3 January 2025": "2025-01-03"}),
        ("room 4 and 12 May 2024", {"12 May 2024": "2024-05-12"}),
        ("from 31 to 14 June 2024", {"14 June 2024": "2024-06-14"}),
    ],
)
def test_the_first_day_of_a_range_leaves_out_what_the_last_has_too(text: str, days: dict[str, str]) -> None:
    assert {written: str(day) for written, day in written_days(text).items()} == days
