"""What a run looks like in a terminal while it is under way: a status line, and each iteration as it happens.

All text of models and documents is cleaned and handed to rich as plain text: neither markup nor escapes in it count.
"""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Self, TextIO

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from ..trace import (
    CallFinished,
    CallStarted,
    CodeFinished,
    CodeStarted,
    Event,
    IterationFinished,
    IterationStarted,
    ModelWaiting,
    ReplyDelta,
    ReplyFinished,
    RunFinished,
    RunStarted,
    SubRunEvent,
    Trace,
)
from .labels import iteration_text, with_place
from .sanitize import clean, clean_code, elide, one_line

_CODE, _WORDS, _OUTPUT = 200_000, 1_200, 2_000
_MARGIN = 40


class OutputError(OSError):
    """Progress that was asked for on stdout cannot be written there."""


class _Console(Console):
    """Leaves it to us what follows from a broken pipe; rich would end the process with stdout closed."""

    def on_broken_pipe(self) -> None:
        """Called by rich where it has caught the error."""
        raise


def console(stream: TextIO) -> Console:
    """A console that is a terminal only where `stream` is one, whatever the environment says (FORCE_COLOR ...)."""
    return _Console(
        file=stream, force_terminal=stream.isatty(), force_jupyter=False, markup=False, highlight=False, emoji=False
    )


