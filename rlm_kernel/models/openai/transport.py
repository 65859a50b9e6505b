"""Requests to an endpoint over aiohttp, made ready once.

The `openai` package is not asked for a request: its import takes longer than the whole start of a run, and what its
layers do for every call took half as long as the request. What it is kept for is a client that a user has configured
with it: see `OpenAICompatible.from_client`.
"""

from __future__ import annotations

import base64
import functools
import importlib
import json
import logging
import os
import ssl
import sys
import urllib.request
from collections.abc import AsyncGenerator, Collection, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit, urlunsplit

from ..base import ModelError
from .errors import Endpoint, is_loopback

if TYPE_CHECKING:
    import aiohttp
    import yarl

CONNECT_TIMEOUT = 10.0
KEEP_ALIVE = 5.0
PROPS = "/props"
MAX_REDIRECTS = 4
MAX_LISTING = 8 * 1024 * 1024
_PIECE = 64 * 1024
# Those that are asked for again and again.
_KEPT_PATHS = ("/chat/completions", "/v1/chat/completions")
# As the `openai` package sends them.
_ACCOUNT_HEADERS = {"OpenAI-Organization": "OPENAI_ORG_ID", "OpenAI-Project": "OPENAI_PROJECT_ID"}


log = logging.getLogger(__name__)


class _Shown:
    """An address in a log, without its query: some endpoints take a key there."""

    def __init__(self, url: yarl.URL) -> None:
        self._url = url

    def __str__(self) -> str:
        return str(self._url.with_query(None))


class HttpResponse:
    """A response whose body is unread. The caller closes it."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response
        self.status_code = response.status
        self.headers: Mapping[str, str] = response.headers

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        """The body as it comes."""
        async for piece in self._response.content.iter_chunked(_PIECE):
            yield piece

    async def aclose(self) -> None:
        """A connection whose response was read to its end is used again."""
        await self._response.__aexit__(None, None, None)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file to be sent as `multipart/form-data`, with further fields."""

    name: str
    content: bytes
    fields: Mapping[str, str]

    def form(self) -> Any:
        """The form, as the HTTP library takes it; made anew for each try."""
        import aiohttp

        form = aiohttp.FormData(dict(self.fields))
        form.add_field("file", self.content, filename=self.name, content_type="application/jsonl")
        return form()


class HttpConnection:
    """One event loop's connections to an endpoint, made in it. `timeout`: seconds that the server may be silent.

    Errors are those of the HTTP library: see `transport_errors`. Raises `ModelError` for an address or a proxy of the
    environment that cannot be used.
    """

    def __init__(self, endpoint: Endpoint, timeout: float, redirect_hosts: Collection[str] = ()) -> None:
        import aiohttp
        import yarl

        self._redirect_hosts = frozenset(redirect_hosts)
        self._parts = urlsplit(endpoint.url)
        try:
            self._base = yarl.URL(endpoint.url)
        except ValueError as error:
            raise ModelError(f"base_url {endpoint.shown!r} is no address: {error}.", kind="connection") from None
        self._proxy = _proxy(endpoint)
        times = aiohttp.ClientTimeout(total=None, sock_connect=min(timeout, CONNECT_TIMEOUT), sock_read=timeout)
        # How many are in flight is limited where calls wait for their turn.
        trusted = certificates() if self._parts.scheme == "https" else True
        connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEP_ALIVE, ssl=trusted)
        self._http = aiohttp.ClientSession(
            connector=connector,
            timeout=times,
            headers=_headers(endpoint),
            cookie_jar=aiohttp.DummyCookieJar(),
            # Proxies are looked up here: the library would also send what ~/.netrc has for the host.
            trust_env=False,
        )
        self._urls: dict[str, yarl.URL] = {}

    async def get(self, path: str) -> object:
        """The JSON at a path below the address, or at `/props` beside it; None where there is none."""
        try:
            response = await self.send("GET", path)
            body = await read_bounded(response, MAX_LISTING)
            return json.loads(body) if response.status_code == 200 else None
        except transport_errors(ValueError, RecursionError):
            return None

    async def send(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        query: Mapping[str, str] | None = None,
        upload: Upload | None = None,
    ) -> HttpResponse:
        """The response to a request, its body unread, whatever its status. The caller closes it.

        `query` is added to that of the address; `upload` is sent as a form in the place of a body.
        """
        if (url := self._urls.get(path)) is None:
            url = self._url(path)
            if path in _KEPT_PATHS:
                self._urls[path] = url
        if query:
            url = url.update_query(query)
        content: Any = None
        headers: dict[str, str] = {}
        if body is not None:
            content = json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
        for _ in range(MAX_REDIRECTS):
            if upload is not None:
                content = upload.form()
                headers = {"Content-Type": content.content_type}
            sent = await self._http.request(
                method, url, data=content, headers=headers, allow_redirects=False, proxy=self._proxy
            )
            log.debug("%s %s: %d", method, _Shown(url), sent.status)
            response = HttpResponse(sent)
            target = _target(url, response)
            if target is None or not self._may_follow(target):
                return response
            await response.aclose()
            url = target
        return response

    def _url(self, path: str) -> yarl.URL:
        # The address may have a query of its own (Azure's api-version); a path goes before it.
        base = self._parts.path.rstrip("/")
        place = (base.removesuffix("/v1") if path == PROPS else base) + path
        host = self._parts.netloc.rpartition("@")[2]
        return type(self._base)(urlunsplit(self._parts._replace(netloc=host, path=place, fragment="")))

    def _may_follow(self, target: yarl.URL) -> bool:
        """Whether a redirect stays where the user sends requests: at the same host, and not from https to http."""
        if target.host in self._redirect_hosts:
            return target.scheme == "https" or self._base.scheme == "http"
        return target.host == self._base.host and (
            (target.scheme, target.port) in ((self._base.scheme, self._base.port), ("https", 443))
        )

    async def aclose(self) -> None:
        await self._http.close()


