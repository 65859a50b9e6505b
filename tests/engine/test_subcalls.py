"""Sub-calls: their order, how many at once, what becomes of one that fails, and of those that nobody waits for."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import pytest
from runs import block, engine, run
from scripted_server import ScriptedServer, drop, fail, hang, say

from rlm_kernel.document import Document
from rlm_kernel.engine.budget import Budget, Limits
from rlm_kernel.engine.run import RunSettings
from rlm_kernel.engine.run_tree import RunTree
from rlm_kernel.engine.subcalls import Asker, SubCalls
from rlm_kernel.engine.tools.user_tools import UserTools
from rlm_kernel.models import Delta, Message, Model, OpenAICompatible, Reply
from rlm_kernel.subkernel import Refusal
from rlm_kernel.trace import Call, CallFinished, CallStarted, Event

Serve = Callable[..., ScriptedServer]


DOCUMENT = "a line of the document\nanother one"


def no_executor(_document: Any, _handler: Any) -> Any:
    raise AssertionError("no sub-run is begun here")


class Asking:
    """SubCalls with its events and its budget at hand."""

    def __init__(
        self,
        model: Model,
        *,
        concurrency: int = 8,
        calls: int = 100,
        document: Any = DOCUMENT,
        tools: UserTools | None = None,
        **settings: Any,
    ) -> None:
        self.events: list[Event] = []
        self.on_record: Callable[[], object] = lambda: None
        self.budget = Budget(Limits(max_llm_calls=calls))
        self.budget.open_run()
        room = {name: settings.pop(name) for name in ("most_records", "most_kept") if name in settings}
        tree = RunTree(self.budget, make_executor=no_executor, max_concurrency=concurrency, **room)
        asker = Asker(
            model=model,
            document=Document.of(document),
            settings=RunSettings(**settings),
            depth=0,
            began=time.monotonic(),
            tell=self.tell,
            sent=lambda _prompt, _spans: None,
            scanned=lambda _source, _first, _last: None,
        )
        self.calls = SubCalls(asker, tree, tools)
        self.calls.index = 4

    def tell(self, event: Event) -> None:
        self.events.append(event)
        if isinstance(event, CallFinished):
            self.on_record()

    async def batch(self, *prompts: str) -> list[str]:
        replies: list[str] = await self.ask("llm_query_batched", list(prompts))
        return replies

    async def ask(self, method: str, prompts: Any) -> Any:
        return await self.calls.handle(method, {"prompts": prompts, "line": 3})

    @property
    def records(self) -> list[Call]:
        return [event.call for event in self.events if isinstance(event, CallFinished)]


@pytest.fixture
async def connect(scripted_server: Serve) -> AsyncIterator[Any]:
    models: list[OpenAICompatible] = []

    def start(script: Any, **options: Any) -> tuple[Asking, ScriptedServer]:
        server = scripted_server(script)
        model = OpenAICompatible(
            "scripted", base_url=server.base_url, retry_delay=0.001, context_window=options.pop("window", None)
        )
        models.append(model)
        return Asking(model, **options), server

    yield start
    for model in models:
        await model.aclose()


def prompt_of(body: dict[str, Any]) -> str:
    (message,) = body["messages"]
    assert message["role"] == "user"
    return str(message["content"])


async def test_a_call_sends_the_prompt_alone_and_returns_the_reply(connect: Any) -> None:
    asking, server = connect(["a reply"], temperature=0.25, seed=9)
    assert await asking.ask("llm_query", ["What?"]) == ["a reply"]
    body = server.requests[0].body
    assert (body["messages"], body["temperature"], body["seed"]) == ([{"role": "user", "content": "What?"}], 0.25, 9)
    started, finished = asking.events
    assert started == CallStarted(4, 1, "llm_query", "scripted", "What?", line=3)
    assert isinstance(finished, CallFinished)
    assert (finished.index, finished.call.id, finished.call.prompt, finished.call.response) == (
        4,
        1,
        "What?",
        "a reply",
    )
    assert (finished.call.usage.calls, finished.call.usage.prompt_tokens, finished.call.error) == (1, 100, None)
    assert asking.budget.usage.parts[0].model_dump(exclude={"model", "depth"}) == finished.call.usage.model_dump()


async def test_replies_come_in_the_order_of_the_prompts(connect: Any) -> None:
    others = threading.Barrier(5)
    first = threading.Event()

    def answer(body: dict[str, Any]) -> Any:
        prompt = prompt_of(body)
        others.wait(10)
        if prompt == "0":
            assert first.wait(10)  # the first is answered last
        return f"reply {prompt}"

    asking, _ = connect(answer)
    asking.on_record = lambda: len(asking.records) == 4 and first.set()
    assert await asking.batch("0", "1", "2", "3", "4") == [f"reply {number}" for number in range(5)]
    assert asking.records[-1].prompt == "0"
    assert sorted(call.id for call in asking.records) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("concurrency", [1, 3, 20])
async def test_as_many_calls_as_allowed_are_in_flight(connect: Any, concurrency: int) -> None:
    together = threading.Barrier(concurrency)
    lock, now, most = threading.Lock(), 0, 0

    def answer(body: dict[str, Any]) -> Any:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        together.wait(20)  # fewer at once would break it
        with lock:
            now -= 1
        return "ok"

    asking, server = connect(answer, concurrency=concurrency)
    assert await asking.batch(*map(str, range(concurrency * 2))) == ["ok"] * concurrency * 2
    assert most == concurrency
    assert len(server.requests) == concurrency * 2


async def test_more_are_in_flight_where_the_endpoint_takes_them(connect: Any) -> None:
    first, then = threading.Barrier(8), threading.Semaphore(0)

    def answer(body: dict[str, Any]) -> Any:
        if int(prompt_of(body)) < 8:
            first.wait(20)
        elif server.count.most_in_flight > 8:
            then.release(40)
        else:
            # More must be there at once than the eight places have room for that there are at first.
            then.acquire(timeout=20)
        return "ok"

    asking, server = connect(answer, concurrency=0)
    assert await asking.batch(*map(str, range(40))) == ["ok"] * 40
    assert server.count.most_in_flight > 8


async def test_one_that_fails_costs_the_others_nothing(connect: Any) -> None:
    asking, _ = connect(lambda body: fail(400, "too rude") if prompt_of(body) == "bad" else "fine")
    first, second, third = await asking.batch("good", "bad", "good too")
    assert (first, third) == ("fine", "fine")
    assert second.startswith("[error: ")
    assert "too rude" in second
    assert [(call.prompt, call.error is None, call.response) for call in asking.records if call.error] == [
        ("bad", False, None)
    ]
    assert asking.budget.usage.calls == sum(call.usage.calls for call in asking.records) == 3


async def test_a_single_call_that_fails_is_refused(connect: Any) -> None:
    asking, _ = connect([fail(401, "no entry")])
    with pytest.raises(Refusal, match=r"llm_query: .*no entry"):
        await asking.ask("llm_query", ["?"])


async def test_a_stream_that_is_cut_off_is_an_error_and_no_half_reply(connect: Any) -> None:
    asking, _ = connect([drop("half a rep")])
    (reply,) = await asking.batch("?")
    assert reply.startswith("[error: ")
    assert asking.records[0].response is None


async def test_the_limit_in_the_middle_of_a_batch(connect: Any) -> None:
    """A batch that began while there was room, beside another one that took it."""
    asking, server = connect(["one", "two"], calls=3, concurrency=1)
    first, second = await asyncio.gather(asking.batch("a", "b"), asking.batch("c", "d"))
    replies = [*first, *second]
    assert replies[:2] == ["one", "two"]
    assert all("max_llm_calls=3" in reply and "kept for the answer" in reply for reply in replies[2:])
    assert len(server.requests) == 2
    assert [call.usage.calls for call in asking.records] == [1, 1, 0, 0]
    assert asking.budget.remaining_calls == 1


async def test_a_batch_that_cannot_be_afforded_is_refused_before_anything_is_sent(connect: Any) -> None:
    asking, server = connect(lambda body: "ok", calls=5)
    with pytest.raises(Refusal) as refused:
        await asking.batch(*map(str, range(600)))
    assert str(refused.value) == (
        "llm_query_batched: 600 prompts, 4 model calls left, so none was sent: put several items into one prompt"
    )
    assert server.requests == []
    assert asking.records == []
    # What is the same, or was answered before, costs nothing.
    assert await asking.batch(*["a", "b"] * 300) == ["ok", "ok"] * 300
    assert len(await asking.batch("a", "b", "c", "d")) == 4
    assert len(server.requests) == 4


async def test_a_run_goes_on_after_a_batch_that_was_too_large(scripted_server: Serve) -> None:
    server = scripted_server([block("llm_query_batched([str(n) for n in range(600)])"), block("FINAL(len(context))")])
    result = await run(server, context="four")
    assert (result.trace.status, result.trace.value) == ("answered", 4)
    assert "600 prompts, 98 model calls left" in result.told(1)
    assert len(server.requests) == 2
    roles = [message["role"] for message in server.requests[-1]["messages"]]
    assert roles == ["system", "user", "assistant", "user"]


async def test_a_concurrent_batch_does_not_exceed_the_limit(connect: Any) -> None:
    asking, server = connect(lambda body: "ok", calls=5, concurrency=50)
    batches = [asking.batch(*(f"{batch} {number}" for number in range(4))) for batch in range(10)]
    replies = [reply for batch in await asyncio.gather(*batches) for reply in batch]
    assert replies.count("ok") == len(server.requests) == 4


async def test_cancelling_ends_the_requests_and_books_them(connect: Any) -> None:
    both = threading.Barrier(3)

    def answer(body: dict[str, Any]) -> Any:
        both.wait(20)
        return hang("some")

    asking, server = connect(answer, concurrency=2)
    task = asyncio.create_task(asking.batch("a", "b", "c"))
    await asyncio.to_thread(both.wait, 20)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(server.wait_for_connections, 0)
    assert [(call.error, call.response) for call in asking.records] == [("cancelled", None)] * 2
    assert asking.budget.usage.calls == 2
    assert asking.budget.remaining_calls == 98


async def test_retries_of_a_call_that_is_cancelled_are_booked(connect: Any) -> None:
    again = threading.Event()

    def answer(_body: dict[str, Any]) -> Any:
        if not again.is_set():
            again.set()
            return fail(500)
        second.wait(20)
        return hang("some text")

    second = threading.Barrier(2)
    asking, server = connect(answer)
    task = asyncio.create_task(asking.batch("a"))
    await asyncio.to_thread(second.wait, 20)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    (call,) = asking.records
    assert (call.error, call.usage.calls, call.usage.retries) == ("cancelled", 1, 1)
    assert len(server.requests) == 2
    booked = asking.budget.usage
    assert (booked.calls, booked.retries) == (1, 1)


async def test_a_call_that_is_cancelled_before_it_is_sent_is_none(
    connect: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """The endpoint asks for a pause, in which a further call is not sent."""
    paused = threading.Event()

    def noted(record: logging.LogRecord) -> bool:
        if "Try 2 follows" in record.getMessage():
            paused.set()
        return True

    caplog.set_level("INFO")
    caplog.handler.addFilter(noted)
    asking, server = connect([fail(429, headers={"Retry-After": "20"})], concurrency=2)
    first = asyncio.create_task(asking.batch("a"))
    assert await asyncio.to_thread(paused.wait, 20)
    second = asyncio.create_task(asking.batch("b"))
    for _ in range(100):  # passes of the loop: nothing tells that a request is not made
        await asyncio.sleep(0)
    assert asking.budget.remaining_calls == 98
    for task in (first, second):
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert len(server.requests) == sum(call.usage.calls + call.usage.retries for call in asking.records) == 1
    assert asking.budget.usage.calls == 1


async def test_a_prompt_that_does_not_fit_is_not_sent(connect: Any) -> None:
    asking, server = connect([], window=1000)
    (reply,) = await asking.batch("é" * 4000)
    assert "about 2,001 tokens and 'scripted' takes 1,000: split it" in reply
    assert server.requests == []
    assert asking.budget.usage.calls == 0


async def test_a_long_prompt_is_sent_whole_and_shown_in_part(connect: Any) -> None:
    asking, server = connect(["ok"])
    prompt = "x" * 20_500
    await asking.batch(prompt)
    assert prompt_of(server.requests[0].body) == prompt
    assert asking.records[0].prompt.endswith("x[... 500 more characters]")
    assert len(asking.records[0].prompt) < 20_100


async def test_the_loop_goes_on_while_a_prompt_is_looked_for_in_the_document(connect: Any) -> None:
    text = "\n".join(f"entry {number} of a document that is not large at all" for number in range(20_000))
    asking, server = connect([], calls=1, document=text)
    passes = 0

    async def count() -> None:
        nonlocal passes
        while True:
            await asyncio.sleep(0)
            passes += 1

    counting = asyncio.create_task(count())
    await asking.batch("\n".join(f"line {number} that nobody will find in there" for number in range(300)))
    counting.cancel()
    assert server.requests == []  # so that nothing else was waited for
    assert passes > 50


@pytest.mark.parametrize("prompts", [None, "one", [1], ["a", None], {"a": 1}, ["x"] * 10_001])
async def test_what_is_no_list_of_texts_is_refused(connect: Any, prompts: Any) -> None:
    asking, server = connect([])
    with pytest.raises(Refusal, match="llm_query_batched"):
        await asking.ask("llm_query_batched", prompts)
    assert (asking.events, server.requests) == ([], [])


async def test_code_that_asks_for_ever_does_not_fill_the_ledger(connect: Any) -> None:
    asking, server = connect(["ok"], calls=2, most_records=50)
    await asking.batch(*["the same"] * 30)
    for number in range(20):
        with pytest.raises(Refusal, match="max_llm_calls=2"):
            await asking.ask("llm_query", [str(number)])
    for prompts in (["one more"], ["the same"] * 10_000):
        with pytest.raises(Refusal, match="this run has made 50 calls"):
            await asking.ask("llm_query_batched", prompts)
    assert (len(asking.records), len(server.requests)) == (50, 1)


async def test_long_prompts_and_results_of_tools_are_kept_up_to_a_bound(connect: Any) -> None:
    def page() -> str:
        return "x" * 1_000

    asking, _ = connect(["ok"], most_kept=30_000, tools=UserTools([page]))
    for _ in range(33):
        assert (await asking.calls.handle("tool", {"name": "page", "args": [], "kwargs": {}}))["value"] == page()
    kept = [call for call in asking.records if call.response is not None]
    assert 20 < len(kept) < 30
    assert {call.note != "" for call in asking.records if call.response is None} == {True}
    with pytest.raises(Refusal, match="its record takes no more"):
        await asking.ask("llm_query", ["x" * 20_000])


async def test_an_empty_batch(connect: Any) -> None:
    assert await connect([])[0].batch() == []


class Homemade(Model):
    """A model of somebody's own, that does not count and may raise anything."""

    name, notices, small, context_window = "homemade", (), False, None

    async def stream(self, messages: Sequence[Message], **options: Any) -> AsyncIterator[Delta | Reply]:
        if messages[-1]["content"] == "bad":
            raise KeyError("its own fault")
        if messages[-1]["content"] == "leaky":
            raise OSError(13, "Permission denied", "/home/someone/models/sk-secret-0123456789")
        if messages[-1]["content"] == "silent":
            return
        yield Reply("ok")

    async def aclose(self) -> None:
        """Nothing is open."""


