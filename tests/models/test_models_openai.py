"""The OpenAI-compatible model against a real server: replies, framing, parameters, what it tells about itself."""

from __future__ import annotations

import asyncio
import base64
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pytest
from asking import PROMPT, ask, failure, pieces
from scripted_server import ScriptedServer, chunk, event, fail, raw, say, sse

from rlm_kernel.models import Delta, Model, ModelError, OpenAICompatible
from rlm_kernel.models.openai.transport import HttpConnection


async def test_a_reply_streams_and_ends_with_the_whole(connect: Any) -> None:
    usage = {"prompt_tokens": 12, "completion_tokens": 5, "prompt_tokens_details": {"cached_tokens": 8}, "cost": 0.25}
    model, server = connect([say("A reply in several pieces.", size=5, usage=usage)])
    got = await pieces(model, max_tokens=50, temperature=0.3, seed=7)
    assert 2 <= len(got) <= 7  # what has come together is one delta
    reply = got[-1]
    assert (reply.text, reply.reasoning, reply.finish_reason) == ("A reply in several pieces.", "", "stop")
    spent = reply.usage
    assert (spent.calls, spent.prompt_tokens, spent.completion_tokens, spent.cached_tokens) == (1, 12, 5, 8)
    assert (spent.cost, spent.estimated) == (0.25, False)
    assert spent.seconds > 0
    assert server.requests[0].body == {
        "model": "scripted",
        "messages": PROMPT,
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": 50,
        "temperature": 0.3,
        "seed": 7,
    }


async def test_the_first_delta_comes_before_the_server_has_finished(connect: Any) -> None:
    gate = threading.Event()
    model, _ = connect([say("first, then the rest", size=6, gate=gate)])
    stream = model.stream(PROMPT)
    assert await anext(stream) == Delta("first,")
    gate.set()
    assert [piece async for piece in stream][-1].text == "first, then the rest"


async def test_what_comes_together_is_one_delta(connect: Any) -> None:
    text = "one character in each event"
    events = [event(chunk(content=each)) for each in text] + [event(chunk(finish_reason="stop")), event("[DONE]")]
    model, _ = connect([raw(b"".join(events))])
    assert await pieces(model) == [Delta(text), ANY]


async def test_what_came_before_an_error_in_the_same_packet_is_handed_on(connect: Any) -> None:
    events = [
        event(chunk(content="half ")),
        event(chunk(content="a reply")),
        event({"error": {"message": "overloaded"}}),
    ]
    model, server = connect([raw(b"".join(events))])
    stream = model.stream(PROMPT)
    assert await anext(stream) == Delta("half a reply")
    with pytest.raises(ModelError, match="overloaded"):
        await anext(stream)
    assert len(server.requests) == 1


