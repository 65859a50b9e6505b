"""What a session's trace names as a setting was in force: changed in the live sub-kernel, or in one started for it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from runs import DOCUMENT, block, engine
from scripted_server import ScriptedServer

from rlm_kernel.replay import replay

Serve = Callable[..., ScriptedServer]


def double(number: int) -> int:
    """Twice the number."""
    return 2 * number


def test_a_shorter_time_limit_holds_in_the_live_sub_kernel(scripted_server: Serve) -> None:
    server = scripted_server([block("kept = 1\nFINAL(len(context))"), block("while True: pass"), block("FINAL(kept)")])
    with engine(server).session(DOCUMENT) as session:
        session.completion("first?")
        process = session._kernel.executor.pid  # type: ignore[union-attr]
        answer = session.completion("second?", cell_timeout=0.5)
        assert answer.trace.settings["cell_timeout"] == 0.5
        assert answer.trace.iterations[0].error.type == "TimeoutError"  # type: ignore[union-attr]
        assert answer.value == 1
        assert session._kernel.executor.pid == process  # type: ignore[union-attr]


def test_another_memory_limit_starts_another_sub_kernel_and_says_so(scripted_server: Serve) -> None:
    server = scripted_server(
        [block("kept = 1\nFINAL(len(context))"), block("x = 'x' * (200 << 20)"), block("FINAL(len(context))")]
    )
    with engine(server).session(DOCUMENT) as session:
        session.completion("first?")
        answer = session.completion("second?", memory_limit="64MB")
        assert answer.trace.isolation["rlimits"]["memory"] == 64 << 20
        assert answer.trace.iterations[0].error.type == "MemoryError"  # type: ignore[union-attr]
        (notice,) = [notice for notice in answer.trace.notices if "anew" in notice]
        assert "memory_limit" in notice
        assert "kept" not in session.variables


def test_the_same_settings_again_keep_the_sub_kernel(scripted_server: Serve) -> None:
    server = scripted_server([block("kept = 1\nFINAL(len(context))"), block("FINAL(kept)")])
    with engine(server, memory_limit="1GB").session(DOCUMENT) as session:
        session.completion("first?")
        answer = session.completion("second?", memory_limit=1 << 30, max_iterations=3, cell_timeout=30)
        assert (answer.value, answer.trace.notices) == (1, [])


def test_tools_of_a_later_question_can_be_called_and_its_trace_replays(scripted_server: Serve) -> None:
    server = scripted_server([block("n = len(context)\nFINAL(n)"), block("FINAL(double(len(context)))")])
    with engine(server).session(DOCUMENT) as session:
        first = session.completion("first?")
        second = session.completion("second?", tools=[double])
        assert second.value == 2 * first.value
        assert second.trace.settings["tools"] == ["double"]
        for answer in (first, second):
            assert replay(answer.trace, DOCUMENT, earlier=[first.trace]).text.startswith("reproduced")


def test_a_sessions_answer_forks_with_the_engine_of_its_session(scripted_server: Serve) -> None:
    server = scripted_server([block("print(len(context))"), block("FINAL(1)"), block("FINAL(len(context))")])
    with engine(server, max_iterations=5).session(DOCUMENT) as session:
        answer = session.completion("one?", max_iterations=4)
        forked = answer.fork(2, "FINAL(len(context))")
    assert forked.trace.model == answer.trace.model
    assert forked.trace.settings["max_iterations"] == 4
    assert forked.value == len(DOCUMENT)


def test_an_answer_of_a_file_says_what_forks_it(scripted_server: Serve) -> None:
    from rlm_kernel import Answer, Trace

    server = scripted_server([block("FINAL(len(context))")])
    answer = engine(server).completion("?", DOCUMENT)
    read = Answer(Trace.from_json(answer.trace.to_json()))
    with pytest.raises(ValueError, match=r"has no engine: fork it with one, RLM\(\.\.\.\)\.fork"):
        read.fork(1)
    assert read.replay(DOCUMENT).reproduced