async def test_a_model_of_somebodys_own_may_raise_anything() -> None:
    asking = Asking(Homemade(), calls=4)
    replies = await asking.batch("good", "bad", "silent")
    assert replies == [
        "ok",
        "[error: KeyError: 'its own fault']",
        "[error: The model 'homemade' sent no reply.]",
    ]
    with pytest.raises(Refusal, match="max_llm_calls=4 model calls are used up"):
        await asking.ask("llm_query", ["one too many"])
    assert asking.budget.usage.calls == 3
    assert [call.usage.calls for call in asking.records] == [1, 1, 1, 0]


async def test_what_a_model_of_somebodys_own_raises_tells_the_cell_no_folder_and_no_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SOME_API_KEY", "sk-secret-0123456789")
    asking = Asking(Homemade())
    assert await asking.batch("leaky") == ["[error: PermissionError: [Errno 13] Permission denied: '[redacted]']"]
    assert asking.records[0].error == "PermissionError: [Errno 13] Permission denied: '[redacted]'"


async def test_the_cell_gets_the_replies_and_the_trace_the_calls(scripted_server: Serve) -> None:
    code = "a = llm_query('Is it?', context='CTX')\nb = llm_query_batched(['x', 'y'])\nprint(a, b)"
    server = scripted_server(
        {"root": [block(code), block("FINAL(b)")], "sub": lambda body: say(prompt_of(body).upper()[:20])}
    )
    result = await run(server, model="root", sub_model="sub")
    turn = result.trace.iterations[0]
    assert turn.output.endswith("['X', 'Y']\n")
    assert "CTX" in turn.calls[0].prompt
    assert [(call.kind, call.model) for call in turn.calls] == [
        ("llm_query", "sub"),
        ("llm_query_batched", "sub"),
        ("llm_query_batched", "sub"),
    ]
    assert (turn.usage.calls, result.trace.usage.calls) == (4, 5)
    assert (result.trace.model, result.trace.sub_model, result.trace.value) == ("root", "sub", ["X", "Y"])
    started = [event for event in result.events if isinstance(event, CallStarted)]
    assert [event.id for event in started] == [1, 2, 3]


