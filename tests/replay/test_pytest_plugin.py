"""`pytest --rlm-replay`, in a pytest of its own: one test for each trace, and none without the option."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from scripted_server import ScriptedServer
from test_replay_files import DOCUMENT, traced, write_notebook

Serve = Callable[..., ScriptedServer]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "report.txt").write_text(DOCUMENT)
    return tmp_path


def run_pytest(folder: Path, *options: str) -> tuple[int, str]:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "rlm_kernel.replay.pytest_plugin",
        "-p",
        "no:cacheprovider",
        *options,
    ]
    environment = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""}
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment)
    return done.returncode, done.stdout


def test_each_trace_is_a_test(scripted_server: Serve, folder: Path) -> None:
    trace = traced(scripted_server, folder / "report.txt")
    write_notebook(folder / "good.ipynb", trace, trace)
    (folder / "package.json").write_text("{}")
    code, said = run_pytest(folder, "--rlm-replay", "-v")
    assert code == 0, said
    assert "good.ipynb::cell 2 PASSED" in said
    assert "2 passed" in said
    (folder / "report.txt").write_text(DOCUMENT.replace("2,500", "2,501"))
    code, said = run_pytest(folder, "--rlm-replay")
    assert (code, "2 failed" in said) == (1, True)
    assert "document changed: 'report.txt' had the SHA-256 " in said
    assert "Traceback" not in said


def test_without_the_option_nothing_is_collected_nor_loaded(scripted_server: Serve, folder: Path) -> None:
    write_notebook(folder / "good.ipynb", traced(scripted_server, folder / "report.txt"))
    probe = (
        "import sys\ndef test(): assert 'rlm_kernel.replay.rerun' not in sys.modules and 'pydantic' not in sys.modules"
    )
    (folder / "test_probe.py").write_text(probe)
    code, said = run_pytest(folder)
    assert (code, "1 passed" in said) == (0, True), said


@pytest.mark.nightly
def test_the_documents_can_be_named(scripted_server: Serve, folder: Path) -> None:
    write_notebook(folder / "book.ipynb", traced(scripted_server, DOCUMENT))
    assert run_pytest(folder, "--rlm-replay")[0] == 1
    assert run_pytest(folder, "--rlm-replay", "--rlm-document", "report.txt")[0] == 0
