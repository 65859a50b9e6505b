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
        "memoryview",
        "aiter",
        "anext",
    ]
)

EXCEPTIONS = frozenset(
    [
        "BaseException",
        "BaseExceptionGroup",
        "ExceptionGroup",
        "GeneratorExit",
        "StopAsyncIteration",
        "SystemExit",
        "FutureWarning",
        "PendingDeprecationWarning",
        "SyntaxWarning",
        "ImportWarning",
        "UnicodeWarning",
        "BytesWarning",
        "ResourceWarning",
        "UnicodeTranslateError",
        "IndentationError",
        "TabError",
        "SystemError",
        "InterruptedError",
        "FileExistsError",
        "IsADirectoryError",
        "NotADirectoryError",
        "ConnectionError",
        "ConnectionAbortedError",
        "ConnectionRefusedError",
        "ConnectionResetError",
        "BrokenPipeError",
        "BlockingIOError",
        "ChildProcessError",
        "ProcessLookupError",
        "EncodingWarning",
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
    "compile": "write the code itself",
    "breakpoint": "print what you want to see",
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
        "getattr",
        "setattr",
        "delattr",
        "new",
        "get",
        "set",
        "delete",
        "set_name",
        "init_subclass",
        "class_getitem",
        "copy",
        "deepcopy",
        "replace",
        "await",
        "aenter",
        "aexit",
        "aiter",
        "anext",
        "complex",
        "rdivmod",
        "rmatmul",
        "imatmul",
        "itruediv",
        "ifloordiv",
        "imod",
        "ipow",
        "iand",
        "ior",
        "ixor",
        "ilshift",
        "irshift",
        "rlshift",
        "rrshift",
        "length_hint",
        "dir",
    ]
)

# What else the body of a class may set: none of it changes what the object is, or how it is read.
CLASS_ATTRIBUTES = frozenset(["__slots__", "__match_args__", "__doc__", "__test__", "__version__", "__author__"])
CLASS_NAMES = CLASS_DUNDERS | CLASS_ATTRIBUTES

# What to use where a class would define a dunder that the sandbox reserves.
DUNDER_REMEDIES = {
    "__getattribute__": ": use __getattr__ or a property",
    "__del__": ": use a context manager",
    "__reduce__": ": copy.copy and copy.deepcopy work without it",
    "__reduce_ex__": ": copy.copy and copy.deepcopy work without it",
    "__getstate__": ": copy.copy and copy.deepcopy work without it",
    "__setstate__": ": copy.copy and copy.deepcopy work without it",
    "__prepare__": ": use __init_subclass__ or a class decorator",
    "__instancecheck__": ": use isinstance with a tuple of classes",
    "__subclasshook__": ": inherit from the class",
    "__file__": ": the code has no file",
    "__import__": ": use an import statement",
    "__builtins__": "",
}

# Attributes with two underscores that `obj.name = value` may set.
WRITABLE_DUNDERS = frozenset(["__name__", "__qualname__", "__doc__", "__cause__", "__suppress_context__"])

# Underscored names of namedtuples and enumerations, which are public in all but name.
NAMEDTUPLE_NAMES = frozenset(["_asdict", "_replace", "_fields", "_make", "_field_defaults"])
ENUM_NAMES = frozenset(["_value_", "_name_", "_missing_", "_generate_next_value_", "_ignore_", "_order_"])

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
        # The address of an array's memory.
        "buffer_info",
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
        "pattern",
        "filename",
        "filename2",
        "exceptions",
        "message",
        "split",
        "subgroup",
        "derive",
        "text",
        "offset",
        "end_lineno",
        "end_offset",
        "position",
    ]
)

