"""Recursive runs: their part of the document, their depth, what they cost, and what becomes of those that fail."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from runs import Result, block, children, engine, run
from scripted_server import ScriptedServer, fail, hang

from rlm_kernel import Document
from rlm_kernel.engine.factory import assembled
from rlm_kernel.subkernel import Refusal
from rlm_kernel.trace import Call, Event, ReplyDelta, RunFinished, RunStarted, SubRunEvent, Trace

Serve = Callable[..., ScriptedServer]
LINES = "\n".join(f"entry {number}: some words that fill the line, value {number * 7}" for number in range(1000))
SUB_TURN = block("found = len(context.split('\\n'))\nFINAL(found)")


def system(body: dict[str, Any]) -> bool:
    """Whether a request is one of a run, and not a single call."""
    return bool(body["messages"][0]["role"] == "system")


def asked(body: dict[str, Any]) -> str:
    """The question of the run that sent a request."""
    return next(text for text in body["messages"][1]["content"].split("\n") if text.startswith("Question: "))[10:]


def below(turn: Any, root: list[str]) -> Callable[[dict[str, Any]], Any]:
    """A script: the root run's turns in order; `turn` answers all runs below (a reply, or a function of the body)."""
    turns = iter(root)

    def answer(body: dict[str, Any]) -> Any:
        if system(body) and asked(body).startswith("What is the total"):
            return next(turns)
        return turn(body) if callable(turn) else turn

    return answer


def calls(result: Result) -> list[Call]:
    return [call for turn in result.trace.iterations for call in turn.calls]


async def test_a_sub_run_has_its_part_its_model_and_its_depth(scripted_server: Serve) -> None:
    code = "part = read_lines(101, 300)\nanswer = rlm_query('How many lines?', part)\nprint(answer)"
    server = scripted_server({"root": [block(code), block("FINAL(answer)")], "sub": [SUB_TURN]})
    result = await run(server, context=LINES, model="root", sub_model="sub")
    assert result.trace.value == 200
    (call,) = calls(result)
    assert (call.kind, call.line, call.error, call.prompt) == ("rlm_query", 2, None, "How many lines?")
    assert [(span.start_line, span.end_line) for span in call.context_spans] == [(101, 300)]
    inner = call.trace
    assert inner is not None
    assert (inner.depth, inner.model, inner.status, inner.value) == (1, "sub", "answered", 200)
    assert inner.documents[0].lines == 200
    assert "lines 101 to 300" in inner.documents[0].name
    assert inner.isolation == result.trace.isolation
    coverage = result.trace.coverage
    assert coverage is not None
    assert (101, 300) in coverage.documents[0].scanned
    # The sub-run's own prompt does not say what the root run was asked, nor hold the text.
    assert "What is the total" not in json.dumps(server.requests[1].body)


async def test_every_kind_of_context_reaches_a_sub_run(scripted_server: Serve) -> None:
    code = """
values = rlm_query_batched([
    ("text", "a text of the cell's own"),
    ("list", ["one", "two"]),
    ("mapping", {"a": "one", "b": "two"}),
    ("records", [{"n": 1}, {"n": 2}]),
    ("whole", context),
])
FINAL(values)"""
    turn = block("FINAL(str(type(context).__name__) + ' ' + str(len(context)))")
    server = scripted_server(below(turn, [block(code)]))
    result = await run(server, context=LINES)
    text, listed, mapped, records, whole = result.trace.value
    assert text == "str 24"
    assert (listed.split()[1], mapped.split()[1], records.split()[1]) == ("2", "2", "2")
    assert whole == f"str {len(LINES)}"


async def test_usage_of_all_levels_is_in_the_totals(scripted_server: Serve) -> None:
    def sub(body: dict[str, Any]) -> Any:
        if not system(body):
            return "leaf"
        if asked(body) == "deeper":
            return block("FINAL(llm_query('leaf?'))")
        return block("FINAL(rlm_query('deeper', context[:300]))")

    server = scripted_server(below(sub, [block("FINAL(rlm_query('first', context[:600]))")]))
    result = await run(server, context=LINES)
    usage = result.trace.usage
    assert result.trace.value == "leaf"
    assert usage.calls == len(server.requests) == 4
    assert [(part.depth, part.calls) for part in sorted(usage.parts, key=lambda part: part.depth)] == [
        (0, 1),
        (1, 1),
        (2, 2),
    ]
    rows = result.trace.calls
    assert [(row["depth"], row["kind"], row["run"]) for row in rows] == [
        (0, "root", 0),
        (0, "rlm_query", 0),
        (1, "root", 1),
        (1, "rlm_query", 1),
        (2, "root", 2),
        (2, "llm_query", 2),
    ]
    assert sum(row["calls"] for row in rows) == 4
    assert result.trace.iterations[0].usage.calls == 4


