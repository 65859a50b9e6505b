"""Every allow-list of the sandbox, and nothing else: what is not named here does not exist for the model's code."""

from __future__ import annotations

# Builtins that are given as they are. `type`, `print`, `getattr` and their like are replaced in `guards`.
BUILTINS = frozenset(
    [
        "abs",
        "all",
        "any",
        "ascii",
        "bin",
        "bool",
        "bytearray",
        "bytes",
        "chr",
        "complex",
        "dict",
        "divmod",
        "enumerate",
        "filter",
        "float",
        "format",
        "frozenset",
        "hash",
        "hex",
        "id",
        "int",
        "issubclass",
        "iter",
        "len",
        "list",
        "map",
        "max",
        "min",
        "next",
        "object",
        "oct",
        "ord",
        "pow",
        "property",
        "range",
        "repr",
        "reversed",
        "round",
        "set",
        "slice",
        "sorted",
        "staticmethod",
        "classmethod",
        "str",
        "sum",
        "super",
        "tuple",
        "zip",
        "callable",
        "isinstance",
        "NotImplemented",
        "Ellipsis",
    ]
)

EXCEPTIONS = frozenset(
    [
        "ArithmeticError",
        "AssertionError",
        "AttributeError",
        "BufferError",
        "EOFError",
        "Exception",
        "FloatingPointError",
        "ImportError",
        "IndexError",
        "KeyError",
        "LookupError",
        "MemoryError",
        "ModuleNotFoundError",
        "NameError",
        "NotImplementedError",
        "OSError",
        "OverflowError",
        "RecursionError",
        "ReferenceError",
        "RuntimeError",
        "StopIteration",
        "SyntaxError",
        "TimeoutError",
        "TypeError",
        "UnboundLocalError",
        "UnicodeDecodeError",
        "UnicodeEncodeError",
        "UnicodeError",
        "ValueError",
        "Warning",
        "UserWarning",
        "DeprecationWarning",
        "RuntimeWarning",
        "ZeroDivisionError",
        "PermissionError",
        "FileNotFoundError",
    ]
)

# Builtins that other Pythons have; calling them here raises an error with the remedy. A cell may use the names as its own.
REFUSED_NAMES = {
    "open": "there are no files here: the document is in `context`",
    "input": "nobody can type here: the document is in `context`",
    "eval": "write the expression itself",
    "exec": "write the statements themselves",
    "compile": "write the code itself",
    "breakpoint": "print what you want to see",
    "help": "the tools are described in the instructions",
    "memoryview": "slice bytes instead",
    "exit": "call FINAL(value) to end",
    "quit": "call FINAL(value) to end",
    "delattr": "set the attribute to None",
}

# Dunder methods that a class may define.
CLASS_DUNDERS = frozenset(
    f"__{name}__"
    for name in [
        "init",
        "post_init",
        "repr",
        "str",
        "format",
        "bool",
        "hash",
        "len",
        "iter",
        "next",
        "contains",
        "reversed",
        "getitem",
        "setitem",
        "delitem",
        "call",
        "enter",
        "exit",
        "eq",
        "ne",
        "lt",
        "le",
        "gt",
        "ge",
        "add",
        "radd",
        "iadd",
        "sub",
        "rsub",
        "isub",
        "mul",
        "rmul",
        "imul",
        "truediv",
        "rtruediv",
        "floordiv",
        "rfloordiv",
        "mod",
        "rmod",
        "pow",
        "rpow",
        "divmod",
        "neg",
        "pos",
        "abs",
        "invert",
        "and",
        "rand",
        "or",
        "ror",
        "xor",
        "rxor",
        "lshift",
        "rshift",
        "matmul",
        "int",
        "float",
        "index",
        "round",
        "trunc",
        "floor",
        "ceil",
        "missing",
    ]
)

# Dunder attributes that may be read, and on what (see `guards`).
READABLE_DUNDERS = frozenset(["__name__", "__qualname__", "__class__", "__doc__"])

# Underscored methods of namedtuples, which are public in all but name.
NAMEDTUPLE_NAMES = frozenset(["_asdict", "_replace", "_fields", "_make", "_field_defaults"])

