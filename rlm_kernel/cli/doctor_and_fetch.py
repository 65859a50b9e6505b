"""`rlm doctor` and `rlm fetch`: what works on this machine, and the embedded model's weights for it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..models import Model
from ..models.local import weights
from ..render.terminal import console
from . import exit_codes, output
from .exit_codes import Failure


def doctor(options: argparse.Namespace) -> int:
    """Print the report; 5 where code cannot be isolated, 4 where no model is ready."""
    from ..api import doctor

    report = doctor.as_dict(options.profile)
    if options.json:
        output.print_answer(report)
    else:
        for what, found in report.items():
            output.print_text(f"{'ok ' if found['ok'] else 'NO '} {what:18} {found['details']}")
    if not report["isolation"]["ok"]:
        return exit_codes.ISOLATION
    return exit_codes.ANSWERED if report["model"]["ok"] else exit_codes.MODEL


def fetch(options: argparse.Namespace) -> int:
    """Download the weights, unless they are here and verified."""
    found = _find(options.weights)
    if found is not None and found.parent != weights.models_dir():
        output.remark(f"nothing to fetch: RLM_LOCAL_MODEL names {found}")
    elif found is None:
        path = download(options.weights, agreed=options.yes)
        output.remark(f"verified: {path}")
    else:
        output.remark(f"already here, verified: {found}")
    return exit_codes.ANSWERED


def _find(name: str) -> Path | None:
    try:
        return weights.find(name)
    except weights.WeightsError as error:
        raise Failure(str(error)) from None


def missing_weights(model: Model) -> str | None:
    """The name of the weights that this model needs and that are not here; None where it can be asked."""
    from ..models.local.model import LocalModel

    wanted = model.name.partition(":")[2] or weights.DEFAULT
    if not isinstance(model, LocalModel) or wanted not in weights.WEIGHTS:
        return None
    return wanted if weights.find(wanted) is None else None


def download(name: str, *, agreed: bool) -> Path:
    """Fetch weights with a progress bar on stderr, having asked unless the user has `agreed`. Raises `Failure`."""
    entry = weights.entry(name)
    what = f"{entry.title} ({entry.size / 1e9:.1f} GB, {entry.license})"
    if not agreed and not _agrees(f"Download {what} to {weights.models_dir()}? [y/N] "):
        raise Failure("nothing was downloaded.")
    output.remark(f"downloading {what} to {weights.models_dir()}")
    try:
        with _bar(entry.size) as report:
            return weights.fetch(name, progress=report)
    except weights.WeightsError as error:
        raise Failure(str(error), exit_codes.MODEL) from None
    except KeyboardInterrupt:
        raise Failure("interrupted; what was downloaded is kept for the next time.", exit_codes.INTERRUPTED) from None


def _agrees(question: str) -> bool:
    if sys.stdin is None or not sys.stdin.isatty():
        raise Failure("a download needs your consent: give --yes (nobody can be asked, stdin is no terminal).")
    print(question, end="", file=sys.stderr, flush=True)  # noqa: T201
    return sys.stdin.readline().strip().lower() in ("y", "yes")


@contextmanager
def _bar(size: int) -> Iterator[weights.Progress]:
    """A bar on a terminal, elsewhere a line for every tenth."""
    if not sys.stderr.isatty():
        told = -1

        def tell(done: int, total: int, source: str) -> None:
            nonlocal told
            if (tenth := done * 10 // total) != told:
                told = tenth
                output.remark(f"{tenth * 10:3} % of {total / 1e6:,.0f} MB ({source})")

        yield tell
        return
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, TextColumn("{task.fields[source]}"), console=console(sys.stderr)) as bar:
        task = bar.add_task("weights", total=size, source="")
        yield lambda done, total, source: bar.update(task, completed=done, total=total, source=source)


def config(_options: argparse.Namespace) -> int:
    """Print a configuration file."""
    from ..engine.setting_options import config_template

    output.print_text(config_template().rstrip())
    return exit_codes.ANSWERED
