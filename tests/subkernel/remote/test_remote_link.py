"""The gate between the network and libzmq: a message whose frames never end is not gathered."""

from __future__ import annotations

import asyncio
import contextlib
import socket

import pytest
import zmq.asyncio

from rlm_kernel.subkernel.remote import link as links
from rlm_kernel.subkernel.remote.link import MAX_INSIDE, Link

# ZMTP 3.0 without encryption: what a peer says first, and a frame that says that more will follow.
GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x00" + b"NULL".ljust(20, b"\0") + bytes(32)
METADATA = b"\x0bSocket-Type" + (4).to_bytes(4, "big") + b"PAIR"
READY = b"\x04" + bytes([6 + len(METADATA)]) + b"\x05READY" + METADATA
BODY = bytes(100_000)
MORE = b"\x03" + len(BODY).to_bytes(8, "big") + BODY
LAST = b"\x00\x02ok"
FRAMES = 500


async def connected() -> tuple[Link, socket.socket]:
    """A link, and the peer's end of its connection behind the handshake."""
    listener = socket.create_server(("127.0.0.1", 0))
    peer = socket.create_connection(listener.getsockname())
    tcp, _ = listener.accept()
    listener.close()
    link = Link(tcp, zmq.asyncio.Context.instance(), lambda _socket: None)
    peer.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(peer, GREETING)
    heard = b""
    while len(heard) < len(GREETING):
        heard += await loop.sock_recv(peer, 1000)
    await loop.sock_sendall(peer, READY)
    while b"READY" not in heard:
        heard += await loop.sock_recv(peer, 1000)
    return link, peer


async def test_frames_without_an_end_are_let_in_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "_STALLED", 1.0)
    link, peer = await connected()
    most = 0

    async def pour() -> None:
        nonlocal most
        for _ in range(FRAMES):
            await asyncio.get_running_loop().sock_sendall(peer, MORE)
            most = max(most, link.inside)

    pouring = asyncio.create_task(pour())
    try:
        async with asyncio.timeout(60):
            await link.closed.wait()
        assert not pouring.done()
        assert MAX_INSIDE < link.inside <= MAX_INSIDE + links._RECEIVE
        assert most <= link.inside < FRAMES * len(BODY)
    finally:
        pouring.cancel()
        with contextlib.suppress(asyncio.CancelledError, OSError):
            await pouring
        await link.close()
        peer.close()


async def test_a_close_that_is_cancelled_leaves_no_socket_open() -> None:
    link, peer = await connected()
    closing = asyncio.create_task(link.close())
    await asyncio.sleep(0)  # it has begun to wait for its tasks
    closing.cancel()
    await asyncio.wait({closing})
    assert closing.cancelled()
    assert link._socket.closed
    assert (link._inner.fileno(), link._tcp.fileno()) == (-1, -1)
    peer.close()


async def test_a_message_that_ends_comes_out_and_makes_room() -> None:
    link, peer = await connected()
    try:
        for _ in range(3):
            await asyncio.get_running_loop().sock_sendall(peer, b"\x01\x01P" + LAST)
            with contextlib.suppress(links.BrokenProtocol):
                await link.receive()
        assert link.inside < MAX_INSIDE
        assert not link.closed.is_set()
    finally:
        await link.close()
        peer.close()
