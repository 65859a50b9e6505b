"""What a kernelspec says of sub-kernels: one named `rlm-subkernel` that an administrator has installed, or our own.

Whoever has none installed, which is nearly everybody, needs nothing of jupyter_client to learn it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_core.paths import jupyter_path

from ..errors import IsolationError
from . import fork_server
from .spawn import command

KERNEL_NAME = "rlm-subkernel"
_PROVISIONER = "rlm-subkernel-provisioner"


@dataclass
class SubKernelSpec:
    """The command of a sub-kernel, its environment, who starts it, and what a run may ask for at most (`bounds`)."""

    argv: list[str]
    env: dict[str, str] = field(default_factory=dict)
    provisioner: str = _PROVISIONER
    bounds: dict[str, Any] = field(default_factory=dict)
    resource_dir: str = ""

    @property
    def forkable(self) -> bool:
        """Whether a process of the fork server is what it asks for."""
        is_ours = self.provisioner == _PROVISIONER and self.argv == command() and not self.env
        return is_ours and fork_server.possible()


def kernelspec() -> SubKernelSpec:
    """The sub-kernel's kernelspec. Raises IsolationError where the installed one cannot be used."""
    # Not the manager's own folders, for which it imports IPython.
    folders = [Path(folder) / KERNEL_NAME for folder in jupyter_path("kernels")]
    installed = next((folder for folder in folders if (folder / "kernel.json").is_file()), None)
    return SubKernelSpec(command()) if installed is None else _read(installed)


def _read(folder: Path) -> SubKernelSpec:
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    try:
        spec = KernelSpecManager(kernel_dirs=[str(folder.parent)]).get_kernel_spec(KERNEL_NAME)
    except NoSuchKernel:  # its provisioner is not installed: jupyter_client logs which
        raise IsolationError(
            f"The kernelspec in {folder} names a provisioner that is not installed: install it, or name "
            f"{_PROVISIONER} or rlm-bubblewrap-provisioner."
        ) from None
    asked = spec.metadata.get("kernel_provisioner", {})
    name = asked.get("provisioner_name", "local-provisioner")
    return SubKernelSpec(spec.argv, spec.env, name, asked.get("config", {}), spec.resource_dir)
