"""A model that talks to a scripted server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from scripted_server import ScriptedServer

from rlm_kernel.models import OpenAICompatible


@pytest.fixture
async def connect(scripted_server: Callable[..., ScriptedServer]) -> AsyncIterator[Any]:
    """`model, server = connect([steps], **options of the model)`; the models are closed at the end."""
    models: list[OpenAICompatible] = []

    def start(script: Any, name: str = "scripted", **options: Any) -> tuple[OpenAICompatible, ScriptedServer]:
        server = scripted_server(script)
        model = OpenAICompatible(name, base_url=server.base_url, **{"retry_delay": 0.001, **options})
        models.append(model)
        return model, server

    yield start
    for model in models:
        await model.aclose()
