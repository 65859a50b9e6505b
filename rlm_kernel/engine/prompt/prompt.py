"""What the model is told: the contract with stubs generated from the tools themselves, the document's shape, each turn.

The history only ever grows at its end, so that a provider's or a local server's prefix cache always hits. The
document's text is never in it: the model sees what its code printed.
"""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Mapping, Sequence

from ...document import Document
from ...document.view import is_large
from ...models import Message
from ...subkernel.base import ToolStub
from ...subkernel.inside.tools import TOOLS, Tools
from ...trace import CodeError, Iteration
from .few_shot import EXAMPLES

_HEAD = """\
You answer a question about a document by writing Python. You cannot see the document: the variable `context` holds it,
and your code reads it. Each turn, reply with ONE ```python block and nothing else; it runs, and you get its output.
Variables last from turn to turn. When an output has shown you the answer, call FINAL(value) in a block.

Already defined (`context` is read-only; lines are numbered from 1; import nothing but the usual text and data modules:
re, json, math, statistics, collections, itertools, datetime, csv ...; no files, no network, no async):
```python
{stubs}
```

Rules
- Explore first: text_stats(), grep(...), read_lines(...). Then compute. Print samples: long output is cut.
- Code is free. Turns are few, and each sub-model call costs: batch prompts with llm_query_batched (tens of prompts of
  up to 100,000 characters), and never ask a sub-model for what code can count, search or add.
- Check before FINAL: print the lines that you used; leave out lines that only look alike (totals, plans, other years).
- FINAL's value must come from what your code returned, never from memory: pass a variable instead of retyping it. Give
  evidence=[line numbers] when lines prove it.
- Answer with the bare value, not with a sentence, unless the question asks for one.
"""


@functools.cache
def stub(name: str) -> str:
    """One tool as the model sees it: its real signature, and its docstring as a comment."""
    function = getattr(Tools, name)
    signature = inspect.signature(function)
    shown = str(signature.replace(parameters=[p for p in signature.parameters.values() if p.name != "self"]))
    doc = " ".join((inspect.getdoc(function) or "").split())
    bare = shown.replace("'", "")
    return f"def {name}{bare}: ...  # {doc}"


def _user_stub(tool: ToolStub) -> str:
    doc = " ".join(tool.doc.split())[:300]
    return f"def {tool.name}{tool.signature}: ...  # {doc}" if doc else f"def {tool.name}{tool.signature}: ..."


def opening(
    question: str,
    document: Document,
    *,
    turns: int,
    examples: bool,
    answer_schema: str | None = None,
    recursive: bool = False,
    tools: Sequence[ToolStub] = (),
    earlier: str = "",
) -> list[Message]:
    """The history that a run begins with.

    `recursive`: whether sub-runs can be had. `tools` are the user's own. `earlier` is what was asked before in the same
    session. All but the last message are the same for all documents of one shape, so that they stay in prefix caches.
    The worked examples are turns of a conversation: small models imitate those, and copy from examples in prose.
    """
    # Small models do better without the choice of a recursive run.
    names = [name for name in TOOLS if name not in RECURSIVE or (recursive and not examples)]
    stubs = "\n".join([_CONTEXT[document.shape], *map(stub, names), *map(_user_stub, tools)])
    history: list[Message] = [{"role": "system", "content": _HEAD.format(stubs=stubs)}]
    for example in EXAMPLES if examples else ():
        told = _question(example.document, example.question, None)
        for step in example.steps:
            history.append({"role": "user", "content": told})
            history.append({"role": "assistant", "content": f"```python\n{step.code}\n```"})
            told = f"Output:\n{step.output}\n\n{_NEXT}"
    described = f"{earlier}\n\n{describe(document)}" if earlier else describe(document)
    asked = _question(described, question, answer_schema, turns)
    return [*history, {"role": "user", "content": asked}]


_CONTEXT = {
    "text": "context: str",
    "mapping": "context: Mapping[str, str]   # document name -> its text; the tools search all of them",
    "list": "context: Sequence[str]   # the tools search all of its texts",
    "records": "context   # read-only JSON data (lists and dicts); the tools search it, one record a line",
}


def _question(described: str, question: str, schema: str | None, turns: int | None = None) -> str:
    needed = f"\nThe answer must be: {schema}" if schema else ""
    left = f" You have {turns} turns." if turns else ""
    return f"{described}{left}\n\nQuestion: {question}{needed}"


