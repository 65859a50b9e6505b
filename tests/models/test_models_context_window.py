"""How long a prompt may be: what endpoints list, what a refusal says, and what is not believed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from asking import failure
from scripted_server import ScriptedServer, fail

from rlm_kernel.models import OpenAICompatible, Recorder

Start = Callable[..., ScriptedServer]
OTHER = {"id": "other", "context_length": 1000}


async def learned(server: ScriptedServer, name: str = "m", **options: Any) -> int | None:
    model = OpenAICompatible(name, base_url=server.base_url, **options)
    window = await model.learn_window()
    assert model.context_window == window
    await model.aclose()
    return window


@pytest.mark.parametrize(
    ("entry", "window"),
    [
        ({"context_length": 8192}, 8192),
        ({"context_window": 131_072}, 131_072),
        ({"max_context_length": 32_768}, 32_768),
        ({"max_context_length": 32_768, "loaded_context_length": 4096}, 4096),
        ({"max_model_len": 16_384, "owned_by": "vllm"}, 16_384),
        ({"meta": {"n_ctx": 2048, "n_ctx_train": 32_768}, "owned_by": "llamacpp"}, 2048),
        ({"meta": {"n_ctx_train": 32_768}, "owned_by": "llamacpp"}, None),
        ({"context_length": 200_000, "top_provider": {"context_length": 131_072}}, 131_072),
        ({"context_length": 131_072, "top_provider": {"context_length": None}}, 131_072),
        ({"context_length": 131_072, "top_provider": [], "meta": "x"}, 131_072),
        ({}, None),
        *[({"context_length": value}, None) for value in (True, -1, 0, 255, 10**9, 10**400, 4096.0, "8192", [], {})],
    ],
)
async def test_windows_are_read_from_the_listing(scripted_server: Start, entry: dict[str, Any], window: Any) -> None:
    server = scripted_server([], models=[OTHER, {"id": "m", **entry}])
    assert await learned(server) == window


async def test_a_server_with_one_model_answers_for_any_name(scripted_server: Start) -> None:
    assert await learned(scripted_server([], models=[{"id": "file.gguf", "max_model_len": 4096}])) == 4096


async def test_a_model_that_is_not_listed_is_asked_for_by_name(scripted_server: Start) -> None:
    pages = {"/v1/models/org/m%201": {"id": "org/m 1", "context_window": 9000}}
    assert await learned(scripted_server([], models=["a", "b"], pages=pages), "org/m 1") == 9000


async def test_llama_cpp_is_asked_for_its_properties(scripted_server: Start) -> None:
    pages = {"/props": {"default_generation_settings": {"n_ctx": 5120}}}
    server = scripted_server([], models=[{"id": "m", "meta": {"n_ctx_train": 32_768}}], pages=pages)
    assert await learned(server) == 5120
    assert server.paths == ["GET /v1/models", "GET /props"]


@pytest.mark.parametrize(
    "page",
    [[], None, {"data": None}, {"data": [1, None, "m"]}, {"data": {"m": 1}}, "text", 3, {"data": [{"id": ["m"]}]}],
)
async def test_a_listing_of_another_shape_tells_nothing(scripted_server: Start, page: Any) -> None:
    odd = {"default_generation_settings": 3}
    assert await learned(scripted_server([], pages={"/v1/models": page, "/props": odd})) is None


async def test_an_endpoint_is_asked_once_for_all_who_want_to_know(scripted_server: Start) -> None:
    server = scripted_server([], models=[{"id": "m", "context_length": 4096}])
    windows = await asyncio.gather(*(learned(server) for _ in range(5)))
    assert windows == [4096] * 5
    assert server.paths == ["GET /v1/models"]


async def test_that_it_does_not_tell_is_remembered_too(scripted_server: Start) -> None:
    server = scripted_server([], models=None)
    assert [await learned(server) for _ in range(3)] == [None] * 3
    assert server.paths == ["GET /v1/models", "GET /v1/models/m", "GET /props"]


async def test_who_is_cancelled_while_asking_leaves_it_to_the_next(scripted_server: Start) -> None:
    server = scripted_server([], models=[{"id": "m", "context_length": 4096}])
    model = OpenAICompatible("m", base_url=server.base_url)
    first, second = (asyncio.create_task(model.learn_window()) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert await second == 4096
    await model.aclose()


async def test_nobody_listens_and_that_is_no_error() -> None:
    model = OpenAICompatible("m", base_url="http://127.0.0.1:9/v1")
    assert await model.learn_window() is None
    await model.aclose()


async def test_openai_is_not_asked_without_a_key() -> None:
    assert await OpenAICompatible("gpt-5").learn_window() is None


async def test_what_was_given_is_not_asked_for(scripted_server: Start) -> None:
    server = scripted_server([], models=[{"id": "m", "context_length": 4096}])
    assert await learned(server, context_window=100_000) == 100_000
    assert server.paths == []


@pytest.mark.parametrize(("given", "window"), [(None, 2048), (100_000, 2048), (1024, 1024)])
async def test_a_refusal_is_believed_before_all_else(scripted_server: Start, given: Any, window: int) -> None:
    refusal = fail(400, "too long", type="exceed_context_size_error", n_prompt_tokens=9000, n_ctx=2048)
    server = scripted_server([refusal], models=[{"id": "m", "context_length": 4096}])
    assert await learned(server) == 4096
    model = OpenAICompatible("m", base_url=server.base_url, context_window=given)
    assert (await failure(model)).kind == "context-length"
    assert model.context_window == window
    # Another instance knows without having been refused.
    assert OpenAICompatible("m", base_url=server.base_url).context_window == 2048
    assert OpenAICompatible("n", base_url=server.base_url).context_window is None
    await model.aclose()


@pytest.mark.parametrize("n_ctx", [1, 10**9, -5])
async def test_a_refusal_with_a_mad_figure_is_not_believed(scripted_server: Start, n_ctx: int) -> None:
    server = scripted_server([fail(400, "no", type="exceed_context_size_error", n_ctx=n_ctx)])
    model = OpenAICompatible("m", base_url=server.base_url)
    await failure(model)
    assert model.context_window is None
    await model.aclose()


async def test_a_recorder_asks_its_model(scripted_server: Start, tmp_path: Path) -> None:
    server = scripted_server([], models=[{"id": "m", "context_length": 4096}])
    model = Recorder(OpenAICompatible("m", base_url=server.base_url), tmp_path / "recording")
    assert await model.learn_window() == 4096
    await model.aclose()
