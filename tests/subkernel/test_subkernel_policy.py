"""The rules of the restricted language: what is refused, and that each refusal names the remedy."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import types

import pytest

from rlm_kernel.subkernel import SubKernel
from rlm_kernel.subkernel.inside import guards, policy, refusals
from rlm_kernel.subkernel.inside.facades import Importer
from rlm_kernel.subkernel.inside.mechanisms import Redirection

pytestmark = pytest.mark.asyncio(loop_scope="module")

# (code, type of the error, part of its message, its line)
REFUSED = [
    ("import os\nos.listdir('.')", "AttributeError", "module 'os' has no attribute 'listdir': there are no files", 2),
    ("x = 1\nimport sqlite3", "ModuleNotFoundError", "use sql(query)", 2),
    ("from os import environ", "ImportError", "the document is in `context`", 1),
    ("import re, os.path\nos.path.exists('x')", "AttributeError", "the document is in `context`", 2),
    ("import pickle", "ModuleNotFoundError", "'pickle' is not available in the sandbox: use json", 1),
    ("from xml import dom", "ImportError", "use xml.etree.ElementTree", 1),
    ("import urllib.request", "ModuleNotFoundError", "there is no network here", 1),
    ("import sys\nsys.stdin", "AttributeError", "nobody can type here", 2),
    ("import io\nio.open('x')", "AttributeError", "there are no files here", 2),
    ("import sys\nsys.exit()", "SystemExit", "call FINAL(value) to end", 2),
    ("FINAL_VAR('x')", "NameError", "name 'FINAL_VAR' is not defined: use FINAL(variable)", 1),
    ("pd.read_csv('x')", "NameError", "pandas is not available in the sandbox: use tables()", 1),
    ("shlex.split('')", "NameError", "name 'shlex' is not defined: write import shlex first", 1),
    ("from pathlib import Path\nPath('x').read_text()", "FileNotFoundError", "the document is in `context`", 2),
    ("import nonexistent", "ModuleNotFoundError", "text and data modules of the standard library", 1),
    ("from json import nonexistent", "ImportError", "'nonexistent' cannot be imported from 'json'", 1),
    ("from re import _parser", "ImportError", "'_parser' cannot be imported from 're'", 1),
    ("from json import codecs", "ImportError", "'codecs' cannot be imported", 1),
    ("def f():\n    from re import *", "PolicyError", "import * only allowed at module level", 2),
    ("from shutil import *", "ModuleNotFoundError", "the document is in `context`", 1),
    ("from . import x", "PolicyError", "there are no modules of your own", 1),
    ("from .re import x", "PolicyError", "there are no modules of your own", 1),
    ("import math as __builtins__", "PolicyError", "the name __builtins__ is reserved", 1),
    ("__import__('os')", "PolicyError", "the name __import__ is reserved", 1),
    ("with open('x') as f: pass", "PolicyError", "open is not available in the sandbox: there are no files here", 1),
    ("def f():\n    return open('x')\nf()", "PolicyError", "the document is in `context`", 2),
    ("().__class__.__bases__", "AttributeError", "the attribute __bases__ is not available", 1),
    ("''.__class__.__mro__", "AttributeError", "the attribute __mro__ is not available", 1),
    ("int.mro()", "AttributeError", "the attribute mro is not available", 1),
    ("object.__subclasses__()", "AttributeError", "the attribute __subclasses__ is not available", 1),
    ("getattr(grep, '__globals__')", "AttributeError", "the attribute __globals__ is not available", 1),
    ("getattr(grep, '__globals__', None)", "AttributeError", "the attribute __globals__ is not available", 1),
    ("f'{grep.__self__}'", "AttributeError", "the attribute __self__ is not available", 1),
    ("def f(a=grep.__code__): pass", "AttributeError", "the attribute __code__ is not available", 1),
    ("@grep.__func__\ndef f(): pass", "AttributeError", "the attribute __func__ is not available", 1),
    ("def f(): pass\nf.__closure__", "AttributeError", "the attribute __closure__ is not available", 2),
    ("len.__self__", "AttributeError", "the attribute __self__ is not available", 1),
    ("[].__reduce_ex__(4)", "AttributeError", "the attribute __reduce_ex__ is not available", 1),
    ("(x for x in '').gi_frame", "AttributeError", "the attribute gi_frame is not available", 1),
    ("(x for x in '').gi_code", "AttributeError", "the attribute gi_code is not available", 1),
    (
        "try:\n    1/0\nexcept Exception as e:\n    e.__traceback__.tb_frame",
        "AttributeError",
        "tb_frame is not available",
        4,
    ),
    ("try:\n    1/0\nexcept Exception as e:\n    e.__reduce__()", "AttributeError", "__reduce__ is not available", 4),
    ("try:\n    ''.nope\nexcept Exception as e:\n    e.obj", "AttributeError", "has no attribute 'obj'", 4),
    (
        "class C:\n    def __enter__(s): pass\n    def __exit__(s, t, v, tb):\n        tb.tb_frame\nwith C():\n    1/0",
        "AttributeError",
        "the attribute tb_frame is not available",
        4,
    ),
    ("AttributeError.obj", "AttributeError", "the attribute obj is not available", 1),
    ("'{0.__class__.__mro__}'.format(1)", "AttributeError", "the attribute __mro__ is not available", 1),
    ("'{x.__globals__}'.format_map({'x': grep})", "AttributeError", "the attribute __globals__ is not available", 1),
    ("'{0:{0.__globals__}}'.format(grep)", "AttributeError", "the attribute __globals__ is not available", 1),
    ("str.format('{0.__self__}', grep)", "AttributeError", "the attribute __self__ is not available", 1),
    ("list(map(str.format, ['{0.__self__}'], [grep]))", "AttributeError", "__self__ is not available", 1),
    ("type(list[int])('{0.__self__}', int)", "TypeError", "a GenericAlias cannot be made by calling its type", 1),
    ("type(grep)(str, 1)", "TypeError", "a method cannot be made by calling its type in the sandbox", 1),
    ("import re\ntype(re)('x', {})", "TypeError", "a module cannot be made by calling its type", 2),
    ("def f(): pass\ntype(f)(1, {})", "TypeError", "a function cannot be made by calling its type", 2),
    ("import types\ntypes.FunctionType(1, {})", "TypeError", "a function cannot be made by calling its type", 2),
    ("import types\ntypes.MethodType(getattr, 1)", "TypeError", "MethodType takes a function of yours", 2),
    ("type(grep('e'))([1])", "TypeError", "a Rows cannot be made by calling its type", 1),
    ("def g():\n    yield\ntype(g()).gi_frame", "AttributeError", "gi_frame is not available", 3),
    (
        "from enum import StrEnum\nclass S(StrEnum):\n    A = '{0.__self__}'\nsuper(S, S.A).format(grep)",
        "AttributeError",
        "the attribute __self__ is not available",
        4,
    ),
    ("import typing\ntyping.Mapping.register(int)", "AttributeError", "has no attribute 'register'", 2),
    (
        "from collections.abc import Mapping\nclass M(Mapping): pass\nM.register(int)",
        "AttributeError",
        "the attribute register is not available",
        3,
    ),
    ("import copy\ncopy.copy(x for x in 'ab')", "TypeError", "cannot copy 'generator' objects in the sandbox", 2),
    (
        "class E(AttributeError): pass\ntry:\n    raise E(name='x', obj=grep)\nexcept E as e:\n    e.obj",
        "AttributeError",
        "has no attribute 'obj'",
        5,
    ),
    ("import operator\noperator.attrgetter('__globals__')(grep)", "AttributeError", "__globals__ is not available", 2),
    ("import operator\noperator.attrgetter('line_num.__self__')(grep('e')[0])", "AttributeError", "__self__ is not", 2),
    ("import operator\noperator.methodcaller('__reduce__')([])", "AttributeError", "__reduce__ is not available", 2),
    ("type('X', (), {})", "TypeError", "write a class statement instead", 1),
    ("type(int)('X', (), {})", "TypeError", "write a class statement instead", 1),
    ("int.__class__('X', (), {})", "TypeError", "write a class statement instead", 1),
    ("type(type)('X', (), {})", "TypeError", "write a class statement instead", 1),
    ("from collections.abc import Set\ntype(Set)('X', (), {})", "TypeError", "write a class statement instead", 2),
    ("from enum import Enum\ntype(Enum)('X', (), {})", "TypeError", "write a class statement instead", 2),
    ("from enum import Enum\nEnum('X', '__class__ b')", "ValueError", "cannot be called '__class__'", 2),
    ("class A(type): pass", "TypeError", "use __init_subclass__ or a class decorator", 1),
    ("class A(slice): pass", "TypeError", "cannot inherit from 'slice' here: hold one in an attribute", 1),
    ("class A(property): pass", "TypeError", "hold one in an attribute", 1),
    ("import re\nclass A(type(re)): pass", "TypeError", "hold one in an attribute", 2),
    ("class A(metaclass=print): pass", "TypeError", "a class takes no metaclass of its own", 1),
    ("class A(object, **{'metaclass': print}): pass", "TypeError", "a class takes no metaclass of its own", 1),
    ("class A:\n    __slots__ = ('__class__',)", "TypeError", "'__class__' cannot stand in __slots__", 1),
    ("class A:\n    __match_args__ = ('gi_frame',)", "TypeError", "'gi_frame' cannot stand in __match_args__", 1),
    ("class A:\n    def __getattribute__(s, n): pass", "PolicyError", "use __getattr__ or a property", 2),
    ("class A:\n    __exit__ = len", "TypeError", "__exit__ must be a function: define it with def", 1),
    ("class A: pass\nA().__dict__['__class__'] = int", "TypeError", "the name __class__ is reserved", 2),
    ("globals()['__builtins__'] = {}", "TypeError", "the name __builtins__ is reserved", 1),
    ("globals()['.getattr'] = print", "TypeError", "the name .getattr is reserved", 1),
    ("globals()['__builtins__']", "KeyError", "'__builtins__' is not a key", 1),
    ("class A: pass\nsetattr(A, '.own', 1)", "AttributeError", "the attribute .own may not be changed", 2),
    ("class A: pass\ndelattr(A, '.own')", "AttributeError", "the attribute .own may not be changed", 2),
    ("class A: pass\ngetattr(A, '.own')", "AttributeError", "the attribute .own is not available", 2),
    ("object.__new__(type(grep('e')[0]))", "TypeError", "__new__ takes a class of yours", 1),
    ("object.__setattr__(grep, 'x', 1)", "TypeError", "takes an instance of a class of yours", 1),
    ("import types\ntypes.SimpleNamespace(**{'__class__': 1})", "TypeError", "the name __class__ is reserved", 2),
    (
        "from dataclasses import dataclass\n@dataclass\nclass S(str):\n    format: int",
        "TypeError",
        "a field cannot be called 'format'",
        2,
    ),
    ("class A: pass\nA.__call__ = 1", "TypeError", "__call__ must be a function", 2),
    ("class A: pass\nsetattr(A, '__call__', 1)", "TypeError", "__call__ must be a function", 2),
    ("class A: pass\nA().__call__ = print", "AttributeError", "only a class of yours has it set", 2),
    ("int.__call__ = print", "AttributeError", "only a class of yours has it set", 1),
    ("class A: pass\nsetattr(A(), '__call__', print)", "AttributeError", "only a class of yours has it set", 2),
    ("class A: pass\nA.__reduce__ = print", "PolicyError", "the attribute __reduce__ may not be changed", 2),
    ("class A: pass\nA.x, A.__y__ = 1, 2", "PolicyError", "the attribute __y__ may not be changed", 2),
    ("class A: pass\nfor A.__y__ in [1]: pass", "PolicyError", "the attribute __y__ may not be changed", 2),
    ("class A: pass\ndel A.__init__", "PolicyError", "the attribute __init__ may not be changed", 2),
    ("match grep:\n    case object(__globals__=r): pass", "AttributeError", "__globals__ is not available", 2),
    ("match (x for x in ''):\n    case object(gi_frame=r): pass", "AttributeError", "gi_frame is not available", 2),
    ("import re\nmatch 1:\n    case re.sys: pass", "AttributeError", "module 're' has no attribute 'sys'", 3),
    ("match [1]:\n    case [*__x__]: pass", "PolicyError", "the name __x__ is reserved", 2),
    ("match {}:\n    case {**__x__}: pass", "PolicyError", "the name __x__ is reserved", 2),
    ("(__builtins__ := 1)", "PolicyError", "the name __builtins__ is reserved", 1),
    ("[__x__ := 1 for y in '']", "PolicyError", "the name __x__ is reserved", 1),
    ("def f(*__args__): pass", "PolicyError", "the name __args__ is reserved", 1),
    ("def f(a, *, __dict__=1): pass", "PolicyError", "the name __dict__ is reserved", 1),
    ("def f(**__kw__): pass", "PolicyError", "the name __kw__ is reserved", 1),
    ("lambda __x__: 1", "PolicyError", "the name __x__ is reserved", 1),
    ("dict(__class__=1)", "PolicyError", "the name __class__ is reserved", 1),
    ("def f():\n    global __builtins__", "PolicyError", "the name __builtins__ is reserved", 2),
    ("del __builtins__", "PolicyError", "the name __builtins__ is reserved", 1),
    ("for __x__ in []: pass", "PolicyError", "the name __x__ is reserved", 1),
    ("try: pass\nexcept Exception as __x__: pass", "PolicyError", "the name __x__ is reserved", 2),
    ("def __getattribute__(n): pass", "PolicyError", "the name __getattribute__ is reserved", 1),
    ("grep.x = 1", "AttributeError", "read-only in the sandbox", 1),
    ("setattr(grep, 'x', 1)", "AttributeError", "read-only in the sandbox", 1),
    ("import re\nre.compile = 1", "AttributeError", "module 're' is read-only", 2),
    ("import re\nre.sys", "AttributeError", "module 're' has no attribute 'sys'", 2),
    ("import collections\ncollections.abc.sys", "AttributeError", "has no attribute 'sys'", 2),
    ("import collections.abc as a\na.Mapping.register(int)", "AttributeError", "register is not available", 2),
    ("from collections import Counter\nCounter.x = 1", "AttributeError", "is read-only in the sandbox", 2),
    ("context[0] = 'x'", "TypeError", "'str' object does not support item assignment", 1),
    ("m = grep('e')[0]\nm.line = 'forged'", "AttributeError", "GrepMatch is read-only", 2),
    (
        "m = grep('e')[0]\nsuper(type(m), m).__init__(1, 2, 3, 4, 5, 6)",
        "TypeError",
        "super() argument 1 must be a type",
        2,
    ),
    ("vars(grep)", "TypeError", "vars() takes an instance of a class of yours", 1),
    ("print(1, file=3)", "AttributeError", "has no attribute 'write'", 1),
    ("async def f(): pass\nf().cr_frame", "AttributeError", "the attribute cr_frame is not available", 2),
    ("class S:\n    def __eq__(s, o): return True\ngetattr('', S())", "TypeError", "name must be string", 3),
    ("class S(str): pass\ngetattr(grep, S('__globals__'))", "AttributeError", "__globals__ is not available", 2),
]


@pytest.mark.parametrize(("code", "kind", "message", "line"), REFUSED, ids=[row[0][:60] for row in REFUSED])
async def test_what_is_refused_says_what_and_where(
    shared_kernel: SubKernel, code: str, kind: str, message: str, line: int
) -> None:
    execution = await shared_kernel.execute(code)
    assert execution.error is not None
    assert execution.error.type == kind
    assert message in execution.error.message
    assert execution.error.line == line
    assert not execution.lost_state


# Errors must not name what the sandbox made of a name, nor its own helpers.
INTERNAL = re.compile(r"\u02cd|(?<!['\w ])\.(getattr|write|import|match|caught)\b|guards|Namespace|TypeOf")


async def test_no_message_shows_the_sandboxs_own_names(shared_kernel: SubKernel) -> None:
    codes = [row[0] for row in REFUSED]
    codes += ["class A: pass\nA()._private", "def f(_x): pass\nf(_y=1)", "_nope", "import re\nre._x", "'{_x}'.format()"]
    for code in codes:
        error = (await shared_kernel.execute(code)).error
        assert error is not None
        assert not INTERNAL.search(error.message), (code, error.message)


@pytest.mark.parametrize("name", sorted(policy.REFUSED_NAMES))
async def test_every_missing_builtin_names_its_remedy_and_may_be_a_name_of_the_cells(
    shared_kernel: SubKernel, name: str
) -> None:
    execution = await shared_kernel.execute(f"{name}('x')")
    assert execution.error is not None
    assert execution.error.message == f"{name} is not available in the sandbox: {policy.REFUSED_NAMES[name]}"
    assert (await shared_kernel.execute(f"def g():\n    {name} = 5\n    return {name}\ng()")).value == 5


@pytest.mark.parametrize("name", sorted(refusals.MODULES))
async def test_every_module_that_models_miss_names_its_remedy(shared_kernel: SubKernel, name: str) -> None:
    execution = await shared_kernel.execute(f"import {name}")
    assert execution.error is not None
    assert execution.error.message == f"{name!r} is not available in the sandbox: {refusals.MODULES[name]}"


@pytest.mark.parametrize("name", sorted(policy.REFUSED_ATTRIBUTES))
async def test_every_refused_attribute_can_be_neither_read_nor_set(shared_kernel: SubKernel, name: str) -> None:
    for code in (f"(lambda: 1).{name}", f"getattr(lambda: 1, {name!r}, None)", f"class A: pass\nA.{name} = 1"):
        error = (await shared_kernel.execute(code)).error
        assert error is not None
        assert f"the attribute {name} " in error.message


# These have a meaning of their own in every class.
OF_EVERY_CLASS = {"__init__", "__new__", "__getattr__", "__setattr__", "__delattr__"}


@pytest.mark.parametrize("name", sorted(policy.CLASS_DUNDERS - OF_EVERY_CLASS))
async def test_every_allowed_dunder_can_be_defined_and_called_by_super(shared_kernel: SubKernel, name: str) -> None:
    code = f"""
