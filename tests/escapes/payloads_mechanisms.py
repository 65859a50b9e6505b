"""Hostile cells by mechanism: how a constructor, an attribute or a frame is reached past the rules, not which one.

As in `payloads`, what is got hold of goes into the global `loot`.
"""
# ruff: noqa: E501  a line is as long as it is

from __future__ import annotations

_METHOD = """
import copy
from collections import namedtuple
class A:
    def f(self): pass
"""
_OBJECT = """
class A: pass
"""

CONSTRUCTORS: dict[str, str] = {
    "type of a bound method": _METHOD + "loot = copy.copy(type(A().f)(namedtuple('__globals__', ''), getattr))",
    "class of a bound method": _METHOD + "loot = A().f.__class__(getattr, grep)('__globals__')",
    "type of an alias": (
        "import copy, typing\nloot = copy.copy(type(typing.List[int])(list, ('eval',), name='__builtins__'))"
    ),
    "type of an alias of a builtin": "import copy\nloot = copy.copy(type(list[int])(getattr, ('__globals__',)))",
    "type of a union": "loot = type(int | str)(int, str)",
    "type of a module": "import re\nloot = type(re)('t', {'__class__': int}).__dict__",
    "type of a field": "import dataclasses\nloot = type(dataclasses.field())(1, 2, True, True, None, True, {}, False)()",
    "type of a generator": "loot = type(x for x in [])((x for x in []).gi_code)",
    "type of a function": "def f(): pass\nloot = type(f)(f.__code__, {'__builtins__': {}})",
    "type of a function by types": "import types\ndef f(): pass\nloot = types.FunctionType(f.__code__, {})",
    "type of a method by types": "import types\nloot = types.MethodType(getattr, grep)('__globals__')",
    "type of a super object": "class A: pass\nloot = type(super(A, A()))(type(grep), grep).__self__",
    "type of a row": "loot = object.__new__(type(grep('fox')[0]))\nloot.line = 'PWNED'",
    "type of a tool": "T = type(score)\nloot = T('PWNED', '', '', print)",
    "type of a policy error": "try: open('x')\nexcept Exception as e: loot = type(e)('PWNED', 1)",
    "the class by map": "loot = list(map(type, [(lambda: 0)]))[0]((lambda: 0).__code__, {})",
    "the class by defaultdict": "from collections import defaultdict\nd = defaultdict(type(lambda: 0))\nloot = d['x']",
    "the class by partial": "from functools import partial\nloot = partial(type(grep), getattr)(grep)('__globals__')",
    "the class by a key function": "loot = max([grep], key=lambda t: type(t)).__class__(getattr, grep)",
    "the class by match": _METHOD + "match A().f:\n    case object(__class__=c): loot = c(getattr, grep)",
    "the class by a cached property": """
from functools import cached_property
class A:
    c = cached_property(type)
    f = cached_property(lambda s: type(grep))
loot = A().f(getattr, grep)('__globals__')
""",
    "the class by attrgetter": "from operator import attrgetter\nloot = attrgetter('__class__')(grep)(getattr, grep)",
    "the class in an annotation": "class A:\n    x: type(grep) = 1\nloot = A.__annotations__['x'](getattr, grep)",
    "the class of an annotation's alias": (
        "from typing import get_origin, Callable\nloot = get_origin(Callable[[int], int])('PWNED')"
    ),
    "the class by a bound": "from typing import TypeVar\nT = TypeVar('T', bound=type(grep))\nloot = T.__bound__",
    "the class by single dispatch": """
from functools import singledispatch
@singledispatch
def f(x): return 1
f.register(type(grep), lambda m: type(m)(getattr, m)('__globals__'))
loot = f(grep)
""",
    "the class by __exit__": """
class C:
    def __enter__(self): return self
    def __exit__(self, kind, error, trace):
        global loot
        loot = [type(trace), kind, trace]
        return True
with C(): grep(1, 2, 3, 4, 5, 6)
loot = loot[0](None, None, 0, 1)
""",
    "an Enum with the name of a hook": "from enum import Enum\nloot = Enum('E', {'__reduce_ex__': 1, '__class__': int})",
    "an Enum whose members lie": """
from enum import Enum
class N(list):
    def __iter__(self): return iter([('__getattribute__', print)])
loot = Enum('E', N())
""",
    "a named tuple of a lying name": """
from collections import namedtuple
class S(str):
    def __str__(self): return 'x'
    def isidentifier(self): return True
loot = namedtuple(S('a'), [S('b=__import__("os").getpid()')])
""",
    "a typed dictionary": "from typing import TypedDict\nloot = TypedDict('T', {'x': 'print(PWNED)'})",
    "a named tuple of a text": (
        "from typing import NamedTuple\nclass R(NamedTuple):\n    x: '__import__(1)' = 1\nloot = R.__annotations__['x']()"
        ".__reduce_ex__(4)"
    ),
    "a class of a class": "class M(type(int)): pass\nloot = M",
    "a metaclass by keyword": "loot = type(int)\nclass X(metaclass=lambda *a: 'PWNED'): pass\nloot = X",
    "a metaclass by a base's": "from enum import Enum\nclass X(Enum): pass\nloot = type(X)('Y', (), {})",
    "new of a class that is not the cell's": "loot = object.__new__(type(grep.__class__))",
    "new by super": "class A:\n    def __new__(cls): return super().__new__(type(grep('fox')[0]))\nloot = A()\nloot.line",
}

