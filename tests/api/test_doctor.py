"""The report on this machine: every line is a fact, and nothing is asked to find it."""

from __future__ import annotations

import importlib.metadata
import json
import platform
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from runs import children
from scripted_server import ScriptedServer

import rlm_kernel
from rlm_kernel.api import doctor
from rlm_kernel.subkernel import SubKernel
from rlm_kernel.trace import isolation_text


def row(what: str) -> tuple[bool, str]:
    found = doctor.as_dict()[what]
    return found["ok"], found["details"]


async def test_the_isolation_is_what_a_sub_kernel_reports() -> None:
    async with SubKernel("text", allow_weak_isolation=True):
        before = children()  # with the fork server, which stays
    async with SubKernel("text", allow_weak_isolation=True) as sub:
        expected = isolation_text(sub.isolation)
        weak = bool(sub.isolation.get("weak"))
    assert doctor.isolation() == expected
    assert row("isolation") == (not weak, expected)
    assert children() <= before


def test_a_sandbox_that_does_not_start_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "rlm_kernel.subkernel.launch.kernelspec.command", lambda: [sys.executable, "-c", "raise SystemExit(3)"]
    )
    works, words = row("isolation")
    assert not works
    assert words.startswith("BROKEN: ")


def test_versions_are_those_that_are_installed() -> None:
    assert row("rlm-kernel")[1].startswith(f"{rlm_kernel.__version__}, Python {platform.python_version()}, ")
    for package in ("ipykernel", "ipywidgets", "RestrictedPython", "openai"):
        assert row(package) == (True, importlib.metadata.version(package))


def test_what_is_missing_is_named_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(package: str) -> str:
        raise importlib.metadata.PackageNotFoundError(package)

    monkeypatch.setattr(importlib.metadata, "version", version)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert row("ipywidgets") == (False, "missing, needed for live iterations: pip install ipywidgets")
    assert row("embedded engine") == (False, "missing: pip install 'rlm-kernel[local]'")


def test_an_endpoint_is_named_and_not_asked(
    scripted_server: Callable[..., ScriptedServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = scripted_server([])
    monkeypatch.setenv("RLM_MODEL", "some-model")
    monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-0123456789SECRET")
    works, words = row("model")
    assert (works, words.startswith("some-model (not asked")) == (True, True)
    assert (server.requests, server.connections) == ([], 0)
    assert "SECRET" not in json.dumps(doctor.as_dict())


def test_a_model_without_an_endpoint_is_no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RLM_MODEL", "some-model")
    works, words = row("model")
    assert (works, "Where is the model 'some-model'" in words) == (False, True)


def test_a_recording_is_called_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    recording = tmp_path / "class.jsonl"
    recording.write_text('{"schema": "rlm.recording/1", "model": "big-model"}\n{"text": "hello"}\n')
    monkeypatch.setenv("RLM_MODEL", f"recorded:{recording}")
    works, words = row("model")
    assert works
    assert words.startswith("recorded:class.jsonl: RECORDED")
    monkeypatch.setenv("RLM_MODEL", f"recorded:{tmp_path / 'none.jsonl'}")
    assert row("model")[0] is False


@pytest.fixture
def no_weights(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    pytest.importorskip("xllamacpp")
    monkeypatch.setattr("rlm_kernel.models.local.weights.models_dir", lambda: tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("local", "embedded, weights missing: run `rlm fetch` once"),
        ("local:0.5b", "embedded, weights missing: run `rlm fetch --weights 0.5b` once"),
        ("local:none.gguf", "cannot be read"),
    ],
)
def test_missing_weights(no_weights: Path, monkeypatch: pytest.MonkeyPatch, name: str, words: str) -> None:
    monkeypatch.setenv("RLM_MODEL", name)
    works, found = row("model")
    assert (works, words in found) == (False, True)


@pytest.mark.parametrize("named", ["RLM_LOCAL_MODEL", "RLM_MODEL"])
def test_weights_of_the_users_own_are_not_called_verified(
    no_weights: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, named: str
) -> None:
    own = tmp_path / "folder" / "own.gguf"
    own.parent.mkdir()
    own.write_bytes(b"GGUF....")
    monkeypatch.setenv(named, f"local:{own}" if named == "RLM_MODEL" else str(own))
    works, words = row("model")
    assert works
    assert "own.gguf" in words
    assert "verified" not in words
    own.write_bytes(b"none")
    assert row("model")[0] is False


def test_report_and_dict_say_the_same() -> None:
    lines, found = doctor.report(), doctor.as_dict()
    assert [line.split()[0] == "ok" for line in lines] == [each["ok"] for each in found.values()]
    assert all(each["details"] in line for line, each in zip(lines, found.values(), strict=True))


async def test_it_can_be_asked_while_a_loop_runs() -> None:
    made: list[Any] = doctor.checks()
    assert {what for what, _, _ in made} >= {"rlm-kernel", "isolation", "model", "embedded engine"}


def test_what_jupyter_finds_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jupyter_core.paths.jupyter_path", lambda *parts: [str(tmp_path.joinpath("data", *parts))])
    monkeypatch.setattr("jupyter_core.paths.jupyter_config_path", lambda: [str(tmp_path / "config")])
    assert row("kernelspec") == row("labextension") == (False, "missing: install the package again with pip")
    kernel, extension = (tmp_path / "data" / part for part in ("kernels/rlm", "labextensions/rlm-kernel"))
    for folder, name in ((kernel, "kernel.json"), (extension, "package.json")):
        folder.mkdir(parents=True)
        (folder / name).write_text("{}")
    assert row("kernelspec") == (True, str(kernel))
    assert row("labextension") == (True, str(extension))
    page = tmp_path / "config" / "labconfig" / "page_config.json"
    page.parent.mkdir(parents=True)
    for text, on in (("not JSON", True), ('{"disabledExtensions": {"rlm-kernel": true}}', False), ("[]", True)):
        page.write_text(text)
        assert row("labextension")[0] is on
    page.write_text('{"disabledExtensions": ["rlm-kernel"]}')
    assert row("labextension") == (False, f"disabled in {extension}: jupyter labextension enable rlm-kernel")
