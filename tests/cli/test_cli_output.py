"""Output that cannot be written: one sentence, an exit code of its own, and nothing else is lost."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from runs import DOCUMENT, SUM, TOTAL, block
from scripted_server import ScriptedServer

from rlm_kernel.trace import Trace

Serve = Callable[..., ScriptedServer]
ANSWER = [block(SUM), block("FINAL(total, evidence=[2, 4])")]

pytestmark = pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is Linux's")


@pytest.fixture
def shell(scripted_server: Serve, tmp_path: Path) -> Callable[[str], Any]:
    """Runs a command line in a folder with `report.txt` and `trace.json`; `rlm` and `ASK` are put in."""
    (tmp_path / "report.txt").write_text(DOCUMENT)

    def run(line: str) -> Any:
        server = scripted_server(ANSWER)
        env = dict(os.environ) | {
            "RLM_MODEL": "scripted",
            "OPENAI_BASE_URL": server.base_url,
            "OPENAI_API_KEY": "k",
            "RLM_CACHE_DIR": str(tmp_path / "cache"),
        }
        line = line.replace("ASK", "rlm ask total? report.txt").replace("rlm ", f"{sys.executable} -m rlm_kernel.cli ")
        return subprocess.run(
            ["bash", "-c", line], capture_output=True, text=True, timeout=120, env=env, cwd=tmp_path, check=False
        )

    return run


def test_a_full_disk_and_a_closed_output_have_a_code_of_their_own(shell: Callable[[str], Any], tmp_path: Path) -> None:
    full, closed = "rlm: stdout cannot be written: No space left on device.\n", "rlm: stdout is closed: "
    done = shell("ASK --trace trace.json > /dev/full")
    assert (done.returncode, done.stderr) == (6, full)
    assert Trace.from_json((tmp_path / "trace.json").read_text()).value == int(TOTAL)
    for line, words in (
        ("ASK --json > /dev/full", full),
        ("rlm replay trace.json > /dev/full", full),
        ("rlm replay trace.json --json > /dev/full", full),
        ("ASK >&-", closed),
        ("rlm replay trace.json >&-", closed),
    ):
        done = shell(line)
        assert (done.returncode, done.stderr.startswith(words)) == (6, True), (line, done)
        assert done.stderr.count("\n") == 1


@pytest.mark.nightly
def test_without_stderr_there_is_still_an_answer(shell: Callable[[str], Any]) -> None:
    for line in ("ASK 2>&-", "ASK -v 2>&-", "ASK -v 2> /dev/full", "ASK <&-"):
        done = shell(line)
        assert (done.returncode, done.stdout) == (0, f"{TOTAL}\n"), (line, done)


def test_a_recording_that_cannot_be_kept_costs_no_answer(shell: Callable[[str], Any]) -> None:
    done = shell("ASK --record /dev/full")
    assert (done.returncode, done.stdout) == (0, f"{TOTAL}\n")
    assert done.stderr == "The recording /dev/full is lost: No space left on device.\n"


def test_a_limit_on_files_is_a_sentence_and_leaves_nothing(shell: Callable[[str], Any], tmp_path: Path) -> None:
    done = shell("ulimit -f 0; ASK 2>&1 | cat")
    assert done.stdout.startswith("rlm: The document cannot be handed to a sub-kernel (File too large)")
    assert done.stdout.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.txt"]


@pytest.mark.skipif(os.geteuid() != 0, reason="needs another user, whose processes can be limited")
@pytest.mark.parametrize("most", [3, *(pytest.param(each, marks=pytest.mark.nightly) for each in (1, 5))])
def test_a_limit_on_processes_is_a_sentence(shell: Callable[[str], Any], most: int) -> None:
    rights = "+dac_override,+dac_read_search"
    user = f"setpriv --reuid 65533 --clear-groups --inh-caps={rights} --ambient-caps={rights}"
    done = shell(f"{user} bash -c 'ulimit -u {most}; exec ASK'")
    assert (done.returncode, done.stderr.count("\n")) == (5, 1), done.stderr
    assert "(ulimit -u)" in done.stderr
    assert subprocess.run(["pgrep", "-u", "65533"], check=False, capture_output=True).stdout == b""


@pytest.mark.parametrize("command", ["--help", "--version", "ask --help", "replay --help", "mcp --help", "doctor"])
def test_help_that_cannot_be_written_is_one_sentence_too(shell: Callable[[str], Any], command: str) -> None:
    full = shell(f"rlm {command} > /dev/full")
    assert (full.returncode, full.stderr) == (6, "rlm: stdout cannot be written: No space left on device.\n")
    closed = shell(f"rlm {command} >&-")
    assert (closed.returncode, closed.stderr) == (6, "rlm: stdout is closed: there is nowhere to write to.\n")


@pytest.mark.parametrize("arguments", [["doctor"], ["ask", "q", "report.txt"], ["replay", "trace.json"], ["mcp"]])
def test_a_command_on_a_system_that_cannot_isolate_processes_is_one_sentence(
    arguments: list[str], tmp_path: Path
) -> None:
    (tmp_path / "report.txt").write_text(DOCUMENT)
    code = f"import sys\nsys.modules['fcntl'] = None\nfrom rlm_kernel.cli import main\nsys.exit(main({arguments}))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, cwd=tmp_path, check=False
    )
    assert done.returncode == 5
    assert done.stderr.startswith("rlm: rlm-kernel needs an operating system that can isolate processes")
    assert (done.stderr.count("\n"), done.stdout) == (1, "")
