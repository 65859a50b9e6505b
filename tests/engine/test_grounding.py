"""Grounding: where the items of an answer come from, and that no verdict says more than is so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from runs import DOCUMENT, SUM, TOTAL, block, run

from rlm_kernel.document import Document, Text, to_number
from rlm_kernel.engine.grounding import Groundings, ground
from rlm_kernel.trace import Call, Evidence, Grounding, Iteration, Trace

REPORT = """\
Annual report
Sales north: $11,500,025
Sales south: 11 500 026.00 units
Umsatz: 1.234.500 EUR
Loss of the year: (5,250)
Margin 12.5% of it
About 11.5 million in all
Signed on 1 March 2024, filed 04/03/2024
He called it “a well-
known   ﬁgure” at the time
2024-01-02,North,120,733,33
Population 1.5e6, code 007
Zürich's share – 4’321.75
Net $ 5.2m of 3,5 Mio or .75, id=00420 at −40°C
"""


def turn(index: int, code: str = "", output: str = "", calls: tuple[Call, ...] = ()) -> Iteration:
    return Iteration(index=index, code=code, output=output, calls=list(calls))


def found(value: Any, *turns: Iteration, context: Any = REPORT, question: str = "", **known: Any) -> Groundings:
    trace = Trace(question=question, iterations=list(turns), status="answered", **known)
    return ground(value, Document.of(context), trace)


def only(value: Any, *turns: Iteration, **options: Any) -> Grounding:
    (row,) = found(value, *turns, **options)
    return row


@pytest.mark.parametrize(
    ("value", "kind", "line"),
    [
        (11500025, "number", 2),
        (11500025.0, "number", 2),
        ("11500025", "number", 2),
        ("$11,500,025", "number", 2),
        ("11'500'025 ", "number", 2),
        ("11 500 026", "number", 3),
        (1234500, "number", 4),
        (-5250, "number", 5),
        (5250, "number", 5),
        (12.5, "number", 6),
        (0.125, "number", 6),
        ("12.5%", "number", 6),
        ("12.5 percent", "number", 6),
        (11500000, "number", 7),
        ("11.5 million", "number", 7),
        ("2024-03-01", "date", 8),
        ("March 1, 2024", "date", 8),
        ("1st March 2024", "date", 8),
        ("2024-03-01T00:00:00", "date", 8),
        ("4/3/2024", "date", 8),
        ("2024-03-04", "date", 8),
        ("a well-known figure", "text", 9),
        ("A Wellknown Figure", "text", 9),
        ("“a well-known figure”", "quotation", 9),
        (120, "number", 11),
        (1500000, "number", 12),
        ("007", "text", 12),
        ("ZÜRICH'S SHARE", "text", 13),
        ("Zürich’s share — 4'321.75", "text", 13),
        (4321.75, "number", 13),
        (5_200_000, "number", 14),
        (0.75, "number", 14),
        ("3.5 Million", "number", 14),
        (420, "number", 14),
        (-40, "number", 14),
    ],
)
def test_what_stands_in_the_document_is_found_at_its_line(value: Any, kind: str, line: int) -> None:
    row = only(value)
    assert (row.verdict, row.lines, row.kind) == ("document", [line], kind)


@pytest.mark.parametrize(
    "value",
    [
        *(500025, 1500025, 11500, 25, -1234500, 1234.5, 2.5, 12.4, 11500024, 3, 4, 1.5, "13.5%", 11500025.5, 11.4),
        *(
            "2024-03-02",
            "March 2, 2024",
            "04/03/2025",
            "Nor",
            "Annual reports",
            "“a known figure”",
            "08",
            "2 March 2024",
        ),
    ],
)
def test_what_does_not_stand_there_is_not_found(value: Any) -> None:
    row = only(value)
    assert (row.verdict, row.lines, row.source, row.iteration, row.call) == ("ungrounded", [], None, None, None)


def grouped(number: int, mark: str) -> str:
    return f"{number:,}".replace(",", mark)


STYLES = {
    "plain": str,
    **{mark: lambda n, mark=mark: grouped(n, mark) for mark in (",", ".", " ", "'", "’", "\u00a0", "\u2009", "\u202f")},
    "dollar": lambda n: f"${n:,}",
    "euro": lambda n: f"{n:,}€".replace(",", "."),
    "code": lambda n: f"USD {n:,}",
    "cents": lambda n: f"{n:,}.00",
    "comma cents": lambda n: grouped(n, ".") + ",00",
    "float": lambda n: f"{n}.0",
    "scientific": lambda n: f"{n:.9e}",
    "unit": lambda n: f"{n:,}kg",
    "thousand": lambda n: f"{n / 1000:.3f} thousand",
}
WORDS = st.lists(st.sampled_from(["alpha", "beta", "gamma -", "delta:", "(x)", "é", "7", "x-1", ""]), max_size=30)


@given(st.integers(1_000, 10**9), st.sampled_from(sorted(STYLES)), WORDS, WORDS)
def test_a_number_in_any_style_is_found_at_its_line(
    number: int, style: str, above: list[str], below: list[str]
) -> None:
    written = STYLES[style](number)
    text = "\n".join([*above, f"It is {written}; so there", *below])
    row = only(number, context=text)
    assert (row.verdict, row.lines) == ("document", [len(above) + 1]), written


@given(st.integers(1_000, 10**9), st.sampled_from(sorted(STYLES)), st.integers(1_000, 10**9))
def test_another_number_is_not_found(number: int, style: str, other: int) -> None:
    written = STYLES[style](number)
    # Of 5 thousand the 5 stands there as well.
    assume(other != number and (style != "thousand" or other * 1000 != number))
    assert only(other, context=f"It is {written}; so there\n").verdict == "ungrounded", written


@given(st.integers(10_000, 10**9), st.sampled_from(sorted(STYLES)))
def test_a_part_of_a_number_is_not_found(number: int, style: str) -> None:
    digits = str(number)
    assume(len(set(digits)) > 1 and digits[1] != "0")
    for part in (digits[1:], digits[:-1], digits[1:-1]):
        if len(part) > 3:
            assert only(int(part), context=f"It is {STYLES[style](number)}; so there\n").verdict == "ungrounded"


@given(st.lists(st.sampled_from(["sales", "office", "naïve", "flat", "re-use", "“so”", "it's", "42"]), min_size=2))
def test_a_quotation_is_found_across_line_breaks_in_any_case(words: list[str]) -> None:
    printed = "\n".join(words).upper().replace("'", "’").replace("-", "‐")
    row = found(f"The text says «{' '.join(words)}», I think", context=f"first\nand {printed}, at last\n")[0]
    assert (row.kind, row.verdict, row.lines) == ("quotation", "document", [2])


def test_the_items_of_an_answer_of_any_shape_in_their_order() -> None:
    value = {"best": "North", "Zürich": [11500025, {"x": None, "y": True}], "note": "It fell to 12.5% by 2024-03-01."}
    rows = [(row.item, row.kind) for row in found(value)]
    assert rows == [
        ("North", "text"),
        ("Zürich", "text"),
        ("11500025", "number"),
        ("12.5%", "number"),
        ("2024-03-01", "date"),
    ]


def test_of_a_short_text_that_is_nowhere_the_figures_are_the_items() -> None:
    assert [(row.item, row.verdict) for row in found("about 11,500,025 kg")] == [("11,500,025", "document")]
    assert [(row.item, row.verdict) for row in found("Sales north: $11,500,025")] == [
        ("Sales north: $11,500,025", "document")
    ]


def test_a_longer_text_is_one_item_only_where_it_stands_in_the_document() -> None:
    text = "signed on 1 March 2024, filed 04/03/2024 he called it"
    assert [(row.item, row.verdict, row.lines) for row in found(text)] == [(text, "document", [8])]
    changed = text.replace("he", "she")
    assert [(row.item, row.kind, row.lines) for row in found(changed)] == [
        ("1 March 2024", "date", [8]),
        ("04/03/2024", "date", [8]),
    ]


def test_prose_yes_and_no_are_no_items() -> None:
    assert found("It went rather well in all of the regions that there are") == []
    assert found(["yes", "No", True, None, "", " ", "—"]) == []
    assert found({"total": None, "best_region": False}) == []


def test_figures_of_the_question_are_no_items_within_a_longer_answer() -> None:
    question = "What were the sales of the north in 2024?"
    rows = found("In 2024 the sales of the north were $11,500,025 as a whole.", question=question)
    assert [(row.item, row.lines) for row in rows] == [("$11,500,025", [2])]
    assert only(2024, turn(1, "print(max(years))", "2024\n"), question=question).verdict == "computed"


def test_what_an_output_shows_is_computed() -> None:
    turns = [turn(1, "print(len(context))", "315\n"), turn(2, "print(sum(sales))", "23,000,051\n")]
    row = only(23000051, *turns, turn(3, "FINAL(23000051)"))
    assert (row.verdict, row.iteration, row.lines, row.call) == ("computed", 2, [], None)


def test_what_code_hands_to_final_is_computed() -> None:
    row = only(23000051, turn(1, "FINAL(sum(sales))"))
    assert (row.verdict, row.iteration) == ("computed", 1)
    rows = found({"North": 23000051}, turn(1, "FINAL({'North': sum(sales)})"), context="nothing")
    assert [(row.item, row.verdict) for row in rows] == [("North", "ungrounded"), ("23000051", "computed")]


@pytest.mark.parametrize(
    "code",
    [
        "total = 23000051\nprint(total)",
        "print('23,000,051')",
        "x = {'total': [23_000_051]}\nprint(x)",
        "print(23 * 1000000 + 51)",
        "rows = []\nrows.append(23000051)\nprint(rows)",
        "print(f'the total is {23000051:,}')",
        "FINAL({'n': 23000051})",
    ],
)
def test_what_code_has_written_down_is_not_computed(code: str) -> None:
    turns = [turn(1, code, "23000051\n"), turn(2, "print(total)", "23000051\n"), turn(3, "FINAL(total)")]
    assert only(23000051, *turns).verdict == "ungrounded"


def test_what_is_searched_for_is_no_statement() -> None:
    turns = [turn(1, "rows = grep('23000051')\nprint(sum(r.count for r in rows if r.count > 23000051))", "23000051\n")]
    assert only(23000051, *turns).verdict == "computed"


@pytest.mark.parametrize(
    ("code", "verdict"), [("FINAL({'n': 8})", "ungrounded"), ("FINAL({'n': len(hits)})", "computed")]
)
def test_a_small_number_is_computed_or_written_down(code: str, verdict: str) -> None:
    assert only({"n": 8}, turn(1, code), context="nothing here").verdict == verdict


def test_where_a_row_stands_is_no_result() -> None:
    shown = turn(1, "print(rows)", "[GrepMatch(match='x', line='x', line_num=4711, start=90210)]\n")
    assert [row.verdict for row in found([4711, 90210], shown, turn(2, "FINAL([4711, 90210])"))] == ["ungrounded"] * 2


def test_rounded_numbers_are_computed_but_stand_in_no_document() -> None:
    shown = turn(1, "print(mean)", "33.338291\n")
    for value in (33.34, 33.3383, "about 33.3"):
        assert only(value, shown, turn(2, f"FINAL({value!r})")).verdict == "computed"
    assert only(33.35, shown, turn(2, "FINAL(33.35)")).verdict == "ungrounded"
    assert (
        only(33.338291234, turn(1, "print(f'{mean:.2f}')", "33.34\n"), turn(2, "FINAL(33.338291234)")).verdict
        == "computed"
    )
    assert only(33.34, context="the mean is 33.338291").verdict == "ungrounded"


def test_a_number_that_says_little_is_not_claimed_for_the_document() -> None:
    text = "\n".join(f"line {number}, of 120 or 8" for number in range(60))
    for value in (8, 120):
        row = only(value, turn(1, "print(count)", f"{value}\n"), context=text)
        assert (row.verdict, row.iteration, row.lines) == ("computed", 1, [])
    proof = Evidence(source="text", line=3, text="line 2, of 120 or 8")
    row = only(8, turn(1, "print(count)", "8\n"), context=text, evidence=[proof])
    assert (row.verdict, row.source, row.lines, row.iteration) == ("document", "text", [3], 1)
    row = only(8, context=text)
    assert (row.verdict, len(row.lines)) == ("document", 20)


def test_what_a_sub_model_said_first_is_its_own_also_where_code_printed_it() -> None:
    call = Call(id=7, kind="llm_query", prompt="?", response="There were 4,711 of them in Wonderland.")
    told = turn(1, "print(llm_query('?'))", "There were 4,711 of them in Wonderland.\n", (call,))
    rows = found([4711, "Wonderland"], told, turn(2, "FINAL(answer)"))
    assert [(row.verdict, row.call, row.iteration) for row in rows] == [("sub-model", 7, None)] * 2
    before = turn(1, "print(n)", "4711\n")
    later = turn(2, "print(llm_query('?'))", "", (call,))
    assert (row := only(4711, before, later)).verdict == "computed"
    assert row.iteration == 1


def test_replies_deep_in_the_run_tree_and_tools() -> None:
    deep = Call(id=3, kind="llm_query", response="It is 4,711.")
    inner = Trace(iterations=[turn(1, "x = llm_query('?')", "", (deep,))])
    run = Call(id=2, kind="rlm_query", response='"many"', trace=inner)
    outer = Call(id=1, kind="rlm_query", response="null", trace=Trace(iterations=[turn(1, "", "", (run,))]))
    row = only(4711, turn(1, "x = rlm_query('?', context)", "", (outer,)), turn(2, "FINAL(x)"))
    assert (row.verdict, row.call) == ("sub-model", 3)
    price = Call(id=4, kind="tool", name="price", response="4711.5")
    row = only(4711.5, turn(1, "print(price('A'))", "4711.5\n", (price,)))
    assert (row.verdict, row.iteration, row.call) == ("computed", 1, 4)


def test_of_several_documents_it_says_which() -> None:
    row = only(4711, context={"a": "nothing", "b": "no\n4711", "c": "4711"})
    assert (row.verdict, row.source, row.lines) == ("document", "b", [2])


def test_numbers_that_are_glued_to_words_or_within_others() -> None:
    text = "INV20240017 v1.2.3 ip 10.20.30.40 sales_2031: 5 Q3 time 10:30 on 2024-03-01 and 3-7 lines"
    assert only(20240017, context=text).verdict == "document"
    assert only(2031, context=text).verdict == "document"
    for value in (1.2, 20.3, 2.3, 30, 20, 10):
        assert only(value, context=text).verdict == "ungrounded", value
    assert only(7, context=text).verdict == "document"


@pytest.mark.parametrize(
    "value",
    [
        "é" * 10_000_000,
        "1," * 200_000,
        "'\"“‘«" * 50_000,
        "a-\n\n\n" * 30_000,
        "(" * 100_000,
        list(range(1_000, 101_000)),
        [f"name {number}" for number in range(100_000)],
        10**5_000,
        [float("nan"), float("inf"), 1e308, -1e-308, 5e-324, 10**300],
        {"a" * 100_000: "b" * 100_000},
        json.loads("[" * 500 + "]" * 500),
        "\ud800 \x00 ‮ 12345",
        "\u00ad" * 90,
    ],
    ids=lambda value: repr(value)[:12] if not isinstance(value, int) else "huge",
)
def test_an_answer_of_any_size_is_bounded(value: Any) -> None:
    rows = found(value, turn(1, "print(x)", "1\n" * 1_000))
    assert len(rows) <= 200
    assert all(len(row.item) <= 300 for row in rows)
    assert Trace(grounding=list(rows)).to_json()


def test_a_remark_says_what_was_not_looked_for() -> None:
    rows = found(list(range(1_000, 11_000)))
    assert (len(rows), rows.remark) == (
        200,
        "Grounding: only the first figures and texts of this long answer were looked for.",
    )
    assert found(11500025).remark == ""


def test_the_time_holds_for_the_calls_of_one_turn_too() -> None:
    reply = " ".join(str(number * 7) for number in range(20_000))
    calls = [Call(id=number, kind="llm_query", response=f"{number} {reply}") for number in range(60)]
    calls.append(Call(id=60, kind="llm_query", response="It is 123456789.5"))
    turn = Iteration(index=1, code="print(1)", calls=calls)
    rows = ground([123456789.5], Document.of(REPORT), Trace(status="answered", iterations=[turn]), seconds=0.1)
    assert list(rows) == []
    assert rows.remark.startswith("Grounding: 1 could not be looked for everywhere")


def test_without_time_nothing_is_claimed() -> None:
    rows = ground([11500025, "Nowhere"], Document.of(REPORT), Trace(status="answered"), seconds=0)
    assert list(rows) == []
    assert rows.remark == "Grounding: 2 could not be looked for everywhere in 0 s and are left out."


def test_texts_that_are_no_plain_utf_8_and_borders_of_parts() -> None:
    assert only(4711, context=Document([Text.from_str("t", "text", "\ud800 é\n“4711”\n")])).lines == [2]
    line = "é" * 63 + "\n"
    data = line.encode() * ((16 << 20) // len(line.encode()))
    for cut in range(12):
        text = Text(
            "t", "text", data[: len(data) - cut].decode("utf-8", "ignore").encode() + b" 11,500,025 " + data[:500]
        )
        row = only(11500025, context=Document([text]))
        assert (row.verdict, row.lines) == ("document", [text.line_at_byte(bytes(text.view).index(b"11,5"))])


async def test_a_real_run(scripted_server: Any) -> None:
    proof = block("FINAL({'sum': total, 'south': 2500}, evidence=[m.line_num for m in grep('^SALES')])")
    result = await run(scripted_server([block(SUM), proof]))
    assert result.trace.value == {"sum": TOTAL, "south": 2500}
    total, south = ground(result.trace.value, Document.of(DOCUMENT), result.trace)
    assert (total.verdict, total.iteration) == ("computed", 1)
    assert (south.verdict, south.lines, south.iteration) == ("document", [4], None)


def test_the_answers_to_the_shared_questions(shared_data: Path) -> None:
    for asked in json.loads((shared_data / "questions.json").read_text()):
        text = (shared_data / asked["document"]).read_text()
        row = only(asked["answer"], turn(1, "FINAL(total)"), context=text, question=asked["question"])
        assert row.verdict == "computed", asked
        for number in asked.get("evidence_lines", []):
            row = only(to_number(text.split("\n")[number - 1]), context=text)
            assert (row.verdict, number in row.lines) == ("document", True)
