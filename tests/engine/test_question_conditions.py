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
from rlm_kernel.trace import Iteration, Trace

Serve = Callable[..., ScriptedServer]

PLACES = ("coast", "north", "valley", "harbour")
SALES = "\n".join(
    f"{kind}, {place} branch {number}: ${1000 + 10 * number + len(kind) + len(place)}"
    for number in (7, 8)
    for place in PLACES
    for kind in ("Actual sales 2024", "Budgeted sales 2024", "Actual sales 2023")
)
QUESTION = "What is the sum of the actual sales of 2024 over all branches, in dollars?"
RIGHT = r"^Actual sales 2024, \w+ branch \d+: \$(\d+)"
TOTAL = sum(int(line.split("$")[1]) for line in SALES.splitlines() if line.startswith("Actual sales 2024"))


def added_up(pattern: str, also: str = "") -> str:
    return f"rows = grep(r'{pattern}', limit=10**6)\n{also}total = sum(to_number(m.groups[0]) for m in rows)"


def told(code: str, question: str = QUESTION, document: str = SALES) -> list[tuple[str, str, int]]:
    trace = Trace(iterations=[Iteration(index=1, code=code), Iteration(index=2, code="FINAL(total, evidence=rows)")])
    found = row_conditions(question, Document.of(document), trace)
    assert found is not None
    return [(each.kind, each.word, each.count) for each in found]


def better(code: str, question: str = QUESTION, document: str = SALES) -> list[str]:
    _, searched, patterns = better_rows(
        question, Document.of(document), Trace(iterations=[Iteration(index=1, code=code)]), "FINAL(total)"
    )
    assert searched == (code if patterns else "")
    return list(patterns.values())


def test_what_the_question_names_is_no_matter() -> None:
    assert told(added_up(RIGHT)) == []
    assert better(added_up(RIGHT)) == []


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (r"^Actual sales 2024, coast branch \d+: \$(\d+)", [("unasked", "coast", 6)]),
        (r"^Actual sales \d+, \w+ branch \d+: \$(\d+)", [("unheeded", "2024", 8)]),
        (r"^\w+ sales 2024, .+: \$(\d+)", [("unheeded", "actual", 8)]),
        (r"^Budgeted sales 2024, .+: \$(\d+)", [("unasked", "Budgeted", 8), ("unheeded", "actual", 8)]),
        (r"^Actual sales 2023, .+: \$(\d+)", [("unasked", "2023", 8)]),
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
    (instead,) = better(added_up(pattern))
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


@pytest.mark.parametrize(
    ("pattern", "question"),
    [
        # The question calls things by words of its own.
        (r"^Actual sales 2024, coast branch \d+: \$(\d+)", "What did we earn at the seaside?"),
        # It asks about both.
        (
            r"^Actual sales \d+, \w+ branch \d+: \$(\d+)",
            "How much more are the actual sales of 2024 than those of 2023?",
        ),
        # Months and days are written in many ways.
        (r"^Mon sales: \$(\d+)", "What is the sum of the sales on each first day of the week?"),
        # One line is no choice.
        (r"^Actual sales 2024, coast branch 7: \$(\d+)", QUESTION),
        # What is not read.
        (r"^Actual sales 2024, (?:coast|north) branch \d+: \$(\d+)", QUESTION),
        (r"^Actual sales 2024, coast branch [", QUESTION),
        (r"^Actual sales \d+, coast branch \d+: \$(\d+)", QUESTION + " " * 2_000),
    ],
)
def test_nothing_is_said_where_a_question_may_mean_it(pattern: str, question: str) -> None:
    weekdays = "\n".join(f"{day} sales: ${number}" for number in (1, 2) for day in ("Mon", "Tue", "Wed"))
    trace = Trace(iterations=[Iteration(index=1, code=added_up(pattern)), Iteration(index=2, code="FINAL(total)")])
    assert not row_conditions(question, Document.of(f"{SALES}\n{weekdays}"), trace)


def test_labels_of_a_sub_model_are_chosen_by_what_it_reads() -> None:
    code = "rows = grep(r'^Actual sales \\d+')\ntotal = len([r for r in rows if llm_query(r.line) == 'yes'])"
    assert told(code) == []


def test_hostile_patterns_and_large_documents_take_no_time() -> None:
    line = "Actual sales 2024, " + "a" * 3_000
    for pattern in (r"^Actual (sales \d+, coast)+ (a+)+$", "(" * 400, "Actual sales coast" + "(a|b)*" * 60):
        assert told(added_up(pattern), document=f"{SALES}\n{line}") == []
    trace = Trace(iterations=[Iteration(index=1, code=added_up(RIGHT)), Iteration(index=2, code="FINAL(total)")])
    assert row_conditions(QUESTION, Document.of(f"{line}\n" * 1_000), trace) is None


async def test_a_model_is_told_once_with_the_code_to_run(scripted_server: Serve) -> None:
    narrow = added_up(r"^Actual sales \d+, coast branch \d+: \$(\d+)")
    server = scripted_server([block(narrow), block("FINAL(total)"), block(added_up(RIGHT)), block("FINAL(total)")])
    result = await run(server, QUESTION, SALES)
    assert result.trace.value == TOTAL
    assert result.trace.row_conditions == []
    error = result.trace.iterations[1].error
    assert error is not None
    assert "only lines with 'coast' were taken, which the question does not name; 12 others" in error.message
    assert error.message.endswith("Run the code below first.")
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
    assert replay(trace, SALES).text.startswith("reproduced")
    trace.row_conditions = []
    trace.digest = ""
    verdict = replay(trace, SALES)
    assert verdict.verdict == "differs"
    assert "the conditions that rows of the answer were chosen by" in verdict.text
