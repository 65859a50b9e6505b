"""No cell changes a character: after every attack the bytes that cells read still have the document's fingerprint."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rlm_kernel.document import Document
from rlm_kernel.subkernel import SubKernel

CONTEXTS: dict[str, Any] = {
    "text": "The quick brown fox\njumps over\nthe lazy dog. 🦊\n",
    "mapping": {"a": "one fox", "b": "two"},
    "list": ["one fox", "two"],
    "records": [{"text": "a fox", "tags": ["x"]}, {"text": "b"}],
}
CHANGES = """
import heapq
def attempts():
    yield lambda: context.__setitem__(0, 'X')
    yield lambda: context.append('X')
    yield lambda: context.clear()
    yield lambda: context.update({'a': 'X'})
    yield lambda: context.sort()
    yield lambda: heapq.heappop(context)
    yield lambda: context[0].update({'text': 'X'})
    yield lambda: context[0]['tags'].append('X')
    yield lambda: setattr(context, 'data', 'X')
for attempt in attempts():
    try:
        attempt()
    except Exception as error:
        print(type(error).__name__)
"""


@pytest.mark.parametrize("kind", CONTEXTS)
async def test_by_the_shared_attacks(kind: str, shared_data: Path) -> None:
    attacks = json.loads((shared_data / "escapes.json").read_text(encoding="utf-8"))["escapes"]
    async with SubKernel(CONTEXTS[kind], cell_timeout=5) as kernel:
        for attack in attacks:
            await kernel.execute(f"docs = context\n{attack['code']}")
        assert await kernel.unchanged() is True
        await _reads_the_same(kernel, kind)
    assert len(attacks) > 10


@pytest.mark.parametrize("kind", CONTEXTS)
async def test_by_what_changes_lists_and_dicts(kind: str) -> None:
    async with SubKernel(CONTEXTS[kind]) as kernel:
        done = await kernel.execute(CHANGES)
        assert done.error is None
        assert done.output.count("\n") == 9, done.output
        assert await kernel.unchanged() is True
        await _reads_the_same(kernel, kind)


async def _reads_the_same(kernel: SubKernel, kind: str) -> None:
    shown = {"text": "context", "mapping": "dict(context)", "list": "list(context)"}
    code = shown.get(kind, "[dict(context[0]) | {'tags': list(context[0]['tags'])}, dict(context[1])]")
    done = await kernel.execute(code)
    assert done.value == CONTEXTS[kind], done


async def test_a_sub_kernel_that_is_not_running_has_nothing_to_compare() -> None:
    kernel = SubKernel("text")
    assert await kernel.unchanged() is None
    async with kernel:
        assert await kernel.unchanged() is True
    assert await kernel.unchanged() is None


async def test_another_text_is_told_from_it(monkeypatch: pytest.MonkeyPatch) -> None:
    document = Document.of("text")
    monkeypatch.setattr(document, "share", Document.of("tExt").share)
    async with SubKernel(document) as kernel:
        assert await kernel.unchanged() is False
