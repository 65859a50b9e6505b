"""A trace from anybody runs under the reader's limits, and no file is read that the reader has not named."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from runs import DOCUMENT, block, run
from scripted_server import ScriptedServer
from traces import SHAPES, make

from rlm_kernel import Trace
from rlm_kernel.cli import main
from rlm_kernel.replay import Replay, ReplayLimits, areplay
from rlm_kernel.subkernel import SubKernel
from rlm_kernel.trace import sealed

Serve = Callable[..., ScriptedServer]
HUNGRY = 'try:\n    x = "x" * 600_000_000\n    print("had it")\nexcept MemoryError:\n    print("had it not")'


@pytest.fixture
async def trace(scripted_server: Serve) -> Trace:
    return await make(SHAPES["a sum"], scripted_server)


def with_settings(trace: Trace, **settings: Any) -> Trace:
    data = json.loads(trace.to_json())
    data["settings"] |= settings
    return sealed(Trace.from_json(json.dumps(data)))


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The settings of the sub-kernels that were made."""
    settings: list[dict[str, Any]] = []
    make_one = SubKernel.__init__

    def remember(self: SubKernel, context: Any, **options: Any) -> None:
        settings.append(options)
        make_one(self, context, **options)

    monkeypatch.setattr(SubKernel, "__init__", remember)
    return settings


async def test_a_trace_can_lower_and_never_raise(trace: Trace, started: list[dict[str, Any]]) -> None:
    asking = with_settings(trace, memory_limit="1TB", cell_timeout=1e6)
    raised = await areplay(asking, DOCUMENT)
    assert (started[0]["memory_limit"], started[0]["cell_timeout"]) == (1 << 30, 60.0)
    assert raised.reproduced
    assert [remark.partition(",")[0] for remark in raised.remarks] == [
        "the run had 1TB of memory",
        "the run had 1e+06 s for a cell",
    ]
    await areplay(with_settings(trace, memory_limit="128MB", cell_timeout=5), DOCUMENT)
    assert (started[1]["memory_limit"], started[1]["cell_timeout"]) == (128 << 20, 5.0)
    mine = ReplayLimits(memory_limit="2GB", cell_timeout=100, output_limit=1_000)
    done = await areplay(asking, DOCUMENT, limits=mine)
    assert (started[2]["memory_limit"], started[2]["cell_timeout"], started[2]["output_limit"]) == (2 << 30, 100, 1_000)
    assert done.reproduced


async def test_memory_that_a_trace_asks_for_is_not_had(scripted_server: Serve) -> None:
    script = [block(HUNGRY), block("FINAL(len(context))")]
    recorded = (await run(scripted_server(script), memory_limit="2GB")).trace
    assert recorded.iterations[0].output == "had it\n"
    done = await areplay(recorded, DOCUMENT, limits=ReplayLimits(memory_limit="256MB"))
    assert (done.verdict, done.iteration) == ("differs", 1)
    assert "+had it not" in done.diff


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1, 0, "a lot", [1], 10**400, "1e999GB", "NaN", {}])
@pytest.mark.parametrize("name", ["memory_limit", "cell_timeout"])
async def test_absurd_settings_are_one_verdict(trace: Trace, name: str, value: Any) -> None:
    if (name, value) == ("cell_timeout", 10**400):
        value = -(10**400)
    done = await areplay(with_settings(trace, **{name: value}), DOCUMENT)
    if (name, value) == ("memory_limit", 10**400):
        assert done.reproduced
    else:
        assert done.text.startswith(f"cannot be replayed: its setting {name} is ")


