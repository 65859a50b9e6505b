"""Tables in a text, and the patterns of those of their rows that a question is about."""

from __future__ import annotations

from datetime import date

import pytest

from rlm_kernel import Document
from rlm_kernel.engine.rows.asked import period_asked
from rlm_kernel.engine.rows.form_notes import told as told_of
from rlm_kernel.engine.rows.group_names import names_of
from rlm_kernel.engine.rows.line_forms import line_forms
from rlm_kernel.engine.rows.row_patterns import LineForm, matches_of
from rlm_kernel.engine.rows.tables import stands_behind_numbers, tables_of


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
    assert form.labels == ("lot", "kilos")
    assert document.texts[0].line(form.line_num) == form.line


def rows_of(text: str) -> list[tuple[tuple[str, ...], list[tuple[str, ...]]]]:
    """The labels of each table and its rows, which are those that its pattern finds."""
    document = Document.of(text)
    found = []
    for table in tables_of(document.texts[0]):
        matches = matches_of(table.pattern([f"({other}*?)" for other in table.others]), document.texts[0])
        matches.pop(table.header, None)
        assert matches == {row.number: row.cells for row in table.rows}
        found.append((table.labels, list(matches.values())))
    return found


NUMBERS = range(10, 22)


def records(template: str) -> str:
    """A template for each of the numbers, which is @n, with N or S for @s; lines after "?" are those of every third."""

    def record(n: int) -> str:
        lines = [line for line in template.splitlines(keepends=True) if n % 3 == 0 or not line.startswith("?")]
        return "".join(line.removeprefix("?") for line in lines).replace("@n", str(n)).replace("@s", "NS"[n % 2])

    return "".join(map(record, NUMBERS))


RECORDS = {
    "ini": records("[gate-@n]\nzone=@s\n?old=1\nmetres=@n\n; seen by Jo\n"),
    "blocks": records("Name: W@n\nTown: @s\n?Left: in May\nFee: @n\n\n"),
    "cards": records("Boat @n   The Tern\n   Berth      @s\n?   Moved to   9\n   Length     @n\n\n"),
    "frames": records("+--- tool @n ---\n| shelf     @s\n?| lent to   Jo\n| cost      @n\n+---\nso\n"),
    "leaders": records("Room @n\n  Side .... @s\n?  Damp .... yes\n  Area .... @n\n\n"),
    "headings": records("## Call @n\n\n- **Line:** @s\n?- **Note:** loud\n- **Minutes:** @n\n\n"),
    "yaml": records("- id: @n\n  side: @s\n?  note: wet\n  litres: @n\n"),
    "json": records('  {\n    "id": @n,\n    "side": "@s",\n?    "note": null,\n    "kg": @n\n  },\n'),
    "xml": records('<box no="@n">\n  <side>@s</side>\n?  <note>wet</note>\n  <kg>@n</kg>\n</box>\n'),
    "tags of several lines": records('<box\n  no="@n"\n  side="@s"\n?  note="wet"\n  kg="@n"\n/>\n'),
    "calendar": records("BEGIN:VEVENT\nUID:@n\nLOCATION:@s\n?COMMENT:late\nDTSTART:202401@n\nEND:VEVENT\n"),
}


@pytest.mark.parametrize("kind", RECORDS)
def test_records_of_which_some_have_a_line_more_are_rows_of_one_table(kind: str) -> None:
    ((_, rows),) = rows_of(RECORDS[kind])
    assert len(rows) == len(NUMBERS)
    assert {row[-1][-2:] for row in rows} == {str(n) for n in NUMBERS}
    assert [bool(row[-2]) for row in rows] == [n % 3 == 0 for n in NUMBERS]
    assert {row[-3] for row in rows} == {"N", "S"}


def test_attributes_that_some_elements_have_are_optional() -> None:
    rows = "".join(
        f'<box no="{n}" side="W"{(" old=" + chr(34) + "y" + chr(34)) * (n % 2)} kg="{n}"/>\n' for n in NUMBERS
    )
    ((labels, found),) = rows_of(rows)
    assert labels == ("no", "side", "old", "kg")
    assert [row[2] for row in found] == ["y" * (n % 2) for n in NUMBERS]


def test_a_line_that_is_named_is_an_optional_group_and_others_are_left_out() -> None:
    text = records(
        "Copy @n\n  Due       @n/01/2024\n?  Extended  @n/02/2024\n?  Remark    torn on page @n\n  Reader    7@n\n\n"
    )
    form = form_of("How many copies are overdue? If a copy was extended, that day counts.", text)
    assert form.labels == ("Copy", "Due", "Extended", "Reader")
    assert r"(?:\n  Extended  (\S+))?(?:\n  Remark    .*?)?" in form.pattern
    assert form.count == len(NUMBERS)
    (told,) = told_of([form], [], sources=False)
    assert r"(?:\n  Extended  (?P<extended>\S+))?" in told.note
    assert "m['extended'], day_first=True) is '2024-02-12', unless m['extended'] is empty" in told.note


@pytest.mark.parametrize(("asked", "count"), [("the visits that were not cancelled", 8), ("the cancelled visits", 4)])
def test_a_line_that_only_some_records_have_may_be_what_is_asked_for(asked: str, count: int) -> None:
    text = records("visit-@n:\n  ward: A@n\n?  cancelled: yes\n  minutes: @n\n")
    assert form_of(f"How many minutes did {asked} take?", text).count == count


def test_what_a_column_has_where_there_is_nothing_is_what_lacks_it() -> None:
    text = "".join(f"[van{n}]\ndriver = {('Jo', 'none', 'Al')[n % 3]}\nkm = {n}\n\n" for n in NUMBERS)
    assert form_of("How many vans have no driver?", text).count == 4


