"""What is typed behind `%%rlm`: options, types, and the words that name a context."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rlm_kernel.notebook.errors import RLMError
from rlm_kernel.notebook.magic_options import (
    answer_type,
    cell_parser,
    check_name,
    check_trace_file,
    line_parser,
    overrides,
    resolve_context,
)


class Figures:
    """Stands for a user's pydantic model."""


def test_options() -> None:
    line = "report 'my file.txt' C:\\a -o total -n 3 --depth 2 --type int --max-seconds 1.5 -m m"
    given = cell_parser().parse_line(line)
    assert given.context == ["report", "my file.txt", "C:\\a"]
    assert (given.output, given.type, given.quiet) == ("total", "int", False)
    assert overrides(given) == {"max_iterations": 3, "max_depth": 2, "max_seconds": 1.5, "model": "m"}
    assert overrides(cell_parser().parse_line("report")) == {}
    assert overrides(cell_parser().parse_line("r --allow-weak-isolation")) == {"allow_weak_isolation": True}


@pytest.mark.parametrize("line", ["report -n many", "report --nonsense", "report -o", "report 'open", "-h"])
def test_a_wrong_line_is_an_error_and_not_an_exit(line: str) -> None:
    with pytest.raises(RLMError):
        cell_parser().parse_line(line)


def test_line_options() -> None:
    given = line_parser().parse_line("model qwen --base-url http://127.0.0.1:1/v1 --api-key-env KEY")
    assert (given.what, given.name, given.base_url, given.api_key_env) == (
        "model",
        "qwen",
        "http://127.0.0.1:1/v1",
        "KEY",
    )
    with pytest.raises(RLMError, match="modle"):
        line_parser().parse_line("modle qwen")


@pytest.mark.parametrize(
    ("line", "words", "remedy"),
    [
        ("report What is it?", "%rlm report: there is no such command", "%%rlm report"),
        ("modle qwen", "did you mean %rlm model?", "%%rlm modle"),
    ],
)
def test_a_question_behind_one_percent_sign_gets_its_remedy(line: str, words: str, remedy: str) -> None:
    with pytest.raises(RLMError) as raised:
        line_parser().parse_line(line)
    assert words in str(raised.value)
    assert remedy in raised.value.remedy


def test_a_misspelt_option_names_the_one_that_is_meant() -> None:
    with pytest.raises(RLMError, match=r"--ouput total; did you mean --output\?$"):
        cell_parser().parse_line("report --ouput total")
    with pytest.raises(RLMError, match=r"unrecognized arguments: --zzz\.$"):
        cell_parser().parse_line("report --zzz")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, None),
        ("int", int),
        ("list[int]", list[int]),
        ("dict[str, float]", dict[str, float]),
        ("int | None", int | None),
        ("Figures", Figures),
        ("list[Figures]", list[Figures]),
    ],
)
def test_types(text: str | None, expected: Any) -> None:
    assert answer_type(text, {"Figures": Figures, "unrelated": 1}) == expected


@pytest.mark.parametrize(
    "text", ["Foo", "print(1)", "unrelated", "int +", "(lambda: int)()", "a.b", "[int]", "int[str]"]
)
def test_what_is_not_a_type_is_refused_without_being_run(text: str) -> None:
    with pytest.raises(RLMError, match="not a type"):
        answer_type(text, {"unrelated": 1})


@pytest.mark.parametrize("name", ["class", "2x", "a.b", "a b"])
def test_names(name: str) -> None:
    check_name("total")
    with pytest.raises(RLMError, match="variable's name"):
        check_name(name)


def test_trace_file(tmp_path: Path) -> None:
    assert check_trace_file(None) is None
    assert check_trace_file(str(tmp_path / "t.json")) == tmp_path / "t.json"
    for wrong in (tmp_path, tmp_path / "none" / "t.json"):
        with pytest.raises(RLMError, match="--save-trace"):
            check_trace_file(str(wrong))


def test_a_variable_goes_before_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("report").write_text("from the file")
    Path("other.txt").write_text("another file")
    (variable,) = resolve_context(["report"], {"report": "from the variable"}).texts
    assert (variable.name, bytes(variable.data)) == ("report", b"from the variable")
    (file,) = resolve_context(["report"], {}).texts
    assert bytes(file.data) == b"from the file"
    both = resolve_context(["report", "other.txt"], {"report": "from the variable"})
    assert [text.name for text in both.texts] == ["report", "other.txt"]
    assert both.shape == "mapping"
    assert len(resolve_context(["*.txt", "report"], {}).texts) == 2


def test_a_missing_context_is_one_sentence_and_a_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("sales.txt").write_text("text")
    with pytest.raises(RLMError, match=r"no variable and no file named 'reprot'; did you mean 'report'\?"):
        resolve_context(["reprot"], {"report": "text", "_reprot": "hidden"})
    with pytest.raises(RLMError, match=r"did you mean 'sales.txt'\?"):
        resolve_context(["sale.txt"], {})
    with pytest.raises(RLMError, match=r"named 'zzz'\.$"):
        resolve_context(["zzz"], {})
    with pytest.raises(RLMError, match="needs something to read"):
        resolve_context([], {"report": "text"})
