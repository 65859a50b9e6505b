"""Writes the trace that the labextension's own tests read: real runs of a scripted model, one nested in the other.

Run it after a change of the schema: `python tests/labextension/make_fixture.py`. Times are rounded and dates are fixed,
so that what changes in the file is what has changed in the trace.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))

from scripted_server import ScriptedServer, Step, say  # noqa: E402

from rlm_kernel import RLM, Trace  # noqa: E402
from rlm_kernel.trace import Call, Grounding, Span, TreeUsage, Usage  # noqa: E402

FIXTURE = TESTS.parent / "labextension" / "tests" / "trace.json"
QUESTION = "What is the total of all sales figures?"

LOOK = """The sales lines hold `$` amounts, <b>I think</b>.
```python
rows = grep("^SALES"
for row in rows:
    print(row.line_num, row.line)
```"""
WRONG = """```python
print(undefined_name)
```"""
ASK = """Let a sub-model check the names.
```python
words = llm_query_batched(["Is north a region?", "Is south a region?", "Is west a region?"])
note = llm_query("Summarize these lines.", context=read_lines(10, 14))
print(words, note)
```"""
FINISH = """```python
total = sum(to_number(row.line.split(":")[1]) for row in rows)
print(total)
FINAL(total, evidence=[row.line_num for row in rows])
```"""
SUB_QUESTION = "What is the total of the south?"
SUB_RUN = """```python
FINAL(sum(to_number(line.split(":")[1]) for line in context.splitlines()))
```"""


def report() -> str:
    """The document: three sales lines among two hundred."""
    lines = [f"Note {number}: nothing of interest happened." for number in range(1, 201)]
    for number, (region, amount) in {12: ("north", 1000), 87: ("south", 2500), 190: ("south", 500)}.items():
        lines[number - 1] = f"SALES {region}: ${amount:,}"
    return "\n".join(lines) + "\n"


def answer(body: dict[str, Any]) -> Step:
    """What the scripted model says: by what it is asked, so that it does not matter in which order it is asked."""
    messages = body["messages"]
    told = " ".join(str(message["content"]) for message in messages)
    turns = sum(message["role"] == "assistant" for message in messages)
    if SUB_QUESTION in told:
        text = SUB_RUN
    elif QUESTION in told:
        text = [LOOK, WRONG, ASK, FINISH][turns]
    else:
        text = "Three sales lines." if "Summarize" in told else "yes"
    return say(text, usage={"prompt_tokens": len(told) // 4, "completion_tokens": len(text) // 4 + 1})


def nested(outer: Trace, inner: Trace, deepest: Trace) -> Trace:
    """`outer` with `inner` as a sub-run of its third turn and `deepest` as a sub-run of that, timed one by one."""
    place(deepest, 2)
    place(inner, 1)
    attach(inner, 0, deepest, 12, SUB_QUESTION)
    attach(outer, 2, inner, 11, SUB_QUESTION)
    place(outer, 0)
    outer.usage = TreeUsage.of(outer.calls)
    north = Grounding(item="1,000", verdict="document", source="report.txt", lines=[12])
    outer.grounding = [Grounding(item="4000", verdict="computed", iteration=4), north]
    return outer


def attach(outer: Trace, turn: int, inner: Trace, number: int, question: str) -> None:
    """Put `inner` into a turn as the call with the id `number`."""
    line = min(87, outer.documents[0].lines)
    span = Span(tool="rlm_query", source=outer.documents[0].name, start_line=line, end_line=line)
    inner.usage = TreeUsage.of(inner.calls)
    outer.iterations[turn].calls.append(
        Call(
            id=number,
            kind="rlm_query",
            model=inner.model,
            line=3,
            prompt=question,
            context_spans=[span],
            response=json.dumps(inner.value),
            trace=inner,
            usage=Usage(**{name: getattr(inner.usage, name) for name in Usage.model_fields}),
            seconds=inner.seconds,
        )
    )


def place(trace: Trace, depth: int) -> None:
    """Give the turns and calls of a run the times at which they began, one after the other."""
    trace.depth, clock = depth, 0.0
    for turn in trace.iterations:
        turn.started = clock
        at = clock + turn.model_usage.seconds
        for call in turn.calls:
            call.started = at
            # Those of a batch overlap.
            at += 0.001 if call.kind == "llm_query_batched" else call.seconds
        clock = max([turn.started + turn.seconds, at, *(call.started + call.seconds for call in turn.calls)])
        turn.seconds = clock - turn.started
    trace.seconds = clock


def rounded(data: Any, name: str = "") -> Any:
    """The trace's data with times to the millisecond, and without what depends on the machine."""
    if isinstance(data, dict):
        return {key: rounded(item, key) for key, item in data.items() if key not in ("base_url", "versions")}
    if isinstance(data, list):
        return [rounded(item) for item in data]
    fixed = {"started": "2026-01-02T03:04:05+00:00"}
    if isinstance(data, str) and name in fixed:
        return fixed[name]
    return round(data, 3) if isinstance(data, float) else data


def main() -> None:
    """Make the run and write its trace."""
    os.environ["OPENAI_API_KEY"] = "not-a-key"
    os.chdir(tempfile.mkdtemp())
    Path("report.txt").write_text(report())
    with ScriptedServer(answer) as server:
        rlm = RLM(model="scripted", sub_model="scripted-small", base_url=server.base_url)
        outer = rlm.completion(QUESTION, Path("report.txt")).trace
        lines = "SALES south: $2,500\nSALES south: $500"
        inner, deepest = (rlm.completion(SUB_QUESTION, lines).trace for _ in range(2))
    trace = nested(outer, inner, deepest)
    data = rounded(trace.to_dict())
    FIXTURE.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n")
    print(FIXTURE.relative_to(TESTS.parent), f"{FIXTURE.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
