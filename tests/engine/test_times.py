"""The times of a trace: those of a run that was stopped, or has failed, are as true as those of any other."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress

import pytest
from runs import block, run
from scripted_server import ScriptedServer, fail, say

from rlm_kernel import ModelError
from rlm_kernel.trace import IterationStarted, Trace, TraceBuilder

Serve = Callable[..., ScriptedServer]
_ROUNDING = 0.002


def check(trace: Trace) -> None:
    """Its iterations lie one after the other, and together fill the time of the run but for its beginning."""
    at = 0.0
    for turn in trace.iterations:
        assert turn.started >= at - _ROUNDING
        assert turn.seconds > 0
        at = turn.started + turn.seconds
    assert at == pytest.approx(trace.seconds, abs=0.5 * trace.seconds)
    assert at <= trace.seconds + _ROUNDING


@pytest.mark.parametrize("code", ["FINAL(7)", "print(context)", "1 / 0"])
async def test_the_iterations_of_an_answer(scripted_server: Serve, code: str) -> None:
    trace = (await run(scripted_server([block(code), *[block("FINAL(7)")] * 2]), context="7\n")).trace
    assert trace.status == "answered"
    check(trace)


async def test_a_run_that_is_stopped_while_a_reply_is_under_way(scripted_server: Serve) -> None:
    stop, gate = asyncio.Event(), threading.Event()
    server = scripted_server([block("print(context)"), say("It is still a long way to the end", gate=gate)])

    def begun(event: object) -> None:
        if isinstance(event, IterationStarted) and event.index == 2:
            stop.set()

    trace = (await run(server, context="7\n", stop=stop, on_event=begun)).trace
    gate.set()
    assert trace.status == "stopped"
    check(trace)


async def test_a_run_whose_endpoint_fails(scripted_server: Serve) -> None:
    server = scripted_server([block("print(context)"), *[fail(400, "no such thing")] * 3])
    builder = TraceBuilder()
    with suppress(ModelError):
        await run(server, context="7\n", on_event=builder.feed)
    assert builder.trace.status == "failed"
    check(builder.trace)
