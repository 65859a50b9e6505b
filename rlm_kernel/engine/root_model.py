"""Asks the root model of one run for its next reply, and sees to it that what it is sent fits its window."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..models import Bounds, Delta, Model, ModelError, Waiting
from ..trace import Event, ModelWaiting, ReplyDelta, ReplyFinished, Usage
from .budget import BudgetExceeded, Reserve
from .cancellation import Stopped, Stopper
from .prompt import prompt
from .prompt.choices import Choice, of_days, of_lines, of_numbers, of_relevance, of_states
from .prompt.history import History
from .rows.asked import needs_filter, restricts, says_what_became
from .rows.states import has_void
from .run_tree import Asked, RunTree

if TYPE_CHECKING:
    from .rows.form_notes import Told

_TRIES = 3
# What a turn usually adds to the history, in tokens.
_GROWTH = 1_000
_LONGEST_ANSWER = 32


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
        self._spent = Usage()

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
        self,
        index: int,
        sampling: Sampling,
        *,
        last: bool,
        notes: list[str],
        question: str = "",
        forms: Sequence[Told] = (),
        whole: str = "",
        call: str = "",
    ) -> AsyncGenerator[Event | Asked, None]:
        """Deltas as they come, then the whole; asked again when a stream dies in the middle. Raises ModelError,
        BudgetExceeded and Stopped. Remarks for the trace are added to `notes`.

        Of a model whose replies can be bound the reply is `whole`, where that is given, or one call that begins with
        `call`; else its code begins with a search of those that it was told, `forms`. Which of them, and for rows of
        which state, it is asked first; the usage of the reply has that of these questions in it.
        """
        attempt, shortened = 1, False
        self._spent = Usage()
        try:
            if whole or call:
                bounds: Bounds | None = Bounds((whole or call,), kind="text" if whole else "call")
            else:
                bounds = await self._beginnings(index, question, forms)
        except Stopped:
            if (cut := self.cut_off) is not None:
                self._open = None
                yield cut
            raise
        while True:
            said: tuple[list[str], list[str]] = ([], [])

            def booked(usage: Usage, said: tuple[list[str], list[str]] = said) -> None:
                self._open = (index, *said, self._spent + usage)

            try:
                async with aclosing(self._pieces(index, sampling, attempt, last, booked, bounds)) as pieces:
                    async for piece in pieces:
                        if isinstance(piece, Asked):
                            self._open = None
                            yield Asked(replace(piece.reply, usage=self._spent + piece.reply.usage), piece.cached)
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
                yield ReplyFinished(index, "", "", self._spent + (error.usage or Usage()))
                self._spent = Usage()
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

    async def _beginnings(self, index: int, question: str, told: Sequence[Told]) -> Bounds | None:
        """With what the code of the next reply may begin; None where the replies of the model cannot be bound."""
        told = [each for each in told if each.beginnings]
        if not told or self._model.bound(Bounds(())) is None:
            return None
        try:
            codes = [await self._code(index, question, each) for each in told]
            if len(told) > 1 and len({each.source for each in told}) == 1:
                codes = [codes[int(await self._picked(index, of_lines(question, [each.line for each in told]))) - 1]]
        except (ModelError, BudgetExceeded):
            # It chooses as it writes.
            codes = [code for each in told for code in each.beginnings.values()]
        if all(each.is_whole for each in told):
            return Bounds(tuple(f"```python\n{code}\n```" for code in codes), kind="text")
        may_filter = needs_filter(question, of_days=not all(each.of_days or each.days for each in told))
        keys = tuple(dict.fromkeys(key for each in told for key in each.keys))
        return Bounds(tuple(codes), kind="code", may_filter=may_filter, keys=keys)

    async def _code(self, index: int, question: str, told: Told) -> str:
        """The code that finds the rows a question means, by the model's own answers: of which states they are, which
        days count and which number is asked for."""
        code = told.beginnings[tuple([await self._state(index, question, told, *state) for state in told.states])]
        if told.days:
            samples = {name: days.samples for name, days in told.days.items()}
            code += f"\n{told.days[await self._picked(index, of_days(question, samples))].code}"
        if told.factors is not None:
            count, prices = told.factors
            price = await self._picked(index, of_numbers(question, prices)) if len(prices) > 1 else next(iter(prices))
            code += f"\namounts = [row[{count!r}] * row[{price!r}] for row in table]"
        if told.numbers:
            number = await self._picked(index, of_numbers(question, told.numbers))
            code = f"# the number is m[{number!r}]\n{code}"
        return code

    async def _state(self, index: int, question: str, told: Told, name: str, states: tuple[str, ...]) -> str:
        """The state that a question means, in the model's own answer; "" where it means all."""
        if not (restricts(question) or says_what_became(question) or has_void(states)):
            relevance = of_relevance(question, name, states)
            if await self._picked(index, relevance) == "no":
                return ""
        return await self._picked(index, of_states(question, name, states, told.legend))

    async def _picked(self, index: int, choice: Choice) -> str:
        """The model's own answer to a short question."""
        so_far = self._spent

        def booked(usage: Usage) -> None:
            self._spent = so_far + usage
            self._open = (index, [], [], self._spent)

        asking = self._tree.ask(
            self._model,
            choice.messages,
            depth=self._depth,
            own=self._reserve,
            temperature=0.0,
            max_tokens=_LONGEST_ANSWER,
            booked=booked,
            bounds=Bounds(choice.answers),
        )
        answer = ""
        async with aclosing(asking), aclosing(self._stopper.iterate(asking)) as pieces:
            async for piece in pieces:
                if isinstance(piece, Asked):
                    answer = piece.reply.text
        self._open = None
        return answer if answer in choice.answers else choice.answers[0]

    async def _pieces(
        self,
        index: int,
        sampling: Sampling,
        attempt: int,
        last: bool,
        booked: Callable[[Usage], None],
        bounds: Bounds | None,
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
            bounds=bounds,
        )
        async with aclosing(asking), aclosing(self._stopper.iterate(asking)) as pieces:
            async for piece in pieces:
                yield piece
