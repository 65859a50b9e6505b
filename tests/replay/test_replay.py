"""Replays: every shape of trace is reproduced without a model; what was altered or changed is named."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from runs import DOCUMENT, SUM, block, engine, run
from scripted_server import ScriptedServer, hang
from traces import DONE, SHAPES, as_javascript_saves_it, make

from rlm_kernel import Document, Trace
from rlm_kernel.replay import areplay, replay
from rlm_kernel.trace import CallStarted, OutputDelta, sealed

Serve = Callable[..., ScriptedServer]


@pytest.fixture
async def trace(scripted_server: Serve) -> Trace:
    return await make(SHAPES["a sum"], scripted_server)


@pytest.mark.parametrize("name", SHAPES)
async def test_every_shape_is_reproduced_without_a_model(scripted_server: Serve, name: str) -> None:
    shape = SHAPES[name]
    server = scripted_server(shape.script())
    result = await run(server, context=shape.context, **shape.settings)
    assert result.trace.status == shape.status, result.trace.reason
    asked = len(server.requests)
    made = Trace.from_json(result.trace.to_json())
    done = await areplay(made, shape.context, deep=True)
    assert done.reproduced, f"{done.text}\n{done.diff}"
    assert done.iterations >= sum(1 for turn in made.iterations if turn.code and turn.executed)
    assert len(server.requests) == asked


async def test_the_shapes_are_what_they_are_called(scripted_server: Serve) -> None:
    traces = {name: await make(SHAPES[name], scripted_server) for name in ("lost state", "a sub-run", "mended code")}
    assert [turn.lost_state for turn in traces["lost state"].iterations] == [False, True, False, False]
    assert traces["a sub-run"].iterations[0].calls[0].trace is not None
    assert traces["mended code"].iterations[0].repairs


@pytest.mark.nightly
async def test_a_large_document_that_is_no_str(scripted_server: Serve) -> None:
    text = "filler line of no interest\n" * (5 << 20) + "SALES west: $7\n"
    code = "print(type(context), context[-15:], grep('^SALES'))"
    result = await run(scripted_server([block(code), block("FINAL(len(context))")]), context=text)
    assert result.trace.value == len(text)
    assert (await areplay(result.trace, text)).text == "reproduced"


async def test_a_trace_that_a_browser_has_saved(scripted_server: Serve) -> None:
    trace = await make(SHAPES["a large number"], scripted_server)
    saved = Trace.from_json(as_javascript_saves_it(trace.to_json()))
    done = await areplay(saved, DOCUMENT)
    assert done.verdict == "differs", "the last digits are really lost"
    assert "the answer" in done.reason
    for name in ("a sum", "floats", "a sub-run"):
        plain = await make(SHAPES[name], scripted_server)
        assert (await areplay(Trace.from_json(as_javascript_saves_it(plain.to_json())), DOCUMENT, deep=True)).reproduced


async def test_a_stop_while_the_model_is_asked(scripted_server: Serve) -> None:
    stop = asyncio.Event()
    server = scripted_server([block(SUM), hang()])

    def on_event(event: Any) -> None:
        if type(event).__name__ == "IterationStarted" and event.index == 2:
            stop.set()

    result = await run(server, stop=stop, on_event=on_event)
    assert result.trace.status == "stopped"
    assert (await areplay(result.trace, DOCUMENT)).text == "reproduced"


async def test_a_stop_while_a_sub_call_is_under_way(scripted_server: Serve) -> None:
    stop = asyncio.Event()
    server = scripted_server({"root": [block("print('asking')\nllm_query('hang')\nprint('never')")], "sub": [hang()]})

    def on_event(event: Any) -> None:
        if isinstance(event, CallStarted):
            stop.set()

    result = await run(server, stop=stop, on_event=on_event, model="root", sub_model="sub")
    assert [request.cut for request in result.trace.iterations[0].requests] == [True]
    assert (await areplay(result.trace, DOCUMENT)).text == "reproduced"


async def test_code_that_was_interrupted_cannot_be_replayed(scripted_server: Serve) -> None:
    stop = asyncio.Event()
    server = scripted_server([block("print('going', flush=True)\nimport time\nprint('x' * 9000)\ntime.sleep(60)")])

    def on_event(event: Any) -> None:
        if isinstance(event, OutputDelta):
            stop.set()

    result = await run(server, stop=stop, on_event=on_event, cell_timeout=1)
    assert result.trace.status == "stopped"
    done = await areplay(result.trace, DOCUMENT)
    assert done.text.startswith("cannot be replayed: the code of iteration 1 was")


# What an altered trace could say, each by one small change.
CHANGES: dict[str, Callable[[dict[str, Any]], None]] = {
    "the question": lambda data: data.update(question=data["question"].replace("total", "totaL")),
    "the answer": lambda data: data.update(value=3501),
    "the status": lambda data: data.update(status="exhausted"),
    "a guess": lambda data: data.update(best_guess=True),
    "the model": lambda data: data.update(model="scriptee"),
    "a setting": lambda data: data["settings"].update(max_iterations=11),
    "a document's fingerprint": lambda data: data["documents"][0].update(sha256="0" * 64),
    "a document's name": lambda data: data["documents"][0].update(name="contexT"),
    "the isolation": lambda data: data["isolation"].update(seccomp=False),
    "a notice": lambda data: data["notices"].append("fine"),
    "the seed": lambda data: data["determinism"].update(seed=data["determinism"]["seed"] ^ 1),
    "the evidence": lambda data: data["evidence"][0].update(line=3),
    "the evidence's text": lambda data: data["evidence"][0].update(text="SALES north: $1,001"),
    "where it comes from": lambda data: data["grounding"][0].update(verdict="ungrounded"),
    "a cost": lambda data: data["usage"].update(prompt_tokens=1),
    "the start": lambda data: data.update(started="2001-01-01T00:00:00+00:00"),
    "a reply": lambda data: data["iterations"][0].update(reply="other"),
    "the code": lambda data: data["iterations"][0].update(code=data["iterations"][0]["code"] + " "),
    "the output": lambda data: data["iterations"][0].update(output="3501\n"),
    "a variable": lambda data: data["iterations"][0]["variables"]["added"].update(total="int 3501"),
    "a span": lambda data: data["iterations"][0]["spans"][0].update(end_line=3),
    "a note": lambda data: data["iterations"][0].update(notes=["x"]),
    "a request": lambda data: data["iterations"][1]["requests"][0].update(sha256="0" * 64),
    "the digest": lambda data: data.update(digest="0" * 64),
}


@pytest.mark.parametrize("name", CHANGES)
async def test_an_altered_trace_is_known_by_its_digest(trace: Trace, name: str) -> None:
    data = json.loads(trace.to_json())
    CHANGES[name](data)
    done = await areplay(Trace.from_json(json.dumps(data)), DOCUMENT)
    assert done.verdict == "trace altered"
    assert done.iterations == 0


async def test_an_altered_sub_run_is_named(scripted_server: Serve) -> None:
    trace = await make(SHAPES["a sub-run"], scripted_server)
    inner = trace.iterations[0].calls[0].trace
    assert inner is not None
    inner.value = 4
    sealed(trace)
    done = await areplay(trace, DOCUMENT)
    assert (done.verdict, done.reason.partition(",")[0]) == ("trace altered", "in the sub-run of call 1")


# Those changes that a replay finds even where somebody has made the digest anew.
FOUND = {
    "the answer": (2, "the answer"),
    "the evidence": (2, "the lines that the answer names as evidence"),
    "the evidence's text": (2, "the lines that the answer names as evidence"),
    "where it comes from": (2, "where the items of the answer come from"),
    "the output": (1, "its output"),
    "a variable": (1, "the variables that it added"),
    "a span": (1, "the lines that it looked at"),
    "a request": (2, "request 1 of the code is not the recorded one"),
}


@pytest.mark.parametrize("name", FOUND)
async def test_a_forged_digest_does_not_help(trace: Trace, name: str) -> None:
    data = json.loads(trace.to_json())
    CHANGES[name](data)
    done = await areplay(sealed(Trace.from_json(json.dumps(data))), DOCUMENT)
    assert (done.verdict, done.iteration, done.reason) == ("differs", *FOUND[name])
    assert done.diff


async def test_forged_code_gives_another_output(trace: Trace) -> None:
    turn = trace.iterations[0]
    assert turn.code is not None
    turn.code = turn.code.replace("^SALES", "^SALES s")
    done = await areplay(sealed(trace), DOCUMENT)
    assert (done.verdict, done.iteration) == ("differs", 1)
    assert done.diff.splitlines()[-2:] == ["-3500", "+2500"]


async def test_a_forged_reply_of_a_sub_model_is_what_the_code_gets(scripted_server: Serve) -> None:
    trace = await make(SHAPES["a sub-call"], scripted_server)
    trace.iterations[0].calls[0].response = "another reply"
    done = await areplay(sealed(trace), DOCUMENT)
    assert (done.verdict, done.iteration, done.reason) == ("differs", 1, "its output")


async def test_a_forged_prompt_is_found(scripted_server: Serve) -> None:
    trace = await make(SHAPES["a sub-call"], scripted_server)
    trace.iterations[0].calls[0].prompt = "onE"
    done = await areplay(sealed(trace), DOCUMENT)
    assert (done.verdict, done.reason) == ("differs", "a call of llm_query is not among the recorded ones")


async def test_one_character_of_the_document(trace: Trace) -> None:
    done = await areplay(trace, DOCUMENT.replace("2,500", "2,501"))
    assert done.verdict == "document changed"
    assert trace.documents[0].sha256 in done.reason
    assert Document.of(DOCUMENT.replace("2,500", "2,501")).fingerprint in done.reason


async def test_the_documents_of_several_are_found_by_their_content(scripted_server: Serve) -> None:
    trace = await make(SHAPES["a mapping"], scripted_server)
    assert (await areplay(trace, {"renamed": "SALES", "too": DOCUMENT})).text == "reproduced"
    done = await areplay(trace, {"a": DOCUMENT, "b": "SALE"})
    assert done.verdict == "document changed"
    assert done.reason.startswith("'b' had the SHA-256 ")


async def test_a_document_that_is_not_here(trace: Trace) -> None:
    done = await areplay(trace)
    assert done.text.startswith("cannot be replayed: the document 'context' (SHA-256 ")


async def test_a_trace_from_before_there_were_replays(trace: Trace) -> None:
    trace.determinism, trace.digest = None, ""
    assert (await areplay(trace, DOCUMENT)).text.startswith("cannot be replayed: it was recorded without")


async def test_a_trace_without_a_digest_is_replayed_and_said_to_have_none(trace: Trace) -> None:
    trace.digest = ""
    done = await areplay(trace, DOCUMENT)
    assert done.reproduced
    assert done.remarks == ("the trace has no digest: whether it was altered cannot be told",)


async def test_a_run_that_is_under_way(trace: Trace) -> None:
    trace.status = "running"
    assert (await areplay(sealed(trace), DOCUMENT)).text == (
        "cannot be replayed: the run had not ended when this trace was written"
    )


async def test_a_session_is_replayed_from_its_beginning(scripted_server: Serve) -> None:
    server = scripted_server([block(f"{SUM}\nFINAL(total)"), block("FINAL(total * 2 + extra)")])
    async with engine(server).session(DOCUMENT) as session:
        first = (await session.acompletion("What is the total?")).trace
        await session.execute("import random\nextra = random.randrange(100)\nllm_query('nobody answers')")
        second = (await session.acompletion("And twice that?")).trace
    assert second.earlier is not None
    assert second.earlier.digest == first.digest
    assert (await areplay(first, DOCUMENT)).reproduced
    done = await areplay(second, DOCUMENT, earlier=[first, second])
    assert (done.text, done.iterations) == ("reproduced", 2)
    alone = await areplay(second, DOCUMENT)
    assert "the trace of the question before it" in alone.reason


async def test_a_sub_run_is_run_again_only_where_it_is_asked_for(scripted_server: Serve) -> None:
    trace = await make(SHAPES["a sub-run"], scripted_server)
    assert (await areplay(trace, DOCUMENT)).iterations == 2
    assert (await areplay(trace, DOCUMENT, deep=True)).iterations == 3
    inner = trace.iterations[0].calls[0].trace
    assert inner is not None
    inner.iterations[0].output = "forged"
    sealed(inner)
    sealed(trace)
    assert (await areplay(trace, DOCUMENT)).reproduced
    done = await areplay(trace, DOCUMENT, deep=True)
    assert done.text == "differs at iteration 1: in the sub-run of call 1: its output"


def test_without_an_event_loop_and_as_a_method(scripted_server: Serve) -> None:
    answer = engine(scripted_server([DONE])).completion("How long is it?", DOCUMENT)
    assert replay(answer.trace, DOCUMENT).reproduced
    assert replay(answer.trace, DOCUMENT).to_dict()["verdict"] == "reproduced"


async def test_where_a_loop_runs_the_method_works_too(trace: Trace) -> None:
    assert replay(trace, DOCUMENT).reproduced


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("settings", "memory_limit"), "much", "its setting memory_limit is much, which is none"),
        (("settings", "tools"), ["not a name"], "its settings cannot be used: "),
        (("determinism", "clock"), "tomorrow", "its settings cannot be used: Invalid isoformat string"),
    ],
)
async def test_settings_of_a_trace_from_anybody(trace: Trace, path: tuple[str, str], value: Any, said: str) -> None:
    data = json.loads(trace.to_json())
    data[path[0]][path[1]] = value
    done = await areplay(sealed(Trace.from_json(json.dumps(data))), DOCUMENT)
    assert (done.verdict, said in done.reason) == ("cannot be replayed", True), done.reason


async def test_a_document_that_a_trace_names_is_read_only_where_it_is_a_file(trace: Trace) -> None:
    for source in ("/dev/zero", "https://example.org/x", "/dev/stdin", "\0", "x" * 5_000):
        trace.documents[0].source = source
        assert (await areplay(sealed(trace))).text.startswith("cannot be replayed: the document 'context'")


async def test_a_document_that_was_changed_in_the_middle_is_said(trace: Trace) -> None:
    trace.unchanged = False
    done = await areplay(sealed(trace), DOCUMENT)
    assert done.remarks == ("the document was changed while the run was under way",)
