"""Finding code in replies and mending it: tables of what comes in and what comes out."""

from __future__ import annotations

import ast
import importlib.util
import sys
import threading
from pathlib import Path

import pytest

from rlm_kernel.engine.repair import BY_ENGINE, KINDS, CodeBlock, Healed, advice, find_code, heal, replaced
from rlm_kernel.subkernel.inside.refusals import MODULES
from rlm_kernel.trace import Repair

ALLOWED = frozenset({"re", "json", "math", "collections"})
GONE = "(removed: not available in the sandbox)"

CODE = "x = 1\nprint(x)"


def kinds(result: CodeBlock | Healed) -> list[str]:
    return [repair.kind for repair in result.repairs]


# (reply, code, kinds of repair)
FOUND = {
    "tagged": (f"Sure:\n```python\n{CODE}\n```\nDone.", CODE, []),
    "py": (f"```py\n{CODE}\n```", CODE, []),
    "repl": (f"```repl\n{CODE}\n```", CODE, []),
    "upper case and attributes": (f'```Python title="x.py"\n{CODE}\n```', CODE, []),
    "braces": (f"```{{python}}\n{CODE}\n```", CODE, []),
    "space before the tag": (f"``` python\n{CODE}\n```", CODE, []),
    "tildes": (f"~~~python\n{CODE}\n~~~", CODE, []),
    "four backticks": (f"````python\n{CODE}\n````", CODE, []),
    "windows line ends": ("```python\r\nx = 1\r\nprint(x)\r\n```\r\n", CODE, []),
    "no tag": (f"```\n{CODE}\n```", CODE, ["missing-tag"]),
    "tag as the first line": (f"```\npython\n{CODE}\n```", CODE, ["missing-tag"]),
    "tag twice": (f"```python\npython\n{CODE}\n```", CODE, ["missing-tag"]),
    "no tag and a fault": ("```\nx = = 5\nprint(x)\n```", "x = = 5\nprint(x)", ["missing-tag"]),
    "unclosed": (f"```python\n{CODE}", CODE, ["unclosed-fence"]),
    "indented in a list": ("1. do\n   ```python\n   if x:\n       f(x)\n   ```", "if x:\n    f(x)", []),
    "closed on the last line of code": ("```python\nprint(x)```\nThat's it", "print(x)", []),
    "on one line": ("```python print(x)```", "print(x)", []),
    "code behind the tag": ("```python print(x)\n```", "print(x)", []),
    "fence in a string": (
        'Look:\n```python\np = """\n```json\n{}\n```\n"""\nprint(p)\n```\nDone',
        'p = """\n```json\n{}\n```\n"""\nprint(p)',
        [],
    ),
    "opened again before it was closed": ("```python\nx = 1\n```python\ny = 2\n```", "x = 1\ny = 2", []),
    "empty block first": (f"```python\n\n```\n```python\n{CODE}\n```", CODE, []),
    "other languages first": (f"```bash\nls\n```\n```json\n{{}}\n```\n```python\n{CODE}\n```", CODE, []),
    "tagged before untagged": (f"```\ny = f(2)\n```\n```python\n{CODE}\n```", CODE, []),
    "thoughts before": ("<think>\n```python\nbad()\n```\n</think>\n```python\ngood()\n```", "good()", []),
    "thoughts without their opening tag": ("so\n```python\nbad()\n```\n</think>\n```python\ngood()\n```", "good()", []),
    "think in a string": ("```python\nx.split('</think>')\n```", "x.split('</think>')", []),
    "bare": (CODE, CODE, ["missing-fence"]),
    "bare with imports": ("import re\nm = re.findall('a', context)", None, ["missing-fence"]),
    "bare between sentences": (f"Let me see:\n\n{CODE}\n\nThis prints 1.", CODE, ["missing-fence"]),
    "bare with a fault": (
        "I will search.\nfor i in x:\n    f(i)\nprint(“x”)\nDone with it.",
        "for i in x:\n    f(i)\nprint(“x”)",
        ["missing-fence"],
    ),
    "bare with only a closing fence": ("print(x)\n```\n", "print(x)", ["missing-fence"]),
    "bare call across lines": ("Result:\nprint(\n    x,\n)", "print(\n    x,\n)", ["missing-fence"]),
    "bare with a text": (
        'FINAL("""\nThe total is 5.\nThis is all.\n""")\nI am done now.',
        'FINAL("""\nThe total is 5.\nThis is all.\n""")',
        ["missing-fence"],
    ),
    "final on a line of its own": ("The total is in it.\n\nFINAL(total)", "FINAL(total)", ["missing-fence"]),
    "tool call": ("<tool_call>\nprint(f(x))\n</tool_call>", "print(f(x))", ["missing-fence"]),
}


