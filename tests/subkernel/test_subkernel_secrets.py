"""The keys in the parent's environment are nowhere that a cell, a reader of a trace or a core dump could find them."""

from __future__ import annotations

import json
import logging
import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from runs import DOCUMENT, block, engine
from scripted_server import ScriptedServer, fail

from rlm_kernel import ModelError
from rlm_kernel.render.mimebundle import mimebundle
from rlm_kernel.subkernel import SubKernel
from rlm_kernel.subkernel.launch import fork_server

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks things up in Linux")

SECRET = "sk-canary" + "-of-the-secrets-test"
NAMES = ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "HF_TOKEN", "AWS_SECRET_ACCESS_KEY", "DATABASE_URL")

# What looks for a key from within, as far as the policy lets it.
LOOKING = """
found = []
for attempt in (
    lambda: __import__('os').environ, lambda: open('/proc/self/environ').read(), lambda: grep.__globals__,
    lambda: '{0.__func__.__globals__}'.format(grep), lambda: llm_query.__self__, lambda: vars(grep), lambda: globals(),
    lambda: grep('sk-'), lambda: fuzzy_search('OPENAI_API_KEY'), lambda: text_stats(), lambda: show_vars(),
):
    try: found.append(str(attempt()))
    except Exception as error: found.append(repr(error))
print(found)
"""


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    fork_server.stop()  # else it is one from before the keys were there
    for name in NAMES:
        monkeypatch.setenv(name, SECRET)
    yield
    fork_server.stop()


def memory_of(pid: int) -> Iterator[bytes]:
    """Everything that a process can read, mapping by mapping."""
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            first, last = (int(part, 16) for part in line.split()[0].split("-"))
            if " r" in line and not line.endswith(("[vvar]", "[vsyscall]", "[vvar_vclock]")):
                memory.seek(first)
                try:
                    yield memory.read(last - first)
                except OSError:
                    continue


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can read the memory of a process that cannot be traced")
async def test_no_memory_of_the_sub_kernel_and_of_the_fork_server_holds_a_key() -> None:
    async with SubKernel("a marker: brmxk-7731", cell_timeout=20) as kernel:
        await kernel.execute(LOOKING)
        assert kernel.pid is not None
        # That the marker is found shows that the search can find.
        assert any(b"brmxk-7731" in part for part in memory_of(kernel.pid))
        for pid in filter(None, (kernel.pid, fork_server.pid())):
            assert not any(SECRET.encode() in part for part in memory_of(pid))
            assert (Path(f"/proc/{pid}") / "environ").read_bytes() == b"PYTHONHASHSEED=0\0"


async def test_nothing_that_a_process_would_leave_is_ever_written() -> None:
    async with SubKernel("text") as kernel:
        limits = Path(f"/proc/{kernel.pid}/limits").read_text()
        assert re.search(r"Max core file size\s+0\s+0\s", limits)
        assert re.search(r"Max file size\s+0\s+0\s", limits)
        # Among others this says that PR_GET_DUMPABLE was read back as 0.
        assert kernel.isolation_report()["no-new-privs"] is True


async def test_neither_trace_nor_notebook_nor_log_nor_repr_shows_a_key(
    scripted_server: Callable[..., ScriptedServer], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server = scripted_server([block(LOOKING), block("1 / 0"), block("FINAL(grep('SALES')[0].line)")])
    rlm = engine(server)
    answer = await rlm.acompletion("What is it?", DOCUMENT)
    assert answer.status == "answered"
    # The key was in use.
    assert server.requests[0].headers["authorization"] == f"Bearer {SECRET}"
    said = [answer.trace.to_json(), repr(answer), repr(rlm), str(vars(answer)), caplog.text]
    said += [json.dumps(mimebundle(answer.trace)), json.dumps([request.body for request in server.requests])]
    assert [text for text in said if SECRET in text] == []


async def test_no_error_shows_a_key(scripted_server: Callable[..., ScriptedServer]) -> None:
    server = scripted_server([fail(401, f"Incorrect API key provided: {SECRET}")])
    with pytest.raises(ModelError) as caught:
        await engine(server).acompletion("What is it?", DOCUMENT)
    assert SECRET not in str(caught.value) + repr(caught.value) + caught.value.answer.trace.to_json()


async def test_no_error_of_the_sub_kernel_shows_a_key() -> None:
    async with SubKernel("text", cell_timeout=1) as kernel:
        for code in ("raise ValueError(show_vars())", "sum(range(10**12))", "import socket", "1 +", "llm_query('x')"):
            execution = await kernel.execute(code)
            assert execution.error is not None
            assert SECRET not in execution.error.message + execution.output
