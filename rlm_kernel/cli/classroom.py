"""`rlm class init` and `rlm grade`: an assignment, and what was handed in for it."""

from __future__ import annotations

import argparse
import asyncio
import os
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
        if out is not None:
            # Before the work, and not after it.
            _make(out)
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
    if options.json:
        output.print_text(output.as_json([each.to_dict() for each in done]))
    else:
        output.print_text(table(done, rubric))
    if out is not None:
        _write(out, done, rubric)
        output.remark(f"wrote {out / 'grades.csv'} and {len(done):,} files in {out / 'feedback'}")
    return exit_codes.ANSWERED


def _progress(submission: Submission) -> None:
    output.remark(f"{one_line(submission.student, 60)}: {submission.points:g} of {submission.of:g}")


def _make(out: Path) -> None:
    try:
        (out / "feedback").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Failure(f"{error.filename or out} cannot be made: {error.strerror or error}.") from None
    if not os.access(out, os.W_OK):
        raise Failure(f"{out} cannot be written: name another folder.")


def _write(out: Path, done: list[Submission], rubric: Rubric) -> None:
    try:
        (out / "grades.csv").write_text(as_csv(done, rubric), encoding="utf-8", errors="replace")
        for each, name in zip(done, file_names(done), strict=True):
            text = markdown(each, rubric)
            (out / "feedback" / name).write_text(text, encoding="utf-8", errors="replace")
    except OSError as error:
        raise Failure(f"{error.filename} cannot be written: {error.strerror or error}.") from None
