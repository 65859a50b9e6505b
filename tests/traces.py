"""Traces of every shape that the engine makes: each shape is a script of replies, a context and settings."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from runs import DOCUMENT, SUM, block, run
from scripted_server import ScriptedServer, fail

from rlm_kernel.trace import Trace

CHANCE = """
import random, time, datetime
class Thing: pass
def work(): pass
print(random.random(), time.time(), time.perf_counter(), datetime.datetime.now(), datetime.date.today())
print({"north", "south", "east", "west"}, [Thing(), work], f"{map(str, [])}", {Thing() for _ in range(4)}, id(work))
"""
CRASH = "lost = 1\nit = iter([1])\nfor _ in range(1_000_000): it = map(abs, it)\nprint(next(it))"
HARD = 'part = read_lines(2, 4)\nanswer = rlm_query("How many lines?", part)\nprint(answer)'
PAIRS = 'print(rlm_query_batched([("How many lines?", read_lines(1, 2)), ("How many lines?", read_lines(2, 5))]))'
CAUGHT = "try:\n    print(llm_query('one'))\nexcept RuntimeError as error:\n    print('failed:', error)"
BATCH = "print(llm_query_batched(['one', 'two', 'three']))"
SUB = block("FINAL(len(context.split('\\n')))")
DONE = block("FINAL(len(context))")


def double(number: int) -> int:
    """Twice a number."""
    return number * 2


def broken(number: int) -> int:
    """Always fails."""
    raise ValueError(f"no {number} today")


def system(body: dict[str, Any]) -> bool:
    return bool(body["messages"][0]["role"] == "system")


def with_sub(root: list[str], sub: Any) -> Callable[[dict[str, Any]], Any]:
    """A script: the root's turns in order, and `sub` for all other requests (a step, or a function of the prompt)."""
    turns = iter(root)

    def answer(body: dict[str, Any]) -> Any:
        if system(body) and "Question: What is the total" in body["messages"][1]["content"]:
            return next(turns)
        return sub(body["messages"][-1]["content"]) if callable(sub) else sub

    return answer


@dataclass(frozen=True)
class Shape:
    """How to make a trace: `script` makes what the server says, `status` is how the run must end."""

    script: Callable[[], Any]
    context: Any = DOCUMENT
    settings: dict[str, Any] = field(default_factory=dict)
    status: str = "answered"


def turns(*codes: str, **more: Any) -> Shape:
    return Shape(lambda: [code if "```" in code or code.startswith("FINAL") else block(code) for code in codes], **more)


def sub(root: list[str], reply: Any, **more: Any) -> Shape:
    return Shape(lambda: with_sub([block(code) for code in root], reply), **more)


