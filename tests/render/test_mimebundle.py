"""The static bundle: everything is there, nothing hostile takes effect, and it stays small."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from html import unescape
from html.parser import HTMLParser
from typing import Any

import pytest

from rlm_kernel.render.html.code import code_html
from rlm_kernel.render.html.coverage_bars import touched
from rlm_kernel.render.mimebundle import bounded_json, mimebundle, to_html
from rlm_kernel.trace import (
    MIME_TYPE,
    Call,
    CodeError,
    Coverage,
    CoveredLines,
    Determinism,
    DocumentInfo,
    Earlier,
    Evidence,
    Grounding,
    Iteration,
    Parent,
    Repair,
    Span,
    Trace,
    TreeUsage,
    UsagePart,
    Variables,
    content_digest,
    sealed,
)

EVIL = "</pre></div><script>alert(1)</script><img src=x onerror=alert(1)>\"' \x1b[31m\u202e ```\n[l](http://evil) $x$"


def make_trace(text: str = "plain words", count: int = 2, **changes: Any) -> Trace:
    turns = [
        Iteration(
            index=index + 1,
            reply=f"{text}\n```python\n{text}\n```",
            reasoning=text,
            code=text,
            repairs=[Repair(kind=text, before=text, after=text)],
            output=text,
            output_chars=len(text),
            error=CodeError(type=text, message=text, line=1),
            notes=[text],
            variables=Variables(added={text: text}),
            spans=[Span(tool=text, source=text, start_line=1, end_line=2)],
            calls=[Call(id=1, kind="llm_query", model=text, prompt=text, response=text, error=text)],
            seconds=0.5,
        )
        for index in range(count)
    ]
    trace = Trace(
        question=text,
        model=text,
        sub_model=text,
        documents=[DocumentInfo(name=text, source=text, sha256="ab" * 32, chars=1234, lines=56)],
        isolation={"restricted-python": "9.0", "landlock": 7, "seccomp": True},
        notices=[text],
        iterations=turns,
        status="answered",
        value=text,
        evidence=[Evidence(source=text, line=3, text=text), Evidence(source=text, line=99)],
        grounding=[Grounding(item=text, verdict="ungrounded")],
        usage=TreeUsage(calls=3, prompt_tokens=4321, completion_tokens=21),
        seconds=1.5,
    )
    return trace.model_copy(update=changes)


class Tags(HTMLParser):
    """Collects what a browser would take for elements and attributes; checks that they nest."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.open: list[str] = []
        self.feed(source)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_bundle_has_the_four_forms() -> None:
    bundle = mimebundle(make_trace(value=13_000_000))
    assert list(bundle) == [MIME_TYPE, "text/html", "text/markdown", "text/plain"]
    assert Trace.model_validate(bundle[MIME_TYPE]) == make_trace(value=13_000_000)
    for form in ("text/html", "text/markdown", "text/plain"):
        assert "13,000,000" in bundle[form]
        assert "plain words" in bundle[form]
        assert "landlock(abi 7)" in bundle[form]
    for form in ("text/html", "text/markdown"):
        assert "ab" * 32 in bundle[form]
        assert "line not found" in bundle[form]


def test_hostile_text_stays_text() -> None:
    bundle = mimebundle(make_trace(EVIL))
    found = Tags(bundle["text/html"])
    known = {"table", "thead", "tbody", "tr", "th", "td", "del", "ins", "style"}
    assert found.tags <= known | {"div", "details", "summary", "pre", "code", "b", "ul", "li", "span"}
    assert found.attributes <= {"style", "class", "open", "scope", "tabindex"}
    for form in ("text/html", "text/markdown", "text/plain"):
        assert "\x1b" not in bundle[form]
        assert "\u202e" not in bundle[form]


def test_markdown_has_hostile_text_in_code_only() -> None:
    commonmark = pytest.importorskip("markdown_it")
    rendered = commonmark.MarkdownIt().render(mimebundle(make_trace(EVIL))["text/markdown"])
    found = Tags(rendered.replace("<br />", ""))
    assert found.tags <= {"p", "pre", "code", "strong", "ul", "li", "blockquote"}


