"""Lines that are alike but for a remark, or for what stands in some of them by chance, are rows of one form."""

from __future__ import annotations

import re
from time import perf_counter
from typing import Any

import pytest

from rlm_kernel import Document
from rlm_kernel.document import Searcher
from rlm_kernel.document.search.numbers import to_number
from rlm_kernel.engine.rows import form_notes
from rlm_kernel.engine.rows.group_names import names_of
from rlm_kernel.engine.rows.line_forms import line_forms
from rlm_kernel.engine.rows.row_families import row_families
from rlm_kernel.engine.rows.row_patterns import LineForm

BOATS = """\
Boats that were out

3 March, Heron, east jetty ............  4 hours
4 March, skiff S2 .....................  2 hours   CANCELLED, too much wind
   (The caretaker painted the jetty.)
7 March, Heron, east jetty ............  1 hours
9 March, Heron, west jetty ............  3 hours
10 March, Teal, east jetty ............  5 hours   CANCELLED, engine trouble
12 March, skiff S2 ....................  2 hours
13 March, skiff S1 ....................  6 hours
14 March, Teal, east jetty ............  3 hours

ALL TOGETHER .......................... 26 hours
"""
RUNS = """\
Village run, by start group

 bib 4 > Ines Roth (TV Aach) 41:07.2
 bib 9 > Mia van Laar (Runners) 43:10.9 DNF
 bib 2 > Jo Kemp (TV Aach) 39:55.0
 bib 7 > Ada Brun (Runners) 38:12.4 DNF
 bib 5 > Uta Vogt (TV Aach) 40:31.8
 bib 1 > Kai Horn (Runners) 44:02.5
"""
WALKS = """\
Our walks

Day 1 (2 May), Ulm to Bern. Planned 14 km, walked 12 km. It rained all day and nobody wanted to talk about it.

Day 2 (3 May), Bern to Upper Sax. Planned 18 km, walked 19 km.

Day 3 (4 May), Upper Sax to Chur. Planned 20 km, but we took the bus (31 km).

Day 4 (5 May), Chur to Ulm. Planned 11 km, walked 13 km. On the walk of last year we had made 25 km from here.

Day 5 (6 May), Ulm to Aach. Planned 16 km, walked 15 km. Two goats came along with us to the next bridge.
"""
SENSORS = """\
08:00 probe-1 measured 20.5 C
08:05 probe-2 measured 21.0 C
08:10 probe-1 measured 88.0 C calibration
08:15 probe-2 measured 22.5 C
08:20 probe-2 measured 91.0 C calibration
08:25 probe-1 measured 19.5 C
"""


def form_of(question: str, text: str) -> LineForm:
    (form,) = line_forms(question, Document.of(text), [])
    return form


def kept(question: str, text: str, state: str) -> list[tuple[str | None, ...]]:
    """The rows that the code finds of which the form has a state."""
    document = Document.of(text)
    (told,) = form_notes.told(line_forms(question, document, []), [], sources=False)
    (code,) = [code for states, code in told.beginnings.items() if states == (state,)]
    (pattern,) = re.findall(r"grep\(r'(.*)', limit", code)
    return [found.groups() for found in re.finditer(pattern, text, re.MULTILINE)]


def test_a_remark_is_a_state_and_none_is_one_too() -> None:
    question = "How many hours were the boats really out? I do not trust the sum."
    form = form_of(question, BOATS)
    assert form.count == 8
    assert form.states == ((3, ("nothing", "CANCELLED")),)
    assert sum(to_number(str(row[2])) for row in kept(question, BOATS, "nothing")) == 19
    assert sum(to_number(str(row[2])) for row in kept(question, BOATS, "CANCELLED")) == 7


def test_no_remark_is_told_as_an_empty_text() -> None:
    (told,) = form_notes.told(
        line_forms("How many hours were the boats out?", Document.of(BOATS), []), [], sources=False
    )
    assert "m['remark'] is '' or 'CANCELLED'" in told.note
    assert told.beginnings[("nothing",)].startswith("# remark may be '' or 'CANCELLED'; the question is about ''\n")