# The same, of replies in the form of a chat template or of a tool protocol. N stands for two lines of code.
N = "n = len(context)\nFINAL(n)"
ESCAPED = N.replace("\n", "\\n")
UNWRAPPED = {
    "end of turn": (f"```python\n{N}<|eot_id|>", N, ["special-token", "unclosed-fence"]),
    "end of sentence": (f"```python\n{N}\n```<｜end▁of▁sentence｜>", N, ["special-token"]),
    "end of text": (f"```python\n{N}\n```</s>", N, ["special-token"]),
    "gemma's turns": (f"<start_of_turn>model\n```python\n{N}\n```<end_of_turn>", N, ["special-token"]),
    "an invented turn": (
        f"```python\n{N}\n```<|im_end|>\n<|im_start|>user\n```python\nFINAL(7)\n```",
        N,
        ["special-token"],
    ),
    "a token in a string": ("```python\nx = context.count('<|im_end|>')\n```", "x = context.count('<|im_end|>')", []),
    "escaped": (f"```python\\n{ESCAPED}\\n```", N, ["escaped-newlines"]),
    "escaped with quotes": ('```python\\nprint(\\"a\\")\\nx = 1\\n```', 'print("a")\nx = 1', ["escaped-newlines"]),
    "json object": (f'{{"reasoning": "x", "code": "{ESCAPED}"}}', N, ["tool-call"]),
    "json fence": (f'I think.\n```json\n{{"code": "{ESCAPED}"}}\n```', N, ["tool-call"]),
    "hermes call": (
        f'<tool_call>\n{{"name": "python", "arguments": {{"code": "{ESCAPED}"}}}}\n</tool_call>',
        N,
        ["tool-call"],
    ),
    "arguments as text": (
        '<tool_call>{"name": "run", "arguments": "{\\"code\\": \\"print(context)\\"}"}</tool_call>',
        "print(context)",
        ["tool-call"],
    ),
    "a call of a tool of ours": (
        '<tool_call>{"name": "grep", "arguments": {"pattern": "a b", "limit": 3}}</tool_call>',
        "grep(pattern='a b', limit=3)",
        ["tool-call"],
    ),
    "a call of FINAL": ('{"name": "FINAL", "arguments": {"answer": "Oslo"}}', "FINAL('Oslo')", ["tool-call"]),
    "qwen's parameters": (
        f"<function=python>\n<parameter=code>\n{N}\n</parameter>\n</function>",
        N,
        ["tool-call"],
    ),
    "mistral's calls": (f'[TOOL_CALLS][{{"name": "py", "arguments": {{"code": "{ESCAPED}"}}}}]', N, ["tool-call"]),
    "llama's tag": (f"<|python_tag|>{N}<|eom_id|>", N, ["special-token", "tool-call"]),
    "a tag around code": (f"Thought: I count.\n<code>\n{N}\n</code>", N, ["tool-call"]),
    "text, but ours": (f"```text\n{N}\n```", N, ["missing-tag"]),
    "code": (f"```code\n{N}\n```", N, ["missing-tag"]),
    "jupyter": (f"```jupyter\n{N}\n```", N, []),
}


