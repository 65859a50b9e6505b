"""What the rewritten code calls at run time: reading and writing attributes.

The rules are in `policy`; this module only enforces them. Nothing here trusts a type's own methods: exact types are
compared by identity, and names are exact strings.
"""

from __future__ import annotations

import abc
import re
import string
import types
import typing
import weakref
from collections import ChainMap, Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from ...document import Document
from ...document.search.result_list import Rows
from ...document.search.tables import TableRow
from ...document.text import OTHER_LINE_ENDS
from ...document.view import lines_of
from . import determinism, policy, refusals
from .faults import can_be_caught, cell_entries, traceback_of
from .own_classes import (
    Kind,
    allowed_bases,
    annotations_of,
    class_behind,
    class_of,
    class_value,
    constructible,
    dictionary_of,
    is_enumeration,
    is_own,
    member,
    order_of,
    remember,
    sandbox_classes,
    visible_order,
)
from .scopes import Attributes, CellVariables
from .transformer import PolicyError, is_dunder, is_reserved

__all__ = ["Namespace", "PolicyError", "allowed_bases", "guarded_getattr", "remember", "sandbox_classes"]

_FORBIDDEN_TYPES = frozenset(
    [
        types.ModuleType,
        types.FrameType,
        types.CodeType,
        types.TracebackType,
        types.CellType,
        types.GetSetDescriptorType,
        types.MemberDescriptorType,
        typing.ForwardRef,  # from Python 3.14 on it evaluates its text
    ]
)
_SLOT_CALLS = (types.MethodWrapperType, types.WrapperDescriptorType, types.ClassMethodDescriptorType)
_ALIASES = (type(typing.List), type(typing.List[int]))  # noqa: UP006  those of `list` are of another class
_PROXIES: tuple[type, ...] = (types.GenericAlias, *(kind for alias in _ALIASES for kind in type.mro(alias)[:-1]))
_C_FUNCTIONS = (types.BuiltinFunctionType, types.MethodDescriptorType)
_WRITABLE: set[type] = {
    list,
    dict,
    set,
    Counter,
    defaultdict,
    deque,
    OrderedDict,
    bytearray,
    ChainMap,
    Rows,
    TableRow,
    memoryview,
} | {
    Attributes,
    CellVariables,
}
# Python itself refuses to change these.
_UNCHANGING = frozenset([str, bytes, tuple, frozenset, int, float, complex, bool, range, type(None)])
_PLAIN = {str, int, float, list, dict, set, tuple, frozenset, bytes, bool, complex, Counter, defaultdict, deque}
# Classes whose dunder methods may be read from the class itself: dict.__init__, object.__setattr__.
_NAMED = _PLAIN | {object, OrderedDict, bytearray}
_FORMATTING = frozenset(["format", "format_map"])
_CALLABLES = (
    *(types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.MethodDescriptorType),
    *(types.GeneratorType, types.CoroutineType),
)
_OTHER_LINE_ENDS = re.compile(f"[{OTHER_LINE_ENDS}]")
_MISSING = object()


def allow_writing(*kinds: type) -> None:
    """Let cells set attributes and items of instances of these classes of the standard library."""
    _WRITABLE.update(kinds)


# Both are empty where no packages were asked for: see `packages`.
_package_kinds: set[type] = set()
_package_names_kept: set[str] = set()
_package_refusals: dict[str, str] = {}
_refused_of: list[Callable[[Any], bool]] = []


def allow_writing_of_packages(kinds: Iterable[type], kept: Iterable[str]) -> None:
    """Let cells set items and public attributes of instances of these classes, but for the attributes `kept`."""
    _package_kinds.update(kinds)
    _package_names_kept.update(kept)


def refuse_of_packages(names: Mapping[str, str], belongs: Callable[[Any], bool]) -> None:
    """Refuse attributes (name -> what to use) of the objects and classes that `belongs` says yes to."""
    _package_refusals.update(names)
    _refused_of.append(belongs)


def number_lines_of(document: Document) -> None:
    """Have `str.splitlines` count lines as the tools do where the document has line ends that the tools do not know.

    It is not kept alive: a fork server, which tries everything out, must hold no document.
    """
    _documents[:] = [weakref.ref(document)]


_documents: list[weakref.ref[Document]] = []


