"""The scripted server itself, where the tests of the models do not exercise it."""

from __future__ import annotations

import json
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.error import HTTPError

import pytest
from scripted_server import ScriptedServer, hang, say


def post(server: ScriptedServer, **body: Any) -> Any:
    url = f"{server.base_url}/chat/completions"
    request = urllib.request.Request(url, json.dumps({"messages": [], **body}).encode())
    with urllib.request.urlopen(request, timeout=10) as response:
        return response.read().decode()


def content(answer: str) -> str:
    return json.loads(answer)["choices"][0]["message"]["content"]


def test_roles_have_scripts_of_their_own() -> None:
    script = {"root": ["one", "two"], "sub": lambda body: f"{len(body['messages'])} messages"}
    with ScriptedServer(replies=script) as server:
        answers = [content(post(server, model=name)) for name in ("root", "sub", "root", "sub")]
        assert answers == ["one", "0 messages", "two", "0 messages"]
        assert [request["model"] for request in server.requests] == ["root", "sub", "root", "sub"]
        with pytest.raises(HTTPError) as caught:
            post(server, model="root")
        assert caught.value.code == 500
        assert "script exhausted: no step 3 for model 'root'" in caught.value.read().decode()
        caught.value.close()


def test_a_stream_ends_with_usage_and_done() -> None:
    with ScriptedServer([say("a b", size=1)]) as server:
        events = post(server, model="m", stream=True).strip().split("\n\n")
    assert events[-1] == "data: [DONE]"
    assert json.loads(events[-2].removeprefix("data: "))["usage"]["prompt_tokens"] == 100
    assert len(events) == 6


def test_it_closes_while_a_client_waits() -> None:
    with ThreadPoolExecutor(1) as pool:
        with ScriptedServer([hang()]) as server:
            waiting = pool.submit(post, server, model="m")
            assert server.hanging.wait(10)
            assert server.open_connections == 1
        assert isinstance(waiting.exception(10), OSError)
    assert server.open_connections == 0
