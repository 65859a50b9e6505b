"""What the record that a question names says of what is asked."""

from __future__ import annotations

from typing import Any

import pytest

from rlm_kernel import Document
from rlm_kernel.document import Searcher
from rlm_kernel.engine.rows.record_lookup import told_record

TABLE = "house;tenant;rent;deposit\n" + "".join(
    f"{n} Elm Row;{name};{n * 10}.50;{n}00\n" for n, name in enumerate(("Ada Lind", "Bo Moe", "Cy Ruiz", "Di Ochs"), 3)
)
# In any order, and one of four is missing in each.
CARDS = "".join(
    f"== {name} ==\n" + "".join(f"{label} {'.' * 9} {value}\n" for label, value in said) + "\n(The hall was swept.)\n\n"
    for name, said in (
        ("Ada Lind", (("Holidays", "25 days"), ("Hours", "38"), ("Room", "B 12"))),
        ("Bo Moe", (("Room", "C 3"), ("Notice period", "4 weeks"), ("Hours", "20"))),
        ("Cy Ruiz", (("Notice period", "6 weeks"), ("Holidays", "30 days"), ("Hours", "38"))),
        ("Di Ochs", (("Holidays", "27 days"), ("Notice period", "2 weeks"), ("Room", "A 1"))),
    )
)
OBJECTS = "".join(
    f'{{"pump": "{name}", "litres": {n * 11}{extra}}}\n'
    for n, (name, extra) in enumerate(
        (
            ("North", ', "filter": "sand"'),
            ("South", ""),
            ("Mill", ', "filter": "coal"'),
            ("Quay", ', "filter": "sand"'),
        ),
        1,
    )
)
# One line each; the name of one begins like that of another.
STATIONS = "Gazetteer of the stations\n\n" + "".join(
    f"{name} = {'; '.join(f'{label}: {year}' for label, year in said)}.\n"
    for name, said in (
        ("ELMHAM", (("station opened", 1852), ("signal box opened", 1861), ("footbridge built", 1881))),
        ("ELMHAM WHARF", (("station opened", 1871), ("signal box closed", 1967), ("goods yard opened", 1888))),
        ("OAKLEY", (("station opened", 1847), ("signal box opened", 1872), ("signal box closed", 1970))),
        ("ASHBY", (("station opened", 1864), ("goods yard opened", 1875), ("footbridge built", 1866))),
    )
)
ORGANS = "Card index of organs\n\n" + "".join(
    f"{name} -- builder {builder}; stops {stops}; last tuned {year}{pipes}. The sexton swept the loft.\n"
    for name, builder, stops, year, pipes in (
        ("St Mary, Lerby", "Lind & Sons", 17, 2012, "; pipes 902"),
        ("St Giles, Kell", "Ruiz & Sons", 31, 2015, ""),
        ("St Olaf, Lerby", "Moe & Sons", 15, 2021, "; pipes 773"),
        ("All Saints, Kell", "Ochs & Sons", 13, 2018, "; pipes 713"),
    )
)


def answer(question: str, text: str) -> Any:
    """What the code that is told answers with."""
    document = Document.of(text)
    (told,) = told_record(question, document)
    searcher = Searcher(document.texts, lambda *_: None, lambda *_: None)
    answers: list[tuple[Any, list[int]]] = []

    def final(value: Any, evidence: Any) -> None:
        answers.append((value, [row.line_num for row in evidence]))

    exec(told.beginnings[()], {"grep": searcher.grep, "FINAL": final})
    ((value, lines),) = answers
    assert lines, "the answer has its line"
    assert str(value) in told.note or value == "not stated"
    return value