async def test_iterations_and_time_of_the_whole_replay(trace: Trace) -> None:
    done = await areplay(trace, DOCUMENT, limits=ReplayLimits(max_iterations=1))
    assert done.text.startswith("cannot be replayed: it has more than 1 iterations to run")
    assert done.iterations == 1
    done = await areplay(trace, DOCUMENT, limits=ReplayLimits(max_seconds=0.001))
    assert done.text.startswith("cannot be replayed: it ran longer than 0.001 s")
    with pytest.raises(ValueError, match="max_seconds=nan"):
        ReplayLimits(max_seconds=float("nan"))
    with pytest.raises(ValueError, match="not a size"):
        ReplayLimits(memory_limit="much")


async def of_file(trace: Trace, source: str, near: Path | None) -> Replay:
    trace.documents[0].name, trace.documents[0].source = Path(source).name, source
    return await areplay(sealed(trace), near=near)


async def test_only_what_lies_beside_the_trace_is_read(
    scripted_server: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, elsewhere = tmp_path / "trace", tmp_path / "elsewhere"
    (folder / "data").mkdir(parents=True)
    elsewhere.mkdir()
    for place in (folder / "data", elsewhere):
        (place / "report.txt").write_text(DOCUMENT)
    (elsewhere / "secret.txt").write_text("password: 12345")
    (folder / "link.txt").symlink_to(elsewhere / "report.txt")
    recorded = (await run(scripted_server(SHAPES["a sum"].script()), context=elsewhere / "report.txt")).trace
    monkeypatch.chdir(elsewhere)
    for source in (str(elsewhere / "report.txt"), "../elsewhere/report.txt", "report.txt", "link.txt"):
        done = await of_file(recorded, source, folder)
        assert done.text.startswith("cannot be replayed: the document "), source
        assert "is not beside the trace" in done.reason
    for source in (str(folder / "data" / "report.txt"), "data/report.txt"):
        assert (await of_file(recorded, source, folder)).verdict != "cannot be replayed", source
    # Without a folder, it is the working directory.
    assert (await of_file(recorded, "report.txt", None)).verdict != "cannot be replayed"


async def test_no_hash_of_another_file_is_told(trace: Trace, tmp_path: Path) -> None:
    from rlm_kernel import Document

    (tmp_path / "secret.txt").write_text("password: 12345")
    fingerprint = Document.of(tmp_path / "secret.txt").fingerprint
    named_by_the_trace = await of_file(trace, "secret.txt", tmp_path)
    assert named_by_the_trace.verdict == "document changed"
    assert fingerprint[:8] not in str(named_by_the_trace.to_dict())
    named_by_the_reader = await areplay(trace, [tmp_path / "secret.txt"])
    assert fingerprint in named_by_the_reader.reason


def test_a_folder_has_a_verdict_for_each_trace(scripted_server: Serve, tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "report.txt").write_text(DOCUMENT)
    good = asyncio.run(run(scripted_server(SHAPES["a sum"].script()), context=tmp_path / "report.txt")).trace
    (tmp_path / "a.json").write_text(good.to_json())
    (tmp_path / "b.json").write_text(with_settings(good, cell_timeout=float("nan")).to_json())
    (tmp_path / "c.json").write_text(good.to_json().replace('"seconds":', '"seconds":"much","was":', 1))
    (tmp_path / "d.json").write_text("{" + good.to_json())
    nan = json.loads(good.to_json()) | {"seconds": float("nan")}
    (tmp_path / "e.json").write_text(json.dumps(nan))
    assert main(["replay", str(tmp_path), "-q", "--max-seconds", "100", "--memory-limit", "512MB"]) == 1
    said = capsys.readouterr()
    verdicts = dict(line.split(": ", 1) for line in said.out.splitlines() if ".json" in line)
    assert len(verdicts) == 5
    assert "     5  traces" in said.out
    assert [one.split(":")[0] for place, one in verdicts.items() if "a.json" in place] == ["reproduced"]
    assert all(
        one.startswith(("cannot be", "trace altered")) for place, one in verdicts.items() if "a.json" not in place
    )
    assert "Traceback" not in said.out + said.err
    assert main(["replay", str(tmp_path / "a.json"), "--memory-limit", "1 elephant"]) == 2
