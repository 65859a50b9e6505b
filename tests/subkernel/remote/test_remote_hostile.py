"""A client with a listed key that means harm, and a host that means harm: what each can reach, and what it cannot."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import zmq
import zmq.asyncio
from hosts import TEXT, Hosted, StartHost

from rlm_kernel import Document
from rlm_kernel.subkernel import IsolationError
from rlm_kernel.subkernel.inside.rpc import encode
from rlm_kernel.subkernel.remote import process
from rlm_kernel.subkernel.remote.keys import HostKeys, read_client_key
from rlm_kernel.subkernel.remote.link import MAX_INSIDE, Link, LinkClosed
from rlm_kernel.subkernel.remote.protocol import CONTROL, MAX_PIECE, PIECE, PROTOCOL, STREAMS, WINDOW, own_version
from rlm_kernel.subkernel.remote.subkernel import RemoteSubKernel

DATA = Document.of("secret plans of alice\n" * 1_000)


class Client:
    """A client that says whatever it likes."""

    def __init__(self, link: Link) -> None:
        self.link = link

    @classmethod
    async def connect(cls, hosted: Hosted, key: Path | None = None) -> Client:
        mine = read_client_key(key or hosted.key)

        def secure(pair: Any) -> None:
            pair.curve_serverkey = mine.host
            pair.curve_publickey, pair.curve_secretkey = mine.public, mine.secret

        host, _, port = hosted.address.removeprefix("tcp://").rpartition(":")
        tcp = socket.create_connection((host, int(port)))
        return cls(Link(tcp, zmq.asyncio.Context.instance(), secure))

    async def say(self, **message: Any) -> None:
        await self.link.send(CONTROL, json.dumps(message).encode())

    async def hello(self, sha256: str, size: int, **changed: Any) -> None:
        hello = {"op": "hello", "protocol": PROTOCOL, "version": own_version(), "document": sha256, "size": size}
        await self.say(**(hello | {"memory_limit": 64 << 20, "packages": []} | changed))

    async def told(self) -> dict[str, Any]:
        """The next control message, {} where the host has hung up."""
        try:
            async with asyncio.timeout(30):
                while True:
                    kind, body = await self.link.receive()
                    if kind == CONTROL and (message := json.loads(body))["op"] != "ack":
                        return message  # type: ignore[no-any-return]
        except LinkClosed:
            return {}

    async def start(self, data: bytes) -> None:
        """All that comes before the settings."""
        await self.hello(hashlib.sha256(data).hexdigest(), len(data))
        answer = await self.told()
        if answer == {"op": "send"}:
            await self.link.send(PIECE, data)
            answer = await self.told()
        assert answer == {"op": "have"}
        assert (await self.told())["op"] == "started"

    async def pour(self, kind: bytes, pieces: int) -> None:
        """Send so many pieces without waiting for anything."""
        for _ in range(pieces):
            await self.link.send(kind, b"\xff" * MAX_PIECE)

    async def close(self) -> None:
        await self.link.close()


def shared_bytes(document: Document) -> tuple[bytes, dict[str, Any]]:
    with document.share() as shared:
        return os.pread(shared.fd, shared.size + shared.table_size, 0), shared.where


def settings(where: dict[str, Any], **changed: Any) -> bytes:
    usual = {"memory_limit": 64 << 20, "cpu_seconds": 60, "output_limit": 1000, "tools": [], "seed": 1, "clock": 1}
    return encode(usual | where | changed)


async def still_serves(hosted: Hosted) -> None:
    """The host goes on for others."""
    witness = hosted.client(f"witness-{len(hosted.keys.names())}")
    async with hosted.kernel(key=witness, memory_limit="64MB") as kernel:
        assert (await kernel.execute("len(context)")).value == len(TEXT)


async def test_a_document_is_only_for_the_client_that_sent_it(hosted: Hosted) -> None:
    data, _ = shared_bytes(DATA)
    async with hosted.kernel(DATA):
        mallory = await Client.connect(hosted, hosted.client("mallory"))
        await mallory.hello(hashlib.sha256(data).hexdigest(), len(data))
        # The host has it, of alice; to mallory it says that it has not.
        assert await mallory.told() == {"op": "send"}
        await mallory.link.send(PIECE, b"x" * len(data))
        answer = await mallory.told()
        assert answer["op"] == "refused"
        assert "its SHA-256 is another" in answer["reason"]
        await mallory.close()
    await still_serves(hosted)


@pytest.mark.parametrize(
    "changed",
    [
        {"memory_limit": 1 << 40},
        {"memory_limit": -1},
        {"memory_limit": 1e9},
        {"output_limit": "many"},
        {"tools": [{"name": 1}]},
        {"tools": [{"name": "x", "signature": "", "doc": ""}] * 101},
        {"parts": []},
        {"size": 1},
        {"table_size": 1 << 50},
        {"another": 1},
        {"cpu_seconds": None},
    ],
)
async def test_the_settings_of_a_start_cannot_be_above_the_limits_or_be_something_else(
    start_host: StartHost, changed: dict[str, Any]
) -> None:
    hosted = await start_host(memory_limit=128 << 20)
    data, where = shared_bytes(DATA)
    client = await Client.connect(hosted)
    await client.start(data)
    await client.link.send(STREAMS[0], settings(where, **changed))
    answer = await client.told()
    assert answer == {} or (answer["op"] == "refused" and "at most 128 MB" in answer["reason"])
    await client.close()
    await still_serves(hosted)


async def test_limits_that_are_not_asked_for_are_those_of_the_host(start_host: StartHost) -> None:
    hosted = await start_host(cpu_seconds=77, output_limit=500)
    async with hosted.kernel(cell_timeout=30) as kernel:
        assert kernel.isolation["rlimits"]["cpu_seconds"] == 77
        assert len((await kernel.execute("print('x' * 5000)")).output) < 1_000


@pytest.mark.parametrize(
    "message",
    [
        b"{}",
        b"not json",
        b"[" * 30_000,
        b'{"op": 1}',
        b'{"op": "hello"}',
        b'{"op": "hello", "protocol": 1, "version": "\\u001b[31m"}',
        b"\xff" * 100,
        b"x" * 100_000,
    ],
)
async def test_a_first_message_that_is_none_ends_the_connection_alone(hosted: Hosted, message: bytes) -> None:
    client = await Client.connect(hosted)
    await client.link.send(CONTROL, message)
    answer = await client.told()
    assert answer == {} or answer["op"] == "refused"
    await client.close()
    assert not any("\x1b" in line for line in hosted.lines)
    await still_serves(hosted)


async def test_messages_that_have_no_place_end_the_sub_kernel_alone(hosted: Hosted) -> None:
    data, where = shared_bytes(DATA)
    hostile: list[tuple[bytes, bytes]] = [
        (PIECE, b"x"),
        (CONTROL, b'{"op": "signal", "name": "stop"}'),
        (CONTROL, b'{"op": "ack", "stream": 7, "size": 1}'),
        (CONTROL, b'{"op": "ack", "stream": 0, "size": 99999999}'),
        (CONTROL, b'{"op": "ack", "stream": 0, "size": -1}'),
        (CONTROL, b'{"op": "hello"}'),
    ]
    for kind, body in hostile:
        client = await Client.connect(hosted)
        await client.start(data)
        await client.link.send(STREAMS[0], settings(where))
        await client.link.send(kind, body)
        async with asyncio.timeout(30):
            await client.link.closed.wait()
        await client.close()
    await still_serves(hosted)


async def test_more_than_the_window_of_a_stream_ends_the_sub_kernel_alone(hosted: Hosted) -> None:
    data, where = shared_bytes(DATA)
    client = await Client.connect(hosted)
    await client.start(data)
    await client.link.send(STREAMS[0], settings(where))
    # A sub-kernel reads what answers it only while it waits: these bytes pile up in front of it.
    with pytest.raises(LinkClosed):
        await client.pour(STREAMS[0], 200)
    await client.close()
    assert 200 * MAX_PIECE > WINDOW
    await still_serves(hosted)


async def test_connections_that_say_nothing_do_not_shut_others_out_for_long(
    start_host: StartHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rlm_kernel.subkernel.remote.host._FIRST_MESSAGE", 1.0)
    hosted = await start_host(greeting=8)
    host, _, port = hosted.address.removeprefix("tcp://").rpartition(":")
    idle = [socket.create_connection((host, int(port))) for _ in range(40)]
    async with asyncio.timeout(30):
        while not any("too many" in line for line in hosted.lines):  # noqa: ASYNC110  no event tells
            await asyncio.sleep(0.05)
        while hosted.host._greeting:  # noqa: ASYNC110  no event tells
            await asyncio.sleep(0.05)
    await still_serves(hosted)
    for each in idle:
        each.close()


HostScript = Callable[[Link], Awaitable[None]]


async def facing(script: HostScript, tmp_path: Path, **options: Any) -> IsolationError:
    """What a client says of a host that does what `script` does, in place of a host's work."""
    keys = HostKeys(tmp_path / "hostile")
    key = keys.add_client("victim", tmp_path / "victim.key")
    _, secret = keys.pair()
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setblocking(False)
    context = zmq.asyncio.Context()

    def secure(pair: Any) -> None:
        pair.curve_server, pair.curve_secretkey = True, secret

    async def serve() -> None:
        while True:
            tcp, _ = await asyncio.get_running_loop().sock_accept(listener)
            link = Link(tcp, context, secure)
            try:
                await link.receive()
                await script(link)
                await link.closed.wait()
            except LinkClosed:
                pass
            finally:
                await link.close()

    serving = asyncio.create_task(serve())
    address = f"tcp://127.0.0.1:{listener.getsockname()[1]}"
    kernel = RemoteSubKernel(TEXT, host=address, key=key, **options)
    try:
        with pytest.raises(IsolationError) as raised:
            async with asyncio.timeout(60):
                await kernel.start()
        return raised.value
    finally:
        await kernel.kill()
        serving.cancel()
        await asyncio.wait({serving})
        listener.close()
        context.term()


