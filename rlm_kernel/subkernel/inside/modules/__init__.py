"""Stand-ins for names of the standard library that would reach a file, the process, or the rules around the cell.

Each file is about one kind of module; `stand_ins` gathers them all, as module -> name -> what stands for it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import buffers
from . import (
    command_lines,
    data_formats,
    locales,
    logs,
    markup,
    paths,
    randomness,
    signatures,
    source_text,
    streams,
    time_zones,
    warning_messages,
    workers,
)


def stand_ins(
    write: Callable[[str], None], complain: Callable[[str], None], line: Callable[[], int | None]
) -> dict[str, dict[str, Any]]:
    """`write` and `complain` write to the cell's `stdout` and `stderr`, `line` tells which line of it is running."""
    merged: dict[str, dict[str, Any]] = {}
    out = streams.stand_ins(write, complain)
    for part in (
        out,
        {"logging": logs.Service(out["sys"]["stderr"], line).names()},
        {"warnings": warning_messages.Warnings(out["sys"]["stderr"], line).names()},
        buffers.stand_ins(),
        data_formats.stand_ins(),
        markup.stand_ins(write),
        source_text.stand_ins(complain),
        randomness.stand_ins(),
        time_zones.stand_ins(),
        paths.stand_ins(),
        command_lines.stand_ins(write),
        locales.stand_ins(),
        signatures.stand_ins(),
        workers.stand_ins(),
    ):
        for module, names in part.items():
            merged.setdefault(module, {}).update(names)
    return merged
