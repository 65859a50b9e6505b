"""Comparing models: judging, counting, going on where it stopped; against a scripted server, and as a command."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from commands import run_here
from runs import DOCUMENT, SUM, TOTAL, block, engine
from scripted_server import ScriptedServer, fail, hang

from rlm_kernel import RLM, demo
from rlm_kernel.comparing import (
    Comparison,
    Question,
    QuestionError,
    ResultsError,
    StoredResult,
    acompare,
    checks,
    compare,
    confidence,
    demo_questions,
    read_questions,
)

Serve = Callable[..., ScriptedServer]
TOTAL_OF = Question("What is the total?", DOCUMENT, TOTAL, "number", name="total")
LONGEST = Question("Which region is first?", DOCUMENT, "north", "text", name="first")


def says(*replies: str) -> Callable[[dict[str, Any]], str]:
    """A script that answers the k-th seed's runs with the k-th reply, over and over."""

    def answer(body: dict[str, Any]) -> str:
        return replies[(body["seed"] - 1) % len(replies)]

    return answer


GOOD = block(f"{SUM}\nFINAL(total)")
# Nothing is asked of it.
NOWHERE = RLM("m", "http://127.0.0.1:9/v1", api_key="none")
WRONG = block("FINAL(len(context))")


@pytest.mark.parametrize(
    ("value", "expected", "check", "tolerance", "verdict"),
    [
        (3, 3.0, "exact", 0, True),
        (True, 1, "exact", 0, False),
        (" north ", "north", "exact", 0, True),
        ("North", "north", "exact", 0, False),
        ([1, [True]], [1, [1]], "exact", 0, False),
        ({"a": 1}, {"a": 1.0}, "exact", 0, True),
        ({"a": 1}, {"b": 1}, "exact", 0, False),
        ("North.", " north", "text", 0, True),
        (["A", "b"], ["a", "B"], "text", 0, True),
        ("north and south", "north", "text", 0, False),
        (3500, 3500, "number", 0, True),
        ("$3,500 in all", 3500, "number", 0, True),
        (3501, 3500, "number", 0, False),
        (3501, 3500, "number", 1, True),
        (3535, 3500, "number", "1%", True),
        (3536, 3500, "number", "1%", False),
        (0.1 + 0.2, 0.3, "number", 0, True),
        (True, 1, "number", 0, False),
        ("none at all", 3, "number", 0, False),
        (["b", "A"], ["a", "b"], "items", 0, True),
        (["a", "a"], ["a", "b"], "items", 0, False),
        (["a"], ["a", "b"], "items", 0, False),
        ("a", ["a"], "items", 0, False),
        (None, "north", "text", 0, False),
        (None, None, "exact", 0, True),
    ],
)
def test_answers_are_judged_by_code(value: Any, expected: Any, check: str, tolerance: Any, verdict: bool) -> None:
    assert checks.right(value, expected, check, tolerance, {}) is verdict


def test_a_check_of_the_users_own_that_fails_says_so() -> None:
    assert checks.right("abc", 3, "length", 0, {"length": lambda value, answer: len(value) == answer})
    with pytest.raises(ValueError, match=r"The check 'length' fails on the value 7: TypeError: .*has no len"):
        checks.right(7, 3, "length", 0, {"length": lambda value, answer: len(value) == answer})


def test_agreement_is_the_share_of_the_commonest_answer() -> None:
    assert checks.agreement([3500, "3,500", 9, 3500.0], "number", 0) == 0.75
    assert checks.agreement([None, None, "x"], "exact", 0) == pytest.approx(2 / 3)
    assert checks.agreement([], "exact", 0) is None


