"""Hostile cells of our own. One that gets hold of something forbidden puts it, or PWNED, into the global `loot`.

They run with `context`, `docs` (another name for it; in CHANGES it is a list of dicts), the path `CANARY` and the
tools; they are judged from outside.
"""

from __future__ import annotations

ESCAPES: dict[str, str] = {
    "the real type, by way of a class": "T = type(int)\nT('X', (), {'__del__': print})\nloot = 'PWNED'",
    "the real type, by attribute": "int.__class__('X', (), {'__getattr__': lambda s, n: 1})\nloot = 'PWNED'",
    "a metaclass of an ABC": (
        "from collections.abc import Set\ntype(Set)('X', (), {'__class__': property(lambda s: str)})\nloot = 'PWNED'"
    ),
    "a metaclass of an Enum": "from enum import Enum\nloot = type(Enum)('X', (Enum,), {})",
    "the metaclass of the stand-in": "type(type)('X', (), {'__reduce__': 1})\nloot = 'PWNED'",
    "an ABC made to accept a class": (
        "from collections.abc import Mapping\nclass M: pass\nMapping.register(M)\nloot = 'PWNED'"
    ),
    "getattr as a key function": "loot = sorted([grep], key=lambda t: getattr(t, '__globals__'))",
    "getattr through map": "loot = list(map(getattr, [grep], ['__self__']))",
    "getattr through partial": "from functools import partial\nloot = partial(getattr, grep)('__func__')",
    "getattr through reduce": (
        "from functools import reduce\nloot = reduce(getattr, ['__class__', '__base__', '__subclasses__'], ())"
    ),
    "getattr through a default": "def f(a=getattr): return a(grep, '__globals__')\nloot = f()",
    "getattr with a name that changes": """
from enum import Enum
class S(str, Enum):
    A = 'upper'
    def __eq__(self, o): return True
    def __hash__(self): return hash('upper')
loot = getattr(grep, S.A)
""",
    "full-width underscores in a name": "loot = grep.\uff3f\uff3fglobals\uff3f\uff3f",
    "full-width underscores in a text": "loot = getattr(grep, '\uff3f\uff3fglobals\uff3f\uff3f')",
    "full-width name of a guard": "\uff3fgetattr\uff3f = lambda o, n: 1\nloot = grep.__globals__",
    "the sandbox's own spelling": "\u02cdgetattr_ = lambda o, n: 1\nloot = grep.__globals__",
    "a guard as a variable": "_getattr_ = _write_ = _import_ = lambda *a: a\nloot = grep.__globals__",
    "a guard as a parameter": "def f(_getattr_): return grep.__globals__\nloot = f(lambda o, n: 1)",
    "a guard as a walrus": "(_getattr_ := lambda o, n: 1)\nloot = grep.__globals__",
    "a guard as an import": "import re as _getattr_\nloot = grep.__globals__",
    "a guard as a class": "class _getattr_: pass\nloot = grep.__globals__",
    "a guard as a loop's variable": "for _getattr_ in [print]: loot = grep.__globals__",
    "a guard as an exception": "try: 1/0\nexcept Exception as _getattr_: loot = grep.__globals__",
    "a guard by global": (
        "def f():\n    global _write_\n    _write_ = lambda o: o\nf()\ngrep.x = 'PWNED'\nloot = grep.x"
    ),
    "a format with an attribute": "loot = '{0.__globals__}'.format(grep)",
    "a format by way of the class": "loot = str.format('{0.__globals__}', grep)",
    "a format found at run time": "loot = getattr('{0.__globals__}', 'for' + 'mat')(grep)",
    "a format in a format": "loot = '{0:{1.__globals__}}'.format('', grep)",
    "a format with a converted value": "loot = '{0.__func__!r}'.format(grep)",
    "a format of a subclass": """
from enum import Enum
class S(str, Enum):
    A = '{0.__globals__}'
loot = S.A.format(grep)
""",
    "format_map with a mapping of the cell's": """
class M:
    def __getitem__(self, key): return grep
loot = '{x.__globals__}'.format_map(M())
""",
    "attrgetter": "import operator\nloot = operator.attrgetter('__globals__')(grep)",
    "attrgetter, dotted": "import operator\nloot = operator.attrgetter('__self__._searcher')(grep)",
    "methodcaller": "import operator\nloot = operator.methodcaller('__reduce_ex__', 4)(grep)",
    "a traceback in __exit__": """
class C:
    def __enter__(self): pass
    def __exit__(self, kind, value, trace):
        global loot
        loot = trace.tb_frame
        return True
with C(): 1/0
""",
    "a frame by match": """
g = (x for x in [1])
class D:
    pass
match g:
    case D(gi_frame=f): loot = f
""",
    "__match_args__ of a dataclass": """
from dataclasses import dataclass
@dataclass
class D:
    gi_frame: int
match (x for x in [1]):
    case D(f): loot = f
    case object(f): loot = f
""",
    "match args set on a class": "class A: pass\nA.__match_args__ = ('__globals__',)\nloot = 'PWNED'",
    "a generator's code": "g = (x for x in [1])\nloot = [g.gi_code, g.gi_frame.f_back.f_globals]",
    "an asynchronous generator": "g = (x async for x in [1])\nloot = g.ag_frame",
    "the object of an AttributeError": "try: grep.nope\nexcept AttributeError as e: loot = e.obj",
    "the object of an AttributeError's subclass": """
class E(AttributeError): pass
try:
    try: grep.nope
    except AttributeError as e: raise E(*e.args) from e
except E as e: loot = [e.obj, e.__cause__.obj]
""",
    "the descriptor of an exception": "loot = AttributeError.obj",
    "a NameError's frame": "try: nope\nexcept NameError as e: loot = e.__traceback__.tb_frame.f_builtins",
    "with_traceback": (
        "try: 1/0\nexcept Exception as e: loot = e.with_traceback(e.__traceback__).__traceback__.tb_frame"
    ),
    "deepcopy of a tool": "import copy\nloot = copy.deepcopy(grep).__self__",
    "copy of a module": "import copy, re\nloot = copy.copy(re).sys",
    "reduce of a module": "import re\nloot = re.__reduce_ex__(4)",
    "a module's dict": "import re\nloot = vars(re)",
    "a module's class": "import re\nM = type(re)\nM.__init__(re, 'x', {'compile': 'PWNED'})\nloot = re.compile",
    "a record rewritten by super": (
        "m = grep('fox')[0]\nsuper(type(m), m).__init__('PWNED', 'PWNED', 1, 0, (), 'x')\nloot = m.line"
    ),
    "a method type around a function": "loot = type(grep)(lambda s: s, grep).__func__.__globals__",
    "a function type": "loot = type(lambda: 1)((lambda: 1).__code__, {})",
    "a property's getter": "from fractions import Fraction\nloot = Fraction.numerator.fget.__globals__",
    "a cached function": "from functools import lru_cache\nloot = lru_cache(grep).__wrapped__",
    "contextmanager's insides": (
        "from contextlib import contextmanager\n@contextmanager\ndef f(): yield\nloot = f().gen.gi_frame.f_globals"
    ),
    "a buffer": "import io\nb = io.BytesIO(b'abc')\nloot = b.getbuffer().obj.__class__.__base__.__subclasses__",
    "type hints as code": "from typing import Union\nloot = Union['().__class__', int].__args__[0].__forward_code__",
    "a namedtuple with code in its name": (
        "from collections import namedtuple\nnamedtuple('X(): pass\\nprint(1)#', 'a')\nloot = 'PWNED'"
    ),
    "a dataclass with code in a field": (
        "from dataclasses import dataclass, field\nclass A: pass\nsetattr(A, '__annotations__', {'x=print(1)': int})\n"
        "dataclass(A)\nloot = 'PWNED'"
    ),
    "a dataclass made of another's class": (
        "from dataclasses import dataclass\nfrom collections import Counter\ndataclass(Counter)\nloot = 'PWNED'"
    ),
    "wraps with globals": (
        "from functools import wraps\nimport json\ndef f(): pass\nwraps(json.dumps, updated=('__globals__',))(f)\n"
        "loot = codecs"
    ),
    "a shared class changed": "from collections import Counter\nCounter.most_common = None\nloot = 'PWNED'",
    "a shared function changed": "import json\njson.dumps.__defaults__ = ('PWNED',)\nloot = 'PWNED'",
    "importing by a text": "from importlib import import_module\nloot = import_module('os')",
    "importing what a module holds": "from json import codecs\nloot = codecs",
    "importing a module's private module": "import re._parser\nloot = re._parser.sys",
    "importing through builtins": "loot = globals()['__builtins__']['__import__']('os')",
    "the parent's environment": "loot = open('/proc/self/environ').read() + open(f'/proc/{1}/environ').read()",
    "the canary file": "import pathlib\nloot = pathlib.Path(CANARY).read_text()",
    "a tool that is given code": "loot = grep('(?P<x>' + '__import__(\\'os\\')' + ')')",
    "a tool that is given a liar": """
class L:
    def __getattr__(self, name): return grep
loot = read_lines(1, L())
""",
    "an answer that is a liar": """
class L:
    line_num = property(lambda s: grep)
FINAL(1, evidence=[L()])
loot = 'none'
""",
}

