"""The parent's connections to one sub-kernel: sends code, keeps what answers the running request, drops the rest."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from jupyter_client.session import Session

from ...trace.json_values import encodable
from .zmtp import ZmtpConnection, connect

# The sub-kernel sends at most about a million characters a cell, in small pieces; more is an attack.
MAX_MESSAGE = 8 << 20
MAX_CELL_BYTES = 64 << 20
# What a message counts beyond its size: reading it costs time, however small it is.
_MESSAGE_COST = 512


class RunningCell:
    """What one request has brought so far. `reply` and `idle` are resolved by the sub-kernel's messages."""

    def __init__(self, msg_id: str, limit: int, on_output: Callable[[str], None] | None) -> None:
        loop = asyncio.get_running_loop()
        self.msg_id = msg_id
        self.reply: asyncio.Future[dict[str, Any]] = loop.create_future()
        self.idle: asyncio.Future[None] = loop.create_future()
        self.pieces: list[str] = []
        self.chars = 0
        self.received = 0
        self._limit = limit
        self._on_output = on_output

    def take_output(self, text: str) -> None:
        """Keep a piece of output, up to the limit."""
        kept = encodable(text[: max(0, self._limit - self.chars)])
        self.chars += len(kept)
        if kept:
            self.pieces.append(kept)
            if self._on_output is not None:
                self._on_output(kept)


class Channel:
    """Connects to the sockets that a connection file names. `broken` is called with a reason to kill the sub-kernel,
    `lost` where the sub-kernel closed a connection, which its death does too."""

    def __init__(
        self, info: dict[str, Any], broken: Callable[[str], None], lost: Callable[[], None] = lambda: None
    ) -> None:
        self._info = info
        self._session = Session(key=info["key"], signature_scheme=info["signature_scheme"], username="rlm")
        self._broken = broken
        self._cell: RunningCell | None = None
        self._welcome: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._shell = ZmtpConnection(b"DEALER", MAX_MESSAGE, self._taking(self._take_shell), self._break, lost)
        self._iopub = ZmtpConnection(b"SUB", MAX_MESSAGE, self._taking(self._take_iopub), self._break, lost)

    async def connect(self) -> None:
        """Connect both. Raises OSError."""
        await asyncio.gather(connect(self._shell, self._info, "shell"), connect(self._iopub, self._info, "iopub"))

    async def handshake(self) -> None:
        """Connect, and wait for `iopub_welcome` (JEP 65): from then on nothing that a cell publishes gets lost."""
        await self.connect()
        await self._welcome

    def execute(self, code: str, limit: int, on_output: Callable[[str], None] | None) -> RunningCell:
        """Send a cell; `limit` bounds the characters of output that are kept."""
        content = {
            "code": code,
            "silent": False,
            "store_history": False,
            "user_expressions": {},
            "allow_stdin": False,
            # With True, ipykernel aborts the next cell after an interrupted one.
            "stop_on_error": False,
        }
        return self._begin("execute_request", content, limit, on_output)

    def _begin(
        self, kind: str, content: dict[str, Any], limit: int, on_output: Callable[[str], None] | None
    ) -> RunningCell:
        message = self._session.msg(kind, content)
        cell = self._cell = RunningCell(message["header"]["msg_id"], limit, on_output)
        self._shell.send(self._session.serialize(message))
        return cell

    def _taking(self, take: Callable[[dict[str, Any]], None]) -> Callable[[list[bytes]], None]:
        def read(frames: list[bytes]) -> None:
            if self._cell is not None:
                self._cell.received += sum(map(len, frames)) + _MESSAGE_COST
                if self._cell.received > MAX_CELL_BYTES:
                    return self._break(f"it sent more than {MAX_CELL_BYTES >> 20} MB for one cell")
            try:
                _, parts = self._session.feed_identities(frames)
                message = self._session.deserialize(parts)
                take(message)
            except Exception as error:  # anything at all can be wrong with a hostile message
                self._break(f"it sent a malformed message ({type(error).__name__})")

        return read

    def _break(self, reason: str) -> None:
        self._hang_up()
        self._broken(reason)

    def _hang_up(self) -> None:
        self._shell.close()
        self._iopub.close()

    def _take_shell(self, message: dict[str, Any]) -> None:
        cell = self._cell
        if cell is None or message["parent_header"].get("msg_id") != cell.msg_id or cell.reply.done():
            return
        if message["header"]["msg_type"] == "execute_reply":
            if not isinstance(message["content"], dict):
                raise TypeError("a reply without fields")
            cell.reply.set_result(message["content"])

    def _take_iopub(self, message: dict[str, Any]) -> None:
        kind, content, cell = message["header"]["msg_type"], message["content"], self._cell
        if kind == "iopub_welcome" and not self._welcome.done():
            self._welcome.set_result(None)
        if cell is None or message["parent_header"].get("msg_id") != cell.msg_id:
            return
        if kind == "stream" and isinstance(content.get("text"), str):
            cell.take_output(content["text"])
        elif kind == "status" and content.get("execution_state") == "idle" and not cell.idle.done():
            cell.idle.set_result(None)

    async def close(self) -> None:
        """Stop listening and close the connections."""
        self._welcome.cancel()
        self._hang_up()
