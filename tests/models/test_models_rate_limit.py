"""Rate limits and retries against a real server: everybody slows down together, nothing is lost, all is counted."""

from __future__ import annotations

import asyncio
import itertools
import logging
import random
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from asking import ask, failure
from scripted_server import ScriptedServer, chunk, drop, fail, hang, late, say, sse, too_many

from rlm_kernel.models import Message, ModelError, OpenAICompatible, Reply
from rlm_kernel.models.openai.rate_limit import OutOfPatience, Pace
from rlm_kernel.trace import Usage

Start = Callable[..., ScriptedServer]


def number(n: int) -> list[Message]:
    return [{"role": "user", "content": f"number {n}"}]


async def ask_all(model: OpenAICompatible, count: int, concurrency: int) -> list[Reply | ModelError]:
    """Each call's reply or error, in order."""
    gate = asyncio.Semaphore(concurrency)

    async def one(n: int) -> Reply | ModelError:
        async with gate:
            try:
                return await ask(model, number(n))
            except ModelError as error:
                return error

    return await asyncio.gather(*(one(n) for n in range(count)))


@pytest.mark.nightly
async def test_thousands_of_calls_with_failures_add_up_with_the_servers_own_count(connect: Any) -> None:
    rolls, lock = random.Random(7), threading.Lock()

    def script(body: dict[str, Any]) -> Any:
        with lock:
            roll = rolls.random()
        text = body["messages"][0]["content"]
        steps = {0.02: too_many(0.001), 0.04: too_many(), 0.06: fail(500), 0.08: drop(), 0.10: drop("half of it")}
        return next((step for most, step in steps.items() if roll < most), say(f"reply to {text}", size=40))

    model, server = connect(script, max_retries=8)
    results = await ask_all(model, 2_000, 64)
    count = await asyncio.to_thread(server.final_count)
    replies = [one for one in results if isinstance(one, Reply)]
    errors = [one for one in results if isinstance(one, ModelError)]
    assert [one.text for one in results if isinstance(one, Reply)] == [
        f"reply to number {n}" for n, one in enumerate(results) if isinstance(one, Reply)
    ]
    # Only a reply that was cut in the middle is left to the caller.
    assert errors
    assert {error.kind for error in errors} == {"connection"}
    spent = sum((one.usage for one in results if one.usage is not None), Usage())
    assert spent.calls == 2_000
    assert spent.calls + spent.retries == count.requests
    assert spent.retries > 50
    assert len(replies) == count.answered
    assert sum(reply.usage.prompt_tokens for reply in replies) == count.prompt_tokens
    assert sum(reply.usage.completion_tokens for reply in replies) == count.completion_tokens
    assert count.most_in_flight <= 64


async def test_while_one_waits_nobody_sends(connect: Any) -> None:
    refused: list[float] = []
    numbers = itertools.count()

    def script(body: dict[str, Any]) -> Any:
        if next(numbers) == 30:
            refused.append(time.monotonic())
            return too_many(0.5)
        return late("fine", 0.01)

    model, server = connect(script, max_retries=0)
    results = await ask_all(model, 100, 16)
    assert [reply.text for reply in results if isinstance(reply, Reply)] == ["fine"] * 100
    assert sum(reply.usage.retries for reply in results if isinstance(reply, Reply)) == 1
    (moment,) = refused
    # Those that were on their way when the refusal came may arrive within it, which are at most the others in flight.
    during = [request for request in server.requests if moment < request.at < moment + 0.5]
    assert len(during) <= 15
    assert sum(request.at >= moment + 0.5 for request in server.requests) >= 100 - 30 - 15
    assert server.count.requests == 101


async def test_the_window_of_the_whole_batch_shrinks_and_grows_again(scripted_server: Start) -> None:
    barrier = threading.Barrier(16)
    numbers = itertools.count()

    def script(body: dict[str, Any]) -> Any:
        if next(numbers) < 16:
            barrier.wait(10)  # all are in flight before the first is refused
            return too_many(0.05)
        return late("fine", 0.005)

    server = scripted_server(script)
    model = OpenAICompatible("m", base_url=server.base_url)
    pace = model._known.pace
    assert pace.limit == float("inf")
    results = await ask_all(model, 16, 16)
    assert all(isinstance(reply, Reply) for reply in results)
    assert 8 < pace.limit < 16
    second = [request.at for request in server.requests[16:]]
    assert len(second) == 16
    smaller = pace.limit
    await ask_all(model, 64, 16)
    assert pace.limit > smaller
    await model.aclose()