def test_only_inline_styles_and_no_fixed_text_colour() -> None:
    source = to_html(make_trace())
    assert source.count("<style") == 1
    printing = source[source.index("<style>") :]
    assert printing.startswith("<style>@media print {")
    assert "; color: #" not in source
    assert 'style="color: #' not in source


def grounded(*items: tuple[str, str, dict[str, Any]]) -> list[Grounding]:
    return [Grounding(item=item, verdict=verdict, **more) for item, verdict, more in items]


def test_where_each_part_of_the_answer_comes_from() -> None:
    found = grounded(
        ("$13,000,000", "computed", {"iteration": 2}),
        ("Gotham", "document", {"source": "report", "lines": [3, 17]}),
        ("rising", "sub-model", {"call": 4}),
        ("99%", "ungrounded", {}),
    )
    bundle = mimebundle(make_trace(grounding=found))
    source = bundle["text/html"]
    rows = dict(re.findall(r'<th scope="row"[^>]*><code>(.*?)</code></th>(.*?)</tr>', source))
    words = {item: " ".join(re.sub(r"<[^>]*>", " ", row).split()) for item, row in rows.items()}
    assert words == {
        "99%": "✗ FOUND NOWHERE",
        "$13,000,000": "= computed by iteration 2",
        "Gotham": "✓ quoted from the document report lines 3, 17",
        "rising": "◇ said by a sub-model in call 4",
    }
    assert next(iter(rows)) == "99%"
    banner = "1 of 4 items found nowhere · 1 in the document · 1 computed · 1 said by a sub-model"
    assert banner in source
    assert source.index(banner) < source.index("<b>Grounding</b>")
    assert banner in bundle["text/plain"]
    for form in ("text/markdown", "text/plain"):
        assert "99%" in bundle[form]
        assert "✗ FOUND NOWHERE" in bundle[form]
    assert "report lines 3, 17" in bundle["text/markdown"]


def test_what_was_looked_at_is_a_strip_with_words() -> None:
    documents = [
        CoveredLines(source="a", lines=60, scanned=[(1, 30)], shown=[(60, 60)], sent=[]),
        CoveredLines(source="b", lines=60, scanned=[(61, 61)], shown=[(1, 60)], sent=[]),
    ]
    coverage = Coverage(documents=documents, scanned=0.2583, shown=0.5083, sent=0, untouched=0.2333)
    assert [touched(coverage, "scanned", 12), touched(coverage, "shown", 12), touched(coverage, "sent", 12)] == [
        [True] * 3 + [False] * 9,
        [False] * 5 + [True] * 7,
        [False] * 12,
    ]
    bundle = mimebundle(make_trace(coverage=coverage))
    for share in ("25.8%", "50.8%", "0%", "23.3%"):
        assert f">{share}</td>" in bundle["text/html"]
        assert share in bundle["text/markdown"]
    assert "Approximately" in to_html(make_trace(coverage=coverage.model_copy(update={"exact": False})))
    assert "Lines looked at</b>" not in to_html(make_trace(coverage=Coverage()))


def test_a_repair_is_shown_as_a_difference() -> None:
    repair = Repair(kind="bracket", before="a = 1\nprint(a\nb = 2\nc = 3", after="a = 1\nprint(a)\nb = 2\nc = 3")
    source = to_html(Trace(iterations=[Iteration(index=1, code=repair.after, repairs=[repair])]))
    assert "Repaired before it ran: bracket" in source
    assert re.search(r"  a = 1\n<del [^>]*>- print\(a</del>\n<ins [^>]*>\+ print\(a\)</ins>\n  b = 2</pre>", source)


def test_code_has_the_colours_of_the_theme_and_stays_what_it_is() -> None:
    code = "def total(rows):  # <sum>\n    return sum(float(r['x']) for r in rows)\n\n\tx = 1\n"
    html = code_html(code, 1_000)
    assert "color: var(--jp-mirror-editor-keyword-color); font-weight: bold" in html
    shown = unescape(re.sub(r"<[^>]*>", "", html))
    assert shown == code
    assert "<sum>" not in html
    long = "x = 'word'\n" * 2_000
    assert "<span" not in code_html(long, 100_000)


