"""The schema of a run: its events, and the trace that is built from them and from nothing else.

Events are what every face renders live; the trace is the same run at rest. Neither knows how a run is made.
JSON in and out goes through `Trace.to_json` and `Trace.from_json`; the MIME type is `MIME_TYPE`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .builder import TraceBuilder
    from .digest import content_digest, marked_copy, sealed, text_digest
    from .events import (
        CallFinished,
        CallStarted,
        CodeFinished,
        CodeStarted,
        Event,
        IterationFinished,
        IterationStarted,
        ModelWaiting,
        OutputDelta,
        ReplyDelta,
        ReplyFinished,
        RunFinished,
        RunStarted,
        SubRunEvent,
        utc_now,
    )
    from .records import (
        MIME_TYPE,
        SCHEMA,
        Call,
        CallKind,
        CodeError,
        Coverage,
        CoveredLines,
        Derivation,
        Determinism,
        DocumentInfo,
        Earlier,
        EarlierVariable,
        Evidence,
        Grounding,
        Inherited,
        Iteration,
        Parent,
        Repair,
        Request,
        Searched,
        Span,
        Status,
        Step,
        Trace,
        Variables,
        isolation_text,
    )
    from .usage import TreeUsage, Usage, UsagePart
    from .words import COVERAGE, VERDICTS, Verdict

__all__ = [
    "COVERAGE",
    "MIME_TYPE",
    "SCHEMA",
    "VERDICTS",
    "Call",
    "CallFinished",
    "CallKind",
    "CallStarted",
    "CodeError",
    "CodeFinished",
    "CodeStarted",
    "Coverage",
    "CoveredLines",
    "Derivation",
    "Determinism",
    "DocumentInfo",
    "Earlier",
    "EarlierVariable",
    "Event",
    "Evidence",
    "Grounding",
    "Inherited",
    "Iteration",
    "IterationFinished",
    "IterationStarted",
    "ModelWaiting",
    "OutputDelta",
    "Parent",
    "Repair",
    "ReplyDelta",
    "ReplyFinished",
    "Request",
    "RunFinished",
    "RunStarted",
    "Searched",
    "Span",
    "Status",
    "Step",
    "SubRunEvent",
    "Trace",
    "TraceBuilder",
    "TreeUsage",
    "Usage",
    "UsagePart",
    "Variables",
    "Verdict",
    "content_digest",
    "isolation_text",
    "marked_copy",
    "sealed",
    "text_digest",
    "utc_now",
]

_HOMES = {
    "TraceBuilder": ".builder",
    "content_digest": ".digest",
    "marked_copy": ".digest",
    "sealed": ".digest",
    "text_digest": ".digest",
    "CallFinished": ".events",
    "CallStarted": ".events",
    "CodeFinished": ".events",
    "CodeStarted": ".events",
    "Event": ".events",
    "IterationFinished": ".events",
    "IterationStarted": ".events",
    "ModelWaiting": ".events",
    "OutputDelta": ".events",
    "ReplyDelta": ".events",
    "ReplyFinished": ".events",
    "RunFinished": ".events",
    "RunStarted": ".events",
    "SubRunEvent": ".events",
    "utc_now": ".events",
    "MIME_TYPE": ".records",
    "SCHEMA": ".records",
    "Call": ".records",
    "CallKind": ".records",
    "CodeError": ".records",
    "Coverage": ".records",
    "CoveredLines": ".records",
    "Derivation": ".records",
    "Determinism": ".records",
    "DocumentInfo": ".records",
    "Earlier": ".records",
    "EarlierVariable": ".records",
    "Evidence": ".records",
    "Grounding": ".records",
    "Inherited": ".records",
    "Iteration": ".records",
    "Parent": ".records",
    "Repair": ".records",
    "Request": ".records",
    "Searched": ".records",
    "Span": ".records",
    "Status": ".records",
    "Step": ".records",
    "Trace": ".records",
    "Variables": ".records",
    "isolation_text": ".records",
    "TreeUsage": ".usage",
    "Usage": ".usage",
    "UsagePart": ".usage",
    "COVERAGE": ".words",
    "VERDICTS": ".words",
    "Verdict": ".words",
}


if not TYPE_CHECKING:  # a checker must see a name that is missing

    def __getattr__(name: str) -> Any:
        # Lazily: the schema's classes take a while, and what only shows a text, such as `rlm --help`, needs none.
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(_HOMES[name], __name__), name)
        globals()[name] = value
        return value
