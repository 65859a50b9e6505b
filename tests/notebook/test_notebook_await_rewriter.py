"""Only a cell that is nothing but `%%rlm`, and that the kernel itself will await, is rewritten."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from IPython.core.async_helpers import _asyncio_runner
from IPython.core.inputtransformer2 import TransformerManager

from rlm_kernel.notebook.await_rewriter import AwaitRewriter

CELL = '%%rlm report -o total\nWhat\'s "it" \\ {x}?\n'


class Shell(SimpleNamespace):
    """As much of a shell as the rewriter looks at."""

    def transform_cell(self, cell: str) -> str:
        lines = TransformerManager().transform_cell(cell).splitlines(keepends=True)
        return "".join(AwaitRewriter(self)(lines))


def shell(**changes: Any) -> Shell:
    return Shell(**{"kernel": object(), "autoawait": True, "loop_runner": _asyncio_runner} | changes)


async def do_execute(shell: Shell, cell: str) -> str:
    return shell.transform_cell(cell)


async def run_cell(shell: Shell, cell: str) -> str:
    return shell.transform_cell(cell)


async def test_a_whole_cell_is_awaited_and_its_text_survives() -> None:
    calls: list[tuple[str, str]] = []

    class Magics:
        async def rlm_awaited(self, line: str, cell: str) -> None:
            calls.append((line, cell))

    source = await do_execute(shell(), CELL)
    assert source.startswith("await ")
    registry = {"RLMMagics": Magics()}
    ipython = SimpleNamespace(magics_manager=SimpleNamespace(registry=registry))
    code = compile(source, "cell", "eval", flags=0x2000)  # ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    await eval(code, {"get_ipython": lambda: ipython})
    assert calls == [("report -o total", 'What\'s "it" \\ {x}?\n')]


@pytest.mark.parametrize(
    "cell",
    [
        "%%time\n%%rlm report\nq\n",
        "%%capture\n%%rlm report\nq\n",
        "x = get_ipython().run_cell_magic('rlm', 'report', 'q')\n",
        "get_ipython().run_cell_magic('rlm', 'report', question)\n",
        "get_ipython().run_cell_magic('rlm', 'report', 'q'); print(1)\n",
        "%rlm model x\n",
        "print('%%rlm')\n",
        "x = (\n",
        "",
    ],
)
async def test_other_cells_are_left_alone(cell: str) -> None:
    assert "rlm_awaited" not in await do_execute(shell(), cell)


@pytest.mark.parametrize("changes", [{"kernel": None}, {"autoawait": False}, {"loop_runner": len}])
async def test_a_shell_that_cannot_await(changes: dict[str, Any]) -> None:
    assert "rlm_awaited" not in await do_execute(shell(**changes), CELL)


async def test_a_cell_within_a_cell() -> None:
    assert "rlm_awaited" not in await run_cell(shell(), CELL)


def test_no_running_loop() -> None:
    coroutine = do_execute(shell(), CELL)
    with pytest.raises(StopIteration) as result:
        coroutine.send(None)
    assert "rlm_awaited" not in result.value.value
    with pytest.raises(RuntimeError):
        asyncio.get_running_loop()
