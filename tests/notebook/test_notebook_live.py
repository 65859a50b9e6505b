"""The live views: what they show, how often, and that nothing of them is left behind."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator
from typing import Any

import ipywidgets.comm
import pytest
from comm.base_comm import BaseComm
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from rlm_kernel.notebook import terminal_view, widgets
from rlm_kernel.notebook.view import View
from rlm_kernel.render import static_view
from rlm_kernel.trace import (
    Call,
    CallFinished,
    CallStarted,
    CodeError,
    CodeFinished,
    CodeStarted,
    DocumentInfo,
    Event,
    IterationFinished,
    IterationStarted,
    ModelWaiting,
    OutputDelta,
    Repair,
    ReplyDelta,
    ReplyFinished,
    RunFinished,
    RunStarted,
    Span,
    SubRunEvent,
    Trace,
    TraceBuilder,
    Usage,
    Variables,
)


def events(
    count: int, *, calls: int = 1, output: str = "1 <b>\x1b[31m", repairs: int = 0, reasoning: str = ""
) -> Iterator[Event]:
    yield RunStarted("What is <it>?", "model", isolation={"seccomp": True}, notices=("RECORDED",))
    made = tuple(Repair(kind="bracket", before=f"print({n}", after=f"print({n})") for n in range(repairs))
    identity = 0
    for index in range(1, count + 1):
        yield IterationStarted(index, count)
        if reasoning:
            yield ReplyDelta(index, reasoning, reasoning=True)
        yield ReplyDelta(index, "I look.")
        yield ReplyFinished(index, "I look.\n```python\nprint(1)\n```", reasoning, Usage(calls=1, prompt_tokens=10))
        yield CodeStarted(index, "print(1)", made)
        for _ in range(calls):
            identity += 1
            yield CallStarted(index, identity, "llm_query", "model", "why", batch=calls)
            yield CallFinished(index, Call(id=identity, kind="llm_query", prompt="why", response="so"))
        yield OutputDelta(index, output[:10])
        yield CodeFinished(index, output, len(output))
        yield IterationFinished(index, Usage(calls=1, prompt_tokens=10), 0.1)
    yield RunFinished("answered", 1)


def nested(depth: int) -> Iterator[Event]:
    """The events of a run whose one block begins a run whose one block begins a run ..."""
    yield RunStarted(f"question {depth}", "model", depth=depth)
    yield IterationStarted(1, 3)
    yield ReplyFinished(1, "I look.", usage=Usage(calls=1))
    yield CodeStarted(1, f"rlm_query('question {depth + 1}', context)")
    yield OutputDelta(1, f"output {depth}")
    if depth < 3:
        identity = depth + 1
        yield CallStarted(1, identity, "rlm_query", "model", f"question {identity}")
        inner = TraceBuilder()
        for event in nested(depth + 1):
            inner.feed(event)
            yield SubRunEvent(1, identity, event)
        call = Call(id=identity, kind="rlm_query", prompt=f"question {identity}", trace=inner.trace, response="7")
        yield CallFinished(1, call)
    yield CodeFinished(1, f"output {depth}", 8)
    yield IterationFinished(1, Usage(calls=1), 0.1)
    yield RunFinished("answered", 7)


EVIL = (
    "</pre></div></details><script>alert(1)</script><img src=x onerror=alert(1)>\"' \x1b[31m\u202e <style>*{}</style>"
)


def hostile() -> Iterator[Event]:
    """A run all of whose texts are hostile, up to a question of step mode, with a sub-run and calls in flight."""
    record = DocumentInfo(name=EVIL, source=EVIL, sha256=EVIL, chars=1, lines=1)
    isolation = {EVIL: EVIL}
    yield RunStarted(EVIL, EVIL, sub_model=EVIL, documents=(record,), isolation=isolation, notices=(EVIL,))
    for index in (1, 2):
        yield IterationStarted(index, 2)
        yield ReplyDelta(index, EVIL, reasoning=True)
        yield ReplyDelta(index, EVIL)
        yield ReplyFinished(index, EVIL, EVIL)
        yield CodeStarted(index, EVIL, (Repair(kind=EVIL, before=EVIL, after=EVIL + EVIL),))
        yield OutputDelta(index, EVIL)
        for identity, ends in ((10 * index, True), (10 * index + 1, False)):
            yield CallStarted(index, identity, EVIL, EVIL, EVIL, name=EVIL)
            yield SubRunEvent(index, identity, RunStarted(EVIL, EVIL, depth=1))
            yield SubRunEvent(index, identity, IterationStarted(1, 2))
            yield SubRunEvent(index, identity, ReplyDelta(1, EVIL))
            yield SubRunEvent(index, identity, CodeStarted(1, EVIL))
            call = Call(id=identity, kind="rlm_query", name=EVIL, model=EVIL, prompt=EVIL, error=EVIL, note=EVIL)
            if ends or index == 1:
                yield CallFinished(index, call.model_copy(update={"trace": Trace(value=EVIL, reason=EVIL)}))
        yield CallStarted(index, 99 + index, EVIL, EVIL, EVIL)
        yield CallFinished(index, Call(id=99 + index, kind="tool", name=EVIL, prompt=EVIL, response=EVIL))
        error = CodeError(type=EVIL, message=EVIL)
        spans = (Span(tool=EVIL, source=EVIL, start_line=1, end_line=1),)
        yield CodeFinished(index, EVIL, 9_999, error, variables=Variables(added={EVIL: EVIL}), spans=spans)
        yield IterationFinished(index, Usage(), 0.1, (EVIL,))


class Comm(BaseComm):  # type: ignore[misc]
    """What a front end is told, a row each: (kind of message, data)."""

    told: list[tuple[str, dict[str, Any]]]

    def publish_msg(self, msg_type: str, data: Any = None, metadata: Any = None, **_: Any) -> None:
        Comm.told.append((msg_type, json.loads(json.dumps(data or {}))))


class FrontEnd:
    """A front end that takes the messages as they come; `run` is the view model that it draws."""

    def __init__(self) -> None:
        Comm.told = []

    @property
    def messages(self) -> list[dict[str, Any]]:
        return [data["content"] for _, data in Comm.told if data.get("method") == "custom"]

    @property
    def run(self) -> dict[str, Any]:
        state = next(data["state"]["run"] for _, data in Comm.told if "run" in data.get("state", {}))
        for message in self.messages:
            if message["kind"] == "whole":
                state = message["run"]
            else:
                turns = {turn["index"]: turn for turn in [*state["iterations"], *message["turns"]]}
                state = message["head"] | {"iterations": [turns[index] for index in sorted(turns)]}
        return dict(state)

    @property
    def live(self) -> dict[str, Any]:
        return dict(self.run["view"]["live"])

    def open_comms(self) -> int:
        kinds = [kind for kind, _ in Comm.told]
        return kinds.count("comm_open") - kinds.count("comm_close")

    def say(self, view: Any, **content: Any) -> None:
        """A message to the run's widget."""
        view._widget._handle_msg({"content": {"data": {"method": "custom", "content": content}}, "buffers": []})


