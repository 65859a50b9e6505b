"""What the model is told: the contract with stubs generated from the tools themselves, the document's shape, each turn.

The history only ever grows at its end, so that a provider's or a local server's prefix cache always hits. The
document's text is never in it: the model sees what its code printed.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

from .document import Document
from .subkernel.inside.tools import TOOLS, Tools
from .trace import CodeError, Iteration

_HEAD = """\
You answer a question about a document by writing Python. You cannot see the document: the variable `context` holds it, \
and your code reads it. Each turn, reply with ONE ```python block; it runs, and you get its output. Variables last from \
turn to turn. When an output has shown you the answer, call FINAL(value).

{context}

Tools (already defined; nothing needs to be imported but the usual text and data modules: re, json, math, statistics, \
collections, itertools, datetime, csv ...; there are no files, no network, no async):
```python
{stubs}
```

Rules
- Explore first: text_stats(), grep(...), read_lines(...). Then compute. Print samples, not everything: long output is cut.
- Code is free. Turns are few, and each sub-model call costs: batch prompts with llm_query_batched (tens of prompts of \
up to 100,000 characters), and never ask a sub-model for what code can count, search or add.
- Check before FINAL: print the lines that you used; leave out lines that only look alike (totals, plans, other years).
- FINAL's value must come from what your code returned, never from memory; keep it in a variable instead of retyping it. \
Give evidence=[line numbers] when lines prove it.
- Answer with the bare value (13000000, "Paris"), not with a sentence, unless the question asks for one.
"""

_EXAMPLES = """
Examples of turns (each is another document)

Question: What is the sum of all invoice amounts?
```python
rows = grep(r"^INVOICE_AMOUNT")
for m in rows[:5]: print(m.line_num, m.line)
total = sum(to_number(m.line) for m in rows)
print(len(rows), total)
```
Output: 12 INVOICE_AMOUNT_A: $1,200 ... 3 4750
```python
FINAL(total, evidence=[m.line_num for m in rows])
```

Question: How many times does the word error occur?
```python
hits = grep(r"\\berror\\b")
print(len(hits), hits[:3])
```
Output: 7 [GrepMatch(...)]
```python
FINAL(len(hits))
```

Question: Who signed the contract?
```python
for m in grep(r"sign(ed|ature)"): print(m.line_num, m.line)
for m in fuzzy_search("contract signed by"): print(m.line_num, m.score, m.line)
```
Output: 88 Signed by Dana Ruiz, for the buyer
```python
FINAL("Dana Ruiz", evidence=[88])
```

Question: Which machine has the highest temperature?
```python
rows = grep(r"TEMP_(\\w+):")
best = max(rows, key=lambda m: to_number(m.line.split(":", 1)[1]))
print(len(rows), best.line_num, best.line)
```
Output: 6 41 TEMP_PRESS: 91.5
```python
FINAL(best.groups[0], evidence=[best.line_num])
```

Question: What is the average duration of the failed jobs?
```python
rows = [m for m in grep(r"duration=(\\d+)") if "status=failed" in m.line]
for m in rows[:5]: print(m.line_num, m.line)
values = [to_number(m.groups[0]) for m in rows]
average = sum(values) / len(values)
print(len(values), average)
```
Output: 30 job=4 status=failed duration=12 ... 9 14.5
```python
FINAL(average)
```
"""


def stub(name: str) -> str:
    """One tool as the model sees it: its real signature, and its docstring as a comment."""
    function = getattr(Tools, name)
    signature = inspect.signature(function)
    shown = signature.replace(parameters=[p for p in signature.parameters.values() if p.name != "self"])
    doc = " ".join(inspect.getdoc(function).split())  # type: ignore[union-attr]  every tool has one: a test sees to it
    return f"def {name}{shown}: ...  # {doc}".replace("'", "")


def system_prompt(document: Document, *, examples: bool, answer_schema: str | None = None) -> str:
    """The first message, the same for all documents of one shape, so that it stays in prefix caches."""
    kinds = {
        "text": "context: str",
        "mapping": "context: Mapping[str, str]   # document name -> its text; the tools search all of them",
        "list": "context: Sequence[str]   # the tools search all of its texts",
        "records": "context   # read-only JSON data (lists and dicts); the tools search it, one record a line",
    }
    stubs = "\n".join([kinds[document.shape], *(stub(name) for name in TOOLS)])
    text = _HEAD.format(context="`context` is read-only. Lines are numbered from 1.", stubs=stubs)
    if answer_schema:
        text += f"- The answer must be: {answer_schema}\n"
    return text + (_EXAMPLES if examples else "")


def first_turn(question: str, document: Document, max_iterations: int) -> str:
    """The second message: the document's size and shape, and the question."""
    return f"{describe(document)}\n\nQuestion: {question}\n\n{_turns_left(max_iterations)}"


def describe(document: Document) -> str:
    """A document's names and sizes in a few lines, without a word of its text."""
    if len(document.texts) == 1:
        text = document.texts[0]
        return f"The document {text.name!r} has {text.chars:,} characters in {text.line_count:,} lines."
    rows = [f"- {text.name!r}: {text.chars:,} characters, {text.line_count:,} lines" for text in document.texts[:20]]
    more = len(document.texts) - len(rows)
    rows += [f"- and {more:,} more"] if more > 0 else []
    whole = f"{len(document.texts):,} documents with {document.chars:,} characters in {document.lines:,} lines:"
    return "\n".join([f"There are {whole}", *rows])


def observation(turn: Iteration, advice: str, notes: Sequence[str], left: int, limit: int) -> str:
    """What the model is told after a turn. `limit` bounds the output's characters; `left` turns remain."""
    parts = [advice] if advice else []
    if turn.code is not None:
        output = elide(turn.output.rstrip("\n"), limit, turn.output_chars)
        parts.append(f"Output:\n{output}" if output else "Output: (nothing; print what you want to see)")
    if turn.error is not None:
        parts.append(explain(turn.error, turn.code))
    parts += notes
    changed = {**turn.variables.added, **turn.variables.changed}
    if changed:
        shown = ", ".join(f"{name} ({text})" for name, text in list(changed.items())[:12])
        parts.append(f"Variables: {shown}"[:600])
    parts.append(_turns_left(left))
    return "\n".join(parts)


def explain(error: CodeError, code: str | None) -> str:
    """An error as the model is told it, with the line that raised it."""
    where = ""
    if error.line is not None and code is not None:
        lines = code.split("\n")
        if 1 <= error.line <= len(lines):
            where = f" (line {error.line}: {lines[error.line - 1].strip()[:160]})"
    return f"Error: {error.type}: {error.message}{where}"


def elide(text: str, limit: int, whole: int | None = None) -> str:
    """Head and tail of a long text, with a mark of what was cut and how to see it."""
    if len(text) <= limit:
        return text
    head, tail = limit * 2 // 3, limit // 3
    cut = max(whole or 0, len(text)) - head - tail
    mark = f"\n[... {cut:,} characters cut here: keep it in a variable and print a slice of it ...]\n"
    return text[:head] + mark + text[-tail:]


def _turns_left(left: int) -> str:
    if left <= 0:
        return "No turn is left."
    if left == 1:
        return "This is the LAST turn: reply with one ```python block that calls FINAL(...) with your best answer."
    return f"{left} turns remain."


LAST_CHANCE = (
    "The limit is reached. Reply with one ```python block that calls FINAL(...) with the best answer that your variables "
    "and the outputs above allow."
)
NO_CODE = (
    "Your reply held no code that could run. Reply with one ```python block; call FINAL(value) in it when you know."
)
REPEATED = (
    "You have run this very code before; its result is the same. Try another way, or call FINAL with what you have."
)
SKIPPED = "Only the first of your code blocks was run. Write one block a turn and wait for its output."


def schema_of(answer_type: Any) -> str | None:
    """An answer type in words that a model understands: `int`, or a JSON schema for anything larger."""
    if answer_type is None:
        return None
    if isinstance(answer_type, type) and answer_type.__module__ == "builtins":
        return answer_type.__name__
    import json

    from pydantic import TypeAdapter

    schema = TypeAdapter(answer_type).json_schema()
    return f"JSON data that fits this schema: {json.dumps(schema, ensure_ascii=False)}"
