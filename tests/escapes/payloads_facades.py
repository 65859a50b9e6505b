"""Hostile cells that go through texts that are run, settings of a class, and the modules with stand-ins of our own.

They follow the rules of `payloads`.
"""
# ruff: noqa: E501  a hostile line is as long as it is

from __future__ import annotations

FACADES: dict[str, str] = {
    "a text that imports": "loot = eval(\"__import__('os').environ\")",
    "a text that walks": "loot = eval('grep.__globals__')",
    "a text in a text": "exec(\"loot = eval('().__class__.__base__.__subclasses__()')\")",
    "builtins given to a text": "d = {'__builtins__': {'len': print}}\nloot = eval('grep.__self__', d)",
    "builtins taken from a text": "d = {}\nexec('x = 1', d)\nloot = d.get('__builtins__') or d.get('.getattr')",
    "a guard given to a text": "loot = eval('grep.x', {'.getattr': lambda o, n: 'PWNED', '.write': lambda o: o})",
    "a guard as a local of a text": "loot = eval('grep.x', {}, {'.getattr': lambda o, n: 'PWNED'})",
    "a guard that a text leaves": "exec('x = 1', globals(), {'.getattr': lambda o, n: 'PWNED'})\nloot = grep.x",
    "names of a text that lie": """
class S(str):
    def __eq__(self, o): return True
    def __hash__(self): return hash('.getattr')
loot = eval('grep.x', {S('a'): lambda o, n: 'PWNED'})
""",
    "globals that are no dict": """
class D(dict):
    def __getitem__(self, k): return (lambda *a: 'PWNED') if k[:1] == '.' else dict.__getitem__(self, k)
    def __missing__(self, k): return lambda *a: 'PWNED'
    def items(self): return [('.getattr', lambda o, n: 'PWNED')]
loot = eval('grep.x', D(), D())
""",
    "a source that changes": """
class S(str):
    def lstrip(self, *a): return "PWNED"
    def encode(self, *a): return b"1"
loot = eval(S('grep.__code__'))
""",
    "code as a source": "loot = eval((lambda: 0).__code__)",
    "bytes as a source": "loot = eval(b'grep.__globals__')",
    "the locals of a tool": "loot = [n for n in map(eval, ['locals()', 'vars()', 'dir()']) if 'searcher' in str(n)] or None\nimport functools\nloot = functools.reduce(lambda a, b: eval('locals()'), [1, 2])",
    "a decorator of the library that evaluates": "import functools\nloot = functools.partial(eval, 'self.__dict__')()",
    "reduce set on a class": "import copy\nclass A: pass\nA.__reduce_ex__ = lambda s, p: (print, ('PWNED',))\nloot = copy.copy(A())",
    "getattribute set on a class": "class A: pass\nsetattr(A, '__getattribute__', lambda s, n: 'PWNED')\nloot = A().x",
    "a hook set on a shared class": "from collections import Counter\nCounter.__missing__ = lambda s, k: 'PWNED'\nloot = Counter()['x']",
    "a hook set on an exception": "ValueError.__str__ = lambda s: 'PWNED'\nraise ValueError('x')",
    "an exit set later": """
class A:
    def __enter__(self): return self
def leave(self, kind, error, trace):
    global loot
    loot = trace.tb_frame
A.__exit__ = leave
with A(): 1 / 0
""",
    "an exit set later that keeps the cell alive": """
import queue
class A:
    def __enter__(self): return self
setattr(A, '__exit__', lambda *a: True)
with A(): FINAL(1)
loot = 'PWNED'
""",
    "a getattr set later": """
import copy
class A: pass
A.__getattr__ = lambda s, n: (lambda *a: (print, ('PWNED',)))
loot = [copy.copy(A()).x is not None and None, hasattr(A(), '__reduce_ex__') and A().__reduce_ex__(4)]
""",
    "a class getitem set later": "class A: pass\nA.__class_getitem__ = lambda i: i.__globals__\nloot = A[grep]",
    "a parser's namespace": "import argparse\nN = argparse.Namespace(**{'__class__': print})\nloot = N.__class__ is print and 'PWNED'",
    "a destination of Python's": "import argparse\np = argparse.ArgumentParser()\np.add_argument('--x', dest='__class__', type=eval)\nloot = p.parse_args(['--x', 'print'])",
    "an option of Python's": "import argparse\np = argparse.ArgumentParser()\np.add_argument('--__class__')\nloot = p.parse_args(['--__class__', '1'])",
    "a file of arguments": "import argparse\np = argparse.ArgumentParser(fromfile_prefix_chars='@')\nloot = p.parse_args(['@' + CANARY])",
    "a file as a type": "import argparse\nloot = argparse.FileType('r')(CANARY).read()",
    "an action of the cell's": """
import argparse
class A:
    def __init__(self, *a, **k): pass
    def __call__(self, parser, namespace, values, option=None):
        global loot
        loot = parser
p = argparse.ArgumentParser(); p.add_argument('--x', action=A); p.parse_args(['--x', '1'])
""",
    "what a help shows of an action": "import argparse\np = argparse.ArgumentParser()\np.add_argument('--x', help='%(container)s %(type)s', type=int)\ntry: p.print_help()\nexcept Exception as e: loot = None",
    "the parser behind a parser": "import argparse\np = argparse.ArgumentParser()\nloot = [getattr(p, n, None) for n in ('_inner', '_write', '_actions', '_registries', 'register')]\nloot = 'PWNED' if [x for x in loot if x] else None",
    "another formatter of help": "import argparse\nclass F(str): pass\nloot = argparse.ArgumentParser(formatter_class=F)",
    "the signature of a tool": "import inspect\nloot = [str(inspect.signature(f)) for f in (grep, print, type(grep))]",
    "a signature's way to others": "import inspect\ndef f(a): pass\ns = inspect.signature(f)\nloot = [getattr(s, n, None) for n in ('_signature', 'from_callable', 'replace')] + [getattr(s.parameters['a'], n, None) for n in ('replace', '_name')]\nloot = 'PWNED' if [x for x in loot if x] else None",
    "a signature made": "import inspect\nclass A: pass\nS = type(inspect.signature(lambda: 0))\nloot = S(A())",
    "a parameter's class": "import inspect\nP = inspect.Parameter\nloot = [getattr(P, n, None) for n in ('from_callable', '__init__', 'replace')]\nloot = P('__globals__')",
    "members of a tool": "import inspect\nloot = [n for n, v in inspect.getmembers(grep) if 'searcher' in n or '__' in n] or None",
    "frames by inspection": "import inspect\nloot = [getattr(inspect, n, None) for n in ('currentframe', 'stack', 'getframeinfo', 'getsource', 'sys', 'getmodule', 'unwrap')]\nloot = 'PWNED' if [x for x in loot if x] else None",
    "a signature that is the cell's": "import inspect\nclass A:\n    def __call__(self): pass\na = A(); a.__dict__['__signature__'] = grep\nloot = inspect.signature(a) and None",
    "a wrapped that is a tool": "import inspect, functools\ndef f(): pass\nf.__wrapped__ = grep\nloot = inspect.signature(f)",
    "a wrapper of a tool": "import functools\nclass M:\n    def __init__(self, f): functools.update_wrapper(self, f)\nloot = getattr(M(grep), '__wrapped__', None)",
    "a pool's thread": "from concurrent.futures import ThreadPoolExecutor, ProcessPoolExecutor\nwith ProcessPoolExecutor(2) as p: loot = p.submit(lambda: grep.__globals__).exception() and None\nloot = [getattr(p, n, None) for n in ('_threads', '_work_queue', '_closed')]\nloot = 'PWNED' if [x for x in loot if x] else None",
    "a piece of work that ends the cell": "from concurrent.futures import ThreadPoolExecutor\nf = ThreadPoolExecutor().submit(FINAL, 1)\nloot = 'PWNED'",
    "a future's callback": "from concurrent.futures import ThreadPoolExecutor\nThreadPoolExecutor().submit(len, 'x').add_done_callback(lambda f: setattr(type(f), 'result', lambda s: 'PWNED'))\nloot = ThreadPoolExecutor().submit(len, 'x').result() == 'PWNED' and 'PWNED'",
    "a queue's own": "import queue\nq = queue.Queue(); q._items = 'PWNED'\nloot = q._items",
    "files by os": "import os\nloot = [getattr(os, n, None) for n in ('open', 'listdir', 'environ', 'system', 'popen', 'getcwd', 'sys', 'stat')]\nloot = 'PWNED' if [x for x in loot if x] else None",
    "files by os.path": "import os.path\nloot = [getattr(os.path, n, None) for n in ('exists', 'os', 'genericpath', 'expanduser', 'realpath', 'getsize', 'abspath')]\nloot = 'PWNED' if [x for x in loot if x] else None",
    "a path that is the cell's": "import os.path\nclass P:\n    def __fspath__(self): return CANARY\nloot = os.path.join(P(), 'x')",
    "the locale's modules": "import locale\nloot = [getattr(locale, n, None) for n in ('sys', 'os', 'encodings', 'functools', '_builtin_str', 're')]\nloot = 'PWNED' if [x for x in loot if x] else None",
    "a locale's format": "import locale\nclass A:\n    def __getattr__(self, n): raise AttributeError\nloot = locale.format_string('%(x.__class__)s', {'x.__class__': 1}) and None",
    "the registry of a dispatcher": "import functools, re\nf = functools.singledispatch(lambda x: 0)\nM = type(re.match('a', 'a'))\nf.register(M, lambda x: 1)\nloot = [k for k in f.registry if k is not object][0]('PWNED')",
    "the registry of a dispatcher, changed": "import functools\nf = functools.singledispatch(lambda x: 0)\nf.registry[int] = grep\nloot = f(1)",
    "a bound method's class": "class A:\n    @classmethod\n    def f(cls): pass\nloot = A.f.__self__.__subclasses__()[0]",
    "self of a library's class method": "import datetime\nloot = [dict.fromkeys.__self__, datetime.date.today.__self__]",
    "a method by its operator's name": "import datetime, re\nloot = [datetime.date(2024, 1, 1).__reduce__(), re.compile('a').__copy__]",
    "the next of a library's iterator": "import re\nloot = re.finditer('a', 'a').__next__.__self__",
    "slots of an instance of the library": "import fractions\nloot = fractions.Fraction(1).__slots__",
    "a codec of the cell's": "import codecs\nloot = [getattr(codecs, n, None) for n in ('open', 'lookup', 'register', 'builtins', 'sys', 'StreamReader')]\nloot = 'PWNED' if [x for x in loot if x] else None",
    "a tree's visitor of what is no tree": "import ast\nclass N: _fields = ('__globals__',)\nloot = [list(ast.walk(grep)), ast.dump(grep)]",
    "a literal that calls": "import ast\nloot = ast.literal_eval('[print(1)]')",
    "a handler of a parser that is shared": "from html.parser import HTMLParser\nHTMLParser.handle_data = lambda s, d: 'PWNED'\nloot = HTMLParser.handle_data",
    "a parser's own marks": "from html.parser import HTMLParser\nclass P(HTMLParser): pass\np = P()\nloot = [getattr(p, n, None) for n in ('interesting', 'rawdata', '_decl_otherchars', 'parse_marked_section')][0]\nloot = getattr(loot, '__class__', None) and None",
    "an entity of the cell's": "import xml.etree.ElementTree as ET\nloot = ET.fromstring('<!DOCTYPE a [<!ENTITY x SYSTEM \"file://' + CANARY + '\">]><a>&x;</a>').text",
    "an element of the library's": "import xml.etree.ElementTree as ET\nE = type(ET.Element('a'))\nE.items = lambda s: 'PWNED'\nloot = ET.Element('b').items()",
    "a file by a logger": "import logging\nlogging.basicConfig(filename=CANARY + '.log')\nloot = None",
    "a section that interpolates": "import configparser\nc = configparser.ConfigParser()\nc.read_string('[a]\\nx = %(y)s')\nc['a']['y'] = '%(__class__)s'\ntry: loot = c['a']['x']\nexcept configparser.Error: loot = None",
    "a file of settings": "import configparser\nc = configparser.ConfigParser()\nloot = c.read(CANARY)",
    "a type made of types": "import types\nloot = [getattr(types, n, None) for n in ('FunctionType', 'CodeType', 'CellType', 'new_class', 'FrameType', 'TracebackType', 'DynamicClassAttribute')]\nloot = loot[0](print, {})",
    "a bound method of another's function": "import types\nloot = types.MethodType(grep, 1)",
    "a traceback's frames": "import traceback\nloot = [getattr(traceback, n, None) for n in ('walk_stack', 'StackSummary', 'sys', 'linecache', 'extract_stack', 'TracebackException')]\nloot = 'PWNED' if [x for x in loot if x] else None",
    "an exception that shows a frame": "import traceback\nclass E(Exception):\n    def __str__(self): return str(self.__traceback__.tb_frame)\ntry: raise E\nexcept E as e: loot = traceback.format_exception(e)",
    "a partial's state, by a facade": "import functools\np = functools.partial(print)\np.__setstate__((getattr, (1,), {}, {}))\nloot = p",
    "a cached property's function": "import functools\nclass A:\n    x = functools.cached_property(lambda s: 1)\nA.x.func = grep\nA.x.attrname = '__class__'\nloot = [A().x, A.x.func]",
    "a set name that renames": "class D:\n    def __set_name__(self, owner, name):\n        global loot\n        loot = owner.__dict__\n        setattr(owner, '__reduce_ex__', 1)\nclass A: x = D()",
    "an aliased constructor": "import typing\nA = typing.List[int]\nloot = [type(A), A.__origin__, A.copy_with]\nloot = loot[0](print, ('x',), name='__builtins__')",
    "a suppressed end": "import contextlib\nwith contextlib.suppress(BaseException): FINAL(1)\nloot = 'PWNED'",
    "a stack's exit": "import contextlib\nwith contextlib.ExitStack() as s:\n    s.push(lambda kind, error, trace: globals().update(loot=trace and trace.tb_frame) or True)\n    1 / 0",
    "state by hand": "import copy, copyreg\nloot = copyreg.__reduce_ex__",
    "getstate of the cell's": "import copy\nclass A:\n    def __getstate__(self): return {'x': 'PWNED'}\nloot = copy.copy(A()).x",
}
