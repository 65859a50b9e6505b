"""A chat endpoint in a process of its own, scripted or slow: what fan-outs and whole runs are measured against.

    python slow_server.py MILLISECONDS [SCRIPTS]        prints its port, serves until its standard input ends

SCRIPTS is a JSON object, model -> replies. A request to a model that has replies gets at once the one of its turn
(the assistant's messages in it are counted, those of the first request left out), after that many milliseconds where
the model's name begins with `slow-`. Any other request gets the same
short reply after that many milliseconds, whatever it asks. Nothing is checked, and there are no other pages. At the
end it prints the sizes of the requests' bodies in bytes, by model.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import re
import socket
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

BACKLOG = 1024
CONTENT = "spam or ham: ham"
PIECE = 16
SLOW = "slow-"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
MODEL = re.compile(rb'"model":\s*"([^"]*)"')
ASSISTANT = re.compile(rb'"role":\s*"assistant"')
STREAM = re.compile(rb'"stream":\s*true')


@functools.cache
def answer(content: str, piece: int = PIECE) -> bytes:
    """The whole HTTP answer: a stream of a few chunks, the usage, the end."""
    parts = [content[start : start + piece] for start in range(0, len(content), piece)]
    chunks = [{"choices": [{"index": 0, "delta": {"content": part}, "finish_reason": None}]} for part in parts]
    chunks.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    chunks.append({"choices": [], "usage": {"prompt_tokens": 12, "completion_tokens": 4}})
    body = b"".join(b"data: %s\n\n" % data for data in [*(json.dumps(one).encode() for one in chunks), b"[DONE]"])
    return HEAD + b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)


@functools.cache
def whole_answer(content: str) -> bytes:
    """The same as one JSON object, for clients that want no stream."""
    choice = {"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": "stop"}
    usage = {"prompt_tokens": 12, "completion_tokens": 4, "total_tokens": 16}
    about = {"id": "1", "object": "chat.completion", "created": 1, "model": "scripted"}
    body = json.dumps(about | {"choices": [choice], "usage": usage}).encode()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
    return head + body


class Endpoint:
    """What all connections share: the scripts, and what was counted."""

    def __init__(self, delay: float, scripts: Mapping[str, Sequence[str]]) -> None:
        self._delay = delay
        self._scripts = scripts
        self._first: dict[str, int] = {}
        self.sizes: defaultdict[str, list[int]] = defaultdict(list)

    def answer(self, body: bytes) -> tuple[float, bytes]:
        """The seconds to wait, and what to send then."""
        found = MODEL.search(body)
        model = found[1].decode() if found else ""
        self.sizes[model].append(len(body))
        if model not in self._scripts:
            return self._delay, answer(CONTENT, 4) if STREAM.search(body) else whole_answer(CONTENT)
        turns = len(ASSISTANT.findall(body))
        content = self._scripts[model][turns - self._first.setdefault(model, turns)]
        delay = self._delay if model.startswith(SLOW) else 0.0
        return delay, answer(content) if STREAM.search(body) else whole_answer(content)


class Connection(asyncio.Protocol):
    """One connection, kept alive; requests come one after another."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._parts: list[bytes] = []
        self._missing = -1

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._missing < 0:
            data = b"".join([*self._parts, data])
            self._parts = []
            head, found, body = data.partition(b"\r\n\r\n")
            if not found:
                self._parts = [data]
                return
            if head.startswith(b"GET "):
                self._send(NOT_FOUND)
                return
            self._missing = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
            data = body
        self._parts.append(data)
        self._missing -= len(data)
        if self._missing == 0:
            body, self._parts, self._missing = b"".join(self._parts), [], -1
            delay, reply = self._endpoint.answer(body)
            asyncio.get_running_loop().call_later(delay, self._send, reply)

    def _send(self, reply: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(reply)


async def serve(delay: float, scripts: Mapping[str, Sequence[str]]) -> None:
    """Serve until standard input ends."""
    endpoint = Endpoint(delay, scripts)
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(endpoint), "127.0.0.1", 0, backlog=BACKLOG
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    server.close()
    print(json.dumps(endpoint.sizes), flush=True)


@dataclass
class Served:
    """A server that is up; `sizes` (bytes of each request's body, by model) are known when its block has ended."""

    port: int
    sizes: dict[str, list[int]] = field(default_factory=dict)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"


@contextlib.contextmanager
def slow_server(milliseconds: float, scripts: Mapping[str, Sequence[str]] | None = None) -> Iterator[Served]:
    """A server in a new process, which ends with the block."""
    command = [sys.executable, __file__, str(milliseconds), json.dumps(scripts or {})]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        served = Served(int(process.stdout.readline()))
        yield served
        assert process.stdin is not None
        process.stdin.close()
        served.sizes = json.loads(process.stdout.read() or "{}")


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1]) / 1000, json.loads(sys.argv[2]) if len(sys.argv) > 2 else {}))