def _has_other_line_ends() -> bool:
    found = [document for reference in _documents if (document := reference()) is not None]
    return any(text.has_other_line_ends for document in found for text in document.texts)


def _split_lines(text: str, keepends: bool = False) -> list[str]:
    # A form feed of the document must not shift the numbers of the lines after it; a text that the code has made is
    # split as in any other Python.
    as_tools_do = _OTHER_LINE_ENDS.search(text) is not None and _has_other_line_ends()
    return lines_of(text, keepends) if as_tools_do else text.splitlines(keepends)


class Namespace:
    """Something whose public attributes are exactly its `__dict__`, and cannot be changed: a module's facade."""

    _title: str

    def __init__(self, title: str, members: Mapping[str, Any]) -> None:
        self.__dict__.update(members)
        self.__dict__["_title"] = title

    def __setattr__(self, name: str, value: object) -> None:
        raise TypeError(f"{self._title} is read-only")

    def __delattr__(self, name: str) -> None:
        raise TypeError(f"{self._title} is read-only")

    def __repr__(self) -> str:
        return f"<{self._title}>"


# What `type(re)` is called in plain Python.
Namespace.__name__ = Namespace.__qualname__ = "module"
Namespace.__module__ = "builtins"


def exact_name(name: Any) -> str:
    """The name as an exact string. A subclass of str could change its mind about what it says."""
    if type(name) is str:
        return name
    if not isinstance(name, str):
        raise TypeError(f"attribute name must be string, not {type(name).__name__!r}")
    return str.__str__(name)


def exact(value: Any) -> Any:
    """The value, as an exact string where it is a text."""
    return str.__str__(value) if isinstance(value, str) else value


def guarded_getattr(obj: Any, name: Any, default: Any = _MISSING) -> Any:
    """`obj.name` under the policy. Raises AttributeError for what is missing or refused; never carries the object."""
    if type(name) is not str:
        name = exact_name(name)
    kind = type(obj)
    if kind in _PLAIN and name[:1] != "_" and name not in _FORMATTING:
        if name == "splitlines" and kind is str:
            return lambda keepends=False: _split_lines(obj, keepends)
        value = getattr(obj, name, _MISSING)
        return _missing(obj, name, default) if value is _MISSING else value
    if name[:1] == "_":
        return _underscored(obj, name, default)
    if name in policy.REFUSED_ATTRIBUTES or kind in _FORBIDDEN_TYPES or is_reserved(name):
        if name == "mro" and issubclass(kind, type) and is_own(obj):
            return lambda: list(visible_order(obj))
        raise AttributeError(f"the attribute {name} is not available in the sandbox")
    if kind is Kind or issubclass(kind, _PROXIES):
        return _missing(obj, name, default)
    # A super object reads from the object that it was made for.
    subject = obj.__self__ if kind is super else obj
    if name in _FORMATTING and (
        isinstance(subject, str) or (issubclass(type(subject), type) and issubclass(subject, str))
    ):
        return _formatting(subject, name)
    if isinstance(subject, BaseException):
        if name == "with_traceback":
            return lambda _traceback: subject
        if not _is_exceptions_own(subject, name):
            return _missing(obj, name, default)
    return _read(obj, name, default)


def _is_text(subject: Any) -> bool:
    return isinstance(subject, str) or (issubclass(type(subject), type) and issubclass(subject, str))


def _is_exceptions_own(error: BaseException, name: str) -> bool:
    if isinstance(error, AttributeError) and name == "obj":
        return False
    kind = type(error)
    return (
        name in policy.EXCEPTION_ATTRIBUTES
        or is_own(kind)
        or name in BaseException.__dict__["__dict__"].__get__(error)
        or name == "add_note"
    )


def _read(obj: Any, name: str, default: Any) -> Any:
    kind = type(obj)
    if kind is Namespace and name not in obj.__dict__:
        return _missing(obj, name, default)
    if name in _package_refusals and any(belongs(obj) for belongs in _refused_of):
        raise AttributeError(f"the attribute {name} is not available in the sandbox: {_package_refusals[name]}")
    refusal = ""
    try:
        value = getattr(obj, name)
    except AttributeError as error:
        if default is not _MISSING:
            return default
        if is_own(kind):
            raise
        # Python's own text, without the object that its exception carries.
        refusal = str(error) or "no such attribute"
    if refusal:
        raise AttributeError(refusal)
    if name in determinism.NOW and type(value) is types.BuiltinFunctionType:
        return determinism.current(value.__self__, name) or value
    return _checked(obj, name, value)


