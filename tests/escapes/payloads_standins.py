"""Hostile cells against what stands for a class or a module of Python's: its parent, its fields, what it compares.

As in `payloads`, what is got hold of goes into the global `loot`.
"""
# ruff: noqa: E501  a line is as long as it is

from __future__ import annotations

_ANYTHING = "class Equal:\n    def __eq__(self, other): return True\n    def __hash__(self): return 0\n"

PARENTS: dict[str, str] = {
    "a formatter's parent": (
        "import string\ng = super(string.Formatter, string.Formatter()).get_field\n"
        "loot = g('0.__globals__', (grep,), {})"
    ),
    "a formatter's parent by a variable": (
        "import string\ns = super\nloot = s(string.Formatter, string.Formatter()).get_field('0.__class__.__base__', (1,), {})"
    ),
    "a user string's parent": (
        "from collections import UserString\n"
        "loot = super(UserString, UserString('{0.__class__.__base__} PWNED')).format(1)"
    ),
    "a tree's parent": (
        "import xml.etree.ElementTree as ET\nloot = super(ET.ElementTree, ET.ElementTree()).parse(CANARY)"
    ),
    "a configuration's parent": (
        "import configparser\nloot = super(configparser.ConfigParser, configparser.ConfigParser()).read(CANARY)\n"
        "loot = 'PWNED'"
    ),
    "a parent unbound": "import string\nloot = super(string.Formatter).__get__(string.Formatter()).get_field",
    "a parent's private name": (
        "import string\nloot = getattr(super(string.Formatter, string.Formatter()), '_vformat')\nloot = 'PWNED'"
    ),
}

FIELDS: dict[str, str] = {
    "an annotated name of Python's": """
import dataclasses
@dataclasses.dataclass(init=False, repr=False, eq=False)
class X:
    __setattr__: int
    __getattribute__: int
loot = [field.default for field in dataclasses.fields(X)]
loot = 'PWNED'
""",
    "a field that is written to": """
import dataclasses
@dataclasses.dataclass(init=False, repr=False, eq=False)
class X:
    __setattr__: int
row = grep('fox')[0]
{f.name: f.default for f in dataclasses.fields(X)}['__setattr__'](row, 'line_num', 7)
loot = 'PWNED' if row.line_num == 7 else None
""",
    "a typed dictionary whose names are code": """
import typing, dataclasses
T = typing.TypedDict('T', {"a, self.take(__import__('os'))": int})
D = dataclasses.dataclass(init=False, repr=False)(T)
class O:
    a = 1
    def take(self, module):
        global loot
        loot = module
        return 1
o = O()
D.__eq__(o, o)
""",
    "annotations that are put in later": """
import dataclasses
class X: pass
X.__annotations__ = {"a=print('PWNED')": int}
loot = dataclasses.dataclass(X)
loot = 'PWNED'
""",
    "a keyword as a field": """
import typing, dataclasses
T = typing.TypedDict('T', {'lambda: 0': int})
loot = dataclasses.dataclass(T)
loot = 'PWNED'
""",
}

EQUALS: dict[str, str] = {
    "a formatter class that equals all others": _ANYTHING
    + """
import argparse
class F(Equal):
    def __call__(self, prog): return self
    def add_usage(self, usage, actions, *rest):
        global loot
        loot = actions[0].container
        loot = 'PWNED'
    def __getattr__(self, name): return lambda *rest: 'help'
argparse.ArgumentParser(formatter_class=F()).format_help()
""",
    "an action that equals a text": _ANYTHING
    + """
import argparse
class Act(Equal):
    def __call__(self, *rest, **options):
        global loot
        loot = 'PWNED'
        return self
argparse.ArgumentParser().add_argument('--x', action=Act())
""",
    "a dialect that equals none": """
import csv
class S(str):
    calls = 0
    def __hash__(self):
        S.calls += 1
        return 1 if S.calls == 1 else hash('excel')
    def __eq__(self, other): return S.calls > 1
csv.register_dialect(S('excel'), delimiter='|')
loot = None if csv.excel.delimiter == csv.get_dialect('excel').delimiter else 'PWNED'
""",
    "a library's method by a class of the cell's": """
import json
class J(json.JSONEncoder): pass
J.__init__(json.JSONEncoder, indent=3)
loot = 'PWNED' if json.JSONEncoder.indent == 3 else None
""",
    "a private attribute of a library's object": """
import configparser
p = configparser.ConfigParser()
p._proxies = {}
loot = 'PWNED'
""",
    "a private attribute of a view": """
class A: pass
vars(A())._held = {}
loot = 'PWNED'
""",
    "a node whose dictionary lies": """
import ast
class D(dict):
    def keys(self): return set()
node = ast.Name(**{'__dict__': D(_fields=('__class__', '__reduce_ex__'))})
loot = ast.dump(node)
loot = 'PWNED'
""",
    "the class of a refusal": """
import sys
try: open('x')
except Exception: kind = sys.exc_info()[0]
class S(str):
    def __str__(self): return self
    def __getitem__(self, item): return print
loot = kind(S('read_lines: line 7 of the document is withheld'), 3)
loot = 'PWNED'
""",
    "the class of a refusal by an exit": """
class C:
    def __enter__(self): return self
    def __exit__(self, kind, error, trace):
        global loot
        loot = kind('PWNED', 1)
        return True
with C(): open('x')
""",
}

# What is left of these would be seen in the cells that follow.
LASTING: dict[str, str] = {
    "an output that is redirected for good": """
import contextlib
class W:
    def __call__(self, text): pass
    def __eq__(self, other): return True
class T: write = W()
with contextlib.redirect_stdout(T()): pass
""",
    "an output that is redirected by hand": """
import contextlib
class T:
    def write(self, text): pass
contextlib.redirect_stdout(T()).__enter__()
""",
}
