"""The criteria, judged by what a replay has confirmed. Nothing that only a trace claims of itself counts.

Verdicts, coverage, the number of calls and what earlier variables rest on are found anew, from the code, its outputs
and the grader's own copy of the document.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal

from ..comparing.checks import right
from ..document import Document
from ..document.provenance.coverage import CoverageTracker
from ..engine.grounding import flows_of, ground, rests_on
from ..engine.trace_records import coverage_record, note_cell
from ..render.sanitize import one_line
from ..replay.documents import document_of_trace
from ..trace import Call, Earlier, Grounding, Iteration, Trace
from .rubric import Criterion, Task
from .scores import Result

_SHOWN = 60
_SAID = 5


def judged(trace: Trace, document: Document, task: Task, earlier: Mapping[str, Trace]) -> tuple[Result, ...]:
    """A result for each criterion of a task, of a trace that was reproduced. `document` is the grader's copy, `earlier`
    are traces by their digest."""
    names = {text.sha256: text.name for text in document.texts}
    sources = {info.name: names.get(info.sha256, "") for info in trace.documents}
    # Under the names that it had in the run.
    document = document_of_trace(trace, document)
    trace = with_own_origins(trace, document, earlier)
    rows = [row for outer in ground(trace.value, document, trace) for row in outer.rows()]
    judges = {
        "answer": lambda: _answer(trace, task),
        "evidence": lambda: _evidence(trace, task, sources),
        "coverage": lambda: _coverage(trace, document, task),
        "grounded": lambda: _grounded(rows),
        "max_calls": lambda: _calls(trace, task),
        "derived": lambda: _derived(trace, rows, task),
    }
    return tuple(_result(criterion, task, *judges[criterion]()) for criterion in task.criteria)


def _result(criterion: Criterion, task: Task, holds: bool, reason: str) -> Result:
    return Result(criterion, holds, reason, task.worth(criterion))


def _shown(value: object) -> str:
    return one_line(repr(value), _SHOWN)


def _answer(trace: Trace, task: Task) -> tuple[bool, str]:
    if right(trace.value, task.answer, task.how, task.tolerance, {}):
        return True, "it is right"
    # Not what is right: feedback goes to students.
    return False, f"{_shown(trace.value)} is not the right answer"


def _evidence(trace: Trace, task: Task, sources: Mapping[str, str]) -> tuple[bool, str]:
    expected = {(line.source, line.line) for line in task.evidence or ()}
    by_source = any(source is not None for source, _ in expected)
    named = {(sources.get(each.source, "") if by_source else None, each.line) for each in trace.evidence}
    missing, extra = expected - named, named - expected
    if not missing and not extra:
        return True, "the lines that it names are the right ones"
    told = [f"{len(missing)} of {len(expected)} lines are missing"] if missing else []
    told += [f"{len(extra)} lines are not evidence ({_numbers(line for _, line in extra)})"] if extra else []
    return False, " and ".join(told)


def _numbers(lines: Iterator[int]) -> str:
    found = sorted(lines)
    return ", ".join(map(str, found[:_SAID])) + (" ..." if len(found) > _SAID else "")


def _grounded(rows: Sequence[Grounding]) -> tuple[bool, str]:
    invented = [row.item for row in rows if row.verdict == "ungrounded" and not row.parts]
    if not invented:
        return True, "no value of it is found nowhere"
    return False, f"found nowhere: {', '.join(_shown(item) for item in invented[:_SAID])}"


def _calls(trace: Trace, task: Task) -> tuple[bool, str]:
    count, most = calls_of(trace), task.max_calls or 0
    return count <= most, f"{count} model calls, of {most} at most"


def calls_of(trace: Trace) -> int:
    """Model calls of the whole run tree, counted: one for each iteration, and the sub-calls."""
    inner = (call for turn in trace.iterations for call in turn.calls if call.kind != "tool")
    return len(trace.iterations) + sum(1 if call.trace is None else calls_of(call.trace) for call in inner)


def _coverage(trace: Trace, document: Document, task: Task) -> tuple[bool, str]:
    assert task.coverage is not None
    found, told = coverage_of(trace, document), []
    for kind, least in task.coverage:
        if least is not None and (share := getattr(found, kind) or 0.0) < least:
            told.append(f"{share:.1%} of the lines were {_WORDS[kind]}, of {least:.1%} at least")
    return not told, "; ".join(told) or "enough of the document was looked at"


_WORDS = {"searched": "searched", "scanned": "returned to code", "shown": "shown to the model"}


def coverage_of(trace: Trace, document: Document) -> object:
    """The coverage of the code of a run's own iterations, found anew."""
    tracker = CoverageTracker(document.texts)
    for turn in trace.iterations:
        if turn.code is None or not turn.executed:
            continue
        last_line = None if turn.error is None else turn.error.line
        note_cell(tracker, document, turn.code, last_line, turn.spans, turn.searches)
        tracker.shown(turn.output)
    return coverage_record(tracker.report())


