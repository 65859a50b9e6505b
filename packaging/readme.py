"""The README as PyPI shows it: a build hook that takes out what leads nowhere there.

On PyPI a page has no folder beside it: links to files of the repository become their text and the file's name, which
the sdist has, and images of the repository go. Everything else is as README.md says it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

_IMAGE = re.compile(r"!\[[^\]]*\]\((?!\w+:)[^)]+\)\n*")
_LINK = re.compile(r"\[([^\]]+)\]\((?!\w+:)([^)#\s]+)[^)]*\)")


def for_pypi(text: str) -> str:
    """README.md without links that are relative."""
    return _LINK.sub(_named, _IMAGE.sub("", text))


def _named(link: re.Match[str]) -> str:
    text, target = link[1], link[2]
    return text if text == target else f"{text} (`{target}`)"


class ReadmeHook(MetadataHookInterface):
    """The hook that `pyproject.toml` names."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Called by hatchling, which has no readme yet."""
        text = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        metadata["readme"] = {"content-type": "text/markdown", "text": for_pypi(text)}
