"""What is recorded of a cell's searches and variables, and its reply: true, and told, whatever the cell hands over."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from rlm_kernel.subkernel import SubKernel

pytestmark = pytest.mark.asyncio(loop_scope="module")
TEXTS = {"a.txt": "one secret\n", "b.txt": "another line\n"}


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def kernel() -> AsyncIterator[SubKernel]:
    async with SubKernel(TEXTS, cell_timeout=5) as started:
        yield started


@pytest.mark.parametrize(
    "call",
    [
        "grep('x', source={})",
        "count_matches('x', source={})",
        "list(finditer('x', source={}))",
        "search('x', source={})",
        "fuzzy_search('x', source={})",
        "sections(source={})",
        "tables(source={})",
    ],
)
@pytest.mark.parametrize(
    "source", ["grep('secret')[0]", "object()", "S('a.txt')", "['a.txt']"], ids=["row", "object", "own text", "list"]
)
async def test_a_source_that_is_no_name_is_refused_and_nothing_is_lost(
    kernel: SubKernel, call: str, source: str
) -> None:
    await kernel.execute("class S(str):\n    def encode(self, *rest): return b'b.txt'\nkept = 1")
    execution = await kernel.execute(f"try: {call.format(source)}\nexcept TypeError as error: print(error)")
    assert "source must be the name of a document, not" in execution.output
    assert {one.source for one in execution.searches} <= {None}
    assert not execution.lost_state
    assert (await kernel.execute("kept")).value == 1


async def test_more_searches_than_are_recorded_are_told_of(kernel: SubKernel) -> None:
    execution = await kernel.execute("for _ in range(1100): count_matches('secret')")
    assert len(execution.searches) == 1000
    assert execution.output.count("more than 1,000 searches in this block: those after it are not recorded") == 1
    assert (await kernel.execute("count_matches('secret')")).output == "1\n"


async def test_names_that_no_code_can_spell_are_no_variables(kernel: SubKernel) -> None:
    execution = await kernel.execute("globals()['a\\nb'] = 1\nglobals()['x' * 3_000_000] = 1\nordinary = 1")
    assert execution.error is None
    assert set(execution.variables.added) == {"ordinary"}


async def test_a_function_of_exec_keeps_the_names_that_its_dictionary_had(kernel: SubKernel) -> None:
    code = "names = {'rate': 1}\nexec('def price(x): return x * rate', names)\nnames['rate'] = 3\nnames['price'](10)"
    assert (await kernel.execute(code)).value == 10
