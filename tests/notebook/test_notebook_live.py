"""The live views: what they show, how often, and that nothing of them is left behind."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from rlm_kernel.notebook import terminal_view, widgets
from rlm_kernel.notebook.step_mode import Question
from rlm_kernel.notebook.view import View
from rlm_kernel.notebook.widgets import iterations
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

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import ipywidgets
    from ipywidgets.widgets import widget


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


@pytest.fixture
def shell() -> Iterator[Any]:
    yield InteractiveShell.instance()
    ipywidgets.Widget.close_all()
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


def play(view: View, count: int, clock: Any, *, step: float = 1.0, **options: Any) -> None:
    builder = TraceBuilder()
    for event in events(count, **options):
        builder.feed(event)
        view.feed(event, builder.trace)
        view.tick()
        clock.now += step
    clock.now += 1
    view.tick()


def htmls() -> list[str]:
    return [one.value for one in widget._instances.values() if isinstance(one, ipywidgets.HTML)]


def values(**classes: str) -> list[str]:
    """The HTML of the widgets of a class, in the order in which they were made."""
    return [one.value for one in html_widgets() if classes["of"] in one._dom_classes]


def html_widgets() -> list[Any]:
    return [one for one in widget._instances.values() if isinstance(one, ipywidgets.HTML)]


def test_rows_appear_and_every_widget_is_closed(shell: Any, clock: Any) -> None:
    before = set(widget._instances)
    with capture_output() as captured:
        view = widgets.Widgets("What is <it>?", lambda: None)
        play(view, 3, clock)
        assert [("Iteration" in head, "<details open>" in head) for head in values(of="rlm-head")] == [
            (True, False),
            (True, False),
            (True, True),
        ]
        assert not any("<b>\x1b" in value or "<it>" in value for value in htmls())
        (header,) = [value for value in htmls() if "What is" in value]
        assert "RECORDED" in header
        assert "iteration 3 of 3" in header
        assert "sub-calls 3 of 3" in header
        assert '<progress aria-label="sub-calls" value="3" max="3"' in header
        view.finish({"text/plain": "the end"})
    assert captured.outputs[-1].data == {"text/plain": "the end"}
    assert captured.outputs[-1].update
    assert set(widget._instances) == before


def test_a_model_that_waits_is_said_until_it_writes(shell: Any, clock: Any) -> None:
    with capture_output():
        view, builder = widgets.Widgets("question", None), TraceBuilder()

        def header_after(*happened: Event) -> str:
            for event in happened:
                builder.feed(event)
                view.feed(event, builder.trace)
            clock.now += 1
            view.tick()
            (header,) = [value for value in htmls() if "iteration 1 of 4" in value]
            return header

        waiting = ModelWaiting(1, "the endpoint <limits> the rate", 12.0)
        header = header_after(RunStarted("question", "model"), IterationStarted(1, 4), waiting)
        assert "waiting 12 s: the endpoint &lt;limits&gt; the rate" in header
        assert "waiting 12 s" not in header_after(ReplyDelta(1, "I look."))
        view.finish(None)


def test_what_can_be_unfolded_is_written_once(shell: Any, clock: Any) -> None:
    """A widget that is set anew forgets what the user has unfolded in it."""
    written: dict[str, list[str]] = {}

    def watch(change: Any) -> None:
        if "<details" in change["new"]:
            written.setdefault(change["owner"].model_id, []).append(change["new"])

    with capture_output():
        view = widgets.Widgets("question", None)
        builder = TraceBuilder()
        for event in events(3, repairs=2, reasoning="because"):
            builder.feed(event)
            view.feed(event, builder.trace)
            clock.now += 1
            view.tick()
            for one in html_widgets():
                one.unobserve_all("value")
                one.observe(watch, "value")
        heads = [each for each in written.values() if any("Iteration" in value for value in each)]
        assert [len(each) for each in heads] == [1, 1]
        assert all("<details>" in each[0] for each in heads)
        assert not [each for each in written.values() if each not in heads and len(each) > 1]
        view.finish(None)


def test_updates_are_throttled(shell: Any, clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with capture_output():
        view = widgets.Widgets("question", None)
        drawn = []
        draw = iterations.Rows.draw
        monkeypatch.setattr(iterations.Rows, "draw", lambda self, run: (drawn.append(run), draw(self, run)))
        play(view, 100, clock, step=0.001)
        assert 0 < len(drawn) < 15
        view.finish(None)


def test_the_page_stays_small(shell: Any, clock: Any) -> None:
    before = set(widget._instances)
    with capture_output():
        view = widgets.Widgets("question", None)
        play(view, 1_000, clock, calls=5, step=0.02)
        assert len(values(of="rlm-head")) == widgets.MAX_ROWS
        assert any("960 earlier iterations" in value for value in htmls())
        assert any("Iteration 960" in value for value in htmls())
        assert not any("Iteration 600 " in value for value in htmls())
        assert sum(map(len, htmls())) < 400_000
        view.finish(None)
    assert set(widget._instances) == before


def test_iterations_that_went_by_between_two_draws_cost_one_widget_each(shell: Any, clock: Any) -> None:
    with capture_output():
        view, builder = widgets.Widgets("question", None), TraceBuilder()
        for event in events(30):
            builder.feed(event)
            view.feed(event, builder.trace)
        clock.now += 1
        view.tick()
        assert len(values(of="rlm-head")) == 1
        assert sum("<details><summary" in value and "Iteration" in value for value in htmls()) == 29
        assert len(widget._instances) < 60
        view.finish(None)


def test_many_sub_calls_and_much_output_are_bounded(shell: Any, clock: Any) -> None:
    with capture_output():
        view = widgets.Widgets("question", None)
        play(view, 1, clock, calls=5_000, output="0123456789" * 1_000_000, step=0.02)
        shown = "".join(htmls())
        assert len(shown) < 200_000
        assert f"{5_000 - iterations.MAX_CALLS:,} more sub-calls have ended" in shown
        assert "sub-calls 5,000 of 5,000" in shown
        assert "9,996,000 characters left out" in shown
        view.finish(None)


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


def test_runs_inside_runs_have_rows_of_their_own(shell: Any, clock: Any) -> None:
    before = set(widget._instances)
    with capture_output():
        view, builder = widgets.Widgets("question", None), TraceBuilder()
        seen = []
        for event in nested(0):
            builder.feed(event)
            view.feed(event, builder.trace)
            clock.now += 1
            view.tick()
            seen.append(("".join(values(of="rlm-head")), "".join(htmls())))
        deepest = max(seen, key=lambda each: each[0].count("Iteration 1"))
        assert deepest[0].count("Iteration 1") == 4
        for depth in (1, 2, 3):
            assert "<details><summary" in deepest[0].partition(f"question {depth}")[0][-120:]
            assert f"question {depth}" in deepest[0]
        assert any("output 3" in text and "sub-calls 0 of 3" in text for _, text in seen)
        heads, text = seen[-1]
        assert heads.count("Iteration 1") == 1
        assert "sub-calls 3 of 3" in text
        assert "output 3" in text
        assert "answered · 1 iteration" in text
        view.finish(None)
    assert set(widget._instances) == before


EVIL = (
    "</pre></div></details><script>alert(1)</script><img src=x onerror=alert(1)>\"' \x1b[31m\u202e <style>*{}</style>"
)


class Tags(HTMLParser):
    """Collects what a browser would take for elements and attributes."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


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


