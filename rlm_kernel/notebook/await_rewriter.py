"""Turns a `%%rlm` cell into one that awaits, where the kernel's own event loop can run it.

IPython has no asynchronous magics: a cell magic's cell is the call `get_ipython().run_cell_magic('rlm', ...)`, and
the loop stands still while it runs. `AwaitRewriter` is an entry of `input_transformers_post` that makes an `await` of
that call when it is the whole cell. Anything else (`%%capture`, `%%time`, loops, a terminal) is left as it is, and
the magic then runs on a loop of its own; as it does where the kernel hears no buttons meanwhile (`hears_comms`). The
history keeps the cell as it was typed.
"""

from __future__ import annotations

import ast
import asyncio
import inspect
import sys
from typing import Any

AWAITED = "await get_ipython().magics_manager.registry['RLMMagics'].rlm_awaited({line!r}, {cell!r})\n"


class AwaitRewriter:
    """The transformer: `lines` in, `lines` out."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell

    def __call__(self, lines: list[str]) -> list[str]:
        """Rewrite a cell that is nothing but a `%%rlm`, if it may be awaited here."""
        if not lines or "run_cell_magic('rlm'" not in lines[0]:
            return lines
        found = _magic_call("".join(lines))
        if found is None or not self._may_await():
            return lines
        return [AWAITED.format(line=found[0], cell=found[1])]

    def _may_await(self) -> bool:
        kernel = getattr(self._shell, "kernel", None)
        if kernel is None or not self._shell.autoawait or not hears_comms(kernel):
            return False
        from IPython.core.async_helpers import _asyncio_runner

        if self._shell.loop_runner is not _asyncio_runner:
            return False
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return False
        return _asked_by_kernel()


def hears_comms(kernel: Any) -> bool:
    """Whether the kernel handles the messages of widgets while a cell of its own is awaited.

    ipykernel does since 7.4. Before, a button's message waits for the end of the cell: such a run has no buttons, and
    asks what it has to ask by the front end's input field, for which it must not be awaited.
    """
    from ipykernel.kernelbase import Kernel

    return not isinstance(kernel, Kernel) or "concurrent" in inspect.signature(kernel.dispatch_shell).parameters


def _asked_by_kernel() -> bool:
    """Whether the cell is being prepared by the kernel's own do_execute, the one caller that awaits its cells.

    A nested `run_cell`, as of `%%capture`, would start a second run of the loop that is already running.
    """
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_name != "transform_cell":
        frame = frame.f_back
    return frame.f_back is not None and frame.f_back.f_code.co_name == "do_execute"


def _magic_call(source: str) -> tuple[str, str] | None:
    """The line and the body of `get_ipython().run_cell_magic('rlm', line, body)`, None if the cell is anything else."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return None
    match tree.body:
        case [
            ast.Expr(
                ast.Call(
                    func=ast.Attribute(value=ast.Call(func=ast.Name(id="get_ipython")), attr="run_cell_magic"),
                    args=[ast.Constant("rlm"), ast.Constant(str(line)), ast.Constant(str(cell))],
                    keywords=[],
                )
            )
        ]:
            return line, cell
    return None
