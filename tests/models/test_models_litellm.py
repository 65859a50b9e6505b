"""What LiteLLM's proxy says (1.108.7's bodies, and those of releases before it), and what a user is told then."""

from __future__ import annotations

import json
from typing import Any

import pytest
from asking import failure
from scripted_server import Step, fail, raw, sse

from rlm_kernel.models import OpenAICompatible

Body = dict[str, Any]


def body(message: str, kind: str, code: str, **more: Any) -> Body:
    return {"message": message, "type": kind, "param": None, "code": code, **more}


def refusal(status: int, error: Body, **headers: str) -> Step:
    return raw(json.dumps({"error": error}), content_type="application/json", status=status, headers=headers)


KEY = "Budget has been exceeded! Key=ada (sk-...dent) Current cost: 0.052, Max budget: 0.05"
OLDER = "Budget has been exceeded! Current cost: 2e-05, Max budget: 1e-05"
OLDEST = "Authentication Error, ExceededTokenBudget: Current spend for token: 7.2e-05; Max Budget for Token: 2e-07"
DEPLOYMENT = (
    "No deployments available - crossed budget: Exceeded budget for deployment model_name: class, "
    "litellm_params.model: openai/scripted, model_id: e9be63795c80dd11: 0.032 >= 1d\n"
)


@pytest.mark.parametrize(
    ("step", "figures"),
    [
        (refusal(422, body(KEY, "budget_exceeded", "422")), "Max budget: 0.05"),
        (refusal(429, body(KEY, "budget_exceeded", "429")), "Max budget: 0.05"),
        (refusal(400, body(OLDER, "budget_exceeded", "400")), "Max budget: 1e-05"),
        (refusal(401, body(OLDEST, "auth_error", "401")), "Max Budget for Token: 2e-07"),
        (refusal(429, body(DEPLOYMENT, "internal_server_error", "429")), "0.032 >= 1d"),
        (sse({"error": body(KEY, "budget_exceeded", "429")}), "Max budget: 0.05"),
    ],
)
async def test_a_budget_that_is_spent_is_said_at_once(connect: Any, step: Step, figures: str) -> None:
    model, server = connect([step])
    error = await failure(model)
    assert (error.kind, error.retryable, len(server.requests)) == ("rate-limit", False, 1)
    assert str(error).startswith(f"The budget at {server.base_url}")
    assert figures in str(error)
    assert str(error).endswith("ask whoever set it to raise it, or wait until it is renewed.")


async def test_its_limit_of_a_rate_is_waited_for(connect: Any) -> None:
    said = "Rate limit exceeded for api_key: 24b5da2f. Limit type: requests. Current limit: 2, Remaining: 0."
    step = refusal(429, body(said, "throttling_error", "429"), **{"retry-after": "60"})
    model, _ = connect([step], max_rate_wait=0)
    error = await failure(model)
    assert (error.kind, error.retryable) == ("rate-limit", True)
    assert "It asks to wait 60 s." in str(error)


async def test_a_model_that_it_has_not_got_is_told_with_those_that_it_has(scripted_server: Any) -> None:
    said = "/chat/completions: Invalid model name passed in model=m. Call `/v1/models` to view available models."
    server = scripted_server([refusal(400, body(said, "invalid_request_error", "400"))], models=["class"])
    model = OpenAICompatible("m", base_url=server.base_url)
    error = await failure(model)
    await model.aclose()
    assert error.kind == "not-found"
    assert str(error).endswith("It has: class.")


async def test_a_key_that_it_does_not_know_is_told(connect: Any) -> None:
    said = "Authentication Error, Invalid proxy server token passed."
    model, _ = connect([refusal(401, body(said, "auth_error", "401"))], api_key="sk-of-another-class")
    error = await failure(model)
    assert error.kind == "auth"
    assert str(error).endswith("token passed. Check OPENAI_API_KEY or the api_key argument.")


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (422, "thinking.budget_tokens must be less than max_tokens"),
        (400, "The request is over the limit of 4 images."),
        (422, "Input should be a valid string: messages.0.content"),
    ],
)
async def test_other_refusals_name_no_budget(connect: Any, status: int, said: str) -> None:
    model, _ = connect([fail(status, said)])
    error = await failure(model)
    assert error.kind == "server"
    assert "is spent" not in str(error)
