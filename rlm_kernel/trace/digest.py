"""Digests of traces, and of their shortened copies: whether one is as it was made."""

from __future__ import annotations

import hashlib
import json

from .json_values import canonical
from .records import Trace


def sealed(trace: Trace) -> Trace:
    """The same trace, with its digest; of a shortened copy, with its `copy_digest`."""
    setattr(trace, "copy_digest" if trace.elided else "digest", content_digest(trace))
    return trace


def content_digest(trace: Trace) -> str:
    """The SHA-256 of a trace's content as canonical JSON, its own digest left out (of a copy, its `copy_digest`).

    Fields that have their default are left out, so that a later version with more of them gives the same; numbers are
    as a program that knows only one kind of them writes them, since notebooks are saved by browsers.
    """
    data = trace.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    data.pop("copy_digest" if trace.elided else "digest", None)
    text = json.dumps(canonical(data), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text_digest(text)


def marked_copy(short: Trace, whole: Trace) -> Trace:
    """`short`, a shortened copy of `whole`, with the names of the fields that were shortened and digests of its own;
    `whole` itself where nothing was."""
    names: set[str] = set()
    _note_shortened(short, whole, names)
    if not names:
        return short
    short.elided, short.digest = sorted(names), whole.digest
    return sealed(short)


def _note_shortened(short: Trace, whole: Trace, names: set[str]) -> None:
    fields = ("question", "value", "grounding", "evidence", "documents")
    names |= {name for name in fields if getattr(short, name) != getattr(whole, name)}
    turns = {turn.index: turn for turn in whole.iterations}
    names |= {"iterations"} if len(short.iterations) < len(whole.iterations) else set()
    for turn in short.iterations:
        before = turns[turn.index]
        texts = ("reply", "reasoning", "code", "output")
        names |= {name for name in texts if getattr(turn, name) != getattr(before, name)}
        names |= {"requests"} if len(turn.requests) < len(before.requests) else set()
        names |= {"calls"} if len(turn.calls) < len(before.calls) else set()
        calls = {call.id: call for call in before.calls}
        for call in turn.calls:
            names |= {name for name in ("prompt", "response") if getattr(call, name) != getattr(calls[call.id], name)}
            if call.trace is not None and (inner := calls[call.id].trace) is not None:
                _note_shortened(call.trace, inner, names)


def text_digest(text: str) -> str:
    """The SHA-256 of a text; half characters, and what is put in their place, count as question marks."""
    return hashlib.sha256(text.replace("\ufffd", "?").encode("utf-8", "replace")).hexdigest()
