"""What a run looks like while it is under way: widgets in a notebook, lines in a terminal, or nothing.

A view is fed the events and the trace so far; it draws only when `tick` is called (at most ten times a second), never
per event. `finish` ends the drawing: the notebook's display is replaced by a static bundle and every widget is closed,
so that nothing of it is left in a saved notebook.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any, Protocol, TextIO

from ..trace import (
    CallFinished,
    CallStarted,
    CodeFinished,
    CodeStarted,
    Event,
    IterationFinished,
    IterationStarted,
    ReplyFinished,
    RunFinished,
    RunStarted,
    Trace,
    Usage,
)
from .static import facts, iteration_html, iteration_title, usage_text
from .text import clean, elide, inline, one_line

PATIENCE = 0.4  # seconds before a run that has not said anything yet is shown as starting
INTERVAL = 0.09  # seconds between two updates: about ten a second
MAX_ROWS = 40  # older rows are closed and counted; the static bundle has them again


class View(Protocol):
    """A face of a run in progress."""

    shows_result: bool
    """Whether `finish` shows the whole result, so that the cell's `Out` can be short."""

    def feed(self, event: Event, trace: Trace) -> None:
        """Take note of an event; `trace` is the run so far, this event included."""
        ...

    def tick(self) -> None:
        """Draw what has changed; called about every 0.1 s."""
        ...

    def finish(self, bundle: dict[str, Any] | None) -> None:
        """Replace the live display by the bundle; None (there is nothing to show) takes it away."""
        ...


class Silent:
    """Shows nothing while the run is under way; its result is the cell's `Out`."""

    shows_result = False

    def feed(self, event: Event, trace: Trace) -> None:
        """Nothing to note."""

    def tick(self) -> None:
        """Nothing to draw."""

    def finish(self, bundle: dict[str, Any] | None) -> None:
        """Nothing to take away."""


class Still(Silent):
    """For a notebook that nobody watches (nbclient, papermill): the static bundle at the end, no widgets."""

    shows_result = True

    def finish(self, bundle: dict[str, Any] | None) -> None:
        """Publish the bundle."""
        if bundle is not None:
            _display(bundle, raw=True)


