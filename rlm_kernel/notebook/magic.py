"""The magics `%rlm` and `%%rlm`.

How a result is shown. While somebody watches, a live display shows the run; at its end the same display is replaced
by the static bundle, in place, so that nothing else that the cell has shown (a tool's prints, a plot) is disturbed.
The `Answer` is also the cell's value: `_`, `Out[n]` and the variable of `-o`. So as not to render it twice, the first
time that IPython formats it in that same cell it gets one line, the value alone; in any later cell it is the whole
card again. The line is there on purpose: front ends that cannot update a display (qtconsole) still show the answer.
This is the same in JupyterLab, in loops of `run_cell_magic` and under `%%time`. Under nbclient and papermill, which
never answer a widget, there are no widgets, only the bundle. With `--quiet`, under `%%capture` and in a terminal
nothing is displayed for the notebook and the card itself is the cell's result.

How it runs. A cell that is nothing but `%%rlm` is awaited (see `rewriting`), so the kernel stays able to hear the Stop
button; anywhere else the run has a loop of its own in a thread. A run that was stopped, by the button or by an
interrupt, raises KeyboardInterrupt: what depends on its answer must not go on. A failed run raises `RLMError`. Both
show and keep the partial answer first. A run that met a limit returns its best guess, marked as one.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any, cast

from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.magic import Magics, line_cell_magic, magics_class
from traitlets import TraitError

from ..trace import Event, Trace
from . import options, static
from .errors import RLMError, interrupted
from .live import Lines, Silent, Still, View, Widgets
from .rewriting import AwaitRewriter
from .running import Outcome, run_awaited, run_blocking
from .text import one_line, pretty

_HELP = """Ask a question about a document; a model answers it by writing code that reads it.

    %%rlm report -o total --type int
    What is the total of all sales figures?

The cell's body is the question. Each CONTEXT is a variable (text, list, dict, DataFrame) or a file.
The answer is the cell's result and the variable that -o names: .value, .status, .trace, .usage.
A limit that is reached gives the best guess, marked as one. Stop: the button, or interrupt the kernel.

    %rlm                      shows the model, the isolation and the limits
    %rlm model NAME [--base-url URL] [--api-key-env VAR]
    %rlm doctor               tells what works on this machine
    %config RLM               lists all settings

"""


@magics_class
class RLMMagics(Magics):
    """The magics and what belongs to them in one shell: the engine, the rewriter and the formatter."""

    def __init__(self, shell: Any, rlm: Any = None) -> None:
        super().__init__(shell)
        if rlm is None:
            from ..rlm import RLM

            rlm = RLM(parent=shell)
        self.engine = rlm
        self._rewriter = AwaitRewriter(shell)
        self._shown: Any = None

    @classmethod
    def load(cls, shell: Any, rlm: Any = None) -> RLMMagics:
        """Register everything in `shell`; a shell that has it already keeps it."""
        if known := shell.magics_manager.registry.get(cls.__name__):
            return known  # type: ignore[no-any-return]
        magics = cls(shell, rlm)
        shell.register_magics(magics)
        shell.configurables.append(magics.engine)
        shell.input_transformers_post.append(magics._rewriter)
        formatter = shell.display_formatter.mimebundle_formatter
        formatter.for_type_by_name("rlm_kernel.rlm", "Answer", magics._format)
        shell.events.register("pre_run_cell", magics._forget_shown)
        # The first question finds a sub-kernel ready; in a thread, since what it imports takes a third of a second.
        threading.Thread(target=_warm_up, name="rlm-warm-up", daemon=True).start()
        return magics

    @classmethod
    def unload(cls, shell: Any) -> None:
        """Take everything back."""
        magics = shell.magics_manager.registry.pop(cls.__name__, None)
        if magics is None:
            return
        for kind in ("line", "cell"):
            shell.magics_manager.magics[kind].pop("rlm", None)
        shell.configurables.remove(magics.engine)
        shell.input_transformers_post.remove(magics._rewriter)
        formatter = shell.display_formatter.mimebundle_formatter
        formatter.deferred_printers.pop(("rlm_kernel.rlm", "Answer"), None)
        formatter.type_printers = {
            kind: printer for kind, printer in formatter.type_printers.items() if printer != magics._format
        }
        shell.events.unregister("pre_run_cell", magics._forget_shown)
        from ..subkernel import cool_down

        cool_down()

    @line_cell_magic
    def rlm(self, line: str, cell: str | None = None) -> Any:
        """See `_HELP`, which becomes this docstring."""
        if cell is None:
            return self._settings(line)
        ask = _Ask(self, line, cell)
        return ask.conclude(*run_blocking(ask.stream, ask.make_view))

    def rlm_awaited(self, line: str, cell: str) -> Coroutine[Any, Any, Any]:
        """What a rewritten `%%rlm` cell awaits."""
        shell = cast(Any, self.shell)
        # The line is expanded ({name}, $name) as run_cell_magic does it; depth 1 is the cell's own frame.
        return self._ask_awaited(shell.var_expand(line, 1), cell)

    async def _ask_awaited(self, line: str, cell: str) -> Any:
        ask = _Ask(self, line, cell)
        return ask.conclude(*await run_awaited(ask.stream, ask.make_view))

    def _settings(self, line: str) -> None:
        given = options.line_parser().parse_line(line)
        if given.what == "doctor":
            from ..doctor import report

            lines = report()
            print(lines if isinstance(lines, str) else "\n".join(lines))  # noqa: T201
        elif given.what == "model":
            self._set_model(given)
        else:
            from ..rlm import describe

            for name, value in describe(self.engine).items():
                print(f"{name}: {one_line(pretty(value), 300)}")  # noqa: T201

    def _set_model(self, given: argparse.Namespace) -> None:
        if not given.name:
            raise RLMError("%rlm model: which model?", "For example: %rlm model qwen2.5-coder:7b --base-url URL")
        if given.api_key_env and not os.environ.get(given.api_key_env):
            raise RLMError(
                f"The environment variable {given.api_key_env} is not set, so there is no key in it.",
                f"Set it before Jupyter starts, or with: %env {given.api_key_env}=...",
            )
        # A key belongs to its endpoint: it is never sent to another one that is set later.
        self.engine.model, self.engine.base_url = given.name, given.base_url
        self.engine.api_key = os.environ[given.api_key_env] if given.api_key_env else None
        where = f" at {one_line(given.base_url)}" if given.base_url else ""
        print(f"model: {one_line(given.name)}{where}")  # noqa: T201

    def note_shown(self, answer: Any) -> None:
        """Remember that this cell has shown the answer's card already."""
        self._shown = answer

    def _forget_shown(self, *_: Any) -> None:
        self._shown = None

    def _format(self, answer: Any) -> Any:
        """The answer's MIME bundle: one line right after its card was shown, else the card."""
        if self._shown is not answer:
            return static.mimebundle(answer.trace)
        self._shown = None
        return {"text/plain": _short(answer.trace)}


