"""Checks the user's tools before a sub-kernel is told of them: a name must be one that code can use, and free."""

from __future__ import annotations

import builtins
import keyword
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from .base import ToolStub
from .inside.tool_order import TOOLS

_TAKEN = frozenset([*TOOLS, "context", "history"])
_PRIVATE = "\u02cd"  # looks like an underscore and is none
_MOST = 100
_LONGEST = 2_000


def checked(tools: Sequence[ToolStub]) -> list[dict[str, Any]]:
    """The tools as a sub-kernel takes them. Raises ValueError for a name that code cannot use, or that is taken."""
    if len(tools) > _MOST:
        raise ValueError(f"{len(tools)} tools are too many for the model to choose from: give at most {_MOST}.")
    seen: set[str] = set()
    for tool in tools:
        reason = _reason(tool.name) or ("two tools have it" if tool.name in seen else "")
        if reason:
            raise ValueError(f"A tool cannot have the name {tool.name!r}: {reason}. Give the function another name.")
        if len(tool.signature) + len(tool.doc) > _LONGEST:
            raise ValueError(f"The tool {tool.name} is described in more than {_LONGEST:,} characters: shorten it.")
        seen.add(tool.name)
    return [asdict(tool) for tool in tools]


def _reason(name: str) -> str:
    if not name.isidentifier() or keyword.iskeyword(name) or unicodedata.normalize("NFKC", name) != name:
        return "it is no name in Python"
    if not name[0].isalpha() or _PRIVATE in name:
        return "names with a leading underscore are private"
    if name in _TAKEN:
        return "the sandbox has a tool or variable of that name"
    if hasattr(builtins, name):
        return "it is a builtin of Python"
    return ""
