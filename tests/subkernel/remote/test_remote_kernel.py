"""A sub-kernel on a host does what a local one does; only the process is elsewhere."""

from __future__ import annotations

import asyncio
import os
from typing import Any

import pytest
from hosts import TEXT, Hosted, StartHost, sub_kernels

from rlm_kernel import Document
from rlm_kernel.document import Text
from rlm_kernel.document.parts.part_text import PartText
from rlm_kernel.subkernel import Refusal, SubKernel, ToolStub
from rlm_kernel.subkernel.remote.link import Link


async def test_cells_keep_variables_and_show_their_output(hosted: Hosted) -> None:
    pieces: list[str] = []
    async with hosted.kernel() as kernel:
        first = await kernel.execute("foxes = grep('fox')\nprint(len(foxes))", on_output=pieces.append)
        assert (first.output, first.error, first.lost_state) == ("2\n", None, False)
        assert first.variables.added == {"foxes": "list of 2 matches"} or "foxes" in first.variables.added
        assert [(span.tool, span.start_line) for span in first.spans] == [("grep", 1), ("grep", 5)]
        assert first.searches[0].pattern == "fox"
        assert "".join(pieces) == "2\n"
        assert (await kernel.execute("[m.line_num for m in foxes]")).value == [1, 5]
        assert (await kernel.execute("1 / 0")).error.type == "ZeroDivisionError"  # type: ignore[union-attr]
        assert await kernel.unchanged() is True
    assert await kernel.unchanged() is None


async def test_it_reports_its_layers_and_where_it_is(hosted: Hosted) -> None:
    async with hosted.kernel() as kernel, SubKernel(TEXT) as local:
        report = kernel.isolation_report()
        assert report.pop("host")["address"] == hosted.address
        layers = dict(report, rlimits=None)
        assert layers == dict(local.isolation, rlimits=None)
        assert report["rlimits"]["memory"] == 1 << 30
        assert kernel.determinism().hash_seed == local.determinism().hash_seed


async def test_seed_and_clock_make_the_same_numbers_as_here(hosted: Hosted) -> None:
    code = "import random, time\n[random.random(), time.time(), list({'a', 'b', 'c'})]"
    async with hosted.kernel(seed=7, clock="2024-03-01") as kernel, SubKernel(TEXT, seed=7, clock="2024-03-01") as here:
        assert (await kernel.execute(code)).value == (await here.execute(code)).value


async def test_what_the_code_asks_for_is_answered_here(hosted: Hosted) -> None:
    asked: list[tuple[str, dict[str, Any]]] = []

    async def answer(method: str, params: dict[str, Any]) -> Any:
        asked.append((method, params))
        if method == "llm_query":
            return ["a reply of " + "ü" * 200_000]
        if method == "tool":
            return {"value": params["args"][0] * 2}
        raise Refusal("not here")

    tool = ToolStub("double", "(x: int) -> int", "Twice x.")
    async with hosted.kernel(handler=answer, tools=[tool]) as kernel:
        assert (await kernel.execute("double(21)")).value == 42
        # More than a message of the connection holds, in both directions.
        reply = await kernel.execute("r = llm_query('p' * 3_000_000)\nprint(len(r), r[:10])")
        assert reply.output == f"{200_000 + 11} a reply of\n"
        refused = await kernel.execute("rlm_query('why?', context)")
        assert refused.error is not None
        assert "not here" in refused.error.message
    assert [method for method, _ in asked] == ["tool", "llm_query", "rlm_query"]
    assert len(asked[1][1]["prompts"][0]) == 3_000_000


async def test_much_output_comes_whole_and_bounded(hosted: Hosted) -> None:
    async with hosted.kernel(output_limit=400_000) as kernel:
        done = await kernel.execute("for _ in range(100): print('x' * 10_000)")
        assert done.output_chars == 100 * 10_001
        assert 400_000 <= len(done.output) <= 600_000


async def test_a_cell_that_runs_too_long_is_interrupted_and_one_that_ignores_it_is_killed(hosted: Hosted) -> None:
    async with hosted.kernel(cell_timeout=0.5) as kernel:
        await kernel.execute("kept = 1", timeout=30)
        late = await kernel.execute("while True: pass")
        assert late.error is not None
        assert (late.error.type, late.lost_state) == ("TimeoutError", False)
        assert (await kernel.execute("kept", timeout=30)).value == 1
        deaf = await kernel.execute("sum(range(10**12))")
        assert deaf.error is not None
        assert (deaf.error.type, deaf.lost_state) == ("TimeoutError", True)
        assert (await kernel.execute("len(context)", timeout=30)).value == len(TEXT)


