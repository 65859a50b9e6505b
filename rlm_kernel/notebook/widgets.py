"""The live display in a notebook that somebody watches: one widget for the whole run.

Its state is the view model of the run (see `rlm_kernel.render.view_model`), so that a front end that connects later, or
again, shows the run where it is; in between, messages bring what has changed, and every few seconds the whole again.
Beside the widget the display has the view model itself, which the labextension draws and a notebook keeps: after a
restart of the kernel it shows what was. At the end the display is replaced by a static bundle and the widget is closed,
so that nothing of it is left in a saved notebook.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache
from typing import Any

from ..render.escape import inline, markup, one_line
from ..render.static_view import view_script
from ..trace import Event, Trace
from .live_model import LiveModel
from .live_state import Underway
from .step_mode import StepQuestion, ask_by_input
from .view import publish

LIVE_MIME_TYPE = "application/vnd.rlm.live.v1+json"
PATIENCE = 0.4  # seconds before a run that has not said anything yet is shown as starting
INTERVAL = 0.09  # seconds between two updates: about ten a second
WHOLE = 3.0  # seconds between two messages with the whole run

_Message = dict[str, Any]


class Widgets:
    """A `View`. `stop` is called when the button is pressed; None where its message could not arrive before the run's
    end, as where the kernel's loop stands still meanwhile: there questions are asked by an input field."""

    shows_result = True
    can_ask = True

    def __init__(self, question: str, stop: Callable[[], None] | None) -> None:
        self._question, self._stop = question, stop
        self._run = Underway(question)
        self._model = LiveModel(self._run, can_stop=stop is not None)
        self._began = self._drawn = self._sent_whole = time.monotonic()
        self._changed = False
        self._number = 0
        self._handle: Any = None
        self._widget: Any = None

    def feed(self, event: Event, trace: Trace) -> None:
        """Note what has changed."""
        self._changed = True
        self._run.feed(event, trace)

    def tick(self) -> None:
        """Create the display when it is time, then send what has changed."""
        now = time.monotonic()
        if self._handle is None:
            if self._run.trace.started or now - self._began >= PATIENCE:
                self._create()
            return
        if now - self._drawn < (INTERVAL if self._changed else 1):
            return
        self._drawn, self._changed = now, False
        self._model.elapsed = now - self._began
        if now - self._sent_whole >= WHOLE:
            self._send({"kind": "whole", "run": self._model.whole()})
            _say_busy()
            # A run that is large is sent more seldom.
            self._sent_whole = now + 20 * (time.monotonic() - now)
        else:
            head, turns = self._model.changes()
            self._send({"kind": "change", "head": head, "turns": turns})

    def ask(self, question: StepQuestion) -> None:
        """Show the question; where no button can be heard, ask by an input field."""
        if self._handle is None:
            self._create()
        self._run.phase = "waiting for you"
        by_input = self._stop is None or self._widget is None
        if not by_input:
            self._model.ask(question)
        self._changed, self._drawn = True, 0.0
        self.tick()
        if by_input:
            ask_by_input(question, print)

    def asked(self, question: StepQuestion) -> None:
        """Take the question away."""
        if self._model.asked(question):
            self._run.phase = "working"
            self._changed, self._drawn = True, 0.0

    def finish(self, bundle: dict[str, Any] | None) -> None:
        """Show the bundle where the widget was, then close it."""
        try:
            if self._handle is not None:
                self._handle.update(bundle or {"text/plain": "(no answer)"}, raw=True)
            elif bundle is not None:
                publish(bundle, raw=True)
        finally:
            if self._widget is not None:
                layout = self._widget.layout
                self._widget.close()
                layout.close()

    def _create(self) -> None:
        bundle, comm = {}, ""
        if view_script():
            self._widget = _widget_class()(self._model)
            self._widget.on_msg(self._on_message)
            made = self._widget._repr_mimebundle_()
            bundle, comm = made[0] if isinstance(made, tuple) else made, self._widget.model_id
        words = markup("<div>A run is under way: <b>{}</b></div>", inline(one_line(self._question, 300)))
        # A console has the result at the end, and no use for the code of widgets.
        bundle = dict(bundle) | {"text/html": str(words), "text/plain": "(a run is under way)"}
        from IPython import display

        self._handle = display.DisplayHandle()  # type: ignore[no-untyped-call]
        live = {"run": self._model.whole(), "comm": comm, "display": self._handle.display_id}
        self._handle.display(bundle | {LIVE_MIME_TYPE: live}, raw=True)

    def _send(self, message: _Message) -> None:
        self._number += 1
        if self._widget is not None:
            self._widget.send(message | {"n": self._number})

    def _on_message(self, _widget: Any, message: Any, _buffers: Any) -> None:
        """What a front end says; anything else is passed over."""
        match message:
            case {"kind": "stop"} if self._stop is not None:
                self._stop()
            case {"kind": "decide", "id": int(number), "decision": decision, "rest": bool(rest)}:
                if self._model.decide(number, decision, rest=rest) and self._stop is not None:
                    self._stop()


def _say_busy() -> None:
    """Tell all front ends again that the kernel is busy: one that has just connected has not heard it, and answers to
    messages on the side (a subshell's) end with word that it is idle."""
    from IPython.core.getipython import get_ipython

    kernel = getattr(get_ipython(), "kernel", None)
    if kernel is not None and hasattr(kernel, "_publish_status"):
        kernel._publish_status("busy", "shell")


@cache
def _widget_class() -> Any:
    import anywidget  # type: ignore[import-untyped, unused-ignore]
    import traitlets

    class LiveRun(anywidget.AnyWidget):  # type: ignore[misc, unused-ignore]
        """The widget; whoever asks for its state gets the run as it is then."""

        _esm = view_script()
        run = traitlets.Dict().tag(sync=True, to_json=lambda _value, widget: widget._model.whole())

        def __init__(self, model: LiveModel) -> None:
            self._model = model
            super().__init__()

    return LiveRun
