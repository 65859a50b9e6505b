"""`argparse` for lists of texts: it prints into the cell's output, and reads no file and no command line."""

from __future__ import annotations

import argparse
import gettext  # noqa: F401  argparse looks its texts up with it
from collections.abc import Callable, Sequence
from typing import Any

from ..own_classes import class_behind, remember
from ..transformer import is_dunder, is_reserved
from ..type_names import SimpleNamespace
from ..values import exact_name

_ACTIONS = (
    *("store", "store_const", "store_true", "store_false", "append", "append_const", "count", "extend", "help"),
    "version",
)
_OPTIONS = frozenset(
    ["action", "nargs", "const", "default", "type", "choices", "required", "help", "metavar", "dest", "version"]
)


class Namespace(SimpleNamespace):
    """What the options were set to."""

    def __repr__(self) -> str:
        return f"Namespace({', '.join(f'{name}={value!r}' for name, value in self.__dict__.items())})"

    def __contains__(self, name: object) -> bool:
        return name in self.__dict__


class _Parser(argparse.ArgumentParser):
    """Python's own, with a sink of ours."""

    write: Callable[[str], None]

    def _print_message(self, message: str, file: Any = None) -> None:  # noqa: ARG002
        if message:
            self.write(message)


def _checked(flags: tuple[Any, ...], options: dict[str, Any]) -> tuple[list[str], dict[str, Any]]:
    names = [exact_name(flag) for flag in flags]
    options = {exact_name(name): value for name, value in options.items()}
    unknown = sorted(set(options) - _OPTIONS)
    if unknown:
        raise TypeError(f"add_argument() takes no {unknown[0]!r} in the sandbox")
    action = options.get("action", "store")
    if type(action) is not str or action not in _ACTIONS:
        raise ValueError(f"the action of an argument is one of {', '.join(_ACTIONS)} in the sandbox")
    dest = options.get("dest")
    for name in [*names, *([exact_name(dest)] if dest is not None else [])]:
        bare = name.lstrip("-").replace("-", "_")
        if is_dunder(bare) or is_reserved(bare) or not bare:
            raise ValueError(f"an argument cannot be called {name!r}")
    if "type" in options:
        options["type"] = _converting(class_behind(options["type"]))
    for name in ("help", "metavar", "version"):
        if isinstance(options.get(name), str):
            options[name] = str.__str__(options[name])
    return names, options


def _converting(kind: Any) -> Any:
    if not callable(kind):
        raise ValueError(f"{kind!r} is not callable")

    def convert(text: str) -> Any:
        return kind(text)

    convert.__name__ = str.__str__(getattr(kind, "__name__", "value")) if isinstance(kind, type) else "value"
    return convert


class _Group:
    """Takes arguments, for a parser or a group of one."""

    def __init__(self, inner: Any, write: Callable[[str], None]) -> None:
        self._inner = inner
        self._write = write

    def add_argument(self, *flags: Any, **options: Any) -> None:
        """Take an argument."""
        names, checked = _checked(flags, options)
        self._inner.add_argument(*names, **checked)

    def add_argument_group(self, title: str | None = None, description: str | None = None) -> _Group:
        """A group, for the help."""
        return _Group(self._inner.add_argument_group(title, description), self._write)

    def add_mutually_exclusive_group(self, *, required: bool = False) -> _Group:
        """A group of which one argument may be given."""
        return _Group(self._inner.add_mutually_exclusive_group(required=required), self._write)


