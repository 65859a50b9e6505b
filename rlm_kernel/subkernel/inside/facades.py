"""Modules as the sandbox sees them: immutable, with the names of `policy.MODULES` and a few safe stand-ins."""

from __future__ import annotations

import importlib
import types
from typing import Any

from ...document.search.rows import Record
from . import determinism, mechanisms, policy
from .guards import Namespace, guarded_getattr
from .mechanisms import Redirection
from .own_classes import constructible
from .scopes import NameView
from .transformer import is_dunder
from .views import ReadOnlyDict, ReadOnlyList, plain


def _dumps(obj: Any, **options: Any) -> str:
    import json

    own = options.pop("default", None)

    def default(value: Any) -> Any:
        ours = isinstance(value, ReadOnlyList | ReadOnlyDict | Record | NameView)
        return plain(value) if ours or own is None else own(value)

    return json.dumps(obj, default=default, **options)


def _dump(obj: Any, file: Any, **options: Any) -> None:
    guarded_getattr(file, "write")(_dumps(obj, **options))


def _stand_ins(output: Redirection) -> dict[str, dict[str, Any]]:
    import pprint

    def show(obj: Any, *_args: Any, **options: Any) -> None:
        options.pop("stream", None)
        output.write(determinism.settled(pprint.pformat(obj, **options), obj) + "\n")

    return (
        determinism.stand_ins()
        | mechanisms.stand_ins(output)
        | {
            "json": {"dumps": _dumps, "dump": _dump},
            "pprint": {"pprint": show, "pp": show},
            "__future__": {"annotations": None},
        }
    )


class Importer:
    """`import` for the sandbox. Everything is loaded at construction: after lockdown nothing can be read from disk."""

    def __init__(self, output: Redirection) -> None:
        stand_ins = _stand_ins(output)
        self._modules: dict[str, Namespace] = {}
        # The longest names first: a package's facade holds the facades of its allowed submodules.
        for name in sorted(policy.ALLOWED_MODULES, key=lambda name: -name.count(".")):
            self._modules[name] = self._facade(name, stand_ins.get(name, {}))
        _preload()

    def _facade(self, name: str, stand_ins: dict[str, Any]) -> Namespace:
        members: dict[str, Any] = {}
        if name in policy.MODULES:
            module = importlib.import_module(name)
            for member in policy.MODULES[name]:
                whole = f"{name}.{member}"
                if whole in self._modules:
                    members[member] = self._modules[whole]
                elif hasattr(module, member):
                    members[member] = getattr(module, member)
        members |= stand_ins
        for member, value in members.items():
            if member in stand_ins and isinstance(value, types.FunctionType):
                value.__name__ = value.__qualname__ = member
            if isinstance(value, types.ModuleType) or is_dunder(member):
                raise AssertionError(f"the policy hands out {name}.{member}")
            if issubclass(type(value), type):
                constructible.add(value)
                if value.__module__.startswith("rlm_kernel"):
                    value.__module__ = name
        return Namespace(f"module '{name}'", members)

    def load_all(self, module: str) -> dict[str, Any]:
        """What `from module import *` gives."""
        return {name: value for name, value in self.load(module, "").__dict__.items() if not name.startswith("_")}

    def load(self, module: str, name: str | None) -> Any:
        """`import module` (name None: the top package), `import module as x` (name ""), `from module import name`."""
        if module not in self._modules:
            top = module.partition(".")[0]
            reason = policy.MISSING_MODULES.get(top, "only text and data modules of the standard library are")
            raise ModuleNotFoundError(f"{module!r} is not available in the sandbox: {reason}")
        if name is None:
            return self._modules[module.partition(".")[0]]
        if name == "":
            return self._modules[module]
        members = self._modules[module].__dict__
        if name in members and not name.startswith("_"):
            return members[name]
        raise ImportError(f"{name!r} cannot be imported from {module!r} in the sandbox")


_CODECS = """ascii cp437 cp850 cp1250 cp1251 cp1252 idna iso8859_1 iso8859_2 iso8859_15 latin_1 mac_roman punycode
    raw_unicode_escape unicode_escape utf_8 utf_8_sig utf_16 utf_16_be utf_16_le utf_32 utf_32_be utf_32_le"""


def _preload() -> None:
    """Import what the standard library would only import on first use."""
    for name in ("_strptime", "unicodedata", *(f"encodings.{codec}" for codec in _CODECS.split())):
        importlib.import_module(name)
    "x".encode("ascii", "xmlcharrefreplace")
