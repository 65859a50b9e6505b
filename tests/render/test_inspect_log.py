"""A run as a log of Inspect: written by `Answer.to_inspect_log`, read back by Inspect itself."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from runs import SUM, TOTAL, block, run
from scripted_server import ScriptedServer
from traces import CAUGHT, HARD, SHAPES, SUB, broken, double, with_sub

from rlm_kernel import Answer, Trace
from rlm_kernel.engine.blocking import run_blocking
from rlm_kernel.trace import DocumentInfo, Iteration, Usage

Serve = Callable[..., ScriptedServer]
Read = Callable[[Trace, str], Any]
KEY = "sk-proj-" + "a1B2c3D4" * 5
HOSTILE = "<script>alert(1)</script> attachment://0 \x1b[31m ![](http://127.0.0.1:1/x) <think>no</think>"


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Write a trace as a log with that ending, and read it as Inspect does."""
    log = pytest.importorskip("inspect_ai.log", reason="inspect_ai (the extra inspect) is not installed")

    def written(trace: Trace, ending: str = ".eval") -> Any:
        Answer(trace).to_inspect_log(tmp_path / f"run{ending}")
        # Not read_eval_log: within an event loop it would patch asyncio for all tests after it.
        return run_blocking(lambda: log.read_eval_log_async(str(tmp_path / f"run{ending}"), resolve_attachments=True))

    return written


async def deep(serve: Serve) -> Trace:
    """A run with an error, a sub-call, a sub-run, and tools."""
    code = f"{CAUGHT}\n{HARD}\nprint(double(4))\ntry:\n    broken(1)\nexcept RuntimeError as error: print(error)"
    script = [block("print(1 / 0)"), block(code), block(f"{SUM}\nFINAL(total, evidence=[2, 4])")]
    server = serve(with_sub(script, lambda told: SUB if "How many" in told else HOSTILE))
    return (await run(server, tools=[double, broken])).trace


@pytest.mark.parametrize("ending", [".eval", ".json"])
async def test_a_run_is_a_sample_with_its_conversation_and_events(
    scripted_server: Serve, read: Read, ending: str
) -> None:
    trace = await deep(scripted_server)
    running = asyncio.run
    log = read(trace, ending)
    assert asyncio.run is running, "a log that is written in a notebook leaves its event loop alone"
    (sample,) = log.samples
    assert (log.status, log.error, sample.error, sample.scores) == ("success", None, None, None)
    assert (log.eval.model, log.eval.run_id) == (trace.model, trace.digest)
    assert sample.input == trace.question
    assert sample.output.completion == str(TOTAL)
    assert sample.metadata["value"] == TOTAL
    assert [row["line"] for row in sample.metadata["evidence"]] == [2, 4]
    assert [message.role for message in sample.messages] == ["user", *["assistant", "tool"] * 3]
    assert [message.text for message in sample.messages[1::2]] == [turn.reply for turn in trace.iterations]
    assert [message.text for message in sample.messages[2::2]] == [turn.output for turn in trace.iterations]
    assert HOSTILE in sample.messages[4].text
    for message, answer, turn in zip(sample.messages[1::2], sample.messages[2::2], trace.iterations, strict=True):
        (call,) = message.tool_calls
        assert (call.function, call.arguments) == ("python", {"code": turn.code})
        assert answer.tool_call_id == call.id
    assert sample.messages[2].error.message == "ZeroDivisionError: division by zero"
    assert log.eval.packages == trace.versions


async def test_sub_calls_sub_runs_and_tools_are_events_within_their_iteration(
    scripted_server: Serve, read: Read
) -> None:
    trace = await deep(scripted_server)
    (sample,) = read(trace, ".eval").samples
    spans = {event.id: event for event in sample.events if event.event == "span_begin"}
    (sub_run,) = [span for span in spans.values() if span.type == "agent"]
    assert (sub_run.name, spans[sub_run.parent_id].name) == ("rlm_query", "iteration 2")
    below = [event for event in sample.events if event.span_id and event.span_id.startswith(f"{sub_run.id}/")]
    assert [event.event for event in below] == ["span_begin", "model", "tool", "span_end"]
    models = [event for event in sample.events if event.event == "model"]
    assert [event.role for event in models] == [None, None, "sub-model", None, None]
    assert (models[2].input[0].text, models[2].output.completion) == ("one", HOSTILE)
    # What the root model was told so far, as far as the trace has it.
    assert [message.role for message in models[1].input] == ["user", "assistant", "tool"]
    tools = [(event.function, event.error and event.error.message) for event in sample.events if event.event == "tool"]
    assert [name for name, _ in tools] == ["python", "python", "python", "double", "broken", "python"]
    assert "no 1 today" in str(tools[4][1])
    ended = [event.id for event in sample.events if event.event == "span_end"]
    assert sorted(ended) == sorted(spans)
    assert [event.data["value"] for event in sample.events if event.event == "info"] == [3, TOTAL]
    times = [event.timestamp for event in sample.events if event.event == "span_begin"]
    assert times == sorted(times)
    assert times[0] >= datetime.fromisoformat(trace.started)