async def test_instances_share_the_pause(scripted_server: Start) -> None:
    server = scripted_server(["fine"])
    first, second = (OpenAICompatible("m", base_url=server.base_url) for _ in range(2))
    first._known.pace.slow_down(first._known.pace.turn(), 0.3, 1.0)
    until = time.monotonic() + first._known.pace.pause
    await ask(second)
    # 20 ms: the two clocks are read a little apart.
    assert server.requests[0].at >= until - 0.02
    await second.aclose()


async def test_a_pause_can_be_cancelled_and_leaves_nobody_waiting(connect: Any) -> None:
    model, server = connect([])
    pace = model._known.pace
    pace.slow_down(pace.turn(), 60.0, 1.0)
    tasks = [asyncio.create_task(ask(model)) for _ in range(3)]
    await asyncio.sleep(0)
    assert len(pace._line) == 3
    async with asyncio.timeout(10):
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(result, asyncio.CancelledError) for result in results)
    assert (pace._in_flight, pace._line, server.requests) == (0, [], [])


async def test_a_call_that_was_refused_can_be_cancelled_at_once(connect: Any, caplog: pytest.LogCaptureFixture) -> None:
    refused = asyncio.Event()
    loop = asyncio.get_running_loop()

    class Tell(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            loop.call_soon_threadsafe(refused.set)

    caplog.set_level(logging.INFO, "rlm_kernel.models")
    teller = Tell()
    logging.getLogger("rlm_kernel.models.openai.model").addHandler(teller)
    model, server = connect([too_many(60)])
    task = asyncio.create_task(ask(model))
    async with asyncio.timeout(10):
        await refused.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    logging.getLogger("rlm_kernel.models.openai.model").removeHandler(teller)
    assert len(server.requests) == 1
    assert model._known.pace._in_flight == 0


async def test_waiting_for_the_rate_is_no_retry_of_max_retries(connect: Any) -> None:
    model, _ = connect([*[too_many(0.001)] * 6, "at last"], max_retries=0)
    reply = await ask(model)
    assert (reply.text, reply.usage.calls, reply.usage.retries) == ("at last", 1, 6)


async def test_a_busy_server_that_names_a_time_is_waited_for_too(connect: Any) -> None:
    busy = fail(503, "loading", headers={"Retry-After": "0"})
    model, _ = connect([busy, busy, "ready"], max_retries=0)
    assert (await ask(model)).usage.retries == 2


async def test_a_call_that_has_waited_too_long_fails_and_says_so(connect: Any) -> None:
    model, server = connect(lambda body: too_many(), retry_delay=0.02, max_rate_wait=0.3)
    async with asyncio.timeout(60):
        error = await failure(model)
    assert (error.kind, error.retryable) == ("rate-limit", True)
    assert error.usage is not None
    assert error.usage.calls + error.usage.retries == len(server.requests) > 2


async def test_a_server_that_always_asks_for_no_pause_is_not_hammered(connect: Any) -> None:
    model, server = connect(lambda body: too_many(0), retry_delay=0.05, max_rate_wait=0.4)
    assert (await failure(model)).kind == "rate-limit"
    assert len(server.requests) < 12


async def test_a_quota_that_is_used_up_is_not_waited_for(connect: Any) -> None:
    model, server = connect([fail(429, "pay", code="insufficient_quota"), "fine"])
    error = await failure(model)
    assert (error.kind, error.retryable, len(server.requests)) == ("rate-limit", False, 1)
    assert (await ask(model)).usage.retries == 0


async def test_a_pause_of_a_day_is_told_and_holds_up_nobody_else(connect: Any) -> None:
    model, _ = connect([fail(429, headers={"Retry-After": "86400"}), "the next one is asked at once"])
    await failure(model)
    assert (await ask(model)).usage.retries == 0


async def test_who_gave_up_waiting_before_a_first_request_has_spent_nothing(connect: Any) -> None:
    model, server = connect([hang()], max_rate_wait=0.05)
    pace = model._known.pace
    pace.slow_down(pace.turn(), 60.0, 1.0)
    error = await failure(model)
    assert (error.kind, error.usage, server.requests) == ("rate-limit", None, [])
    assert "max_concurrency" in str(error)


@pytest.mark.parametrize(
    ("steps", "requests", "tokens"),
    [
        ([fail(500)] * 3, 3, (0, 0, False)),
        ([fail(401)], 1, (0, 0, False)),
        ([fail(400, "no", code="unsupported_parameter", param="seed"), fail(401)], 2, (0, 0, False)),
        ([fail(500), drop("x" * 400)], 2, (4, 100, True)),
        (
            [sse(chunk(content="x" * 40), {"usage": {"prompt_tokens": 7, "completion_tokens": 9}}, "{")],
            1,
            (7, 9, False),
        ),
        ([say(" ", usage={"prompt_tokens": 7, "completion_tokens": 9})], 1, (7, 9, False)),
    ],
)
async def test_a_failed_call_tells_what_it_has_cost(
    connect: Any, steps: list[Any], requests: int, tokens: tuple[int, int, bool]
) -> None:
    model, server = connect(steps, max_retries=2)
    spent = (await failure(model, seed=1)).usage
    assert spent is not None
    assert (spent.calls, spent.calls + spent.retries) == (1, requests)
    assert len(server.requests) == requests
    assert (spent.prompt_tokens, spent.completion_tokens, spent.estimated) == tokens


async def test_a_refused_parameter_is_a_retry_in_the_ledger(connect: Any) -> None:
    model, _ = connect([fail(400, "no", code="unsupported_parameter", param="seed"), "one", "two"])
    assert [(await ask(model, seed=1)).usage.retries for _ in range(2)] == [1, 0]


async def test_turns_are_given_first_come_first_served() -> None:
    pace, order = Pace(), []
    first = pace.turn()
    await pace.enter(first, 10)
    pace.slow_down(first, 0.0, 0.0)  # one at a time from now on

    async def call(n: int) -> None:
        turn = pace.turn()
        await pace.enter(turn, 10)
        order.append(n)
        pace.leave(turn)

    tasks = [asyncio.create_task(call(n)) for n in range(50)]
    await asyncio.sleep(0)
    assert order == []
    tasks[10].cancel()
    pace.leave(first)
    await asyncio.gather(*tasks, return_exceptions=True)
    assert order == [n for n in range(50) if n != 10]


async def test_the_refused_call_keeps_its_place_in_the_line() -> None:
    pace, order = Pace(), []
    turn = pace.turn()
    await pace.enter(turn, 10)

    async def call(name: str, mine: Any) -> None:
        await pace.enter(mine, 10)
        order.append(name)
        pace.leave(mine)

    pace.slow_down(turn, 0.05, 0.0)
    other = asyncio.create_task(call("other", pace.turn()))
    await asyncio.sleep(0)
    pace.leave(turn)
    await asyncio.gather(other, call("refused", turn))
    assert order == ["refused", "other"]


async def test_patience_ends_only_where_nobody_is_answered() -> None:
    pace = Pace()
    turn = pace.turn()
    await pace.enter(turn, 10)
    pace.slow_down(turn, 0.0, 0.0)
    with pytest.raises(OutOfPatience):
        await pace.enter(pace.turn(), 0.02)
    pace.leave(turn, answered=True)
    await pace.enter(pace.turn(), 0.02)


def test_event_loops_of_several_threads_share_one_pace() -> None:
    pace, done = Pace(), []

    async def work() -> None:
        for _ in range(50):
            turn = pace.turn()
            await pace.enter(turn, 30)
            if len(done) == 20:
                pace.slow_down(turn, 0.05, 0.0)
            done.append(pace._in_flight)
            await asyncio.sleep(0)
            pace.leave(turn, answered=True)

    async def crowd() -> None:
        await asyncio.gather(*(work() for _ in range(5)))

    threads = [threading.Thread(target=asyncio.run, args=(crowd(),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(done) == 1_000
    assert pace._in_flight == 0


def test_a_loop_that_was_closed_holds_up_nobody() -> None:
    pace = Pace()
    loop = asyncio.new_event_loop()
    holder = pace.turn()
    loop.run_until_complete(pace.enter(holder, 10))
    pace.slow_down(holder, 0.0, 0.0)
    waiting = pace.enter(pace.turn(), 10)

    async def begin() -> None:
        waiting.send(None)

    loop.run_until_complete(begin())
    loop.close()
    pace.leave(holder)
    asyncio.run(pace.enter(pace.turn(), 1))
    waiting.close()
