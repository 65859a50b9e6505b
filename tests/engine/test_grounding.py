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
from rlm_kernel.trace import Call, Evidence, Grounding, Iteration, Searched, Span, Trace

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
            "North Annual",
            "“a known figure”",
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
    row = only(f"The text says «{' '.join(words)}», I think", context=f"first\nand {printed}, at last\n").parts[0]
    assert (row.kind, row.verdict, row.lines) == ("quotation", "document", [2])


def test_every_value_of_an_answer_of_any_shape_has_one_verdict() -> None:
    value = {"best": "North", "Zürich": [11500025, {"x": None, "y": True}], "note": "It fell to 12.5% by 2024-03-01."}
    rows = [(row.path, row.item, row.verdict) for row in found(value)]
    assert rows == [
        ("best", "North", "document"),
        ('["Zürich"]', "Zürich", "document"),
        ('["Zürich"][0]', "11500025", "document"),
        ('["Zürich"][1].x', "null", "absent"),
        ('["Zürich"][1].y', "true", "prose"),
        ("note", "It fell to 12.5% by 2024-03-01.", "prose"),
    ]
    (note,) = found(value["note"])
    assert [(part.item, part.verdict, part.lines) for part in note.parts] == [
        ("12.5%", "document", [6]),
        ("2024-03-01", "document", [8]),
    ]


def test_a_figure_with_its_unit_is_where_the_figure_is() -> None:
    assert [(row.item, row.verdict) for row in found("about 11,500,025 kg")] == [("about 11,500,025 kg", "document")]
    assert [(row.item, row.verdict) for row in found("$11,500,025 / 11 500 026")] == [
        ("$11,500,025 / 11 500 026", "document")
    ]
    assert [(row.item, row.lines) for row in found("Sales north: $11,500,025")] == [("Sales north: $11,500,025", [2])]


def test_a_longer_text_is_quoted_only_where_it_stands_in_the_document() -> None:
    text = "signed on 1 March 2024, filed 04/03/2024 he called it"
    assert [(row.item, row.verdict, row.lines) for row in found(text)] == [(text, "document", [8])]
    row = only(text.replace("he", "she"))
    assert (row.verdict, [(part.item, part.kind, part.lines) for part in row.parts]) == (
        "prose",
        [("1 March 2024", "date", [8]), ("04/03/2024", "date", [8])],
    )


def test_prose_with_a_figure_or_a_name_that_is_nowhere_is_found_nowhere() -> None:
    for text, part in [
        ("The sales of the north fell by 77,777 in all.", "77,777"),
        ("All of it was found out by the office in Rotterdam at last.", "Rotterdam"),
    ]:
        row = only(text, turn(1, f"FINAL({text!r})"))
        assert (row.verdict, [(each.item, each.verdict) for each in row.parts]) == (
            "ungrounded",
            [(part, "ungrounded")],
        )


def test_what_says_nothing_to_look_for_is_prose() -> None:
    rows = found(["It went rather well in all of the regions that there are", "yes", "No", True])
    assert {row.verdict for row in rows} == {"prose"}


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {},
        "Not stated in the document.",
        "n/a",
        "The document does not mention it",
        "nicht angegeben",
        "No data",
    ],
)
def test_absence_names_the_searches_that_found_nothing(value: Any) -> None:
    told = turn(1, "print(grep('zebra'))", "[]\n")
    told.searches = [Searched(tool="grep", pattern="zebra"), Searched(tool="grep", pattern="sales", hits=2)]
    row = only(value, told, turn(2, "FINAL(x)"))
    assert (row.verdict, [search.pattern for search in row.searches]) == ("absent", ["zebra"])


def test_figures_of_the_question_are_no_items_within_a_longer_answer() -> None:
    question = "What were the sales of the north in 2024?"
    row = only("In 2024 the sales of the north were $11,500,025 as a whole.", question=question)
    assert [(part.item, part.lines) for part in row.parts] == [("$11,500,025", [2])]
    years = "years = [int(m.groups[0]) for m in grep(r'(20..)')]\nprint(max(years))"
    assert only(2024, turn(1, years, "2024\n"), turn(2, "FINAL(max(years))"), question=question).verdict == "computed"