async def test_a_first_batch_makes_one_set_of_connections(connect: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[HttpConnection] = []
    init = HttpConnection.__init__

    def counted(self: HttpConnection, *args: Any) -> None:
        made.append(self)
        init(self, *args)

    monkeypatch.setattr(HttpConnection, "__init__", counted)
    model, _ = connect(lambda body: "yes")
    replies = await asyncio.gather(*(ask(model) for _ in range(20)))
    assert [reply.text for reply in replies] == ["yes"] * 20
    assert len(made) == 1


async def test_what_is_not_asked_for_is_not_sent(connect: Any) -> None:
    model, server = connect(["yes", "yes"], temperature=0.5, extra_body={"top_k": 3})
    await ask(model)
    await ask(model, temperature=0.0)
    first, second = (request.body for request in server.requests)
    assert "max_tokens" not in first
    assert "seed" not in first
    assert (first["temperature"], first["top_k"]) == (0.5, 3)
    assert second["temperature"] == 0.0


async def test_a_server_that_ignores_streaming_is_understood(connect: Any) -> None:
    body = (
        '{"choices":[{"index":0,"message":{"role":"assistant","content":"<think>hm</think>whole"},"finish_reason":"stop"}],'
        '"usage":{"prompt_tokens":3,"completion_tokens":2,"prompt_cache_hit_tokens":1}}'
    )
    model, _ = connect([raw(body[:50], body[50:], content_type="application/json")])
    reply = await ask(model)
    assert (reply.text, reply.reasoning) == ("whole", "hm")
    assert (reply.usage.prompt_tokens, reply.usage.cached_tokens) == (3, 1)


async def test_missing_usage_is_estimated_and_marked(connect: Any) -> None:
    model, _ = connect([say("x" * 40, usage=None)])
    usage = (await ask(model)).usage
    assert usage.estimated
    assert (usage.prompt_tokens, usage.completion_tokens) == (4, 10)


@pytest.mark.parametrize(
    "usage",
    [
        {"prompt_tokens": "many"},
        {"prompt_tokens": -5, "completion_tokens": True},
        {"prompt_tokens": 0},
        "none",
        [],
        {"cost": 10**400},
    ],
)
async def test_nonsense_usage_is_estimated(connect: Any, usage: Any) -> None:
    model, _ = connect([sse(chunk(content="12345678", finish_reason="stop"), {"choices": [], "usage": usage})])
    spent = (await ask(model)).usage
    assert (spent.prompt_tokens, spent.completion_tokens, spent.estimated, spent.cost) == (4, 2, True, None)


@pytest.mark.parametrize(
    ("more", "cost"),
    [
        ({"cost": 0.95, "cost_details": {"upstream_inference_cost": 19}}, 0.95),
        ({"cost": 0.5, "is_byok": True, "cost_details": {"upstream_inference_cost": 2}}, 2.5),
        ({"cost": 0.5, "is_byok": True, "cost_details": {"upstream_inference_cost": float("nan")}}, 0.5),
        ({"cost": 0.5, "is_byok": True, "cost_details": "free"}, 0.5),
        ({"cost": 0}, 0.0),
        ({"cost_details": {"upstream_inference_cost": 2}}, None),
        *[({"cost": value}, None) for value in (-1, True, "0.5", None, {"total": 1}, 1e9)],
        *[({"cost": float(value)}, None) for value in ("nan", "inf", "-inf")],
    ],
)
async def test_a_cost_is_the_endpoints_own_figure_or_none(
    connect: Any, more: dict[str, Any], cost: float | None
) -> None:
    model, _ = connect([say("x", usage={"prompt_tokens": 9, "completion_tokens": 1, **more})])
    spent = (await ask(model)).usage
    assert (spent.cost, spent.estimated) == (cost, False)


@pytest.mark.parametrize(
    ("more", "cached"),
    [
        ({"prompt_tokens_details": {"cached_tokens": 5}}, 5),
        ({"prompt_cache_hit_tokens": 6}, 6),
        ({"cached_tokens": 7}, 7),
        ({"prompt_tokens_details": None, "cached_tokens": -1}, 0),
        ({"prompt_tokens_details": {"cached_tokens": True}, "cached_tokens": 10**400}, 0),
    ],
)
async def test_tokens_from_the_endpoints_cache(connect: Any, more: dict[str, Any], cached: int) -> None:
    model, _ = connect([say("x", usage={"prompt_tokens": 9, "completion_tokens": 1, **more})])
    assert (await ask(model)).usage.cached_tokens == cached


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
async def test_reasoning_is_kept_apart(connect: Any, field: str) -> None:
    model, _ = connect([say("Four.", reasoning="Two and two.", reasoning_field=field)])
    got = await pieces(model)
    assert got[0] == Delta(reasoning="Two and two.")
    assert (got[-1].text, got[-1].reasoning) == ("Four.", "Two and two.")


@pytest.mark.parametrize("size", [1, 3, 1000])
async def test_think_tags_at_the_start_are_reasoning_however_they_are_cut(connect: Any, size: int) -> None:
    model, _ = connect([say("\n<think>a < b </thin></think>\n\nThe <think> tag stays.", size=size)])
    reply = await ask(model)
    assert (reply.text, reply.reasoning) == ("The <think> tag stays.", "a < b </thin>")


@pytest.mark.parametrize("text", ["<thin ice", "<", "  <b>bold</b>", "x </think> y"])
async def test_other_text_is_left_alone(connect: Any, text: str) -> None:
    model, _ = connect([say(text, size=1)])
    assert (await ask(model)).text == text


async def test_thinking_that_a_template_has_opened_is_not_in_the_reply(connect: Any) -> None:
    model, _ = connect([say("I should add.\n</think>\n\nprint(4)", size=4)])
    reply = [piece async for piece in model.stream(PROMPT)][-1]
    assert (reply.text, reply.reasoning) == ("print(4)", "I should add.")


async def test_an_untidy_stream_is_read(connect: Any) -> None:
    body = (
        b"\xef\xbb\xbf: hello\r\n\r\nevent: message\r\nid: 1\r\ndata: "
        b'{"choices":[{"index":0,\r\ndata: "delta":{"content":"na\xc3\xafve \xf0\x9f\x98\x80"}}]}\r\n\r\n'
        b": keep-alive\r\n\r\nretry: 5\r\n\r\n"
        b'data:{"choices":[{"delta":{"content":null}},7]}\n\n'
        b'data: {"choices":[{"delta":{"content":"!"},"finish_reason":"stop"}]}\r\r'
        b"data: [DONE]\n\n"
    )
    for size in (1, 2, 7, len(body)):
        model, _ = connect([raw(*(body[at : at + size] for at in range(0, len(body), size)))])
        assert (await ask(model)).text == "naïve 😀!"


async def test_comments_between_chunks_are_skipped(connect: Any) -> None:
    model, _ = connect([say("with comments", size=2, comments=True)])
    assert (await ask(model)).text == "with comments"


async def test_empty_choices_and_a_last_event_without_an_end_are_accepted(connect: Any) -> None:
    steps = raw(event({"choices": [], "prompt_filter_results": []}), event(chunk(content="ok")), "data: [DONE]")
    model, _ = connect([steps])
    assert (await ask(model)).text == "ok"


async def test_a_reply_is_whole_after_its_finish_reason_even_if_the_connection_then_breaks(connect: Any) -> None:
    last = event(chunk(content="all of it", finish_reason="stop"))
    model, server = connect([raw(last, "data: {broken\n\n"), raw(last, event({"error": {"message": "late"}}))])
    for _ in range(2):
        reply = await ask(model)
        assert (reply.text, reply.usage.estimated) == ("all of it", True)
    assert len(server.requests) == 2


async def test_parts_of_content_are_joined(connect: Any) -> None:
    parts = [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}, {"type": "text", "text": "yes"}, 3]
    model, _ = connect([sse(chunk(content=parts, finish_reason="stop"))])
    reply = await ask(model)
    assert (reply.text, reply.reasoning) == ("yes", "hm")


