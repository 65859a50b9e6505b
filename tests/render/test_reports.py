"""Audit notebooks that run without any model, and reports whose hostile text has no effect."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from runs import DOCUMENT, SUM, TOTAL, block, engine
from scripted_server import ScriptedServer
from traces import CHANCE, HARD, SUB, with_sub

import rlm_kernel
from rlm_kernel import Answer

Serve = Callable[..., ScriptedServer]
HOSTILE = "</pre><script>alert(1)</script>\n```\n# Title\n~~~\n| cell | `x` |"


async def answered(serve: Serve, context: Any = DOCUMENT) -> Answer:
    turns = [
        f"I look for the sales.\n{block(SUM)}",
        block(f"{CHANCE}\nprint(llm_query('Is it plausible?'))\n{HARD}"),
        block("print(1 / 0)"),
        block("FINAL(total, evidence=[2, 4])"),
    ]
    server = serve(with_sub(turns, lambda prompt: SUB if "How many" in prompt else "It is."))
    return await engine(server).acompletion("What is the total of all sales?", context)


@pytest.fixture(autouse=True)
def kernels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "kernels").mkdir()
    (tmp_path / "kernels" / "rlm").symlink_to(Path(rlm_kernel.__file__).parent / "notebook" / "kernelspec")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))


def run_notebook(path: Path) -> Any:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": path.parent}}).execute()
    return notebook


def outputs(notebook: Any) -> list[str]:
    return ["".join(out.get("text", "") for out in cell.get("outputs", [])) for cell in notebook.cells]


@pytest.mark.parametrize("kernel", ["rlm", pytest.param("python3", marks=pytest.mark.nightly)])
async def test_an_audit_notebook_runs_without_a_model(scripted_server: Serve, tmp_path: Path, kernel: str) -> None:
    answer = await answered(scripted_server)
    assert answer.value == TOTAL
    path = tmp_path / "audit.ipynb"
    answer.to_notebook(path, kernel=kernel)
    expected = outputs(nbformat.read(path, as_version=4))
    assert any("ZeroDivisionError: division by zero" in text for text in expected)
    ran = run_notebook(path)
    for saved, came in zip(expected, outputs(ran), strict=True):
        assert not saved or saved == came
    assert "I look for the sales." in "".join(cell.source for cell in ran.cells)


@pytest.mark.nightly
async def test_a_document_from_a_file_is_read_again(scripted_server: Serve, tmp_path: Path) -> None:
    report = tmp_path / "report.txt"
    report.write_text(DOCUMENT)
    answer = await answered(scripted_server, report)
    answer.to_notebook(tmp_path / "audit.ipynb")
    assert "SALES south" not in (tmp_path / "audit.ipynb").read_text().partition("rlm.trace/1")[0]
    run_notebook(tmp_path / "audit.ipynb")
    report.write_text(DOCUMENT.replace("2,500", "2,501"))
    with pytest.raises(CellExecutionError, match=r"document changed: .report\.txt. had the SHA-256"):
        run_notebook(tmp_path / "audit.ipynb")


@pytest.mark.nightly
async def test_the_last_cell_fails_where_code_was_changed(scripted_server: Serve, tmp_path: Path) -> None:
    path = tmp_path / "audit.ipynb"
    (await answered(scripted_server)).to_notebook(path)
    path.write_text(path.read_text().replace("%%iteration 1\\ntotal = sum(", "%%iteration 1\\ntotal = 1 + sum("))
    with pytest.raises(CellExecutionError, match="iteration 1 differs: its output"):
        run_notebook(path)


async def test_the_last_cell_fails_where_the_trace_was_altered(scripted_server: Serve, tmp_path: Path) -> None:
    path = tmp_path / "audit.ipynb"
    (await answered(scripted_server)).to_notebook(path)
    path.write_text(path.read_text().replace('\\"value\\":3500', '\\"value\\":3501'))
    with pytest.raises(CellExecutionError, match="trace altered"):
        run_notebook(path)


async def test_no_cell_is_a_question(scripted_server: Serve, tmp_path: Path) -> None:
    (await answered(scripted_server)).to_notebook(tmp_path / "audit.ipynb")
    notebook = nbformat.read(tmp_path / "audit.ipynb", as_version=4)
    assert notebook.metadata.kernelspec.name == "rlm"
    assert all(cell.source.startswith("%") for cell in notebook.cells if cell.cell_type == "code")


async def test_a_report_has_all_that_an_auditor_wants(scripted_server: Serve) -> None:
    answer = await answered(scripted_server)
    trace = answer.trace
    for report in (answer.to_markdown(), answer.to_html()):
        for text in (
            trace.question,
            str(TOTAL),
            "SALES north: $1,000",
            "It is.",
            "rlm_query",
            trace.documents[0].sha256,
            trace.digest,
            trace.isolation_text,
            "ZeroDivisionError",
            str(trace.determinism.seed if trace.determinism else None),
        ):
            assert text in report or text.replace("It is.", "Is it plausible?") in report, text


async def test_the_lines_themselves_stand_beside_the_grounding(scripted_server: Serve) -> None:
    server = scripted_server([block('line = grep("north")[0].line\nprint(line)'), block("FINAL(line)")])
    answer = await engine(server).acompletion("Which line is about the north?", DOCUMENT)
    (row,) = [line for line in answer.to_markdown().splitlines() if "document" in line and "line 2" in line]
    assert row.endswith("| `SALES north: $1,000` |")


async def test_hostile_text_stays_text(scripted_server: Serve, tmp_path: Path) -> None:
    code = f"print({HOSTILE!r})\nraise ValueError({HOSTILE!r})"
    server = scripted_server(
        [f"{HOSTILE.partition('```')[0]}\n{block(code)}", block(f"x = {HOSTILE!r} + 'x'\nFINAL(x)")]
    )
    answer = await engine(server).acompletion(f"What? {HOSTILE}", {"a": DOCUMENT, HOSTILE: "b"})
    page = answer.to_html()
    assert "<script>" not in page
    assert "</pre><" not in page.replace("</pre>\n", "")
    titles = re.findall(
        r"^#+ .*", re.sub(r"^(`{3,})[^`]*?\n.*?^\1$", "", answer.to_markdown(), flags=re.M | re.S), re.M
    )
    assert "# Title" not in titles
    answer.to_notebook(tmp_path / "audit.ipynb")
    for cell in json.loads((tmp_path / "audit.ipynb").read_text())["cells"]:
        if cell["cell_type"] == "code":
            assert cell["source"].startswith(
                ("%load_ext", "%%py\nreport = ", "%%recorded", "%%iteration", "%%py\nreplayed.check()")
            )
    run_notebook(tmp_path / "audit.ipynb")


def audit(digest: str, **fields: Any) -> dict[str, Any]:
    row = {"kind": "evidence", "source": "context", "line": 2, "checked": True, "note": HOSTILE}
    row |= {"changed": True, "now": "SALES: none"}
    made = {"schema": "rlm.audit/1", "digest": digest, "rows": [row], "note": "Looked at all of it"}
    return made | {"signed_by": "Ada", "signed_at": "2026-11-28T12:00:00Z"} | fields


async def test_the_auditors_pass_of_the_notebook_stands_in_the_report(scripted_server: Serve, tmp_path: Path) -> None:
    answer = await answered(scripted_server)
    (row, _) = answer.trace.evidence
    mine = audit("")["rows"][0] | {"source": row.source}
    rows = [mine, mine, mine | {"line": 77, "now": None}]
    passes = {
        "f" * 64: audit("f" * 64, note="of the other pass"),
        answer.trace.digest: audit(answer.trace.digest, rows=rows),
    }
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1", metadata={"rlm_audit": passes})])
    nbformat.write(notebook, tmp_path / "signed.ipynb")
    page = answer.to_html(audit=tmp_path / "signed.ipynb")
    for report in (page, answer.to_markdown(audit=str(tmp_path / "signed.ipynb"))):
        for words in ("1 of 3 rows checked, 4 notes, signed off by Ada, 2026-11-28T12:00:00Z", "Looked at all of it"):
            assert words in report
        assert "recorded: SALES north: $1,000" in report
        assert "now: SALES: none" in report
        assert "line 77 (no row of this answer)" in report
        assert "now: there is no such line" in report
        assert "no digital signature" in report
        assert "of the other pass" not in report
    assert "<script>" not in page
    assert "Auditor's pass" not in answer.to_markdown()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("no json", "is no notebook: give the .ipynb file"),
        ({"cells": []}, "has no auditor's pass over this run (it has none): tick or note something"),
        ({"cells": [None, {"metadata": {"rlm_audit": {"f": {}}}}]}, "(it has 1 of other runs)"),
    ],
)
async def test_a_pass_that_is_not_there_is_said(
    scripted_server: Serve, tmp_path: Path, content: Any, words: str
) -> None:
    answer = await answered(scripted_server)
    path = tmp_path / "other.ipynb"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    with pytest.raises(ValueError, match=re.escape(words)):
        answer.to_html(audit=path)


async def test_two_passes_over_one_run_are_not_chosen_from(scripted_server: Serve, tmp_path: Path) -> None:
    answer = await answered(scripted_server)
    digest = answer.trace.digest
    path = tmp_path / "two.ipynb"
    cells = [{"metadata": {"rlm_audit": {digest: audit(digest, note=note)}}} for note in ("one", "one", "two")]
    path.write_text(json.dumps({"cells": cells[:2]}))
    assert "Auditor's pass" in answer.to_markdown(audit=path)
    path.write_text(json.dumps({"cells": cells}))
    with pytest.raises(ValueError, match="3 auditor's passes over this run that differ"):
        answer.to_markdown(audit=path)


async def test_a_pass_over_another_run_is_refused(scripted_server: Serve) -> None:
    answer = await answered(scripted_server)
    with pytest.raises(ValueError, match="is over another run"):
        answer.to_markdown(audit=audit("f" * 64))
    with pytest.raises(ValueError, match=r"cannot be read: rows\.0\.kind"):
        answer.to_markdown(audit=audit(answer.trace.digest, rows=[{"kind": "other"}]))
