"""How the questions of an `RLM` are asked: a run and its sub-kernel, from the document to the answer."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any

from ..document import Document
from ..engine.factory import assembled, measure, secrets_of
from ..engine.otel import observed
from ..engine.run import Run
from ..models import ModelError
from ..subkernel import IsolationError
from ..trace import Event, RunFinished, Trace, TraceBuilder
from ..trace.whole_file import write_whole
from .answer import Answer
from .start import within

if TYPE_CHECKING:
    from ..replay.fork import Fork
    from .rlm import RLM


async def complete(engine: RLM, question: str, context: Any, fork: Fork | None = None) -> Answer:
    """The answer of a run. Raises DocumentError, IsolationError, and ModelError with the partial answer."""
    builder = TraceBuilder()
    failures: list[ModelError | IsolationError] = []
    document = await read(engine, context)
    async with contextlib.aclosing(stream(engine, question, document, asyncio.Event(), failures, fork)) as events:
        async for event in events:
            builder.feed(event)
    answer = Answer(builder.trace, answer_type=engine.answer_type, engine=engine, document=document)
    for error in failures:
        error.answer = answer  # type: ignore[union-attr]
        raise error
    return answer


async def read(engine: RLM, context: Any) -> Document:
    """The context as a document. Reading and conversion may take their time: the loop goes on meanwhile."""
    if isinstance(context, Document):
        return context
    return await asyncio.to_thread(Document.of, context, max_size=engine.max_document_size)


async def forked(engine: RLM, trace: Trace, iteration: int, document: Any, code: str | None) -> tuple[Fork, Document]:
    """What a run needs to repeat another up to an iteration. Raises ForkError and ValueError."""
    from ..replay.fork import Fork, document_of

    fork = Fork.of(trace, iteration, code)
    if iteration > engine.max_iterations:
        raise ValueError(f"iteration={iteration} is beyond max_iterations={engine.max_iterations}: give more of them.")
    return fork, await asyncio.to_thread(document_of, trace, document)


async def stream(
    engine: RLM,
    question: str,
    document: Document,
    stop: asyncio.Event,
    failures: list[ModelError | IsolationError],
    fork: Fork | None = None,
) -> AsyncGenerator[Event, None]:
    """The events of a run; the error of one that fails is put into `failures`."""
    # What is recorded here beside the caller's own is only to be written to the folder of `trace_dir`.
    builder = TraceBuilder() if engine.trace_dir else None
    async with assembled(engine) as assembly:
        await measure(document)
        run = assembly.run(question, document, stop, make=Run if fork is None else fork.run)
        executor = assembly.executor(document, run.handle, None if fork is None else fork.trace.determinism)
        async with contextlib.AsyncExitStack() as stack:
            await within(stack.enter_async_context(executor), engine.max_seconds)
            events = await stack.enter_async_context(contextlib.aclosing(run.events(executor)))
            observe = stack.enter_context(observed(bool(engine.otel), lambda: secrets_of(engine)))
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
