"""The tasks that accuracy is measured by: the same by seed, of the size asked for, and unfair to careless answers."""

from __future__ import annotations

import importlib.util
import json
import sys
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from rlm_kernel import Document
from rlm_kernel.engine.prompt import prompt
from rlm_kernel.models import Bounds
from rlm_kernel.models.local import first_look
from rlm_kernel.models.local.model import LocalModel

FOLDER = Path(__file__).resolve().parents[1] / "benchmarks" / "accuracy"


def loaded(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"accuracy_{name}", FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


tasks = loaded("tasks")


@pytest.mark.parametrize("wording", tasks.WORDINGS)
@pytest.mark.parametrize("shape", tasks.SHAPES)
def test_a_task_accepts_what_is_right_and_none_of_its_decoys(shape: str, wording: str) -> None:
    for seed in range(8):
        task = tasks.task(shape, seed, 6_000, wording)
        for value in task.accepts or (list(task.parts), dict([task.parts]), ": ".join(map(str, task.parts))):
            assert task.is_right(value), (seed, value)
        assert task.decoys
        for value in task.decoys:
            assert not task.is_right(value), (seed, value)


@pytest.mark.parametrize("wording", tasks.WORDINGS)
@pytest.mark.parametrize("shape", tasks.SHAPES)
def test_a_task_is_settled_by_its_seed_and_has_the_size_that_is_asked_for(shape: str, wording: str) -> None:
    drawn = partial(tasks.task, shape, wording=wording)
    assert drawn(3) == drawn(3)
    assert drawn(3).context != drawn(4).context
    for size in (6_000, 100_000):
        assert size * 0.9 <= drawn(1, size).size <= size * 1.2 + 2_000
    others = [tasks.task(shape, 3, wording=other).question for other in tasks.WORDINGS if other != wording]
    assert drawn(3).question not in others


def test_a_list_is_right_in_its_order_alone() -> None:
    task = tasks.task("top-k", 1)
    (best,) = task.accepts
    assert task.is_right(list(best))
    assert not task.is_right(list(reversed(best)))


def test_there_are_fourteen_shapes() -> None:
    assert len(tasks.SHAPES) == 14


def test_the_benchmark_runs_through_the_public_api_and_continues(scripted_server: Any, tmp_path: Path) -> None:
    task = tasks.task("count", 1, 6_000)
    right = "```python\nFINAL(count_matches(r'Z ERROR payment'))\n```"
    server = scripted_server([right, "```python\nFINAL(grep('WARN')[0].line)\n```"])
    sys.modules["tasks"] = tasks
    sys.modules["arms"] = loaded("arms")
    bench = loaded("bench_accuracy")
    results = tmp_path / "accuracy.json"
    words = ["--model", "scripted", "--base-url", server.base_url, "--shapes", "count", "--results", str(results)]
    bench.main([*words, "--seeds", "1"])
    bench.main([*words, "--seeds", "1,3"])
    told = json.loads(results.read_text())
    assert [(row["seed"], row["right"]) for row in told["rows"]] == [(1, True), (3, False)]
    assert told["rows"][0]["value"] == task.accepts[0]
    assert told["summary"]["shapes"]["count"]["n"] == 2
    assert sum(each["n"] for each in told["summary"]["reliability"]) == 2
    assert len(server.requests) == 2


@pytest.fixture
def page() -> ModuleType:
    """The script that writes the figures into the docs."""
    sys.modules["tasks"] = tasks
    sys.modules["arms"] = loaded("arms")
    sys.modules["bench_accuracy"] = loaded("bench_accuracy")
    return loaded("page")


def test_the_pages_have_the_figures_that_were_measured(page: Any) -> None:
    for mark, (file, block) in page.PAGES.items():
        text = file.read_text(encoding="utf-8")
        assert page.between(text, mark, block()) == text
    source = page.RANGES.read_text(encoding="utf-8")
    assert page.ranges(source) == source
    assert {row["min_confidence"] for row in page._measured()} == {None}


def test_a_part_of_the_prompt_is_left_out_and_its_effect_told(
    page: Any, scripted_server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look, right = "```python\nprint(5)\n```", "```python\nFINAL(count_matches(r'Z ERROR payment'))\n```"
    server = scripted_server([look, right, look, "```python\nFINAL(-1)\n```"])
    monkeypatch.setattr(page, "RESULTS", tmp_path / "accuracy.json")
    monkeypatch.setattr(page, "BEFORE_FORMS", tmp_path / "none.json")
    words = ["--model", "scripted", "--base-url", server.base_url, "--shapes", "count", "--seeds", "1"]
    words += ["--results", str(page.RESULTS)]
    bench = sys.modules["bench_accuracy"]
    bench.main(words)
    bench.main([*words, "--without", "marks"])
    with_marks, without_marks = server.requests[1].body, server.requests[3].body
    assert "<output-" in json.dumps(with_marks)
    assert "<output-" not in json.dumps(without_marks)
    assert "The ID of outputs" not in json.dumps(without_marks)
    assert "| 1 | 1 | 0 | +100% (" in page.parts()
    assert "| count | 1 of 1 |" in page.accuracy(), "the run without a part is not among the figures of the product"


@pytest.mark.parametrize("part", ["marks", "examples", "first look", "conditions", "forms", "bounds"])
def test_nothing_stays_left_out(page: Any, part: str) -> None:
    arms = sys.modules["arms"]
    assert part in arms.WHAT
    question, document = "Which region sold most?", Document.of("SALES north: $1,000\n")
    local = LocalModel.__new__(LocalModel)

    def told() -> tuple[Any, ...]:
        opened = prompt.opening(question, document, examples=True)
        is_bound = LocalModel.bound(local, Bounds(())) is not None
        return opened, first_look.asks_to_look(opened), prompt.first_reply(question, document), is_bound

    before = told()
    assert all(before)
    with arms.without(part):
        inside = told()
    assert told() == before
    assert inside != before


def test_without_a_first_look_the_first_reply_is_the_models_own(page: Any) -> None:
    question, document = "Which region sold most?", Document.of("SALES north: $1,000\n")
    with sys.modules["arms"].without("first look"):
        assert not first_look.asks_to_look(prompt.opening(question, document, examples=True))
        assert prompt.first_reply(question, document) == ""


def test_the_effect_is_that_of_the_pairs(page: Any) -> None:
    one = {"model": "m", "verify": None, "min_confidence": None, "asked_size": 6_000, "shape": "sum", "tokens": 10}
    seeds = [(seed, seed < 8, None) for seed in range(10)] + [(seed, seed < 4, "marks") for seed in range(12)]
    rows = [one | {"seed": seed, "right": right, "without": without} for seed, right, without in seeds]
    told = sys.modules["arms"].effect(rows, "marks")
    assert (told["n"], told["right with"], told["right without"], told["gain"]) == (10, 8, 4, 0.4)
    # By hand: (4 + 1) / 12 less 1 / 12, plus or minus 1.96 times the root of (1 / 2 less 1 / 9) / 12.
    assert [round(end, 3) for end in told["interval"]] == [-0.02, 0.686]
    assert sys.modules["arms"].effect(rows, "examples") is None


def test_the_table_counts_wrong_answers_that_nothing_marks(page: Any) -> None:
    wrong = {
        "shape": "sum",
        "seed": 1,
        "status": "answered",
        "right": False,
        "verdicts": ["computed"],
        "confidence": 0.9,
    }
    others = [{"right": True}, {"verdicts": ["ungrounded"]}, {"confidence": 0.3}, {"status": "disputed"}]
    rows = [wrong | {"tokens": 10, "seconds": 2.0} | change for change in ({}, *others)]
    assert [page.unmarked(row) for row in rows] == [True, False, False, False, False]
    assert list(page.table(rows))[-1].startswith("| all shapes, wording a, seed 1 | 1 of 5 |")
    assert "| 1 | 10 | 2 |" in list(page.table(rows))[-1]


def test_a_second_solve_is_compared_on_the_same_tasks_and_counts_for_nothing_else(
    page: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    row = {"model": "m", "asked_size": 6_000, "status": "answered", "right": True, "verdicts": [], "confidence": 0.9}
    row |= {"shape": "sum", "seconds": None, "without": None, "verify": None, "tokens": 10}
    alone = [row | {"seed": seed, "right": seed < 3} for seed in range(1, 6)]
    twice = [row | {"seed": seed, "verify": "second", "tokens": 22} for seed in (1, 2)]
    twice.append(row | {"seed": 3, "verify": "second", "tokens": 28, "right": False, "status": "disputed"})
    results = tmp_path / "results.json"
    monkeypatch.setattr(page, "RESULTS", results)
    monkeypatch.setattr(page, "BEFORE_FORMS", tmp_path / "none.json")
    about = {"cores": 2, "system": "Linux", "python": "3.13", "date": "2026-01-31"}
    results.write_text(json.dumps({"machine": about, "rows": alone + twice}), encoding="utf-8")
    assert "| one | 3 | 3 | 2 (21% to 94%) | 1 | 10 |" in page.second()
    assert '| `verify="second"` | 3 | 2 | 2 (34% to 100%) | 0 | 24 |' in page.second()
    assert "| sum | 2 of 5 |" in page.accuracy()
    assert "right\nin 2 of 5" in page.sentence()


def test_seconds_are_those_of_the_rows_that_were_timed(
    page: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    row = {
        "model": "m",
        "shape": "sum",
        "seed": 1,
        "asked_size": 6_000,
        "status": "answered",
        "right": True,
        "tokens": 10,
    }
    row |= {"verdicts": [], "confidence": 0.9, "without": None}
    results = tmp_path / "results.json"
    monkeypatch.setattr(page, "RESULTS", results)
    about = {"cores": 2, "system": "Linux", "python": "3.13", "date": "2026-01-31"}
    for seconds, cell, told, sentence in (
        ([4.0, 8.0], "| 6 |", "2026-01-31.", "they took 6 seconds each on average"),
        (
            [4.0, None],
            "| 4 |",
            "Seconds of 1 of the 2 questions: other work ran",
            "the 1 of them that were timed took 4 seconds",
        ),
        ([None, None], "| - |", "Seconds of 0 of the 2 questions", "6,000 characters:"),
    ):
        rows = [row | {"seconds": each} for each in seconds]
        results.write_text(json.dumps({"machine": about, "rows": rows}), encoding="utf-8")
        assert cell in list(page.table(rows))[-1]
        assert told in page.accuracy()
        assert sentence in page.sentence()


def test_questions_in_the_words_of_their_documents_are_told_apart(
    page: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    row = {"model": "m", "shape": "sum", "seed": 1, "asked_size": 6_000, "status": "answered", "tokens": 10}
    row |= {"verdicts": [], "confidence": 0.9, "without": None, "seconds": None}
    rows = [row | {"wording": wording, "right": wording == "r"} for wording in ("q", "r")]
    results = tmp_path / "results.json"
    monkeypatch.setattr(page, "RESULTS", results)
    results.write_text(json.dumps({"machine": {}, "rows": rows}), encoding="utf-8")
    told = " ".join(page.sentence().split())
    assert "of kinds that it had not been tried with, it was right in 1 of 1 that were asked in the words of" in told
    assert "and in 0 of 1 that were asked in other words than these (95 % interval 0% to 79%)" in told


def test_no_shape_counts_more_than_another_in_the_whole(page: Any) -> None:
    row = {"status": "answered", "verdicts": [], "confidence": 0.9, "tokens": 10, "seconds": None}
    asked = [("sum", 1, False), ("count", 1, True), ("count", 3, True), ("count", 5, True)]
    rows = [row | {"shape": shape, "seed": seed, "right": right} for shape, seed, right in asked]
    assert page.evenly_asked(rows) == rows[:2]
    (of_sum, of_count, whole, by_wording) = list(page.table(rows))[2:]
    assert of_sum.startswith("| sum | 0 of 1 |")
    assert of_count.startswith("| count | 3 of 3 |")
    assert whole.startswith("| all shapes | 1 of 2 |")
    assert by_wording.startswith("| all shapes, wording a, seed 1 | 1 of 2 |")
    assert len(list(page.table([*rows[1:3], rows[0] | {"seed": 5}]))) == 4, (
        "no seed of all shapes: no line of the whole"
    )