async def test_the_connection_is_used_again(connect: Any) -> None:
    model, server = connect(["one", say("two", usage=None), fail(500), "three"])
    for _ in range(3):
        await ask(model)
    assert server.connections == 1


async def test_lone_surrogates_do_not_break_a_request(connect: Any) -> None:
    model, server = connect(["yes"])
    await ask(model, [{"role": "user", "content": "é\ud800"}])
    assert server.requests[0]["messages"][0]["content"] == "é?"


async def test_max_tokens_is_renamed_where_it_is_refused_and_that_is_remembered(connect: Any) -> None:
    refusal = fail(
        400,
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
        code="unsupported_parameter",
        param="max_tokens",
    )
    model, server = connect([refusal, "one", "two", "three"])
    await ask(model, max_tokens=9)
    await ask(model, max_tokens=9)
    other = OpenAICompatible("scripted", base_url=server.base_url)
    await ask(other, max_tokens=9)
    await other.aclose()
    sent = [(request.body.get("max_tokens"), request.body.get("max_completion_tokens")) for request in server.requests]
    assert sent == [(9, None), (None, 9), (None, 9), (None, 9)]


@pytest.mark.parametrize(
    ("refusal", "gone"),
    [
        (fail(400, "no", code="unsupported_value", param="temperature"), "temperature"),
        (fail(400, "no", code="unsupported_parameter", param="seed"), "seed"),
        (fail(422, "Extra inputs are not permitted: stream_options"), "stream_options"),
        (fail(400, "bad request", param="stream_options.include_usage"), "stream_options"),
        (raw('{"detail":"Unknown field: seed"}', status=400, content_type="application/json"), "seed"),
    ],
)
async def test_a_refused_parameter_is_left_out_from_then_on(connect: Any, refusal: Any, gone: str) -> None:
    model, server = connect([refusal, "one", "two"], max_retries=0)
    for _ in range(2):
        await ask(model, temperature=0.2, seed=3)
    assert [gone in request.body for request in server.requests] == [True, False, False]
    kept = {"temperature", "seed", "stream_options", "messages"} - {gone}
    assert all(kept <= request.body.keys() for request in server.requests)


