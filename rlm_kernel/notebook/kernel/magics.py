"""The commands of the RLM kernel. What asks and shows is the magic `%%rlm`, about the current context."""

from __future__ import annotations

import argparse
import ast
import difflib
import sys
from collections.abc import Coroutine
from typing import Any, cast

from IPython.core import page
from IPython.core.magic import Magics, cell_magic, line_magic, magics_class
from IPython.display import display
from traitlets import TraitError

from ...api.session import Session
from ...render import mimebundle
from ...render.escape import clean, one_line, pretty
from ...trace import CodeError
from .. import magic, magic_options
from ..ask import Ask
from ..errors import RLMError, interrupted
from . import conversation
from .inspection import Explanations

_SETTINGS_REFUSED = {
    "api_key": "A key does not belong into a notebook. Use: %model NAME --base-url URL --api-key-env VARIABLE",
    "tools": "Use: %tools NAME ...",
}
_NO_SHELL = "this kernel's cells are questions, and a shell command would run with your rights, outside of the sandbox."
_PYTHON_NOTE = (
    "Note: %%py runs in the kernel's own process, with your rights. It is NOT isolated; questions and %%code are. "
    "(Said once.)"
)
_QUESTION_NOTE = (
    "Note: this looks like Python, and was asked as a question. To run it instead, put %%code on top of it (in the "
    "sandbox) or %%py (in the kernel's own process)."
)


class KernelRLMMagics(magic.RLMMagics):
    """`%rlm` and `%%rlm` in this kernel."""

    def __init__(self, shell: Any, rlm: Any = None) -> None:
        super().__init__(shell, rlm)
        self.conversation = conversation.Conversation(self.engine)
        self._last: Ask | None = None
        self._before: Any = None

    def rlm(self, line: str, cell: str | None = None) -> Any:
        """See the end of this module."""
        asked = line if cell is None else self._about(line)
        base: Any = super()
        return base.rlm(asked, cell)

    def rlm_awaited(self, line: str, cell: str) -> Coroutine[Any, Any, Any]:
        """What a question awaits."""
        return super().rlm_awaited(self._about(line), cell)

    def _about(self, line: str) -> str:
        """The magic's line with the current context where it names none."""
        given = magic_options.cell_parser().parse_line(line)
        if given.context:
            return line
        names = cast(Any, self.shell).user_ns
        with _KernelUserErrors():
            names[conversation.DOCUMENT] = self.conversation.follow(names)
        # A session with a name is another one.
        return f"{conversation.SESSION if given.session is None else conversation.DOCUMENT} {line}"

    def _ask(self, line: str, cell: str) -> Ask:
        self._before, self._last = self.answer, super()._ask(line, cell)
        return self._last

    @property
    def answer(self) -> Any:
        """What came of the last question that a run began for, also of one that was stopped or failed."""
        return self._last.answer or self._before if self._last is not None else self._before


# IPython registers an object by the name of its class; the code that awaits a question looks it up by this one.
KernelRLMMagics.__name__ = magic.RLMMagics.__name__
KernelRLMMagics.rlm.__doc__ = (
    "In this kernel a cell is a question about the current context: bare text is %%rlm.\n\n"
    + (magic.RLMMagics.rlm.__doc__ or "")
)