@pytest.mark.parametrize(("reply", "code", "expected"), UNWRAPPED.values(), ids=UNWRAPPED)
def test_code_is_taken_out_of_templates_and_tool_calls(reply: str, code: str, expected: list[str]) -> None:
    block = find_code(reply, tools=("grep", "FINAL"))
    assert (block.code, sorted(kinds(block))) == (code, sorted(expected))


@pytest.mark.parametrize(("reply", "code", "expected"), FOUND.values(), ids=FOUND)
def test_code_is_found(reply: str, code: str | None, expected: list[str]) -> None:
    block = find_code(reply)
    assert (block.code, block.kind, kinds(block)) == (reply if code is None else code, "code", expected)


NOT_CODE = {
    "empty": "",
    "a word": "Done",
    "two words": "hello world",
    "a comparison": "x is y",
    "a number": "42",
    "a label": "Answer: 42",
    "names": "sales, costs",
    "a list of words": "- sales\n- cost",
    "json": '{"a": [1, 2]}',
    "a place": "Paris (France)",
    "final in prose": "The answer is FINAL(3)",
    "final in prose with a full stop": "I am sure, so FINAL(3).",
    "tool in prose": "Note that grep('x') is used.\nWe then have x.",
    "json block": '```json\n{"a": 1}\n```',
    "shell block": "```bash\nls -la | grep x\n```",
    "output block": "```output\nx = 1\n```",
    "text block with code around": "```text\nx = 1\n```\nprint(x)",
    "untagged output": "```\nTotal: 5\n```",
    "untagged json": '```\n{"total": 5}\n```',
    "only thoughts": "<think>```python\nbad()\n```</think>",
    "thoughts cut off": "<think>\n```python\nbad()\n```\n",
    "final cut off": "FINAL(13",
    "bare code cut off": "print(len(context)",
    "empty block": "```python\n```",
    "only an import": "import duties",
}


@pytest.mark.parametrize("reply", NOT_CODE.values(), ids=NOT_CODE)
def test_prose_and_other_languages_are_not_code(reply: str) -> None:
    block = find_code(reply)
    assert (block.kind, block.pieces, block.repairs, block.skipped) == ("none", (), (), 0)


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        ("FINAL(3)", "FINAL(3)"),
        ("\n  FINAL('a', evidence=[1, 2]).\n", "FINAL('a', evidence=[1, 2])"),
        ("`FINAL(3)`", "FINAL(3)"),
        ("FINAL(“it's done”)", "FINAL(“it's done”)"),
        ("FINAL(The answer is unknown)", "FINAL(The answer is unknown)"),
        ("<think>It is 3.</think>\nFINAL(3)", "FINAL(3)"),
    ],
)
def test_a_reply_of_final_alone_counts_as_code(reply: str, code: str) -> None:
    block = find_code(reply)
    assert (block.code, block.kind, kinds(block)) == (code, "final", ["missing-fence"])


def test_no_block_behind_an_invented_output_runs_and_they_are_counted() -> None:
    reply = "```python\na = f()\n```\nOutput:\n```\n17\n```\n```python\nFINAL(17)\n```\n```py\nFINAL(18)\n```"
    assert find_code(reply) == CodeBlock(("a = f()",), (), "code", 2)
    untagged = "```\na = f()\n```\n```\n17\n```\n```\nFINAL(17)\n```"
    assert (find_code(untagged).code, find_code(untagged).skipped) == ("a = f()", 1)


