"""Grading: submissions of every kind, right, wrong, broken and forged, each a row with its points and its reason."""

from __future__ import annotations

import asyncio
import csv
import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import pytest

from rlm_kernel import RLM, Trace, demo
from rlm_kernel.cli import main
from rlm_kernel.grading import Rubric, RubricError, Submission, check, grade
from rlm_kernel.render.mimebundle import mimebundle
from rlm_kernel.replay import ReplayLimits
from rlm_kernel.trace import Earlier, Span, sealed
from rlm_kernel.trace.records import EarlierVariable

QUESTION = "What do the sales figures of all regions add up to?"
LINES = [39, 83, 127, 164, 196]
TOTAL = 11_500_025
NAMED = f"evidence={LINES}"
LOOK = r"rows = grep(r'^SALES_FIGURE_\w+: \$([\d,]+)$')"
SUM = f"{LOOK}\nFINAL(sum(to_number(row.groups[0]) for row in rows), {NAMED})"
RUBRIC: dict[str, Any] = {
    "title": "Sales",
    "document": "report.txt",
    "tasks": [
        {
            "name": "sales",
            "question": QUESTION,
            "answer": TOTAL,
            "evidence": LINES,
            "coverage": 0.9,
            "grounded": True,
            "max_calls": 3,
            "derived": True,
            "points": {"answer": 5},
        }
    ],
    "limits": {"max_mb": 2, "cell_timeout": 3, "max_seconds": 60, "max_files": 5},
}
OF = 10


def task_with(evidence: list[Any]) -> str:
    """A rubric of one task."""
    return json.dumps(RUBRIC | {"tasks": [{"question": "Which?", "evidence": evidence}]})


def cheat() -> int:
    """The total."""
    return TOTAL


def asked(folder: Path, *codes: str, question: str = QUESTION, context: Any = None, **settings: Any) -> Trace:
    """The trace of a run whose model says just that."""
    recording = folder / "by-hand.jsonl"
    lines = [{"schema": "rlm.recording/1"}, *({"text": f"```python\n{code}\n```"} for code in codes)]
    recording.write_text("\n".join(map(json.dumps, lines)))
    engine = RLM(model=f"recorded:{recording}", cell_timeout=20, **settings)
    return engine.completion(question, demo.path() if context is None else context).trace


@pytest.fixture(scope="module")
def right(tmp_path_factory: pytest.TempPathFactory) -> Trace:
    """A run that gets all points."""
    return asked(tmp_path_factory.mktemp("right"), SUM)


@pytest.fixture
def rubric(tmp_path: Path) -> Path:
    (tmp_path / "report.txt").write_bytes(demo.path().read_bytes())
    (tmp_path / "rubric.json").write_text(json.dumps(RUBRIC))
    return tmp_path / "rubric.json"


@pytest.fixture
def handed_in(tmp_path: Path) -> Path:
    (tmp_path / "submitted").mkdir()
    return tmp_path / "submitted"


def write_notebook(path: Path, *traces: Trace) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    outputs = [nbformat.v4.new_output("display_data", data=mimebundle(trace)) for trace in traces]
    cells = [nbformat.v4.new_code_cell(QUESTION, outputs=[output]) for output in outputs]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)


def graded(folder: Path, rubric: Path, student: str = "") -> Submission:
    """The submission of the student, or of the only one."""
    done = asyncio.run(grade(folder, Rubric.load(rubric)))
    return next(each for each in done if student in (each.student, ""))


def forged(trace: Trace, **changes: Any) -> Trace:
    """A trace with other contents, and the digest that belongs to them: anybody can make one."""
    return sealed(trace.model_copy(deep=True, update=changes))


def failed(submission: Submission) -> set[str]:
    (score,) = submission.scores
    return {result.criterion for result in score.failed}


