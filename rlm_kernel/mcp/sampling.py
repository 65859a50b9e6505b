"""The client's own model as a `Model`: every request goes to the client, which may show it to its user first."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

import mcp_types as types
from mcp.shared.exceptions import MCPError
from pydantic import ValidationError

from ..models import Delta, Message, Model, ModelError, Reply
from ..render.sanitize import one_line
from ..trace import Usage
from ..trace.json_values import encodable
from .server_settings import ToolFailure

_MAX_TOKENS = 4096
_REASONS = {"maxTokens": "length", "endTurn": "stop", "stopSequence": "stop"}

Ask = Callable[[types.CreateMessageRequest], Awaitable[Any]]


class SamplingModel(Model):
    """Asks through MCP sampling. The client chooses the model and gives no figures: usage is estimated."""

    name = "the client's model (MCP sampling)"
    notices = ("answered by the client's own model through MCP sampling: its usage is an estimate",)

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    async def stream(
        self,
        messages: Sequence[Message],
        *,
        max_tokens: int | None = None,
        temperature: float | None = None,
        seed: int | None = None,  # noqa: ARG002  sampling has none
    ) -> AsyncIterator[Delta | Reply]:
        """The whole reply at once: sampling does not stream. Raises `ModelError`."""
        began = time.monotonic()
        request = _request(messages, max_tokens or _MAX_TOKENS, temperature)
        try:
            text, reason = _read(await self._ask(request))
        except MCPError as error:
            raise ModelError(
                f"The client refused to ask its model ({one_line(str(error), 300)}): allow sampling in the client, or "
                "start the server with a model of its own (--model)."
            ) from None
        except (ToolFailure, ValidationError) as error:
            raise ModelError(
                f"The client's answer to a sampling request cannot be read ({type(error).__name__}).", kind="protocol"
            ) from None
        usage = Usage(
            calls=1,
            prompt_tokens=_tokens("".join(message["content"] for message in messages)),
            completion_tokens=_tokens(text),
            seconds=round(time.monotonic() - began, 3),
            estimated=True,
        )
        yield Delta(text=text)
        yield Reply(text, usage=usage, finish_reason=reason)


def _request(messages: Sequence[Message], max_tokens: int, temperature: float | None) -> types.CreateMessageRequest:
    system = [message["content"] for message in messages if message["role"] == "system"]
    said = [
        types.SamplingMessage(
            role="assistant" if message["role"] == "assistant" else "user",
            content=types.TextContent(type="text", text=encodable(message["content"])),
        )
        for message in messages
        if message["role"] != "system"
    ]
    params = types.CreateMessageRequestParams(
        messages=said, system_prompt="\n\n".join(system) or None, max_tokens=max_tokens, temperature=temperature
    )
    return types.CreateMessageRequest(params=params)


def _read(answer: Any) -> tuple[str, str]:
    """The text of an answer and why it ended."""
    if not isinstance(answer, types.CreateMessageResult | types.CreateMessageResultWithTools):
        raise ModelError("The client answered a sampling request with something else.", kind="protocol")
    blocks = answer.content if isinstance(answer.content, list) else [answer.content]
    text = "".join(block.text for block in blocks if isinstance(block, types.TextContent))
    if not text:
        raise ModelError("The client's model answered with no text.", kind="empty", retryable=True)
    return text, _REASONS.get(answer.stop_reason or "endTurn", "stop")


def _tokens(text: str) -> int:
    return (len(text.encode("utf-8", "replace")) + 3) // 4
