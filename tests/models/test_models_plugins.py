"""Models of other packages: entry points, what they get, and what is said where one is broken."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from asking import ask

from rlm_kernel import RLM
from rlm_kernel.models import Delta, Model, ModelError, OpenAICompatible, Reply, resolve
from rlm_kernel.models.base import AdaptedModel
from rlm_kernel.models.plugins import installed

SOURCE = """
from rlm_kernel.models import Delta, Model, ModelError, Reply

class Echo(Model):
    def __init__(self, name, **settings):
        if name == "nothing":
            raise ModelError("echo/nothing is no model", kind="not-found")
        if name == "broken":
            raise KeyError(settings.get("api_key", "no key"))
        self.name = f"echo/{name}"
        self.settings = settings

    name = ""

    async def stream(self, messages, *, max_tokens=None, temperature=None, seed=None):
        text = "FINAL(len(context))"
        yield Delta(text)
        yield Reply(text)

def no_model(name):
    return name
"""
ENTRY_POINTS = """[rlm_kernel.models]
echo = echo_models:Echo
wrong = echo_models:no_model
absent = echo_models.missing:Echo
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on sys.path in which a package `echo-models 1.2` is installed."""
    (tmp_path / "echo_models.py").write_text(SOURCE)
    info = tmp_path / "echo_models-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: echo-models\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text(ENTRY_POINTS)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "echo_models", raising=False)
    return tmp_path


@pytest.mark.usefixtures("package")
async def test_a_model_of_a_package_answers_a_run() -> None:
    answer = await RLM(model="echo/fast").acompletion("How long is it?", "four")
    assert (answer.value, answer.trace.model) == (4, "echo/fast")


@pytest.mark.usefixtures("package")
def test_it_gets_the_settings_that_were_made_and_no_key_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-environment")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    bare: Any = resolve("echo/a/b")
    full: Any = resolve("echo/a", api_key="sk-1", context_window=4096)
    assert (bare.name, bare.settings) == ("echo/a/b", {})
    assert full.settings == {"api_key": "sk-1", "context_window": 4096}


@pytest.mark.usefixtures("package")
def test_with_an_address_the_name_belongs_to_the_endpoint() -> None:
    assert isinstance(resolve("echo/a", base_url="http://127.0.0.1:9/v1"), OpenAICompatible)


@pytest.mark.usefixtures("package")
def test_a_name_of_no_package_is_an_endpoints_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    assert [type(resolve(name)) for name in ("qwen/qwen3", "echo", "/echo")] == [OpenAICompatible] * 3


@pytest.mark.usefixtures("package")
@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("echo/nothing", "not-found", "echo/nothing is no model"),
        ("echo/broken", "missing", r"'echo/broken' of echo-models 1\.2 cannot be made: KeyError: '\[redacted\]'"),
        (
            "wrong/a",
            "missing",
            r"echo-models 1\.2 gives no model for 'wrong/a' but TypeError|cannot be made: TypeError",
        ),
        ("absent/a", "missing", r"absent/\.\.\. of echo-models 1\.2 cannot be loaded \(ModuleNotFoundError"),
    ],
)
def test_a_package_that_fails_is_named(name: str, kind: str, words: str) -> None:
    with pytest.raises(ModelError, match=words) as caught:
        resolve(name, api_key="sk-very-secret")
    assert caught.value.kind == kind
    assert "sk-very-secret" not in str(caught.value)


@pytest.mark.usefixtures("package")
def test_what_is_no_model_is_refused() -> None:
    with pytest.raises(ModelError, match="gives no model for 'wrong/a' but str"):
        resolve("wrong/a")


@pytest.mark.usefixtures("package")
def test_installed_packages_are_listed_with_what_is_wrong_with_them() -> None:
    listed = {one.prefix: one for one in installed()}
    assert [(name, listed[name].package) for name in ("absent/", "echo/")] == [
        ("absent/", "echo-models 1.2"),
        ("echo/", "echo-models 1.2"),
    ]
    assert listed["echo/"].fault is None
    assert "ModuleNotFoundError" in str(listed["absent/"].fault)


def test_the_doctor_and_the_command_line_know_them(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(package))
    command = [sys.executable, "-m", "rlm_kernel.cli"]
    report = subprocess.run([*command, "doctor", "--json"], capture_output=True, text=True, check=False)
    found = json.loads(report.stdout)
    assert found["models echo/..."] == {"ok": True, "details": "of the package echo-models 1.2"}
    assert not found["models absent/..."]["ok"]
    (package / "document.txt").write_text("four")
    asked = [*command, "ask", "How long is it?", str(package / "document.txt"), "--model", "echo/fast"]
    assert subprocess.run(asked, capture_output=True, text=True, check=True).stdout == "4\n"


class Duck:
    """No `Model` by inheritance, with more than a model needs."""

    name, notices, small, context_window = "duck", (), False, None
    base_url = "http://here"

    def __init__(self) -> None:
        self.closed = False

    async def stream(self, messages: Any, **options: Any) -> Any:
        yield Delta("FINAL(len(context))")
        yield Reply("FINAL(len(context))")

    async def learn_window(self) -> int:
        return 4096

    async def aclose(self) -> None:
        self.closed = True


async def test_an_object_with_a_models_members_is_one() -> None:
    duck = Duck()
    model = resolve(duck)  # type: ignore[arg-type]
    assert isinstance(model, AdaptedModel)
    assert (model.name, model.identity, await model.learn_window()) == ("duck", {"base_url": "http://here"}, 4096)
    assert (await ask(model)).text == "FINAL(len(context))"
    answer = await RLM(model=duck, sub_model=duck).acompletion("How long?", "four")
    assert (answer.value, duck.closed) == (4, False)
    await model.aclose()
    assert duck.closed


def test_a_model_needs_a_name_and_a_stream_and_has_defaults_for_the_rest() -> None:
    with pytest.raises(TypeError, match="abstract"):
        Model()  # type: ignore[abstract]

    class Least(Model):
        name = "least"

        async def stream(self, messages: Any, **options: Any) -> Any:
            yield

    least = Least()
    assert (least.notices, least.small, least.context_window, least.identity) == ((), False, None, {})
