"""The texts of a labelling, found in the prompts that a trace keeps, so that it need not hold them twice."""

from __future__ import annotations

import json

from ...subkernel.inside.typed_replies import as_json
from ...trace import Call, Labelling, Trace
from .book import opening_of, schema_of_pack


def texts_of(trace: Trace, labelling: Labelling) -> list[str]:
    """Each labelled text, in order; a long one is cut where the ledger has cut it.

    Raises ValueError where this copy of the trace does not have them.
    """
    if {"calls", "prompt", "labellings", "iterations"} & set(trace.elided):
        raise ValueError("This copy of the trace does not have the labelled texts in full: give the whole trace.")
    calls = {call.id: call for turn in trace.iterations for call in turn.calls}
    texts: list[str] = []
    for call_id in labelling.calls:
        if (call := calls.get(call_id)) is None:
            raise ValueError(f"The trace names call {call_id} for a labelled text, and has no such call.")
        count = min(labelling.per_call, len(labelling.given) - len(texts))
        texts += _texts_in(call, labelling, count)
    return texts


def _texts_in(call: Call, labelling: Labelling, count: int) -> list[str]:
    opening = opening_of(labelling.labels, labelling.instructions, labelling.per_call, count)
    ending = as_json("", schema_of_pack(labelling.labels, labelling.per_call, count))
    body = call.prompt.removeprefix(opening).removesuffix(ending)
    if labelling.per_call == 1:
        return [body]
    try:
        texts = json.loads(body)
    except ValueError:
        texts = None
    if not isinstance(texts, list) or len(texts) != count:
        raise ValueError(f"The prompt of call {call.id} does not hold the {count} texts that it should.")
    return [str(text) for text in texts]