async def test_hostile_text_stays_text(shell: Any, clock: Any) -> None:
    with capture_output():
        view, builder = widgets.Widgets(EVIL, lambda: None), TraceBuilder()
        for event in hostile():
            builder.feed(event)
            view.feed(event, builder.trace)
            clock.now += 1
            view.tick()
            view.ask(question := Question(1, EVIL))
            for one in html_widgets():
                if one.value != iterations.STYLE:
                    found = Tags(one.value)
                    assert found.tags <= {
                        "div",
                        "details",
                        "summary",
                        "pre",
                        "code",
                        "b",
                        "span",
                        "del",
                        "ins",
                        "progress",
                    }
                    assert found.attributes <= {"style", "open", "tabindex", "aria-label", "value", "max"}
                    assert "\x1b" not in one.value
                    assert "\u202e" not in one.value
            view.asked(question)
        view.finish(None)


def test_only_so_many_sub_runs_have_rows_at_once(shell: Any, clock: Any) -> None:
    with capture_output():
        view, builder = widgets.Widgets("question", None), TraceBuilder()
        made: list[Event] = [RunStarted("q", "m"), IterationStarted(1, 2), CodeStarted(1, "rlm_query_batched(parts)")]
        for identity in range(1, 101):
            made.append(CallStarted(1, identity, "rlm_query", "m", f"part {identity}", batch=100))
            made.append(SubRunEvent(1, identity, RunStarted(f"part {identity}", "m", depth=1)))
            made.append(SubRunEvent(1, identity, IterationStarted(1, 2)))
        for event in made:
            builder.feed(event)
            view.feed(event, builder.trace)
        clock.now += 1
        view.tick()
        assert len(values(of="rlm-head")) == 1 + 2 * iterations.MAX_SUB_RUNS
        assert any("more in flight" in value for value in htmls())
        view.finish(None)


