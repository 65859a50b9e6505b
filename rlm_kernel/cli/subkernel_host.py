"""`rlm subkernel-host`: run sub-kernels for other machines, and let clients in."""

from __future__ import annotations

import argparse
import asyncio
import resource
import signal

from ..document.load.options import document_bytes
from ..subkernel import IsolationError
from ..subkernel.base import parse_size
from ..subkernel.remote.host import SubKernelHost
from ..subkernel.remote.keys import HostKeys
from ..subkernel.remote.protocol import one_line, parse_address
from ..subkernel.remote.settings import GREETING, HostLimits
from ..trace import isolation_text
from . import exit_codes, output
from .exit_codes import Failure

# Descriptors that one connection with its sub-kernel and its document takes, at most.
_DESCRIPTORS = 24


def subkernel_host(options: argparse.Namespace) -> int:
    """Add a client, or serve until Ctrl-C or SIGTERM."""
    keys = HostKeys(options.keys)
    try:
        if options.add_client:
            return _add(keys, options)
        keys.create()
        return asyncio.run(_serve(keys, parse_address(options.listen), _limits(options), quiet=options.quiet))
    except ValueError as error:
        raise Failure(str(error)) from None
    except IsolationError as error:
        raise Failure(str(error), exit_codes.ISOLATION) from None


def _add(keys: HostKeys, options: argparse.Namespace) -> int:
    file = keys.add_client(options.add_client, options.out or f"{options.add_client}.key")
    output.remark(
        f"{options.add_client} is let in by {keys.folder}; hand {file} over safely, and delete it here: it is "
        f"a secret. The client's settings: subkernel_host (tcp://HOST:PORT) and subkernel_key (that file)."
    )
    return exit_codes.ANSWERED


def _limits(options: argparse.Namespace) -> HostLimits:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    descriptors = hard if hard != resource.RLIM_INFINITY else 1 << 20
    if descriptors < _DESCRIPTORS * options.max_subkernels:
        raise ValueError(
            f"--max-subkernels {options.max_subkernels} needs more open files than this system allows "
            f"({descriptors:,}): raise the limit (ulimit -n), or take fewer."
        )
    return HostLimits(
        memory_limit=parse_size(options.memory_limit),
        cpu_seconds=options.cpu_seconds,
        subkernels=options.max_subkernels,
        subkernels_per_client=options.max_per_client,
        document=document_bytes(options.max_document),
        documents_per_client=document_bytes(options.client_documents),
        documents=document_bytes(options.all_documents),
        connections=options.max_subkernels + GREETING,
        allow_weak_isolation=bool(options.allow_weak_isolation),
    )


async def _serve(keys: HostKeys, listen: tuple[str, int], limits: HostLimits, *, quiet: bool) -> int:
    host = SubKernelHost(keys, listen, limits, (lambda _line: None) if quiet else output.remark)
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    try:
        try:
            await host.start()
        except OSError as error:
            raise ValueError(
                f"--listen {listen[0]}:{listen[1]}: {one_line(error.strerror or str(error))}. Name another address."
            ) from None
        clients = ", ".join(keys.names()) or "nobody yet: rlm subkernel-host --add-client NAME"
        output.remark(f"listening on {host.address}; lets in {clients}; isolation: {isolation_text(host.isolation)}")
        await ended.wait()
    finally:
        await host.close()
    return exit_codes.ANSWERED
