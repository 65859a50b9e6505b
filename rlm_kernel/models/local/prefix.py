"""What the embedded model makes of the messages that many questions begin with, kept on disk.

On two cores llama.cpp reads the thousand tokens of the system message in half a minute, and the worked examples after
it in another twenty seconds. Its state after them depends on nothing but the weights and those messages, so it is
saved once (28 kB a token), and loaded in a tenth of a second by every later server. Nothing of a question or a document
is in it: these messages are read alone, before the question. Whatever fails here costs only time, so nothing is raised.
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
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from .. import files
from ..base import Delta, Message, ModelError, Reply
from .llama_client import Lease, LlamaServerSettings

# A shorter message is read sooner than it is worth a file.
LEAST_CHARS = 2_000
# About 0.4 GB, where the weights have 1.1.
_MOST_FILES = 8
_SECONDS = 60.0


async def prepare(
    lease: Lease,
    settings: LlamaServerSettings,
    messages: Sequence[Message],
    stream: Callable[[list[Message]], AsyncGenerator[Delta | Reply, None]],
    *,
    is_new: bool,
) -> AsyncGenerator[None, None]:
    """Have the server know `messages`: from a file, else by `stream`, which asks it those alone, and then saves them.

    Yields once, before it has the server read anything: that takes long.

    `is_new`: whether the server has just started and has read nothing. One that has is spared what it knows: each lease
    prepares the same messages once, as the server itself keeps in memory what it has read.
    """
    keys = [_key(settings, messages[:count]) for count in range(1, len(messages) + 1)]
    if not lease.take_first(keys[-1]):
        return
    try:
        folder = files.prefixes_dir()
    except OSError:
        return
    whole = folder / f"{keys[-1]}.bin"
    if whole.is_file() and not is_new:
        # What it holds at the moment goes to its memory when another prompt comes; loading a file would drop it.
        await _read([Message(role="user", content=".")], stream)
    if await _restore(lease, whole):
        return
    yield
    system = folder / f"{keys[0]}.bin"
    if is_new and system != whole and not await _restore(lease, system):
        await _save(lease, system, await _read(messages[:1], stream))
    await _save(lease, whole, await _read(messages, stream))


async def _restore(lease: Lease, path: Path) -> bool:
    if not path.is_file():
        return False
    done = await _slot(lease, "restore", path.name) > 0
    with contextlib.suppress(OSError):
        if done:
            os.utime(path)
        else:
            path.unlink()
    return done


async def _read(
    messages: Sequence[Message], stream: Callable[[list[Message]], AsyncGenerator[Delta | Reply, None]]
) -> int:
    """Have the server read messages. Returns their tokens; 0 where it did not, or does not say how many."""
    usage = None
    try:
        async with aclosing(stream(list(messages))) as items:
            async for item in items:
                if isinstance(item, Reply):
                    usage = item.usage
    except ModelError as error:  # nothing to say after the last example: an empty reply is one
        usage = error.usage
    return 0 if usage is None or usage.estimated else usage.prompt_tokens


async def _save(lease: Lease, path: Path, tokens: int) -> None:
    """Keep the state of the slot, if it is that of so many tokens and of the one that followed them.

    Another one is that of a prompt that came in between, with text of somebody's document.
    """
    if not tokens:
        return
    new = path.with_name(f"{path.stem}.{os.getpid()}.new")
    with contextlib.suppress(OSError):
        if await _slot(lease, "save", new.name) in (tokens, tokens + 1):
            new.replace(path)
        else:
            new.unlink(missing_ok=True)
        _forget_old(path.parent)


def _key(settings: LlamaServerSettings, messages: Sequence[Message]) -> str:
    try:
        engine = version("xllamacpp")
    except PackageNotFoundError:
        engine = ""
    what = [settings.weights, engine, *(text for each in messages for text in (each["role"], each["content"]))]
    return hashlib.sha256(json.dumps(what).encode()).hexdigest()[:32]


def _slot(lease: Lease, action: str, name: str) -> Awaitable[int]:
    """Have the server save or restore the state of its one slot. Returns of how many tokens; -1 where it did not."""

    def post() -> int:
        headers = {"Authorization": f"Bearer {lease.token}", "Content-Type": "application/json"}
        body = json.dumps({"filename": name}).encode()
        request = urllib.request.Request(f"{lease.url}/slots/0?action={action}", body, headers)  # noqa: S310  on 127.0.0.1
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=_SECONDS) as response:
                done = json.loads(response.read(1 << 16))
        except (OSError, ValueError, http.client.HTTPException):
            return -1
        count = done.get("n_saved") or done.get("n_restored") if isinstance(done, dict) else None
        return count if isinstance(count, int) else -1

    return asyncio.to_thread(post)


def _forget_old(directory: Path) -> None:
    found = sorted(directory.glob("*.bin"), key=lambda path: path.stat().st_mtime, reverse=True)
    # What was not saved to its end is nobody's, but for that of a server that is at it.
    unfinished = (path for path in directory.glob("*.new") if time.time() - path.stat().st_mtime > _SECONDS)
    for path in (*found[_MOST_FILES:], *unfinished):
        path.unlink(missing_ok=True)
