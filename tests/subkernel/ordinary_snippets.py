"""Ordinary code, as models write it: every module that the sandbox offers is used in the way it usually is.

Each snippet prints what it finds; the output must be what plain Python prints. `context` is TEXT.
"""

from __future__ import annotations

TEXT = "The quick brown fox jumps over the lazy dog.\nThe fox again: total 1,250.50 EUR on 2024-03-01.\nthe end\n"

SNIPPETS: dict[str, str] = {}

SNIPPETS["regular expressions"] = r"""
import re
amount = re.search(r"(?P<n>[\d,]+\.\d\d) (?P<cur>[A-Z]{3})", context)
print(amount.group("n"), amount["cur"], amount.groupdict(), amount.span())
print(re.sub(r"(?i)the", lambda m: m.group().upper(), context)[:40])
print([m.start() for m in re.finditer("fox", context)], re.split(r"\s+", context.strip())[-2:])
print(re.compile("FOX", re.IGNORECASE | re.MULTILINE).findall(context), re.escape("a.b"))
try:
    re.compile("(")
except re.error as error:
    print(type(error).__name__, error.msg, error.pos)
"""

SNIPPETS["collections"] = """
from collections import Counter, defaultdict, deque, OrderedDict, ChainMap, namedtuple
import collections.abc
import typing
counts = Counter(context.lower().split())
counts["fox"] += 5
counts.update(["fox"])
print(counts.most_common(2), sum(counts.values()))
groups = defaultdict(list)
for word in counts:
    groups[len(word)].append(word)
print({size: sorted(words) for size, words in sorted(groups.items())})
window = deque(maxlen=2)
window.extend([1, 2, 3])
window.appendleft(0)
print(window, OrderedDict(a=1), ChainMap({"a": 1}, {"b": 2})["b"])
Point = namedtuple("Point", ["x", "y"], defaults=[0])
print(Point(1), Point(1, 2)._asdict())
print(Point._fields, Point(3, 4)._replace(y=9), isinstance([], collections.abc.Sequence))
class Row(typing.NamedTuple):
    name: str
    amount: float = 0.0
row = Row("a")
print(row, row.amount, row._fields)
"""

SNIPPETS["json, csv, io"] = """
import csv
import io
import json
rows = list(csv.DictReader(io.StringIO("name,amount\\nnorth,10\\nsouth,32")))
print(rows, sum(int(row["amount"]) for row in rows))
buffer = io.StringIO()
writer = csv.writer(buffer, quoting=csv.QUOTE_ALL)
writer.writerow(["a", 1])
writer.writerows([["b", 2]])
print(repr(buffer.getvalue()))
print(json.dumps({"b": [1, 2.5, None, True], "a": "\u00e9"}, indent=1, sort_keys=True), json.loads('{"x": [1]}'))
print("into the buffer", file=buffer)
print(len(buffer.getvalue().splitlines()))
try:
    json.loads("{bad")
except json.JSONDecodeError as error:
    print(error.msg, error.lineno, error.pos)
"""

SNIPPETS["numbers"] = """
import cmath
import decimal
import fractions
import math
import numbers
import statistics
from decimal import Decimal
print(math.sqrt(2), math.floor(-1.5), math.isclose(0.1 + 0.2, 0.3), math.prod([2, 3]), math.pi, math.comb(5, 2))
print(statistics.mean([1, 2, 4]), statistics.median([3, 1, 2]), statistics.pstdev([1, 2, 3]), statistics.mode("aab"))
print(Decimal("1.10") + Decimal("2.205"), Decimal("2.675").quantize(Decimal("0.01"), rounding=decimal.ROUND_HALF_UP))
print(fractions.Fraction(1, 3) + fractions.Fraction(1, 6), cmath.sqrt(-1), isinstance(1, numbers.Integral))
print(f"{1234567.891:,.2f}", f"{0.256:.1%}", f"{255:#x}")
print(f"{'a':>5}|{'b':<5}|{'c':^5}", round(2.5), divmod(7, 3), -7 // 2)
print(int("0x1f", 16), float("1e3"), 10 ** 30, hash(1.0), bin(5), (1.5).is_integer(), (255).to_bytes(2, "big"))
"""

