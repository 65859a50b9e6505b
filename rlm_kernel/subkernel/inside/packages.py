"""numpy and pandas inside a sub-kernel that was asked for them: loaded before the lockdown, seen through facades.

The language policy is weaker with them: what their own code does with a name or a callback is not checked here. The
layers of the operating system are the same. What reaches files, evaluates text or unpickles is replaced in the classes
themselves, so that it is refused however it is called; what C classes have is refused by name.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import struct
import sys
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...document import Document
from ...document.load import tables
from . import determinism, guards, views, writing
from .buffers import exported, has_addresses
from .frames import SharedFrame
from .own_classes import constructible, order_of
from .values import Namespace, exact_name


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


SHORT = {"numpy": "np", "pandas": "pd"}
_NO_FILES = "there are no files here: the document is in `context`, and a text can be read through io.StringIO"
_MASK = "write a condition, such as df[df['a'] > 3]"
_ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
# Loaded on first use by the packages themselves, which is too late here.
_LAZY = {
    "numpy": """_core._methods _core._dtype _core._internal _core.records char core exceptions fft lib lib.recfunctions
        lib.scimath lib.stride_tricks linalg ma ma.extras polynomial random rec strings""",
    "pandas": """core.reshape.api core.reshape.pivot core.methods.describe core.methods.to_dict core.methods.selectn
        core.methods.corr core.interchange.from_dataframe core.window core.groupby core.computation.eval
        core.computation.expressions core.ops.mask_ops core.strings.accessor core.tools.datetimes core.tools.numeric
        core.indexes.accessors core.arrays.string_ core._numba.executor core.internals.concat io.formats.format
        io.formats.string io.formats.html io.formats.csvs io.formats.info io.json._json io.parsers.readers
        io.parsers.python_parser io.common tseries.frequencies tseries.offsets tseries.holiday errors api.types""",
}
_NUMPY_REFUSED = _words(
    """DataSource ctypeslib distutils dtypes f2py fromfile fromregex genfromtxt get_include load loadtxt lib memmap
    save savetxt savez savez_compressed show_config show_runtime test testing info source lookfor typing core
    emath rec nditer nested_iters from_dlpack setbufsize seterrcall geterrcall"""
)
_NUMPY_PARTS = ("linalg", "fft", "ma", "polynomial", "strings", "char")
_RANDOM_REFUSED = _words("""BitGenerator MT19937 PCG64 PCG64DXSM Philox SFC64 SeedSequence RandomState""")
_PANDAS_REFUSED = _words(
    """ExcelFile ExcelWriter HDFStore api arrays core describe_option eval get_option io options option_context
    plotting reset_option set_eng_float_format set_option show_versions test testing to_pickle tseries util"""
)
_READERS = ("read_csv", "read_fwf", "read_json", "read_table")
_PANDAS_PARTS = {"pandas.errors": "errors", "pandas.offsets": "tseries.offsets", "pandas.api.types": "api.types"}
_NO_METHODS = _words(
    """to_clipboard to_excel to_feather to_gbq to_hdf to_iceberg to_latex to_orc to_parquet to_pickle to_sql to_stata
    to_xml"""
)
_ARRAY_REFUSED = {
    **dict.fromkeys(("tofile", "dump", "dumps"), _NO_FILES),
    **dict.fromkeys(("ctypes", "setflags", "getfield", "setfield", "data"), "use the array's items"),
    "resize": "np.resize(a, shape) makes a new array",
}
_GENERATOR_REFUSED = dict.fromkeys(("ctypes", "cffi", "capsule", "lock"), "use the methods of the generator")
# The memory of an array of objects is their addresses.
_OBJECTS_REFUSED = dict.fromkeys(("tobytes", "tostring"), "use tolist()")
_BYTES_WRITTEN = dict.fromkeys(("readinto", "readinto1", "pack_into"), "use read() or pack()")
# Where pandas reads an attribute whose name comes from a cell.
_READS_BY_NAME = _words("apply col groupby.generic groupby.groupby resample reshape.pivot")
_OPERATORS = frozenset(
    f"__{name}__"
    for name in _words(
        """add radd sub rsub mul rmul truediv rtruediv floordiv rfloordiv mod rmod pow rpow matmul rmatmul and rand or
        ror xor rxor eq ne lt le gt ge neg pos abs invert getitem"""
    )
)
_NOT_WRITTEN = frozenset(["ctypes", "data", "dtype", "strides", "base"])

_loaded: dict[str, Any] = {}


def load(names: Sequence[str]) -> None:
    """Import packages, with all that they would load later, and take from them what reaches further than data.

    Ends the process where a thread of theirs stays.
    """
    os.environ.update(dict.fromkeys(_ONE_THREAD, "1"))
    # pandas works without it where it is installed; it starts a thread, and nobody has asked for it.
    sys.modules.setdefault("pyarrow", None)  # type: ignore[arg-type]
    for name in names:
        if name in SHORT:
            _loaded[name] = importlib.import_module(name)
            for part in _LAZY[name].split():
                with contextlib.suppress(ImportError):  # versions differ in what they have
                    importlib.import_module(f"{name}.{part}")
    if "pandas" in _loaded:
        _tame_pandas(_loaded["pandas"])
        views.conversions.append(_json_of_pandas)
    if _loaded:
        views.conversions.append(_json_of_numpy)
        _allow_writing()
    for variable in _ONE_THREAD:
        os.environ.pop(variable, None)
    if sys.platform == "linux" and (threads := len(os.listdir("/proc/self/task"))) != 1:
        sys.exit(f"the packages have left {threads} threads running")


def versions() -> list[str]:
    """What is loaded, with the versions: for the report."""
    return [f"{name} {module.__version__}" for name, module in _loaded.items()]


def start(seed: int) -> None:
    """Begin a run: random numbers follow from its seed."""
    if _loaded:
        sys.modules["numpy"].random.seed(seed % (1 << 32))


def context_of(document: Document) -> SharedFrame | None:
    """The DataFrame of a document that was one, None for every other document."""
    if "pandas" not in _loaded or document.shape != "records" or document.texts[0].source != tables.ROWS:
        return None
    import json

    rows = [json.loads(line) for line in document.texts[0].text.split("\n") if line]
    return SharedFrame(_loaded["pandas"], rows) if all(type(row) is dict for row in rows) else None


def may_import(name: str) -> bool:
    """Whether C code may import a module in the name of a cell: parts of what is loaded, from memory."""
    return name.partition(".")[0] in ("numpy", "pandas") and bool(_loaded) and name in sys.modules


def facades() -> dict[str, Namespace]:
    """Module -> its facade, submodules too."""
    made: dict[str, Namespace] = {}
    if "numpy" in _loaded:
        made |= _numpy_facades(_loaded["numpy"])
    if "pandas" in _loaded:
        made |= _pandas_facades(_loaded["pandas"])
        _read_by_name((made | _numpy_facades(sys.modules["numpy"]))["numpy"])
    return made


def short_names() -> dict[str, str]:
    """Package -> the name that cells find it by without an import."""
    return {name: SHORT[name] for name in _loaded}


def _public(module: Any, refused: frozenset[str] = frozenset()) -> dict[str, Any]:
    names = getattr(module, "__all__", None) or [name for name in dir(module) if name[:1] != "_"]
    members = {
        name: getattr(module, name)
        for name in names
        if name not in refused and name[:1] != "_" and hasattr(module, name)
    }
    return {
        name: value
        for name, value in members.items()
        if not isinstance(value, types.ModuleType) and not name.startswith("read_")
    }


def _facade(name: str, members: Mapping[str, Any]) -> Namespace:
    for value in members.values():
        if issubclass(type(value), type) and not _is_over_memory(value):
            constructible.add(value)
    return Namespace(f"module {name!r}", members)


def _is_over_memory(kind: Any) -> bool:
    """Whether a call to the class makes an array over memory of the caller's choice: none that a cell may make."""
    numpy = sys.modules["numpy"]
    return issubclass(kind, numpy.ndarray) and kind not in (numpy.ma.MaskedArray, numpy.matrix)


