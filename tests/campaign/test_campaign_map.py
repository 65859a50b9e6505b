"""Campaigns in this process: rows, traces, going on, failures; against a scripted server and real sub-kernels."""

from __future__ import annotations

import asyncio
import errno
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas
import pyarrow.parquet
import pytest
from sales import GOOD, QUESTION, engine, files, report
from scripted_server import ScriptedServer, fail, hang

from rlm_kernel import RLM, Document
from rlm_kernel.campaign import (
    CampaignError,
    CampaignProgress,
    CampaignQuestion,
    CampaignRow,
    Results,
    amap_documents,
    read_questions,
)
from rlm_kernel.campaign import rows as rows_module

Serve = Callable[..., ScriptedServer]
NOWHERE = RLM("m", "http://127.0.0.1:9/v1", api_key="none")


def test_every_question_is_asked_of_every_document(scripted_server: Serve, tmp_path: Path) -> None:
    server = scripted_server(lambda body: GOOD)
    files(tmp_path / "reports", 3)
    seen: list[tuple[str, int, int]] = []
    results = engine(server).map(
        [QUESTION, {"question": "And the total?", "type": "int", "name": "typed"}],
        tmp_path / "reports" / "*.txt",
        out=tmp_path / "out",
        on_row=lambda row, progress: seen.append((row.name, progress.done, progress.total)),
    )
    assert [(row.document, row.name, row.value) for row in results] == [
        (f"report-{number:03}.txt", name, 1000 + number) for number in (1, 2, 3) for name in ("q1", "typed")
    ]
    assert results.statuses == {"answered": 6}
    assert results.verdicts == {"computed": 6}
    assert results.missing == 0
    assert len(results.failures) == 0
    assert sorted(done for _, done, _ in seen) == [1, 2, 3, 4, 5, 6]
    row = results[0]
    assert (row.calls, row.iterations, row.coverage["searched"], row.attempts) == (1, 1, 1.0, 1)
    trace = results.trace(0)
    assert (trace.value, trace.digest, trace.fingerprint) == (1001, row.trace_digest, row.fingerprint)
    assert row.trace.startswith(f"traces/{row.digest}.json.")
    assert "1001" in results.to_text() + json.dumps(row.value)
    assert "rows       6 of 6" in results.to_text()


