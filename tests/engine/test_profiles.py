"""Profiles: which one counts, what it may hold, and where keys and headers are sent."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from runs import DOCUMENT, SUM, TOTAL, block
from scripted_server import ScriptedServer, fail

from rlm_kernel import RLM, ModelError
from rlm_kernel.api.doctor import checks
from rlm_kernel.engine.profiles import profile_text, user_file

Serve = Callable[..., ScriptedServer]
ANSWERING = [block(f"{SUM}\nFINAL(total)")]
CANARY = "sk-canary-0123456789abcdef"
OWN = """
default = "laptop"

[profiles.laptop]
model = "small"
base_url = "http://laptop.example/v1"
max_iterations = 6
extra_body = {options = {num_ctx = 16384}}

[profiles.gateway]
model = "large"
sub_model = "small"
base_url = "http://gateway.example/v1"
api_key_env = "GATEWAY_KEY"
extra_headers = {"X-Team" = "research", "X-Gateway-Token" = "$GATEWAY_TOKEN"}
context_window = 64000
prices = {large = {input = 1.0, output = 2.0}}
max_concurrency = 4
"""
FOLDERS = """
[profiles.laptop]
model = "somebody-elses"
base_url = "http://evil.example/v1"

[profiles.project]
model = "shared"
base_url = "http://project.example/v1"
"""


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory, and a configuration folder, without profiles yet."""
    monkeypatch.delenv("RLM_PROFILE")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path


@pytest.fixture
def own(folders: Path) -> Path:
    """The user's own file."""
    return written(OWN)


def written(text: str, file: Path | None = None) -> Path:
    file = file or user_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def test_without_files_there_is_no_profile() -> None:
    assert (RLM().profile, RLM().model) == (None, None)


def test_the_default_of_the_users_file_counts(own: Path) -> None:
    rlm = RLM()
    assert (rlm.profile, rlm.model, rlm.base_url, rlm.max_iterations) == (
        "laptop",
        "small",
        "http://laptop.example/v1",
        6,
    )
    assert rlm.extra_body == {"options": {"num_ctx": 16_384}}