def _checked(obj: Any, name: str, value: Any) -> Any:
    """The value of an attribute, or what a cell gets for it."""
    kind = type(value)
    if kind in _FORBIDDEN_TYPES or _is_refused_function(value, name):
        raise AttributeError(f"the attribute {name} is not available in the sandbox")
    if issubclass(kind, type):
        return class_value(value)
    if kind is types.FunctionType:
        if issubclass(type(obj), type) and not is_own(obj) and not is_cells(value):
            return _for_instances(obj, value)
        return value
    if kind in _SLOT_CALLS:
        return _call_of(value, name)
    return _unshared(obj, name, value)


def _for_instances(owner: type, function: Any) -> Any:
    """A method of a library's class that works on nothing else: it would trust any object's attributes."""
    if isinstance(dictionary_of(owner).get(function.__name__), staticmethod):
        return function

    def method(self: Any, *args: Any, **keywords: Any) -> Any:
        if not isinstance(self, owner):
            raise TypeError(f"{function.__name__} takes a {owner.__name__}, not a {type(self).__name__}")
        return function(self, *args, **keywords)

    method.__name__, method.__qualname__, method.__doc__ = function.__name__, function.__qualname__, function.__doc__
    return method


def _call_of(value: Any, name: str) -> Callable[..., Any]:
    def call(*args: Any, **keywords: Any) -> Any:
        return value(*args, **keywords)

    call.__name__ = call.__qualname__ = name
    return call


def is_cells(function: Any) -> bool:
    """Whether a cell has defined the function."""
    return type(function) is types.FunctionType and function.__code__.co_filename.startswith("<cell ")


def _is_refused_function(value: Any, name: str) -> bool:
    """Whether it formats text past the policy, or makes an ABC of Python's accept a class; however it was come by."""
    if name in _FORMATTING:
        return isinstance(value, _C_FUNCTIONS)
    if name == "register":
        owner = getattr(value, "__self__", None)
        # Python's own ABCs ask the classes that inherit from them, too.
        return isinstance(owner, abc.ABCMeta) and not all(
            is_own(kind) or kind in (abc.ABC, determinism.Addressed, object) for kind in order_of(owner)
        )
    return False


def _unshared(obj: Any, name: str, value: Any) -> Any:
    """The value, or a copy of it where it is a container that Python's own classes keep for everybody."""
    kind = type(value)
    if kind is types.MappingProxyType:
        # Compared with an instance of a cell's class, a proxy would hand that the dict itself.
        return dict(value)
    if kind in _WRITABLE:
        order = order_of(obj if issubclass(type(obj), type) else type(obj))
        if any(not is_own(each) and dictionary_of(each).get(name) is value for each in order):
            return value.copy()
    return value


def _missing(obj: Any, name: str, default: Any) -> Any:
    if default is not _MISSING:
        return default
    if type(obj) is Namespace:
        reason = refusals.of_member(obj._title[8:-1], name)
        raise AttributeError(f"{obj._title} has no attribute {name!r}" + (f": {reason}" if reason else ""))
    if issubclass(type(obj), type):
        raise AttributeError(f"type object {obj.__name__!r} has no attribute {name!r}")
    raise AttributeError(f"{type(obj).__name__!r} object has no attribute {name!r}")


def _underscored(obj: Any, name: str, default: Any) -> Any:
    if not is_dunder(name):
        return _private(obj, name, default)
    value = _dunder(obj, name)
    if value is _MISSING:
        raise AttributeError(
            f"the attribute {name} is not available in the sandbox{policy.DUNDER_REMEDIES.get(name, '')}"
        )
    return value