def test_rows_are_parquet_and_a_frame(scripted_server: Serve, tmp_path: Path) -> None:
    server = scripted_server(lambda body: GOOD)
    column = pandas.Series([report(1), report(2), report(1)], index=["a", "b", "c"], name="text")
    prices = {"scripted": {"input": 10, "output": 10}}
    results = engine(server, prices=prices).map(QUESTION, column, out=tmp_path / "out")
    assert server.count.requests == 2  # a text that is there twice is asked about once
    frame = results.frame()
    assert list(zip(frame["document"], frame["value"], strict=True)) == [("a", 1001), ("c", 1001), ("b", 1002)]
    table = pyarrow.parquet.read_table(tmp_path / "out" / "rows.parquet").to_pylist()
    assert [(row["document"], row["value"], row["verdict_computed"]) for row in table] == [
        ("a", "1001", 1),
        ("b", "1002", 1),
    ]
    assert results.cost == pytest.approx(sum(row["cost"] for row in table))
    assert results.cost == pytest.approx(2 * (100 + len(GOOD) // 4 + 1) / 100_000)


def test_the_same_command_asks_only_what_is_missing(scripted_server: Serve, tmp_path: Path) -> None:
    server = scripted_server(lambda body: GOOD)
    reports = files(tmp_path / "reports", 2)
    engine(server).map(QUESTION, reports, out=tmp_path / "out")
    more = files(tmp_path / "reports", 3)
    fresh: list[int] = []

    def on_row(row: CampaignRow, progress: CampaignProgress) -> None:
        fresh.append(progress.skipped)

    results = engine(server).map(QUESTION, more, out=tmp_path / "out", on_row=on_row)
    assert server.count.requests == 3
    assert fresh == [2]
    assert [row.value for row in results] == [1001, 1002, 1003]
    more[0].write_text(report(7))
    results = engine(server).map(QUESTION, more, out=tmp_path / "out")
    assert server.count.requests == 4
    assert [row.value for row in results] == [1007, 1002, 1003]
    engine(server, temperature=0.5).map(QUESTION, more, out=tmp_path / "out")
    assert server.count.requests == 7
    reread = Results.open(tmp_path / "out")
    assert {row.document for row in reread} == {"report-001.txt", "report-002.txt", "report-003.txt"}


async def test_what_was_interrupted_goes_on(scripted_server: Serve, tmp_path: Path) -> None:
    answers: list[Any] = [GOOD, hang(), GOOD, GOOD, GOOD]
    server = scripted_server(lambda body: answers.pop(0))
    reports = files(tmp_path / "reports", 3)
    asking = asyncio.create_task(amap_documents(engine(server), QUESTION, reports, out=tmp_path / "out", workers=1))
    assert await asyncio.to_thread(server.hanging.wait, 60)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert await asyncio.to_thread(server.wait_for_connections, 0)
    assert len(Results.open(tmp_path / "out")) == 1
    assert (tmp_path / "out" / "rows.parquet").is_file()
    results = await amap_documents(engine(server), QUESTION, reports, out=tmp_path / "out", workers=1)
    assert [row.value for row in results] == [1001, 1002, 1003]
    assert server.count.requests == 4
    assert results.spent is not None
    assert results.spent.calls == 4  # the one that nobody waited for was sent


def test_a_row_that_was_cut_off_takes_no_other_with_it(scripted_server: Serve, tmp_path: Path) -> None:
    server = scripted_server(lambda body: GOOD)
    reports = files(tmp_path / "reports", 3)
    engine(server).map(QUESTION, reports[:2], out=tmp_path / "out", workers=1)
    journal = tmp_path / "out" / "rows.jsonl"
    journal.write_bytes(journal.read_bytes()[:-40])
    results = engine(server).map(QUESTION, reports, out=tmp_path / "out")
    assert [row.value for row in results] == [1001, 1002, 1003]
    assert server.count.requests == 4
    assert [row.value for row in Results.open(tmp_path / "out")] == [1001, 1002, 1003]


def test_a_full_disk_keeps_all_rows(scripted_server: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = scripted_server(lambda body: GOOD)
    reports = files(tmp_path / "reports", 3)
    write = os.write
    room = [1_900]

    def full(descriptor: int, data: Any) -> int:
        """A disk that takes so many bytes of the journal."""
        if not os.readlink(f"/proc/self/fd/{descriptor}").endswith("rows.jsonl"):
            return write(descriptor, data)
        if not room[0]:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written = write(descriptor, bytes(data)[: room[0]])
        room[0] -= written
        return written

    monkeypatch.setattr(rows_module.os, "write", full)
    with pytest.raises(CampaignError, match=r"No space left on device.*run the same command again"):
        engine(server).map(QUESTION, reports, out=tmp_path / "out", workers=1)
    monkeypatch.undo()
    kept = (tmp_path / "out" / "rows.jsonl").read_text()
    assert kept.endswith("\n")
    before = kept.count("\n")
    assert 1 <= before < 3
    results = engine(server).map(QUESTION, reports, out=tmp_path / "out", workers=1)
    assert [row.value for row in results] == [1001, 1002, 1003]
    assert server.count.requests == 4  # one was answered and could not be kept


def test_failures_are_rows_and_the_models_own_are_not_tried_again(scripted_server: Serve, tmp_path: Path) -> None:
    answers: list[Any] = [GOOD, fail(400, "cannot parse your messages"), GOOD]
    server = scripted_server(lambda body: answers.pop(0))
    empty = tmp_path / "empty.txt"
    empty.touch()
    reports = [*files(tmp_path / "reports", 3), empty]
    for _ in range(2):
        results = engine(server).map(QUESTION, reports, out=tmp_path / "out", workers=1)
        assert [row.value for row in results] == [1001, None, 1003, None]
        assert [row.status for row in results.failures] == ["failed", "failed"]
        assert [row.attempts for row in results] == [1, 1, 1, 1]
        assert results[1].finished
        assert (results[1].kind, "cannot parse your messages" in results[1].reason) == ("refused", True)
        assert (results[3].kind, results[3].finished, results[3].trace) == ("document", False, "")
        assert "is empty" in results[3].reason
        assert results.missing == 1
    assert server.count.requests == 3
    answers.append(GOOD)
    results = engine(server).map(QUESTION, reports, out=tmp_path / "out", workers=1, again=["failed"])
    assert results[1].value == 1002
    with pytest.raises(CampaignError, match="Row 3 has no trace: its run did not begin"):
        results.trace(3)


def test_infrastructure_is_tried_twice_more(scripted_server: Serve, tmp_path: Path) -> None:
    server = scripted_server(lambda body: fail(503, "down for maintenance"))
    quick = engine(server, model=_quick(server))
    results = quick.map(QUESTION, files(tmp_path / "reports", 1), out=tmp_path / "out")
    (row,) = results
    assert (row.status, row.kind, row.attempts, row.calls) == ("failed", "server", 3, 3)
    assert results.missing == 1
    assert server.count.requests == 3
    server._scripts[None] = lambda body: GOOD
    (row,) = quick.map(QUESTION, files(tmp_path / "reports", 1), out=tmp_path / "out")
    assert (row.value, row.attempts) == (1001, 1)


def test_a_key_that_is_refused_ends_the_campaign(scripted_server: Serve, tmp_path: Path) -> None:
    server = scripted_server(lambda body: fail(401, "who are you?"))
    results = engine(server).map(QUESTION, files(tmp_path / "reports", 9), out=tmp_path / "out", workers=1)
    assert results.stopped_kind == "auth"
    assert len(results) == 1
    assert results.missing == 9
    assert server.count.requests == 1


def test_a_document_is_read_once_for_all_questions(
    scripted_server: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = scripted_server(lambda body: GOOD)
    written: list[int] = []
    write = Document._write

    def counted(self: Document) -> Any:
        written.append(1)
        return write(self)

    monkeypatch.setattr(Document, "_write", counted)
    questions = [f"{QUESTION} ({number})" for number in range(8)]
    results = engine(server).map(questions, files(tmp_path / "reports", 1), out=tmp_path / "out", workers=3)
    assert results.statuses == {"answered": 8}
    assert len(written) == 1


def test_two_processes_do_not_run_one_campaign(scripted_server: Serve, tmp_path: Path) -> None:
    server = scripted_server(lambda body: GOOD)
    reports = files(tmp_path / "reports", 2)

    def on_row(row: CampaignRow, progress: CampaignProgress) -> None:
        with pytest.raises(CampaignError, match="Another process is running the campaign"):
            engine(server).map(QUESTION, reports, out=tmp_path / "out")

    results = engine(server).map(QUESTION, reports, out=tmp_path / "out", on_row=on_row, workers=1)
    assert results.statuses == {"answered": 2}


@pytest.mark.parametrize(
    ("questions", "documents", "options", "complaint"),
    [
        ([], ["a text"], {}, "There is no question"),
        ([" "], ["a text"], {}, "asks nothing"),
        ([{"question": "?", "typ": "int"}], ["a text"], {}, "has a field 'typ'; known are: question, type, name"),
        ([CampaignQuestion("?", "integer")], ["a text"], {}, "has the type 'integer'"),
        (
            [CampaignQuestion("?", name="x"), CampaignQuestion("!", name="x")],
            ["a text"],
            {},
            "Two questions are called 'x'",
        ),
        (7, ["a text"], {}, "Questions cannot be made from int"),
        ("?", [], {}, "There is no document"),
        ("?", 7, {}, "Documents cannot be made from int"),
        ("?", pandas.DataFrame({"text": ["a"]}), {}, "give the column that holds them"),
        ("?", [str(Path(__file__))], {}, r"names of files .* give Path\(name\)"),
        ("?", Path("nowhere/*.txt"), {}, "No file matches nowhere"),
        ("?", ["a text"], {"max_cost": 0}, "max_cost=0 is no limit of a campaign"),
        ("?", ["a text"], {"max_llm_calls": -1}, "max_llm_calls=-1 is no limit"),
        ("?", ["a text"], {"workers": 0}, "workers=0 runs nothing"),
        ("?", ["a text"], {"record": "r.jsonl"}, "record is for one run"),
        ("?", ["a text"], {"temprature": 1}, "RLM has no setting 'temprature'"),
        ("?", ["a text"], {"out": Path(__file__)}, "cannot be used"),
    ],
)
def test_mistakes_are_one_sentence(
    tmp_path: Path, questions: Any, documents: Any, options: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        NOWHERE.map(questions, documents, **({"out": tmp_path / "out"} | options))


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("{", "questions.jsonl line 2 is no JSON"),
        ("[1]", "neither a text nor an object"),
        ('{"question": "?", "name": 3}', '"name" must be a text'),
        ('{"name": "x"}', 'give it a "question"'),
    ],
)
def test_a_line_that_is_no_question_is_named(tmp_path: Path, line: str, complaint: str) -> None:
    file = tmp_path / "questions.jsonl"
    file.write_text(f"# a remark\n{line}\n")
    with pytest.raises(CampaignError, match=complaint):
        read_questions(file)


def test_a_file_of_questions(tmp_path: Path) -> None:
    file = tmp_path / "questions.jsonl"
    file.write_text('{"question": "Who?", "name": "who"}\n\n# no more\n"How many?"\n')
    assert read_questions(file) == [CampaignQuestion("Who?", None, "who"), CampaignQuestion("How many?", None, "q2")]
    file.write_text("# nothing\n")
    with pytest.raises(CampaignError, match="holds no question"):
        read_questions(file)
    with pytest.raises(CampaignError, match="cannot be read: No such file"):
        read_questions(tmp_path / "gone.jsonl")


def _quick(server: ScriptedServer) -> Any:
    from rlm_kernel.models import OpenAICompatible

    return OpenAICompatible("scripted", base_url=server.base_url, max_retries=0)
