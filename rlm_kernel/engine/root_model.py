"""Asks the root model of one run for its next reply, and sees to it that what it is sent fits its window."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass

from ..models import Delta, Model, ModelError, Waiting
from ..trace import Event, ModelWaiting, ReplyDelta, ReplyFinished, Usage
from .budget import BudgetExceeded, Reserve
from .cancellation import Stopped, Stopper
from .prompt import prompt
from .prompt.history import History
from .run_tree import Asked, RunTree

_TRIES = 3
# What a turn usually adds to the history, in tokens.
_GROWTH = 1_000


@dataclass(frozen=True, slots=True)
class Sampling:
    """How a reply is to be sampled; `repeats` is how often in a row the model has sent what it had sent before."""

    temperature: float | None = None
    seed: int | None = None
    max_tokens: int | None = None
    repeats: int = 0

    @property
    def warmer(self) -> float | None:
        """A model that sends the same block again is sampled more freely, or it would go on for ever."""
        if not self.repeats:
            return self.temperature
        return max(self.temperature or 0.0, min(1.0, 0.4 + 0.3 * self.repeats))


class RootModel:
    """The root model of a run at `depth`. `shown` takes every message that it is sent after the opening."""

    def __init__(
        self,
        model: Model,
        tree: RunTree,
        history: History,
        stopper: Stopper,
        reserve: Reserve,
        *,
        depth: int,
        shown: Callable[[str], None],
    ) -> None:
        self._model = model
        self._tree = tree
        self._history = history
        self._stopper = stopper
        self._reserve = reserve
        self._depth = depth
        self._shown = shown
        self._open: tuple[int, list[str], list[str], Usage] | None = None

    @property
    def cut_off(self) -> ReplyFinished | None:
        """The reply that was under way when nobody waited for it any more: it has been sent, and counts."""
        if self._open is None:
            return None
        index, text, reasoning, usage = self._open
        return ReplyFinished(index, "".join(text), "".join(reasoning), usage)

    async def fit(self, *, force: bool = False) -> list[str]:
        """Shorten the history where it nears the model's window; keep of the budget what a last answer would take.

        Returns a remark for the trace, if there is something to say.
        """
        tokens = self._tree.tokens(self._model, *self._history.texts)
        self._reserve.estimate = self._tree.estimate(self._model, tokens + _GROWTH)
        window = await self._tree.window(self._model, tokens)
        if window is None and not force:
            return []
        made = self._history.fit(lambda *texts: self._tree.tokens(self._model, *texts), window or tokens, force=force)
        return [prompt.told_shortened(made)] if made else []

    async def reply(
        self, index: int, sampling: Sampling, *, last: bool, notes: list[str]
    ) -> AsyncGenerator[Event | Asked, None]:
        """Deltas as they come, then the whole; asked again when a stream dies in the middle. Raises ModelError,
        BudgetExceeded and Stopped. Remarks for the trace are added to `notes`."""
        attempt, shortened = 1, False
        while True:
            said: tuple[list[str], list[str]] = ([], [])

            def booked(usage: Usage, said: tuple[list[str], list[str]] = said) -> None:
                self._open = (index, *said, usage)

            try:
                async with aclosing(self._pieces(index, sampling, attempt, last, booked)) as pieces:
                    async for piece in pieces:
                        if isinstance(piece, Asked):
                            self._open = None
                            yield piece
                            return
                        if isinstance(piece, Waiting):
                            yield ModelWaiting(index, piece.reason, piece.seconds)
                            continue
                        for reasoning, text in enumerate((piece.text, piece.reasoning)):
                            if text:
                                said[reasoning].append(text)
                                yield ReplyDelta(index, text, bool(reasoning))
            except ModelError as error:
                self._open = None
                yield ReplyFinished(index, "", "", error.usage or Usage())
                if error.kind == "context-length" and not shortened:
                    shortened, told = True, await self.fit(force=True)
                    notes += told
                    if told:
                        continue
                # Before a reply has begun, the model itself has tried as often as is of use.
                if not (error.retryable and (any(said) or error.kind == "empty")) or attempt == _TRIES:
                    raise
                attempt += 1
            except (Stopped, BudgetExceeded):
                if (cut := self.cut_off) is not None:
                    self._open = None
                    yield cut
                raise

    async def _pieces(
        self, index: int, sampling: Sampling, attempt: int, last: bool, booked: Callable[[Usage], None]
    ) -> AsyncGenerator[Delta | Asked, None]:
        for content in self._history.take_unsent():
            self._shown(content)
        asking = self._tree.ask(
            self._model,
            self._history.messages,
            depth=self._depth,
            own=self._reserve,
            last=last,
            max_tokens=sampling.max_tokens,
            temperature=sampling.warmer,
            seed=None if sampling.seed is None else sampling.seed + index - 1 + (attempt - 1) * 1000,
            booked=booked,
        )
        async with aclosing(asking), aclosing(self._stopper.iterate(asking)) as pieces:
            async for piece in pieces:
                yield piece
