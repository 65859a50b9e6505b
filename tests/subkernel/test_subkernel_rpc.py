"""The parent's ends of both connections survive whatever a process that broke out may send."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import psutil
import pytest
import zmq
import zmq.asyncio
from jupyter_client.session import Session

from rlm_kernel.subkernel.inside.rpc import HEADER, MAX_REQUEST, encode
from rlm_kernel.subkernel.wire.channel import Channel, RunningCell
from rlm_kernel.subkernel.wire.rpc import ProtocolError, Server


@dataclass
class Peer:
    """A server of ours and the other end of its socket, held by a liar."""

    server: Server
    theirs: socket.socket
    broken: asyncio.Future[str]
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    async def send(self, *frames: bytes) -> None:
        for frame in frames:
            await asyncio.get_running_loop().sock_sendall(self.theirs, frame)

    async def receive(self) -> dict[str, Any]:
        loop = asyncio.get_running_loop()
        (size,) = HEADER.unpack(await self._exactly(loop, HEADER.size))
        return json.loads(await self._exactly(loop, size))  # type: ignore[no-any-return]

    async def _exactly(self, loop: asyncio.AbstractEventLoop, size: int) -> bytes:
        data = b""
        while len(data) < size:
            data += await loop.sock_recv(self.theirs, size - len(data))
        return data


@asynccontextmanager
async def connected(handler: Callable[..., Any] | None = None, ready: bool = True) -> AsyncIterator[Peer]:
    loop = asyncio.get_running_loop()
    broken: asyncio.Future[str] = loop.create_future()
    asked: list[tuple[str, dict[str, Any]]] = []

    async def answer(method: str, params: dict[str, Any]) -> Any:
        asked.append((method, params))
        return await handler(method, params) if handler else "answer"

    def on_broken(reason: str) -> None:
        if not broken.done():
            broken.set_result(reason)

    server = Server(answer, on_broken)
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    with theirs:
        await server.start(ours, {"hello": 1})
        peer = Peer(server, theirs, broken, asked)
        assert await peer.receive() == {"hello": 1}
        if ready:
            await peer.send(encode({"ready": {"seccomp": True}}))
            assert await server.ready == {"seccomp": True}
        try:
            yield peer
        finally:
            await server.close()


def request(identity: Any = "a", method: Any = "llm_query", params: Any = None) -> bytes:
    return encode({"id": identity, "method": method, "params": {} if params is None else params})


async def test_a_request_of_the_running_cell_is_answered_under_its_id() -> None:
    async with connected() as peer:
        peer.server.open_cell()
        await peer.send(request("one", params={"prompts": ["x"]}))
        assert await peer.receive() == {"id": "one", "result": "answer"}
        assert peer.asked == [("llm_query", {"prompts": ["x"]})]


async def test_a_request_outside_a_cell_reaches_nobody() -> None:
    async with connected() as peer:
        await peer.send(request("before"))
        assert await peer.receive() == {"id": "before", "error": "no cell is running"}
        peer.server.open_cell()
        await peer.server.close_cell()
        await peer.send(request("after"))
        assert await peer.receive() == {"id": "after", "error": "no cell is running"}
        assert peer.asked == []


BAD = {
    "no JSON": HEADER.pack(5) + b"hello",
    "no UTF-8": HEADER.pack(4) + b"\xff\xfe\xff\xfe",
    "an empty message": HEADER.pack(0),
    "a list": HEADER.pack(2) + b"[]",
    "a number too long for Python": HEADER.pack(10_000) + b"9" * 10_000,
    "nesting without end": HEADER.pack(200_000) + b"[" * 200_000,
    "nested objects": HEADER.pack(600_000) + b'{"a":' * 120_000,
    "a giant length": HEADER.pack(MAX_REQUEST + 1),
    "the largest length": b"\xff\xff\xff\xff",
    "no id": encode({"method": "final", "params": {}}),
    "an id that is no text": request(identity=5),
    "an id without end": request(identity="i" * 65),
    "a method that is no text": request(method=["final"]),
    "parameters that are no object": request(params=[1]),
    "a second report": encode({"ready": {"seccomp": True, "weak": False}}),
    "a reply that nobody asked for": encode({"id": "a", "result": 1}),
    "text of another protocol": b"GET / HTTP/1.1\r\n\r\n",
}


@pytest.mark.parametrize("name", BAD)
async def test_what_is_no_request_ends_the_sub_kernel(name: str) -> None:
    async with connected() as peer:
        peer.server.open_cell()
        await peer.send(BAD[name])
        reason = await asyncio.wait_for(peer.broken, 10)
        assert "request" in reason
        assert len(reason) < 200
        assert peer.asked == []


@pytest.mark.parametrize("name", [name for name in BAD if name != "a second report"])
async def test_what_comes_in_place_of_the_report_ends_the_start(name: str) -> None:
    async with connected(ready=False) as peer:
        await peer.send(BAD[name])
        assert await asyncio.wait_for(peer.broken, 10)
        assert not peer.server.ready.done()


@pytest.mark.parametrize("sent", [b"", b"\x00", HEADER.pack(100) + b"{"])
async def test_an_end_before_the_report_is_told_to_who_waits(sent: bytes) -> None:
    async with connected(ready=False) as peer:
        await peer.send(sent)
        peer.theirs.close()
        with pytest.raises(ProtocolError, match="ended before it was ready"):
            await asyncio.wait_for(asyncio.shield(peer.server.ready), 10)


async def test_unknown_methods_and_wrong_parameters_are_the_handlers_to_refuse() -> None:
    async def handler(method: str, params: dict[str, Any]) -> Any:
        return {"final": 1}[method]

    async with connected(handler) as peer:
        peer.server.open_cell()
        await peer.send(request("x", "os.system", {"command": "id"}))
        assert await peer.receive() == {"id": "x", "error": "os.system failed in the parent (KeyError)"}
        assert not peer.broken.done()


async def test_too_many_open_requests_end_the_sub_kernel() -> None:
    never = asyncio.Event()

    async def handler(method: str, params: dict[str, Any]) -> Any:
        await never.wait()

    async with connected(handler) as peer:
        peer.server.open_cell()
        await peer.send(*(request(f"r{number}") for number in range(50)))
        assert "too many requests" in await asyncio.wait_for(peer.broken, 10)
        assert len(peer.asked) <= 4


async def test_one_who_asks_and_never_reads_cannot_make_the_parent_grow() -> None:
    async def handler(method: str, params: dict[str, Any]) -> Any:
        return "x" * 1_000_000

    before = psutil.Process().memory_info().rss
    async with connected(handler) as peer:
        peer.server.open_cell()
        flood = asyncio.create_task(peer.send(*(request(f"r{number}") for number in range(2000))))
        assert "too many requests" in await asyncio.wait_for(peer.broken, 10)
        flood.cancel()
        await asyncio.wait({flood})
        assert len(peer.asked) < 20
        assert psutil.Process().memory_info().rss - before < 100 << 20


async def test_an_answer_that_is_no_json_is_an_error_of_the_cell() -> None:
    async def handler(method: str, params: dict[str, Any]) -> Any:
        return object()

    async with connected(handler) as peer:
        peer.server.open_cell()
        await peer.send(request("x"))
        assert await peer.receive() == {"id": "x", "error": "llm_query failed in the parent (TypeError)"}


async def test_closing_a_cell_cancels_what_is_open() -> None:
    asked, cancelled = asyncio.Event(), asyncio.Event()

    async def handler(method: str, params: dict[str, Any]) -> Any:
        asked.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    async with connected(handler) as peer:
        peer.server.open_cell()
        await peer.send(request("x"))
        await asked.wait()
        assert peer.server.waiting
        await peer.server.close_cell()
        assert cancelled.is_set()
        assert not peer.server.waiting


_HEADER = {"msg_type": "stream", "msg_id": "x", "session": "s", "username": "u", "version": "5.3"}


@dataclass
class Forger:
    """A channel of ours, and sockets that hold its key: what a process that broke out has."""

    channel: Channel
    session: Session
    shell: Any
    iopub: Any
    broken: asyncio.Future[str]
    identity: bytes = b""

    async def begin(self, limit: int = 1000) -> tuple[RunningCell, Any]:
        cell = self.channel.execute("1", limit, None)
        frames = await self.shell.recv_multipart()
        identities, parts = self.session.feed_identities(frames)
        self.identity = identities[0]
        return cell, self.session.deserialize(parts)["header"]

    def publish(self, kind: str, content: Any, parent: Any) -> None:
        zmq.Socket.send_multipart(self.iopub, self._frames(kind, content, parent, b"topic"))

    def reply(self, kind: str, content: Any, parent: Any) -> None:
        zmq.Socket.send_multipart(self.shell, self._frames(kind, content, parent, self.identity))

    def _frames(self, kind: str, content: Any, parent: Any, identity: bytes) -> list[bytes]:
        message = self.session.msg(kind, content, parent={"header": parent})
        return self.session.serialize(message, ident=identity)  # type: ignore[no-any-return]

    async def settled(self, cell: RunningCell, parent: Any) -> None:
        """Wait until all that was sent has been taken: the end of the cell comes after it on both sockets."""
        self.publish("status", {"execution_state": "idle"}, parent)
        self.reply("execute_reply", {"status": "ok"}, parent)
        await asyncio.wait_for(asyncio.gather(cell.idle, cell.reply), 10)


@pytest.fixture
async def forger() -> AsyncIterator[Forger]:
    context = zmq.asyncio.Context()
    shell, iopub = context.socket(zmq.ROUTER), context.socket(zmq.XPUB)
    ports = {
        "shell_port": shell.bind_to_random_port("tcp://127.0.0.1"),
        "iopub_port": iopub.bind_to_random_port("tcp://127.0.0.1"),
    }
    key = {"key": b"stolen", "signature_scheme": "hmac-sha256"}
    broken: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    channel = Channel(
        {"transport": "tcp", "ip": "127.0.0.1", **ports, **key},
        lambda reason: broken.done() or broken.set_result(reason),  # type: ignore[arg-type, func-returns-value]
    )
    await channel.connect()
    assert await iopub.recv_multipart() == [b"\x01"]
    yield Forger(channel, Session(**key), shell, iopub, broken)
    await channel.close()
    context.destroy(linger=0)


async def test_only_text_of_the_running_request_counts(forger: Forger) -> None:
    cell, parent = await forger.begin()
    other = parent | {"msg_id": "another"}
    forger.publish("stream", {"name": "stdout", "text": "kept"}, parent)
    forger.publish("stream", {"name": "stdout", "text": "of another request"}, other)
    forger.publish("stream", {"name": "stdout", "text": {"not": "text"}}, parent)
    forger.publish("stream", {"name": "stdout"}, parent)
    forger.publish("display_data", {"data": {"text/html": "<script>alert(1)</script>"}, "metadata": {}}, parent)
    forger.publish("execute_result", {"data": {"text/html": "<b>forged</b>"}, "execution_count": 1}, parent)
    forger.publish("comm_open", {"comm_id": "x", "target_name": "jupyter.widget", "data": {}}, parent)
    forger.publish("clear_output", {"wait": False}, parent)
    forger.publish("no_such_message", {}, parent)
    forger.reply("execute_reply", {"status": "ok", "forged": True}, other)
    forger.reply("inspect_reply", {"status": "ok", "forged": True}, parent)
    await forger.settled(cell, parent)
    assert cell.pieces == ["kept"]
    assert "forged" not in cell.reply.result()
    assert not forger.broken.done()


async def test_only_the_first_reply_counts(forger: Forger) -> None:
    cell, parent = await forger.begin()
    forger.reply("execute_reply", {"status": "ok", "first": True}, parent)
    forger.reply("execute_reply", {"status": "error", "ename": "Forged"}, parent)
    await forger.settled(cell, parent)
    assert cell.reply.result() == {"status": "ok", "first": True}
    later, parent = await forger.begin()
    assert not later.reply.done()
    await forger.settled(later, parent)


async def test_a_flood_of_output_is_kept_to_the_limit(forger: Forger) -> None:
    cell, parent = await forger.begin(limit=1000)
    for _ in range(200):
        forger.publish("stream", {"name": "stdout", "text": "x" * 10_000}, parent)
    await forger.settled(cell, parent)
    assert "".join(cell.pieces) == "x" * 1000


async def test_a_flood_of_bytes_ends_the_sub_kernel(forger: Forger) -> None:
    _, parent = await forger.begin()
    for _ in range(30):
        forger.publish("display_data", {"data": {"text/plain": "x" * 4_000_000}}, parent)
    assert "more than 64 MB" in await asyncio.wait_for(forger.broken, 30)


@pytest.mark.parametrize(
    "frames",
    [
        [b""],
        [b"topic"],
        [b"topic", b"<IDS|MSG>"],
        [b"topic", b"<IDS|MSG>", b"signature", b"{}", b"{}", b"{}", b"{}"],
        [b"topic", b"<IDS|MSG>", b"", b"{}", b"{}", b"{}", b"{}"],
    ],
)
async def test_frames_that_are_no_signed_message_end_the_sub_kernel(forger: Forger, frames: list[bytes]) -> None:
    await forger.begin()
    zmq.Socket.send_multipart(forger.iopub, frames)
    assert "malformed message" in await asyncio.wait_for(forger.broken, 10)


@pytest.mark.parametrize(
    "parts",
    [
        [b"{", b"{}", b"{}", b"{}"],
        [b"[]", b"{}", b"{}", b"{}"],
        [b"{}", b"{}", b"{}", b"{}"],
        [b'{"msg_type": "stream", "msg_id": "x", "date": "no date"}', b"[]", b"{}", b"{}"],
        [b'{"msg_type": "stream", "msg_id": "x"}', b"{}", b"{}", b"\xff\xff"],
        [b'{"msg_type": "stream", "msg_id": "x"}', b"{}", b"{}", b"[" * 100_000],
    ],
)
async def test_signed_nonsense_ends_the_sub_kernel(forger: Forger, parts: list[bytes]) -> None:
    await forger.begin()
    frames = [b"topic", b"<IDS|MSG>", forger.session.sign(parts), *parts]
    zmq.Socket.send_multipart(forger.iopub, frames)
    assert "malformed message" in await asyncio.wait_for(forger.broken, 10)


async def test_contents_that_are_no_object_end_the_sub_kernel(forger: Forger) -> None:
    _, parent = await forger.begin()
    parts = [json.dumps(part, default=str).encode() for part in (_HEADER | {"msg_type": "execute_reply"}, parent, {})]
    parts.append(b'["not", "an", "object"]')
    frames = [forger.identity, b"<IDS|MSG>", forger.session.sign(parts), *parts]
    zmq.Socket.send_multipart(forger.shell, frames)
    assert "malformed message" in await asyncio.wait_for(forger.broken, 10)


async def test_lone_surrogates_in_output_are_replaced(forger: Forger) -> None:
    cell, parent = await forger.begin()
    content = b'{"name": "stdout", "text": "a\\ud800b"}'
    parts = [json.dumps(_HEADER).encode(), json.dumps(parent, default=str).encode(), b"{}", content]
    zmq.Socket.send_multipart(forger.iopub, [b"topic", b"<IDS|MSG>", forger.session.sign(parts), *parts])
    await forger.settled(cell, parent)
    assert "".join(cell.pieces) == "a?b"


async def test_the_frame_is_four_bytes_of_length_and_json() -> None:
    frame = encode({"a": "\u00e9\ud800"})
    (size,) = struct.unpack(">I", frame[:4])
    assert size == len(frame) - 4
    assert json.loads(frame[4:].decode("utf-8", "surrogatepass")) == {"a": "\u00e9\ud800"}
