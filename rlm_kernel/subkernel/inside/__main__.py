"""The sub-kernel's process: `python -I __main__.py CONNECTION_FILE RPC_FD PACKAGE_ROOT...`.

It takes its settings and the shared document from the parent over the inherited socket, binds its sockets, gives up
its rights, says so, and serves. Nothing is imported from disk, and no file is opened, after that.
"""

from __future__ import annotations

import sys


def main(argv: list[str]) -> None:
    """Run the sub-kernel until it is shut down or its parent is gone."""
    connection_file, rpc_fd, *roots = argv
    sys.path.extend(root for root in roots if root not in sys.path)
    sys.modules["debugpy"] = None  # type: ignore[assignment]  # its import costs 77 ms and nobody debugs here

    import asyncio
    import gc
    import json
    import os
    import signal
    import socket
    import warnings

    import rapidfuzz.fuzz
    import rapidfuzz.process  # noqa: F401  searching needs it, and cannot import it later
    import tornado.platform.asyncio  # noqa: F401  the event loop needs it
    from tornado.ioloop import IOLoop

    from rlm_kernel.document import Document
    from rlm_kernel.document.share import SharedBytes
    from rlm_kernel.subkernel.inside.kernel import Sockets, serve
    from rlm_kernel.subkernel.inside.lockdown import Lockdown
    from rlm_kernel.subkernel.inside.rpc import Client
    from rlm_kernel.subkernel.inside.runner import Sandbox

    # Only a running cell lets an interrupt in.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    warnings.simplefilter("ignore")
    client = Client(socket.socket(fileno=int(rpc_fd)))
    settings = client.receive()
    with open(connection_file, encoding="utf-8") as file:
        connection = json.load(file)
    data, table = SharedBytes.map(settings["fd"], settings["size"], settings["table_size"])
    os.close(settings["fd"])
    document = Document.from_shared(data, table)
    lockdown = Lockdown(memory=settings["memory_limit"], cpu_seconds=settings["cpu_seconds"])

    async def run() -> None:
        # The event loop and the sandbox are built first: both still read files and count in the memory at the start.
        emitters: list[object] = []
        sandbox = Sandbox(document, client.call, lambda text: emitters[0](text), settings["output_limit"])  # type: ignore[operator]
        IOLoop.current()
        lockdown.before_sockets(os.path.dirname(connection["ip"]))
        sockets = Sockets(connection)

        def make(emit: object) -> Sandbox:
            emitters.append(emit)
            return sandbox

        def ready() -> None:
            lockdown.after_sockets()
            gc.freeze()
            # The parent reads the last words of a process that ended; a full pipe would block one that has not.
            sys.stdout = sys.stderr = None
            client.notify({"ready": lockdown.report})

        await serve(sockets, make, ready)

    asyncio.run(run())


if __name__ == "__main__":
    main(sys.argv[1:])