@pytest.mark.parametrize(
    ("hits", "count", "low", "high"),
    # Figures of Newcombe (1998), table I, and the limits at both ends.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilsons_interval(hits: int, count: int, low: float, high: float) -> None:
    made = confidence.share(hits, count)
    assert made is not None
    assert (made.low, made.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def test_students_interval() -> None:
    made = confidence.mean([1, 2, 3, 4, 5])
    assert made is not None
    # t for 4 degrees of freedom is 2.776, and the variance 2.5.
    assert (made.value, made.low, made.high) == (3, pytest.approx(1.037, abs=1e-3), pytest.approx(4.963, abs=1e-3))
    assert confidence.mean([7]) == confidence.Interval(7)
    assert confidence.mean([]) is None
    # Beyond the table: t for 60 degrees of freedom is 2.0003.
    many = confidence.mean([0.0, 1.0] * 30 + [0.5])
    assert many is not None
    assert many.high is not None
    assert (many.high - 0.5) / (0.5 * (60 / 60) ** 0.5 / 61**0.5) == pytest.approx(2.0003, abs=2e-3)


async def test_a_comparison_counts_what_is_right_and_what_it_took(scripted_server: Serve, tmp_path: Path) -> None:
    server = scripted_server({"good": says(GOOD), "shaky": says(GOOD, WRONG, GOOD, WRONG)})
    told: list[tuple[int, int, str]] = []
    made = await acompare(
        {name: engine(server, model=name, prices={name: {"input": 10, "output": 10}}) for name in ("good", "shaky")},
        [TOTAL_OF],
        runs=4,
        results=tmp_path / "results.jsonl",
        on_run=lambda done, of, record: told.append((done, of, record.model)),
    )
    good, shaky = made.totals
    assert (good.right, good.runs, good.agreement, good.failed) == (4, 4, 1.0, 0)
    assert (shaky.right, shaky.runs, shaky.agreement) == (2, 4, 0.5)
    assert good.accuracy is not None
    assert (good.accuracy.value, good.accuracy.low) == (1.0, pytest.approx(0.5101, abs=1e-4))
    assert good.tokens is not None
    assert good.cost is not None
    assert good.tokens.value == 100 + len(GOOD) // 4 + 1
    assert good.cost.value == pytest.approx(good.tokens.value / 100_000)
    assert good.iterations == confidence.Interval(1, 1, 1)
    assert told == [(n, 8, ("good", "shaky")[(n - 1) % 2]) for n in range(1, 9)]
    assert sorted(request["seed"] for request in server.requests) == [1, 1, 2, 2, 3, 3, 4, 4]
    assert [row.question for row in made.rows] == ["total", "total"]
    assert made.missing == 0
    data = json.loads(made.to_json())
    assert [one["right"] for one in data["records"] if one["model"] == "shaky"] == [True, False, True, False]


async def test_what_is_in_the_results_is_not_run_again(scripted_server: Serve, tmp_path: Path) -> None:
    file = tmp_path / "results.jsonl"
    server = scripted_server({"m": says(GOOD)})
    rlms = {"m": engine(server, model="m")}
    await acompare(rlms, [TOTAL_OF], runs=2, results=file)
    assert len(server.requests) == 2
    # Two more runs, another question; an answer that was wrong in the questions is corrected without a run.
    corrected = Question(TOTAL_OF.question, DOCUMENT, 1, "number", name="total")
    made = await acompare(rlms, [corrected, LONGEST], runs=3, results=file)
    assert len(server.requests) == 2 + 1 + 3
    assert (made.totals[0].runs, made.totals[0].right) == (6, 0)
    again = await acompare(rlms, [TOTAL_OF], runs=3, results=file)
    assert len(server.requests) == 6
    assert (again.totals[0].right, again.left_aside) == (3, 3)
    # Another document, or other settings, are other runs.
    await acompare(
        rlms, [Question(TOTAL_OF.question, DOCUMENT + "x", TOTAL, "number", name="total")], runs=1, results=file
    )
    await acompare({"m": engine(server, model="m", max_iterations=3)}, [TOTAL_OF], runs=1, results=file)
    assert len(server.requests) == 8


async def test_a_line_that_was_cut_off_costs_only_itself(scripted_server: Serve, tmp_path: Path) -> None:
    file = tmp_path / "results.jsonl"
    server = scripted_server({"m": says(GOOD)})
    rlms = {"m": engine(server, model="m")}
    await acompare(rlms, [TOTAL_OF], runs=2, results=file)
    file.write_bytes(file.read_bytes()[:-40])
    made = await acompare(rlms, [TOTAL_OF], runs=2, results=file)
    assert (len(server.requests), made.totals[0].right, made.left_aside) == (3, 2, 1)
    assert (await acompare(rlms, [TOTAL_OF], runs=2, results=file)).missing == 0
    assert len(server.requests) == 3


async def test_runs_whose_model_fails_count_nowhere_and_are_tried_again(scripted_server: Serve, tmp_path: Path) -> None:
    file = tmp_path / "results.jsonl"
    answers: list[Any] = [GOOD, fail(400, "rude"), GOOD]
    server = scripted_server({"m": lambda body: answers.pop(0), "closed": lambda body: fail(401, "who are you?")})
    rlms = {name: engine(server, model=name) for name in ("m", "closed")}
    made = await acompare(rlms, [TOTAL_OF], runs=2, results=file)
    ours, closed = made.totals
    assert (ours.right, ours.runs, ours.failed) == (1, 1, 1)
    # A refused key is refused once more: it is given up after the first run.
    assert (closed.right, closed.runs, closed.failed, closed.accuracy) == (0, 0, 1, None)
    assert sum(request["model"] == "closed" for request in server.requests) == 1
    assert made.missing == 3
    assert "1 of 2 runs failed and count nowhere" in made.to_text()
    again = await acompare({"m": rlms["m"]}, [TOTAL_OF], runs=2, results=file)
    assert (again.totals[0].right, again.missing) == (2, 0)


async def test_a_best_guess_is_judged_and_counted_as_one(scripted_server: Serve) -> None:
    server = scripted_server(
        {"m": lambda body: GOOD if "best answer" in body["messages"][-1]["content"] else block("1")}
    )
    made = await acompare({"m": engine(server, model="m", max_iterations=1)}, [TOTAL_OF], runs=1)
    assert (made.totals[0].guesses, made.totals[0].right, made.totals[0].agreement) == (1, 1, None)


def test_a_program_without_a_loop_and_checks_of_its_own(scripted_server: Serve) -> None:
    server = scripted_server({"m": says(GOOD)})
    question = Question("What is the total?", DOCUMENT, 3, "thousands")
    made = compare(
        {"m": engine(server, model="m")},
        [question],
        runs=1,
        checks={"thousands": lambda value, answer: value // 1000 == answer},
    )
    assert made.totals[0].right == 1
    assert made.rows[0].question == "q1"


async def test_compare_works_where_a_loop_is_running(scripted_server: Serve) -> None:
    server = scripted_server({"m": says(GOOD)})
    assert compare({"m": engine(server, model="m")}, [TOTAL_OF], runs=1).totals[0].right == 1


def record(model: str, question: str, run: int, value: Any, **more: Any) -> StoredResult:
    return StoredResult(model=model, question=question, run=run, digest="", value=value, **more)


def test_no_answer_is_a_wrong_one_even_where_none_is_right() -> None:
    nothing = Question("Who?", "nobody", None, name="q1")
    records = (record("m", "q1", 1, None), record("m", "q1", 2, None, status="exhausted"))
    made = Comparison(("m",), (nothing,), 2, records)
    assert [made.is_right(one) for one in records] == [True, False]
    assert made.totals[0].runs == 2


def test_the_tables_are_harmless_and_say_what_they_know() -> None:
    hostile = "<script>alert(1)</script>\x1b[2J|`"
    made = Comparison(
        models=(hostile, "b"),
        questions=(TOTAL_OF, LONGEST),
        runs=2,
        records=(
            record(hostile, "total", 1, TOTAL, cost=0.5, seconds=1),
            record(hostile, "total", 2, TOTAL, cost=0.7, seconds=3),
            record("b", "total", 1, 1),
            record("b", "first", 1, hostile),
        ),
    )
    for text in (made.to_text(), made.to_markdown(), made.to_html()):
        assert "\x1b" not in text
        assert "0.6 (0 to 1.871)" in text
        assert "100% (34% to 100%)" in text
    assert "<script>" not in made.to_html() + made.to_markdown()
    # Every row of a Markdown table has the cells of its head.
    for table in made.to_markdown().split("\n\n")[:2]:
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}) == 1
    assert made.missing == 4
    bundle = made._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/markdown", "text/plain"}
    assert "<style" not in bundle["text/html"]
    # The bar of 2 of 2: full up to 34%, pale up to 100%.
    assert "width: 68px" in bundle["text/html"]
    assert "width: 132px" in bundle["text/html"]


def test_the_demo_questions_have_the_answers_of_the_report() -> None:
    text = demo.path().read_text(encoding="utf-8")
    sales = {name: int(value.replace(",", "")) for name, value in re.findall(r"SALES_FIGURE_(\w+): \$([\d,]+)", text)}
    units = [int(value.replace(",", "")) for value in re.findall(r"UNITS_SHIPPED_\w+: ([\d,]+)", text)]
    (last_year,) = re.findall(r"Sales of all regions, last year: \$([\d,]+)", text)
    table = text.partition("Budget for the")[2].partition("MARKETING_SPEND")[0]
    budget = re.findall(r"^  (\S.*?)\s{2,}\$([\d,]+)\s+\$([\d,]+)$", table, re.MULTILINE)
    over = [item for item, granted, spent in budget if int(spent.replace(",", "")) > int(granted.replace(",", ""))]
    asked = {one.name: one for one in read_questions(demo_questions())}
    answers = {name: one.answer for name, one in asked.items()}
    assert len(sales) == len(units) == 5
    assert answers == {
        "total sales": sum(sales.values()),
        "units": sum(units),
        "best region": max(sales, key=lambda name: sales[name]).title(),
        "average": sum(sales.values()) / 5,
        "growth": sum(sales.values()) - int(last_year.replace(",", "")),
        "over budget": over,
        "insurer": 38200,
        "successor": "Anna Okafor",
    }
    assert "insurer has paid $38,200" in " ".join(text.split())
    assert "Anna Okafor has taken over the region" in text
    assert all(one.context == demo.path() for one in asked.values())


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("{", r"questions.jsonl line 2 is no JSON: "),
        ("[1]", "line 2 is no JSON object"),
        ('{"question": " ", "text": "a", "answer": 1}', 'line 2 asks nothing: give it a "question"'),
        ('{"question": "a", "text": "a"}', 'line 2 has no "answer"'),
        ('{"question": "a", "answer": 1}', 'line 2: give it a "context"'),
        (
            '{"question": "a", "context": "gone.txt", "answer": 1}',
            r'line 2: there is no file .*gone.txt; .* into "text"',
        ),
        ('{"question": "a", "text": "a", "answer": 1, "tollerance": 1}', "line 2 has a field 'tollerance'; known are"),
        ('{"question": "a", "text": "a", "answer": 1, "check": 1}', '"check" must be a text'),
        (
            '{"question": "a", "text": "a", "answer": 1, "check": "vibes"}',
            "by 'vibes', which I do not know; known are: ex",
        ),
        ('{"question": "a", "text": "a", "answer": "x", "check": "number"}', "as a number, but its answer is 'x'"),
        ('{"question": "a", "text": "a", "answer": 1, "tolerance": "-1%"}', "has the tolerance '-1%'; give a number"),
        ('{"question": "a", "text": "a", "answer": 1, "type": "os.PathLike"}', "has the type 'os.PathLike': "),
        ('{"question": "a", "text": "a", "answer": 1, "name": "q1"}', "Two questions are called 'q1'"),
    ],
)
def test_questions_that_cannot_be_used_are_named(tmp_path: Path, line: str, complaint: str) -> None:
    file = tmp_path / "questions.jsonl"
    file.write_text(f'{{"question": "How many?", "text": "one", "answer": 1}}\n{line}\n')
    with pytest.raises(QuestionError, match=complaint) as error:
        compare({"m": NOWHERE}, file, runs=1)
    assert str(error.value).count("\n") == 0


