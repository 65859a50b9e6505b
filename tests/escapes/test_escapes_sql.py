"""Attacks through `sql`, under strong and weak isolation: its database reads the context's tables, nothing else."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from payloads_sql import SQL
from test_escapes import SECRET, Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")

TABLE = "animal,n\nfox,1\ndog,2\n"


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    os.environ["RLM_TEST_CANARY"] = SECRET
    strong = Stage(tmp_path_factory.mktemp("sql"), TABLE, cell_timeout=5, memory_limit="256MB")
    try:
        async with strong.kernel:
            assert (await strong.kernel.execute("[tuple(row) for row in sql('SELECT animal, n FROM data')]")).value == [
                ["fox", 1],
                ["dog", 2],
            ]
            yield strong
    finally:
        del os.environ["RLM_TEST_CANARY"]


@pytest.mark.parametrize("name", SQL)
async def test_a_hostile_query_gets_nothing(stage: Stage, name: str) -> None:
    execution = await stage.attack(SQL[name])
    assert not execution.lost_state
    rows = await stage.kernel.execute("[tuple(row) for row in sql('SELECT animal, n FROM data')]")
    assert rows.value == [["fox", 1], ["dog", 2]]


async def test_nothing_is_got_where_the_policy_is_the_whole_sandbox(
    unconfined: None, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RLM_TEST_CANARY", SECRET)
    folder = tmp_path_factory.mktemp("weak-sql")
    weak = Stage(folder, TABLE, cell_timeout=5, memory_limit="256MB", allow_weak_isolation=True)
    async with weak.kernel:
        assert weak.kernel.isolation["weak"] is True
        for code in SQL.values():
            await weak.attack(code)
