"""The two transports: stdio, and streamable HTTP behind a token on addresses that were asked for."""

from __future__ import annotations

import asyncio
import hmac
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Sequence
from dataclasses import replace
from types import FrameType
from typing import Any

import anyio
import uvicorn
from mcp.server import Server
from mcp.server.stdio import stdio_server
from mcp.server.transport_security import TransportSecuritySettings
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from .server import make_server
from .server_settings import ServerSettings

PATH = "/mcp"
_LEAVING = 5.0
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


async def serve_stdio(settings: ServerSettings) -> None:
    """Serve the one client that has started this process, until it closes stdin or goes. Logs go to stderr."""
    _log_to_stderr()
    server = make_server(replace(settings, shared=False))
    try:
        async with stdio_server() as (incoming, outgoing):
            serving = asyncio.ensure_future(server.run(incoming, outgoing, server.create_initialization_options()))
            loop = asyncio.get_running_loop()
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(number, _leave, serving, number)
            try:
                await asyncio.shield(serving)
            finally:
                # What the server has started ends before this process does, also where stdout has broken.
                with anyio.CancelScope(shield=True):
                    serving.cancel()
                    await asyncio.wait({serving})
    except* BrokenPipeError:
        logging.getLogger(__name__).info("the client has gone")


def _leave(serving: asyncio.Future[None], number: int) -> None:
    """End everything, then the process: the thread that reads stdin waits for ever, and cannot be cancelled."""
    serving.add_done_callback(lambda _: os._exit(128 + number))
    serving.cancel()


async def serve_http(
    settings: ServerSettings, listening: socket.socket, token: str, hosts: Sequence[str] = (), *, path: str = PATH
) -> None:
    """Serve at a bound socket until SIGINT or SIGTERM. `hosts`: names beside those of this machine that requests may
    be addressed to."""
    _log_to_stderr()
    server = make_server(replace(settings, shared=True))
    app = _app(server, settings, listening.getsockname()[1], token, hosts, path)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="on",
        timeout_graceful_shutdown=1,
        server_header=False,
        ws="none",
    )
    await _HttpServer(config).serve(sockets=[listening])


class _HttpServer(uvicorn.Server):
    """Ends at its first signal, whatever clients, their calls or the closing of sessions are waiting for."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Called with a signal: what can be closed in _LEAVING seconds is closed. Sub-kernels end with this process."""
        super().handle_exit(sig, frame)
        leave = threading.Timer(_LEAVING, os._exit, (128 + sig,))
        leave.daemon = True
        leave.start()


def _app(
    server: Server[dict[str, Any]], settings: ServerSettings, port: int, token: str, hosts: Sequence[str], path: str
) -> ASGIApp:
    names = [*_LOOPBACK, *hosts]
    # Host and Origin are those of a page that has been made to point here, where a browser is being used against us.
    security = TransportSecuritySettings(
        allowed_hosts=[*(f"{name}:{port}" for name in names), *hosts],
        allowed_origins=[f"http://{name}:{port}" for name in names],
    )
    app = server.streamable_http_app(
        streamable_http_path=path,
        transport_security=security,
        session_idle_timeout=settings.idle_seconds,
        max_sessions=100,
    )
    return Guarded(app, token)


class Guarded:
    """Lets requests pass that bring the token; everything else learns nothing."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._wanted = f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] == "http":
            given = [value for name, value in scope["headers"] if name == b"authorization"]
            if len(given) != 1 or not hmac.compare_digest(given[0], self._wanted):
                refusal = Response("a bearer token is needed\n", 401, {"WWW-Authenticate": "Bearer"})
                await refusal(scope, receive, send)
                return
        elif scope["type"] != "lifespan":
            return
        await self._app(scope, receive, send)


def _log_to_stderr() -> None:
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