async def test_a_call_that_fails_is_an_exception_of_the_cell(scripted_server: Serve) -> None:
    code = "try:\n    llm_query('?')\nexcept Exception as error:\n    print('caught', error)\nllm_query('again')"
    server = scripted_server({"root": [block(code), block("FINAL(len(context))")], "sub": [fail(400, "rude")] * 2})
    turn = (await run(server, model="root", sub_model="sub")).trace.iterations[0]
    assert turn.output.startswith("caught llm_query: ")
    assert turn.error is not None
    assert (turn.error.line, "rude" in turn.error.message) == (5, True)
    assert [call.error is not None for call in turn.calls] == [True, True]


async def test_waiting_for_a_sub_model_is_not_the_cells_own_time(scripted_server: Serve) -> None:
    gate = threading.Event()
    opener = threading.Timer(1.0, gate.set)
    server = scripted_server(
        {"root": [block("print(llm_query('?'))"), block("FINAL(len(context))")], "sub": [say("ab" * 20, gate=gate)]}
    )

    def on_event(event: Event) -> None:
        if isinstance(event, CallStarted):
            opener.start()

    result = await run(server, model="root", sub_model="sub", cell_timeout=0.5, on_event=on_event)
    opener.join()
    assert (result.trace.iterations[0].error, result.trace.iterations[0].output) == (None, "ab" * 20 + "\n")