def test_elements_in_elements_are_rows_of_their_own() -> None:
    line = '      <line item="I@n" pieces="7"/>\n'
    client, agent = (f"    <{who}>\n      <name>{who} @n</name>\n    </{who}>\n" for who in ("client", "agent"))
    text = records(f'  <order id="@n">\n{client}{agent}    <lines>\n{line}?{line}    </lines>\n  </order>\n')
    tables = dict(rows_of(text))
    assert {labels: len(rows) for labels, rows in tables.items()} == {
        ("id", "client name", "agent name"): 12,
        ("item", "pieces"): 16,
    }


def test_alarms_in_events_and_several_numbers_of_a_card_are_told_apart() -> None:
    alarm = "?BEGIN:VALARM\n?DESCRIPTION:ring\n?END:VALARM\n"
    day = "?DTSTART:202401@nT080000Z\n"
    events = records(
        f"BEGIN:VEVENT\nUID:@n\nDESCRIPTION:talk\n\tthat goes on\n{alarm}DTEND:202401@n\n{day}END:VEVENT\n"
    )
    ((labels, rows),) = rows_of(events)
    assert labels == ("UID", "DESCRIPTION", "VALARM DESCRIPTION", "DTEND", "DTSTART")
    assert [row[2] for row in rows] == ["" if n % 3 else "ring" for n in NUMBERS]
    cards = records("BEGIN:VCARD\nFN:P@n\n?TEL;TYPE=home:@n\nTEL;TYPE=work:@n9\nEND:VCARD\n")
    ((labels, rows),) = rows_of(cards)
    assert labels == ("FN", "TEL;TYPE=home", "TEL;TYPE=work")
    assert {row[2] for row in rows} == {f"{n}9" for n in NUMBERS}


def test_days_as_calendars_write_them_are_filtered() -> None:
    text = records("BEGIN:VEVENT\nUID:x@n\nDTSTART:202401@nT080000\nSUMMARY:Fitting of lens @n\nEND:VEVENT\n")
    form = form_of("How many fittings were there?", text)
    (told,) = told_of([form], [], sources=False, days=[date(2024, 1, 12), date(2024, 1, 14)])
    assert """if "2024-01-12" <= to_date(m['dtstart']) <= "2024-01-14"]""" in told.beginnings[()]


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"{('Ann', 'Ben', 'Cal')[n * n % 3]}: I have {n} to tell you.\n" for n in range(40)),
        "".join(f"word{n}: what it means\n" for n in range(20)),
        "Some sentence stands here.\nNote: one\n\n" * 6,
        "{\n" * 300,
        "<a>\n" * 300,
    ],
    ids=["talk", "glossary", "notes", "brackets", "tags"],
)
def test_lines_with_colons_and_brackets_alone_are_no_records(text: str) -> None:
    assert tables_of(Document.of(text).texts[0]) == []


@pytest.mark.parametrize("mark", [" | ", "\t", ";"])
def test_the_same_header_again_is_that_of_the_same_table(mark: str) -> None:
    days = [
        "".join(
            f"{mark.join(row)}\n"
            for row in [("hive", "honey", "state"), *((f"H{d}{k}", f"{d}", "ok") for k in range(d))]
        )
        for d in (2, 1, 3)
    ]
    text = "".join(f"Day {n}\n\n{day}\n" for n, day in enumerate(days))
    form = form_of("How much honey did the hives give?", text)
    assert [row[0] for row in form.rows] == ["H20", "H21", "H10", "H30", "H31", "H32"]


def test_amounts_may_be_negative_where_some_are_words() -> None:
    amounts = ["4.50", "-2.00", "not sent", "7.25", "1.00", "3.00"]
    rows = "".join(f"| Item {chr(65 + n)} | {amount} |\n" for n, amount in enumerate(amounts))
    form = form_of("What do the amounts come to?", f"| article | amount |\n|---|---|\n{rows}")
    assert [row[-1] for row in form.rows] == [amount for amount in amounts if amount != "not sent"]


@pytest.mark.parametrize("mark", [" / ", " · ", " | "])
def test_rows_of_a_list_may_have_a_cell_more_at_the_end(mark: str) -> None:
    last = ("", mark + "struck off")
    rows = "".join(
        mark.join([f"No. {n}", f"Boat {n}x", f"hull {n * 3}", f"sail {n}"]) + last[n % 4 == 0] + "\n" for n in NUMBERS
    )
    others = "".join(mark.join([f"{n}:30", "the wind turned", "rain"]) + "\n" for n in NUMBERS)
    lists = rows_of(rows + others)
    assert [len(labels) for labels, _ in lists] == [5, 3]
    assert [row[-1] for row in lists[0][1]] == ["struck off" if n % 4 == 0 else "" for n in NUMBERS]
    text = f"The regatta.\n{rows}"
    assert form_of("Which boats have the most points for hull and sail?", text).count == len(NUMBERS)
    assert form_of("Which boats have the most points, only those that stayed in?", text).count == 9


def test_events_with_other_cells_stay_apart_and_labels_may_stand_above() -> None:
    kinds = ("IN / {n} KG / wool", "TURNED AWAY / {n} KG / hops", "NOTE / lamp {n} tested")
    rows = "".join(f"0{n % 9}:15 / cart {n} / {kinds[n % 3].format(n=n)}\n" for n in range(10, 34))
    text = f"time / cart / event / load / goods (TURNED AWAY: not let in)\n{rows}"
    labels, found = rows_of(text)[0]
    assert labels == ("time", "cart", "event", "load", "goods")
    assert {row[2] for row in found} == {"IN", "TURNED AWAY"}


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
    assert (form.count, form.left_out) == (8, ((0, ("Total",)),))
    (told,) = told_of([form], [], sources=False)
    left_out = "rows = [m for m in rows if m['item'] not in ['Total']]"
    assert told.beginnings[()].endswith(f"\n{left_out}")
    assert f"those among them that do not count are left out by {left_out}" in told.note


