"""No text of an object tells where in the memory of the process something lies."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from rlm_kernel.subkernel import SubKernel

pytestmark = pytest.mark.asyncio(loop_scope="module")

OBJECTS = {
    "functions": "[len, ''.upper, grep, FINAL, lambda: 0, map(str, []), iter([]), reversed([]), object()]",
    "own": "[A, A(), A().method, A().__repr__, A.__init__]",
    "functools": "[functools.partial(len), functools.lru_cache(lambda: 0), functools.cached_property(len)]",
    "itertools": "[itertools.chain(), itertools.groupby([]), itertools.tee([])[0], itertools.count()]",
    "warnings": "[*caught, warnings.catch_warnings()]",
    "logging": "[logging.getLogger('a'), logging.StreamHandler(), logging.Formatter()]",
    "io": "[io.StringIO(), csv.reader([]), csv.writer(io.StringIO()), csv.DictReader([]), csv.Sniffer()]",
    "markup": "[HTMLParser(), ET.Element('a'), ET.ElementTree(), ET.XMLParser()]",
    "settings": "[configparser.ConfigParser(), argparse.ArgumentParser(), inspect.signature(A)]",
    "others": "[re.compile('a').scanner, queue.Queue(), ThreadPoolExecutor(), contextlib.ExitStack(), ast.parse('1')]",
}
PREPARED = """
import argparse, ast, configparser, contextlib, csv, functools, inspect, io, itertools, logging, queue, re, warnings
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
class A:
    def __init__(self): pass
    def method(self): pass
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    warnings.warn(Warning(map(str, [])))
warnings.warn(UserWarning(map(str, [])))
"""
SHOWN = """
for each in {objects}:
    print(each, [each], f"{{each}} {{each!r}} {{[each]}}", "{{}} {{!r}}".format(each, each))
    print(repr(each), repr({{1: (each,)}}))
"""
ADDRESS = re.compile(r"0x(?!7f00000)[0-9a-f]{9,}")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def kernel() -> AsyncIterator[SubKernel]:
    async with SubKernel("a fox\n", cell_timeout=20) as started:
        prepared = await started.execute(PREPARED)
        assert prepared.output == "<cell>:12: UserWarning: <map object at 0x7f0000000020>\n"
        yield started


@pytest.mark.parametrize("family", OBJECTS)
async def test_a_text_has_no_address_of_the_process(kernel: SubKernel, family: str) -> None:
    execution = await kernel.execute(SHOWN.format(objects=OBJECTS[family]))
    assert execution.error is None
    assert ADDRESS.search(execution.output) is None, execution.output
