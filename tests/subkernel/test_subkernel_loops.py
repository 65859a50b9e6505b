"""Runs under other event loops than asyncio's own: uvloop, and callers that belong to trio."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import anyio
import pytest
from runs import DOCUMENT, block, engine
from scripted_server import ScriptedServer

from rlm_kernel.subkernel import SubKernel

Serve = Callable[..., ScriptedServer]
LENGTH = [block("print(len(context))"), block("FINAL(len(context))")]

uvloop = pytest.importorskip("uvloop")


def test_a_sub_kernel_under_uvloop() -> None:
    async def main() -> None:
        async with SubKernel("one\ntwo") as kernel:
            assert (await kernel.execute("print(len(context))")).output == "7\n"
            assert (await kernel.execute("while True: pass", timeout=0.2)).error is not None
            assert (await kernel.execute("print(1)")).output == "1\n"

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())


def test_a_run_under_uvloop(scripted_server: Serve) -> None:
    async def main() -> None:
        rlm = engine(scripted_server(LENGTH))
        assert (await rlm.acompletion("How long?", DOCUMENT)).value == len(DOCUMENT)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())


def test_callers_that_belong_to_trio(scripted_server: Serve) -> None:
    pytest.importorskip("trio")
    values = []

    async def ask() -> None:
        rlm = engine(scripted_server(LENGTH))
        values.append(await anyio.to_thread.run_sync(lambda: rlm.completion("How long?", DOCUMENT).value))

    async def main() -> None:
        async with anyio.create_task_group() as group:
            for _ in range(2):
                group.start_soon(ask)

    anyio.run(main, backend="trio")
    assert values == [len(DOCUMENT)] * 2
