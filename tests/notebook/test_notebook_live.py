"""The live views: what they show, how often, and that nothing of them is left behind."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from rlm_kernel.notebook import live
from rlm_kernel.trace import (
    Call,
    CallFinished,
    CodeFinished,
    CodeStarted,
    Event,
    IterationFinished,
    IterationStarted,
    ReplyFinished,
    RunFinished,
    RunStarted,
    TraceBuilder,
    Usage,
)

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import ipywidgets
    from ipywidgets.widgets import widget


def events(count: int) -> Iterator[Event]:
    yield RunStarted("What is <it>?", "model", isolation={"seccomp": True}, notices=("RECORDED",))
    for index in range(1, count + 1):
        yield IterationStarted(index, count)
        yield ReplyFinished(index, "I look.\n```python\nprint(1)\n```", usage=Usage(calls=1, prompt_tokens=10))
        yield CodeStarted(index, "print(1)")
        yield CallFinished(index, Call(id=index, kind="llm_query", prompt="why", response="so"))
        yield CodeFinished(index, "1 <b>\x1b[31m", 4)
        yield IterationFinished(index, Usage(calls=1, prompt_tokens=10), 0.1)
    yield RunFinished("answered", 1)


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
    monkeypatch.setattr(live, "time", made)
    return made


def play(view: live.View, count: int, clock: Any, *, step: float = 1.0) -> None:
    builder = TraceBuilder()
    for event in events(count):
        builder.feed(event)
        view.feed(event, builder.trace)
        view.tick()
        clock.now += step


def htmls() -> list[str]:
    return [one.value for one in widget._instances.values() if isinstance(one, ipywidgets.HTML)]


def test_rows_appear_and_every_widget_is_closed(shell: Any, clock: Any) -> None:
    before = set(widget._instances)
    with capture_output() as captured:
        view = live.Widgets("What is <it>?", lambda: None)
        play(view, 3, clock)
        rows = [value for value in htmls() if "<details" in value]
        assert len(rows) == 3
        assert ["<details open>" in row for row in rows] == [False, False, True]
        assert not any("<b>\x1b" in value or "<it>" in value for value in htmls())
        (header,) = [value for value in htmls() if "What is" in value]
        assert "RECORDED" in header
        assert "iteration 3 of 3" in header
        view.finish({"text/plain": "the end"})
    assert captured.outputs[-1].data == {"text/plain": "the end"}
    assert captured.outputs[-1].update
    assert set(widget._instances) == before


def test_updates_are_throttled(shell: Any, clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with capture_output():
        view = live.Widgets("question", None)
        drawn = []
        monkeypatch.setattr(live, "iteration_html", lambda turn, **_: drawn.append(turn.index) or "")
        play(view, 100, clock, step=0.001)
        assert len(drawn) < 100
        view.finish(None)


def test_old_rows_are_folded_away(shell: Any, clock: Any) -> None:
    before = set(widget._instances)
    with capture_output():
        view = live.Widgets("question", None)
        play(view, live.MAX_ROWS + 20, clock)
        rows = [value for value in htmls() if "<details" in value]
        assert len(rows) <= live.MAX_ROWS + 1
        assert any("20 earlier iterations" in value for value in htmls())
        view.finish(None)
    assert set(widget._instances) == before


def test_stop_is_pressed_once(shell: Any, clock: Any) -> None:
    pressed: list[bool] = []
    with capture_output():
        view = live.Widgets("question", lambda: pressed.append(True))
        play(view, 1, clock)
        (button,) = [one for one in widget._instances.values() if isinstance(one, ipywidgets.Button)]
        button.click()
        assert button.disabled
        view.finish(None)
    assert pressed == [True]


def test_a_quick_failure_shows_no_display(shell: Any, clock: Any) -> None:
    with capture_output() as captured:
        view = live.Widgets("question", None)
        view.tick()
        view.finish(None)
    assert captured.outputs == []


def test_lines_for_a_terminal() -> None:
    stream = io.StringIO()
    builder, view = TraceBuilder(), live.Lines(stream)
    for event in events(2):
        builder.feed(event)
        view.feed(event, builder.trace)
    text = stream.getvalue()
    assert "NOTE: RECORDED" in text
    assert "├─ iteration 2 of 2" in text
    assert "│  > print(1)" in text
    assert "└─ answered · 2 iterations" in text
    assert "\x1b" not in text
