"""Finds the embedded model's server process, or starts it, and keeps a lease on it.

One server per model file and size of context serves all processes of a user on this host: they find it through a
private file in the runtime directory. Blocking; `local` calls it in threads.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import select
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .. import files
from ..base import ModelError
from . import llama_server

PROTOCOL = 1
START_SECONDS = 180.0
CONNECT_SECONDS = 5.0
LOG_LINES = 6
KEPT_VARIABLES = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "LD_LIBRARY_PATH", "SYSTEMROOT")


@dataclass(frozen=True)
class LlamaServerSettings:
    """What makes two clients want the same server. `model` is a GGUF file, `n_ctx` and `threads` are counts.

    `cache_mib` is how much memory prompts may take that are not being worked on. `idle_seconds`, how long the server
    stays when nobody needs it, is decided by whoever starts it.
    """

    model: Path
    n_ctx: int
    threads: int
    cache_mib: int = 1024
    idle_seconds: float = field(default=60.0, compare=False)

    @property
    def key(self) -> str:
        """A file name for a server of these settings."""
        what = [PROTOCOL, *self._file, self.n_ctx, self.threads, self.cache_mib, sys.prefix]
        return hashlib.sha256(json.dumps(what).encode()).hexdigest()[:16]

    @property
    def weights(self) -> str:
        """What the replies depend on: the file of weights as it is now, and the size of the context."""
        return hashlib.sha256(json.dumps([*self._file, self.n_ctx]).encode()).hexdigest()[:16]

    @property
    def _file(self) -> list[str | int]:
        status = self.model.stat()
        return [str(self.model.resolve()), status.st_size, status.st_mtime_ns]


class Lease:
    """A server that stays up until `close`, or until this process ends. `url` and `token` are for its HTTP port."""

    def __init__(self, connection: socket.socket, url: str, token: str, pid: int) -> None:
        self._connection = connection
        self.url = url
        self.token = token
        self.pid = pid
        self._is_new = False
        self._taken: set[str] = set()

    def take_new(self) -> bool:
        """Whether this lease is of whoever has started the server, and this has not been asked before."""
        is_new, self._is_new = self._is_new, False
        return is_new

    def take_first(self, what: str) -> bool:
        """Whether this lease has not been asked this before."""
        is_first = what not in self._taken
        self._taken.add(what)
        return is_first

    def __repr__(self) -> str:
        return f"Lease(url={self.url!r}, pid={self.pid})"

    def ended(self, within: float = 0.0) -> bool:
        """Whether the server has ended, or does within so many seconds (which may block)."""
        if self._connection.fileno() < 0:
            return True
        # The server never sends anything more, so there is something to read only when it has gone.
        if hasattr(select, "poll"):
            poll = select.poll()
            poll.register(self._connection, select.POLLIN | select.POLLHUP)
            return bool(poll.poll(within * 1000))
        return bool(select.select([self._connection], [], [], within)[0])

    def close(self) -> None:
        """Let go of the server; it ends when nobody else needs it."""
        self._connection.close()


def acquire(settings: LlamaServerSettings) -> Lease:
    """Join the running server of these settings, or start one (seconds). Raises `ModelError`."""
    try:
        directory = files.runtime_dir()
        state = directory / f"{settings.key}.json"
        lease = _join(state)
        if lease is not None:
            return lease
        with files.locked(state.with_suffix(".lock"), timeout=START_SECONDS):
            return _join(state) or _start(settings, state)
    except OSError as error:
        raise ModelError(f"the embedded model could not be started: {error}", kind="server") from error


def _join(state: Path) -> Lease | None:
    try:
        known = json.loads(state.read_text(encoding="utf-8"))
        connection = socket.create_connection(("127.0.0.1", known["lease_port"]), timeout=CONNECT_SECONDS)
    except (OSError, ValueError, KeyError):
        return None
    try:
        if llama_server.take_lease(connection, known["token"].encode()):
            connection.settimeout(None)
            return Lease(connection, known["url"], known["token"], known["pid"])
    except OSError:
        pass
    connection.close()
    return None


def _start(settings: LlamaServerSettings, state: Path) -> Lease:
    log = state.with_suffix(".log")
    process = _spawn(log, state.parent)
    # A child has to be waited for, whenever it ends: a thread does, and keeps nothing else alive.
    threading.Thread(target=process.wait, name="rlm-llama-server", daemon=True).start()
    assert process.stdin is not None
    assert process.stdout is not None
    timer = threading.Timer(START_SECONDS, process.kill)
    timer.daemon = True
    timer.start()
    try:
        # The pipe is the first lease: the server ends with us even while it is still loading.
        with process.stdin as stdin, process.stdout as stdout:
            with contextlib.suppress(BrokenPipeError):
                stdin.write(json.dumps(_orders(settings, state)).encode() + b"\n")
            answer = json.loads(stdout.readline() or b"{}")
            lease = _join(state) if answer.get("ready") else None
            if lease is not None:
                lease._is_new = True
                return lease
            process.kill()
    except BaseException:
        process.kill()
        raise
    finally:
        timer.cancel()
    raise ModelError(_explain(settings, process, answer, log), kind="server")


def _spawn(log: Path, directory: Path) -> subprocess.Popen[bytes]:
    environment = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    # Threads that spin while they wait for each other made it six times slower on a busy machine.
    environment |= {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "0"}
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        return subprocess.Popen(  # noqa: S603 - our own file, run by our own interpreter
            [sys.executable, "-I", llama_server.__file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=descriptor,
            bufsize=0,
            cwd=directory,
            env=environment,
            # Not in the terminal's group: Ctrl-C there is for the run, not for a server that others may share.
            start_new_session=True,
        )
    finally:
        os.close(descriptor)


def _orders(settings: LlamaServerSettings, state: Path) -> dict[str, Any]:
    return {
        "model": str(settings.model),
        "n_ctx": settings.n_ctx,
        "threads": settings.threads,
        "cache_mib": settings.cache_mib,
        "idle": settings.idle_seconds,
        "token": secrets.token_urlsafe(32),
        "state": str(state),
        "prefixes": str(files.prefixes_dir()),
        "path": [entry for entry in sys.path if entry],
    }


def _explain(settings: LlamaServerSettings, process: subprocess.Popen[bytes], answer: dict[str, Any], log: Path) -> str:
    process.wait()
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-LOG_LINES:]
    if "error" in answer:
        lines.append(answer["error"])
        reason = "llama.cpp refused it"
    elif process.returncode == -4:
        reason = "this processor lacks instructions that the engine needs (AVX2)"
    elif process.returncode == -9:
        reason = f"it was killed: too little memory (it needs about 2 GB), or not ready within {START_SECONDS:g} s"
    else:
        reason = f"its process ended with {process.returncode}"
    said = f". It said last: {' | '.join(line.strip() for line in lines)}" if lines else ""
    return f"the embedded model could not be started from {settings.model}: {reason}{said}"