# (code, healed, kinds of repair)
HEALED = {
    "nbsp": ("x\u00a0=\u00a01", "x = 1", ["character"]),
    "zero width": ("\ufeffx = 1\u200b\n", "x = 1\n", ["character"]),
    "full width": ("print（1，2）", "print(1,2)", ["character"]),
    "minus and comparison": ("x = 3 − 1\ny = x ≥ 2", "x = 3 - 1\ny = x >= 2", ["character"]),
    "a character in a string stays": ("x = '−\u00a0' − 1", "x = '−\u00a0' - 1", ["character"]),
    "double curly": ("print(“a”, “b”)", 'print("a", "b")', ["smart-quotes"]),
    "single curly with an apostrophe": ("x = ‘it’s’", "x = 'it’s'", ["smart-quotes"]),
    "curly around plain": ('x = “say "a"”\ny = ‘it\'s’', 'x = \'say "a"\'\ny = "it\'s"', ["smart-quotes"]),
    "curly with a prefix": ("x = f“{d['a']}”", "x = f\"{d['a']}\"", ["smart-quotes"]),
    "plain and curly": ('print("hello”)', 'print("hello")', ["smart-quotes"]),
    "curly inside stays": ("x = “a”\ny = '“b” ‘c’'", "x = \"a\"\ny = '“b” ‘c’'", ["smart-quotes"]),
    "curly in a comment stays": ("x = “a”  # “b”", 'x = "a"  # “b”', ["smart-quotes"]),
    "prose before and after": (
        "Here is the code:\nx = 1\nThis sets the value of x.",
        "# Here is the code:\nx = 1\n# This sets the value of x.",
        ["prose"],
    ),
    "prose and its example": (
        "print(x)\nOutput:\n13000000",
        "print(x)\n# Output:\n# 13000000",
        ["prose"],
    ),
    "fence inside": ("```\nx = 1\n```", "# ```\nx = 1\n# ```", ["prose"]),
    "tags": ("<tool_call>\nx = 1\n</tool_call>", "# <tool_call>\nx = 1\n# </tool_call>", ["prose"]),
    "prompts": (">>> x = 1\n>>> if x:\n...     x\n1\n>>> ", "x = 1\nif x:\n    x\n\n", ["prompt"]),
    "notebook prompts": ("In [1]: x = 1\n   ...: y = 2\nOut[1]: 3\nIn [2]: f(x)", "x = 1\ny = 2\n\nf(x)", ["prompt"]),
    "listing with bars": ("1 | x = 1\n2 | if x:\n3 |     f(x)", "x = 1\nif x:\n    f(x)", ["line-numbers"]),
    "listing with colons": ("9: x = 1\n10: f(x)", "x = 1\nf(x)", ["line-numbers"]),
    "listing with dots": ("1. x = 1\n2. f(x)", "x = 1\nf(x)", ["line-numbers"]),
    "a line feed written out": ("x = 1\\nf(x)", "x = 1\nf(x)", ["escaped-newlines"]),
    "entities": ("if a &lt; b:\n    print(&quot;x&quot;)", 'if a < b:\n    print("x")', ["entity"]),
    "entities that parse": ("x = a &lt; b\nf(x)", "x = a < b\nf(x)", ["entity"]),
    "a final of others": ("FINAL_VAR(x)", "FINAL(x)", ["foreign-name"]),
    "a final that names a variable": ("x = 1\nFINAL_VAR('x')", "x = 1\nFINAL(x)", ["foreign-name"]),
    "a final with a text": ("FINAL_VAR('no such name')", "FINAL('no such name')", ["foreign-name"]),
    "submit a field": ("SUBMIT(answer=f(x))", "FINAL(f(x))", ["foreign-name"]),
    "submit fields": ("SUBMIT(a=1, b=x)", "FINAL(dict(a=1, b=x))", ["foreign-name"]),
    "one within the other": (
        "SUBMIT(llm_query('a', model='m'))",
        "FINAL(llm_query('a'))",
        ["foreign-name", "foreign-name"],
    ),
    "an answer dict": (
        'answer["content"] = 3\nanswer["ready"] = True',
        """\
answer = {"content": "", "ready": False}
answer["content"] = 3
answer["ready"] = True
if answer.get("ready"): FINAL(answer.get("content"))""",
        ["answer-dict"],
    ),
    "shell": ("!pip install re2\nx = 1", f"# !pip install re2  {GONE}\nx = 1", ["magic"]),
    "shell in a block": ("if x:\n    !ls", f"if x:\n    pass  # !ls  {GONE}", ["magic"]),
    "magic": ("%matplotlib inline\nx = 1", f"# %matplotlib inline  {GONE}\nx = 1", ["magic"]),
    "cell magic": ("%%time\nx = 1", f"# %%time  {GONE}\nx = 1", ["magic"]),
    "timed": ("%time x = f()\n%timeit f()", "x = f()\nf()", ["magic"]),
    "print": ("print 'a'", "print('a')", ["print-statement"]),
    "print several": ("if x: print 'a', b; y = 1", "if x: print('a', b); y = 1", ["print-statement"]),
    "print without a line end": ("print x,  # on", 'print(x, end=" ")  # on', ["print-statement"]),
    "print in a string stays": ("s = 'print x'\nprint s", "s = 'print x'\nprint(s)", ["print-statement"]),
    "operators": ("if a && b||!c:\n    f()", "if a and b or not c:\n    f()", ["operator"]),
    "unequal is no not": ("if !a && b != c: f('&&')", "if not a and b != c: f('&&')", ["operator"]),
    "all indented": ("    x = 1\n    if x:\n        y = 2", "x = 1\nif x:\n    y = 2", ["indentation"]),
    "a string keeps its indentation": ("  x = '''\n  a\n'''", "x = '''\n  a\n'''", ["indentation"]),
    "first line indented": ("  x = 1\ny = 2", "x = 1\ny = 2", ["indentation"]),
    "all but the first indented": ("x = 1\n    y = 2\n    z = 3", "x = 1\ny = 2\nz = 3", ["indentation"]),
    "a stray line": ("if x:\n    a()\n      b()\n    c()", "if x:\n    a()\n    b()\n    c()", ["indentation"]),
    "a stray block": ("x = 1\n  if x:\n    y()\nz()", "x = 1\nif x:\n  y()\nz()", ["indentation"]),
    "one space too few": ("if x:\n    a()\n   b()", "if x:\n    a()\n    b()", ["indentation"]),
    "tabs and spaces": ("if x:\n\ta()\n    b()", "if x:\n    a()\n    b()", ["indentation"]),
    "only line of a block": ("for x in y:\nprint(x)", "for x in y:\n    print(x)", ["indentation"]),
    "a block of comments": ("if x:\n    # later\ny()", "if x:\n    pass  # later\ny()", ["indentation"]),
    "colon": ("if x > {1: 2}[1]  # why\n    y()", "if x > {1: 2}[1]:  # why\n    y()", ["colon"]),
    "colons": ("for x in y\n    f(x)\nelse\n    g()", "for x in y:\n    f(x)\nelse:\n    g()", ["colon"]),
    "def without colon": ("def f(a: int) -> int\n    return a", "def f(a: int) -> int:\n    return a", ["colon"]),
    "missing )": ("print(len(context)", "print(len(context))", ["bracket"]),
    "missing ) before a comment": ("print(x  # all\ny = 1", "print(x)  # all\ny = 1", ["bracket"]),
    "missing ) before a colon": ("for i in range(len(x):\n    f(i)", "for i in range(len(x)):\n    f(i)", ["bracket"]),
    "missing ] in mid-line": ("print(x[1)", "print(x[1])", ["bracket"]),
    "missing } across lines": ("d = {\n    'a': 1,\nprint(d)", "d = {\n    'a': 1,}\nprint(d)", ["bracket"]),
    "missing ) across lines": ("x = f(\n    a,\n    b\nprint(x)", "x = f(\n    a,\n    b)\nprint(x)", ["bracket"]),
    "missing ] with rows at the margin": ("d = [\n(1, 2),\n(3, 4)\nf(d)", "d = [\n(1, 2),\n(3, 4)]\nf(d)", ["bracket"]),
    "two lines without )": ("f(g(x)\nf(g(y)\nh()", "f(g(x))\nf(g(y))\nh()", ["bracket", "bracket"]),
    "one ) too many": ("print(x))\ny = 1", "print(x)\ny = 1", ["bracket"]),
    "the wrong closer": ("print(x]", "print(x)", ["bracket"]),
    "brackets in a string": ("print('(', ')))'", "print('(', ')))')", ["bracket"]),
    "unterminated": ('x = "hello\nprint(x)', 'x = "hello"\nprint(x)', ["string"]),
    "unterminated in a call": ('print("hello)\nx = 1', 'print("hello")\nx = 1', ["string"]),
    "a line break in a string": ("x = '\n'.join(y)", "x = '\\n'.join(y)", ["string"]),
    "two kinds": ("    print 'a'\n    print 'b'", "print('a')\nprint('b')", ["print-statement", "indentation"]),
    "three kinds": (
        "Here is the code:\nif x > 3\n    print “a”",
        '# Here is the code:\nif x > 3:\n    print("a")',
        ["smart-quotes", "prose", "print-statement", "colon"],
    ),
    "import": ("import os\nx = 1", f"# import os  {GONE}\nx = 1", ["import-removed"]),
    "import from": ("from tools import grep\nx = 1", f"# from tools import grep  {GONE}\nx = 1", ["import-removed"]),
    "import star": ("from context import *", f"# from context import *  {GONE}", ["import-removed"]),
    "relative import": ("from . import x", f"# from . import x  {GONE}", ["import-removed"]),
    "import with a comment": ("import os  # files", f"# import os  {GONE}  # files", ["import-removed"]),
    "import of a submodule": ("import os.path as p", f"# import os.path as p  {GONE}", ["import-removed"]),
    "one of two": ("import os, re as r\nr", f"import re as r  # import os  {GONE}\nr", ["import-removed"]),
    "before a semicolon": ("import os; x = 1", f"pass; x = 1  # import os  {GONE}", ["import-removed"]),
    "before a long string": (
        "import os; x = '''a\nb'''\ny",
        f"pass; x = '''a\nb'''  # import os  {GONE}\ny",
        ["import-removed"],
    ),
    "behind a semicolon": ("é = 'é'; import os", f"é = 'é'; pass  # import os  {GONE}", ["import-removed"]),
    "alone in a block": ("if x:\n    import os\ny", f"if x:\n    pass  # import os  {GONE}\ny", ["import-removed"]),
    "with others in a block": (
        "if x:\n    import os\n    y",
        f"if x:\n    # import os  {GONE}\n    y",
        ["import-removed"],
    ),
    "on the line of its block": ("if x: import os", f"if x: pass  # import os  {GONE}", ["import-removed"]),
    "in parentheses": (
        "if x:\n    from x import (\n        a,  # one\n        b,\n    )\n    f()",
        f"if x:\n    # from x import (\n    #         a,  # one\n    #         b,\n    #     )  {GONE}\n    f()",
        ["import-removed"],
    ),
    "with a backslash": ("import os, \\\n    re\nx", f"import \\\n re  # import os  {GONE}\nx", ["import-removed"]),
    "in a handler": (
        "try:\n    f()\nexcept ImportError:\n    import os",
        f"try:\n    f()\nexcept ImportError:\n    pass  # import os  {GONE}",
        ["import-removed"],
    ),
    "in a try that catches others": (
        "try:\n    import os\nexcept ValueError:\n    f()",
        f"try:\n    pass  # import os  {GONE}\nexcept ValueError:\n    f()",
        ["import-removed"],
    ),
    "await": ("x = await llm_query('a')", "x = llm_query('a')", ["await"]),
    "await in brackets": ("x = [await(f(é)) for é in y]", "x = [(f(é)) for é in y]", ["await"]),
    "return of a value": ("x = 1\nreturn x, 2", "x = 1\nx, 2", ["return"]),
    "return of nothing": ("f()\nreturn", "f()\npass", ["return"]),
    "return of an await": ("return await f()", "f()", ["await", "return"]),
    "return over lines": ("return (\n    1\n)", "(\n    1\n)", ["return"]),
    "mended, then ruled": (
        "import os\nprint 'a'",
        f"# import os  {GONE}\nprint('a')",
        ["print-statement", "import-removed"],
    ),
}