class Base:
    def {name}(self, *args): return 'base'
class Kid(Base):
    def other(self): return super().{name}()
Kid().other()
"""
    assert (await shared_kernel.execute(code)).value == "base"


FORBIDDEN_DUNDERS = """getattribute del reduce reduce_ex class dict instancecheck subclasscheck prepare mro_entries
    sizeof
    subclasshook getstate setstate getnewargs buffer release_buffer bases mro name weakref wrapped objclass globals code
    closure import build_class"""


@pytest.mark.parametrize("name", [f"__{name}__" for name in FORBIDDEN_DUNDERS.split()])
async def test_a_dunder_that_changes_what_an_object_is_cannot_be_defined(shared_kernel: SubKernel, name: str) -> None:
    for code in (
        f"class A:\n    def {name}(self, *a): return 1",
        f"class A:\n    {name} = 1",
        f"class A:\n    {name}: int = 1",
        f"class A:\n    import re as {name}",
        f"class A:\n    for {name} in [1]: pass",
    ):
        error = (await shared_kernel.execute(code)).error
        assert error is not None, code
        assert f"the name {name} is reserved" in error.message


async def test_no_facade_hands_out_another_module_or_a_dunder(shared_kernel: SubKernel) -> None:
    for module in sorted(policy.ALLOWED_MODULES - {"__future__"}):
        execution = await shared_kernel.execute(
            f"import {module} as m\n[(n, str(type(getattr(m, n)))) for n in dir(m)]"
        )
        assert execution.error is None
        assert execution.value, module
        for name, kind in execution.value:
            assert not name.startswith("_")
            assert kind != "<class 'module'>" or f"{module}.{name}" in policy.ALLOWED_MODULES


async def test_what_the_standard_library_shares_is_handed_out_as_a_copy(shared_kernel: SubKernel) -> None:
    code = """