def _numpy_facades(numpy: Any) -> dict[str, Namespace]:
    made = {f"numpy.{part}": _facade(f"numpy.{part}", _public(getattr(numpy, part))) for part in _NUMPY_PARTS}
    random = numpy.random

    def default_rng(seed: Any = None) -> Any:
        return random.default_rng(determinism.reseed() if seed is None else seed)

    def seed(seed: Any = None) -> None:
        random.seed(determinism.reseed() % (1 << 32) if seed is None else seed)

    def random_state(seed: Any = None) -> Any:
        return random.RandomState(determinism.reseed() % (1 << 32) if seed is None else seed)

    own = {"default_rng": default_rng, "seed": seed, "RandomState": random_state}
    made["numpy.random"] = _facade("numpy.random", _public(random, _RANDOM_REFUSED) | own)
    views_of = {"sliding_window_view": numpy.lib.stride_tricks.sliding_window_view}
    made["numpy.lib.stride_tricks"] = _facade("numpy.lib.stride_tricks", views_of)
    made["numpy.lib"] = _facade("numpy.lib", {"stride_tricks": made["numpy.lib.stride_tricks"]})
    parts = {name.rpartition(".")[2]: facade for name, facade in made.items() if name.count(".") == 1}
    own = {"__version__": numpy.__version__, "frombuffer": _frombuffer(numpy.frombuffer)}
    made["numpy"] = _facade("numpy", _public(numpy, _NUMPY_REFUSED) | parts | own)
    return made


