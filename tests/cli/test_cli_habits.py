"""The command line's habits: as a module, completed by shells, its events read by programs, documents named."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from runs import DOCUMENT, SUM, TOTAL, block, engine
from scripted_server import ScriptedServer

from rlm_kernel.cli import main
from rlm_kernel.trace import Trace

Serve = Callable[..., ScriptedServer]


def test_the_package_is_a_program() -> None:
    done = subprocess.run([sys.executable, "-m", "rlm_kernel", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("rlm-kernel ")


@pytest.mark.parametrize("shell", ["bash", "zsh", "tcsh"])
def test_shells_get_every_command_and_option(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert all(word in script for word in ("doctor", "init", "profile", "max-llm-calls", "allow-weak-isolation"))


def test_bash_takes_the_script(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["completion", "bash"])
    (tmp_path / "script").write_text(capsys.readouterr().out)
    ask = "source ./script; COMP_WORDS=(rlm do); COMP_CWORD=1; _shtab_rlm rlm do rlm; echo ${COMPREPLY[@]}"
    done = subprocess.run(["bash", "-c", ask], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert (done.stdout.strip(), done.stderr) == ("doctor", "")


def test_events_are_lines_from_which_the_trace_is_built(
    scripted_server: Serve, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server = scripted_server([block(f"{SUM}\nFINAL(total)")])
    (tmp_path / "report.txt").write_text(DOCUMENT)
    arguments = ["ask", "How much?", str(tmp_path / "report.txt"), "--events", "ndjson", "--model", "scripted"]
    trace_file = tmp_path / "trace.json"
    assert main([*arguments, "--base-url", server.base_url, "--trace", str(trace_file)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert json.loads(lines[0])["type"] == "RunStarted"
    assert Trace.from_events(lines) == Trace.from_json(trace_file.read_text())
    assert Trace.from_events(lines).value == TOTAL


def test_a_folder_is_replayed_with_the_documents_beside_its_traces(
    scripted_server: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "audit"
    folder.mkdir()
    (folder / "report.txt").write_text(DOCUMENT)
    monkeypatch.chdir(folder)
    server = scripted_server([block(f"{SUM}\nFINAL(total)")])
    answer = engine(server).completion("How much?", Path("report.txt"))
    answer.to_notebook("audit.ipynb")
    (folder / "trace.json").write_text(answer.trace.to_json())
    monkeypatch.chdir(tmp_path)
    assert main(["replay", "audit", "-q"]) == 0
    capsys.readouterr()
    (folder / "report.txt").rename(tmp_path / "moved.txt")
    assert main(["replay", "audit/trace.json", "-q"]) == 1
    assert "--document FILE" in capsys.readouterr().out
    assert main(["replay", "audit", "-q", "--document", "moved.txt"]) == 0
