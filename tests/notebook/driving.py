"""A real ipykernel, driven over real Jupyter messages as a front end does it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_client.manager import KernelManager
from scripted_server import ScriptedServer

from rlm_kernel.trace import MIME_TYPE

TIMEOUT = 60


@dataclass
class Ran:
    """What came back from a cell."""

    reply: dict[str, Any] = field(default_factory=dict)
    messages: list[dict[str, Any]] = field(default_factory=list)

    def of(self, *kinds: str) -> list[dict[str, Any]]:
        return [message["content"] for message in self.messages if message["msg_type"] in kinds]

    def cards(self) -> list[dict[str, Any]]:
        """The static bundles: each replaces a live display, if the run lasted long enough to have one."""
        return [shown for shown in self.of("display_data", "update_display_data") if MIME_TYPE in shown["data"]]

    @property
    def text(self) -> str:
        return "".join(content["text"] for content in self.of("stream"))


class Kernel:
    """A running ipykernel, one cell at a time."""

    def __init__(self, manager: KernelManager) -> None:
        self.manager, self.client = manager, manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=TIMEOUT)

    def start(self, code: str, **options: Any) -> str:
        return str(self.client.execute(code, **{"allow_stdin": True, **options}))

    def finish(self, request: str, ran: Ran | None = None) -> Ran:
        ran = ran or Ran()
        while not _is_idle(ran.messages, request):
            ran.messages.append(self.next_message(request))
        while True:
            reply = self.client.get_shell_msg(timeout=TIMEOUT)
            if reply["parent_header"].get("msg_id") == request:
                ran.reply = reply["content"]
                return ran

    def next_message(self, request: str) -> dict[str, Any]:
        while True:
            message = self.client.get_iopub_msg(timeout=TIMEOUT)
            if message["parent_header"].get("msg_id") == request:
                return dict(message)

    def run(self, code: str, **options: Any) -> Ran:
        return self.finish(self.start(code, **options))

    def value(self, expression: str) -> Any:
        """An expression's value, through JSON."""
        ran = self.run(f"import json; print(json.dumps({expression}))")
        assert ran.reply["status"] == "ok", ran.reply
        return json.loads(ran.text)

    def use(self, server: ScriptedServer) -> None:
        ran = self.run(f"%rlm model scripted --base-url {server.base_url} --api-key-env TEST_KEY")
        assert ran.reply["status"] == "ok"


def _is_idle(messages: list[dict[str, Any]], request: str) -> bool:
    return any(one["msg_type"] == "status" and one["content"]["execution_state"] == "idle" for one in messages)


@contextmanager
def running(folder: Path, python: str | Path | None = None) -> Iterator[Kernel]:
    """A kernel that works in `folder`, with settings of its own and a key in TEST_KEY; of another `python`, perhaps."""
    manager = KernelManager(kernel_name="python3", connection_file=str(folder / "kernel.json"))
    if python is not None:
        assert manager.kernel_spec is not None
        manager.kernel_spec.argv[0] = str(python)
    environment = os.environ | {"IPYTHONDIR": str(folder), "TEST_KEY": "secret-key", "NO_PROXY": "127.0.0.1"}
    environment["RLM_CACHE_DIR"] = str(folder / "no-weights")
    manager.start_kernel(cwd=str(folder), env=environment)
    kernel = None
    try:
        kernel = Kernel(manager)
        yield kernel
    finally:
        if kernel is not None:
            kernel.client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.context.destroy(linger=0)


def decide(kernel: Kernel, request: str, ran: Ran, number: int, decision: Any) -> None:
    """Wait for the question of step mode with this number, and answer it; `run` stands for its own code."""
    while True:
        message = kernel.next_message(request)
        ran.messages.append(message)
        data = message["content"].get("data", {})
        told = data.get("content", {}) if data.get("method") == "custom" else data.get("state", {})
        model = told.get("head") or told.get("run") or {}
        asking = model.get("view", {}).get("live", {}).get("asking")
        if asking and asking["id"] == number:
            answer = asking["code"] if decision == "run" else decision
            content = {"kind": "decide", "id": number, "decision": answer, "rest": False}
            comm = {"comm_id": message["content"]["comm_id"], "data": {"method": "custom", "content": content}}
            kernel.client.shell_channel.send(kernel.client.session.msg("comm_msg", comm))
            return


def press_stop(kernel: Kernel, comm: str) -> None:
    content = {"comm_id": comm, "data": {"method": "custom", "content": {"kind": "stop"}}}
    kernel.client.shell_channel.send(kernel.client.session.msg("comm_msg", content))
