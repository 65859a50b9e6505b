"""`%%rlm --map`: many documents from a cell of a real ipykernel."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from driving import Kernel, running
from scripted_server import ScriptedServer

Serve = Callable[..., ScriptedServer]
FINISH = "```python\nFINAL(sum(to_number(hit.line) for hit in grep('sales')))\n```"


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    folder = tmp_path_factory.mktemp("kernel")
    with running(folder) as kernel:
        code = "%load_ext rlm_kernel\nimport pandas\nframe = pandas.DataFrame({'text': ['sales: 5', 'sales: 8']})"
        assert kernel.run(code).reply["status"] == "ok"
        yield kernel


def test_a_column_is_asked_about_row_by_row(kernel: Kernel, scripted_server: Serve, tmp_path: Path) -> None:
    server = scripted_server(lambda body: FINISH)
    kernel.use(server)
    ran = kernel.run(f"%%rlm frame.text --map {tmp_path / 'out'} -o totals --type int\nWhat are the sales?")
    assert ran.reply["status"] == "ok", ran.reply
    (result,) = ran.of("execute_result")
    assert "rows       2 of 2" in result["data"]["text/plain"]
    assert "<table>" in result["data"]["text/html"]
    assert kernel.value("[row.value for row in totals]") == [5, 8]
    *_, last = ran.of("update_display_data")
    assert last["data"] == {"text/plain": ""}
    ran = kernel.run(f"%%rlm frame.text --map {tmp_path / 'out'} -o totals --type int\nWhat are the sales?")
    assert ran.reply["status"] == "ok"
    assert server.count.requests == 2


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("--map out", "--map needs documents"),
        ("frame.words --map out", "frame has no column 'words'"),
        ("frame --map out", "give the column that holds them"),
        ("nowhere/*.txt --map out", "No file matches nowhere"),
        ("frame.text --map out --step", "--step is for one run, and --map is for many"),
    ],
)
def test_mistakes_are_one_sentence(kernel: Kernel, line: str, complaint: str) -> None:
    ran = kernel.run(f"%%rlm {line}\nWhat are the sales?")
    assert ran.reply["status"] == "error"
    assert ran.reply["ename"] == "RLMError"
    assert complaint in ran.reply["evalue"]
