"""Sessions: follow-up questions, the variables that stay, and what happens when the sandbox is lost in between."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from runs import DOCUMENT, block, engine, run
from scripted_server import ScriptedServer, fail, hang

from rlm_kernel import RLM, Answer, ModelError
from rlm_kernel.engine.budget import BatchPlan
from rlm_kernel.trace import CodeStarted, ReplyDelta, RunFinished, RunStarted

Serve = Callable[..., ScriptedServer]


def told(server: ScriptedServer, number: int) -> str:
    return str(server.requests[number]["messages"][-1]["content"])


def test_a_follow_up_question_finds_the_variables_and_knows_what_was_asked(scripted_server: Serve) -> None:
    server = scripted_server(
        [block("rows = grep('^SALES')\ncount = len(rows)\nFINAL(count)"), block("FINAL([m.line_num for m in rows])")]
    )
    with engine(server).session(DOCUMENT) as session:
        first = session.completion("How many sales?")
        second = session.completion("In which lines?")
        assert (first.value, second.value) == (2, [2, 4])
        assert session.answers == [first, second]
        assert session.variables["count"] == "int 2"
    assert "1. How many sales?\n   -> 2" in told(server, 1)
    assert "count (int 2)" in told(server, 1)
    assert "Asked and answered" not in told(server, 0)
    # The unchanging part of the prompt is the same for all questions, for the sake of prefix caches.
    assert server.requests[0]["messages"][0] == server.requests[1]["messages"][0]


def test_the_limits_hold_for_each_question(scripted_server: Serve) -> None:
    server = scripted_server([block("print(1)"), block("FINAL(len(context))")] * 3)
    with engine(server, max_llm_calls=3).session(DOCUMENT) as session:
        assert [session.completion("again?").status for _ in range(3)] == ["answered"] * 3


async def test_a_session_works_in_an_event_loop_and_tells_events(scripted_server: Serve) -> None:
    server = scripted_server([block("n = 1\nFINAL(n + len(context))")])
    async with engine(server).session(DOCUMENT) as session:
        events = [event async for event in session.stream("?")]
        assert isinstance(events[0], RunStarted)
        assert isinstance(events[-1], RunFinished)
        assert session.answers[0].trace.status == "answered"
        assert session.isolation == session.answers[0].trace.isolation


async def test_a_variable_can_be_fetched_while_the_session_lives(scripted_server: Serve) -> None:
    server = scripted_server([block("totals = {'north': 1000, 'south': 2500}\nf = len\nFINAL(sum(totals.values()))")])
    async with engine(server).session(DOCUMENT) as session:
        answer = await session.acompletion("?")
        assert answer.variable("totals") == {"north": 1000, "south": 2500}
        assert session.variable("totals") == await session.avariable("totals")
        with pytest.raises(ValueError, match=r"no variable 'other'. It has: totals"):
            await session.avariable("other")
        with pytest.raises(ValueError, match="is no JSON data"):
            await session.avariable("f")
        with pytest.raises(ValueError, match="is not a variable's name"):
            await session.avariable("totals['north']")
    with pytest.raises(ValueError, match="closed"):
        answer.variable("totals")


@pytest.mark.parametrize("is_async", [False, True])
def test_a_tool_that_raises_an_interrupt_ends_no_session(scripted_server: Serve, is_async: bool) -> None:
    def bad() -> None:
        raise KeyboardInterrupt

    async def bad_too() -> None:
        raise KeyboardInterrupt

    code = "try:\n    bad()\nexcept Exception as error:\n    FINAL(str(error))"
    tool = bad_too if is_async else bad
    server = scripted_server([block(code.replace("bad", tool.__name__))])
    with engine(server, tools=[tool]).session(DOCUMENT) as session:
        assert asyncio.run(asyncio.wait_for(session.acompletion("?"), 20)).value == "KeyboardInterrupt"


async def test_an_answer_without_a_session_says_how_to_keep_variables(scripted_server: Serve) -> None:
    answer = await engine(scripted_server([block("n = 5\nFINAL(len(context))")])).acompletion("?", DOCUMENT)
    with pytest.raises(ValueError, match=r"rlm\.session\(context\)"):
        answer.variable("n")


async def test_code_of_the_users_own_runs_under_the_same_policy(scripted_server: Serve) -> None:
    pieces: list[str] = []
    async with engine(scripted_server([])).session(DOCUMENT) as session:
        done = await session.execute("mine = text_stats().line_count\nprint(mine)", on_output=pieces.append)
        assert (done.output, done.error) == ("5\n", None)
        await asyncio.sleep(0)
        assert "".join(pieces) == "5\n"
        assert await session.avariable("mine") == 5
        refused = await session.execute("import subprocess")
        assert refused.error is not None
        for code in ("llm_query('?')", "FINAL(1)", "rlm_query('?', context)"):
            refused = await session.execute(code)
            assert refused.error is not None
            assert "no question is being answered" in refused.error.message


async def test_a_lost_sandbox_is_said_and_rebuilt(scripted_server: Serve) -> None:
    server = scripted_server([block("n = len(context)\nFINAL(n)"), block("FINAL(text_stats().line_count)")])
    async with engine(server).session(DOCUMENT) as session:
        await session.acompletion("first?")
        assert session._kernel.executor is not None
        live = session._kernel.executor._live
        assert live is not None
        os.kill(live.pid or 0, signal.SIGKILL)
        # Known to the session's own loop, where the process is watched.
        assert session._home is not None
        await asyncio.wrap_future(session._home.submit(asyncio.wait_for(asyncio.shield(live.ended), 10)))
        answer = await session.acompletion("second?")
        assert answer.value == 5
        assert any("The sandbox was lost" in notice for notice in answer.trace.notices)
        assert session.variables == {}
    assert "its variables are gone" in told(server, 1)


async def test_stop_keeps_the_session_usable(scripted_server: Serve) -> None:
    server = scripted_server([block("n = 7\nprint(n)"), hang("some text"), block("FINAL(n)")])
    stop = asyncio.Event()
    async with engine(server).session(DOCUMENT) as session:
        async for event in session.stream("?", stop=stop):
            if isinstance(event, ReplyDelta) and event.index == 2:
                stop.set()
        assert session.answers[0].status == "stopped"
        assert (await session.acompletion("again?")).value == 7


async def test_a_stream_that_is_left_early_ends_its_run(scripted_server: Serve) -> None:
    server = scripted_server([hang("some text"), block("FINAL(len(context))")])
    async with engine(server).session(DOCUMENT) as session:
        stream = session.stream("?")
        async for event in stream:
            if isinstance(event, ReplyDelta):
                break
        await stream.aclose()
        assert await asyncio.to_thread(server.wait_for_connections, 0)
        assert session.answers[0].status == "stopped"
        assert (await session.acompletion("again?")).value == len(DOCUMENT)


async def test_questions_are_answered_one_after_the_other(scripted_server: Serve) -> None:
    server = scripted_server(lambda body: block("FINAL(len(context))"))
    async with engine(server).session(DOCUMENT) as session:
        answers = await asyncio.gather(*(session.acompletion(f"question {n}") for n in range(4)))
        assert sorted(answer.trace.question for answer in answers) == [f"question {n}" for n in range(4)]


async def test_who_is_asked_is_asked_on_the_callers_own_loop(scripted_server: Serve) -> None:
    here, seen = threading.get_ident(), []

    async def review(_index: int, code: str) -> str:
        seen.append(threading.get_ident())
        return code.replace("1 *", "2 *")

    def large(_plan: BatchPlan) -> bool:
        seen.append(threading.get_ident())
        return False

    batch = "try:\n    llm_query_batched(['a', 'b'])\nexcept Exception as error:\n    print(error)"
    code = f"n = 1 * len(context)\n{batch}\nFINAL(n)"
    async with engine(scripted_server([block(code)])).session(DOCUMENT) as session:
        answer = await session.acompletion("?", review=review, on_large_batch=large, large_batch=0)
    assert (answer.value, seen) == (2 * len(DOCUMENT), [here, here])
    turn = answer.trace.iterations[0]
    assert "has refused this batch" in turn.output
    assert [(repair.kind, "n = 2 *" in repair.after) for repair in turn.repairs] == [("edited", True)]


async def test_a_model_that_fails_is_raised_with_the_partial_answer(scripted_server: Serve) -> None:
    server = scripted_server([fail(401, "no entry"), block("FINAL(len(context))")])
    async with engine(server).session(DOCUMENT) as session:
        with pytest.raises(ModelError, match="no entry") as caught:
            await session.acompletion("?")
        assert isinstance(caught.value.answer, Answer)  # type: ignore[attr-defined]
        assert (await session.acompletion("?")).value == len(DOCUMENT)


@pytest.mark.parametrize("question", ["", "  ", None])
async def test_an_empty_question(scripted_server: Serve, question: Any) -> None:
    with engine(scripted_server([])).session(DOCUMENT) as session, pytest.raises(ValueError, match="question is empty"):
        session.completion(question)


@pytest.mark.parametrize("streamed", [False, True])
def test_closing_ends_the_wait_for_an_answer(scripted_server: Serve, streamed: bool) -> None:
    asked = threading.Event()

    def answer(_body: dict[str, Any]) -> Any:
        asked.set()
        return hang("some text")

    server = scripted_server(answer)
    session = engine(server).session(DOCUMENT)
    failures: list[BaseException] = []

    def ask() -> None:
        try:
            if streamed:
                asyncio.run(session.acompletion("?"))
            else:
                session.completion("?")
        except ValueError as error:
            failures.append(error)

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    assert asked.wait(20)
    session.close()
    asking.join(20)
    assert not asking.is_alive()
    assert [str(failure) for failure in failures] == ["The session was closed before this was answered."]
    assert server.wait_for_connections(0)


@pytest.mark.parametrize("way", ["completion", "variable", "close", "stream"])
@pytest.mark.parametrize("own", [False, True])
def test_a_tool_that_asks_its_own_session_is_refused(scripted_server: Serve, way: str, own: bool) -> None:
    def again() -> Any:
        match way:
            case "completion":
                return session.completion("deeper?").value
            case "variable":
                return session.variable("x")
            case "close":
                return session.close()
            case _:
                return asyncio.run(session.acompletion("deeper?")).value

    code = "x = 1\ntry:\n    again()\nexcept Exception as error:\n    told = str(error)"
    server = scripted_server([block(f"{code}\nFINAL(told)")])
    with engine(server, tools=[again]).session(DOCUMENT) as session:
        if own:
            assert session.run_code(f"{code}\ntold").value.startswith("ValueError: This session waits for the tool")
        else:
            told = asyncio.run(asyncio.wait_for(session.acompletion("?"), 20)).value
            assert told.startswith("ValueError: This session waits for the tool that asks it")


def test_threads_that_begin_a_session_together_share_its_sandbox(scripted_server: Serve) -> None:
    server = scripted_server([])
    for _ in range(5):
        with engine(server).session(DOCUMENT) as session:
            together = threading.Barrier(8)

            def add(number: int, session: Any = session, together: threading.Barrier = together) -> None:
                together.wait(20)
                session.run_code(f"v{number} = {number}")

            threads = [threading.Thread(target=add, args=(number,)) for number in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(60)
            assert {name for name in session.variables if name[0] == "v"} == {f"v{number}" for number in range(8)}


def test_nothing_is_left_of_a_closed_session(scripted_server: Serve) -> None:
    server = scripted_server([block("FINAL(len(context))")])
    with engine(server).session(DOCUMENT) as session:
        session.completion("?")
        pid = session._kernel.executor.pid  # type: ignore[union-attr]
    session.close()
    assert pid is not None
    assert not psutil.pid_exists(pid)
    assert not [thread for thread in threading.enumerate() if thread.name == "rlm-session"]
    with pytest.raises(ValueError, match="This session is closed"):
        session.completion("?")


async def test_the_review_of_a_block_can_stop_a_run(scripted_server: Serve) -> None:
    codes: list[str] = []

    def review(index: int, code: str) -> str | None:
        codes.append(code)
        return code if index == 1 else None

    result = await run(scripted_server([block("print(1)"), block("print(2)")]), review=review)
    assert (result.trace.status, codes) == ("stopped", ["print(1)", "print(2)"])
    assert sum(isinstance(event, CodeStarted) for event in result.events) == 1


async def test_the_model_is_told_of_code_that_the_user_has_changed(scripted_server: Serve) -> None:
    server = scripted_server([block("n = 1\nprint(n)"), block("FINAL(n + len(context) * 0)")])
    result = await run(server, review=lambda _index, code: code.replace("n = 1", "n = 5"))
    assert result.trace.value == 5
    assert "The user has changed your code before it ran" in result.told(1)
    assert "n = 5\nprint(n)" in result.told(1)
    assert [repair.kind for repair in result.trace.iterations[0].repairs] == ["edited"]
    assert result.trace.iterations[1].notes == []


async def test_stop_while_the_user_is_asked(scripted_server: Serve) -> None:
    stop = asyncio.Event()

    async def review(_index: int, _code: str) -> str:
        stop.set()
        await asyncio.Event().wait()
        raise AssertionError

    result = await run(scripted_server([block("print(1)")]), review=review, stop=stop)
    assert result.trace.status == "stopped"


def test_code_of_the_users_own_runs_without_an_event_loop_and_without_a_model() -> None:
    pieces: list[str] = []
    with RLM().session(DOCUMENT) as session:
        done = session.run_code("print(1)\nmine = 2\nmine + 1", on_output=pieces.append)
        assert (done.value, "".join(pieces)) == (3, "1\n3\n")
        assert session.variables == {"mine": "int 2"}


def test_an_interrupt_ends_code_of_the_users_own_and_nothing_else() -> None:
    def interrupt(_text: str) -> None:
        # Delivered to the main thread, as by a terminal or a kernel.
        signal.raise_signal(signal.SIGINT)

    with RLM().session(DOCUMENT) as session:
        done = session.run_code("n = 0\nwhile True:\n    n += 1\n    if n % 50_000 == 0: print(n)", on_output=interrupt)
        assert done.error is not None
        assert done.error.type == "Interrupted"
        assert session.run_code("n > 0").value is True


def test_code_of_the_users_own_can_call_the_users_tools() -> None:
    def doubled(n: int) -> int:
        return 2 * n

    with RLM(tools=[doubled]).session(DOCUMENT) as session:
        assert session.run_code("doubled(21)").value == 42
        refused = session.run_code("doubled('x')")
        assert refused.error is not None
        assert "n: " in refused.error.message


def test_a_recording_goes_on_from_one_question_to_the_next(tmp_path: Path) -> None:
    replies = ["```python\nFINAL(len(context))\n```", "```python\nFINAL(text_stats().line_count)\n```"]
    lines = [{"schema": "rlm.recording/1"}, *({"text": reply} for reply in replies)]
    (tmp_path / "talk.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    rlm = RLM(model=f"recorded:{tmp_path / 'talk.jsonl'}")
    for _ in range(2):
        with rlm.session(DOCUMENT) as session:
            assert [session.completion("?").value for _ in range(2)] == [len(DOCUMENT), 5]
