"""The HTML export in a real browser without a network: the view of the run, and the report where no script runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from conftest import ARTIFACTS, accessibility
from sample import sample
from saved import trace

from rlm_kernel.render.report import html_report
from rlm_kernel.render.static_view import view_script
from rlm_kernel.trace import Grounding, Trace

pytestmark = pytest.mark.browser


def page_of(chromium: Any, folder: Path, trace: Trace, **options: Any) -> Any:
    if not view_script():
        pytest.skip("the view is not built: pip install . builds it")
    file = folder / "run.html"
    file.write_text(html_report(trace), encoding="utf-8")
    context = chromium.new_context(**{"viewport": {"width": 1000, "height": 1200}, "offline": True} | options)
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(file.as_uri())
    return page


@pytest.mark.parametrize("look", ["light", pytest.param("dark", marks=pytest.mark.nightly), "narrow"])
def test_the_answer_leads_to_where_it_comes_from(chromium: Any, tmp_path: Path, look: str) -> None:
    width = 400 if look == "narrow" else 1000
    viewport = {"width": width, "height": 1200}
    scheme = "dark" if look == "dark" else "light"
    page = page_of(chromium, tmp_path, sample(), viewport=viewport, color_scheme=scheme)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    view = page.locator("#rlm-run")
    view.locator(".jp-RlmBanner").wait_for()
    words = "1 of 3 items found nowhere · 1 in the document · 1 computed"
    assert view.locator(".jp-RlmBanner").inner_text() == words
    figure = view.locator(".jp-RlmFigure", has_text="demand is expected to soften")
    figure.press("Enter")
    pane = view.locator(".jp-RlmPane").first
    assert "report, line 150" in pane.inner_text()
    assert figure.get_attribute("aria-expanded") == "true"
    ARTIFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTIFACTS / f"export-{look}.png", full_page=True)
    assert accessibility(page, "#rlm-run") == []
    pane.get_by_role("button", name="Close").press("Enter")
    assert figure.evaluate("element => element === document.activeElement")
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth + 1")
    assert errors == []
    page.context.close()


def test_a_list_of_dicts_is_a_table_in_its_order(chromium: Any, tmp_path: Path) -> None:
    rows = [{"region": "South", "2024": 25_000.0}, {"region": "North", "2024": 12}]
    found = [
        Grounding(item="25000.0", verdict="computed", path='[0]["2024"]'),
        Grounding(item="12", verdict="ungrounded", path='[1]["2024"]'),
    ]
    page = page_of(chromium, tmp_path, Trace(status="answered", value=rows, grounding=found))
    table = page.locator("#rlm-run .jp-RlmAnswer-table")
    assert table.locator("th").all_inner_texts() == ["region", "2024"]
    assert [row.split() for row in table.locator("tbody tr").all_inner_texts()] == [
        ["South", "=25,000.0"],
        ["North", "✗12"],
    ]
    assert table.locator(".jp-RlmFigure.jp-mod-ungrounded").count() == 1
    page.context.close()


def test_hostile_markdown_is_text(chromium: Any, tmp_path: Path) -> None:
    evil = "**Bold** <img src=x onerror=alert(1)> ![x](http://127.0.0.1/x) [link](javascript:alert(1)) </script><b>x"
    page = page_of(chromium, tmp_path, Trace(status="answered", value=evil, question=evil))
    value = page.locator("#rlm-run .jp-RlmMarkdown")
    assert value.locator("b").inner_text() == "Bold"
    assert value.locator("img, a, script").count() == 0
    assert "javascript:alert(1)" in value.inner_text()
    page.context.close()


def test_without_scripts_the_report_says_the_same(chromium: Any, tmp_path: Path) -> None:
    page = page_of(chromium, tmp_path, sample(), java_script_enabled=False)
    text = page.locator("main").inner_text()
    for words in ("demand is expected to soften", "FOUND NOWHERE", "quoted from the document", "$11,500,025"):
        assert words in text
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.nightly)])
def test_the_timeline_says_what_each_iteration_has_used_of_the_limits(
    chromium: Any, tmp_path: Path, scheme: str
) -> None:
    run = trace()
    for turn, cost in zip(run.iterations, (0.5, 0.25, 1.0, 0.05), strict=True):
        turn.usage = turn.usage.model_copy(update={"cost": cost})
    run.usage = run.usage.model_copy(update={"cost": 1.8})
    run.settings |= {"max_tokens": 50_000, "max_cost": 2.0}
    most = max(turn.usage.prompt_tokens + turn.usage.completion_tokens for turn in run.iterations)
    page = page_of(chromium, tmp_path, run, color_scheme=scheme)
    view = page.locator("#rlm-run")
    spent = view.locator(".jp-RlmTimeline-spent")
    names = [each.get_attribute("aria-label") for each in spent.all()]
    assert names == [
        f"tokens: {most:,} at most in one iteration",
        "cost: 1.0000 at most in one iteration",
        "iterations: 4 of 10 (40%)",
        "tokens: 7,404 of 50,000 (14.8%)",
        "cost: 1.8000 of 2.0000 (90%)",
        "model calls: 10 of 100 (10%)",
    ]
    view.get_by_text("Tokens, cost and seconds of each iteration").click()
    rows = [row.split("\t") for row in view.locator(".jp-RlmSpending tbody tr").all_inner_texts()]
    assert [row[0] for row in rows] == ["1", "2", "3", "4"]
    assert [row[4] for row in rows] == ["0.5000", "0.2500", "1.0000", "0.0500"]
    assert [row[8] for row in rows] == ["25%", "37.5%", "87.5%", "90%"]
    assert "1.8000 of 2.0000 (90%)" in view.locator(".jp-RlmSpending tfoot").inner_text()
    assert accessibility(page, "#rlm-run") == []
    ARTIFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTIFACTS / f"timeline-{scheme}.png", full_page=True)
    page.context.close()


def test_the_place_stands_beside_each_line(chromium: Any, tmp_path: Path) -> None:
    run = trace()
    run.documents[0].places = [(1, "page 1", None), (80, "page 2, <b>Sales</b>", None)]
    run.grounding[-1].lines = [12, 87]
    page = page_of(chromium, tmp_path, run)
    view = page.locator("#rlm-run")
    assert "at line 12 (page 1) 87 (page 2, <b>Sales</b>)" in view.locator(".jp-RlmCard-grounding").inner_text()
    rows = view.locator(".jp-RlmCard-evidence li").all_inner_texts()
    assert rows[0] == "report.txt, line 12 (page 1): SALES north: $1,000"
    assert rows[1].startswith("report.txt, line 87 (page 2, <b>Sales</b>): ")
    page.context.close()
