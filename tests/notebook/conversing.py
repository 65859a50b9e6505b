"""A running RLM kernel for tests: from the kernelspec that is shipped, with a runtime folder of its own."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager
from test_notebook_kernel import TIMEOUT, Kernel, Ran

import rlm_kernel

SPEC = Path(rlm_kernel.__file__).parent / "notebook" / "kernelspec"


def specs(folder: Path) -> KernelSpecManager:
    """Kernelspecs of which ours is the one named `rlm`."""
    (folder / "kernels").mkdir(exist_ok=True)
    if not (folder / "kernels" / "rlm").exists():
        (folder / "kernels" / "rlm").symlink_to(SPEC)
    return KernelSpecManager(kernel_dirs=[str(folder / "kernels")])


def environment(folder: Path) -> dict[str, str]:
    """No model of the user's, and folders of the test's own."""
    made = os.environ | {"IPYTHONDIR": str(folder), "TEST_KEY": "secret-key", "NO_PROXY": "127.0.0.1"}
    made |= {"RLM_CACHE_DIR": str(folder / "no-weights"), "JUPYTER_RUNTIME_DIR": str(folder / "runtime")}
    return {key: value for key, value in made.items() if key not in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "RLM_MODEL")}


class Conversation(Kernel):
    """A client of an RLM kernel."""

    def value(self, expression: str) -> Any:
        """An expression's value in the kernel's own Python, through JSON."""
        ran = self.run(f"%%py\nimport json; print(json.dumps({expression}))")
        assert ran.reply["status"] == "ok", ran.reply
        return json.loads(ran.text.splitlines()[-1])

    def ask(self, kind: str, *args: Any, **content: Any) -> dict[str, Any]:
        """The reply to a request on the shell channel."""
        request = getattr(self.client, kind)(*args, **content)
        while True:
            reply = self.client.get_shell_msg(timeout=TIMEOUT)
            if reply["parent_header"].get("msg_id") == request:
                return dict(reply["content"])

    def completions(self, cell: str, cursor: int | None = None) -> list[str]:
        """What Tab offers."""
        return list(self.ask("complete", cell, len(cell) if cursor is None else cursor)["matches"])


def out(ran: Ran) -> str:
    """What a cell printed on stdout."""
    return "".join(part["text"] for part in ran.of("stream") if part["name"] == "stdout")


@contextmanager
def rlm_kernel_running(folder: Path) -> Iterator[Conversation]:
    """A kernel in `folder`; it is shut down at the end."""
    manager = KernelManager(
        kernel_name="rlm", kernel_spec_manager=specs(folder), connection_file=str(folder / "kernel.json")
    )
    manager.start_kernel(cwd=str(folder), env=environment(folder))
    kernel = None
    try:
        kernel = Conversation(manager)
        yield kernel
    finally:
        if kernel is not None:
            kernel.client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.context.destroy(linger=0)
