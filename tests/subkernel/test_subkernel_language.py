"""The language: how many snippets of ordinary Python print in the sandbox what Python prints."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
from pathlib import Path

from language_snippets import LANGUAGE
from module_snippets import SNIPPETS as MODULES
from ordinary_snippets import SNIPPETS as ORDINARY
from ordinary_snippets import TEXT
from program_snippets import PROGRAMS
from test_subkernel_ordinary import plain_python, steady

from rlm_kernel.subkernel import SubKernel

# The least share of snippets that must be the same.
LEAST = 0.98
README = Path(__file__).resolve().parents[2] / "README.md"


async def test_the_language_is_that_of_python() -> None:
    expected = {name: await asyncio.to_thread(plain_python, code) for name, code in LANGUAGE.items()}
    different = await _different(LANGUAGE, expected)
    assert len(LANGUAGE) >= 120
    assert 1 - len(different) / len(LANGUAGE) >= LEAST, different


async def test_programs_print_what_python_prints() -> None:
    script = Path(__file__).with_name("plain_python.py")
    environment = {**os.environ, "PYTHONHASHSEED": "0", "TZ": "UTC0"}
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, script],
        input=json.dumps([TEXT, PROGRAMS]),
        capture_output=True,
        text=True,
        env=environment,
        check=True,
    )
    different = await _different(PROGRAMS, json.loads(done.stdout))
    assert len(PROGRAMS) >= 150
    assert different == {}


async def _different(snippets: dict[str, str], expected: dict[str, str]) -> dict[str, str]:
    different: dict[str, str] = {}
    async with SubKernel(TEXT, cell_timeout=30) as kernel:
        for name, code in snippets.items():
            execution = await kernel.execute(code)
            assert not execution.lost_state, name
            if execution.error is not None:
                different[name] = f"{execution.error.type}: {execution.error.message}"
            elif steady(execution.output) != steady(expected[name]):
                different[name] = f"{execution.output!r} is not {expected[name]!r}"
    return different


def test_the_readme_says_how_many_snippets_there_are_and_how_many_must_be_the_same() -> None:
    stated = re.search(r"([\d,]+) snippets of ordinary Python .{0,200}?(\d+) %", README.read_text(), re.DOTALL)
    assert stated is not None
    assert int(stated[1].replace(",", "")) == len(LANGUAGE) + len(PROGRAMS) + len(MODULES) + len(ORDINARY)
    assert int(stated[2]) == round(100 * LEAST)
    page = (README.parent / "docs" / "sandbox.md").read_text()
    here = re.search(r"runs (\d+) snippets beside\s+Python; at least (\d+) %", page)
    assert here is not None
    assert [int(number) for number in here.groups()] == [len(LANGUAGE), round(100 * LEAST)]