PROTOCOLS: dict[str, str] = {
    "reduce on a namespace": """
import copy, types
N = types.SimpleNamespace
loot = copy.copy(N(**{'__reduce_ex__': lambda p: (print, ('PWNED',))}))
""",
    "reduce in the dictionary of an instance": _OBJECT
    + """
import copy
a = A()
a.__dict__.update({'__reduce_ex__': lambda p: (print, ('PWNED',))})
loot = copy.copy(a)
""",
    "reduce by setattr": _OBJECT + "a = A()\nsetattr(a, '__reduce_ex__', lambda p: (print, ('PWNED',)))\nloot = a",
    "reduce by __getattr__": """
import copy, dataclasses
@dataclasses.dataclass
class A:
    x: object = 1
    def __getattr__(self, name):
        if name.startswith('__'): return lambda *a: (print, ('PWNED',))
        raise AttributeError(name)
loot = [copy.copy(A()), copy.deepcopy(A()), dataclasses.asdict(A()), dataclasses.replace(A())]
""",
    "setstate by __getattr__": """
import copy
class A:
    def __getattr__(self, name): return lambda *a: setattr(grep, 'x', 'PWNED')
loot = copy.copy(A())
""",
    "deepcopy's memory by a hook": """
import copy
class A:
    def __deepcopy__(self, memo):
        global loot
        loot = [memo, dir(memo), getattr(memo, '_copies', None)]
        return self
copy.deepcopy([grep, A()])
loot = loot[2].popitem()
""",
    "deepcopy of a bound method": "import copy\nloot = copy.deepcopy({'a': (grep, score)})['a'][0].__self__",
    "asdict of what copies itself": """
import dataclasses, types
@dataclasses.dataclass
class D:
    x: object
class E:
    def __deepcopy__(self, memo): return memo
loot = dataclasses.asdict(D(E()))['x']._copies
""",
    "a dictionary's factory": """
import dataclasses
@dataclasses.dataclass
class D:
    x: int = 1
loot = dataclasses.asdict(D(), dict_factory=type(lambda: 0))
""",
    "user dictionaries that copy themselves": """
from collections import UserDict
class U(UserDict):
    def __init__(self): self.data = {}
    def __reduce_ex__(self, p): return (print, ('PWNED',))
loot = U().copy()
""",
    "copying an exception": """
import copy
try: grep.nope
except AttributeError as e: loot = copy.copy(e).obj
""",
    "getstate": _OBJECT + "loot = A().__getstate__()",
    "copyreg": "import copyreg\ncopyreg.pickle(type(grep), lambda m: 'PWNED')\nloot = 'PWNED'",
    "pickle": "import pickle\nloot = pickle.dumps(grep)",
    "set_name on a class of Python's": """
class S:
    def __set_name__(self, owner, name):
        global loot
        loot = owner
        owner.__globals__ = 'PWNED'
        owner.x = 1
class A(dict):
    s = S()
loot = loot.__mro__[1].__subclasses__()
""",
    "a descriptor that a library reads": """
from dataclasses import dataclass
class Evil:
    def __eq__(self, other):
        global loot
        loot = other
        return True
    __hash__ = None
@dataclass
class S(str):
    format: object = Evil()
S('{0.__globals__}') == S('x')
loot = loot(grep)
""",
    "a field called as an attribute of the base": """
from dataclasses import dataclass
class E(AttributeError): pass
@dataclass
class F(E):
    obj: object
try: grep.nope
except AttributeError as e: loot = e
loot = F.obj
""",
    "slots that hide the class": "class A:\n    __slots__ = ('__class__', '__dict__')\na = A()\nloot = a.__class__",
    "slots of a lying text": """
class S(str):
    def isidentifier(self): return True
    def __eq__(self, other): return other != '__class__'
    def __hash__(self): return hash('x')
class A:
    __slots__ = (S('__class__'),)
loot = A
""",
    "match arguments of a lying text": """
class S(str):
    def __eq__(self, other): return False
    def __hash__(self): return 1
class A:
    __match_args__ = (S('__globals__'),)
loot = A
""",
    "match arguments and a virtual class": """
from abc import ABC
class A(ABC):
    __match_args__ = ('tools', 'func')
A.register(type(x for x in []))
match (x for x in [1]):
    case A(gi_frame=f): loot = f
""",
    "an ABC of Python's through its child": """
from collections.abc import Mapping
class M(Mapping):
    def __getitem__(self, k): return 1
    def __iter__(self): return iter(())
    def __len__(self): return 0
M.register(int)
loot = 'PWNED'
""",
}

