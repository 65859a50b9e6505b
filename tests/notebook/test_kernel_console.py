"""The RLM kernel, and a console into its sub-kernel, in real terminals."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from conversing import TIMEOUT, environment, specs
from scripted_server import ScriptedServer

pytest.importorskip("jupyter_console", reason="jupyter console is not installed: pip install jupyter-console")
pexpect = pytest.importorskip("pexpect", reason="pexpect drives the terminal")

COUNT = "```python\nrows = grep('o')\nFINAL(len(rows))\n```"


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Starts `jupyter console` in a terminal; all of them are ended."""
    specs(tmp_path)
    (tmp_path / "report.txt").write_text("hello\nworld\n")
    variables = environment(tmp_path) | {"JUPYTER_PATH": str(tmp_path), "TERM": "dumb"}
    with ExitStack() as stack:

        def start(*arguments: str) -> Any:
            command = ["-m", "jupyter_console", "--simple-prompt", *arguments]
            made = pexpect.spawn(
                sys.executable, command, env=variables, cwd=str(tmp_path), encoding="utf-8", timeout=TIMEOUT
            )
            stack.callback(made.close, force=True)
            made.expect(r"In \[1\]: ")
            return made

        yield start


def typed(console: Any, line: str, number: int) -> str:
    """What a line brings, up to the next prompt."""
    console.sendline(line)
    console.expect(rf"In \[{number}\]: ")
    return str(console.before)


def test_a_conversation_and_a_look_into_its_sub_kernel(
    console: Callable[..., Any], scripted_server: Callable[..., ScriptedServer]
) -> None:
    server = scripted_server([COUNT])
    asking = console("--kernel", "rlm")
    typed(asking, f"%model scripted --base-url {server.base_url} --api-key-env TEST_KEY", 2)
    assert "12 characters, 2 lines" in typed(asking, "%context report.txt", 3)
    told = typed(asking, "How many lines have an o?", 4)
    assert "Out[3]: \r\n2\r\n" in told
    assert "1 item: 1 computed" in told
    assert "VBox" not in told
    file = typed(asking, "%attach", 5).partition("--existing ")[2].split()[0]

    looking = console("--existing", file)
    assert "41" in typed(looking, "len(rows) + 39", 2)
    assert "'socket' is not available in the sandbox" in typed(looking, "import socket", 3)
    typed(looking, "mine = 'seen'", 4)
    looking.sendline("exit")
    looking.expect(pexpect.EOF)
    assert "str 'seen'" in typed(asking, "?mine", 6)
    asking.sendline("exit")
    asking.expect(pexpect.EOF)
