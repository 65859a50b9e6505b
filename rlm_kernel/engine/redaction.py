"""Texts of exceptions as strangers may read them: no secret of the environment, no folder of this machine, one line."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from urllib.parse import quote

from ..models.keys import without_keys

_MAX_CHARS = 1_000
_MAX_READ = 100_000
_SHORTEST = 6
_SECRET = re.compile(r"KEY|TOKEN|SECRET|PASSWORD", re.IGNORECASE)
# What ends lines or changes the order of characters as well.
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
_QUOTED_PATH = re.compile(r"""(?P<quote>['"])(?:file:/{2,3})?(?P<path>(?:~?/|[A-Za-z]:[\\/]|\\\\)[^'"\n]*)(?P=quote)""")
_PATH = re.compile(
    r"(?<![\w.~:/\\-])(?:file:/{2,3})?(?:~\w*/|/|[A-Za-z]:[\\/]|\\\\)"
    r"(?:[^\s'\"`<>|*?,;:()\[\]{}\\/]+[\\/])+(?P<last>[^\s'\"`<>|*?,;:()\[\]{}\\/]*)"
)


def redacted(text: str, secrets: Iterable[str] = ()) -> str:
    """The text without control characters; secrets are [redacted], absolute paths cut to their last part. At most
    1,000 characters.

    Secrets are `secrets`, values of environment variables with KEY, TOKEN, SECRET or PASSWORD in their names, of at
    least six characters, and whatever has the shape of a key (see `without_keys`).
    """
    text = " ".join(_CONTROL.sub("", text[:_MAX_READ]).split())
    for secret in _known(secrets):
        text = text.replace(secret, "[redacted]")
    text = without_keys(text)
    text = _QUOTED_PATH.sub(lambda match: match["quote"] + _last(match["path"]) + match["quote"], text)
    text = _PATH.sub(lambda match: match["last"] or "...", text)
    return text if len(text) <= _MAX_CHARS else text[: _MAX_CHARS - 1] + "…"


def _known(secrets: Iterable[str]) -> list[str]:
    values = {value for name, value in os.environ.items() if _SECRET.search(name)} | {*secrets}
    plain = {" ".join(_CONTROL.sub("", value).split()) for value in values}
    every = plain | {quote(value, safe="") for value in plain} | {repr(value)[1:-1] for value in plain}
    # The longest first, so that no rest of one remains where another is its beginning.
    return sorted((value for value in every if len(value) >= _SHORTEST), key=len, reverse=True)


def _last(path: str) -> str:
    return re.split(r"[\\/]", path.rstrip("\\/"))[-1] or "..."