import re, textwrap
p = re.compile('(?P<name>x)')
p.groupindex['name'] = 5
textwrap.TextWrapper.unicode_whitespace_trans.clear()
textwrap.TextWrapper().unicode_whitespace_trans.clear()
class Mine: kept = []
Mine.kept.append(1)
Mine().kept.append(2)
[p.groupindex['name'], len(textwrap.TextWrapper.unicode_whitespace_trans) > 0, Mine.kept]
"""
    assert (await shared_kernel.execute(code)).value == [1, True, [1, 2]]


async def test_no_walk_over_public_attributes_reaches_what_can_be_changed_or_is_forbidden() -> None:
    found: list[str] = []
    seen: dict[int, object] = {}

    def walk(value: object, path: str, depth: int) -> None:
        if id(value) in seen or depth > 5:
            return
        seen[id(value)] = value
        if isinstance(value, types.ModuleType | types.MappingProxyType | types.CodeType | types.FrameType):
            found.append(path)
        for name in guards.guarded_dir(value):
            try:
                member = guards.guarded_getattr(value, name)
            except AttributeError:
                continue
            if type(member) in (list, dict, set, bytearray) and guards.guarded_getattr(value, name) is member:
                found.append(f"{path}.{name}")
            walk(member, f"{path}.{name}", depth + 1)
        walk(guards.guarded_getattr(value, "__class__"), f"type({path})", depth + 1)

    importer = Importer(Redirection(lambda _text: None))
    for module in sorted(policy.ALLOWED_MODULES):
        walk(importer.load(module, ""), module, 0)
    assert found == []
    assert len(seen) > 1000


async def test_private_names_are_the_cells_own(shared_kernel: SubKernel) -> None:
    code = """
