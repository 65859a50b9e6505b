"""LiteLLM's proxy, as PyPI has it, with the configuration of packaging/class-gateway, in front of a scripted server.

Its database needs a program that PyPI has not, so keys are not made by it here: a function tells it of each key (its
`custom_auth`), and the proxy's own code counts what a key has spent, reserves, and refuses.
"""

from __future__ import annotations

import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from conftest import REPOSITORY
from scripted_server import ScriptedServer, say
from test_compat_tools import version

from rlm_kernel import RLM
from rlm_kernel.models import ModelError, OpenAICompatible

pytestmark = [pytest.mark.compat, pytest.mark.timeout(1_200)]
FOLDER = REPOSITORY / "packaging" / "class-gateway"
UP_SECONDS = 600
# For each request the proxy reserves 12 + 100 tokens at the price below, about 0.1: the second budget takes a few.
KEYS = """
from litellm.proxy._types import UserAPIKeyAuth, hash_token
from litellm.proxy.auth.auth_checks import virtual_key_max_budget_check
from litellm.proxy.proxy_server import proxy_logging_obj

KEYS = {
    "sk-ada": {"max_budget": 100.0},
    "sk-bob": {"max_budget": 0.3},
    "sk-eve": {"max_budget": 100.0, "rpm_limit": 1},
}


async def look_up(request, api_key):
    if api_key not in KEYS:
        raise Exception("no such key")
    key = UserAPIKeyAuth(api_key=api_key, token=hash_token(api_key), key_alias=api_key[3:], **KEYS[api_key])
    await virtual_key_max_budget_check(valid_token=key, proxy_logging_obj=proxy_logging_obj, user_obj=None)
    return key
"""


def _price(configuration: dict, upstream: str) -> dict:
    """The repository's configuration, but for who answers, at which price, and where keys come from."""
    (model,) = configuration["model_list"]
    model["litellm_params"] |= {"model": "openai/scripted", "api_base": upstream}
    model["litellm_params"] |= {"input_cost_per_token": 0.001, "output_cost_per_token": 0.001}
    model["model_info"]["max_output_tokens"] = 100
    capped = {**model, "model_name": "capped", "litellm_params": {**model["litellm_params"], "model": "openai/other"}}
    capped["litellm_params"] |= {"max_budget": 0.01, "budget_duration": "1d"}
    configuration["model_list"].append(capped)
    configuration["general_settings"] |= {"custom_auth": "keys.look_up", "custom_auth_run_common_checks": True}
    return configuration


@pytest.fixture(scope="module")
def gateway(environment: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running proxy."""
    python = environment("litellm[proxy]", needs=True)
    folder = tmp_path_factory.mktemp("gateway")
    version(python, "litellm", folder)
    (folder / "keys.py").write_text(KEYS)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    answers = [say("FINAL(len(context))", usage={"prompt_tokens": 12, "completion_tokens": 4, "total_tokens": 16})]
    with ScriptedServer(lambda _: answers[0]) as server:
        configuration = _price(yaml.safe_load((FOLDER / "config.yaml").read_text()), server.base_url)
        (folder / "config.yaml").write_text(yaml.safe_dump(configuration))
        command = [
            str(python.parent / "litellm"),
            "--config",
            "config.yaml",
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
        ]
        named = {"LITELLM_MASTER_KEY": "sk-master", "UPSTREAM_API_KEY": "none", "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
        log = (folder / "log.txt").open("w")
        with (
            log,
            subprocess.Popen(
                [*command, "--telemetry", "False"], cwd=folder, env=os.environ | named, stdout=log, stderr=log
            ) as proxy,
        ):
            try:
                _wait_for(f"http://127.0.0.1:{port}/health/liveliness", proxy, folder / "log.txt")
                yield f"http://127.0.0.1:{port}/v1"
            finally:
                proxy.terminate()
                proxy.wait(60)


def _wait_for(url: str, process: subprocess.Popen, log: Path) -> None:
    """Until the page is there."""
    end = time.monotonic() + UP_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.5)
    pytest.fail(f"the proxy does not come up: {log.read_text()[-2_000:]}")


def refusal(gateway: str, key: str, model: str = "class", runs: int = 10) -> str:
    """What the first of some runs that fails says."""
    rlm = RLM(OpenAICompatible(model, base_url=gateway, api_key=key, max_rate_wait=0))
    for _ in range(runs):
        try:
            rlm.completion("How long is it?", "x")
        except ModelError as error:
            return str(error)
    pytest.fail("nothing was refused")


def test_a_profile_names_the_endpoint_and_the_variable_of_the_key(
    gateway: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = ["[profiles.class]", 'model = "class"', f'base_url = "{gateway}"', 'api_key_env = "CLASS_KEY"']
    (tmp_path / "rlm.toml").write_text("\n".join(lines))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CLASS_KEY", "sk-ada")
    answer = RLM(profile="class").completion("How long is it?", "four")
    assert answer.value == 4
    assert "sk-ada" not in answer.trace.to_json()


def test_a_budget_that_is_spent_ends_the_run_with_one_sentence(gateway: str) -> None:
    reason = refusal(gateway, "sk-bob")
    assert reason.startswith(f"The budget at {gateway} (")
    assert "Max budget: 0.3" in reason
    assert "tried" not in reason


def test_a_model_whose_budget_is_spent_says_so_too(gateway: str) -> None:
    assert refusal(gateway, "sk-ada", "capped").startswith(f"The budget at {gateway} (429) is spent")


def test_a_limit_of_a_rate_is_no_budget(gateway: str) -> None:
    reason = refusal(gateway, "sk-eve")
    assert "limits the rate of requests" in reason
    assert "Current limit: 1" in reason


def test_an_unknown_key_and_an_unknown_model_are_named(gateway: str) -> None:
    assert "Check OPENAI_API_KEY or the api_key argument." in refusal(gateway, "sk-nobody")
    assert "has no model 'other'" in (reason := refusal(gateway, "sk-ada", "other"))
    assert "It has: class, capped." in reason