def _derived(trace: Trace, rows: Sequence[Grounding], task: Task) -> tuple[bool, str]:
    calls = {call.id: call for turn in trace.iterations for call in turn.calls}
    told = [reason for row in rows if (reason := _hard_coded(row, calls, task.tools))]
    if not rows:
        last = max((turn.index for turn in trace.iterations), default=0)
        finals = [each for each in flows_of(trace).finals if each.iteration == last]
        if not any(each.flow.origins or each.flow.control for each in finals):
            told.append(f"{_shown(trace.value)} is written in the code")
    return not told, "; ".join(dict.fromkeys(told[:_SAID])) or "every value comes from the document by code"


def _hard_coded(row: Grounding, calls: Mapping[int, Call], allowed: Collection[str]) -> str:
    """Why a value is not derived ("": it is)."""
    item = _shown(row.item)
    if row.parts:
        return ""  # they are judged one by one
    if row.verdict == "absent":
        return "" if row.searches else f"nothing was searched for before {item} was said to be absent"
    if row.verdict == "ungrounded":
        return f"{item} comes from the code, not from the document"
    if row.verdict == "typed":
        return f"{item} is written in the code"
    derivation = row.derivation
    if derivation is None or not (derivation.spans or derivation.calls):
        return f"{item} rests on no line of the document"
    number = _number(row.item)
    if number is not None and any(_number(each) == number for each in derivation.typed):
        return f"{item} is written in the code"
    foreign = [calls[each].name for each in derivation.calls if each in calls and calls[each].kind == "tool"]
    if foreign := [name for name in foreign if name not in allowed]:
        return f"{item} rests on {_shown(foreign[0])}, a function of the student's own"
    return ""


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text.replace(",", "").strip("$€£ ")).copy_abs()
    except ArithmeticError:
        return None


def with_own_origins(trace: Trace, document: Document, earlier: Mapping[str, Trace]) -> Trace:
    """The same trace, in which what the variables of earlier questions rest on was found anew from their code.

    Of a cell of the user's own a trace does not tell which lines it looked at: those that it claims count only where
    the cell's code has read any.
    """
    chain = [trace]
    while (before := chain[0].earlier) is not None and before.digest in earlier and len(chain) <= len(earlier):
        chain.insert(0, earlier[before.digest])
    known = Earlier()
    for each in chain:
        if each.earlier is not None:
            claimed = [span for variable in each.earlier.variables for span in variable.spans]
            for cell in each.earlier.cells:
                run = Iteration(index=1, code=cell, spans=claimed)
                variables = rests_on(Trace(iterations=[run], earlier=known), document)
                known = known.model_copy(update={"variables": variables})
            each = each.model_copy(update={"earlier": each.earlier.model_copy(update={"variables": known.variables})})
        checked = each
        known = Earlier(variables=rests_on(checked, document))
    return checked
