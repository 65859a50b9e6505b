"""The budget of a whole campaign: what the server itself has counted never exceeds it, whatever is killed meanwhile."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from runs import block
from sales import GOOD, LOOK, QUESTION, engine, files, turns
from scripted_server import ScriptedServer, hang, say

from rlm_kernel.campaign import CampaignError, Results
from rlm_kernel.campaign.accounts import Accounts
from rlm_kernel.campaign.ledger import Amount, CampaignLimits, Ledger

Serve = Callable[..., ScriptedServer]
PRICE = {"scripted": {"input": 1_000.0, "output": 1_000.0}}
LABEL = block('replies = llm_query_batched([f"label {n}" for n in range(6)])\nFINAL(len(replies))')


def ledger(tmp_path: Path, **limits: Any) -> Ledger:
    return Ledger(tmp_path / "ledger.sqlite", CampaignLimits(**limits))


def test_what_is_leased_counts_until_it_is_settled(tmp_path: Path) -> None:
    book = ledger(tmp_path, max_llm_calls=10, max_cost=1.0)
    first = book.lease("a", Amount(6, 500, 0.4))
    assert first is not None
    assert book.lease("b", Amount(5, 0, 0.1)) is None
    assert book.lease("b", Amount(1, 0, 0.7)) is None
    second = book.lease("b", Amount(4, 0, 0.6))
    assert second is not None
    assert not book.grow(first, Amount(calls=1))
    book.settle(second, Amount(1, 10, 0.1))
    book.settle(second, Amount(9, 10, 0.1))  # a second time it is nothing
    assert book.grow(first, Amount(calls=3))
    assert not book.grow(second, Amount(calls=1))
    assert (book.spent, book.held) == (Amount(1, 10, 0.1), Amount(9, 500, 0.4))
    assert book.lose(first) == Amount(9, 500, 0.4)
    assert book.taken.calls == 10
    assert book.limits.used_up(book.taken) == "the campaign's max_llm_calls=10 model calls are used up"


def test_a_lease_that_nobody_settled_counts_as_spent(tmp_path: Path) -> None:
    book = ledger(tmp_path, max_llm_calls=10)
    settled, lost = book.lease("a", Amount(calls=4)), book.lease("b", Amount(calls=4))
    assert settled is not None
    assert lost is not None
    book.settle(settled, Amount(calls=1))
    book.close()
    again = ledger(tmp_path, max_llm_calls=10)
    assert (again.spent.calls, again.lost.calls, again.left.calls) == (1, 4, 5)
    again.settle(lost, Amount(calls=1))  # it is not open any more
    assert again.left.calls == 5


def test_a_file_of_somebody_else_is_no_ledger(tmp_path: Path) -> None:
    import sqlite3

    other = sqlite3.connect(tmp_path / "ledger.sqlite")
    other.execute("CREATE TABLE theirs (x)")
    other.close()
    with pytest.raises(CampaignError, match="is a database of something else"):
        ledger(tmp_path)
    (tmp_path / "ledger.sqlite").write_bytes(b"no database at all, but long enough to look like one" * 20)
    with pytest.raises(CampaignError, match="cannot be used"):
        ledger(tmp_path)


async def test_near_a_limit_runs_wait_for_each_other(tmp_path: Path) -> None:
    accounts = Accounts(ledger(tmp_path, max_llm_calls=5), first_cost=None)
    first = await accounts.admit("a")
    assert first is not None
    assert first[1].calls == 4
    waiting = asyncio.create_task(accounts.admit("b"))
    await asyncio.sleep(0)
    assert not waiting.done()
    await accounts.settle(first[0], Amount(calls=2), Amount(calls=2))
    second = await waiting
    assert second is not None
    assert second[1].calls == 2  # as the run before it had needed
    assert await accounts.grow(second[0], Amount(calls=1)) == Amount(calls=1)
    # There is none left, and nobody who could give back.
    assert await accounts.grow(second[0], Amount(calls=1)) is None
    await accounts.settle(second[0], Amount(calls=3), Amount(calls=3))
    assert await accounts.admit("c") is None


async def test_a_run_waits_for_what_others_give_back_but_not_for_each_other(tmp_path: Path) -> None:
    accounts = Accounts(ledger(tmp_path, max_llm_calls=8), first_cost=None)
    one, other = await accounts.admit("a"), await accounts.admit("b")
    assert one is not None
    assert other is not None
    waiting = asyncio.create_task(accounts.grow(one[0], Amount(calls=2)))
    await asyncio.sleep(0)
    assert not waiting.done()
    assert await accounts.grow(other[0], Amount(calls=1)) is None  # else both would wait for ever
    await accounts.settle(other[0], Amount(calls=2), Amount(calls=4))
    assert await waiting == Amount(calls=2)


async def test_where_little_is_left_the_oldest_run_comes_first(tmp_path: Path) -> None:
    accounts = Accounts(ledger(tmp_path, max_llm_calls=10), first_cost=None)
    one, other = await accounts.admit("a"), await accounts.admit("b")
    assert one is not None
    assert other is not None
    waiting = asyncio.create_task(accounts.grow(other[0], Amount(calls=1)))
    await asyncio.sleep(0)
    assert not waiting.done()  # although there is room for it
    assert await accounts.grow(one[0], Amount(calls=2)) == Amount(calls=2)
    await accounts.settle(one[0], Amount(calls=5), Amount(calls=5))
    assert await waiting == Amount(calls=1)


def test_calls_are_never_more_than_the_limit(scripted_server: Serve, tmp_path: Path) -> None:
    server = scripted_server(lambda body: GOOD if turns(body) else LOOK)
    reports = files(tmp_path / "reports", 6)
    results = engine(server).map(QUESTION, reports, out=tmp_path / "out", workers=4, max_llm_calls=7)
    assert server.count.requests <= 7
    assert results.stopped_kind == "limit"
    assert "max_llm_calls=7" in results.stopped
    answered = sum(row.status == "answered" for row in results)
    assert answered == 3  # and not six that are cut off after their first call
    assert results.missing == 3
    again = engine(server).map(QUESTION, reports, out=tmp_path / "out", workers=4, max_llm_calls=7)
    assert server.count.requests <= 7
    assert again.missing == 3
    results = engine(server).map(QUESTION, reports, out=tmp_path / "out", workers=4, max_llm_calls=20)
    assert results.statuses == {"answered": 6}
    assert server.count.requests <= 14


def test_sub_calls_count_too(scripted_server: Serve, tmp_path: Path) -> None:
    server = scripted_server(lambda body: LABEL if len(body["messages"]) > 1 else "spam")
    reports = files(tmp_path / "reports", 6)
    results = engine(server).map(QUESTION, reports, out=tmp_path / "out", workers=1, max_llm_calls=17)
    assert server.count.requests == 17
    assert [row.calls for row in results] == [7, 7, 3]
    assert [row.finished for row in results] == [True, True, False]
    results = engine(server).map(QUESTION, reports, out=tmp_path / "other", workers=4, max_llm_calls=17)
    assert server.count.requests <= 2 * 17


@pytest.mark.parametrize("limit", [{"max_tokens": 30_000}, {"max_cost": 30.0}])
def test_tokens_and_cost_are_never_more_than_the_limit(
    scripted_server: Serve, tmp_path: Path, limit: dict[str, float]
) -> None:
    def answer(body: dict[str, Any]) -> Any:
        # A model that says as much as it is let, and an endpoint that counts prompts as tokenizers do.
        prompt = sum(len(message["content"]) for message in body["messages"]) // 3
        usage = {"prompt_tokens": prompt, "completion_tokens": min(3_000, body["max_tokens"])}
        return say(GOOD, usage=usage)

    server = scripted_server(answer)
    rlm = engine(server, prices=PRICE)
    results = rlm.map(QUESTION, files(tmp_path / "reports", 12), out=tmp_path / "out", workers=4, **limit)
    count = server.count
    assert count.prompt_tokens + count.completion_tokens <= 30_000
    assert results.stopped_kind == "limit"
    assert count.answered >= 4
    assert results.spent is not None
    assert results.spent.tokens == count.prompt_tokens + count.completion_tokens
    assert results.cost == pytest.approx(results.spent.tokens / 1_000)


def test_a_cost_that_nobody_knows_is_said_at_once(scripted_server: Serve, tmp_path: Path) -> None:
    server = scripted_server(lambda body: GOOD)
    results = engine(server).map(QUESTION, files(tmp_path / "reports", 6), out=tmp_path / "out", max_cost=1.0)
    assert results.stopped_kind == "unpriced"
    assert "nobody knows what a call of 'scripted' costs: give its price" in results.stopped
    assert server.count.requests == 1


def test_a_cost_that_the_endpoint_tells_is_learned_from_its_first_call(scripted_server: Serve, tmp_path: Path) -> None:
    usage = {"prompt_tokens": 100, "completion_tokens": 20, "cost": 0.1}
    server = scripted_server(lambda body: say(GOOD, usage=usage))
    results = engine(server).map(QUESTION, files(tmp_path / "reports", 30), out=tmp_path / "out", max_cost=2.0)
    assert server.count.cost <= 2.0
    assert results.stopped_kind == "limit"
    assert results.spent is not None
    assert results.spent.cost == pytest.approx(server.count.cost)


PROGRAM = """
import sys
from pathlib import Path
from rlm_kernel import RLM
folder, url, limit = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
rlm = RLM("scripted", url, api_key="none", cell_timeout=20)
rlm.map("What is the total of all sales?", folder / "reports", out=folder / "out", workers=3, max_llm_calls=limit)
"""


def test_a_campaign_that_was_killed_goes_on_within_its_limit(scripted_server: Serve, tmp_path: Path) -> None:
    answers: list[Any] = [GOOD, GOOD, hang(), hang(), hang()]
    server = scripted_server(lambda body: answers.pop(0) if answers else GOOD)
    reports = files(tmp_path / "reports", 8)
    arguments = [sys.executable, "-c", PROGRAM, str(tmp_path), server.base_url, "30"]
    with subprocess.Popen(arguments, stderr=subprocess.PIPE, start_new_session=True) as process:
        assert server.hanging.wait(120)
        while True:
            rows = tmp_path / "out" / "rows.jsonl"
            if rows.is_file() and rows.read_bytes().count(b"\n") == 2:
                break
            assert process.poll() is None
            signal.sigtimedwait([], 0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
    answers.clear()
    server.release()
    assert server.wait_for_connections(0)
    asked = server.count.requests
    results = engine(server).map(QUESTION, reports, out=tmp_path / "out", workers=3, max_llm_calls=30)
    assert results.statuses == {"answered": 8}
    assert [row.value for row in results] == [1000 + number for number in range(1, 9)]
    assert server.count.requests == asked + 6  # what was answered is not asked again
    assert results.spent is not None
    # What the killed process had leased counts, although not all of it was sent.
    assert server.count.requests <= results.spent.calls <= 30
    assert not list((tmp_path / "out" / "traces").glob(".*"))
    journal = [json.loads(line) for line in (tmp_path / "out" / "rows.jsonl").read_text().splitlines()]
    assert len(journal) == 8
    assert all((tmp_path / "out" / row["trace"]).is_file() for row in journal)


@pytest.mark.nightly
def test_limits_hold_over_a_campaign_that_is_killed_again_and_again(scripted_server: Serve, tmp_path: Path) -> None:
    server = scripted_server(lambda body: hang())
    files(tmp_path / "reports", 4)
    arguments = [sys.executable, "-c", PROGRAM, str(tmp_path), server.base_url, "9"]
    for _ in range(2):
        server.hanging.clear()
        with subprocess.Popen(arguments, stderr=subprocess.PIPE, start_new_session=True) as process:
            assert server.hanging.wait(120)
            process.send_signal(signal.SIGKILL)
            process.wait()
    server.release()
    server._scripts[None] = lambda body: GOOD
    results = engine(server).map(QUESTION, tmp_path / "reports", out=tmp_path / "out", workers=3, max_llm_calls=9)
    assert server.final_count().requests <= 9
    assert results.spent is not None
    assert results.spent.calls <= 9
    assert os.listdir(tmp_path / "out")
    if results.rows:
        assert Results.open(tmp_path / "out").statuses
