"""The HTTP client under the `openai` package, and requests that were made ready once.

The package says what a request carries (its headers, its redirects, its defaults) and sends none itself: what its
layers do for every call took half as long as the request. Connections are aiohttp's, through the package's own client
for it: the pool that it has otherwise looks at every connection whenever a request begins or ends, and asks the system
about each idle one, which with a hundred in flight was most of the time of a call.
"""

from __future__ import annotations

import base64
import functools
import json
import logging
import os
import ssl
import sys
from collections.abc import Collection, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from .errors import Endpoint, is_loopback

if TYPE_CHECKING:
    import httpx2

CONNECT_TIMEOUT = 10.0
PROPS = "/props"
MAX_REDIRECTS = 4
MAX_LISTING = 8 * 1024 * 1024


class HttpConnection:
    """One event loop's connections to an endpoint. Errors are those of the HTTP library: see `transport_errors`."""

    def __init__(self, endpoint: Endpoint, timeout: float, redirect_hosts: Collection[str] = ()) -> None:
        import openai

        self._redirect_hosts = frozenset(redirect_hosts)

        for library in ("httpx2", "httpx"):
            logging.getLogger(library).addFilter(_without_secrets)
        times = openai.Timeout(timeout, connect=min(timeout, CONNECT_TIMEOUT))
        self._http = _http_client(times, direct=is_loopback(endpoint.host))
        client = openai.AsyncOpenAI(
            api_key=endpoint.key, base_url=endpoint.url, max_retries=0, timeout=times, http_client=self._http
        )
        named = {**client.default_headers, **client.auth_headers}
        self._http.headers.update({name: value for name, value in named.items() if isinstance(value, str)})
        # The address may have a query of its own (Azure's api-version); a path goes before it.
        address = type(client.base_url)(endpoint.url)
        self._base = address.copy_with(userinfo=b"")
        if address.userinfo:
            # Credentials in an address stand for a header, which comes before that of the key.
            credentials = f"{address.username}:{address.password}".encode()
            self._http.headers["Authorization"] = f"Basic {base64.b64encode(credentials).decode()}"
        self._http.headers.update(endpoint.headers)
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
        for _ in range(MAX_REDIRECTS):
            request = self._http.build_request(method, url, content=content)
            response = await self._http.send(request, stream=True, follow_redirects=False)
            target = _target(url, response)
            if target is None or not self._may_follow(target):
                return response
            await response.aclose()
            url = target
        return response

    def _may_follow(self, target: Any) -> bool:
        """Whether a redirect stays where the user sends requests: at the same host, and not from https to http."""
        if target.host in self._redirect_hosts:
            return bool(target.scheme == "https" or self._base.scheme == "http")
        return bool(
            target.host == self._base.host
            and (target.scheme, target.port) in ((self._base.scheme, self._base.port), ("https", None))
        )

    async def aclose(self) -> None:
        await self._http.aclose()


def _target(url: Any, response: httpx2.Response) -> Any:
    """Where a response redirects to, None if it does not."""
    location = response.headers.get("location", "")
    if response.status_code not in (301, 302, 307, 308) or not location:
        return None
    try:
        return url.join(location)
    except transport_errors(ValueError):
        return None


def _without_secrets(record: logging.LogRecord) -> bool:
    """The libraries log every address in full: cut off credentials and the query (some endpoints take a key there)."""
    if isinstance(record.args, tuple):
        shown = (one.copy_with(userinfo=b"", query=None) if hasattr(one, "copy_with") else one for one in record.args)
        record.args = tuple(shown)
    return True


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
    """What the HTTP libraries under openai raise: httpx2 since openai 3, httpx before, and aiohttp under either."""
    of_httpx = ("HTTPError", "StreamError", "InvalidURL")
    names: dict[str, tuple[str, ...]] = {"httpx2": of_httpx, "httpx": of_httpx, "aiohttp": ("ClientError",)}
    found = [(sys.modules[module], each) for module, each in names.items() if module in sys.modules]
    return (*more, *(getattr(module, name) for module, each in found for name in each))


def _http_client(timeout: Any, *, direct: bool) -> httpx2.AsyncClient:
    """The HTTP library's client, of one event loop. `direct`: past any proxy.

    A proxy from the environment must not see what is meant for this very machine, nor stand in its way.
    """
    import openai

    verify = _certificates(trust_env=not direct)
    try:
        return openai.DefaultAioHttpClient(timeout=timeout, trust_env=not direct, verify=verify)
    except RuntimeError:  # aiohttp is not installed: the library's own connections are slower, and no less right
        return openai.DefaultAsyncHttpxClient(timeout=timeout, trust_env=not direct, verify=verify)


@functools.cache
def _certificates(*, trust_env: bool) -> ssl.SSLContext:
    """Whom to trust; a server on this very machine too by `SSL_CERT_FILE` and `SSL_CERT_DIR`, where they are set.

    Reading the certificates takes 25 ms, and every run opens connections of its own.
    """
    library: Any = sys.modules.get("httpx2") or sys.modules["httpx"]
    own = bool(os.environ.get("SSL_CERT_FILE") or os.environ.get("SSL_CERT_DIR"))
    made: ssl.SSLContext = library.create_ssl_context(trust_env=trust_env or own)
    return made