# The documents themselves, in every way that changes a list or a dict in place.
CHANGES: dict[str, str] = {
    "append": "docs.append(1)",
    "in place": "docs += [1]",
    "item": "docs[0] = 1",
    "nested item": "docs[0]['text'] = 'forged'",
    "update": "docs[0].update(text='forged')",
    "setdefault": "docs[0].setdefault('more', 1)",
    "or in place": "d = docs[0]\nd |= {'text': 'forged'}",
    "pop": "docs.pop()",
    "delete": "del docs[0]",
    "clear": "docs.clear()",
    "reverse": "docs.reverse()",
    "unbound": "list.append(docs, 1)",
    "unbound, of its class": "type(docs).__init__(docs, [])",
    "super": "super(type(docs), docs).__init__([1])",
    "super's setattr": "super(type(docs), docs).__setattr__('_items', ())",
    "the inner tuple": "docs._items = ()",
    "heapq": "import heapq\nheapq.heappop(docs)",
    "bisect": "import bisect\nbisect.insort(docs, 1)",
    "shuffle": "import random\nrandom.shuffle(docs)",
    "operator": "import operator\noperator.iadd(docs, [1])",
    "a loop's target": "for docs[0] in [1]: pass",
    "unpacking": "docs[0], x = 1, 2",
    "a walrus and a slice": "docs[:] = []",
}

