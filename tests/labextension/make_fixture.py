"""Writes the trace that the labextension's own tests read: a real run of a scripted model, with sub-runs.

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
sys.path[:0] = [str(TESTS), str(TESTS / "e2e")]

from saved import report  # noqa: E402
from scripted_server import ScriptedServer, Step, say  # noqa: E402

from rlm_kernel import RLM  # noqa: E402

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
ASK = """Let a sub-model check the names, and a sub-run the south.
```python
words = llm_query_batched(["Is north a region?", "Is south a region?", "Is west a region?"])
note = llm_query("Summarize these lines.", context=read_lines(10, 14))
south = rlm_query("What is the total of the south?", "\\n".join(row.line for row in rows if "south" in row.line))
print(words, note, south)
```"""
FINISH = """```python
total = sum(to_number(row.line.split(":")[1]) for row in rows)
print(total)
FINAL(total, evidence=[row.line_num for row in rows])
```"""
SUB_RUN = """```python
deeper = rlm_query("Which amounts are in these lines?", context)
FINAL(deeper)
```"""
DEEPEST = """```python
FINAL(sum(to_number(line.split(":")[1]) for line in context.splitlines()))
```"""


def answer(body: dict[str, Any]) -> Step:
    """What the scripted model says: by what it is asked, so that it does not matter in which order it is asked."""
    messages = body["messages"]
    told = " ".join(str(message["content"]) for message in messages)
    turns = sum(message["role"] == "assistant" for message in messages)
    if "Which amounts are in these lines?" in told:
        text = DEEPEST
    elif "What is the total of the south?" in told and QUESTION not in told:
        text = SUB_RUN
    elif QUESTION in told:
        text = [LOOK, WRONG, ASK, FINISH][turns]
    else:
        text = "Three sales lines." if "Summarize" in told else "yes"
    return say(text, usage={"prompt_tokens": len(told) // 4, "completion_tokens": len(text) // 4 + 1})


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
        trace = rlm.completion(QUESTION, Path("report.txt")).trace
    data = rounded(trace.to_dict())
    FIXTURE.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n")
    print(FIXTURE.relative_to(TESTS.parent), f"{FIXTURE.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