LESSONS = """\
School of music, lessons
Rooms: 11 Great hall, 12 Cellar, 13 Tower
Kinds: A single / B pair, not alone / C choir

date;teacher;room;kind;hours
""" + "".join(
    f"2024-03-{n:02};{['Ada', 'Bo', 'Cy'][n % 3]};{11 + n % 3};{'ABC'[n // 2 % 3]};{n % 4 + 1}\n" for n in range(1, 25)
)


def test_codes_are_found_by_what_a_legend_says_of_them() -> None:
    form = form_of("How many hours were given in the tower?", LESSONS)
    assert form.count == 8
    assert {row[1] for row in form.rows} == {"Cy"}
    assert ";13;" in form.pattern


def test_a_legend_of_some_other_codes_chooses_nothing() -> None:
    text = LESSONS.replace("Rooms: 11 Great hall, 12 Cellar, 13 Tower", "Prizes: 11 Violin, 13 Tower")
    assert form_of("How many hours were given in the tower?", text).count == 24


def test_what_a_cell_says_that_it_is_not_is_no_word_of_the_question() -> None:
    how = ("on the scale", "guessed, not weighed")
    rows = "".join(f"{day}\tplum\t{day}\t{how[day % 2]}\n" for day in range(1, 13))
    form = form_of("How many kg of plums were weighed?", f"day\tfruit\tkg\thow\n{rows}")
    assert form.count == 12
    assert [set(states) for _, states in form.states] == [{"on the scale", "guessed"}]


LOANS = "".join(
    f"Tool {n} · ladder · {'Ms Ek' if n % 2 else 'Mr Bo'} · lent {n} May 2024 · "
    + (
        "still out"
        if n % 5 == 0
        else f"returned {n + 2} May 2024"
        if n % 3
        else f"expected {n + 9} May 2024, not returned"
    )
    + "\n"
    for n in range(1, 20)
)


def test_a_day_behind_a_word_is_a_column_and_the_word_says_which_rows() -> None:
    question = "How many ladders were returned from 6 May to 12 May 2024?"
    form = form_of(question, LOANS)
    days = [date(2024, 5, 6), date(2024, 5, 12)]
    (told,) = told_of([form], [], sources=False, days=days, question=question)
    returned = sum(n % 5 != 0 and n % 3 != 0 for n in range(1, 20))
    assert form.count == returned
    assert told.beginnings[()].endswith("""<= to_date(m['returned']) <= "2024-05-12"]""")
    assert told.of_days


def test_of_two_days_none_is_chosen_that_the_question_does_not_name() -> None:
    question = "How many ladders were brought back from 6 May to 12 May 2024?"
    days = [date(2024, 5, 6), date(2024, 5, 12)]
    (told,) = told_of([form_of(question, LOANS)], [], sources=False, days=days, question=question)
    assert not told.of_days


def test_rows_of_totals_are_told_by_the_column_that_says_so() -> None:
    rows = "".join(f"{'AB'[n % 2]},thing{n},{n}\n" for n in range(8))
    form = form_of("What is the sum of the price?", f"shop,item,price\n{rows}A,Total,12\nB,Total,16\n")
    assert (form.count, form.left_out) == (8, ((1, ("Total",)),))
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


KEY_LINES = {
    "json": (
        '{"id": 1, "room": "A", "kwh": 12.5, "read": "2024-05-01"}\n'
        '{"id": 2, "room": "B", "kwh": 10.5, "read": null}\n'
        '{"id": 3, "room": "A", "kwh": 7.25, "read": "2024-05-02", "note": "new meter, see file"}\n'
        '{"id": 4, "room": "C", "kwh": 3, "read": "2024-05-02"}\n'
    ),
    "log": (
        "id=1 room=A kwh=12.5 read=2024-05-01\n"
        "id=2 room=B kwh=10.5 read=null\n"
        'id=3 room=A kwh=7.25 read=2024-05-02 note="new meter, see file"\n'
        "id=4 room=C kwh=3 read=2024-05-02\n"
    ),
    "semicolons": (
        "- id: 1; room: A; kwh: 12.5; read: 2024-05-01\n"
        "- id: 2; room: B; kwh: 10.5; read: null\n"
        "- id: 3; room: A; kwh: 7.25; read: 2024-05-02; note: new meter, see file\n"
        "- id: 4; room: C; kwh: 3; read: 2024-05-02\n"
    ),
    "elements": (
        "<read><id>1</id><room>A</room><kwh>12.5</kwh><on>2024-05-01</on></read>\n"
        "<read><id>2</id><room>B</room><kwh>10.5</kwh><on>null</on></read>\n"
        "<read><id>3</id><room>A</room><kwh>7.25</kwh><on>2024-05-02</on><note>new meter, see file</note></read>\n"
        "<read><id>4</id><room>C</room><kwh>3</kwh><on>2024-05-02</on></read>\n"
    ),
}


@pytest.mark.parametrize("kind", KEY_LINES)
def test_keys_that_some_lines_have_are_optional(kind: str) -> None:
    ((labels, found),) = rows_of(KEY_LINES[kind])
    assert (labels[:3], labels[-1]) == (("id", "room", "kwh"), "note")
    assert [row[2] for row in found] == ["12.5", "10.5", "7.25", "3"]
    assert [row[-1] for row in found] == ["", "", "new meter, see file", ""]


def test_objects_of_a_list_with_empty_values_and_lists_in_them_are_rows() -> None:
    text = (
        '[\n {"no":1,"room":"A","note":"","kwh":12,"tags":["x, y","z"]},\n {"no":2,"room":"B","note":"wet","kwh":15},\n'
        ' {"no":3,"room":"A","note":"","kwh":11,"tags":[]},\n {"no":4,"room":"C","note":"","kwh":10}\n]\n'
    )
    ((labels, found),) = rows_of(text)
    assert labels == ("no", "room", "note", "kwh", "tags")
    assert found[0] == ("1", "A", "", "12", '"x, y","z"')
    assert [row[3] for row in found] == ["12", "15", "11", "10"]


