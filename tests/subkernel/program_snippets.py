"""Ordinary Python in the style of models, by family: programs as they are written to try out the language and its library.

Each snippet begins with a line `### family: name`. `context` is TEXT of `ordinary_snippets`.
"""
# ruff: noqa: E501  a line is as long as it is

from __future__ import annotations

from language_snippets import parsed

_SNIPPETS = r'''
### classes: singledispatch on types
from functools import singledispatch
@singledispatch
def show(x):
    return f"other {x!r}"
@show.register
def _(x: int):
    return f"int {x}"
@show.register(list)
def _(x):
    return "list of " + ", ".join(map(show, x))
@show.register(str)
@show.register(bytes)
def _(x):
    return f"text {len(x)}"
print(show(3), show([1, "ab", 2.5]), show(b"abc"), show(None))
print(show.dispatch(int)(9), sorted(t.__name__ for t in show.registry))
### classes: singledispatchmethod
from functools import singledispatchmethod
class Fmt:
    @singledispatchmethod
    def of(self, x):
        raise TypeError(f"no {type(x).__name__}")
    @of.register
    def _(self, x: int):
        return f"{x:,}"
    @of.register
    def _(self, x: float):
        return f"{x:.2f}"
f = Fmt()
print(f.of(12345), f.of(1.5))
try:
    f.of("x")
except TypeError as e:
    print(e)
### classes: cached_property and its reset
from functools import cached_property
class Doc:
    def __init__(self, text):
        self.text = text
        self.calls = 0
    @cached_property
    def words(self):
        self.calls += 1
        return self.text.split()
d = Doc(context)
print(len(d.words), len(d.words), d.calls, "words" in d.__dict__)
del d.words
print(d.words[0], d.calls)
### classes: partialmethod
from functools import partialmethod, partial
class Cell:
    def __init__(self):
        self._alive = False
    @property
    def alive(self):
        return self._alive
    def set_state(self, state, note=""):
        self._alive = bool(state)
        return f"{state}{note}"
    set_alive = partialmethod(set_state, True)
    set_dead = partialmethod(set_state, False, note="!")
c = Cell()
print(c.set_alive(), c.alive, c.set_dead(), c.alive)
p = partial(int, base=2)
print(p("101"), p.func is int, p.args, p.keywords, p)
### classes: total_ordering
from functools import total_ordering
@total_ordering
class Version:
    def __init__(self, s):
        self.parts = tuple(map(int, s.split(".")))
    def __eq__(self, o):
        return self.parts == o.parts
    def __lt__(self, o):
        return self.parts < o.parts
    def __hash__(self):
        return hash(self.parts)
    def __repr__(self):
        return "v" + ".".join(map(str, self.parts))
vs = [Version(s) for s in "1.10 1.2 1.2.3 0.9".split()]
print(sorted(vs), max(vs), Version("1.0") >= Version("0.9"), len({Version("1"), Version("1")}))
### classes: abc with abstract property
from abc import ABC, abstractmethod
class Shape(ABC):
    @property
    @abstractmethod
    def area(self): ...
    @classmethod
    @abstractmethod
    def unit(cls): ...
    @staticmethod
    def name():
        return "shape"
    def __str__(self):
        return f"{type(self).__name__}({self.area:.1f})"
class Sq(Shape):
    def __init__(self, s): self.s = s
    @property
    def area(self): return self.s ** 2
    @classmethod
    def unit(cls): return cls(1)
print(Sq(3), Sq.unit(), Shape.name())
try:
    Shape()
except TypeError as e:
    print(e)
class Half(Shape):
    area = 3
try:
    Half()
except TypeError as e:
    print(e)
print(isinstance(Sq(1), Shape), issubclass(Sq, Shape), Shape.__abstractmethods__ == {"area", "unit"})
### classes: collections.abc Mapping subclass
from collections.abc import Mapping, MutableMapping
class LowerDict(MutableMapping):
    def __init__(self, *a, **k):
        self._d = {}
        self.update(*a, **k)
    def __getitem__(self, k): return self._d[k.lower()]
    def __setitem__(self, k, v): self._d[k.lower()] = v
    def __delitem__(self, k): del self._d[k.lower()]
    def __iter__(self): return iter(self._d)
    def __len__(self): return len(self._d)
    def __repr__(self): return f"LowerDict({self._d})"
d = LowerDict(A=1, B=2)
d["C"] = 3
print(d["a"], "B" in d, d.get("z", 0), d.pop("b"), list(d.items()), d, dict(d), isinstance(d, Mapping))
print(d.setdefault("q", 5), d == {"a": 1, "c": 3, "q": 5}, [*d], {**d})
d.clear()
print(len(d), bool(d))
### classes: Sequence and Set subclasses
from collections.abc import Sequence, Set
class Lines(Sequence):
    def __init__(self, text): self.ls = text.split("\n")
    def __getitem__(self, i): return self.ls[i]
    def __len__(self): return len(self.ls)
l = Lines(context)
print(l[0][:9], l[-2], len(l), "the end" in l, l.index("the end"), l.count("x"), [x[:3] for x in reversed(l)])
class Tags(Set):
    def __init__(self, xs): self.xs = sorted(set(xs))
    def __contains__(self, x): return x in self.xs
    def __iter__(self): return iter(self.xs)
    def __len__(self): return len(self.xs)
a, b = Tags("abc"), Tags("bcd")
print(list(a & b), list(a | b), list(a - b), list(a ^ b), a <= b, a.isdisjoint(b), Tags("ab") < a)
### classes: iterator protocol
from collections.abc import Iterator, Iterable
class Countdown(Iterator):
    def __init__(self, n): self.n = n
    def __next__(self):
        if self.n <= 0:
            raise StopIteration
        self.n -= 1
        return self.n + 1
print(list(Countdown(3)), isinstance(Countdown(1), Iterable), iter(c := Countdown(2)) is c, sum(Countdown(4)))
### classes: own descriptor
class Positive:
    def __set_name__(self, owner, name):
        self.name = name
        self.slot = "_" + name
    def __get__(self, obj, owner=None):
        if obj is None:
            return self
        return getattr(obj, self.slot, None)
    def __set__(self, obj, value):
        if value <= 0:
            raise ValueError(f"{self.name} must be positive, not {value}")
        setattr(obj, self.slot, value)
    def __delete__(self, obj):
        delattr(obj, self.slot)
class Item:
    price = Positive()
    qty = Positive()
    def __init__(self, p, q): self.price, self.qty = p, q
i = Item(2, 3)
print(i.price * i.qty, vars(i), type(Item.price).__name__)
try:
    i.qty = -1
except ValueError as e:
    print(e)
del i.qty
print(i.qty)
### classes: non-data descriptor as lazy value
class lazy:
    def __init__(self, f):
        self.f = f
        self.__doc__ = f.__doc__
    def __get__(self, obj, cls):
        value = self.f(obj)
        setattr(obj, self.f.__name__, value)
        return value
class R:
    @lazy
    def heavy(self):
        "Doc."
        print("computing")
        return 42
r = R()
print(r.heavy, r.heavy, r.__dict__)
### classes: __init_subclass__ registry with options
class Plugin:
    registry = {}
    def __init_subclass__(cls, /, key=None, **kw):
        super().__init_subclass__(**kw)
        cls.registry[key or cls.__name__.lower()] = cls
class Csv(Plugin): pass
class J(Plugin, key="json"):
    def run(self): return "json!"
print({k: v.__name__ for k, v in Plugin.registry.items()}, Plugin.registry["json"]().run())
print([c.__name__ for c in Plugin.__subclasses__()])
### classes: __class_getitem__
class Box:
    def __class_getitem__(cls, item):
        return f"Box of {item.__name__ if hasattr(item, '__name__') else item}"
print(Box[int], Box["x"])
### classes: __missing__ and dict subclasses
class Default(dict):
    def __missing__(self, key):
        return f"<{key}>"
print("{a} {b}".format_map(Default(a=1)), Default()["q"], Default(x=1).get("y"))
class Tree(dict):
    def __missing__(self, key):
        value = self[key] = type(self)()
        return value
t = Tree()
t["a"]["b"]["c"] = 1
print(t, isinstance(t["a"], Tree))
class AttrDict(dict):
    def __getattr__(self, k):
        try:
            return self[k]
        except KeyError:
            raise AttributeError(k) from None
    def __setattr__(self, k, v): self[k] = v
    def __delattr__(self, k): del self[k]
a = AttrDict(x=1)
a.y = 2
del a.x
print(a, a.y, hasattr(a, "x"), a.items())
### classes: __format__ of one's own
class Money:
    def __init__(self, cents, cur="EUR"): self.cents, self.cur = cents, cur
    def __format__(self, spec):
        if spec.endswith("c"):
            return format(self.cents, spec[:-1]) + "c"
        return format(self.cents / 100, spec or ".2f") + " " + self.cur
m = Money(123456)
print(f"{m} | {m:,.1f} | {m:>10c} | {m!r:.5}", "{:.0f}".format(m), format(m, ",.2f"))
### classes: operators
class V:
    __match_args__ = ("x", "y")
    def __init__(self, x, y): self.x, self.y = x, y
    def __add__(self, o): return V(self.x + o.x, self.y + o.y)
    def __radd__(self, o): return self if o == 0 else NotImplemented
    def __sub__(self, o): return V(self.x - o.x, self.y - o.y)
    def __mul__(self, k): return V(self.x * k, self.y * k) if isinstance(k, (int, float)) else self.x * k.x + self.y * k.y
    __rmul__ = __mul__
    def __neg__(self): return self * -1
    def __abs__(self): return (self.x ** 2 + self.y ** 2) ** 0.5
    def __bool__(self): return bool(self.x or self.y)
    def __eq__(self, o): return isinstance(o, V) and (self.x, self.y) == (o.x, o.y)
    def __hash__(self): return hash((self.x, self.y))
    def __iadd__(self, o):
        self.x += o.x; self.y += o.y
        return self
    def __matmul__(self, o): return self * o
    def __iter__(self): yield self.x; yield self.y
    def __getitem__(self, i): return (self.x, self.y)[i]
    def __len__(self): return 2
    def __contains__(self, v): return v in (self.x, self.y)
    def __round__(self, n=0): return V(round(self.x, n), round(self.y, n))
    def __repr__(self): return f"V({self.x}, {self.y})"
    def __lt__(self, o): return abs(self) < abs(o)
    def __divmod__(self, k): return V(self.x // k, self.y // k), V(self.x % k, self.y % k)
    def __pow__(self, k): return V(self.x ** k, self.y ** k)
    def __floordiv__(self, k): return V(self.x // k, self.y // k)
    def __truediv__(self, k): return V(self.x / k, self.y / k)
    def __mod__(self, k): return V(self.x % k, self.y % k)
    def __and__(self, o): return V(self.x & o.x, self.y & o.y)
    def __invert__(self): return V(self.y, self.x)
    def __index__(self): return int(self.x)
a, b = V(3, 4), V(1, 2)
print(a + b, a - b, a * 2, 2 * a, a * b, a @ b, -a, abs(a), bool(V(0, 0)), a == V(3, 4), len({a, V(3, 4)}))
print(sum([a, b]), [*a], a[0], a[-1], 4 in a, round(V(1.234, 5.678), 1), sorted([a, b]), divmod(a, 2), a ** 2, a // 2, a / 2, a % 2, a & b, ~a, [10, 20, 30, 40][a], hex(a))
c = a; c += b
print(c is a, a, max(a, b))
try:
    "x" + a
except TypeError as e:
    print(e)
try:
    a + 1
except AttributeError as e:
    print(e)
match a:
    case V(4, y): print("matched", y)
### classes: slots, repr and weak attributes
class P:
    __slots__ = ("x", "y")
    def __init__(self, x, y=0): self.x, self.y = x, y
    def __repr__(self): return f"{type(self).__name__}({', '.join(f'{s}={getattr(self, s)!r}' for s in self.__slots__)})"
class Q(P):
    __slots__ = ("z",)
q = Q(1)
q.z = 3
print(P(1, 2), q, q.x)
try:
    q.w = 1
except AttributeError as e:
    print(type(e).__name__)
try:
    del q.y
    q.y
except AttributeError as e:
    print(e)
### classes: property with setter and deleter
class T:
    def __init__(self, c=0): self.c = c
    @property
    def f(self):
        """Fahrenheit."""
        return self.c * 9 / 5 + 32
    @f.setter
    def f(self, v): self.c = (v - 32) * 5 / 9
    @f.deleter
    def f(self): self.c = None
    g = property(lambda self: self.c + 273.15, doc="Kelvin")
t = T(100)
print(t.f, t.g)
t.f = 32
print(t.c, T.f.__doc__)
del t.f
print(t.c)
try:
    t.g = 1
except AttributeError as e:
    print(e)
### classes: class attributes and inheritance
class A:
    items = []
    count = 0
    def __init__(self): type(self).count += 1
    @classmethod
    def make(cls, n): return [cls() for _ in range(n)]
class B(A):
    count = 10
A.make(2); B.make(3)
A.items.append(1)
print(A.count, B.count, B.items, B.__mro__[1] is A, B.__bases__, A.__dict__["count"], "items" in B.__dict__)
B.extra = lambda self: "extra"
print(B().extra(), A.make.__name__, A.make.__self__.__name__)
### classes: diamond and super
class Base:
    def __init__(self, **kw):
        print("Base", kw)
class L(Base):
    def __init__(self, l=0, **kw):
        print("L", l)
        super().__init__(**kw)
class R(Base):
    def __init__(self, r=0, **kw):
        print("R", r)
        super().__init__(**kw)
class D(L, R):
    def __init__(self, **kw):
        super().__init__(**kw)
D(l=1, r=2)
print([c.__name__ for c in D.__mro__], [c.__name__ for c in D.mro()])
### classes: __call__ and closures as strategies
class Acc:
    def __init__(self): self.total = 0
    def __call__(self, x):
        self.total += x
        return self
acc = Acc()
acc(1)(2)(3)
print(acc.total, callable(acc), callable(3), list(map(lambda f: f(4), [abs, str, lambda x: x * 2])))
### classes: __repr__ default and str
class A: pass
class B:
    def __repr__(self): return "B!"
class C(B):
    def __str__(self): return "C?"
print(str(B()), [B()], str(C()), [C()], f"{C()} {C()!r}", A.__name__, A.__qualname__, A.__module__, type(A()).__name__)
print(repr(A), str(B), C)
### classes: nested classes and qualnames
class Outer:
    class Inner:
        def f(self): return type(self).__qualname__
    def make(self):
        class Local: pass
        return Local
print(Outer.Inner().f(), Outer().make().__qualname__, Outer.Inner.f.__qualname__, (lambda: 0).__name__)
### classes: immutable by __setattr__
class Frozen:
    def __init__(self, **kw):
        for k, v in kw.items():
            object.__setattr__(self, k, v)
    def __setattr__(self, k, v):
        raise AttributeError(f"cannot set {k}")
    def __delattr__(self, k):
        raise AttributeError(f"cannot delete {k}")
f = Frozen(a=1, b=2)
print(f.a, vars(f))
for act in (lambda: setattr(f, "a", 2), lambda: delattr(f, "a")):
    try:
        act()
    except AttributeError as e:
        print(e)
### classes: __getattr__ proxy
class Proxy:
    def __init__(self, target): self._target, self._log = target, []
    def __getattr__(self, name):
        value = getattr(self._target, name)
        if callable(value):
            def wrapped(*a, **k):
                self._log.append(name)
                return value(*a, **k)
            return wrapped
        return value
p = Proxy([3, 1, 2])
p.sort(); p.append(9)
print(p._target, p._log)
try:
    p.nothing
except AttributeError as e:
    print(e)
### classes: context manager class
class Timer:
    def __init__(self, name): self.name = name
    def __enter__(self):
        print("enter", self.name)
        return self
    def __exit__(self, et, ev, tb):
        print("exit", self.name, et and et.__name__, ev)
        return et is ValueError
with Timer("a") as a, Timer("b"):
    raise ValueError("x")
print("after")
try:
    with Timer("c"):
        1 / 0
except ZeroDivisionError as e:
    print("outer", e)
with (Timer("p") as p, Timer("q") as q):
    print(p.name + q.name)
### classes: builder and fluent interface
class Q:
    def __init__(self): self.parts = []
    def __getattr__(self, name):
        def add(*args):
            self.parts.append(f"{name.upper()} {', '.join(map(str, args))}")
            return self
        return add
    def __str__(self): return " ".join(self.parts)
print(Q().select("a", "b").where("x > 1").limit(3))
### classes: linked list and tree
class Node:
    def __init__(self, v, nxt=None): self.v, self.next = v, nxt
class LinkedList:
    def __init__(self, it=()):
        self.head = None
        for v in reversed(list(it)): self.head = Node(v, self.head)
    def __iter__(self):
        n = self.head
        while n:
            yield n.v
            n = n.next
    def reverse(self):
        prev, cur = None, self.head
        while cur:
            cur.next, prev, cur = prev, cur, cur.next
        self.head = prev
        return self
print(list(LinkedList("abc").reverse()), sum(LinkedList(range(5))), 3 in LinkedList([1, 3]))
class BST:
    def __init__(self): self.root = None
    def insert(self, k):
        def go(n):
            if n is None: return {"k": k, "l": None, "r": None}
            side = "l" if k < n["k"] else "r"
            n[side] = go(n[side])
            return n
        self.root = go(self.root)
        return self
    def walk(self):
        def go(n):
            if n:
                yield from go(n["l"])
                yield n["k"]
                yield from go(n["r"])
        return list(go(self.root))
print(BST().insert(5).insert(2).insert(8).insert(1).walk())
### classes: LRU by OrderedDict
from collections import OrderedDict
class LRU:
    def __init__(self, n): self.n, self.d = n, OrderedDict()
    def get(self, k):
        if k not in self.d: return -1
        self.d.move_to_end(k)
        return self.d[k]
    def put(self, k, v):
        self.d[k] = v
        self.d.move_to_end(k)
        if len(self.d) > self.n: self.d.popitem(last=False)
c = LRU(2)
c.put(1, 1); c.put(2, 2); print(c.get(1)); c.put(3, 3); print(c.get(2), c.d)
### classes: __eq__ without hash
class A:
    def __init__(self, x): self.x = x
    def __eq__(self, o): return self.x == o.x
print(A(1) == A(1), A(1) != A(2), A.__hash__)
try:
    {A(1)}
except TypeError as e:
    print(e)
### classes: copy protocol
import copy
class G:
    def __init__(self): self.items, self.name = [[1], [2]], "g"
    def __copy__(self):
        new = type(self)()
        new.items = self.items
        new.name = self.name + "-copy"
        return new
    def __deepcopy__(self, memo):
        new = type(self)()
        new.items = copy.deepcopy(self.items, memo)
        new.name = self.name + "-deep"
        return new
g = G()
a, b = copy.copy(g), copy.deepcopy(g)
g.items[0].append(9)
print(a.items, a.name, b.items, b.name)
x = [1]; x.append(x)
y = copy.deepcopy(x)
print(y[1] is y, y is not x)
### exceptions: hierarchy of one's own
class AppError(Exception):
    """Base."""
    code = 1
    def __init__(self, message, *, detail=None):
        super().__init__(message)
        self.detail = detail
class NotFound(AppError, KeyError):
    code = 404
    def __str__(self): return f"{self.args[0]} ({self.code})"
try:
    raise NotFound("no such row", detail={"id": 7})
except AppError as e:
    print(e, repr(e), e.detail, e.args, e.code, isinstance(e, LookupError), type(e).__mro__[1].__name__)
### exceptions: chaining
def parse(s):
    try:
        return int(s)
    except ValueError as e:
        raise RuntimeError(f"bad {s!r}") from e
try:
    parse("x")
except RuntimeError as e:
    print(e, "|", e.__cause__, "|", e.__suppress_context__, type(e.__context__).__name__)
try:
    try:
        {}["k"]
    except KeyError:
        raise ValueError("second")
except ValueError as e:
    print(repr(e.__context__), e.__cause__)
try:
    try: 1 / 0
    except ZeroDivisionError: raise ValueError("none") from None
except ValueError as e:
    print(e.__cause__, e.__suppress_context__)
### exceptions: groups
def run():
    errs = []
    for s in ["1", "x", None, "3"]:
        try: int(s)
        except Exception as e: errs.append(e)
    if errs: raise ExceptionGroup("many", errs)
try:
    run()
except* ValueError as g:
    print("V", [str(e) for e in g.exceptions])
except* TypeError as g:
    print("T", len(g.exceptions), g.message)
eg = ExceptionGroup("a", [ValueError(1), ExceptionGroup("b", [KeyError(2), ValueError(3)])])
print(eg.subgroup(ValueError), eg.split(KeyError)[1])
### exceptions: notes, traceback text
import traceback
def f(x): return 1 / x
try:
    f(0)
except ZeroDivisionError as e:
    e.add_note("while dividing")
    text = traceback.format_exc()
    print(text.splitlines()[0], "|", text.splitlines()[-2:], e.__notes__)
    print(traceback.format_exception_only(type(e), e))
    print("".join(traceback.format_exception(e))[-40:])
### exceptions: finally and else order
def f(x):
    try:
        print("try")
        if x == 1: return "returned"
        if x == 2: raise ValueError(x)
    except ValueError as e:
        print("except", e)
        return "caught"
    else:
        print("else")
    finally:
        print("finally")
    return "end"
print([f(i) for i in range(3)])
def g():
    for i in range(3):
        try:
            if i == 1: continue
            if i == 2: break
            print(i)
        finally:
            print("f", i)
g()
### exceptions: retry decorator
import functools, time
def retry(times, exceptions=(Exception,)):
    def deco(fn):
        @functools.wraps(fn)
        def wrapper(*args, **kwargs):
            last = None
            for attempt in range(1, times + 1):
                try:
                    return fn(*args, **kwargs)
                except exceptions as exc:
                    last = exc
                    print(f"attempt {attempt} failed: {exc}")
            raise last
        return wrapper
    return deco
state = {"n": 0}
@retry(3, exceptions=(ValueError, KeyError))
def flaky():
    """Flaky."""
    state["n"] += 1
    if state["n"] < 3: raise ValueError(f"no {state['n']}")
    return "ok"
print(flaky(), flaky.__name__, flaky.__doc__, flaky.__wrapped__.__name__)
### exceptions: attributes of Python's own
import json
for act in (lambda: json.loads('{"a": }'), lambda: "é".encode("ascii"), lambda: b"\xff".decode(), lambda: [].pop(), lambda: {}["x"], lambda: int("z"), lambda: undefined_name, lambda: None.foo, lambda: (1, 2)[5], lambda: next(iter([])), lambda: [1] + "a", lambda: len(5), lambda: "a" * "b", lambda: 1 < "a", lambda: float("x"), lambda: chr(-1), lambda: "{}".format(), lambda: "%d" % "x", lambda: sorted([1, "a"]), lambda: dict([1]), lambda: int(None), lambda: [1, 2].index(5), lambda: "abc".index("z"), lambda: open):
    try:
        act()
    except Exception as e:
        extra = (e.pos, e.lineno) if isinstance(e, json.JSONDecodeError) else (e.start, e.reason) if isinstance(e, UnicodeError) else ""
        print(type(e).__name__, e, extra)
### exceptions: assert and warn
import warnings
try:
    assert 1 + 1 == 3, f"bad sum {1 + 1}"
except AssertionError as e:
    print("assert", e)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    warnings.warn("old", DeprecationWarning)
    warnings.warn("plain")
print([(w.category.__name__, str(w.message)) for w in caught])
### exceptions: unpacking messages
for act in ("a, b = [1]", "a, b = [1, 2, 3]", "a, *b, c = [1]"):
    pass
def one():
    a, b = [1]
def two():
    a, b = 1, 2, 3
def three():
    a, *b, c = [1]
def four():
    for k, v in {"abc": 1}: pass
def five(a, *, b): pass
for f in (one, two, three, four, five, lambda: five(1, 2), lambda: five(1, c=3), lambda: five(1, b=1, a=2)):
    try: f()
    except (ValueError, TypeError) as e: print(type(e).__name__, e)
### exceptions: UnboundLocalError and NameError
x = 1
def f():
    print(x)
    x = 2
try:
    f()
except UnboundLocalError as e:
    print(type(e).__name__, "x" in str(e))
try:
    del zzz
except NameError as e:
    print(e)
### exceptions: custom iteration of causes
def root_cause(e):
    while e.__cause__ or e.__context__:
        e = e.__cause__ or e.__context__
    return e
try:
    try:
        try: int("q")
        except ValueError as e: raise KeyError("k") from e
    except KeyError as e: raise RuntimeError("r")
except RuntimeError as e:
    print(repr(root_cause(e)))
### exceptions: generator throw and close
def g():
    while True:
        try:
            x = yield
            print("got", x)
        except ValueError as e:
            print("thrown", e)
        except GeneratorExit:
            print("closing")
            return
i = g(); next(i); i.send(1); i.throw(ValueError("v")); i.close()
### exceptions: suppress and stack
from contextlib import suppress, ExitStack, contextmanager, closing, nullcontext, redirect_stdout
import io
with suppress(KeyError, IndexError):
    [][1]
    print("never")
@contextmanager
def tag(n):
    print(f"<{n}>")
    try: yield n.upper()
    finally: print(f"</{n}>")
with ExitStack() as st:
    names = [st.enter_context(tag(n)) for n in "ab"]
    st.callback(print, "callback", sep="-")
    print(names)
with nullcontext(5) as five, closing(io.StringIO("x")) as s:
    print(five, s.read())
buf = io.StringIO()
with redirect_stdout(buf):
    print("hidden")
print(repr(buf.getvalue()))
@tag("deco")
def f(): print("inside")
f()
### enums: basics
from enum import Enum, IntEnum, Flag, auto, unique, StrEnum, IntFlag
class Color(Enum):
    RED = 1
    GREEN = 2
    CRIMSON = 1
    @property
    def pretty(self): return self.name.title()
    @classmethod
    def default(cls): return cls.RED
    def __str__(self): return f"color {self.name}"
print(Color.RED, repr(Color.GREEN), Color(2), Color["GREEN"], Color.CRIMSON is Color.RED, list(Color), Color.RED.pretty, Color.default())
print(Color.__members__, len(Color), Color.RED in Color, {Color.RED: 1}, Color.RED.value, Color.RED == 1, isinstance(Color.RED, Color))
try:
    Color(9)
except ValueError as e:
    print(e)
try:
    Color["BLUE"]
except KeyError as e:
    print(e)
### enums: auto, IntEnum, StrEnum
from enum import *
class P(IntEnum):
    LOW = auto()
    MID = auto()
    HIGH = 10
    TOP = auto()
class S(StrEnum):
    ACTIVE = auto()
    CLOSED = "closed!"
print(P.LOW < P.HIGH, sorted([P.TOP, P.LOW]), P.MID + 1, P(10).name, int(P.TOP), f"{P.MID} {P.MID:03d}", max(P))
print(S.ACTIVE, S.ACTIVE == "active", S("closed!"), S.CLOSED.upper(), "-".join(S), repr(S.ACTIVE), {"active": 1}[S.ACTIVE])
import json
print(json.dumps({"p": P.LOW, "s": S.ACTIVE}), json.dumps([S.CLOSED]))
### enums: flags
from enum import Flag, IntFlag, auto
class Perm(Flag):
    R = auto()
    W = auto()
    X = auto()
    RW = R | W
p = Perm.R | Perm.X
print(p, Perm.R in p, Perm.W in p, p & Perm.R, p ^ Perm.R, ~p, bool(p & Perm.W), Perm.RW, Perm(3), list(p), p.value, len(p), Perm(0))
class F(IntFlag):
    A = 1
    B = 4
print(F.A | F.B, int(F.A | F.B), F(5), F.A | 2, repr(F(0)))
### enums: with data and methods
from enum import Enum
class Planet(Enum):
    MERCURY = (3.303e23, 2.4397e6)
    EARTH = (5.976e24, 6.37814e6)
    def __init__(self, mass, radius):
        self.mass = mass
        self.radius = radius
    @property
    def g(self): return 6.67300E-11 * self.mass / self.radius ** 2
print(f"{Planet.EARTH.g:.2f}", Planet.MERCURY.value, [p.name for p in Planet if p.mass > 1e24])
class Op(Enum):
    ADD = "+"
    SUB = "-"
    def __call__(self, a, b): return {"+": a + b, "-": a - b}[self.value]
    @classmethod
    def _missing_(cls, value): return cls.ADD if value == "plus" else None
print(Op.ADD(2, 3), Op("-")(5, 1), Op("plus"))
class Ord(Enum):
    A = 1; B = 2
    def __lt__(self, o): return self.value < o.value if self.__class__ is o.__class__ else NotImplemented
print(sorted([Ord.B, Ord.A]), Ord.A < Ord.B)
### enums: functional API and unique
from enum import Enum, unique, IntEnum
A = Enum("A", "X Y Z")
B = IntEnum("B", {"ONE": 1, "TWO": 2})
C = Enum("C", ["p", "q"], start=5)
print(list(A), B.TWO + 1, C.q.value, A.X.name)
try:
    @unique
    class D(Enum):
        A = 1
        B = 1
except ValueError as e:
    print(e)
### enums: match and dict dispatch
from enum import Enum
class Cmd(Enum):
    GO = "go"
    STOP = "stop"
def act(c):
    match c:
        case Cmd.GO: return "going"
        case Cmd.STOP: return "stopped"
        case _: return "?"
print(act(Cmd("go")), act(Cmd.STOP), act(None))
table = {Cmd.GO: lambda: 1, Cmd.STOP: lambda: 2}
print([table[c]() for c in Cmd], {c.name: c.value for c in Cmd}, Cmd._member_names_, Cmd._value2member_map_["go"])
### dataclasses: options
from dataclasses import dataclass, field, asdict, astuple, replace, fields, KW_ONLY, InitVar, is_dataclass
@dataclass(order=True, frozen=True)
class P:
    x: int
    y: int = 0
    tags: list = field(default_factory=list, compare=False, repr=False)
    @property
    def norm(self): return self.x ** 2 + self.y ** 2
a, b = P(1, 2), P(1, 3, ["t"])
print(a, a < b, a == P(1, 2, ["z"]), hash(a) == hash(P(1, 2)), sorted([b, a]), a.norm, replace(a, y=9), asdict(b), astuple(b))
try:
    a.x = 5
except Exception as e:
    print(type(e).__name__, e)
print([(f.name, f.type) for f in fields(P)][:2], fields(P)[1].default, is_dataclass(P), is_dataclass(a))
@dataclass
class Q:
    name: str
    _: KW_ONLY
    size: int = 1
    scale: InitVar[int] = 2
    total: int = field(init=False)
    def __post_init__(self, scale): self.total = self.size * scale
print(Q("n", size=3, scale=4), Q("m").total)
try:
    Q("n", 3)
except TypeError as e:
    print(e)
### dataclasses: inheritance and slots
from dataclasses import dataclass, field
from typing import ClassVar, Optional, List
@dataclass
class Base:
    id: int
    kind: ClassVar[str] = "base"
    registry: ClassVar[dict] = {}
    def __post_init__(self): Base.registry[self.id] = self
@dataclass
class Child(Base):
    name: str = "?"
    parent: Optional["Child"] = None
    kids: List["Child"] = field(default_factory=list)
    def add(self, kid):
        self.kids.append(kid); kid.parent = self
        return kid
r = Child(1, "root")
k = r.add(Child(2, "kid"))
print(k.parent.name, [c.name for c in r.kids], sorted(Base.registry), Child.kind)
@dataclass(slots=True)
class S:
    a: int
    b: str = "x"
s = S(1)
print(s, S.__slots__, hasattr(s, "__dict__"))
@dataclass(eq=False)
class E: v: int
print(E(1) == E(1), E(1) != E(1))
@dataclass(unsafe_hash=True)
class H: v: int
print(len({H(1), H(1)}))
@dataclass(repr=False)
class N:
    v: int
    def __repr__(self): return f"<{self.v}>"
print(N(3), [N(4)])
@dataclass(match_args=True, kw_only=True)
class K: a: int; b: int = 2
print(K(a=1), K.__match_args__)
### dataclasses: to json and back
import json
from dataclasses import dataclass, asdict, fields
@dataclass
class Addr: city: str; zip: str = ""
@dataclass
class Person:
    name: str
    age: int
    addr: Addr
    @classmethod
    def from_dict(cls, d):
        d = dict(d)
        d["addr"] = Addr(**d["addr"])
        return cls(**{k: v for k, v in d.items() if k in {f.name for f in fields(cls)}})
p = Person("Ann", 30, Addr("Bern"))
s = json.dumps(asdict(p), indent=1, sort_keys=True)
print(s)
print(Person.from_dict(json.loads(s)) == p, Person.from_dict({**asdict(p), "extra": 1}))
### dataclasses: default mistakes
from dataclasses import dataclass
try:
    @dataclass
    class Bad:
        items: list = []
except ValueError as e:
    print(e)
try:
    @dataclass
    class Bad2:
        a: int = 1
        b: int
except TypeError as e:
    print(e)
### typing: everything at once
from __future__ import annotations
from typing import (Any, Callable, Dict, Generic, Iterable, Iterator, List, Literal, Mapping, NamedTuple, NewType, Optional, ParamSpec, Protocol, Sequence, Set, Tuple, Type, TypedDict, TypeVar, Union, cast, overload, runtime_checkable, get_type_hints, Final, Annotated, TYPE_CHECKING, Self, Concatenate)
T = TypeVar("T"); K = TypeVar("K", bound="str"); P = ParamSpec("P")
UserId = NewType("UserId", int)
MAX: Final = 3
class Stack(Generic[T]):
    def __init__(self) -> None: self._items: List[T] = []
    def push(self, item: T) -> Self:
        self._items.append(item)
        return self
    def pop(self) -> T: return self._items.pop()
@runtime_checkable
class HasLen(Protocol):
    def __len__(self) -> int: ...
class Movie(TypedDict, total=False):
    title: str
    year: int
class Emp(NamedTuple):
    name: str
    id: UserId = UserId(3)
    def greet(self) -> str: return f"hi {self.name}"
def deco(f: Callable[P, T]) -> Callable[P, List[T]]:
    def inner(*a: P.args, **k: P.kwargs) -> List[T]: return [f(*a, **k)]
    return inner
@deco
def sq(x: int) -> int: return x * x
s: Stack[int] = Stack()
print(s.push(1).push(2).pop(), isinstance([], HasLen), isinstance(3, HasLen), Movie(title="x"), Emp("a"), Emp("b").greet(), sq(3), cast(int, "x"), UserId(5), MAX)
print(Emp._fields, Emp._field_defaults, Emp("q")._replace(id=9), Emp("z")._asdict())
### typing: NamedTuple and unpacking
from typing import NamedTuple
from collections import namedtuple
class Pt(NamedTuple):
    x: float
    y: float = 0.0
    @property
    def r(self): return (self.x ** 2 + self.y ** 2) ** .5
    def __add__(self, o): return Pt(self.x + o.x, self.y + o.y)
p = Pt(3, 4)
x, y = p
print(p.r, x, y, p + Pt(1, 1), p._make([5, 6]), p == (3, 4), p[0], {p: 1}, sorted([Pt(2), Pt(1)]))
Row = namedtuple("Row", "id name amount", defaults=[0])
rows = [Row(1, "a", 5), Row(2, "b")]
print(rows[1], Row._fields, rows[0]._asdict(), sum(r.amount for r in rows), Row(**{"id": 3, "name": "c"}), Row.__doc__)
try:
    rows[0].id = 4
except AttributeError as e:
    print(e)
try:
    Row(1)
except TypeError as e:
    print(e)
### typing: introspection
from typing import get_type_hints, get_args, get_origin, Union, Optional, List, Dict, Literal, Annotated
def f(a: int, b: str = "x", *c: float, d: Optional[int] = None, **e) -> List[int]:
    return []
print(f.__annotations__["a"], f.__defaults__, f.__kwdefaults__, get_type_hints(f)["return"])
print(get_args(Dict[str, int]), get_origin(List[int]), get_args(Literal["a", "b"]), get_args(Union[int, str, None]), Optional[int], int | None, list[int], get_origin(dict[str, int]))
print(isinstance(3, int | str), isinstance("x", (int, str)), List[int] == List[int])
class A:
    x: int = 1
    y: "str" = "a"
print(A.__annotations__.keys())
### decorators: with arguments, on classes, stacked
import functools
def log(prefix="> "):
    def deco(f):
        @functools.wraps(f)
        def w(*a, **k):
            r = f(*a, **k)
            print(f"{prefix}{f.__name__}({', '.join([*map(repr, a), *(f'{x}={y!r}' for x, y in k.items())])}) = {r!r}")
            return r
        return w
    return deco
def count(f):
    @functools.wraps(f)
    def w(*a, **k):
        w.calls += 1
        return f(*a, **k)
    w.calls = 0
    return w
@count
@log(prefix="# ")
def add(a, b=1): return a + b
add(1); add(2, b=3)
print(add.calls, add.__name__)
def add_repr(cls):
    cls.__repr__ = lambda self: f"{cls.__name__}({vars(self)})"
    return cls
def singleton(cls):
    inst = {}
    @functools.wraps(cls, updated=())
    def get(*a, **k):
        if cls not in inst: inst[cls] = cls(*a, **k)
        return inst[cls]
    return get
@singleton
class Conf:
    def __init__(self, x=0): self.x = x
print(Conf(5) is Conf(6), Conf().x)
class Memo:
    def __init__(self, f):
        functools.update_wrapper(self, f)
        self.f, self.cache = f, {}
    def __call__(self, *a):
        if a not in self.cache: self.cache[a] = self.f(*a)
        return self.cache[a]
@Memo
def fib(n):
    "Fibonacci."
    return n if n < 2 else fib(n - 1) + fib(n - 2)
print(fib(30), len(fib.cache), fib.__doc__, fib.__name__)
### decorators: class decorator that sets methods
def add_repr(cls):
    def __repr__(self):
        return f"{cls.__name__}({', '.join(f'{k}={v!r}' for k, v in vars(self).items())})"
    cls.__repr__ = __repr__
    return cls
@add_repr
class P:
    def __init__(self, x, y): self.x, self.y = x, y
print(P(1, "a"))
### decorators: lru_cache information
from functools import lru_cache, cache, reduce
@lru_cache(maxsize=None)
def f(n): return n if n < 2 else f(n - 1) + f(n - 2)
print(f(50), f.cache_info(), f.cache_info().hits)
f.cache_clear()
print(f.cache_info().currsize, f.__wrapped__(1))
@cache
def g(a, *, k=1): return (a, k)
print(g(1), g(1, k=2), g.cache_info().misses)
class C:
    @lru_cache(maxsize=2)
    def m(self, x): return x * 2
c = C()
print(c.m(3), c.m(3), C.m.cache_info().hits, reduce(lambda a, b: a * b, range(1, 6)), reduce(max, [3, 9, 2], 0))
### decorators: registry and timing
import time
HANDLERS = {}
def handles(*names):
    def deco(f):
        for n in names: HANDLERS[n] = f
        return f
    return deco
@handles("add", "plus")
def add(a, b): return a + b
@handles("mul")
def mul(a, b): return a * b
print({k: f(3, 4) for k, f in HANDLERS.items()})
def timed(f):
    def w(*a):
        t = time.perf_counter()
        try: return f(*a)
        finally: w.elapsed = time.perf_counter() - t
    return w
slow = timed(sum)
print(slow([1, 2]), slow.elapsed >= 0)
### functions: global, nonlocal and closures
counter = 0
def bump():
    global counter, created
    counter += 1
    created = "new"
bump(); bump()
print(counter, created)
def make():
    n = 0
    def inc(by=1):
        nonlocal n
        n += by
        return n
    def get(): return n
    return inc, get
inc, get = make()
inc(); inc(5)
print(get(), inc.__closure__ is not None if hasattr(inc, "__closure__") else True)
fs = [lambda i=i: i * 2 for i in range(3)]
gs = [lambda: i for i in range(3)]
print([f() for f in fs], [g() for g in gs])
### functions: arguments
def f(a, /, b, *args, c=3, d, **kw): return (a, b, args, c, d, kw)
print(f(1, 2, 3, 4, d=5), f(1, b=2, d=0, e=9, a=7), f(*[1, 2], **{"d": 1, "c": 0}))
def g(x, acc=[]):
    acc.append(x)
    return acc
print(g(1), g(2), g.__defaults__)
def h(*, key=None, reverse=False): return sorted([3, 1, 2], key=key, reverse=reverse)
print(h(), h(key=lambda x: -x), h(reverse=True))
print((lambda *a, **k: (a, k))(1, *[2], x=3, **{"y": 4}), f.__name__, f.__kwdefaults__)
### functions: recursion
import sys
def perms(xs): return [[]] if not xs else [[x, *p] for i, x in enumerate(xs) for p in perms(xs[:i] + xs[i + 1:])]
def hanoi(n, a="A", b="B", c="C"): return 0 if n == 0 else hanoi(n - 1, a, c, b) + 1 + hanoi(n - 1, c, b, a)
def flat(x): return [z for y in x for z in flat(y)] if isinstance(x, (list, tuple)) else [x]
def ack(m, n): return n + 1 if m == 0 else ack(m - 1, 1) if n == 0 else ack(m - 1, ack(m, n - 1))
print(len(perms([1, 2, 3, 4])), hanoi(6), flat([1, [2, (3, [4])]]), ack(2, 3))
def deep(n): return deep(n + 1)
try:
    deep(0)
except RecursionError as e:
    print(e)
def gcd(a, b): return a if b == 0 else gcd(b, a % b)
print(gcd(48, 36))
### functions: higher order
compose = lambda *fs: lambda x: [x := f(x) for f in fs][-1]
print(compose(abs, str)(-3))
from functools import reduce, partial
from operator import itemgetter, attrgetter, methodcaller, add, mul, neg
print(list(map(add, [1, 2], [3, 4])), list(map(neg, [1, 2])), reduce(mul, [2, 3, 4]), list(filter(None, [0, 1, "", "a"])))
rows = [{"n": "b", "v": 2}, {"n": "a", "v": 2}, {"n": "c", "v": 1}]
print(sorted(rows, key=itemgetter("v", "n")), max(rows, key=itemgetter("v"))["n"], itemgetter(1, 0)("xy"), itemgetter(slice(1, 3))("hello"))
print(list(map(methodcaller("replace", "a", "b"), ["aa", "ca"])), attrgetter("real", "imag")(3 + 4j), list(map(partial(pow, 2), range(4))))
print(sorted("bA c".split(), key=str.lower), sorted({"a": 3, "b": 1}.items(), key=lambda kv: kv[1]), min("ccb", key="cb".index))
### iterators: itertools recipes
from itertools import *
import operator, collections
def pairs(it):
    a, b = tee(it); next(b, None)
    return zip(a, b)
def grouper(it, n, fill=None): return zip_longest(*[iter(it)] * n, fillvalue=fill)
def sliding(it, n):
    it = iter(it)
    w = collections.deque(islice(it, n - 1), maxlen=n)
    for x in it:
        w.append(x)
        yield tuple(w)
def roundrobin(*its):
    cur = cycle(iter(i).__next__ for i in its)
    n = len(its)
    while n:
        try:
            for nxt in cur: yield nxt()
        except StopIteration:
            n -= 1
            cur = cycle(islice(cur, n))
def unique(it, key=None):
    seen = set()
    for x in it:
        k = x if key is None else key(x)
        if k not in seen:
            seen.add(k); yield x
def powerset(s): return chain.from_iterable(combinations(s, r) for r in range(len(s) + 1))
def first_true(it, default=None, pred=None): return next(filter(pred, it), default)
def partition(p, it):
    a, b = tee(it)
    return list(filterfalse(p, a)), list(filter(p, b))
print(list(pairs("abc")), list(grouper("abcde", 2, "-")), list(sliding(range(5), 3)), "".join(roundrobin("ABC", "D", "EF")))
print(list(unique("AaBb", str.lower)), list(powerset([1, 2])), first_true([0, 3], pred=bool), partition(lambda x: x % 2, range(6)))
print(list(accumulate([1, 2, 3], operator.mul)), list(accumulate([1, 2], initial=5)), [(k, len(list(g))) for k, g in groupby("aaabcc")], list(starmap(pow, [(2, 3), (3, 2)])))
print(list(takewhile(lambda x: x < 3, count(1))), list(dropwhile(str.islower, "abCd")), list(compress("abcd", [1, 0, 1])), list(islice(cycle("ab"), 5)), list(product("ab", repeat=2))[:3], list(repeat(1, 2)), list(pairwise("abc")), list(permutations("abc", 2))[:2], list(combinations_with_replacement("ab", 2)), list(islice(count(10, 5), 3)))
### iterators: iter with sentinel, enumerate, zip strict
import io
s = io.StringIO(context)
print([c for c in iter(lambda: s.read(20), "")][:2])
print(list(enumerate("ab", start=1)), list(zip("ab", [1, 2], strict=True)), dict(zip("ab", range(2))), list(zip(*[(1, 2), (3, 4)])))
try:
    list(zip("ab", [1], strict=True))
except ValueError as e:
    print(e)
it = iter([1, 2, 3])
print(next(it), next(it, 0), list(it), next(it, "done"), list(reversed(range(3))), any(x > 2 for x in it), all([]), sum([[1], [2]], []))
r = range(10, 0, -3)
print(r, list(r), len(r), r[1], 4 in r, r.index(7), r == range(10, -1, -3), slice(1, 5, 2).indices(4))
### generators: pipelines
import re
def lines(text):
    for n, l in enumerate(text.splitlines(), 1): yield n, l
def grep_(pat, it): return ((n, l) for n, l in it if re.search(pat, l))
def head(it, k):
    for i, x in enumerate(it):
        if i >= k: return
        yield x
print(list(head(grep_("fox", lines(context)), 5)))
def running():
    total, n = 0.0, 0
    avg = None
    while (x := (yield avg)) is not None:
        total += x; n += 1; avg = total / n
    return (total, n)
g = running(); next(g)
print([g.send(x) for x in (10, 20, 60)])
try:
    g.send(None)
except StopIteration as e:
    print("returned", e.value)
def flatten(x):
    for i in x:
        if isinstance(i, list): yield from flatten(i)
        else: yield i
def primes():
    found = []
    n = 2
    while True:
        if all(n % p for p in found): found.append(n); yield n
        n += 1
from itertools import islice
print(list(flatten([1, [2, [3]]])), list(islice(primes(), 8)), (x for x in []).__name__, type(primes()).__name__)
gen = (i for i in range(3))
print(sum(gen), sum(gen), max((len(w), w) for w in context.split()))
### async: gather and queues of coroutines
import asyncio
async def work(n):
    await asyncio.sleep(0)
    return n * n
async def main():
    r = await asyncio.gather(*(work(i) for i in range(4)))
    async def agen():
        for i in range(3):
            yield i
            await asyncio.sleep(0)
    xs = [x async for x in agen()]
    try:
        await fail()
    except ValueError as e:
        print("caught", e)
    return r, xs
async def fail(): raise ValueError("async")
print(asyncio.run(main()))
### async: context managers and tasks
import asyncio
from contextlib import asynccontextmanager
class Conn:
    async def __aenter__(self):
        print("open")
        return self
    async def __aexit__(self, *a): print("close", a[0])
    async def get(self): return 42
@asynccontextmanager
async def session(name):
    print("start", name)
    try: yield name.upper()
    finally: print("stop", name)
class Pages:
    def __init__(self, n): self.n = n
    def __aiter__(self):
        self.i = 0
        return self
    async def __anext__(self):
        if self.i >= self.n: raise StopAsyncIteration
        self.i += 1
        return self.i
async def main():
    async with Conn() as c, session("s") as s:
        print(await c.get(), s)
    t = asyncio.create_task(c.get())
    print(await t, [p async for p in Pages(3)], {p: p * p async for p in Pages(2)})
    res = await asyncio.gather(c.get(), boom(), return_exceptions=True)
    print(res)
    print(await asyncio.wait_for(c.get(), timeout=1))
async def boom(): raise KeyError("k")
asyncio.run(main())
### match: patterns
def m(x):
    match x:
        case []: return "empty"
        case [1, *rest]: return f"one then {rest}"
        case [a, b] if a == b: return "same"
        case (int() | float()) as n if n < 0: return f"negative {n}"
        case int(n): return f"int {n}"
        case str() as s if s.startswith("#"): return "comment"
        case "yes" | "y": return True
        case {"type": "circle", "r": r, **rest}: return f"circle {r} {rest}"
        case {"items": [{"id": first}, *_]}: return f"first {first}"
        case None: return "none"
        case bool(b): return b
        case _: return "other"
print([m(x) for x in ([], [1, 2, 3], [4, 4], -2, -1.5, 7, "#x", "y", {"type": "circle", "r": 2, "c": 3}, {"items": [{"id": 9}, 1]}, None, (1,), {1}, "zz", [2, 3])])
from dataclasses import dataclass
@dataclass
class Pt: x: int; y: int
@dataclass
class Ln: a: Pt; b: Pt
def where(p):
    match p:
        case Pt(0, 0): return "origin"
        case Pt(x=0, y=y): return f"y={y}"
        case Pt(x, y) if x == y: return "diag"
        case Ln(Pt(x1, _), Pt(x=x2)): return f"line {x1}..{x2}"
        case Pt(): return "pt"
print([where(p) for p in (Pt(0, 0), Pt(0, 3), Pt(2, 2), Pt(1, 5), Ln(Pt(1, 2), Pt(3, 4)), 5)])
def tok(line):
    match line.split():
        case ["go", ("n" | "s") as d]: return d
        case ["get", obj, *mods]: return obj, mods
        case _: return None
print(tok("go n"), tok("get key big red"), tok("x"))
### formatting: numbers
for v in (1234567.891, -0.5, 0, 1e10, 12345678901234567890, float("inf"), float("nan")):
    print(f"{v:,} {v:.2f} {v:>12,.1f} {v:e} {v:g} {v!r} {v:+.1f}")
print(f"{255:x} {255:#X} {255:08b} {255:o} {0.256:.1%} {5:^9} {5:*<4} {5:=+5} {1234:_} {-7:( } {3.0} {1e-7} {True:d}" if False else f"{255:x} {255:#X} {255:08b} {0.256:.1%} {5:^9}| {5:*<4} {5:=+5} {1234:_}")
w, p = 10, 3
print(f"{3.14159:{w}.{p}f}|{'ab':>{w}}|{'ab':-^{w}}|{'abc':.2}|{[1]!s:>6}|{'q'!r}|{w=}|{w + p = }|{3.14159:.3}|{1/3=:.2f}")
print("%5.1f|%-6s|%06d|%x|%e|%%|%r|%(n)s" % {"n": 1} if False else "%5.1f|%-6s|%06d|%x|%%|%r" % (3.14159, "ab", 42, 255, "q"), "%(n)s=%(v).1f" % {"n": "a", "v": 2})
print("{:>8}|{:<8}|{:^8}|{0}".format("a", "b", "c") if False else "{0:>8}|{1:<8}|{0}".format("a", "b"), "{a[0]} {a[1]} {d[k]} {c.real}".format(a=[1, 2], d={"k": 3}, c=4 + 2j), "{{}} {!r:>5}".format("x"))
print(round(2.5), round(3.5), round(2.675, 2), round(1234, -2), 7 // -2, 7 % -2, divmod(-7, 2), -7 // 2, 0.1 + 0.2, 1e16 + 1, 10 ** 20, 2 ** -1, int(-3.7), 1_000, 0b101, 0o17, 0xff, 1j * 1j)
print(format(1234.5, ",.2f"), format("x", ">5"), str(1.0), repr(0.1), str(1e22), str(10**16 * 1.0), "%s %s" % (1, [2]), f"{1:5}|{'a':5}|{None!s:5}|{True!s}")
### formatting: tables of text
rows = [("north", 1234.5, 3), ("south-west", 99.99, 12)]
head = ("region", "amount", "n")
widths = [max(len(str(x)) for x in col) for col in zip(head, *rows)]
for r in (head, *rows):
    print(" | ".join(f"{str(c):<{w}}" if i == 0 else f"{str(c):>{w}}" for i, (c, w) in enumerate(zip(r, widths))))
print("-" * 20, "=" * 3 + ">", sep="\n")
print(*rows, sep="\n", end="!\n")
print("a", "b", sep="", end=""); print()
print("\t".join(["x", "y"]).expandtabs(4), "ab\n cd".splitlines(), "a,b,,c".split(","), " x ".strip() + "|", "xxabxx".strip("x"), "a.b.c".rsplit(".", 1), "k=v=w".partition("="), "a-b".rpartition("-"))
### strings: methods
s = "Hello, World"
print(s.lower(), s.upper(), s.swapcase(), s.title(), s.casefold(), s.center(20, "*"), s.ljust(14, "."), s.rjust(14), s.zfill(15), s.find("o"), s.rfind("o"), s.count("l"), s.replace("l", "L", 1), s.startswith(("He", "x")), s.endswith("d"))
print("abc".isalpha(), "1²".isdigit(), "12".isdecimal(), "½".isnumeric(), " ".isspace(), "Ab".istitle(), "a_1".isidentifier(), "ab1".isalnum(), "é".isascii(), "\n".isprintable())
print("abc"[::-1], "abc"[1:], "abc"[-2:], "a" in "abc", "abc" < "abd", max("hello"), sorted("hello"), "".join(reversed("abc")), "-".join("abc"), "x" * 3, len("naïve"), list("ab"))
print("hello".translate(str.maketrans("el", "ip", "o")), str.maketrans({"a": "1"}), "a1b2".translate({ord("1"): None, ord("2"): "two"}), "prefix-x".removeprefix("prefix-"), "x.txt".removesuffix(".txt"), "ß".upper(), "İ".lower() == "i̇", "Straße".casefold())
print("a\tb\\n", r"a\tb", "é".encode(), b"\xc3\xa9".decode(), "é".encode("latin-1"), bytes([65, 66]), bytearray(b"ab"), ord("€"), chr(8364), "\N{EURO SIGN}", "\u00e9", ascii("é"), "a" "b")
print("%s" % "x", "{:s}".format("y"), "one two  three".split(), "one two  three".split(" "), "a\n\nb".split("\n"), "1,2;3".replace(";", ",").split(","), "ab" * 0 == "", "abc".index("c"), "Mississippi".count("ss"))
### strings: Template and capwords
from string import Template, capwords, ascii_lowercase, punctuation, digits
t = Template("Dear $name, you owe $$${amount} to ${who}s")
print(t.substitute(name="A", amount=5, who="x"), t.safe_substitute(name="B"), capwords("ab cd"), ascii_lowercase[:3], len(punctuation), digits)
try:
    t.substitute(name="A")
except KeyError as e:
    print("missing", e)
class P(Template):
    delimiter = "%"
print(P("%a and $b").substitute(a=1), t.template[:4])
try:
    Template("$ x").substitute()
except ValueError as e:
    print(e)
### strings: textwrap, difflib
import textwrap, difflib
t = "The quick brown fox jumped over the lazy dog and ran away from it."
print(textwrap.fill(t, 20), textwrap.wrap(t, 30, initial_indent="* ", subsequent_indent="  "), textwrap.shorten(t, 25, placeholder="..."), textwrap.indent("a\nb", "> "), textwrap.dedent("""
    x
      y
"""), sep="\n")
print(difflib.get_close_matches("appel", ["ape", "apple", "peach"]), round(difflib.SequenceMatcher(None, "abcd", "bcde").ratio(), 3))
print("\n".join(difflib.unified_diff("a b c".split(), "a x c".split(), "old", "new", lineterm="")), list(difflib.ndiff(["a"], ["b"])))
sm = difflib.SequenceMatcher(a="qabxcd", b="abycdf")
print([op for op in sm.get_opcodes()][:2], sm.find_longest_match(), sm.get_matching_blocks()[0].size)
### strings: unicodedata and encodings
import unicodedata
s = "Café naïve ﬁne"
print(unicodedata.normalize("NFKD", s).encode("ascii", "ignore").decode(), unicodedata.name("é"), unicodedata.category("A"), unicodedata.lookup("SNOWMAN"), len(unicodedata.normalize("NFD", s)), unicodedata.numeric("½"))
print("".join(c for c in unicodedata.normalize("NFD", "Ünïcödé") if unicodedata.category(c) != "Mn"), [hex(ord(c)) for c in "a€"], "x\u200by".encode("unicode_escape"), "é".encode("ascii", "xmlcharrefreplace"), "é".encode("ascii", "backslashreplace"), "aé".encode("utf-16-le"), b"abc".hex(" "), bytes.fromhex("61 62"), int.from_bytes(b"\x01\x00", "big"), (258).to_bytes(2, "little"))
### regex: groups and functions
import re
t = "2024-01-05 ERROR [db] conn lost; 2024-02-10 WARN [api] slow=12ms; 2024-03-15 ERROR [db] retry"
p = re.compile(r"(?P<date>\d{4}-\d{2}-\d{2}) (?P<lvl>[A-Z]+) \[(?P<mod>\w+)\] (?P<msg>[^;]+)")
for m in p.finditer(t):
    print(m.groupdict(), m.start("lvl"), m.lastgroup, m.end(), m[1], m.group("date", "lvl"))
print(p.sub(r"\g<lvl>:\g<mod>", t), p.subn("x", t, count=1)[1], p.groups, p.groupindex["mod"], p.pattern[:10], p.flags)
print(re.split(r"[;,]\s*", "a; b,c"), re.split(r"(-)", "a-b"), re.findall(r"(\w)(\d)", "a1 b2"), re.match(r"x", "abc"), re.fullmatch(r"\d+", "12").span(), re.sub(r"(\d+)", lambda m: str(int(m[0]) * 2), "a1b22"), re.escape("a.b*c"))
print(re.sub(r"(?<=\d)(?=(\d{3})+$)", ",", "1234567"), re.findall(r"(?i)the\b", context), re.findall(r"^t.*$", context, re.M | re.I), re.search(r"(a)?(b)", "b").groups("none"), re.sub(r"\s+", " ", " a \n b ").strip())
print(re.findall(r"""
    (\d+)   # number
    \s*(%|EUR)
""", "5 % 7EUR", re.VERBOSE), re.compile("a", re.I), bool(re.match(r"(\w+) \1", "the the")), re.search(r"\bq\w*", context).group(), [m.span() for m in re.finditer("o", "foo")])
m = re.search(r"(\w+) (\w+)", "John Smith")
print(m.expand(r"\2, \1"), m.string, m.re.pattern, m.pos, m.endpos, m.lastindex, m.regs if hasattr(m, "regs") else None, m)
### regex: tokenizer with scanner loop
import re
from collections import namedtuple
Token = namedtuple("Token", "kind value col")
SPEC = [("NUM", r"\d+(\.\d*)?"), ("ID", r"[A-Za-z]\w*"), ("OP", r"[+\-*/()=]"), ("WS", r"\s+"), ("BAD", r".")]
RX = re.compile("|".join(f"(?P<{n}>{p})" for n, p in SPEC))
def tokens(s):
    for m in RX.finditer(s):
        k = m.lastgroup
        if k == "WS": continue
        if k == "BAD": raise SyntaxError(f"bad {m.group()!r} at {m.start()}")
        yield Token(k, float(m[0]) if k == "NUM" else m[0], m.start())
class Parser:
    def __init__(self, s): self.t = list(tokens(s)); self.i = 0
    def peek(self): return self.t[self.i].value if self.i < len(self.t) else None
    def take(self):
        v = self.peek(); self.i += 1
        return v
    def expr(self):
        v = self.term()
        while self.peek() in ("+", "-"):
            v = v + self.term() if self.take() == "+" else v - self.term()
        return v
    def term(self):
        v = self.atom()
        while self.peek() in ("*", "/"):
            v = v * self.atom() if self.take() == "*" else v / self.atom()
        return v
    def atom(self):
        if (t := self.take()) == "(":
            v = self.expr(); self.take()
            return v
        return -self.atom() if t == "-" else t
print(Parser("2 * (3 + 4) - 10 / 4").expr(), Parser("-3 + 5").expr(), list(tokens("x = 1"))[0])
try:
    list(tokens("a ? b"))
except SyntaxError as e:
    print(e)
### dates: arithmetic and formats
from datetime import date, datetime, timedelta, timezone, time
d = date(2024, 2, 28)
print(d + timedelta(days=2), (date(2024, 12, 25) - d).days, d.weekday(), d.isoweekday(), d.isocalendar(), d.isocalendar().week, d.replace(year=2023), d.strftime("%d.%m.%y %A %B %j %U"), date.fromisoformat("2024-01-05"), d.timetuple().tm_yday, d.ctime(), date.max, d.toordinal(), date.fromordinal(738000))
t = datetime(2024, 3, 10, 14, 5, 9, 123456)
print(t, t.isoformat(), t.isoformat(timespec="minutes"), t.date(), t.time(), t.strftime("%Y/%m/%d %H:%M:%S.%f %p %I"), datetime.strptime("05 Jan 2024 3:04 PM", "%d %b %Y %I:%M %p"), datetime.fromisoformat("2024-01-05T10:20:30+02:00"), t.replace(tzinfo=timezone.utc).timestamp(), datetime.fromtimestamp(0, timezone.utc))
td = timedelta(days=1, hours=2, minutes=30, seconds=5)
print(td, td.total_seconds(), td.days, td.seconds, td / 2, td // timedelta(hours=1), -td, abs(-td), timedelta(weeks=1), str(timedelta(seconds=3661)), td > timedelta(0), sum([td, td], timedelta()), timedelta(minutes=90) % timedelta(hours=1), repr(td))
tz = timezone(timedelta(hours=5, minutes=30), "IST")
u = datetime(2024, 1, 1, 12, tzinfo=tz)
print(u, u.astimezone(timezone.utc), u.utcoffset(), u.tzname(), datetime(2024, 1, 1, tzinfo=timezone.utc) < u, time(10, 30).isoformat(), datetime.combine(d, time(1, 2)), min(d, date(2023, 1, 1)), sorted([d, date(2020, 5, 5)]), f"{t:%d %b %Y}", "{:%H:%M}".format(t))
for bad in ("2024-13-01", "x"):
    try: datetime.strptime(bad, "%Y-%m-%d")
    except ValueError as e: print(e)
try: date(2023, 2, 29)
except ValueError as e: print(e)
try: datetime(2024, 1, 1) < datetime(2024, 1, 1, tzinfo=timezone.utc)
except TypeError as e: print(e)
### dates: calendar and zoneinfo
import calendar
from zoneinfo import ZoneInfo
from datetime import datetime, timedelta
print(calendar.monthrange(2024, 2), calendar.isleap(1900), calendar.month_name[3], calendar.day_abbr[0], list(calendar.month_abbr)[:3], calendar.month(2024, 2), calendar.TextCalendar(6).formatmonth(2023, 1), calendar.timegm((1970, 1, 2, 0, 0, 0)), sep="\n")
print(calendar.monthcalendar(2024, 6)[0], list(calendar.Calendar().itermonthdates(2024, 1))[0], calendar.weekday(2024, 1, 1), calendar.leapdays(2000, 2025))
z = datetime(2024, 7, 1, 12, tzinfo=ZoneInfo("America/New_York"))
print(z, z.tzname(), z.utcoffset(), z.astimezone(ZoneInfo("Asia/Tokyo")), z.dst(), str(z.tzinfo), ZoneInfo("UTC").key, datetime(2024, 3, 31, 1, 30, tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo("Europe/Berlin")), datetime(2024, 10, 27, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"), fold=1).utcoffset())
try:
    ZoneInfo("Mars/Base")
except Exception as e:
    print(type(e).__name__, e)
### dates: business days and grouping
from datetime import date, timedelta
from collections import defaultdict
def business_days(a, b): return sum(1 for i in range((b - a).days) if (a + timedelta(i)).weekday() < 5)
def add_months(d, n):
    y, m = divmod(d.month - 1 + n, 12)
    import calendar
    return date(d.year + y, m + 1, min(d.day, calendar.monthrange(d.year + y, m + 1)[1]))
print(business_days(date(2024, 1, 1), date(2024, 2, 1)), add_months(date(2024, 1, 31), 1), add_months(date(2024, 11, 30), 3))
g = defaultdict(list)
for s, v in [("2024-01-03", 5), ("2024-01-20", 7), ("2024-02-01", 1)]:
    g[date.fromisoformat(s).strftime("%Y-%m")].append(v)
print({k: sum(v) for k, v in g.items()}, (date(2024, 3, 1) - timedelta(days=1)).day, [d.isoformat() for d in (date(2024, 1, 1) + timedelta(days=7 * i) for i in range(3))])
### csv: reader, writer, dialects
import csv, io
text = 'name,qty,note\n"Smith, J",3,"said ""hi"""\nLee,,x\n'
rows = list(csv.reader(io.StringIO(text)))
print(rows)
print(list(csv.DictReader(text.splitlines())), next(csv.reader(["a;b;'c;d'"], delimiter=";", quotechar="'")))
out = io.StringIO()
w = csv.DictWriter(out, fieldnames=["a", "b"], extrasaction="ignore", restval="-", lineterminator="\n")
w.writeheader(); w.writerow({"a": 1, "c": 3}); w.writerows([{"a": "x,y", "b": None}])
print(out.getvalue())
try:
    csv.DictWriter(io.StringIO(), ["a"]).writerow({"z": 1})
except ValueError as e:
    print(e)
r = csv.DictReader(io.StringIO("a\tb\n1\t2\t3\n4\n"), delimiter="\t", restkey="more", restval="none")
print(r.fieldnames, [dict(x) for x in r], r.line_num)
d = csv.Sniffer().sniff("a;b\n1;2\n")
print(d.delimiter, csv.Sniffer().has_header("name,age\nann,30\nbob,25\n"), csv.list_dialects())
class Pipes(csv.Dialect):
    delimiter = "|"; quoting = csv.QUOTE_MINIMAL; quotechar = '"'; lineterminator = "\n"
b = io.StringIO(); csv.writer(b, Pipes).writerow(["a|b", 1, None, 2.5]); print(repr(b.getvalue()))
csv.register_dialect("semi", delimiter=";")
print(list(csv.reader(["1;2"], "semi")))
### json: encode and decode
import json
from datetime import date
from decimal import Decimal
from collections import OrderedDict
d = {"b": [1, 2.5, None, True], "a": {"é": "x\n"}, 3: "int key"}
print(json.dumps(d), json.dumps(d, ensure_ascii=False, sort_keys=False, indent=2), json.dumps(d, separators=(",", ":")), sep="\n")
print(json.loads('{"x": 1e3, "y": [1, {"z": null}]}'), json.loads("[1.10]", parse_float=Decimal), json.loads('{"a": 1, "a": 2}', object_pairs_hook=list), json.loads('{"k": {"v": 1}}', object_hook=lambda o: tuple(o.items())), json.loads(" 5 "), json.loads('"\\u00e9"'))
class E(json.JSONEncoder):
    def default(self, o):
        if isinstance(o, (date, set)):
            return o.isoformat() if isinstance(o, date) else sorted(o)
        return super().default(o)
print(json.dumps({"d": date(2024, 1, 1), "s": {3, 1}}, cls=E), json.dumps([Decimal("1.5")], default=str), json.dumps(float("nan")), json.dumps((1, 2)), json.dumps("a/b<>"))
for bad in ("{'a': 1}", '{"a": 1,}', "", "[1, 2", "nul"):
    try: json.loads(bad)
    except json.JSONDecodeError as e: print(e.msg, e.pos, e.lineno, e.colno)
for bad in ({1, 2}, object, {(1, 2): 3}):
    try: json.dumps(bad)
    except TypeError as e: print(e)
s = '{"a": 1} {"b": 2} tail'
dec, i = json.JSONDecoder(), 0
while i < len(s):
    try: o, i = dec.raw_decode(s, i)
    except ValueError: break
    print(o, i); i += 1
print([json.loads(l) for l in '{"n": 1}\n{"n": 2}'.splitlines()], json.dumps(OrderedDict(z=1, a=2)), json.dumps({"a": None}, indent=None), json.dumps([], indent=2), json.JSONEncoder(indent=1).encode([1]))
### json: flatten, merge and paths
import json
def flat(o, pre=""):
    if isinstance(o, dict):
        for k, v in o.items(): yield from flat(v, f"{pre}.{k}" if pre else k)
    elif isinstance(o, list):
        for i, v in enumerate(o): yield from flat(v, f"{pre}[{i}]")
    else: yield pre, o
def merge(a, b): return {k: merge(a[k], b[k]) if k in a and k in b and isinstance(a[k], dict) and isinstance(b[k], dict) else b.get(k, a.get(k)) for k in {**a, **b}}
o = json.loads('{"a": {"b": [1, {"c": 2}]}, "d": null}')
print(dict(flat(o)), merge(o, {"a": {"x": 1}, "e": 5}))
def get(o, path, default=None):
    for part in path.split("."):
        try: o = o[int(part)] if part.isdigit() else o[part]
        except (KeyError, IndexError, TypeError): return default
    return o
print(get(o, "a.b.1.c"), get(o, "a.q.z", "no"))
### library: decimal and fractions
from decimal import Decimal, ROUND_HALF_UP, ROUND_DOWN, getcontext, localcontext, InvalidOperation, DivisionByZero
from fractions import Fraction
print(Decimal("0.1") + Decimal("0.2"), Decimal("2.675").quantize(Decimal("0.01"), ROUND_HALF_UP), Decimal(1) / 3, Decimal("1e3"), Decimal("1.50").normalize(), Decimal("-1.5").copy_abs(), Decimal(0.1), Decimal("3.14").as_tuple(), Decimal("NaN").is_nan(), f"{Decimal('1234.5'):,.2f}", Decimal("1.10") == Decimal("1.1"), hash(Decimal(1)) == 1, int(Decimal("3.9")), Decimal("10").sqrt(), Decimal("7") % 3, divmod(Decimal(7), 2), Decimal("1.0").to_integral_value(), sum(map(Decimal, ["1.1", "2.2"])), max(Decimal(1), 2), round(Decimal("2.345"), 2), Decimal("1E+2").to_eng_string(), Decimal("5").compare(Decimal(6)))
with localcontext() as ctx:
    ctx.prec = 5
    print(Decimal(1) / 7)
print(getcontext().prec)
for bad in (lambda: Decimal("abc"), lambda: Decimal(1) / 0, lambda: Decimal(1) + 1.5):
    try: bad()
    except (InvalidOperation, DivisionByZero, TypeError) as e: print(type(e).__name__, e)
print(Fraction(3, 4) + Fraction(1, 6), Fraction("0.125"), Fraction(0.5), Fraction(7, 3).limit_denominator(2), Fraction(7, 3).numerator, float(Fraction(1, 3)), Fraction(9, 3), repr(Fraction(2, 4)), Fraction(1, 3) ** 2, Fraction(5, 2) // 1, round(Fraction(7, 2)), Fraction(1, 2) == 0.5, Fraction(-1, 2), Fraction.from_float(0.25), Fraction(3, 2).as_integer_ratio())
### library: statistics and math
import statistics as st, math
x = [2, 4, 4, 4, 5, 5, 7, 9]
print(st.mean(x), st.median(x), st.mode(x), st.pstdev(x), round(st.stdev(x), 4), st.variance(x), st.quantiles(x, n=4), st.median_low(x), st.multimode([1, 1, 2, 2]), st.harmonic_mean([40, 60]), round(st.geometric_mean([1, 9]), 6), st.fmean([1, 2]), st.linear_regression([1, 2, 3], [2, 4, 6]), round(st.correlation([1, 2, 3], [1, 2, 4]), 4), st.NormalDist(0, 1).cdf(0))
try: st.mean([])
except st.StatisticsError as e: print(e)
print(math.pi, math.sqrt(2), math.ceil(1.2), math.floor(-1.2), math.trunc(-1.7), math.factorial(10), math.comb(5, 2), math.perm(5, 2), math.gcd(12, 18, 8), math.lcm(4, 6), math.hypot(3, 4), math.log(8, 2), math.log10(1000), math.isclose(0.1 + 0.2, 0.3), math.prod([1, 2, 3]), math.fsum([0.1] * 10), math.dist((0, 0), (3, 4)), math.isqrt(17), math.degrees(math.pi), math.copysign(1, -0.0), math.inf > 1e308, math.isnan(math.nan), math.modf(1.5), math.frexp(8), round(math.atan2(1, 1), 4), math.cbrt(27))
for bad in (lambda: math.sqrt(-1), lambda: math.log(0), lambda: math.exp(1000), lambda: math.factorial(-1)):
    try: bad()
    except (ValueError, OverflowError) as e: print(e)
### library: heapq and bisect
import heapq, bisect, itertools
h = []
for p, t in [(3, "c"), (1, "a"), (2, "b")]: heapq.heappush(h, (p, t))
print([heapq.heappop(h) for _ in range(3)], heapq.nlargest(2, [1, 5, 3]), heapq.nsmallest(1, ["bb", "a"], key=len), list(heapq.merge([1, 4], [2, 3])))
x = [5, 3, 8]; heapq.heapify(x); print(x[0], heapq.heappushpop(x, 1), heapq.heapreplace(x, 9), sorted(x))
def dijkstra(g, s):
    dist, q, n = {s: 0}, [(0, s)], itertools.count()
    while q:
        d, u = heapq.heappop(q)
        if d > dist.get(u, float("inf")): continue
        for v, w in g.get(u, {}).items():
            if (nd := d + w) < dist.get(v, float("inf")):
                dist[v] = nd; heapq.heappush(q, (nd, v))
    return dist
print(dijkstra({"a": {"b": 1, "c": 4}, "b": {"c": 2, "d": 5}, "c": {"d": 1}}, "a"))
a = [1, 3, 3, 7]
print(bisect.bisect(a, 3), bisect.bisect_left(a, 3), bisect.insort(a, 4), a, bisect.bisect_left([("a", 1), ("b", 2)], "b", key=lambda r: r[0]), "FDCBA"[bisect.bisect([60, 70, 80, 90], 85)])
### collections: Counter arithmetic
from collections import Counter
a, b = Counter("abracadabra"), Counter(a=1, z=4)
print(a.most_common(2), a + b, a - b, a & b, a | b, +Counter(x=-1, y=2), a["q"], sum(a.values()), sorted(a.elements())[:4], a.total(), dict(a), list(a), "a" in a)
a.update("zzz"); a.subtract({"a": 2}); del a["b"]
print(a, a.most_common()[-1], Counter(a) == a, Counter(w.lower().strip(".") for w in context.split()).most_common(1), max(a, key=a.get), Counter({"x": 1}) <= Counter("xx"))
### collections: deque, ChainMap, defaultdict, OrderedDict
from collections import deque, ChainMap, defaultdict, OrderedDict
d = deque([1, 2, 3], maxlen=3)
d.append(4); d.appendleft(0); d.rotate(1); d.extendleft([9])
print(d, d.maxlen, d[0], d.pop(), d.popleft(), list(d), d.count(2), d.index(0) if 0 in d else None, deque("ab") + deque("c"), reversed(deque([1])).__next__())
c = ChainMap({"a": 1}, {"a": 2, "b": 3})
c["z"] = 9
print(c, c["a"], c["b"], dict(c), c.maps[0], c.new_child({"a": 0})["a"], c.parents)
t = lambda: defaultdict(t)
x = t(); x["a"]["b"] = 1
print(x["a"]["b"], len(x["q"]), defaultdict(int, a=1), defaultdict(lambda: "n")["k"], defaultdict(list).default_factory is list)
dd = defaultdict(lambda: [0, 0])
for k, v in [("a", 1), ("b", 2), ("a", 3)]:
    dd[k][0] += v; dd[k][1] += 1
print({k: s / n for k, (s, n) in dd.items()})
o = OrderedDict([("b", 1), ("a", 2)]); o.move_to_end("b"); print(o, o.popitem(last=False), list(reversed(OrderedDict(a=1, b=2))), OrderedDict(a=1, b=2) == OrderedDict(b=2, a=1))
### collections: UserDict, UserList, UserString
from collections import UserDict, UserList, UserString
class D(UserDict):
    def __setitem__(self, k, v): super().__setitem__(str(k).lower(), v)
d = D({"A": 1}, B=2); d[3] = 4
print(d, d.data, dict(d), "a" in d, isinstance(d, dict))
class L(UserList):
    def total(self): return sum(self)
    def append(self, x):
        if x < 0: raise ValueError("negative")
        super().append(x)
l = L([1, 2]); l.append(3); print(l, l.total(), l[1:], type(l[1:]).__name__, l + [9], sorted(l, reverse=True))
class S(UserString):
    def shout(self): return self.data.upper() + "!"
print(S("hi").shout(), S("hi") + " you", len(S("abc")), S("a,b").split(","))
### library: dicts and sets
d = {"b": 2, "a": 1}
d.update(c=3); d.setdefault("d", []).append(4)
print(d, d.pop("a"), d.pop("zz", None), d.popitem(), list(d.items()), d | {"x": 0}, {**d, "y": 1}, dict.fromkeys("ab", 0), {v: k for k, v in d.items()}, sorted(d), min(d, key=d.get), d.keys() & {"b"}, d.keys() - {"b"}, list(reversed(d)), len(d), d.get("q", "none"))
print({1, 2} | {3}, {1, 2} & {2}, {1, 2} - {2}, {1} ^ {2}, {1} < {1, 2}, {1}.isdisjoint({2}), frozenset("ab") == {"a", "b"}, len({*"hello"}), sorted({3, 1, 2}), set() == set([]), {x % 3 for x in range(9)}, {frozenset({1}): 1})
s = {1}; s.add(2); s.discard(9); s.update([3, 4]); s.remove(1); s |= {7}; s -= {2}
print(sorted(s), s.pop() in {3, 4, 7})
try:
    {}.popitem()
except KeyError as e: print(e)
try:
    for k in (e := {"a": 1}): e["b"] = 2
except RuntimeError as e: print(e)
inv = {}
for k, v in {"x": 1, "y": 2, "z": 1}.items(): inv.setdefault(v, []).append(k)
print(inv, dict(sorted({"b": 1, "a": 3}.items(), key=lambda i: -i[1])), {k: d2 for k, d2 in zip("ab", [1, 2])}, dict([("a", 1)], b=2), {"a": 1} == {"a": 1.0}, (lambda a, b: a + b)(**{"a": 1, "b": 2}))
### library: lists and slices
l = list(range(10))
l[2:5] = ["x"]; del l[-1]; l.insert(1, "i"); l.extend([7, 7]); l.remove(7)
print(l, l[::-2], l[-3:], l.index(8), l.count(7), l.copy() == l, [*l[:2], "mid", *l[-2:]], l[1:1], l[100:])
m = [[0] * 3 for _ in range(2)]; m[0][1] = 5
print(m, [list(r) for r in zip(*m)], [x for r in m for x in r], sum(m, []), [[i * j for j in range(3)] for i in range(3)], [r[:] for r in m], [1, 2] * 2, [1, [2]] == [1, [2]], [1, 2] < [1, 3])
a = [3, 1, 2]; b = sorted(a); a.sort(reverse=True); print(a, b, a.reverse(), a, a.pop(0), a.clear(), a, max([], default=0), sorted(["b", "A"], key=str.casefold), sorted([(1, "b"), (1, "a")]), list(map(int, "123")), sum(x > 1 for x in b), [i for i, x in enumerate(b) if x == 2], any(b), tuple(b), b and "yes" or "no")
a[:] = [1, 2]; a += (3,); x = y = []; x.append(1); print(a, y, x is y, a is not None, not a, 1 < 2 < 3, 1 < 3 > 2, (1,) + (2,), [1, 2, 3][-1], "a" if a else "b")
try: [1, 2][5]
except IndexError as e: print(e)
try: (1, 2)[0] = 3
except TypeError as e: print(e)
### io: StringIO loops
import io
f = io.StringIO("line one\nline two\n\nlast")
print(f.readline(), f.readlines(), f.seek(0), f.read(4), f.tell(), [l.rstrip("\n") for l in f])
with io.StringIO() as g:
    print("x", 1, file=g); g.write("y\n"); g.writelines(["a", "b"])
    print(repr(g.getvalue()), g.truncate(2), repr(g.getvalue()))
b = io.BytesIO(b"ab\ncd"); print(b.read(1), b.readline(), b.getvalue(), b.getbuffer().nbytes, list(io.BytesIO(b"1\n2")))
try: g.read()
except ValueError as e: print(e)
print(sum(1 for _ in io.StringIO(context)), next(io.StringIO(context)))
import sys
print("err", file=sys.stderr) if False else sys.stdout.write("w\n")
### library: urllib.parse, ipaddress, uuid
from urllib.parse import urlparse, parse_qs, urlencode, quote, unquote, urljoin, parse_qsl, urlsplit, urlunparse, quote_plus
u = urlparse("https://user:pw@ex.com:8080/a/b;p?q=1&q=2&r=%20x#frag")
print(u.scheme, u.netloc, u.hostname, u.port, u.path, u.query, u.fragment, u.username, parse_qs(u.query), parse_qsl("a=1&b=&c", keep_blank_values=True), u._replace(query="").geturl(), u)
print(urlencode({"a": "x y", "b": [1, 2]}, doseq=True), quote("a b/ü?"), unquote("%C3%BC+x"), quote_plus("a b"), urljoin("http://a/b/c", "../d"), urlunparse(("http", "h", "/p", "", "q=1", "")), urlsplit("//h/p").netloc)
import ipaddress, uuid
n = ipaddress.ip_network("192.168.1.0/28")
print(n.num_addresses, list(n.hosts())[0], ipaddress.ip_address("192.168.1.5") in n, n.netmask, n.broadcast_address, ipaddress.ip_address("::1").is_loopback, ipaddress.ip_address("10.0.0.1").is_private, int(ipaddress.ip_address("0.0.1.0")), [str(s) for s in n.subnets(new_prefix=30)][:2], ipaddress.ip_address("1.2.3.4") + 1, ipaddress.ip_network("10.0.0.5/24", strict=False), sorted(map(ipaddress.ip_address, ["10.0.0.10", "10.0.0.2"])))
try: ipaddress.ip_address("300.1.1.1")
except ValueError as e: print(e)
print(uuid.uuid5(uuid.NAMESPACE_DNS, "x.org"), uuid.UUID(int=5).hex, uuid.UUID("12345678123456781234567812345678").version, len(str(uuid.uuid4())))
### library: struct, array, base64, hashlib, zlib
import struct, array, base64, hashlib, zlib, binascii, hmac
b = struct.pack(">IHb", 1, 2, -3)
print(b, struct.unpack(">IHb", b), struct.calcsize("<qd"), list(struct.iter_unpack("<H", b"\x01\x00\x02\x00")), struct.Struct("!f").pack(1.5).hex())
a = array.array("i", [1, 2, 3]); a.append(4); a.extend([5]); print(a, sum(a), a.typecode, a[1:3], a.tolist(), a.itemsize, len(a.tobytes()), array.array("d", [0.5]))
print(base64.b64encode(b"hi?>"), base64.urlsafe_b64encode(b"hi?>"), base64.b64decode("aGk="), base64.b16encode(b"\xff"), binascii.hexlify(b"ab"), hashlib.sha256(b"x").hexdigest()[:16], hashlib.md5("é".encode()).hexdigest(), hashlib.new("sha1", b"a").digest_size, hmac.new(b"k", b"m", hashlib.sha256).hexdigest()[:8], hmac.new(b"k", b"m", "sha256").hexdigest()[:8], zlib.crc32(b"a"), zlib.decompress(zlib.compress(b"a" * 100))[:3], hashlib.sha256().name)
h = hashlib.sha1(); h.update(b"a"); h2 = h.copy(); h2.update(b"b"); print(h.hexdigest()[:6], h2.hexdigest()[:6])
try: struct.unpack("I", b"a")
except struct.error as e: print(e)
### library: logging to the output
import logging, io
buf = io.StringIO()
log = logging.getLogger("app")
log.setLevel(logging.DEBUG)
h = logging.StreamHandler(buf); h.setFormatter(logging.Formatter("%(levelname)s:%(name)s:%(message)s")); log.addHandler(h); log.propagate = False
log.debug("d %s", 1); log.warning("w %d%%", 5); log.error("e", extra={"q": 1})
try: 1 / 0
except ZeroDivisionError: log.exception("boom")
child = logging.getLogger("app.sub"); child.info("from %(x)s", {"x": "child"})
print(buf.getvalue().split("Traceback")[0], log.level, log.isEnabledFor(10), logging.getLevelName(30), child.parent.name, child.getEffectiveLevel())
log.removeHandler(h)
### library: warnings as errors
import warnings
with warnings.catch_warnings():
    warnings.simplefilter("error")
    try: warnings.warn("bad", UserWarning)
    except UserWarning as e: print("raised", e)
with warnings.catch_warnings(record=True) as w:
    warnings.simplefilter("always")
    def old(): warnings.warn("old() is deprecated", DeprecationWarning, stacklevel=2)
    old(); old()
    print(len(w), w[0].category is DeprecationWarning, w[-1].message.args)
### library: html.parser and html
from html.parser import HTMLParser
import html
class Links(HTMLParser):
    def __init__(self):
        super().__init__()
        self.links, self.text, self._in = [], [], 0
    def handle_starttag(self, tag, attrs):
        if tag == "a": self.links.append(dict(attrs).get("href"))
        if tag in ("script", "style"): self._in += 1
    def handle_endtag(self, tag):
        if tag in ("script", "style"): self._in -= 1
    def handle_data(self, data):
        if not self._in and data.strip(): self.text.append(data.strip())
    def handle_comment(self, d): self.text.append(f"<!{d}>")
p = Links()
p.feed("<p>Hi &amp; <a href='x.html' class=q>there</a><script>var a=1</script><br/><!-- c --></p>"); p.close()
print(p.links, p.text, html.escape("<a href='x'>"), html.unescape("&lt;&eacute;&#8364;&nbsp;"), p.getpos())
### library: xml.etree
import xml.etree.ElementTree as ET
r = ET.fromstring("<cat v='1'><b id='1'><t>A &amp; B</t><p>10</p></b><b id='2'><t>C</t><p>5.5</p></b><e/></cat>")
print(r.tag, r.attrib, [b.get("id") for b in r.findall("b")], r.find("b/t").text, r.findtext("b[@id='2']/t"), sum(float(p.text) for p in r.iter("p")), len(r), [c.tag for c in r], r.find("zz"), r[0][1].text, [b.attrib["id"] for b in r.findall(".//b[t='C']")])
e = ET.Element("root", n="1"); s = ET.SubElement(e, "kid"); s.text = "x<y"; s.set("k", "v"); s.tail = "t"
print(ET.tostring(e, encoding="unicode"), ET.tostring(e), e.find("kid").items(), list(e.itertext()))
ET.indent(r); print(ET.tostring(r, encoding="unicode")[:40])
for b in list(r):
    if b.get("id") == "1": r.remove(b)
print(len(r))
ns = ET.fromstring('<a xmlns:x="urn:q"><x:b>1</x:b></a>')
print(ns.find("x:b", {"x": "urn:q"}).text, ns[0].tag)
try: ET.fromstring("<a><b></a>")
except ET.ParseError as e: print(e, e.position)
import io
print([(ev, el.tag) for ev, el in ET.iterparse(io.StringIO("<a><b/></a>"), events=("start", "end"))], ET.parse(io.StringIO("<q/>")).getroot().tag)
### library: configparser
import configparser, io
c = configparser.ConfigParser()
c.read_string("""
[DEFAULT]
base = /srv
[db]
host = h1
port: 5432
path = %(base)s/data
debug = yes
list = a,
    b
""")
print(c.sections(), c["db"]["host"], c.getint("db", "port"), c["db"].getboolean("debug"), c["db"]["path"], c.get("db", "no", fallback="fb"), "db" in c, dict(c["db"]), c.has_option("db", "port"), c.items("db")[0], c["db"].get("zz", "d"))
c["new"] = {"a": "1"}; c.set("new", "b", "2"); c.remove_option("new", "a")
o = io.StringIO(); c.write(o); print(o.getvalue()[-30:])
for bad in (lambda: c["nope"], lambda: c.get("db", "nope"), lambda: configparser.ConfigParser().read_string("x=1")):
    try: bad()
    except (KeyError, configparser.Error) as e: print(type(e).__name__, e)
### library: argparse on lists
import argparse
p = argparse.ArgumentParser(prog="x", description="d")
p.add_argument("file"); p.add_argument("-n", "--num", type=int, default=3); p.add_argument("--flag", action="store_true"); p.add_argument("--xs", nargs="*", type=float)
a = p.parse_args(["f.txt", "-n", "5", "--xs", "1", "2.5"])
print(a.file, a.num, a.flag, a.xs, vars(a))
print(a)
### library: shlex, fnmatch, pathlib, os.path
import shlex, fnmatch
from pathlib import PurePosixPath, PurePath, PureWindowsPath
print(shlex.split("a 'b c' --x=\"d e\" # no", comments=True), shlex.quote("it's"), shlex.join(["a b", "c"]), fnmatch.fnmatch("a.txt", "*.txt"), fnmatch.filter(["a.py", "b.txt"], "*.py"))
p = PurePosixPath("/usr/lib/python3/x.tar.gz")
print(p.name, p.stem, p.suffix, p.suffixes, p.parent, p.parts, p / "y", p.with_suffix(".zip"), p.relative_to("/usr"), p.is_absolute(), p.match("*.gz"), list(p.parents)[-1], PureWindowsPath("C:\\a\\b.txt").drive, PurePath("a") / "b", p.with_name("q"), p.as_posix(), repr(p), p.joinpath("a", "b"), sorted([PurePosixPath("b"), PurePosixPath("a")]))
### library: os.path for texts
import os
print(os.path.join("a", "b", "c.txt"), os.path.basename("/x/y.txt"), os.path.dirname("/x/y.txt"), os.path.splitext("a.tar.gz"), os.path.split("/a/b"), os.path.normpath("a//b/../c"), os.path.isabs("/a"), os.sep, repr(os.linesep), os.path.commonprefix(["abc", "abd"]))
from os.path import basename, splitext
print(basename("q/r.s"), splitext("r.s")[1])
### library: pprint and reprlib
import pprint
d = {"name": "x" * 30, "list": list(range(20)), "nested": {"a": {"b": {"c": [1, 2, {"d": "e" * 40}]}}}, "t": (1,), "s": {3, 1}}
pprint.pprint(d, width=60); pprint.pp([1, "a"]); print(pprint.pformat({"b": 1, "a": 2}, sort_dicts=False), pprint.pformat(d, depth=1, compact=True))
from dataclasses import dataclass
@dataclass
class P: x: int; y: str
pprint.pprint([P(1, "a" * 50), P(2, "b" * 50)])
### copy: shallow and deep
import copy
a = {"x": [1, 2], "y": {"z": (3, [4])}}
b, c = copy.copy(a), copy.deepcopy(a)
a["x"].append(9); a["y"]["z"][1].append(5)
print(b, c, b["x"] is a["x"], c["x"] is a["x"])
class N:
    def __init__(self, v): self.v, self.kids, self.up = v, [], None
    def add(self, k): self.kids.append(k); k.up = self; return self
n = N(1).add(N(2).add(N(3)))
m = copy.deepcopy(n)
n.kids[0].v = 99
print(m.kids[0].v, m.kids[0].up is m, m.kids[0].kids[0].v, copy.copy(n).kids is n.kids)
print(copy.deepcopy([1, (2, [3])]), copy.copy({1, 2}), copy.deepcopy("s"), copy.deepcopy(None))
### library: secrets, random with seed
import random, secrets
random.seed(42)
print(random.random(), random.randint(1, 100), random.choice("abc"), random.sample(range(10), 3), random.shuffle(x := [1, 2, 3, 4]), x, random.uniform(1, 2), random.choices("ab", weights=[1, 9], k=5), random.gauss(0, 1), random.randrange(0, 10, 2))
r = random.Random(7); print(r.random(), r.choice([1, 2]), [r.randint(0, 9) for _ in range(5)], random.Random(7).random() == random.Random(7).random())
print(len(secrets.token_hex(8)), 0 <= secrets.randbelow(5) < 5, secrets.choice("a"), len(secrets.token_urlsafe(4)) > 3)
### library: operator module and sorting
from operator import (itemgetter, add, truth, contains, countOf, concat, mod, xor, lt, not_, index, floordiv, neg, is_, getitem, pow as power, matmul)
import functools
print(itemgetter("a")({"a": 1}), add(1, 2), truth([]), contains([1], 1), countOf("aab", "a"), concat([1], [2]), mod(7, 3), xor(5, 1), lt(1, 2), not_(1), index(True), floordiv(7, 2), neg(3), is_(None, None), getitem([1, 2], 1), power(2, 3), matmul.__name__)
people = [("Ann", 30), ("bob", 25), ("Cy", 30)]
print(sorted(people, key=lambda p: (-p[1], p[0].lower())), sorted(people, key=itemgetter(1), reverse=True), sorted(people, key=functools.cmp_to_key(lambda a, b: (a[1] > b[1]) - (a[1] < b[1]))), min(people, key=itemgetter(1)), sorted("a10 a9 b1".split(), key=lambda s: (s[0], int(s[1:]))), sorted([None, 3, 1], key=lambda x: (x is None, x)), sorted([True, False]), list(reversed(sorted([2, 1]))))
### contextlib: decorator classes and nested generators
from contextlib import contextmanager, ContextDecorator, AbstractContextManager, ExitStack
class track(ContextDecorator):
    def __init__(self, name="t"): self.name = name
    def __enter__(self): print("start", self.name); return self
    def __exit__(self, *exc): print("stop", self.name); return False
@track("deco")
def f(x): return x + 1
print(f(1))
class CM(AbstractContextManager):
    def __exit__(self, *a): print("bye")
with CM() as c: print(isinstance(c, CM))
@contextmanager
def managed():
    try: yield "v"
    except ValueError as e: print("handled", e)
    finally: print("cleanup")
with managed() as v: raise ValueError(v)
with ExitStack() as s:
    for i in range(2): s.push(lambda *e, i=i: print("pop", i, e[0]))
    s.pop_all().close()
### library: bytes and bit operations
b = b"hello"
print(b[0], b[1:3], b.hex(), list(b), b.upper(), b + b"!", b.find(b"l"), b.split(b"e"), bytes(3), bytearray([1, 2]), b.decode("ascii"), b"a" in b, b"%d" % 5, b.replace(b"l", b"L"), memoryview(b)[1:3].tobytes(), b.startswith(b"he"), int("ff", 16), bin(10), hex(255), oct(8), 5 & 3, 5 | 3, 5 ^ 3, ~5, 1 << 4, 256 >> 2, (255).bit_length(), bin(255).count("1"), (7).bit_count(), int.from_bytes(b, "big") % 97)
a = bytearray(b"abc"); a[0] = 120; a.append(100); a += b"e"; print(a, a.pop(), a.decode())
### library: walrus, chained comparison, star expressions
import re
if (n := len(context)) > 10 and (m := re.search(r"(\d+)", context)): print(n, m[1])
print([y := 1, y ** 2], [last := x for x in range(3)], last, any((hit := w).startswith("f") for w in context.split()), hit)
first, (second, *mid), *tail = 1, [2, 3, 4], 5, 6
print(first, second, mid, tail, *[1, 2], *(x for x in "ab"), [*range(2), *{"k": 1}], {**{"a": 1}, **{"a": 2}}, (*"ab", 1))
def f(*args, **kw): return args, kw
print(f(*[1], *(2,), **{"a": 1}, **{"b": 2}), 1 < 2 < 3 != 4, 3 > 2 >= 2, not 1 == 2, 1 if 0 else 2, (0 or "d") and "e", None or 0, [] == [], x if (x := 5) else 0)
i = 0
while (i := i + 1) < 3: print(i, end=" ")
else: print("done")
for a, (b, c) in [(1, (2, 3))]: print(a + b + c)
del a, b
print("a" in dir() , "a" in globals(), [k for k in ("c", "b") if k in globals()])
### library: comprehension families
print([x for x in range(20) if x % 2 if x % 3], [(i, j) for i in range(3) for j in range(i)], {w[0]: len(w) for w in context.split()[:4]}, {len(w) for w in "a bb cc".split()}, sum(x * x for x in range(5)), [[c for c in w] for w in ("ab", "c")], [x if x > 1 else -x for x in range(4)], dict((k, v) for k, v in [("a", 1)]), [f(2) for f in (lambda x: x + 1, str)], [*map(lambda t: t[0] * t[1], zip([1, 2], [3, 4]))], list(filter(lambda w: len(w) > 4, context.split()))[:2], [a for a, *_ in ["xyz", "pq"]], [(lambda n: n * k)(2) for k in range(3)], {k: [v for kk, v in [("a", 1), ("b", 2), ("a", 3)] if kk == k] for k in "ab"}, max((len(l), l) for l in context.splitlines())[0], next((w for w in context.split() if w.isupper()), None), any(c.isdigit() for c in context), [x for x in [1, None, 2] if x is not None], [i for i in range(3) for _ in range(i)], ["even" if n % 2 == 0 else "odd" for n in range(2)])
### numbers: int, float, complex, bool methods
print(int("0x1f", 16), int("101", 2), int(" 42 "), int("1_000"), float("1e-3"), float(" inf"), (0.5).as_integer_ratio(), (3.0).is_integer(), float.fromhex("0x1.8p1"), (1.5).hex(), complex("1+2j"), abs(3 + 4j), (1 + 2j).conjugate(), bool(""), bool([0]), True + True, isinstance(True, int), int(True), 5 .bit_length(), pow(3, -1, 7), pow(2, 10, 1000), divmod(7.5, 2), 1e308 * 10, -0.0, 0.1 + 0.2 == 0.3, sum([0.1] * 3), 3 / 2, 3 // 2, -3 % 5, 2 ** 0.5, 10 ** -2, 1 / 3, round(-1.5), round(0.5), 123456789 ** 2, 7.0 // 2, min(1, 2.0), max("a", "b"), hash(1) == hash(1.0), int(1e15), 1e15, 1e16, 123456.789e3, 5e-324, 1.7976931348623157e308)
### library: module attributes and dunder main
def main():
    print("main runs", __name__)
if __name__ == "__main__":
    main()
import math, sys
print(math.__name__, main.__module__, sys.version_info >= (3, 10), sys.maxsize > 2**32, sys.byteorder, type(sys.version).__name__, callable(main), main.__doc__, help is not None)
### library: ast.literal_eval and ast
import ast
print(ast.literal_eval("{'a': [1, 2.5, None, True, (3, 'x')]}"), ast.literal_eval("-5"))
for bad in ("a + 1", "__import__('os')", "[1, 2"):
    try: ast.literal_eval(bad)
    except (ValueError, SyntaxError) as e: print(type(e).__name__)
t = ast.parse("def f(x):\n    return x + 1\nclass A: pass\nimport os")
print([n.name for n in ast.walk(t) if isinstance(n, (ast.FunctionDef, ast.ClassDef))], ast.unparse(t.body[0]), [type(n).__name__ for n in t.body], ast.dump(ast.parse("1+2", mode="eval").body))
### library: graph algorithms
from collections import deque, defaultdict
g = defaultdict(set)
for a, b in [(1, 2), (2, 3), (3, 4), (5, 6)]: g[a].add(b); g[b].add(a)
def bfs(s, t):
    q, seen = deque([[s]]), {s}
    while q:
        path = q.popleft()
        if path[-1] == t: return path
        for n in sorted(g[path[-1]] - seen): seen.add(n); q.append([*path, n])
def comps():
    seen, out = set(), []
    for n in sorted(g):
        if n not in seen:
            st, c = [n], set()
            while st:
                x = st.pop()
                if x not in c: c.add(x); st.extend(g[x] - c)
            seen |= c; out.append(sorted(c))
    return out
print(bfs(1, 4), comps())
from graphlib import TopologicalSorter, CycleError
print(list(TopologicalSorter({"d": {"b", "c"}, "b": {"a"}, "c": {"a"}}).static_order())[0])
try: list(TopologicalSorter({"a": {"b"}, "b": {"a"}}).static_order())
except CycleError as e: print(e.args[0])
class UF:
    def __init__(self): self.p = {}
    def find(self, x):
        self.p.setdefault(x, x)
        while self.p[x] != x: self.p[x] = self.p[self.p[x]]; x = self.p[x]
        return x
    def union(self, a, b): self.p[self.find(a)] = self.find(b)
u = UF(); u.union(1, 2); u.union(2, 3); print(u.find(1) == u.find(3), u.find(9))
### library: dynamic programming and memo
from functools import lru_cache
def lev(a, b):
    prev = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        cur = [i]
        for j, y in enumerate(b, 1): cur.append(min(prev[j] + 1, cur[-1] + 1, prev[j - 1] + (x != y)))
        prev = cur
    return prev[-1]
@lru_cache(None)
def lcs(a, b): return "" if not a or not b else a[0] + lcs(a[1:], b[1:]) if a[0] == b[0] else max(lcs(a[1:], b), lcs(a, b[1:]), key=len)
def knap(items, cap):
    best = [0] * (cap + 1)
    for w, v in items:
        for c in range(cap, w - 1, -1): best[c] = max(best[c], best[c - w] + v)
    return best[cap]
print(lev("kitten", "sitting"), lcs("AGGTAB", "GXTXAYB"), knap([(1, 1), (3, 4), (4, 5)], 7))
### library: events and observer
from collections import defaultdict
from typing import Callable, Any
class Bus:
    def __init__(self) -> None: self._subs: dict[str, list[Callable[..., Any]]] = defaultdict(list)
    def on(self, name: str):
        def deco(fn): self._subs[name].append(fn); return fn
        return deco
    def emit(self, name, *a, **k): return [fn(*a, **k) for fn in self._subs[name]]
bus = Bus()
@bus.on("greet")
def hi(n): return f"hi {n}"
bus.on("greet")(str.upper)
print(bus.emit("greet", "ann"), bus.emit("none"), bus._subs.keys())
### library: state machine with enum and dict
from enum import Enum, auto
class S(Enum):
    IDLE = auto(); RUN = auto(); DONE = auto()
T = {(S.IDLE, "start"): S.RUN, (S.RUN, "stop"): S.DONE}
class M:
    def __init__(self): self.state, self.log = S.IDLE, []
    def fire(self, ev):
        try: new = T[self.state, ev]
        except KeyError: raise ValueError(f"no {ev} in {self.state.name}") from None
        self.log.append(f"{self.state.name}->{new.name}"); self.state = new
m = M(); m.fire("start"); m.fire("stop"); print(m.log, m.state)
try: m.fire("x")
except ValueError as e: print(e)
### library: text statistics of the context
import re, string
from collections import Counter
words = re.findall(r"[a-z']+", context.lower())
stop = {"the", "on", "over"}
freq = Counter(w for w in words if w not in stop)
print(freq.most_common(3), len(words), len(set(words)), sum(map(len, words)) / len(words), max(words, key=len), [w for w, c in freq.items() if c > 1])
sents = [s.strip() for s in re.split(r"(?<=[.!?])\s+", context) if s.strip()]
print(len(sents), sents[0], {i: l for i, l in enumerate(context.split("\n"), 1) if "fox" in l}, context.count("\n"), context.find("total"), context[context.index("total"):][:16])
amounts = [float(x.replace(",", "")) for x in re.findall(r"\d[\d,]*\.\d+", context)]
print(amounts, sum(amounts), f"{sum(amounts):,.2f}", re.findall(r"\d{4}-\d{2}-\d{2}", context))
tbl = str.maketrans("", "", string.punctuation)
print([w.translate(tbl) for w in context.split()[-6:]])
### library: threads and pools
from concurrent.futures import ThreadPoolExecutor, as_completed
def sq(x): return x * x
with ThreadPoolExecutor(max_workers=4) as ex:
    print(list(ex.map(sq, range(5))))
    fs = {ex.submit(sq, i): i for i in range(3)}
    print(sorted((fs[f], f.result()) for f in as_completed(fs)))
    bad = ex.submit(lambda: 1 / 0)
    print(type(bad.exception()).__name__, bad.done())
### library: threading lock and queue
import queue
q = queue.Queue()
for i in range(3): q.put(i)
out = []
while not q.empty(): out.append(q.get()); q.task_done()
print(out, q.qsize())
pq = queue.PriorityQueue(); pq.put((2, "b")); pq.put((1, "a")); print(pq.get())
### library: inspect signature
import inspect
def f(a, b: int = 2, *args, c, **kw) -> str: "Doc."
print(inspect.signature(f), list(inspect.signature(f).parameters), inspect.isfunction(f), inspect.isclass(int), inspect.getdoc(f))
### library: eval
x = 5
print(eval("x + 1"), eval("a * 2", {"a": 3}), eval("a + b", {"a": 1}, {"b": 2}), [eval(e) for e in ("1", "[1, 2]", "{'a': (1,)}")])
def f(y): return eval("y + x")
print(f(10), eval(" 3"), list(map(eval, ["1+1", "2*3"])))
for bad in ("1 +", "x = 3", "nope", "1/0"):
    try: eval(bad)
    except Exception as e: print(type(e).__name__, e)
d = {}
exec("z = 4\ndef g(): return z * 2", d)
print(d["z"], d["g"](), sorted(k for k in d if k[0] != "_"))
exec("for i in range(2): q = i")
print(q, i)
ns = {"v": 1}; exec("w = v + 1", {}, ns) if False else exec("w = v + 1", ns); print(ns["w"])
loc = {}; exec("k = 1; import math; r = math.pi", {}, loc); print(loc["k"], sorted(loc))
### library: exit
import sys
try: sys.exit(3)
except SystemExit as e: print(e.code, repr(e))
try: exit()
except SystemExit as e: print(e.code, repr(e))
def main(): return 0
try: sys.exit(main())
except SystemExit as e: print("code", e.code)
### library: argparse 2
import argparse, sys
p = argparse.ArgumentParser(prog="tool", description="A tool.")
p.add_argument("cmd", choices=["run", "stop"], help="what to do")
p.add_argument("-v", "--verbose", action="count", default=0)
p.add_argument("--tag", action="append"); p.add_argument("--level", type=float, required=False, metavar="L")
print(p.format_help())
print(p.parse_args("run -vv --tag a --tag b --level 2".split()))
k, rest = p.parse_known_args(["stop", "--zz", "1"]); print(k, rest)
try: p.parse_args(["fly"])
except SystemExit as e: print("exit", e.code)
sub = argparse.ArgumentParser(prog="q").add_subparsers(dest="c")
### library: inspect more
import inspect
class A:
    """A doc.
       More."""
    def __init__(self, x, *, y=1): self.x = x
    def m(self, a: int) -> str: return ""
    @staticmethod
    def s(b): pass
def g(): yield 1
async def co(): pass
print(inspect.signature(A), inspect.signature(A.m), inspect.signature(A(1).m), inspect.signature(lambda p, q=2: 0), inspect.getdoc(A), inspect.isgeneratorfunction(g), inspect.iscoroutinefunction(co), inspect.isgenerator(g()), inspect.isclass(A), inspect.ismethod(A(1).m))
sig = inspect.signature(A.m)
for n, p in sig.parameters.items(): print(n, p.kind, p.kind == inspect.Parameter.POSITIONAL_OR_KEYWORD, p.default is inspect.Parameter.empty, p.annotation, p)
b = inspect.signature(lambda a, b=2, *c, **d: 0).bind(1, 5, 6, z=1); b.apply_defaults(); print(b.arguments, b.args, b.kwargs, sig.return_annotation)
try: sig.bind()
except TypeError as e: print(e)
### library: threads more
import queue
from concurrent.futures import ThreadPoolExecutor, wait
q = queue.Queue(); [q.put(i) for i in range(3)]
while True:
    try: print(q.get_nowait(), end=" ")
    except queue.Empty: break
print(q.empty())
with ThreadPoolExecutor() as pool:
    fut = [pool.submit(pow, 2, n) for n in range(4)]
    done, rest = wait(fut)
    print(sorted(f.result() for f in done), len(rest), [f.result() for f in fut], list(pool.map(lambda a, b: a + b, [1, 2], [3, 4])))
### library: locale and os
import locale, os
print(locale.atof("1.5"), locale.atoi("12"), locale.format_string("%.2f", 1234.5, grouping=True), os.path.join("a", "../b"), os.path.relpath if False else os.path.commonpath(["/a/b", "/a/c"]))
### more: dynamic attributes and introspection
class A:
    x = 1
    def __init__(self): self.y = 2
    def m(self): pass
a = A()
for n in ("x", "y", "m", "zz"): print(n, hasattr(a, n), getattr(a, n, "default") if n != "m" else callable(getattr(a, n)))
setattr(a, "dyn", 5); delattr(a, "y")
print(vars(a), [n for n in dir(a) if not n.startswith("_")], a.__class__.__name__, type(a) is A, isinstance(a, object), A.__doc__, id(a) == id(a), hash(a) == hash(a))
A.m2 = lambda self, k: k + self.x
print(a.m2(3), A.m2(a, 1), a.m.__func__ is A.m, a.m.__self__ is a, a.m.__name__)
print(callable(A), issubclass(bool, int), isinstance(3, (str, int)), type(3) == int, type(None).__name__, type(lambda: 0).__name__, type(A.m).__name__, type(a.m).__name__, type(type).__name__, type(...).__name__, type(NotImplemented).__name__)
### more: interning of methods and bound callbacks
class B:
    def __init__(self): self.handlers = {n[3:]: getattr(self, n) for n in dir(self) if n.startswith("on_")}
    def on_a(self, v): return f"a{v}"
    def on_b(self, v): return f"b{v}"
b = B()
print([b.handlers[k](1) for k in sorted(b.handlers)])
f = "abc".upper
print(f(), list(map(str.strip, [" a ", "b "])), sorted(["b", "A"], key=str.lower), [m(" x ") for m in (str.lstrip, str.rstrip, str.strip)], "".join(map(chr, map(ord, "hi"))))
### more: money with decimal and total
from decimal import Decimal, ROUND_HALF_EVEN
from dataclasses import dataclass
@dataclass(frozen=True, order=True)
class Money:
    amount: Decimal
    currency: str = "EUR"
    def __post_init__(self):
        object.__setattr__(self, "amount", Decimal(self.amount).quantize(Decimal("0.01"), ROUND_HALF_EVEN))
    def __add__(self, o):
        if self.currency != o.currency: raise ValueError("currencies differ")
        return Money(self.amount + o.amount, self.currency)
    def __radd__(self, o): return self if o == 0 else self.__add__(o)
    def __str__(self): return f"{self.amount:,} {self.currency}"
    @classmethod
    def parse(cls, s): a, c = s.split(); return cls(Decimal(a.replace(",", "")), c)
print(sum([Money("1.005"), Money("2.675")]), Money.parse("1,234.5 USD"), max(Money(1), Money(2)), {Money(1): "one"}[Money(1)])
try: Money(1) + Money(1, "USD")
except ValueError as e: print(e)
### more: matrix class
class Matrix:
    def __init__(self, rows): self.rows = [list(r) for r in rows]
    @property
    def shape(self): return len(self.rows), len(self.rows[0])
    @property
    def T(self): return Matrix(zip(*self.rows))
    def __getitem__(self, ij):
        if isinstance(ij, tuple):
            i, j = ij
            return self.rows[i][j] if isinstance(j, int) else Matrix([self.rows[i][j]])
        return self.rows[ij]
    def __setitem__(self, ij, v): self.rows[ij[0]][ij[1]] = v
    def __matmul__(self, o): return Matrix([[sum(a * b for a, b in zip(r, c)) for c in zip(*o.rows)] for r in self.rows])
    def __eq__(self, o): return self.rows == o.rows
    def __repr__(self): return "\n".join(" ".join(f"{x:>3}" for x in r) for r in self.rows)
    def __iter__(self): return iter(self.rows)
    @staticmethod
    def eye(n): return Matrix([[int(i == j) for j in range(n)] for i in range(n)])
m = Matrix([[1, 2], [3, 4]])
m[0, 0] = 9
print(m @ Matrix.eye(2) == m, m.T, m.shape, m[1, 0:2], [sum(r) for r in m], sep="\n")
### more: visitor and double dispatch
class Num:
    def __init__(self, v): self.v = v
class Add:
    def __init__(self, l, r): self.l, self.r = l, r
class Visitor:
    def visit(self, n): return getattr(self, f"visit_{type(n).__name__}", self.generic)(n)
    def generic(self, n): raise NotImplementedError(type(n).__name__)
class Eval(Visitor):
    def visit_Num(self, n): return n.v
    def visit_Add(self, n): return self.visit(n.l) + self.visit(n.r)
class Show(Visitor):
    def visit_Num(self, n): return str(n.v)
    def visit_Add(self, n): return f"({self.visit(n.l)} + {self.visit(n.r)})"
t = Add(Num(1), Add(Num(2), Num(3)))
print(Eval().visit(t), Show().visit(t))
try: Eval().visit("x")
except NotImplementedError as e: print(repr(e))
### more: mixins and cooperative methods
class JsonMixin:
    def to_json(self):
        import json
        return json.dumps(self.__dict__, default=lambda o: getattr(o, "__dict__", str(o)), sort_keys=True)
class EqMixin:
    def __eq__(self, o): return type(self) is type(o) and self.__dict__ == o.__dict__
    def __ne__(self, o): return not self == o
class ReprMixin:
    def __repr__(self): return f"{self.__class__.__name__}({', '.join(f'{k}={v!r}' for k, v in self.__dict__.items())})"
class Pt(JsonMixin, EqMixin, ReprMixin):
    def __init__(self, x, y): self.x, self.y = x, y
class Seg(Pt):
    def __init__(self, a, b): self.a, self.b = a, b
print(Pt(1, 2), Pt(1, 2) == Pt(1, 2), Pt(1, 2) != Pt(2, 1), Seg(Pt(0, 0), Pt(1, 1)).to_json(), Seg(Pt(0, 0), 1))
### more: weak dictionaries of one's own, __contains__, __reversed__
class Ring:
    def __init__(self, items): self._items = list(items)
    def __getitem__(self, i):
        if isinstance(i, slice): return [self[j] for j in range(*i.indices(len(self)))]
        return self._items[i % len(self._items)]
    def __len__(self): return len(self._items)
    def __reversed__(self): return (self._items[i] for i in range(len(self) - 1, -1, -1))
    def __contains__(self, x): return x in self._items
    def __bool__(self): return True
    def __index__(self): return 2
    def __length_hint__(self): return 3
r = Ring("abc")
print(r[5], r[0:2], list(reversed(r)), "b" in r, bool(Ring("")), [10, 20, 30][r], hex(r), list(iter(Ring("xy")._items)), len(r), range(5)[r])
### more: class with async iterator and generator state
import asyncio
class Ticker:
    def __init__(self, n): self.n, self.seen = n, []
    async def __aiter__(self):
        for i in range(self.n):
            await asyncio.sleep(0)
            yield i
async def worker(name, q, out):
    while not q.empty():
        out.append((name, await q.get()))
        await asyncio.sleep(0)
async def main():
    print([i async for i in Ticker(3)])
    q = asyncio.Queue()
    for i in range(4): await q.put(i)
    out = []
    await asyncio.gather(worker("a", q, out), worker("b", q, out))
    print(sorted(x for _, x in out))
    sem = asyncio.Semaphore(2)
    async def limited(i):
        async with sem: return i * 10
    print(await asyncio.gather(*map(limited, range(3))))
    ev = asyncio.Event()
    async def waiter(): await ev.wait(); return "woken"
    t = asyncio.create_task(waiter()); await asyncio.sleep(0); ev.set(); print(await t)
    try: await asyncio.wait_for(asyncio.sleep(10), timeout=0.01)
    except asyncio.TimeoutError: print("timeout")
    t = asyncio.create_task(asyncio.sleep(5)); t.cancel()
    try: await t
    except asyncio.CancelledError: print("cancelled")
    async with asyncio.Lock(): print("locked")
asyncio.run(main())
### more: contextvars-free settings with nested context managers
from contextlib import contextmanager
settings = {"precision": 2}
@contextmanager
def override(**kw):
    old = {k: settings[k] for k in kw if k in settings}
    settings.update(kw)
    try: yield settings
    finally:
        for k in kw: settings.pop(k)
        settings.update(old)
with override(precision=5, debug=True) as s:
    print(s)
    with override(precision=9): print(settings["precision"])
print(settings)
### more: string building and report
data = {"alpha": [1.5, 2.25], "beta": [], "gamma": [10]}
lines = ["Report".center(30, "="), *(f"{k:<10}{len(v):>5}{(sum(v) / len(v) if v else float('nan')):>10.2f}" for k, v in data.items()), "=" * 30]
print("\n".join(lines))
print("{:<10}|{:>8}|{:^6}".format("name", "value", "n"), "%-10s|%8.2f|%6d" % ("a", 3.14159, 42), f"{'x':*>5}{'y':_<5}", f"{12345.678:>15,.1f}|{-5:+d}|{0.00012:.2e}|{1e6:g}", "a\\b", 'it''s', f"{'nested ' + f'{1 + 1}'}", f"{{literal}} {3!r:>4} {'a' 'b'}", sep="\n")
### more: dates in many formats parsed
from datetime import datetime
def parse(s):
    for fmt in ("%Y-%m-%d", "%d/%m/%Y", "%B %d, %Y", "%d %b %Y", "%Y%m%d", "%m-%d-%y", "%a %d %b %Y %H:%M"):
        try: return datetime.strptime(s, fmt)
        except ValueError: continue
    return None
for s in ("2024-01-05", "05/01/2024", "January 5, 2024", "5 Jan 2024", "20240105", "01-05-24", "Fri 05 Jan 2024 10:30", "soon"):
    print(s, "->", parse(s))
### more: roman, base conversion, primes, fibonacci
def roman(n):
    out = ""
    for v, s in zip((1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1), "M CM D CD C XC L XL X IX V IV I".split()):
        while n >= v: out, n = out + s, n - v
    return out
def base(n, b): return "0" if n == 0 else "".join("0123456789abcdef"[d] for d in (lambda f: f(f, n))(lambda f, n: [] if n == 0 else f(f, n // b) + [n % b]))
def sieve(n):
    p = bytearray([1]) * (n + 1); p[:2] = b"\0\0"
    for i in range(2, int(n ** .5) + 1):
        if p[i]: p[i * i::i] = bytes(len(p[i * i::i]))
    return [i for i, x in enumerate(p) if x]
def fib():
    a, b = 0, 1
    while True: yield a; a, b = b, a + b
from itertools import islice, takewhile
print(roman(1994), base(255, 16), base(10, 2), sieve(30), list(takewhile(lambda x: x < 50, fib())), [x for x in islice(fib(), 90, 91)])
### more: sparse and nested defaultdict with json
import json
from collections import defaultdict
nested = lambda: defaultdict(nested)
d = nested()
d["a"]["b"]["c"] = 1
d["a"]["x"] = [1, 2]
print(json.dumps(d, sort_keys=True), json.loads(json.dumps(d)))
groups = {}
for word in context.lower().replace(".", "").split(): groups.setdefault(len(word), set()).add(word)
print({k: sorted(v) for k, v in sorted(groups.items())})
### more: property-based dict of dataclasses and sorting by several keys
from dataclasses import dataclass, field
from operator import attrgetter
from itertools import groupby
@dataclass
class Emp:
    name: str
    dept: str
    pay: float = 0
    skills: list[str] = field(default_factory=list)
emps = [Emp("Zoe", "it", 5), Emp("Al", "hr", 3, ["x"]), Emp("Bo", "it", 7), Emp("Cy", "hr", 3)]
emps.sort(key=attrgetter("dept", "pay"), reverse=True)
print([e.name for e in emps])
for dept, es in groupby(sorted(emps, key=attrgetter("dept")), key=attrgetter("dept")):
    es = list(es)
    print(dept, len(es), sum(e.pay for e in es) / len(es), max(es, key=lambda e: (e.pay, e.name)).name)
print(emps[0], sorted(emps, key=lambda e: (-e.pay, e.name))[0], {e.dept: [x.name for x in emps if x.dept == e.dept] for e in emps})
### more: exceptions with __init__, context and re-raise
class ValidationError(ValueError):
    def __init__(self, field, message):
        self.field, self.message = field, message
        super().__init__(f"{field}: {message}")
def validate(d):
    errors = []
    for k, check in {"age": lambda v: v >= 0, "name": str.isalpha}.items():
        try:
            if not check(d[k]): raise ValidationError(k, f"bad value {d[k]!r}")
        except KeyError as e: errors.append(ValidationError(k, "missing"))
        except ValidationError as e: errors.append(e)
        except (TypeError, AttributeError) as e: errors.append(ValidationError(k, f"{type(e).__name__}: {e}"))
    return errors
for d in ({"age": 3, "name": "Al"}, {"age": -1}, {"age": "x", "name": "A1"}): print([str(e) for e in validate(d)])
def outer():
    try: raise ValidationError("f", "m")
    except ValidationError as e:
        print("log", e.field); raise
try: outer()
except ValueError as e: print(repr(e), e.args)
### more: typing generics at run time
from typing import Generic, TypeVar, Protocol, runtime_checkable, Iterator, Optional, Union, Callable, get_type_hints
from abc import abstractmethod
T = TypeVar("T")
class Repo(Protocol[T]):
    def get(self, key: str) -> Optional[T]: ...
@runtime_checkable
class Sized2(Protocol):
    size: int
    def grow(self, by: int = 1) -> None: ...
class Mem(Generic[T]):
    def __init__(self, items: dict[str, T] | None = None) -> None: self._d: dict[str, T] = items or {}
    def get(self, key: str) -> Optional[T]: return self._d.get(key)
    def __iter__(self) -> Iterator[T]: yield from self._d.values()
class Blob:
    size = 3
    def grow(self, by=1): self.size += by
m = Mem[int]({"a": 1})
print(m.get("a"), m.get("z"), list(m), isinstance(Blob(), Sized2), isinstance(3, Sized2), Mem[int], Union[int, str], Optional[T] if False else Optional[int], Callable[[int], str], TypeVar("Q"), get_type_hints(Mem.get)["key"])
class IntMem(Mem[int]):
    def total(self) -> int: return sum(self)
print(IntMem({"a": 2, "b": 3}).total(), IntMem.__mro__[1].__name__)
### more: functools.reduce pipelines and currying
from functools import reduce, partial
def curry(f, n=None):
    n = n or f.__code__.co_argcount if False else n
    def inner(*a): return f(*a) if len(a) >= n else lambda *b: inner(*a, *b)
    return inner
add3 = curry(lambda a, b, c: a + b + c, 3)
print(add3(1)(2)(3), add3(1, 2)(3))
pipe = lambda *fs: reduce(lambda f, g: lambda x: g(f(x)), fs)
print(pipe(str.strip, str.title, len)("  ab cd "), reduce(lambda acc, kv: {**acc, kv[0]: kv[1]}, [("a", 1)], {}), list(map(partial(round, ndigits=1), [1.26, 2.51])), partial(print, "p", sep="-")("q"))
### more: text adventure parsing with match and dataclass
from dataclasses import dataclass
@dataclass
class Move: direction: str
@dataclass
class Take: item: str; count: int = 1
def parse(cmd):
    match cmd.lower().split():
        case ["go" | "move", ("north" | "south") as d]: return Move(d)
        case ["take", n, item] if n.isdigit(): return Take(item, int(n))
        case ["take", item]: return Take(item)
        case []: return None
        case [verb, *_]: raise ValueError(f"unknown {verb}")
for c in ("go north", "take 3 coins", "take lamp", "", "fly away"):
    try: print(parse(c))
    except ValueError as e: print("error:", e)
match (1, {"k": [1, 2, {"z": 3}]}):
    case (int(x), {"k": [_, *_, {"z": z}]}) if x < z: print("deep", x, z)
### more: enum with auto values by name and aliases
from enum import Enum, IntEnum, Flag, auto, unique
class Weekday(str, Enum):
    MON = "mon"; TUE = "tue"
    def next(self): m = list(type(self)); return m[(m.index(self) + 1) % len(m)]
class Auto(Enum):
    def _generate_next_value_(name, start, count, last): return name.lower()
    A = auto(); B = auto()
class Level(IntEnum):
    LOW = 1; HIGH = 5
    @classmethod
    def parse(cls, s): return cls[s.upper()]
    @property
    def label(self): return self.name.capitalize()
print(Weekday.MON == "mon", Weekday.MON.next(), Weekday("tue").value, [a.value for a in Auto], Level.parse("high"), Level.LOW.label, sorted(Level, reverse=True), Level.HIGH > 3, Level(5) is Level.HIGH, "x".join(Weekday), {Level.LOW: 1}[1], Weekday.MON.upper(), hash(Weekday.MON) == hash("mon") or True, isinstance(Level.LOW, int), Level.LOW.__class__.__name__, [m for m in Weekday.__members__])
for L in Level: print(L.name, L.value, f"{L:d}", end=";")
### more: globals, locals and dynamic names
a, b = 1, 2
def f(x):
    y = x + 1
    return sorted(locals().items()), "a" in globals()
print(f(3), "f" in globals(), {k: v for k, v in globals().items() if k in ("a", "b")}, "{a}-{b}".format(**globals()), "%(a)s" % globals())
globals()["dyn"] = 7
print(dyn)
class K: n = 1; m = [n for _ in range(2)] if False else [1]
print(K.m, [name for name in vars(K) if not name.startswith("__")])
### more: html table and csv to markdown
import csv, io, html, re
rows = list(csv.reader(io.StringIO("a,b\n1,<x>\n2,y & z\n")))
head, *body = rows
print("| " + " | ".join(head) + " |\n|" + "---|" * len(head) + "\n" + "\n".join("| " + " | ".join(r) + " |" for r in body))
doc = "<table>" + "".join("<tr>" + "".join(f"<td>{html.escape(c)}</td>" for c in r) + "</tr>" for r in rows) + "</table>"
print(doc, [html.unescape(c) for c in re.findall(r"<td>(.*?)</td>", doc)])
from html.parser import HTMLParser
class T(HTMLParser):
    def __init__(self): super().__init__(convert_charrefs=True); self.rows, self.cell = [], None
    def handle_starttag(self, t, a):
        if t == "tr": self.rows.append([])
        if t == "td": self.cell = ""
    def handle_data(self, d):
        if self.cell is not None: self.cell += d
    def handle_endtag(self, t):
        if t == "td": self.rows[-1].append(self.cell); self.cell = None
p = T(); p.feed(doc); print(p.rows == rows)
### more: warnings categories and formatted text
import warnings
class MyWarning(UserWarning): pass
with warnings.catch_warnings(record=True) as w:
    warnings.simplefilter("always")
    warnings.warn("m1", MyWarning); warnings.warn(MyWarning("m2"))
    warnings.filterwarnings("ignore", message="m3.*"); warnings.warn("m3 x")
print(len(w), [type(x.message).__name__ for x in w], issubclass(w[0].category, UserWarning))
try:
    with warnings.catch_warnings():
        warnings.simplefilter("error", MyWarning)
        warnings.warn("as error", MyWarning)
except MyWarning as e: print("caught", e)
### more: time, sleep and performance
import time
from datetime import datetime, timezone
t0 = time.perf_counter(); time.sleep(0.01); print(time.perf_counter() - t0 >= 0.01, time.monotonic() <= time.monotonic(), time.strftime("%Y", time.gmtime(0)), time.gmtime(86400).tm_mday, time.strptime("2024-02-03", "%Y-%m-%d")[:3], time.mktime(time.gmtime(0)) == 0.0 or True, type(time.time()).__name__, datetime.fromtimestamp(0, tz=timezone.utc).isoformat(), datetime.now() <= datetime.now(), time.struct_time((2024, 1, 1, 0, 0, 0, 0, 1, 0)).tm_year, time.asctime(time.gmtime(0)))
### more: numeric algorithms
import math
from fractions import Fraction
def newton(f, df, x, eps=1e-12):
    while abs(f(x)) > eps: x -= f(x) / df(x)
    return x
def integrate(f, a, b, n=1000): h = (b - a) / n; return h * (f(a) / 2 + sum(f(a + i * h) for i in range(1, n)) + f(b) / 2)
def det(m): return m[0][0] if len(m) == 1 else sum((-1) ** j * m[0][j] * det([r[:j] + r[j + 1:] for r in m[1:]]) for j in range(len(m)))
def egcd(a, b): return (a, 1, 0) if b == 0 else (lambda g, x, y: (g, y, x - a // b * y))(*egcd(b, a % b))
print(round(newton(lambda x: x * x - 2, lambda x: 2 * x, 1), 9), round(integrate(math.sin, 0, math.pi), 4), det([[2, 0, 1], [1, 3, 2], [1, 1, 4]]), egcd(240, 46), sum(Fraction(1, n) for n in range(1, 6)), [f"{math.e:.{k}f}" for k in range(4)], sum(1 / math.factorial(n) for n in range(20)) == math.e or "near", statistics.mean([1, 2]) if "statistics" in globals() else "no")
### more: stack traces with traceback
import traceback, sys, io
def a(): b()
def b(): raise ValueError("deep")
try: a()
except ValueError as e:
    s = traceback.format_exc()
    print(s.startswith("Traceback (most recent call last):"), "in a" in s, "in b" in s, s.strip().endswith("ValueError: deep"))
    buf = io.StringIO(); traceback.print_exc(file=buf); print(buf.getvalue().count("File"))
    print(sys.exc_info()[0].__name__, e.__traceback__ is not None, traceback.format_exception_only(e)[-1].strip())
### more: metaprogramming with __set_name__, descriptors and validation
class Field:
    def __init__(self, kind, default=None): self.kind, self.default = kind, default
    def __set_name__(self, owner, name):
        self.name = name
        owner.__dict__.get("_fields", None)
    def __get__(self, obj, cls): return self if obj is None else obj.__dict__.get(self.name, self.default)
    def __set__(self, obj, v):
        if not isinstance(v, self.kind): raise TypeError(f"{self.name}: expected {self.kind.__name__}, got {type(v).__name__}")
        obj.__dict__[self.name] = v
class Model:
    def __init_subclass__(cls):
        cls.fields = [n for n, v in vars(cls).items() if isinstance(v, Field)]
    def __init__(self, **kw):
        for k, v in kw.items(): setattr(self, k, v)
    def __repr__(self): return f"{type(self).__name__}({', '.join(f'{f}={getattr(self, f)!r}' for f in self.fields)})"
class User(Model):
    name = Field(str); age = Field(int, 18)
print(User(name="A"), User.fields, User(name="B", age=3).__dict__, User.name.kind)
try: User(age="x")
except TypeError as e: print(e)
### more: counting sort, quicksort, merge sort, binary search, permutations
def quick(x): return x if len(x) < 2 else quick([y for y in x[1:] if y < x[0]]) + [x[0]] + quick([y for y in x[1:] if y >= x[0]])
def merge_sort(x):
    if len(x) < 2: return x
    m = len(x) // 2; l, r = merge_sort(x[:m]), merge_sort(x[m:]); out = []
    while l and r: out.append((l if l[0] <= r[0] else r).pop(0))
    return out + l + r
def bsearch(x, t):
    lo, hi = 0, len(x)
    while lo < hi:
        mid = (lo + hi) // 2
        if x[mid] < t: lo = mid + 1
        else: hi = mid
    return lo if lo < len(x) and x[lo] == t else -1
d = [5, 2, 9, 1, 5, 6]
print(quick(d), merge_sort(d), bsearch(sorted(d), 6), bsearch(d, 100), sorted(d, key=lambda v: (v % 2, v)), [*zip(*[iter(d)] * 2)], d[::2], sorted(range(len(d)), key=d.__getitem__))
def solve(n, row=0, cols=frozenset(), d1=frozenset(), d2=frozenset()):
    return 1 if row == n else sum(solve(n, row + 1, cols | {c}, d1 | {row + c}, d2 | {row - c}) for c in range(n) if c not in cols and row + c not in d1 and row - c not in d2)
print(solve(5))
### late imports: what the library imports when it is called first
from email.utils import formataddr
from random import Random
from typing import Generic, TypeVar
T = TypeVar("T")
class Box(Generic[T]):
    def __init__(self, item: T) -> None: self.item = item
print(Box[int](3).item, list[T][int], 10 ** 8000 // 10 ** 7998, divmod(7 ** 9000, 3 ** 6400)[1] % 1009)
print("\u00e9 \u2603".encode("ascii", "namereplace"), formataddr(("\u00e9", "a@b.c")), Random("seed").randint(1, 9) in range(1, 10))
### annotations: a class of fields, each in its place
from dataclasses import dataclass, fields
from typing import ClassVar, NamedTuple, TypedDict
@dataclass(slots=True, order=True)
class Item:
    """A thing."""
    price: float
    name: str = "x"
    if True:
        tags: list[str] | None = None
    count: ClassVar[int] = 3
    (loose): int = 4
    __secret: int = 5
    def total(self, n: int = 2) -> float: return self.price * n
class Point(NamedTuple):
    x: int
    y: "int" = 0
class Movie(TypedDict, total=False):
    title: str
class Plain:
    for_all: int
    size: int = 1
print(Item(2.0), Item(2.0).total(), [f.name for f in fields(Item)], Item.__doc__, Item.count, Item.loose, Item(1.0) < Item(2.0))
print(Point(1), Point._field_defaults, Movie(title="a"), list(Plain.__annotations__), list(Movie.__annotations__), list(Point.__annotations__))
print(list(Item.__annotations__), Item.total.__annotations__)
### annotations: copy.replace asks the class
import copy
from dataclasses import dataclass
@dataclass
class Unit:
    x: int
    def __replace__(self, **changes): return ("replaced", changes)
print(copy.replace(Unit(1), x=2) if hasattr(copy, "replace") else ("replaced", {"x": 2}))
### attributes: names of Python's with a default
from functools import partial
import datetime, decimal
print(getattr(partial(len), "__name__", "no name"), getattr(5, "__dict__", None), getattr(len, "__wrapped__", len) is len)
print([getattr(v, "__dict__", "plain") for v in (1, decimal.Decimal(2), datetime.date(2024, 1, 1))], getattr(3, "__len__", None))
### attributes: what can be called, gone through and counted
import csv, io
def flat(value):
    return [y for x in value for y in flat(x)] if hasattr(value, "__iter__") and not isinstance(value, str) else [value]
print(flat([1, {"b": 2}.values(), {"c": 1}.items()]), hasattr({}.keys(), "__len__"), hasattr(csv.reader([""]), "__next__"))
print([name for name, value in {"a": len, "b": lambda x: x, "c": int, "d": 5}.items() if hasattr(value, "__call__")], (lambda: 5).__call__())
from collections import OrderedDict
o = OrderedDict(); OrderedDict.__setitem__(o, "a", 1); o.__setitem__("b", 2); print(o)
### attributes: those of a method's function
class Rules:
    def first(self): return 1
    first._weight = 3
    def second(self): return 2
    @classmethod
    def third(cls): return 3
    third.__func__._weight = 4
rules = Rules()
print([(n, getattr(getattr(rules, n), "_weight", 0)) for n in ("first", "second", "third")], hasattr(rules.first, "_weight"))
### output: each stream goes its way
import io, sys
from contextlib import redirect_stderr, redirect_stdout
o, e = io.StringIO(), io.StringIO()
with redirect_stdout(o), redirect_stderr(e):
    print("out")
    print("err", file=sys.stderr)
print(repr(o.getvalue()), repr(e.getvalue()))
with redirect_stderr(io.StringIO()): print("visible")
with redirect_stdout(sys.stdout): print("as before")
class Tee:
    def __init__(self, *files): self.files = files
    def write(self, text):
        for file in self.files: file.write(text)
    def flush(self): pass
copy = io.StringIO()
with redirect_stdout(Tee(sys.stdout, copy)): print("twice")
print(repr(copy.getvalue()))
### output: fields that are numbered by themselves
import datetime
print("{.year} {[a]} {}".format(datetime.date(2020, 1, 2), {"a": 5}, 7), "{:{}}|".format("x", 5), "{0} {1.real}".format(1, 2))
for form in ("{} {0}", "{0} {}", "{.real} {0}"):
    try: print(form.format(1))
    except ValueError as error: print(error)
try: print("a", seperator="-")
except TypeError as error: print(error)
### annotations: texts keep their text
from __future__ import annotations
from dataclasses import dataclass, fields, field
from typing import get_type_hints
@dataclass
class Node:
    value: int
    kids: list[Node] = field(default_factory=list)
CAST = {"int": int, "list[Node]": list}
print([f.type for f in fields(Node)], [CAST[f.type] for f in fields(Node)])
### annotations: texts are checked as what they mean
from functools import singledispatch
from typing import get_type_hints
def checked(function):
    hints = get_type_hints(function)
    def wrapper(**given):
        for name, value in given.items():
            if not isinstance(value, hints[name]):
                raise TypeError(f"{name} must be {hints[name].__name__}")
        return function(**given)
    return wrapper
@checked
def greet(name: "str", count: int): return name * count
print(greet(name="a", count=2))
try: greet(name=5, count=1)
except TypeError as error: print(error)
@singledispatch
def show(x): return "other"
@show.register
def _(x: "int"): return "int"
print(show(3), show("a"))
### containers: user's own
from collections import UserDict, UserList
d, l = UserDict(), UserList([1])
d["a"] = 1; l[0] = 5; l += [6]; del d["a"]
print(d, l)
### modules: what a module says of itself
__version__ = "1.0"
__all__ = ["f"]
print(__version__, __all__)
import tomllib
print(tomllib.loads('[a]\nb = 1\nc = "x"'))
'''

PROGRAMS = parsed(_SNIPPETS)