@pytest.mark.parametrize(
    ("question", "text", "value"),
    [
        ("What is the rent of 4 Elm Row?", TABLE, "40.50"),
        ("Which deposit does Cy Ruiz have?", TABLE, "500"),
        ("How many days of holidays does Cy Ruiz have?", CARDS, "30 days"),
        ("What is the notice period of Di Ochs?", CARDS, "2 weeks"),
        ("What filter does the Mill pump have?", OBJECTS, "coal"),
        ("In which year was the signal box at Elmham Wharf closed?", STATIONS, "1967"),
        ("When was the station opened at Elmham?", STATIONS, "1852"),
        ("How many pipes has the organ of St Olaf in Lerby got, according to the card index?", ORGANS, "773"),
        ("Who is the builder of the organ of St Giles in Kell?", ORGANS, "Ruiz & Sons"),
        ("How many stops does the organ of St Giles in Kell have?", ORGANS, "31"),
    ],
)
def test_what_a_record_says_is_the_answer(question: str, text: str, value: str) -> None:
    assert answer(question, text) == value


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("What is the notice period of Ada Lind?", CARDS),
        ("How many days of holidays does Bo Moe have?", CARDS),
        ("What filter does the South pump have?", OBJECTS),
        ("When was the signal box at Elmham closed?", STATIONS),
        ("How many pipes does the organ of St Giles in Kell have?", ORGANS),
    ],
)
def test_what_other_records_say_and_this_one_does_not_is_not_stated(question: str, text: str) -> None:
    assert answer(question, text) == "not stated"
    # Said elsewhere, it may be.
    names = "Ada Lind, Bo Moe, Elmham, St Giles, Kell, and South"
    new = "holidays, notice periods, filters, pipes and signal boxes, of which some are closed"
    beside = f"{text}\nOf late: {names} have new {new}.\n"
    assert not told_record(question, Document.of(beside))


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("What is the rent of Elm Row?", TABLE),
        ("What do Ada Lind and Bo Moe pay, as a rent?", TABLE),
        ("Which tenant has the highest rent?", TABLE),
        ("What is the age of Ada Lind?", TABLE),
        ("What are the rent and the deposit of Ada Lind?", TABLE),
        ("Who is Zoe Ruiz, and what is her rent?", TABLE),
        ("What is the rent of Ada Lind?", f"{TABLE}7 Oak Row;Ada Lind;70.50;700\n"),
        ("What is the rent of Ada Lind? " + "Please. " * 300, TABLE),
        ("What is the rent of Ada Lind?", "Ada Lind pays no rent.\n" * 5),
    ],
)
def test_no_record_or_several_or_no_label_or_several_tell_nothing(question: str, text: str) -> None:
    assert not told_record(question, Document.of(text))


@pytest.mark.parametrize(
    "question",
    [
        "Who has a higher rent than Ada Lind?",
        "How many tenants pay a higher rent than Ada Lind?",
        "What is the difference between the rent of Ada Lind and the average?",
        "What is the total rent without Ada Lind?",
        "What is the highest rent apart from Ada Lind?",
        "What is the rent of all but Ada Lind?",
        "When was the rent of Ada Lind last raised?",
        "Did the rent of Ada Lind change?",
        "By how much does the rent of Bo Moe exceed the mean?",
        "What is the rent of Zoe Ada Lind?",
        "What is the rent of Ada Lind's mother?",
        "What was the rent of Ada Lind in 2019?",
        "What is the rent of Ada Lind per year?",
        "What is the rent of Ada Lind after a rise of 10 %?",
        "What is the combined rent of Ada Lind and Zed Kay?",
        "How many houses does Ada Lind rent?",
    ],
)
def test_a_question_that_asks_for_more_than_one_record_says_is_told_nothing(question: str) -> None:
    assert not told_record(question, Document.of(TABLE))


def test_a_row_of_totals_and_one_that_is_void_are_no_records() -> None:
    totals = f"{TABLE}Total;all;222.00;1800\n"
    assert not told_record("What is the total rent?", Document.of(totals))
    void = "house;tenant;rent;state\n" + "".join(
        f"{n} Elm Row;{name};{n * 10}.50;{state}\n"
        for n, (name, state) in enumerate((("Ada Lind", "withdrawn"), ("Bo Moe", "valid"), ("Cy Ruiz", "valid")), 3)
    )
    assert told_record("What is the rent of Bo Moe?", Document.of(void))
    assert not told_record("What is the rent of Ada Lind?", Document.of(void))