async def test_events_of_sub_runs_are_told_as_they_come(scripted_server: Serve) -> None:
    server = scripted_server(below(SUB_TURN, [block("FINAL(rlm_query('q', context[:300]))")]))
    result = await run(server, context=LINES)
    inner = [event.event for event in result.events if isinstance(event, SubRunEvent)]
    assert isinstance(inner[0], RunStarted)
    assert isinstance(inner[-1], RunFinished)
    assert {event.id for event in result.events if isinstance(event, SubRunEvent)} == {1}
    assert Trace.from_json(result.trace.to_json()) == result.trace


@pytest.mark.parametrize("depth", [0, 1])
async def test_at_the_greatest_depth_a_single_call_is_made_and_said(scripted_server: Serve, depth: int) -> None:
    def sub(body: dict[str, Any]) -> Any:
        if not system(body):
            return f"single: {body['messages'][0]['content'][:9]}"
        return block("FINAL(rlm_query('deeper?', context))")

    server = scripted_server(
        below(sub, [block("answer = rlm_query('deeper?', 'the part')\nprint(answer)"), block("FINAL(answer)")])
    )
    result = await run(server, context=LINES, max_depth=depth)
    assert result.trace.value == "single: deeper?\n\n"
    last = calls(result)[0] if depth == 0 else calls(result)[0].trace.iterations[0].calls[0]  # type: ignore[union-attr]
    assert f"max_depth={depth} is reached" in last.note
    assert (last.trace, last.response) == (None, "single: deeper?\n\n")
    if depth == 0:
        assert "[rlm_query: max_depth=0 is reached" in result.trace.iterations[0].output
        assert "rlm_query" not in server.requests[0].body["messages"][0]["content"]


async def test_a_sub_run_that_fails_is_an_exception_and_in_a_batch_a_text(scripted_server: Serve) -> None:
    code = """
try:
    rlm_query("bad", context)
except Exception as error:
    print("caught", error)
FINAL(rlm_query_batched([("bad", context), ("good", context)]))"""

    def sub(body: dict[str, Any]) -> Any:
        return fail(401, "no entry") if asked(body) == "bad" else SUB_TURN

    result = await run(scripted_server(below(sub, [block(code)])), context=LINES)
    bad, good = result.trace.value
    assert bad.startswith("[error: the sub-run has found no answer (")
    assert "no entry" in bad
    assert good == 1000
    assert "caught rlm_query: the sub-run has found no answer" in result.trace.iterations[0].output
    assert [call.trace.status for call in calls(result) if call.trace] == ["failed", "failed", "answered"]


async def test_a_best_guess_below_is_said_to_be_one(scripted_server: Serve) -> None:
    turns = iter([block("print(1)"), block("print(2)"), block("FINAL('maybe')")])
    root = [block("answer = rlm_query('q', context)\nprint(answer)"), block("FINAL(answer)")]
    result = await run(scripted_server(below(lambda body: next(turns), root)), context=LINES, max_iterations=2)
    (call,) = calls(result)
    assert call.trace is not None
    assert (call.trace.status, call.trace.best_guess, result.trace.value) == ("exhausted", True, "maybe")
    assert "only a best guess" in call.note
    assert "[rlm_query: the answer is only a best guess" in result.trace.iterations[0].output


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("rlm_query('', context)", "the question is empty"),
        ("rlm_query('q', '')", "empty"),
        ("rlm_query('q', {})", "empty"),
        ("rlm_query(3, context)", "must be"),
        ("rlm_query_batched('q')", "pairs"),
        ("rlm_query('q', object())", ""),
    ],
)
async def test_what_no_run_can_be_about_is_said_to_the_cell(scripted_server: Serve, code: str, words: str) -> None:
    root = [block(code), block("FINAL(len(context))")]
    result = await run(scripted_server(below("never", root)), context=LINES)
    error = result.trace.iterations[0].error
    assert error is not None
    assert words in error.message
    assert result.trace.value == len(LINES)


