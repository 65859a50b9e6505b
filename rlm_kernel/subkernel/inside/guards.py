"""What the rewritten code calls at run time to read attributes; `writing` and `introspection` have the rest.

The rules are in `policy`; these modules only enforce them. Nothing in them trusts a type's own methods: exact types are
compared by identity, and names are exact strings.
"""

from __future__ import annotations

import abc
import re
import string
import types
import typing
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from ...document import Document
from ...document.text import OTHER_LINE_ENDS
from ...document.view import lines_of
from . import determinism, policy
from .faults import cell_entries
from .introspection import SPECIAL
from .own_classes import (
    Kind,
    allowed_bases,
    class_behind,
    class_value,
    constructible,
    dictionary_of,
    is_enumeration,
    is_own,
    order_of,
    visible_order,
)
from .transformer import is_dunder, is_reserved
from .values import CALLABLES, FORBIDDEN_TYPES, MISSING, NAMED, PLAIN, Namespace, exact_name, is_cells, missing
from .writing import WRITABLE, settable

_SLOT_CALLS = (types.MethodWrapperType, types.WrapperDescriptorType, types.ClassMethodDescriptorType)
_ALIASES = (type(typing.List), type(typing.List[int]))  # noqa: UP006  those of `list` are of another class
_PROXIES: tuple[type, ...] = (types.GenericAlias, *(kind for alias in _ALIASES for kind in type.mro(alias)[:-1]))
_SUPERS_CLASS, _SUPERS_OBJECT = (super.__dict__[name].__get__ for name in ("__thisclass__", "__self__"))
_C_FUNCTIONS = (types.BuiltinFunctionType, types.MethodDescriptorType)
_FORMATTING = frozenset(["format", "format_map"])
_OTHER_LINE_ENDS = re.compile(f"[{OTHER_LINE_ENDS}]")
_package_refusals: dict[str, list[tuple[Callable[[Any], bool], str]]] = {}


def refuse_of_packages(names: Mapping[str, str], belongs: Callable[[Any], bool]) -> None:
    """Refuse attributes (name -> what to use) of the objects and classes that `belongs` says yes to."""
    for name, remedy in names.items():
        _package_refusals.setdefault(name, []).append((belongs, remedy))


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


def _split_any(text: Any, /, keepends: bool = False) -> list[str]:
    """`str.splitlines` as it is had from the class, e.g. for `map`."""
    return _split_lines(text, keepends) if type(text) is str else str.splitlines(text, keepends)


def guarded_getattr(obj: Any, name: Any, default: Any = MISSING) -> Any:
    """`obj.name` under the policy. Raises AttributeError for what is missing or refused; never carries the object."""
    if type(name) is not str:
        name = exact_name(name)
    kind = type(obj)
    if kind is super and not is_own(_SUPERS_CLASS(obj)):
        # Behind a stand-in comes what it stands for.
        raise TypeError("super() begins at a class of yours in the sandbox")
    if kind in PLAIN and name[:1] != "_" and name not in _FORMATTING:
        if name == "splitlines" and kind is str:
            return lambda keepends=False: _split_lines(obj, keepends)
        value = getattr(obj, name, MISSING)
        return missing(obj, name, default) if value is MISSING else value
    if obj is str and name == "splitlines":
        return _split_any
    if name[:1] == "_":
        return _underscored(obj, name, default)
    if name in policy.REFUSED_ATTRIBUTES or kind in FORBIDDEN_TYPES or is_reserved(name):
        if name == "mro" and issubclass(kind, type) and is_own(obj):
            return lambda: list(visible_order(obj))
        raise AttributeError(f"the attribute {name} is not available in the sandbox")
    if kind is Kind or issubclass(kind, _PROXIES):
        return missing(obj, name, default)
    # A super object reads from the object that it was made for.
    subject = _SUPERS_OBJECT(obj) if kind is super else obj
    if name in _FORMATTING and _is_text(subject):
        return _formatting(subject, name)
    if isinstance(subject, BaseException):
        if name == "with_traceback":
            return lambda _traceback: subject
        if not _is_exceptions_own(subject, name):
            return missing(obj, name, default)
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
        return missing(obj, name, default)
    for belongs, remedy in _package_refusals.get(name, ()):
        if belongs(obj):
            raise AttributeError(f"the attribute {name} is not available in the sandbox: {remedy}")
    refusal = ""
    try:
        value = getattr(obj, name)
    except AttributeError as error:
        if default is not MISSING:
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
    if kind in FORBIDDEN_TYPES or _is_refused_function(value, name):
        raise AttributeError(f"the attribute {name} is not available in the sandbox")
    if issubclass(kind, type):
        return class_value(value)
    if kind is types.FunctionType:
        if issubclass(type(obj), type) and not is_cells(value):
            owner = next((each for each in order_of(obj) if name in dictionary_of(each)), obj)
            return value if is_own(owner) else _for_instances(owner, value)
        return value
    if kind in _SLOT_CALLS:
        return _call_of(value, name)
    return _unshared(obj, name, value)


def _for_instances(owner: type, function: Any) -> Any:
    """A method of a library's class that works on nothing else: it would trust any object's attributes."""
    if isinstance(dictionary_of(owner).get(function.__name__), staticmethod):
        return function

    def method(self: Any, *args: Any, **keywords: Any) -> Any:
        if not issubclass(type(self), owner):
            raise TypeError(f"{function.__name__} takes a {owner.__name__}, not a {type(self).__name__}")
        return function(self, *args, **keywords)

    method.__name__, method.__qualname__, method.__doc__ = function.__name__, function.__qualname__, function.__doc__
    return method


