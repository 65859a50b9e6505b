"""What is done again and again while working on rlm-kernel: `nox -l` lists it, `nox -s NAME` does it.

The quick sessions use the environment that nox itself is installed in (`pip install -e '.[dev]'`); `tests` makes a
new one for each Python.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import nox

nox.options.sessions = ["lint", "fast"]
nox.options.reuse_existing_virtualenvs = True

PYTHONS = ["3.11", "3.12", "3.13", "3.14"]
FRONT_ENDS = ("jupyterlab", "notebook")
# What starts no sub-kernel, no browser and no model.
FAST = [
    "tests/document",
    "tests/render",
    "tests/trace",
    "tests/engine/test_budget.py",
    "tests/engine/test_grounding.py",
    "tests/engine/test_history.py",
    "tests/engine/test_literals.py",
    "tests/engine/test_prices.py",
    "tests/engine/test_repair.py",
    "tests/engine/test_type_parser.py",
    "tests/models/test_models_cache.py",
    "tests/models/test_models_plugins.py",
    "tests/models/test_models_recorded.py",
    "tests/models/test_models_resolve.py",
    "tests/test_package.py",
]
SIDE_BY_SIDE = ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]


def run(session: nox.Session, *command: str, **environment: str) -> None:
    """A program of the environment that nox runs in."""
    session.run(sys.executable, "-m", *command, external=True, env=environment)


@nox.session(venv_backend="none")
def fast(session: nox.Session) -> None:
    """Unit tests, under a minute; or pytest with the arguments after `--`."""
    run(session, "pytest", *(session.posargs or ["-m", "not nightly", *SIDE_BY_SIDE, *FAST]))


@nox.session(venv_backend="none")
def lint(session: nox.Session) -> None:
    """ruff and mypy."""
    run(session, "ruff", "check", ".")
    run(session, "ruff", "format", "--check", ".")
    run(session, "mypy")


@nox.session(venv_backend="none")
def coverage(session: nox.Session) -> None:
    """All tests (or those after `--`) with branch coverage, also of the processes that they start."""
    shutil.rmtree("htmlcov", ignore_errors=True)
    run(session, "coverage", "erase")
    # pytest runs under coverage, not with a plugin of it: the package is imported before plugins are.
    run(session, "coverage", "run", "-m", "pytest", *session.posargs)
    run(session, "coverage", "combine", "--quiet")
    run(session, "coverage", "html", "--quiet")
    run(session, "coverage", "report")


@nox.session(venv_backend="none")
def compat(session: nox.Session) -> None:
    """With other versions of other people's software, each installed from PyPI in an environment of its own."""
    run(session, "pytest", "-m", "compat", "tests/compat", *session.posargs)


@nox.session(venv_backend="none")
def docs(session: nox.Session) -> None:
    """The site, in `site/`; warnings (a broken link, an undocumented option) are errors."""
    run(session, "mkdocs", "build", "--strict", *session.posargs)


@nox.session(venv_backend="none")
def labextension(session: nox.Session) -> None:
    """Type check, eslint, prettier and tests of the TypeScript."""
    session.chdir("labextension")
    if not Path("node_modules").is_dir():
        session.run("npm", "ci", "--ignore-scripts", external=True)
    session.run("npm", "run", "check", external=True)
    session.run("npm", "test", external=True)


@nox.session(venv_backend="none")
def generate(session: nox.Session) -> None:
    """The trace's JSON schema and TypeScript types, from its pydantic models, and the types of the settings."""
    session.run(sys.executable, "labextension/trace_types.py", external=True)
    session.run(sys.executable, "packaging/setting_types.py", external=True)


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """All tests in a new environment with this Python."""
    session.install("-e", ".[test]", env={"RLM_LABEXTENSION": os.environ.get("RLM_LABEXTENSION", "yes")})
    session.run("pytest", *(session.posargs or SIDE_BY_SIDE))


@nox.session(python=PYTHONS[0])
def oldest_lab(session: nox.Session) -> None:
    """The browser tests (or those after `--`) in the oldest JupyterLab and Jupyter Notebook that are promised."""
    promised = nox.project.load_toml("pyproject.toml")["project"]["optional-dependencies"]["test"]
    versions = [promise.split(">=") for promise in promised if promise.split(">=")[0] in FRONT_ENDS]
    oldest = [f"{name}=={version}.*" for name, version in versions]
    pins = Path(session.create_tmp(), "oldest.txt")
    pins.write_text("\n".join(oldest) + "\n")
    session.install("--constraint", str(pins), "-e", ".[test]", env={"RLM_LABEXTENSION": "required"})
    # One after the other: they share a JupyterLab and a browser.
    session.run("pytest", *(session.posargs or ["tests/e2e"]))
