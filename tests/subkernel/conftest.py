"""Sub-kernels around a small text: one for each test, or one for all tests of a module that leave nothing behind."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from rlm_kernel.subkernel import SubKernel

TEXT = "The quick brown fox\njumps over\nthe lazy dog.\nTotal: 1,250 EUR\nA second fox\n"


@pytest.fixture
async def kernel() -> AsyncIterator[SubKernel]:
    async with SubKernel(TEXT, cell_timeout=30) as started:
        yield started


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def shared_kernel() -> AsyncIterator[SubKernel]:
    async with SubKernel(TEXT, cell_timeout=30) as started:
        yield started