@pytest.mark.parametrize(("code", "healed", "expected"), HEALED.values(), ids=HEALED)
def test_code_is_mended(code: str, healed: str, expected: list[str]) -> None:
    result = heal(code, allowed=ALLOWED)
    assert (result.code, kinds(result), result.error) == (healed, expected, None)
    ast.parse(result.code)
    assert heal(result.code, allowed=ALLOWED) == Healed(result.code, (), None)


UNTOUCHED = {
    "allowed imports": "import re, json\nfrom collections import Counter\nimport collections.abc as abc",
    "an import that may fail": "try:\n    import numpy as np\nexcept ImportError:\n    np = None",
    "an import that may fail, by tuple": "try:\n    import numpy\nexcept (ImportError, OSError):\n    pass",
    "an import that may fail, bare": "try:\n    if x:\n        import numpy\nexcept:\n    pass",
    "a coroutine": "async def f():\n    return await g()\nasyncio.run(f())",
    "a return in a function": "def f():\n    return 1",
    "a return in the middle": "if x:\n    return 1\ny = 2",
    "curly quotes in a string": "print('“a” ‘b’')",
    "a print that is a name": "print",
    "a comparison of print": "print >> f",
    "windows line ends": "x = 1\r\nif x:\r\n    f()\r\n",
    "nothing": "",
    "a comment": "# Here is the code:",
    "an invalid escape": "x = '\\d'",
    "import in a string": "x = '''\nimport os\nawait y\n'''",
    "await in an f-string": "x = f'{await y}'",
    "an open prompt in a string": "x = '''\n>>> y\n'''",
}


