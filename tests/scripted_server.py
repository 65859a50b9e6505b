"""A scripted OpenAI-compatible server on 127.0.0.1: real HTTP, real streaming, no model.

    with ScriptedServer(["first reply", fail(500), say("second", reasoning="hm")]) as server:
        model = OpenAICompatible("scripted", base_url=server.base_url)

A script is a list of steps (each chat request takes the next one; a plain `str` means `say(str)`), a callable
`(request body) -> step`, or a mapping from the request's `model` to one of these. When a list runs out the server
answers 400 "script exhausted". A request with `"stream": true` is answered as server-sent events, any other as one
JSON object. `/models` lists `models`. It does not check what a real server would check: look at `requests` for that.
It counts what it was asked and what it has answered (`count`), also with a thousand requests in flight.
"""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scripted_batches import ScriptedBatches

DONE = "[DONE]"


@dataclass(frozen=True)
class Step:
    """One answer: pieces of the body, each written (and flushed) by itself. Use the constructors below.

    `status` None: the connection is closed without an answer. `gate`: waited for before every piece but the first.
    `ending`: `whole`, `drop` (the connection is cut in mid-body) or `hang` (until released or closed). `delay`: seconds
    that the server takes before it answers; `usage`: what it counts of a step that was sent to its end.
    """

    pieces: tuple[bytes, ...] = ()
    status: int | None = 200
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    ending: str = "whole"
    gate: threading.Event | None = None
    plain: bytes | None = None
    delay: float = 0.0
    usage: Mapping[str, Any] | None = None


Answer = Step | str
Ending = Callable[["Step | None"], None]
Script = Sequence[Answer] | Callable[[dict[str, Any]], Answer]


@dataclass(frozen=True)
class Count:
    """What a server has counted: chat `requests`, those `answered` by a whole reply, the tokens and the cost that it
    reported for these, and how many were in flight at the same time, at most."""

    requests: int = 0
    answered: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost: float = 0.0
    most_in_flight: int = 0


@dataclass(frozen=True)
class Request:
    """A chat request as it came in, `at` a moment of `time.monotonic()`.

    `request["messages"]` is the same as `request.body["messages"]`.
    """

    body: dict[str, Any]
    headers: dict[str, str]
    at: float = 0.0

    def __getitem__(self, key: str) -> Any:
        return self.body[key]


def event(data: Any) -> bytes:
    """One server-sent event; anything but a `str` is sent as JSON."""
    return f"data: {data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)}\n\n".encode()


def chunk(*, finish_reason: str | None = None, **delta: Any) -> dict[str, Any]:
    """One `chat.completion.chunk`, e.g. `chunk(content="Hi")`."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "choices": [choice]}


def say(
    text: str,
    *,
    reasoning: str = "",
    reasoning_field: str = "reasoning_content",
    usage: dict[str, Any] | bool | None = True,
    finish_reason: str | None = "stop",
    size: int = 16,
    gate: threading.Event | None = None,
    comments: bool = False,
) -> Step:
    """A reply in chunks of `size` characters. `usage`: True for one made up from the lengths, None for none.

    `gate`: only the first chunk is sent before it is set. `comments`: keep-alive comments between the chunks.
    """
    if usage is True:
        usage = {"prompt_tokens": 100, "completion_tokens": (len(text) + len(reasoning)) // 4 + 1}
    chunks = [chunk(**{reasoning_field: part}) for part in _cut(reasoning, size)]
    chunks += [chunk(content=part) for part in _cut(text, size)]
    events = [event(data) for data in [*chunks, chunk(finish_reason=finish_reason)]]
    if comments:
        events = [b": keep-alive\n\n" + data for data in events]
    if usage:
        events.append(event({"choices": [], "usage": usage}))
    message = {"role": "assistant", "content": text} | ({reasoning_field: reasoning} if reasoning else {})
    plain = {"choices": [{"index": 0, "message": message, "finish_reason": finish_reason}]}
    plain |= {"usage": usage} if usage else {}
    return Step(
        (*events, event(DONE)),
        content_type="text/event-stream",
        gate=gate,
        plain=json.dumps(plain).encode(),
        usage=usage or {},
    )


def sse(*data: Any, done: bool = True) -> Step:
    """A stream of just these events (dicts become JSON), whatever the request asked for."""
    events = [event(item) for item in data] + ([event(DONE)] if done else [])
    return Step(tuple(events), content_type="text/event-stream")


def fail(
    status: int,
    message: str = "scripted failure",
    *,
    code: str | None = None,
    param: str | None = None,
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> Step:
    """An error in OpenAI's shape; `more` is added to the error object."""
    error = {"message": message, "type": "scripted", "code": code, "param": param, **more}
    return Step((json.dumps({"error": error}).encode(),), status=status, headers=headers or {})