@magics_class
class KernelMagics(Magics):
    """The commands `%context`, `%model`, `%settings`, `%tools`, `%trace`, `%reset`, `%attach`, `%%code` and `%%py`."""

    def __init__(self, shell: Any, rlm_magics: KernelRLMMagics) -> None:
        super().__init__(shell)
        self._shell = shell
        self._asking = rlm_magics
        self._engine, self._talk = rlm_magics.engine, rlm_magics.conversation
        self._explanations = Explanations(shell, self._talk)
        self._noted = False

    @line_magic
    def context(self, line: str) -> None:
        """Set what questions are about: files, globs, addresses, or variables of Python.

            %context report.txt
            %context 'reports/*.txt' notes
            %context                   shows it

        A new context ends the conversation: the sub-kernel begins again without variables.
        """
        words = _words("%context", line)
        with _KernelUserErrors():
            if words:
                self._talk.set(magic_options.resolve_context(words, self._shell.user_ns), self._shell.user_ns)
            elif self._shell.user_ns.get(conversation.CONTEXT) is None:
                raise RLMError(conversation.NO_CONTEXT, conversation.SET_CONTEXT)
            _say(*conversation.sizes(self._talk.follow(self._shell.user_ns)))

    @line_magic
    def model(self, line: str) -> None:
        """Set the model that writes the code; alone, show the settings.

        %model qwen2.5-coder:7b --base-url http://localhost:11434/v1
        %model NAME --base-url URL --api-key-env VARIABLE
        """
        self._asking.rlm(f"model {line}" if line.strip() else "")

    @line_magic
    def settings(self, line: str) -> None:
        """Set the engine's settings for all questions that follow; alone, show them.

        %settings max_iterations=5 cell_timeout=20
        """
        words = _words("%settings", line)
        if not words:
            self._asking.rlm("")
        for word in words:
            name, _, value = (part.strip() for part in word.partition("="))
            if name in _SETTINGS_REFUSED:
                raise RLMError(f"%settings {name}: it is not set here.", _SETTINGS_REFUSED[name])
            if not value or name not in self._talk.settings:
                known = ", ".join(self._talk.settings)
                raise RLMError(f"%settings {one_line(word, 80)}: write NAME=VALUE.", f"The names are: {known}.")
            try:
                setattr(self._engine, name, _value(value))
                self._engine.check()
            except (TraitError, ValueError) as error:
                raise RLMError(f"%settings {one_line(word, 80)}: {error}", "It is as it was.") from None
            _say(f"{name}: {one_line(pretty(getattr(self._engine, name)), 200)}")

    @line_magic
    def tools(self, line: str) -> None:
        """List what the model's code can call; with names of your own functions, let it call those, and no other.

            %tools
            %tools lookup_customer convert
            %tools none

        Your functions run in this process, with your rights. The sub-kernel begins again without variables.
        """
        names = _words("%tools", line)
        if names:
            self._offer([] if names == ["none"] else names)
        mine = {getattr(tool, "__name__", "") for tool in self._engine.tools}
        for stub in self._talk.tools.values():
            mark = " (yours: runs in this process)" if stub.name in mine else ""
            first = one_line(stub.doc.partition("\n")[0], 120)
            _say(f"{stub.name}{one_line(stub.signature, 160)}{mark}", *([f"    {first}"] if first else []))

    def _offer(self, names: list[str]) -> None:
        missing = [name for name in names if not callable(self._shell.user_ns.get(name))]
        if missing:
            raise RLMError(
                f"%tools {missing[0]}: there is no function of that name.", "Define it first, in a cell with %%py."
            )
        before = self._engine.tools
        self._engine.tools = [self._shell.user_ns[name] for name in names]
        try:
            self._engine.check()
        except ValueError as error:
            self._engine.tools = before
            raise RLMError(f"%tools: {error}", "The tools are as they were.") from None
        self._talk.reset()

    @line_magic
    def trace(self, line: str) -> None:
        """Show the last run again, whole; with a file's name, write its trace there as JSON, with nothing elided.

        %trace
        %trace run.json
        """
        words = _words("%trace", line)
        if (answer := self._asking.answer) is None:
            raise RLMError("%trace: nothing was asked yet.", "Ask something first.")
        if not words:
            display(mimebundle.mimebundle(answer.trace), raw=True)  # type: ignore[no-untyped-call]
            return
        file = magic_options.check_trace_file(words[0])
        assert file is not None
        try:
            file.write_text(answer.trace.to_json(indent=1), encoding="utf-8", errors="replace")
        except OSError as error:
            raise RLMError(
                f"The trace could not be written to {file}: {error.strerror}.", "Give another path."
            ) from None
        _say(f"trace: {file}")

    @line_magic
    def reset(self, line: str) -> None:
        """Forget the questions and answers so far, and end the sub-kernel with its variables. The context stays."""
        if _words("%reset", line):
            raise RLMError("%reset takes no options here.", "For the variables of Python, restart the kernel.")
        self._talk.reset()

    @line_magic
    def attach(self, line: str) -> None:
        """Let another Jupyter client into the sub-kernel, to look at its variables; `%attach off` ends it.

        What is typed there runs under the same policy as the model's code, also while a question is being answered.
        It is off until this command, and ends with the sub-kernel.
        """
        words = _words("%attach", line)
        if words not in ([], ["off"]):
            raise RLMError("%attach takes `off` or nothing.", "It prints what to type in a terminal.")
        if words:
            if self._talk.session is not None:
                self._talk.session.detach()
            return
        with _KernelUserErrors():
            way = self._session().attach()
        _say("In a terminal of this user on this machine:", f"    {way.command}", "The file: " + way.connection_file)

    @cell_magic
    def code(self, line: str, cell: str) -> None:
        """Run code of yours in the sub-kernel, as the model's code runs: same policy, same tools, same variables.

            %%code
            print(text_stats().line_count)

        Sub-models cannot be asked from it, and FINAL ends nothing.
        """
        if line.strip():
            raise RLMError("%%code takes no options.", "Write the code below it.")
        with _KernelUserErrors():
            done = self._session().run_code(cell, on_output=_stream)
        sys.stdout.flush()
        if done.error is None:
            return
        if done.error.type == "Interrupted":
            raise interrupted("the code was stopped", one_line(done.error.message, 300))
        raise _raised(done.error, cell)

    @cell_magic
    def py(self, line: str, cell: str) -> None:  # noqa: ARG002
        """Run ordinary Python in the kernel's own process, to prepare data: with your rights, NOT isolated.

            %%py
            import pandas
            sales = pandas.read_csv("sales.csv")

        Its variables are what `%context NAME` and `--type NAME` find. `context` is the one that questions are about.
        """
        self._shell.run_cell(cell)

    def _session(self) -> Session:
        self._talk.follow(self._shell.user_ns)
        session: Session = self._shell.user_ns[conversation.SESSION]
        return session

    def explain(self, name: str) -> None:
        """Show what a name means, as `?name` does."""
        if (text := self._explanations.of(name)) is not None:
            page.page({"text/plain": text})
        else:
            self._shell.run_line_magic("pinfo", name)

    def refuse(self, what: str) -> None:
        """Refuse a shell command."""
        rest = what.lstrip("!")
        raise RLMError(
            f"{one_line(what, 60)!r} is not run: {_NO_SHELL}",
            f"In a cell of Python it is:  %%py  !{one_line(rest, 60)}",
        )

    def is_misspelt(self, name: str) -> bool:
        """Whether there is no line magic of that name, but one that it may be meant for."""
        return self._shell.find_line_magic(name) is None and bool(self._near(name))

    def misspelt(self, name: str) -> None:
        """Say what may be meant."""
        near = self._near(name)[0]
        raise RLMError(f"%{one_line(name, 40)}: there is no such command; did you mean %{near}?", f"Help: ?%{near}")

    def _near(self, name: str) -> list[str]:
        commands = [*self.magics["line"], "rlm"]
        return difflib.get_close_matches(name, commands, n=1, cutoff=0.6)

    def note_question(self) -> None:
        """Say what to do with Python that was typed where a question belongs."""
        print(_QUESTION_NOTE, file=sys.stderr)  # noqa: T201

    def note_python(self) -> None:
        """Say, once, that Python of the user's is not isolated."""
        if not self._noted:
            self._noted = True
            print(_PYTHON_NOTE, file=sys.stderr)  # noqa: T201


