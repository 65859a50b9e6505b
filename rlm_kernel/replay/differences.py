"""Compares a cell that ran again with what was recorded of it, and an answer with the recorded one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from ..document import Document
from ..engine.grounding import RULES, ground, row_conditions
from ..engine.grounding.absence import is_absence
from ..subkernel.base import Execution
from ..trace import CodeError, Evidence, Iteration, Trace, text_digest
from ..trace.json_values import encodable
from .recorded_replies import is_shortened
from .verdicts import Unlike, cannot, diff_of

_OUT_OF_TIME = "the cell ran longer than "


def ran_out_of_time(error: CodeError | None) -> bool:
    """Whether a cell was ended by its time limit: how far it came is a matter of the machine."""
    return error is not None and error.type == "TimeoutError" and error.message.startswith(_OUT_OF_TIME)


def compare(turn: Iteration, done: Execution, elided: Sequence[str]) -> None:
    """Raises Unlike where the two differ."""
    output = encodable(done.output)
    if ran_out_of_time(turn.error) and ran_out_of_time(done.error):
        if not (output.startswith(turn.output) or turn.output.startswith(output) or "output" in elided):
            raise _unlike(turn, "its output", turn.output, output)
        return
    if _error(turn.error) != _error(done.error) or turn.lost_state != done.lost_state:
        raise _unlike(turn, "its error", _error(turn.error), _error(done.error))
    whole = not ("output" in elided and is_shortened(turn.output))
    if text_digest(output) != turn.output_sha256 or (whole and turn.output != output):
        raise _unlike(turn, "its output", turn.output, output)
    if turn.output_chars != done.output_chars:
        raise _unlike(turn, "the length of its output", f"{turn.output_chars:,}", f"{done.output_chars:,}")
    for what, ours, theirs in (
        # Notebooks are saved with sorted keys.
        ("the variables that it added", _sorted(turn.variables.added), _sorted(done.variables.added)),
        ("the variables that it changed", _sorted(turn.variables.changed), _sorted(done.variables.changed)),
        ("the lines that it looked at", _spans(turn.spans), _spans(done.spans)),
        # Traces of 0.1.0 have none.
        ("the searches that it made", _searches(turn.searches), _searches(done.searches) if turn.searches else {}),
    ):
        # As in JSON, which has no half characters.
        recorded, came = _lines(ours), _lines(theirs)
        if recorded != came:
            raise _unlike(turn, what, recorded, came)


def compare_answer(trace: Trace, final: tuple[Any, tuple[Evidence, ...]] | None, document: Document) -> None:
    """The same of the whole run's value, its evidence, and where its items come from. Raises Unlike."""
    answered = trace.status in ("answered", "disputed", "uncertain") or trace.best_guess
    last = trace.iterations[-1].index if trace.iterations else None
    if not answered:
        if trace.value is not None or trace.evidence or final is not None:
            raise Unlike("differs", "the run is recorded to have no answer, and has one", iteration=last)
        return
    if final is None:
        raise Unlike("differs", "no code has called FINAL with the recorded answer", iteration=last)
    value, evidence = final
    if "value" in trace.elided:
        raise cannot("this copy of the trace has the answer only in part: give the whole trace")
    if not _same_value(trace, value):
        reason = "the answer"
        raise Unlike("differs", reason, iteration=last, diff=diff_of(_pretty(trace.final), _pretty(value)))
    if trace.status in ("disputed", "uncertain") or _pretty(trace.final) != _pretty(trace.value):
        # What another solve has replaced, or what is withheld, has no evidence and no items.
        return
    kept = evidence[: len(trace.evidence)] if "evidence" in trace.elided else evidence
    if not _same_evidence(trace, kept):
        ours, theirs = (_lines({f"{e.source} {e.line}": e.text for e in rows}) for rows in (trace.evidence, kept))
        raise Unlike(
            "differs", "the lines that the answer names as evidence", iteration=last, diff=diff_of(ours, theirs)
        )
    if not trace.depth and not trace.elided and trace.grounding_rules == RULES:
        # The code's own value, whose keys are in their order.
        same = _pretty(_whole(trace.value)) == _pretty(_whole(value))
        grounded = ground(value if same else trace.value, document, trace)
        ours, theirs = (
            _pretty(sorted(_pretty(row.model_dump()) for row in rows)) for rows in (trace.grounding, grounded)
        )
        if not grounded.remark and ours != theirs:
            ours, theirs = (_pretty([row.model_dump() for row in rows]) for rows in (trace.grounding, grounded))
            reason = "where the items of the answer come from"
            raise Unlike("differs", reason, iteration=last, diff=diff_of(ours, theirs))
        _compare_conditions(trace, document, last)