def test_other_things_that_cannot_be_used(tmp_path: Path) -> None:
    rlms = {"m": NOWHERE}
    (tmp_path / "empty.jsonl").write_text("# nothing yet\n")
    with pytest.raises(QuestionError, match="holds no question: give one JSON object a line"):
        compare(rlms, tmp_path / "empty.jsonl")
    with pytest.raises(QuestionError, match=r"cannot be read: No such file"):
        compare(rlms, tmp_path / "gone.jsonl")
    (tmp_path / "picture").write_bytes(b"\x89PNG\r\n\xff")
    with pytest.raises(QuestionError, match=r"cannot be read: it is no UTF-8 text"):
        compare(rlms, tmp_path / "picture")
    with pytest.raises(QuestionError, match="There is no question"):
        compare(rlms, [])
    with pytest.raises(ValueError, match="There is nothing to compare"):
        compare({}, [TOTAL_OF])
    (tmp_path / "other.jsonl").write_text("hello\n")
    with pytest.raises(ResultsError, match=r"other.jsonl holds no results of a comparison"):
        compare(rlms, [TOTAL_OF], results=tmp_path / "other.jsonl")


def command(server: ScriptedServer, folder: Path, *arguments: str) -> Any:
    env = dict(os.environ) | {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "sk-secret-of-mine"}
    full = [sys.executable, "-m", "rlm_kernel.cli", "compare", *arguments]
    done = subprocess.run(full, capture_output=True, text=True, timeout=120, env=env, cwd=folder, check=False)
    assert "Traceback" not in done.stderr
    return done


