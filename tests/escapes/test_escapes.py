"""Attacks on a real sub-kernel, judged from outside: by the operating system, canaries, and a cell that follows."""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
import pytest_asyncio
from payloads import BOMBS, CHANGES, ESCAPES
from payloads_advisories import ADVISORIES, FEATURES
from payloads_calls import CALLS
from payloads_facades import FACADES
from payloads_mechanisms import CONSTRUCTORS, HELD, PROTOCOLS, RUNNERS
from payloads_modules import MODULES
from payloads_standins import EQUALS, FIELDS, LASTING, PARENTS
from payloads_walks import CARRIERS, PROXIES
from payloads_walks import SHARED as SHARED_STATE

from rlm_kernel.subkernel import Execution, Refusal, SubKernel, ToolStub

pytestmark = pytest.mark.asyncio(loop_scope="module")

SECRET = "canary-5f1d0c"
TEXT = "The quick brown fox\njumps over\nthe lazy dog.\n"
SHARED = [Path(__file__).resolve().parents[3] / "shared" / "data" / name for name in ("escapes.json", "escapes-2.json")]
ABSENT = "the shared attacks are not beside this repository (expected ../shared/data/escapes*.json)"

# How the things that a cell must never hold look like. A facade of a module shows itself without a place:
# <module 'json'>; a module of Python's own shows where it is from.
FORBIDDEN = re.compile(
    SECRET + r"|PWNED|<module '[^']*'[^>]|<frame |<code object|<traceback object|<cell at|<method-wrapper|<slot wrapper"
    r"|mappingproxy\("
    r"|<built-in function (exec|eval|open|compile|__import__|system)>|environ\(|<class '(os|posix|ctypes|zmq)"
    r"|<class '(threading|subprocess)|<attribute '|<member '|__loader__|ModuleSpec|ForwardRef\("
    r"|(?<!of )<rlm_kernel\."
)
# The sandbox still stands: guards, facades, shared classes, tools and context are what they were.
HEALTH = """
from collections import Counter
import csv, json, re, textwrap
from collections.abc import Mapping
from dataclasses import field
class Other: pass
state = [intact(), Counter('aab').most_common(1), json.dumps([1]), len(grep('fox')), textwrap.fill('a b'),
    score(1), csv.excel.delimiter, json.loads.__name__, isinstance(Other(), Mapping), dict(field().metadata),
    re.compile('(?P<a>x)').groupindex['a'], hasattr(Counter, 'x')]
for attempt in (
    lambda: grep.__globals__, lambda: getattr(1, '__reduce__'), lambda: setattr(grep, 'x', 1), lambda: re.sys
):
    try:
        attempt()
        state.append('PWNED')
    except (AttributeError, TypeError):
        state.append('refused')
state
"""
HEALTHY = [True, [["a", 2]], "[1]", 1, "a b", 1, ",", "loads", False, {}, 1, False, *["refused"] * 4]
DOCS = [{"text": "a fox"}]


