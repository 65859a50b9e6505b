"""Runs tasks in one process: models that are shared by its runs, documents that are held once, a meter for each run.

The same code serves the process of the user and a worker of a cluster. Whatever fails is an `Outcome` with a reason.
"""

from __future__ import annotations

import asyncio
import gzip
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..api.rlm import RLM
from ..document import Document, DocumentError
from ..document.load.options import document_bytes
from ..engine.answers import type_parser
from ..engine.factory import model_of
from ..engine.prices import Prices
from ..models import Model, ModelError, resolve
from ..render.sanitize import one_line
from ..subkernel import IsolationError
from ..trace import Trace
from .content_store import ContentStore
from .ledger import Amount
from .metering import Meter, MeteredModel, OnPause
from .tasks import CampaignTask, Outcome, Unit, model_settings

INFRASTRUCTURE = frozenset({"connection", "rate-limit", "server", "worker", "sandbox"})
"""Kinds of failures that another try may not meet."""
HOPELESS = frozenset({"auth", "missing", "not-found", "recording", "quota"})
"""Kinds of failures that every other run will meet as well."""
_LONGEST_PAUSE = 300.0
GrowLease = Callable[[int, Amount], Awaitable[Amount | None]]


class Runtime:
    """The runs of one process and one campaign, on one event loop. Close it with `aclose`."""

    def __init__(self, rlm: RLM, *, folder: Path | None, grow: GrowLease, on_pause: OnPause) -> None:
        self.rlm = rlm
        self.documents = ContentStore(folder, max_size=document_bytes(rlm.max_document_size))
        self._grow = grow
        self._on_pause = on_pause
        self._prices = Prices.of(rlm.prices)
        self._models: dict[str, Model] = {}
        self._opened: list[Model] = []

    async def run(self, task: CampaignTask) -> Outcome:
        """Run one task to its end. Only a cancellation is raised, with what was spent as its `spent` and `peak`."""

        async def grow(need: Amount) -> Amount | None:
            return await self._grow(task.lease_id, need)

        meter = Meter(task.lease, self._prices, grow)
        try:
            outcome = await self._outcome(task.unit, meter)
        except asyncio.CancelledError as cancelled:
            vars(cancelled).update(spent=meter.spent, peak=meter.peak)
            raise
        return outcome

    async def aclose(self) -> None:
        """Close the models and the documents."""
        for model in self._opened:
            await model.aclose()
        self.documents.close()

    def hold(self, model: str, seconds: float) -> None:
        """Send nothing to a model for so many seconds: its endpoint has asked another process to wait."""
        for mine in self._opened:
            if mine.name == model and (hold := getattr(mine, "hold", None)) is not None:
                hold(min(seconds, _LONGEST_PAUSE))

    def model_named(self, setting: Any, window: int | None) -> Model:
        """The model of a setting: made once, and shared by all runs of this process. Raises ModelError."""
        if setting is not None and not isinstance(setting, str):
            return resolve(setting)
        key = f"{setting} {window}"
        if key not in self._models:
            self._models[key] = model_of(self.rlm, setting, window)
            self._opened.append(self._models[key])
        return self._models[key]

    async def _outcome(self, unit: Unit, meter: Meter) -> Outcome:
        trace: Trace | None = None
        kind, reason, fatal, fatal_kind = "", "", "", ""
        try:
            async with self.documents.document(unit.document) as document:
                trace, kind = await self._ask(unit, document, meter)
        except DocumentError as error:
            kind, reason = "document", str(error)
        except IsolationError as error:
            kind, reason, fatal, fatal_kind = "isolation", str(error), str(error), "isolation"
        except ModelError as error:
            kind, reason = kind_of(error), str(error)
        except (OSError, RuntimeError) as error:
            # No more processes, no more memory, a sub-kernel that died before it could tell.
            kind, reason = "sandbox", f"{type(error).__name__}: {error}"
        except Exception as error:  # one document must not end the campaign about ten thousand
            kind, reason = "internal", f"{type(error).__name__}: {error}"
        if kind in HOPELESS:
            fatal, fatal_kind = reason or (trace.reason if trace is not None else kind), kind
        if meter.unpriced:
            fatal_kind = "unpriced"
            fatal = (
                f"max_cost is set, and nobody knows what a call of {meter.unpriced!r} costs: give its price "
                "(prices={...}, --price), or leave max_cost out."
            )
        if meter.refused:
            kind = "campaign-limit"
        body, suffix = (b"", "") if trace is None else await asyncio.to_thread(compressed, trace)
        return Outcome(
            fields=row_fields(trace, kind=kind, reason=one_line(reason, 600), meter=meter),
            trace=body or None,
            suffix=suffix,
            spent=asdict(meter.spent),
            peak=asdict(meter.peak),
            fatal=one_line(fatal, 600),
            fatal_kind=fatal_kind,
        )

    async def _ask(self, unit: Unit, document: Document, meter: Meter) -> tuple[Trace, str]:
        rlm = self.rlm
        overrides: dict[str, Any] = {"seed": unit.seed}
        for name in model_settings():
            setting = getattr(rlm, name)
            if setting is not None or name == "model":
                window = rlm.sub_context_window if name == "sub_model" else None
                inner = self.model_named(setting, window or rlm.context_window)
                overrides[name] = MeteredModel(inner, meter, self._on_pause)
        answer_type = type_parser.parse(unit.question.type, {}) if unit.question.type else None
        try:
            answer = await rlm.acompletion(unit.question.question, document, answer_type=answer_type, **overrides)
        except ModelError as error:
            partial = getattr(error, "answer", None)
            if partial is None:
                raise
            return partial.trace, kind_of(error)
        return answer.trace, ""


def kind_of(error: ModelError) -> str:
    """The kind of a failure, where one that would only be met again has a word of its own: `refused` is a request that
    the endpoint does not take, `quota` one that it takes no more."""
    if error.retryable:
        return error.kind
    return {"server": "refused", "rate-limit": "quota"}.get(error.kind, error.kind)


def compressed(trace: Trace) -> tuple[bytes, str]:
    """A trace's JSON, compressed: `.json.zst`, or `.json.gz` where zstandard is not installed."""
    text = trace.to_json().encode("utf-8", "replace")
    try:
        import zstandard
    except ImportError:
        return gzip.compress(text, 6, mtime=0), ".json.gz"
    return zstandard.ZstdCompressor(level=6).compress(text), ".json.zst"


def row_fields(trace: Trace | None, *, kind: str, reason: str, meter: Meter) -> dict[str, Any]:
    """What a row holds of a run; what was spent is what was really sent."""
    usage = meter.usage
    spent = {
        "calls": usage.calls,
        "retries": usage.retries,
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "cached_tokens": usage.cached_tokens,
        "cost": usage.cost,
    }
    if trace is None:
        return spent | {"status": "failed", "kind": kind, "reason": reason}
    coverage = trace.coverage
    shares = {} if coverage is None else {name: getattr(coverage, name) for name in _SHARES}
    return spent | {
        "value": trace.value,
        "status": trace.status,
        "best_guess": trace.best_guess,
        "kind": kind,
        "reason": trace.reason or reason,
        "verdicts": dict(Counter(item.verdict for item in trace.grounding)),
        "coverage": shares,
        "iterations": len(trace.iterations),
        "seconds": trace.seconds,
        "started": trace.started,
        "fingerprint": trace.fingerprint,
        "trace_digest": trace.digest,
    }


_SHARES = ("searched", "scanned", "shown", "sent", "untouched")
