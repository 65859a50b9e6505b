"""`rlm map` as a command: what is on stdout and stderr, and its exit codes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from commands import run_here
from sales import GOOD, LOOK, QUESTION, files, turns
from scripted_server import ScriptedServer, fail, hang

from rlm_kernel.render.campaign_progress import progress_text

Serve = Callable[..., ScriptedServer]


def prepared(tmp_path: Path, count: int) -> list[str]:
    """A folder with questions and reports; the arguments of the command, to be run there."""
    files(tmp_path / "reports", count)
    (tmp_path / "questions.jsonl").write_text(json.dumps({"question": QUESTION, "name": "total"}) + "\n")
    return ["questions.jsonl", "reports/*.txt", "--out", "out", "-m", "scripted"]


def environment(server: ScriptedServer) -> dict[str, str]:
    return dict(os.environ) | {"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": "sk-secret-canary-0001"}


def command(server: ScriptedServer, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    full = [sys.executable, "-m", "rlm_kernel.cli", "map", *arguments]
    return subprocess.run(
        full, capture_output=True, text=True, env=environment(server), cwd=folder, check=False, timeout=250
    )


def test_the_summary_is_on_stdout_and_progress_on_stderr(scripted_server: Serve, tmp_path: Path) -> None:
    server = scripted_server(lambda body: GOOD)
    arguments = prepared(tmp_path, 3)
    done = command(server, tmp_path, *arguments, "--price", "scripted=1,1", "--max-cost", "5")
    assert done.returncode == 0, done.stderr
    assert "rows       3 of 3" in done.stdout
    assert "status     answered 3" in done.stdout
    assert "values     computed 3" in done.stdout
    assert "3 of 3" in done.stderr
    assert "a minute" in done.stderr
    assert "of 5" in done.stderr
    done = command(server, tmp_path, *arguments, "--price", "scripted=1,1", "--json", "--quiet")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["summary"]["statuses"] == {"answered": 3}
    assert server.count.requests == 3
    everything = b"".join(file.read_bytes() for file in (tmp_path / "out").rglob("*") if file.is_file())
    assert b"sk-secret" not in everything


@pytest.mark.nightly
def test_rows_are_json_lines_as_they_come(scripted_server: Serve, tmp_path: Path) -> None:
    server = scripted_server(lambda body: GOOD)
    done = command(server, tmp_path, *prepared(tmp_path, 2), "--json", "-q", "--workers", "1")
    *rows, summary = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(row["schema"], row["document"], row["name"], row["value"]) for row in rows] == [
        ("rlm.campaign/1", "report-001.txt", "total", 1001),
        ("rlm.campaign/1", "report-002.txt", "total", 1002),
    ]
    assert summary["summary"]["rows"] == 2


@pytest.mark.nightly
def test_a_limit_of_the_campaign_is_exit_code_three(scripted_server: Serve, tmp_path: Path) -> None:
    server = scripted_server(lambda body: GOOD if turns(body) else LOOK)
    arguments = prepared(tmp_path, 4)
    done = command(server, tmp_path, *arguments, "-q", "--max-llm-calls", "5", "--workers", "2")
    assert done.returncode == 3
    assert server.count.requests <= 5
    assert "max_llm_calls=5 model calls are used up: 2 runs are missing" in done.stderr
    assert done.stderr.count("\n") == 1
    done = command(server, tmp_path, *arguments, "-q", "--run-max-llm-calls", "1")
    assert done.returncode == 3
    assert "2 runs ended at a limit of their own" in done.stderr


def test_failures_have_their_exit_codes(scripted_server: Serve, tmp_path: Path) -> None:
    server = scripted_server(lambda body: fail(401, "who are you?"))
    arguments = prepared(tmp_path, 2)
    done = command(server, tmp_path, *arguments, "-q")
    assert done.returncode == 4
    assert "the same command goes on with what is missing" in done.stderr
    server._scripts[None] = lambda body: GOOD
    (tmp_path / "reports" / "report-003.txt").touch()
    done = command(server, tmp_path, *arguments, "-q")
    assert done.returncode == 2
    assert "1 of 3 runs failed" in done.stderr
    assert "report-003.txt is empty" in done.stderr


@pytest.mark.nightly
@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.nightly)])
def test_an_interrupted_command_goes_on(scripted_server: Serve, tmp_path: Path, number: signal.Signals) -> None:
    answers: list[Any] = [GOOD, hang()]
    server = scripted_server(lambda body: answers.pop(0) if answers else GOOD)
    arguments = prepared(tmp_path, 3)
    full = [sys.executable, "-m", "rlm_kernel.cli", "map", *arguments, "--workers", "1"]
    with subprocess.Popen(
        full, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(server), cwd=tmp_path
    ) as process:
        assert server.hanging.wait(120)
        process.send_signal(number)
        said, told = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert b"the same command goes on with the others" in told
    assert b"Traceback" not in told
    assert b"rows       1 of 1" in said
    done = command(server, tmp_path, *arguments, "-q")
    assert done.returncode == 0, done.stderr
    assert server.count.requests == 4


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["questions.jsonl", "reports"], "required: --out"),
        (["gone.jsonl", "reports", "--out", "out"], "The questions gone.jsonl cannot be read: No such file"),
        (["questions.jsonl", "nowhere/*.pdf", "--out", "out"], "No file matches nowhere/*.pdf"),
        (["questions.jsonl", "reports", "--out", "questions.jsonl"], "The folder questions.jsonl cannot be used"),
        (["questions.jsonl", "reports", "--out", "out", "--max-llm-calls", "0"], "'0' is not a whole number from 1 on"),
        (["questions.jsonl", "reports", "--out", "out", "--max-cost", "0"], "max_cost=0.0 is no limit of a campaign"),
        (["questions.jsonl", "reports", "--out", "out", "--scheduler", "tcp://127.0.0.1:9"], "No scheduler answers at"),
    ],
)
def test_mistakes_are_one_sentence(tmp_path: Path, arguments: list[str], complaint: str) -> None:
    prepared(tmp_path, 1)
    with ScriptedServer() as server:
        done = run_here(["map", *arguments, "-m", "scripted"], folder=tmp_path, environment=environment(server))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("rlm: ")
    assert done.stderr.count("\n") == 1
    assert complaint in done.stderr


def test_the_line_says_rate_spend_and_estimate() -> None:
    figures = SimpleNamespace(
        total=10_000,
        done=400,
        skipped=0,
        statuses={"answered": 397, "failed": 3},
        spent=SimpleNamespace(calls=1_210, tokens=2_000_000, cost=1.25),
        rate=96.0,
        seconds_left=6_000.0,
        cost_in_all=31.25,
    )
    assert progress_text(figures, 40) == (
        "400 of 10,000 · 96 a minute · 1,210 calls, 2,000,000 tokens, cost 1.25 of 40, about 31.2 in all · failed 3 · "
        "about 1.7 h left"
    )
