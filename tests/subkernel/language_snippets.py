"""Ordinary Python in the style of models, by family: the language and the modules that work on classes and functions.

Each snippet begins with a line `### family: name`. `context` is TEXT of `ordinary_snippets`.
"""
# ruff: noqa: E501  a line is as long as it is

from __future__ import annotations

_SNIPPETS = r'''
### classes: instance dict
class A:
    def __init__(self, **kw):
        self.__dict__.update(kw)
a = A(x=1, _y=2)
a.z = 3
print(a.__dict__, vars(a), sorted(a.__dict__), a._y, "x" in a.__dict__)
### classes: update own attributes
class Config:
    def __init__(self): self.a, self.b = 1, 2
    def set(self, **kw):
        for k, v in kw.items():
            setattr(self, k, v)
        return self
c = Config().set(b=5, _hidden=7)
print({k: v for k, v in vars(c).items() if not k.startswith("_")}, c._hidden)
### classes: private names of parent and child
class A:
    def __init__(self): self.__v = "A"
    def get(self): return self.__v
class B(A):
    def __init__(self):
        super().__init__()
        self.__v = "B"
    def mine(self): return self.__v
b = B()
print(b.get(), b.mine(), vars(b), b._A__v)
### classes: private methods
class Base:
    def run(self): return self.__step()
    def __step(self): return "base"
class Kid(Base):
    def __step(self): return "kid"
print(Kid().run(), hasattr(Kid(), "_Base__step"), [n for n in dir(Kid()) if "step" in n])
### classes: slots
class P:
    __slots__ = ("x", "_y")
    def __init__(self, x): self.x, self._y = x, 2
p = P(1)
try:
    p.z = 1
except AttributeError as e:
    print("no z")
print(p.x + p._y, hasattr(p, "__dict__"), P.__slots__)
### classes: singleton by new
class One:
    _it = None
    def __new__(cls, *args):
        if cls._it is None:
            cls._it = super().__new__(cls)
        return cls._it
print(One() is One(), isinstance(One(), One))
### classes: immutable by new
class Celsius(float):
    def __new__(cls, value):
        return super().__new__(cls, round(value, 1))
    @property
    def fahrenheit(self): return self * 9 / 5 + 32
print(Celsius(20.04), Celsius(20.0).fahrenheit, Celsius(1) + 1)
### classes: getattr
class Bag:
    def __init__(self, d): self._d = d
    def __getattr__(self, name):
        try:
            return self._d[name]
        except KeyError:
            raise AttributeError(name) from None
b = Bag({"a": 1})
print(b.a, getattr(b, "z", "none"), hasattr(b, "q"))
### classes: setattr
class Typed:
    def __setattr__(self, name, value):
        if not isinstance(value, int):
            raise TypeError(f"{name} must be int")
        super().__setattr__(name, value)
t = Typed()
t.x = 1
try:
    t.y = "a"
except TypeError as e:
    print(e, t.x)
### classes: setattr by object
class F:
    def __init__(self, x): object.__setattr__(self, "x", x)
    def __setattr__(self, name, value): raise AttributeError("frozen")
f = F(3)
try:
    f.x = 4
except AttributeError as e:
    print(f.x, e)
### classes: delattr
class A:
    def __init__(self): self.x = 1
a = A()
del a.x
print(hasattr(a, "x"))
a.y = 2
delattr(a, "y")
print(vars(a))
### classes: descriptors
class Positive:
    def __set_name__(self, owner, name): self.name = "_" + name
    def __get__(self, obj, owner=None):
        return self if obj is None else getattr(obj, self.name, 0)
    def __set__(self, obj, value):
        if value < 0: raise ValueError("negative")
        setattr(obj, self.name, value)
class Account:
    balance = Positive()
a = Account()
a.balance = 5
try:
    a.balance = -1
except ValueError as e:
    print(a.balance, e, vars(a))
### classes: init_subclass registry
class Plugin:
    registry = {}
    def __init_subclass__(cls, key=None, **kw):
        super().__init_subclass__(**kw)
        cls.registry[key or cls.__name__.lower()] = cls
        cls.tag = "plugin"
class A(Plugin): pass
class B(Plugin, key="bee"): pass
print(sorted(Plugin.registry), B.tag, [c.__name__ for c in Plugin.__subclasses__()])
### classes: class_getitem
class Box:
    def __class_getitem__(cls, item): return f"{cls.__name__}[{item.__name__}]"
print(Box[int])
### classes: mro and bases
class A: pass
class B(A): pass
class C(A): pass
class D(B, C): pass
print([c.__name__ for c in D.__mro__], D.__bases__, D.__base__.__name__, [c.__name__ for c in D.mro()])
### classes: cooperative super
class A:
    def __init__(self, **kw): self.log = ["A"]; super().__init__()
class B(A):
    def __init__(self, b=0, **kw): super().__init__(**kw); self.log.append(f"B{b}")
class C(A):
    def __init__(self, c=0, **kw): super().__init__(**kw); self.log.append(f"C{c}")
class D(B, C):
    def __init__(self, **kw): super().__init__(**kw); self.log.append("D")
print(D(b=1, c=2).log)
### classes: parent called by its name
class A:
    def __init__(self, x): self.x = x
    def show(self): return f"A{self.x}"
class B(A):
    def __init__(self, x, y):
        A.__init__(self, x)
        self.y = y
    def show(self): return A.show(self) + f"B{self.y}"
print(B(1, 2).show())
### classes: properties
class T:
    def __init__(self): self._c = 0
    @property
    def c(self): "celsius"; return self._c
    @c.setter
    def c(self, v): self._c = v
    @c.deleter
    def c(self): self._c = None
t = T()
t.c = 5
print(t.c)
del t.c
print(t.c)
### classes: static and class methods
class Date:
    fmt = "%Y"
    def __init__(self, y): self.y = y
    @classmethod
    def parse(cls, text): return cls(int(text))
    @staticmethod
    def valid(text): return text.isdigit()
class Kid(Date): pass
print(type(Kid.parse("2024")).__name__, Date.valid("x"), Kid.parse.__name__, Date.valid.__name__)
### classes: arithmetic
class V:
    def __init__(self, x, y): self.x, self.y = x, y
    def __add__(self, o): return V(self.x + o.x, self.y + o.y)
    def __sub__(self, o): return V(self.x - o.x, self.y - o.y)
    def __mul__(self, k): return V(self.x * k, self.y * k)
    __rmul__ = __mul__
    def __neg__(self): return self * -1
    def __abs__(self): return (self.x ** 2 + self.y ** 2) ** 0.5
    def __eq__(self, o): return (self.x, self.y) == (o.x, o.y)
    def __hash__(self): return hash((self.x, self.y))
    def __repr__(self): return f"V({self.x}, {self.y})"
    def __bool__(self): return bool(self.x or self.y)
    def __iter__(self): return iter((self.x, self.y))
    def __getitem__(self, i): return (self.x, self.y)[i]
    def __len__(self): return 2
    def __contains__(self, v): return v in (self.x, self.y)
    def __iadd__(self, o): self.x += o.x; return self
v = V(3, 4)
print(v + V(1, 1), 2 * v, -v, abs(v), v == V(3, 4), len({v, V(3, 4)}), bool(V(0, 0)), list(v), v[0], len(v), 4 in v)
v += V(1, 0)
x, y = v
print(v, x, y, sum([V(1, 1), V(2, 2)], V(0, 0)))
### classes: ordering
from functools import total_ordering
@total_ordering
class Version:
    def __init__(self, text): self.parts = tuple(map(int, text.split(".")))
    def __eq__(self, o): return self.parts == o.parts
    def __lt__(self, o): return self.parts < o.parts
    def __repr__(self): return ".".join(map(str, self.parts))
print(sorted([Version("1.10"), Version("1.9")]), max(Version("1.0"), Version("0.9")), Version("1.0") >= Version("1.0"))
### classes: callable and context manager
class Timer:
    def __init__(self): self.calls = 0
    def __call__(self, f):
        def inner(*a, **k):
            self.calls += 1
            return f(*a, **k)
        return inner
    def __enter__(self): print("enter"); return self
    def __exit__(self, kind, error, trace):
        print("exit", kind.__name__ if kind else None, error)
        return kind is ValueError
t = Timer()
@t
def f(x): return x + 1
print(f(1), f(2), t.calls)
with t as same:
    print(same is t)
    raise ValueError("x")
### classes: dict subclass
class D(dict):
    def __missing__(self, key): self[key] = []; return self[key]
    def __getattr__(self, name):
        if name in self: return self[name]
        raise AttributeError(name)
    __setattr__ = dict.__setitem__
d = D(a=1)
d["b"].append(2)
d.c = 3
print(d, d.a, d.c, isinstance(d, dict), {**d}, D.__name__)
### classes: list subclass
class Stack(list):
    def push(self, x): self.append(x); return self
    def peek(self): return self[-1]
    def __repr__(self): return f"Stack({super().__repr__()})"
s = Stack([1]).push(2)
print(s, s.peek(), len(s), s[::-1], s == [1, 2], sorted(s, reverse=True))
### classes: str subclass
class Name(str):
    def initials(self): return "".join(part[0] for part in self.split())
n = Name("ada lovelace")
print(n.initials(), n.title(), n.upper().split(), f"{n:>15}", "{}".format(n), n == "ada lovelace", {n: 1}["ada lovelace"])
### classes: int subclass
class Money(int):
    def __str__(self): return f"{int(self):,} EUR"
    def __add__(self, o): return Money(int(self) + o)
print(Money(5000) + 1, Money(3) * 2, repr(Money(4)), f"{Money(7):03d}")
### classes: tuple subclass
class Pair(tuple):
    def __new__(cls, a, b): return super().__new__(cls, (a, b))
    @property
    def first(self): return self[0]
p = Pair(1, 2)
print(p, p.first, sum(p), p == (1, 2))
### classes: user dict, list and string
from collections import UserDict, UserList, UserString
class Lower(UserDict):
    def __setitem__(self, k, v): super().__setitem__(k.lower(), v)
class L(UserList): pass
d = Lower({"A": 1}, B=2)
print(d, d["a"], L([1, 2]) + [3], UserString("ab").upper(), dict(d), "a" in d)
### classes: mapping by ABC
from collections.abc import Mapping, MutableMapping, Iterable
class M(MutableMapping):
    def __init__(self): self._d = {}
    def __getitem__(self, k): return self._d[k]
    def __setitem__(self, k, v): self._d[k] = v
    def __delitem__(self, k): del self._d[k]
    def __iter__(self): return iter(self._d)
    def __len__(self): return len(self._d)
m = M()
m.update(a=1, b=2)
print(m.pop("a"), dict(m), m.get("z", 0), isinstance(m, Mapping), list(m.items()), m.setdefault("c", 5))
### classes: abstract
from abc import ABC, abstractmethod, ABCMeta
class Shape(ABC):
    @property
    @abstractmethod
    def name(self): ...
    @abstractmethod
    def area(self): raise NotImplementedError
    def describe(self): return f"{self.name}: {self.area():.2f}"
class Circle(Shape):
    name = "circle"
    def __init__(self, r): self.r = r
    def area(self): return 3.14159 * self.r ** 2
class Other(metaclass=ABCMeta):
    @abstractmethod
    def f(self): ...
print(Circle(2).describe(), issubclass(Circle, Shape), Shape.__abstractmethods__ == {"name", "area"})
for cls in (Shape, Other):
    try:
        cls()
    except TypeError:
        print("abstract")
### classes: protocol
from typing import Protocol, runtime_checkable
@runtime_checkable
class Closable(Protocol):
    def close(self): ...
class File:
    def close(self): return "closed"
print(isinstance(File(), Closable), isinstance(3, Closable))
### classes: generic
from typing import Generic, TypeVar
T = TypeVar("T")
class Stack(Generic[T]):
    def __init__(self) -> None: self.items: list[T] = []
    def push(self, item: T) -> None: self.items.append(item)
s: Stack[int] = Stack()
s.push(1)
print(s.items, Stack[int]().items)
### classes: nested, local and dynamic attributes
class Outer:
    class Inner:
        value = 5
    def make(self):
        class Local: pass
        return Local.__qualname__, type(self).__name__
print(Outer.Inner.value, Outer().make(), Outer.Inner.__qualname__, Outer.__module__)
for n in ("a", "b"):
    setattr(Outer, n, len(n))
print(Outer.a + Outer.b, getattr(Outer, "nope", None))
### classes: dunder calls
print("a".__add__("b"), [1, 2].__len__(), (3).__eq__(3), {"a": 1}.__contains__("a"), "x".__class__.__name__)
class A:
    def __eq__(self, o): return True
print(A().__eq__(1), A().__ne__(1), A.__init__ is not None, object.__repr__(A())[:18])
### classes: class attributes and mutable defaults
class A:
    count = 0
    seen = []
    def __init__(self):
        A.count += 1
        type(self).seen.append(self.count)
A(); A()
print(A.count, A.seen, A().seen is A.seen, {k: v for k, v in A.__dict__.items() if not k.startswith("_") and not callable(v)})
### classes: repr and str
class A:
    def __repr__(self): return "A!"
class B:
    def __str__(self): return "b"
class C: pass
print(A(), [A()], f"{A()!r} {B()}", str(B()), repr(C()).startswith("<__main__.C object at 0x"), type(C()), C)
### classes: equality and hashing
class A:
    def __init__(self, k): self.k = k
    def __eq__(self, o): return isinstance(o, A) and self.k == o.k
try:
    {A(1)}
except TypeError as e:
    print(e)
class B(A):
    def __hash__(self): return hash(self.k)
print(len({B(1), B(1), B(2)}), B(1) in [A(1)])
### classes: chaining and fluent
class Q:
    def __init__(self, rows): self._rows = list(rows)
    def where(self, **kw): return Q(r for r in self._rows if all(r.get(k) == v for k, v in kw.items()))
    def order_by(self, key): return Q(sorted(self._rows, key=lambda r: r[key]))
    def __iter__(self): return iter(self._rows)
rows = [{"_id": 2, "k": "a"}, {"_id": 1, "k": "a"}, {"_id": 3, "k": "b"}]
print(list(Q(rows).where(k="a").order_by("_id")), list(Q(rows).where(_id=3)))
### classes: weird names
class _Hidden:
    _count = 0
    def _bump(self): type(self)._count += 1; return self._count
h = _Hidden()
h._bump(); h._bump()
_x = _Hidden._count
__y = 5
print(_x, __y, _Hidden.__name__, h._bump.__name__, [n for n in dir(h) if not n.startswith("__")])
### classes: copies
import copy
class Node:
    def __init__(self, v, kids=()): self.v, self.kids = v, list(kids)
    def __repr__(self): return f"{self.v}{self.kids}"
a = Node(1, [Node(2)])
b, c = copy.copy(a), copy.deepcopy(a)
a.kids[0].v = 9
a.me = a
d = copy.deepcopy(a)
print(b, c, d.me is d, b.kids is a.kids, copy.deepcopy({"x": [1, (2, [3])], "s": {1}}))
### classes: copies of their own
import copy
class A:
    def __init__(self, x): self.x = x
    def __copy__(self): return A(self.x + 1)
    def __deepcopy__(self, memo): return A(copy.deepcopy(self.x, memo) + 10)
print(copy.copy(A(1)).x, copy.deepcopy([A(1)])[0].x)
### classes: length hint, format, index, int
class D:
    def __format__(self, spec): return f"<{spec or 'plain'}>"
    def __index__(self): return 3
    def __int__(self): return 7
    def __float__(self): return 1.5
    def __round__(self, n=None): return "r"
print(f"{D():abc} {D()}", "abcdef"[D()], int(D()), float(D()), round(D()), list(range(D())), hex(D()))
### exceptions: hierarchy
class AppError(Exception):
    """Base."""
    def __init__(self, message, *, code=0):
        super().__init__(message)
        self.code = code
class NotFound(AppError):
    def __str__(self): return f"[{self.code}] {super().__str__()}"
try:
    raise NotFound("no page", code=404)
except AppError as e:
    print(e, e.code, e.args, repr(e), type(e).__mro__[1].__name__, isinstance(e, Exception), AppError.__doc__)
### exceptions: chaining
def load(text):
    try:
        return int(text)
    except ValueError as e:
        raise RuntimeError("bad") from e
try:
    load("x")
except RuntimeError as e:
    print(repr(e.__cause__), e.__context__ is e.__cause__, e.__suppress_context__)
try:
    try:
        1 / 0
    except ZeroDivisionError:
        raise KeyError("k") from None
except KeyError as e:
    print(e.__cause__, repr(e.__context__), e.__suppress_context__, e)
### exceptions: notes
try:
    e = ValueError("x")
    e.add_note("first")
    e.add_note("second")
    raise e
except ValueError as e:
    print(e.__notes__, e)
### exceptions: groups
def f():
    raise ExceptionGroup("many", [ValueError(1), TypeError(2), ExceptionGroup("inner", [ValueError(3)])])
try:
    f()
except* ValueError as g:
    print("V", g.exceptions[0], len(g.exceptions), g.message)
except* TypeError as g:
    print("T", [str(e) for e in g.exceptions])
try:
    f()
except ExceptionGroup as g:
    match, rest = g.split(ValueError)
    print(match, rest)
### exceptions: what Exception does not catch
try:
    try:
        raise SystemExit(3)
    except Exception:
        print("wrong")
except SystemExit as e:
    print("exit", e.code)
try:
    try:
        raise KeyboardInterrupt
    except Exception:
        print("wrong")
except KeyboardInterrupt:
    print("interrupt")
print(issubclass(SystemExit, Exception), issubclass(KeyboardInterrupt, BaseException), issubclass(ValueError, Exception))
### exceptions: bare and base
for error in (ValueError("v"), SystemExit(1), KeyboardInterrupt(), GeneratorExit()):
    try:
        raise error
    except BaseException as e:
        print(type(e).__name__, end=" ")
    try:
        raise error
    except:
        print("bare")
### exceptions: finally and else
def f(x):
    try:
        if x == 1: raise ValueError
        if x == 2: return "returned"
    except ValueError:
        return "caught"
    else:
        return "else"
    finally:
        print("finally", end=" ")
print(f(0), f(1), f(2))
### exceptions: tuple and dynamic handlers
CAUGHT = (KeyError, IndexError)
for f in (lambda: {}["a"], lambda: [][1], lambda: int("x")):
    try:
        f()
    except CAUGHT as e:
        print("lookup", type(e).__name__)
    except (TypeError, ValueError) as e:
        print("value", e)
### exceptions: attributes of Python's own
import json
try:
    json.loads('{"a": }')
except json.JSONDecodeError as e:
    print(e.msg, e.pos, e.lineno, e.colno, e.doc)
try:
    "é".encode("ascii")
except UnicodeEncodeError as e:
    print(e.encoding, e.start, e.end, e.reason)
try:
    nope
except NameError as e:
    print(e, e.name)
e = StopIteration(5)
print(e.value, OSError(2, "gone").errno, OSError(2, "gone").strerror)
### exceptions: traceback line
def f():
    raise ValueError("x")
try:
    f()
except ValueError as e:
    print(e.__traceback__ is not None, e.__traceback__.tb_lineno, e.with_traceback(None) is e)
### exceptions: attribute set on one
try:
    raise ValueError("x")
except ValueError as e:
    e.row = 3
    kept = e
print(kept.row, kept.args)
### exceptions: context manager that suppresses
from contextlib import suppress
with suppress(KeyError, ZeroDivisionError):
    {}["a"]
    print("never")
with suppress(Exception):
    raise ValueError
print("after")
### exceptions: retry
attempts = []
def flaky():
    attempts.append(1)
    if len(attempts) < 3: raise ConnectionError(f"try {len(attempts)}")
    return "ok"
for n in range(5):
    try:
        result = flaky()
        break
    except ConnectionError as e:
        print("retry", e)
else:
    result = None
print(result, len(attempts))
### exceptions: name is deleted after the handler
try:
    1 / 0
except ZeroDivisionError as err:
    pass
try:
    err
except NameError as e:
    print(e)
### exceptions: assert
try:
    assert 1 == 2, "not equal"
except AssertionError as e:
    print("assert", e)
### exceptions: generator close
def g():
    try:
        yield 1
        yield 2
    except GeneratorExit:
        print("cleanup")
        raise
    finally:
        print("finally")
it = g()
print(next(it))
it.close()
### exceptions: throw into a generator
def g():
    while True:
        try:
            x = yield
            print("got", x)
        except ValueError as e:
            print("caught", e)
it = g()
next(it)
it.send(1)
it.throw(ValueError("v"))
it.send(2)
### enums: members and lookups
from enum import Enum
class Color(Enum):
    RED = "r"
    GREEN = "g"
    @property
    def pretty(self): return self.name.title()
    @classmethod
    def default(cls): return cls.GREEN
    def __str__(self): return f"color {self.value}"
print(Color("r"), Color["GREEN"].pretty, Color.default().name, [c.value for c in Color], Color.RED in Color, len(Color))
print(list(Color.__members__), repr(Color.RED), {Color.RED: 1}[Color("r")], Color.RED is Color("r"), type(Color.RED).__name__)
### enums: init with attributes
from enum import Enum
class Planet(Enum):
    EARTH = (5.97e24, 6.37e6)
    MARS = (6.42e23, 3.39e6)
    def __init__(self, mass, radius):
        self.mass = mass
        self._radius = radius
    @property
    def gravity(self): return round(6.67e-11 * self.mass / self._radius ** 2, 2)
print(Planet.EARTH.gravity, Planet.MARS.mass, Planet.MARS.value)
### enums: new with value
from enum import Enum
class Coord(bytes, Enum):
    def __new__(cls, value, label):
        obj = bytes.__new__(cls, [value])
        obj._value_ = value
        obj.label = label
        return obj
    PX = (0, "P.X")
    PY = (1, "P.Y")
print(Coord.PY.label, Coord(1), Coord.PX.value)
### enums: missing and generated values
from enum import Enum, auto
class Level(Enum):
    LOW = "low"
    HIGH = "high"
    @classmethod
    def _missing_(cls, value):
        return next((m for m in cls if m.value == str(value).lower()), None)
class Names(Enum):
    @staticmethod
    def _generate_next_value_(name, start, count, last): return name.lower()
    ONE = auto()
    TWO = auto()
print(Level("HIGH"), [n.value for n in Names], Names("two"))
try:
    Level("x")
except ValueError as e:
    print(e)
### enums: flags and ints
from enum import Flag, IntEnum, IntFlag, StrEnum, auto, unique
class P(Flag):
    R = auto()
    W = auto()
    X = auto()
    RW = R | W
print(P.R | P.W, P.RW & P.W, bool(P.R & P.X), P.R in P.RW, ~P.R & P.RW, P.RW.value)
class N(IntEnum):
    A = 1
    B = 2
print(N.A + 1, N.B > N.A, sorted([N.B, N.A]), f"{N.A}", max(N))
class S(StrEnum):
    X = auto()
    Y = "why"
print(S.X, S.Y.upper(), f"{S.Y}", S("why") is S.Y, {"x": 1}[S.X])
try:
    @unique
    class Bad(IntEnum):
        A = 1
        B = 1
except ValueError as e:
    print(e)
### enums: functional, aliases and private
from enum import Enum
Animal = Enum("Animal", "CAT DOG")
Pair = Enum("Pair", {"A": 10, "B": 20})
class P(Enum):
    A = 1
    ALSO = 1
    _ignore_ = ["tmp"]
    tmp = 5
print(list(Animal), Animal.CAT.value, Pair.B.value, P.ALSO, P.A._value_, P.A._name_, list(P))
### enums: in match and as keys
from enum import Enum
class K(Enum):
    A = 1
    B = 2
def f(k):
    match k:
        case K.A: return "a"
        case K.B if True: return "b"
print([f(k) for k in K], {k: k.name for k in K}[K.B], sorted(K, key=lambda k: -k.value))
### dataclasses: fields and defaults
from dataclasses import dataclass, field, fields, asdict, astuple, replace, is_dataclass
@dataclass
class Item:
    name: str
    price: float = 1.5
    tags: list[str] = field(default_factory=list)
    _id: int = field(default=0, repr=False, compare=False)
    def total(self, n: int = 2) -> float: return self.price * n
i = Item("a", tags=["x"], _id=7)
print(i, i.total(), asdict(i), astuple(i), replace(i, name="b"), [(f.name, f.type) for f in fields(i)], is_dataclass(i))
print(i == Item("a", tags=["x"]), i._id, Item.__name__)
### dataclasses: class variables, init only, keyword only
from dataclasses import dataclass, field, InitVar, KW_ONLY
from typing import ClassVar
@dataclass
class R:
    count: ClassVar[int] = 0
    seen: ClassVar[dict] = {}
    name: str
    scale: InitVar[int] = 2
    _: KW_ONLY
    value: int = 1
    def __post_init__(self, scale):
        R.count += 1
        self.value *= scale
        R.seen[self.name] = self.value
print(R("a", value=4), R("b", 3), R.count, R.seen)
### dataclasses: frozen, order, slots
from dataclasses import dataclass, FrozenInstanceError
@dataclass(frozen=True, order=True)
class V:
    major: int
    minor: int = 0
    def __str__(self): return f"{self.major}.{self.minor}"
@dataclass(slots=True)
class S:
    x: int
try:
    V(1).major = 2
except FrozenInstanceError as e:
    print(type(e).__name__, e)
print(sorted([V(2), V(1, 5), V(1)]), V(1) < V(2), {V(1): "one"}[V(1, 0)], str(V(3)), S(1), hasattr(S(1), "__dict__"))
### dataclasses: inheritance and post init
from dataclasses import dataclass, field
@dataclass
class A:
    x: int
    y: int = 2
@dataclass
class B(A):
    z: int = field(init=False)
    def __post_init__(self): self.z = self.x + self.y
print(B(1), B(1, 5).z, B(1) == B(1), B(1).__dict__)
### dataclasses: frozen with computed field
from dataclasses import dataclass, field
@dataclass(frozen=True)
class Circle:
    r: float
    area: float = field(init=False)
    def __post_init__(self): object.__setattr__(self, "area", round(3.14 * self.r ** 2, 2))
print(Circle(2))
### dataclasses: nested as dict and json
import json
from dataclasses import dataclass, asdict, field
@dataclass
class Line:
    sku: str
    qty: int
@dataclass
class Order:
    id: int
    lines: list[Line] = field(default_factory=list)
    meta: dict[str, Line] = field(default_factory=dict)
o = Order(1, [Line("a", 2)], {"x": Line("b", 1)})
print(json.dumps(asdict(o)), asdict(o, dict_factory=lambda kv: {k.upper(): v for k, v in kv}))
print(json.dumps(o, default=lambda x: x.__dict__), sum(l.qty for l in o.lines))
### dataclasses: mutable default is refused
from dataclasses import dataclass
try:
    @dataclass
    class A:
        x: list = []
except ValueError as e:
    print(e)
### dataclasses: named tuples and typed dicts
from typing import NamedTuple, TypedDict, Optional
from collections import namedtuple
class P(NamedTuple):
    x: int
    y: int = 0
    label: Optional[str] = None
    def dist(self): return (self.x ** 2 + self.y ** 2) ** 0.5
class Movie(TypedDict, total=False):
    name: str
    year: int
Q = namedtuple("Q", "a b", defaults=[5])
p = P(3, 4)
print(p, p.dist(), p._asdict(), p._replace(x=0), P._fields, Q(1), Q._make([1, 2]), Q(1)._asdict(), P._field_defaults)
m: Movie = {"name": "x"}
print(m, Movie(name="y", year=1), P.__annotations__["x"], p[0], *p[:2])
### comprehensions: nested and conditional
rows = [{"k": k, "v": v} for k in "ab" for v in range(3) if (k, v) != ("a", 1)]
print(rows, {r["k"]: [q["v"] for q in rows if q["k"] == r["k"]] for r in rows})
matrix = [[1, 2, 3], [4, 5, 6]]
print([[row[i] for row in matrix] for i in range(3)], [x for row in matrix for x in row if x % 2], list(zip(*matrix)))
### comprehensions: sets, generators, walrus
words = context.lower().split()
print(sorted({len(w) for w in words}), sum(1 for w in words if w == "the"), max((len(w), w) for w in words))
print([y for x in ["1", "a", "3"] if (y := x.isdigit())], any((n := w).startswith("f") for w in words), n)
print({k: v for k, v in sorted({w: words.count(w) for w in words}.items(), key=lambda kv: (-kv[1], kv[0]))[:2]})
### comprehensions: scopes
x = "outer"
f = [lambda i=i: i * 2 for i in range(3)]
print([g() for g in f], x, [x for x in range(2)], x)
class A:
    n = 3
    squares = [i ** 2 for i in range(3)]
print(A.squares)
### comprehensions: star and unpacking
a, *b, c = range(5)
print(a, b, c, [*b, *"xy"], {**{"p": 1}, "q": 2}, (*b,), *map(str, b))
for i, (k, v) in enumerate({"x": 1, "y": 2}.items(), 1):
    print(i, k, v, end="; ")
d = dict(zip("abc", [1, 2, 3], strict=True)) | {"d": 4}
print(d, {v: k for k, v in d.items()}, dict([("_k", 1)], _z=2))
### comprehensions: local names
def f(region, amount=5):
    total = amount * 2
    return locals()
print(f("north"))
def g(a, b):
    return "%(a)s-%(b)s" % locals(), "{a}{b}".format(**locals()), sorted(vars())
print(g(1, 2))
### comprehensions: globals
for i, part in enumerate(["x", "y"]):
    globals()[f"part_{i}"] = part
print(part_0, part_1, "part_1" in globals())
del globals()["part_0"]
try:
    part_0
except NameError:
    print("gone")
globals().update(zz=5, _zz=6)
print(zz + _zz, globals()["zz"], globals().get("nope"))
### comprehensions: keyword names with underscores
def f(_a, *, _b=2, **_kw): return _a, _b, _kw
print(f(1, _c=3), f(_a=5, **{"_b": 6, "__x": 7}), dict(_id=3, name="n"), {"_id": 1} | dict(_id=2))
try:
    f(1, 2)
except TypeError as e:
    print(e)
### formatting: f-strings
n, name, x = 1234567.891, "bob", 3
print(f"{n:,.2f} {n:.2e} {name!r:>8} {x:05d} {x:+d} {x:b} {0.256:.1%} {name:^9}| {name.upper():*<6} {{}} {x=} {n=:.1f}")
w, p = 10, 2
print(f"{n:>{w + 5}.{p}f}|{'nested ' + f'{x}'}|{'yes' if x > 2 else 'no'}|{[i for i in range(x)]}|{dict(a=1)['a']}")
### formatting: str.format
print("{} {1} {0}".replace("{}", "{0}").format("a", "b"), "{:>5}|{:<5}|{:^5}".format(1, 2, 3), "{x[k]} {y.real}".format(x={"k": 1}, y=5))
print("{0:{1}}".format("a", ">4"), "{:,}".format(12345), "{!r}".format("q"), "{a}{b}".format_map({"a": 1, "b": 2}))
print(list(map("{:02d}".format, [1, 2])), str.format("{}-{}", 1, 2), "".join(map(str.upper, "ab")), str.join(",", ["a", "b"]))
class Default(dict):
    def __missing__(self, key): return "{" + key + "}"
print("{a} {zz}".format_map(Default(a=1)))
### formatting: percent
print("%s %d %5.2f %-5s| %05d %x %%" % ("a", 3, 2.5, "b", 42, 255), "%(k)s=%(v)r" % {"k": "a", "v": "b"}, "%s" % (1,))
### formatting: template
from string import Template, Formatter
t = Template("$name owes $$${amount}")
print(t.substitute(name="Bob", amount=5), Template("$a $b").safe_substitute(a=1), t.safe_substitute({"name": "x"}))
try:
    Template("$missing").substitute()
except KeyError as e:
    print(e)
print(Formatter().format("{0} {x}", 1, x=2), [f for _, f, _, _ in Formatter().parse("a{b}c{d}") if f])
### formatting: methods of text
s = "  Hello, World  "
print(s.strip().lower().replace("l", "L"), s.split(","), "a-b_c".translate(str.maketrans("-_", "  ")), "abc".zfill(5), "x".center(5, "*"))
print("a\tb".expandtabs(4), "abc".partition("b"), "a,b,c".rsplit(",", 1), "ab\ncd".splitlines(), "Title Case".swapcase(), "abc"[::-1])
print("été".casefold(), "x=1".removeprefix("x="), "abc".find("z"), "a" * 3, "b" in "abc", "abc".isalpha(), ord("a"), chr(98), ascii("é"))
### formatting: numbers
print(round(2.675, 2), round(1234, -2), 7 // 2, -7 // 2, -7 % 3, divmod(17, 5), 2 ** 10, 10 ** -2, 1e3, 1_000, 0x1F, 0b101)
print(float("nan") != float("nan"), float("inf") > 1e308, int("12", 3), (255).to_bytes(2, "big"), (0.1 + 0.2), sum([0.1] * 3), abs(-3 + 4j))
### iterators: class and generator
class Countdown:
    def __init__(self, n): self.n = n
    def __iter__(self): return self
    def __next__(self):
        if self.n <= 0: raise StopIteration
        self.n -= 1
        return self.n + 1
def fib():
    a, b = 0, 1
    while True:
        yield a
        a, b = b, a + b
from itertools import islice, takewhile, count, chain, groupby, zip_longest, tee, accumulate, product, starmap, compress, cycle
print(list(Countdown(3)), list(islice(fib(), 8)), list(takewhile(lambda v: v < 10, fib())), sum(Countdown(4)), max(Countdown(2)))
print([k + str(len(list(g))) for k, g in groupby("aabccc")], list(zip_longest("ab", [1], fillvalue="-")), list(accumulate([1, 2, 3])))
a, b = tee([1, 2])
print(list(a), list(b), list(chain.from_iterable([[1], [2]])), list(product("ab", repeat=2))[:3], list(starmap(pow, [(2, 3)])))
print(list(compress("abc", [1, 0, 1])), [x for x, _ in zip(cycle("ab"), range(5))])
### iterators: delegation and return values
def inner():
    x = yield 1
    yield x
    return "done"
def outer():
    r = yield from inner()
    yield r
g = outer()
print(next(g), g.send(5), next(g), list(g))
def pipeline(rows):
    rows = (r.strip() for r in rows)
    rows = (r for r in rows if r)
    yield from enumerate(rows, 1)
print(list(pipeline(["a", " ", " b "])))
### iterators: sentinel, next default, reversed
it = iter([1, 2, 0, 3])
print(list(iter(lambda: next(it), 0)), next(it), next(it, "end"), list(reversed([1, 2])), sorted("bca", reverse=True))
class Seq:
    def __len__(self): return 3
    def __getitem__(self, i):
        if i >= 3: raise IndexError
        return i * 10
print(list(Seq()), list(reversed(Seq())), 20 in Seq(), [*zip(Seq(), "abc")])
### iterators: batching and windows
def batched(items, n):
    items = iter(items)
    while batch := list(islice(items, n)):
        yield batch
from itertools import islice, pairwise
from collections import deque
print(list(batched(range(7), 3)), list(pairwise("abc")), [list(w) for w in zip(*[range(5)[i:] for i in range(3)])])
window = deque(maxlen=2)
for x in range(4): window.append(x)
print(window, list(window), window[0])
### decorators: with and without arguments
import functools
def log(prefix="call"):
    def decorate(f):
        @functools.wraps(f)
        def inner(*args, **kw):
            inner.calls += 1
            print(prefix, f.__name__, args, kw)
            return f(*args, **kw)
        inner.calls = 0
        return inner
    return decorate
@log()
@log(prefix="outer")
def add(a, b=2):
    "Adds."
    return a + b
print(add(1), add(1, b=3), add.__name__, add.__doc__, add.calls, add.__wrapped__.__name__)
### decorators: function attributes
def f(x): return x
f.calls = 0
f._hidden = "h"
f.calls += 1
print(f.calls, f._hidden, f.__name__, f.__defaults__, vars(f), f.__dict__)
def counter():
    counter.n = getattr(counter, "n", 0) + 1
    return counter.n
counter(); counter()
print(counter.n)
### decorators: class decorators
def register(registry):
    def wrap(cls):
        registry[cls.__name__] = cls
        cls.registered = True
        return cls
    return wrap
reg = {}
@register(reg)
class A: pass
print(reg["A"] is A, A.registered)
### decorators: caches
from functools import lru_cache, cache, cached_property, partial, reduce, partialmethod
@lru_cache(maxsize=2)
def sq(x): return x * x
[sq(i) for i in (1, 2, 1, 3)]
print(sq.cache_info(), sq.__name__)
sq.cache_clear()
@cache
def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
class T:
    n = 0
    @cached_property
    def v(self): T.n += 1; return 42
    @lru_cache
    def m(self, x): return x + 1
t = T()
print(fib(60), t.v, t.v, T.n, t.m(1), vars(t))
del t.v
print(t.v, T.n, partial(pow, 2)(5), partial(int, base=2)("101"), reduce(lambda a, b: a * b, [1, 2, 3], 10))
### decorators: single dispatch
from functools import singledispatch, singledispatchmethod
@singledispatch
def show(x): return f"obj {x}"
@show.register
def _(x: int): return f"int {x}"
@show.register(list)
@show.register(tuple)
def _(x): return f"seq {len(x)}"
class F:
    @singledispatchmethod
    def f(self, x): return "other"
    @f.register
    def _(self, x: str): return "str"
print(show(1), show([1]), show((1, 2)), show("s"), show(True), F().f("a"), F().f(1))
### decorators: closures and nonlocal
def make_counter():
    n = 0
    def step(by=1):
        nonlocal n
        n += by
        return n
    return step, lambda: n
step, get = make_counter()
step(); step(5)
print(get(), [f(2) for f in [lambda x, k=k: x ** k for k in range(3)]])
### decorators: annotations
from typing import get_type_hints, Optional, Union, Any, Callable, TYPE_CHECKING, Literal, get_args, get_origin
if TYPE_CHECKING:
    from pandas import DataFrame
def f(a: int, b: "str" = "x", *args: float, key: Optional[int] = None) -> bool: return True
print(f.__annotations__["a"], f.__annotations__["return"], get_args(Literal["a", "b"]), get_origin(dict[str, int]), f(1))
### decorators: signature styles
def f(a, /, b, *, c=3, **kw): return a, b, c, kw
print(f(1, 2), f(1, b=2, c=4, d=5), (lambda *a, **k: (a, k))(1, x=2))
try:
    f(a=1, b=2)
except TypeError as e:
    print(str(e)[:60])
### context managers: generator based
from contextlib import contextmanager, ExitStack, redirect_stdout, nullcontext, closing, ContextDecorator
import io
@contextmanager
def tag(name):
    print(f"<{name}>")
    try:
        yield name.upper()
    except ValueError as e:
        print("caught", e)
    finally:
        print(f"</{name}>")
with tag("a") as t, nullcontext(5) as five:
    print(t, five)
    raise ValueError("inside")
@tag("deco")
def f(): print("in f")
f()
### context managers: exit stack
from contextlib import ExitStack, contextmanager
@contextmanager
def res(n):
    print("open", n)
    yield n
    print("close", n)
with ExitStack() as stack:
    got = [stack.enter_context(res(i)) for i in range(2)]
    stack.callback(print, "callback", 1)
    print(got)
with ExitStack() as stack:
    stack.enter_context(res(9))
    later = stack.pop_all()
print("not yet")
later.close()
### context managers: redirect
import io
from contextlib import redirect_stdout
buffer = io.StringIO()
with redirect_stdout(buffer):
    print("hidden")
    print("too", end="")
print(repr(buffer.getvalue()))
### context managers: errors in exit
class C:
    def __init__(self, name, swallow=False): self.name, self.swallow = name, swallow
    def __enter__(self): return self.name
    def __exit__(self, *error):
        print("exit", self.name, error[0].__name__ if error[0] else None)
        return self.swallow
with C("outer", True), C("inner"):
    raise KeyError("k")
with (C("a") as a, C("b") as b):
    print(a, b)
### context managers: decorator class and closing
from contextlib import ContextDecorator, closing, AbstractContextManager
class D(ContextDecorator):
    def __enter__(self): print("in"); return self
    def __exit__(self, *e): print("out"); return False
@D()
def f(x): return x * 2
class R:
    def close(self): print("closed")
print(f(2))
with closing(R()) as r:
    print("using")
### match: literals, captures, guards
def f(x):
    match x:
        case 0 | 1: return "small"
        case int(n) if n < 0: return f"negative {n}"
        case int() | float(): return "number"
        case "": return "empty"
        case str() as s: return s.upper()
        case None | True | False: return "constant"
        case _: return "other"
print([f(x) for x in (0, 1, -5, 2.5, "", "abc", None, [])])
### match: sequences and mappings
def f(x):
    match x:
        case []: return "empty"
        case [a]: return f"one {a}"
        case [a, b, *rest] if rest: return f"many {a} {b} {rest}"
        case (a, (b, c)): return f"nested {a} {b} {c}"
        case [_, _]: return "two"
        case {"type": "point", "x": x, "y": y}: return f"point {x},{y}"
        case {"type": t, **rest}: return f"{t} {rest}"
        case {}: return "mapping"
print(f([]), f([1]), f([1, 2, 3]), f((1, (2, 3))), f("ab"), f([1, 2]), f({"type": "point", "x": 1, "y": 2}), f({"type": "q", "z": 1}), f({}))
### match: class patterns
from dataclasses import dataclass
@dataclass
class Point:
    x: int
    y: int
class Node:
    __match_args__ = ("left", "right")
    def __init__(self, left=None, right=None): self.left, self.right = left, right
def f(p):
    match p:
        case Point(0, 0): return "origin"
        case Point(x=0, y=y): return f"y={y}"
        case Point(x, y) if x == y: return "diagonal"
        case Point(): return "point"
        case Node(None, None): return "leaf"
        case Node(left=Node() as l): return f"left {l.left}"
        case [Point(x=a), Point(x=b)]: return f"line {a}-{b}"
        case {"p": Point(x, _)}: return f"in dict {x}"
        case str(s) | bytes(s): return f"text {s!r}"
        case _: return "else"
print(f(Point(0, 0)), f(Point(0, 3)), f(Point(2, 2)), f(Point(1, 2)), f(Node()), f(Node(Node(7))), f([Point(1, 1), Point(5, 5)]), f({"p": Point(8, 9)}), f("a"), f(b"b"), f(3))
### match: dotted values and errors
import math
class Status:
    OK = 200
    GONE = 410
def f(code):
    match code:
        case Status.OK: return "ok"
        case Status.GONE | math.inf: return "gone"
        case [Status.OK, x]: return x
        case {"code": Status.GONE}: return "mapped"
    return "none"
print(f(200), f(410), f(math.inf), f([200, 5]), f({"code": 410}), f(1))
### match: exceptions and types
def f(e):
    match e:
        case KeyError(args=(key, *_)): return f"key {key}"
        case ValueError() | TypeError(): return type(e).__name__
        case OSError(errno=n): return n
print(f(KeyError("k")), f(ValueError()), f(OSError(5, "x")))
### match: in a loop with captures that stay
commands = ["go north", "take lamp now", "quit", "dance"]
for c in commands:
    match c.split():
        case ["go", direction]: print("going", direction)
        case ["take", *things]: print("taking", things)
        case ["quit" | "exit"]: break
        case _: print("?")
print(direction, things)
### async: top level and gather
import asyncio
order = []
async def work(n):
    await asyncio.sleep(0.01 * n)
    order.append(n)
    return n * 2
async def main():
    tasks = [asyncio.create_task(work(n)) for n in (3, 1, 2)]
    results = await asyncio.gather(*tasks)
    async with asyncio.Semaphore(1):
        results.append("sem")
    try:
        await asyncio.wait_for(work(50), timeout=0.01)
    except asyncio.TimeoutError:
        results.append("timeout")
    return results
print(asyncio.run(main()), order)
### async: iteration and context managers
import asyncio
class Res:
    async def __aenter__(self): print("open"); return self
    async def __aexit__(self, *error): print("close")
async def numbers(n):
    for i in range(n):
        yield i
        await asyncio.sleep(0)
async def main():
    async with Res():
        print([x async for x in numbers(3)], sum([x async for x in numbers(4) if x % 2]))
        async for x in numbers(2):
            print(x)
    q = asyncio.Queue()
    await q.put(1)
    return await q.get()
print(asyncio.run(main()))
### types: namespaces and proxies
from types import SimpleNamespace, MappingProxyType, FunctionType
ns = SimpleNamespace(a=1, _b=2)
ns.c = ns.a + ns._b
print(ns, vars(ns), ns == SimpleNamespace(a=1, _b=2, c=3), isinstance(lambda: 0, FunctionType), hasattr(ns, "z"))
p = MappingProxyType({"k": 1})
try:
    p["k"] = 2
except TypeError as e:
    print("read-only", p["k"], len(p))
### types: of anything
class A: pass
for v in (1, "a", None, [], A(), len, A, lambda: 0, (x for x in []), {}.keys(), ValueError("x")):
    print(type(v).__name__, end=" ")
print(type(1) is int, type(A()) is A, type([]) == list, type(1)("5"), type(A()).__name__, type(A) is type, isinstance(int, type))
print({type(x).__name__ for x in (1, 2.0)}, isinstance(A(), type(A())), issubclass(type(True), int))
### types: built from another value's type
def like(value, items): return type(value)(items)
print(like([], "ab"), like((), [1]), like({1}, [1, 1]), type("x")(5), type({})(a=1), type(1.5)(2))
e = ValueError("x")
try:
    raise type(e)("again")
except ValueError as again:
    print(again)
### star import
from math import *
from collections import *
print(sqrt(16), pi > 3, Counter("aab"), floor(2.7))
### operators
import operator as op
from operator import itemgetter, attrgetter, methodcaller
ops = {"+": op.add, "-": op.sub, "*": op.mul, "/": op.truediv, "**": op.pow, "in": op.contains}
print({k: f(6, 3) for k, f in ops.items() if k != "in"}, op.contains([1], 1), op.itemgetter(1, 0)("ab"))
class P:
    def __init__(self, n): self.name, self._k = n, len(n)
ps = [P("bob"), P("al")]
print([p.name for p in sorted(ps, key=attrgetter("name"))], attrgetter("name", "_k")(ps[0]), methodcaller("upper")("x"), op.iadd([1], [2]))
d = {}
op.setitem(d, "a", 1)
print(d, op.length_hint([1, 2]), op.not_(0), op.index(5))
### dir and help
class A:
    x = 1
    def m(self): "doc of m"; return 1
print([n for n in dir(A) if not n.startswith("_")], [n for n in dir([]) if n.startswith("ap")], A.m.__doc__, A.__doc__)
def f():
    a = b = 1
    return dir()
print(f())
### dispatch tables and first-class functions
def area(kind, **kw):
    return {"sq": lambda s: s * s, "rect": lambda w, h: w * h}[kind](**kw)
print(area("sq", s=3), area("rect", w=2, h=5), list(map(lambda f: f("aB"), [str.upper, str.lower, len])), (lambda x: x or "d")(None))
### conditional expressions and chained comparisons
x = 5
print("a" if x > 3 else "b", 1 < x <= 5 != 6, not x == 5, x and 0 or "z", [1, 2][x > 3], None is None, x in range(3, 6), (x := x + 1), x)
### state machines and accumulators
from collections import defaultdict, Counter, OrderedDict, ChainMap
totals = defaultdict(lambda: {"n": 0, "sum": 0.0})
for k, v in [("a", 1.5), ("b", 2), ("a", 3)]:
    totals[k]["n"] += 1
    totals[k]["sum"] += v
print(dict(totals), {k: v["sum"] / v["n"] for k, v in totals.items()})
c = Counter("mississippi", _x=2)
c["s"] -= 1
c.subtract("ii")
print(c.most_common(3), c.total(), +c == c, Counter(a=1) + Counter(a=2, _b=1), list(Counter("ab").elements()))
tree = lambda: defaultdict(tree)
t = tree()
t["a"]["b"] = 1
print(t["a"]["b"], ChainMap({"a": 1}, {"a": 2, "b": 3})["b"], OrderedDict(_z=1, a=2))
### regular expression templates
import re
p = re.compile(r"(?P<y>\d{4})-(?P<m>\d\d)")
print(p.sub(r"\g<m>/\g<y>", context)[-22:], p.subn(r"<\1>", "2024-03 2023-01"), p.search(context).expand(r"\2.\1"), re.sub(r"(a)(b)?", r"[\1\2]", "ab a"))
for s in ("a-b", "c-d"):
    print(re.sub(r"(\w)-(\w)", r"\2-\1", s), re.sub("(x)", r"\\\1", "x"))
### a method's annotations and defaults
class A:
    def f(self, n: int = 3, *, key: str = "k") -> str: "doc"; return key
m = A().f
print(m.__annotations__, m.__defaults__, m.__kwdefaults__, m.__func__ is A.f, m.__doc__)
### stdout helpers
import io
b = io.StringIO()
print("x", "y", sep="-", end="!", file=b)
class W:
    def __init__(self): self.parts = []
    def write(self, text): self.parts.append(text)
w = W()
print("to an object", file=w)
print(b.getvalue(), w.parts, *[1, 2], sep="|")
'''


def parsed(text: str) -> dict[str, str]:
    """The snippets of a text, by their names."""
    snippets: dict[str, list[str]] = {}
    for line in text.strip().splitlines():
        if line.startswith("### "):
            code = snippets.setdefault(line[4:], [])
            assert not code, f"two snippets are called {line[4:]!r}"
        else:
            code.append(line)
    return {name: "\n".join(lines) + "\n" for name, lines in snippets.items()}


LANGUAGE = parsed(_SNIPPETS)