class Lines(Silent):
    """For a terminal: a line or a few per step, on stderr."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr

    def _say(self, text: str) -> None:
        print(text, file=self._stream, flush=True)

    def feed(self, event: Event, trace: Trace) -> None:
        """Print what has just been completed."""
        match event:
            case RunStarted():
                self._say(f"{one_line(trace.question, 100)}\n  {one_line(trace.model, 60)} · {trace.isolation_text}")
                for notice in trace.notices:
                    self._say(f"  NOTE: {one_line(notice, 300)}")
            case IterationStarted():
                self._say(f"├─ iteration {event.index} of {event.max_iterations}")
            case CodeStarted():
                self._block(elide(event.code, 2_000), "│  > ")
            case CallFinished():
                call = event.call
                self._say(
                    f"│  {call.kind}: {one_line(call.prompt, 60)} -> {one_line(call.error or call.response or '')}"
                )
            case CodeFinished():
                self._block(elide(event.output, 1_000, true_size=event.output_chars), "│  ")
                if event.error:
                    self._say(f"│  {one_line(f'{event.error.type}: {event.error.message}', 200)}")
            case RunFinished():
                self._say(f"└─ {' · '.join(facts(trace)[:4])}")

    def _block(self, text: str, prefix: str) -> None:
        for line in clean(text).splitlines():
            self._say(prefix + line)


class Widgets:
    """For a notebook that somebody watches: a header, Stop, and one collapsible row per iteration.

    `stop` is called when the button is pressed; None where its message could not arrive before the run's end.
    """

    shows_result = True

    def __init__(self, question: str, stop: Callable[[], None] | None) -> None:
        self._question, self._stop = question, stop
        self._trace = Trace(question=question)
        self._began = self._drawn = time.monotonic()
        self._max_iterations = self._calls_begun = self._calls_done = self._hidden = 0
        self._phase = "starting"
        self._changed = False
        self._dirty: dict[int, bool] = {}
        self._rows: dict[int, Any] = {}
        self._widgets: list[Any] = []
        self._handle: Any = None
        self._hidden_note: Any = None

    def feed(self, event: Event, trace: Trace) -> None:
        """Note which row has changed, and what is being waited for."""
        self._trace, self._changed = trace, True
        match event:
            case IterationStarted():
                self._max_iterations, self._phase = event.max_iterations, "asking the model"
                if len(trace.iterations) > 1:
                    self._dirty[len(trace.iterations) - 2] = False
            case CodeStarted():
                self._phase = "running the code"
            case CallStarted():
                self._calls_begun += 1
            case CallFinished():
                self._calls_done += 1
            case ReplyFinished() | CodeFinished() | IterationFinished():
                self._phase = "working"
        if trace.iterations:
            self._dirty[len(trace.iterations) - 1] = True

    def tick(self) -> None:
        """Create the display when it is time, then update the header and the rows that changed."""
        now = time.monotonic()
        if self._handle is None:
            if not self._trace.started and now - self._began < PATIENCE:
                return
            self._create()
        elif now - self._drawn < (INTERVAL if self._changed else 1):
            return
        self._drawn, self._changed = now, False
        self._header.value = self._header_html(now - self._began)
        dirty, self._dirty = self._dirty, {}
        self._hidden = max(self._hidden, len(self._trace.iterations) - MAX_ROWS)
        for place, newest in sorted(dirty.items()):
            self._draw_row(place, newest)

    def finish(self, bundle: dict[str, Any] | None) -> None:
        """Show the bundle where the widgets were, then close all of them."""
        try:
            if self._handle is not None:
                self._handle.update(bundle or {"text/plain": "(no answer)"}, raw=True)
            elif bundle is not None:
                _display(bundle, raw=True)
        finally:
            self._close()

    def _close(self) -> None:
        for widget in reversed(self._widgets):
            _close_widget(widget)
        self._widgets.clear()
        self._rows.clear()

    def _create(self) -> None:
        import ipywidgets

        self._header = ipywidgets.HTML()
        self._list = ipywidgets.VBox()
        if self._stop is not None:
            toolbar = ipywidgets.Button(
                description="Stop", icon="stop", tooltip="Stop this run and keep what it has found so far"
            )
            toolbar.on_click(self._on_stop)
        else:
            toolbar = ipywidgets.HTML("To stop it, interrupt the kernel.")
        box = ipywidgets.VBox([self._header, toolbar, self._list])
        self._widgets += [self._header, self._list, toolbar, box]
        self._handle = _display(box, display_id=True)

    def _on_stop(self, button: Any) -> None:
        button.disabled, button.description = True, "Stopping…"
        if self._stop is not None:
            self._stop()

    def _header_html(self, elapsed: float) -> str:
        trace = self._trace
        usage = sum((turn.usage for turn in trace.iterations), Usage())
        words = [f"iteration {len(trace.iterations)} of {self._max_iterations}"] if trace.iterations else []
        words += [self._phase, f"{elapsed:.0f} s", usage_text(usage)]
        if self._calls_begun:
            words.append(f"sub-calls {self._calls_done} of {self._calls_begun}")
        about = [f"model {one_line(trace.model, 80)}", f"isolation: {trace.isolation_text}"] if trace.started else []
        notes = "".join(f"<div><b>Note:</b> {inline(one_line(notice, 600))}</div>" for notice in trace.notices)
        return (
            '<div style="line-height: 1.5; color: var(--jp-ui-font-color1, inherit)">'
            f"{notes}<b>{inline(one_line(self._question, 300))}</b>"
            f"<div>{inline(' · '.join(words))}</div>"
            f'<div style="opacity: 0.75">{inline(" · ".join(about))}</div></div>'
        )

    def _draw_row(self, place: int, newest: bool) -> None:
        import ipywidgets

        if place < self._hidden and place not in self._rows:
            return
        turn = self._trace.iterations[place]
        under_way = f'<div style="opacity: 0.75">… {inline(self._phase)}</div>' if newest and not turn.seconds else ""
        body = iteration_html(turn, opened=newest, extra=under_way)
        value = f'<div style="line-height: 1.5; color: var(--jp-ui-font-color1, inherit)">{body}</div>'
        if row := self._rows.get(place):
            row.value = value
        else:
            self._trim()
            self._rows[place] = row = ipywidgets.HTML(value)
            self._widgets.append(row)
            self._list.children = [*self._note_of_hidden(), *self._rows.values()]

    def _trim(self) -> None:
        for place in [place for place in self._rows if place < self._hidden]:
            row = self._rows.pop(place)
            self._widgets.remove(row)
            _close_widget(row)

    def _note_of_hidden(self) -> list[Any]:
        import ipywidgets

        if not self._hidden:
            return []
        if self._hidden_note is None:
            self._hidden_note = ipywidgets.HTML()
            self._widgets.append(self._hidden_note)
        title = inline(iteration_title(self._trace.iterations[self._hidden - 1]))
        self._hidden_note.value = f"{self._hidden:,} earlier iterations are folded away until the end (last: {title})"
        return [self._hidden_note]


def _display(thing: Any, **options: Any) -> Any:
    from IPython import display

    show: Any = display.display
    return show(thing, **options)


def _close_widget(widget: Any) -> None:
    # A widget's layout and style are widgets of their own, which close() leaves behind.
    for part in ("layout", "style"):
        if inner := getattr(widget, part, None):
            inner.close()
    widget.close()
