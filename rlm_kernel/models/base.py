"""What a model is to the engine: a name, some facts about it, and a stream of a reply."""

from __future__ import annotations

import asyncio
import copy
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypedDict, cast, runtime_checkable

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


class NotBatched(ModelError):
    """A request that a batch of its endpoint left without a reply (it expired, say), and that has cost nothing: it may
    be sent by itself."""

    def __init__(self, message: str) -> None:
        super().__init__(message, retryable=True, usage=Usage())


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of a reply as it streams; `reasoning` is thinking that is shown but neither run nor sent back."""

    text: str = ""
    reasoning: str = ""


@dataclass(frozen=True, slots=True)
class Waiting(Delta):
    """An empty delta of a model that has something to wait for, such as an endpoint that has refused: what, as a
    sentence for the user, and for how many seconds (None where that is not known)."""

    reason: str = ""
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole reply: what `stream` yields last. `finish_reason` is the endpoint's word (`stop`, `length` ...)."""

    text: str
    reasoning: str = ""
    usage: Usage = field(default_factory=Usage)
    finish_reason: str | None = None


OWN = "\0"


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a reply may be, by its `kind`:

    - "text": one of some texts, in which `OWN` stands for words of the model's own.
    - "code": one block of code that has a comment, then one of the texts, then more code, which compares nothing for
      equality and has, unless it `may_filter`, no `if`; `keys` are all that it may ask of a row (`m['key']`), if there
      are any.
    - "call": one block of one line, a call that begins with one of the texts and has neither None nor `rows` behind it.
    """

    texts: tuple[str, ...]
    kind: Literal["text", "code", "call"] = "text"
    may_filter: bool = False
    keys: tuple[str, ...] = ()


class Model(ABC):
    """Anything that answers a list of messages. A subclass needs a `name` and a `stream`; the rest has defaults.

    An instance may be given as `RLM(model=...)`, or be made from a name by a package that offers it under the entry
    point group `rlm_kernel.models` (see `rlm_kernel.models.plugins`).
    """

    @property
    @abstractmethod
    def name(self) -> str:
        """What the user calls it; the trace, the prices and the cache of replies know it by this."""

    @abstractmethod
    def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int | None = None,
        temperature: float | None = None,
        seed: int | None = None,
    ) -> AsyncIterator[Delta | Reply]:
        """Yield `Delta`s (and `Waiting` where there is something to wait for), then exactly one `Reply`.

        Raises `ModelError`.

        It may be called concurrently, from one event loop. Cancelling its consumer cancels the request; what was spent
        until then can be put on record with `set_spent` before the CancelledError goes on.
        """

    @property
    def notices(self) -> tuple[str, ...]:
        """Sentences that every display shows beside an answer of this model."""
        return ()

    @property
    def small(self) -> bool:
        """Whether the prompt needs worked examples for this model."""
        return False

    @property
    def context_window(self) -> int | None:
        """How long a prompt and its reply may be together, in tokens; None where that is unknown."""
        return None

    @property
    def identity(self) -> Mapping[str, Any]:
        """What tells its replies from those of other models of the same name (an address, a file of weights), as JSON
        values. It is part of the key in the cache of replies, so it must hold no API key."""
        return {}

    @property
    def pinned_weights(self) -> str | None:
        """The SHA-256 of the weights that give its replies, in hex, where that is sure."""
        return None

    async def learn_window(self) -> int | None:
        """Find out the context window where it is not known yet, in seconds at most; never raises."""
        return self.context_window

    @property
    def by_batch(self) -> bool:
        """Whether its requests go into batches of the endpoint, at their price: see `batched`."""
        return False

    def batched(self) -> Model | None:
        """The same model, asked through the batches of its endpoint, which answers within hours; None: it has none.

        A request to it that comes back as `NotBatched` may be sent to the model itself.
        """
        return None

    def bound(self, bounds: Bounds) -> Model | None:  # noqa: ARG002  what derives from it may do it
        """The same model, each reply of which is within bounds; None where its replies cannot be bound."""
        return None

    async def check_batches(self) -> None:
        """Raise `ModelError` of kind `missing`, in one sentence, where the endpoint has no batches."""
        raise ModelError(
            f"batch_api is set, and {self.name!r} has no batches, which only some endpoints have (OpenAI's /v1/batches)"
            ": leave batch_api (--batch-api) out, and calls are sent one by one.",
            kind="missing",
        )

    async def prepare(self) -> None:  # noqa: B027  a model that is ready needs none
        """Load what a first call needs, while the sub-kernel starts. What fails here is said by that call."""

    async def aclose(self) -> None:  # noqa: B027  a model that holds nothing needs none
        """Release connections and processes; the model may not be used afterwards."""


@runtime_checkable
class ModelLike(Protocol):
    """An object that is no `Model` by inheritance but has the members that every model needs; see `AdaptedModel`."""

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
    ) -> AsyncIterator[Delta | Reply]: ...

    async def aclose(self) -> None: ...


# Attributes by which an object that is no `Model` may differ from another of its name.
_IDENTIFYING = ("base_url", "extra_body", "temperature", "identity")


class WrappedModel(Model):
    """A model that passes everything on to another; what derives from it says what it does otherwise. Closing it closes
    the other."""

    def __init__(self, model: Model) -> None:
        self._model = model

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._model!r})"

    @property
    def name(self) -> str:
        return self._model.name

    @property
    def notices(self) -> tuple[str, ...]:
        return self._model.notices

    @property
    def small(self) -> bool:
        return self._model.small

    @property
    def context_window(self) -> int | None:
        return self._model.context_window

    @property
    def identity(self) -> Mapping[str, Any]:
        return self._model.identity

    @property
    def pinned_weights(self) -> str | None:
        return self._model.pinned_weights

    async def learn_window(self) -> int | None:
        """As the other does."""
        return await self._model.learn_window()

    def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int | None = None,
        temperature: float | None = None,
        seed: int | None = None,
    ) -> AsyncIterator[Delta | Reply]:
        """As the other does."""
        return self._model.stream(messages, max_tokens=max_tokens, temperature=temperature, seed=seed)

    @property
    def by_batch(self) -> bool:
        return self._model.by_batch

    def batched(self) -> Model | None:
        """This wrapper around what the other gives."""
        return self._around(self._model.batched())

    def bound(self, bounds: Bounds) -> Model | None:
        """This wrapper around what the other gives."""
        return self._around(self._model.bound(bounds))

    def _around(self, inner: Model | None) -> Model | None:
        if inner is None:
            return None
        wrapped = copy.copy(self)
        wrapped._model = inner
        return wrapped

    async def check_batches(self) -> None:
        """As the other does."""
        await self._model.check_batches()

    async def prepare(self) -> None:
        """As the other does."""
        await self._model.prepare()

    async def aclose(self) -> None:
        """Close the other."""
        await self._model.aclose()


class AdaptedModel(WrappedModel):
    """A `ModelLike` as a `Model`. Members that `ModelLike` does not have are looked for here and nowhere else."""

    def __init__(self, model: ModelLike) -> None:
        super().__init__(cast(Model, model))

    @property
    def identity(self) -> Mapping[str, Any]:
        values = {name: getattr(self._model, name, None) for name in _IDENTIFYING}
        return {name: value for name, value in values.items() if value is not None}

    @property
    def pinned_weights(self) -> str | None:
        return None

    async def learn_window(self) -> int | None:
        """As the object does, if it does."""
        learn = getattr(self._model, "learn_window", None)
        return await learn() if learn is not None else self.context_window

    @property
    def by_batch(self) -> bool:
        return False

    def batched(self) -> Model | None:
        """None: a model of its own kind has no batches."""
        return None

    def bound(self, bounds: Bounds) -> Model | None:  # noqa: ARG002
        """None: what a model of its own kind replies is not bound."""
        return None

    async def check_batches(self) -> None:
        """Raise `ModelError`."""
        await Model.check_batches(self)

    async def prepare(self) -> None:
        """As the object does, if it does."""
        if (prepare := getattr(self._model, "prepare", None)) is not None:
            await prepare()


def set_spent(cancelled: asyncio.CancelledError, usage: Usage) -> None:
    """Put on record what a cancelled `stream` had spent, for the ledger of the run."""
    cancelled.usage = usage  # type: ignore[attr-defined]  # a subclass would be no cancellation to asyncio.timeout


def spent_until(cancelled: asyncio.CancelledError) -> Usage | None:
    """What `set_spent` has put on record; None where a model did not say."""
    usage = vars(cancelled).get("usage")
    return usage if isinstance(usage, Usage) else None
