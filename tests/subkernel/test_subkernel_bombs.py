"""Bombs in a whole run: it goes on, the model is told what happened and what is lost; what could be kept is kept."""

from __future__ import annotations

from collections.abc import Callable

import psutil
import pytest
from runs import block, run
from scripted_server import ScriptedServer

from rlm_kernel.subkernel import SubKernel

LOST = "all variables are lost; context and tools are back"
KEPT = "the variables made before are kept"

# What ends by itself gets all the time that a busy machine needs, what does not gets little.
PATIENT, IMPATIENT = 60.0, 0.6
BY_ITSELF = ("a folded text", "nested iterators", "brackets", "memory", "a long source")

# What the model is told after each.
BOMBS = {
    "a sum in C": ("sum(range(10**12))", ("could not be interrupted", LOST)),
    "a cycle in C": (
        "from collections import deque\nfrom itertools import cycle\ndeque(cycle([1]), maxlen=0)",
        ("could not be interrupted", LOST),
    ),
    "a power": ("n = 9\nn ** n ** n", ("and was stopped", KEPT)),
    "a folded power": ("9 ** 9 ** 9", ("and was stopped", KEPT)),
    "a folded text": ("x = 'ab' * 10**11", ("the memory limit was reached", KEPT)),
    "nested iterators": (
        "x = iter([1])\nfor i in range(300_000): x = filter(None, x)\nnext(x)",
        ("crashed the sandbox (signal SIGSEGV)", LOST),
    ),
    "a backtracking pattern": ("import re\nre.match('(x+x+)+y', 'x' * 60)", ("and was stopped", KEPT)),
    "a long source": ("x = [\n" + "1,\n" * 70_000 + "]", ("characters",)),
    "brackets": ("x = " + "(" * 5_000 + "1" + ")" * 5_000, ("too many nested parentheses",)),
    "memory": ("x = []\nwhile True: x.append('x' * 10**6 + str(len(x)))", ("the memory limit was reached",)),
}


@pytest.mark.parametrize("name", BOMBS)
async def test_the_run_goes_on_and_the_model_is_told(scripted_server: Callable[..., ScriptedServer], name: str) -> None:
    code, words = BOMBS[name]
    probe = "print('kept' if 'kept' in globals() else 'gone', len(grep('SALES')))"
    script = [block("kept = 1"), block(code), block(probe), block("FINAL(len(grep('SALES')))")]
    process = psutil.Process()
    before = process.memory_info().rss
    seconds = PATIENT if name in BY_ITSELF else IMPATIENT
    result = await run(scripted_server(script), cell_timeout=seconds, memory_limit="128MB")
    assert (result.trace.status, result.trace.value) == ("answered", 2)
    for word in words:
        assert word in result.told(2)
    survived = LOST not in words
    assert result.trace.iterations[2].output == f"{'kept' if survived else 'gone'} 2\n"
    assert result.trace.iterations[1].lost_state is not survived
    assert process.memory_info().rss - before < 200 << 20


async def test_a_source_of_4_mb_reaches_no_compiler_and_costs_no_state() -> None:
    async with SubKernel("text") as kernel:
        await kernel.execute("kept = 1")
        execution = await kernel.execute("x = [" + "1," * (2 << 20) + "]")
        assert execution.error is not None
        assert "characters; 200,000 are the limit" in execution.error.message
        assert not execution.lost_state
        assert (await kernel.execute("kept")).value == 1
