"""Tables in a text, and the patterns of those of their rows that a question is about."""

from __future__ import annotations

import pytest

from rlm_kernel import Document
from rlm_kernel.engine.prompt.form_notes import told as told_of
from rlm_kernel.engine.prompt.line_forms import line_forms
from rlm_kernel.engine.prompt.row_patterns import LineForm
from rlm_kernel.engine.prompt.tables import stands_behind_numbers, tables_of


def form_of(question: str, text: str) -> LineForm:
    (form,) = line_forms(question, Document.of(text), [])
    return form


LEDGER = """\
Ledger of the playhouse

| booked | department | supplier | status | EUR |
|---|---|---|---|---:|
| 2021-03-24 | wardrobe | Adler & Sons | settled | 369.15 |
| 2021-03-08 | wardrobe | Adler & Sons | quote | 40.60 |
Some remark between.
| 2021-07-22 | wardrobe | Tuchhaus | settled | 124.65 |
| 2021-07-23 | scenery | Tuchhaus | void | 4.65 |
| 2022-07-22 | wardrobe | Marr | quote | 12.00 |
| 2021-08-22 | wardrobe | Marr | settled | 10.00 |
| Total | all | | | 999.00 |
"""


def test_words_of_the_question_choose_rows_and_a_state_stays_to_be_chosen() -> None:
    form = form_of("How much did the wardrobe really spend in 2021, in euros?", LEDGER)
    assert form.labels == ("booked", "supplier", "status", "EUR")
    assert {row[3] for row in form.rows} == {"369.15", "40.60", "124.65", "10.00"}
    assert form.states == ((2, ("settled", "quote")),)


@pytest.mark.parametrize("mark", [";", ",", "\t", " | "])
def test_rows_are_told_from_the_header_whatever_stands_between_cells(mark: str) -> None:
    rows = [("branch", "half", "taken"), ("Kingsway", "H2", "957"), ("Marsh End", "H1", "1190"), ("Quay", "H1", "7")]
    text = "Report, of branches\n\n" + "".join(f"{mark.join(row)}\n" for row in rows)
    form = form_of("How much have the branches taken?", text)
    assert list(form.rows) == rows[1:]
    assert form.labels == rows[0]


def test_a_figure_is_a_condition_only_beside_its_label() -> None:
    rows = "".join(f"W{n};{('Comte', 'Edam')[n % 2]};{n % 3};{n % 4}\n" for n in range(100, 124))
    text = f"wheel;cheese;cellar;shelf\n{rows}"
    assert form_of("How many Comte wheels lie in cellar 1?", text).labels == ("wheel", "shelf")
    assert form_of("How many of the Comte wheels of 1 May are there?", text).labels == ("wheel", "cellar", "shelf")


def test_a_word_in_a_cell_chooses_rows() -> None:
    kinds = ("extinguisher, foam", "extinguisher, powder", "fire blanket")
    rows = "".join(f"| F{n} | {kinds[n % 3]} | {('overdue', 'in order')[n % 2]} |\n" for n in range(30))
    text = f"| no | equipment | service |\n|---|---|---|\n{rows}"
    form = form_of("How many fire extinguishers are overdue at the moment?", text)
    assert form.count == 10
    assert form.labels == ("no",)


def test_what_has_no_number_in_a_column_of_numbers_is_left_out() -> None:
    points = ["47", "ill", "52", "19", "none", "30"]
    rows = "".join(f"Pupil {n}\t{each}\n" for n, each in enumerate(points))
    form = form_of("What is the average of the points?", f"pupil\tpoints\n{rows}")
    assert [row[-1] for row in form.rows] == ["47", "52", "19", "30"]


def test_a_value_that_the_question_leaves_out_is_left_out() -> None:
    rows = "".join(f"{n},{('landed', 'called off')[n % 2]},{n}\n" for n in range(20, 30))
    question = "How long were the flights, in minutes? Flights that were called off do not count."
    assert {int(row[0]) % 2 for row in form_of(question, f"flight,outcome,minutes\n{rows}").rows} == {0}


