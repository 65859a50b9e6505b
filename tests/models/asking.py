"""Ask a model in a test, and check what every model must keep to."""

from __future__ import annotations

from typing import Any

import pytest

from rlm_kernel.models import Delta, Message, Model, ModelError, Reply

PROMPT: list[Message] = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello"}]


async def ask(model: Model, messages: list[Message] = PROMPT, **options: Any) -> Reply:
    return (await pieces(model, messages, **options))[-1]


async def pieces(model: Model, messages: list[Message] = PROMPT, **options: Any) -> Any:
    """Everything that one call yields; the deltas must add up to the reply."""
    got = [piece async for piece in model.stream(messages, **options)]
    *deltas, reply = got
    assert all(isinstance(delta, Delta) for delta in deltas)
    assert isinstance(reply, Reply)
    assert "".join(delta.text for delta in deltas) == reply.text
    assert "".join(delta.reasoning for delta in deltas) == reply.reasoning
    return got


async def failure(model: Model, messages: list[Message] = PROMPT, **options: Any) -> ModelError:
    with pytest.raises(ModelError) as caught:
        await ask(model, messages, **options)
    return caught.value
