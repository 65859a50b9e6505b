"""`logging` of a cell's own: what is logged goes to the cell's output, and nothing else is touched."""

from __future__ import annotations

import datetime
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from .. import determinism
from ..guards import guarded_getattr
from ..own_classes import allowed_bases
from ..writing import allow_writing
from .source_text import exception_lines
from .streams import OutputStream, write_to

CRITICAL, ERROR, WARNING, INFO, DEBUG, NOTSET = 50, 40, 30, 20, 10, 0
_NAMES = {50: "CRITICAL", 40: "ERROR", 30: "WARNING", 20: "INFO", 10: "DEBUG", 0: "NOTSET"}
_LEVELS = {name: level for level, name in _NAMES.items()} | {"WARN": 30, "FATAL": 50}
_BASIC_FORMATS = {
    "%": "%(levelname)s:%(name)s:%(message)s",
    "{": "{levelname}:{name}:{message}",
    "$": "${levelname}:${name}:${message}",
}
_METHODS = ("debug", "info", "warning", "error", "critical")


def _level(level: Any) -> int:
    if type(level) is str:
        if level not in _LEVELS:
            raise ValueError(f"Unknown level: {level!r}")
        return _LEVELS[level]
    return int(level)


class LogRecord:
    """One message: what Python's own record tells of it, as far as there is something to tell in a cell."""

    def __init__(self, name: str, level: int, line: int | None, msg: Any, args: Any, error: Any) -> None:
        self.name = name
        self.levelno = level
        self.levelname = _NAMES.get(level, f"Level {level}")
        self.lineno = line or 0
        self.filename = self.pathname = "<cell>"
        self.module = "<cell>"
        self.funcName = "<module>"
        self.process, self.processName, self.threadName = 0, "MainProcess", "MainThread"
        self.msg = msg
        self.args = args[0] if len(args) == 1 and isinstance(args[0], dict) and args[0] else args
        self.created = determinism.clock.read() / 1e9
        self.msecs = int((self.created % 1) * 1000) + 0.0
        self.relativeCreated = determinism.clock.passed / 1e6
        self.message = self.asctime = ""
        self.exc_text = exception_lines(error) if error is not None else ""

    def getMessage(self) -> str:  # noqa: N802  Python's own name
        """The message with its arguments put in."""
        text = determinism.shown(self.msg)
        return text % self.args if self.args else text


class Formatter:
    """Stands for `logging.Formatter`. Of its styles, "{" goes through the rules for attributes, as all formats do."""

    def __init__(self, fmt: str | None = None, datefmt: str | None = None, style: str = "%", **_rest: Any) -> None:
        if style not in ("%", "{", "$"):
            raise ValueError("Style must be one of: %,{,$")
        self.datefmt = datefmt
        self.fmt = fmt or {"%": "%(message)s", "{": "{message}", "$": "${message}"}[style]
        self.style = style

    def formatTime(self, record: Any, datefmt: str | None = None) -> str:  # noqa: N802
        """The time of the run's clock."""
        if datefmt:
            return time.strftime(datefmt, time.gmtime(record.created))
        moment = datetime.datetime.fromtimestamp(record.created, datetime.UTC)
        return f"{moment:%Y-%m-%d %H:%M:%S},{int(record.msecs):03d}"

    def format(self, record: Any) -> str:
        """One record as text, with the exception's lines below where it has one."""
        if type(record) is not LogRecord:
            raise TypeError("a formatter takes the record of a message")
        fields = {name: value for name, value in vars(record).items() if not name.startswith("_")}
        fields["message"] = record.message = record.getMessage()
        if "asctime" in self.fmt:
            fields["asctime"] = record.asctime = self.formatTime(record, self.datefmt)
        text = _filled(str(self.fmt), self.style, fields)
        return f"{text}\n{record.exc_text}" if record.exc_text else text


def _filled(fmt: str, style: str, fields: dict[str, Any]) -> str:
    if style == "{":
        text: str = guarded_getattr(fmt, "format_map")(fields)
        return text
    if style == "$":
        for name, value in fields.items():
            fmt = fmt.replace("${" + name + "}", str(value)).replace("$" + name, str(value))
        return fmt
    return fmt % fields


class Filter:
    """Stands for `logging.Filter`: lets through what comes from the logger of that name, or from one below it."""

    def __init__(self, name: str = "") -> None:
        self.name = name

    def filter(self, record: Any) -> Any:
        """Whether the record is let through."""
        return not self.name or record.name == self.name or record.name.startswith(f"{self.name}.")