# Attributes without a leading underscore that lead to frames, code, globals or class internals.
REFUSED_ATTRIBUTES = frozenset(
    [
        "mro",
        "tb_frame",
        "tb_next",
        "tb_lasti",
        "f_back",
        "f_builtins",
        "f_code",
        "f_generator",
        "f_globals",
        "f_locals",
        "f_trace",
        "co_code",
        "co_consts",
        "gi_frame",
        "gi_code",
        "gi_yieldfrom",
        "cr_await",
        "cr_frame",
        "cr_code",
        "cr_origin",
        "ag_await",
        "ag_frame",
        "ag_code",
        "func_globals",
        "func_code",
        # A property's own functions would be called with any object, and set what is not the cell's.
        "fget",
        "fset",
        "fdel",
    ]
)

# The attributes of exceptions of Python's own; `.obj` would hand out the object that an attribute was missing on.
EXCEPTION_ATTRIBUTES = frozenset(
    [
        "args",
        "errno",
        "strerror",
        "value",
        "code",
        "msg",
        "lineno",
        "colno",
        "pos",
        "doc",
        "reason",
        "start",
        "end",
        "encoding",
        "name",
        "add_note",
        "with_traceback",
        "pattern",
    ]
)

# Modules and what may be used of them. `facades` adds safe stand-ins for what is marked there.
MODULES: dict[str, frozenset[str]] = {
    name: frozenset(names.split())
    for name, names in {
        "base64": "b64encode b64decode urlsafe_b64encode urlsafe_b64decode b32encode b32decode b16encode b16decode",
        "bisect": "bisect bisect_left bisect_right insort insort_left insort_right",
        "calendar": "monthrange isleap leapdays weekday timegm month_name month_abbr day_name day_abbr",
        "cmath": "acos asin atan cos e exp inf isclose isfinite isinf isnan log log10 nan phase pi polar rect sin sqrt tan tau",
        "collections": "Counter OrderedDict defaultdict deque namedtuple ChainMap abc",
        "collections.abc": """Callable Collection Container Generator Hashable ItemsView Iterable Iterator KeysView Mapping
            MappingView MutableMapping MutableSequence MutableSet Reversible Sequence Set Sized ValuesView""",
        "contextlib": "contextmanager suppress nullcontext closing",
        "copy": "copy deepcopy",
        "csv": """reader writer DictReader DictWriter excel excel_tab unix_dialect QUOTE_ALL QUOTE_MINIMAL QUOTE_NONE
            QUOTE_NONNUMERIC Error""",
        "dataclasses": "field asdict astuple replace fields is_dataclass FrozenInstanceError",
        "datetime": "date datetime time timedelta timezone tzinfo UTC MINYEAR MAXYEAR",
        "decimal": """Decimal InvalidOperation DivisionByZero ROUND_CEILING ROUND_DOWN ROUND_FLOOR ROUND_HALF_DOWN
            ROUND_HALF_EVEN ROUND_HALF_UP ROUND_UP""",
        "difflib": "SequenceMatcher Differ get_close_matches ndiff unified_diff context_diff",
        "enum": "auto unique",
        "fractions": "Fraction",
        "functools": "reduce partial lru_cache cache cmp_to_key",
        "hashlib": "md5 sha1 sha224 sha256 sha384 sha512 sha3_256 blake2b blake2s",
        "heapq": "heappush heappop heapify heapreplace heappushpop nlargest nsmallest merge",
        "html": "escape unescape",
        "io": "StringIO BytesIO",
        "itertools": """accumulate batched chain combinations combinations_with_replacement compress count cycle dropwhile
            filterfalse groupby islice pairwise permutations product repeat starmap takewhile tee zip_longest""",
        "json": "loads dumps load dump JSONDecodeError",
        "math": """acos acosh asin asinh atan atan2 atanh cbrt ceil comb copysign cos cosh degrees dist e erf erfc exp exp2
            expm1 fabs factorial floor fmod frexp fsum gamma gcd hypot inf isclose isfinite isinf isnan isqrt lcm ldexp
            lgamma log log10 log1p log2 modf nan nextafter perm pi pow prod radians remainder sin sinh sqrt sumprod tan
            tanh tau trunc ulp""",
        "numbers": "Number Complex Real Rational Integral",
        "operator": """abs add and_ concat contains countOf eq floordiv ge getitem gt index indexOf inv invert is_ is_not
            itemgetter le lshift lt matmul mod mul ne neg not_ or_ pos pow rshift sub truediv truth xor""",
        "pprint": "pformat",
        "random": """random randint randrange choice choices sample shuffle uniform seed gauss normalvariate triangular
            betavariate expovariate lognormvariate""",
        "re": """compile search match fullmatch findall finditer sub subn split escape error Pattern Match A ASCII I
            IGNORECASE M MULTILINE S DOTALL X VERBOSE U UNICODE NOFLAG RegexFlag PatternError""",
        "statistics": """mean fmean geometric_mean harmonic_mean median median_low median_high median_grouped mode multimode
            quantiles pstdev pvariance stdev variance covariance correlation linear_regression NormalDist StatisticsError""",
        "string": "ascii_letters ascii_lowercase ascii_uppercase digits hexdigits octdigits punctuation printable whitespace capwords",
        "textwrap": "wrap fill shorten dedent indent TextWrapper",
        "time": "time time_ns perf_counter monotonic process_time sleep strftime strptime gmtime localtime mktime struct_time",
        "typing": """Any AnyStr Callable ClassVar Collection Counter DefaultDict Deque Dict Final FrozenSet Generator Generic
            Hashable Iterable Iterator List Literal Mapping MutableMapping MutableSequence NamedTuple NoReturn Optional
            OrderedDict Pattern Match Sequence Set Sized Text Tuple Type TypeVar Union cast Self TypeAlias""",
        "unicodedata": """name lookup category bidirectional combining east_asian_width mirrored decomposition normalize
            is_normalized decimal digit numeric""",
        "urllib": "parse",
        "urllib.parse": "urlparse urlsplit urlunparse urljoin quote quote_plus unquote unquote_plus urlencode parse_qs parse_qsl",
        "zlib": "crc32 adler32",
    }.items()
}