def describe(document: Document) -> str:
    """A document's names and sizes in a few lines, without a word of its text."""
    if len(document.texts) == 1:
        text = document.texts[0]
        told = f"The document {text.name!r} has {text.chars:,} characters in {text.line_count:,} lines."
        return f"{told} {_LARGE}" if document.shape == "text" and is_large(text) else told
    rows = [f"- {text.name!r}: {text.chars:,} characters, {text.line_count:,} lines" for text in document.texts[:20]]
    more = len(document.texts) - len(rows)
    rows += [f"- and {more:,} more"] if more > 0 else []
    whole = f"{len(document.texts):,} documents with {document.chars:,} characters in {document.lines:,} lines:"
    rows += [f"Of the largest: {_LARGE}"] if document.shape in _NAMED and any(map(is_large, document.texts)) else []
    return "\n".join([f"There are {whole}", *rows])


# The shapes whose texts the code sees as str, and what is said of those that are too large for that.
_NAMED = ("mapping", "list")
_LARGE = (
    "context is too large to be a str: it has len, slices (which are str), in, find, count, split and splitlines "
    "(iterators); for anything else use the tools: grep and finditer instead of re."
)


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
    return "\n".join(parts) + f"\n\n{_turns_left(left)}"


def shortened(told: str, turn: int) -> str:
    """The beginning of what the model was told of an old turn, and how its code gets the whole output back."""
    kept = "\n".join(told[:_KEPT].split("\n")[:_KEPT_LINES])
    cut = len(told) - len(kept)
    if cut < _KEPT:
        return told
    return f"{kept}\n[... {cut:,} characters shortened to save room: history({turn}) returns the whole output ...]"


def short_reply(reply: str) -> str:
    """The beginning of an old reply of the model's own."""
    if len(reply) <= 4 * _KEPT:
        return reply
    kept = reply[: 2 * _KEPT]
    fence = "\n```" if kept.count("```") % 2 else ""
    return f"{kept}\n# [... {len(reply) - len(kept):,} characters of this reply shortened to save room ...]{fence}"


def told_shortened(turns: Sequence[int]) -> str:
    """A remark for the trace on turns that the model was sent shortened."""
    first, last = min(turns), max(turns)
    which = f"turn {first}" if first == last else f"turns {first} to {last}"
    return f"To fit the model's window, what it is sent of {which} was shortened; the trace keeps all of it."


def digest(answers: Sequence[tuple[str, str]], variables: Mapping[str, str], lost: bool) -> str:
    """What a follow-up question begins with: (question, answer) of the session so far, and the variables it left."""
    rows = [
        f"{number}. {elide(question, 300)}\n   -> {elide(answer, 500)}"
        for number, (question, answer) in list(enumerate(answers, 1))[-_MOST_EARLIER:]
    ]
    parts = ["Asked and answered before in this session:", *rows] if rows else []
    if lost:
        parts.append("The sandbox was lost since then: its variables are gone; context and tools are back.")
    elif variables:
        shown = ", ".join(f"{name} ({text})" for name, text in list(variables.items())[-40:])
        parts.append(f"Variables that are still there: {shown}"[:1500])
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


_NEXT = "If that answers the question, call FINAL(...); else continue with one ```python block."


def _turns_left(left: int) -> str:
    if left <= 0:
        return "No turn is left."
    if left == 1:
        return "This is the LAST turn: reply with one ```python block that calls FINAL(...) with your best answer."
    return f"{left} turns remain. {_NEXT}"


LAST_CHANCE = (
    "The limit is reached. Reply with one ```python block that calls FINAL(...) with the best answer that your "
    "variables and the outputs above allow."
)
_KEPT = 400
_KEPT_LINES = 6
_MOST_EARLIER = 10
RECURSIVE = frozenset(["rlm_query", "rlm_query_batched"])
CUT_OFF = "(cut off: it took too long)"
NO_CODE = (
    "Your reply held no code that could run. Reply with one ```python block; call FINAL(value) in it when you know."
)
SKIPPED = "Only the first of your code blocks was run. Write one block a turn and wait for its output."


def edited(code: str) -> str:
    """What the model must know of code that is no longer its own."""
    return f"The user has changed your code before it ran. This is what ran:\n```python\n{elide(code, 4_000)}\n```"


def repeated(output: str, name: str | None) -> str:
    """A remark on code that was run before with the same result; `name` is the variable that it printed last."""
    told = "You have run this very code before, and its result is the same: do NOT send it again."
    if missed := _NO_HIT.search(output):
        wanted = f"grep({missed['label']})" if missed["label"] else "a word from the lines that resemble it"
        return f"{told} The document has no {missed['pattern']}: search for {wanted} instead."
    known = f"FINAL({name})" if name else "FINAL(...)"
    return (
        f"{told} If the output above answers the question, send only {known}; else write something else: a pattern "
        "from a line that you have seen, or read_lines(...)."
    )


_NO_HIT = re.compile(
    r"\[grep: nothing matches (?P<pattern>.{1,200}?); .*?(?:try grep\((?P<label>[^\n()]{1,80})\))?\]$", re.M
)