async def test_an_endpoint_that_cannot_stream_is_asked_without(connect: Any) -> None:
    model, server = connect([fail(400, "unsupported", code="unsupported_value", param="stream"), "whole"])
    assert (await ask(model)).text == "whole"
    assert "stream" not in server.requests[1].body
    assert "stream_options" not in server.requests[1].body


async def test_a_bad_value_of_the_user_is_an_error(connect: Any) -> None:
    model, server = connect([fail(400, "temperature must be at most 2", code="invalid_value", param="temperature")])
    error = await failure(model, temperature=9.0)
    assert (error.kind, error.retryable) == ("server", False)
    assert "temperature must be at most 2" in str(error)
    assert len(server.requests) == 1


async def test_an_endpoint_that_refuses_everything_comes_to_an_end(connect: Any) -> None:
    names = ["stream_options", "max_tokens", "max_completion_tokens", "temperature", "seed", "stream"]

    def refuse(body: dict[str, Any]) -> Any:
        here = [name for name in names if name in body]
        return fail(400, "unsupported", code="unsupported_parameter", param=here[0] if here else "messages")

    model, server = connect(refuse)
    assert (await failure(model, max_tokens=1, temperature=1.0, seed=1)).kind == "server"
    assert len(server.requests) == 7


async def test_a_prompt_that_was_silently_cut_is_noticed(connect: Any) -> None:
    model, _ = connect([say("ok", usage={"prompt_tokens": 2048, "completion_tokens": 1})] * 2)
    for _ in range(2):
        await ask(model, [{"role": "user", "content": "word " * 10_000}])
    (notice,) = model.notices
    assert "2,048" in notice
    assert "OLLAMA_CONTEXT_LENGTH=16384" in notice


@pytest.mark.parametrize(
    ("content", "tokens"), [("word " * 10_000, 10_000), ("word " * 1_000, 10), ("x\n" + " " * 50_000, 300)]
)
async def test_a_whole_prompt_is_not_called_cut(connect: Any, content: str, tokens: int) -> None:
    model, _ = connect([say("ok", usage={"prompt_tokens": tokens, "completion_tokens": 1})])
    await ask(model, [{"role": "user", "content": content}])
    assert model.notices == ()


