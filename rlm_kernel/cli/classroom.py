"""`rlm class init` and `rlm grade`: an assignment, and what was handed in for it."""

from __future__ import annotations

import argparse
import asyncio
import json
from pathlib import Path

from ..grading.assignment import AssignmentError, write_assignment
from ..grading.feedback import as_csv, file_names, markdown, table
from ..grading.rubric import Rubric, RubricError
from ..grading.submissions import Submission, grade
from ..render.sanitize import one_line
from ..subkernel import IsolationError
from . import exit_codes, output
from .exit_codes import Failure


def init(options: argparse.Namespace) -> int:
    """Write the folder of an assignment."""
    folder = Path(options.folder).expanduser()
    try:
        files = write_assignment(folder)
    except AssignmentError as error:
        raise Failure(str(error)) from None
    for name, what in files.items():
        output.remark(f"wrote {folder / name}: {what}")
    output.remark(f"grade what is handed in: rlm grade SUBMISSIONS --rubric {folder / 'rubric.yaml'}")
    return exit_codes.ANSWERED


def grade_submissions(options: argparse.Namespace) -> int:
    """Grade a folder; 0 also where submissions could not be graded, which their rows say."""
    out = Path(options.out).expanduser() if options.out else None
    try:
        rubric = Rubric.load(options.rubric)
        done = asyncio.run(
            grade(
                Path(options.submissions).expanduser(),
                rubric,
                workers=options.workers,
                on_graded=None if options.json or options.quiet else _progress,
            )
        )
    except RubricError as error:
        raise Failure(str(error)) from None
    except IsolationError as error:
        raise Failure(str(error), exit_codes.ISOLATION) from None
    if out is not None:
        _write(out, done, rubric)
    if options.json:
        output.print_text(output.safe_json(json.dumps([each.to_dict() for each in done], ensure_ascii=False)))
    else:
        output.print_text(table(done, rubric))
    if out is not None:
        output.remark(f"wrote {out / 'grades.csv'} and {len(done):,} files in {out / 'feedback'}")
    return exit_codes.ANSWERED


def _progress(submission: Submission) -> None:
    output.remark(f"{one_line(submission.student, 60)}: {submission.points:g} of {submission.of:g}")


def _write(out: Path, done: list[Submission], rubric: Rubric) -> None:
    try:
        (out / "feedback").mkdir(parents=True, exist_ok=True)
        (out / "grades.csv").write_text(as_csv(done, rubric), encoding="utf-8", errors="replace")
        for each, name in zip(done, file_names(done).values(), strict=True):
            text = markdown(each, rubric)
            (out / "feedback" / name).write_text(text, encoding="utf-8", errors="replace")
    except OSError as error:
        raise Failure(f"{error.filename} cannot be written: {error.strerror or error}.") from None
