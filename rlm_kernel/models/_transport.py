"""The HTTP client under the `openai` package, with connections that do not cost more the more of them there are.

The library's own pool looks at every connection whenever a request begins or ends, and asks the system about each
idle one: with a hundred in flight that was most of the time of a call. Here every connection is a pool of one, and the
one used last is used next.
"""

from __future__ import annotations

import ssl
import sys
import time
import urllib.request
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx2

KEEP_SECONDS = 5.0
MAX_IDLE = 100


def http_client(*, direct: bool) -> httpx2.AsyncClient:
    """A client for `openai.AsyncOpenAI(http_client=...)`, of one event loop. `direct`: past any proxy.

    A proxy from the environment must not see what is meant for this very machine, nor stand in its way. Where one is
    to be used the library's own pool is.
    """
    import openai

    if not direct and urllib.request.getproxies():
        return openai.DefaultAsyncHttpxClient()
    return openai.DefaultAsyncHttpxClient(trust_env=not direct, transport=_transport_class()(not direct))


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
