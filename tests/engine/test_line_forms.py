"""The form of a document's lines: it matches the rows that a question is about, and not those that only look alike."""

from __future__ import annotations

import itertools
import re
from collections.abc import Container, Sequence
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rlm_kernel import Document
from rlm_kernel.document import Searcher
from rlm_kernel.document.search.dates import to_date, written_days
from rlm_kernel.document.search.numbers import to_number
from rlm_kernel.engine.rows import form_notes
from rlm_kernel.engine.rows.group_names import names_of
from rlm_kernel.engine.rows.line_forms import Join, join_of, line_forms
from rlm_kernel.engine.rows.row_patterns import LineForm

SALES = (
    "Report\n"
    "Actual sales 2024, north branch 1: $1,200\n"
    "Projected sales 2024, north branch 1: $9,999\n"
    "Actual sales 2023, north branch 1: $800\n"
    "Some remark of no use.\n"
    "Actual sales 2024, coast branch 2: $75\n"
    "Actual sales 2024 in all: $1,275\n"
    "Actual sales 2024, Mill Hill branch 3: $3,000\n"
)


def form_of(question: str, text: str, *lines: int, prose: bool = False) -> LineForm:
    document = Document.of(text)
    (form,) = line_forms(question, document, [(document.texts[0].name, line) for line in lines], prose=prose)
    return form


def told(forms: Sequence[LineForm], seen: Container[tuple[str, int]], *, sources: bool) -> list[str]:
    """The notes on forms."""
    return [each.note for each in form_notes.told(forms, seen, sources=sources)]


def ran(code: str, document: Document) -> dict[str, Any]:
    """What code of a note has defined."""
    texts = {text.name: Searcher((text,), ignored, ignored) for text in document.texts}
    first = document.texts[0].name
    defined: dict[str, Any] = {
        "grep": lambda pattern, limit, source=first: texts[source].grep(pattern, limit),
        "to_number": to_number,
    }
    exec(code, defined)
    return defined


def found(form: LineForm, text: str) -> list[tuple[str, ...]]:
    """The groups of the lines that a form's pattern matches."""
    matches = (re.search(form.pattern, line) for line in text.split("\n"))
    return [match.groups() for match in matches if match is not None]


def test_what_varies_is_a_group_and_what_the_question_names_is_not() -> None:
    form = form_of("What is the sum of the actual sales of 2024?", SALES, 2)
    assert found(form, SALES) == [("north", "1", "1,200"), ("coast", "2", "75"), ("Mill Hill", "3", "3,000")]
    assert (form.line_num, form.count, form.groups) == (2, 3, ("north", "1", "1,200"))


def test_the_best_of_the_found_lines_gives_the_form() -> None:
    question = "What is the sum of the actual sales of 2024?"
    assert form_of(question, SALES, 3, 5, 4, 6).pattern == form_of(question, SALES, 2).pattern


def test_lines_are_looked_for_where_the_model_has_found_none() -> None:
    assert form_of("What is the sum of the actual sales of 2024?", SALES).count == 3


@pytest.mark.parametrize(
    ("question", "lines", "groups"),
    [
        (
            "How many bytes did GET requests take?",
            [
                '10.0.0.1 - - [18/May/2024:01:08:56 +0000] "GET /a HTTP/1.1" 200 17',
                '10.0.0.2 - - [02/May/2024:11:08:06 +0000] "POST /b HTTP/1.1" 200 19',
                '10.0.3.3 - - [21/May/2024:21:18:16 +0000] "GET /c HTTP/1.1" 404 5',
            ],
            [
                ("10.0.0.1", "18/May/2024:01:08:56", "/a", "200", "17"),
                ("10.0.3.3", "21/May/2024:21:18:16", "/c", "404", "5"),
            ],
        ),
        (
            "Which gate handled most passengers?",
            [
                "Gate A26 handled 5,062 passengers.",
                "Gate B1 handled 987 passengers.",
                "Gate B1 was built for 1,987 passengers.",
            ],
            [("A26", "5,062"), ("B1", "987")],
        ),
        (
            "How many crates were shipped?",
            ["shipped | north | 14 crates", "lost | north | 4 crates", "shipped | south | 3 crates"],
            [("north", "14"), ("south", "3")],
        ),
        (
            "What is the mean of the balances?",
            ["balance: -5 EUR", "balance: 12 EUR", "Balances are checked."],
            [("-5",), ("12",)],
        ),
        (
            "How many points did they win?",
            ["Ada Berg 37 points won", "Bo Chen 12 points won", "Jo Li Ott 5 points won"],
            [("Ada Berg", "37"), ("Bo Chen", "12"), ("Jo Li Ott", "5")],
        ),
        (
            "How many loans began in May?",
            ["loan 7 began on Mar 5, 2024", "loan 9 began on May 17, 2024", "loan 9 ended on May 19, 2024"],
            [("7", "Mar 5, 2024"), ("9", "May 17, 2024")],
        ),
        (
            "What did the seats cost now?",
            ["A seat costs 7 EUR", "Last year a seat cost 5 EUR", "A bench costs 9 EUR"],
            [("seat", "7"), ("bench", "9")],
        ),
        (
            "What is the total amount of all orders?",
            ["| order 1 | Oslo | 1 EUR |", "| order 2 | New York | -2.5 EUR |", "| order 3 | Oslo | 1,000 EUR |"],
            [("1", "Oslo", "1"), ("2", "New York", "-2.5"), ("3", "Oslo", "1,000")],
        ),
        (
            "What is the sum of the points?",
            [f"points of {name}: {len(name)}" for name in ("Ada", "Jean-Luc", "O'Neil", "Li Na", "José")],
            [(name, str(len(name))) for name in ("Ada", "Jean-Luc", "O'Neil", "Li Na", "José")],
        ),
        (
            "How many lines are at level error?",
            ['level=error msg="no key" id=1', 'level=info msg="error page" id=2', 'level=error msg="no way" id=3'],
            [("key", "1"), ("way", "3")],
        ),
        (
            "How much is the weight of the goods in all?",
            ["goods\tNorth\t12.5 kg", "goods\tSouth Hill\t3 kg", "cost\tNorth\t4 kg"],
            [("North", "12.5"), ("South Hill", "3")],
        ),
        (
            "How many flights leave?",
            ["  flight KX1 leaves from room A-12", "  flight KX90 leaves from room B-7"],
            [("KX1", "A-12"), ("KX90", "B-7")],
        ),
        *(
            (
                question,
                [f"order {number} of {kind}: {number} pieces" for number, kind in enumerate(["oak", "elm", "ash"], 2)],
                [("2", "oak", "2"), ("3", "elm", "3"), ("4", "ash", "4")],
            )
            for question in (
                "How many orders have at least 3 pieces?",
                "How many orders have between 3 and 4 pieces?",
                "How many pieces of elm and ash do the orders have?",
            )
        ),
        (
            "What do the previous prices add up to?",
            ["previous price of a lamp: 3", "price of a lamp: 4", "previous price of a rug: 5"],
            [("lamp", "3"), ("rug", "5")],
        ),
        (
            "How many words of 3 letters are in line 3?",
            ["line 1: 14 words", "line 2: 3 words", "line 3: 9 words"],
            [("1", "14"), ("2", "3"), ("3", "9")],
        ),
        (
            "How much of the paths is used?",
            ["used     12 GB   /srv/a-b", "reserved  9 GB   /srv/a-b", "used  1,003 GB   /srv/c.d/e"],
            [("12", "/srv/a-b"), ("1,003", "/srv/c.d/e")],
        ),
        (
            "Which host uses most memory?",
            ["host=db-01 memory_used=7", "host=db-01 memory_limit=70", "host=web-two-2 memory_used=5"],
            [("db-01", "7"), ("web-two-2", "5")],
        ),
        (
            "Which address has sent mails?",
            ["mail of ann.lee@x.org, sent 7", "mail of bo@y-z.com, sent 12", "mail of cy@y-z.com, lost 12"],
            [("ann.lee@x.org", "7"), ("bo@y-z.com", "12")],
        ),
        (
            "What is the sum of the pages of colour jobs?",
            [
                "17   pbrook   colour   1,270     8",
                "18   rwood    black       49     9",
                "9    jlane    colour       3    10",
            ],
            [("17", "pbrook", "1,270", "8"), ("9", "jlane", "3", "10")],
        ),
        (
            "What is the mean rent of flats? Two decimals.",
            ["Flat 7 in Two Rivers: rent 90", "Flat 8 in Long Acre: rent 70", "Shop 9 in Long Acre: rent 7"],
            [("7", "Two Rivers", "90"), ("8", "Long Acre", "70")],
        ),
    ],
    ids=[
        *("log", "codes", "table", "negative", "words and a number", "days", "outdated"),
        *("names of two words", "names with marks", "the word in another place", "tabs", "rooms"),
        *("a threshold", "a range", "two of several", "outdated on purpose", "a number of the question"),
        *("paths", "codes with hyphens", "addresses", "wide gaps", "a name with a word of the question"),
    ],
)
def test_forms_of_many_kinds_of_lines(question: str, lines: list[str], groups: list[tuple[str, ...]]) -> None:
    text = "\n".join(lines) + "\n"
    assert found(form_of(question, text, 1), text) == groups


