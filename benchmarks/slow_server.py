"""A chat endpoint in a process of its own that takes a while to answer: what a fan-out is measured against.

    python slow_server.py MILLISECONDS        prints its port, serves until its standard input ends

Every request gets the same short stream after that many milliseconds, whatever it asks; nothing is checked.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import subprocess
import sys
from collections.abc import Iterator

CONTENT = ("spam", " or", " ham", ": ham")
BACKLOG = 1024


def events() -> bytes:
    """The stream: a few chunks, the usage, the end."""
    chunks = [{"choices": [{"index": 0, "delta": {"content": part}, "finish_reason": None}]} for part in CONTENT]
    chunks.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    chunks.append({"choices": [], "usage": {"prompt_tokens": 12, "completion_tokens": 4}})
    return b"".join(b"data: %s\n\n" % data for data in [*(json.dumps(one).encode() for one in chunks), b"[DONE]"])


class Connection(asyncio.Protocol):
    """One connection, kept alive; requests come one after another."""

    answer = b""
    delay = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.transport, self.waiting = transport, b""

    def data_received(self, data: bytes) -> None:
        self.waiting += data
        head, found, body = self.waiting.partition(b"\r\n\r\n")
        if not found:
            return
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        if len(body) >= length:
            self.waiting = b""
            asyncio.get_running_loop().call_later(self.delay, self.send)

    def send(self) -> None:
        if not self.transport.is_closing():
            self.transport.write(self.answer)


async def serve(delay: float) -> None:
    """Serve until standard input ends."""
    body = events()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    Connection.answer = head + b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    Connection.delay = delay
    server = await asyncio.get_running_loop().create_server(Connection, "127.0.0.1", 0, backlog=BACKLOG)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    server.close()


@contextlib.contextmanager
def slow_server(milliseconds: float) -> Iterator[int]:
    """The port of a server in a new process, which ends with the block."""
    command = [sys.executable, __file__, str(milliseconds)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield int(process.stdout.readline())
        assert process.stdin is not None
        process.stdin.close()


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1]) / 1000))
