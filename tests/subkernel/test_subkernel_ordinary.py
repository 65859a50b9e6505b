"""Ordinary code must run in the sandbox exactly as it runs in plain Python."""

from __future__ import annotations

import ast
import asyncio
import io
import re
from collections.abc import AsyncIterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from module_snippets import SNIPPETS as MODULE_SNIPPETS
from ordinary_snippets import SNIPPETS, TEXT
from program_snippets import PROGRAMS

from rlm_kernel.subkernel import SubKernel
from rlm_kernel.subkernel.inside.policy import ALLOWED_MODULES

# Packages of which only modules are offered, or what another name offers.
PACKAGES = {"concurrent", "email", "json.decoder", "os.path", "urllib", "xml", "xml.etree"}
SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "ordinary.py"

pytestmark = pytest.mark.asyncio(loop_scope="module")


def reply_to(prompt: str) -> str:
    """What the sub-model of these tests says."""
    return f"<{len(prompt)} characters: {prompt[:20]}>"


async def answer(method: str, params: dict[str, Any]) -> Any:
    assert method in ("llm_query", "llm_query_batched")
    return [reply_to(prompt) for prompt in params["prompts"]]


def plain_python(code: str) -> str:
    """What Python prints for the code, and for its last expression where it is not None."""

    def llm_query(prompt: str, context: str | None = None) -> str:
        return reply_to(prompt if context is None else f"{prompt}\n\n{context}")

    tree = ast.parse(code)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    namespace: dict[str, Any] = {
        "__name__": "__main__",
        "context": TEXT,
        "llm_query": llm_query,
        "llm_query_batched": lambda prompts: [llm_query(prompt) for prompt in prompts],
    }
    printed = io.StringIO()
    with redirect_stdout(printed):
        # `dont_inherit`: this module's own `from __future__` must not count for the snippet.
        exec(compile(tree, "<cell>", "exec", dont_inherit=True), namespace)
        if last is not None:
            value = eval(compile(ast.Expression(last.value), "<cell>", "eval", dont_inherit=True), namespace)
            if value is not None:
                print(repr(value))
    return printed.getvalue()


def steady(output: str) -> str:
    """The output with the items of printed sets in order: their order depends on each process's random hash seed."""
    return re.sub(r"\{[^{}:]+\}", lambda found: "{" + ", ".join(sorted(found[0][1:-1].split(", "))) + "}", output)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def kernel() -> AsyncIterator[SubKernel]:
    async with SubKernel(TEXT, cell_timeout=30, handler=answer) as started:
        yield started


@pytest.mark.parametrize("name", SNIPPETS)
async def test_our_snippet_prints_what_python_prints(kernel: SubKernel, name: str) -> None:
    execution = await kernel.execute(SNIPPETS[name])
    assert execution.error is None
    assert steady(execution.output) == steady(await asyncio.to_thread(plain_python, SNIPPETS[name]))


def _shared_snippets() -> dict[str, str]:
    if not SHARED.is_file():
        return {}
    namespace: dict[str, Any] = {}
    exec(compile(SHARED.read_text(), str(SHARED), "exec"), namespace)
    return {name: code for name, code in namespace["S"].items() if "async " not in code}


_SHARED_SNIPPETS = _shared_snippets()


@pytest.mark.skipif(not _SHARED_SNIPPETS, reason="the shared snippets are not beside this repository")
@pytest.mark.parametrize("name", _SHARED_SNIPPETS or ["absent"])
async def test_shared_snippet_prints_what_python_prints(kernel: SubKernel, name: str) -> None:
    code = _SHARED_SNIPPETS[name]
    execution = await kernel.execute(code)
    assert execution.error is None
    assert steady(execution.output) == steady(await asyncio.to_thread(plain_python, code))


async def test_every_module_that_is_offered_is_used_by_a_snippet() -> None:
    imported: set[str] = set()
    for code in (*SNIPPETS.values(), *MODULE_SNIPPETS.values(), *PROGRAMS.values()):
        for node in ast.walk(ast.parse(code)):
            if isinstance(node, ast.Import):
                imported |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add(node.module or "")
    assert {name for name in ALLOWED_MODULES if name not in imported and name not in PACKAGES} == set()
