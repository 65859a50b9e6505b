"""Runs cells: one namespace that lasts, the policy around it, a bounded output, and what each cell changed."""

from __future__ import annotations

import gc
import inspect
import json
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import CodeType
from typing import Any

from ...document import Document, Searcher
from ...document.parts.find import PartFinder
from ...document.search.notes import Notes
from ...document.search.result_list import Rows
from ...document.view import context_of
from . import coroutines, determinism, guards, packages, policy, refusals, values
from .facades import Importer
from .fallback_names import soft_names
from .faults import can_be_caught
from .frames import SharedFrame
from .mechanisms import Redirection
from .queries import Queries
from .sandbox_builtins import make_builtins
from .scopes import CellVariables
from .tool_order import TOOLS
from .tools import Tools
from .transformer import PolicyError, compile_cell, is_dunder, is_reserved
from .views import ReadOnlyDict, ReadOnlyList, plain, read_only

_MAX_SPANS = 10_000
_MAX_SEARCHES = 1_000
_MAX_VALUE = 200_000
_MAX_NAMES = 200
_MAX_NAME = 200
_SYNTAX_ERRORS = (SyntaxError, IndentationError, TabError)
_MAX_MESSAGE = 4000
_FLUSH_CHARS = 8192
_PIECE_CHARS = 1 << 16
_FLUSH_SECONDS = 0.05
# Held back (but not touched, so it costs nothing) for what follows a cell that has used up the memory.
_RESERVE_BYTES = 16 << 20
_NOT_STARRED = object()
_LARGE = "context is too large to be a str: use grep(...), finditer(...), read_lines(...), or a slice context[a:b]"
_NO_MEMORY = "the memory limit was reached; the variables made before are kept"
_DROPPED = "the memory limit was reached; the variables that this cell set are lost, those made before are kept"
_ALL_DROPPED = "the memory limit was reached; all variables are lost; context and tools are back"


@dataclass
class CellResult:
    """What a cell left behind. `error` is (type, message, line) or None; `value` is that of its last expression.

    `unusable`: there is no memory left for another cell, and none can be had back.
    """

    value: Any = None
    error: tuple[str, str, int | None] | None = None
    added: dict[str, str] = field(default_factory=dict)
    changed: dict[str, str] = field(default_factory=dict)
    spans: list[tuple[str, str, int, int, int | None]] = field(default_factory=list)
    searches: list[dict[str, Any]] = field(default_factory=list)
    output_chars: int = 0
    finished: bool = False
    unusable: bool = False


