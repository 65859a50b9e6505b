"""The labextension says verdicts and coverage in the words of the one table that all displays have."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rlm_kernel.trace import COVERAGE, VERDICTS

SOURCE = (Path(__file__).parents[2] / "labextension" / "src" / "view" / "words.ts").read_text()


def test_its_verdicts() -> None:
    body = SOURCE.split("export function verdictWords", 1)[1].split("export function", 1)[0]
    cases = dict(re.findall(r"case '([^']*)':\n\s*return trans\.__\('([^']*)'\);", body))
    assert cases == {verdict: words for verdict, (_, words) in VERDICTS.items()}


@pytest.mark.parametrize("words", COVERAGE.values())
def test_its_coverage(words: str) -> None:
    assert f"trans.__('{words} %1'" in SOURCE
