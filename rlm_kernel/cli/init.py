"""`rlm init`: writes a profile (see `engine/profiles.py`), having found the endpoint and asked it something."""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from ..engine import profiles
from ..models import ModelError, OpenAICompatible, Reply
from ..models.openai.discovery import PORTS, RunningServer, running_servers
from . import exit_codes, output
from .exit_codes import Failure

_Choice = TypeVar("_Choice")
_SHOWN = 20
_PROMPT = "Reply with the one word: ready"


def init(options: argparse.Namespace) -> int:
    """Ask, look, try, write; 4 where the endpoint does not answer (nothing is written then, unless asked for)."""
    file = profiles.folder_file() if options.folder else profiles.user_file()
    taken = _taken(file)
    asking = _Asking(quiet=options.yes)
    base_url, listed = _endpoint(options, asking)
    variable = options.api_key_env if options.base_url is None or options.api_key_env else asking.variable()
    model = _model(options, base_url, variable, listed, asking)
    name = options.name or asking.line("Name of the profile", _name_for(base_url))
    if name in taken and not options.force:
        raise Failure(f"{file} has a profile {name!r} already: give --force to replace it, or another name.")
    settings = {"model": model, "base_url": base_url} | ({"api_key_env": variable} if variable else {})
    if not options.no_try:
        _try(settings, asking)
    _write(file, name, settings, replace=name in taken)
    # Read back: what is written counts, or is said to be wrong.
    _taken(file)
    output.remark(f"wrote profile {name} to {file}")
    if options.folder:
        output.remark(f"it counts where it is named: rlm ask --profile {name} ..., or {profiles.VARIABLE}={name}")
    output.remark(f"try it: rlm ask 'How many lines are there?' FILE --profile {name}")
    return exit_codes.ANSWERED


def _taken(file: Path) -> list[str]:
    try:
        found = next((one for one in profiles.profile_files() if one.file == file), None)
    except ValueError as error:
        raise Failure(str(error)) from None
    return list(found.profiles) if found is not None else []


class _Asking:
    """Questions on the terminal. Where nobody can be asked, or wants to be, a question without a clear answer is a
    `Failure` that names the option."""

    def __init__(self, *, quiet: bool) -> None:
        self._silent = quiet or sys.stdin is None or not sys.stdin.isatty()

    def line(self, what: str, default: str = "", option: str = "") -> str:
        """A line of text."""
        if self._silent:
            if default or not option:
                return default
            raise Failure(f"{what}: give {option} (nobody is asked, with --yes or where stdin is no terminal).")
        while True:
            answer = self._read(f"{what}{f' [{default}]' if default else ''}: ") or default
            if answer or not option:
                return answer

    def one_of(self, what: str, choices: Sequence[tuple[str, _Choice]], option: str) -> _Choice:
        """One of several, by its number."""
        if len(choices) == 1:
            return choices[0][1]
        if self._silent:
            names = ", ".join(label for label, _ in choices[:_SHOWN])
            raise Failure(f"{what}: name one with {option}; there are: {names}.")
        for number, (label, _) in enumerate(choices[:_SHOWN], 1):
            output.remark(f"  {number}  {label}")
        while True:
            answer = self._read(f"{what} [1]: ") or "1"
            if answer.isdecimal() and 0 < int(answer) <= len(choices):
                return choices[int(answer) - 1][1]

    def agrees(self, what: str) -> bool:
        """Yes or no; no where nobody is asked."""
        return not self._silent and self._read(f"{what} [y/N] ").lower() in ("y", "yes")

    def variable(self) -> str:
        """The name of the key's variable. A key that is typed in its place is not taken, nor shown."""
        while True:
            answer = self.line("Environment variable that holds the key (empty: it needs none)")
            if not answer or re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", answer):
                return answer
            output.complain(
                "that is no name of a variable: put the key into one, such as EXAMPLE_API_KEY, and name it."
            )

    def _read(self, prompt: str) -> str:
        print(prompt, end="", file=sys.stderr, flush=True)  # noqa: T201
        if not (line := sys.stdin.readline()):
            raise Failure("stdin has ended: nothing was written.")
        return line.strip()