def test_records_with_a_long_remark_in_one_line_are_rows() -> None:
    remark = "The keeper came by twice and found nothing. " * 12
    lines = "".join(
        f'<jar no="{n}"><grams>{n}0</grams>' + f"<seen>{remark}</seen>" * (n % 2) + "</jar>\n" for n in NUMBERS
    )
    ((labels, found),) = rows_of(lines)
    assert (labels, len(found)) == (("no", "grams", "seen"), len(NUMBERS))


PARCELS = """\
Parcel desk, weekly sheet

DAY         BAY  CARRIER         KG   NOTE
2024-05-01  A1   Quick Post     12.5
2024-05-01  B2   Blue Van        7.0  refused, nobody at home at the door
2024-05-02  A1   Quick Post     22.5
The office was closed in the afternoon.
2024-05-03  C4   Blue Van        9.0
2024-05-03  C4   Green Freight   3.5  returned
2024-05-04  A1   Quick Post     14.0
2024-05-06  B2   Green Freight   8.0
2024-05-06  B2   Green Freight   8.5  refused, bad address
2024-05-06  B2   Quick Post      8.5  returned
2024-05-07  B2   Quick Post      1.5
"""


@pytest.mark.parametrize("end", ["", "   "])
@pytest.mark.parametrize("label", ["NOTE", "    "])
@pytest.mark.parametrize("begin", ["", "  "])
def test_remarks_of_few_rows_are_a_column_of_a_table_of_all(begin: str, label: str, end: str) -> None:
    lines = (f"{begin}{line}{end}".rstrip("" if end else " ") for line in PARCELS.replace("NOTE", label).splitlines())
    form = form_of("What do the parcels that were handed over weigh in all?", "\n".join(lines))
    assert [float(row[3]) for row in form.rows] == [12.5, 7.0, 22.5, 9.0, 3.5, 14.0, 8.0, 8.5, 8.5, 1.5]
    assert form.states == ((4, ("nothing", "refused", "returned")),)


def test_a_cell_that_is_empty_in_the_middle_makes_no_other_column() -> None:
    text = (
        "Name         Hours   Rate  Extra  Remark\n"
        "Ann Lee         12  20.00\n"
        "Bo Rask          7  18.50   5.00\n"
        "Cy Dun          10  22.00         sick\n"
        "Di Moss         11  20.00\n"
        "Eve Hart         8  18.50   4.00  left early\n"
    )
    assert not tables_of(Document.of(text).texts[0])


@pytest.mark.parametrize("line", ["", "\n", "----------\n"])
def test_a_name_above_lines_that_are_set_in_is_a_column(line: str) -> None:
    names = ("Ash Wharf", "Old Tom's Wharf", "Grain & Co.", "Stone Wharf")
    names = tuple(name.rstrip(".") for name in names) if line else names
    fees = (410, 300, 350, 520)
    text = "Moorings, spring list\n\n" + "".join(
        f"{name}\n{line}    Town: Rye\n    Fee from 1 April to 30 June 2023: {fee}\n"
        f"    Fee from 1 April to 30 June 2024: {fee + 30}\n\n"
        for name, fee in zip(names, fees, strict=True)
    )
    ((labels, found),) = rows_of(text)
    assert labels == ("name", "Town", "Fee 1 April 30 June 2023", "Fee 1 April 30 June 2024")
    assert [(row[0], int(row[3]) - 30) for row in found] == list(zip(names, fees, strict=True))


def test_a_name_and_the_line_below_it_are_columns() -> None:
    places = (
        ("Brook House", "12 Sand Row"),
        ("Hill End", "Fox Walk"),
        ("Stone Pit", "3 Quay"),
        ("Old Mill", "Rye"),
    )
    ((labels, found),) = rows_of(
        "".join(f"{name}\n{road}\n  Beds: {len(road)}\n  Cots: 2\n\n" for name, road in places)
    )
    assert labels == ("name", "title", "Beds", "Cots")
    assert [row[:2] for row in found] == list(places)


def test_what_names_end_with_is_a_part_of_them() -> None:
    names = ("Ash Water Mill", "Elm Water Mill", "Oak Water Mill", "Yew Water Mill")
    ((_, found),) = rows_of("".join(f"{name}\n  Stones: {len(name)}\n  Miller: Jo\n\n" for name in names))
    assert [row[0] for row in found] == list(names)


CELLS_BELOW_HEADS = {
    "[B7/0@n] oak bench @n - hall\n    made. @n.02.2024 | fee £@n | sold. @n.03.2024\n    Hint: wet @n, cold\n": (
        "bench made fee sold"
    ),
    "#44@n Ann Lee\n  in: @n May 2024; fee: @n; out: @n June 2024\n  called twice\n": "number in fee out",
    "Kiln @n, stone ware\n   start 06:@n   fee @n   end 17:@n\n\n": "Kiln start fee end",
    "Hill Farm @n\n    @n cows, fee @n, @n goats\n": "Farm cows fee goats",
    "## Order @n\n\n- Date: @n May 2024 · Fee: @n · VAT: 0.@n EUR\n\n": "Order Date Fee VAT",
}


@pytest.mark.parametrize("written", CELLS_BELOW_HEADS)
def test_cells_with_labels_below_a_head_are_columns(written: str) -> None:
    labels = CELLS_BELOW_HEADS[written].split()
    tables = rows_of("".join(written.replace("@n", str(n)) for n in NUMBERS))
    ((names, found),) = (table for table in tables if labels[2] in table[0])
    assert [name for name in dict.fromkeys(names) if name in labels] == labels
    at = names.index(labels[2])
    assert [row[at] for row in found] == [str(n) for n in NUMBERS]


