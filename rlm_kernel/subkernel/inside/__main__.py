"""The sub-kernel's process: `python -I __main__.py CONNECTION_FILE RPC_FD PACKAGE_ROOT...`, or, as the fork server
of one parent, `python -I __main__.py --fork-server CONTROL_FD PACKAGE_ROOT...`. `--packages=numpy,pandas` before them
loads these too.

It loads everything first; what follows, in `start` and `server`, imports nothing from disk.
"""

from __future__ import annotations

import gc
import os
import sys

_PACKAGES = "--packages="


def main(argv: list[str]) -> None:
    """Run the sub-kernel until it is shut down, or the fork server, until the parent is gone."""
    packages = [name for part in argv if part.startswith(_PACKAGES) for name in part[len(_PACKAGES) :].split(",")]
    connection_file, descriptor, *roots = [part for part in argv if not part.startswith(_PACKAGES)]
    # The first of them has the package that the parent runs: another copy that is installed may have other rules.
    copies = [at for at, folder in enumerate(sys.path) if os.path.isdir(os.path.join(folder, "rlm_kernel"))]
    sys.path.insert(copies[0] if copies else len(sys.path), roots[0])
    sys.path.extend(root for root in roots if root not in sys.path)
    # All that is made from here on lives as long as the process: a collection finds nothing, and takes its time.
    gc.disable()
    sys.modules["debugpy"] = None  # type: ignore[assignment]  # its import costs 77 ms and nobody debugs here

    import json
    import socket

    from rlm_kernel.subkernel.inside import server, start

    connected = socket.socket(fileno=int(descriptor))
    sandbox = start.load(packages)
    if connection_file == "--fork-server":
        server.serve(connected, sandbox)
    else:
        with open(connection_file, encoding="utf-8") as file:
            connection = json.load(file)
        start.run(connected, sandbox, connection)


if __name__ == "__main__":
    main(sys.argv[1:])
