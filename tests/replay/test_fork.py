"""Forks: the turns of another run are repeated without a model, then edited code runs, and the model goes on."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any

import pytest
from runs import DOCUMENT, SUM, TOTAL, block, engine
from scripted_server import ScriptedServer
from traces import CHANCE, DONE, HARD, SUB, with_sub

from rlm_kernel import RLM, Answer
from rlm_kernel.replay import areplay
from rlm_kernel.replay.fork import ForkError
from rlm_kernel.trace import CallFinished, Event, TraceBuilder, sealed

Serve = Callable[..., ScriptedServer]
# Counts a projection as a sale.
WRONG = 'rows = grep("(?i)sales")\nprint(len(rows))'
ADDED = 'total = sum(to_number(m.line.split(":")[1]) for m in rows)\nprint(total)'


async def wrong(serve: Serve) -> Answer:
    """An answer that is wrong, in three turns."""
    server = serve([block(WRONG), block(ADDED), block("FINAL(total)")])
    return await engine(server).acompletion("What is the total of all sales?", DOCUMENT)


async def test_a_wrong_answer_is_corrected_in_the_middle(scripted_server: Serve) -> None:
    answer = await wrong(scripted_server)
    assert answer.value == TOTAL + 9999
    server = scripted_server([block("print(total)"), block("FINAL(total)")])
    fixed = await answer.afork(
        2, 'rows = [m for m in rows if m.line.startswith("SALES")]\n' + ADDED, base_url=server.base_url
    )
    assert (fixed.value, fixed.status, len(fixed.trace.iterations)) == (TOTAL, "answered", 4)
    assert fixed.trace.parent is not None
    assert (fixed.trace.parent.digest, fixed.trace.parent.iteration) == (answer.trace.digest, 2)
    first, second, third, _ = fixed.trace.iterations
    assert first.model_copy(update={"started": 0, "seconds": 0}).output == answer.trace.iterations[0].output
    assert (first.cached, first.usage.calls, third.usage.calls) == (True, 0, 1)
    assert [(repair.kind, repair.before) for repair in second.repairs] == [("edited", ADDED)]
    assert fixed.usage.calls == len(server.requests) == 2


async def test_the_model_is_told_what_came_before(scripted_server: Serve) -> None:
    answer = await wrong(scripted_server)
    server = scripted_server([block("FINAL(len(rows))")])
    forked = await answer.afork(2, base_url=server.base_url)
    assert forked.value == 3
    roles = [message["role"] for message in server.requests[0]["messages"]]
    assert roles == ["system", "user", "assistant", "user"]
    assert server.requests[0]["messages"][2]["content"] == block(WRONG)
    assert "3\n" in server.requests[0]["messages"][3]["content"]


async def test_another_question_and_another_model(scripted_server: Serve) -> None:
    answer = await wrong(scripted_server)
    server = scripted_server({"other": [block("FINAL(len(rows))")]})
    forked = await answer.afork(3, question="How many rows?", model="other", base_url=server.base_url)
    assert (forked.trace.question, forked.trace.model, forked.value) == ("How many rows?", "other", 3)
    assert "Question: How many rows?" in server.requests[0]["messages"][1]["content"]


async def test_code_that_is_given_runs_though_it_failed_before(scripted_server: Serve) -> None:
    code = "print(grep(r'^List price of the (.+): (.+)')[0].line)"
    prices = "List price of a rug: 9 EUR\nList price of a vase: 83 EUR\n"
    server = scripted_server([block(code), block(code), block("FINAL(1)")])
    answer = await engine(server, examples="on").acompletion("What does a rug cost?", prices)
    assert [repair.kind for repair in answer.trace.iterations[1].repairs] == ["pattern-replaced"]
    forked = await answer.afork(2, code, base_url=scripted_server([block("FINAL(1)")]).base_url)
    assert [turn.code for turn in forked.trace.iterations[:2]] == [code, code]
    assert [repair.kind for repair in forked.trace.iterations[1].repairs] == ["edited"]


async def test_a_fork_is_replayed_and_forked_again(scripted_server: Serve) -> None:
    server = scripted_server([block(CHANCE), block(CHANCE), DONE])
    answer = await engine(server).acompletion("What is it?", DOCUMENT)
    again = scripted_server([block("import random\nprint(random.random())"), DONE])
    forked = await answer.afork(2, base_url=again.base_url)
    assert forked.trace.determinism is not None
    assert answer.trace.determinism is not None
    assert forked.trace.determinism.seed == answer.trace.determinism.seed
    assert (await areplay(forked.trace, DOCUMENT)).text == "reproduced"
    last = await forked.afork(3, "FINAL(len(context))")
    assert last.value == len(DOCUMENT)
    assert last.trace.parent is not None
    assert last.trace.parent.digest == forked.trace.digest
    assert (await areplay(last.trace, DOCUMENT)).text == "reproduced"


async def test_replies_of_sub_models_and_sub_runs_are_not_asked_for_again(scripted_server: Serve) -> None:
    code = f"said = llm_query('What is it?')\n{HARD}"
    server = scripted_server(with_sub([block(code), DONE], lambda prompt: SUB if "How many" in prompt else "a report"))
    answer = await engine(server).acompletion("What is the total?", DOCUMENT)
    assert len(answer.trace.iterations[0].calls) == 2
    other = scripted_server(
        [block("more = llm_query('And now?')\nprint(more)"), "later", block("FINAL([said, answer, more])")]
    )
    events: list[Event] = []
    builder = TraceBuilder()
    async for event in RLM("scripted", other.base_url).stream_fork(answer.trace, 2, DOCUMENT):
        events.append(event)
        builder.feed(event)
    trace = builder.trace
    assert trace.value == ["a report", 3, "later"]
    assert len(other.requests) == trace.usage.calls == 3
    assert [call.id for turn in trace.iterations for call in turn.calls] == [1, 2, 3]
    assert sum(isinstance(event, CallFinished) for event in events) == 3
    assert trace.iterations[0].calls[1].trace is not None
    assert (await areplay(trace, DOCUMENT, deep=True)).text == "reproduced"


async def test_a_run_that_a_limit_ended_goes_on(scripted_server: Serve) -> None:
    server = scripted_server([block(SUM), "I do not know."])
    answer = await engine(server, max_iterations=1).acompletion("What is the total?", DOCUMENT)
    assert answer.status == "exhausted"
    forked = await answer.afork(2, "FINAL(total)", max_iterations=5)
    assert (forked.value, forked.usage.calls) == (TOTAL, 0)


def test_where_no_loop_runs(scripted_server: Serve) -> None:
    answer = asyncio.run(wrong(scripted_server))
    assert answer.fork(3, "FINAL(total - 9999)").value == TOTAL
    assert answer.replay().reproduced


async def test_from_a_trace_alone(scripted_server: Serve) -> None:
    trace = (await wrong(scripted_server)).trace
    server = scripted_server([block("FINAL(total)")])
    forked = await RLM("scripted", server.base_url).afork(trace, 3, DOCUMENT)
    assert forked.value == TOTAL + 9999


def forged(answer: Answer) -> None:
    answer.trace.iterations[0].output = "4\n"
    sealed(answer.trace)


def altered(answer: Answer) -> None:
    answer.trace.iterations[0].output = "4\n"


@pytest.mark.parametrize(
    ("change", "options", "said"),
    [
        (None, {"iteration": 0}, "this run can be forked at the iterations 1 to 3"),
        (None, {"iteration": 4}, "this run can be forked at the iterations 1 to 3"),
        (None, {"iteration": 3, "max_iterations": 2}, "iteration=3 is beyond max_iterations=2: give more of them"),
        (
            None,
            {"iteration": 3, "document": "another text"},
            "The run cannot be forked (document changed): 'context' had",
        ),
        (altered, {"iteration": 2}, "The run cannot be forked: its digest is "),
        (forged, {"iteration": 2}, "iteration 1 does not come as it was recorded (its output)"),
    ],
)
async def test_what_cannot_be_forked(
    scripted_server: Serve, change: Callable[[Answer], None] | None, options: dict[str, Any], said: str
) -> None:
    answer = await wrong(scripted_server)
    if change is not None:
        change(answer)
    with pytest.raises(ValueError, match=re.escape(said)):
        await answer.afork(**options)


async def test_a_follow_up_question_is_asked_again_in_a_session(scripted_server: Serve) -> None:
    server = scripted_server([block(f"{SUM}\nFINAL(total)"), block("FINAL(total * 2)")])
    async with engine(server).session(DOCUMENT) as session:
        await session.acompletion("What is the total?")
        second = await session.acompletion("And twice that?")
    with pytest.raises(ForkError, match="A follow-up question of a session cannot be forked"):
        await second.afork(1, document=DOCUMENT)
