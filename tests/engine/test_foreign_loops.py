"""Models that speak to another loop than ours: eight conversations as they would go there, each of which answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from runs import Result, run
from scripted_server import ScriptedServer

from rlm_kernel.engine.prompt.rlm_dialect import is_trained_for_it

Serve = Callable[..., ScriptedServer]
CONTEXT = "\n".join(f"{day} Oct: sold {10 * day} boxes in {'Oslo' if day % 2 else 'Bern'}" for day in range(1, 9))
OSLO = sum(10 * day for day in range(1, 9) if day % 2)
COUNT = "rows = [line for line in context.splitlines() if 'Oslo' in line]"
TOTAL = f"{COUNT}\ntotal = sum(int(line.split()[3]) for line in rows)"


def repl(*lines: str) -> str:
    return "```repl\n" + "\n".join(lines) + "\n```"


def sections(reasoning: str, code: str) -> str:
    parts = {"reasoning": reasoning, "code": f"```python\n{code}\n```", "completed": ""}
    return "\n\n".join(f"[[ ## {name} ## ]]\n{text}" for name, text in parts.items())


def tool_call(name: str, code: str) -> str:
    return f"<tool_call>\n{json.dumps({'name': name, 'arguments': {'code': code}})}\n</tool_call>"


LOOPS: dict[str, tuple[list[str], Any]] = {
    "a repl, and the name of a variable": (
        [
            f"I look first.\n{repl('print(context[:200])')}",
            f"Now the sum.\n{repl(TOTAL)}\nand a look:\n{repl('print(SHOW_VARS())', 'print(total)')}",
            "FINAL_VAR(total)",
        ],
        OSLO,
    ),
    "a repl, and the variable's name in quotes": ([repl(TOTAL, "print(total)"), repl('FINAL_VAR("total")')], OSLO),
    "an answer that becomes ready": (
        [
            repl(TOTAL, 'answer["content"] = str(total)', "print(answer)"),
            repl("print(total)", 'answer["content"] = total', 'answer["ready"] = True'),
        ],
        OSLO,
    ),
    "a batch under another name, and a sub-run with one argument": (
        [
            repl("parts = llm_batch([f'Which town? {line}' for line in context.splitlines()[:2]])", "print(parts)"),
            repl("town = rlm_query(f'Say one town of: {parts}')", "print(town)"),
            repl("SUBMIT(town)"),
        ],
        "Oslo",
    ),
    "reasoning and code in sections": (
        [
            sections("I sum it.", f"{TOTAL}\nprint(total)"),
            sections("Done.", "SUBMIT(answer=total)"),
        ],
        OSLO,
    ),
    "thoughts and tagged code": (
        [
            f"Thought: I sum it.\n<code>\n{TOTAL}\nprint(total)\n</code>",
            "Thought: I have it.\n<code>\nfinal_answer(total)\n</code>",
        ],
        OSLO,
    ),
    "tool calls": (
        [
            tool_call("python", f"{TOTAL}\nprint(total)"),
            tool_call("execute", "FINAL(total)"),
        ],
        OSLO,
    ),
    "a notebook's prompts, then a line of its own": (
        [
            "In [1]: rows = grep('Oslo')\n   ...: print(len(rows))",
            f"```jupyter\n{TOTAL}\nprint(total)\n```\n\nFINAL(total)",
        ],
        OSLO,
    ),
}


async def answered(server: ScriptedServer, **settings: Any) -> Result:
    return await run(
        server, context=CONTEXT, model="root", sub_model="sub", max_iterations=5, examples="off", **settings
    )


@pytest.mark.parametrize("dialect", ["own", "rlm"])
@pytest.mark.parametrize(("replies", "value"), LOOPS.values(), ids=LOOPS)
async def test_a_model_of_another_loop_answers(
    scripted_server: Serve, replies: list[str], value: Any, dialect: str
) -> None:
    server = scripted_server({"root": replies, "sub": lambda _body: "Oslo"})
    result = await answered(server, dialect=dialect)
    assert (result.trace.status, result.trace.value) == ("answered", value)


async def test_names_of_other_loops_are_told_once(scripted_server: Serve) -> None:
    replies = [
        repl("x = len(context) // len(context)", "print(SHOW_VARS())"),
        repl("print(SHOW_VARS(), x)"),
        repl("FINAL_VAR(x)"),
    ]
    result = await answered(scripted_server({"root": replies, "sub": ["?"]}), dialect="own")
    assert "SHOW_VARS is called show_vars here" in result.told(1)
    assert "SHOW_VARS" not in result.told(2)
    assert result.trace.value == 1


async def test_a_trained_model_is_spoken_to_in_its_names(scripted_server: Serve) -> None:
    long = repl("print('x' * 15_000)")
    result = await answered(scripted_server({"root": [long, repl("SUBMIT(1 + 1)")], "sub": ["?"]}), dialect="rlm")
    system = result.server.requests[0]["messages"][0]["content"]
    for name in ("```repl", "SHOW_VARS()", "FINAL_VAR(variable)", 'answer["ready"]', "20,000 characters"):
        assert name in system
    assert "x" * 15_000 in result.told(1)
    assert "Turn 2/5" in result.told(1)
    assert "is called" not in result.told(1)
    assert len(system.encode()) <= 6_000


@pytest.mark.parametrize(
    ("name", "trained"),
    [
        *[(name, True) for name in ("rlm-qwen3-8b", "mit-oasys/rlm-qwen3-8b-v0.1", "qwen3-8b-rlm", "some/x-RLM-2")],
        *[(name, False) for name in ("qwen2.5-coder:7b", "realm-7b", "rlmx", "gpt-5", "local", "swirlm-2")],
    ],
)
def test_models_are_known_by_their_names(name: str, trained: bool) -> None:
    assert is_trained_for_it(name) == trained
