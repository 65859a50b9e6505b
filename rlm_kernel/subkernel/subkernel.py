"""The sandbox by itself: a locked-down sub-kernel around one context, replaced when it dies, gone when it is closed."""

from __future__ import annotations

import asyncio
import dataclasses
import math
import secrets
import signal
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, Self

from ..document import Document
from ..document.share import SharedBytes
from ..trace import CodeError, Determinism, Searched, Span, Variables, utc_now
from ..trace.json_values import encodable, is_json
from .base import MAX_CODE, Execution, Handler, Refusal, ToolStub, parse_size
from .determinism import SEED as _SEED
from .determinism import began_at, named
from .errors import IsolationError
from .launch.process import Process, StartFailed, undisturbed
from .packages import checked_packages
from .tool_names import checked
from .wire.channel import RunningCell

_GRACE = 0.45
_IDLE_TIMEOUT = 1.0
_MAX_FIELD = 4_000
_MAX_COUNT = 1 << 53
_LOST = "all variables are lost; context and tools are back"


async def _nobody(method: str, _params: dict[str, Any]) -> Any:
    raise Refusal(f"{method} has nobody to answer it here")


class SubKernel:
    """A sub-kernel around `context` (a Document or anything that makes one).

    `memory_limit` counts from what the process holds once the context is loaded. `cell_timeout` is in seconds of the
    cell's own time: waiting for a sub-model does not count. `handler` answers the cell's requests (`llm_query`,
    `rlm_query`, `final`, ...: see `inside/tools.py`); without one only FINAL is accepted, and kept in `final`. `tools`
    are names of the user's that the code can call, which the handler answers as `tool`. `seed` and `clock` (ISO 8601)
    are those of another run, whose code is to do here what it did there; else they are chosen: see `determinism`.
    `packages` are those of "numpy" and "pandas" that the code can import, under a weaker language policy.
    Raises DocumentError, ValueError for a tool's name or a package that cannot be used, and IsolationError where this
    machine offers no operating-system layer.
    """

    def __init__(
        self,
        context: Any,
        *,
        memory_limit: str | int = "1GB",
        cell_timeout: float = 60.0,
        output_limit: int = 1_000_000,
        handler: Handler | None = None,
        tools: Sequence[ToolStub] = (),
        allow_weak_isolation: bool = False,
        seed: int | None = None,
        clock: str | None = None,
        packages: Sequence[str] = (),
    ) -> None:
        self._packages = checked_packages(packages)
        self._document = Document.of(context)
        self._memory = parse_size(memory_limit)
        self.cell_timeout = cell_timeout
        self._output_limit = output_limit
        self._handler = self._answering = handler or _nobody
        self._tools = checked(tools)
        self._allow_weak = allow_weak_isolation
        self._seed = secrets.randbits(32) if seed is None else seed & _SEED
        self._clock = clock or utc_now()
        self._began = began_at(self._clock)
        self._hash_seed: int | None = None
        self._shared: SharedBytes | None = None
        self._lock = asyncio.Lock()
        self._interrupted = asyncio.Event()
        self._report: dict[str, Any] = {}
        self._live: Process | None = None
        self._stopping: asyncio.Task[None] | None = None
        self._killed = False
        self._accepted = False
        self.final: Any = None

    @property
    def isolation(self) -> dict[str, Any]:
        """The layers in force, as the sub-kernel read them back; empty before `start`."""
        return dict(self._report)

    def isolation_report(self) -> dict[str, Any]:
        """The same, as the executor protocol calls it."""
        return self.isolation

    def determinism(self) -> Determinism:
        """What the code's random numbers, times and orders follow from, and what does not follow from anything."""
        return Determinism(seed=self._seed, clock=self._clock, hash_seed=self._hash_seed, named=named(self._hash_seed))

    @property
    def pid(self) -> int | None:
        """The sub-kernel's process, None while there is none."""
        return self._live.pid if self._live else None

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except BaseException:
            await self.kill()
            raise
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.kill()

    async def start(self) -> None:
        """Start the process and wait until it is locked down and answers."""
        if self._shared is None:
            try:
                self._shared = self._shareable().share()
            except OSError as error:
                raise IsolationError(
                    f"The document cannot be handed to a sub-kernel ({error.strerror or error}): is there too little "
                    "memory, or a limit on the size of files (ulimit -f)?"
                ) from None
        settings = {
            "memory_limit": self._memory,
            "cpu_seconds": max(3600, math.ceil(self.cell_timeout * 100)),
            "output_limit": self._output_limit,
            "tools": self._tools,
            "seed": self._seed,
            "clock": self._began,
        }
        self._killed = False
        live, report = await self._started(self._shared, settings)
        hash_seed = report.pop("hash-seed", None)
        self._hash_seed = hash_seed if type(hash_seed) is int else None
        self._report = self._reported(live, report)
        self._live = live
        if self._report.get("weak") and not self._allow_weak:
            missing = ", ".join(name for name in ("seccomp", "landlock") if not self._report.get(name))
            await self.kill()
            raise self._too_weak(missing)

    def _process(self) -> Process:
        """A process that is not started yet."""
        return Process(self._answer, self._packages)

    def _reported(self, _live: Process, report: dict[str, Any]) -> dict[str, Any]:
        """What is to be said of a process's report."""
        return report

    def _too_weak(self, missing: str) -> IsolationError:
        return IsolationError(
            f"The sandbox has no operating-system layer on this machine ({sys.platform}; missing: {missing}): the "
            "model's code would run with your rights. Use Linux with seccomp, use a sub-kernel host (subkernel_host), "
            "or accept it with allow_weak_isolation=True."
        )

    async def _started(self, shared: SharedBytes, settings: dict[str, Any]) -> tuple[Process, dict[str, Any]]:
        """A new process and its report. One that ends before it is ready is replaced once: a warm spare, say, whose
        fork server has just been stopped, and which is killed with it a moment later."""
        try:
            live = self._process()
            return live, await live.start(shared, settings)
        except StartFailed:
            live = self._process()
            return live, await live.start(shared, settings)

    async def execute(
        self,
        code: str,
        *,
        timeout: float | None = None,
        on_output: Callable[[str], None] | None = None,
        handler: Handler | None = None,
    ) -> Execution:
        """Run one cell and return what came of it; a sub-kernel that died is replaced, with `lost_state` set.

        `handler` answers this cell's requests in place of the sub-kernel's own.
        """
        if len(code) > MAX_CODE:
            too_long = f"the cell has {len(code):,} characters; {MAX_CODE:,} are the limit: let the code read `context`"
            return Execution(error=CodeError(type="SyntaxError", message=too_long))
        async with self._lock:
            await self._prepare()
            self._interrupted.clear()
            self._answering = handler or self._handler
            started = time.monotonic()
            execution = await self._run(code, self.cell_timeout if timeout is None else timeout, on_output)
            if execution.lost_state and not self._killed:
                await self._replace()
            return dataclasses.replace(execution, seconds=time.monotonic() - started)

    async def revive(self) -> bool:
        """Start another process where this one has died between two cells. Returns whether it had: all variables are
        lost then."""
        async with self._lock:
            dead = self._live is not None and self._live.ended.done()
            if dead:
                await self._replace()
            return dead

    async def _prepare(self) -> None:
        """See to it that a process is there and idle."""
        if self._killed:
            raise RuntimeError("This sub-kernel has been closed: make a new one, or start() it again.")
        if self._stopping is not None:
            await asyncio.wait({self._stopping})
            self._stopping = None
        if self._live is None:
            await self.start()

    async def _run(self, code: str, timeout: float, on_output: Callable[[str], None] | None) -> Execution:
        live = self._live
        assert live is not None
        if live.ended.done():
            before = f"the sandbox ended before this cell ran ({live.reason or 'it was killed'}); {_LOST}"
            return Execution(lost_state=True, error=CodeError(type="SandboxError", message=before))
        live.server.open_cell()
        self._accepted = False
        cell = live.channel.execute(code, self._output_limit + self._output_limit // 2, on_output)
        try:
            stopped = await self._wait(live, cell, timeout)
        except asyncio.CancelledError:
            # Nobody waits for this cell any more: it is stopped behind the scenes, and the next one waits for that.
            self._stopping = asyncio.create_task(_stop(live, cell))
            raise
        finally:
            await live.server.close_cell()
        if cell.reply.done():
            await asyncio.wait({cell.idle, live.ended}, timeout=_IDLE_TIMEOUT, return_when=asyncio.FIRST_COMPLETED)
            return _read_reply(cell, stopped, timeout, self._document, self._accepted)
        await live.kill()
        return Execution(
            output="".join(cell.pieces), output_chars=cell.chars, lost_state=True, error=_death(stopped, live, timeout)
        )

    async def _wait(self, live: Process, cell: RunningCell, timeout: float) -> str:
        """Wait for the reply, the death, the deadline or an interrupt. Returns "", "timeout" or "interrupt"."""
        interrupt = asyncio.create_task(self._interrupted.wait())
        try:
            reason = await self._until(live, cell, timeout, interrupt)
            if reason:
                await live.server.close_cell()
                await _interrupt(live, cell)
            return reason
        finally:
            interrupt.cancel()

    async def _until(self, live: Process, cell: RunningCell, timeout: float, interrupt: asyncio.Task[Any]) -> str:
        remaining = timeout
        while True:
            began, was_waiting = time.monotonic(), live.server.waiting
            # While the cell waits for a sub-model its clock stands still, so the wait is cut in short pieces.
            pause = min(remaining, 0.25) if not was_waiting else 0.25
            done, _ = await asyncio.wait(
                {cell.reply, live.ended, interrupt}, timeout=pause, return_when=asyncio.FIRST_COMPLETED
            )
            if cell.reply in done or live.ended in done:
                return ""
            if interrupt in done:
                return "interrupt"
            if not (was_waiting or live.server.waiting):
                remaining -= time.monotonic() - began
            if remaining <= 0:
                return "timeout"

    async def _answer(self, method: str, params: dict[str, Any]) -> Any:
        if method == "final" and self._answering is _nobody:
            self.final, result = params.get("value"), True
        else:
            result = await self._answering(method, params)
        self._accepted = self._accepted or method == "final"
        return result

    async def _replace(self) -> None:
        await self._close_process()
        await self.start()

    async def interrupt(self) -> None:
        """Interrupt the running cell: first politely, then by replacing the sub-kernel."""
        self._interrupted.set()

    async def unchanged(self) -> bool | None:
        """Whether the bytes shared with the sub-kernel still have the document's fingerprint: they are hashed again.

        None before `start` and after `kill`.
        """
        shared = self._shared
        return None if shared is None else await asyncio.to_thread(self._shareable().unchanged, shared)

    def _shareable(self) -> Document:
        """The document as the process gets it."""
        return self._document

    async def _close_process(self) -> None:
        live, self._live = self._live, None
        if live is not None:
            await undisturbed(live.close())
        if self._stopping is not None:
            await asyncio.wait({self._stopping})
            self._stopping = None

    async def kill(self) -> None:
        """End the sub-kernel and release its memory, sockets and process."""
        self._killed = True
        await self._close_process()
        if self._shared is not None:
            self._shared.close()
            self._shared = None


async def _interrupt(live: Process, cell: RunningCell) -> None:
    """Send SIGINT, again where it was swallowed, until the cell ends or patience does."""
    for _ in range(3):
        live.interrupt()
        done, _ = await asyncio.wait({cell.reply, live.ended}, timeout=_GRACE / 3, return_when=asyncio.FIRST_COMPLETED)
        if done:
            return


async def _stop(live: Process, cell: RunningCell) -> None:
    await _interrupt(live, cell)
    if not cell.reply.done():
        await live.kill()


def _read_reply(cell: RunningCell, stopped: str, timeout: float, document: Document, accepted: bool) -> Execution:
    """Turn a reply into an execution; every field is checked, since a hostile process may have written it.

    `accepted`: whether a FINAL of this cell has been accepted here.
    """
    content = cell.reply.result()
    carried = content.get("rlm")
    extra: dict[str, Any] = carried if isinstance(carried, dict) else {}
    error = None
    if content.get("status") == "error":
        error = CodeError(
            type=_text(content.get("ename"), 100),
            message=_text(content.get("evalue"), _MAX_FIELD),
            line=_number(extra.get("error_line"), MAX_CODE),
        )
        if stopped and error.type == "KeyboardInterrupt":
            error = _stopped(stopped, timeout, error.line)
    return Execution(
        output="".join(cell.pieces),
        output_chars=max(_number(extra.get("output_chars"), _MAX_COUNT) or 0, cell.chars),
        # A forged value can hold NaN, and numbers or nesting that nothing else can show.
        value=extra.get("value") if is_json(extra.get("value")) else None,
        error=error,
        lost_state=extra.get("unusable") is True,
        finished=accepted and extra.get("finished") is True,
        variables=Variables(added=_names(extra.get("added")), changed=_names(extra.get("changed"))),
        spans=_spans(extra.get("spans"), document),
        searches=_searches(extra.get("searches"), document),
    )


def _stopped(reason: str, timeout: float, line: int | None) -> CodeError:
    if reason == "timeout":
        message = f"the cell ran longer than {timeout:g} s and was stopped; the variables made before are kept"
        return CodeError(type="TimeoutError", message=message, line=line)
    return CodeError(
        type="Interrupted", message="the cell was interrupted; the variables made before are kept", line=line
    )


def _death(stopped: str, live: Process, timeout: float) -> CodeError:
    if live.reason:
        return CodeError(type="SandboxError", message=f"the sandbox was closed because {live.reason}; {_LOST}")
    if stopped == "timeout":
        return CodeError(
            type="TimeoutError", message=f"the cell ran longer than {timeout:g} s and could not be interrupted; {_LOST}"
        )
    if stopped:
        return CodeError(type="Interrupted", message=f"the cell had to be killed; {_LOST}")
    code = live.exit_code or 0
    how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
    return CodeError(type="SandboxCrash", message=f"your code crashed the sandbox ({how}); {_LOST}")


def _text(value: Any, limit: int) -> str:
    return encodable(str(value)[:limit])


def _number(value: Any, most: int) -> int | None:
    return value if type(value) is int and 0 <= value <= most else None


def _names(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    return {_text(name, 200): _text(text, 300) for name, text in list(value.items())[:500]}


def _spans(value: Any, document: Document) -> tuple[Span, ...]:
    """What the tools say they have handed out, as far as the document has such lines."""
    lines = {text.name: text.line_count for text in document.texts} if value else {}
    made = []
    for item in value[:10_000] if isinstance(value, list) else []:
        match item:
            case [str(tool), str(source), int(first), int(last), line] if 0 < first <= last <= lines.get(source, 0):
                if tool.isidentifier() and not isinstance(first, bool):
                    where = _number(line, MAX_CODE) or None
                    made.append(Span(tool=_text(tool, 40), source=source, start_line=first, end_line=last, line=where))
    return tuple(made)


def _searches(value: Any, document: Document) -> tuple[Searched, ...]:
    """The searches that the tools say they have made, as far as the document has such texts and lines."""
    lines = {text.name: text.line_count for text in document.texts} if value else {}
    made = []
    for item in value[:1_000] if isinstance(value, list) else []:
        if not isinstance(item, dict) or not str(item.get("tool")).isidentifier():
            continue
        source, end = item.get("source"), item.get("end_source")
        if (source is not None and source not in lines) or (end is not None and end not in lines):
            continue
        made.append(
            Searched(
                tool=_text(item["tool"], 40),
                pattern=_text(item.get("pattern") or "", 200),
                source=source,
                hits=_number(item.get("hits"), _MAX_COUNT) or 0,
                line=_number(item.get("line"), MAX_CODE) or None,
                end_source=end,
                end_line=_number(item.get("end_line"), lines[end]) if end is not None else None,
            )
        )
    return tuple(made)
