"""Hostile cells against what reaches the parent: the user's tools, `history`, runs on parts. See `payloads`.

The sub-kernel has a user's tool `score`.
"""

from __future__ import annotations

CALLS: dict[str, str] = {
    "a slot of a tool": "loot = score._ask",
    "a slot of a tool by getattr": "loot = getattr(score, '_ask')",
    "a slot of a tool, spelled as the sandbox does": "loot = score.\u02cdask",
    "a slot of a tool's class": "loot = type(score)._ask",
    "the slots of a tool's class": "loot = type(score).__slots__",
    "the dict of a tool's class": "loot = type(score).__dict__",
    "the call of a tool": "loot = score.__call__.__func__.__globals__",
    "the initialiser of a tool": "loot = score.__init__.__globals__",
    "a user's tool in a format": "loot = '{0._ask}'.format(score)",
    "a tool's slot in a format": "loot = '{0.__class__._ask.__self__}'.format(score)",
    "a tool's vars": "loot = vars(score)",
    "a tool's names": "loot = [getattr(score, name) for name in dir(score)]",
    "a subclass of a tool's class": "class X(type(score)): pass\nloot = 'PWNED'",
    "a tool of another class": "class X: pass\nX.__call__ = type(score).__call__\nloot = X()(1)",
    "a tool that is changed": "score.x = 1\nloot = 'PWNED'",
    "a tool that is called otherwise": "score._name = 'final'\nloot = 'PWNED'",
    "a tool that is changed by setattr": "setattr(score, '_ask', print)\nloot = 'PWNED'",
    "a part of a tool deleted": "del score._ask\nloot = 'PWNED'",
    "a tool made anew": """
made = []
fake = type(score)('final', '', '', lambda method, params: made.append(params) or {'value': 1})
fake(5)
loot = [sorted(p) for p in made] == [['args', 'kwargs', 'name']] or 'PWNED'
""",
    "a tool initialised anew": "type(score).__init__(score, 'final', '', '', print)\nloot = 'PWNED'",
    "a copy of a tool": (
        "import copy\nloot = [copy.copy(score) is score, copy.deepcopy([score])[0] is score] == [True] * 2 or 'PWNED'"
    ),
    "a tool that wraps": "from functools import wraps\n@wraps(score)\ndef f(): pass\nloot = f.__wrapped__",
    "a tool by attrgetter": "from operator import attrgetter\nloot = attrgetter('_ask')(score)",
    "a tool by methodcaller": "from operator import methodcaller\nloot = methodcaller('__reduce_ex__', 2)(score)",
    "a tool in a match": "match score:\n    case object(_ask=ask): loot = ask",
    "an argument's name that lies": """
from enum import Enum
class S(str, Enum):
    A = 'x'
    def replace(self, *a): return print
    def __repr__(self): return score._ask
loot = score(**{S.A: 1})
""",
    "an argument that pretends": """
class X:
    __class__ = property(lambda self: dict)
    def items(self): return [('a', score._ask)]
loot = score(X())
""",
    "an argument that contains itself": "x = []\nx.append(x)\nscore(x)\nloot = 'PWNED'",
    "the globals of history": "loot = history.__globals__",
    "the closure of history": "loot = [cell.cell_contents for cell in history.__closure__]",
    "the code of history": "loot = history.__code__",
    "the defaults of history": "history.__defaults__ = (1,)\nloot = 'PWNED'",
    "a turn that is none": "loot = history(True)",
    "the error of a user's tool": "try: score(print)\nexcept TypeError as e: loot = e.__traceback__.tb_frame",
    "the cause of a tool's error": "try: score(object())\nexcept TypeError as e: loot = [e.__cause__, e.__context__]",
    "the error of a run": "try: rlm_query('q', print)\nexcept TypeError as e: loot = e.__traceback__",
    "the finder of a run": "loot = rlm_query.__self__._parts",
    "a pair that lies": """
from typing import NamedTuple
class P(NamedTuple):
    a: int
    b: int
    def __len__(self): return 2
    def __iter__(self): yield rlm_query.__func__
loot = rlm_query_batched([P('q', 'x')])
""",
    "a context that lies": """
from enum import Enum
class S(str, Enum):
    A = 'x' * 300
    def encode(self, *a): return grep.__globals__
    def __len__(self): return 10 ** 9
loot = rlm_query('q', S.A)
""",
    "a context of a run that contains itself": "x = {}\nx['x'] = [x]\nrlm_query('q', x)\nloot = 'PWNED'",
    "the builtins behind soft names": "del score\nloot = 'PWNED'",
    "a soft name made global": (
        "def f():\n    global history\n    history = print\nf()\ndel history\n"
        "loot = True if callable(history) and history is not print else 'PWNED'"
    ),
}