_getattr_ = _write_ = _import_ = None
class A:
    def __init__(self): self._x = self.__y = 1
    def total(self): return self._x + self.__y
a = A()
a._x += 5
def f(_k): return _k
[a.total(), a._x, getattr(a, '_x'), hasattr(a, '_x'), vars(a)['_x'], '{0._x}'.format(a), f(_k=2)]
"""
    assert (await shared_kernel.execute(code)).value == [7, 6, 6, True, 6, "6", 2]


@pytest.mark.skipif(sys.version_info < (3, 12), reason="syntax of Python 3.12")
@pytest.mark.parametrize("code", ["def f[T](x: T): pass", "class A[T]: pass", "type X = int"])
async def test_type_parameters_are_refused_with_the_remedy(shared_kernel: SubKernel, code: str) -> None:
    error = (await shared_kernel.execute(code)).error
    assert error is not None
    assert "leave them out" in error.message


@pytest.mark.skipif(sys.version_info < (3, 14), reason="syntax of Python 3.14")
async def test_template_strings_are_refused_with_the_remedy(shared_kernel: SubKernel) -> None:
    error = (await shared_kernel.execute("t'{context}'")).error
    assert error is not None
    assert "use an f-string" in error.message


@pytest.mark.skipif(sys.version_info < (3, 14), reason="syntax of Python 3.14")
async def test_exceptions_without_brackets_are_caught(shared_kernel: SubKernel) -> None:
    code = "try: 1 / 0\nexcept ValueError, ZeroDivisionError: caught = 'both'\ncaught"
    assert (await shared_kernel.execute(code)).value == "both"


async def test_a_return_in_finally_runs_without_a_warning(shared_kernel: SubKernel) -> None:
    code = """