# Modules whose names are all replaced by stand-ins in `facades`, in addition to the list above.
STAND_INS: dict[str, frozenset[str]] = {
    "dataclasses": frozenset(["dataclass"]),
    "enum": frozenset(["Enum", "IntEnum", "StrEnum", "Flag", "IntFlag"]),
    "functools": frozenset(["wraps", "cached_property", "total_ordering"]),
    "operator": frozenset(["attrgetter", "methodcaller"]),
    "pprint": frozenset(["pprint", "pp"]),
    "__future__": frozenset(["annotations"]),
}

# Why a module that models often ask for is not there.
MISSING_MODULES = {
    "os": "there are no files or processes here; the document is in `context`",
    "sys": "not available; print() shows output",
    "subprocess": "there are no processes here",
    "pathlib": "there are no files here; the document is in `context`",
    "requests": "there is no network here; the document is in `context`",
    "numpy": "use math, statistics and list comprehensions",
    "pandas": "use csv, collections.Counter and list comprehensions",
    "asyncio": "call the tools directly; llm_query_batched runs prompts concurrently",
    "threading": "llm_query_batched runs prompts concurrently",
    "concurrent": "llm_query_batched runs prompts concurrently",
    "pickle": "use json",
}

ALLOWED_MODULES = frozenset(MODULES) | frozenset(STAND_INS)
ALLOWED_TOP_LEVEL = frozenset(name.partition(".")[0] for name in ALLOWED_MODULES)

# Modules that code finds without an import; the prompt names them.
IMPORTED = (
    *("re", "json", "math", "statistics", "collections", "itertools"),
    *("functools", "datetime", "csv", "io", "string", "textwrap"),
)

# What C code of the standard library imports in the name of a cell (datetime.strptime does). A cell itself cannot: its
# import statements are rewritten, and the name `__import__` is refused.
C_IMPORTS = frozenset(["_strptime", "time", "datetime", "_datetime"])
