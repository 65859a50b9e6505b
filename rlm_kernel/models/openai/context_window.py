"""How many tokens an endpoint says that a model's window has. What it lists is hostile, and checked.

Sources: OpenRouter (`context_length`, `top_provider.context_length`), vLLM (`max_model_len`), Groq (`context_window`),
Mistral (`max_context_length`), LM Studio (`loaded_context_length`), llama.cpp (`meta.n_ctx`, and `/props`).
"""

from __future__ import annotations

import asyncio
from asyncio import AbstractEventLoop, Lock
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote
from weakref import WeakKeyDictionary

MIN_WINDOW, MAX_WINDOW = 256, 100_000_000
_NAMES = ("context_length", "context_window", "max_context_length", "loaded_context_length", "max_model_len")
Get = Callable[[str], Awaitable[object]]


@dataclass
class Window:
    """What is known of the window of one model at one endpoint, shared by all instances that talk to it.

    `said` by a refusal of a prompt that was too long, `listed` among its models; `asked` once it has been looked for.
    """

    said: int | None = None
    listed: int | None = None
    asked: bool = False
    _locks: WeakKeyDictionary[AbstractEventLoop, Lock] = field(default_factory=WeakKeyDictionary)

    def lock(self) -> Lock:
        """The running loop's: whoever comes while another one asks waits for its answer."""
        return self._locks.setdefault(asyncio.get_running_loop(), Lock())

    def best(self, given: int | None) -> int | None:
        """What a refusal said comes first, unless the user allows less; then what was given, then what is listed."""
        if self.said is not None:
            return min(self.said, given or self.said)
        return given if given is not None else self.listed


def tokens(value: object) -> int | None:
    """A believable window, else None."""
    believable = isinstance(value, int) and not isinstance(value, bool) and MIN_WINDOW <= value <= MAX_WINDOW
    return value if believable and isinstance(value, int) else None


async def look_up(name: str, get: Get, *, loopback: bool) -> int | None:
    """The window of the model `name`. `get` gives the JSON at a path (below the base URL, or `/props` beside it)."""
    entry = _entry(await get("/models"), name)
    if entry is None and ".." not in name:
        alone = await get(f"/models/{quote(name)}")
        entry = alone if isinstance(alone, Mapping) else None
    window = _in(entry or {})
    if window is None and (loopback or (entry or {}).get("owned_by") == "llamacpp"):
        window = _of_props(await get("/props"))
    return window


def _entry(listing: object, name: str) -> Mapping[str, Any] | None:
    """The model of that name; where there is only one it is meant, whatever it is called (llama.cpp ignores names)."""
    data = listing.get("data") if isinstance(listing, Mapping) else None
    models = [one for one in data if isinstance(one, Mapping)] if isinstance(data, list) else []
    named = [one for one in models if one.get("id") == name]
    return named[0] if named else models[0] if len(models) == 1 else None


def _in(entry: Mapping[str, Any]) -> int | None:
    """The smallest of the figures: what the model could have is more than what is loaded or served of it.

    `meta.n_ctx_train` is none of them: it is what the model was trained with.
    """
    provider, meta = entry.get("top_provider"), entry.get("meta")
    values = [entry.get(name) for name in _NAMES]
    values.append(provider.get("context_length") if isinstance(provider, Mapping) else None)
    values.append(meta.get("n_ctx") if isinstance(meta, Mapping) else None)
    return min((window for value in values if (window := tokens(value))), default=None)


def _of_props(props: object) -> int | None:
    settings = props.get("default_generation_settings") if isinstance(props, Mapping) else None
    return tokens(settings.get("n_ctx")) if isinstance(settings, Mapping) else None
