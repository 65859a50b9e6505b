"""A run as spans of OpenTelemetry, for any collector that takes them by OTLP. It reads events, and runs nothing.

The attributes are those of the GenAI semantic conventions in the version of `SCHEMA`, and OpenInference's beside them.
Texts (questions, replies, code, outputs) are left out unless `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT` is
true; keys are never in them. Where spans go is the affair of the `OTEL_*` variables, or of the program's own provider.
"""

from __future__ import annotations

import builtins
import contextlib
import functools
import logging
import os
from collections.abc import Callable, Iterator
from importlib.metadata import version
from typing import Any

from ..models.keys import without_key_shapes
from ..trace import Usage
from ..trace.events import (
    CallFinished,
    CallStarted,
    CodeFinished,
    CodeStarted,
    Event,
    IterationFinished,
    IterationStarted,
    ReplyFinished,
    RunFinished,
    RunStarted,
    SubRunEvent,
)

SCHEMA = "https://opentelemetry.io/schemas/1.38.0"
AGENT = "rlm-kernel"
_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_CONTENT = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
_NEEDED = "otel=True needs the packages of OpenTelemetry: pip install 'rlm-kernel[otel]'."
_MOST_CHARS = 20_000
_TIMEOUTS = ("OTEL_EXPORTER_OTLP_TIMEOUT", "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT")
_SECONDS = 3.0
_ERROR_TYPES = frozenset(name for name, value in vars(builtins).items() if isinstance(value, type)) | {
    *("PolicyError", "Interrupted", "cancelled", "error", "failed", "stopped"),
}
_SUB_RUNS = ("rlm_query", "rlm_query_batched")
_log = logging.getLogger(__name__)

Observe = Callable[[Event], None]


def is_on(otel: bool) -> bool:
    """Whether runs are told of, by the setting or an endpoint in the environment; never where OTEL_SDK_DISABLED is
    true, or OTEL_TRACES_EXPORTER none."""
    off = {"OTEL_SDK_DISABLED": "true", "OTEL_TRACES_EXPORTER": "none"}
    if any(os.environ.get(name, "").lower() == value for name, value in off.items()):
        return False
    return otel or any(os.environ.get(name) for name in _ENDPOINTS)


def check(otel: bool) -> None:
    """Raise ValueError where the setting asks for it, and its packages are not there."""
    if otel and is_on(otel):
        _tracer()


@contextlib.contextmanager
def observed(otel: bool, secrets: Callable[[], list[str]]) -> Iterator[Observe]:
    """What the events of one run are to be handed to. What is left open at the end was cut off. `secrets` are what no
    text may hold. Nothing that goes wrong here disturbs the run."""
    spans: RunSpans | None = None
    if is_on(otel):
        try:
            content = os.environ.get(_CONTENT, "").lower() in ("true", "1", "span_only", "span_and_event")
            spans = RunSpans(_tracer(), secrets() if content else None)
        except Exception as error:
            _log.warning("The run is not told of to OpenTelemetry: %s.", type(error).__name__)

    def observe(event: Event) -> None:
        nonlocal spans
        if spans is None:
            return
        try:
            spans.feed(event)
        except Exception as error:
            _log.warning("The rest of the run is not told of to OpenTelemetry: %s.", type(error).__name__)
            _close(spans)
            spans = None

    try:
        yield observe
    finally:
        if spans is not None:
            _close(spans)


def _close(spans: RunSpans) -> None:
    try:
        spans.close()
    except Exception as error:  # a processor of the program's own may raise anything
        _log.warning("The end of the run is not told of to OpenTelemetry: %s.", type(error).__name__)


def _tracer() -> Any:
    try:
        from opentelemetry import trace
        from opentelemetry.sdk.trace import TracerProvider
    except ImportError:
        raise ValueError(_NEEDED) from None
    provider = trace.get_tracer_provider()
    # The program's own provider, where it has one.
    if not isinstance(provider, TracerProvider):
        provider = _own_provider()
    return provider.get_tracer(AGENT, version(AGENT), schema_url=SCHEMA)


@functools.cache
def _own_provider() -> Any:
    """One for this process, which exports by OTLP over HTTP in a thread of its own, and at the end of the process."""
    from opentelemetry.sdk.resources import SERVICE_NAME, OTELResourceDetector, Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    except ImportError:
        raise ValueError(_NEEDED) from None
    named = Resource({SERVICE_NAME: AGENT}).merge(OTELResourceDetector().detect())
    provider = TracerProvider(resource=Resource.create().merge(named))
    # A collector that is not there must not hold up the end of a command for long.
    seconds = None if any(os.environ.get(name) for name in _TIMEOUTS) else _SECONDS
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(timeout=seconds)))
    return provider


