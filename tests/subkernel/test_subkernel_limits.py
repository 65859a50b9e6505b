"""Limits: what runs too long, takes too much or crashes is ended, the model is told what is lost, the run goes on."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from rlm_kernel.subkernel import Execution, SubKernel
from rlm_kernel.subkernel.base import parse_size

LOST = "all variables are lost; context and tools are back"


async def run(code: str, timeout: float = 0.3) -> tuple[Execution, Execution]:
    """The code between two cells of a sub-kernel of its own: what came of it, and of asking for what was before."""
    async with SubKernel("some text", memory_limit="128MB", cell_timeout=30) as kernel:
        await kernel.execute("kept = 'kept'")
        execution = await kernel.execute(code, timeout=timeout)
        after = await kernel.execute("[context, callable(grep), kept if 'kept' in globals() else 'lost']")
    return execution, after


INTERRUPTIBLE = {
    "a loop": "while True: pass",
    "a loop that swallows every exception": (
        "i = 0\nwhile True:\n    try:\n        while True: i += 1\n    except BaseException:\n        pass"
    ),
    "a bare except": "while True:\n    try:\n        while True: pass\n    except:\n        pass",
    "the exception's own name": (
        "while True:\n    try:\n        while True: pass\n    except KeyboardInterrupt:\n        pass"
    ),
    "printing": "while True: print('x' * 1000)",
    "sleeping": "import time\ntime.sleep(1000)",
    "backtracking": "import re\nre.findall(r'(x+x+)+y', 'x' * 60)",
    "a huge power": "9 ** 9 ** 9",
    "a repr without end": "class A:\n    def __repr__(self):\n        while True: pass\nA()",
    "an error's text without end": ("class E(Exception):\n    def __str__(self):\n        while True: pass\nraise E()"),
    "searching without end": "while True: grep('text')",
}


@pytest.mark.parametrize("name", INTERRUPTIBLE)
async def test_a_cell_that_runs_too_long_is_interrupted_and_the_state_is_kept(name: str) -> None:
    execution, after = await run(INTERRUPTIBLE[name])
    assert execution.error is not None
    assert execution.error.type == "TimeoutError"
    assert (
        execution.error.message == "the cell ran longer than 0.3 s and was stopped; the variables made before are kept"
    )
    assert not execution.lost_state
    assert after.value == ["some text", True, "kept"]


UNINTERRUPTIBLE = {
    "a sum in C": "sum(range(10**12))",
    "a deque in C": "from collections import deque\nfrom itertools import cycle\ndeque(cycle([1]), maxlen=0)",
    "a search in C": "import itertools\n-1 in itertools.repeat(0)",
}


@pytest.mark.parametrize("name", UNINTERRUPTIBLE)
async def test_a_cell_that_no_interrupt_reaches_is_killed_and_the_sub_kernel_replaced(name: str) -> None:
    execution, after = await run(UNINTERRUPTIBLE[name])
    assert execution.error is not None
    assert (execution.error.type, execution.lost_state) == ("TimeoutError", True)
    assert execution.error.message == f"the cell ran longer than 0.3 s and could not be interrupted; {LOST}"
    assert after.value == ["some text", True, "lost"]


HUNGRY = [
    "x = bytearray(10 * 2**30)",
    "x = 'a' * 10**12",
    "x = list(range(10**9))",
    "x = '%1000000000d' % 1",
    "import itertools\nlist(itertools.count())",
    "def f():\n    x = []\n    while True: x.append(str(len(x)) * 1000)\nf()",
]


@pytest.mark.parametrize("code", HUNGRY)
async def test_too_much_memory_is_an_error_of_the_cell_and_the_state_is_kept(code: str) -> None:
    execution, after = await run(code, timeout=30)
    assert execution.error is not None
    assert execution.error.type == "MemoryError"
    assert execution.error.message == "the memory limit was reached; the variables made before are kept"
    assert after.value == ["some text", True, "kept"]


FILLING = {
    "small pieces": "x = {}\ni = 0\nwhile True:\n    x[i] = str(i) * 1000\n    i += 1",
    "swallowed": "x = []\ntry:\n    while True: x.append(str(len(x)) * 1000)\nexcept MemoryError:\n    pass",
}


@pytest.mark.parametrize("name", FILLING)
async def test_variables_that_leave_no_room_are_dropped_and_the_model_is_told(name: str) -> None:
    execution, after = await run(FILLING[name], timeout=30)
    assert execution.error is not None
    assert execution.error.type == "MemoryError"
    assert "the variables that this cell set are lost, those made before are kept" in execution.error.message
    assert execution.variables.added == {}
    assert after.value == ["some text", True, "kept"]


async def test_where_an_earlier_variable_leaves_no_room_all_are_dropped() -> None:
    async with SubKernel("text", memory_limit="128MB") as kernel:
        await kernel.execute("early = []\nother = 1")
        execution = await kernel.execute("while True: early.append(str(len(early)) * 1000)")
        assert execution.error is not None
        assert "all variables are lost; context and tools are back" in execution.error.message
        assert (await kernel.execute("['early' in globals(), 'other' in globals(), len(grep('text'))]")).value == [
            False,
            False,
            1,
        ]


async def test_the_memory_that_a_cell_may_use_is_the_limit_that_was_set() -> None:
    async with SubKernel("text", memory_limit="300MB") as kernel:
        assert (await kernel.execute("x = bytearray(250 << 20)\nlen(x) >> 20")).value == 250
        execution = await kernel.execute("y = bytearray(100 << 20)")
        assert execution.error is not None
        assert execution.error.type == "MemoryError"
        assert (await kernel.execute("len(x) >> 20")).value == 250


async def test_a_crash_from_within_is_survived() -> None:
    # Python's own C stack overflows when nested iterators are asked for their next item.
    execution, after = await run("x = iter([1])\nfor i in range(10**6): x = filter(None, x)\nnext(x)", timeout=30)
    assert execution.error is not None
    assert (execution.error.type, execution.lost_state) == ("SandboxCrash", True)
    assert execution.error.message == f"your code crashed the sandbox (signal SIGSEGV); {LOST}"
    assert after.value == ["some text", True, "lost"]


async def test_a_process_that_is_killed_while_a_cell_runs_is_replaced(kernel: SubKernel) -> None:
    started = asyncio.Event()
    running = asyncio.create_task(
        kernel.execute("print('x' * 9000)\nwhile True: pass", on_output=lambda _text: started.set())
    )
    await started.wait()
    first = kernel.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    execution = await running
    assert execution.error is not None
    assert execution.error.message == f"your code crashed the sandbox (signal SIGKILL); {LOST}"
    assert execution.output.startswith("xxx")
    assert kernel.pid not in (None, first)
    assert (await kernel.execute("context[:3]")).value == "The"


async def test_a_process_that_is_killed_between_cells_is_replaced_and_the_model_is_told(kernel: SubKernel) -> None:
    await kernel.execute("kept = 1")
    assert kernel.pid is not None
    pidfd = os.pidfd_open(kernel.pid)
    os.kill(kernel.pid, signal.SIGKILL)
    ended = asyncio.Event()
    asyncio.get_running_loop().add_reader(pidfd, ended.set)
    await ended.wait()
    asyncio.get_running_loop().remove_reader(pidfd)
    os.close(pidfd)
    execution = await kernel.execute("kept")
    assert execution.lost_state
    assert execution.error is not None
    assert LOST in execution.error.message
    assert (await kernel.execute("'kept' in globals()")).value is False


async def test_an_interrupt_from_outside_stops_the_cell_and_keeps_the_state(kernel: SubKernel) -> None:
    started = asyncio.Event()
    running = asyncio.create_task(
        kernel.execute("kept = 1\nprint('x' * 9000)\nwhile True: pass", on_output=lambda _text: started.set())
    )
    await started.wait()
    await kernel.interrupt()
    execution = await running
    assert execution.error is not None
    assert execution.error.type == "Interrupted"
    assert execution.error.line in (2, 3)
    assert (await kernel.execute("kept")).value == 1


async def test_an_interrupt_between_cells_harms_no_later_cell(kernel: SubKernel) -> None:
    await kernel.interrupt()
    assert (await kernel.execute("sum(range(1000))")).value == 499500


async def test_a_cancelled_cell_is_stopped_and_the_next_one_finds_the_state(kernel: SubKernel) -> None:
    started = asyncio.Event()
    running = asyncio.create_task(
        kernel.execute("kept = 1\nprint('x' * 9000)\nwhile True: pass", on_output=lambda _text: started.set())
    )
    await started.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert (await kernel.execute("kept")).value == 1


async def test_cells_given_at_once_run_one_after_the_other(kernel: SubKernel) -> None:
    await kernel.execute("order = []")
    await asyncio.gather(*(kernel.execute(f"order.append({number})") for number in range(5)))
    assert (await kernel.execute("order")).value == [0, 1, 2, 3, 4]


async def test_interrupts_while_printing_never_break_the_protocol(kernel: SubKernel) -> None:
    await kernel.execute("kept = 1")
    for number in range(40):
        execution = await kernel.execute("while True: print('x' * 9000)", timeout=0.01 + number / 10_000)
        assert not execution.lost_state
        assert execution.error is not None
        assert execution.error.type == "TimeoutError"
    assert (await kernel.execute("kept")).value == 1


@pytest.mark.parametrize(
    ("size", "number"),
    [
        ("512MB", 512 << 20),
        ("1GB", 1 << 30),
        ("2GiB", 2 << 30),
        ("1.5g", 3 << 29),
        (10**9, 10**9),
        ("100000000", 10**8),
    ],
)
async def test_sizes_are_read_as_people_write_them(size: str | int, number: int) -> None:
    assert parse_size(size) == number


@pytest.mark.parametrize("size", ["", "much", "GB", "1XB", "-1GB", "1MB", 5, 0, True, "nan", "inf"])
async def test_a_size_that_is_none_is_refused_with_an_example(size: str | int) -> None:
    with pytest.raises(ValueError, match="MB"):
        parse_size(size)


async def test_a_sub_kernel_that_cannot_free_its_memory_is_replaced() -> None:
    """What is freed between things that stay is never given back: the cell after such a one must find room."""
    async with SubKernel("text", memory_limit="128MB", cell_timeout=10) as sub:
        await sub.execute("kept = 1")
        pid = sub.pid
        code = "from collections import namedtuple\nX = namedtuple('X' * 10**7, 'a')\nX(1)"
        execution = await sub.execute(code)
        assert execution.error is not None
        assert (execution.error.type, execution.lost_state) == ("MemoryError", sub.pid != pid)
        following = await sub.execute("print(context)")
        assert (following.error, following.output) == (None, "text\n")
        assert "big" in (await sub.execute("big = 'x' * 10**7")).variables.added
