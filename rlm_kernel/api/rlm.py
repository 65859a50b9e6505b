"""RLM: the one face of the engine that the notebook, the command line and other programs use."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import importlib
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, Unpack, overload

from ..document import Document
from ..engine.blocking import run_blocking
from ..engine.factory import assembled, model_of, secrets_of
from ..engine.otel import observed
from ..engine.run import Run
from ..engine.settings import Settings, all_settings, check_question
from ..models import ModelError
from ..subkernel import IsolationError, prepare
from ..trace import Event, RunFinished, Trace, TraceBuilder
from ..trace.whole_file import write_whole
from .answer import Answer
from .session import Session
from .start import within

if TYPE_CHECKING:
    from ..engine.setting_types import Overrides
    from ..replay.fork import Fork

T = TypeVar("T")
__all__ = ["RLM", "Answer", "describe"]


class RLM(Settings):
    """Answers questions about a context by letting a model program the answer in a sandbox.

    Every setting is a trait: an argument here, `c.RLM.<name>` in a configuration file, an override of one call. The
    limits hold for a whole run tree. `Settings` and docs/settings.md say what each means.
    """

    @overload
    def completion(
        self, question: str, context: Any, *, answer_type: type[T], **overrides: Unpack[Overrides]
    ) -> Answer[T]: ...

    @overload
    def completion(
        self, question: str, context: Any, *, answer_type: Any = None, **overrides: Unpack[Overrides]
    ) -> Answer[Any]: ...

    def completion(
        self, question: str, context: Any, *, answer_type: Any = None, **overrides: Unpack[Overrides]
    ) -> Answer[Any]:
        """Answer a question about a context and return when done; works also where an event loop is running.

        Raises DocumentError, IsolationError, and ModelError (with the partial answer in `.answer`).
        """
        ask = functools.partial(self.acompletion, question, context, answer_type=answer_type, **overrides)
        return run_blocking(ask)

    @overload
    async def acompletion(
        self, question: str, context: Any, *, answer_type: type[T], **overrides: Unpack[Overrides]
    ) -> Answer[T]: ...

    @overload
    async def acompletion(
        self, question: str, context: Any, *, answer_type: Any = None, **overrides: Unpack[Overrides]
    ) -> Answer[Any]: ...

    async def acompletion(
        self, question: str, context: Any, *, answer_type: Any = None, **overrides: Unpack[Overrides]
    ) -> Answer[Any]:
        """`completion` for callers that are async themselves."""
        here = self.replaced(_with_type(overrides, answer_type))
        return await here._complete(question, context)

    async def _complete(self, question: str, context: Any, fork: Fork | None = None) -> Answer:
        builder = TraceBuilder()
        failures: list[ModelError | IsolationError] = []
        document = await self._read(question, context)
        async with contextlib.aclosing(self._stream(question, document, asyncio.Event(), failures, fork)) as events:
            async for event in events:
                builder.feed(event)
        answer = Answer(builder.trace, answer_type=self.answer_type, engine=self, document=document)
        for error in failures:
            error.answer = answer  # type: ignore[union-attr]
            raise error
        return answer

    def fork(self, trace: Trace, iteration: int, document: Any = None, **options: Any) -> Answer:
        """`afork` for callers that are not async; works also where an event loop is running."""
        ask = functools.partial(self.afork, trace, iteration, document, **options)
        return run_blocking(ask)

    async def afork(
        self,
        trace: Trace,
        iteration: int,
        document: Any = None,
        *,
        code: str | None = None,
        question: str | None = None,
        **overrides: Unpack[Overrides],
    ) -> Answer:
        """A run that repeats the iterations of another before `iteration`, without a model, then runs `code` (None: the
        model is asked), and goes on with the model.

        `question` is another question from there on; `document` as in `replay.areplay`. The trace names its `parent`.
        Raises ForkError (a ValueError) where the iterations do not come as they were recorded, and as `acompletion`.
        """
        here, fork, document = await self._forked(trace, iteration, document, code, overrides)
        return await here._complete(question or trace.question, document, fork)

    async def stream_fork(
        self,
        trace: Trace,
        iteration: int,
        document: Any = None,
        *,
        code: str | None = None,
        question: str | None = None,
        stop: asyncio.Event | None = None,
        **overrides: Unpack[Overrides],
    ) -> AsyncGenerator[Event, None]:
        """The events of `afork`'s run; `stop` as in `stream`."""
        here, fork, document = await self._forked(trace, iteration, document, code, overrides)
        asked = question or trace.question
        stream = here._stream(asked, document, stop or asyncio.Event(), [], fork)
        async with contextlib.aclosing(stream) as events:
            async for event in events:
                yield event

    async def _forked(
        self, trace: Trace, iteration: int, document: Any, code: str | None, overrides: Overrides
    ) -> tuple[RLM, Fork, Document]:
        from ..replay.fork import Fork, document_of

        here, fork = self.replaced(overrides), Fork.of(trace, iteration, code)
        if iteration > here.max_iterations:
            raise ValueError(
                f"iteration={iteration} is beyond max_iterations={here.max_iterations}: give more of them."
            )
        return here, fork, await asyncio.to_thread(document_of, trace, document)

    async def stream(
        self,
        question: str,
        context: Any,
        *,
        answer_type: Any = None,
        stop: asyncio.Event | None = None,
        **overrides: Unpack[Overrides],
    ) -> AsyncGenerator[Event, None]:
        """The events of a run, from RunStarted to RunFinished. Setting `stop` ends it soon, gracefully.

        Raises ValueError (an empty question, an unknown setting), TraitError (a setting's value), DocumentError,
        ModelError (no model configured) and IsolationError before the first event; a model that fails later ends the
        run as `failed`.
        """
        here = self.replaced(_with_type(overrides, answer_type))
        document = await here._read(question, context)
        async with contextlib.aclosing(here._stream(question, document, stop or asyncio.Event(), [])) as events:
            async for event in events:
                yield event

    async def _read(self, question: str, context: Any) -> Document:
        check_question(question)
        self.check()
        if not self.packages and self.subkernel_host is None:
            prepare()
        # Reading may take its time, as does the conversion of a file: the loop goes on meanwhile.
        if isinstance(context, Document):
            return context
        return await asyncio.to_thread(Document.of, context, max_size=self.max_document_size)

    async def _stream(
        self,
        question: str,
        document: Document,
        stop: asyncio.Event,
        failures: list[ModelError | IsolationError],
        fork: Fork | None = None,
    ) -> AsyncGenerator[Event, None]:
        """`stream` with these very settings; the error of a run that fails is put into `failures`."""
        # What is recorded here beside the caller's own is only to be written to the folder of `trace_dir`.
        builder = TraceBuilder() if self.trace_dir else None
        async with assembled(self) as assembly:
            run = assembly.run(question, document, stop, make=Run if fork is None else fork.run)
            executor = assembly.executor(document, run.handle, None if fork is None else fork.trace.determinism)
            async with contextlib.AsyncExitStack() as stack:
                await within(stack.enter_async_context(executor), self.max_seconds)
                events = await stack.enter_async_context(contextlib.aclosing(run.events(executor)))
                observe = stack.enter_context(observed(bool(self.otel), lambda: secrets_of(self)))
                async for event in events:
                    if builder is not None:
                        builder.feed(event)
                    observe(event)
                    if isinstance(event, RunFinished):
                        if builder is not None:
                            await asyncio.to_thread(write_whole, builder.trace)
                        # The sub-kernel has done its part: it must not outlive the last event.
                        await executor.kill()
                        failures += [run.error] if run.error is not None else []
                    yield event

    def map(self, questions: Any, documents: Any, *, out: str | Path, **options: Any) -> Any:
        """Ask every question about every document; rows and traces go into the folder `out`, and the same call goes on
        where it was stopped. Returns `campaign.Results`.

        `options`: `workers` or `cluster`, limits of the whole campaign (`max_llm_calls`, `max_tokens`, `max_cost`), and
        settings of each run; see `campaign.amap_documents` and docs/scale.md.
        """
        # By name: a campaign runs engines, an engine knows no campaign.
        campaign = importlib.import_module("rlm_kernel.campaign")
        return campaign.map_documents(self, questions, documents, out=out, **options)

    def session(self, context: Any) -> Session:
        """A conversation about one context: follow-up questions keep the sub-kernel's variables.

        Use it as a context manager, or close it. Raises DocumentError, ValueError, TraitError.
        """
        self.check()
        return Session(self, Document.of(context, max_size=self.max_document_size))


def _with_type(overrides: Overrides, answer_type: Any) -> dict[str, Any]:
    return dict(overrides) | ({"answer_type": answer_type} if answer_type is not None else {})


def describe(rlm: RLM) -> dict[str, Any]:
    """What a user wants to see of the settings: the model, the isolation that this machine offers, the limits."""
    from .doctor import isolation

    try:
        model: Any = model_of(rlm, rlm.model).name
    except ModelError as error:
        model = f"none: {error}"
    limits = {
        setting.name: getattr(rlm, setting.name)
        for setting in all_settings()
        if setting.config and setting.section in ("Limits", "Sandbox")
    }
    found = isolation(rlm.subkernel_host, rlm.subkernel_key)
    return {"model": model, "sub_model": rlm.sub_model or "the same", "isolation": found, **limits}
