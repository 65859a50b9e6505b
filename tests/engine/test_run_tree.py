"""What the runs of a tree share: the cache, the measure of requests, large batches, and a ledger that adds up."""

from __future__ import annotations

import asyncio
import itertools
import random
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from runs import block, engine, run
from scripted_server import ScriptedServer, drop, fail, hang, late, say, too_many

from rlm_kernel.engine.budget import BatchPlan
from rlm_kernel.trace import CallFinished, Event

Serve = Callable[..., ScriptedServer]
MESSAGES = "\n".join(
    f"message {number}: {'I love it' if number % 3 else 'I want my money back'}" for number in range(2000)
)


def sub_only(answer: Any, *root: str) -> dict[str, Any]:
    """Scripts for a root model and a sub-model."""
    return {"root": list(root), "sub": answer}


async def ask(server: ScriptedServer, context: Any = MESSAGES, **settings: Any) -> Any:
    return await run(server, context=context, model="root", sub_model="sub", **settings)


def prompt_of(body: dict[str, Any]) -> str:
    return str(body["messages"][-1]["content"])


async def test_identical_calls_are_answered_once(scripted_server: Serve) -> None:
    code = "print(llm_query_batched(['same'] * 20 + ['other']))\nprint(llm_query('same'))"
    server = scripted_server(sub_only(lambda body: f"to {prompt_of(body)}", block(code), block("FINAL(len(context))")))
    result = await ask(server)
    assert sum(request.body["model"] == "sub" for request in server.requests) == 2
    calls = result.trace.iterations[0].calls
    assert [call.cached for call in calls].count(False) == 2
    assert {call.response for call in calls} == {"to same", "to other"}
    assert all(call.usage.calls == 0 and call.usage.cost in (None, 0) for call in calls if call.cached)
    assert result.trace.usage.calls == len(server.requests) == 4


async def test_identical_calls_that_fail_fail_together_and_may_be_tried_again(scripted_server: Serve) -> None:
    code = "print(llm_query_batched(['same'] * 5))\nprint(llm_query('same'))"
    answers = iter([fail(400, "rude"), "polite"])
    server = scripted_server(sub_only(lambda body: next(answers), block(code), block("FINAL(len(context))")))
    result = await ask(server)
    calls = result.trace.iterations[0].calls
    assert [call.error is None for call in calls] == [False] * 5 + [True]
    assert sum(call.usage.calls for call in calls) == 2


@pytest.mark.nightly
async def test_whoever_waits_for_one_that_was_cancelled_asks_itself(scripted_server: Serve) -> None:
    """A cell that is stopped in mid-call leaves nothing behind that a later cell would wait for."""
    answers = iter([hang("some text"), "an answer"])
    first = "llm_query('same')"
    server = scripted_server(
        sub_only(
            lambda body: next(answers), block(first), block("print(llm_query('same'))"), block("FINAL(len(context))")
        )
    )
    result = await ask(server, max_seconds=4)
    assert result.trace.usage.calls == len(server.requests)
    assert result.trace.iterations[0].calls[0].error == "cancelled"


async def test_replies_on_disk_cost_nothing_in_the_next_run(scripted_server: Serve, tmp_path: Path) -> None:
    code = "print(llm_query_batched(['a', 'b', 'a']))"
    server = scripted_server(sub_only(lambda body: f"to {prompt_of(body)}", block(code), block("FINAL(len(context))")))
    first = await ask(server, cache=str(tmp_path / "replies.sqlite"))
    sent = len(server.requests)
    second = await ask(server, cache=str(tmp_path / "replies.sqlite"))
    assert len(server.requests) == sent == 4
    assert (second.trace.value, second.trace.usage.calls, second.trace.usage.prompt_tokens) == (len(MESSAGES), 0, 0)
    assert [turn.cached for turn in second.trace.iterations] == [True, True]
    assert [turn.output for turn in second.trace.iterations] == [turn.output for turn in first.trace.iterations]
    # Another seed asks for another reply.
    server = scripted_server(sub_only(lambda body: "new", block(code), block("FINAL(len(context))")))
    await ask(server, cache=str(tmp_path / "replies.sqlite"), seed=5)
    assert server.requests


async def test_a_cache_that_cannot_be_used_is_a_remark_and_no_error(scripted_server: Serve, tmp_path: Path) -> None:
    broken = tmp_path / "replies.sqlite"
    broken.write_bytes(b"this is no database" * 1000)
    server = scripted_server(sub_only("x", block("FINAL(len(context))")))
    result = await ask(server, cache=str(broken))
    assert result.trace.status == "answered"
    assert any("replies.sqlite" in notice for notice in result.trace.notices)
    assert broken.read_bytes().startswith(b"this is no database")


