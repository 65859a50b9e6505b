"""docs/performance.md has the figures of the last measurements, and the exponents are those of its points."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
MACHINE = {"cores": 2, "system": "Linux", "python": "3.13", "date": "2026-01-31", "load": [0.1]}


@pytest.fixture
def performance(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    folder = REPOSITORY / "benchmarks"
    monkeypatch.syspath_prepend(str(folder))
    yield importlib.import_module("performance")
    # Other tests have modules of these names too. Whatever else was imported stays: a second copy has other classes.
    for name, module in list(sys.modules.items()):
        if Path(getattr(module, "__file__", None) or "").parent == folder:
            sys.modules.pop(name)


def test_its_figures_are_those_that_were_measured(performance: Any) -> None:
    text = performance.PAGE.read_text(encoding="utf-8")
    assert performance.written(text) == text, (
        "run `python performance.py` in benchmarks/ and commit what it has written"
    )


def test_where_a_peer_is_ahead_it_is_named_with_the_reason(performance: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = {"version": "1", **dict.fromkeys(performance.NAMES, 2.0)}
    peers = {"rlm-kernel": ours, "other": ours | {"batch_s": 1.0}}
    monkeypatch.setattr(performance, "figures", lambda name: peers)
    (line,) = performance.behind().splitlines()
    assert line.startswith("- W6 100 sub-calls of 100 ms, by default, s: other 1.00, ours 2.00. It sends all calls")
    peers["other"]["batch_s"] = 3.0
    assert performance.behind() == "Nowhere, in this run."


@pytest.mark.parametrize(("power", "said"), [(1, "1.00"), (2, "2.00"), (0, "0.00")])
def test_the_exponent_is_that_of_the_last_points(performance: Any, power: int, said: str) -> None:
    growth = performance.bench_growth
    kept = {str(n): {"seconds": 0.001 * n**power} for n in (10, 100, 1_000, 10_000)}
    text = growth.table({"machine": MACHINE, "figures": {"calls": kept}})
    assert f"| {said} |" in text
    assert "images/growth-calls.svg" in text
    assert "growth-iterations" not in text


def test_what_is_kept_is_not_measured_again(performance: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    growth = performance.bench_growth
    counted: list[int] = []
    monkeypatch.setattr(growth, "RESULTS", tmp_path / "growth.json")
    monkeypatch.setattr(growth, "iterations", lambda count: {"seconds": 1.0})
    monkeypatch.setitem(growth.MEASURES, "calls", lambda count: {"seconds": counted.append(count) or count / 10})
    growth.main(["--only", "calls", "--calls", "100"])
    growth.main(["--only", "calls", "--calls", "1000"])
    assert counted == [10, 100, 1_000]
    assert growth.points(growth.load(), "calls") == [(10, 1.0), (100, 10.0), (1_000, 100.0)]


def test_a_picture_is_drawn_of_each_axis(performance: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="pictures need the extra `bench`")
    growth = performance.bench_growth
    monkeypatch.setattr(growth, "IMAGES", tmp_path)
    kept = {str(n): {"seconds": n / 10} for n in (10, 100)}
    growth.draw({"machine": MACHINE, "figures": {"calls": kept, "documents": {}}})
    (picture,) = tmp_path.iterdir()
    assert picture.name == "growth-calls.svg"
    assert "sub-calls" in picture.read_text(encoding="utf-8")


def test_the_page_on_scale_has_the_figures_of_the_largest_campaign() -> None:
    figures = json.loads((REPOSITORY / "benchmarks" / "results" / "map.json").read_text())["figures"]
    one = figures["campaigns"]["LocalCluster, 2 x 4"]
    page = (REPOSITORY / "docs" / "scale.md").read_text(encoding="utf-8")
    for words in (
        f"| {one['documents']:,} | {figures['milliseconds'] / 1000:g} s |",
        f"| {one['a_second']:.2f} | {one['share_of_ideal']:.0%} | {one['cpu_ms'] / 1000:.2f} s |",
        f"| {one['driver_grows_mib']:.0f} MiB, {one['worker_grows_mib']:.0f} MiB |",
        f"counted {figures['requests_counted']:,} requests",
        f"had {one['task_bytes']} bytes",
        f"wrote {one['written_bytes_a_run'] / 1000:.1f} kB a run",
    ):
        assert words in page