async def test_the_limits_hold_for_the_tree(scripted_server: Serve) -> None:
    """Runs that begin ever more runs end with the tree's calls, and the root still answers."""

    def sub(body: dict[str, Any]) -> Any:
        return block("print(rlm_query_batched([('again', context)] * 3))")

    def root(body: dict[str, Any]) -> Any:
        limited = "The limit is reached" in body["messages"][-1]["content"]
        return block("FINAL('so far')" if limited else "print(rlm_query_batched([('again', context)] * 3))")

    server = scripted_server(lambda body: (root if asked(body).startswith("What is") else sub)(body))
    result = await run(server, context=LINES, max_llm_calls=30, max_iterations=3, max_depth=8)
    assert len(server.requests) == result.trace.usage.calls <= 30
    assert result.trace.usage.calls == sum(row["calls"] for row in result.trace.calls)
    assert (result.trace.status, result.trace.value, result.trace.best_guess) == ("exhausted", "so far", True)


async def test_stop_ends_all_levels_and_keeps_what_was_finished(scripted_server: Serve) -> None:
    before, stop = children(), asyncio.Event()

    def sub(body: dict[str, Any]) -> Any:
        return SUB_TURN if asked(body) == "quick" else hang("some text")

    root = [block("rlm_query('quick', context)\nrlm_query_batched([('slow', context), ('slow too', context)])")]
    hanging = set()

    def on_event(event: Event) -> None:
        match event:
            case SubRunEvent(id=number, event=ReplyDelta()) if number > 1:
                hanging.add(number)
                if len(hanging) == 2:
                    stop.set()

    result = await run(scripted_server(below(sub, root)), context=LINES, stop=stop, on_event=on_event)
    assert (result.trace.status, result.trace.reason) == ("stopped", "interrupted")
    quick, *slow = calls(result)
    assert (quick.response, quick.error) == ("1000", None)
    assert [call.error for call in slow] == ["cancelled", "cancelled"]
    assert {call.trace.status for call in slow if call.trace} == {"stopped"}
    assert result.trace.usage.calls == 4
    assert children() <= before | {min(children() - before, default=0)}  # the fork server alone may have come
    assert not any(call.trace is None for call in slow)


async def test_the_calls_that_a_stop_cuts_off_below_are_in_the_ledger(scripted_server: Serve) -> None:
    stop, sent = asyncio.Event(), threading.Barrier(4)

    def sub(body: dict[str, Any]) -> Any:
        if system(body):
            return block("llm_query_batched(['quick'])\nllm_query_batched(['a', 'b', 'c'])")
        if body["messages"][0]["content"] == "quick":
            return "done"
        sent.wait(20)
        return hang("some text")

    async def stop_when_sent() -> None:
        await asyncio.to_thread(sent.wait, 20)
        stop.set()

    server = scripted_server(below(sub, [block("rlm_query('deeper', context)")]))
    stopping = asyncio.create_task(stop_when_sent())
    result = await run(server, context=LINES, stop=stop)
    await stopping
    (call,) = calls(result)
    assert call.trace is not None
    inner = call.trace.iterations[0].calls
    assert [(one.prompt, one.error) for one in inner] == [
        ("quick", None),
        ("a", "cancelled"),
        ("b", "cancelled"),
        ("c", "cancelled"),
    ]
    assert result.trace.usage.calls == len(server.requests) == 6


async def test_identical_sub_runs_are_asked_once(scripted_server: Serve) -> None:
    root = [block("FINAL([rlm_query('q', context), rlm_query('q', context)])")]
    server = scripted_server(below(SUB_TURN, root))
    result = await run(server, context=LINES)
    assert result.trace.value == [1000, 1000]
    assert len(server.requests) == result.trace.usage.calls == 2
    assert [row["cached"] for row in result.trace.calls if row["depth"] == 1] == [False, True]


async def test_many_sub_runs_at_once(scripted_server: Serve) -> None:
    together = threading.Barrier(4)

    def sub(body: dict[str, Any]) -> Any:
        together.wait(20)  # fewer at once would break it
        return SUB_TURN

    root = [block("FINAL(rlm_query_batched([(f'q{n}', read_lines(n + 1, n + 50)) for n in range(12)]))")]
    result = await run(scripted_server(below(sub, root)), context=LINES, max_concurrency=4)
    assert result.trace.value == [50] * 12


async def test_a_forged_part_is_refused(scripted_server: Serve) -> None:
    """A sub-kernel that escaped may name any part: what the parent's document does not have is not there."""
    server = scripted_server([])
    async with assembled(engine(server)) as assembly:
        run = assembly.run("q", Document.of(LINES), asyncio.Event())
        for part in ([0, 5, 10**12], [3, 0, 5], [0, -5, 5], ["0", 0, 5], [0, 9, 5], None):
            with pytest.raises(Refusal):
                await run.handle("rlm_query", {"pairs": [["q", {"part": part}]], "line": 1})
        with pytest.raises(Refusal):
            await run.handle("rlm_query", {"pairs": [["q"]], "line": 1})
