"""Hostile text comes out harmless, and long text comes out short with its size."""

from __future__ import annotations

import ast
import html
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import rlm_kernel
from rlm_kernel.render.escape import (
    block,
    clean,
    clean_code,
    code_block,
    code_span,
    elide,
    fenced,
    inline,
    joined,
    markup,
    one_line,
    pretty,
    table_cell,
)
from rlm_kernel.render.sanitize import plain, symbol

VECTORS = json.loads(Path(__file__).with_name("hidden_characters.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_what_cannot_be_seen_is_shown(vector: dict[str, str]) -> None:
    """The labextension's own tests read the same file."""
    assert clean(vector["text"]) == vector["shown"]
    assert clean_code(vector["text"]) == vector["code"]


def test_half_a_character_is_shown_by_its_number() -> None:
    assert clean("a\ud800b") == clean_code("a\ud800b") == "a⟨U+D800⟩b"


@given(st.text(st.characters()))
def test_nothing_that_acts_survives_cleaning(text: str) -> None:
    for cleaned in (clean(text), clean_code(text), plain(text)):
        cleaned.encode("utf-8")
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", cleaned)
    for cleaned in (clean(text), clean_code(text)):
        assert not re.search("[\u2028\u2029\u202a-\u202e\u2066-\u2069\u200b\ufeff]", cleaned)


@given(st.text(st.characters(categories=["Cc", "Cf", "Zs", "Zl", "Zp", "Lu", "Mn", "So", "Cs"])))
def test_no_character_is_left_out_and_code_keeps_its_lines(text: str) -> None:
    for cleaned in (clean(text.replace("\r\n", "\n")), clean_code(text)):
        rest = re.sub("⟨U\\+[0-9A-F]{4,6}⟩", "?", cleaned)
        assert len(rest) >= len(text.replace("\r\n", "\n"))
    assert clean_code(text).count("\n") == len(re.findall("\r\n|\r|\n", text))
    for character in set(text) - {"\r"}:
        assert character in clean_code(text) or symbol(character) in clean_code(text)


@given(st.text(st.sampled_from("<>&\"'$\\(a `\n")))
def test_html_text_has_no_markup_but_ours(text: str) -> None:
    shown = inline(text)
    assert html.unescape(re.sub("</?span>", "", shown)) == clean(text)
    assert set(re.findall("<[^>]*>", shown)) <= {"<span>", "</span>"}
    assert "<" not in block(text)


def test_html_is_put_together_from_html_only() -> None:
    assert markup("<b>{}</b>{}", inline("<i>"), 3) == "<b>&lt;i&gt;</b>3"
    assert joined([block("<"), code_block(">")], " & ") == "&lt; &amp; &gt;"
    with pytest.raises(TypeError, match="escape it"):
        markup("<b>{}</b>", "<i>")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="escape it"):
        markup("<b>{style}</b>", style="<i>")  # type: ignore[arg-type]


def test_only_literals_of_ours_become_html_unescaped() -> None:
    """`Markup(...)` and the template of `markup(...)` are written out where they stand, but for the escaping itself."""
    templates = {"template", "_SECTION", "bar", "_CHANGED[sign]"}
    for path in Path(rlm_kernel.__file__).parent.rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        if path.name == "escape.py" or "arkup(" not in source:
            continue
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("Markup", "markup"):
                first = node.args[0]
                assert isinstance(first, ast.Constant) or ast.unparse(first) in templates, ast.unparse(node)
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in templates:
                assert isinstance(node.value, ast.Constant), ast.unparse(node)


@pytest.mark.parametrize("text", ["a|b", "a\\|b", "a\\\\|b", "`\\|", "|", "\\"])
def test_no_bar_ends_the_cell_of_a_table(text: str) -> None:
    cell = table_cell(text)
    # An even number of backslashes before a bar, none among them, ends the cell for readers that count them in pairs.
    assert all(len(run) % 2 == 1 for run in re.findall(r"(\\*)\|", cell))
    assert cell.count("|") == text.count("|")


def test_formulas_are_broken_up() -> None:
    assert inline("$5 and \\(6\\)") == "<span>$</span>5 and <span>\\</span>(6<span>\\</span>)"


@given(st.text(st.sampled_from("`a\n <")))
def test_no_run_of_backticks_closes_a_fence_or_a_span(text: str) -> None:
    lines = fenced(text).split("\n")
    assert set(lines[0]) == {"`"}
    assert not any(line.strip().startswith(lines[0]) for line in lines[1:-1])
    span = code_span(text)
    ticks = re.match("`+", span)[0]  # type: ignore[index]
    inner = span[len(ticks) : -len(ticks)]
    assert ticks not in re.findall("`+", inner)
    assert "\n" not in span


def test_elide_keeps_head_and_tail_and_tells_the_rest() -> None:
    short = elide("a" * 5_000 + "b" * 5_000, 3_000)
    assert short.startswith("a" * 2_000)
    assert short.endswith("b" * 1_000)
    assert "7,000 characters left out" in short
    assert elide("abc", 10) == "abc"
    assert "1,000,000 characters left out" in elide("a" * 100, 50, true_size=1_000_050)
    assert "97 more characters were not kept" in elide("abc", 10, true_size=100)


def test_one_line() -> None:
    assert one_line("a\n  b\tc") == "a b c"
    assert one_line("word " * 100, 20) == "word word word word…"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("as it is", "as it is"),
        (13_000_000, "13000000"),
        (True, "True"),
        (None, "None"),
        ([1, 2], "[1, 2]"),
        ({"name": "x" * 60}, '{\n  "name": "' + "x" * 60 + '"\n}'),
    ],
)
def test_pretty(value: object, expected: str) -> None:
    assert pretty(value) == expected
