"""The magic in a terminal IPython, with somebody who types."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from scripted_server import ScriptedServer

LOOK = "I look.\n```python\nprint(len(context))\n```"
FINISH = "```python\nprint(to_number(context))\nFINAL(to_number(context))\n```"


def test_step_mode_is_asked_in_words(scripted_server: Callable[..., ScriptedServer], tmp_path: Path) -> None:
    pexpect = pytest.importorskip("pexpect", reason="pexpect types into a terminal")
    server = scripted_server([LOOK, FINISH])
    environment = os.environ | {"IPYTHONDIR": str(tmp_path), "TEST_KEY": "secret-key", "TERM": "dumb"}
    command = ["-m", "IPython", "--no-banner", "--simple-prompt", "--colors=NoColor"]
    child = pexpect.spawn(sys.executable, command, env=environment, encoding="utf-8", timeout=60)
    try:
        setup = (
            f"%load_ext rlm_kernel\n%rlm model m --base-url {server.base_url} --api-key-env TEST_KEY\nr = 'sales: 13'"
        )
        for line in setup.splitlines():
            child.expect(r"In \[\d+\]: ")
            child.sendline(line)
        child.expect(r"In \[\d+\]: ")
        child.sendline("a = get_ipython().run_cell_magic('rlm', 'r --step', 'What is it?')")
        child.expect("Iteration 1 is about to run:")
        child.expect(r"> print\(len\(context\)\)")
        child.expect(r"\[r\]un, run \[a\]ll the rest, \[e\]dit or \[s\]top\? ")
        child.sendline("e")
        child.expect(r"\.\.\. ")
        child.sendline("print('mine', len(context))")
        child.expect(r"\.\.\. ")
        child.sendline(".")
        child.expect("mine 9")
        child.expect(r"\[r\]un, run \[a\]ll the rest, \[e\]dit or \[s\]top\? ")
        child.sendline("r")
        child.expect(r"In \[\d+\]: ")
        child.sendline("print('value', a.value, a.trace.iterations[0].repairs[0].kind)")
        child.expect("value 13 edited")
    finally:
        child.close(force=True)