def certificates() -> ssl.SSLContext:
    """Whom to trust: what `SSL_CERT_FILE` and `SSL_CERT_DIR` name, where they are set, else what the system does.

    Reading them takes 25 ms, and every run opens connections of its own: they are read once.
    """
    return _certificates(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


@functools.cache
def _certificates(*_variables: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    paths = ssl.get_default_verify_paths()
    if sys.platform == "darwin" and not (paths.cafile or paths.capath):
        # Python's own builds for macOS come without any.
        context.load_verify_locations(importlib.import_module("certifi").where())
    return context


def _headers(endpoint: Endpoint) -> dict[str, str]:
    """What goes with every request; the user's own come last. Credentials in an address stand for a key."""
    parts = urlsplit(endpoint.url)
    headers = {
        "Accept": "application/json",
        "Content-Type": "application/json",
        "User-Agent": f"rlm-kernel/{version('rlm-kernel')}",
    }
    if endpoint.has_key or not endpoint.secrets:
        headers["Authorization"] = f"Bearer {endpoint.key}"
    if parts.username is not None:
        credentials = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Authorization"] = f"Basic {base64.b64encode(credentials.encode()).decode()}"
    headers |= {name: value for name, variable in _ACCOUNT_HEADERS.items() if (value := os.environ.get(variable))}
    own = {name.lower() for name in endpoint.headers}
    return {name: value for name, value in headers.items() if name.lower() not in own} | dict(endpoint.headers)


def _proxy(endpoint: Endpoint) -> str | None:
    """The environment's proxy for an endpoint.

    None must see what is meant for this very machine, nor stand in its way.
    """
    if is_loopback(endpoint.host) or urllib.request.proxy_bypass(endpoint.host):
        return None
    proxies = urllib.request.getproxies()
    proxy = proxies.get(urlsplit(endpoint.url).scheme) or proxies.get("all")
    if not proxy:
        return None
    proxy = proxy if "://" in proxy else f"http://{proxy}"
    kind = urlsplit(proxy).scheme
    if kind not in ("http", "https"):
        raise ModelError(
            f"The environment names a {kind} proxy for {endpoint.host}, and only http and https proxies can be used: "
            "name one of these (HTTPS_PROXY), or let NO_PROXY except the host.",
            kind="connection",
        )
    return proxy


def _target(url: yarl.URL, response: HttpResponse) -> yarl.URL | None:
    """Where a response redirects to, None if it does not."""
    location = response.headers.get("location", "")
    if response.status_code not in (301, 302, 307, 308) or not location:
        return None
    try:
        return url.join(type(url)(location)).with_user(None)
    except ValueError:
        return None


async def read_bounded(response: HttpResponse, limit: int) -> bytes:
    """At most the first `limit` bytes of a body; the response is closed."""
    read, size = [], 0
    try:
        async with aclosing(response.pieces()) as pieces:
            async for piece in pieces:
                read.append(piece)
                size += len(piece)
                if size >= limit:
                    break
    finally:
        await response.aclose()
    return b"".join(read)[:limit]


def transport_errors(*more: type[Exception]) -> tuple[type[Exception], ...]:
    """What the HTTP library raises."""
    import aiohttp

    return (*more, aiohttp.ClientError)
