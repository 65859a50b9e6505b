"""What type checkers know of the public names: every setting, and the type of an answer."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
PROGRAM = """
from pydantic import BaseModel
from rlm_kernel import RLM

class Order(BaseModel):
    total: float

rlm = RLM("m", "http://localhost:1/v1", max_iterations=3, extra_headers={"a": "b"}, prices={"m": {"input": 1.0}})
RLM(bogus=1)
RLM(max_iterations="three")
RLM(examples="sometimes")
rlm.completion("?", "x", bogus=1)
rlm.completion("?", "x", max_tokens=None, model="other", base_url=None)
reveal_type(rlm.completion("?", "x", answer_type=int))
reveal_type(rlm.completion("?", "x", answer_type=Order).typed)
reveal_type(rlm.completion("?", "x", answer_type=list[int]).typed)
reveal_type(rlm.completion("?", "x", answer_type={"type": "object"}))
reveal_type(rlm.completion("?", "x"))
reveal_type(rlm.completion("?", "x", answer_type=int).fork(1, "x = 1", max_iterations=2))
reveal_type(rlm.session("x").completion("?", answer_type=str).typed)
async def ask() -> None:
    reveal_type((await rlm.acompletion("?", "x", answer_type=bool)).typed)
    rlm.stream("?", "x", bogus=1)
"""
SAID = [
    (9, 'Unexpected keyword argument "bogus" for "RLM"'),
    (10, 'Argument "max_iterations" to "RLM" has incompatible type "str"; expected "int | None"'),
    (11, 'Argument "examples" to "RLM" has incompatible type "Literal[\'sometimes\']"'),
    (12, "No overload variant"),
    (14, 'Revealed type is "rlm_kernel.api.answer.Answer[int]"'),
    (15, 'Revealed type is "program.Order | None"'),
    (16, 'Revealed type is "list[int] | None"'),
    (17, 'Revealed type is "rlm_kernel.api.answer.Answer[Any]"'),
    (18, 'Revealed type is "rlm_kernel.api.answer.Answer[Any]"'),
    (19, 'Revealed type is "rlm_kernel.api.answer.Answer[Any]"'),
    (20, 'Revealed type is "str | None"'),
    (22, 'Revealed type is "bool | None"'),
    (23, 'Unexpected keyword argument "bogus"'),
]


@pytest.mark.nightly
def test_a_checker_knows_the_settings_and_the_answers_type(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    checker = [sys.executable, "-m", "mypy", "--config-file", str(REPOSITORY / "pyproject.toml"), str(program)]
    done = subprocess.run(checker, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    lines = done.stdout.replace("builtins.", "").replace("Union[int, None]", "int | None").splitlines()
    for number, text in SAID:
        found = [line for line in lines if f"program.py:{number}: " in line]
        assert any(text in line for line in found), (number, text, done.stdout, done.stderr)
    noted = {number for number, _ in SAID}
    errors = [line for line in lines if ": error:" in line]
    assert [line for line in errors if int(line.split(":")[1]) not in noted] == []


def test_the_types_of_the_settings_are_those_of_their_traits() -> None:
    spec = importlib.util.spec_from_file_location("setting_types", REPOSITORY / "packaging" / "setting_types.py")
    assert spec is not None
    assert spec.loader is not None
    generator = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generator)
    assert generator.FILE.read_text(encoding="utf-8") == generator.source(), "run: python packaging/setting_types.py"
