"""Configuration files of the Jupyter kind: `jupyter_rlm_config.py` or `.json` in Jupyter's configuration folders."""

from __future__ import annotations

import copy
import functools
import os
from pathlib import Path
from typing import Any

NAME = "jupyter_rlm_config"


def config_files() -> list[Path]:
    """The files that are there, the one that counts most last: `~/.jupyter/` before the system's folders."""
    from jupyter_core.paths import jupyter_config_path

    found = [Path(folder) / f"{NAME}{suffix}" for folder in jupyter_config_path() for suffix in (".json", ".py")]
    return [path for path in reversed(found) if path.is_file()]


def file_config() -> Any:
    """What the files say, as a traitlets Config. Raises ValueError, in one sentence, for one that cannot be read."""
    from traitlets.config import Config

    config = Config()
    for path in config_files():
        # A copy, because merging another configuration into this one would change what is kept here.
        config.merge(copy.deepcopy(_loaded(str(path), os.stat(path).st_mtime_ns)))
    return config


@functools.lru_cache(maxsize=16)
def _loaded(path: str, _modified: int) -> Any:
    from traitlets.config.loader import JSONFileConfigLoader, PyFileConfigLoader

    loader = PyFileConfigLoader if path.endswith(".py") else JSONFileConfigLoader
    try:
        return loader(os.path.basename(path), path=os.path.dirname(path)).load_config()
    except Exception as error:  # the file is a program of the user's
        raise ValueError(
            f"The configuration file {path} cannot be read ({type(error).__name__}: {error}): mend or remove it."
        ) from None
