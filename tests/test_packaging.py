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


def test_the_page_names_every_extra_for_users() -> None:
    page = (REPOSITORY / "docs" / "install.md").read_text()
    users = set(PROJECT["optional-dependencies"]) - {"test", "docs", "dev", "bench"}
    assert {extra for extra in users if f"`{extra}`" not in page} == set()