@pytest.mark.parametrize("allowed", [True, False])
@pytest.mark.parametrize("awaited", [True, False])
async def test_a_large_batch_is_asked_about(scripted_server: Serve, allowed: bool, awaited: bool) -> None:
    plans: list[BatchPlan] = []

    async def later(plan: BatchPlan) -> bool:
        plans.append(plan)
        return allowed

    def now(plan: BatchPlan) -> bool:
        plans.append(plan)
        return allowed

    code = "llm_query_batched(['small'] * 2)\nprint(llm_query_batched([f'prompt {n} ' + 'x' * 400 for n in range(80)]))"
    server = scripted_server(sub_only(lambda body: "ok", block(code), block("FINAL(len(context))")))
    prices = {"sub": {"input": 10, "output": 10}}
    result = await ask(server, on_large_batch=later if awaited else now, prices=prices)
    (plan,) = plans
    assert (plan.kind, plan.count, plan.limit) == ("llm_query_batched", 80, "max_llm_calls")
    assert plan.share > 0.5
    assert plan.prompt_tokens == pytest.approx(80 * 103, rel=0.05)
    assert plan.cost is not None
    error = result.trace.iterations[0].error
    assert len(result.trace.iterations[0].calls) == (82 if allowed else 2)
    assert (error is None) is allowed
    if error is not None:
        assert "the user has refused this batch of 80" in error.message


async def test_no_more_requests_at_once_than_allowed_over_all_levels(scripted_server: Serve) -> None:
    def answer(body: dict[str, Any]) -> Any:
        if body["messages"][0]["role"] == "system":
            if "rlm_query" not in prompt_of(body) and "Question: top" in body["messages"][1]["content"]:
                return block("FINAL(rlm_query_batched([(f'below {n}', read_lines(n + 1, n + 9)) for n in range(6)]))")
            return block("FINAL(llm_query_batched([line for line in context.split('\\n')]))")
        return late("ok", 0.02)

    server = scripted_server(answer)
    result = await run(server, question="top", context=MESSAGES, max_concurrency=3, max_llm_calls=200)
    assert result.trace.value == [["ok"] * 9] * 6
    assert server.count.most_in_flight <= 3
    assert result.trace.usage.calls == len(server.requests)


@pytest.mark.nightly
async def test_two_thousand_messages_are_classified_by_meaning(scripted_server: Serve) -> None:
    """A count that needs judgement: every message goes to the sub-model, the code adds up what comes back."""
    code = """
messages = context.split("\\n")
verdicts = llm_query_batched([f"Is this a complaint? Answer yes or no.\\n{message}" for message in messages])
complaints = [n for n, verdict in enumerate(verdicts, 1) if verdict == "yes"]
print(len(complaints), len(verdicts))"""

    def judge(body: dict[str, Any]) -> Any:
        return say("yes" if "money back" in prompt_of(body) else "no", size=64)

    server = scripted_server(sub_only(judge, block(code), block("FINAL(len(complaints), evidence=complaints[:3])")))
    result = await ask(server, max_llm_calls=2_100, max_concurrency=32)
    assert result.trace.value == 667
    assert result.trace.usage.calls == len(server.requests) == 2_002
    calls = result.trace.iterations[0].calls
    # Each in the ledger with the line of the document that it was about, as the parent finds it in its own copy.
    assert [(span.start_line, span.end_line) for call in calls for span in call.context_spans] == [
        (number, number) for number in range(1, 2001)
    ]
    assert {call.line for call in calls} == {3}
    assert result.trace.coverage is not None
    assert result.trace.coverage.sent == 1.0
    assert result.trace.evidence[0].text == "message 0: I want my money back"