@pytest.mark.parametrize(
    "line",
    [
        "Note: from May on the rent of Ada Lind is 450.",
        "Ada Lind, rent: 450",
        "ADA LIND has rents of 450",
    ],
)
def test_a_line_that_may_say_something_else_leaves_it_to_the_model(line: str) -> None:
    for text in (f"{TABLE}\n{line}\n", f"{line}\n\n{TABLE}"):
        assert not told_record("What is the rent of Ada Lind?", Document.of(text))
        assert not told_record("What is the rent of Ada Lind?", Document.of({"list": TABLE, "letter": f"{line}\n"}))


@pytest.mark.parametrize(
    "line",
    [
        "Mr Moe has holidays of 22 days",
        "Unless said otherwise: Holidays 30 days",
        "All others have their holidays in May.",
    ],
)
def test_what_a_record_lacks_may_be_said_anywhere(line: str) -> None:
    question = "How many days of holidays does Bo Moe have?"
    assert told_record(question, Document.of(CARDS))
    assert not told_record(question, Document.of(f"{CARDS}\n{line}\n"))
    assert not told_record(question, Document.of({"cards": CARDS, "letter": line}))
    own = CARDS.replace("Room ......... C 3", "Room ......... C 3 (holidays: 22 days)")
    assert own != CARDS
    assert not told_record(question, Document.of(own))


@pytest.mark.parametrize("value", ["-", "n/a", "none", "x,", "unknown"])
def test_what_says_that_there_is_none_is_no_answer(value: str) -> None:
    assert not told_record("What is the rent of Bo Moe?", Document.of(TABLE.replace("40.50", value)))


def test_of_two_documents_the_one_with_the_record_is_searched() -> None:
    (told,) = told_record("What is the rent of Ada Lind?", Document.of({"notes": "The rent is due.\n", "rents": TABLE}))
    assert told.source == "rents"
    assert "source='rents'" in told.beginnings[()]


@pytest.mark.parametrize(
    "line",
    [
        "The signal box was closed in the year of the flood.",
        "ASHBY = station opened: 1864; remark: when Elmham lost its signal box, ours was kept.",
    ],
)
def test_what_a_record_of_one_line_lacks_may_be_said_anywhere(line: str) -> None:
    text = f"{STATIONS}{line}\n"
    assert told_record("When was the signal box at Elmham closed?", Document.of(text)) == []


DEVICES = "".join(
    f"[device KL-{n:03}]\nkind = {kind}\nroom = {n}.2\n" + f"next calibration = 2024-05-{n}\n" * (n != 13) + "\n"
    for n, kind in enumerate(("balance", "centrifuge", "photometer", "balance", "incubator"), 11)
)


def test_a_code_that_names_a_record_stands_beside_what_it_is() -> None:
    assert answer("Which date is given for the next calibration of device KL-012?", DEVICES) == "2024-05-12"
    assert answer("When is the next calibration of the device KL-013?", DEVICES) == "not stated"


def test_of_what_no_line_has_nothing_is_stated() -> None:
    question = "When is the next calibration of the device KL-021?"
    (told,) = told_record(question, Document.of(DEVICES))
    assert told.note == "[no line has 'KL-021'; lines such as '[device KL-011]' have others]"
    assert told.beginnings[()].endswith("FINAL('not stated', evidence=rows)")
    for other in (
        f"{DEVICES}KL-021 was sold.\n",
        f"{DEVICES}The KL 021 was sold.\n",
        DEVICES.replace("KL-", "KM-"),
        DEVICES[:120],
    ):
        assert told_record(question, Document.of(other)) == []


CODES = "KL-012 = Room 4, Anna\nKL-014 = Room 9, Tom\nKL-015 = Loft, Jane\n"