async def test_stop_ends_the_sub_calls(scripted_server: Serve) -> None:
    stop = asyncio.Event()
    server = scripted_server({"root": [block("llm_query_batched(['a', 'b'])")], "sub": lambda body: hang("some")})

    def on_event(event: Event) -> None:
        if isinstance(event, CallStarted) and event.id == 2:
            stop.set()

    result = await run(server, model="root", sub_model="sub", stop=stop, on_event=on_event)
    assert (result.trace.status, result.trace.reason) == ("stopped", "interrupted")
    assert [call.error for call in result.trace.iterations[0].calls] == ["cancelled", "cancelled"]
    assert await asyncio.to_thread(server.wait_for_connections, 0)


async def test_stop_does_not_wait_for_the_events_of_thousands_of_calls(scripted_server: Serve) -> None:
    stop = asyncio.Event()
    server = scripted_server([block("llm_query_batched([str(n) for n in range(4000)])"), *["ok"] * 4000])

    def on_event(event: Event) -> None:
        if isinstance(event, CallFinished):
            stop.set()

    # Few at once, so that calls are left when the first one ends.
    result = await run(server, stop=stop, on_event=on_event, max_llm_calls=4_100, max_concurrency=8)
    assert result.trace.status == "stopped"
    assert 0 < len(result.trace.iterations[0].calls) < 4000


async def test_one_model_for_both_is_said_once(scripted_server: Serve) -> None:
    server = scripted_server([block("print(llm_query('?'))"), "a sub reply", block("FINAL(len(context))")])
    answer = await engine(server).acompletion("?", "text")
    assert answer.trace.sub_model is None
    assert answer.trace.iterations[0].calls[0].model == "scripted"