SNIPPETS["dates"] = """
from datetime import date, datetime, timedelta, timezone
import calendar
import datetime as dt
import time
when = datetime.strptime("2024-03-01 14:30", "%Y-%m-%d %H:%M")
print(when, when.strftime("%d %b %Y"), when.date() - date(2024, 2, 1), when + timedelta(days=1, hours=2))
print(dt.datetime(2024, 1, 1, tzinfo=timezone.utc).isoformat(), date.fromisoformat("2024-12-24").weekday())
print(calendar.monthrange(2024, 2), calendar.month_name[3], time.strftime("%Y", time.gmtime(0)), time.time() > 1e9)
print(sorted([date(2024, 2, 1), date(2023, 5, 1)])[0].year, f"{when:%H:%M}")
"""

SNIPPETS["iteration"] = """
import bisect
import functools
import heapq
import itertools
import operator
print(list(itertools.chain([1], [2, 3])))
print(list(itertools.islice(itertools.count(5), 2)), list(itertools.pairwise("abc")))
print({k: len(list(v)) for k, v in itertools.groupby(sorted("banana"))}, list(itertools.accumulate([1, 2, 3])))
print(heapq.nlargest(2, [3, 1, 4]))
print(functools.reduce(operator.mul, [1, 2, 3, 4]), list(itertools.product("ab", [1, 2])))
heap = [5, 2, 8]
heapq.heapify(heap)
heapq.heappush(heap, 1)
print(heapq.heappop(heap), bisect.bisect_left([1, 3, 5], 3), list(zip("ab", [1, 2], strict=True)))
rows = [{"n": 2, "s": "b"}, {"n": 1, "s": "a"}]
print(sorted(rows, key=operator.itemgetter("n")), min(rows, key=lambda row: row["s"]), list(map(str, range(3))))
values = [4, 5]
bisect.insort(values, 4.5)
print(values, list(enumerate("ab", start=1)))
print(any(v > 4 for v in values), list(reversed(values)), operator.attrgetter("real")(3))
print(operator.methodcaller("upper")("a"), [*itertools.zip_longest([1], [2, 3], fillvalue=0)])
"""

SNIPPETS["functions"] = '''
from contextlib import contextmanager, suppress
from functools import cache, lru_cache, partial, wraps
def timed(function):
    @wraps(function)
    def inner(*args, **kwargs):
        """inner"""
        return function(*args, **kwargs)
    return inner
@timed
def add(a: int, b: int = 2, *rest, key=None) -> int:
    """Adds."""
    return a + b + sum(rest)
print(add(1), add(1, 3, 4), add.__name__, add.__doc__)
@lru_cache(maxsize=None)
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)
@cache
def twice(n): return 2 * n
print(fib(50), twice(4), partial(add, b=10)(1), (lambda *a, **k: (a, k))(1, x=2))
@contextmanager
def section(title):
    print("<", title)
    yield title.upper()
    print(">", title)
with section("a") as name, suppress(ZeroDivisionError):
    print(name)
    1 / 0
def walk(tree):
    for item in tree:
        if isinstance(item, list):
            yield from walk(item)
        else:
            received = yield item
print(list(walk([1, [2, [3]]])))
'''

