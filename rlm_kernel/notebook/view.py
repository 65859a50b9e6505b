"""The faces of a run in progress: what one is, and those that show nothing while it runs.

A view is fed the events and the trace so far; it draws only when `tick` is called (at most ten times a second), never
per event. `finish` ends the drawing. The others are `widgets.Widgets`, for a notebook that somebody watches, and
`lines.Lines`, for a terminal.
"""

from __future__ import annotations

from typing import Any, Protocol

from ..trace import Event, Trace
from .step_mode import StepQuestion


class View(Protocol):
    """A face of a run in progress."""

    shows_result: bool
    """Whether `finish` shows the whole result, so that the cell's `Out` can be short."""

    can_ask: bool
    """Whether somebody is there to answer a `StepQuestion`."""

    def feed(self, event: Event, trace: Trace) -> None:
        """Take note of an event; `trace` is the run so far, this event included."""
        ...

    def tick(self) -> None:
        """Draw what has changed; called several times within 0.1 s."""
        ...

    def ask(self, question: StepQuestion) -> None:
        """Put a question to the user; `question.answer` takes what they decide, at once or later."""
        ...

    def asked(self, question: StepQuestion) -> None:
        """Take the question away: it is answered, or the run has ended."""
        ...

    def finish(self, bundle: dict[str, Any] | None) -> None:
        """Replace the live display by the bundle; None (there is nothing to show) takes it away."""
        ...


class Silent:
    """Shows nothing while the run is under way; its result is the cell's `Out`."""

    shows_result = False
    can_ask = False

    def feed(self, event: Event, trace: Trace) -> None:
        """Nothing to note."""

    def tick(self) -> None:
        """Nothing to draw."""

    def ask(self, question: StepQuestion) -> None:
        """Nobody is there: the answer is no."""
        question.refuse()

    def asked(self, question: StepQuestion) -> None:
        """Nothing to take away."""

    def finish(self, bundle: dict[str, Any] | None) -> None:
        """Nothing to take away."""


class Still(Silent):
    """For a notebook that nobody watches (nbclient, papermill): the static bundle at the end, no widgets."""

    shows_result = True

    def finish(self, bundle: dict[str, Any] | None) -> None:
        """Publish the bundle."""
        if bundle is not None:
            publish(bundle, raw=True)


def publish(thing: Any, **options: Any) -> Any:
    """IPython's `display`."""
    from IPython import display

    show: Any = display.display
    return show(thing, **options)