SALES = "sales = [to_number(m.line) for m in grep('Sales')]"


def test_what_code_computes_leads_to_the_code_and_the_lines() -> None:
    turns = [turn(1, f"{SALES}\nprint(sum(sales))", "23,000,051\n"), turn(2, "total = sum(sales)\nFINAL(total)")]
    turns[0].spans = [
        Span(tool="grep", source="text", start_line=2, end_line=3, line=1),
        Span(tool="grep", source="text", start_line=9, end_line=9, line=2),
    ]
    row = only(23000051, *turns)
    assert (row.verdict, row.iteration, row.lines, row.call) == ("computed", 2, [], None)
    assert row.derivation is not None
    assert [(step.iteration, step.line) for step in row.derivation.steps] == [(1, 1), (2, 1), (2, 2)]
    assert [(span.start_line, span.end_line) for span in row.derivation.spans] == [(2, 3)]


def test_what_the_model_has_retyped_was_typed_and_shown() -> None:
    turns = [turn(1, f"{SALES}\nprint(sum(sales))", "23,000,051\n"), turn(2, "FINAL(23000051)")]
    row = only(23000051, *turns)
    assert (row.verdict, row.iteration) == ("typed", 1)
    assert row.derivation is not None


def test_computed_beats_what_stands_there_by_chance() -> None:
    text = "Room 213 is closed.\n" + "row\n" * 213
    turns = [turn(1, "rows = grep('row')\nprint(len(rows))", "213\n"), turn(2, "FINAL(len(rows))")]
    assert only(213, *turns, context=text).verdict == "computed"
    lines = "\n".join(f'{{"id": "e{number}"}}' for number in range(3_000))
    counted = turn(1, "FINAL(sum(1 for m in finditer('id') if m.line_num % 2))")
    assert only(1500, counted, context=lines).verdict == "computed"
    assert only(200, turn(1, "FINAL(len(grep('x')))"), context="[00200] x").verdict == "computed"
    assert only(200, turn(1, "FINAL(200)"), context="[00200] x").verdict == "ungrounded"


def test_a_calculation_with_figures_that_were_shown() -> None:
    text = "Base 420,000 and 58,000.\n"
    turns = [turn(2, "n = (420_000 + 58_000) * 0.95; print(n)", "454100.0\n"), turn(3, "FINAL(n)")]
    assert only(454100.0, turn(1, "print(context)", text), *turns, context=text).verdict == "computed"
    invented = [turn(2, "n = (720_000 + 58_111) * 0.95; print(n)", "739205.45\n"), turn(3, "FINAL(n)")]
    assert only(739205.45, turn(1, "print(context)", text), *invented, context=text).verdict == "ungrounded"


def test_an_early_constant_does_not_hide_what_is_computed_later() -> None:
    turns = [turn(1, "n = 1\nprint(17, n)", "17 1\n"), turn(2, "n = len(grep('e'))\nprint(n)", "17\n")]
    assert only(17, *turns, turn(3, "FINAL(n)")).verdict == "computed"


@pytest.mark.parametrize(
    "code",
    [
        "FINAL(len(grep('x')) * 0 + 4711)",
        "n = 4711 if grep('x') else 0\nFINAL(n)",
        "k = 4711\nn = len(grep('x'))\nif n > 5: n = k\nFINAL(n)",
        "d = {'total': 4711}\nfor m in grep('x'): FINAL(d['total'])",
        "FINAL(max(len(grep('x')), 4711))",
        "FINAL(int('47' + '11'))",
        "FINAL([4711 for m in grep('x')][0])",
        "def total(rows): return 4711\nFINAL(total(grep('x')))",
        "FINAL(int(grep('x')[0].line.replace('x', '4711')))",
        "import re\nFINAL(int(re.sub('.*', '4711', context)))",
        "FINAL({'a': 1}.get(grep('x')[0].line, 4711))",
        "FINAL(sum([4711]))",
        "FINAL(len(grep('x')) + 4000 + 710)",
        "x = [4711]\nx += [len(grep('x'))]\nFINAL(x[0])",
    ],
)
def test_a_constant_is_never_a_result_whatever_it_went_through(code: str) -> None:
    assert only(4711, turn(1, code), context="x here\n").verdict == "ungrounded"