def test_the_command(scripted_server: Serve, tmp_path: Path) -> None:
    (tmp_path / "report.txt").write_text(DOCUMENT)
    asked = {"question": "What is the total?", "context": "report.txt", "answer": TOTAL, "name": "total"}
    (tmp_path / "sales.jsonl").write_text(json.dumps(asked) + "\n")
    server = scripted_server({"good": says(GOOD), "shaky": says(GOOD, WRONG)})
    done = command(server, tmp_path, "--models", "good,shaky", "--runs", "2", "sales.jsonl", "--format", "json")
    assert done.returncode == 0, done.stderr
    data = json.loads(done.stdout)
    assert [(row["model"], row["right"], row["runs"]) for row in data["totals"]] == [("good", 2, 2), ("shaky", 1, 2)]
    assert "4/4 shaky, total, run 2: 143 (answered, " in done.stderr.replace(str(len(DOCUMENT)), "143")
    kept = [json.loads(line) for line in (tmp_path / "sales.results.jsonl").read_text().splitlines()]
    assert len(kept) == len(server.requests) == 4
    assert {one["schema"] for one in kept} == {"rlm.comparison/1"}
    again = command(server, tmp_path, "--models", "good,shaky", "--runs", "2", "sales.jsonl", "--quiet")
    assert (again.returncode, again.stderr, len(server.requests)) == (0, "", 4)
    assert re.search(r"^good +2 of 2 +100% \(34% to 100%\)", again.stdout, re.MULTILINE)
    assert "sk-secret" not in (tmp_path / "sales.results.jsonl").read_text()