@pytest.mark.parametrize(
    ("question", "text"),
    [
        # The document may have the code in another way.
        ("Who holds KL-052?", f"{CODES}KL-050 to KL-055 = Practice rooms, Marta\n"),
        ("Who holds KL-052?", f"{CODES}KL-050, 051, 052: Marta\n"),
        ("Who holds KL-052?", {"KL-052.txt": "Held by Marta", "list.txt": CODES}),
        ("Who holds KL-052?", f"{CODES}KL\u2011052 = Attic, Bo\n"),
        ("Who holds KL-052?", f"{CODES}KL;052;Bo\n"),
        ("What was revenue in FY2023?", "FY2019: revenue 40\nFY2020: 41\nFY2021: 45\nFiscal year 2023: 51\n"),
        # The question is not about what it says.
        ("Who comes after KL-013?", CODES),
        ("Is KL-013 in the list? Answer yes or no.", CODES),
        ("Who holds KL-013? If nobody does, answer 0.", CODES),
        ("Which room is larger than KL-013?", CODES),
        ("How many are there but KL-013?", CODES),
    ],
)
def test_a_code_that_is_not_there_leaves_other_questions_to_the_model(question: str, text: Any) -> None:
    assert told_record(question, Document.of(text)) == []


FLATS = "Flat A: {}, deposit 900\n" + "".join(
    f"Flat {name}: rent {n}50, deposit {n}00\n" for n, name in enumerate("BCD", 5)
)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        # What is written in another way is not missing, and nothing else answers in its place.
        ("What is the rent of Flat A?", FLATS.format("rent about 550")),
        ("What is the rent of Flat A?", FLATS.format("rent (reduced): 700")),
        ("What is the rent of Flat A?", FLATS.format("rent see Tom Reed")),
        ("What is the rent of Flat A?", FLATS.format("rent 1,250").replace("deposit", "parking rent")),
        (
            "What is the rent of Flat A?",
            FLATS.format("parking rent 30").replace(", deposit 900", ", deposit 900. Rent is 450."),
        ),
        # The record may go on, or the name stands elsewhere.
        ("When was Lerby closed?", STATIONS.replace("ASHBY", "LERBY").replace("1866.", "1866. It was shut in 1960.")),
        ("When was the signal box at Ashby closed?", f"{STATIONS}No train has called at Ashby since the flood.\n"),
        # Other labels say other things.
        ("When was Ashby opened?", STATIONS),
        ("What is the rent of 4 Elm Row and when is it due?", TABLE),
        ("When is the rent of 4 Elm Row due?", TABLE),
        ("Who is the next tenant of 4 Elm Row?", TABLE),
    ],
)
def test_what_a_record_says_in_another_way_leaves_it_to_the_model(question: str, text: str) -> None:
    assert told_record(question, Document.of(text)) == []


@pytest.mark.parametrize("owner", ["R. Jones", "555 1313 (evenings only, not Sundays)"])
def test_a_value_is_told_whole_or_not_at_all(owner: str) -> None:
    boats = "".join(
        f"Sea {name}: built 19{n}, owner {who}\n"
        for n, (name, who) in enumerate(
            (("Rose", owner), ("Gull", "Ann Lee"), ("Star", "Bo Moe"), ("Wolf", "Cy Ruiz")), 10
        )
    )
    told = told_record("Who is the owner of the Sea Rose?", Document.of(boats))
    assert not told or repr(owner) in told[0].note


ACCOUNTS = "".join(
    f"; The auditor looked for the {thing}.\n[{name} account]\n"
    + "".join(
        f"{label} = {fee}.20\n{'; The lamp flickers.' * (at == 0)}\n".replace("\n\n", "\n")
        for at, (label, fee) in enumerate(fees)
    )
    for name, thing, fees in (
        ("Senior", "key", (("Monthly fee", 49), ("Closing fee", 14), ("Card fee", 37))),
        ("Family", "lift", (("Closing fee", 9), ("Card fee", 29), ("Transfer fee", 28))),
        ("Farm", "mat", (("Monthly fee", 41), ("Card fee", 40), ("Transfer fee", 8))),
        ("Club", "pen", (("Monthly fee", 6), ("Closing fee", 26), ("Card fee", 11))),
    )
)


def test_remarks_above_and_within_records_hide_none_of_them() -> None:
    assert answer("What is the closing fee of the Farm account?", ACCOUNTS) == "not stated"
    # Below a remark its own lines go on.
    told = told_record("What is the transfer fee of the Farm account?", Document.of(ACCOUNTS))
    assert not told or "8.20" in told[0].note