class Progress:
    """Shows a run that is under way; a context manager. `full`: print what each iteration says, runs and gets.

    On a terminal there is a live line besides, which vanishes at the end; elsewhere it prints nothing but what `full`
    asks for.
    """

    def __init__(self, stream: TextIO, *, full: bool) -> None:
        self.console = console(stream)
        self._full = full
        self._began = time.monotonic()
        self._doing = "starting"
        self._turn = ""
        self._received = 0
        self._spinner = Spinner("dots")
        self._live = Live(
            console=self.console,
            get_renderable=self._line,
            transient=True,
            refresh_per_second=8,
            redirect_stdout=False,
            redirect_stderr=False,
        )

    def __enter__(self) -> Self:
        if self.console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def feed(self, event: Event, trace: Trace) -> None:
        """Take note of an event; `trace` is the run so far."""
        self._note(event)
        if self._full:
            self._show(event, trace)

    def say(self, text: str = "", style: str = "") -> None:
        """Print lines above the live one."""
        try:
            self.console.print(Text(clean(text), style=style), soft_wrap=True)
        except OSError as error:
            if self.console.file is sys.stdout:
                raise error if isinstance(error, BrokenPipeError) else OutputError(*error.args) from None
            self.console.quiet = True  # the answer is still wanted, the progress is not

    def _line(self) -> Spinner:
        seconds = time.monotonic() - self._began
        received = f" · {self._received:,} characters" if self._received else ""
        text = f"{self._turn}{self._doing}{received} · {seconds:.0f} s"
        self._spinner.update(text=Text(text, style="dim", overflow="ellipsis", no_wrap=True))
        return self._spinner

    def _note(self, event: Event) -> None:
        match event:
            case IterationStarted():
                self._turn = f"{iteration_text(event)}: "
                self._doing, self._received = "waiting for the model", 0
            case ReplyDelta():
                self._doing = "the model is thinking" if event.reasoning else "the model is writing"
                self._received += len(event.text)
            case ModelWaiting():
                self._doing, self._received = one_line(event.text, 200), 0
            case CodeStarted():
                self._doing, self._received = "running its code", 0
            case CallStarted():
                self._doing = f"sub-call {event.id}, {one_line(event.model, 40)}"
            case SubRunEvent():
                self._note_sub_run(event)
            case CodeFinished() | IterationFinished():
                self._doing, self._received = "done", 0

    def _note_sub_run(self, event: SubRunEvent) -> None:
        inner: Event = event
        while isinstance(inner, SubRunEvent):
            identity, inner = inner.id, inner.event
        match inner:
            case IterationStarted():
                self._doing, self._received = f"run of call {identity}, iteration {inner.index}", 0
            case ReplyDelta():
                self._received += len(inner.text)
            case ModelWaiting():
                self._doing = one_line(inner.text, 200)

    def _show_sub_run(self, event: Event, margin: str) -> None:
        """The lines of a sub-run, each with the call that began it: runs side by side take turns."""
        match event:
            case SubRunEvent():
                deeper = f"{margin}#{event.id} " if len(margin) < _MARGIN else margin
                self._show_sub_run(event.event, deeper)
            case RunStarted():
                self.say(f"{margin}{one_line(event.question, 200)}", "magenta")
            case IterationStarted():
                self.say(f"{margin}{iteration_text(event)}", "bold")
            case CodeStarted():
                self._code(f"{margin}> ", event.code)
            case CallFinished():
                self._show_call(event, margin)
            case CodeFinished():
                self._block(margin, elide(event.output.rstrip("\n"), _OUTPUT // 4, true_size=event.output_chars - 1))
                if event.error:
                    self.say(f"{margin}{one_line(f'{event.error.type}: {event.error.message}', 300)}", "red")
            case RunFinished() if event.status != "answered":
                self.say(f"{margin}{event.status}: {one_line(event.reason, 300)}", "red")

    def _show_call(self, event: CallFinished, margin: str) -> None:
        call = event.call
        came = call.error or call.response or (call.trace and f"{call.trace.value!r}") or ""
        self.say(f"{margin}{call.kind}: {one_line(call.prompt, 60)} -> {one_line(came, 100)}", "magenta")

    def _show(self, event: Event, trace: Trace) -> None:
        match event:
            case SubRunEvent():
                self._show_sub_run(event, "    ")
            case RunStarted():
                self.say(f"model: {one_line(event.model, 100)} · isolation: {trace.isolation_text}", "dim")
            case IterationStarted():
                self.say(f"\n{iteration_text(event).capitalize()}", "bold")
            case ModelWaiting():
                self.say(f"  {one_line(event.text, 300)}", "yellow")
            case ReplyFinished():
                self._block("  ", elide(_words(event.reply), _WORDS), "italic")
            case CodeStarted():
                for repair in event.repairs:
                    change = f"{one_line(repair.before, 60)} -> {one_line(repair.after, 60)}"
                    self.say(f"  repaired ({one_line(repair.kind, 40)}): {change}", "yellow")
                self._code("  > ", event.code)
            case CallFinished():
                self._show_call(event, "  ")
            case CodeFinished():
                self._block("  ", elide(event.output.rstrip("\n"), _OUTPUT, true_size=event.output_chars - 1))
                if event.error:
                    where = f" (line {event.error.line})" if event.error.line else ""
                    self.say(f"  {one_line(f'{event.error.type}: {event.error.message}', 300)}{where}", "red")
            case IterationFinished():
                for note in event.notes:
                    self.say(f"  told the model: {one_line(note, 300)}", "dim")

    def _code(self, margin: str, code: str) -> None:
        """The lines in which Python runs the code; the cleaning that follows finds nothing more to change."""
        for line in clean_code(elide(code, _CODE)).split("\n"):
            self.say(margin + line, "cyan")

    def _block(self, margin: str, text: str, style: str = "") -> None:
        for line in clean(text).split("\n") if text else []:
            self.say(margin + line, style)


def _words(reply: str) -> str:
    """The prose of a reply: what stands outside its blocks of code, which are shown when they run."""
    kept, inside = [], False
    for line in reply.split("\n"):
        if line.lstrip().startswith(("```", "~~~")):
            inside = not inside
        elif not inside:
            kept.append(line)
    return "\n".join(kept).strip("\n")


def summary(trace: Trace) -> str:
    """One line: how the run went and what it took."""
    count, calls = len(trace.iterations), trace.usage.calls
    parts = [
        trace.status,
        f"{count} iteration{'' if count == 1 else 's'}",
        f"{calls} model call{'' if calls == 1 else 's'}",
        f"{trace.seconds:.1f} s",
    ]
    return " · ".join([*parts, f"isolation: {trace.isolation_text}"])


def looked_at(trace: Trace) -> list[str]:
    """What the run has looked at, and whether the documents are as they were; nothing where it did not end."""
    lines = [f"lines: {trace.coverage.text}"] if trace.coverage is not None else []
    if trace.unchanged is not None:
        state = "unchanged" if trace.unchanged else "CHANGED"
        lines.append(f"document: sha256 {trace.fingerprint[:16]}..., {state} at the end")
    return lines


def evidence(trace: Trace) -> list[str]:
    """The lines that the model named, as the document has them."""
    return [
        with_place(f"line {item.line} of {one_line(item.source, 80)}", item.place)
        + ": "
        + (one_line(item.text, 300) if item.text is not None else "(line not found)")
        for item in trace.evidence[:50]
    ]
