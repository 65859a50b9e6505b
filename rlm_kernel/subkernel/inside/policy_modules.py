"""The allow-lists of modules: which there are, and what of each."""

from __future__ import annotations

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
        "tomllib": "loads TOMLDecodeError",
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
