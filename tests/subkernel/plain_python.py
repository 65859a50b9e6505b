"""Runs snippets in plain Python, each in a process of its own: [context, {name: code}] in, {name: output} out, as JSON.

The output is standard output and standard error together, with the text of an exception that ended the snippet.
"""

from __future__ import annotations

import ast
import json
import os
import sys
import warnings
from typing import Any


def run(code: str, context: str) -> None:
    """Run one snippet and print the value of its last expression, as a cell does."""
    namespace: dict[str, Any] = {"__name__": "__main__", "context": context}
    tree = ast.parse(code)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    try:
        exec(compile(tree, "<cell>", "exec", dont_inherit=True), namespace)
        if last is not None:
            value = eval(compile(ast.Expression(last.value), "<cell>", "eval", dont_inherit=True), namespace)
            if value is not None:
                print(repr(value))
    except BaseException as error:
        print("!!", type(error).__name__, error)


def output(code: str, context: str) -> str:
    """What the snippet prints in a child process."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        # Each Python has deprecations of its own, which the sandbox does not speak of.
        warnings.filterwarnings("ignore", category=DeprecationWarning, module="__main__")
        os.dup2(writing, 1)
        os.dup2(writing, 2)
        os.close(reading)
        sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
        run(code, context)
        sys.stdout.flush()
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8", newline="") as stream:
        text = stream.read()
    os.waitpid(pid, 0)
    return text


if __name__ == "__main__":
    context, snippets = json.load(sys.stdin)
    print(json.dumps({name: output(code, context) for name, code in snippets.items()}))
