"""`answer.compare(other)` in a real browser: both runs can be read, light, dark and untrusted, and stay in the file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import accessibility
from saved import trace

from rlm_kernel.trace import Grounding

pytestmark = pytest.mark.browser

EVIL = "<img src=x onerror='window.reached = 1'>"
COMPARE = """from pathlib import Path
from rlm_kernel import Trace
from rlm_kernel.api.answer import Answer
first, second = (Answer(Trace.from_json(Path(name).read_text())) for name in ("first.json", "second.json"))
first.compare(second)"""


def check(opened: Any, name: str) -> None:
    """What a reader sees of both runs."""
    output = opened.output(0)
    output.get_by_text("The values differ.").wait_for()
    rows = {row.split("\t")[0]: row.split("\t")[1:] for row in output.locator("tbody tr").all_inner_texts()}
    assert rows["value"] == ["4000", f"4001 {EVIL}"]
    assert rows["status"] == ["answered", "answered"]
    assert rows["verdicts"] == [
        "2 items: 1 in the document · 1 computed",
        "1 of 3 items found nowhere · 1 in the document · 1 computed",
    ]
    assert rows["model"] == ["scripted", f"another {EVIL}"]
    assert rows["cost"][0].startswith("10 calls, ")
    assert rows[EVIL] == ["not in the answer", "✗ FOUND NOWHERE"]
    assert output.locator("details summary").all_inner_texts() == ["Iteration 4"]
    code = output.locator("pre").inner_text()
    assert f"+ # {EVIL}" in code
    assert "- " not in code
    assert output.locator("img").count() == 0
    assert opened.page.evaluate("() => window.reached") is None
    assert accessibility(opened.page, ".jp-OutputArea-output") == []
    opened.picture(f"compare-{name}", output)


@pytest.mark.nightly
def test_two_answers_stand_beside_each_other(open_notebook: Callable[..., Any], lab: tuple[str, Path]) -> None:
    first = trace()
    turns = [turn.model_copy() for turn in first.iterations]
    turns[3].code = f"{turns[3].code}\n# {EVIL}"
    grounding = [*first.grounding, Grounding(item=EVIL, verdict="ungrounded")]
    made = {"iterations": turns, "value": f"4001 {EVIL}", "model": f"another {EVIL}", "grounding": grounding}
    (lab[1] / "first.json").write_text(first.to_json())
    (lab[1] / "second.json").write_text(first.model_copy(update=made).to_json())
    notebook = open_notebook("compared.ipynb", [COMPARE])
    notebook.run(0)
    check(notebook, "light")
    saved = notebook.save()
    notebook.close()
    for dark in (False, True):
        again = open_notebook("compared.ipynb", None, kernel=False, dark=dark)
        check(again, f"again-{'dark' if dark else 'light'}")
        assert not again.has_kernel
        again.close(keep_kernel=True)
    # The same output under another source is nothing that this JupyterLab's user has run.
    saved["cells"][0]["source"] = "# written by somebody else"
    saved["cells"][0]["outputs"][0]["data"]["text/plain"] = "changed"
    (lab[1] / "sent.ipynb").write_text(json.dumps(saved))
    check(open_notebook("sent.ipynb", None, kernel=False), "untrusted")
