"""Lets papermill write its cell of parameters for this kernel, which takes assignments as Python.

papermill knows how to write parameters for languages that are registered with it, and loads its engines by entry
points: this engine is its own one, and registers the language as it is loaded. Nothing else of ours imports this.
"""

from __future__ import annotations

from papermill.engines import NBClientEngine
from papermill.translators import PythonTranslator, papermill_translators


class RLMEngine(NBClientEngine):  # type: ignore[misc]
    """papermill's usual engine."""


papermill_translators.register("rlm", PythonTranslator)
