"""The HTTP client under the `openai` package: its requests made ready once, its connections kept apart.

The package says what a request carries (its headers, its redirects, its defaults) and sends none itself: what its
layers do for every call took half as long as the request. Nor are the connections in one pool. The library's looks at
every connection whenever a request begins or ends, and asks the system about each idle one: with a hundred in flight
that was most of the time of a call. Here every connection is a pool of one, and the one used last is used next.
"""

from __future__ import annotations

import json
import ssl
import sys
import time
import urllib.request
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

from ._faults import Endpoint, is_loopback

if TYPE_CHECKING:
    import httpx2

CONNECT_TIMEOUT = 10.0
PROPS = "/props"
MAX_LISTING = 8 * 1024 * 1024
KEEP_SECONDS = 5.0
MAX_IDLE = 100


class Connection:
    """One event loop's connections to an endpoint. Errors are those of the HTTP library: see `transport_errors`."""

    def __init__(self, endpoint: Endpoint, timeout: float) -> None:
        import openai

        times = openai.Timeout(timeout, connect=min(timeout, CONNECT_TIMEOUT))
        self._http = http_client(timeout=times, direct=is_loopback(endpoint.host))
        client = openai.AsyncOpenAI(
            api_key=endpoint.key, base_url=endpoint.url, max_retries=0, timeout=times, http_client=self._http
        )
        named = {**client.default_headers, **client.auth_headers}
        self._http.headers.update({name: value for name, value in named.items() if isinstance(value, str)})
        # The address may have a query of its own (Azure's api-version); a path goes before it.
        self._base = type(client.base_url)(endpoint.url)
        self._urls: dict[str, Any] = {}

    async def get(self, path: str) -> object:
        """The JSON at a path below the address, or at `/props` beside it; None where there is none."""
        try:
            response = await self.send("GET", path)
            body = await read_bounded(response, MAX_LISTING)
            return json.loads(body) if response.status_code == 200 else None
        except transport_errors(ValueError, RecursionError):
            return None

    async def send(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> httpx2.Response:
        """The response to a request, its body unread, whatever its status. The caller closes it."""
        if (url := self._urls.get(path)) is None:
            base = self._base.path.rstrip("/")
            url = self._base.copy_with(path=(base.removesuffix("/v1") if path == PROPS else base) + path)
            self._urls[path] = url
        content = None
        if body is not None:
            content = json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
        return await self._http.send(self._http.build_request(method, url, content=content), stream=True)

    async def aclose(self) -> None:
        await self._http.aclose()


def connection(endpoint: Endpoint, timeout: float) -> Connection:
    """Load the `openai` package and make a connection. Blocking: half a second, the first time."""
    return Connection(endpoint, timeout)


async def read_bounded(response: httpx2.Response, limit: int) -> bytes:
    """At most the first `limit` bytes of a body; the response is closed."""
    read, size = [], 0
    async with aclosing(response):
        async for piece in response.aiter_bytes():
            read.append(piece)
            size += len(piece)
            if size >= limit:
                break
    return b"".join(read)[:limit]


def transport_errors(*more: type[Exception]) -> tuple[type[Exception], ...]:
    """What the HTTP library under openai raises: httpx2's since openai 3, httpx's before."""
    modules = [sys.modules[name] for name in ("httpx2", "httpx") if name in sys.modules]
    found = (getattr(module, name) for module in modules for name in ("HTTPError", "StreamError", "InvalidURL"))
    return (*more, *found)


def http_client(*, timeout: Any, direct: bool) -> httpx2.AsyncClient:
    """A client for `openai.AsyncOpenAI(http_client=...)`, of one event loop. `direct`: past any proxy.

    A proxy from the environment must not see what is meant for this very machine, nor stand in its way. Where one is
    to be used the library's own pool is.
    """
    import openai

    if not direct and urllib.request.getproxies():
        return openai.DefaultAsyncHttpxClient(timeout=timeout)
    transport = _transport_class()(not direct)
    return openai.DefaultAsyncHttpxClient(timeout=timeout, trust_env=not direct, transport=transport)


@lru_cache(1)
def _transport_class() -> Any:
    """The transport, as a subclass of the base of whichever library is under `openai`: httpx2 since 3, httpx before."""
    import openai

    names = [base.__module__.partition(".")[0] for base in openai.DefaultAsyncHttpxClient.__mro__]
    http: Any = sys.modules[next(name for name in names if name in ("httpx2", "httpx"))]

    class Held(http.AsyncByteStream):  # type: ignore[misc]
        """A body whose end gives its connection back."""

        def __init__(self, body: Any, release: Callable[[], Awaitable[None]]) -> None:
            self._body, self._release, self._held = body, release, True

        def __aiter__(self) -> AsyncIterator[bytes]:
            return aiter(self._body)

        async def aclose(self) -> None:
            held, self._held = self._held, False
            try:
                await self._body.aclose()
            finally:
                if held:
                    await self._release()

    class Singles(http.AsyncBaseTransport):  # type: ignore[misc]
        """Pools of one connection each, those that are idle on a stack for each scheme."""

        def __init__(self, trust_env: bool) -> None:
            self._trust_env = trust_env
            self._contexts: dict[str, ssl.SSLContext] = {}
            self._idle: dict[str, deque[tuple[float, Any]]] = defaultdict(deque)
            self._busy: set[Any] = set()

        async def handle_async_request(self, request: Any) -> Any:
            scheme = request.url.scheme
            pool = self._idle[scheme].pop()[1] if self._idle[scheme] else self._open(scheme)
            self._busy.add(pool)
            try:
                response = await pool.handle_async_request(request)
            except BaseException:
                await self._give_back(scheme, pool)
                raise
            response.stream = Held(response.stream, partial(self._give_back, scheme, pool))
            return response

        def _open(self, scheme: str) -> Any:
            if scheme not in self._contexts:
                # Loading the certificates takes 20 ms, and plain HTTP needs none: this one trusts nobody.
                plain = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if scheme == "http" else None
                self._contexts[scheme] = plain or http.create_ssl_context(trust_env=self._trust_env)
            limits = http.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=KEEP_SECONDS)
            return http.AsyncHTTPTransport(verify=self._contexts[scheme], trust_env=False, limits=limits)

        async def _give_back(self, scheme: str, pool: Any) -> None:
            self._busy.discard(pool)
            idle, now = self._idle[scheme], time.monotonic()
            idle.append((now, pool))
            while len(idle) > MAX_IDLE or idle[0][0] < now - KEEP_SECONDS:
                await idle.popleft()[1].aclose()

        async def aclose(self) -> None:
            idle = [pool for stack in self._idle.values() for _, pool in stack]
            busy, self._busy = self._busy, set()
            self._idle.clear()
            for pool in [*idle, *busy]:
                await pool.aclose()

    return Singles
