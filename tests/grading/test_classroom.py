"""The folder of an assignment: made, asked in with the real kernel, handed in, graded; by nbgrader where it is."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from rlm_kernel.cli import main
from rlm_kernel.models import Recorded

pytest.importorskip("yaml", reason="PyYAML (the extra class) is not installed")

QUESTIONS = {
    "question-1": ["What do the sales figures of all regions add up to?"] * 2,
    "question-2": ["How many units did all regions ship together?"] * 2,
    "question-3": ["who has taken over the region east"],
}


@pytest.fixture
def course(tmp_path: Path) -> Path:
    assert main(["class", "init", str(tmp_path / "course")]) == 0
    return tmp_path / "course"


def answered(notebook: Path, questions: dict[str, list[str]], target: Path) -> Any:
    """The notebook with these questions in the place of its own, run by the RLM kernel beside its files."""
    read = nbformat.read(notebook, as_version=4)
    cells = []
    for cell in read.cells:
        asked = questions.get(cell["id"])
        cells += [cell] if asked is None else [nbformat.v4.new_code_cell(question) for question in asked]
    read.cells = cells
    resources = {"metadata": {"path": str(notebook.parent)}}
    NotebookClient(read, timeout=120, allow_errors=True, kernel_name="rlm", resources=resources).execute()
    target.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(read, target)
    return read


def text_of(notebook: Any) -> str:
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return "\n".join(
        output.get("text") or output.get("evalue") or output.get("data", {}).get("text/plain", "") for output in outputs
    )


@pytest.mark.nightly
def test_an_assignment_is_asked_in_and_graded(course: Path, tmp_path: Path, capsys: Any) -> None:
    release, source = course / "release" / "evidence", course / "source" / "evidence"
    assert "check(" not in (release / "assignment.ipynb").read_text()
    done = answered(source / "assignment.ipynb", QUESTIONS, tmp_path / "submitted" / "ann" / "assignment.ipynb")
    # The hidden tests pass in the kernel itself.
    assert text_of(done).count("passed: task") == 3
    once = {name: asked[:1] for name, asked in QUESTIONS.items()}
    answered(release / "assignment.ipynb", once, tmp_path / "submitted" / "bea" / "assignment.ipynb")
    unsolved = answered(release / "assignment.ipynb", {}, tmp_path / "submitted" / "cid" / "assignment.ipynb")
    assert "'What do the sales figures of all regions add up to?'" in text_of(unsolved)
    capsys.readouterr()
    options = ["--rubric", str(course / "rubric.yaml"), "--out", str(tmp_path / "out")]
    assert main(["grade", str(tmp_path / "submitted"), *options]) == 0
    header, ann, bea, cid = capsys.readouterr().out.splitlines()
    assert header.split() == ["student", "sales", "units", "successor", "points"]
    assert ann.split() == ["ann", "5/5", "5/5", "5/5", "15/15"]
    assert bea.split()[:5] == ["bea", "2/5", "0/5", "5/5", "7/15"]
    assert cid.split()[:5] == ["cid", "0/5", "0/5", "0/5", "0/15"]
    feedback = (tmp_path / "out" / "feedback" / "bea.md").read_text()
    assert "found nowhere: '161420'" in feedback
    assert "11500025" not in feedback


def test_the_recording_of_an_assignment_knows_the_questions_of_its_rubric(course: Path) -> None:
    recorded = Recorded.open(course / "source" / "evidence" / "model.rlm-recording.jsonl")
    rubric = (course / "rubric.yaml").read_text()
    assert len(recorded.questions) == 3
    assert all(question in rubric for question in recorded.questions)


def test_a_folder_that_is_in_use_is_left_alone(course: Path, capsys: Any) -> None:
    before = sorted(course.rglob("*"))
    assert main(["class", "init", str(course)]) == 2
    assert "not an empty folder" in capsys.readouterr().err
    assert sorted(course.rglob("*")) == before


@pytest.mark.skipif(importlib.util.find_spec("nbgrader") is None, reason="nbgrader is not installed")
def test_nbgrader_grades_the_assignment(course: Path, tmp_path: Path) -> None:
    def nbgrader(*arguments: str) -> None:
        command = [sys.executable, "-m", "nbgrader", *arguments]
        done = subprocess.run(command, cwd=course, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    shutil.rmtree(course / "release")
    nbgrader("generate_assignment", "evidence")
    release = course / "release" / "evidence"
    assert "check(" not in (release / "assignment.ipynb").read_text()
    answered(release / "assignment.ipynb", QUESTIONS, course / "submitted" / "ann" / "evidence" / "assignment.ipynb")
    shutil.copy(release / "report.txt", course / "submitted" / "ann" / "evidence")
    nbgrader("autograde", "evidence")
    nbgrader("export")
    assert ",15.0,15.0" in (course / "grades.csv").read_text().replace(" ", "")


OTTER_TEST = """
from otter.test_files import test_case

OK_FORMAT = False
name = "sales"
points = 5


@test_case()
def test_sales(sales):
    from rlm_kernel.grading import check

    check(sales, answer={total}, derived=True)
"""


@pytest.mark.skipif(importlib.util.find_spec("otter") is None, reason="otter-grader is not installed")
def test_a_test_of_otter_calls_check(course: Path, tmp_path: Path) -> None:
    code = f"""
import otter
from pathlib import Path
from rlm_kernel import RLM
recording = {str(course / "source" / "evidence" / "model.rlm-recording.jsonl")!r}
report = {str(course / "source" / "evidence" / "report.txt")!r}
with RLM(model="recorded:" + recording).session(Path(report)) as session:
    for _ in range(2):
        sales = session.completion({QUESTIONS["question-1"][0]!r})
    print(otter.Notebook(tests_dir={str(tmp_path)!r}).check("sales", global_env={{"sales": sales}}).grade)
"""
    grades = []
    for total in (11_500_025, 5):
        (tmp_path / "sales.py").write_text(OTTER_TEST.format(total=total))
        done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        grades.append(float(done.stdout.split()[-1]))
    assert grades == [1.0, 0.0]
