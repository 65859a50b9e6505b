"""The scripted server itself, where the tests of the models do not exercise it."""

from __future__ import annotations

import contextlib
import json
import threading
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError

import pytest
from scripted_server import Count, ScriptedServer, drop, fail, hang, late, say, too_many


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
        assert caught.value.code == 400
        assert "script exhausted: no step 3 for model 'root'" in caught.value.read().decode()
        caught.value.close()


def test_a_stream_ends_with_usage_and_done() -> None:
    with ScriptedServer([say("a b", size=1)]) as server:
        events = post(server, model="m", stream=True).strip().split("\n\n")
    assert events[-1] == "data: [DONE]"
    assert json.loads(events[-2].removeprefix("data: "))["usage"]["prompt_tokens"] == 100
    assert len(events) == 6


def test_it_counts_what_it_was_asked_and_what_it_has_answered() -> None:
    usage = {"prompt_tokens": 10, "completion_tokens": 2, "cost": 0.5}
    steps = [say("one", usage=usage), fail(500), too_many(1.5), drop("half"), say("two", usage=None), "three"]
    with ScriptedServer(steps) as server:
        for n in range(len(steps)):
            with contextlib.suppress(OSError, HTTPException):
                post(server, model="m", stream=n != 4)
        count = server.final_count()
        assert [request.at for request in server.requests] == sorted(request.at for request in server.requests)
    assert count == Count(requests=6, answered=3, prompt_tokens=110, completion_tokens=4, cost=0.5, most_in_flight=1)


def test_hundreds_of_requests_are_in_flight_at_once() -> None:
    barrier = threading.Barrier(300)

    def script(body: dict[str, Any]) -> str:
        barrier.wait(30)  # every request must be in before any is answered
        return body["messages"][0]

    with ThreadPoolExecutor(300) as pool, ScriptedServer(script) as server:
        answers = list(pool.map(lambda n: content(post(server, model="m", messages=[f"{n}"])), range(300)))
        assert answers == [f"{n}" for n in range(300)]
        assert server.final_count().most_in_flight == 300


def test_a_delay_is_the_servers_and_ends_with_it() -> None:
    with ThreadPoolExecutor(1) as pool:
        with ScriptedServer(lambda body: late("never", 600), delay=600) as server:
            waiting = pool.submit(post, server, model="m")
            while server.count.requests == 0:
                waiting.done()
        waiting.exception(10)


def test_models_have_the_entries_that_are_given_and_pages_are_served() -> None:
    listing = ["name", {"id": "other", "max_model_len": 4096}]
    with ScriptedServer(models=listing, pages={"/props": {"n": 1}}) as server:
        root = server.base_url.removesuffix("/v1")
        with urllib.request.urlopen(f"{root}/v1/models", timeout=10) as response:
            data = json.load(response)["data"]
        with urllib.request.urlopen(f"{root}/props", timeout=10) as response:
            assert json.load(response) == {"n": 1}
    assert data == [{"id": "name", "object": "model"}, listing[1]]


def test_it_closes_while_a_client_waits() -> None:
    with ThreadPoolExecutor(1) as pool:
        with ScriptedServer([hang()]) as server:
            waiting = pool.submit(post, server, model="m")
            assert server.hanging.wait(10)
            assert server.open_connections == 1
        assert isinstance(waiting.exception(10), OSError)
    assert server.open_connections == 0
