"""Runs the code of a trace again, in a new sub-kernel with the recorded seed and clock."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ..document import Document, DocumentError
from ..document.parts.requested import document_of
from ..engine.blocking import run_blocking
from ..engine.factory import sub_kernel_type
from ..render.sanitize import one_line
from ..subkernel import Execution, IsolationError, SubKernel
from ..subkernel.base import Handler, ToolStub
from ..trace import Call, Iteration, Trace, content_digest
from .differences import compare, compare_answer, ran_out_of_time
from .documents import document_of_trace
from .limits import ReplayBudget, ReplayLimits
from .recorded_replies import RecordedAnswers, is_shortened
from .verdicts import Replay, Unlike, cannot

_CUT_SHORT = "iteration {} was ended by its time limit: only its error was compared"
_CHANGED = "the document was changed while the run was under way"
_VISITED = "Code of the user's own ran in the sandbox while"


async def areplay(
    trace: Trace,
    document: Any = None,
    *,
    deep: bool = False,
    earlier: Sequence[Trace] = (),
    near: Path | None = None,
    allow_weak_isolation: bool = False,
    limits: ReplayLimits | None = None,
) -> Replay:
    """Run a trace again without any model, and compare.

    `document`: what `Document.of` takes, or a list of paths; without it, the files that the trace names, as far as they
    are in the folder `near` (None: the working directory) or below it. `deep`: run the sub-runs again too, whose
    recorded values count else. `earlier`: where to look for the questions that a session had before this one.
    `limits`: what the replay may use; the trace's own settings can lower it. Raises DocumentError for what cannot be
    read, and IsolationError.
    """
    limits = limits or ReplayLimits()
    replayer = Replayer(deep=deep, earlier=earlier, allow_weak=allow_weak_isolation, limits=limits)
    began = time.monotonic()
    unlike: Unlike | None = None
    try:
        async with asyncio.timeout(limits.max_seconds) as time_limit:
            await replayer.whole(trace, document, near)
    except Unlike as error:
        unlike = error
    except TimeoutError:
        if not time_limit.expired():
            raise
        unlike = replayer.allowance.out_of_time()
    except (DocumentError, IsolationError):
        raise
    except Exception as error:  # a trace may come from anybody, and hold anything
        unlike = cannot(f"what it holds cannot be run ({type(error).__name__}: {one_line(str(error), 200)})")
    return Replay(
        verdict="reproduced" if unlike is None else unlike.verdict,
        question=trace.question,
        reason="" if unlike is None else str(unlike),
        iteration=None if unlike is None else unlike.iteration,
        diff="" if unlike is None else unlike.diff,
        iterations=replayer.compared,
        seconds=round(time.monotonic() - began, 3),
        remarks=tuple(dict.fromkeys(replayer.remarks)),
    )


class Replayer:
    """One replay. `compared` counts the iterations that were run and found alike, `remarks` what else to know."""

    def __init__(self, *, deep: bool, earlier: Sequence[Trace], allow_weak: bool, limits: ReplayLimits) -> None:
        self.compared = 0
        self.allowance = ReplayBudget(limits)
        self._limits = limits
        self.remarks: list[str] = []
        self._deep = deep
        self._allow_weak = allow_weak
        self._earlier = {each.digest: each for each in earlier if each.digest}

    async def whole(self, trace: Trace, given: Any, near: Path | None) -> None:
        """Check and run a trace. Raises Unlike."""
        check(trace)
        if not trace.digest:
            self.remarks.append("the trace has no digest: whether it was altered cannot be told")
        if trace.unchanged is False:
            self.remarks.append(_CHANGED)
        self.remarks += [notice for notice in trace.notices if notice.startswith(_VISITED)]
        chain = self._chain(trace)
        document = await asyncio.to_thread(document_of_trace, trace, given, near)
        self._compare_versions(trace)
        await self.run(trace, document, chain)

    def _chain(self, trace: Trace) -> list[Trace]:
        """The questions of a session up to this one."""
        chain = [trace]
        while (before := chain[0].earlier) is not None and before.digest:
            if before.digest not in self._earlier or len(chain) > self._limits.max_iterations:
                raise cannot(
                    "it answers a follow-up question, and the trace of the question before it (digest "
                    f"{before.digest[:16]}...) is not here: give the traces of the whole session"
                )
            chain.insert(0, self._earlier[before.digest])
            check(chain[0])
        return chain

    def _compare_versions(self, trace: Trace) -> None:
        from ..engine.factory import versions

        names = ("python", "rlm-kernel", "RestrictedPython")
        for name, here in versions().items():
            if name in names and (then := trace.versions.get(name)) not in (None, here):
                self.remarks.append(f"recorded with {name} {then}, replayed with {here}")

    async def run(self, trace: Trace, document: Document, chain: Sequence[Trace]) -> None:
        """Run the code of the traces of one sub-kernel, of which `trace` is the last, and compare. Raises Unlike."""
        answers = RecordedAnswers(
            document,
            elided=trace.elided,
            deeper=self._deeper(document, trace) if self._deep else None,
            labellings=[each for one in chain for each in one.labellings],
        )
        kernel, remarks = sub_kernel(trace, document, answers.handle, self._allow_weak, self._limits)
        self.remarks += remarks
        async with kernel:
            self._compare_hash_seeds(trace, kernel)
            for each in chain:
                for cell in each.earlier.cells if each.earlier is not None else ():
                    self.allowance.take_iteration()
                    answers.begin(Iteration(index=0), [])
                    await kernel.execute(cell)
                    if answers.problem is not None:
                        self.remarks.append("a cell of the user's own asked for what was not recorded")
                        answers.problem = None
                await self._iterations(kernel, answers, each, main=each is trace)
                await asyncio.to_thread(compare_answer, each, answers.final, document)

    def _compare_hash_seeds(self, trace: Trace, kernel: SubKernel) -> None:
        then, here = trace.determinism, kernel.determinism()
        if then is not None and (then.hash_seed is None or then.hash_seed != here.hash_seed):
            self.remarks.append("the order of sets may differ: the two sub-kernels have not the same hash seed")

    async def _iterations(self, kernel: SubKernel, answers: RecordedAnswers, trace: Trace, *, main: bool) -> None:
        outputs: list[str] = []
        answers.final = None
        for turn in trace.iterations:
            if turn.code is None or not turn.executed:
                outputs.append(turn.output)
                continue
            if not turn.output_sha256:
                raise cannot(f"the run was stopped in the middle of the code of iteration {turn.index}")
            if (
                turn.error is not None
                and turn.error.type == "Interrupted"
                and not any(one.cut for one in turn.requests)
            ):
                raise cannot(f"the code of iteration {turn.index} was interrupted, nobody knows where")
            self.allowance.take_iteration()
            answers.begin(turn, outputs)
            done = await execute(kernel, answers, turn.code)
            outputs.append(done.output)
            try:
                self._compare(turn, done, answers, trace)
            except Unlike as error:
                if main:
                    raise
                raise Unlike(error.verdict, f"in the question before, {trace.question!r}: {error}") from None

    def _compare(self, turn: Iteration, done: Execution, answers: RecordedAnswers, trace: Trace) -> None:
        if answers.problem is not None:
            raise answers.problem
        compare(turn, done, trace.elided)
        if ran_out_of_time(turn.error):
            self.remarks.append(_CUT_SHORT.format(turn.index))
        elif answers.unasked:
            left = turn.requests[-answers.unasked].method
            raise Unlike("differs", f"the code has not asked for {left}, as was recorded", iteration=turn.index)
        self.compared += 1

    def _deeper(self, document: Document, above: Trace) -> Any:
        async def run(call: Call, part: Any) -> None:
            assert call.trace is not None
            trace = call.trace.model_copy(update={"elided": above.elided}) if above.elided else call.trace
            try:
                check(trace, sealed=not above.elided)
                below = await asyncio.to_thread(document_of, document, part)
                if below.fingerprint != trace.fingerprint:
                    raise Unlike("differs", "it was about another part of the document")
                await self.run(trace, below, [trace])
            except DocumentError as error:
                raise cannot(f"the part that call {call.id} is about: {error}") from None
            except Unlike as error:
                reason = f"in the sub-run of call {call.id}: {error}"
                raise Unlike(error.verdict, reason, iteration=error.iteration, diff=error.diff) from None

        return run


def sub_kernel(
    trace: Trace, document: Document, handler: Handler, allow_weak: bool, limits: ReplayLimits
) -> tuple[SubKernel, list[str]]:
    """A sub-kernel in which the trace's code does again what it did, not started yet, and remarks on its limits."""
    chance = trace.determinism
    assert chance is not None
    (memory, memory_remark), (seconds, seconds_remark) = limits.memory(trace), limits.seconds(trace)
    try:
        kernel = sub_kernel_type(limits.subkernel_host, limits.subkernel_key)(
            document,
            memory_limit=memory,
            cell_timeout=seconds,
            output_limit=limits.output_limit,
            handler=handler,
            tools=_tools(trace),
            allow_weak_isolation=allow_weak,
            seed=chance.seed,
            clock=chance.clock,
            packages=_packages(trace),
        )
    except (ValueError, OverflowError) as error:  # a trace may come from anybody
        raise cannot(f"its settings cannot be used: {error}") from None
    return kernel, [remark for remark in (memory_remark, seconds_remark) if remark]


