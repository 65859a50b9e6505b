"""What follows from seed and clock: the same code on the same document says the same, in whatever process it runs."""

from __future__ import annotations

import pytest

from rlm_kernel.subkernel import SubKernel
from rlm_kernel.subkernel.launch import fork_server

CLOCK = "2026-01-02T03:04:05+00:00"

SNIPPETS = {
    "random numbers": "import random\n[random.random(), random.sample(range(99), 5), random.gauss(0, 1)]",
    "random numbers seeded by nothing": "import random\nrandom.seed()\nrandom.random()",
    "sets of texts": "print({'north', 'south', 'east', 'west'}, frozenset('abcdef'), hash('a text'))",
    "sets of objects": "class A: pass\nclass B(A): x = 1\nprint({A() for _ in range(9)}, {B(), A()})",
    "identities": "class A: pass\nx, y = A(), []\nprint(id(x), id(y), id(x) == id(x), id(x) != id(y), hash(x))",
    "functions": "def f(): pass\nprint(f, [f, len], {'f': f}, repr(f), f'{f} {f!r:>50}', format(f))",
    "methods": "class A:\n    def m(self): pass\nprint(A().m, A.m, [A().m])",
    "iterators": "print(map(str, []), (x for x in []), iter([]), zip(), f'{filter(None, [])}', enumerate([]))",
    "the last expression": "class A: pass\n[A(), lambda: 1]",
    "times": "import time\n[time.time(), time.time_ns(), time.monotonic(), time.perf_counter(), time.process_time()]",
    "dates": "import datetime as d\nprint(d.datetime.now(), d.date.today(), d.datetime.now(d.UTC))",
    "calendars": "import time\nprint(time.localtime(), time.strftime('%c'), time.mktime(time.gmtime(9)))",
    "local times": "import datetime as d\nprint(d.datetime.fromtimestamp(0), d.datetime(2026, 7, 1).astimezone())",
    "messages": "def f(): pass\nraise ValueError(f, [f])",
    "pretty printing": "import pprint\ndef f(): pass\npprint.pprint([f, {'f': f}])",
}


async def said(code: str, *, seed: int = 7, clock: str = CLOCK) -> tuple[object, ...]:
    async with SubKernel("a text", seed=seed, clock=clock) as kernel:
        done = await kernel.execute(code)
        return done.output, done.error, done.value, done.variables


async def test_two_processes_of_two_fork_servers_say_the_same() -> None:
    first = {name: await said(code) for name, code in SNIPPETS.items()}
    fork_server.stop()
    assert {name: await said(code) for name, code in SNIPPETS.items()} == first


async def test_another_seed_and_another_clock_are_other_runs() -> None:
    code = "import random, time\n[random.random(), time.time()]"
    _, _, (number, moment), _ = await said(code)  # type: ignore[misc]
    _, _, (other, same), _ = await said(code, seed=8)  # type: ignore[misc]
    _, _, (equal, later), _ = await said(code, clock="2026-01-02T03:04:06+00:00")  # type: ignore[misc]
    assert (other != number, equal == number, same == moment, later) == (True, True, True, moment + 1)


async def test_seed_and_clock_are_chosen_and_told() -> None:
    async with SubKernel("a text") as one, SubKernel("a text") as other:
        assert one.determinism().seed != other.determinism().seed
        assert one.determinism().hash_seed == 0
        told = one.determinism()
        done = await one.execute("import random, datetime\n[random.random(), datetime.datetime.now().isoformat()]")
    async with SubKernel("a text", seed=told.seed, clock=told.clock) as again:
        assert (
            await again.execute("import random, datetime\n[random.random(), datetime.datetime.now().isoformat()]")
        ).value == done.value
    assert done.value[1].startswith(told.clock[:19])


async def test_each_reading_of_the_clock_is_a_millisecond_and_a_sleep_its_length() -> None:
    code = (
        "import time\na = time.time()\nb = time.time()\ntime.sleep(0.05)\n[round(b - a, 3), round(time.time() - b, 3)]"
    )
    async with SubKernel("a text") as kernel:
        assert (await kernel.execute(code)).value == [0.001, 0.051]
        done = await kernel.execute("end = time.time() + 5\nwhile time.time() < end: pass\n'over'", timeout=30)
        assert done.value == "over"


async def test_what_looks_like_an_address_in_the_document_stays() -> None:
    text = "<function f at 0x7f1234567890> and segfault at 0x7fffdeadbeef"
    async with SubKernel(text) as kernel:
        done = await kernel.execute("def f(): pass\nprint([context, f])\nprint(context)")
    assert done.output.count("<function f at 0x7f1234567890> and segfault at 0x7fffdeadbeef") == 2
    assert "<function f at 0x7f0000000010>" in done.output


async def test_the_classes_of_cells_are_what_they_were() -> None:
    code = """
from dataclasses import dataclass
from enum import Enum
class Mixin:
    def hello(self): return 'hi'
class Color(Mixin, Enum):
    RED = 1
class Trouble(Mixin, Exception): pass
class Own:
    def __repr__(self): return 'own ' + super().__repr__()[:12]
class Equal:
    def __eq__(self, other): return True
@dataclass(frozen=True)
class Point:
    x: int = 1
try: hash(Equal())
except TypeError as error: print(error)
print(Color.RED, repr(Color.RED), {Color.RED: 1}, Color.RED.hello(), repr(Trouble('x')), Trouble('x'))
print(Own(), Point(), {Point(): 2}, Point() == Point(), isinstance(Own(), object), len({Own(), Own()}))
"""
    async with SubKernel("a text") as kernel:
        done = await kernel.execute(code)
    assert done.error is None
    assert done.output == (
        "unhashable type: 'Equal'\n"
        "Color.RED <Color.RED: 1> {<Color.RED: 1>: 1} hi Trouble('x') x\n"
        "own <__main__.Ow Point(x=1) {Point(x=1): 2} True True 2\n"
    )


async def test_an_object_keeps_its_identity_over_cells_and_no_two_have_the_same() -> None:
    async with SubKernel("a text") as kernel:
        await kernel.execute("kept = [object() for _ in range(1000)]\nfirst = [id(each) for each in kept]")
        done = await kernel.execute("[first == [id(each) for each in kept], len({id(object()) for _ in range(1000)})]")
        assert done.value == [True, 1000]


@pytest.mark.parametrize(
    "code",
    [
        "import datetime\ndatetime.datetime.now.__self__",
        "import time\ntime.time.__globals__",
        "id.__globals__",
        "repr.__code__",
        "format.__closure__",
        "import random\nrandom.seed.__globals__",
        "class A: pass\nA.__bases__[0].__subclasses__()",
        "class A: pass\nA().__repr__.__func__",
        "class A: pass\nsuper(A, A()).__repr__.__globals__",
        "_shown_(1)",
    ],
)
async def test_what_stands_for_python_s_own_leads_nowhere(code: str) -> None:
    async with SubKernel("a text") as kernel:
        done = await kernel.execute(code)
    assert done.error is not None
    assert done.error.type in ("AttributeError", "PolicyError", "NameError")
