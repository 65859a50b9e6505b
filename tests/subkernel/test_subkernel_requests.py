"""What a cell asks of its parent: the answer, sub-model calls one at a time and many at once, and refusals."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from rlm_kernel.subkernel import Refusal, SubKernel


async def test_final_ends_the_cell_and_hands_over_the_value(kernel: SubKernel) -> None:
    execution = await kernel.execute(
        "try:\n    FINAL({'total': 5})\nexcept BaseException:\n    pass\nprint('not reached')"
    )
    assert (execution.finished, execution.error, execution.output) == (True, None, "")
    assert kernel.final == {"total": 5}
    assert not (await kernel.execute("1")).finished


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("FINAL('text')", "text"),
        ("FINAL(12)", 12),
        ("FINAL(2.5)", 2.5),
        ("FINAL(True)", True),
        ("FINAL(None)", None),
        ("FINAL([1, 'a', None])", [1, "a", None]),
        ("FINAL({'a': {'b': [1]}})", {"a": {"b": [1]}}),
        ("FINAL((1, 2))", [1, 2]),
        ("FINAL({3, 1, 2})", [1, 2, 3]),
        ("from decimal import Decimal\nFINAL(Decimal('2.50'))", 2.5),
        (
            "from decimal import Decimal\nFINAL([Decimal('1e400'), Decimal('-1.5E-400'), Decimal('3E+2')])",
            [10**400, 0.0, 300],
        ),
        ("from fractions import Fraction\nFINAL([Fraction(6, 3), Fraction(1, 4)])", [2, 0.25]),
        ("from collections import Counter\nFINAL(Counter('aab'))", {"a": 2, "b": 1}),
        ("from datetime import date\nFINAL(date(2024, 3, 1))", "2024-03-01"),
        ("FINAL(grep('Total')[0].line_num)", 4),
    ],
)
@pytest.mark.asyncio(loop_scope="module")
async def test_final_takes_every_json_value(shared_kernel: SubKernel, code: str, value: object) -> None:
    shared_kernel.final = "unset"
    execution = await shared_kernel.execute(code)
    assert execution.finished
    assert shared_kernel.final == value
    assert type(shared_kernel.final) is type(value)


_TOO_LARGE = ["Decimal('1e5000')", "Decimal('-1E+3000000')", "Decimal('NaN')", "Fraction(10**400 + 1, 3)", "10**5000"]


@pytest.mark.parametrize("value", ["object()", "lambda: 1", "float('inf')", "open", "1j", *_TOO_LARGE])
@pytest.mark.asyncio(loop_scope="module")
async def test_final_refuses_what_is_no_answer_and_says_what_is(shared_kernel: SubKernel, value: str) -> None:
    await shared_kernel.execute("from decimal import Decimal\nfrom fractions import Fraction")
    execution = await shared_kernel.execute(f"FINAL({value})")
    assert not execution.finished
    assert execution.error is not None
    assert execution.error.type == "TypeError"
    assert "give a str, int, float, list, dict, bool or None" in execution.error.message


async def test_a_refused_answer_goes_back_to_the_cell() -> None:
    async def handler(method: str, params: dict[str, Any]) -> Any:
        assert method == "final"
        if params["value"] != 42:
            raise Refusal("the answer must be 42")
        return True

    async with SubKernel("text", handler=handler) as kernel:
        refused = await kernel.execute("FINAL(1)")
        assert refused.error is not None
        assert (refused.error.type, refused.error.message, refused.finished) == (
            "ValueError",
            "the answer must be 42",
            False,
        )
        assert (await kernel.execute("try:\n    FINAL(1)\nexcept ValueError:\n    FINAL(42)")).finished


async def test_a_sub_model_gets_the_prompt_with_its_context_and_its_reply_comes_back() -> None:
    asked: list[Any] = []

    async def handler(method: str, params: dict[str, Any]) -> Any:
        asked.append((method, params))
        return ["the reply \u00e9 \U0001f98a"]

    async with SubKernel("text", handler=handler) as kernel:
        assert (await kernel.execute("llm_query('question', context='passage')")).value == "the reply \u00e9 \U0001f98a"
    assert asked == [("llm_query", {"prompts": ["question\n\npassage"], "line": 1})]


async def test_a_batch_is_one_request_whose_prompts_can_run_at_once() -> None:
    together = asyncio.Barrier(5)

    async def one(prompt: str) -> str:
        # Passes only if all five prompts are being answered at the same time.
        await together.wait()
        return prompt.upper()

    async def handler(method: str, params: dict[str, Any]) -> Any:
        assert method == "llm_query_batched"
        return await asyncio.gather(*map(one, params["prompts"]))

    async with SubKernel("text", handler=handler) as kernel:
        execution = await kernel.execute("llm_query_batched([f'p{i}' for i in range(5)])")
        assert execution.value == ["P0", "P1", "P2", "P3", "P4"]


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (Refusal("no budget is left"), "no budget is left"),
        (KeyError("sk-secret-key"), "llm_query failed in the parent (KeyError)"),
    ],
)
async def test_a_handler_that_fails_is_an_error_of_the_cell_without_its_details(fault: Exception, message: str) -> None:
    async def handler(method: str, params: dict[str, Any]) -> Any:
        raise fault

    async with SubKernel("text", handler=handler) as kernel:
        execution = await kernel.execute("llm_query('x')")
        assert execution.error is not None
        assert (execution.error.type, execution.error.message) == ("RuntimeError", message)
        assert (await kernel.execute("1")).value == 1


async def test_without_a_handler_a_question_is_refused(kernel: SubKernel) -> None:
    execution = await kernel.execute("llm_query('x')")
    assert execution.error is not None
    assert "nobody to answer" in execution.error.message


@pytest.mark.parametrize("argument", ["1", "None", "b'x'", "['a']"])
@pytest.mark.asyncio(loop_scope="module")
async def test_a_prompt_that_is_no_text_is_refused_before_it_is_sent(shared_kernel: SubKernel, argument: str) -> None:
    execution = await shared_kernel.execute(f"llm_query({argument})")
    assert execution.error is not None
    assert (execution.error.type, "must be str" in execution.error.message) == ("TypeError", True)


@pytest.mark.asyncio(loop_scope="module")
async def test_one_prompt_is_no_batch_of_its_characters(shared_kernel: SubKernel) -> None:
    execution = await shared_kernel.execute("llm_query_batched('Is this a complaint?')")
    assert execution.error is not None
    assert "give a list of prompts" in execution.error.message


async def test_waiting_for_a_sub_model_does_not_count_as_the_cells_time() -> None:
    async def handler(method: str, params: dict[str, Any]) -> Any:
        await asyncio.sleep(1.2)  # longer than the cell's limit: the sub-model is slow, not the cell
        return ["late"]

    async with SubKernel("text", handler=handler, cell_timeout=0.4) as kernel:
        assert (await kernel.execute("llm_query('x')")).value == "late"
        stopped = await kernel.execute("while True: pass")
        assert stopped.error is not None
        assert stopped.error.type == "TimeoutError"


async def test_an_interrupt_cancels_the_question_and_keeps_the_state() -> None:
    asked, cancelled = asyncio.Event(), asyncio.Event()

    async def handler(method: str, params: dict[str, Any]) -> Any:
        asked.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    async with SubKernel("text", handler=handler) as kernel:
        running = asyncio.create_task(kernel.execute("kept = 1\nllm_query('x')"))
        await asked.wait()
        await kernel.interrupt()
        execution = await running
        assert execution.error is not None
        assert (execution.error.type, execution.lost_state) == ("Interrupted", False)
        assert cancelled.is_set()
        assert (await kernel.execute("kept")).value == 1


async def test_a_request_too_large_for_one_message_is_refused_in_the_cell() -> None:
    async def handler(method: str, params: dict[str, Any]) -> Any:
        return [str(len(params["prompts"][0]))]

    async with SubKernel("text", handler=handler) as kernel:
        assert (await kernel.execute("llm_query('x' * 10**7)")).value == "10000000"
        execution = await kernel.execute("llm_query('x' * (65 * 2**20))")
        assert execution.error is not None
        assert "too many for one request" in execution.error.message
        assert not execution.lost_state
