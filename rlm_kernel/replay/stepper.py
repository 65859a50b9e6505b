"""A replay cell by cell, as a notebook does it: each call runs one piece of code where an iteration's code ran.

The code may be another than the recorded one, to see what then comes; the difference is told, not raised.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from ..document import Document
from ..engine.loop_thread import LoopThread
from ..subkernel import Execution, SubKernel
from ..trace import Trace
from .differences import compare, compare_answer
from .documents import document_of_trace
from .limits import ReplayLimits
from .recorded_replies import RecordedAnswers
from .rerun import check, execute, sub_kernel
from .verdicts import Unlike, cannot


@dataclass(frozen=True, slots=True)
class ReplayedCell:
    """What came of one cell, and how it `differs` from what was recorded ("" where it does not)."""

    done: Execution
    differs: str = ""


class Stepper:
    """A sub-kernel in which the cells of a trace run one after the other. Close it, or use it in a `with`.

    Raises Unlike where the trace was altered or cannot be replayed, or its document is not here; DocumentError.
    """

    def __init__(
        self,
        trace: Trace,
        document: Any = None,
        *,
        near: Path | None = None,
        allow_weak_isolation: bool = False,
        limits: ReplayLimits | None = None,
    ) -> None:
        check(trace)
        if trace.earlier is not None and (trace.earlier.digest or trace.earlier.cells):
            raise cannot("it answers a follow-up question of a session")
        self.trace = trace
        self.document: Document = document_of_trace(trace, document, near)
        self._answers = RecordedAnswers(self.document, elided=trace.elided, labellings=trace.labellings)
        self._outputs: list[str] = []
        self._differences: dict[int, str] = {}
        self._ran: dict[int, str] = {}
        self._allow_weak = allow_weak_isolation
        self._limits = limits or ReplayLimits()
        self._thread = LoopThread("rlm-stepper")
        try:
            self._kernel = self._thread.wait(self._start())
        except BaseException:
            self._thread.end()
            raise

    async def _start(self) -> SubKernel:
        kernel, _ = sub_kernel(self.trace, self.document, self._answers.handle, self._allow_weak, self._limits)
        await kernel.start()
        return kernel

    def run(self, index: int, code: str, on_output: Callable[[str], None] | None = None) -> ReplayedCell:
        """Run `code` where the code of iteration `index` ran; what has run after it is undone first: the sandbox begins
        again, and the code of the iterations before runs there. Raises ValueError where there is no such iteration."""
        before = {number: ran for number, ran in sorted(self._ran.items()) if number < index}
        if len(before) < len(self._ran):
            self._thread.wait(self._kernel.kill())
            self._ran, self._differences = {}, {}
            self._kernel = self._thread.wait(self._start())
            for number, ran in before.items():
                self._run(number, ran, None)
        return self._run(index, code, on_output)

    def _run(self, index: int, code: str, on_output: Callable[[str], None] | None) -> ReplayedCell:
        turn = next((turn for turn in self.trace.iterations if turn.index == index), None)
        if turn is None or turn.code is None or not turn.executed:
            raise ValueError(f"The trace has no iteration {index} whose code ran.")
        self._answers.begin(turn, [each.output for each in self.trace.iterations[: index - 1]])
        self._answers.problem = None
        done = self._thread.wait(execute(self._kernel, self._answers, code, on_output))
        differs = ""
        try:
            if self._answers.problem is not None:
                raise self._answers.problem
            compare(turn, done, self.trace.elided)
        except Unlike as error:
            differs = f"{error}\n{error.diff}".strip()
        self._ran[index] = code
        self._differences[index] = differs
        return ReplayedCell(done, differs)

    @property
    def value(self) -> Any:
        """The answer that the code has handed to FINAL, None where it has not."""
        return self._answers.final[0] if self._answers.final is not None else None

    @property
    def evidence(self) -> list[tuple[str, int, str | None]]:
        """The lines that it named: document, line number, the line."""
        rows = self._answers.final[1] if self._answers.final is not None else ()
        return [(row.source, row.line, row.text) for row in rows]

    def check(self) -> None:
        """Raise AssertionError unless every iteration ran, and all came as it was recorded, the answer too."""
        wanted = {turn.index for turn in self.trace.iterations if turn.code is not None and turn.executed}
        if missing := wanted - set(self._ran):
            raise AssertionError(f"the iterations {sorted(missing)} have not run")
        for index, differs in sorted(self._differences.items()):
            if differs:
                raise AssertionError(f"iteration {index} differs: {differs}")
        try:
            compare_answer(self.trace, self._answers.final, self.document)
        except Unlike as error:
            raise AssertionError(f"{error}\n{error.diff}".strip()) from None

    def close(self) -> None:
        """End the sub-kernel. May be called twice."""
        if self._thread.alive:
            self._thread.wait(self._kernel.kill())
            self._thread.end()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