BOMBS: dict[str, str] = {
    "interrupts swallowed by __exit__": """
class C:
    def __enter__(self): pass
    def __exit__(self, *a): return True
while True:
    with C():
        while True: pass
""",
    "interrupts swallowed by finally": (
        "while True:\n    try:\n        while True: pass\n    finally:\n        continue"
    ),
    "a cycle in C": "from collections import deque\nfrom itertools import cycle\ndeque(cycle([1]), maxlen=0)",
    "a chain of iterators": (
        "from itertools import chain\nx = iter([])\nfor i in range(10**6): x = chain(x, [])\nlist(x)"
    ),
    "a chain of maps": "x = iter([1])\nfor i in range(10**6): x = map(abs, x)\nnext(x)",
    "a deep repr": "x = []\nfor i in range(10**5): x = [x]\nx",
    "a wide repr": "x = []\nfor i in range(60): x = [x, x]\nx",
    "an answer too deep": "x = []\nfor i in range(10**5): x = [x]\nFINAL(x)",
    "an answer too wide": "x = []\nfor i in range(60): x = [x, x]\nFINAL(x)",
    "a question without end": "llm_query('x' * 10**9)",
    "questions without end": "llm_query_batched(['x'] * 10**8)",
    "variables without end": "d = {str(i) * 50: i for i in range(10**6)}\nd",
    "a class's name without end": "from collections import namedtuple\nX = namedtuple('X' * 10**7, 'a')\nX(1)",
    "an exception's name without end": "from collections import namedtuple\nraise KeyError('x' * 10**8)",
    "writing without end": "while True: print('x' * 10**6)",
    "a set of collisions": "{i * (2**61 - 1) for i in range(10**5)}",
    "a pattern for grep": "grep('(x+x+)+y|(a|a)*b')\ngrep('(o?){60}o{60}')",
    "text for fuzzy_search": "fuzzy_search('x' * 10**7)",
    "digits": "int('9' * 10**5) ** 10**5",
    "a source without end": "+".join(["1"] * 10) + "\n" + "x = [" + "1," * 50_000 + "]",
    "a deep expression": "x = " + "-" * 50_000 + "1",
    "a deep attribute": "x = a" + ".b" * 20_000,
    "a generator closed for ever": """
def g():
    while True:
        try: yield
        finally: continue
x = g(); next(x); del x
""",
}
