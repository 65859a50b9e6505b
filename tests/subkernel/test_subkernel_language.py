"""The language: how many snippets of ordinary Python print in the sandbox what Python prints."""

from __future__ import annotations

import asyncio

from language_snippets import LANGUAGE
from ordinary_snippets import TEXT
from test_subkernel_ordinary import plain_python, steady

from rlm_kernel.subkernel import SubKernel

# The least share of snippets that must be the same.
LEAST = 0.98


async def test_the_language_is_that_of_python() -> None:
    different: dict[str, str] = {}
    async with SubKernel(TEXT, cell_timeout=30) as kernel:
        for name, code in LANGUAGE.items():
            execution = await kernel.execute(code)
            expected = await asyncio.to_thread(plain_python, code)
            assert not execution.lost_state, name
            if execution.error is not None:
                different[name] = f"{execution.error.type}: {execution.error.message}"
            elif steady(execution.output) != steady(expected):
                different[name] = f"{execution.output!r} is not {expected!r}"
    rate = 1 - len(different) / len(LANGUAGE)
    assert len(LANGUAGE) >= 120
    assert rate >= LEAST, different
