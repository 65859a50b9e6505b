"""The documents that a host keeps: in sealed memory, each for the one client that sent it, within bounds.

A client gets what it has sent itself, and nothing else: the SHA-256 of a document is no secret (traces name them), so
knowing one must not open what another client has sent. Nothing is written to a disk.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import hashlib
import mmap
import os
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable

from ...document.share import SEAL_COMMAND, SEALS
from .protocol import Refused, size_text

# Gives the next bytes of a document.
NextPiece = Callable[[], Awaitable[bytes]]
_Key = tuple[str, str]
_MOMENT = 2.0


class KeptDocument:
    """A document in sealed memory. `users` counts the sub-kernels that have it."""

    def __init__(self, fd: int, size: int, sha256: str) -> None:
        self.fd = fd
        self.size = size
        self.users = 0
        self._sha256 = sha256

    def unchanged(self) -> bool:
        """Whether it still has its SHA-256: all of it is hashed again."""
        with mmap.mmap(self.fd, self.size, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ) as mapped:
            return hashlib.sha256(mapped).hexdigest() == self._sha256

    def close(self) -> None:
        """Release the memory, as soon as no sub-kernel has it."""
        os.close(self.fd)


class DocumentStore:
    """Keeps documents of at most `largest` bytes, `per_client` bytes for each client and `in_all` for all of them."""

    def __init__(self, largest: int, per_client: int, in_all: int) -> None:
        self._largest = largest
        self._per_client = per_client
        self._in_all = in_all
        self._kept: OrderedDict[_Key, KeptDocument] = OrderedDict()
        self._freed = asyncio.Event()
        self._arriving: dict[_Key, tuple[int, asyncio.Event]] = {}

    @contextlib.asynccontextmanager
    async def held(
        self, client: str, sha256: str, size: int, wanted: Callable[[], NextPiece]
    ) -> AsyncIterator[KeptDocument]:
        """A client's document, for as long as the context lasts. `wanted` is called where it has to be sent.

        Raises Refused where it is too large, there is no room, or what arrives is another one.
        """
        if not 0 < size <= self._largest:
            raise Refused(
                f"it takes documents of at most {size_text(self._largest)}, and this one has {size_text(size)}"
            )
        key = (client, sha256)
        while key in self._arriving:
            await self._arriving[key][1].wait()
        if key not in self._kept:
            await self._await_room(client, size)
        kept = self._kept.get(key)
        if kept is None:
            kept = await self._receive(key, size, wanted)
        if kept.size != size:
            raise Refused("the document has another size than was said")
        kept.users += 1
        self._kept.move_to_end(key)
        try:
            yield kept
        finally:
            kept.users -= 1
            self._freed.set()

    async def _await_room(self, client: str, size: int) -> None:
        """Wait a moment where there is no room: a sub-kernel that has just been ended may still hold a document."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_MOMENT):
                while not self._has_room(client, size):
                    self._freed.clear()
                    await self._freed.wait()

    def _has_room(self, client: str, size: int) -> bool:
        """Whether there is room, once what no sub-kernel has was forgotten."""
        free = sum(kept.size for (owner, _), kept in self._kept.items() if owner == client and not kept.users)
        free_in_all = sum(kept.size for kept in self._kept.values() if not kept.users)
        return (
            self._used(client) - free + size <= self._per_client and self._used() - free_in_all + size <= self._in_all
        )

    async def _receive(self, key: _Key, size: int, wanted: Callable[[], NextPiece]) -> KeptDocument:
        self._make_room(key[0], size)
        arrived = asyncio.Event()
        self._arriving[key] = size, arrived
        try:
            kept = KeptDocument(await _received(key[1], size, wanted()), size, key[1])
            self._kept[key] = kept
            return kept
        finally:
            del self._arriving[key]
            arrived.set()

    def _make_room(self, client: str, size: int) -> None:
        """Forget documents that no sub-kernel has, the client's own first, the oldest first. Raises Refused."""
        while self._used(client) + size > self._per_client:
            if not self._forget_one(client):
                raise Refused(
                    f"your documents that are in use there leave no room for {size_text(size)} "
                    f"(of {size_text(self._per_client)})"
                )
        while self._used() + size > self._in_all:
            if not self._forget_one(None):
                raise Refused(f"it has no room for a document of {size_text(size)} now")

    def _used(self, client: str | None = None) -> int:
        kept = sum(one.size for (owner, _), one in self._kept.items() if client in (None, owner))
        return kept + sum(size for (owner, _), (size, _) in self._arriving.items() if client in (None, owner))

    def _forget_one(self, client: str | None) -> bool:
        for key, kept in self._kept.items():
            if client in (None, key[0]) and not kept.users:
                del self._kept[key]
                kept.close()
                return True
        return False

    def close(self) -> None:
        """Forget all."""
        for kept in self._kept.values():
            kept.close()
        self._kept.clear()


async def _received(sha256: str, size: int, next_piece: NextPiece) -> int:
    """A descriptor of sealed memory with the bytes that arrive. Raises Refused where they are not what was said."""
    fd = os.memfd_create("rlm-document", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        arrived, digest = 0, hashlib.sha256()
        while arrived < size:
            piece = await next_piece()
            arrived += len(piece)
            if not piece or arrived > size:
                raise Refused("the document has another size than was said")
            digest.update(piece)
            view = memoryview(piece)
            while len(view):
                view = view[os.write(fd, view) :]
        if digest.hexdigest() != sha256:
            raise Refused("what arrived is not the document that was said: its SHA-256 is another")
        fcntl.fcntl(fd, SEAL_COMMAND, SEALS)
    except BaseException as error:
        os.close(fd)
        if isinstance(error, OSError):
            raise Refused(f"it has no memory for the document ({error.strerror})") from None
        raise
    return fd
