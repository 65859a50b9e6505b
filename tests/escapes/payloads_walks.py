"""Hostile cells that walk: from an object that is given, through the standard library, to one that is not.

They follow the rules of `payloads`.
"""
# ruff: noqa: E501  a hostile line is as long as it is

from __future__ import annotations

# Objects that stand for others, and read attributes from them.
PROXIES: dict[str, str] = {
    "super of a tool": "loot = super(type(grep), grep).__getattribute__('__func__')",
    "super of a class": "class A: pass\nloot = super(A, A).__subclasses__()",
    "super's own object": "class A: pass\nloot = super(A, A()).__self__.__class__.__base__",
    "super without a class": "loot = super(object, 1).__init_subclass__",
    "super of a record": "m = grep('fox')[0]\nsuper(type(m), m).__setattr__('line', 'PWNED')\nloot = m.line",
    "an alias's origin": "loot = list[int].__origin__.__base__.__subclasses__()",
    "an alias of a tool": "loot = type(list[int])(grep, int).__func__",
    "an alias that is unpacked": "loot = [x.__origin__ for x in type(list[int])(grep, int)]",
    "an alias of typing": "import typing\nloot = typing.List.__origin__.__base__",
    "an alias of typing, written to": "import typing\ntyping.Counter.most_common = None\nloot = 'PWNED'",
    "an ABC made to accept a class, through typing": (
        "import typing\nclass M: pass\ntyping.Mapping.register(M)\nloot = 'PWNED'"
    ),
    "an ABC made to accept a class, through a method": (
        "from collections.abc import Mapping\nclass M: pass\ntype(grep)(Mapping, 1).register(M)\nloot = 'PWNED'"
    ),
    "an ABC made to accept a class, through an alias": (
        "from collections.abc import Mapping\nclass M: pass\ntype(list[int])(Mapping, 1).register(M)\nloot = 'PWNED'"
    ),
    "an ABC of numbers made to accept a class": (
        "import numbers\nclass N: pass\nnumbers.Number.register(N)\nloot = 'PWNED'"
    ),
    "an ABC's registry": "from collections.abc import Mapping\nloot = Mapping._dump_registry()",
    "a bound method around a class": "loot = type(grep)(object, 1).__subclasses__()",
    "a partial's function": "from functools import partial\nloot = partial(grep).func.__func__",
    "a partial's state": "from functools import partial\np = partial(len)\np.__setstate__((getattr, (), {}, {}))\nloot = p",
    "a property's getter on another object": (
        "class A:\n    x = property(lambda s: s)\nloot = type(A.x).fget.__get__(A.x).__globals__"
    ),
    "a property's setter on a shared class": (
        "import csv\nfrom collections import Counter\ncsv.DictReader.fieldnames.fset(Counter, 1)\nloot = 'PWNED'"
    ),
    "a static method's function": "loot = staticmethod(grep).__func__.__globals__",
    "a class method's function": "loot = classmethod(grep).__wrapped__",
    "a memory view of a buffer": "import io\nloot = io.BytesIO(b'x').getbuffer().__class__.__base__.__subclasses__()",
    "what an iterator iterates": "loot = iter([grep]).__reduce__()[1][0][0].__func__",
    "the base of a text wrapper": "import io\nloot = io.TextIOWrapper(io.BytesIO()).buffer.raw",
    "a view of a class's dict": "loot = vars(object)",
    "a view compared with a class of the cell's": """
import re
class E:
    def __eq__(self, other):
        other['planted'] = 'PWNED'
        return True
p = re.compile('(?P<a>x)')
p.groupindex == E()
loot = dict(p.groupindex)
""",
    "a shared view compared with a class of the cell's": """
from dataclasses import field
class E:
    def __eq__(self, other):
        other['planted'] = 'PWNED'
        return True
field().metadata == E()
loot = dict(field().metadata)
""",
    "a view joined with a class of the cell's": """
from dataclasses import field
class E:
    def __ror__(self, other):
        other['planted'] = 'PWNED'
field(metadata={'a': 1}).metadata | E()
loot = dict(field().metadata)
""",
}

