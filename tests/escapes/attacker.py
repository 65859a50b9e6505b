"""For tests only, run as a program by any user: starts escaped sub-kernels, has them attack, prints what came of it.

`attacker.py all CANARY PORT` prints one JSON object: attack -> the cell's outcome. `attacker.py orphan` prints the
number of a sub-kernel that ignores all signals and never returns, and waits to be killed. `attacker.py report WEAK`
prints the isolation that is in force, or the IsolationError; WEAK is 1 to accept a weak one.

With FORKED in the environment the escaped sub-kernels are forked from a fork server, as the package's own are.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import sys
from pathlib import Path
from typing import Any

from attacks import DEADLY, HARMLESS, REFUSED

from rlm_kernel.subkernel import IsolationError, SubKernel
from rlm_kernel.subkernel.launch import fork_server, kernelspec

SIDE_BY_SIDE = 3
STUBBORN = "for s in range(1, 65):\n    try: signal.signal(s, signal.SIG_IGN)\n    except (OSError, ValueError): pass\n"


def escaped_command() -> list[str]:
    """In the place of `provisioner.command`."""
    return [sys.executable, "-I", "-X", "utf8", str(Path(__file__).with_name("escaped.py")), "{connection_file}"]


def raw(code: str) -> str:
    """The cell that an escaped sub-kernel executes as plain Python."""
    return f"'RAW {base64.b64encode(code.encode()).decode()}'"


async def attack_all(canary: str, port: str) -> dict[str, Any]:
    """Every attack, each judged by itself; a sub-kernel that one of them ends is replaced by a new one."""
    waiting = list((REFUSED | HARMLESS | DEADLY).items())
    outcomes: dict[str, Any] = {}

    async def work() -> None:
        async with SubKernel("text", cell_timeout=20) as kernel:
            before = f"CANARY, LISTENING, PPID = {canary!r}, {port}, {os.getpid()}\n"
            while waiting:
                name, code = waiting.pop()
                done = await kernel.execute(raw(before + code))
                error = None if done.error is None else f"{done.error.type}: {done.error.message}"
                outcomes[name] = {"value": done.value, "error": error, "lost": done.lost_state}

    await asyncio.gather(*(work() for _ in range(SIDE_BY_SIDE)))
    return outcomes


async def orphan() -> None:
    """A sub-kernel that would outlive this process if it could."""
    async with SubKernel("text", cell_timeout=600) as kernel:
        print(kernel.pid, flush=True)
        await kernel.execute(raw(STUBBORN + "while True: pass"))


async def report(weak: bool) -> dict[str, Any]:
    """What the sub-kernel says of its isolation, and that it runs a cell; or why it does not start."""
    try:
        async with SubKernel("text", allow_weak_isolation=weak) as kernel:
            return {"isolation": kernel.isolation, "value": (await kernel.execute("len(grep('text'))")).value}
    except IsolationError as error:
        return {"error": str(error)}


if __name__ == "__main__":
    if "FORKED" in os.environ:
        kernelspec.command = escaped_command
    if sys.argv[1] == "orphan":
        asyncio.run(orphan())
    elif sys.argv[1] == "report":
        print(json.dumps(asyncio.run(report(sys.argv[2] == "1"))))
    else:
        print(json.dumps(asyncio.run(attack_all(*sys.argv[2:])) | {"forked": fork_server.pid() is not None}))