SHAPES: dict[str, Shape] = {
    "a sum": turns(SUM, "FINAL(total, evidence=[2, 4])"),
    "chance": turns(CHANCE, CHANCE, "FINAL(len(context))"),
    "an error": turns("print(1)\nprint(1 / 0)", "FINAL(len(context))"),
    "an exception of its own": turns("class E(Exception): pass\nx = 1\nraise E(x, [E])", "FINAL(len(context))"),
    "code that cannot be mended": turns("def f(:\n  ===", "FINAL(len(context))"),
    "what the policy refuses": turns("open('x')", "import os", "().__class__.__bases__", "FINAL(len(context))"),
    "mended code": turns("for m in grep('^SALES'): print(m.line_num, m.line", "FINAL(len(context))"),
    "no code": Shape(lambda: ["I think it is 12.", DONE]),
    "a bare answer": Shape(lambda: ["FINAL(len(context))"]),
    "lost state": turns("kept = 1", CRASH, "print('kept' in show_vars())", "FINAL(len(context))"),
    "out of time": turns(
        "made = 2\nwhile True: pass", "print(made)", "FINAL(len(context))", settings={"cell_timeout": 0.5}
    ),
    "out of time in C": turns("print(1)\nsum(range(10**12))", "FINAL(len(context))", settings={"cell_timeout": 0.5}),
    "out of memory": turns("a = 1\nb = 'x' * 10**10", "print(a)", "FINAL(a + len(context))"),
    "long output": turns("for n in range(100_000): print(n)", "FINAL(len(history(1)))"),
    "refused answers": turns("FINAL([])", "FINAL(12345)", "FINAL(set())", "FINAL(object())", "FINAL(len(context))"),
    "the answer in a function": turns(
        "def f():\n    try:\n        FINAL(len(context))\n    finally:\n        print('after')\nf()"
    ),
    "evidence that is none": turns("FINAL(len(context), evidence=[1, 99, 4])"),
    "earlier output": turns("print('one')", "print(history(1) * 2)\nhistory(7)", "FINAL(len(history(2)))"),
    "half characters": turns("print('\\ud83d')\nx = '\\udc00'", "FINAL('\\ud800' + str(len(context)))"),
    "a large number": turns("x = 2**60 + len(context)\nprint(x)", "FINAL([x, len(context) / 2, float(len(context))])"),
    "floats": turns("x = {'b': 2.0, 'a': [1.0, 0.5]}\nprint(x)", "FINAL(x)"),
    "a mapping": turns(
        "print(sorted(context), grep('SALES', source='a'))",
        "FINAL(len(context))",
        context={"a": DOCUMENT, "b": "SALES"},
    ),
    "a list": turns(
        "print(context[1], [len(text) for text in context])", "FINAL(len(context))", context=[DOCUMENT, "two"]
    ),
    "records": turns("print(context[0]['n'])", "FINAL(sum(row['n'] for row in context))", context=[{"n": 3}, {"n": 4}]),
    "a sub-call": sub([f"{CAUGHT}", "FINAL(len(context))"], "the reply"),
    "a sub-call that fails": sub([CAUGHT, "FINAL(len(context))"], fail(400)),
    "a batch": sub([BATCH, "FINAL(len(context))"], lambda prompt: f"reply to {prompt}"),
    "a batch with a failure": sub(
        [BATCH, "FINAL(len(context))"], lambda prompt: fail(400) if prompt == "two" else prompt
    ),
    "identical calls": sub(["print(llm_query_batched(['one'] * 3))", "FINAL(len(context))"], "yes"),
    "a malformed call": sub(["llm_query_batched(['x', 1])", "rlm_query('', 'x')", "FINAL(len(context))"], "yes"),
    "a sub-run": sub([HARD, "FINAL(answer)"], SUB),
    "sub-runs": sub([PAIRS, "FINAL(len(context))"], SUB),
    "a sub-run that fails": sub(
        [
            f"try:\n    {HARD.splitlines()[1].replace('part', repr('x'))}\nexcept RuntimeError as error: print(error)",
            "FINAL(len(context))",
        ],
        "no code",
        settings={"max_iterations": 3},
    ),
    "no depth left": sub([HARD, "FINAL(answer)"], "three", settings={"max_depth": 0}),
    "tools": turns(
        "print(double(4), double(number=5))\ntry:\n    broken(1)\nexcept RuntimeError as error: print(error)",
        "FINAL(double(4))",
        settings={"tools": [double, broken]},
    ),
    "a type": turns("FINAL(str(len(context)))", settings={"answer_type": int}),
    "a best guess": turns("print(1)", "FINAL(len(context))", settings={"max_iterations": 1}, status="exhausted"),
    "no answer": turns("print(1)", "print(2)", settings={"max_iterations": 1}, status="exhausted"),
    "a model that fails": Shape(lambda: [block("print(1)"), fail(400)], status="failed"),
    "edited code": turns(
        "print(1)",
        "FINAL(len(context))",
        settings={"review": lambda _index, code: code.replace("print(1)", "print(2)")},
    ),
}


async def make(shape: Shape, serve: Callable[..., ScriptedServer]) -> Trace:
    """The trace of a run of this shape, as it is read back from its JSON."""
    result = await run(serve(shape.script()), context=shape.context, **shape.settings)
    assert result.trace.status == shape.status, result.trace.reason
    return Trace.from_json(result.trace.to_json())


def as_javascript_saves_it(text: str) -> str:
    """JSON as a browser writes what it has read: 2.0 is 2, and large whole numbers lose their last digits."""

    def number(text: str) -> Any:
        value = float(text)
        return int(value) if value.is_integer() and abs(value) < 1e21 else value

    return json.dumps(json.loads(text, parse_int=number, parse_float=number))


async def until(event: asyncio.Event) -> None:
    await asyncio.wait_for(event.wait(), 30)