def test_a_cell_that_some_lines_below_heads_have_is_optional() -> None:
    text = "".join(
        f"Oak {n}, north lawn\n  height {n}.5 m, girth {n}0 cm{', felled 2023' * (n % 4 == 0)}\n" for n in NUMBERS
    )
    ((labels, found),) = rows_of(text)
    assert labels == ("Oak", "height", "girth", "felled")
    assert [row[3] for row in found] == ["2023" * (n % 4 == 0) for n in NUMBERS]


def test_sentences_with_commas_and_figures_are_no_cells() -> None:
    text = (
        "Ann Lee: I think that we need: chairs, tables; 3 lamps.\n"
        "Bo Rask: The budget is 300, the cost: 240; the rest is for paint.\n"
        "  There were 56 chairs, 12 of them old; fee 3 each.\n"
        "Ann Lee: Then we buy two; fine.\n"
        "Cy Dun: No, we keep: the old ones; 2 of them.\n"
        "  There were 7 votes | Ann counted 8 of them in the end.\n"
    )
    assert not tables_of(Document.of(text).texts[0])


@pytest.mark.parametrize(
    ("question", "counts"),
    [
        ("How many guests did the tours have on average?", True),
        ("What is the average number of guests? Cancelled tours stay out.", True),
        ("How many guests had booked the tours that were cancelled?", False),
    ],
)
def test_rows_that_a_remark_calls_void_are_left_out_unless_they_are_asked_for(question: str, *, counts: bool) -> None:
    remarks = ("", "cancelled, refunded", "", "in French", "with a dog", "school", "", "late start")
    rows = "".join(f"tour {n};{n * 2};{remarks[n % 8]}\n" for n in range(10, 34))
    (told,) = told_of(line_forms(question, Document.of(f"tour;guests;remark\n{rows}"), []), [], sources=False)
    left_out = "rows = [m for m in rows if m['remark'] not in ['cancelled, refunded']]"
    assert (left_out in told.beginnings[("",) * len(told.states)]) == counts


def test_a_day_with_a_time_is_of_its_month() -> None:
    rows = "".join(f'{{"at": "2021-0{4 + n % 3}-1{n % 9} 0{n % 9}:30", "bird": "kite"}}\n' for n in range(30))
    assert form_of("How many kites were seen in May 2021?", rows).count == 10


BUSES = "# way 1 = up to the castle, way 2 = down to the port\n" + "".join(
    f"0{n % 9}:15:0{n % 7} bus line={('7', '7X', '12')[n % 3]} way={1 + n % 2} on={n % 11} load={n * 3 % 41}\n"
    for n in range(60)
)


@pytest.mark.parametrize(
    "question",
    [
        "How many people got on the number 7 when it went up to the castle?",
        "We may end the 7. How many people got on it up to the castle (the 7X is another line)?",
    ],
)
def test_a_thing_is_called_by_its_figure_and_a_legend_by_its_words(question: str) -> None:
    form = form_of(question, BUSES)
    assert form.count == sum(n % 3 == 0 and n % 2 == 0 for n in range(60))
    assert "line=7 way=1" in form.pattern


def test_a_figure_that_counts_is_no_name_of_a_thing() -> None:
    assert "line=7" not in form_of("What were the 7 largest loads?", BUSES).pattern


@pytest.mark.parametrize(("asked", "count"), [("in 2023", 12), ("in May 2023", 1), ("2023:", 12)])
@pytest.mark.parametrize("month_first", [False, True])
def test_days_with_slashes_are_of_their_year_and_month(asked: str, count: int, *, month_first: bool) -> None:
    rows = "".join(
        f"{'/'.join([f'{month:02}', '18'] if month_first else ['18', f'{month:02}'])}/{year}\tMs Bo\t{month * 5}.00\n"
        for year in (2022, 2023)
        for month in range(1, 13)
    )
    question = f"{asked} how much was given?" if asked.endswith(":") else f"How much was given {asked}?"
    assert form_of(question, f"day\tname\tGBP\n{rows}").count == count


def test_days_with_their_weekday_are_of_their_year() -> None:
    weekdays = ("Tue", "Wednesday", "Thu.", "Sun,")
    rows = "".join(f"{weekdays[n % 4]} {n} March {2019 + n % 2}\tMs Bo\t{n}.00\n" for n in range(1, 21))
    text = f"day\tname\tGBP\n{rows}"
    assert form_of("How much was given in 2020?", text).count == 10
    question, days = "How much was given from 3 to 9 March 2020?", [date(2020, 3, 3), date(2020, 3, 9)]
    (told,) = told_of([form_of(question, text)], [], sources=False, days=days, question=question)
    assert told.beginnings[()].endswith('"2020-03-03" <= to_date(m[\'day\']) <= "2020-03-09"]')


@pytest.mark.parametrize(
    "asked",
    [
        "dated 2020 how much was given",
        "What was given in 2020 for mending the roof",
        "For the 2020 report: how much was given",
        "How much was given from 2020 (by day)",
    ],
)
def test_a_year_is_one_wherever_it_stands(asked: str) -> None:
    rows = "".join(f"{n:02}.{n % 3 + 1:02}.{2019 + n % 2}\tMs Bo\t{n}.00\n" for n in range(1, 21))
    assert form_of(f"{asked}, in EUR?", f"day\tname\tEUR\n{rows}").count == 10


@pytest.mark.parametrize(
    "asked",
    ["from 2020 onwards", "since May 2020", "before 2020", "of the 2020 kg", "of the $2020", "in 2019 and 2020"],
)
def test_a_figure_or_the_end_of_a_time_is_no_year(asked: str) -> None:
    rows = "".join(f"{n:02}.{n % 3 + 1:02}.{2019 + n % 2}\tMs Bo\t{n}.00\n" for n in range(1, 21))
    assert form_of(f"How much was given {asked}?", f"day\tname\tEUR\n{rows}").count == 20


