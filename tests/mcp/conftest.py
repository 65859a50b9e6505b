"""Fixtures of the MCP tests. Starting a server takes a second, so most tests share one of two over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from agents import Served, serving
from runs import DOCUMENT, SUM, block
from scripted_server import ScriptedServer


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that agents may read, with a report in it; beside it a secret."""
    return made_in(tmp_path)


def made_in(parent: Path) -> Path:
    (parent / "secret.txt").write_text("the secret\n")
    made = parent / "folder"
    made.mkdir()
    (made / "report.txt").write_text(DOCUMENT)
    return made


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the servers that tests share."""
    return made_in(tmp_path_factory.mktemp("mcp"))


@pytest.fixture(scope="session")
def served(shared: Path) -> Iterator[Served]:
    """A server without a model."""
    with serving(shared.parent, "--root", str(shared)) as running:
        yield running


@pytest.fixture(scope="session")
def modelled(shared: Path) -> Iterator[Served]:
    """A server whose model sums up the sales, whenever it is asked."""

    def reply(body: dict[str, Any]) -> str:
        turns = sum(message["role"] == "assistant" for message in body["messages"])
        return [block(SUM), block("FINAL(total, evidence=[2, 4])")][turns]

    with ScriptedServer(reply) as server, serving(shared.parent, "--root", str(shared), server=server) as running:
        yield running