class Stage:
    """A sub-kernel around `context`, what surrounds it, and the judge."""

    def __init__(self, folder: Path, context: Any = TEXT, **settings: Any) -> None:
        self.canary = folder / "canary.txt"
        self.canary.write_text(SECRET)
        self.asked = 0
        self.kernel = SubKernel(context, handler=self._answer, tools=[ToolStub("score", "(x)", "Scores.")], **settings)
        self._folder = folder
        self._intact = (
            f"context == {context!r}"
            if isinstance(context, str)
            else "[len(context), dict(context[0])] == [1, DOCS[0]]"
        )

    async def _answer(self, method: str, params: dict[str, Any]) -> Any:
        self.asked += 1
        if self.asked > 20:
            raise Refusal("no budget is left for this cell")
        answers = {"final": True, "history": "an output", "tool": {"value": 1}}
        if "pairs" in params:
            return {"values": [1] * len(params["pairs"]), "notes": []}
        return answers.get(method) or ["reply"] * len(params["prompts"])

    async def attack(self, code: str) -> Execution:
        """Run the cell, then judge: what it said, what it holds, what it left, what it did to the machine."""
        self.asked = 0
        prepared = await self.kernel.execute(f"docs = context\nloot = None\nCANARY = {str(self.canary)!r}")
        assert prepared.error is None
        assert not prepared.lost_state
        threads = psutil.Process(self.kernel.pid).num_threads()
        execution = await self.kernel.execute(code)
        held = await self.kernel.execute("loot" if not execution.lost_state else "None")
        self._judge("it said", execution.output)
        self._judge("it failed with", execution.error.message if execution.error else "")
        self._judge("its variables are", json.dumps(execution.variables.model_dump()))
        self._judge("it returned", json.dumps(execution.value))
        self._judge("it holds", held.output)
        process = psutil.Process(self.kernel.pid)
        assert process.children() == []
        assert process.num_threads() <= threads or execution.lost_state
        assert {re.sub(r":\[\d+\]", "", os.readlink(fd)) for fd in Path(f"/proc/{process.pid}/fd").iterdir()} <= {
            "/dev/null",
            "pipe",
            "socket",
            "/memfd:rlm-context (deleted)",
            "anon_inode:[eventfd]",
            "anon_inode:[eventpoll]",
        }
        assert self.canary.read_text() == SECRET
        assert [found.name for found in self._folder.iterdir()] == ["canary.txt"]
        self.asked = 0
        health = await self.kernel.execute(f"DOCS = {DOCS!r}\ndef intact(): return {self._intact}\n{HEALTH}")
        assert health.error is None, health.error
        assert health.value == HEALTHY
        return execution

    def _judge(self, what: str, text: str) -> None:
        found = FORBIDDEN.search(text)
        assert found is None, f"{what}: {text[:500]}"


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    os.environ["RLM_TEST_CANARY"] = SECRET
    made = Stage(tmp_path_factory.mktemp("escapes"), cell_timeout=5, memory_limit="256MB")
    try:
        async with made.kernel:
            yield made
    finally:
        del os.environ["RLM_TEST_CANARY"]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def documents(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    made = Stage(tmp_path_factory.mktemp("documents"), DOCS, cell_timeout=5, memory_limit="256MB")
    async with made.kernel:
        yield made


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def limited(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    made = Stage(tmp_path_factory.mktemp("bombs"), cell_timeout=0.5, memory_limit="128MB")
    async with made.kernel:
        yield made


@pytest.fixture
def no_growth() -> Callable[[], None]:
    """Asserts that this process, the parent, has not taken more than 100 MB since."""
    process = psutil.Process()
    before = process.memory_info().rss

    def check() -> None:
        assert process.memory_info().rss - before < 100 << 20

    return check


def _shared(kind: str) -> dict[str, str]:
    lists = [json.loads(path.read_text()).get(kind, []) for path in SHARED if path.is_file()]
    return {item["id"]: item["code"] for items in lists for item in items}


SHARED_ESCAPES, SHARED_BOMBS = _shared("escapes"), _shared("bombs")


GROUPS = (
    *(ESCAPES, ADVISORIES, FEATURES, PROXIES, SHARED_STATE, CARRIERS, CALLS, MODULES, FACADES),
    *(CONSTRUCTORS, PROTOCOLS, RUNNERS, HELD, PARENTS, FIELDS, EQUALS, LASTING),
)
OURS = {name: code for group in GROUPS for name, code in group.items()}


@pytest.mark.parametrize("name", OURS)
async def test_our_escape_gets_nothing(stage: Stage, name: str) -> None:
    execution = await stage.attack(OURS[name])
    assert not execution.lost_state


@pytest.mark.parametrize("name", LASTING)
async def test_the_cells_that_follow_are_heard(stage: Stage, name: str) -> None:
    await stage.kernel.execute(LASTING[name])
    heard = await stage.kernel.execute("print('heard')")
    assert heard.output == "heard\n"


async def test_no_payload_of_ours_hides_another() -> None:
    assert len(OURS) == sum(map(len, GROUPS)) >= 340


@pytest.mark.skipif(not SHARED_ESCAPES, reason=ABSENT)
@pytest.mark.parametrize("name", SHARED_ESCAPES or ["absent"])
async def test_shared_escape_gets_nothing(stage: Stage, documents: Stage, name: str) -> None:
    code = SHARED_ESCAPES[name]
    await (documents if "docs" in code else stage).attack(code)


@pytest.mark.parametrize("name", CHANGES)
async def test_documents_cannot_be_changed(documents: Stage, name: str) -> None:
    await documents.attack(CHANGES[name])


@pytest.mark.parametrize("name", BOMBS)
async def test_our_bomb_ends_and_the_run_goes_on(limited: Stage, name: str, no_growth: Callable[[], None]) -> None:
    async with asyncio.timeout(30):
        await limited.attack(BOMBS[name])
    no_growth()


@pytest.mark.skipif(not SHARED_BOMBS, reason=ABSENT)
@pytest.mark.parametrize("name", SHARED_BOMBS or ["absent"])
async def test_shared_bomb_ends_and_the_run_goes_on(limited: Stage, name: str, no_growth: Callable[[], None]) -> None:
    async with asyncio.timeout(30):
        await limited.attack(SHARED_BOMBS[name])
    no_growth()


async def test_the_judge_notices(stage: Stage) -> None:
    for code in (f"loot = {SECRET!r}", f"print({SECRET!r})", "raise ValueError('PWNED')", "'<frame at 0x1>'"):
        with pytest.raises(AssertionError):
            await stage.attack(code)
