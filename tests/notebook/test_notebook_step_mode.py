"""Step mode: what is asked, how it is answered, and that nothing runs or waits without an answer."""

from __future__ import annotations

import asyncio
import io
import threading
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from rlm_kernel.notebook.driver import run_awaited, run_blocking
from rlm_kernel.notebook.step_mode import StepMode, StepQuestion, ask_by_input
from rlm_kernel.notebook.terminal_view import TerminalLines
from rlm_kernel.notebook.widgets import Widgets
from rlm_kernel.render import static_view
from rlm_kernel.trace import CodeStarted, Event, IterationStarted, RunFinished, RunStarted

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from ipywidgets.widgets import widget

CODE = "print('<one>')\nprint(2)"


@dataclass
class Plan:
    """Stands for the engine's plan of a batch."""

    kind: str = "llm_query_batched"
    count: int = 1_200
    prompt_tokens: int = 800_000
    completion_tokens: int = 90_000
    cost: float | None = 1.25
    share: float = 0.75
    limit: str = "max_cost"


async def steps(stop: asyncio.Event, stepper: StepMode) -> AsyncIterator[Event]:
    """A run of one block and one batch that asks what the stepper asks; its value is what it was told."""
    yield RunStarted("question", "model")
    yield IterationStarted(1, 2)
    code = await stepper.review(1, CODE)
    if code is None:
        yield RunFinished("stopped", reason="interrupted")
        return
    yield CodeStarted(1, code)
    sent = await stepper.on_large_batch(Plan())
    yield RunFinished("answered", [code, sent])


def reading(*typed: str) -> Callable[[str], str]:
    """An `input` that is given these lines, then no more."""
    rest = iter(typed)

    def read(prompt: str) -> str:
        for line in rest:
            return line
        raise EOFError

    return read


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        (("r", "g"), [CODE, True]),
        (("what?", "", "Run", "go on"), [CODE, True]),
        (("e", "print(3)", "", "print(4)", ".", "r"), ["print(3)\n\nprint(4)", False]),
        (("e", ".", "g"), [CODE, True]),
        (("s",), None),
        ((), None),
        (("r",), [CODE, False]),
        (("e", "print(3)"), None),
    ],
)
def test_asked_in_a_terminal(typed: tuple[str, ...], value: Any) -> None:
    shown = io.StringIO()
    outcome, _ = run_blocking(steps, lambda _: TerminalLines(shown, reading(*typed)))
    assert outcome.trace.value == value
    assert outcome.trace.status == ("stopped" if value is None else "answered")
    assert "Iteration 1 is about to run:\n  > print('<one>')\n  > print(2)\n" in shown.getvalue()
    price = (
        "1,200 calls of llm_query_batched, about 800,000 tokens to send and up to 90,000 to receive, cost about 1.2500"
    )
    assert (f"{price}: 75% of what is left of max_cost" in shown.getvalue()) == (value is not None)


async def test_the_rest_runs_without_a_question() -> None:
    asked: asyncio.Queue[StepQuestion] = asyncio.Queue()
    stepper = StepMode(asyncio.Event(), asked.put_nowait)
    reviewing = asyncio.create_task(stepper.review(1, CODE))
    (await asked.get()).run_rest(CODE)
    assert await reviewing == CODE
    assert await stepper.review(2, "print(3)") == "print(3)"
    batch = asyncio.create_task(stepper.on_large_batch(Plan()))
    (await asked.get()).answer(False)
    assert await batch is False
    assert asked.empty()


def test_an_interrupt_at_the_prompt_stops_the_run() -> None:
    def read(prompt: str) -> str:
        raise KeyboardInterrupt

    outcome, _ = run_blocking(steps, lambda _: TerminalLines(io.StringIO(), read))
    assert outcome.interrupted
    assert outcome.trace.status == "stopped"


def test_nobody_to_ask_is_a_no() -> None:
    outcome, view = run_blocking(steps, lambda _: TerminalLines(io.StringIO()))
    assert not view.can_ask
    assert outcome.trace.status == "stopped"