@pytest.mark.nightly
def test_the_command_with_a_models_own_endpoint_and_own_checks(scripted_server: Serve, tmp_path: Path) -> None:
    asked = {"question": "What is the total?", "text": DOCUMENT, "answer": 3, "check": "thousands"}
    (tmp_path / "sales.jsonl").write_text(json.dumps(asked) + "\n")
    (tmp_path / "own.py").write_text("def thousands(value, answer):\n    return value // 1000 == answer\n")
    nobody, server = scripted_server([]), scripted_server({"m": says(GOOD)})
    arguments = ("--models", f"m@{server.base_url}", "--runs", "1", "sales.jsonl")
    done = command(nobody, tmp_path, *arguments, "--checks", "own.py", "--format", "markdown")
    assert done.returncode == 0, done.stderr
    assert "| 1 of 1 |" in done.stdout
    assert nobody.requests == []
    refused = command(nobody, tmp_path, *arguments)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.startswith("rlm: The question 'q1' is to be checked by 'thousands', which I do not know")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--models", "a,,b"], "'a,,b' is not a list of different names"),
        (["--models", "a,a"], "'a,a' is not a list of different names"),
        ([], "--models"),
        (["--models", "a", "--runs", "0"], "'0' is not a whole number from 1 on"),
        (["--models", "a", "gone.jsonl"], "The questions gone.jsonl cannot be read: No such file or directory."),
        (["--models", "a", "--results", "nowhere/r.jsonl"], "the folder nowhere does not exist"),
        (["--models", "a", "--checks", "own.txt"], "--checks own.txt: that is no Python file"),
        (["--models", "a", "--checks", "own.py"], "--checks own.py: FileNotFoundError"),
        (["--models", "a", "--api-key-env", "NO_SUCH_KEY"], "--api-key-env NO_SUCH_KEY: that environment variable"),
    ],
)
def test_mistakes_are_one_sentence(tmp_path: Path, arguments: list[str], complaint: str) -> None:
    with ScriptedServer() as server:
        environment = dict(os.environ) | {"OPENAI_BASE_URL": server.base_url}
        done = run_here(["compare", *arguments], folder=tmp_path, environment=environment)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("rlm: ")
    assert done.stderr.count("\n") == 1
    assert complaint in done.stderr


