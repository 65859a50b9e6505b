"""`rlm mcp`: serve agents over the Model Context Protocol. Nothing but the protocol goes to stdout."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import ipaddress
import os
import secrets
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from .. import _no_posix
from ..engine.setting_options import as_arguments, chosen_settings
from ..render.sanitize import one_line
from . import exit_codes, output
from .exit_codes import Failure

if TYPE_CHECKING:
    from ..mcp.server_settings import ServerSettings

NOT_SERVING: Final = 1
"""The exit code of `--check` where the server does not start."""
TOKEN = "RLM_MCP_TOKEN"  # noqa: S105  the name of a variable
_SHORTEST = 16


def mcp(options: argparse.Namespace) -> int:
    """Serve until the client goes, or check."""
    from ..mcp.server_settings import ServerSettings

    options.root = [*options.folders, *options.root]
    settings = ServerSettings(
        roots=tuple(map(_folder, options.root)),
        engine=_engine(options),
        idle_seconds=options.idle_minutes * 60,
        max_sessions=options.max_sessions,
    )
    if options.check:
        return _check(options)
    if options.http is not None:
        return _serve_http(settings, options)
    asyncio.run(_part("transports").serve_stdio(settings))
    return exit_codes.ANSWERED


def _part(name: str) -> Any:
    """A module that needs the SDK."""
    try:
        return importlib.import_module(f"..mcp.{name}", __package__)
    except ImportError as error:
        if isinstance(error, ModuleNotFoundError) and _no_posix(error) is not None:
            raise
        raise Failure(f"an MCP server needs the official SDK ({error}): pip install 'rlm-kernel[mcp]'.") from None


def _serve_http(settings: ServerSettings, options: argparse.Namespace) -> int:
    host, port = _address(options.http)
    if not _is_loopback(host) and not options.allow_host:
        raise Failure(
            f"--http {options.http} can be reached from other machines: name the hosts that clients will ask for with "
            "--allow-host, or serve at 127.0.0.1."
        )
    if not settings.roots:
        raise Failure("--http needs a --root: over HTTP the folders that may be read are the server's to name.")
    token = os.environ.pop(TOKEN, "")
    if token and (len(token) < _SHORTEST or not token.isascii() or not token.isprintable()):
        raise Failure(f"{TOKEN} must have at least {_SHORTEST} plain characters: make a longer one, or unset it.")
    try:
        listening = _bound(host, port)
    except OSError as error:
        raise Failure(f"--http {options.http}: that address cannot be served ({error.strerror or error}).") from None
    with listening:
        serving = _part("transports")
        shown = f"[{host}]" if ":" in host else host
        output.remark(f"serving at http://{shown}:{listening.getsockname()[1]}{serving.PATH}")
        if not token:
            token = secrets.token_urlsafe(32)
            output.remark(f"token: {token}")
        asyncio.run(serving.serve_http(settings, listening, token, options.allow_host))
    return exit_codes.ANSWERED


def _check(options: argparse.Namespace) -> int:
    """Start the server as a client would, and print its tools."""
    listed = _part("self_check").listed
    try:
        tools = asyncio.run(asyncio.wait_for(listed(_again(options)), 60))
    except Exception as error:  # the SDK raises many kinds; each means that the server is of no use
        output.complain(f"the server does not answer ({type(error).__name__}): {one_line(str(error), 300)}")
        return NOT_SERVING
    for tool in tools:
        output.print_text(f"{tool.name:18} {one_line(tool.description or '', 100)}")
    return exit_codes.ANSWERED if tools else NOT_SERVING


def _again(options: argparse.Namespace) -> list[str]:
    """The options of the command, for the child that is checked."""
    roots = [part for folder in options.root for part in ("--root", folder)]
    return roots + as_arguments(options)


def _engine(options: argparse.Namespace) -> dict[str, Any]:
    from ..subkernel.base import parse_size

    try:
        settings = chosen_settings(options)
    except ValueError as error:
        raise Failure(str(error)) from None
    try:
        parse_size(settings.get("memory_limit", "1GB"))
    except ValueError as error:
        raise Failure(f"--memory-limit: {error}") from None
    return settings


def _folder(given: str) -> Path:
    folder = Path(given).expanduser()
    if not folder.is_dir():
        raise Failure(f"{given}: there is no such folder, whose files could be read.")
    return folder.resolve()


def _address(given: str) -> tuple[str, int]:
    host, _, port = given.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise Failure(f"--http {given}: write it as HOST:PORT, for example 127.0.0.1:8000.")
    return host.removeprefix("[").removesuffix("]"), int(port)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _bound(host: str, port: int) -> socket.socket:
    """A socket that listens at the address. Raises OSError."""
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    made = socket.socket(family, kind, protocol)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
        made.listen()  # who comes as soon as the address is said waits, and is not refused
    except BaseException:
        made.close()
        raise
    return made