def test_a_right_submission_gets_all_points(right: Trace, rubric: Path, handed_in: Path, capsys: Any) -> None:
    write_notebook(handed_in / "ann" / "sales" / "notebook.ipynb", right)
    write_notebook(handed_in / "bea.ipynb", right)
    (handed_in / "cid").mkdir()
    (handed_in / "cid" / "trace.json").write_text(right.to_json())
    (handed_in / "cid" / "data.json").write_text("[1, 2]")
    (handed_in / "cid.json").write_text(right.to_json())
    assert main(["grade", str(handed_in), "--rubric", str(rubric), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(row["student"], row["points"], row["of"], row["problem"]) for row in rows] == [
        (name, OF, OF, "") for name in ("ann", "bea", "cid", "cid.json")
    ]


CODES: dict[str, tuple[tuple[str, ...], set[str]]] = {
    "another sum": ((SUM.replace("sum(", "1000 + sum("),), {"answer"}),
    "written in the code": ((f"FINAL({TOTAL}, {NAMED})",) * 2, {"coverage", "grounded", "derived"}),
    "printed, then typed": (
        (f"{LOOK}\nprint(sum(to_number(row.groups[0]) for row in rows))", f"FINAL({TOTAL}, {NAMED})"),
        {"derived"},
    ),
    "through a search for show": ((f"{LOOK}\nFINAL({TOTAL} + 0 * len(rows), {NAMED})",) * 2, {"grounded", "derived"}),
    "offset by a search": ((f"{LOOK}\nFINAL({TOTAL - 5} + len(rows), {NAMED})",) * 2, {"grounded", "derived"}),
    "behind a condition": ((f"{LOOK}\nFINAL({TOTAL} if rows else 0, {NAMED})",) * 2, {"grounded", "derived"}),
    "out of a text": ((f"{LOOK}\nFINAL(int('115' + '00025'), {NAMED})",) * 2, {"grounded", "derived"}),
    "an invented figure": ((f"{LOOK}\nFINAL(11_987_654, {NAMED})",) * 2, {"answer", "grounded", "derived"}),
    "too many calls": (("print(1)", "print(2)", "print(3)", SUM), {"max_calls"}),
    "a line of evidence missing": ((SUM.replace(NAMED, "evidence=[39, 83, 127, 164]"),), {"evidence"}),
    "a line that is no evidence": ((SUM.replace(NAMED, f"evidence={[*LINES, 182]}"),), {"evidence"}),
    "little of the document": (
        ((f"texts = [read_lines(line, line) for line in {LINES}]\n"
         f"FINAL(sum(to_number(text.split('$')[1]) for text in texts), {NAMED})"),),
        {"coverage"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", CODES)
def test_what_a_run_lacks_costs_its_points(kind: str, rubric: Path, handed_in: Path, tmp_path: Path) -> None:
    codes, lacking = CODES[kind]
    write_notebook(handed_in / "ann.ipynb", asked(tmp_path, *codes))
    submission = graded(handed_in, rubric)
    assert failed(submission) == lacking, submission
    assert submission.points == OF - sum(5 if each == "answer" else 1 for each in lacking)


def test_the_last_run_of_a_question_counts(right: Trace, rubric: Path, handed_in: Path, tmp_path: Path) -> None:
    wrong = asked(tmp_path, f"{LOOK}\nFINAL(len(rows))")
    write_notebook(handed_in / "ann.ipynb", wrong, right)
    write_notebook(handed_in / "bea.ipynb", right, wrong)
    assert (graded(handed_in, rubric, "ann").points, graded(handed_in, rubric, "bea").points < OF) == (OF, True)


def test_a_question_of_a_session_is_graded_with_those_before_it(rubric: Path, handed_in: Path, tmp_path: Path) -> None:
    texts = [LOOK + "\nFINAL(len(rows))", f"FINAL(sum(to_number(row.groups[0]) for row in rows), {NAMED})"]
    lines = [{"schema": "rlm.recording/1"}, *({"text": f"```python\n{text}\n```"} for text in texts)]
    (tmp_path / "r.jsonl").write_text("\n".join(map(json.dumps, lines)))
    with RLM(model=f"recorded:{tmp_path / 'r.jsonl'}").session(demo.path()) as session:
        first, second = session.completion("How many regions?"), session.completion(QUESTION)
    write_notebook(handed_in / "ann.ipynb", first.trace, second.trace)
    write_notebook(handed_in / "bea.ipynb", second.trace)
    assert failed(graded(handed_in, rubric, "ann")) == {"coverage"}
    assert "the question before it" in graded(handed_in, rubric, "bea").reason
    assert check(second, answer=TOTAL, evidence=LINES, derived=True).points == 3


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


BROKEN: dict[str, tuple[Callable[[Path], Any], str]] = {
    "no JSON": (lambda path: path.write_bytes(b"\x89PNG not a notebook"), "is no JSON"),
    "empty": (lambda path: path.write_bytes(b""), "is no JSON"),
    "deeply nested": (lambda path: path.write_bytes(nested(100_000)), "is no JSON"),
    "a list": (lambda path: path.write_bytes(b"[]"), "holds no trace"),
    "cells of a strange kind": (lambda path: path.write_bytes(b'{"cells": [5, {"outputs": 7}]}'), "holds no trace"),
    "never run": (lambda path: nbformat.write(nbformat.v4.new_notebook(), path), "holds no trace"),
    "huge": (lambda path: path.write_bytes(bytes(3 << 20)), "is too large"),
    "a trace of nonsense": (
        lambda path: path.write_text('{"schema": "rlm.trace/1", "iterations": 5, "question": []}'),
        "holds a trace that cannot be read",
    ),
    "a number without end": (lambda path: path.write_bytes(b'{"a": ' + b"9" * 50_000 + b"}"), "is no JSON"),
    "a link": (lambda path: path.symlink_to("/etc/hostname"), "is a link"),
    "a link to nothing": (lambda path: path.symlink_to("nowhere"), "is a link"),
    "a pipe": (lambda path: os.mkfifo(path), "no file"),
    "an empty folder": (lambda path: path.mkdir(), "it has no notebook"),
    "a folder of links": (lambda path: (path.mkdir(), (path / "a.ipynb").symlink_to("/etc/hostname")), "is a link"),
    "a folder of many files": (
        lambda path: (path.mkdir(), [(path / f"{n}.ipynb").write_text("{}") for n in range(7)]),
        "more than 5 files",
    ),
}


def test_a_broken_submission_is_a_row_with_a_reason(
    right: Trace, rubric: Path, handed_in: Path, tmp_path: Path, capsys: Any
) -> None:
    for kind, (make, _) in BROKEN.items():
        make(handed_in / f"{kind}.ipynb")
    write_notebook(handed_in / "right.ipynb", right)
    assert main(["grade", str(handed_in), "--rubric", str(rubric), "--out", str(tmp_path / "out")]) == 0
    captured = capsys.readouterr()
    assert "Traceback" not in captured.out + captured.err
    rows = {
        row["student"].removesuffix(".ipynb"): row
        for row in csv.DictReader((tmp_path / "out" / "grades.csv").read_text().splitlines())
    }
    assert rows.pop("right")["points"] == str(OF)
    assert set(rows) == set(BROKEN)
    for kind, (_, words) in BROKEN.items():
        assert words in rows[kind]["reason"], kind
        assert rows[kind]["points"] == "0"
        assert words in (tmp_path / "out" / "feedback" / rows[kind]["feedback"]).read_text()


def other_output(trace: Trace) -> Trace:
    copy = trace.model_copy(deep=True)
    copy.iterations[0].output = "11500025\n"
    return sealed(copy)


def other_code(code: str) -> Callable[[Trace], Trace]:
    def change(trace: Trace) -> Trace:
        copy = trace.model_copy(deep=True)
        copy.iterations[0].code = code
        return sealed(copy)

    return change


def other_verdict(trace: Trace) -> Trace:
    copy = trace.model_copy(deep=True)
    copy.grounding[0].verdict = "document"
    return sealed(copy)


FORGED: dict[str, tuple[Callable[[Trace], Trace], str]] = {
    "altered": (lambda trace: trace.model_copy(update={"value": 1}), "trace altered"),
    "another value": (lambda trace: forged(trace, value=1), "differs"),
    "another output": (other_output, "differs"),
    "another verdict": (other_verdict, "differs"),
    "no code": (lambda trace: forged(trace, iterations=[]), "no code has called FINAL"),
    "other evidence": (lambda trace: forged(trace, evidence=[]), "differs"),
    "for ever": (other_code("while True: pass"), "differs"),
    "all memory": (other_code("x = 'x' * (1 << 40)"), "differs"),
    "a file": (other_code("print(open('/etc/passwd').read())"), "differs"),
    "a process": (other_code("import os\nos.system('id')"), "differs"),
    "disputed": (lambda trace: forged(trace, status="disputed"), "its status is disputed"),
    "still running": (lambda trace: forged(trace, status="running"), "its status is running"),
    "absurd settings": (lambda trace: forged(trace, settings={"cell_timeout": -1}), "cannot be replayed"),
    "no documents": (lambda trace: forged(trace, documents=[]), "cannot be replayed"),
    "another question": (lambda trace: forged(trace, question="What do the sales add up to?"), "was not asked"),
}


def test_a_forged_trace_gets_nothing(right: Trace, rubric: Path, handed_in: Path) -> None:
    for kind, (forge, _) in FORGED.items():
        (handed_in / f"{kind}.json").write_text(forge(right).to_json())
    done = {each.student: each for each in asyncio.run(grade(handed_in, Rubric.load(rubric)))}
    for kind, (_, words) in FORGED.items():
        assert (done[kind].points, words in done[kind].reason) == (0, True), done[kind]


def test_what_a_trace_says_of_itself_does_not_count(rubric: Path, handed_in: Path, tmp_path: Path) -> None:
    trace = asked(tmp_path, "print(1)", "print(2)", "print(3)", "FINAL(11_500_000 + 25, evidence=[39])", SUM)
    usage = trace.usage.model_copy(update={"calls": 1})
    assert trace.coverage is not None
    coverage = trace.coverage.model_copy(update={"searched": 1.0, "scanned": 1.0})
    (handed_in / "calls.json").write_text(forged(trace, usage=usage).to_json())
    blind = asked(tmp_path, *[f"FINAL({TOTAL}, {NAMED})"] * 2)
    (handed_in / "coverage.json").write_text(forged(blind, coverage=coverage).to_json())
    assert "max_calls" in failed(graded(handed_in, rubric, "calls"))
    assert {"coverage", "derived"} <= failed(graded(handed_in, rubric, "coverage"))


def test_variables_of_before_rest_on_what_their_code_has_read(rubric: Path, handed_in: Path, tmp_path: Path) -> None:
    def with_cell(code: str) -> Trace:
        recording = tmp_path / "r.jsonl"
        reply = json.dumps({"text": f"```python\nFINAL(total, {NAMED})\n```"})
        recording.write_text('{"schema": "rlm.recording/1"}\n' + f"{reply}\n" * 2)
        with RLM(model=f"recorded:{recording}").session(demo.path()) as session:
            session.run_code(code)
            return session.completion(QUESTION).trace

    honest = with_cell(f"{LOOK}\ntotal = sum(to_number(row.groups[0]) for row in rows)")
    typed = with_cell(f"total = {TOTAL}")
    spans = [Span(tool="grep", source=typed.documents[0].name, start_line=line, end_line=line) for line in LINES]
    claimed = EarlierVariable(name="total", spans=spans, computed=True)
    assert typed.earlier is not None
    lying = forged(typed, earlier=Earlier(cells=typed.earlier.cells, variables=[claimed]), grounding=honest.grounding)
    for name, trace in (("honest", honest), ("typed", typed), ("lying", lying)):
        (handed_in / f"{name}.json").write_text(trace.to_json())
    assert "derived" not in failed(graded(handed_in, rubric, "honest"))
    assert "derived" in failed(graded(handed_in, rubric, "typed"))
    assert graded(handed_in, rubric, "lying").points == 0 or "derived" in failed(graded(handed_in, rubric, "lying"))


def test_a_tool_of_the_students_own_is_no_source(rubric: Path, handed_in: Path, tmp_path: Path) -> None:
    (handed_in / "ann.json").write_text(asked(tmp_path, f"{LOOK}\nFINAL(cheat(), {NAMED})", tools=[cheat]).to_json())
    submission = graded(handed_in, rubric)
    assert failed(submission) == {"derived"}
    assert "'cheat', a function of the student's own" in submission.scores[0].text


def test_what_cannot_be_judged_in_time_gets_nothing(right: Trace, monkeypatch: pytest.MonkeyPatch) -> None:
    async def replayed(*_: Any, **__: Any) -> Any:
        return SimpleNamespace(reproduced=True)

    never = threading.Event()
    monkeypatch.setattr("rlm_kernel.grading.runs.areplay", replayed)
    monkeypatch.setattr("rlm_kernel.grading.runs.judged", lambda *_: never.wait())
    with pytest.raises(AssertionError, match=r"could not be judged within 0\.1 s"):
        check(right, answer=TOTAL, document=demo.path(), limits=ReplayLimits(max_seconds=0.1))
    never.set()


def test_of_many_runs_the_last_ones_count(right: Trace, rubric: Path, handed_in: Path) -> None:
    others = [sealed(Trace(question=f"Number {number}?", status="answered")) for number in range(200)]
    write_notebook(handed_in / "first.ipynb", right, *others)
    write_notebook(handed_in / "last.ipynb", *others, right)
    first, last = asyncio.run(grade(handed_in, Rubric.load(rubric)))
    assert first.points == 0
    assert last.points == OF
    assert "it has 201 runs: the last 200 count" in first.reason
    assert "it has 201 runs: the last 200 count" in last.reason


def test_a_question_of_any_length_is_compared(rubric: Path, handed_in: Path) -> None:
    long = Trace(question=f"{QUESTION[:-1]} in the {'north ' * 200_000}", status="answered")
    (handed_in / "ann.json").write_text(sealed(long).to_json())
    ann = graded(handed_in, rubric)
    assert "its question was not asked; the nearest question in it is 'What do the sales" in ann.reason
    assert len(ann.reason) < 500


def test_another_document_is_not_graded(rubric: Path, handed_in: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text(f"SALES_FIGURE_ALL: ${TOTAL:,}\n")
    write_notebook(handed_in / "ann" / "a.ipynb", asked(tmp_path, SUM, SUM, context=tmp_path / "mine.txt"))
    (handed_in / "ann" / "mine.txt").write_bytes((tmp_path / "mine.txt").read_bytes())
    submission = graded(handed_in, rubric)
    assert (submission.points, "document" in submission.reason) == (0, True)


def test_replies_that_were_not_recorded_do_not_count(
    right: Trace, rubric: Path, handed_in: Path, tmp_path: Path
) -> None:
    write_notebook(handed_in / "ann.ipynb", right)
    rubric.write_text(json.dumps(RUBRIC | {"recording": "class.jsonl"}))
    line = json.dumps({"question": QUESTION, "text": right.iterations[0].reply})
    (tmp_path / "class.jsonl").write_text('{"schema": "rlm.recording/1"}\n' + line)
    assert graded(handed_in, rubric).points == OF
    turn = right.iterations[0]
    own = turn.model_copy(update={"code": f"{turn.code}\nprint('mine')", "output": f"{turn.output}mine\n"})
    write_notebook(handed_in / "ann.ipynb", forged(right, iterations=[own]))
    assert "the code of iteration 1 is not that of the model's reply" in graded(handed_in, rubric).reason
    padded = f"{turn.reply[:100]}anything\n[… 5 characters left out …]\n"
    write_notebook(handed_in / "ann.ipynb", forged(right, iterations=[turn.model_copy(update={"reply": padded})]))
    assert "iteration 1 is not in the recording" in graded(handed_in, rubric).reason
    write_notebook(handed_in / "ann.ipynb", right)
    (tmp_path / "class.jsonl").write_text('{"schema": "rlm.recording/1"}\n{"text": "something else"}')
    assert "iteration 1 is not in the recording" in graded(handed_in, rubric).reason


def test_nothing_of_a_submission_takes_effect_in_the_grades(
    right: Trace, rubric: Path, handed_in: Path, tmp_path: Path, capsys: Any
) -> None:
    names = ["=HYPERLINK(1)", "\x1b[31mred", "a|b`c", "A|B`C", "<img src=x onerror=alert(1)>", "\udcff"]
    hostile = forged(right, question="\x1b[2J|`<script>", value="\x1b]0;x\x07")
    for name in names:
        (handed_in / f"{name}.json").write_text(hostile.to_json())
    assert main(["grade", str(handed_in), "--rubric", str(rubric), "--out", str(tmp_path / "out")]) == 0
    captured = capsys.readouterr()
    assert "\x1b" not in captured.out + captured.err + (tmp_path / "out" / "grades.csv").read_text()
    rows = list(csv.reader((tmp_path / "out" / "grades.csv").read_text().splitlines()))
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)
    files = list((tmp_path / "out" / "feedback").iterdir())
    assert len({file.name.lower() for file in files}) == len(names)
    assert not any("\x1b" in file.read_text() or "\n<img" in file.read_text() for file in files)


def test_check_says_what_does_not_hold(right: Trace, rubric: Path, tmp_path: Path) -> None:
    report = demo.path()
    assert check(right, answer=TOTAL, document=report).points == 1
    assert check(right, "sales", rubric=rubric).points == OF
    (tmp_path / "trace.json").write_text(right.to_json())
    assert check(tmp_path / "trace.json", document=report, max_calls=1, coverage={"scanned": 0.01}).points == 2
    with pytest.raises(AssertionError, match=r"task: 1 of 2 points \(answer: 11500025 is not the right answer\)"):
        check(right, document=report, answer=5, grounded=True)
    with pytest.raises(AssertionError, match="but a NoneType: was the question asked"):
        check(None, answer=5)
    for fields, words in (
        ({"answr": 5}, "answr"),
        ({}, "it scores nothing"),
        ({"answer": 5, "tolerance": "much"}, "tolerance must be"),
    ):
        with pytest.raises(RubricError, match=words):
            check(right, document=report, **fields)
    with pytest.raises(RubricError, match="give the document"):
        check(right, answer=5)
    with pytest.raises(RubricError, match="no task 'sale'; it has 'sales'"):
        check(right, "sale", rubric=rubric)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("r.json", "{", "is no JSON"),
        ("r.toml", "a = ", "is no TOML"),
        ("r.yaml", "a: [", "is no YAML"),
        ("r.yaml", "just words", "is no mapping"),
        ("r.json", json.dumps({"document": "report.txt", "tasks": []}), "tasks"),
        ("r.json", json.dumps(RUBRIC | {"points": 5}), "points: Extra inputs"),
        ("r.json", json.dumps(RUBRIC | {"tasks": RUBRIC["tasks"] * 2}), "two tasks are called 'sales'"),
        ("r.json", json.dumps(RUBRIC | {"tasks": [{"name": "a", "answer": 1}]}), "a task needs its question"),
        (
            "r.json",
            json.dumps(RUBRIC | {"tasks": [{"name": name, "question": "x" * 9_000, "answer": 1} for name in "ab"]}),
            "two tasks ask 'xxx",
        ),
        ("r.json", json.dumps(RUBRIC | {"document": "nowhere.txt"}), "nowhere.txt"),
        ("r.json", json.dumps(RUBRIC | {"recording": "nowhere.jsonl"}), "nowhere.jsonl cannot be read"),
        ("r.json", json.dumps(RUBRIC | {"limits": {"memory_limit": "much"}}), "much"),
        ("r.json", json.dumps(RUBRIC | {"tasks": [{"question": "?", "coverage": {}}]}), "coverage needs a share"),
        ("r.json", task_with([3, {"line": 4, "source": "report.txt"}]), "of each line, or of none"),
        ("r.json", task_with([{"line": 4, "source": "another.txt"}]), "'another.txt', which is none of: "),
        ("r.yaml", "tasks: [{question: '?', answer: 2026-13-45}]", "is no YAML"),
    ],
)  # fmt: skip
def test_a_rubric_that_cannot_be_used_is_one_sentence(
    name: str, text: str, words: str, rubric: Path, right: Trace, handed_in: Path, capsys: Any
) -> None:
    if name.endswith("yaml"):
        pytest.importorskip("yaml", reason="PyYAML (the extra class) is not installed")
    write_notebook(handed_in / "ann.ipynb", right)
    file = rubric.with_name(name)
    file.write_text(text)
    assert main(["grade", str(handed_in), "--rubric", str(file)]) == 2
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1


def test_a_rubric_of_toml(right: Trace, rubric: Path, handed_in: Path) -> None:
    write_notebook(handed_in / "ann.ipynb", right)
    toml = rubric.with_suffix(".toml")
    task = f'[[tasks]]\nquestion = "{QUESTION}"\nanswer = 11500000\ntolerance = "1%"\nevidence = {LINES}\n'
    toml.write_text(f'document = "report.txt"\n{task}')
    assert graded(handed_in, toml).points == 2


def test_a_folder_without_submissions_is_named(rubric: Path, handed_in: Path, capsys: Any) -> None:
    assert main(["grade", str(handed_in), "--rubric", str(rubric)]) == 2
    assert "holds no submission" in capsys.readouterr().err
    assert main(["grade", str(handed_in / "nowhere"), "--rubric", str(rubric)]) == 2
    assert "cannot be read: No such file" in capsys.readouterr().err