def test_a_mark_behind_some_rows_is_no_part_of_their_last_cell() -> None:
    form = form_of("Which bib ran the fastest time?", RUNS)
    assert [row[3] for row in form.rows] == ["41:07.2", "43:10.9", "39:55.0", "38:12.4", "40:31.8", "44:02.5"]
    assert form.states == ((4, ("nothing", "DNF")),)


def test_what_is_said_behind_a_row_is_none_of_it() -> None:
    form = form_of("On which day did we walk farthest on foot, and where to?", WALKS)
    assert [(row[3], row[5]) for row in form.rows] == [
        ("Bern", "12"),
        ("Upper Sax", "19"),
        ("Ulm", "13"),
        ("Aach", "15"),
    ]


def test_a_remark_that_the_question_leaves_out_leaves_out_its_rows() -> None:
    form = form_of("What is the highest temperature measured, outside of calibration?", SENSORS)
    assert [row[-1] for row in form.rows] == ["20.5", "21.0", "22.5", "19.5"]


def test_a_name_that_stands_in_all_compared_rows_by_chance_restricts_none() -> None:
    rows = [("Lund", 3), ("Marsh & Sons", 4), ("Oak Freight", 2), ("Marsh & Sons", 7), ("Lund", 5), ("Oak Freight", 9)]
    text = "".join(f"Tue 06:1{at} / IN / {firm} / frozen / dock {dock}\n" for at, (firm, dock) in enumerate(rows))
    assert form_of("At how many docks did frozen goods come in?", text).count == 6


def test_rows_of_several_states_are_one_form_where_a_column_says_so() -> None:
    text = "".join(
        f"0{at % 8 + 1}:30 | {'TURNED AWAY' if at % 4 == 3 else 'IN'} | van {at % 5} | "
        f"{('Lund', 'Marsh & Sons')[at % 3 > 1]} | frozen | {'no papers' if at % 4 == 3 else f'dock {at}'}\n"
        for at in range(16)
    )
    form = form_of("How many different vans came in with frozen goods?", text)
    assert (form.count, form.states) == (16, ((1, ("IN", "TURNED AWAY")),))


@pytest.mark.parametrize(
    "text",
    [
        "In May we had 3 guests, and it rained.\nThe 2 of us left, as always.\nWe ate 4 eggs, then we slept.\n" * 3,
        "Words alone, and no figures at all.\n" * 9,
    ],
)
def test_sentences_are_no_rows(text: str) -> None:
    families = row_families(Document.of(text).texts[0])
    assert all(len(table.rows) == 3 for table in families)