@pytest.mark.parametrize(
    "code",
    [
        "total = 23000051\nprint(total)",
        "print('23,000,051')",
        "x = {'total': [23_000_051]}\nprint(x)",
        "print(23 * 1000000 + 51)",
        "rows = []\nrows.append(23000051)\nprint(rows)",
        "print(f'the total is {23000051:,}')",
    ],
)
def test_what_code_has_written_down_is_not_computed(code: str) -> None:
    turns = [turn(1, code, "23000051\n"), turn(2, "print(total)", "23000051\n"), turn(3, "FINAL(total)")]
    assert only(23000051, *turns).verdict == "ungrounded"


def test_what_is_searched_for_is_no_statement() -> None:
    code = "rows = grep('23000051')\nn = sum(r.count for r in rows if r.count > 23000051)\nprint(n)"
    assert only(23000051, turn(1, code, "23000051\n"), turn(2, "FINAL(n)")).verdict == "computed"


@pytest.mark.parametrize(
    ("code", "verdict"), [("FINAL({'n': 8})", "ungrounded"), ("FINAL({'n': len(grep('x'))})", "computed")]
)
def test_a_small_number_is_computed_or_written_down(code: str, verdict: str) -> None:
    assert only({"n": 8}, turn(1, code), context="nothing here").verdict == verdict


def test_where_a_row_stands_is_no_result() -> None:
    shown = turn(1, "print(rows)", "[GrepMatch(match='x', line='x', line_num=4711, start=90210)]\n")
    assert [row.verdict for row in found([4711, 90210], shown, turn(2, "FINAL([4711, 90210])"))] == ["ungrounded"] * 2


def test_rounded_numbers_were_shown_but_stand_in_no_document() -> None:
    shown = turn(1, "mean = len(grep('e')) / 7\nprint(mean)", "33.338291\n")
    for value in (33.34, 33.3383, "about 33.3"):
        assert only(value, shown, turn(2, f"FINAL({value!r})")).verdict == "typed"
    assert only(33.35, shown, turn(2, "FINAL(33.35)")).verdict == "ungrounded"
    assert only(33.338291, shown, turn(2, "FINAL(mean)")).verdict == "computed"
    assert only(33.34, context="the mean is 33.338291").verdict == "ungrounded"


def test_a_number_that_says_little_is_not_claimed_for_the_document() -> None:
    text = "\n".join(f"line {number}, of 120 or 8" for number in range(60))
    for value in (8, 120):
        count = turn(1, "count = len(grep('x'))\nprint(count)", f"{value}\n")
        row = only(value, count, turn(2, f"FINAL({value})"), context=text)
        assert (row.verdict, row.iteration, row.lines) == ("typed", 1, [])
    proof = Evidence(source="text", line=3, text="line 2, of 120 or 8")
    row = only(8, turn(1, "FINAL(8)"), context=text, evidence=[proof])
    assert (row.verdict, row.source, row.lines) == ("document", "text", [3])
    assert only(8, turn(1, "FINAL(8)"), context=text).verdict == "ungrounded"


def test_what_a_sub_model_said_first_is_its_own_also_where_code_printed_it() -> None:
    call = Call(id=7, kind="llm_query", prompt="?", response="There were 4,711 of them in Wonderland.", line=1)
    told = turn(1, "print(a := llm_query('?'))", "There were 4,711 of them in Wonderland.\n", (call,))
    rows = found([4711, "Wonderland"], told, turn(2, "FINAL([4711, 'Wonderland'])"))
    assert [(row.verdict, row.call, row.iteration) for row in rows] == [("sub-model", 7, None)] * 2
    sentence = "There were 4,711 of them in Wonderland."
    row = only(sentence, told, turn(2, "FINAL(a)"))
    assert (row.verdict, row.call) == ("sub-model", 7)
    row = only(1, told, turn(2, "FINAL(sum(1 for line in a.split() if line == 'them'))"))
    assert (row.verdict, row.derivation and row.derivation.calls) == ("computed", [7])