RLMMagics.rlm.__doc__ = _HELP + options.cell_parser().format_help()


def _short(trace: Trace) -> str:
    mark = " (best guess, not an answer)" if trace.best_guess else ""
    return one_line(pretty(trace.value), 200) + mark


def _found(trace: Trace) -> bool:
    """Whether a model has said anything in the run."""
    return any(turn.reply or turn.reasoning for turn in trace.iterations)


class _Ask:
    """One `%%rlm` cell: its options, checked before anything runs, and what becomes of its result."""

    def __init__(self, magics: RLMMagics, line: str, cell: str) -> None:
        self._magics = magics
        self._shell = cast(Any, magics.shell)
        self._options = given = options.cell_parser().parse_line(line)
        if not cell.strip():
            raise RLMError("%%rlm: the question is missing.", "Write it in the cell, below the line with %%rlm.")
        self._question = cell.strip()
        options.check_name(given.output)
        self._trace_file: Path | None = options.check_trace_file(given.save_trace)
        names: dict[str, Any] = self._shell.user_ns
        self._type = options.answer_type(given.type, names)
        self._overrides = options.overrides(given)
        with _UserErrors():
            self._document = options.resolve_context(given.context, names)

    def stream(self, stop: asyncio.Event) -> AsyncIterator[Event]:
        """Start the run."""
        events: AsyncIterator[Event] = self._magics.engine.stream(
            self._question, self._document, answer_type=self._type, stop=stop, **self._overrides
        )
        return events

    def make_view(self, stop: Callable[[], None] | None) -> View:
        """The view that suits the front end."""
        if self._options.quiet or isinstance(self._shell.display_pub, CapturingDisplayPublisher):
            return Silent()
        kernel = getattr(self._shell, "kernel", None)
        if kernel is None:
            return Lines()
        # A front end that takes no input has nobody in front of it; nbclient would even keep the widgets' state.
        return Widgets(self._question, stop) if getattr(kernel, "_allow_stdin", True) else Still()

    def conclude(self, outcome: Outcome, view: View) -> Any:
        """Show and keep the result; return the Answer or raise what the cell shall fail with."""
        if outcome.error is not None or not outcome.began:
            self._conclude_error(outcome, view)
        if outcome.interrupted or outcome.trace.status == "running":
            outcome.builder.stop()
        answer = self._keep(outcome.trace)
        status = outcome.trace.status
        # Of a model that was never reached there is nothing to show: the error says it all.
        bundle = static.mimebundle(outcome.trace) if status != "failed" or _found(outcome.trace) else None
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
            self._magics.note_shown(answer)
        return answer

    def _conclude_error(self, outcome: Outcome, view: View) -> None:
        if not outcome.began:
            view.finish(None)
            if outcome.error is None:
                raise interrupted("the run was stopped before it began", "Nothing was asked.")
        else:
            trace = outcome.builder.trace
            trace.status, trace.reason = "failed", one_line(str(outcome.error), 600)
            self._keep(trace)
            (view if view.shows_result else Still()).finish(static.mimebundle(trace))
        error = outcome.error
        assert error is not None
        with _UserErrors():
            raise error

    def _keep(self, trace: Trace) -> Any:
        from ..rlm import Answer

        answer = Answer(trace)
        if self._options.output:
            self._shell.push({self._options.output: answer}, interactive=True)
        self._answer = answer
        return answer

    def _kept(self) -> str:
        name = self._options.output
        return f"What it had found is kept in {name} (.trace)." if name else "Use -o NAME to keep what it has found."

    def _save(self) -> None:
        if self._trace_file is not None:
            try:
                self._trace_file.write_text(self._answer.trace.to_json(indent=1), encoding="utf-8", errors="replace")
            except OSError as error:
                raise RLMError(
                    f"The trace could not be written to {self._trace_file}: {error.strerror}.", self._kept()
                ) from None


class _UserErrors:
    """Turns the errors that a user can mend into `RLMError`; lets all others pass with their stack."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, stack: Any) -> None:
        from ..models import ModelError
        from ..subkernel import IsolationError

        if isinstance(error, ValueError | TraitError | ModelError | IsolationError):
            raise RLMError(str(error)) from None


def _warm_up() -> None:
    from ..subkernel import warm_up

    warm_up()