def test_days_of_a_year_that_no_pattern_tells_apart_are_kept_by_code() -> None:
    rows = "".join(f"{n % 28 + 1:02}-May-{19 + n % 2}\tMs Bo\t{n}.00\n" for n in range(20))
    question = "How much was given in 2020?"
    days = period_asked(question)
    form = form_of(question, f"day\tname\tEUR\n{rows}")
    (told,) = told_of([form], [], sources=False, days=days or (), question=question)
    assert days == (date(2020, 1, 1), date(2020, 12, 31))
    assert form.count == 20
    assert told.beginnings[()].endswith('"2020-01-01" <= to_date(m[\'day\']) <= "2020-12-31"]')
    assert period_asked("How much was given in February 2020?") == (date(2020, 2, 1), date(2020, 2, 29))


def test_no_days_are_left_out_where_all_are_of_the_year() -> None:
    rows = "".join(f"{n % 28 + 1:02}-May-20\tMs Bo\t{n}.00\n" for n in range(20))
    form = form_of("How much was given in 2020?", f"day\tname\tEUR\n{rows}")
    days = [date(2020, 1, 1), date(2020, 12, 31)]
    (told,) = told_of([form], [], sources=False, days=days, question="How much was given in 2020?")
    assert "to_date" not in told.beginnings[()]


SHEETS = "".join(
    f"Cow: C-{n}\nStable: East {n % 3}\nMastitis test: {('clear', 'positive')[n % 2]}\n"
    f"Worm test: {('positive', 'clear', 'pending')[n % 3]}\nTo do: {('keep dry', 'trim hooves')[n % 2]}\n\n"
    for n in range(40)
)


def test_a_state_is_that_of_the_column_that_the_question_names_most_of() -> None:
    assert form_of("How many cows have a positive mastitis test?", SHEETS).count == 20


def test_where_the_question_says_no_more_than_the_rows_no_state_is_asked_for() -> None:
    form = form_of("On stable East 2, for how many cows is the mastitis test positive?", SHEETS)
    assert form.count == sum(n % 3 == 2 and n % 2 == 1 for n in range(40))
    assert not form.states


def test_a_name_of_a_word_and_a_figure_is_named_by_both() -> None:
    form = form_of("On stable East 2, how many cows have a positive mastitis test?", SHEETS)
    assert form.count == sum(n % 3 == 2 and n % 2 == 1 for n in range(40))


def test_what_is_done_is_not_what_is_to_be_done() -> None:
    assert form_of("Of the cows kept in stable East 1, how many have a positive mastitis test?", SHEETS).count == 7


def test_what_says_that_it_is_not_so_is_not_what_is_named() -> None:
    notes = ("not blocked any more", "seen twice")
    rows = "".join(f"{n};{('blocked', 'free')[n % 2]};{notes[n % 2]}\n" for n in range(20))
    form = form_of("How many articles are blocked?", f"article;state;note\n{rows}")
    assert "not blocked" not in form.pattern
    assert form.count == 10


def test_what_is_behind_a_mark_and_a_no_is_left_out() -> None:
    rows = "".join(f"{n};{('member', 'guest')[n % 2]};{n * 7}\n" for n in range(20))
    question = "Who are the three members (no guests) with the most points?"
    assert form_of(question, f"name;entry;points\n{rows}").count == 10


def test_a_line_with_cells_and_one_below_it_that_is_set_in_are_a_row() -> None:
    ends = ("north quay / loaded", "north quay / refused", "yard / loaded")
    text = "".join(
        f"0{n % 9}.1{n % 6}  barge {chr(65 + n % 4)}{n}, skipper {('Lind', 'Moe')[n % 2]}\n     at: {ends[n % 3]}\n"
        + "     ~ it rained\n" * (n % 2)
        for n in range(30)
    )
    form = form_of("How many different skippers were loaded at the north quay?", text)
    assert form.count == 10
    assert {"Lind", "Moe"} == {row[form.labels.index("skipper")] for row in form.rows}


def test_a_name_with_a_number_may_be_written_as_one() -> None:
    rows = "".join(
        f"2024-05-01 0{n % 9}:0{n % 7}:00 [PUMP{n % 3}] ran litres={n}.5 end={('TANK', 'DRAIN')[n % 2]}\n"
        for n in range(36)
    )
    form = form_of("How many litres did pump 2 send into the tank?", rows)
    assert form.count == 6


ORDERS = "order;kind;method;town\n" + "".join(
    f"{n};{('adult', 'child')[n % 2]};{('card', 'cash')[n // 2 % 2]};{('Oslo', 'Bergen')[n // 4 % 2]}\n"
    for n in range(48)
)


@pytest.mark.parametrize(
    ("question", "chosen"),
    [
        ("How many orders were paid by card, not cash in Oslo?", ("card", "Oslo")),
        ("How many adult orders, not child ones paid by card were there?", ("adult", "card")),
        ("How many orders are from Oslo, not from Bergen by card?", ("card", "Oslo")),
        ("How many orders were paid by card (not cash) in Oslo?", ("card", "Oslo")),
    ],
)
def test_what_is_not_meant_ends_where_another_condition_begins(question: str, chosen: tuple[str, ...]) -> None:
    form = form_of(question, ORDERS)
    assert form.count == 12
    assert all(f";{value}" in form.pattern for value in chosen)


@pytest.mark.parametrize(
    "question",
    [
        "How many trips were there on route 2019?",
        "How many trips had 2000 passengers?",
        "How many trips went at the 2019 price?",
        "What is the sum of rent 2019?",
        "How many trips were there in room 2019?",
    ],
)
def test_a_number_of_four_digits_is_no_year_without_a_word_for_it(question: str) -> None:
    rows = "".join(f"{n:02}.{n % 3 + 1:02}.{2019 + n % 2};Bo;{n}\n" for n in range(1, 21))
    assert form_of(question, f"date;name;trips\n{rows}").count == 20


