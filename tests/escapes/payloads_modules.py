"""Hostile cells that go through the modules of the standard library and their stand-ins.

They follow the rules of `payloads`.
"""
# ruff: noqa: E501  a hostile line is as long as it is

from __future__ import annotations

MODULES: dict[str, str] = {
    "a formatter with braces": """
import logging
loot = logging.Formatter('{msg.__globals__}', style='{')
log = logging.getLogger('x'); h = logging.StreamHandler(); h.setFormatter(loot); log.addHandler(h)
log.warning(grep)
""",
    "a formatter with a record of the cell's": """
import logging, re
class R:
    def getMessage(self): return 'x'
for record in (re, grep, R, type, logging):
    try: loot = logging.Formatter('%(load)s %(sys)s').format(record)
    except (TypeError, AttributeError, KeyError): loot = None
    assert loot is None
""",
    "a record's own fields": """
import logging
class Keep(logging.Handler):
    def emit(self, record):
        global loot
        loot = [n for n in dir(record)] + [getattr(record, n, None) for n in ('_service', 'exc_info', 'stack_info')]
log = logging.getLogger('k'); log.addHandler(Keep()); log.warning('x')
loot = getattr(logging.getLogger(), '_service', None)
""",
    "a logger's manager": "import logging\nloot = [getattr(logging, n, None) for n in ('root', 'Manager', 'sys', 'os', 'FileHandler', 'currentframe')]",
    "a logger above that is the cell's": """
import logging
class Above:
    level = 1; handlers = [grep]; propagate = True; parent = None
log = logging.getLogger('a.b'); log.parent = Above(); log.handlers.append(grep)
log.error('x')
""",
    "an encoder with a default of a facade": """
import json, re
try: loot = json.dumps(re, default=lambda o: o.__dict__)
except AttributeError: loot = None
try: loot = json.dumps(grep, cls=json.JSONEncoder)
except TypeError: loot = None
""",
    "an encoder that is none": """
import json
class E:
    def __init__(self, **options): self.default = None
    def encode(self, o): return o
try: loot = json.dumps(1, cls=E)
except TypeError: loot = None
""",
    "an encoder's class": "import json\ntry: loot = json.JSONEncoder.__init__.__globals__\nexcept AttributeError: loot = None",
    "a decoder's hooks": """
import json
loot = [json.loads('{"a": 1}', object_hook=dir), json.loads('1', parse_int=type), json.JSONDecoder().scan_once.__class__]
""",
    "a parser of files": """
import configparser
for name in (CANARY, [CANARY]):
    try: c = configparser.ConfigParser(); c.read(name); loot = c.sections()
    except (FileNotFoundError, configparser.Error): loot = None
""",
    "a configuration's converters": """
import configparser
c = configparser.ConfigParser(converters={'globals': lambda v: grep, '_x': lambda v: v})
c.read_string('[a]\\nb=1')
try: loot = c.getglobals('a', 'b').__globals__
except AttributeError: loot = None
try: c.optionxform = lambda name: name.__class__.__mro__; c.set('a', 'b', '1'); loot = c.options('a')
except (AttributeError, TypeError): loot = None
""",
    "an interpolation of attributes": """
import configparser
c = configparser.ConfigParser(interpolation=configparser.ExtendedInterpolation())
c.read_string('[a]\\nb=${a:__globals__}')
try: loot = c['a']['b']
except configparser.Error: loot = None
""",
    "a document that names a file": """
import xml.etree.ElementTree as ET
for attempt in (lambda: ET.parse(CANARY), lambda: ET.ElementTree(file=CANARY), lambda: ET.iterparse(CANARY).__next__(),
    lambda: next(ET.iterparse(CANARY)), lambda: ET.ElementTree(ET.XML('<a/>')).write(CANARY)):
    try: loot = attempt()
    except (FileNotFoundError, AttributeError): loot = None
    assert loot is None
""",
    "an entity of a file": """
import xml.etree.ElementTree as ET
for kind in ('SYSTEM', 'PUBLIC "x"'):
    try: loot = ET.fromstring(f'<!DOCTYPE a [<!ENTITY e {kind} "file://{CANARY}">]><a>&e;</a>').text
    except ValueError: loot = None
""",
    "an XML parser's own parser": """
import xml.etree.ElementTree as ET
p = ET.XMLParser()
loot = [getattr(p, n, None) for n in ('parser', '_parser', '_feed', 'entity', 'target', '_target')]
""",
    "an element that is none": """
import xml.etree.ElementTree as ET
class E:
    tag = 'a'; text = None; tail = None; attrib = {}
    def iter(self, tag=None): return iter([self])
    def items(self): return []
    def __len__(self): return 0
    def __iter__(self): return iter([])
e = ET.Element('a')
e.iter = lambda *a: iter([E()])
try: loot = ET.tostring(e)
except (TypeError, AttributeError): loot = None
try: loot = ET.SubElement(grep, 'x')
except TypeError: loot = None
""",
    "an element with attributes of the library's": """
import xml.etree.ElementTree as ET
e = ET.Element('a')
for name in ('__class__', '__dict__', '_children'):
    try: setattr(e, name, 'PWNED'); loot = getattr(e, name)
    except (AttributeError, TypeError): loot = None
""",
    "a builder's factory": "import xml.etree.ElementTree as ET\ntry: loot = ET.TreeBuilder(element_factory=getattr)\nexcept TypeError: loot = None",
    "nodes with fields of the cell's": """
import ast
n = ast.Name('x', _fields=('__class__', '__reduce_ex__', '__dict__'))
loot = []
for use in (ast.dump, ast.unparse, lambda n: list(ast.iter_fields(n)), lambda n: list(ast.walk(n)), ast.literal_eval, ast.get_docstring):
    try: loot.append(use(n))
    except (TypeError, ValueError): pass
loot
""",
    "fields of what is no node": """
import ast
from collections import namedtuple
R = namedtuple('R', 'a')
class N: pass
loot = []
for it in (R(1), N(), grep, ast, type, ast.Name):
    for use in (ast.dump, ast.unparse, lambda n: list(ast.iter_fields(n)), lambda n: list(ast.iter_child_nodes(n)), ast.NodeVisitor().visit):
        try: loot.append(use(it))
        except TypeError: pass
assert loot == []
""",
    "a node's class inherited": "import ast\ntry:\n    class N(ast.Name): _fields = ('__dict__',)\n    loot = ast.dump(N())\nexcept TypeError: loot = None",
    "a tree that is run": """
import ast
try: loot = compile(ast.parse('__import__("os")'), 'x', 'exec')
except Exception: loot = None
try: loot = eval(ast.parse('open'))
except Exception: loot = None
try: loot = ast.literal_eval('__import__("os")')
except ValueError: loot = None
try: loot = ast.literal_eval(ast.Call(ast.Name('open'), [], []))
except (ValueError, TypeError, AttributeError): loot = None
""",
    "a visitor's method by any name": """
import ast
class V(ast.NodeVisitor): pass
v = V()
class Name:
    __name__ = 'x'
try: v.visit(Name())
except TypeError: loot = None
""",
    "frames of a traceback as text": """
import traceback, sys
loot = []
try: 1 / 0
except ZeroDivisionError as e:
    loot = [traceback.format_exc(), sys.exc_info()[2], traceback.format_exception(e)]
    for name in ('walk_tb', 'walk_stack', 'extract_stack', 'TracebackException', 'StackSummary', 'sys', 'linecache'):
        assert not hasattr(traceback, name)
assert 'rlm_kernel' not in str(loot)
""",
    "an exception that lies in its text": """
import traceback, logging
class E(Exception):
    def __str__(self): raise ValueError('inside')
try: raise E()
except E as e:
    loot = traceback.format_exc()
    logging.exception('x')
""",
    "the process behind sys": "import sys\nloot = [getattr(sys, n, None) for n in ('modules', '_getframe', 'stdin', '__stdout__', 'path', 'settrace', 'setprofile', 'addaudithook', 'meta_path', 'implementation', 'flags', 'executable', 'orig_argv', 'getrefcount', '_current_frames', 'breakpointhook', 'displayhook', 'excepthook', 'unraisablehook', 'last_traceback', 'set_asyncgen_hooks')]\nassert loot == [None] * 21",
    "a stream's writer": "import sys\nloot = [getattr(sys.stdout, n, None) for n in ('_write', 'buffer', 'fileno', 'detach')]",
    "a stream written to": "import sys\ntry: sys.stdout.write = print; loot = 'PWNED'\nexcept TypeError: loot = None\ntry: sys.stdout = 1; loot = 'PWNED'\nexcept TypeError: loot = None",
    "a printer of a stream": """
import pprint
class W:
    def write(self, text): raise ValueError('x')
try: pprint.pprint([1], stream=W())
except ValueError: pass
try: pprint.PrettyPrinter(stream=grep).pprint(1)
except AttributeError: pass
loot = getattr(pprint.PrettyPrinter(), '_format', None)
""",
    "a print into a facade": "import re, json\nfor it in (re, grep, 1, print, [].append):\n    try: print('x', file=it); loot = 'PWNED'\n    except AttributeError: loot = None",
    "an array that changes in its own index": """
from array import array
a = array('b', bytes(1 << 16))
class I:
    def __index__(self):
        del a[:]
        return 1
for use in (lambda: a.__setitem__(60000, I()), lambda: a.append(I()), lambda: a.insert(0, I()), lambda: a.extend([I()])):
    try: use()
    except (AttributeError, IndexError, TypeError): pass
try: a[60000] = I()
except IndexError: pass
a.extend(range(100)); a[I()] = 5; a[0:I()] = array('b', [1])
loot = a.tolist()
""",
    "an array's address": "from array import array\ntry: loot = array('b').buffer_info()\nexcept AttributeError: loot = None\ntry: loot = getattr(array('i', [1]), 'buffer' + '_info')\nexcept AttributeError: loot = None",
    "a reader's insides": """
import csv, io
r = csv.DictReader(io.StringIO('a\\n1'))
for name in ('__class__', '__init__', '__dict__'):
    try: setattr(r, name, 'PWNED'); loot = 'PWNED'
    except (AttributeError, TypeError): loot = None
r.reader = iter([['1'], ['2']]); r.fieldnames = ['__globals__']
loot = list(r)
""",
    "a sniffed dialect": """
import csv
d = csv.Sniffer().sniff('a;b\\n1;2\\n')
d.delimiter = '|'
try: loot = d.__init__.__globals__
except AttributeError: loot = None
""",
    "a time zone from a file": """
from zoneinfo import ZoneInfo
import io
for attempt in (lambda: ZoneInfo('../../../etc/hostname'), lambda: ZoneInfo(CANARY), lambda: ZoneInfo.from_file(io.BytesIO(b''), 'x'), lambda: ZoneInfo.no_cache(CANARY)):
    try: loot = attempt()
    except (FileNotFoundError, KeyError): loot = None
    assert loot is None
""",
    "a path that is a file": """
from pathlib import Path
p = Path(CANARY)
for name in ('read_text', 'read_bytes', 'open', 'exists', 'stat', 'resolve', 'unlink', 'iterdir', 'glob', 'write_text', 'touch'):
    try: loot = getattr(p, name)()
    except FileNotFoundError: loot = None
    assert loot is None
for name in ('_flavour', '_accessor', 'parser', '_raw_paths'):
    assert getattr(p, name, None) is None or name == 'parser'
loot = getattr(p, 'parser', None)
""",
    "the modules behind modules": """
import zoneinfo, secrets, uuid, html.parser, calendar, ipaddress, email.utils, shlex, graphlib, codecs, gzip, warnings, hashlib, array
loot = [(m, n) for m in (zoneinfo, secrets, uuid, html, html.parser, calendar, ipaddress, email, email.utils, shlex, codecs, gzip, warnings, hashlib, array)
    for n in ('os', 'sys', 'io', 're', 'builtins', 'open', 'importlib', '_common', 'functools', 'socket', 'random', 'time', 'struct', 'warnings')
    if hasattr(m, n)]
assert loot == []
""",
    "a decoder of any name": "import codecs\nfor name in ('os', '../os', 'encodings.os', '__globals__', 'mbcs'):\n    try: loot = codecs.decode(b'x', name)\n    except LookupError: loot = None\nloot = [getattr(codecs, n, None) for n in ('open', 'lookup', 'register', 'builtins', 'sys', 'StreamReader')]",
    "a hash of any name": "import hashlib\nfor name in ('__import__', 'os', '__globals__', CANARY):\n    try: loot = hashlib.new(name)\n    except ValueError: loot = None",
    "a warning that is raised as anything": """
import warnings
class W(UserWarning):
    def __str__(self): return '{0.__class__}'
warnings.warn(W())
for category in (int, grep, object, type):
    try: warnings.warn('x', category); loot = 'PWNED'
    except TypeError: loot = None
with warnings.catch_warnings(record=True) as caught:
    warnings.warn('x')
loot = [getattr(caught[0], n, None) for n in ('source', 'file', '_category_name')]
try: loot = warnings.catch_warnings.__enter__.__globals__
except AttributeError: pass
""",
    "names of a star import": """
from sys import *
from re import *
from ast import *
from json import *
loot = [n for n in ('os', 'sys', 'enum', 'codecs', 'builtins', 'modules', 'open', '_getattr_') if n in dir.__class__.__name__]
def _getattr_(o, n): return 'PWNED'
loot = getattr(grep, '__name__')
""",
    "a star import over the tools": "from json import *\nfrom math import *\nloot = loads('1')\ntry: from rlm_kernel import *\nexcept ModuleNotFoundError: loot = None",
    "a dialect that reads": """
import csv
class D(csv.Dialect):
    delimiter = ','; quoting = 0; lineterminator = '\\n'
    @property
    def quotechar(self): return grep.__globals__
try: loot = list(csv.reader(['a,b'], D))
except Exception: loot = None
""",
    "decimal's contexts": """
import decimal
c = decimal.getcontext()
for name in ('__class__', 'nothing'):
    try: setattr(c, name, 'PWNED'); loot = getattr(c, name)
    except (AttributeError, TypeError): loot = None
    assert loot is None
decimal.DefaultContext.prec = 5
with decimal.localcontext() as own: own.traps[decimal.Inexact] = False
loot = str(decimal.Decimal(1) / 3)
""",
    "a html parser with regular expressions of the cell's": """
from html.parser import HTMLParser
class M:
    def search(self, text, at): return self
    def match(self, text, at=0): return self
    def start(self): return 0
    def end(self): return 10 ** 9
    def group(self, *a): return grep
class P(HTMLParser):
    def __init__(self):
        super().__init__(); self.interesting = M()
    def handle_data(self, data): self.got = data
p = P()
for text in ('<a>', 'x&#55;', '<!DOCTYPE x>', '<![CDATA[x]]>', '<?x>', '</a>'):
    try: p.feed(text)
    except (TypeError, AttributeError, ValueError, AssertionError): pass
loot = getattr(p, 'got', None)
""",
    "random states of the cell's": """
import random
for state in ((3, (1,) * 625, None), (3, (2 ** 40,) * 625, None), (3, ('x',) * 625, None), grep, (3, tuple(range(624)) + (10 ** 6,), None)):
    try: random.Random().setstate(state)
    except (TypeError, ValueError, OverflowError): pass
r = random.Random()
loot = [getattr(r, n, None) for n in ('_randbelow', '_os', '__reduce__')[:2]]
""",
    "a struct into itself": """
import struct
b = bytearray(64)
class I:
    def __index__(self):
        try: b.clear()
        except BufferError: pass
        return 1
try: struct.pack_into('q', b, 0, I())
except (struct.error, BufferError): pass
try: struct.pack_into('64s', b, 10 ** 9, b'x')
except struct.error: pass
loot = bytes(b)
""",
}