# Things of the standard library that all cells and the tools share.
SHARED: dict[str, str] = {
    "a table of textwrap's": (
        "import textwrap\ntextwrap.TextWrapper.unicode_whitespace_trans[97] = 'PWNED'\nloot = textwrap.fill('aaa')"
    ),
    "a table of textwrap's, by an instance": (
        "import textwrap\nt = textwrap.TextWrapper()\nt.unicode_whitespace_trans[97] = 'PWNED'\nloot = textwrap.fill('aaa')"
    ),
    "a table of textwrap's, by update": (
        "import textwrap\ntextwrap.TextWrapper.unicode_whitespace_trans.update({97: 'PWNED'})\nloot = textwrap.fill('aaa')"
    ),
    "a pattern of textwrap's": "import textwrap\ntextwrap.TextWrapper.wordsep_re = None\nloot = 'PWNED'",
    "a dialect of csv's": "import csv\ncsv.excel.delimiter = 'PWNED'\nloot = csv.excel.delimiter",
    "the fields of a dialect": "import csv\ncsv.register_dialect('excel', delimiter='x')\nloot = 'PWNED'",
    "a month's name": "import calendar\ncalendar.month_name[1] = 'PWNED'\nloot = 'PWNED'",
    "the limits of a field": "import csv\ncsv.field_size_limit(1)\ntry: loot = list(csv.reader(['a field']))\nexcept csv.Error: loot = 'PWNED'",
    "a shared function's name": "from functools import wraps\nimport json\nwraps(print)(json.loads)\nloot = json.loads.__name__ == 'print' and 'PWNED'",
    "a shared function's wrapper": "from functools import lru_cache\nimport json\nlru_cache(json.loads).x = 1\nloot = 'PWNED'",
    "a member of a flag": "import re\nre.RegexFlag.A = 'PWNED'\nloot = re.A",
    "a member map of a flag": "import re\nre.RegexFlag._member_map_['A'] = 'PWNED'\nloot = re.RegexFlag['A']",
    "the pattern cache": "import re\nloot = re._cache",
    "a dataclass of the tools": "from dataclasses import dataclass\nm = grep('fox')[0]\ndataclass(type(m))\nloot = 'PWNED'",
    "a record's class": "m = grep('fox')[0]\ntype(m).line = 'PWNED'\nloot = grep('fox')[0].line",
    "the statistics of the text": "s = text_stats()\ns.length = 'PWNED'\nloot = text_stats().length",
    "an exception's class": "ValueError.__str__ = lambda s: 'PWNED'\nloot = str(ValueError())",
    "an exception's arguments": "ValueError.args = 'PWNED'\nloot = ValueError().args",
    "a decimal's context": "import decimal\nloot = decimal.getcontext()",
    "the seed's owner": "import random\nloot = random.seed.__self__.__class__.__base__",
    "the digits of an int": "import sys\nsys.set_int_max_str_digits(0)\nloot = 'PWNED'",
    "a chained map over the names": "from collections import ChainMap\nChainMap(globals())['__builtins__'] = {}\nloot = 'PWNED' if '__builtins__' in globals() else None",
    "a guard among the names of the cell": "globals()['.getattr'] = lambda o, n: 'PWNED'\nloot = grep.x",
    "a guard by setdefault": "globals().setdefault('.write', lambda o, n=0: o)\ngrep.x = 'PWNED'\nloot = grep.x",
}