@pytest.mark.parametrize("code", UNTOUCHED.values(), ids=UNTOUCHED)
def test_what_works_is_not_touched(code: str) -> None:
    assert heal(code, allowed=ALLOWED) == Healed(code, (), None)


# (code, line of the error)
HOPELESS = {
    "an operator too many": ("x = 1\ny = = 3", 2),
    "nothing behind =": ("x =", 1),
    "final of a sentence": ("FINAL(The answer is unknown)", 1),
    "an ambiguous indentation": ("for x in y:\n    f(x)\n  g(x)", 3),
    "an ambiguous block": ("for x in y:\nf(x)\ng(x)", 2),
    "an empty block": ("for x in y:", 1),
    "an apostrophe in a string": ("x = 'it's here'", 1),
    "a sentence in the middle": ("x = 1\nThen we print it.\nprint(x)", 2),
    "an open text": ('x = """abc\ny = 1', 1),
    "all prose": ("This is not code.\nIt says so itself.", 1),
}


@pytest.mark.parametrize(("code", "line"), HOPELESS.values(), ids=HOPELESS)
def test_what_cannot_be_mended_comes_back_with_its_error(code: str, line: int) -> None:
    result = heal(code, allowed=ALLOWED)
    with pytest.raises(SyntaxError) as original:
        ast.parse(code)
    assert (result.code, result.repairs) == (code, ())
    assert result.error is not None
    assert result.error.type == type(original.value).__name__
    assert (result.error.message, result.error.line) == (original.value.msg, line)