def test_the_command_says_what_failed(scripted_server: Serve, tmp_path: Path) -> None:
    server = scripted_server({"m": lambda body: fail(401, "who are you?")})
    done = command(server, tmp_path, "--models", "m", "--runs", "2", "--quiet")
    assert done.returncode == 4
    assert "m: 1 of 1 runs failed and count nowhere" in done.stdout
    assert "16 runs failed or were not made" in done.stderr
    assert "sk-secret" not in done.stdout + done.stderr


@pytest.mark.nightly
def test_an_interrupted_command_goes_on_with_the_rest(scripted_server: Serve, tmp_path: Path) -> None:
    (tmp_path / "sales.jsonl").write_text(json.dumps({"question": "?", "text": DOCUMENT, "answer": TOTAL}) + "\n")
    answers: list[Any] = [GOOD, hang(), GOOD, GOOD]
    server = scripted_server({"m": lambda body: answers.pop(0)})
    env = dict(os.environ) | {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "k"}
    full = [sys.executable, "-m", "rlm_kernel.cli", "compare", "--models", "m", "--runs", "3", "sales.jsonl"]
    with subprocess.Popen(full, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env, cwd=tmp_path) as process:
        assert server.hanging.wait(60)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"the same command goes on with the others" in told
    assert b"Traceback" not in told
    done = command(server, tmp_path, "--models", "m", "--runs", "3", "sales.jsonl")
    assert done.returncode == 0, done.stderr
    assert "3 of 3" in done.stdout
    assert len(server.requests) == 4


async def test_a_comparison_that_is_cancelled_keeps_what_has_ended(scripted_server: Serve, tmp_path: Path) -> None:
    answers: list[Any] = [GOOD, hang()]
    server = scripted_server({"m": lambda body: answers.pop(0)})
    file = tmp_path / "results.jsonl"
    task = asyncio.create_task(acompare({"m": engine(server, model="m")}, [TOTAL_OF], runs=2, results=file))
    assert await asyncio.to_thread(server.hanging.wait, 60)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(file.read_text().splitlines()) == 1
    assert await asyncio.to_thread(server.wait_for_connections, 0)


def test_the_documented_questions_can_be_read(tmp_path: Path) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "compare.md").read_text(encoding="utf-8")
    (lines,) = re.findall(r"```json\n(.*?)```\n", page, re.DOTALL)
    (tmp_path / "questions.jsonl").write_text(lines)
    for name in ("report.txt", "contract.pdf"):
        (tmp_path / name).touch()
    made = read_questions(tmp_path / "questions.jsonl")
    assert [(one.name, one.check) for one in made] == [("q1", "number"), ("signer", "text"), ("q3", "number")]
    assert all(f"| `{check}` |" in page for check in checks.BUILT_IN)
