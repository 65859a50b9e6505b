"""For tests only: the sub-kernel as an attacker would have it who has broken out of RestrictedPython.

It is started in the place of `inside/__main__.py` by a kernelspec that the tests write, and is that very program, but
that a cell with `RAW <base64>` in it is executed as plain Python, after lockdown. Nothing of the package refers to it.
"""

from __future__ import annotations

import base64
import ctypes
import errno
import gc  # noqa: F401  nothing can be imported later, so all that an attack wants is imported now
import json
import mmap  # noqa: F401
import os
import re
import resource  # noqa: F401
import select  # noqa: F401
import signal  # noqa: F401
import socket  # noqa: F401
import struct  # noqa: F401
import subprocess  # noqa: F401
import sys
import time  # noqa: F401
from typing import Any

LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.syscall.restype = ctypes.c_long


def call(number: int, *args: Any) -> int:
    """A system call by its number. Raises OSError."""
    given = [ctypes.c_long(value) if isinstance(value, int) else value for value in args]
    result = int(LIBC.syscall(ctypes.c_long(number), *given))
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result


def outcome(code: str, names: dict[str, Any]) -> dict[str, Any]:
    """What came of raw Python: {"errno": name} of an OSError, {"raised": type} or {"returned": text}."""
    try:
        exec(code, names)  # this is what an escape is
    except OSError as error:
        return {"errno": errno.errorcode.get(error.errno or 0, "none")}
    except BaseException as error:
        return {"raised": f"{type(error).__name__}: {error}"}
    return {"returned": repr(names.get("result"))[:300]}


def parent_of(kernel: Any) -> Any:
    """The header of the request that is being answered."""
    return kernel.get_parent("shell")


def publish(kernel: Any, kind: str, content: Any, parent: Any = None) -> None:
    """Send a message on iopub, as the kernel does."""
    kernel.session.send(kernel.iopub_socket, kind, content, parent=parent or parent_of(kernel), ident=b"x")


def reply(kernel: Any, kind: str, content: Any, parent: Any = None) -> None:
    """Send a reply to the request that is being answered, or to another."""
    ident = kernel._parent_ident["shell"]
    kernel.session.send(kernel.shell_stream.socket, kind, content, parent=parent or parent_of(kernel), ident=ident)


def reply_raw(kernel: Any, content: bytes) -> None:
    """Send an `execute_reply`, well signed, with any content."""
    header = json.dumps(kernel.session.msg("execute_reply")["header"], default=str).encode()
    parts = [header, json.dumps(parent_of(kernel)["header"], default=str).encode(), b"{}", content]
    signed = [b"<IDS|MSG>", kernel.session.sign(parts), *parts]
    kernel.shell_stream.socket.send_multipart([*kernel._parent_ident["shell"][:1], *signed])


def main(argv: list[str]) -> None:
    """As `inside/__main__.py`, with raw cells."""
    roots = argv[2:]
    sys.path.extend(root for root in roots if root not in sys.path)
    from rlm_kernel.subkernel.inside import __main__, kernel, rpc, runner

    names: dict[str, Any] = dict(globals())
    restricted = runner.Sandbox.run
    made_kernel = kernel.RestrictedKernel.__init__
    made_client = rpc.RpcClient.__init__

    def run(self: Any, source: str) -> Any:
        raw = re.search(r"RAW ([A-Za-z0-9+/=]+)", source)
        if raw is None:
            return restricted(self, source)
        names["sandbox"] = self
        return runner.CellResult(value=outcome(base64.b64decode(raw[1]).decode(), names))

    def keep_kernel(self: Any, *args: Any, **options: Any) -> None:
        names["kernel"] = self
        made_kernel(self, *args, **options)

    def keep_client(self: Any, *args: Any, **options: Any) -> None:
        names["client"] = self
        made_client(self, *args, **options)

    runner.Sandbox.run = run  # type: ignore[method-assign]
    kernel.RestrictedKernel.__init__ = keep_kernel  # type: ignore[method-assign]
    rpc.RpcClient.__init__ = keep_client  # type: ignore[method-assign]
    __main__.main(argv)


if __name__ == "__main__":
    main(sys.argv[1:])