def say(*messages: Any) -> HostScript:
    async def script(link: Link) -> None:
        for message in messages:
            body = message if isinstance(message, bytes) else json.dumps(message).encode()
            await link.send(CONTROL, body)

    return script


STARTED = {"op": "started", "key": "k" * 64, "signature_scheme": "hmac-sha256", "layers": {}, "versions": {}}


@pytest.mark.parametrize(
    ("messages", "said"),
    [
        ([b"no json"], "sent a control message that is no JSON: is it one?"),
        ([b"[" * 30_000], "sent a control message that is no JSON"),
        ([{"op": "nonsense"}], "sent a message that has no place here: is it one?"),
        ([{"op": "refused", "reason": "\x1b[31mred\nline"}], "refuses:  [31mred line."),
        ([{"op": "refused", "reason": ["a"]}], "refuses: ."),
        ([{"op": "have"}, {"op": "started"}], "sent a start that is none"),
        ([STARTED | {"key": "k" * 10_000}], "sent a start that is none"),
        ([STARTED, {"op": "ended", "code": 10**30, "words": "\x07gone"}], "it ended before it was ready"),
        ([STARTED, {"op": "checked", "unchanged": True}], "it ended before it was ready"),
        ([STARTED, {"op": "ack", "stream": 0, "size": 10**9}], "it ended before it was ready"),
        ([STARTED, {"op": "refused", "reason": "later"}], "refuses: later"),
    ],
)
async def test_what_a_hostile_host_says_becomes_one_harmless_sentence(
    messages: list[Any], said: str, tmp_path: Path
) -> None:
    text = str(await facing(say(*messages), tmp_path))
    assert said in text
    assert text.isprintable()
    assert len(text) < 1_500


