"""The OpenAI-compatible model when things go wrong: errors, the key, retries, cancellation, event loops."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import dataclasses
import gc
import logging
import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest
from asking import PROMPT, ask, failure
from scripted_server import ScriptedServer, chunk, drop, fail, hang, raw, say, sse

from rlm_kernel.models import Delta, Message, ModelError, OpenAICompatible

Start = Callable[..., ScriptedServer]


@pytest.mark.parametrize(
    ("step", "kind", "retryable", "words"),
    [
        (fail(401, "Incorrect API key"), "auth", False, ["Incorrect API key", "OPENAI_API_KEY", "api_key"]),
        (fail(403, "Country not supported"), "auth", False, ["Country not supported"]),
        (fail(402, "Insufficient Balance"), "auth", False, ["Insufficient Balance", "balance of the account"]),
        (fail(429, "Slow down"), "rate-limit", True, ["Slow down"]),
        (fail(429, "No money", code="insufficient_quota"), "rate-limit", False, ["quota is used up"]),
        (fail(500, "boom"), "server", True, ["boom", "500"]),
        (fail(400, "nonsense"), "server", False, ["nonsense"]),
        (fail(405, "Method not allowed"), "protocol", False, ["Check base_url"]),
        (
            raw("<!doctype html><title>Welcome</title>x", content_type="text/html"),
            "protocol",
            False,
            ["Welcome", "/v1"],
        ),
        (raw("<html><title>Nope</title>", content_type="text/html", status=404), "protocol", False, ["Nope", "/v1"]),
        (raw("<html>", content_type="text/html", status=502), "server", True, ["502"]),
        (raw("Ollama is running", content_type="text/plain"), "protocol", False, ["Ollama is running", "base_url"]),
        (raw('{"choices": [{"mess', content_type="application/json"), "protocol", False, ["no chat reply"]),
        (raw("[1, 2]", content_type="application/json"), "protocol", False, ["no chat reply"]),
        (raw("[" * 100_000, content_type="application/json"), "protocol", False, ["no chat reply"]),
        (raw("[" * 900 + "]" * 900, status=400), "server", False, ["refused the request"]),
        (raw("<title" * 100_000, content_type="text/html"), "protocol", False, ["no chat reply"]),
        (raw('{"id": "x"}', content_type="application/json"), "protocol", False, ["without choices"]),
        (raw('{"choices": []}', content_type="application/json"), "protocol", False, ["without choices"]),
        (sse({"id": "x"}, {"choices": None}), "protocol", False, ["without choices"]),
        (sse("not json"), "protocol", False, ["not json"]),
        (sse({"error": {"message": "upstream died", "code": 502}}), "server", True, ["upstream died"]),
        (sse({"error": "just text"}), "server", True, ["just text"]),
        (sse({"error": {"message": "too fast", "code": 429}}), "rate-limit", True, ["too fast"]),
        (say("", finish_reason="length"), "empty", False, ["raise max_tokens"]),
        (say("", reasoning="long thoughts", finish_reason="length"), "empty", False, ["reasoning", "raise max_tokens"]),
        (say("<think>never ends", finish_reason="length"), "empty", False, ["reasoning", "raise max_tokens"]),
        (say(" \n"), "empty", True, ["empty reply"]),
        (say("", finish_reason="content_filter"), "empty", False, ["content_filter"]),
    ],
)
async def test_each_failure_is_one_clear_sentence(
    connect: Any, step: Any, kind: str, retryable: bool, words: list[str]
) -> None:
    model, server = connect([step], max_retries=0, max_rate_wait=0)
    # Thinking that never ends still streams, so the deltas are not compared with a reply here.
    error = await failure(model)
    assert (error.kind, error.retryable) == (kind, retryable)
    for word in [*words, *([] if kind == "empty" else [server.base_url])]:
        assert word in str(error)


@pytest.mark.parametrize(
    ("step", "words", "window"),
    [
        (
            fail(
                400,
                "the request exceeds the available context size",
                type="exceed_context_size_error",
                n_prompt_tokens=9000,
                n_ctx=4096,
            ),
            ["9,000", "4,096"],
            4096,
        ),
        (
            fail(
                400,
                "This model's maximum context length is 8192 tokens. However, your messages resulted in 9,500 tokens. "
                "Please reduce the length of the messages or max_tokens.",
                code="context_length_exceeded",
            ),
            ["8,192", "9,500"],
            8192,
        ),
        (fail(400, "prompt is too long: 210000 tokens > 200000 maximum"), ["210,000", "200,000"], 200_000),
        (sse({"error": {"message": "context_length_exceeded"}}), ["too long"], None),
    ],
)
async def test_a_prompt_that_does_not_fit_is_named_with_its_figures(
    connect: Any, step: Any, words: list[str], window: int | None
) -> None:
    model, server = connect([step])
    error = await failure(model, max_tokens=5)
    assert (error.kind, error.retryable) == ("context-length", False)
    assert all(word in str(error) for word in words)
    assert len(server.requests) == 1
    if window:
        assert model.context_window == window


async def test_an_unknown_model_is_told_with_the_known_ones(scripted_server: Start) -> None:
    server = scripted_server(lambda body: fail(404, "model not found"), models=[f"model-{n}" for n in range(10)])
    model = OpenAICompatible("gpt-9", base_url=server.base_url)
    error = await failure(model)
    await model.aclose()
    assert error.kind == "not-found"
    assert "'gpt-9'" in str(error)
    assert "model-7 and 2 more" in str(error)
    assert "model-8" not in str(error)


async def test_a_wrong_path_hints_at_the_base_url(scripted_server: Start) -> None:
    server = scripted_server([])
    model = OpenAICompatible("m", base_url=server.base_url.replace("/v1", "/wrong"))
    error = await failure(model)
    await model.aclose()
    assert error.kind in ("not-found", "protocol")
    assert "ends in /v1" in str(error)


async def test_nobody_listens() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/v1"
        model = OpenAICompatible("m", base_url=url)
        error = await failure(model)
        await model.aclose()
    assert error.kind == "connection"
    assert str(error) == f"No server answers at {url}: is it running? (for Ollama: `ollama serve`)"


async def test_an_unknown_host_is_named() -> None:
    model = OpenAICompatible("m", base_url="http://no-such-host.invalid/v1")
    error = await failure(model)
    await model.aclose()
    assert error.kind == "connection"
    assert "no-such-host.invalid" in str(error)


@pytest.mark.parametrize("url", ["localhost:11434/v1", "ftp://x/v1", "http://"])
def test_an_unusable_base_url_is_refused_at_once(url: str) -> None:
    with pytest.raises(ModelError, match="base_url must be like"):
        OpenAICompatible("m", base_url=url)


@pytest.mark.parametrize("value", [object(), float("nan"), {1, 2}])
def test_an_extra_body_that_cannot_be_sent_is_refused_at_once(value: Any) -> None:
    with pytest.raises(ModelError, match="extra_body must be JSON"):
        OpenAICompatible("m", base_url="http://127.0.0.1:1/v1", extra_body={"stop": value})


async def test_hostile_server_text_is_bounded_and_printable(connect: Any) -> None:
    model, _ = connect([fail(400, "\x1b[2J\x00\u202eevil\r\n" + "y" * 100_000)])
    text = str(await failure(model))
    assert len(text) < 1000
    assert text.isprintable()
    assert "evil" in text


async def test_a_silent_server_times_out(connect: Any) -> None:
    model, server = connect([hang()], timeout=0.05)
    error = await failure(model)
    assert (error.kind, error.retryable) == ("connection", True)
    assert "timeout" in str(error)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "answer",
    [
        b"this is no HTTP\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 1_000_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100_000 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\ndata: {}\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\ndata: {",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd",
        b"HTTP/1.1 302 Found\r\nLocation: http://[\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: ftp://x/\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 307 Again\r\nLocation: /v1/chat/completions\r\nContent-Length: 0\r\n\r\n",
        b"",
    ],
)
async def test_a_server_that_breaks_the_protocol_is_an_error_of_ours(answer: bytes) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(65_536)
        writer.write(answer)
        with contextlib.suppress(ConnectionError):
            await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        model = OpenAICompatible("m", base_url=f"http://127.0.0.1:{port}/v1", max_retries=0)
        error = await failure(model)
        window = await model.learn_window()
        await model.aclose()
    assert error.kind in ("connection", "server", "protocol")
    assert "timeout" not in str(error)
    assert window is None


async def test_plain_http_where_tls_is_spoken_is_named(scripted_server: Start) -> None:
    server = scripted_server([])
    model = OpenAICompatible("m", base_url=server.base_url.replace("http:", "https:"), max_retries=0)
    error = await failure(model)
    await model.aclose()
    assert error.kind == "connection"
    assert "http or https?" in str(error)


async def test_the_key_is_sent_and_shown_nowhere(connect: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    key = "sk-very-secret-1234567890"
    model, server = connect([fail(500, f"busy with {key}"), fail(401, f"Bad key: {key}.")], api_key=f"{key}\n")
    error = await failure(model)
    assert server.requests[0].headers["authorization"] == f"Bearer {key}"
    assert "Bad key: [redacted]." in str(error)
    assert error.__cause__ is None
    for shown in (str(error), repr(error), repr(model), caplog.text, *model.notices):
        assert key not in shown


async def test_the_environment_gives_key_and_address(scripted_server: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    server = scripted_server(["one", "two"])
    monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-from-environment")
    for options in ({}, {"api_key": "sk-from-argument"}):
        model = OpenAICompatible("m", **options)
        await ask(model)
        await model.aclose()
    sent = [request.headers["authorization"] for request in server.requests]
    assert sent == ["Bearer sk-from-environment", "Bearer sk-from-argument"]


async def test_openai_itself_is_not_asked_without_a_key() -> None:
    error = await failure(OpenAICompatible("gpt-5"))
    assert error.kind == "auth"
    assert "OPENAI_API_KEY" in str(error)


async def test_a_refusal_without_a_key_says_that_none_was_given(connect: Any) -> None:
    model, _ = connect([fail(401, "who are you?")])
    assert "No key was given" in str(await failure(model))


def test_credentials_in_the_address_are_not_shown() -> None:
    model = OpenAICompatible("m", base_url="http://user:hunter22@127.0.0.1:9/v1?api-key=abcdef")
    assert "hunter22" not in repr(model)
    assert "abcdef" not in repr(model)


async def test_credentials_in_the_address_are_sent_as_such(scripted_server: Start) -> None:
    server = scripted_server(["yes"])
    url = server.base_url.replace("//", "//us%40er:hunter22@")
    model = OpenAICompatible("m", base_url=url, api_key="sk-key")
    await ask(model)
    await model.aclose()
    sent = base64.b64decode(server.requests[0].headers["authorization"].removeprefix("Basic "))
    assert sent == b"us@er:hunter22"


async def test_credentials_in_the_address_are_used_but_not_logged(
    scripted_server: Start, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server = scripted_server([], models=["scripted"])
    url = server.base_url.replace("//", "//user:hunter22@")
    model = OpenAICompatible("m", base_url=f"{url}?api-key=abcdef")
    await failure(model)
    await model.aclose()
    assert server.paths[0] == "POST /v1/chat/completions?api-key=abcdef"
    assert "POST http://127.0.0.1" in caplog.text
    assert "hunter22" not in caplog.text
    assert "abcdef" not in caplog.text


@pytest.mark.parametrize(
    "step",
    [fail(500), fail(503), fail(429), fail(408), fail(409), drop(), sse({"error": {"code": 503}}), raw(status=200)],
)
async def test_what_may_pass_is_tried_again(connect: Any, step: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    model, server = connect([step, step, "at last"])
    assert (await ask(model)).text == "at last"
    assert len(server.requests) == 3
    assert "Try 3 follows" in caplog.text


async def test_a_stream_that_dies_before_the_first_token_is_tried_again(connect: Any) -> None:
    model, _ = connect([drop(""), "at last"])
    assert (await ask(model)).text == "at last"


@pytest.mark.parametrize("step", [drop("half an ans"), sse(chunk(content="half an ans"), done=False)])
async def test_a_stream_that_dies_in_the_middle_is_left_to_the_caller(connect: Any, step: Any) -> None:
    model, server = connect([step, "never asked"])
    seen = []

    async def consume() -> None:
        async for piece in model.stream(PROMPT):
            seen.append(piece)

    with pytest.raises(ModelError, match="middle of the reply") as caught:
        await consume()
    assert (caught.value.kind, caught.value.retryable) == ("connection", True)
    assert seen == [Delta("half an ans")]
    assert len(server.requests) == 1


async def test_an_error_among_the_data_after_some_text_is_left_to_the_caller(connect: Any) -> None:
    model, server = connect([sse(chunk(content="half"), {"error": {"message": "overloaded", "code": 503}})])
    error = await failure(model)
    assert (error.kind, error.retryable) == ("server", True)
    assert len(server.requests) == 1


async def test_retries_end(connect: Any) -> None:
    model, server = connect(lambda body: fail(503, "still down"), max_retries=2)
    error = await failure(model)
    assert "still down" in str(error)
    assert "tried 3 times" in str(error)
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    "headers", [{"Retry-After": "0"}, {"retry-after-ms": "5"}, {"Retry-After": "Thu, 01 Jan 2015 00:00:00 GMT"}]
)
async def test_the_server_may_say_how_long_to_wait(connect: Any, headers: dict[str, str]) -> None:
    model, _ = connect([fail(429, headers=headers), "now"], retry_delay=10_000.0)
    async with asyncio.timeout(10):
        assert (await ask(model)).text == "now"


async def test_a_wait_too_long_is_told_instead(connect: Any) -> None:
    model, server = connect([fail(429, "come back tomorrow", headers={"Retry-After": "86400"})])
    assert "It asks to wait 24 hours" in str(await failure(model))
    assert len(server.requests) == 1


async def test_a_wait_can_be_cancelled(connect: Any, caplog: pytest.LogCaptureFixture) -> None:
    answered = asyncio.Event()
    loop = asyncio.get_running_loop()

    def script(body: dict[str, Any]) -> Any:
        loop.call_soon_threadsafe(answered.set)
        return fail(500)

    model, server = connect(script, retry_delay=10_000.0)
    task = asyncio.create_task(ask(model))
    await answered.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(server.requests) == 1


async def test_cancelling_the_consumer_closes_the_request(connect: Any) -> None:
    model, server = connect([hang("some text")])
    first = asyncio.Event()

    async def consume() -> None:
        async for _ in model.stream(PROMPT):
            first.set()

    task = asyncio.create_task(consume())
    await first.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(server.wait_for_connections, 0)


async def test_an_error_in_mid_stream_closes_the_request(connect: Any) -> None:
    step = sse(chunk(content="half"), {"error": {"message": "overloaded", "code": 503}})
    model, server = connect([dataclasses.replace(step, ending="hang", pieces=step.pieces[:2])])
    error = await failure(model)
    assert "overloaded" in str(error)
    assert await asyncio.to_thread(server.wait_for_connections, 0)


async def test_calls_run_side_by_side(connect: Any) -> None:
    barrier = threading.Barrier(8)

    def script(body: dict[str, Any]) -> str:
        barrier.wait(10)  # every request must be in before any is answered
        return body["messages"][0]["content"]

    model, _ = connect(script)
    prompts: list[list[Message]] = [[{"role": "user", "content": f"number {n}"}] for n in range(8)]
    replies = await asyncio.gather(*(ask(model, prompt) for prompt in prompts))
    assert [reply.text for reply in replies] == [f"number {n}" for n in range(8)]


def test_one_instance_serves_several_loops_and_leaves_nothing_open(scripted_server: Start) -> None:
    server = scripted_server(["one", "two", "three"])
    model = OpenAICompatible("m", base_url=server.base_url)

    async def ask_and_close() -> str:
        reply = await ask(model)
        await model.aclose()
        await model.aclose()
        return reply.text

    # The first loop ends without aclose; its shutdown must close the connection all the same.
    assert asyncio.run(ask(model)).text == "one"
    assert server.wait_for_connections(0)
    assert asyncio.run(ask_and_close()) == "two"
    assert asyncio.run(ask_and_close()) == "three"
    gc.collect()
    assert server.wait_for_connections(0)
    assert server.connections == 3
