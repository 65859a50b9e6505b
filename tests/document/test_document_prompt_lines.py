"""Locating: which lines of the documents stand in a prompt, whatever stands around them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rlm_kernel.document import Document
from rlm_kernel.document.parts.requested import document_of
from rlm_kernel.document.provenance import prompt_lines
from rlm_kernel.document.provenance.prompt_lines import Locator

WORDS = ("alpha", "beta", "gamma", "great", "awful", "price", "north", "south", "12", "Ü")
LINES = [
    " ".join(WORDS[(number * 7 + at * at) % 10] for at in range(number % 5 + 2)) + f" {number}"
    for number in range(2_000)
]
TEXT = "\n".join(LINES) + "\n"


def locator(text: str = TEXT) -> Locator:
    return Locator(Document.of(text, name="a.txt").texts)


@pytest.mark.parametrize(
    "template",
    [
        "{}",
        "Classify this message: {}",
        "Classify this message:\n{}",
        'Is "{}" positive?',
        "Is this positive or negative?\n\n<message>{}</message>\n\nAnswer with one word, please, and nothing else.",
        "- {}\n",
        "Message\t{}\tEnd",
    ],
)
def test_a_line_in_a_template_is_found_in_every_prompt(template: str) -> None:
    made = locator()
    for number in [*range(1, 60), *range(1500, 1400, -7), 2_000, 1]:
        assert made.spans(template.format(LINES[number - 1])) == [("a.txt", number, number)]
    assert made.exact


@pytest.mark.parametrize("around", ["{}", "Summarise:\n\n{}\n\nBe short.", "Text: {}"])
@pytest.mark.parametrize(("first", "last"), [(1, 500), (700, 701), (1_501, 2_000), (1, 2_000)])
def test_consecutive_lines_are_one_span(around: str, first: int, last: int) -> None:
    assert locator().spans(around.format("\n".join(LINES[first - 1 : last]))) == [("a.txt", first, last)]


def test_slices_that_begin_and_end_within_lines_and_overlap() -> None:
    made, size = locator(), 3_000
    document = Document.of(TEXT).texts[0]
    for at in range(0, len(TEXT) - size, 2_700):
        (span,) = made.spans(f"Summarise this passage:\n\n{TEXT[at : at + size]}\n\nBe short.")
        first, last = document.line_at(at), document.line_at(at + size - 1)
        # Of a line that is cut after less than four characters nothing can be said.
        assert span[0] == "a.txt"
        assert 0 <= span[1] - first <= 1
        assert 0 <= last - span[2] <= 1


def test_scattered_lines_are_single_spans() -> None:
    numbers = [5, 6, 90, 1_000, 1_999]
    prompt = "Which of these are complaints?\n" + "\n".join(f"{at}. {LINES[n - 1]}" for at, n in enumerate(numbers))
    expected = [("a.txt", 5, 6), ("a.txt", 90, 90), ("a.txt", 1_000, 1_000), ("a.txt", 1_999, 1_999)]
    assert locator().spans(prompt) == expected
    assert locator().spans("\n".join(LINES[n - 1] for n in numbers)) == expected


def test_what_stands_nowhere_is_nowhere() -> None:
    made = locator()
    assert made.spans("What is the capital of France? Answer with one word, please.") == []
    assert made.spans("") == made.spans("\n\n\n") == made.spans("x" * 100_000) == []
    assert made.exact


def test_of_lines_that_are_alike_the_next_one_is_taken() -> None:
    made = locator("yes\nno\nyes\nyes\nmaybe\n")
    assert [made.spans(f"Sort: {line}") for line in ("yes", "no", "yes", "yes", "maybe", "yes")] == [
        [("a.txt", at, at)] for at in (1, 2, 3, 4, 5, 1)
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_line_breaks_of_both_kinds(end: str) -> None:
    text = end.join(LINES[:200])
    document = Document.of(text)
    made = Locator(document.texts)
    assert made.spans(document.texts[0].read(20, 90)) == [("context", 20, 90)]
    assert made.spans(text[: len(end.join(LINES[:50]))]) == [("context", 1, 50)]
    assert made.spans(f"Sort: {LINES[6]}") == [("context", 7, 7)]
    assert made.spans(f"Sort: {LINES[199]}") == [("context", 200, 200)]


def test_one_line_of_a_long_text_without_breaks() -> None:
    text = " ".join(LINES)
    assert locator(text).spans(f"Summarise: {text[5_000:9_000]}") == [("a.txt", 1, 1)]
    assert locator("x" * (2 << 20) + "\nthe short line after it is here\n").spans(
        "the short line after it is here"
    ) == [("a.txt", 2, 2)]


@pytest.mark.parametrize("count", [3, 40])
def test_several_texts_each_under_its_name(count: int) -> None:
    texts = {
        f"{at}.txt": f"head of text number {at}\nthe same line in all of them\nend of {at}" + "\n" * (at % 3)
        for at in range(count)
    }
    texts["empty"] = ""
    texts["large"] = "a line of the large text\n" * 4_000
    made = Locator(Document.of(texts).texts)
    for at in reversed(range(count)):
        assert made.spans(texts[f"{at}.txt"]) == [(f"{at}.txt", 1, 3)]
        assert made.spans(f"Q: end of {at}") == [(f"{at}.txt", 3, 3)]
    assert made.spans("a line of the large text\n" * 10)[0][0] == "large"
    both = made.spans(f"{texts['0.txt']}\nand then again\n{texts['2.txt']}")
    assert both == [("0.txt", 1, 3), ("2.txt", 1, 3)]
    assert made.exact


def test_lines_of_a_part_are_those_of_the_part() -> None:
    document = Document.of(TEXT, name="a.txt")
    start, end = document.texts[0].line_start(101), document.texts[0].line_start(301)
    part = document_of(document, {"part": [0, start, end]})
    assert Locator(part.texts).spans("\n".join(LINES[109:120])) == [("a.txt, lines 101 to 300", 10, 20)]


def test_the_work_is_bounded_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prompt_lines, "_MOST", 200_000)
    made = locator()
    for number in range(20):
        made.spans(f"a question that is in no line of it, number {number}")
    assert not made.exact
    assert made.spans(LINES[700]) == []


def test_a_hostile_prompt_ends() -> None:
    made = locator("a\n" * 5_000)
    assert made.spans("\n".join(f"line {at} of a prompt that is long" for at in range(5_000))) == []
    assert not made.exact
    repeated = locator(("=" * 60 + "\n") * 5_000)
    assert repeated.spans("\n".join(["=" * 60, "other"] * 50)) != []


@settings(deadline=None, max_examples=150)
@given(
    st.lists(st.text(st.sampled_from("ab \r\té😀\ud800"), max_size=40), min_size=1, max_size=12),
    st.text(st.sampled_from("ab \n\r:é\ud800"), max_size=80),
)
def test_every_span_is_of_the_document_and_whole_pieces_are_found(lines: list[str], prompt: str) -> None:
    text = "\n".join(lines)
    document = Document.of(text + "\nthe last line which is long enough to tell")
    made = Locator(document.texts)
    for asked in (prompt, text, f"Q: {text}", "\n".join([prompt, *lines])):
        for source, first, last in made.spans(asked):
            assert source == "context"
            assert 1 <= first <= last <= document.lines
    (span,) = made.spans(document.texts[0].text)
    assert span[2] == document.lines
