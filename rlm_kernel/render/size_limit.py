"""A trace as JSON that fits into a saved notebook: texts elided with their size, then calls and iterations left out.

A trace may hold thousands of runs inside runs, so that it is weighed before anything of it is copied.
"""

from __future__ import annotations

from typing import Any

from ..trace import Call, Iteration, Trace, marked_copy, sealed
from .escape import elide, pretty, without_surrogates

JSON_LIMIT = 120_000
_BOUNDS = (20_000, 4_000, 1_000, 200)
_CALLS = (500, 200, 100, 50, 20, 10, 5, 2, 1, 0)
_CODE = 4_000
_WHOLE = 1 << 60
_LISTS = ("grounding", "evidence", "documents")


def bounded_json(trace: Trace, limit: int = JSON_LIMIT) -> dict[str, Any]:
    """`trace.to_dict()` of about `limit` characters at most: texts elided with their size, code as long as it fits.

    What is shortened is named under `elided`, and the copy has a digest of its own.
    """
    return dict(without_surrogates(_bounded(trace, limit).to_dict()))


def _bounded(trace: Trace, limit: int) -> Trace:
    for bound in _BOUNDS:
        if _weight(trace, limit, bound, _WHOLE, _WHOLE) <= limit:
            return marked_copy(_shortened(trace, bound, _WHOLE, _WHOLE), trace)
    bound, notices = _BOUNDS[-1], list(trace.notices)
    most = next(most for most in _CALLS if most == 0 or _weight(trace, limit, bound, _CODE, most) <= limit)
    if left := sum(max(len(turn.calls) - most, 0) for turn in trace.iterations):
        notices.append(f"{left:,} sub-calls are left out of this copy of the trace")
    turns = trace.iterations
    weights = [_weight_of_turn(turn, limit, bound, _CODE, most) for turn in turns]
    keep = min(max(int(len(turns) * limit / max(sum(weights), 1) * 0.8), 2), len(turns))
    if keep < len(turns):
        turns = turns[: (keep + 1) // 2] + turns[len(turns) - keep // 2 :]
        notices.append(f"{len(trace.iterations) - keep:,} iterations are left out of this copy of the trace")
    short = _shortened(trace.model_copy(update={"iterations": turns}), bound, _CODE, most)
    if _size(trace.value) > limit // 2:
        short.value = elide(pretty(trace.value), 4_000)
        notices.append("the value is elided in this copy of the trace")
    cut = [name for name in _LISTS if len(getattr(short, name)) > 100]
    for name in cut:
        notices.append(f"{len(getattr(short, name)) - 100:,} items of {name} are left out of this copy of the trace")
        setattr(short, name, getattr(short, name)[:100])
    short.notices = notices
    short = marked_copy(short, trace)
    if sum(_size(one.given) + _size(one.calls) for one in short.labellings) > limit // 8:
        notices.append("the labels of single texts are left out of this copy of the trace")
        short.labellings = []
        cut.append("labellings")
    if not cut:
        return short
    return sealed(short.model_copy(update={"elided": sorted({*short.elided, *cut}), "digest": trace.digest}))


def _weight(trace: Trace, limit: int, bound: int, code: int, most: int) -> int:
    """About how many characters of JSON a trace makes; it stops counting beyond the limit."""
    total = 1_000 + _size(trace.value) + 300 * sum(len(getattr(trace, name)) for name in _LISTS)
    total += sum(_size(one.given) + _size(one.calls) + 20 * len(one.checks) + 400 for one in trace.labellings)
    total += 600 * len(trace.estimates)
    for turn in trace.iterations:
        total += _weight_of_turn(turn, limit - total, bound, code, most)
        if total > limit:
            break
    return total


def _weight_of_turn(turn: Iteration, limit: int, bound: int, code: int, most: int) -> int:
    texts = sum(min(len(text), bound + 50) for text in (turn.reply, turn.reasoning, turn.output))
    total = 800 + texts + min(len(turn.code or ""), code) + 90 * len(turn.spans)
    total += sum(len(repair.before) + len(repair.after) + 50 for repair in turn.repairs)
    for call in turn.calls[:most]:
        total += 450 + min(len(call.prompt), bound + 50) + min(len(call.response or ""), bound + 50)
        total += 90 * len(call.context_spans)
        if call.trace is not None:
            total += _weight(call.trace, limit - total, bound, code, most)
        if total > limit:
            break
    return total


def _size(data: Any) -> int:
    if isinstance(data, str):
        return len(data) + 3
    if isinstance(data, dict):
        return sum(_size(key) + _size(item) + 2 for key, item in data.items())
    if isinstance(data, list):
        return sum(_size(item) + 2 for item in data)
    return 8


def _shortened(trace: Trace, bound: int, code: int, most: int) -> Trace:
    turns = []
    for turn in trace.iterations:
        texts: dict[str, Any] = {name: elide(getattr(turn, name), bound) for name in ("reply", "reasoning", "output")}
        texts["code"] = None if turn.code is None else elide(turn.code, code)
        calls = [_shortened_call(call, bound, code, most) for call in turn.calls[:most]]
        turns.append(turn.model_copy(update={"calls": calls, **texts}))
    return trace.model_copy(update={"iterations": turns, "question": elide(trace.question, bound)})


def _shortened_call(call: Call, bound: int, code: int, most: int) -> Call:
    short = {
        "prompt": elide(call.prompt, bound),
        "response": None if call.response is None else elide(call.response, bound),
        "trace": None if call.trace is None else _shortened(call.trace, bound, code, most),
    }
    return call.model_copy(update=short)
