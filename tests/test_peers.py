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
    sys.modules.pop("benchmarks.peers")


def test_the_readme_has_the_table_of_the_results(peers: Any) -> None:
    text = README.read_text(encoding="utf-8")
    assert text.count(peers.BEGIN) == text.count(peers.END) == 1
    if peers.RESULTS.is_file():
        results = json.loads(peers.RESULTS.read_text(encoding="utf-8"))
        assert peers.written(text, results) == text, "run `python -m benchmarks.peers --write` and commit what it wrote"
    else:
        # Nothing was measured, so nothing is said.
        assert text.partition(peers.BEGIN)[2].partition(peers.END)[0].strip() == ""


def test_a_row_where_a_peer_is_ahead_stays_and_is_marked(peers: Any) -> None:
    keys = [key for _, key, _, _ in peers.ROWS]
    machine = {"cores": 2, "system": "Linux", "python": "3.13", "date": "2026-01-31", "load": [0.1]}
    ours = {"version": "1", **dict.fromkeys(keys, 2.0)}
    figures = {"rlm-kernel": ours, "minrlm": ours | {"version": "3", "first_block_s": 1.0, "batch_s": 4.0}}
    rows = peers.table({"figures": figures, "machine": machine}).splitlines()
    assert rows[1] == "| | rlm-kernel 1 | minrlm 3 |"
    assert len([row for row in rows if row.startswith("| ")]) == len(keys) + 1
    assert "| new process to the first block of code done, s | 2.00 | **1.00** |" in rows
    assert any(row.endswith("| **2.00** | 4.00 |") for row in rows)
    text = f"before\n{peers.BEGIN}\nold\n{peers.END}\nafter"
    assert peers.written(text, {"figures": figures, "machine": machine}).startswith(f"before\n{peers.BEGIN}\n| |")


def test_the_extra_has_the_peers(peers: Any) -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    extra = {requirement.partition(">")[0] for requirement in project["optional-dependencies"]["bench"]}
    assert {engine["package"] for engine in peers.ENGINES.values()} - {"rlm-kernel"} <= extra


def test_an_engine_is_measured(peers: Any) -> None:
    done = peers.run("rlm-kernel", sys.executable, ["x = len(context)\nprint(x)"], 10, memory=True)
    assert (len(done["times"]), len(done["sizes"])) == (2, 2)
    assert 0 < done["times"][0] < done["times"][1]
    assert done["sizes"][1] > done["sizes"][0]
    assert done["pss"] > 1