def test_a_word_of_the_question_may_have_another_form() -> None:
    rows = "The Rose clinic spent 5 EUR.\nThe Rose clinic planned 9 EUR.\nThe Lily clinic spent 7 EUR.\n"
    form = form_of("How many EUR did all clinics spend?", f"{rows}The Lily clinic planned 8 EUR.\n")
    assert [groups[-1] for groups in found(form, rows)] == ["5", "7"]


READING = (
    "In the spring term Tom Cook got through 900 pages.\n"
    "For the spring term Tom Cook had hoped for 5,000 pages.\n"
    "In the spring term Rosa Lane got through 700 pages.\n"
    "For the spring term Rosa Lane had hoped for 6,000 pages.\n"
    "In the spring term Vera Wood got through 800 pages.\n"
    "For the spring term Vera Wood had hoped for 4,000 pages.\n"
)


@pytest.mark.parametrize(("seen", "first"), [(1, "got through"), (4, "had hoped for")])
def test_lines_that_say_another_thing_of_the_same_have_a_form_of_their_own(seen: int, first: str) -> None:
    document = Document.of(READING)
    source = document.texts[0].name
    forms = line_forms("Who read most pages in the spring term?", document, [(source, seen)])
    assert len(forms) == 2
    assert first in forms[0].pattern
    assert {form.count for form in forms} == {3}
    assert {row for form in forms for row in found(form, READING)} == {
        *(("Tom Cook", "900"), ("Rosa Lane", "700"), ("Vera Wood", "800")),
        *(("Tom Cook", "5,000"), ("Rosa Lane", "6,000"), ("Vera Wood", "4,000")),
    }
    for form, note in zip(forms, told(forms, [(source, form.line_num) for form in forms], sources=False), strict=True):
        assert form.line in note


@pytest.mark.parametrize(
    "rows",
    [
        # Values of two words in small letters, and two that are not bound to each other.
        [f"We bought {thing} for {cost} EUR." for cost, thing in enumerate(["desk lamps", "printer paper"] * 3, 7)],
        [f"The {a} car left the {b} gate at {n}." for n, (a, b) in enumerate([*zip("xyxy", "uvvu", strict=True)] * 2)],
    ],
)
def test_values_in_small_letters_are_no_other_thing(rows: list[str]) -> None:
    (form,) = line_forms("How many EUR, or what car, was bought or left the gate?", Document.of("\n".join(rows)), [])
    assert form.count == len(rows)


CARDS = "3 May 2024: card 77 began\n4 May 2024: card 78 ended\n5 May 2024: card 79 began\n6 May 2024: card 80 ended\n"


def test_a_state_that_the_question_says_in_another_word_is_one_of_those_that_may_be_meant() -> None:
    form = form_of("How many cards were started?", CARDS, 1)
    assert form.states == ((2, ("began", "ended")),)
    (told_of,) = form_notes.told([form], [], sources=False)
    assert "m['began_or_ended'] is 'began' or 'ended'" in told_of.note
    assert told_of.states == (("began_or_ended", ("began", "ended")),)
    document = Document.of(CARDS)
    for state, days in (("began", ["3 May 2024", "5 May 2024"]), ("ended", ["4 May 2024", "6 May 2024"])):
        code = told_of.beginnings[(state,)]
        assert code.startswith(
            f"# began_or_ended may be 'began' or 'ended'; the question is about {state!r}\nrows = grep("
        )
        assert [row["day"] for row in ran(code, document)["rows"]] == days


@pytest.mark.parametrize(
    ("question", "count"),
    [("How many cards are there?", 4), ("How many cards began?", 2), ("How many cards have begun or ended?", 4)],
)
def test_a_state_of_which_the_question_says_nothing_else_is_not_asked_for(question: str, count: int) -> None:
    form = form_of(question, CARDS)
    assert (form.count, form.states) == (count, ())


@pytest.mark.parametrize(
    ("question", "words"),
    [("Which minutes were unplanned?", ("yes", "no")), ("What do flats with a tenant cost?", ("occupied", "vacant"))],
)
def test_states_of_other_kinds_may_be_meant(question: str, words: tuple[str, str]) -> None:
    rows = "".join(f"minutes={n + 40} of flats: {words[n % 2]}, what they cost {n}\n" for n in range(6))
    form = form_of(question, rows)
    assert [(sorted(states), form.count) for _, states in form.states] == [(sorted(words), 6)]


RAIN = """\
| Station | May | June |
|---|---:|---|
| Bergen | 112.3 mm | 90 mm |
| Oslo | 53.0 mm | 80 mm |

Text of 3 words.
"""


