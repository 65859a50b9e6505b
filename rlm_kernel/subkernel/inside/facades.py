"""Modules as the sandbox sees them: immutable, with the names of `policy.MODULES` and a few safe stand-ins."""

from __future__ import annotations
import __future__

import contextlib
import gc
import importlib
import types
from collections.abc import Callable
from typing import Any

from . import determinism, mechanisms, modules, packages, policy, refusals
from .mechanisms import Redirection
from .own_classes import constructible
from .transformer import is_dunder
from .values import Namespace


def _stand_ins(output: Redirection, line: Callable[[], int | None]) -> dict[str, dict[str, Any]]:
    merged: dict[str, dict[str, Any]] = {
        "gc": {"collect": _collect},
        "__future__": dict.fromkeys(__future__.all_feature_names),
    }
    writing = output.stdout.write, output.stderr.write
    for more in (determinism.stand_ins(), mechanisms.stand_ins(output), modules.stand_ins(*writing, line)):
        for module, names in more.items():
            merged[module] = merged.get(module, {}) | names
    return merged


def _collect(generation: int = 2) -> int:
    """Collect garbage; how much there was depends on more than the cell, so it is not told."""
    gc.collect(generation)
    return 0


_OURS = __name__.partition(".")[0]


class Importer:
    """`import` for the sandbox. Everything is loaded at construction: after lockdown nothing can be read from disk."""

    def __init__(
        self,
        output: Redirection,
        line: Callable[[], int | None] = lambda: None,
        bind: Callable[[dict[str, Any]], None] = lambda _names: None,
    ) -> None:
        stand_ins = _stand_ins(output, line)
        self._bind = bind
        self._modules: dict[str, Namespace] = {}
        # The longest names first: a package's facade holds the facades of its allowed submodules.
        for name in sorted(policy.ALLOWED_MODULES, key=lambda name: -name.count(".")):
            self._modules[name] = self._facade(name, stand_ins.get(name, {}))
        self._modules |= packages.facades()
        _preload()

    def _facade(self, name: str, stand_ins: dict[str, Any]) -> Namespace:
        members: dict[str, Any] = {}
        if name in policy.MODULES:
            module = importlib.import_module(name)
            members = {member: getattr(module, member) for member in policy.MODULES[name] if hasattr(module, member)}
        members |= stand_ins
        for whole, facade in self._modules.items():
            if whole.rpartition(".")[0] == name:
                members[whole.rpartition(".")[2]] = facade
        for member, value in members.items():
            if member in stand_ins and isinstance(value, types.FunctionType):
                value.__name__ = value.__qualname__ = member
                value.__module__ = name
            if issubclass(type(value), type):
                constructible.add(value)
                if value.__module__.startswith(_OURS):
                    value.__module__, value.__qualname__ = name, value.__name__
            if isinstance(value, types.ModuleType) or is_dunder(member):
                raise AssertionError(f"the policy hands out {name}.{member}")
        return Namespace(f"module {name!r}", members)

    def load(self, module: str, name: str | None) -> Any:
        """`import module` (name None: the top package), `import module as x` (name ""), `from module import name`;
        name "*" puts all names of the module among the cell's."""
        if module not in self._modules:
            raise ModuleNotFoundError(f"{module!r} is not available in the sandbox: {refusals.of_module(module)}")
        if name is None:
            return self._modules[module.partition(".")[0]]
        if name == "":
            return self._modules[module]
        members = self._modules[module].__dict__
        if name == "*":
            self._bind({each: value for each, value in members.items() if not each.startswith("_")})
            return None
        if name in members and not name.startswith("_"):
            return members[name]
        reason = refusals.of_member(module, name)
        raise ImportError(
            f"{name!r} cannot be imported from {module!r} in the sandbox" + (f": {reason}" if reason else "")
        )


_CODECS = """ascii base64_codec cp437 cp850 cp1250 cp1251 cp1252 hex_codec idna iso8859_1 iso8859_2 iso8859_15
    latin_1 mac_roman punycode quopri_codec raw_unicode_escape rot_13 unicode_escape utf_8 utf_8_sig
    utf_16 utf_16_be utf_16_le utf_32 utf_32_be utf_32_le"""


# What functions of the standard library import when they are called first; which there are depends on Python.
_LATE = "_ast_unparse _pylong _sha2 _strptime _suggestions email.charset unicodedata"


def _preload() -> None:
    """Import what the standard library would only import on first use."""
    for name in _LATE.split():
        with contextlib.suppress(ModuleNotFoundError):
            importlib.import_module(name)
    for codec in _CODECS.split():
        importlib.import_module(f"encodings.{codec}")
    "x".encode("ascii", "xmlcharrefreplace")
