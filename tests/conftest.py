"""Fixtures of all tests: the scripted model server, the shared data, and an environment without the user's model."""

from __future__ import annotations

import gc
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from scripted_server import ScriptedServer

# How long an example takes depends on what else the machine does.
settings.register_profile("rlm", deadline=None)
settings.load_profile("rlm")

# A job in the background of a shell ignores interrupts, and so does what it starts: the commands that tests interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

MODEL_VARIABLES = ("OPENAI_API_KEY", "OPENAI_BASE_URL", "RLM_MODEL", "RLM_LOCAL_MODEL", "RLM_BUDGET")


# The tests that take longest are begun first, so that no process is left alone with them at the end; those with a
# browser in a row, so that they share it.
LONG = ("embedded", "browser")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Collect without garbage collections. The tests stay until the end, so that later ones need not look at them."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files of long tests come first, the others in their order."""
    places = {
        item.path: place
        for place, name in reversed([*enumerate(LONG)])
        for item in items
        if item.get_closest_marker(name)
    }
    items.sort(key=lambda item: places.get(item.path, len(LONG)))


@pytest.fixture(autouse=True)
def no_configured_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test may depend on, or reach, the model that the user has configured; nor on what another test learned."""
    for name in MODEL_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("rlm_kernel.engine.config_files.NAME", "jupyter_rlm_config_of_the_tests")
    monkeypatch.setenv("RLM_PROFILE", "none")
    if module := sys.modules.get("rlm_kernel.models.openai.model"):
        module.OpenAICompatible.forget_dialects()


@pytest.fixture
def scripted_server() -> Iterator[Callable[..., ScriptedServer]]:
    """Starts servers that are closed at the test's end: `server = scripted_server(["a reply"], models=("root",))`."""
    with ExitStack() as stack:

        def start(script: Any = None, **options: Any) -> ScriptedServer:
            return stack.enter_context(ScriptedServer(script, **options))

        yield start


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of documents and snippets beside the repository; the test is skipped where it is absent."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the shared test data are not beside this repository (expected ../shared/data)")
    return folder
