"""A run as a log of Inspect (`inspect_ai`), which `inspect view` opens. It runs nothing, and writes nothing.

The log is made of Inspect's own classes. It says what the trace says: what a trace does not hold (scores, a system
prompt, why a model stopped) is left empty. Texts stay data, and what has the shape of a key is replaced in them.
"""

from __future__ import annotations

import importlib
import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from ..models.keys import without_key_shapes
from ..trace import Call, Iteration, Trace, TreeUsage, Usage
from ..trace.json_values import encodable, with_texts

_NEEDED = "A log of Inspect needs the package inspect_ai: pip install 'rlm-kernel[inspect]'."
_LOG_STATUS = {"answered": "success", "running": "started", "stopped": "cancelled"}
_TOLD = "status reason value best_guess notices evidence grounding confidence verification estimates settings isolation"
_TOLD += " usage fingerprint unchanged digest elided"
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)  # Inspect's events must have a time, and a trace may have none
_OF_CODE = {"executed", "lost_state", "output_chars", "repairs", "variables", "searches", "spans"}


def inspect_log(trace: Trace) -> Any:
    """The run as an `inspect_ai.log.EvalLog` of one sample; only a run with the status `answered` is a success.

    Raises ValueError where Inspect is not installed.
    """
    classes = _classes()
    trace = Trace.model_validate(with_texts(trace.to_dict(), lambda text: without_key_shapes(encodable(text))))
    told = trace.model_dump(mode="json", include={*_TOLD.split()})
    told |= {"coverage": trace.coverage.text if trace.coverage is not None else None}
    told |= {"documents": [one.model_dump(include={"name", "sha256", "chars", "lines"}) for one in trace.documents]}
    spent: dict[str, Any] = {}
    for part in trace.usage.parts or TreeUsage.of(trace.calls).parts:
        spent[part.model] = spent.get(part.model, classes.ModelUsage()) + _usage(classes, part)
    events = _Events(classes, trace)
    messages = events.run(trace)
    answered = trace.status == "answered"
    why = ": ".join(filter(None, (trace.status, trace.reason)))
    error = None if answered else classes.EvalError(message=why, traceback="", traceback_ansi="")
    value = trace.value if isinstance(trace.value, str) else json.dumps(trace.value, ensure_ascii=False)
    times = {}
    if (started := _at(trace, 0.0)) != _NEVER:
        times = {"started_at": started.isoformat()}
        times |= {"completed_at": _at(trace, trace.seconds).isoformat()} if trace.status != "running" else {}
    said = [_choice(classes, trace.model, value)] if answered or trace.value is not None else []
    output = classes.ModelOutput(model=trace.model, choices=said)
    run = {"input": trace.question, "messages": messages, "events": events.made, "metadata": told, "error": error}
    run |= {"model_usage": spent, "total_time": trace.seconds, "uuid": trace.digest or None} | times
    sample = classes.EvalSample(id=1, epoch=1, target="", output=output, **run)
    made = {"created": _at(trace, 0.0).isoformat(), "model": trace.model, "packages": trace.versions}
    made |= dict.fromkeys(("task_id", "run_id", "eval_id"), trace.digest)
    made |= {"dataset": classes.EvalDataset(samples=1), "config": classes.EvalConfig()}
    spec, stats = classes.EvalSpec(task="rlm-kernel", **made), classes.EvalStats(model_usage=spent, **times)
    results = classes.EvalResults(total_samples=1, completed_samples=int(answered))
    status = _LOG_STATUS.get(trace.status, "error")
    return classes.EvalLog(status=status, eval=spec, results=results, stats=stats, error=error, samples=[sample])


