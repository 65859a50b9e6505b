"""The parent's own ZeroMQ connection: it speaks with libzmq, and bounds what a peer sends however it is cut up."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
import zmq
import zmq.asyncio

from rlm_kernel.subkernel.wire.zmtp import ZmtpConnection, connect

LIMIT = 10_000
GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x00NULL" + bytes(48)
READY = b"\x04\x06\x05READY"


@dataclass
class Heard:
    """What a connection has said so far; `changed` is set with each."""

    messages: list[list[bytes]] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    lost: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def connection(self, kind: bytes = b"DEALER") -> ZmtpConnection:
        def note(keep: list, value: object) -> None:  # type: ignore[type-arg]
            keep.append(value)
            self.changed.set()

        def lost() -> None:
            self.lost += 1
            self.changed.set()

        return ZmtpConnection(kind, LIMIT, lambda m: note(self.messages, m), lambda r: note(self.broken, r), lost)

    async def until(self, what: str) -> None:
        async with asyncio.timeout(10):
            while not getattr(self, what):
                self.changed.clear()
                await self.changed.wait()


@pytest.fixture
async def liar() -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter, Heard, ZmtpConnection]]:
    """A peer that says what it likes, connected, hands shaken."""
    accepted: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(GREETING + READY)
        accepted.put_nowait((reader, writer))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    heard = Heard()
    connection = heard.connection()
    port = server.sockets[0].getsockname()[1]
    await connect(connection, {"transport": "tcp", "ip": "127.0.0.1", "shell_port": port}, "shell")
    reader, writer = await accepted.get()
    yield reader, writer, heard, connection
    connection.close()
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()
    server.close()
    await server.wait_closed()


async def test_it_speaks_with_libzmq_in_both_ways() -> None:
    context = zmq.asyncio.Context()
    router, publisher = context.socket(zmq.ROUTER), context.socket(zmq.XPUB)
    ports = {"shell_port": router.bind_to_random_port("tcp://127.0.0.1")}
    ports["iopub_port"] = publisher.bind_to_random_port("tcp://127.0.0.1")
    info = {"transport": "tcp", "ip": "127.0.0.1", **ports}
    heard, told = Heard(), Heard()
    shell, iopub = heard.connection(), told.connection(b"SUB")
    await asyncio.gather(connect(shell, info, "shell"), connect(iopub, info, "iopub"))
    parts = [b"", b"short", b"x" * 255, b"x" * 256, b"x" * 5_000]
    shell.send(parts)
    identity, *received = await router.recv_multipart()
    assert received == parts
    await router.send_multipart([identity, *parts])
    await heard.until("messages")
    assert heard.messages == [parts]
    assert await publisher.recv_multipart() == [b"\x01"]
    await publisher.send_multipart([b"topic", b"news"])
    await told.until("messages")
    assert told.messages == [[b"topic", b"news"]]
    context.destroy(linger=0)
    await heard.until("lost")
    assert heard.broken == told.broken == []
    shell.close()
    iopub.close()


async def test_a_message_is_read_however_it_is_cut_up(liar: tuple) -> None:  # type: ignore[type-arg]
    _, writer, heard, _ = liar
    for byte in (
        b"\x01\x01a" + b"\x03" + (300).to_bytes(8, "big") + b"b" * 300 + b"\x00\x00" + b"\x04\x03\x01xy" + b"\x00\x01c"
    ):
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0)
    async with asyncio.timeout(10):
        while len(heard.messages) < 2:
            heard.changed.clear()
            await heard.changed.wait()
    assert heard.messages == [[b"a", b"b" * 300, b""], [b"c"]]


@pytest.mark.parametrize(
    "sent",
    [
        b"\x02" + (LIMIT + 1).to_bytes(8, "big"),
        b"\x02" + (1 << 63).to_bytes(8, "big"),
        (b"\x03" + (LIMIT // 4).to_bytes(8, "big") + b"x" * (LIMIT // 4)) * 5,
        b"\x01\x00" * 100,
        b"\xff\xff",
        b"\x06" + (1 << 40).to_bytes(8, "big"),
    ],
    ids=["too large", "absurd", "too large in all", "too many frames", "no frame", "a command too large"],
)
async def test_what_breaks_the_bounds_ends_it(liar: tuple, sent: bytes) -> None:  # type: ignore[type-arg]
    reader, writer, heard, connection = liar
    writer.write(sent + b"\x00\x01a")
    await heard.until("broken")
    assert "more than 10,000 bytes or 32 frames" in heard.broken[0] or "no known kind" in heard.broken[0]
    assert (len(heard.broken), heard.messages, heard.lost) == (1, [], 0)
    connection.send([b"too late"])
    with contextlib.suppress(ConnectionError):
        while await reader.read(1000):
            pass


async def test_an_end_is_told_once_and_sending_afterwards_is_harmless(liar: tuple) -> None:  # type: ignore[type-arg]
    _, writer, heard, connection = liar
    writer.close()
    await heard.until("lost")
    connection.send([b"too late"])
    assert (heard.lost, heard.broken) == (1, [])


@pytest.mark.parametrize("greeting", [b"HTTP/1.1 200 OK".ljust(64), GREETING.replace(b"NULL", b"PLAIN"), bytes(64)])
async def test_another_protocol_ends_it(greeting: bytes) -> None:
    heard = Heard()
    connection = heard.connection()
    peers: list[asyncio.StreamWriter] = []

    async def accept(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peers.append(writer)
        writer.write(greeting[:64])

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with pytest.raises(asyncio.CancelledError):
        await connect(connection, {"transport": "tcp", "ip": "127.0.0.1", "shell_port": port}, "shell")
    assert heard.broken == ["it does not speak ZMTP 3"]
    peers[0].close()
    with contextlib.suppress(ConnectionError):
        await peers[0].wait_closed()
    server.close()
    await server.wait_closed()
