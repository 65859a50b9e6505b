"""The live display in a notebook that somebody watches: a header, Stop, one collapsible row per iteration, questions.

At the end it is replaced by a static bundle and every widget is closed, so that nothing of it is left in a saved
notebook.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from ...render.escape import Markup, inline, joined, markup, one_line
from ...render.html.elements import DIM, EMPTY, NOTE
from ...render.labels import usage_text
from ...trace import Event, Trace
from ..live_state import Underway
from ..step_mode import Question, ask_by_input
from ..view import publish
from .iterations import MAX_ROWS, STYLE, Rows
from .kit import Kit
from .step_prompt import QuestionBox

__all__ = ["INTERVAL", "PATIENCE", "Widgets"]

PATIENCE = 0.4  # seconds before a run that has not said anything yet is shown as starting
INTERVAL = 0.09  # seconds between two updates: about ten a second


class Widgets:
    """A `View`. `stop` is called when the button is pressed; None where its message could not arrive before the run's
    end, as where the kernel's loop stands still meanwhile: there questions are asked by an input field."""

    shows_result = True
    can_ask = True

    def __init__(self, question: str, stop: Callable[[], None] | None) -> None:
        self._question, self._stop = question, stop
        self._run = Underway(question)
        self._began = self._drawn = time.monotonic()
        self._changed = False
        self._handle: Any = None
        self._asked: dict[Question, QuestionBox] = {}

    def feed(self, event: Event, trace: Trace) -> None:
        """Note what has changed."""
        self._changed = True
        self._run.feed(event, trace)

    def tick(self) -> None:
        """Create the display when it is time, then update the header and the rows that changed."""
        now = time.monotonic()
        if self._handle is None:
            if not self._run.trace.started and now - self._began < PATIENCE:
                return
            self._create()
        elif now - self._drawn < (INTERVAL if self._changed else 1):
            return
        self._drawn, self._changed = now, False
        self._header.value = str(self._header_html(now - self._began))
        self._rows.draw(self._run)

    def ask(self, question: Question) -> None:
        """Show the question below the rows; where no button can be heard, ask by an input field."""
        if self._handle is None:
            self._create()
        self._run.phase = "waiting for you"
        self._run.changed |= {len(self._run.trace.iterations) - 1} - {-1}
        self._drawn = 0.0
        self.tick()
        if self._stop is None:
            ask_by_input(question, print)
            return
        self._asked[question] = made = QuestionBox(self._kit, question, self._stop)
        self._questions.children = [made.box]

    def asked(self, question: Question) -> None:
        """Take the question away."""
        if made := self._asked.pop(question, None):
            self._run.phase = "working"
            self._questions.children = []
            made.close()

    def finish(self, bundle: dict[str, Any] | None) -> None:
        """Show the bundle where the widgets were, then close all of them."""
        try:
            if self._handle is not None:
                self._handle.update(bundle or {"text/plain": "(no answer)"}, raw=True)
            elif bundle is not None:
                publish(bundle, raw=True)
        finally:
            if self._handle is not None:
                self._kit.close()

    def _create(self) -> None:
        self._kit = kit = Kit()
        self._header = kit.html(self._header_html(0))
        if self._stop is not None:
            tooltip = "Stop this run and keep what it has found so far"
            toolbar = kit.button("Stop", "stop", tooltip, self._on_stop)
        else:
            toolbar = kit.html(Markup("To stop it, interrupt the kernel."))
        self._rows = Rows(kit, [], MAX_ROWS)
        self._questions = kit.column([])
        parts = [kit.html(STYLE), self._header, toolbar, self._rows.box, self._questions]
        bundle = kit.column(parts, "rlm-live")._repr_mimebundle_()
        # A console has the result at the end, and no use for the code of widgets.
        bundle["text/plain"] = "(a run is under way)"
        self._handle = publish(bundle, raw=True, display_id=True)

    def _on_stop(self, button: Any) -> None:
        button.disabled, button.description = True, "Stopping…"
        if self._stop is not None:
            self._stop()

    def _header_html(self, elapsed: float) -> Markup:
        run, trace = self._run, self._run.trace
        words = [f"iteration {len(trace.iterations)} of {run.max_iterations}"] if trace.iterations else []
        words += [run.phase, _clock(elapsed), usage_text(run.usage)]
        about = [f"model {one_line(trace.model, 80)}"] if trace.started else []
        about += [f"sub-model {one_line(trace.sub_model, 80)}"] if trace.sub_model else []
        about += [f"isolation: {trace.isolation_text}"] if trace.started else []
        template = '<div style="{}"><b>Note:</b> {}</div>'
        notes = joined(markup(template, NOTE, inline(one_line(notice, 600))) for notice in trace.notices[:20])
        return markup(
            '{}<b>{}</b><div>{}</div>{}<div style="{}">{}</div>',
            notes,
            inline(one_line(self._question, 300)),
            inline(" · ".join(words)),
            self._progress(),
            DIM,
            inline(" · ".join(about)),
        )

    def _progress(self) -> Markup:
        begun, done = self._run.total_begun, self._run.total_done
        if not begun:
            return EMPTY
        bar = '<progress aria-label="sub-calls" value="{}" max="{}" style="width: 180px"></progress>'
        return markup("<div>{} sub-calls {:,} of {:,}</div>", markup(bar, done, begun), done, begun)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02}" if minutes else f"{rest} s"