def _endpoint(options: argparse.Namespace, asking: _Asking) -> tuple[str, Sequence[str]]:
    """The address, and the models that are known to be there."""
    if options.base_url:
        return options.base_url, ()
    usual = ", ".join(f"{program} at {port}" for port, program in PORTS.items())
    output.remark(f"looking for servers on this machine ({usual})")
    servers: list[tuple[str, RunningServer | None]] = [
        (f"{one.program} at {one.base_url}, {len(one.models)} models", one) for one in asyncio.run(running_servers())
    ]
    if not servers:
        address = asking.line("No server is running here. Address of the endpoint", option="--base-url URL")
        options.base_url = address
        return address, ()
    if not options.yes:
        servers.append(("another address", None))
    chosen = asking.one_of("Which one", servers, "--base-url")
    if chosen is None:
        options.base_url = asking.line("Address of the endpoint", option="--base-url URL")
        return options.base_url, ()
    return chosen.base_url, chosen.models


def _model(
    options: argparse.Namespace, base_url: str, variable: str | None, listed: Sequence[str], asking: _Asking
) -> str:
    if options.model:
        return str(options.model)
    if not listed:
        listed = asyncio.run(_list(base_url, variable))
    if not listed:
        return asking.line("Name of the model", option="--model MODEL")
    return asking.one_of("Which model", [(name, name) for name in listed], "--model")


def _key(variable: str | None) -> str:
    from ..models.keys import key_of

    try:
        return key_of(variable or "")
    except ModelError as error:
        raise Failure(str(error), exit_codes.MODEL) from None


async def _list(base_url: str, variable: str | None) -> list[str]:
    try:
        model = OpenAICompatible("any", base_url=base_url, api_key=_key(variable))
    except ModelError as error:
        raise Failure(str(error)) from None
    try:
        return await model.list_models()
    except ModelError as error:  # a proxy of the environment that cannot be used, say
        raise Failure(str(error)) from None
    finally:
        await model.aclose()


def _try(settings: dict[str, Any], asking: _Asking) -> None:
    """Ask the endpoint for one word. Raises `Failure` where nothing should be written."""
    output.remark(f"asking {settings['model']} at {settings['base_url']} for one word")
    try:
        reply = asyncio.run(_ask(settings))
    except ModelError as error:
        output.complain(str(error))
        if not asking.agrees("It does not answer. Write the profile all the same?"):
            raise Failure("nothing was written; --no-try writes without asking.", exit_codes.MODEL) from None
        return
    output.remark(f"it answers: {reply.text.strip()[:60]!r}, {reply.usage.seconds:.1f} s")


async def _ask(settings: dict[str, Any]) -> Reply:
    model = OpenAICompatible(
        settings["model"], base_url=settings["base_url"], api_key=_key(settings.get("api_key_env")), max_retries=1
    )
    try:
        async for piece in model.stream([{"role": "user", "content": _PROMPT}], max_tokens=500):
            if isinstance(piece, Reply):
                return piece
    finally:
        await model.aclose()
    raise ModelError("The endpoint gave no reply.", kind="empty")


def _name_for(base_url: str) -> str:
    """A name for the endpoint: its program's where it is on this machine, else its host's."""
    found = re.match(r"https?://(?:[^/@]*@)?([\w.-]+)(?::(\d+))?", base_url)
    host, port = (found[1], found[2]) if found else ("endpoint", None)
    if host in ("localhost", "127.0.0.1") and port and int(port) in PORTS:
        return re.sub(r"[^a-z0-9]+", "-", PORTS[int(port)].lower())
    parts = [part for part in host.split(".") if part not in ("api", "www", "com", "ai", "org", "net")]
    return re.sub(r"[^A-Za-z0-9_-]", "-", parts[0] if parts else host)


def _write(file: Path, name: str, settings: dict[str, Any], *, replace: bool) -> None:
    """Add the profile to the file, at once or not at all."""
    before = file.read_text(encoding="utf-8") if file.is_file() else ""
    if replace:
        table = re.compile(rf"^\[profiles\.{re.escape(name)}(?:\.[^\]\n]*)?\]\s*\n(?:(?!\[).*\n?)*", re.MULTILINE)
        before = table.sub("", before)
    if not before and file == profiles.user_file():
        before = f'default = "{name}"\n'
    text = "\n".join(
        part for part in (before.rstrip("\n") + "\n" if before else "", profiles.profile_text(name, settings)) if part
    )
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=file.parent, prefix=file.name)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
                stream.write(text)
            os.replace(temporary, file)
        except BaseException:
            with suppress(OSError):
                os.unlink(temporary)
            raise
    except OSError as error:
        raise Failure(f"{file} cannot be written: {error.strerror or error}.") from None
