"""Questions about long documents, answered by executed code."""

from __future__ import annotations

import gc
import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .api.rlm import RLM, Answer
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
    # What an import makes lives on: collections in the midst of it find nothing, and take a tenth of the time.
    collects = gc.isenabled()
    gc.disable()
    try:
        return getattr(importlib.import_module(_HOME[name], __name__), name)
    except ModuleNotFoundError as error:
        if (sentence := _no_posix(error)) is None:
            raise
        raise ImportError(sentence) from None
    finally:
        if collects:
            gc.enable()


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