class Output:
    """The cell's one sink: passes on the first `limit` characters in pieces, counts and drops the rest but its tail."""

    def __init__(self) -> None:
        self.limit = 0
        self._emit: Callable[[str], None] = lambda _text: None
        self.reset()

    def connect(self, emit: Callable[[str], None]) -> None:
        """Pass it on to `emit` from now on."""
        self._emit = emit

    def reset(self) -> None:
        """Begin a new cell."""
        self.total = 0
        self._pending: list[str] = []
        self._pending_chars = 0
        self._tail: list[str] = []
        self._tail_chars = 0
        self._last = time.monotonic()

    def write(self, text: str) -> None:
        """Take in a text."""
        if type(text) is not str:
            text = str.__str__(text)  # an Enum's text is a subclass, which could lie about its length
        room = self.limit - self.total
        self.total += len(text)
        if room < len(text):
            self._keep_tail(text[max(room, 0) :])
            text = text[: max(room, 0)]
        if text:
            self._pending.append(text)
            self._pending_chars += len(text)
            if self._pending_chars >= _FLUSH_CHARS or time.monotonic() - self._last > _FLUSH_SECONDS:
                self.flush()

    def _keep_tail(self, text: str) -> None:
        size = self.limit // 4
        self._tail.append(text[-size:])
        self._tail_chars += len(self._tail[-1])
        # Cut only now and then: each cut copies the whole tail.
        if self._tail_chars > 4 * size:
            self._tail = ["".join(self._tail)[-size:]]
            self._tail_chars = len(self._tail[0])

    def flush(self) -> None:
        """Pass on what is waiting."""
        pending = "".join(self._pending)
        self._pending, self._pending_chars, self._last = [], 0, time.monotonic()
        # An interrupt between the frames of a message would leave half of it in the socket.
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            for start in range(0, len(pending), _PIECE_CHARS):
                self._emit(pending[start : start + _PIECE_CHARS])
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)

    def finish(self) -> None:
        """End the cell: pass on the rest, and the tail of what was dropped."""
        self.flush()
        tail = "".join(self._tail)[-(self.limit // 4) :]
        if tail:
            dropped = self.total - self.limit - len(tail)
            mark = f"\n[... {dropped:,} characters not kept ...]\n" if dropped > 0 else ""
            self._pending = [mark, tail]
            self.flush()


class Sandbox:
    """The namespace of one sub-kernel and the cells that run in it.

    What is the same for all is there once it is made; then `connect` says whom it talks to, `open` what it is about.
    """

    def __init__(self) -> None:
        self.output = Output()
        self._spans: list[tuple[str, str, int, int, int | None]] = []
        self._searches: list[dict[str, Any]] = []
        self._has_more_searches = False
        self._namespace: dict[str, Any] = {}
        self._starred: dict[str, Any] = {}
        # The names of tools of which the cells have been told that they use them otherwise.
        self._named: set[str] = set()
        self._redirection = Redirection(self.output.write)
        self._variables = CellVariables(self._namespace, self._is_hidden)
        self._load = Importer(self._redirection, self._line, self._bind).load
        self._builtins = make_builtins(self._redirection.stdout.write, self._variables, self._load)
        self._count = 0
        self._filename = ""
        self._reserve: bytes | None = bytes(_RESERVE_BYTES)

    def connect(self, call: Callable[[str, dict[str, Any]], Any], emit: Callable[[str], None]) -> None:
        """`call` asks the parent, `emit` gets output."""
        self._call = call
        self.output.connect(emit)

    def open(
        self,
        document: Document,
        output_limit: int,
        tools: Sequence[dict[str, Any]] = (),
        *,
        seed: int = 0,
        clock: int = 0,
    ) -> None:
        """Take the document and the user's tools, before the first cell.

        `seed` and `clock` (nanoseconds since 1970): see `determined`.
        """
        determinism.start(seed, clock)
        packages.start(seed)
        self.output.limit = output_limit
        self._document = document
        self._context = _context(document, self._note_span)
        guards.number_lines_of(document)
        self._notes = Notes(self._remark)
        searcher = Searcher(document.texts, self._note_span, self._notes)
        self._parts = PartFinder(document, plain)
        self._tools = Tools(
            searcher,
            self._parts,
            self._call,
            self.describe,
            self._size,
            note=self._notes,
            line=self._line,
            searched=self._note_search,
            only=document.texts[0].name if len(document.texts) == 1 else None,
            queries=Queries(document, self._note_span, self._notes),
        )
        self._seed = {"context": self._context, "FINAL": self._tools.FINAL}
        self._builtins |= {name: getattr(self._tools, name) for name in TOOLS}
        self._builtins |= soft_names(self._call, tools, self._line, self.output.write, self._load)

    def _bind(self, names: dict[str, Any]) -> None:
        """Take in the names of an `import *`; they are no variables of the cells' own."""
        self._starred |= names
        self._namespace |= names

    def _remark(self, text: str) -> None:
        self.output.write(f"[{text}]\n")

    def _line(self) -> int | None:
        """The line of the running cell (1-based) that has called, through whatever functions of earlier cells."""
        frame = sys._getframe(1)
        while frame is not None:
            if frame.f_code.co_filename == self._filename:
                return frame.f_lineno
            frame = frame.f_back  # type: ignore[assignment]
        return None

    def _size(self) -> int:
        return sum(len(text.data) + 1 for text in self._document.texts) - 1

    def _note_span(self, tool: str, source: str, first: int, last: int) -> None:
        line = self._line()
        previous = self._spans[-1] if self._spans else None
        if (
            previous is not None
            and previous[:2] == (tool, source)
            and previous[4] == line
            and previous[2] <= first <= previous[3] + 1
        ):
            self._spans[-1] = (tool, source, previous[2], max(last, previous[3]), line)
        elif len(self._spans) < _MAX_SPANS:
            self._spans.append((tool, source, first, last, line))

    def _note_search(self, search: dict[str, Any]) -> None:
        """A search has begun; what it finds is put into the same dict later."""
        if len(self._searches) < _MAX_SEARCHES:
            self._searches.append(search)
        elif not self._has_more_searches:
            self._has_more_searches = True
            self._remark(f"more than {_MAX_SEARCHES:,} searches in this block: those after it are not recorded")

    def _own(self) -> dict[str, Any]:
        return {
            name: value
            for name, value in self._namespace.items()
            if not (is_reserved(name) or is_dunder(name) or name in self._seed or not _can_be_spelled(name))
            and type(value) is not values.Namespace
            and self._starred.get(name, _NOT_STARRED) is not value
        }

    def _is_hidden(self, name: str, value: Any) -> bool:
        return type(value) is values.Namespace or (name in self._seed and name != "context")

    def describe(self) -> dict[str, str]:
        """The cells' variables: name -> a short description."""
        return {name: _describe(value) for name, value in list(self._own().items())[:_MAX_NAMES]}

    def run(self, source: str) -> CellResult:
        """Run one cell. Never raises for what the cell does."""
        self._count += 1
        self._filename = filename = f"<cell {self._count}>"
        self._spans.clear()
        self._searches, self._has_more_searches = [], False
        self._parts.begin()
        self.output.reset()
        self._tools.finished = False
        self._namespace["__builtins__"] = self._builtins
        identities = {name: id(value) for name, value in self._own().items()}
        before = self.describe()
        result = CellResult()
        if not _interruptible(lambda: self._attempt(source, filename, result)):
            result.error = result.error or ("KeyboardInterrupt", "", None)
        self._regain_memory(identities, result)
        self._tell_of_names(result)
        self._notes.finish()
        self.output.finish()
        self._compare(identities, before, result)
        result.spans, result.searches = list(self._spans), self._searches
        result.output_chars = self.output.total
        if self._tools.finished:
            # The parent has the answer: what the cell did after its FINAL (in a `finally`, say) does not count.
            result.finished, result.error = True, None
        return result

    def _tell_of_names(self, result: CellResult) -> None:
        """Say what became of names of ours: in the error of a call to one that is the cell's now, which alone can go
        wrong and is ordinary Python else; once of each that will not stay the cell's."""
        for name in TOOLS:
            if name not in self._namespace or name in self._seed:
                continue
            kind = str.__str__(type(self._namespace[name]).__name__)
            if result.error is not None and result.error[1] == f"{kind!r} object is not callable":
                remedy = f"{name} is a variable of yours, and del {name} brings the tool back"
                result.error = result.error[0], f"{result.error[1]}: {remedy}", result.error[2]
        for name, value in self._seed.items():
            if name not in self._named and self._namespace.get(name, value) is not value:
                self._named.add(name)
                what = "the whole document" if name == "context" else "the tool"
                self._remark(f"{name} is {what} again in the next block: give your variable another name")
        if type(self._context) is SharedFrame and "context" not in self._named and self._context.is_changed():
            self._named.add("context")
            self._remark("context is as it was again in the next block: change a copy, df = context.copy()")

    def _attempt(self, source: str, filename: str, result: CellResult) -> None:
        try:
            # The context and FINAL are put back before every cell: rebinding them does not outlive it. What goes with
            # the names of the cell before may run code of its own.
            self._redirection.reset()
            if type(self._context) is SharedFrame:
                self._seed["context"] = self._context.fresh()
            self._namespace |= self._seed
            statements, last = compile_cell(source, filename)
            self._evaluate(statements)
            if last is not None:
                self._echo(self._evaluate(last), result)
        except BaseException as error:
            if isinstance(error, MemoryError):
                self._reserve = None
            result.error = _error(error, filename)
            # Frames in the traceback would keep the cell's large values alive after a MemoryError. The exception's own
            # class may have another idea of its attributes.
            BaseException.with_traceback(error, None)

    def _evaluate(self, code: CodeType) -> Any:
        value = eval(code, self._namespace)  # noqa: S307  this is what the process is for
        return coroutines.finish(value) if code.co_flags & inspect.CO_COROUTINE else value

    def _regain_memory(self, before: dict[str, int], result: CellResult) -> None:
        """Drop what the cell set, or everything, where it left no room for another cell to run in."""
        if self._has_room():
            return
        for name in [name for name, value in self._own().items() if before.get(name) != id(value)]:
            del self._namespace[name]
        result.value, result.error = None, ("MemoryError", _DROPPED, None)
        if not self._has_room():
            self._namespace.clear()
            result.error = ("MemoryError", _ALL_DROPPED, None)
            # Freed memory that lies between what is still used is never given back: no cell could go on here.
            result.unusable = not self._has_room()

    def _has_room(self) -> bool:
        self._reserve = None
        try:
            self._reserve = bytes(_RESERVE_BYTES)
            bytes(_RESERVE_BYTES)
        except MemoryError:
            return False
        return True

    def _echo(self, value: Any, result: CellResult) -> None:
        if value is None:
            return
        if type(value) is str and len(value) > _MAX_VALUE:
            self.output.write(f"{value[:_MAX_VALUE]!r}... (str, {len(value):,} characters)\n")
            return
        shown = str.__str__(determinism.repr_of(value))
        self.output.write(shown)
        self.output.write("\n")
        if len(shown) > _MAX_VALUE:
            return
        try:
            made = plain(value)
            if len(json.dumps(made)) <= _MAX_VALUE:
                result.value = made
        except MemoryError:
            raise
        except Exception:
            # What has no JSON value is shown, and that is all: its own methods may have said anything.
            result.value = None

    def _compare(self, identities: dict[str, int], before: dict[str, str], result: CellResult) -> None:
        after = self.describe()
        own = self._own()
        for name, value in own.items():
            if name not in after:
                continue
            if name not in identities:
                result.added[name] = after[name]
            elif identities[name] != id(value) or before.get(name) != after[name]:
                result.changed[name] = after[name]


def _context(document: Document, span: Callable[[str, str, int, int], None]) -> Any:
    if document.shape == "text":
        return context_of(document.texts[0], span)
    if document.shape == "mapping":
        return ReadOnlyDict({text.name: context_of(text, span) for text in document.texts})
    if document.shape == "list":
        return ReadOnlyList([context_of(text, span) for text in document.texts])
    if (frame := packages.context_of(document)) is not None:
        return frame
    text = document.texts[0]
    if text.source == "json":
        return read_only(json.loads(text.text))
    return ReadOnlyList([json.loads(line) for line in text.text.split("\n") if line])


def _can_be_spelled(name: str) -> bool:
    """Whether it is a variable's name, and no text that `globals()` was given as one."""
    return len(name) <= _MAX_NAME and name.isidentifier()


def _describe(value: Any) -> str:
    # Only exact types of Python's own are asked for their length or text: a cell's class could do anything then.
    kind = type(value)
    name = str.__str__(kind.__name__)
    if kind in (bool, float) or value is None or (kind is int and value.bit_length() < 400):
        return f"{name} {value!r}"
    if kind is str:
        return f"str {value!r}" if len(value) <= 60 else f"str, {len(value):,} characters"
    if name in (
        "list",
        "tuple",
        "dict",
        "set",
        "frozenset",
        "Counter",
        "defaultdict",
        "deque",
        "OrderedDict",
    ) and (kind.__module__ in ("builtins", "collections")):
        return f"{name}, {len(value):,} items"
    if kind is Rows:
        return f"Rows, {len(value):,} items"
    if issubclass(kind, type):
        return f"class {str.__str__(value.__name__)[:100]}"
    return "function" if name in ("function", "method", "builtin_function_or_method") else name[:100]


def _interruptible(work: Callable[[], None]) -> bool:
    """Do `work` with SIGINT let in, and only there. Returns False where it was cut short by one.

    Code of a cell runs nowhere else: garbage, whose end may run some, is collected here only.
    """
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    # Ignoring the signal drops one that is still waiting: it was meant for the cell before.
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    collects = gc.isenabled()
    completed = True
    try:
        try:
            gc.enable()
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
            work()
        finally:
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
            gc.disable()
    except BaseException:
        completed = False
    signal.signal(signal.SIGINT, handler)
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    if collects:
        gc.enable()
    return completed


def _error(error: BaseException, filename: str) -> tuple[str, str, int | None]:
    kind, line = str.__str__(type(error).__name__), guards.cell_line(error, filename)
    if not can_be_caught(error):
        return kind, "", line
    try:
        message, line = _message(error, line)
    except Exception:  # a cell's own exception class may fail to show itself
        message = "(its message cannot be shown)"
    except (SystemExit, GeneratorExit):
        message = "(its message cannot be shown)"
    return kind, message, line


def _message(error: BaseException, line: int | None) -> tuple[str, int | None]:
    """The message of an exception and the line it is about. The exception may be of a cell's class, and do anything."""
    args = BaseException.args.__get__(error)  # type: ignore[attr-defined]
    if type(error) is PolicyError:
        return str.__str__(str(error))[:_MAX_MESSAGE], error.line if type(error.line) is int else line
    if isinstance(error, SyntaxError) and type(error) in _SYNTAX_ERRORS and type(error.msg) is str:
        return error.msg[:_MAX_MESSAGE], error.lineno if type(error.lineno) is int else line
    if type(error) is KeyError and args:
        return f"{str.__str__(repr(args[0]))}"[: _MAX_MESSAGE - 20] + " is not a key", line
    message = determinism.settled(str.__str__(str(error))[:_MAX_MESSAGE], args)
    notes = BaseException.__dict__["__dict__"].__get__(error).get("__notes__")
    if type(notes) is list:
        message = "\n".join([message, *(str.__str__(note) for note in notes if isinstance(note, str))])[:_MAX_MESSAGE]
    if isinstance(error, NameError) and type(error.name) is str:
        remedy = refusals.of_name(error.name, policy.ALLOWED_TOP_LEVEL)
        message += f": {remedy}" if remedy else ""
    if type(error) is SystemExit and message in ("", "None"):
        message = "call FINAL(value) to end, or return from the function"
    if isinstance(error, MemoryError) and not message:
        message = _NO_MEMORY
    if isinstance(error, TypeError) and "LargeText" in message:
        message = f"{message.replace('LargeText', 'large text')}: {_LARGE}"
    return message, line