# Modules and what may be used of them. `facades` adds safe stand-ins for what is marked there.
MODULES: dict[str, frozenset[str]] = {
    name: frozenset(names.split())
    for name, names in {
        "ast": "AST",
        "base64": """b64encode b64decode standard_b64encode standard_b64decode urlsafe_b64encode urlsafe_b64decode b32encode
            b32decode b32hexencode b32hexdecode b16encode b16decode a85encode a85decode b85encode b85decode encodebytes
            decodebytes""",
        "binascii": "hexlify unhexlify b2a_hex a2b_hex b2a_base64 a2b_base64 crc32 crc_hqx Error Incomplete",
        "bisect": "bisect bisect_left bisect_right insort insort_left insort_right",
        "bz2": "compress decompress",
        "calendar": """Calendar HTMLCalendar IllegalMonthError IllegalWeekdayError TextCalendar calendar day_abbr day_name
            firstweekday isleap leapdays month month_abbr month_name monthcalendar monthrange setfirstweekday timegm weekday
            weekheader MONDAY TUESDAY WEDNESDAY THURSDAY FRIDAY SATURDAY SUNDAY JANUARY FEBRUARY MARCH APRIL MAY JUNE JULY
            AUGUST SEPTEMBER OCTOBER NOVEMBER DECEMBER Month Day""",
        "cmath": """acos acosh asin asinh atan atanh cos cosh e exp inf infj isclose isfinite isinf isnan log log10 nan nanj
            phase pi polar rect sin sinh sqrt tan tanh tau""",
        "codecs": """encode decode BOM BOM_UTF8 BOM_UTF16 BOM_UTF16_BE BOM_UTF16_LE BOM_UTF32 BOM_UTF32_BE BOM_UTF32_LE""",
        "collections": "Counter OrderedDict defaultdict deque namedtuple ChainMap abc",
        "collections.abc": """Callable Collection Container Generator Hashable ItemsView Iterable Iterator KeysView Mapping
            MappingView MutableMapping MutableSequence MutableSet Reversible Sequence Set Sized ValuesView""",
        "colorsys": "hls_to_rgb hsv_to_rgb rgb_to_hls rgb_to_hsv rgb_to_yiq yiq_to_rgb",
        "configparser": """BasicInterpolation DuplicateOptionError DuplicateSectionError Error
            ExtendedInterpolation InterpolationDepthError InterpolationError InterpolationMissingOptionError
            InterpolationSyntaxError MissingSectionHeaderError NoOptionError NoSectionError ParsingError""",
        "contextlib": "nullcontext closing",
        "copy": "",
        "csv": """reader writer DictReader DictWriter Dialect Sniffer excel excel_tab unix_dialect get_dialect
            list_dialects QUOTE_ALL QUOTE_MINIMAL QUOTE_NONE QUOTE_NONNUMERIC QUOTE_NOTNULL
            QUOTE_STRINGS Error""",
        "dataclasses": "field fields is_dataclass FrozenInstanceError",
        "datetime": "date datetime time timedelta timezone tzinfo UTC MINYEAR MAXYEAR",
        "decimal": """Decimal Context BasicContext DefaultContext ExtendedContext getcontext setcontext localcontext Clamped
            ConversionSyntax DecimalException DivisionByZero DivisionImpossible DivisionUndefined FloatOperation Inexact
            InvalidContext InvalidOperation Overflow Rounded Subnormal Underflow MAX_EMAX MAX_PREC MIN_EMIN MIN_ETINY ROUND_05UP
            ROUND_CEILING ROUND_DOWN ROUND_FLOOR ROUND_HALF_DOWN ROUND_HALF_EVEN ROUND_HALF_UP ROUND_UP""",
        "difflib": """SequenceMatcher Differ HtmlDiff IS_CHARACTER_JUNK IS_LINE_JUNK get_close_matches ndiff restore
            unified_diff context_diff""",
        "email.utils": "formataddr getaddresses parseaddr parsedate parsedate_to_datetime parsedate_tz format_datetime unquote",
        "fnmatch": "filter fnmatch fnmatchcase translate",
        "fractions": "Fraction",
        "functools": "reduce partial cmp_to_key",
        "graphlib": "CycleError TopologicalSorter",
        "gzip": "compress decompress",
        "hashlib": """md5 new sha1 sha224 sha256 sha384 sha512 sha3_224 sha3_256 sha3_384
            sha3_512 shake_128 shake_256 blake2b blake2s""",
        "heapq": "heappush heappop heapify heapreplace heappushpop nlargest nsmallest merge",
        "hmac": "compare_digest digest new",
        "html": "escape unescape",
        "html.parser": "HTMLParser",
        "io": "StringIO BytesIO SEEK_CUR SEEK_END SEEK_SET UnsupportedOperation",
        "ipaddress": """AddressValueError IPv4Address IPv4Interface IPv4Network IPv6Address IPv6Interface IPv6Network
            NetmaskValueError collapse_addresses get_mixed_type_key ip_address ip_interface ip_network summarize_address_range
            v4_int_to_packed v6_int_to_packed""",
        "itertools": """accumulate batched chain combinations combinations_with_replacement compress count cycle dropwhile
            filterfalse groupby islice pairwise permutations product repeat starmap takewhile tee zip_longest""",
        "json": "loads dumps load dump JSONDecodeError JSONDecoder",
        "json.decoder": "JSONDecodeError JSONDecoder",
        "keyword": "iskeyword issoftkeyword",
        "lzma": "LZMAError compress decompress",
        "math": """acos acosh asin asinh atan atan2 atanh cbrt ceil comb copysign cos cosh degrees dist e erf erfc exp exp2
            expm1 fabs factorial floor fma fmod frexp fsum gamma gcd hypot inf isclose isfinite isinf isnan isqrt lcm ldexp
            lgamma log log10 log1p log2 modf nan nextafter perm pi pow prod radians remainder sin sinh sqrt sumprod tan
            tanh tau trunc ulp""",
        "locale": """atof atoi delocalize format_string str strcoll strxfrm localeconv Error LC_ALL LC_COLLATE LC_CTYPE
            LC_MESSAGES LC_MONETARY LC_NUMERIC LC_TIME""",
        "numbers": "Number Complex Real Rational Integral",
        "operator": """abs add and_ concat contains countOf eq floordiv ge getitem gt index indexOf inv invert is_ is_not
            itemgetter le lshift lt matmul mod mul ne neg not_ or_ pos pow rshift sub truediv truth xor iadd iand iconcat
            ifloordiv ilshift imod imul ior ipow irshift isub itruediv ixor length_hint""",
        "os.path": """altsep basename commonpath commonprefix curdir dirname extsep isabs join normcase normpath pardir sep
            split splitdrive splitext""",
        "pathlib": "PurePath PurePosixPath PureWindowsPath",
        "pprint": "pformat isreadable isrecursive saferepr",
        "random": """betavariate choice choices expovariate gammavariate gauss getrandbits getstate lognormvariate normalvariate
            paretovariate randbytes randint random randrange sample seed setstate shuffle triangular uniform vonmisesvariate
            weibullvariate binomialvariate""",
        "re": """compile search match fullmatch findall finditer sub subn split escape error Pattern Match A ASCII I
            IGNORECASE M MULTILINE S DOTALL X VERBOSE U UNICODE NOFLAG RegexFlag PatternError purge""",
        "shlex": "join quote split",
        "statistics": """mean fmean geometric_mean harmonic_mean median median_low median_high median_grouped mode multimode
            quantiles pstdev pvariance stdev variance covariance correlation linear_regression kde NormalDist StatisticsError""",
        "string": "ascii_letters ascii_lowercase ascii_uppercase digits hexdigits octdigits punctuation printable whitespace capwords",
        "struct": "Struct calcsize error iter_unpack pack pack_into unpack unpack_from",
        "sys": """api_version byteorder float_info float_repr_style getsizeof hash_info hexversion int_info intern
            maxsize maxunicode getrecursionlimit getdefaultencoding get_int_max_str_digits version version_info""",
        "textwrap": "wrap fill shorten dedent indent TextWrapper",
        "time": """time time_ns perf_counter monotonic process_time sleep strftime strptime gmtime localtime mktime
            struct_time asctime""",
        "unicodedata": """name lookup category bidirectional combining east_asian_width mirrored decomposition normalize
            is_normalized decimal digit numeric unidata_version""",
        "urllib.parse": """ParseResult SplitResult parse_qs parse_qsl quote quote_from_bytes quote_plus unquote unquote_plus
            unquote_to_bytes urldefrag urlencode urljoin urlparse urlsplit urlunparse urlunsplit""",
        "uuid": "NAMESPACE_DNS NAMESPACE_OID NAMESPACE_URL NAMESPACE_X500 UUID uuid3 uuid5",
        "zlib": "adler32 compress compressobj crc32 decompress decompressobj error MAX_WBITS",
    }.items()
}