def _private(obj: Any, name: str, default: Any) -> Any:
    """An attribute with a leading underscore: the cell's own, never a library's."""
    kind = type(obj)
    if kind is types.FunctionType and is_cells(obj) and name in obj.__dict__:
        return obj.__dict__[name]
    is_class = issubclass(kind, type)
    order = order_of(obj if is_class else kind)
    if kind is super:
        order = order_of(obj.__self_class__)
        order = order[order.index(obj.__thisclass__) + 1 :]
    owner = next((each for each in order if name in dictionary_of(each)), None)
    if owner is None:
        own = not is_class and (is_own(kind) or kind is super)
        own = own or (isinstance(obj, Exception) and name in BaseException.__dict__["__dict__"].__get__(obj))
        return _read(obj, name, default) if own else _missing(obj, name, default)
    if (
        is_own(owner)
        or (name in policy.NAMEDTUPLE_NAMES and issubclass(owner, tuple))
        or (name in policy.ENUM_NAMES and is_enumeration(owner))
    ):
        return _read(obj, name, default)
    return _missing(obj, name, default)


def _dunder(obj: Any, name: str) -> Any:
    """The attribute with a name of Python's, `_MISSING` where it is refused."""
    kind = type(obj)
    special = _SPECIAL.get(name)
    if special is not None:
        return special(obj)
    if name not in policy.CLASS_NAMES:
        return _MISSING
    if kind is super:
        return _method(obj, name) if is_own(obj.__self_class__) else _MISSING
    if issubclass(kind, type):
        return _method(obj, name) if is_own(obj) or obj in _NAMED or _is_base(obj) else _MISSING
    if is_own(kind) or kind in _PLAIN or _shows_itself(kind, name):
        return _method(obj, name)
    return _MISSING


# What an operator, `iter`, `next`, `len` or `str` calls all the same, by its own name.
_BY_OPERATORS = frozenset(
    f"__{name}__"
    for name in (
        *("iter", "next", "len", "contains", "getitem", "reversed", "bool", "hash", "str", "repr", "format"),
        *("eq", "ne", "lt", "le", "gt", "ge", "add", "radd", "sub", "rsub", "mul", "rmul", "truediv", "rtruediv"),
        *("floordiv", "mod", "divmod", "pow", "neg", "pos", "abs", "round", "int", "float", "index", "length_hint"),
    )
)
_ITERATORS = (types.GeneratorType, map, filter, zip, enumerate, range)


def _shows_itself(kind: type, name: str) -> bool:
    if kind in _ITERATORS:
        return True
    if name not in _BY_OPERATORS:
        return False
    return kind in constructible or (
        kind.__module__ in ("builtins", "itertools", "_collections", "collections") and issubclass(kind, Iterator)
    )


def _is_base(cls: type) -> bool:
    return issubclass(cls, BaseException) or any(cls is base for base in allowed_bases)


def _method(obj: Any, name: str) -> Any:
    if name in ("__new__", "__setattr__", "__delattr__"):
        return _SAFE_METHODS[name](obj)
    value = _checked(obj, name, getattr(obj, name))
    if name in ("__repr__", "__str__", "__format__") and not is_cells(value):
        return _showing(value, obj)
    return value


def _showing(method: Callable[..., Any], obj: Any) -> Callable[..., Any]:
    def show(*args: Any) -> Any:
        text = method(*args)
        return determinism.settled(text, [obj, *args]) if type(text) is str else text

    show.__name__ = show.__qualname__ = method.__name__
    return show


def _new(owner: Any) -> Callable[..., Any]:
    def __new__(cls: Any, *args: Any, **keywords: Any) -> Any:  # noqa: N807
        if not issubclass(type(cls), type) or not (is_own(cls) or cls in _NAMED):
            raise TypeError("__new__ takes a class of yours in the sandbox")
        return owner.__new__(cls, *args, **keywords)

    return __new__


def _changing(name: str) -> Callable[[Any], Callable[..., Any]]:
    def of(owner: Any) -> Callable[..., Any]:
        raw = getattr(owner, name)

        def change(*args: Any) -> Any:
            # Read from a class, the method is given the object, too.
            bound = not issubclass(type(owner), type)
            subject: Any = owner.__self__ if type(owner) is super else owner  # type: ignore[attr-defined]
            subject, rest = (subject, args) if bound else (args[0] if args else None, args[1:])
            if not is_own(type(subject)):
                raise TypeError(f"{name} takes an instance of a class of yours in the sandbox")
            checked = _settable(subject, rest[0] if rest else None), *rest[1:]
            return raw(*checked) if bound else raw(subject, *checked)

        change.__name__ = change.__qualname__ = name
        return change

    return of


