"""The static bundle: everything is there, nothing hostile takes effect, and it stays small."""

from __future__ import annotations

import json
import subprocess
import sys
from html.parser import HTMLParser
from typing import Any

import pytest

from rlm_kernel.notebook.static import mimebundle, to_html
from rlm_kernel.trace import (
    MIME_TYPE,
    Call,
    CodeError,
    DocumentInfo,
    Evidence,
    Grounding,
    Iteration,
    Repair,
    Span,
    Trace,
    TreeUsage,
    Variables,
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
        assert "13000000" in bundle[form]
        assert "plain words" in bundle[form]
        assert "landlock(abi 7)" in bundle[form]
    for form in ("text/html", "text/markdown"):
        assert "ab" * 32 in bundle[form]
        assert "line not found" in bundle[form]


def test_hostile_text_stays_text() -> None:
    bundle = mimebundle(make_trace(EVIL))
    found = Tags(bundle["text/html"])
    assert found.tags <= {"div", "details", "summary", "pre", "code", "b", "ul", "li", "span"}
    assert found.attributes <= {"style", "class", "open"}
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
    assert "<style" not in source
    assert "; color: #" not in source
    assert "background-color: #" not in source


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


def test_deep_runs_in_runs_are_bounded() -> None:
    inner = make_trace("x" * 3_000, count=10)
    for _ in range(3):
        inner = make_trace("y" * 3_000, count=3)
        for turn in inner.iterations:
            turn.calls = [Call(id=1, kind="rlm_query", prompt="part", trace=inner.model_copy(deep=True))] * 20
    assert len(to_html(inner)) < 250_000


def test_surrogates_do_not_break_the_message() -> None:
    bundle = mimebundle(make_trace("half \ud83d of a pair"))
    json.dumps(bundle, ensure_ascii=False).encode("utf-8")


def test_rendering_needs_no_notebook() -> None:
    code = (
        "import sys; from rlm_kernel.notebook.static import mimebundle; from rlm_kernel.trace import Trace; "
        "mimebundle(Trace()); sys.exit(any(name in sys.modules for name in ('IPython', 'ipywidgets', 'zmq')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