async def test_a_run_that_is_stopped_waits_for_no_answer() -> None:
    stop, taken_away = asyncio.Event(), []
    asked: asyncio.Queue[StepQuestion] = asyncio.Queue()
    stepper = StepMode(stop, asked.put_nowait, taken_away.append)
    waiting = asyncio.create_task(stepper.review(1, CODE))
    question = await asked.get()
    stop.set()
    assert await waiting is None
    assert taken_away == [question]
    assert await stepper.on_large_batch(Plan()) is False
    assert asked.empty()


async def test_questions_of_runs_side_by_side_come_one_after_the_other() -> None:
    asked: asyncio.Queue[StepQuestion] = asyncio.Queue()
    stepper = StepMode(asyncio.Event(), asked.put_nowait)
    both = asyncio.gather(stepper.review(1, "a"), stepper.review(1, "b"))
    for _ in range(2):
        question = await asked.get()
        assert asked.empty()
        question.answer(question.code)
    assert await both == ["a", "b"]


async def test_an_answer_may_come_from_another_thread_and_counts_once() -> None:
    stepper = StepMode(asyncio.Event(), lambda question: threading.Thread(target=twice, args=(question,)).start())

    def twice(question: StepQuestion) -> None:
        question.answer("first")
        question.answer("second")

    assert await stepper.review(1, CODE) == "first"


async def test_hostile_code_is_shown_as_text() -> None:
    said: list[str] = []
    ask_by_input(StepQuestion(1, "x = '\x1b[2J\u202e'"), said.append, reading("s"))
    assert "\x1b" not in said[0]
    assert "\u202e" not in said[0]


@pytest.fixture
def shell() -> Iterator[Any]:
    yield InteractiveShell.instance()
    InteractiveShell.clear_instance()


def widget_of_the_run() -> Any:
    found = [one for one in widget._instances.values() if type(one).__name__ == "LiveRun"]
    return found[0] if found else None


async def asking(after: int = 0) -> dict[str, Any]:
    """The question that the view shows after the one with that number, as soon as it is there."""
    while True:
        shown = widget_of_the_run()
        asked = shown.get_state("run")["run"]["view"]["live"]["asking"] if shown is not None else None
        if asked and asked["id"] > after:
            return dict(asked)
        await asyncio.sleep(0.01)


def decide(asked: dict[str, Any], decision: Any, *, rest: bool = False) -> None:
    content = {"kind": "decide", "id": asked["id"], "decision": decision, "rest": rest}
    widget_of_the_run()._handle_msg({"content": {"data": {"method": "custom", "content": content}}, "buffers": []})


async def in_widgets(user: Callable[[], Any]) -> Any:
    """The outcome of `steps` with the widget in front of a user."""
    if not static_view.view_script():
        pytest.skip("the view is not built: pip install . builds it")
    before = set(widget._instances)
    with capture_output():
        run = asyncio.create_task(run_awaited(steps, lambda stop: Widgets("question", stop)))
        await user()
        outcome, view = await asyncio.wait_for(run, 30)
        view.finish(None)
    assert set(widget._instances) == before
    return outcome


async def test_run_and_go_on(shell: Any) -> None:
    async def user() -> None:
        asked = await asking()
        assert (asked["iteration"], asked["code"]) == (1, CODE)
        decide(asked, CODE)
        batch = await asking(asked["id"])
        assert "1,200 calls" in batch["batch"]
        decide(asked, False)  # an answer to a question that is answered already
        decide(batch, True)

    assert (await in_widgets(user)).trace.value == [CODE, True]


async def test_an_edit_and_a_refusal(shell: Any) -> None:
    async def user() -> None:
        asked = await asking()
        decide(asked, "print('mine')")
        batch = await asking(asked["id"])
        decide(batch, False)

    assert (await in_widgets(user)).trace.value == ["print('mine')", False]


async def test_stop(shell: Any) -> None:
    async def user() -> None:
        decide(await asking(), None)

    assert (await in_widgets(user)).trace.status == "stopped"