@pytest.mark.nightly
async def test_the_ledger_agrees_with_the_servers_own_count(scripted_server: Serve) -> None:
    """Thousands of calls, with failures of every kind: nothing is lost, nothing is counted twice."""
    chance, lock = random.Random(7), threading.Lock()
    faults: list[Callable[[], Any]] = [
        lambda: too_many(0.01),
        lambda: fail(500),
        lambda: fail(400, "rude"),
        drop,
        lambda: drop("half a rep"),
        lambda: say("fine", usage=None),
    ]

    def answer(body: dict[str, Any]) -> Any:
        with lock:
            fault = chance.random() < 0.15
            kind = chance.choice(faults)
        usage = {"prompt_tokens": 11, "completion_tokens": 3, "cost": 0.001}
        return kind() if fault else say(f"fine {prompt_of(body)}", usage=usage, size=64)

    code = "answers = llm_query_batched([f'prompt {n}' for n in range(1000)])\nprint(len(answers))"
    again = code.replace("prompt {n}", "again {n}")
    server = scripted_server(sub_only(answer, block(code), block(again), block("FINAL(len(context))")))
    result = await ask(server, max_llm_calls=4_000, max_concurrency=24)
    count = await asyncio.to_thread(server.final_count)
    usage, rows = result.trace.usage, result.trace.calls
    assert result.trace.value == len(MESSAGES)
    assert usage.calls + usage.retries == count.requests
    assert usage.calls == 2_003
    sub = [row for row in rows if row["model"] == "sub"]
    assert len(sub) == 2_000
    for name in ("calls", "retries", "prompt_tokens", "completion_tokens"):
        assert getattr(usage, name) == sum(row[name] for row in rows) == sum(getattr(p, name) for p in usage.parts)
    told = [row for row in sub if row["error"] is None and not row["estimated"]]
    assert sum(row["prompt_tokens"] for row in told) == 11 * len(told)
    assert sum(row["cost"] or 0 for row in told) == pytest.approx(0.001 * len(told))
    assert all(row["error"] for row in sub if row["calls"] and not row["completion_tokens"])
    # The same engine is as good as new afterwards.
    server = scripted_server(["FINAL(len(context))"])
    assert (await ask(server)).trace.status in ("answered", "exhausted", "failed")


async def test_rate_limits_slow_the_whole_batch_down_and_lose_nothing(scripted_server: Serve) -> None:
    numbers = itertools.count()

    def answer(body: dict[str, Any]) -> Any:
        return too_many(0.2) if next(numbers) in (30, 31, 32) else late("ok", 0.005)

    code = "answers = llm_query_batched([f'prompt {n}' for n in range(100)])\nFINAL(answers.count('ok'))"
    result = await ask(scripted_server(sub_only(answer, block(code))), max_llm_calls=200, max_concurrency=16)
    assert result.trace.value == 100
    assert result.trace.usage.retries == 3


async def test_interrupt_keeps_what_was_finished(scripted_server: Serve) -> None:
    stop, finished = asyncio.Event(), []

    def answer(body: dict[str, Any]) -> Any:
        return "ok" if int(prompt_of(body).split()[-1]) < 10 else hang("some text")

    def on_event(event: Event) -> None:
        if isinstance(event, CallFinished):
            finished.append(event)
            if len(finished) == 10:
                stop.set()

    code = "llm_query_batched([f'prompt {n}' for n in range(40)])"
    server = scripted_server(sub_only(answer, block(code)))
    result = await ask(server, stop=stop, on_event=on_event, max_concurrency=20)
    calls = result.trace.iterations[0].calls
    assert result.trace.status == "stopped"
    assert [call.response for call in calls if call.error is None] == ["ok"] * 10
    assert {call.error for call in calls} == {None, "cancelled"}
    # What was cancelled on its way to the server counts, for nobody knows.
    assert len(server.requests) <= result.trace.usage.calls <= 1 + len(calls)
    assert await asyncio.to_thread(server.wait_for_connections, 0)


async def test_the_window_of_a_sub_model_is_learned_before_a_large_prompt_is_sent(scripted_server: Serve) -> None:
    code = "llm_query('x' * 40_000)"
    server = scripted_server(
        sub_only("never", block(code), block("FINAL(len(context))")),
        models=[{"id": "sub", "max_model_len": 8_000}, {"id": "root", "max_model_len": 100_000}],
    )
    result = await ask(server)
    error = result.trace.iterations[0].error
    assert error is not None
    assert "about 10,001 tokens and 'sub' takes 8,000: split it" in error.message
    assert all(request.body["model"] == "root" for request in server.requests)


async def test_an_engine_serves_many_runs_at_once(scripted_server: Serve) -> None:
    server = scripted_server(lambda body: block("FINAL(len(context))"))
    rlm = engine(server)
    answers = await asyncio.gather(*(rlm.acompletion("how long?", "x" * (n + 1)) for n in range(12)))
    assert [answer.value for answer in answers] == list(range(1, 13))
