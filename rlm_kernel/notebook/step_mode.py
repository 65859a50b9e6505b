"""Step mode: a question to the user before a block runs and before a large batch is sent, and how it is put.

The engine awaits the answer in its own loop; the view that asks may live in another thread. A run that is stopped while
it waits gets no answer, which is an answer too: nothing that was not approved runs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from ..render.escape import clean_code, one_line


class LargeBatch(Protocol):
    """What the engine tells of a large batch (`budget.BatchPlan`)."""

    kind: str
    count: int
    prompt_tokens: int
    completion_tokens: int
    cost: float | None
    share: float
    limit: str


@dataclass(eq=False)
class StepQuestion:
    """May this code run (`code`, of `iteration`), or may this batch be sent (`plan`)?"""

    iteration: int = 0
    code: str | None = None
    plan: LargeBatch | None = None

    def __post_init__(self) -> None:
        self.runs_rest = False
        self._loop = asyncio.get_running_loop()
        self.answered: asyncio.Future[str | bool | None] = self._loop.create_future()

    def answer(self, decision: str | bool | None) -> None:
        """The code to run, or None to stop; for a batch True or False. From any thread; only the first one counts."""

        def settle() -> None:
            if not self.answered.done():
                self.answered.set_result(decision)

        with suppress(RuntimeError):  # the run and its loop have ended meanwhile
            self._loop.call_soon_threadsafe(settle)

    def run_rest(self, code: str) -> None:
        """Run this code, and all code after it without a question; large batches are still asked about."""
        self.runs_rest = True
        self.answer(code)

    def refuse(self) -> None:
        """Answer with what runs and sends nothing."""
        self.answer(None if self.plan is None else False)


class StepMode:
    """What the engine calls in step mode; `ask` brings a question before the user, `asked` takes it away again."""

    def __init__(
        self,
        stop: asyncio.Event,
        ask: Callable[[StepQuestion], None],
        asked: Callable[[StepQuestion], None] = lambda _: None,
    ) -> None:
        self._stop, self._ask, self._asked = stop, ask, asked
        self._one_at_a_time = asyncio.Lock()
        self._runs_rest = False

    async def review(self, iteration: int, code: str) -> str | None:
        """The code to run in place of this code; None to stop the run."""
        if self._runs_rest and not self._stop.is_set():
            return code
        question = StepQuestion(iteration, code)
        decision = await self._put(question)
        self._runs_rest = question.runs_rest and isinstance(decision, str)
        return decision if isinstance(decision, str) else None

    async def on_large_batch(self, plan: Any) -> bool:
        """Whether the batch may be sent."""
        return await self._put(StepQuestion(plan=plan)) is True

    async def _put(self, question: StepQuestion) -> str | bool | None:
        # Sub-runs run side by side, and a user reads one thing at a time.
        async with self._one_at_a_time:
            if self._stop.is_set():
                return None
            self._ask(question)
            stopped = asyncio.ensure_future(self._stop.wait())
            try:
                waited: set[asyncio.Future[Any]] = {question.answered, stopped}
                await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
                return question.answered.result() if question.answered.done() else None
            finally:
                stopped.cancel()
                self._asked(question)


def price(plan: LargeBatch) -> str:
    """What a batch would take, in words."""
    text = f"{plan.count:,} calls of {one_line(plan.kind, 40)}, about {plan.prompt_tokens:,} tokens to send and up to "
    text += f"{plan.completion_tokens:,} to receive"
    text += "" if plan.cost is None else f", cost about {plan.cost:.4f}"
    return f"{text}: {plan.share:.0%} of what is left of {one_line(plan.limit, 40)}"


def ask_by_input(question: StepQuestion, say: Callable[[str], None], read: Callable[[str], str] = input) -> None:
    """Ask in words and read the answer as a line of text: a terminal, or a front end's input field.

    No more input is a no. A KeyboardInterrupt passes, for the run to be stopped by.
    """
    try:
        if question.plan is not None:
            say(f"A large batch: {price(question.plan)}")
            question.answer(_choice(read, "[g]o on or [r]efuse? ", "gr") == "g")
            return
        code = question.code or ""
        say(f"Iteration {question.iteration} is about to run:\n" + _margin(code))
        match _choice(read, "[r]un, run [a]ll the rest, [e]dit or [s]top? ", "raes"):
            case "r":
                question.answer(code)
            case "a":
                question.run_rest(code)
            case "e":
                question.answer(_edited(code, say, read))
            case _:
                question.answer(None)
    except EOFError:
        question.refuse()


def _choice(read: Callable[[str], str], prompt: str, letters: str) -> str:
    while True:
        typed = read(prompt).strip().lower()[:1]
        if typed and typed in letters:
            return typed


def _edited(code: str, say: Callable[[str], None], read: Callable[[str], str]) -> str:
    say("Type the code that shall run instead; a line with a single dot ends it (at once: the code stays as it is).")
    lines: list[str] = []
    while (line := read("... ")) != ".":
        lines.append(line)
    return "\n".join(lines) if lines else code


def _margin(code: str) -> str:
    return "\n".join(f"  > {line}" for line in clean_code(code).split("\n"))