@pytest.mark.parametrize(
    "code",
    [
        "a\0b",
        "x = '\ud800'\n",
        "(" * 5_000,
        "-" * 50_000 + "1",
        "a" + ".a" * 50_000,
        "not " * 50_000,
        "x = (1\n" * 5_000,
        "“a " * 10_000,
        "f'{" * 10_000,
        "'\n" * 10_000,
        "x = [1, 2, 3]\n" * 20_000 + "y = = 1",
        "x = 1\n" * 700_000,
    ],
    ids=[
        "null",
        "surrogate",
        "open",
        "minus",
        "attributes",
        "not",
        "rows",
        "quotes",
        "fields",
        "strings",
        "long",
        "huge",
    ],
)
def test_hostile_code_is_reported_and_never_raises(code: str) -> None:
    result = heal(code, allowed=ALLOWED)
    assert (result.code, result.repairs) == (code, ())
    if result.error is None:
        # Each Python has a depth of its own from which on it gives up: this one reads the code.
        ast.parse(code)
    else:
        assert result.error.message


def test_a_reply_of_megabytes_is_read() -> None:
    many = find_code("```python\nx = ('\n```\n" * 100_000)
    assert (many.pieces, many.skipped) == (("x = ('",) * 50, 99_950)
    assert find_code("All of this is prose.\n" * 100_000).kind == "none"
    assert find_code("<think>\n" * 100_000).kind == "none"


