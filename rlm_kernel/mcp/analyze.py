"""`analyze_document`: one run of the engine for a client, told as progress, kept as a trace."""

from __future__ import annotations

import asyncio
import json
import os
import time
from contextlib import aclosing
from typing import Any

from ..api.rlm import RLM
from ..document import Document
from ..models import Model, ModelError, resolve
from ..models.local import weights
from ..render.labels import grounding_name, grounding_rows, grounding_text
from ..render.sanitize import elide, one_line, plain, without_surrogates
from ..trace import (
    CodeStarted,
    Event,
    IterationFinished,
    IterationStarted,
    ModelWaiting,
    ReplyDelta,
    Trace,
    TraceBuilder,
)
from .jobs import Job
from .sampling import SamplingModel
from .schemas import Analysis, AnalyzeArguments, EvidenceLine, GroundedItem
from .server_settings import HEARTBEAT, ROUNDS, ServerSettings, ToolFailure

_MOST = 50
_MAX_VALUE = 200_000
_MAX_SECONDS = 600.0
_TEXT = 500
_NO_MODEL = (
    "No model is configured for analyze_document and this client offers no sampling: start the server with --model and "
    "--base-url (or RLM_MODEL, OPENAI_BASE_URL and OPENAI_API_KEY); or use load_document, grep and run_code, which "
    "need no model."
)


def configured(settings: ServerSettings) -> bool:
    """Whether the server was given a model of its own."""
    engine = RLM(**settings.engine)
    return bool(engine.model or engine.base_url or os.environ.get("RLM_MODEL") or os.environ.get("OPENAI_BASE_URL"))


def model_of(settings: ServerSettings, job: Job) -> Model | None:
    """The model to ask where none is configured: the client's, else the embedded one. None where one is configured."""
    if configured(settings):
        return None
    if job.sampling:
        return SamplingModel(job.ask)
    try:
        model = resolve()
    except ModelError:
        raise ToolFailure(_NO_MODEL) from None
    if weights.find(weights.DEFAULT) is None:
        raise ToolFailure(_NO_MODEL)
    return model


async def analyze(document: Document, arguments: AnalyzeArguments, settings: ServerSettings, job: Job) -> Trace:
    """Run, report every iteration, and give the trace; `job.stop` ends it. Raises what `RLM.stream` raises."""
    model = model_of(settings, job)
    engine: dict[str, Any] = {"max_seconds": _MAX_SECONDS} | dict(settings.engine)
    engine |= {"max_iterations": arguments.max_turns, "cell_timeout": arguments.timeout_ms / 1000}
    if model is not None:
        engine |= {"model": model}
    if isinstance(model, SamplingModel) and job.in_rounds:
        engine["max_llm_calls"] = min(ROUNDS, engine.get("max_llm_calls") or ROUNDS)
    builder = TraceBuilder()
    job.watched = True
    rlm = RLM(**engine)
    progress = _Progress(arguments.max_turns, job)
    heart = asyncio.create_task(progress.keep_beating())
    try:
        async with aclosing(rlm.stream(arguments.query, document, stop=job.stop)) as events:
            async for event in events:
                builder.feed(event)
                progress.feed(event)
    finally:
        heart.cancel()
        await asyncio.wait({heart})
    return builder.trace


class _Progress:
    """Tells the client how far a run is, in iterations; it never says what the model or the document says.

    While a model writes for long, or says nothing, it is told every few seconds that it still does.
    """

    def __init__(self, total: int, job: Job) -> None:
        self._total, self._job = total, job
        self._index = self._characters = self._beats = 0
        self._began: float | None = None

    def feed(self, event: Event) -> None:
        """Take note of an event, and tell of it."""
        match event:
            case IterationStarted():
                self._index, self._characters, self._beats = event.index, 0, 0
                self._began = time.monotonic()
                self._report(0.1, "asking the model")
            case ModelWaiting():
                self._report(0.2, one_line(event.text, 200))
            case ReplyDelta():
                self._characters += len(event.text)
            case CodeStarted():
                self._began = None
                self._report(0.5, f"running {event.code.count(chr(10)) + 1} lines of code")
            case IterationFinished():
                self._began = None
                self._report(1.0, "done")

    def beat(self) -> None:
        """Tell of a model that is at it."""
        if self._began is not None:
            self._beats += 1
            seconds = time.monotonic() - self._began
            tokens = f"about {self._characters // 4:,} tokens so far" if self._characters else "nothing so far"
            # Every report is a little further than the one before, and short of the next step.
            self._report(0.5 - 0.3 / (1 + self._beats), f"the model is at it, {tokens}, {seconds:.0f} s")

    def _report(self, part: float, what: str) -> None:
        done = self._index - 1 + part
        self._job.report(done, max(self._total, self._index), f"iteration {self._index} of {self._total}: {what}")

    async def keep_beating(self) -> None:
        """Beat until cancelled."""
        while True:
            await asyncio.sleep(HEARTBEAT)
            self.beat()


def summary(trace: Trace, address: str) -> Analysis:
    """What the client is told of a run; the trace has the rest."""
    return Analysis(
        value=_value(trace.value),
        status=trace.status,
        best_guess=trace.best_guess,
        reason=one_line(trace.reason, 600),
        evidence=[
            EvidenceLine(
                line=item.line,
                text=None if item.text is None else plain(item.text)[:_TEXT],
                place=one_line(item.place, 100),
            )
            for item in trace.evidence[:_MOST]
        ],
        grounding=[
            GroundedItem(
                item=grounding_name(row),
                verdict=row.verdict,
                words=grounding_text(row),
                source=None if row.source is None else one_line(row.source, 200),
                lines=row.lines[:20],
            )
            for row, _ in grounding_rows(trace.grounding)[:_MOST]
        ],
        notices=[one_line(notice, 400) for notice in trace.notices],
        model=one_line(trace.model, 200),
        iterations=len(trace.iterations),
        model_calls=trace.usage.calls,
        tokens=trace.usage.prompt_tokens + trace.usage.completion_tokens,
        usage_estimated=trace.usage.estimated,
        seconds=trace.seconds,
        isolation=trace.isolation_text,
        trace=address,
    )


def _value(value: Any) -> Any:
    value = without_surrogates(value)
    written = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return value if len(written) <= _MAX_VALUE else elide(written, _MAX_VALUE)