def f():
    try: return 1
    finally: return 2
print(f())
for _ in [1]:
    try: 1 / 0
    finally: break
"""
    execution = await shared_kernel.execute(code)
    assert (execution.error, execution.output) == (None, "2\n")


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        ("import annotationlib", "use typing.get_type_hints"),
        ("from annotationlib import ForwardRef", "use typing.get_type_hints"),
        ("from compression import zstd", "use zlib, gzip, bz2 or lzma"),
        ("import compression.zstd", "use zlib, gzip, bz2 or lzma"),
        ("from concurrent import interpreters", "llm_query_batched"),
        ("import concurrent.interpreters", "llm_query_batched"),
        ("from concurrent.futures import InterpreterPoolExecutor", "cannot be imported"),
        ("from string.templatelib import Template", "use f-strings"),
        ("from string import templatelib", "use f-strings"),
        ("import sys\nsys.remote_exec(1, 'x')", "no other processes"),
        ("import sys\nsys._is_gil_enabled()", "no attribute"),
    ],
)
async def test_what_later_pythons_added_is_refused_in_all(shared_kernel: SubKernel, code: str, remedy: str) -> None:
    error = (await shared_kernel.execute(code)).error
    assert error is not None
    assert remedy in error.message


async def test_what_the_library_imports_late_is_loaded_before_nothing_can_be_read() -> None:
    """Statements `import` inside functions of the modules that cells are handed, in the Python that runs this."""
    command = [sys.executable, "-c", _LATE]
    done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=True)
    assert {name for name in done.stdout.split() if name.partition(".")[0] not in _NOT_NEEDED} == set()


# Only reached by what no cell is handed: other systems, files, processes, networks, and members not in the policy.
_NOT_NEEDED = frozenset(
    [
        *("_md5", "_sha1", "_sha3", "_sha256", "_sha512", "asyncio", "concurrent", "doctest", "email", "getopt"),
        *("grp", "http", "multiprocessing", "nt", "pwd", "smtplib", "socket", "_socket", "subprocess", "tracemalloc"),
        *("urllib", "win32evtlog", "win32evtlogutil"),
    ]
)
_LATE = """
import ast, importlib.util, pathlib, sys
import rlm_kernel.subkernel.inside.kernel
from rlm_kernel.subkernel.inside import policy
from rlm_kernel.subkernel.inside.facades import Importer
from rlm_kernel.subkernel.inside.mechanisms import Redirection

Importer(Redirection(lambda *_: None))
loaded = dict(sys.modules)
tops = policy.ALLOWED_TOP_LEVEL | {"_strptime", "annotationlib"}
for name, module in loaded.items():
    if name.partition(".")[0] not in tops or not (getattr(module, "__file__", None) or "").endswith(".py"):
        continue
    for function in ast.walk(ast.parse(pathlib.Path(module.__file__).read_bytes())):
        if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        for node in ast.walk(function):
            found = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                relative = "." * node.level + (node.module or "")
                found = [importlib.util.resolve_name(relative, module.__package__) if node.level else relative]
            print(*[each for each in found if each not in loaded])
"""
