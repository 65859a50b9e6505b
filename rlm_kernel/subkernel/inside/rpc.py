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
_PIECE = 1 << 20
HEADER = struct.Struct(">I")
# What the fork server tells of a child: its process id, later how it ended.
STATUS = struct.Struct("=i")


def encode(message: dict[str, Any]) -> bytes:
    """One frame."""
    body = json.dumps(message, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return HEADER.pack(len(body)) + body


class RpcError(RuntimeError):
    """The parent refused a request; the text says why."""


class RpcClient:
    """The sub-kernel's end. `call` blocks; an interrupt during it leaves the connection usable."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._buffer = bytearray()
        self._interruptible = False
        self._skipped = 0

    def receive(self) -> dict[str, Any]:
        """The next frame. Raises EOFError when the parent is gone, and MemoryError for one that there is no room for,
        which is dropped."""
        while True:
            if len(self._buffer) >= HEADER.size:
                (size,) = HEADER.unpack_from(self._buffer)
                if size > MAX_REPLY:
                    raise EOFError("the parent's message is too long")
                if len(self._buffer) >= HEADER.size + size:
                    return json.loads(self._take(HEADER.size + size))  # type: ignore[no-any-return]
            self._fill()

    def _take(self, size: int) -> str:
        try:
            # Not `bytes` of it: a large reply is held often enough.
            with memoryview(self._buffer) as whole:
                return str(whole[HEADER.size : size], "utf-8", "surrogatepass")
        finally:
            del self._buffer[:size]

    def _fill(self) -> None:
        # SIGINT may only strike while nothing has been read that is not in the buffer yet.
        if self._interruptible:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
            select.select([self._socket], [], [])
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        data = self._socket.recv(_PIECE)
        if not data:
            raise EOFError("the parent is gone")
        dropped = min(self._skipped, len(data))
        self._skipped -= dropped
        try:
            self._buffer += data[dropped:]
        except MemoryError:
            # There is no room for this reply. The rest of it is still to come, and must not be taken for another.
            (size,) = HEADER.unpack_from(self._buffer)
            self._skipped = max(0, HEADER.size + size - len(self._buffer) - len(data))
            self._buffer = bytearray()
            raise

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