@pytest.mark.parametrize(
    ("text", "rows", "told_of_first"),
    [
        (RAIN, [("Bergen", "112.3", "90"), ("Oslo", "53.0", "80")], "m['may'] is '112.3'"),
        (
            "Notes of 2023\nstation\tmonths\tmay\nBergen\t12\t112\nOslo\t11\t53\n",
            [("Bergen", "12", "112"), ("Oslo", "11", "53")],
            "m['may'] is '112'",
        ),
    ],
)
def test_the_words_of_a_table_may_stand_in_its_header(
    text: str, rows: list[tuple[str, ...]], told_of_first: str
) -> None:
    (form,) = line_forms("Which station had the highest rain in May?", Document.of(text), [])
    assert list(form.rows) == rows
    assert told_of_first in told([form], [], sources=False)[0]


@pytest.mark.parametrize(
    "text",
    [
        "| Station | May |\n| Bergen | dry |\n| Oslo | wet |\n",
        "| Station | May |\n| Bergen | 12 |\n",
        "Station, May, June and others\nThe first is 7.\nThe second is 8.\n",
        "| Station |  |\n| Bergen | 12 |\n| Oslo | 13 |\n",
    ],
)
def test_what_is_no_table_of_numbers_has_no_rows(text: str) -> None:
    assert line_forms("Which station had the highest rain in May?", Document.of(text), []) == []


def test_leaders_may_be_of_any_length() -> None:
    rows = "Rent, flat 3 ........ 1,200.50\nRent, flat 12 ..... 900.00\nHeating, flat 3 ..... 90.00\n"
    assert found(form_of("What is the total of the rents?", rows), rows) == [("3", "1,200.50"), ("12", "900.00")]


def test_a_short_word_may_have_an_s() -> None:
    rows = "Fee of Ann: 7\nFee of Bo: 9\nFine of Bo: 8\n"
    assert form_of("What is the sum of the fees?", rows).count == 2


def test_lines_that_only_mention_the_words_do_not_hide_those_that_are_meant() -> None:
    jobs = "".join(f"{n} nightly FAILED\n" for n in range(4))
    retries = "".join(f"{n} nightly OK, retry of FAILED job {n + 9}\n" for n in range(3))
    forms = line_forms("How many of the nightly jobs have FAILED?", Document.of(f"{retries}{jobs}"), [])
    assert [form.count for form in forms] == [3, 4]


def test_a_cell_that_is_a_word_of_the_question_counts_before_one_that_mentions_it() -> None:
    retries = "".join(f"{n}2  files  nightly  OK      retry of FAILED job {n}\n" for n in range(1, 9))
    failed = "".join(f"{n}7  files  nightly  FAILED\n" for n in range(1, 20))
    text = f"JOB  HOST  PLAN  STATE  NOTE\n{retries}{failed}"
    form = form_of("How many of the nightly backup jobs have failed (state FAILED)?", text, 2, 3)
    assert [row[0] for row in form.rows] == [f"{n}7" for n in range(1, 20)]


@pytest.mark.parametrize("words", [("hundred", "dozen"), ("speed", "touring"), ("united", "other")])
def test_words_that_only_end_like_a_state_are_none(words: tuple[str, str]) -> None:
    rows = "".join(f"parcel {n} weighs {n + 4} kg, one {words[n % 2]} item\n" for n in range(6))
    assert form_of("How many parcels did the firm send out, by weight in kg?", rows).count == 6


@pytest.mark.parametrize(
    ("question", "text", "names"),
    [
        ("How heavy were all parcels?", "parcel 7: st=done kg=12\nparcel 9: st=back kg=3\n", "parcel st kg"),
        ("What did the gates handle?", "Gate A2 handled 52 tons.\nGate B1 handled 7 tons.\n", "gate handled_tons"),
        ("What was paid for each card?", "12 May 2024, card K7, 4 EUR\n3 May 2023, card B1, 12 EUR\n", "day card eur"),
        (
            "What a year?",
            "A: this year 4, last year 3\nB: this year 6, last year 8\n",
            "name this_year last_year",
        ),
        ("Which hosts were seen, and when?", "seen 10.0.0.1 at 12:03\nseen 10.0.3.1 at 7:30:02\n", "address time"),
        ("What is the sum of the amounts?", '{"who": "a", "amount": 3}\n{"who": "c", "amount": 44}\n', "who amount"),
        ("Which cat weighs most?", "cat Tom; weight: 4 kg\ncat Mo Lee; weight: 3 kg\n", "name weight_kg"),
        ("How many rows are in the line?", "line 1: rows 12\nline 2: rows 7\n", "line_of_row rows"),
        ("Which plots are large?", "plot 3 of plot 8, 4 m\nplot 5 of plot 9, 40 m\n", "plot of_plot metres"),
    ],
)
def test_groups_are_called_what_stands_beside_them(question: str, text: str, names: str) -> None:
    (note,) = told([form_of(question, text, 1)], [], sources=False)
    told_names = re.findall(r"m\['(\w+)'\] is", note)
    assert told_names == names.split()
    assert re.findall(r"\(\?P<(\w+)>", note) == told_names


@pytest.mark.parametrize(
    "rows",
    [
        "| glass | Kiln Street | 927 | weighed |\n| glass | Quay | 17 | weighed |\n| tin | Quay | 5 | weighed |\n",
        "glass     Kiln Street     927   weighed\nglass     Quay             17   weighed\n",
        "glass;Kiln Street;927;weighed\nglass;Quay;17;weighed\n",
        "glass\tKiln Street\t927\tweighed\nglass\tQuay\t17\tweighed\n",
    ],
)
def test_groups_of_a_table_are_called_what_its_header_says(rows: str) -> None:
    mark = next((mark for mark in "|;\t" if mark in rows), "")
    above = mark.join(["material", "depot", "kg", "basis"]) + "\n"
    above = f"| {above.replace('|', ' | ').strip()} |\n|---|---|---|---|\n" if mark == "|" else above
    above = above if mark else "material  depot           kg    basis\n"
    (note,) = told([form_of("How much glass was weighed?", f"{above}\nNo table here.\n{rows}")], [], sources=False)
    assert re.findall(r"m\['(\w+)'\] is", note) == ["depot", "kg"]


@pytest.mark.parametrize(
    ("days", "first"),
    [
        (("01/20/2024", "07/03/2024"), "to_date(m['issued'], day_first=False) is '2024-01-20'"),
        (("1/7/2024", "20/3/2024"), "to_date(m['issued'], day_first=True) is '2024-07-01'"),
        (("1/7/2024", "7/3/2024"), "m['issued'] is '1/7/2024'"),
        (("2024-01-20", "2024-07-03"), "m['issued'] is '2024-01-20'"),
    ],
)
def test_it_is_told_how_days_are_read_where_all_of_them_tell(days: tuple[str, str], first: str) -> None:
    rows = "".join(f"permit {n}, issued: {day}\n" for n, day in enumerate(days, 7))
    (note,) = told([form_of("How many permits were issued in March?", rows, 1)], [], sources=False)
    assert first in note


def test_a_first_row_is_no_header() -> None:
    rows = "name: Karl Ward, status: left\nname: Ann Roe, status: employed\nname: Bo Lim, status: employed\n"
    (note,) = told([form_of("How many people are employed?", rows)], [], sources=False)
    assert re.findall(r"m\['(\w+)'\] is", note) == ["name"]