def _compare_conditions(trace: Trace, document: Document, last: int | None) -> None:
    from ..engine.factory import versions

    # Another version may look for other conditions.
    if trace.row_conditions is None or trace.versions.get("rlm-kernel") != versions()["rlm-kernel"]:
        return
    found = row_conditions(trace.question, document, trace, trace.value)
    ours, theirs = (_pretty([row.model_dump() for row in rows or ()]) for rows in (trace.row_conditions, found))
    if found is not None and ours != theirs:
        reason = "the conditions that rows of the answer were chosen by"
        raise Unlike("differs", reason, iteration=last, diff=diff_of(ours, theirs))


def _same_evidence(trace: Trace, evidence: Sequence[Evidence]) -> bool:
    if trace.grounding_rules < RULES and len(evidence) == len(trace.evidence):
        # 0.1.0 did not tell in which of several documents a line is, and had no text of it.
        pairs = zip(trace.evidence, evidence, strict=True)
        return all(a == b or (a.text is None and a.line == b.line) for a, b in pairs)
    return list(evidence) == trace.evidence


def _same_value(trace: Trace, value: Any) -> bool:
    if _pretty(_whole(trace.final)) == _pretty(_whole(value)):
        return True
    if not trace.settings.get("answer_type"):
        return False
    if _read(trace.final) == _read(value) or (trace.final is None and isinstance(value, str) and is_absence(value)):
        return True
    raise cannot("the answer was converted to its type, which is not here: compare it with the code's own FINAL(...)")


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _whole(value: Any) -> Any:
    """The value as a browser saves it: 2.0 is 2."""
    if isinstance(value, dict):
        return {key: _whole(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_whole(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _read(value: Any) -> Any:
    """A value without what its type has made of it: `"12"` is 12."""
    if isinstance(value, dict):
        return {key: _read(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_read(item) for item in value]
    if isinstance(value, str) and value.strip().lower() in ("true", "false"):
        return value.strip().lower() == "true"
    if isinstance(value, str):
        try:
            return float(value.strip())
        except ValueError:
            return value
    return _number(value) if _number(value) is not None else value


def _unlike(turn: Iteration, what: str, recorded: str, came: str) -> Unlike:
    return Unlike("differs", what, iteration=turn.index, diff=diff_of(recorded, came))


def _error(error: CodeError | None) -> str:
    return "no error" if error is None else encodable(f"{error.type}: {error.message}\nline {error.line}")


def _spans(spans: Sequence[Any]) -> dict[str, str]:
    """The lines in order, neighbours joined: traces of 0.1.0 do not tell which line of the code asked for them."""
    made: list[tuple[str, str, int, int]] = []
    for span in spans:
        tool, source, first, last = made[-1] if made else ("", "", 0, 0)
        if (tool, source) == (span.tool, span.source) and first <= span.start_line <= last + 1:
            made[-1] = (tool, source, first, max(last, span.end_line))
        else:
            made.append((span.tool, span.source, span.start_line, span.end_line))
    return {f"{number}": f"{span[0]} {span[1]} {span[2]}-{span[3]}" for number, span in enumerate(made)}


def _searches(searches: Sequence[Any]) -> dict[str, str]:
    return {f"{number}": f"{each.tool} {each.pattern}: {each.hits}" for number, each in enumerate(searches)}


def _sorted(items: dict[str, str]) -> dict[str, str]:
    return dict(sorted(items.items()))


def _lines(items: dict[str, Any]) -> str:
    return encodable("\n".join(f"{name}: {text}" for name, text in items.items()))


def _pretty(value: Any) -> str:
    return encodable(json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True))