@pytest.mark.parametrize("line", ["([{,.;:-/ 9a" * 8, "a, " * 120 + "9", "1:1" * 130, "a-" * 190 + "%", "9 " * 190])
def test_many_signs_take_no_long_time(line: str) -> None:
    document = Document.of("\n".join(line[at % 7 :] for at in range(20_000 * 40 // len(line))))
    begun = perf_counter()
    row_families(document.texts[0])
    assert perf_counter() - begun < 10


ORDERS = """\
Grain for the bakers:

- 3 sacks of lot 4170 for Ann
- Ben wants 5 sacks of lot 5230
- for Ann: lot 5230 (rye, coarse), 2 sacks
The barn wants a new lock.
- for Ben: lot 6611 (oats), 7 sacks - returned, not dry
- 4 sacks of lot 6611 for Ben
- Ann wants 1 sacks of lot 5230
- for Ann: lot 6611 (oats), 6 sacks
- 8 sacks of lot 5230 for Ann - CALLED OFF
- Ann wants 9 sacks of lot 4170 - returned, too old
- for Ben: lot 4170 (wheat), 2 sacks
- 5 sacks of lot 4170 for Ben - returned
- Ben wants 6 sacks of lot 6611
- Ben wants 2 sacks of lot 4170
- for Ann: lot 4170 (wheat), 3 sacks - returned
- 2 sacks of lot 6611 for Ann
"""
PRICES = "lot;grain;price\n4170;wheat;0.50\n5230;rye, coarse;4.00\n6611;oats;2.25\n"


def ran(code: str, document: Document) -> dict[str, Any]:
    """What code of a note has defined."""
    texts = {text.name: Searcher((text,), ignored, ignored) for text in document.texts}
    defined: dict[str, Any] = {
        "grep": lambda pattern, limit, source=document.texts[0].name: texts[source].grep(pattern, limit),
        "to_number": to_number,
    }
    exec(code, defined)
    return defined


def ignored(*_args: object) -> None:
    pass


def test_items_in_several_orders_of_words_are_found_together_by_the_same_names() -> None:
    document = Document.of(ORDERS)
    forms = line_forms("How many sacks does Ann keep?", document, [])
    (told,) = form_notes.told(forms, [], sources=False)
    rows = {state: ran(told.beginnings[(state,)], document)["rows"] for state in ("", "nothing", "returned")}
    assert {state: sorted(int(row["sacks"]) for row in found) for state, found in rows.items()} == {
        "": [1, 2, 2, 3, 3, 6, 8, 9],
        "nothing": [1, 2, 2, 3, 6],
        "returned": [3, 9],
    }
    assert {row["lot"] for row in rows[""]} == {"4170", "5230", "6611"}


def test_items_in_several_orders_of_words_belong_to_rows_of_another_document() -> None:
    document = Document.of({"prices.csv": PRICES, "mail.txt": ORDERS})
    question = "What does Ann have to pay for what she gets, in euros, at the prices of prices.csv?"
    told = form_notes.told(line_forms(question, document, []), [], sources=True)
    table = ran(told[-1].beginnings[("nothing",)], document)["table"]
    assert sum(row["sacks"] * row["price"] for row in table) == 3 * 0.5 + 2 * 4 + 1 * 4 + 6 * 2.25 + 2 * 2.25


def test_rows_that_say_other_things_are_no_other_order() -> None:
    text = "".join(
        f"Planned for Monday: {n} kg of lot {n + 700}\nOn Monday {n - 1} kg were cancelled, of lot {n + 700}\n"
        for n in range(20, 26)
    )
    assert all(not form.more for form in line_forms("How many kg were planned for Monday?", Document.of(text), []))


def test_numbers_are_the_same_by_the_words_beside_them_though_one_word_stands_beside_two() -> None:
    text = "".join(
        f"{n} June: {n * 3} loaves sold at the market.\nAt the market, {n * 2} loaves were sold on {n} June.\n"
        for n in range(11, 17)
    )
    form = form_of("How many loaves were sold at the market?", text)
    at = form.labels.index("loaves")
    assert sum(int(row[at]) for row in form.rows) == 5 * sum(range(11, 17))


def test_a_number_ends_before_the_comma_of_its_remark() -> None:
    text = "".join(f"Box {n}: {n * 5}{', sold' if n % 3 == 0 else ''}\n" for n in range(1, 12))
    for question in ("What do the boxes hold together, those sold left out?", "What do the boxes hold that were sold?"):
        form = form_of(question, text)
        assert [row[1] for row in form.rows][:3] == ["5", "10", "15"]
        assert form.states == ((2, ("nothing", "sold")),), "which rows are meant, the question says in its own words"


def test_units_behind_most_numbers_are_no_states() -> None:
    text = "".join(f"Fee {n}: {n * 5}{' EUR' if n % 4 else ''}\n" for n in range(1, 13))
    assert all(not form.states for form in line_forms("What do the fees come to?", Document.of(text), []))


DEPOT = "Depot log\n\n" + "".join(
    f"{at % 9 + 1}/4 dock {'ABC'[at % 3]}: {20 + at} crates of {('plums', 'pears', 'limes')[at % 3]}"
    + (f" [{at % 4 + 1} broken]" if at % 4 else "")
    + ("\nThe weather was fine, and 3 dogs came." if at % 5 == 0 else "")
    + "\n"
    for at in range(24)
)


def test_a_figure_that_some_rows_add_is_a_column_that_others_do_not_have() -> None:
    form = form_of("How many crates came in at the depot?", DEPOT)
    assert form.count == 24
    assert form.labels[-1] == "broken"
    assert [row[-1] for row in form.rows[:4]] == ["", "2", "3", "4"]
    assert sum(to_number(row[2]) for row in form.rows) == sum(range(20, 44))


def test_of_what_some_rows_add_the_rows_that_have_it_are_meant() -> None:
    form = form_of("How many crates of plums were broken?", DEPOT)
    assert all(row[-1] for row in form.rows)
    assert form.count == 6


@pytest.mark.parametrize(
    "added", [" (float of £{0}.00 already taken out)", ", {0} of them helpers", " – {0} came late", " (since {0} May)"]
)
def test_rows_with_and_without_what_is_added_are_all_found(added: str) -> None:
    rows = [
        f"* {name}, run by {number}B: £{number}8.50 in the tin{added.format(number + 10) if number % 5 else ''}\n"
        for number, name in enumerate(("Tea tent", "Tombola", "Cake stand", "Raffle") * 5, 1)
    ]
    assert form_of("What did all the tins hold?", "Fair\n" + "".join(rows)).count == 20


def test_a_code_is_no_part_of_the_words_before_it() -> None:
    text = "".join(f"Slip {810 + at}: {at % 7 + 2} of K-{600 + at} for Willow ward\n" for at in range(9))
    (family,) = row_families(Document.of(text).texts[0])
    assert family.rows[0].cells == ("810", "2", "K-600")


def test_one_more_name_is_no_remark() -> None:
    text = "".join(
        f"{9 + at % 8}:00 hall {at % 3}: Ada Brun, {('Jo Kemp', 'Kai Horn')[at % 2]}{', Uta Vogt' * (at % 4 == 0)}\n"
        for at in range(16)
    )
    families = row_families(Document.of(text).texts[0])
    assert not any("(?:, " in between for family in families for between in family.between)


CALLS = """\
CALLS
Monday
   10:00 Hall A  Winter Song, act two: Ada Brun, Jo Kemp -- CALLED OFF
   12:00 Hall B  Winter Song, act one: Uta Vogt, Kai Horn, Ada Brun
   (The porter was early.)
   14:30 Hall A  Spring Play, finale: Mia Laar, Ines Roth
   16:00 Hall B  Winter Song, finale: Kai Horn, Ada Brun, Uta Vogt, Leo Falk
Tuesday
   10:00 Hall A  Spring Play, act one: Mia Laar, Jo Kemp, Ines Roth
   11:00 Hall A  Winter Song, act two: Leo Falk, Uta Vogt
   15:00 Hall B  Spring Play, act two: Jo Kemp, Mia Laar -- CALLED OFF
   16:30 Hall B  Winter Song, act one: Uta Vogt, Eli Moss, Kai Horn
"""


def test_lists_of_several_lengths_are_one_column_and_their_items_are_told() -> None:
    form = form_of("How many different people were called for Winter Song?", CALLS)
    assert [row[-2] for row in form.rows][:2] == ["Ada Brun, Jo Kemp", "Uta Vogt, Kai Horn, Ada Brun"]
    assert [row[-1] for row in form.rows] == ["CALLED OFF", "", "", "", ""]
    document = Document.of(CALLS)
    (told,) = form_notes.told([form], [], sources=False)
    searcher = Searcher(document.texts, lambda *_: None, lambda *_: None)
    defined: dict[str, Any] = {"grep": lambda pattern, limit: searcher.grep(pattern, limit)}
    exec(told.beginnings[("",) * len(told.states)], defined)
    assert {*defined["all_names"]} == {"Ada Brun", "Jo Kemp", "Uta Vogt", "Kai Horn", "Leo Falk", "Eli Moss"}


def test_cells_between_commas_are_columns_and_no_list() -> None:
    text = "".join(f"Lot {at}: rye, {('fine', 'coarse')[at % 2]}, Ada Brun, {at + 3} bags\n" for at in range(12))
    (family,) = row_families(Document.of(text).texts[0])
    assert family.rows[0].cells == ("0", "fine", "3")


def test_a_statement_that_asks_says_which_rows_are_meant_and_not_only_which_are_not() -> None:
    question = "I need to know how many people were called for Winter Song in a call that wasn't called off."
    assert form_of(question, CALLS).count == 5


def test_one_word_in_two_forms_and_sentences_behind_the_rows_vary_no_row() -> None:
    counts = ((6, 7), (8, 4), (3, 1), (1, 8), (2, 5), (5, 1))
    text = "".join(
        f"{name}: {eggs} {'egg' if eggs == 1 else 'eggs'} laid, {chicks} {'chick' if chicks == 1 else 'chicks'} "
        f"hatched. {gossip}\n"
        for (eggs, chicks), name, gossip in zip(
            counts,
            ("Herons", "Ibises", "Storks", "Quails", "Gulls", "Terns"),
            (
                "The keeper swept the path in the rain.",
                "A gardener looked over our fence. Nobody minded.",
                "Two visitors were lost for an hour.",
                "The cook's boy fed the geese by mistake.",
                "It rained from morning to evening.",
                "The night watchman saw a fox. He let it go.",
            ),
            strict=True,
        )
    )
    (form,) = line_forms("How many chicks hatched?", Document.of(text), [])
    assert names_of(form) == ["name", "eggs", "chicks"]
    assert [row[1:] for row in form.rows] == [(f"{eggs}", f"{chicks}") for eggs, chicks in counts]


HOURS = "HOURS OF THE WORKSHOPS\n{}\n\n" + "".join(
    f"- {name}, {shop}: {hours} h ({state})\n"
    for name, shop, hours, state in (
        ("Tilda Velt", "carpentry", 3, "approved"),
        ("Piet Moe", "make-up", 2, "open"),
        ("Tilda Velt", "make-up", 7, "approved"),
        ("Lena Ochs", "carpentry", 4, "refused"),
        ("Emil Roth", "wardrobe", 5, "approved"),
        ("Lena Ochs", "wardrobe", 1, "open"),
    )
)


@pytest.mark.parametrize(
    "line", ["Each line: name, workshop: hours (approved, open or refused)", "(name, workshop: hours (state))"]
)
def test_a_line_above_the_rows_says_what_they_are(line: str) -> None:
    (form,) = line_forms("For each workshop, add up the hours.", Document.of(HOURS.format(line)), [])
    assert names_of(form)[:3] == ["name", "workshop", "hours"]


def test_a_line_with_other_signs_says_nothing_of_the_rows() -> None:
    for line in ("The list: of all workshops, by day", "Order, workshop: terms (see back)"):
        (form,) = line_forms("For each workshop, add up the hours.", Document.of(HOURS.format(line)), [])
        assert "workshop" not in names_of(form)


def test_what_leads_to_the_next_cell_may_be_one_sign() -> None:
    names = ("Upper Town Hall", "St Anne School", "Brewery Lane Kindergarten", "Mill Gymnasium", "Station Hall")
    text = "Votes by polling station\n\n" + "".join(
        f"0{n} {name} {'.' * (26 - len(name))} yes {n}81 .. no {n}99\n" for n, name in enumerate(names, 1)
    )
    (form,) = line_forms("How many no votes do the lines of the polling stations give?", Document.of(text), [])
    assert [(row[1], row[-1]) for row in form.rows] == [(name, f"{n}99") for n, name in enumerate(names, 1)]


def test_the_head_of_an_html_table_says_what_its_cells_are() -> None:
    text = "<table>\n<tr><th>Course</th><th>Seats</th><th>Enrolled</th></tr>\n" + "".join(
        f"<tr><td>Course of {name}</td><td>{n}9</td><td>{n}7</td></tr>\n"
        for n, name in enumerate(("Art", "Law", "Music", "Logic"), 2)
    )
    (form,) = line_forms("Name the top three courses by Enrolled.", Document.of(text), [])
    assert names_of(form) == ["course", "seats", "enrolled"]


def test_rows_whose_numbers_end_below_each_other_are_one_family() -> None:
    text = "Delivery note\n\n" + "".join(f"{n:3}  Gown / Ward B{n} ......  {n}0 pcs\n" for n in range(7, 14))
    (form,) = line_forms("How many pcs do the single lines come to?", Document.of(text), [])
    assert [row[-1] for row in form.rows] == [f"{n}0" for n in range(7, 14)]