def test_stop_is_pressed_once(shell: Any, clock: Any) -> None:
    pressed: list[bool] = []
    with capture_output():
        view = widgets.Widgets("question", lambda: pressed.append(True))
        play(view, 1, clock)
        (button,) = [one for one in widget._instances.values() if isinstance(one, ipywidgets.Button)]
        button.click()
        assert button.disabled
        view.finish(None)
    assert pressed == [True]


def test_a_quick_failure_shows_no_display(shell: Any, clock: Any) -> None:
    with capture_output() as captured:
        view = widgets.Widgets("question", None)
        view.tick()
        view.finish(None)
    assert captured.outputs == []


def test_lines_for_a_terminal() -> None:
    stream = io.StringIO()
    builder, view = TraceBuilder(), terminal_view.Lines(stream)
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
    builder, view = TraceBuilder(), terminal_view.Lines(stream)
    for event in nested(0):
        builder.feed(event)
        view.feed(event, builder.trace)
    text = stream.getvalue()
    assert "\n│ #1 question 1\n│ #1 ├─ iteration 1 of 3\n" in text
    assert "\n│ #1 │ #2 │ #3 ├─ iteration 1 of 3\n" in text
    assert "\n│ #1 └─ answered\n│  rlm_query: question 1 -> 7\n" in text


def test_lines_show_what_healing_changed() -> None:
    stream = io.StringIO()
    builder, view = TraceBuilder(), terminal_view.Lines(stream)
    for event in events(1, repairs=1):
        builder.feed(event)
        view.feed(event, builder.trace)
    assert "repaired (bracket):\n│    - print(0\n│    + print(0)\n" in stream.getvalue()


def test_a_sub_run_that_breaks_off_gives_its_places_back(shell: Any, clock: Any) -> None:
    """Its own sub-runs are never heard of again, and later ones must still be shown with rows."""
    with capture_output():
        view, builder = widgets.Widgets("question", None), TraceBuilder()
        made: list[Event] = [RunStarted("q", "m"), IterationStarted(1, 2), CodeStarted(1, "rlm_query(part)")]
        for number in range(1, 13):
            made.append(CallStarted(1, number, "rlm_query", "m", f"outer {number}"))
            for inner in (RunStarted(f"outer {number}", "m", depth=1), IterationStarted(1, 2), CodeStarted(1, "x")):
                made.append(SubRunEvent(1, number, inner))
            deepest = 100 + number
            made.append(SubRunEvent(1, number, CallStarted(1, deepest, "rlm_query", "m", f"inner {number}")))
            for event in (RunStarted(f"inner {number}", "m", depth=2), IterationStarted(1, 2)):
                made.append(SubRunEvent(1, number, SubRunEvent(1, deepest, event)))
            made.append(CallFinished(1, Call(id=number, kind="rlm_query", prompt=f"outer {number}", error="broke off")))
        seen = set()
        for event in made:
            builder.feed(event)
            view.feed(event, builder.trace)
            clock.now += 1
            view.tick()
            seen |= {number for number in range(1, 13) for head in values(of="rlm-head") if f"inner {number}<" in head}
        assert seen == set(range(1, 13))
        view.finish(None)
