"""Replies of a sub-model as values of a type: what the code of a run gets, what is sent for it, and its replay."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from runs import DOCUMENT, block, run
from scripted_server import ScriptedServer

from rlm_kernel import Trace
from rlm_kernel.replay import areplay
from rlm_kernel.subkernel import SubKernel

pytestmark = pytest.mark.asyncio(loop_scope="module")

SENTENCE = re.compile(r"\n\n(?:Reply with|Your reply before was)")


class Replies:
    """Answers each prompt from a list of replies of its own, the last one again and again; keeps what was sent."""

    def __init__(self, **replies: list[str]) -> None:
        self.replies = replies
        self.sent: list[list[str]] = []

    async def __call__(self, method: str, params: dict[str, Any]) -> list[str]:
        self.sent.append(params["prompts"])
        return [self._reply(prompt) for prompt in params["prompts"]]

    def _reply(self, prompt: str) -> str:
        left = self.replies[SENTENCE.split(prompt)[0]]
        return left.pop(0) if len(left) > 1 else left[0]


@pytest.mark.parametrize(
    ("kind", "reply", "value"),
    [
        ("int", "42", 42),
        ("int", "3.0", 3),
        ("float", "```json\n2.5\n```", 2.5),
        ("bool", "true", True),
        ("list[str]", '["a", "b"]', ["a", "b"]),
        ("dict[str, int]", '{"a": 1}', {"a": 1}),
        ("['yes', 'no']", "Yes.", "yes"),
        ("int | None", "null", None),
        ("{'type': 'object', 'properties': {'n': {'type': 'integer'}}, 'required': ['n']}", '{"n": 7}', {"n": 7}),
        ("{'type': 'array', 'items': {'type': 'number', 'minimum': 0}}", "[1, 2.5]", [1, 2.5]),
        ("str", "as it is", "as it is"),
        ("['yes', 'no']", '["no"]', "no"),
        ("['yes', 'no']", '["Yes"]', "yes"),
        ("int", "[7]", 7),
        ("list[int]", "[7]", [7]),
    ],
)
async def test_the_value_comes_back_typed(shared_kernel: SubKernel, kind: str, reply: str, value: Any) -> None:
    for call in (f"llm_query('q', type={kind})", f"llm_query_batched(['q'], type={kind})[0]"):
        execution = await shared_kernel.execute(call, handler=Replies(q=[reply]))
        assert execution.error is None, execution.error
        assert (type(execution.value), execution.value) == (type(value), value)


async def test_a_bad_item_is_asked_once_more_and_then_an_error(shared_kernel: SubKernel) -> None:
    replies = Replies(good=["1"], mended=["about two", "2"], bad=["three", "still three", "3"])
    batch = "llm_query_batched(['good', 'mended', 'bad'], type=int)"
    execution = await shared_kernel.execute(batch, handler=replies)
    assert execution.error is None
    good, mended, bad = execution.value
    assert (good, mended) == (1, 2)
    assert bad == "[error: the reply does not fit the type (it is no JSON): 'still three']"
    first, second = replies.sent
    assert [SENTENCE.split(prompt)[0] for prompt in first] == ["good", "mended", "bad"]
    assert [SENTENCE.split(prompt)[0] for prompt in second] == ["mended", "bad"]
    assert "'about two', which does not fit (" in second[0]
    assert '"integer"' in first[0]


async def test_a_failed_call_stays_the_error_that_it_is(shared_kernel: SubKernel) -> None:
    replies = Replies(q=["[error: the model is down]"])
    execution = await shared_kernel.execute("llm_query_batched(['q'], type=int)", handler=replies)
    assert execution.value == ["[error: the model is down]"]
    assert len(replies.sent) == 1


async def test_a_single_question_without_a_value_raises(shared_kernel: SubKernel) -> None:
    execution = await shared_kernel.execute("llm_query('q', type=['yes', 'no'])", handler=Replies(q=["perhaps"]))
    assert execution.error is not None
    assert execution.error.type == "ValueError"
    assert execution.error.message.startswith("llm_query: the reply does not fit the type (")
    assert "'perhaps'" in execution.error.message


@pytest.mark.parametrize(
    ("kind", "error", "words"),
    [
        ("3", "TypeError", "type must be int, float, bool, str, list"),
        ("'integers'", "TypeError", "type must be int, float, bool, str, list"),
        ("object", "TypeError", "type must be int, float, bool, str, list"),
        ("[]", "TypeError", "type must be int, float, bool, str, list"),
        ("{'type': 'string', 'pattern': 'x'}", "ValueError", "yours has pattern"),
        ("{}", "ValueError", "yours has none of them"),
        ("{'type': 'text'}", "ValueError", "'text'"),
        ("{'type': 3}", "ValueError", "type"),
        ("{'type': 'number', 'minimum': '3'}", "ValueError", "minimum"),
        ("{'type': 'array', 'maxItems': 'few'}", "ValueError", "maxItems"),
        ("{'enum': 'yes'}", "ValueError", "enum"),
        ("{'type': 'object', 'properties': ['n']}", "ValueError", "properties"),
        ("{'type': 'object', 'required': 'n'}", "ValueError", "required"),
        ("{'anyOf': []}", "ValueError", "anyOf"),
    ],
)
async def test_a_wrong_type_is_one_clear_error_and_nothing_is_sent(
    shared_kernel: SubKernel, kind: str, error: str, words: str
) -> None:
    for method, prompts in (("llm_query", "'q'"), ("llm_query_batched", "['q']")):
        replies = Replies(q=["1"])
        execution = await shared_kernel.execute(f"{method}({prompts}, type={kind})", handler=replies)
        assert execution.error is not None
        assert execution.error.type == error
        assert execution.error.message.startswith(f"{method}: ")
        assert words in execution.error.message
        assert "\n" not in execution.error.message
        assert replies.sent == []


CODE = """
prompts = ["Number: one", "Number: two", "Number: one", "Number: none"]
replies = llm_query_batched(prompts, type=int)
row = llm_query("Row", type={"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]})
print(replies, row)"""


async def test_a_run_with_typed_replies_is_reproduced(scripted_server: Callable[..., ScriptedServer]) -> None:
    root = iter([block(CODE), block("FINAL([*replies[:3], row['n']])")])
    replies = {"Number: one": "1", "Number: two": "```json\n2\n```", "Number: none": "many", "Row": '{"n": 7}'}

    def answer(body: dict[str, Any]) -> str:
        prompt = SENTENCE.split(body["messages"][-1]["content"])[0]
        return replies[prompt] if prompt in replies else next(root)

    server = scripted_server(answer)
    result = await run(server, "Which numbers?", DOCUMENT)
    assert result.trace.value == [1, 2, 1, 7], result.trace.reason
    assert "[error: the reply does not fit the type" in result.trace.iterations[0].output
    asked = [SENTENCE.split(prompt[-1]["content"])[0] for prompt in result.prompts]
    # What is identical is sent once; what does not fit, once more.
    assert [asked.count(prompt) for prompt in replies] == [1, 1, 2, 1]
    done = await areplay(Trace.from_json(result.trace.to_json()), DOCUMENT, deep=True)
    assert done.reproduced, f"{done.text}\n{done.diff}"
    assert len(server.requests) == len(asked)