_SAFE_METHODS: dict[str, Callable[[Any], Any]] = {
    "__new__": _new,
    "__setattr__": _changing("__setattr__"),
    "__delattr__": _changing("__delattr__"),
}


def _getattribute(obj: Any) -> Any:
    if obj is object:
        return lambda subject, name: guarded_getattr(subject, name)
    if type(obj) is super:
        return lambda name: guarded_getattr(obj, name)
    return _MISSING


def _named(attribute: str) -> Callable[[Any], Any]:
    def name_of(obj: Any) -> Any:
        kind = type(obj)
        if kind is Namespace and attribute == "__name__":
            return obj._title.removeprefix("module '").removesuffix("'")
        behind = class_behind(obj)
        if kind in _CALLABLES or kind is Kind or issubclass(kind, type):
            return str.__str__(getattr(behind, attribute))
        if is_own(kind) or _is_wrapper(obj):
            value = getattr(obj, attribute, None)
            return str.__str__(value) if isinstance(value, str) else _missing(obj, attribute, _MISSING)
        return _missing(obj, attribute, _MISSING)

    return name_of


def _is_wrapper(obj: Any) -> bool:
    return type(obj).__module__ == "functools"


def _module_of(obj: Any) -> Any:
    kind = type(obj)
    owner = obj if kind in _CALLABLES or issubclass(kind, type) else kind
    if (issubclass(type(owner), type) and is_own(owner)) or is_cells(owner):
        return "__main__"
    module = getattr(class_behind(owner), "__module__", None)
    return module if type(module) is str and not module.startswith("rlm_kernel") else "builtins"


def _doc_of(obj: Any) -> Any:
    text = getattr(class_behind(obj), "__doc__", None)
    return text if type(text) is str else None


def _dict_of(obj: Any) -> Any:
    kind = type(obj)
    if issubclass(kind, type) and is_own(obj):
        return {
            name: value
            for name, value in dictionary_of(obj).items()
            if not is_reserved(name) and not is_dunder(name) and type(value) not in _FORBIDDEN_TYPES
        }
    if is_own(kind):
        held = instance_dict(obj)
        return _missing(obj, "__dict__", _MISSING) if held is None else Attributes(held)
    if is_cells(obj):
        return Attributes(obj.__dict__)
    return _MISSING


def instance_dict(obj: Any) -> dict[str, Any] | None:
    """The dictionary of an instance, None where it has none."""
    for cls in order_of(type(obj)):
        descriptor = dictionary_of(cls).get("__dict__")
        if type(descriptor) is types.GetSetDescriptorType:
            held: dict[str, Any] = descriptor.__get__(obj)
            return held
    return None