@pytest.mark.parametrize(
    ("question", "text", "names"),
    [
        pytest.param(
            "What quantity did the customers in the north order?",
            "item,price,area\nlamp,3,hall\nrug,9,loft\n\ncustomer,quantity,region\nAnn,12,north\nBo,14,south\nCy,17,north\n",
            ["customer", "quantity"],
            id="the second of two tables",
        ),
        pytest.param(
            "How many units were sold in the north?",
            "Thanks to Ann, Bo, Cy\n\nitem, region, units\nlamp, north, 3\nrug, north, 7\nbed, south, 9\n",
            ["item", "units"],
            id="a letter above the header",
        ),
        pytest.param(
            "How many units were sold in the north?",
            "Dear all, please find the prices below\n\nlamp north, 3 units sold\nrug north, 7 units sold\n",
            ["text", "units"],
            id="a sentence",
        ),
        pytest.param(
            "How many were sold in the north?",
            "item    price  quantity  region\nlamp           7         north\nrug            9         north\n",
            ["text", "number"],
            id="an empty cell in the middle",
        ),
        pytest.param(
            "How many units were sold in the north?",
            "item,units,price,area\nlamp,3,9,north\nrug,7,12,north\nbed,1,2,south\n",
            ["item", "units", "price"],
            id="numbers side by side",
        ),
        pytest.param(
            "How many bytes do the files have?",
            "file C:\\pic: 28 bytes, owner bo\nfile C:\\doc: 7 bytes, owner ann\nfile C:\\new: 9 bytes, owner cy\n",
            ["text", "bytes", "text_2"],
            id="a backslash before a group",
        ),
        pytest.param(
            "Who won matches?", "Ann: 12 matches\nBo: 7 matches\n", ["name", "matches_of_row"], id="a row's own"
        ),
        pytest.param(
            "What price?", "lamp price 3 quantity 7\nrug price 4 quantity 9\n", ["text", "price", "quantity"], id="next"
        ),
    ],
)
def test_no_group_has_a_wrong_name(question: str, text: str, names: list[str]) -> None:
    document = Document.of(text)
    (note,) = told(line_forms(question, document, []), [], sources=False)
    searched = re.search(r"grep\(r'(.*)', limit", note)
    assert searched is not None
    rows = Searcher(document.texts, ignored, ignored).grep(searched[1], 10)
    assert list(rows[0].groupdict()) == names
    said = dict(re.findall(r"m\['(\w+)'\] is '(.*?)'", note))
    assert said in [{name: row[name] for name in names} for row in rows]


@pytest.mark.parametrize("day", ["{y}-{m:02}-1{d}", "1{d}.{m:02}.{y}", "1{d} {name} {y}", "{y}-{m:02}-1{d}T08:03"])
def test_days_of_another_month_or_year_than_the_questions_are_left_out(day: str) -> None:
    months = ["March", "April", "May"]
    rows = "".join(
        f"{day.format(y=2023 + n % 2, m=3 + n % 3, d=n % 10, name=months[n % 3])}; crew Otter; {n} hours\n"
        for n in range(10, 34)
    )
    document = Document.of(rows)
    for question, count in (
        ("How many hours did the crews work in May 2024?", 4),
        ("How many hours did the crews work in 2024?", 12),
        ("How many hours did the crews work?", 24),
        ("How many hours did the crews work from 3 May 2024 to 8 May 2024?", 24),
        ("How many hours did the crews work in 2021?", 24),
    ):
        assert [form.count for form in line_forms(question, document, [])] == [count], question


@pytest.mark.parametrize(
    "sentence",
    [
        "Flights that were called off never took place, so leave them out.",
        "What was called off costs nothing.",
        "Flights called off do not count.",
    ],
)
def test_what_a_sentence_says_is_not_meant_is_left_out(sentence: str) -> None:
    states = ("landed", "called_off")
    rows = "".join(f"flight={n} outcome={states[n % 2]} minutes={n}\n" for n in range(20, 30))
    (form,) = line_forms(f"How long were the flights, in minutes? {sentence}", Document.of(rows), [])
    assert {int(row[0]) % 2 for row in form.rows} == {0}


def test_sentences_that_share_words_have_no_form() -> None:
    words = ("garden", "music", "paint", "lifts", "keys", "maps")
    drawn = [[words[n * k % 5] for k in range(1, 8)] for n in range(9)]
    text = "".join(f"{' '.join(each).title()} maps visitors {' '.join(each[2:])} weather.\n" for each in drawn)
    assert line_forms("How many visits were made in good weather?", Document.of(text), []) == []


def test_a_label_with_a_time_ends_before_what_is_said() -> None:
    text = "".join(f"[Mon 18:3{n}] {name}: text {n}\n" for n, name in enumerate(["Ines", "Bo", "Cem", "Dag"]))
    form = form_of("How many people tell the teacher in their message that they are ill?", text, 1, prose=True)
    assert found(form, text) == [(f"text {n}",) for n in range(4)]


def test_a_figure_with_a_letter_is_one() -> None:
    rows = [
        f"{n}. Lind, Ada (class 10{'bc'[n % 2]}): {n + 9} points - {('main', 'resit')[n % 4 == 0]}"
        for n in range(1, 25)
    ]
    (form,) = line_forms("What is the average of the points of class 10b?", Document.of("\n".join(rows)), [])
    assert form.count == 12


def test_no_day_within_a_time_chooses_rows() -> None:
    rows = [
        f"W-{n}: {('lock', 'weir')[n % 2]}; taken {n} June 2023; received {n + 1} June 2023; nitrate {n % 5} mg/l"
        for n in range(1, 27)
    ]
    question = "How many samples were received from 4 June 2023 to 13 June 2023?"
    (form,) = line_forms(question, Document.of("\n".join(rows)), [("context", 13), ("context", 12)])
    assert form.count == 26


def test_several_days_are_called_by_the_words_before_them_and_the_question_names_one() -> None:
    rows = [
        f"- No. {n}, pets: signed on {n} May 2023, cover begins on {n + 2} June 2023, premium EUR {n * 3}."
        for n in range(1, 25)
    ]
    question = "How many policies have a cover that begins between 4 June 2023 and 13 June 2023?"
    (form,) = line_forms(question, Document.of("\n".join(rows)), [])
    days = list(written_days(question).values())
    (note,) = form_notes.told([form], [], sources=False, days=days, question=question)
    assert [name for name in note.keys if "begin" in name or "sign" in name] == ["signed", "cover_begins"]
    assert "to_date(m['cover_begins'])" in note.beginnings[()]


def test_a_word_at_the_end_of_a_pattern_is_whole() -> None:
    rooms = "".join(f"room {n}0 on floor {n % 13}\n" for n in range(10, 50))
    assert form_of("How many rooms are on floor 1?", rooms).count == 3
    parcels = "".join(f"parcel {n} ok: {('pass', 'passed', 'failed')[n % 3]}\n" for n in range(30, 42))
    (told_of,) = form_notes.told([form_of("How many parcels came through fine?", parcels)], [], sources=False)
    counts = [len(ran(code, Document.of(parcels))["rows"]) for code in told_of.beginnings.values()]
    assert counts == [12, 4, 4, 4], "the first is of all"


