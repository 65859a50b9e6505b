"""Thirty broken files of each kind: each ends in its text or in one sentence, within its bounded process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from broken_files import CASES, samples

# Kinds of which no sound file can be made here.
_NEVER_SOUND = ("ole",)


_ALWAYS = frozenset(["docx", "html", "pdf", "zip"])
_KINDS = [kind if kind in _ALWAYS else pytest.param(kind, marks=pytest.mark.nightly) for kind in sorted(samples())]


@pytest.mark.parametrize("kind", _KINDS)
def test_each_ends_in_one_sentence(kind: str) -> None:
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("broken_files.py")), kind],
        capture_output=True,
        text=True,
        check=True,
    )
    sound, *broken = [json.loads(line) for line in done.stdout.splitlines()]
    assert kind in _NEVER_SOUND or (sound["read"] and not sound["error"]), sound
    assert len(broken) == CASES
    for row in broken:
        assert row["code"] == 0, row
        assert row["read"], row
        assert not set("\n\r\0") & set(row["error"]), row
        assert "Traceback" not in row["error"], row
        assert len(row["error"]) < 500, row