RUNNERS: dict[str, str] = {
    "an exception of ours that cannot be shown": """
try: open('x')
except Exception as e: P = type(e)
class Q(P):
    def __str__(self): raise ValueError
raise Q('x')
""",
    "an exception that ends the process": "class E(Exception):\n    def __str__(self): raise SystemExit(1)\nraise E",
    "an exception that interrupts": "class E(Exception):\n    def __str__(self): raise KeyboardInterrupt\nraise E",
    "an exception that closes": "class E(Exception):\n    def __str__(self): raise GeneratorExit\nraise E",
    "arguments that lie": """
class E(KeyError):
    @property
    def args(self): raise SystemExit
    @property
    def name(self): raise SystemExit
raise E('x')
""",
    "notes that lie": """
class N(str):
    def __str__(self): raise SystemExit
e = ValueError('x')
e.add_note(N('note'))
raise e
""",
    "a text that lies about itself": """
class S(str):
    def encode(self, *a): raise SystemExit
    def __len__(self): return -1
    def __getitem__(self, i): return grep
    def __eq__(self, o): return True
    def __hash__(self): return 0
    def startswith(self, *a): return True
class E(Exception):
    def __str__(self): return S('x')
    __repr__ = __str__
print(S('a'), E(), sep=S(' '), end=S('.'))
x = {S('k'): S('v')}
E()
""",
    "a value that lies": """
class S(str):
    def encode(self, *a): raise SystemExit
class I(int):
    def __int__(self): raise SystemExit
    def bit_length(self): return 0
[S('x'), I(5), {S('k'): I(1)}]
""",
    "a mapping without end": """
from collections.abc import Mapping
class M(Mapping):
    def __getitem__(self, k): return self
    def __iter__(self): return iter(['a'])
    def __len__(self): return 1
M()
""",
    "a name that lies": """
class A: pass
class S(str):
    def __str__(self): raise SystemExit
    def __getitem__(self, i): raise SystemExit
A.__name__ = S('B')
def f(): pass
f.__name__ = f.__qualname__ = S('g')
setattr(A, '__qualname__', S('C'))
a = A()
raise ValueError(A)
""",
    "a hash that raises": "class H:\n    def __hash__(self): raise SystemExit\n{H(): 1}",
    "an end inside an end": """
class C:
    def __enter__(self): return self
    def __exit__(self, *a): return True
with C(): raise KeyboardInterrupt
class D(BaseException): pass
raise D('x')
""",
    "a generator whose end fails": """
def g():
    try: yield 1
    finally: raise SystemExit
it = g()
next(it)
del it
""",
}

