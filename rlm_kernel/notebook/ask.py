"""One question asked in a notebook: checked before anything runs, shown while it runs, kept and shown when it ends.

The magics and whatever else asks in a notebook use it: `Ask` is given a shell, an engine, the options and the question,
`ask_awaited` and `ask_blocking` run it (see `running`).
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from IPython.core.displaypub import CapturingDisplayPublisher
from traitlets import TraitError

from ..render import mimebundle
from ..render.escape import inline, markup, one_line
from ..render.html.elements import DIM
from ..render.labels import STATUS_WORDS
from ..render.markdown import to_text
from ..trace import Event, Trace
from . import magic_options
from .driver import DrivenRun, run_awaited, run_blocking
from .errors import RLMError, interrupted
from .step_mode import StepMode
from .terminal_view import TerminalLines
from .view import Silent, Still, View
from .widgets import Widgets


async def ask_awaited(ask: Ask) -> Any:
    """Run on the loop that is running; return the Answer or raise what the cell shall fail with."""
    return ask.conclude(*await run_awaited(ask.stream, ask.make_view))


def ask_blocking(ask: Ask) -> Any:
    """The same on a loop of its own, while this thread waits."""
    return ask.conclude(*run_blocking(ask.stream, ask.make_view))


def below_card(trace: Trace) -> dict[str, str]:
    """What a cell's result is where its card stands above: whole for a console, which has no card, and one line of
    small text for a notebook, so that nothing stands there twice."""
    words = "The answer is above." if trace.status == "answered" else f"{STATUS_WORDS[trace.status].capitalize()}."
    small = markup('<div style="{}">{}</div>', DIM, inline(words))
    return {"text/html": str(small), "text/plain": to_text(trace, whole=True)}


def _found(trace: Trace) -> bool:
    """Whether a model has said anything in the run."""
    return any(turn.reply or turn.reasoning for turn in trace.iterations)


class Ask:
    """`given` are options of `options.cell_parser`; `shown` is told of the answer when the cell has shown its card.

    `answer` is what has come of it, also where the cell fails; None before, and where the run did not begin.
    """

    def __init__(
        self, shell: Any, engine: Any, given: argparse.Namespace, question: str, shown: Callable[[Any], None]
    ) -> None:
        self._shell, self._engine, self._options, self._shown = shell, engine, given, shown
        self.answer: Any = None
        if not question.strip():
            raise RLMError("%%rlm: the question is missing.", "Write it in the cell, below the line with %%rlm.")
        self._question = question.strip()
        magic_options.check_name(given.output)
        self._trace_file: Path | None = magic_options.check_trace_file(given.save_trace)
        names: dict[str, Any] = shell.user_ns
        self._type = magic_options.answer_type(given.type, names)
        self._overrides = magic_options.overrides(given)
        magic_options.check_name(given.session, "--session")
        with UserErrors():
            self._session = magic_options.session_of(given.context, given.session, names)
            if self._session is None:
                self._document = magic_options.resolve_context(
                    given.context, names, magic_options.how_to_read(given, names)
                )
                if given.session is not None:
                    self._session = engine.session(self._document)

    def stream(self, stop: asyncio.Event, stepper: StepMode) -> AsyncIterator[Event]:
        """Start the run."""
        asked = {"review": stepper.review, "on_large_batch": stepper.on_large_batch} if self._options.step else {}
        given = {"answer_type": self._type, "stop": stop, **asked, **self._overrides}
        events: AsyncIterator[Event]
        if self._session is not None:
            events = self._session.stream(self._question, **given)
        else:
            events = self._engine.stream(self._question, self._document, **given)
        return events

    def make_view(self, stop: Callable[[], None] | None) -> View:
        """The view that suits the front end. Raises `RLMError` where step mode would wait for nobody."""
        view = self._view(stop)
        if self._options.step and not view.can_ask:
            raise RLMError(
                "--step asks before each block of code runs, and here nobody can answer: this cell is executed without "
                "input, or with its output captured.",
                "Nothing was asked. Run it in a notebook or a terminal, or remove --step.",
            )
        return view

    def _view(self, stop: Callable[[], None] | None) -> View:
        if self._options.quiet or isinstance(self._shell.display_pub, CapturingDisplayPublisher):
            return Silent()
        kernel = getattr(self._shell, "kernel", None)
        if kernel is None:
            return TerminalLines(read=input if sys.stdin is not None and sys.stdin.isatty() else None)
        # A front end that takes no input has nobody in front of it; nbclient would even keep the widgets' state.
        return Widgets(self._question, stop) if getattr(kernel, "_allow_stdin", True) else Still()

    def conclude(self, outcome: DrivenRun, view: View) -> Any:
        """Show and keep the result; return the Answer or raise what the cell shall fail with."""
        if outcome.error is not None or not outcome.began:
            self._conclude_error(outcome, view)
        if outcome.interrupted or outcome.trace.status == "running":
            outcome.builder.stop()
        answer = self._keep(outcome.trace)
        status = outcome.trace.status
        # Of a model that was never reached there is nothing to show: the error says it all.
        bundle = mimebundle.mimebundle(outcome.trace) if status != "failed" or _found(outcome.trace) else None
        view.finish(bundle if view.shows_result else None)
        if status in ("stopped", "failed") and not view.shows_result:
            Still().finish(bundle)
        self._save()
        if status == "stopped" or outcome.interrupted:
            raise interrupted("the run was stopped", self._kept())
        if status == "failed":
            remedy = self._kept() if bundle else "Nothing was asked. For another model: %rlm model NAME --base-url URL"
            raise RLMError(outcome.trace.reason or "The run failed.", remedy)
        if view.shows_result:
            self._shown(answer)
        return answer

    def _conclude_error(self, outcome: DrivenRun, view: View) -> None:
        if not outcome.began:
            view.finish(None)
            if outcome.error is None:
                raise interrupted("the run was stopped before it began", "Nothing was asked.")
        else:
            trace = outcome.builder.trace
            trace.status, trace.reason = "failed", one_line(str(outcome.error), 600)
            self._keep(trace)
            (view if view.shows_result else Still()).finish(mimebundle.mimebundle(trace))
        error = outcome.error
        assert error is not None
        with UserErrors():
            raise error

    def _keep(self, trace: Trace) -> Any:
        from ..api.answer import Answer

        document = self._document if self._session is None else self._session.document
        engine = self._engine.replaced(self._overrides)
        variable = None if self._session is None else self._session.variable
        asked = [] if self._session is None else [each.trace for each in self._session.answers]
        answer = Answer(
            trace,
            answer_type=self._type,
            document=document,
            engine=engine,
            variable=variable,
            earlier=[each for each in asked if each.digest != trace.digest],
        )
        named = {self._options.output: answer, self._options.session: self._session}
        self._shell.push({name: value for name, value in named.items() if name}, interactive=True)
        self.answer = answer
        return answer

    def _kept(self) -> str:
        name = self._options.output
        return f"What it had found is kept in {name} (.trace)." if name else "Use -o NAME to keep what it has found."

    def _save(self) -> None:
        if self._trace_file is not None:
            try:
                self._trace_file.write_text(self.answer.trace.to_json(indent=1), encoding="utf-8", errors="replace")
            except OSError as error:
                raise RLMError(
                    f"The trace could not be written to {self._trace_file}: {error.strerror}.", self._kept()
                ) from None


class UserErrors:
    """Turns the errors that a user can mend into `RLMError`; lets all others pass with their stack."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, stack: Any) -> None:
        from ..models import ModelError
        from ..subkernel import IsolationError

        if isinstance(error, ValueError | TraitError | ModelError | IsolationError):
            raise RLMError(str(error)) from None
