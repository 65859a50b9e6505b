"""Which unit a worker gets next: one about a document that it holds already, before one about another."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from .tasks import Unit


class Plan:
    """The units that are still to be run, by document. A worker keeps its documents as long as others have their own;
    one that would be idle helps with the document of which most is left."""

    def __init__(self, units: Iterable[Unit]) -> None:
        self._units: dict[str, deque[Unit]] = {}
        self._count = 0
        for unit in units:
            self._units.setdefault(unit.document.key, deque()).append(unit)
            self._count += 1
        self._free = deque(self._units)
        self._owned: dict[str, list[str]] = {}

    def __len__(self) -> int:
        return self._count

    def take(self, worker: str) -> Unit | None:
        """The next unit for a worker; None where nothing is left."""
        own = self._owned.setdefault(worker, [])
        own[:] = [key for key in own if key in self._units]
        if own:
            return self._pop(own[0])
        while self._free:
            key = self._free.popleft()
            if key in self._units:
                own.append(key)
                return self._pop(key)
        if not self._units:
            return None
        return self._pop(max(self._units, key=lambda key: len(self._units[key])))

    def again(self, unit: Unit) -> None:
        """A unit is to be run once more, after the others."""
        key = unit.document.key
        if key not in self._units:
            self._units[key] = deque()
            self._free.append(key)
        self._units[key].append(unit)
        self._count += 1

    def forget(self, worker: str) -> None:
        """A worker is gone: its documents are anybody's."""
        for key in self._owned.pop(worker, []):
            if key in self._units:
                self._free.appendleft(key)

    def _pop(self, key: str) -> Unit:
        units = self._units[key]
        unit = units.popleft()
        self._count -= 1
        if not units:
            del self._units[key]
        return unit
