"""Canaries: planted lines that a run's code finds or misses; no model is asked, and the seed settles all."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from runs import block, run
from scripted_server import ScriptedServer

from rlm_kernel import Answer
from rlm_kernel.cli import main
from rlm_kernel.replay.canary import CanaryError, canary
from rlm_kernel.replay.canary_needles import needles
from rlm_kernel.trace import Trace

Serve = Callable[..., ScriptedServer]
LINES = [f"2024-03-{1 + n % 28:02} order {n}: SALES ${1_000 + 7 * n:,} status 200" for n in range(40)]
REPORT = "\n".join(["Report of the year 2024", *(f"{line}\nnothing to see here" for line in LINES), "End."])
SUM = r'FINAL(sum(to_number(m.line.split("SALES")[1].split("status")[0]) for m in {rows}))'
CSV = "\n".join(["region,amount,year", *(f"{'north' if n % 2 else 'south'},{500 + n},2024" for n in range(30))])


async def traced(serve: Serve, *codes: str, context: str = REPORT, **settings: object) -> Trace:
    result = await run(serve([block(code) for code in codes]), "How much?", context, **settings)
    assert result.trace.status == "answered", result.trace.reason
    return Trace.from_json(result.trace.to_json())


async def test_code_that_searches_everywhere_finds_all_and_the_interval_is_wilsons(scripted_server: Serve) -> None:
    trace = await traced(scripted_server, SUM.format(rows='grep("SALES")'))
    report = canary(trace, REPORT, n=6, seed=1)
    assert (report.found, report.count, report.missed) == (6, 6, [])
    assert report.high == 1.0
    assert report.low == pytest.approx(0.6097, abs=0.001)
    for each in report.planted:
        assert each.how == "answer"
        assert each.needle.value not in REPORT
        # Dates, and what is the same in all rows, stay as they are: the search may go by them.
        assert each.needle.text.startswith("2024-03-")
        assert each.needle.text.endswith("status 200")


async def test_code_that_stops_early_misses_what_comes_later_and_says_which(scripted_server: Serve) -> None:
    trace = await traced(scripted_server, SUM.format(rows='grep("SALES")[:20]'))
    report = canary(trace, REPORT, n=8, seed=0)
    assert 0 < report.found < 8
    assert all(needle.line > 40 for needle in report.missed)
    needle = report.missed[0]
    assert f"missed: {needle.source}, line {needle.line}: {needle.text}" in report.text
    assert f"found {report.found} of 8" in report.text
    again = canary(trace, REPORT, n=8, seed=0)
    assert [each.needle for each in again.planted] == [each.needle for each in report.planted]
    assert [each.how for each in again.planted] == [each.how for each in report.planted]


async def test_a_largest_value_is_not_missed_because_a_smaller_one_changes_nothing(scripted_server: Serve) -> None:
    code = r'FINAL(max(to_number(m.line.split("SALES")[1].split("status")[0]) for m in grep("SALES")))'
    report = canary(await traced(scripted_server, code), REPORT, n=6)
    assert report.found == 6


async def test_code_that_reads_the_context_itself_is_judged_by_its_answer(scripted_server: Serve) -> None:
    code = 'FINAL(sum(1 for line in context.split("\\n") if "SALES" in line), evidence=[2, 4, 6])'
    report = canary(await traced(scripted_server, code), REPORT, n=3)
    assert [each.how for each in report.planted] == ["answer"] * 3


async def test_an_answer_that_shifts_because_lines_shift_has_found_nothing(scripted_server: Serve) -> None:
    code = 'FINAL(to_number(context.split("\\n")[61].split("order")[1]), evidence=[62])'
    trace = await traced(scripted_server, code, context=REPORT)
    report = canary(trace, REPORT, n=4, seed=2)
    # An empty line above moves line 62 as well.
    assert all(each.how == "missed" or each.needle.line == 62 for each in report.planted)


async def test_rows_of_a_table_are_planted_among_its_rows(scripted_server: Serve) -> None:
    code = (
        'FINAL(sum(row["amount"] for row in sql("SELECT amount FROM data WHERE region = \'north\'")), evidence=[3, 5])'
    )
    report = canary(await traced(scripted_server, code, context=CSV), CSV, n=4)
    assert all(each.needle.line >= 3 for each in report.planted)
    assert all(each.needle.text.endswith(",2024") for each in report.planted)
    assert (report.found, report.count) == (4, 4)


async def test_a_line_that_is_sent_to_a_sub_model_counts_and_is_named(scripted_server: Serve) -> None:
    code = 'rows = grep("SALES")\nFINAL(llm_query("How many?", "\\n".join(m.line for m in rows)), evidence=[2])'
    server = {"scripted": [block(code)], "small": ["forty"]}
    result = await run(scripted_server(server), "How many?", REPORT, sub_model="small")
    report = canary(result.trace, REPORT, n=2)
    assert [each.how for each in report.planted] == ["sub-model", "sub-model"]
    assert any("sent to a sub-model" in remark for remark in report.remarks)


async def test_what_has_no_rows_is_refused_in_one_sentence(scripted_server: Serve) -> None:
    trace = await traced(scripted_server, "FINAL(len(context))")
    with pytest.raises(CanaryError, match="names no line of the document"):
        canary(trace, REPORT)
    with pytest.raises(CanaryError, match="from 1 to 1,000"):
        canary(trace, REPORT, n=0)
    with pytest.raises(CanaryError, match="No canary can be planted"):
        canary(trace, "another document")


async def test_an_answer_and_the_command_line_give_the_same(
    scripted_server: Serve, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trace = await traced(scripted_server, SUM.format(rows='grep("SALES")[:20]'))
    report = Answer(trace).canary(n=3, seed=5, document=REPORT)
    (tmp_path / "trace.json").write_text(trace.to_json())
    (tmp_path / "report.txt").write_text(REPORT)
    words = ["canary", str(tmp_path / "trace.json"), str(tmp_path / "report.txt"), "-n", "3", "--seed", "5"]
    code = main([*words, "--json"])
    told = json.loads(capsys.readouterr().out)
    assert (told["found"], told["planted"]) == (report.found, [each.to_dict() for each in report.planted])
    assert code == (1 if report.missed else 0)
    assert main(["canary", str(tmp_path / "none.json")]) == 2
    assert "cannot be read" in capsys.readouterr().err


def test_values_are_of_the_same_form_and_stand_nowhere() -> None:
    from rlm_kernel import Document

    (text,) = Document.of("The key is Alpha\nThe key is Bravo").texts
    made = needles([(text, 1), (text, 2)], 5, seed=0)
    assert len({each.value for each in made}) == 5
    for each in made:
        assert each.text.startswith("The key is ")
        assert each.value[0].isupper()
        assert each.value[1:].islower()
        assert len(each.value) == 5