HELD: dict[str, str] = {
    "a traceback by an exit stack": """
from contextlib import ExitStack
def leave(*error):
    global loot
    loot = error
    return True
with ExitStack() as stack:
    stack.push(leave)
    1 / 0
loot = loot[2].tb_frame
""",
    "a traceback by the attribute": "try: 1/0\nexcept Exception as e: loot = e.__traceback__\nloot = loot.tb_frame",
    "a traceback by sys": "import sys\ntry: 1/0\nexcept Exception: loot = sys.exc_info()[2].tb_frame",
    "a traceback of a group": (
        "try: raise ExceptionGroup('x', [ValueError(1)])\nexcept* ValueError as g: loot = g.__traceback__.tb_next.tb_frame"
    ),
    "a frame by a coroutine": "async def f(): pass\nc = f()\nloot = c.cr_frame",
    "a frame by an asynchronous generator": "async def f(): yield 1\nloot = f().ag_frame",
    "what a coroutine waits for": "async def f(): pass\nasync def g(): await f()\nloot = g().cr_await",
    "the names of a library's function": "from functools import reduce\nloot = reduce(lambda a, b: locals(), [1, 2])\n"
    "loot = loot['__builtins__']",
    "the names of the sandbox's function": "loot = list(map(lambda f: f(), [locals, vars, dir, globals]))\n"
    "loot = loot[0]['__builtins__']",
    "the builtins in a class": "class A:\n    x = locals()\nloot = A.x['__builtins__']",
    "a guard in a class": "class A:\n    locals()['.getattr'] = lambda o, n: 'PWNED'\n    x = grep.y\nloot = A.x",
    "a guard as a keyword": "def f(**kw): return grep.x\nloot = f(**{'.getattr': lambda o, n: 'PWNED'})",
    "a guard by a star import": "from string import *\nglobals()['.import'] = print\nimport os\nloot = os",
    "an interrupt that is swallowed by a tuple": """
class T(tuple): pass
def f():
    try: return score(1)
    except T((BaseException,)): return 'caught'
loot = f()
""",
    "the end of a cell": """
class C:
    def __enter__(self): return self
    def __exit__(self, kind, error, trace):
        global loot
        loot = [kind, error]
        return True
with C(): FINAL(1)
loot = 'PWNED'
""",
    "a method of a library with another self": """
from fractions import Fraction
class Me:
    _numerator = grep
    def __getattr__(self, name): return grep
loot = Fraction.limit_denominator(Me(), 1).__globals__
""",
    "a text's format by a subclass": "class S(str): pass\nloot = S('{0.__globals__}').format(grep)",
    "a text's format by its parent": (
        "class S(str):\n    def f(self): return super().format(grep)\nloot = S('{0.__globals__}').f()"
    ),
    "a text's format by a user string": (
        "from collections import UserString\nloot = UserString('{0.__globals__}').format(grep)"
    ),
    "a text's format by its class's dictionary": "class S(str): pass\nloot = vars(S)['__dict__']",
    "a formatter": "import string\nloot = string.Formatter().format('{0.__globals__}', grep)",
    "a formatter's field": "import string\nloot = string.Formatter().get_field('0.__globals__', (grep,), {})",
    "a formatter of the cell's": """
import string
class F(string.Formatter):
    def get_value(self, key, args, kwargs): return grep
loot = F().format('{x.__globals__}')
""",
    "a template": """
from string import Template
class T(Template):
    idpattern = '.*'
    pattern = '(?P<named>x)(?P<escaped>)(?P<braced>)(?P<invalid>)'
loot = T('${a.__globals__}').safe_substitute({'a.__globals__': grep}).__class__.__mro__[1].__subclasses__()
""",
    "private names of a library": "from enum import Enum\nclass E(Enum):\n    A = 1\nloot = E._member_map_",
    "private names of a library's object": "import functools\nloot = functools.singledispatch(len)._clear_cache",
    "private names by mangling": "class functools: \n    def f(self): return score.__ask\nloot = functools().f()",
}
