"""`%%rlm --map DIR`: the cell's question about each of many documents; a line of progress, then the rows as a table.

The kernel waits meanwhile; an interrupt ends the campaign as Ctrl-C does, and the same cell goes on with the rest.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from IPython.display import display

from .. import campaign
from ..render.campaign_progress import progress_text
from . import magic_options
from .ask import UserErrors
from .errors import RLMError

_SECONDS_BETWEEN = 0.5


def run_map_cell(shell: Any, engine: Any, given: argparse.Namespace, question: str) -> campaign.Results:
    """Run the campaign of a cell. Returns its `Results`, which the cell shows; also kept in the variable of `-o`."""
    magic_options.check_name(given.output)
    for name in ("session", "step", "save_trace"):
        if getattr(given, name):
            option = f"--{name.replace('_', '-')}"
            raise RLMError(f"{option} is for one run, and --map is for many.", f"Remove {option}, or --map.")
    if not question.strip():
        raise RLMError("%%rlm: the question is missing.", "Write it in the cell, below the line with %%rlm.")
    progress = None if given.quiet else _MapProgress()
    with UserErrors():
        try:
            results: campaign.Results = engine.map(
                campaign.CampaignQuestion(question.strip(), given.type),
                documents_of(given.context, shell.user_ns),
                out=Path(given.map).expanduser(),
                on_row=progress,
                **magic_options.overrides(given),
            )
        finally:
            if progress is not None:
                progress.end()
    if given.output:
        shell.push({given.output: results}, interactive=True)
    for said in (results.stopped, *results.remarks):
        if said:
            print(said, file=sys.stderr)  # noqa: T201
    return results


def documents_of(words: list[str], names: Mapping[str, Any]) -> Any:
    """What the CONTEXT words stand for: a variable, a column of one (`frame.text`), or paths, folders and patterns.

    Raises RLMError.
    """
    if not words:
        raise RLMError(
            "%%rlm --map needs documents.",
            "For example: %%rlm frame.text --map out    or: %%rlm 'contracts/*.pdf' --map out",
        )
    if len(words) > 1:
        return [Path(word) for word in words]
    (word,) = words
    if word in names:
        return names[word]
    name, dot, column = word.partition(".")
    if dot and name in names and hasattr(names[name], "columns"):
        if column not in names[name].columns:
            raise RLMError(
                f"{name} has no column {column!r}.", f"Its columns are: {', '.join(map(str, names[name].columns))}."
            )
        return names[name][column]
    return [Path(word)]


class _MapProgress:
    """One line that is replaced as rows come, and is gone at the end."""

    def __init__(self) -> None:
        show: Any = display
        self._handle: Any = show({"text/plain": "0 rows"}, raw=True, display_id=True)
        self._shown = 0.0

    def __call__(self, _row: campaign.CampaignRow, figures: campaign.CampaignProgress) -> None:
        if time.monotonic() - self._shown >= _SECONDS_BETWEEN:
            self._shown = time.monotonic()
            self._show(progress_text(figures))

    def end(self) -> None:
        """Leave the place to the rows."""
        self._show("")

    def _show(self, text: str) -> None:
        if self._handle is not None:
            self._handle.update({"text/plain": text}, raw=True)
