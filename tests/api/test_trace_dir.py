"""The whole trace of a run in a file, beside the shortened copy of a notebook: only where the setting says so."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest
from runs import DOCUMENT, block, engine
from scripted_server import ScriptedServer

from rlm_kernel import Trace
from rlm_kernel.render.view_model import view_model
from rlm_kernel.trace import OutputDelta

Serve = Callable[..., ScriptedServer]
CODE = "print('x' * 3000)\n"


def turns() -> list[str]:
    return [block(f"{CODE}# {number}") for number in range(5)] + [block("FINAL(len(context))")]


async def test_the_whole_trace_is_written_and_the_copy_names_it(scripted_server: Serve, tmp_path: Path) -> None:
    rlm = engine(scripted_server(turns()))
    answer = await rlm.acompletion("How many?", DOCUMENT, trace_dir=str(tmp_path))
    (file,) = tmp_path.iterdir()
    assert file.name == f"rlm-{answer.trace.digest[:16]}.json"
    assert Trace.from_json(file.read_text()) == answer.trace
    model = view_model(answer.trace, limit=5_000)
    assert model["view"]["file"] == str(file)
    file.unlink()
    assert "file" not in view_model(answer.trace, limit=5_000)["view"]


def test_a_session_writes_each_answer(scripted_server: Serve, tmp_path: Path) -> None:
    rlm = engine(
        scripted_server([block("FINAL(len(context))"), block("FINAL(len(context) + 1)")]), trace_dir=str(tmp_path)
    )
    with rlm.session(DOCUMENT) as session:
        answers = [session.completion("One?"), session.completion("Two?")]
    files = {file.name for file in tmp_path.iterdir()}
    assert files == {f"rlm-{answer.trace.digest[:16]}.json" for answer in answers}


async def test_a_run_that_is_stopped_is_written_and_one_that_is_cut_off_is_not(
    scripted_server: Serve, tmp_path: Path
) -> None:
    for ending in ("stop", "cut"):
        folder = tmp_path / ending
        folder.mkdir()
        stop = asyncio.Event()
        rlm = engine(scripted_server(turns()), trace_dir=str(folder))
        async with contextlib.aclosing(rlm.stream("How many?", DOCUMENT, stop=stop)) as events:
            async for event in events:
                if isinstance(event, OutputDelta) and ending == "cut":
                    break
                if isinstance(event, OutputDelta):
                    stop.set()
    (file,) = (tmp_path / "stop").iterdir()
    assert Trace.from_json(file.read_text()).status == "stopped"
    assert list((tmp_path / "cut").iterdir()) == []


async def test_without_the_setting_nothing_is_written(
    scripted_server: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    answer = await engine(scripted_server(turns())).acompletion("How many?", DOCUMENT)
    assert list(tmp_path.iterdir()) == []
    assert "file" not in view_model(answer.trace, limit=5_000).get("view", {})


async def test_a_folder_that_is_not_there_is_said_before_anything_is_asked(
    scripted_server: Serve, tmp_path: Path
) -> None:
    server = scripted_server(turns())
    with pytest.raises(ValueError, match="there is no such folder"):
        await engine(server).acompletion("How many?", DOCUMENT, trace_dir=str(tmp_path / "none"))
    assert server.requests == []


async def test_a_file_that_cannot_be_written_costs_no_answer(scripted_server: Serve, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()

    def review(_: int, code: str) -> str:
        folder.rmdir()
        return code

    rlm = engine(scripted_server([block("FINAL(len(context))")]), trace_dir=str(folder), review=review)
    with pytest.warns(UserWarning, match="could not be written"):
        answer = await rlm.acompletion("How many?", DOCUMENT)
    assert answer.status == "answered"


@pytest.mark.parametrize("folder", ["\0", "~nobody-of-this-name", 5, {"a": 1}, "here"])
def test_a_strangers_trace_names_no_file(folder: object, tmp_path: Path) -> None:
    if folder == "here":
        folder = str(tmp_path)
        (tmp_path / "rlm-ffffffffffffffff.json").touch()
    trace = Trace(status="answered", value="x" * 90_000, digest="f" * 64, settings={"trace_dir": folder})  # type: ignore[dict-item]
    assert "file" not in view_model(trace, limit=5_000).get("view", {})
