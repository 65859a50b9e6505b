"""The view model: what every display of a run is drawn from, as JSON that a notebook can keep.

It is the trace, shortened to what a notebook should hold, and beside it under `view` what the trace alone does not
tell after it was saved:

- `value`: the value in the ordered form (see `rlm_kernel.trace.ordered`), where saving would change it;
- `whole`: of a shortened copy, how many of what the run had, as pairs such as `["iterations", 201]`;
- `calls`: pairs of an iteration's number and how many sub-calls it had, where the copy has fewer;
- `file`: of a shortened copy, the file that has the whole trace, where one was written (the setting `trace_dir`);
- `live`: of a run in progress, what its trace does not hold yet (see `rlm_kernel.notebook.live_state`).

The labextension, the widget of a live run and the HTML export draw the same model with the same code.
"""

from __future__ import annotations

from typing import Any

from ..trace import Trace
from ..trace.ordered import needs_order, ordered
from ..trace.whole_file import written_file
from .escape import without_surrogates
from .size_limit import JSON_LIMIT, bounded_json

_LARGEST_VALUE = 60_000


def view_model(
    trace: Trace, *, limit: int = JSON_LIMIT, live: dict[str, Any] | None = None, whole: bool = False
) -> dict[str, Any]:
    """The view model of a run, of about `limit` characters at most; `whole`: with nothing left out."""
    model = trace.to_dict() if whole else bounded_json(trace, limit)
    if whole:
        model = dict(without_surrogates(model))
    view: dict[str, Any] = {}
    # An elided value is a text, which needs no order.
    if model["value"] is not None and needs_order(model["value"]) and len(str(model["value"])) <= _LARGEST_VALUE:
        view["value"] = without_surrogates(ordered(trace.value))
    if not whole and (left_out := _whole(trace, model)):
        view["whole"] = left_out
        view["calls"] = _calls(trace, model)
    if not whole and model.get("elided") and (file := written_file(trace)) is not None:
        view["file"] = without_surrogates(file)
    if live is not None:
        view["live"] = live
    return model | {"view": view} if view else model


def _whole(trace: Trace, copy: dict[str, Any]) -> list[list[Any]]:
    """How many of what the run had, where the copy has fewer."""
    kept = {"iterations": len(copy["iterations"]), "sub-calls": _count(copy["iterations"])}
    had = {"iterations": len(trace.iterations), "sub-calls": _calls_of(trace)}
    for name in ("grounding", "evidence", "documents"):
        kept[name], had[name] = len(copy[name]), len(getattr(trace, name))
    return [[name, had[name]] for name in had if had[name] != kept[name]]


def _calls(trace: Trace, copy: dict[str, Any]) -> list[list[int]]:
    kept = {turn["index"]: len(turn["calls"]) for turn in copy["iterations"]}
    return [
        [turn.index, len(turn.calls)]
        for turn in trace.iterations
        if turn.index in kept and len(turn.calls) != kept[turn.index]
    ]


def _count(turns: list[dict[str, Any]]) -> int:
    calls = [call for turn in turns for call in turn["calls"]]
    return len(calls) + sum(_count(call["trace"]["iterations"]) for call in calls if call["trace"] is not None)


def _calls_of(trace: Trace) -> int:
    calls = [call for turn in trace.iterations for call in turn.calls]
    return len(calls) + sum(_calls_of(call.trace) for call in calls if call.trace is not None)
