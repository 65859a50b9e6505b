"""How long `rlm grade` takes for a class: the time for one submission of three questions, with two at once.

The submissions are copies of one notebook that the RLM kernel has executed; each is read, run again and judged on its
own, so that what is the same costs as much as what is not. It tells the figure for 200 as a multiple of what it has
measured. Usage: `python bench_grade.py [SUBMISSIONS]`, by default 50.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from results import record, write_table

from rlm_kernel.grading import Rubric, grade
from rlm_kernel.grading.assignment import write_assignment

WORKERS = 2
CLASS = 200
QUESTIONS = {
    "question-1": ["What do the sales figures of all regions add up to?"] * 2,
    "question-2": ["How many units did all regions ship together?"] * 2,
    "question-3": ["Who has taken over the region East?"],
}


def solved(notebook: Path, target: Path) -> None:
    """The assignment, asked in by the RLM kernel."""
    read = nbformat.read(notebook, as_version=4)
    cells = []
    for cell in read.cells:
        cells += [nbformat.v4.new_code_cell(text) for text in QUESTIONS[cell.id]] if cell.id in QUESTIONS else [cell]
    read.cells = cells
    resources = {"metadata": {"path": str(notebook.parent)}}
    NotebookClient(read, timeout=120, kernel_name="rlm", resources=resources).execute()
    nbformat.write(read, target)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    with tempfile.TemporaryDirectory() as name:
        course, submitted = Path(name, "course"), Path(name, "submitted")
        write_assignment(course)
        solved(course / "release" / "evidence" / "assignment.ipynb", Path(name, "solved.ipynb"))
        for number in range(count):
            (submitted / f"student-{number:03}").mkdir(parents=True)
            shutil.copy(Path(name, "solved.ipynb"), submitted / f"student-{number:03}" / "assignment.ipynb")
        rubric = Rubric.load(course / "rubric.yaml")
        began = time.monotonic()
        done = asyncio.run(grade(submitted, rubric, workers=WORKERS))
        seconds = time.monotonic() - began
    if wrong := [each for each in done if each.points != each.of]:
        raise SystemExit(f"not graded as they should be: {wrong[0].reason}")
    whole = seconds / count * CLASS
    print(
        f"{count} submissions: {seconds:.1f} s, {seconds / count:.2f} s each; {CLASS} would take {whole / 60:.1f} min"
    )
    record(
        "grade", {"submissions": count, "workers": WORKERS, "seconds": round(seconds, 2), "for_200": round(whole, 1)}
    )
    rows = [
        "| submissions of 3 questions (5 runs) | at once | seconds | each | 200, extrapolated |",
        "|---|---|---|---|---|",
        f"| {count} | {WORKERS} | {seconds:.1f} | {seconds / count:.2f} s | {whole / 60:.1f} min |",
    ]
    write_table("grade", rows)


if __name__ == "__main__":
    main()
