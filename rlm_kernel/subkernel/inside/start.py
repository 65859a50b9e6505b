"""Brings one sub-kernel up, in two steps: it binds its sockets in a process that can open no file any more; then, once
it is given document and settings, it takes its limits, gives up the rest, says so, and serves.

Between the two it can wait, as a spare. Nothing is imported from disk, and no file is opened, after the first.
"""

from __future__ import annotations

import array  # noqa: F401  receiving descriptors needs it, and cannot import it later
import asyncio
import contextlib
import ctypes
import gc
import os
import resource
import signal
import socket
import sys
import warnings
from collections.abc import Sequence
from typing import Any

import rapidfuzz.fuzz
import rapidfuzz.process  # noqa: F401  searching needs it, and cannot import it later
import tornado.platform.asyncio  # noqa: F401  the event loop needs it
from tornado.ioloop import IOLoop

from rlm_kernel.document import Document

from . import determinism, own_classes, packages, type_names
from .kernel import Sockets, make_kernel
from .lockdown import Lockdown, restricted_python_version
from .rpc import RpcClient, RpcError
from .runner import Sandbox

# Limits can be lowered, never raised: those of the first step are lowered to the run's in the second.
HASH_SEED = None if sys.flags.hash_randomization else 0
_LATER_BYTES, _LATER_SECONDS = 1 << 46, 1 << 30
_M_MMAP_THRESHOLD, _MAPPED_BYTES = -3, 12 << 20
_EXAMPLES = ("a text", ["a text", "another"], {"one": "a text"}, [{"one": 1}], {"one": [1]})
_CELL = """
import datetime, json, math, random, re, statistics, time
print(datetime.datetime.strptime("2024-03-01", "%Y-%m-%d"), re.findall("a", "a text"), random.random())
text_stats(), grep("a"), fuzzy_search("a txt"), read_lines(1), slice_text(0, 1), count_tokens()
to_number("1"), show_vars()
f"{1.5:.1f} {[1]!r}".encode("utf-8")
"""


def load(package_names: Sequence[str] = ()) -> Sandbox:
    """Use once, on texts of no matter, what sub-kernels use: all that Python loads on first use is there then.

    Returns the sandbox of the sub-kernel to come, or of each that is forked: nothing has run in it.
    """
    # A fixed threshold: else freed memory of this size is kept, and cleared byte by byte when asked for again.
    with contextlib.suppress(AttributeError):  # not every C library has it
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _MAPPED_BYTES)
    restricted_python_version()
    if package_names:
        packages.load(package_names)
    # Python has read it by now; `HASH_SEED` says what came of it.
    os.environ.pop("PYTHONHASHSEED", None)
    determinism.utc()
    # What is loaded so far is never garbage; without this each collection would look through it.
    gc.freeze()
    with own_classes.forgotten_afterwards():
        sandbox = Sandbox()
        sandbox.connect(_nobody, lambda _text: None)
        for example in _EXAMPLES:
            with Document.of(example).share() as shared:
                document = Document.received(shared.fd, shared.where)
            sandbox.open(document, 1000)
            if example is _EXAMPLES[0]:
                sandbox.run(_CELL)
                if package_names:
                    packages.warm(sandbox.run)
        del document, sandbox
        type_names.evaluate_with()
    # A mapping that lived on would close its descriptor some day, in a child in which that is another's.
    gc.collect()
    return Sandbox()


def _nobody(_method: str, _params: dict[str, Any]) -> Any:
    raise RpcError("nobody is there yet")


def run(rpc: socket.socket, sandbox: Sandbox, connection: dict[str, Any] | None = None) -> None:
    """Be a sub-kernel until shut down. Without `connection` the parent sends it first, as `{"connection": ...}`."""
    if os.environ.get("PWD") == "/":
        del os.environ["PWD"]  # bubblewrap always sets it
    # Only a running cell lets an interrupt in.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    warnings.simplefilter("ignore")
    # A collection in between would touch, and so copy, all the memory that is shared with the fork server.
    gc.disable()
    client = RpcClient(rpc)
    asyncio.run(_serve(rpc, client, sandbox, connection or client.receive()["connection"]))


async def _serve(rpc: socket.socket, client: RpcClient, sandbox: Sandbox, connection: dict[str, Any]) -> None:
    IOLoop.current()
    # Any: without a folder for the sockets, no path at all is open.
    lockdown: Any = Lockdown(memory=_LATER_BYTES, cpu_seconds=_LATER_SECONDS)
    statm = os.open("/proc/self/statm", os.O_RDONLY) if sys.platform == "linux" else -1
    folder = os.path.dirname(connection["ip"]) if connection["transport"] == "ipc" else ""
    lockdown.before_sockets(folder or None)
    kernel = make_kernel(Sockets(connection))
    sandbox.connect(client.call, kernel.emit)
    client.notify({"bound": True})
    await _readable(rpc)
    _, descriptors, _, _ = socket.recv_fds(rpc, 1, 1)
    if not descriptors:
        return
    settings = client.receive()
    document = Document.received(descriptors[0], settings)
    os.close(descriptors[0])
    sandbox.open(document, settings["output_limit"], settings["tools"], seed=settings["seed"], clock=settings["clock"])
    kernel.sandbox = sandbox
    if statm >= 0:
        lockdown.report["rlimits"] |= _limit(statm, settings["memory_limit"], settings["cpu_seconds"])
        os.close(statm)
    lockdown.after_sockets()
    if loaded := packages.versions():
        lockdown.report["packages"] = loaded
    # Garbage is collected while a cell runs, and only then: its end may run code of a cell.
    gc.freeze()
    # The parent reads the last words of a process that ended; a full pipe would block one that has not.
    sys.stdout = sys.stderr = None
    client.notify({"ready": lockdown.report | {"hash-seed": HASH_SEED}})
    await asyncio.Event().wait()


async def _readable(rpc: socket.socket) -> None:
    loop, readable = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(rpc.fileno(), readable.set)
    await readable.wait()
    loop.remove_reader(rpc.fileno())


def _limit(statm: int, memory: int, cpu_seconds: int) -> dict[str, int]:
    """Lower the limits that a run sets. `memory` bytes count from what the process, context included, holds now.

    Returns what is in force.
    """
    held = int(os.read(statm, 200).split()[5]) * resource.getpagesize()
    for which, value in ((resource.RLIMIT_DATA, held + memory), (resource.RLIMIT_CPU, cpu_seconds)):
        _, hard = resource.getrlimit(which)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(which, (value, value))
    in_force = resource.getrlimit(resource.RLIMIT_DATA)[1], resource.getrlimit(resource.RLIMIT_CPU)[1]
    return {"memory": in_force[0] - held, "cpu_seconds": in_force[1]}
