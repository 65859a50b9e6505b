"""`rlm compare`: the same questions by several models, several times; tables on stdout, each run kept in a file."""

from __future__ import annotations

import argparse
import importlib.util
from pathlib import Path
from typing import Any

from .. import comparing
from ..api.rlm import RLM
from ..comparing import Comparison, StoredResult
from ..engine.setting_options import chosen_settings, reading_options
from ..render.sanitize import one_line
from . import exit_codes, output
from .ask import check_weights, user_errors
from .exit_codes import Failure


def compare(options: argparse.Namespace) -> int:
    """Everything that can be checked is checked before a model is asked; what was run is kept in any case."""
    questions = Path(options.questions) if options.questions else comparing.demo_questions()
    results = Path(options.results or f"{questions.stem}.results.jsonl")
    output.check_file("--results", str(results))
    checks = _checks(options.checks)
    told = None if options.quiet else _tell
    with user_errors():
        settings = chosen_settings(options)
        rlms = {name: _engine(name, settings) for name in options.models}
        for rlm in rlms.values():
            check_weights(rlm)
        try:
            made = comparing.compare(
                rlms,
                questions,
                runs=options.runs,
                results=results,
                checks=checks,
                on_run=told,
                **reading_options(options),
            )
        except KeyboardInterrupt:
            raise Failure(
                f"interrupted; the runs that had ended are in {results}, and the same command goes on with the others.",
                exit_codes.INTERRUPTED,
            ) from None
    _print(made, options.format)
    if made.left_aside and not options.quiet:
        output.remark(f"{made.left_aside:,} lines of {results} belong to other comparisons: left aside")
    if made.missing:
        reasons = [record.reason for record in made.records if record.failed]
        output.complain(
            f"{made.missing:,} runs failed or were not made; the same command tries them again. The last error: "
            f"{reasons[-1] if reasons else 'none'}"
        )
        return exit_codes.MODEL
    return exit_codes.ANSWERED


def _engine(name: str, settings: dict[str, Any]) -> RLM:
    model, mark, address = name.partition("@http")
    url = f"http{address}" if mark else settings.get("base_url")
    if model.split(":")[0] in ("local", "recorded") and not mark:
        url = None
    return RLM(**(settings | {"model": model, "base_url": url}))


def _checks(file: str | None) -> dict[str, Any]:
    """The functions of the user's own file."""
    if file is None:
        return {}
    spec = importlib.util.spec_from_file_location("rlm_own_checks", file)
    if spec is None or spec.loader is None:
        raise Failure(f"--checks {file}: that is no Python file (its name must end in .py).")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise Failure(f"--checks {file}: {type(error).__name__}: {error}.") from None
    return {name: made for name, made in vars(module).items() if callable(made) and not name.startswith("_")}


def _tell(done: int, of: int, record: StoredResult) -> None:
    what = record.reason if record.failed else output.as_json(record.value)
    output.remark(
        f"{done:,}/{of:,} {record.model}, {record.question}, run {record.run}: "
        f"{one_line(what, 100)} ({record.status}, {record.seconds:.1f} s)"
    )


def _print(made: Comparison, form: str) -> None:
    match form:
        case "json":
            output.print_text(output.safe_json(made.to_json(indent=1)))
        case "markdown":
            output.print_text(made.to_markdown())
        case "html":
            output.print_text(made.to_html())
        case _:
            output.print_text(made.to_text())
