"""What the embedded model makes of the instructions that every question begins with, kept on disk.

On two cores llama.cpp reads the thousands of tokens of the system message in one to two minutes. Its state after them
depends on nothing but the weights and that message, so the first server that reads it saves it (28 kB a token), and
every later one loads it in a tenth of a second. Nothing of a question or a document is in it: the system message is
read alone, before the first question. Whatever fails here costs only time, so nothing is raised.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import http.client
import json
import os
import time
import urllib.request
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from .. import files
from ..base import Delta, Message, ModelError, Reply
from .llama_client import Lease, LlamaServerSettings

# A shorter message is read sooner than it is worth a file.
LEAST_CHARS = 2_000
_MOST_FILES = 4
_SECONDS = 60.0


async def prepare(
    lease: Lease,
    settings: LlamaServerSettings,
    system: Message,
    stream: Callable[[list[Message]], AsyncGenerator[Delta | Reply, None]],
) -> None:
    """Have a server that has just started know `system`: from the file, else by `stream`, which asks it that alone."""
    try:
        path = files.prefixes_dir() / f"{_key(settings, system)}.bin"
    except OSError:
        return
    if path.is_file():
        if await _slot(lease, "restore", path.name):
            with contextlib.suppress(OSError):
                os.utime(path)
            return
        with contextlib.suppress(OSError):
            path.unlink()
    with contextlib.suppress(ModelError):
        async with aclosing(stream([system])) as items:
            async for _ in items:
                pass
    new = path.with_name(f"{path.stem}.{os.getpid()}.new")
    with contextlib.suppress(OSError):
        if await _slot(lease, "save", new.name):
            new.replace(path)
        _forget_old(path.parent)


def _key(settings: LlamaServerSettings, system: Message) -> str:
    try:
        engine = version("xllamacpp")
    except PackageNotFoundError:
        engine = ""
    what = [settings.weights, engine, system["content"]]
    return hashlib.sha256(json.dumps(what).encode()).hexdigest()[:32]


def _slot(lease: Lease, action: str, name: str) -> Awaitable[bool]:
    """Have the server save or restore the state of its one slot; whether it did."""

    def post() -> bool:
        headers = {"Authorization": f"Bearer {lease.token}", "Content-Type": "application/json"}
        body = json.dumps({"filename": name}).encode()
        request = urllib.request.Request(f"{lease.url}/slots/0?action={action}", body, headers)  # noqa: S310  on 127.0.0.1
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=_SECONDS) as response:
                done = json.loads(response.read(1 << 16))
        except (OSError, ValueError, http.client.HTTPException):
            return False
        return isinstance(done, dict) and bool(done.get("n_saved") or done.get("n_restored"))

    return asyncio.to_thread(post)


def _forget_old(directory: Path) -> None:
    found = sorted(directory.glob("*.bin"), key=lambda path: path.stat().st_mtime, reverse=True)
    # What was not saved to its end is nobody's, but for that of a server that is at it.
    unfinished = (path for path in directory.glob("*.new") if time.time() - path.stat().st_mtime > _SECONDS)
    for path in (*found[_MOST_FILES:], *unfinished):
        path.unlink(missing_ok=True)
