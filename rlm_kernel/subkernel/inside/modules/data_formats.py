"""`json`, `csv`, `configparser`, `array` and `gzip` for data in the cell's hands, never for a file; and what of
these and of other modules may be written to, or inherited from."""

from __future__ import annotations

import array
import configparser
import csv
import datetime
import decimal
import gzip
import hashlib
import html.entities
import json
import textwrap
from collections import UserDict, UserList
from collections.abc import Iterable
from typing import Any

from ....document.search.rows import RowRecord
from .. import determinism
from ..guards import guarded_getattr
from ..own_classes import allowed_bases, remember
from ..scopes import NameView
from ..values import exact_name
from ..views import ReadOnlyDict, ReadOnlyList, plain
from ..writing import allow_writing


def _is_ours(value: Any) -> bool:
    return isinstance(value, ReadOnlyList | ReadOnlyDict | RowRecord | NameView)


def _data(value: Any) -> Any:
    # What the attributes of an object hold is for the cell's own `default` to say.
    return value.copy() if isinstance(value, NameView) else plain(value)


class JSONEncoder(json.JSONEncoder):
    """Python's own, which also writes the parts of a context and the rows of the tools."""

    def default(self, o: Any) -> Any:
        """The plain data of what is ours; TypeError for what is no JSON."""
        return _data(o) if _is_ours(o) else super().default(o)


def dumps(obj: Any, *, cls: Any = None, default: Any = None, **options: Any) -> str:
    """Stands for `json.dumps`."""
    if cls is not None and not (isinstance(cls, type) and issubclass(cls, json.JSONEncoder)):
        raise TypeError("json.dumps: cls takes a class that inherits from json.JSONEncoder")
    encoder = (cls or JSONEncoder)(default=default, **options)
    own = encoder.default
    vars(encoder)["default"] = lambda value: _data(value) if _is_ours(value) else own(value)
    return str(encoder.encode(obj))


def _dump(obj: Any, fp: Any, **options: Any) -> None:
    guarded_getattr(fp, "write")(dumps(obj, **options))


class ConfigParser(configparser.ConfigParser):
    """Python's own, for texts only."""

    def read(self, *_filenames: Any, **_options: Any) -> Any:
        """Refuse: there are no files."""
        raise FileNotFoundError("there are no files in the sandbox: use parser.read_string(text)")


class RawConfigParser(configparser.RawConfigParser):
    """Python's own, for texts only."""

    read = ConfigParser.read


