"""The limits of a run tree: what they count, when they bite, what they say."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from runs import SUM, TOTAL, block, run
from scripted_server import ScriptedServer, hang, say

from rlm_kernel.engine.budget import Budget, BudgetExceeded, CallEstimate, Limits
from rlm_kernel.trace import TreeUsage, Usage

Serve = Callable[..., ScriptedServer]


def spend(budget: Budget, usage: Usage | None = None, **claim: Any) -> None:
    budget.reserve(**claim).settle(usage)


def test_calls_are_counted_before_they_are_sent() -> None:
    budget = Budget(Limits(max_llm_calls=3))
    claim = budget.reserve()
    budget.reserve()
    assert (budget.remaining_calls, budget.usage.calls) == (1, 0)
    budget.reserve()
    with pytest.raises(BudgetExceeded, match="max_llm_calls=3 model calls are used up"):
        budget.reserve()
    claim.settle(Usage(calls=1, prompt_tokens=5))
    assert (budget.remaining_calls, budget.usage.calls, budget.usage.prompt_tokens) == (0, 1, 5)


def test_a_call_that_was_never_sent_counts_nothing() -> None:
    budget = Budget(Limits(max_llm_calls=2))
    spend(budget, Usage())
    assert (budget.remaining_calls, budget.usage.calls) == (2, 0)


@pytest.mark.parametrize("usage", [None, Usage(calls=1)])
def test_a_call_counts_whatever_came_of_it(usage: Usage | None) -> None:
    budget = Budget(Limits(max_llm_calls=2))
    spend(budget, usage)
    spend(budget, usage)
    assert budget.usage.calls == 2
    with pytest.raises(BudgetExceeded):
        budget.reserve()


def test_a_reply_that_took_several_calls_counts_as_many() -> None:
    budget = Budget(Limits(max_llm_calls=5))
    spend(budget, Usage(calls=4))
    assert budget.remaining_calls == 1


@pytest.mark.parametrize(
    ("limits", "used", "words"),
    [
        (Limits(max_tokens=10), Usage(calls=1, prompt_tokens=6, completion_tokens=4), "max_tokens=10 .*10 spent"),
        (Limits(max_cost=0.5), Usage(calls=1, cost=0.75), "max_cost=0.5 .*0.75 spent"),
    ],
)
def test_what_a_call_costs_is_known_afterwards(limits: Limits, used: Usage, words: str) -> None:
    budget = Budget(limits)
    spend(budget, used)
    with pytest.raises(BudgetExceeded, match=words):
        budget.reserve()


def test_below_a_limit_nothing_is_refused() -> None:
    budget = Budget(Limits(max_tokens=10, max_cost=0.5, max_seconds=1000))
    spend(budget, Usage(calls=1, prompt_tokens=9, cost=0.49))
    budget.reserve()
    assert budget.remaining_seconds is not None
    assert 0 < budget.remaining_seconds <= 1000


async def test_no_cost_at_all_allows_what_costs_nothing(scripted_server: Serve) -> None:
    trace = (await run(scripted_server([block("FINAL(len(context))")]), max_cost=0)).trace
    assert trace.status == "answered"
    usage = {"prompt_tokens": 10, "completion_tokens": 5, "cost": 0.1}
    server = scripted_server([say(block(SUM), usage=usage), say(block("FINAL(total)"), usage=usage)])
    trace = (await run(server, max_cost=0)).trace
    assert (trace.status, len(server.requests)) == ("exhausted", 1)
    assert "max_cost=0 is used up (0.1 spent)" in trace.reason


def test_an_unknown_cost_is_not_a_cost() -> None:
    budget = Budget(Limits(max_cost=0.1))
    for _ in range(50):
        spend(budget, Usage(calls=1, cost=None))
    assert budget.usage.cost is None


def test_costs_and_tokens_add_up() -> None:
    budget = Budget(Limits())
    spend(budget, Usage(calls=1, prompt_tokens=1, completion_tokens=2, cached_tokens=3, cost=0.25, seconds=1.5))
    spend(budget, Usage(calls=1, prompt_tokens=10, completion_tokens=20, cached_tokens=30, cost=0.5, estimated=True))
    assert budget.usage == TreeUsage(
        parts=budget.usage.parts,
        calls=2,
        prompt_tokens=11,
        completion_tokens=22,
        cached_tokens=33,
        cost=0.75,
        seconds=1.5,
        estimated=True,
    )


def test_the_time_of_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now)
    budget = Budget(Limits(max_seconds=60))
    monkeypatch.setattr(time, "monotonic", lambda: now + 59)
    budget.reserve()
    assert budget.remaining_seconds == pytest.approx(1)
    monkeypatch.setattr(time, "monotonic", lambda: now + 61)
    assert budget.remaining_seconds == pytest.approx(-1)
    with pytest.raises(BudgetExceeded, match="max_seconds=60 seconds are over"):
        budget.reserve()


def test_no_limit_is_no_limit() -> None:
    budget = Budget(Limits(max_llm_calls=10**9))
    spend(budget, Usage(calls=1, prompt_tokens=10**9, cost=10.0**9))
    budget.reserve()
    assert budget.remaining_seconds is None


async def test_the_limit_of_calls_ends_a_run_with_a_best_guess(scripted_server: Serve) -> None:
    server = scripted_server([block("print(1)"), block("print(2)"), block("FINAL('guess')")])
    trace = (await run(server, max_llm_calls=3)).trace
    assert trace.usage.calls == len(server.requests) == 3
    assert (trace.status, trace.value) in [("exhausted", "guess"), ("answered", "guess")]


async def test_the_limit_of_calls_is_never_exceeded(scripted_server: Serve) -> None:
    server = scripted_server(lambda body: block("print(llm_query_batched(['a', 'b', 'c']))"))
    trace = (await run(server, max_llm_calls=6, max_iterations=50)).trace
    assert trace.status == "exhausted"
    assert "max_llm_calls=6" in trace.reason
    assert trace.usage.calls == len(server.requests) == 6


async def test_a_reported_cost_ends_a_run(scripted_server: Serve) -> None:
    usage = {"prompt_tokens": 10, "completion_tokens": 5, "cost": 0.3}
    script = [
        say(block(SUM), usage=usage),
        say(block("total += 0"), usage=usage),
        say(block("FINAL(total)"), usage=usage),
    ]
    trace = (await run(scripted_server(script), max_cost=1.3)).trace
    assert (trace.status, trace.value, trace.best_guess) == ("exhausted", TOTAL, True)
    assert "max_cost=1.3 would be exceeded (0.7 is left" in trace.reason
    assert trace.usage.cost == pytest.approx(0.9)


async def test_prices_of_the_users_make_a_cost(scripted_server: Serve) -> None:
    server = scripted_server([block(SUM), block("FINAL(total)")])
    prices = {"scripted": {"input": 1000, "output": 2000}}
    usage = (await run(server, prices=prices)).trace.usage
    assert usage.cost == pytest.approx((1000 * usage.prompt_tokens + 2000 * usage.completion_tokens) / 1e6)


async def test_what_cannot_be_paid_is_not_sent(scripted_server: Serve) -> None:
    server = scripted_server([])
    trace = (await run(server, max_tokens=100)).trace
    assert (trace.status, trace.value, server.requests) == ("exhausted", None, [])
    assert "max_tokens=100 would be exceeded (100 tokens are left" in trace.reason


async def test_tokens_end_a_run(scripted_server: Serve) -> None:
    usage = {"prompt_tokens": 3000, "completion_tokens": 10}
    script = [
        say(block(SUM), usage=usage),
        say(block("print(1)"), usage=usage),
        say(block("FINAL(total)"), usage=usage),
    ]
    trace = (await run(scripted_server(script), max_tokens=13_000)).trace
    assert (trace.status, trace.value, trace.usage.prompt_tokens) == ("exhausted", TOTAL, 9000)
    assert "max_tokens=13000" in trace.reason


def test_what_is_claimed_cannot_be_claimed_again() -> None:
    budget = Budget(Limits(max_tokens=1000, max_cost=1.0))
    first = budget.reserve(CallEstimate(500, 100, 0.2))
    with pytest.raises(BudgetExceeded, match=r"max_tokens=1000 would be exceeded \(400 tokens are left"):
        budget.reserve(CallEstimate(500, 100, 0.2))
    with pytest.raises(BudgetExceeded, match=r"max_cost=1 would be exceeded \(0\.8 is left"):
        budget.reserve(CallEstimate(1, 1, 0.9))
    first.settle(Usage(calls=1, prompt_tokens=100, completion_tokens=10, cost=0.01))
    budget.reserve(CallEstimate(500, 100, 0.2))


def test_a_last_answer_may_take_a_tenth_more() -> None:
    budget = Budget(Limits(max_tokens=1000))
    spend(budget, Usage(calls=1, prompt_tokens=900))
    with pytest.raises(BudgetExceeded):
        budget.reserve(CallEstimate(150, 0))
    with pytest.raises(BudgetExceeded, match="100 tokens are left"):
        budget.reserve(CallEstimate(201, 0), last=True)
    budget.reserve(CallEstimate(200, 0), last=True)


def test_each_open_run_keeps_a_call_and_what_it_takes() -> None:
    budget = Budget(Limits(max_llm_calls=6, max_tokens=1000))
    root, below = budget.open_run(), budget.open_run()
    below.estimate = CallEstimate(400, 0)
    assert (budget.free_calls, budget.remaining_calls) == (4, 6)
    with pytest.raises(BudgetExceeded, match="max_tokens"):
        budget.reserve(CallEstimate(700, 0), own=root)
    for _ in range(4):
        spend(budget)
    with pytest.raises(BudgetExceeded, match="the last 2 are kept for answers"):
        budget.reserve(own=root)
    with pytest.raises(BudgetExceeded, match="the last 2 are kept for answers"):
        budget.open_run()
    spend(budget, own=root, last=True)
    with pytest.raises(BudgetExceeded, match="the last one is kept for the answer"):
        budget.reserve(own=root, last=True)
    spend(budget, own=below, last=True)
    assert budget.remaining_calls == 0


def test_a_run_that_has_ended_keeps_nothing() -> None:
    budget = Budget(Limits(max_llm_calls=3))
    root = budget.open_run()
    below = budget.open_run()
    below.release()
    below.release()
    spend(budget)
    spend(budget)
    with pytest.raises(BudgetExceeded):
        budget.reserve()
    spend(budget, own=root, last=True)


def test_a_run_below_needs_a_turn_and_an_answer() -> None:
    budget = Budget(Limits(max_llm_calls=2))
    budget.open_run()
    with pytest.raises(BudgetExceeded, match="kept"):
        budget.open_run()


def test_threads_do_not_spend_more_than_there_is() -> None:
    budget, made = Budget(Limits(max_llm_calls=500, max_tokens=400_000)), []

    def take() -> None:
        for _ in range(200):
            try:
                claim = budget.reserve(CallEstimate(900, 100))
            except BudgetExceeded:
                continue
            made.append(claim)
            claim.settle(Usage(calls=1, prompt_tokens=900, completion_tokens=100), "m", len(made) % 3)

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    usage = budget.usage
    assert usage.calls == len(made) == 400
    assert usage.prompt_tokens + usage.completion_tokens == 400_000
    assert sum(part.calls for part in usage.parts) == 400


def test_a_plan_names_the_limit_that_it_takes_most_of() -> None:
    budget = Budget(Limits(max_llm_calls=101, max_tokens=10_000, max_cost=1.0))
    budget.open_run()
    plan = budget.plan("llm_query_batched", 10, CallEstimate(700, 100, 0.01), priced=True)
    assert (plan.count, plan.prompt_tokens, plan.completion_tokens, plan.limit) == (10, 7000, 1000, "max_tokens")
    assert (plan.share, plan.cost) == (pytest.approx(0.8), pytest.approx(0.1))
    assert budget.plan("x", 60, CallEstimate(), priced=False).limit == "max_llm_calls"
    assert budget.plan("x", 60, CallEstimate(), priced=False).cost is None


async def test_time_ends_a_run_that_waits_for_its_model(scripted_server: Serve) -> None:
    server = scripted_server([block(SUM), hang(), block("FINAL(total)")])
    trace = (await run(server, max_seconds=1.5)).trace
    assert (trace.status, trace.value, trace.best_guess) == ("exhausted", TOTAL, True)
    assert "max_seconds=1.5 seconds are over" in trace.reason


async def test_time_ends_a_run_that_computes(scripted_server: Serve) -> None:
    server = scripted_server([block("kept = 7\nwhile True: pass"), block("FINAL(kept + len(context) * 0)")])
    trace = (await run(server, max_seconds=1.5)).trace
    assert (trace.status, trace.value, trace.best_guess) == ("exhausted", 7, True)
    error = trace.iterations[0].error
    assert error is not None
    assert error.type == "Interrupted"