@pytest.mark.parametrize("written", ["block C", "block-c", "Block-C"])
def test_a_letter_behind_a_word_is_one_with_it(written: str) -> None:
    rows = "".join(f"{n};block-{'abc'[n % 3]};{n * 3}\n" for n in range(45))
    assert form_of(f"How many boxes are in {written}?", f"no;place;boxes\n{rows}").count == 15


def test_codes_that_end_in_s_are_no_plurals() -> None:
    rows = "".join(f"{n};{('D', 'DS', 'R')[n % 3]};{n}\n" for n in range(48))
    text = f"D = delivered\nDS = damaged in store\nR = returned\n\nparcel;state;weight\n{rows}"
    ((_, states),) = form_of("What do the parcels that people got weigh?", text).states
    assert set(states) == {"D", "DS", "R"}


def test_what_stands_before_a_not_says_which_rows_are_meant() -> None:
    cards = "".join(
        f"Runner: {name}\nLaps: {n}\nPledged: {n * 3}.00 EUR\nHanded in: {n * 2}.50 EUR\n\n~ The first aid team met.\n"
        for n, name in enumerate(("Ada", "Bo", "Cy", "Di", "Ed", "Flo"), 11)
    )
    question = (
        "There is a prize for who handed in the most (the money, not what was pledged). Who gets the first prize?"
    )
    assert form_of(question, cards).labels == ("Runner", "Laps", "Pledged", "Handed in")


@pytest.mark.parametrize("said", ["leaving out withdrawn items", "ignoring withdrawn items", "without withdrawn items"])
def test_what_a_question_on_two_documents_leaves_out_chooses_no_rows(said: str) -> None:
    things = ("Eraser", "Ruler", "Staples", "Pencil", "Compass")
    prices = "".join(f"{n};{thing};{n}.50\n" for n, thing in enumerate(things, 10))
    rows = [(("Art", "Maths")[n * n % 7 < 3], n, things[n % 5], (" (withdrawn)", "", "")[n % 3]) for n in range(40)]
    orders = "".join(f"{dept} dept: {count} x {thing}{state}\n" for dept, count, thing, state in rows)
    forms = line_forms(
        f"What does the order of the Maths department cost, {said}?",
        Document.of({"prices": f"code;article;EUR\n{prices}", "orders": orders}),
        [],
    )
    (form,) = [form for form in forms if form.source == "orders"]
    assert form.count == sum(dept == "Maths" and not state for dept, _, _, state in rows)


def test_this_year_is_not_what_some_rows_say_of_last_year() -> None:
    rows = "".join(f"- Shop {n}, High Street: £{n}.20{f' (last year £{n}.90)' * (n % 3 > 0)}\n" for n in range(1, 31))
    form = form_of("How much money was in the tins this year? Please add them up.", rows)
    assert form.count == 30


def test_days_with_hyphens_and_a_name_are_whole() -> None:
    rows = "".join(
        f"{n:02}-{('Apr', 'May')[n % 2]}-21  IN   {n} parcels (DHL) for Design, signed by Brandt\n"
        for n in range(1, 25)
    )
    form = form_of("How many parcels came in from 4 April 2021 to 12 May 2021?", rows)
    assert form.count == 24
    days = [date(2021, 4, 4), date(2021, 5, 12)]
    (told,) = told_of([form], [], sources=False, days=days, question="How many parcels came in?")
    assert "to_date(m['day'])" in told.beginnings[()]


def test_what_is_said_behind_a_value_is_no_other_value() -> None:
    ends = ("sent home", "back to lessons", "sent home, fetched by parent")
    rows = "".join(f"{n};pupil {n % 9};{ends[n % 3]}\n" for n in range(30))
    assert form_of("How many different pupils were sent home?", f"no;name;end\n{rows}").count == 20


@pytest.mark.parametrize(
    "row",
    [
        '{n},"Lind, Ada",{state},"{n},{n}00.50"',
        "{n},Ada,{state},{n}",
        '"{n}","Lind, Ada","{state}","{n}"',
        '"{n}", "Lind, Ada", "{state}", "{n}"',
        '{n},"said ""yes"" twice, then no",{state},{n}',
    ],
)
def test_cells_in_quotes_are_cells(row: str) -> None:
    # A remark in quotes stands in some rows of each.
    rows = "".join(
        row.format(n=n, state=("sold", "kept")[n % 2]) + (',"late, wet"' if n % 3 else ",dry") + "\n"
        for n in range(1, 25)
    )
    form = form_of("What is the sum of the EUR of those that were kept?", f"no,who,state,EUR,remark\n{rows}")
    assert form.labels == ("no", "who", "EUR", "remark") or form.labels == ("no", "EUR", "remark")
    assert form.count == 12
    amount = form.labels.index("EUR")
    assert all('"' not in cells[amount] for cells in form.rows)
    assert {cells[-1] for cells in form.rows} == {"late, wet", "dry"}


def test_a_sentence_with_quotes_is_no_row() -> None:
    text = "".join(f'{n} times he said "no", then "yes", and left.\n' for n in range(12))
    assert not tables_of(Document.of(text).texts[0])


def test_a_letter_behind_a_hyphen_tells_codes_apart() -> None:
    rows = "".join(
        f"0{n % 9}:1{n % 6}:00 xfer[{n}] put {('wiki', 'mail')[n % 2]} => vault-{'abc'[n % 3]} size={n}kB rc={n % 2}\n"
        for n in range(36)
    )
    form = form_of("How many kB were put on vault-b?", rows)
    assert form.count == 12
    assert {"size", "rc"} <= set(names_of(form))


def test_a_state_is_chosen_in_the_singular_and_the_plural() -> None:
    kinds = ("opened parcels", "opened parcel", "sealed letters")
    rows = "".join(f"{n};{kinds[n % 3]};{n * 3}\n" for n in range(30))
    form = form_of("What did the ones that somebody had unpacked weigh?", f"no;kind;grams\n{rows}")
    ((at, states),) = form.states
    assert len(states) == 2
    (told,) = told_of([form], [], sources=False)
    opened = next(state for state in states if state.startswith("opened"))
    assert "opened parcels|opened parcel" in told.beginnings[(opened,)]
    assert form.labels[at] == "kind"