def test_code_that_could_not_run_says_so() -> None:
    error = CodeError(type="SyntaxError", message="never closed", line=1)
    turns = [Iteration(index=1, code="print(", error=error, executed=False), Iteration(index=2, code="print(1)")]
    source = to_html(Trace(iterations=turns))
    assert source.count("Code, which did not run") == 1
    assert source.index("Code, which did not run") < source.index("SyntaxError: never closed") < source.index(">Code<")


def test_a_fork_names_the_run_that_it_comes_from() -> None:
    source = to_html(make_trace(parent=Parent(digest="ab" * 32, iteration=3)))
    assert "a fork of run abababababa…, anew from iteration 3" in source


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, True),
        ({"earlier": Earlier()}, True),
        ({"earlier": Earlier(digest="ab" * 32)}, False),
        ({"earlier": Earlier(cells=["x = 1"])}, False),
        ({"determinism": None}, False),
        ({"status": "running"}, False),
        ({"iterations": []}, False),
        ({"iterations": [Iteration(index=1, reply="no code")]}, False),
    ],
)
def test_how_to_fork_is_said_once_where_it_can_be_done(changes: dict[str, Any], said: bool) -> None:
    known = Determinism(seed=1, clock="2026-01-01T00:00:00+00:00", hash_seed=0)
    card = to_html(make_trace(**{"determinism": known, **changes}))
    assert card.count("answer.fork(") == said
    assert ("answer.fork(2, code) runs it anew from iteration 2" in card) is said


def test_runs_inside_runs_are_all_there() -> None:
    inner = Trace(status="answered", value="the deepest")
    for depth in range(5):
        call = Call(id=depth, kind="rlm_query", prompt=f"question at {depth}", trace=inner, response="x", line=3)
        turn = Iteration(index=1, code=f"step_{depth} = rlm_query('part', context)", calls=[call])
        inner = Trace(iterations=[turn], status="answered", value=f"answer {depth}")
    bundle = mimebundle(inner)
    text = re.sub(r"<[^>]*>", "", bundle["text/html"])
    for depth in range(5):
        assert f"question at {depth}" in text
        assert f"step_{depth} = " in text
    assert "the deepest" in text
    assert "rlm_query · line 3" in text
    assert "question at 2" in bundle["text/markdown"]


def test_failed_calls_are_shown_before_others() -> None:
    calls = [Call(id=n, kind="llm_query", prompt=f"prompt {n}", response="r") for n in range(1, 5_001)]
    calls[4_000] = calls[4_000].model_copy(update={"error": "rate limit", "response": None})
    source = to_html(Trace(iterations=[Iteration(index=1, code="c", calls=calls)]))
    assert "prompt 4001" in source
    assert "rate limit" in source
    assert "and 4,980 more sub-calls" in source
    assert len(source) < 60_000


def test_cost_by_model_and_level() -> None:
    parts = [
        UsagePart(model="big", depth=0, calls=2, prompt_tokens=1_000, cost=0.5),
        UsagePart(model="small", depth=1, calls=30, prompt_tokens=9_000, estimated=True),
    ]
    source = to_html(make_trace(usage=TreeUsage(calls=32, prompt_tokens=10_000, parts=parts)))
    cells = re.findall(r"<t[hd] scope=\"row\"[^>]*>(.*?)</th>(.*?)</tr>", source[source.index("Cost by model") :])
    rows = [[name, *re.findall(r"<td[^>]*>(.*?)</td>", rest)] for name, rest in cells[:2]]
    assert rows == [
        ["big", "root", "2", "1,000 in, 0 out", "0.5000", "0.0 s"],
        ["small", "1 deep", "30", "about 9,000 in, 0 out", "unknown", "0.0 s"],
    ]