class _InSandbox(Exception):
    """What code of the user's raised in the sub-kernel."""

    told: tuple[str, ...] = ()

    def _render_traceback_(self) -> list[str]:
        return list(self.told)


def _raised(error: CodeError, source: str) -> _InSandbox:
    """An exception of the type's name, which is what front ends show, with the line that raised it."""
    kind, message, lines = one_line(error.type, 100) or "Error", clean(error.message), source.split("\n")
    made: _InSandbox = type(kind, (_InSandbox,), {})(message)
    at = error.line or 0
    where = (f"line {at}: {clean(lines[at - 1].strip())}",) if 0 < at <= len(lines) else ()
    made.told = (f"{kind}: {message}", *where)
    return made


class _KernelUserErrors:
    """Turns the errors that a user can mend into `RLMError`; lets all others pass."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, stack: Any) -> None:
        from ...models import ModelError
        from ...subkernel import IsolationError

        if isinstance(error, ValueError | TraitError | ModelError | IsolationError):
            raise RLMError(str(error), "See ?%context, ?%%code, ?%settings.") from None


def _words(prog: str, line: str) -> list[str]:
    parser = magic_options.MagicParser(prog=prog, add_help=False)
    parser.add_argument("words", nargs="*")
    given: argparse.Namespace = parser.parse_line(line)
    return list(given.words)


def _value(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def _say(*lines: str) -> None:
    for line in lines:
        print(one_line(line, 400) if line.strip() == line else "    " + one_line(line, 400))  # noqa: T201


def _stream(text: str) -> None:
    print(clean(text), end="", flush=True)  # noqa: T201
