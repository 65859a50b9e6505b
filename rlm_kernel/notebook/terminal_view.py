"""The face of a run in a terminal: a tree of lines as the run goes on, sub-runs indented below the call that began
them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TextIO

from ..render.escape import clean, clean_code, elide, one_line
from ..render.html.code import difference
from ..render.labels import call_came, facts, iteration_text
from ..trace import (
    CallFinished,
    CodeFinished,
    CodeStarted,
    Event,
    IterationStarted,
    RunFinished,
    RunStarted,
    SubRunEvent,
    Trace,
)
from .step_mode import StepQuestion, ask_by_input
from .view import Silent

_LONGEST_CODE = 200_000
_WIDEST = 40  # a margin that is not indented any further


class TerminalLines(Silent):
    """A line or a few per step, on stderr. `read` reads what the user types; None: nobody can."""

    def __init__(self, stream: TextIO | None = None, read: Callable[[str], str] | None = None) -> None:
        self._stream = stream or sys.stderr
        self._read = read
        self.can_ask = read is not None

    def _say(self, text: str) -> None:
        print(text, file=self._stream, flush=True)

    def feed(self, event: Event, trace: Trace) -> None:
        """Print what has just been completed."""
        self._tell(event, "", trace)

    def ask(self, question: StepQuestion) -> None:
        """Ask in words, and wait for what is typed."""
        if self._read is None:
            question.refuse()
        else:
            ask_by_input(question, self._say, self._read)

    def _tell(self, event: Event, margin: str, trace: Trace | None) -> None:
        match event:
            case SubRunEvent():
                # Runs side by side take turns: each of their lines names the call that began the run.
                inner = f"{margin}│ #{event.id} " if len(margin) < _WIDEST else margin
                self._tell(event.event, inner, None)
            case RunStarted():
                self._say(f"{margin}{one_line(event.question, 100)}")
                if trace is not None:
                    self._say(f"  {one_line(trace.model, 60)} · {trace.isolation_text}")
                    for notice in trace.notices:
                        self._say(f"  NOTE: {one_line(notice, 300)}")
            case IterationStarted():
                self._say(f"{margin}├─ {iteration_text(event)}")
            case CodeStarted():
                for repair in event.repairs[:5]:
                    self._say(f"{margin}│  repaired ({one_line(repair.kind, 40)}):")
                    for sign, line in difference(repair.before, repair.after)[:20]:
                        self._say(f"{margin}│    {sign} {one_line(line, 120)}")
                self._block(clean_code(elide(event.code, _LONGEST_CODE)), f"{margin}│  > ")
            case CallFinished():
                call = event.call
                asked = f"{call.kind}: {one_line(call.prompt, 60)}"
                self._say(f"{margin}│  {asked} -> {one_line(call_came(call))}")
            case CodeFinished():
                self._block(clean(elide(event.output, 1_000, true_size=event.output_chars)), f"{margin}│  ")
                if event.error:
                    self._say(f"{margin}│  {one_line(f'{event.error.type}: {event.error.message}', 200)}")
            case RunFinished():
                words = " · ".join(facts(trace)[:4]) if trace is not None else event.status
                self._say(f"{margin}└─ {words}")

    def _block(self, text: str, prefix: str) -> None:
        for line in text.removesuffix("\n").split("\n") if text else ():
            self._say(prefix + line)
