"""Endpoints with habits of their own: what they lack is done without, and what they send otherwise is understood."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest
from scripted_server import fail, raw, say, sse

from rlm_kernel.models import Message, ModelError, OpenAICompatible, Reply, Waiting
from rlm_kernel.models.keys import without_keys

CODE = "```python\nFINAL(3)\n```"
CHAT: list[Message] = [
    {"role": "system", "content": "rules"},
    {"role": "user", "content": "question"},
    {"role": "assistant", "content": "code"},
    {"role": "user", "content": "output"},
]


async def replied(model: OpenAICompatible, messages: Any = CHAT) -> list[Any]:
    return [piece async for piece in model.stream(messages)]


async def text_of(model: OpenAICompatible) -> str:
    reply = (await replied(model))[-1]
    assert isinstance(reply, Reply)
    return reply.text


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (400, "System role not supported"),
        (400, "Unsupported value: 'messages[0].role' does not support 'system' with this model."),
        (400, "Only user and assistant roles are supported!"),
        (400, "Conversation roles must alternate user/assistant/user/assistant/..."),
        (500, "jinja2.exceptions.TemplateError: System role not supported"),
        (400, "Developer instruction is not enabled for models/gemma-3-4b-it"),
    ],
)
async def test_without_a_system_role_the_prompt_goes_into_the_first_message(
    connect: Any, status: int, message: str
) -> None:
    OpenAICompatible.forget_dialects()
    model, server = connect([fail(status, message), say(CODE), say(CODE)])
    assert [await text_of(model), await text_of(model)] == [CODE, CODE]
    assert len(server.requests) == 3  # remembered: the second call does not try again
    for request in server.requests[1:]:
        assert [one["role"] for one in request["messages"]] == ["user", "assistant", "user"]
        assert request["messages"][0]["content"] == "rules\n\nquestion"


async def test_an_address_without_a_version_is_tried_once_with_it_and_that_is_said(scripted_server: Any) -> None:
    server = scripted_server([say(CODE)] * 2)
    model = OpenAICompatible("m", base_url=server.base_url.removesuffix("/v1"))
    assert [await text_of(model), await text_of(model)] == [CODE, CODE]
    assert [path for path in server.paths if path.startswith("POST")] == [
        "POST /chat/completions",
        "POST /v1/chat/completions",
        "POST /v1/chat/completions",
    ]
    assert [notice for notice in model.notices if "Give that as base_url" in notice] == list(model.notices)
    await model.aclose()


TOOL_CALL = [
    {"tool_calls": [{"index": 0, "id": "c", "type": "function", "function": {"name": "python", "arguments": ""}}]},
    {"tool_calls": [{"index": 0, "function": {"arguments": '{"code": "FINAL'}}]},
    {"tool_calls": [{"index": 0, "function": {"arguments": '(3)"}'}}]},
]


def deltas(parts: list[dict[str, Any]], reason: str) -> Any:
    chunks = [{"choices": [{"index": 0, "delta": part, "finish_reason": None}]} for part in parts]
    return sse(*chunks, {"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})


async def test_a_tool_call_instead_of_text_is_the_text_that_stands_for_it(connect: Any) -> None:
    model, _ = connect([deltas(TOOL_CALL, "tool_calls")])
    text = await text_of(model)
    call = json.loads(text.removeprefix("<tool_call>\n").removesuffix("\n</tool_call>"))
    assert call == {"name": "python", "arguments": '{"code": "FINAL(3)"}'}


async def test_a_reply_that_was_filed_as_reasoning_is_the_block_it_ends_with(connect: Any) -> None:
    thoughts = f"Perhaps ```x```.\n```python\nbad()\n```\nNo:\n{CODE}"
    model, _ = connect([deltas([{"reasoning_content": thoughts}], "stop")])
    assert await text_of(model) == CODE
    assert any("reasoning parser" in notice for notice in model.notices)


@pytest.mark.parametrize(("reasoning", "reason"), [("I think of it.", "stop"), (f"a\n{CODE}", "length")])
async def test_reasoning_alone_is_no_reply(connect: Any, reasoning: str, reason: str) -> None:
    model, _ = connect([deltas([{"reasoning_content": reasoning}], reason)])
    with pytest.raises(ModelError) as failed:
        await replied(model)
    assert failed.value.kind == "empty"


@pytest.mark.parametrize(
    ("message", "headers"),
    [
        ("Rate limit exceeded: free-models-per-day. Add 10 credits to unlock 1000 requests per day", {}),
        ("Rate limit reached on tokens per day (TPD): Limit 100000", {"Retry-After": "432"}),
        ("You exceeded your current quota, please check your plan and billing details.", {}),
        ("slow down", {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "7200"}),
    ],
)
async def test_a_quota_that_is_used_up_is_told_at_once(connect: Any, message: str, headers: dict[str, str]) -> None:
    model, server = connect([fail(429, message, headers=headers)])
    with pytest.raises(ModelError, match="The quota is used up"):
        await replied(model)
    assert len(server.requests) == 1


async def test_a_limit_of_a_rate_is_waited_for_and_that_is_said_meanwhile(connect: Any) -> None:
    again = fail(429, "You exceeded your current quota for requests per minute", headers={"Retry-After": "0.01"})
    model, _ = connect([again, fail(500, "down"), say(CODE)])
    pieces = await replied(model)
    waits = [piece for piece in pieces if isinstance(piece, Waiting)]
    assert ["limits the rate" in waits[0].reason, "down. Try 3 follows." in waits[1].reason] == [True, True]
    assert pieces[-1].text == CODE


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_to_another_host_is_refused_with_both_names(connect: Any, status: int) -> None:
    answer = f"HTTP/1.1 {status} Moved\r\nLocation: http://elsewhere.example/v1\r\nContent-Length: 0\r\n\r\n"
    model, server = connect([raw(answer.encode())])
    with pytest.raises(ModelError) as failed:
        await replied(model)
    assert server.base_url in str(failed.value)
    assert "http://elsewhere.example/v1" in str(failed.value)
    assert "base_url" in str(failed.value)


def test_no_pickle_and_no_repr_of_a_model_holds_its_key() -> None:
    key = "sk-0123456789abcdefghij"
    model = OpenAICompatible("m", base_url="http://user:secret-word@localhost:1/v1", api_key=key)
    kept = pickle.dumps(model)
    assert key.encode() not in kept
    assert b"secret-word" not in kept
    assert key not in repr(vars(model)) + repr(model)
    again = pickle.loads(kept)
    assert (again.name, again.base_url) == (model.name, model.base_url)


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("bad key sk-proj-abcdEFGH1234567890", "bad key [redacted]"),
        ("GET /v1?api_key=a1b2c3d4&x=1", "GET /v1?api_key=[redacted]&x=1"),
        ("Authorization: Bearer abc.def-123456", "Authorization: Bearer [redacted]"),
        ("jwt eyJhbGciOiJI.eyJzdWIiOiIx.SflKxwRJ end", "jwt [redacted] end"),
        ("AKIAIOSFODNN7EXAMPLE", "[redacted]"),
        ("aws_secret_access_key = wJalrXUtnFEMI/K7MDENG+bPx", "aws_secret_access_key = [redacted]"),
        ("ghp_0123456789abcdefghij0123456789abcdef", "[redacted]"),
        ("AIzaSyA0123456789abcdefghijklmnopqrstuv", "[redacted]"),
        ("https://me:pass@host/x", "https://[redacted]@host/x"),
        ('{"token": "0123456789ab"}', '{"token": "[redacted]"}'),
    ],
)
def test_what_has_the_shape_of_a_key_is_hidden(text: str, hidden: str) -> None:
    assert without_keys(text) == hidden


@pytest.mark.parametrize(
    "text",
    ["max_tokens=100000", "the token expired yesterday", "sorted(rows, key=lambda row: row)", "the key: value pairs"],
)
def test_what_only_speaks_of_keys_stays(text: str) -> None:
    assert without_keys(text) == text
