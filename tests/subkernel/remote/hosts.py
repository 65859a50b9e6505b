"""A sub-kernel host in this process, on the loopback interface, with a client that it lets in."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from rlm_kernel.subkernel.remote.host import SubKernelHost
from rlm_kernel.subkernel.remote.keys import HostKeys
from rlm_kernel.subkernel.remote.subkernel import RemoteSubKernel

TEXT = "The quick brown fox\njumps over\nthe lazy dog.\nTotal: 1,250 EUR\nA second fox\n"


@dataclass
class Hosted:
    """A host that serves, the file of its client "alice", and what it has said."""

    host: SubKernelHost
    keys: HostKeys
    key: Path
    lines: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        return self.host.address

    def client(self, name: str) -> Path:
        """Lets another client in."""
        return self.keys.add_client(name, self.key.parent / f"{name}.key")

    def kernel(self, context: Any = TEXT, **settings: Any) -> RemoteSubKernel:
        return RemoteSubKernel(context, **({"host": self.address, "key": self.key, "cell_timeout": 30} | settings))


StartHost = Callable[..., Awaitable[Hosted]]


EARLIER: set[int] = set()
"""The processes that other tests have left running when the present one began."""


def sub_kernels() -> list[psutil.Process]:
    """The processes that were forked off this process's fork server since the test began."""
    children = [child for child in psutil.Process().children(recursive=True) if child.pid not in EARLIER]
    return [child for child in children if child.ppid() != os.getpid() and child.status() != psutil.STATUS_ZOMBIE]


def note_earlier() -> None:
    """Leave what runs by now out of `sub_kernels`."""
    EARLIER.clear()
    EARLIER.update(child.pid for child in psutil.Process().children(recursive=True))