def test_an_unclosed_fence_is_not_completed() -> None:
    block = find_code("```python\nrows = [1, 2, 3")
    assert block.truncated
    assert heal(block.code, allowed=ALLOWED, truncated=block.truncated).error is not None
    assert heal(block.code, allowed=ALLOWED).code == "rows = [1, 2, 3]"
    earlier = heal("print(f(x)\ny = 1", allowed=ALLOWED, truncated=True)
    assert earlier.code == "print(f(x))\ny = 1"
    assert heal("x = 'abc", allowed=ALLOWED, truncated=True).error is not None
    assert not find_code("```python\nrows = [1]\n```").truncated


def test_repairs_say_what_was_there_and_what_is() -> None:
    result = heal("import os, re\nx = 1\nprint 'a'\nprint 'b'\ny = 2", allowed=ALLOWED)
    assert result.repairs == (
        Repair(kind="print-statement", before="print 'a'\nprint 'b'", after="print('a')\nprint('b')"),
        Repair(kind="import-removed", before="import os, re", after="import re"),
    )


def test_advice_is_one_line() -> None:
    assert Healed("", (), None).advice == ""
    one = heal("import shutil", allowed=ALLOWED)
    start = "Note: 1 repair was made to your code before it ran: "
    there = MODULES["shutil"]
    assert one.advice == f"{start}import shutil removed (not available in the sandbox: {there})."
    lines = heal("from x import (\n    a,\n    b)\n", allowed=ALLOWED)
    assert lines.advice == f"{start}from x import ( a, b) removed (not available in the sandbox)."
    block = find_code("```\nimport os\nprint 'a'")
    both = advice(block.repairs + heal(block.code, allowed=ALLOWED).repairs)
    assert both.startswith("Note: 4 repairs were made to your code before it ran: the code block had no python tag; ")
    assert "import os removed" in both
    assert "\n" not in both
    many = heal("".join(f"import m{number}\n" for number in range(50)), allowed=ALLOWED)
    assert many.advice.endswith("; and 44 more.")


def test_every_kind_of_repair_is_announced_and_has_its_phrase() -> None:
    found = (*FOUND.values(), *UNWRAPPED.values(), *HEALED.values())
    seen = {kind for _, _, names in found for kind in names}
    for by_engine in BY_ENGINE:
        seen |= {repair.kind for repair in replaced(heal("x = 1", allowed=ALLOWED), "x = 2", by_engine).repairs}
    assert seen == KINDS
    assert len({advice([Repair(kind=kind, before="a", after="b")]) for kind in KINDS}) == len(KINDS)


def test_healing_works_in_a_thread_with_a_small_stack() -> None:
    results: list[Healed] = []
    previous = threading.stack_size(512 * 1024)
    try:
        thread = threading.Thread(target=lambda: results.append(heal("[" * 150 + "]" * 149, allowed=ALLOWED)))
        thread.start()
        thread.join()
    finally:
        threading.stack_size(previous)
    assert len(results) == 1


def ordinary_snippets() -> dict[str, str]:
    path = Path(__file__).parents[3] / "shared" / "data" / "ordinary.py"
    if not path.exists():
        return {}
    spec = importlib.util.spec_from_file_location("ordinary_snippets", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return dict(module.S)


def test_ordinary_code_is_untouched() -> None:
    snippets = ordinary_snippets()
    if not snippets:
        pytest.skip("../shared/data/ordinary.py is not there: it lies beside the repository")
    allowed = frozenset(sys.stdlib_module_names)
    for code in snippets.values():
        assert heal(code, allowed=allowed) == Healed(code, (), None)
        assert find_code(f"```python\n{code}\n```").code == f"{code}"
        assert find_code(code).code.strip() == code.strip()
