"""Tab in the RLM kernel: commands, files and variables for them, and names of the sub-kernel in `%%code`.

Nothing is run for it: of the sub-kernel it knows what the session knows. The options of `%%rlm` and all of Python are
IPython's matter: `None` says that it shall be asked, for the cell as `seen_by_ipython` gives it.
"""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from .conversation import CONTEXT, Conversation

_WORD = re.compile(r"[^\W\d]\w*$")
_NAMES = re.compile(r"%{0,2}\w*$")
_COMMAND = re.compile(r"\s*%(?P<name>[A-Za-z_]\w*)\s+(?P<rest>.*)$")
_QUESTION = re.compile(r"\s*%(?!rlm\b)")
_FILE = re.compile(r"\S*$")
_MOST = 200
# What cells of the sandbox can use; whatever is missing here works all the same.
_BUILTINS = tuple(
    name
    for name in (
        *("abs", "all", "any", "bool", "dict", "enumerate", "filter", "float", "frozenset", "int", "isinstance", "len"),
        *("list", "map", "max", "min", "print", "range", "repr", "reversed", "round", "set", "sorted", "str", "sum"),
        *("tuple", "zip", "ValueError", "KeyError", "TypeError", "Exception"),
    )
    if hasattr(builtins, name)
)

Completions = tuple[int, list[tuple[str, str]]]
"""Where the completed text starts, and what could stand there: (text, kind)."""


class Completer:
    """Completes the cells of one kernel."""

    def __init__(self, shell: Any, conversation: Conversation) -> None:
        self._shell, self._conversation = shell, conversation

    def complete(self, source: str, cursor: int) -> Completions | None:
        """What could stand at `cursor` (in characters); None where IPython shall be asked."""
        before = source[:cursor]
        first = source.lstrip().partition("\n")[0].strip()
        line = before.rpartition("\n")[2]
        on_first = not before.strip() or "\n" not in before.lstrip()
        if line.lstrip().startswith("%") and not re.match(r"\s*%{1,2}\w*\s", line):
            return self._at(cursor, _NAMES.search(line), self._magics())
        if not on_first and first.startswith("%%py"):
            return None
        if not on_first and first.startswith("%%code"):
            return self._at_word(cursor, line, self._sandbox())
        if line.lstrip().startswith("%%"):
            return None
        if (command := _COMMAND.match(line)) and self._is_command(before):
            return self._argument(command["name"], command["rest"], cursor)
        if line.lstrip().startswith("?"):
            return self._at_word(cursor, line, [*self._sandbox(), *self._variables()])
        return self._in_prose(cursor, line)

    def _is_command(self, before: str) -> bool:
        return all(not line.strip() or line.lstrip().startswith("%") for line in before.split("\n"))

    def _argument(self, name: str, rest: str, cursor: int) -> Completions | None:
        fragment = rest.rpartition(" ")[2].lstrip("'\"")
        start = cursor - len(fragment)
        match name:
            case "context":
                return start, _starting(fragment, [*self._variables(), *_files(fragment)])
            case "trace":
                return start, _starting(fragment, _files(fragment))
            case "tools":
                mine = [(key, "function") for key, value in self._mine() if callable(value)]
                return start, _starting(fragment, [*mine, ("none", "value")])
            case "settings":
                traits = self._conversation.settings
                return start, _starting(fragment, [(f"{each}=", "setting") for each in traits])
            case "attach":
                return start, _starting(fragment, [("off", "value")])
            case "reset":
                return cursor, []
        return None

    def _in_prose(self, cursor: int, line: str) -> Completions:
        """Names of documents, and nothing else: a question is nobody's code."""
        fragment = (_FILE.search(line) or [""])[0].lstrip("'\"(")
        document = self._conversation.document
        names = [(text.name, "document") for text in document.texts] if document is not None and fragment else []
        return cursor - len(fragment), _starting(fragment, names)

    def _at_word(self, cursor: int, line: str, offered: Iterable[tuple[str, str]]) -> Completions:
        found = _WORD.search(line)
        if line[: found.start() if found else len(line)].endswith("."):
            # What a value has could be told only by running code.
            return cursor, []
        return self._at(cursor, found, offered)

    def _at(self, cursor: int, found: re.Match[str] | None, offered: Iterable[tuple[str, str]]) -> Completions:
        fragment = found[0] if found else ""
        return cursor - len(fragment), _starting(fragment, offered)

    def _magics(self) -> Iterator[tuple[str, str]]:
        known = self._shell.magics_manager.magics
        yield from ((f"%{name}", "magic") for name in sorted(known["line"]))
        yield from ((f"%%{name}", "magic") for name in sorted(known["cell"]))

    def _sandbox(self) -> Iterator[tuple[str, str]]:
        yield from ((name, "variable") for name in self._conversation.variables)
        yield from ((name, "function") for name in self._conversation.tools)
        yield CONTEXT, "variable"
        yield from ((name, "function") for name in _BUILTINS)
        yield from ((name, "keyword") for name in keyword.kwlist if name not in ("async", "await"))

    def _mine(self) -> Iterator[tuple[str, Any]]:
        hidden = self._shell.user_ns_hidden
        for name, value in list(self._shell.user_ns.items()):
            if not name.startswith("_") and (name not in hidden or hidden[name] is not value):
                yield name, value

    def _variables(self) -> Iterator[tuple[str, str]]:
        yield from ((name, "variable") for name, value in self._mine() if not callable(value))


def seen_by_ipython(source: str, cursor: int) -> tuple[str, int, int]:
    """A cell as IPython shall complete or inspect it, the cursor in it, and what to add to the positions in its answer.

    Of a `%%py` cell the first line is blanked; `%model NAME` is `%rlm model NAME`.
    """
    head, mark, rest = source.partition("\n")
    if head.strip().startswith("%%py"):
        return " " * len(head) + mark + rest, cursor, 0
    start = source.rfind("\n", 0, cursor) + 1
    line = source[start:].partition("\n")[0]
    if found := re.match(r"\s*%model\s", line):
        made = "%rlm model " + line[found.end() :]
        return made, cursor - start - found.end() + len("%rlm model "), start + found.end() - len("%rlm model ")
    return source, cursor, 0


def _starting(fragment: str, offered: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [each for each in dict.fromkeys(offered) if each[0].startswith(fragment)][:_MOST]


def _files(fragment: str) -> Iterator[tuple[str, str]]:
    folder, _, name = fragment.rpartition("/")
    folder += "/" if "/" in fragment else ""
    with suppress(OSError, RuntimeError):
        for path in sorted(Path(folder or ".").expanduser().iterdir())[:2_000]:
            if path.name.startswith(name) and (name.startswith(".") or not path.name.startswith(".")):
                text = folder + path.name
                yield (f"'{text}'" if " " in text else text) + ("/" if path.is_dir() else ""), "path"
