"""The folder for coding agents: its files are what they should be, and what they name is there."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

import rlm_kernel
from rlm_kernel.cli.options import parse
from rlm_kernel.trace import Grounding, Trace

REPOSITORY = Path(__file__).resolve().parents[1]
PLUGIN = REPOSITORY / "integrations" / "rlm-documents"
SKILL = (PLUGIN / "skills" / "long-documents" / "SKILL.md").read_text()


def test_the_plugin_has_the_version_and_the_license_of_the_package() -> None:
    manifest = json.loads((PLUGIN / ".claude-plugin" / "plugin.json").read_text())
    assert manifest["version"] == rlm_kernel.__version__
    assert manifest["license"] in (REPOSITORY / "pyproject.toml").read_text()


def test_the_skill_says_when_it_is_meant() -> None:
    yaml = pytest.importorskip("yaml")
    _, head, body = SKILL.split("---\n", 2)
    about = yaml.safe_load(head)
    assert about["name"] == "long-documents"
    assert 50 < len(about["description"]) < 1_024
    assert body.strip().startswith("# ")


def test_its_commands_are_commands() -> None:
    (block,) = re.findall(r"```bash\n(.*?)```", SKILL, re.DOTALL)
    lines = [shlex.split(line) for line in block.splitlines()]
    assert [line[0] for line in lines] == ["rlm"] * 3
    for line in lines:
        # An option or a command that there is not would end the process.
        assert callable(parse(line[1:]).run)


def test_it_names_every_status_and_verdict_and_none_that_there_is_not() -> None:
    claims = SKILL.partition("## What an answer claims")[2]
    named = set(re.findall(r"`([a-z-]+)`", claims)) - {"status", "grounding"}
    statuses = set(get_args(Trace.model_fields["status"].annotation)) - {"running"}
    verdicts = set(get_args(Grounding.model_fields["verdict"].annotation))
    assert named == statuses | verdicts


def test_the_tools_that_it_names_are_those_of_the_server(tmp_path: Path) -> None:
    pytest.importorskip("mcp")
    server = json.loads((PLUGIN / ".mcp.json").read_text())["mcpServers"]["rlm"]
    command = [sys.executable, "-m", "rlm_kernel", *server["args"], "--check"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    listed = set(re.findall(r"[a-z]+_[a-z]+|\b(?:grep|expand|status|close)\b", done.stdout))
    section = SKILL.partition("## With the tools")[2].partition("## In a shell")[0]
    named = set(re.findall(r"`([a-z_]+)`", section)) - {"value", "status", "grounding", "evidence", "rlm", "context"}
    assert named
    assert named <= listed
