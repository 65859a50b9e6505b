"""`rlm map`: the same questions about many documents; progress on stderr, a summary or JSON lines on stdout."""

from __future__ import annotations

import argparse
import contextlib
import json
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .. import campaign
from ..api.rlm import RLM
from ..campaign import CampaignProgress, CampaignRow, Results
from ..engine.setting_options import chosen_settings
from ..render.campaign_progress import ProgressBar
from ..render.sanitize import one_line
from . import exit_codes, output
from .ask import check_weights, user_errors
from .exit_codes import Failure

# Limits of one run, under names of their own: those without a prefix are the campaign's.
RUN_LIMITS = ("max_llm_calls", "max_tokens", "max_cost")


def map_(options: argparse.Namespace) -> int:
    """Everything that can be checked is checked before a model is asked; what was run is kept in any case."""
    bar = None if options.quiet or sys.stderr is None else ProgressBar(sys.stderr, limit=options.campaign_max_cost)
    received: list[int] = []
    with user_errors(), _terminated_as_interrupted(received):
        variable = options.api_key_env
        if options.scheduler:
            options.api_key_env = None  # it is a variable of the workers, which may be missing here
        settings = chosen_settings(options) | {"api_key_env": variable}
        engine = RLM(**settings | _run_limits(options))
        questions = campaign.read_questions(options.questions)
        try:
            with contextlib.ExitStack() as stack:
                client = stack.enter_context(_cluster(options.scheduler)) if options.scheduler else None
                shown = stack.enter_context(bar) if bar is not None else None

                def on_row(row: CampaignRow, progress: CampaignProgress) -> None:
                    if options.json:
                        output.print_text(output.safe_json(row.model_dump_json(by_alias=True)))
                    if shown is not None:
                        shown.update(progress)

                if client is None:
                    check_weights(engine)
                results = engine.map(
                    questions,
                    [_Name(name) for name in options.documents],
                    out=options.out,
                    cluster=client,
                    workers=options.workers,
                    max_llm_calls=options.campaign_max_llm_calls,
                    max_tokens=options.campaign_max_tokens,
                    max_cost=options.campaign_max_cost,
                    again=options.again or (),
                    on_row=on_row,
                )
        except KeyboardInterrupt:
            _interrupted(options, 128 + received[0] if received else exit_codes.INTERRUPTED)
    _print(results, options)
    return _code(results)


class _Name:
    """A path as it was typed: a URL must not lose a slash."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __fspath__(self) -> str:
        return self._name


def _run_limits(options: argparse.Namespace) -> dict[str, Any]:
    values = {name: getattr(options, f"run_{name}") for name in RUN_LIMITS}
    return {name: value for name, value in values.items() if value is not None}


def _cluster(address: str) -> Any:
    from ..campaign.dask_executor import connected

    return connected(address)


@contextlib.contextmanager
def _terminated_as_interrupted(received: list[int]) -> Iterator[None]:
    """SIGTERM ends a campaign as Ctrl-C does: what has ended is kept, what is under way is settled."""

    def handle(number: int, _frame: Any) -> None:
        received.append(number)
        signal.raise_signal(signal.SIGINT)  # which the event loop knows how to end by

    before = signal.signal(signal.SIGTERM, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupted(options: argparse.Namespace, code: int) -> None:
    with contextlib.suppress(campaign.CampaignError):
        _print(Results.open(Path(options.out)), options)
    raise Failure(
        f"interrupted; the runs that had ended are in {options.out}, and the same command goes on with the others.",
        code,
    ) from None


def _print(results: Results, options: argparse.Namespace) -> None:
    if options.json:
        output.print_text(output.safe_json(json.dumps({"summary": results.to_dict()}, ensure_ascii=False)))
    else:
        output.print_text(results.to_text())
    if not options.quiet:
        for remark in results.remarks:
            output.remark(remark)


def _code(results: Results) -> int:
    """Say why the campaign has not simply answered everything; the exit code."""
    again = "the same command goes on with what is missing"
    if results.stopped_kind == "limit":
        output.complain(f"{results.stopped}: {results.missing:,} runs are missing; with a higher limit {again}")
        return exit_codes.EXHAUSTED
    if results.stopped:
        output.complain(f"{results.stopped.rstrip('.')}; {again}")
        return exit_codes.USAGE if results.stopped_kind in ("missing", "recording", "unpriced") else exit_codes.MODEL
    failed = [row for row in results if row.status == "failed"]
    if failed:
        last = failed[-1]
        output.complain(
            f"{len(failed):,} of {len(results):,} runs failed ({again}); the last one, about "
            f"{one_line(last.document, 60)}: {last.reason}"
        )
        return exit_codes.USAGE if all(row.kind == "document" for row in failed) else exit_codes.MODEL
    if results.statuses.get("exhausted"):
        output.complain(f"{results.statuses['exhausted']:,} runs ended at a limit of their own (see docs/scale.md)")
        return exit_codes.EXHAUSTED
    return exit_codes.ANSWERED