async def execute(
    kernel: SubKernel, answers: RecordedAnswers, code: str, on_output: Callable[[str], None] | None = None
) -> Execution:
    """Run a cell; it is interrupted where the recorded one ended while it waited."""

    async def interrupt() -> None:
        await answers.cut.wait()
        await kernel.interrupt()

    watching = asyncio.create_task(interrupt())
    try:
        return await kernel.execute(code, on_output=on_output)
    finally:
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching


def check(trace: Trace, *, sealed: bool = True) -> None:
    """Raise Unlike for a trace that was altered, or lacks what a replay needs. `sealed`: it has a digest of its own."""
    if sealed:
        _check_digests(trace)
    if trace.status == "running":
        raise cannot("the run had not ended when this trace was written")
    if trace.determinism is None:
        raise cannot("it was recorded without what its code's chance follows from (seed, clock)")
    if missing := {"iterations", "calls", "requests"} & set(trace.elided):
        raise cannot(f"this copy of the trace does not have all {' and '.join(sorted(missing))}: give the whole trace")
    for turn in trace.iterations:
        if "code" in trace.elided and turn.code is not None and is_shortened(turn.code):
            raise cannot(f"this copy of the trace has the code of iteration {turn.index} only in part")


def _check_digests(trace: Trace, where: str = "") -> None:
    kept = trace.copy_digest if trace.elided else trace.digest
    if kept and kept != (found := content_digest(trace)):
        raise Unlike("trace altered", f"{where}its digest is {kept}, its content has {found}")
    if trace.elided:
        return
    for turn in trace.iterations:
        for call in turn.calls:
            if call.trace is not None:
                _check_digests(call.trace, f"{where}in the sub-run of call {call.id}, ")


def _tools(trace: Trace) -> list[ToolStub]:
    names = trace.settings.get("tools")
    return [ToolStub(str(name)) for name in names] if isinstance(names, list) else []


def _packages(trace: Trace) -> list[str]:
    names = trace.settings.get("packages")
    return [str(name) for name in names] if isinstance(names, list) else []


def replay(
    trace: Trace,
    document: Any = None,
    *,
    deep: bool = False,
    earlier: Sequence[Trace] = (),
    near: Path | None = None,
    allow_weak_isolation: bool = False,
    limits: ReplayLimits | None = None,
) -> Replay:
    """`areplay` for callers that are not async; works also where an event loop is running."""
    return run_blocking(
        functools.partial(
            areplay,
            trace,
            document,
            deep=deep,
            earlier=earlier,
            near=near,
            allow_weak_isolation=allow_weak_isolation,
            limits=limits,
        )
    )
