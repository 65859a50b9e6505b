"""The executor protocol: any object with its methods, and no more than these, runs the cells of a run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

from runs import DOCUMENT, SUM, TOTAL, block, engine

from rlm_kernel import Document
from rlm_kernel.subkernel import Execution, Executor, SubKernel
from rlm_kernel.trace import Determinism


class Elsewhere:
    """An executor that has nothing of a `SubKernel` but the protocol: it passes everything on to one."""

    def __init__(self, context: Any, **settings: Any) -> None:
        self._inner = SubKernel(context, **settings)
        self.executed: list[str] = []

    def isolation_report(self) -> dict[str, Any]:
        return {**self._inner.isolation_report(), "elsewhere": True}

    def determinism(self) -> Determinism | None:
        return self._inner.determinism()

    async def start(self) -> None:
        await self._inner.start()

    async def execute(
        self, code: str, *, timeout: float | None = None, on_output: Callable[[str], None] | None = None
    ) -> Execution:
        self.executed.append(code)
        return await self._inner.execute(code, timeout=timeout, on_output=on_output)

    async def interrupt(self) -> None:
        await self._inner.interrupt()

    async def unchanged(self) -> bool | None:
        return await self._inner.unchanged()

    async def kill(self) -> None:
        await self._inner.kill()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.kill()


async def test_a_run_needs_no_more_of_an_executor_than_the_protocol(scripted_server: Any, monkeypatch: Any) -> None:
    made: list[Elsewhere] = []

    def make(context: Any, **settings: Any) -> Executor:
        made.append(Elsewhere(context, **settings))
        return made[-1]

    monkeypatch.setattr("rlm_kernel.engine.factory.SubKernel", make)
    server = scripted_server([block(f"{SUM}\nFINAL(total)")])
    answer = await engine(server).acompletion("What is the total?", Document.of(DOCUMENT))
    assert answer.value == TOTAL
    assert answer.trace.isolation["elsewhere"] is True
    assert "FINAL(total)" in made[0].executed[0]


async def test_the_report_is_empty_before_the_start_and_what_was_read_back_after() -> None:
    kernel = SubKernel("text")
    assert kernel.isolation_report() == {}
    async with kernel:
        report = kernel.isolation_report()
        assert report == kernel.isolation
        assert report["seccomp"] is True
        report["seccomp"] = "changed by who asked"
        assert kernel.isolation_report()["seccomp"] is True