class _Events:
    """The events of a run and of those below it, in their order."""

    def __init__(self, classes: Any, root: Trace) -> None:
        self.classes, self.made = classes, list[Any]()
        self._root, self._began = root, 0.0

    def run(self, trace: Trace, span: str | None = None) -> list[Any]:
        """Add those of one run; its conversation, as far as the trace holds it."""
        messages = [self.classes.ChatMessageUser(content=trace.question)]
        for turn in trace.iterations:
            inner = f"{span or 'run'}/{turn.index}"
            place = {"id": inner, "parent_id": span, "name": f"iteration {turn.index}"}
            self._add("SpanBeginEvent", turn.started, inner, **place)
            reply = _choice(self.classes, trace.model, turn.reply, turn, f"{inner}/code")
            # A reply that never came is none.
            said = [reply] if turn.reply or turn.reasoning or turn.code is not None else []
            self._model(trace.model, turn.started, inner, [*messages], said, turn.cached, turn.model_usage)
            messages += [choice.message for choice in said]
            if turn.code is not None:
                # The trace does not tell when the code began: it is put at the end of the reply.
                messages.append(self._tool(turn, inner))
            for call in turn.calls:
                self._call(call, inner)
            messages += [self.classes.ChatMessageUser(content="\n".join(turn.notes))] if turn.notes else []
            self._add("SpanEndEvent", turn.started + turn.seconds, inner, id=inner)
        data = trace.model_dump(mode="json", include={"status", "reason", "value", "best_guess"})
        self._add("InfoEvent", trace.seconds, span, source="rlm-kernel", data=data)
        return messages

    def _call(self, call: Call, span: str) -> None:
        inner, told = f"call-{call.id}", {"note": call.note, "error": call.error, "kind": call.kind}
        if call.trace is not None:
            place = {"id": inner, "parent_id": span, "name": call.kind, "type": "agent", "metadata": told}
            self._add("SpanBeginEvent", call.started, inner, **place)
            # The times of a sub-run count from its own beginning, of which its trace has no fractions of seconds.
            began, self._began = self._began, self._began + call.started
            self.run(call.trace, inner)
            self._began = began
            self._add("SpanEndEvent", call.started + call.seconds, inner, id=inner)
        elif call.kind == "tool":
            error = self.classes.ToolCallError("unknown", call.error) if call.error is not None else None
            fields = {"id": inner, "function": call.name, "arguments": {"arguments": call.prompt}, "error": error}
            fields |= {"result": call.response or "", "completed": self._at(call.started + call.seconds)}
            self._add("ToolEvent", call.started, span, metadata=told, **fields)
        else:
            asked = [self.classes.ChatMessageUser(content=call.prompt)]
            said = [] if call.response is None else [_choice(self.classes, call.model, call.response)]
            more = {"role": "sub-model", "error": call.error, "metadata": told}
            self._model(call.model, call.started, span, asked, said, call.cached, call.usage, **more)

    def _tool(self, turn: Iteration, span: str) -> Any:
        words = f"{turn.error.type}: {turn.error.message}" if turn.error is not None else ""
        error = self.classes.ToolCallError("unknown", words) if words else None
        name = {"function": "python", "error": error}
        message = self.classes.ChatMessageTool(content=turn.output, tool_call_id=f"{span}/code", **name)
        name |= {"id": f"{span}/code", "message_id": message.id, "arguments": {"code": turn.code}}
        name |= {"result": turn.output, "completed": self._at(turn.started + turn.seconds)}
        told = turn.model_dump(mode="json", include=_OF_CODE)
        self._add("ToolEvent", turn.started + turn.model_usage.seconds, span, metadata=told, **name)
        return message

    def _model(
        self, name: str, started: float, span: str, asked: Any, said: Any, cached: bool, usage: Usage, **more: Any
    ) -> None:
        spent = _usage(self.classes, usage) if usage.calls else None
        output = self.classes.ModelOutput(model=name, choices=said, usage=spent, time=usage.seconds)
        more = {"model": name, "retries": usage.retries or None, "cache": "read" if cached else None} | more
        more |= {"tools": [], "tool_choice": "none", "config": self.classes.GenerateConfig()}
        done = self._at(started + usage.seconds)
        self._add("ModelEvent", started, span, input=asked, output=output, completed=done, **more)

    def _at(self, seconds: float) -> datetime:
        return _at(self._root, self._began + seconds)

    def _add(self, kind: str, seconds: float, span: str | None, **fields: Any) -> None:
        fields |= {"timestamp": self._at(seconds), "working_start": self._began + seconds, "span_id": span}
        self.made.append(getattr(self.classes, kind)(**fields))


def _choice(classes: Any, model: str, text: str, turn: Iteration | None = None, code_id: str = "") -> Any:
    content: Any = text
    calls = None
    if turn is not None and turn.reasoning:
        content = [classes.ContentReasoning(reasoning=turn.reasoning), classes.ContentText(text=text)]
    if turn is not None and turn.code is not None:
        calls = [classes.ToolCall(id=code_id, function="python", arguments={"code": turn.code})]
    message = classes.ChatMessageAssistant(content=content, tool_calls=calls, model=model)
    return classes.ChatCompletionChoice(message=message, stop_reason="unknown")


def _usage(classes: Any, usage: Usage) -> Any:
    """Inspect counts the tokens of an endpoint's own cache apart from the others."""
    cached, total = usage.cached_tokens, usage.prompt_tokens + usage.completion_tokens
    read = {"input_tokens": usage.prompt_tokens - cached, "input_tokens_cache_read": cached}
    return classes.ModelUsage(output_tokens=usage.completion_tokens, total_tokens=total, **read)


def _at(trace: Trace, seconds: float) -> datetime:
    """The time so many seconds after the run began; 1970 where the trace does not tell when that was."""
    try:
        started = datetime.fromisoformat(trace.started)
        return started.replace(tzinfo=started.tzinfo or UTC) + timedelta(seconds=seconds)
    except (ValueError, OverflowError):
        return _NEVER


def _classes() -> Any:
    """The classes of Inspect by their names. It is large: it is loaded here, and by nothing else."""
    try:
        modules = [importlib.import_module(f"inspect_ai.{name}") for name in ("log", "event", "model", "tool")]
    except ImportError:
        raise ValueError(_NEEDED) from None
    return SimpleNamespace(**{name: value for module in modules for name, value in vars(module).items()})