def flush(seconds: float = 10.0) -> bool:
    """Send what has not been sent yet; whether that was done in time. A long-lived process need not call it."""
    try:
        from opentelemetry import trace
    except ImportError:
        return True
    provider = trace.get_tracer_provider()
    if not hasattr(provider, "force_flush"):
        provider = _own_provider()
    return bool(provider.force_flush(int(seconds * 1_000)))


class RunSpans:
    """The spans of one run, and of those below it. `secrets` None: no texts."""

    def __init__(self, tracer: Any, secrets: list[str] | None, agent: Any = None) -> None:
        self._tracer, self._secrets = tracer, secrets
        self._agent = agent
        # The span of a sub-run is that of its call, and ends with it.
        self._owns_agent = agent is None
        self._iteration: Any = None
        self._reply: Any = None
        self._cell: Any = None
        self._calls: dict[int, Any] = {}
        self._below: dict[int, RunSpans] = {}
        self._model = ""

    def feed(self, event: Event) -> None:
        """Begin or end the span that an event is about."""
        match event:
            case RunStarted():
                self._run_started(event)
            case IterationStarted():
                attributes = {"rlm.iteration": event.index, "openinference.span.kind": "CHAIN"}
                self._iteration = self._begin(f"iteration {event.index}", self._agent, attributes)
                self._reply = self._chat(self._iteration, self._model)
            case ReplyFinished():
                self._spent(self._reply, event.usage)
                self._said(self._reply, output=event.reply)
                self._ended(self._reply)
                self._reply = None
            case CodeStarted():
                self._ended(self._reply)
                self._reply = None
                attributes = {"gen_ai.tool.name": "python", "tool.name": "python"}
                self._cell = self._tool(self._iteration, "python", attributes)
                self._said(self._cell, arguments=event.code)
            case CallStarted():
                self._call_started(event)
            case SubRunEvent():
                if (below := self._below.get(event.id)) is not None:
                    below.feed(event.event)
            case CallFinished():
                self._call_finished(event)
            case CodeFinished():
                self._said(self._cell, result=event.output)
                if event.error is not None:
                    self._failed(self._cell, event.error.type)
                self._ended(self._cell)
                self._cell = None
            case IterationFinished():
                self._ended(self._iteration)
                self._iteration = None
            case RunFinished():
                self._run_finished(event)

    def close(self) -> None:
        """End what is still open: the run was cut off."""
        for below in self._below.values():
            below.close()
        still_open = [*self._calls.values(), self._cell, self._reply, self._iteration, self._agent]
        for span in still_open:
            if span is not None:
                self._failed(span, "cancelled")
                span.end()
        self._calls, self._below = {}, {}
        self._agent = self._iteration = self._reply = self._cell = None

    def _run_started(self, event: RunStarted) -> None:
        if self._agent is None:
            self._agent = self._invoke_agent(None)
        self._model = event.model
        self._set(self._agent, {"gen_ai.request.model": _name(event.model), "rlm.depth": event.depth})
        self._set(self._agent, {"rlm.documents": len(event.documents), "rlm.fingerprint": event.fingerprint})
        self._said(self._agent, asked=event.question)

    def _run_finished(self, event: RunFinished) -> None:
        for span in (self._cell, self._reply, self._iteration):
            self._ended(span)
        self._cell = self._reply = self._iteration = None
        if self._agent is None:
            return
        verdicts = [row.verdict for row in event.grounding]
        self._set(self._agent, {"rlm.status": event.status, "rlm.best_guess": event.best_guess})
        self._set(self._agent, {f"rlm.grounding.{verdict}": verdicts.count(verdict) for verdict in {*verdicts}})
        if event.coverage is not None:
            shares = event.coverage.model_dump(include={"searched", "scanned", "shown", "sent", "untouched"})
            self._set(self._agent, {f"rlm.coverage.{name}": share for name, share in shares.items()})
        self._spent(self._agent, event.usage)
        self._said(self._agent, output=event.value)
        if event.status in ("failed", "stopped"):
            self._failed(self._agent, event.status)
        if self._owns_agent:
            self._ended(self._agent)
        self._agent = None

    def _call_started(self, event: CallStarted) -> None:
        parent = self._cell or self._iteration or self._agent
        if event.kind in _SUB_RUNS:
            span = self._invoke_agent(parent)
            self._below[event.id] = RunSpans(self._tracer, self._secrets, span)
        elif event.kind == "tool":
            span = self._tool(parent, event.name, {"gen_ai.tool.name": event.name, "tool.name": event.name})
            self._said(span, arguments=event.prompt)
        else:
            span = self._chat(parent, event.model)
            self._said(span, asked=event.prompt)
        self._set(span, {"rlm.call.id": event.id, "rlm.call.kind": event.kind})
        self._calls[event.id] = span

    def _call_finished(self, event: CallFinished) -> None:
        span, below = self._calls.pop(event.call.id, None), self._below.pop(event.call.id, None)
        if span is None:
            return
        self._set(span, {"rlm.call.cached": event.call.cached})
        if event.call.error is not None and span.is_recording():
            self._failed(span, "error")
        if below is not None:
            below.close()
        elif event.call.kind == "tool":
            self._said(span, result=event.call.response)
        else:
            self._spent(span, event.call.usage)
            self._said(span, output=event.call.response)
        self._ended(span)

    def _invoke_agent(self, parent: Any) -> Any:
        attributes = {
            "gen_ai.operation.name": "invoke_agent",
            "gen_ai.provider.name": AGENT,
            "gen_ai.agent.name": AGENT,
            "openinference.span.kind": "AGENT",
        }
        return self._begin(f"invoke_agent {AGENT}", parent, attributes)

    def _chat(self, parent: Any, model: str) -> Any:
        from opentelemetry.trace import SpanKind

        attributes = {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": AGENT,
            "gen_ai.request.model": _name(model),
            "openinference.span.kind": "LLM",
            "llm.model_name": _name(model),
        }
        return self._begin(f"chat {_name(model)}", parent, attributes, SpanKind.CLIENT)

    def _tool(self, parent: Any, name: str, attributes: dict[str, Any]) -> Any:
        attributes = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.type": "function"} | attributes
        return self._begin(f"execute_tool {name}", parent, attributes | {"openinference.span.kind": "TOOL"})

    def _begin(self, name: str, parent: Any, attributes: dict[str, Any], kind: Any = None) -> Any:
        from opentelemetry import trace

        context = None if parent is None else trace.set_span_in_context(parent)
        kind = trace.SpanKind.INTERNAL if kind is None else kind
        return self._tracer.start_span(name, context=context, kind=kind, attributes=attributes)

    def _ended(self, span: Any) -> None:
        if span is not None and span.is_recording():
            span.end()

    def _failed(self, span: Any, kind: str) -> None:
        from opentelemetry.trace import Status, StatusCode

        if span is not None and span.is_recording():
            # The code of a model names its own exceptions as it likes, and a document may be in such a name.
            span.set_attribute("error.type", kind if kind in _ERROR_TYPES else "Exception")
            # The message of an error may hold a document's text.
            span.set_status(Status(StatusCode.ERROR))

    def _set(self, span: Any, attributes: dict[str, Any]) -> None:
        span.set_attributes({name: value for name, value in attributes.items() if value is not None})

    def _spent(self, span: Any, usage: Usage) -> None:
        if span is None:
            return
        attributes = {
            "gen_ai.usage.input_tokens": usage.prompt_tokens,
            "gen_ai.usage.output_tokens": usage.completion_tokens,
            "llm.token_count.prompt": usage.prompt_tokens,
            "llm.token_count.completion": usage.completion_tokens,
            "llm.token_count.total": usage.prompt_tokens + usage.completion_tokens,
            "rlm.usage.calls": usage.calls,
            "rlm.usage.cost": usage.cost,
        }
        self._set(span, attributes)

    def _said(
        self, span: Any, *, asked: Any = None, output: Any = None, arguments: Any = None, result: Any = None
    ) -> None:
        """Put texts on a span, where they are wanted at all."""
        if span is None or self._secrets is None:
            return
        attributes = {
            "input.value": asked if asked is not None else arguments,
            "output.value": output if output is not None else result,
            "gen_ai.tool.call.arguments": arguments,
            "gen_ai.tool.call.result": result,
        }
        self._set(span, {name: self._text(value) for name, value in attributes.items() if value is not None})

    def _text(self, value: Any) -> str:
        text = value if isinstance(value, str) else repr(value)
        for secret in self._secrets or ():
            text = text.replace(secret, "[redacted]")
        return without_key_shapes(text)[:_MOST_CHARS].encode("utf-8", "replace").decode()


def _name(model: str) -> str:
    return without_key_shapes(model)[:200]