def _call_of(value: Any, name: str) -> Callable[..., Any]:
    def call(*args: Any, **keywords: Any) -> Any:
        return value(*args, **keywords)

    call.__name__ = call.__qualname__ = name
    return call


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
    if kind in WRITABLE:
        order = order_of(obj if issubclass(type(obj), type) else type(obj))
        if any(not is_own(each) and dictionary_of(each).get(name) is value for each in order):
            return value.copy()
    return value


def _underscored(obj: Any, name: str, default: Any) -> Any:
    if not is_dunder(name):
        return _private(obj, name, default)
    try:
        value = _dunder(obj, name)
    except AttributeError:
        if default is MISSING:
            raise
        return default
    if value is MISSING:
        if default is not MISSING and not _has_in_python(obj, name):
            return default
        raise AttributeError(
            f"the attribute {name} is not available in the sandbox{policy.DUNDER_REMEDIES.get(name, '')}"
        )
    return value


def _has_in_python(obj: Any, name: str) -> bool:
    """Whether Python would have the attribute: then a default would be a wrong answer."""
    kinds = order_of(type(obj))
    if type(obj) in CALLABLES:  # a bound method has what its function has
        kinds = (*kinds, types.FunctionType)
    return any(name in dictionary_of(each) for each in kinds)


def _private(obj: Any, name: str, default: Any) -> Any:
    """An attribute with a leading underscore: the cell's own, never a library's."""
    kind = type(obj)
    function = obj.__func__ if kind is types.MethodType else obj
    if is_cells(function) and name in function.__dict__:
        return function.__dict__[name]
    is_class = issubclass(kind, type)
    order = order_of(obj if is_class else kind)
    if kind is super:
        order = order_of(obj.__self_class__)
        order = order[order.index(obj.__thisclass__) + 1 :]
    owner = next((each for each in order if name in dictionary_of(each)), None)
    if owner is None:
        own = not is_class and (is_own(kind) or kind is super)
        own = own or (isinstance(obj, Exception) and name in BaseException.__dict__["__dict__"].__get__(obj))
        return _read(obj, name, default) if own else missing(obj, name, default)
    if (
        is_own(owner)
        or (name in policy.NAMEDTUPLE_NAMES and issubclass(owner, tuple))
        or (name in policy.ENUM_NAMES and is_enumeration(owner))
    ):
        return _read(obj, name, default)
    return missing(obj, name, default)


def _dunder(obj: Any, name: str) -> Any:
    """The attribute with a name of Python's, `MISSING` where it is refused."""
    kind = type(obj)
    special = _getattribute if name == "__getattribute__" else SPECIAL.get(name)
    if special is not None:
        return special(obj)
    if name not in policy.CLASS_NAMES:
        return MISSING
    if kind is super:
        return _method(obj, name) if is_own(obj.__self_class__) else MISSING
    if issubclass(kind, type):
        return _method(obj, name) if is_own(obj) or obj in NAMED or _is_base(obj) else MISSING
    if is_own(kind) or (kind in NAMED and kind is not object) or _shows_itself(kind, name):
        return _method(obj, name)
    if name == "__call__" and (kind in CALLABLES or kind.__module__ in ("functools", "operator")) and callable(obj):
        return _call_of(obj, name)
    return MISSING


# What an operator, `iter`, `next`, `len` or `str` calls all the same, by its own name.
_BY_OPERATORS = frozenset(
    f"__{name}__"
    for name in (
        *("iter", "next", "len", "contains", "getitem", "reversed", "bool", "hash", "str", "repr", "format"),
        *("eq", "ne", "lt", "le", "gt", "ge", "add", "radd", "sub", "rsub", "mul", "rmul", "truediv", "rtruediv"),
        *("floordiv", "mod", "divmod", "pow", "neg", "pos", "abs", "round", "int", "float", "index", "length_hint"),
    )
)
_VIEWS: tuple[type, ...] = (type({}.keys()), type({}.values()), type({}.items()))
_ITERABLES = frozenset(["builtins", "itertools", "_collections", "collections", "_csv", "csv"])
_ITERATORS = (types.GeneratorType, map, filter, zip, enumerate, range)


def _shows_itself(kind: type, name: str) -> bool:
    if kind in _ITERATORS:
        return True
    if name not in _BY_OPERATORS:
        return False
    return kind in constructible or kind in _VIEWS or (kind.__module__ in _ITERABLES and issubclass(kind, Iterable))


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
        if not issubclass(type(cls), type) or not (is_own(cls) or cls in NAMED):
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
            checked = settable(subject, rest[0] if rest else None), *rest[1:]
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
    return MISSING


class GuardedFormatter(string.Formatter):
    """`str.format` that reads attributes under the policy."""

    _numbered = 0
    _is_manual = False

    def parse(self, format_string: str) -> Iterator[tuple[str, str | None, str | None, str | None]]:
        """The parts of a format; a field without a name that reads something, "{.year}", gets its number."""
        for literal, field, specification, conversion in super().parse(format_string):
            if field is not None:
                first = re.match(r"[^.\[]*", field)
                if first is None or not first[0]:
                    field = f"{self._next()}{field}"
                elif first[0].isdecimal():
                    self._is_manual = True
                    if self._numbered:
                        raise ValueError("cannot switch from automatic field numbering to manual field specification")
            yield literal, field, specification, conversion

    def vformat(self, format_string: str, args: Any, kwargs: Any) -> str:
        """The text of a format, whose fields without a name are numbered from 0."""
        self._numbered, self._is_manual = 0, False
        return super().vformat(format_string, args, kwargs)

    def _next(self) -> int:
        if self._is_manual:
            raise ValueError("cannot switch from manual field specification to automatic field numbering")
        self._numbered += 1
        return self._numbered - 1

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
