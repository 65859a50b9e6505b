"""The connections of a sub-kernel over a link: what they hold is released, whoever is cancelled."""

from __future__ import annotations

import asyncio
import socket

import pytest
from test_remote_link import connected

from rlm_kernel.subkernel.remote.streams import Streams


async def test_a_close_that_is_cancelled_leaves_no_socket_open() -> None:
    link, peer = await connected()
    near, far = zip(*(socket.socketpair() for _ in range(3)), strict=True)
    streams = Streams(link, far, lambda _number: None)
    await asyncio.sleep(0)  # its tasks have begun
    closing = asyncio.create_task(streams.close())
    await asyncio.sleep(0)  # it has begun to wait for them
    closing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await closing
    assert [each.fileno() for each in far] == [-1, -1, -1]
    for each in near:
        each.close()
    await link.close()
    peer.close()