class ArgumentParser(_Group):
    """Stands for `argparse.ArgumentParser`."""

    def __init__(self, write: Callable[[str], None], inner: Any = None, **options: Any) -> None:
        super().__init__(_parser(write, options) if inner is None else inner, write)

    def add_subparsers(self, *, dest: Any = None, required: bool = False, help: Any = None) -> Any:  # noqa: A002
        """Parsers for commands."""
        options = {} if dest is None else {"dest": _checked((), {"dest": dest})[1]["dest"]}
        return _Commands(self._inner.add_subparsers(required=required, help=help, **options), self._write)

    def set_defaults(self, **values: Any) -> None:
        """Values of options that are not given."""
        for name in values:
            _checked((name,), {})
        self._inner.set_defaults(**values)

    def parse_args(self, args: Sequence[str] | None = None) -> Namespace:
        """Read a list of texts."""
        return self._namespace(self._inner.parse_args(_texts(args)))

    def parse_known_args(self, args: Sequence[str] | None = None) -> tuple[Namespace, list[str]]:
        """Read a list of texts, and give back what is not known."""
        known, rest = self._inner.parse_known_args(_texts(args))
        return self._namespace(known), rest

    def _namespace(self, found: argparse.Namespace) -> Namespace:
        return Namespace(**vars(found))

    def format_help(self) -> str:
        """The help."""
        return str(self._inner.format_help())

    def format_usage(self) -> str:
        """How it is used."""
        return str(self._inner.format_usage())

    def print_help(self) -> None:
        """Print the help."""
        self._inner.print_help()

    def print_usage(self) -> None:
        """Print how it is used."""
        self._inner.print_usage()

    def error(self, message: str) -> Any:
        """End with a message."""
        self._inner.error(str(message))


class _Commands:
    def __init__(self, inner: Any, write: Callable[[str], None]) -> None:
        self._inner = inner
        self._write = write

    def add_parser(self, name: str, *, help: Any = None) -> ArgumentParser:  # noqa: A002
        """The parser of a command."""
        options = {} if help is None else {"help": str(help)}
        parser = self._inner.add_parser(exact_name(name), **options)
        parser.write = self._write
        return ArgumentParser(self._write, parser)


def _parser(write: Callable[[str], None], options: dict[str, Any]) -> _Parser:
    texts = {name: str(options.pop(name)) for name in ("prog", "usage", "description", "epilog") if options.get(name)}
    add_help = bool(options.pop("add_help", True))
    formatter = class_behind(options.pop("formatter_class", argparse.HelpFormatter))
    if options:
        raise TypeError(f"ArgumentParser() takes no {sorted(options)[0]!r} in the sandbox")
    if not any(formatter is each for each in _FORMATTERS):
        raise TypeError("formatter_class is one of argparse's own")
    texts = {"prog": "main.py", **texts}
    parser = _Parser(add_help=add_help, formatter_class=formatter, **texts)  # type: ignore[arg-type]
    parser.write = write
    return parser


_FORMATTERS = (
    argparse.HelpFormatter,
    argparse.RawTextHelpFormatter,
    argparse.RawDescriptionHelpFormatter,
    argparse.ArgumentDefaultsHelpFormatter,
)


def _texts(args: Sequence[str] | None) -> list[str]:
    # There is no command line.
    return [exact_name(each) for each in args or ()]


def stand_ins(write: Callable[[str], None]) -> dict[str, dict[str, Any]]:
    """See the package; `write` takes what a parser prints."""
    remember(Namespace)
    ArgumentParser.__module__ = "argparse"

    def parser(prog: Any = None, **options: Any) -> ArgumentParser:
        return ArgumentParser(write, **({"prog": prog} if prog is not None else {}), **options)

    return {
        "argparse": {
            "ArgumentParser": parser,
            "Namespace": Namespace,
            "ArgumentTypeError": argparse.ArgumentTypeError,
            "ArgumentError": argparse.ArgumentError,
            "SUPPRESS": argparse.SUPPRESS,
            "REMAINDER": argparse.REMAINDER,
            "OPTIONAL": argparse.OPTIONAL,
            "ZERO_OR_MORE": argparse.ZERO_OR_MORE,
            "ONE_OR_MORE": argparse.ONE_OR_MORE,
        }
        | {kind.__name__: kind for kind in _FORMATTERS}
    }
