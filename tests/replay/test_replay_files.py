"""`rlm replay` on traces, notebooks and folders: what it prints, and its one exit code."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from runs import DOCUMENT, block, run
from scripted_server import ScriptedServer
from traces import SHAPES, with_sub

from rlm_kernel import Trace
from rlm_kernel.cli import main
from rlm_kernel.render.mimebundle import bounded_json, mimebundle
from rlm_kernel.replay.trace_files import read

Serve = Callable[..., ScriptedServer]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "report.txt").write_text(DOCUMENT)
    return tmp_path


def traced(serve: Serve, context: Any, script: Any = None, **settings: Any) -> Trace:
    return asyncio.run(run(serve(script or SHAPES["a sum"].script()), context=context, **settings)).trace


def write_notebook(path: Path, *traces: Trace) -> None:
    cells = [
        nbformat.v4.new_code_cell(
            "%%rlm report.txt", outputs=[nbformat.v4.new_output("display_data", data=mimebundle(trace))]
        )
        for trace in traces
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# Text"), *cells]), path)


def test_a_trace_that_is_reproduced(scripted_server: Serve, folder: Path, capsys: Any) -> None:
    (folder / "trace.json").write_text(traced(scripted_server, folder / "report.txt").to_json(indent=1))
    assert main(["replay", str(folder / "trace.json")]) == 0
    assert capsys.readouterr().out == "reproduced\n"


def test_a_document_is_found_beside_the_trace(scripted_server: Serve, folder: Path, tmp_path: Path) -> None:
    trace = traced(scripted_server, folder / "report.txt")
    moved = tmp_path / "moved"
    moved.mkdir()
    (moved / "trace.json").write_text(trace.to_json())
    (folder / "report.txt").rename(moved / "report.txt")
    assert main(["replay", str(moved / "trace.json")]) == 0


def test_what_ask_prints_as_json_is_a_trace_too(scripted_server: Serve, folder: Path, capsys: Any) -> None:
    server = scripted_server(SHAPES["a sum"].script())
    asked = [
        "ask",
        "What is the total?",
        str(folder / "report.txt"),
        "-m",
        "m",
        "--base-url",
        server.base_url,
        "--json",
    ]
    assert main(asked) == 0
    (folder / "answer.json").write_text(capsys.readouterr().out)
    assert main(["replay", str(folder / "answer.json")]) == 0


def test_a_context_from_memory_is_named(scripted_server: Serve, folder: Path, capsys: Any) -> None:
    (folder / "trace.json").write_text(traced(scripted_server, DOCUMENT).to_json())
    assert main(["replay", str(folder / "trace.json")]) == 1
    assert capsys.readouterr().out.startswith("cannot be replayed: the document 'context'")
    assert main(["replay", str(folder / "trace.json"), "--document", str(folder / "report.txt")]) == 0


def test_a_changed_document(scripted_server: Serve, folder: Path, capsys: Any) -> None:
    trace = traced(scripted_server, folder / "report.txt")
    (folder / "trace.json").write_text(trace.to_json())
    (folder / "report.txt").write_text(DOCUMENT.replace("2,500", "2,501"))
    assert main(["replay", str(folder / "trace.json")]) == 1
    said = capsys.readouterr().out
    assert said.startswith("document changed: 'report.txt' had the SHA-256 ")
    assert trace.documents[0].sha256 in said


def test_a_folder_of_notebooks_has_a_summary_and_one_exit_code(
    scripted_server: Serve, folder: Path, capsys: Any
) -> None:
    report = folder / "report.txt"
    good, other = traced(scripted_server, report), traced(scripted_server, report)
    write_notebook(folder / "good.ipynb", good, other)
    (folder / ".ipynb_checkpoints").mkdir()
    write_notebook(folder / ".ipynb_checkpoints" / "good-checkpoint.ipynb", good)
    (folder / "package.json").write_text("{}")
    assert main(["replay", str(folder)]) == 0
    said = capsys.readouterr().out
    assert f"{folder / 'good.ipynb'}, cell 2 (What is the total of all sales?): reproduced\n" in said
    assert "     2  reproduced\n     2  traces, 4 iterations run again, " in said
    other.iterations[0].output = "3600\n"
    write_notebook(folder / "bad.ipynb", other)
    assert main(["replay", str(folder), "-q"]) == 1
    assert "     2  reproduced\n     1  trace altered\n     3  traces" in capsys.readouterr().out


def test_a_shortened_copy_in_a_notebook_is_no_altered_trace(scripted_server: Serve, folder: Path) -> None:
    script = [block("for n in range(60_000): print(n)"), block("print(len(history(1)))"), block("FINAL(len(context))")]
    trace = traced(scripted_server, folder / "report.txt", script)
    copy = Trace.model_validate(bounded_json(trace))
    assert (copy.elided, copy.digest) == (["output"], trace.digest)
    write_notebook(folder / "long.ipynb", trace)
    assert main(["replay", str(folder / "long.ipynb")]) == 0
    notebook = (folder / "long.ipynb").read_text()
    assert "59999" in notebook
    (folder / "long.ipynb").write_text(notebook.replace("\\n59998\\n59999", "\\n59998\\n59998", 1))
    assert main(["replay", str(folder / "long.ipynb")]) == 1


@pytest.mark.nightly
def test_a_copy_that_lacks_iterations_says_so(scripted_server: Serve, folder: Path, capsys: Any) -> None:
    script = [*(block(f"x = {n}\n# {'comment ' * 1_000}") for n in range(60)), block("FINAL(len(context))")]
    trace = traced(scripted_server, folder / "report.txt", script, max_iterations=100)
    write_notebook(folder / "many.ipynb", trace)
    assert main(["replay", str(folder / "many.ipynb")]) == 1
    assert "give the whole trace" in capsys.readouterr().out
    (folder / "whole.json").write_text(trace.to_json())
    assert main(["replay", str(folder / "whole.json")]) == 0


def test_a_diff_is_printed(scripted_server: Serve, folder: Path, capsys: Any) -> None:
    trace = traced(scripted_server, folder / "report.txt")
    data = json.loads(trace.to_json()) | {"digest": ""}
    data["iterations"][0]["output"] = "3600\n"
    (folder / "trace.json").write_text(json.dumps(data))
    assert main(["replay", str(folder / "trace.json")]) == 1
    assert capsys.readouterr().out == (
        "differs at iteration 1: its output\n--- recorded\n+++ replayed\n@@ -1 +1 @@\n-3600\n+3500\n"
    )


def test_as_json(scripted_server: Serve, folder: Path, capsys: Any) -> None:
    write_notebook(folder / "good.ipynb", traced(scripted_server, folder / "report.txt"))
    assert main(["replay", str(folder), "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["file"], row["cell"], row["verdict"]) == (str(folder / "good.ipynb"), 2, "reproduced")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("nowhere.json", None, "cannot be read: No such file or directory."),
        ("empty.json", "{}", "holds no trace of a run."),
        ("text.json", "not JSON", "is no JSON: give a trace (rlm ask --trace FILE) or a notebook."),
        ("odd.json", '{"schema": "rlm.trace/1", "status": "odd"}', "holds a trace that cannot be read (status)."),
        ("book.ipynb", '{"cells": [{"outputs": 3}, 4], "nbformat": 4}', "holds no trace of a run."),
    ],
)
def test_files_that_hold_none(folder: Path, capsys: Any, name: str, content: str | None, said: str) -> None:
    if content is not None:
        (folder / name).write_text(content)
    assert main(["replay", str(folder / name)]) == 2
    assert said in capsys.readouterr().err


def test_a_folder_without_traces_and_a_document_that_is_missing(folder: Path, capsys: Any) -> None:
    assert main(["replay", str(folder)]) == 2
    assert "no file in this folder holds a trace." in capsys.readouterr().err
    assert main(["replay", str(folder), "--document", str(folder / "x")]) == 2
    assert "there is no such file." in capsys.readouterr().err


def test_the_cells_of_a_notebook_are_counted_from_one(scripted_server: Serve, folder: Path) -> None:
    trace = traced(scripted_server, folder / "report.txt")
    write_notebook(folder / "book.ipynb", trace, trace)
    assert [found.cell for found in read(folder / "book.ipynb")] == [2, 3]


def test_a_notebook_sorts_keys(scripted_server: Serve, folder: Path) -> None:
    turns = [block("zebra = 1\nant = rlm_query('Which?', read_lines(1, 2))\nprint(zebra, ant)"), block("FINAL(ant)")]
    script = with_sub(turns, block("FINAL({'zebra': 1, 'ant': {'b': 1.0, 'a': 2}})"))
    trace = traced(scripted_server, folder / "report.txt", script)
    assert list(trace.value) == ["zebra", "ant"]
    write_notebook(folder / "sorted.ipynb", trace)
    (found,) = read(folder / "sorted.ipynb")
    assert list(found.trace.iterations[0].variables.added) == ["ant", "zebra"]
    assert main(["replay", str(folder / "sorted.ipynb"), "--deep"]) == 0