SNIPPETS["classes"] = '''
from dataclasses import asdict, dataclass, field, replace
from enum import Enum, IntEnum, auto
class Kind(Enum):
    INCOME = "income"
    COST = "cost"
class Level(IntEnum):
    LOW = auto()
    HIGH = auto()
@dataclass(order=True)
class Entry:
    amount: float
    kind: Kind = Kind.INCOME
    tags: list = field(default_factory=list)
    @property
    def signed(self):
        return self.amount if self.kind is Kind.INCOME else -self.amount
class Ledger:
    """Entries."""
    currency = "EUR"
    def __init__(self):
        self._entries = []
    def __len__(self):
        return len(self._entries)
    def __iter__(self):
        return iter(self._entries)
    def __getitem__(self, index):
        return self._entries[index]
    def __contains__(self, entry):
        return entry in self._entries
    def add(self, *entries):
        self._entries.extend(entries)
        return self
    @classmethod
    def of(cls, *amounts):
        return cls().add(*map(Entry, amounts))
    @staticmethod
    def label():
        return "ledger"
    @property
    def total(self):
        return sum(entry.signed for entry in self)
class Special(Ledger):
    def label(self):
        return "special " + super().label()
ledger = Special.of(10, 5).add(Entry(3, Kind.COST))
print(len(ledger), ledger.total, ledger.label(), ledger.currency, ledger[0], Entry(1) < Entry(2))
ledger.currency = "USD"
ledger[0].amount += 1
print(ledger.currency, Ledger.currency, asdict(ledger[0]))
print(replace(ledger[1], amount=0), Kind("cost"), Level.HIGH > Level.LOW)
print([kind.value for kind in Kind], Level(1).name)
print(type(ledger).__name__, isinstance(ledger, Ledger), Entry(5, tags=["x"]))
class MissingFigure(ValueError):
    def __init__(self, name):
        super().__init__(f"no figure for {name}")
        self.name = name
try:
    raise MissingFigure("north")
except ValueError as error:
    print(type(error).__name__, error, error.name, isinstance(error, LookupError))
'''

SNIPPETS["text"] = r"""
import difflib
import html
import string
import textwrap
import unicodedata
import urllib.parse
print(textwrap.fill("one two three four five", width=12))
print(repr(textwrap.dedent("  a\n  b")), textwrap.shorten("a long text here", 12))
print(string.ascii_lowercase[:3], string.punctuation[:4], string.capwords("a b"), html.unescape("&lt;a&gt; &amp;"))
print(unicodedata.normalize("NFKD", "é").encode("ascii", "ignore").decode(), unicodedata.category("a"))
print(difflib.get_close_matches("aple", ["apple", "pear"]))
print(round(difflib.SequenceMatcher(None, "abcd", "bcde").ratio(), 2))
print("{} {:>4} {name!r}".format("a", 3, name="n"))
print("{0[k]} {1[0]}".format({"k": 1}, [2]), "{x}".format_map({"x": 1}))
print("%s %05.1f" % ("a", 2.25), "a-b".partition("-"))
print("ß".casefold(), "a b".title(), "x".join("abc"))
print("abc".translate(str.maketrans("a", "z")), " a ".strip(), "abc"[::-1])
print("line\nbreaks\r\nhere".splitlines(), "a,b,,c".split(","))
print("abc".find("z"), "é".encode().hex(), "a\tb".expandtabs(4))
print(urllib.parse.quote("a b&c"))
print(urllib.parse.urlparse("https://example.org/x?y=1").query, f"{'nested ' + f'{1 + 1}'}")
print(ascii("é"), repr("it's"), "3".zfill(3))
print("12".isdigit(), "Ab".swapcase(), b"ab".decode(), bytes([65]).decode("ascii"))
"""

SNIPPETS["copies and hashes"] = """
import base64
import copy
import hashlib
import zlib
import pprint
original = {"a": [1, {"b": (2,)}]}
shallow, deep = copy.copy(original), copy.deepcopy(original)
original["a"].append(3)
print(shallow, deep, hashlib.sha256(b"x").hexdigest()[:8], hashlib.md5(context.encode()).hexdigest())
print(base64.b64encode(b"hi"), base64.b64decode("aGk=").decode(), zlib.crc32(b"a"), pprint.pformat([1, "a"]))
pprint.pprint({"b": 1, "a": [1, 2]})
"""

SNIPPETS["random, seeded"] = """
import random
random.seed(7)
print(random.random(), random.randint(1, 100), random.choice("abc"), random.sample(range(50), 3))
items = list(range(5))
random.shuffle(items)
print(items, random.uniform(0, 1), random.gauss(0, 1))
"""