def test_documents_that_were_changed_are_no_small_matter() -> None:
    assert "The documents were changed" in to_html(make_trace(unchanged=False)).partition("<details")[0]
    assert "unchanged at the end of the run" in to_html(make_trace(unchanged=True))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"notices": ["RECORDED: replies come from a file"]}, "RECORDED"),
        ({"status": "exhausted", "best_guess": True, "reason": "10 iterations"}, "Best guess, not an answer"),
        ({"status": "failed", "value": None, "reason": "connection refused"}, "connection refused"),
        ({"status": "stopped", "value": None, "reason": "interrupted"}, "Stopped"),
    ],
)
def test_what_must_be_said_comes_before_the_iterations(changes: dict[str, Any], words: str) -> None:
    bundle = mimebundle(make_trace(**changes))
    assert 0 <= bundle["text/html"].find(words) < bundle["text/html"].find("<details")
    assert 0 <= bundle["text/markdown"].find(words) < bundle["text/markdown"].find("Iteration 1")
    assert words.lower() in bundle["text/plain"].lower()


@pytest.mark.parametrize(("length", "count"), [(10_000_000, 1), (50_000, 30), (3_000, 1_000)])
def test_the_bundle_stays_small(length: int, count: int) -> None:
    text = "0123456789" * (length // 10)
    turns = [
        Iteration(index=index + 1, reply="r", code="print(context)", output=text, output_chars=length)
        for index in range(count)
    ]
    bundle = mimebundle(Trace(iterations=turns, status="answered", value="v"))
    assert sum(len(form if isinstance(form, str) else json.dumps(form)) for form in bundle.values()) < 330_000
    kept = Trace.model_validate(bundle[MIME_TYPE])
    assert kept.iterations[-1].output_chars == length
    assert kept.iterations[-1].code == "print(context)"
    assert ("characters left out" in bundle["text/html"]) == (length > 4_000)
    assert ("earlier iterations are not shown" in bundle["text/html"]) == (count > 300)


def test_the_last_iterations_are_the_ones_that_stay_whole() -> None:
    source = to_html(make_trace("words " * 500, count=100))
    assert "Iteration 1 ·" in source
    assert "<details><summary" in source[source.rfind("Iteration 100 ·") - 100 :]


def test_wide_and_deep_runs_in_runs_are_bounded() -> None:
    inner = make_trace("x" * 3_000, count=10)
    for _ in range(3):
        inner = make_trace("y" * 3_000, count=3)
        for turn in inner.iterations:
            turn.calls = [Call(id=1, kind="rlm_query", prompt="part", trace=inner.model_copy(deep=True))] * 20
    assert len(to_html(inner)) < 250_000
    bundle = mimebundle(inner)
    assert sum(len(form if isinstance(form, str) else json.dumps(form)) for form in bundle.values()) < 400_000
    Trace.model_validate(bundle[MIME_TYPE])


def test_a_shortened_copy_says_so() -> None:
    whole = sealed(make_trace("words " * 1_000, count=60, evidence=[Evidence(source="a", line=n) for n in range(500)]))
    copy = Trace.model_validate(bounded_json(whole))
    assert {"evidence", "iterations", "output", "question", "reply"} <= set(copy.elided)
    assert copy.digest == whole.digest
    assert copy.copy_digest == content_digest(copy)
    assert any("400 items of evidence are left out" in notice for notice in copy.notices)
    small = sealed(make_trace())
    assert Trace.model_validate(bounded_json(small)) == small


def test_surrogates_do_not_break_the_message() -> None:
    bundle = mimebundle(make_trace("half \ud83d of a pair"))
    json.dumps(bundle, ensure_ascii=False).encode("utf-8")


def test_rendering_needs_no_notebook() -> None:
    code = (
        "import sys; from rlm_kernel.render.mimebundle import mimebundle; from rlm_kernel.trace import Trace; "
        "mimebundle(Trace()); sys.exit(any(name in sys.modules for name in ('IPython', 'ipywidgets', 'zmq')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_lines_of_a_part_do_not_run_into_its_name() -> None:
    from rlm_kernel.render.labels import spans_text

    part = Span(tool="grep", source="report.txt, lines 95 to 112", start_line=7, end_line=11)
    assert spans_text([part]) == "report.txt, lines 95 to 112: 7-11"
    assert spans_text([part.model_copy(update={"source": "report.txt"})]) == "report.txt 7-11"