@pytest.fixture
def front_end(monkeypatch: pytest.MonkeyPatch) -> FrontEnd:
    monkeypatch.setattr(ipywidgets.comm, "create_comm", Comm)
    if not static_view.view_script():
        pytest.skip("the view is not built: pip install . builds it")
    return FrontEnd()


@pytest.fixture
def shell() -> Iterator[Any]:
    yield InteractiveShell.instance()
    InteractiveShell.clear_instance()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Time that passes only when a test says so."""

    class Clock:
        now = 100.0

        def monotonic(self) -> float:
            return self.now

    made = Clock()
    monkeypatch.setattr(widgets, "time", made)
    return made


def play(view: View, made: Iterable[Event], clock: Any, *, step: float = 1.0) -> None:
    builder = TraceBuilder()
    for event in made:
        builder.feed(event)
        view.feed(event, builder.trace)
        view.tick()
        clock.now += step
    clock.now += 1
    view.tick()


def test_one_widget_shows_the_run_and_nothing_of_it_is_left(shell: Any, clock: Any, front_end: FrontEnd) -> None:
    with capture_output() as captured:
        view = widgets.Widgets("What is <it>?", lambda: None)
        play(view, list(events(3))[:-1], clock)
        run = front_end.run
        assert [turn["index"] for turn in run["iterations"]] == [1, 2, 3]
        assert run["notices"] == ["RECORDED"]
        assert (front_end.live["begun"], front_end.live["done"], front_end.live["max_iterations"]) == (3, 3, 3)
        assert sum(kind == "comm_open" for kind, _ in Comm.told) == 2  # the widget, and the layout that each one has
        view.finish({"text/plain": "the end"})
    assert captured.outputs[-1].data == {"text/plain": "the end"}
    assert captured.outputs[-1].update
    assert front_end.open_comms() == 0


def test_the_display_keeps_the_run_for_a_notebook(shell: Any, clock: Any, front_end: FrontEnd) -> None:
    with capture_output() as captured:
        view = widgets.Widgets("What is <it>?", lambda: None)
        play(view, list(events(2))[:-1], clock)
        kept = captured.outputs[0].data[widgets.LIVE_MIME_TYPE]
        assert kept["run"]["question"] == "What is <it>?"
        assert kept["comm"] == view._widget.model_id
        assert "<it>" not in captured.outputs[0].data["text/html"]
        view.finish(None)


def test_whoever_connects_later_gets_the_run_as_it_is(shell: Any, clock: Any, front_end: FrontEnd) -> None:
    with capture_output():
        view = widgets.Widgets("question", None)
        play(view, list(events(3))[:-1], clock)
        state = view._widget.get_state("run")["run"]
        assert [turn["index"] for turn in state["iterations"]] == [1, 2, 3]
        assert state["view"]["live"]["can_stop"] is False
        view.finish(None)


def test_a_model_that_waits_is_said_until_the_next_iteration(shell: Any, clock: Any, front_end: FrontEnd) -> None:
    with capture_output():
        view = widgets.Widgets("question", None)
        waiting = ModelWaiting(1, "the endpoint <limits> the rate", 12.0)
        begun: list[Event] = [RunStarted("question", "model"), IterationStarted(1, 4), waiting]
        play(view, begun, clock)
        assert front_end.live["phase"] == "waiting 12 s: the endpoint <limits> the rate"
        play(view, [*begun, ReplyDelta(1, "I look.")], clock)
        assert front_end.live["phase"] == "the model is writing"
        assert front_end.live["waits"][-1] == "waiting 12 s: the endpoint <limits> the rate"
        view.finish(None)


def test_updates_are_throttled(shell: Any, clock: Any, front_end: FrontEnd) -> None:
    with capture_output():
        view = widgets.Widgets("question", None)
        play(view, events(100), clock, step=0.001)
        assert 0 < len(front_end.messages) < 15
        view.finish(None)


def test_messages_stay_small_and_the_whole_is_bounded(shell: Any, clock: Any, front_end: FrontEnd) -> None:
    with capture_output():
        view = widgets.Widgets("question", None)
        play(view, list(events(120, calls=5))[:-1], clock, step=0.05)
        changes = [message for message in front_end.messages if message["kind"] == "change"]
        assert max(len(json.dumps(message)) for message in changes) < 30_000
        assert len(json.dumps(view._widget.get_state("run"))) < 250_000
        assert [message["n"] for message in front_end.messages] == list(range(1, len(front_end.messages) + 1))
        view.finish(None)


@pytest.mark.nightly
def test_many_sub_calls_and_much_output_are_bounded(shell: Any, clock: Any, front_end: FrontEnd) -> None:
    with capture_output():
        view = widgets.Widgets("question", None)
        play(view, list(events(1, calls=1_000, output="0123456789" * 1_000_000))[:-1], clock, step=0.02)
        assert max(len(json.dumps(message)) for message in front_end.messages) < 300_000
        assert (front_end.live["begun"], front_end.live["done"]) == (1_000, 1_000)
        view.finish(None)


def test_runs_inside_runs_are_shown_while_they_run(shell: Any, clock: Any, front_end: FrontEnd) -> None:
    with capture_output():
        view, builder, deepest = widgets.Widgets("question", None), TraceBuilder(), 0
        for event in nested(0):
            builder.feed(event)
            view.feed(event, builder.trace)
            clock.now += 1
            view.tick()
            if front_end.open_comms():
                inner, depth = front_end.run, 0
                while inner["iterations"] and inner["iterations"][-1]["calls"]:
                    inner, depth = inner["iterations"][-1]["calls"][-1]["trace"] or {"iterations": []}, depth + 1
                deepest = max(deepest, depth)
        assert deepest == 3
        view.finish(None)


def test_hostile_text_is_sent_as_text(shell: Any, clock: Any, front_end: FrontEnd) -> None:
    with capture_output() as captured:
        view = widgets.Widgets(EVIL, lambda: None)
        play(view, hostile(), clock)
        assert front_end.run["iterations"][0]["reply"] == EVIL
        assert "<script" not in captured.outputs[0].data["text/html"]
        assert "\x1b" not in captured.outputs[0].data["text/html"]
        view.finish(None)


def test_stop_is_heard_and_nonsense_is_not(shell: Any, clock: Any, front_end: FrontEnd) -> None:
    pressed: list[bool] = []
    with capture_output():
        view = widgets.Widgets("question", lambda: pressed.append(True))
        play(view, list(events(1))[:-1], clock)
        for content in (
            {"kind": "other"},
            {"kind": "decide", "id": "1"},
            {"kind": "decide", "id": 9, "decision": None},
        ):
            front_end.say(view, **content)
        assert pressed == []
        front_end.say(view, kind="stop")
        view.finish(None)
    assert pressed == [True]


def test_where_the_view_was_not_built_the_run_goes_on(shell: Any, clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(widgets, "view_script", lambda: "")
    with capture_output() as captured:
        view = widgets.Widgets("question", lambda: None)
        play(view, list(events(1))[:-1], clock)
        view.finish({"text/plain": "the end"})
    assert "A run is under way" in captured.outputs[0].data["text/html"]
    assert captured.outputs[-1].data == {"text/plain": "the end"}


def test_a_quick_failure_shows_no_display(shell: Any, clock: Any) -> None:
    with capture_output() as captured:
        view = widgets.Widgets("question", None)
        view.tick()
        view.finish(None)
    assert captured.outputs == []


def test_lines_for_a_terminal() -> None:
    stream = io.StringIO()
    builder, view = TraceBuilder(), terminal_view.TerminalLines(stream)
    for event in events(2):
        builder.feed(event)
        view.feed(event, builder.trace)
    text = stream.getvalue()
    assert "NOTE: RECORDED" in text
    assert "├─ iteration 2 of 2" in text
    assert "│  > print(1)" in text
    assert "└─ answered · 2 iterations" in text
    assert "\x1b" not in text


def test_lines_of_a_run_inside_a_run_are_indented() -> None:
    stream = io.StringIO()
    builder, view = TraceBuilder(), terminal_view.TerminalLines(stream)
    for event in nested(0):
        builder.feed(event)
        view.feed(event, builder.trace)
    text = stream.getvalue()
    assert "\n│ #1 question 1\n│ #1 ├─ iteration 1 of 3\n" in text
    assert "\n│ #1 │ #2 │ #3 ├─ iteration 1 of 3\n" in text
    assert "\n│ #1 └─ answered\n│  rlm_query: question 1 -> 7\n" in text


def test_lines_show_what_healing_changed() -> None:
    stream = io.StringIO()
    builder, view = TraceBuilder(), terminal_view.TerminalLines(stream)
    for event in events(1, repairs=1):
        builder.feed(event)
        view.feed(event, builder.trace)
    assert "repaired (bracket):\n│    - print(0\n│    + print(0)\n" in stream.getvalue()
