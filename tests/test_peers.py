"""`python -m benchmarks.peers`: the README's table is that of the results, rows where a peer is ahead included."""

from __future__ import annotations

import importlib
import json
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
README = REPOSITORY / "README.md"


@pytest.fixture
def peers(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(REPOSITORY))
    yield importlib.import_module("benchmarks.peers")
    for name in ("benchmarks.peers", "benchmarks.results", "benchmarks"):
        sys.modules.pop(name)


def test_the_readme_has_the_table_of_the_results(peers: Any) -> None:
    text = README.read_text(encoding="utf-8")
    if peers.RESULTS.is_file():
        results = json.loads(peers.RESULTS.read_text(encoding="utf-8"))
        assert peers.written(text, results) == text, "run `python -m benchmarks.peers --write` and commit what it wrote"
    else:
        # Nothing was measured, so nothing is said.
        assert peers.between(text, "peers", "") == text


def test_a_row_where_a_peer_is_ahead_stays_and_is_marked(peers: Any) -> None:
    keys = [key for _, key, _, _ in peers.ROWS]
    machine = {"cores": 2, "system": "Linux", "python": "3.13", "date": "2026-01-31", "load": [0.1]}
    ours = {"version": "1", **dict.fromkeys(keys, 2.0)}
    figures = {"rlm-kernel": ours, "minrlm": ours | {"version": "3", "first_block_s": 1.0, "batch_s": 4.0}}
    rows = peers.table({"figures": figures, "machine": machine}).splitlines()
    assert rows[0] == "| | rlm-kernel 1 | minrlm 3 |"
    assert len([row for row in rows if row.startswith("| ")]) == len(keys) + 1
    assert "| new process to the first block of code done, s | 2.00 | **1.00** |" in rows
    assert any(row.endswith("| **2.00** | 4.00 |") for row in rows)


def test_the_extra_has_the_peers(peers: Any) -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    extra = {requirement.partition(">")[0] for requirement in project["optional-dependencies"]["bench"]}
    packages = {each["package"] for each in (peers.ENGINES | peers.SANDBOXES).values()}
    assert packages - {"rlm-kernel"} <= extra


def test_a_sandbox_is_measured(peers: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "CELLS", 5)
    figures = peers.sandboxes({"rlm-kernel": sys.executable}, 1)["rlm-kernel"]
    assert figures["first_cell_s"] > 0
    assert figures["cell_ms"] > 0


def test_sandboxes_have_a_table_of_their_own(peers: Any) -> None:
    keys = [key for _, key, _, _ in peers.ROWS]
    machine = {"cores": 2, "system": "Linux", "python": "3.13", "date": "2026-01-31", "load": [0.1]}
    alone = {"rlm-kernel": {"version": "1", "first_cell_s": 0.5, "cell_ms": 3.0}}
    alone |= {"pydantic-monty": {"version": "2", "first_cell_s": 0.1, "cell_ms": 4.0}}
    figures = {"rlm-kernel": {"version": "1", **dict.fromkeys(keys, 2.0)}}
    text = peers.table({"figures": figures, "machine": machine, "sandboxes": alone})
    assert "| running code alone | rlm-kernel 1 | pydantic-monty 2 |" in text
    assert "| new process to the first cell done, s | 0.50 | **0.10** |" in text
    assert "| a bare cell, ms | **3.00** | 4.00 |" in text


def test_an_engine_is_measured(peers: Any) -> None:
    batch = peers.ENGINES["rlm-kernel"]["batch"].format(calls=3)
    done = peers.run("rlm-kernel", sys.executable, [batch], 10, memory=True)
    assert (len(done["times"]), len(done["sizes"]), done["calls"]) == (2, 2, 3)
    assert 0 < done["times"][0] < done["times"][1]
    assert done["sizes"][1] > done["sizes"][0]
    assert done["pss"] > 1


@pytest.mark.nightly
def test_an_engine_that_does_not_end_is_killed(peers: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    told = tmp_path / "pid"
    start = f"import os, pathlib, time\npathlib.Path({str(told)!r}).write_text(str(os.getpid()))\ntime.sleep(3_600)"
    monkeypatch.setitem(peers.ENGINES, "minrlm", peers.ENGINES["minrlm"] | {"start": start})
    monkeypatch.setattr(peers, "SECONDS", 3)
    with pytest.raises(RuntimeError, match="minrlm did not answer within 3 s, and was killed"):
        peers.run("minrlm", sys.executable, [], 10)
    assert not told.exists() or not Path("/proc", told.read_text()).exists()


def test_a_batch_that_sends_too_few_calls_is_no_figure(peers: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "run", lambda *_, **__: {"times": [0.0, 1.0], "sizes": [1, 1], "calls": 99, "pss": 1.0})
    with pytest.raises(RuntimeError, match="minrlm sent 99 sub-calls, of 100"):
        peers.workloads("minrlm", sys.executable)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--python", "nobody=/bin/sh"], "NAME is one of rlm-kernel, rlms, minrlm"),
        (["--python", "rlms"], "PATH an interpreter"),
        (["--python", "rlms=/no/such/python"], "PATH an interpreter"),
        (["--rounds", "0"], "at least 1"),
        (["--quick"], "unrecognized arguments: --quick"),
    ],
)
def test_an_option_that_means_nothing_is_told(
    peers: Any, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        peers.main(words)
    assert said in capsys.readouterr().err
