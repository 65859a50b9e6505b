"""`rlm replay`: runs the code of traces again, without any model, and compares; one exit code for all of them."""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..campaign import CampaignError, CampaignRow, Results
from ..campaign.replaying import document_of_row, is_campaign
from ..campaign.results import sampled
from ..document import Document, DocumentError
from ..render.sanitize import one_line
from ..replay import Replay, ReplayLimits, areplay
from ..replay.trace_files import TraceInFile, holds_traces, read, within
from ..subkernel import IsolationError
from . import exit_codes, output
from .exit_codes import Failure


def replay(options: argparse.Namespace) -> int:
    """Read everything first, then run; each trace that is not reproduced makes the exit code 1."""
    document = _documents(options.document)
    limits = _limits(options)
    places = list(_found(options.paths, options.sample, options.sample_seed))
    found = [each for each in places if isinstance(each, TraceInFile)]
    results: list[tuple[TraceInFile | UnreadableTrace, Replay]] = []
    for each in places:
        if isinstance(each, UnreadableTrace):
            result = Replay("cannot be replayed", reason=each.reason)
        else:
            result = asyncio.run(_replay(each, document, found, options, limits))
        results.append((each, result))
        if not options.json:
            _print(each, result, alone=len(places) == 1, quiet=options.quiet)
    if options.json:
        rows = [{"file": str(each.path), "cell": each.cell} | result.to_dict() for each, result in results]
        output.print_text(output.safe_json(json.dumps(rows, ensure_ascii=False)))
    elif len(results) > 1:
        output.print_text(_summary([result for _, result in results]))
    return exit_codes.ANSWERED if all(result.reproduced for _, result in results) else exit_codes.DIFFERS


async def _replay(
    each: TraceInFile, document: Any, found: list[TraceInFile], options: argparse.Namespace, limits: ReplayLimits
) -> Replay:
    try:
        if document is None and isinstance(each, OfCampaign):
            document = await asyncio.to_thread(each.document)
        return await areplay(
            each.trace,
            document,
            deep=options.deep,
            earlier=[other.trace for other in found],
            near=each.path.parent,
            allow_weak_isolation=bool(options.allow_weak_isolation),
            limits=limits,
        )
    except DocumentError as error:
        raise Failure(str(error)) from None
    except IsolationError as error:
        raise Failure(str(error), exit_codes.ISOLATION) from None


@dataclass(frozen=True, slots=True)
class UnreadableTrace:
    """A file of a folder that says that it holds a trace, and holds none that can be read."""

    path: Path
    reason: str
    cell: int | None = None

    @property
    def place(self) -> str:
        """The file."""
        return str(self.path)


def _limits(options: argparse.Namespace) -> ReplayLimits:
    names = ("memory_limit", "cell_timeout", "max_iterations", "max_seconds", "subkernel_host", "subkernel_key")
    try:
        return ReplayLimits(**{name: value for name in names if (value := getattr(options, name, None)) is not None})
    except ValueError as error:
        raise Failure(str(error)) from None


@dataclass(frozen=True, slots=True)
class OfCampaign(TraceInFile):
    """A trace of a campaign, whose row says which document it was about."""

    row: CampaignRow | None = None
    folder: Path | None = None

    def document(self) -> Document | None:
        """The document, where its row's place still has the bytes with the row's SHA-256."""
        assert self.row is not None
        assert self.folder is not None
        return document_of_row(self.folder, self.row)


def _of_campaign(folder: Path, share: float | None, seed: int) -> Iterator[TraceInFile | UnreadableTrace]:
    try:
        results = Results.open(folder)
        chosen = sampled(results.rows, 1.0 if share is None else share, seed)
    except CampaignError as error:
        raise Failure(str(error)) from None
    for number in chosen:
        row = results.rows[number]
        file = folder / row.trace
        try:
            yield OfCampaign(file, results.trace(number), None, row, folder)
        except CampaignError as error:
            yield UnreadableTrace(file, str(error))


def _found(paths: list[str], share: float | None, seed: int) -> Iterator[TraceInFile | UnreadableTrace]:
    for name in paths:
        path = Path(name).expanduser()
        try:
            if is_campaign(path):
                yield from _of_campaign(path, share, seed)
            elif share is not None:
                raise Failure(f"--sample is for the folder of a campaign (rlm map --out DIR), and {name} is none.")
            elif path.is_dir():
                yield from _of_folder(path)
            else:
                yield from read(path)
        except OSError as error:
            raise Failure(f"{name} cannot be read: {error.strerror or error}.") from None
        except ValueError as error:
            raise Failure(f"{error}.") from None


def _of_folder(folder: Path) -> Iterator[TraceInFile | UnreadableTrace]:
    files = [file for file in within(folder) if holds_traces(file)]
    if not files:
        raise Failure(f"{folder}: no file in this folder holds a trace.")
    for file in files:
        try:
            yield from read(file)
        except ValueError as error:
            yield UnreadableTrace(file, str(error).removeprefix(f"{file} "))


def _documents(names: list[str] | None) -> list[Path] | None:
    paths = [Path(name).expanduser() for name in names or ()]
    for path in paths:
        if not path.is_file():
            raise Failure(f"--document {path}: there is no such file.")
    return paths or None


def _print(each: TraceInFile | UnreadableTrace, result: Replay, *, alone: bool, quiet: bool) -> None:
    question = f" ({one_line(result.question, 60)})" if result.question else ""
    output.print_text(result.text if alone else f"{each.place}{question}: {result.text}")
    if quiet:
        return
    if result.diff:
        output.print_text(result.diff)
    for remark in result.remarks:
        output.remark(remark)


def _summary(results: list[Replay]) -> str:
    """A table: how many traces came to which verdict."""
    counts: dict[str, int] = {}
    for result in results:
        counts[result.verdict] = counts.get(result.verdict, 0) + 1
    rows = [f"{count:>6}  {verdict}" for verdict, count in sorted(counts.items(), key=lambda row: -row[1])]
    iterations = sum(result.iterations for result in results)
    seconds = sum(result.seconds for result in results)
    return "\n".join(["", *rows, f"{len(results):>6}  traces, {iterations:,} iterations run again, {seconds:.1f} s"])