def _frombuffer(read: Callable[..., Any]) -> Callable[..., Any]:
    def frombuffer(buffer: Any, *args: Any, **options: Any) -> Any:
        return read(exported(buffer), *args, **options)

    return frombuffer


def _read_by_name(numpy: Namespace) -> None:
    """Have pandas read what a cell has named, such as `agg("sum")`, as the cell itself could."""

    def read(obj: Any, name: Any, *default: Any) -> Any:
        if isinstance(obj, types.ModuleType):
            return guards.guarded_getattr(numpy, name, *default)
        name = exact_name(name)
        # Those of `pd.col("a") + 1`, and what a function is called: pandas itself asks for them.
        if name in _OPERATORS or name == "__name__":
            return getattr(obj, name, *default)
        if name[:1] == "_":
            raise AttributeError(f"{name} is not available in the sandbox: name a method, or give a function")
        return guards.guarded_getattr(obj, name, *default)

    for name in _READS_BY_NAME:
        if module := sys.modules.get(f"pandas.core.{name}"):
            module.__dict__["getattr"] = read


def _pandas_facades(pandas: Any) -> dict[str, Namespace]:
    made: dict[str, Namespace] = {}
    for name, path in _PANDAS_PARTS.items():
        made[name] = _facade(name, _public(importlib.import_module(f"pandas.{path}")))
    made["pandas.api"] = _facade("pandas.api", {"types": made["pandas.api.types"]})
    parts: dict[str, Any] = {name.partition(".")[2]: facade for name, facade in made.items() if name.count(".") == 1}
    parts |= {name: _from_memory(name, getattr(pandas, name)) for name in _READERS}
    parts |= {name: _displaying(name, getattr(pandas, name)) for name in ("get_option", "reset_option")}
    parts |= {name: _displaying(name, getattr(pandas, name)) for name in ("set_option", "option_context")}
    refusals = {"eval": _refusing("pd.eval", "write the expression itself")}
    refusals |= {
        name: _refusing(f"pd.{name}", _NO_FILES)
        for name in dir(pandas)
        if name.startswith("read_") and name not in _READERS
    }
    members = _public(pandas, _PANDAS_REFUSED) | parts | refusals | {"__version__": pandas.__version__}
    made["pandas"] = _facade("pandas", members)
    return made