@pytest.mark.parametrize(
    ("name", "small"),
    [
        ("qwen2.5-coder:1.5b", True),
        ("Qwen2.5-0.5B-Instruct", True),
        ("llama-3.2-3b", True),
        ("gemma3:4b-it-q4_K_M", True),
        ("smollm2:360m", True),
        ("qwen2.5-coder:7b", False),
        ("Qwen3-30B-A3B", False),
        ("mixtral-8x7b", False),
        ("qwen2.5-7b-instruct-1m", False),
        ("gpt-4.1", False),
        ("model-4bit", False),
    ],
)
def test_small_models_are_known_by_their_names(name: str, small: bool) -> None:
    assert OpenAICompatible(name, base_url="http://127.0.0.1:1/v1").small is small
    assert OpenAICompatible(name, base_url="http://127.0.0.1:1/v1", small=not small).small is not small


def test_it_is_a_model() -> None:
    model = OpenAICompatible("m", base_url="http://127.0.0.1:1/v1", context_window=4096)
    assert isinstance(model, Model)
    assert (model.name, model.context_window, model.notices) == ("m", 4096, ())


def test_the_http_library_is_imported_only_when_it_is_needed() -> None:
    code = (
        "import sys, rlm_kernel.models, rlm_kernel.models.openai.model as m, rlm_kernel.models.recorder;"
        "m.OpenAICompatible('x', base_url='http://127.0.0.1:1/v1');"
        "print([name for name in ('openai', 'aiohttp', 'httpx', 'httpx2', 'xllamacpp') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_run_does_not_wait_for_the_import_of_openai(scripted_server: Callable[..., ScriptedServer]) -> None:
    server = scripted_server(["```python\nFINAL(len(context))\n```"])
    code = (
        "import sys; from rlm_kernel import RLM;"
        f"print(RLM('scripted', {server.base_url!r}).completion('How long?', 'abc').value, 'openai' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "3 False"


async def test_the_proxy_of_the_environment_is_asked_for_other_machines(
    scripted_server: Callable[..., ScriptedServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = scripted_server([], elsewhere=say("through the proxy"))
    host = proxy.base_url.removesuffix("/v1").removeprefix("http://")
    for name in ("http_proxy", "no_proxy", "HTTP_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTP_PROXY", f"http://user:secret@{host}")
    model = OpenAICompatible("m", base_url="http://models.invalid/v1", max_retries=0)
    assert (await ask(model)).text == "through the proxy"
    assert proxy.paths == ["POST http://models.invalid/v1/chat/completions"]
    assert base64.b64decode(proxy.headers[0]["proxy-authorization"].removeprefix("Basic ")) == b"user:secret"
    await model.aclose()
    monkeypatch.setenv("NO_PROXY", "models.invalid")
    excepted = OpenAICompatible("m", base_url="http://models.invalid/v1", max_retries=0)
    assert "is not known" in str(await failure(excepted))
    await excepted.aclose()
    monkeypatch.delenv("NO_PROXY")
    monkeypatch.setenv("HTTP_PROXY", f"socks5://user:secret@{host}")
    refused = OpenAICompatible("m", base_url="http://models.invalid/v1")
    message = str(await failure(refused))
    assert "names a socks5 proxy for models.invalid" in message
    assert "secret" not in message
    assert len(proxy.paths) == 1


async def test_what_netrc_has_for_a_host_is_not_sent(
    connect: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password of-another-program\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    model, server = connect(["yes"], api_key="sk-the-key-1234")
    await ask(model)
    assert server.headers[0]["authorization"] == "Bearer sk-the-key-1234"


async def test_the_organisation_and_the_project_of_the_environment_are_named(
    connect: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", "org-1")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-2")
    model, server = connect(["yes"], extra_headers={"openai-project": "proj-3"})
    await ask(model)
    sent = server.headers[0]
    assert (sent["openai-organization"], sent["openai-project"]) == ("org-1", "proj-3")
    assert sent["user-agent"].startswith("rlm-kernel/")


async def test_a_proxy_is_not_asked_for_this_very_machine(connect: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    model, server = connect(["direct"])
    # Nothing listens on port 9: a request through the proxy would fail.
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert (await ask(model)).text == "direct"
    assert len(server.requests) == 1
