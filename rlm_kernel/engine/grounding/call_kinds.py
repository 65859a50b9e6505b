"""What the functions and methods do that code calls, by name: what they make of what goes in."""

from __future__ import annotations

SUB_MODELS = frozenset(["llm_query", "llm_query_batched", "rlm_query", "rlm_query_batched", "label"])
SEARCHES = frozenset(
    ["text_stats", "grep", "count_matches", "finditer", "fuzzy_search", "sections", "tables", "search", "sql"]
)
READS = frozenset(["read_lines", "slice_text"])
# Results that are new: they stand in no line that went in.
COUNTING = frozenset(
    ["len", "count", "count_matches", "count_tokens", "index", "find", "rfind", "rindex", "any", "all"]
)
COUNTING |= {"bool", "Counter", "hash", "id", "ord", "isinstance", "startswith", "endswith", "isdigit", "total"}
COMPUTING = frozenset(
    ["sum", "fsum", "mean", "fmean", "median", "median_low", "median_high", "mode", "stdev", "pstdev"]
)
COMPUTING |= {"variance", "pvariance", "quantiles", "pow", "divmod", "sqrt", "prod", "ceil", "floor", "log", "exp"}
COMPUTING |= {"max", "min", "nlargest", "nsmallest", "most_common", "accumulate", "total_seconds", "round_half_up"}
# Of these only what a constant of theirs puts into the result matters: (position of the first such argument).
TYPED_FROM = {"replace": 1, "get": 1, "pop": 1, "setdefault": 1, "next": 1, "getattr": 2, "sub": 1, "subn": 1}
TYPED_FROM |= {"format": 0, "append": 0, "add": 0, "extend": 0, "insert": 1, "update": 0, "appendleft": 0}
TYPED_FROM |= {"join": 0, "ljust": 1, "rjust": 1, "center": 1, "defaultdict": 0}
# Whose constant arguments say how, not what.
NEUTRAL = frozenset(["split", "rsplit", "splitlines", "strip", "lstrip", "rstrip", "partition", "rpartition", "group"])
NEUTRAL |= {"groups", "groupdict", "removeprefix", "removesuffix", "encode", "decode", "strptime", "strftime"}
NEUTRAL |= {"read_lines", "slice_text", "grep", "finditer", "fuzzy_search", "count", "index", "find", "column"}
NEUTRAL |= {"filter", "isinstance", "findall", "search", "match", "fullmatch", "compile", "round", "zfill", "quantize"}
NEUTRAL |= {"startswith", "endswith", "count_matches", "text_stats", "sections", "tables", "islice", "itemgetter"}
NEUTRAL |= {"isoformat", "attrgetter", "most_common", "nlargest", "nsmallest", "title", "rfind"}
MUTATING = frozenset(["append", "add", "extend", "insert", "update", "appendleft", "extendleft", "subtract"])
MUTATING |= {"setdefault"}
POSITIONS = frozenset(["line_num", "start", "end", "end_line", "length", "line_count", "score", "lineno"])
MODULES = frozenset(["re", "json", "math", "statistics", "collections", "itertools", "datetime", "csv", "operator"])
MODULES |= {"functools", "decimal", "string", "time", "random", "textwrap", "fractions", "heapq", "bisect", "calendar"}
# Functions whose result has the same parts as their one argument.
KEEPING = frozenset(["list", "tuple", "dict", "copy", "deepcopy"])
