"""Keys: how one is held so that no copy of it is written anywhere, and what they look like in somebody else's text."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any, SupportsIndex

_HIDDEN = "[redacted]"
# A prefix that only keys have; what stands in the group before it stays.
_SHAPES = re.compile(
    r"(?<![\w-])(?:"
    r"sk-[A-Za-z0-9_-]{8,}"  # OpenAI, Anthropic, OpenRouter, DeepSeek
    r"|(?:gsk|hf|pplx|r8|xai|csk|fw|nvapi|tgp)[_-][A-Za-z0-9_-]{16,}"  # Groq, Hugging Face, Perplexity ...
    r"|(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}"  # AWS
    r"|gh[opsur]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}"  # GitHub, GitLab
    r"|AIza[0-9A-Za-z_-]{30,}|ya29\.[\w.-]{16,}"  # Google
    r"|xox[abeoprs]-[A-Za-z0-9-]{10,}"  # Slack
    r"|eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?"  # JWT
    r")"
)
_NAMED = re.compile(
    r"(?P<name>\b(?:[\w-]*(?:api|access|secret|private|auth|subscription)[_-]?)?(?:key|token|secret|password|passwd|pwd|"
    r"signature|sig|credential)s?[\"']?\s*(?:=|:(?!//)|%3D)\s*[\"']?)(?P<value>[^\s\"'&,;)}\]<>]{6,})",
    re.IGNORECASE,
)
_SCHEME = re.compile(r"(?P<name>\b(?:bearer|basic|token|apikey)\s+)(?P<value>[\w.~+/=-]{8,})", re.IGNORECASE)
_USERINFO = re.compile(r"(?P<name>\b[a-z][a-z0-9+.-]{1,20}://)[^\s/@'\"]{1,200}@", re.IGNORECASE)
_BLOCK = re.compile(
    r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----.*?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|\Z)", re.DOTALL
)


def without_keys(text: str) -> str:
    """The text with everything that has the shape of a key as `[redacted]`: known prefixes, `key=`, bearer tokens, JWT,
    private keys, the credentials of an address."""
    text = _BLOCK.sub(_HIDDEN, text)
    text = _SHAPES.sub(_HIDDEN, text)
    text = _SCHEME.sub(_hidden_value, text)
    text = _NAMED.sub(_hidden_value, text)
    return _USERINFO.sub(lambda match: f"{match['name']}{_HIDDEN}@", text)


def without_key_shapes(text: str) -> str:
    """The text with what only a key looks like as `[redacted]`: known prefixes, JWT, private keys. Code stays code:
    `without_keys` would take the value out of `key=itemgetter`."""
    return _SHAPES.sub(_HIDDEN, _BLOCK.sub(_HIDDEN, text))


def _hidden_value(match: re.Match[str]) -> str:
    value = match["value"]
    # A word, as in "the token expired yesterday" or `key=lambda`, is no key: keys have digits or signs, or are long.
    plain = value.strip(".").isalpha() and len(value) < 16
    return match[0] if plain or value.startswith("[redacted") else match["name"] + _HIDDEN


class Key(str):
    """A key. It is a str for whoever sends it; shown it is stars, and pickled or copied deeply it is None."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"

    def __reduce_ex__(self, _protocol: SupportsIndex) -> tuple[Any, ...]:
        return _no_key, ()


def _no_key() -> None:
    return None


NO_KEY = "none"
"""What is sent where there is no key; no endpoint takes it for one."""
_SECRET_HEADER = re.compile(r"authorization|cookie|key|token|secret|password|credential|signature", re.IGNORECASE)
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_VARIABLE = re.compile(r"\$\{?([A-Za-z_]\w*)\}?")
_OWN_HEADERS = ("content-length", "content-type", "transfer-encoding", "connection", "host")


def key_of(variable: str) -> str:
    """The key in an environment variable; that of no variable (an empty name) is no key. Raises ModelError."""
    from .base import ModelError

    if not variable:
        return NO_KEY
    if not os.environ.get(variable):
        raise ModelError(
            f"The environment variable {variable}, which api_key_env names, is not set: put the endpoint's key into it "
            "before this program starts, or name another one.",
            kind="auth",
        )
    return os.environ[variable]


def header_values(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers as they are sent, with `$NAME` replaced by that variable. Raises ModelError."""
    from .base import ModelError

    values = {}
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name) or name.lower() in _OWN_HEADERS:
            raise ModelError(f"extra_headers: {name[:100]!r} cannot be set as a header.", kind="protocol")
        if variable := _VARIABLE.fullmatch(value):
            if variable[1] not in os.environ:
                raise ModelError(
                    f"extra_headers: {name} is ${variable[1]}, and that environment variable is not set.", kind="auth"
                )
            value = os.environ[variable[1]]
        if not (value.isascii() and value.isprintable()):
            raise ModelError(f"extra_headers: the value of {name} has characters that cannot be sent.", kind="protocol")
        values[name] = value
    return values


def secret_headers(headers: Mapping[str, str]) -> set[str]:
    """The names of headers whose values nobody may see: those of variables, and those that are named like keys."""
    return {name for name, value in headers.items() if _VARIABLE.fullmatch(value) or _SECRET_HEADER.search(name)}


def without_secrets(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers that may be written down: a secret one only as the variable that holds it."""
    return {
        name: value for name, value in headers.items() if _VARIABLE.fullmatch(value) or not _SECRET_HEADER.search(name)
    }