def test_keys_with_values_are_a_table() -> None:
    wards = ("Oncology", "Surgery 2")
    rows = "".join(
        f"asset=IP-{n}; ward={wards[n % 2]}; state={('withdrawn', 'in service')[n % 3 == 0]}; kg={n}\n"
        for n in range(9)
    )
    form = form_of("How many pumps are withdrawn from use?", rows)
    assert form.labels == ("asset", "ward", "kg")
    assert form.count == 6


def test_what_stands_before_the_first_key_is_a_column_with_a_word_that_comes_back() -> None:
    jobs = ("backup", "restore")
    rows = "".join(
        f"2025-02-{n:02} {jobs[n % 2]}[{n}]: mode={('live', 'test')[n % 3 == 0]} copied={n}%\n" for n in range(10, 28)
    )
    (table,) = tables_of(Document.of(rows).texts[0])
    assert table.labels == ("", "mode", "copied")
    form = form_of("How much was copied by each backup?", rows)
    assert {row[0] for row in form.rows} == {f"2025-02-{n}" for n in range(10, 28, 2)}


def test_records_of_several_lines_are_rows() -> None:
    kinds = ("heather", "chestnut")
    text = "".join(f"[lot {n}]\nhoney = {kinds[n % 2]}\nkilos = {n}.5\n\nA remark.\n" for n in range(8))
    document = Document.of(text)
    form = form_of("How many kilos of chestnut honey have we got?", text)
    assert [row[-1] for row in form.rows] == ["1.5", "3.5", "5.5", "7.5"]
    assert form.labels == ("", "kilos")
    assert document.texts[0].line(form.line_num) == form.line


def test_a_list_without_words_of_the_question_has_the_rows_that_it_is_about() -> None:
    states = ("LENT", "REQUEST DENIED")
    rows = "".join(f"[{n}] {states[n % 2]} :: House {n % 4} :: bowl {n}\n" for n in range(2000, 2012))
    form = form_of("How many different museums have had something of ours?", f"A book.\n{rows}")
    assert form.count == 12
    assert [set(states) for _, states in form.states] == [set(states)]


def test_rows_that_say_the_same_in_another_order_are_told_together() -> None:
    teams = ("Hazel", "Rowan", "Birch")
    first = "".join(f"Team {teams[n % 3]} filled {n} sandbags on Sunday.\n" for n in range(10, 16))
    second = "".join(f"Sunday: {n} sandbags were filled by team {teams[n % 3]}.\n" for n in range(20, 25))
    form = form_of("How many sandbags were filled?", f"{first}{second}In sum, the teams filled 99 sandbags.\n")
    assert (form.count, [other.count for other in form.more]) == (11, [6]), "the rows are those of both orders"


@pytest.mark.parametrize(
    ("text", "is_counted"),
    [
        ("On 3 May K-1 got 44 jars.\nOn 4 May K-2 got 6 jars.\nOn 5 May K-3 got 1 jars.\n", True),
        ("jars: 4\njars: 5\njars: 6\n", True),
        ("note;jars\n3;4\n5;6\n7;8\n", True),
        ("Our jars are of glass.\nAll jars are full.\n3 cans\n", False),
    ],
)
def test_things_may_stand_behind_numbers(text: str, is_counted: bool) -> None:
    assert stands_behind_numbers(Document.of(text).texts, "jars") is is_counted


SHOPS = (
    "date,item,shop,amount\n2024-01-02,apples,Coop,12\n2024-01-05,pears,Migros,8\n2024-01-09,apples,Migros,9\n"
    "2024-02-02,plums,Coop,12\n2024-02-07,pears,Coop,6\n2024-02-09,apples,Coop,7\n2024-02-10,pears,Migros,7\n"
)


