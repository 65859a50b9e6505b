"""`pytest --rlm-replay`: each trace in the notebooks and JSON files that pytest looks at is a test, passed if it is
reproduced. Without the option it does nothing, and loads nothing of the engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .trace_files import TraceInFile


def pytest_addoption(parser: pytest.Parser) -> None:
    """Called by pytest."""
    group = parser.getgroup("rlm", "replaying traces of rlm-kernel")
    group.addoption("--rlm-replay", action="store_true", help="replay the traces in notebooks and JSON files")
    group.addoption("--rlm-document", action="append", metavar="FILE", help="what the runs were about, if not in place")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Called by pytest for each file."""
    if not parent.config.getoption("--rlm-replay") or file_path.suffix not in (".ipynb", ".json"):
        return None
    from .trace_files import holds_traces

    return TraceFile.from_parent(parent, path=file_path) if holds_traces(file_path) else None


class TraceFile(pytest.File):
    """A file that holds traces."""

    def collect(self) -> Iterator[pytest.Item]:
        """An item for each trace."""
        from .trace_files import read

        found = read(self.path)
        for number, each in enumerate(found, 1):
            name = f"trace {number}" if each.cell is None else f"cell {each.cell}"
            yield TraceItem.from_parent(self, name=name, found=each, others=found)


class TraceItem(pytest.Item):
    """The replay of one trace."""

    def __init__(self, *, found: TraceInFile, others: list[TraceInFile], **options: Any) -> None:
        super().__init__(**options)
        self._found = found
        self._others = others

    def runtest(self) -> None:
        """Called by pytest. Raises NotReproduced."""
        from . import replay

        paths = [Path(name) for name in self.config.getoption("--rlm-document") or ()]
        earlier = [other.trace for other in self._others]
        done = replay(self._found.trace, paths or None, earlier=earlier, near=self.path.parent)
        if not done.reproduced:
            raise NotReproduced(f"{done.text}\n{done.diff}".strip())

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The verdict, without a traceback."""
        return str(excinfo.value) if isinstance(excinfo.value, NotReproduced) else super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where it is, for pytest."""
        return self.path, None, f"{self.path.name}: {self.name}"


class NotReproduced(Exception):
    """A trace was not reproduced; the text is the verdict."""