async def test_a_host_that_sends_too_much_is_left(tmp_path: Path) -> None:
    async def script(link: Link) -> None:
        await say(STARTED)(link)
        # A request of more than may be, from what says it is the sub-kernel.
        await link.send(STREAMS[0], (1 << 31).to_bytes(4, "big") + b"x" * 1_000)

    assert "it ended before it was ready" in str(await facing(script, tmp_path))


async def test_a_host_that_reports_whatever_it_likes_is_cut_short(tmp_path: Path) -> None:
    from rlm_kernel.subkernel.remote.subkernel import bounded_report

    report = {f"layer{number}": "x" * 10_000 for number in range(1_000)} | {"seccomp": True}
    report |= {"a\nb": 1, "deep": {"a": {"b": 1}, "c": 10**40, "d": ["x"]}}
    known = bounded_report(report)
    assert len(known) <= 20
    assert len(json.dumps(known)) < 5_000
    assert bounded_report({"host": "mine", "landlock": 7, "rlimits": {"memory": 5}, "x": [1, [2]]}) == {
        "landlock": 7,
        "rlimits": {"memory": 5},
        "x": [1],
    }


async def test_a_host_that_does_not_answer_does_not_hold_a_client(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "START_TIMEOUT", 1.0)

    async def silent(link: Link) -> None:
        await link.closed.wait()

    assert "did not answer in time" in str(await facing(silent, tmp_path))


async def test_what_is_inside_libzmq_is_counted_exactly(hosted: Hosted) -> None:
    client = await Client.connect(hosted)
    data, where = shared_bytes(DATA)
    await client.start(data)
    await client.link.send(STREAMS[0], settings(where))
    for _ in range(100):
        await client.say(op="check")
        assert await client.told() == {"op": "checked", "unchanged": True}
    # All that came in has come out: what stays counted is the handshake, some hundred bytes.
    assert 0 < client.link.inside < 1_000 < MAX_INSIDE
    await client.close()
