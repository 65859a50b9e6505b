"""The README's figures are those of the last measurements, and what writes them leaves the rest of a page as it is."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
REMEDY = "run `python benchmarks/readme.py` and commit what it has written"


@pytest.fixture
def readme(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.syspath_prepend(str(REPOSITORY / "benchmarks"))
    yield importlib.import_module("readme")
    for name in ("readme", "results"):
        sys.modules.pop(name)


def test_its_figures_are_those_that_were_measured(readme: Any) -> None:
    text = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    assert readme.written(text) == text, REMEDY


def test_only_what_stands_between_the_marks_is_written(readme: Any) -> None:
    text = "before\n<!-- x -->\nold\n<!-- end of x -->\nafter\n"
    assert readme.between(text, "x", "new") == text.replace("old", "new")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("before <!-- x --> old, after", "<!-- end of x --> stands 0 times"),
        ("before, old <!-- end of x --> after", "<!-- x --> stands 0 times"),
        ("<!-- x --> <!-- x --> <!-- end of x -->", "<!-- x --> stands 2 times"),
        ("<!-- end of x --> <!-- x -->", "<!-- end of x --> stands before <!-- x -->"),
    ],
)
def test_a_mark_that_is_missing_is_told(readme: Any, text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        readme.between(text, "x", "new")
