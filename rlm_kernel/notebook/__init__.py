"""The Jupyter face: `%load_ext rlm_kernel`, the magics, the live display and the static rendering of a trace.

Importing this package imports neither IPython nor ipywidgets: `static` also renders answers in plain Python.
"""

from __future__ import annotations

from typing import Any

__all__ = ["load_ipython_extension", "unload_ipython_extension"]


def load_ipython_extension(shell: Any) -> None:
    """Register `%rlm`, `%%rlm`, the await rewriting and the `RLM` configurable. Loading twice changes nothing."""
    from .magic import RLMMagics

    RLMMagics.load(shell)


def unload_ipython_extension(shell: Any) -> None:
    """Take back everything that `load_ipython_extension` registered."""
    from .magic import RLMMagics

    RLMMagics.unload(shell)
