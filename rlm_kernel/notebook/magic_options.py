"""The command lines of `%rlm` and `%%rlm`: their options, and what the words on them stand for in the notebook."""

from __future__ import annotations

import argparse
import difflib
import glob
import keyword
import os
import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NoReturn

from ..engine.answers import type_parser
from ..engine.setting_options import add_reading_options, add_setting_options, chosen_settings, reading_options
from ..render.escape import one_line
from .errors import RLMError


class MagicParser(argparse.ArgumentParser):
    """An argparse parser that fails with `RLMError` instead of ending the process."""

    def error(self, message: str) -> NoReturn:
        """Called by argparse."""
        options = [name for action in self._actions for name in action.option_strings]
        if unknown := re.match(r"unrecognized arguments: (-\S+)", message):
            near = difflib.get_close_matches(unknown[1].partition("=")[0], options, n=1, cutoff=0.6)
            message += f"; did you mean {near[0]}?" if near else ""
        if message.endswith("?"):
            raise RLMError(f"{self.prog}: {message}", f"Usage: {' '.join(self.format_usage().split()[1:])}")
        raise RLMError(f"{self.prog}: {message}.", f"Usage: {' '.join(self.format_usage().split()[1:])}")

    def parse_line(self, line: str) -> argparse.Namespace:
        """Parse a magic's line; quotes group words, a backslash is an ordinary character."""
        lexer = shlex.shlex(line, posix=True, punctuation_chars=False)
        lexer.whitespace_split, lexer.escape, lexer.commenters = True, "", ""
        try:
            words = list(lexer)
        except ValueError:
            raise RLMError(f"{self.prog}: a quotation mark is not closed in: {line.strip()}") from None
        return self.parse_args(words)


def cell_parser() -> MagicParser:
    """The options of `%%rlm`."""
    parser = MagicParser(prog="%%rlm", add_help=False, allow_abbrev=False)
    add = parser.add_argument
    add(
        "context", nargs="*", metavar="CONTEXT", help="a variable's name, a file's path, or a glob such as 'logs/*.txt'"
    )
    add("-o", "--output", metavar="NAME", help="the variable that will hold the answer")
    add(
        "--session",
        metavar="NAME",
        help="keep the sandbox's variables for more questions, to be asked with: %%%%rlm NAME",
    )
    add("--type", metavar="T", help="type of the answer: int, float, str, bool, list[int], dict ..., or a class's name")
    add("--map", metavar="DIR", help="ask about each document by itself; rows and traces go there (docs/scale.md)")
    add("--step", action="store_true", help="ask before each block of code runs, and before a large batch is sent")
    add("--quiet", action="store_true", help="show nothing while it runs, only the answer")
    add("--save-trace", metavar="FILE", help="write the whole trace, with nothing elided, to this JSON file")
    add_reading_options(parser, value="NAME")
    add_setting_options(parser)
    return parser


class _LineParser(MagicParser):
    """That of `%rlm`: a question typed behind it belongs into a cell of its own."""

    def error(self, message: str) -> NoReturn:
        """Called by argparse."""
        found = re.match(r"argument what: invalid choice: '?(.*?)'? \(choose from", message)
        if found is None:
            super().error(message)
        near = difflib.get_close_matches(found[1], _COMMANDS, n=1, cutoff=0.6)
        hint = f"; did you mean %rlm {near[0]}?" if near else "."
        raise RLMError(
            f"%rlm {one_line(found[1], 60)}: there is no such command{hint}",
            f"To ask about it, two percent signs and the question below:  %%rlm {one_line(found[1], 60)}",
        )


_COMMANDS = ("model", "doctor", "replay")


def line_parser() -> MagicParser:
    """The options of `%rlm`."""
    parser = _LineParser(prog="%rlm", add_help=False, allow_abbrev=False)
    parser.add_argument("what", nargs="?", choices=_COMMANDS, help="nothing: show the settings")
    parser.add_argument("name", nargs="?", metavar="NAME", help="of the model, or of the answer to replay")
    parser.add_argument("--base-url", metavar="URL", help="the OpenAI-compatible endpoint of the model")
    parser.add_argument("--api-key-env", metavar="VAR", help="the environment variable that holds its key")
    return parser


