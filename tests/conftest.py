"""Fixtures of all tests: the scripted model server, the shared data, and an environment without the user's model."""

from __future__ import annotations

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

MODEL_VARIABLES = ("OPENAI_API_KEY", "OPENAI_BASE_URL", "RLM_MODEL", "RLM_LOCAL_MODEL", "RLM_BUDGET")


# Tests that must not run beside others of their kind, in the order in which they are begun: the long ones first.
GROUPS = ("embedded", "browser")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Under `pytest -n N --dist loadgroup`: a file's tests stay in one process, so that they share its fixtures, and
    those of a group in `GROUPS` too, since a model or a browser takes all processors that there are."""
    # In a worker, which alone collects, pytest-xdist says it by this option.
    if not getattr(config.option, "loadgroup", False):
        return
    groups = {}
    for item in items:
        groups[item] = next((name for name in GROUPS if item.get_closest_marker(name)), item.nodeid.partition("::")[0])
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(groups[item]))
    items.sort(key=lambda item: GROUPS.index(groups[item]) if groups[item] in GROUPS else len(GROUPS))


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
