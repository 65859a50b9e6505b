"""The packages that a sub-kernel can be asked for: which there are, and whether they are installed."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence

from ..document import Document
from ..document.load.tables import ROWS

PACKAGES = ("numpy", "pandas")
SHORT = {"numpy": "np", "pandas": "pd"}
OPTION = "--packages="


def is_frame(document: Document) -> bool:
    """Whether a sub-kernel with pandas has the document as a DataFrame."""
    return document.shape == "records" and document.texts[0].source == ROWS


def checked_packages(names: Sequence[str]) -> tuple[str, ...]:
    """The names in the order of `PACKAGES`. Raises ValueError for another, and for what is not installed."""
    for name in names:
        if name not in PACKAGES:
            raise ValueError(f"packages: {name!r} cannot be used in the sandbox; only {' and '.join(PACKAGES)} can.")
        if importlib.util.find_spec(name) is None:
            raise ValueError(f"packages: {name} is not installed: pip install 'rlm-kernel[data]'.")
    return tuple(name for name in PACKAGES if name in names)


def with_packages(command: Sequence[str], packages: Sequence[str]) -> list[str]:
    """A sub-kernel's command that loads packages. Raises ValueError where it cannot be told to."""
    if not packages:
        return list(command)
    if "{connection_file}" not in command:
        raise ValueError("packages: the kernelspec's argv has no '{connection_file}' by itself, before which they go.")
    at = list(command).index("{connection_file}")
    return [*command[:at], OPTION + ",".join(packages), *command[at:]]
