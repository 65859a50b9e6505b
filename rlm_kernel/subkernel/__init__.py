"""The parent's side of the sandbox: start, execute, interrupt, kill, report. It trusts nothing that comes out."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .base import Execution, Executor, Refusal, ToolStub
    from .errors import IsolationError
    from .launch.preparation import prepare, warm_up
    from .launch.warm_spare import cool_down
    from .subkernel import SubKernel

__all__ = [
    "Execution",
    "Executor",
    "IsolationError",
    "Refusal",
    "SubKernel",
    "ToolStub",
    "cool_down",
    "prepare",
    "warm_up",
]

_HOMES = {
    "IsolationError": ".errors",
    "SubKernel": ".subkernel",
    "cool_down": ".launch.warm_spare",
    "prepare": ".launch.preparation",
    "warm_up": ".launch.preparation",
}


def __getattr__(name: str) -> Any:
    # Lazily, because the sub-kernel itself imports this package on its way to `inside`.
    if name == "forkserver":
        # The name of 0.1 for the module that stops and asks the fork server.
        return importlib.import_module(".launch.fork_server", __name__)
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES.get(name, ".base"), __name__), name)