def _of_own_class(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda obj: read(obj) if issubclass(type(obj), type) and is_own(obj) else _MISSING


def _slots_of(obj: Any) -> Any:
    kind = type(obj)
    if issubclass(kind, type):
        return dictionary_of(obj).get("__slots__", _MISSING) if is_own(obj) else _MISSING
    slots = (dictionary_of(cls).get("__slots__", _MISSING) for cls in order_of(kind) if is_own(cls))
    return next((names for names in slots if names is not _MISSING), _MISSING)


def _match_args_of(cls: Any) -> Any:
    names = getattr(cls, "__match_args__", ()) if issubclass(type(cls), type) else ()
    return tuple(map(exact_name, names)) if isinstance(names, tuple) else ()


def _annotations_of(obj: Any) -> Any:
    obj = _function_behind(obj)
    if is_cells(obj) or (issubclass(type(obj), type) and is_own(obj)):
        return dict(obj.__annotations__) if is_cells(obj) else annotations_of(obj)
    return _MISSING


def _function_behind(obj: Any) -> Any:
    """The function of a bound method, anything else as it is."""
    return obj.__func__ if type(obj) is types.MethodType else obj


def _of_cells_function(attribute: str) -> Callable[[Any], Any]:
    def read(obj: Any) -> Any:
        obj = _function_behind(obj)
        value = getattr(obj, attribute) if is_cells(obj) else _MISSING
        return dict(value) if type(value) is dict else value

    return read


def _wrapped(obj: Any) -> Any:
    held = instance_dict(obj) if is_own(type(obj)) else None
    inner = held.get("__wrapped__") if held is not None else None
    if is_cells(obj) or _is_wrapper(obj):
        inner = getattr(obj, "__wrapped__", None)
    return inner if is_cells(inner) else _MISSING


def _self_of(obj: Any) -> Any:
    if type(obj) not in (types.MethodType, types.BuiltinFunctionType):
        return _MISSING
    subject = obj.__self__
    own = is_own(subject) if issubclass(type(subject), type) else is_own(type(subject))
    return subject if own or type(subject) in _PLAIN else _MISSING


def _func_of(obj: Any) -> Any:
    return (
        obj.__func__
        if type(obj) in (types.MethodType, staticmethod, classmethod) and is_cells(obj.__func__)
        else _MISSING
    )


def _exception_before(attribute: str) -> Callable[[Any], Any]:
    def read(error: Any) -> Any:
        if not isinstance(error, BaseException):
            return _MISSING
        before = BaseException.__dict__[attribute].__get__(error)
        return before if before is None or (isinstance(before, BaseException) and can_be_caught(before)) else None

    return read


def _notes_of(error: Any) -> Any:
    if not isinstance(error, BaseException):
        return _MISSING
    notes = BaseException.__dict__["__dict__"].__get__(error).get("__notes__")
    return notes if notes is not None else _missing(error, "__notes__", _MISSING)


def _bases_of(cls: Any) -> Any:
    return tuple(class_value(base) if base is not determinism.Addressed else object for base in cls.__bases__)


_SPECIAL: dict[str, Callable[[Any], Any]] = {
    "__class__": class_of,
    "__name__": _named("__name__"),
    "__qualname__": _named("__qualname__"),
    "__module__": _module_of,
    "__doc__": _doc_of,
    "__dict__": _dict_of,
    "__annotations__": _annotations_of,
    "__defaults__": _of_cells_function("__defaults__"),
    "__kwdefaults__": _of_cells_function("__kwdefaults__"),
    "__wrapped__": _wrapped,
    "__self__": _self_of,
    "__func__": _func_of,
    "__mro__": _of_own_class(visible_order),
    "__bases__": _of_own_class(_bases_of),
    "__base__": _of_own_class(lambda cls: _bases_of(cls)[0]),
    "__subclasses__": _of_own_class(lambda cls: lambda: [each for each in type.__subclasses__(cls) if is_own(each)]),
    "__slots__": _slots_of,
    "__match_args__": _match_args_of,
    "__members__": lambda obj: dict(obj.__members__) if is_enumeration(obj) else _MISSING,
    "__dataclass_fields__": lambda obj: _fields_of(obj),
    "__required_keys__": _of_own_class(lambda cls: getattr(cls, "__required_keys__", _MISSING)),
    "__optional_keys__": _of_own_class(lambda cls: getattr(cls, "__optional_keys__", _MISSING)),
    "__total__": _of_own_class(lambda cls: getattr(cls, "__total__", _MISSING)),
    "__abstractmethods__": _of_own_class(lambda cls: getattr(cls, "__abstractmethods__", frozenset())),
    "__getattribute__": _getattribute,
    "__traceback__": lambda obj: traceback_of(obj) if isinstance(obj, BaseException) else _MISSING,
    "__cause__": _exception_before("__cause__"),
    "__context__": _exception_before("__context__"),
    "__suppress_context__": lambda obj: obj.__suppress_context__ if isinstance(obj, BaseException) else _MISSING,
    "__notes__": _notes_of,
}


def _fields_of(obj: Any) -> Any:
    cls = obj if issubclass(type(obj), type) else type(obj)
    fields = next(
        (
            dictionary_of(each)["__dataclass_fields__"]
            for each in order_of(cls)
            if "__dataclass_fields__" in dictionary_of(each)
        ),
        None,
    )
    return dict(fields) if type(fields) is dict else _MISSING


class GuardedFormatter(string.Formatter):
    """`str.format` that reads attributes under the policy."""

    def get_field(self, field_name: str, args: Any, kwargs: Any) -> tuple[Any, Any]:
        """The object that a field such as `0.name[key]` names, and the first part of the name."""
        # The standard library's own parser of field names has no public name.
        import _string  # type: ignore[import-not-found]

        first, rest = _string.formatter_field_name_split(exact_name(field_name))
        if type(first) is int and first >= len(args):
            raise IndexError(f"Replacement index {first} out of range for positional args tuple")
        obj = self.get_value(first, args, kwargs)
        for is_attribute, key in rest:
            obj = guarded_getattr(obj, key) if is_attribute else obj[key]
        return obj, first

    def convert_field(self, value: Any, conversion: Any) -> Any:
        """The value, or its text where a conversion asks for it."""
        return super().convert_field(determinism.in_format(value), conversion)

    def format_field(self, value: Any, format_spec: str) -> Any:
        """The value in the form that the specification says."""
        return format(determinism.in_format(value), format_spec)


def _formatting(obj: Any, name: str) -> Callable[..., str]:
    if issubclass(type(obj), type):
        return lambda text, *args, **kwargs: _formatting(_text_for(text, name), name)(*args, **kwargs)
    text = str.__str__(obj)
    if name == "format":
        return lambda *args, **kwargs: GuardedFormatter().vformat(text, args, kwargs)
    return lambda mapping: GuardedFormatter().vformat(text, (), mapping)


def _text_for(text: Any, name: str) -> str:
    if not isinstance(text, str):
        raise TypeError(f"descriptor '{name}' for 'str' objects doesn't apply to a {type(text).__name__!r} object")
    return text


def guarded_write(obj: Any, name: str = "") -> Any:
    """Let through what a cell may write to; refuse everything else."""
    kind = type(obj)
    if name in policy.CLASS_DUNDERS and not (issubclass(kind, type) and is_own(obj)):
        raise AttributeError(f"the attribute {name} may not be changed: only a class of yours has it set")
    if kind in _WRITABLE or is_own(kind) or kind in _UNCHANGING:
        return obj
    if issubclass(kind, type) and is_own(obj):
        return obj
    if name and (is_cells(obj) or (isinstance(obj, Exception) and can_be_caught(obj))):
        return obj
    if kind in _package_kinds and name[:1] != "_" and name not in _package_names_kept:
        return obj
    what = obj._title if kind is Namespace else kind.__name__
    raise TypeError(f"{what} is read-only in the sandbox: copy it first, e.g. list(...) or dict(...)")


def _settable(obj: Any, attribute: Any) -> str:
    name = exact_name(attribute)
    if (
        is_reserved(name)
        or name in policy.REFUSED_ATTRIBUTES
        or (is_dunder(name) and name not in policy.WRITABLE_DUNDERS)
        or type(obj) in _WRITABLE
    ):
        raise AttributeError(f"the attribute {name} may not be changed")
    return name


def guarded_setattr(obj: Any, name: Any, value: Any) -> None:
    """`setattr` under the same rules as `obj.name = value`."""
    if isinstance(name, str) and str.__str__(name) in policy.CLASS_DUNDERS:
        name = exact_name(name)
        setattr(guarded_write(obj, name), name, member(name, value))
        return
    name = _settable(obj, name)
    setattr(guarded_write(obj, name), name, exact(value) if is_dunder(name) else value)


def guarded_delattr(obj: Any, name: Any) -> None:
    """`delattr` under the same rules as `del obj.name`."""
    name = _settable(obj, name)
    delattr(guarded_write(obj, name), name)


def guarded_hasattr(obj: Any, name: Any) -> bool:
    """`hasattr` under the policy."""
    try:
        guarded_getattr(obj, name)
    except AttributeError:
        return False
    return True


def guarded_dir(obj: Any) -> list[str]:
    """The attributes of an object that a cell may read, without those that have a name of Python's."""
    behind = class_behind(obj)
    kind = type(behind)
    own = is_own(behind) if issubclass(kind, type) else is_own(kind)
    names = [name for name in dir(behind) if type(name) is str and not is_reserved(name)]
    return [
        name
        for name in names
        if name not in policy.REFUSED_ATTRIBUTES
        and not is_dunder(name)
        and (name[:1] != "_" or (own and guarded_hasattr(obj, name)))
    ]


def cell_line(error: BaseException, filename: str) -> int | None:
    """The line of the cell (1-based) that an exception passed last, None if it passed none."""
    return next((line for cell, line, _ in reversed(cell_entries(error)) if cell == filename), None)


def constructible_class(cls: type) -> None:
    """Note a class that a facade hands out: what is of it may be asked for it."""
    constructible.add(cls)
