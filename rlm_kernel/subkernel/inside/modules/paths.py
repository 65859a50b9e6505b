"""`pathlib`, and what `os` has for the text of paths: there is nothing behind them."""

from __future__ import annotations

import pathlib
from typing import Any, NoReturn

_FILE_METHODS = """absolute chmod cwd exists expanduser glob group hardlink_to home is_block_device is_char_device
    is_dir is_fifo is_file is_junction is_mount is_socket is_symlink iterdir lchmod link_to lstat mkdir open owner
    read_bytes read_text readlink rename replace resolve rglob rmdir samefile stat symlink_to touch unlink walk
    write_bytes write_text"""


class Path(pathlib.PurePosixPath):
    """Stands for `pathlib.Path`: a path is only its text; its methods that need a file say so."""

    def __repr__(self) -> str:
        return f"PosixPath({str(self)!r})"


def _no_file(name: str) -> Any:
    def refuse(*_args: Any, **_options: Any) -> NoReturn:
        raise FileNotFoundError(f"Path.{name}: there are no files in the sandbox; the document is in `context`")

    refuse.__name__ = refuse.__qualname__ = name
    return refuse


for _name in _FILE_METHODS.split():
    setattr(Path, _name, _no_file(_name))


def stand_ins() -> dict[str, dict[str, Any]]:
    """See the package."""
    return {
        "pathlib": {"Path": Path, "PosixPath": Path},
        "os": {"sep": "/", "linesep": "\n", "extsep": ".", "pathsep": ":"},
    }
