"""`rlm init`: a profile is found, tried and written; nothing is written that does not work, and never a key."""

from __future__ import annotations

import io
import tomllib
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from scripted_server import ScriptedServer, fail

from rlm_kernel import RLM
from rlm_kernel.cli import init as command
from rlm_kernel.cli import main
from rlm_kernel.engine.profiles import user_file
from rlm_kernel.models.openai.discovery import running_servers

Serve = Callable[..., ScriptedServer]
CANARY = "sk-canary-0123456789abcdef"


class Typed(io.StringIO):
    """A terminal at which these lines are typed."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RLM_PROFILE")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")


def port(server: ScriptedServer) -> int:
    number = urlsplit(server.base_url).port
    assert number is not None
    return number


def usual_ports(monkeypatch: pytest.MonkeyPatch, *servers: ScriptedServer) -> None:
    """Let these servers be the ones that are looked for."""
    ports = {port(server): f"server {number}" for number, server in enumerate(servers, 1)} or {1: "nothing"}
    monkeypatch.setattr(command, "PORTS", ports)
    monkeypatch.setattr(command, "running_servers", lambda: running_servers(ports))


async def test_running_servers_are_found_by_their_ports_and_called_what_they_call_themselves(
    scripted_server: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", CANARY)
    llama = scripted_server([], models=[{"id": "m.gguf", "owned_by": "llamacpp"}])
    other = scripted_server([], models=["a", "b"])
    nothing = scripted_server([], models=None)
    found = await running_servers({port(llama): "usual", port(other): "LM Studio", port(nothing): "vLLM", 1: "Ollama"})
    assert [(one.program, one.models) for one in found] == [("llama.cpp", ("m.gguf",)), ("LM Studio", ("a", "b"))]


def test_asking_for_everything(
    scripted_server: Serve, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = scripted_server([]), scripted_server(["ready"], models=["small", "large"])
    usual_ports(monkeypatch, first, second)
    monkeypatch.setattr("sys.stdin", Typed("2\n2\nhere\n"))
    assert main(["init"]) == 0
    rlm = RLM()
    assert (rlm.profile, rlm.model, rlm.base_url) == ("here", "large", f"http://localhost:{port(second)}/v1")
    assert "it answers: 'ready'" in capsys.readouterr().err


def test_an_endpoint_elsewhere_with_a_key(
    scripted_server: Serve, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    server = scripted_server(["ready"], models=["only"])
    usual_ports(monkeypatch)
    monkeypatch.setenv("EXAMPLE_KEY", CANARY)
    monkeypatch.setattr("sys.stdin", Typed(f"\n{server.base_url}\n{CANARY}\nEXAMPLE_KEY\nelsewhere\n"))
    assert main(["init"]) == 0
    assert server.requests[0].headers["authorization"] == f"Bearer {CANARY}"
    written = user_file().read_text()
    assert tomllib.loads(written)["profiles"] == {
        "elsewhere": {"model": "only", "base_url": server.base_url, "api_key_env": "EXAMPLE_KEY"}
    }
    assert CANARY not in written + capsys.readouterr().err


def test_without_a_terminal_options_say_everything(
    scripted_server: Serve, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    server = scripted_server(["ready", "ready"], models=["a", "b"])
    usual_ports(monkeypatch, server)
    assert main(["init", "--yes"]) == 2
    assert "Which model: name one with --model; there are: a, b." in capsys.readouterr().err
    assert main(["init", "first", "--yes", "--model", "b"]) == 0
    assert main(["init", "second", "--base-url", server.base_url, "--model", "a", "--yes"]) == 0
    assert (RLM().profile, RLM(profile="second").model) == ("first", "a")
    assert main(["init", "second", "--base-url", server.base_url, "--model", "c", "--yes"]) == 2
    assert "has a profile 'second' already: give --force" in capsys.readouterr().err
    changed = ["init", "second", "--base-url", server.base_url, "--model", "c", "--yes", "--force", "--no-try"]
    assert main(changed) == 0
    assert (RLM().model, RLM(profile="second").model) == ("b", "c")


def test_nothing_is_written_where_the_endpoint_does_not_answer(
    scripted_server: Serve, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    server = scripted_server(lambda body: fail(401, "no such key"))
    arguments = ["init", "x", "--base-url", server.base_url, "--model", "m"]
    assert main([*arguments, "--yes"]) == 4
    assert "no such key" in capsys.readouterr().err
    assert not user_file().exists()
    monkeypatch.setattr("sys.stdin", Typed("\ny\n"))
    assert main(arguments) == 0
    assert RLM().profile == "x"


def test_a_proxy_that_cannot_be_used_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, "socks5://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    assert main(["init", "x", "--base-url", "http://models.invalid/v1"]) == 2
    assert "names a socks5 proxy for models.invalid" in capsys.readouterr().err
    assert not user_file().exists()


def test_nothing_runs_here(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    usual_ports(monkeypatch)
    assert main(["init", "--yes"]) == 2
    assert "No server is running here. Address of the endpoint: give --base-url URL" in capsys.readouterr().err


def test_a_profile_of_the_folder(scripted_server: Serve, capsys: pytest.CaptureFixture[str]) -> None:
    server = scripted_server(["ready"])
    assert main(["init", "shared", "--base-url", server.base_url, "--model", "m", "--yes", "--folder"]) == 0
    assert "it counts where it is named" in capsys.readouterr().err
    assert (RLM().profile, RLM(profile="shared").model) == (None, "m")
    assert not user_file().exists()
