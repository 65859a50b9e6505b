"""Every allow-list of the sandbox, those of modules from `policy_modules`, and nothing else: what is not named does not
exist for the model's code."""

from __future__ import annotations

from .policy_modules import MODULES as MODULES
from .policy_modules import STAND_INS as STAND_INS

# Builtins that are given as they are. `type`, `print`, `getattr` and their like are replaced in `guards` and `writing`.
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
# What a module says of itself; nothing reads it.
MODULE_NAMES = frozenset(
    f"__{name}__"
    for name in ("all", "version", "author", "email", "date", "license", "copyright", "credits", "maintainer", "status")
)

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

ALLOWED_MODULES = frozenset(MODULES) | frozenset(STAND_INS)
ALLOWED_TOP_LEVEL = frozenset(name.partition(".")[0] for name in ALLOWED_MODULES)

# Modules that code finds without an import; the prompt names them.
IMPORTED = (
    *("re", "json", "math", "statistics", "collections", "itertools"),
    *("functools", "datetime", "csv", "io", "string", "textwrap"),
)

# What C code of the standard library imports in the name of a cell: strptime and strftime, a template of re.sub, a class
# that inherits from `Generic[T]`, a division of large integers, an encoding with names of characters, JSON that breaks
# off. A cell itself cannot: its import statements are rewritten, and the name `__import__` is refused.
C_IMPORTS = frozenset(
    ["_pylong", "_strptime", "time", "datetime", "_datetime", "json.decoder", "re", "typing", "unicodedata"]
)
