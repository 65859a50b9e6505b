"""What a model is to the engine: a name, some facts about it, and a stream of a reply."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypedDict, runtime_checkable

from ..trace import Usage


class Message(TypedDict):
    """One message of the history, as in the OpenAI chat protocol."""

    role: Literal["system", "user", "assistant"]
    content: str


class ModelError(RuntimeError):
    """The model's endpoint failed. The text is for the user: what was asked, what came back, what to do.

    `usage` is what the failed call has cost as far as that is known: its retries at least, None where it was not sent.
    `retryable` tells whether the same request may succeed later (the model has used up its own retries already);
    `kind` is a stable word for programs: `connection`, `auth`, `not-found`, `rate-limit`, `context-length`,
    `server`, `empty`, `protocol`, `recording`, `missing`.
    """

    def __init__(
        self, message: str, *, kind: str = "server", retryable: bool = False, usage: Usage | None = None
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.retryable = retryable
        self.usage = usage


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of a reply as it streams; `reasoning` is thinking that is shown but neither run nor sent back."""

    text: str = ""
    reasoning: str = ""


@dataclass(frozen=True, slots=True)
class Waiting(Delta):
    """An empty delta of a model that waits before it asks its endpoint again: why, as a sentence for the user, and for
    how many seconds (None where that is not known)."""

    reason: str = ""
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole reply: what `stream` yields last. `finish_reason` is the endpoint's word (`stop`, `length` ...)."""

    text: str
    reasoning: str = ""
    usage: Usage = field(default_factory=Usage)
    finish_reason: str | None = None


@runtime_checkable
class Model(Protocol):
    """Anything that answers a list of messages.

    `name` is what the user calls it. `notices` are sentences that every face shows beside its answers. `small`
    models get worked examples in the prompt. `context_window` is in tokens, None where unknown. `stream` may be
    called concurrently, from one event loop; cancelling its consumer cancels the request (a `usage` that is set on the
    CancelledError says what was spent until then; without it, one call is taken to be).
    """

    @property
    def name(self) -> str: ...

    @property
    def notices(self) -> tuple[str, ...]: ...

    @property
    def small(self) -> bool: ...

    @property
    def context_window(self) -> int | None: ...

    def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int | None = None,
        temperature: float | None = None,
        seed: int | None = None,
    ) -> AsyncIterator[Delta | Reply]:
        """Yield `Delta`s (and `Waiting` where there is something to wait for), then exactly one `Reply`. Raises
        `ModelError`."""
        ...

    async def aclose(self) -> None:
        """Release connections and processes; the model may not be used afterwards."""
        ...
