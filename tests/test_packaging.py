"""What is in packaging/ says what pyproject.toml says."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import rlm_kernel
from rlm_kernel.cli.options import parse

REPOSITORY = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
# Names on conda-forge that are others than on PyPI.
CONDA = {"jupyter-client": "jupyter_client", "typing-extensions": "typing_extensions", "tzdata": "python-tzdata"}


def required() -> set[str]:
    """The dependencies of pyproject.toml as conda writes them."""
    found = {f"python {PROJECT['requires-python']}"}
    for requirement in map(Requirement, PROJECT["dependencies"]):
        # The recipe is of all systems: Python there has the system's certificates.
        if requirement.marker and "darwin" in str(requirement.marker):
            continue
        name = requirement.name.lower()
        found.add(f"{CONDA.get(name, name)} {requirement.specifier}".strip())
    return found


def test_the_recipe_has_the_projects_dependencies_commands_and_version() -> None:
    yaml = pytest.importorskip("yaml")
    recipe = yaml.safe_load((REPOSITORY / "packaging" / "conda" / "recipe.yaml").read_text())
    assert set(recipe["requirements"]["run"]) == required()
    assert recipe["context"]["version"] == rlm_kernel.__version__
    scripts = {f"{name} = {target}" for name, target in PROJECT["scripts"].items()}
    assert set(recipe["build"]["python"]["entry_points"]) == scripts
    assert recipe["about"]["license"] == PROJECT["license"]
    assert recipe["about"]["summary"] == PROJECT["description"]


def test_the_container_takes_extras_and_commands_that_there_are() -> None:
    text = (REPOSITORY / "packaging" / "Containerfile").read_text()
    (extras,) = re.findall(r"\.whl\)\[([\w,]+)\]", text)
    assert set(extras.split(",")) <= set(PROJECT["optional-dependencies"])
    (fetch,) = re.findall(r"^RUN rlm (.+)$", text, re.MULTILINE)
    assert parse(fetch.split()).yes
    copied = re.findall(r"^COPY (?!--from)(?:--\S+ )?(\S+) ", text, re.MULTILINE)
    assert copied
    assert all((REPOSITORY / path).exists() for path in copied)


def test_hooks_and_workflows_use_what_the_developers_environment_has() -> None:
    yaml = pytest.importorskip("yaml")
    configured = yaml.safe_load((REPOSITORY / ".pre-commit-config.yaml").read_text())["repos"]
    assert {source["repo"] for source in configured} == {"local"}
    hooks = [hook for source in configured for hook in source["hooks"]]
    assert {hook["language"] for hook in hooks} == {"system"}
    # `check-yaml` and the like are programs of the distribution pre-commit-hooks.
    extras = PROJECT["optional-dependencies"]
    named = {Requirement(line).name for line in [*extras["dev"], *extras["test"]]}
    programs = {hook["entry"].split()[0] for hook in hooks} - {"python"}
    assert {"pre-commit", "pre-commit-hooks", "nox", *programs & {"ruff", "mypy"}} <= named
    for file in (REPOSITORY / ".github" / "workflows").glob("*.yml"):
        jobs = yaml.safe_load(file.read_text())["jobs"].values()
        commands = [step["run"] for job in jobs for step in job["steps"] if "run" in step]
        sessions = [name for command in commands for name in re.findall(r"nox -s (\w+)", command)]
        assert {name for name in sessions if f"def {name}(" not in (REPOSITORY / "noxfile.py").read_text()} == set()
        asked = [extra for command in commands for extra in re.findall(r"'\.\[(\w+)\]'", command)]
        assert set(asked) <= set(extras)


def test_the_workflow_runs_every_python_of_the_classifiers() -> None:
    yaml = pytest.importorskip("yaml")
    jobs = yaml.safe_load((REPOSITORY / ".github" / "workflows" / "ci.yml").read_text())["jobs"]
    pythons = jobs["tests"]["strategy"]["matrix"]["python-version"]
    prefix = "Programming Language :: Python :: 3."
    classified = [f"3.{line.removeprefix(prefix)}" for line in PROJECT["classifiers"] if line.startswith(prefix)]
    assert pythons == classified
    assert repr(pythons).replace("'", '"') in (REPOSITORY / "noxfile.py").read_text()


def test_the_page_names_every_extra_for_users() -> None:
    page = (REPOSITORY / "docs" / "install.md").read_text()
    users = set(PROJECT["optional-dependencies"]) - {"test", "docs", "dev", "bench"}
    assert {extra for extra in users if f"`{extra}`" not in page} == set()
