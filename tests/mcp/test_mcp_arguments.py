"""What agents send and what they can take: nulls, arguments of their own, older versions, and signs of life."""

from __future__ import annotations

from typing import Any

import mcp_types as types
import pytest
from pydantic import ValidationError

from rlm_kernel.mcp import schemas
from rlm_kernel.mcp.analyze import _Progress
from rlm_kernel.mcp.jobs import Job
from rlm_kernel.mcp.server import LINKS_SINCE, _understood
from rlm_kernel.mcp.tools import TOOLS
from rlm_kernel.trace import CodeStarted, IterationFinished, IterationStarted, ReplyDelta, Usage


def test_null_is_the_default_and_what_is_unknown_is_ignored() -> None:
    sent = {"session": "s", "pattern": "x", "limit": None, "explanation": "an agent's own"}
    assert schemas.GrepArguments.model_validate(sent).limit == 1000
    assert (
        schemas.AnalyzeArguments.model_validate(
            {"query": "?", "file_path": "x", "max_turns": None, "timeout_ms": None}
        ).max_turns
        == 10
    )
    with pytest.raises(ValidationError, match="pattern"):
        schemas.GrepArguments.model_validate(sent | {"pattern": None})


def test_every_tool_has_an_output_schema_and_says_whether_it_changes_anything() -> None:
    for name, tool in TOOLS.items():
        listed = tool.listed(name)
        assert listed.output_schema["type"] == "object"
        assert listed.annotations is not None
        assert listed.annotations.read_only_hint is (name not in ("load_document", "run_code", "close"))
        assert listed.annotations.destructive_hint is False


@pytest.mark.parametrize(("version", "kind"), [("2024-11-05", "text"), ("2025-03-26", "text"), (LINKS_SINCE, "link")])
def test_older_clients_get_no_links(version: str, kind: str) -> None:
    link = types.ResourceLink(uri="rlm://trace/x", name="trace")
    result = types.CallToolResult(content=[types.TextContent(type="text", text="Answer: 1"), link])
    understood = _understood(result, version)
    assert isinstance(understood, types.CallToolResult)
    last = understood.content[-1]
    assert last == (link if kind == "link" else types.TextContent(type="text", text="Trace: rlm://trace/x"))


def test_a_model_that_writes_for_long_is_told_of() -> None:
    job = Job("analyze_document", {}, sampling=False, roots=False, direct=None)
    progress = _Progress(4, job)
    feed: Any = progress.feed
    progress.beat()
    feed(IterationStarted(1, 4))
    progress.beat()
    feed(ReplyDelta(1, "x" * 4_000))
    progress.beat()
    progress.beat()
    feed(CodeStarted(1, "a\nb"))
    progress.beat()
    feed(IterationFinished(1, Usage(), 1.0))
    told = job.take_progress()
    assert [step for step, _, _ in told] == sorted({step for step, _, _ in told})
    assert "nothing so far" in told[1][2]
    assert "about 1,000 tokens so far" in told[2][2]
    assert [message.partition(": ")[2] for _, _, message in told[4:]] == ["running 2 lines of code", "done"]
