"""A hook of MkDocs: files outside of docs/ that its pages link to are part of the site, at addresses of their own."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

REPOSITORY = Path(__file__).resolve().parents[1]
# A file of the repository -> its place in the site.
PAGES = {
    "README.md": "readme.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security-policy.md",
    "benchmarks/results/README.md": "benchmarks.md",
}


def _place(path: str) -> str:
    """Where a file of the repository is in the site, from the site's root."""
    return PAGES.get(path, path.removeprefix("docs/"))


def on_files(files: Files, config: Any) -> Files:
    """Add the pages in the repository's root, and the notebooks."""
    for source, place in PAGES.items():
        files.append(File.generated(config, place, content=_page(source)))
    for notebook in sorted((REPOSITORY / "demo-notebooks").iterdir()):
        files.append(File.generated(config, f"demo-notebooks/{notebook.name}", abs_src_path=str(notebook)))
    return files


def _page(source: str) -> str:
    """A page of the root with its links as they are seen from the site's root."""
    text = (REPOSITORY / source).read_text(encoding="utf-8")
    local = re.compile(r"\]\((?!\w+:|#)([^)#\s]+)")
    return local.sub(lambda link: f"]({_place(link[1])}", text)


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Links of the pages in docs/ that lead out of it."""
    return re.sub(r"\]\(\.\./([^)#\s]+)", lambda link: f"]({_place(link[1])}", markdown)
