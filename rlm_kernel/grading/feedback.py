"""Grades as a table, as CSV, and as a Markdown file for each student. What a submission says is hostile text."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Sequence

from ..render.escape import code_span, table_cell
from ..render.sanitize import one_line, plain
from .rubric import Rubric
from .scores import Score
from .submissions import Submission

_WORDS = {
    "answer": "the answer",
    "evidence": "the lines of evidence",
    "coverage": "what was looked at",
    "grounded": "no invented figure",
    "max_calls": "calls of models",
    "derived": "not hard-coded",
}
_FORMULA = tuple("=+-@\t\r")
_NAME_WIDTH = 28
_REASON_WIDTH = 90


def table(submissions: Sequence[Submission], rubric: Rubric) -> str:
    """One line for each submission, for a terminal."""
    rows = [["student", *(one_line(task.name, 20) for task in rubric.tasks), "points", ""]]
    for each in submissions:
        points = [f"{score.points:g}/{score.of:g}" for score in each.scores]
        total = f"{each.points:g}/{each.of:g}"
        rows.append([one_line(each.student, _NAME_WIDTH), *points, total, one_line(each.reason, _REASON_WIDTH)])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        first, *figures, last = zip(row, widths, strict=True)
        cells = [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in figures), last[0]]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def as_csv(submissions: Sequence[Submission], rubric: Rubric) -> str:
    """The same as CSV, with all reasons; no cell of it is a formula to a spreadsheet."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(["student", *(_cell(task.name) for task in rubric.tasks), "points", "of", "reason", "feedback"])
    for each, feedback in zip(submissions, file_names(submissions), strict=True):
        points = [f"{score.points:g}" for score in each.scores]
        row = [_cell(each.student), *points, f"{each.points:g}", f"{each.of:g}", _cell(each.reason)]
        writer.writerow([*row, feedback])
    return written.getvalue()


def _cell(text: str) -> str:
    text = one_line(plain(text), 1_000)
    return f"'{text}" if text.startswith(_FORMULA) else text


def file_names(submissions: Sequence[Submission]) -> list[str]:
    """The name of the feedback file of each submission, of letters, figures, `.`, `_` and `-`; never the same twice."""
    names: list[str] = []
    taken: set[str] = set()
    for each in submissions:
        ascii_name = unicodedata.normalize("NFKD", each.student).encode("ascii", "ignore").decode()
        stem = re.sub(r"[^A-Za-z0-9._-]+", "-", ascii_name).strip(".-")[:60] or "student"
        name, number = stem, 2
        while name.lower() in taken:
            name, number = f"{stem}-{number}", number + 1
        taken.add(name.lower())
        names.append(f"{name}.md")
    return names


def markdown(submission: Submission, rubric: Rubric) -> str:
    """What the student is told. It does not tell what is right."""
    total = f"**{submission.points:g} of {submission.of:g} points**"
    lines = [f"# {_heading(rubric)}", "", f"{code_span(submission.student)}: {total}"]
    if submission.problem:
        lines += ["", f"Note: {code_span(submission.problem)}"]
    for score, task in zip(submission.scores, rubric.tasks, strict=True):
        lines += ["", f"## {code_span(score.task)}: {score.points:g} of {score.of:g}", "", code_span(task.question)]
        lines += ["", *_results(score)]
    if submission.files:
        lines += ["", f"Read: {', '.join(code_span(name) for name in submission.files)}"]
    return "\n".join(lines) + "\n"


def _heading(rubric: Rubric) -> str:
    return code_span(rubric.title) if rubric.title else "Feedback"


def _results(score: Score) -> list[str]:
    if score.problem:
        return [f"Nothing of it counts: {code_span(score.problem)}"]
    rows = ["| | points | |", "|---|---|---|"]
    for one in score.results:
        got = one.worth if one.holds else 0
        words = f"{'✓' if one.holds else '✗'} {_WORDS[one.criterion]}"
        rows.append(f"| {words} | {got:g} of {one.worth:g} | {table_cell(one.reason)} |")
    return rows
