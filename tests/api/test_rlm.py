"""The one face of the engine: settings, the sync and the async way in, streams, errors, secrets, recordings."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from runs import DOCUMENT, SUM, TOTAL, block, children, engine, run
from scripted_server import ScriptedServer, fail, hang, say
from traitlets import TraitError
from traitlets.config import Config

from rlm_kernel import RLM, Answer, DocumentError, ModelError, Trace
from rlm_kernel.api.doctor import describe
from rlm_kernel.models import Delta, Message, OpenAICompatible, Reply
from rlm_kernel.subkernel import IsolationError
from rlm_kernel.trace import Event, IterationStarted, ReplyDelta, RunFinished, RunStarted, Usage

Serve = Callable[..., ScriptedServer]
QUESTION = "What is the total of all sales?"
KEY = "sk-0123456789abcdefSECRET"
ANSWERING = [block(SUM), block("FINAL(total, evidence=[2])")]


def test_the_ledger_as_a_data_frame(scripted_server: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    code = f"{SUM}\nllm_query_batched(['a', 'b'])"
    script = {"root": [block(code), block("FINAL(total)")], "sub": lambda body: "ok"}
    answer = engine(scripted_server(script), model="root", sub_model="sub").completion(QUESTION, DOCUMENT)
    frame = answer.calls_frame()
    assert list(frame["kind"]) == ["root", "llm_query_batched", "llm_query_batched", "root"]
    assert frame["calls"].sum() == answer.usage.calls == 4
    assert frame.groupby("model")["calls"].sum().to_dict() == {"root": 2, "sub": 2}
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ValueError, match="pip install pandas"):
        answer.calls_frame()


def test_completion_without_a_loop(scripted_server: Serve) -> None:
    answer = engine(scripted_server(ANSWERING)).completion(QUESTION, DOCUMENT)
    assert isinstance(answer, Answer)
    assert (answer.value, answer.status, answer.usage.calls, len(answer.grounding)) == (TOTAL, "answered", 2, 1)
    assert isinstance(answer.trace, Trace)
    assert answer.to_dict() == json.loads(answer.trace.to_json())


@pytest.mark.parametrize("failing", [False, True])
def test_a_model_that_prepares_itself_holds_nothing_up(scripted_server: Serve, failing: bool) -> None:
    events: list[str] = []

    class Preparing(OpenAICompatible):
        async def prepare(self) -> None:
            events.append("begun")
            if failing:
                raise OSError("no library")
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                events.append("cancelled")
                raise

        async def stream(self, messages: Sequence[Message], **options: Any) -> AsyncIterator[Any]:  # type: ignore[override]
            events.append("asked")
            async for piece in super().stream(messages, **options):
                yield piece

    server = scripted_server(ANSWERING)
    answer = RLM(Preparing("scripted", base_url=server.base_url)).completion(QUESTION, DOCUMENT)
    assert answer.value == TOTAL
    assert events == ["begun", "asked", "asked", *([] if failing else ["cancelled"])]


async def test_completion_in_a_running_loop(scripted_server: Serve) -> None:
    server = scripted_server(ANSWERING)
    before = set(threading.enumerate())
    answer = engine(server).completion(QUESTION, DOCUMENT)
    assert answer.value == TOTAL
    left = [thread.name for thread in threading.enumerate() if thread not in before]
    # The server's own end when it has seen that a connection is closed; a thread of the test runner may be seen late.
    assert [name for name in left if "process_request_thread" not in name and not name.startswith("Dummy")] == []


async def test_completion_in_a_running_loop_raises_what_happened(scripted_server: Serve) -> None:
    with pytest.raises(DocumentError):
        engine(scripted_server([])).completion(QUESTION, "")
    with pytest.raises(ModelError) as caught:
        engine(scripted_server([fail(404, "no such model")])).completion(QUESTION, "text")
    assert caught.value.answer.status == "failed"


async def test_acompletion(scripted_server: Serve) -> None:
    answer = await engine(scripted_server(ANSWERING)).acompletion(QUESTION, DOCUMENT)
    assert answer.value == TOTAL
    assert repr(answer) == "Answer(3500, status='answered', iterations=2)"


async def test_runs_at_the_same_time_do_not_mix(scripted_server: Serve) -> None:
    server = scripted_server(lambda body: block("FINAL(context)"))
    rlm = engine(server)
    answers = await asyncio.gather(*(rlm.acompletion("What is it?", f"text {number}") for number in range(4)))
    assert [answer.value for answer in answers] == [f"text {number}" for number in range(4)]


async def test_stream_yields_every_event_of_a_run(scripted_server: Serve) -> None:
    async with aclosing(engine(scripted_server(ANSWERING)).stream(QUESTION, DOCUMENT)) as events:
        kinds = [type(event).__name__ async for event in events if not isinstance(event, ReplyDelta)]
    turn = ["IterationStarted", "ReplyFinished", "CodeStarted", "OutputDelta", "CodeFinished", "IterationFinished"]
    assert kinds == ["RunStarted", *turn, *[kind for kind in turn if kind != "OutputDelta"], "RunFinished"]


async def test_stop_before_the_model_answers(scripted_server: Serve) -> None:
    server = scripted_server([hang("```python\n")])
    stop = asyncio.Event()

    def on_event(event: Event) -> None:
        if isinstance(event, ReplyDelta):
            stop.set()

    result = await run(server, stop=stop, on_event=on_event)
    assert (result.trace.status, result.trace.reason, result.trace.value) == ("stopped", "interrupted", None)
    assert result.trace.iterations[0].reply == "```python\n"
    assert await asyncio.to_thread(server.wait_for_connections, 0)


async def test_stop_while_a_cell_runs_keeps_its_output(scripted_server: Serve) -> None:
    stop = asyncio.Event()
    server = scripted_server([block("print('begun', flush=True)\nwhile True: print('.', end='')")])

    def on_event(event: Event) -> None:
        if type(event).__name__ == "OutputDelta":
            stop.set()

    trace = (await run(server, stop=stop, on_event=on_event)).trace
    assert trace.status == "stopped"
    assert trace.iterations[0].output.startswith("begun")
    assert trace.iterations[0].error is not None


async def test_a_stream_that_is_left_leaves_nothing_behind(scripted_server: Serve) -> None:
    before = children()
    server = scripted_server([hang()])
    async with aclosing(engine(server).stream(QUESTION, DOCUMENT)) as events:
        async for event in events:
            if isinstance(event, IterationStarted):
                break
    assert children() <= before
    assert await asyncio.to_thread(server.wait_for_connections, 0)


async def test_a_cancelled_acompletion_leaves_nothing_behind(scripted_server: Serve) -> None:
    before = children()
    server = scripted_server([hang()])
    task = asyncio.create_task(engine(server).acompletion(QUESTION, DOCUMENT))
    await asyncio.to_thread(server.hanging.wait, 20)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert children() <= before
    assert await asyncio.to_thread(server.wait_for_connections, 0)


class Report(BaseModel):
    title: str
    total: int


@pytest.mark.parametrize(
    ("answer_type", "given", "value"),
    [
        (int, "'3500'", 3500),
        (float, "len('four')", 4.0),
        (str, "'text'[:]", "text"),
        (bool, "'true'", True),
        (list[int], "['1', 2.0]", [1, 2]),
        (dict[str, float], "{'a': '1.5'}", {"a": 1.5}),
        (int | None, "None", None),
        (Report, "{'title': context[:4], 'total': '7'}", {"title": "text", "total": 7}),
        (list[Report], "[{'title': context[:1], 'total': 7}]", [{"title": "t", "total": 7}]),
    ],
)
async def test_the_answers_type_is_what_is_returned(
    scripted_server: Serve, answer_type: Any, given: str, value: Any
) -> None:
    # None is doubted once, as any empty answer is.
    server = scripted_server([block(f"made = {given}\nFINAL(made)"), block("FINAL(made)")])
    answer = await engine(server).acompletion("?", "text", answer_type=answer_type)
    assert (answer.status, answer.value, type(answer.value)) == ("answered", value, type(value))
    assert answer.trace.settings["answer_type"]
    assert Trace.from_json(answer.trace.to_json()).value == value


async def test_the_answers_type_as_a_setting(scripted_server: Serve) -> None:
    answer = await engine(scripted_server([block("FINAL(context[6:10])")]), answer_type=int).acompletion(
        "?", "about 3500"
    )
    assert answer.value == 3500


@pytest.mark.parametrize("question", ["", "  \n", None, 5])
async def test_an_empty_question(scripted_server: Serve, question: Any) -> None:
    server = scripted_server([])
    with pytest.raises(ValueError, match="question is empty"):
        await engine(server).acompletion(question, DOCUMENT)
    assert server.requests == []


async def test_what_cannot_be_used_is_said_before_anything_is_asked(scripted_server: Serve) -> None:
    server = scripted_server([])
    rlm = engine(server)
    with pytest.raises(ValueError, match=r"no setting 'max_iteration'.* max_iterations"):
        await rlm.acompletion("?", "text", max_iteration=3)
    with pytest.raises(ValueError, match=r"answer_type=.* cannot be the type of an answer"):
        await rlm.acompletion("?", "text", answer_type=threading.Lock)
    with pytest.raises(ValueError, match="'much' is not a size"):
        await rlm.acompletion("?", "text", memory_limit="much")
    with pytest.raises(TraitError, match="max_iterations"):
        await rlm.acompletion("?", "text", max_iterations=0)
    with pytest.raises(DocumentError, match=r"missing\.txt"):
        await rlm.acompletion("?", Path("missing.txt"))
    with pytest.raises(DocumentError, match="empty"):
        await rlm.acompletion("?", "")
    with pytest.raises(ValueError, match="no setting 'modell'"):
        RLM(modell="x")
    assert server.requests == []


async def test_a_sub_kernel_that_never_answers_takes_no_longer_than_the_run_may(
    scripted_server: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "kernels" / "rlm-subkernel"
    folder.mkdir(parents=True)
    described = {
        "argv": [sys.executable, "-c", "import signal; signal.pause()", "{connection_file}"],
        "display_name": "silent",
        "language": "python",
        "metadata": {"kernel_provisioner": {"provisioner_name": "rlm-subkernel-provisioner"}},
    }
    (folder / "kernel.json").write_text(json.dumps(described))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    server = scripted_server([block("FINAL(1)")])
    rlm = engine(server, max_seconds=0.5)
    with pytest.raises(IsolationError, match=r"did not start in 0\.5 s, which is all that max_seconds gives the run"):
        await rlm.acompletion("?", "text")
    with rlm.session("text") as session, pytest.raises(IsolationError, match="max_seconds"):
        await session.acompletion("?")
    assert server.requests == []


async def test_no_model_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ModelError, match="Where is the model 'nowhere'") as caught:
        await RLM(model="nowhere").acompletion("?", "text")
    assert caught.value.kind == "missing"


@pytest.mark.parametrize("sync", [True, False])
async def test_a_model_error_carries_the_partial_answer(scripted_server: Serve, sync: bool) -> None:
    rlm = engine(scripted_server([block(SUM), fail(401, "the key has expired")]))
    with pytest.raises(ModelError, match="expired") as caught:
        _ = rlm.completion(QUESTION, DOCUMENT) if sync else await rlm.acompletion(QUESTION, DOCUMENT)
    answer = caught.value.answer
    assert (answer.status, answer.value, caught.value.kind) == ("failed", None, "auth")
    assert answer.trace.iterations[0].output == "3500\n"
    assert "expired" in answer.trace.reason


async def test_a_stream_of_a_run_that_fails_ends_as_failed(scripted_server: Serve) -> None:
    trace = (await run(scripted_server([fail(401, "no entry")]))).trace
    assert trace.status == "failed"
    assert "no entry" in trace.reason


async def test_a_best_guess_is_marked(scripted_server: Serve) -> None:
    server = scripted_server([block("x = 1"), block("FINAL('guess')")])
    answer = await engine(server, max_iterations=1).acompletion("?", "text")
    assert repr(answer) == "Answer('guess' (best guess), status='exhausted', iterations=2)"


async def test_the_key_is_sent_and_told_to_nobody(
    scripted_server: Serve, caplog: pytest.LogCaptureFixture, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    record = tmp_path / "run.jsonl"
    leak = "import os\nprint(show_vars(), context)\nprint(llm_query('What is the key?'))"
    script = [block(leak), "I know of none.", block("FINAL(len(context))")]
    server = scripted_server(script)
    rlm = engine(server, api_key=KEY, record=str(record))
    result = await run(server, api_key=KEY, record=str(record))
    assert result.trace.status == "answered"
    assert [request.headers["authorization"] for request in server.requests] == [f"Bearer {KEY}"] * 3
    failing = engine(scripted_server([block("x = 1"), fail(401, f"Incorrect API key provided: {KEY}")]), api_key=KEY)
    with pytest.raises(ModelError) as caught:
        await failing.acompletion("?", "text")
    told = [
        result.trace.to_json(),
        repr(result.events),
        repr(rlm),
        str(rlm),
        repr(vars(rlm).get("_cross_validation_lock")),
    ]
    told += [str(caught.value), repr(caught.value), caught.value.answer.trace.to_json(), repr(caught.value.answer)]
    told += [str(caught.value.__cause__), str(caught.value.__context__), json.dumps(describe(rlm))]
    told += [record.read_text(), caplog.text, *capfd.readouterr()]
    told += [json.dumps(request.body) for request in server.requests]
    assert [text for text in told if KEY in text or "SECRET" in text] == []


async def test_a_wrong_key_is_not_shown() -> None:
    for make in (
        lambda: RLM(api_key=[KEY]),
        lambda: setattr(RLM(), "api_key", {"key": KEY}),
        lambda: RLM(parent=None, config=Config(RLM={"api_key": [KEY]})),
    ):
        with pytest.raises(TraitError, match="api_key must be a str, not") as caught:
            make()
        assert KEY not in str(caught.value)
    with pytest.raises(ModelError) as refused:
        await RLM(model="m", base_url="http://127.0.0.1:1/v1", api_key=KEY + "\n\x07").acompletion("?", "text")
    assert KEY not in str(refused.value)


async def test_credentials_in_an_address_are_not_shown(scripted_server: Serve) -> None:
    server = scripted_server(ANSWERING)
    address = server.base_url.replace("http://", f"http://user:{KEY}@")
    result = await run(server, base_url=address)
    assert result.trace.value == TOTAL
    assert result.trace.settings["base_url"] == server.base_url
    assert KEY not in result.trace.to_json() + repr(result.events)


async def test_an_address_that_is_not_used_is_not_shown_either(scripted_server: Serve) -> None:
    server = scripted_server(ANSWERING)
    model = OpenAICompatible("scripted", base_url=server.base_url)
    answer = await RLM(model=model, base_url=f"user:{KEY}@host/v1?key={KEY}").acompletion(QUESTION, DOCUMENT)
    await model.aclose()
    assert answer.trace.settings["base_url"] == "host/v1"
    assert KEY not in answer.trace.to_json()


async def test_the_trace_tells_the_settings_and_the_versions(scripted_server: Serve) -> None:
    server = scripted_server(ANSWERING)
    result = await run(server, max_seconds=99, memory_limit="512MB", seed=4)
    shown = result.trace.settings
    assert (shown["max_seconds"], shown["memory_limit"], shown["seed"], shown["max_iterations"]) == (99, "512MB", 4, 10)
    assert {"api_key", "model"}.isdisjoint(shown)
    assert {"python", "rlm-kernel", "RestrictedPython"} <= set(result.trace.versions)


async def test_overrides_hold_for_one_call(scripted_server: Serve) -> None:
    rlm = engine(scripted_server([block("x = 1"), block("FINAL('a')"), block("x = 1"), block("FINAL(len(context))")]))
    assert (await rlm.acompletion("?", "text", max_iterations=1)).status == "exhausted"
    assert rlm.max_iterations == 10
    assert (await rlm.acompletion("?", "text")).status == "answered"


def test_settings_come_from_a_configuration_file(scripted_server: Serve, tmp_path: Path) -> None:
    from traitlets.config.loader import PyFileConfigLoader

    server = scripted_server([block("x = 1"), block("FINAL('guess')")])
    (tmp_path / "config.py").write_text(
        f"c = get_config()\nc.RLM.model = 'from-file'\nc.RLM.base_url = {server.base_url!r}\nc.RLM.max_iterations = 1\n"
    )
    rlm = RLM(config=PyFileConfigLoader("config.py", path=str(tmp_path)).load_config())
    answer = rlm.completion("?", "text")
    assert (answer.trace.model, answer.status) == ("from-file", "exhausted")
    assert "max_iterations=1" in answer.trace.reason
    assert RLM(config=rlm.config, max_iterations=7).max_iterations == 7


async def test_what_is_recorded_can_be_replayed_without_the_model(scripted_server: Serve, tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    code = f"{SUM}\nprint(llm_query_batched(['one', 'two']))"
    server = scripted_server(
        {"root": [block(code), block("FINAL(total)")], "sub": lambda body: f"about {body['messages'][0]['content']}"}
    )
    rlm = engine(server, model="root", sub_model="sub", examples="on")
    first = await rlm.acompletion(QUESTION, DOCUMENT, record=str(path))
    asked = len(server.requests)
    again = await RLM(model=f"recorded:{path}", examples="on").acompletion(QUESTION, DOCUMENT)
    assert len(server.requests) == asked == 4
    assert again.value == first.value == TOTAL
    assert [turn.code for turn in again.trace.iterations] == [turn.code for turn in first.trace.iterations]
    assert [turn.output for turn in again.trace.iterations] == [turn.output for turn in first.trace.iterations]
    assert "['about one', 'about two']" in again.trace.iterations[0].output
    assert any("RECORDED" in notice for notice in again.trace.notices)
    other = QUESTION.replace("all", "most")
    for question, document, said in (
        (other, DOCUMENT, re.escape(f"has not recorded the question '{other}'")),
        (QUESTION, f"{DOCUMENT}\nmore", "First difference"),
    ):
        with pytest.raises(ModelError, match=said) as caught:
            await RLM(model=f"recorded:{path}", examples="on").acompletion(question, document)
        assert caught.value.kind == "recording"


class Homemade:
    """A model of the user's own; it is the user's to close."""

    name, notices, small, context_window = "homemade", ("made at home",), False, None
    closed = False

    async def stream(self, messages: Sequence[Message], **options: Any) -> AsyncIterator[Delta | Reply]:
        text = block("FINAL(len(context))")
        yield Delta(text)
        yield Reply(text, usage=Usage(calls=1))

    async def aclose(self) -> None:
        self.closed = True


async def test_a_model_of_the_users_own_is_not_closed() -> None:
    model = Homemade()
    answer = await RLM(model=model).acompletion("?", "text")
    assert (answer.value, answer.trace.model, answer.trace.notices) == (4, "homemade", ["made at home"])
    assert not model.closed


def test_what_is_no_model_is_refused() -> None:
    with pytest.raises(TypeError, match="model must be a name or a Model"):
        RLM(model=object()).completion("?", "text")


async def test_a_sub_model_that_cannot_be_had_is_said_at_once(scripted_server: Serve, tmp_path: Path) -> None:
    server = scripted_server([])
    with pytest.raises(ModelError, match="cannot be read"):
        await engine(server, sub_model=f"recorded:{tmp_path / 'none.jsonl'}").acompletion("?", "text")
    assert server.requests == []


@pytest.mark.parametrize(
    "context",
    [{"a": "text one", "b": "text"}, ["text one", "text"], [{"a": "text one"}, {"a": 2}], b"text one text"],
    ids=["mapping", "list", "records", "bytes"],
)
async def test_contexts_of_every_shape(scripted_server: Serve, context: Any) -> None:
    answer = await engine(scripted_server([block("FINAL(len(grep('text one')))")])).acompletion("?", context)
    assert answer.value == 1


async def test_events_begin_and_end_once(scripted_server: Serve) -> None:
    result = await run(scripted_server(ANSWERING))
    assert [type(event) for event in result.events if isinstance(event, RunStarted | RunFinished)] == [
        RunStarted,
        RunFinished,
    ]


async def test_describe_names_what_is_in_force(scripted_server: Serve) -> None:
    shown = describe(engine(scripted_server([]), max_seconds=5))
    assert (shown["model"], shown["sub_model"], shown["max_seconds"]) == ("scripted", "the same", 5)
    assert "restricted-python" in shown["isolation"]
    assert describe(RLM(model="nowhere"))["model"].startswith("none: Where is the model")


IN_A_LOOP = "import asyncio\nasync def main(): return ask()\nasyncio.run(main())"


@pytest.mark.parametrize(
    "call", ["ask()", pytest.param(IN_A_LOOP, marks=pytest.mark.nightly)], ids=["plain", "in a running loop"]
)
def test_an_interrupt_from_the_keyboard_ends_a_completion(scripted_server: Serve, call: str) -> None:
    server = scripted_server([say(block("print(1)")), hang("```python\n")])
    program = f"""
from rlm_kernel import RLM
def ask():
    try:
        RLM(model="m", base_url={server.base_url!r}).completion("?", "text")
    except KeyboardInterrupt:
        import psutil
        from rlm_kernel.subkernel.launch import fork_server
        alive = [p for p in psutil.Process().children(recursive=True) if p.status() != "zombie"]
        alive = [p for p in alive if p.pid != fork_server.pid()]  # which ends with the program
        print("interrupted", len(alive))
{call}
"""
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert server.hanging.wait(60)
            os.kill(process.pid, signal.SIGINT)
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()
    assert out == "interrupted 0\n", err
    assert server.wait_for_connections(0)
