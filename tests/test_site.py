"""The documentation site builds without a warning: every link leads somewhere, every public name is documented."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

# The job of the documentation builds the site at each change.
pytestmark = pytest.mark.nightly
REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("mkdocs", reason="the site needs the extra `docs`")
    pytest.importorskip("mkdocstrings", reason="the site needs the extra `docs`")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_every_page_is_in_the_site(site: Path) -> None:
    pages = {page.stem for page in (REPOSITORY / "docs").glob("*.md")} - {"index"}
    assert pages <= {page.parent.name for page in site.glob("*/index.html")}


def test_the_reference_has_the_public_names(site: Path) -> None:
    text = (site / "api" / "index.html").read_text(encoding="utf-8")
    names = ["RLM.completion", "Answer", "Document", "Trace.to_json", "Model.stream", "SubKernel", "ModelFactory"]
    assert [name for name in names if f'.{name}"' not in text] == []


def test_the_schema_and_the_notebooks_are_in_the_site(site: Path) -> None:
    assert (site / "trace.schema.json").is_file()
    assert list((site / "demo-notebooks").glob("*.ipynb"))