def test_names_of_several_words_in_columns_are_whole() -> None:
    names = ["Salt Marsh", "Fox Hollow", "Quay"]
    rows = "".join(f"July  {name:<14}{n + 7}.5   measured\n" for n, name in enumerate(names))
    form = form_of("Where did most rain fall in July?", f"Rain of all months\n{rows}")
    assert [row[0] for row in form.rows] == names


def test_a_name_is_named_by_all_of_its_words() -> None:
    carriers = ("Rapid Post", "Rapid Freight", "Coast Mail")
    rows = "".join(f"parcel={n}; carrier={carriers[n % 3]}; outcome=damaged\n" for n in range(100, 112))
    form = form_of("How many of the parcels that Rapid Post carried have the outcome damaged?", rows)
    assert form.count == 4


def test_lines_with_other_numbers_of_words_between_the_same_ones_have_one_form() -> None:
    kinds = ("garage", "garden shed", "sign")
    rows = "".join(f"No. {n}, {kinds[n % 3]}: issued 0{n % 9 + 1}/07/2024, Ada Roe\n" for n in range(40, 49))
    assert form_of("How many permits were issued in July 2024?", rows).count == 9


def test_rows_may_stand_apart_from_the_header() -> None:
    rows = "".join(f"{n},{('passed', 'failed')[n % 2]},K {n % 3}1\n\nSome words between.\n" for n in range(10, 18))
    text = f"Yard\n\nslip,result,plate\n\n{rows}"
    form = form_of("How many different plates got through?", text)
    assert (form.count, form.labels, form.states) == (8, ("slip", "result", "plate"), ((1, ("passed", "failed")),))


def test_blanks_may_be_of_any_length_where_they_are() -> None:
    text = "May  3 failed for root\nMay 18 failed for root\nMay  4 failed for ada\n"
    assert found(form_of("How often has root failed?", text, 1), text) == [("3",), ("18",)]


def test_of_prose_only_the_label_is_shared() -> None:
    text = "message 12: it broke (again)\nremark: none\nmessage 7: thank you | bye\n"
    form = form_of("How many messages are complaints?", text, 1, prose=True)
    assert found(form, text) == [("it broke (again)",), ("thank you | bye",)]


def test_a_label_of_who_speaks_is_any_word() -> None:
    text = "".join(f"{name}: text {number}\n" for number, name in enumerate(["Ada", "Bo", "Cem"] * 2))
    form = form_of("How many of the messages are complaints?", text, 1, prose=True)
    assert found(form, text) == [(f"text {number}",) for number in range(6)]


def test_a_label_with_a_number_and_a_name_is_any_of_them() -> None:
    names = ["Ada Lovelace", "Bo Yi", "Cem da Costa", "Dag Moe"]
    text = "".join(f"Card {number}7, {name}: text {number}\n" for number, name in enumerate(names))
    form = form_of("How many of the cards are complaints?", text, 1, prose=True)
    assert found(form, text) == [(f"text {number}",) for number in range(4)]


def test_texts_behind_a_sign_are_found_whatever_they_say() -> None:
    said = (
        "It broke: the lid is off.",
        "Thanks, all is well.",
        "Where is it?",
        "Nobody - really nobody - came.",
        "Fine.",
        "No.",
    )
    text = "".join(f"[Message {n}] from Ada\n> {each}\n\n" for n, each in enumerate(said))
    (form,) = line_forms("How many messages complain of damage?", Document.of(text), [("context", 2)], prose=True)
    assert form.pattern == "^> (.+)"
    assert [row[0] for row in form.rows] == list(said)


def test_values_at_the_end_of_a_document_count() -> None:
    text = "".join(f"sold by agent {number}: {number * 20}\n" for number in range(1, 60)) + "sold by agent 60: 1,200\n"
    assert found(form_of("What was sold in total?", text, 1), text)[-1] == ("60", "1,200")


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("What is the code of the door?", "The code of the door is 12.\nNothing else is here.\n"),
        ("What is the sum of the sales?", "12 13\n14 15\n"),
        ("What is the sum of the sales?" * 200, SALES),
        ("Sales?", "sales " + "of 7, " * 80 + "\n" + "sales " + "of 8, " * 80 + "\n"),
        ("Sales?", "sales " + "of 7, " * 24 + "\n" + "sales " + "of 8, " * 28 + "\n"),
        ("Sales?", "sales of\n" * 5),
    ],
    ids=["one line", "no word in common", "a long question", "long lines", "many signs", "nothing that varies"],
)
def test_no_form_is_none(question: str, text: str) -> None:
    document = Document.of(text)
    assert line_forms(question, document, [(document.texts[0].name, 1)]) == []


def test_a_form_for_each_document() -> None:
    document = Document.of(
        {
            "prices.txt": "price of a lamp: 3 EUR\nprice of a rug: 10 EUR\n",
            "orders.txt": "ordered: 2 x lamp\nordered: 1 x rug\n",
            "more.txt": "Nothing of interest.\n",
        }
    )
    forms = line_forms("What do all ordered items cost at these prices?", document, [("prices.txt", 1)])
    assert [form.source for form in forms] == ["prices.txt", "orders.txt"]
    (alone,) = told(forms[1:], [], sources=True)
    assert "source='orders.txt'): m['ordered'] is '2', m['text'] is 'lamp'" in alone


ITEMS = "bolt: weight 30 kg, width 62 cm\nplate: weight 2 kg, width 20 cm\nbeam: weight 81 kg, width 2 cm\n"
ORDERS = "2 pieces of beam ordered\n30 pieces of bolt ordered\n7 pieces of beam ordered\n"


def join_between(question: str, **texts: str) -> Join | None:
    return join_of(line_forms(question, Document.of(texts), []))


@pytest.mark.parametrize("names", [("items", "orders"), ("orders", "items")])
def test_rows_of_two_documents_belong_together_by_the_values_that_both_have(names: tuple[str, str]) -> None:
    texts = {"items": ITEMS, "orders": ORDERS}
    join = join_between("What do the ordered pieces weigh, by their weight?", **{name: texts[name] for name in names})
    assert join is not None
    assert (join.form.source, join.key, join.other.source, join.other_key) == ("items", 0, "orders", 1)
    assert join.groups_of(("9", "beam")) == ("beam", "81", "2")
    assert join.groups_of(("9", "nail")) == ()


PRICES = "".join(
    f"Article {n}  hole punch  price 2021: {n % 89} EUR  price 2022: {n % 97} EUR\n" for n in range(4101, 4120)
)
BOOK = "".join(f"Order {n + 701} / {n % 9 + 2} pieces of article {4101 + n} / confirmed\n" for n in range(12))