def _from_memory(name: str, read: Callable[..., Any]) -> Callable[..., Any]:
    def reader(buffer: Any, *args: Any, **options: Any) -> Any:
        if type(buffer) not in (io.StringIO, io.BytesIO):
            raise FileNotFoundError(f"pd.{name} takes an io.StringIO: {_NO_FILES}")
        return read(buffer, *args, **options)

    reader.__name__ = reader.__qualname__ = name
    return reader


def _displaying(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of pandas' options for those of the display; others name modules that are to be imported."""

    def options(*args: Any, **keywords: Any) -> Any:
        texts = [str.__str__(each) for each in args if isinstance(each, str)]
        if keywords or not texts or not texts[0].startswith("display."):
            raise ValueError(f"pd.{name} takes options of the display here, such as 'display.max_rows'")
        if name == "option_context" and not all(type(one) is str and one.startswith("display.") for one in args[::2]):
            raise ValueError("pd.option_context takes options of the display here, such as 'display.max_rows'")
        return function(*args)

    options.__name__ = options.__qualname__ = name
    return options


def _refusing(what: str, remedy: str) -> Callable[..., Any]:
    def refuse(*_args: Any, **_options: Any) -> Any:
        raise PermissionError(f"{what} is not available in the sandbox: {remedy}")

    return refuse


def _tame_pandas(pandas: Any) -> None:
    """Take files, evaluation and unpickling from pandas' own classes and modules."""
    if int(pandas.__version__.partition(".")[0]) < 3:
        pandas.options.mode.copy_on_write = True  # later ones know nothing else
    for kind in (pandas.DataFrame, pandas.Series, pandas.Index, pandas.core.generic.NDFrame):
        for name in _NO_METHODS:
            if hasattr(kind, name):
                setattr(kind, name, _refusing(name, _NO_FILES))
        for name in ("eval", "query"):
            if hasattr(kind, name):
                setattr(kind, name, _refusing(name, _MASK))
    for name in ("plot", "hist", "boxplot"):
        for kind in (pandas.DataFrame, pandas.Series):
            if hasattr(kind, name):
                setattr(kind, name, _refusing(name, "nobody can see a plot here: print the numbers"))
    common = importlib.import_module("pandas.io.common")
    opened = common.get_handle

    def get_handle(path_or_buf: Any, *args: Any, **options: Any) -> Any:
        if isinstance(path_or_buf, str | bytes | os.PathLike):
            raise PermissionError(f"a path cannot be opened in the sandbox: {_NO_FILES}")
        return opened(path_or_buf, *args, **options)

    refused = {"eval": _refusing("eval", _MASK), "read_pickle": _refusing("read_pickle", _NO_FILES)}
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "pandas" and isinstance(module, types.ModuleType):
            if module.__dict__.get("get_handle") is opened:
                module.__dict__["get_handle"] = get_handle
            if name == "pandas.core.computation.eval":
                module.__dict__["eval"] = refused["eval"]
            if "read_pickle" in module.__dict__:
                module.__dict__["read_pickle"] = refused["read_pickle"]
    timestamp = pandas.Timestamp

    def now(tz: Any = None) -> Any:
        moment = timestamp(determinism.clock.read() // 1000, unit="us", tz="UTC")
        return moment.tz_localize(None) if tz is None else moment.tz_convert(tz)

    timestamp.now = timestamp.today = staticmethod(now)
    timestamp.utcnow = staticmethod(lambda: now("UTC"))


def _allow_writing() -> None:
    numpy = sys.modules["numpy"]
    kinds: list[Any] = [numpy.ndarray, numpy.ma.MaskedArray]
    if "pandas" in _loaded:
        pandas = _loaded["pandas"]
        indexing = importlib.import_module("pandas.core.indexing")
        kinds += [pandas.DataFrame, pandas.Series, pandas.Categorical]
        kinds += [getattr(indexing, name) for name in ("_LocIndexer", "_iLocIndexer", "_AtIndexer", "_iAtIndexer")]
        kinds += [
            value for value in vars(pandas).values() if isinstance(value, type) and issubclass(value, pandas.Index)
        ]
    writing.allow_writing_of_packages(kinds, _NOT_WRITTEN)
    guards.refuse_of_packages(_ARRAY_REFUSED, _is_of(numpy.ndarray, numpy.generic))
    guards.refuse_of_packages(_OBJECTS_REFUSED, has_addresses)
    guards.refuse_of_packages(_GENERATOR_REFUSED, _is_of(numpy.random.BitGenerator))
    # Neither asks whether the memory that it writes to is of numbers.
    guards.refuse_of_packages(_BYTES_WRITTEN, _is_of(io.BytesIO, struct.Struct))


def _is_of(*kinds: type) -> Callable[[Any], bool]:
    def belongs(obj: Any) -> bool:
        return any(each in kinds for each in order_of(obj if issubclass(type(obj), type) else type(obj)))

    return belongs


def _json_of_numpy(value: Any) -> Any:
    numpy = sys.modules["numpy"]
    kind = type(value)
    if issubclass(kind, numpy.bool_ | numpy.number):
        return views.plain(value.item())
    if kind is numpy.ndarray or kind is numpy.datetime64 or kind is numpy.str_:
        return tables.plain(value.tolist())
    return NotImplemented


def _json_of_pandas(value: Any) -> Any:
    pandas = _loaded["pandas"]
    kind = type(value)
    if kind is pandas.DataFrame:
        return tables.records(value)
    if kind is pandas.Series:
        named = not isinstance(value.index, pandas.RangeIndex)
        return tables.plain(value.to_dict() if named else value.tolist())
    if issubclass(kind, pandas.Index):
        return tables.plain(value.tolist())
    if value is pandas.NaT or value is pandas.NA:
        return None
    return str(value) if kind in (pandas.Timedelta, pandas.Period) else NotImplemented


_WARM = {
    "numpy": """
import numpy as np
a = np.arange(6.0).reshape(2, 3)
a.mean(), a.sum(axis=0), a.std(), a @ a.T, np.linalg.inv(np.eye(2)), np.percentile(a, 50), np.unique(a), np.sort(a)
np.array(["2024-01-01"], dtype="datetime64[D]").astype(str), str(a), repr(a), np.random.default_rng(0).normal()
a[0, 0] += 1
""",
    "pandas": """
import io
import pandas as pd
days = pd.to_datetime(["2024-01-01", "2024-02-03", "2024-05-01"])
df = pd.DataFrame({"a": ["x", "y", "x"], "b": [1, 2, 3], "d": days})
print(df, df.describe(), df.groupby("a").agg({"b": "sum"}), df.pivot_table(index="a", values="b"), df.dtypes)
df.info()
df.merge(df, on="a"), pd.concat([df, df]), df["a"].str.upper(), df["d"].dt.month, df.set_index("d").resample("MS").sum()
df.to_csv(index=False), df.to_json(), df.to_dict("records"), df.to_string(), df.to_html(), df["a"].value_counts()
pd.read_csv(io.StringIO("a,b\\n1,2")), pd.read_json(io.StringIO("[1]")), df.sort_values("b").head(1)
df.corr(numeric_only=True)
df["b"].rolling(2).mean(), pd.cut(df["b"], 2), pd.get_dummies(df["a"]), df["a"].astype("category"), df.melt()
pd.crosstab(df["a"], df["b"]), df["b"].nlargest(1), df.isna().sum(), df["d"].dt.strftime("%Y"), df.itertuples()
df.loc[df["b"] > 1, "b"] = 0
""",
}


def warm(run: Callable[[str], Any]) -> None:
    """Run cells that use what the packages load on first use."""
    for name in _loaded:
        result = run(_WARM[name])
        if result.error is not None:
            sys.exit(f"{name} cannot be used in the sandbox ({result.error[0]}: {result.error[1]})")