@pytest.mark.parametrize(
    ("question", "amounts"),
    [
        ("How much did we spend on apples?", [12, 9, 7]),
        ("How much did apples and pears cost?", [12, 8, 9, 6, 7, 7]),
        ("How much more did we spend at Coop than at Migros?", [12, 8, 9, 12, 6, 7, 7]),
        ("How much did we spend on everything except apples?", [12, 8, 9, 12, 6, 7, 7]),
        ("How much did we spend outside Coop?", [8, 9, 7]),
        ("What were the amounts of at least 12?", [12, 8, 9, 12, 6, 7, 7]),
    ],
)
def test_what_is_left_out_or_bounded_or_one_of_several_is_no_condition(question: str, amounts: list[int]) -> None:
    assert [int(row[-1]) for row in form_of(question, SHOPS).rows] == amounts


def test_a_row_of_totals_is_left_out_by_the_code() -> None:
    text = "item,qty,price\n" + "".join(f"thing{n},{n or ''},{n}.50\n" for n in range(8)) + "Total,28,32.00\n"
    form = form_of("What is the sum of the price?", text)
    assert (form.count, form.totals) == (8, ((0, ("Total",)),))
    (told,) = told_of([form], [], sources=False)
    left_out = "rows = [m for m in rows if m['item'] not in ['Total']]"
    assert told.beginnings[()].endswith(f"\n{left_out}")
    assert f"the totals among them are left out by {left_out}" in told.note


def test_rows_of_totals_are_told_by_the_column_that_says_so() -> None:
    rows = "".join(f"{'AB'[n % 2]},thing{n},{n}\n" for n in range(8))
    form = form_of("What is the sum of the price?", f"shop,item,price\n{rows}A,Total,12\nB,Total,16\n")
    assert (form.count, form.totals) == (8, ((1, ("Total",)),))
    (told,) = told_of([form], [], sources=False)
    assert told.beginnings[()].endswith("\nrows = [m for m in rows if m['item'] not in ['Total']]")


def test_totals_of_rows_that_are_joined_are_left_out_too() -> None:
    prices = "item,price\n" + "".join(f"thing{n},{n}.50\n" for n in range(8))
    sales = "item,qty\n" + "".join(f"thing{n},{n + 1}\n" for n in range(8)) + "Total,36\n"
    question = "What is the sum of price times qty?"
    forms = line_forms(question, Document.of({"prices.csv": prices, "sales.csv": sales}), [])
    (told,) = told_of(forms, [], sources=True)
    assert "\nrows = [m for m in rows if m.groups[0] not in ['Total']]\ntable = " in told.beginnings[()]


def test_all_spellings_of_a_state_are_found() -> None:
    states = ("Paid", "paid", "open", "PAID")
    text = "item,status,kg\n" + "".join(f"a{n},{states[n % 4]},{n}\n" for n in range(12))
    (told,) = told_of([form_of("How many kg were really sold?", text)], [], sources=False)
    assert "(?P<status>Paid|paid|PAID)" in told.beginnings[(told.states[0][1][0],)]


def test_a_state_is_what_is_said_before_how_and_when() -> None:
    states = ("received, cheque", "received, cash", "pledged", "received (in May)", "sent back, by the bank", "pledged")
    text = "no;state;amount\n" + "".join(f"{n};{states[n % 6]};{n}.00\n" for n in range(24))
    form = form_of("How much did the parish really get? Promises do not count.", text)
    ((at, said),) = form.states
    assert (form.labels[at], sorted(said)) == ("state", ["pledged", "received", "sent back"])
    (told,) = told_of([form], [], sources=False)
    search = told.beginnings[("received",)].split("\n")[1]
    assert "(?P<state>received \\(in May\\)|received, cheque|received, cash)" in search


def test_a_word_in_capitals_is_named_in_its_own_letters() -> None:
    methods = ("GET", "POST")
    rows = "".join(f'10.0.0.{n % 4} - "{methods[n % 2]} /x HTTP" 404 {n} bytes\n' for n in range(20, 40))
    assert form_of("How many requests got 404?", rows).count == 20
