"""`bytearray` and `memoryview`: what a search, an index or a separator computes cannot free the bytes being read."""

from __future__ import annotations

import pytest

from rlm_kernel.subkernel import SubKernel

pytestmark = pytest.mark.asyncio(loop_scope="module")

_CHANGING = """
def change():
    ba.clear()
    globals()["others"] = [bytearray(b"z" * 500_000) for _ in range(3)]

class Index:
    def __index__(self):
        change()
        return 97

class Text(str):
    def __len__(self):
        if "view" in globals():
            view.release()
        change()
        return 1
"""
SEARCHES = [
    "ba.count(Index())",
    "ba.count(b'a', Index())",
    "bytearray.count(ba, Index())",
    "bytearray.__contains__(ba, Index())",
    "getattr(ba, 'find')(Index())",
    "ba.find(b'a', 0, Index())",
    "ba.rfind(Index())",
    "ba.index(Index())",
    "ba.rindex(Index())",
    "Index() in ba",
    "ba.startswith(b'a', Index())",
    "ba.endswith((b'b', b'a'), Index())",
    "ba[5] = Index()",
    "ba[2:9] = [Index()] * 7",
    "ba.insert(5, Index())",
    "ba.extend(Index() for _ in range(3))",
    "ba.join([b'x', ba])",
    "ba.hex(Text('x'))",
    "view = memoryview(ba)\nview.hex(Text('x'))",
    "ba[1:].count(Index())",
    "(ba + b'x').count(Index())",
    "ba.copy().count(Index())",
    "ba.split(b'b')[0].count(Index())",
    "type(ba)(ba).count(Index())",
]


@pytest.mark.parametrize("code", SEARCHES)
async def test_what_computes_itself_frees_no_bytes_that_are_read(shared_kernel: SubKernel, code: str) -> None:
    done = await shared_kernel.execute(f"{_CHANGING}\nba = bytearray(b'a' * 500_000)\n{code}")
    assert not done.lost_state, done.error
    assert done.error is None or done.error.type in ("ValueError", "IndexError", "AttributeError"), done.error


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("ba.find(b'b'), ba.count(97), 98 in ba, b'bc' in ba, ba.index(99, 1)", [1, 1, True, True, 2]),
        ("type(ba) is bytearray, type(ba[1:]) is bytearray, isinstance(ba + b'x', bytearray)", [True, True, True]),
        ("[repr(each) for each in ba.split(b',')]", ["bytearray(b'abc')", "bytearray(b'd')"]),
        ("[repr(each) for each in (ba[1:3], ba * 2)]", ["bytearray(b'bc')", "bytearray(b'abc,dabc,d')"]),
        ("ba.hex('-'), ba.decode(), (bytearray(b'%d') % 3).decode()", ["61-62-63-2c-64", "abc,d", "3"]),
        ("ba += b'q'\nba[0] = 8\nba[1:2] = b'zz'\ndel ba[0]\nba.decode()", "zzc,dq"),
        (
            "view = memoryview(ba)\nview[0] = 122\nisinstance(view, memoryview), view.tobytes()[:2].decode()",
            [True, "zb"],
        ),
        ("import copy\n[each.decode() for each in (copy.copy(ba), *copy.deepcopy([ba]))]", ["abc,d", "abc,d"]),
        ("match ba:\n    case bytearray(found):\n        pass\nfound.decode()", "abc,d"),
        ("import struct\nbuffer = bytearray(2)\nstruct.pack_into('<H', buffer, 0, 257)\nlist(buffer)", [1, 1]),
        ("import io\nbuffer = bytearray(2)\nio.BytesIO(b'xyz').readinto(buffer), buffer.decode()", [2, "xy"]),
        (
            "ba.startswith((b'x', b'a')), bytearray.fromhex('6162').decode(), b''.join([ba]).decode()",
            [True, "ab", "abc,d"],
        ),
    ],
)
async def test_they_are_used_as_in_any_python(shared_kernel: SubKernel, code: str, value: object) -> None:
    done = await shared_kernel.execute(f"ba = bytearray(b'abc,d')\n{code}")
    assert (done.error, done.value) == (None, value)
