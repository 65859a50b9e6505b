"""`rlm mcp --check`: the server as a client meets it, started as a child and asked what it offers."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import mcp_types as types
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters


async def listed(arguments: Sequence[str]) -> list[types.Tool]:
    """The tools of `rlm mcp ARGUMENTS`, by the SDK's own client. Raises what that raises where nothing answers."""
    command = StdioServerParameters(
        command=sys.executable,
        args=["-m", "rlm_kernel.cli", "mcp", *arguments],
        env=dict(os.environ),
    )
    async with Client(command, read_timeout_seconds=30) as client:
        return (await client.list_tools()).tools
