"""What the model is sent when the history nears its window, and how its code gets an output back."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from runs import DOCUMENT, Result, block, run
from scripted_server import ScriptedServer, fail

from rlm_kernel.engine.prompt.history import History

Serve = Callable[..., ScriptedServer]
LONG = "print('\\n'.join(f'row {n} of turn TURN ' + 'x' * 50 for n in range(300)))"


def tokens(*texts: str) -> int:
    return sum(map(len, texts)) // 4


def made(turns: int, size: int = 2_000) -> History:
    history = History([{"role": "system", "content": "rules"}, {"role": "user", "content": "question"}])
    for index in range(1, turns + 1):
        history.add(index, f"```python\nprint({index})\n```", f"Output:\nfirst line of {index}\n" + "y" * size)
    return history


def test_a_history_that_fits_is_left_alone() -> None:
    history = made(5)
    before = list(history.texts)
    assert history.fit(tokens, 100_000) == []
    assert history.texts == before


def test_the_oldest_outputs_are_shortened_first_and_say_how_to_get_them_back() -> None:
    history = made(10)
    assert history.fit(tokens, 6_000) == [1, 2, 3, 4, 5, 6]
    assert tokens(*history.texts) <= 3_000
    assert "first line of 1" in history.messages[3]["content"]
    assert "history(1) returns the whole output" in history.messages[3]["content"]
    assert history.messages[-1]["content"].endswith("y" * 2_000)
    assert history.messages[0]["content"] == "rules"
    # What was shortened is not shortened again, and the next time it goes on with what follows.
    assert history.fit(tokens, 6_000) == []
    assert history.fit(tokens, 6_000, force=True) == [7]


def test_the_last_turns_are_shortened_when_nothing_else_suffices() -> None:
    history = made(2, size=20_000)
    assert history.fit(tokens, 8_000) == [1]
    assert "y" * 20_000 in history.messages[-1]["content"]


def test_a_repeated_iteration_takes_the_place_of_the_one_before_it() -> None:
    history = made(2, size=10)
    before = history.texts
    history.take_unsent()
    history.add_repeated(3, "the same", "told again")
    assert history.texts == [*before[:-2], "the same", "told again"]
    assert history.take_unsent() == ["told again"]
    only = made(0)
    only.add_repeated(1, "reply", "told")
    assert only.texts[-2:] == ["reply", "told"]


def test_what_is_sent_for_the_first_time_is_told_once() -> None:
    history = made(1)
    assert history.take_unsent() == []  # the opening
    history.add(2, "reply", "told")
    history.ask("more")
    assert history.take_unsent() == ["told\n\nmore"]
    # The reply to that was cut off: nothing is put into the model's mouth.
    history.ask("the last question")
    assert [message["role"] for message in history.messages[-2:]] == ["assistant", "user"]
    assert history.take_unsent() == ["told\n\nmore\n\nthe last question"]


async def long_run(server: ScriptedServer, **settings: Any) -> Result:
    return await run(server, max_iterations=12, output_limit=8_000, **settings)


def turns(count: int) -> list[str]:
    return [block(LONG.replace("TURN", str(turn))) for turn in range(1, count + 1)]


async def test_a_long_run_stays_below_the_window(scripted_server: Serve) -> None:
    script = [*turns(8), block("old = history(1)\nprint(len(old), old[:20])"), block("FINAL(old.count('turn 1 '))")]
    server = scripted_server(script)
    result = await long_run(server, context_window=12_000)
    assert (result.trace.status, result.trace.value) == ("answered", 300)
    sizes = [tokens(*(message["content"] for message in request["messages"])) for request in server.requests]
    assert max(sizes) <= 12_000
    assert any(after < before for before, after in itertools.pairwise(sizes))
    assert any(
        "was shortened; the trace keeps all of it" in note for turn in result.trace.iterations for note in turn.notes
    )
    assert all(turn.output.count("\n") == 300 for turn in result.trace.iterations[:8])


async def test_a_window_that_only_the_endpoint_knows(scripted_server: Serve) -> None:
    overflow = fail(
        400,
        "too long",
        code="exceed_context_size_error",
        n_prompt_tokens=14_000,
        n_ctx=12_000,
        type="exceed_context_size_error",
    )
    script: list[Any] = [*turns(4), overflow, block("FINAL(len(history(2)))")]
    server = scripted_server(script)
    result = await long_run(server)
    assert result.trace.status == "answered"
    before, after = (sum(len(m["content"]) for m in server.requests[at]["messages"]) for at in (4, 5))
    assert after < before
    assert any("was shortened" in note for note in result.trace.iterations[4].notes)
    assert result.trace.usage.calls + result.trace.usage.retries == len(server.requests)


async def test_a_question_that_can_never_fit_ends_the_run_with_the_figures(scripted_server: Serve) -> None:
    server = scripted_server([])
    result = await run(server, question="Why? " * 5_000, context_window=2_000)
    assert result.trace.status == "failed"
    assert "takes 2,000: split it" in result.trace.reason
    assert server.requests == []


async def test_there_is_no_output_of_a_turn_that_has_not_been(scripted_server: Serve) -> None:
    server = scripted_server(
        [block("history(1)"), block("history('x')"), block("history = len(context)\nFINAL(history)")]
    )
    result = await run(server)
    errors = [turn.error.message for turn in result.trace.iterations if turn.error]
    assert errors[0] == "history: there is no iteration yet"
    assert len(errors) == 2
    assert result.trace.value == len(DOCUMENT)