async def test_interrupt_and_kill_end_a_cell(hosted: Hosted) -> None:
    async with hosted.kernel() as kernel:
        started = asyncio.Event()
        cell = "print('x' * 9000)\nwhile True: pass"
        running = asyncio.create_task(kernel.execute(cell, on_output=lambda _text: started.set()))
        await started.wait()
        await kernel.interrupt()
        done = await running
        assert done.error is not None
        assert done.error.type == "Interrupted"
        started.clear()
        running = asyncio.create_task(kernel.execute(cell, on_output=lambda _text: started.set()))
        await started.wait()
        await kernel.kill()
        assert (await running).lost_state


async def test_a_crash_says_how_it_came(hosted: Hosted) -> None:
    async with hosted.kernel() as kernel:
        running = asyncio.create_task(kernel.execute("while True: pass"))
        (child,) = [child for child in sub_kernels() if child.cpu_times().user >= 0]
        child.kill()
        done = await running
        assert done.error is not None
        assert done.lost_state
        assert "SIGKILL" in done.error.message
        assert (await kernel.execute("1")).value == 1


async def test_a_document_is_sent_once_and_its_parts_not_at_all(
    hosted: Hosted, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = Document.of({"one.txt": "first\n" * 100_000, "two.txt": "second\n" * 10})
    part = Document([PartText("one.txt", "one.txt", document.texts[0], 0, 600)], whole=document)
    sent: list[int] = []
    real = Link.send

    async def counted(link: Link, kind: bytes, body: bytes) -> None:
        if kind == b"p":
            sent.append(len(body))
        await real(link, kind, body)

    monkeypatch.setattr(Link, "send", counted)
    async with hosted.kernel(document) as whole, hosted.kernel(part) as piece:
        assert (await whole.execute("{name: len(text) for name, text in context.items()}")).value == {
            "one.txt": 600_000,
            "two.txt": 70,
        }
        assert (await piece.execute("len(context)")).value == 600
        assert await piece.unchanged() is True
    async with hosted.kernel(Document.of({"one.txt": "first\n" * 100_000, "two.txt": "second\n" * 10})) as again:
        assert (await again.execute("len(context)")).value == 2
    assert 600_070 < sum(sent) < 610_000


async def test_parts_that_are_long_to_describe_are_sent_as_they_are(hosted: Hosted) -> None:
    document = Document.of("a line\n" * 1_000)
    made_by_code = "changed\n" * 200_000
    part = Document([Text.from_str("part", "part", made_by_code), *document.texts], "list", whole=document)
    async with hosted.kernel(part) as kernel:
        assert (await kernel.execute("[len(text) for text in context]")).value == [1_600_000, 7_000]
        assert await kernel.unchanged() is True


async def test_many_at_once_keep_apart_and_send_their_document_once(hosted: Hosted) -> None:
    document = Document.of("a line\n" * 200_000)

    async def one(number: int) -> Any:
        async with hosted.kernel(document) as kernel:
            await kernel.execute(f"mine = {number}")
            return (await kernel.execute("[mine, len(context)]")).value

    assert await asyncio.gather(*map(one, range(5))) == [[number, 1_400_000] for number in range(5)]
    assert sum("has started" in line for line in hosted.lines) == 5


async def test_nothing_is_left_at_either_end(start_host: StartHost) -> None:
    hosted = await start_host()
    async with hosted.kernel() as kernel:
        await kernel.execute("1")
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        async with hosted.kernel() as kernel:
            await kernel.execute("1")
    async with asyncio.timeout(30):
        while hosted.host.running.total() or len(os.listdir("/proc/self/fd")) > before:  # noqa: ASYNC110  no event
            await asyncio.sleep(0.05)
    assert not sub_kernels()


async def test_packages_are_the_hosts(hosted: Hosted) -> None:
    pytest.importorskip("numpy")
    async with hosted.kernel(packages=["numpy"]) as kernel:
        assert (await kernel.execute("int(np.arange(4).sum())")).value == 6
        assert kernel.isolation["packages"][0].startswith("numpy")


async def test_the_sub_kernel_has_no_socket_of_the_network(hosted: Hosted) -> None:
    async with hosted.kernel():
        (child,) = sub_kernels()
        assert child.net_connections(kind="inet") == []
