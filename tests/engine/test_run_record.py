"""What a run states of its documents: how they were read, that they are unchanged, which lines it has looked at."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from runs import DOCUMENT, SUM, block, run
from scripted_server import ScriptedServer

from rlm_kernel import RLM, Answer, Document, DocumentError, Trace
from rlm_kernel.trace import Coverage

Serve = Callable[..., ScriptedServer]
FILES = Path(__file__).parents[1] / "document" / "files"
FINAL = block("FINAL(total)")


def coverage(trace: Trace) -> Coverage:
    assert trace.coverage is not None
    return trace.coverage


class TestCoverage:
    async def test_scanned_and_shown(self, scripted_server: Serve) -> None:
        code = "rows = grep('^SALES')\nprint(rows[0].line)\ntotal = 3500"
        trace = (await run(scripted_server([block(code), block("FINAL(total)")]))).trace
        made = coverage(trace)
        (only,) = made.documents
        assert (only.source, only.lines) == ("context", 5)
        assert (only.scanned, only.shown, only.sent) == ([(2, 2), (4, 4)], [(2, 2)], [])
        assert (made.scanned, made.shown, made.sent, made.untouched) == (0.4, 0.2, 0, 0)
        assert made.exact
        shares = ["searched 100%", "returned to code 40%", "shown to the model 20%", "sent to a sub-model 0%"]
        assert made.text == ", ".join([*shares, "never touched 0%"])

    async def test_what_is_printed_in_the_last_cell_was_not_shown(self, scripted_server: Serve) -> None:
        trace = (await run(scripted_server([block("print(read_lines(1, 5))\nFINAL(1 + 1)")]))).trace
        assert (coverage(trace).scanned, coverage(trace).shown) == (1, 0)

    async def test_what_was_elided_was_not_shown(self, scripted_server: Serve) -> None:
        lines = [f"line {number} has the words that it has, and {number * 7} more" for number in range(1, 201)]
        script = [block("print(read_lines(1, 200))"), block("FINAL(1 + 1)")]
        trace = (await run(scripted_server(script), context="\n".join(lines), output_limit=1000)).trace
        (only,) = coverage(trace).documents
        assert only.scanned == [(1, 200)]
        assert len(only.shown) == 2
        assert (only.shown[0][0], only.shown[-1][1]) == (1, 200)
        assert coverage(trace).shown < 0.2

    async def test_sent_to_a_sub_model(self, scripted_server: Serve) -> None:
        code = "said = llm_query('Which is the larger?', read_lines(2, 4))\ntotal = len(said)"
        server = scripted_server({"root": [block(code), FINAL], "sub": "the second"}, models=("root", "sub"))
        trace = (await run(server, model="root", sub_model="sub")).trace
        (only,) = coverage(trace).documents
        assert (only.scanned, only.shown, only.sent) == ([(2, 4)], [], [(2, 4)])

    async def test_use_of_the_context_itself_counts(self, scripted_server: Serve) -> None:
        code = "total = sum(1 for line in context.splitlines() if 'SALES' in line)"
        trace = (await run(scripted_server([block(code), FINAL]))).trace
        assert (coverage(trace).scanned, coverage(trace).untouched) == (1, 0)

    async def test_without_any_look_all_is_untouched(self, scripted_server: Serve) -> None:
        trace = (await run(scripted_server([block("FINAL(1 + 1)")]))).trace
        assert coverage(trace) == Coverage(searched=0.0)

    async def test_it_is_the_answers_and_survives_the_trace(self, scripted_server: Serve) -> None:
        trace = (await run(scripted_server([block(SUM), FINAL]))).trace
        assert Answer(trace).coverage is trace.coverage
        assert Trace.from_json(trace.to_json()) == trace

    @pytest.mark.parametrize(
        ("share", "shown"),
        [(0.0, "0%"), (1e-6, "<0.1%"), (0.5, "50%"), (0.1234, "12.3%"), (0.99999, ">99.9%"), (1.0, "100%")],
    )
    def test_shares_in_words(self, share: float, shown: str) -> None:
        assert Coverage(scanned=share).text.startswith(f"returned to code {shown},")
        assert Coverage(exact=False).text.endswith("(approximately)")


class TestFingerprint:
    async def test_it_is_checked_and_stated(self, scripted_server: Serve) -> None:
        trace = (await run(scripted_server([block(SUM), FINAL]))).trace
        assert trace.fingerprint == Document.of(DOCUMENT).fingerprint == trace.documents[0].sha256
        assert trace.unchanged is True

    async def test_of_several_and_of_records(self, scripted_server: Serve) -> None:
        for context in ({"a": "one", "b": "two"}, ["one", "two"], [{"n": 1}]):
            trace = (await run(scripted_server([block("FINAL(1 + 1)")]), context=context)).trace
            assert (trace.unchanged, trace.fingerprint) == (True, Document.of(context).fingerprint)

    async def test_after_a_crash_of_the_sandbox_too(self, scripted_server: Serve) -> None:
        crash = "x = iter([1])\nfor _ in range(500_000): x = map(str, x)\nprint(len(list(x)))"
        trace = (await run(scripted_server([block(crash), block("FINAL(1 + 1)")]))).trace
        assert trace.iterations[0].lost_state
        assert trace.unchanged is True

    async def test_a_change_is_said(self, scripted_server: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
        # The bytes are sealed, so only another document in their place can show what a change would do.
        other = Document.of(DOCUMENT.replace("1,000", "9,000"))
        document = Document.of(DOCUMENT)
        monkeypatch.setattr(document, "share", other.share)
        trace = (await run(scripted_server([block(SUM), FINAL]), context=document)).trace
        assert trace.unchanged is False
        assert any("DOCUMENT WAS CHANGED" in notice for notice in trace.notices)


class TestReading:
    async def test_a_guessed_encoding_is_said(self, scripted_server: Serve, tmp_path: Path) -> None:
        path = tmp_path / "old.txt"
        path.write_bytes("Verkäufe: 5".encode("latin-1"))
        trace = (await run(scripted_server([block("FINAL(grep('Verkäufe')[0].line)")]), context=path)).trace
        (document,) = trace.documents
        assert (document.encoding, document.format, document.size) == ("latin-1", "", 12)
        assert any("old.txt is not UTF-8: read as latin-1" in notice for notice in trace.notices)
        assert trace.value == "Verkäufe: 5"

    async def test_a_converted_file_is_said(self, scripted_server: Serve) -> None:
        code = "FINAL(sum(to_number(m.line.split('|')[3]) for m in grep(r'^\\| (Barley|Rye|Oats)')))"
        trace = (await run(scripted_server([block(code)]), context=FILES / "report.docx")).trace
        (document,) = trace.documents
        assert trace.value == 2505
        assert (document.name, document.format) == ("report.docx", "DOCX")
        assert "mammoth" in document.converter
        assert any("Word document" in notice for notice in trace.notices)

    async def test_plain_text_needs_no_remark(self, scripted_server: Serve) -> None:
        trace = (await run(scripted_server([block(SUM), FINAL]))).trace
        assert trace.notices == []
        assert trace.documents[0].encoding == ""

    async def test_a_file_that_cannot_be_read_ends_it_before_it_begins(self, scripted_server: Serve) -> None:
        with pytest.raises(DocumentError, match="no file"):
            await run(scripted_server([]), context=Path("absent.pdf"))

    def test_a_table_of_pandas(self, scripted_server: Serve) -> None:
        import pandas as pd

        server = scripted_server(
            [block("print(type(context).__name__, context[0])\nFINAL(sum(r['n'] for r in context))")]
        )
        frame = pd.DataFrame({"crop": ["Rye", "Oats"], "n": [2, 3]})
        answer = RLM("scripted", server.base_url).completion("How many?", frame)
        assert answer.value == 5
        assert "pandas" not in answer.trace.iterations[0].output
        assert json.loads(answer.trace.to_json())["unchanged"] is True
