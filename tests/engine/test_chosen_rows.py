"""The conditions that an answer's rows were chosen by, held against those that its question names."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from runs import block, run
from scripted_server import ScriptedServer

from rlm_kernel import Document
from rlm_kernel.engine.grounding import better_rows, row_conditions
from rlm_kernel.replay import replay
from rlm_kernel.trace import Iteration, Searched, Trace

Serve = Callable[..., ScriptedServer]

PLACES = ("coast", "north", "valley", "harbour")
SALES = "\n".join(
    f"{kind}, {place} branch {number}: ${1000 + 10 * number + len(kind) + len(place)}"
    for number in (7, 8)
    for place in PLACES
    for kind in ("Actual sales 2024", "Budgeted sales 2024", "Actual sales 2023")
)
QUESTION = "What is the sum of the actual sales of 2024 over all branches, in dollars?"
YEAR_2024 = "What is the total revenue of 2024?"
RIGHT = r"^Actual sales 2024, \w+ branch \d+: \$(\d+)"
TOTAL = sum(int(line.split("$")[1]) for line in SALES.splitlines() if line.startswith("Actual sales 2024"))


def added_up(pattern: str, also: str = "") -> str:
    return f"rows = grep(r'{pattern}', limit=10**6)\n{also}total = sum(to_number(m.groups[0]) for m in rows)"


def counted(pattern: str) -> str:
    return f"rows = grep(r'{pattern}', limit=10**6)\ntotal = len(rows)"


def ran(code: str, after: str = "FINAL(total, evidence=rows)") -> Trace:
    """The trace of a cell whose searches had hits, and of the one after it."""
    patterns = re.findall(r"grep\(r'([^\n]*?)'[,)]", code)
    searches = [Searched(tool="grep", pattern=pattern, hits=2) for pattern in patterns]
    first = Iteration(index=1, code=code, searches=searches)
    return Trace(iterations=[first, Iteration(index=2, code=after)] if after else [first])


def told(code: str, question: str = QUESTION, document: str = SALES) -> list[tuple[str, str, int]] | None:
    found = row_conditions(question, Document.of(document), ran(code), 60)
    return None if found is None else [(each.kind, each.word, each.count) for each in found]


def better(code: str, question: str = QUESTION, document: str = SALES) -> str:
    _, searched, pattern, instead = better_rows(question, Document.of(document), ran(code, ""), "FINAL(total)")
    assert searched == (code if pattern else "")
    return instead


def test_what_the_question_names_is_no_matter() -> None:
    assert told(added_up(RIGHT)) == []
    assert better(added_up(RIGHT)) == ""


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (r"^Actual sales 2024, coast branch \d+: \$(\d+)", [("unasked", "coast", 6)]),
        (r"^Actual sales \d+, \w+ branch \d+: \$(\d+)", [("unheeded", "2024", 8)]),
        (r"^\w+ sales 2024, .+: \$(\d+)", [("unheeded", "actual", 8)]),
        (r"^Budgeted sales 2024, .+: \$(\d+)", [("unasked", "Budgeted", 8)]),
        (r"^Actual sales 2023, .+: \$(\d+)", [("unasked", "2023", 8)]),
        (r"^\w+ sales \d+, .+: \$(\d+)", [("unheeded", "actual", 8), ("unheeded", "2024", 8)]),
        (
            r"^Actual sales \d+, coast branch \d+: \$(\d+)",
            [("unasked", "coast", 12), ("unheeded", "2024", 2)],
        ),
    ],
)
def test_what_it_does_not_name_and_what_the_code_does_not_have(
    pattern: str, expected: list[tuple[str, str, int]]
) -> None:
    assert told(added_up(pattern)) == expected
    instead = better(added_up(pattern))
    lines = [line for line in SALES.splitlines() if re.search(instead, line)]
    assert lines == [line for line in SALES.splitlines() if line.startswith("Actual sales 2024")]


@pytest.mark.parametrize(
    "also",
    [
        "rows = [m for m in rows if '2024' in m.line]\n",
        "rows = [m for m in rows if to_number(m.line.split()[2]) == 2024]\n",
        "# the sales of 2024\nrows = [m for m in rows if m.line.split()[2] == str(2024)]\n",
    ],
)
def test_what_the_code_has_elsewhere_counts_and_what_its_comments_say_does_not(also: str) -> None:
    pattern = r"^Actual sales \d+, \w+ branch \d+: \$(\d+)"
    assert told(added_up(pattern, also)) == []
    assert told(added_up(pattern, "# actual sales of 2024\n")) == [("unheeded", "2024", 8)]


CUSTOMERS = "\n".join(
    f"Invoice {number}, customer {name}, {state}: ${number}"
    for number in (1, 2, 3, 4)
    for name in ("Leo Price", "Ann Best")
    for state in ("unpaid", "paid", "cancelled")
)
LINES = "\n".join(
    [
        *(f"{kind} revenue {year}: ${year}" for kind in ("Total", "Net", "Gross") for year in (2022, 2023, 2024)),
        *(f"Sales 2024, {place} branch: $5" for place in ("France", "Spain", "Italy") for _ in (1, 2)),
        *(f"Order {number}: ${number}" for number in range(2019, 2030)),
        *(f"Balance {day}: ${day[:4]}" for day in ("2023-12-31", "2024-01-31", "2024-12-31")),
        *(f"sample {number} group {kind}" for kind in ("control", "test") for number in range(1, 4)),
        *(f"Match {how} {number}" for how in ("won", "lost", "drawn") for number in range(1, 6)),
        *(f"{what} sales Q{number}: ${number}" for what in ("Coast", "North", "Total") for number in range(1, 5)),
        *(f"Ada worked {number} {unit}" for unit in ("hours", "minutes") for number in range(1, 5)),
        *(f"{day} sales: ${number}" for number in (1, 2) for day in ("Mon", "Tue", "Wed")),
        *(f"{month} costs 2024: $7" for month in ("March", "April") for _ in (1, 2)),
        "The coast office of the north branch reports sales 2024: $3",
        "The north office of the coast branch reports sales 2024: $4",
    ]
)


@pytest.mark.parametrize(
    ("code", "question"),
    [
        # The question calls things by words of its own, or may mean what it does not name.
        (added_up(r"^Actual sales 2024, coast branch \d+: \$(\d+)"), "What did we earn at the seaside?"),
        (added_up(r"^Invoice \d+, customer .+, unpaid: \$(\d+)"), "How much do customers still owe us on invoices?"),
        (added_up(r"^Sales 2024, France branch: \$(\d+)"), "What are the sales of the French branches in 2024?"),
        (added_up(r"^Total revenue \d+: \$(\d+)"), "What was the revenue of the company over all years?"),
        # Another year than the one that it names, several, or none.
        (added_up(r"^Actual sales 2023, .+: \$(\d+)"), "What were the actual sales in the year before 2024?"),
        (added_up(r"^Actual sales 2023, .+: \$(\d+)"), "What were the actual sales of the previous year (2024 - 1)?"),
        (added_up(r"^Balance 2023-12-.+: \$(\d+)"), "What was the balance at the beginning of 2024?"),
        (added_up(r"^Total revenue \d+: \$(\d+)"), "What is the total revenue since 2023?"),
        (added_up(r"^Total revenue \d+: \$(\d+)"), "By how much did total revenue grow up to 2024?"),
        (added_up(r"^Actual sales \d+, \w+ branch \d+: \$(\d+)"), "What are the actual sales of 2023 and 2024 in all?"),
        (
            (
                "a = sum(to_number(m.groups[0]) for m in grep(r'^Actual sales 2023, .+: \\$(\\d+)'))\n"
                "b = sum(to_number(m.groups[0]) for m in grep(r'^Actual sales 2024, .+: \\$(\\d+)'))\n"
                "total = b - a"
            ),
            "What is the gain of actual sales in 2024?",
        ),
        (added_up(r"^Order \d+: \$(\d+)"), "What is the sum of all orders of 2024?"),
        # A name, and what rows are sorted by.
        (
            added_up(r"^Invoice \d+, customer (?:\w+) \w+, \w+: \$(\d+)"),
            "What is the price of all invoices?",
        ),
        (
            (
                "from collections import Counter\n"
                "c = Counter(m.groups[0] for m in grep(r'^Invoice \\d+, .+, (\\w+): '))\ntotal = c.most_common(1)[0][1]"
            ),
            "How many invoices are unpaid?",
        ),
        # Months and days are written in many ways.
        (added_up(r"^Mon sales: \$(\d+)"), "What is the sum of the sales on each first day of the week?"),
        (added_up(r"^\w+ costs 2024: \$(\d+)", "rows = rows[:2]\n"), "What are the costs of March 2024?"),
        # All of them were taken: by several searches, or by a pattern in which the word is optional or a part.
        (
            "total = 0\n"
            + "\n".join(
                f"for m in grep(r'^Actual sales 2024, {place} branch .+: \\$(\\d+)'): total += int(m.groups[0])"
                for place in PLACES
            ),
            QUESTION,
        ),
        (added_up(r"^Actual sales 2024(?:, coast)?.*\$(\d+)"), QUESTION),
        # A search that found nothing, and one of which nothing is known.
        (added_up(r"^Actual sales 2024, coast branch [", "pass\n"), QUESTION),
        ("place = 'coast'\n" + added_up("x").replace("r'x'", "f'^Actual sales 2024, {place} branch'"), QUESTION),
        # States, totals, units, and what says where to look.
        (counted(r"^Match lost \d+"), "How many of all matches did the team lose?"),
        (added_up(r"^Invoice \d+, customer .+, paid: \$(\d+)"), "How much did customers pay on all invoices?"),
        (added_up(r"^Total sales Q\d: \$(\d+)"), "What do all sales come to, in dollars?"),
        (added_up(r"^Ada worked (\d+) \w+"), "How many hours did Ada work, all hours and minutes together?"),
        (
            added_up(r"^Actual sales \d+, \w+ branch \d+: \$(\d+)"),
            "According to the 2024 annual report, what are the actual sales of each branch together?",
        ),
        (added_up(r"^\w+ sales 2024.+: \$(\d+)", "rows = [m for m in rows if m.line.startswith('Act')]\n"), QUESTION),
        # Words in another sense, other ways to write a year, what code leaves out by its own value, and a total's line.
        (counted(r"^sample \d+ group \w+"), "How many samples does the laboratory control every day?"),
        (
            counted(r"^Invoice \d+, .+, (\w+): ").replace("len(rows)", "sum(1 for m in rows if m.groups[0] != 'paid')"),
            "How many invoices are still due, unpaid invoices included?",
        ),
        (added_up(r"^Total revenue (\d+): ", "rows = [m for m in rows if m.groups[0].endswith('24')]\n"), YEAR_2024),
        (added_up(r"^Total revenue \d+: \$(\d+)"), "Using the 2024 price list, what is the total revenue?"),
        # Exceptions turn words round.
        (
            added_up(r"^Actual sales 2024, \w+ branch \d+: \$(\d+)"),
            "Without the coast, what is the sum of the actual sales of 2024 over all branches?",
        ),
        # One line is no choice where nothing is to be added up.
        (added_up(r"^Actual sales 2024, coast branch 7: \$(\d+)"), QUESTION),
        # What is not read.
        (added_up(r"^Actual sales 2024, (?:coast|north) branch \d+: \$(\d+)"), QUESTION),
        (added_up(r"(?#c)^Actual sales 2024, coast branch \d+: \$(\d+)"), QUESTION),
        (added_up(r"^Actual sales \d+, coast branch \d+: \$(\d+)"), QUESTION + " " * 2_000),
    ],
)
def test_nothing_is_said_where_a_question_may_mean_it(code: str, question: str) -> None:
    assert not told(code, question, f"{SALES}\n{CUSTOMERS}\n{LINES}")


def test_a_pattern_without_words_whose_rows_are_mostly_about_something_else() -> None:
    days = "\n".join(f"Day {number}: {number} trees planted by Ada" for number in range(2, 9))
    filler = "\n".join(f"Maps and music, {number} keys." for number in range(12))
    question = "Add up the daily entries: how many trees were planted?"
    loose = counted(r"^(\S+) (\S+) (\S+)")
    ((kind, word, count),) = told(loose, question, f"{days}\n{filler}") or []
    assert (kind, count) == ("unheeded", 12)
    assert word in ("trees", "planted")
    assert len(re.findall(better(loose, question, f"{days}\n{filler}"), days, re.MULTILINE)) == 7
    assert told(loose, question, days) == [], "all rows are about it"
    assert told(loose, "How many lines are there?", f"{days}\n{filler}") == []
    assert told(counted(r"(trees|\S+) (\S+)"), question, f"{days}\n{filler}") is None


def test_a_search_that_has_not_run_chooses_nothing() -> None:
    code = "if False: rows = grep(r'^Actual sales 2024, coast branch')\ntotal = len(rows)"
    trace = Trace(iterations=[Iteration(index=1, code=code), Iteration(index=2, code="FINAL(total)")])
    assert row_conditions(QUESTION, Document.of(SALES), trace, 60) is None


def test_one_line_where_something_was_to_be_added_up() -> None:
    entries = "\n".join(f"Entry {number}: Ada worked {number} hours on the bridge" for number in range(2, 9))
    document = f"{entries}\nTotal hours on the bridge according to the summary: 99"
    question = "How many hours were worked on the bridge according to the single entries, added up?"
    single = "for m in grep(r'^Total hours on the bridge .+: (\\d+)'): total = int(m.groups[0])"
    assert told(single, question, document) == [("single", "added up", 1)]
    instead = better(single, question, document)
    assert len(re.findall(instead, entries, re.MULTILINE)) == 7
    assert told(single, "How many hours were worked on the bridge?", document) == []
    assert told(single, f"{question[:-1]}, as the total of the summary says?", document) == []
    assert told(added_up(r"^Entry .+ worked (\d+) hours"), question, document) == []


def test_lines_that_are_counted_where_the_question_asks_how_many_of_a_unit() -> None:
    log = "\n".join(f"op=PUT st=200 sz={number}" for number in (7, 9, 12))
    code = counted(r"^op=PUT st=200 sz=(\d+)")
    assert told(code, "How many bytes were sent by PUT?", log) == [("counted", "bytes", 3)]
    assert told(code, "How many hours did PUT take?", log) == [("counted", "hours", 3)]
    assert told(code, "How many PUT operations were there?", log) == []
    assert told(code, "How many days had a PUT?", log) == []
    assert told(added_up(r"^op=PUT st=200 sz=(\d+)"), "How many bytes were sent by PUT?", log) == []
    (condition,) = row_conditions("How many bytes were sent by PUT?", Document.of(log), ran(code), 60) or []
    assert "how many 'bytes', the code counts 3 lines, such as line 1 of" in condition.told


CLINICS = "\n".join(
    f"The {name} clinic {said} EUR {on} medicines."
    for name, cost in (("Rose", 5), ("Lily", 7), ("Elm", 9))
    for said, on in ((f"spent {cost}", "on"), (f"had planned {cost + 2}", "for"))
)


@pytest.mark.parametrize(
    ("pattern", "mixed"),
    [
        (r"^The \w+ clinic .+? (\d+) EUR \w+ medicines", [("mixed", "spent", 3)]),
        (r"^The \w+ clinic spent (\d+) EUR", []),
        (r"^The \w+ clinic (?:spent|had planned) (\d+) EUR", None),
    ],
)
def test_rows_that_say_two_things(pattern: str, mixed: list[tuple[str, str, int]] | None) -> None:
    assert told(added_up(pattern), "What did the clinics pay for medicines together, in EUR?", CLINICS) == mixed


@pytest.mark.parametrize(
    ("question", "document"),
    [
        ("How many EUR were spent and planned for medicines together?", CLINICS),
        ("How much money do these sentences name together?", CLINICS),
        # Other names: each sentence says it in its own words.
        (
            "How many km did all of them drive?",
            "\n".join(
                ["Ada travelled 120 km by train.", "Bo travelled 30 km by train.", "Cleo went 80 km in a car."] * 2
            ),
        ),
    ],
)
def test_rows_that_may_be_meant_together(question: str, document: str) -> None:
    assert told(added_up(r"(\d+) (?:EUR|km)".replace("(?:EUR|km)", r"\w+")), question, document) == []


def test_code_that_tells_rows_apart_may_take_both() -> None:
    code = (
        "rows = grep(r'^The \\w+ clinic (.+?) (\\d+) EUR \\w+ medicines', limit=10**6)\n"
        "total = sum(to_number(m.groups[1]) for m in rows if m.groups[0] == 'spent')"
    )
    assert told(code, "What did the clinics pay for medicines together, in EUR?", CLINICS) == []


ITEMS = "Items\nbolt: weight 30 kg\nplate: weight 2 kg\nbeam: weight 81 kg\n"
ORDERS = "Orders\n2 pieces of beam ordered\n30 pieces of bolt ordered\n7 pieces of beam ordered\n"


@pytest.mark.parametrize(
    ("pattern", "question", "orders", "missed"),
    [
        (r"weight (\d+) kg", "What do all ordered pieces weigh, by the weight in items.txt?", ORDERS, "pieces"),
        (r"^(\d+) pieces of", "What do all ordered pieces weigh, by the weight in items.txt?", ORDERS, "weight"),
        (r"weight (\d+) kg", "What is the sum of the weight of all items in items.txt?", ORDERS, None),
        (r"^(\d+) pieces of", "How many pieces were ordered in orders.txt?", ORDERS, None),
        (r"weight (\d+) kg", "What do all ordered pieces weigh?", "Orders\n2 nails ordered\n3 pipes ordered\n", None),
        (
            r"weight (\d+) kg",
            "What is the total weight of all shelves in items.txt?",
            "The beam is on shelf 3\n" * 3,
            None,
        ),
        (r"weight (\d+) kg", "What do all ordered pieces weigh?", "Orders\nThe beam was ordered.\n", None),
    ],
)
def test_a_document_that_the_question_needs_and_the_code_does_not_read(
    pattern: str, question: str, orders: str, missed: str | None
) -> None:
    document = Document.of({"items.txt": ITEMS, "orders.txt": orders})
    found = row_conditions(question, document, ran(added_up(pattern)), 60) or []
    assert [(each.kind, each.word) for each in found] == ([] if missed is None else [("unread", missed)])
    for each in found:
        assert f"lines of another document have, such as line {each.line} of {each.source!r}" in each.told


@pytest.mark.parametrize(
    ("first", "last", "missed"),
    [
        ("2024-04-01", "2024-07-31", None),
        ("2024-03-31", "2024-08-01", None),
        ("2024-01-01", "2024-07-31", "1 April 2024"),
        ("2024-04-01", "2024-07-01", "31 July 2024"),
        ("2024-04-01", "2024-04-02", None),
    ],
)
def test_a_day_of_the_question_that_the_code_has_otherwise(first: str, last: str, missed: str | None) -> None:
    rows = "\n".join(f"[0{day}.05.2024] parcel {day} received" for day in range(1, 9))
    code = (
        "rows = grep(r'^\\[(\\S+)\\] parcel (\\d+) received', limit=10**6)\n"
        f"total = len([m for m in rows if '{first}' <= to_date(m.groups[0]) <= '{last}'])"
    )
    question = "How many parcels were received from 1 April 2024 to 31 July 2024?"
    assert told(code, question, rows) == ([] if missed is None else [("unheeded", missed, 0)])
    assert told(code, "How many parcels were received in spring?", rows) == []


def test_lines_are_counted_once_each() -> None:
    lines = "\n".join(f"Sales {year}: ${year}" for year in (2023, 2024) for _ in range(4))
    code = added_up(r"^Sales \d+: \$(\d+)")
    assert told(code, "What is the sum of the sales of 2024?", lines) == [("unheeded", "2024", 4)]


def test_labels_of_a_sub_model_are_chosen_by_what_it_reads() -> None:
    code = "rows = grep(r'^Actual sales \\d+')\ntotal = len([r for r in rows if llm_query(r.line) == 'yes'])"
    assert told(code) is None


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        # RE2 cannot search these, and Python's `re` would not end.
        (r"Actual sales (a+)+\b\B$", "Actual sales é " + "a" * 60),
        (r"Actual sales (a++)+ \d$", "Actual sales " + "a" * 60),
        # RE2 would take a time that grows with the product of the counts.
        (r"[ab]*a(?:(?:[ab]{9}){9}){9}c*Actual sales", "ab" * 60),
    ],
)
def test_what_could_take_long_is_not_looked_at(pattern: str, line: str) -> None:
    code = f"total = 1 if True else len(grep(r'{pattern}'))"
    assert told(code, document=f"{line}\n{SALES}") is None


def test_large_documents_and_many_rows_are_not_looked_at() -> None:
    row = "Actual sales 2024, coast branch 7: $1\n"
    assert told(added_up(RIGHT), document=row * 6_000) is None
    assert told(added_up(RIGHT), document="x" * 3_000_000) is None


@pytest.mark.parametrize(
    "also",
    ["x = 0x" + "f" * 5_000, "x = " + "-" * 3_000 + "1", "x = '\\ud800'", "x = b'\\xff'", "x = 1e999j; y = ..."],
)
def test_any_constant_can_stand_beside_it(also: str) -> None:
    pattern = r"^Actual sales 2024, coast branch \d+: \$(\d+)"
    assert told(added_up(pattern, f"{also}\n")) in ([("unasked", "coast", 6)], None)


async def test_a_model_is_told_once_with_the_code_to_run(scripted_server: Serve) -> None:
    narrow = added_up(r"^Actual sales \d+, coast branch \d+: \$(\d+)")
    server = scripted_server([block(narrow), block("FINAL(total)"), block(added_up(RIGHT)), block("FINAL(total)")])
    result = await run(server, QUESTION, SALES)
    assert result.trace.value == TOTAL
    assert result.trace.row_conditions == []
    error = result.trace.iterations[1].error
    assert error is not None
    assert "only lines with 'coast' were taken, which the question does not name" in error.message
    assert error.message.endswith("Run the code below first, and compare.")
    assert block(narrow.replace(r"\d+, coast", r"2024, \w+")) in server.requests[2]["messages"][-1]["content"]


async def test_an_answer_that_stands_is_marked_and_the_mark_is_replayed(scripted_server: Serve) -> None:
    narrow = added_up(r"^Actual sales 2024, coast branch \d+: \$(\d+)")
    server = scripted_server([block(narrow), block("FINAL(total)"), block("FINAL(total)")])
    trace = (await run(server, QUESTION, SALES)).trace
    (condition,) = trace.row_conditions or []
    assert (condition.kind, condition.word, condition.count) == ("unasked", "coast", 6)
    assert SALES.splitlines()[condition.line - 1] == condition.text
    assert f"Rows: {condition.told}." in trace.notices
    assert trace.confidence is not None
    assert trace.confidence.score < 0.7
    assert ("its rows were chosen by a word that the question does not have", 0.6) in trace.confidence.factors
    trace = Trace.model_validate_json(trace.model_dump_json(by_alias=True))
    assert replay(trace, SALES).text.startswith("reproduced")
    trace.row_conditions = []
    trace.digest = ""
    verdict = replay(trace, SALES)
    assert verdict.verdict == "differs"
    assert "the conditions that rows of the answer were chosen by" in verdict.text


async def test_code_that_hands_the_answer_over_is_not_run_before_its_rows_were_looked_at(
    scripted_server: Serve,
) -> None:
    at_once = added_up(r"^Actual sales 2024, coast branch \d+: \$(\d+)") + "\nFINAL(total)"
    server = scripted_server([block(at_once), block(added_up(RIGHT)), block("FINAL(total)")])
    result = await run(server, QUESTION, SALES, examples="on")
    told = server.requests[1]["messages"][-1]["content"]
    assert "Do NOT call FINAL yet. Send this first:\n```python\nrows = grep(" in told
    assert "FINAL(" not in told.partition("Send this first:")[2].partition("```\n")[0]
    assert result.trace.value == TOTAL
