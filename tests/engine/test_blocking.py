"""From synchronous code to a coroutine: results, errors, and an end at the first Ctrl-C."""

from __future__ import annotations

import asyncio
import contextvars
import os
import signal
import subprocess
import sys
import textwrap
import threading

import pytest

from rlm_kernel.engine.blocking import run_blocking

VARIABLE = contextvars.ContextVar("variable", default="unset")


async def where() -> tuple[str, str]:
    await asyncio.sleep(0)
    return VARIABLE.get(), threading.current_thread().name


async def failing() -> None:
    raise KeyError("no such thing")


def test_without_a_loop_it_runs_in_this_thread() -> None:
    VARIABLE.set("here")
    assert run_blocking(where) == ("here", threading.current_thread().name)


async def test_inside_a_running_loop_it_runs_in_another_thread_with_the_same_context() -> None:
    VARIABLE.set("inside")
    assert run_blocking(where) == ("inside", "rlm")


async def test_an_error_is_raised_where_the_caller_is() -> None:
    with pytest.raises(KeyError, match="no such thing"):
        run_blocking(failing)


INTERRUPTED = """
    import asyncio, sys
    from rlm_kernel.engine.blocking import run_blocking

    async def work():
        print("begun", flush=True)
        try:
            await asyncio.Event().wait()
        finally:
            print("ended", flush=True)

    async def main():
        run_blocking(work)

    try:
        {call}
    except KeyboardInterrupt:
        print("interrupted", flush=True)
"""


@pytest.mark.parametrize("call", ["run_blocking(work)", "asyncio.run(main())"])
def test_the_first_interrupt_ends_it(call: str) -> None:
    script = textwrap.dedent(INTERRUPTED).format(call=call)
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        os.kill(process.pid, signal.SIGINT)
        assert process.stdout.read() == "ended\ninterrupted\n"
    assert process.returncode == 0