def test_every_way_to_name_one_in_their_order(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own.write_text(OWN + '[profiles.third]\nmodel = "third"\n')
    config = type(RLM().config)({"RLM": {"profile": "gateway"}})
    assert RLM(config=config).profile == "gateway"
    monkeypatch.setenv("RLM_PROFILE", "third")
    assert RLM(config=config).profile == "third"
    assert RLM(config=config, profile="laptop").profile == "laptop"
    assert RLM(profile="none").model is None


def test_an_argument_goes_before_a_profile_and_that_before_a_configuration_file_and_the_environment(
    own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RLM_MODEL", "of-the-environment")
    config = type(RLM().config)({"RLM": {"model": "configured", "max_iterations": 3, "max_errors": 2}})
    rlm = RLM(config=config, max_iterations=9)
    assert (rlm.model, rlm.max_iterations, rlm.max_errors) == ("small", 9, 2)
    assert RLM(model="other").model == "other"


def test_a_profile_can_be_changed_for_one_call_and_for_all_that_follow(own: Path) -> None:
    rlm = RLM(max_llm_calls=5)
    other = rlm.replaced({"profile": "gateway", "context_window": 8_000})
    assert (other.model, other.api_key_env, other.context_window, other.max_llm_calls, other.profile) == (
        "large",
        "GATEWAY_KEY",
        8_000,
        5,
        "gateway",
    )
    assert other.extra_body == {}
    rlm.profile = "gateway"
    assert (rlm.model, rlm.max_concurrency) == ("large", 4)
    assert other.replaced({"max_errors": None}).model == "large"


def test_what_a_downloaded_folder_holds_counts_only_where_it_is_named(own: Path) -> None:
    written(FOLDERS, Path("rlm.toml"))
    assert RLM(profile="project").base_url == "http://project.example/v1"
    assert RLM(profile="laptop").base_url == "http://laptop.example/v1"
    own.unlink()
    assert (RLM().profile, RLM().base_url) == (None, None)


def test_keys_and_headers_go_to_the_profiles_address_alone(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", CANARY)
    config = type(RLM().config)({"RLM": {"api_key": CANARY}})
    assert RLM(config=config).key() == "none"
    elsewhere = RLM(profile="gateway", base_url="http://elsewhere.example/v1")
    assert (elsewhere.model, elsewhere.api_key_env, elsewhere.extra_headers) == ("large", None, {})
    assert RLM(profile="gateway", model="local").base_url is None


def test_a_run_by_a_profile(scripted_server: Serve, own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = scripted_server({"large": [*ANSWERING, fail(401, "no such token: token-canary-1234")]})
    own.write_text(OWN.replace("http://gateway.example/v1", server.base_url))
    monkeypatch.setenv("GATEWAY_TOKEN", "token-canary-1234")
    rlm = RLM(profile="gateway", extra_body={"top_p": 0.5})
    with pytest.raises(ModelError, match="The environment variable GATEWAY_KEY, which api_key_env names, is not set"):
        rlm.completion("How much?", DOCUMENT)
    monkeypatch.setenv("GATEWAY_KEY", CANARY)
    answer = rlm.completion("How much?", DOCUMENT)
    headers = server.requests[0].headers
    assert (answer.value, headers["authorization"]) == (TOTAL, f"Bearer {CANARY}")
    assert (headers["x-team"], headers["x-gateway-token"]) == ("research", "token-canary-1234")
    assert server.requests[0]["top_p"] == 0.5
    with pytest.raises(ModelError) as failed:
        rlm.completion("How much?", DOCUMENT)
    told = answer.trace.to_json() + str(failed.value) + failed.value.answer.trace.to_json()  # type: ignore[attr-defined]
    assert "canary" not in told
    assert answer.trace.settings["profile"] == "gateway"
    assert answer.trace.settings["extra_headers"] == {"X-Team": "research", "X-Gateway-Token": "$GATEWAY_TOKEN"}


BAD: dict[str, tuple[str, str]] = {
    "no TOML": ("[profiles", r"rlm\.toml cannot be read \(.*\): mend or remove it"),
    "a stray name": ("model = 'm'", "'model' is neither `default` nor a table"),
    "a default that there is not": ("default = 'x'\n[profiles.y]", "`default` must be the name of a profile .*: y"),
    "a key": (f"[profiles.a]\napi_key = '{CANARY}'", "a key does not belong into a file"),
    "a key for a name": (
        f"[profiles.a]\napi_key_env = '{CANARY}'",
        "api_key_env is the name of an environment variable",
    ),
    "a key in the address": (
        f"[profiles.a]\nbase_url = 'http://h/v1?key={CANARY}'",
        "base_url holds what looks like a key",
    ),
    "a password": ("[profiles.a]\nbase_url = 'http://user:pa55@h/v1'", "base_url holds"),
    "a secret header": (
        f"[profiles.a]\nextra_headers = {{'X-Api-Key' = '{CANARY}'}}",
        "put the value of X-Api-Key into",
    ),
    "no setting": ("[profiles.a]\nmodle = 'm'", "there is no setting 'modle'. There are: .*model"),
    "a value": ("[profiles.a]\nmax_iterations = 'many'", "profile 'a': .*max_iterations"),
    "a name": ("[profiles.'a b']\nmodel = 'm'", "a name has letters, digits"),
}


@pytest.mark.parametrize(("text", "said"), BAD.values(), ids=BAD)
def test_a_file_that_is_wrong_is_one_sentence_without_any_key(text: str, said: str) -> None:
    written(text)
    with pytest.raises(ValueError, match=said) as wrong:
        RLM(profile="a")
    assert CANARY not in str(wrong.value)
    assert "\n" not in str(wrong.value).strip()


def test_a_folder_cannot_weaken_the_isolation(own: Path) -> None:
    written("[profiles.x]\nallow_weak_isolation = true\n", Path("rlm.toml"))
    with pytest.raises(ValueError, match="allow_weak_isolation may stand in your own file only"):
        RLM(profile="x")


@pytest.mark.parametrize("way", ["argument", "variable"])
def test_a_profile_that_there_is_not_is_named_with_those_that_there_are(
    way: str, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if way == "variable":
        monkeypatch.setenv("RLM_PROFILE", "gatway")
    with pytest.raises(ValueError, match=r"no profile 'gatway' \(.*\); there are: laptop, gateway\. `rlm init` writes"):
        RLM(profile="gatway" if way == "argument" else None)


def doctor(profile: str | None = None) -> dict[str, Any]:
    return {what: (good, words) for what, good, words in checks(profile)}


def test_doctor_says_which_one_counts_and_why(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(FOLDERS, Path("rlm.toml"))
    good, words = doctor()["profile"]
    assert good
    assert words.startswith(f"laptop, the default, of {own}; not in use: gateway ({own}), laptop (./rlm.toml)")
    assert doctor()["model"][1].endswith(", at http://laptop.example/v1")
    monkeypatch.setenv("RLM_PROFILE", "gateway")
    good, words = doctor()["profile"]
    assert not good
    assert words.startswith(f"gateway, named by RLM_PROFILE, of {own}, key in GATEWAY_KEY (NOT SET)")
    assert doctor("project")["profile"][1].startswith("project, given by --profile or profile=")


def test_what_is_written_is_read_back() -> None:
    settings = {
        "model": 'a "quoted" \\ name\u2028é\U0001f600\x7f\t',
        "extra_headers": {"X-Team": "a b"},
        "extra_body": {"options": {"num_ctx": 8192, "stop": ["a", "b"], "mirostat": True}},
        "packages": ["numpy"],
    }
    written(profile_text("x", settings))
    rlm = RLM(profile="x")
    assert {name: getattr(rlm, name) for name in settings} == settings
