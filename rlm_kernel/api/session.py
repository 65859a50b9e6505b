"""A conversation about one context: each question is a run of its own, in one sub-kernel whose variables stay.

A session runs on an event loop in a thread of its own, so that it can be used from any loop and from none. It keeps
the questions and answers, and tells the next run of them; the limits hold for each question anew.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextvars
import dataclasses
import os
import queue
import threading
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator
from contextlib import aclosing, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, Self, TypeVar, Unpack, cast, overload

from ..document import Document
from ..engine import grounding
from ..engine.factory import assembled, measure, secrets_of
from ..engine.loop_thread import LoopThread, bridged, forward
from ..engine.otel import observed
from ..engine.prompt import prompt
from ..engine.run import Run
from ..engine.settings import Settings, check_question
from ..engine.tools.user_tools import UserTools
from ..models import Model, ModelError, resolve
from ..render.sanitize import clean, one_line, pretty
from ..subkernel import Execution, Refusal
from ..trace import Earlier, Event, Iteration, RunFinished, RunStarted, Trace, TraceBuilder
from ..trace.whole_file import write_whole
from .answer import Answer, Forker
from .session_kernel import SessionKernel
from .start import within

if TYPE_CHECKING:
    from ..engine.factory import Assembly
    from ..engine.setting_types import Overrides
    from ..subkernel.console import Attached

_STOPPING = 5.0
_Noted = TypeVar("_Noted", RunStarted, RunFinished)
_Result = TypeVar("_Result")
_PAUSE = 0.05
_CLOSED = "This session is closed: make a new one with rlm.session(context)."
# The session whose request is being answered: what a tool of the user's asks of it would wait for the tool itself.
_answering: contextvars.ContextVar[Session | None] = contextvars.ContextVar("answering", default=None)
VISITED = (
    "Code of the user's own ran in the sandbox while this question was being answered ({count} times): without it, a "
    "replay may differ."
)


class Session:
    """Questions about one context, one after the other; made by `RLM.session`. Close it, or use it in a `with`.

    `answers` are those given so far, `document` is what all questions are about.
    """

    def __init__(self, settings: Settings, document: Document) -> None:
        self.document = document
        self.answers: list[Answer] = []
        self._settings = settings
        self._home: LoopThread | None = None
        self._opening = threading.Lock()
        self._works: set[asyncio.Task[Any]] = set()
        self._asking: asyncio.Lock | None = None
        self._kernel = SessionKernel(document, self._handle)
        self._run: Run | None = None
        self._closed = False
        self._visits = 0
        self._recordings: dict[str, Model] = {}
        self._attached: Attached | None = None

    @property
    def isolation(self) -> dict[str, Any]:
        """The layers around the sub-kernel, as it read them back; empty before the first question."""
        return self._kernel.executor.isolation if self._kernel.executor is not None else {}

    @property
    def variables(self) -> dict[str, str]:
        """The sub-kernel's variables: name -> a short description."""
        return dict(self._kernel.variables)

    async def stream(
        self,
        question: str,
        *,
        answer_type: Any = None,
        stop: asyncio.Event | None = None,
        **overrides: Unpack[Overrides],
    ) -> AsyncGenerator[Event, None]:
        """The events of the run that answers a follow-up question; as `RLM.stream`."""
        async with aclosing(self._stream(question, answer_type, stop, overrides, [])) as events:
            async for event in events:
                yield event

    async def _stream(
        self,
        question: str,
        answer_type: Any,
        stop: asyncio.Event | None,
        overrides: Overrides,
        answers: list[Answer],
    ) -> AsyncGenerator[Event, None]:
        """`stream`; the answer is put into `answers`."""
        asked = self._asked(question, answer_type, overrides, asyncio.get_running_loop())
        loop, queue = asyncio.get_running_loop(), asyncio.Queue[Any]()
        inner = asyncio.Event()
        home = self._at_home()

        def put(item: Any) -> None:
            loop.call_soon_threadsafe(queue.put_nowait, item)

        work = self._submit(self._ended(self._ask(asked, inner, put), put, answers))
        watching = asyncio.create_task(forward(stop, home.loop, inner)) if stop is not None else None
        ended = False
        try:
            while not isinstance(item := await queue.get(), _End):
                yield item
            ended = True
            if item.error is not None:
                raise item.error
        finally:
            if watching is not None:
                watching.cancel()
            if not ended:
                work.cancel()
                while not isinstance(await queue.get(), _End):
                    pass

    @overload
    async def acompletion(
        self, question: str, *, answer_type: type[_Result], **overrides: Unpack[Overrides]
    ) -> Answer[_Result]: ...

    @overload
    async def acompletion(
        self, question: str, *, answer_type: Any = None, **overrides: Unpack[Overrides]
    ) -> Answer[Any]: ...

    async def acompletion(
        self, question: str, *, answer_type: Any = None, **overrides: Unpack[Overrides]
    ) -> Answer[Any]:
        """The answer to a follow-up question. Raises as `RLM.acompletion`."""
        answers: list[Answer] = []
        async with aclosing(self._stream(question, answer_type, None, overrides, answers)) as events:
            async for _ in events:
                pass
        return _unless_failed(answers[0])

    @overload
    def completion(
        self, question: str, *, answer_type: type[_Result], **overrides: Unpack[Overrides]
    ) -> Answer[_Result]: ...

    @overload
    def completion(self, question: str, *, answer_type: Any = None, **overrides: Unpack[Overrides]) -> Answer[Any]: ...

    def completion(self, question: str, *, answer_type: Any = None, **overrides: Unpack[Overrides]) -> Answer[Any]:
        """`acompletion` for callers that are not async; works also where an event loop is running."""
        asked, stop = self._asked(question, answer_type, overrides, None), asyncio.Event()
        home = self._at_home()
        work = self._submit(self._ask(asked, stop, lambda _event: None))
        try:
            answer = work.result()
        except KeyboardInterrupt:
            home.loop.call_soon_threadsafe(stop.set)
            concurrent.futures.wait([work], timeout=_STOPPING)
            work.cancel()
            raise
        return _unless_failed(answer)

    async def execute(self, code: str, *, on_output: Callable[[str], None] | None = None) -> Execution:
        """Run code of the user's own in the sub-kernel, under the same policy. Sub-models cannot be asked from it.

        While a question is being answered, it runs between two blocks of the model's; the trace says so.
        """
        loop = asyncio.get_running_loop()

        def pass_on(text: str) -> None:
            if on_output is not None:
                loop.call_soon_threadsafe(on_output, text)

        return await asyncio.wrap_future(self._submit(self._execute(code, pass_on)))

    def run_code(self, code: str, *, on_output: Callable[[str], None] | None = None) -> Execution:
        """`execute` for callers that are not async. `on_output` is called in this thread.

        KeyboardInterrupt interrupts the code and is not raised: the execution's error has the type `Interrupted`.
        """
        pieces: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        home = self._at_home()
        work = self._submit(self._execute(code, pieces.put))
        work.add_done_callback(lambda _: pieces.put(None))
        while True:
            try:
                # With a timeout, since nothing wakes a wait without one for a signal on some systems.
                piece = pieces.get(timeout=_PAUSE)
                if piece is None:
                    return work.result()
                if on_output is not None:
                    on_output(piece)
            except queue.Empty:
                continue
            except KeyboardInterrupt:
                if self._kernel.executor is not None:
                    home.submit(self._kernel.executor.interrupt())

    def attach(self) -> Attached:
        """Open a way for other Jupyter clients into the sub-kernel, under the same policy; see `Attached`.

        Opening twice gives the same one. It is closed with the session, or by its own `close`.
        """
        from ..subkernel.console import Attached

        if self._attached is None or self._attached.closed:
            self._attached = Attached(self, self._at_home().loop, clean)
            self._attached.open()
        return self._attached

    def detach(self) -> None:
        """Close what `attach` has opened."""
        if self._attached is not None:
            self._attached.close()

    def variable(self, name: str) -> Any:
        """A variable of the sub-kernel as JSON data. Raises ValueError where there is none, or it is no such data."""
        return self._submit(self._variable(name)).result()

    async def avariable(self, name: str) -> Any:
        """`variable` for callers that are async themselves."""
        return await asyncio.wrap_future(self._submit(self._variable(name)))

    async def _variable(self, name: str) -> Any:
        if not name.isidentifier():
            raise ValueError(f"{name!r} is not a variable's name.")
        if name not in self._kernel.variables:
            names = ", ".join(self._kernel.variables) or "none yet"
            raise ValueError(f"The sub-kernel has no variable {name!r}. It has: {names}.")
        done = await self._execute(name, lambda _text: None)
        if done.error is not None:
            raise ValueError(f"{name!r} cannot be read: {done.error.message}")
        if done.value is None and done.output:
            raise ValueError(
                f"{name!r} is no JSON data ({self._kernel.variables[name]}), or too much of it to be fetched."
            )
        return done.value

    async def interrupt(self) -> None:
        """Interrupt the code that is running."""
        home = self._home
        if self._kernel.executor is not None and home is not None:
            await asyncio.wrap_future(home.submit(self._kernel.executor.interrupt()))

    async def aclose(self) -> None:
        """End the sub-kernel. May be called twice."""
        await asyncio.to_thread(self.close)

    def close(self) -> None:
        """End the sub-kernel. May be called twice. Whoever waits for an answer gets a ValueError."""
        self._refuse_itself()
        with self._opening:
            self._closed = True
            home, self._home = self._home, None
        if home is not None:
            self.detach()
            home.submit(self._end()).result()
            home.end()

    async def _end(self) -> None:
        works = list(self._works)
        for work in works:
            work.cancel()
        if works:
            await asyncio.wait(works)
        await self._kernel.kill()

    @contextmanager
    def _working(self) -> Iterator[None]:
        """What runs in this is cancelled when the session is closed, and is told so. Raises ValueError then."""
        task = asyncio.current_task()
        assert task is not None
        if self._closed:
            raise ValueError(_CLOSED)
        self._works.add(task)
        try:
            yield
        except asyncio.CancelledError:
            if self._closed:
                raise ValueError("The session was closed before this was answered.") from None
            raise
        finally:
            self._works.discard(task)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.aclose()

    def _at_home(self) -> LoopThread:
        self._refuse_itself()
        with self._opening:
            return self._opened()

    def _opened(self) -> LoopThread:
        if self._closed:
            raise ValueError(_CLOSED)
        if self._home is None:
            self._home = LoopThread("rlm-session")
        return self._home

    def _submit(self, work: Coroutine[Any, Any, _Result]) -> concurrent.futures.Future[_Result]:
        """Begin something at home. Raises ValueError."""
        try:
            self._refuse_itself()
            with self._opening:  # or it might be closed in between
                return self._opened().submit(work)
        except BaseException:
            work.close()
            raise

    def _refuse_itself(self) -> None:
        if _answering.get() is self:
            raise ValueError(
                "This session waits for the tool that asks it: let the tool use a session of its own, or an RLM."
            )

    def _asked(
        self, question: str, answer_type: Any, overrides: Overrides, loop: asyncio.AbstractEventLoop | None
    ) -> _Asked:
        """The question with its settings. Raises ValueError, TraitError."""
        check_question(question)
        here = self._settings.replaced(
            dict(overrides) | ({"answer_type": answer_type} if answer_type is not None else {})
        )
        here.check()
        name = here.model if here.model is not None else os.environ.get("RLM_MODEL")
        if isinstance(name, str) and name.startswith("recorded:"):
            # A recording of a conversation goes on from one question to the next.
            here.model = self._recordings[name] = self._recordings.get(name) or resolve(name)
        engine = here.replaced({})
        if loop is not None:
            # Callbacks of the user's run on the loop of the user's.
            here.review, here.on_large_batch = bridged(here.review, loop), bridged(here.on_large_batch, loop)
        return _Asked(question, here, cast(Forker, engine))

    def _answer(self, trace: Trace, asked: _Asked) -> Answer:
        return Answer(
            trace,
            answer_type=asked.settings.answer_type,
            document=self.document,
            engine=asked.engine,
            variable=self.variable,
            earlier=[answer.trace for answer in self.answers],
        )

    async def _ended(
        self, work: Coroutine[Any, Any, Answer], put: Callable[[Any], None], answers: list[Answer]
    ) -> None:
        error: BaseException | None = None
        try:
            answers.append(await work)
        except asyncio.CancelledError:
            raise
        except Exception as failure:  # raised again where the caller is
            error = failure
        finally:
            put(_End(error))

    async def _ask(self, asked: _Asked, stop: asyncio.Event, put: Callable[[Event], None]) -> Answer:
        with self._working():
            async with self._lock(), assembled(asked.settings) as assembly:
                return await self._answered(assembly, asked, stop, put)

    async def _answered(
        self, assembly: Assembly, asked: _Asked, stop: asyncio.Event, put: Callable[[Event], None]
    ) -> Answer:
        executor = await within(self._kernel.ready(asked.settings), asked.settings.max_seconds)
        self._visits = 0
        await measure(self.document)
        run = assembly.run(asked.question, self.document, stop, earlier=self._digest(), before=self._kernel.before)
        builder = TraceBuilder()
        self._run = run
        try:
            settings = asked.settings
            async with aclosing(run.events(executor)) as events:
                with observed(bool(settings.otel), lambda: secrets_of(settings)) as observe:
                    async for event in events:
                        observe(event)
                        if isinstance(event, RunStarted) and self._kernel.loss:
                            event = _noticed(event, self._kernel.loss)
                        if isinstance(event, RunFinished) and self._visits:
                            event = _noticed(event, VISITED.format(count=self._visits))
                        builder.feed(event)
                        if isinstance(event, RunFinished):
                            if settings.trace_dir:
                                await asyncio.to_thread(write_whole, builder.trace)
                            self._keep(self._answer(builder.trace, asked))
                        put(event)
        finally:
            self._run = None
            if builder.trace.status == "running" and builder.trace.started:
                for cut in run.cut_off():
                    builder.feed(cut)
                self._keep(self._answer(builder.stop(), asked))
        return self.answers[-1]

    async def _execute(self, code: str, on_output: Callable[[str], None]) -> Execution:
        visiting = self._run is not None
        with self._working():
            async with nullcontext() if visiting else self._lock():
                executor = await self._kernel.live(self._settings) if not visiting else self._kernel.executor
                assert executor is not None
                done = await executor.execute(code, on_output=on_output, handler=self._own)
                self._visits += 1
                self._kernel.note(done.lost_state, done.variables.added | done.variables.changed)
                if not done.lost_state:
                    before = self._kernel.before
                    iteration = Iteration(index=1, code=code, spans=list(done.spans), error=done.error)
                    variables = grounding.rests_on(Trace(iterations=[iteration], earlier=before), self.document)
                    cells = [*before.cells, code]
                    self._kernel.before = before.model_copy(update={"cells": cells, "variables": variables})
                return done

    def _lock(self) -> asyncio.Lock:
        if self._asking is None:
            self._asking = asyncio.Lock()
        return self._asking

    async def _handle(self, method: str, params: dict[str, Any]) -> Any:
        if self._run is None:
            raise Refusal(f"{method}: no question is being answered, so there is nobody to answer this")
        _answering.set(self)
        return await self._run.handle(method, params)

    async def _own(self, method: str, params: dict[str, Any]) -> Any:
        """Answer a request of the user's own code: its tools can be called, no model can, and nothing ends a run."""
        if method == "tool":
            _answering.set(self)
            tools = self._kernel.tools or UserTools([])
            return {"value": await tools.call(params.get("name") or "", params.get("args"), params.get("kwargs"))}
        raise Refusal(f"{method}: no question is being answered by this code, so there is nobody to answer this")

    def _digest(self) -> str:
        asked = [(answer.trace.question, _outcome(answer.trace)) for answer in self.answers]
        variables, lost = self._kernel.variables, bool(self._kernel.loss)
        return prompt.digest(asked, variables, lost) if asked or variables or lost else ""

    def _keep(self, answer: Answer) -> None:
        for iteration in answer.trace.iterations:
            self._kernel.note(iteration.lost_state, iteration.variables.added | iteration.variables.changed)
        self._kernel.before = Earlier(
            digest=answer.trace.digest, variables=grounding.rests_on(answer.trace, self.document)
        )
        # The run that has just ended was told of it.
        self._kernel.loss = ""
        self.answers.append(answer)


@dataclasses.dataclass(frozen=True, slots=True)
class _Asked:
    """A question, its settings, and the engine with these settings that forks its answer."""

    question: str
    settings: Settings
    engine: Forker


class _End:
    """What a stream's queue ends with."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


def _outcome(trace: Trace) -> str:
    marked = " (a best guess)" if trace.best_guess else ""
    return one_line(pretty(trace.value), 500) + marked if trace.status in ("answered", "exhausted") else trace.status


def _noticed(event: _Noted, notice: str) -> _Noted:
    return dataclasses.replace(event, notices=(notice, *event.notices))


def _unless_failed(answer: Answer) -> Answer:
    if answer.status != "failed":
        return answer
    error = ModelError(answer.trace.reason)
    error.answer = answer  # type: ignore[attr-defined]
    raise error