def test_what_joined_rows_cost_is_how_many_there_are_times_a_price() -> None:
    document = Document.of({"prices": PRICES, "book": BOOK})
    question = "What do all confirmed orders cost in total, in EUR, at the prices of 2022?"
    (note,) = form_notes.told(line_forms(question, document, []), [], sources=True, question=question)
    assert note.factors is not None
    count, prices = note.factors
    assert count == "pieces"
    assert list(prices) == ["eur_2021", "eur_2022"]


@pytest.mark.parametrize(
    ("question", "book"),
    [
        ("How many confirmed orders are there of articles that have a price of 9 EUR?", BOOK),
        ("What do all confirmed orders cost in EUR?", BOOK.replace(" pieces", " boats for 3 days, pieces")),
        ("What do all confirmed orders cost in EUR?", re.sub(r"\d+ pieces", "some pieces", BOOK)),
        ("Which confirmed order cost the most, in EUR?", BOOK),
        ("How many pieces have the customers paid for in all?", BOOK),
        ("What do all confirmed orders cost in EUR?", re.sub(r"(\d+) pieces", r"a total of 9\g<1>.50 EUR", BOOK)),
        ("What do all confirmed orders cost in EUR?", re.sub(r"(\d+) pieces", r"discount \1", BOOK)),
        ("What do all confirmed orders cost in EUR?", re.sub(r"(\d+) pieces", r"9\1 minutes", BOOK)),
    ],
)
def test_without_one_number_of_things_or_a_cost_nothing_is_multiplied(question: str, book: str) -> None:
    days = itertools.count(2)
    document = Document.of({"prices": PRICES, "book": re.sub("3 days", lambda _: f"{next(days) % 5} days", book)})
    notes = form_notes.told(line_forms(question, document, []), [], sources=True, question=question)
    assert notes
    assert all(note.factors is None for note in notes)


@pytest.mark.parametrize("label", ["stock", "weight in kg", "price per 10", "hourly rate"])
def test_what_is_no_price_of_one_piece_multiplies_nothing(label: str) -> None:
    prices = f"article,name,{label}\n" + "".join(f"{4101 + n},{chr(65 + n)} punch,{n}\n" for n in range(19))
    document = Document.of({"prices": prices, "book": BOOK})
    question = "What do all confirmed orders cost in total, in EUR?"
    notes = form_notes.told(line_forms(question, document, []), [], sources=True, question=question)
    assert notes
    assert all(note.factors is None for note in notes)


def test_joined_rows_are_told_as_code_that_reads_them_into_one_table() -> None:
    document = Document.of({"orders": ORDERS, "items": ITEMS})
    forms = line_forms("What do the ordered pieces weigh, by their weight?", document, [])
    (note,) = told(forms, [("orders", 2)], sources=True)
    about, *code = note.split("\n")
    assert about == (
        "[lines such as line 1: bolt: weight 30 kg, width 62 cm, of 'items' and line 2 of 'orders' belong together, "
        "and are read by this; the row of those is "
        "{'pieces': 30, 'name': 'bolt', 'weight_kg': 30, 'width_cm': 62}:]"
    )
    rows = {text.name: Searcher((text,), ignored, ignored) for text in document.texts}
    defined = {"grep": lambda pattern, limit, source: rows[source].grep(pattern, limit), "to_number": to_number}
    exec("\n".join(code), defined)
    assert defined["table"] == [
        {"pieces": 2, "name": "beam", "weight_kg": 81, "width_cm": 2},
        {"pieces": 30, "name": "bolt", "weight_kg": 30, "width_cm": 62},
        {"pieces": 7, "name": "beam", "weight_kg": 81, "width_cm": 2},
    ]


def table_of(note: str, document: Document) -> list[dict[str, Any]]:
    """What the code of a note makes."""
    return list(ran(note.partition("\n")[2], document)["table"])


def test_columns_of_a_table_have_different_names() -> None:
    prices = "nut: 3 EUR, 4 EUR\nbolt: 5 EUR, 6 EUR\n"
    document = Document.of({"prices": prices, "sales": "sold 7 for 8 EUR: nut\nsold 9 for 1 EUR: bolt\n"})
    (note,) = told(line_forms("What are the sold prices in EUR?", document, []), [], sources=True)
    names = re.findall(r"'(\w+)': ", note.rpartition("table = ")[2])
    assert len(names) == len(set(names)) == 5


@pytest.mark.parametrize(
    "orders",
    [
        pytest.param("2 pieces of nail ordered\n3 pieces of beam ordered\n", id="one value alone"),
        pytest.param("30 pieces of nail ordered\n2 pieces of pipe ordered\n2 pieces of rod ordered\n", id="numbers"),
    ],
)
def test_rows_without_values_in_common_do_not_belong_together(orders: str) -> None:
    assert join_between("What do the ordered pieces weigh, by their weight?", items=ITEMS, orders=orders) is None


@pytest.mark.parametrize(
    ("items", "orders", "rows"),
    [
        # Dates and addresses are no numbers.
        (
            ITEMS,
            "on 12.05.2023, pieces 2 ordered: beam\non 13.05.2023, pieces 7 ordered: bolt\n",
            {"pieces": 2},
        ),
        ("beam at 10.0.0.1, weight 3\nbolt at 10.0.0.2, weight 4\n", ORDERS, {"weight": 3}),
        # A number that is called like the rows, and words between tabs.
        (ITEMS, "ordered: beam, name 2\nordered: bolt, name 7\n", {"ordered": "beam", "name": 2}),
        ("beam\tweight\t3\nbolt\tweight\t4\n", ORDERS, {"weight": 3}),
    ],
)
def test_the_code_that_is_told_runs(items: str, orders: str, rows: dict[str, Any]) -> None:
    document = Document.of({"orders": orders, "items": items})
    (note,) = told(line_forms("What do the ordered pieces weigh, by weight?", document, []), [], sources=True)
    beam = next(row for row in table_of(note, document) if "beam" in row.values())
    assert {name: value for name, value in beam.items() if name in rows} == rows


def test_rows_that_only_some_of_the_others_belong_to_are_those_that_count() -> None:
    halls = {"mill-7": "North Hall", "lathe-3": "North Hall", "press-2": "River Hall", "saw-9": "River Hall"}
    document = Document.of(
        {
            "meter.log": "".join(f"0{n}:30 kwh={n}.5 machine={machine}\n" for n, machine in enumerate([*halls] * 2)),
            "machines.md": "".join(f"| {machine} | {hall} |\n" for machine, hall in halls.items()),
        }
    )
    alone, note = told(line_forms("How many kWh did machines in the North Hall take?", document, []), [], sources=True)
    assert "kwh=" in alone, "all of them may be meant"
    rows = table_of(note, document)
    assert [row["kwh"] for row in rows if row["machine"] == "mill-7"] == [0.5, 4.5]
    assert {row["machine"] for row in rows} == {"mill-7", "lathe-3"}


