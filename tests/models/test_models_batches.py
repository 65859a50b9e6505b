"""Calls through the batches of an endpoint: one file, each reply to its call, and nothing paid for twice."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from asking import failure
from scripted_batches import Line, ScriptedBatches
from scripted_server import ScriptedServer, drop, fail

from rlm_kernel.models import Message, Model, ModelError, OpenAICompatible, Reply, Waiting
from rlm_kernel.models.base import NotBatched, spent_until

Serve = Callable[..., ScriptedServer]
CANARY = "sk-canary-51e09c77ab"


@pytest.fixture(autouse=True)
def cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of the test's own."""
    monkeypatch.setenv("RLM_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def model_of(server: ScriptedServer, **options: Any) -> OpenAICompatible:
    return OpenAICompatible(
        "scripted",
        base_url=server.base_url,
        api_key=CANARY,
        **({"batch_quiet": 0.2, "batch_poll": 0.01, "retry_delay": 0.01} | options),
    )


@pytest.fixture
async def closing() -> AsyncIterator[Callable[[OpenAICompatible], Model]]:
    """Gives a model's batched self, and closes the model at the end."""
    opened: list[OpenAICompatible] = []

    def batched(model: OpenAICompatible) -> Model:
        opened.append(model)
        return model.batched()

    yield batched
    for model in opened:
        await model.aclose()


def prompt(number: int) -> list[Message]:
    return [{"role": "user", "content": f"text {number}"}]


def echo(body: dict[str, Any]) -> str:
    return f"reply to {body['messages'][-1]['content']}"


async def asked(model: Model, number: int, **options: Any) -> Reply:
    pieces = [piece async for piece in model.stream(prompt(number), **options)]
    assert all(isinstance(piece, Waiting) for piece in pieces[:-1])
    assert isinstance(pieces[-1], Reply)
    return pieces[-1]


async def outcomes(model: Model, count: int) -> list[Reply | BaseException]:
    return await asyncio.gather(*(asked(model, number) for number in range(count)), return_exceptions=True)


async def test_calls_that_come_together_are_one_batch_and_each_gets_its_own_reply(
    scripted_server: Serve, closing: Any
) -> None:
    batches = ScriptedBatches()
    server = scripted_server(echo, batches=batches)
    replies = await outcomes(closing(model_of(server)), 50)
    assert [reply.text for reply in replies] == [f"reply to text {number}" for number in range(50)]
    assert {reply.usage.calls for reply in replies} == {1}
    assert {reply.usage.prompt_tokens for reply in replies} == {100}
    ((*lines,),) = batches.uploads
    assert len(lines) == 50
    assert len({line["custom_id"] for line in lines}) == 50
    assert "stream" not in lines[0]["body"]
    assert "POST /v1/chat/completions" not in server.paths
    assert server.count.answered == 50


async def test_what_the_endpoint_says_of_a_batch_is_passed_on_while_it_is_waited_for(
    scripted_server: Serve, closing: Any
) -> None:
    gate = threading.Event()
    server = scripted_server(echo, batches=ScriptedBatches(gate=gate))
    stream = closing(model_of(server)).stream(prompt(1))
    first = await anext(stream)
    gate.set()
    assert isinstance(first, Waiting)
    assert first.reason == "The batch batch_2 is in progress: 0 of 1 answered."
    assert isinstance([piece async for piece in stream][-1], Reply)


async def test_lines_that_fail_are_errors_of_their_calls_or_may_be_sent_by_themselves(
    scripted_server: Serve, closing: Any
) -> None:
    def refusing(line: Line) -> tuple[int, dict[str, Any]] | None:
        text = line["body"]["messages"][0]["content"]
        if text == "text 1":
            return 400, {"error": {"message": f"content was flagged, said {CANARY}", "code": "content_policy"}}
        return (500, {"error": {"message": "scripted failure"}}) if text == "text 2" else None

    server = scripted_server(echo, batches=ScriptedBatches(refusing=refusing))
    good, flagged, failed = await outcomes(closing(model_of(server)), 3)
    assert good.text == "reply to text 0"
    assert isinstance(flagged, ModelError)
    assert not isinstance(flagged, NotBatched)
    assert "content was flagged" in str(flagged)
    assert CANARY not in str(flagged)
    assert isinstance(failed, NotBatched)
    assert failed.usage is not None
    assert failed.usage.calls == 0


async def test_a_parameter_that_is_refused_is_left_out_of_a_second_batch(scripted_server: Serve, closing: Any) -> None:
    def refusing(line: Line) -> tuple[int, dict[str, Any]] | None:
        if "max_tokens" in line["body"]:
            return 400, {"error": {"message": "Unsupported parameter: 'max_tokens'", "param": "max_tokens"}}
        return None

    batches = ScriptedBatches(refusing=refusing)
    model = closing(model_of(scripted_server(echo, batches=batches)))
    assert (await asked(model, 1, max_tokens=500)).text == "reply to text 1"
    assert [line["body"].get("max_completion_tokens") for (line,) in batches.uploads] == [None, 500]


async def test_what_expires_may_be_sent_by_itself(scripted_server: Serve, closing: Any) -> None:
    server = scripted_server(echo, batches=ScriptedBatches(ending="expired", answered=2))
    results = await outcomes(closing(model_of(server)), 5)
    assert sum(isinstance(result, Reply) for result in results) == 2
    assert sum(isinstance(result, NotBatched) for result in results) == 3


async def test_a_batch_that_is_refused_as_a_whole_is_an_error_of_its_calls(
    scripted_server: Serve, closing: Any
) -> None:
    server = scripted_server(echo, batches=ScriptedBatches(ending="failed"))
    error = await failure(closing(model_of(server)))
    assert "has refused a batch: scripted refusal of the whole" in str(error)
    assert not isinstance(error, NotBatched)


async def test_a_batch_is_taken_up_again_by_another_process(scripted_server: Serve, closing: Any) -> None:
    gate = threading.Event()
    batches = ScriptedBatches(gate=gate)
    server = scripted_server(echo, batches=batches)
    first = model_of(server)
    calls = [asyncio.create_task(asked(first.batched(), number)) for number in range(10)]
    await asyncio.to_thread(batches.looked.wait, 10)
    # The process goes without a word: its tasks are never cancelled in its own name.
    queue = next(iter(first.batched()._queues.values()))
    for task in [*queue._tasks]:
        task.cancel()
    again = closing(model_of(server))
    gate.set()
    replies = await outcomes(again, 12)
    assert [reply.text for reply in replies] == [f"reply to text {number}" for number in range(12)]
    assert [len(lines) for lines in batches.uploads] == [10, 2]
    assert not batches.cancelled.is_set()
    assert server.count.answered == 12
    await queue.aclose()
    await asyncio.gather(*calls, return_exceptions=True)
    await first.aclose()
    # Its replies may be fetched again, in mid-run too.
    assert [reply.text for reply in await outcomes(closing(model_of(server)), 12)] == [each.text for each in replies]
    assert server.count.answered == 12


async def test_a_batch_whose_creation_was_not_heard_of_is_found_and_not_begun_again(
    scripted_server: Serve, closing: Any
) -> None:
    batches = ScriptedBatches(lose=1)
    server = scripted_server(echo, batches=batches)
    assert (await asked(closing(model_of(server)), 1)).text == "reply to text 1"
    assert len(batches.batches) == 1
    assert server.count.answered == 1


async def test_a_process_that_was_killed_while_it_began_a_batch_leaves_it_to_be_found(
    scripted_server: Serve, closing: Any, cache_folder: Path
) -> None:
    batches = ScriptedBatches()
    server = scripted_server(echo, batches=batches)
    await outcomes(closing(model_of(server)), 3)
    import sqlite3

    with sqlite3.connect(cache_folder / "batches" / "batches.sqlite") as journal:
        journal.execute("UPDATE batches SET remote = NULL")
    journal.close()
    assert len(await outcomes(closing(model_of(server)), 3)) == 3
    assert len(batches.batches) == 1
    batches.batches.clear()  # nor is it known any more
    assert [reply.text for reply in await outcomes(closing(model_of(server)), 3)] == [
        f"reply to text {number}" for number in range(3)
    ]
    assert len(batches.batches) == 1


async def test_a_batch_is_ended_once_nobody_waits_for_it_and_its_replies_are_kept(
    scripted_server: Serve, closing: Any
) -> None:
    batches = ScriptedBatches(gate=threading.Event(), answered=2)
    server = scripted_server(echo, batches=batches)
    model = closing(model_of(server))
    calls = [asyncio.create_task(asked(model, number)) for number in range(4)]
    await asyncio.to_thread(batches.looked.wait, 10)
    for call in calls[:3]:
        call.cancel()
    await asyncio.wait(calls[:3])
    assert not batches.cancelled.is_set()
    calls[3].cancel()
    with pytest.raises(asyncio.CancelledError) as caught:
        await calls[3]
    assert batches.cancelled.is_set()
    assert spent_until(caught.value).calls == 1
    batches.gate, batches.answered = None, None
    replies = await outcomes(model, 4)
    assert [reply.text for reply in replies] == [f"reply to text {number}" for number in range(4)]
    # Two had been answered when it was ended, and the two others were put into a new one.
    assert [len(lines) for lines in batches.uploads] == [4, 2]
    assert server.count.answered == 4


async def test_what_is_cancelled_before_it_was_sent_costs_nothing(scripted_server: Serve, closing: Any) -> None:
    batches = ScriptedBatches()
    model = closing(model_of(scripted_server(echo, batches=batches), batch_quiet=60.0))
    call = asyncio.create_task(asked(model, 1))
    await asyncio.sleep(0)
    call.cancel()
    with pytest.raises(asyncio.CancelledError) as caught:
        await call
    assert spent_until(caught.value).calls == 0
    assert batches.uploads == []


async def test_an_endpoint_without_batches_is_one_sentence(scripted_server: Serve) -> None:
    server = scripted_server(echo)
    model = model_of(server)
    with pytest.raises(ModelError) as caught:
        await model.check_batches()
    await model.aclose()
    assert str(caught.value) == (
        f"batch_api is set, and {server.base_url} has no batches (there is no /batches): leave batch_api "
        "(--batch-api) out, and calls are sent one by one."
    )
    assert caught.value.kind == "missing"
    assert server.requests == []


async def test_an_endpoint_with_batches_is_asked_once(scripted_server: Serve) -> None:
    server = scripted_server(echo, batches=ScriptedBatches())
    for _ in range(2):
        model = model_of(server)
        await model.check_batches()
        await model.aclose()
    assert server.paths == ["GET /v1/batches"]


async def test_the_key_is_sent_and_is_in_no_file(scripted_server: Serve, closing: Any, cache_folder: Path) -> None:
    batches = ScriptedBatches()
    await outcomes(closing(model_of(scripted_server(echo, batches=batches))), 3)
    assert {headers["authorization"] for headers in batches.headers} == {f"Bearer {CANARY}"}
    assert CANARY not in repr(batches.uploads)
    written = [file for file in cache_folder.rglob("*") if file.is_file()]
    assert [file.name for file in written] == ["batches.sqlite"]
    assert CANARY.encode() not in written[0].read_bytes()
    assert b"text 1" not in written[0].read_bytes()
    assert b"reply to" not in written[0].read_bytes()
    assert written[0].stat().st_mode & 0o777 == 0o600


async def test_without_its_journal_nothing_is_sent(scripted_server: Serve, closing: Any, cache_folder: Path) -> None:
    batches = ScriptedBatches()
    cache_folder.mkdir()
    (cache_folder / "batches").write_text("a file in the place of a folder")
    error = await failure(closing(model_of(scripted_server(echo, batches=batches))))
    assert "journal of batches" in str(error)
    assert "RLM_CACHE_DIR" in str(error)
    assert batches.uploads == []


async def test_a_limit_of_the_rate_is_waited_for(scripted_server: Serve, closing: Any) -> None:
    batches = ScriptedBatches()
    server = scripted_server(echo, batches=batches)
    respond, refused = batches.respond, []

    def limited(*arguments: Any) -> Any:
        if arguments[1] == "POST" and len(refused) < 2:
            refused.append(arguments[2])
            return fail(429, "slow down", headers={"Retry-After": "0.01"})
        return respond(*arguments)

    batches.respond = limited  # type: ignore[method-assign]
    assert (await asked(closing(model_of(server)), 1)).text == "reply to text 1"
    assert refused == ["/v1/files", "/v1/files"]


async def test_a_batch_that_may_have_begun_is_looked_for_before_it_is_begun_again(
    scripted_server: Serve, closing: Any
) -> None:
    batches = ScriptedBatches(lose=1)
    server = scripted_server(echo, batches=batches)
    respond, deaf = batches.respond, [True]

    def answering(*arguments: Any) -> Any:
        # After the answer to the creation was lost, nothing answers for a while.
        listing = arguments[1:3] == ("GET", "/v1/batches?limit=100")
        return drop() if listing and deaf[0] else respond(*arguments)

    batches.respond = answering  # type: ignore[method-assign]
    assert "was lost" in str(await failure(closing(model_of(server)), prompt(1)))
    deaf[0] = False
    assert (await asked(closing(model_of(server)), 1)).text == "reply to text 1"
    assert len(batches.batches) == 1
    assert server.count.answered == 1