def overrides(options: argparse.Namespace) -> dict[str, Any]:
    """The settings that hold for this run only. Raises `RLMError` where the variable of `--api-key-env` is not set."""
    try:
        return chosen_settings(options)
    except ValueError as error:
        raise RLMError(str(error), "Set it before Jupyter starts, or with: %env NAME=...") from None


def check_name(name: str | None, option: str = "-o") -> None:
    """Raise `RLMError` unless `name` can be a variable."""
    if name is not None and (not name.isidentifier() or keyword.iskeyword(name)):
        remedy = f"Use letters, digits and _, such as: {option} total"
        raise RLMError(f"{option} {name}: that cannot be a variable's name.", remedy)


def session_of(words: list[str], option: str | None, names: Mapping[str, Any]) -> Any:
    """The session that the one CONTEXT word names, None if it names none. Raises `RLMError` for a session and more."""
    from ..api.session import Session

    found = [word for word in words if isinstance(names.get(word), Session)]
    if not found:
        return None
    if len(words) > 1 or option is not None:
        raise RLMError(
            f"{found[0]} is a session, which has its context already.",
            f"Ask in it with: %%rlm {found[0]}    or about something else without it.",
        )
    return names[found[0]]


def check_trace_file(path: str | None) -> Path | None:
    """Where the trace will be written. Raises `RLMError` before the run rather than after it."""
    if path is None:
        return None
    file = Path(path).expanduser()
    if file.is_dir() or not file.parent.is_dir():
        what = "is a directory" if file.is_dir() else f"is in a folder that does not exist ({file.parent})"
        raise RLMError(f"--save-trace {path}: that {what}.", "Give the path of a file in a folder that exists.")
    return file


def answer_type(text: str | None, names: Mapping[str, Any]) -> Any:
    """The type that `--type` names, with the classes in `names`. Raises `RLMError`."""
    if text is None:
        return None
    try:
        return type_parser.parse(text, names)
    except ValueError as error:
        raise RLMError(f"--type {text}: {error}.", type_parser.ADVICE) from None


def how_to_read(options: argparse.Namespace, names: Mapping[str, Any]) -> dict[str, str | None]:
    """How files are to be read. `--password` names a variable, so that the password stands in no notebook; what is no
    variable's name is the password itself."""
    how = reading_options(options)
    if how["password"] is not None and isinstance(names.get(how["password"]), str):
        how["password"] = names[how["password"]]
    return how


def resolve_context(
    words: list[str], names: Mapping[str, Any], how: Mapping[str, str | None] = MappingProxyType({})
) -> Any:
    """The document that the CONTEXT words stand for; a variable goes before a file of the same name. `how` says how
    files are read (see `how_to_read`).

    Raises `RLMError` for a word that is neither, and `DocumentError` for one that cannot be read.
    """
    from ..document import Document, renamed

    if not words:
        raise RLMError(
            "%%rlm needs something to read: a variable's name or a file.",
            "For example: %%rlm report -o total    or: %%rlm report.txt    or: %%rlm 'reports/*.txt'",
        )
    found = [_resolve(word, names, how) for word in words]
    if len(found) == 1:
        return found[0]
    texts = [text for document in found for text in document.texts]
    taken: set[str] = set()
    named = []
    for text in texts:
        name = text.name if text.name not in taken else f"{text.name} ({len(taken) + 1})"
        taken.add(name)
        named.append(renamed(text, name))
    return Document(named, "mapping")


def _resolve(word: str, names: Mapping[str, Any], how: Mapping[str, str | None]) -> Any:
    from ..document import Document

    if word in names:
        return Document.of(names[word], name=word, **how)
    if "://" in word or Path(word).expanduser().exists() or (glob.has_magic(word) and _matches(word)):
        return Document.from_files([word], **how)
    near = _nearest(word, names)
    raise RLMError(
        f"There is no variable and no file named '{word}'" + (f"; did you mean '{near}'?" if near else "."),
        f"Name a variable of this notebook, or a path that starts from {os.getcwd()}.",
    )


def _matches(pattern: str) -> list[str]:
    return glob.glob(os.path.expanduser(pattern), recursive=True)


def _nearest(word: str, names: Mapping[str, Any]) -> str | None:
    variables = [name for name in names if not name.startswith("_")]
    folder = Path(word).expanduser().parent
    files = [str(folder / path.name) for path in folder.iterdir()] if folder.is_dir() else []
    near = difflib.get_close_matches(word, [*variables, *files], n=1, cutoff=0.6)
    return near[0] if near else None