def test_rows_of_a_document_without_words_of_the_question_belong_to_those_with_their_codes() -> None:
    names = {"G582": "Boat trolley", "H911": "Wetsuit", "D549": "Two-man tent", "K836": "Dry bag"}
    hired = [("Moreau", "G582"), ("Palme", "K836"), ("Moreau", "D549"), ("Palme", "G582"), ("Moreau", "H911")]
    document = Document.of(
        {
            "hired.txt": "".join(f"day {n} / {who} party / {n + 2} x {code}\n" for n, (who, code) in enumerate(hired)),
            "tariff.txt": "".join(
                f"{code} {name} ..... {n}.50 (in 2023 it was {n + 9})\n" for n, (code, name) in enumerate(names.items())
            ),
        }
    )
    (note,) = told(line_forms("How many euros does the Moreau party owe for all that?", document, []), [], sources=True)
    rows = table_of(note, document)
    assert [
        set(row.values()) >= {code}
        for row, (who, code) in zip(rows, [h for h in hired if h[0] == "Moreau"], strict=True)
    ]
    assert [next(value for value in row.values() if value in (0.5, 1.5, 2.5)) for row in rows] == [0.5, 2.5, 1.5]


def test_many_columns_take_no_long_time() -> None:
    texts = {f"t{n}": "".join(f"item {n} {i} {i * 3} {i * 7} {i * 11} sold\n" for i in range(4_000)) for n in range(3)}
    assert join_of(line_forms("How many items were sold?", Document.of(texts), [])) is not None


def test_numbers_join_rows_where_all_of_them_are_there() -> None:
    join = join_between(
        "What do all sold articles cost?",
        costs="article 101 costs 7 EUR\narticle 102 costs 9 EUR\narticle 103 costs 11 EUR\n",
        sales="May 3: 4 sold of no. 103\nMay 4: 2 sold of no. 101\nMay 6: 1 sold of no. 102\n",
    )
    assert join is not None
    assert (join.form.source, join.key, join.other.source) == ("costs", 0, "sales")
    assert {row[join.other_key] for row in join.other.rows} == {"101", "102", "103"}


def test_a_key_that_comes_twice_on_both_sides_joins_nothing() -> None:
    twice = ITEMS + "bolt: weight 31 kg, width 62 cm\nbeam: weight 3 kg, width 20 cm\n"
    assert join_between("What do the ordered pieces weigh, by their weight?", items=twice, orders=ORDERS) is None


def test_a_line_that_was_not_seen_is_told() -> None:
    form = form_of("What is the sum of the actual sales of 2024?", SALES, 2)
    assert "Actual sales 2024, north branch 1: $1,200" in told([form], [], sources=False)[0]
    (seen,) = told([form], [(form.source, 2)], sources=False)
    assert "branch 1: $1,200" not in seen
    pattern = r"^Actual sales 2024, (?P<text>.+?) branch (?P<branch>[\d.,]+): \$(?P<dollars>[\d.,]+)"
    assert f"grep(r'{pattern}', limit=10**6)" in seen


def test_a_line_that_many_groups_might_match_takes_no_long_time() -> None:
    """Python's `re` takes minutes for it: the text is searched by RE2."""
    rows = "".join(f"sale, {a}, {b}, {a}{b}, {b}{a}, mm, EUR\n" for a, b in ("ab", "cd", "ef", "gh"))
    document = Document.of(rows + ("sale" + ", " * 75 + "USD\n") * 50)
    (form,) = line_forms("What is the sale?", document, [(document.texts[0].name, 1)])
    assert form.count == 4


def test_a_colon_alone_is_no_heading_of_a_day() -> None:
    assert line_forms("How many bags were sold on 1 May?", Document.of(":\n" * 4), []) == []


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        (["Guest 1: The soup was cold.", "Guest 2: We shall come again.", "Guest 3: Nobody came."], "name"),
        (["Guest 1: 12", "Guest 2: 40", "Guest 3: 7"], "number"),
        (["Guest 1: 2024-05-01", "Guest 2: 2024-05-02", "Guest 3: 2024-06-11"], "day"),
    ],
)
def test_what_is_judged_is_called_what_its_group_is(lines: list[str], name: str) -> None:
    document = Document.of("\n".join(lines))
    forms = line_forms("How many of the guests were happy?", document, [(document.texts[0].name, 1)], prose=True)
    (note,) = form_notes.told(forms, [], sources=False)
    (code,) = form_notes.judged(note).beginnings.values()
    assert f"{{m['{name}']}}" in code
    assert ran(code.partition("\nkinds")[0], document)["rows"][0][name] == lines[0].partition(": ")[2]


@given(
    st.lists(
        st.text(st.sampled_from("sold 12,.-$|:\t(\uff9f\u2200)\u0130\u0660é東\\'\"`{}[]*?"), max_size=40),
        min_size=1,
        max_size=8,
    ),
    st.text(st.sampled_from("sold 12?\uff9f\u0130"), max_size=12),
    st.booleans(),
)
def test_any_document_has_a_form_that_finds_its_line_or_none(rows: list[str], question: str, prose: bool) -> None:
    assume(any(rows))
    document = Document.of("\n".join(rows))
    seen = [(document.texts[0].name, number) for number in range(1, len(rows) + 2)]
    forms = line_forms(question, document, seen, prose=prose)
    assert all(text.isprintable() for text in told(forms, [], sources=True))
    for form in forms:
        matches = Searcher(document.texts, ignored, ignored).grep(form.pattern, 10**6)
        assert len({row.line_num for row in matches}) == form.count > 1
        (row,) = [row for row in matches if row.line_num == form.line_num]
        assert tuple(group or "" for group in row.groups) == form.groups


def ignored(*_told: object) -> None:
    pass


def test_a_table_wins_over_the_titles_above_its_parts() -> None:
    parts = "".join(
        f"## Delivery of {day} May\n\n| Article | Pieces | EUR |\n|---|---|---|\n"
        + "".join(f"| Tile {n} | {n} | {n}.50 |\n" for n in range(day, day + 9))
        + "\nThe May sun was out, and the porter said so to all who came.\n"
        for day in (3, 12, 21)
    )
    form = form_of("What do we owe the tiler for May, going by the single lines?", f"# Tiles for the hall\n\n{parts}")
    assert (form.labels, form.count) == (("Article", "Pieces", "EUR"), 27)


def test_lines_with_figures_beside_a_table_are_what_is_asked_for() -> None:
    fines = "".join(f"{name} was fined {n} for a late book.\n" for name, n in (("Ann", 12), ("Bo", 5), ("Cy", 7)))
    books = "".join(f"| Kite {n} | A{n} | {n} |\n" for n in range(1, 15))
    form = form_of("What do all the fines come to?", f"{fines}\n| Book | Shelf | Copies |\n|---|---|---|\n{books}")
    assert {group for row in form.rows for group in row} >= {"12", "5", "7"}


