"""The sub-calls of one run: prompts from the cell to the sub-model, concurrently, each one in the ledger."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any, Literal

from .budget import Budget, BudgetExceeded
from .models import Delta, Model, ModelError, Reply
from .subkernel.base import Refusal
from .trace import Call, CallFinished, CallStarted, Event, Usage

if TYPE_CHECKING:
    from .loop import RunSettings

_MAX_PROMPTS = 1_000
_SHOWN = 20_000


class SubCalls:
    """Answers `llm_query` and `llm_query_batched`. `index` is the iteration that is running, `tell` takes events,
    `sent` every prompt that the sub-model is sent, whole."""

    def __init__(
        self,
        model: Model,
        budget: Budget,
        settings: RunSettings,
        tell: Callable[[Event], None],
        sent: Callable[[str], None] = lambda _prompt: None,
    ) -> None:
        self.index = 0
        self._model = model
        self._budget = budget
        self._settings = settings
        self._tell = tell
        self._sent = sent
        self._ids = itertools.count(1)
        self._gate = asyncio.Semaphore(settings.max_concurrency)

    async def ask(self, method: str, prompts: Any) -> list[str]:
        """The replies, in order. A single call that fails raises Refusal; in a batch it is a text `[error: ...]`."""
        if not isinstance(prompts, list) or not all(isinstance(prompt, str) for prompt in prompts):
            raise Refusal(f"{method}: prompts must be texts")
        if len(prompts) > _MAX_PROMPTS:
            raise Refusal(
                f"{method}: {len(prompts):,} prompts are too many for one batch; {_MAX_PROMPTS:,} are the limit"
            )
        kind: Literal["llm_query", "llm_query_batched"] = "llm_query" if method == "llm_query" else "llm_query_batched"
        calls = await asyncio.gather(*(self._one(kind, prompt) for prompt in prompts))
        if kind == "llm_query" and calls and calls[0].error is not None:
            raise Refusal(f"llm_query: {calls[0].error}")
        return [call.response if call.response is not None else f"[error: {call.error}]" for call in calls]

    async def _one(self, kind: Literal["llm_query", "llm_query_batched"], prompt: str) -> Call:
        async with self._gate:
            identity, index, began = next(self._ids), self.index, time.monotonic()
            shown = (
                prompt if len(prompt) <= _SHOWN else f"{prompt[:_SHOWN]}[... {len(prompt) - _SHOWN:,} more characters]"
            )
            self._tell(CallStarted(index, identity, kind, self._model.name, shown))
            response: str | None = None
            problem: str | None = "cancelled"
            usage = Usage()
            try:
                self._claim(prompt)
                usage = Usage(calls=1)
                self._sent(prompt)
                response, usage = await self._reply(prompt)
                problem = None
            except (ModelError, BudgetExceeded) as error:
                problem = str(error)
            except Exception as error:  # a model may be anybody's code, and the cell waits for a reply
                problem = f"{type(error).__name__}: {error}"
            finally:
                call = Call(
                    id=identity,
                    kind=kind,
                    model=self._model.name,
                    prompt=shown,
                    response=response,
                    error=problem,
                    usage=usage,
                    seconds=round(time.monotonic() - began, 3),
                )
                self._tell(CallFinished(index, call))
            return call

    def _claim(self, prompt: str) -> None:
        window = self._model.context_window
        tokens = len(prompt.encode("utf-8", "replace")) // 4
        if window is not None and tokens > window:
            raise ModelError(
                f"the prompt has about {tokens:,} tokens and the sub-model takes {window:,}: split it",
                kind="context-length",
            )
        # The root model must be able to answer with what the sub-calls bring.
        self._budget.reserve(keep=1)

    async def _reply(self, prompt: str) -> tuple[str, Usage]:
        usage: Usage | None = None
        stream = self._model.stream(
            [{"role": "user", "content": prompt}],
            temperature=self._settings.temperature,
            seed=self._settings.seed,
        )
        try:
            async for piece in stream:
                if isinstance(piece, Reply):
                    usage = piece.usage
                    return piece.text, piece.usage
            raise ModelError("the sub-model sent no reply", kind="protocol")
        finally:
            self._budget.settle(usage)
            await close_stream(stream)


async def close_stream(stream: AsyncIterator[Delta | Reply]) -> None:
    """Close a model's stream where it can be closed, so that its connection is free at once."""
    close = getattr(stream, "aclose", None)
    if close is not None:
        await close()
