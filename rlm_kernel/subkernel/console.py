"""A way into a sub-kernel for other Jupyter clients: a small kernel in this process that hands their code over to it.

The sub-kernel's own sockets stay closed to everybody but this process. What a client sends here runs as the user's own
code does: under the same policy, and without a model to ask. A client can neither end the sub-kernel nor see more of it
than its output and the descriptions of its variables.
"""

from __future__ import annotations

import asyncio
import codeop
import contextlib
import os
import secrets
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

import zmq
import zmq.asyncio
from jupyter_client.connect import write_connection_file
from jupyter_client.session import Session
from jupyter_core.paths import jupyter_runtime_dir

from .base import MAX_CODE, Execution
from .inside.tool_order import TOOLS
from .launch.sockets import Folder

_CHANNELS = ("shell", "control", "stdin", "iopub", "hb")
_NAMES = (*TOOLS, "context")


class Target(Protocol):
    """What clients are led to; its methods work from any event loop."""

    @property
    def variables(self) -> Mapping[str, str]:
        """Name -> a short description."""
        ...

    async def execute(self, code: str, *, on_output: Callable[[str], None] | None = None) -> Execution:
        """Run one cell of the user's own."""
        ...


class Attached:
    """Serves clients on `loop`, which must be running in another thread. `connection_file` is what they are given.

    `clean` makes the sub-kernel's text harmless for a terminal.
    """

    def __init__(self, target: Target, loop: asyncio.AbstractEventLoop, clean: Callable[[str], str]) -> None:
        self._target, self._loop, self._clean = target, loop, clean
        self._folder: Folder | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._running: asyncio.Task[Execution] | None = None
        self._count = 0
        self.connection_file = ""

    @property
    def closed(self) -> bool:
        """Whether nobody can connect (any more)."""
        return self._folder is None

    @property
    def command(self) -> str:
        """What to type in a terminal."""
        return f"jupyter console --existing {Path(self.connection_file).name}"

    def open(self) -> None:
        """Bind the sockets and write the connection file, which only this user can read."""
        asyncio.run_coroutine_threadsafe(self._open(), self._loop).result()

    def close(self) -> None:
        """Take everything back; what a client is running is stopped. May be called twice."""
        if not self.closed:
            asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()

    async def _open(self) -> None:
        self._folder = Folder()
        key, folder = secrets.token_hex(32), Path(jupyter_runtime_dir())
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._session = Session(key=key.encode(), signature_scheme="hmac-sha256", username="rlm-subkernel")
        self._context = zmq.Context()
        asynchronous = zmq.asyncio.Context.shadow(self._context)
        ip = os.path.join(self._folder.path, "attached")
        kinds = {"shell": zmq.ROUTER, "control": zmq.ROUTER, "stdin": zmq.ROUTER, "hb": zmq.REP}
        self._sockets: dict[str, Any] = {name: asynchronous.socket(kind) for name, kind in kinds.items()}
        # Publishing never waits, so that pieces of output keep their order.
        self._sockets["iopub"] = self._context.socket(zmq.PUB)
        for port, name in enumerate(_CHANNELS, 1):
            self._sockets[name].linger = 500
            self._sockets[name].bind(f"ipc://{ip}-{port}")
        ports: dict[str, Any] = {f"{name}_port": port for port, name in enumerate(_CHANNELS, 1)}
        file = folder / f"kernel-rlm-subkernel-{os.getpid()}-{secrets.token_hex(3)}.json"
        with warnings.catch_warnings():
            # It warns of what does not matter with sockets in a private folder.
            warnings.simplefilter("ignore")
            write_connection_file(str(file), transport="ipc", ip=ip, key=key.encode(), **ports)
        self.connection_file = str(file)
        serving = (self._serve("shell"), self._serve("control"), self._echo())
        self._tasks = [asyncio.create_task(each) for each in serving]

    async def _close(self) -> None:
        folder, self._folder = self._folder, None
        if folder is None:
            return
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)
        with contextlib.suppress(OSError):
            os.unlink(self.connection_file)
        for socket in self._sockets.values():
            socket.close()
        await asyncio.to_thread(self._context.term)
        folder.remove()

    async def _echo(self) -> None:
        heart = self._sockets["hb"]
        while True:
            await heart.send_multipart(await heart.recv_multipart())

    async def _serve(self, channel: str) -> None:
        """Answer the requests of a channel, one after the other."""
        socket = self._sockets[channel]
        while True:
            frames = await socket.recv_multipart()
            try:
                idents, parts = self._session.feed_identities(frames)
                request = self._session.deserialize(parts)
                kind, content = request["msg_type"], request["content"]
            except (ValueError, KeyError, TypeError):
                continue  # no message, or not signed with the key
            self._publish("status", {"execution_state": "busy"}, request)
            answer = await self._answered(kind, content, request)
            if answer is not None:
                made = self._session.msg(kind.replace("_request", "_reply"), answer, parent=request["header"])
                await socket.send_multipart(self._session.serialize(made, ident=idents))
            self._publish("status", {"execution_state": "idle"}, request)

    async def _answered(self, kind: str, content: dict[str, Any], request: dict[str, Any]) -> dict[str, Any] | None:
        code, at = str(content.get("code", "")), content.get("cursor_pos")
        before = code[: at if type(at) is int else len(code)]
        match kind:
            case "execute_request":
                return await self._execute(code, bool(content.get("silent")), request)
            case "kernel_info_request":
                return _KERNEL_INFO
            case "complete_request":
                return self._complete(before)
            case "inspect_request":
                return self._inspect(before, code[len(before) :])
            case "is_complete_request":
                return {"status": _completeness(code), "indent": ""}
            case "interrupt_request":
                if self._running is not None:
                    self._running.cancel()
                return {"status": "ok"}
            case "history_request":
                return {"status": "ok", "history": []}
            case "comm_info_request":
                return {"status": "ok", "comms": {}}
            case "shutdown_request":
                # The sub-kernel is not the client's to end.
                return {"status": "ok", "restart": bool(content.get("restart"))}
        return None

    async def _execute(self, code: str, silent: bool, request: dict[str, Any]) -> dict[str, Any]:
        self._count += not silent
        reply = {"execution_count": self._count, "user_expressions": {}, "payload": []}
        if not code.strip():
            return {"status": "ok", **reply}
        if code.strip().removesuffix("()") in ("exit", "quit"):
            # What ends a console; the sub-kernel goes on.
            return {"status": "ok", **reply, "payload": [{"source": "ask_exit", "keepkernel": True}]}
        self._publish("execute_input", {"code": code[:MAX_CODE], "execution_count": self._count}, request)

        def told(text: str) -> None:
            self._publish("stream", {"name": "stdout", "text": self._clean(text)}, request)

        self._running = running = asyncio.ensure_future(self._target.execute(code, on_output=told))
        try:
            await asyncio.wait({running})
        finally:
            self._running = None
            running.cancel()
        failed = self._failure(running)
        if failed is None:
            return {"status": "ok", **reply}
        self._publish("error", failed, request)
        return {"status": "error", **reply, **failed}

    def _failure(self, ended: asyncio.Task[Execution]) -> dict[str, Any] | None:
        if ended.cancelled():
            kind, message, line = "KeyboardInterrupt", "", None
        elif (problem := ended.exception()) is not None:  # the session is closed, or no sub-kernel can be had
            kind, message, line = type(problem).__name__, str(problem), None
        elif (error := ended.result().error) is not None:
            kind, message, line = self._clean(error.type), self._clean(error.message), error.line
        else:
            return None
        told = f"{kind}: {message}" + (f" (line {line})" if line else "")
        return {"ename": kind, "evalue": message, "traceback": [told]}

    def _complete(self, before: str) -> dict[str, Any]:
        prefix = _word_before(before)
        found = [name for name in (*self._target.variables, *_NAMES) if name.startswith(prefix)]
        # After a dot there is nothing that could be told without running code.
        found = [] if before[: len(before) - len(prefix)].endswith(".") else list(dict.fromkeys(found))
        span = {"cursor_start": len(before) - len(prefix), "cursor_end": len(before)}
        return {"status": "ok", "matches": found, "metadata": {}, **span}

    def _inspect(self, before: str, after: str) -> dict[str, Any]:
        rest = next((at for at, char in enumerate(after) if not (char.isalnum() or char == "_")), len(after))
        name = _word_before(before) + after[:rest]
        told = self._target.variables.get(name)
        data = {} if told is None else {"text/plain": f"{name}: {self._clean(told)}"}
        return {"status": "ok", "found": told is not None, "data": data, "metadata": {}}

    def _publish(self, kind: str, content: dict[str, Any], request: dict[str, Any]) -> None:
        made = self._session.msg(kind, content, parent=request["header"])
        with contextlib.suppress(zmq.ZMQError):  # it has just been closed
            self._sockets["iopub"].send_multipart(self._session.serialize(made, ident=[kind.encode()]))


def _word_before(text: str) -> str:
    start = len(text)
    while start and (text[start - 1].isalnum() or text[start - 1] == "_"):
        start -= 1
    return text[start:]


def _completeness(code: str) -> str:
    try:
        return "complete" if codeop.compile_command(code, symbol="exec") is not None else "incomplete"
    except (SyntaxError, ValueError, OverflowError):
        return "invalid"


_KERNEL_INFO = {
    "status": "ok",
    "protocol_version": "5.3",
    "implementation": "rlm-subkernel",
    "implementation_version": "1",
    "language_info": {"name": "python", "version": "3", "mimetype": "text/x-python", "file_extension": ".py"},
    "banner": "The sub-kernel of a session: restricted Python over a context. show_vars() lists its variables.",
    "help_links": [],
    "supported_features": [],
}
