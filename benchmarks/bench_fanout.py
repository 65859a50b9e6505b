"""How far a batch of calls through `OpenAICompatible` is from the ideal, which is ceil(N / C) times what one takes.

The endpoint is a server in a process of its own that answers after D milliseconds (slow_server.py), so that it shares
no interpreter with what is measured. The floor in the same run: a client of asyncio's sockets that sends the same
bytes and reads to the end of the answer without understanding it. Connections are open before the clock starts for
both; best and median of several rounds (of one where a round takes ten seconds). CPU is that of the asking process,
for each call.
Usage: `python bench_fanout.py [N [D [ROUNDS]]]`, by default 100 calls of 100 ms, 5 rounds.
"""

from __future__ import annotations

import asyncio
import json
import math
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import aclosing

from results import record, write_table
from slow_server import slow_server

from rlm_kernel.models import OpenAICompatible, Reply

CONCURRENCY = (1, 8, 16, 100)
PROMPT = "Is this message spam or ham? " + "Dear friend, kindly send your account number. " * 8
Call = Callable[[], Awaitable[object]]


async def fan_out(call: Call, count: int, concurrency: int) -> float:
    """Seconds that `count` calls take, at most `concurrency` of them at a time."""
    gate = asyncio.Semaphore(concurrency)

    async def one() -> None:
        async with gate:
            await call()

    began = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(count)))
    return time.perf_counter() - began


async def measure(call: Call, count: int, delay: float, concurrency: int, rounds: int) -> dict[str, float]:
    """Seconds, their ratio to the ideal and the CPU milliseconds of a call, after a round that is not counted."""
    await fan_out(call, concurrency, concurrency)
    seconds, cpu = [], []
    for _ in range(rounds if concurrency > 1 else 1):
        busy = time.process_time()
        seconds.append(await fan_out(call, count, concurrency))
        cpu.append((time.process_time() - busy) / count * 1000)
    ideal = math.ceil(count / concurrency) * delay
    return {
        "seconds": statistics.median(seconds),
        "best": min(seconds),
        "ratio": statistics.median(seconds) / ideal,
        "cpu_ms": statistics.median(cpu),
    }


def through_model(model: OpenAICompatible) -> Call:
    """One call through the model, to its reply."""

    async def call() -> str:
        async with aclosing(model.stream([{"role": "user", "content": PROMPT}], temperature=0.0)) as pieces:
            async for piece in pieces:
                if isinstance(piece, Reply):
                    return piece.text
        raise AssertionError("no reply")

    return call


def through_sockets(port: int, prompt: str = PROMPT) -> Call:
    """One call through a bare socket, to the end of the answer."""
    body = json.dumps({"model": "slow", "messages": [{"role": "user", "content": prompt}], "stream": True}).encode()
    request = (
        b"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
    )
    idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def call() -> bytes:
        reader, writer = idle.pop() if idle else await asyncio.open_connection("127.0.0.1", port)
        writer.write(request)
        answer = await reader.readuntil(b"\r\n0\r\n\r\n")
        idle.append((reader, writer))
        return answer

    return call


async def compare(count: int, delay: float, rounds: int) -> list[dict[str, object]]:
    """The figures of both clients at each concurrency."""
    figures: list[dict[str, object]] = []
    for concurrency in CONCURRENCY:
        with slow_server(delay * 1000) as server:
            model = OpenAICompatible("slow", base_url=server.base_url)
            ours = await measure(through_model(model), count, delay, concurrency, rounds)
            floor = await measure(through_sockets(server.port), count, delay, concurrency, rounds)
            await model.aclose()
        ideal = math.ceil(count / concurrency) * delay
        figures.append({"concurrency": concurrency, "ideal": ideal, "ours": ours, "floor": floor})
        print(json.dumps(figures[-1]), flush=True)
    return figures


def main(count: int = 100, milliseconds: float = 100, rounds: int = 5) -> None:
    """Measure, print, write."""
    figures = asyncio.run(compare(int(count), milliseconds / 1000, int(rounds)))
    columns = ["ideal", "`OpenAICompatible`", "of the ideal", "bare sockets", "of the ideal", "CPU of a call", "bare"]
    rows = [
        f"| {' | '.join([f'{int(count)} calls of {milliseconds:g} ms', *columns])} |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for one in figures:
        ours, floor = one["ours"], one["floor"]
        assert isinstance(ours, dict)
        assert isinstance(floor, dict)
        rows.append(
            f"| {one['concurrency']} in flight | {one['ideal']:.2f} s | {ours['seconds']:.3f} s | {ours['ratio']:.3f} "
            f"| {floor['seconds']:.3f} s | {floor['ratio']:.3f} | {ours['cpu_ms']:.2f} ms | {floor['cpu_ms']:.2f} ms |"
        )
    print("\n".join(rows))
    if (count, milliseconds) == (100, 100):
        record("fanout", figures)
        write_table("fanout", rows)


if __name__ == "__main__":
    main(*(float(value) for value in sys.argv[1:]))
