"""`encoding`, `errors` and `password` in every face that reads files; a password stays in none of what is kept."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader, PdfWriter

from rlm_kernel import RLM, comparing
from rlm_kernel.cli import main
from rlm_kernel.document import Document
from rlm_kernel.mcp.allowed_files import load
from rlm_kernel.mcp.schemas import AnalyzeArguments, LoadArguments
from rlm_kernel.notebook import magic_options

FILES = Path(__file__).parent / "files"
SECRET = "Kirschbaum-1831"


@pytest.fixture
def closed(tmp_path: Path) -> Path:
    """A PDF that opens with a password."""
    writer = PdfWriter(clone_from=PdfReader(FILES / "report-chromium.pdf"))
    writer.encrypt(SECRET, algorithm="RC4-128")
    path = tmp_path / "closed.pdf"
    writer.write(path)
    return path


@pytest.fixture
def model(tmp_path: Path) -> str:
    """A model that answers with the first word of the second line, and names the line."""
    code = "line = read_lines(2)\nprint(line)\nFINAL(line.split()[-1], evidence=[2])"
    rows = [{"schema": "rlm.recording/1", "model": "by hand"}, {"text": f"```python\n{code}\n```"}]
    (tmp_path / "replies.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return f"recorded:{tmp_path / 'replies.jsonl'}"


def resolved(line: str, names: dict[str, Any]) -> Any:
    options = magic_options.cell_parser().parse_line(line)
    return magic_options.resolve_context(options.context, names, magic_options.how_to_read(options, names))


def test_the_magic_takes_the_password_from_a_variable(closed: Path) -> None:
    document = resolved(f"{closed} --password key", {"key": SECRET})
    assert "[page 1 of 2]" in document.texts[0].text
    assert resolved(f"{closed} --password {SECRET}", {}).fingerprint == document.fingerprint


def test_the_magic_takes_encodings(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("Öl".encode("cp437"))
    assert resolved(f"{tmp_path / 'a.txt'} --encoding cp437", {}).texts[0].text == "Öl"
    (tmp_path / "b.txt").write_bytes(b"a\xff\xffb")
    assert resolved(f"{tmp_path / 'b.txt'} --encoding utf-8 --errors ignore", {}).texts[0].text == "ab"


def test_mcp(closed: Path, tmp_path: Path) -> None:
    for kind in (LoadArguments, AnalyzeArguments):
        assert {"encoding", "errors", "password"} <= kind.model_fields.keys()
    document = load("closed.pdf", [tmp_path], 1 << 20, password=SECRET)
    assert "[page 1 of 2]" in document.texts[0].text
    (tmp_path / "b.txt").write_bytes(b"a\xff\xffb")
    assert load("b.txt", [tmp_path], 1 << 20, encoding="utf-8", errors="ignore").texts[0].text == "ab"


def test_a_comparison(closed: Path, model: str) -> None:
    question = comparing.Question("What?", closed, "nothing")
    made = comparing.compare({"a": RLM(model=model, examples="off")}, [question], runs=1, password=SECRET)
    assert [record.failed for record in made.records] == [False]
    with pytest.raises(comparing.QuestionError, match="protected with a password"):
        comparing.compare({"a": RLM(model=model)}, [question], runs=1)


def test_the_password_is_kept_nowhere(
    closed: Path, model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trace = tmp_path / "trace.json"
    words = ["ask", "What?", str(closed), "--password", SECRET, "--model", model, "--examples", "off"]
    assert main([*words, "--trace", str(trace), "--json", "-v"]) == 0
    shown = capsys.readouterr()
    for kept in (shown.out, shown.err, trace.read_text(encoding="utf-8")):
        assert SECRET not in kept
    assert SECRET.encode() not in pickle.dumps(Document.of(closed, password=SECRET))