class Array(array.array):  # type: ignore[type-arg]
    """Python's own, given exact numbers only: one that computed itself could change the array under its hands."""

    def __new__(cls, typecode: str, initializer: Any = ()) -> Array:
        if type(initializer) is str and typecode == "u":
            return super().__new__(cls, typecode, initializer)
        if isinstance(initializer, bytes | bytearray):
            made = super().__new__(cls, typecode)
            made.frombytes(bytes(initializer))
            return made
        return super().__new__(cls, typecode, [_exact(value, typecode) for value in initializer])

    def __setitem__(self, index: Any, value: Any) -> None:
        if isinstance(index, slice):
            bounds = slice(*(None if each is None else int(each) for each in (index.start, index.stop, index.step)))
            super().__setitem__(bounds, value if type(value) is Array else Array(self.typecode, value))
        else:
            super().__setitem__(int(index), _exact(value, self.typecode))

    def append(self, value: Any) -> None:
        """Add a number."""
        super().append(_exact(value, self.typecode))

    def insert(self, index: Any, value: Any) -> None:
        """Put in a number."""
        super().insert(int(index), _exact(value, self.typecode))

    def extend(self, values: Iterable[Any]) -> None:
        """Add several numbers."""
        super().extend(values if type(values) is Array else [_exact(value, self.typecode) for value in values])

    def fromlist(self, values: list[Any]) -> None:
        """Add the numbers of a list."""
        self.extend(values)

    def tofile(self, f: Any) -> None:
        """Write the bytes to a `BytesIO`."""
        guarded_getattr(f, "write")(self.tobytes())

    def fromfile(self, f: Any, n: int) -> None:
        """Read `n` numbers from a `BytesIO`."""
        size = int(n) * self.itemsize
        data = bytes(guarded_getattr(f, "read")(size))
        self.frombytes(data[: len(data) // self.itemsize * self.itemsize])
        if len(data) < size:
            raise EOFError("read() didn't return enough bytes")


Array.__name__ = Array.__qualname__ = "array"


def _exact(value: Any, typecode: str) -> Any:
    if typecode == "u":
        return str(value)
    if typecode in "fd":
        return float(value)
    if type(value) is not int:
        if isinstance(value, float) or not hasattr(value, "__index__"):
            raise TypeError(f"{type(value).__name__!r} object cannot be interpreted as an integer")
        return int(value)
    return value


def _compressed(data: Any, compresslevel: int = 9, *, mtime: Any = None) -> bytes:
    seconds = determinism.clock.read() // 1_000_000_000 if mtime is None else mtime
    return gzip.compress(data, compresslevel, mtime=seconds)


def _sniffer() -> type:
    class Sniffer(csv.Sniffer):
        """Python's own; what it finds is a class of the cell's."""

        def sniff(self, sample: str, delimiters: str | None = None) -> type[csv.Dialect]:
            """The dialect of a sample."""
            found: type[csv.Dialect] = remember(super().sniff(sample, delimiters))
            return found

    return Sniffer


def _dialects() -> dict[str, Any]:
    """What `csv` keeps for everybody, the product's own reading of tables included, as the cell's own."""
    limit = [131_072]
    shared = frozenset(csv.list_dialects())
    raised = csv.field_size_limit()

    def field_size_limit(new_limit: Any = None) -> int:
        before = limit[0]
        if new_limit is not None:
            if type(new_limit) is not int:
                raise TypeError("limit must be an integer")
            csv.field_size_limit(max(raised, new_limit))
            limit[0] = new_limit
        return before

    def register_dialect(name: str, *dialect: Any, **options: Any) -> None:
        name = exact_name(name)
        if name in shared:
            raise ValueError(f"the dialect {name!r} is Python's own: register yours under another name")
        csv.register_dialect(name, *dialect, **options)

    def unregister_dialect(name: str) -> None:
        name = exact_name(name)
        if name in shared:
            raise ValueError(f"the dialect {name!r} is Python's own")
        csv.unregister_dialect(name)

    functions = (field_size_limit, register_dialect, unregister_dialect)
    return {function.__name__: function for function in functions}


def stand_ins() -> dict[str, dict[str, Any]]:
    """See the package."""
    context = decimal.getcontext()
    allow_writing(decimal.Context, type(context.flags), csv.DictReader, csv.DictWriter, Array)
    allow_writing(UserDict, UserList)
    allow_writing(ConfigParser, RawConfigParser, configparser.SectionProxy, textwrap.TextWrapper)
    allowed_bases.extend([JSONEncoder, csv.Dialect, csv.excel, csv.excel_tab, csv.unix_dialect, datetime.tzinfo])
    tables = ("codepoint2name", "entitydefs", "html5", "name2codepoint")
    return {
        "array": {"array": Array, "ArrayType": Array, "typecodes": array.typecodes},
        "configparser": {"ConfigParser": ConfigParser, "RawConfigParser": RawConfigParser},
        "csv": {"Sniffer": _sniffer()} | _dialects(),
        "hashlib": {
            "algorithms_available": frozenset(hashlib.algorithms_available),
            "algorithms_guaranteed": frozenset(hashlib.algorithms_guaranteed),
        },
        "gzip": {"compress": _compressed},
        "html.entities": {name: ReadOnlyDict(getattr(html.entities, name)) for name in tables},
        "json": {"dumps": dumps, "dump": _dump, "JSONEncoder": JSONEncoder},
    }
