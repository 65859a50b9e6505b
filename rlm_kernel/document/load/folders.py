"""The files that a path, a pattern, a folder or a URL stands for."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..errors import DocumentError
from .remote import Remote, find, url_of

MOST_FILES = 20_000
_LEFT_OUT = frozenset(
    {".git", ".hg", ".svn", "__pycache__", "node_modules", ".venv", ".ipynb_checkpoints", ".DS_Store"}
)


def expand(path: str) -> tuple[list[Path | Remote], bool]:
    """The files, and whether they were found (in a folder, by a pattern) and not named one by one: what cannot be
    read of such is skipped with a remark. Raises DocumentError."""
    plain = Path(path).expanduser()
    try:
        if plain.is_dir():
            return list(_folder(plain)), True
        if plain.exists():
            return [plain], False
    except OSError as error:
        raise DocumentError(f"{path[:200]} is no path ({error.strerror or error}): check the name.") from None
    if url := url_of(path):
        remote: list[Path | Remote] = [*find(url)]
        return remote, len(remote) > 1
    if glob.has_magic(path):
        found = [Path(match) for match in sorted(glob.glob(str(plain), recursive=True)) if os.path.isfile(match)]
        if found:
            return list(found), True
        raise DocumentError(f"No file matches {path}: check the pattern and the folder it starts in ({Path.cwd()}).")
    raise DocumentError(f"There is no file {path}: check the name and the folder ({Path.cwd()}).")


def short_names(files: list[Path | Remote]) -> list[str]:
    """A name for each of several files: without its folder, where that tells them apart; else from where they part."""
    names = [file.name for file in files]
    if len(set(names)) == len(names):
        return names
    whole = [str(file) if isinstance(file, Path) else file.source for file in files]
    shared = os.path.commonpath([os.path.dirname(name) for name in whole]) if all(map(os.path.isabs, whole)) else ""
    return [os.path.relpath(name, shared) for name in whole] if len(shared) > 1 else whole


def _folder(folder: Path) -> list[Path]:
    """The files of a folder and of those in it, but for hidden ones and what its `.gitignore` names."""
    found: list[Path] = []
    for path in _walk(folder, []):
        found.append(path)
        if len(found) > MOST_FILES:
            raise DocumentError(f"{folder} holds more than {MOST_FILES:,} files: name a pattern, as '{folder}/*.txt'.")
    if not found:
        raise DocumentError(f"{folder} is a folder without files to read: check the name.")
    return found


def _walk(folder: Path, rules: list[tuple[Path, Any]]) -> Iterator[Path]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise DocumentError(f"{folder} cannot be read ({error.strerror or error}): check your rights to it.") from None
    here = [*rules, (folder, spec)] if (spec := _ignored(folder)) is not None else rules
    for entry in entries:
        path = Path(entry.path)
        if entry.name in _LEFT_OUT or entry.name.startswith("."):
            continue
        # A link to a folder may lead round in a circle.
        inside = entry.is_dir(follow_symlinks=False)
        if any(spec.match_file(str(path.relative_to(base)) + "/" * inside) for base, spec in here):
            continue
        if inside:
            yield from _walk(path, here)
        elif entry.is_file():
            yield path


def _ignored(folder: Path) -> Any:
    file = folder / ".gitignore"
    if not file.is_file():
        return None
    try:
        import pathspec
    except ImportError:
        raise DocumentError(
            f"{folder} has a .gitignore, and honouring it needs the extra 'formats': pip install 'rlm-kernel[formats]'"
            "; or name a pattern."
        ) from None

    return pathspec.GitIgnoreSpec.from_lines(file.read_text("utf-8", "replace").splitlines())
