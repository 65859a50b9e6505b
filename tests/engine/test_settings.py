"""Settings: one definition for arguments, options, magics, configuration files and the documentation."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest
from traitlets import TraitError
from traitlets.config import Config, Configurable

from rlm_kernel import RLM
from rlm_kernel.cli.options import parse
from rlm_kernel.engine import config_files
from rlm_kernel.engine.setting_options import (
    add_setting_options,
    as_arguments,
    chosen_settings,
    config_template,
    settings_table,
)
from rlm_kernel.engine.settings import all_settings
from rlm_kernel.notebook.magic_options import cell_parser, overrides

GIVEN = {
    "model": ("-m", "some-model"),
    "base_url": ("--base-url", "http://127.0.0.1:1/v1"),
    "sub_model": ("--sub-model", "another"),
    "context_window": ("--context-window", 4_096),
    "sub_context_window": ("--sub-context-window", 2_048),
    "examples": ("--examples", "on"),
    "temperature": ("--temperature", 0.5),
    "seed": ("--seed", 7),
    "verify": ("--verify", "votes:3"),
    "verify_model": ("--verify-model", "a-second"),
    "min_confidence": ("--min-confidence", 0.5),
    "check_model": ("--check-model", "a-stronger"),
    "label_checks": ("--label-checks", 50),
    "max_iterations": ("-n", 3),
    "max_depth": ("--depth", 2),
    "max_errors": ("--max-errors", 4),
    "max_llm_calls": ("--max-llm-calls", 12),
    "max_tokens": ("--max-tokens", 9_000),
    "max_cost": ("--max-cost", 1.5),
    "max_seconds": ("--max-seconds", 30.0),
    "max_concurrency": ("--max-concurrency", 5),
    "large_batch": ("--large-batch", 0.25),
    "budget": ("--budget", "budget.sqlite"),
    "cell_timeout": ("--cell-timeout", 12.0),
    "memory_limit": ("--memory-limit", "512MB"),
    "output_limit": ("--output-limit", 900),
    "cache": ("--cache", "replies.sqlite"),
    "record": ("--record", "replies.jsonl"),
    "trace_dir": ("--trace-dir", "traces"),
    "subkernel_host": ("--subkernel-host", "tcp://lab:7420"),
    "subkernel_key": ("--subkernel-key", "lab.key"),
}


def test_every_option_of_a_setting_is_tried_here_and_reaches_the_engine() -> None:
    words = [part for flag, value in GIVEN.values() for part in (flag, str(value))]
    words += ["--price", "m=1,2", "--price", "n=0.5,1,0.1", "--allow-weak-isolation", "--otel"]
    words += ["--batch-api", "--price", "o=1,2,0.5,0.4"]
    words += ["--header", "X-Team=a=b", "--header", "X-Token=$TOKEN", "--extra-body", '{"options": {"num_ctx": 8192}}']
    expected = {name: value for name, (_, value) in GIVEN.items()} | {
        "prices": {
            "m": {"input": 1.0, "output": 2.0},
            "n": {"input": 0.5, "output": 1.0, "cached": 0.1},
            "o": {"input": 1.0, "output": 2.0, "cached": 0.5, "batch": 0.4},
        },
        "allow_weak_isolation": True,
        "otel": True,
        "batch_api": True,
        "extra_headers": {"X-Team": "a=b", "X-Token": "$TOKEN"},
        "extra_body": {"options": {"num_ctx": 8_192}},
    }
    untried = {setting.name for setting in all_settings() if setting.flags} - set(expected)
    assert {name for name in untried if name not in ELSEWHERE} == set()
    asked = parse(["ask", "How many?", "report.txt", *words])
    assert chosen_settings(asked) == expected
    in_notebook = overrides(cell_parser().parse_args(["report", *words]))
    assert in_notebook == expected
    engine = RLM(**expected)
    assert {name: getattr(engine, name) for name in expected} == expected


# Options whose values are tried where the setting is.
ELSEWHERE = {"api_key_env", "profile", "packages", "dialect", "max_document_size"}


def test_a_process_can_be_given_the_same_options_again() -> None:
    words = ["--header", "X-Team=a", "--header", "X-Token=$TOKEN", "--extra-body", '{"a": 1}']
    words += [
        "-n",
        "3",
        "--price",
        "m=1,2",
        "--price",
        "n=0.5,1,0.1",
        "--allow-weak-isolation",
        "--memory-limit",
        "1GB",
    ]
    parser = argparse.ArgumentParser()
    add_setting_options(parser)
    options = parser.parse_args(words)
    assert chosen_settings(parser.parse_args(as_arguments(options))) == chosen_settings(options)


def test_the_key_stands_in_a_variable_and_a_missing_one_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    parser = argparse.ArgumentParser()
    add_setting_options(parser)
    options = parser.parse_args(["--api-key-env", "SOME_KEY"])
    with pytest.raises(ValueError, match="--api-key-env SOME_KEY: that environment variable is not set"):
        chosen_settings(options)
    monkeypatch.setenv("SOME_KEY", "sk-secret")
    assert chosen_settings(options) == {"api_key_env": "SOME_KEY"}
    assert RLM(**chosen_settings(options)).key() == "sk-secret"
    assert as_arguments(options) == ["--api-key-env", "SOME_KEY"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--header", "X-Team"], "--header: 'X-Team' is not like X-Team=research"),
        (["--header", "X-Api-Key=sk-123"], "put the value of X-Api-Key into a variable, and write X-Api-Key=$VARIABLE"),
        (["--extra-body", "{"], "--extra-body: '{' is no JSON object"),
        (["--extra-body", "[1]"], "is no JSON object"),
    ],
)
def test_headers_and_bodies_that_cannot_be_sent(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    parser = argparse.ArgumentParser()
    add_setting_options(parser)
    with pytest.raises(SystemExit):
        parser.parse_args(words)
    assert said in capsys.readouterr().err
    assert "sk-123" not in capsys.readouterr().err


def test_the_documented_table_is_the_settings() -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "settings.md"
    assert page.read_text(encoding="utf-8").endswith(settings_table())


def test_an_unknown_setting_is_named_with_those_that_exist() -> None:
    with pytest.raises(ValueError, match=r"RLM has no setting 'max_iteration'\. Its settings are: .*max_iterations"):
        RLM(max_iteration=3)


@pytest.fixture
def config_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path))
    monkeypatch.setattr(config_files, "NAME", "jupyter_rlm_config")
    return tmp_path


def test_a_configuration_file_counts_and_an_argument_goes_before_it(config_folder: Path) -> None:
    file = config_folder / "jupyter_rlm_config.py"
    file.write_text("c = get_config()\nc.RLM.max_iterations = 15\nc.RLM.max_tokens = 1000\n")
    assert (RLM().max_iterations, RLM(max_iterations=3).max_iterations) == (15, 3)
    assert RLM().replaced({"max_tokens": None}).replaced({}).max_tokens is None
    assert config_files.config_files() == [file]


def test_a_configuration_of_json_counts(config_folder: Path) -> None:
    (config_folder / "jupyter_rlm_config.json").write_text('{"RLM": {"cell_timeout": 5.5}}')
    assert RLM().cell_timeout == 5.5


def test_the_configuration_of_a_program_goes_before_the_file(config_folder: Path) -> None:
    (config_folder / "jupyter_rlm_config.py").write_text("c = get_config()\nc.RLM.max_iterations = 15\n")
    assert RLM(parent=Configurable(config=Config({"RLM": {"max_iterations": 4}}))).max_iterations == 4


def test_a_broken_configuration_file_is_one_sentence(config_folder: Path) -> None:
    (config_folder / "jupyter_rlm_config.py").write_text("c = get_config()\nc.RLM.max_iterations = 1 +\n")
    with pytest.raises(ValueError, match=r"jupyter_rlm_config\.py cannot be read \(SyntaxError.*mend or remove it\.$"):
        RLM()


def test_a_value_that_does_not_fit_is_named(config_folder: Path) -> None:
    (config_folder / "jupyter_rlm_config.py").write_text("c = get_config()\nc.RLM.max_iterations = 'many'\n")
    with pytest.raises(TraitError, match="max_iterations"):
        RLM()


def test_the_printed_configuration_file_is_one(config_folder: Path) -> None:
    template = config_template()
    (config_folder / "jupyter_rlm_config.py").write_text(template)
    assert RLM().max_iterations == 10
    changed = template.replace("# c.RLM.max_iterations = 10", "c.RLM.max_iterations = 12")
    (config_folder / "jupyter_rlm_config.py").write_text(changed)
    assert changed != template
    assert RLM().max_iterations == 12
