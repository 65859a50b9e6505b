"""Who answers: any OpenAI-compatible endpoint, the embedded local model, or a recorded one.

Only this package imports openai or xllamacpp, and only inside functions: `import rlm_kernel` stays fast.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .base import OWN, Bounds, Delta, Message, Model, ModelError, Reply, Waiting, WrappedModel

# Not lazily: whoever imports the submodule `resolve` first would leave the module under the function's name.
from .resolve import resolve

if TYPE_CHECKING:
    from .cache import DiskCache as DiskCache
    from .openai.model import OpenAICompatible as OpenAICompatible
    from .recorded import Recorded as Recorded
    from .recorder import Recorder as Recorder

_LAZY = {"DiskCache": "cache", "OpenAICompatible": "openai.model", "Recorded": "recorded", "Recorder": "recorder"}

__all__ = [
    "OWN",
    "Bounds",
    "Delta",
    "DiskCache",
    "Message",
    "Model",
    "ModelError",
    "OpenAICompatible",
    "Recorded",
    "Recorder",
    "Reply",
    "Waiting",
    "WrappedModel",
    "resolve",
]


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_LAZY[name]}"), name)
