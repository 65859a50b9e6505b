"""`typing` and `types` as the sandbox sees them: names for annotations, and the few things that do something."""

from __future__ import annotations

import types
import typing
from collections.abc import Callable
from typing import Any

from . import determinism
from .own_classes import allowed_bases, annotations_of, class_value, is_own, order_of, remember
from .transformer import is_dunder
from .values import Namespace, exact_name, is_cells

# Names of `typing` that are for annotations alone, or classes to inherit from.
_NAMES = """
    Annotated AnyStr AsyncGenerator AsyncIterable AsyncIterator Awaitable BinaryIO ByteString ChainMap Collection
    Concatenate Container ContextManager Coroutine Counter DefaultDict Deque Dict Final FrozenSet Generator Generic
    Hashable IO ItemsView Iterable Iterator KeysView List Literal LiteralString Mapping MappingView Match
    MutableMapping MutableSequence MutableSet Never NewType NoReturn NotRequired Optional OrderedDict ParamSpec
    ParamSpecArgs Pattern Protocol Required Reversible Self Sequence Set Sized SupportsAbs SupportsBytes
    SupportsComplex SupportsFloat SupportsIndex SupportsInt SupportsRound Text TextIO Tuple Type TypeAlias
    TypeGuard TypeVarTuple Union Unpack ValuesView Any Callable ClassVar cast assert_never get_args is_typeddict
    runtime_checkable
"""
_TYPES = """
    BuiltinFunctionType BuiltinMethodType EllipsisType FunctionType GeneratorType CoroutineType GenericAlias
    LambdaType NotImplementedType UnionType AsyncGeneratorType MethodWrapperType
"""


class _Base:
    """A name of `typing` that is inherited from, and that makes a class when called."""

    def __init__(self, base: Any, make: Any) -> None:
        self._base = base
        self._make = make

    def __mro_entries__(self, _bases: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(self._base.__mro_entries__((self._base,)))

    def __call__(self, typename: Any, fields: Any = (), /, **options: Any) -> Any:
        return self._make(exact_name(typename), fields, **options)

    def __repr__(self) -> str:
        return f"<function {self._base.__name__}>"


def _named_tuple(typename: str, fields: Any) -> Any:
    pairs = [(exact_name(name), object if isinstance(kind, str) else kind) for name, kind in fields]
    return _of_the_cell(typing.NamedTuple(typename, pairs))


def _typed_dict(typename: str, fields: Any, *, total: bool = True) -> Any:
    pairs = {exact_name(name): object if isinstance(kind, str) else kind for name, kind in dict(fields).items()}
    make: Any = typing.TypedDict
    return _of_the_cell(make(typename, pairs, total=total))


def _of_the_cell(cls: Any) -> Any:
    # Else it would say that it is of this module, which made it.
    cls.__module__ = "__main__"
    return remember(cls)


def _type_var(name: Any, *constraints: Any, **options: Any) -> Any:
    # A text would be compiled.
    kinds = [object if isinstance(each, str) else each for each in constraints]
    options = {key: object if isinstance(value, str) else value for key, value in options.items()}
    return typing.TypeVar(exact_name(name), *kinds, **options)


_evaluators: list[Callable[[str], Any]] = []


def evaluate_with(*evaluate: Callable[[str], Any]) -> None:
    """Have the texts of annotations evaluated under the policy, among the cells' variables; without a function, by
    nobody: it holds the variables, and so the document."""
    _evaluators[:] = evaluate


def hint_of(annotation: Any) -> Any:
    """What an annotation means: that of a text is evaluated as an expression of the cell's."""
    if annotation is None:
        return type(None)
    return _evaluators[0](annotation) if type(annotation) is str else annotation


def _type_hints(obj: Any, **_options: Any) -> dict[str, Any]:
    if type(obj) is types.MethodType:
        obj = obj.__func__
    if is_cells(obj):
        return {name: hint_of(value) for name, value in obj.__annotations__.items()}
    cls = obj if issubclass(type(obj), type) else type(obj)
    if not is_own(cls):
        raise TypeError("get_type_hints() takes a class or a function of yours in the sandbox")
    hints: dict[str, Any] = {}
    for each in reversed(order_of(cls)):
        if is_own(each):
            hints |= {name: hint_of(value) for name, value in annotations_of(each).items()}
    return hints


def _origin(tp: Any) -> Any:
    origin = typing.get_origin(tp)
    return class_value(origin) if isinstance(origin, type) else origin


def _same(value: Any, *_args: Any) -> Any:
    return value


class SimpleNamespace(determinism.Addressed):
    """Stands for `types.SimpleNamespace`: an object of the cells' own."""

    def __init__(self, /, **attributes: Any) -> None:
        for name in attributes:
            if is_dunder(name):
                raise TypeError(f"the name {name} is reserved in the sandbox")
        self.__dict__.update({exact_name(name): value for name, value in attributes.items()})

    def __repr__(self) -> str:
        kind = "namespace" if type(self) is SimpleNamespace else type(self).__name__
        return f"{kind}({', '.join(f'{name}={value!r}' for name, value in self.__dict__.items())})"

    def __eq__(self, other: object) -> Any:
        if isinstance(other, SimpleNamespace):
            return self.__dict__ == other.__dict__
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]


SimpleNamespace.__module__ = "types"


class _MethodType:
    """Stands for `types.MethodType`: it binds a function of the cell's."""

    def __call__(self, function: Any, obj: Any) -> Any:
        if not is_cells(function):
            raise TypeError("MethodType takes a function of yours in the sandbox")
        return types.MethodType(function, obj)

    def __instancecheck__(self, obj: Any) -> bool:
        return isinstance(obj, types.MethodType)

    def __repr__(self) -> str:
        return "<class 'method'>"


def stand_ins() -> dict[str, dict[str, Any]]:
    """Module -> name -> what stands for it."""
    named_tuple = _Base(typing.NamedTuple, _named_tuple)
    typed_dict = _Base(typing.TypedDict, _typed_dict)
    allowed_bases.extend([named_tuple, typed_dict])
    remember(SimpleNamespace)
    names = {name: getattr(typing, name) for name in _NAMES.split() if hasattr(typing, name)}
    kinds = {name: class_value(getattr(types, name)) for name in _TYPES.split() if hasattr(types, name)}
    return {
        "typing": names
        | {
            "NamedTuple": named_tuple,
            "TypedDict": typed_dict,
            "TypeVar": _type_var,
            "TYPE_CHECKING": False,
            "get_type_hints": _type_hints,
            "get_origin": _origin,
            "final": _same,
            "overload": _same,
            "override": _same,
            "no_type_check": _same,
            "assert_type": _same,
            "reveal_type": _same,
        },
        "types": kinds
        | {
            "SimpleNamespace": SimpleNamespace,
            "MappingProxyType": types.MappingProxyType,
            "MethodType": _MethodType(),
            "ModuleType": class_value(Namespace),
            "NoneType": type(None),
        },
    }
