"""Hostile cells after the published ways out of RestrictedPython, and after what Python 3.11 to 3.14 added.

They follow the rules of `payloads`. What an older Python cannot parse is refused there, which is as good.
"""
# ruff: noqa: E501  a hostile line is as long as it is

from __future__ import annotations

ADVISORIES: dict[str, str] = {
    # CVE-2023-37271: the frames of generators
    "CVE-2023-37271, a generator that finds its own frame": (
        "def f():\n    global loot\n    loot = g.gi_frame.f_back.f_back.f_globals\n    yield 1\ng = f()\nnext(g)"
    ),
    "CVE-2023-37271, a generator expression that finds its own frame": (
        "g = (g.gi_frame.f_back.f_back for _ in [1])\nloot = [x for x in g][0].f_builtins"
    ),
    "CVE-2023-37271, what a generator delegates to": (
        "def f(): yield from (x for x in [1])\ng = f(); next(g)\nloot = g.gi_yieldfrom.gi_frame"
    ),
    "CVE-2023-37271, by getattr": "g = (x for x in [1])\nloot = getattr(g, 'gi_' + 'frame')",
    "CVE-2023-37271, by attrgetter": (
        "import operator\ng = (x for x in [1])\nloot = operator.attrgetter('gi_frame.f_globals')(g)"
    ),
    "CVE-2023-37271, thrown into a generator": """
class C:
    def __enter__(self): return self
    def __exit__(self, kind, value, trace):
        global loot
        def f():
            try: yield
            except Exception as error: yield error.__traceback__
        g = f(); next(g)
        loot = g.throw(kind, value, trace)
        return True
with C(): 1/0
""",
    "CVE-2023-37271, a coroutine": "async def f(): pass\nloot = f().cr_frame.f_globals",
    "CVE-2023-37271, an asynchronous generator": "async def f(): yield\nloot = f().ag_frame.f_globals",
    # CVE-2023-41039: str.format and format_map
    "CVE-2023-41039, format": "loot = '{0.__func__.__globals__}'.format(grep)",
    "CVE-2023-41039, format_map": "loot = '{a.__func__.__globals__}'.format_map({'a': grep})",
    "CVE-2023-41039, format of the class": "loot = str.format('{0.__func__.__globals__}', grep)",
    "CVE-2023-41039, format of an instance's class": "loot = ''.__class__.format('{0.__func__.__globals__}', grep)",
    "CVE-2023-41039, format through a key function": "loot = max(['{0.__func__.__globals__}'], key=str.format)",
    "CVE-2023-41039, format through map": "loot = list(map(str.format, ['{0.__func__.__globals__}'], [grep]))",
    "CVE-2023-41039, format through super": """
from enum import Enum
class S(str, Enum):
    A = '{0.__func__.__globals__}'
loot = super(S, S.A).format(grep)
""",
    "CVE-2023-41039, format through super in a method": """
from enum import StrEnum
class S(StrEnum):
    A = '{0.__func__.__globals__}'
    def run(self): return super().format(grep)
loot = S.A.run()
""",
    "CVE-2023-41039, format_map through super": """
from enum import StrEnum
class S(StrEnum):
    A = '{x.__func__.__globals__}'
loot = super(S, S.A).format_map({'x': grep})
""",
    "CVE-2023-41039, format through an alias of a text": (
        "A = type(list[int])\nloot = A('{0.__func__.__globals__}', int).format(grep)"
    ),
    "CVE-2023-41039, format through an alias of str": (
        "A = type(list[int])\nloot = A(str, int).format('{0.__func__.__globals__}', grep)"
    ),
    "CVE-2023-41039, format through an alias of typing": (
        "import typing\nA = type(typing.List)\nloot = A(str, 1, name='x').format('{0.__func__.__globals__}', grep)"
    ),
    "CVE-2023-41039, format through a bound class": (
        "M = type(grep)\nloot = M(str, 1).format('{0.__func__.__globals__}', grep)"
    ),
    "CVE-2023-41039, format with a nested specification": "loot = '{0:{1.__func__.__globals__}}'.format(1, grep)",
    "CVE-2023-41039, format with an index and an attribute": "loot = '{0[0].__func__.__globals__}'.format([grep])",
    "CVE-2023-41039, a text whose own text lies": """
from enum import Enum
class S(str, Enum):
    A = '{0.__func__.__globals__}'
    def __str__(self): return 'harmless'
loot = S.A.format(grep)
""",
    # CVE-2024-47532: AttributeError.obj, and modules among the attributes of string and random
    "CVE-2024-47532, obj of an AttributeError": "try: (1).nope\nexcept AttributeError as e: loot = [e.obj, e.name]",
    "CVE-2024-47532, obj by getattr": "try: grep.nope\nexcept AttributeError as e: loot = getattr(e, 'obj')",
    "CVE-2024-47532, obj of a class of the cell's": """
class E(AttributeError): pass
class A:
    @property
    def x(self): raise E('no')
try: A().x
except E as e: loot = [e.obj]
""",
    "CVE-2024-47532, obj in a format": "try: grep.nope\nexcept AttributeError as e: loot = '{0.obj}'.format(e)",
    "CVE-2024-47532, obj through an alias": (
        "try: grep.nope\nexcept AttributeError as e: loot = type(list[int])(e, int).obj"
    ),
    "CVE-2024-47532, modules of string": "import string\nloot = [string._re, string._string, string.re]",
    "CVE-2024-47532, modules of random": "import random\nloot = [random._os, random._random, random._inst, random.Random]",
    "CVE-2024-47532, Formatter": "import string\nloot = string.Formatter().get_field('0.__func__', [grep], {})",
    # CVE-2025-22153: except*
    "CVE-2025-22153, except* with a name": (
        "try: raise ValueError(1)\nexcept* ValueError as e: loot = e.exceptions[0].__traceback__"
    ),
    "CVE-2025-22153, except* with a class of the cell's": """
class E(Exception):
    def split(self, kind): return (grep, grep)
try: raise E()
except* E as e: loot = e
""",
    "CVE-2025-22153, except* in a function": (
        "def f():\n    try: 1/0\n    except* ZeroDivisionError as e: return e.split\nloot = f()"
    ),
    "CVE-2025-22153, the group by its name": "loot = ExceptionGroup('x', [ValueError()]).split",
    # CVE-2026-55830: guards shadowed by positional-only parameters
    "CVE-2026-55830, _getattr_": "def f(_getattr_, /): return grep.__globals__\nloot = f(lambda o, n: 'PWNED')",
    "CVE-2026-55830, _write_": ("def f(_write_, /): grep.x = 'PWNED'\nf(lambda o: type('', (), {}))\nloot = grep.x"),
    "CVE-2026-55830, _import_": "def f(_import_, /):\n    import os\n    return os\nloot = f(lambda m, n: 'PWNED')",
    "CVE-2026-55830, _object_": (
        "def f(_object_, /):\n    class A:\n        x: int\n    return A\nf(grep)\nloot = _object_"
    ),
    "CVE-2026-55830, in a lambda": "loot = (lambda _getattr_, /: grep.__globals__)(lambda o, n: 'PWNED')",
    "CVE-2026-55830, with a default": "def f(_getattr_=lambda o, n: 'PWNED', /): return grep.__globals__\nloot = f()",
    "CVE-2026-55830, after another": (
        "def f(a, _getattr_, /, b): return grep.__globals__\nloot = f(1, lambda o, n: 'PWNED', 2)"
    ),
    "CVE-2026-55830, in a method": ("class A:\n    def f(_getattr_, /): return grep.__globals__\nloot = A().f()"),
    # CVE-2026-76825: the fields of string.Formatter
    "CVE-2026-76825, get_field": "import string\nloot = string.Formatter().get_field('0.__globals__', [grep], {})[0]",
    "CVE-2026-76825, vformat": "from string import Formatter\nloot = Formatter().vformat('{0.__globals__}', [grep], {})",
    "CVE-2026-76825, a subclass": """
import string
class F(string.Formatter):
    def get_value(self, key, args, kwargs): return grep
loot = F().format('{0.__globals__}')
""",
    "CVE-2026-76825, the policy's own formatter": (
        "f = '{0}'.format\nloot = [f.__closure__, f.__globals__['_Formatter']]"
    ),
    "CVE-2026-76825, a mapping that answers with live objects": """
class M:
    def __getitem__(self, key): return grep
loot = '{x.__self__._call.__self__._socket}'.format_map(M())
""",
    "CVE-2026-76825, Template": "import string\nloot = string.Template('$x').substitute(x=grep.__func__)",
}

