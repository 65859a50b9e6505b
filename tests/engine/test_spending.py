"""The budget over all runs: counted in one file, by several processes, and never exceeded."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from runs import DOCUMENT, SUM, TOTAL, block, engine
from scripted_server import ScriptedServer

from rlm_kernel import RLM
from rlm_kernel.cli import main
from rlm_kernel.engine.spending import Amounts, BudgetSpent, SpendingFile
from rlm_kernel.trace import Usage

Serve = Callable[..., ScriptedServer]
ANSWERING = block(f"{SUM}\nFINAL(total)")


@pytest.fixture
def file(tmp_path: Path) -> SpendingFile:
    spending = SpendingFile(tmp_path / "budget.sqlite")
    spending.create(Amounts(calls=3))
    return spending


def test_runs_count_together_and_the_one_too_many_is_refused_with_the_numbers(
    scripted_server: Serve, file: SpendingFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RLM_BUDGET", str(file.file))
    server = scripted_server(lambda body: ANSWERING)
    prices = {"scripted": {"input": 1.0, "output": 2.0}}
    answers = [engine(server, prices=prices).completion("How much?", DOCUMENT) for _ in range(3)]
    assert [answer.value for answer in answers] == [TOTAL] * 3
    with pytest.raises(BudgetSpent, match=r"spent: 3 of 3 calls are used .*`rlm budget .*--max-calls raises it"):
        engine(server).completion("How much?", DOCUMENT)
    assert server.final_count().requests == 3
    (row,) = file.rows
    tokens = sum(answer.usage.prompt_tokens + answer.usage.completion_tokens for answer in answers)
    assert (row.model, row.calls, row.tokens, row.unpriced) == ("scripted", 3, tokens, 0)
    assert row.cost == pytest.approx(sum(answer.usage.cost or 0 for answer in answers))
    assert "budget" not in answers[0].trace.settings
    file.create(Amounts(calls=4))
    assert engine(server).completion("How much?", DOCUMENT).value == TOTAL


def test_a_run_that_meets_the_limit_ends_as_at_any_other(scripted_server: Serve, file: SpendingFile) -> None:
    server = scripted_server(lambda body: block("print(llm_query_batched(['a', 'b', 'c', 'd']))"))
    answer = engine(server, budget=str(file.file)).completion("How much?", DOCUMENT)
    assert answer.status == "exhausted"
    assert "The budget over all runs is spent: 3 of 3 calls" in answer.trace.reason
    assert server.final_count().requests == 3


def test_tokens_and_cost_have_limits_too(file: SpendingFile) -> None:
    file.create(Amounts(tokens=100, cost=1.0))
    number = file.claim(60, 0.5)
    with pytest.raises(BudgetSpent, match="60 of 100 tokens are used or in flight, and this call needs about 50"):
        file.claim(50, 0.1)
    with pytest.raises(BudgetSpent, match=r"0\.5 of 1 cost are used or in flight, and this call needs about 0\.6"):
        file.claim(1, 0.6)
    file.settle(number, Usage(calls=1, prompt_tokens=90, completion_tokens=9, cost=0.2), "m")
    assert file.taken == Amounts(1, 99, 0.2)
    file.settle(file.claim(1, 0.1), Usage(calls=0), "m")
    file.settle(file.claim(1, 0.1), None, "m")
    assert (file.taken.calls, file.rows[0].unpriced, file.claimed) == (2, 1, 0)


def test_what_is_recorded_is_free(scripted_server: Serve, file: SpendingFile, tmp_path: Path) -> None:
    record = tmp_path / "replies.jsonl"
    engine(scripted_server([ANSWERING]), record=str(record)).completion("How much?", DOCUMENT)
    file.create(Amounts(calls=0))
    again = engine(scripted_server([]), model=f"recorded:{record}", base_url=None, budget=str(file.file))
    assert again.completion("How much?", DOCUMENT).value == TOTAL


def claim_all(path: str, claimed: object) -> None:
    """Claims until there is no more, in a process of its own."""
    count = 0
    try:
        while True:
            SpendingFile(path).claim(1, 0.0)
            count += 1
    except BudgetSpent:
        claimed.put(count)  # type: ignore[attr-defined]


def test_processes_and_threads_together_never_claim_more_than_there_is(file: SpendingFile) -> None:
    file.create(Amounts(calls=60))
    spawn = multiprocessing.get_context("spawn")
    counts = spawn.Queue()
    processes = [spawn.Process(target=claim_all, args=(str(file.file), counts)) for _ in range(2)]
    threads = [threading.Thread(target=claim_all, args=(str(file.file), counts)) for _ in range(2)]
    for each in (*processes, *threads):
        each.start()
    claimed = [counts.get(timeout=120) for _ in range(4)]
    for each in (*processes, *threads):
        each.join()
    assert sum(claimed) == 60 == file.claimed


def claim_and_die(path: str) -> None:
    """A process that is killed while its call is in flight."""
    SpendingFile(path).claim(10, 0.0)
    os.kill(os.getpid(), signal.SIGKILL)


def test_what_a_dead_process_has_claimed_counts(file: SpendingFile) -> None:
    process = multiprocessing.get_context("spawn").Process(target=claim_and_die, args=(str(file.file),))
    process.start()
    process.join()
    assert file.taken == Amounts(1, 10, 0.0)


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(BudgetSpent, match=r"There is no budget file .*nowhere.*`rlm budget .*--max-calls 500`"):
        RLM(budget=str(tmp_path / "nowhere")).check()
    text, other = tmp_path / "text", tmp_path / "other.sqlite"
    text.write_text("this is no database, and long enough to be taken for one " * 20)
    with sqlite3.connect(other) as database:
        database.execute("CREATE TABLE theirs (x)")
    database.close()
    for path, said in ((text, "cannot be used"), (other, "is no budget file")):
        with pytest.raises(BudgetSpent, match=said):
            SpendingFile(path).check()
        with pytest.raises(BudgetSpent, match=said):
            SpendingFile(path).create(Amounts(calls=1))


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert main(["budget"]) == 2
    file = tmp_path / "budget.sqlite"
    assert main(["budget", str(file), "--max-calls", "1", "--max-cost", "2.5"]) == 0
    assert "calls               0 of 1" in capsys.readouterr().out
    SpendingFile(file).settle(SpendingFile(file).claim(5, 0.0), Usage(calls=1, prompt_tokens=5), "m")
    monkeypatch.setenv("RLM_BUDGET", str(file))
    assert main(["budget", "--json"]) == 3
    shown = json.loads(capsys.readouterr().out)
    assert (shown["taken"]["calls"], shown["limits"]["cost"], shown["spent"]) == (1, 2.5, True)
    (tmp_path / "x.txt").write_text("x")
    asked = ["ask", "How much?", str(tmp_path / "x.txt"), "--model", "m", "--base-url", "http://127.0.0.1:1/v1"]
    assert main(asked) == 3
    assert "The budget over all runs is spent: 1 of 1 calls" in capsys.readouterr().err
    assert main(["budget", "--max-calls", "10"]) == 0
    assert SpendingFile(file).limits == Amounts(10, None, 2.5)
