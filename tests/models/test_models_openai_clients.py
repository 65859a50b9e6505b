"""A model that takes over what a client of the openai package was configured with."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from typing import Any

import openai
import pytest
from asking import ask
from scripted_server import ScriptedServer, say

from rlm_kernel import RLM
from rlm_kernel.models import ModelError, OpenAICompatible

KEY = "sk-of-the-client-1234"


@pytest.mark.parametrize("kind", [openai.OpenAI, openai.AsyncOpenAI])
async def test_its_address_key_and_headers_are_used(
    scripted_server: Callable[..., ScriptedServer], kind: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "of-the-environment")
    server = scripted_server(["yes"])
    client = kind(
        base_url=server.base_url, api_key=KEY, organization="org-1", default_headers={"X-Team": "audit"}, timeout=7.0
    )
    model = OpenAICompatible.from_client("scripted", client, extra_body={"top_k": 1})
    assert (await ask(model)).text == "yes"
    await model.aclose()
    sent = server.headers[0]
    assert (sent["authorization"], sent["openai-organization"], sent["x-team"]) == (f"Bearer {KEY}", "org-1", "audit")
    assert sent["user-agent"].startswith("rlm-kernel/")
    assert not [name for name in sent if name.startswith("x-stainless")]
    assert server.requests[0].body["top_k"] == 1
    assert KEY.encode() not in pickle.dumps(model)


@pytest.mark.parametrize("deployment", [None, "named"])
async def test_a_client_of_azure_names_the_deployment_and_the_version(
    scripted_server: Callable[..., ScriptedServer], deployment: str | None
) -> None:
    server = scripted_server([], elsewhere=say("from the deployment"))
    client = openai.AsyncAzureOpenAI(
        azure_endpoint=server.base_url.removesuffix("/v1"),
        azure_deployment=deployment,
        api_key=KEY,
        api_version="2026-01-01",
    )
    model = OpenAICompatible.from_client("my model", client)
    assert (await ask(model)).text == "from the deployment"
    await model.aclose()
    place = deployment or "my%20model"
    assert server.paths == [f"POST /openai/deployments/{place}/chat/completions?api-version=2026-01-01"]
    assert server.headers[0]["api-key"] == KEY
    assert "authorization" not in server.headers[0]
    assert KEY.encode() not in pickle.dumps(model)


def test_a_run_takes_such_a_model_and_its_trace_has_no_key(scripted_server: Callable[..., ScriptedServer]) -> None:
    server = scripted_server(["```python\nFINAL(len(context))\n```"])
    client = openai.OpenAI(base_url=server.base_url, api_key=KEY, default_headers={"X-Api-Key": "another-secret-9"})
    answer = RLM(OpenAICompatible.from_client("scripted", client)).completion("How long?", "abc")
    assert answer.value == 3
    text = json.dumps(answer.trace.to_json())
    assert KEY not in text
    assert "another-secret-9" not in text


@pytest.mark.parametrize(
    ("client", "reason"),
    [
        (lambda: "https://api.openai.com/v1", "is wanted, not str"),
        (lambda: openai.OpenAI(api_key=lambda: KEY), "makes its key anew"),
        (
            lambda: openai.AzureOpenAI(
                azure_endpoint="https://x.invalid", azure_ad_token_provider=lambda: KEY, api_version="2026-01-01"
            ),
            "makes its key anew",
        ),
    ],
)
def test_what_cannot_be_taken_over_is_refused(client: Callable[[], Any], reason: str) -> None:
    with pytest.raises(ModelError, match=reason):
        OpenAICompatible.from_client("m", client())