def too_many(retry_after: float | None = None, message: str = "scripted rate limit") -> Step:
    """A 429, with `Retry-After` (seconds) or without."""
    headers = {} if retry_after is None else {"Retry-After": f"{retry_after:g}"}
    return fail(429, message, headers=headers)


def late(step: Answer, seconds: float) -> Step:
    """The same step from a server that takes so long before it answers."""
    return replace(say(step) if isinstance(step, str) else step, delay=seconds)


def drop(after: str | None = None) -> Step:
    """Cut the connection: before any answer, or in mid-stream when `after` has been sent."""
    if after is None:
        return Step(status=None, ending="drop")
    events = tuple(event(chunk(content=part)) for part in _cut(after, 16))
    return Step(events, content_type="text/event-stream", ending="drop")


def hang(after: str | None = None) -> Step:
    """Send nothing (or `after`, streamed), then nothing more until `server.release()` or either side's end."""
    if after is None:
        return Step(status=None, ending="hang")
    events = tuple(event(chunk(content=part)) for part in _cut(after, 16))
    return Step(events, content_type="text/event-stream", ending="hang")


def raw(
    *pieces: bytes | str,
    content_type: str = "text/event-stream",
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Step:
    """Exactly these bytes, each piece written by itself: broken JSON, an HTML page, UTF-8 cut in the middle."""
    parts = tuple(piece.encode() if isinstance(piece, str) else piece for piece in pieces)
    return Step(parts, status=status, content_type=content_type, headers=headers or {})


class ScriptedServer:
    """The server; a context manager. `replies` is another name of `script`.

    `requests` holds the chat requests, `paths` every `METHOD /path`, `headers` those of every POST, `connections` how
    many were ever accepted, `hanging` is set once a `hang()` step has gone silent. `models` are names, or the whole
    entries of `/models` (None: there is no such page); `pages` are further paths with the JSON to be had there, e.g.
    `{"/props": {...}}`. `delay`: seconds that every answer takes, beside what its step says. `elsewhere`: what a chat
    request at any other path gets (None: a 404). `batches`: its `/files` and `/batches`, see `scripted_batches`.
    """

    def __init__(
        self,
        script: Script | Mapping[str, Script] | None = None,
        *,
        replies: Script | Mapping[str, Script] | None = None,
        models: Iterable[str | Mapping[str, Any]] | None = ("scripted",),
        pages: Mapping[str, Any] | None = None,
        delay: float = 0.0,
        elsewhere: Step | None = None,
        batches: ScriptedBatches | None = None,
    ) -> None:
        chosen = script if script is not None else replies if replies is not None else []
        self._scripts: dict[str | None, Script] = dict(chosen) if isinstance(chosen, Mapping) else {None: chosen}
        self._taken: dict[str | None, int] = {}
        self.pages = dict(pages or {})
        if models is not None:
            data = [{"id": one, "object": "model"} if isinstance(one, str) else one for one in models]
            self.pages.setdefault("/v1/models", {"object": "list", "data": data})
        self.delay = delay
        self.batches = batches
        self.elsewhere = elsewhere or raw("not found", status=404, content_type="text/plain")
        self._count = Count()
        self._in_flight = 0
        self.requests: list[Request] = []
        self.paths: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.connections = 0
        self.hanging = threading.Event()
        self._released = threading.Event()
        self._changed = threading.Condition()
        self._sockets: set[socket.socket] = set()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.owner = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), name="scripted-server")

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    @property
    def count(self) -> Count:
        """What was counted so far; a reply is among the answered when its client can know that it is whole."""
        with self._changed:
            return self._count

    def final_count(self, timeout: float = 10) -> Count:
        """What was counted once nothing is in flight any more; in async code, through `asyncio.to_thread`."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._in_flight == 0, timeout):
                raise TimeoutError(f"{self._in_flight} requests are still in flight")
            return self._count

    @property
    def open_connections(self) -> int:
        with self._changed:
            return len(self._sockets)

    def wait_for_connections(self, count: int = 0, timeout: float = 10) -> bool:
        """Block until at most `count` connections are open; in async code, through `asyncio.to_thread`."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self._sockets) <= count, timeout)

    def release(self) -> None:
        """Let every `hang()`, present and future, come to its end (the connection is cut)."""
        self._released.set()

    def __enter__(self) -> ScriptedServer:
        self._thread.start()
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._thread.join()
        self.release()
        with self._changed:
            for connection in self._sockets:
                _cut_off(connection)
        self._server.server_close()

    def answer(self, body: dict[str, Any], headers: dict[str, str]) -> Step:
        """The script's next step for this request."""
        with self._changed:
            self.requests.append(Request(body, headers, time.monotonic()))
            key = body.get("model") if body.get("model") in self._scripts else None
            script = self._scripts.get(key)
            taken = self._taken.get(key, 0)
            self._taken[key] = taken + 1
        if callable(script):
            step = script(body)
        elif script is not None and taken < len(script):
            step = script[taken]
        else:
            step = fail(400, f"script exhausted: no step {taken + 1} for model {body.get('model')!r}")
        return say(step) if isinstance(step, str) else step

    @contextmanager
    def counting(self) -> Iterator[Ending]:
        """Count a chat request as in flight, until its ending is told or the block is left."""
        ended = False
        with self._changed:
            self._in_flight += 1
            most = max(self._count.most_in_flight, self._in_flight)
            self._count = replace(self._count, requests=self._count.requests + 1, most_in_flight=most)

        def ending(step: Step | None) -> None:
            nonlocal ended
            if ended:
                return
            ended = True
            with self._changed:
                self._in_flight -= 1
                self._changed.notify_all()
                if step is not None and step.usage is not None:
                    count, usage = self._count, step.usage
                    self._count = replace(
                        count,
                        answered=count.answered + 1,
                        prompt_tokens=count.prompt_tokens + usage.get("prompt_tokens", 0),
                        completion_tokens=count.completion_tokens + usage.get("completion_tokens", 0),
                        cost=count.cost + usage.get("cost", 0.0),
                    )

        try:
            yield ending
        finally:
            ending(None)

    def pause(self, seconds: float) -> None:
        """Take that long, unless the server is closed meanwhile."""
        if seconds > 0:
            self._released.wait(seconds)

    def track(self, connection: socket.socket, opened: bool) -> None:
        with self._changed:
            self.connections += opened
            (self._sockets.add if opened else self._sockets.discard)(connection)
            self._changed.notify_all()


