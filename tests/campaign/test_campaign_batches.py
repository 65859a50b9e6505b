"""Campaigns with `batch_api`: calls of several runs in one batch, the campaign's limits, a client that is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from runs import block
from sales import engine
from scripted_batches import ScriptedBatches
from scripted_server import ScriptedServer

from rlm_kernel.models import OpenAICompatible

Serve = Callable[..., ScriptedServer]
CANARY = "sk-canary-e3a6604f1d"
LABEL = 'labels = label(grep("^message"), ["complaint", "other"])\nFINAL(labels.count("complaint"))'


@pytest.fixture(autouse=True)
def cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of the test's own, where the journal is."""
    monkeypatch.setenv("RLM_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def letters(folder: Path, count: int, lines: int = 24) -> list[Path]:
    """Documents with so many messages; every third is a complaint."""
    folder.mkdir()
    files = [folder / f"letters-{number}.txt" for number in range(count)]
    for number, file in enumerate(files):
        file.write_text("".join(f"message {number}/{n}: {'broken' if n % 3 == 0 else 'fine'}\n" for n in range(lines)))
    return files


def script(body: dict[str, Any]) -> str:
    if body["model"] != "small":
        return block(LABEL)
    return "complaint" if "broken" in body["messages"][-1]["content"] else "other"


def small(server: ScriptedServer, quiet: float = 1.0) -> OpenAICompatible:
    return OpenAICompatible("small", base_url=server.base_url, batch_quiet=quiet, batch_poll=0.01)


def test_the_calls_of_several_runs_share_a_batch_and_the_ledger_has_its_price(
    scripted_server: Serve, tmp_path: Path
) -> None:
    batches = ScriptedBatches()
    server = scripted_server(script, batches=batches)
    prices = {"small": {"input": 10.0, "output": 0.0}, "scripted": {"input": 0.0, "output": 0.0}}
    rlm = engine(server, sub_model=small(server), batch_api=True, prices=prices)
    results = rlm.map(
        "How many complain?", letters(tmp_path / "letters", 4), out=tmp_path / "out", max_cost=1.0, workers=4
    )
    assert [row.value["value"] for row in results] == [8] * 4
    assert sum(len(lines) for lines in batches.uploads) == 96
    assert len(batches.uploads) < 4
    assert results.spent.calls == 100 == server.count.answered
    assert results.spent.cost == pytest.approx(96 * 100 * 10 / 2 / 1e6)
    assert results.cost == pytest.approx(results.spent.cost)


def test_a_limit_of_cost_needs_prices(scripted_server: Serve, tmp_path: Path) -> None:
    server = scripted_server(script, batches=ScriptedBatches())
    with pytest.raises(ValueError, match="max_cost with batch_api needs the price of 'scripted'"):
        engine(server, batch_api=True).map("How many?", letters(tmp_path / "l", 1), out=tmp_path / "out", max_cost=1.0)
    assert server.paths == []


def test_an_endpoint_without_batches_ends_the_campaign_with_one_sentence(
    scripted_server: Serve, tmp_path: Path
) -> None:
    server = scripted_server(script)
    results = engine(server, batch_api=True).map("How many?", letters(tmp_path / "l", 3), out=tmp_path / "out")
    assert "has no batches" in results.stopped
    assert "leave batch_api (--batch-api) out" in results.stopped
    assert server.requests == []


@pytest.mark.nightly
def test_a_client_that_is_killed_is_followed_by_one_that_fetches_its_batch(
    scripted_server: Serve, tmp_path: Path
) -> None:
    batches = ScriptedBatches(gate=threading.Event())
    server = scripted_server(script, batches=batches)
    (tmp_path / "questions.jsonl").write_text(json.dumps({"question": "How many complain?"}) + "\n")
    document = letters(tmp_path / "letters", 1)[0]
    command = [sys.executable, "-m", "rlm_kernel", "map", "questions.jsonl", str(document), "--out", "out", "-q"]
    command += ["--json", "-m", "scripted", "--sub-model", "small", "--base-url", server.base_url, "--batch-api"]
    environment = os.environ | {"OPENAI_API_KEY": CANARY}
    options: dict[str, Any] = {"cwd": tmp_path, "env": environment, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **options) as killed:
        assert batches.looked.wait(120)
        killed.send_signal(signal.SIGKILL)
    assert not batches.cancelled.is_set()
    assert batches.gate is not None
    batches.gate.set()
    done = subprocess.run(command, **options, check=True, timeout=120)
    row, summary = map(json.loads, done.stdout.splitlines())
    assert row["value"]["value"] == 8
    assert [len(lines) for lines in batches.uploads] == [24]
    # The root model was asked by both, the batch was paid for once.
    assert server.count.answered == 2 + 24
    assert summary["summary"]["calls"] == 25
    written = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    assert CANARY.encode() not in written
