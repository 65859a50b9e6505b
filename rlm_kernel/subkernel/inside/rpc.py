"""Requests from the sub-kernel to its parent over an inherited socket: length-limited JSON, one at a time.

Each request carries a random id, and only the reply with that id counts. A frame is four bytes of length, big-endian,
and that much UTF-8 JSON. The parent's side is `subkernel.rpc`.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import struct
from typing import Any

MAX_REQUEST = 64 << 20
MAX_REPLY = 256 << 20
HEADER = struct.Struct(">I")
# What the fork server tells of a child: its process id, later how it ended.
STATUS = struct.Struct("=i")


def encode(message: dict[str, Any]) -> bytes:
    """One frame."""
    body = json.dumps(message, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return HEADER.pack(len(body)) + body


class RpcError(RuntimeError):
    """The parent refused a request; the text says why."""


class Client:
    """The sub-kernel's end. `call` blocks; an interrupt during it leaves the connection usable."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._buffer = bytearray()
        self._interruptible = False

    def receive(self) -> dict[str, Any]:
        """The next frame. Raises EOFError when the parent is gone."""
        while True:
            if len(self._buffer) >= HEADER.size:
                (size,) = HEADER.unpack_from(self._buffer)
                if size > MAX_REPLY:
                    raise EOFError("the parent's message is too long")
                if len(self._buffer) >= HEADER.size + size:
                    # Not `bytes` of it: a large reply is held often enough.
                    with memoryview(self._buffer) as whole:
                        body = str(whole[HEADER.size : HEADER.size + size], "utf-8", "surrogatepass")
                    del self._buffer[: HEADER.size + size]
                    return json.loads(body)  # type: ignore[no-any-return]
            self._fill()

    def _fill(self) -> None:
        # SIGINT may only strike while nothing has been read that is not in the buffer yet.
        if self._interruptible:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
            select.select([self._socket], [], [])
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        data = self._socket.recv(1 << 20)
        if not data:
            raise EOFError("the parent is gone")
        self._buffer += data

    def notify(self, message: dict[str, Any]) -> None:
        """Send a frame that wants no reply."""
        self._socket.sendall(encode(message))

    def call(self, method: str, params: dict[str, Any]) -> Any:
        """Ask the parent. Raises RpcError with its reason when it refuses."""
        identity = os.urandom(8).hex()
        frame = encode({"id": identity, "method": method, "params": params})
        if len(frame) > MAX_REQUEST:
            raise RpcError(f"{method}: {len(frame):,} bytes are too many for one request; split it")
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        self._interruptible = True
        try:
            self._socket.sendall(frame)
            while True:
                reply = self.receive()
                if reply.get("id") == identity:
                    break
        finally:
            self._interruptible = False
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        if "error" in reply:
            raise RpcError(reply["error"])
        return reply["result"]
