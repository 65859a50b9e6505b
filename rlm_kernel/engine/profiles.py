"""Profiles: named endpoints in `rlm.toml`, for the command line, the magics, the RLM kernel, MCP and Python.

    default = "laptop"

    [profiles.laptop]
    model = "qwen2.5-coder:7b"
    base_url = "http://localhost:11434/v1"

There are two files: the user's own, in the configuration folder, and one in the working directory. A folder that
somebody has downloaded must not decide where documents and keys are sent: a profile of the working directory counts
only where its name was given, and only where the user's own file has none of that name. No file holds a key, only names
of variables.
"""

from __future__ import annotations

import functools
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

FILE = "rlm.toml"
VARIABLE = "RLM_PROFILE"
NONE = "none"
"""What is given as a profile's name where none is to count."""
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# What belongs to an address, and to no other.
_OF_THE_ENDPOINT: dict[str, Any] = {"api_key": None, "api_key_env": "", "extra_headers": {}, "extra_body": {}}
# What a file in a folder of somebody else's must not switch on.
_OF_THE_USER_ALONE = ("allow_weak_isolation", "cache", "subkernel_host", "subkernel_key")


@dataclass(frozen=True, slots=True)
class Profile:
    """A named endpoint: its settings, the file that they are from, and why it counts, in a few words."""

    name: str
    file: Path
    settings: Mapping[str, Any]
    reason: str = ""

    def values(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The settings to make where those of `arguments` were given beside the profile.

        Keys and headers go to the profile's own address and to no other, and its address gets no others.
        """
        values = dict(self.settings)
        address, model = arguments.get("base_url"), arguments.get("model")
        embedded = isinstance(model, str) and (model == "local" or model.startswith("local:"))
        if (address is not None and address != values.get("base_url")) or (address is None and embedded):
            for name in ("base_url", *_OF_THE_ENDPOINT):
                values.pop(name, None)
        elif "base_url" in values:
            values = _OF_THE_ENDPOINT | values
        return {name: value for name, value in values.items() if arguments.get(name) is None}


@dataclass(frozen=True, slots=True)
class ProfilesFile:
    """What one file holds."""

    file: Path
    default: str | None = None
    profiles: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def user_file() -> Path:
    """The user's own file, whether it is there or not."""
    from platformdirs import user_config_path

    return user_config_path("rlm-kernel", appauthor=False) / FILE


def folder_file() -> Path:
    """The file of the working directory, whether it is there or not."""
    return Path.cwd() / FILE


def profile_files() -> list[ProfilesFile]:
    """The files that are there, the user's own first. Raises ValueError, in one sentence, for one that is wrong."""
    paths = dict.fromkeys([user_file(), folder_file()])
    return [_read(str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in paths if path.is_file()]


def chosen_profile(name: str | None = None, configured: str | None = None) -> Profile | None:
    """The profile that counts: the one named by `name`, by RLM_PROFILE, by a configuration file, or as the default of
    the user's own file; None where no one is. Raises ValueError for a name that there is not."""
    files = profile_files()
    own = next((one for one in files if one.file == user_file()), None)
    ways = [
        (name, "given by --profile or profile="),
        (os.environ.get(VARIABLE), f"named by {VARIABLE}"),
        (configured, "named by a configuration file"),
        (own.default if own is not None else None, "the default"),
    ]
    chosen, reason = next(((one, why) for one, why in ways if one), (NONE, ""))
    if chosen == NONE:
        return None
    for one in files:
        if chosen in one.profiles:
            return Profile(chosen, one.file, one.profiles[chosen], reason)
    known = ", ".join(dict.fromkeys(each for one in files for each in one.profiles))
    where = f"there are: {known}" if known else f"there is neither {user_file()} nor ./{FILE}"
    raise ValueError(f"There is no profile {chosen[:64]!r} ({reason}); {where}. `rlm init` writes one.")


@functools.lru_cache(maxsize=16)
def _read(path: str, _modified: int, _size: int) -> ProfilesFile:
    import tomllib

    file = Path(path)
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"{file} cannot be read ({error}): mend or remove it.") from None
    unknown = sorted(set(data) - {"default", "profiles"})
    if unknown:
        raise ValueError(f"{file}: {unknown[0]!r} is neither `default` nor a table such as [profiles.laptop].")
    tables = data.get("profiles", {})
    if not isinstance(tables, dict) or not all(isinstance(table, dict) for table in tables.values()):
        raise ValueError(f"{file}: `profiles` must hold tables such as [profiles.laptop].")
    for name, table in tables.items():
        _check(file, name, table)
    default = data.get("default")
    if default is not None and default not in tables:
        raise ValueError(f"{file}: `default` must be the name of a profile in the file: {', '.join(tables) or 'none'}.")
    return ProfilesFile(file, default, tables)


def _check(file: Path, name: str, table: Mapping[str, Any]) -> None:
    """Raise ValueError for a profile that cannot be used. No value is repeated: it may be a key."""
    from ..models.keys import secret_headers, without_keys
    from .settings import all_settings

    where = f"{file}, profile {name[:64]!r}"
    if not _NAME.fullmatch(name) or name == NONE:
        raise ValueError(f"{where}: a name has letters, digits, - and _, and is not {NONE!r}.")
    names = {one.name for one in all_settings() if one.config} - {"api_key", "profile"}
    for key, value in table.items():
        if key not in names:
            if re.search(r"key|token|secret|password", key, re.IGNORECASE):
                raise ValueError(
                    f"{where}: a key does not belong into a file. Put it into an environment variable, write "
                    'api_key_env = "ITS_NAME", and replace the key, since others may have read the file.'
                )
            raise ValueError(f"{where}: there is no setting {key!r}. There are: {', '.join(sorted(names))}.")
        if key in _OF_THE_USER_ALONE and file != user_file():
            raise ValueError(f"{where}: {key} may stand in your own file only, {user_file()}.")
        if isinstance(value, str) and key != "api_key_env" and without_keys(value) != value:
            raise ValueError(f"{where}: {key} holds what looks like a key: name its variable with api_key_env.")
    variable, headers, url = (table.get(key) for key in ("api_key_env", "extra_headers", "base_url"))
    if variable and not (isinstance(variable, str) and _VARIABLE_NAME.fullmatch(variable)):
        raise ValueError(f"{where}: api_key_env is the name of an environment variable, never the key.")
    if isinstance(url, str) and (urlsplit(url).username or urlsplit(url).password):
        raise ValueError(f"{where}: base_url holds credentials: name their variable with api_key_env or extra_headers.")
    if isinstance(headers, dict):
        for header in secret_headers({header: str(value) for header, value in headers.items()}):
            if not str(headers[header]).startswith("$"):
                raise ValueError(f'{where}: put the value of {header} into a variable: {header} = "$ITS_NAME".')


def profile_text(name: str, settings: Mapping[str, Any]) -> str:
    """A profile as it stands in a file."""
    return "\n".join([f"[profiles.{name}]", *(f"{key} = {_toml(value)}" for key, value in settings.items())]) + "\n"


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(key)} = {_toml(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    # TOML's strings are those of JSON, but for pairs of surrogates and DEL.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