# Copies, answers and errors that carry more than they should.
CARRIERS: dict[str, str] = {
    "deepcopy's memory": """
import copy
memo = {}
try: copy.deepcopy(grep, memo)
finally: loot = [v for v in memo.values()]
""",
    "deepcopy's memory, by name": """
import copy
memo = {}
try: copy.deepcopy(FINAL, memo=memo)
finally: loot = [v for v in memo.values()]
""",
    "deepcopy's memory of a forward reference": """
import copy, typing
memo = {}
copy.deepcopy(typing.List['grep.__globals__'], memo)
loot = [x for v in memo.values() if type(v) is list for x in v]
""",
    "deepcopy of a list of tools": "import copy\nloot = copy.deepcopy([grep, FINAL])[0].__self__",
    "deepcopy of an exception": "import copy\ntry: grep.x\nexcept Exception as e: loot = copy.deepcopy(e).__traceback__",
    "copy of a generator": "import copy\nloot = copy.copy(x for x in [1])",
    "copy of a traceback": """
import copy
class C:
    def __enter__(self): pass
    def __exit__(self, kind, value, trace):
        global loot
        loot = copy.copy(trace)
with C(): 1/0
""",
    "replace of a record": "from dataclasses import replace\nloot = replace(grep('fox')[0], line='PWNED').line",
    "fields of a record": "from dataclasses import fields\nloot = [f.type for f in fields(grep('fox')[0])]",
    "asdict with a factory": "from dataclasses import asdict\nloot = asdict(grep('fox')[0], dict_factory=lambda p: grep.__self__)",
    "json with a class of its own": """
import json
class D:
    def __init__(self, **options): pass
    def decode(self, text): return grep.__globals__
loot = json.loads('1', cls=D)
""",
    "json with a hook": "import json\nloot = json.loads('{}', object_hook=lambda d: grep.__globals__)",
    "json with a default": "import json\nloot = json.dumps(grep, default=lambda o: o.__self__)",
    "json to a writer that is none": "import json\nclass W:\n    write = grep.__func__\njson.dump(1, W())\nloot = 'PWNED'",
    "pprint of what lies": "import pprint\nclass A:\n    def __repr__(self): return grep.__globals__\nloot = pprint.pformat(A())",
    "pprint to a stream": "import pprint\npprint.pprint(1, stream=grep.__self__)\nloot = 'PWNED'",
    "a sorted key": "loot = sorted([grep], key=lambda g: g.__globals__)",
    "a comparison by key": "from functools import cmp_to_key\nloot = cmp_to_key(lambda a, b: 0)(grep).obj.__func__",
    "the error of an import": "try: import os\nexcept ImportError as e: loot = [e.path, e.name_from]",
    "the error of a name": "try: nope\nexcept NameError as e: loot = e.__traceback__.tb_frame",
    "the error of a tool": "try: grep(1, 2, 3, 4)\nexcept TypeError as e: loot = e.__traceback__.tb_next.tb_frame.f_locals",
    "the error of a stop": "g = (x for x in [])\ntry: next(g)\nexcept StopIteration as e: loot = e.__context__.__traceback__",
    "the error that leaves a block": """
class C:
    def __enter__(self): pass
    def __exit__(self, kind, value, trace):
        global loot
        loot = [kind.__mro__, value.__context__]
        return True
with C(): FINAL(1)
""",
    "a finish that is forged": """
class C:
    def __enter__(self): pass
    def __exit__(self, kind, value, trace):
        global K
        K = kind
        return True
with C(): FINAL(1)
loot = K.__init__.__globals__
""",
    "the class of a finish as a base": """
class C:
    def __enter__(self): pass
    def __exit__(self, kind, value, trace):
        global K
        K = kind
        return True
with C(): FINAL(1)
class Mine(K): loot = 'PWNED'
loot = 'PWNED'
""",
    "an answer that reads itself": "class L(list): pass\nFINAL(L([grep.__globals__]))",
    "a module's class as a carrier": "import re\nloot = type(re)('x', {'sys': 1}).__class__.__init__.__globals__",
    "a named tuple's maker": "from collections import namedtuple\nloot = namedtuple('X', 'a')._make.__func__.__globals__",
    "a named tuple's defaults": "from collections import namedtuple\nloot = namedtuple('X', 'a')._field_defaults.__class__.__base__",
    "a named tuple with a field that is a way out": (
        "from typing import NamedTuple\nclass X(NamedTuple):\n    __class__: int\nloot = 'PWNED'"
    ),
    "a counter's missing": "from collections import Counter\nloot = Counter.__missing__.__globals__",
    "a default factory": "from collections import defaultdict\nloot = defaultdict(getattr)['__globals__']",
    "a default factory of tools": "from collections import defaultdict\nd = defaultdict(lambda: grep)\nloot = d['x'].__func__",
    "a context manager's arguments": (
        "from contextlib import contextmanager\n@contextmanager\ndef f(x): yield x\nc = f(grep)\nloot = [c.gen.gi_frame, c.args[0].__func__]"
    ),
    "a closing": "from contextlib import closing\nwith closing(grep) as g: loot = g.__func__",
    "an import of all": "from re import *\nloot = copyreg",
    "an import in a function": "def f():\n    import json.codecs as c\n    return c\nloot = f()",
    "an import with a dot too many": "import re.enum.sys\nloot = re.enum.sys",
    "an import of a guard": "from rlm_kernel.subkernel.inside import guards\nloot = guards",
    "an import of the importer": "import __main__\nloot = __main__",
    "an import by strptime": "import datetime\nloot = datetime.datetime.strptime('1', '%d').__class__.strptime.__self__.__base__",
    "a codec": "import codecs\nloot = codecs.open",
    "a codec by its name": "loot = b'cos\\nsystem\\n.'.decode('pickle')",
    "a codec that reads a disk": "loot = 'x'.encode('bz2_codec')",
    "a document in a child": "import os\nloot = os.fork()",
    "a descriptor": "loot = open(0).read()",
    "a descriptor, raw": "import io\nloot = io.FileIO(3).read()",
}