class Filterer:
    """What handlers and loggers have in common: a level and filters."""

    def __init__(self, level: Any = NOTSET) -> None:
        self.level = _level(level)
        self.filters: list[Any] = []

    def setLevel(self, level: Any) -> None:  # noqa: N802
        """Let through only what is at least as important."""
        self.level = _level(level)

    def addFilter(self, keep: Any) -> None:  # noqa: N802
        """Add a function of a record, or an object with a method `filter`."""
        self.filters.append(keep)

    def removeFilter(self, keep: Any) -> None:  # noqa: N802
        """Take a filter away."""
        self.filters.remove(keep)

    def passes(self, record: Any) -> bool:
        """Whether all filters let the record through."""
        return all((keep if callable(keep) else guarded_getattr(keep, "filter"))(record) for keep in self.filters)


class Handler(Filterer):
    """Stands for `logging.Handler`; a cell's own class may inherit from it and define `emit`."""

    def __init__(self, level: Any = NOTSET) -> None:
        super().__init__(level)
        self.formatter: Any = None
        self.name: str | None = None

    def setFormatter(self, formatter: Any) -> None:  # noqa: N802
        """Set how a record becomes text."""
        self.formatter = formatter

    def format(self, record: Any) -> str:
        """The record as text."""
        formatter = self.formatter or Formatter()
        text: str = guarded_getattr(formatter, "format")(record)
        return text

    def handle(self, record: Any) -> None:
        """Emit the record where the filters let it through."""
        if self.passes(record):
            guarded_getattr(self, "emit")(record)

    def emit(self, record: Any) -> None:
        """To be defined by a subclass."""
        raise NotImplementedError("emit must be implemented by Handler subclasses")

    def flush(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


class NullHandler(Handler):
    """Drops every record."""

    def emit(self, record: Any) -> None:
        """Drop it."""


class StreamHandler(Handler):
    """Writes each record to a stream: the cell's output, or an object of the cell's with a method `write`."""

    terminator = "\n"

    def __init__(self, stream: Any = None) -> None:
        super().__init__()
        self.stream = stream

    def emit(self, record: Any) -> None:
        """Write it."""
        write_to(self.stream, self.format(record) + self.terminator)


class Logger(Filterer):
    """Stands for `logging.Logger`."""

    def __init__(self, name: str, service: Service, level: Any = NOTSET) -> None:
        super().__init__(level)
        self.name = name
        self.parent: Any = None
        self.propagate = True
        self.handlers: list[Any] = []
        self.disabled = False
        self._service = service

    def __repr__(self) -> str:
        level = self.getEffectiveLevel()
        return f"<Logger {self.name} ({_NAMES.get(level, level)})>"

    def getEffectiveLevel(self) -> int:  # noqa: N802
        """Its own level, or that of the next one above that has one."""
        return next((int(each.level) for each in self._upwards() if each.level), NOTSET)

    def _upwards(self) -> Iterator[Logger]:
        each: Any = self
        while type(each) is Logger:
            yield each
            each = each.parent

    def isEnabledFor(self, level: Any) -> bool:  # noqa: N802
        """Whether a message of that level would be written."""
        level = _level(level)
        return not self.disabled and level > self._service.disabled and level >= self.getEffectiveLevel()

    def hasHandlers(self) -> bool:  # noqa: N802
        """Whether it, or one above, has a handler."""
        return any(each.handlers for each in self._upwards())

    def getChild(self, suffix: str) -> Logger:  # noqa: N802
        """The logger below this one."""
        return self._service.getLogger(suffix if self.parent is None else f"{self.name}.{suffix}")

    def addHandler(self, handler: Any) -> None:  # noqa: N802
        """Add a handler, once."""
        if not isinstance(handler, Handler):
            raise TypeError("addHandler takes a logging.Handler")
        if handler not in self.handlers:
            self.handlers.append(handler)

    def removeHandler(self, handler: Any) -> None:  # noqa: N802
        """Take a handler away."""
        if handler in self.handlers:
            self.handlers.remove(handler)

    def log(self, level: Any, msg: Any, *args: Any, exc_info: Any = None, extra: Any = None, **_rest: Any) -> None:
        """Write a message of that level."""
        if not self.isEnabledFor(level):
            return
        record = LogRecord(self.name, _level(level), self._service.line(), msg, args, _error_of(exc_info))
        for name, value in dict(extra or {}).items():
            if type(name) is str and not name.startswith("_"):
                vars(record).setdefault(name, value)
        if self.passes(record):
            self._emit(record)

    def _emit(self, record: LogRecord) -> None:
        found = False
        for each in self._upwards():
            for handler in list(each.handlers):
                found = True
                if isinstance(handler, Handler) and record.levelno >= handler.level:
                    handler.handle(record)
            if not each.propagate:
                break
        if not found and record.levelno >= WARNING:
            self._service.last_resort.handle(record)

    def debug(self, msg: Any, *args: Any, **options: Any) -> None:
        """Write a message of level DEBUG."""
        self.log(DEBUG, msg, *args, **options)

    def info(self, msg: Any, *args: Any, **options: Any) -> None:
        """Write a message of level INFO."""
        self.log(INFO, msg, *args, **options)

    def warning(self, msg: Any, *args: Any, **options: Any) -> None:
        """Write a message of level WARNING."""
        self.log(WARNING, msg, *args, **options)

    def error(self, msg: Any, *args: Any, **options: Any) -> None:
        """Write a message of level ERROR."""
        self.log(ERROR, msg, *args, **options)

    def exception(self, msg: Any, *args: Any, **options: Any) -> None:
        """Write a message of level ERROR with the exception that is being handled."""
        self.log(ERROR, msg, *args, **({"exc_info": True} | options))

    def critical(self, msg: Any, *args: Any, **options: Any) -> None:
        """Write a message of level CRITICAL."""
        self.log(CRITICAL, msg, *args, **options)

    warn = warning
    fatal = critical


def _error_of(exc_info: Any) -> BaseException | None:
    if isinstance(exc_info, tuple):
        exc_info = exc_info[1] if len(exc_info) > 1 else None
    if isinstance(exc_info, BaseException):
        return exc_info
    return sys.exception() if exc_info else None


class Service:
    """The functions of the module `logging`; its loggers live as long as the sub-kernel."""

    def __init__(self, stderr: OutputStream, line: Callable[[], int | None]) -> None:
        self.line = line
        self.disabled = NOTSET
        self.last_resort = StreamHandler(stderr)
        self._stderr = stderr
        self._loggers: dict[str, Logger] = {}
        self._root = Logger("root", self, WARNING)

    def getLogger(self, name: Any = None) -> Logger:  # noqa: N802
        """The logger of that name, which is made where it is not there."""
        if not name or name == "root":
            return self._root
        if type(name) is not str:
            raise TypeError("A logger name must be a string")
        if name not in self._loggers:
            self._loggers[name] = Logger(name, self)
            self._loggers[name].parent = self.getLogger(name.rpartition(".")[0])
        return self._loggers[name]

    def basicConfig(  # noqa: N802
        self,
        *,
        level: Any = None,
        format: str | None = None,  # noqa: A002  Python's own name
        datefmt: str | None = None,
        style: str = "%",
        stream: Any = None,
        handlers: Any = None,
        force: bool = False,
        filename: Any = None,
        **_rest: Any,
    ) -> None:
        """Give the root logger a handler, where it has none."""
        if filename is not None:
            raise ValueError("logging to a file is not available in the sandbox: leave filename out")
        if force:
            self._root.handlers.clear()
        if self._root.handlers:
            return
        formatter = Formatter(format or _BASIC_FORMATS.get(style), datefmt, style)
        for handler in handlers or [StreamHandler(self._stderr if stream is None else stream)]:
            self._root.addHandler(handler)
            handler.formatter = handler.formatter or formatter
        if level is not None:
            self._root.setLevel(level)

    def disable(self, level: Any = CRITICAL) -> None:
        """Write no message of that level or below."""
        self.disabled = _level(level)

    def of_root(self, name: str) -> Callable[..., None]:
        """The function of the module that writes with the root logger."""

        def write(*args: Any, **options: Any) -> None:
            self.basicConfig()
            getattr(self._root, name)(*args, **options)

        return write

    def names(self) -> dict[str, Any]:
        """Name -> what the module has under it."""
        members: dict[str, Any] = {name: level for level, name in _NAMES.items()}
        members |= {name: self.of_root(name) for name in (*_METHODS, "log", "exception", "warn", "fatal")}
        for function in (self.getLogger, self.basicConfig, self.disable):
            members[function.__name__] = function
        for kind in (Logger, LogRecord, Formatter, Handler, NullHandler):
            members[kind.__name__] = kind
        # A class, so that a cell's own can inherit from it.
        default = self._stderr

        class BoundStreamHandler(StreamHandler):
            def __init__(self, stream: Any = None) -> None:
                super().__init__(default if stream is None else stream)

        BoundStreamHandler.__name__ = BoundStreamHandler.__qualname__ = "StreamHandler"
        allow_writing(Logger, LogRecord, Formatter, Handler, NullHandler, BoundStreamHandler, Filter)
        allowed_bases.extend([Handler, BoundStreamHandler, Formatter, Filter])
        return members | {
            "StreamHandler": BoundStreamHandler,
            "Filter": Filter,
            "WARN": WARNING,
            "FATAL": CRITICAL,
            "getLevelName": lambda level: (
                _LEVELS.get(level) if type(level) is str else _NAMES.get(level, f"Level {level}")
            ),
            "captureWarnings": lambda _capture: None,
        }
