"""A document that a client has loaded: its sub-kernel, and the handles to what was found in it."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..document import Document
from ..engine.factory import sub_kernel_type
from ..models import ModelError
from ..render.sanitize import plain
from ..subkernel.base import Execution, Refusal
from .schemas import RowsPage, RowText
from .server_settings import ToolFailure

_MAX_HANDLES = 50
_MAX_KEPT = 4_000_000
_PIECE = 20
_LINE = 500
_MATCH = 200
_SHORT = f"m.line[:{_LINE}]"
_COLUMNS = {"grep": f"m.line_num, {_SHORT}, m.match[:{_MATCH}]", "fuzzy_search": f"m.line_num, {_SHORT}, m.score"}

Ask = Callable[[list[str]], Awaitable[list[str | ModelError]]]


@dataclass(frozen=True, slots=True)
class Handle:
    """Rows behind a name. `kind`: `grep` and `fuzzy_search` (a variable of the sub-kernel of that name), `lines` (of
    the document, from line `first`), `kept` (`rows`, in this process)."""

    name: str
    kind: str
    count: int
    first: int = 1
    rows: tuple[str, ...] = field(default=(), repr=False)


class McpSession:
    """A loaded document. `close` ends its sub-kernel; every use of it renews its time."""

    def __init__(
        self,
        document: Document,
        *,
        memory_limit: Any,
        allow_weak_isolation: bool,
        packages: Sequence[str] = (),
        subkernel_host: str | None = None,
        subkernel_key: str | None = None,
    ) -> None:
        self.id = f"doc-{secrets.token_urlsafe(16)}"
        self.text = document.texts[0]
        self.document = document
        self.handles: OrderedDict[str, Handle] = OrderedDict()
        self.final: Any = None
        self._numbers = 0
        self._used = time.monotonic()
        self._busy = 0
        self._closed = False
        self._ask: Ask | None = None
        self._lock = asyncio.Lock()
        self._sub = sub_kernel_type(subkernel_host, subkernel_key)(
            document,
            memory_limit=memory_limit,
            handler=self._answer,
            allow_weak_isolation=allow_weak_isolation,
            packages=packages,
        )

    async def start(self) -> None:
        """Start the sub-kernel. Raises IsolationError."""
        try:
            await self._sub.start()
        except BaseException:
            await self._sub.kill()
            raise

    async def close(self) -> None:
        """End the sub-kernel, and whatever it runs."""
        self._closed = True
        await self._sub.kill()

    def _check_open(self) -> None:
        if self._closed:
            raise ToolFailure("The session was closed meanwhile: load_document gives a new one.")

    @property
    def isolation(self) -> dict[str, Any]:
        """The layers around the code."""
        return self._sub.isolation

    @property
    def busy(self) -> bool:
        """Whether it works."""
        return self._busy > 0

    @property
    def idle(self) -> float:
        """Seconds since it was last used; 0 while it works."""
        return 0.0 if self._busy else time.monotonic() - self._used

    async def execute(self, code: str, *, seconds: float = 60.0, ask: Ask | None = None) -> Execution:
        """Run a cell; `ask` answers its llm_query. What a sub-kernel that died has held is forgotten.

        Raises ToolFailure where the session is closed before the cell has ended.
        """
        self._busy += 1
        try:
            async with self._lock:
                self._check_open()
                self._ask, self.final = ask, None
                done = await self._sub.execute(code, timeout=seconds)
                self._check_open()
        finally:
            self._busy -= 1
            self._used = time.monotonic()
        if done.lost_state:
            for name in [name for name, handle in self.handles.items() if handle.kind in _COLUMNS]:
                del self.handles[name]
        return done

    def touch(self) -> None:
        """Renew its time."""
        self._used = time.monotonic()

    async def search(self, tool: str, query: str, limit: int) -> tuple[Handle, str]:
        """Run `grep` or `fuzzy_search`: the handle of what it found, and what it remarked. Raises ToolFailure."""
        name = self._name("rows")
        done = await self.execute(f"{name} = {tool}({query!r}, limit={limit})")
        if done.error is not None:
            raise ToolFailure(f"{tool} failed: {done.error.message}" + (" (state lost)" if done.lost_state else ""))
        counted = await self.execute(f"len({name})")
        count = counted.value if type(counted.value) is int else 0
        return await self._put(Handle(name, tool, count)), plain(done.output).strip()[:4_000]

    async def keep(self, rows: list[str]) -> Handle:
        """A handle to rows that this process holds."""
        kept, size = [], 0
        for row in rows:
            size += len(row) + 50
            if size > _MAX_KEPT:
                break
            kept.append(row)
        return await self._put(Handle(self._name("kept"), "kept", len(kept), rows=tuple(kept)))

    async def lines(self, first: int, last: int, shown: int) -> RowsPage:
        """Lines of the document: the first `shown`, with a handle where there are more."""
        handle = Handle(self._name("lines"), "lines", last - first + 1, first)
        if handle.count > shown:
            await self._put(handle)
        return await self.page(handle, 0, shown)

    async def page(self, handle: Handle, start: int, count: int, notes: str = "") -> RowsPage:
        """Some rows of a handle, and how many there are. Raises ToolFailure."""
        end = min(start + count, handle.count)
        rows: list[RowText] = []
        while start + len(rows) < end:
            at = start + len(rows)
            rows += await self._rows(handle, at, min(at + _PIECE, end))
        whole = start == 0 and end == handle.count
        return RowsPage(
            count=handle.count,
            start=start,
            rows=rows,
            handle=None if whole and handle.kind not in _COLUMNS else f"{self.id}/{handle.name}",
            variable=handle.name if handle.kind in _COLUMNS else None,
            notes=notes,
        )

    async def _rows(self, handle: Handle, start: int, end: int) -> list[RowText]:
        if handle.kind == "kept":
            return [RowText(text=row) for row in handle.rows[start:end]]
        if handle.kind == "lines":
            return [
                RowText(line=number, text=self.line(number))
                for number in range(handle.first + start, handle.first + end)
            ]
        code = f"[[{_COLUMNS[handle.kind]}] for m in {handle.name}[{start}:{end}]]"
        value = (await self.execute(code)).value
        made = [row for row in map(_row, value if isinstance(value, list) else []) if row is not None]
        if len(made) != end - start:
            raise ToolFailure(f"The rows of {handle.name} are gone: the code has changed that variable; search again.")
        return made

    def line(self, number: int) -> str:
        """The beginning of a line of the document; of a long one nothing else is decoded."""
        start, end = self.text.line_start(number), self.text.line_start(number + 1)
        raw = bytes(self.text.view[start : min(end, start + 4 * _LINE)])
        return plain(raw.decode("utf-8", "ignore").rstrip("\r\n")[:_LINE])

    def _name(self, kind: str) -> str:
        self._numbers += 1
        return f"{kind}_{self._numbers}"

    async def _put(self, handle: Handle) -> Handle:
        self.handles[handle.name] = handle
        while len(self.handles) > _MAX_HANDLES or sum(_size(each) for each in self.handles.values()) > 2 * _MAX_KEPT:
            name, oldest = self.handles.popitem(last=False)
            if oldest.kind in _COLUMNS:
                await self.execute(f"{name} = None")
        return handle

    async def _answer(self, method: str, params: dict[str, Any]) -> Any:
        """The requests of a running cell; its word is hostile."""
        if method == "final":
            self.final = params.get("value")
            return True
        if method not in ("llm_query", "llm_query_batched"):
            raise Refusal(f"{method[:40]} is not available here: in this session you are the model")
        if self._ask is None:
            raise Refusal(
                f"{method} has no model to ask: this client offers no sampling. Read the text yourself, or use "
                "analyze_document"
            )
        prompts = params.get("prompts")
        if not isinstance(prompts, list) or not prompts or not all(isinstance(prompt, str) for prompt in prompts):
            raise Refusal(f"{method}: prompts must be texts")
        replies = await self._ask(prompts)
        if method == "llm_query" and isinstance(replies[0], ModelError):
            raise Refusal(f"llm_query: {replies[0]}")
        return [f"[error: {reply}]" if isinstance(reply, ModelError) else reply for reply in replies]


def _row(value: Any) -> RowText | None:
    """A row as the sub-kernel has written it, if it is one."""
    match value:
        case [int(line), str(text), str(found)]:
            return RowText(line=line, text=plain(text)[:_LINE], match=plain(found)[:_MATCH])
        case [int(line), str(text), float() | int() as score]:
            return RowText(line=line, text=plain(text)[:_LINE], score=round(float(score), 4))
    return None


def _size(handle: Handle) -> int:
    return sum(map(len, handle.rows))


def rows_of(value: list[Any]) -> list[str]:
    """The items of a list as rows of text."""
    return [item if isinstance(item, str) else json.dumps(item, ensure_ascii=False) for item in value]