@pytest.mark.parametrize(
    ("label", "pattern"),
    [("[message {n} / Mr {name}] ", r"^\[message \d+ / Mr \w+\] (.+)"), ("({name}, {n}) ", r"^\(\w+, \d+\) (.+)")],
)
def test_of_prose_what_stands_in_brackets_is_a_label(label: str, pattern: str) -> None:
    said = ("The cup was broken.", "Where is my cup?", "Thank you: it is fine.", "It came broken.", "Please send two.")
    names = ("Lowe", "Soto", "Moe", "Ruiz", "Lind")
    texts = [label.format(n=n, name=names[n]) + each for n, each in enumerate(said)]
    text = "\n".join([*texts, "[note of the shop] The shelf was swept."])
    form = form_of("How many messages say that a cup was broken?", text, 1, prose=True)
    assert (form.pattern, [row[0] for row in form.rows]) == (pattern, [*said])


@pytest.mark.parametrize("days", [7, 28])
def test_a_figure_beside_its_unit_chooses_the_rows_that_have_it(days: int) -> None:
    text = "Cube\tAge\tStrength\n" + "".join(f"K{n}\t{(7, 28)[n % 2]} days\t{n}.5\n" for n in range(10, 16))
    form = form_of(f"What is the mean strength of the cubes at {days} days?", text, 2)
    assert [row[0] for row in form.rows] == [f"K{n}" for n in range(10 + (days == 28), 16, 2)]


def test_signs_around_a_value_are_no_part_of_what_the_question_calls_it() -> None:
    text = "".join(
        f"06:0{n}:33 <{machine}> {event} to:north items:{n}08 rejects:{n}\n"
        for n, (machine, event) in enumerate([("SM12", "batch"), ("SM3", "batch"), ("SM12", "test")] * 3)
    )
    form = form_of("What is the sum of the items in the batch events of machine SM12?", text, 1)
    assert [row[names_of(form).index("items")] for row in form.rows] == ["008", "308", "608"]


def test_of_states_that_share_a_word_with_a_noun_the_one_that_is_written_is_meant() -> None:
    text = "".join(
        f"Grant no.: {n}\nDepartment: Culture\nState: {state}\nAmount: EUR {n}0.00\n\n"
        for n, state in enumerate(["paid", "granted", "rejected", "paid", "paid", "granted"], 101)
    )
    form = form_of("What is the sum of the grants of the Culture department with the state paid?", text, 1)
    assert [row[0] for row in form.rows] == ["101", "104", "105"]


def test_a_capital_makes_a_name_of_what_may_be_a_state() -> None:
    rows = (("Cellar", 8), ("Main", 10), ("Studio", 11), ("Main", 28), ("Cellar", 16), ("Studio", 9))
    text = "PLAY  HOUSE  SOLD\n" + "".join(f"The Play {n}  {house}  {sold}\n" for n, (house, sold) in enumerate(rows))
    assert form_of("Which play was performed to most people?", text, 2).states == ()


@pytest.mark.parametrize(
    ("head", "pattern"),
    [
        ("From: Ann\nDate: {n} May\n", r"^Date: .*\n(.+)"),
        ("From: Ann\nReceived: {n} May, 15:0{n}\n\n", r"^Received: .*\n\n(.+)"),
        ("Message {n}\n", r"^Message \d+.*\n(.+)"),
    ],
)
def test_of_prose_what_stands_below_a_head_is_a_text(head: str, pattern: str) -> None:
    said = ("The cup was broken.", "Where is my cup?", "Thank you: it is fine.", "It came broken.", "Please send two.")
    text = "Mail box\n\n" + "".join(f"{head.format(n=n)}{each}\n\n" for n, each in enumerate(said, 1))
    form = form_of("How many messages say that a cup was broken?", text, 1, prose=True)
    assert (form.pattern, [row[0] for row in form.rows]) == (pattern, [*said])


def test_rows_between_two_days_may_have_none() -> None:
    text = "parcel\tarrived\thanded over\tcharge\n" + "".join(
        f"K{n}\t{n} Mar 2024\t{f'{n + 3} Mar 2024' if n % 3 else 'waiting'}\t{n}\n" for n in range(10, 20)
    )
    document = Document.of(text)
    question = "How many euros of charge belong to parcels handed over from 15 March 2024 to 18 March 2024?"
    days = sorted(written_days(question).values())
    (told,) = form_notes.told(line_forms(question, document, []), [], sources=False, days=days, question=question)
    searcher = Searcher(document.texts, lambda *_: None, lambda *_: None)
    defined: dict[str, Any] = {"grep": searcher.grep, "to_date": to_date}
    exec(told.beginnings[()], defined)
    assert [row["parcel"] for row in defined["rows"]] == ["K13", "K14"]


def test_no_is_what_a_column_of_votes_is_called() -> None:
    text = "".join(f"0{n} Hall {n} ... yes {n}81 ... no {n}99 ... invalid {n}\n" for n in range(1, 7))
    assert names_of(form_of("How many no votes do the halls give?", text, 1))[-3:] == ["yes", "no", "invalid"]


def test_of_two_prices_the_words_before_them_say_which_is_which() -> None:
    text = "".join(f"Book {n} ... price {n}.50 EUR (last year's price {n}.20 EUR)\n" for n in range(11, 17))
    assert names_of(form_of("What do the books cost in all?", text, 1))[-2:] == ["price_eur", "last_year_s_price"]


PAYMENTS = "day;kind;amount;state;remark\n" + "".join(
    f"{n}.01.{year};{kind};{n}.50;{state};{remark}\n"
    for n, (year, kind, state, remark) in enumerate(
        (
            (2023, "Supplies", "booked", "a rainy day"),
            (2024, "Supplies", "booked", "none"),
            (2023, "Supplies", "pending", "a busy day"),
            (2023, "Travel", "booked", "none"),
            (2023, "Supplies", "returned", "none"),
            (2023, "Supplies", "booked", "none"),
            (2023, "Supplies", "booked", "as on every day"),
        ),
        11,
    )
)


@pytest.mark.parametrize(
    "question",
    [
        "Please add up the amounts of all Supplies that were booked in 2023 (neither pending nor returned ones).",
        "What do the 2023 payments of the kind Supplies with the state booked add up to?",
        "On how many days were the 2023 Supplies booked?",
    ],
)
def test_years_states_and_remarks_of_a_question(question: str) -> None:
    form = form_of(question, PAYMENTS, 2)
    assert [row[0] for row in form.rows] == ["11.01.2023", "16.01.2023", "17.01.2023"]


def test_a_code_of_two_words_is_one_cell() -> None:
    text = "Plate     Model   Km\n" + "".join(f"W{n} XN{'ABCDEF'[n - 20]}   Panda   {n}70\n" for n in range(20, 26))
    form = form_of("Give me the plate of the vehicle with the lowest km.", text, 2)
    assert names_of(form)[0] == "plate"
    assert form.rows[0][0] == "W20 XNA"


def test_what_things_may_be_is_no_state_where_others_are_none() -> None:
    diets = ("full", "soft", "diabetic", "full", "low salt", "soft", "diabetic", "low salt")
    text = "".join(
        f"Bed: {n}A\nDiet: {diet}\nIsolation: {'none' if n % 2 else 'ordered'}\n\n" for n, diet in enumerate(diets)
    )
    form = form_of("How many patients are kept apart, and no longer with others?", text, 1)
    assert [names_of(form)[at] for at, _ in form.states] == ["isolation"]
