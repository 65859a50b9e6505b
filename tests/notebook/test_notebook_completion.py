"""What Tab offers on a line with the magics: asked of IPython's own completer, as every front end does."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell
from scripted_server import ScriptedServer

from rlm_kernel.notebook import load_ipython_extension, unload_ipython_extension

Complete = Callable[..., list[str]]


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", "not-a-key")
    made = InteractiveShell.instance()
    load_ipython_extension(made)
    names = (
        "report = 'text'; pages = ['a']; number = 5; import os\nclass Figures: pass\ndef helper(): pass\n_hidden = 'x'"
    )
    made.run_cell(names)
    yield made
    unload_ipython_extension(made)
    InteractiveShell.clear_instance()


@pytest.fixture
def complete(shell: Any) -> Complete:
    def complete(before: str, after: str = "") -> list[str]:
        """The whole line as it would be with each of the completions, up to the cursor."""
        with provisionalcompleter():
            found = shell.Completer.completions(before + after, len(before))
            return [before[: one.start] + one.text for one in found]

    return complete


def test_options(complete: Complete) -> None:
    body = "\nWhat is the total?"
    assert set(complete("%%rlm report --max-i", body)) == {"%%rlm report --max-iterations"}
    offered = complete("%%rlm report --quiet --", body)
    assert "%%rlm report --quiet --step" in offered
    assert "%%rlm report --quiet --max-errors" in offered
    assert "%%rlm report --quiet --quiet" not in offered
    assert complete("%rlm model x --ba") == ["%rlm model x --base-url"]


def test_what_can_be_read_is_offered(complete: Complete, tmp_path: Path) -> None:
    (tmp_path / "reports").mkdir()
    for name in ("report.txt", "reports/north.txt", "two words.txt", ".hidden"):
        (tmp_path / name).write_text("x")
    offered = complete("%%rlm ", "\nq")
    assert {"%%rlm report", "%%rlm pages", "%%rlm report.txt", "%%rlm reports/", "%%rlm 'two words.txt'"} <= set(
        offered
    )
    assert not {
        name for name in offered if name.split()[-1] in ("number", "os", "helper", "Figures", "_hidden", ".hidden")
    }
    assert complete("%%rlm reports/n", "\nq") == ["%%rlm reports/north.txt"]
    assert complete("%%rlm report 'two", "\nq") == ["%%rlm report 'two words.txt'"]
    assert complete("%%rlm .h", "\nq") == ["%%rlm .hidden"]


def test_values_of_options(complete: Complete, tmp_path: Path) -> None:
    (tmp_path / "run.jsonl").write_text("")
    assert complete("%%rlm report --type li", "\nq") == [
        "%%rlm report --type list[float]",
        "%%rlm report --type list[int]",
        "%%rlm report --type list[str]",
    ]
    assert complete("%%rlm report --type Fig", "\nq") == ["%%rlm report --type Figures"]
    assert complete("%%rlm report --save-trace ru", "\nq") == ["%%rlm report --save-trace run.jsonl"]
    assert complete("%%rlm report -m recorded:", "\nq") == ["%%rlm report -m recorded:run.jsonl"]
    assert complete("%%rlm report -n ", "\nq") == ["%%rlm report -n 10"]
    assert complete("%%rlm report --memory-limit 5", "\nq") == ["%%rlm report --memory-limit 512MB"]


def test_models_of_the_endpoint(
    shell: Any, complete: Complete, scripted_server: Callable[..., ScriptedServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    importlib.import_module("openai")  # which takes longer than Tab waits for
    # What is tested is what Tab offers, not how busy this machine is.
    monkeypatch.setattr("rlm_kernel.notebook.completion._WAIT", 30.0)
    server = scripted_server([], models=["qwen-coder", "qwen-small", "other"])
    shell.run_line_magic("rlm", f"model qwen-coder --base-url {server.base_url}")
    assert complete("%rlm model qw") == ["%rlm model qwen-coder", "%rlm model qwen-small"]
    assert complete("%%rlm report --sub-model qwen-s", "\nq") == ["%%rlm report --sub-model qwen-small"]
    assert "%rlm model local" in complete("%rlm model ")


def test_an_endpoint_that_is_not_there_costs_nobody_an_error(shell: Any, complete: Complete) -> None:
    shell.run_line_magic("rlm", "model mine --base-url http://127.0.0.1:1/v1")
    assert complete("%rlm model mi") == ["%rlm model mine"]


def test_commands(complete: Complete) -> None:
    assert "%rlm doctor" in complete("%rlm ")
    assert complete("%rlm do") == ["%rlm doctor"]


def test_elsewhere_it_has_no_say(complete: Complete) -> None:
    assert complete("%%rlm report\nreport.upp") == ["%%rlm report\nreport.upper"]
    assert complete("x = 1\nhelp") != []
    assert not any("--step" in text for text in complete("print(a) # %%rlm --st"))
    assert "%%time\n%%rlm --step" in complete("%%time\n%%rlm --st", "\nq")


def test_unloading_takes_it_back(shell: Any, complete: Complete) -> None:
    before = len(shell.Completer.custom_matchers)
    unload_ipython_extension(shell)
    assert len(shell.Completer.custom_matchers) == before - 1
    load_ipython_extension(shell)
    assert len(shell.Completer.custom_matchers) == before


def test_taken_back_at_once_it_leaves_no_spare(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on, told = threading.Event(), threading.Event(), list[str]()

    def slowly() -> None:
        begun.set()
        go_on.wait(30)
        told.append("warm")

    monkeypatch.setattr("rlm_kernel.subkernel.warm_up", slowly)
    monkeypatch.setattr("rlm_kernel.subkernel.cool_down", lambda: told.append("cool"))
    shell = InteractiveShell.instance()
    try:
        load_ipython_extension(shell)
        (thread,) = [each for each in threading.enumerate() if each.name == "rlm-warm-up"]
        assert begun.wait(30)
        unload_ipython_extension(shell)
        go_on.set()
        thread.join(30)
    finally:
        InteractiveShell.clear_instance()
    assert told == ["cool", "warm", "cool"]
