"""What is in packaging/ says what pyproject.toml says."""

from __future__ import annotations

import importlib.metadata
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
# What an extra of a dependency stood for in older versions of it.
OLDER = {"openai": {"httpx-aiohttp"}}


def required() -> set[str]:
    """The dependencies of pyproject.toml as conda writes them."""
    found = {f"python {PROJECT['requires-python']}"}
    for text in PROJECT["dependencies"]:
        requirement = Requirement(text)
        name = requirement.name.lower()
        found.add(f"{CONDA.get(name, name)} {requirement.specifier}".strip())
        for extra in requirement.extras:
            found |= OLDER[name] | of_extra(name, extra)
    return found


def of_extra(package: str, extra: str) -> set[str]:
    """The packages that an extra adds, by what is installed."""
    added = [Requirement(text) for text in importlib.metadata.requires(package) or ()]
    return {each.name for each in added if each.marker and f'extra == "{extra}"' in str(each.marker)}


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
