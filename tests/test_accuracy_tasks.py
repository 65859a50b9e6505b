"""The tasks that accuracy is measured by: the same by seed, of the size asked for, and unfair to careless answers."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

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


@pytest.mark.parametrize("shape", tasks.SHAPES)
def test_a_task_accepts_what_is_right_and_none_of_its_decoys(shape: str) -> None:
    for seed in range(8):
        task = tasks.task(shape, seed, 6_000)
        for value in task.accepts or (list(task.parts), dict([task.parts]), ": ".join(map(str, task.parts))):
            assert task.is_right(value), (seed, value)
        assert task.decoys
        for value in task.decoys:
            assert not task.is_right(value), (seed, value)


@pytest.mark.parametrize("shape", tasks.SHAPES)
def test_a_task_is_settled_by_its_seed_and_has_the_size_that_is_asked_for(shape: str) -> None:
    assert tasks.task(shape, 3) == tasks.task(shape, 3)
    assert tasks.task(shape, 3).context != tasks.task(shape, 4).context
    for size in (6_000, 100_000):
        assert size * 0.9 <= tasks.task(shape, 1, size).size <= size * 1.2 + 2_000


def test_there_are_fourteen_shapes() -> None:
    assert len(tasks.SHAPES) == 14


def test_the_benchmark_runs_through_the_public_api_and_continues(scripted_server: Any, tmp_path: Path) -> None:
    task = tasks.task("count", 1, 6_000)
    right = "```python\nFINAL(count_matches(r'Z ERROR payment'))\n```"
    server = scripted_server([right, "```python\nFINAL(grep('WARN')[0].line)\n```"])
    sys.modules["tasks"] = tasks
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


def test_the_page_has_the_figures_that_were_measured() -> None:
    sys.modules["tasks"] = tasks
    sys.modules["bench_accuracy"] = loaded("bench_accuracy")
    page = loaded("page")
    text = page.PAGE.read_text(encoding="utf-8")
    assert page.between(text, "accuracy", page.block()) == text


def test_the_table_counts_wrong_answers_that_nothing_marks() -> None:
    sys.modules["tasks"] = tasks
    sys.modules["bench_accuracy"] = loaded("bench_accuracy")
    page = loaded("page")
    wrong = {"shape": "sum", "status": "answered", "right": False, "verdicts": ["computed"], "confidence": 0.9}
    others = [{"right": True}, {"verdicts": ["ungrounded"]}, {"confidence": 0.3}, {"status": "disputed"}]
    rows = [wrong | {"tokens": 10, "seconds": 2.0} | change for change in ({}, *others)]
    assert [page.unmarked(row) for row in rows] == [True, False, False, False, False]
    assert list(page.table(rows))[-1].startswith("| all | 1 of 5 |")
    assert "| 1 | 10 | 2 |" in list(page.table(rows))[-1]