def test_two_things_may_be_left_out() -> None:
    kinds = ("received (cheque)", "received (cash)", "cheque returned", "pledged")
    rows = "".join(f"{n}\troof\t{kinds[n % 4]}\t{n}.00\n" for n in range(40))
    question = "How much was received for the roof, without pledges and returned cheques?"
    assert form_of(question, f"no\tfor\tentry\tGBP\n{rows}").count == 20


def test_days_without_a_year_and_addresses_are_whole() -> None:
    days = [f"Mon {day} Nov" for day in range(2, 9)]
    rows = [f"| {day} | {at} {at_street} | {40 + at} |" for at, day in enumerate(days) for at_street in ("Elm Park",)]
    form = form_of("What is the average of the guests?", "| day | address | guests |\n" + "\n".join(rows))
    assert form.labels == ("day", "address", "guests")
    assert form.groups == ("Mon 2 Nov", "0 Elm Park", "40")


def test_a_month_that_is_named_chooses_days_without_a_year() -> None:
    rows = [f"{day} {month};{day * 3}" for month in ("March", "April") for day in range(1, 8)]
    text = "day;eggs\n" + "\n".join(rows)
    assert form_of("How many eggs were there in the first days of April?", text).count == 7
    assert form_of("How many eggs were there since 3 April?", text).count == 14


def test_a_header_may_have_long_labels() -> None:
    rows = [f"C{at};lamp {at};{at},50;{at},90" for at in range(2, 8)]
    form = form_of("What is the sum of prices?", "code;name;price for members of the club;price\n" + "\n".join(rows))
    assert "price for members of the club" in form.labels


def elements(inner: str) -> str:
    rows = [
        f'  <probe id="P{at}" depth="{at}.5" state="{"good" if at % 3 else "broken"}"'
        + ("/>" if at % 2 else f">{inner}\n  </probe>")
        for at in range(12)
    ]
    notes = [f"  <note>The diver took {what} of the rope.</note>" for what in ("care", "hold", "sight")]
    return "\n".join(["<list>", *rows[:6], *notes, *rows[6:], "</list>"])


@pytest.mark.parametrize("inner", ["", "\n    <note>The cook took care of the boat.</note>"])
def test_elements_that_close_themselves_and_others_are_rows_of_one_table(inner: str) -> None:
    form = form_of("What depth did they take on average, of the probes that worked?", elements(inner))
    assert form.count == 12
    assert [values for _, values in form.states] == [("good", "broken")]


def test_a_line_of_cells_and_a_sentence_below_are_one_row() -> None:
    ends = ["Mended.", "Still leaks."]
    rows = [
        f"R-{at:03}   Dock {at % 3}   {at + 1} June 08:15\n    Pump {at} leaks at the seal. {ends[at % 2]}"
        for at in range(8)
    ]
    notes = ["  ... the cook leaks his news", "  ... the cook was late"]
    text = "Repairs\n\n" + "\n".join([*rows[:4], *notes, *rows[4:]])
    (table,) = [table for table in tables_of(Document.of(text).texts[0]) if "outcome" in table.labels]
    assert table.labels == ("", "", "day", "text", "outcome")
    assert [row.cells[-1] for row in table.rows[:2]] == ["Mended", "Still leaks"]
    form = form_of("How many leaks are there for each dock?", text)
    assert (form.count, form.groups[-1]) == (8, "Mended")


def test_sentences_below_some_lines_alone_are_no_cells() -> None:
    rows = [f"R-{at:03}   Dock {at % 3}" + ("\n    The pump leaks at the seal." if at % 2 else "") for at in range(12)]
    assert all("text" not in table.labels for table in tables_of(Document.of("\n".join(rows)).texts[0]))


def test_a_first_word_says_of_which_kind_a_line_is() -> None:
    kinds = ["Bought", "Repaired", "Discarded"]
    ends = ["a stool, of oak, {} pounds", "two legs of number {}; by Ann", "number {} (rotten)"]
    rows = [f"{kinds[at % 3]} on {at + 1} May 2023: {ends[at % 3].format(at)}" for at in range(15)]
    text = "\n".join([*rows[:5], "Noticed on the way: nothing", *rows[5:]])
    form = form_of("How many chairs were thrown away between 3 and 9 May 2023?", text)
    assert form.states == ((0, ("Bought", "Repaired", "Discarded")),)
    assert (form.count, form.labels) == (15, ("kind", "day", "text"))
    named = form_of("How many chairs were repaired?", text)
    assert named.count == 5


def test_what_is_named_may_be_said_with_a_figure_too() -> None:
    said = ["to order", "all here", "2 here, so 3 to order"]
    rows = [
        f"- {at + 2} x B{at:02} (Mozart, {'oboe' if at % 2 else 'horn'}): {said[2 if at == 5 else at % 2]}"
        for at in range(12)
    ]
    form = form_of("How many do we have to order?", "\n".join(["What we need", *rows]))
    assert {row[-1] for row in form.rows} == {said[0], said[2]}


def test_a_quote_within_quotes_may_look_like_the_end_of_a_cell() -> None:
    text = (
        'id,title,note,amount\n1,"The ""Big"","" house","a ""b"",""c"" d",30\n2,"Oak","plain, one",40\n'
        '3,"She said ""no"","" twice","x",50\n4,"Elm","y ""z"",""w""",60\n'
    )
    (table,) = tables_of(Document.of(text).texts[0])
    assert [row.cells[1:] for row in table.rows] == [
        ('The ""Big"","" house', 'a ""b"",""c"" d', "30"),
        ("Oak", "plain, one", "40"),
        ('She said ""no"","" twice', "x", "50"),
        ("Elm", 'y ""z"",""w""', "60"),
    ]
