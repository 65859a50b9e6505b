"""The README's figures are those of the last measurements."""

from __future__ import annotations

import importlib.util
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
REMEDY = "run `python benchmarks/readme.py` and commit what it has written"


def test_its_figures_are_those_that_were_measured() -> None:
    spec = importlib.util.spec_from_file_location("readme", REPOSITORY / "benchmarks" / "readme.py")
    assert spec is not None
    assert spec.loader is not None
    readme = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(readme)
    text = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    assert readme.BEGIN in text
    assert readme.written(text) == text, REMEDY
