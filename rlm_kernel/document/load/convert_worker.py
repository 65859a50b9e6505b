"""The process that converts one file: from standard input, as a format, to text, places, remarks and inner files.

It limits itself before it reads the first byte. Headings become Markdown headings, tables Markdown tables, pages and
slides say their number. Nothing here runs what is in a file, or follows a link in it.

Standard output gets the files within the file, the text, a JSON header, and the header's length in eight bytes.
"""

from __future__ import annotations

import codecs
import contextlib
import importlib
import importlib.metadata
import io
import json
import os
import resource
import sys
import warnings
from typing import Any

from .converters.sink import Sink, UnreadableFile

_DEEPEST = 5_000
_RESERVE = 4 << 20
_PLUGIN = "plugin:"


def main(kind: str, options_fd: str) -> None:
    """Convert standard input. `kind` is a key of `formats.FORMATS`, or `plugin:` and an entry point's name."""
    with os.fdopen(int(options_fd), "rb") as pipe:
        options = json.load(pipe)
    memory = options["memory"]
    _limit(options["seconds"], memory, options["text"])
    warnings.simplefilter("ignore")
    codecs.register(_windows)
    sys.setrecursionlimit(_DEEPEST)
    out, sys.stdout = sys.stdout.buffer, io.StringIO()
    header: dict[str, Any] = {}
    data = b""
    reserve = bytearray(_RESERVE)
    try:
        sink = Sink(options["text"], name=options["name"], password=options["password"], files=_Files(out))  # type: ignore[arg-type]
        converter = _plugin(kind) if kind.startswith(_PLUGIN) else _converter(options["function"])
        converter(sys.stdin.buffer, sink)
        text, places = sink.finish()
        if not text.strip() and not sink.files:
            raise UnreadableFile("; ".join(["there is no text in it", *sink.remarks]))
        data = text.encode("utf-8", "surrogatepass")
        header = {"places": places, "remarks": sink.remarks, "files": sink.files, "text": len(data)}
        header |= {"format": sink.format, "records": sink.records}
        header["converter"] = _versions(sink.packages or options["packages"])
    except UnreadableFile as error:
        header = {"error": str(error)}
    except RecursionError:
        header = {"error": "its parts are nested too deeply"}
    except BaseException as error:  # the file may be anything, and every parser has exceptions of its own
        # Where no memory is left, not even that could be said.
        reserve.clear()
        header = {"error": _why(error, memory)}
    line = json.dumps(header).encode()
    if "error" in header:
        # What was written before may have filled all the room that the process has.
        os.ftruncate(out.fileno(), 0)
        os.lseek(out.fileno(), 0, os.SEEK_SET)
        os.write(out.fileno(), line + len(line).to_bytes(8, "big"))
        os._exit(0)
    out.write(data + line + len(line).to_bytes(8, "big"))
    out.flush()


class _Files(io.RawIOBase):
    """Counts what is written before the text."""

    def __init__(self, out: Any) -> None:
        self._out = out
        self._size = 0

    def write(self, data: Any) -> int:
        self._size += len(data)
        return int(self._out.write(data))

    def tell(self) -> int:
        return self._size


def _windows(name: str) -> codecs.CodecInfo | None:
    """The encodings of Windows under the names that files give them: `windows-950` is `cp950`."""
    number = name.replace("_", "-").removeprefix("windows-")
    return codecs.lookup(f"cp{number}") if number.isdigit() and f"windows-{number}" == name.replace("_", "-") else None


def _converter(function: str) -> Any:
    module, _, name = function.partition(":")
    return getattr(importlib.import_module(f"{__package__}.converters.{module}"), name)


def _plugin(kind: str) -> Any:
    (point,) = importlib.metadata.entry_points(group="rlm_kernel.converters", name=kind.removeprefix(_PLUGIN))
    return point.load()


def _versions(packages: list[str]) -> str:
    return " + ".join(f"{name} {importlib.metadata.version(name)}" for name in packages) or "rlm"


def _why(error: BaseException, memory: int) -> str:
    # A parser that runs out of memory may fail in any way, not only by a MemoryError.
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    if isinstance(error, MemoryError) or largest > 0.8 * memory:
        return f"its conversion needs more than {memory >> 20} MiB of memory"
    if isinstance(error, OSError) and error.errno == 27:
        return "it unpacks to more than a conversion may write"
    words = " ".join(f"{type(error).__name__}: {error}".split())[:200].rstrip(" .:")
    return f"it is damaged, or not what it says it is ({words})"


def _limit(seconds: int, memory: int, most: int) -> None:
    limits = [
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_DATA, memory),
        (resource.RLIMIT_FSIZE, most * 4 + (1 << 20)),
        (resource.RLIMIT_CORE, 0),
    ]
    for name, value in limits:
        with contextlib.suppress(ValueError, OSError):  # a lower limit of the user's stays
            resource.setrlimit(name, (value, value))