SNIPPETS["typing"] = """
from __future__ import annotations
from typing import Any, Callable, Dict, Generic, Iterable, List, Literal, Optional, Tuple, TypeVar, Union, cast
T = TypeVar("T")
Rows = List[Dict[str, Any]]
class Box(Generic[T]):
    def __init__(self, item: T) -> None:
        self.item: T = item
def first(items: Iterable[T], default: Optional[T] = None) -> Union[T, None]:
    for item in items:
        return item
    return default
total: int = 0
unset: str
pair: Tuple[int, str] = (1, "a")
print(first([1]), first([]), Box(3).item, cast(int, "x"), pair, total)
"""

SNIPPETS["control flow"] = """
found = None
for number in range(20):
    if number % 7 == 0 and number:
        found = number
        break
else:
    found = -1
while found > 0:
    found -= 3
    if found == 5:
        continue
print(found)
try:
    try:
        {}["missing"]
    except KeyError as error:
        raise ValueError("wrapped") from error
    finally:
        print("finally")
except ValueError as error:
    print(error, type(error).__name__, error.args)
else:
    print("never")
def kind(value):
    match value:
        case 0 | 1: return "small"
        case int() if value > 100: return "big"
        case {"type": "a", **rest}: return rest
        case [first, *_, last]: return (first, last)
        case str(): return "text"
        case None: return "none"
        case _: return "other"
print([kind(v) for v in (1, 500, {"type": "a", "n": 2}, [1, 2, 3], "x", None, 2.5)])
a, (b, *c), d = 1, (2, 3, 4), {"k": [0, 0]}
d["k"][1] += a
d["k"][0:1] = [9, 9]
del d["k"][0]
x = y = [n for n in range(10) if n % 2 if n > 3]
x += [1]
print(a, b, c, d, y, (lambda: (yield))().__class__.__name__, a if b else c, not a, 1 < b <= 2, [i for i, in [(1,)]])
assert a == 1, "never"
if (size := len(y)) > 2:
    print(size, {**{"a": 1}, "b": 2}, [*range(2), *"ab"], {1, 2} & {2, 3}, {n: -n for n in (1, 2)})
"""

SNIPPETS["introspection"] = """
value = [3]
print(type(value), type(value) is list)
print(type(value).__name__, value.__class__.__name__, isinstance(value, (list, tuple)))
print(hasattr(value, "append"), getattr(value, "nothing", "default"), callable(len), "append" in dir(value))
print(type("a") == str, issubclass(bool, int), isinstance(int, type), id(value) == id(value), len("abc"), __name__)
if "seen" not in globals():
    seen = 1
print("seen" in globals(), repr(Ellipsis), NotImplemented, type(None).__name__, int.__name__)
failing = [lambda: value.nope, lambda: undefined_name, lambda: int("x"), lambda: value[9], lambda: {}["k"]]
for broken in [*failing, lambda: 1 + "a"]:
    try:
        broken()
    except (AttributeError, NameError, ValueError, IndexError, KeyError, TypeError) as error:
        print(type(error).__name__, error)
"""

SNIPPETS["tools as functions"] = """
parts = [context[i : i + 40] for i in range(0, len(context), 40)]
replies = llm_query_batched([f"Summarise: {part}" for part in parts])
print(len(parts), replies, llm_query("one", context="two"))
"""

SNIPPETS["last expression"] = """
words = context.split()
{"words": len(words), "longest": max(words, key=len)}
"""

SNIPPETS["abstract classes, namespaces and coroutines"] = """
import asyncio
import types
from abc import ABC, abstractmethod
class Shape(ABC):
    @abstractmethod
    def area(self): ...
class Square(Shape):
    def __init__(self, side): self.side = side
    def area(self): return self.side ** 2
print(Square(3).area(), isinstance(Square(1), Shape))
try:
    Shape()
except TypeError as error:
    print(type(error).__name__)
point = types.SimpleNamespace(x=1, y=2)
point.x += 5
print(point, point.x, isinstance(print, object), isinstance(lambda: 0, types.FunctionType))
async def double(x):
    await asyncio.sleep(0.001 * x)
    return 2 * x
async def main():
    return await asyncio.gather(double(2), double(1))
print(asyncio.run(main()))
"""
