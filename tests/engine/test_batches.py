"""Runs with `batch_api`: labels and large batches go through the endpoint's batches, within the limits of the run."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from runs import block, run
from scripted_batches import Line, ScriptedBatches
from scripted_server import ScriptedServer

from rlm_kernel import RLM
from rlm_kernel.engine.prices import Prices
from rlm_kernel.models import ModelError, OpenAICompatible
from rlm_kernel.replay import replay
from rlm_kernel.trace import ModelWaiting, Usage

Serve = Callable[..., ScriptedServer]
DOCUMENT = "\n".join(f"message {n}: {'it is broken' if n % 3 == 0 else 'thank you'}" for n in range(60))
LABEL = """
labels = label(grep("^message"), ["complaint", "other"])
FINAL(labels.count("complaint"))
"""
ASK = 'replies = llm_query_batched([f"Is this rude? {m.line}" for m in grep("^message")][:COUNT])\nprint(replies[:2])'
CANARY = "sk-canary-90c2d1e7aa"


@pytest.fixture(autouse=True)
def cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of the test's own, where the journal is."""
    monkeypatch.setenv("RLM_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


MODELS: list[OpenAICompatible] = []


@pytest.fixture(autouse=True)
async def _closed_models() -> AsyncIterator[None]:
    """A model that is given as an object is closed by whoever has made it."""
    yield
    while MODELS:
        await MODELS.pop().aclose()


def judge(body: dict[str, Any]) -> str:
    return "complaint" if "broken" in body["messages"][-1]["content"] else "other"


def script(*codes: str) -> dict[str, Any]:
    return {"scripted": [block(code) for code in codes], "small": judge}


def small(server: ScriptedServer) -> OpenAICompatible:
    MODELS.append(OpenAICompatible("small", base_url=server.base_url, api_key=CANARY, batch_quiet=0.5, batch_poll=0.01))
    return MODELS[-1]


def settings(server: ScriptedServer, **more: Any) -> dict[str, Any]:
    return {"sub_model": small(server), "batch_api": True, "max_llm_calls": 300} | more


def own_calls(server: ScriptedServer) -> int:
    """Requests for a reply of the sub-model that went by themselves."""
    return sum(request["model"] == "small" and request.headers != {"by": "batch"} for request in server.requests)


async def test_labels_go_through_a_batch_at_its_price(scripted_server: Serve) -> None:
    batches = ScriptedBatches()
    server = scripted_server(script(LABEL), batches=batches)
    prices = {"small": {"input": 10.0, "output": 20.0}, "scripted": {"input": 0.0, "output": 0.0}}
    result = await run(server, "How many complain?", DOCUMENT, **settings(server, prices=prices, max_cost=1.0))
    trace = result.trace
    assert trace.value["value"] == 20
    assert [len(lines) for lines in batches.uploads] == [60]
    assert own_calls(server) == 0
    usage = trace.usage
    assert usage.calls == 61 == server.count.answered
    assert usage.prompt_tokens + usage.completion_tokens == server.count.prompt_tokens + server.count.completion_tokens
    completion = sum(part.completion_tokens for part in usage.parts if part.model == "small")
    # 60 prompts of 100 tokens, at half the price.
    assert usage.cost == pytest.approx((6000 * 10 + completion * 20) / 2 / 1e6)
    assert (await asyncio.to_thread(replay, trace, DOCUMENT)).verdict == "reproduced"


async def test_a_small_batch_is_sent_call_by_call(scripted_server: Serve) -> None:
    batches = ScriptedBatches()
    server = scripted_server(script(ASK.replace("COUNT", "19"), "FINAL(len(replies))"), batches=batches)
    result = await run(server, "Which are rude?", DOCUMENT, **settings(server))
    assert result.trace.value == 19
    assert batches.uploads == []
    assert own_calls(server) == 19


async def test_what_a_batch_leaves_is_sent_by_itself_and_what_it_refuses_is_a_value(scripted_server: Serve) -> None:
    def refusing(line: Line) -> tuple[int, dict[str, Any]] | None:
        text = line["body"]["messages"][-1]["content"]
        return (400, {"error": {"message": "flagged"}}) if "message 0:" in text else None

    batches = ScriptedBatches(ending="expired", answered=20, refusing=refusing)
    server = scripted_server(script(ASK.replace("COUNT", "30"), "FINAL(replies)"), batches=batches)
    prices = {"small": {"input": 10.0, "output": 0.0, "batch": 0.4}, "scripted": {"input": 0.0, "output": 0.0}}
    result = await run(server, "Which are rude?", DOCUMENT, **settings(server, prices=prices))
    value = result.trace.value
    assert value[0].startswith("[error:")
    assert "flagged" in value[0]
    assert value[1:] == ["complaint" if number % 3 == 0 else "other" for number in range(1, 30)]
    assert own_calls(server) == 10
    (part,) = (part for part in result.trace.usage.parts if part.model == "small")
    assert part.calls == 30  # that which was refused among them
    assert part.cost == pytest.approx((19 * 100 * 0.4 + 10 * 100) * 10 / 1e6)


async def test_what_does_not_fit_is_refused_before_anything_is_sent(scripted_server: Serve) -> None:
    batches = ScriptedBatches()
    server = scripted_server(script(ASK.replace("COUNT", "60"), "FINAL('too many')"), batches=batches)
    result = await run(server, "Which are rude?", DOCUMENT, **settings(server, max_tokens=15_000))
    assert result.trace.value == "too many"
    output = result.told(1)
    assert "a batch of 60 calls would take about" in output
    assert "more than is left of max_tokens, so none was sent" in output
    assert batches.uploads == []
    assert own_calls(server) == 0


async def test_stop_ends_the_batch_and_the_next_run_pays_for_nothing_twice(scripted_server: Serve) -> None:
    batches = ScriptedBatches(gate=threading.Event(), answered=25)
    server = scripted_server(lambda body: judge(body) if body["model"] == "small" else block(LABEL), batches=batches)
    stop = asyncio.Event()
    waits: list[str] = []

    def on_event(event: Any) -> None:
        if isinstance(event, ModelWaiting):
            waits.append(event.reason)
            stop.set()

    result = await run(server, "How many?", DOCUMENT, stop=stop, on_event=on_event, **settings(server))
    assert result.trace.status == "stopped"
    assert waits == ["The batch batch_2 is in progress: 0 of 60 answered."]
    assert batches.cancelled.is_set()
    assert server.count.answered == 1 + 25
    batches.gate, batches.answered = None, None
    result = await run(server, "How many?", DOCUMENT, **settings(server))
    assert result.trace.value["value"] == 20
    assert [len(lines) for lines in batches.uploads] == [60, 35]
    assert server.count.answered == 2 + 60
    assert result.trace.usage.calls == 61


async def test_without_batches_the_run_does_not_begin(scripted_server: Serve) -> None:
    server = scripted_server(script(LABEL))
    with pytest.raises(ModelError, match=r"has no batches .* leave batch_api \(--batch-api\) out"):
        await run(server, "How many?", DOCUMENT, **settings(server))
    assert server.requests == []


async def test_a_model_that_is_no_endpoint_has_no_batches() -> None:
    class Parrot:
        name, notices, small, context_window = "parrot", (), False, None

        async def stream(self, messages: Any, **options: Any) -> Any:
            raise AssertionError("it is not asked")
            yield

        async def aclose(self) -> None:
            pass

    rlm = RLM(Parrot(), batch_api=True)
    with pytest.raises(ModelError, match="'parrot' has no batches"):
        await rlm.acompletion("What?", "text")


def test_a_limit_of_cost_needs_prices() -> None:
    with pytest.raises(ValueError, match="max_cost with batch_api needs the price of 'm'"):
        RLM("m", "http://127.0.0.1:1/v1", batch_api=True, max_cost=1.0).check()
    RLM("m", "http://127.0.0.1:1/v1", batch_api=True, max_cost=1.0, prices={"m": {"input": 1, "output": 1}}).check()


def test_what_a_batch_costs() -> None:
    prices = Prices.of({"m": {"input": 2.0, "output": 4.0, "batch": 0.25}, "n": {"input": 2.0, "output": 4.0}})
    usage = Usage(calls=1, prompt_tokens=1_000_000, completion_tokens=500_000)
    assert prices.priced("m", usage).cost == 4.0
    assert prices.priced("m", usage, by_batch=True).cost == 1.0
    assert prices.priced("n", usage, by_batch=True).cost == 2.0
    assert prices.estimate("m", 1_000_000, 0, by_batch=True).cost == 0.5
    with pytest.raises(ValueError, match="the share of the price that batches cost, from 0 to 1, not 50"):
        Prices.of({"m": {"input": 2.0, "output": 4.0, "batch": 50}})
    reported = Prices.of({})
    reported.priced("m", usage.model_copy(update={"cost": 3.0}), by_batch=True)
    assert reported.known("m", by_batch=True)
    assert not reported.known("m")
