"""The standard library's modules in the sandbox: they do what plain Python does, or say what to use instead."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from module_snippets import SNIPPETS, TEXT

from rlm_kernel.subkernel import SubKernel

pytestmark = pytest.mark.asyncio(loop_scope="module")

_OWN_STATE = "output"


@pytest.fixture(scope="module")
def plain_python() -> dict[str, str]:
    """What Python prints for each snippet, each in a process of its own."""
    script = Path(__file__).with_name("plain_python.py")
    environment = {**os.environ, "PYTHONHASHSEED": "0", "TZ": "UTC0"}
    done = subprocess.run(
        [sys.executable, script], input=json.dumps([TEXT, SNIPPETS]), capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0, done.stderr
    outputs: dict[str, str] = json.loads(done.stdout)
    return outputs


async def _outputs(names: list[str]) -> dict[str, str]:
    outputs: dict[str, str] = {}
    async with SubKernel(TEXT, cell_timeout=20) as kernel:
        for name in names:
            execution = await kernel.execute(SNIPPETS[name])
            error = f"!! {execution.error.type} {execution.error.message}\n" if execution.error else ""
            outputs[name] = execution.output + error
    return outputs


FAMILIES = sorted({name.rpartition(" ")[0] for name in SNIPPETS})


@pytest.mark.parametrize("family", FAMILIES)
async def test_a_family_of_snippets_prints_what_python_prints(plain_python: dict[str, str], family: str) -> None:
    names = [name for name in SNIPPETS if name.rpartition(" ")[0] == family]
    if family == _OWN_STATE:
        outputs = {name: (await _outputs([name]))[name] for name in names}
    else:
        outputs = await _outputs(names)
    assert outputs == {name: plain_python[name] for name in names}


async def test_the_corpus_is_of_150_snippets_or_more() -> None:
    assert len(SNIPPETS) >= 150


async def test_a_star_import_brings_names_that_are_not_variables_of_the_cells() -> None:
    async with SubKernel(TEXT) as kernel:
        execution = await kernel.execute("from math import *\nroot = sqrt(4)\nroot")
        assert execution.value == 2
        assert set(execution.variables.added) == {"root"}
        assert (await kernel.execute("floor(2.5)")).value == 2


async def test_chance_without_a_seed_follows_from_the_runs(shared_kernel: SubKernel) -> None:
    code = """
import random, secrets, uuid
[random.Random().random(), random.SystemRandom().random(), secrets.token_hex(4), str(uuid.uuid4()), uuid.uuid1().hex]
"""
    outputs = []
    for _ in range(2):
        async with SubKernel(TEXT, seed=7) as kernel:
            outputs.append((await kernel.execute(code)).value)
    assert outputs[0] == outputs[1] is not None
    assert (await shared_kernel.execute(code)).value != outputs[0]


BOMBS = {
    "entities of XML": """
import xml.etree.ElementTree as ET
names = "".join(f'<!ENTITY e{n} "{("&e%d;" % (n - 1)) * 20}">' for n in range(1, 9))
ET.fromstring(f'<!DOCTYPE a [<!ENTITY e0 "{"x" * 100}">{names}]><a>&e8;</a>')
""",
    "external entities of XML": """
import xml.etree.ElementTree as ET
ET.fromstring('<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/hostname">]><a>&e;</a>')
""",
    "a compressed text": """
import zlib
data = b"x" * (1 << 20)
small = zlib.compressobj(wbits=-15)
block = small.compress(data) + small.flush(3)  # a whole block: it can be repeated
len(zlib.decompress(block * 400 + small.flush(), -15))
""",
}


@pytest.mark.parametrize("name", BOMBS)
async def test_a_bomb_in_data_ends_in_an_error_and_the_state_stays(name: str) -> None:
    async with SubKernel(TEXT, memory_limit="128MB", cell_timeout=20) as kernel:
        await kernel.execute("kept = 1")
        execution = await kernel.execute(BOMBS[name])
        assert execution.error is not None
        assert execution.error.type in ("MemoryError", "ValueError")
        assert "MemoryError" in execution.error.type or "entities are not read" in execution.error.message
        assert (await kernel.execute("kept")).value == 1


async def test_the_text_of_a_group_names_what_is_in_it(shared_kernel: SubKernel) -> None:
    code = (
        "import traceback\n"
        "try: raise ExceptionGroup('many', [ValueError('first'), ExceptionGroup('inner', [KeyError('second')])])\n"
        "except ExceptionGroup: print(traceback.format_exc())"
    )
    output = (await shared_kernel.execute(code)).output
    for words in ("ExceptionGroup: many (2 sub-exceptions)", "ValueError: first", "KeyError: 'second'"):
        assert words in output
    deep = "e = ValueError(1)\nfor _ in range(3000): e = ExceptionGroup('x', [e])"
    text = "len(''.join(traceback.format_exception(e)))"
    assert (await shared_kernel.execute(f"{deep}\n{text}")).value < 10_000
