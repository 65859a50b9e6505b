"""The auditor's pass in a real browser: made without a kernel, saved, opened beside a changed document, exported."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import ARTIFACTS, accessibility, trust
from saved import no_errors_of_ours, report, trace, write

from rlm_kernel import Answer
from rlm_kernel.render.mimebundle import mimebundle
from rlm_kernel.render.static_view import view_script

pytestmark = pytest.mark.browser

NOTE = "</script><img src=x onerror=alert(1)> seen"


def evidence_row(view: Any, line: str) -> Any:
    return view.locator(".jp-RlmCard-evidence > ul > li").filter(has_text=line).first


@pytest.mark.nightly
def test_a_pass_is_made_saved_opened_again_and_exported(
    open_extended: Callable[..., Any], extended_lab: tuple[str, Path], chromium: Any, tmp_path: Path
) -> None:
    folder = extended_lab[1]
    (folder / "report.txt").write_text(report())
    path = folder / "audited.ipynb"
    write(path, mimebundle(trace()))
    trust(path, folder.parent)
    notebook = open_extended(path.name, None, kernel=False)
    output = notebook.output(0)
    summary = output.locator(".jp-RlmAudit > summary")
    assert summary.inner_text().endswith("rows checked · not signed off")
    assert "rlm_audit" not in json.loads(path.read_text())["cells"][0]["metadata"]
    summary.click()
    output.get_by_text("✓ report.txt is as the run read it.").wait_for()
    row = evidence_row(output, "line 12")
    row.get_by_role("checkbox").check()
    note = row.get_by_role("textbox")
    note.press_sequentially("As in the ledger.")
    output.get_by_label("Note on the whole").fill("All of it was read.")
    assert output.get_by_text('total.to_html(audit="audited.ipynb")').is_visible()
    # The picture of the documentation: an ordinary note, nothing refused.
    notebook.picture("audit-light", output)
    note.clear()
    note.press_sequentially(NOTE)
    output.get_by_role("button", name="Sign off").click()
    output.get_by_text("Type your name first.").wait_for()
    assert accessibility(notebook.page, ".jp-RlmTrace") == []
    output.get_by_label("Your name").fill("Ada Lovelace")
    output.get_by_role("button", name="Sign off").click()
    output.locator(".jp-RlmAudit b", has_text="Signed off by Ada Lovelace").wait_for()
    assert output.locator(".jp-RlmAudit-row input").count() == 0
    saved = notebook.save()["cells"][0]["metadata"]["rlm_audit"]
    (kept,) = saved.values()
    assert list(saved) == [trace().digest]
    assert kept["signed_by"] == "Ada Lovelace"
    assert [(one["line"], one["checked"], one["note"], one["changed"]) for one in kept["rows"]] == [
        (12, True, NOTE, False)
    ]
    no_errors_of_ours(notebook)
    notebook.close(keep_kernel=True)

    changed = report().replace("SALES north: $1,000", "<b>SALES north: $9,999</b>")
    (folder / "report.txt").write_text(changed)
    again = open_extended(path.name, None, kernel=False, dark=True)
    output = again.output(0)
    output.get_by_text("report.txt has changed since the run; 1 line of evidence differs.").wait_for()
    assert not again.has_kernel
    row = evidence_row(output, "line 12")
    text = row.inner_text()
    for words in ("☑ checked", NOTE, "recorded: SALES north: $1,000", "now: <b>SALES north: $9,999</b>"):
        assert words in text
    assert "☐ not checked" in evidence_row(output, "line 87").inner_text()
    assert output.locator(".jp-RlmTrace img, .jp-RlmCard-evidence code b").count() == 0
    assert "All of it was read." in output.locator(".jp-RlmAudit").inner_text()
    assert accessibility(again.page, ".jp-RlmTrace") == []
    again.picture("audit-dark", output)
    output.get_by_role("button", name="Withdraw the sign-off").click()
    evidence_row(output, "line 87").get_by_role("checkbox").check()
    output.get_by_label("Your name").fill("Grace Hopper")
    output.get_by_role("button", name="Sign off").click()
    (kept,) = again.save()["cells"][0]["metadata"]["rlm_audit"].values()
    assert kept["signed_by"] == "Grace Hopper"
    assert [(one["line"], one["now"]) for one in kept["rows"]] == [(12, "<b>SALES north: $9,999</b>"), (87, None)]
    no_errors_of_ours(again)
    again.close(keep_kernel=True)

    if not view_script():
        pytest.skip("the view is not built: pip install . builds it")
    page_file = tmp_path / "report.html"
    page_file.write_text(Answer(trace()).to_html(audit=path), encoding="utf-8")
    page = chromium.new_context(viewport={"width": 1000, "height": 1400}, offline=True).new_page()
    page.goto(page_file.as_uri())
    view = page.locator("#rlm-run")
    view.locator(".jp-RlmAudit b", has_text="Signed off by Grace Hopper").wait_for()
    text = evidence_row(view, "line 12").inner_text()
    for words in ("☑ checked", NOTE, "now: <b>SALES north: $9,999</b>"):
        assert words in text
    assert view.locator("input[type=checkbox], textarea").count() == 0
    assert view.get_by_role("button", name="Withdraw the sign-off").count() == 0
    assert page.locator("img").count() == 0
    assert accessibility(page, "#rlm-run") == []
    page.screenshot(path=ARTIFACTS / "audit-export.png", full_page=True)
    page.context.close()
