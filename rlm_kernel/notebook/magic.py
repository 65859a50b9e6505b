"""The magics `%rlm` and `%%rlm`.

How a result is shown. While somebody watches, a live display shows the run; at its end the same display is replaced
by the static bundle, in place, so that nothing else that the cell has shown (a tool's prints, a plot) is disturbed.
The `Answer` is also the cell's value: `_`, `Out[n]` and the variable of `-o`. So as not to render it twice, the first
time that IPython formats it in that same cell it gets one small line as HTML and the whole answer as plain text;
in any later cell it is the whole card again. The text is there on purpose: front ends that show no HTML or cannot
update a display (jupyter console, qtconsole) still show the answer and where it comes from.
This is the same in JupyterLab, in loops of `run_cell_magic` and under `%%time`. Under nbclient and papermill, which
never answer a widget, there are no widgets, only the bundle. With `--quiet`, under `%%capture` and in a terminal
nothing is displayed for the notebook and the card itself is the cell's result.

How it runs. A cell that is nothing but `%%rlm` is awaited (see `await_rewriter`), so the kernel stays able to hear the
Stop button, if its ipykernel is 7.4 or newer; anywhere else the run has a loop of its own in a thread. A run that was
stopped, by the button or by an interrupt, raises KeyboardInterrupt: what depends on its answer must not go on. A failed
run raises `RLMError`. Both show and keep the partial answer first. A run that met a limit returns its best guess,
marked as one.
"""

from __future__ import annotations

import argparse
import os
import threading
from collections.abc import Coroutine
from typing import Any, cast

from IPython.core.magic import Magics, line_cell_magic, magics_class

from ..render import mimebundle
from ..render.escape import one_line, pretty
from . import magic_options
from .ask import Ask, ask_awaited, ask_blocking, below_card
from .await_rewriter import AwaitRewriter
from .completion import Completions
from .errors import RLMError

_HELP = """Ask a question about a document; a model answers it by writing code that reads it.

    %%rlm report -o total --type int
    What is the total of all sales figures?

The cell's body is the question. Each CONTEXT is a variable (text, list, dict, DataFrame) or a file.
The answer is the cell's result and the variable that -o names: .value, .status, .trace, .usage.
With --session NAME the sandbox stays: ask again with %%rlm NAME, fetch a variable of it with answer.variable("rows").
A limit that is reached gives the best guess, marked as one. Stop: the button, or interrupt the kernel.

    %rlm                      shows the model, the isolation and the limits
    %rlm model NAME [--base-url URL] [--api-key-env VAR]
    %rlm doctor               tells what works on this machine
    %rlm replay NAME          runs the code of an answer (or of a trace's file) again, without a model, and compares
    %config RLM               lists all settings

"""


@magics_class
class RLMMagics(Magics):
    """The magics and what belongs to them in one shell: the engine, the rewriter and the formatter."""

    def __init__(self, shell: Any, rlm: Any = None) -> None:
        super().__init__(shell)
        if rlm is None:
            from ..api.rlm import RLM

            rlm = RLM(parent=shell)
        self.engine = rlm
        self._rewriter = AwaitRewriter(shell)
        self._completions = Completions(shell, rlm)
        self._shown: Any = None
        self._unloaded = threading.Event()

    @classmethod
    def load(cls, shell: Any, rlm: Any = None) -> RLMMagics:
        """Register everything in `shell`; a shell that has it already keeps it."""
        if known := shell.magics_manager.registry.get(cls.__name__):
            return known  # type: ignore[no-any-return]
        magics = cls(shell, rlm)
        shell.register_magics(magics)
        shell.configurables.append(magics.engine)
        shell.input_transformers_post.append(magics._rewriter)
        shell.Completer.custom_matchers.append(magics._completions.matcher)
        formatter = shell.display_formatter.mimebundle_formatter
        formatter.for_type_by_name("rlm_kernel.api.answer", "Answer", magics._format)
        shell.events.register("pre_run_cell", magics._forget_shown)
        # The first question finds a sub-kernel ready; in a thread, since what it imports takes a third of a second.
        threading.Thread(target=_warm_up, args=[magics._unloaded], name="rlm-warm-up", daemon=True).start()
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
        shell.Completer.custom_matchers.remove(magics._completions.matcher)
        formatter = shell.display_formatter.mimebundle_formatter
        formatter.deferred_printers.pop(("rlm_kernel.api.answer", "Answer"), None)
        formatter.type_printers = {
            kind: printer for kind, printer in formatter.type_printers.items() if printer != magics._format
        }
        shell.events.unregister("pre_run_cell", magics._forget_shown)
        magics._unloaded.set()
        from ..subkernel import cool_down

        cool_down()

    @line_cell_magic
    def rlm(self, line: str, cell: str | None = None) -> Any:
        """See `_HELP`, which becomes this docstring."""
        if cell is None:
            return self._settings(line)
        if (given := magic_options.cell_parser().parse_line(line)).map is not None:
            return self._map(given, cell)
        return ask_blocking(self._ask(line, cell))

    def rlm_awaited(self, line: str, cell: str) -> Coroutine[Any, Any, Any]:
        """What a rewritten `%%rlm` cell awaits."""
        shell = cast(Any, self.shell)
        # The line is expanded ({name}, $name) as run_cell_magic does it; depth 1 is the cell's own frame.
        return self._ask_awaited(shell.var_expand(line, 1), cell)

    async def _ask_awaited(self, line: str, cell: str) -> Any:
        if (given := magic_options.cell_parser().parse_line(line)).map is not None:
            return self._map(given, cell)
        return await ask_awaited(self._ask(line, cell))

    def _map(self, given: argparse.Namespace, cell: str) -> Any:
        from .map_cell import run_map_cell

        return run_map_cell(self.shell, self.engine, given, cell)

    def _ask(self, line: str, cell: str) -> Ask:
        given = magic_options.cell_parser().parse_line(line)
        return Ask(self.shell, self.engine, given, cell, self._note_shown)

    def _settings(self, line: str) -> None:
        given = magic_options.line_parser().parse_line(line)
        if given.what == "doctor":
            from ..api.doctor import report

            lines = report()
            print(lines if isinstance(lines, str) else "\n".join(lines))  # noqa: T201
        elif given.what == "replay":
            from .replaying import show_replay

            show_replay(given.name, cast(Any, self.shell).user_ns)
        elif given.what == "model":
            self._set_model(given)
        else:
            from ..api.doctor import describe

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
        self.engine.api_key, self.engine.api_key_env = None, given.api_key_env
        self.engine.extra_headers, self.engine.extra_body = {}, {}
        where = f" at {one_line(given.base_url)}" if given.base_url else ""
        print(f"model: {one_line(given.name)}{where}")  # noqa: T201

    def _note_shown(self, answer: Any) -> None:
        """Remember that this cell has shown the answer's card already."""
        self._shown = answer

    def _forget_shown(self, *_: Any) -> None:
        self._shown = None

    def _format(self, answer: Any) -> Any:
        """The answer's MIME bundle: one small line right after its card was shown, else the card."""
        if self._shown is not answer:
            return mimebundle.mimebundle(answer.trace)
        self._shown = None
        return below_card(answer.trace)


RLMMagics.rlm.__doc__ = _HELP + magic_options.cell_parser().format_help()


def _warm_up(unloaded: threading.Event) -> None:
    from ..subkernel import cool_down, warm_up

    warm_up()
    # Where the extension was taken back in the meantime, nobody else would let the spare go.
    if unloaded.is_set():
        cool_down()