def test_replies_deep_in_the_run_tree_and_tools() -> None:
    deep = Call(id=3, kind="llm_query", response="It is 4,711.")
    inner = Trace(iterations=[turn(1, "x = llm_query('?')", "", (deep,))])
    run = Call(id=2, kind="rlm_query", response='"many"', trace=inner)
    outer = Call(id=1, kind="rlm_query", response="null", trace=Trace(iterations=[turn(1, "", "", (run,))]))
    row = only(4711, turn(1, "x = rlm_query('?', context)", "", (outer,)), turn(2, "FINAL(x)"))
    assert (row.verdict, row.call) == ("sub-model", 3)
    price = Call(id=4, kind="tool", name="price", response="4711.5", line=1)
    told = turn(1, "p = price('A')\nFINAL(p)", "", (price,))
    row = only(4711.5, told, settings={"tools": ["price"]})
    assert (row.verdict, row.derivation and row.derivation.calls) == ("computed", [4])


def test_an_answer_in_another_way_of_writing_than_was_shown() -> None:
    text = "Signed 15 March 2024, three copies; 1.234,50 EUR, 12 thousand units, 45%, dreiundzwanzig Tage\n"
    told = turn(1, "print(context)", text)
    for value in ("2024-03-15", 3, 1234.5, 12000, 0.45, 23):
        row = only(value, told, turn(2, f"FINAL({value!r})"), context=text)
        assert (row.verdict, row.lines) == ("document", [1]), value


def test_of_several_documents_it_says_which() -> None:
    row = only(4711, context={"a": "nothing", "b": "no\n4711", "c": "4711"})
    assert (row.verdict, row.source, row.lines) == ("document", "b", [2])


def test_numbers_that_are_glued_to_words_or_within_others() -> None:
    text = "INV20240017 v1.2.3 ip 10.20.30.40 sales_2031: 5 Q3 time 10:30 on 2024-03-01 and 3-7 lines"
    for value in (1.2, 20.3, 2.3, 30, 20, 10, 20240017, 2031):
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
        "Grounding: only the first values of this long answer were looked for.",
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


def test_the_lines_of_a_long_text_are_found_in_their_order() -> None:
    filler = b"an ordinary line of the log, of no interest\n" * 100_000
    begin = b"Total 31337\nAlice Rivers\n" + b"Total 4711\n" * 30
    ends = [b"Alice Rivers of Utrecht\n", b"Total 31337, Alice Rivers\n", b"Bob Stone\n"]
    data = begin + b"".join(filler * 5 + end for end in ends)
    document = Document([Text("log", "text", data)])
    at = [33 + 500_000 * count + number for number, count in enumerate((1, 2, 3))]
    values = [31337, "Alice Rivers", 4711, "Bob Stone", "Carol Woods"]
    rows = ground(values, document, Trace(status="answered"))
    assert [row.verdict for row in rows] == ["document", "document", "document", "document", "ungrounded"]
    assert [row.lines for row in rows] == [
        [1, at[1]],
        [2, at[0], at[1]],
        list(range(3, 23)),
        [at[2]],
        [],
    ]


async def test_a_real_run(scripted_server: Any) -> None:
    proof = block("FINAL({'sum': total, 'south': 2500}, evidence=[m.line_num for m in grep('^SALES')])")
    result = await run(scripted_server([block(SUM), proof]))
    assert result.trace.value == {"sum": TOTAL, "south": 2500}
    total, south = ground(result.trace.value, Document.of(DOCUMENT), result.trace)
    assert (total.verdict, total.iteration) == ("computed", 1)
    assert total.derivation is not None
    assert [(span.start_line, span.end_line) for span in total.derivation.spans] == [(2, 2), (4, 4)]
    assert (south.verdict, south.lines, south.iteration) == ("document", [4], None)


def test_the_answers_to_the_shared_questions(shared_data: Path) -> None:
    for asked in json.loads((shared_data / "questions.json").read_text()):
        text = (shared_data / asked["document"]).read_text()
        row = only(
            asked["answer"],
            turn(1, "FINAL(sum(to_number(m.line) for m in grep('x')))"),
            context=text,
            question=asked["question"],
        )
        assert row.verdict == "computed", asked
        for number in asked.get("evidence_lines", []):
            row = only(to_number(text.split("\n")[number - 1]), context=text)
            assert (row.verdict, number in row.lines) == ("document", True)
