"""The sub-kernel: ipykernel's base class with one language, no history, no comms, no debugger, no standard input."""

from __future__ import annotations

import logging
from functools import partial
from typing import Any

import zmq
from ipykernel.kernelbase import Kernel
from jupyter_client.session import Session
from traitlets import Any as AnyTrait
from zmq.eventloop.zmqstream import ZMQStream

from .runner import CellResult

_VERSION = "1"
_ATOMS = (int, float, bool, type(None))


def encodable(value: Any) -> Any:
    """The same JSON data with lone surrogates, which UTF-8 cannot carry, as question marks. Raises TypeError for what
    is no JSON, and calls no method of it."""
    kind = type(value)
    if kind is str:
        return value.encode("utf-8", "replace").decode()
    if kind is dict:
        return {encodable(key): encodable(item) for key, item in value.items()}
    if kind is list or kind is tuple:
        return [encodable(item) for item in value]
    if kind not in _ATOMS:
        raise TypeError(f"{kind.__name__} is no JSON")
    return value


class RestrictedKernel(Kernel):
    """Runs cells in a `Sandbox`. The reply to an execute request carries, under `rlm`, what the cell left behind."""

    implementation = "rlm-subkernel"
    implementation_version = _VERSION
    banner = "RLM sub-kernel: restricted Python over a read-only context"
    language_info = {"name": "python", "mimetype": "text/x-python", "file_extension": ".py"}  # noqa: RUF012
    msg_types = ["execute_request", "kernel_info_request"]  # noqa: RUF012
    control_msg_types = ["kernel_info_request", "shutdown_request"]  # noqa: RUF012
    _execute_sleep = 0.0

    sandbox = AnyTrait()
    subscribers = AnyTrait()  # the stream that tells of new subscribers of iopub

    @property
    def kernel_info(self) -> dict[str, Any]:
        # The base class imports the debugger here to see whether it could offer it.
        return {
            "protocol_version": "5.3",
            "implementation": self.implementation,
            "implementation_version": self.implementation_version,
            "language_info": self.language_info,
            "banner": self.banner,
            "help_links": [],
            "supported_features": [],
        }

    async def do_execute(self, code: str, *_args: Any, **_options: Any) -> dict[str, Any]:
        """Run one cell, blocking: this process does nothing else."""
        result: CellResult = self.sandbox.run(code)
        try:
            return self._reply(result)
        except TypeError as error:
            # A reply that never came would cost the cell's time limit, and all variables.
            return self._reply(CellResult(error=("TypeError", f"the block's result cannot be told: {error}", None)))

    def _reply(self, result: CellResult) -> dict[str, Any]:
        """The content of the reply to an execute request. Raises TypeError for what is no JSON."""
        kind, message, line = result.error or ("", "", None)
        content: dict[str, Any] = {
            "status": "error" if result.error else "ok",
            "execution_count": self.execution_count,
            "user_expressions": {},
            "rlm": {
                "value": result.value,
                "error_line": line,
                "added": result.added,
                "changed": result.changed,
                "spans": result.spans,
                "searches": result.searches,
                "output_chars": result.output_chars,
                "finished": result.finished,
                "unusable": result.unusable,
            },
        }
        if result.error:
            content |= {"ename": kind, "evalue": message, "traceback": []}
        return encodable(content)  # type: ignore[no-any-return]

    async def dispatch_shell(self, *args: Any, **options: Any) -> None:
        """Serve one request."""
        await super().dispatch_shell(*args, **options)
        # Sending on iopub can swallow the news of a subscriber, which the stream would wait for in vain.
        self.subscribers.flush(zmq.POLLIN)

    def emit(self, text: str) -> None:
        """Publish a piece of the running cell's output."""
        content = {"name": "stdout", "text": encodable(text)}
        self.send_response(self.iopub_socket, "stream", content)  # type: ignore[no-untyped-call]

    def _publish_execute_input(self, code: str, parent: Any, execution_count: int) -> None:
        """The one client knows what it sent."""


class Sockets:
    """The kernel's sockets, bound as connection information says (shell, control, iopub, stdin; ipc or tcp).

    Where it names a `client`, only the process of that id can connect.
    """

    def __init__(self, connection: dict[str, Any]) -> None:
        self.context = zmq.Context(io_threads=1)
        # Always copy: to send without copying, pyzmq starts a thread, which cannot be had any more after lockdown.
        self.session = Session(
            key=connection["key"].encode(), signature_scheme=connection["signature_scheme"], copy_threshold=1 << 62
        )
        self._connection = connection
        self.shell = self._bind(zmq.ROUTER, "shell")
        self.control = self._bind(zmq.ROUTER, "control")
        self.stdin = self._bind(zmq.ROUTER, "stdin")
        self.iopub = self._bind(zmq.XPUB, "iopub")

    def _bind(self, kind: int, name: str) -> Any:
        socket = self.context.socket(kind)
        socket.linger = 0
        socket.sndhwm = 0
        where, port = self._connection["ip"], self._connection[f"{name}_port"]
        tcp = self._connection["transport"] == "tcp"
        if "client" in self._connection:
            # An abstract socket has no folder that would keep others away; the system tells who connects.
            socket.setsockopt(zmq.IPC_FILTER_PID, self._connection["client"])
        socket.bind(f"tcp://{where}:{port}" if tcp else f"ipc://{where}-{port}")
        return socket


def _welcome(session: Session, iopub: Any, frames: list[bytes]) -> None:
    """Tell a new subscriber that it is heard (JEP 65, `iopub_welcome`)."""
    if frames and frames[0][:1] == b"\x01":
        topic = frames[0][1:]
        session.send(iopub, "iopub_welcome", {"subscription": topic.decode("utf-8", "replace")}, ident=topic)


def make_kernel(sockets: Sockets) -> RestrictedKernel:
    """A kernel that serves from now on. It has no sandbox yet: give it one before the first cell comes."""
    log = logging.getLogger("rlm-subkernel")
    log.addHandler(logging.NullHandler())
    kernel = RestrictedKernel(  # type: ignore[no-untyped-call]
        session=sockets.session,
        shell_stream=ZMQStream(sockets.shell),
        control_stream=ZMQStream(sockets.control),
        iopub_socket=sockets.iopub,
        stdin_socket=sockets.stdin,
        log=log,
    )
    kernel.subscribers = ZMQStream(sockets.iopub)
    kernel.subscribers.on_recv(partial(_welcome, sockets.session, sockets.iopub))
    kernel.start()  # type: ignore[no-untyped-call]
    return kernel
