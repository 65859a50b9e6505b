"""Environments with other versions of packages: those of the tests' own environment, and the other version before it.

These tests take long and need PyPI: they are collected only where they are asked for (`-m compat`, `nox -s compat`).
"""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import venv
from collections.abc import Callable
from pathlib import Path

import pytest

import rlm_kernel

REPOSITORY = Path(rlm_kernel.__file__).resolve().parents[1]
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "notebook"))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """See above."""
    return None if "compat" in (config.option.markexpr or "") else True


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """The Python of an environment with these requirements: `environment("ipykernel==6.31.0")`.

    With `needs=True` their own requirements are installed too, before those of the tests' environment count.
    """
    pythons: dict[tuple[str, ...], Path] = {}

    def python_with(*requirements: str, needs: bool = False) -> Path:
        if requirements not in pythons:
            folder = tmp_path_factory.mktemp("environment")
            venv.create(folder, with_pip=False, symlinks=True)
            python = folder / "bin" / "python"
            ask = [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
            site = Path(subprocess.run(ask, capture_output=True, text=True, check=True).stdout.strip())
            install = [sys.executable, "-m", "pip", "-q", "--python", python, "install", *requirements]
            install += [] if needs else ["--no-deps"]
            done = subprocess.run(install, capture_output=True, text=True, check=False)
            if done.returncode:
                pytest.skip(f"PyPI gives no {', '.join(requirements)} here: {done.stderr.strip()[-200:]}")
            # After its own packages come those of the environment that the tests run in.
            (site / "base.pth").write_text(f"{sysconfig.get_path('purelib')}\n{REPOSITORY}\n")
            pythons[requirements] = python
        return pythons[requirements]

    return python_with