def _cut(text: str, size: int) -> list[str]:
    return [text[start : start + size] for start in range(0, len(text), size)]


def _cut_off(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it was closed from the other side


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # so that server_close() joins them
    request_queue_size = 4096  # with the default of 5, a burst of sub-calls waits a second for a dropped SYN
    owner: ScriptedServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away in mid-answer is not an error here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.server.owner.track(self.connection, True)

    def finish(self) -> None:
        self.server.owner.track(self.connection, False)
        try:
            super().finish()
        except OSError:
            return  # the client has gone

    def _is_about_batches(self, body: bytes) -> bool:
        """Answer what is asked of `/files` and `/batches`, where the server has them."""
        owner = self.server.owner
        if owner.batches is None or not self.path.startswith(("/v1/files", "/v1/batches")):
            return False
        headers = {name.lower(): value for name, value in self.headers.items()}
        self._send(owner.batches.respond(owner, self.command, self.path, headers, body))
        return True

    def do_GET(self) -> None:
        self.server.owner.paths.append(f"GET {self.path}")
        if self._is_about_batches(b""):
            return
        if self.path in self.server.owner.pages:
            self._send(Step((json.dumps(self.server.owner.pages[self.path]).encode(),)))
        else:
            self._send(raw("not found", status=404, content_type="text/plain"))

    def do_POST(self) -> None:
        owner = self.server.owner
        owner.paths.append(f"POST {self.path}")
        headers = {name.lower(): value for name, value in self.headers.items()}
        owner.headers.append(headers)
        received = self.rfile.read(int(self.headers["Content-Length"]))
        if self._is_about_batches(received):
            return
        if (self.headers.get("Content-Type") or "").startswith("multipart/"):
            self._send(owner.elsewhere)
            return
        body = json.loads(received)
        if self.path != "/v1/chat/completions":
            self._send(owner.elsewhere)
            return
        with owner.counting() as ending:
            step = owner.answer(body, headers)
            if step.plain is not None and not body.get("stream"):
                step = replace(step, pieces=(step.plain,), content_type="application/json", gate=None)
            owner.pause(owner.delay + step.delay)
            self._send(step, ending)

    def _send(self, step: Step, ending: Ending = lambda _step: None) -> None:
        """Send a step; `ending` is called before its last piece, which may be all that the client waits for.

        A client can go on at the `[DONE]` of a stream, and at the status of a failure, without the last chunk.
        """
        owner = self.server.owner
        if step.status is not None:
            self.send_response(step.status)
            for name, value in {"Content-Type": step.content_type, **step.headers}.items():
                self.send_header(name, value)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for number, piece in enumerate(step.pieces):
                if number and step.gate:
                    self.wfile.flush()
                    while not step.gate.wait(0.02) and not owner._released.is_set():
                        pass
                if number == len(step.pieces) - 1 and step.ending == "whole":
                    ending(step)
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
                self.wfile.flush()
            if step.ending == "whole":
                ending(step)
                self.wfile.write(b"0\r\n\r\n")
                self.wfile.flush()
                return
        if step.ending == "hang":
            owner.hanging.set()
            while not owner._released.wait(0.02) and not self._client_has_gone():
                pass
        self.close_connection = True
        ending(None)
        _cut_off(self.connection)

    def _client_has_gone(self) -> bool:
        try:
            return self.connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
        except BlockingIOError:
            return False
        except OSError:
            return True

    def log_message(self, *args: Any) -> None:
        """Quiet."""
