"""The verdicts on the values of an answer, and what FINAL doubts."""

from __future__ import annotations

import ast
import re
import time
from collections.abc import Callable, Iterable, Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal, DivisionByZero, InvalidOperation, Overflow, localcontext
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from ...document import Document
from ...trace import EarlierVariable, Evidence, Grounding, Iteration, Trace
from .code_names import called, parsed
from .dataflow import Dataflow
from .document_search import Search
from .items import leaves_of
from .judge import Judge, Occurrences, merged_spans
from .numbers_and_dates import tokens, value_of
from .record import RunRecord
from .rows import Groundings

_MOST_VARIABLES = 200
_LONGEST_PLACE = 200
_MOST_CHARS = 10_000
_SMALL_CONSTANT = 1_000
_BEYOND = Decimal("Infinity")
_SMALL = re.compile(r"-?(?:\d(?:\.\d+)?|10(?:\.0)?)")
_CONTEXT = Context(28, ROUND_HALF_EVEN, -999_999, 999_999, 1, 0, [], [InvalidOperation, DivisionByZero, Overflow])
_Given = ParamSpec("_Given")
_Made = TypeVar("_Made")


def _in_own_context(function: Callable[_Given, _Made]) -> Callable[_Given, _Made]:
    """The function, whatever the program around has set Python's decimal context to."""

    @wraps(function)
    def call(*args: _Given.args, **keywords: _Given.kwargs) -> _Made:
        with localcontext(_CONTEXT):
            return function(*args, **keywords)

    return call


@_in_own_context
def ground(
    value: Any, document: Document, trace: Trace, *, evidence: Sequence[Evidence] | None = None, seconds: float = 5.0
) -> Groundings:
    """The verdict on each value of an answer, in its order: at most 200, in about `seconds`.

    `evidence` are the lines that the model named, those of `trace` by default. A value that could not be looked for to
    the end, and was not found, is left out; `remark` then says so.
    """
    deadline = time.monotonic() + seconds
    leaves, more = leaves_of(value)
    record = RunRecord(trace, document, deadline - seconds / 2)
    judge = Judge(record, flows_of(trace), value, trace.evidence if evidence is None else evidence)
    rows = [judge.row(leaf) for leaf in leaves]
    if judge.wanted:
        _look(judge, document, deadline)
        rows = [judge.row(leaf) for leaf in leaves]
    remarks = []
    if more:
        remarks.append("only the first values of this long answer were looked for")
    if left_out := sum(row is None for row in rows):
        remarks.append(f"{left_out:,} could not be looked for everywhere in {seconds:g} s and are left out")
    found = [row for row in rows if row is not None]
    _place(found, document)
    return Groundings(found, f"Grounding: {'; '.join(remarks)}." if remarks else "")


def _place(rows: Iterable[Grounding], document: Document) -> None:
    """Say of each quoted value where it stands in the user's file."""
    texts = {text.name: text for text in document.texts}
    for row in (each for outer in rows for each in outer.rows()):
        if row.lines and row.source in texts:
            row.place = texts[row.source].place(row.lines[0])[:_LONGEST_PLACE]


def _look(judge: Judge, document: Document, deadline: float) -> None:
    """Look for all items at once, since each search reads the whole document."""
    search = Search()
    items = list(judge.wanted.values())
    search.look(items, document, deadline)
    for item in items:
        judge.found[item.text] = Occurrences(search.places.get(item.text, ()), item.text in search.complete)


@_in_own_context
def flows_of(trace: Trace) -> Dataflow:
    """The dataflow of a run's code."""
    tools = trace.settings.get("tools")
    names = [str(name) for name in tools] if isinstance(tools, list) else []
    flows = Dataflow(names, follows=trace.earlier is not None)
    for turn in trace.iterations:
        flows.feed(turn)
    return flows


@_in_own_context
def rests_on(trace: Trace, document: Document) -> list[EarlierVariable]:
    """What each variable that a run has left rests on, and those before it that are still there; at most 200."""
    flows = flows_of(trace)
    record = RunRecord(trace, document, time.monotonic() + 1.0)
    lost = any(turn.lost_state for turn in trace.iterations)
    found = {each.name: each for each in trace.earlier.variables} if trace.earlier is not None and not lost else {}
    for name, flow in flows.variables.items():
        spans = merged_spans(record.spans_of(flow.origins))
        found[name] = EarlierVariable(name=name, spans=spans, computed=flow.computed)
    return list(found.values())[-_MOST_VARIABLES:]


@_in_own_context
def unfounded(
    value: Any, code: str, document: Document, trace: Trace, evidence: Sequence[Evidence] = (), *, seconds: float = 2.0
) -> list[Grounding]:
    """The figures and names of an answer that is being handed over by `code` which neither the document nor anything
    that the run has shown holds. `trace` is that of the run so far, the running cell left out; `evidence` are the lines
    that the answer names.

    A number that code has reckoned from nothing but small numbers, or has read out of a text of its own, is none of
    them: the same code would come to it again.
    """
    so_far = with_running(trace, code)
    rows = ground(value, document, so_far, evidence=evidence, seconds=seconds)
    found = [part for row in rows for part in (row.parts or [row]) if part.verdict == "ungrounded"]
    written = _numbers_in(turn.code for turn in so_far.iterations if turn.code)
    is_free = all(abs(number) < _SMALL_CONSTANT for number in written)
    numbers = {leaf.path: value_of(leaf.value) for leaf in leaves_of(value)[0] if is_free and _is_number(leaf.value)}
    reckoned = {path for path, number in numbers.items() if number not in written}
    # A small number among others may have been counted by eye, which is not worth an iteration.
    return [row for row in found if row.path not in reckoned and not (row.path and _SMALL.fullmatch(row.item))]


def with_running(trace: Trace, code: str) -> Trace:
    """The trace with an iteration for the code of the cell that runs."""
    running = Iteration(index=len(trace.iterations) + 1, code=code)
    return trace.model_copy(update={"iterations": [*trace.iterations, running]})


def _numbers_in(codes: Iterable[str]) -> set[Decimal]:
    """The numbers that stand in code, also within texts, but for the texts of code that has a tool read numbers."""
    numbers: set[Decimal] = set()
    for code in codes:
        tree = parsed(code)
        nodes = list(ast.walk(tree)) if tree is not None else []
        reads = any(isinstance(node, ast.Call) and called(node) in ("to_number", "numbers") for node in nodes)
        for node in nodes:
            constant = node.value if isinstance(node, ast.Constant) else None
            if isinstance(constant, str) and not reads:
                numbers |= {value for token in tokens(constant[:_MOST_CHARS]) for value in token.values}
            elif isinstance(constant, int | float):
                # What is too long to be looked for is no small number either.
                numbers.add(_BEYOND if (number := value_of(constant)) is None else number)
    return numbers


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
