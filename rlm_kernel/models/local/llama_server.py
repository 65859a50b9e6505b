"""The process that runs the embedded model: llama.cpp's own HTTP server, alive as long as somebody holds a lease.

It is run by its path, isolated (`python -I`), with its settings on stdin, and imports nothing of this package. The
HTTP port is on 127.0.0.1 and wants a token. A lease is a connection to a second port on which both sides prove that
they know the token: when a client dies, however it dies, the system closes it. Without leases the process ends after
`idle` seconds. The client's side of all this is `llama_client`; only the lease's handshake is shared.
"""

from __future__ import annotations

import contextlib
import hmac
import json
import os
import secrets
import socket
import sys
import threading
from pathlib import Path
from typing import IO, Any

NONCE_BYTES = 32
HANDSHAKE_SECONDS = 5.0


def offer_lease(connection: socket.socket, token: bytes) -> bytes | None:
    """The server's half of the handshake: what to answer a client that knows the token, None to any other."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    connection.sendall(nonce)
    theirs = _receive(connection, NONCE_BYTES)
    proof = _receive(connection, NONCE_BYTES)
    known = hmac.compare_digest(proof, _proof(token, b"client", nonce, theirs))
    return _proof(token, b"server", nonce, theirs) if known else None


def take_lease(connection: socket.socket, token: bytes) -> bool:
    """The client's half: True when it is our server that answers, and not whoever has its old port now."""
    nonce = _receive(connection, NONCE_BYTES)
    mine = secrets.token_bytes(NONCE_BYTES)
    connection.sendall(mine + _proof(token, b"client", nonce, mine))
    return hmac.compare_digest(_receive(connection, NONCE_BYTES), _proof(token, b"server", nonce, mine))


def _proof(token: bytes, side: bytes, server_nonce: bytes, client_nonce: bytes) -> bytes:
    return hmac.digest(token, side + server_nonce + client_nonce, "sha256")


def _receive(connection: socket.socket, count: int) -> bytes:
    received = b""
    while len(received) < count:
        piece = connection.recv(count - len(received))
        if not piece:
            raise ConnectionError("the other side closed the lease")
        received += piece
    return received


class _Leases:
    """Counts who needs the server. The first lease is the stdin of the process, held by whoever started it."""

    def __init__(self, token: bytes) -> None:
        self._token = token
        self._count = 1
        self._changed = threading.Condition()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    def start(self) -> None:
        threading.Thread(target=self._watch_stdin, daemon=True).start()
        threading.Thread(target=self._accept, daemon=True).start()

    def wait_until_unused(self, idle: float) -> None:
        """Return when there has been no lease for `idle` seconds."""
        with self._changed:
            while True:
                self._changed.wait_for(lambda: self._count == 0)
                if not self._changed.wait_for(lambda: self._count > 0, timeout=idle):
                    return

    def _add(self, change: int) -> None:
        with self._changed:
            self._count += change
            self._changed.notify_all()

    def _watch_stdin(self) -> None:
        while sys.stdin.buffer.read(4096):
            pass
        self._add(-1)

    def _accept(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.settimeout(HANDSHAKE_SECONDS)
            answer = offer_lease(connection, self._token)
            if answer is None:
                return
            # Counted before the client hears of it, so that it may let go of an earlier lease as soon as it does.
            self._add(1)
            try:
                connection.sendall(answer)
                connection.settimeout(None)
                while connection.recv(4096):
                    pass
            finally:
                self._add(-1)


def _start(settings: dict[str, Any]) -> Any:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = settings["model"]
    params.model_alias = {"local"}
    params.n_ctx = settings["n_ctx"]
    params.cpuparams.n_threads = settings["threads"]
    # One slot: on a CPU two prompts at once take as long as one after the other, and a seed then gives one answer. What
    # a slot held before is kept in memory (MiB), so the run's long prompt is still there after its sub-calls.
    params.n_parallel = 1
    params.cache_ram_mib = settings["cache_mib"]
    # A request that was cancelled is noticed between two batches: with the usual 2048 tokens half a minute later. This
    # costs 3 percent of the prompt speed (64 would cost 11).
    params.n_batch = 128
    params.slot_save_path = f"{settings['prefixes']}{os.sep}"
    params.warmup = False
    params.ui = False
    params.endpoint_slots = False
    params.cors_origins = "http://127.0.0.1"
    params.api_keys = [settings["token"]]
    params.hostnames = ["127.0.0.1"]
    params.verbosity = 2
    return xllamacpp.Server(params)


def _write_state(path: Path, state: dict[str, Any]) -> None:
    temporary = path.with_name(f"{path.name}.{os.getpid()}.new")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(state, file)
    temporary.replace(path)


def _forget_state(path: Path) -> None:
    try:
        if json.loads(path.read_text(encoding="utf-8")).get("pid") == os.getpid():
            path.unlink()
    except (OSError, ValueError):
        pass


def _say(out: IO[str], message: dict[str, Any]) -> None:
    try:
        out.write(json.dumps(message) + "\n")
        out.close()
    except OSError:
        # Whoever started this process is gone; others may still come.
        pass


def main() -> int:
    """Serve by the settings on stdin (one JSON line); say `ready` or the `error` on stdout (one JSON line)."""
    settings = json.loads(sys.stdin.buffer.readline())
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    sys.path[:] = settings["path"]
    leases = _Leases(settings["token"].encode())
    leases.start()
    try:
        server = _start(settings)
    except Exception as error:
        _say(out, {"error": f"{type(error).__name__}: {error}"})
        return 1
    state = {
        "pid": os.getpid(),
        "url": server.listening_address,
        "lease_port": leases.port,
        "token": settings["token"],
    }
    path = Path(settings["state"])
    _write_state(path, state)
    _say(out, {"ready": True})
    leases.wait_until_unused(settings["idle"])
    # First the notice, then the ports: who finds no notice starts anew, and cannot have written one before this.
    _forget_state(path)
    return 0


if __name__ == "__main__":
    code = main()
    sys.stderr.flush()
    # llama.cpp's own threads have nothing to save, and destroying them can take seconds.
    os._exit(code)