# Names that stand-ins of ours replace, in addition to the list above; packages of which only the modules are there.
STAND_INS: dict[str, frozenset[str]] = {
    "array": frozenset(["array"]),
    "dataclasses": frozenset(["dataclass"]),
    "abc": frozenset(["ABC", "ABCMeta", "abstractmethod"]),
    "argparse": frozenset(["ArgumentParser"]),
    "asyncio": frozenset(["run", "gather", "sleep"]),
    "concurrent": frozenset(),
    "concurrent.futures": frozenset(["ThreadPoolExecutor"]),
    "inspect": frozenset(["signature"]),
    "locale": frozenset(["setlocale"]),
    "os": frozenset(["sep"]),
    "queue": frozenset(["Queue"]),
    "types": frozenset(["SimpleNamespace"]),
    "typing": frozenset(["NamedTuple", "TypedDict"]),
    "email": frozenset(),
    "enum": frozenset(["Enum", "IntEnum", "StrEnum", "Flag", "IntFlag"]),
    "functools": frozenset(["wraps", "cached_property", "total_ordering"]),
    "gc": frozenset(["collect"]),
    "html.entities": frozenset(["codepoint2name", "entitydefs", "html5", "name2codepoint"]),
    "logging": frozenset(["getLogger"]),
    "operator": frozenset(["attrgetter", "methodcaller"]),
    "pprint": frozenset(["pprint", "pp", "PrettyPrinter"]),
    "secrets": frozenset(["token_hex"]),
    "sys": frozenset(["stdout", "stderr"]),
    "traceback": frozenset(["format_exc"]),
    "urllib": frozenset(),
    "warnings": frozenset(["warn"]),
    "xml": frozenset(),
    "xml.etree": frozenset(),
    "xml.etree.ElementTree": frozenset(["fromstring"]),
    "zoneinfo": frozenset(["ZoneInfo"]),
    "__future__": frozenset(["annotations"]),
}

ALLOWED_MODULES = frozenset(MODULES) | frozenset(STAND_INS)
ALLOWED_TOP_LEVEL = frozenset(name.partition(".")[0] for name in ALLOWED_MODULES)

# Modules that code finds without an import; the prompt names them.
IMPORTED = (
    *("re", "json", "math", "statistics", "collections", "itertools"),
    *("functools", "datetime", "csv", "io", "string", "textwrap"),
)

# What C code of the standard library imports in the name of a cell (strptime does, and a template of re.sub). A cell
# itself cannot: its
# import statements are rewritten, and the name `__import__` is refused.
C_IMPORTS = frozenset(["_strptime", "time", "datetime", "_datetime", "re"])
