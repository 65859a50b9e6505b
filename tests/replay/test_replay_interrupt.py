"""A replay and a comparison end at the first Ctrl-C, in plain programs and where an event loop is running."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from runs import DOCUMENT, block, engine
from scripted_server import ScriptedServer, hang

Serve = Callable[..., ScriptedServer]

PROGRAM = """
import asyncio, pathlib, sys
from rlm_kernel import RLM, Answer, Trace
from rlm_kernel.comparing import Question, compare
from rlm_kernel.subkernel import SubKernel

execute = SubKernel.execute

async def announced(self, code, **options):
    print("begun", flush=True)
    return await execute(self, code, **options)

SubKernel.execute = announced

def replay():
    Answer(Trace.from_json(pathlib.Path(sys.argv[1]).read_text())).replay(pathlib.Path(sys.argv[2]).read_text())

def comparison():
    rlm = RLM(model="m", base_url=sys.argv[3])
    compare({"m": rlm}, [Question(name="q", question="?", context="text", answer=1)], runs=2)

def work():
    try:
        WORK()
    except KeyboardInterrupt:
        print("interrupted", flush=True)

async def inside_a_loop():
    work()

try:
    CALL
except KeyboardInterrupt:  # asyncio.run raises it once more for its main task
    pass
"""


@pytest.mark.parametrize(
    "call",
    ["work()", pytest.param("asyncio.run(inside_a_loop())", marks=pytest.mark.nightly)],
    ids=["plain", "in a running loop"],
)
@pytest.mark.parametrize("work", ["replay", "comparison"])
def test_the_first_interrupt_ends_it(scripted_server: Serve, tmp_path: Path, work: str, call: str) -> None:
    recorded = scripted_server([block("FINAL(len(context))")])
    answer = engine(recorded).completion("?", DOCUMENT)
    looping = answer.trace.model_copy(deep=True)
    # Sealed anew, as a trace of such code would be.
    looping.iterations[0].code = "while True: pass"
    looping = looping.model_copy(update={"digest": ""})
    (tmp_path / "trace.json").write_text(looping.to_json())
    (tmp_path / "document.txt").write_text(DOCUMENT)
    server = scripted_server([block("while True: pass"), hang("")])
    program = PROGRAM.replace("WORK", work).replace("CALL", call)
    arguments = [str(tmp_path / "trace.json"), str(tmp_path / "document.txt"), server.base_url]
    with subprocess.Popen(
        [sys.executable, "-c", program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        os.kill(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (out, err, process.returncode) == ("interrupted\n", "", 0)
