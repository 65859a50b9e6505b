"""The labextension says verdicts and coverage in the words of the one table that all displays have."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from rlm_kernel.trace import BANNER, COVERAGE, VERDICTS

SOURCE = (Path(__file__).parents[2] / "labextension" / "src" / "model" / "wordTable.ts").read_text()
VIEWS = Path(__file__).parents[2] / "labextension" / "src" / "view"


def rows(name: str) -> list[list[str]]:
    """The rows of one table, each a list of strings."""
    body = re.search(rf"export const {name}: [^=]* = (\[\n.*?\n\]);", SOURCE, re.DOTALL)
    assert body is not None
    return json.loads(body[1].replace("'", '"'))  # type: ignore[no-any-return]


def test_its_tables() -> None:
    assert rows("VERDICTS") == [[verdict, *words] for verdict, words in VERDICTS.items()]
    assert rows("BANNER") == [list(row) for row in BANNER.items()]
    assert rows("COVERAGE") == [list(row) for row in COVERAGE.items()]


@pytest.mark.parametrize("words", [words for _, words in VERDICTS.values() if " " in words])
def test_its_views_have_no_second_table(words: str) -> None:
    assert [file.name for file in VIEWS.rglob("*.ts") if f"'{words}" in file.read_text()] == []
