"""Further, blind solves: agreement, where two part, what is reconciled, what is withheld."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from runs import DOCUMENT, TOTAL, Result, block, run
from scripted_server import ScriptedServer

from rlm_kernel import RLM
from rlm_kernel.cli import main
from rlm_kernel.engine.verify.agreement import same_value
from rlm_kernel.notebook import terminal_view, widgets
from rlm_kernel.render.html.card import to_html
from rlm_kernel.render.mimebundle import mimebundle
from rlm_kernel.render.terminal import Progress
from rlm_kernel.replay import replay
from rlm_kernel.trace import CallFinished, SubRunEvent, Trace, TraceBuilder

Serve = Callable[..., ScriptedServer]
RIGHT = block('FINAL(sum(to_number(m.line.split(":")[1]) for m in grep("^SALES")))')
WRONG = block('FINAL(sum(to_number(m.line.split(":")[1]) for m in grep("sales.*:")))')
OTHER = block('FINAL(to_number(grep("Projected")[0].line.split(":")[1]))')
WRONG_TOTAL = TOTAL + 9_999


async def solved(serve: Serve, *replies: str, **settings: Any) -> Result:
    return await run(serve(list(replies)), **({"verify": "second"} | settings))


def reproduced(trace: Trace) -> bool:
    return replay(Trace.from_json(trace.to_json()), DOCUMENT).reproduced


async def test_two_solves_that_agree_say_so_and_are_calls_of_one_tree(scripted_server: Serve) -> None:
    result = await solved(scripted_server, RIGHT, RIGHT, seed=3)
    trace, found = result.trace, result.trace.verification
    assert (trace.status, trace.value) == ("answered", TOTAL)
    assert found is not None
    assert (found.agreement, found.agreeing, found.answered, found.same_lines) == ("agreed", 2, 2, True)
    assert "verified: 2 of 2 independent solves agree, from the same lines" in trace.notices
    (call,) = trace.iterations[0].calls
    assert (call.kind, call.name) == ("rlm_query", "blind solve")
    assert call.trace is not None
    assert (trace.usage.calls, call.trace.usage.calls) == (2, 1)
    # Blind: nothing of the first is in the second's prompt; and it is another prompt with another seed.
    second = result.server.requests[1]
    assert str(TOTAL) not in json.dumps(second["messages"])
    assert "grep(" not in second["messages"][-1]["content"]
    assert (result.server.requests[0]["seed"], second["seed"]) == (3, 4)
    assert any(isinstance(event, SubRunEvent) for event in result.events)
    assert reproduced(trace)


async def test_what_two_differ_in_is_found_and_a_third_that_sees_both_decides(scripted_server: Serve) -> None:
    result = await solved(scripted_server, WRONG, RIGHT, RIGHT)
    trace, found = result.trace, result.trace.verification
    assert (trace.status, trace.value) == ("answered", TOTAL)
    assert found is not None
    assert (found.agreement, found.disputed) == ("reconciled", [WRONG_TOTAL, TOTAL])
    assert [solve.role for solve in found.solves] == ["first", "blind", "reconciling"]
    assert found.divergence is not None
    assert [line.text for line in found.divergence.only_first] == ["Projected sales: $9,999"]
    assert found.divergence.only_second == []
    assert (found.divergence.first_step, found.divergence.second_step) == (
        "grep('sales.*:'): 3 hits",
        "grep('^SALES'): 2 hits",
    )
    asked = result.server.requests[2]["messages"][-1]["content"]
    assert "Two independent solutions differ" in asked
    assert "Projected sales: $9,999" in asked
    # The answer is another run's, and its grounding names that run.
    (row,) = trace.grounding
    assert (row.verdict, row.call) == ("sub-model", found.solves[1].call)
    assert any(notice.startswith("disputed: two independent solves gave") for notice in trace.notices)
    assert trace.final == WRONG_TOTAL
    assert reproduced(trace)


async def test_a_first_answer_that_is_confirmed_stays_as_it_is(scripted_server: Serve) -> None:
    trace = (await solved(scripted_server, RIGHT, WRONG, RIGHT)).trace
    assert trace.value == TOTAL
    assert trace.grounding[0].verdict == "computed"
    assert reproduced(trace)


async def test_an_answer_that_nothing_confirms_is_withheld(scripted_server: Serve) -> None:
    trace = (await solved(scripted_server, WRONG, RIGHT, OTHER)).trace
    assert (trace.status, trace.value, trace.best_guess) == ("disputed", None, False)
    assert "none could be confirmed" in trace.reason
    assert f"{WRONG_TOTAL} and {TOTAL}" in trace.reason
    assert reproduced(trace)


async def test_votes_take_the_value_of_more_than_half(scripted_server: Serve) -> None:
    trace = (await solved(scripted_server, WRONG, RIGHT, RIGHT, verify="votes:3")).trace
    found = trace.verification
    assert found is not None
    assert (trace.value, found.agreement, found.agreeing, found.answered) == (TOTAL, "majority", 2, 3)
    trace = (await solved(scripted_server, WRONG, RIGHT, OTHER, verify="votes:3")).trace
    assert (trace.status, trace.value) == ("disputed", None)


async def test_a_second_solve_without_an_answer_leaves_the_first_unverified(scripted_server: Serve) -> None:
    result = await solved(scripted_server, RIGHT, RIGHT, max_llm_calls=2)
    trace, found = result.trace, result.trace.verification
    assert (trace.status, trace.value) == ("answered", TOTAL)
    assert found is not None
    assert found.agreement == "unverified"
    assert "max_llm_calls=2" in found.reason
    assert len(result.server.requests) == 2
    assert any(notice.startswith("not verified: ") for notice in trace.notices)
    assert any(isinstance(event, CallFinished) and event.call.error for event in result.events)


async def test_another_model_solves_it_where_one_is_named(scripted_server: Serve) -> None:
    server = scripted_server({"scripted": [RIGHT], "second": [RIGHT]})
    result = await run(server, verify="second", verify_model="second")
    assert [request["model"] for request in server.requests] == ["scripted", "second"]
    found = result.trace.verification
    assert found is not None
    assert [solve.model for solve in found.solves] == ["scripted", "second"]


def test_a_follow_up_question_is_not_verified_and_says_why(scripted_server: Serve) -> None:
    server = scripted_server([RIGHT, RIGHT, block("FINAL(2)"), block("FINAL(2)")])
    with RLM("scripted", base_url=server.base_url, verify="second").session(DOCUMENT) as session:
        assert session.completion("What is the total?").verification.agreement == "agreed"
        found = session.completion("And twice that?").verification
    assert found.agreement == "unverified"
    assert "follow-up question" in found.reason


async def test_an_answer_below_the_wanted_confidence_is_withheld(scripted_server: Serve) -> None:
    trace = (
        await solved(scripted_server, block("FINAL(17)"), block("FINAL(17)"), verify=None, min_confidence=0.7)
    ).trace
    assert (trace.status, trace.value, trace.grounding) == ("uncertain", None, [])
    assert trace.reason.startswith("not certain enough: confidence 0.")
    assert "uncalibrated" in trace.reason
    assert trace.confidence is not None
    assert (trace.confidence.withheld, trace.final) == (17, 17)
    assert reproduced(trace)
    trace = (await solved(scripted_server, RIGHT, RIGHT, min_confidence=0.7)).trace
    assert (trace.status, trace.value) == ("answered", TOTAL)
    assert trace.confidence is not None
    assert trace.confidence.score == 1.0


def test_the_command_line_says_not_certain_enough_with_exit_code_3(
    scripted_server: Serve, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "report.txt").write_text(DOCUMENT)
    words = ["ask", "How much?", str(tmp_path / "report.txt"), "-m", "scripted"]
    server = scripted_server([block("FINAL(17)")] * 3)
    assert main([*words, "--base-url", server.base_url, "--min-confidence", "0.9"]) == 3
    told = capsys.readouterr()
    assert told.out == ""
    assert "not certain enough" in told.err
    server = scripted_server([WRONG, RIGHT, OTHER])
    assert main([*words, "--base-url", server.base_url, "--verify", "second"]) == 3
    assert "disputed" in capsys.readouterr().err


def test_another_way_to_verify_is_refused_in_one_sentence() -> None:
    for word in ("third", "votes:2", "votes:99"):
        with pytest.raises(ValueError, match=f"verify='{word}' is not known: give 'second'"):
            RLM("m", base_url="http://127.0.0.1:1/v1", verify=word).check()


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (1_200, "$1,200", True),
        (1_200.0, 1_200, True),
        ("North", " north. ", True),
        (["a", "b"], ["B", "a"], True),
        ({"a": 1}, {"A": "1"}, True),
        (0.1 + 0.2, 0.3, True),
        (True, "yes", True),
        (1, True, False),
        (None, None, True),
        (None, 0, False),
        (1_200, "1,200 of 3,000 and more words", False),
        (["a", "a", "b"], ["a", "b", "b"], False),
        ("12 March", "13 March", False),
    ],
)
def test_values_that_say_the_same(one: Any, other: Any, same: bool) -> None:
    assert same_value(one, other) is same
    assert same_value(other, one) is same


async def test_a_small_model_is_not_asked_which_is_right(scripted_server: Serve) -> None:
    result = await solved(scripted_server, WRONG, RIGHT, examples="on")
    found = result.trace.verification
    assert found is not None
    assert (result.trace.status, result.trace.value, found.agreement) == ("disputed", None, "disputed")
    assert [solve.role for solve in found.solves] == ["first", "blind"]
    assert len(result.server.requests) == 2


async def test_what_was_counted_of_replies_says_so(scripted_server: Serve) -> None:
    code = block("kinds = llm_query_batched([m.line for m in grep('SALES')])\nFINAL(kinds.count('yes'))")
    server = scripted_server({"root": [code], "sub": ["yes"] * 2}, models=("root", "sub"))
    trace = (await run(server, model="root", sub_model="sub")).trace
    assert trace.value == 2
    assert any(
        notice.startswith("Computed from replies of a sub-model (2), which nothing has checked")
        for notice in trace.notices
    )
    assert trace.confidence is not None
    assert ("it was computed from a sub-model's replies, which nothing has checked", 0.7) in trace.confidence.factors
    server = scripted_server([block("FINAL(count_matches('SALES'))")])
    trace = (await run(server)).trace
    assert trace.value == 2
    assert not any("replies" in notice for notice in trace.notices)


async def test_every_view_shows_the_further_solves_beside_the_run(scripted_server: Serve) -> None:
    result = await solved(scripted_server, WRONG, RIGHT, RIGHT)
    printed, typed = io.StringIO(), io.StringIO()
    lines, live = terminal_view.TerminalLines(printed), widgets.Widgets("How much?", None)
    builder = TraceBuilder()
    with Progress(typed, full=True) as progress:
        for event in result.events:
            builder.feed(event)
            for view in (lines, live, progress):
                view.feed(event, builder.trace)
    assert builder.trace.digest == result.trace.digest
    for text in (
        printed.getvalue(),
        typed.getvalue(),
        str(to_html(result.trace)),
        json.dumps(mimebundle(result.trace)),
    ):
        assert "Two independent sol" in text
    card = str(to_html(result.trace))
    assert "disputed: two independent solves gave" in card
    assert "How to work" not in card.partition("<details")[0]
