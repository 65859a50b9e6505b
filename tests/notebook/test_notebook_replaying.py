"""`%%recorded`, `%%iteration` and what `%rlm replay NAME` needs, on answers of the real engine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from runs import DOCUMENT, SUM, TOTAL, block, engine
from scripted_server import ScriptedServer

from rlm_kernel import Answer, Document
from rlm_kernel.notebook.errors import RLMError
from rlm_kernel.notebook.replaying import notebook_replay, show_replay
from rlm_kernel.replay.stepper import Stepper

Serve = Callable[..., ScriptedServer]


@pytest.fixture
def answer(scripted_server: Serve) -> Answer:
    server = scripted_server([block(SUM), block("FINAL(total, evidence=[2])")])
    return engine(server).completion("What is the total?", DOCUMENT)


def test_an_answer_by_its_name(answer: Answer) -> None:
    assert notebook_replay("total", {"total": answer}).reproduced


def test_an_answer_that_has_let_its_document_go_finds_it_among_the_variables(answer: Answer, tmp_path: Path) -> None:
    loose = Answer(answer.trace)
    assert notebook_replay("total", {"total": loose}).verdict == "cannot be replayed"
    assert notebook_replay("total", {"total": loose, "other": "x", "context": DOCUMENT}).reproduced
    assert notebook_replay("total", {"total": loose, "any": Document.of(DOCUMENT, name="context")}).reproduced


def test_a_trace_and_a_file(answer: Answer, tmp_path: Path) -> None:
    assert notebook_replay("trace", {"trace": answer.trace, "context": DOCUMENT}).reproduced
    (tmp_path / "trace.json").write_text(answer.trace.to_json())
    assert notebook_replay(str(tmp_path / "trace.json"), {"context": DOCUMENT}).reproduced
    with pytest.raises(RLMError, match="There is no answer, trace or file 'nothing'"):
        notebook_replay("nothing", {})


def test_cell_by_cell_with_changed_code(answer: Answer) -> None:
    with Stepper(answer.trace, DOCUMENT) as stepper:
        with pytest.raises(AssertionError, match=r"the iterations \[1, 2\] have not run"):
            stepper.check()
        first = stepper.run(1, str(answer.trace.iterations[0].code))
        assert (first.done.output, first.differs) == ("3500\n", "")
        changed = stepper.run(1, "total = 1\nprint(total)")
        assert changed.differs.endswith("-3500\n+1")
        stepper.run(2, str(answer.trace.iterations[1].code))
        with pytest.raises(AssertionError, match="iteration 1 differs"):
            stepper.check()
        stepper.run(1, SUM)
        with pytest.raises(AssertionError, match=r"the iterations \[2\] have not run"):
            stepper.check()
        again = stepper.run(2, "FINAL(total, evidence=[2])")
        assert again.differs == ""
        stepper.check()
        assert (stepper.value, stepper.evidence) == (TOTAL, [("context", 2, "SALES north: $1,000")])
        with pytest.raises(ValueError, match="The trace has no iteration 3"):
            stepper.run(3, "1")


def test_a_stepper_is_closed_twice_and_ends_its_process(answer: Answer) -> None:
    stepper: Any = Stepper(answer.trace, DOCUMENT)
    pid = stepper._kernel.pid
    stepper.close()
    stepper.close()
    assert not Path(f"/proc/{pid}").exists()


def test_the_line_magic_prints_the_verdict(answer: Answer, capsys: Any) -> None:
    show_replay("total", {"total": answer})
    assert capsys.readouterr().out == "reproduced\n"
    answer.trace.iterations[0].output = "3600\n"
    answer.trace.digest = ""
    show_replay("total", {"total": answer})
    said = capsys.readouterr().out
    assert said.startswith("differs at iteration 1: its output\n--- recorded\n")
    assert said.endswith("+3500\nthe trace has no digest: whether it was altered cannot be told\n")
    with pytest.raises(RLMError, match="%rlm replay: which answer"):
        show_replay(None, {})
