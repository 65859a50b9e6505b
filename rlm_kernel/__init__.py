"""Questions about long documents, answered by executed code."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .api.answer import Answer
    from .api.rlm import RLM
    from .document import Document, DocumentError
    from .models import ModelError
    from .notebook import load_ipython_extension
    from .subkernel import IsolationError
    from .trace import Trace

__version__ = "0.2.0"
__all__ = [
    "RLM",
    "Answer",
    "Document",
    "DocumentError",
    "IsolationError",
    "ModelError",
    "Trace",
    "load_ipython_extension",
]

_HOME = {
    "RLM": ".api.rlm",
    "Answer": ".api.answer",
    "Document": ".document",
    "DocumentError": ".document",
    "IsolationError": ".subkernel",
    "ModelError": ".models",
    "Trace": ".trace",
    "load_ipython_extension": ".notebook",
    "unload_ipython_extension": ".notebook",
}


_OF_POSIX = ("fcntl", "resource")


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from .api.loading import without_collections

    try:
        with without_collections():
            return getattr(importlib.import_module(_HOME[name], __name__), name)
    except ModuleNotFoundError as error:
        if (sentence := _no_posix(error)) is None:
            raise
        raise ImportError(sentence) from None


def _no_posix(error: ModuleNotFoundError) -> str | None:
    """What to say where the error is of a system that cannot isolate processes; None where it is another."""
    if error.name not in _OF_POSIX:
        return None
    return (
        f"rlm-kernel needs an operating system that can isolate processes, and this one has no {error.name!r}: on "
        "Windows, install it in WSL (see docs/security.md)."
    )


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