async def test_usage_is_that_of_the_run_by_model(scripted_server: Serve, read: Read) -> None:
    trace = await deep(scripted_server)
    log = read(trace, ".eval")
    for usage in (log.stats.model_usage[trace.model], log.samples[0].model_usage[trace.model]):
        assert (usage.input_tokens, usage.output_tokens) == (trace.usage.prompt_tokens, trace.usage.completion_tokens)
    asked = [event.output.usage for event in log.samples[0].events if event.event == "model"]
    assert sum(usage.total_tokens for usage in asked) == trace.usage.prompt_tokens + trace.usage.completion_tokens


def test_tokens_of_the_endpoints_cache_are_counted_apart(read: Read) -> None:
    usage = Usage(calls=1, prompt_tokens=100, completion_tokens=7, cached_tokens=60, cost=3.0)
    turn = Iteration(index=1, reply="Hm.", reasoning="Let me see.", model_usage=usage)
    log = read(Trace(question="?", model="m", iterations=[turn], status="stopped", reason="interrupted"), ".json")
    spent = log.stats.model_usage["m"]
    assert (spent.input_tokens, spent.input_tokens_cache_read, spent.total_tokens) == (40, 60, 107)
    assert spent.total_cost is None  # Inspect's is in dollars, ours in the currency of the user's prices
    assert [part.type for part in log.samples[0].messages[1].content] == ["reasoning", "text"]


@pytest.mark.parametrize("shape", ["a best guess", "no answer", "a model that fails"])
async def test_a_run_that_did_not_answer_is_no_success(scripted_server: Serve, read: Read, shape: str) -> None:
    made = SHAPES[shape]
    trace = (await run(scripted_server(made.script()), context=made.context, **made.settings)).trace
    assert trace.status == made.status
    log = read(trace, ".eval")
    assert log.status == "error"
    for error in (log.error, log.samples[0].error):
        assert error.message == f"{trace.status}: {trace.reason}"
    assert log.results.completed_samples == 0
    assert log.samples[0].metadata["best_guess"] is trace.best_guess
    assert log.samples[0].output.completion == ("" if trace.value is None else str(trace.value))


@pytest.mark.parametrize(
    ("status", "told"),
    [("running", "started"), ("stopped", "cancelled"), ("disputed", "error"), ("uncertain", "error")],
)
def test_every_other_status_says_what_it_is(read: Read, status: Any, told: str) -> None:
    log = read(Trace(question="?", model="m", status=status, reason="why", seconds=2, started="2026-01-31"), ".json")
    assert (log.status, log.samples[0].error.message) == (told, f"{status}: why")
    assert log.stats.completed_at == ("" if status == "running" else "2026-01-31T00:00:02+00:00")


@pytest.mark.parametrize(("started", "seconds"), [("", 1.0), ("yesterday", 1.0), ("2026-01-31T12:00:00Z", 1e300)])
def test_a_time_that_the_trace_has_not_is_not_made_up(read: Read, started: str, seconds: float) -> None:
    turn = Iteration(index=1, reply="Hm.", started=seconds)
    log = read(Trace(question="?", model="m", status="answered", iterations=[turn], started=started), ".json")
    assert {event.timestamp for event in log.samples[0].events if event.event == "model"} == {
        datetime(1970, 1, 1, tzinfo=UTC)
    }
    assert bool(log.samples[0].started_at) is (seconds > 1)


def test_keys_are_replaced_and_other_text_stays_as_it_is(read: Read, tmp_path: Path) -> None:
    half = "\ud83d half"
    turn = Iteration(index=1, reply=f"{HOSTILE} {KEY}", code=f"x = '{KEY}'", output=half, notes=[f"note {KEY}"])
    document = DocumentInfo(name=KEY, source="s", sha256="0", chars=1, lines=1)
    value: Any = {KEY: [HOSTILE, float("inf")]}
    trace = Trace(question=f"My key is {KEY}", model="m", iterations=[turn], value=value, documents=[document])
    log = read(trace, ".json")
    assert KEY not in (tmp_path / "run.json").read_text(encoding="utf-8")
    (sample,) = log.samples
    assert sample.input == "My key is [redacted]"
    assert [message.text for message in sample.messages[1:]] == [
        f"{HOSTILE} [redacted]",
        "? half",
        "note [redacted]",
    ]
    assert sample.metadata["value"]["[redacted]"][0] == HOSTILE


def test_another_ending_and_a_missing_folder_are_said(read: Read, tmp_path: Path) -> None:
    answer = Answer(Trace(question="?", model="m", status="answered"))
    with pytest.raises(ValueError, match=r"its name must end in \.eval or \.json"):
        answer.to_inspect_log(tmp_path / "run.zip")
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        answer.to_inspect_log(tmp_path / "file" / "run.eval")


def test_a_missing_package_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "inspect_ai.log", None)
    with pytest.raises(ValueError, match=r"^A log of Inspect needs .*: pip install 'rlm-kernel\[inspect\]'\.$"):
        Answer(Trace(question="?", model="m")).to_inspect_log(tmp_path / "run.eval")
    assert list(tmp_path.iterdir()) == []
