"""Tab on a line with `%%rlm` or `%rlm`: options, variables that can be read, files, models, types.

The one thing that it asks of anybody else is the list of an endpoint's models, for a moment, and once a minute.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from IPython.core.completer import CompletionContext, SimpleCompletion, SimpleMatcherResult, context_matcher

from . import magic_options

if TYPE_CHECKING:
    from ..engine.settings import Settings

_CELL = re.compile(r"\s*%%rlm\s")
_LINE = re.compile(r"\s*%?rlm\s")
_OTHER_CELL_MAGIC = re.compile(r"\s*(%%|$)")
_WAIT = 1.0  # seconds that Tab may take to ask an endpoint for its models
_KEEP = 60.0  # seconds that its list is remembered
_MOST = 200
_TYPES = ("int", "float", "str", "bool", "dict", "list[int]", "list[float]", "list[str]", "dict[str, int]")
_MODELS = ("model", "sub_model")
_FILES = ("save_trace", "trace_dir", "record", "cache")
_OTHERS = {"memory_limit": ("512MB", "1GB", "2GB", "4GB")}


class Completions:
    """What Tab offers in one shell, whose engine names the endpoint; `matcher` is for `Completer.custom_matchers`."""

    def __init__(self, shell: Any, engine: Any) -> None:
        self._shell, self._engine = shell, engine
        self._asked: _CompletionRequest | None = None

    @context_matcher()  # type: ignore[untyped-decorator]
    def matcher(self, context: CompletionContext) -> SimpleMatcherResult:
        """Completions of the magics' own line; nothing, and no say in the matter, anywhere else."""
        lines = context.full_text.split("\n")
        before = lines[context.cursor_line][: context.cursor_position]
        cell = _CELL.match(before) and all(_OTHER_CELL_MAGIC.match(line) for line in lines[: context.cursor_line])
        found = _CELL.match(before) if cell else _LINE.match(before)
        if found is None:
            return {"completions": [], "matched_fragment": "", "suppress": False}
        *words, fragment = re.split(r"\s+", before[found.end() :].lstrip())
        quote = fragment[:1] if fragment[:1] in "'\"" else ""
        fragment = fragment[len(quote) :]
        parser = magic_options.cell_parser() if cell else magic_options.line_parser()
        offered = self._offered(parser, words, fragment)
        starting = [(text, kind) for text, kind in offered if text.startswith(fragment)][:_MOST]
        completions = [SimpleCompletion(_quoted(text, quote), type=kind) for text, kind in starting]
        return {"completions": completions, "matched_fragment": fragment, "suppress": True}

    def _offered(self, parser: argparse.ArgumentParser, words: list[str], fragment: str) -> Iterable[tuple[str, str]]:
        known = {name: action for action in parser._actions for name in action.option_strings}
        asked = known.get(words[-1]) if words else None
        if asked is not None and asked.nargs != 0:
            return self._values(asked.dest, fragment)
        if fragment.startswith("-"):
            given = {known[word].dest for word in words if word in known}
            return ((name, "option") for name, action in known.items() if action.dest not in given)
        if parser.prog == "%rlm":
            if not words:
                choices = next(action.choices for action in parser._actions if action.dest == "what")
                return ((str(choice), "command") for choice in choices or ())
            return self._values("model", fragment) if words == ["model"] else ()
        return [*self._variables(), *_files(fragment)]

    def _values(self, name: str, fragment: str) -> Iterable[tuple[str, str]]:
        if name in _MODELS:
            if fragment.startswith("recorded:"):
                return (("recorded:" + path, kind) for path, kind in _files(fragment.removeprefix("recorded:")))
            return ((model, "model") for model in self._models())
        if name in _FILES:
            return _files(fragment)
        if name == "type":
            classes = [key for key, value in self._names() if isinstance(value, type)]
            return ((text, "type") for text in (*_TYPES, *classes))
        if name == "output":
            return ((key, "variable") for key, value in self._names() if not isinstance(value, ModuleType))
        # Of a number there is nothing to choose from: what holds now is shown.
        now = getattr(self._engine, name, None)
        known = _OTHERS.get(name, () if now is None else (str(now),))
        return ((text, "value") for text in known)

    def _names(self) -> Iterator[tuple[str, Any]]:
        hidden = self._shell.user_ns_hidden
        for name, value in list(self._shell.user_ns.items()):
            if not name.startswith("_") and (name not in hidden or hidden[name] is not value):
                yield name, value

    def _variables(self) -> Iterator[tuple[str, str]]:
        for name, value in self._names():
            if not isinstance(value, ModuleType | type | bool | int | float | None) and not callable(value):
                yield name, "variable"

    def _models(self) -> list[str]:
        engine = self._engine
        mine = [name for name in (engine.model, engine.sub_model) if isinstance(name, str)]
        return list(dict.fromkeys([*mine, *self._listed(), "local", "recorded:"]))

    def _listed(self) -> list[str]:
        """The models of the engine's endpoint; none where it does not tell in time, but perhaps at the next Tab."""
        where = self._engine.base_url, self._engine.api_key, self._engine.api_key_env
        if self._asked is None or self._asked.where != where or time.monotonic() - self._asked.began > _KEEP:
            self._asked = _CompletionRequest(where, self._engine)
            self._asked.start()
        self._asked.join(_WAIT)
        return self._asked.models


class _CompletionRequest(threading.Thread):
    """Asks an endpoint for its models."""

    def __init__(self, where: tuple[str | None, ...], engine: Settings) -> None:
        super().__init__(name="rlm-models", daemon=True)
        self.where, self.began = where, time.monotonic()
        self._engine = engine
        self.models: list[str] = []

    def run(self) -> None:
        with suppress(Exception):  # Tab is no place for anybody's errors
            self.models = asyncio.run(self._ask())

    async def _ask(self) -> list[str]:
        from ..models import resolve  # not the engine's factory: Tab does not wait for what that imports

        engine = self._engine
        model = resolve("any", base_url=engine.base_url, api_key=engine.key(), extra_headers=engine.extra_headers)
        try:
            listed: list[str] = await asyncio.wait_for(model.list_models(), 5 * _WAIT)  # type: ignore[attr-defined]
            return listed
        finally:
            await model.aclose()


def _files(fragment: str) -> Iterator[tuple[str, str]]:
    folder, _, name = fragment.rpartition("/")
    folder += "/" if "/" in fragment else ""
    with suppress(OSError, RuntimeError):
        for path in sorted(Path(folder or ".").expanduser().iterdir())[:2_000]:
            if path.name.startswith(name) and (name.startswith(".") or not path.name.startswith(".")):
                yield folder + path.name + ("/" if path.is_dir() else ""), "path"


def _quoted(text: str, quote: str) -> str:
    """A path with a space in it must be one word of the line."""
    if quote:
        return text if text.endswith("/") else text + quote
    return f"'{text}'" if " " in text and not text.endswith("/") else text