FEATURES: dict[str, str] = {
    # 3.10 and 3.11
    "match by keyword": "match grep:\n    case object(__func__=f): loot = f",
    "match by position": "match grep:\n    case object(f): loot = f",
    "match with a guard": "match 1:\n    case x if (loot := grep.__globals__): pass",
    "match that captures a guard": "match print:\n    case _getattr_: loot = grep.__globals__",
    "match that captures the rest": "match {'a': 1}:\n    case {'a': 1, **__builtins__}: loot = 'PWNED'",
    "match with an as": "match print:\n    case x as _write_: grep.x = 'PWNED'\nloot = grep.x",
    "match of a class with a property": """
class A:
    @property
    def tb_frame(self): return 1
match (x for x in [1]):
    case A(): loot = 'PWNED'
    case object(gi_frame=f): loot = f
""",
    "match of a record's fields": "match grep('fox')[0]:\n    case object(_searcher=f): loot = f",
    "notes of an exception": "try: 1/0\nexcept Exception as e:\n    e.add_note('x')\n    loot = e.__notes__.__class__.__base__",
    "an exception group": "loot = BaseExceptionGroup('x', [KeyboardInterrupt()])",
    "a task group": "import asyncio\nloot = asyncio.TaskGroup()",
    "Self and reveal_type": "import typing\nloot = typing.reveal_type(grep)",
    "tomllib": "import tomllib\nloot = tomllib.load",
    # 3.12
    "type parameter of a function": "def f[_getattr_](x): return grep.__globals__\nloot = f(1)",
    "type parameter of a class": "class A[_getattr_]:\n    x = grep.__globals__\nloot = A.x",
    "type parameter's bound": "def f[T: (loot := grep.__globals__)](x): pass\nf.__type_params__[0].__bound__",
    "type parameter's default": "def f[T = grep.__globals__](x): pass\nloot = f.__type_params__[0].__default__",
    "type alias": "type X = grep.__globals__\nloot = X.__value__",
    "type alias of a guard": "type _getattr_ = int\nloot = grep.__globals__",
    "type alias by its class": "import typing\nloot = typing.TypeAliasType('X', grep).__value__",
    "an f-string in an f-string": "loot = f'{f'{grep.__globals__}'}'",
    "an f-string with the same quotes": "loot = f'{getattr(grep, '__globals__')}'",
    "an f-string with a line break and a comment": "loot = f'''{\n    grep.__globals__  # all of it\n}'''",
    "an f-string with a backslash": "loot = f'{chr(10).join([str(grep.__globals__)])}\\n'",
    "an f-string's conversion": "loot = f'{grep.__func__!r:>{grep.__code__}}'",
    "an f-string that says its expression": "loot = f'{grep.__globals__=}'",
    "a nested format specification": "loot = f'{1:{grep.__code__}}'",
    "an inlined comprehension's variable": "[0 for _getattr_ in [lambda o, n: 'PWNED']]\nloot = grep.__globals__",
    "an inlined comprehension inside a class": (
        "class A:\n    x = [grep.__globals__ for _getattr_ in [lambda o, n: 'PWNED']]\nloot = A.x"
    ),
    "an inlined comprehension's walrus": "[(_getattr_ := print) for x in [1]]\nloot = grep.__globals__",
    "locals of a comprehension": "loot = [locals() for x in [1]][0]['__builtins__']",
    "a buffer made in Python": "class A:\n    def __buffer__(self, flags): return grep\nloot = bytes(A())",
    "monitoring": "import sys.monitoring\nloot = sys.monitoring",
    "override": "from typing import override\nloot = override(grep)",
    # 3.13
    "locals that write through": "def f():\n    x = 1\n    locals()['_getattr_'] = print\n    return grep.__globals__\nloot = f()",
    "the static attributes of a class": "class A:\n    def f(self): self.x = 1\nloot = A.__static_attributes__.__class__.__base__",
    "the first line of a class": "class A: pass\nA.__firstlineno__ = 'PWNED'\nloot = A.__firstlineno__",
    "copy.replace": "import copy\nloot = copy.replace(grep)",
    "the defaults of a type variable": "import typing\nloot = typing.TypeVar('T').has_default.__self__",
    "a property's name": "class A:\n    x = property(lambda s: 1)\nloot = A.x.__name__.__class__.__base__.__subclasses__()",
    "warnings.deprecated": "import warnings\nloot = warnings.deprecated('x').__call__.__globals__",
    # 3.14
    "a template string": "loot = t'{grep.__globals__}'.interpolations[0].value",
    "a template's values": "loot = t'{grep}'.values[0].__func__",
    "annotations of a function": "def f(x: grep.__globals__): pass\nloot = f.__annotations__",
    "deferred annotations of a function": "def f(x: grep.__globals__): pass\nloot = f.__annotate__(1)",
    "deferred annotations of a class": "class A:\n    x: grep.__globals__\nloot = A.__annotate__(1)",
    "an __annotate__ of the cell's": "class A:\n    def __annotate__(self, n): return {'x': grep}\nloot = A.__annotations__",
    "annotate_func in a class": "class A:\n    __annotate_func__ = lambda n: {'x=print(1)': int}\nloot = 'PWNED'",
    "annotationlib": "import annotationlib\nloot = annotationlib.ForwardRef('grep.__globals__').evaluate()",
    "a forward reference by comparing": """
import typing
class E:
    def __call__(self): pass
    def __hash__(self): return 1
    def __eq__(self, other):
        global loot
        try: loot = other.evaluate(globals={}, locals={})
        except AttributeError: loot = getattr(other, '__forward_code__')
        return False
typing.List['().__class__.__base__.__subclasses__()'] == typing.List[E()]
""",
    "a type variable's bound": "import typing\nloot = typing.TypeVar('T', bound='print(1)').evaluate_bound(1)",
    "the arguments of a union": "import typing\nloot = typing.Union['grep.__globals__', int].__args__[0].evaluate()",
    "an except without brackets": "try: 1/0\nexcept ValueError, ZeroDivisionError: loot = grep.__globals__",
    "a return in finally": "def f():\n    try: 1/0\n    finally: return grep.__globals__\nloot = f()",
    "subinterpreters": "from concurrent import interpreters\nloot = interpreters.create()",
    "compression": "from compression import zstd\nloot = zstd.open",
    "remote debugging": "import sys\nsys.remote_exec(1, '/dev/null')\nloot = 'PWNED'",
}
