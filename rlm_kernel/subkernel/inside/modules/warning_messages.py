"""`warnings` of a cell's own: what is warned of goes to the cell's output, once for each line that warns."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from .. import determinism
from .streams import OutputStream

_ACTIONS = ("error", "ignore", "always", "default", "module", "once", "all")


class WarningMessage:
    """A warning that `catch_warnings(record=True)` has caught."""

    def __init__(self, message: Warning, category: type[Warning], lineno: int) -> None:
        self.message = message
        self.category = category
        self.lineno = lineno
        self.filename = "<cell>"

    def __str__(self) -> str:
        message = determinism.settled(repr(self.message), [self.message, self.message.args])
        fields = f"message : {message}, category : {self.category.__name__!r}"
        return f"{{{fields}, filename : {self.filename!r}, lineno : {self.lineno}}}"


class Warnings:
    """The functions of the module `warnings`. Its filters live as long as the sub-kernel."""

    def __init__(self, stderr: OutputStream, line: Callable[[], int | None]) -> None:
        self._stderr = stderr
        self._line = line
        self.filters: list[tuple[str, str, type[Warning]]] = []
        self.seen: set[tuple[str, str, int]] = set()
        self.caught: list[WarningMessage] | None = None

    def warn(self, message: Any, category: Any = None, stacklevel: int = 1, **_rest: Any) -> None:  # noqa: ARG002
        """Warn, as the filters say."""
        if isinstance(message, Warning):
            warning, category = message, type(message)
        else:
            category = UserWarning if category is None else category
            if not (isinstance(category, type) and issubclass(category, Warning)):
                raise TypeError(f"category must be a Warning subclass, not {type(category).__name__!r}")
            warning = category(message)
        text, line = determinism.settled(str(warning), warning.args), self._line() or 1
        action = self._action(text, category)
        if action == "error":
            raise warning
        key = (text, category.__name__, 0 if action == "once" else line)
        if action == "ignore" or (action not in ("always", "all") and key in self.seen):
            return
        self.seen.add(key)
        if self.caught is not None:
            self.caught.append(WarningMessage(warning, category, line))
        else:
            self._stderr.write(self.formatwarning(text, category, "<cell>", line))

    def _action(self, text: str, category: type[Warning]) -> str:
        for action, message, kind in self.filters:
            if issubclass(category, kind) and re.match(message, text, re.IGNORECASE):
                return action
        return "default"

    def formatwarning(self, message: Any, category: type, filename: str, lineno: int, line: Any = None) -> str:
        """The text of a warning."""
        text = f"{filename}:{lineno}: {category.__name__}: {determinism.shown(message)}\n"
        return text + (f"  {line}\n" if line else "")

    def simplefilter(self, action: str, category: Any = Warning, lineno: int = 0, append: bool = False) -> None:
        """Say what becomes of warnings of a category."""
        self.filterwarnings(action, "", category, "", lineno, append)

    def filterwarnings(
        self,
        action: str,
        message: str = "",
        category: Any = Warning,
        module: str = "",  # noqa: ARG002  a cell is one module
        lineno: int = 0,  # noqa: ARG002
        append: bool = False,
    ) -> None:
        """Say what becomes of warnings of a category whose text begins as the pattern `message` says."""
        if action not in _ACTIONS:
            raise ValueError(f"invalid action: {action!r}")
        if not (isinstance(category, type) and issubclass(category, Warning)):
            raise TypeError("category must be a Warning subclass")
        rule = (action, str(message), category)
        self.filters.insert(len(self.filters) if append else 0, rule)

    def resetwarnings(self) -> None:
        """Forget all filters."""
        self.filters.clear()

    def names(self) -> dict[str, Any]:
        """Name -> what the module has under it."""
        service = self

        class catch_warnings:  # noqa: N801  Python's own name
            """Puts the filters back at its end; with `record` it gives a list of what was warned of."""

            def __init__(self, *, record: bool = False, action: str | None = None, category: Any = Warning) -> None:
                self._record = record
                self._action, self._category = action, category
                self._before: Any = None

            def __enter__(self) -> list[WarningMessage] | None:
                self._before = (list(service.filters), set(service.seen), service.caught)
                if self._action is not None:
                    service.simplefilter(self._action, self._category)
                service.seen.clear()
                if not self._record:
                    return None
                service.caught = []
                return service.caught

            def __exit__(self, *_error: object) -> None:
                service.filters, service.seen, service.caught = self._before

        functions = (self.warn, self.simplefilter, self.filterwarnings, self.resetwarnings, self.formatwarning)
        return {function.__name__: function for function in functions} | {
            "catch_warnings": catch_warnings,
            "WarningMessage": WarningMessage,
        }
