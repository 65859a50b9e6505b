"""What the code in the sandbox can call, described for people: names, signatures, what each does. It calls nothing."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from ...subkernel.base import ToolStub
from ...subkernel.inside.tool_order import TOOLS
from ...subkernel.inside.tools import Tools
from ..tools.user_tools import UserTools

_HISTORY = ToolStub("history", "(k: int) -> str", "The whole output of iteration k of the run, counted from 1.")


def described(tools: Sequence[Callable[..., Any]] = ()) -> dict[str, ToolStub]:
    """Name -> description: the contract's tools in the order of the prompt, then `tools`, the user's own.

    Raises ValueError for what cannot be a tool.
    """
    ours = [*map(_described, TOOLS), _HISTORY]
    users = UserTools(tools).stubs if tools else ()
    return {stub.name: stub for stub in (*ours, *users)}


def _described(name: str) -> ToolStub:
    function = getattr(Tools, name)
    signature = inspect.signature(function)
    shown = signature.replace(parameters=[each for each in signature.parameters.values() if each.name != "self"])
    return ToolStub(name, str(shown).replace("'", ""), inspect.getdoc(function) or "")
