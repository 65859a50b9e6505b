"""What is started before it is asked for: the fork server, and a spare sub-kernel."""

from __future__ import annotations

import contextlib

from ..errors import IsolationError
from . import fork_server
from .kernelspec import kernelspec


def warm_up(idle_seconds: float = 600.0) -> None:
    """Keep a spare sub-kernel ready from now on, so that a start takes a few milliseconds: for programs that stay.

    It is made behind the scenes, given up where nobody takes it for `idle_seconds`, and never keeps a program from
    ending. Nothing happens where sub-kernels cannot be forked. `cool_down` ends it.
    """
    from . import warm_spare

    spec = kernelspec()
    if spec.forkable:
        warm_spare.warm_up(spec.argv, idle_seconds)


def prepare() -> None:
    """Start the process from which sub-kernels are forked, if there is none: it loads what it needs while others read
    a document. What fails here is said when a sub-kernel starts."""
    if fork_server.pid() is not None:
        return
    with contextlib.suppress(IsolationError, OSError):
        spec = kernelspec()
        if spec.forkable:
            fork_server.begin(spec.argv)
