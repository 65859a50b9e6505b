"""The parent's side of the sandbox: start, execute, interrupt, kill, report. It trusts nothing that comes out."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .base import Execution, Executor, IsolationError, Refusal
    from .subkernel import SubKernel

__all__ = ["Execution", "Executor", "IsolationError", "Refusal", "SubKernel"]


def __getattr__(name: str) -> Any:
    # Lazily, because the sub-kernel itself imports this package on its way to `inside`.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = ".subkernel" if name == "SubKernel" else ".base"
    return getattr(importlib.import_module(home, __name__), name)
