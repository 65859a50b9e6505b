"""The cells of an audit notebook: `%%recorded` holds a trace, `%%iteration K` runs its code again, without any model.

`%load_ext rlm_kernel.notebook.replaying` registers them in any kernel with IPython. `show_replay` is `%rlm replay`.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from IPython.core.magic import Magics, cell_magic, magics_class
from IPython.display import display

from ..api.answer import Answer
from ..document import Document, DocumentError
from ..render.escape import clean, fenced
from ..replay import Replay, replay
from ..replay.stepper import Stepper
from ..replay.verdicts import Unlike
from ..trace import Trace
from .errors import RLMError

REPLAYED = "replayed"


def load_ipython_extension(shell: Any) -> None:
    """Register `%%recorded` and `%%iteration`."""
    shell.register_magics(AuditMagics)


@magics_class
class AuditMagics(Magics):
    """`%%recorded` and `%%iteration`."""

    @cell_magic
    def recorded(self, line: str, cell: str) -> None:
        """Begin the replay of the trace in this cell, about a file or a variable (else: the file that it names).

            %%recorded report.txt
            {"schema": "rlm.trace/1", ...}

        The variable `replayed` has its `value`, `evidence`, `trace`, and `check()`.
        """
        names: dict[str, Any] = self.shell.user_ns  # type: ignore[union-attr]
        if isinstance(before := names.get(REPLAYED), Stepper):
            before.close()
        given = line.strip()
        try:
            document = names[given] if given in names else [Path(given)] if given else None
            stepper = names[REPLAYED] = Stepper(Trace.from_json(cell), document)
        except Unlike as error:
            raise RLMError(f"{error.verdict}: {error}", "Name the document: %%recorded FILE, or a variable.") from None
        except (ValueError, DocumentError) as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise RLMError(f"The cell holds no trace that can be replayed ({reason}).") from None
        count = sum(turn.code is not None and turn.executed for turn in stepper.trace.iterations)
        print(f"{count} iterations to run again; documents: SHA-256 {stepper.document.fingerprint}")  # noqa: T201

    @cell_magic
    def iteration(self, line: str, cell: str) -> None:
        """Run the code where iteration K ran: in the sub-kernel, on the recorded replies of sub-models and tools.

            %%iteration 1
            print(grep("SALES"))

        What it prints is shown, and how it differs from the record, where it does. The code may be changed.
        """
        stepper = self.shell.user_ns.get(REPLAYED)  # type: ignore[union-attr]
        if not isinstance(stepper, Stepper) or not line.strip().isdigit():
            raise RLMError("%%iteration K runs in a replay.", "Run the cell %%recorded first, and write its number.")
        # The last line break is the cell's, and no recorded code ends in one.
        step = stepper.run(int(line), cell.removesuffix("\n"))
        sys.stdout.write(clean(step.done.output))
        if step.done.error is not None:
            print(clean(f"{step.done.error.type}: {step.done.error.message}"))  # noqa: T201
        sys.stdout.flush()
        if step.differs:
            shown = f"**Differs from the record**\n\n{fenced(step.differs, 'diff')}"
            display({"text/markdown": shown, "text/plain": clean(step.differs)}, raw=True)  # type: ignore[no-untyped-call]


def show_replay(name: str | None, namespace: Mapping[str, Any]) -> None:
    """`%rlm replay NAME`: print the verdict, the difference and what else is to be known. Raises RLMError."""
    if not name:
        raise RLMError("%rlm replay: which answer?", "For example: %rlm replay total, after %%rlm report -o total")
    with _unreadable():
        done = notebook_replay(name, namespace)
    for text in (done.text, done.diff, *done.remarks):
        if text:
            print(clean(text))  # noqa: T201


@contextlib.contextmanager
def _unreadable() -> Iterator[None]:
    from ..subkernel import IsolationError

    try:
        yield
    except (DocumentError, IsolationError) as error:
        raise RLMError(str(error), "Nothing was replayed.") from None


def notebook_replay(name: str, namespace: Mapping[str, Any]) -> Replay:
    """What `%rlm replay NAME` shows: the replay of an answer, a trace, or a file of one. Raises RLMError.

    The document is the answer's own, else a variable with the recorded fingerprint, else the file that the trace names.
    """
    found = namespace.get(name)
    if isinstance(found, Answer):
        return found.replay(found.document or _document(found.trace, namespace), earlier=_traces(namespace))
    trace = found if isinstance(found, Trace) else _read(name)
    return replay(trace, _document(trace, namespace), earlier=_traces(namespace))


def _read(name: str) -> Trace:
    from ..replay.trace_files import read

    try:
        return read(Path(name))[0].trace
    except (OSError, ValueError):
        raise RLMError(f"There is no answer, trace or file {name!r}.", "Give the name of an answer: -o NAME.") from None


def _traces(namespace: Mapping[str, Any]) -> list[Trace]:
    values = list(namespace.values())
    return [value.trace for value in values if isinstance(value, Answer)] + [
        value for value in values if isinstance(value, Trace)
    ]


def _document(trace: Trace, namespace: Mapping[str, Any]) -> Document | None:
    wanted = {info.name for info in trace.documents} | {info.source for info in trace.documents}
    for name, value in namespace.items():
        if isinstance(value, Document) and value.fingerprint == trace.fingerprint:
            return value
        if name in wanted and not name.startswith("_"):
            try:
                made = Document.of(value)
            except DocumentError:
                continue
            if made.fingerprint == trace.fingerprint:
                return made
    return None
