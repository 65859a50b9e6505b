"""A sub-kernel on another host: what `SubKernel` is to its user, with the process elsewhere.

The code, its tools' answers and the document go to the host; models, keys and the user's own functions stay here. What
the cell asks for comes here as a request, and is checked here as that of a local sub-kernel is.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Any

from ...document import Document, Text
from ..errors import IsolationError
from ..launch.process import Process
from ..packages import PACKAGES
from ..subkernel import SubKernel
from .keys import read_client_key, require_curve
from .process import RemoteProcess
from .protocol import MAX_PARTS, one_line, parse_address

_MAX_LAYERS = 20
_MAX_ITEMS = 10
_MAX_COUNT = 1 << 62


class RemoteSubKernel(SubKernel):
    """A sub-kernel on the host at `host`, such as "tcp://lab.example:7420", with the client's key file `key`.

    The rest is as for `SubKernel`. Raises ValueError for an address or a key file that cannot be used; `start` raises
    IsolationError where the host cannot be reached, does not let the key in, or refuses what is asked for.
    """

    def __init__(
        self,
        context: Any,
        *,
        host: str,
        key: str | os.PathLike[str] | None = None,
        packages: Sequence[str] = (),
        **settings: Any,
    ) -> None:
        super().__init__(context, **settings)
        require_curve()
        address, port = parse_address(host)
        self._endpoint = address, port
        self._alone: Document | None = None
        self._host = f"tcp://{address}:{port}"
        self._key = read_client_key(key)
        # Whether they are installed there, the host says.
        self._packages = checked_names(packages)

    def _shareable(self) -> Document:
        """The document, or the parts alone where describing them would take more than sending them."""
        if self._alone is None:
            self._alone, parts = self._document, self._document.part_table()
            if parts is not None and len(json.dumps(parts)) > MAX_PARTS:
                texts = [Text(text.name, text.source, bytes(text.data)) for text in self._document.texts]
                self._alone = Document(texts, self._document.shape)
        return self._alone

    def _process(self) -> Process:
        return RemoteProcess(self._answer, self._packages, self._host, self._endpoint, self._key)

    def _reported(self, live: Process, report: dict[str, Any]) -> dict[str, Any]:
        """The host's report, and where it is from. Without a filter of system calls it is weak, whatever it says."""
        known = bounded_report(report)
        versions = live.versions if isinstance(live, RemoteProcess) else {}
        weak = {} if known.get("seccomp") is True and not known.get("weak") else {"weak": True}
        return known | weak | {"host": {"address": self._host} | versions}

    def _too_weak(self, missing: str) -> IsolationError:
        return IsolationError(
            f"The sub-kernel host {self._host} reports no operating-system layer (missing: {missing}): use one that "
            "has seccomp, or accept it with allow_weak_isolation=True."
        )

    async def unchanged(self) -> bool | None:
        """Whether the bytes here, and the host's copy as the host says, are still the document's."""
        here = await super().unchanged()
        if not here or not isinstance(self._live, RemoteProcess):
            return here
        return await self._live.unchanged()


def check_host(host: str, key: str | None, packages: Sequence[str]) -> None:
    """Raise ValueError, in one sentence, for an address, a key file or packages that cannot be used."""
    require_curve()
    parse_address(host)
    read_client_key(key)
    checked_names(packages)


def checked_names(packages: Sequence[str]) -> tuple[str, ...]:
    """The packages in the order of `PACKAGES`. Raises ValueError for another."""
    for name in packages:
        if name not in PACKAGES:
            raise ValueError(f"packages: {name!r} cannot be used in the sandbox; only {' and '.join(PACKAGES)} can.")
    return tuple(name for name in PACKAGES if name in packages)


def bounded_report(report: dict[str, Any]) -> dict[str, Any]:
    """An isolation report of somebody else: short names, and values that a report can have."""
    known = {}
    for name, value in list(report.items())[:_MAX_LAYERS]:
        if name.replace("-", "").isalnum() and len(name) <= 40 and name != "host":
            known[name] = _bounded(value)
    return known


def _bounded(value: Any) -> Any:
    if isinstance(value, dict):
        items = [(key, each) for key, each in list(value.items())[:_MAX_ITEMS] if not isinstance(each, dict | list)]
        return {one_line(key, 40): _bounded(each) for key, each in items}
    if isinstance(value, list):
        return [_bounded(each) for each in value[:_MAX_ITEMS] if not isinstance(each, dict | list)]
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return max(-_MAX_COUNT, min(_MAX_COUNT, value))
    return one_line(value, 100)
