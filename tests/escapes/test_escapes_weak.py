"""All attacks once more where neither seccomp nor Landlock is in force: the policy is the whole sandbox there."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from test_escapes import OURS, SECRET, SHARED_ESCAPES, Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def weak(unconfined: None, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """A sub-kernel that the operating system holds back from nothing: its policy alone does."""
    os.environ["RLM_TEST_CANARY"] = SECRET
    stage = Stage(tmp_path_factory.mktemp("weak"), cell_timeout=5, memory_limit="256MB", allow_weak_isolation=True)
    try:
        async with stage.kernel:
            assert stage.kernel.isolation["weak"] is True
            yield stage
    finally:
        del os.environ["RLM_TEST_CANARY"]


async def test_nothing_is_got_where_the_policy_is_the_whole_sandbox(weak: Stage) -> None:
    failed: list[str] = []
    for name, code in (OURS | SHARED_ESCAPES).items():
        if "docs" in code:
            continue
        try:
            await weak.attack(code)
        except AssertionError as error:
            failed.append(f"{name}: {error}"[:300])
    assert failed == []
